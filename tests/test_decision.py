"""The decision as a whole: topics, questions, problems, positions in force, and its form as data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from building import CITE, decide, library, position, rule

from igguide import RequestError

SCHEMA = Path(__file__).resolve().parents[1] / "schema" / "decision.schema.json"
APPLIES = "applies_when: {all: [infusion is recorded]}"


def test_as_data_it_fits_its_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    more = f"""
applies_when: {{all: [infusion is recorded]}}
criteria: {{burden: {{any: [a, b], {CITE}}}}}
grades: {{low: {{title: Low, bands: [{{severe: igg < 200 mg/dL}}], otherwise: none, {CITE}}}}}
dosing: {{monthly: {{give: 0.4-0.6 g/kg, by: actual_weight, every: 3-4 weeks, {CITE}}}}}
cautions: {{care: {{severity: warning, says: Care., {CITE}}}}}
monitoring: {{monthly: {{measure: igg, every: 1 month, from: infusion, for: 3 months, says: Check., {CITE}}}}}
"""
    lines = "all: [burden, low is severe, age >= 18 years, time since infusion <= 90 days, count of infection >= 1, target is cd19]"
    texts = (
        position(
            rule(lines, more="dose: monthly\nespecially_when: {all: [c]}"),
            rule("any: [a]", "second", more="unless: [the-rule]"),
            more=more,
        ),
        position(rule("all: [igg < 1 mg/dL, low is severe]"), name="pos-two", more=more),
    )
    records: list[dict[str, Any]] = [
        {},
        {
            "infusion": "2026-09-30",
            "a": "yes",
            "igg": "1.9 g/L",
            "age": "58 years",
            "infection": [{"on": "2026-10-01"}],
            "product": "axi",
            "weight": "70 kg",
            "c": "yes",
        },
        {
            "infusion": "2026-09",
            "igg": "< 40 mg/dL",
            "born": "1968",
            "weight": "60-70 kg",
            "infection": "unknown",
            "x": 1,
        },
        {"infusion": "none", "igg": 380, "born": ["1968", "1970"], "target": ["cd19", "bcma"], "diagnosis": ["cll"]},
    ]
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    for record in records:
        for whole in (False, True):
            data = decide(texts, record, whole=whole).to_dict()
            assert [f"{'/'.join(map(str, e.path))}: {e.message[:200]}" for e in validator.iter_errors(data)] == []


# --- which topics ---


def test_a_topic_without_its_anchor_is_named_once_and_answered_when_asked() -> None:
    texts = (position(rule("all: [a]"), more=APPLIES), position(rule("all: [b]"), name="pos-two", more=APPLIES))
    found = decide(texts, {"a": "yes"}, whole=True)
    assert found.topics == ()
    assert found.to_dict()["not_considered"] == [
        {"topic": "the-topic", "fact": "infusion", "question": "When was the infusion?"}
    ]
    asked = decide(texts, {"a": "yes"})
    assert [p.applies for p in asked.topics[0].positions] == ["unknown", "unknown"]
    assert asked.ask[0].fact.name == "infusion"
    assert not asked.not_considered


@pytest.mark.parametrize("infusion", ["none", "unknown", "2026-09-30", "2027-01-01", "nonsense"])
def test_a_topic_of_whose_anchor_something_is_said_is_not_left_out_for_that(infusion: str) -> None:
    found = decide(position(rule("all: [a]"), more=APPLIES), {"infusion": infusion, "a": "yes"}, whole=True)
    assert found.not_considered == ()
    assert len(found.topics) == (0 if infusion == "none" else 1)
    told = {"nonsense": ["unreadable"], "2027-01-01": ["after-as-of"]}
    assert [p.kind for p in found.problems] == told.get(infusion, [])


def test_a_problem_with_the_anchor_of_a_topic_left_out_is_still_told() -> None:
    found = decide(position(more=APPLIES), {"infusion": {"value": "2026-09-30", "on": "2027-01-01"}}, whole=True)
    assert [p.kind for p in found.problems] == ["after-as-of"]


# --- questions ---


def _asked(texts: Any, record: Any) -> list[str]:
    return [question.fact.name for question in decide(texts, record).ask]


def test_rules_are_asked_for_first_then_grades_then_emphasis() -> None:
    more = f"grades: {{low: {{title: Low, bands: [{{severe: b}}], otherwise: none, {CITE}}}}}"
    text = position(rule("all: [d]", more="especially_when: {all: [a]}"), more=more)
    assert _asked(text, {}) == ["d", "b", "a"]


def test_ties_go_by_how_much_is_decided_and_then_by_name() -> None:
    text = position(rule("all: [d, c]", "one"), rule("all: [d]", "two"), rule("all: [b]", "three"))
    assert _asked(text, {}) == ["d", "b", "c"]


def test_the_anchor_is_asked_first() -> None:
    text = position(
        rule("all: [d]", "one"),
        rule("all: [d]", "two"),
        more=f"grades: {{g: {{title: G, bands: [{{bad: time since infusion < 3 days}}], otherwise: none, {CITE}}}}}",
    )
    for record in ({}, {"infusion": "unknown"}):
        assert _asked(text, record)[0] == "infusion"


def test_a_question_names_what_it_decides() -> None:
    more = f"grades: {{low: {{title: Low, bands: [{{severe: a}}], otherwise: none, {CITE}}}}}"
    asked = decide(position(rule("all: [a]"), more=more), {}).to_dict()["ask"]
    assert asked == [
        {"fact": "a", "question": "A?", "decides": ["the-topic/pos-one/the-rule", "the-topic/pos-one/low"]}
    ]


def test_nothing_is_asked_of_a_position_that_does_not_apply() -> None:
    assert _asked(position(rule("all: [a]"), more="applies_when: {all: [b]}"), {"b": "no"}) == []


# --- positions in force ---


@pytest.mark.parametrize(
    ("as_of", "there"), [("2020-01-01", False), ("2020-01-02", True), ("2022-02-02", True), ("2022-02-03", False)]
)
def test_both_ends_of_the_time_in_force_count(as_of: str, there: bool) -> None:
    found = decide(position(valid="{from: 2020-01-02, until: 2022-02-02}"), {"a": "yes"}, as_of)
    assert bool(found.topics[0].positions) is there


@pytest.mark.parametrize(
    ("as_of", "names"), [("2021-02-01", ["pos-one"]), ("2021-02-02", ["pos-two"]), ("2030-01-01", ["pos-two"])]
)
def test_a_position_is_out_from_the_day_its_successor_is_in(as_of: str, names: list[str]) -> None:
    texts = (
        position(valid="{from: 2019-02-02}"),
        position(name="pos-two", valid="{from: 2021-02-02}", more="supersedes: [pos-one]"),
    )
    assert [p.position.id for p in decide(texts, {}, as_of).topics[0].positions] == names


def test_a_retired_position_is_never_used_and_supersedes_nobody() -> None:
    texts = (position(), position(name="pos-two", status="retired", more="supersedes: [pos-one]"))
    assert [p.position.id for p in decide(texts, {}).topics[0].positions] == ["pos-one"]


def test_what_does_not_exist_cannot_be_asked_for() -> None:
    of = library(position())
    with pytest.raises(RequestError):
        of.evaluate({}, as_of="2026-11-21", topics=["no-topic"])
    with pytest.raises(RequestError):
        of.evaluate({}, as_of="2026-11-21", positions=["no-position"])


# --- values as data ---


@pytest.mark.parametrize(
    ("written", "state", "value"),
    [
        ("380.50 mg/dL", "known", {"value": "380.5", "unit": "mg/dL", "comparator": None}),
        ("3.8E+2 mg/dL", "known", {"value": "380", "unit": "mg/dL", "comparator": None}),
        ("0.0001 g/L", "known", {"value": "0.01", "unit": "mg/dL", "comparator": None}),
        ("< 40 mg/dL", "bounded", {"value": "40", "unit": "mg/dL", "comparator": "<"}),
        ("< 0.4 g/L", "bounded", {"value": "40", "unit": "mg/dL", "comparator": "<"}),
        (">= 900 mg/dL", "bounded", {"value": "900", "unit": "mg/dL", "comparator": ">="}),
        ("300-400 mg/dL", "bounded", {"low": "300", "high": "400", "unit": "mg/dL", "comparator": None}),
        ("< 25000 mg/dL", "bounded", {"low": "0", "high": "20000", "unit": "mg/dL", "comparator": None}),
        (["< 40 mg/dL", "500 mg/dL"], "conflicting", {"low": "0", "high": "500", "unit": "mg/dL", "comparator": None}),
        ("99999 mg/dL", "implausible", None),
        (380, "wrong-unit", None),
    ],
)
def test_a_quantity_as_data(written: Any, state: str, value: Any) -> None:
    found = decide(position(rule("all: [igg < 400 mg/dL]")), {"igg": written}).to_dict()["facts"]["igg"]
    assert (found["state"], found["value"]) == (state, value)


@pytest.mark.parametrize(
    ("fact", "written", "state", "value"),
    [
        ("infusion", "2026-08", "bounded", "2026-08"), ("infusion", "2026-08-31", "known", "2026-08-31"), ("infusion", "none", "known", "none"),
        ("a", "yes", "known", "yes"), ("a", True, "known", "yes"), ("a", None, "asked-unknown", None), ("product", "Yescarta", "known", "axi"),
        ("target", ["cd19", "bcma"], "conflicting", ["bcma", "cd19"]),
    ],
)  # fmt: skip
def test_other_facts_as_data(fact: str, written: Any, state: str, value: Any) -> None:
    line = {"infusion": "infusion is recorded", "a": "a", "product": "product is axi", "target": "target is cd19"}[fact]
    found = decide(position(rule(f"all: [{line}]")), {fact: written}).to_dict()["facts"][fact]
    assert (found["state"], found["value"]) == (state, value)


def test_a_dose_as_data_is_exact() -> None:
    more = f"dosing: {{monthly: {{give: 0.5 g/kg, by: actual_weight, every: 1 month, {CITE}}}}}"
    found = decide(
        position(rule("all: [a]", more="dose: monthly"), more=more), {"a": "yes", "weight": "154 [lb_av]"}
    ).to_dict()
    dose = found["topics"][0]["positions"][0]["recommendations"][0]["dose"]
    assert dose["amount"] == {"value": "34.92661249", "unit": "g"}
    assert (dose["per"], dose["by"], dose["every"]) == (
        {"value": "0.5", "unit": "g/kg"},
        "actual_weight",
        {"value": "1", "unit": "mo"},
    )
