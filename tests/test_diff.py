"""What `igguide diff` says of two versions: what reads differently, whose answer changes, and what is proved not to."""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from building import copy_few, few_guidelines

from igguide import cohort as cohort_module
from igguide.cohort import compare_records, read_records
from igguide.compiled import write_compiled
from igguide.diff import Difference, Part, add_arguments, compare, raised, run, version_problems
from igguide.diff_report import as_json, as_markdown, as_text, data
from igguide.errors import GuidelineError, RequestError
from igguide.library import Library
from igguide.revisions import opened, read_folder

ROOT = Path(__file__).resolve().parents[1]
GUIDELINES = few_guidelines()
OLD = read_folder(GUIDELINES)
WB = "car-t-igg-replacement/wat-barmettler-2022.yaml"
ICANS = "icans-grading/lee-2019-astct.yaml"
Edit = tuple[str, str, str]


@pytest.fixture
def edited(tmp_path: Path) -> Callable[..., Path]:
    """Return a copy of the guidelines with texts replaced, each (file, old, new)."""

    def make(*edits: Edit) -> Path:
        folder = tmp_path / "new"
        shutil.rmtree(folder, ignore_errors=True)
        copy_few(folder)
        for name, old, new in edits:
            file = folder / name
            text = file.read_text(encoding="utf-8")
            assert old in text, old
            file.write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return make


def difference(folder: Path) -> Difference:
    return compare(OLD, read_folder(folder))


def part(of: Difference, kind: str, name: str) -> Part:
    parts = [*of.shared, *(part for position in of.positions for part in position.parts)]
    return next(part for part in parts if (part.kind, part.id) == (kind, name))


def moved(of: Part, what: str) -> list[tuple[str, str]]:
    """Return the moves of one answer, without what is in brackets: what is needed, what a dose comes to."""
    return [(plain(w.old), plain(w.new)) for a in of.answers if a.what == what for w in a.witnesses]


def plain(text: str) -> str:
    return re.sub(r" \(.*?\)", "", text)


def verdicts(of: Part) -> dict[str, str]:
    return {answer.what: answer.verdict for answer in of.answers}


def both_answers(old: Library, new: Library, address: str, record: Any, as_of: date) -> list[dict[str, Any]]:
    found = []
    for library in (old, new):
        decision = library.evaluate(record, as_of=as_of, positions=[address]).to_dict()
        position = decision["topics"][0]["positions"][0]
        found.append(
            {
                "rules": [
                    (r["id"], r["holds"], r["action"], r["emphasis"], r["dose"]) for r in position["recommendations"]
                ],
                "grades": {name: (g["value"], g["at_least"], g["at_most"]) for name, g in position["grades"].items()},
                "cautions": [(c["id"], c["holds"]) for c in position["cautions"]],
                "monitoring": [(m["id"], m["holds"], m["last"]) for m in position["monitoring"]],
            }
        )
    return found


CONSIDER = "yes: Consider immunoglobulin replacement, expert opinion"
LINE = "        - igg <= 400 mg/dL\n        - time since"


def line(text: str) -> Edit:
    return (WB, LINE, LINE.replace("igg <= 400 mg/dL", text))


# --- lines ---


def test_the_same_guidelines_twice_are_no_difference() -> None:
    found = compare(OLD, read_folder(GUIDELINES))
    assert (found.positions, found.shared, found.verdict, found.step) == ((), (), "none", "none")


@pytest.mark.parametrize(
    ("text", "told", "moves", "igg"),
    [
        ("igg < 400 mg/dL", "igg <= 400 mg/dL → < 400 mg/dL", (CONSIDER, "no"), "400 mg/dL"),
        ("igg <= 401 mg/dL", "igg <= 400 mg/dL → <= 401 mg/dL", ("no", CONSIDER), "401 mg/dL"),
        ("igg <= 399 mg/dL", "igg <= 400 mg/dL → <= 399 mg/dL", (CONSIDER, "no"), "400 mg/dL"),
        ("igg <= 40 g/L", "igg <= 400 mg/dL → <= 40 g/L", ("no", CONSIDER), "4000 mg/dL"),
    ],
    ids=["operator", "one step up", "one step down", "wrong unit"],
)
def test_a_moved_threshold_has_a_witness_on_it(
    edited: Callable[..., Path], text: str, told: str, moves: tuple[str, str], igg: str
) -> None:
    found = part(difference(edited(line(text))), "rule", "low-igg-early")
    assert [change.text for change in found.changes] == [told]
    assert (found.change, moved(found, "holds")) == ("answer changes", [moves])
    assert found.answers[0].witnesses[0].record["igg"] == igg
    assert verdicts(found) == {"holds": "changes", "emphasis": "none", "dose": "none"}


