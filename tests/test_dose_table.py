"""Doses in grams by weight: YAML in, amounts out, for those whom a dose is for."""

from __future__ import annotations

import textwrap

from building import CITE, library, position, rule

from igguide.dose_table import dose_table
from igguide.evaluate import Dose
from igguide.wording import range_text


def table(dosing: str, *, scope: str = "") -> dict[str, dict[int, str | None]] | None:
    """Return what each dose comes to at each weight; None where nobody it is for weighs that."""
    entries = "".join(f"  {line}\n" for line in dosing.strip().splitlines())
    text = position(rule("all: [a]"), more=f"{scope}\ndosing:\n{entries}")
    of = library(text)
    found = dose_table(of.topics["the-topic"].positions["pos-one"], of.facts)
    if found is None:
        return None
    return {
        dosing.id: {weight: _told(dose) for weight, dose in zip(found.weights, row, strict=True)}
        for dosing, row in found.rows
    }


def _told(dose: Dose | None) -> str | None:
    if dose is None or dose.unit is None:
        return None
    if dose.amount is None:
        return f"at most {range_text(dose.limit, dose.unit)}" if dose.limit else None
    return range_text(dose.amount, dose.unit)


def one(dosing: str, *, scope: str = "") -> dict[int, str | None]:
    found = table(f"the-dose: {{{dosing}, {CITE}}}", scope=scope)
    assert found is not None
    return found["the-dose"]


def test_a_dose_is_counted_on_the_weight() -> None:
    assert one("give: 0.4 g/kg, by: actual_weight")[60] == "24 g"
    assert one("give: 0.4-0.6 g/kg, by: actual_weight")[100] == "40 to 60 g"


def test_rounding_and_limit_are_those_of_the_rule_and_never_the_tables_own() -> None:
    assert one("give: 0.55 g/kg, by: actual_weight")[10] == "5.5 g"
    assert one("give: 0.55 g/kg, by: actual_weight, round_to: 5 g")[60] == "35 g"
    assert one("give: 1 g/kg, by: actual_weight, at_most: 70 g")[80] == "70 g"


def test_weights_of_nobody_whom_it_is_for_are_left_out() -> None:
    adults = one("give: 1 g/kg, by: actual_weight", scope="applies_when: {all: [age >= 18 years]}")
    assert list(adults) == [40, 60, 80, 100, 120]
    children = one("give: 1 g/kg, by: actual_weight, when: {all: [age < 18 years]}")
    assert list(children) == [5, 10, 20, 40, 60]


def test_of_two_doses_each_keeps_to_its_own_weights() -> None:
    found = table(
        f"child: {{give: 1 g/kg, by: actual_weight, when: {{all: [age < 18 years]}}, {CITE}}}\n"
        f"adult: {{give: 2 g/kg, by: actual_weight, when: {{all: [age >= 18 years]}}, {CITE}}}"
    )
    assert found is not None
    assert (found["child"][5], found["child"][80]) == ("5 g", None)
    assert (found["adult"][5], found["adult"][80]) == (None, "160 g")


def test_a_dose_that_goes_by_no_actual_weight_makes_no_table() -> None:
    assert table(f"the-dose: {{give: 10 g, {CITE}}}") is None
    assert table(f"the-dose: {{every: 1 month, {CITE}}}") is None


def test_the_highest_rate_stands_right_after_the_rate_to_start_with() -> None:
    rates = f"""
        highest: {{at_most: 8 mg/kg/min, by: actual_weight, {CITE}}}
        first: {{give: 1 mg/kg/min, by: actual_weight, then: second, {CITE}}}
        other: {{give: 2 mg/kg/min, by: actual_weight, {CITE}}}
        second: {{give: 4 mg/kg/min, by: actual_weight, then: highest, {CITE}}}"""
    found = table(textwrap.dedent(rates))
    assert found is not None
    assert list(found) == ["first", "second", "highest", "other"]
    assert [found[name][60] for name in found] == ["60 mg/min", "240 mg/min", "at most 480 mg/min", "120 mg/min"]


def test_what_follows_a_dose_is_for_those_whom_that_is_for() -> None:
    dosing = f"""
dosing:
  first: {{give: 1 mg/kg/min, by: actual_weight, then: highest, {CITE}}}
  highest: {{at_most: 8 mg/kg/min, by: actual_weight, {CITE}}}"""
    of = library(position(rule("all: [a, age >= 18 years]", more="dose: first"), more=dosing))
    found = dose_table(of.topics["the-topic"].positions["pos-one"], of.facts)
    assert found is not None
    assert found.weights == (40, 60, 80, 100, 120)
    assert found.then == {"highest"}


def test_a_limit_that_goes_by_no_weight_has_no_row() -> None:
    found = table(f"first: {{give: 1 mg/kg/min, by: actual_weight, {CITE}}}\nmost: {{at_most: 240 mL/h, {CITE}}}")
    assert found is not None
    assert list(found) == ["first"]
