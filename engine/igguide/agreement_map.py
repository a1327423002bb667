"""The map of agreement: a topic's main axis cut where any rule cuts it, and what each position says in each part.

The axis is what the rules turn on: the measure (IgG, platelets, days since an event) or choice (a grade, a route) that
most positions ask for and whose value changes what most of them say. A measure is cut at every threshold of the rules, and each part, an exact threshold included, is tried by running the rules with that value and
nothing else known. So a part says `for` where a rule holds whatever else is true, `may be for` where a rule needs more
than this value, and `nothing` where no rule can hold; `silent` where the source is declared to leave such patients
open; `outside` where the position is not for such patients. Parts that look alike for every position are joined. A
yes-no fact is the axis where it changes more, and age, which mostly says whom a source is for, where nothing else
changes as much. What every rule asks for alike, as that a first treatment has not been given, is taken as given.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

from .dates import add
from .evaluate import CompiledPosition
from .findings import Findings
from .model import (
    AgeComparison,
    Comparison,
    Condition,
    Fact,
    GradeIs,
    IsOption,
    Line,
    Named,
    Position,
    Recommendation,
    TimeSince,
    Topic,
    YesNo,
    direction,
    lines_of,
)
from .quantity import plain, spoken
from .record import read_record
from .situations import Partial, arises, asker, given, shared
from .truth import NO, YES, Truth

DAY = date(2026, 6, 15)  # on which the parts of an axis of time are tried; any day would do
ANY_OTHER = "any other"  # the part of an axis of options that no other part names
EVERY = "any value"
State = Literal["for", "against", "both", "may-for", "may-against", "may-either", "nothing", "silent", "outside"]
STATES: dict[State, str] = {
    "for": "for",
    "against": "against",
    "both": "for and against",
    "may-for": "for, if more holds",
    "may-against": "against, if more holds",
    "may-either": "for or against, by what else holds",
    "nothing": "no rule holds",
    "silent": "says nothing",
    "outside": "not for these patients",
}


class Cut(NamedTuple):
    """A threshold on the axis: how it is written, and where it lies (a number, or days before the day of asking)."""

    text: str
    at: Decimal


@dataclass(frozen=True, slots=True)
class Column:
    """A part of the axis: from one cut to another and which of the two it holds, or some options; and how it is read."""

    low: Cut | None
    high: Cut | None
    low_in: bool
    high_in: bool
    label: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """What one position says in one part: the state, the rules that hold or may hold, and what each still depends on."""

    state: State
    rules: tuple[tuple[Recommendation, Truth, tuple[Condition, ...]], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A position and its cells, one for each column."""

    position: Position
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class AgreementMap:
    """The map of one topic. `kind` is what the axis is: a quantity, an age, the time since an event, or options."""

    fact: Fact
    kind: Kind
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    taken: Mapping[YesNo | IsOption, Truth]

    @property
    def tells(self) -> int:
        """Return for how many positions what they say changes along the axis."""
        return sum(len({cell.state for cell in row.cells} - {"outside"}) > 1 for row in self.rows)

    @property
    def speaks(self) -> int:
        """Return for how many positions it changes though they never fall silent."""
        return sum(len({cell.state for cell in row.cells} - {"outside", "silent"}) > 1 for row in self.rows)

    @property
    def parting(self) -> tuple[int, ...]:
        """Return the columns in which positions part: some are or may be for it, and others cannot be."""
        return tuple(i for i in range(len(self.columns)) if _parts_ways({row.cells[i].state for row in self.rows}))

    def bands(self, row: Row) -> tuple[Band, ...]:
        """Return the stretches in which a position says the same, each with the first and the last of its columns."""
        found: list[Band] = []
        for index, cell in enumerate(row.cells):
            first = found.pop().first if found and found[-1].cell == cell else index
            label = self._label(range(first, index + 1))
            found.append(Band(first, index, label, cell))
        return tuple(found)

    @property
    def parting_labels(self) -> tuple[str, ...]:
        """Return where positions part, in words, neighbouring columns as one stretch."""
        groups: list[list[int]] = []
        for index in self.parting:
            if groups and groups[-1][-1] == index - 1:
                groups[-1].append(index)
            else:
                groups.append([index])
        return tuple(self._label(group) for group in groups)

    def _label(self, indices: Sequence[int]) -> str:
        return EVERY if len(indices) == len(self.columns) else _spanning([self.columns[i] for i in indices]).label