def test_what_is_recorded_of_a_product_reads_differently(edited: Callable[..., Path]) -> None:
    file = "products/intravenous.yaml"
    of = difference(
        edited((file, "at_most: 25 ug/mL", "at_most: 20 ug/mL"), (file, "locator: Section 6}", "locator: Section 7}"))
    )
    found = part(of, "product", "privigen")
    assert (found.change, of.verdict) == ("wording", "none")
    assert [(change.what, change.text) for change in found.changes] == [
        (
            "strengths 1 iga cite",
            "privigen-eu; privigen-iga, privigen; Section 6 → privigen-eu; privigen-iga, privigen; Section 7",
        ),
        ("strengths 1 iga at_most", "25 ug/mL → 20 ug/mL"),
    ]


def test_whom_a_topic_arises_for_is_not_proved_to_leave_answers_alone(edited: Callable[..., Path]) -> None:
    folder = edited()
    file = folder / "car-t-igg-replacement/topic.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text + "arises_when: {any: [car_t_infusion is recorded]}\n", encoding="utf-8")
    assert verdicts(part(difference(folder), "topic", file.parent.name)) == {"considered": "not proved"}


def test_a_silence_that_covers_other_patients_changes_answers(edited: Callable[..., Path]) -> None:
    old, new = (
        "- time since car_t_infusion > 90 days\n        - infection-burden",
        "- time since car_t_infusion > 180 days\n        - infection-burden",
    )
    found = part(difference(edited((WB, old, new))), "silent", "late-low-igg-with-infection")
    assert found.change == "answer changes"
    assert moved(found, "concerns") == [("yes: nothing is said", "no")]


def test_a_witness_is_answered_differently_by_both_engines_and_names_the_line(edited: Callable[..., Path]) -> None:
    new = read_folder(edited(line("igg < 400 mg/dL")))
    (witness,) = part(compare(OLD, new), "rule", "low-igg-early").answers[0].witnesses
    before, after = both_answers(OLD, new, WB.removesuffix(".yaml"), witness.record, witness.as_of)
    assert (before["rules"][0][1], after["rules"][0][1]) == ("yes", "no")
    assert witness.by == ("igg < 400 mg/dL",)


@pytest.mark.parametrize(
    "edits",
    [
        [line("igg <= 4 g/L")],
        [
            (
                WB,
                "        - age >= 18 years\n        - igg <= 400 mg/dL",
                "        - igg <= 400 mg/dL\n        - age >= 18 years",
            )
        ],
        [
            (
                WB,
                "        - infection-burden\n    strength",
                "      any: [recurrent_bacterial_infections, serious_bacterial_infection]\n    strength",
            )
        ],
        [(WB, "age < 10 years", "age < 120 months")],
        [
            (
                WB,
                "      none:\n        - current_infection",
                "      none:\n        - current_infection\n        - current_infection",
            )
        ],
        [(ICANS, "ice_score <= 6 points", "ice_score <= 6.0 points")],
    ],
    ids=["unit", "order", "criterion inlined", "months", "said twice", "zeros"],
)
def test_the_same_meaning_in_other_words_is_proved_to_change_nothing(
    edited: Callable[..., Path], edits: list[Edit]
) -> None:
    found = difference(edited(*edits))
    assert found.verdict == "none"
    assert {a.verdict for p in found.positions for q in p.parts for a in q.answers} <= {"none"}
    assert found.step in ("none", "patch")


def test_a_line_that_stands_twice_is_told_as_added(edited: Callable[..., Path]) -> None:
    found = difference(
        edited(
            (
                WB,
                "      none:\n        - current_infection",
                "      none:\n        - current_infection\n        - current_infection",
            )
        )
    )
    assert [change.text for change in part(found, "rule", "stop-after-90-days").changes] == [
        "+ current_infection (under `none`)"
    ]


def test_months_are_not_days(edited: Callable[..., Path]) -> None:
    found = part(
        difference(edited((WB, "car_t_infusion <= 90 days", "car_t_infusion <= 3 months"))), "rule", "low-igg-early"
    )
    assert ("no", CONSIDER) in moved(found, "holds")


