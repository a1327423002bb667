"""Whether positions agree, and the condition that separates those that do not.

Per `about`, over the positions that apply or may apply and have a rule for or against it. A position's
answer is whether any of its rules *for* it holds. A definite yes against a definite no is a disagreement.

A position that declares under `silent:` that its source leaves this patient open, and none of whose rules on the matter
holds, says nothing: it takes no part. Where it is not known whether it is silent, or whether it applies, its answer is at
most unknown: it may take no part.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from .evaluate import Dose, PositionResult, RuleResult, SilenceResult
from .model import AgeComparison, Comparison, CountOf, Grade, GradeIs, IsOption, TimeSince, direction
from .quantity import UNITS
from .trace import Step, ways
from .truth import NO, UNKNOWN, YES, Truth, all_of, any_of, none_of


class Separation(NamedTuple):
    """A line that answers no in one position; were it otherwise, that position could answer as the other does.

    Lines of one `way` are needed together; a second way would do as well as the first.
    """

    holding: str
    failing: str
    step: Step
    rule: str  # of the failing position, that would hold
    way: int  # from 1


class Agreement(NamedTuple):
    """How the positions stand to each other on one thing that rules are about."""

    about: str
    result: str  # agree, disagree, undecided, single, none
    differs: tuple[str, ...]
    separated_by: tuple[Separation, ...]
    answers: dict[str, Truth]
    silent: tuple[str, ...]  # positions that declare that they say nothing of this patient

    def ways_of(self, failing: str) -> list[list[Step]]:
        """Return the ways in which a position that answers no could answer yes, each with its lines."""
        found: dict[int, dict[int, Step]] = {}
        for each in self.separated_by:
            if each.failing == failing:
                found.setdefault(each.way, {})[id(each.step)] = each.step
        return [list(lines.values()) for lines in found.values()]


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
        nearest = nearest_ways(result, about)
        for holding in (name for name, answer in answers.items() if answer == YES):
            found += [
                Separation(holding, failing, step, rule, number)
                for number, (rule, way) in enumerate(nearest, 1)
                for step in way
            ]
    return tuple(found)


def nearest_ways(result: PositionResult, about: str) -> list[tuple[str, list[Step]]]:
    """Return the least that would have to be otherwise for a position to answer yes, over all of its rules for it.

    Each way is a rule and the lines that it lacks: the fewest there are. What is not known sets nobody apart and is left
    out. A way is left out where another asks for no more: 4 weeks ago or less where 2 weeks would do too.
    """
    found: list[tuple[str, list[Step]]] = []
    for rule in _rules(result, about, "for"):
        for way in ways(rule.step):
            lines = [line for line in _once(way) if line.answer != UNKNOWN]
            if lines and not any(_asks_no_more(other, lines) for _, other in found):
                found = [(name, other) for name, other in found if not _asks_no_more(lines, other)]
                found.append((rule.rule.id, lines))
    fewest = min((len(lines) for _, lines in found), default=0)
    return [(name, lines) for name, lines in found if len(lines) == fewest]


def _asks_no_more(one: list[Step], other: list[Step]) -> bool:
    """Return whether whatever brings about all lines of the other brings about all of this one."""
    return all(any(_follows(line, from_) for from_ in other) for line in one)


_ORDERED: dict[str, tuple[int, bool]] = {"<": (1, False), "<=": (1, True), ">": (-1, False), ">=": (-1, True)}
_ABOUT_DAYS = {"a": Decimal("365.25"), "mo": Decimal("30.4375"), "wk": Decimal(7), "d": Decimal(1)}


def _follows(line: Step, from_: Step) -> bool:
    """Return whether a line is as wanted whenever another is: what answers yes now stands under a `none`."""
    a, b = line.node, from_.node
    if line.answer != from_.answer or type(a) is not type(b):
        return False
    if line.answer == YES:
        line, from_, a, b = from_, line, b, a  # of two that must not hold, the narrower follows from the wider
    if getattr(a, "text", a) == getattr(b, "text", b):
        return True
    if isinstance(a, GradeIs) and isinstance(b, GradeIs):
        grade = line.parts[0].node
        assert isinstance(grade, Grade)
        alike = a.grade == b.grade and a.or_worse and b.or_worse
        return alike and grade.order.index(a.band) >= grade.order.index(b.band)
    if isinstance(a, IsOption) and isinstance(b, IsOption):
        return a.fact == b.fact and b.options <= a.options
    first, second = _bound(a), _bound(b)
    if first is None or second is None or first[0] != second[0]:
        return False
    (_, way, end, closed), (_, other_way, other, other_closed) = first, second
    if way != other_way:  # 90 days ago or less, and 30 days ago or more: both are no only of what is still to come
        return isinstance(a, TimeSince) and line.answer == NO and way == 1 and other <= end
    return end * way > other * way or (end == other and (closed or not other_closed))


def _bound(node: object) -> tuple[object, int, Decimal, bool] | None:
    """Return what a line bounds, whether from above (1) or below (-1), by what, and whether the bound is included."""
    if not isinstance(node, Comparison | AgeComparison | TimeSince | CountOf) or node.operator not in _ORDERED:
        return None
    way, closed = _ORDERED[node.operator]
    if isinstance(node, Comparison):
        end = node.threshold.exact
        return None if end is None else (node.fact, way, end, closed)
    if isinstance(node, CountOf):
        return (node.fact, tuple(sorted(node.where.items())), node.within), way, Decimal(node.number), closed
    return (node.fact, type(node)), way, Decimal(node.number) * _ABOUT_DAYS[node.unit], closed


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
