"""The answers of a position, one by one: when two versions of each differ, how they read, and what sets them apart."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from .diff_facts import span_key
from .equivalence import Answers, Differ, Formulas, Nodes, conjunction
from .evaluate import Dose, PositionResult, RuleResult, weight_of
from .model import (
    Caution,
    Criterion,
    Dosing,
    Grade,
    GradeIs,
    Monitoring,
    Named,
    Position,
    Recommendation,
    Silence,
    lines_of,
)
from .quantity import UNITS
from .trace import Step, blockers, leaves, missing
from .truth import NO, UNKNOWN, YES, Truth
from .wording import ANSWERS, STRENGTHS, action_text, every_text, range_text

KINDS = {
    "grade": "grades",
    "criterion": "criteria",
    "rule": "recommendations",
    "dosing": "dosing",
    "monitoring": "monitoring",
    "caution": "cautions",
    "silent": "silent",
    "evidence": "evidence",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One answer of a position on both sides: its formulas, when these differ, and how the engine's answer reads."""

    part: tuple[str, str]
    what: str
    old: Nodes
    new: Nodes
    differ: Differ
    alike: bool
    goals: tuple[tuple[Differ, ...], ...]
    key: Callable[[PositionResult | None, int], Hashable]
    told: Callable[[PositionResult | None, int], str]
    step: Callable[[PositionResult | None], tuple[Step | None, ...]]
    missing: Callable[[PositionResult | None], list[str]]
    counts: Callable[[Hashable, Hashable], bool] = lambda old, new: old != new


def moves(index: int, given: Sequence[int] = (), *, same: bool = True) -> tuple[tuple[Differ, ...], ...]:
    """Return the goals for one answer, those between yes and no first, where the answers given are yes on both sides.

    Where what the two sides say is not the `same`, a yes that stays is a goal too.
    """

    def goal(before: Truth, after: Truth) -> Differ:
        return lambda old, new: (
            (old[index], new[index]) == (before, after) and all(old[i] == new[i] == YES for i in given)
        )

    definite = _DEFINITE if same else (*_DEFINITE, (YES, YES))
    return tuple(tuple(goal(*move) for move in moves) for moves in (definite, _TO_YES, _TO_NO))


_Moves = tuple[tuple[Truth, Truth], ...]
_DEFINITE: _Moves = ((NO, YES), (YES, NO))
_TO_YES: _Moves = ((YES, UNKNOWN), (UNKNOWN, YES))
_TO_NO: _Moves = ((NO, UNKNOWN), (UNKNOWN, NO))


def names(old: Formulas, new: Formulas, key: str) -> list[str]:
    """Return the ids of a kind of part on both sides, once each."""
    return list(dict.fromkeys([*getattr(old.position, key), *getattr(new.position, key)]))


# --- the answers of each kind of part ---


def _needs(names: Iterable[str]) -> str:
    listed = list(names)
    return (
        f"not known (needs {', '.join(listed[:3])}{' ...' if len(listed) > 3 else ''})" if listed else ANSWERS[UNKNOWN]
    )


def applies_item(old: Formulas, new: Formulas) -> Item:
    """Return whether the position applies, as an answer."""

    def missing_of(result: PositionResult | None) -> list[str]:
        return missing(result.applies_step) if result and result.applies_step else []

    return Item(
        ("position", new.position.id),
        "applies",
        (old.applies,),
        (new.applies,),
        lambda a, b: a != b,
        True,
        moves(0),
        lambda result, _: result and result.applies,
        lambda result, _: "" if result is None else ANSWERS[result.applies],
        lambda result: (result.applies_step,) if result else (),
        missing_of,
    )