def test_knowing_less_can_change_an_answer_too(edited: Callable[..., Path]) -> None:
    """A condition that is always met once its fact is known still asks for the fact."""
    more = LINE.replace("- igg", "- igg_or-not\n        - igg").replace("igg_or-not", "whatever")
    criterion = (
        "criteria:\n  whatever:\n    any: [current_infection, without]\n  without:\n    none: [current_infection]\n"
    )
    new = read_folder(edited((WB, LINE, more), (WB, "criteria:\n", criterion)))
    found = part(compare(OLD, new), "rule", "low-igg-early")
    assert moved(found, "holds") == [(CONSIDER, "not known: Consider immunoglobulin replacement, expert opinion")]


# --- other parts ---


def test_an_added_rule_is_a_minor_step_and_a_removed_one_a_major(edited: Callable[..., Path]) -> None:
    text = (GUIDELINES / WB).read_text(encoding="utf-8")
    (rule,) = re.findall(r"^  child-under-10:\n(?:    .*\n|\n)+", text, re.MULTILINE)
    folder = edited(
        (
            WB,
            rule,
            rule + rule.replace("child-under-10", "child-under-9").replace("< 10 years", "< 9 years"),
        )
    )
    new = read_folder(folder)
    (position,) = compare(OLD, new).positions
    assert (position.step, position.deserves, part(compare(OLD, new), "rule", "child-under-9").change) == (
        "minor",
        "1.1.0",
        "new rule",
    )
    (back,) = compare(new, OLD).positions
    assert (back.step, moved(part(compare(new, OLD), "rule", "child-under-9"), "holds")) == (
        "major",
        [(CONSIDER, "no such rule")],
    )


@pytest.mark.parametrize(
    ("edit", "kind", "name", "what", "moves"),
    [
        ((WB, "action: consider\n", "action: start\n"), "rule", "low-igg-early", "holds", (CONSIDER, CONSIDER.replace("Consider", "Start"))),
        ((WB, "strength: expert-opinion", "strength: consensus"), "rule", "low-igg-early", "holds", (CONSIDER, CONSIDER.replace("expert opinion", "consensus"))),
        ((WB, "give: 0.5 g/kg", "give: 0.4 g/kg"), "rule", "child-below-400", "dose", ("0.5 g/kg of actual weight, every month", "0.4 g/kg of actual weight, every month")),
        ((WB, "every: 1 month", "every: 2 months"), "rule", "child-below-400", "dose", ("0.5 g/kg of actual weight, every month", "0.5 g/kg of actual weight, every 2 months")),
        ((WB, "especially_when: {all: [infection-burden]}", "especially_when: {all: [serious_bacterial_infection]}"), "rule", "low-igg-early", "emphasis", ("yes", "no")),
        ((WB, "- moderate: igg < 400 mg/dL", "- moderate: igg <= 400 mg/dL"), "grade", "hypogammaglobulinaemia", "grade", ("mild", "moderate")),
        ((ICANS, "ice_score <= 6 points", "ice_score <= 5 points"), "grade", "icans", "grade", ("grade-2", "grade-1")),
        ((WB, "status: draft", "status: retired"), "position", "wat-barmettler-2022", "in force", ("in force: Low IgG in the first three months", "not in force")),
        ((WB, "valid: {from: 2021-10-28", "valid: {from: 2022-10-28"), "position", "wat-barmettler-2022", "in force", ("in force: Low IgG in the first three months", "not in force")),
        ((WB, "all: [car_t_infusion is recorded]", "all: [car_t_infusion is recorded, age >= 1 year]"), "position", "wat-barmettler-2022", "applies", ("yes", "no")),
    ],
    ids=["action", "strength", "dose", "interval", "emphasis", "band", "points", "retired", "valid", "scope"],
)  # fmt: skip
def test_an_answer_that_changes_asks_for_a_major_step(
    edited: Callable[..., Path], edit: Edit, kind: str, name: str, what: str, moves: tuple[str, str]
) -> None:
    found = difference(edited(edit))
    assert moves in moved(part(found, kind, name), what)
    assert (found.positions[0].step, found.positions[0].deserves, found.verdict) == ("major", "2.0.0", "changes")


def test_a_validity_has_its_witness_on_a_day_of_the_difference(edited: Callable[..., Path]) -> None:
    found = difference(edited((WB, "valid: {from: 2021-10-28", "valid: {from: 2022-10-28")))
    (witness,) = part(found, "position", "wat-barmettler-2022").answers[0].witnesses
    assert date(2021, 10, 28) <= witness.as_of < date(2022, 10, 28)


