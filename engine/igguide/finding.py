"""Ways to find a rule: an index for the search page, and lists by condition, specialty, kind, action, country, source."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from .library import Library
from .model import Position, Topic
from .wording import action_text


class Entry(NamedTuple):
    """One thing that can be found: its kind, title, address, where it stands in words, and the words it is found by."""

    kind: str
    title: str
    address: str
    where: str
    words: str


class Place(NamedTuple):
    """An item of a list: its title and address, and what stands behind it in small letters."""

    title: str
    address: str
    more: str


def entries(library: Library) -> Iterator[Entry]:
    """Yield everything that the search page can find, topics first."""
    for topic in library.topics.values():
        words = " ".join([topic.question, topic.summary or "", *topic.conditions, *topic.specialties])
        yield Entry("Topic", topic.title, _page(topic), "", words)
    for topic in library.topics.values():
        for position in topic.positions.values():
            yield from _of_position(library, topic, position)
    for fact in library.facts.values():
        options = [word for option in fact.options.values() for word in (option.title, *option.aliases)]
        words = " ".join([fact.question or "", *fact.aliases, *options])
        yield Entry("Fact", fact.title, f"facts.html#{fact.name}", "", words)
    for source in library.sources.values():
        words = " ".join([source.title, source.authors, str(source.csl.get("container-title") or "")])
        yield Entry("Source", library.wording.short_source(source.id), f"sources.html#{source.id}", source.title, words)


def _of_position(library: Library, topic: Topic, position: Position) -> Iterator[Entry]:
    page, where = _page(topic), f"{topic.title}, {library.wording.short_source(position.id)}"
    source = library.sources.get(position.id)
    authors = source.authors if source else ""
    yield Entry("Position", position.title, f"{page}#{position.id}", topic.title, f"{position.summary or ''} {authors}")
    for rule in position.recommendations.values():
        title = f"{action_text(rule.action, rule.about)}: {rule.title}"
        yield Entry("Recommendation", title, f"{page}#{position.id}--{rule.id}", where, rule.says)
    for dosing in position.dosing.values():
        stated = library.wording.dosing(dosing, position)
        yield Entry(
            "Dose",
            dosing.title or stated,
            f"{page}#{position.id}--dose--{dosing.id}",
            where,
            f"{stated} {dosing.says or ''}",
        )
    for caution in position.cautions.values():
        yield Entry(
            "Caution", caution.title or caution.id, f"{page}#{position.id}--caution--{caution.id}", where, caution.says
        )
    for each in position.monitoring.values():
        yield Entry(
            "Monitoring", each.title or each.id, f"{page}#{position.id}--monitoring--{each.id}", where, each.says
        )
    for grade in position.grades.values():
        yield Entry("Grade", grade.title, f"{page}#{position.id}--grade--{grade.id}", where, grade.says or "")


def search_index(library: Library, synonyms: Sequence[Sequence[str]]) -> str:
    """Return the index as a plain script, so that it loads from a folder: entries, and groups of words that mean the same."""
    listed = [list(entry) for entry in entries(library)]
    data = {"entries": listed, "synonyms": [list(group) for group in (*synonyms, *_aliases(library))]}
    return f"window.IGGUIDE_INDEX = {json.dumps(data, ensure_ascii=False, separators=(',', ':'))};\n"


def _aliases(library: Library) -> Iterator[tuple[str, ...]]:
    """Yield the names that facts and their options go by."""
    for fact in library.facts.values():
        for title, aliases in ((fact.title, fact.aliases), *((o.title, o.aliases) for o in fact.options.values())):
            if aliases:
                yield (title, *aliases)


def lists(library: Library) -> dict[str, dict[str, list[Place]]]:
    """Return the lists of the index page: by what, then by each heading, what is found there."""
    found: dict[str, dict[str, list[Place]]] = {
        name: {} for name in ("Condition", "Specialty", "Kind of rule", "Action", "Country", "Source")
    }
    for topic in library.topics.values():
        place = Place(topic.title, _page(topic), f"{len(topic.positions)} positions")
        _put(found["Condition"], topic.conditions or (topic.title,), place)
        _put(found["Specialty"], topic.specialties, place)
        for position in topic.positions.values():
            _list_position(found, library, topic, position)
    return {name: dict(sorted(groups.items(), key=lambda item: item[0].lower())) for name, groups in found.items()}


def _list_position(
    found: dict[str, dict[str, list[Place]]], library: Library, topic: Topic, position: Position
) -> None:
    page, short = _page(topic), library.wording.short_source(position.id)
    place = Place(topic.title, f"{page}#{position.id}", short)
    source = library.sources.get(position.id)
    country = source.csl.get("jurisdiction") if source else None
    _put(found["Country"], (str(country),) if country else ("For everyone, or not stated",), place)
    _put(found["Source"], (short,), Place(topic.title, f"{page}#{position.id}", position.title))
    for rule in position.recommendations.values():
        where = Place(rule.title, f"{page}#{position.id}--{rule.id}", f"{topic.title}, {short}")
        _put(found["Action"], (action_text(rule.action, rule.about),), where)
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
            _put(found["Kind of rule"], (kind,), Place(topic.title, f"{page}#{position.id}", f"{short}: {count}"))


def _put(groups: dict[str, list[Place]], names: Iterable[str], place: Place) -> None:
    for name in names:
        groups.setdefault(name[:1].upper() + name[1:], []).append(place)


def _page(topic: Topic) -> str:
    return f"topics/{topic.id}.html"


__all__ = ["Entry", "Place", "entries", "lists", "search_index"]
