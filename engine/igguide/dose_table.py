"""The doses of a position in grams for some body weights, worked out by the function that works them out for a patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .evaluate import Dose, dose_at, facts_read, weight_of
from .model import Dosing, Fact, Position
from .quantity import BODY
from .situations import Partial, asker, findings_of
from .truth import NO

WEIGHTS = (5, 10, 20, 40, 60, 80, 100, 120)  # in kg
_LIGHTEST_ADULT, _HEAVIEST_CHILD = 40, 60  # columns that stand for nobody are left out


@dataclass(frozen=True, slots=True)
class DoseTable:
    """For each dosing that goes by actual weight, the dose at each weight; None where nobody of that age weighs it.

    A dosing of which only the most is stated has its limit there. What follows a dosing stands after it, and is in `then`.
    """

    weights: tuple[int, ...]
    rows: tuple[tuple[Dosing, tuple[Dose | None, ...]], ...]
    then: frozenset[str]


def dose_table(position: Position, facts: Mapping[str, Fact]) -> DoseTable | None:
    """Return the table of a position, or None where no dose goes by actual weight."""
    counted = [dosing for dosing in _in_order(position) if _by_actual_weight(dosing)]
    wanted = {dosing.id: _weights(position, dosing, facts) for dosing in counted}
    weights = tuple(each for each in WEIGHTS if any(each in some for some in wanted.values()))
    if not weights:
        return None
    rows = tuple(
        (dosing, tuple(_at(dosing, each, facts) if each in wanted[dosing.id] else None for each in weights))
        for dosing in counted
    )
    return DoseTable(weights, rows, frozenset(dosing.then for dosing in counted if dosing.then))


def _in_order(position: Position) -> list[Dosing]:
    """Return the dosings as the file has them, but each behind the one that it follows: the start, then the highest rate."""
    following = {dosing.then for dosing in position.dosing.values()}
    starts = [name for name in position.dosing if name not in following]
    order: dict[str, Dosing] = {}
    for start in [*starts, *position.dosing]:
        name: str | None = start
        while name and name not in order:
            order[name] = position.dosing[name]
            name = order[name].then
    return list(order.values())


def _by_actual_weight(dosing: Dosing) -> bool:
    stated = dosing.give_unit if dosing.give is not None else dosing.at_most_unit if dosing.give_fact is None else None
    return weight_of(dosing) == "weight" and stated in BODY


def _weights(position: Position, dosing: Dosing, facts: Mapping[str, Fact]) -> list[int]:
    """Return the weights of those whom a dosing is for: of children, of adults, or of both."""
    child, adult = (_for_age(position, dosing, age, facts) for age in ("6 years", "50 years"))
    return [each for each in WEIGHTS if (child and each <= _HEAVIEST_CHILD) or (adult and each >= _LIGHTEST_ADULT)]


def _for_age(position: Position, dosing: Dosing, age: str, facts: Mapping[str, Fact]) -> bool:
    asked = "age" in facts_read(position, facts)
    seen = Partial(position, asker(findings_of({"age": age} if asked else {}, facts)))
    leading = _leading_to(position, dosing)
    rules = [rule for rule in position.recommendations.values() if rule.dose in leading]
    possible = not rules or any(seen.rule(rule) != NO for rule in rules)
    return possible and NO not in (seen.answer(position.applies_when), seen.answer(dosing.when))


def _leading_to(position: Position, dosing: Dosing) -> set[str]:
    """Return the names of a dosing and of those that it follows, or that name it among others: whom they are for, it is."""
    found: set[str] = set()
    waiting = [dosing.id]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [each.id for each in position.dosing.values() if name in (each.then, *each.alternatives)]
    return found


def _at(dosing: Dosing, weight: int, facts: Mapping[str, Fact]) -> Dose:
    return dose_at(dosing, findings_of({"weight": f"{weight} kg"}, facts))
