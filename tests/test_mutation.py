"""The mutation score: small changes of a position, and whether some example no longer comes out as expected."""

from __future__ import annotations

from pathlib import Path

import pytest
from building import library, position, rule
from proving import ADDRESS, checked, example

from igguide import mutation
from igguide.checking import check_paths
from igguide.mutation import Mutation, Outcome, mutants_of


def changes(text: str) -> list[str]:
    """Every small change of a position, in words."""
    of = library(text)
    return [mutant.what for mutant in mutants_of(of.compiled[ADDRESS].position, of.facts)]


def scored(tmp_path: Path, text: str, *examples: str) -> Mutation:
    (found,) = mutation.report(checked(tmp_path, text, *examples))
    return found


def states(found: Mutation) -> dict[str, str]:
    return {outcome.mutant.what: outcome.state for outcome in found.outcomes}


def survivors(found: Mutation) -> list[str]:
    return [outcome.mutant.what for outcome in found.of("survived")]


def one(line: str) -> str:
    return position(rule(f'all: ["{line}"]'))


# which changes there are

LINES = [
    ("igg > 0 mg/dL", ["igg > 1 mg/dL", "igg >= 0 mg/dL"]),  # 0 g/L is the same
    ("igg <= 400 mg/dL", ["igg <= 399 mg/dL", "igg <= 401 mg/dL", "igg < 400 mg/dL", "igg <= 400 mg/L"]),
    ("igg > 4.5 g/L", ["igg > 4.4 g/L", "igg > 4.6 g/L", "igg >= 4.5 g/L", "igg > 4.5 mg/dL"]),
    ("age >= 1 years", ["age >= 0 years", "age >= 2 years", "age > 1 year", "age >= 1 month"]),
    ("score < 3 points", ["score < 2 points", "score < 4 points", "score <= 3 points"]),
    ("titre_after > titre_before", ["titre_after >= titre_before"]),
    (
        "time since infusion <= 90 days",
        [
            "time since infusion <= 89 days",
            "time since infusion <= 91 days",
            "time since infusion < 90 days",
            "time since infusion <= 90 weeks",
        ],
    ),
    ("product is axi", ["product is tisa"]),
    (
        "product is one of axi, cilta",
        ["product is one of cilta, tisa", "product is cilta", "product is one of axi, tisa", "product is axi"],
    ),
    (
        "count of serious infection in the last 12 months >= 2",
        [
            "count of serious infection in the last 12 months >= 1",
            "count of serious infection in the last 12 months >= 3",
            "count of serious infection in the last 12 months > 2",
            "count of serious infection in the last 11 months >= 2",
            "count of serious infection in the last 13 months >= 2",
            "count of serious infection in the last 12 years >= 2",
            "count of serious infection >= 2",
            "count of mild infection in the last 12 months >= 2",
            "count of infection in the last 12 months >= 2",
        ],
    ),
    ("a", []),
    ("infusion is planned", []),
]


@pytest.mark.parametrize(("line", "others"), LINES, ids=[line for line, _ in LINES])
def test_a_line_is_changed_in_each_small_way_and_dropped(line: str, others: list[str]) -> None:
    assert changes(one(line)) == [*(f"`{line}` became `{other}`" for other in others), f"`{line}` was dropped"]


REST = """\
grades:
  low:
    title: How low?
    bands: [{severe: igg < 200 mg/dL}, {moderate: igg < 400 mg/dL}]
    otherwise: none
    says: Severe below 200 mg/dL, moderate below 400 mg/dL.
    cite: {source: some-source}
dosing:
  monthly: {when: {all: [a]}, give: 0.4-0.6 g/kg, by: actual_weight, every: 3-4 weeks, cite: {source: some-source}}
monitoring:
  often: {measure: igg, every: 1 month, says: Monthly., cite: {source: some-source}}
"""
TWO = position(
    rule("all: [b]", "first", more="unless: [second]\ndose: monthly"),
    rule("all: [low is severe]", "second", action="stop"),
    more=REST,
)


def test_bands_options_unless_doses_and_intervals_are_changed() -> None:
    assert set(changes(TWO)) >= {
        "the band moderate came before severe",
        "`unless: second` was dropped",
        "`when:` was dropped",
        "`give: 0.4 to 0.6 g/kg` became `0.3 to 0.6 g/kg`",
        "`give: 0.4 to 0.6 g/kg` became `0.4 to 0.7 g/kg`",
        "`every 3 to 4 weeks` became `every 4 to 5 weeks`",
        "`every month` became `every 2 months`",
        "`low is severe` became `low is moderate`",
        "`low is severe` became `low is at least severe`",
    }


def test_the_count_of_an_at_least_is_changed(tmp_path: Path) -> None:
    text = position(rule("at_least: 2\nof: [a, b, c]"))
    moved = [f"`at_least: 2` became `at_least: {count}`" for count in (1, 3)]
    assert [what for what in changes(text) if "at_least" in what] == moved
    two = example("Two.", "{a: yes, b: yes, c: no}", "{holds: {the-rule: yes}}")
    assert [states(scored(tmp_path, text, two))[what] for what in moved] == ["survived", "killed"]