def rule_items(name: str, old: Formulas, new: Formulas) -> Iterator[Item]:
    """Yield the answers of a rule: whether it holds, and where both sides have it, the emphasis and the dose."""
    rules = tuple(f.position.recommendations.get(name) for f in (old, new))
    nodes = [f.holds(name) if rule else NO for f, rule in zip((old, new), rules, strict=True)]
    said = [rule and (rule.action, rule.about, rule.strength) for rule in rules]
    same = not all(rules) or said[0] == said[1]

    def rule_of(result: PositionResult | None) -> RuleResult | None:
        return result.rules.get(name) if result else None

    def steps(result: PositionResult | None) -> tuple[Step | None, ...]:
        found = rule_of(result)
        return (result.applies_step, found.step) if result and found else ()

    def emphasis_steps(result: PositionResult | None) -> tuple[Step | None, ...]:
        found = rule_of(result)
        return (found.emphasis_step,) if found else ()

    def missing_of(result: PositionResult | None) -> list[str]:
        found = rule_of(result)
        return found.missing if found else []

    def key(result: PositionResult | None, side: int) -> Hashable:
        found = rule_of(result)
        return (NO, None) if found is None or found.holds == NO else (found.holds, said[side])

    def told(result: PositionResult | None, side: int) -> str:
        found = rule_of(result)
        return "no such rule" if found is None else _rule_text(found)

    yield Item(
        ("rule", name),
        "holds",
        (nodes[0],),
        (nodes[1],),
        lambda a, b: a != b or (not same and a[0] != NO),
        same,
        moves(0, same=same),
        key,
        told,
        steps,
        missing_of,
    )
    if all(rules):
        yield from _emphasis_and_dose(name, old, new, (nodes[0], nodes[1]), rule_of, emphasis_steps, missing_of)


def _rule_text(found: RuleResult) -> str:
    if found.holds == NO:
        return ANSWERS[NO]
    strength = STRENGTHS.get(found.rule.strength, found.rule.strength)
    doing = f"{action_text(found.rule.action, found.rule.about)}, {strength}"
    return f"yes: {doing}" if found.holds == YES else f"{_needs(found.missing_holds)}: {doing}"


def _emphasis_and_dose(
    name: str,
    old: Formulas,
    new: Formulas,
    holds: Nodes,
    rule_of: Callable[[PositionResult | None], RuleResult | None],
    steps: Callable[[PositionResult | None], tuple[Step | None, ...]],
    missing_of: Callable[[PositionResult | None], list[str]],
) -> Iterator[Item]:
    """Yield the emphasis and the dose of a rule, compared where the rule holds on both sides or on neither."""

    def counts(a: Hashable, b: Hashable) -> bool:
        return isinstance(a, tuple) and isinstance(b, tuple) and a[0] == b[0] and a != b

    rules = [f.position.recommendations[name] for f in (old, new)]
    emphasis = [f.emphasis(rule) for f, rule in zip((old, new), rules, strict=True)]
    part = ("rule", name)

    def emphasis_of(result: PositionResult | None, _: int) -> Hashable:
        found = rule_of(result)
        return (found.holds, found.emphasis) if found else None

    def emphasis_told(result: PositionResult | None, _: int) -> str:
        found = rule_of(result)
        return ANSWERS[found.emphasis] if found else ""

    yield Item(
        part,
        "emphasis",
        (holds[0], emphasis[0]),
        (holds[1], emphasis[1]),
        lambda a, b: a[0] == b[0] and a[1] != b[1],
        True,
        moves(1, (0,)),
        emphasis_of,
        emphasis_told,
        steps,
        missing_of,
        counts,
    )
    yield _dose_item(part, old, new, holds, rule_of, steps, missing_of, counts)


def _dose_item(
    part: tuple[str, str],
    old: Formulas,
    new: Formulas,
    holds: Nodes,
    rule_of: Callable[[PositionResult | None], RuleResult | None],
    steps: Callable[[PositionResult | None], tuple[Step | None, ...]],
    missing_of: Callable[[PositionResult | None], list[str]],
    counts: Callable[[Hashable, Hashable], bool],
) -> Item:
    both = [f.dose(f.position.recommendations[part[1]]) for f in (old, new)]
    stated = [_stated(f, f.position.dosing.get(f.position.recommendations[part[1]].dose or "")) for f in (old, new)]
    same = stated[0] == stated[1]

    def differs(a: Answers, b: Answers) -> bool:
        if a[0] != b[0]:
            return False
        given = (a[1] == YES, b[1] == YES)
        return given[0] != given[1] or (given[0] and (not same or (a[2] == YES) != (b[2] == YES)))

    def key(result: PositionResult | None, side: int) -> Hashable:
        found = rule_of(result)
        dose = found.dose if found else None
        return (found and found.holds, dose and (stated[side], _amount(dose)))

    def told(result: PositionResult | None, side: int) -> str:
        found = rule_of(result)
        return "none" if found is None or found.dose is None else _dose_text(found.dose)

    return Item(
        part,
        "dose",
        (holds[0], *both[0]),
        (holds[1], *both[1]),
        differs,
        same,
        moves(1, (0,), same=same),
        key,
        told,
        steps,
        missing_of,
        counts,
    )


