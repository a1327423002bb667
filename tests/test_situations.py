"""Situations: YAML in, out comes what one fact does to a position's rules; and what a rule still depends on."""

from __future__ import annotations

import pytest
from building import TOPIC, library, position, rule

from igguide.agreement_map import agreement_map
from igguide.situations import Effect, SituationTable, situations


def table(*texts: str, topic: str = TOPIC, most: int = 20) -> SituationTable | None:
    of = library(*texts, topic=topic)
    return situations(of.topics["the-topic"], of.facts, most)


def effects(*texts: str, topic: str = TOPIC) -> dict[str, list[Effect]]:
    """Return the effect on each position, by the text of the situation's line."""
    found = table(*texts, topic=topic)
    assert found is not None
    return {each.line.text: [row[i] for _, row in found.rows] for i, each in enumerate(found.situations)}


def names(effect: Effect) -> dict[str, list[str]]:
    parts = {"needed": effect.needed, "counts": effect.counts, "stressed": effect.stressed, "excluded": effect.excluded}
    return {name: [each.id for each in rules] for name, rules in parts.items() if rules}


@pytest.mark.parametrize(
    ("when", "effect"),
    [
        ("all: [a]", {"needed": ["the-rule"]}),
        ("all: [a, b]", {"needed": ["the-rule"]}),
        ("any: [a, b]", {"counts": ["the-rule"]}),
        ("none: [a]", {"excluded": ["the-rule"]}),
        ("at_least: 2\nof: [a, b, c]", {"counts": ["the-rule"]}),
        ("all: [b]", None),
    ],
)
def test_a_fact_is_needed_counts_or_excludes(when: str, effect: dict[str, list[str]] | None) -> None:
    text = position(rule(when))
    found = effects(text)
    assert (names(found["a"][0]) if "a" in found else None) == effect


def test_a_fact_that_only_stresses_a_rule_is_told_as_such() -> None:
    text = position(rule("all: [b]", more="especially_when: {all: [a]}"), rule("all: [a]", "other"))
    assert names(effects(text)["a"][0]) == {"needed": ["other"], "stressed": ["the-rule"]}


def test_lines_inside_criteria_count_and_a_position_that_does_not_look_is_silent() -> None:
    first = position(rule("all: [burden]"), more="criteria: {burden: {any: [a, b]}}")
    second = position(rule("all: [c]"), name="pos-two")
    found = effects(first, second)
    assert [names(each) for each in found["a"]] == [{"counts": ["the-rule"]}, {}]
    assert [each.any for each in found["a"]] == [True, False]


def test_whom_a_position_is_for_is_told_and_not_repeated_for_each_rule() -> None:
    only = position(rule("all: [b]"), more="applies_when: {all: [a]}")
    never = position(rule("all: [b]"), name="pos-two", more="applies_when: {none: [a]}")
    assert [each.scope for each in effects(only, never)["a"]] == ["only", "never"]


def test_options_that_no_rule_tells_apart_are_one_situation() -> None:
    first = position(rule('all: ["product is one of axi, tisa"]'))
    second = position(rule("all: [product is cilta]"), name="pos-two")
    found = table(first, second)
    assert found is not None
    assert sorted(sorted(each.options) for each in found.situations) == [["axi", "tisa"], ["cilta"]]


def test_what_the_topic_asks_for_is_no_situation() -> None:
    topic = TOPIC + "arises_when: {all: [a]}\n"
    found = effects(position(rule("all: [a, b]")), topic=topic)
    assert list(found) == ["b"]


def test_the_most_asked_for_come_first_and_the_rest_are_counted() -> None:
    found = table(position(rule("all: [a, b]")), position(rule("all: [b]"), name="pos-two"), most=1)
    assert found is not None
    assert [each.line.text for each in found.situations] == ["b"]
    assert found.left_out == 1


def test_what_every_rule_rules_out_alike_comes_last() -> None:
    first = position(rule("all: [b]\nnone: [a]"))
    found = table(first, position(rule("none: [a]"), name="pos-two"), position(rule("none: [a]"), name="pos-three"))
    assert found is not None
    assert [each.line.text for each in found.situations] == ["b", "a"]


def test_what_all_positions_are_only_for_comes_last() -> None:
    first, second = (
        position(rule("all: [b]"), name=name, more="applies_when: {all: [a]}") for name in ("pos-one", "pos-two")
    )
    found = table(first, second.replace("all: [b]", "all: [c]"))
    assert found is not None
    assert [each.line.text for each in found.situations] == ["b", "c", "a"]


def test_positions_that_look_at_none_of_the_situations_are_told_apart() -> None:
    found = table(position(rule("all: [a]")), position(rule("all: [igg < 400 mg/dL]"), name="pos-two"))
    assert found is not None
    assert [each.id for each in found.quiet] == ["pos-two"]


def test_a_topic_whose_rules_look_at_numbers_only_has_no_situations() -> None:
    assert table(position(rule("all: [igg < 400 mg/dL]"))) is None


# --- what a rule still depends on, as the map shows it ---


def depends(text: str, topic: str = TOPIC) -> dict[str, list[str]]:
    of = library(text, topic=topic)
    the_topic = of.topics["the-topic"]
    found = agreement_map(the_topic, [of.compiled[each.address] for each in the_topic.positions.values()], of.facts)
    assert found is not None
    cells = zip(found.columns, found.rows[0].cells, strict=True)
    return {
        column.label: [getattr(part, "text", "group") for _, _, parts in cell.rules for part in parts]
        for column, cell in cells
    }


def test_a_rule_names_what_it_still_depends_on_at_a_value() -> None:
    text = position(rule("all: [low, igg < 400 mg/dL, a]"), more="criteria: {low: {any: [igg < 200 mg/dL, b]}}")
    assert depends(text) == {
        "below 200 mg/dL": ["a"],
        "from 200 mg/dL to below 400 mg/dL": ["b", "a"],
        "400 mg/dL or more": [],
    }


def test_what_topic_and_scope_ask_for_is_taken_as_given() -> None:
    text = position(rule("all: [igg < 400 mg/dL, a, b]"), more="applies_when: {all: [b]}")
    assert depends(text, TOPIC + "arises_when: {all: [a]}\n")["below 400 mg/dL"] == []
    of = library(text, topic=TOPIC + "arises_when: {all: [a]}\n")
    found = agreement_map(of.topics["the-topic"], list(of.compiled.values()), of.facts)
    assert found is not None
    assert [cell.state for cell in found.rows[0].cells] == ["for", "nothing"]


def test_values_at_which_the_question_does_not_arise_are_left_out() -> None:
    text = position(rule("all: [igg < 400 mg/dL]"), rule("all: [igg < 100 mg/dL, a]", "more"))
    assert list(depends(text, TOPIC + "arises_when: {all: [igg < 400 mg/dL]}\n")) == [
        "below 100 mg/dL",
        "from 100 mg/dL to below 400 mg/dL",
    ]
