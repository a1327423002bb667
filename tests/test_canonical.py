"""`igguide fmt`: one form for a file, with every comment, and never another meaning."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igguide import canonical
from igguide.canonical import format_text, is_ambiguous, may_be_plain
from igguide.errors import RequestError
from igguide.yaml_reader import read_text

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "guidelines").glob("*/*.yaml"))[::8]  # the gate runs `fmt --check` over all of them
WHERE = "topic/author-2024.yaml"


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    canonical.add_arguments(parser)
    return parser.parse_args(arguments)


def formatted(text: str, name: str = WHERE) -> str:
    """The canonical text, which has to be found and to stay the same when it is formatted again."""
    result = format_text(text, name)
    assert (result.left_alone, result.problems) == ("", ())
    assert format_text(result.text, name).text == result.text
    return result.text


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_our_own_files_are_formatted_without_another_meaning(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    name = f"{file.parent.name}/{file.name}"
    after = formatted(text, name)
    assert read_text(after, name)[0].data == read_text(text, name)[0].data
    assert sorted(re.findall(r"(?m)^\s*#.*$", after)) == sorted(re.findall(r"(?m)^\s*#.*$", text))


def test_keys_come_in_the_order_of_the_schema_and_take_their_comments_along() -> None:
    assert (
        formatted("""\
# yaml-language-server: $schema=../../schema/position.schema.json
title: A position
position: author-2024

recommendations:
    # why this rule stands here
    low-igg:
        says: At 400 mg/dL or below.   # our words
        cite: {fact: an-id, source: author-2024}
        # the sign is as printed
        when:
            all:
            - igg <= 400 mg/dL

        title: "Low IgG"

topic: topic
# the end
""")
        == """\
# yaml-language-server: $schema=../../schema/position.schema.json
position: author-2024
topic: topic
title: A position

recommendations:
  # why this rule stands here
  low-igg:
    title: Low IgG
    # the sign is as printed
    when:
      all:
        - igg <= 400 mg/dL
    says: At 400 mg/dL or below.       # our words
    cite: {source: author-2024, fact: an-id}
# the end
"""
    )


def test_an_entry_of_a_list_keeps_its_dash_when_its_keys_move() -> None:
    assert (
        formatted(
            """\
references:
  # the first
  - title: One
    # which it is
    id: one-2024
    type: book
  - id: two-2024
    title: Two
    type: book
""",
            "sources/x.yaml",
        )
        == """\
references:
  # the first
  # which it is
  - id: one-2024
    type: book
    title: One
  - id: two-2024
    type: book
    title: Two
"""
    )


def test_quotes_stay_where_they_are_needed_and_go_where_they_are_not() -> None:
    assert (
        formatted(
            """\
references:
  - id: "one-2024"
    type: 'book'
    title: "A title: with a colon"
    volume: "12"
    page: '460-466'
    author: [{literal: "A, B"}, {literal: "C D"}]
    note: "no"
""",
            "sources/x.yaml",
        )
        == """\
references:
  - id: one-2024
    type: book
    title: "A title: with a colon"
    author: [{literal: "A, B"}, {literal: C D}]
    volume: "12"
    page: 460-466
    note: "no"
"""
    )


def test_a_long_text_is_broken_at_120_and_a_text_broken_by_the_editor_is_left() -> None:
    words = "word " * 40
    text = formatted(f"""\
position: author-2024
title: {words.strip()}
summary: "Say: {words.strip()}"
reading: >-
  Broken here
  by the editor.
