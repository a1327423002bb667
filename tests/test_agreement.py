"""How positions stand to each other: every result, what differs, and the very line that separates them."""

from __future__ import annotations

from typing import Any

import pytest
from building import CITE, decide, position, rule

from igguide.report import evaluate_text


def _two(
    one: str,
    other: str,
    *,
    more: tuple[str, str] = ("", ""),
    actions: tuple[str, str] = ("start", "start"),
    rules: tuple[str, str] = ("", ""),
) -> tuple[str, str]:
    return (
        position(rule(one, action=actions[0], more=rules[0]), name="pos-one", more=more[0]),
        position(rule(other, action=actions[1], more=rules[1]), name="pos-two", more=more[1]),
    )


def _agreement(texts: tuple[str, ...], record: Any) -> Any:
    found = decide(texts, record)
    return found.topics[0].agreements[0] if found.topics[0].agreements else None


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("yes", "yes", "agree"), ("no", "no", "agree"), ("yes", "no", "disagree"), ("no", "yes", "disagree"),
        ("yes", "unknown", "undecided"), ("unknown", "no", "undecided"), ("unknown", "unknown", "undecided"),
    ],
)  # fmt: skip
def test_result(a: str, b: str, expected: str) -> None:
    assert _agreement(_two("all: [a]", "all: [b]"), {"a": a, "b": b}).result == expected


def test_a_third_that_is_unknown_does_not_hide_a_disagreement() -> None:
    texts = (*_two("all: [a]", "all: [b]"), position(rule("all: [c]"), name="pos-three"))
    assert _agreement(texts, {"a": "yes", "b": "no"}).result == "disagree"


@pytest.mark.parametrize(
    ("c", "d", "expected"),
    [("yes", "no", "single"), ("no", "no", "none"), ("yes", "yes", "agree"), ("yes", "unknown", "undecided")],
)
def test_only_positions_that_apply_or_may_apply_take_part(c: str, d: str, expected: str) -> None:
    texts = _two("all: [a]", "all: [b]", more=("applies_when: {all: [c]}", "applies_when: {all: [d]}"))
    assert _agreement(texts, {"a": "yes", "b": "yes", "c": c, "d": d}).result == expected


def test_what_a_position_answers_that_only_may_apply_is_not_known() -> None:
    texts = _two("all: [a]", "all: [b]", more=("", "applies_when: {all: [d]}"))
    assert _agreement(texts, {"a": "yes", "b": "yes"}).answers == {"pos-one": "yes", "pos-two": "unknown"}
    found = _agreement(texts, {"a": "yes", "b": "no"})  # it may take no part, so it does not disagree
    assert (found.result, found.answers) == ("undecided", {"pos-one": "yes", "pos-two": "unknown"})
    assert _agreement(texts, {"a": "yes", "b": "no", "d": "yes"}).result == "disagree"
    assert _agreement(texts, {"a": "yes", "b": "no", "d": "no"}).result == "single"


def test_a_position_without_a_rule_on_the_matter_takes_no_part() -> None:
    texts = (position(rule("all: [a]")), position(rule("all: [b]", about="steroid"), name="pos-two"))
    found = {one.about: one.result for one in decide(texts, {"a": "yes", "b": "no"}).topics[0].agreements}
    assert found == {"igg-replacement": "single", "steroid": "single"}


def test_a_rule_neither_for_nor_against_is_no_answer() -> None:
    texts = (position(rule("all: [a]")), position(rule("all: [b]", action="measure"), name="pos-two"))
    assert _agreement(texts, {"a": "yes", "b": "yes"}).result == "single"


def test_a_position_with_rules_against_only_answers_no() -> None:
    texts = _two("all: [a]", "all: [b]", actions=("start", "avoid"))
    assert _agreement(texts, {"a": "yes", "b": "yes"}).result == "disagree"
    assert _agreement(texts, {"a": "no", "b": "no"}).result == "agree"


def test_the_topic_agrees_as_its_main_matter_does() -> None:
    texts = (
        position(rule("all: [a]"), rule("all: [c]", "other", about="steroid")),
        position(rule("all: [b]"), name="pos-two"),
    )
    assert decide(texts, {"a": "yes", "b": "no"}).topics[0].agreement == "disagree"
    assert decide((position(rule("all: [a]", about="steroid")),), {"a": "yes"}).topics[0].agreement == "none"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"a": "yes", "c": "yes"}, "only one position speaks to this patient."),
        ({"a": "no", "c": "yes"}, "only one position speaks to this patient."),
        ({"a": "yes"}, "only one position may speak to this patient. Its answer is not known."),  # whether it applies
        ({"c": "yes"}, "only one position may speak to this patient. Its answer is not known."),  # whether a rule holds
        ({"a": "no"}, "only one position may speak to this patient. Its answer is not known."),
        ({"a": "yes", "c": "no"}, "no position speaks to this patient."),
    ],
)
def test_of_one_position_whose_answer_is_not_known_it_is_not_said_that_it_speaks(
    record: dict[str, str], expected: str
) -> None:
    found = decide((position(rule("all: [a]"), more="applies_when: {all: [c]}"),), record)
    assert f"On immunoglobulin replacement: {expected} pos-one [" in " ".join(evaluate_text(found).split())


