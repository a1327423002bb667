"""What drift finds between the words of a rule and its numbers: planted faults of each kind, units, WHO's tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from positions import ROOT, bundled, compiled_file, compiled_text, facts_of, problems_of

from igguide.drift import KINDS, Drift, drift

WHO = ROOT / "tests" / "who_anc"


def text(says: str, when: str, more: str = "", before: str = "") -> str:
    return f"""{before}recommendations:
  low:
    title: A rule
    action: consider
    about: igg-replacement
    when: {when}
    strength: not-stated
    says: {says}
    cite: {{source: test-2026}}
{more}"""


def found(content: str, folder: Path) -> list[Drift]:
    return drift(compiled_text(content, folder).position, bundled().facts)


def kinds(content: str, folder: Path) -> list[str]:
    return [each.kind for each in found(content, folder)]


AGREE = [
    ("IgG below 400 mg/dL.", "igg < 400 mg/dL"),
    ("IgG of 400 mg/dL or below.", "igg <= 400 mg/dL"),
    ("IgG at or below 400 mg/dL.", "igg <= 400 mg/dL"),
    ("IgG of 4 g/L or less.", "igg <= 400 mg/dL"),
    ("IgG under 0.4 g/dL.", "igg < 4 g/L"),
    ("IgG above 600 mg/dL.", "igg > 600 mg/dL"),
    ("IgG of at least 600 mg/dL.", "igg >= 600 mg/dL"),
    ("IgG of 600 mg/dL or more.", "igg >= 600 mg/dL"),
    ("IgG up to 600 mg/dL.", "igg <= 600 mg/dL"),
    ("IgG over 6 g/L.", "igg > 600 mg/dL"),
    ("IgG no more than 6 g/L.", "igg <= 600 mg/dL"),
    ("IgG ≤ 400 mg/dL.", "igg <= 400 mg/dL"),
    ("IgG between 400 and 600 mg/dL.", "igg >= 400 mg/dL, igg < 600 mg/dL"),
    ("IgG of 400 to 600 mg/dL.", "igg > 400 mg/dL, igg <= 600 mg/dL"),
    ("In the first 90 days.", "time since car_t_infusion <= 90 days"),
    ("Within three months.", "time since car_t_infusion <= 3 months"),
    ("For 3 months after it.", "time since car_t_infusion <= 3 months"),
    ("After 90 days.", "time since car_t_infusion > 90 days"),
    ("From 30 days after the infusion.", "time since car_t_infusion >= 30 days"),
    ("From day 30.", "time since car_t_infusion >= 30 days"),
    ("Children younger than 10 years.", "age < 10 years"),
    ("Adults of 18 years and over.", "age >= 18 years"),
    ("Infants below 24 months.", "age < 2 years"),
    ("2 or more serious infections in the last year.", "count of serious infection in the last 12 months >= 2"),
    ("ICE of 9 or below is no grade 3.", "ice_score <= 9 points"),
    ("Grade 4 or CD19 or COVID-19 or 1.5-fold say nothing.", "igg_normal_for_age"),
    ("With less than 400 mg/dL and more than 30 days.", "igg < 400 mg/dL, time since car_t_infusion > 30 days"),
]
DIFFER = [
    ("only-in-words", "IgG below 500 mg/dL, or 400 mg/dL.", "igg < 400 mg/dL"),
    ("only-in-words", "IgG below 400 mg/dL, 90 days.", "igg < 400 mg/dL, time since car_t_infusion < 3 months"),
    ("only-in-rule", "IgG is low.", "igg < 400 mg/dL"),
    ("only-in-rule", "IgG is below 400 mg/dL.", "igg < 400 mg/dL, age >= 18 years"),
    ("only-in-rule", "Serious infections.", "count of serious infection >= 2"),
    ("direction", "IgG below 400 mg/dL.", "igg <= 400 mg/dL"),
    ("direction", "IgG of 400 mg/dL or below.", "igg < 400 mg/dL"),
    ("direction", "IgG under 4 g/L.", "igg <= 400 mg/dL"),
    ("direction", "IgG of at least 400 mg/dL.", "igg > 400 mg/dL"),
    ("direction", "IgG above 400 mg/dL.", "igg >= 400 mg/dL"),
    ("direction", "Within 90 days.", "time since car_t_infusion < 90 days"),
    ("direction", "In the first 90 days.", "time since car_t_infusion > 90 days"),
    ("direction", "After 90 days.", "time since car_t_infusion >= 90 days"),
    ("direction", "Younger than 10 years.", "age <= 10 years"),
    ("direction", "10 years or younger.", "age < 10 years"),
    ("direction", "Two or more infections.", "count of infection > 2"),
    ("direction", "IgG between 400 and 600 mg/dL.", "igg < 400 mg/dL, igg <= 600 mg/dL"),
]


@pytest.mark.parametrize(("says", "lines"), AGREE, ids=[says for says, _ in AGREE])
def test_words_and_lines_that_agree(says: str, lines: str, tmp_path: Path) -> None:
    assert kinds(text(says, f"{{all: [{lines}]}}"), tmp_path) == []


@pytest.mark.parametrize(("kind", "says", "lines"), DIFFER, ids=[f"{says} {lines}" for _, says, lines in DIFFER])
def test_words_and_lines_that_differ(kind: str, says: str, lines: str, tmp_path: Path) -> None:
    assert kind in kinds(text(says, f"{{all: [{lines}]}}"), tmp_path)


def test_a_number_in_other_numbers_is_told_on_both_sides(tmp_path: Path) -> None:
    assert kinds(text("IgG below 500 mg/dL.", "{all: [igg < 400 mg/dL]}"), tmp_path) == [
        "only-in-words",
        "only-in-rule",
    ]


def test_what_must_not_hold_counts_the_other_way_round(tmp_path: Path) -> None:
    assert kinds(text("IgG of 400 mg/dL or more.", "{none: [igg < 400 mg/dL]}"), tmp_path) == []
    assert kinds(text("IgG below 400 mg/dL.", "{none: [igg < 400 mg/dL]}"), tmp_path) == ["direction"]


def test_a_criterion_lends_its_numbers(tmp_path: Path) -> None:
    before = "criteria:\n  low-igg: {all: [igg < 400 mg/dL]}\n"
    assert kinds(text("IgG below 400 mg/dL.", "{all: [low-igg]}", before=before), tmp_path) == []
    assert kinds(text("IgG below 4 mg/dL.", "{all: [low-igg]}", before=before), tmp_path) == [
        "only-in-rule",
        "only-in-words",
    ]


def test_a_reading_may_name_a_number(tmp_path: Path) -> None:
    more = "    reading: Adults are taken to be 18 years and over.\n"
    assert (
        kinds(text("IgG below 400 mg/dL in adults.", "{all: [igg < 400 mg/dL, age >= 18 years]}", more), tmp_path) == []
    )


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ("Give 0.4 g/kg/day for 5 days.", []),
        ("Give 400 mg/kg/day for 5 days.", []),
        ("Give 0.4 g/kg/d for 5 days.", []),
        ("Give 0.4 g/kg daily for 5 days.", []),
        ("Give 0.5 g/kg/day for 5 days.", ["only-in-rule", "only-in-words"]),
        ("Give 0.4 g/kg/week for 5 days.", ["only-in-rule"]),
    ],
)
def test_a_dose_a_day_is_read_as_the_dose_and_its_interval(says: str, expected: list[str], tmp_path: Path) -> None:
    dosing = "dosing:\n  five-days: {give: 0.4 g/kg, by: actual_weight, every: 1 day, for: 5 days, cite: {source: test-2026}}\n"
    content = text(says, "{all: [igg_normal_for_age]}", "    dose: five-days\n", before=dosing)
    assert sorted(kinds(content, tmp_path)) == expected


DRIFT = "    drift: [{number: %s, reason: The source prints it so.}]\n"


@pytest.mark.parametrize("number", ["400 mg/dL", "4 g/L"])
def test_a_declared_number_is_no_drift(number: str, tmp_path: Path) -> None:
    assert kinds(text("IgG below 400 mg/dL.", "{all: [igg <= 400 mg/dL]}"), tmp_path) == ["direction"]
    assert kinds(text("IgG below 400 mg/dL.", "{all: [igg <= 400 mg/dL]}", DRIFT % number), tmp_path) == []


def test_a_needless_exception_is_told_where_it_stands(tmp_path: Path) -> None:
    (each,) = found(text("IgG below 400 mg/dL.", "{all: [igg < 400 mg/dL]}", DRIFT % "18 years"), tmp_path)
    assert (each.kind, each.place.line) == ("needless-exception", 16)


def test_an_exception_needs_a_number_and_a_reason(tmp_path: Path) -> None:
    content = text("IgG below 400 mg/dL.", "{all: [igg < 400 mg/dL]}", DRIFT % "many years")
    assert any("number" in problem.what for problem in problems_of(content, tmp_path))
    content = content.replace("many years", "18 years").replace(", reason: The source prints it so.", "")
    assert any("reason" in problem.what for problem in problems_of(content, tmp_path))


DOSED = """dosing:
  monthly: {give: 0.4-0.6 g/kg, by: actual_weight, every: 3-4 weeks, until: {all: [igg >= 700 mg/dL]}%s, cite: {source: test-2026}}
