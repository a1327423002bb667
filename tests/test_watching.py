"""`igguide watch`: a report at once and after each save, ended by Ctrl-C."""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from building import copy_few

from igguide import watching
from igguide.errors import RequestError
from igguide.watching import changed, header, report_text, snapshot, watch

ROOT = Path(__file__).parents[1]


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    watching.add_arguments(parser)
    return parser.parse_args(arguments)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    copy_few(tmp_path / "guidelines")
    return Path("guidelines")


def looks(*seen: dict[str, tuple[int, int]]) -> Callable[[], dict[str, tuple[int, int]]]:
    rest = iter(seen)
    return lambda: next(rest)


A, B = {"a.yaml": (1, 1)}, {"a.yaml": (2, 1)}


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        ([A, A, A], ["report"]),
        ([A, B, B], ["report", "\n=== a.yaml changed ===", "report"]),
        ([A, B, {}, {}, {}], ["report", "\n=== a.yaml changed ===", "report"]),
        ([A, B, A, A], ["report"]),
        ([A, B, B, B, A, A], ["report", *["\n=== a.yaml changed ===", "report"] * 2]),
    ],
    ids=["nothing", "a save", "a save of several writes", "there and back", "two saves"],
)
def test_a_change_is_reported_once_when_it_has_settled(seen: list[dict[str, tuple[int, int]]], told: list[str]) -> None:
    lines: list[str] = []
    watch(looks(*seen), lambda: "report", lines.append, lambda: None, range(len(seen) - 1))
    assert lines == told


@pytest.mark.parametrize("where", ["waiting", "checking"])
def test_ctrl_c_ends_it_cleanly(where: str) -> None:
    def stop() -> str:
        raise KeyboardInterrupt

    lines: list[str] = []
    report = stop if where == "checking" else lambda: "report"
    watch(lambda: A, report, lines.append, lambda: stop() and None, range(3))
    assert lines[-1] == "\nStopped watching."


def test_the_header_names_the_files_and_no_time() -> None:
    assert header(["a.yaml"]) == "\n=== a.yaml changed ==="
    assert header(["a.yaml", "b.yaml", "c.yaml", "d.yaml", "e.yaml"]) == (
        "\n=== a.yaml, b.yaml, c.yaml and 2 more changed ==="
    )


def test_a_changed_an_added_and_a_deleted_file_are_seen(folder: Path) -> None:
    before = snapshot([str(folder)])
    assert changed(before, snapshot([str(folder)])) == []
    os.utime(folder / "facts/patient.yaml", ns=(1, 1))
    (folder / "sources/new.yaml").write_text("references: []\n", encoding="utf-8")
    (folder / "icans-grading/topic.yaml").unlink()
    (folder / "notes.txt").write_text("no guideline", encoding="utf-8")
    assert changed(before, snapshot([str(folder)])) == [
        "guidelines/facts/patient.yaml",
        "guidelines/icans-grading/topic.yaml",
        "guidelines/sources/new.yaml",
    ]


def test_a_file_and_the_folder_of_a_topic_can_be_watched_alone(folder: Path) -> None:
    assert list(snapshot([str(folder / "icans-grading")])) == [
        "guidelines/icans-grading/lee-2019-astct.examples.yaml",
        "guidelines/icans-grading/lee-2019-astct.yaml",
        "guidelines/icans-grading/topic.yaml",
    ]
    assert list(snapshot([str(folder / "facts/patient.yaml"), "nowhere.yaml"])) == ["guidelines/facts/patient.yaml"]


def test_a_save_is_checked_and_its_examples_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "icans-grading/topic.yaml"
    good = file.read_text(encoding="utf-8")
    texts = iter([good.replace("question:", "qestion:"), None, good, None])

    def save() -> None:
        text = next(texts)
        if text is not None:
            file.write_text(text, encoding="utf-8")
            os.utime(file, ns=(len(text), len(text)))

    assert watching.run(options(str(folder / "icans-grading")), wait=save, rounds=range(4)) == 0
    first, second, third = capsys.readouterr().out.split("\n=== guidelines/icans-grading/topic.yaml changed ===\n")
    assert first.startswith("Watching guidelines/icans-grading; Ctrl-C ends it.\n\n3 files checked: no problems.\n")
    assert "The key `qestion` is not known here." in second
    assert "  Did you mean `question`?" in second
    assert second.endswith("3 files checked: 1 problem.\n")
    assert third.startswith("3 files checked: no problems.\n")
    assert third.endswith(" examples, 0 not as expected.\n")


def test_examples_that_fail_and_files_elsewhere_that_are_wrong_are_told(folder: Path) -> None:
    examples = folder / "icans-grading/lee-2019-astct.examples.yaml"
    examples.write_text(
        examples.read_text(encoding="utf-8").replace("icans: grade-1", "icans: grade-4", 1), encoding="utf-8"
    )
    text = report_text(["guidelines/icans-grading"], None)
    assert "grades of icans: expected grade-4, found grade-1\n" in text
    assert text.endswith(", 1 not as expected.")
    (folder / "facts/new.yaml").write_text("facts: {}\n", encoding="utf-8")
    assert report_text(["guidelines/icans-grading"], None).endswith(
        f"3 files checked: no problems.\nThe examples were not run: other files of {folder.resolve()} have problems."
    )


def test_a_folder_that_goes_away_is_told_and_not_fatal(folder: Path) -> None:
    shutil.rmtree(folder / "icans-grading")
    assert report_text(["guidelines/icans-grading"], None) == "There is no file or folder `guidelines/icans-grading`."


def test_what_is_not_there_at_the_start_is_refused(folder: Path) -> None:
    with pytest.raises(RequestError, match=r"^There is no file or folder `nowhere`\.$"):
        watching.run(options("nowhere"), rounds=range(0))
