"""What the examples of a position show: on, below and above each number, each line alone, each answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from building import position, rule
from proving import ADDRESS, checked, example

from igguide import coverage
from igguide.coverage import Coverage


def covered(tmp_path: Path, text: str, *examples: str) -> Coverage:
    found = coverage.report(checked(tmp_path, text, *examples))
    assert [each.address for each in found] == [ADDRESS]
    return found[0]


def gaps(tmp_path: Path, text: str, *records: str, kind: str = "boundary") -> list[str]:
    """What no example shows, of one kind; nothing is expected of the records but that they can be read."""
    examples = [example(f"Case {n}.", record, "{problems: []}") for n, record in enumerate(records)]
    return [item.what for item in covered(tmp_path, text, *examples).gaps if item.kind == kind]


def one(line: str) -> str:
    return position(rule(f'all: ["{line}"]'))


# numbers

SIDES = [
    ("igg <= 400 mg/dL", ["{igg: 4 g/L}"], ["{igg: 250 mg/dL}"], ["{igg: 900 mg/dL}"]),
    ("age < 18 years", ["{born: 2008-06-15}"], ["{age: 17 years}"], ["{age: 40 years}"]),
    ("age >= 6 months", ["{born: 2025-12-15}"], ["{born: 2025-12-16}"], ["{born: 2025-11-15}"]),
    (
        "time since infusion > 3 months",
        ["{infusion: 2026-03-15}"],
        ["{infusion: 2026-03-16}"],
        ["{infusion: 2026-03-14}"],
    ),
    (
        "count of serious infection >= 2",
        ["{infection: [{severity: serious}, {severity: serious}]}"],
        ["{infection: []}"],
        ["{infection: [{severity: serious}, {severity: serious}, {severity: serious}]}"],
    ),
    ("score >= 3 points", ["{item_1: no, item_2: no, item_3: yes}"], ["{score: 2}"], ["{score: 4}"]),
    (
        "titre_after > titre_before",
        ["{titre_after: 3 ug/mL, titre_before: 3 mg/L}"],
        ["{titre_after: 2 ug/mL, titre_before: 3 ug/mL}"],
        ["{titre_after: 4 ug/mL, titre_before: 3 ug/mL}"],
    ),
]


@pytest.mark.parametrize(("line", "on", "below", "above"), SIDES, ids=[side[0] for side in SIDES])
def test_a_number_wants_an_example_on_it_below_it_and_above_it(
    tmp_path: Path, line: str, on: list[str], below: list[str], above: list[str]
) -> None:
    records = {"exactly on": on, "below": below, "above": above}
    assert gaps(tmp_path, one(line), *on, *below, *above) == []
    for side in records:
        rest = [record for other, listed in records.items() if other != side for record in listed]
        (told,) = gaps(tmp_path, one(line), *rest)
        assert told.startswith(f"lies {side} ")
        assert told.endswith(f"(`{line}`)")


def test_only_a_value_that_is_known_exactly_lies_somewhere(tmp_path: Path) -> None:
    records = ["{igg: < 400 mg/dL}", "{igg: 300-400 mg/dL}", "{igg: 30000 mg/dL}", "{}"]
    assert len(gaps(tmp_path, one("igg <= 400 mg/dL"), *records)) == 3
    assert (
        len(gaps(tmp_path, one("time since infusion <= 90 days"), "{infusion: 2026-03}", "{infusion: 2026-08-15}")) == 3
    )


def test_the_window_of_a_count_wants_events_at_its_end(tmp_path: Path) -> None:
    line = "count of infection in the last 12 months >= 1"
    near = ["{infection: []}", "{infection: [{on: 2026-06-01}]}", "{infection: [{on: 2026-06-01}, {on: 2026-06-02}]}"]
    assert gaps(tmp_path, one(line), *near) == [
        f"lies exactly on 12 months (`{line}`)",
        f"lies above 12 months (`{line}`)",
    ]
    assert gaps(tmp_path, one(line), *near, "{infection: [{on: 2025-06-15}, {on: 2025-06-14}]}") == []


def test_each_row_of_a_table_that_a_line_uses_wants_an_age(tmp_path: Path) -> None:
    records = [
        "{igg: 200 mg/dL, born: 2026-03-15}",
        "{igg: 299 mg/dL, born: 2025-06-15}",
        "{igg: 301 mg/dL, born: 2025-06-15}",
    ]
    told = gaps(tmp_path, one("igg < igg_lower_limit"), *records)
    assert told == ["lies in the row from 24 months of the table (`igg < igg_lower_limit`)"]


def test_the_nearest_example_is_named(tmp_path: Path) -> None:
    titles = {"{igg: 100 mg/dL}": "Far.", "{igg: 3.99 g/L}": "Near."}
    found = covered(tmp_path, one("igg <= 400 mg/dL"), *(example(t, r, "{problems: []}") for r, t in titles.items()))
    (below,) = [item for item in found.items if item.side == "below"]
    assert (below.shown_by, below.nearest) == ("Near.", "399 mg/dL")


def test_a_side_that_no_record_can_reach_is_not_asked_for(tmp_path: Path) -> None:
    found = covered(tmp_path, one("score <= 6 points"))
    assert [item.side for item in found.impossible if item.kind == "boundary"] == ["above"]
    assert found.counts("boundary") == (0, 2)


# lines alone

JOINS = [
    ("all: [a, b]", "{a: yes, b: no}", "`b` alone fails"),
    ("any: [a, b]", "{a: no, b: yes}", "`b` alone decides"),
    ("none: [a, b]", "{a: no, b: yes}", "`b` alone decides"),
    ("all: [c]\nany: [a, b]", "{c: yes, a: no, b: yes}", "`b` alone decides"),
    ("at_least: 2\nof: [a, b, c]", "{a: yes, b: yes, c: no}", "`b` alone decides"),
]


@pytest.mark.parametrize(("when", "record", "shown"), JOINS, ids=[join[0].replace("\n", "; ") for join in JOINS])
def test_a_line_is_shown_to_matter_alone(tmp_path: Path, when: str, record: str, shown: str) -> None:
    what = f"shows that {shown} in the rule the-rule"
    assert what in gaps(tmp_path, position(rule(when)), kind="condition")
    assert what not in gaps(tmp_path, position(rule(when)), record, kind="condition")


def test_two_lines_that_fail_together_show_nothing_of_either(tmp_path: Path) -> None:
    assert len(gaps(tmp_path, position(rule("all: [a, b]")), "{a: no, b: no}", "{b: no}", kind="condition")) == 2


def test_of_an_at_least_a_line_decides_only_where_just_enough_hold(tmp_path: Path) -> None:
    text = position(rule("at_least: 2\nof: [a, b, c]"))
    assert len(gaps(tmp_path, text, "{a: yes, b: yes, c: yes}", "{a: yes, b: no, c: no}", kind="condition")) == 3


def test_a_line_does_not_count_where_the_position_does_not_apply(tmp_path: Path) -> None:
    text = position(rule("all: [a, b]"), more="applies_when: {all: [c]}")
    what = "shows that `b` alone fails in the rule the-rule"
    assert what in gaps(tmp_path, text, "{a: yes, b: no}", "{a: yes, b: no, c: no}", kind="condition")
    assert what not in gaps(tmp_path, text, "{a: yes, b: no, c: yes}", kind="condition")


def test_a_line_of_a_criterion_counts_where_the_criterion_decides_a_rule(tmp_path: Path) -> None:
    text = position(rule("all: [c, either]"), more="criteria: {either: {any: [a, b]}}")
    what = "shows that `a` alone decides in the criterion either"
    assert what in gaps(tmp_path, text, "{a: yes, b: no}", "{a: yes, b: no, c: no}", kind="condition")
    assert what not in gaps(tmp_path, text, "{a: yes, b: no, c: yes}", kind="condition")


def test_a_line_that_another_one_settles_cannot_matter_alone(tmp_path: Path) -> None:
    text = position(rule('all: ["igg < 400 mg/dL", "igg < 600 mg/dL"]'))
    found = covered(tmp_path, text)
    assert [item.what for item in found.impossible if item.kind == "condition"] == [
        "shows that `igg < 600 mg/dL` alone fails in the rule the-rule"
    ]


def test_a_value_between_two_numbers_one_step_apart_is_found(tmp_path: Path) -> None:
    found = covered(tmp_path, position(rule('all: ["igg > 400 mg/dL", "igg < 401 mg/dL"]')))
    assert "has the rule the-rule holding" in [item.what for item in found.gaps]


def test_a_record_made_to_order_holds_no_fact_too_many(tmp_path: Path) -> None:
    report = checked(tmp_path, position(rule("all: [a, b]\nany: [c, d]")))
    assert report.library is not None
    compiled = report.library.compiled[ADDRESS]
    (item,) = [item for item in coverage.report(report)[0].gaps if item.what == "has the rule the-rule not holding"]
    assert coverage.record_for(item, compiled, report.library.facts).record in (
        {"a": "no"},
        {"b": "no"},
        {"c": "no", "d": "no"},
    )


GRADE = """\
grades:
  low:
    title: How low?
    bands: [{severe: igg < 200 mg/dL}, {moderate: igg < 400 mg/dL}]
    otherwise: none
    says: Severe below 200 mg/dL, moderate below 400 mg/dL.
    cite: {source: some-source}
