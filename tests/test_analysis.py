"""What the analysis finds: planted faults of each kind, the first seed, WHO's tables, and that its regions are exact."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from positions import ROOT, bundled, compiled_file, compiled_text, facts_of, problems_of

from igguide import reach, regions
from igguide.analysis import KINDS, Weakness, analyse
from igguide.evaluate import CompiledPosition, PositionResult, compile_position, evaluate_position
from igguide.findings import Findings
from igguide.lines import Vocabulary, read_line
from igguide.lint import lint_position
from igguide.model import Group, Line, Position, Silence, Source
from igguide.record import read_record
from igguide.regions import Atlas, NotExhausted, Space, lines_reached
from igguide.truth import NO, YES
from igguide.witness import DAY

WHO = ROOT / "tests" / "who_anc"


def rule(name: str, when: str, action: str = "consider", more: str = "") -> str:
    return f"""  {name}:
    title: A rule
    action: {action}
    about: igg-replacement
    when: {when}
    strength: not-stated
    says: Words.
    cite: {{source: test-2026}}
{more}"""


def rules(*texts: str) -> str:
    return "recommendations:\n" + "".join(texts)


def found(text: str, folder: Path) -> list[Weakness]:
    return analyse(compiled_text(text, folder), bundled().facts)


def kinds(weaknesses: list[Weakness]) -> list[str]:
    return [weakness.kind for weakness in weaknesses]


def answers(compiled: CompiledPosition, record: object, facts: object = None) -> PositionResult:
    facts = bundled().facts if facts is None else facts
    findings = Findings(read_record(record, facts), facts, DAY)  # type: ignore[arg-type]
    result = evaluate_position(compiled, findings)
    assert findings.troubles == []
    return result


# --- the first seed ---

AFTER = "applies_when: {all: [car_t_infusion is recorded]}\n"
BURDEN = """criteria:
  infection-burden: {any: [serious_bacterial_infection, recurrent_bacterial_infections]}
  after-infusion: {none: [car_t_infusion is planned]}
"""
ADULTS = [
    rule("early", "{all: [age >= 18 years, igg <= 400 mg/dL, time since car_t_infusion <= 90 days]}"),
    rule("middle", "{all: [age >= 18 years, after-infusion, igg > 400 mg/dL, igg <= 600 mg/dL, infection-burden]}"),
    rule(
        "high",
        "{all: [age >= 18 years, after-infusion, igg > 600 mg/dL, infection-burden, specific_antibodies_extremely_low]}",
    ),
    rule(
        "stop",
        "{all: [age >= 18 years, receiving_igg_replacement, time since car_t_infusion > 90 days], none: [current_infection, serious_bacterial_infection, recurrent_bacterial_infections]}",
        "consider-stopping",
    ),
]
CHILDREN = [
    rule(
        "child-low",
        "{all: [age < 18 years, igg < 400 mg/dL, time since car_t_infusion >= 30 days]}",
        more="    dose: child\n",
    ),
    rule("child-middle", "{all: [age < 18 years, after-infusion, igg >= 400 mg/dL, igg <= 600 mg/dL]}"),
    rule("child-young", "{all: [age < 10 years, after-infusion, igg <= 800 mg/dL]}"),
]
DOSE = """dosing:
  child: {give: 0.5 g/kg, by: actual_weight, every: 1 month, cite: {source: test-2026}}
