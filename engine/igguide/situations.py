"""What becomes of a position's rules where one thing is known and all else is not: situations, and what is still open.

`Partial` sees a position with little known. A line is asked of the interpreter on the record at hand; what stands
above the lines is worked out with the tables for unknown. Taken as given, since the page says so of its patients, are
the lines in which the topic's question arises and those that say whom a position is for.

`situations` asks of each fact without an order (a yes-no fact, an option) what it does to the rules on the topic's
subject: which can hold only with it, which it counts towards, which it rules out. `still_open` names the conditions
that a rule still depends on once the record at hand is known. Nothing here is written by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

from .evaluate import compile_condition
from .findings import Findings
from .model import (
    Condition,
    Fact,
    GradeIs,
    Group,
    IsOption,
    Line,
    Named,
    Planned,
    Position,
    Recommendation,
    Recorded,
    Topic,
    YesNo,
    direction,
)
from .record import read_record
from .regions import lines_reached
from .truth import NO, UNKNOWN, YES, Truth, all_of, any_of, at_least, none_of
from .witness import DAY

MOST_SITUATIONS = 6


@dataclass(frozen=True, slots=True)
class Partial:
    """A position seen with little known: what the axis says, and what is taken as given.

    `lines` answers a line for the record at hand; `given` holds the texts of lines that are answered by decree, where
    the record leaves them open.
    """

    position: Position
    lines: Callable[[Line], Truth]
    given: Mapping[str, Truth] = field(default_factory=dict)

    def answer(self, condition: Condition | None) -> Truth:
        """Return what is known of a condition; nothing asked is yes."""
        if condition is None:
            return YES
        if isinstance(condition, Group):
            return self._joined(condition)
        if isinstance(condition, Named):
            return self.answer(self.position.criteria[condition.criterion].when)
        if isinstance(condition, GradeIs):
            return self._graded(condition)
        found = self.lines(condition)
        return self.given.get(condition.text, UNKNOWN) if found == UNKNOWN else found

    def _joined(self, group: Group) -> Truth:
        answers = [self.answer(part) for part in group.parts]
        if group.join == "at_least":
            return at_least(group.count, answers)
        return {"all": all_of, "any": any_of, "none": none_of}[group.join](answers)

    def bands(self, name: str) -> tuple[Truth, list[str]]:
        """Return whether a grade is asked at all, and the bands that it may be."""
        grade = self.position.grades[name]
        applicable = self.answer(grade.when)
        found: list[str] = []
        for band in grade.bands:
            answer = self.answer(band.when)
            found += [band.name] if answer != NO else []
            if answer == YES:
                return applicable, found
        return applicable, [*found, grade.otherwise]

    def _graded(self, line: GradeIs) -> Truth:
        applicable, possible = self.bands(line.grade)
        order = self.position.grades[line.grade].order
        wanted = set(order[: order.index(line.band) + 1]) if line.or_worse else {line.band}
        inside = wanted & set(possible)
        found = NO if not inside else YES if set(possible) <= wanted else UNKNOWN
        return all_of((found, applicable))

    def rule(self, rule: Recommendation) -> Truth:
        """Return what is known of a rule, those that it yields to taken off."""
        others = [self.rule(self.position.recommendations[name]) for name in rule.unless]
        return all_of((self.answer(rule.when), none_of(others)))

    def silent(self, about: str | None, rules: Sequence[Recommendation]) -> Truth:
        """Return whether the position is declared silent on a matter, and none of these rules speaks."""
        declared = [self.answer(each.when) for each in self.position.silent.values() if each.about in (None, about)]
        return all_of((any_of(declared), none_of(self.rule(rule) for rule in rules)))

    def open_parts(self, rule: Recommendation) -> Iterator[Condition]:
        """Yield the conditions of a rule that must hold and are not known to; nothing where it is decided."""
        if self.rule(rule) == UNKNOWN:
            yield from self._open(rule.when)

    def _open(self, condition: Condition) -> Iterator[Condition]:
        if isinstance(condition, Group) and (
            condition.join == "all" or (condition.join == "any" and len(condition.parts) == 1)
        ):
            for part in condition.parts:
                yield from self._open(part)
        elif self.answer(condition) == UNKNOWN:
            yield self._left(condition)

    def _left(self, condition: Condition) -> Condition:
        """Return what an open condition still asks for: a criterion of which something is settled is opened."""
        if isinstance(condition, Named):
            inner = self.position.criteria[condition.criterion].when
            left = self._left(inner)
            return condition if left == inner else left
        if not isinstance(condition, Group) or condition.join == "at_least":
            return condition
        settled = YES if condition.join == "all" else NO
        parts = tuple(self._left(part) for part in condition.parts if self.answer(part) != settled)
        if len(parts) == 1 and condition.join != "none":
            return parts[0]
        return condition if parts == condition.parts else replace(condition, parts=parts)


# --- what is taken as given ---


def directed(topic: Topic, position: Position) -> list[Recommendation]:
    """Return the rules of a position for or against what its topic is about."""
    return [
        rule
        for rule in position.recommendations.values()
        if direction(rule.action) != "neither" and rule.about == topic.about
    ]


def scope(condition: Condition | None) -> Iterator[Line]:
    """Yield the lines that a condition asks for outright."""
    if isinstance(condition, Group):
        if condition.join == "all" or (condition.join == "any" and len(condition.parts) == 1):
            for part in condition.parts:
                yield from scope(part)
    elif condition is not None:
        yield condition


def given(topic: Topic, position: Position) -> dict[str, Truth]:
    """Return the lines that are taken as given on the topic's page for a position."""
    lines = [*scope(topic.arises_when), *scope(position.applies_when)]
    found: dict[str, Truth] = {line.text: YES for line in lines if not isinstance(line, Named | GradeIs)}
    if topic.anchor:
        found.setdefault(f"{topic.anchor} is recorded", YES)
    return found


