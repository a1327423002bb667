"""Whether two conditions can ever answer differently: decided over all that can be known of the facts, not sampled.

A condition becomes a formula over atoms, one for each line that can be told from others; criteria, grades and
`unless` are written out, so that neither order nor naming counts. The search fixes one fact after another to every
state in which it can be known: each value that the lines of both sides tell apart, each stretch of values, and not
known at all. Two formulas that have become the same are left at once, so an unchanged part costs nothing.

States leave out no possible record (facts that constrain each other are taken as free), so finding no difference
is a proof. A difference found here is only a lead: it counts when both engines have answered the record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache, partial
from itertools import combinations, pairwise, product
from typing import Any, NamedTuple, Union

from .dates import add, completed, on_day, planned, time_since
from .errors import RequestError
from .evaluate import weight_of
from .model import (
    AgeComparison,
    Comparison,
    Condition,
    CountOf,
    Fact,
    FactComparison,
    Grade,
    GradeIs,
    Group,
    IsOption,
    Named,
    Planned,
    Position,
    Recommendation,
    Recorded,
    Span,
    TimeSince,
    YesNo,
)
from .quantity import EXACT, OPERATORS, UNITS, Range, compare, exactly, plain, spanning
from .record import read_record
from .truth import NEGATED, NO, UNKNOWN, YES, Truth, at_least, either_way

# --- formulas ---


class Variable(NamedTuple):
    """What is known together: of one fact, what all of its lines can tell. `side` parts facts that changed."""

    kind: str
    side: str
    fact: str
    more: tuple[Any, ...] = ()


class Atom(NamedTuple):
    """One line, by what it asks; the same for two lines that always answer alike."""

    variable: Variable
    asks: tuple[Any, ...]


Node = Union[
    str, tuple[Any, ...]
]  # yes, no, unknown | (atom, a) | (not, a) | (all, parts) | (any, parts) | (at_least, n, parts)


def atom(of: Atom) -> Node:
    """Return the formula that is one atom."""
    return ("atom", of)


def conjunction(parts: Iterable[Node]) -> Node:
    """Return the formula that all parts hold, in a form in which neither order nor repetition counts."""
    return _joined("all", "any", NO, YES, parts)


def disjunction(parts: Iterable[Node]) -> Node:
    """Return the formula that any part holds."""
    return _joined("any", "all", YES, NO, parts)


def _joined(join: str, other: str, deciding: str, empty: str, parts: Iterable[Node]) -> Node:
    found: set[Node] = set()
    for part in parts:
        if part == deciding:
            return deciding
        if isinstance(part, tuple) and part[0] == join:
            found |= part[1]
        elif part != empty:
            found.add(part)
    kept = {part for part in found if not (part[0] == other and isinstance(part, tuple) and part[1] & found)}
    if len(kept) < 2:
        return kept.pop() if kept else empty
    return (join, frozenset(kept))


def negation(node: Node) -> Node:
    """Return the formula that the node does not hold."""
    if isinstance(node, str):
        return NEGATED[_truth(node)]
    if node[0] == "atom":
        return ("not", node)
    if node[0] == "not":
        return _node(node[1])
    if node[0] == "at_least":
        parts = _repeated(node[2])
        return threshold(len(parts) - node[1] + 1, [negation(part) for part in parts])
    return (disjunction if node[0] == "all" else conjunction)([negation(part) for part in node[1]])


def threshold(count: int, parts: Iterable[Node]) -> Node:
    """Return the formula that so many of the parts hold."""
    listed = [part for part in parts if part != NO]
    count -= listed.count(YES)
    listed = [part for part in listed if part != YES]
    if count <= 0:
        return YES
    if count > len(listed):
        return NO
    if count == len(listed):
        return conjunction(listed)
    if count == 1:
        return disjunction(listed)
    if all(part == UNKNOWN for part in listed):
        return at_least(count, [UNKNOWN] * len(listed))
    return ("at_least", count, frozenset(Counter(listed).items()))


def _repeated(parts: frozenset[tuple[Node, int]]) -> list[Node]:
    return [part for part, times in parts for _ in range(times)]


def _truth(text: str) -> Truth:
    return YES if text == YES else NO if text == NO else UNKNOWN


def _node(value: Any) -> Node:
    node: Node = value
    return node


@lru_cache(maxsize=100_000)
def atoms_of(node: Node) -> frozenset[Atom]:
    """Return the atoms of a formula."""
    if isinstance(node, str):
        return frozenset()
    if node[0] == "atom":
        return frozenset((node[1],))
    if node[0] == "not":
        return atoms_of(node[1])
    parts = _repeated(node[2]) if node[0] == "at_least" else node[1]
    return frozenset().union(*map(atoms_of, parts))


def substituted(node: Node, values: Mapping[Atom, Truth]) -> Node:
    """Return what is left of a formula when some atoms are known."""
    if isinstance(node, str) or atoms_of(node).isdisjoint(values):
        return node
    if node[0] == "atom":
        return values.get(node[1], node)
    if node[0] == "not":
        return negation(substituted(node[1], values))
    if node[0] == "at_least":
        return threshold(node[1], [substituted(part, values) for part in _repeated(node[2])])
    return (conjunction if node[0] == "all" else disjunction)([substituted(part, values) for part in node[1]])


# --- from the model ---


JOINT = "joint "  # before a side: a fact that both sides read alike, but for its limits and for how long it is used


class Formulas:
    """The conditions of one position as formulas.

    `side(fact)` is empty for a fact that both sides read alike, else the side, after `JOINT` where they differ only
    in what is plausible and in how long a value is used.
    """

    def __init__(self, position: Position, facts: Mapping[str, Fact], side: Callable[[str], str]) -> None:
        """Begin with nothing written out."""
        self.position, self.facts, self.side = position, facts, side
        self._named: dict[tuple[str, str], Node | None] = {}

    @property
    def applies(self) -> Node:
        """Return when the position applies."""
        return self.of(self.position.applies_when)

    def of(self, condition: Condition | None) -> Node:
        """Return a condition as a formula; yes where there is none."""
        if condition is None:
            return YES
        if isinstance(condition, Group):
            parts = [self.of(part) for part in condition.parts]
            return _GROUPS[condition.join](condition.count, parts)
        make = _LINES.get(type(condition))
        return make(self, condition) if make else self.opaque("line", "", (str(type(condition)), condition.text))

    def once(self, kind: str, name: str, make: Callable[[], Node]) -> Node:
        """Return a named part, written out once. Raises RequestError where it is defined by way of itself."""
        key = (kind, name)
        if key not in self._named:
            self._named[key] = None
            self._named[key] = make()
        found = self._named[key]
        if found is None:
            raise RequestError(
                f"`{name}` of {self.position.address} is defined by way of itself; `igguide check` shows where."
            )
        return found

    def criterion(self, name: str) -> Node:
        """Return a criterion's condition."""
        return self.once("criterion", name, lambda: self.of(self.position.criteria[name].when))

    def bands(self, name: str) -> list[Node]:
        """Return, for each band of a grade and what is otherwise, when the grade is exactly that."""
        every = range(len(self.position.grades[name].bands) + 1)
        return [self.once(f"band {index}", name, partial(self._band, name, index)) for index in every]

    def _band(self, name: str, index: int) -> Node:
        grade = self.position.grades[name]
        before = [negation(self.of(band.when)) for band in grade.bands[:index]]
        own = [self.of(grade.bands[index].when)] if index < len(grade.bands) else []
        return conjunction([self.of(grade.when), *before, *own])

    def rule(self, name: str) -> Node:
        """Return when a rule holds, the position's scope left out."""

        def make() -> Node:
            rule = self.position.recommendations[name]
            return conjunction([self.of(rule.when), *(negation(self.rule(other)) for other in rule.unless)])

        return self.once("rule", name, make)

    def holds(self, name: str) -> Node:
        """Return when a rule holds for a patient."""
        return conjunction([self.applies, self.rule(name)])

    def emphasis(self, rule: Recommendation) -> Node:
        """Return when a rule's emphasis holds."""
        return NO if rule.especially_when is None else conjunction([self.holds(rule.id), self.of(rule.especially_when)])

    def dose(self, rule: Recommendation) -> tuple[Node, Node]:
        """Return when a rule gives a dose, and when the dose can be counted out for the patient."""
        dosing = self.position.dosing.get(rule.dose or "")
        if dosing is None:
            return NO, NO
        given = conjunction([self.holds(rule.id), self.of(dosing.when)])
        weight = weight_of(dosing)
        return given, conjunction([given, self.presence(weight, "known")]) if weight else given

    def presence(self, fact: str, what: str) -> Node:
        """Return whether a fact has a value that can be used (known), or any that could be read (recorded)."""
        kind = _kind(self.facts[fact])
        return self.opaque(what, fact) if kind == "opaque" else self.line(kind, fact, (what,))

    def opaque(self, kind: str, fact: str, more: tuple[Any, ...] = ()) -> Node:
        """Return an atom of its own, free of all others."""
        return atom(Atom(Variable(kind, self.side(fact).removeprefix(JOINT), fact, more), ("holds",)))

    def line(self, kind: str, fact: str, asks: tuple[Any, ...], more: tuple[Any, ...] = ()) -> Node:
        """Return the atom of a line."""
        side = self.side(fact)
        if side.startswith(JOINT):
            return atom(Atom(Variable(kind, JOINT, fact, more), (side.removeprefix(JOINT), *asks)))
        return atom(Atom(Variable(kind, side, fact, more), asks))


