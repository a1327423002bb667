"""Rules, grades, emphasis, doses, cautions, monitoring: from the text of a position to its answer."""

from __future__ import annotations

from decimal import Context, Decimal, localcontext
from typing import Any

import pytest
from building import CITE, answer, decide, holds, position, result, rule

# --- joins ---


@pytest.mark.parametrize(
    ("when", "record", "expected"),
    [
        ("all: [a, b]", {"a": "yes"}, "unknown"),
        ("all: [a, b]", {"a": "no"}, "no"),
        ("any: [a, b]", {"a": "yes"}, "yes"),
        ("any: [a, b]", {"a": "no"}, "unknown"),
        ("none: [a, b]", {"a": "no"}, "unknown"),
        ("none: [a, b]", {"a": "yes"}, "no"),
        ("none: [a, b]", {"a": "no", "b": "no"}, "yes"),
        ("at_least: 2\nof: [a, b, c]", {"a": "yes", "b": "yes"}, "yes"),
        ("at_least: 2\nof: [a, b, c]", {"a": "yes"}, "unknown"),
        ("at_least: 2\nof: [a, b, c]", {"a": "no", "b": "no"}, "no"),
        ("all: [a]\nany: [b, c]\nnone: [d]", {"a": "yes", "b": "yes", "d": "no"}, "yes"),
        ("all: [a]\nany: [b, c]\nnone: [d]", {"a": "yes", "b": "yes", "d": "yes"}, "no"),
        ("all: [a]\nany: [b, c]\nnone: [d]", {"a": "yes", "b": "no", "c": "no"}, "no"),
    ],
)
def test_several_joins_together_mean_and(when: str, record: Any, expected: str) -> None:
    assert answer(when, record).holds == expected


# --- time, planned, recorded ---


@pytest.mark.parametrize(
    ("line", "infusion", "expected"),
    [
        ("time since infusion <= 90 days", "2026-08-23", "yes"),
        ("time since infusion <= 90 days", "2026-08-22", "no"),
        ("time since infusion > 90 days", "2026-08-23", "no"),
        ("time since infusion > 90 days", "2026-08-22", "yes"),
        ("time since infusion >= 30 days", "2026-10-22", "yes"),
        ("time since infusion <= 3 months", "2026-08-21", "yes"),
        ("time since infusion <= 3 months", "2026-08-20", "no"),
        ("time since infusion <= 90 days", "2026-08", "unknown"),
        ("time since infusion <= 90 days", "2026-09", "yes"),
        ("time since infusion <= 90 days", "2026-11", "unknown"),  # it may be still to come
        ("time since infusion > 90 days", "2026-11", "no"),
        ("time since infusion >= 0 days", "2026-11-21", "yes"),
        ("time since infusion >= 0 days", "2026-11-22", "unknown"),  # nobody asks if it is planned: a slip of the pen
        ("time since infusion < 0 days", "2026-11-22", "unknown"),
        ("time since infusion <= 90 days", "none", "no"),
        ("time since infusion > 90 days", "none", "no"),
        ("time since infusion <= 90 days", "unknown", "unknown"),
        ("infusion is planned", "2026-11-22", "yes"),
        ("infusion is planned", "2026-11-21", "no"),
        ("infusion is planned", "2026-11", "unknown"),
        ("infusion is planned", "none", "no"),
        ("infusion is planned", "unknown", "unknown"),
        ("infusion is recorded", "2026-11-22", "unknown"),
        ("infusion is recorded", "2026", "yes"),
        ("infusion is recorded", "none", "no"),
        ("infusion is recorded", "unknown", "unknown"),
        ("infusion is recorded", "nonsense", "unknown"),
    ],
)
def test_time_since(line: str, infusion: str, expected: str) -> None:
    assert holds(line, {"infusion": infusion}) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [("time since infusion >= 0 days", "no"), ("time since infusion < 0 days", "no"), ("infusion is recorded", "yes")],
)
def test_an_event_that_may_be_planned_may_lie_ahead(line: str, expected: str) -> None:
    assert answer(f'any: ["{line}", infusion is planned]', {"infusion": "2026-11-22"}).step.parts[0].answer == expected


