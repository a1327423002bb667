"""Doses: the course, the limit, the step, the alternatives, and what a formula that depends on a choice gives."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from building import BODY, CITE, TOPIC, decide, library, position, rule

import igguide
from igguide.report import evaluate_text

HE = {"a": "yes", "weight": "80 kg", "height": "175 cm", "sex": "male"}


def dose(dosing: str, record: dict[str, Any]) -> Any:
    """Return the dose of a rule with this dosing, as plain data."""
    more = (
        f"dosing:\n  other: {{give: 1 g/kg, by: actual_weight, every: 3 weeks, {CITE}}}\n  main: {{{dosing}, {CITE}}}"
        f"\n  second: {{give: 2 g, times: 1, then: other, {CITE}}}"
    )
    found = decide(position(rule("all: [a]", more="dose: main"), more=more), record, facts=BODY)
    return found.to_dict()["topics"][0]["positions"][0]["recommendations"][0]["dose"]


def words(dosing: str, record: dict[str, Any]) -> str:
    """Return how the report speaks of the dose, on one line."""
    more = (
        f"dosing:\n  other: {{give: 1 g/kg, by: actual_weight, every: 3 weeks, {CITE}}}\n  main: {{{dosing}, {CITE}}}"
        f"\n  second: {{give: 2 g, times: 1, then: other, {CITE}}}"
        f"\n  named: {{title: Prednisolone 40 mg, give: 40 mg, every: 1 day, {CITE}}}"
    )
    found = decide(position(rule("all: [a]", more="dose: main"), more=more), record, facts=BODY)
    text = " ".join(found.explain().split())
    return text[text.index("Dose: ") + 6 :].split(" Source:")[0].split(" Cited:")[0]


@pytest.mark.parametrize(
    ("dosing", "amount"),
    [
        ("give: 2 g/kg, by: actual_weight", "160 g"),
        ("give: 2 g/kg, by: actual_weight, at_most: 100 g", "100 g"),
        ("give: 2 g/kg, by: actual_weight, at_most: 160 g", "160 g"),
        ("give: 2 g/kg, by: actual_weight, at_most: 1 g/kg", "80 g"),
        ("give: 1-2 g/kg, by: actual_weight, at_most: 100 g", "80-100 g"),
        ("give: 0.41 g/kg, by: actual_weight, round_to: 5 g", "35 g"),
        ("give: 0.4 g/kg, by: actual_weight, round_to: 5 g", "30 g"),
        ("give: 2 g/kg, by: actual_weight, round_to: 90 g, at_most: 170 g", "170 g"),  # the limit is the last word
        ("give: 500 mg, at_most: 0.4 g", "400 mg"),
        ("give: 3 mg/kg/min, by: actual_weight", "240 mg/min"),
        ("give: 0.5-5 mL/kg/h, by: actual_weight", "40-400 mL/h"),
        ('give: "50 [iU]/kg", by: actual_weight', "4000 [iU]"),
        ("give: 600 mg/m2, by: area", "1140 mg"),
        ("give: 30 mg/kg, by: actual_weight", "2400 mg"),
        ("give: 12-15 L", "12-15 L"),
    ],
)
def test_an_amount_is_counted_then_rounded_then_cut(dosing: str, amount: str) -> None:
    found = dose(dosing, {**HE, "area": "1.9 m2"})["amount"]
    number = found["value"] if "value" in found else f"{found['low']}-{found['high']}"
    assert f"{number} {found['unit']}" == amount


@pytest.mark.parametrize(("weight", "rounded"), [("31.25 kg", "15"), ("31.24 kg", "10"), ("43.75 kg", "20")])
def test_half_a_step_is_rounded_up(weight: str, rounded: str) -> None:
    found = dose("give: 0.4 g/kg, by: actual_weight, round_to: 5 g", {"a": "yes", "weight": weight})
    assert found["amount"] == {"value": rounded, "unit": "g"}


def test_a_cut_amount_says_so_and_one_that_is_not_cut_does_not() -> None:
    assert dose("give: 2 g/kg, by: actual_weight, at_most: 100 g", HE)["capped"] is True
    assert dose("give: 2 g/kg, by: actual_weight, at_most: 160 g", HE)["capped"] is False


def test_a_limit_alone_is_worked_out_and_waits_for_the_weight() -> None:
    found = dose("at_most: 3.3 mg/kg/min, by: actual_weight", HE)
    assert (found["amount"], found["at_most"]) == (None, {"value": "264", "unit": "mg/min"})
    without = decide(
        position(
            rule("all: [a]", more="dose: main"),
            more=f"dosing: {{main: {{at_most: 3.3 mg/kg/min, by: actual_weight, {CITE}}}}}",
        ),
        {"a": "yes"},
    )
    rule_data = without.to_dict()["topics"][0]["positions"][0]["recommendations"][0]
    assert (rule_data["dose"]["at_most"], rule_data["missing"]) == (None, ["weight"])


@pytest.mark.parametrize(
    ("dosing", "said"),
    [
        # in all, and each time: neither can be taken for the other
        ("give: 2 g/kg, by: actual_weight, over: 2-5 days, at_most: 100 g",
         "100 g in all, spread over 2 to 5 days (2 g/kg of actual weight, 80 kg, at most 100 g)"),
        ("give: 0.4 g/kg, by: actual_weight, every: 1 day, for: 5 days",
         "32 g a day for 5 days, 160 g in all (0.4 g/kg of actual weight, 80 kg)"),
        ("give: 0.4-0.8 g/kg, by: actual_weight, every: 1 day, for: 2-5 days",
         "32 to 64 g a day for 2 to 5 days, 64 to 320 g in all (0.4 to 0.8 g/kg of actual weight, 80 kg)"),
        ("give: 1 g/kg, by: actual_weight, every: 3 weeks", "80 g every 3 weeks (1 g/kg of actual weight, 80 kg)"),
        ("give: 1 g/kg, by: actual_weight, every: 3 weeks, times: 2-5",
         "80 g every 3 weeks, 2 to 5 times, 160 to 400 g in all (1 g/kg of actual weight, 80 kg)"),
        ("give: 0.4 g/kg, by: actual_weight, every: 3 weeks, for: 12 weeks",
         "32 g every 3 weeks for 12 weeks, 128 g in all (0.4 g/kg of actual weight, 80 kg)"),
        ("give: 0.4 g/kg, by: actual_weight, every: 4 weeks, for: 6 months",
         "32 g every 4 weeks for 6 months (0.4 g/kg of actual weight, 80 kg)"),  # months are no number of weeks
        ("give: 2 g/kg, by: actual_weight, over: 2-5 days, every: 4 weeks, times: 1-4",
         "160 g spread over 2 to 5 days each time, every 4 weeks, 1 to 4 times, 160 to 640 g in all (2 g/kg of actual weight, 80 kg)"),
        ("give: 1 g/kg, by: actual_weight, times: 1, or: [other]",
         "80 g once (1 g/kg of actual weight, 80 kg), or 80 g every 3 weeks (1 g/kg of actual weight, 80 kg)"),
        ("give: 1 g/kg, by: actual_weight, times: 1-3",
         "80 g each time, 1 to 3 times, 80 to 240 g in all (1 g/kg of actual weight, 80 kg)"),
        ("give: 2 g/kg, by: actual_weight, times: 1, over: 10-12 hours, round_to: 5 g",
         "160 g once, over 10 to 12 hours (2 g/kg of actual weight, 80 kg, rounded to the nearest 5 g)"),
        ("give: 0.4 g/kg, by: actual_weight, every: 1 day, until: {all: [c]}",
         "32 g a day until C (0.4 g/kg of actual weight, 80 kg)"),  # nobody knows how many that makes
        ("give: 60 mg, every: 1 day", "60 mg a day"),
        # the weight that was used, in kilograms
        ("give: 2 g/kg, by: ideal_weight", "about 140.9 g (2 g/kg of ideal weight, about 70.5 kg)"),
        ("at_most: 3.3 mg/kg/min, by: actual_weight", "at most 264 mg/min (3.3 mg/kg/min of actual weight, 80 kg)"),
        # a limit below the sum is not passed over
        ("give: 1 g/kg, by: actual_weight, every: 1 day, for: 3 days, at_most: 3 g/kg",
         "80 g a day for 3 days, 240 g in all (1 g/kg of actual weight, 80 kg, at most 3 g/kg in all)"),
        ("give: 1 g/kg, by: actual_weight, every: 1 day, for: 3 days, at_most: 100 g",
         "80 g a day for 3 days (1 g/kg of actual weight, 80 kg, at most 100 g each time)"),
        # so is one that no single dose reaches, however many there may be
        ("give: 0.1 g/kg, by: actual_weight, at_most: 2 g/kg",
         "8 g (0.1 g/kg of actual weight, 80 kg, at most 2 g/kg in all)"),
        ("give: 2 g/kg, by: actual_weight, at_most: 100 g", "100 g (2 g/kg of actual weight, 80 kg, at most 100 g)"),
        ("give: 30 mg, every: 8 hours, at_most: 120 mg, round_to: 10 mg",
         "30 mg every 8 hours (30 mg, rounded to the nearest 10 mg, at most 120 mg each time)"),
        # of doses to choose from, one with a name is named
        ("give: 1 g, times: 1, or: [named, second]", "1 g once, or prednisolone: 40 mg a day, or 2 g once"),
        # grams above 1000 mg, exactly; the source's own unit where its words are told
        ("give: 30 mg/kg, by: actual_weight, every: 1 day", "2.4 g a day (30 mg/kg of actual weight, 80 kg)"),
        ("give: 12.5-12.6 mg/kg, by: actual_weight", "1 to 1.008 g (12.5 to 12.6 mg/kg of actual weight, 80 kg)"),
        ("give: 500 mg, every: 12 hours, for: 3 days", "500 mg every 12 hours for 3 days, 3 g in all"),
        ("give: 1000 mg, times: 1", "1000 mg once"),
        ("give: 14 mg/kg/min, by: actual_weight", "1120 mg/min (14 mg/kg/min of actual weight, 80 kg)"),
        # all that follows, each worked out
        ("give: 0.4 g/kg, by: actual_weight, every: 1 day, for: 5 days, then: other",
         "32 g a day for 5 days, 160 g in all (0.4 g/kg of actual weight, 80 kg); then 80 g every 3 weeks (1 g/kg of actual weight, 80 kg)"),
        ("give: 1 g, times: 1, then: second",
         "1 g once; then 2 g once; then 80 g every 3 weeks (1 g/kg of actual weight, 80 kg)"),
    ],
)  # fmt: skip
def test_a_dose_is_said_in_one_sentence(dosing: str, said: str) -> None:
    assert words(dosing, HE).rstrip(".") == said


@pytest.mark.parametrize(
    ("sex", "low", "high"),
    [({"sex": "male"}, "70.46", "70.47"), ({"sex": "female"}, "65.96", "65.97"), ({}, None, None)],
)
def test_a_formula_may_depend_on_a_choice(sex: dict[str, str], low: str | None, high: str | None) -> None:
    record = {"a": "yes", "height": "175 cm", **sex}
    found = decide(position(rule("all: [ideal_weight >= 60 kg]")), record, facts=BODY).findings["ideal_weight"]
    if low is None:
        assert found.range is None
    else:
        assert found.range is not None
        assert low < str(found.range.exact) < str(high)


def test_a_choice_that_is_not_known_leaves_the_fact_to_be_asked() -> None:
    found = decide(position(rule("all: [ideal_weight >= 60 kg]")), {"height": "175 cm"}, facts=BODY)
    assert [question.fact.name for question in found.ask] == ["sex"]


@pytest.mark.parametrize(
    ("record", "missing"),
    [
        ({"sex": "male"}, ["height"]),
        ({"height": "175 cm"}, ["sex"]),
        ({}, ["sex", "height"]),
        ({"sex": "male", "height": "> 150 cm"}, ["height"]),
    ],
)
@pytest.mark.parametrize("by", ["ideal_weight", "adjusted_weight"])
def test_what_is_missing_of_a_weight_is_exactly_what_is_not_recorded(
    by: str, record: dict[str, Any], missing: list[str]
) -> None:
    more = f"dosing: {{main: {{give: 1 g/kg, by: {by}, {CITE}}}}}"
    record = {"a": "yes", "weight": "80 kg", **record}
    found = decide(position(rule("all: [a]", more="dose: main"), more=more), record, facts=BODY)
    assert found.topics[0].positions[0].rules["the-rule"].missing == missing


# --- for whom a topic arises ---

ARISES = TOPIC.replace("anchor: infusion\n", "arises_when: {any: [diagnosis is cll]}\n")


@pytest.mark.parametrize(
    ("record", "answered", "asked"),
    [
        ({"diagnosis": ["cll"]}, 1, []),
        ({"diagnosis": ["mm"]}, 0, []),
        ({}, 0, [{"topic": "the-topic", "fact": "diagnosis", "question": "Which diagnoses?"}]),
    ],
)
def test_a_topic_is_answered_where_it_arises_and_named_where_that_is_not_known(
    record: dict[str, Any], answered: int, asked: list[dict[str, str]]
) -> None:
    of = library(position(rule("all: [a]")), topic=ARISES)
    found = of.evaluate({**record, "a": "yes"}, as_of="2026-11-21")
    assert len(found.topics) == answered
    assert found.to_dict()["not_considered"] == asked
    by_name = of.evaluate({**record, "a": "yes"}, as_of="2026-11-21", topics=["the-topic"])
    assert len(by_name.topics) == 1
    assert by_name.not_considered == ()


def test_one_prescription_comes_to_four_doses() -> None:
    """160, 150, 148.6 and 140.9 g for a man of 80 kg and 175 cm at 2 g/kg, by whose dosing weight is used."""
    guidelines = igguide.load()
    patient = guidelines.topics["dosing-weight"].patient
    assert patient is not None
    record = {"prescribed_dose_per_kg": "2 g/kg", "sex": "male", "height": "175 cm", "weight": "80 kg"}
    assert record.items() <= patient.record.items()
    found = guidelines.evaluate(patient.record, as_of=patient.as_of, topics=["dosing-weight"])
    amounts = {
        position.position.id: rule.dose.amount.exact.quantize(Decimal("0.1"))
        for position in found.topics[0].positions
        for rule in position.rules.values()
        if rule.holds == "yes" and rule.dose and rule.dose.amount and rule.dose.amount.exact is not None
    }
    assert amounts == {
        "hospital-ivig-order": Decimal("160.0"),
        "ontario-dose-calc": Decimal("150.0"),
        "lifeblood-2026": Decimal("148.6"),
        "toledo-ivig-policy": Decimal("140.9"),
    }


def test_the_dosing_weight_is_told_before_a_dose_is_prescribed() -> None:
    record = {
        "sex": "male",
        "height": "175 cm",
        "weight": "80 kg",
        "age": "45 years",
        "pregnancy": "no",
        "obesity": "no",
    }
    text = " ".join(
        evaluate_text(igguide.load().evaluate(record, as_of="2026-11-21", topics=["dosing-weight"])).split()
    )
    assert "prescribed dose per kilogram of adjusted body weight, rounded to the nearest 5 g (about 74.3 kg)" in text
    assert "prescribed dose per kilogram of lower of actual and ideal weight (about 70.5 kg)" in text


def test_each_step_of_a_ramp_up_is_told() -> None:
    record = {"switching_to_scig": "yes", "primary_immunodeficiency": "yes", "immunoglobulin_product": "hyqvia"}
    record |= {"product_labelling": "united_states", "previous_immunoglobulin_route": "intravenous", "age": "40 years"}
    record |= {"previous_immunoglobulin_dose": "30 g", "previous_immunoglobulin_interval": "4 weeks"}
    found = igguide.load().evaluate(record, as_of="2026-11-21", positions=["ivig-to-scig-conversion/hyqvia-us"])
    steps = " ".join(evaluate_text(found).split()).split("Dose: ")[1].split("; then ")
    assert [step.split(" once")[0] for step in steps] == ["7.5 g", "15 g", "22.5 g", "30 g"]
