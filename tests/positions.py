"""Positions for tests, from YAML text to the compiled position, each step as `check` takes it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from igguide.errors import Problem
from igguide.evaluate import CompiledPosition, compile_position
from igguide.library import Library, load_folder
from igguide.model import Fact
from igguide.parse import parse_facts, parse_position
from igguide.validate import validate
from igguide.yaml_reader import read_document

ROOT = Path(__file__).resolve().parents[1]
HEAD = """position: test-2026
topic: test
title: A position for a test
version: 1.0.0
status: draft
valid: {from: 2026-01-02}
"""
TAIL = "history: [{version: 1.0.0, on: 2026-11-21, change: First.}]\n"


@cache
def bundled() -> Library:
    return load_folder(ROOT / "guidelines")


def facts_of(path: Path) -> dict[str, Fact]:
    document, problems = read_document(path, path.name)
    problems += validate(document, "facts")
    found = parse_facts(document, problems)
    assert problems == []
    return found


def compiled_file(path: Path, facts: Mapping[str, Fact]) -> CompiledPosition:
    document, problems = read_document(path, path.name)
    problems += validate(document, "position")
    position = parse_position(document, facts, problems)
    assert problems == []
    assert position is not None
    return compile_position(position, facts)


def compiled_text(text: str, folder: Path, facts: Mapping[str, Fact] | None = None) -> CompiledPosition:
    """Return the compiled position of a text that lacks its head and its history."""
    path = folder / "test-2026.yaml"
    path.write_text(HEAD + text + TAIL, encoding="utf-8")
    return compiled_file(path, bundled().facts if facts is None else facts)


def problems_of(text: str, folder: Path) -> list[Problem]:
    """Return what the schema and the reading of lines find wrong in such a text."""
    path = folder / "test-2026.yaml"
    path.write_text(HEAD + text + TAIL, encoding="utf-8")
    document, problems = read_document(path, path.name)
    problems += validate(document, "position")
    parse_position(document, bundled().facts, problems)
    return problems