"""
SEED = AFTER + BURDEN + rules(*ADULTS, *CHILDREN) + DOSE


def undeclared(address: str) -> CompiledPosition:
    """Our own encoding with what it declares taken away: what it leaves silent, and which rules overlap on purpose."""
    position = bundled().compiled[address].position
    rules_alone = {name: replace(rule, overlaps=()) for name, rule in position.recommendations.items()}
    return compile_position(replace(position, silent={}, recommendations=rules_alone), bundled().facts)


LATE = ["time since car_t_infusion > 90 days", "age >= 18 years", "igg <= 400 mg/dL"]


def late_gap(weaknesses: list[Weakness]) -> Weakness:
    (gap,) = [w for w in weaknesses if w.region and set(LATE) <= set(w.region.get("all", []))]
    return gap


@pytest.mark.parametrize("source", ["seed", "wat-barmettler-2022"])
def test_the_seed_says_nothing_of_an_adult_with_400_or_less_after_day_90_with_infection(
    source: str, tmp_path: Path
) -> None:
    compiled = compiled_text(SEED, tmp_path) if source == "seed" else undeclared(f"car-t-igg-replacement/{source}")
    gap = late_gap(analyse(compiled, bundled().facts))
    assert gap.kind == "less-said"
    assert gap.region is not None
    assert sorted(gap.region["all"]) == sorted(LATE)
    assert gap.region["any"] == ["serious_bacterial_infection", "recurrent_bacterial_infections"]
    assert gap.witness == {
        "serious_bacterial_infection": "yes",
        "car_t_infusion": "2026-01-31",
        "age": "40 years",
        "igg": "200 mg/dL",
    }
    result = answers(compiled, gap.witness)
    assert {r.holds for r in result.rules.values()} == {NO}


@pytest.mark.parametrize("source", ["seed", "wat-barmettler-2022"])
def test_the_seed_covers_a_child_under_10_twice(source: str, tmp_path: Path) -> None:
    compiled = compiled_text(SEED, tmp_path) if source == "seed" else undeclared(f"car-t-igg-replacement/{source}")
    twice = [w for w in analyse(compiled, bundled().facts) if w.kind == "covered-twice"]
    held = []
    for weakness in twice:
        assert weakness.witness is not None
        held.append({name for name, r in answers(compiled, weakness.witness).rules.items() if r.holds == YES})
    young, low, middle = (
        ("child-young", "child-low", "child-middle")
        if source == "seed"
        else ("child-under-10", "child-below-400", "child-400-600")
    )
    assert sorted(map(sorted, held)) == sorted([sorted({young, low}), sorted({young, middle})])
    assert {w.place for w in twice} == {compiled.position.recommendations[young].place}


def test_no_other_gap_is_told_of_the_adults_of_the_seed(tmp_path: Path) -> None:
    weaknesses = found(AFTER + BURDEN + rules(*ADULTS), tmp_path)
    assert kinds(weaknesses) == ["less-said"]
    assert (
        late_gap(weaknesses).place
        == compiled_text(AFTER + BURDEN + rules(*ADULTS), tmp_path).position.recommendations["middle"].place
    )


SILENT = """silent:
  late-with-infection:
    about: igg-replacement
    when: {all: [age >= 18 years, igg <= 400 mg/dL, "time since car_t_infusion > 90 days", infection-burden]}
    reading: The page ends with the third month.
"""


def test_a_declared_gap_is_none(tmp_path: Path) -> None:
    assert kinds(found(AFTER + BURDEN + rules(*ADULTS) + SILENT, tmp_path)) == []


def test_a_gap_declared_in_part_is_told_for_the_rest(tmp_path: Path) -> None:
    (gap,) = found(AFTER + BURDEN + rules(*ADULTS) + SILENT.replace("igg <= 400", "igg <= 300"), tmp_path)
    assert gap.region is not None
    assert {"igg > 300 mg/dL", "igg <= 400 mg/dL"} <= set(gap.region["all"])


def test_the_region_told_can_be_pasted_as_a_declaration(tmp_path: Path) -> None:
    region = late_gap(found(AFTER + BURDEN + rules(*ADULTS), tmp_path)).region
    text = f"silent:\n  pasted:\n    when: {region}\n    reading: Left open.\n".replace("'", '"')
    assert found(AFTER + BURDEN + rules(*ADULTS) + text, tmp_path) == []


def test_a_declaration_of_nothing_is_told(tmp_path: Path) -> None:
    text = SILENT.replace("> 90 days", "<= 90 days")
    assert "needless-declaration" in kinds(found(AFTER + BURDEN + rules(*ADULTS) + text, tmp_path))


def test_a_silence_is_about_its_own_subject_only(tmp_path: Path) -> None:
    assert "less-said" in kinds(
        found(AFTER + BURDEN + rules(*ADULTS) + SILENT.replace("about: igg-replacement", "about: steroid"), tmp_path)
    )


def test_a_silence_needs_a_reading(tmp_path: Path) -> None:
    text = AFTER + BURDEN + rules(*ADULTS) + SILENT.replace("    reading: The page ends with the third month.\n", "")
    assert any("reading" in problem.what for problem in problems_of(text, tmp_path))


def test_declared_overlaps_are_none(tmp_path: Path) -> None:
    more = "    overlaps: [child-low, child-middle]\n    reading: The page says both.\n"
    text = (
        AFTER
        + BURDEN
        + rules(
            *ADULTS,
            *CHILDREN[:2],
            rule("child-young", "{all: [age < 10 years, after-infusion, igg <= 800 mg/dL]}", more=more),
        )
        + DOSE
    )
    assert "covered-twice" not in kinds(found(text, tmp_path))
    assert any(
        "reading" in p.what for p in problems_of(text.replace("    reading: The page says both.\n", ""), tmp_path)
    )


def test_overlaps_that_are_none_are_told(tmp_path: Path) -> None:
    never = rules(
        rule("low", "{all: [igg < 400 mg/dL]}"),
        rule("high", "{all: [igg >= 400 mg/dL]}", more="    overlaps: [low]\n    reading: So.\n"),
    )
    nobody = never.replace("overlaps: [low]", "overlaps: [lower]")
    assert kinds(found(never, tmp_path)) == kinds(found(nobody, tmp_path)) == ["needless-declaration"]


# --- planted faults, one of each kind, and the same position without the fault ---

SICK = "serious_bacterial_infection"
GRADE = """grades:
  level:
    title: How low?
    bands: [%s]
    otherwise: none
    cite: {source: test-2026}
