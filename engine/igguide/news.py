"""What changed in the guidelines, newest first, from the history of each position: for a page, a rule, and an Atom feed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from .model import Change, Condition, GradeIs, Named, Position, Topic, lines_of

KINDS = {
    "new": "new position",
    "answer": "an answer changes",
    "rule": "a new rule",
    "wording": "wording",
}
_ORDER = ("answer", "rule", "wording", "new")
EDITORIAL = frozenset({"wording"})  # the others may change what is done for a patient

# What stands before the name of a part in its address on the page of its topic; rules stand alone.
ANCHORS = {
    "rule": "",
    "grade": "grade--",
    "criterion": "criterion--",
    "dosing": "dose--",
    "monitoring": "monitoring--",
    "caution": "caution--",
    "silent": "silent--",
    "evidence": "evidence--",
}


@dataclass(frozen=True, slots=True)
class Touched:
    """A part that a version touched: its name, its title, and its address on the page; no address where it has gone."""

    name: str
    title: str
    anchor: str | None


@dataclass(frozen=True, slots=True)
class News:
    """One version of a position: the day, what sort of change it is, the editor's own sentences, and what was touched."""

    topic: Topic
    position: Position
    version: str
    on: date
    change: str
    kind: str
    reason: str | None = None
    touched: tuple[Touched, ...] = ()

    @property
    def anchor(self) -> str:
        """Return where a reader is led: the first part that was touched and is still there, else the position."""
        return next((part.anchor for part in self.touched if part.anchor), self.position.id)


def news(topics: Iterable[Topic]) -> list[News]:
    """Return every version of every position, newest first; of one day those that change answers first, then by address."""
    found = [item for topic in topics for position in topic.positions.values() for item in _versions(topic, position)]
    return sorted(found, key=_place)


def _place(item: News) -> tuple[int, int, tuple[int, ...], str]:
    """Sort by day, the newest first; of one day by what it does to answers, then what was changed most often."""
    numbers = tuple(-int(number) for number in item.version.split("."))
    return -item.on.toordinal(), _ORDER.index(item.kind), numbers, item.position.address


def by_day(items: Iterable[News]) -> list[tuple[date, list[News], dict[str, int]]]:
    """Return the days on which something changed, newest first, each with its changes and how many there are of a kind."""
    days: dict[date, list[News]] = {}
    for item in items:
        days.setdefault(item.on, []).append(item)
    kinds = {on: [item.kind for item in of] for on, of in days.items()}
    return [(on, of, {k: kinds[on].count(k) for k in _ORDER if k in kinds[on]}) for on, of in days.items()]


def _versions(topic: Topic, position: Position) -> Iterator[News]:
    for before, change in pairwise([None, *sorted(position.history, key=lambda change: change.numbers)]):
        assert change is not None
        kind = "new" if before is None else _kind(before, change)
        touched = tuple(
            part for name in dict.fromkeys((*change.parts, *change.removed)) for part in _touched(position, name)
        )
        yield News(topic, position, change.version, change.on, change.change, kind, change.reason, touched)


def _touched(position: Position, name: str) -> Iterator[Touched]:
    """Yield every part of a name; one that has gone has no address."""
    if name == position.id:
        yield Touched(name, position.title, position.id)
        return
    found = [(ANCHORS[kind], parts[name]) for kind, parts in position.parts.items() if name in parts]
    for before, part in found:
        yield Touched(name, getattr(part, "title", None) or name, f"{position.id}--{before}{name}")
    if not found:
        yield Touched(name, name.replace("-", " "), None)  # its title has gone with it


def _kind(before: Change, after: Change) -> str:
    """Return what a step of the version means: the first number an answer, the second a rule, the third wording."""
    a, b = before.numbers, after.numbers
    return "answer" if a[0] != b[0] else "rule" if a[1] != b[1] else "wording"


def gone_anchors(position: Position, name: str) -> list[str]:
    """Return the addresses that a part which was taken out may have had: those of no part that is there now."""
    return [
        f"{position.id}--{before}{name}" for kind, before in ANCHORS.items() if name not in position.parts.get(kind, {})
    ]