"""


def test_each_band_and_each_answer_of_a_rule_is_wanted(tmp_path: Path) -> None:
    text = position(rule("all: [low is severe]"), more=GRADE)
    assert gaps(tmp_path, text, "{igg: 100 mg/dL}", "{igg: 300 mg/dL}", kind="answer") == [
        "has the grade low none",
        "has the grade low unknown",
        "has the rule the-rule left open",
    ]


# as told

EXAMPLES = (
    example("On it.", "{igg: 400 mg/dL}", "{holds: {the-rule: yes}}"),
    example("Open.", "{}", "{holds: {the-rule: unknown}}"),
)


def test_the_text_names_what_is_missing_with_its_place(tmp_path: Path) -> None:
    report = checked(tmp_path, one("igg <= 400 mg/dL"), *EXAMPLES)
    place = f"{ADDRESS}.yaml:14:14"
    assert coverage.as_text(coverage.report(report)).splitlines() == [
        f"{ADDRESS}: boundaries 1 of 3 (33.3 %), conditions alone 0 of 1 (0 %), answers 2 of 3 (66.6 %)",
        f"  {place}: no example lies below 400 mg/dL (`igg <= 400 mg/dL`).",
        f"  {place}: no example lies above 400 mg/dL (`igg <= 400 mg/dL`).",
        f"  {place}: no example shows that `igg <= 400 mg/dL` alone fails in the rule the-rule.",
        f"  {ADDRESS}.yaml:9:3: no example has the rule the-rule not holding.",
    ]


def test_the_data_say_the_same(tmp_path: Path) -> None:
    (data,) = coverage.as_data(coverage.report(checked(tmp_path, one("igg <= 400 mg/dL"), *EXAMPLES)))
    assert data["covered"]["boundaries"] == {"shown": 1, "of": 3}
    assert data["missing"][0] == {
        "kind": "boundary",
        "file": f"{ADDRESS}.yaml",
        "line": 14,
        "column": 14,
        "what": "lies below 400 mg/dL (`igg <= 400 mg/dL`)",
    }
    assert {"On it.", "Open."} == {item["by"] for item in data["shown"]}


def test_a_position_without_examples_shows_nothing(tmp_path: Path) -> None:
    found = covered(tmp_path, one("igg <= 400 mg/dL"))
    assert (found.examples, found.counts()) == (0, (0, 7))


def test_a_share_is_all_only_where_nothing_is_missing() -> None:
    assert [coverage.percent(*pair) for pair in ((0, 0), (2, 3), (9999, 10000), (3, 3))] == [
        "100 %",
        "66.6 %",
        "99.9 %",
        "100 %",
    ]


def test_every_number_of_the_guidelines_has_its_examples(guidelines: Path) -> None:
    from igguide.checking import check_paths

    found = coverage.report(check_paths([str(guidelines)]))
    assert [str(item.place) + " " + item.what for each in found for item in each.gaps if item.kind == "boundary"] == []


# what a rule may not go without


def unshown(tmp_path: Path, text: str, *examples: str) -> list[str]:
    return [f"{problem.place.line}: {problem.what}" for problem in coverage.unshown(checked(tmp_path, text, *examples))]


ONE = position(rule('all: ["igg <= 400 mg/dL", a]'))


def test_a_position_without_any_example_is_told_once_and_how_to_begin(tmp_path: Path) -> None:
    (problem,) = coverage.unshown(checked(tmp_path, ONE))
    assert (problem.place.line, problem.what) == (1, "There is no example of what this position answers.")
    assert problem.remedy.startswith("Write pos-one.examples.yaml beside it; `igguide test ")
    assert problem.remedy.endswith("pos-one.yaml --suggest` drafts the records.")


def test_each_number_of_a_rule_wants_an_example_on_it_and_on_either_side(tmp_path: Path) -> None:
    on = example("On it.", "{igg: 400 mg/dL, a: yes}", "{holds: {the-rule: yes}}")
    below = example("Below.", "{igg: 399 mg/dL}", "{holds: {the-rule: unknown}}")
    above = example("Above.", "{igg: 5 g/L}", "{holds: {the-rule: no}}")
    assert unshown(tmp_path, ONE, on) == ["14: No example lies below or above 400 mg/dL (`igg <= 400 mg/dL`)."]
    assert unshown(tmp_path, ONE, on, below) == ["14: No example lies above 400 mg/dL (`igg <= 400 mg/dL`)."]
    assert unshown(tmp_path, ONE, below, above) == ["14: No example lies exactly on 400 mg/dL (`igg <= 400 mg/dL`)."]
    assert unshown(tmp_path, ONE, on, below, above) == []


def test_a_rule_of_which_no_example_speaks_is_told_and_its_numbers_are_not_told_besides(tmp_path: Path) -> None:
    text = position(rule("all: [b]", name="other-rule"), rule('all: ["igg <= 400 mg/dL"]'))
    other = example("The other.", "{b: yes}", "{holds: {other-rule: yes}}")
    assert unshown(tmp_path, text, other) == ["19: No example says what must come of the rule the-rule."]


DOSED = position(
    rule("all: [a]", more="dose: monthly"),
    more="""
    dosing:
      monthly: {give: 10 g, every: 1 month}
    """,
)


def test_a_dose_that_no_example_expects_is_told(tmp_path: Path) -> None:
    rule_only = example("Yes.", "{a: yes}", "{holds: {the-rule: yes}}")
    with_dose = example("Ten grams.", "{a: yes}", "{holds: {the-rule: yes}, dose: {the-rule: 10 g}}")
    assert unshown(tmp_path, DOSED, rule_only) == [
        "10: No example says what must come of the dose of the rule the-rule."
    ]
    assert unshown(tmp_path, DOSED, with_dose) == []
    neither = example("It applies.", "{a: yes}", "{applies: yes}")
    assert unshown(tmp_path, DOSED, neither) == ["10: No example says what must come of the rule the-rule."]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("cautions: {clots: {severity: warning, when: {all: [b]}, says: Mind., cite: {source: some-source}}}", "caution clots"),
        ("monitoring: {monthly: {measure: igg, every: 1 month, when: {all: [b]}, says: Do., cite: {source: some-source}}}", "monitoring monthly"),
        ("grades: {how: {title: How?, bands: [{low: b}], otherwise: none}}", "grade how"),
    ],
)  # fmt: skip
def test_whatever_asks_something_of_a_patient_wants_an_example(tmp_path: Path, more: str, words: str) -> None:
    only = example("Yes.", "{a: yes}", "{holds: {the-rule: yes}}")
    told = unshown(tmp_path, position(rule("all: [a]"), more=more), only)
    assert [text.partition(": ")[2] for text in told] == [f"No example says what must come of the {words}."]


def test_what_asks_nothing_of_a_patient_wants_none(tmp_path: Path) -> None:
    text = position(more="evidence: {found: {says: Something., cite: {source: some-source}}}")
    assert (
        unshown(
            tmp_path,
            text.partition("recommendations:")[0] + "history: [{version: 1.0.0, on: 2026-11-21, change: First.}]\n",
        )
        == []
    )


def test_what_no_record_can_reach_wants_no_example(tmp_path: Path) -> None:
    text = position(rule('all: ["igg >= 0 mg/dL", a]'))
    on = example("On it.", "{igg: 0 mg/dL, a: yes}", "{holds: {the-rule: yes}}")
    above = example("Above.", "{igg: 1 mg/dL, a: yes}", "{holds: {the-rule: yes}}")
    assert unshown(tmp_path, text, on, above) == []
