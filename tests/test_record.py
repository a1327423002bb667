"""The plain record: what each spelling says, what is refused and why, and that junk never gets further."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from building import AS_OF, BODY, decide, holds, library, position, problems, rule, state
from hypothesis import given
from hypothesis import strategies as st

import igguide
from igguide import RecordError, RequestError
from igguide.record import read_record


def _problems(record: Any) -> list[tuple[str, str]]:
    lines = "[igg < 1 mg/dL, weight > 1 kg, age > 1 years, a, infusion is planned, product is axi, diagnosis is cll, score < 1 points, count of infection >= 1, creatinine > 1 umol/L]"
    return [(p.kind, p.fact) for p in decide(position(rule(f"any: {lines}")), record).problems]


@pytest.mark.parametrize("content", [None, 1, "x", [], [("igg", "380 mg/dL")], True, 1.5, b"{}"])
def test_what_is_no_map_cannot_be_read(content: Any) -> None:
    with pytest.raises(RecordError):
        decide(position(), content)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("yes", "yes"), ("no", "no"), (True, "yes"), (False, "no"), ("unknown", "unknown"), (None, "unknown")],
)
def test_yes_no(value: Any, expected: str) -> None:
    assert holds("a", {"a": value}) == expected
    assert problems("a", {"a": value}) == []


@pytest.mark.parametrize("value", [1, 0, 1.0, "1", "Yes", "true", "y", "", Decimal(1), {}, {"value": 1}, ["yes", 1]])
def test_one_and_zero_are_no_answer(value: Any) -> None:
    assert holds("a", {"a": value}) == "unknown"
    assert problems("a", {"a": value}) == ["unreadable"]


def test_asked_and_not_known_is_not_the_same_as_not_recorded() -> None:
    assert state("a", {"a": "unknown"}) == state("a", {"a": None}) == "asked-unknown"
    assert state("a", {}) == "not-recorded"
    assert state("a", {"a": "not applicable"}) == "not-applicable"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (380, "wrong-unit"), ("380", "wrong-unit"), (380.5, "wrong-unit"), ("380 umol/L", "wrong-unit"), ("380 mgdL", "wrong-unit"),
        ("380 MG/DL", "wrong-unit"), ("1,200 mg/dL", "wrong-unit"), ("3,8 g/L", "wrong-unit"), ("380 [iU]/mL", "wrong-unit"),
        ("-1 mg/dL", "implausible"), ("20001 mg/dL", "implausible"), ("1e5 mg/dL", "implausible"), ("< 0 mg/dL", "implausible"),
        ("> 20000 mg/dL", "implausible"), ("19000-21000 mg/dL", "implausible"),
        ("low", "unreadable"), ("", "unreadable"), ("mg/dL", "unreadable"), (True, "unreadable"), ({}, "unreadable"),
        ({"value": "380 mg/dL", "unit": "mg/dL"}, "unreadable"), ({"value": "380 mg/dL", "on": "yesterday"}, "unreadable"),
        ("1e999 mg/dL", "unreadable"), ("9" * 500 + " mg/dL", "unreadable"), (float("nan"), "unreadable"), (float("inf"), "unreadable"),
        (Decimal("sNaN"), "unreadable"), (10**5000, "unreadable"), ("NaN mg/dL", "unreadable"), ("٣٨٠ mg/dL", "unreadable"), (b"380 mg/dL", "unreadable"),
    ],
    ids=lambda value: repr(value)[:30] if not isinstance(value, int) or abs(value) < 10**9 else "huge",
)  # fmt: skip
def test_a_value_that_cannot_be_used_is_told_and_decides_nothing(value: Any, kind: str) -> None:
    for line in ("igg < 400 mg/dL", "igg >= 400 mg/dL"):
        assert holds(line, {"igg": value}) == "unknown"
    assert problems("igg < 400 mg/dL", {"igg": value}) == [kind]


@pytest.mark.parametrize(
    ("value", "expected"),
    [("0 mg/dL", "yes"), ("20000 mg/dL", "no"), ("200 g/L", "no"), ("3.99 g/L", "yes"), ("4 g/L", "no"), ("< 4 g/L", "yes"), ("< 25000 mg/dL", "unknown"), ("< 40 mg/dL", "yes"), ("399.99999999999999999 mg/dL", "yes")],
)  # fmt: skip
def test_limits_are_inclusive_and_cut_what_reaches_over_them(value: str, expected: str) -> None:
    assert holds("igg < 400 mg/dL", {"igg": value}) == expected
    assert problems("igg < 400 mg/dL", {"igg": value}) == []


def test_creatinine_in_mass_units_by_its_own_molar_mass() -> None:
    for written in ("1 mg/dL", "10 mg/L", "0.01 g/L", "88.42 umol/L", "0.08842 mmol/L"):
        assert holds("creatinine = 88.42 umol/L", {"creatinine": written}) == "yes"
    assert problems("igg < 400 mg/dL", {"igg": "20 umol/L"}) == ["wrong-unit"]  # only where declared


@pytest.mark.parametrize("value", [5, "5", "5 points", "5 {score}", 5.0, Decimal(5), "5.0"])
def test_scores_are_bare(value: Any) -> None:
    assert holds("score = 5 points", {"score": value}) == "yes"


@pytest.mark.parametrize("value", [2.5, "2.5", "2.5 1", "250 %", Decimal("2.5")])
@pytest.mark.parametrize("line", ["ratio = 2.5", "ratio = 2.5 1", "ratio = 250 %"])
def test_ratios_are_bare(value: Any, line: str) -> None:
    assert holds(line, {"ratio": value}, facts=BODY) == "yes"


@pytest.mark.parametrize(
    ("value", "kind"), [(7, "implausible"), (-1, "implausible"), ("5 mg/dL", "wrong-unit"), (True, "unreadable")]
)
def test_wrong_scores(value: Any, kind: str) -> None:
    assert (holds("score <= 6 points", {"score": value}), problems("score <= 6 points", {"score": value})) == (
        "unknown",
        [kind],
    )


@pytest.mark.parametrize(
    ("written", "remedy"),
    [
        ("14,5 kg", "Write 14.5, with a point."),
        ("14-15,5 kg", "Write 15.5, with a point."),
        ("14,500 g", "Write 14500, or 14.5 with a point."),
        ("1,000 kg", "Write 1000, or 1."),
        ("1.234,5 g", "Write it without a comma, and decimals with a point."),
        ("14,5", "Write 14.5, with a point."),
    ],
)
def test_a_decimal_comma_is_told_as_that(written: str, remedy: str) -> None:
    (problem,) = decide(position(rule("all: [weight < 20 kg]")), {"weight": written}).problems
    assert (problem.kind, problem.detail) == (
        "wrong-unit",
        f"Body weight of `{written}` has a comma, so it is not used. {remedy}",
    )


@pytest.mark.parametrize(
    ("fact", "title", "written", "remedy"),
    [
        ("weight", "Body weight", "1.000 kg", "Write 1000, or 1."),
        ("igg", "Serum IgG", "1.250 mg/dL", "Write 1250, or 1.25."),
        ("igg", "Serum IgG", "1.375 mg/dL", "Write 1375, or 1.3750."),
        ("igg", "Serum IgG", "1-2.500 mg/dL", "Write 2500, or 2.5."),
    ],
)
def test_three_digits_after_a_point_may_be_thousands_and_are_not_used(
    fact: str, title: str, written: str, remedy: str
) -> None:
    """Where a thousand times as much would be plausible too, and always with three noughts."""
    found = decide(position(rule("all: [weight < 20 kg, igg < 400 mg/dL]")), {fact: written})
    (problem,) = found.problems
    assert (problem.kind, problem.detail) == (
        "unreadable",
        f"{title} of `{written}` has three digits after a point, which may be thousands, so it is not used. {remedy}",
    )
    assert found.topics[0].positions[0].rules["the-rule"].holds == "unknown"


@pytest.mark.parametrize(
    "written", [Decimal("1.000"), "0.125 kg", "1.2500 kg", "12.50 kg", "1.25 kg", "1.250 kg", "34.375 kg"]
)
def test_a_number_of_json_and_decimals_that_nobody_takes_for_thousands_are_read(written: Any) -> None:
    problems = decide(position(rule("all: [weight < 20 kg]")), {"weight": written}).problems
    assert not any("thousands" in problem.detail for problem in problems)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("21.11.2026", "write 2026-11-21"),
        ("5/11/2026", "write 2026-11-05 or 2026-05-11"),
        ("21st", "write it as in 2026-11-21"),
    ],
)
def test_a_date_written_day_first_is_told_as_it_is_to_be_written(written: str, told: str) -> None:
    (problem,) = decide(position(rule("all: [time since infusion > 3 days]")), {"infusion": written}).problems
    assert f"{told}, or 2026-11 where the day is not known." in problem.detail


@pytest.mark.parametrize("written", ["44.0924524 lb", "705.4792384 oz", "44.0924524 [lb_av]"])
def test_pounds_and_ounces_are_read_as_they_are_shown(written: str) -> None:
    assert holds("weight >= 19.9 kg", {"weight": written}) == "yes"
    assert (
        "kg, g, lb or oz" in decide(position(rule("all: [weight < 20 kg]")), {"weight": "20 stone"}).problems[0].detail
    )


# --- dates, `none`, choices, events ---


@pytest.mark.parametrize(
    "value",
    [
        "2026-10-22",
        date(2026, 10, 22),
        datetime(2026, 10, 22, 9, tzinfo=UTC),
        "2026-10-22T09:00:00Z",
        {"value": "2026-10-22"},
    ],
)
def test_a_date_in_each_form(value: Any) -> None:
    assert holds("time since infusion = 30 days", {"infusion": value}) == "yes"


@pytest.mark.parametrize(
    "value", ["22.10.2026", "10/22/2026", "2026-02-30", 2026, 20261022, "soon", True, [], {"on": "2026-10-22"}]
)
def test_no_date(value: Any) -> None:
    assert holds("infusion is recorded", {"infusion": value}) == "unknown"
    assert set(problems("infusion is recorded", {"infusion": value})) <= {"unreadable"}


def test_none_is_for_dates_and_events_only() -> None:
    assert holds("infusion is recorded", {"infusion": "none"}) == "no"
    assert holds("count of infection >= 1", {"infection": "none"}) == "no"
    assert problems("a", {"a": "none"}) == ["unreadable"]
    assert problems("igg < 400 mg/dL", {"igg": "none"}) == ["unreadable"]


def test_none_and_a_date_contradict_each_other() -> None:
    record = {"infusion": ["none", "2026-10-22"]}
    for line in (
        "infusion is recorded",
        "time since infusion <= 90 days",
        "time since infusion > 90 days",
        "infusion is planned",
    ):
        assert holds(line, record) == "unknown"
    assert problems("infusion is recorded", record) == ["conflicting"]


def test_none_said_after_as_of_does_not_count_yet() -> None:
    record = {"infusion": {"value": "none", "on": "2026-12-01"}}
    assert holds("infusion is recorded", record) == "unknown"
    assert problems("infusion is recorded", record) == ["after-as-of"]


@pytest.mark.parametrize("value", ["axi", "Yescarta", "yescarta", " YESCARTA "])
def test_brand_names(value: str) -> None:
    assert holds("product is axi", {"product": value}) == "yes"


@pytest.mark.parametrize("value", ["axicel", "none", "", 1, ["axi", 3], {"value": "x"}, "x" * 100_000])
def test_unknown_choice(value: Any) -> None:
    assert holds("product is axi", {"product": value}) == "unknown"
    assert problems("product is axi", {"product": value}) == ["unknown-choice"]


def test_a_list_of_choices_says_these_and_no_others() -> None:
    assert holds("diagnosis is mm", {"diagnosis": ["cll"]}) == "no"
    assert holds("diagnosis is mm", {"diagnosis": "cll"}) == "no"
    assert holds("diagnosis is mm", {"diagnosis": []}) == "no"
    assert holds("diagnosis is mm", {"diagnosis": "none"}) == "no"
    assert holds("diagnosis is mm", {"diagnosis": ["cll", "mm"]}) == "yes"
    assert holds("diagnosis is mm", {"diagnosis": "unknown"}) == "unknown"
    assert holds("diagnosis is mm", {"diagnosis": ["cll", "myelom"]}) == "unknown"
    assert holds("diagnosis is cll", {"diagnosis": ["cll", "myelom"]}) == "yes"


@pytest.mark.parametrize(
    ("item", "kind"),
    [("pneumonia", "unreadable"), ({"severity": "awful"}, "unknown-choice"), ({"organ": "lung"}, "unreadable"), ({"on": "once"}, "unreadable"), ({"on": 5}, "unreadable"), (None, "unreadable"), ({1: 2}, "unreadable")],
)  # fmt: skip
def test_an_event_that_cannot_be_read_leaves_the_list_open(item: Any, kind: str) -> None:
    record = {"infection": [{"on": "2026-10-20", "severity": "serious", "kind": "bacterial"}, item]}
    assert problems("count of infection >= 1", record) == [kind]
    assert holds("count of infection >= 1", record) == "yes"
    assert holds("count of infection >= 2", record) == "unknown"


def test_a_tuple_is_a_list() -> None:
    assert holds("count of infection >= 1", {"infection": ()}) == "no"
    assert holds("igg < 400 mg/dL", {"igg": ({"value": "380 mg/dL", "on": "2026-10-01"},)}) == "yes"


# --- names, ids, digests ---


def test_unknown_names_are_told_and_ignored() -> None:
    assert _problems({"iggg": "380 mg/dL", "a": "yes"}) == [("unknown-fact", "iggg")]
    detail = decide(position(), {"iggg": 1}).problems[0].detail
    assert "Did you mean `igg`?" in detail
    assert _problems({"id": "p1", "a": "yes"}) == []


def test_a_fact_called_by_its_title_or_another_of_its_names_is_offered() -> None:
    facts = igguide.load().facts
    for key, wanted in (("walks_without_help", "walks_unaided"), ("IgG", "igg"), ("pregnant", "pregnancy")):
        (trouble,) = read_record({key: "yes"}, facts).troubles
        assert trouble.detail.endswith(f"Did you mean `{wanted}`?")


@pytest.mark.parametrize("key", [1, None, True, 2.5, (1, 2), date(2026, 1, 1), "x" * 100_000])
def test_a_name_that_is_no_text_is_no_fact(key: Any) -> None:
    assert [kind for kind, _ in _problems({key: "yes", "a": "yes"})] == ["unknown-fact"]


def test_the_id_is_kept_as_text() -> None:
    assert decide(position(), {"id": 17}).record_id == "17"
    assert decide(position(), {"record": "p-1"}).record_id == "p-1"
    assert decide(position(), {"id": True}).record_id is None
    assert decide(position(), {"id": 10**5000}).record_id is not None


def test_the_digest_is_of_the_content_not_of_its_order() -> None:
    one = decide(position(), {"a": "yes", "b": "no"}).record_digest
    assert one == decide(position(), {"b": "no", "a": "yes"}).record_digest
    assert one != decide(position(), {"a": "yes", "b": "yes"}).record_digest


def test_a_record_without_end_cannot_be_read() -> None:
    endless: list[Any] = []
    endless.append(endless)
    deep: Any = "x"
    for _ in range(5000):
        deep = [deep]
    for value in (endless, deep):
        with pytest.raises(RecordError):
            decide(position(), {"a": value})


# --- the date of evaluation ---


@pytest.mark.parametrize("as_of", ["2026-11", "today", "", 20261121, None, "2026-02-30", [2026]])
def test_what_is_no_day_is_no_date_of_evaluation(as_of: Any) -> None:
    with pytest.raises(RequestError):
        decide(position(), {}, as_of)


def test_an_instant_counts_as_its_day() -> None:
    found = decide(
        position(rule("all: [time since infusion = 30 days]")),
        {"infusion": "2026-10-22"},
        datetime(2026, 11, 21, 9, tzinfo=UTC),
    )
    assert found.topics[0].positions[0].rules["the-rule"].holds == "yes"
    assert found.to_dict()["as_of"] == AS_OF


# --- junk ---

_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.binary(max_size=4), st.dates(), st.datetimes(),
    st.decimals(), st.sampled_from(["yes", "no", "unknown", "none", "380 mg/dL", "< 40 mg/dL", "2026-10-01", "58 years", "cll", 10**60, -0.0, "1e999 kg"]),
)  # fmt: skip
_JUNK = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.sampled_from(["value", "on", "severity", "kind"]), st.integers(), st.text(max_size=3)),
            inner,
            max_size=3,
        ),
        st.tuples(inner),
    ),
    max_leaves=6,
)
_FACTS = sorted(library(position()).facts)
_NAMES = st.one_of(st.sampled_from(_FACTS), st.text(max_size=5), st.integers(), st.none())
_EVERYTHING = position(
    rule("any: [igg < 1 mg/dL, weight > 1 kg, age > 1 years, a, product is axi, diagnosis is cll, score < 1 points, serious_bacterial, recurrent, body_mass_index > 1 kg/m2, igg < igg_lower_limit]", "one"),
    rule("all: [infusion is planned, count of infection >= 1, creatinine > 1 umol/L, target is cd19, time since infusion < 3 months, fold_rise > 2 1, infection is recorded]", "two"),
)  # fmt: skip


@given(st.dictionaries(_NAMES, _JUNK, max_size=6))
def test_no_record_breaks_the_engine(record: dict[Any, Any]) -> None:
    found = decide(_EVERYTHING, record).to_dict()
    json.dumps(found, allow_nan=False)


@given(
    st.dictionaries(
        st.sampled_from(_FACTS),
        st.one_of(
            st.integers(), st.floats(), st.binary(max_size=3), st.dictionaries(st.integers(), st.none(), min_size=1)
        ),
    )
)
def test_junk_is_never_a_recommendation(record: dict[str, Any]) -> None:
    record.pop("score", None)  # a score is bare
    for name in list(record):
        if isinstance(record[name], dict) and name == "infection":
            del record[name]
    found = decide(_EVERYTHING, record)
    assert {rule.holds for rule in found.topics[0].positions[0].rules.values()} == {"unknown"}
    assert {p.kind for p in found.problems} <= {"unreadable", "wrong-unit", "unknown-choice"}