"""
PLANTED: dict[str, tuple[str, str, str]] = {
    "a point left out": (
        "hole",
        rules(rule("low", "{all: [igg < 400 mg/dL]}"), rule("high", "{all: [igg > 400 mg/dL]}", "avoid")),
        rules(rule("low", "{all: [igg < 400 mg/dL]}"), rule("high", "{all: [igg >= 400 mg/dL]}", "avoid")),
    ),
    "whole numbers of an amount": (
        "hole",
        rules(rule("low", "{all: [igg <= 400 mg/dL]}"), rule("high", "{all: [igg >= 401 mg/dL]}", "avoid")),
        rules(rule("low", "{all: [igg <= 400 mg/dL]}"), rule("high", "{all: [igg > 4 g/L]}", "avoid")),
    ),
    "an age left out": (
        "hole",
        rules(rule("young", "{all: [age < 10 years]}"), rule("old", "{all: [age > 10 years]}", "avoid")),
        rules(rule("young", "{all: [age < 120 months]}"), rule("old", "{all: [age >= 10 years]}", "avoid")),
    ),
    "a day left out": (
        "hole",
        rules(
            rule("early", "{all: [time since car_t_infusion < 3 months]}"),
            rule("late", "{all: [time since car_t_infusion > 92 days]}", "avoid"),
        ),
        rules(
            rule("early", "{all: [time since car_t_infusion <= 3 months]}"),
            rule("late", "{all: [time since car_t_infusion > 92 days]}", "avoid"),
        ),
    ),
    "a number of events left out": (
        "hole",
        rules(
            rule("few", "{all: [count of serious infection < 2]}", "avoid"),
            rule("many", "{all: [count of serious infection > 2]}"),
        ),
        rules(
            rule("few", "{all: [count of serious infection <= 2]}", "avoid"),
            rule("many", "{all: [count of serious infection > 2]}"),
        ),
    ),
    "more reason and less said": (
        "less-said",
        rules(
            rule("low", "{all: [igg < 400 mg/dL, time since car_t_infusion <= 90 days]}"),
            rule("middle", f"{{all: [igg >= 400 mg/dL, igg < 600 mg/dL, {SICK}]}}"),
        ),
        rules(
            rule("low", "{all: [igg < 400 mg/dL]}"),
            rule("middle", f"{{all: [igg >= 400 mg/dL, igg < 600 mg/dL, {SICK}]}}"),
        ),
    ),
    "two limits on the same": (
        "covered-twice",
        rules(rule("low", "{all: [igg < 400 mg/dL]}"), rule("sick", f"{{all: [igg <= 600 mg/dL, {SICK}]}}")),
        rules(
            rule("low", "{all: [igg < 400 mg/dL]}"),
            rule("sick", f"{{all: [igg >= 400 mg/dL, igg <= 600 mg/dL, {SICK}]}}"),
        ),
    ),
    "two actions": (
        "two-actions",
        rules(
            rule("low", "{all: [igg < 400 mg/dL]}", "start"),
            rule("on", "{all: [igg < 400 mg/dL, receiving_igg_replacement]}", "continue"),
        ),
        rules(
            rule("low", "{all: [igg < 400 mg/dL]}", "start", "    unless: [on]\n"),
            rule("on", "{all: [igg < 400 mg/dL, receiving_igg_replacement]}", "continue"),
        ),
    ),
    "a rule for nobody": (
        "never-holds",
        rules(rule("never", "{all: [igg < 400 mg/dL, igg > 4 g/L]}")),
        rules(rule("ever", "{all: [igg < 400 mg/dL, igg > 3 g/L]}")),
    ),
    "a rule out of scope": (
        "never-holds",
        "applies_when: {all: [car_t_target is bcma]}\n"
        + rules(rule("never", "{all: [car_t_product is tisagenlecleucel]}")),
        "applies_when: {all: [car_t_target is bcma]}\n"
        + rules(rule("ever", "{all: [car_t_product is ciltacabtagene_autoleucel]}")),
    ),
    "a rule inside another": (
        "adds-nothing",
        rules(
            rule("wide", f"{{any: [{SICK}, igg < 400 mg/dL]}}"), rule("narrow", f"{{all: [{SICK}, iga_deficiency]}}")
        ),
        rules(
            rule("wide", f"{{all: [{SICK}], none: [iga_deficiency]}}"),
            rule("narrow", f"{{all: [{SICK}, iga_deficiency]}}"),
        ),
    ),
    "emphasis everywhere": (
        "emphasis",
        rules(rule("low", "{all: [igg < 300 mg/dL]}", more="    especially_when: {all: [igg < 400 mg/dL]}\n")),
        rules(rule("low", "{all: [igg < 300 mg/dL]}", more="    especially_when: {all: [igg < 200 mg/dL]}\n")),
    ),
    "a line that asks nothing": (
        "needless-line",
        rules(rule("low", "{all: [igg < 300 mg/dL, igg < 400 mg/dL]}")),
        rules(rule("low", "{all: [igg < 300 mg/dL, igg > 200 mg/dL]}")),
    ),
    "a line that the product settles": (
        "needless-line",
        rules(rule("target", "{all: [car_t_product is tisagenlecleucel, car_t_target is cd19]}")),
        rules(rule("target", "{all: [car_t_product is tisagenlecleucel, igg < 400 mg/dL]}")),
    ),
    "a line that the scope settles": (
        "needless-line",
        "applies_when: {all: [car_t_infusion is recorded]}\n"
        + rules(rule("low", "{all: [igg < 400 mg/dL, car_t_infusion is recorded]}")),
        "applies_when: {all: [car_t_infusion is recorded]}\n" + rules(rule("low", "{all: [igg < 400 mg/dL]}")),
    ),
    "a line that the list settles": (
        "needless-line",
        rules(rule("twice", f"{{all: [count of serious bacterial infection in the last 12 months >= 2, {SICK}]}}")),
        rules(rule("twice", f"{{all: [count of serious viral infection in the last 12 months >= 2, {SICK}]}}")),
    ),
    "a band for nobody": (
        "unreachable-band",
        GRADE % "{severe: igg < 400 mg/dL}, {moderate: igg < 2 g/L}",
        GRADE % "{severe: igg < 200 mg/dL}, {moderate: igg < 4 g/L}",
    ),
    "bands with a hole": (
        "band-hole",
        GRADE % "{severe: igg <= 200 mg/dL}, {moderate: {all: [igg >= 201 mg/dL, igg <= 400 mg/dL]}}",
        GRADE % "{severe: igg <= 200 mg/dL}, {moderate: {all: [igg > 200 mg/dL, igg <= 400 mg/dL]}}",
    ),
    "bands out of order": (
        "band-order",
        GRADE
        % "{moderate: {all: [igg >= 200 mg/dL, igg < 400 mg/dL]}}, {severe: igg < 200 mg/dL}, {mild: {all: [igg >= 400 mg/dL, igg < 650 mg/dL]}}",
        GRADE
        % "{severe: igg < 200 mg/dL}, {moderate: {all: [igg >= 200 mg/dL, igg < 400 mg/dL]}}, {mild: {all: [igg >= 400 mg/dL, igg < 650 mg/dL]}}",
    ),
}


@pytest.mark.parametrize("case", PLANTED)
def test_a_planted_fault_is_found_and_only_it(case: str, tmp_path: Path) -> None:
    kind, faulty, _ = PLANTED[case]
    assert kinds(found(faulty, tmp_path)) == [kind]


@pytest.mark.parametrize("case", PLANTED)
def test_without_the_fault_nothing_is_found(case: str, tmp_path: Path) -> None:
    assert found(PLANTED[case][2], tmp_path) == []


def test_each_kind_has_a_planted_fault() -> None:
    elsewhere = {"needless-declaration", "not-exhausted"}
    assert {kind for kind, _, _ in PLANTED.values()} | elsewhere == set(KINDS)


def test_caution_for_nobody_is_told(tmp_path: Path) -> None:
    text = "cautions:\n  none:\n    severity: warning\n    says: Beware.\n    when: {all: [igg < 1 g/L, igg > 100 mg/dL]}\n    cite: {source: test-2026}\n"
    assert kinds(found(text, tmp_path)) == ["never-holds"]


def test_independent_grounds_may_hold_together(tmp_path: Path) -> None:
    assert found(rules(rule("low", "{all: [igg < 400 mg/dL]}"), rule("sick", f"{{all: [{SICK}]}}")), tmp_path) == []


def test_a_limit_in_time_is_no_gap(tmp_path: Path) -> None:
    assert found(rules(rule("early", "{all: [igg < 400 mg/dL, time since car_t_infusion <= 90 days]}")), tmp_path) == []


def test_of_a_rule_inside_another_the_inner_one_is_told(tmp_path: Path) -> None:
    (weakness,) = found(PLANTED["a rule inside another"][1], tmp_path)
    assert weakness.sentence.startswith("Wherever `narrow` holds")
    assert weakness.witness == {SICK: "yes", "iga_deficiency": "yes"}


def test_of_two_rules_that_are_the_same_one_is_told(tmp_path: Path) -> None:
    (weakness,) = found(rules(rule("a", "{all: [igg < 400 mg/dL]}"), rule("b", "{all: [igg < 4 g/L]}")), tmp_path)
    assert (weakness.kind, "`b`" in weakness.sentence.split(",")[0]) == ("adds-nothing", True)


def test_of_a_line_written_twice_the_second_is_told(tmp_path: Path) -> None:
    (weakness,) = found(rules(rule("low", "{all: [igg < 400 mg/dL, age < 18 years, igg < 4 g/L]}")), tmp_path)
    assert "igg < 4 g/L" in weakness.sentence


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("car_t_infusion is recorded", []),
        ("igg < 400 mg/dL", []),
        ("igg < 400 mg/dL, car_t_infusion is recorded", ["car_t_infusion is recorded"]),
        ("igg < 500 mg/dL, igg < 400 mg/dL", ["igg < 500 mg/dL"]),
        ("igg < 500 mg/dL", ["igg < 500 mg/dL"]),
        ("current_infection, igg < 400 mg/dL", ["igg < 400 mg/dL"]),
    ],
)
def test_a_rule_for_all_in_scope_may_repeat_a_line_of_the_scope(lines: str, told: list[str], tmp_path: Path) -> None:
    scope = "applies_when: {all: [car_t_infusion is recorded, igg < 400 mg/dL]}\n"
    weaknesses = found(scope + rules(rule("low", f"{{all: [{lines}]}}")), tmp_path)
    assert [w.sentence.split("`")[1] for w in weaknesses if w.kind == "needless-line"] == told


def test_an_age_table_is_cut_at_its_rows(tmp_path: Path) -> None:
    """By the Mayo table the lower limit is 767 mg/dL from 18 years, so no adult is below it with 800."""
    line = "{all: [igg < igg_lower_limit_mayo, igg >= 800 mg/dL]}"
    assert kinds(found(rules(rule("never", line)), tmp_path)) == ["never-holds"]
    assert found(rules(rule("ever", line.replace("800", "700"))), tmp_path) == []


def test_two_amounts_that_are_compared_are_tried_both_ways(tmp_path: Path) -> None:
    both = "{all: [iga < igm, %s]}"
    assert found(rules(rule("ever", both % "iga > 100 mg/dL")), tmp_path) == []
    assert kinds(found(rules(rule("never", "{all: [iga < igm, iga > 100 mg/dL, igm < 1 g/L]}")), tmp_path)) == [
        "never-holds"
    ]


# --- amounts compared with one another, points, options of a list ---

PLAIN = """facts:
  low: {title: Low, kind: quantity, unit: mg/dL, question: Low?}
  mid: {title: Mid, kind: quantity, unit: g/L, question: Mid?}
  high: {title: High, kind: quantity, unit: mg/dL, question: High?, limits: {low: 50 mg/dL, high: 300 mg/dL, reading: Made up.}}
  fails: {title: Fails, kind: quantity, unit: points, question: How many?}
  tries: {title: Tries, kind: quantity, unit: points, question: How many?}
