"""What is checked beyond spelling: contradictions with a witness patient, bands, circles; and no false alarms."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from conftest import HEAD, Check

import igguide
from igguide.errors import Problem, in_order
from igguide.evaluate import compile_position, evaluate_position
from igguide.findings import Findings
from igguide.lint import lint_position
from igguide.model import Position
from igguide.parse import parse_position
from igguide.record import read_record
from igguide.validate import validate
from igguide.yaml_reader import read_text

CITE = "cite: {source: hill-2019, via: ameripharma-cart}"


LIBRARY = igguide.load()


def read(text: str) -> tuple[Position | None, list[Problem]]:
    document, problems = read_text(HEAD + text, "car-t-igg-replacement/hill-2019.yaml")
    problems += validate(document, "position")
    return parse_position(document, LIBRARY.facts, problems), problems


@pytest.fixture
def check() -> Check:
    """A function that lints a position, and asks nothing of its words or of what it leaves open or unused."""

    def check(text: str) -> list[Problem]:
        position, problems = read(text)
        if problems or position is None:
            return in_order(problems)
        found = lint_position(position, LIBRARY.facts, LIBRARY.sources)
        return in_order([problem for problem in found if problem.severity == "error"])

    return check


def rule(name: str, action: str, lines: str, about: str = "igg-replacement", more: str = "") -> str:
    return f"  {name}: {{title: A rule, action: {action}, about: {about}, when: {lines}, strength: consensus, says: A rule., {more}{CITE}}}\n"


def rules(*given: str, more: str = "") -> str:
    return "recommendations:\n" + "".join(given) + more


def grade(*bands: str, when: str = "") -> str:
    return (
        "grades:\n  low:\n    title: How low?\n"
        + (f"    when: {when}\n" if when else "")
        + "    bands:\n"
        + "".join(f"      - {band}\n" for band in bands)
        + f"    otherwise: none\n    {CITE}\n"
    )


DOSES = f"""\
dosing:
  more: {{give: 0.5 g/kg, by: actual_weight, every: 1 month, {CITE}}}
  less: {{give: 0.4 g/kg, by: actual_weight, every: 1 month, {CITE}}}
  same: {{give: 500 mg/kg, by: actual_weight, every: 1 month, {CITE}}}
  adults: {{when: {{all: [age >= 18 years]}}, give: 0.4 g/kg, by: actual_weight, every: 1 month, {CITE}}}
  children: {{when: {{all: [age < 18 years]}}, give: 0.5 g/kg, by: actual_weight, every: 1 month, {CITE}}}
