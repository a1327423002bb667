"""What examples may expect: grades that miss something, silences; and names that a position does not have."""

from __future__ import annotations

from pathlib import Path

import pytest
from building import position, rule
from proving import ADDRESS, checked, example

from igguide.checking import run_examples
from igguide.document import Document
from igguide.errors import Problem
from igguide.examples import parse_examples
from igguide.library import Parts
from igguide.yaml_reader import read_text

TEXT = position(
    rule('all: ["igg <= 400 mg/dL"]'),
    more="""
    grades: {how-low: {title: How low?, bands: [{low: "igg < 200 mg/dL"}], otherwise: none}}
    silent: {above-400: {when: {all: ["igg > 400 mg/dL", a]}, reading: Nothing is said of higher IgG.}}
    """,
)


def mismatches(tmp_path: Path, record: str, expect: str) -> list[str]:
    (run,) = run_examples(checked(tmp_path, TEXT, example("Case.", record, expect)))
    return [f"{found.what}: expected {found.expected}, found {found.found}" for found in run.mismatches]


@pytest.mark.parametrize(
    ("record", "answer"),
    [("{igg: 401 mg/dL, a: yes}", "yes"), ("{igg: 401 mg/dL, a: no}", "no"), ("{igg: 401 mg/dL}", "unknown")],
)
def test_an_example_may_expect_that_the_source_leaves_the_patient_open(
    tmp_path: Path, record: str, answer: str
) -> None:
    assert mismatches(tmp_path, record, f"{{silent: {{above-400: {answer}}}}}") == []
    other = "no" if answer == "yes" else "yes"
    assert mismatches(tmp_path, record, f"{{silent: {{above-400: {other}}}}}") == [
        f"silent of above-400: expected {other}, found {answer}"
    ]


def test_an_example_may_expect_what_a_grade_misses(tmp_path: Path) -> None:
    assert mismatches(tmp_path, "{}", "{missing: {how-low: [igg]}}") == []
    assert mismatches(tmp_path, "{igg: 3 g/L}", "{missing: {how-low: [igg]}}") == [
        "missing of how-low: expected igg, found nothing"
    ]


def problems(tmp_path: Path, expect: str) -> list[str]:
    report = checked(tmp_path, TEXT)
    assert report.library is not None
    parts = Parts(
        positions={f"{ADDRESS}.yaml": report.library.compiled[ADDRESS].position}, facts=dict(report.library.facts)
    )
    document: Document
    found: list[Problem]
    document, found = read_text("examples:\n" + example("Case.", "{}", expect), f"{ADDRESS}.examples.yaml")
    parse_examples(document, parts, found)
    return [f"{problem.what} {problem.remedy}" for problem in found]


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        ("{silent: {above-40: yes}}", "`above-40` is not among the silences of `pos-one`. Did you mean `above-400`?"),
        ("{missing: {how-lo: [igg]}}", "`how-lo` is not among the recommendations and grades of `pos-one`. Did you mean `how-low`?"),
        ("{missing: {the-rule: [ig]}}", "There is no fact `ig`. Did you mean `igg`?"),
        ("{grades: {how-low: lo}}", "`lo` is no band of `how-low`. Did you mean `low`?"),
        ("{grades: {how-low: not-applicable}}", "`not-applicable` is no band of `how-low`. There are: low, none, unknown."),
    ],
)  # fmt: skip
def test_a_name_that_the_position_does_not_have_is_told(tmp_path: Path, expect: str, told: str) -> None:
    assert problems(tmp_path, expect) == [told]