# --- separated by ---


def _separated(texts: tuple[str, ...], record: Any) -> list[tuple[Any, ...]]:
    found = decide(texts, record).to_dict()["topics"][0]["agreements"][0]
    return [
        (one["positions"], one["condition"], one["fact"], one["place"].split(":")[0]) for one in found["separated_by"]
    ]


def test_the_separating_line_is_named_with_its_place() -> None:
    texts = _two("all: [igg <= 400 mg/dL, a]", "all: [igg < 400 mg/dL, a]")
    record = {"igg": "400 mg/dL", "a": "yes"}
    assert _separated(texts, record) == [(["pos-one", "pos-two"], "igg < 400 mg/dL", "igg", "the-topic/pos-two.yaml")]
    place = decide(texts, record).to_dict()["topics"][0]["agreements"][0]["separated_by"][0]["place"]
    assert texts[1].splitlines()[int(place.split(":")[1]) - 1].strip() == "all: [igg < 400 mg/dL, a]"


def test_what_is_not_known_separates_nobody() -> None:
    texts = _two("all: [a]", "all: [b, c]")
    assert _separated(texts, {"a": "yes", "b": "no"}) == [(["pos-one", "pos-two"], "b", "b", "the-topic/pos-two.yaml")]


def test_the_nearest_rule_is_named() -> None:
    texts = (position(rule("all: [a]")), position(rule("all: [b, c]", "far"), rule("all: [d]", "near"), name="pos-two"))
    assert [one[1] for one in _separated(texts, {"a": "yes", "b": "no", "c": "no", "d": "no"})] == ["d"]


def test_a_line_that_two_criteria_name_counts_once() -> None:
    more = "criteria: {one: {all: [b]}, two: {all: [b]}}"
    far = position(rule("all: [c, d]", "far"), rule("all: [one, two]", "near"), name="pos-two", more=more)
    record = {"a": "yes", "b": "no", "c": "no", "d": "no"}
    assert [one[1] for one in _separated((position(rule("all: [a]")), far), record)] == ["b"]


def test_a_grade_separates_by_its_line() -> None:
    more = f"grades: {{low: {{title: Low, bands: [{{severe: igg < 200 mg/dL}}], otherwise: none, {CITE}}}}}"
    texts = _two("all: [igg < 400 mg/dL]", "all: [low is severe]", more=("", more))
    assert [one[1:3] for one in _separated(texts, {"igg": "300 mg/dL"})] == [("low is severe", None)]


def test_where_they_agree_nothing_separates_them() -> None:
    assert _separated(_two("all: [a]", "all: [a]"), {"a": "yes"}) == []


# --- differs ---

DOSING = (
    "dosing: {{monthly: {{give: {give}, by: actual_weight, every: {every}, "
    + CITE.replace("{", "{{").replace("}", "}}")
    + "}}}}"
)


@pytest.mark.parametrize(
    ("actions", "gives", "expected"),
    [
        (("start", "start"), ("0.5 g/kg", "0.5 g/kg"), ()),
        (("start", "consider"), ("0.5 g/kg", "0.5 g/kg"), ("action",)),
        (("start", "start"), ("0.5 g/kg", "0.4 g/kg"), ("dose",)),
        (("start", "consider"), ("0.5 g/kg", "0.4 g/kg"), ("action", "dose")),
        (("start", "start"), ("0.5 g/kg", "500 mg/kg"), ()),
    ],
)
def test_differs(actions: tuple[str, str], gives: tuple[str, str], expected: tuple[str, ...]) -> None:
    more = tuple(DOSING.format(give=give, every="1 month") for give in gives)
    texts = _two(
        "all: [a]", "all: [a]", more=(more[0], more[1]), actions=actions, rules=("dose: monthly", "dose: monthly")
    )
    found = _agreement(texts, {"a": "yes", "weight": "70 kg"})
    assert (found.result, found.differs) == ("agree", expected)


