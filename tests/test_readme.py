"""The README and CONTRIBUTING: every command runs, every output shown is the real one."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

from igguide.cli import main

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
_DIGEST = re.compile(r"\([0-9a-f]{12}\)")  # of the guidelines, which each edit of them changes
_OUTPUT = re.compile(
    r"(<!-- output: igguide (?P<command>[^\n]*?)(?: \| (?P<cut>[^\n]*?))? -->\n```text\n)(?P<text>.*?)(```\n)", re.S
)
_MESSAGE = re.compile(r"(<!-- message: (?P<name>[\w-]+) -->\n```text\n)(?P<text>.*?)(```\n)", re.S)
_BLOCK = re.compile(r"```(?P<language>sh|python)\n(?P<text>.*?)```", re.S)


def run(command: str) -> tuple[int, str]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = main(command.split())
    return code, out.getvalue()


def commands() -> list[str]:
    lines = [
        line
        for block in _BLOCK.finditer(README.read_text())
        if block["language"] == "sh"
        for line in block["text"].splitlines()
    ]
    return [line.split("#")[0].strip().removeprefix("igguide ") for line in lines if line.startswith("igguide ")]


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize("command", commands())
def test_each_command_of_the_readme_runs(command: str) -> None:
    code, text = run(command)
    assert code == 0
    assert "Not medical advice" in text


def test_the_output_shown_is_the_real_one(record_texts: bool) -> None:
    text = README.read_text()
    blocks = list(_OUTPUT.finditer(text))
    assert blocks, "the README shows no output"
    for block in blocks:
        shown = _cut(run(block["command"])[1], block["cut"])
        if record_texts:
            text = text.replace(block[0], block[1] + shown + block[5])
        else:
            assert _DIGEST.sub("(…)", block["text"]) == _DIGEST.sub("(…)", shown)
    if record_texts:
        README.write_text(text)


def _cut(text: str, cut: str | None) -> str:
    """Return the paragraphs of an output up to the one that begins with `cut`, as the README shows them."""
    return text if cut is None else text[: text.index(cut)].rstrip() + "\n...\n"


def test_the_message_shown_is_the_tested_one(record_texts: bool) -> None:
    text = README.read_text()
    blocks = list(_MESSAGE.finditer(text))
    assert blocks, "the README shows no message"
    for block in blocks:
        message = (ROOT / "tests" / "bad" / f"{block['name']}.txt").read_text()
        if record_texts:
            text = text.replace(block[0], block[1] + message + block[4])
        else:
            assert block["text"] == message
    if record_texts:
        README.write_text(text)


def test_the_python_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = [block["text"] for block in _BLOCK.finditer(README.read_text()) if block["language"] == "python"]
    assert blocks
    for block in blocks:
        exec(compile(block, str(README), "exec"), {})
    assert "Low IgG in the first three months: holds" in capsys.readouterr().out


def test_make_targets_named_in_the_guides_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = {
        name
        for guide in (README, ROOT / "CONTRIBUTING.md")
        for name in re.findall(r"\bmake ([a-z]+)\b", guide.read_text())
    }
    assert named
    assert [name for name in sorted(named) if f"\n{name}:" not in makefile] == []


def test_files_linked_from_the_guides_exist() -> None:
    for guide in (README, ROOT / "CONTRIBUTING.md"):
        links = re.findall(r"\]\(([^)#]+)\)", guide.read_text())
        assert [link for link in links if not link.startswith("http") and not (ROOT / link).exists()] == []
