"""Exact decimals with units: the closed table of units, intervals, and their comparison.

Units are UCUM codes (https://ucum.org); a few plain words (years, points) stand for theirs. The table is
closed on purpose: a unit that is not in it is a problem with a name, never a guess. Numbers are `Decimal`
from text to answer; products of table factors are exact. Only a division can round, after 60 digits, far
below any threshold that can be written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Literal, NamedTuple

from .truth import NEGATED, NO, UNKNOWN, YES, Truth

EXACT = Context(prec=60, Emax=999, Emin=-999, traps=[InvalidOperation, DivisionByZero, Overflow])
MOST_DIGITS = 40  # longer numbers, and exponents beyond this, are refused as unreadable
LONGEST = 200  # characters of a text that is looked at; nobody charts a longer amount

Operator = Literal["<", "<=", ">", ">=", "="]
OPERATORS: tuple[Operator, ...] = ("<", "<=", ">", ">=", "=")
MIRRORED: dict[str, Operator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}


class Unit(NamedTuple):
    """A unit of the table: its code, its dimension, and its size in the dimension's base unit."""

    code: str
    dimension: str
    factor: Decimal


# Each dimension: its exponents of mass, length, time, substance, and its units with their size. Two
# dimensions may share exponents and still not convert (a dose per body weight is not a percentage).
_Row = tuple[tuple[int, int, int, int], dict[str, str]]
_TABLE: dict[str, _Row] = {
    "mass": (
        (1, 0, 0, 0),
        {"g": "1", "kg": "1000", "mg": "0.001", "ug": "0.000001", "[lb_av]": "453.59237", "[oz_av]": "28.349523125"},
    ),
    "length": ((0, 1, 0, 0), {"m": "1", "cm": "0.01", "mm": "0.001", "[in_i]": "0.0254", "[ft_i]": "0.3048"}),
    "calendar time": ((0, 0, 1, 0), {"mo": "1", "a": "12"}),
    "time": ((0, 0, 1, 0), {"d": "1", "wk": "7"}),
    "mass concentration": (
        (1, -3, 0, 0),
        {
            "g/L": "1",
            "mg/dL": "0.01",
            "mg/L": "0.001",
            "g/dL": "10",
            "mg/mL": "1",
            "ug/mL": "0.001",
            "ug/dL": "0.00001",
            "g/l": "1",
            "mg/dl": "0.01",
            "mg/l": "0.001",
            "g/dl": "10",
            "mg/ml": "1",
            "ug/ml": "0.001",
            "ug/dl": "0.00001",
        },
    ),
    "substance concentration": (
        (0, -3, 0, 1),
        {
            "mol/L": "1",
            "mmol/L": "0.001",
            "umol/L": "0.000001",
            "nmol/L": "0.000000001",
            "mol/l": "1",
            "mmol/l": "0.001",
            "umol/l": "0.000001",
            "nmol/l": "0.000000001",
        },
    ),
    "number concentration": (
        (0, -3, 0, 0),
        {
            "10*9/L": "1",
            "10*3/uL": "1",
            "/uL": "0.001",
            "{#}/uL": "0.001",
            "10*6/L": "0.001",
            "10*12/L": "1000",
            "10*9/l": "1",
            "10*3/ul": "1",
            "/ul": "0.001",
            "10*6/l": "0.001",
            "/mm3": "0.001",
            "10*3/mm3": "1",
        },
    ),
    "clearance": (
        (0, 3, -1, 0),
        {"mL/min": "1", "mL/min/{1.73_m2}": "1", "mL/min/1.73.m2": "1", "ml/min/{1.73_m2}": "1", "ml/min": "1"},
    ),
    "clock time": ((0, 0, 1, 0), {"min": "1", "h": "60"}),  # apart from days, so that no line mixes the two
    "volume": ((0, 3, 0, 0), {"mL": "1", "L": "1000", "ml": "1", "l": "1000"}),
    "area": ((0, 2, 0, 0), {"m2": "1"}),
    "dose per body weight": ((0, 0, 0, 0), {"g/kg": "1", "mg/kg": "0.001", "ug/kg": "0.000001"}),
    "dose per body surface": ((1, -2, 0, 0), {"mg/m2": "1"}),
    "volume per body weight": ((-1, 3, 0, 0), {"mL/kg": "1", "ml/kg": "1"}),
    "rate": ((1, 0, -1, 0), {"mg/h": "1", "mg/min": "60", "g/h": "1000"}),
    "rate per body weight": ((0, 0, -1, 0), {"mg/kg/h": "1", "mg/kg/min": "60"}),
    "volume rate": ((0, 3, -1, 0), {"mL/h": "1", "ml/h": "1"}),
    "volume rate per body weight": (
        (-1, 3, -1, 0),
        {"mL/kg/h": "1", "mL/kg/min": "60", "ml/kg/h": "1", "ml/kg/min": "60"},
    ),
    "body-mass index": ((1, -2, 0, 0), {"kg/m2": "1000", "g/m2": "1"}),
    "points": ((0, 0, 0, 0), {"{score}": "1"}),
    "ratio": ((0, 0, 0, 0), {"1": "1", "%": "0.01"}),
    "temperature": ((0, 0, 0, 0), {"Cel": "1"}),
    # Arbitrary units have no size that holds beyond one assay: each is its own dimension.
    "international units": ((0, 0, 0, 0), {"[iU]": "1", "[IU]": "1"}),
    "international units per body weight": ((-1, 0, 0, 0), {"[iU]/kg": "1", "[IU]/kg": "1"}),
    "international units per volume": (
        (0, -3, 0, 0),
        {"[iU]/mL": "1", "[IU]/mL": "1", "[iU]/L": "0.001", "[IU]/L": "0.001"},
    ),
}
UNITS: dict[str, Unit] = {
    code: Unit(code, dimension, Decimal(size))
    for dimension, (_, sizes) in _TABLE.items()
    for code, size in sizes.items()
}
EXPONENTS: dict[str, tuple[int, int, int, int]] = {dimension: row[0] for dimension, row in _TABLE.items()}
# The size of each dimension's base unit in grams, metres, days and moles, for formulas across dimensions.
_BASE_SIZE: dict[str, Decimal] = {
    "mass concentration": Decimal(1000),
    "substance concentration": Decimal(1000),
    "number concentration": Decimal(10) ** 12,  # 10*9/L
    "clearance": Decimal("0.00144"),  # mL/min, per day
    "dose per body weight": Decimal("0.001"),  # g/kg
    "clock time": EXACT.divide(Decimal(1), Decimal(1440)),  # a minute, in days
    "volume": Decimal("0.000001"),  # mL
    "dose per body surface": Decimal("0.001"),  # mg/m2
    "volume per body weight": Decimal("0.000000001"),  # mL/kg
    "rate": Decimal("0.024"),  # mg/h, per day
    "rate per body weight": Decimal("0.000024"),  # mg/kg/h
    "volume rate": Decimal("0.000024"),  # mL/h
    "volume rate per body weight": Decimal("0.000000024"),  # mL/kg/h
    "international units per body weight": Decimal("0.001"),
    "international units per volume": Decimal(1_000_000),
}
WORDS: dict[str, str] = {
    "year": "a",
    "years": "a",
    "month": "mo",
    "months": "mo",
    "week": "wk",
    "weeks": "wk",
    "day": "d",
    "days": "d",
    "hour": "h",
    "hours": "h",
    "minute": "min",
    "minutes": "min",
    "point": "{score}",
    "points": "{score}",
}
CHARTED: dict[str, str] = {
    "lb": "[lb_av]",
    "lbs": "[lb_av]",
    "oz": "[oz_av]",
    "in": "[in_i]",
    "ft": "[ft_i]",
}  # in records
_SPOKEN: dict[str, tuple[str, str]] = {
    "a": ("year", "years"),
    "mo": ("month", "months"),
    "wk": ("week", "weeks"),
    "d": ("day", "days"),
    "h": ("hour", "hours"),
    "min": ("minute", "minutes"),
    "{score}": ("point", "points"),
    "[iU]": ("IU", "IU"),
    "[iU]/kg": ("IU/kg", "IU/kg"),
    "mg/m2": ("mg/m²", "mg/m²"),
    "m2": ("m²", "m²"),
    "[lb_av]": ("lb", "lb"),
    "[in_i]": ("in", "in"),
    "[ft_i]": ("ft", "ft"),
    "[oz_av]": ("oz", "oz"),
    "mL/min/{1.73_m2}": ("mL/min/1.73 m²",) * 2,
    "10*9/L": ("× 10⁹/L",) * 2,
    "kg/m2": ("kg/m²",) * 2,
}