# what becomes of them

ON, OVER = "{igg: 400 mg/dL}", "{igg: 401 mg/dL}"
YES, NO = "{holds: {the-rule: yes}}", "{holds: {the-rule: no}}"
UNDER = example("Under.", "{igg: 399 mg/dL}", YES)


def test_a_change_is_noticed_by_an_example_that_fails(tmp_path: Path) -> None:
    found = scored(tmp_path, one("igg <= 400 mg/dL"), example("On.", ON, YES), example("Over.", OVER, NO))
    assert found.counts == (5, 5)
    assert {outcome.mutant.what: outcome.by for outcome in found.outcomes} == {
        "`igg <= 400 mg/dL` became `igg <= 399 mg/dL`": "On.",
        "`igg <= 400 mg/dL` became `igg <= 401 mg/dL`": "Over.",
        "`igg <= 400 mg/dL` became `igg < 400 mg/dL`": "On.",
        "`igg <= 400 mg/dL` became `igg <= 400 mg/L`": "On.",
        "`igg <= 400 mg/dL` was dropped": "Over.",
    }


def test_a_change_that_no_example_notices_survives_with_a_record_that_would(tmp_path: Path) -> None:
    found = scored(tmp_path, one("igg <= 400 mg/dL"), UNDER, example("Over.", OVER, NO))
    assert {outcome.mutant.what: outcome.record for outcome in found.of("survived")} == {
        "`igg <= 400 mg/dL` became `igg <= 399 mg/dL`": {"igg": "400 mg/dL"},
        "`igg <= 400 mg/dL` became `igg < 400 mg/dL`": {"igg": "400 mg/dL"},
    }
    assert found.counts == (3, 5)


@pytest.mark.parametrize("what", ["unless: second", "when:", "give: 0.4 to 0.6 g/kg"])
def test_what_is_not_in_a_line_survives_too(tmp_path: Path, what: str) -> None:
    record = "{a: yes, b: yes, igg: 300 mg/dL, weight: 10 kg}"
    loose = scored(tmp_path, TWO, example("Holds.", record, "{holds: {first: yes}}"))
    assert any(what in survivor for survivor in survivors(loose))
    tight = scored(
        tmp_path,
        TWO,
        example("Holds.", record, "{holds: {first: yes}, dose: {first: 4-6 g}}"),
        example("Not a.", record.replace("a: yes", "a: no"), "{dose: {first: none}}"),
        example("Yields.", "{b: yes, igg: 100 mg/dL}", "{holds: {first: no, second: yes}}"),
    )
    assert not any(what in survivor for survivor in survivors(tight))


def test_an_example_that_fails_without_any_change_notices_nothing(tmp_path: Path) -> None:
    found = scored(tmp_path, one("igg <= 400 mg/dL"), example("Wrong.", ON, NO))
    assert found.counts == (0, 5)


def test_a_change_of_which_no_example_can_speak_is_left_out(tmp_path: Path) -> None:
    assert states(scored(tmp_path, TWO))["`every month` became `every 2 months`"] == "unseen"


def test_so_is_whether_a_dosing_without_an_amount_is_given(tmp_path: Path) -> None:
    dosing = "dosing: {often: {when: {all: [igg < 300 mg/dL]}, every: 1 month, cite: {source: some-source}}}"
    found = scored(tmp_path, position(rule('all: ["igg < 400 mg/dL"]', more="dose: often"), more=dosing))
    assert (states(found)["`when:` was dropped"], states(found)["`igg < 300 mg/dL` was dropped"]) == (
        "unseen",
        "unseen",
    )


EQUIVALENT = [
    ('all: ["igg < 400 mg/dL", "igg < 600 mg/dL"]', "`igg < 600 mg/dL` was dropped"),
    ('any: ["product is axi", "product is one of axi, tisa"]', "`product is axi` was dropped"),
    ('all: ["age >= 2 years", "age >= 6 months"]', "`age >= 6 months` became `age >= 7 months`"),
]


@pytest.mark.parametrize(("when", "what"), EQUIVALENT, ids=["amount", "option", "age"])
def test_a_change_that_changes_no_answer_is_left_out(tmp_path: Path, when: str, what: str) -> None:
    found = scored(tmp_path, position(rule(when)))
    assert states(found)[what] == "equivalent"
    assert found.counts[1] == len(found.outcomes) - len(found.of("equivalent"))


NEARLY = [
    (
        'all: ["time since infusion <= 3 months", "time since infusion <= 92 days"]',
        "`time since infusion <= 92 days` became `time since infusion <= 91 days`",
    ),
    ('all: ["igg < igg_lower_limit", "igg < 500 mg/dL"]', "`igg < 500 mg/dL` became `igg < 499 mg/dL`"),
    ('any: ["product is one of axi, tisa", "target is cd19"]', "`product is one of axi, tisa` was dropped"),
]