_GROUPS: dict[str, Callable[[int, list[Node]], Node]] = {
    "all": lambda _, parts: conjunction(parts),
    "any": lambda _, parts: disjunction(parts),
    "none": lambda _, parts: negation(disjunction(parts)),
    "at_least": threshold,
}


_KINDS = {"quantity": "quantity", "yes-no": "yes-no", "choice": "choice", "date": "date"}


def _kind(fact: Fact) -> str:
    return "age" if fact.age_from else _KINDS.get(fact.kind, "opaque")


def _comparison(of: Formulas, line: Comparison) -> Node:
    number = line.threshold.exact
    if number is None:
        return of.opaque("line", line.fact, (line.operator, line.threshold))
    base = EXACT.multiply(number, UNITS[of.facts[line.fact].unit or "1"].factor).normalize(EXACT)
    return of.line("quantity", line.fact, (line.operator, base))


def _calendar(count: int, unit: str) -> tuple[int, str]:
    """Return a stretch of calendar time in months, or in days: years are 12 months, weeks are 7 days."""
    return (count * 12, "mo") if unit == "a" else (count * 7, "d") if unit == "wk" else (count, unit)


def _age(of: Formulas, line: AgeComparison) -> Node:
    size, unit = _calendar(1, line.unit)
    whole = int(line.number) if line.number == int(line.number) else None
    up = int(line.number) + (0 if whole is not None else 1)  # the first completed count that is not below the number
    first, after = {
        "<": (0, up),
        "<=": (0, int(line.number) + 1),
        ">": (int(line.number) + 1, None),
        ">=": (up, None),
        "=": (up, up + (whole is not None)),
    }[line.operator]
    if after is not None and after <= first:
        return of.line("age", line.fact, (unit, 0, 0))
    return of.line("age", line.fact, (unit, first * size, None if after is None else after * size))


