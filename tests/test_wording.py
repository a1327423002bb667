"""What the terminal and the form on the topic page say, word by word: what is asked, and what a dose comes to."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from building import CITE, FACTS, decide, library, position, rule

from igguide.folders import guidelines_folder
from igguide.library import check_folder
from igguide.report import evaluate_text
from igguide.wording import Wording, action_text, band_text, lower_first, name_text

CRITERIA = f"""
criteria:
  both: {{title: Both of them, all: [a, b], {CITE}}}
  either: {{any: [a, b], {CITE}}}
  neither: {{none: [a, b], {CITE}}}
"""


def asked(applies_when: str, record: dict[str, Any]) -> str:
    """Return what the report says of a position that does not apply, or may."""
    more = f"applies_when: {{{applies_when}}}\n{CRITERIA}"
    text = " ".join(evaluate_text(decide(position(rule("all: [a]"), more=more), record)).split())
    start = text.index("pos-one, 1.0.0, draft]") + len("pos-one, 1.0.0, draft] ")
    return (
        text[start:]
        .split(". ? Not known")[0]
        .split(". Does not hold")[0]
        .split(". What could")[0]
        .split(". Sources")[0]
    )


@pytest.mark.parametrize(
    ("condition", "record", "said"),
    [
        # a line under `none` is told as what must not be
        ("none: [a]", {}, "May apply, if: a: no (not recorded)"),
        ("none: [a]", {"a": "yes"}, "Does not apply. It asks for: a: no (found: yes)"),
        ("none: [target is cd19]", {}, "May apply, if: target is not CD19 (not recorded)"),
        ("none: [target is cd19]", {"target": "cd19"}, "Does not apply. It asks for: target is not CD19 (found: CD19)"),
        ("none: [age < 18 years]", {"age": "9 years"}, "Does not apply. It asks for: age is 18 years or more (found: 9 years)"),
        ("none: [igg <= 400 mg/dL]", {}, "May apply, if: serum IgG is above 400 mg/dL (not recorded)"),
        ("none: [time since infusion <= 90 days]", {"infusion": "2026-11-01"},
         "Does not apply. It asks for: infusion was not 90 days ago or less (found: day 20, counted from 2026-11-01)"),
        ("none: [infusion is planned]", {"infusion": "2026-12-01"},
         "Does not apply. It asks for: infusion is not still to come (found: planned for 2026-12-01)"),
        ("none: [a, b]", {}, "May apply, if: none of: a (not recorded); or B (not recorded)"),
        ("none: [a, b]", {"b": "no"}, "May apply, if: a: no (not recorded)"),
        # alternatives are told as alternatives
        ("any: [a, b]", {}, "May apply, if: any one of: a (not recorded); or B (not recorded)"),
        ("any: [a, b]", {"a": "no", "b": "no"}, "Does not apply. It asks for: any one of: a (found: no); or B (found: no)"),
        ("any: [a, b]", {"a": "no"}, "May apply, if: B (not recorded)"),
        # all of several
        ("all: [a, b]", {}, "May apply, if: a (not recorded); and B (not recorded)"),
        ("all: [a, b]", {"a": "no"}, "Does not apply. It asks for: a (found: no)"),
        # groups in groups
        ("all: [a], any: [b, c]", {}, "May apply, if: a (not recorded); and (any one of: B (not recorded); or C (not recorded))"),
        ("all: [a], none: [b, c]", {"a": "yes", "b": "yes"}, "Does not apply. It asks for: b: no (found: yes)"),
        ("all: [both, c]", {}, "May apply, if: a (not recorded); and B (not recorded); and C (not recorded)"),
        ("any: [both, c]", {}, "May apply, if: any one of: (a (not recorded); and B (not recorded)); or C (not recorded)"),
        ("all: [both, c]", {"a": "no"}, "Does not apply. It asks for: a (found: no)"),
        ("none: [both]", {"a": "yes", "b": "yes"}, "Does not apply. It asks for: not all of: a (found: yes); and B (found: yes)"),
        ("none: [either]", {}, "May apply, if: none of: a (not recorded); or B (not recorded)"),
        ("none: [both, d]", {}, "May apply, if: none of: both of them (not known); or D (not recorded)"),
        ("none: [neither]", {"a": "no", "b": "no"}, "Does not apply. It asks for: any one of: a (found: no); or B (found: no)"),
        ("at_least: 2, of: [a, b, c]", {"a": "yes"}, "May apply, if: at least 2 of: a (found: yes); or B (not recorded); or C (not recorded)"),
    ],
)  # fmt: skip
def test_what_a_position_asks_for(condition: str, record: dict[str, Any], said: str) -> None:
    assert asked(condition, record) == said


def test_what_sets_two_positions_apart_is_told_as_the_least_and_as_it_is_meant() -> None:
    """Either line would do, so neither is told as what the position asks for; what is needed beside it is told with each."""
    texts = (position(rule("all: [d]")), position(rule("any: [b, c]\nnone: [a]"), name="pos-two"))
    found = decide(texts, {"d": "yes", "a": "yes", "b": "no", "c": "no"})
    said = " ".join(evaluate_text(found).split())
    assert "pos-one: yes. pos-two: no; for a yes it would take at least: (B; and a: no); or (C; and a: no)." in said


def brief(when: str) -> str:
    """Return the line of the side-by-side table."""
    read = library(position(rule(when), more=CRITERIA))
    found = read.topics["the-topic"].positions["pos-one"]
    return Wording(read.facts, {}).brief(next(iter(found.recommendations.values())).when, found)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("none: [infusion is planned]\nall: [igg < 400 mg/dL]", "serum IgG is below 400 mg/dL; infusion is not still to come"),
        ("none: [a]\nall: [b]", "B; a: no"),
        ("none: [a, b]\nall: [c, igg < 400 mg/dL]", "C; serum IgG is below 400 mg/dL; none of (A; B)"),
        ("none: [a, b]\nany: [c, d]", "C or D; none of (A; B)"),
        ("none: [either]\nall: [c]", "C; either: no"),
        ("at_least: 2\nof: [a, b, c]", "at least 2 of (A; B; C)"),
    ],
)  # fmt: skip
def test_what_must_not_be_is_never_read_as_what_must(when: str, said: str) -> None:
    assert brief(when).casefold() == said.casefold()


FEVER = (
    FACTS.replace("title: A,", "title: Fever,")
    .replace("title: B,", "title: Shivers,")
    .replace("title: C,", "title: IgG is low,")
)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("any: [a, b, c]", "Fever or shivers or IgG is low"),
        ("all: [a, b]", "Fever and shivers"),
        ("all: [d]\nany: [b, a]", "D and (shivers or fever)"),
        ("any: [b, a]\nnone: [c, d]", "(Shivers or fever) and none of (IgG is low; D)"),
        ("none: [a, b]", "none of (fever; shivers)"),
        ("at_least: 2\nof: [a, c, b]", "at least 2 of (fever; IgG is low; shivers)"),
    ],
)
def test_only_the_first_word_of_a_condition_has_a_capital(when: str, said: str) -> None:
    read = library(position(rule(when)), facts=FEVER)
    found = read.topics["the-topic"].positions["pos-one"]
    condition = next(iter(found.recommendations.values())).when
    assert Wording(read.facts, {}).condition(condition, found) == said


def test_inside_a_sentence_only_names_and_abbreviations_keep_their_capital() -> None:
    texts = [
        "(Shivers and fever) or d",
        "Non-Hodgkin lymphoma",
        "Anti-NMDA receptor encephalitis",
        "CAR-T",
        "(IgG is low)",
    ]
    assert [lower_first(text) for text in texts] == [
        "(shivers and fever) or d",
        "non-Hodgkin lymphoma",
        "anti-NMDA receptor encephalitis",
        "CAR-T",
        "(IgG is low)",
    ]


def test_abbreviations_in_names_of_parts_are_written_as_in_the_glossary() -> None:
    read = check_folder(guidelines_folder()).library
    assert read is not None
    words = yaml.safe_load((guidelines_folder().parent / "site" / "glossary.yaml").read_text(encoding="utf-8"))
    terms = {
        term for word in words for term in (word["term"], *word.get("also", [])) if sum(map(str.isupper, term)) > 1
    }
    names = {
        name
        for topic in read.topics.values()
        for of in topic.positions.values()
        for name in (*of.grades, *of.silent, *(each.id for each in of.criteria.values() if not each.title))
    }
    parts = {part for name in names for part in name_text(name).split(" ")}
    assert {part for part in parts if part not in terms and part.lower() in {term.lower() for term in terms}} == set()


def test_a_band_keeps_the_hyphen_of_its_numbers() -> None:
    assert [band_text(name) for name in ("grade-3-4", "not-in-the-table", "day-30")] == [
        "grade 3-4",
        "not in the table",
        "day 30",
    ]


@pytest.mark.parametrize(
    ("action", "about", "said"),
    [
        ("avoid", "monitoring", "Avoid (monitoring)"),  # a way of measuring, not that one measures
        ("measure", "monitoring", "Measure (monitoring)"),
        ("avoid", "steroid", "Avoid corticosteroid"),
    ],
)
def test_what_a_rule_does_is_said_so_that_its_title_may_follow(action: str, about: str, said: str) -> None:
    assert action_text(action, about) == said
