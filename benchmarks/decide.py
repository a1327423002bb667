"""How long one decision takes, beside a function written by hand for the same rules."""

from __future__ import annotations

from collections.abc import Callable
from timeit import repeat
from typing import Any

import by_hand

import igguide
from igguide.decision import decide
from igguide.evaluate import evaluate_position
from igguide.findings import Findings

TOPIC, POSITION = "car-t-igg-replacement", "wat-barmettler-2022"


def microseconds(run: Callable[[], Any], number: int = 300) -> float:
    """Return the best time of one run, in microseconds."""
    return min(repeat(run, number=number, repeat=9)) / number * 1e6


def main() -> None:
    """Print each step's time, and how many times it takes what the function by hand takes."""
    library = igguide.load()
    compiled, chart = library.compiled[f"{TOPIC}/{POSITION}"], library.read(by_hand.PLAIN)
    topic = library.topics[TOPIC]
    decision = library.evaluate(by_hand.PLAIN, as_of=by_hand.AS_OF, topics=[TOPIC])
    answers = {name: rule.holds == "yes" for name, rule in decision.topics[0].positions[-1].rules.items()}
    expected = by_hand.decide(by_hand.RECORD, by_hand.AS_OF)
    assert {name: answers[name] for name in expected} == expected, "the two must answer alike"
    hand = microseconds(lambda: by_hand.decide(by_hand.RECORD, by_hand.AS_OF), 20_000)
    steps: list[tuple[str, Callable[[], Any]]] = [
        ("read the record", lambda: library.read(by_hand.PLAIN)),
        (
            "one position, from a record read before",
            lambda: evaluate_position(compiled, Findings(chart, library.facts, by_hand.AS_OF)),
        ),
        (
            "one position with questions and agreement",
            lambda: decide(library.context, chart, by_hand.AS_OF, [(topic, [compiled])], True),
        ),
        (
            "the whole topic, from the plain record",
            lambda: library.evaluate(by_hand.PLAIN, as_of=by_hand.AS_OF, topics=[TOPIC]),
        ),
        ("the whole library, from the plain record", lambda: library.evaluate(by_hand.PLAIN, as_of=by_hand.AS_OF)),
        ("the topic's decision as plain data", decision.to_dict),
    ]
    print(f"{'four rules by hand':45} {hand:9.2f} us      1 x")
    for name, run in steps:
        took = microseconds(run)
        print(f"{name:45} {took:9.2f} us {took / hand:6.0f} x")


if __name__ == "__main__":
    main()