def _fact_comparison(of: Formulas, line: FactComparison) -> Node:
    factor = EXACT.multiply(
        line.factor, EXACT.divide(*(UNITS[of.facts[f].unit or "1"].factor for f in (line.fact, line.other)))
    )
    sides = (of.side(line.fact) or of.side(line.other)).removeprefix(JOINT)
    return atom(
        Atom(Variable("pair", sides, line.fact, (line.operator, line.other, factor.normalize(EXACT))), ("holds",))
    )


def _is_option(of: Formulas, line: IsOption) -> Node:
    if of.facts[line.fact].kind == "choices":
        return disjunction(of.line("option", line.fact, ("yes",), (option,)) for option in sorted(line.options))
    return of.line("choice", line.fact, (line.options,))


def _grade_is(of: Formulas, line: GradeIs) -> Node:
    grade = of.position.grades[line.grade]
    index = grade.order.index(line.band)
    if not line.or_worse:
        return of.bands(line.grade)[index]

    def make() -> Node:
        parts = YES if index == len(grade.bands) else disjunction(of.of(band.when) for band in grade.bands[: index + 1])
        return conjunction([of.of(grade.when), parts])

    return of.once(f"at least {index}", line.grade, make)


def _time_since(of: Formulas, line: TimeSince) -> Node:
    count, unit = _calendar(line.number, line.unit)
    return of.line("date", line.fact, ("since", line.operator, count, unit))


def _span(span: Span | None) -> tuple[Any, ...] | None:
    return None if span is None else (_calendar(span.low, span.unit), _calendar(span.high, span.unit))


def _count(of: Formulas, line: CountOf) -> Node:
    more = (tuple(sorted(line.where.items())), line.within)
    return of.line("count", line.fact, (line.operator, line.number), more)


def _recorded(of: Formulas, line: Recorded) -> Node:
    return of.presence(line.fact, "recorded")


_LINES: dict[type, Callable[[Formulas, Any], Node]] = {
    YesNo: lambda of, line: of.line("yes-no", line.fact, ("yes",)),
    Comparison: _comparison,
    AgeComparison: _age,
    FactComparison: _fact_comparison,
    IsOption: _is_option,
    GradeIs: _grade_is,
    TimeSince: _time_since,
    Planned: lambda of, line: of.line("date", line.fact, ("planned",)),
    CountOf: _count,
    Recorded: _recorded,
    Named: lambda of, line: of.criterion(line.criterion),
}


# --- what can be known of a fact ---


class State(NamedTuple):
    """One way in which a fact can be known: what its lines then answer, and a record that says so, if one is known.

    `exact` states are those of a patient of whom the fact is fully known.
    """

    answers: dict[tuple[Any, ...], Truth]
    record: dict[str, Any] | None
    exact: bool = False


