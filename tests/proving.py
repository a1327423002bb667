"""A position and its examples from YAML text, as `igguide test` gets them, for the tests of what the examples prove."""

from __future__ import annotations

from pathlib import Path

from building import library

from igguide.checking import Report
from igguide.examples import parse_examples
from igguide.library import Checked, Parts
from igguide.yaml_reader import read_text

ADDRESS = "the-topic/pos-one"


def example(title: str, record: str, expect: str, *, as_of: str = "2026-06-15") -> str:
    """Return an example as it stands in a file; `record` and `expect` are flow maps."""
    return f"  - title: {title}\n    as_of: {as_of}\n    record: {record}\n    basis: source\n    expect: {expect}\n"


def checked(tmp_path: Path, position: str, *examples: str) -> Report:
    """Return the report on a guidelines folder of one position; without examples it has no file of them."""
    of = library(position)
    found = []
    if examples:
        document, problems = read_text("examples:\n" + "".join(examples), f"{ADDRESS}.examples.yaml")
        parts = Parts(positions={f"{ADDRESS}.yaml": of.compiled[ADDRESS].position})
        found = [parse_examples(document, parts, problems)]
        assert problems == []
    (tmp_path / "the-topic").mkdir(exist_ok=True)
    return Report(tmp_path, Checked(of, [], {}, [file for file in found if file]), None, {})
