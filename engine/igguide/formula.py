"""Formulas of derived facts: `+ - * /`, `min`, `max`, parentheses, facts and numbers with units, and
`choose(sex, male 50 kg, female 45.5 kg)`, a part that depends on a choice.

A formula is read once, its units are checked by dimension, and it is worked out on intervals, so that a
weight that is only known as `> 100 kg` still gives what follows from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Union

from .errors import Place
from .quantity import EXACT, EXPONENTS, Range, Unit, exactly, read_number, si_factor, spanning, unit_named

Exponents = tuple[int, int, int, int]
PURE: Exponents = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a formula, in grams, metres, days and moles."""

    value: Decimal
    exponents: Exponents


@dataclass(frozen=True, slots=True)
class Name:
    """A fact of a formula."""

    fact: str
    column: int


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or function and what it is applied to."""

    operator: str
    parts: tuple[Node, ...]
    column: int


@dataclass(frozen=True, slots=True)
class Choose:
    """A part of a formula for each option of a choice, as in `choose(sex, male 50 kg, female 45.5 kg)`."""

    fact: str
    parts: tuple[tuple[str, Node], ...]
    column: int


Node = Union[Number, Name, Call, Choose]


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as written and as read; `facts` are the facts it needs, in order."""

    text: str
    node: Node
    facts: tuple[str, ...]
    place: Place | None = None


class FormulaError(ValueError):
    """A formula that cannot be read; `column` counts from 0 inside it."""

    def __init__(self, what: str, column: int) -> None:
        """Keep the sentence and where it points."""
        super().__init__(what)
        self.column = column


_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)(?:\s+(?P<unit>(?!(?:min|max)\b)[A-Za-z\[%][^\s()*+,]*))?|(?P<name>[a-z][a-z0-9_]*)|(?P<mark>[-+*/(),]))"
)


_MOST_TOKENS = 200  # far more than any formula has; it keeps reading and working out shallow


def read_formula(text: str, place: Place | None = None) -> Formula:
    """Return the formula that a text writes. Raises FormulaError with the column."""
    tokens = _tokens(text)
    if len(tokens) > _MOST_TOKENS:
        raise FormulaError("The formula is too long to be read.", 0)
    node, rest = _sum(tokens, 0)
    if rest != len(tokens) - 1:
        raise FormulaError(f"`{tokens[rest][1]}` does not fit here.", tokens[rest][2])
    return Formula(text, node, tuple(dict.fromkeys(_facts(node))), place)


_Token = tuple[str, str, int]


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if not match or match.lastgroup is None:
            rest = text[at:].lstrip()
            raise FormulaError(f"`{rest.split()[0]}` cannot be read in a formula.", len(text) - len(rest))
        kind = "number" if match["number"] else match.lastgroup
        found.append((kind, match[0].strip(), match.end() - len(match[0].strip())))
        at = match.end()
    return [*found, ("end", "the end", len(text))]


def _sum(tokens: list[_Token], at: int) -> tuple[Node, int]:
    return _chain(tokens, at, "+-", _product)


def _product(tokens: list[_Token], at: int) -> tuple[Node, int]:
    return _chain(tokens, at, "*/", _atom)


def _chain(
    tokens: list[_Token], at: int, marks: str, part: Callable[[list[_Token], int], tuple[Node, int]]
) -> tuple[Node, int]:
    left, at = part(tokens, at)
    while tokens[at][0] == "mark" and tokens[at][1] in marks:
        right, after = part(tokens, at + 1)
        left, at = Call(tokens[at][1], (left, right), tokens[at][2]), after
    return left, at


def _atom(tokens: list[_Token], at: int) -> tuple[Node, int]:
    kind, text, column = tokens[at]
    if kind == "number":
        return _number(text, column), at + 1
    if kind == "name" and text in ("min", "max"):
        return _function(tokens, at)
    if kind == "name" and text == "choose":
        return _choose(tokens, at)
    if kind == "name":
        return Name(text, column), at + 1
    if text == "(":
        node, at = _sum(tokens, at + 1)
        return node, _expect(tokens, at, ")")
    raise FormulaError(
        f"A number or a fact is missing before `{text}`." if kind == "mark" else "The formula ends too early.", column
    )


def _function(tokens: list[_Token], at: int) -> tuple[Node, int]:
    parts: list[Node] = []
    after = _expect(tokens, at + 1, "(")
    while True:
        node, after = _sum(tokens, after)
        parts.append(node)
        if tokens[after][1] != ",":
            return Call(tokens[at][1], tuple(parts), tokens[at][2]), _expect(tokens, after, ")")
        after += 1


def _choose(tokens: list[_Token], at: int) -> tuple[Node, int]:
    after = _expect(tokens, at + 1, "(")
    fact, parts = _named(tokens, after), []
    after = _expect(tokens, after + 1, ",")
    while True:
        option = _named(tokens, after)
        node, after = _sum(tokens, after + 1)
        parts.append((option, node))
        if tokens[after][1] != ",":
            return Choose(fact, tuple(parts), tokens[at][2]), _expect(tokens, after, ")")
        after += 1


def _named(tokens: list[_Token], at: int) -> str:
    kind, text, column = tokens[at]
    if kind != "name":
        raise FormulaError(
            f"A name is wanted before `{text}`, as in `choose(sex, male 50 kg, female 45.5 kg)`.", column
        )
    return text


def _expect(tokens: list[_Token], at: int, mark: str) -> int:
    if tokens[at][1] != mark:
        where = "at the end" if tokens[at][0] == "end" else f"before `{tokens[at][1]}`"
        raise FormulaError(f"`{mark}` is missing {where}.", tokens[at][2])
    return at + 1


