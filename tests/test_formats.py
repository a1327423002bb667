"""What `check` and `test` found, for GitHub, for SARIF readers, as JSON and as text; and the files that use them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from building import few_guidelines

from igguide import canonical, formats, scaffold, status, watching
from igguide.checking import Report, check_paths, run_examples
from igguide.formats import check_github, check_text, examples_github, formatted, rule_id, rule_title, sarif_log

ROOT = Path(__file__).parents[1]
FACTS = """\
facts:
  igg: {title: Serum IgG, kind: quantity, unit: mg/dL, question: What is the IgG?}
"""
SOURCES = "references:\n  - {id: author-2024, type: book, title: A book}\n"
TOPIC = "topic: topic\ntitle: A topic\nquestion: A question?\n"
POSITION = """\
position: author-2024
topic: topic
title: A position
version: 1.0.0
status: draft
valid: {from: 2024-02-03}
recommendations:
  low-igg:
    title: Low IgG
    action: consider
    about: igg-replacement
    when: {all: [igg <= 400 mg/dL]}
    strength: not-stated
    says: At 400 mg/dL or below.
    cite: {source: author-2024}
history: [{version: 1.0.0, on: 2026-11-21, change: First encoding.}]
"""
EXAMPLES = """\
examples:
  - title: 'Exactly 400, that is "100%, or so: yes".'
    as_of: 2026-11-21
    record: {igg: 400 mg/dL}
    basis: source
    expect: {holds: {low-igg: no}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small library, named as a user would: relative to where they stand, with a space in its path."""
    monkeypatch.chdir(tmp_path)
    folder = Path("my rules")
    for name, text in {
        "facts/lab.yaml": FACTS,
        "sources/books.yaml": SOURCES,
        "topic/topic.yaml": TOPIC,
        "topic/author-2024.yaml": POSITION,
        "topic/author-2024.examples.yaml": EXAMPLES,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def wrong(folder: Path) -> Report:
    """The report after two mistakes: a fact misspelt behind signs of several bytes, and a word that is not allowed."""
    file = folder / "topic/author-2024.yaml"
    text = POSITION.replace("{all: [igg <= 400 mg/dL]}", '{any: ["igg < 5 mg/dL", igq <= 400 mg/dL]} # 𝕏 ü')
    file.write_text(text.replace("action: consider", "action: 100%,a:b"), encoding="utf-8")
    return check_paths([str(folder)])


def test_each_problem_is_a_github_command_with_its_signs_escaped(folder: Path) -> None:
    assert check_github(wrong(folder)) == (
        "::error file=my rules/topic/author-2024.yaml,line=10,col=13,endLine=10,endColumn=21,"
        "title=… is not one of the words allowed here"
        "::`100%25,a:b` is not one of the words allowed here. Allowed: start, consider, continue, increase, reduce, switch, "
        "stop, consider-stopping, avoid, not-recommended, measure, refer, escalate, no-action.\n"
        "::error file=my rules/topic/author-2024.yaml,line=12,col=35,endLine=12,endColumn=59,"
        "title=There is no fact%2C grade or criterion named …"
        "::There is no fact, grade or criterion named `igq`. Did you mean `igg`?\n"
        "5 files checked: 2 problems."
    )


def test_a_line_break_in_a_message_or_a_path_cannot_end_a_command(folder: Path) -> None:
    assert formats._escaped("a\r\nb%0A") == "a%0D%0Ab%250A"
    assert formats._escaped_property("a:b,c\n") == "a%3Ab%2Cc%0A"


def test_without_problems_github_gets_the_count_alone(folder: Path) -> None:
    assert check_github(check_paths([str(folder)])) == "5 files checked: no problems."


def test_failed_examples_are_github_commands_too(folder: Path) -> None:
    report = check_paths([str(folder)])
    assert examples_github(report, run_examples(report)) == (
        "::error file=my rules/topic/author-2024.examples.yaml,line=6,col=22,endLine=6,endColumn=35,title=Example not as expected"
        '::Exactly 400, that is "100%25, or so: yes". holds of low-igg: expected no, found yes.\n'
        "1 example, 1 not as expected."
    )


def test_sarif_names_the_tool_its_rules_and_each_place(folder: Path) -> None:
    log = sarif_log(wrong(folder))
    run = log["runs"][0]
    assert log["version"] == "2.1.0"
    assert list(log) == ["$schema", "version", "runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [
        "is-not-one-of-the-words-allowed-here",
        "there-is-no-fact-grade-or-criterion-named",
    ]
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["results"][1] == {
        "ruleId": "there-is-no-fact-grade-or-criterion-named",
        "ruleIndex": 1,
        "level": "error",
        "message": {"text": "There is no fact, grade or criterion named `igq`. Did you mean `igg`?"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "my%20rules/topic/author-2024.yaml", "uriBaseId": "%SRCROOT%"},
                    "region": {
                        "startLine": 12,
                        "startColumn": 35,
                        "endColumn": 59,
                        "snippet": {"text": '    when: {any: ["igg < 5 mg/dL", igq <= 400 mg/dL]} # 𝕏 ü'},
                    },
                }
            }
        ],
    }


def problems_of_sarif(log: dict[str, Any]) -> list[str]:
    """What GitHub's reader of SARIF would refuse: the parts it requires, and places that are none."""
    found = []
    for run in log["runs"]:
        driver = run["tool"]["driver"]
        ids = [rule["id"] for rule in driver["rules"]]
        found += ["no name"] * (not driver["name"]) + ["a rule twice"] * (len(ids) != len(set(ids)))
        for rule in driver["rules"]:
            found += [
                f"{part} of {rule['id']}"
                for part in ("shortDescription", "fullDescription", "help")
                if not rule[part]["text"]
            ]
        for result in run["results"]:
            place = result["locations"][0]["physicalLocation"]
            region = place["region"]
            found += ["rule"] * (ids[result["ruleIndex"]] != result["ruleId"])
            found += ["level"] * (result["level"] not in ("none", "note", "warning", "error"))
            found += ["text"] * (not result["message"]["text"])
            found += ["uri"] * (not re.fullmatch(r"[!-~]+", place["artifactLocation"]["uri"]))
            found += ["start"] * (region["startLine"] < 1 or region["startColumn"] < 1)
            found += ["end"] * (region.get("endColumn", 10**9) <= region["startColumn"])
    return found


@pytest.mark.parametrize("file", sorted((ROOT / "tests" / "bad").glob("*.yaml")), ids=lambda file: file.stem)
def test_every_known_mistake_makes_sound_sarif_json_and_commands(file: Path) -> None:
    report = check_paths([str(file)], str(few_guidelines()))
    assert problems_of_sarif(json.loads(formatted(report, "sarif"))) == []
    data = json.loads(formatted(report, "json"))
    assert [item["what"] for item in data["problems"]] == [problem.what for problem in report.problems]
    commands = formatted(report, "github").splitlines()
    assert len(commands) == len(report.problems) + 1
    assert all(re.fullmatch(r"::error (\w+=[^,:]+,)*title=[^,:]+::.+", command) for command in commands[:-1])


def test_json_says_where_what_and_how_to_mend_it(folder: Path) -> None:
    data = json.loads(formatted(wrong(folder), "json"))
    assert data["files"] == 5
    assert data["problems"][1] == {
        "file": "my rules/topic/author-2024.yaml",
        "line": 12,
        "column": 35,
        "rule": "there-is-no-fact-grade-or-criterion-named",
        "severity": "error",
        "what": "There is no fact, grade or criterion named `igq`.",
        "remedy": "Did you mean `igg`?",
        "text": '    when: {any: ["igg < 5 mg/dL", igq <= 400 mg/dL]} # 𝕏 ü',
    }


def test_text_marks_the_spot_and_gives_the_remedy(folder: Path) -> None:
    assert check_text(wrong(folder)).endswith(
        "my rules/topic/author-2024.yaml:12:35: There is no fact, grade or criterion named `igq`.\n"
        '        when: {any: ["igg < 5 mg/dL", igq <= 400 mg/dL]} # 𝕏 ü\n'
        "                                      ^\n"
        "  Did you mean `igg`?\n\n"
        "5 files checked: 2 problems."
    )


def test_the_same_kind_of_mistake_keeps_its_id_whatever_its_names_and_numbers() -> None:
    one = "`a` and `b` (x.yaml:12) contradict each other, and both hold for {igg: 399 mg/dL}."
    other = "`c-d` and `e` (y/z.yaml:7) contradict each other, and both hold for {igg: 0.5 g/L, age: 58 years}."
    assert rule_id(one) == rule_id(other) == "and-contradict-each-other-and-both-hold-for"
    assert rule_title(one) == rule_title(other) == "… and … contradict each other, and both hold for …"


# What other repositories use

COMMANDS = {"check", "test", "new", "fmt", "watch", "status", "evaluate", "explain", "ask"}


def test_the_hooks_name_commands_that_exist_and_install_what_they_need() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert [hook["id"] for hook in hooks] == ["igguide-check", "igguide-test", "igguide-fmt"]
    for hook in hooks:
        program, command, *rest = hook["entry"].split()
        assert (program, hook["id"], rest) == ("igguide", f"igguide-{command}", [])
        assert command in COMMANDS
        assert hook["language"] == "python"
        assert re.search(hook["files"], "guidelines/car-t-igg-replacement/hill-2019.yaml")
        assert not re.search(hook["files"], "guidelines.md")
        assert hook.get("pass_filenames", True) == ("args" not in hook)
    assert hooks[2]["additional_dependencies"] == ["ruamel.yaml>=0.18.6"]


def test_the_reusable_workflow_may_only_read_and_takes_no_input_as_code() -> None:
    text = (ROOT / ".github/workflows/guidelines.yml").read_text(encoding="utf-8")
    workflow = yaml.load(text, Loader=yaml.BaseLoader)
    inputs = workflow["on"]["workflow_call"]["inputs"]
    assert {name: item["type"] for name, item in inputs.items()} == dict.fromkeys(
        ("path", "python-version", "igguide"), "string"
    )
    assert all(item["description"].endswith(".") and item["default"] for item in inputs.values())
    assert workflow["permissions"] == {"contents": "read"}
    (job,) = workflow["jobs"].values()
    assert "permissions" not in job
    steps = job["steps"]
    assert [step["uses"] for step in steps if "uses" in step] == ["actions/checkout@v5", "actions/setup-python@v6"]
    commands = [step["run"] for step in steps if "run" in step]
    assert not any("${{" in command for command in commands)
    assert commands[1:] == ['igguide check --format github "$GUIDELINES"', 'igguide test "$GUIDELINES"']
    assert all(f'"${name}"' in step["run"] for step in steps for name in step.get("env", {}))


def test_each_command_has_its_arguments_and_a_way_to_run() -> None:
    for module in (canonical, scaffold, status, watching):
        assert callable(module.add_arguments)
        assert callable(module.run)
    assert "github" in formats.FORMATS


def test_the_bundled_library_has_no_problem_in_any_form() -> None:
    report = check_paths([str(few_guidelines())])
    assert json.loads(formatted(report, "sarif"))["runs"][0]["results"] == []
    assert formatted(report, "text").endswith(" files checked: no problems.")