def _amount(dose: Dose) -> Hashable:
    if dose.amount is None or dose.unit is None:
        return None
    unit = UNITS.get(dose.unit)
    return dose.amount.scaled(unit.factor) if unit else (dose.amount, dose.unit)


def _dose_text(dose: Dose) -> str:
    stated = dose.dosing
    amount = range_text(stated.give, stated.give_unit) if stated.give and stated.give_unit else "no amount stated"
    by = f" of {stated.by.replace('_', ' ')}" if stated.by else ""
    counted = f" ({range_text(dose.amount, dose.unit)})" if stated.by and dose.amount and dose.unit else ""
    return f"{amount}{by}{counted}{f', {every_text(stated.every)}' if stated.every else ''}"


def _course(dosing: Dosing) -> Hashable:
    """Return what a dosing states besides its amount: how often, how long, how many, the limits, what else there is."""
    course = (span_key(dosing.every), span_key(dosing.over), span_key(dosing.length), dosing.times, dosing.then)
    limits = (dosing.at_most, dosing.at_most_unit, dosing.round_to, dosing.round_unit)
    return (course, limits, dosing.give_fact, dosing.alternatives)


def _stated(of: Formulas, dosing: Dosing | None) -> Hashable:
    """Return what a dosing states, in base units: the amount, the weight, the interval, the end."""
    if dosing is None:
        return None
    unit = UNITS.get(dosing.give_unit or "")
    give = dosing.give.scaled(unit.factor) if dosing.give and unit else dosing.give
    weight = weight_of(dosing)
    formula = of.facts[weight].formula if weight and weight in of.facts else None
    until = Formulas(of.position, of.facts, lambda _: "").of(dosing.until) if dosing.until else None
    return (give, unit and unit.dimension, dosing.by, formula and formula.text, _course(dosing), until)


def grade_item(name: str, old: Formulas, new: Formulas) -> Item:
    """Return the band of a grade, as an answer."""
    grades = [f.position.grades.get(name) for f in (old, new)]
    bands = list(dict.fromkeys(band for grade in grades if grade for band in grade.order))
    nodes = [_grade_nodes(f, name, bands) for f in (old, new)]

    def band_is(wanted: str | None) -> Answers:
        return (YES if wanted else NO, *(YES if band == wanted else NO for band in bands))

    moves = [(a, b) for a, b in product([None, *bands], repeat=2) if a != b]
    goals = tuple(lambda o, n, a=a, b=b: (o, n) == (band_is(a), band_is(b)) for a, b in moves)

    def key(result: PositionResult | None, _: int) -> Hashable:
        grade = result.grades.get(name) if result else None
        return (grade.value, grade.at_least, grade.at_most) if grade else ("not-applicable", None, None)

    def told(result: PositionResult | None, side: int) -> str:
        if grades[side] is None:
            return "no such grade"
        grade = result.grades.get(name) if result else None
        value, least, most = (grade.value, grade.at_least, grade.at_most) if grade else ("not-applicable", None, None)
        bounds = f" (at least {least}, at most {most})" if least != most else f" ({least}, where it applies)"
        return value if value != UNKNOWN else f"not known{bounds}"

    return Item(
        ("grade", name),
        "grade",
        nodes[0],
        nodes[1],
        lambda a, b: a != b,
        True,
        (goals, (lambda o, n: YES in o[1:] and o != n, lambda o, n: YES in n[1:] and o != n)),
        key,
        told,
        lambda result: (result.grades[name].step,) if result and name in result.grades else (),
        lambda result: list(result.grades[name].missing) if result and name in result.grades else [],
    )