def test_another_date_ahead_is_left_out_and_told() -> None:
    found = decide(position(rule("all: [infusion is recorded]")), {"infusion": "2026-11-22"})
    assert found.topics[0].positions[0].rules["the-rule"].holds == "unknown"
    assert [problem.detail for problem in found.problems] == [
        "Infusion is dated 2026-11-22, after 2026-11-21; it is left out."
    ]


@pytest.mark.parametrize(
    ("infusion", "as_of", "expected"),
    [
        ("2026-01-31", "2026-02-28", "yes"),
        ("2026-01-31", "2026-03-01", "no"),
        ("2024-01-31", "2024-02-29", "yes"),
        ("2024-01-31", "2024-03-01", "no"),
        ("2026-01-28", "2026-02-28", "yes"),
        ("2026-01-27", "2026-02-28", "no"),
    ],
)
def test_the_last_day_of_a_short_month(infusion: str, as_of: str, expected: str) -> None:
    assert holds("time since infusion <= 1 month", {"infusion": infusion}, as_of) == expected


def test_two_dates_of_one_event_are_the_time_they_span() -> None:
    record = {"infusion": ["2026-09-01", "2026-10-01"]}
    assert holds("time since infusion <= 90 days", record) == "yes"
    assert holds("time since infusion <= 60 days", record) == "unknown"


@pytest.mark.parametrize(
    ("line", "record", "expected"),
    [
        ("igg is recorded", {"igg": "380 mg/dL"}, "yes"),
        ("igg is recorded", {"igg": {"value": "380 mg/dL", "on": "2020-01-01"}}, "yes"),
        ("igg is recorded", {"igg": "unknown"}, "unknown"),
        ("igg is recorded", {"igg": 380}, "unknown"),
        ("igg is recorded", {}, "unknown"),
        ("age is recorded", {"born": "1968"}, "yes"),
        ("infection is recorded", {"infection": []}, "no"),
        ("infection is recorded", {"infection": "none"}, "no"),
        ("infection is recorded", {"infection": [{}]}, "yes"),
        ("infection is recorded", {}, "unknown"),
        ("a is recorded", {"a": "no"}, "yes"),
    ],
)
def test_recorded_is_yes_or_unknown_and_no_only_for_none(line: str, record: Any, expected: str) -> None:
    assert holds(line, record) == expected


# --- applies, criteria, unless, emphasis ---


@pytest.mark.parametrize(
    ("applies", "when", "expected"),
    [
        ("yes", "yes", "yes"),
        ("yes", "no", "no"),
        ("no", "yes", "no"),
        ("unknown", "yes", "unknown"),
        ("unknown", "no", "no"),
        ("no", "unknown", "no"),
        ("unknown", "unknown", "unknown"),
    ],
)
def test_a_rule_never_holds_more_than_its_position_applies(applies: str, when: str, expected: str) -> None:
    found = result(
        position(rule("all: [a]", more="especially_when: {all: [a]}"), more="applies_when: {all: [b]}"),
        {"a": when, "b": applies},
    )
    one = found.rules["the-rule"]
    assert (found.applies, one.holds, one.emphasis) == (applies, expected, expected)


def test_without_especially_when_there_is_no_emphasis() -> None:
    assert answer("all: [a]", {"a": "yes"}).emphasis == "no"
    assert answer("all: [a]", {}).emphasis == "no"


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("yes", "yes", "yes"),
        ("yes", "no", "no"),
        ("yes", "unknown", "unknown"),
        ("unknown", "yes", "unknown"),
        ("unknown", "no", "no"),
        ("no", "yes", "no"),
    ],
)
def test_emphasis(a: str, b: str, expected: str) -> None:
    text = position(rule("all: [a]", more="especially_when: {all: [b]}"))
    assert result(text, {"a": a, "b": b}).rules["the-rule"].emphasis == expected


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("yes", "no", "yes"),
        ("yes", "yes", "no"),
        ("yes", "unknown", "unknown"),
        ("no", "unknown", "no"),
        ("unknown", "yes", "no"),
        ("unknown", "no", "unknown"),
    ],
)
def test_unless(a: str, b: str, expected: str) -> None:
    text = position(rule("all: [a]", "first", more="unless: [second]"), rule("all: [b]", "second", action="stop"))
    found = result(text, {"a": a, "b": b}).rules["first"]
    assert found.holds == expected
    if expected == "unknown":
        assert set(found.missing) == {name for name, value in (("a", a), ("b", b)) if value == "unknown"}


