"""The interpreter against the cases in plain JSON that every back end is held to."""

from __future__ import annotations

import json
from typing import Any

import make_conformance
import pytest

import igguide

HAND = json.loads((make_conformance.FOLDER / "hand-chosen.json").read_text(encoding="utf-8"))
KEYS = {"applies", "holds", "emphasis", "missing", "grades", "dose", "cautions", "monitoring", "problems"}


@pytest.mark.parametrize("case", HAND, ids=lambda case: case["title"])
def test_hand_chosen(case: dict[str, Any]) -> None:
    found = make_conformance.answer(igguide.load(), case["topic"], case["position"], case["record"], case["as_of"])
    assert case["expect"].keys() <= KEYS
    for key, expected in case["expect"].items():
        if isinstance(expected, dict):
            assert {name: found[key].get(name) for name in expected} == expected, key
        else:
            assert found[key] == expected, key


def test_titles_are_given_once() -> None:
    titles = [case["title"] for case in HAND]
    assert len(titles) == len(set(titles))


def test_the_generated_part_is_current() -> None:
    """Where an answer changed on purpose, `python tests/make_conformance.py` writes it anew, and git diff shows which."""
    made = json.loads(make_conformance.text())
    stored = json.loads(make_conformance.GENERATED.read_text(encoding="utf-8"))
    changed = [case["title"] for case in made if case not in stored] + [
        case["title"] for case in stored if case not in made
    ]
    assert not changed, changed[:10]