@pytest.mark.parametrize(
    ("edit", "kind", "name", "change"),
    [
        ((WB, "Consider replacement at IgG of 400", "Think of replacement at IgG of 400"), "rule", "low-igg-early", "wording"),
        ((WB, "fact: cart-wb-start-le400-first-90d", "fact: another"), "rule", "low-igg-early", "citation"),
        ((WB, "title: Low IgG in", "title: A low IgG in"), "rule", "low-igg-early", "wording"),
        (("facts/patient.yaml", "question: How old is", "question: Of what age is"), "fact", "age", "wording"),
        (("facts/igg-reference-tables.yaml", "value: 767 mg/dL", "value: 760 mg/dL"), "fact", "igg_lower_limit_mayo", "wording"),
        (("sources/car-t.yaml", "type: article-journal", "type: report"), "source", "", "citation"),
        (("car-t-igg-replacement/topic.yaml", "question: Should", "question: Must"), "topic", "car-t-igg-replacement", "wording"),
    ],
    ids=["says", "cite", "title", "question", "unused row", "source", "topic"],
)  # fmt: skip
def test_what_reads_differently_and_answers_alike_is_a_patch(
    edited: Callable[..., Path], edit: Edit, kind: str, name: str, change: str
) -> None:
    found = difference(edited(edit))
    (only,) = [*found.shared, *(p for position in found.positions for p in position.parts)]
    assert (only.kind, only.change, found.step, found.verdict) == (kind, change, "patch", "none")
    assert only.id == name or not name


def test_a_changed_criterion_is_told_once_and_names_its_rules(edited: Callable[..., Path]) -> None:
    found = difference(
        edited(
            (
                WB,
                "any: [serious_bacterial_infection, recurrent_bacterial_infections]",
                "any: [serious_bacterial_infection]",
            )
        )
    )
    criterion = part(found, "criterion", "infection-burden")
    assert [change.text for change in criterion.changes] == ["- recurrent_bacterial_infections (under `any`)"]
    rules = ("low-igg-early", "igg-400-600-with-infection", "igg-above-600-poor-antibodies")
    assert criterion.used_by == (*rules, "late-low-igg-with-infection")  # the last is a declared silence
    assert criterion.change == "answer changes"
    rule = part(found, "rule", "igg-400-600-with-infection")
    assert (rule.state, rule.changes, moved(rule, "holds")) == ("affected", (), [(CONSIDER, "no")])


# --- facts ---


@pytest.mark.parametrize(
    ("edit", "value"),
    [
        (("facts/laboratory.yaml", "high: 20000 mg/dL", "high: 15000 mg/dL"), "17500 mg/dL"),
        (
            ("facts/laboratory.yaml", "usable_for: 180 days", "usable_for: 90 days"),
            {"value": "400 mg/dL", "on": "2025-12-17"},
        ),
    ],
    ids=["limits", "usable"],
)
def test_what_one_version_refuses_makes_its_answer_unknown(edited: Callable[..., Path], edit: Edit, value: Any) -> None:
    new = read_folder(edited(edit))
    found = compare(OLD, new)
    rule = part(found, "rule", "low-igg-early")
    assert rule.answers[0].witnesses[0].record["igg"] == value
    assert rule.answers[0].witnesses[0].new.startswith("not known (needs igg)")
    assert part(found, "fact", "igg").change == "answer changes"
    assert {a.verdict for p in found.positions for q in p.parts for a in q.answers} == {"changes"}
    for position in found.positions:
        for each in position.parts:
            for answer in each.answers:
                for witness in answer.witnesses:
                    before, after = both_answers(OLD, new, position.address, witness.record, witness.as_of)
                    assert before != after


def test_a_table_row_that_a_rule_reads_changes_its_answer(edited: Callable[..., Path]) -> None:
    reads = line("igg < igg_lower_limit_mayo")
    old = read_folder(edited(reads))
    new = read_folder(edited(reads, ("facts/igg-reference-tables.yaml", "value: 767 mg/dL", "value: 700 mg/dL")))
    found = compare(old, new)
    assert part(found, "rule", "low-igg-early").change == "answer changes"
    assert [c.text for c in part(found, "fact", "igg_lower_limit_mayo").changes] == ["767 mg/dL → 700 mg/dL"]