class States:
    """The states of each variable on one date, for the lines that are asked."""

    def __init__(self, facts: Mapping[str, Fact], as_of: date, newer: Mapping[str, Fact] | None = None) -> None:
        """Keep the facts whose values are written, and their newer form where two versions are compared."""
        self.facts, self.as_of, self.newer = facts, as_of, newer or facts
        self.edges: dict[str, set[Decimal]] = {}
        self._found: dict[tuple[Variable, frozenset[tuple[Any, ...]]], list[State]] = {}

    def of(self, variable: Variable, asked: frozenset[tuple[Any, ...]]) -> list[State]:
        """Return the states of a variable, each pattern of answers once, the most telling first."""
        key = (variable, asked)
        if key not in self._found:
            make = _joint if variable.side == JOINT else _STATES.get(variable.kind, _free)
            states = list(make(self, variable, sorted(asked, key=str)))
            if variable.side not in ("", JOINT):
                states = [state._replace(record=None) for state in states]
            self._found[key] = list(_distinct(states))
        return self._found[key]


def _distinct(states: Iterable[State]) -> Iterator[State]:
    seen: dict[tuple[Any, ...], State] = {}
    for state in states:
        key = tuple(sorted(state.answers.items(), key=str))
        if key not in seen or (seen[key].record is None and state.record is not None):
            seen.setdefault(key, state)
            if seen[key].record is None:
                seen[key] = state
    yield from sorted(seen.values(), key=lambda state: (not state.exact, state.record is None))


_Asks = list[tuple[Any, ...]]
_RECORDED, _KNOWN = ("recorded",), ("known",)
_PRESENCE = (_RECORDED, _KNOWN)  # asks that any value answers with yes


def _all(asked: _Asks, answer: Truth, recorded: Truth) -> dict[tuple[Any, ...], Truth]:
    known: Truth = UNKNOWN if answer == UNKNOWN else recorded
    return {asks: recorded if asks == _RECORDED else known if asks == _KNOWN else answer for asks in asked}


def _absent(asked: _Asks) -> State:
    return State(_all(asked, UNKNOWN, UNKNOWN), {})


def _free(of: States, variable: Variable, asked: _Asks) -> Iterator[State]:
    for answer in (YES, NO):
        yield State(_all(asked, answer, answer), None, True)
    yield _absent(asked)


def _yes_no(of: States, variable: Variable, asked: _Asks) -> Iterator[State]:
    for answer in (YES, NO):
        yield State(_all(asked, answer, YES), {variable.fact: answer}, True)
    yield _absent(asked)
    yield State(_all(asked, UNKNOWN, YES), {variable.fact: [YES, NO]})


def _quantity(of: States, variable: Variable, asked: _Asks) -> Iterator[State]:
    fact = of.facts[variable.fact]
    unit = UNITS[fact.unit or "1"].factor
    limits = (fact.limits.low, fact.limits.high) if fact.limits else (None, None)
    compared = {EXACT.divide(asks[1], unit) for asks in asked if asks[0] in OPERATORS}
    drawn = of.edges.get(fact.name, set())
    cells = list(_cells(sorted(compared | drawn), *limits))
    worked_out = bool(fact.formula or fact.table)

    def state(value: Range) -> State:
        answers = {a: YES if a in _PRESENCE else compare(value.scaled(unit), a[0], exactly(a[1])) for a in asked}
        text = plain(value.low or Decimal(0)) + (
            "" if value.exact is not None else f"-{plain(value.high or Decimal(0))}"
        )
        text += f" {'points' if fact.unit == '{score}' else fact.unit}"
        return State(answers, None if worked_out else {variable.fact: text}, value.exact is not None)

    for cell in sorted(cells, key=lambda number: (number in drawn - compared, number not in compared, number)):
        yield state(exactly(cell))
    yield _absent(asked)
    yield from (state(Range(low, high)) for low, high in combinations(cells, 2))
    yield State(_all(asked, UNKNOWN, YES), None)


def _cells(thresholds: list[Decimal], low: Decimal | None, high: Decimal | None) -> Iterator[Decimal]:
    """Yield one number for each threshold and each stretch beside them, ascending, within the limits."""
    inside = [t for t in thresholds if (low is None or t >= low) and (high is None or t <= high)]
    if not inside:  # nothing is compared: any plain number, 70 kg for a weight
        usual = Decimal(70)
        fits = (low is None or usual >= low) and (high is None or usual <= high)
        yield usual if fits else _between(low, high)
        return
    if low is None or low < inside[0]:
        yield _between(low, inside[0])
    for here, following in pairwise(inside):
        yield here
        yield _between(here, following)
    yield inside[-1]
    if high is None or high > inside[-1]:
        yield _between(inside[-1], high)