# A dose that is counted on the body: what it is multiplied by, and the unit of the amount that comes of it.
BODY: dict[str, tuple[str, str]] = {
    "g/kg": ("kg", "g"),
    "mg/kg": ("kg", "mg"),
    "ug/kg": ("kg", "ug"),
    "mg/m2": ("m2", "mg"),
    "mL/kg": ("kg", "mL"),
    "ml/kg": ("kg", "mL"),
    "mg/kg/h": ("kg", "mg/h"),
    "mg/kg/min": ("kg", "mg/min"),
    "mL/kg/h": ("kg", "mL/h"),
    "mL/kg/min": ("kg", "mL/min"),
    "ml/kg/h": ("kg", "mL/h"),
    "ml/kg/min": ("kg", "mL/min"),
    "[iU]/kg": ("kg", "[iU]"),
    "[IU]/kg": ("kg", "[iU]"),
}
PLAIN_DOSES = frozenset({"mass", "volume", "rate", "volume rate", "clearance", "international units"})


def unit_named(text: str) -> Unit | None:
    """Return the unit with this UCUM code or plain word, or None where the table has none."""
    return UNITS.get(WORDS.get(text, text))


def spoken(code: str, number: Decimal | None = None) -> str:
    """Return a unit as it is read aloud, in the singular where the number is one."""
    one, many = _SPOKEN.get(code, (code, code))
    return one if number == 1 else many


