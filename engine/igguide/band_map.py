"""Where the bands of grades lie: each source's bands along the measure that they compare, and limits that go by age.

`band_map` cuts the measure at every limit of the grades and asks the interpreter, in each part, which bands may be
given. `age_limits` looks up, at some ages, the limits of grades that compare a measure with a table by age.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from .agreement_map import Column, Cut, parts_of, spanning
from .dates import add
from .model import Comparison, Fact, FactComparison, Grade, Position, Topic
from .quantity import plain, spoken
from .regions import lines_reached
from .situations import Partial, asker, findings_of, given
from .truth import NO
from .witness import DAY

_FEWEST = 2  # sources, below which nothing is compared
_AGES = ((1, "mo"), (4, "mo"), (1, "a"), (3, "a"), (6, "a"), (10, "a"), (15, "a"), (30, "a"), (75, "a"))


@dataclass(frozen=True, slots=True)
class BandMap:
    """The parts of a measure, and for each grade the bands that each part may be."""

    fact: Fact
    columns: tuple[Column, ...]
    rows: tuple[tuple[Position, Grade, tuple[tuple[str, ...], ...]], ...]

    def stretches(self, cells: tuple[tuple[str, ...], ...]) -> list[tuple[str, int, tuple[str, ...]]]:
        """Return neighbouring parts in which a grade is the same: the values, how many parts they span, the bands."""
        found: list[tuple[int, int]] = []
        for index, cell in enumerate(cells):
            if found and cells[found[-1][0]] == cell:
                found[-1] = (found[-1][0], index + 1)
            else:
                found.append((index, index + 1))
        return [(spanning(self.columns[a:b]).label, b - a, cells[a]) for a, b in found]


def band_map(topic: Topic, positions: Iterable[Position], facts: Mapping[str, Fact]) -> BandMap | None:
    """Return the bands along the measure that grades of most sources compare, or None where those of two do not."""
    grades = [(position, grade) for position in positions for grade in position.grades.values()]
    compared: dict[str, dict[tuple[str, str], set[Decimal]]] = {}
    for position, grade in grades:
        for line in lines_reached(position, [band.when for band in grade.bands]).values():
            if isinstance(line, Comparison) and not facts[line.fact].formula and line.threshold.exact is not None:
                own = compared.setdefault(line.fact, {}).setdefault((position.id, grade.id), set())
                own.add(line.threshold.exact)
    sources = {name: len({position for position, _ in own}) for name, own in compared.items()}
    name = max(sorted(sources), key=lambda each: sources[each], default=None)
    if name is None or sources[name] < _FEWEST:
        return None
    fact = facts[name]
    at = sorted(set[Decimal]().union(*compared[name].values()))
    parts = list(parts_of(fact, "quantity", [Cut(f"{plain(cut)} {spoken(fact.unit or '')}", cut) for cut in at], DAY))
    rows = [
        (position, grade, tuple(_bands(topic, position, grade, record, facts) for _, record in parts))
        for position, grade in grades
        if (position.id, grade.id) in compared[name]
    ]
    groups: list[list[int]] = []
    for index in range(len(parts)):
        if groups and all(cells[index] == cells[groups[-1][0]] for _, _, cells in rows):
            groups[-1].append(index)
        else:
            groups.append([index])
    columns = tuple(spanning([parts[index][0] for index in group]) for group in groups)
    shown = tuple((position, grade, tuple(cells[group[0]] for group in groups)) for position, grade, cells in rows)
    return BandMap(fact, columns, shown)


def _bands(
    topic: Topic, position: Position, grade: Grade, record: Mapping[str, object], facts: Mapping[str, Fact]
) -> tuple[str, ...]:
    seen = Partial(position, asker(findings_of(record, facts)), given(topic, position))
    applicable, bands = seen.bands(grade.id)
    return () if NO in (applicable, seen.answer(position.applies_when)) else tuple(dict.fromkeys(bands))


@dataclass(frozen=True, slots=True)
class AgeLimits:
    """Limits of a measure at some ages: for each source the limit at each age, None where it has none."""

    fact: Fact
    ages: tuple[tuple[int, str], ...]
    rows: tuple[tuple[Position, tuple[Decimal | None, ...]], ...]


def age_limits(positions: Iterable[Position], facts: Mapping[str, Fact]) -> AgeLimits | None:
    """Return the limits of grades that compare a measure with a table by age, or None where those of two do not."""
    graded = [(each, grade.bands[0].when) for each in positions for grade in each.grades.values()]
    lines = [(each, line) for each, line in graded if isinstance(line, Comparison | FactComparison)]
    tables = [
        (line, table)
        for _, line in lines
        if isinstance(line, FactComparison) and (table := facts[line.other].table) is not None
    ]
    if len(tables) < _FEWEST:
        return None
    measure, born = tables[0][0].fact, facts[tables[0][1].over].age_from or tables[0][1].over
    rows = [
        (position, tuple(_limit(position, line, _born(born, age), facts) for age in _AGES))
        for position, line in lines
        if line.fact == measure
    ]
    return AgeLimits(facts[measure], _AGES, tuple(rows))


def _born(fact: str, age: tuple[int, str]) -> dict[str, str]:
    return {fact: add(DAY, -age[0], age[1]).isoformat()}


def _limit(
    position: Position, line: Comparison | FactComparison, record: Mapping[str, str], facts: Mapping[str, Fact]
) -> Decimal | None:
    findings = findings_of(record, facts)
    if Partial(position, asker(findings)).answer(position.applies_when) == NO:
        return None
    if isinstance(line, Comparison):
        return line.threshold.exact
    looked_up = findings[line.other].range
    return looked_up.exact if looked_up else None


__all__ = ["AgeLimits", "BandMap", "age_limits", "band_map"]