"""


def made_up(text: str, folder: Path) -> list[str]:
    """Return the kinds of what is found in a text over a vocabulary of plain amounts."""
    (folder / "facts.yaml").write_text(PLAIN, encoding="utf-8")
    facts = facts_of(folder / "facts.yaml")
    return [w.kind for w in analyse(compiled_text(text, folder, facts), facts)]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("low < high", "low >= high", []),
        ("low < mid", "low > mid", []),
        ("mid <= high", "mid >= high", ["two-actions"]),
        ("low < high, low > 200 mg/dL", "low < high, low <= 200 mg/dL", []),
        ("low > high, low <= 50 mg/dL", "low > high", ["never-holds"]),
        ("low < mid, mid < high", "low >= high, low < mid", []),
        ("low < mid, mid < high, low >= high", "low < high", ["never-holds"]),
        ("fails < tries", "fails >= tries", []),
        ("fails < tries, tries <= 1 points", "fails > 1 points", []),
        ("fails > 1 points", "fails <= 1 points", []),
    ],
)
def test_amounts_that_are_compared_with_one_another_are_told_apart(
    one: str, other: str, expected: list[str], tmp_path: Path
) -> None:
    assert (
        made_up(rules(rule("one", f"{{all: [{one}]}}"), rule("other", f"{{all: [{other}]}}", "start")), tmp_path)
        == expected
    )


def test_options_that_the_same_lines_name_stand_for_one_another(tmp_path: Path) -> None:
    options = list(bundled().facts["diagnosis"].options)
    one, other = ", ".join(options[:30]), ", ".join(options[29:60])
    text = rules(
        rule("one", f"{{all: ['diagnosis is one of {one}']}}"),
        rule("other", f"{{all: ['diagnosis is one of {other}']}}", "start"),
    )
    (twice,) = found(text, tmp_path)
    assert twice.kind == "two-actions"
    assert twice.witness == {"diagnosis": [options[29]]}


# --- what a formula works out ---


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("body_mass_index > 30 kg/m2", "body_mass_index <= 30 kg/m2", []),
        ("body_mass_index >= 30 kg/m2", "body_mass_index <= 30 kg/m2", ["two-actions"]),  # exactly 30
        ("body_mass_index > 35 kg/m2", "body_mass_index < 30 kg/m2", ["hole"]),
        ("weight < 45 kg, height > 160 cm, body_mass_index > 30 kg/m2", "weight >= 45 kg", ["never-holds"]),
        ("weight < 45 kg, height > 100 cm, body_mass_index > 30 kg/m2", "weight >= 45 kg", []),
        ("weight <= 50 kg, body_mass_index >= 20 kg/m2, height > 160 cm", "weight > 50 kg", ["never-holds"]),
        ("weight <= ideal_body_weight_120", "weight > ideal_body_weight_120", []),
        ("weight <= ideal_body_weight", "weight >= ideal_body_weight", ["two-actions"]),
        ("sex is male, ideal_body_weight < 50 kg, height >= 152.4 cm", "height < 152.4 cm", ["never-holds"]),
        (
            "sex is female, ideal_body_weight < 50 kg, height >= 152.4 cm",
            "height < 152.4 cm",
            ["needless-line"],
        ),  # no man
        ("lower_of_actual_and_ideal_weight > 80 kg, weight < 80 kg", "weight >= 80 kg", ["never-holds"]),
    ],
)
def test_amounts_that_a_formula_works_out_are_gone_through(
    one: str, other: str, expected: list[str], tmp_path: Path
) -> None:
    text = rules(rule("one", f"{{all: [{one}]}}"), rule("other", f"{{all: [{other}]}}", "start"))
    weaknesses = found(text, tmp_path)
    assert kinds(weaknesses) == expected
    for weakness in weaknesses:
        if weakness.witness is not None and weakness.kind == "two-actions":
            assert {r.holds for r in answers(compiled_text(text, tmp_path), weakness.witness).rules.values()} == {YES}


WORKED_OUT = """criteria:
  heavy: {any: [body_mass_index > 30 kg/m2, body_mass_index >= 25 kg/m2, weight > 70 kg]}
  ideal: {any: [weight > ideal_body_weight_120, ideal_body_weight < 60 kg, sex is male, height >= 152.4 cm]}