class Band(NamedTuple):
    """Neighbouring columns in which a position says the same: the first, the last, their values in words."""

    first: int
    last: int
    label: str
    cell: Cell

    @property
    def width(self) -> int:
        """Return how many columns it spans."""
        return self.last - self.first + 1


def _parts_ways(states: set[State]) -> bool:
    can = {state in ("for", "both", "may-for", "may-either") for state in states - {"outside", "silent"}}
    return len(can) > 1


def agreement_map(
    topic: Topic, compiled: Sequence[CompiledPosition], facts: Mapping[str, Fact], as_of: date = DAY
) -> AgreementMap | None:
    """Return the map of a topic over its main axis, the one that it names or else by rule, or None where its rules have none.

    `compiled` are the positions to show, those in force; only those with rules for or against the topic's subject count.
    """
    speaking = [each for each in compiled if _rules(each.position, topic.about)]
    taken = shared(topic, [each.position for each in speaking])
    axes = _axes(topic, speaking, facts, {line.fact for line in taken})
    maps = [(asked, _along(topic, axis, speaking, facts, as_of, taken)) for axis, asked in axes]
    shown = [each for each in maps if _shows(each[1])]
    named = [each for each in shown if each[1].fact.name == topic.axis]
    return min(named or shown, key=_preference, default=(None, None))[1]


def _shows(found: AgreementMap) -> bool:
    changing = any(len({cell.state for cell in row.cells}) > 1 for row in found.rows)
    return len(found.columns) > 1 and (changing or found.kind != "options")


_GIVES_WAY = 2  # by so much must a yes-no fact, which has but two parts, be asked for and change more


def _preference(candidate: tuple[_Asked, AgreementMap]) -> tuple[object, ...]:
    """Return the order in which maps are preferred: the axis that most positions ask for and change by comes first."""
    (positions, thresholds), found = candidate
    yes_no = found.fact.kind == "yes-no"
    turns = positions + found.tells - yes_no * _GIVES_WAY
    rank = 3 if found.kind == "age" else 2 if yes_no else 1 if found.kind == "options" else 0
    return found.tells == 0, -turns, not found.parting, rank, -found.speaks, -thresholds, found.fact.name


def _along(
    topic: Topic,
    axis: _Axis,
    speaking: Sequence[CompiledPosition],
    facts: Mapping[str, Fact],
    as_of: date,
    taken: Mapping[YesNo | IsOption, Truth],
) -> AgreementMap:
    fact, kind = facts[axis[0]], axis[1]
    if kind == "options":
        records = _each_option(fact, _options_named(fact, speaking, topic.about))
    else:
        records = _parts(fact, kind, _cuts(fact, kind, speaking, topic.about, as_of), as_of)
    tried = [(column, _findings(record, facts, as_of)) for column, record in records]
    parts = [(column, findings) for column, findings in tried if arises(topic, asker(findings))]
    known = {line.text: answer for line, answer in taken.items()}
    rows = [
        Row(each.position, tuple(_cell(topic, each, findings, known) for _, findings in parts)) for each in speaking
    ]
    return _joined(fact, kind, [column for column, _ in parts], rows, taken)


# --- the axis ---

Kind = Literal["quantity", "age", "time", "options"]
_Axis = tuple[str, Kind]


def _rules(position: Position, about: str | None) -> list[Recommendation]:
    return [
        rule
        for rule in position.recommendations.values()
        if rule.about == about and direction(rule.action) != "neither"
    ]


_Asked = tuple[int, int]  # how many positions ask for an axis, and with how many thresholds or options


def _axes(
    topic: Topic, compiled: Iterable[CompiledPosition], facts: Mapping[str, Fact], left_out: Collection[str]
) -> list[tuple[_Axis, _Asked]]:
    """Return what the rules compare, but for facts that are left out, each with how much it is asked for."""
    asked: dict[_Axis, set[str]] = {}
    thresholds: dict[_Axis, set[str]] = {}
    for each in compiled:
        for line in _lines_reached(each.position, topic.about, scope=False):
            axis = _axis_of(line)
            if axis and axis[0] not in left_out and (axis[1] != "options" or not facts[axis[0]].inputs):
                asked.setdefault(axis, set()).add(each.position.id)
                thresholds.setdefault(axis, set()).add(line.text)
    return [(axis, (len(asked[axis]), len(thresholds[axis]))) for axis in sorted(asked)]


