"""The editor's guide is a walk that is walked here: files written and changed, commands run, outputs compared whole."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from igguide.cli import main

ROOT = Path(__file__).resolve().parents[1]
GUIDE = ROOT / "site" / "pages" / "editors-guide.md"
_STEP = re.compile(r"<!-- (?P<what>run|write|change)(?:: (?P<path>\S+))? -->\n```\w+\n(?P<text>.*?)```\n", re.S)


def test_every_step_of_the_guide_does_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_texts: bool
) -> None:
    topics = {file.parent.name for file in (ROOT / "guidelines").glob("*/topic.yaml")} - {"car-t-igg-replacement"}
    for name in ("guidelines", "schema"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns(*topics))
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet")
    git("add", ".")
    git("-c", "user.name=editor", "-c", "user.email=editor@example.org", "commit", "--quiet", "--message", "As it was.")
    text = GUIDE.read_text(encoding="utf-8")
    steps = list(_STEP.finditer(text))
    assert sum(step["what"] == "run" for step in steps) >= 8
    for step in steps:
        if step["what"] == "run":
            command, _, shown = step["text"].partition("\n")
            printed = run(command.removeprefix("$ igguide "))
            if record_texts:
                text = text.replace(step[0], f"<!-- run -->\n```console\n{command}\n{printed}```\n", 1)
            else:
                assert shown == printed, command
        elif step["what"] == "write":
            (tmp_path / step["path"]).write_text(step["text"], encoding="utf-8")
        else:
            change(tmp_path / step["path"], step["text"])
    if record_texts:
        GUIDE.write_text(text, encoding="utf-8")


def run(command: str) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        main(shlex.split(command))
    return printed.getvalue()


def git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True, capture_output=True)


def change(file: Path, diff: str) -> None:
    """Replace the lines that begin with - by those that begin with +, once."""
    old, new = ("\n".join(line[1:] for line in diff.splitlines() if line[0] == sign) for sign in "-+")
    before = file.read_text(encoding="utf-8")
    assert before.count(old) == 1, f"{old!r} stands {before.count(old)} times in {file.name}"
    file.write_text(before.replace(old, new), encoding="utf-8")
