"""What is printed for people where a position says little: silences once, and findings where there is no rule."""

from __future__ import annotations

from building import decide, position, rule

from igguide.report import Sheet, evaluate_text


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