def _axis_of(line: Line) -> _Axis | None:
    if isinstance(line, Comparison):
        return line.fact, "quantity"
    if isinstance(line, AgeComparison):
        return line.fact, "age"
    if isinstance(line, IsOption | YesNo):
        return line.fact, "options"
    return (line.fact, "time") if isinstance(line, TimeSince) else None


def _lines_reached(position: Position, about: str | None, *, scope: bool = True) -> Iterator[Line]:
    """Yield the lines that the rules on a subject look at, those of criteria and grades included, and of the scope."""
    conditions: list[Condition | None] = [position.applies_when] if scope else []
    conditions += [rule.when for rule in _rules(position, about)]
    seen: set[str] = set()
    while conditions:
        for line in lines_of(conditions.pop()):
            yield line
            if isinstance(line, Named) and line.criterion not in seen:
                seen.add(line.criterion)
                conditions.append(position.criteria[line.criterion].when)
            if isinstance(line, GradeIs) and line.grade not in seen:
                seen.add(line.grade)
                conditions += [band.when for band in position.grades[line.grade].bands]


def _cuts(fact: Fact, kind: str, compiled: Iterable[CompiledPosition], about: str | None, as_of: date) -> list[Cut]:
    """Return the thresholds on the axis from low to high, one for each place; days before the day for ages and times."""
    found: dict[Decimal, str] = {}
    for each in compiled:
        for line in _lines_reached(each.position, about):
            if getattr(line, "fact", None) != fact.name:
                continue
            if isinstance(line, Comparison) and line.threshold.exact is not None:
                found.setdefault(line.threshold.exact, f"{plain(line.threshold.exact)} {spoken(fact.unit or '')}")
            elif isinstance(line, AgeComparison | TimeSince):
                days = (as_of - add(as_of, -int(line.number), line.unit)).days
                found.setdefault(
                    Decimal(days), f"{plain(Decimal(line.number))} {spoken(line.unit, Decimal(line.number))}"
                )
    return [Cut(text, at) for at, text in sorted(found.items())]


def _parts(fact: Fact, kind: str, cuts: Sequence[Cut], as_of: date) -> Iterator[tuple[Column, dict[str, object]]]:
    """Yield every part of the axis with a record that lies in it: below, exactly on, between and above the cuts."""
    previous: Cut | None = None
    for cut in cuts:
        inside = _between(kind, previous, cut)
        if inside is not None:
            yield Column(previous, cut, False, False, ""), _record(fact, kind, inside, as_of)
        yield Column(cut, cut, True, True, ""), _record(fact, kind, cut.at, as_of)
        previous = cut
    yield Column(previous, None, False, False, ""), _record(fact, kind, _beyond(fact, kind, previous), as_of)


def _options_named(fact: Fact, compiled: Iterable[CompiledPosition], about: str | None) -> set[str]:
    """Return the options that the rules name."""
    return {
        option
        for each in compiled
        for line in _lines_reached(each.position, about)
        if isinstance(line, IsOption) and line.fact == fact.name
        for option in line.options
    }


def _each_option(fact: Fact, named: set[str]) -> Iterator[tuple[Column, dict[str, object]]]:
    """Yield a part for each option that a rule names, in the order of the fact, and one for the rest; or for yes and no."""
    if fact.kind == "yes-no":
        for word in ("yes", "no"):
            yield Column(None, None, False, False, word, (word,)), {fact.name: word}
        return
    rest = [option for option in fact.options if option not in named]
    for option in [*(option for option in fact.options if option in named), *rest[:1]]:
        title = fact.options[option].title if option in named else ANY_OTHER
        yield (
            Column(None, None, False, False, title, (title,)),
            {fact.name: [option] if fact.kind == "choices" else option},
        )