def shared(topic: Topic, positions: Sequence[Position]) -> dict[YesNo | IsOption, Truth]:
    """Return the lines without an order that every rule on the topic's subject asks for outright, with their answers.

    What all ask for alike divides nobody: that a first treatment has not been given, say. One position alone shares nothing.
    """
    asked = [
        {(line.text, answer): line for line, answer in (*outright(of, of.applies_when), *outright(of, rule.when))}
        for of in positions
        for rule in directed(topic, of)
    ]
    if len({of.id for of in positions if directed(topic, of)}) < 2:
        return {}
    first, *others = asked
    arising = {line.text for line in scope(topic.arises_when)}
    return {
        line: answer
        for (text, answer), line in first.items()
        if all((text, answer) in other for other in others)
        and isinstance(line, YesNo | IsOption)
        and line.text not in arising
        and line.fact != topic.anchor
    }


def outright(position: Position, condition: Condition | None, answer: Truth = YES) -> Iterator[tuple[Line, Truth]]:
    """Yield the lines that a condition needs, whatever else is so, with the answer that it needs of them."""
    if isinstance(condition, Group):
        single = len(condition.parts) == 1
        if answer == NO and condition.join == "any":
            inner: Truth | None = NO
        elif condition.join == "all" and (answer == YES or single):
            inner = answer
        elif condition.join == "none" and (answer == YES or single):
            inner = NO if answer == YES else YES
        else:
            inner = answer if condition.join == "any" and single else None
        if inner is not None:
            for part in condition.parts:
                yield from outright(position, part, inner)
    elif isinstance(condition, Named):
        yield from outright(position, position.criteria[condition.criterion].when, answer)
    elif condition is not None:
        yield condition, answer


def arises(topic: Topic, lines: Callable[[Line], Truth]) -> bool:
    """Return whether a topic's question may arise, as far as the lines tell that it asks for outright."""
    return all(lines(line) != NO for line in scope(topic.arises_when) if not isinstance(line, Named | GradeIs))


def asker(findings: Findings) -> Callable[[Line], Truth]:
    """Return a function that asks the interpreter what a line answers for the record at hand, each line once."""
    known: dict[str, Truth] = {}

    def ask(line: Line) -> Truth:
        if line.text not in known:
            known[line.text] = compile_condition(line)(findings).answer
        return known[line.text]

    return ask


def findings_of(record: Mapping[str, Any], facts: Mapping[str, Fact]) -> Findings:
    """Return the findings of a record on the day of witnesses."""
    return Findings(read_record(record, facts), facts, DAY)


# --- situations ---


class Situation(NamedTuple):
    """A fact without an order, or options of it, that rules look at; the texts of lines it makes yes or no."""

    fact: str
    options: tuple[str, ...]
    line: Line
    holding: Mapping[str, Truth]
    failing: Mapping[str, Truth]


class Effect(NamedTuple):
    """What a situation does to a position: whom it is for, and the rules that it opens, counts towards, stresses, rules out."""

    scope: Literal["only", "never"] | None
    needed: tuple[Recommendation, ...]
    counts: tuple[Recommendation, ...]
    stressed: tuple[Recommendation, ...]
    excluded: tuple[Recommendation, ...]

    @property
    def any(self) -> bool:
        """Return whether the position looks at the situation at all."""
        return bool(self.scope or self.needed or self.counts or self.stressed or self.excluded)


@dataclass(frozen=True, slots=True)
class SituationTable:
    """The positions of a topic against situations, most asked for first."""

    situations: tuple[Situation, ...]
    rows: tuple[tuple[Position, tuple[Effect, ...]], ...]
    left_out: int

    @property
    def quiet(self) -> tuple[Position, ...]:
        """Return the positions that look at none of the situations."""
        return tuple(position for position, effects in self.rows if not any(effect.any for effect in effects))


