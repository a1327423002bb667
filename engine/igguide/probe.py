"""Records made to order: the search for a record for which something holds, from the values that lines can tell apart.

The search sets one fact after another, each to every value that the lines given tell apart (each number, one step
of its precision on either side, and whatever lies between), and asks after each. As knowing more never flips an
answer, a branch that is already wrong is left at once. Where all was tried and nothing found, there is no such
record; where that is not sure (too many records, a formula between a fact and a number), the search says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

from .dates import add
from .findings import Findings
from .model import AgeComparison, Comparison, CountOf, Fact, FactComparison, IsOption, Line, Row, TimeSince
from .quantity import EXACT, plain, spoken
from .record import read_record
from .truth import NO, UNKNOWN, YES, Truth, all_of

DAY = date(2026, 6, 15)  # the date of evaluation: mid-month, so that months count plainly
_MOST_RECORDS = 4000
_USUAL = {"kg": Decimal(70), "cm": Decimal(170)}

Want = tuple[Truth, list[str]]
Goal = Callable[[Findings], Want]


class Search(NamedTuple):
    """The smallest record found, or None; `whole` says that there is none where none was found."""

    record: dict[str, Any] | None
    whole: bool


def together(wants: Iterable[Want]) -> Want:
    """Return whether all that is wanted holds, and the facts that could still change it, in order."""
    listed = list(wants)
    facts = dict.fromkeys(name for answer, missing in listed if answer == UNKNOWN for name in missing)
    return all_of(answer for answer, _ in listed), list(facts)


def search(goal: Goal, values: Values, facts: Mapping[str, Fact], most: int = _MOST_RECORDS) -> Search:
    """Return a record without problems for which the goal is yes, with no more facts than it needs."""
    budget = iter(range(most))
    whole = True

    def look(record: dict[str, Any]) -> tuple[Truth, list[str]]:
        findings = Findings(read_record(record, facts), facts, DAY)
        answer, missing = goal(findings)
        return (NO, []) if findings.troubles else (answer, missing)

    def go(record: dict[str, Any], settled: frozenset[str]) -> dict[str, Any] | None:
        nonlocal whole
        if next(budget, None) is None:
            whole = False
            return None
        answer, missing = look(record)
        if answer != UNKNOWN:
            return record if answer == YES else None
        name = next((name for name in missing if name not in settled), None)
        if name is None:
            whole = False
            return None
        tried = (go({**record, **part}, settled | {name}) for part in values.of(name))
        return next(filter(lambda found: found is not None, tried), None)

    found = go({}, frozenset())
    return Search(None if found is None else _least(found, lambda r: look(r)[0] == YES), whole and not values.coarse)


def _least(record: dict[str, Any], holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return the record without the facts that it can do without."""
    for name in list(record):
        rest = {key: value for key, value in record.items() if key != name}
        if holds(rest):
            record = rest
    return record


def step_of(number: Decimal) -> Decimal:
    """Return one step of a number's precision as written: 1 for 400, 0.1 for 0.5."""
    exponent = number.as_tuple().exponent
    return Decimal(1).scaleb(min(exponent, 0)) if isinstance(exponent, int) else Decimal(1)


