"""The portable rules: their schema, and site/theme/try.js held to the answers of the Python package.

The same records are answered by Python, by node, and by the built page in a browser: every example, every value on
and beside a threshold, and 20,000 generated records. Whole answers are compared: each step with what was found, each
grade with its bounds, each dose, what is missing in its order, the agreement, the questions, the problems.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jsonschema
import portable_cases
import pytest
from portable_cases import Case, answer, boundaries, differences, examples, generated

from igguide.portable import offered_units, portable

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = json.loads((ROOT / "schema" / "portable.schema.json").read_text(encoding="utf-8"))
GENERATED = 20_000
LIBRARY = portable_cases.library()
TOPICS = list(LIBRARY.topics)
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed")


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rules")
    for topic in LIBRARY.topics.values():
        text = json.dumps(portable(LIBRARY, topic), ensure_ascii=False)
        (folder / f"{topic.id}.rules.json").write_text(text, encoding="utf-8")
    return folder


def by_node(rules: Path, cases: Iterable[Case], script: str = "tests/try_lines.js") -> list[Any]:
    text = "".join(json.dumps(case) + "\n" for case in cases)
    found = subprocess.run(
        [str(NODE), script, str(rules)], cwd=ROOT, input=text, capture_output=True, text=True, check=False
    )
    assert found.stderr == ""
    return [json.loads(line) for line in found.stdout.split("\n") if line]


def compared(cases: list[Case], answers: list[Any]) -> list[str]:
    """Return the first differences between Python and these answers, each with its record."""
    assert len(answers) == len(cases)
    found: list[str] = []
    for case, javascript in zip(cases, answers, strict=True):
        for difference in differences(answer(LIBRARY, case), javascript):
            found.append(f"{difference}\n  {json.dumps(case)}")
            if len(found) == 5:
                return found
    return found


@pytest.mark.parametrize("topic", TOPICS)
def test_the_portable_form_follows_its_schema(topic: str) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(portable(LIBRARY, LIBRARY.topics[topic]))


def test_the_portable_form_holds_no_binary_fractions() -> None:
    def floats(node: Any) -> Iterable[float]:
        if isinstance(node, float):
            yield node
        for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            yield from floats(part)

    assert [found for topic in LIBRARY.topics.values() for found in floats(portable(LIBRARY, topic))] == []


def test_units_are_offered_once_with_the_own_one_first() -> None:
    assert offered_units(LIBRARY.facts["age"]) == ["a", "mo", "wk", "d"]
    assert offered_units(LIBRARY.facts["weight"]) == ["kg", "g", "[lb_av]", "[oz_av]"]
    assert offered_units(LIBRARY.facts["igg"])[:3] == ["mg/dL", "g/L", "mg/L"]


@needs_node
def test_every_example_has_the_same_answer_in_node(rules: Path) -> None:
    cases = list(examples(LIBRARY.topics))
    assert compared(cases, by_node(rules, cases)) == []


@needs_node
def test_every_boundary_has_the_same_answer_in_node(rules: Path) -> None:
    cases = [case for topic in TOPICS for case in boundaries(LIBRARY, topic)]
    assert compared(cases, by_node(rules, cases)) == []


@needs_node
def test_generated_records_have_the_same_answer_in_node(rules: Path) -> None:
    each = -(-GENERATED // len(TOPICS))
    cases = [case for topic in TOPICS for case in generated(LIBRARY, topic, each, "node")]
    assert len(cases) >= GENERATED
    assert compared(cases, by_node(rules, cases)) == []


# Each fault is planted in a copy of the interpreter; a comparison that does not notice it proves nothing.
FAULTS = {
    "an operator": ('"<=": (a, b) => NEGATED[below(b, a)]', '"<=": (a, b) => below(a, b)'),
    "a month": ("count * MONTHS[unit];", "(count + 1) * MONTHS[unit];"),
    "the end of a month": ("Math.min(date, monthLength(to, in_))", "Math.min(date, 28)"),
    "an open end": ("apart === 0 && (a.highOpen || b.lowOpen)", "apart === 0 && a.highOpen && b.lowOpen"),
    "unknown taken for no": ("answers.includes(UNKNOWN) ? UNKNOWN : YES", "answers.includes(UNKNOWN) ? NO : YES"),
    "the order of questions": ("tiers[a] - tiers[b]", "tiers[b] - tiers[a]"),
    "a unit": ('const direct = between(code, fact.unit || "1")', 'const direct = between(fact.unit || "1", code)'),
}


@needs_node
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_interpreter_is_found(fault: str, rules: Path, tmp_path: Path) -> None:
    right, wrong = FAULTS[fault]
    source = (ROOT / "site" / "theme" / "try.js").read_text(encoding="utf-8")
    assert source.count(right) == 1, fault
    (tmp_path / "site" / "theme").mkdir(parents=True)
    (tmp_path / "site" / "theme" / "try.js").write_text(source.replace(right, wrong), encoding="utf-8")
    (tmp_path / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "try_lines.js", tmp_path / "tests")
    cases = list(examples(["car-t-igg-replacement"]))
    cases += list(generated(LIBRARY, "car-t-igg-replacement", 400, "faults"))
    assert compared(cases, by_node(rules, cases, str(tmp_path / "tests" / "try_lines.js"))) != []