def plain(number: Decimal) -> str:
    """Return a number without exponent and without trailing zeros."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def read_number(text: str) -> Decimal | None:
    """Return the decimal a text writes, or None where it is none or is longer than anyone charts."""
    if len(text) > LONGEST or not _NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    return number if abs(number.adjusted()) <= MOST_DIGITS and len(number.as_tuple().digits) <= MOST_DIGITS else None


_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]+)?|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")


class Range(NamedTuple):
    """The numbers a value may be: from low to high, None being no end; an open end is not included."""

    low: Decimal | None
    high: Decimal | None
    low_open: bool = False
    high_open: bool = False

    @property
    def exact(self) -> Decimal | None:
        """Return the one number it is, or None where it is more than one."""
        return self.low if self.low is not None and self.low == self.high else None

    def scaled(self, by: Decimal) -> Range:
        """Return the range with both ends multiplied by a positive number."""
        return Range(_times(self.low, by), _times(self.high, by), self.low_open, self.high_open)

    def divided(self, by: Decimal) -> Range:
        """Return the range with both ends divided by a positive number."""
        low = None if self.low is None else EXACT.divide(self.low, by)
        high = None if self.high is None else EXACT.divide(self.high, by)
        return Range(low, high, self.low_open, self.high_open)

    def within(self, other: Range) -> Range | None:
        """Return the part of the range that lies inside another, or None where there is none."""
        low, low_open = max(_low_end(self), _low_end(other))
        high, high_closed = min(_high_end(self), _high_end(other))
        if low > high or (low == high and (low_open or not high_closed)):
            return None
        return Range(
            _finite(low), _finite(high), bool(low_open) and low.is_finite(), not high_closed and high.is_finite()
        )


def exactly(number: Decimal) -> Range:
    """Return the range that holds one number only."""
    return Range(number, number)


def spanning(ranges: list[Range]) -> Range:
    """Return the smallest range that holds all of these."""
    low, low_open = min(map(_low_end, ranges))
    high, high_closed = max(map(_high_end, ranges))
    return Range(_finite(low), _finite(high), bool(low_open) and low.is_finite(), not high_closed and high.is_finite())


_INFINITE = Decimal("Infinity")


def _times(end: Decimal | None, by: Decimal) -> Decimal | None:
    return None if end is None else EXACT.multiply(end, by)


def _finite(end: Decimal) -> Decimal | None:
    return end if end.is_finite() else None


def _low_end(a: Range) -> tuple[Decimal, bool]:
    return (-_INFINITE if a.low is None else a.low, a.low_open)


def _high_end(a: Range) -> tuple[Decimal, bool]:
    """Return the upper end and whether it is included, so that the tuples sort as the ends do."""
    return (_INFINITE if a.high is None else a.high, not a.high_open)


def from_comparator(comparator: str | None, number: Decimal) -> Range:
    """Return the range that a number with `<`, `<=`, `>`, `>=` or no comparator states."""
    if comparator == "<":
        return Range(None, number, False, True)
    if comparator == "<=":
        return Range(None, number)
    if comparator == ">":
        return Range(number, None, True, False)
    if comparator == ">=":
        return Range(number, None)
    return exactly(number)


def _below(a: Range, b: Range) -> Truth:
    """Return whether every number of a is below every number of b, none is, or that depends."""
    if (
        a.high is not None
        and b.low is not None
        and (a.high < b.low or (a.high == b.low and (a.high_open or b.low_open)))
    ):
        return YES
    if a.low is not None and b.high is not None and a.low >= b.high:
        return NO
    return UNKNOWN


def _equal(a: Range, b: Range) -> Truth:
    if a.exact is not None and a.exact == b.exact:
        return YES
    return NO if a.within(b) is None else UNKNOWN


COMPARED: dict[str, Callable[[Range, Range], Truth]] = {
    "<": _below,
    ">": lambda a, b: _below(b, a),
    "<=": lambda a, b: NEGATED[_below(b, a)],
    ">=": lambda a, b: NEGATED[_below(a, b)],
    "=": _equal,
}


def compare(a: Range, operator: str, b: Range) -> Truth:
    """Return the three-valued answer to `a operator b`: unknown where the ranges allow both."""
    return COMPARED[operator](a, b)


def factor(unit: Unit, to: Unit) -> Decimal | None:
    """Return what a number in one unit is multiplied by to be in the other, or None across dimensions."""
    if unit.dimension != to.dimension:
        return None
    return EXACT.divide(unit.factor, to.factor)


def converted(value: Range, unit: Unit, to: Unit) -> Range | None:
    """Return a range in one unit as it is in the other, or None across dimensions.

    It is multiplied before it is divided: 2160 min are exactly 36 h, though a minute is no decimal part of an hour.
    """
    return value.scaled(unit.factor).divided(to.factor) if unit.dimension == to.dimension else None


def si_factor(unit: Unit) -> Decimal:
    """Return the unit's size in grams, metres, days and moles, as formulas across dimensions need it."""
    return EXACT.multiply(unit.factor, _BASE_SIZE.get(unit.dimension, Decimal(1)))


