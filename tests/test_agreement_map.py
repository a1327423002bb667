"""The map of agreement: YAML in, parts of the axis and what each position says in them out."""

from __future__ import annotations

import re

from building import ROOT, TOPIC, library, position, rule

from igguide import load
from igguide.agreement_map import AgreementMap, agreement_map
from igguide.picture import ifs, map_described, map_tall, map_wide, parted_said, whom_said


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
    assert list(shown(between)) == ["below 400 mg/dL", "from 400 mg/dL to below 600 mg/dL", "600 mg/dL or more"]


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
        "from 200 mg/dL to below 400 mg/dL": ["may-for"],
        "400 mg/dL or more": ["may-against"],
    }


def test_a_rule_for_and_one_against_that_may_both_hold_are_told_as_either() -> None:
    text = position(rule("all: [igg < 400 mg/dL, a]"), rule("all: [igg < 400 mg/dL, b]", "stop", action="stop"))
    assert shown(text)["below 400 mg/dL"] == ["may-either"]


def test_the_scope_counts_and_lines_inside_criteria_are_cut_too() -> None:
    text = position(
        rule("all: [low]"), more="applies_when: {all: [igg < 300 mg/dL]}\ncriteria: {low: {all: [igg < 500 mg/dL]}}"
    )
    assert shown(text) == {"below 300 mg/dL": ["for"], "300 mg/dL or more": ["outside"]}


def test_a_source_that_is_silent_in_a_part_says_nothing_there_and_does_not_part_from_the_others() -> None:
    silent = "silent: {high: {when: {all: [igg >= 400 mg/dL]}, reading: Left open.}}"
    found = the_map(LE, position(rule("all: [igg < 400 mg/dL]"), name="pos-two", more=silent))
    assert found is not None
    assert [cell.state for cell in found.rows[1].cells] == ["for", "silent", "silent"]
    assert found.parting == ()
    words = library(LE).wording
    assert "exactly 400 mg/dL: for: pos-one; says nothing: pos-two." in map_described(found, words)
    assert map_wide(found, "map", "Map", words).count("– says nothing") == 1


def test_ages_and_times_are_cut_on_the_day() -> None:
    assert list(shown(position(rule("all: [age < 18 years]")))) == ["below 18 years", "18 years or more"]
    assert list(shown(position(rule("all: [time since infusion <= 90 days]")))) == ["90 days or less", "above 90 days"]
    assert list(shown(position(rule("all: [time since infusion < 3 months]")))) == [
        "below 3 months",
        "3 months or more",
    ]


def test_the_axis_is_what_the_rules_turn_on_be_it_a_choice_or_a_measure() -> None:
    by_diagnosis = [
        position(rule("all: [diagnosis is mm]"), rule("all: [diagnosis is cll]", "cll", action="stop"), name=name)
        for name in ("pos-one", "pos-two")
    ]
    label = position(rule("all: [age >= 18 years]"), name="pos-three")
    found = the_map(*by_diagnosis, label)
    assert found is not None
    assert (found.fact.name, found.tells) == ("diagnosis", 2)
    by_fact = [position(rule("all: [a, age >= 18 years]"), name=name) for name in ("pos-one", "pos-two")]
    found = the_map(*by_fact, LE.replace("pos-one", "pos-three"))
    assert found is not None
    assert found.fact.name == "age"  # a yes-no fact gives way unless it changes clearly more


def test_what_every_rule_asks_for_alike_is_taken_as_given_and_is_no_axis() -> None:
    first = position(rule("all: [igg < 400 mg/dL]\nnone: [a]"))
    second = position(rule("none: [either]"), name="pos-two", more="criteria: {either: {any: [a, b]}}")
    found = the_map(first, second)
    assert found is not None
    assert {line.text: answer for line, answer in found.taken.items()} == {"a": "no"}
    assert found.fact.name == "igg"
    assert [cell.state for cell in found.rows[0].cells] == ["for", "nothing"]
    assert [cell.state for cell in found.rows[1].cells] == ["may-for", "may-for"]
    alone = the_map(first)
    assert alone is not None
    assert alone.taken == {}
    assert [cell.state for cell in alone.rows[0].cells] == ["may-for", "nothing"]


def test_where_a_source_falls_silent_is_told_along_the_axis() -> None:
    quiet = "silent: {after: {when: {all: [a]}, reading: Left open.}}"
    found = the_map(position(rule("none: [a]"), more=quiet), position(rule("all: [b]"), name="pos-two"))
    assert found is not None
    assert [cell.state for cell in found.rows[0].cells] in (
        ["for", "silent"],
        ["silent", "for"],
        ["may-for", "may-for"],
    )
    assert found.tells == 1


def test_the_axis_is_what_most_positions_compare() -> None:
    texts = [position(rule("all: [igg < 400 mg/dL, age >= 18 years]")), LT]
    found = the_map(*texts)
    assert found is not None
    assert found.fact.name == "igg"