def test_a_rule_that_yields_itself_gives_the_first_one_back() -> None:
    text = position(
        rule("all: [a]", "first", more="unless: [second]"),
        rule("all: [b]", "second", more="unless: [third]"),
        rule("all: [c]", "third"),
    )
    assert result(text, {"a": "yes", "b": "yes", "c": "yes"}).rules["first"].holds == "yes"
    assert result(text, {"a": "yes", "b": "yes", "c": "no"}).rules["first"].holds == "no"


def test_a_criterion_is_its_condition_by_name() -> None:
    more = "criteria: {burden: {title: Burden, any: [a, b]}}"
    assert answer("all: [burden]", {"a": "yes"}, more=more).holds == "yes"
    assert answer("none: [burden]", {"a": "no"}, more=more).missing == ["b"]


# --- grades ---

BANDS = f"""
grades:
  low:
    title: How low?
    bands:
      - severe: igg < 200 mg/dL
      - moderate: igg < 400 mg/dL
      - mild: igg < 650 mg/dL
    otherwise: none
    {CITE}
  adult-low:
    title: How low, in adults?
    when: {{all: [age >= 18 years]}}
    bands:
      - severe: {{any: [igg < 200 mg/dL, a]}}
    otherwise: none
    {CITE}
"""


@pytest.mark.parametrize(
    ("igg", "value", "at_least", "at_most"),
    [
        ("199 mg/dL", "severe", "severe", "severe"), ("200 mg/dL", "moderate", "moderate", "moderate"), ("399.99 mg/dL", "moderate", "moderate", "moderate"),
        ("400 mg/dL", "mild", "mild", "mild"), ("6.5 g/L", "none", "none", "none"), ("< 200 mg/dL", "severe", "severe", "severe"),
        ("< 300 mg/dL", "unknown", "moderate", "severe"), ("300-500 mg/dL", "unknown", "mild", "moderate"), ("> 300 mg/dL", "unknown", "none", "moderate"),
        ("> 650 mg/dL", "none", "none", "none"), ("unknown", "unknown", "none", "severe"),
    ],
)  # fmt: skip
def test_first_band_that_fits(igg: str, value: str, at_least: str, at_most: str) -> None:
    found = result(position(more=BANDS), {"igg": igg}).grades["low"]
    assert (found.value, found.at_least, found.at_most) == (value, at_least, at_most)
    assert found.missing == ([] if value != "unknown" else ["igg"])


@pytest.mark.parametrize(
    ("line", "igg", "expected"),
    [
        ("low is severe", "100 mg/dL", "yes"), ("low is severe", "< 300 mg/dL", "unknown"), ("low is severe", "300-500 mg/dL", "no"),
        ("low is at least moderate", "< 300 mg/dL", "yes"), ("low is at least moderate", "300-500 mg/dL", "unknown"), ("low is at least mild", "300-500 mg/dL", "yes"),
        ("low is at least severe", "300-500 mg/dL", "no"), ("low is at least none", "unknown", "yes"), ("low is none", "> 300 mg/dL", "unknown"),
        ("low is none", "< 300 mg/dL", "no"), ("low is moderate", "unknown", "unknown"), ("low is at least severe", "unknown", "unknown"),
    ],
)  # fmt: skip
def test_grade_in_a_line(line: str, igg: str, expected: str) -> None:
    assert answer(f"all: [{line}]", {"igg": igg}, more=BANDS).holds == expected


@pytest.mark.parametrize(
    ("age", "igg", "value", "line", "expected"),
    [
        ("17 years", "100 mg/dL", "not-applicable", "adult-low is severe", "no"),
        ("17 years", "100 mg/dL", "not-applicable", "adult-low is at least none", "no"),
        ("18 years", "100 mg/dL", "severe", "adult-low is severe", "yes"),
        ("unknown", "100 mg/dL", "unknown", "adult-low is severe", "unknown"),
        ("unknown", "100 mg/dL", "unknown", "adult-low is none", "no"),
        ("unknown", "unknown", "unknown", "adult-low is none", "unknown"),
    ],
)
def test_grade_with_a_condition_of_its_own(age: str, igg: str, value: str, line: str, expected: str) -> None:
    record = {"age": age, "igg": igg, "a": "no"}
    assert result(position(more=BANDS), record).grades["adult-low"].value == value
    assert answer(f"all: [{line}]", record, more=BANDS).holds == expected