""")
    lines = text.splitlines()
    assert lines[1] == f"title: {words.strip()}"  # as printed
    assert lines[2] == "summary: >-"
    assert [len(line) <= 120 for line in lines[3:5]] == [True, True]
    assert lines[-3:] == ["reading: >-", "  Broken here", "  by the editor."]


def test_a_list_in_brackets_and_a_map_in_braces_stay_so_however_long() -> None:
    long = ", ".join(f"word-{number}" for number in range(40))
    text = f"topic: topic\ntitle: T\nquestion: Q?\nspecialties: [{long}]\n"
    assert formatted(text, "topic/topic.yaml") == text


def test_a_literal_block_and_text_of_several_paragraphs_keep_their_lines() -> None:
    text = "topic: topic\nsummary: >-\n  One.\n\n  # Two.\nreading: |-\n  a\n    b\n"
    assert formatted(text, "topic/topic.yaml") == text


def test_line_ends_of_windows_and_a_missing_last_newline_are_mended() -> None:
    assert formatted("topic: topic\r\ntitle: T", "topic/topic.yaml") == "topic: topic\ntitle: T\n"


def test_what_is_no_yaml_is_left_alone_with_the_reason() -> None:
    result = format_text("topic: [a\n", "topic/topic.yaml")
    assert result.text == "topic: [a\n"
    assert result.left_alone == "it cannot be read as YAML"
    assert [str(problem) for problem in result.problems] == [
        "topic/topic.yaml:1:8: A bracket is not closed, or a comma is missing. Write lists as `[a, b]` and maps as `{a: 1, b: 2}`."
    ]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ("topic: other # why\n", "formatting would change what it says"),
        ("topic: 12 # why\n", "formatting would change what it says"),
        ("topic: topic\n", "formatting would lose or change a comment"),
    ],
)
def test_a_form_that_says_something_else_is_never_kept(
    monkeypatch: pytest.MonkeyPatch, changed: str, reason: str
) -> None:
    text = f"topic: {chr(34) + '12' + chr(34) if '12' in changed else 'topic'} # why\n"
    monkeypatch.setattr(canonical, "_laid_out", lambda *_: changed)
    result = format_text(text, "topic/topic.yaml")
    assert (result.text, result.left_alone) == (text, reason)


def test_a_form_that_never_settles_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical, "_laid_out", lambda text, _: text + "\n")
    assert format_text("topic: t\n", "topic/topic.yaml").left_alone == (
        "no form was found that stays the same when it is formatted again"
    )


@pytest.mark.parametrize(
    "text", ["400", "1.0", "2026-11-21", "2008", "0x1F", "1e3", ".inf", "no", "True", "~", "", "y", "12:30"]
)
def test_what_another_reader_takes_for_a_number_a_date_or_a_yes_is_ambiguous(text: str) -> None:
    assert is_ambiguous(text)
    assert not may_be_plain(text, in_flow=False)


@pytest.mark.parametrize(
    ("text", "block", "flow"),
    [
        ("Low IgG", True, True),
        ("460-466", True, True),
        ("Table 4, row 2", True, False),
        ("10.1016/j.x", True, True),
        ("https://example.org/a?b=c#d", True, False),
        ("a: b", False, False),
        ("ends:", False, False),
        ("a #b", False, False),
        ("> 600 mg/dL", False, False),
        ("- a", False, False),
        ("{a}", False, False),
        (" a", False, False),
        ("a\nb", False, False),
        ("*a", False, False),
    ],
)
def test_quotes_go_only_where_the_text_certainly_says_the_same(text: str, block: bool, flow: bool) -> None:
    assert (may_be_plain(text, in_flow=False), may_be_plain(text, in_flow=True)) == (block, flow)
    if block:
        assert read_text(f"a: {text}\n", "x")[0].data == {"a": text}
    if flow:
        assert read_text(f"a: [{text}, {{b: {text}}}]\n", "x")[0].data == {"a": [text, {"b": text}]}


# Any order of keys, any style, comments anywhere

TEXTS = [
    "Low IgG", "400", "no", "a: b", "with # sign", "Table 4, row 2", "it's", "> 600", "ends:", "Ö, ü", "2026-11-21",
    "word " * 45 + "end", "{a}", "[a", "a\tb", "say \"so\"", "two  spaces", "x" * 150,
]  # fmt: skip
TREE: Any = {
    "position": str,
    "title": str,
    "summary": str,
    "applies_when": {"all": [str, str], "none": [str]},
    "grades": {"g": {"title": str, "bands": [{"severe": str}, {"mild": str}], "otherwise": str, "cite": {"source": str, "locator": str}}},
    "recommendations": {
        "b-rule": {"title": str, "when": {"any": [str]}, "says": str, "reading": str, "cite": {"source": str, "via": str, "fact": [str, str]}},
        "a-rule": {"title": str, "says": str, "cite": {"source": str}},
    },
    "history": [{"version": str, "on": str, "change": str}],
}  # fmt: skip


class Writer:
    """Writes a tree as YAML in any style that a hand might use, and counts the comments that it puts in."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.comments: Counter[str] = Counter()

    def pick(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def comment(self) -> str:
        text = f"# comment {sum(self.comments.values())}: with {self.pick('a', 'b # c', 'd')}"
        self.comments[text] += 1
        return text

    def scalar(self, flow: bool, room: bool) -> str:
        text = self.draw(st.sampled_from(TEXTS))
        if room and self.pick(False, False, True) and "\t" not in text and "  " not in text:
            return ">-\n" + "\n".join(f"<>{part}" for part in text.split(" and "))
        style = self.pick("plain", "double", "single")
        if style == "plain" and re.fullmatch(r"\w[\w ,.-]*" if not flow else r"\w[\w .-]*", text):
            return str(text)
        return "'" + text.replace("'", "''") + "'" if style == "single" else json.dumps(text, ensure_ascii=False)

    def flow(self, tree: Any) -> str:
        if tree is str:
            return self.scalar(True, False)
        if isinstance(tree, list):
            return "[" + ", ".join(map(self.flow, tree)) + "]"
        keys = self.draw(st.permutations(list(tree)))
        return "{" + ", ".join(f"{key}: {self.flow(tree[key])}" for key in keys) + "}"

    def value(self, tree: Any, indent: int) -> str:
        if tree is str:
            text = self.scalar(False, True).replace("<>", " " * (indent + 2))
            return (
                f" {text}"
                + (f"  {self.comment()}" if self.pick(False, False, True) and "\n" not in text else "")
                + "\n"
            )
        if self.pick(False, False, True):
            return f" {self.flow(tree)}\n"
        inner = indent + (self.pick(0, 2) if isinstance(tree, list) else self.pick(2, 2, 3, 4))
        return "\n" + (self.items(tree, inner) if isinstance(tree, list) else self.map(tree, inner))

    def items(self, tree: list[Any], indent: int) -> str:
        return "".join(self.lead(indent) + " " * indent + "-" + self.item(part, indent) for part in tree)

    def item(self, tree: Any, indent: int) -> str:
        return self.value(tree, indent) if tree is str else " " + self.map(tree, indent + 2, led=False).lstrip(" ")

    def lead(self, indent: int) -> str:
        return self.pick("", "", "\n") + (f"{' ' * indent}{self.comment()}\n" if self.pick(False, False, True) else "")

    def map(self, tree: dict[str, Any], indent: int, led: bool = True) -> str:
        keys = self.draw(st.permutations(list(tree)))
        leads = [self.lead(indent) if led or number else "" for number in range(len(keys))]
        return "".join(
            f"{lead}{' ' * indent}{key}:{self.value(tree[key], indent)}" for lead, key in zip(leads, keys, strict=True)
        )


@given(st.data())
def test_whatever_the_hand_formatting_is_the_same_twice_and_says_the_same(data: st.DataObject) -> None:
    writer = Writer(data.draw)
    text = writer.map(TREE, 0)
    before, problems = read_text(text, WHERE)
    assert not problems, text
    after = formatted(text)
    assert read_text(after, WHERE)[0].data == before.data
    assert Counter(re.findall(r"# comment \d+: with (?:a|b # c|d)(?=\n)", after)) == writer.comments
    assert list(read_text(after, WHERE)[0].data) == list(TREE)
    assert list(read_text(after, WHERE)[0].data["recommendations"]) == list(before.data["recommendations"])


# The command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "facts/lab.yaml": "facts:\n  igg:\n    kind: quantity\n    title: IgG\n",
        "topic/topic.yaml": "topic: topic\ntitle: T\n",
        "topic/bad.yaml": "position: [\n",
    }.items():
        (tmp_path / "guidelines" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "guidelines" / name).write_text(text, encoding="utf-8")
    return tmp_path / "guidelines"