def _between(low: Decimal | None, high: Decimal | None) -> Decimal:
    """Return a plain number that lies strictly between two ends."""
    wished = [
        Decimal(1),
        *([low * 2, low + 1] if low is not None else []),
        *([high / 2, high - 1] if high is not None else []),
    ]
    if low is not None and high is not None:
        middle = EXACT.divide(low + high, Decimal(2))
        wished = (
            [low * 2, middle.to_integral_value(), middle]
            if high > low * 2 > low
            else [middle.to_integral_value(), middle]
        )
        if low == 0:
            wished = [EXACT.divide(high, Decimal(2))]
    elif high is not None:
        wished = [high / 2, high - 1] if high > 0 else [high - 1]
    elif low is not None:
        wished = [low * 2, low + 1] if low > 0 else [low + 1]
    return next(w for w in wished if (low is None or w > low) and (high is None or w < high))


def _choice(of: States, variable: Variable, asked: _Asks) -> Iterator[State]:
    fact = of.facts[variable.fact]
    sets = [asks[0] for asks in asked if asks not in _PRESENCE]
    classes: dict[tuple[bool, ...], str] = {}
    for option in dict.fromkeys([*fact.options, *sorted(frozenset().union(*sets))]):
        classes.setdefault(tuple(option in named for named in sets), option)

    def state(chosen: tuple[str, ...]) -> State:
        possible = frozenset(chosen)
        answers = {a: YES if a in _PRESENCE else _within(possible, a[0]) for a in asked}
        return State(answers, {variable.fact: chosen[0] if len(chosen) == 1 else list(chosen)}, len(chosen) == 1)

    names = list(classes.values())
    for size in range(1, len(names) + 1) if len(names) <= _MOST_CLASSES else (1,):
        yield from map(state, combinations(names, size))
    yield _absent(asked)
    yield State(_all(asked, UNKNOWN, YES), None)
    if len(names) > _MOST_CLASSES:
        yield from _any_answers(asked)


_MOST_CLASSES = 7  # beyond this the subsets of options are too many, and each line may answer anything


def _within(possible: frozenset[str], options: frozenset[str]) -> Truth:
    return YES if possible <= options else UNKNOWN if possible & options else NO


def _any_answers(asked: _Asks) -> Iterator[State]:
    for answers in product((YES, NO, UNKNOWN), repeat=len(asked)):
        yield State(dict(zip(asked, answers, strict=True)), None)


def _option(of: States, variable: Variable, asked: _Asks) -> Iterator[State]:
    (option,) = variable.more
    yield State(_all(asked, YES, YES), {variable.fact: [option]}, True)
    yield State(_all(asked, NO, NO), {variable.fact: []}, True)
    yield _absent(asked)


def _count_states(of: States, variable: Variable, asked: _Asks) -> Iterator[State]:
    where, within = variable.more
    most = max(asks[1] for asks in asked) + 1
    event = {"on": (of.as_of - timedelta(1)).isoformat(), **dict(where)}
    perhaps = {"on": event["on"]} if where else dict(where)

    def state(low: int, high: int | None) -> State:
        value = Range(Decimal(low), None if high is None else Decimal(high))
        listed = [event] * low + [perhaps] * ((high or low) - low)
        known = high is not None and (low == high or bool(where) or within is not None)
        answers = {a: compare(value, a[0], exactly(Decimal(a[1]))) for a in asked}
        return State(answers, {variable.fact: listed} if known else None, low == high)

    for count in range(most + 1):
        yield state(count, count)
    yield _absent(asked)
    for low in range(most + 1):
        yield state(low, None)
        yield from (state(low, high) for high in range(low + 1, most + 1))


# --- facts that the two sides differ in only by limits or by how long a value is used ---


def _joint(of: States, variable: Variable, asked: _Asks) -> Iterator[State]:
    """Yield what both sides know of such a fact: the same, or one side something and the other nothing.

    Where limits differ every pair of states follows, so that nothing is left out: a stretch that one side cuts short.
    """
    by_side = {side: [asks[1:] for asks in asked if asks[0] == side] for side in ("old", "new")}
    every = sorted(set(by_side["old"] + by_side["new"]), key=str)
    wide = States({**of.facts, variable.fact: _widest(of, variable.fact)}, of.as_of)
    wide.edges[variable.fact] = _drawn(of, variable.fact)
    base = list(_STATES.get(variable.kind, _free)(wide, variable._replace(side=""), every))

    def pair(old: State, new: State, record: dict[str, Any] | None, *, exact: bool) -> State:
        known = {"old": old.answers, "new": new.answers}
        return State({asks: known[asks[0]][asks[1:]] for asks in asked}, record, exact)

    for state in base:
        refused = [_refused(of, side, variable.fact, state) for side in (of.facts, of.newer)]
        nothing = [_absent(every) if not r else State(_all(every, UNKNOWN, UNKNOWN), None) for r in refused]
        old, new = (n if r else state for n, r in zip(nothing, refused, strict=True))
        yield pair(old, new, state.record, exact=state.exact)
    yield from _aging(of, variable, every, base, pair)
    if not _pairs_freely(of, variable.fact):
        return
    for old, new in product([*_distinct(base), _absent(every), State(_all(every, UNKNOWN, YES), None)], repeat=2):
        yield pair(old, new, None, exact=False)


