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
from itertools import combinations
from types import MappingProxyType
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
    Group,
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
from .situations import Partial, arises, asker, given, outright, scope, shared
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
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """What one position says in one part: the state, the rules that hold or may hold, and what each still depends on."""

    state: State
    rules: tuple[tuple[Recommendation, Truth, tuple[Condition, ...]], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A position, what its cells are about, the cells, one for each column, and whom the source is for beyond the topic."""

    position: Position
    about: str | None
    cells: tuple[Cell, ...]
    whom: tuple[Condition, ...] = ()


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
    def changes(self) -> int:
        """Return in how many rows anything changes along the axis, be it only what a rule still asks for."""
        return sum(_differs(row, frozenset(["outside"])) for row in self.rows)

    @property
    def abouts(self) -> tuple[str | None, ...]:
        """Return what the rows are about, the topic's subject first."""
        return tuple(dict.fromkeys(row.about for row in self.rows))

    def on(self, about: str | None) -> tuple[Row, ...]:
        """Return the rows on a matter."""
        return tuple(row for row in self.rows if row.about == about)

    @property
    def parting(self) -> tuple[int, ...]:
        """Return the columns in which positions part, on any matter."""
        return tuple(sorted({index for about in self.abouts for index in self.parted(about).sure}))

    def parted(self, about: str | None) -> Parted:
        """Return where positions part on a matter: whatever else is so, or depending on what else is so; and whom that concerns."""
        rows, pairs = self.on(about), list[tuple[Row, Row]]()
        sure, may = list[int](), list[int]()
        for index in range(len(self.columns)):
            apart = [pair for pair in combinations(rows, 2) if _apart(pair, index, _CAN) and _meet(*pair, self.fact)]
            surely = [pair for pair in apart if _apart(pair, index, _IS)]
            (sure if surely else may if apart else []).append(index)
            pairs += surely or apart
        alone = any(not (a.whom or b.whom) for a, b in pairs)
        whom = {row.position.id: row for pair in pairs for row in pair if row.whom}
        return Parted(tuple(sure), tuple(may), () if alone else tuple(whom.values()))

    def bands(self, row: Row) -> tuple[Band, ...]:
        """Return the stretches in which a position says the same, each with the first and the last of its columns."""
        found: list[Band] = []
        for index, cell in enumerate(row.cells):
            first = found.pop().first if found and found[-1].cell == cell else index
            label = self._label(range(first, index + 1))
            found.append(Band(first, index, label, cell))
        return tuple(found)

    def labels(self, columns: Sequence[int]) -> tuple[str, ...]:
        """Return columns in words, neighbours as one stretch."""
        groups: list[list[int]] = []
        for index in columns:
            if groups and groups[-1][-1] == index - 1:
                groups[-1].append(index)
            else:
                groups.append([index])
        return tuple(self._label(group) for group in groups)

    def _label(self, indices: Sequence[int]) -> str:
        return EVERY if len(indices) == len(self.columns) else spanning([self.columns[i] for i in indices]).label


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


class Parted(NamedTuple):
    """The columns in which positions part whatever else is so, those in which they may, and the sources if for few only."""

    sure: tuple[int, ...]
    may: tuple[int, ...]
    whom: tuple[Row, ...]


_NO_PART = frozenset[State](["outside", "silent"])
_IS = frozenset[State](["for", "both"])
_CAN = frozenset[State](["for", "both", "may-for", "may-either"])


def _differs(row: Row, left_out: frozenset[State]) -> bool:
    """Return whether anything changes along a row, some states left out."""
    said = [cell for cell in row.cells if cell.state not in left_out]
    return any(cell != said[0] for cell in said)


def _apart(pair: tuple[Row, Row], column: int, told: frozenset[State]) -> bool:
    """Return whether one of two positions is told as for it and the other cannot be, where both speak."""
    a, b = (row.cells[column].state for row in pair)
    return not {a, b} & _NO_PART and ((a in told and b not in _CAN) or (b in told and a not in _CAN))


def _meet(a: Row, b: Row, axis: Fact) -> bool:
    """Return whether one patient may be in both sources, as far as the lines tell that each asks for outright."""
    told = [each for row in (a, b) for each in outright(row.position, row.position.applies_when)]
    answers: dict[str, set[Truth]] = {}
    options: dict[str, list[frozenset[str]]] = {}
    ends: dict[str, list[tuple[Decimal, bool, bool]]] = {}
    for line, answer in told:
        answers.setdefault(line.text, set()).add(answer)
        if isinstance(line, IsOption) and answer == YES:
            options.setdefault(line.fact, []).append(line.options)
        if isinstance(line, Comparison | AgeComparison):
            ends.setdefault(line.fact, []).append(_end(line, answer))
    several = {axis.name} if axis.kind == "choices" else set()
    excluded = any(not frozenset.intersection(*each) for name, each in options.items() if name not in several)
    return not (excluded or any(len(each) > 1 for each in answers.values()) or any(map(_empty, ends.values())))


def _end(line: Comparison | AgeComparison, answer: Truth) -> tuple[Decimal, bool, bool]:
    """Return an end that a comparison sets: where, whether it is the upper one, whether it is held."""
    upper = line.operator.startswith("<") == (answer == YES)
    held = (len(line.operator) > 1) == (answer == YES)
    if isinstance(line, Comparison):
        return line.threshold.exact or line.number, upper, held
    return Decimal((DAY - add(DAY, -int(line.number), line.unit)).days), upper, held


def _empty(ends: Sequence[tuple[Decimal, bool, bool]]) -> bool:
    high = min(((at, held) for at, upper, held in ends if upper), default=None)
    low = max(((at, not held) for at, upper, held in ends if not upper), default=None)
    return bool(high and low) and (low[0] > high[0] or (low[0] == high[0] and (low[1] or not high[1])))  # type: ignore[index]


def agreement_map(
    topic: Topic,
    compiled: Sequence[CompiledPosition],
    facts: Mapping[str, Fact],
    as_of: date = DAY,
    routes: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> AgreementMap | None:
    """Return the map of a topic over its main axis, the one that it names or else by rule, or None where its rules have none.

    `compiled` are the positions to show, those in force; only those with rules for or against the topic's subject
    count, and along a measure those too whose rules on another matter it divides. `routes` are those for which each
    product is licensed.
    """
    speaking = [each for each in compiled if _rules(each.position, topic.about)]
    taken = shared(topic, [each.position for each in speaking])
    of = _Drawn(topic, tuple(compiled), facts, as_of, taken, routes)
    axes = _axes(topic, compiled, facts, {line.fact for line in taken})
    maps = [(asked, of.along(axis)) for axis, asked in axes]
    shown = [each for each in maps if _shows(each[1])]
    named = [each for each in shown if each[1].fact.name == topic.axis]
    best = min(named or shown, key=_preference, default=None)
    if best is None or named or best[1].kind not in ("options", "age") or best[1].fact.options:
        return best and best[1]
    numbers = [each for each in shown if each[1].kind in ("quantity", "time") and each[1].changes >= _DIVIDED]
    return min(numbers, key=_dividing, default=best)[1]


_DIVIDED = 2  # as many rows must change along a measure for it to be told before what is asked with yes or no, and age


def _dividing(candidate: tuple[_Asked, AgreementMap]) -> tuple[object, ...]:
    return -candidate[1].changes, *_preference(candidate)


def _shows(found: AgreementMap) -> bool:
    changing = any(len({cell.state for cell in row.cells}) > 1 for row in found.rows)
    return len(found.columns) > 1 and (changing or (found.kind != "options" and found.changes > 0))


_GIVES_WAY = 2  # by so much must a yes-no fact, which has but two parts, be asked for and change more


def _preference(candidate: tuple[_Asked, AgreementMap]) -> tuple[object, ...]:
    """Return the order in which maps are preferred: the axis that most positions ask for and change by comes first."""
    (positions, thresholds), found = candidate
    yes_no = found.fact.kind == "yes-no"
    turns = positions + found.tells - yes_no * _GIVES_WAY
    rank = 3 if found.kind == "age" else 2 if yes_no else 1 if found.kind == "options" else 0
    return found.tells == 0, -turns, not found.parting, rank, -found.speaks, -thresholds, found.fact.name


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What a map is drawn from."""

    topic: Topic
    compiled: tuple[CompiledPosition, ...]
    facts: Mapping[str, Fact]
    as_of: date
    taken: Mapping[YesNo | IsOption, Truth]
    routes: Mapping[str, Collection[str]]

    def along(self, axis: _Axis) -> AgreementMap:
        """Return the map along an axis: the rows on the topic's subject, and those on other matters that a measure divides."""
        fact, kind = self.facts[axis[0]], axis[1]
        if kind == "options":
            records = _each_option(fact, _options_named(fact, self.compiled, self.topic.about))
        else:
            records = parts_of(
                fact, kind, cuts_of(fact, kind, self.compiled, self._cutting(axis), self.as_of), self.as_of
            )
        tried = [(column, _findings(record, self.facts, self.as_of)) for column, record in records]
        parts = [(column, findings) for column, findings in tried if arises(self.topic, asker(findings))]
        rows = [
            self._row(each, about, fact, parts)
            for about in self._abouts(axis)
            for each in self.compiled
            if _rules(each.position, about)
        ]
        columns = [column for column, _ in parts]
        return _joined(fact, kind, columns, [row for row in rows if self._kept(row)], self.taken)

    def _abouts(self, axis: _Axis) -> tuple[str | None, ...]:
        """Return the matters of the map: the topic's, and along a measure those that rules divide by it."""
        if axis[1] not in ("quantity", "time") or self.topic.about is None:
            return (self.topic.about,)
        return (self.topic.about, *(about for about in self._cutting(axis) if about != self.topic.about))

    def _cutting(self, axis: _Axis) -> tuple[str | None, ...]:
        found = [
            rule.about
            for each in self.compiled
            for rule in each.position.recommendations.values()
            if direction(rule.action) != "neither"
            and any(_axis_of(line) == axis for line in _lines_under(each.position, [rule.when]))
        ]
        return tuple(dict.fromkeys([self.topic.about, *(found if axis[1] in ("quantity", "time") else [])]))

    def _kept(self, row: Row) -> bool:
        return row.about == self.topic.about or _differs(row, _NO_PART)

    def _row(
        self, each: CompiledPosition, about: str | None, fact: Fact, parts: Sequence[tuple[Column, Findings]]
    ) -> Row:
        known = {line.text: answer for line, answer in self.taken.items()}
        licensed = self._licensed(each.position) if fact.name == "immunoglobulin_route" else None
        outside = Cell("outside", ())
        cells = [
            outside
            if licensed is not None and not set(column.names) & licensed
            else _cell(self.topic, each, about, findings, known)
            for column, findings in parts
        ]
        return Row(each.position, about, tuple(cells), self._whom(each.position, fact))

    def _licensed(self, position: Position) -> set[str] | None:
        """Return the routes of the products that a source is for, or None where it is for no product in particular."""
        products = [
            line.options
            for line, answer in outright(position, position.applies_when)
            if answer == YES and isinstance(line, IsOption) and line.fact == "immunoglobulin_product"
        ]
        known = [self.routes.get(name) for each in products for name in each]
        return {route for each in known for route in each or ()} if known and None not in known else None

    def _whom(self, position: Position, fact: Fact) -> tuple[Condition, ...]:
        """Return whom a source is for, but for what the topic asks for too, what is taken as given, and the axis."""
        said = {line.text for line in scope(self.topic.arises_when)} | {f"{self.topic.anchor} is recorded"}
        said |= {line.text for line in self.taken}
        found = []
        for part in terms(position.applies_when):
            lines = lines_of(part)
            if not all(line.text in said or getattr(line, "fact", None) == fact.name for line in lines):
                found.append(part)
        return tuple(found)


def terms(condition: Condition | None) -> Iterator[Condition]:
    """Yield the conditions that must all hold."""
    if isinstance(condition, Group) and condition.join == "all":
        for part in condition.parts:
            yield from terms(part)
    elif condition is not None:
        yield condition


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
        for line, own in _lines_asked(each.position, topic.about):
            axis = _axis_of(line)
            if axis and not own and (topic.about is None or axis[1] not in ("quantity", "time")):
                continue
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


def _lines_asked(position: Position, about: str | None) -> Iterator[tuple[Line, bool]]:
    """Yield the lines that rules look at, each with whether its rule is on the subject."""
    for rule in position.recommendations.values():
        if direction(rule.action) != "neither":
            yield from ((line, rule.about == about) for line in _lines_under(position, [rule.when]))


def _lines_reached(position: Position, about: str | None) -> Iterator[Line]:
    """Yield the lines that the rules on a subject look at, those of criteria and grades included, and of the scope."""
    return _lines_under(position, [position.applies_when, *(rule.when for rule in _rules(position, about))])


def _lines_under(position: Position, conditions: list[Condition | None]) -> Iterator[Line]:
    """Yield the lines of conditions, those of criteria and grades included."""
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


def cuts_of(
    fact: Fact, kind: str, compiled: Iterable[CompiledPosition], abouts: Sequence[str | None], as_of: date
) -> list[Cut]:
    """Return the thresholds on the axis from low to high, one for each place; days before the day for ages and times."""
    found: dict[Decimal, str] = {}
    for each in compiled:
        for line in (line for about in abouts for line in _lines_reached(each.position, about)):
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


def parts_of(fact: Fact, kind: str, cuts: Sequence[Cut], as_of: date) -> Iterator[tuple[Column, dict[str, object]]]:
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
            label = f"{fact.title}: {word}"
            yield Column(None, None, False, False, label, (label,), (word,)), {fact.name: word}
        return
    rest = [option for option in fact.options if option not in named]
    for option in [*(option for option in fact.options if option in named), *rest[:1]]:
        title = fact.options[option].title if option in named else ANY_OTHER
        yield (
            Column(None, None, False, False, title, (title,), (option,)),
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


def _cell(
    topic: Topic, compiled: CompiledPosition, about: str | None, findings: Findings, known: Mapping[str, Truth]
) -> Cell:
    position = compiled.position
    seen = Partial(position, asker(findings), {**known, **given(topic, position)})
    if seen.answer(position.applies_when) == NO:
        return Cell("outside", ())
    found = [(rule, seen.rule(rule)) for rule in _rules(position, about)]
    possible = tuple((rule, answer, tuple(seen.open_parts(rule))) for rule, answer in found if answer != NO)
    quiet = seen.silent(about, [rule for rule, _ in found]) == YES
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
    spans = (spanning([columns[index] for index in group]) for group in groups)
    joined = tuple(replace(span, label=ANY_OTHER) if ANY_OTHER in span.options else span for span in spans)
    shown = tuple(replace(row, cells=tuple(row.cells[group[0]] for group in groups)) for row in rows)
    return AgreementMap(fact, kind, joined, shown, taken)


def spanning(columns: Sequence[Column]) -> Column:
    """Return neighbouring parts as one."""
    first, last = columns[0], columns[-1]
    options = tuple(option for column in columns for option in column.options)
    if options:
        names = tuple(name for column in columns for name in column.names)
        return Column(None, None, False, False, "; ".join(column.label for column in columns), options, names)
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


__all__ = [
    "STATES",
    "AgreementMap",
    "Band",
    "Cell",
    "Column",
    "Cut",
    "Parted",
    "Row",
    "agreement_map",
    "parts_of",
    "spanning",
]
