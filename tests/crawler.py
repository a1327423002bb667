"""Reads published pages back: which numbers they show, in which words, and whether those are the model's.

The visible text is what is read, and it is read by grammars of its own, not by `wording`: limits ("is 400 mg/dL or
less"), counts ("at least twice in the last 6 months"), doses ("0.4 g/kg of actual weight every day for 5 days, at most
100 g"). From each part of a page a row of claims comes of it, and from the part of the model another: they must be
equal, so that no number is missing and none is extra. Words that are an editor's (titles, `says`, readings, citations)
must be the model's to the letter. A number that nothing accounts for is a fault, wherever it stands.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from textwrap import wrap
from typing import Any, NamedTuple

from test_site import Element

from igguide.evaluate import facts_read
from igguide.library import Library
from igguide.model import (
    AgeComparison,
    Citation,
    Comparison,
    Condition,
    CountOf,
    Dosing,
    Evidence,
    FactComparison,
    GradeIs,
    Group,
    IsOption,
    Line,
    Named,
    Position,
    Recommendation,
    Silence,
    Source,
    Span,
    TimeSince,
    Topic,
    direction,
    lines_of,
)
from igguide.quantity import Operator, Range
from igguide.situations import situations
from igguide.wording import given_text

# How a unit is written on a page, and which it is.
UNIT_WORDS = {
    "years": "a", "year": "a", "months": "mo", "month": "mo", "weeks": "wk", "week": "wk", "days": "d", "day": "d",
    "hours": "h", "hour": "h", "minutes": "min", "minute": "min", "points": "{score}", "point": "{score}",
    "× 10⁹/L": "10*9/L", "kg/m²": "kg/m2", "mg/m²": "mg/m2", "m²": "m2", "IU/kg": "[iU]/kg", "IU/mL": "[iU]/mL", "IU": "[iU]",
    "mL/min/1.73 m²": "mL/min/{1.73_m2}", "umol/L": "umol/L", "mmol/L": "mmol/L",
    **{unit: unit for unit in (
        "%", "/uL", "Cel", "cm", "m", "kg", "g", "mg", "ug", "L", "mL", "g/L", "g/dL", "mg/dL", "mg/L", "ug/mL", "mg/mL",
        "g/kg", "mg/kg", "ug/kg", "mL/kg", "mL/min", "mL/h", "mL/kg/h", "mL/kg/min", "mg/kg/min", "mg/kg/h", "mg/min", "mg/h",
    )},
}  # fmt: skip
_UNITS = "|".join(sorted(map(re.escape, UNIT_WORDS), key=len, reverse=True))
U = rf"({_UNITS})(?![\w/²⁹])"
N = r"(-?\d+(?:\.\d+)?)"
TO = rf"{N}(?: to (below )?{N})?"
COUNT = r"(once|twice|\d+ times)"
TIMES = {"once": "1", "twice": "2"}


class Claim(NamedTuple):
    """One thing that is said with a number: of what kind, the numbers from and to, the unit, and what a limit is about."""

    kind: str
    low: Decimal | None
    high: Decimal | None
    unit: str
    subject: str = ""

    def __str__(self) -> str:
        numbers = " to ".join(str(n) for n in dict.fromkeys((self.low, self.high)) if n is not None)
        return " ".join(filter(None, (self.subject, self.kind, numbers, self.unit)))


def _one(kind: str) -> Callable[[re.Match[str]], Claim]:
    return lambda m: Claim(kind, Decimal(m[1]), Decimal(m[1]), UNIT_WORDS[m[2]])


def _counted(kind: str) -> Callable[[re.Match[str]], Claim]:
    return lambda m: Claim(kind, _times(m[1]), _times(m[1]), "")


def _times(word: str) -> Decimal:
    return Decimal(TIMES.get(word, word.split(" ", maxsplit=1)[0]))


def _span(kind: str) -> Callable[[re.Match[str]], Claim]:
    return lambda m: Claim(kind, Decimal(m[1]), Decimal(m[3] or m[1]), UNIT_WORDS[m[4]])


def _times_of(m: re.Match[str]) -> Claim:
    low, high = (Decimal(m[1]), Decimal(m[3] or m[1])) if m[1] else (Decimal(1), Decimal(1))
    return Claim("times", low, high, "")


_BOUND = {"below": "<", "at most": "<=", "above": ">", "at least": ">="}


def _amount(m: re.Match[str]) -> Claim:
    if m[1] and not m[4]:
        return Claim(f"amount {_BOUND[m[1].lower()]}", Decimal(m[2]), Decimal(m[2]), UNIT_WORDS[m[5]])
    return Claim("amount to below" if m[3] else "amount", Decimal(m[2]), Decimal(m[4] or m[2]), UNIT_WORDS[m[5]])


# What stands around a number, and what it says; longer forms first, so that none is read as part of another.
CONDITION: list[tuple[str, Callable[[re.Match[str]], Claim]]] = [
    (rf"was (?:not )?less than {N} {U} ago", _one("< ago")),
    (rf"was (?:not )?more than {N} {U} ago", _one("> ago")),
    (rf"was (?:not )?exactly {N} {U} ago", _one("= ago")),
    (rf"was (?:not )?{N} {U} ago or less", _one("<= ago")),
    (rf"was (?:not )?{N} {U} ago or more", _one(">= ago")),
    (rf"is below {N} {U}", _one("<")),
    (rf"is above {N} {U}", _one(">")),
    (rf"is exactly {N} {U}", _one("=")),
    (rf"is {N} {U} or less", _one("<=")),
    (rf"is {N} {U} or more", _one(">=")),
    (rf"fewer than {COUNT}", _counted("count <")),
    (rf"at most {COUNT}", _counted("count <=")),
    (rf"more than {COUNT}", _counted("count >")),
    (rf"at least {COUNT}", _counted("count >=")),
    (rf"exactly {COUNT}", _counted("count =")),
    (rf"in the last {TO} {U}", _span("within")),
    (r"at least (\d+) of", lambda m: Claim("of these", Decimal(m[1]), Decimal(m[1]), "")),
]
DOSE = [
    *CONDITION,
    (rf"rounded to the nearest {N} {U}", _one("round_to")),
    (rf"over {TO} {U}", _span("over")),
    (rf"every {TO} {U}", _span("every")),
    (rf"every {U}", lambda m: Claim("every", Decimal(1), Decimal(1), UNIT_WORDS[m[1]])),
    (rf"for {TO} {U}", _span("for")),
    (rf"{TO} times|\bonce\b", _times_of),
    (rf"(?:(below|above|at most|at least) )?{TO} {U}", _amount),
]
LIMIT = [
    (rf"< {N} {U}", _one("<")), (rf"<= {N} {U}", _one("<=")), (rf"> {N} {U}", _one(">")), (rf">= {N} {U}", _one(">=")), (rf"= {N} {U}", _one("=")),
]  # fmt: skip
_SUBJECT = re.compile(r"^(?:not if: )?(.*?) (?:is|was) (?=less than|more than|exactly|below|above|\d)", re.IGNORECASE)


def squeezed(text: str) -> str:
    return " ".join(text.split())


def claims_in(text: str, forms: Iterable[tuple[str, Callable[[re.Match[str]], Claim]]]) -> tuple[list[Claim], str]:
    """Return what a text says with numbers, and the text without it."""
    found: list[Claim] = []

    def take(read: Callable[[re.Match[str]], Claim]) -> Callable[[re.Match[str]], str]:
        def replace(match: re.Match[str]) -> str:
            found.append(read(match))
            return "¦"

        return replace

    for form, read in forms:
        text = re.sub(rf"(?<![\w.]){form}", take(read), text, flags=re.IGNORECASE)
    return found, text


def numbers_left(text: str) -> Counter[str]:
    """Return the numbers of a text, each with its unit where one follows."""
    return Counter("".join(found) for found in re.findall(rf"(\d+(?:\.\d+)?)(?: {U})?", text))


Row = Counter[Any]  # claims, and the numbers that stand in names


def row_of(texts: Iterable[str], forms: Any = CONDITION, *, subjects: bool = False) -> Row:
    """Return the row of claims that some texts make; with what each limit is about, where each text is one line."""
    row: Row = Counter()
    for text in texts:
        claims, rest = claims_in(text, forms)
        about = _SUBJECT.match(text) if subjects and len(claims) == 1 else None
        limit = about and claims[0].kind.split(" ")[0] in "<=>="
        if about and limit:
            row.update([claims[0]._replace(subject=about[1].lower())])
            rest = rest[about.end(1) :]
        else:
            row.update(claims)
        row.update(numbers_left(rest))
    return row


def band_words(name: str) -> str:
    """Return a band as the pages write it: a hyphen between numbers stays."""
    return re.sub(r"(\d) (?=\d)", r"\1-", name.replace("-", " "))


def named_as(name: str) -> list[str]:
    """Return the name of a part in words, as it is and with its abbreviations in capitals."""
    words = name.replace("-", " ")
    return [words, words.replace("ivig", "IVIG").replace("igg", "IgG")]


# --- what the model claims ---

# What one line under a `none` asks for, where it is told in a single phrase.
TURNED: dict[Operator, Operator] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


@dataclass
class Model:
    """The claims of the model's parts."""

    library: Library

    def named(self, text: str, forms: Any = CONDITION, *, subjects: bool = False) -> Row:
        """Return the numbers in a name, read as a page's words are: a name may say "at least 2 of" itself."""
        return row_of([text], forms, subjects=subjects) if NUMBER_WORDS.search(text) else Counter()

    def title(self, fact: str) -> str:
        return self.library.facts[fact].title

    def line(self, line: Line, position: Position | None, *, subjects: bool) -> Row:
        """Return what a line claims."""
        if isinstance(line, Comparison | AgeComparison | TimeSince):
            title, number = self.title(line.fact), Decimal(line.number)
            kind = f"{line.operator} ago" if isinstance(line, TimeSince) else line.operator
            limit: Row = Counter([Claim(kind, number, number, line.unit, title.lower() if subjects else "")])
            return limit if subjects else limit + self.named(title)
        if isinstance(line, CountOf):
            number = Decimal(line.number)
            row: Row = Counter([Claim(f"count {line.operator}", number, number, "")])
            row.update([_claim("within", line.within)] if line.within else [])
            return row + self.named(" ".join([*line.where.values(), self.title(line.fact)]))
        if isinstance(line, FactComparison):
            return self.named(self.title(line.fact)) + self.named(self.title(line.other))
        if isinstance(line, IsOption):
            options = self.library.facts[line.fact].options
            titles = [option.title for option in options.values() if option.name in line.options]
            return sum((self.named(title) for title in titles), self.named(self.title(line.fact)))
        if isinstance(line, GradeIs):
            return self.named(line.grade) + self.named(band_words(line.band))
        if isinstance(line, Named):
            criterion = position.criteria[line.criterion] if position else None
            return self.named((criterion and criterion.title) or line.criterion, subjects=subjects)
        return self.named(self.title(line.fact), subjects=subjects)

    def condition(
        self, condition: Condition | None, position: Position | None, *, expand: bool, subjects: bool = False
    ) -> Row:
        """Return what a condition claims; criteria spelled out inside, where the page does so."""
        if condition is None:
            return Counter()
        if isinstance(condition, Group):
            only = condition.parts[0] if condition.join == "none" and len(condition.parts) == 1 else None
            if isinstance(only, Comparison | AgeComparison | CountOf) and not expand and only.operator != "=":
                return self.line(replace(only, operator=TURNED[only.operator]), position, subjects=subjects)
            parts = [self.condition(p, position, expand=expand, subjects=subjects) for p in condition.parts]
            count = Decimal(condition.count)
            own: Row = Counter([Claim("of these", count, count, "")] if condition.join == "at_least" else [])
            return sum(parts, own)
        row = self.line(condition, position, subjects=subjects)
        if isinstance(condition, Named) and expand and position:
            row = row + self.condition(
                position.criteria[condition.criterion].when, position, expand=True, subjects=subjects
            )
        return row

    def brief(self, condition: Condition | None, position: Position) -> Row:
        """Return what a condition claims in brief: a criterion that stands alone is told by what it asks."""
        while isinstance(condition, Group) and len(condition.parts) == 1 and condition.join in ("all", "any"):
            condition = condition.parts[0]
        if isinstance(condition, Named):
            return self.brief(position.criteria[condition.criterion].when, position)
        if isinstance(condition, Group) and condition.join == "all":
            return sum((self.brief(part, position) for part in condition.parts), Counter())
        return self.condition(condition, position, expand=False)

    def dose(self, dosing: Dosing, position: Position) -> Row:
        """Return what a dose claims, those that it names with it, and all that follow in turn."""
        others, then = list(dosing.alternatives), dosing.then
        while then is not None and then not in others:
            others.append(then)
            then = position.dosing[then].then
        named = (self._dose(position.dosing[name], position) for name in others)
        return sum(named, self._dose(dosing, position, own=True))

    def _dose(self, dosing: Dosing, position: Position, *, own: bool = False) -> Row:
        row: Row = Counter()
        if dosing.give_fact:
            row += self.named(self.title(dosing.give_fact), DOSE)
        if dosing.give and dosing.give_unit:
            row.update([_range(dosing.give, dosing.give_unit)])
        if dosing.times:
            row.update([Claim("times", Decimal(dosing.times[0]), Decimal(dosing.times[1]), "")])
        for kind, span in (("over", dosing.over), ("every", dosing.every), ("for", dosing.length)):
            row.update([_claim(kind, span)] if span else [])
        if dosing.round_to is not None:
            row.update([Claim("round_to", dosing.round_to, dosing.round_to, dosing.round_unit or "")])
        if dosing.at_most and dosing.at_most.high is not None:
            row.update([Claim("amount <=", dosing.at_most.high, dosing.at_most.high, dosing.at_most_unit or "")])
        if dosing.until:
            row += self.condition(dosing.until, position, expand=False)
        if not row and not own and dosing.title:
            row += self.named(dosing.title, DOSE)
        return row


