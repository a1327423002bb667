"""Whether positions agree, and the condition that separates those that do not.

Per `about`, over the positions that apply or may apply and have a rule for or against it. A position's
answer is whether any of its rules *for* it holds. A definite yes against a definite no is a disagreement.

A position that declares under `silent:` that its source leaves this patient open, and none of whose rules on the matter
holds, says nothing: it takes no part. Where it is not known whether it is silent, or whether it applies, its answer is at
most unknown: it may take no part.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .evaluate import Dose, PositionResult, RuleResult, SilenceResult
from .model import direction
from .quantity import UNITS
from .trace import Step, blockers
from .truth import NO, UNKNOWN, YES, Truth, all_of, any_of, none_of


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
    silent: tuple[str, ...]  # positions that declare that they say nothing of this patient


def agreements(results: Sequence[PositionResult]) -> list[Agreement]:
    """Return the agreement on each `about` that the positions of a topic have rules for or against."""
    abouts = dict.fromkeys(about for result in results for about in matters(result))
    return [_agreement(about, results) for about in abouts]


def _agreement(about: str, results: Sequence[PositionResult]) -> Agreement:
    asked = [result for result in results if result.applies != NO and _rules(result, about, "for", "against")]
    silent = {result.position.id: says_nothing(result, about) for result in asked}
    speaking = {result.position.id: result for result in asked if silent[result.position.id] != YES}
    answers = {name: _answer(result, about, silent[name]) for name, result in speaking.items()}
    result = _result(list(answers.values()))
    separated = _separations(about, speaking, answers) if result == "disagree" else ()
    differs = _differences(about, list(speaking.values())) if result == "agree" else ()
    quiet = tuple(name for name, answer in silent.items() if answer == YES)
    return Agreement(about, result, differs, separated, answers, quiet)


def _answer(result: PositionResult, about: str, silent: Truth) -> Truth:
    answer = any_of(rule.holds for rule in _rules(result, about, "for"))
    return UNKNOWN if answer == NO and UNKNOWN in (result.applies, silent) else answer


def says_nothing(result: PositionResult, about: str) -> Truth:
    """Return whether a position declares itself silent on a matter for this patient, and none of its rules speaks."""
    declared = any_of(each.holds for each in silences(result, about))
    return all_of((declared, none_of(rule.holds for rule in _rules(result, about, "for", "against"))))


def silences(result: PositionResult, about: str) -> list[SilenceResult]:
    """Return what a position declares to be left open on a matter."""
    return [each for each in result.silent if each.silence.about in (None, about)]


def matters(result: PositionResult) -> list[str]:
    """Return what a position has rules for or against."""
    rules = result.position.recommendations.values()
    return list(dict.fromkeys(rule.about for rule in rules if direction(rule.action) != "neither"))


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
    return [line for line in _once(nearest) if line.answer != UNKNOWN]


def _distance(lines: list[Step]) -> tuple[int, int]:
    """Return how many lines answer otherwise, and how many may, each once: what is not known sets nobody apart."""
    each = _once(lines)
    return (sum(line.answer != UNKNOWN for line in each), len(each))


def _once(lines: list[Step]) -> list[Step]:
    """Return each line once, though several criteria of a rule may name it."""
    return list({getattr(line.node, "text", id(line.node)): line for line in lines}.values())


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
