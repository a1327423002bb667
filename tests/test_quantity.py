"""Numbers, units, intervals: the table of units against UCUM, and every comparison of ends."""

from __future__ import annotations

from decimal import Context, Decimal, localcontext
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igguide.quantity import (
    EXPONENTS,
    OPERATORS,
    UNITS,
    Range,
    compare,
    converted,
    exactly,
    factor,
    from_comparator,
    number_text,
    plain,
    read_amount,
    read_number,
    si_factor,
    spanning,
    unit_named,
)

# --- the table of units ---

# one unit, another, how many of the other one of the first is; each worked out by hand from the definitions
PAIRS = [
    ("g/L", "mg/dL", "100"),
    ("g/dL", "mg/dL", "1000"),
    ("mg/L", "mg/dL", "0.1"),
    ("mg/mL", "g/L", "1"),
    ("ug/mL", "mg/L", "1"),
    ("ug/dL", "mg/dL", "0.001"),
    ("kg", "g", "1000"),
    ("mg", "g", "0.001"),
    ("ug", "mg", "0.001"),
    ("[lb_av]", "kg", "0.45359237"),
    ("[oz_av]", "g", "28.349523125"),
    ("[lb_av]", "[oz_av]", "16"),
    ("m", "cm", "100"),
    ("mm", "cm", "0.1"),
    ("[in_i]", "cm", "2.54"),
    ("[ft_i]", "[in_i]", "12"),
    ("wk", "d", "7"),
    ("a", "mo", "12"),
    ("mmol/L", "umol/L", "1000"),
    ("nmol/L", "umol/L", "0.001"),
    ("mol/L", "mmol/L", "1000"),
    ("10*3/uL", "10*9/L", "1"),
    ("10*6/L", "10*9/L", "0.001"),
    ("10*12/L", "10*9/L", "1000"),
    ("/uL", "10*9/L", "0.001"),
    ("/mm3", "/uL", "1"),
    ("10*3/mm3", "10*3/uL", "1"),
    ("g/kg", "mg/kg", "1000"),
    ("kg/m2", "g/m2", "1000"),
    ("%", "1", "0.01"),
    ("[iU]/mL", "[iU]/L", "1000"),
    ("mL/min/1.73.m2", "mL/min/{1.73_m2}", "1"),
]


@pytest.mark.parametrize(("one", "other", "times"), PAIRS)
def test_hand_checked_pair(one: str, other: str, times: str) -> None:
    assert factor(UNITS[one], UNITS[other]) == Decimal(times)


# What UCUM has no ratio for: time by the calendar, bare counts, and temperature, whose zero is not zero; what has none in
# grams, metres, days and moles.
NO_RATIO = {"calendar time", "points", "temperature"}
NO_SIZE = NO_RATIO | {"international units per volume"}


def units_outside(dimensions: set[str]) -> list[str]:
    """Return every unit but those of some dimensions, each of which must be there."""
    assert dimensions <= {unit.dimension for unit in UNITS.values()}
    return [code for code, unit in UNITS.items() if unit.dimension not in dimensions]


@pytest.mark.parametrize("code", units_outside(NO_RATIO))
def test_every_factor_is_what_ucum_says(code: str) -> None:
    """Within a dimension each unit is to each other as UCUM has it; the dimension's exponents are UCUM's."""
    ucumvert = pytest.importorskip("ucumvert", reason="the check against UCUM needs ucumvert")
    registry = _registry(ucumvert)
    unit = UNITS[code]
    base = next(other for other in UNITS.values() if other.dimension == unit.dimension and other.factor == 1)
    ratio = (_ucum(registry, code) / _ucum(registry, base.code)).to_base_units()
    assert ratio.dimensionless
    assert float(ratio.magnitude) == pytest.approx(float(unit.factor), rel=1e-12)


@pytest.mark.parametrize("code", units_outside(NO_SIZE))
def test_every_size_for_formulas_is_what_ucum_says(code: str) -> None:
    ucumvert = pytest.importorskip("ucumvert", reason="the check against UCUM needs ucumvert")
    unit = UNITS[code]
    found = _ucum(_registry(ucumvert), code).to(_base(*EXPONENTS[unit.dimension]))
    assert float(found.magnitude) == pytest.approx(float(si_factor(unit)), rel=1e-12)


def _base(mass: int, length: int, time: int, substance: int) -> str:
    parts = [("gram", mass), ("meter", length), ("day", time), ("mole", substance)]
    return " * ".join(f"{name} ** {power}" for name, power in parts if power) or "dimensionless"


# Spellings of the table that UCUM writes otherwise; an annotation in braces is worth one.
_IN_UCUM = {"mL/min/1.73.m2": "mL/min", "mL/min/{1.73_m2}": "mL/min", "ml/min/{1.73_m2}": "ml/min", "{#}/uL": "/uL", "/mm3": "/uL", "10*3/mm3": "10*3/uL", "[IU]/mL": "[iU]/mL", "[IU]/L": "[iU]/L"}  # fmt: skip


