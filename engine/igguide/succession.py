"""Positions over time: which was in force when, what replaced it, and what the newer one says otherwise, in words.

Two sources give their rules other names, so the parts of an older and a newer position are paired first: by name; rules
also where they are the only ones left of their action, or of their direction, on a subject; doses also with the rules
that give them. What has no partner is told as gone or new. Lines are paired as `igguide diff` pairs them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from .changes import CONDITIONS, line_pairs
from .model import Condition, Grade, Position, Recommendation, Topic, direction
from .wording import CERTAINTIES, STRENGTHS, Wording, action_text, band_text, every_text, span_text

# --- in force ---


@dataclass(frozen=True, slots=True)
class InForce:
    """A position with the first and last day on which it is in force, and what replaces it; `never` where it is at no time."""

    position: Position
    start: date | None
    end: date | None
    successor: Position | None
    never: bool = False

    def holds_on(self, day: date) -> bool:
        """Return whether the position is in force on a day."""
        begun = self.start is None or self.start <= day
        return not self.never and begun and (self.end is None or day <= self.end)


def in_force(topics: Iterable[Topic]) -> list[InForce]:
    """Return every position with its time; one that is replaced ends on the day before its successor begins."""
    return [_time_of(position, topic) for topic in topics for position in topic.positions.values()]


def _time_of(position: Position, topic: Topic) -> InForce:
    later = _successors(position, topic)
    successor = min(later, key=lambda other: other.valid.start or date.min, default=None)
    start, end = position.valid.start, position.valid.until
    never = position.status == "retired"
    if successor is not None:
        before = successor.valid.start and successor.valid.start - timedelta(days=1)
        end = min((day for day in (end, before) if day is not None), default=None)
        never = never or before is None or (start is not None and start > before)
    return InForce(position, start, end, successor, never)


def _successors(position: Position, topic: Topic) -> list[Position]:
    return [
        other for other in topic.positions.values() if position.id in other.supersedes and other.status != "retired"
    ]


@dataclass(frozen=True, slots=True)
class Replaced:
    """Why a position is not in force: what replaced it, and what of that line is in force now; both empty where only time has passed."""

    by: tuple[Position, ...]
    now: tuple[Position, ...]


def replaced(topic: Topic, day: date) -> dict[str, Replaced]:
    """Return, for each position that is not in force on a day, what has replaced it by then, through all that came between."""
    times = {item.position.id: item for item in in_force([topic])}
    return {
        name: Replaced(tuple(_begun(item.position, topic, day)), tuple(_current(item.position, topic, day, times)))
        for name, item in times.items()
        if not item.holds_on(day)
    }


def _begun(position: Position, topic: Topic, day: date) -> list[Position]:
    return [p for p in _successors(position, topic) if p.valid.start is None or p.valid.start <= day]


def _current(position: Position, topic: Topic, day: date, times: Mapping[str, InForce]) -> list[Position]:
    """Return the positions at the end of the line of successors that are in force on a day."""
    found, seen, left = [], {position.id}, _begun(position, topic, day)
    while left:
        following = left.pop(0)
        if following.id in seen:
            continue
        seen.add(following.id)
        if times[following.id].holds_on(day):
            found.append(following)
        else:
            left += _begun(following, topic, day)
    return found


# --- what the newer one says otherwise ---


@dataclass(frozen=True, slots=True)
class Otherwise:
    """One thing that an older and a newer source say differently, in words; None where one of them does not say it."""

    what: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class PartPair:
    """A part of the older source and the one that took its place, with what differs; a part without a partner is gone or new."""

    kind: str
    old: Any
    new: Any
    differs: tuple[Otherwise, ...] = ()

    @property
    def state(self) -> str:
        """Return what became of it: new, gone, changed, or the same."""
        return "new" if self.old is None else "gone" if self.new is None else "changed" if self.differs else "same"


@dataclass(frozen=True, slots=True)
class Succession:
    """An older position, the newer one that replaces it, and how their parts differ."""

    topic: Topic
    old: Position
    new: Position
    parts: tuple[PartPair, ...]

    @property
    def on(self) -> date | None:
        """Return the first day of the newer one."""
        return self.new.valid.start

    def of(self, kind: str, name: str) -> PartPair | None:
        """Return the pair of a part of the newer position, where it has a partner in the older."""
        found = (pair for pair in self.parts if pair.kind == kind and pair.old and pair.new and pair.new.id == name)
        return next(found, None)


def successions(topics: Iterable[Topic], words: Wording) -> list[Succession]:
    """Return every older position with the one that replaces it, in the order of the topics."""
    return [
        Succession(topic, topic.positions[older], newer, tuple(_differing(topic.positions[older], newer, words)))
        for topic in topics
        for newer in topic.positions.values()
        for older in newer.supersedes
        if older in topic.positions
    ]


SHOWN = ("rule", "grade", "criterion", "dosing", "monitoring", "caution")


def _differing(old: Position, new: Position, words: Wording) -> Iterator[PartPair]:
    whom = tuple(_lines("For whom", old.applies_when, new.applies_when, old, new, words))
    yield PartPair("position", old, new, whom)
    rules = list(_paired(old.parts["rule"], new.parts["rule"], _subjects))
    doses = {a.dose: b.dose for a, b in rules if a and b and a.dose and b.dose}
    for kind in SHOWN:
        if kind == "rule":
            pairs = rules
        elif kind == "dosing":
            pairs = list(_paired(old.dosing, new.dosing, lambda one, other: (doses.get(one.id) == other.id,)))
        else:
            pairs = list(_paired(old.parts[kind], new.parts[kind], lambda one, other: ()))
        for a, b in pairs:
            yield PartPair(kind, a, b, tuple(_otherwise(kind, a, b, old, new, words)))


def _subjects(one: Recommendation, other: Recommendation) -> tuple[bool, ...]:
    return (
        (one.about, one.action) == (other.about, other.action),
        (one.about, direction(one.action)) == (other.about, direction(other.action)),
    )


def _paired(
    old: Mapping[str, Any], new: Mapping[str, Any], alike: Callable[[Any, Any], tuple[bool, ...]]
) -> Iterator[tuple[Any, Any]]:
    """Yield parts with their partners: of the same name, else the only two left that are alike; then what is left over."""
    pairs = {name: name for name in old if name in new}
    for step in range(2):
        left = [part for name, part in old.items() if name not in pairs]
        free = [part for name, part in new.items() if name not in pairs.values()]
        fits = {(a.id, b.id) for a in left for b in free if any(alike(a, b)[step : step + 1])}
        for a, b in fits:
            if sum(one == a for one, _ in fits) == sum(other == b for _, other in fits) == 1:
                pairs[a] = b
    yield from ((part, new[pairs[name]] if name in pairs else None) for name, part in old.items())
    yield from ((None, part) for name, part in new.items() if name not in pairs.values())


_Field = tuple[str, Callable[[Any, Position, Wording], str | None]]
_SAYS: _Field = ("In words", lambda part, of, words: part.says)
_FIELDS: dict[str, tuple[_Field, ...]] = {
    "rule": (
        ("Action", lambda rule, of, words: action_text(rule.action, rule.about)),
        ("Strength", lambda rule, of, words: STRENGTHS[rule.strength]),
        ("Certainty", lambda rule, of, words: CERTAINTIES[rule.certainty] if rule.certainty else None),
        ("Dose", lambda rule, of, words: words.dosing(of.dosing[rule.dose], of) if rule.dose else None),
        _SAYS,
    ),
    "dosing": (("Dose", lambda dosing, of, words: words.dosing(dosing, of)), _SAYS),
    "grade": (("Otherwise", lambda grade, of, words: grade.otherwise), _SAYS),
    "monitoring": (
        ("Measure", lambda part, of, words: words.title(part.measure)),
        ("How often", lambda part, of, words: every_text(part.every) if part.every else None),
        ("For", lambda part, of, words: span_text(part.length) if part.length else None),
        _SAYS,
    ),
    "caution": (("Severity", lambda part, of, words: part.severity), _SAYS),
}
_CONDITIONS = {"when": "When", "especially when": "Especially when", "until": "Until"}


_WHOLE: dict[str, Callable[[Any, Position, Wording], str]] = {
    "rule": lambda rule, of, words: f"{action_text(rule.action, rule.about)}. {rule.says}",
    "grade": lambda grade, of, words: ", ".join(map(band_text, grade.order)),
    "criterion": lambda criterion, of, words: words.condition(criterion.when, of),
    "dosing": lambda dosing, of, words: words.dosing(dosing, of) or dosing.title or dosing.id,
    "monitoring": lambda part, of, words: str(part.says),
    "caution": lambda part, of, words: str(part.says),
}


def _otherwise(kind: str, old: Any, new: Any, of: Position, then: Position, words: Wording) -> Iterator[Otherwise]:
    """Yield what differs between two parts; of one without a partner, what it says."""
    if old is None or new is None:
        before, after = (_WHOLE[kind](part, side, words) if part else None for part, side in ((old, of), (new, then)))
        yield Otherwise("", before, after)
        return
    for what, text in _FIELDS.get(kind, ()):
        before, after = text(old, of, words), text(new, then, words)
        if before != after:
            yield Otherwise(what, before, after)
    if kind == "grade":
        yield from _bands(old, new, of, then, words)
    for name, what in CONDITIONS.get(kind, ()):
        yield from _lines(_CONDITIONS[what], getattr(old, name), getattr(new, name), of, then, words)


def _bands(old: Grade, new: Grade, of: Position, then: Position, words: Wording) -> Iterator[Otherwise]:
    before, after = ({band.name: band.when for band in grade.bands} for grade in (old, new))
    for name in dict.fromkeys([*before, *after]):
        yield from _lines(band_text(name).capitalize(), before.get(name), after.get(name), of, then, words)


def _lines(
    what: str, old: Condition | None, new: Condition | None, of: Position, then: Position, words: Wording
) -> Iterator[Otherwise]:
    """Yield the lines of a condition that differ, in words; `none of these` and the like stand before the line."""
    for a, b in line_pairs(old, new):
        before = None if a is None else _joined(a.joins) + words.line(a.line, of)
        after = None if b is None else _joined(b.joins) + words.line(b.line, then)
        if before != after:
            yield Otherwise(what, before, after)


_JOINED = {"any": "one of several: ", "none": "not if: "}


def _joined(joins: tuple[str, ...]) -> str:
    return "".join(_JOINED.get(join, f"{join} of several: ") for join in joins)


__all__ = ["InForce", "Otherwise", "PartPair", "Replaced", "Succession", "in_force", "replaced", "successions"]