recommendations:
"""


def test_every_patient_lies_in_a_cell_of_what_a_formula_works_out(tmp_path: Path) -> None:
    compiled = compiled_text(WORKED_OUT + rule("one", "{any: [heavy, ideal]}"), tmp_path)
    atlas = Atlas(compiled, bundled().facts)
    (axis,) = atlas.space([criterion.when for criterion in compiled.position.criteria.values()], join=False).axes
    told = set(zip(*axis.answers.values(), strict=True))
    draw = random.Random(3)
    for _ in range(1500):
        record = {
            "weight": f"{draw.choice([20, 50, 70, 90, draw.randrange(2, 3000) / 10])} kg",
            "height": f"{draw.choice([152.4, 160, 175, draw.randrange(500, 2200) / 10])} cm",
            "sex": draw.choice(["male", "female"]),
        }
        assert atlas.answers(record, list(axis.answers)) in told, record


# --- what cannot be gone through is told ---


def test_a_formula_that_is_not_gone_through_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "_MOST_BOXES", 0)
    weaknesses = found(rules(rule("heavy", "{all: [adjusted_body_weight > 30 kg, age >= 18 years]}")), tmp_path)
    assert set(kinds(weaknesses)) == {"not-exhausted"}
    assert {w.severity for w in weaknesses} == {"note"}


def test_too_many_kinds_of_patients_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regions, "MOST_CELLS", 100)
    weaknesses = found(AFTER + BURDEN + rules(*ADULTS), tmp_path)
    assert "not-exhausted" in kinds(weaknesses)
    assert "less-said" not in kinds(weaknesses)


# --- WHO's tables ---


def who(name: str) -> list[Weakness]:
    facts = facts_of(WHO / "facts.yaml")
    return analyse(compiled_file(WHO / f"{name}.yaml", facts), facts)


def test_who_dt05_as_printed_says_nothing_at_exactly_37_weeks() -> None:
    (gap,) = who("dt05-printed")
    assert (gap.kind, gap.place.file) == ("hole", "dt05-printed.yaml")
    assert gap.witness == {"cervical_dilation": "3 cm", "gestational_age": "37 weeks"}
    assert gap.region == {"all": ["cervical_dilation > 2 cm", "gestational_age = 37 weeks"]}


def test_who_dt05_as_run_has_no_gap() -> None:
    assert who("dt05-run") == []


def test_who_dt25_says_nothing_between_whole_weeks_and_between_20_and_40_percent() -> None:
    weaknesses = who("dt25-printed")
    assert set(kinds(weaknesses)) == {"hole"}
    lines = [set(w.region["all"]) for w in weaknesses if w.region]
    for pair in (
        {"gestational_age > 12 weeks", "gestational_age < 13 weeks"},
        {"gestational_age > 27 weeks", "gestational_age < 28 weeks"},
        {"anaemia_prevalence > 20 %", "anaemia_prevalence < 40 %"},
    ):
        assert any(pair <= each for each in lines)
    assert any((w.witness or {}).get("gestational_age") == "12.5 weeks" for w in weaknesses)
    assert any((w.witness or {}).get("anaemia_prevalence") == "30 %" for w in weaknesses)


def test_who_dt25_as_run_gives_two_doses_where_anaemia_is_common() -> None:
    facts = facts_of(WHO / "facts.yaml")
    compiled = compiled_file(WHO / "dt25-run.yaml", facts)
    twice = [w for w in analyse(compiled, facts) if w.kind == "covered-twice"]
    held = [{n for n, r in answers(compiled, w.witness, facts).rules.items() if r.holds == YES} for w in twice]
    assert held == [{"common-here", "rare-here-with-side-effects"}, {"common-here", "rare-here"}]
    source = Source("dt25-run", "A table", {}, compiled.position.place)
    contradictions = [problem.what for problem in lint_position(compiled.position, facts, {source.id: source})]
    assert len(contradictions) == 2
    assert all("two doses for the same action" in what for what in contradictions)


# --- witnesses and regions are what the interpreter answers ---

ALL = sorted(bundled().compiled)[::6]  # `check` analyses all of them; here laws are held on a part of them


@pytest.mark.parametrize("address", ALL)
def test_each_witness_can_be_read_and_is_in_scope(address: str) -> None:
    compiled = bundled().compiled[address]
    for weakness in analyse(compiled, bundled().facts):
        if weakness.witness is not None:
            assert answers(compiled, weakness.witness).applies == YES


def spaces(compiled: CompiledPosition) -> list[Space]:
    atlas, position = Atlas(compiled, bundled().facts), compiled.position
    when = [rule.when for rule in position.recommendations.values()]
    try:
        found = [atlas.space([position.applies_when, *when], join=join) for join in (True, False)] if when else []
    except NotExhausted:  # behind a formula, or too many kinds of patients: `check` tells so in a note
        return []
    for grade in position.grades.values():
        found.append(atlas.space([position.applies_when, grade.when, *(band.when for band in grade.bands)]))
    return found


@pytest.mark.parametrize("address", ALL)
def test_the_regions_are_what_the_interpreter_answers(address: str) -> None:
    compiled = bundled().compiled[address]
    draw = random.Random(1)
    for space in spaces(compiled):
        lines = {text for axis in space.axes for text in axis.answers}
        for index in draw.sample(range(space.size), min(space.size, 150)):
            result = answers(compiled, space.record(space.first(1 << index)))
            for each in compiled.position.recommendations.values():
                if set(lines_reached(compiled.position, [each.when])) <= lines:
                    region = space.holds(each)
                    assert (region.yes >> index & 1, region.no >> index & 1) == {YES: (1, 0), NO: (0, 1)}[
                        result.rules[each.id].holds
                    ]
            for grade in compiled.position.grades.values():
                if set(lines_reached(compiled.position, [grade.when, *(b.when for b in grade.bands)])) <= lines:
                    possible = [
                        name for name, band in zip(grade.order, space.bands(grade), strict=True) if band >> index & 1
                    ]
                    grade_found = result.grades[grade.id]
                    if grade_found.value == "unknown":  # of an age that no row of a table covers
                        assert (possible[0], possible[-1]) == (grade_found.at_most, grade_found.at_least)
                    else:
                        assert possible == ([] if grade_found.value == "not-applicable" else [grade_found.value])


CUTS = """criteria:
  low: {all: [igg < 400 mg/dL, igg > 1.5 g/L, igg <= 800 mg/dL]}
  young: {any: [age < 6 months, age > 10 years, age = 70 years, age < 800 days]}
  late: {any: [time since car_t_infusion > 3 months, time since car_t_infusion = 90 days, time since car_t_infusion < 13 weeks]}
  known: {none: [car_t_infusion is planned, car_t_infusion is recorded]}
  below: {all: [iga < igg_lower_limit_mayo]}
  twice: {any: [count of serious infection in the last 12 months >= 2, count of mild viral infection < 3]}
  score: {any: [ice_score <= 2 points, ice_score > 9 points]}
  kind: {any: [car_t_product is ciltacabtagene_autoleucel, car_t_target is cd19, diagnosis is multiple_myeloma]}