class Values:
    """For each fact, the parts of a plain record to try: one for each case that the lines can tell apart."""

    def __init__(self, lines: Iterable[Line], facts: Mapping[str, Fact]) -> None:
        """Collect the lines by fact; `coarse` becomes true once values were given that may not tell all apart."""
        self.facts = facts
        self.coarse = False
        self.lines: dict[str, list[Line]] = {}
        for line in lines:
            for name in {getattr(line, "fact", None), getattr(line, "other", None)} - {None}:
                self.lines.setdefault(str(name), []).append(line)

    def of(self, name: str) -> list[dict[str, Any]]:
        """Return the parts to try for a fact."""
        fact = self.facts[name]
        if fact.age_from:
            return list(self._ages(fact))
        self.coarse = self.coarse or bool(fact.formula or fact.table)
        return [{name: value} for value in _KINDS[fact.kind](self, fact)]

    def _about(self, fact: Fact) -> list[Line]:
        return self.lines.get(fact.name, [])

    # quantities

    def _quantities(self, fact: Fact) -> list[str]:
        self.coarse = self.coarse or self._looked_at_otherwise(fact)
        unit = "points" if fact.unit == "{score}" else fact.unit
        return [f"{plain(number)} {unit}" for number in self._numbers(fact)]

    def _looked_at_otherwise(self, fact: Fact) -> bool:
        """Return whether more is made of a quantity than a comparison with numbers or with a table."""
        formulas = [other for name in self.lines if (other := self.facts[name]).formula and fact.name in other.inputs]
        return bool(formulas) or any(
            self.facts[_beside(line, fact)].table is None
            for line in self._about(fact)
            if isinstance(line, FactComparison)
        )

    def _numbers(self, fact: Fact) -> list[Decimal]:
        steps: dict[Decimal, Decimal] = {}
        for line in self._about(fact):
            if isinstance(line, Comparison) and line.threshold.exact is not None:
                by = EXACT.divide(line.threshold.exact, line.number) if line.number else Decimal(1)
                steps[line.threshold.exact] = EXACT.multiply(step_of(line.number), by)
            elif isinstance(line, FactComparison):
                table = self.facts[_beside(line, fact)].table
                steps.update(dict.fromkeys([row.value for row in table.rows] if table else [Decimal(100)], Decimal(1)))
        if not steps:
            return [_USUAL.get(fact.unit or "", Decimal(1))]
        ends = sorted(steps)
        near = {end + by * step for end, step in steps.items() for by in (-1, 0, 1)}
        between = {(a + b) / 2 for a, b in pairwise(ends) if not any(a < number < b for number in near)}
        low, high = (fact.limits.low, fact.limits.high) if fact.limits else (None, None)
        listed = [*sorted(near), *sorted(between)]
        return [n for n in listed if (low is None or n >= low) and (high is None or n <= high)]

    def _ages(self, fact: Fact) -> Iterator[dict[str, Any]]:
        ages = {(int(line.number), line.unit) for line in self._about(fact) if isinstance(line, AgeComparison)}
        rows = {(row.low, row.low_unit) for row in self._rows_over(fact.name)}
        if not rows and {unit for _, unit in ages} <= {"a"}:
            counts = {count + by for count, _ in ages or {(40, "a")} for by in ((-1, 0, 1) if ages else (0,))}
            yield from ({fact.name: f"{count} {spoken('a', Decimal(count))}"} for count in sorted(counts) if count >= 0)
            return
        older = {(count + 1, unit) for count, unit in ages}
        birthdays = [add(DAY, -count, unit) for count, unit in ages | older | rows]
        born = {day + timedelta(by) for day in birthdays for by in (-1, 0, 1)}
        yield from ({str(fact.age_from): day.isoformat()} for day in sorted(born) if day <= DAY)

    def _rows_over(self, name: str) -> Iterator[Row]:
        for other in self.lines:
            table = self.facts[other].table
            if table and table.over == name:
                yield from table.rows

    # choices, dates, events

    def _choices(self, fact: Fact) -> list[Any]:
        named = [
            option
            for option in fact.options
            if any(isinstance(line, IsOption) and option in line.options for line in self._about(fact))
        ]
        if fact.kind == "choices":
            self.coarse = self.coarse or len(named) > 2
            return [*([option] for option in named), [], *([named] if len(named) > 1 else [])]
        others = [option for option in fact.options if option not in named]
        implying = any(option.implies for option in fact.options.values())
        return [*named, *(others if implying else others[:1])]

    def _dates(self, fact: Fact) -> list[str]:
        edges = [add(DAY, -line.number, line.unit) for line in self._about(fact) if isinstance(line, TimeSince)]
        near = [edge + timedelta(by) for edge in edges for by in (0, 1, -1) if edge + timedelta(by) <= DAY]
        days = dict.fromkeys([*near, DAY - timedelta(10), DAY + timedelta(10)])
        return [*(day.isoformat() for day in days), "none"]

    def _events(self, fact: Fact) -> list[list[dict[str, str]]]:
        lines = [line for line in self._about(fact) if isinstance(line, CountOf)]
        self.coarse = self.coarse or len({(tuple(line.where.items()), line.within) for line in lines}) > 1
        lists: list[list[dict[str, str]]] = [[]]
        for line in lines:
            for on in _event_days(line):
                event = {"on": on.isoformat(), **line.where}
                lists += [[event] * count for count in (line.number - 1, line.number, line.number + 1) if count > 0]
        return [found for index, found in enumerate(lists) if found not in lists[:index]]


def _event_days(line: CountOf) -> list[date]:
    if line.within is None:
        return [DAY - timedelta(10)]
    edge = add(DAY, -line.within.high, line.within.unit)
    return [DAY - timedelta(10), edge, edge - timedelta(1), edge + timedelta(1)]


def _beside(line: FactComparison, fact: Fact) -> str:
    return line.other if line.fact == fact.name else line.fact


_KINDS: dict[str, Callable[[Values, Fact], list[Any]]] = {
    "quantity": Values._quantities,
    "yes-no": lambda values, fact: [YES, NO],
    "choice": Values._choices,
    "choices": Values._choices,
    "date": Values._dates,
    "events": Values._events,
}