def situations(topic: Topic, facts: Mapping[str, Fact], most: int = MOST_SITUATIONS) -> SituationTable | None:
    """Return what each situation does to each position, or None where the rules look at none."""
    speaking = {position.id: rules for position in topic.positions.values() if (rules := directed(topic, position))}
    found = _situations(topic, speaking)
    if not found:
        return None
    alike = _telling_nothing(topic, [topic.positions[name] for name in speaking])
    kept = sorted(found, key=lambda key: (key[0] in alike, -len(found[key][1])))[:most]
    chosen = tuple(found[key][0] for key in kept)
    rows = tuple(
        (topic.positions[name], tuple(_effect(topic, topic.positions[name], rules, each, facts) for each in chosen))
        for name, rules in speaking.items()
    )
    return SituationTable(chosen, rows, len(found) - len(kept))


def _telling_nothing(topic: Topic, positions: Sequence[Position]) -> set[str]:
    """Return the facts of situations that all rule out alike, or that all are only for: these come last."""
    scopes = [{line.text for line in scope(position.applies_when)} for position in positions]
    common = shared(topic, positions)
    return {line.fact for line, answer in common.items() if answer == NO or all(line.text in own for own in scopes)}


_Key = tuple[str, str]  # the fact, and the option or the text of the line


def _situations(
    topic: Topic, speaking: Mapping[str, Sequence[Recommendation]]
) -> dict[_Key, tuple[Situation, set[str]]]:
    lines: dict[str, list[Line]] = {}
    asking: dict[_Key, tuple[Line, set[str]]] = {}
    arising = {line.text for line in scope(topic.arises_when)} | {f"{topic.anchor} is recorded"}
    for name, rules in speaking.items():
        position = topic.positions[name]
        for line in lines_reached(position, [position.applies_when, *(rule.when for rule in rules)]).values():
            if line.text in arising or not isinstance(line, YesNo | IsOption | Planned | Recorded):
                continue
            lines.setdefault(line.fact, []).append(line)
            for word in sorted(line.options) if isinstance(line, IsOption) else [line.text]:
                asking.setdefault((line.fact, word), (line, set()))[1].add(name)
    found: dict[_Key, tuple[Situation, set[str]]] = {}
    told_apart: dict[tuple[str, frozenset[str]], _Key] = {}
    for key, (line, positions) in asking.items():
        made = _situation(key[0], key[1], line, lines[key[0]])
        first = told_apart.setdefault((key[0], frozenset(made.holding)), key)
        options = (*found[first][0].options, *made.options) if first in found else made.options
        failing = _failing(made, options, lines[key[0]])
        shown = replace(line, options=frozenset(options)) if isinstance(line, IsOption) else line
        asked_by = found[first][1] | positions if first in found else positions
        found[first] = (made._replace(options=options, line=shown, failing=failing), asked_by)
    return found


def _situation(fact: str, word: str, line: Line, lines: Sequence[Line]) -> Situation:
    if not isinstance(line, IsOption):
        return Situation(fact, (), line, {line.text: YES}, {line.text: NO})
    options = [each for each in lines if isinstance(each, IsOption) and word in each.options]
    return Situation(fact, (word,), line, dict.fromkeys([each.text for each in options], YES), {})


def _failing(made: Situation, options: Sequence[str], lines: Sequence[Line]) -> Mapping[str, Truth]:
    """Return the lines that are no where none of the options is: those that name no other."""
    if not options:
        return made.failing
    texts = [each.text for each in lines if isinstance(each, IsOption) and each.options <= set(options)]
    return dict.fromkeys(texts, NO)


def _effect(
    topic: Topic, position: Position, rules: Sequence[Recommendation], situation: Situation, facts: Mapping[str, Fact]
) -> Effect:
    lines = asker(findings_of({}, facts))
    own = {line.text for line in scope(position.applies_when)}
    known = {text: answer for text, answer in given(topic, position).items() if text not in situation.holding}
    holding, failing = (Partial(position, lines, {**known, **by}) for by in (situation.holding, situation.failing))
    if own & set(situation.holding) and failing.answer(position.applies_when) == NO:
        return Effect("only", (), (), (), ())
    if holding.answer(position.applies_when) == NO:
        return Effect("never", (), (), (), ())
    needed, counts, stressed, excluded = [], [], [], []
    for rule in rules:
        with_it, without = holding.rule(rule), failing.rule(rule)
        if without == NO and with_it != NO:
            needed.append(rule)
        elif with_it == NO and without != NO:
            excluded.append(rule)
        elif with_it != without or _asks(position, rule.when, situation):
            counts.append(rule)
        elif _asks(position, rule.especially_when, situation):
            stressed.append(rule)
    return Effect(None, tuple(needed), tuple(counts), tuple(stressed), tuple(excluded))


def _asks(position: Position, condition: Condition | None, situation: Situation) -> bool:
    return bool(set(lines_reached(position, [condition])) & {*situation.holding, *situation.failing})


__all__ = [
    "Effect",
    "Partial",
    "Situation",
    "SituationTable",
    "arises",
    "asker",
    "findings_of",
    "given",
    "outright",
    "scope",
    "shared",
    "situations",
]