def test_a_rule_without_a_dose_does_not_differ_from_one_with_a_dose() -> None:
    texts = _two(
        "all: [a]", "all: [a]", more=(DOSING.format(give="0.5 g/kg", every="1 month"), ""), rules=("dose: monthly", "")
    )
    assert _agreement(texts, {"a": "yes"}).differs == ()


def test_all_no_agrees_and_differs_in_nothing() -> None:
    found = _agreement(_two("all: [a]", "all: [a]", actions=("start", "consider")), {"a": "no"})
    assert (found.result, found.differs) == ("agree", ())


# --- silence: what a source is declared to leave open ---

SILENT = "silent: {{open: {{{about}when: {{all: [{when}]}}, reading: The source does not say.}}}}"


def _silent(when: str, *, about: str = "", rules: tuple[str, ...] = (rule("all: [b]"),)) -> tuple[str, str]:
    more = SILENT.format(about=f"about: {about}, " if about else "", when=when)
    return position(rule("all: [a]")), position(*rules, name="pos-two", more=more)


@pytest.mark.parametrize(
    ("b", "c", "expected"),
    [
        ("no", "no", ("disagree", "no")),
        ("no", "yes", ("single", None)),
        ("no", "unknown", ("undecided", "unknown")),  # it may say nothing, so it does not disagree
        ("yes", "yes", ("agree", "yes")),  # a rule that holds speaks, whatever is declared
        ("yes", "unknown", ("agree", "yes")),
        ("unknown", "yes", ("undecided", "unknown")),
    ],
)
def test_a_position_that_declares_itself_silent_says_nothing_of_the_patient(
    b: str, c: str, expected: tuple[str, str | None]
) -> None:
    found = _agreement(_silent("c"), {"a": "yes", "b": b, "c": c})
    assert (found.result, found.answers.get("pos-two")) == expected
    assert found.silent == (("pos-two",) if expected[1] is None else ())
    assert found.separated_by == () or found.result == "disagree"


def test_two_that_are_silent_leave_nobody_who_speaks() -> None:
    silent = SILENT.format(about="", when="c")
    texts = _two("all: [a]", "all: [b]", more=(silent, silent))
    assert _agreement(texts, {"a": "no", "b": "no", "c": "yes"}).result == "none"


def test_silence_on_one_matter_is_none_on_another() -> None:
    rules = (rule("all: [b]"), rule("all: [b]", "other", about="steroid"))
    found = {
        one.about: one.silent
        for one in decide(_silent("c", about="steroid", rules=rules), {"a": "yes", "b": "no", "c": "yes"}).topics[0].agreements
    }  # fmt: skip
    assert found == {"igg-replacement": (), "steroid": ("pos-two",)}


def test_a_rule_against_that_holds_speaks() -> None:
    texts = _silent("c", rules=(rule("all: [b]", action="avoid"),))
    assert _agreement(texts, {"a": "yes", "b": "yes", "c": "yes"}).result == "disagree"
    assert _agreement(texts, {"a": "yes", "b": "no", "c": "yes"}).result == "single"


def test_a_position_that_only_may_apply_is_not_known_to_be_silent() -> None:
    texts = (position(rule("all: [a]")), position(rule("all: [b]"), name="pos-two", more=f"applies_when: {{all: [d]}}\n{SILENT.format(about='', when='c')}"))  # fmt: skip
    assert _agreement(texts, {"a": "yes", "b": "no", "c": "yes"}).result == "undecided"


def test_whether_a_source_is_silent_is_asked_where_that_could_change_something() -> None:
    texts = _silent("c")

    def asked(**record: str) -> list[tuple[str, list[str]]]:
        return [(q.fact.name, list(q.decides)) for q in decide(texts, record).ask if q.fact.name == "c"]

    assert asked(a="yes", b="no") == [("c", ["the-topic/pos-two/open"])]
    assert asked(a="yes", b="yes") == []


def test_silence_is_told_in_words_and_as_data() -> None:
    found = decide(_silent("c"), {"a": "yes", "b": "no", "c": "yes"})
    topic = found.to_dict()["topics"][0]
    assert topic["agreements"][0]["silent"] == ["pos-two"]
    told = topic["positions"][1]["silent"][0]
    assert (told["id"], told["about"], told["holds"], told["reading"]) == (
        "open",
        None,
        "yes",
        "The source does not say.",
    )
    line = int(told["place"].removeprefix("the-topic/pos-two.yaml:"))
    assert _silent("c")[1].splitlines()[line - 1].startswith("silent: {open:")
    for text in (found.explain(), evaluate_text(found)):
        assert "pos-two says nothing about this patient. The source does not say." in text