def _ucum(registry: Any, code: str) -> Any:
    if code == "1":
        return registry.from_ucum("g") / registry.from_ucum("g")
    return 1.0 * registry.from_ucum(_IN_UCUM.get(code, code))


_REGISTRIES: list[Any] = []


def _registry(ucumvert: Any) -> Any:
    if not _REGISTRIES:
        _REGISTRIES.append(ucumvert.PintUcumRegistry())
    return _REGISTRIES[0]


def test_units_of_different_dimensions_do_not_convert() -> None:
    assert factor(UNITS["umol/L"], UNITS["mg/dL"]) is None
    assert factor(UNITS["g/kg"], UNITS["%"]) is None
    assert factor(UNITS["mo"], UNITS["d"]) is None  # a month is no number of days
    assert factor(UNITS["[iU]/mL"], UNITS["ug/mL"]) is None


def test_arbitrary_units_compare_only_with_their_own() -> None:
    others = {unit.dimension for code, unit in UNITS.items() if not code.lower().startswith("[iu]")}
    assert UNITS["[iU]/mL"].dimension not in others


def test_case_matters_in_a_unit() -> None:
    assert unit_named("MG/DL") is None
    assert unit_named("mg/dl") is not None
    assert unit_named("years") == unit_named("a")
    assert unit_named("Mg") is None


# --- numbers ---


@pytest.mark.parametrize(
    ("text", "number"),
    [("400", "400"), ("0.5", "0.5"), (".5", "0.5"), ("+4", "4"), ("-3", "-3"), ("1e3", "1000"), ("4.00E-2", "0.04")],
)
def test_number(text: str, number: str) -> None:
    assert read_number(text) == Decimal(number)


@pytest.mark.parametrize(
    "text",
    ["", "NaN", "sNaN", "Infinity", "-inf", "1e999", "1e41", "1e-41", "9" * 41, "9" * 500, "1,200", "1_000", "0x10", "1.", "٤٠٠", "４００", "1e", "--1", "1 0"],
)  # fmt: skip
def test_no_number(text: str) -> None:
    assert read_number(text) is None


