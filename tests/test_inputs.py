"""Reading records from text: JSON, JSON lines or YAML; a text gives records or one error in plain words, never more."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igguide.errors import RecordError
from igguide.inputs import Input, read_file, read_inputs


def contents(text: str, name: str = "record.json") -> list[object]:
    return [item.record.content if item.record else item.error for item in read_inputs(text, name)]


def refused(text: str, name: str = "record.json", form: str = "auto") -> str:
    with pytest.raises(RecordError) as raised:
        read_inputs(text, name, form)
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('{"igg": "400 mg/dL"}', "record.json"),
        ("igg: 400 mg/dL", "record.yaml"),
        ("igg: 400 mg/dL", "-"),
        ("{igg: 400 mg/dL}", "record.yml"),
        ('{"igg": "400 mg/dL"}', "record.yaml"),
        ('\n\n  {"igg":\n "400 mg/dL"}\n', "standard input"),
    ],
)
def test_one_record_in_each_form(text: str, name: str) -> None:
    assert contents(text, name) == [{"igg": "400 mg/dL"}]


def test_numbers_of_json_stay_exact() -> None:
    assert contents('{"ice_score": 0.10}') == [{"ice_score": Decimal("0.10")}]


def test_yaml_reads_no_as_text_and_dates_as_text() -> None:
    assert contents("a: no\nb: 2026-11-21\nc: 1.0", "r.yaml") == [{"a": "no", "b": "2026-11-21", "c": "1.0"}]


@pytest.mark.parametrize("name", ["cohort.ndjson", "cohort.jsonl", "standard input"])
def test_json_lines_give_a_record_each_and_a_bad_line_its_own_error(name: str) -> None:
    good, bad, last = read_inputs('{"igg": 1}\n\n{"igg": \n{"igg": 3}\n', name)
    assert (good.where, bad.where, last.where) == (f"{name}:1", f"{name}:3", f"{name}:4")
    assert bad.record is None
    assert (bad.error or "").startswith(f"{name}:3 is not valid JSON")


def test_a_line_that_is_no_record_has_its_own_error() -> None:
    assert contents('{"a": 1}\n[1]\n3\nnull', "x.ndjson")[1:] == [
        f"x.ndjson:{line} does not hold a record: a map from fact names to values, or a FHIR resource, is wanted."
        for line in (2, 3, 4)
    ]


def test_json_over_several_lines_is_one_record() -> None:
    assert len(read_inputs('{\n"a": 1,\n"b": 2\n}', "standard input")) == 1


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        ("", "r.json", "r.json is empty"),
        (" \n ", "r.ndjson", "r.ndjson is empty"),
        ('{"a": }', "r.json", "not valid JSON"),
        ('{"a": 1, "a": 2}', "r.json", "the key `a` stands twice"),
        ('{"a": NaN}', "r.json", "`NaN` is not a number"),
        ("[1, 2]", "r.json", "does not hold a record"),
        ("[" * 100_000, "r.json", "nested too deep"),
        ("1" * 10_000, "r.json", "does not hold a record"),
        ('{"a": ' + "1" * 10_000 + "}", "r.json", "cannot be used"),
        ("just words", "r.yaml", "does not hold a record"),
        ("a: 1\na: 2", "r.yaml", "r.yaml:2:1: The key `a` stands here for the second time"),
        ("a: &x 1", "r.yaml", "r.yaml:1:4: Anchors"),
        ("a: [1", "r.yaml", "r.yaml:1:4: A bracket is not closed"),
        ("- a", "r.yaml", "does not hold a record"),
        ("\x00", "r.json", "character"),
    ],
)
def test_a_text_that_is_no_record_is_refused_in_plain_words(text: str, name: str, says: str) -> None:
    assert says in refused(text, name)


@pytest.mark.parametrize(("form", "is_fhir"), [("auto", True), ("fhir", True), ("record", False)])
def test_fhir_is_recognised_or_stated(form: str, is_fhir: bool) -> None:
    [item] = read_inputs('{"resourceType": "Patient"}', "r.json", form, "Patient/1")
    assert item.record is not None
    assert (item.record.is_fhir, item.record.patient) == (is_fhir, "Patient/1" if is_fhir else None)


def test_files_that_cannot_be_read(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "picture.json").write_bytes(b"\x89PNG\xff\xfe")
    for name, says in (
        ("missing.json", "cannot be read: No such file"),
        ("", "cannot be read: Is a directory"),
        ("picture.json", "is not UTF-8 text"),
    ):
        with pytest.raises(RecordError, match=says):
            read_file(str(folder / name))


JSONISH = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
SIGNS = st.text(st.sampled_from(list('{}[]":,\n 1a-#&*!|>\t\u2028\x85')), max_size=40)


@given(
    st.one_of(
        st.text(max_size=40),
        SIGNS,
        JSONISH.map(json.dumps),
        st.lists(JSONISH.map(json.dumps), max_size=3).map("\n".join),
    ),
    st.sampled_from(["r.json", "r.yaml", "r.ndjson", "standard input"]),
)
def test_any_text_gives_records_or_one_error(text: str, name: str) -> None:
    told, found = "", []
    try:
        found = read_inputs(text, name)
    except RecordError as error:
        told = str(error)
    assert bool(told) != bool(found)
    assert all(isinstance(item, Input) and (item.record is None) == bool(item.error) for item in found)
