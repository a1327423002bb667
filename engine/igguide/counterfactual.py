"""What would change an answer: the nearest other values of facts that can change, each proved by the interpreter.

For a rule whose answer is definite, single facts are set to every value that the position's lines can tell
apart, then pairs of facts; what flips the answer is kept where nothing smaller does. Facts that neither change
nor can be measured again (`fixed`, dates, ages) are left alone, and what has happened is not undone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Any, NamedTuple

from .chart import Chart, Entry, Event
from .dates import on_day
from .evaluate import CompiledPosition, PositionResult, RuleResult, evaluate_position
from .findings import Finding, Findings
from .model import Fact
from .quantity import Range, exactly
from .trace import leaves
from .truth import NO, UNKNOWN, YES, Truth
from .witness import Candidates
from .wording import Wording, lower_first, range_text

_MOST_FACTS = 2


class Change(NamedTuple):
    """Another value of one fact: the region of values that does it, nearest to what was found."""

    fact: Fact
    found: Finding
    to: Range | str


class Flip(NamedTuple):
    """Changes that together turn a rule's answer into `to`."""

    to: Truth
    changes: tuple[Change, ...]


class _Cell(NamedTuple):
    """Values of a fact that the position cannot tell apart, and one of them to try."""

    to: Range | str
    entry: Any
    distance: Decimal


def flips(
    compiled: CompiledPosition, chart: Chart, facts: Mapping[str, Fact], as_of: date
) -> dict[str, tuple[Flip, ...]]:
    """Return, for each rule of a position whose answer is yes or no, the nearest changes that flip it."""
    search = _Search(compiled, chart, facts, as_of)
    return {name: search.of(name) for name, rule in search.result.rules.items() if rule.holds != UNKNOWN}


class _Search:
    def __init__(self, compiled: CompiledPosition, chart: Chart, facts: Mapping[str, Fact], as_of: date) -> None:
        self.compiled, self.chart, self.facts, self.as_of = compiled, chart, facts, as_of
        self.findings = Findings(chart, facts, as_of)
        self.result = evaluate_position(compiled, self.findings)
        self._candidates = Candidates(compiled, facts)
        self._cells: dict[str, list[_Cell]] = {}

    def of(self, name: str) -> tuple[Flip, ...]:
        rule = self.result.rules[name]
        wanted: Truth = NO if rule.holds == YES else YES
        names = [fact for fact in self._facts_of(rule) if self._can_change(self.facts[fact])]
        found: list[Flip] = []
        for size in range(1, _MOST_FACTS + 1):
            for group in combinations(names, size):
                if any({change.fact.name for change in flip.changes} <= set(group) for flip in found):
                    continue
                flip = self._nearest(name, group, wanted)
                if flip:
                    found.append(flip)
        return tuple(found)

    def _facts_of(self, rule: RuleResult) -> list[str]:
        steps = [step for step in (self.result.applies_step, rule.step) if step is not None]
        return list(dict.fromkeys(leaf.finding.fact.name for step in steps for leaf in leaves(step) if leaf.finding))

    def _can_change(self, fact: Fact) -> bool:
        return not (fact.fixed or fact.formula or fact.table) and fact.kind in ("quantity", "yes-no", "choice")

    def _nearest(self, name: str, group: Sequence[str], wanted: Truth) -> Flip | None:
        options = sorted(
            _products([self.cells(fact) for fact in group]), key=lambda cells: sum(c.distance for c in cells)
        )
        for cells in options:
            if self._answers(name, group, cells) == wanted:
                widened = [self._widened(name, group, cells, at, wanted) for at in range(len(group))]
                return Flip(
                    wanted,
                    tuple(Change(self.facts[f], self.findings[f], to) for f, to in zip(group, widened, strict=True)),
                )
        return None

    def _answers(self, name: str, group: Sequence[str], cells: Sequence[_Cell]) -> Truth:
        return self._changed(dict(zip(group, (cell.entry for cell in cells), strict=True))).rules[name].holds

    def _changed(self, values: Mapping[str, Any]) -> PositionResult:
        entries, on = dict(self.chart.entries), on_day(self.as_of)
        for name, value in values.items():
            entries[name] = [Entry(value, on, "", "")]
            rule = self.facts[name].implied_by
            if rule and value == YES:
                events = [Entry(Event(on, tuple(rule.where.items())))] * rule.at_least
                entries[rule.events] = [*entries.get(rule.events, []), *events]
        return evaluate_position(self.compiled, Findings(self.chart._replace(entries=entries), self.facts, self.as_of))

    def _widened(self, name: str, group: Sequence[str], cells: Sequence[_Cell], at: int, wanted: Truth) -> Range | str:
        """Return the whole stretch of neighbouring values that does the same, the other facts held."""
        to = cells[at].to
        if not isinstance(to, Range):
            return to
        line = sorted((c for c in self.cells(group[at]) if isinstance(c.to, Range)), key=_low)
        start = next(i for i, cell in enumerate(line) if cell.to == to)

        def does(index: int) -> bool:
            return self._answers(name, group, [*cells[:at], line[index], *cells[at + 1 :]]) == wanted

        first = last = start
        while first > 0 and does(first - 1):
            first -= 1
        while last + 1 < len(line) and does(last + 1):
            last += 1
        low, high = line[first].to, line[last].to
        assert isinstance(low, Range)
        assert isinstance(high, Range)
        return Range(
            low.low if first else None, high.high if last + 1 < len(line) else None, low.low_open, high.high_open
        )

    def cells(self, name: str) -> list[_Cell]:
        """Return the other values of a fact that the position's lines can tell apart, with their distance."""
        found = self._cells.get(name)
        if found is None:
            found = self._cells[name] = list(self._make_cells(self.facts[name]))
        return found

    def _make_cells(self, fact: Fact) -> Iterator[_Cell]:
        now = self.findings[fact.name]
        if fact.kind == "quantity":
            yield from _number_cells(self._candidates.thresholds(fact), fact, now)
        elif fact.kind == "yes-no":
            yield from (
                _Cell(answer, answer, Decimal(1)) for answer in (YES, NO) if self._may_become(fact, now, answer)
            )
        else:
            yield from (
                _Cell(option, option, Decimal(1)) for option in fact.options if now.possible != frozenset({option})
            )

    def _may_become(self, fact: Fact, now: Finding, answer: Truth) -> bool:
        """Return whether a yes-no fact can become so; what has happened, and is remembered, stays so."""
        return now.truth != answer and not (answer == NO and fact.implied_by is not None)