def _grade_nodes(of: Formulas, name: str, bands: Sequence[str]) -> Nodes:
    grade = of.position.grades.get(name)
    if grade is None:
        return (NO,) * (len(bands) + 1)
    own = dict(zip(grade.order, of.bands(name), strict=True))
    return (of.of(grade.when), *(own.get(band, NO) for band in bands))


def plain_item(kind: str, name: str, old: Formulas, new: Formulas) -> Item:
    """Return the one answer of a caution, of monitoring or of a silence: whether it concerns the patient, and its say."""
    key_, field = {
        "caution": ("cautions", "caution"),
        "monitoring": ("monitoring", "monitoring"),
        "silent": ("silent", "silence"),
    }[kind]
    parts = [getattr(f.position, key_).get(name) for f in (old, new)]
    said = [_asks(part) for part in parts]
    same = not all(parts) or said[0] == said[1]
    nodes = [
        (conjunction([f.applies, f.of(part.when)]), _measured(f, part)) if part else (NO, NO)
        for f, part in zip((old, new), parts, strict=True)
    ]

    def of(result: PositionResult | None) -> Any:
        listed = getattr(result, key_) if result else []
        return next((found for found in listed if getattr(found, field).id == name), None)

    def key(result: PositionResult | None, side: int) -> Hashable:
        found = of(result)
        if found is None or found.holds == NO:
            return (NO, None, None)
        return (found.holds, said[side], found.last if kind == "monitoring" else None)

    return Item(
        (kind, name),
        "concerns",
        nodes[0],
        nodes[1],
        lambda a, b: a[0] != b[0] or (a[0] != NO and (not same or (a[0] == YES and a[1] != b[1]))),
        same,
        moves(0, same=same),
        key,
        lambda result, side: _concern(of(result), parts[side], kind),
        lambda result: (result.applies_step, of(result).step) if result and of(result) else (),
        lambda result: [*of(result).missing, *_measures(parts)] if of(result) else [],
    )


def _measures(parts: Iterable[Any]) -> list[str]:
    return [part.measure for part in parts if getattr(part, "measure", None)]


def _concern(found: Any, part: Any, kind: str) -> str:
    if found is None or part is None:
        return f"no such {kind}"
    if found.holds != YES:
        return ANSWERS[NO] if found.holds == NO else _needs(found.missing)
    if kind == "caution":
        return f"yes: {part.severity}"
    if kind == "silent":
        return "yes: nothing is said"
    last = f"last measured {found.last}" if found.last else "no result that counts"
    return f"yes: measure {part.measure}{f' {every_text(part.every)}' if part.every else ''}, {last}"


def _asks(part: Any) -> Hashable:
    if part is None:
        return None
    if isinstance(part, Silence):
        return (part.about,)
    if hasattr(part, "severity"):
        return (part.severity,)
    return (part.measure, span_key(part.every), part.start, span_key(part.length))


def _measured(of: Formulas, part: Any) -> Any:
    """Return an atom for what was measured before, which the dates that are due rest on."""
    asked = ((getattr(part, "measure", None), "recorded"), (getattr(part, "start", None), "known"))
    return conjunction(of.presence(name, what) for name, what in asked if name)


# --- the answers of one engine, for records that are met one by one ---

Steps = tuple[Step | None, ...]
Told = tuple[
    Hashable, str, Steps
]  # what is compared (None for an answer of no), in words, and the steps that led there


