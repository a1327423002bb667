"""The portable rules: their schema, and site/theme/try.js held to the answers of the Python package.

The same records are answered by Python, by node, and by the built page in a browser: every example, the cases chosen by hand, every value on
and beside a threshold, 20,000 generated records, and a topic made up of all that the language has. Whole answers are
compared: who it applies to, each rule and its emphasis, each grade with its bounds, each dose, what is missing in its
order, the agreement and what separates, the questions in their order, the problems; and of most, every step in words.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from portable_cases import Case, answer, boundaries, differences, examples, generated, hand_chosen, library, made_up

from igguide.chart import offered_units
from igguide.cli import main
from igguide.library import Library
from igguide.portable import portable

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = json.loads((ROOT / "schema" / "portable.schema.json").read_text(encoding="utf-8"))
GENERATED = 20_000
LIBRARY = library()
TOPICS = list(LIBRARY.topics)
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed")


def written(of: Library, folder: Path) -> Path:
    for topic in of.topics.values():
        text = json.dumps(portable(of, topic), ensure_ascii=False)
        (folder / f"{topic.id}.rules.json").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(LIBRARY, tmp_path_factory.mktemp("rules"))


def by_node(rules: Path, cases: Iterable[Case], script: str = "tests/try_lines.js") -> list[Any]:
    text = "".join(json.dumps(case) + "\n" for case in cases)
    found = subprocess.run(
        [str(NODE), script, str(rules)], cwd=ROOT, input=text, capture_output=True, text=True, check=False
    )
    assert found.stderr == ""
    return [json.loads(line) for line in found.stdout.split("\n") if line]


def compared(cases: list[Case], answers: list[Any], told: Callable[[Case], Any]) -> list[str]:
    """Return the first differences between Python's answers (`told`) and these, each with its record."""
    assert len(answers) == len(cases)
    found: list[str] = []
    for case, javascript in zip(cases, answers, strict=True):
        for difference in differences(told(case), javascript):
            found.append(f"{difference}\n  {json.dumps(case)}")
            if len(found) == 5:
                return found
    return found


@cache
def all_cases() -> list[Case]:
    """Return every example, every boundary, and the generated records, the same in each test."""
    each = -(-GENERATED // len(TOPICS))
    bounds = [case for topic in TOPICS for case in boundaries(LIBRARY, topic)]
    return [
        *examples(LIBRARY.topics),
        *hand_chosen(),
        *bounds,
        *(case for topic in TOPICS for case in generated(LIBRARY, topic, each, "portable")),
    ]


_told: dict[int, Any] = {}


def python(case: Case) -> Any:
    """Return Python's answer, worked out once for a case of `all_cases`."""
    if id(case) not in _told:
        _told[id(case)] = answer(LIBRARY, case)
    return _told[id(case)]


# --- the form ---


@pytest.mark.parametrize("topic", TOPICS)
def test_the_portable_form_follows_its_schema(topic: str) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(portable(LIBRARY, LIBRARY.topics[topic]))


def test_a_topic_with_all_that_the_language_has_follows_the_schema() -> None:
    of = made_up()
    jsonschema.Draft202012Validator(SCHEMA).validate(portable(of, of.topics["the-topic"]))


def test_the_portable_form_holds_no_binary_fractions() -> None:
    def floats(node: Any) -> Iterator[float]:
        if isinstance(node, float):
            yield node
        for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            yield from floats(part)

    assert [found for topic in LIBRARY.topics.values() for found in floats(portable(LIBRARY, topic))] == []


def test_units_are_offered_once_with_the_own_one_first() -> None:
    assert offered_units(LIBRARY.facts["age"]) == ["a", "mo", "wk", "d"]
    assert offered_units(LIBRARY.facts["weight"]) == ["kg", "g", "[lb_av]", "[oz_av]"]
    assert offered_units(LIBRARY.facts["igg"])[:3] == ["mg/dL", "g/L", "mg/L"]


def test_export_writes_the_rules_and_their_vectors(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "portable", "--topic", TOPICS[0]]) == 0
    assert json.loads(capsys.readouterr().out) == portable(LIBRARY, LIBRARY.topics[TOPICS[0]])
    assert main(["export", "vectors", "--topic", TOPICS[0]]) == 0
    assert {case["topic"] for case in json.loads(capsys.readouterr().out)} == {TOPICS[0]}
    assert main(["export", "vectors", "--topic", "no-such-topic"]) == 2
    assert "There is no topic `no-such-topic`." in capsys.readouterr().err


