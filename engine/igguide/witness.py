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
from typing import Any, NamedTuple

from .dates import add
from .evaluate import CompiledPosition, PositionResult, compile_condition, conditions_of, evaluate_position
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
from .reach import Record, Unreached, answers_reached, rests_on
from .record import read_record
from .truth import NO, YES, Truth

DAY = date(2026, 6, 15)  # the date of evaluation of every witness: mid-month, so that months count plainly
_MOST_RECORDS = 5000

Goal = Callable[[PositionResult], tuple[Truth, list[str]]]


class Found(NamedTuple):
    """A record for which a goal is yes, or None; `sure` is whether None means that the search left nothing out."""

    record: dict[str, Any] | None
    sure: bool


def find_witness(
    compiled: CompiledPosition, facts: Mapping[str, Fact], goal: Goal, candidates: Candidates | None = None
) -> Found:
    """Return a record for which the goal is yes, or None where there is none or the search gave up.

    `goal` looks at the position's answers and returns whether they are as wanted, and which facts could still
    change that. `candidates` are the position's own, for whoever searches it more than once.
    """
    candidates = candidates or Candidates(compiled, facts)
    budget = _MOST_RECORDS

    def search(record: dict[str, Any]) -> dict[str, Any] | None:
        nonlocal budget
        budget -= 1
        if budget < 0:
            return None
        findings = Findings(read_record(record, facts), facts, DAY)
        answer, missing = goal(evaluate_position(compiled, findings))
        if answer == YES and not findings.troubles:
            return record
        if answer == NO or findings.troubles:
            return None
        for name in missing:
            if name not in record:
                more = candidates.together(name, record)
                return next(filter(None, (search({**record, **values}) for values in more)), None)
        return None

    found = search({})
    return Found(found, budget >= 0 and not candidates.coarse)


class Candidates:
    """For each fact, the plain-record values that a position's lines can tell apart."""

    def __init__(self, compiled: CompiledPosition, facts: Mapping[str, Fact]) -> None:
        """Collect the lines of the position by fact."""
        self.facts = facts
        self.coarse = False  # whether values of a formula were looked for that may not be all there are
        self._worked_out: dict[frozenset[str], list[Record]] = {}
        self.lines: dict[str, list[Line]] = {}
        for line in chain.from_iterable(map(lines_of, conditions_of(compiled.position))):
            name = getattr(line, "fact", None)
            if name is not None:
                self.lines.setdefault(name, []).append(line)
            if isinstance(line, FactComparison):
                self.lines.setdefault(line.other, []).append(line)

    def together(self, name: str, record: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return what to try for a fact: its values, or those of all facts that a formula works something out from."""
        lines = self._lines_on(name) if any(self.facts[each].formula for each in self.lines) else []
        if not any(self.facts[part].formula for line in lines for part in _facts_of(line)):
            return [{name: value} for value in self.of(name)]
        found = self._answered(lines)
        fitting = [{**each} for each in found if all(record.get(part, value) == value for part, value in each.items())]
        self.coarse = self.coarse or len(fitting) < len(found)
        return fitting or [{name: value} for value in self.of(name)]

    def _lines_on(self, name: str) -> list[Line]:
        """Return the lines that a fact bears on, and those that bear on these by way of a formula."""
        lines = list({line.text: line for line in chain.from_iterable(self.lines.values())}.values())
        reached, names = list[Line](), {name}
        while more := [line for line in lines if line not in reached and names & set(self._rests_on(line))]:
            reached += more
            names |= {part for line in more for part in self._rests_on(line)}
        return reached

    def _rests_on(self, line: Line) -> list[str]:
        return [part for name in _facts_of(line) for part in rests_on(name, self.facts)]

    def _answered(self, lines: list[Line]) -> list[Record]:
        """Return a record for each way in which lines can be answered together."""
        key = frozenset(line.text for line in lines)
        if key not in self._worked_out:
            asks = [compile_condition(line) for line in lines]

            def ask(record: Record) -> tuple[Truth, ...] | None:
                findings = Findings(read_record(record, self.facts), self.facts, DAY)
                answers = tuple([each(findings).answer for each in asks])
                return None if findings.troubles else answers

            try:
                self._worked_out[key] = list(answers_reached(lines, self.facts, ask).values())
            except Unreached:
                self._worked_out[key], self.coarse = [], True
        return self._worked_out[key]

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


def _facts_of(line: Line) -> list[str]:
    return [name for name in (getattr(line, "fact", None), getattr(line, "other", None)) if name is not None]


def shown(record: Mapping[str, Any]) -> str:
    """Return a witness as a flow map that can be pasted into an example."""
    return "{" + ", ".join(f"{name}: {_yaml(value)}" for name, value in record.items()) + f"}} as of {DAY}"


def _yaml(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(item)}" for key, item in value.items()) + "}"
    return str(value)