class Amount(NamedTuple):
    """A stated amount: comparator, number or range of numbers, and the unit as it was written."""

    range: Range
    unit: str
    comparator: str | None = None


_AMOUNT = re.compile(
    r"\s*(?P<comparator><=|>=|<|>|≤|≥)?\s*(?P<low>[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)"
    r"(?:\s*(?:-|–|to)\s*(?P<high>[0-9.]+(?:[eE][-+]?[0-9]+)?))?\s*(?P<unit>\S.*?)?\s*"
)


def read_amount(text: str) -> Amount | None:
    """Return the amount that a text such as `380 mg/dL`, `< 40 mg/dL` or `3-4 weeks` states, or None."""
    found = _AMOUNT.fullmatch(text) if len(text) <= LONGEST else None
    if not found:
        return None
    comparator = {"≤": "<=", "≥": ">="}.get(found["comparator"], found["comparator"])
    low, unit = read_number(found["low"]), found["unit"] or ""
    high = read_number(found["high"]) if found["high"] else low
    if low is None or high is None or high < low or (comparator and found["high"]):
        return None
    return Amount(from_comparator(comparator, low) if comparator else Range(low, high), unit, comparator)


def number_text(value: Range) -> str:
    """Return a range of numbers in words: `400`, `below 40`, `380 to 420`."""
    if value.exact is not None:
        return plain(value.exact)
    if value.low is None:
        return (
            "any number" if value.high is None else f"{'below' if value.high_open else 'at most'} {plain(value.high)}"
        )
    if value.high is None:
        return f"{'above' if value.low_open else 'at least'} {plain(value.low)}"
    return f"{'above ' if value.low_open else ''}{plain(value.low)} to {'below ' if value.high_open else ''}{plain(value.high)}"


__all__ = [
    "BODY",
    "CHARTED",
    "COMPARED",
    "EXACT",
    "EXPONENTS",
    "MIRRORED",
    "OPERATORS",
    "PLAIN_DOSES",
    "UNITS",
    "UNKNOWN",
    "WORDS",
    "Amount",
    "Operator",
    "Range",
    "Unit",
    "compare",
    "converted",
    "exactly",
    "factor",
    "from_comparator",
    "number_text",
    "plain",
    "read_amount",
    "read_number",
    "si_factor",
    "spanning",
    "spoken",
    "unit_named",
]
