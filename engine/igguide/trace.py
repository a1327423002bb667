"""The answer to a condition as steps in the shape of the rule, and what can be read off them.

Steps are made by evaluation itself, never afterwards; each keeps the part of the rule it answers and the
finding that answered it, so that what did not hold can be shown with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import NamedTuple

from .findings import Finding
from .model import AgeComparison, Condition, CountOf, Grade, GradeIs, Group, Named
from .truth import NEGATED, NO, UNKNOWN, YES, Truth


class Unless(NamedTuple):
    """The part of a rule that yields to other rules of its position."""

    rules: tuple[str, ...]


class Step(NamedTuple):
    """A part of a rule and its answer. Lines have findings, groups have parts; `counted` is for events."""

    node: Condition | Grade | Unless
    answer: Truth
    parts: tuple[Step, ...] = ()
    finding: Finding | None = None
    other: Finding | None = None
    counted: tuple[int, int | None] | None = None


def leaves(step: Step) -> Iterator[Step]:
    """Yield the lines of a step, those inside criteria and grades included."""
    if step.parts:
        for part in step.parts:
            yield from leaves(part)
    elif step.finding is not None:
        yield step


def missing(step: Step) -> list[str]:
    """Return the facts that could still change an unknown step, those that can settle it alone first."""
    if step.answer != UNKNOWN:
        return []
    alone = _settling(step, YES) | _settling(step, NO)
    facts = dict.fromkeys(_open_facts(step))
    return sorted(facts, key=lambda fact: fact not in alone)


def _open_facts(step: Step) -> Iterator[str]:
    if step.answer != UNKNOWN and not isinstance(step.node, Grade):
        return
    for part in _deciding(step):
        yield from _open_facts(part)
    if not step.parts:
        if step.finding is not None:
            yield from [step.finding.fact.name] if isinstance(step.node, AgeComparison) else asked_for(step.finding)
        if step.other is not None:
            yield from asked_for(step.other)


def _deciding(step: Step) -> list[Step]:
    """Return the undecided parts that bear on a step: of a grade that is asked for a band, none below that band."""
    parts: Iterable[Step] = step.parts
    if isinstance(step.node, GradeIs) and isinstance(step.parts[0].node, Grade):
        grade = step.parts[0].node
        until = grade.order.index(step.node.band) + (grade.when is not None) + 1
        parts = step.parts[0].parts[:until]
    return [part for part in parts if part.answer == UNKNOWN]


def asked_for(finding: Finding) -> list[str]:
    """Return what to ask for to know a fact better: the fact itself, or what it is worked out from."""
    fact = finding.fact
    if _settled(finding):
        return []
    if fact.table:
        return [fact.table.over]
    if fact.formula or (fact.score and finding.inputs):
        found = [name for part in finding.inputs for name in asked_for(part)]
        return found or [fact.name]
    return [fact.name]


def _settled(finding: Finding) -> bool:
    if finding.fact.kind == "yes-no":
        return finding.truth != UNKNOWN
    if finding.fact.kind == "choice":
        return finding.usable and len(finding.possible or ()) == 1
    known = finding.range is not None and finding.range.exact is not None
    return finding.fact.kind == "quantity" and finding.usable and known


def _settling(step: Step, wanted: Truth) -> frozenset[str]:
    """Return the facts that alone can turn an unknown step into the wanted answer."""
    if not step.parts:
        return frozenset(_open_facts(step))
    node, open_parts, join = step.node, _deciding(step), _join(step)
    if isinstance(node, Named | GradeIs | Grade) or len(open_parts) == 1:
        return _union(_settling(part, NEGATED[wanted] if join == "none" else wanted) for part in open_parts)
    if join == "at_least" and isinstance(node, Group):
        sure = sum(part.answer == YES for part in step.parts)
        short = node.count - sure if wanted == YES else sure + len(open_parts) - node.count + 1
        return _union(_settling(part, wanted) for part in open_parts) if short == 1 else frozenset()
    if join == "none":
        join, wanted = "any", NEGATED[wanted]
    decided_by_one = NO if join == "all" else YES
    parts = [_settling(part, wanted) for part in open_parts]
    return _union(parts) if wanted == decided_by_one else frozenset.intersection(*parts)


def _join(step: Step) -> str:
    """Return how a step joins its parts; rules that are yielded to must all be absent."""
    return step.node.join if isinstance(step.node, Group) else "none" if isinstance(step.node, Unless) else "all"


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


def blockers(step: Step, wanted: Truth = YES) -> list[Step]:
    """Return the fewest lines that would have to answer otherwise for the step to be as wanted."""
    if step.answer == wanted:
        return []
    node = step.node
    if not step.parts or isinstance(node, GradeIs | CountOf | Grade):
        return [step]
    if isinstance(node, Named):
        return blockers(step.parts[0], wanted)
    join = _join(step)
    if join == "none":
        join, wanted = "any", NEGATED[wanted]
    if join == "at_least" and isinstance(node, Group):
        sure = sum(part.answer == wanted for part in step.parts)
        needed = (node.count if wanted == YES else len(step.parts) - node.count + 1) - sure
        found = sorted((blockers(part, wanted) for part in step.parts if part.answer != wanted), key=len)
        return [leaf for part in found[:needed] for leaf in part]
    if (join == "all") == (wanted == YES):
        return [leaf for part in step.parts for leaf in blockers(part, wanted)]
    return min((blockers(part, wanted) for part in step.parts), key=len, default=[step])


_MOST_WAYS = 24  # of one part of a rule; the shortest are kept


def ways(step: Step, wanted: Truth = YES) -> list[list[Step]]:
    """Return every set of lines that, were they to answer otherwise, would make the step as wanted; none is left out
    for being longer than another, save where there are very many.
    """
    if step.answer == wanted:
        return [[]]
    node = step.node
    if not step.parts or isinstance(node, GradeIs | CountOf | Grade):
        return [[step]]
    if isinstance(node, Named):
        return ways(step.parts[0], wanted)
    join = _join(step)
    if join == "none":
        join, wanted = "any", NEGATED[wanted]
    found = [ways(part, wanted) for part in step.parts if part.answer != wanted]
    if join == "at_least" and isinstance(node, Group):
        needed = (node.count if wanted == YES else len(step.parts) - node.count + 1) - len(step.parts) + len(found)
        return _shortest(way for group in combinations(found, max(needed, 0)) for way in _together(group))
    if (join == "all") == (wanted == YES):
        return _together(found)
    return _shortest(way for part in found for way in part)


def _together(parts: Iterable[list[list[Step]]]) -> list[list[Step]]:
    """Return the ways of parts of which each is needed."""
    found: list[list[Step]] = [[]]
    for part in parts:
        found = _shortest([*before, *way] for before in found for way in part)
    return found


def _shortest(found: Iterable[list[Step]]) -> list[list[Step]]:
    return sorted(found, key=len)[:_MOST_WAYS]
