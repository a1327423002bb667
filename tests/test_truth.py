"""Kleene's tables, every pair of them, written out."""

from __future__ import annotations

from itertools import product

import pytest

from igguide.truth import NEGATED, Truth, all_of, any_of, at_least, either_way, none_of

VALUES: tuple[Truth, ...] = ("yes", "no", "unknown")
PAIRS = [
    #  a          b          all        any        none
    ("yes", "yes", "yes", "yes", "no"),
    ("yes", "no", "no", "yes", "no"),
    ("yes", "unknown", "unknown", "yes", "no"),
    ("no", "yes", "no", "yes", "no"),
    ("no", "no", "no", "no", "yes"),
    ("no", "unknown", "no", "unknown", "unknown"),
    ("unknown", "yes", "unknown", "yes", "no"),
    ("unknown", "no", "no", "unknown", "unknown"),
    ("unknown", "unknown", "unknown", "unknown", "unknown"),
]


@pytest.mark.parametrize(("a", "b", "every", "some", "none"), PAIRS, ids=lambda value: value)
def test_pair(a: Truth, b: Truth, every: Truth, some: Truth, none: Truth) -> None:
    assert (all_of([a, b]), any_of([a, b]), none_of([a, b])) == (every, some, none)


def test_every_pair_is_written_out() -> None:
    assert {(a, b) for a, b, *_ in PAIRS} == set(product(VALUES, VALUES))


def test_nothing_to_ask_is_yes_for_all_and_no_for_any() -> None:
    assert (all_of([]), any_of([]), none_of([]), at_least(0, [])) == ("yes", "no", "yes", "yes")


def test_negation() -> None:
    assert NEGATED == {"yes": "no", "no": "yes", "unknown": "unknown"}


def _worlds(answers: tuple[Truth, ...]) -> list[tuple[Truth, ...]]:
    return list(product(*(("yes", "no") if answer == "unknown" else (answer,) for answer in answers)))


@pytest.mark.parametrize("answers", list(product(VALUES, repeat=3)), ids="-".join)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_at_least_is_what_all_ways_of_filling_in_share(count: int, answers: tuple[Truth, ...]) -> None:
    ways = {"yes" if world.count("yes") >= count else "no" for world in _worlds(answers)}
    assert at_least(count, answers) == (ways.pop() if len(ways) == 1 else "unknown")


@pytest.mark.parametrize("answers", list(product(VALUES, repeat=3)), ids="-".join)
def test_all_any_none_are_what_all_ways_of_filling_in_share(answers: tuple[Truth, ...]) -> None:
    for joined in (all_of, any_of, none_of):
        ways = {joined(world) for world in _worlds(answers)}
        assert joined(answers) == (ways.pop() if len(ways) == 1 else "unknown")


def test_either_way() -> None:
    assert either_way(["yes", "yes"]) == "yes"
    assert either_way(["yes", "no"]) == "unknown"
    assert either_way(["unknown", "unknown"]) == "unknown"
