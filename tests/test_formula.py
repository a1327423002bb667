"""Formulas of derived facts: read, checked by dimension, worked out on intervals."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igguide.formula import FormulaError, dimension_of, read_formula, work_out
from igguide.quantity import EXPONENTS, UNITS, Range, exactly

KG, CM, BMI, ONE = UNITS["kg"], UNITS["cm"], UNITS["kg/m2"], UNITS["1"]
FACTS = {"weight": KG, "height": CM, "other": KG}


def worked(text: str, own: str = "kg", **values: object) -> str:
    known = {
        name: value if isinstance(value, Range) else exactly(Decimal(str(value))) for name, value in values.items()
    }
    found = work_out(read_formula(text), known, FACTS, UNITS[own])
    ends = ["-" if end is None else f"{end.normalize():f}" for end in (found.low, found.high)]
    return (
        ends[0]
        if ends[0] == ends[1] and ends[0] != "-"
        else f"{'(' if found.low_open else '['}{ends[0]}, {ends[1]}{')' if found.high_open else ']'}"
    )


@pytest.mark.parametrize(
    ("text", "own", "result"),
    [
        ("weight / (height * height)", "kg/m2", "25"),
        ("weight + 5 kg", "kg", "105"),
        ("weight + 500 g", "kg", "100.5"),
        ("weight - other", "kg", "60"),
        ("weight - other - other", "kg", "20"),
        ("weight / 2 / 2", "kg", "25"),
        ("2 * weight + other", "kg", "240"),
        ("2 * (weight + other)", "kg", "280"),
        ("min(weight, other, 30 kg)", "kg", "30"),
        ("max(weight, other)", "kg", "100"),
        ("other + 0.4 * (weight - other)", "kg", "64"),
    ],
)
def test_a_formula_is_worked_out(text: str, own: str, result: str) -> None:
    assert worked(text, own, weight=100, height=200, other=40) == result


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("weight + other", "[140, 150]"),
        ("weight - other", "[50, 60]"),
        ("other - weight", "[-60, -50]"),
        ("weight * 2", "[200, 200]"),
        ("min(weight, other)", "[40, 50]"),
        ("max(weight, other)", "100"),
    ],
)
def test_what_is_known_within_bounds_gives_bounds(text: str, result: str) -> None:
    assert worked(text, weight=100, other=Range(Decimal(40), Decimal(50))) in (
        result,
        result.split(",", maxsplit=1)[0].strip("["),
    )


def test_an_open_end_stays_open() -> None:
    assert worked("weight * 2", weight=Range(Decimal(100), None, low_open=True)) == "(200, -]"
    assert worked("weight / other", "1", weight=1, other=Range(Decimal(0), Decimal(10), low_open=True)).startswith(
        "[0.1, -"
    )


def test_dividing_by_what_may_be_zero_is_not_known() -> None:
    assert worked("weight / other", "1", weight=1, other=Range(Decimal(0), Decimal(1))) == "[-, -]"


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("", 0, "ends too early"),
        ("weight *", 8, "ends too early"),
        ("weight weight", 7, "does not fit here"),
        ("weight * (2", 11, "`)` is missing at the end"),
        ("weight * 2)", 10, "does not fit here"),
        ("(weight", 7, "`)` is missing at the end"),
        ("weight ^ 2", 7, "`^` cannot be read"),
        ("Weight", 0, "`Weight` cannot be read"),
        ("min weight", 4, "`(` is missing before `weight`"),
        ("min()", 4, "missing before `)`"),
        ("2 stones * weight", 0, "no number with a known unit"),
        ("* weight", 0, "missing before `*`"),
        ("(" * 500 + "weight" + ")" * 500, 0, "too long"),
    ],
)
def test_a_wrong_formula_is_told_with_its_column(text: str, column: int, says: str) -> None:
    with pytest.raises(FormulaError) as raised:
        read_formula(text)
    assert (raised.value.column, says in str(raised.value)) == (column, True), str(raised.value)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("weight + height", 7),
        ("weight - 5 cm", 7),
        ("max(weight, height)", 0),
        ("weight * wieght", 9),
        ("2 * (weight + 1)", 12),
    ],
)
def test_units_that_do_not_fit_are_told_where_they_meet(text: str, column: int) -> None:
    with pytest.raises(FormulaError) as raised:
        dimension_of(read_formula(text).node, FACTS)
    assert raised.value.column == column


def test_dimensions_are_worked_out() -> None:
    assert dimension_of(read_formula("weight / (height * height)").node, FACTS) == EXPONENTS[BMI.dimension]
    assert dimension_of(read_formula("weight / other").node, FACTS) == EXPONENTS[ONE.dimension]


NUMBERS = st.decimals(-1000, 1000, places=2)
INTERVALS = st.lists(NUMBERS, min_size=2, max_size=2).map(sorted).map(lambda ends: Range(*ends))


@given(
    INTERVALS,
    INTERVALS,
    st.sampled_from(
        [
            "weight + other",
            "weight - other",
            "weight * other",
            "weight / other",
            "min(weight, other)",
            "max(weight, other)",
            "weight * 2 - other",
        ]
    ),
    st.data(),
)
def test_bounds_hold_what_any_value_within_them_gives(a: Range, b: Range, text: str, data: st.DataObject) -> None:
    inside = {
        name: data.draw(st.decimals(r.low, r.high, places=2), label=name) for name, r in (("weight", a), ("other", b))
    }
    if text == "weight / other" and inside["other"] == 0:
        return
    formula = read_formula(text)
    bounds = work_out(formula, {"weight": a, "other": b}, FACTS, UNITS["g"])
    value = work_out(formula, {name: exactly(number) for name, number in inside.items()}, FACTS, UNITS["g"])
    if value.low is not None and value.low == value.high:
        assert bounds.low is None or bounds.low <= value.low + Decimal("1e-40")
        assert bounds.high is None or bounds.high >= value.low - Decimal("1e-40")


@given(
    st.one_of(
        st.text(max_size=30),
        st.lists(
            st.sampled_from(["weight", "2", "5 kg", "min", "max", "+", "-", "*", "/", "(", ")", ",", " ", "1.5", "kg"]),
            max_size=12,
        ).map(" ".join),
    )
)
def test_any_text_is_a_formula_or_told(text: str) -> None:
    column = 0
    try:
        dimension_of(read_formula(text).node, FACTS)
    except FormulaError as error:
        column = error.column
    assert 0 <= column <= len(text)
