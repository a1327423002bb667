"""Reading YAML: plain data with the place of every node, and what is refused in plain words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igguide.document import Document
from igguide.yaml_reader import read_document, read_text


def read(text: str) -> Document:
    document, problems = read_text(text, "file.yaml")
    assert problems == []
    return document


def told(text: str) -> list[str]:
    return [f"{p.place.line}:{p.place.column} {p.what}" for p in read_text(text, "file.yaml")[1]]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("Off", "Off"),
        ("y", "y"),
        ("True", "True"),
        ("1.0", "1.0"),
        ("1_000", "1_000"),
        ("0o17", "0o17"),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        ("12:30", "12:30"),
        ("2026-11-21", "2026-11-21"),
        ('"true"', "true"),
        ("'~'", "~"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
    ],
)
def test_only_true_false_and_nothing_are_not_text(written: str, value: object) -> None:
    assert read(f"key: {written}").data == {"key": value}


def test_each_node_knows_its_line_and_column() -> None:
    document = read("a: one\nb:\n  - two\n  - {c: three}\n")
    at = {
        path: (document.place(*path).line, document.place(*path).column)
        for path in [("a",), ("b",), ("b", 0), ("b", 1), ("b", 1, "c")]
    }
    assert at == {("a",): (1, 4), ("b",): (3, 3), ("b", 0): (3, 5), ("b", 1): (4, 5), ("b", 1, "c"): (4, 9)}
    assert (document.key_place("b").line, document.key_place("b").column) == (2, 1)
    assert document.key_place("b", 1, "c").column == 6


def test_what_is_not_there_is_placed_at_what_holds_it() -> None:
    assert read("a:\n  b: 1\n").place("a", "x", "y").line == 2


def test_quotes_are_remembered() -> None:
    document = read("a: '1'\nb: 1\n")
    assert (document.is_quoted("a"), document.is_quoted("b")) == (True, False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\na: 2", "2:1 The key `a` stands here for the second time; the first is on line 1."),
        ("a: {b: 1, b: 2}", "1:11 The key `b` stands here for the second time; the first is on line 1."),
        ("a: !!int 3", "1:4 The tag `!!int` is not used here."),
        ("a: &x 3", "1:4 Anchors (`&x`) and aliases (`*x`) are not used here."),
        ("a: *x", "1:4 Aliases (`*x`) are not used here."),
        ("<<: {a: 1}", "1:1 Merge keys (`<<`) are not used here."),
        ("a: 1\n---\nb: 2", "2:1 A second document begins here."),
        ("? [a]\n: b", "1:3 A key must be a word, not a list or a map."),
        ("", "1:1 The file is empty."),
        ("a: [1, 2", "1:4 A bracket is not closed, or a comma is missing."),
        ("a: {b: 1 c: 2}", "1:11 A bracket is not closed, or a comma is missing."),
        ("a: [1]]", "1:7 A bracket is closed here that was not opened."),
        ("a: 'it's'", "1:8 This does not fit the lines above: a wrong indent, or text after a closing quote."),
        ('a: "x\ny', "1:4 A quote is opened here and not closed."),
        ('a: "\\q"', "1:5 A backslash in double quotes has a meaning of its own."),
        ("a: - b", "1:4 A list begins on the line of its key."),
        ("a: ,", "1:4 A sign stands here where a value is wanted."),
        ("a: * b", "1:4 Anchors and aliases (`&` and `*`) are not used here."),
        ("a: 1\n...\nb: 2", "3:1 This does not belong to what stands above it."),
        ("a: \ud800", "1:4 A character stands here that cannot be seen and that YAML does not allow."),
        ("a: " + "[" * 50 + "]" * 50, "1:44 Lists and maps are nested more than 40 deep."),
    ],
)
def test_what_surprises_is_refused_where_it_stands(text: str, expected: str) -> None:
    assert told(text) == [expected]


def test_all_that_is_refused_is_told_in_one_run() -> None:
    assert [line.split(" ")[0] for line in told("a: &x 1\na: !t 2\nb: *y\n")] == ["1:4", "2:1", "2:4", "3:4"]


def test_a_second_value_does_not_replace_the_first() -> None:
    assert read_text("a: 1\na: {b: 2}", "file.yaml")[0].data == {"a": "1"}


def test_a_mark_at_the_beginning_of_the_file_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read_document(path)[0].data == {"a": "1"}


def test_a_folder_and_a_missing_file_are_told(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.yaml"):
        [problem] = read_document(path)[1]
        assert problem.what.startswith("The file cannot be read:")


YAML_SIGNS = st.text(st.sampled_from(list("ab:-?[]{},&*!|>'\"%@` \n\t#~<=1.\x85\u2028\ufeff\x07")), max_size=60)


@given(st.one_of(YAML_SIGNS, st.text(max_size=60)))
def test_any_text_gives_data_or_problems(text: str) -> None:
    document, problems = read_text(text, "file.yaml")
    assert all(
        p.place.line >= 1 and p.place.column >= 1 and p.what and p.place.line <= max(1, len(document.lines)) + 1
        for p in problems
    )


@given(st.binary(max_size=40))
def test_any_bytes_give_data_or_problems(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.yaml"
    path.write_bytes(content)
    read_document(path)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("title: Line #2 of 3", ["1:13"]),
        ("title: Line # 2 of 3", ["1:13"]),
        ("a: [{says: Give dose #B\n  }]", ["1:22"]),
        ("says: one\n  two #3", ["2:7"]),
        # comments, and what stands in quotes, in a block or elsewhere, are as they should be
        ("title: Line  # 2 in all", []),
        ("title: Line # second", []),
        ("title: 'Line #2'", []),
        ("says: >-\n  Line #2", []),
        ("title: Line#2", []),
        ("every: 2 weeks #b", []),
    ],
)
def test_text_that_a_hash_cuts_short_is_told(text: str, at: list[str]) -> None:
    assert [found.split(" ")[0] for found in told(text)] == at


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("a: {title: Line #2, b: c}\nd: e", "1:17"),
        ("says: one\n  two #3\n  four\nb: c", "2:7"),
    ],
)
def test_where_the_file_breaks_at_a_hash_that_is_what_is_told(text: str, at: str) -> None:
    [problem] = [found for found in told(text) if "comment" in found]
    assert problem.startswith(f"{at} ")
    assert len(told(text)) == 1


def test_a_hash_in_quotes_or_a_comment_is_not_to_blame_for_a_broken_line() -> None:
    assert "bracket" in told("a: {title: 'Line #2', b: c\n")[0]
    assert "bracket" in told("a: {title: Line  # second\n")[0]
