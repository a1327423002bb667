"""Ways to find a rule: an index for the search page, and lists by condition, specialty, kind, action, country, source."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from .library import Library
from .model import Position, Product, Topic
from .wording import ABOUTS, ACTIONS, REGIONS, ROUTES, SETTINGS, action_text, amounts_text, band_text


class Entry(NamedTuple):
    """One thing that can be found: its kind, title and address, where it stands, the words it is found by, its other names."""

    kind: str
    title: str
    address: str
    where: str
    words: str
    names: str = ""


class Place(NamedTuple):
    """An item of a list: its title and address, what stands behind it in small letters, and for how many it stands."""

    title: str
    address: str
    more: str
    number: int = 1


class Heading(NamedTuple):
    """A heading of a list, how much stands under it in words, and what does."""

    title: str
    amount: str
    places: list[Place]

    @property
    def letter(self) -> str:
        """The first letter, under which a heading is looked up."""
        return _plain(self.title)[:1].upper()


# The lists of the index, and what is counted under a heading of each.
COUNTED = {
    "Condition": "topic",
    "Specialty": "topic",
    "Kind of rule": "position",
    "Action": "rule",
    "Country": "position",
    "Source": "topic",
}
FORMER = "Position not in force"
EVERYWHERE = "For everyone, or not stated"
COUNTRY_OF = {
    "Ontario": "Canada",
    "Quebec": "Canada",
    "Nova Scotia": "Canada",
    "England": "United Kingdom",
    "Scotland": "United Kingdom",
    "Catalonia": "Spain",
}
MOST_NAMED = 8
_ABBREVIATION = re.compile(r"(?=(?:.*[A-Z]){2})[A-Za-z0-9-]{2,9}")


def entries(library: Library, day: date | None = None) -> Iterator[Entry]:
    """Yield everything in the library that can be found: each page, then what stands on it; `day` tells what is in force."""
    for topic in library.topics.values():
        words = f"{topic.question} {topic.summary or ''}"
        yield Entry("Topic", topic.title, _page(topic), "", words, _joined(topic.conditions, topic.specialties))
        current = _in_force(library, topic, day)
        for position in topic.positions.values():
            yield from _of_position(library, _page(topic), position, position.id in current)
    for product in library.products.values():
        yield from _of_product(product)
    for fact in library.facts.values():
        options = [word for option in fact.options.values() for word in (option.title, *option.aliases)]
        names = _joined(fact.aliases, [fact.name.replace("_", " ")])
        yield Entry("Fact", fact.title, f"facts.html#{fact.name}", "", _joined([fact.question or ""], options), names)
    for source in library.sources.values():
        names = _joined([source.authors, str(source.csl.get("container-title") or ""), source.year or ""])
        short = library.wording.short_source(source.id)
        yield Entry("Source", short, f"sources.html#{source.id}", source.title, "", names)


def _in_force(library: Library, topic: Topic, day: date | None) -> set[str]:
    """Return the positions of a topic that are in force on a day; all where no day is given."""
    return {position.id for position in (library.in_force(topic.id, day) if day else topic.positions.values())}


def _of_position(library: Library, page: str, position: Position, current: bool) -> Iterator[Entry]:
    short = library.wording.short_source(position.id)
    source = library.sources.get(position.id)
    names = _joined([source.authors, str(source.csl.get("jurisdiction") or "")]) if source else ""
    kind = "Position" if current else FORMER
    yield Entry(kind, position.title, f"{page}#{position.id}", short, position.summary or "", names)

    def part(kind: str, anchor: str, title: str, words: str) -> Entry:
        return Entry(kind, title, f"{page}#{position.id}--{anchor}", short, words)

    for rule in position.recommendations.values():
        title = f"{action_text(rule.action, rule.about)}: {rule.title}"
        yield part("Recommendation", rule.id, title, rule.says)
    for dosing in position.dosing.values():
        stated = library.wording.dosing(dosing, position)
        words = f"{stated}. {dosing.says or ''}".strip() if dosing.title else dosing.says or ""
        yield part("Dose", f"dose--{dosing.id}", dosing.title or stated, words)
    for caution in position.cautions.values():
        yield part("Caution", f"caution--{caution.id}", caution.title or caution.id, caution.says)
    for each in position.monitoring.values():
        yield part("Monitoring", f"monitoring--{each.id}", each.title or each.id, each.says)
    for grade in position.grades.values():
        bands = [f"{band_text(band.name)}: {library.wording.condition(band.when, position)}" for band in grade.bands]
        yield part("Grade", f"grade--{grade.id}", grade.title, _joined([grade.says or ""], bands))


def _of_product(product: Product) -> Iterator[Entry]:
    """Yield a product, what its labels say for each use, and who must not have it."""
    page = f"products.html#{product.id}"
    contents = [part.says for part in (product.stabiliser, product.sugar, product.glucose_meters) if part]
    routes = [ROUTES[route] for route in product.routes]
    warned = [product.boxed_warning.says] if product.boxed_warning else []
    names = _joined(product.also_called, [product.maker, product.form], routes)
    yield Entry("Product", product.name, page, product.form, _joined(["IgA, vials"], contents, warned), names)
    for use in product.indications.values():
        rates = {
            "Dose:": use.dose or "",
            "Starts at": amounts_text(use.start_rate) if use.start_rate else "",
            "Highest rate": amounts_text(use.highest_rate) if use.highest_rate else "",
            "Sites:": use.sites or "",
        }
        title = f"{use.use} ({REGIONS[use.region]})"
        said = "; ".join(f"{name} {text}" for name, text in rates.items() if text)
        yield Entry("Label", title, f"{page}--{use.id}", product.name, said)
    for statement in product.contraindications.values():
        yield Entry(
            "Must not have it", statement.says, f"{page}--not--{statement.id}", product.name, "contraindication"
        )
    if product.at_risk_rate:
        title = "Rate at risk of kidney failure or thrombosis"
        yield Entry("Label", title, f"{page}--at-risk", product.name, product.at_risk_rate.says)


OWN_PAGES = (
    Entry("Page", "Index", "find.html", "", "Lists by condition, specialty, kind of rule, action, country and source."),
    Entry("Page", "Glossary", "glossary.html", "", "What words and abbreviations mean."),
    Entry(
        "Page",
        "Changes",
        "changes.html",
        "",
        "What changed: new, amended or corrected, by day; version, history, feed.",
    ),
    Entry(
        "Page",
        "In force",
        "as-of.html",
        "",
        "Which source was in force on a day; superseded, replaced, retired, old editions.",
    ),
    Entry("Page", "Products", "products.html", "", "Labels compared: IgA, sugar, stabiliser, vials, rates.", "brands"),
    Entry("Page", "Facts", "facts.html", "", "What rules may ask about a patient, with units."),
    Entry(
        "Page", "Sources", "sources.html", "", "References, bibliography, BibTeX, DOI.", "how to add or cite a source"
    ),
    Entry(
        "Page", "Forms of a line", "line-forms.html", "", "Syntax of a condition in YAML.", "how to write a condition"
    ),
    Entry("Page", "Not encoded", "not-encoded.html", "", "What was read and did not become a rule, and why."),
    Entry(
        "Page",
        "For machines",
        "downloads.html",
        "",
        "Downloads: JSON, FHIR, vectors, feed, zip to read offline.",
        "API data",
    ),
    Entry("Page", "Schemas", "schema/index.html", "", "Every field of the YAML files and of a decision."),
)

_HEADING = re.compile(r"^(##?) (.+?)(?: *{ *#([\w-]+) *})?$", re.MULTILINE)
_NOT_PROSE = re.compile(
    r"<!--.*?-->|</?[a-z][^>]*>|^ *```.*?^ *```|^ *~~~.*?^ *~~~|[`*|]|\]\([^)]*\)|\[", re.MULTILINE | re.DOTALL
)


def handbook(page: str, text: str) -> Iterator[Entry]:
    """Yield a page that is written by hand, in Markdown, and each of its sections."""
    prose = _NOT_PROSE.sub(" ", text)
    found = list(_HEADING.finditer(prose))
    ends = [heading.start() for heading in found[1:]] + [len(prose)]
    for heading, end in zip(found, ends, strict=True):
        title, words = heading[2].strip(), " ".join(prose[heading.end() : end].split())
        if len(heading[1]) == 1:
            yield Entry("Page", title, page, "", words)
        else:
            yield Entry("Section", title, f"{page}#{heading[3] or _slug(title)}", "", words)


def glossary_entries(words: Iterable[Mapping[str, Any]]) -> Iterator[Entry]:
    """Yield the words of the glossary."""
    for word in words:
        address = f"glossary.html#{anchor_of(word['term'])}"
        yield Entry("Word", word["term"], address, "", word["text"], _joined(word.get("also", ())))


class Word(NamedTuple):
    """A word of the glossary: what it means, what else it is called, and the pages it leads to, by title and address."""

    term: str
    text: str
    also: tuple[str, ...]
    leads: list[tuple[str, str]]

    @property
    def letter(self) -> str:
        """The first letter, under which it is looked up."""
        return _plain(self.term)[:1].upper()


def glossary(library: Library, words: Iterable[Mapping[str, Any]]) -> list[Word]:
    """Return the glossary; an abbreviation leads to the topics that name it, where they are few enough to be of use."""
    titles = {_page(topic): topic.title for topic in library.topics.values()}
    titles |= {page.address: page.title for page in OWN_PAGES} | {"how-to-read.html": "How to read these pages"}
    found = []
    for word in words:
        names = [name for name in (word["term"], *word.get("also", ())) if _ABBREVIATION.fullmatch(name)]
        shape = re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b") if names else None
        pages = [word["see"]] if word.get("see") in titles else []
        named = [_page(topic) for topic in library.topics.values() if shape and shape.search(_chosen_by(topic))]
        if len(named) <= MOST_NAMED:
            pages += [page for page in named if page not in pages]
        leads = [(titles[page], page) for page in pages]
        found.append(Word(word["term"], word["text"], tuple(word.get("also", ())), leads))
    return found


def _chosen_by(topic: Topic) -> str:
    return " ".join((topic.title, topic.question, *topic.conditions))


def anchor_of(term: str) -> str:
    """Return the anchor of a word of the glossary."""
    return term.lower().replace(" ", "-")


def _slug(title: str) -> str:
    """Return the anchor that Python-Markdown gives to a heading."""
    ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", ascii_only).strip().lower())


def _joined(*lists: Iterable[str]) -> str:
    return " ".join(word for words in lists for word in words if word)


def search_index(
    library: Library, synonyms: Sequence[Sequence[str]], others: Iterable[Entry] = (), day: date | None = None
) -> str:
    """Return the index as a plain script, so that it loads from a folder.

    `pages` holds each page with its parts, `synonyms` groups of words that mean the same, `aliases` names that lead to
    the first of their group. What can be put together again from what is there already is left out: the page of a
    part's address, and where a rule stands, which is where its position stands.
    """
    kinds: dict[str, int] = {}
    pages: list[list[Any]] = []
    page = ""
    for entry in (*entries(library, day), *others):
        kind = kinds.setdefault(entry.kind, len(kinds))
        if page and entry.address.startswith((f"{page}#", f"{page}--")):
            where = entry.where if "--" not in entry.address[len(page) :] else ""
            pages[-1][-1].append(
                _short([kind, entry.title, entry.address[len(page) :], entry.words, where, entry.names])
            )
        else:
            page = entry.address
            pages.append([kind, entry.title, page, entry.words, entry.where, entry.names, []])
    data = {
        "kinds": list(kinds),
        "pages": [_short(each) for each in pages],
        "synonyms": [list(group) for group in synonyms],
        "aliases": [list(group) for group in _aliases(library)],
    }
    return f"window.IGGUIDE_INDEX = {json.dumps(data, ensure_ascii=False, separators=(',', ':'))};\n"


def _short(row: list[Any]) -> list[Any]:
    """Return a row without what is empty at its end."""
    while not row[-1] and row[-1] != 0:
        row.pop()
    return row


def _aliases(library: Library) -> Iterator[tuple[str, ...]]:
    """Yield the names that facts and their options go by, each group once."""
    seen = set()
    for fact in library.facts.values():
        for title, aliases in ((fact.title, fact.aliases), *((o.title, o.aliases) for o in fact.options.values())):
            group = (title, *aliases)
            if aliases and group not in seen:
                seen.add(group)
                yield group


def lists(library: Library, day: date | None = None) -> dict[str, list[Heading]]:
    """Return the lists of the index page: by what, then each heading with what is found under it."""
    found: dict[str, dict[str, list[Place]]] = {name: {} for name in COUNTED}
    conditions = _Conditions(library)
    for topic in library.topics.values():
        place = Place(
            topic.title, _page(topic), counted(len(topic.positions), "source") if topic.positions else "evidence only"
        )
        _put(found["Condition"], map(conditions.heading, topic.conditions or (topic.title,)), place)
        _put(found["Specialty"], topic.specialties, place)
        current = _in_force(library, topic, day)
        for position in topic.positions.values():
            _list_position(found, library, topic, position, "" if position.id in current else " (not in force)")
    return {name: [_heading(name, *each) for each in sorted(found[name].items(), key=_order)] for name in COUNTED}


def counted(number: int, what: str) -> str:
    """Return a number with what it counts: 1 source, 2 sources."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def _heading(name: str, title: str, places: list[Place]) -> Heading:
    count = counted(len(places), COUNTED[name])
    places = sorted(places, key=lambda place: (_plain(place.title), _plain(place.more)))
    return Heading(title, f"{sum(p.number for p in places)}, in {count}" if name == "Kind of rule" else count, places)