"""


def test_a_dose_without_words_of_its_own_is_told_by_the_rule(tmp_path: Path) -> None:
    good = "IgG below 400 mg/dL, with 400 to 600 mg/kg every 3 to 4 weeks until at least 7 g/L."
    assert kinds(text(good, "{all: [igg < 400 mg/dL]}", "    dose: monthly\n" + DOSED % ""), tmp_path) == []
    bad = good.replace("3 to 4", "2 to 4").replace("600", "500")
    numbers = [
        each.sentence
        for each in found(text(bad, "{all: [igg < 400 mg/dL]}", "    dose: monthly\n" + DOSED % ""), tmp_path)
    ]
    assert [any(part in each for each in numbers) for part in ("2 weeks", "3 weeks", "500 mg/kg", "0.6 g/kg")] == [
        True
    ] * 4


def test_a_dose_with_words_of_its_own_is_compared_with_these(tmp_path: Path) -> None:
    says = ", says: '0.4 to 0.6 g/kg every 3 to 4 weeks until 700 mg/dL or more.'"
    rule = text("IgG below 400 mg/dL.", "{all: [igg < 400 mg/dL]}", "    dose: monthly\n" + DOSED % says)
    assert kinds(rule, tmp_path) == []
    (each,) = found(rule.replace("700 mg/dL or more", "more than 700 mg/dL"), tmp_path)
    assert (each.kind, each.part) == ("direction", ("dosing", "monthly"))


def test_a_schedule_may_be_said_in_one_word(tmp_path: Path) -> None:
    monitoring = (
        "monitoring:\n  igg: {measure: igg, every: 1 month, says: Measure IgG monthly., cite: {source: test-2026}}\n"
    )
    assert kinds(monitoring, tmp_path) == []
    assert kinds(monitoring.replace("1 month", "2 months"), tmp_path) == ["only-in-rule"]


def test_a_table_may_speak_of_the_other_side_too(tmp_path: Path) -> None:
    grade = """grades:
  level:
    title: How low?
    bands: [{low: igg < 400 mg/dL}]
    otherwise: none
    says: %s
    cite: {source: test-2026}