def _pairs_freely(of: States, name: str) -> bool:
    """Return whether the two versions may know a fact in ways that no single value tells: cut short, or concluded."""
    fact, newer = of.facts[name], of.newer.get(name, of.facts[name])
    return bool(fact.implied_by or fact.score) or fact.limits != newer.limits


def _drawn(of: States, name: str) -> set[Decimal]:
    """Return the ends of both versions' limits where they differ, in the unit of the older one."""
    unit = UNITS[of.facts[name].unit or "1"].factor
    ends: list[set[Decimal]] = []
    for fact in (of.facts[name], of.newer.get(name, of.facts[name])):
        by = EXACT.divide(UNITS[fact.unit or "1"].factor, unit)
        stated = (fact.limits.low, fact.limits.high) if fact.limits else ()
        ends.append({EXACT.multiply(end, by) for end in stated if end is not None})
    return ends[0] ^ ends[1]


def _widest(of: States, name: str) -> Fact:
    """Return a fact with limits that both versions lie within."""
    fact, newer = of.facts[name], of.newer.get(name, of.facts[name])
    if fact.limits is None or newer.limits is None:
        return replace(fact, limits=None)
    by = EXACT.divide(UNITS[newer.unit or "1"].factor, UNITS[fact.unit or "1"].factor)
    return replace(fact, limits=spanning([fact.limits, newer.limits.scaled(by)]))


def _refused(of: States, facts: Mapping[str, Fact], name: str, state: State) -> bool:
    """Return whether a version finds the value of an exact state implausible."""
    fact, text = facts.get(name), (state.record or {}).get(name)
    if fact is None or not isinstance(text, str) or fact.kind != "quantity" or not state.exact:
        return False
    return quantity_fault(fact, text)


def quantity_fault(fact: Fact, text: str) -> bool:
    """Return whether an amount cannot be used for a fact: outside its limits, or in a unit that does not fit."""
    entry = read_record({fact.name: text}, {fact.name: fact}).entries[fact.name][0]
    return entry.fault is not None


def _aging(
    of: States, variable: Variable, every: _Asks, base: list[State], pair: Callable[..., State]
) -> Iterator[State]:
    """Yield values that are too old for one version and not for the other."""
    name = variable.fact
    spans = [facts[name].usable_for if name in facts else None for facts in (of.facts, of.newer)]
    if spans[0] == spans[1]:
        return
    ends = [None if span is None else add(of.as_of, -span.high, span.unit) for span in spans]
    older = 0 if ends[0] is None or (ends[1] is not None and ends[0] < ends[1]) else 1  # the side that uses it longer
    shorter = ends[1 - older]
    on = ends[older] or (shorter and shorter - timedelta(1))
    gone = State(_all(every, UNKNOWN, YES), None)
    for state in (state for state in base if state.record != {}):  # of what is not recorded neither side has a value
        value = (state.record or {}).get(name)
        record = {name: {"value": value, "on": on.isoformat()}} if isinstance(value, str) and on else None
        yield pair(*((state, gone) if older == 0 else (gone, state)), record, exact=state.exact and record is not None)


# --- ages and dates ---


def _days_in(months: int) -> tuple[int, int]:
    """Return fewer and more days than so many months of the calendar can have."""
    average = months * 146097 / 4800
    return max(0, int(average) - 4), int(average) + 5


def _age_states(of: States, variable: Variable, asked: _Asks) -> Iterator[State]:
    ranges = [asks for asks in asked if asks not in _PRESENCE]
    by_unit = {unit: [asks for asks in ranges if asks[0] == unit] for unit in ("mo", "d")}
    cells = {unit: _age_cells(lines) for unit, lines in by_unit.items() if lines} or {"mo": [(480, None)]}
    for stretches in product(*(list(_stretches(listed)) for listed in cells.values())):
        known = dict(zip(cells, stretches, strict=True))
        if not _can_be(known):
            continue
        answers = {a: YES if a in _PRESENCE else _in_stretch(known[a[0]], a[1:]) for a in asked}
        exact = all(stretch in cells[unit] for unit, stretch in known.items())
        yield State(answers, _born(of, variable.fact, known) if exact else _aged(of, variable.fact, known), exact)
    yield _absent(asked)
    yield State(_all(asked, UNKNOWN, YES), None)


_Stretch = tuple[int, int | None]