def _number(text: str, column: int) -> Number:
    digits, _, unit_text = text.partition(" ")
    number = read_number(digits)
    unit = unit_named(unit_text.strip()) if unit_text else None
    if number is None or (unit_text and unit is None):
        raise FormulaError(f"`{text}` is no number with a known unit.", column)
    if unit is None:
        return Number(number, PURE)
    return Number(EXACT.multiply(number, si_factor(unit)), EXPONENTS[unit.dimension])


def _facts(node: Node) -> list[str]:
    if isinstance(node, Name):
        return [node.fact]
    if isinstance(node, Choose):
        return [node.fact, *(name for _, part in node.parts for name in _facts(part))]
    return [name for part in node.parts for name in _facts(part)] if isinstance(node, Call) else []


def choices_of(node: Node) -> list[Choose]:
    """Return every `choose` of a formula."""
    parts = (
        [part for _, part in node.parts] if isinstance(node, Choose) else node.parts if isinstance(node, Call) else ()
    )
    own = [node] if isinstance(node, Choose) else []
    return [*own, *(found for part in parts for found in choices_of(part))]


def dimension_of(node: Node, units: Mapping[str, Unit]) -> Exponents:
    """Return the exponents of a formula's result. Raises FormulaError where units do not fit."""
    if isinstance(node, Number):
        return node.exponents
    if isinstance(node, Name):
        if node.fact not in units:
            raise FormulaError(f"`{node.fact}` is no quantity of the vocabulary.", node.column)
        return EXPONENTS[units[node.fact].dimension]
    if isinstance(node, Choose):
        found = [dimension_of(part, units) for _, part in node.parts]
        if any(part != found[0] for part in found):
            raise FormulaError("`choose` joins amounts whose units do not fit each other.", node.column)
        return found[0]
    parts = [dimension_of(part, units) for part in node.parts]
    if node.operator in "*/":
        sign = 1 if node.operator == "*" else -1
        a, b = parts
        return (a[0] + sign * b[0], a[1] + sign * b[1], a[2] + sign * b[2], a[3] + sign * b[3])
    if any(part != parts[0] for part in parts):
        raise FormulaError(f"`{node.operator}` joins amounts whose units do not fit each other.", node.column)
    return parts[0]


def work_out(
    formula: Formula,
    values: Mapping[str, Range],
    units: Mapping[str, Unit],
    own: Unit,
    chosen: Mapping[str, Iterable[str]] | None = None,
) -> Range:
    """Return the formula's value in its own unit, from the values of its facts in theirs.

    `chosen` gives the options that each choice may be; where there are several, the value is the span of all.
    """
    return _value(formula.node, values, units, chosen or {}).divided(si_factor(own))


def _value(
    node: Node, values: Mapping[str, Range], units: Mapping[str, Unit], chosen: Mapping[str, Iterable[str]]
) -> Range:
    if isinstance(node, Number):
        return exactly(node.value)
    if isinstance(node, Name):
        return values[node.fact].scaled(si_factor(units[node.fact]))
    if isinstance(node, Choose):
        may_be = set(chosen[node.fact])
        return spanning([_value(part, values, units, chosen) for option, part in node.parts if option in may_be])
    return _APPLIED[node.operator](*(_value(part, values, units, chosen) for part in node.parts))


def _add(a: Range, b: Range) -> Range:
    return Range(
        _both(EXACT.add, a.low, b.low),
        _both(EXACT.add, a.high, b.high),
        a.low_open or b.low_open,
        a.high_open or b.high_open,
    )


def _subtract(a: Range, b: Range) -> Range:
    return Range(
        _both(EXACT.subtract, a.low, b.high),
        _both(EXACT.subtract, a.high, b.low),
        a.low_open or b.high_open,
        a.high_open or b.low_open,
    )


def _multiply(a: Range, b: Range) -> Range:
    if a.low is not None and b.low is not None and a.low >= 0 and b.low >= 0:
        return Range(
            EXACT.multiply(a.low, b.low),
            _both(EXACT.multiply, a.high, b.high),
            a.low_open or b.low_open,
            a.high_open or b.high_open,
        )
    for one, other in ((a, b), (b, a)):
        if one.exact is not None and one.exact > 0:
            return other.scaled(one.exact)
    if a.low is None or a.high is None or b.low is None or b.high is None:
        return Range(None, None)
    ends = [EXACT.multiply(x, y) for x in (a.low, a.high) for y in (b.low, b.high)]
    return Range(min(ends), max(ends))


def _divide(a: Range, b: Range) -> Range:
    if b.low is None or b.low < 0 or (b.low == 0 and not b.low_open) or b.high is None:
        return Range(None, None)
    high = None if b.low == 0 else EXACT.divide(Decimal(1), b.low)
    return (
        _multiply(a, Range(EXACT.divide(Decimal(1), b.high), high, b.high_open, b.low_open))
        if b.exact is None
        else a.divided(b.exact)
    )


def _both(apply: Callable[[Decimal, Decimal], Decimal], a: Decimal | None, b: Decimal | None) -> Decimal | None:
    return None if a is None or b is None else apply(a, b)


def _extreme(choose: Callable[[list[Decimal]], Decimal], unbounded_low: bool) -> Callable[..., Range]:
    def apply(*ranges: Range) -> Range:
        lows = [r.low for r in ranges if r.low is not None]
        highs = [r.high for r in ranges if r.high is not None]
        low = choose(lows) if lows and (len(lows) == len(ranges) or unbounded_low) else None
        high = choose(highs) if highs and (len(highs) == len(ranges) or not unbounded_low) else None
        return Range(low, high)

    return apply


_APPLIED: dict[str, Callable[..., Range]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "min": _extreme(min, False),
    "max": _extreme(max, True),
}