"""
LOW = "{all: [igg <= 400 mg/dL]}"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            rules(rule("a", "start", LOW), rule("b", "stop", "{all: [igg >= 400 mg/dL]}")),
            "one is for it (start) and one against (stop)",
        ),
        (
            rules(
                rule("a", "consider", "{any: [current_infection, iga_deficiency]}"),
                rule("b", "no-action", "{none: [current_infection]}"),
            ),
            "one is for it",
        ),
        (rules(rule("a", "increase", LOW), rule("b", "reduce", LOW)), "one increases and one reduces"),
        (
            rules(
                rule("a", "start", "{all: [age = 18 years]}"),
                rule("b", "stop", "{all: [age < 19 years, age > 17 years]}"),
            ),
            "one is for it",
        ),
        (
            rules(
                rule("a", "start", LOW, more="dose: more, "), rule("b", "start", LOW, more="dose: less, "), more=DOSES
            ),
            "two doses for the same action",
        ),
        (rules(rule("a", "start", "{all: [age >= 18 years]}"), rule("b", "avoid", "{all: [age < 216 months]}")), None),
        (
            rules(
                rule("a", "start", "{all: [time since car_t_infusion <= 3 months]}"),
                rule("b", "avoid", "{all: [time since car_t_infusion > 89 days]}"),
            ),
            "one is for it",
        ),
        (
            rules(
                rule("a", "start", "{all: [count of serious infection >= 2]}"),
                rule("b", "avoid", "{all: [count of infection <= 2]}"),
            ),
            "one is for it",
        ),
        (
            rules(
                rule("a", "start", "{all: [car_t_product is axicabtagene_ciloleucel]}"),
                rule("b", "avoid", "{all: [car_t_target is cd19]}"),
            ),
            "one is for it",
        ),
        (rules(rule("a", "start", "{all: [igg < igg_lower_limit_mayo]}"), rule("b", "avoid", LOW)), "one is for it"),
    ],
    ids=[
        "on-the-number",
        "yes-no",
        "increase-reduce",
        "one-age",
        "doses",
        "ages-that-only-meet",
        "months-and-days",
        "counts",
        "product-implies-target",
        "two-facts",
    ],
)
def test_rules_that_can_both_hold_contradict_and_a_patient_shows_it(check: Check, text: str, why: str | None) -> None:
    problems = check(text)
    if why is None:
        assert problems == []
        return
    [problem] = problems
    assert why in problem.what
    assert problem.place.line == 7 + text[: text.index("  b:")].count("\n") + 1
    assert both_hold_for(problem.what, text, check)


def both_hold_for(what: str, text: str, check: Check) -> bool:
    """Return whether both rules hold for the witness of a message, once they are about different things and so allowed."""
    found = re.search(r"both hold for (\{.*\}) as of (\S+)\.$", what)
    assert found
    second = text.index("  b:")
    assert check(text[:second] + text[second:].replace("about: igg-replacement", "about: steroid")) == []
    record: Any = read_text(found[1], "witness")[0].data
    position, _ = read(text)
    assert position is not None
    findings = Findings(read_record(record, LIBRARY.facts), LIBRARY.facts, date.fromisoformat(found[2]))
    answers = evaluate_position(compile_position(position, LIBRARY.facts), findings).rules
    return not findings.troubles and [answers[name].holds for name in "ab"] == ["yes", "yes"]


@pytest.mark.parametrize(
    "text",
    [
        rules(rule("a", "start", "{all: [igg < 400 mg/dL]}"), rule("b", "stop", "{all: [igg >= 400 mg/dL]}")),
        rules(rule("a", "start", "{all: [igg < 4 g/L]}"), rule("b", "stop", "{all: [igg >= 400 mg/dL]}")),
        rules(rule("a", "start", LOW), rule("b", "stop", LOW, more="unless: [a], ")),
        rules(rule("a", "start", LOW), rule("b", "stop", LOW, about="steroid")),
        rules(rule("a", "start", LOW), rule("b", "measure", LOW)),
        rules(rule("a", "start", LOW), rule("b", "consider", LOW)),
        rules(rule("a", "start", LOW, more="dose: more, "), rule("b", "start", LOW), more=DOSES),
        rules(rule("a", "start", LOW, more="dose: more, "), rule("b", "start", LOW, more="dose: more, "), more=DOSES),
        rules(
            rule("a", "start", LOW, more="dose: adults, "), rule("b", "start", LOW, more="dose: children, "), more=DOSES
        ),
        rules(rule("a", "start", "{all: [current_infection]}"), rule("b", "stop", "{none: [current_infection]}")),
        rules(
            rule("a", "start", "{all: [car_t_product is ciltacabtagene_autoleucel]}"),
            rule("b", "stop", "{all: [car_t_target is cd19]}"),
        ),
        rules(
            rule("a", "start", "{all: [count of infection >= 2]}"),
            rule("b", "stop", "{all: [count of serious infection >= 1, count of infection < 2]}"),
        ),
        rules(
            rule("a", "start", "{all: [time since car_t_infusion <= 90 days]}"),
            rule("b", "stop", "{all: [car_t_infusion is planned]}"),
        ),
        grade("severe: igg < 200 mg/dL", "mild: igg < 400 mg/dL"),
        grade("severe: igg < 200 mg/dL", "mild: {all: [igg >= 200 mg/dL, igg < 400 mg/dL]}"),
        grade("severe: {any: [igg < 200 mg/dL, current_infection]}", "mild: igg < 400 mg/dL"),
        grade("high: igg > 1600 mg/dL", "low: igg < 600 mg/dL", when="{all: [age >= 18 years]}"),
        grade("far: weight > ideal_body_weight_120", "near: weight > ideal_body_weight"),
        grade("severe: body_mass_index >= 40 kg/m2", "mild: body_mass_index >= 30 kg/m2"),
        grade("tall: {all: [height > 180 cm, body_mass_index < 18.5 kg/m2]}", "thin: body_mass_index < 18.5 kg/m2"),
    ],
    ids=[
        "meet",
        "meet-in-other-units",
        "unless",
        "other-about",
        "neither",
        "same-direction",
        "one-dose",
        "same-dose",
        "doses-by-age",
        "yes-no",
        "product-implies-target",
        "counts",
        "planned",
        "bands",
        "bands-with-bounds",
        "bands-of-several-facts",
        "bands-for-some",
        "bands-of-an-ideal",
        "bands-of-a-formula",
        "bands-of-a-formula-and-its-input",
    ],
)
def test_what_cannot_be_is_no_false_alarm(check: Check, text: str) -> None:
    assert [str(problem) for problem in check(text)] == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            grade("severe: igg < 200 mg/dL", "mild: {all: [igg > 200 mg/dL, igg < 400 mg/dL]}"),
            "there is a gap: the record {igg: 200 mg/dL}",
        ),
        (grade("severe: igg < 200 mg/dL", "mild: {all: [igg >= 300 mg/dL, igg < 400 mg/dL]}"), "there is a gap"),
        (grade("mild: igg < 400 mg/dL", "severe: igg < 200 mg/dL"), "No patient can fall into the band `severe`"),
        (grade("severe: igg < 200 mg/dL", "severe: igg < 400 mg/dL"), "stands twice"),
        (grade("severe: {all: [igg < 200 mg/dL, igg > 300 mg/dL]}"), "No patient can fall into the band `severe`"),
        (
            grade("mild: body_mass_index >= 30 kg/m2", "severe: body_mass_index >= 40 kg/m2"),
            "No patient can fall into the band `severe`",
        ),
        (grade("severe: low is severe"), "`low` is defined by way of itself"),
    ],
    ids=["gap-of-a-point", "gap", "shadowed", "twice", "empty", "shadowed-formula", "circle"],
)
def test_a_table_of_bands_is_whole(check: Check, text: str, says: str) -> None:
    [problem] = check(text)
    assert says in problem.what


def test_a_circle_is_told_once(check: Check) -> None:
    text = "criteria:\n  a: {any: [b-c]}\n  b-c: {any: [d-e]}\n  d-e: {any: [a]}\n  f-g: {any: [a]}\n"
    assert [problem.what for problem in check(text)] == [
        "`a` is defined by way of itself (`a`, then `b-c`, then `d-e`, then `a`)."
    ]


def test_all_problems_of_all_parts_are_told_in_one_run(check: Check) -> None:
    text = grade("severe: igg < 200", "mild: iggg < 400 mg/dL") + rules(
        rule("a", "start", "{all: [igg < 4 kg]}", more="dose: none, ")
    )
    assert len(check(text)) == 4


# --- what nothing uses ---

EARLY = "criteria:\n  early: {title: Early, all: [time since car_t_infusion <= 90 days]}\n"
LATE = "  late: {title: Late, none: [early]}\n"
MONTHLY = f"dosing:\n  monthly: {{give: 0.4 g/kg, by: actual_weight, every: 1 month, MORE{CITE}}}\n"


def unused(text: str) -> list[str]:
    position, problems = read(text)
    assert position is not None
    assert problems == []
    found = lint_position(position, LIBRARY.facts, LIBRARY.sources)
    assert {problem.severity for problem in found} <= {"warning"}
    return [problem.what for problem in found]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (rules(rule("a", "consider", LOW), more=EARLY), ["Nothing uses the criterion `early`, so it changes no answer."]),
        (rules(rule("a", "consider", "{all: [early]}"), more=EARLY), []),
        # a criterion that only an unused one names is told when that one is gone
        (rules(rule("a", "consider", LOW), more=EARLY + LATE), ["Nothing uses the criterion `late`, so it changes no answer."]),
        (rules(rule("a", "consider", LOW), more=EARLY) + grade("severe: early"), []),
        ("applies_when: {all: [early]}\n" + rules(rule("a", "consider", LOW), more=EARLY), []),
        (rules(rule("a", "consider", LOW)) + MONTHLY.replace("MORE", ""),
         ["No rule gives the dose `monthly`, so no answer shows it."]),
        (rules(rule("a", "consider", LOW, more="dose: monthly, ")) + MONTHLY.replace("MORE", ""), []),
        (rules(rule("a", "consider", LOW, more="dose: daily, "))
         + MONTHLY.replace("MORE", "") + f"  daily: {{give: 1 g, every: 1 day, then: monthly, {CITE}}}\n", []),
        (rules(rule("a", "consider", LOW)) + MONTHLY.replace("MORE", "reading: No rule gives it; it is only described., "), []),
    ],
)  # fmt: skip
def test_what_nothing_uses_is_told(text: str, told: list[str]) -> None:
    assert unused(text) == told