def _age_cells(lines: _Asks) -> list[_Stretch]:
    """Return the stretches of completed units that the lines tell apart: from, and before what; None is no end."""
    ends = sorted({0, *(end for _, low, high in lines for end in (low, high) if end is not None)})
    return [*pairwise(ends), (ends[-1], None)]


def _stretches(cells: list[_Stretch]) -> Iterator[_Stretch]:
    yield from cells
    yield from ((low[0], high[1]) for low, high in combinations(cells, 2))


def _in_stretch(stretch: _Stretch, wanted: tuple[int, int | None]) -> Truth:
    (low, high), (first, after) = stretch, wanted
    if low >= first and (after is None or (high is not None and high <= after)):
        return YES
    return NO if (after is not None and low >= after) or (high is not None and high <= first) else UNKNOWN


def _can_be(known: Mapping[str, _Stretch]) -> bool:
    """Return whether an age of so many months can be one of so many days."""
    if len(known) < 2:
        return True
    (low, high), (first, after) = known["mo"], known["d"]
    return (after is None or _days_in(low)[0] < after) and (high is None or _days_in(high)[1] > first)


def _born(of: States, name: str, known: Mapping[str, _Stretch]) -> dict[str, Any] | None:
    """Return a record of that age: in years where these tell it, else by a date of birth that fits."""
    low, high = known.get("mo", (0, None))
    if set(known) == {"mo"} and low % 12 == 0 and (high is None or high % 12 == 0):
        years = low // 12 + (22 if high is None else (high - low) // 24)
        return {name: f"{years} year{'' if years == 1 else 's'}"}
    fact, days = of.facts[name], known.get("d", (0, None))
    tried = (*((add(of.as_of, -low, "mo") - timedelta(step)) for step in (0, 1, 2)), of.as_of - timedelta(days[0]))
    for born in tried:
        months, day_count = completed(born, of.as_of, "mo"), completed(born, of.as_of, "d")
        if _holds(months, (low, high)) and _holds(day_count, days) and fact.age_from:
            return {fact.age_from: born.isoformat()}
    return None


def _holds(count: int, stretch: _Stretch) -> bool:
    return count >= stretch[0] and (stretch[1] is None or count < stretch[1])


def _aged(of: States, name: str, known: Mapping[str, _Stretch]) -> dict[str, Any] | None:
    """Return a record of an age that is known only as a stretch."""
    if len(known) != 1:
        return None
    ((unit, (low, high)),) = known.items()
    last = low + 12 if high is None else high - 1
    if unit == "mo" and low % 12 == 0 and (last + 1) % 12 == 0:
        return {name: f"{low // 12}-{last // 12} years"}
    return {name: f"{low}-{last} {'months' if unit == 'mo' else 'days'}"}


def _date_states(of: States, variable: Variable, asked: _Asks) -> Iterator[State]:
    lines = [asks for asks in asked if asks[0] == "since"]
    days = sorted(_days_to_try(lines, of.as_of), reverse=True)
    on = {day: _on_day(asked, day, of.as_of) for day in days}
    for day in sorted(days, key=lambda d: (abs((of.as_of - d).days - 10), d)):
        yield State(on[day], {variable.fact: day.isoformat()}, True)
    yield State(_all(asked, NO, NO), {variable.fact: "none"}, True)
    yield _absent(asked)
    for later, earlier in combinations(days, 2):
        between = [on[day] for day in days if earlier <= day <= later]
        answers = {asks: either_way(answered[asks] for answered in between) for asks in asked}
        yield State(answers, {variable.fact: [earlier.isoformat(), later.isoformat()]})
    yield State(_all(asked, UNKNOWN, YES), None)
    yield from _on_other_days(asked, lines)


def _days_to_try(lines: _Asks, as_of: date) -> set[date]:
    edges = {add(as_of, -asks[2], asks[3]) for asks in lines}
    near = {edge + timedelta(step) for edge in edges for step in (-1, 0, 1)}
    return {as_of, as_of - timedelta(10), as_of + timedelta(10), *near}


def _on_day(asked: _Asks, day: date, as_of: date) -> dict[tuple[Any, ...], Truth]:
    return {asks: _date_answer(asks, day, as_of) for asks in asked}


def _date_answer(asks: tuple[Any, ...], day: date, as_of: date) -> Truth:
    if asks[0] == "since":
        return time_since(on_day(day), asks[1], asks[2], asks[3], as_of)
    return YES if asks in _PRESENCE else planned(on_day(day), as_of)