def _claim(kind: str, span: Span) -> Claim:
    return Claim(kind, Decimal(span.low), Decimal(span.high), span.unit)


def _range(value: Range, unit: str) -> Claim:
    """Return an amount: exact, from and to, or with one end."""
    if value.low is None or value.high is None:
        end = value.low if value.high is None else value.high
        sign = (">" if value.low_open else ">=") if value.high is None else ("<" if value.high_open else "<=")
        return Claim(f"amount {sign}", end, end, unit)
    return Claim("amount to below" if value.high_open else "amount", value.low, value.high, unit)


# --- the blocks of a page ---

INLINE = {"a", "span", "strong", "em", "code", "time", "br", "b", "i", "sub", "sup", "tspan", "label", "abbr"}


NUMBER_WORDS = re.compile(r"\d|\b(?:once|twice|every (?:year|month|week|day|hour|minute))\b", re.IGNORECASE)


class Block(NamedTuple):
    """Text that stands together: the element that holds it, those around it (innermost last), and the words."""

    element: Element
    around: tuple[Element, ...]
    text: str

    def inside(self, what: str) -> Element | None:
        """Return the innermost element around that has a class or a tag, itself included."""
        for each in reversed((*self.around, self.element)):
            if each.tag == what or what in each.attributes.get("class", "").split():
                return each
        return None


def words_of(element: Element) -> str:
    """Return the words of an element outside the blocks in it; lines of a picture are joined by a space."""
    found = ""
    for part in element.parts:
        if isinstance(part, str):
            found += part
        elif part.tag in INLINE:
            apart = part.tag in ("tspan", "br") or "cell-label" in part.attributes.get("class", "")
            found += " " + words_of(part) + " " if apart else words_of(part)
        else:
            found += " "
    return squeezed(found) if element.tag not in INLINE else found


def blocks(element: Element, around: tuple[Element, ...] = ()) -> Iterator[Block]:
    """Yield every block of a page whose words hold a number, outside scripts and styles."""
    if element.tag in ("script", "style"):
        return
    if element.tag not in INLINE and NUMBER_WORDS.search(text := words_of(element)):
        yield Block(element, around, text)
    for part in element.parts:
        if isinstance(part, Element):
            yield from blocks(part, (*around, element))


def picture_words(text: str) -> str:
    """Return the words of a picture with what a line break parted at a hyphen put together again."""
    return re.sub(r"(?<=\w)- (?=\w)", "-", text)


def leftover(text: str, allowed: Iterable[str]) -> str:
    """Return a text without the model's own words."""
    for words in sorted({squeezed(each) for each in allowed if each and re.search(r"\d", each)}, key=len, reverse=True):
        pattern = re.escape(words)
        text = re.sub(rf"(?<![\d.])(?<!\d\.){pattern}(?!\d|\.\d)", "¦", text)
        text = re.sub(rf"(?<![\d.])(?<!\d\.){re.escape(words[:1].swapcase() + words[1:])}(?!\d|\.\d)", "¦", text)
    return text


# --- faults ---


class Fault(NamedTuple):
    """Something that a page says and the model does not, or the other way round."""

    page: str
    part: str
    what: str

    def __str__(self) -> str:
        return f"{self.page} {self.part}: {self.what}"


def differing(page: str, part: str, slot: str, shown: Row, wanted: Row) -> Iterator[Fault]:
    """Yield a fault where two rows of claims are not the same."""
    extra, lacking = shown - wanted, wanted - shown
    if extra or lacking:
        told = [f"shows {_told(extra)}" if extra else "", f"lacks {_told(lacking)}" if lacking else ""]
        yield Fault(page, part, f"{slot} {' and '.join(filter(None, told))}")


def lacking(page: str, part: str, owned: Iterable[Block], wanted: Iterable[Any]) -> Iterator[Fault]:
    """Yield the texts with a number that must be there, to the letter but for the case of the first, and are not."""
    whole = " ".join(block.text for block in owned)
    for text in (squeezed(str(each)) for each in wanted if each):
        if re.search(r"\d", text) and text not in whole and text[:1].swapcase() + text[1:] not in whole:
            yield Fault(page, part, f"lacks: {text}")


def _told(row: Row) -> str:
    return ", ".join(sorted(str(each) for each in row.elements()))


def source_words(source: Source | None) -> list[str]:
    """Return the words by which a source may be named."""
    if source is None:
        return []
    doi = source.csl.get("DOI")
    return [str(doi or ""), f"doi:{doi}", source.link or "", source.title]


def citation_words(cite: Citation | None, library: Library) -> list[str]:
    """Return the words of a citation."""
    if cite is None:
        return []
    found = [cite.locator or "", *cite.facts, cite.verified.isoformat() if cite.verified else ""]
    for name in (cite.source, cite.via):
        if name:
            found += [library.wording.short_source(name), *source_words(library.sources.get(name))]
    return found


PREFIX = {
    "rule": "", "grade": "grade--", "criterion": "criterion--", "dosing": "dose--", "monitoring": "monitoring--",
    "caution": "caution--", "silent": "silent--", "evidence": "evidence--",
}  # fmt: skip


def parts_on_the_page(topic: Topic) -> dict[str, tuple[Position, str, Any]]:
    """Return every part that the page of a topic must have, by its anchor."""
    return {
        f"{position.id}--{PREFIX[kind]}{name}": (position, kind, part)
        for position in topic.positions.values()
        for kind, parts in position.parts.items()
        for name, part in parts.items()
    }