def test_another_product_of_a_target_is_an_answer_where_there_was_none(edited: Callable[..., Path]) -> None:
    option = "      tisagenlecleucel: {"
    added = "      another_cel: {title: Another, implies: {car_t_target: cd19}}\n" + option
    rule = part(difference(edited(("facts/treatment.yaml", option, added))), "rule", "child-below-400")
    assert rule.answers[0].verdict == "changes"
    assert rule.answers[0].witnesses[0].record["car_t_product"] == "another_cel"


def test_a_longer_look_back_is_shown_by_an_event_between(edited: Callable[..., Path]) -> None:
    new = read_folder(edited(("facts/infections.yaml", "within: 12 months", "within: 24 months")))
    rule = part(compare(OLD, new), "rule", "igg-400-600-with-infection")
    assert rule.answers[0].verdict == "changes"
    assert "infection" in rule.answers[0].witnesses[0].record


def test_other_codes_for_fhir_are_not_called_proved(edited: Callable[..., Path]) -> None:
    found = difference(edited(("facts/laboratory.yaml", "code: 2465-3", "code: 9999-9")))
    assert found.verdict == "not proved"
    assert "Serum IgG is found by other codes in FHIR records" in found.positions[0].notes[0]
    assert all(position.version_is_enough for position in found.positions)


def test_a_search_that_is_given_up_is_not_called_proved(edited: Callable[..., Path]) -> None:
    assert (
        compare(OLD, read_folder(edited(line("igg <= 4 g/L"))), budget=0).verdict == "none"
    )  # alike: nothing to search
    other = read_folder(edited((WB, "- age < 10 years", "- age < 120 months\n        - age < 11 years")))
    assert compare(OLD, other).verdict == "none"
    given_up = compare(OLD, other, budget=0)
    assert (given_up.verdict, part(given_up, "rule", "child-under-10").change) == ("not proved", "not proved")
    assert "not proved; the search was given up" in as_text(given_up)


def test_no_random_record_contradicts_a_proof(edited: Callable[..., Path]) -> None:
    new = read_folder(
        edited(
            (WB, "- age < 10 years", "- age < 120 months\n        - age < 11 years"),
            line("igg <= 4 g/L"),
            (ICANS, "- ice_score <= 9 points", "- ice_score <= 9 points\n            - ice_score <= 8 points"),
        )
    )
    found = compare(OLD, new)
    assert found.verdict == "none"
    draw = random.Random(1)
    values = {
        "age": ["9 years", "10 years", "11 years", "9-11 years", "17-18 years"],
        "igg": ["400 mg/dL", "4 g/L", "< 400 mg/dL", "380-420 mg/dL", "401 mg/dL"],
        "car_t_infusion": ["2026-06-01", "2026-03", "none", "2026-07-01"],
        "ice_score": ["8 points", "9 points", "10 points", "8-10 points"],
        "car_t_target": ["cd19", "bcma"],
    }
    for _ in range(300):
        record = {name: draw.choice(listed) for name, listed in values.items() if draw.random() < 0.8}
        for address in [position.address for position in found.positions]:
            before, after = both_answers(OLD, new, address, record, date(2026, 6, 15))
            assert before == after, (address, record)


# --- positions ---


def test_a_position_added_and_removed(edited: Callable[..., Path]) -> None:
    folder = edited()
    (folder / WB).unlink()
    new = read_folder(folder)
    (gone,) = compare(OLD, new).positions
    assert (gone.state, gone.verdict, gone.step, gone.deserves) == ("removed", "changes", "major", None)
    (come,) = compare(new, OLD).positions
    assert (come.state, come.step, part(compare(new, OLD), "position", "wat-barmettler-2022").change) == (
        "added",
        "minor",
        "new rule",
    )


def test_a_superseded_position_is_told_and_keeps_its_version(edited: Callable[..., Path]) -> None:
    hill = "car-t-igg-replacement/hill-2019.yaml"
    found = difference(edited((hill, "status: draft", "status: draft\nsupersedes: [wat-barmettler-2022]")))
    older = next(position for position in found.positions if position.address.endswith("wat-barmettler-2022"))
    assert (older.verdict, older.step, older.version_is_enough) == ("changes", "none", True)


# --- versions ---


@pytest.mark.parametrize(
    ("step", "version"), [("none", "1.2.3"), ("patch", "1.2.4"), ("minor", "1.3.0"), ("major", "2.0.0")]
)
def test_a_step_raises_its_number_and_clears_those_after(step: str, version: str) -> None:
    assert raised("1.2.3", step) == version