"""
    assert kinds(grade % "Low is below 400 mg/dL; 400 mg/dL or more is none.", tmp_path) == []
    assert set(kinds(grade % "Low is 400 mg/dL or below.", tmp_path)) == {"direction"}
    assert "direction" in kinds(grade % "None is 400 mg/dL or more.", tmp_path)


def test_the_bundled_guidelines_have_not_drifted() -> None:
    library = bundled()
    assert [str(each.problem) for c in library.compiled.values() for each in drift(c.position, library.facts)] == []


@pytest.mark.parametrize("operator", ["<=", "<", ">=", ">"])
def test_in_the_bundled_guidelines_each_other_operator_is_drift(operator: str, tmp_path: Path) -> None:
    path = ROOT / "guidelines" / "car-t-igg-replacement" / "wat-barmettler-2022.yaml"
    content = path.read_text(encoding="utf-8")
    changed = content.replace(
        "        - igg <= 400 mg/dL\n        - time", f"        - igg {operator} 400 mg/dL\n        - time"
    )
    (tmp_path / path.name).write_text(changed, encoding="utf-8")
    told = drift(compiled_file(tmp_path / path.name, bundled().facts).position, bundled().facts)
    assert [each.kind for each in told] == ([] if operator == "<=" else ["direction"])


# --- WHO's tables ---


def who(name: str) -> list[Drift]:
    facts = facts_of(WHO / "facts.yaml")
    return drift(compiled_file(WHO / f"{name}.yaml", facts).position, facts)


@pytest.mark.parametrize("table", ["dt05", "dt25", "dt27"])
def test_who_as_printed_has_not_drifted(table: str) -> None:
    assert who(f"{table}-printed") == []


def test_who_dt05_runs_from_37_weeks_where_it_says_more() -> None:
    (each,) = who("dt05-run")
    assert (each.kind, each.part) == ("direction", ("recommendations", "labour-at-term"))
    assert "above” of 37 weeks, and the line has `>=`" in each.sentence


def test_who_dt25_has_two_bounds_the_wrong_way_round() -> None:
    told = who("dt25-run")
    assert [(each.kind, each.part[1]) for each in told] == [
        ("direction", "rare-here-with-side-effects"),
        ("direction", "rare-here"),
    ]
    assert all("at most” of 20 %, and the line has `>=`" in each.sentence for each in told)


def test_who_dt27_has_its_test_of_gestational_age_inverted() -> None:
    told = who("dt27-run")
    assert [(each.kind, each.part[1], each.place.line) for each in told] == [
        ("direction", "aspirin", 27),
        ("direction", "calcium", 36),
    ]
    assert all("at least” of 12 weeks, and the line has `<=`" in each.sentence for each in told)


def test_each_kind_is_known() -> None:
    assert {kind for kind, _, _ in DIFFER} | {"needless-exception"} == set(KINDS)