def answers_of(result: PositionResult) -> dict[tuple[str, str, str], Told]:
    """Return every answer of a position for one record, by kind of part, its id, and what is answered."""
    found: dict[tuple[str, str, str], Told] = {
        ("position", result.position.id, "applies"): (
            _unless_no(result.applies),
            ANSWERS[result.applies],
            (result.applies_step,),
        )
    }
    for name, grade in result.grades.items():
        key = None if grade.value == "not-applicable" else (grade.value, grade.at_least, grade.at_most)
        found["grade", name, "grade"] = (key, grade.value.replace(UNKNOWN, ANSWERS[UNKNOWN]), (grade.step,))
    for name, rule in result.rules.items():
        said = (rule.holds, rule.rule.action, rule.rule.about, rule.rule.strength)
        steps = (result.applies_step, rule.step)
        found["rule", name, "holds"] = (None if rule.holds == NO else said, _rule_text(rule), steps)
        found["rule", name, "emphasis"] = (_unless_no(rule.emphasis), ANSWERS[rule.emphasis], (rule.emphasis_step,))
        found["rule", name, "dose"] = (
            rule.dose and _dose_key(rule.dose),
            "none" if rule.dose is None else _dose_text(rule.dose),
            steps,
        )
    for caution in result.cautions:
        key_ = None if caution.holds == NO else (caution.holds, caution.caution.severity)
        found["caution", caution.caution.id, "concerns"] = (
            key_,
            _concern(caution, caution.caution, "caution"),
            (result.applies_step, caution.step),
        )
    for each in result.monitoring:
        asked = None if each.holds == NO else (each.holds, _asks(each.monitoring), each.last)
        found["monitoring", each.monitoring.id, "concerns"] = (
            asked,
            _concern(each, each.monitoring, "monitoring"),
            (result.applies_step, each.step),
        )
    for silence in result.silent:
        found["silent", silence.silence.id, "concerns"] = (
            None if silence.holds == NO else (silence.holds, silence.silence.about),
            _concern(silence, silence.silence, "silent"),
            (result.applies_step, silence.step),
        )
    return found


def _unless_no(answer: Truth) -> Truth | None:
    return None if answer == NO else answer


def _dose_key(dose: Dose) -> Hashable:
    stated = dose.dosing
    unit = UNITS.get(stated.give_unit or "")
    return (stated.give and unit and stated.give.scaled(unit.factor), stated.by, _course(stated), _amount(dose))


# --- what sets two answers apart ---


def named_in(condition: Any) -> set[str]:
    """Return the criteria and grades that a condition names."""
    return {
        line.criterion if isinstance(line, Named) else line.grade
        for line in lines_of(condition)
        if isinstance(line, Named | GradeIs)
    }


def own_lines(result: PositionResult | None, kind: str, name: str) -> frozenset[str]:
    """Return the text of every line of a part, those of the criteria, grades and rules that it names included."""
    if result is None:
        return frozenset()
    position, found, seen = result.position, set[str](), set[Any]()
    part = getattr(position, KINDS[kind]).get(name) if kind in KINDS else None
    waiting = [position.applies_when, part]
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Grade):
            waiting += [node.when, *(band.when for band in node.bands)]
        elif isinstance(node, Criterion | Recommendation | Caution | Monitoring | Silence):
            waiting += [node.when, getattr(node, "especially_when", None)]
            waiting += [position.recommendations[other] for other in getattr(node, "unless", ())]
        elif not isinstance(node, Position):
            for line in lines_of(node):
                found.add(line.text)
                waiting.append(position.criteria[line.criterion] if isinstance(line, Named) else None)
                waiting.append(position.grades[line.grade] if isinstance(line, GradeIs) else None)
    return frozenset(found)


def separating_lines(
    old: Sequence[Step | None],
    new: Sequence[Step | None],
    old_lines: frozenset[str] = frozenset(),
    new_lines: frozenset[str] = frozenset(),
) -> tuple[str, ...]:
    """Return the lines that set two answers apart, best those that stand on one side only and keep it from holding."""
    sides = [[step for step in steps if step is not None] for steps in (old, new)]
    told = [{(_text(leaf), leaf.answer) for step in steps for leaf in leaves(step)} for steps in sides]
    everywhere = (old_lines, new_lines)
    open_: list[tuple[int, str]] = []
    for here, other in ((0, 1), (1, 0)):
        held = {_text(leaf) for step in sides[here] if step.answer != YES for leaf in blockers(step)}
        for step in sides[here]:
            for leaf in leaves(step):
                text = _text(leaf)
                if (text, leaf.answer) not in told[other]:
                    open_.append((2 * (text in everywhere[other]) + (text not in held), text))
    best = min((rank for rank, _ in open_), default=0)
    return tuple(dict.fromkeys(text for rank, text in open_ if rank == best))


def _text(step: Step) -> str:
    return str(getattr(step.node, "text", ""))
