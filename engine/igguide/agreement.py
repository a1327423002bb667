"""Whether positions agree, and the condition that separates those that do not.

Per `about`, over the positions that apply or may apply and have a rule for or against it. A position's
answer is whether any of its rules *for* it holds. A definite yes against a definite no is a disagreement.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .evaluate import Dose, PositionResult, RuleResult
from .model import direction
from .quantity import UNITS
from .trace import Step, blockers
from .truth import NO, UNKNOWN, YES, Truth, any_of


class Separation(NamedTuple):
    """A line that answers no in one position; were it otherwise, that position would answer as the other does."""

    holding: str
    failing: str
    step: Step


class Agreement(NamedTuple):
    """How the positions stand to each other on one thing that rules are about."""

    about: str
    result: str  # agree, disagree, undecided, single, none
    differs: tuple[str, ...]
    separated_by: tuple[Separation, ...]
    answers: dict[str, Truth]


def agreements(results: Sequence[PositionResult]) -> list[Agreement]:
    """Return the agreement on each `about` that the positions of a topic have rules for or against."""
    abouts = dict.fromkeys(
        rule.about
        for result in results
        for rule in result.position.recommendations.values()
        if direction(rule.action) != "neither"
    )
    return [_agreement(about, results) for about in abouts]


def _agreement(about: str, results: Sequence[PositionResult]) -> Agreement:
    speaking = {
        result.position.id: result
        for result in results
        if result.applies != NO and _rules(result, about, "for", "against")
    }
    answers = {name: any_of(rule.holds for rule in _rules(result, about, "for")) for name, result in speaking.items()}
    result = _result(list(answers.values()))
    separated = _separations(about, speaking, answers) if result == "disagree" else ()
    differs = _differences(about, list(speaking.values())) if result == "agree" else ()
    return Agreement(about, result, differs, separated, answers)


def _rules(result: PositionResult, about: str, *directions: str) -> list[RuleResult]:
    return [
        rule for rule in result.rules.values() if rule.rule.about == about and direction(rule.rule.action) in directions
    ]


def _result(answers: list[Truth]) -> str:
    if len(answers) < 2:
        return "single" if answers else "none"
    if YES in answers and NO in answers:
        return "disagree"
    return "undecided" if UNKNOWN in answers else "agree"


def _separations(about: str, speaking: dict[str, PositionResult], answers: dict[str, Truth]) -> tuple[Separation, ...]:
    found = []
    for failing, result in speaking.items():
        if answers[failing] != NO:
            continue
        for holding in (name for name, answer in answers.items() if answer == YES):
            found += [Separation(holding, failing, step) for step in _nearest(result, about)]
    return tuple(found)


def _nearest(result: PositionResult, about: str) -> list[Step]:
    """Return the lines that keep the position's nearest rule from holding: the rule that lacks the fewest."""
    candidates = [blockers(rule.step) for rule in _rules(result, about, "for")]
    nearest = min((lines for lines in candidates if lines), key=_distance, default=[])
    return [line for line in nearest if line.answer != UNKNOWN]


def _distance(lines: list[Step]) -> tuple[int, int]:
    """Return how many lines answer otherwise, and how many may: what is not known sets nobody apart."""
    return (sum(line.answer != UNKNOWN for line in lines), len(lines))


def _differences(about: str, results: Sequence[PositionResult]) -> tuple[str, ...]:
    """Return in what the rules that hold differ, though they point the same way: the action, the dose."""
    holding = [[rule for rule in _rules(result, about, "for") if rule.holds == YES] for result in results]
    actions = {frozenset(rule.rule.action for rule in rules) for rules in holding if rules}
    doses = {frozenset(_stated(rule.dose) for rule in rules if rule.dose) for rules in holding}
    return tuple(
        name for name, values in (("action", actions), ("dose", {dose for dose in doses if dose})) if len(values) > 1
    )


def _stated(dose: Dose) -> tuple[object, ...]:
    give, unit = dose.dosing.give, UNITS.get(dose.dosing.give_unit or "")
    stated = give.scaled(unit.factor) if give and unit else give
    d = dose.dosing
    return (
        stated,
        unit and unit.dimension,
        d.by,
        d.every,
        d.over,
        d.length,
        d.times,
        d.at_most,
        d.round_to,
        d.give_fact,
    )


def separating_line(separation: Separation) -> str | None:
    """Return the line of the separation as in the file, or None where a whole grade separates.

    A line that separates by answering yes stands under a `none`, and is given so: `none: current_infection`.
    """
    text = getattr(separation.step.node, "text", None)
    if not isinstance(text, str):
        return None
    return f"none: {text}" if separation.step.answer == YES else text
