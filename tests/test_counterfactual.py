"""What would change an answer: the nearest other values, in words, each proved by running the engine."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import jsonschema
import pytest

import igguide
from igguide.counterfactual import Flip, flip_text, flips
from igguide.decision import flip_data
from igguide.quantity import Range, plain
from igguide.validate import schema

AS_OF = date(2026, 11, 21)
LIBRARY = igguide.load()
ADULT = {"age": "58 years", "car_t_infusion": "2026-10-07", "car_t_target": "cd19", "infection": []}


def found(
    record: dict[str, Any], position: str = "wat-barmettler-2022", topic: str = "car-t-igg-replacement"
) -> dict[str, tuple[Flip, ...]]:
    return flips(LIBRARY.compiled[f"{topic}/{position}"], LIBRARY.read(record), LIBRARY.facts, AS_OF)


def texts(record: dict[str, Any], rule: str, position: str = "wat-barmettler-2022") -> list[str]:
    return [flip_text(flip, LIBRARY.wording) for flip in found(record, position)[rule]]


@pytest.mark.parametrize(
    ("igg", "text"),
    [
        ("430 mg/dL", "Would hold if serum IgG were 400 mg/dL or less (found: 430 mg/dL)."),
        ("400 mg/dL", "Would no longer hold if serum IgG were above 400 mg/dL (found: 400 mg/dL)."),
        ("3.8 g/L", "Would no longer hold if serum IgG were above 400 mg/dL (found: 380 mg/dL (written 3.8 g/L))."),
    ],
    ids=["above", "on it", "below"],
)
def test_the_threshold_is_named_with_its_operator(igg: str, text: str) -> None:
    assert texts({**ADULT, "igg": igg}, "low-igg-early") == [text]


def test_a_band_is_named_with_both_ends() -> None:
    record = {"age": "8 years", "car_t_infusion": "2026-10-07", "car_t_target": "cd19", "igg": "700 mg/dL"}
    assert texts(record, "child-400-600") == ["Would hold if serum IgG were 400 to 600 mg/dL (found: 700 mg/dL)."]


def test_two_changes_are_named_only_where_no_single_one_does() -> None:
    listed = found({**ADULT, "igg": "380 mg/dL"})["igg-400-600-with-infection"]
    assert [[change.fact.name for change in flip.changes] for flip in listed] == [
        ["igg", "serious_bacterial_infection"],
        ["igg", "recurrent_bacterial_infections"],
    ]


def test_what_neither_changes_nor_is_measured_again_is_left_alone() -> None:
    everything = [
        change.fact.name
        for listed in found({**ADULT, "igg": "380 mg/dL"}).values()
        for flip in listed
        for change in flip.changes
    ]
    assert not {"age", "born", "car_t_infusion", "car_t_target", "car_t_product"} & set(everything)


def test_an_infection_that_was_is_not_undone() -> None:
    record = {
        **ADULT,
        "igg": "500 mg/dL",
        "infection": [{"on": "2026-10-20", "severity": "serious", "kind": "bacterial"}],
        "recurrent_bacterial_infections": "no",
    }
    assert [[c.fact.name for c in flip.changes] for flip in found(record)["igg-400-600-with-infection"]] == [["igg"]]


def test_an_unknown_answer_has_no_flips() -> None:
    assert "low-igg-early" not in found(ADULT)


@pytest.mark.parametrize("igg", ["150 mg/dL", "400 mg/dL", "401 mg/dL", "600 mg/dL", "700 mg/dL", "900 mg/dL"])
@pytest.mark.parametrize("age", ["8 years", "15 years", "58 years"])
@pytest.mark.parametrize("position", ["wat-barmettler-2022", "hill-2019", "kampouri-2022"])
def test_each_flip_is_true_of_the_changed_record(igg: str, age: str, position: str) -> None:
    record = {
        **ADULT,
        "infection": [],
        "igg": igg,
        "age": age,
        "igg_normal_for_age": "no",
        "specific_antibodies_extremely_low": "yes",
    }
    for rule, listed in found(record, position).items():
        for flip in listed:
            changed = {
                **{k: v for k, v in record.items() if k != "infection"},
                **{c.fact.name: value_of(c.to) for c in flip.changes},
            }
            for name in ("serious_bacterial_infection", "recurrent_bacterial_infections"):
                changed.setdefault(name, "no")
            decision = LIBRARY.evaluate(changed, as_of=AS_OF, positions=[f"car-t-igg-replacement/{position}"])
            assert decision.topics[0].positions[0].rules[rule].holds == flip.to, flip_text(flip, LIBRARY.wording)


def value_of(to: Range | str) -> str:
    if not isinstance(to, Range):
        return to
    low, high = to.low, to.high
    inside = high if low is None else low + 1 if high is None else (low + high) / 2
    if low is None and to.high_open and high is not None:
        inside = high - Decimal("0.5")
    assert inside is not None
    return f"{plain(inside)} mg/dL"


def test_as_data_the_flip_gives_the_fact_the_values_and_the_words() -> None:
    flip = found({**ADULT, "igg": "430 mg/dL"})["low-igg-early"][0]
    assert flip_data(flip, LIBRARY.wording) == {
        "to": "yes",
        "changes": [{"fact": "igg", "to": {"low": None, "high": "400", "unit": "mg/dL", "comparator": None}}],
        "text": "Would hold if serum IgG were 400 mg/dL or less (found: 430 mg/dL).",
    }


def test_a_decision_holds_its_flips_where_they_were_asked_for() -> None:
    record = {**ADULT, "igg": "430 mg/dL"}
    asked = LIBRARY.evaluate(record, as_of=AS_OF, topics=["car-t-igg-replacement"], flips=True)
    data = asked.to_dict()
    jsonschema.Draft202012Validator(schema("decision")).validate(data)
    rules = {rule["id"]: rule for position in data["topics"][0]["positions"] for rule in position["recommendations"]}
    assert rules["low-igg-early"]["flips"][0]["text"].startswith("Would hold if serum IgG were 400 mg/dL or less")
    assert "Would hold if serum IgG were 400 mg/dL or less" in asked.explain()
    plain_answer = LIBRARY.evaluate(record, as_of=AS_OF, topics=["car-t-igg-replacement"]).to_dict()
    assert "flips" not in plain_answer["topics"][0]["positions"][0]["recommendations"][0]
