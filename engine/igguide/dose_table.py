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
    """For each dosing that goes by actual weight, the dose at each weight; None where nobody of that age weighs it."""

    weights: tuple[int, ...]
    rows: tuple[tuple[Dosing, tuple[Dose | None, ...]], ...]


def dose_table(position: Position, facts: Mapping[str, Fact]) -> DoseTable | None:
    """Return the table of a position, or None where no dose goes by actual weight."""
    counted = [dosing for dosing in position.dosing.values() if _by_actual_weight(dosing)]
    wanted = {dosing.id: _weights(position, dosing, facts) for dosing in counted}
    weights = tuple(each for each in WEIGHTS if any(each in some for some in wanted.values()))
    if not weights:
        return None
    rows = tuple(
        (dosing, tuple(_at(dosing, each, facts) if each in wanted[dosing.id] else None for each in weights))
        for dosing in counted
    )
    return DoseTable(weights, rows)


def _by_actual_weight(dosing: Dosing) -> bool:
    return weight_of(dosing) == "weight" and dosing.give_unit in BODY and dosing.give is not None


def _weights(position: Position, dosing: Dosing, facts: Mapping[str, Fact]) -> list[int]:
    """Return the weights of those whom a dosing is for: of children, of adults, or of both."""
    child, adult = (_for_age(position, dosing, age, facts) for age in ("6 years", "50 years"))
    return [each for each in WEIGHTS if (child and each <= _HEAVIEST_CHILD) or (adult and each >= _LIGHTEST_ADULT)]


def _for_age(position: Position, dosing: Dosing, age: str, facts: Mapping[str, Fact]) -> bool:
    asked = "age" in facts_read(position, facts)
    seen = Partial(position, asker(findings_of({"age": age} if asked else {}, facts)))
    rules = [rule for rule in position.recommendations.values() if rule.dose == dosing.id]
    possible = not rules or any(seen.rule(rule) != NO for rule in rules)
    return possible and NO not in (seen.answer(position.applies_when), seen.answer(dosing.when))


def _at(dosing: Dosing, weight: int, facts: Mapping[str, Fact]) -> Dose:
    return dose_at(dosing, findings_of({"weight": f"{weight} kg"}, facts))