@pytest.mark.parametrize(
    ("version", "problem"),
    [
        ("1.0.0", "Version 1.0.0 is too small for what changed since 1.0.0: an answer changes (`low-igg-early`)."),
        ("1.9.9", "Version 1.9.9 is too small for what changed since 1.0.0: an answer changes (`low-igg-early`)."),
        ("2.0.0", None),
        ("10.0.0", None),
    ],
)
def test_a_version_smaller_than_deserved_is_refused_at_its_line(
    edited: Callable[..., Path], version: str, problem: str | None
) -> None:
    from igguide.yaml_reader import read_document

    folder = edited(line("igg < 400 mg/dL"), *told(version, "parts: [low-igg-early]"))
    document, _ = read_document(folder / WB, WB)
    found = version_problems(OLD, read_folder(folder), {WB: document})
    assert [p.what for p in found] == ([] if problem is None else [problem])
    if found:
        assert found[0].place.line == 1 + (folder / WB).read_text(encoding="utf-8").splitlines().index(
            f"version: {version}"
        )
        assert "`version: 2.0.0`" in found[0].remedy


def told(version: str, names: str) -> list[Edit]:
    """Return the edits that raise the version and add a line about it to the history, with the parts that it names."""
    first = "{version: 1.0.0, on: 2026-11-21, change: First encoding.}\n"
    line_of_it = f"  - {{version: {version}, on: 2026-11-28, change: A change., reason: Misread., {names}}}\n"
    raised_to = (WB, "version: 1.0.0\n", f"version: {version}\n")
    return [raised_to, (WB, first, first + line_of_it)] if version != "1.0.0" else []


NO_NAME = "The history since 1.0.0 does not name the rule `low-igg-early`, of which an answer changes."


@pytest.mark.parametrize(
    ("names", "problems"),
    [
        ("parts: [low-igg-early]", []),
        ("parts: [wat-barmettler-2022]", [NO_NAME]),
        ("parts: [low-igg-late]", [NO_NAME]),
    ],
)
def test_the_history_must_name_the_rule_of_which_an_answer_changes(
    edited: Callable[..., Path], names: str, problems: list[str]
) -> None:
    folder = edited(line("igg < 400 mg/dL"), *told("2.0.0", names))
    found = version_problems(OLD, read_folder(folder))
    assert [problem.what for problem in found] == problems
    assert [problem.remedy for problem in found] == ["Add `low-igg-early` to `parts:`."] * len(problems)


def test_a_rule_on_a_changed_criterion_is_told_of_by_naming_the_criterion(edited: Callable[..., Path]) -> None:
    criterion = "infection-burden"
    edit = (WB, "any: [serious_bacterial_infection, recurrent", "any: [impaired_vaccine_response, recurrent")
    named, not_named = (
        version_problems(OLD, read_folder(edited(edit, *told("2.0.0", names))))
        for names in (f"parts: [{criterion}]", "parts: [wat-barmettler-2022]")
    )
    assert named == []
    assert f"does not name the criterion `{criterion}`" in " ".join(problem.what for problem in not_named)


def test_a_rule_that_has_gone_stands_under_removed(edited: Callable[..., Path], tmp_path: Path) -> None:
    text = (GUIDELINES / WB).read_text(encoding="utf-8")
    start = text.index("  low-igg-early:\n")
    body = text[start : text.index("\n  ", text.index("cite:", start)) + 1]
    found = {}
    for names in ("parts: [wat-barmettler-2022]", "removed: [low-igg-early]"):
        found[names] = version_problems(OLD, read_folder(edited((WB, body, ""), *told("2.0.0", names))))
    assert [p.what for p in found["parts: [wat-barmettler-2022]"]] == [
        "The rule `low-igg-early` has gone since 1.0.0, and the history does not say so."
    ]
    assert found["removed: [low-igg-early]"] == []


def test_a_line_of_the_history_stays(edited: Callable[..., Path]) -> None:
    old = read_folder(edited(*told("1.0.1", "parts: [wat-barmettler-2022]")))
    found = version_problems(old, OLD)
    assert [problem.what for problem in found] == ["The history no longer tells of version 1.0.1 of 2026-11-28."]


# --- where versions come from ---


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-C", str(folder), "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments],
        check=True,
        capture_output=True,
    )


def command(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args(arguments), date(2026, 11, 21))