def _on_other_days(asked: _Asks, lines: _Asks) -> Iterator[State]:
    """Yield what can be answered on other dates of evaluation, where months differ in length."""
    cells = {
        unit: _elapsed_cells([a for a in lines if a[3] == unit])
        for unit in ("mo", "d")
        if any(a[3] == unit for a in lines)
    }
    if "mo" not in cells:
        return
    rest = {asks: YES if asks in _PRESENCE else NO for asks in asked if asks not in lines}
    for places in product(*cells.values()):
        known = dict(zip(cells, places, strict=True))
        if _elapsed_can_be(known):
            yield State({**rest, **{a: _elapsed(known[a[3]], a[1], a[2]) for a in lines}}, None)
    if len(cells) > 1:  # a stretch of days: months and days answer as they may
        for answers in product((YES, NO, UNKNOWN), repeat=len(lines)):
            for other in (NO, UNKNOWN):
                yield State(
                    {**{a: YES if a in _PRESENCE else other for a in rest}, **dict(zip(lines, answers, strict=True))},
                    None,
                )


def _elapsed_cells(lines: _Asks) -> list[tuple[int, int]]:
    """Return the times since an event that the lines tell apart: so many units, and whether less, just that, or more."""
    return sorted({(0, 0), *((asks[2], step) for asks in lines for step in (-1, 0, 1) if asks[2] or step >= 0)})


def _elapsed(known: tuple[int, int], operator: str, count: int) -> Truth:
    here, wanted = Decimal(known[0] * 3 + known[1]), Decimal(count * 3)
    return compare(exactly(here), operator, exactly(wanted))


def _elapsed_can_be(known: Mapping[str, tuple[int, int]]) -> bool:
    if len(known) < 2:
        return True
    (months, step), (days, more) = known["mo"], known["d"]
    fewest, most = _days_in(months)
    return (step > 0 or more < 0 or days <= most) and (step < 0 or more > 0 or days >= fewest)


_STATES: dict[str, Callable[[States, Variable, _Asks], Iterator[State]]] = {
    "yes-no": _yes_no,
    "quantity": _quantity,
    "choice": _choice,
    "option": _option,
    "count": _count_states,
    "age": _age_states,
    "date": _date_states,
}


# --- the search ---

Nodes = tuple[Node, ...]
Answers = tuple[Truth, ...]
Differ = Callable[[Answers, Answers], bool]
Path = dict[Variable, State]


class GaveUp(Exception):
    """The search was longer than allowed; nothing is proved."""


@dataclass(slots=True)
class Search:
    """A search for what lets two lists of formulas answer differently, in the sense of `differ`."""

    states: States
    differ: Differ
    budget: int
    exact_only: bool = False
    alike: bool = True  # equal answers never count as different
    _dead: set[tuple[Nodes, Nodes]] = field(default_factory=set)

    def paths(self, old: Nodes, new: Nodes) -> Iterator[Path]:
        """Yield, for each way in which the two can differ, the states that lead there. Raises GaveUp."""
        yield from self._from(old, new, {})

    def _from(self, old: Nodes, new: Nodes, path: Path) -> Iterator[Path]:
        if (self.alike and old == new) or (old, new) in self._dead:
            return
        self.budget -= 1
        if self.budget < 0:
            raise GaveUp
        variable = _next_variable(old, new)
        if variable is None:
            if self.differ(_settled(old), _settled(new)):
                yield path
            return
        found = False
        for state, *left in self._branches(variable, old, new):
            for deeper in self._from(left[0], left[1], {**path, variable: state}):
                found = True
                yield deeper
        if not found:
            self._dead.add((old, new))

    def _branches(self, variable: Variable, old: Nodes, new: Nodes) -> Iterator[tuple[State, Nodes, Nodes]]:
        present = frozenset(a for node in (*old, *new) for a in atoms_of(node) if a.variable == variable)
        seen = set()
        for state in self.states.of(variable, frozenset(a.asks for a in present)):
            if self.exact_only and not state.exact:
                continue
            values = {a: state.answers[a.asks] for a in present}
            left = _left(old, values), _left(new, values)
            if left not in seen:
                seen.add(left)
                yield state, *left


def _left(nodes: Nodes, values: Mapping[Atom, Truth]) -> Nodes:
    return tuple(substituted(node, values) for node in nodes)


def _settled(nodes: Nodes) -> Answers:
    return tuple(_truth(node) for node in nodes if isinstance(node, str))


def _next_variable(old: Nodes, new: Nodes) -> Variable | None:
    """Return the fact to fix next: one that only one side reads so, else the one that is read most."""
    left, right = ({a for node in nodes for a in atoms_of(node)} for nodes in (old, new))
    changed = {a.variable for a in left ^ right}
    read = Counter(a.variable for a in left | right)
    return min(read, key=lambda v: (v not in changed, -read[v], str(v)), default=None)


__all__ = [
    "Answers",
    "Atom",
    "Differ",
    "Formulas",
    "GaveUp",
    "Grade",
    "Node",
    "Nodes",
    "Path",
    "Search",
    "State",
    "States",
    "Variable",
    "conjunction",
    "negation",
]