# --- the page of a topic ---


@dataclass
class TopicPage:
    """The page of a topic beside the topic, and what it says otherwise."""

    name: str
    page: Element
    topic: Topic
    model: Model
    cases: Mapping[str, list[str]]  # the titles of the examples of each position
    day: str

    def faults(self) -> list[Fault]:
        """Return every number that is missing, extra or another one."""
        parts = parts_on_the_page(self.topic)
        parts |= {
            f"evidence--{name}": (None, "evidence", part)  # type: ignore[dict-item]
            for name, part in self.topic.evidence.items()
        }
        owned: dict[str, list[Block]] = {}
        rest: list[Block] = []
        for block in blocks(self.page):
            owner = self._owner(block, parts)
            (owned.setdefault(owner, []) if owner else rest).append(block)
        there = {each.attributes["id"] for each in self.page.all() if "id" in each.attributes}
        found = [
            Fault(self.name, self._address(*parts[anchor]), "is not on the page")
            for anchor in parts
            if anchor not in there
        ]
        for anchor, (position, kind, part) in parts.items():
            if anchor in there:
                found += self._part(position, kind, part, owned.get(anchor, []))
        for position in self.topic.positions.values():
            found += self._position(position, owned.get(position.id, []))
        return found + list(self._topic(rest)) + list(self._unknown(there, parts))

    def _owner(self, block: Block, parts: Mapping[str, Any]) -> str | None:
        for each in reversed((*block.around, block.element)):
            if each.attributes.get("id") in parts and each.tag == "article":
                return each.attributes["id"]
            if each.tag == "section" and each.attributes.get("aria-labelledby") in self.topic.positions:
                return each.attributes["aria-labelledby"]
        return None

    def _address(self, position: Position | None, kind: str, part: Any) -> str:
        return f"{position.address if position else self.topic.id}/{part.id}"

    def _unknown(self, there: set[str], parts: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield parts that the page shows and the model does not have."""
        for each in self.page.all():
            name = each.attributes.get("id", "")
            if each.tag == "article" and name and name not in parts:
                yield Fault(self.name, name, "is no part of the model")

    # one part

    def _part(self, position: Position | None, kind: str, part: Any, owned: list[Block]) -> Iterator[Fault]:
        address = self._address(position, kind, part)
        left = list(owned)

        def taken(fits: Callable[[Block], bool]) -> list[Block]:
            found = [block for block in left if fits(block)]
            left[:] = [block for block in left if not fits(block)]
            return found

        if kind in ("rule", "grade", "dosing", "monitoring", "caution", "criterion", "silent") and position:
            when = taken(lambda block: block.inside("when") is not None)
            conditions = [getattr(part, key, None) for key in ("when", "especially_when")]
            wanted: Row = sum(
                (self.model.condition(c, position, expand=True, subjects=True) for c in conditions), Counter()
            )
            if kind == "criterion":
                wanted += self.model.named(part.title or part.id)
            yield from differing(self.name, address, "when:", row_of((b.text for b in when), subjects=True), wanted)
        if kind == "rule" and position:
            yield from self._rule(address, position, part, taken)
        if kind == "dosing" and position:
            shown = row_of((b.text for b in taken(lambda b: b.inside("dose") is not None)), DOSE)
            yield from differing(self.name, address, "dose:", shown, self.model.dose(part, position))
        if kind == "grade" and position:
            yield from self._grade(address, position, part, taken)
        if kind == "monitoring":
            yield from self._monitoring(address, part, taken)
        yield from self._prose(address, left, self._words_of_part(position, kind, part))
        yield from self._lacking(address, owned, part, position)

    def _rule(self, address: str, position: Position, rule: Any, taken: Any) -> Iterator[Fault]:
        dose = taken(lambda block: label_of(block) == "Dose")
        wanted = self.model.dose(position.dosing[rule.dose], position) if rule.dose else Counter()
        yield from differing(self.name, address, "dose:", row_of((b.text for b in dose), DOSE), wanted)
        ladder = taken(lambda block: block.inside("p-ladder") is not None and block.element.tag != "title")
        if not ladder:
            return
        steps = self.model.condition(rule.when, position, expand=False)
        steps = sum((self.model.named(position.recommendations[other].title) for other in rule.unless), steps)
        names = [picture_words(b.text) for b in ladder if "p-name" in b.element.attributes.get("class", "")]
        said = [b.text for b in ladder if b.element.tag == "desc"]
        heads = [b.text for b in ladder if b.element.attributes.get("class") == "p-head"]
        yield from differing(self.name, address, "step by step:", row_of(names), steps)
        yield from differing(self.name, address, "step by step in words:", row_of(said), steps)
        if heads != [str(number) for number in range(1, len(heads) + 1)]:
            yield Fault(self.name, address, f"numbers its steps {', '.join(heads)}")

    def _grade(self, address: str, position: Position, grade: Any, taken: Any) -> Iterator[Fault]:
        rows = taken(lambda block: block.inside("bands") is not None and block.inside("tr") is not None)
        for band in grade.bands:
            name = band_words(band.name).lower()
            own = [b for b in rows if b.element.tag != "th" and heading_of(b).lower() == name]
            wanted = self.model.condition(band.when, position, expand=True, subjects=True)
            shown = row_of((b.text for b in own), subjects=True)
            yield from differing(self.name, address, f"band {band.name}:", shown, wanted)
        heads = [b for b in rows if b.element.tag == "th"]
        yield from self._prose(address, heads, [band_words(name) for name in grade.order])
        drawn = taken(lambda block: block.inside("picture") is not None and block.element.tag != "title")
        limits = [Counter([Claim(b.when.operator, Decimal(b.when.number), Decimal(b.when.number), b.when.unit)]) for b in grade.bands if isinstance(b.when, Comparison | AgeComparison)]  # fmt: skip
        for kind in ("p-wide", "p-tall"):
            of = [b for b in drawn if b.inside(kind)]
            names = {band_words(name) for name in grade.order}
            texts = [
                picture_words(b.text) for b in of if b.element.tag == "text" and picture_words(b.text) not in names
            ]
            if of and [row_of([text], LIMIT) for text in texts] != limits:
                yield Fault(self.name, address, f"its picture shows {'; '.join(texts)}")
            for said in (b.text for b in of if b.element.tag == "desc"):
                named = sum((self.model.named(name, LIMIT) for name in names), Counter())
                yield from differing(
                    self.name, address, "its picture in words", row_of([said], LIMIT), sum(limits, named)
                )

    def _monitoring(self, address: str, part: Any, taken: Any) -> Iterator[Fault]:
        for label, kind, span in (("How often", "every", part.every), ("For", "for", part.length)):
            shown = row_of(
                (("for " if kind == "for" else "") + b.text for b in taken(lambda b, of=label: label_of(b) == of)), DOSE
            )
            yield from differing(
                self.name, address, f"{label.lower()}:", shown, Counter([_claim(kind, span)] if span else [])
            )
        drawn = taken(lambda block: block.inside("picture") is not None and block.element.tag == "text")
        said = taken(lambda block: block.inside("picture") is not None and block.element.tag == "desc")
        after = [re.fullmatch(rf"after {N} {U}", b.text) for b in drawn]
        steps = [Decimal(m[1]) for m in after if m and UNIT_WORDS[m[2]] == part.every.unit]
        if steps != [Decimal(part.every.high) * n for n in range(1, len(steps) + 1)] if part.every else steps:
            yield Fault(self.name, address, f"its timeline shows {', '.join(b.text for b in drawn)}")
        last = [b.text for b, m in zip(drawn, after, strict=True) if not m]
        wanted = [_claim("over", part.length)] if part.length and last else []
        yield from differing(
            self.name,
            address,
            "timeline ends",
            row_of((t.replace("up to", "over") for t in last), DOSE),
            Counter(wanted),
        )
        words = "; ".join(b.text for b in drawn)
        if said and numbers_left(said[0].text) != numbers_left(words):
            yield Fault(self.name, address, f"its timeline says {said[0].text}")
        if part.length and steps and part.length.unit == part.every.unit and steps[-1] > part.length.high:
            yield Fault(self.name, address, "its timeline goes on too long")

    def _prose(self, address: str, left: Iterable[Block], allowed: Iterable[str | None]) -> Iterator[Fault]:
        words = [squeezed(each) for each in allowed if each]
        for block in left:
            text = picture_words(block.text) if block.inside("picture") else block.text
            if re.search(r"\d", rest := leftover(text, words)):
                yield Fault(
                    self.name,
                    address,
                    f"a number that nothing accounts for in <{block.element.tag}>: {text} (left: {rest})",
                )

    def _lacking(self, address: str, owned: list[Block], part: Any, position: Position | None) -> Iterator[Fault]:
        wanted = [getattr(part, key, None) or "" for key in ("says", "reading", "as_printed")]
        title = squeezed(getattr(part, "title", None) or "")
        heads = [b.text for b in owned if b.element.tag in ("h3", "h4") or "label" in b.text or b.inside("when")]
        if re.search(r"\d", title) and not any(text.startswith(title) for text in heads):
            yield Fault(self.name, address, f"lacks its title: {title}")
        for key, label in (("n", "Number studied"), ("effect", "Effect"), ("design", "Design")):
            text = squeezed(getattr(part, key, None) or "")
            if re.search(r"\d", text) and text not in [b.text for b in owned if label_of(b) == label]:
                yield Fault(self.name, address, f"lacks its {label.lower()}: {text}")
        cite = getattr(part, "cite", None)
        if cite is not None:
            library = self.model.library
            wanted += [
                *cite.facts,
                cite.locator or "",
                *map(library.wording.short_source, filter(None, (cite.source, cite.via))),
            ]
            wanted += [library.sources[cite.source].csl.get("DOI") or library.sources[cite.source].link or ""]
        if position is not None and not isinstance(part, Evidence):
            wanted.append(part.place.short)
            if not isinstance(part, Silence) and len(position.history) == 1:
                first = position.history[0]
                wanted.append(f"Unchanged since the first encoding, version {first.version} of {first.on}.")
        if isinstance(part, Recommendation) and position is not None:
            wanted.append(f"Quote it as {position.address}/{part.id}")
        yield from lacking(self.name, address, owned, wanted)

    def _words_of_part(self, position: Position | None, kind: str, part: Any) -> list[str | None]:
        library = self.model.library
        found = [
            getattr(part, key, None)
            for key in ("title", "id", "says", "reading", "as_printed", "n", "effect", "design")
        ]
        found += [*citation_words(part.cite, library)] if getattr(part, "cite", None) else []
        found += [part.place.short, f"{part.title or part.id}, step by step" if kind == "rule" else None]
        if position is None:
            return found
        found += [position.title, f"{position.address}/{part.id}", *named_as(part.id), *self._history(position)]
        if kind == "rule":
            found += [position.recommendations[name].title for name in (*part.unless, *part.overlaps)]
        for older in position.supersedes:
            old = self.topic.positions[older]
            found += [
                library.wording.short_source(older),
                *(getattr(each, "title", None) for each in old.parts.get(kind, {}).values()),
            ]
        return found

    def _history(self, position: Position) -> list[str]:
        found = []
        for change in position.history:
            found += [
                f"version {change.version}",
                change.version,
                change.on.isoformat(),
                change.change,
                change.reason or "",
            ]
        named = [name for change in position.history for name in (*change.parts, *change.removed)]
        parts = (many[name] for many in position.parts.values() for name in named if name in many)
        return [*found, *named, *(part.title for part in parts if getattr(part, "title", None))]

    # a position

    def _position(self, position: Position, owned: list[Block]) -> Iterator[Fault]:
        address, library, of = position.address, self.model.library, position
        when = [b for b in owned if b.inside("when")]
        wanted = self.model.condition(of.applies_when, of, expand=True, subjects=True)
        yield from differing(self.name, address, "for whom:", row_of((b.text for b in when), subjects=True), wanted)
        since = [b for b in owned if b.inside("since")]
        yield from self._since(position, since)
        doses = [b for b in owned if b.inside("doses")]
        yield from self._doses(position, doses)
        counts = [
            ("Named conditions", of.criteria),
            ("Where the source is silent", of.silent),
            ("Evidence that carries no rule", of.evidence),
        ]
        counts += [("Worked examples", self.cases.get(address, [])), ("What it asks about a patient", self._asked(of))]
        words = [
            of.title,
            of.summary,
            of.reading,
            of.valid.reading,
            f"version {of.version}",
            of.place.short,
            f"Not in force on {self.day}",
        ]
        words += [f"{name} ({len(many)})" for name, many in counts]
        words += [
            *source_words(library.sources.get(of.id)),
            library.wording.short_source(of.id),
            *self.cases.get(address, []),
            *(band_words(name) for grade in of.grades.values() for name in grade.order),
            *(f"and {count} more" for count in range(1, len(of.recommendations) + len(of.grades))),  # beside an example
        ]
        words += [*self._days(position), *self._history(of)]
        words += [
            text for name in self._asked(of) for text in (library.facts[name].title, library.facts[name].question)
        ]
        words += [other.title for other in self.topic.positions.values()]
        words += [library.wording.short_source(other) for other in of.supersedes]
        yield from self._prose(address, [b for b in owned if b not in when + since + doses], words)
        source = library.sources[of.id]
        needed = [of.title, of.summary, of.reading, of.valid.reading, f"version {of.version}", *self._days(position)]
        needed += [*self.cases.get(address, []), of.place.short, source.csl.get("DOI") or source.link]
        needed += [f"{name} ({len(many)})" for name, many in counts if many]
        needed += [library.facts[name].title for name in self._asked(of)]
        yield from lacking(self.name, address, owned, needed)
        told = [
            text
            for c in of.history
            for text in (c.version, c.on.isoformat(), c.change, c.reason or "")
            if re.search(r"\d", text)
        ]
        without = tuple(squeezed(c.change) for c in of.history if not re.search(r"\d", c.change))
        shown = [
            b.text
            for b in owned
            if b.element.tag in ("td", "th")
            and any(e.attributes.get("aria-label", "").startswith("History of") for e in b.around)
            and not b.text.startswith(without)  # its number stands in the title of a part that was touched
        ]
        if len(shown) != len(told) or not all(
            text.startswith(squeezed(want)) for text, want in zip(shown, told, strict=True)
        ):
            yield Fault(self.name, address, f"its history is {'; '.join(shown)} for {'; '.join(told)}")

    def _asked(self, position: Position) -> list[str]:
        return facts_read(position, self.model.library.facts)

    def _days(self, position: Position) -> list[str]:
        """Return the first and the last day of a position, the last being the day before its successor's first."""
        later = [p.valid.start for p in self.topic.positions.values() if position.id in p.supersedes and p.valid.start]
        ends = [position.valid.until, *(day - timedelta(days=1) for day in later)]
        last = min((day for day in ends if day), default=None)
        return [day.isoformat() for day in (position.valid.start, last) if day]

    def _since(self, position: Position, owned: list[Block]) -> Iterator[Fault]:
        """Yield what the table of an older source says that neither source does."""
        sides = [position, *(self.topic.positions[name] for name in position.supersedes)]
        words = [self.model.library.wording.short_source(p.id) for p in sides]
        words += [
            text
            for p in sides
            for parts in p.parts.values()
            for x in parts.values()
            for text in (getattr(x, "says", None), x.title if hasattr(x, "title") else None)
        ]
        words += [band_words(name) for p in sides for grade in p.grades.values() for name in grade.order]
        known: Row = sum((self._all_claims(p) for p in sides), Counter())
        for block in owned:
            for claim in row_of([leftover(block.text, filter(None, words))], DOSE):
                if claim not in known:
                    yield Fault(self.name, position.address, f"what it says otherwise: shows {claim} in {block.text}")

    def _all_claims(self, position: Position) -> Row:
        found = self.model.condition(position.applies_when, position, expand=True)
        for parts in position.parts.values():
            for part in parts.values():
                conditions = [getattr(part, key, None) for key in ("when", "especially_when", "until")]
                conditions += [band.when for band in getattr(part, "bands", ())]
                found += sum((self.model.condition(c, position, expand=True) for c in conditions), Counter())
        for dosing in position.dosing.values():
            found += self.model.dose(dosing, position)
        for part in position.monitoring.values():
            found.update([_claim("every", part.every)] if part.every else [])
        return found

    def _doses(self, position: Position, owned: list[Block]) -> Iterator[Fault]:
        """Yield weights above a dose table that are not those of its fields; the amounts are held elsewhere."""
        heads = [b.text for b in owned if b.element.tag == "th" and b.inside("thead")]
        rows: dict[int, list[str]] = {}
        for block in (b for b in owned if b.element.tag == "td"):
            rows.setdefault(id(block.inside("tr")), []).append(f"{block.text.split(' kg', 1)[0]} kg")
        for block in (b for b in owned if b.element.tag == "td"):
            dosing = position.dosing.get(link_of_row(block).partition("--dose--")[2])
            if dosing is not None and (said := amount_that_differs(block.text, dosing)):
                yield Fault(self.name, f"{position.address}/{dosing.id}", said)
        for weights in rows.values():
            if weights != heads:
                yield Fault(
                    self.name, position.address, f"a row of doses is for {', '.join(weights)} under {', '.join(heads)}"
                )
        before: Dosing | None = None
        for block in (b for b in owned if b.element.tag == "th" and not b.inside("thead")):
            dosing = position.dosing.get(link_of(block).partition("--dose--")[2])
            follows = dosing is not None and before is not None and before.then == dosing.id
            title = ("then " if follows else "") + squeezed(dosing.title or "") if dosing else ""
            before = dosing
            if dosing is None or not block.text.startswith(title):
                yield Fault(self.name, position.address, f"a row of doses is named {block.text}")
            else:
                yield from differing(
                    self.name,
                    f"{position.address}/{dosing.id}",
                    "dose:",
                    row_of([block.text.removeprefix(title)], DOSE),
                    self.model._dose(dosing, position),
                )

    # the topic

    def _topic(self, rest: list[Block]) -> Iterator[Fault]:
        library, topic = self.model.library, self.topic
        shorts = [library.wording.short_source(name) for name in topic.positions]
        compared = [b for b in rest if b.inside("compare")]
        barred = [b for b in rest if b.inside("bars")]
        rest = [b for b in rest if b not in barred]
        yield from self._bars(barred)
        banded = [b for b in rest if b.inside("band-map") or b.inside("age-limits")]
        rest = [b for b in rest if b not in banded]
        yield from self._banded(banded)
        asked = [b for b in rest if b.inside("situations") and not self._is_map(b)]
        mapped = [b for b in rest if self._is_map(b) or b.inside("where-parted") or b.inside("pictures")]
        shown = [b for b in rest if b.inside("one-patient") or b.inside("record")]
        others = [b for b in rest if b not in compared + asked + mapped + shown]
        yield from self._compared(compared)
        yield from self._one_patient(shown)
        yield from self._situations(asked)
        yield from self._map(mapped, shorts)
        arises = [b for b in others if b.text.startswith("The question arises when")]
        yield from differing(
            self.name,
            topic.id,
            "arises when:",
            row_of(b.text for b in arises),
            self.model.condition(topic.arises_when, None, expand=False),
        )
        words = [
            topic.title,
            f"{topic.title} · IgGuide",
            topic.question,
            topic.summary,
            topic.reading,
            *shorts,
            self.day,
            f"in force on {self.day}",
            f"page {self.name}",
            *([f"{topic.patient.title}, on {topic.patient.as_of}"] if topic.patient else []),
        ]
        words += [
            library.version,
            library.digest,
            library.digest[:19],
            f"{len(topic.positions)} position",
            "2026-08",
            "or 2026",
            "< 40",
            "300-400",
        ]
        words += [other.title for other in library.topics.values()]
        boxed = self._boxed()
        words += boxed
        left = situations(topic, library.facts)
        left_out = left.left_out if left else 0
        words.append(f"{left_out} more situation{'' if left_out == 1 else 's'}")
        yield from self._prose(topic.id, [b for b in others if b not in arises], words)
        needed = [
            topic.title,
            topic.question,
            topic.summary,
            topic.reading,
            *shorts,
            f"{len(topic.positions)} position",
        ]
        needed += [
            f"Guidelines {library.version}, {library.digest[:19]}",
            f"page {self.name}",
            *boxed,
            *([words[-1]] if left_out else []),
        ]
        yield from lacking(self.name, topic.id, others, needed)
        for short in shorts:
            if re.search(r"\d", short) and not any(b.text.startswith(short) and b.inside("contents") for b in others):
                yield Fault(self.name, topic.id, f"lacks the way to {short}")

    def _boxed(self) -> list[str]:
        """Return what the page must tell of boxed warnings: where a rule gives immunoglobulin, every one, with its source."""
        library = self.model.library
        abouts = {"igg-replacement", "ivig-immunomodulation"}
        rules = [rule for p in self.topic.positions.values() for rule in p.recommendations.values()]
        if not any(rule.about in abouts and direction(rule.action) == "for" for rule in rules):
            return []
        warned = [(p, p.boxed_warning) for p in library.products.values() if p.boxed_warning]
        counted = Counter(warning.says.rstrip(".") for _, warning in warned)
        return [f"{says[:1].lower()}{says[1:]} ({count} products)" for says, count in counted.items()] + [
            text
            for product, warning in warned
            for text in (warning.says.rstrip("."), product.name, library.wording.short_source(warning.cite.source))
        ]

    def _one_patient(self, owned: list[Block]) -> Iterator[Fault]:
        """Tell of a record or of a dose that is not the one of the topic's patient."""
        patient = self.topic.patient
        if patient is None:
            if owned:
                yield Fault(self.name, self.topic.id, "a patient that the topic does not have")
            return
        recorded = [str(value) for value in patient.record.values() if re.search(r"\d", str(value))]
        shown = [b.text for b in owned if b.element.tag == "dd"]
        if shown != recorded:
            yield Fault(self.name, self.topic.id, f"the patient is recorded as {recorded}, and shown as {shown}")
        decision = self.model.library.evaluate(patient.record, as_of=patient.as_of, topics=[self.topic.id])
        wanted = {
            f"{result.position.id}--{rule.rule.id}": rule.dose
            for result in decision.topics[0].positions
            for rule in result.rules.values()
            if rule.holds == "yes" and rule.dose and rule.dose.amount
        }
        found = set()
        for row in {id(row): row for b in owned if (row := b.inside("tr"))}.values():
            blocks = [b for b in owned if b.inside("tr") is row]
            links = [a.attributes["href"] for a in row.all() if a.tag == "a" and "--" in a.attributes["href"]]
            dose = wanted.get(links[0].removeprefix("#")) if links else None
            found |= {link.removeprefix("#") for link in links}
            amount = re.search(
                rf"(about )?{N} {U}", " ".join(b.text.removeprefix("Dose ") for b in blocks if "Dose " in b.text)
            )
            number = dose.amount.low if dose and dose.amount else None
            if (amount is None) != (number is None):
                yield Fault(self.name, self.topic.id, f"a dose is lacking or extra: {[b.text for b in blocks]}")
            elif amount and number is not None:
                printed = Decimal(amount[2])
                rounded = number.quantize(printed) if amount[1] else number
                if (rounded, dose.unit if dose else None) != (printed, UNIT_WORDS[amount[3]]):
                    yield Fault(self.name, self.topic.id, f"{number} is shown as {amount[0]}")
        for link in sorted(wanted.keys() - found):
            yield Fault(self.name, self.topic.id, f"the patient's answer is not shown: {link}")

    def _bars(self, owned: list[Block]) -> Iterator[Fault]:
        """Tell of a bar whose amounts are not those of the dose that its rule gives, or of the patient's answer."""
        patient, answers = self.topic.patient, dict[str, str]()
        if patient is not None:
            decision = self.model.library.evaluate(patient.record, as_of=patient.as_of, topics=[self.topic.id])
            for result in decision.topics[0].positions:
                for name, rule in result.rules.items():
                    if rule.holds == "yes" and rule.dose and rule.dose.amount and rule.dose.unit:
                        text = given_text(rule.dose.amount, rule.dose.unit)
                        answers[f"{result.position.id}--{name}"] = text
        rows = {id(row): row for b in owned if (row := b.inside("tr"))}.values()
        for row in rows:
            link = next(e.attributes["href"] for e in row.all() if e.tag == "a").removeprefix("#")
            position = self.topic.positions[link.split("--")[0]]
            rule = position.recommendations[link.split("--", 1)[1]]
            values: set[tuple[Any, str]] = set()
            name, seen = rule.dose, set[str]()
            while name:
                dosing = position.dosing[name]
                for value, unit in ((dosing.give, dosing.give_unit), (dosing.at_most, dosing.at_most_unit)):
                    values |= {(end, unit or "") for end in (value.low, value.high)} if value else set()
                values |= (
                    {(Decimal(end), dosing.every.unit) for end in (dosing.every.low, dosing.every.high)}
                    if dosing.every
                    else set()
                )
                seen.add(name)
                name = dosing.then if dosing.then not in seen else None
            for block in (b for b in owned if b.inside("tr") is row and b.element.tag == "td"):
                if link in answers:
                    if squeezed(block.text) != squeezed(answers[link]):
                        yield Fault(self.name, f"{position.address}/{rule.id}", f"its bar says {block.text}")
                    continue
                text = re.sub(rf"{N} to {N} {U}", r"\1 \3 to \2 \3", block.text)
                for number, unit in re.findall(rf"{N} {U}", text):
                    if (Decimal(number), UNIT_WORDS[unit]) not in values:
                        yield Fault(self.name, f"{position.address}/{rule.id}", f"its bar says {number} {unit}")
                if re.search(r"\d", re.sub(rf"{N} {U}", "", text).replace("⁹", "")):
                    yield Fault(self.name, f"{position.address}/{rule.id}", f"its bar says {block.text}")
        shorts = [self.model.library.wording.short_source(name) for name in self.topic.positions]
        titles = [rule.title for p in self.topic.positions.values() for rule in p.recommendations.values()]
        words = [*shorts, *titles, patient.title if patient else None]
        yield from self._prose(self.topic.id, [b for b in owned if b.element.tag != "td"], words)

    def _banded(self, owned: list[Block]) -> Iterator[Fault]:
        """Tell of a stretch that is not cut at a limit of a grade, or whose band the interpreter does not give there."""
        library, topic = self.model.library, self.topic
        for row in {id(row): row for b in owned if (row := b.inside("tr")) and not b.inside("thead")}.values():
            link = next(e.attributes["href"] for e in row.all() if e.tag == "a").removeprefix("#")
            position = topic.positions[link.split("--")[0]]
            for cell in (e for e in row.parts if isinstance(e, Element) and e.tag == "td"):
                label = next((words_of(e) for e in cell.all() if e.attributes.get("class") == "cell-label"), None)
                if label is not None:  # a limit at an age: one less is below it, and the limit itself is not
                    number = re.search(rf"{N}$", squeezed(words_of(cell)).removeprefix(label).strip())
                    for value, below in ((Decimal(number[1]), False), (Decimal(number[1]) - 1, True)) if number else ():
                        record = {"age": label, "igg": f"{value} mg/dL"}
                        result = library.evaluate(record, as_of=self.day, topics=[topic.id]).topics[0].positions
                        grades = next(each for each in result if each.position.id == position.id).grades
                        if [grade.value == "below" for grade in grades.values()] != [below]:
                            yield Fault(self.name, position.address, f"its limit at {label} is shown as {number[1]}")
        values = {
            (claim.low, claim.unit)
            for p in topic.positions.values()
            for claim in self._all_claims(p)
            if isinstance(claim, Claim)
        }
        limits = [b for b in owned if b.inside("band-map")]
        shorts = [library.wording.short_source(name) for name in topic.positions]
        told = [*shorts, *self._words_asked()]
        for block in limits:
            text = leftover(block.text, told)
            for number, unit in re.findall(rf"{N} {U}", text):
                if not is_a_value(Decimal(number), UNIT_WORDS[unit], values):
                    yield Fault(self.name, topic.id, f"bands are cut at {number} {unit}, which no grade does")
            if re.search(r"\d", re.sub(rf"{N} {U}", "", text).replace("⁹", "")):
                yield Fault(self.name, topic.id, f"a number that nothing accounts for among the bands: {block.text}")

    def _is_map(self, block: Block) -> bool:
        table = block.inside("table")
        return table is not None and table.attributes.get("aria-labelledby") == "map-of-agreement"

    def _compared(self, owned: list[Block]) -> Iterator[Fault]:
        rows: dict[str, list[Block]] = {}
        for block in owned:
            row = block.inside("tr")
            link = next((e.attributes["href"][1:] for e in row.all() if e.tag == "a"), "") if row else ""
            rows.setdefault(link, []).append(block)
        for position in self.topic.positions.values():
            of = rows.get(position.id, [])
            terms = [b.text for b in of if b.inside("terms")]
            wanted = self.model.condition(position.applies_when, position, expand=False)
            yield from differing(self.name, position.address, "side by side, for whom:", row_of(terms), wanted)
            yield from self._compared_rules(position, of)
            yield from self._compared_doses(position, of)
            heads = [b for b in of if b.element.tag == "th" or "short" in b.element.attributes.get("class", "")]
            words = [self.model.library.wording.short_source(position.id), *self._days(position)]
            printed = [rule.as_printed for rule in position.recommendations.values()]
            yield from self._prose(position.address, heads, [*words, *printed])
            yield from lacking(self.name, f"{position.address} side by side", heads, [*words, *printed])

    def _compared_rules(self, position: Position, of: list[Block]) -> Iterator[Fault]:
        listed = [b for b in of if b.inside("rules")]
        shown = {link_of(b).split("--", 1)[1]: b.text for b in listed}
        for rule in position.recommendations.values():
            text = shown.pop(rule.id, "").removeprefix(squeezed(rule.title))
            wanted = self.model.brief(rule.when, position)
            yield from differing(self.name, f"{position.address}/{rule.id}", "side by side:", row_of([text]), wanted)
        names = [band_words(name) for grade in position.grades.values() for name in grade.order]
        titles = [grade.title for grade in position.grades.values()]
        graded = [b for b in listed if link_of(b).split("--", 1)[1] in shown]
        told = [leftover(b.text, [*names, *titles]) for b in graded]
        if not position.recommendations:
            limits = [
                self.model.condition(band.when, position, expand=False)
                for grade in position.grades.values()
                for band in grade.bands
                if not isinstance(band.when, Group)
            ]
            wanted = sum(limits, Counter())
            yield from differing(self.name, position.address, "side by side, bands:", row_of(told), wanted)

    def _compared_doses(self, position: Position, of: list[Block]) -> Iterator[Fault]:
        shown = {
            link_of(b).partition("--dose--")[2]: b.text for b in of if b.element.tag == "p" and "--dose--" in link_of(b)
        }
        for dosing in position.dosing.values():
            text = shown.pop(dosing.id, "").removeprefix(squeezed(dosing.title or dosing.id))
            wanted = self.model.dose(dosing, position)
            yield from differing(
                self.name, f"{position.address}/{dosing.id}", "side by side, dose:", row_of([text], DOSE), wanted
            )
        yield from (
            Fault(self.name, position.address, f"side by side: a dose that is not there, {text}")
            for text in shown.values()
        )

    def _situations(self, owned: list[Block]) -> Iterator[Fault]:
        heads = [b.text for b in owned if b.element.tag == "th" and b.inside("thead")]
        lines = [
            self.model.line(line, position, subjects=False)
            for position in self.topic.positions.values()
            for condition in conditions_of(position)
            for line in lines_of(condition)
        ]
        for text in heads:
            if row_of([text]) not in lines:
                yield Fault(self.name, self.topic.id, f"a situation that no rule asks for: {text}")
        shorts = [self.model.library.wording.short_source(name) for name in self.topic.positions]
        titles = [rule.title for p in self.topic.positions.values() for rule in p.recommendations.values()]
        left = [b for b in owned if not (b.element.tag == "th" and b.inside("thead"))]
        yield from self._prose(self.topic.id, left, [*heads, *shorts, *titles])

    def _words_asked(self) -> Iterator[str]:
        """Yield the words in which lines name a thing with a number in its name: a criterion, a fact, an option."""
        library = self.model.library
        for position in self.topic.positions.values():
            yield from (each.title or each.id for each in position.criteria.values())
            yield from (each.title for each in position.grades.values())
            yield from (band_words(name) for grade in position.grades.values() for name in grade.order)
        for fact in library.facts.values():
            yield fact.title
            yield from (option.title for option in fact.options.values())

    def _map(self, owned: list[Block], shorts: list[str]) -> Iterator[Fault]:
        table = [b for b in owned if self._is_map(b)]
        labels = [b.text for b in table if b.element.tag == "th" and b.inside("thead")]
        labels += [m[1] for b in table if b.element.tag == "td" and (m := re.match(r"(.*?):", b.text))]
        own = [short for short in shorts if re.search(r"\d", short)]
        parted = [leftover(b.text, own) for b in owned if b.inside("where-parted")]
        heads = [b for b in table if b.element.tag == "th" and not b.inside("thead")]
        asked = [*heads, *(b for b in owned if b.inside("p-if") or b.inside("p-whom"))]
        values = {
            (claim.low, claim.unit)
            for p in self.topic.positions.values()
            for claim in self._all_claims(p)
            if isinstance(claim, Claim)
        }
        told = [*own, *self._words_asked()]
        for text in [*labels, *(leftover(each, told) for each in [*parted, *(b.text for b in asked)])]:
            for number, unit in re.findall(rf"{N} {U}", text):
                if not is_a_value(Decimal(number), UNIT_WORDS[unit], values):
                    yield Fault(self.name, self.topic.id, f"the map is cut at {number} {unit}, which no rule does")
        for block in table:
            if block.inside("rules"):
                anchor = link_of(block)
                position = self.topic.positions.get(anchor.split("--")[0])
                rule = position.recommendations.get(anchor.split("--", 1)[1]) if position else None
                if position is None or rule is None:
                    yield Fault(self.name, self.topic.id, f"the map names a rule that is not there: {block.text}")
                    continue
                known = sum(
                    (
                        self.model.condition(c, position, expand=True)
                        for c in [rule.when, position.applies_when, rule.especially_when]
                    ),
                    Counter(),
                )
                known += sum(
                    (
                        self.model.condition(r.when, position, expand=True)
                        for r in position.recommendations.values()
                        if r.id in rule.unless
                    ),
                    Counter(),
                )
                extra = row_of([block.text.removeprefix(squeezed(rule.title))]) - known
                if extra:
                    yield Fault(self.name, f"{position.address}/{rule.id}", f"the map shows {_told(extra)}")
        heads = next(
            (
                e
                for e in self.page.all()
                if e.attributes.get("aria-labelledby") == "map-of-agreement" and e.tag == "table"
            ),
            None,
        )
        columns = sum(e.tag == "th" and e.attributes.get("scope") == "col" for e in heads.all()) - 1 if heads else 0
        for row in {id(b.inside("tr")): b.inside("tr") for b in table if not b.inside("thead")}.values():
            fields = [e for e in (row.parts if row else []) if isinstance(e, Element) and e.tag == "td"]
            if sum(int(e.attributes.get("colspan", "1")) for e in fields) != columns:
                yield Fault(self.name, self.topic.id, f"a row of the map is not whole: {words_of(row) if row else ''}")
        for text in (leftover(each, told) for each in [*parted, *(b.text for b in asked)]):
            if re.search(r"(?<!⁹)\d", re.sub(rf"{COUNT}|{N} {U}|\d+ sources", "", text)):
                yield Fault(self.name, self.topic.id, f"the map asks for what no rule does: {text}")
        words = [*shorts, *labels]
        yield from self._prose(
            self.topic.id,
            [b for b in owned if b.inside("rules") is None and not b.inside("where-parted") and b not in asked],
            [*words, *(cut for short in shorts for cut in (wrap(short, 24)[0], " ".join(wrap(short, 27)[:2])))],
        )


SAME = {  # how many of one unit make one of another
    ("wk", "d"): Decimal(7), ("g/L", "mg/dL"): Decimal(100), ("g/dL", "mg/dL"): Decimal(1000), ("g/dL", "g/L"): Decimal(10),
    ("mg/dL", "g/L"): Decimal("0.01"),
}  # fmt: skip


def is_a_value(number: Decimal, unit: str, values: Iterable[tuple[Any, str]]) -> bool:
    """Return whether a rule compares with a number, in its own unit or in another."""
    return any((low, own) == (number, unit) or low * SAME.get((own, unit), 0) == number for low, own in values if low)


def conditions_of(position: Position) -> Iterator[Condition]:
    """Yield every condition of a position."""
    if position.applies_when:
        yield position.applies_when
    for parts in position.parts.values():
        for part in parts.values():
            yield from (c for key in ("when", "especially_when", "until") if (c := getattr(part, key, None)))
            yield from (band.when for band in getattr(part, "bands", ()))


def label_of(block: Block) -> str:
    """Return the term that a description stands under."""
    if block.element.tag != "dd" and block.inside("dd") is None:
        return ""
    dd = block.element if block.element.tag == "dd" else block.inside("dd")
    around = (*block.around, block.element)
    parent = around[next(i for i, each in enumerate(around) if each is dd) - 1]
    return next((words_of(each) for each in parent.all() if each.tag == "dt"), "")


def heading_of(block: Block) -> str:
    """Return the heading of the table row that a block stands in."""
    row = block.inside("tr")
    return next((words_of(each) for each in row.all() if each.tag == "th"), "") if row else ""


def link_of_row(block: Block) -> str:
    """Return the anchor that the first link of the table row around a block leads to."""
    row = block.inside("tr")
    return next((e.attributes["href"][1:] for e in row.all() if e.tag == "a"), "") if row else ""


def amount_that_differs(text: str, dosing: Dosing) -> str | None:
    """Return what is wrong with a field of a table of doses: `40 kg 16 to 32 g` against the dose for that weight."""
    weight = int(text.split(" ", 1)[0])
    if text.endswith("–"):
        return None
    if dosing.give is None or "/" in (dosing.give_unit or "").replace("/kg", ""):
        return rate_or_limit_that_differs(text, weight, dosing)
    amount = rf"(?:about )?{N}(?: to {N})? (ug|mg|g)"
    stated = re.fullmatch(rf"\d+ kg {amount}(?: \({amount} in all\))?(?: \(the most\))?", text)
    wanted = [grams(dosing, weight, low=low) for low in (True, False)]
    if wanted[0] is None or wanted[1] is None:
        return None
    if stated is None:
        return f"a dose that cannot be read: {text}"
    shown = [Fraction(end) * SIZE[stated[3]] for end in (stated[1], stated[2] or stated[1])]
    near = SIZE[stated[3]] / 20 if " about " in text else 0
    if any(abs(a - b) > near for a, b in zip(shown, wanted, strict=True) if b is not None):
        return f"{text}, not {[float(each) for each in wanted if each is not None]} g"
    if stated[4] is not None:
        total = [Fraction(end) * SIZE[stated[6]] for end in (stated[4], stated[5] or stated[4])]
        sums = [end * count for end, count in zip(shown, doses_of(dosing), strict=True)]
        if any(abs(a - b) > near * 20 for a, b in zip(total, sums, strict=True)):
            return f"{text}, not {[float(each) for each in sums]} g in all"
    return None


def rate_or_limit_that_differs(text: str, weight: int, dosing: Dosing) -> str | None:
    """Return what is wrong with a rate, or with the most of a dose or a rate: `60 kg at most 480 mg/min`."""
    size, per = (dosing.at_most, dosing.at_most_unit) if dosing.give is None else (dosing.give, dosing.give_unit)
    assert size is not None
    assert per is not None
    ends = [f"{float(Fraction(end or 0) * weight):g}" for end in dict.fromkeys((size.low, size.high))]
    most = "at most " if dosing.give is None else ""
    wanted = f"{weight} kg {most}{' to '.join(ends)} {per.replace('/kg', '')}"
    return None if text == wanted else f"{text}, not {wanted}"


def doses_of(dosing: Dosing) -> tuple[Fraction, Fraction]:
    """Return how many doses there are, from and to: as stated, or as often as `every` goes into `for`."""
    if dosing.times is not None:
        return Fraction(dosing.times[0]), Fraction(dosing.times[1])
    assert dosing.every is not None
    assert dosing.length is not None
    hours = {"h": 1, "d": 24, "wk": 168, "mo": 730}
    each = Fraction(dosing.every.low * hours[dosing.every.unit])
    return tuple(Fraction(end * hours[dosing.length.unit]) / each for end in (dosing.length.low, dosing.length.high))  # type: ignore[return-value]


def link_of(block: Block) -> str:
    """Return the anchor on the same page that the first link of a block leads to."""
    found = (
        e.attributes["href"]
        for e in block.element.all()
        if e.tag == "a" and e.attributes.get("href", "").startswith("#")
    )
    return next(found, "#")[1:]


SIZE = {"ug": Fraction(1, 10**6), "mg": Fraction(1, 1000), "g": Fraction(1), "kg": Fraction(1000)}


def grams(dosing: Dosing, weight: int, *, low: bool) -> Fraction | None:
    """Return an end of a dose for a weight, by plain fractions: times the weight, to the nearest step, not above the limit."""
    end = None if dosing.give is None else dosing.give.low if low else dosing.give.high
    unit = (dosing.give_unit or "").removesuffix("/kg")
    if end is None or unit not in SIZE:
        return None
    amount = Fraction(end) * weight * SIZE[unit]
    if dosing.round_to is not None:
        step = Fraction(dosing.round_to) * SIZE[dosing.round_unit or ""]
        amount = ((amount / step * 2 + 1) // 2) * step
    if dosing.at_most is not None and dosing.at_most.high is not None:
        per, _, kg = (dosing.at_most_unit or "").partition("/")
        amount = min(amount, Fraction(dosing.at_most.high) * SIZE[per] * (weight if kg else 1))
    return amount


# --- the page of the products ---


@dataclass
class ProductsPage:
    """The page of the products beside their labels as data, and what it says otherwise."""

    name: str
    page: Element
    model: Model
    stamp: list[str]  # what stands on every page: versions, days

    def faults(self) -> list[Fault]:
        """Return every number that is missing, extra or another one."""
        products = self.model.library.products
        found = list(
            self._table(
                "contents-compared", [row for p in products.values() for row in contents_of(p, self.model.library)]
            )
        )
        found += self._table("rates-compared", [row for p in products.values() for row in rates_of(p)])
        owned: dict[str, list[Block]] = {}
        for block in blocks(self.page):
            owner = next((e for e in reversed((*block.around, block.element)) if e.tag == "article"), None)
            owned.setdefault(owner.attributes.get("id", "") if owner else "", []).append(block)
        for product in products.values():
            found += self._product(product, owned.pop(product.id, []))
        rest = [b for b in owned.pop("", []) if b.inside("table") is None]
        names = [text for p in products.values() for text in (p.name, *p.also_called)]
        found += self._prose("", rest, [*names, *self.stamp])
        return found + [Fault(self.name, name, "is no product of the model") for name in owned]

    def _table(self, name: str, wanted: list[tuple[str, list[Row | str | None]]]) -> Iterator[Fault]:
        section = next(e for e in self.page.all() if e.attributes.get("aria-labelledby") == name)
        body = next(e for e in section.all() if e.tag == "tbody")
        rows = [e for e in body.parts if isinstance(e, Element) and e.tag == "tr"]
        if len(rows) != len(wanted):
            yield Fault(self.name, name, f"has {len(rows)} rows for {len(wanted)}")
        for row, (product, cells) in zip(rows, wanted, strict=False):
            head, *fields = (e for e in row.parts if isinstance(e, Element))
            if leftover(words_of(head), []) and not words_of(head).startswith(product):
                yield Fault(self.name, name, f"the row of {product} is headed {words_of(head)}")
            for field, cell in zip(fields, cells, strict=True):
                text = words_of(field)
                if isinstance(cell, Counter):
                    yield from differing(self.name, product, f"{name}:", row_of([listed_sizes(text)], DOSE), cell)
                elif re.search(r"\d", leftover(text, [cell or ""])) or (
                    cell and squeezed(cell).lower() != text.lower()
                ):
                    yield Fault(self.name, product, f"{name}: {text} for {cell}")

    def _product(self, product: Any, owned: list[Block]) -> Iterator[Fault]:
        if not owned:
            yield Fault(self.name, product.id, "is not on the page")
        left = list(owned)
        for use in product.indications.values():
            of = [b for b in left if any(e.attributes.get("id") == f"{product.id}--{use.id}" for e in b.around)]
            left = [b for b in left if b not in of]
            yield from self._use(product, use, of)
        for strength in product.strengths:
            label = amounts_row([strength.concentration])
            for part, head, row in ((strength.iga, "IgA, ", iga_row), (strength.vials, "Vials, ", vials_row)):
                if part is None:
                    continue
                at = next(
                    (
                        b
                        for b in left
                        if b.element.tag == "h3" and b.text.startswith(head) and row_of([b.text], DOSE) == label
                    ),
                    None,
                )
                if at is None:
                    yield Fault(self.name, product.id, f"lacks {head}{strength.concentration}")
                    continue
                of = [b for b in left if b.around[-1] is at.around[-1]]
                left = [b for b in left if b not in of]
                said = [b for b in of if b.element.tag == "p" and not b.element.attributes.get("class")]
                yield from differing(
                    self.name, product.id, head, row_of((listed_sizes(b.text) for b in said), DOSE), row(part)
                )
                words = [part.reading, *citation_words(part.cite, self.model.library)]
                yield from self._prose(product.id, [b for b in of if b not in said and b is not at], words)
        statements = [
            product.boxed_warning,
            product.stabiliser,
            product.sugar,
            product.glucose_meters,
            product.at_risk_rate,
        ]
        statements = [each for each in [*statements, *product.contraindications.values()] if each]
        words = [product.name, *product.also_called, product.form, product.maker, product.reading, product.place.short]
        words += [
            text
            for each in statements
            for text in (each.says, each.reading, *citation_words(each.cite, self.model.library))
        ]
        words += [*citation_words(product.cite, self.model.library), f"({len(product.indications)})"]
        yield from self._prose(product.id, left, words)
        yield from self._lacking(
            product.id, owned, [product.name, product.form, product.reading, *(each.says for each in statements)]
        )

    def _use(self, product: Any, use: Any, of: list[Block]) -> Iterator[Fault]:
        address, left = f"{product.id}/{use.id}", list(of)
        start = amounts_row(use.start_rate) + (Counter([_claim("for", use.start_for)]) if use.start_for else Counter())
        rows = [
            ("Strength", amounts_row([use.concentration] if use.concentration else [])),
            ("Starts at", start),
            ("Highest rate", amounts_row(use.highest_rate)),
            ("For some", amounts_row(use.faster_rate) + row_of([use.faster_for or ""], DOSE)),
        ]
        for label, wanted in rows:
            here = [b for b in left if label_of(b) == label]
            left = [b for b in left if b not in here]
            yield from differing(self.name, address, f"{label}:", row_of((b.text for b in here), DOSE), wanted)
        words = [use.use, use.dose, use.steps, use.sites, use.reading, *citation_words(use.cite, self.model.library)]
        yield from self._prose(address, left, words)
        yield from self._lacking(address, of, [use.use, use.dose, use.steps, use.sites, use.reading, use.faster_for])

    def _prose(self, address: str, left: Iterable[Block], allowed: Iterable[str | None]) -> Iterator[Fault]:
        words = [each for each in allowed if each]
        for block in left:
            if re.search(r"\d", rest := leftover(block.text, words)):
                yield Fault(
                    self.name,
                    address,
                    f"a number that nothing accounts for in <{block.element.tag}>: {block.text} (left: {rest})",
                )

    def _lacking(self, address: str, owned: list[Block], texts: Iterable[str | None]) -> Iterator[Fault]:
        whole = " ".join(block.text for block in owned).lower()
        for text in texts:
            if text and re.search(r"\d", text) and squeezed(text).lower() not in whole:
                yield Fault(self.name, address, f"lacks {text}")


def amounts_row(amounts: Iterable[Any]) -> Row:
    return Counter(_range(each.range, each.unit) for each in amounts)


TO_MICROGRAMS = {
    "mg/mL": Decimal(1000),
    "g/L": Decimal(1000),
    "mg/L": Decimal(1),
    "mg/dL": Decimal(10),
    "g/dL": Decimal(10000),
}


def iga_row(iga: Any) -> Row:
    """Return how much IgA there is, as printed and in micrograms."""
    row: Row = Counter()
    for kind, amount in (("amount <=", iga.at_most), ("amount <", iga.below), ("amount", iga.mean)):
        if amount is not None:
            row[_range(amount.range, amount.unit)._replace(kind=kind)] += 1
            if amount.unit != "ug/mL":
                number = amount.range.high * TO_MICROGRAMS[amount.unit]
                row[Claim("amount", number, number, "ug/mL")] += 1
    return row


def vials_row(vials: Any) -> Row:
    return amounts_row(vials.sizes)


def listed_sizes(text: str) -> str:
    """Return a list of sizes with the unit at each: 2.5, 5 and 10 g as 2.5 g, 5 g and 10 g."""
    found = re.search(rf"{N}((?:, {N})*) and {N} {U}", text)
    return re.sub(rf"{N}(?=, {N}| and {N} )", rf"\1 {found[found.re.groups]}", text) if found else text


def contents_of(product: Any, library: Any) -> Iterator[tuple[str, list[Row | str | None]]]:
    """Yield a row of the contents of a product for each of its strengths."""
    for strength in product.strengths:
        risk = product.at_risk_rate
        bounds = [] if risk is None else [(risk.at_most, "amount <="), (risk.below, "amount <")]
        row: Row = Counter()
        for amounts, kind in bounds:
            for index, amount in enumerate(amounts):
                row[_range(amount.range, amount.unit)._replace(kind=kind if index == 0 else "amount")] += 1
        yield (
            product.name,
            [
                None,
                amounts_row([strength.concentration]),
                iga_row(strength.iga) if strength.iga else None,
                product.stabiliser and product.stabiliser.says,
                product.sugar and product.sugar.says,
                vials_row(strength.vials) if strength.vials else None,
                row or (risk and f"{library.sources[risk.cite.source].csl['jurisdiction']}: {risk.says}"),
            ],
        )


def rates_of(product: Any) -> Iterator[tuple[str, list[Row | str | None]]]:
    """Yield a row for each use of a product that has a highest rate; the last field is worked out here once more."""
    for use in product.indications.values():
        if not use.highest_rate:
            continue
        start = amounts_row(use.start_rate) + (Counter([_claim("for", use.start_for)]) if use.start_for else Counter())
        some = amounts_row(use.faster_rate) + row_of([use.faster_for or ""], DOSE)
        fast = fastest(use.highest_rate, use.concentration or product.strengths[0].concentration)
        last: Row | None = None if fast is None else Counter([Claim("amount", fast, fast, "mg/kg/min")])
        yield product.name, [None, use.use, start or None, use.steps, amounts_row(use.highest_rate), some or None, last]


def fastest(rates: Iterable[Any], strength: Any) -> Decimal | None:
    """Return the first rate that can be had in milligrams per kilogram and minute, as it is printed."""
    for rate in rates:
        number = Fraction(rate.range.high)
        if rate.unit in ("mL/kg/h", "mL/kg/min"):
            number *= Fraction(strength.range.high) * {"mg/mL": 1, "g/L": 1, "g/dL": 10}[strength.unit]
        elif rate.unit not in ("mg/kg/h", "mg/kg/min"):
            continue
        number /= 60 if rate.unit.endswith("/h") else 1
        exact = Decimal(number.numerator) / Decimal(number.denominator)
        whole = exact == exact.quantize(Decimal("0.0001"))
        return exact if whole else exact.quantize(Decimal("0.1") if exact >= 10 else Decimal("0.001"))
    return None


# --- the page of the facts ---


@dataclass
class FactsPage:
    """The page of the facts beside the facts: limits, ages of values, formulas, scores, tables by age."""

    name: str
    page: Element
    model: Model

    def faults(self) -> list[Fault]:
        """Return every number that is missing, extra or another one, in what a fact says beside prose and codes."""
        articles = {e.attributes["id"]: e for e in self.page.all() if e.tag == "article" and "id" in e.attributes}
        found = [Fault(self.name, name, "is no fact") for name in articles if name not in self.model.library.facts]
        for fact in self.model.library.facts.values():
            if fact.name in articles:
                found += self._fact(fact, articles[fact.name])
            else:
                found.append(Fault(self.name, fact.name, "is not on the page"))
        return found + list(self._by_age())

    def _fact(self, fact: Any, article: Element) -> Iterator[Fault]:
        shown: dict[str, list[str]] = {}
        for each in article.all():
            if each.tag == "div" and each.parts and any(isinstance(p, Element) and p.tag == "dt" for p in each.parts):
                dt, dd = (next(e for e in each.all() if e.tag == tag) for tag in ("dt", "dd"))
                shown[words_of(dt)] = [words_of(e) for e in dd.all() if e.tag == "li"] or [words_of(dd)]
        rows = [
            ("Plausible", Counter([_range(fact.limits, fact.unit)]) if fact.limits else Counter()),
            ("Usable for", Counter([_claim("for", fact.usable_for)]) if fact.usable_for else Counter()),
            ("Follows from", self._implied(fact)),
        ]
        for label, wanted in rows:
            texts = [f"for {text}" if label == "Usable for" else text for text in shown.get(label, [])]
            yield from differing(self.name, fact.name, f"{label}:", row_of(texts, BOUNDED), wanted)
        kind = shown.get("Kind", [""])[0].partition(", in ")[2]
        if fact.unit and UNIT_WORDS.get(kind, kind) != fact.unit:
            yield Fault(self.name, fact.name, f"is in {kind} for {fact.unit}")
        formula = squeezed(fact.formula.text) if fact.formula else ""
        if shown.get("Worked out as", [""]) != [formula]:
            yield Fault(self.name, fact.name, f"is worked out as {shown.get('Worked out as')} for {formula}")
        points = (
            [f"{self.model.title(name)}: {points}" for name, points in fact.score.points.items()] if fact.score else []
        )
        if shown.get("Sum of points", []) != points:
            yield Fault(self.name, fact.name, f"adds up {shown.get('Sum of points')} for {points}")

    def _implied(self, fact: Any) -> Row:
        rule = fact.implied_by
        if rule is None:
            return Counter()
        number = Decimal(rule.at_least)
        row: Row = Counter([Claim("at least", number, number, "")])
        row.update([_claim("within", rule.within)] if rule.within else [])
        return row + self.model.named(self.model.title(rule.events))

    def _by_age(self) -> Iterator[Fault]:
        """Yield fields of the table by age that hold another number than the table of the fact has at that age."""
        section = next(e for e in self.page.all() if e.attributes.get("aria-labelledby") == "by-age")
        heads = [e for e in section.all() if e.tag == "th" and e.attributes.get("scope") == "col"][1:]
        names = [next(a.attributes["href"][1:] for a in e.all() if a.tag == "a") for e in heads]
        rows = [e for e in section.all() if e.tag == "tr"][1:]
        starts: list[Decimal] = []
        end: Decimal | None = None
        for row in rows:
            head, *fields = (e for e in row.parts if isinstance(e, Element))
            ages = [(Decimal(n), UNIT_WORDS[u]) for n, u in re.findall(rf"{N} {U}", words_of(head))]
            from_, *until = (number * AGE_IN_DAYS[unit] for number, unit in ages)
            if starts and from_ != end:
                yield Fault(self.name, "by-age", f"does not go on from the row before at {words_of(head)}")
            end = until[0] if until else None
            starts.append(from_)
            for name, field in zip(names, fields, strict=True):
                wanted = value_at(starts[-1], self.model.library.facts[name])
                text = words_of(field)
                if (None if text == "not given" else Decimal(text)) != wanted:
                    yield Fault(self.name, name, f"is {text} from {words_of(head)}, for {wanted}")
        tables = [fact for fact in self.model.library.facts.values() if fact.table]
        ends = sorted({row.low * AGE_IN_DAYS[row.low_unit] for fact in tables for row in fact.table.rows if fact.table})
        if starts != ends or {fact.name for fact in tables} != set(names):
            yield Fault(self.name, "by-age", f"has other ages or tables: {starts} for {ends}")


BOUNDED = [*DOSE, (r"at least (\d+)", lambda m: Claim("at least", Decimal(m[1]), Decimal(m[1]), ""))]
AGE_IN_DAYS = {"d": Decimal(1), "wk": Decimal(7), "mo": Decimal("30.4375"), "a": Decimal("365.25")}


def value_at(age: Decimal, fact: Any) -> Decimal | None:
    """Return the value of a table at an age in days."""
    for row in fact.table.rows:
        below = None if row.below is None else row.below * AGE_IN_DAYS[row.below_unit]
        if row.low * AGE_IN_DAYS[row.low_unit] <= age and (below is None or age < below):
            return Decimal(row.value)
    return None