def test_a_topic_may_name_its_axis() -> None:
    texts = (position(rule("all: [igg <= 400 mg/dL, a]")), position(rule("all: [a, age < 18 years]"), name="pos-two"))
    by_rule, named = library(*texts), library(*texts, topic=TOPIC + "axis: age\n")
    for of, wanted in ((by_rule, "igg"), (named, "age")):
        found = agreement_map(of.topics["the-topic"], list(of.compiled.values()), of.facts)
        assert found is not None
        assert found.fact.name == wanted


def test_an_axis_on_which_the_question_arises_in_one_part_only_gives_way_to_the_next() -> None:
    topic = TOPIC + "arises_when: {all: [age >= 18 years]}\n"
    texts = [
        position(rule("all: [age >= 18 years, igg < 400 mg/dL]")),
        position(rule("all: [age >= 18 years]"), name="pos-two"),
    ]
    of = library(*texts, topic=topic)
    found = agreement_map(of.topics["the-topic"], list(of.compiled.values()), of.facts)
    assert found is not None
    assert found.fact.name == "igg"


def test_whom_a_position_is_for_makes_no_axis_by_itself() -> None:
    found = the_map(position(rule("all: [a]"), more="applies_when: {all: [age >= 18 years]}"))
    assert found is not None
    assert found.fact.name == "a"


def test_options_are_the_axis_where_no_measure_changes_what_is_said() -> None:
    flat = position(rule("all: [igg < 400 mg/dL, a]"), rule("all: [igg >= 400 mg/dL, a]", "high"))
    assert shown(flat) == {"A: yes": ["may-for"], "A: no": ["nothing"]}
    by_diagnosis = position(
        rule("all: [diagnosis is mm]"),
        rule("all: [diagnosis is cll]", "stop", action="stop"),
        rule("all: [a]", "other"),
    )
    also_other = position(rule('all: ["diagnosis is one of cll, mm"]'), name="pos-two")
    assert shown(by_diagnosis, also_other) == {
        "CLL": ["against", "for"],
        "Myeloma": ["for", "for"],
        "any other": ["may-for", "nothing"],
    }


def test_options_that_change_nothing_between_them_stand_together_and_a_stretch_of_all_is_any_value() -> None:
    found = the_map(
        position(rule('all: ["diagnosis is one of cll, mm"]')),
        position(rule("all: [a]"), rule("all: [diagnosis is cll, b]", "cll"), name="pos-two"),
        position(rule("all: [a]"), name="pos-three"),
    )
    assert found is not None
    assert [column.label for column in found.columns] == ["CLL", "Myeloma", "any other"]
    assert [[(band.label, band.cell.state) for band in found.bands(row)] for row in found.rows] == [
        [("CLL; Myeloma", "for"), ("any other", "nothing")],
        [("CLL", "may-for"), ("Myeloma; any other", "may-for")],
        [("any value", "may-for")],
    ]
    assert list(shown(position(rule('all: ["diagnosis is one of cll, mm"]')))) == ["CLL; Myeloma", "any other"]


def test_without_anything_that_changes_what_is_said_there_is_no_map() -> None:
    assert the_map(position(rule("any: [{all: [a]}, {none: [a]}]"))) is None
    assert the_map(position(rule("all: [igg < 400 mg/dL]", action="measure"))) is None


def test_the_picture_says_in_words_what_it_shows() -> None:
    found = the_map(LE, LT)
    assert found is not None
    words = library(LE, LT).wording
    said = map_described(found, words)
    assert said == (
        "below 400 mg/dL: for: pos-one, pos-two. exactly 400 mg/dL: for: pos-one; no rule holds: pos-two. "
        "above 400 mg/dL: no rule holds: pos-one, pos-two."
    )
    wide, tall = map_wide(found, "m", "The map", words), map_tall(found, "m", "The map", words)
    assert all(f">{said}</desc>" in drawn for drawn in (wide, tall))
    assert (wide.count("● for"), wide.count("– no rule")) == (2, 2)  # a band for each stretch of one position
    assert (tall.count("● for"), tall.count("– no rule")) == (2, 2)  # a box for each value and state, with who says so
    assert (tall.count(">pos-one</tspan>"), tall.count(">pos-two</tspan>")) == (3, 3)
    assert ">400 mg/dL or less</tspan>" in wide
    assert ">400 mg/dL or more</tspan>" in wide


def test_neighbouring_parts_in_which_a_position_says_the_same_are_one_band() -> None:
    found = the_map(LE, LT)
    assert found is not None
    assert [[(band.label, band.width, band.cell.state) for band in found.bands(row)] for row in found.rows] == [
        [("400 mg/dL or less", 2, "for"), ("above 400 mg/dL", 1, "nothing")],
        [("below 400 mg/dL", 1, "for"), ("400 mg/dL or more", 2, "nothing")],
    ]