def test_an_unknown_grade_line_misses_only_what_bears_on_its_band() -> None:
    more = f"grades: {{g: {{title: G, bands: [{{bad: a}}, {{worse: b}}, {{mild: c}}], otherwise: none, {CITE}}}}}"
    assert answer("all: [g is bad]", {}, more=more).missing == ["a"]
    assert set(answer("all: [g is worse]", {}, more=more).missing) == {"a", "b"}
    assert answer("all: [g is at least worse]", {"a": "no"}, more=more).missing == ["b"]
    assert set(answer("all: [g is none]", {}, more=more).missing) == {"a", "b", "c"}


# --- doses ---


def _dose(give: str, record: Any, *, by: str = "by: actual_weight", when: str = "", a: str = "yes") -> Any:
    more = f"dosing: {{monthly: {{{give}{by}{when}every: 1 month, {CITE}}}}}".replace(
        "by: actual_weight", "by: actual_weight, "
    )
    text = position(rule("all: [a]", more="dose: monthly"), more=more)
    return result(text, {"a": a, **record}).rules["the-rule"]


@pytest.mark.parametrize(
    ("give", "record", "low", "high", "unit"),
    [
        ("give: 0.5 g/kg, ", {"weight": "70 kg"}, "35", "35", "g"),
        ("give: 0.4-0.6 g/kg, ", {"weight": "70 kg"}, "28", "42", "g"),
        ("give: 500 mg/kg, ", {"weight": "70 kg"}, "35000", "35000", "mg"),
        ("give: 0.5 g/kg, ", {"weight": "154 [lb_av]"}, "34.92661249", "34.92661249", "g"),
        ("give: 0.5 g/kg, ", {"weight": "70000 g"}, "35", "35", "g"),
        ("give: 0.5 g/kg, ", {"weight": "70-80 kg"}, "35", "40", "g"),
        ("give: 10 g, ", {"weight": "70 kg"}, "10", "10", "g"),  # a fixed amount is not multiplied
    ],
)
def test_dose(give: str, record: Any, low: str, high: str, unit: str) -> None:
    for precision in (28, 2):
        with localcontext(Context(prec=precision)):
            dose = _dose(give, record).dose
        assert dose is not None
        assert dose.amount is not None
        assert (dose.amount.low, dose.amount.high, dose.unit) == (Decimal(low), Decimal(high), unit)


@pytest.mark.parametrize(
    "record",
    [{}, {"weight": "unknown"}, {"weight": 70}, {"weight": "> 100 kg"}, {"weight": "< 100 kg"}, {"weight": {"value": "70 kg", "on": "2026-01-01"}}, {"weight": ["70 kg", "7 kg"]}, {"weight": "7000 kg"}],
)  # fmt: skip
def test_without_one_weight_the_rule_holds_the_amount_is_absent_and_the_weight_is_asked(record: Any) -> None:
    found = _dose("give: 0.5 g/kg, ", record)
    assert found.holds == "yes"
    assert found.dose is not None
    assert found.dose.amount is None
    assert found.missing == ["weight"]


@pytest.mark.parametrize(
    ("a", "b", "shown", "missing"),
    [
        ("yes", "yes", True, []),
        ("yes", "no", False, []),
        ("yes", "unknown", False, ["b"]),
        ("unknown", "yes", False, ["a"]),
        ("unknown", "unknown", False, ["a", "b"]),
        ("unknown", "no", False, ["a"]),
        ("no", "yes", False, []),
    ],
)
def test_a_dose_only_where_rule_and_dosing_both_hold(a: str, b: str, shown: bool, missing: list[str]) -> None:
    found = _dose("give: 0.5 g/kg, ", {"weight": "70 kg", "b": b}, when="when: {all: [b]}, ", a=a)
    assert (found.dose is not None, found.missing) == (shown, missing)


def test_an_interval_without_an_amount_asks_for_no_weight() -> None:
    assert _dose("", {}, by="").missing == []
    assert _dose("", {}).missing == []


# --- missing, in its order ---


