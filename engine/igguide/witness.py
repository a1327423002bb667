"""Witness patients: records, made from the rules' own thresholds, for which something holds.

The search sets one fact after another, each to the values that the position's lines can tell apart (every
threshold, and a value on either side), and asks the interpreter after each. As knowing more never flips an
answer, a branch whose answer is already wrong is left at once; what is found is a record that the
interpreter itself has answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain, pairwise
from typing import Any

from .dates import add
from .evaluate import CompiledPosition, PositionResult, conditions_of, evaluate_position
from .findings import Findings
from .model import (
    AgeComparison,
    Comparison,
    CountOf,
    Fact,
    FactComparison,
    IsOption,
    Line,
    Planned,
    TimeSince,
    lines_of,
)
from .quantity import EXACT, plain
from .record import read_record
from .truth import NO, YES, Truth

DAY = date(2026, 6, 15)  # the date of evaluation of every witness: mid-month, so that months count plainly
_MOST_RECORDS = 5000

Goal = Callable[[PositionResult], tuple[Truth, list[str]]]


def find_witness(compiled: CompiledPosition, facts: Mapping[str, Fact], goal: Goal) -> dict[str, Any] | None:
    """Return a record for which the goal is yes, or None where there is none or the search gave up.

    `goal` looks at the position's answers and returns whether they are as wanted, and which facts could still
    change that.
    """
    candidates = Candidates(compiled, facts)
    budget = iter(range(_MOST_RECORDS))

    def search(record: dict[str, Any]) -> dict[str, Any] | None:
        if next(budget, None) is None:
            return None
        findings = Findings(read_record(record, facts), facts, DAY)
        answer, missing = goal(evaluate_position(compiled, findings))
        if answer == YES and not findings.troubles:
            return record
        if answer == NO or findings.troubles:
            return None
        for name in missing:
            if name not in record:
                return next(filter(None, (search({**record, name: value}) for value in candidates.of(name))), None)
        return None

    return search({})


class Candidates:
    """For each fact, the plain-record values that a position's lines can tell apart."""

    def __init__(self, compiled: CompiledPosition, facts: Mapping[str, Fact]) -> None:
        """Collect the lines of the position by fact."""
        self.facts = facts
        self.lines: dict[str, list[Line]] = {}
        for line in chain.from_iterable(map(lines_of, conditions_of(compiled.position))):
            name = getattr(line, "fact", None)
            if name is not None:
                self.lines.setdefault(name, []).append(line)
            if isinstance(line, FactComparison):
                self.lines.setdefault(line.other, []).append(line)

    def of(self, name: str) -> list[Any]:
        """Return the values to try for a fact, in their order where they have one."""
        fact = self.facts[name]
        lines = self.lines.get(name, [])
        if fact.kind == "yes-no":
            return [YES, NO]
        if fact.kind == "quantity":
            return list(self._ages(lines) if fact.age_from else self._amounts(fact, lines))
        if fact.kind in ("choice", "choices"):
            return self._options(fact, lines)
        return list(dict.fromkeys(self._dates(lines))) if fact.kind == "date" else list(self._events(fact, lines))

    def thresholds(self, fact: Fact) -> list[Decimal]:
        """Return the numbers that a quantity is compared with, ascending, in its own unit."""
        lines = self.lines.get(fact.name, [])
        found = {
            line.threshold.exact for line in lines if isinstance(line, Comparison) and line.threshold.exact is not None
        }
        for line in lines:
            if isinstance(line, FactComparison):
                other = self.facts[line.other if line.fact == fact.name else line.fact]
                found |= {row.value for row in other.table.rows} if other.table else set()
        return sorted(found)

    def amounts(self, fact: Fact) -> list[Decimal]:
        """Return the numbers to try for a quantity, ascending: each threshold, and one value on either side."""
        ends = self.thresholds(fact)
        between = [EXACT.divide(a + b, Decimal(2)) for a, b in pairwise(ends)]
        outer = [ends[0] / 2, ends[-1] * 2 if ends[-1] else Decimal(1)] if ends else [Decimal(1)]
        low, high = (fact.limits.low, fact.limits.high) if fact.limits else (None, None)
        if high is not None:
            outer = [min(number, (ends[-1] + high) / 2 if ends else high) for number in outer]
        values = {*ends, *between, *outer}
        return sorted(v for v in values if (low is None or v >= low) and (high is None or v <= high))

    def _amounts(self, fact: Fact, lines: list[Line]) -> Iterator[str]:
        return (f"{plain(number)} {'points' if fact.unit == '{score}' else fact.unit}" for number in self.amounts(fact))

    def _ages(self, lines: list[Line]) -> Iterator[str]:
        words = {"a": "years", "mo": "months", "wk": "weeks", "d": "days"}
        ages = {
            (int(line.number) + step, line.unit)
            for line in lines
            if isinstance(line, AgeComparison)
            for step in (-1, 0, 1)
        }
        days = {"a": 365.25, "mo": 30.4375, "wk": 7.0, "d": 1.0}
        return (
            f"{count} {words[unit]}"
            for count, unit in sorted(ages or {(40, "a")}, key=lambda age: age[0] * days[age[1]])
            if count >= 0
        )

    def _options(self, fact: Fact, lines: list[Line]) -> list[Any]:
        named = [
            option
            for option in fact.options
            if any(isinstance(line, IsOption) and option in line.options for line in lines)
        ]
        others = [option for option in fact.options if option not in named][:1]
        if fact.kind == "choice":
            return [*named, *others]
        return [*([option] for option in named), [], *([named] if len(named) > 1 else [])]

    def _dates(self, lines: list[Line]) -> Iterator[str]:
        for line in lines:
            if isinstance(line, TimeSince):
                edge = add(DAY, -line.number, line.unit)
                yield from (
                    (edge + timedelta(step)).isoformat() for step in (0, -1, 1) if edge + timedelta(step) <= DAY
                )
            if isinstance(line, Planned):
                yield (DAY + timedelta(10)).isoformat()
        yield (DAY - timedelta(10)).isoformat()
        yield "none"

    def _events(self, fact: Fact, lines: list[Line]) -> Iterator[list[dict[str, str]]]:
        yield []
        for line in lines:
            if isinstance(line, CountOf):
                event = {"on": (DAY - timedelta(1)).isoformat(), **line.where}
                yield from ([event] * count for count in (line.number - 1, line.number, line.number + 1) if count > 0)


def shown(record: Mapping[str, Any]) -> str:
    """Return a witness as a flow map that can be pasted into an example."""
    return "{" + ", ".join(f"{name}: {_yaml(value)}" for name, value in record.items()) + f"}} as of {DAY}"


def _yaml(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(item)}" for key, item in value.items()) + "}"
    return str(value)
