"""The command line as people and programs meet it: exit codes, both formats, inputs good and bad, and no traceback ever."""

from __future__ import annotations

import ast
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from building import copy_few

from igguide import cli
from igguide.cli import main

ROOT = Path(__file__).resolve().parents[1]
RECORD_COMMANDS = ["evaluate", "explain", "ask"]
COMMANDS = [*RECORD_COMMANDS, "check", "test", "diff", "new", "fmt", "watch", "status"]
TOPIC = "car-t-igg-replacement"
ADULT = "{age: 58 years, igg: 380 mg/dL, car_t_infusion: 2026-10-07, car_t_target: cd19}"


class Run:
    """What a run of the command line came to."""

    def __init__(self, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
        try:
            self.code: Any = main(arguments)
        except SystemExit as exit_:  # argparse
            self.code = exit_.code
        printed = capsys.readouterr()
        self.out, self.err = printed.out, printed.err
        assert "Traceback" not in self.out + self.err

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The JSON objects printed: one, or one a line."""
        try:
            return [json.loads(self.out)]
        except ValueError:
            return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: Run(capsys, arguments)


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(name: str, content: str | bytes) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
        return name

    return write


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda content: monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


# --- help and misuse ---


def test_without_a_command_the_help_is_shown(run: Any) -> None:
    found = run()
    assert found.code == 2
    assert all(command in found.out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_for_each_of_its_options(run: Any, command: str) -> None:
    found = run(command, "--help")
    assert found.code == 0
    parser = cli._parser(command)._subparsers._group_actions[0].choices[command]  # type: ignore[union-attr,index]
    assert all(action.help for action in parser._actions)
    assert parser.description
    assert parser.description.endswith(".")


def test_the_version_is_told(run: Any) -> None:
    assert run("--version").out.startswith("igguide ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["evaluate"], "RECORD"),
        (["evaluate", "r.yaml", "--format", "xml"], "invalid choice"),
        (["evaluate", "r.yaml", "--as-of", "tomorrow"], "`tomorrow` is not a date; write it as in 2026-11-21."),
        (["evaluate", "r.yaml", "--as-of", "2026-02-30"], "`2026-02-30` is not a date"),
        (["evaluate", "r.yaml", "--as-of", "2026-11"], "`2026-11` is not a date"),
        (["evaluate", "r.yaml", "--topic", "car-t-igg-replacment"], "Did you mean `car-t-igg-replacement`"),
        (["evaluate", "r.yaml", "--topic", "nosuch"], "There is no topic `nosuch`. Nearest in name: "),
        (
            ["evaluate", "r.yaml", "--topic", "ITP"],
            "Did you mean `itp-adult`, `itp-child` or `itp-pregnancy`? `igguide evaluate --list-topics` lists all ",
        ),
        (["ask", "r.yaml", "--position", "hill-2091"], "`hill-2019`"),
        (["ask", "missing.yaml"], "missing.yaml cannot be read: No such file or directory."),
        (["ask", "."], ". cannot be read: Is a directory."),
        (["evaluate", "r.yaml", "--guidelines", "missing"], "no guideline files"),
        (["check", "missing"], "There is no file or folder `missing`."),
        (["check", "empty"], "is no guidelines folder"),
        (["check", "--guidelines", "missing"], "There is no file or folder `missing`."),
        (["test", "missing.yaml"], "There is no file or folder `missing.yaml`."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_misuse_is_told_in_one_line_and_is_2(
    run: Any, write: Any, tmp_path: Path, arguments: list[str], says: str
) -> None:
    write("r.yaml", ADULT)
    (tmp_path / "empty").mkdir()
    found = run(*arguments)
    assert (found.code, found.out) == (2, "")
    assert says in found.err


@pytest.mark.parametrize("command", RECORD_COMMANDS)
def test_the_topics_are_listed_without_a_record(run: Any, command: str) -> None:
    found = run(command, "--list-topics")
    assert (found.code, found.err) == (0, "")
    assert any(
        line.split() == [TOPIC, *["Immunoglobulin", "replacement", "after", "CAR-T"]] for line in found.out.splitlines()
    )


def test_guidelines_that_cannot_be_read_are_2_for_use_and_a_finding_for_a_check(
    run: Any, write: Any, guidelines: Path, tmp_path: Path
) -> None:
    broken = copy_few(tmp_path / "broken")
    (broken / TOPIC / "topic.yaml").write_text("a: [b", encoding="utf-8")
    assert run("evaluate", write("r.yaml", ADULT), "--guidelines", str(broken)).code == 2
    assert run("check", str(broken)).code == 1


# --- one record ---


def test_problems_of_the_record_come_before_any_answer(run: Any, write: Any) -> None:
    text = run(
        "evaluate", write("r.yaml", "{igg: 380, car_t_infusion: 2026-10-07}"), "--topic", TOPIC, "--as-of", "2026-11-21"
    ).out
    assert text.index("Serum IgG has no unit, so it is not used.") < text.index(
        "Immunoglobulin replacement after CAR-T"
    )
    assert "Write it in mg/dL, g/L, mg/L, g/dL, mg/mL or ug/mL, as in `380 mg/dL`." in " ".join(text.split())


def test_a_date_after_the_date_of_evaluation_is_told_first_and_starts_nothing(run: Any, write: Any) -> None:
    name = write("r.yaml", "{igg: 380 mg/dL, age: 58 years, car_t_infusion: 2027-01-05, car_t_target: bcma}")
    text = " ".join(run("evaluate", name, "--topic", TOPIC, "--as-of", "2026-11-21").out.split())
    assert text.index("CAR-T infusion is dated 2027-01-05, after 2026-11-21. It is taken as planned") < text.index(
        "On dose"
    )
    assert "+ Start" not in text
    [decision] = run("evaluate", name, "--topic", TOPIC, "--as-of", "2026-11-21", "--format", "json").objects
    assert decision["facts"]["car_t_infusion"]["note"].startswith(
        "CAR-T infusion is dated 2027-01-05, after 2026-11-21."
    )


def test_a_topic_of_which_no_source_is_in_force_says_so(run: Any, write: Any) -> None:
    text = run("evaluate", write("r.yaml", ADULT), "--topic", "plasma-exchange-or-ivig", "--as-of", "2026-11-21").out
    assert "No source in force answers it for a single patient" in " ".join(text.split())


def test_a_grade_that_is_open_names_what_it_may_be(run: Any, write: Any) -> None:
    text = " ".join(
        run(
            "evaluate", write("r.yaml", "{diagnosis: [cidp]}"), "--topic", "supply-priority", "--as-of", "2026-11-21"
        ).out.split()
    )
    assert (
        "Grade, category: not known yet; it may be red, blue or not in the table. Missing: long-term immunoglobulin."
        in text
    )


@pytest.mark.parametrize("command", RECORD_COMMANDS)
def test_a_record_without_problems_is_0(run: Any, write: Any, command: str) -> None:
    found = run(command, write("r.yaml", ADULT), "--topic", TOPIC, "--as-of", "2026-11-21")
    assert (found.code, found.err) == (0, "")
    assert "Not medical advice" in found.out
    assert "\x1b" not in found.out


@pytest.mark.parametrize("command", RECORD_COMMANDS)
def test_json_is_one_object(run: Any, write: Any, command: str) -> None:
    [decision] = run(command, write("r.yaml", ADULT), "--format", "json", "--as-of", "2026-11-21").objects
    assert (decision["decision"], decision["as_of"]) == ("igguide/1", "2026-11-21")


def test_a_problem_in_a_record_is_1_and_the_rest_is_answered(run: Any, write: Any) -> None:
    found = run(
        "evaluate",
        write("r.yaml", "{igg: 380, car_t_infusion: 2026-10-07, shoe_size: 43}"),
        "--topic",
        TOPIC,
        "--format",
        "json",
    )
    assert found.code == 1
    [decision] = found.objects
    assert {problem["kind"] for problem in decision["problems"]} == {"wrong-unit", "unknown-fact"}
    assert decision["topics"]


def test_the_same_record_from_standard_input(run: Any, write: Any, typed: Any) -> None:
    typed(ADULT.strip("{}").replace(", ", "\n").encode())
    piped = run("evaluate", "-", "--as-of", "2026-11-21")
    read = run("evaluate", write("r.yaml", ADULT), "--as-of", "2026-11-21")
    assert piped.out == read.out


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("r.json", "", "r.json is empty"),
        ("r.json", '{"igg": ', "r.json is not valid JSON"),
        ("r.json", '{"igg": "1 g/L", "igg": "2 g/L"}', "the key `igg` stands twice"),
        (
            "r.yaml",
            "igg: 1 g/L\nage: 3 years\nigg: 2 g/L\n",
            "r.yaml:3:1: The key `igg` stands here for the second time; the first is on line 1.",
        ),
        ("r.yaml", "just words", "does not hold a record"),
        ("r.json", "[1]", "does not hold a record"),
        ("r.json", b"\x89PNG\r\n\xff", "is not UTF-8 text"),
        ("r.json", '{"igg": ' + "[" * 100_000, "nested too deep"),
        ("r.ndjson", '{"igg": ', "is not valid JSON"),
        (
            "r.json",
            '{"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Patient", "id": "a"}}, {"resource": {"resourceType": "Patient", "id": "b"}}]}',
            "--patient",
        ),
    ],
)
def test_a_record_that_cannot_be_read_is_2(run: Any, write: Any, name: str, content: str | bytes, says: str) -> None:
    found = run("evaluate", write(name, content))
    assert (found.code, found.out) == (2, "")
    assert says in found.err


def test_standard_input_that_is_no_text_is_2(run: Any, typed: Any) -> None:
    typed(b"\xff\xfe\x00")
    assert "standard input is not UTF-8 text" in run("evaluate", "-").err


@pytest.mark.parametrize("depth", [50, 300, 900])
def test_a_value_nested_deep_is_a_problem_or_refused(run: Any, write: Any, depth: int) -> None:
    found = run("evaluate", write("r.json", '{"igg": ' + "[" * depth + "]" * depth + "}"), "--topic", TOPIC)
    assert found.code in (1, 2)


def test_signs_that_cannot_be_shown_do_not_end_the_program(write: Any, tmp_path: Path) -> None:
    write("r.json", '{"igg": "\\ud800 mg/dL", "height": "1.8 m", "weight": "80 kg"}')
    for form in ("text", "json"):
        found = subprocess.run(
            [sys.executable, "-m", "igguide", "evaluate", "r.json", "--topic", TOPIC, "--format", form],
            cwd=tmp_path,
            env=environment(PYTHONIOENCODING="ascii"),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (found.returncode, found.stderr) == (1, "")


BUNDLE = """{"resourceType": "Bundle", "type": "collection", "entry": [
  {"resource": {"resourceType": "Patient", "id": "a", "birthDate": "1968-03-02"}},
  {"resource": {"resourceType": "Patient", "id": "b", "birthDate": "2020-03-02"}}]}"""


def test_one_patient_of_several(run: Any, write: Any) -> None:
    name = write("bundle.json", BUNDLE)
    [decision] = run(
        "evaluate",
        name,
        "--patient",
        "Patient/b",
        "--format",
        "json",
        "--as-of",
        "2026-11-21",
        "--topic",
        "icans-grading",
    ).objects
    assert decision["record"]["id"] == "b"
    assert "no patient" in run("evaluate", name, "--patient", "Patient/c").err


def test_the_form_of_the_input_can_be_stated(run: Any, write: Any) -> None:
    name = write("r.json", '{"resourceType": "Patient", "id": "a", "birthDate": "1968-03-02"}')
    assert run("evaluate", name, "--input", "record").code == 1  # `resourceType` is then an unknown fact
    assert run("evaluate", name, "--input", "fhir").code == 0


# --- several records ---


def test_several_files_give_json_lines(run: Any, write: Any) -> None:
    found = run("evaluate", write("a.yaml", ADULT), write("b.json", '{"igg": "3 g/L"}'), "--format", "json")
    assert [decision["decision"] for decision in found.objects] == ["igguide/1"] * 2
    assert len(found.out.splitlines()) == 2


def test_a_bad_line_has_its_own_object_with_a_problem(run: Any, write: Any) -> None:
    name = write("cohort.ndjson", '{"igg": "3 g/L"}\n{"igg": \n{"igg": "5 g/L"}\n')
    for as_of in ("2026-11-21", "2026-11-21T08:00:00Z"):
        found = run("evaluate", name, "--format", "json", "--as-of", as_of)
        assert found.code == 2
        first, bad, last = found.objects
        assert (first["problems"], last["problems"]) == ([], [])
        assert bad["topics"] == []
        assert [problem["kind"] for problem in bad["problems"]] == ["unreadable"]
        assert "cohort.ndjson:2" in bad["problems"][0]["detail"]


def test_a_bad_line_is_told_between_the_others_in_text(run: Any, write: Any) -> None:
    found = run("ask", write("cohort.ndjson", '{"igg": "3 g/L"}\n{"igg": \n'))
    assert found.code == 2
    assert "==> cohort.ndjson:1 <==" in found.out
    assert "==> cohort.ndjson:2 <==\ncohort.ndjson:2 is not valid JSON" in found.out


def test_a_missing_file_among_several_does_not_hide_the_others(run: Any, write: Any) -> None:
    found = run("evaluate", write("a.yaml", ADULT), "missing.yaml", "--format", "json")
    assert found.code == 2
    assert [bool(decision["topics"]) for decision in found.objects] == [True, False]


# --- colour, pipes, the clock ---


def environment(**more: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "PYTHONIOENCODING")}
    return {**kept, "PYTHONPATH": str(ROOT / "engine"), **more}


def test_colour_is_for_terminals_or_on_demand(run: Any, write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    name = write("r.yaml", ADULT)
    assert "\x1b[" not in run("evaluate", name).out
    assert "\x1b[" in run("evaluate", name, "--color", "always").out
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((80, 24)))
    monkeypatch.setattr(sys.stdout, "fileno", lambda: 1)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert cli._sheet(cli._parser("evaluate").parse_args(["evaluate", name]), sys.stdout).paint("x", "bold") != "x"
    monkeypatch.setenv("NO_COLOR", "1")
    assert cli._sheet(cli._parser("evaluate").parse_args(["evaluate", name]), sys.stdout).paint("x", "bold") == "x"


def test_a_reader_that_stops_early_is_no_error() -> None:
    command = f"{sys.executable} -m igguide explain examples/*.yaml examples/*.json --as-of 2026-11-21 | head -1"
    found = subprocess.run(
        command, shell=True, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
    )
    assert (found.stderr, len(found.stdout.splitlines())) == ("", 1)


def test_today_is_read_once(run: Any, write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(cli.date):  # type: ignore[misc,name-defined]
        read = 0

        @classmethod
        def today(cls) -> Any:
            cls.read += 1
            return cls(2026, 11, 20 + cls.read)

    monkeypatch.setattr(cli, "date", Clock)
    found = run("evaluate", write("r.ndjson", '{"igg": "3 g/L"}\n{"igg": "4 g/L"}\n'), "--format", "json")
    assert [decision["as_of"] for decision in found.objects] == ["2026-11-21"] * 2
    assert Clock.read == 1


def test_the_clock_is_read_nowhere_else() -> None:
    readers = {"now", "today", "utcnow", "time", "time_ns", "monotonic", "localtime", "gmtime"}
    for path in sorted((ROOT / "engine" / "igguide").glob("*.py")):
        calls = [
            node.func for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
        ]
        read = [ast.unparse(call) for call in calls if isinstance(call, ast.Attribute) and call.attr in readers]
        assert set(read) <= ({"date.today"} if path.name == "cli.py" else set()), path.name


# --- check and test ---


@pytest.fixture
def guidelines(tmp_path: Path) -> Path:
    return copy_few(tmp_path / "guidelines")


def test_the_bundled_guidelines_check_clean(run: Any) -> None:
    found = run("check")
    assert (found.code, found.err) == (0, "")
    assert "files checked: no problems" in found.out


def test_check_of_one_file_of_a_library(run: Any, guidelines: Path) -> None:
    path = guidelines / TOPIC / "hill-2019.yaml"
    path.write_text(path.read_text().replace("igg <= 400 mg/dL", "igg <= 400", 1))
    found = run("check", f"guidelines/{TOPIC}/hill-2019.yaml")
    assert found.code == 1
    assert found.out.startswith(f"guidelines/{TOPIC}/hill-2019.yaml:")
    assert found.out.endswith("1 file checked: 1 problem.\n")
    other = run("check", f"guidelines/{TOPIC}/kampouri-2022.yaml")
    assert (other.code, other.out) == (0, "1 file checked: no problems.\n")


@pytest.mark.parametrize("where", ["guidelines", f"guidelines/{TOPIC}"])
def test_check_of_folders(run: Any, guidelines: Path, where: str) -> None:
    assert run("check", where).code == 0


def slip_in_a_fact() -> None:
    facts = Path("guidelines/facts/laboratory.yaml")
    facts.write_text(
        facts.read_text(encoding="utf-8").replace("kind: quantity", "kind: quantitiy", 1), encoding="utf-8"
    )


def test_what_follows_from_a_slip_in_a_fact_is_left_out_and_counted(run: Any) -> None:
    copy_few(Path("guidelines"))
    slip_in_a_fact()
    hill = Path(f"guidelines/{TOPIC}/hill-2019.yaml")
    hill.write_text(hill.read_text(encoding="utf-8").replace("action: consider", "action: give", 1), encoding="utf-8")
    found = run("check", "guidelines")
    assert found.code == 1
    assert "`give` is not one of the words" in found.out  # what is wrong by itself is told
    assert "`quantitiy` is not one of the words" in found.out
    assert "guidelines/facts/laboratory.yaml:6:11: note: 8 problems in other files, which may all come" in found.out
    assert found.out.endswith("2 problems, 1 note.\n")


def test_a_file_that_cannot_be_looked_into_shows_why_though_it_lies_elsewhere(run: Any) -> None:
    copy_few(Path("guidelines"))
    slip_in_a_fact()
    found = run("check", f"guidelines/{TOPIC}/hill-2019.yaml")
    assert found.code == 1
    assert "guidelines/facts/laboratory.yaml:6:11: `quantitiy` is not one of the words" in found.out


def test_what_follows_from_a_source_that_cannot_be_read_is_left_out(run: Any) -> None:
    copy_few(Path("guidelines"))
    sources = Path("guidelines/sources/car-t.yaml")
    sources.write_text(sources.read_text(encoding="utf-8").replace("    title:", "    titel:", 1), encoding="utf-8")
    found = run("check", "guidelines")
    assert found.out.count("note: ") == 1
    assert found.out.endswith("1 problem, 1 note.\n")


def test_check_of_a_lone_file_as_if_it_stood_in_its_topic(run: Any, write: Any) -> None:
    text = (ROOT / "guidelines" / TOPIC / "hill-2019.yaml").read_text()
    assert run("check", write("drafts/hill-2019.yaml", text)).out == "1 file checked: no problems.\n"
    found = run("check", write("drafts/hill-2019.yaml", text.replace("igg <= 400 mg/dL", "igg <= 400", 1)))
    assert found.out.startswith("drafts/hill-2019.yaml:")
    assert found.code == 1


def test_check_of_a_file_of_a_library_and_one_elsewhere(run: Any, write: Any, guidelines: Path) -> None:
    text = (guidelines / TOPIC / "hill-2019.yaml").read_text()
    found = run(
        "check",
        f"guidelines/{TOPIC}/kampouri-2022.yaml",
        write("drafts/hill-2019.yaml", text.replace("<= 400 mg/dL", "<= 400 mg/dk", 1)),
    )
    assert found.out.splitlines()[0].startswith("drafts/hill-2019.yaml:")
    assert found.out.endswith("2 files checked: 1 problem.\n")


def test_two_files_for_one_place_are_misuse(run: Any, write: Any) -> None:
    text = (ROOT / "guidelines" / TOPIC / "hill-2019.yaml").read_text()
    found = run("check", write("a/hill-2019.yaml", text), write("b/hill-2019.yaml", text))
    assert (found.code, found.out) == (2, "")
    assert "would both stand at" in found.err


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\xff\xfe", b"", b"words", b"a: [", b"\x00"])
def test_check_of_anything_is_told(run: Any, write: Any, content: bytes) -> None:
    found = run("check", write("draft.yaml", content))
    assert found.code == 1
    assert found.out.startswith("draft.yaml:1:")


def test_check_as_json(run: Any, guidelines: Path) -> None:
    assert run("check", "guidelines", "--format", "json").objects[0]["problems"] == []
    path = guidelines / TOPIC / "hill-2019.yaml"
    path.write_text(path.read_text().replace("igg <= 400 mg/dL", "igg <= 400", 1))
    found = run("check", "guidelines", "--format", "json")
    [report] = found.objects
    [problem] = report["problems"]
    line = next(number for number, text in enumerate(path.read_text().splitlines(), 1) if text.endswith("igg <= 400"))
    assert (problem["file"], problem["line"], problem["what"]) == (
        f"guidelines/{TOPIC}/hill-2019.yaml",
        line,
        "A number needs its unit.",
    )
    assert problem["text"][: problem["column"] - 1].endswith("igg <= 400")


def test_the_caret_stands_under_the_word_after_wide_signs(run: Any, write: Any) -> None:
    text = (ROOT / "guidelines" / TOPIC / "hill-2019.yaml").read_text()
    found = run(
        "check",
        write(
            "hill-2019.yaml",
            text.replace("title: How low is the IgG?", "title: 血清IgG &", 1).replace("cite:\n", "cite: !x\n", 1),
        ),
    )
    assert found.code == 1


def test_the_bundled_examples_pass(run: Any) -> None:
    found = run("test")
    assert (found.code, found.err) == (0, "")
    assert found.out.endswith(" examples, 0 not as expected.\n")


def test_test_of_one_file(run: Any, guidelines: Path) -> None:
    found = run("test", f"guidelines/{TOPIC}/hill-2019.examples.yaml")
    assert found.code == 0
    assert found.out == run("test", f"guidelines/{TOPIC}/hill-2019.yaml").out
    assert found.out.count("all as expected") == 1


def spoil(path: Path) -> int:
    """Turn the first expectation of an examples file round, and return its line."""
    lines = path.read_text().splitlines(keepends=True)
    number = next(number for number, line in enumerate(lines) if "applies: yes" in line)
    lines[number] = lines[number].replace("applies: yes", "applies: no")
    path.write_text("".join(lines))
    return number + 1


def test_a_failing_example_shows_place_expected_and_found(run: Any, guidelines: Path) -> None:
    path = guidelines / TOPIC / "hill-2019.examples.yaml"
    line = spoil(path)
    found = run("test", str(path.relative_to(guidelines.parent)))
    assert found.code == 1
    assert f"guidelines/{TOPIC}/hill-2019.examples.yaml:{line}:" in found.out
    assert "applies: expected no, found yes" in found.out
    [report] = run("test", "guidelines", "--format", "json").objects
    [failed] = report["failed"]
    assert (failed["line"], failed["what"], failed["expected"], failed["found"]) == (line, "applies", "no", "yes")
    assert report["examples"] > 1


def test_a_lone_position_is_tested_with_the_examples_beside_it(
    run: Any, write: Any, guidelines: Path, tmp_path: Path
) -> None:
    shutil.copytree(guidelines / TOPIC, tmp_path / "drafts")
    spoil(tmp_path / "drafts" / "hill-2019.examples.yaml")
    found = run("test", "drafts/hill-2019.yaml")
    assert found.code == 1
    assert "drafts/hill-2019.examples.yaml:" in found.out


@pytest.mark.parametrize("form", ["text", "json"])
def test_examples_of_guidelines_with_problems_are_not_run(run: Any, guidelines: Path, form: str) -> None:
    path = guidelines / TOPIC / "hill-2019.yaml"
    path.write_text(path.read_text().replace("igg <= 400 mg/dL", "igg <= 400", 1))
    found = run("test", f"guidelines/{TOPIC}/kampouri-2022.yaml", "--format", form)
    assert found.code == 1
    assert "A number needs its unit." in (found.err if form == "text" else found.objects[0]["problems"][0]["what"])


def test_the_whole_library_is_answered_in_brief_and_all_of_it_on_request(run: Any, write: Any) -> None:
    name, more = write("r.yaml", ADULT), ("--as-of", "2026-11-21")
    brief, full = run("evaluate", name, *more).out, run("evaluate", name, "--all", *more).out
    assert brief.index("What applies") < brief.index("What may apply, or say more")
    assert "What applies" not in full
    assert 2 * len(full.splitlines()) > 3 * len(brief.splitlines())
    assert (
        run("evaluate", name, "--topic", TOPIC, *more).out
        == run("evaluate", name, "--topic", TOPIC, "--all", *more).out
    )


def test_a_man_is_asked_of_pregnancy_with_the_answer_where_none_is_possible(run: Any, write: Any) -> None:
    record = write("r.yaml", "{diagnosis: [itp], age: 45 years, sex: male, platelets: 12 10*9/L}")
    text = " ".join(run("ask", record, "--topic", "itp-adult", "--as-of", "2026-11-21").out.split())
    assert "Is the patient pregnant? Where a pregnancy is not possible, the answer is no. [pregnancy]" in text