def _order(item: tuple[str, list[Place]]) -> tuple[bool, str]:
    """Sort headings by letter, whatever its accent, and what is for everyone last."""
    return item[0] == EVERYWHERE, _plain(item[0])


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKD", text).casefold()


class _Conditions:
    """The names of conditions: the abbreviation of a name stands with it, and not as a heading of its own."""

    def __init__(self, library: Library) -> None:
        self.listed = {name for topic in library.topics.values() for name in topic.conditions}
        self.short: dict[str, list[str]] = {}
        self.long: dict[str, str] = {}
        for fact in library.facts.values():
            for title, aliases in ((fact.title, fact.aliases), *((o.title, o.aliases) for o in fact.options.values())):
                short = [alias for alias in aliases if _ABBREVIATION.fullmatch(alias)]
                known = self.short.setdefault(title, [])
                known += [alias for alias in short if alias not in known]
                if title in self.listed:
                    self.long.update(dict.fromkeys(short, title))

    def heading(self, name: str) -> str:
        name = self.long.get(name, name)
        short = self.short.get(name)
        return f"{name} ({', '.join(short)})" if short else name


def _list_position(
    found: dict[str, dict[str, list[Place]]], library: Library, topic: Topic, position: Position, former: str
) -> None:
    page, short = _page(topic), library.wording.short_source(position.id)
    place = Place(topic.title, f"{page}#{position.id}", short + former)
    source = library.sources.get(position.id)
    _put(found["Country"], _countries(str(source.csl.get("jurisdiction") or "") if source else ""), place)
    _put(found["Source"], (short,), Place(topic.title, f"{page}#{position.id}", former.strip()))
    for rule in position.recommendations.values():
        where = Place(rule.title, f"{page}#{position.id}--{rule.id}", f"{topic.title}, {short}{former}")
        _put(found["Action"], (_action(rule.action, rule.about),), where)
    kinds: Mapping[str, int] = {
        "Recommendations": len(position.recommendations),
        "Doses": len(position.dosing),
        "Monitoring": len(position.monitoring),
        "Cautions": len(position.cautions),
        "Grades": len(position.grades),
        "Evidence": len(position.evidence),
    }
    for kind, count in kinds.items():
        if count:
            where = Place(topic.title, f"{page}#{position.id}", f"{short}{former}: {count}", count)
            _put(found["Kind of rule"], (kind,), where)


def _countries(jurisdiction: str) -> list[str]:
    """Return the countries of a source; a part of a country stands under it, as in Canada: Ontario."""
    names = jurisdiction.split(" and ") if jurisdiction else [EVERYWHERE]
    return [f"{COUNTRY_OF[name]}: {name}" if name in COUNTRY_OF else name for name in names]


def _action(action: str, about: str) -> str:
    """Return what a rule is about, then what it does, so that all that concerns one treatment stands together."""
    does = "use" if action == "start" and about in SETTINGS else ACTIONS[action].lower()
    return f"{ABOUTS[about].removeprefix('the ').removeprefix('a ')}: {does}"


def _put(groups: dict[str, list[Place]], names: Iterable[str], place: Place) -> None:
    for name in names:
        places = groups.setdefault(name[:1].upper() + name[1:], [])
        if place not in places:
            places.append(place)


def _page(topic: Topic) -> str:
    return f"topics/{topic.id}.html"


__all__ = [
    "OWN_PAGES",
    "Entry",
    "Heading",
    "Place",
    "Word",
    "anchor_of",
    "entries",
    "glossary",
    "glossary_entries",
    "handbook",
    "lists",
    "search_index",
]