def test_positions_part_where_one_may_be_for_it_and_another_cannot_be() -> None:
    found = the_map(LE, LT)
    assert found is not None
    assert found.labels(found.parted(found.rows[0].about).sure) == ("exactly 400 mg/dL",)
    may = the_map(LE, position(rule("all: [a]"), name="pos-two"))
    assert may is not None
    assert sure_and_may(may) == ((), ("above 400 mg/dL",))
    elsewhere = the_map(LE, position(rule("all: [a]"), name="pos-two", more="applies_when: {all: [igg <= 400 mg/dL]}"))
    assert elsewhere is not None
    assert sure_and_may(elsewhere) == (
        (),
        (),
    )  # a source that is not for these patients does not part from those that are
    against = the_map(LE, position(rule("all: [igg <= 400 mg/dL]", action="stop"), name="pos-two"))
    assert against is not None
    assert sure_and_may(against) == (("400 mg/dL or less",), ())


def sure_and_may(found: AgreementMap) -> tuple[tuple[str, ...], tuple[str, ...]]:
    parted = found.parted(found.rows[0].about)
    return found.labels(parted.sure), found.labels(parted.may)


def test_positions_that_no_patient_can_be_in_both_do_not_part_and_whom_a_source_is_for_stands_beside_it() -> None:
    child = position(rule("all: [igg < 400 mg/dL]"), more="applies_when: {all: [age < 18 years]}")
    adult = position(rule("all: [igg < 300 mg/dL]"), name="pos-two", more="applies_when: {all: [age >= 18 years]}")
    found = the_map(child, adult)
    assert found is not None
    assert sure_and_may(found) == ((), ())
    words = library(child, adult).wording
    assert [whom_said(row, words) for row in found.rows] == [
        "only: age is below 18 years",
        "only: age is 18 years or more",
    ]
    some = the_map(child, adult.replace("age >= 18 years", "a"))
    assert some is not None
    assert sure_and_may(some) == (("from 300 mg/dL to below 400 mg/dL",), ())
    said = " ".join(parted_said(some, some.rows[0].about, words))
    assert "This concerns only patients whom both sources are for (pos-one: age is below 18 years; pos-two: a)." in said


def test_what_a_rule_still_asks_for_stands_in_its_box_and_limits_inside_criteria_cut_the_map() -> None:
    criteria = "criteria: {low: {title: Low, any: [igg < 700 mg/dL, b]}}"
    text = position(rule("all: [low, a]"), more=criteria)
    other = position(rule("all: [low, c]"), rule("all: [low, d]", "stop", action="stop"), name="pos-two", more=criteria)
    found = the_map(text, other)
    assert found is not None
    words = library(text, other).wording
    assert [band.label for band in found.bands(found.rows[0])] == ["below 700 mg/dL", "700 mg/dL or more"]
    assert [ifs(cell, found.rows[0], words) for cell in found.rows[0].cells] == [["if a"], ["if B and a"]]
    assert ifs(found.rows[1].cells[0], found.rows[1], words) == ["for if C", "against if D"]
    assert ">if B and a</tspan>" in map_wide(found, "m", "The map", words)
    assert parted_said(found, found.rows[0].about, words) == [
        "Nothing parts them on this alone: what else is so decides, as each “if” says; pos-two may be against it.",
        "What they say changes at: pos-one 700 mg/dL; pos-two 700 mg/dL.",
    ]


def test_a_measure_that_rules_on_another_matter_turn_on_is_told_before_a_yes_no_fact() -> None:
    texts = [
        position(
            rule("all: [a]"),
            rule("all: [igg < 400 mg/dL]", "steroid", about="steroid"),
            name=name,
        )
        for name in ("pos-one", "pos-two")
    ]
    texts[1] = texts[1].replace("igg < 400", "igg < 300")
    found = the_map(*texts)
    assert found is not None
    assert (found.fact.name, len(found.abouts)) == ("igg", 2)
    assert [cell.state for cell in found.on("steroid")[1].cells] == ["for", "nothing", "nothing"]


def test_a_product_is_not_for_a_route_for_which_it_is_not_licensed() -> None:
    whole = load(ROOT / "guidelines")
    topic = whole.topics["pid-dose"]
    routes = {name: product.routes for name, product in whole.products.items()}
    compiled = [whole.compiled[each.address] for each in topic.positions.values()]
    found = agreement_map(topic, compiled, whole.facts, routes=routes)
    assert found is not None
    row = next(row for row in found.rows if row.position.id == "hyqvia-eu")
    said = {name: cell.state for column, cell in zip(found.columns, row.cells, strict=True) for name in column.names}
    assert said == {"intravenous": "outside", "subcutaneous": "outside", "facilitated_subcutaneous": "for"}


def test_no_text_of_the_tall_form_runs_out_of_the_picture() -> None:
    found = the_map(position(rule("all: [igg > 400.125 mg/dL, igg <= 600.125 mg/dL]")), LT)
    assert found is not None
    tall = map_tall(found, "m", "The map", library(LE, LT).wording)
    assert "▲ here they part" in tall
    assert max(len(words) for words in re.findall(r"<tspan[^>]*>([^<]*)<", tall)) <= 42