def _low(cell: _Cell) -> tuple[Decimal, bool]:
    assert isinstance(cell.to, Range)
    return (cell.to.low if cell.to.low is not None else Decimal("-Infinity"), cell.to.low_open)


def _products(lists: Sequence[Sequence[_Cell]]) -> Iterator[tuple[_Cell, ...]]:
    if not lists:
        yield ()
        return
    for first in lists[0]:
        for rest in _products(lists[1:]):
            yield (first, *rest)


def _number_cells(thresholds: Sequence[Decimal], fact: Fact, now: Finding) -> Iterator[_Cell]:
    """Yield the points at the thresholds and the open stretches between them, with the distance from what was found."""
    at = now.range.exact if now.range is not None else None
    limits = fact.limits or Range(None, None)
    edges: list[Decimal | None] = [limits.low, *thresholds, limits.high]
    for number in thresholds:
        yield _Cell(exactly(number), exactly(number), _distance(at, number))
    for low, high in pairwise(edges):
        if low is not None and high is not None and low >= high:
            continue
        inside = _inside(low, high)
        distance = (
            Decimal(0)
            if at is not None and (low is None or low < at) and (high is None or at < high)
            else min((_distance(at, end) for end in (low, high) if end is not None), default=Decimal(1))
            + Decimal("0.000001")
        )
        yield _Cell(Range(low, high, True, True), exactly(inside), distance)


def _inside(low: Decimal | None, high: Decimal | None) -> Decimal:
    if low is None:
        return Decimal(1) if high is None else high - 1
    return low + 1 if high is None else (low + high) / 2


def _distance(at: Decimal | None, number: Decimal) -> Decimal:
    if at is None:
        return Decimal(1)
    return abs(at - number) / max(abs(at), Decimal(1))


# --- in words ---


def flip_text(flip: Flip, wording: Wording) -> str:
    """Return a flip in words: would hold if serum IgG were 400 mg/dL or less; found 430 mg/dL on 2026-11-18."""
    changes = " and ".join(f"{lower_first(change.fact.title)} were {change_text(change)}" for change in flip.changes)
    found = "; ".join(f"found: {wording.finding(change.found)}" for change in flip.changes)
    return f"Would {'hold' if flip.to == YES else 'no longer hold'} if {changes} ({found})."


def change_text(change: Change) -> str:
    """Return the values that do it: `400 mg/dL or less`, `above 400 up to 600 mg/dL`, `yes`, an option's title."""
    to, fact = change.to, change.fact
    if not isinstance(to, Range):
        return fact.options[to].title if to in fact.options else to
    unit = fact.unit or ""
    if to.exact is not None:
        return f"exactly {range_text(to, unit)}"
    if to.low is None and to.high is not None:
        return (
            f"below {range_text(exactly(to.high), unit)}"
            if to.high_open
            else f"{range_text(exactly(to.high), unit)} or less"
        )
    if to.high is None and to.low is not None:
        return (
            f"above {range_text(exactly(to.low), unit)}"
            if to.low_open
            else f"{range_text(exactly(to.low), unit)} or more"
        )
    return range_text(to, unit)