def test_check_tells_what_would_be_changed_and_changes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {file: file.read_bytes() for file in folder.glob("*/*.yaml")}
    assert canonical.run(options("--check")) == 1
    assert (
        capsys.readouterr().out
        == """\
guidelines/facts/lab.yaml: would be changed.
guidelines/topic/bad.yaml: left alone, because it cannot be read as YAML.
  guidelines/topic/bad.yaml:1:12: A bracket is not closed, or a comma is missing. Write lists as `[a, b]` and maps as `{a: 1, b: 2}`.
1 file would be changed, 1 file left alone, 1 file canonical already.
"""
    )
    assert {file: file.read_bytes() for file in folder.glob("*/*.yaml")} == before


def test_files_are_changed_once_and_then_are_canonical(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert canonical.run(options("guidelines/facts")) == 0
    assert canonical.run(options("guidelines/facts/lab.yaml", "--check")) == 0
    assert capsys.readouterr().out == (
        "guidelines/facts/lab.yaml: changed.\n1 file changed.\n1 file canonical already.\n"
    )
    assert (folder / "facts/lab.yaml").read_bytes() == b"facts:\n  igg:\n    title: IgG\n    kind: quantity\n"


def test_without_the_package_one_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ruamel.yaml", None)
    with pytest.raises(RequestError) as caught:
        format_text("topic: t\n", "topic/topic.yaml")
    assert str(caught.value) == (
        "`igguide fmt` needs the package ruamel.yaml, which keeps comments. "
        "Install it with: python -m pip install 'igguide[edit]'"
    )


def test_a_path_that_is_not_there_is_told(folder: Path) -> None:
    with pytest.raises(RequestError, match=r"^There is no file or folder `nowhere`\.$"):
        canonical.run(options("nowhere"))