@pytest.mark.parametrize(("when", "what"), NEARLY, ids=["months-and-days", "table", "asked"])
def test_a_change_that_matters_for_few_is_not_taken_for_none(tmp_path: Path, when: str, what: str) -> None:
    assert states(scored(tmp_path, position(rule(when))))[what] == "survived"


def test_behind_a_formula_nothing_is_proved(tmp_path: Path) -> None:
    found = scored(tmp_path, position(rule('all: ["fold_rise >= 2 1", "fold_rise >= 1 1"]')))
    assert states(found)["`fold_rise >= 1 1` was dropped"] == "survived"


def test_a_survivor_is_told_apart_by_running_both(tmp_path: Path) -> None:
    """The record of every survivor, given as an example with the right answer, is noticed."""
    text = position(rule('all: ["igg > 400 mg/dL", "product is axi"]\nnone: [a, b]\nat_least: 1\nof: [c, d]'))
    report = checked(tmp_path, text)
    (found,) = mutation.report(report)
    assert found.of("survived")
    assert report.library is not None
    for outcome in found.of("survived"):
        assert outcome.record is not None
        answer = report.library.evaluate(outcome.record, as_of="2026-06-15", topics=["the-topic"])
        holds = answer.topics[0].positions[0].rules["the-rule"].holds
        record = str(outcome.record).replace("'", "")
        again = scored(tmp_path, text, example("That one.", record, f"{{holds: {{the-rule: {holds}}}}}"))
        assert states(again)[outcome.mutant.what] == "killed"


# as told


def test_the_text_names_the_changes_that_no_example_notices(tmp_path: Path) -> None:
    report = checked(tmp_path, one("igg <= 400 mg/dL"), UNDER, example("Over.", OVER, NO))
    assert mutation.as_text(mutation.report(report)).splitlines() == [
        f"{ADDRESS}: 3 of 5 changes noticed (60 %)",
        f"  {ADDRESS}.yaml:14:14: `igg <= 400 mg/dL` became `igg <= 399 mg/dL` in the rule the-rule, and no example notices.",
        f"  {ADDRESS}.yaml:14:14: `igg <= 400 mg/dL` became `igg < 400 mg/dL` in the rule the-rule, and no example notices.",
    ]


def test_the_data_say_the_same(tmp_path: Path) -> None:
    (data,) = mutation.as_data(mutation.report(checked(tmp_path, one("igg <= 400 mg/dL"), UNDER)))
    assert (data["noticed"], data["of"]) == (1, 5)
    assert [change["state"] for change in data["changes"]].count("survived") == 4


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    mutation.report(checked(tmp_path, one("a")), told.append)
    assert told == [f"{ADDRESS} (change 1 of 1)", ""]


@pytest.mark.parametrize("state", ["killed", "survived", "equivalent", "unseen"])
def test_every_outcome_has_its_words(tmp_path: Path, state: mutation.State) -> None:
    (outcome, *_) = scored(tmp_path, one("a")).outcomes
    assert Outcome(outcome.mutant, state, "It.").words.startswith("`a` was dropped in the rule the-rule, ")


def test_the_guidelines_reach_their_score(guidelines: Path) -> None:
    found = mutation.report(check_paths([str(guidelines)]))
    assert [f"{each.address}: {each.counts}" for each in found if each.counts[0] < 0.95 * each.counts[1]] == []


def test_a_silence_that_names_a_criterion_and_a_grade_is_no_hindrance(tmp_path: Path) -> None:
    text = position(
        rule('all: ["igg <= 400 mg/dL", either]'),
        more="""
        grades: {how: {title: How?, bands: [{low: "igg < 200 mg/dL"}], otherwise: none}}
        criteria: {either: {any: [a, b]}, lone: {all: [c]}}
        silent:
          open-ground: {when: {all: [either, lone, how is none, "igg > 400 mg/dL"]}, reading: Nothing is said.}
        """,
    )
    (found,) = mutation.report(
        checked(tmp_path, text, example("Yes.", "{igg: 400 mg/dL, a: yes}", "{holds: {the-rule: yes}}"))
    )
    assert found.of("killed")
    assert found.of("survived")


def test_doses_that_follow_or_stand_beside_another_are_no_hindrance(tmp_path: Path) -> None:
    text = position(
        rule("all: [a]", more="dose: first"),
        more="""
        dosing:
          first: {give: 10 g, times: "1", then: later, or: [instead]}
          later: {give: 5 g, every: 1 month}
          instead: {give: 20 g, times: "1"}
        """,
    )
    found = scored(tmp_path, text, example("Ten.", "{a: yes}", "{holds: {the-rule: yes}}"))
    assert "`give: 10 g` became `11 g`" in [outcome.mutant.what for outcome in found.of("survived")]