"""


def drawn(draw: random.Random) -> dict[str, object]:
    """Return a record drawn without a look at the thresholds, more often on or near a number that people use."""
    day = DAY.fromordinal(DAY.toordinal() - draw.choice([0, 1, 89, 90, 91, 92, 93, draw.randrange(500)]))
    events = [
        {
            "on": DAY.fromordinal(DAY.toordinal() - draw.randrange(800)).isoformat(),
            "severity": draw.choice(["serious", "mild"]),
            "kind": draw.choice(["viral", "bacterial"]),
        }
        for _ in range(draw.randrange(4))
    ]
    return {
        "igg": f"{draw.choice([150, 400, 800, draw.randrange(1, 2000), draw.randrange(1, 99999) / 100])} mg/dL",
        "iga": f"{draw.choice([100, 246, 767, draw.randrange(1, 1000)])} mg/dL",
        "age": draw.choice(
            [f"{draw.randrange(90)} years", f"{draw.randrange(40)} months", f"{draw.randrange(900)} days", "70 years"]
        ),
        "car_t_infusion": draw.choice([day.isoformat(), "none", "2026-08-01"]),
        "ice_score": f"{draw.randrange(11)} points",
        "infection": events,
        "car_t_target": draw.choice(["cd19", "bcma"]),
        "diagnosis": draw.choice([[], ["multiple_myeloma"], ["non_hodgkin_lymphoma", "multiple_myeloma"]]),
    }


def test_every_patient_lies_in_a_cell(tmp_path: Path) -> None:
    """Whatever a record holds, some cell of each axis gives the same answers to its lines: no patient is left out."""
    compiled = compiled_text(CUTS, tmp_path)
    atlas = Atlas(compiled, bundled().facts)
    space = atlas.space([criterion.when for criterion in compiled.position.criteria.values()], join=False)
    draw = random.Random(7)
    for _ in range(1500):
        record = drawn(draw)
        for axis in space.axes:
            texts = list(axis.answers)
            told = atlas.answers(record, texts)
            if told is not None and "unknown" not in told:
                assert told in list(zip(*axis.answers.values(), strict=True)), (axis.facts, record)


def as_silence(number: int, weakness: Weakness, position: Position) -> Silence:
    words = Vocabulary(bundled().facts, {}, ())
    groups = []
    for join, texts in (weakness.region or {}).items():
        lines = [read_line(each, position.place, words) for each in texts]
        groups.append(Group(join, tuple(line for line in lines if isinstance(line, Line)), position.place))  # type: ignore[arg-type]
    return Silence(f"s{number}", Group("all", tuple(groups), position.place), "Left open.", position.place)


@pytest.mark.parametrize("address", ALL)
def test_declaring_what_is_told_ends_with_nothing_to_tell(address: str) -> None:
    """Each region that is told, pasted under `silent:`, is a gap no more, and none of them was needless."""
    position = bundled().compiled[address].position
    for _ in range(20):
        weaknesses = analyse(compile_position(position, bundled().facts), bundled().facts)
        assert "needless-declaration" not in kinds(weaknesses)
        gaps = [weakness for weakness in weaknesses if weakness.kind in ("hole", "less-said")]
        if not gaps:
            return
        start = len(position.silent)
        silent = {s.id: s for s in (as_silence(start + n, gap, position) for n, gap in enumerate(gaps) if gap.region)}
        assert silent
        position = replace(position, silent={**position.silent, **silent})
    pytest.fail("the gaps do not come to an end")


def test_lines_of_a_region_can_be_read_again(tmp_path: Path) -> None:
    for address in ALL:
        position: Position = bundled().compiled[address].position
        words = Vocabulary(bundled().facts, {}, ())
        for weakness in analyse(bundled().compiled[address], bundled().facts):
            for texts in (weakness.region or {}).values():
                assert [text for text in texts if not hasattr(read_line(text, position.place, words), "text")] == []


def test_a_space_without_end_is_refused(tmp_path: Path) -> None:
    each = ", ".join(f"diagnosis is {name}" for name in list(bundled().facts["diagnosis"].options)[:25])
    compiled = compiled_text(rules(rule("heavy", f"{{any: [{each}]}}")), tmp_path)
    with pytest.raises(NotExhausted):
        Atlas(compiled, bundled().facts).space([compiled.position.recommendations["heavy"].when])