def test_two_revisions_of_a_repository(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "repository" / "rules"
    copy_few(folder)
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    file = folder / WB
    file.write_text(
        file.read_text(encoding="utf-8").replace("igg <= 400 mg/dL", "igg < 400 mg/dL", 1), encoding="utf-8"
    )
    git(folder, "commit", "-qam", "two")
    assert command("HEAD~1", "HEAD", "--guidelines", str(folder)) == 1
    assert "igg <= 400 mg/dL → < 400 mg/dL" in capsys.readouterr().out
    assert command("HEAD", str(folder), "--guidelines", str(folder)) == 0
    assert capsys.readouterr().out == "Nothing changed: no answer can change (proved).\n"


@pytest.mark.parametrize("inside", [True, False], ids=["repository", "none"])
def test_a_revision_that_is_none_is_told_plainly(tmp_path: Path, inside: bool) -> None:
    folder = tmp_path / "rules"
    copy_few(folder)
    if inside:
        git(folder, "init", "-q")
        git(folder, "add", ".")
        git(folder, "commit", "-qm", "one")
    told = "no revision of the git repository" if inside else "is in no git repository"
    with pytest.raises(RequestError, match=told), opened("nothing-like-it", str(folder)):
        pass


def test_without_git_a_plain_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RequestError, match="only be read where git is installed"), opened("HEAD", str(GUIDELINES)):
        pass


def test_a_compiled_file(tmp_path: Path, edited: Callable[..., Path]) -> None:
    target = tmp_path / "library.json"
    assert write_compiled(GUIDELINES, target) == []
    with opened(str(target)) as old, opened(str(edited(line("igg < 400 mg/dL")))) as new:
        assert compare(old, new).verdict == "changes"
        assert compare(OLD, old).positions == ()
    target.write_text("{}", encoding="utf-8")
    with pytest.raises(RequestError, match="no compiled library"), opened(str(target)):
        pass


def test_a_folder_that_breaks_the_schema_is_refused(edited: Callable[..., Path]) -> None:
    with pytest.raises(GuidelineError):
        read_folder(edited((WB, "        - infection-burden\n", "        - {any: [infection-burden]}\n")))


def test_an_empty_folder_is_misuse(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="holds no guidelines"), opened(str(tmp_path)):
        pass


# --- as it is printed ---


def test_json_is_the_same_each_time_and_says_it_all(edited: Callable[..., Path]) -> None:
    found = difference(edited(line("igg < 400 mg/dL")))
    printed = json.loads(as_json(found))
    assert printed == data(found, None)
    assert as_json(found) == as_json(difference(edited(line("igg < 400 mg/dL"))))
    position = printed["positions"][0]
    assert (position["position"], position["deserves"], position["version_is_enough"]) == (
        WB.removesuffix(".yaml"),
        "2.0.0",
        False,
    )
    answer = position["parts"][0]["answers"][0]
    assert answer["witnesses"] == [
        {
            "record": {"age": "40 years", "car_t_infusion": "2026-06-05", "igg": "400 mg/dL"},
            "as_of": "2026-06-15",
            "old": CONSIDER,
            "new": "no",
            "by": ["igg < 400 mg/dL"],
        }
    ]


def test_markdown_is_a_short_table_with_the_witnesses_folded(edited: Callable[..., Path]) -> None:
    assert as_markdown(difference(edited(line("igg < 400 mg/dL")))) == (
        """\
**Answers change in 1 position. The guidelines 0.1.0 deserve 1.0.0.**

| Where | What changed | Answers |
| --- | --- | --- |
| `car-t-igg-replacement/wat-barmettler-2022` rule `low-igg-early` | when: `igg <= 400 mg/dL → < 400 mg/dL` | answer changes<br>holds: yes: Consider immunoglobulin replacement → no |

- `car-t-igg-replacement/wat-barmettler-2022` has version 1.0.0 and deserves **2.0.0**.

<details>
<summary>Witness patients</summary>

- `car-t-igg-replacement/wat-barmettler-2022` rule `low-igg-early`, holds
  - record: `{age: 40 years, car_t_infusion: 2026-06-05, igg: 400 mg/dL} as of 2026-06-15`
  - before: yes: Consider immunoglobulin replacement, expert opinion
  - after: no
  - set apart by: `igg < 400 mg/dL`

</details>
"""
    )