def _between(kind: str, low: Cut | None, high: Cut) -> Decimal | None:
    """Return a value between two cuts, or None where there is none: between two days, or below nothing."""
    start = Decimal(0) if low is None else low.at
    if kind == "quantity":
        return (start + high.at) / 2 if start < high.at else None
    first = start if low is None else start + 1
    return Decimal((first + high.at - 1) // 2) if first < high.at else None


def _beyond(fact: Fact, kind: str, last: Cut | None) -> Decimal:
    at = Decimal(1) if last is None else last.at
    if kind != "quantity":
        return at + 1
    high = fact.limits.high if fact.limits and fact.limits.high is not None else at * 2 + 1
    return (at + high) / 2


def _record(fact: Fact, kind: str, at: Decimal, as_of: date) -> dict[str, object]:
    if kind == "quantity":
        return {fact.name: f"{plain(at)} {fact.unit}"}
    name = fact.age_from if kind == "age" and fact.age_from else fact.name
    return {name: (as_of - timedelta(days=int(at))).isoformat()}


def _findings(record: Mapping[str, object], facts: Mapping[str, Fact], as_of: date) -> Findings:
    return Findings(read_record(record, facts), facts, as_of)


# --- what is said ---


def _cell(topic: Topic, compiled: CompiledPosition, findings: Findings, known: Mapping[str, Truth]) -> Cell:
    position = compiled.position
    seen = Partial(position, asker(findings), {**known, **given(topic, position)})
    if seen.answer(position.applies_when) == NO:
        return Cell("outside", ())
    found = [(rule, seen.rule(rule)) for rule in _rules(position, topic.about)]
    possible = tuple((rule, answer, tuple(seen.open_parts(rule))) for rule, answer in found if answer != NO)
    quiet = seen.silent(topic.about, [rule for rule, _ in found]) == YES
    return Cell("silent" if quiet else _state(possible), possible)


def _state(rules: Sequence[tuple[Recommendation, Truth, tuple[Condition, ...]]]) -> State:
    sure = {direction(rule.action) for rule, answer, _ in rules if answer == YES}
    may = {direction(rule.action) for rule, _, _ in rules}
    if sure:
        return "both" if len(sure) == 2 else "for" if "for" in sure else "against"
    if may:
        return "may-either" if len(may) == 2 else "may-for" if "for" in may else "may-against"
    return "nothing"


# --- parts that look alike ---


def _joined(
    fact: Fact, kind: Kind, columns: Sequence[Column], rows: Sequence[Row], taken: Mapping[YesNo | IsOption, Truth]
) -> AgreementMap:
    """Return the map with neighbouring parts joined where they look alike; options need not be neighbours."""
    groups: list[list[int]] = []
    for index in range(len(columns)):
        beside = groups if kind == "options" else groups[-1:]
        alike = [group for group in beside if all(row.cells[index] == row.cells[group[-1]] for row in rows)]
        if alike:
            alike[0].append(index)
        else:
            groups.append([index])
    spans = (_spanning([columns[index] for index in group]) for group in groups)
    joined = tuple(replace(span, label=ANY_OTHER) if ANY_OTHER in span.options else span for span in spans)
    shown = tuple(Row(row.position, tuple(row.cells[group[0]] for group in groups)) for row in rows)
    return AgreementMap(fact, kind, joined, shown, taken)


def _spanning(columns: Sequence[Column]) -> Column:
    """Return neighbouring parts as one."""
    first, last = columns[0], columns[-1]
    options = tuple(option for column in columns for option in column.options)
    if options:
        return Column(None, None, False, False, "; ".join(column.label for column in columns), options)
    low, high = first.low, last.high
    return Column(low, high, first.low_in, last.high_in, _label(low, high, first.low_in, last.high_in))


def _label(low: Cut | None, high: Cut | None, low_in: bool, high_in: bool) -> str:
    """Return a part in words that say which ends belong to it: below 400, 400 to below 600, exactly 400."""
    if low is None and high is None:
        return EVERY
    if low is None and high is not None:
        return f"{high.text} or less" if high_in else f"below {high.text}"
    if high is None and low is not None:
        return f"{low.text} or more" if low_in else f"above {low.text}"
    assert low is not None and high is not None  # noqa: PT018
    if low.at == high.at:
        return f"exactly {low.text}"
    return f"{'from' if low_in else 'above'} {low.text} {'up to and including' if high_in else 'to below'} {high.text}"


__all__ = ["STATES", "AgreementMap", "Band", "Cell", "Column", "Cut", "Row", "agreement_map"]