@pytest.mark.parametrize(
    ("number", "text"),
    [("400", "400"), ("4E+2", "400"), ("400.00", "400"), ("0.50", "0.5"), ("-0.0", "0"), ("1E-7", "0.0000001"), ("1E+40", "1" + "0" * 40), ("100", "100")],
)  # fmt: skip
def test_plain_has_neither_exponent_nor_trailing_zeros(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text
    with localcontext(Context(prec=1)):
        assert plain(Decimal(number)) == text


# --- amounts ---


@pytest.mark.parametrize(
    ("text", "low", "high", "low_open", "high_open", "unit", "comparator"),
    [
        ("380 mg/dL", 380, 380, False, False, "mg/dL", None),
        ("380mg/dL", 380, 380, False, False, "mg/dL", None),
        ("  < 40 mg/dL ", None, 40, False, True, "mg/dL", "<"),
        ("<=40 mg/dL", None, 40, False, False, "mg/dL", "<="),
        ("≤ 40 mg/dL", None, 40, False, False, "mg/dL", "<="),
        ("> 40 mg/dL", 40, None, True, False, "mg/dL", ">"),
        ("≥ 40 mg/dL", 40, None, False, False, "mg/dL", ">="),
        ("3-4 weeks", 3, 4, False, False, "weeks", None),
        ("3 – 4 weeks", 3, 4, False, False, "weeks", None),
        ("3 to 4 weeks", 3, 4, False, False, "weeks", None),
        ("7", 7, 7, False, False, "", None),
        ("1.2E+2 g/L", 120, 120, False, False, "g/L", None),
    ],
)
def test_amount(
    text: str, low: int | None, high: int | None, low_open: bool, high_open: bool, unit: str, comparator: str | None
) -> None:
    found = read_amount(text)
    assert found is not None
    assert found.range == Range(
        None if low is None else Decimal(low), None if high is None else Decimal(high), low_open, high_open
    )
    assert (found.unit, found.comparator) == (unit, comparator)


@pytest.mark.parametrize(
    "text", ["", "mg/dL", "about 400 mg/dL", "4-3 weeks", "< 3-4 g", "1e999 mg/dL", "NaN mg/dL", "<< 3 g", "٣ mg/dL", " " * 300 + "3 g", "3 " + "g" * 300]
)  # fmt: skip
def test_no_amount(text: str) -> None:
    assert read_amount(text) is None


@pytest.mark.parametrize(
    ("text", "unit"), [("1,200 mg/dL", ",200 mg/dL"), ("3,8 g/L", ",8 g/L"), ("380 mg/dL?", "mg/dL?")]
)
def test_what_follows_the_number_is_its_unit_and_so_never_known(text: str, unit: str) -> None:
    found = read_amount(text)
    assert found is not None
    assert found.unit == unit
    assert unit_named(found.unit) is None


def test_a_long_text_is_refused_at_once() -> None:
    assert read_amount("1 a" + " " * 1_000_000 + "b") is None
    assert read_number("1" * 1_000_000) is None


# --- comparison of intervals ---

ENDS = [None, Decimal(1), Decimal(2), Decimal(3)]


def _ranges() -> list[Range]:
    found = []
    for low, high, low_open, high_open in product(ENDS, ENDS, (False, True), (False, True)):
        if (low is None and low_open) or (high is None and high_open):
            continue
        if low is not None and high is not None and (low > high or (low == high and (low_open or high_open))):
            continue
        found.append(Range(low, high, low_open, high_open))
    return found


SAMPLES = [Decimal(number) / 4 for number in range(-8, 25)]


def _holds(value: Decimal, a: Range) -> bool:
    above = a.low is None or (value > a.low if a.low_open else value >= a.low)
    return above and (a.high is None or (value < a.high if a.high_open else value <= a.high))


COMPARED = {
    "<": lambda x, y: x < y,
    "<=": lambda x, y: x <= y,
    ">": lambda x, y: x > y,
    ">=": lambda x, y: x >= y,
    "=": lambda x, y: x == y,
}


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_comparison_of_intervals_is_what_all_their_numbers_share(operator: str) -> None:
    """Checked over every kind of end against numbers a quarter apart, which tell all those ends apart."""
    for a, b in product(_ranges(), _ranges()):
        ways = {
            COMPARED[operator](x, y)
            for x in (v for v in SAMPLES if _holds(v, a))
            for y in (v for v in SAMPLES if _holds(v, b))
        }
        expected = "unknown" if len(ways) == 2 else "yes" if ways == {True} else "no"
        assert compare(a, operator, b) == expected, (a, operator, b)


@pytest.mark.parametrize(
    ("comparator", "operator", "threshold", "expected"),
    [
        ("<", "<", 40, "yes"), ("<", "<=", 40, "yes"), ("<", "=", 40, "no"), ("<", ">=", 40, "no"), ("<", ">", 40, "no"),
        ("<", "<", 39, "unknown"), ("<", "<", 41, "yes"), ("<", ">=", 39, "unknown"), ("<", ">", 41, "no"),
        ("<=", "<", 40, "unknown"), ("<=", "<=", 40, "yes"), ("<=", "=", 40, "unknown"), ("<=", ">", 40, "no"), ("<=", ">=", 40, "unknown"),
        (">", ">", 40, "yes"), (">", ">=", 40, "yes"), (">", "=", 40, "no"), (">", "<=", 40, "no"), (">", "<", 40, "no"),
        (">=", ">", 40, "unknown"), (">=", ">=", 40, "yes"), (">=", "<", 40, "no"), (">=", "<=", 40, "unknown"),
        (None, "<", 40, "no"), (None, "<=", 40, "yes"), (None, "=", 40, "yes"), (None, ">=", 40, "yes"), (None, ">", 40, "no"),
    ],
)  # fmt: skip
def test_below_detection(comparator: str | None, operator: str, threshold: int, expected: str) -> None:
    assert compare(from_comparator(comparator, Decimal(40)), operator, exactly(Decimal(threshold))) == expected


RANGES = st.sampled_from(_ranges())


@given(RANGES, RANGES)
def test_within_holds_what_both_hold(a: Range, b: Range) -> None:
    both = a.within(b)
    for value in SAMPLES:
        assert (both is not None and _holds(value, both)) == (_holds(value, a) and _holds(value, b))


@given(st.lists(RANGES, min_size=1, max_size=4))
def test_spanning_holds_all_and_begins_and_ends_with_them(ranges: list[Range]) -> None:
    whole = spanning(ranges)
    assert all(_holds(value, whole) for value in SAMPLES for a in ranges if _holds(value, a))
    assert whole.low in [a.low for a in ranges]
    assert whole.high in [a.high for a in ranges]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_scaling_is_exact_whatever_the_context_of_the_program(number: Decimal) -> None:
    wanted = exactly(number).scaled(Decimal("453.59237"))
    with localcontext(Context(prec=3)):
        assert exactly(number).scaled(Decimal("453.59237")) == wanted


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (exactly(Decimal(400)), "400"),
        (Range(None, Decimal(40), False, True), "below 40"),
        (Range(Decimal(0), Decimal(40), False, True), "0 to below 40"),
        (Range(Decimal(40), None), "at least 40"),
        (Range(None, None), "any number"),
    ],
)
def test_number_text(value: Range, text: str) -> None:
    assert number_text(value) == text


def test_conversion_multiplies_before_it_divides() -> None:
    assert converted(exactly(Decimal(2160)), UNITS["min"], UNITS["h"]) == exactly(Decimal(36))
    assert converted(exactly(Decimal(140)), UNITS["d"], UNITS["wk"]) == exactly(Decimal(20))
    assert converted(exactly(Decimal(1)), UNITS["d"], UNITS["mg/dL"]) is None
