"""The map of agreement: YAML in, parts of the axis and what each position says in them out."""

from __future__ import annotations

from building import library, position, rule

from igguide.agreement_map import AgreementMap, agreement_map
from igguide.picture import map_described, map_tall, map_wide


def the_map(*texts: str) -> AgreementMap | None:
    of = library(*texts)
    topic = of.topics["the-topic"]
    return agreement_map(topic, [of.compiled[each.address] for each in topic.positions.values()], of.facts)


def shown(*texts: str) -> dict[str, list[str]]:
    """Return what each position says, by the label of the part."""
    found = the_map(*texts)
    assert found is not None
    return {column.label: [row.cells[i].state for row in found.rows] for i, column in enumerate(found.columns)}


LE = position(rule("all: [igg <= 400 mg/dL]"))
LT = position(rule("all: [igg < 400 mg/dL]"), name="pos-two")


def test_exactly_on_the_threshold_is_a_part_of_its_own_where_the_operators_differ() -> None:
    assert shown(LE, LT) == {
        "below 400 mg/dL": ["for", "for"],
        "exactly 400 mg/dL": ["for", "nothing"],
        "above 400 mg/dL": ["nothing", "nothing"],
    }


def test_parts_that_look_alike_are_joined_and_say_which_ends_they_hold() -> None:
    assert list(shown(LE)) == ["400 mg/dL or less", "above 400 mg/dL"]
    assert list(shown(LT)) == ["below 400 mg/dL", "400 mg/dL or more"]
    between = position(rule("all: [igg >= 400 mg/dL, igg < 600 mg/dL]"))
    assert list(shown(between)) == ["below 400 mg/dL", "400 mg/dL to below 600 mg/dL", "600 mg/dL or more"]


def test_other_units_are_brought_to_that_of_the_fact() -> None:
    assert list(shown(position(rule("all: [igg < 4 g/L]")))) == ["below 400 mg/dL", "400 mg/dL or more"]


def test_a_rule_that_asks_for_more_may_hold_and_one_that_cannot_hold_says_nothing() -> None:
    text = position(
        rule("all: [igg < 400 mg/dL, a]"),
        rule("all: [igg < 200 mg/dL]", "always", more="overlaps: [the-rule]"),
        rule("all: [igg >= 400 mg/dL, b]", "stop", action="stop"),
    )
    assert shown(text) == {
        "below 200 mg/dL": ["for"],
        "200 mg/dL to below 400 mg/dL": ["may-for"],
        "400 mg/dL or more": ["may-against"],
    }


def test_a_rule_for_and_one_against_that_may_both_hold_are_told_as_either() -> None:
    text = position(rule("all: [igg < 400 mg/dL, a]"), rule("all: [igg < 400 mg/dL, b]", "stop", action="stop"))
    assert shown(text)["below 400 mg/dL"] == ["may-either"]


def test_the_scope_counts_and_lines_inside_criteria_are_cut_too() -> None:
    text = position(
        rule("all: [low]"), more="applies_when: {all: [igg < 300 mg/dL]}\ncriteria: {low: {all: [igg < 500 mg/dL]}}"
    )
    assert shown(text) == {"below 300 mg/dL": ["for"], "300 mg/dL or more": ["nothing"]}


def test_ages_and_times_are_cut_on_the_day() -> None:
    assert list(shown(position(rule("all: [age < 18 years]")))) == ["below 18 years", "18 years or more"]
    assert list(shown(position(rule("all: [time since infusion <= 90 days]")))) == ["90 days or less", "above 90 days"]
    assert list(shown(position(rule("all: [time since infusion < 3 months]")))) == [
        "below 3 months",
        "3 months or more",
    ]


def test_the_axis_is_what_most_positions_compare() -> None:
    texts = [position(rule("all: [igg < 400 mg/dL, age >= 18 years]")), LT]
    found = the_map(*texts)
    assert found is not None
    assert found.fact.name == "igg"


def test_without_a_measure_there_is_no_map() -> None:
    assert the_map(position(rule("all: [a]"))) is None
    assert the_map(position(rule("all: [igg < 400 mg/dL]", action="measure"))) is None


def test_the_picture_says_in_words_what_it_shows() -> None:
    found = the_map(LE, LT)
    assert found is not None
    words = library(LE, LT).wording
    said = map_described(found, words)
    assert said == (
        "below 400 mg/dL: for: pos-one, pos-two. exactly 400 mg/dL: for: pos-one; says nothing: pos-two. "
        "above 400 mg/dL: says nothing: pos-one, pos-two."
    )
    for drawn in (map_wide(found, "m", "The map", words), map_tall(found, "m", "The map", words)):
        assert f">{said}</desc>" in drawn
        assert drawn.count("● for") == 3
        assert drawn.count("– nothing") == 3