def test_missing_is_first_for_holding_then_for_emphasis_then_for_the_dose() -> None:
    more = f"dosing: {{monthly: {{give: 0.5 g/kg, by: actual_weight, when: {{all: [d]}}, {CITE}}}}}"
    text = position(rule("all: [a, b]", more="especially_when: {all: [c]}\ndose: monthly"), more=more)
    assert result(text, {}).rules["the-rule"].missing == ["a", "b", "c", "d", "weight"]
    assert result(text, {"a": "yes", "b": "yes"}).rules["the-rule"].missing == ["c", "d", "weight"]
    assert result(text, {"b": "no"}).rules["the-rule"].missing == []


# --- cautions and monitoring ---


def test_cautions() -> None:
    more = f"cautions: {{always: {{severity: warning, says: Take care., {CITE}}}, sometimes: {{severity: contraindication, when: {{all: [b]}}, says: Do not., {CITE}}}}}"
    for b in ("yes", "no", "unknown"):
        always, sometimes = result(position(more=more), {"b": b}).cautions
        assert (always.holds, sometimes.holds, sometimes.missing) == ("yes", b, ["b"] if b == "unknown" else [])


def _monitoring(
    record: Any, as_of: str = "2026-11-21", keys: str = "every: 1 month, from: infusion, for: 3 months"
) -> Any:
    more = f"monitoring: {{monthly: {{measure: igg, {keys}, says: Check., {CITE}}}}}"
    return result(position(more=more), record, as_of).monitoring[0]


def _due(found: Any) -> list[tuple[str, str]]:
    return [(due.on.isoformat(), due.state) for due in found.due]


def test_due_dates_from_an_event() -> None:
    assert _due(_monitoring({"infusion": "2026-08-31"})) == [
        ("2026-09-30", "overdue"),
        ("2026-10-31", "overdue"),
        ("2026-11-30", "due"),
    ]
    measured = {"infusion": "2026-08-31", "igg": {"value": "380 mg/dL", "on": "2026-10-31"}}
    assert _due(_monitoring(measured)) == [("2026-09-30", "done"), ("2026-10-31", "done"), ("2026-11-30", "due")]
    assert _monitoring(measured).next.isoformat() == "2026-11-30"
    assert _due(_monitoring({"infusion": "2026-10-21"}))[0] == ("2026-11-21", "due")  # today
    assert _due(_monitoring({"infusion": "2026-10-20"}))[0] == ("2026-11-20", "overdue")


@pytest.mark.parametrize(
    "igg", [380, {"value": "380 umol/L", "on": "2026-10-31"}, {"value": "99999 mg/dL", "on": "2026-10-31"}, "unknown"]
)
def test_a_result_that_cannot_be_read_was_no_measurement(igg: Any) -> None:
    assert {state for _, state in _due(_monitoring({"infusion": "2026-08-31", "igg": igg}))} == {"overdue", "due"}


def test_a_result_of_some_day_in_a_month_counts_from_its_first() -> None:
    found = _monitoring({"infusion": "2026-08-31", "igg": {"value": "380 mg/dL", "on": "2026-10"}})
    assert _due(found) == [("2026-09-30", "done"), ("2026-10-31", "overdue"), ("2026-11-30", "due")]


def test_due_without_an_event_follows_the_last_result() -> None:
    keys = "every: 3-4 weeks"
    assert _due(_monitoring({}, keys=keys)) == [("2026-11-21", "due")]
    assert _due(_monitoring({"igg": {"value": "380 mg/dL", "on": "2026-11-01"}}, keys=keys)) == [("2026-11-29", "due")]
    assert _due(_monitoring({"igg": {"value": "380 mg/dL", "on": "2026-10-01"}}, keys=keys)) == [
        ("2026-10-29", "overdue")
    ]


@pytest.mark.parametrize(("infusion", "missing"), [("unknown", ["infusion"]), ("2026-08", ["infusion"]), ("none", [])])
def test_no_due_dates_without_the_day_of_the_event(infusion: str, missing: list[str]) -> None:
    found = _monitoring({"infusion": infusion})
    assert (_due(found), found.missing, found.next) == ([], missing, None)


def test_monitoring_without_an_end_runs_up_to_the_next_date() -> None:
    assert _due(_monitoring({"infusion": "2026-08-31"}, keys="every: 1 month, from: infusion"))[-1] == (
        "2026-11-30",
        "due",
    )
    assert len(_due(_monitoring({"infusion": "0001-01-01"}, keys="every: 1 days, from: infusion"))) < 2000