# --- node ---


def test_there_are_as_many_records_as_are_promised() -> None:
    assert sum(case["positions"] is None for case in all_cases()) >= GENERATED


@needs_node
def test_every_record_has_the_same_answer_in_node(rules: Path) -> None:
    assert compared(all_cases(), by_node(rules, all_cases()), python) == []


@needs_node
def test_all_that_the_language_has_is_answered_the_same_in_node(tmp_path: Path) -> None:
    of = made_up()
    cases = [*boundaries(of, "the-topic"), *generated(of, "the-topic", 200, "made up")]
    assert compared(cases, by_node(written(of, tmp_path), cases), lambda case: answer(of, case)) == []


# Each fault is planted in a copy of the interpreter; a comparison that does not notice it proves nothing.
FAULTS = {
    "an operator": ('"<=": (a, b) => NEGATED[below(b, a)]', '"<=": (a, b) => below(a, b)'),
    "a month": ("count * MONTHS[unit];", "(count + 1) * MONTHS[unit];"),
    "the end of a month": ("Math.min(date, monthLength(to, in_))", "Math.min(date, 28)"),
    "an open end": ("apart === 0 && (a.highOpen || b.lowOpen)", "apart === 0 && a.highOpen && b.lowOpen"),
    "unknown taken for no": ("answers.includes(UNKNOWN) ? UNKNOWN : YES", "answers.includes(UNKNOWN) ? NO : YES"),
    "the order of questions": ("tiers[a] - tiers[b]", "tiers[b] - tiers[a]"),
    "a unit": ('const direct = between(code, fact.unit || "1")', 'const direct = between(fact.unit || "1", code)'),
    "a silence not heeded": ("(saysNothing(result, about) === YES) === quiet", "false === quiet"),
    "a value too old": ("span.unit) >= this.asOf) return false;", "span.unit) > this.asOf) return false;"),
}
DOSE_FAULTS = {
    "a dose where the rule may hold": ("if (holds !== YES ||", "if (holds === NO ||"),
    "a half rounded down": ("fraction(1n, 2n)))), to)); // halves up", "fraction(49n, 100n)))), to));"),
    "a limit not kept": ("order(amount.high, limit.high) > 0", "order(amount.low, limit.high) > 0"),
    "a dose on a bound": ("return isBound(found) ? null : r;", "return r;"),
}


def with_fault(right: str, wrong: str, folder: Path) -> str:
    """Return the path of a runner whose interpreter has the fault."""
    source = (ROOT / "site" / "theme" / "try.js").read_text(encoding="utf-8")
    assert source.count(right) == 1
    (folder / "site" / "theme").mkdir(parents=True)
    (folder / "site" / "theme" / "try.js").write_text(source.replace(right, wrong), encoding="utf-8")
    (folder / "tests").mkdir()
    return str(shutil.copy(ROOT / "tests" / "try_lines.js", folder / "tests"))


@cache
def car_t_cases() -> list[Case]:
    topic = "car-t-igg-replacement"
    return [*examples([topic]), *generated(LIBRARY, topic, 400, "faults")]


_car_t: dict[int, Any] = {}


@needs_node
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_interpreter_is_found(fault: str, rules: Path, tmp_path: Path) -> None:
    cases = car_t_cases()
    if not _car_t:
        _car_t.update({id(case): answer(LIBRARY, case) for case in cases})
    answers = by_node(rules, cases, with_fault(*FAULTS[fault], tmp_path))
    assert compared(cases, answers, lambda case: _car_t[id(case)]) != []


@needs_node
@pytest.mark.parametrize("fault", DOSE_FAULTS)
def test_a_fault_in_a_dose_is_found(fault: str, tmp_path: Path) -> None:
    of = made_up()
    weights = ("34.3750 kg", "31.25 kg", "43.75 kg", "80 kg", "< 60 kg", "50-62.5 kg")
    cases = [
        {"topic": "the-topic", "record": {"weight": weight, **more}, "as_of": "2026-06-15", "positions": None, "steps": False}
        for weight in weights
        for more in ({}, {"a": "yes", "sex": "male", "height": "160 cm", "igg": "390 mg/dL"}, {"c": "yes", "igg": "500 mg/dL"})
    ]  # fmt: skip
    answers = by_node(written(of, tmp_path), cases, with_fault(*DOSE_FAULTS[fault], tmp_path))
    assert compared(cases, answers, lambda case: answer(of, case)) != []
