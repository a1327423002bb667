"""What each source calls each option of a choice: the grades of a topic's positions by diagnosis, say, side by side.

A grade is asked with the option recorded and nothing else; what is not known leaves several bands open. Yes-no facts
that a grade looks at are taken both ways, so that a band that neither way leads to is not shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from .model import Fact, Grade, IsOption, Position, Topic, YesNo
from .regions import lines_reached
from .situations import Partial, asker, findings_of, given
from .truth import NO, YES, Truth

_MOST_BOTH_WAYS = 4  # facts; each doubles the ways
_FEWEST_OPTIONS = 4  # below, the bands of the grades are as quickly read


@dataclass(frozen=True, slots=True)
class GradeTable:
    """The grades that look at a choice, and for each option that one of them names the bands that each may give.

    A cell is empty where the position is not for those with the option, or where nobody with it is graded.
    """

    fact: Fact
    columns: tuple[tuple[Position, Grade], ...]
    rows: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]


def grade_table(topic: Topic, facts: Mapping[str, Fact]) -> GradeTable | None:
    """Return the table for the choice that grades of most positions look at; None where those of two do not, or of few options."""
    looking: dict[str, dict[tuple[str, str], set[str]]] = {}
    for position in topic.positions.values():
        for grade in position.grades.values():
            for line in lines_reached(position, [band.when for band in grade.bands]).values():
                if isinstance(line, IsOption):
                    looking.setdefault(line.fact, {}).setdefault((position.id, grade.id), set()).update(line.options)
    if not looking:
        return None
    name = max(looking, key=lambda fact: len({position for position, _ in looking[fact]}))
    if len({position for position, _ in looking[name]}) < 2:
        return None
    fact = facts[name]
    columns = tuple((topic.positions[p], topic.positions[p].grades[g]) for p, g in looking[name])
    named = set[str]().union(*looking[name].values())
    if len(named) < _FEWEST_OPTIONS:
        return None
    options = sorted(named & fact.options.keys(), key=lambda option: fact.options[option].title.lower())
    rows = tuple((option, tuple(_bands(topic, *each, fact, option, facts) for each in columns)) for option in options)
    return GradeTable(fact, columns, rows)


def _bands(
    topic: Topic, position: Position, grade: Grade, fact: Fact, option: str, facts: Mapping[str, Fact]
) -> tuple[str, ...]:
    lines = asker(findings_of({fact.name: option if fact.kind == "choice" else [option]}, facts))
    found: set[str] = set()
    for way in _ways(position, grade):
        seen = Partial(position, lines, {**given(topic, position), **way})
        applicable, bands = seen.bands(grade.id)
        if NO not in (applicable, seen.answer(position.applies_when)):
            found.update(bands)
    return tuple(name for name in grade.order if name in found)


def _ways(position: Position, grade: Grade) -> Iterator[dict[str, Truth]]:
    reached = lines_reached(position, [grade.when, *(band.when for band in grade.bands)])
    open_lines = [text for text, line in reached.items() if isinstance(line, YesNo)]
    if len(open_lines) > _MOST_BOTH_WAYS:
        yield {}
        return
    for answers in product((YES, NO), repeat=len(open_lines)):
        yield dict(zip(open_lines, answers, strict=True))


__all__ = ["GradeTable", "grade_table"]