def test_text_says_what_is_proved(edited: Callable[..., Path]) -> None:
    told = as_text(difference(edited(line("igg <= 4 g/L"))))
    assert "when: igg <= 400 mg/dL → <= 4 g/L  (now: Serum IgG is 4 g/L or less)" in told
    assert "holds: cannot change (proved)" in told
    assert told.endswith("No answer can change (proved). The guidelines 0.1.0 deserve 0.1.1.\n")


# --- cohorts ---

PATIENTS = [
    {"id": "on-it", "age": "58 years", "igg": "400 mg/dL", "car_t_infusion": "2026-11-01"},
    {"id": "below", "age": "58 years", "igg": "300 mg/dL", "car_t_infusion": "2026-11-01"},
    {"age": "60 years", "igg": "4 g/L", "car_t_infusion": "2026-11-01"},
    {"id": "unknown", "age": "60 years", "car_t_infusion": "2026-11-01"},
]


def test_a_cohort_tells_who_changes_and_by_which_line(edited: Callable[..., Path], tmp_path: Path) -> None:
    file = tmp_path / "patients.ndjson"
    file.write_text("\n".join([*map(json.dumps, PATIENTS), "nonsense", "[1]"]) + "\n", encoding="utf-8")
    new = read_folder(edited(line("igg < 400 mg/dL")))
    found = compare_records(OLD, new, read_records(str(file)), "2026-11-21")
    assert (found.records, found.changed, len(found.unread)) == (6, 2, 2)
    ((move, ids),) = found.in_order()
    assert (move.position, move.part, move.what) == (WB.removesuffix(".yaml"), "low-igg-early", "holds")
    assert (move.old, move.new, move.by) == (CONSIDER, "no", ("igg < 400 mg/dL",))
    assert ids == ["on-it", f"{file}:3"]


def test_the_command_prints_the_cohort_too(
    edited: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "patients.ndjson"
    file.write_text("\n".join(map(json.dumps, PATIENTS)), encoding="utf-8")
    folder = str(edited(line("igg < 400 mg/dL")))
    assert command(str(GUIDELINES), folder, "--cohort", str(file), "--as-of", "2026-11-21", "--format", "json") == 1
    printed = json.loads(capsys.readouterr().out)["cohort"]
    assert (printed["records"], printed["changed"], printed["moves"][0]["count"]) == (4, 2, 2)
    assert command(str(GUIDELINES), folder, "--cohort", str(file), "--as-of", "2026-11-21") == 1
    assert "Cohort as of 2026-11-21: 2 of 4 records change." in capsys.readouterr().out
    with pytest.raises(RequestError, match="is not a date"):
        command(str(GUIDELINES), folder, "--cohort", str(file), "--as-of", "soon")
    with pytest.raises(RequestError, match="no topic `nowhere`"):
        command(str(GUIDELINES), folder, "--topic", "nowhere")


def test_a_cohort_does_not_hold_the_file(edited: Callable[..., Path]) -> None:
    held = 0

    def records() -> Any:
        nonlocal held
        for number in range(3):
            held = number
            yield f"r:{number}", PATIENTS[1], ""

    found = compare_records(OLD, OLD, records(), "2026-11-21", progress=lambda _: None)
    assert (found.records, found.moves, held) == (3, {}, 2)


def test_parquet_without_a_reader_is_told_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(cohort_module.importlib, "import_module", none)
    file = tmp_path / "patients.parquet"
    file.write_bytes(b"PAR1")
    with pytest.raises(RequestError, match="pyarrow or duckdb, and neither is installed"):
        list(read_records(str(file)))


@pytest.mark.parametrize("reader", ["pyarrow.parquet", "duckdb"])
def test_parquet_rows_are_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: str) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    pytest.importorskip(reader)
    from importlib import import_module

    file = tmp_path / "patients.parquet"
    rows = [
        {"id": "a", "igg": "400 mg/dL", "car_t_infusion": date(2026, 11, 1)},
        {"id": "b", "igg": None, "car_t_infusion": None},
    ]
    import_module("pyarrow.parquet").write_table(pyarrow.Table.from_pylist(rows), file)
    real = import_module

    def only(name: str) -> Any:
        if name != reader:
            raise ImportError(name)
        return real(name)

    monkeypatch.setattr(cohort_module.importlib, "import_module", only)
    assert [content for _, content, _ in read_records(str(file))] == [
        {"id": "a", "igg": "400 mg/dL", "car_t_infusion": "2026-11-01"},
        {"id": "b"},
    ]
