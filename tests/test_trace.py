"""The trace has the shape of the rule; `missing` and `blockers` are read off it."""

from __future__ import annotations

from typing import Any

import pytest
from building import CITE, answer, decide, position, result, rule

from igguide.trace import blockers, leaves


def _texts(steps: Any) -> list[str]:
    return [step.node.text for step in steps]


def test_the_trace_has_the_shape_of_the_rule_and_shows_what_did_not_hold() -> None:
    found = answer(
        "all: [a, igg <= 400 mg/dL]\nany: [b, burden]",
        {"a": "no", "igg": "500 mg/dL"},
        more="criteria: {burden: {any: [c]}}",
    )
    assert [step.node.join for step in found.step.parts] == ["all", "any"]
    assert [(step.node.text, step.answer) for step in leaves(found.step)] == [
        ("a", "no"),
        ("igg <= 400 mg/dL", "no"),
        ("b", "unknown"),
        ("c", "unknown"),
    ]


def test_every_line_of_the_trace_names_its_place() -> None:
    found = answer("all: [a, igg <= 400 mg/dL]", {})
    assert len({step.node.place for step in leaves(found.step)}) == 2
    assert {step.node.place.file for step in leaves(found.step)} == {"the-topic/pos-one.yaml"}


@pytest.mark.parametrize(
    ("when", "record", "missing"),
    [
        ("all: [a, b]", {"a": "yes"}, ["b"]),
        ("all: [a, b]", {"a": "no"}, []),
        ("any: [a, b]", {"a": "yes"}, []),
        ("any: [a, b]", {}, ["a", "b"]),
        ("any: [a, b]\nall: [c]", {}, ["c", "a", "b"]),  # c settles it alone
        ("at_least: 2\nof: [a, b, c]", {"a": "yes", "b": "no"}, ["c"]),
        ("at_least: 2\nof: [a, b, c]", {}, ["a", "b", "c"]),
        ("none: [a, b]", {"a": "no"}, ["b"]),
        ("all: [igg <= 400 mg/dL]", {"igg": "300-500 mg/dL"}, ["igg"]),
        ("all: [target is cd19]", {}, ["target"]),
        ("all: [serious_bacterial]", {}, ["serious_bacterial"]),
        (
            "all: [serious_bacterial]",
            {
                "serious_bacterial": "no",
                "infection": [{"severity": "serious", "kind": "bacterial", "on": "2026-11-01"}],
            },
            ["serious_bacterial"],
        ),
        ("all: [igg < igg_lower_limit]", {}, ["igg", "age"]),
        ("all: [igg < igg_lower_limit]", {"igg": "250 mg/dL"}, ["age"]),
        ("all: [igg < igg_lower_limit]", {"igg": "250 mg/dL", "age": "0 years"}, ["age"]),
        ("all: [age < 6 months]", {"age": "0 years"}, ["age"]),
        ("all: [age < 6 months]", {"born": "2026"}, ["age"]),
        ("all: [body_mass_index > 30 kg/m2]", {"height": "170 cm"}, ["weight"]),
        ("all: [body_mass_index > 30 kg/m2]", {}, ["weight", "height"]),
        ("all: [score > 3 points]", {}, ["score"]),
        ("all: [score > 3 points]", {"item_3": "yes"}, ["item_1", "item_2"]),
        ("all: [score > 3 points]", {"item_1": "no", "item_2": "no", "item_3": "no", "score": 6}, ["score"]),
        ("all: [count of infection >= 1]", {}, ["infection"]),
        ("all: [infusion is planned]", {"infusion": "2026-11"}, ["infusion"]),
    ],
)
def test_missing(when: str, record: Any, missing: list[str]) -> None:
    assert answer(when, record).missing == missing


@pytest.mark.parametrize(
    ("when", "record", "lines"),
    [
        ("all: [a, b]", {"a": "no", "b": "no"}, ["a", "b"]),
        ("all: [a, b]", {"a": "yes", "b": "no"}, ["b"]),
        ("any: [a, b]", {"a": "no", "b": "no"}, ["a"]),
        ("none: [a, b]", {"a": "yes", "b": "no"}, ["a"]),
        ("at_least: 2\nof: [a, b, c]", {"a": "no", "b": "no", "c": "yes"}, ["a"]),
        ("all: [burden]", {"a": "no", "b": "no", "c": "yes"}, ["c"]),
    ],
)
def test_blockers_are_the_fewest_lines_in_the_way(when: str, record: Any, lines: list[str]) -> None:
    found = answer(
        when,
        record,
        more="criteria: {burden: {any: [a], none: [c], all: [c]}}"
        if "burden" not in when
        else "criteria: {burden: {none: [c]}}",
    )
    assert _texts(blockers(found.step)) == lines


def test_what_a_rule_yields_to_is_in_its_way() -> None:
    text = position(rule("all: [a]", "first", more="unless: [second]"), rule("all: [b, c]", "second", action="stop"))
    found = result(text, {"a": "yes", "b": "yes", "c": "yes"}).rules["first"]
    assert _texts(blockers(found.step)) == ["b"]  # were b otherwise, the second would not hold, and the first would


def test_a_trace_as_data_carries_value_date_threshold_place_and_citation() -> None:
    more = f"criteria: {{burden: {{title: Burden, all: [igg <= 4 g/L], {CITE}}}}}"
    text = position(rule("all: [burden]"), more=more)
    found = decide(text, {"igg": {"value": "3.8 g/L", "on": "2026-10-20"}}).to_dict()["topics"][0]["positions"][0][
        "recommendations"
    ][0]
    criterion = found["trace"]["parts"][0]
    line = criterion["parts"][0]["parts"][0]
    assert criterion["cite"] == {"source": "some-source"}
    assert line["line"] == "igg <= 4 g/L"
    assert line["value"] == {"value": "380", "unit": "mg/dL", "comparator": None}
    assert (line["as_written"], line["on"], line["from"]) == ("3.8 g/L", "2026-10-20", "/igg")
    assert line["threshold"]["in_own_unit"] == {"value": "400", "unit": "mg/dL"}
    assert line["place"].startswith("the-topic/pos-one.yaml:")