# --- the history of one part ---


@dataclass(frozen=True, slots=True)
class PartChange:
    """A version that touched a part, by itself or by way of what it rests on (a criterion, a dose, the whole position)."""

    change: Change
    through: tuple[Touched, ...]


def history_of(position: Position, part: Any) -> list[PartChange]:
    """Return the versions after the first that touched a part or what it rests on, oldest first; none: as first encoded."""
    rests = _rests_on(position, part)
    found = []
    for change in position.history[1:]:
        names = [name for name in change.parts if name in rests]
        if part.id in change.parts:
            found.append(PartChange(change, ()))
        elif names:
            found.append(PartChange(change, tuple(t for name in names for t in _touched(position, name))))
    return found


def _rests_on(position: Position, part: Any) -> set[str]:
    """Return the names of all that a part is made of: criteria, grades, doses, rules that go before, and the position itself."""
    found, left = {position.id}, [part]
    while left:
        names = set(_named_in(left.pop())) - found
        found |= names
        left += [parts[name] for parts in position.parts.values() for name in names if name in parts]
    return found


def _named_in(part: Any) -> Iterator[str]:
    keys = ("when", "especially_when", "until")
    conditions: list[Condition | None] = [getattr(part, key, None) for key in keys]
    conditions += [band.when for band in getattr(part, "bands", ())]
    for condition in conditions:
        for line in lines_of(condition):
            if isinstance(line, Named):
                yield line.criterion
            elif isinstance(line, GradeIs):
                yield line.grade
    yield from (name for name in (getattr(part, "dose", None), getattr(part, "then", None)) if name)
    yield from (*getattr(part, "unless", ()), *getattr(part, "alternatives", ()))


# --- the feed ---


def atom(items: Iterable[News], site: str | None) -> str:
    """Return the changes as an Atom feed; `site` is the address of the published site, where it is known.

    The ids rest on topic, position and version alone, so that a reader is told of each version once.
    """
    listed = list(items)
    updated = max((item.on for item in listed), default=date(1970, 1, 1))
    base = f"{site.rstrip('/')}/" if site else ""
    own = f'<link rel="self" type="application/atom+xml" href={quoteattr(base + "feed.atom")}/>\n' if base else ""
    entries = "\n".join(_entry(item, base) for item in listed)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">\n'
        "<title>IgGuide: changes of the guidelines</title>\n<id>urn:igguide:changes</id>\n"
        f'<link rel="alternate" type="text/html" href={quoteattr(base + "changes.html")}/>\n{own}'
        f"<updated>{updated.isoformat()}T00:00:00Z</updated>\n<author><name>IgGuide</name></author>\n{entries}\n</feed>\n"
    )


def _entry(item: News, base: str) -> str:
    page = f"{base}topics/{item.topic.id}.html#"
    title = f"{item.topic.title}: {item.position.title} {item.version} ({KINDS[item.kind]})"
    others = [part for part in item.touched if part.anchor and part.anchor != item.anchor]
    related = "".join(
        f'<link rel="related" title={quoteattr(part.title)} href={quoteattr(page + str(part.anchor))}/>'
        for part in others
    )
    told = f"{item.change} {item.reason}" if item.reason else item.change
    return (
        f"<entry><title>{escape(title)}</title>"
        f"<id>urn:igguide:{escape(item.position.address)}:{item.version}</id>"
        f'<link rel="alternate" type="text/html" href={quoteattr(page + item.anchor)}/>{related}'
        f"<updated>{item.on.isoformat()}T00:00:00Z</updated>"
        f"<category term={quoteattr(item.kind)} label={quoteattr(KINDS[item.kind])}/>"
        f"<summary>{escape(told)}</summary></entry>"
    )


__all__ = [
    "ANCHORS",
    "EDITORIAL",
    "KINDS",
    "News",
    "PartChange",
    "Touched",
    "atom",
    "by_day",
    "gone_anchors",
    "history_of",
    "news",
]
