"""The patients that a position can tell apart, cut into finitely many cells, and conditions as sets of cells.

Each fact that the lines of a condition look at is an axis, cut at the rules' own thresholds: an amount into each
threshold and the open stretch on either side, an age at the days on which it changes, a date by the time that has
passed since, a list by how many events match, a choice by its options. Facts that bear on each other (a product
and its target, a list of infections and what it implies, an amount and a limit that goes by age) make one axis
together. Two cells that no line tells apart are one.

What a line answers in a cell is asked of the interpreter itself, on a record made for the cell. Everything above a
line (`all`, `any`, `none`, `at_least`, criteria, grades, `unless`) is then worked out for all cells at once, as a
pair of bit sets (the cells where the answer is yes, and those where it is no), with the same tables for unknown.
So nothing is sampled, and no outside solver is needed: the regions are small (a few thousand cells), the
interpreter is the meaning rather than a second translation of it, and a solver would weigh 100 MB.

Dates are counted from one fixed day (`witness.DAY`): months are calendar months as seen from mid-June. A fact that
is not recorded makes no cell of its own: knowing more never flips an answer, so what holds for every complete
record decides what may be said of the incomplete ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from functools import reduce
from itertools import pairwise, product
from math import prod
from typing import Any, Literal, NamedTuple

from .dates import add
from .evaluate import Case, CompiledPosition, compile_position
from .findings import Findings
from .model import (
    AgeComparison,
    Comparison,
    Condition,
    CountOf,
    Criterion,
    Fact,
    FactComparison,
    Grade,
    GradeIs,
    Group,
    IsOption,
    Line,
    Named,
    Position,
    Recommendation,
    Span,
    TimeSince,
    YesNo,
)
from .quantity import EXACT, MOST_DIGITS, compare, plain, read_amount, spoken, unit_named
from .reach import Unreached, answers_reached, rests_on
from .record import read_record
from .truth import NO, UNKNOWN, YES, Truth
from .witness import DAY

MOST_CELLS = 1 << 21  # of one question; a bit set of this size is 256 kB
_MOST_JOINED = 4000  # cells of facts that bear on each other, before those that are alike become one
_MOST_OPTIONS = 8  # kinds of options of a list of choices that are looked at in every combination
_AGE_WORDS = {"a": "years", "mo": "months", "wk": "weeks", "d": "days"}

AxisKind = Literal["amount", "age", "time", "count", "other"]


class NotExhausted(Exception):
    """Raised where the patients cannot all be looked at; its text says why."""


class Clause(NamedTuple):
    """What a cell says in the language of rules: lines that hold, lines of which one holds, lines that do not."""

    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()


class Cell(NamedTuple):
    """Patients whom no line tells apart: a record of one, and what the cell is in words.

    Cells in an order have ends instead of a clause: the lines that bound them below and above, None at the end.
    """

    record: Mapping[str, Any]
    clause: Clause = Clause()
    low: str | None = None
    high: str | None = None
    point: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """The cells of one fact, or of facts that bear on each other; the first `steps` of them stand in an order."""

    facts: tuple[str, ...]
    kind: AxisKind
    cells: tuple[Cell, ...]
    steps: int
    answers: Mapping[str, tuple[Truth, ...]]

    @property
    def ordered(self) -> bool:
        """Return whether there is an order to speak of."""
        return self.steps > 1


class Answer(NamedTuple):
    """The cells in which a condition is yes, and those in which it is no; in the others it stays unknown."""

    yes: int
    no: int


# --- lines ---


def lines_reached(position: Position, conditions: Iterable[Condition | None]) -> dict[str, Line]:
    """Return the lines that conditions come down to, by their text, those of criteria and grades included."""
    return {
        node.text: node
        for node, _ in _nodes(position, conditions, set())
        if not isinstance(node, Group | Named | GradeIs)
    }


def _nodes(
    position: Position, conditions: Iterable[Condition | None], seen: set[str], inside: Group | None = None
) -> Iterator[tuple[Condition, Group | None]]:
    """Yield every part of conditions with the group that it stands in, those of criteria and grades included."""
    for condition in conditions:
        if condition is not None:
            yield condition, inside
            group = condition if isinstance(condition, Group) else None
            yield from _nodes(position, _below(position, condition, seen), seen, group)


def _below(position: Position, node: Condition, seen: set[str]) -> Sequence[Condition | None]:
    """Return the conditions that a node stands for; a criterion or grade is opened once."""
    if isinstance(node, Group):
        return node.parts
    name = node.criterion if isinstance(node, Named) else node.grade if isinstance(node, GradeIs) else None
    if name is None or name in seen:
        return ()
    seen.add(name)
    if isinstance(node, Named):
        return (position.criteria[name].when,)
    grade = position.grades[name]
    return (grade.when, *(band.when for band in grade.bands))


# --- the patients of a position ---


class Atlas:
    """The axes and spaces of one position, each worked out once."""

    def __init__(self, compiled: CompiledPosition, facts: Mapping[str, Fact]) -> None:
        """Compile each line of the position by itself, so that the interpreter can be asked for it alone."""
        self.position, self.facts = compiled.position, facts
        silences = [silence.when for silence in self.position.silent.values()]
        lines = lines_reached(self.position, [*_all_conditions(self.position), *silences])
        alone = {str(index): line for index, line in enumerate(lines.values())}
        probe = replace(
            self.position, criteria={name: Criterion(name, None, line, line.place) for name, line in alone.items()}
        )
        self._probe = compile_position(_bare(probe), facts)
        self._asks = {line.text: self._probe.criteria[name] for name, line in alone.items()}
        self._findings: dict[str, Findings] = {}
        self._axes: dict[tuple[frozenset[str], frozenset[str], bool], tuple[Axis, ...]] = {}

    def space(self, conditions: Sequence[Condition | None], *, join: bool = True) -> Space:
        """Return the space of the facts that conditions look at. Raises NotExhausted where it is too large.

        With `join`, yes-no facts that are only ever asked together (any of these, none of these) are one axis.
        """
        lines = lines_reached(self.position, conditions)
        joined = self._asked_together(conditions, lines) if join else []
        axes = [self._joined_axis(names, lines) for names in joined]
        taken = {name for names in joined for name in names}
        rest = {text: line for text, line in lines.items() if getattr(line, "fact", None) not in taken}
        for component in _components(rest, self.facts):
            axes.append(self._axis(component, rest))
        if prod(len(axis.cells) for axis in axes) > MOST_CELLS:
            raise NotExhausted(
                f"{len(axes)} facts that are looked at together make {prod(len(axis.cells) for axis in axes)} kinds of patients"
            )
        return Space(self.position, tuple(axes))

    def answers(self, record: Mapping[str, Any], texts: Iterable[str]) -> tuple[Truth, ...] | None:
        """Return what the interpreter answers to lines for a record, or None where the record contradicts itself."""
        key = repr(record)
        findings = self._findings.get(key)
        if findings is None:
            findings = self._findings[key] = Findings(read_record(record, self.facts), self.facts, DAY)
        found = tuple([self._asks[text](Case(findings, self._probe)).answer for text in texts])
        return None if findings.troubles else found

    # one axis

    def _axis(self, names: tuple[str, ...], lines: Mapping[str, Line]) -> Axis:
        settable = sorted({part for name in names for part in rests_on(name, self.facts)})
        own = {text: line for text, line in lines.items() if set(_facts_of(line)) & set(names)}
        if any(self.facts[name].formula for name in names):
            return self._worked_out(names, own)
        if len(settable) == 1:
            kind, cells, steps = self._cells(settable[0], tuple(own.values()), {})
            return self._merged(tuple(names), kind, cells, steps, tuple(own))
        extra = _extra_cuts(names, own, self.facts)
        parts = [self._cells(name, tuple(own.values()), extra)[1] for name in settable]
        if prod(map(len, parts)) > _MOST_JOINED:
            raise NotExhausted(f"{', '.join(settable)} bear on each other and make too many combinations")
        joined = [
            Cell({key: value for part in cells for key, value in part.record.items()}) for cells in product(*parts)
        ]
        return self._merged(tuple(settable), "other", joined, 0, tuple(own))

    def _worked_out(self, names: tuple[str, ...], lines: Mapping[str, Line]) -> Axis:
        """Return the axis of facts of which a formula works out some: the ways in which its lines can be answered."""
        texts = tuple(lines)
        try:
            found = answers_reached(tuple(lines.values()), self.facts, lambda record: self.answers(record, texts))
        except Unreached as because:
            raise NotExhausted(str(because)) from because
        alone = names[0] if len(names) == 1 else None
        if alone is None or not all(isinstance(line, Comparison) for line in lines.values()):
            return self._merged(names, "other", [Cell(record) for record in found.values()], 0, texts)
        fact, own = self.facts[alone], [line for line in lines.values() if isinstance(line, Comparison)]
        kind, cells, _ = _quantity_cells(fact, own, set())
        reached = []
        for cell in cells:
            amount = read_amount(cell.record[alone])
            answers = tuple([compare(amount.range, line.operator, line.threshold) for line in own]) if amount else ()
            if answers in found:
                reached.append(cell._replace(record=found[answers]))
        return self._merged(names, kind, reached, len(reached), texts)

    def _cells(
        self, name: str, lines: tuple[Line, ...], extra: Mapping[str, set[Any]]
    ) -> tuple[AxisKind, list[Cell], int]:
        fact = self.facts[name]
        own = [line for line in lines if name in _facts_of(line)]
        return _CELLS["age" if fact.age_from else fact.kind](fact, own, extra.get(name, set()))

    def _merged(
        self, facts: tuple[str, ...], kind: AxisKind, cells: list[Cell], steps: int, texts: tuple[str, ...]
    ) -> Axis:
        """Return the axis with cells that no line tells apart made one; of those in an order, neighbours only."""
        kept: list[tuple[Cell, tuple[Truth, ...]]] = []
        ordered = 0
        for index, cell in enumerate(cells):
            found = self.answers(cell.record, texts)
            if found is None:
                continue
            if index < steps:
                if kept and kept[-1][1] == found:
                    kept[-1] = (_stretched(kept[-1][0], cell), found)
                else:
                    kept.append((cell, found))
                ordered = len(kept)
                continue
            alike = next((i for i in range(ordered, len(kept)) if kept[i][1] == found), None)
            if alike is None:
                kept.append((cell if cell.clause != Clause() else _by_lines(cell, texts, found), found))
            else:
                kept[alike] = (_by_lines(kept[alike][0], texts, found), found)
        if not kept:
            raise NotExhausted(f"no value of {', '.join(facts)} could be made")
        answers = {text: tuple(found[index] for _, found in kept) for index, text in enumerate(texts)}
        return Axis(facts, kind, tuple(cell for cell, _ in kept), ordered, answers)

    # yes-no facts that are only asked together

    def _asked_together(
        self, conditions: Sequence[Condition | None], lines: Mapping[str, Line]
    ) -> list[tuple[str, ...]]:
        groups: dict[str, set[int]] = {}
        alone: set[str] = set()
        for node, inside in _nodes(self.position, conditions, set()):
            if isinstance(node, YesNo):
                groups.setdefault(node.fact, set()).add(id(inside))
                if inside is None or inside.join not in ("any", "none"):
                    alone.add(node.fact)
        found: dict[frozenset[int], list[str]] = {}
        for name, together in groups.items():
            if name not in alone and len(_component_of(name, lines, self.facts)) == 1:
                found.setdefault(frozenset(together), []).append(name)
        return [tuple(names) for names in found.values() if len(names) > 1]

    def _joined_axis(self, names: tuple[str, ...], lines: Mapping[str, Line]) -> Axis:
        one = {names[0]: YES, **dict.fromkeys(names[1:], NO)}
        cells = (Cell(one, Clause(any=names)), Cell(dict.fromkeys(names, NO), Clause(none=names)))
        texts = [text for text, line in lines.items() if getattr(line, "fact", None) in names]
        found = [self.answers(cell.record, texts) or () for cell in cells]
        return Axis(names, "other", cells, 0, {text: tuple(f[i] for f in found) for i, text in enumerate(texts)})


def _all_conditions(position: Position) -> Iterator[Condition | None]:
    yield position.applies_when
    for grade in position.grades.values():
        yield grade.when
        yield from (band.when for band in grade.bands)
    yield from (criterion.when for criterion in position.criteria.values())
    for rule in position.recommendations.values():
        yield rule.when
        yield rule.especially_when
    yield from (dosing.when for dosing in position.dosing.values())
    yield from (caution.when for caution in position.cautions.values())
    yield from (monitoring.when for monitoring in position.monitoring.values())


def _bare(position: Position) -> Position:
    """Return a position with nothing but its criteria."""
    return replace(
        position,
        applies_when=None,
        grades={},
        recommendations={},
        silent={},
        dosing={},
        monitoring={},
        cautions={},
        evidence={},
    )


# --- which facts bear on each other ---


def _facts_of(line: Line) -> tuple[str, ...]:
    return tuple(name for name in (getattr(line, "fact", None), getattr(line, "other", None)) if name is not None)


def _components(lines: Mapping[str, Line], facts: Mapping[str, Fact]) -> list[tuple[str, ...]]:
    """Return the facts of lines, those together that bear on each other, in the order of the lines."""
    names = list(dict.fromkeys(name for line in lines.values() for name in _facts_of(line)))
    found: list[tuple[str, ...]] = []
    for name in names:
        if not any(name in component for component in found):
            found.append(_component_of(name, lines, facts))
    return found


def _component_of(name: str, lines: Mapping[str, Line], facts: Mapping[str, Fact]) -> tuple[str, ...]:
    names = list(dict.fromkeys(part for line in lines.values() for part in _facts_of(line)))
    compared = [set(_facts_of(line)) for line in lines.values() if isinstance(line, FactComparison)]
    reached, front = {name}, [name]
    while front:
        current = front.pop()
        for other in names:
            if other not in reached and (
                any({current, other} <= pair for pair in compared)
                or _related(facts[current], facts[other])
                or _share(current, other, facts)
            ):
                reached.add(other)
                front.append(other)
    return tuple(part for part in names if part in reached)


def _related(a: Fact, b: Fact) -> bool:
    """Return whether what is said of one fact bears on the other."""
    implies = any(b.name in option.implies for option in a.options.values())
    implied = any(a.name in option.implies for option in b.options.values())
    same_table = a.table is not None and b.table is not None and a.table.over == b.table.over
    return implies or implied or same_table or a.name in b.inputs or b.name in a.inputs


def _share(a: str, b: str, facts: Mapping[str, Fact]) -> bool:
    """Return whether two facts, one of them worked out by a formula, rest on the same fact."""
    return bool(facts[a].formula or facts[b].formula) and bool(set(rests_on(a, facts)) & set(rests_on(b, facts)))


def _extra_cuts(names: Sequence[str], lines: Mapping[str, Line], facts: Mapping[str, Fact]) -> dict[str, set[Any]]:
    """Return where else to cut: an amount at the values of what it is compared with, an age at the rows of its table.

    A whole number says how many amounts may stand abreast: so many values are then tried in each open stretch.
    """
    cuts: dict[str, set[Any]] = {}
    compared = [line for line in lines.values() if isinstance(line, FactComparison)]
    for scales in _compared_with_one_another(compared):
        plain_ones = [name for name in scales if not facts[name].table]
        abreast = len(plain_ones)
        ends = {EXACT.multiply(v, scales[name]) for name in scales for v in _ends_of(facts[name], lines, abreast)}
        values = ends or {Decimal(1)}  # so that those in other units meet
        for name in plain_ones:
            cuts[name] = {EXACT.divide(value, scales[name]) for value in values} | {abreast}
    for name in names:
        implied = facts[name].implied_by
        if implied and implied.events in names:
            form = (tuple(sorted(implied.where.items())), implied.within, implied.at_least)
            cuts.setdefault(implied.events, set()).add(form)
        table = facts[name].table
        if table:
            rows = {(row.low, row.low_unit) for row in table.rows} | {
                (row.below, row.below_unit) for row in table.rows if row.below is not None
            }
            cuts.setdefault(table.over, set()).update(rows)
    return cuts


def _compared_with_one_another(lines: Sequence[FactComparison]) -> list[dict[str, Decimal]]:
    """Return the facts that comparisons join, each with what makes of it an amount in the unit of the first."""
    found: list[dict[str, Decimal]] = []
    waiting = list(lines)
    while waiting:
        scales = {waiting[0].fact: Decimal(1)}
        while joined := [line for line in waiting if line.fact in scales or line.other in scales]:
            for line in joined:
                if line.fact in scales:
                    scales.setdefault(line.other, EXACT.multiply(scales[line.fact], line.factor))
                else:
                    scales[line.fact] = EXACT.divide(scales[line.other], line.factor)
            waiting = [line for line in waiting if line not in joined]
        found.append(scales)
    return found


def _ends_of(fact: Fact, lines: Mapping[str, Line], abreast: int) -> Iterator[Decimal]:
    """Yield where an amount is told apart: at its table, at its thresholds, and among several at what is plausible."""
    if fact.table:
        yield from (row.value for row in fact.table.rows)
    for line in lines.values():
        if isinstance(line, Comparison) and line.fact == fact.name and line.threshold.exact is not None:
            yield line.threshold.exact
    if abreast > 1 and fact.limits is not None:
        yield from (end for end in (fact.limits.low, fact.limits.high) if end is not None)


# --- the cells of one fact, by kind ---


def _stretched(a: Cell, b: Cell) -> Cell:
    """Return two neighbours as one; a record inside an open stretch is preferred to one on a threshold."""
    return Cell(b.record if a.point and not b.point else a.record, Clause(), a.low, b.high)


def _by_lines(cell: Cell, texts: Sequence[str], found: Sequence[Truth]) -> Cell:
    yes = tuple(text for text, answer in zip(texts, found, strict=True) if answer == YES)
    no = tuple(text for text, answer in zip(texts, found, strict=True) if answer == NO)
    return cell._replace(clause=Clause(all=yes, none=no))


def _quantity_cells(fact: Fact, lines: Sequence[Line], extra: set[Any]) -> tuple[AxisKind, list[Cell], int]:
    cuts = {line.threshold.exact for line in lines if isinstance(line, Comparison) and line.fact == fact.name}
    cuts |= {cut for cut in extra if isinstance(cut, Decimal)}
    points = sorted(cut for cut in cuts if cut is not None)
    whole = fact.unit == "{score}"
    parts = _parts(max((cut for cut in extra if isinstance(cut, int)), default=1))
    low, high = (fact.limits.low, fact.limits.high) if fact.limits else (None, None)
    unit = "points" if whole else spoken(fact.unit or "") if unit_named(spoken(fact.unit or "")) else fact.unit

    def cell(number: Decimal, below: str | None, above: str | None, point: bool = False) -> Cell:
        if len(number.as_tuple().digits) > MOST_DIGITS:
            raise NotExhausted(f"{fact.name} is compared at values that no decimal number writes")
        return Cell({fact.name: f"{plain(number)} {unit}"}, Clause(), below, above, point)

    def line(operator: str, number: Decimal) -> str:
        return f"{fact.name} {operator} {plain(number)} {unit}"

    if not points:
        return "amount", [cell(number, None, None) for number in _between(low, high, parts, whole)], 1
    floor = low - 1 if low is not None and whole else low
    cells = [cell(number, None, line("<", points[0])) for number in _between(floor, points[0], parts, whole)]
    for index, point in enumerate(points):
        if (low is None or point >= low) and (high is None or point <= high):
            cells.append(cell(point, line(">=", point), line("<=", point), True))
        last = index + 1 == len(points)
        far = max(point * 2, point + (len(parts) + 1 if whole else 1))
        if high is not None:
            far = min(far, high + 1 if whole else high)
        numbers = _between(point, far if last else points[index + 1], parts, whole)
        upper = None if last else line("<", points[index + 1])
        cells += [cell(number, line(">", point), upper) for number in numbers]
    return "amount", cells, len(cells)


def _parts(count: int) -> list[Decimal]:
    """Return so many places inside a stretch, as parts of the way, each a number that is soon written."""
    steps = 2
    while steps <= count:
        steps *= 2
    return [EXACT.divide(Decimal(number), Decimal(steps)) for number in range(1, count + 1)]


def _between(low: Decimal | None, high: Decimal | None, parts: Sequence[Decimal], whole: bool) -> list[Decimal]:
    """Return numbers strictly between two ends, at these parts of the way; whole ones where only those make sense."""
    least = Decimal(len(parts) + 1 if whole else 1)
    start = low if low is not None else high - max(abs(high), least) if high is not None else Decimal(0)
    end = high if high is not None else start + len(parts) + 1
    if start >= end:
        return []
    found = [EXACT.add(start, EXACT.multiply(EXACT.subtract(end, start), part)) for part in parts]
    if whole and len(parts) > 1:
        first = start.to_integral_value(ROUND_FLOOR) + 1
        return [number for step in range(len(parts)) if (number := first + step) < end]
    if whole:
        found = [
            number for part in found for number in (Decimal(int(part)), Decimal(int(part)) + 1) if start < number < end
        ]
    return list(dict.fromkeys(found))[: len(parts)]


def _age_cells(fact: Fact, lines: Sequence[Line], extra: set[Any]) -> tuple[AxisKind, list[Cell], int]:
    cuts: set[tuple[int, str]] = {cut for cut in extra if isinstance(cut, tuple)}
    for line in lines:
        if isinstance(line, AgeComparison):
            number = int(line.number)
            cuts |= {(number, line.unit)} if line.operator in (">=", "<", "=") else set()
            cuts |= {(number + 1, line.unit)} if line.operator in ("<=", ">", "=") else set()
    edges: dict[date, tuple[int, str]] = {}
    for count, unit in sorted(cuts, key=lambda cut: list(_AGE_WORDS).index(cut[1])):
        if count > 0:
            edges.setdefault(add(DAY, -count, unit), (count, unit))
    ages = [(DAY + timedelta(1), None), *sorted(edges.items(), reverse=True), (add(DAY, -120, "a"), None)]
    cells = []
    for (young, low), (old, high) in pairwise(ages):
        below = f"{fact.name} >= {low[0]} {_AGE_WORDS[low[1]]}" if low else None
        above = f"{fact.name} < {high[0]} {_AGE_WORDS[high[1]]}" if high else None
        cells.append(Cell({fact.name: _age_between(young, old, last=high is None)}, Clause(), below, above))
    return "age", cells, len(cells)


def _age_between(young: date, old: date, *, last: bool) -> str:
    """Return an age in words that somebody born after `old`, up to `young`, has: in the largest unit that fits."""
    middle = min(young, add(DAY, -40, "a")) if last else old + (young - old) / 2
    for unit, days in (("a", Decimal("365.25")), ("mo", Decimal("30.4375")), ("wk", Decimal(7)), ("d", Decimal(1))):
        about = int((DAY - middle).days / days)
        for count in (about, about - 1, about + 1, about + 2):
            first, latest = add(DAY, -(count + 1), unit), add(DAY, -count, unit)
            if count >= 0 and first >= old and latest <= min(young, DAY):
                return f"{count} {_AGE_WORDS[unit] if count != 1 else _AGE_WORDS[unit][:-1]}"
    return f"{(DAY - min(young, DAY)).days} days"


def _date_cells(fact: Fact, lines: Sequence[Line], extra: set[Any]) -> tuple[AxisKind, list[Cell], int]:
    since = f"time since {fact.name}"
    edges: dict[int, str] = {}
    for line in lines:
        if isinstance(line, TimeSince):
            days = (DAY - add(DAY, -line.number, line.unit)).days
            edges.setdefault(days, f"{line.number} {spoken(line.unit, Decimal(line.number))}")
    points = sorted(edges)

    def cell(days: int, below: str | None, above: str | None, point: bool = False) -> Cell:
        return Cell({fact.name: (DAY - timedelta(days)).isoformat()}, Clause(), below, above, point)

    cells = []
    if not points or points[0] > 0:
        cells.append(cell(points[0] // 2 if points else 10, None, f"{since} < {edges[points[0]]}" if points else None))
    for index, days in enumerate(points):
        cells.append(cell(days, f"{since} >= {edges[days]}", f"{since} <= {edges[days]}", True))
        following = points[index + 1] if index + 1 < len(points) else None
        if following is None:
            cells.append(cell(days + max(days // 2, 10), f"{since} > {edges[days]}", None))
        elif following - days > 1:
            cells.append(cell((days + following) // 2, f"{since} > {edges[days]}", f"{since} < {edges[following]}"))
    steps = len(cells)
    planned = Cell({fact.name: (DAY + timedelta(10)).isoformat()}, Clause(all=(f"{fact.name} is planned",)))
    never = Cell({fact.name: "none"}, Clause(none=(f"{fact.name} is recorded",)))
    return "time", [*cells, planned, never], steps


class _Form(NamedTuple):
    """How events are counted: by which words, in which stretch of time, against which number."""

    where: tuple[tuple[str, str], ...]
    within: Span | None
    number: int


def _event_cells(fact: Fact, lines: Sequence[Line], extra: set[Any]) -> tuple[AxisKind, list[Cell], int]:
    counted = [line for line in lines if isinstance(line, CountOf)]
    forms = [_Form(tuple(sorted(line.where.items())), line.within, line.number) for line in counted]
    if len({form[:2] for form in forms}) == 1 and len(counted) == len(lines) and not extra:
        return _counts(fact, counted)
    forms += [_Form(*form) for form in extra]
    kinds = _kinds_of_events(fact, forms)
    most = max((form.number for form in forms), default=0) + 1
    if (most + 1) ** len(kinds) > _MOST_JOINED:
        raise NotExhausted(f"the lines on {fact.name} count too many kinds of events")
    cells = []
    for numbers in product(range(most + 1), repeat=len(kinds)):
        events = [event for number, event in zip(numbers, kinds, strict=True) for _ in range(number)]
        cells.append(Cell({fact.name: events}))
    return "other", cells, 0


def _counts(fact: Fact, lines: Sequence[CountOf]) -> tuple[AxisKind, list[Cell], int]:
    head = lines[0].text[: lines[0].text.index(lines[0].operator)].rstrip()
    event = {"on": (DAY - timedelta(1)).isoformat(), **lines[0].where}
    cells = [
        Cell({fact.name: [event] * number}, Clause(), f"{head} >= {number}" if number else None, f"{head} <= {number}")
        for number in range(max(line.number for line in lines) + 2)
    ]
    cells[-1] = cells[-1]._replace(high=None)
    return "count", cells, len(cells)


def _kinds_of_events(fact: Fact, forms: Sequence[_Form]) -> list[dict[str, str]]:
    """Return one event of each kind that is told apart, those that nobody counts left out."""
    ages = {1} | {(DAY - add(DAY, -form.within.high, form.within.unit)).days + 7 for form in forms if form.within}
    found: dict[tuple[bool, ...], dict[str, str]] = {}
    for words in product(*fact.fields.values()):
        for days in sorted(ages):
            event = {"on": (DAY - timedelta(days)).isoformat(), **dict(zip(fact.fields, words, strict=True))}
            found.setdefault(tuple(_is_counted(form, event, days) for form in forms), event)
    return [event for matches, event in found.items() if any(matches)]


def _is_counted(form: _Form, event: Mapping[str, str], days: int) -> bool:
    fits = all(event.get(name) == word for name, word in form.where)
    return fits and (form.within is None or days <= (DAY - add(DAY, -form.within.high, form.within.unit)).days)


def _choice_cells(fact: Fact, lines: Sequence[Line], extra: set[Any]) -> tuple[AxisKind, list[Cell], int]:
    cells = [Cell({fact.name: option}, Clause(all=(f"{fact.name} is {option}",))) for option in fact.options]
    return "other", cells, 0


def _choices_cells(fact: Fact, lines: Sequence[Line], extra: set[Any]) -> tuple[AxisKind, list[Cell], int]:
    """Return a cell for each combination of options; those that the same lines name stand for one another."""
    kinds: dict[frozenset[str], list[str]] = {}
    for option in fact.options:
        naming = frozenset(line.text for line in lines if isinstance(line, IsOption) and option in line.options)
        if naming:
            kinds.setdefault(naming, []).append(option)
    if len(kinds) > _MOST_OPTIONS:
        raise NotExhausted(f"the lines on {fact.name} name {len(kinds)} kinds of options that may be combined")
    cells = []
    for mask in range(1 << len(kinds)):
        chosen = [options for index, options in enumerate(kinds.values()) if mask >> index & 1]
        yes = tuple(_option_line(fact, options) for options in chosen)
        no = tuple(_option_line(fact, options) for options in kinds.values() if options not in chosen)
        cells.append(Cell({fact.name: [options[0] for options in chosen]}, Clause(all=yes, none=no)))
    return "other", cells, 0


def _option_line(fact: Fact, options: Sequence[str]) -> str:
    return f"{fact.name} is {'one of ' if len(options) > 1 else ''}{', '.join(options)}"


def _yes_no_cells(fact: Fact, lines: Sequence[Line], extra: set[Any]) -> tuple[AxisKind, list[Cell], int]:
    yes, no = Cell({fact.name: YES}, Clause(all=(fact.name,))), Cell({fact.name: NO}, Clause(none=(fact.name,)))
    return "other", [yes, no], 0


_CellMaker = Callable[[Fact, Sequence[Line], set[Any]], tuple[AxisKind, list[Cell], int]]
_CELLS: dict[str, _CellMaker] = {
    "quantity": _quantity_cells,
    "age": _age_cells,
    "date": _date_cells,
    "events": _event_cells,
    "choice": _choice_cells,
    "choices": _choices_cells,
    "yes-no": _yes_no_cells,
}


# --- a space: all combinations of the cells of several axes, as bits ---


class Space:
    """All combinations of the cells of some axes. A set of patients is a number, one bit for each combination."""

    def __init__(self, position: Position, axes: tuple[Axis, ...]) -> None:
        """Lay out the axes, the first one with the smallest stride."""
        self.position, self.axes = position, axes
        self.strides = [prod(len(axis.cells) for axis in axes[:index]) for index in range(len(axes))]
        self.size = prod(len(axis.cells) for axis in axes)
        self.everyone = (1 << self.size) - 1
        self._lines: dict[str, Answer] = {}
        self._named: dict[str, Answer] = {}

    def where(self, axis: int, cells: Iterable[int]) -> int:
        """Return the patients who lie in these cells of an axis."""
        stride, count = self.strides[axis], len(self.axes[axis].cells)
        block = (1 << stride) - 1
        found, width = reduce(lambda bits, cell: bits | block << cell * stride, cells, 0), stride * count
        while width < self.size:
            found |= found << width
            width *= 2
        return found & self.everyone

    def answer(self, condition: Condition | None) -> Answer:
        """Return where a condition is yes and where it is no; nothing asked is yes everywhere."""
        if condition is None:
            return Answer(self.everyone, 0)
        if isinstance(condition, Group):
            return self._joined(condition.join, [self.answer(part) for part in condition.parts], condition.count)
        if isinstance(condition, Named):
            return self._remembered(condition.criterion, self._criterion)
        return self._grade_is(condition) if isinstance(condition, GradeIs) else self._line(condition.text)

    def _remembered(self, name: str, work_out: Callable[[str], Answer]) -> Answer:
        if name not in self._named:
            self._named[name] = work_out(name)
        return self._named[name]

    def _criterion(self, name: str) -> Answer:
        return self.answer(self.position.criteria[name].when)

    def _line(self, text: str) -> Answer:
        found = self._lines.get(text)
        if found is None:
            index = next(i for i, axis in enumerate(self.axes) if text in axis.answers)
            answers = self.axes[index].answers[text]
            found = self._lines[text] = Answer(
                self.where(index, [cell for cell, answer in enumerate(answers) if answer == YES]),
                self.where(index, [cell for cell, answer in enumerate(answers) if answer == NO]),
            )
        return found

    def _joined(self, join: str, parts: Sequence[Answer], count: int) -> Answer:
        if join == "at_least":
            return Answer(
                self._so_many(count, [part.yes for part in parts]),
                self.everyone & ~self._so_many(count, [self.everyone & ~part.no for part in parts]),
            )
        if join == "all":
            return Answer(self._each([part.yes for part in parts]), _union(part.no for part in parts))
        found = Answer(_union(part.yes for part in parts), self._each([part.no for part in parts]))
        return found if join == "any" else Answer(found.no, found.yes)

    def _each(self, sets: Sequence[int]) -> int:
        return reduce(lambda a, b: a & b, sets, self.everyone)

    def _so_many(self, count: int, sets: Sequence[int]) -> int:
        """Return where at least that many of the sets hold."""
        reached = [self.everyone, *[0] * count]
        for each in sets:
            for number in range(count, 0, -1):
                reached[number] |= reached[number - 1] & each
        return reached[count]

    # grades

    def bands(self, grade: Grade) -> list[int]:
        """Return for each band, `otherwise` last, the patients who may fall into it."""
        left = self.everyone & ~self.answer(grade.when).no
        found = []
        for band in grade.bands:
            answer = self.answer(band.when)
            found.append(left & ~answer.no)
            left &= ~answer.yes
        return [*found, left]

    def _grade_is(self, line: GradeIs) -> Answer:
        grade = self.position.grades[line.grade]
        possible, wanted = self.bands(grade), grade.order.index(line.band)
        inside = _union(possible[: wanted + 1]) if line.or_worse else possible[wanted]
        outside = _union(possible[wanted + 1 :] if line.or_worse else [*possible[:wanted], *possible[wanted + 1 :]])
        applicable = self.answer(grade.when)
        return Answer(inside & ~outside & applicable.yes, self.everyone & ~inside | applicable.no)

    # rules

    def step(self, rule: Recommendation) -> Answer:
        """Return where a rule's own condition holds, the rules that it yields to taken off."""
        yielding = [self.step(self.position.recommendations[name]) for name in rule.unless]
        return self._joined("all", [self.answer(rule.when), self._joined("none", yielding, 0)], 0)

    def holds(self, rule: Recommendation) -> Answer:
        """Return where a rule holds, the scope of its position included."""
        return self._joined("all", [self.answer(self.position.applies_when), self.step(rule)], 0)

    # moving along an axis

    def moved(self, patients: int, axis: int, by: int) -> int:
        """Return the patients one cell further (1) or back (-1) along the order of an axis; others fall off."""
        steps, stride = self.axes[axis].steps, self.strides[axis]
        if by > 0:
            return (patients & self.where(axis, range(steps - 1))) << stride
        return (patients & self.where(axis, range(1, steps))) >> stride

    def slice_at(self, patients: int, axis: int, cell: int) -> int:
        """Return the patients of one cell of an axis, moved to its first cell, so that slices can be compared."""
        return (patients & self.where(axis, [cell])) >> cell * self.strides[axis]

    def spread(self, patients: int, axis: int) -> int:
        """Return the patients and all who differ from them on this axis alone."""
        count, stride = len(self.axes[axis].cells), self.strides[axis]
        first = _union(self.slice_at(patients, axis, cell) for cell in range(count))
        return _union(first << cell * stride for cell in range(count))

    def cells_of(self, patients: int, axis: int) -> list[int]:
        """Return the cells of an axis in which there are any of these patients."""
        return [cell for cell in range(len(self.axes[axis].cells)) if patients & self.where(axis, [cell])]

    def first(self, patients: int) -> list[int]:
        """Return the cells, one of each axis, of the first of these patients."""
        index = (patients & -patients).bit_length() - 1
        return [index // stride % len(axis.cells) for axis, stride in zip(self.axes, self.strides, strict=True)]

    def record(self, cells: Sequence[int]) -> dict[str, Any]:
        """Return the record of the patient in these cells."""
        parts = [axis.cells[cell].record for axis, cell in zip(self.axes, cells, strict=True)]
        return {name: value for part in parts for name, value in part.items()}

    # boxes

    def box(self, patients: int, start: Sequence[int]) -> list[list[int]]:
        """Return a box around a start that cannot be made larger within these patients: cells by axis."""
        box = [[cell] for cell in start]
        for axis in sorted(range(len(self.axes)), key=lambda index: self.axes[index].ordered):
            for direction in (range(start[axis] + 1, len(self.axes[axis].cells)), range(start[axis] - 1, -1, -1)):
                for cell in direction:
                    wider = [*box[:axis], [cell], *box[axis + 1 :]]
                    if self.all_of(wider) & ~patients == 0:
                        box[axis] = sorted([*box[axis], cell])
                    elif cell < self.axes[axis].steps:
                        break
        return box

    def all_of(self, box: Sequence[Sequence[int]]) -> int:
        """Return the patients of a box."""
        return self._each([self.where(axis, cells) for axis, cells in enumerate(box)])


def _union(sets: Iterable[int]) -> int:
    return reduce(lambda a, b: a | b, sets, 0)


__all__ = ["UNKNOWN", "Answer", "Atlas", "Axis", "Cell", "Clause", "NotExhausted", "Space", "lines_reached"]
