"""Which answers lines on worked-out facts can have, each with a record that shows it; and that there are no others.

A fact with a formula cannot be set. What it rests on can: so the values of those are cut into boxes, records inside
each box are tried, and a box in which a further answer may still lie, by its intervals, is halved and tried again. What
an interval rules out is ruled out for every patient, so what comes of it is exact, or is said not to be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, DecimalException
from itertools import islice, pairwise, product
from typing import NamedTuple

from .formula import Call, Choose, Node, Number, work_out
from .model import Comparison, Fact, FactComparison, IsOption, Line, Recorded
from .quantity import EXACT, EXPONENTS, MOST_DIGITS, UNITS, Range, compare, exactly, plain, si_factor
from .truth import NO, UNKNOWN, YES, Truth

Box = dict[str, "Range | frozenset[str]"]  # what each settable fact may be: amounts in its own unit, or options
Record = dict[str, str]
Answers = tuple[Truth, ...]

_MOST_BOXES = 1500
_MOST_RECORDS = 300  # that are tried inside one box
_MOST_INSIDE = 30  # inside a half of one
_MOST_PLACES = 14  # of one fact inside one box
_MOST_VECTORS = 5000
_NOUGHT = exactly(Decimal(0))
_AROUND_NOUGHT = (Range(None, Decimal(0), False, True), _NOUGHT, Range(Decimal(0), None, True, False))


class Unreached(Exception):
    """Raised where it is not found out which answers there are; its text says why."""


def rests_on(name: str, facts: Mapping[str, Fact]) -> tuple[str, ...]:
    """Return the facts that are written in a record to settle a fact."""
    fact = facts[name]
    if fact.formula:
        return tuple(dict.fromkeys(part for each in fact.formula.facts for part in rests_on(each, facts)))
    return (fact.table.over,) if fact.table else (name,)


def value_in(name: str, box: Box, facts: Mapping[str, Fact]) -> Range | None:
    """Return the amounts that a fact may have in a box, and possibly more; None where it has none that is plausible."""
    fact = facts[name]
    if not fact.formula:
        found = box[name]
        return found if isinstance(found, Range) else None
    values, chosen = {}, {}
    for each in fact.formula.facts:
        options = box.get(each)
        if isinstance(options, frozenset):
            chosen[each] = options
            continue
        value = value_in(each, box, facts)
        if value is None:
            return None
        values[each] = value
    units = {each: UNITS[facts[each].unit or "1"] for each in values}
    try:
        found = work_out(fact.formula, values, units, UNITS[fact.unit or "1"], chosen)
    except DecimalException:
        return Range(None, None)
    return found.within(fact.limits) if fact.limits else found


class _Question(NamedTuple):
    """Lines that one amount decides, or the difference of two: the amount in a box, and where lines tell it apart."""

    amount: Callable[[Box], Range | None]
    parts: tuple[tuple[Range, Answers], ...]  # stretches of the amount, and what the lines answer in each
    lines: tuple[int, ...]


def answers_reached(
    lines: Sequence[Line], facts: Mapping[str, Fact], ask: Callable[[Record], Answers | None]
) -> dict[Answers, Record]:
    """Return every combination of answers that lines can have, each with a record that `ask` answers so.

    Raises Unreached where they are not all found, or where lines look at what cannot be cut into boxes.
    """
    search = _Search(lines, facts, ask)
    search.run()
    return search.found


class _Search:
    def __init__(
        self, lines: Sequence[Line], facts: Mapping[str, Fact], ask: Callable[[Record], Answers | None]
    ) -> None:
        self.lines, self.facts, self.ask = lines, facts, ask
        names = [name for line in lines for name in (getattr(line, "fact", None), getattr(line, "other", None)) if name]
        self.settable = tuple(dict.fromkeys(part for name in names for part in rests_on(name, facts)))
        for name in self.settable:
            if facts[name].age_from or facts[name].kind not in ("quantity", "choice"):
                raise Unreached(f"formulas and {name} are looked at together")
        self.questions = self._questions()
        self.constants = [number for name in dict.fromkeys(names) for number in _numbers_of(name, facts)]
        self.found: dict[Answers, Record] = {}
        self.boxes = iter(range(_MOST_BOXES))

    def run(self) -> None:
        stretches = [_stretches(self.facts[name], self.lines) for name in self.settable]
        for sides in product(*stretches):
            self._explore(dict(zip(self.settable, sides, strict=True)))

    def _questions(self) -> list[_Question]:
        single: dict[str, list[int]] = {}
        double: dict[tuple[str, str], list[int]] = {}
        for index, line in enumerate(self.lines):
            if isinstance(line, Comparison):
                single.setdefault(line.fact, []).append(index)
            elif isinstance(line, FactComparison):
                double.setdefault((line.fact, line.other), []).append(index)
            elif not isinstance(line, IsOption | Recorded):
                raise Unreached(f"formulas and `{line.text}` are looked at together")
        return [
            *(self._amount(*each) for each in single.items()),
            *(self._difference(*each) for each in double.items()),
        ]

    def _amount(self, name: str, listed: Sequence[int]) -> _Question:
        lines = [line for index in listed if isinstance(line := self.lines[index], Comparison)]
        cuts = _cut({line.threshold.exact for line in lines if line.threshold.exact is not None}, None)
        parts = [(cut, tuple([compare(cut, line.operator, line.threshold) for line in lines])) for cut in cuts]
        return _Question(lambda box: value_in(name, box, self.facts), tuple(parts), tuple(listed))

    def _difference(self, names: tuple[str, str], listed: Sequence[int]) -> _Question:
        lines = [line for index in listed if isinstance(line := self.lines[index], FactComparison)]
        parts = [(cut, tuple([compare(cut, line.operator, _NOUGHT) for line in lines])) for cut in _AROUND_NOUGHT]

        def amount(box: Box) -> Range | None:
            one, other = (value_in(name, box, self.facts) for name in names)
            return None if one is None or other is None else _less(one, other.scaled(lines[0].factor))

        return _Question(amount, tuple(parts), tuple(listed))

    # one box

    def _explore(self, whole: Box) -> None:
        """Try records of a box, and halve it for as long as a further answer may lie in it."""
        waiting = [whole]
        while waiting:
            box = waiting.pop(0)
            if next(self.boxes, None) is None:
                raise self._not_told_apart()
            possible = self._possible(box)
            if not possible - self.found.keys():
                continue
            records = _records(box, self.facts, self.constants)
            self._try(islice(records, _MOST_RECORDS if box is whole else _MOST_INSIDE))
            if box is whole and possible - self.found.keys():
                self._try(self._on_the_line(box))
            if possible - self.found.keys():
                halves = _halves(box)
                if not halves:
                    raise self._not_told_apart()
                waiting += halves

    def _not_told_apart(self) -> Unreached:
        return Unreached(f"what {', '.join(self.settable)} come to could not be told apart")

    def _possible(self, box: Box) -> set[Answers]:
        """Return the answers that the lines may have in a box, and possibly more."""
        fixed: list[Truth] = [YES] * len(self.lines)
        for index, line in enumerate(self.lines):
            if isinstance(line, IsOption):
                fixed[index] = (
                    YES if isinstance(options := box[line.fact], frozenset) and options <= line.options else NO
                )
        choices = []
        for question in self.questions:
            amount = question.amount(box)
            if amount is None:
                return set()
            choices.append([answers for part, answers in question.parts if amount.within(part) is not None])
        found: set[Answers] = set()
        for combination in product(*choices):
            answers = list(fixed)
            for question, part in zip(self.questions, combination, strict=True):
                for index, answer in zip(question.lines, part, strict=True):
                    answers[index] = answer
            found.add(tuple(answers))
            if len(found) > _MOST_VECTORS:
                raise Unreached("the lines can be answered in too many ways together")
        return found

    def _try(self, records: Iterable[Record]) -> None:
        for record in records:
            answers = self.ask(record)
            if answers is not None and UNKNOWN not in answers:
                self.found.setdefault(answers, record)

    def _on_the_line(self, box: Box) -> Iterator[Record]:
        """Yield records in which an amount lies exactly where lines tell it apart: solved for one fact at a time."""
        for question in self.questions:
            for end in {part.exact for part, _ in question.parts if part.exact is not None}:
                for name, side in box.items():
                    one = next(iter(_grid(self.facts[name], side, ())), None) if isinstance(side, Range) else None
                    if one is None or not isinstance(side, Range):
                        continue
                    for point in islice(_points({**box, name: exactly(one)}, self.facts, self.constants), 60):
                        solved = self._solved(question, end, name, point, side)
                        if solved is not None:
                            yield _written({**point, name: solved}, self.facts)

    def _solved(self, question: _Question, end: Decimal, name: str, point: Box, within: Range) -> Range | None:
        """Return the value of a fact for which the amount is exactly there, if the amount goes straight with the fact."""
        ends = list(islice(_grid(self.facts[name], within, ()), 2))
        at = [question.amount({**point, name: exactly(each)}) for each in ends]
        if len(ends) < 2 or any(each is None or each.exact is None for each in at):
            return None
        first, second = (each.exact for each in at if each is not None)
        if first is None or second is None or first == second:
            return None
        rise = EXACT.divide(EXACT.subtract(ends[1], ends[0]), EXACT.subtract(second, first))
        found = EXACT.add(ends[0], EXACT.multiply(EXACT.subtract(end, first), rise)).normalize(EXACT)
        is_there = within.within(exactly(found)) is not None and len(found.as_tuple().digits) <= MOST_DIGITS
        reached = question.amount({**point, name: exactly(found)}) if is_there else None
        return exactly(found) if reached is not None and reached.exact == end else None


# --- boxes and what lies in them ---


def _cut(ends: Iterable[Decimal], limits: Range | None) -> Iterator[Range]:
    """Yield the numbers at which to cut, and the open stretches between them, inside what is plausible."""
    points = sorted(ends)
    edges: list[Decimal | None] = [None, *points, None]
    for low, high in pairwise(edges):
        stretch = Range(low, high, low is not None, high is not None)
        inside = stretch if limits is None else stretch.within(limits)
        if inside is not None:
            yield inside
        if high is not None and (limits is None or exactly(high).within(limits) is not None):
            yield exactly(high)


def _stretches(fact: Fact, lines: Sequence[Line]) -> list[Range | frozenset[str]]:
    if fact.kind == "choice":
        return [frozenset({option}) for option in fact.options]
    own = (line.threshold.exact for line in lines if isinstance(line, Comparison) and line.fact == fact.name)
    return list(_cut({end for end in own if end is not None}, fact.limits))


def _less(a: Range, b: Range) -> Range:
    low = None if a.low is None or b.high is None else EXACT.subtract(a.low, b.high)
    high = None if a.high is None or b.low is None else EXACT.subtract(a.high, b.low)
    return Range(low, high, a.low_open or b.high_open, a.high_open or b.low_open)


def _halves(box: Box) -> list[Box]:
    """Return a box cut in two along its widest side; nothing where it is a single point."""
    sides = {name: side for name, side in box.items() if isinstance(side, Range) and side.exact is None}
    if not sides:
        return []
    name = max(sides, key=lambda each: _width(sides[each]))
    side = sides[name]
    middle = _middle(side)
    return [
        {**box, name: Range(side.low, middle, side.low_open, False)},
        {**box, name: Range(middle, side.high, True, side.high_open)},
    ]


def _width(side: Range) -> Decimal:
    """Return how many times the lower end the upper one is; very wide where an end is missing or nought."""
    if side.low is None or side.high is None or side.low <= 0:
        size = Decimal(1000) if side.low is None or side.high is None else EXACT.subtract(side.high, side.low)
        return Decimal(1000) + size
    return EXACT.divide(side.high, side.low)


def _middle(side: Range) -> Decimal:
    if side.low is None and side.high is None:
        return Decimal(0)
    if side.high is None:
        assert side.low is not None
        return max(side.low * 2, Decimal(1))
    if side.low is None:
        return min(side.high * 2, Decimal(-1)) if side.high <= 0 else Decimal(0)
    middle = EXACT.divide(EXACT.add(side.low, side.high), Decimal(2))
    if side.low > 0 and side.high > side.low * 4:
        middle = EXACT.multiply(side.low, Decimal(2))
    return middle


def _grid(fact: Fact, side: Range, more: Iterable[Decimal]) -> Iterator[Decimal]:
    """Yield numbers of a stretch: its middle, places near its ends, and rising ones where it is wide."""
    if side.exact is not None:
        yield side.exact
        return
    low, high = side.low, side.high
    if low is not None and high is not None:
        size = EXACT.subtract(high, low)
        found = [EXACT.add(low, EXACT.multiply(size, part)) for part in _PLACES]
        found += [low * step for step in (2, 8, 32, 128)] if low > 0 else []
    else:
        start = low if low is not None else high if high is not None else Decimal(0)
        away = -1 if low is None and high is not None else 1
        found = [start + away * step for step in (Decimal(1), Decimal(10), Decimal("0.1"), Decimal(100), Decimal(1000))]
        found += [Decimal(-1)] if low is None and high is None else []
    found += [each for each in (low, high) if each is not None]
    if fact.unit == "{score}":
        found = [each.to_integral_value() for each in found]
    inside = (each for each in (*found, *more) if side.within(exactly(each)) is not None)
    yield from dict.fromkeys(inside)


_PLACES = [Decimal(place) for place in ("0.5", "0.25", "0.75", "0.0625", "0.9375", "0.125", "0.015625")]


def _points(box: Box, facts: Mapping[str, Fact], constants: Sequence[tuple[Decimal, tuple[int, ...]]]) -> Iterator[Box]:
    """Yield single points of a box, those first that lie in the middle."""
    sides: list[list[Range | frozenset[str]]] = []
    for name, side in box.items():
        if isinstance(side, frozenset):
            sides.append([frozenset({option}) for option in sorted(side)])
            continue
        unit = UNITS[facts[name].unit or "1"]
        own = [EXACT.divide(number, si_factor(unit)) for number, size in constants if size == EXPONENTS[unit.dimension]]
        more = [each * step for each in own for step in (1, 40, 60, 100)]
        sides.append([exactly(each) for each in islice(_grid(facts[name], side, more), _MOST_PLACES)])
    names = list(box)
    numbered = sorted(product(*(range(len(side)) for side in sides)), key=sum)
    for indices in numbered:
        yield {name: sides[number][index] for number, (name, index) in enumerate(zip(names, indices, strict=True))}


def _records(
    box: Box, facts: Mapping[str, Fact], constants: Sequence[tuple[Decimal, tuple[int, ...]]]
) -> Iterator[Record]:
    return (_written(point, facts) for point in _points(box, facts, constants))


def _written(point: Box, facts: Mapping[str, Fact]) -> Record:
    return {name: _value(facts[name], side) for name, side in point.items()}


def _value(fact: Fact, side: Range | frozenset[str]) -> str:
    if isinstance(side, frozenset):
        return next(iter(side))
    assert side.exact is not None
    return f"{plain(side.exact)} {'points' if fact.unit == '{score}' else fact.unit}"


def _numbers_of(name: str, facts: Mapping[str, Fact]) -> Iterator[tuple[Decimal, tuple[int, ...]]]:
    """Yield the numbers with a unit that stand in a formula, and in those that it rests on."""
    fact = facts[name]
    if fact.formula:
        yield from _numbers(fact.formula.node)
        for each in fact.formula.facts:
            yield from _numbers_of(each, facts)


def _numbers(node: Node) -> Iterator[tuple[Decimal, tuple[int, ...]]]:
    if isinstance(node, Number):
        if any(node.exponents):
            yield node.value, node.exponents
    elif isinstance(node, Choose):
        for _, part in node.parts:
            yield from _numbers(part)
    elif isinstance(node, Call):
        for part in node.parts:
            yield from _numbers(part)
