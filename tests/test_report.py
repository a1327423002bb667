"""What is printed for people where a position says little: silences once, and findings where there is no rule."""

from __future__ import annotations

from building import decide, position, rule

import igguide
from igguide.report import Sheet, brief_text, evaluate_text, explain_text


def printed(*texts: str, record: dict[str, str]) -> str:
    return " ".join(evaluate_text(decide(texts, record), Sheet()).split())


def test_a_silence_on_every_subject_is_told_in_full_once() -> None:
    two = (rule("all: [a]", "first"), rule("all: [a]", "second", about="steroid"))
    silent = "silent: {open: {when: {all: [b]}, reading: The source does not say.}}"
    text = printed(position(*two), position(*two, name="pos-two", more=silent), record={"a": "no", "b": "yes"})
    assert text.count("says nothing about this patient.") == 2  # under each subject
    assert text.count("The source does not say.") == 1


EVIDENCE = """
evidence:
  first: {says: Something., cite: {source: some-source}}
  second: {says: More., cite: {source: some-source}}
"""


def without_rules(more: str) -> str:
    before, _, after = position(name="pos-two", more=more).partition("recommendations:")
    return before + "history" + after.partition("\nhistory")[2]


def test_a_position_of_findings_says_that_it_holds_no_rule() -> None:
    text = printed(position(rule("all: [a]")), without_rules(EVIDENCE), record={"a": "yes"})
    assert "[pos-two, 1.0.0, draft] No rule for a single patient was encoded from it" in text
    assert text.count("No rule") == 1


# --- in brief ---


def in_brief(*texts: str, record: dict[str, str]) -> str:
    return " ".join(brief_text(decide(texts, record), Sheet()).split())


def test_what_applies_comes_first_and_what_is_open_is_one_line_with_what_is_missing() -> None:
    sure = position(rule("all: [a]", "first"), rule("all: [d]", "not-this"))
    waiting = position(rule("all: [b, c]", "second"), rule("all: [b]", "third"), name="pos-two")
    text = in_brief(sure, waiting, record={"a": "yes", "d": "no"})
    assert text.index("What applies") < text.index("[pos-one, 1.0.0, draft] + ")
    assert text.index("[pos-one,") < text.index("What may apply, or say more, once more is known") < text.index("1. B?")
    assert "Missing: B, C." in text
    assert "Not known whether" not in text
    assert "Does not hold" not in text


def test_a_position_that_does_not_apply_is_left_out_in_brief_and_told_in_full() -> None:
    texts = position(rule("all: [a]")), position(rule("all: [a]"), name="pos-two", more="applies_when: {all: [b]}")
    decision = decide(texts, {"a": "yes", "b": "no"})
    assert "pos-two" not in brief_text(decision)
    assert "pos-two" in evaluate_text(decision)


def test_with_nothing_known_it_is_said_that_nothing_applies_yet() -> None:
    text = in_brief(position(rule("all: [a]")), record={})
    assert "Nothing yet: with what is recorded no rule holds, and no grade is known." in text


def test_of_many_questions_the_first_are_asked_and_the_rest_counted() -> None:
    rules = [rule(f"all: [{name}]", f"rule-{name}") for name in "abcd"]
    text = in_brief(position(*rules, rule("all: [igg <= 400 mg/dL, weight >= 5 kg]", "rule-e")), record={})
    assert "5. " in text
    assert "6. " not in text
    assert "and 1 more" in text


def test_the_boxed_warning_stands_with_every_answer_that_gives_immunoglobulin() -> None:
    library = igguide.load()

    def said(topic: str, **record: object) -> str:
        decision = library.evaluate(record, as_of="2026-11-21", topics=[topic])
        full, explained, brief = (
            " ".join(text(decision, Sheet()).split()) for text in (evaluate_text, explain_text, brief_text)
        )
        assert (heading in full) == (heading in explained) == (heading in brief)
        return full

    heading = "Boxed warnings on the American labels of immunoglobulin, whichever source gives it"
    warning = "Thrombosis, renal dysfunction and acute renal failure: Privigen, Gammagard Liquid"
    treated = said("car-t-igg-replacement", igg="380 mg/dL", car_t_infusion="2026-10-07", age="58 years")
    assert heading in treated
    assert warning in treated
    assert heading not in said("car-t-igg-replacement", igg="900 mg/dL", car_t_infusion="2026-10-07")


def test_the_boxed_warning_stands_in_the_json_of_a_topic_that_gives_immunoglobulin() -> None:
    library = igguide.load()

    def warned(**record: object) -> dict[str, list[str]]:
        asked = {"as_of": "2026-11-21", "topics": ["car-t-igg-replacement"]}
        found = library.evaluate({"car_t_infusion": "2026-10-07", **record}, **asked).to_dict()["boxed_warnings"]
        return {each["says"]: [product["product"] for product in each["products"]] for each in found}

    found = warned(igg="380 mg/dL", age="58 years")
    assert found.keys() == {p.boxed_warning.says.rstrip(".") for p in library.products.values() if p.boxed_warning}
    assert sorted(name for names in found.values() for name in names) == sorted(
        n for n, p in library.products.items() if p.boxed_warning
    )
    assert warned(igg="900 mg/dL") == {}
