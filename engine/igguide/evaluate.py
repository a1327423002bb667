"""Positions compiled once into functions, and what those answer for the findings of one record.

`compile_position` turns each condition of the model into a function from a case to a `Step`; a case is
one record on one date. There is one maker for each kind of line, in the table `_MAKERS`. Nothing here
reads the clock, a file, or a record's form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from .dates import add, planned, time_since
from .errors import Place
from .findings import Finding, Findings
from .model import (
    AgeComparison,
    Caution,
    Comparison,
    Condition,
    CountOf,
    Dosing,
    Fact,
    FactComparison,
    Grade,
    GradeIs,
    Group,
    IsOption,
    Monitoring,
    Named,
    Planned,
    Position,
    Recommendation,
    Recorded,
    Silence,
    Span,
    TimeSince,
    YesNo,
    lines_of,
)
from .quantity import BODY, COMPARED, EXACT, UNITS, Range, compare, exactly, factor
from .trace import Step, Unless, asked_for, missing
from .truth import NO, UNKNOWN, YES, Truth, all_of, any_of, at_least, none_of

WEIGHTS = {"actual_weight": "weight"}


class GradeResult(NamedTuple):
    """A grade's band where it is decided; else the worst and the least band that it may be."""

    grade: Grade
    value: str
    at_least: str | None
    at_most: str | None
    missing: list[str]
    step: Step


class Dose(NamedTuple):
    """A dose worked out for a patient; `amount` is None where the weight is not known or nothing is stated.

    `limit` is the most that may be given, in the same unit, and `capped` whether it made the amount smaller; `give` is
    the dose as stated, by the source or by the fact that it counts on, `size` what it was counted on. `after` is the
    dose that follows, and `others` those to choose from instead; both are worked out in the same way.
    """

    dosing: Dosing
    amount: Range | None
    unit: str | None
    weight: Finding | None
    limit: Range | None = None
    capped: bool = False
    give: Range | None = None
    size: Range | None = None
    after: Dose | None = None
    others: tuple[Dose, ...] = ()


class RuleResult(NamedTuple):
    """Whether a recommendation holds, and all that goes with the answer."""

    rule: Recommendation
    holds: Truth
    emphasis: Truth
    dose: Dose | None
    missing_holds: list[str]
    missing_emphasis: list[str]
    missing_dose: list[str]
    step: Step
    emphasis_step: Step | None

    @property
    def missing(self) -> list[str]:
        """Return the facts that could still change the answer, then the emphasis, then the dose."""
        return list(dict.fromkeys([*self.missing_holds, *self.missing_emphasis, *self.missing_dose]))


class CautionResult(NamedTuple):
    """Whether a caution concerns the patient."""

    caution: Caution
    holds: Truth
    missing: list[str]
    step: Step | None


class SilenceResult(NamedTuple):
    """Whether the patient lies where a position declares that its source says nothing."""

    silence: Silence
    holds: Truth
    missing: list[str]
    step: Step


class Due(NamedTuple):
    """A date on which something is to be measured, and whether it has been."""

    on: date
    state: str  # done, overdue, due


class MonitoringResult(NamedTuple):
    """Whether monitoring concerns the patient, and when it is due."""

    monitoring: Monitoring
    holds: Truth
    due: list[Due]
    next: date | None
    last: date | None
    missing: list[str]
    step: Step | None


class PositionResult(NamedTuple):
    """All that one position answers for one record."""

    position: Position
    applies: Truth
    applies_step: Step | None
    grades: dict[str, GradeResult]
    rules: dict[str, RuleResult]
    cautions: list[CautionResult]
    monitoring: list[MonitoringResult]
    silent: list[SilenceResult]

    @property
    def missing(self) -> list[str]:
        """Return the facts that could still change whether the position applies."""
        return missing(self.applies_step) if self.applies_step else []


class Case:
    """One record on one date, before one position: findings, and the answers given so far."""

    __slots__ = ("as_of", "compiled", "criteria", "findings", "grades", "rules")

    def __init__(self, findings: Findings, compiled: CompiledPosition) -> None:
        """Begin with nothing answered."""
        self.findings = findings
        self.as_of = findings.as_of
        self.compiled = compiled
        self.criteria: dict[str, Step] = {}
        self.grades: dict[str, GradeResult] = {}
        self.rules: dict[str, RuleResult] = {}


Ask = Callable[[Case], Step]


@dataclass(frozen=True, slots=True)
class CompiledPosition:
    """A position with its conditions as functions."""

    position: Position
    reads: tuple[str, ...]
    applies: Ask | None
    grades: Mapping[str, tuple[Ask | None, tuple[Ask, ...]]]
    criteria: Mapping[str, Ask]
    rules: Mapping[str, tuple[Ask, Ask | None]]
    dosing: Mapping[str, Ask | None]
    cautions: Mapping[str, Ask | None]
    monitoring: Mapping[str, Ask | None]
    silent: Mapping[str, Ask]


def compile_position(position: Position, facts: Mapping[str, Fact]) -> CompiledPosition:
    """Return the position with each of its conditions compiled."""
    return CompiledPosition(
        position=position,
        reads=facts_read(position, facts),
        applies=_maybe(position.applies_when),
        grades={
            g.id: (_maybe(g.when), tuple(_compiled(band.when) for band in g.bands)) for g in position.grades.values()
        },
        criteria={c.id: _compiled(c.when) for c in position.criteria.values()},
        rules={r.id: (_compiled(r.when), _maybe(r.especially_when)) for r in position.recommendations.values()},
        dosing={d.id: _maybe(d.when) for d in position.dosing.values()},
        cautions={c.id: _maybe(c.when) for c in position.cautions.values()},
        monitoring={m.id: _maybe(m.when) for m in position.monitoring.values()},
        silent={s.id: _compiled(s.when) for s in position.silent.values()},
    )


def compile_condition(condition: Condition) -> Callable[[Findings], Step]:
    """Return a condition that stands outside any position, compiled: of facts alone, without grades and criteria."""
    ask, alone = _compiled(condition), CompiledPosition(_NOWHERE, (), None, {}, {}, {}, {}, {}, {}, {})
    return lambda findings: ask(Case(findings, alone))


_NOWHERE = Position("", "", "", "", "", Place(""))


def facts_named(condition: Condition | None, facts: Mapping[str, Fact]) -> tuple[str, ...]:
    """Return the facts that a condition looks at, those they are worked out from included."""
    named = {
        name: None
        for line in lines_of(condition)
        for name in (getattr(line, "fact", None), getattr(line, "other", None))
        if name
    }
    return tuple(_with_inputs(named, facts))


def conditions_of(position: Position) -> list[Condition]:
    """Return every condition of a position."""
    found: list[Condition | None] = [position.applies_when]
    for grade in position.grades.values():
        found += [grade.when, *(band.when for band in grade.bands)]
    found += [criterion.when for criterion in position.criteria.values()]
    for rule in position.recommendations.values():
        found += [rule.when, rule.especially_when]
    found += [part for dosing in position.dosing.values() for part in (dosing.when, dosing.until)]
    found += [caution.when for caution in position.cautions.values()]
    found += [monitoring.when for monitoring in position.monitoring.values()]
    found += [silence.when for silence in position.silent.values()]
    return [condition for condition in found if condition is not None]


def facts_read(position: Position, facts: Mapping[str, Fact]) -> tuple[str, ...]:
    """Return the facts that a position looks at, those they are worked out from included."""
    named: dict[str, None] = {}
    for condition in conditions_of(position):
        for line in lines_of(condition):
            for name in (getattr(line, "fact", None), getattr(line, "other", None)):
                if name is not None:
                    named[name] = None
    for dosing in position.dosing.values():
        named.update(dict.fromkeys(name for name in (weight_of(dosing), dosing.give_fact) if name))
    for monitoring in position.monitoring.values():
        named.update(dict.fromkeys(name for name in (monitoring.start, monitoring.measure) if name))
    return tuple(_with_inputs(named, facts))


def _with_inputs(names: Mapping[str, None], facts: Mapping[str, Fact]) -> dict[str, None]:
    found: dict[str, None] = {}

    def take(name: str) -> None:
        if name not in found and name in facts:
            found[name] = None
            for part in facts[name].inputs:
                take(part)

    for name in names:
        take(name)
    return found


# --- conditions ---


def _maybe(condition: Condition | None) -> Ask | None:
    return None if condition is None else _compiled(condition)


def _compiled(condition: Condition) -> Ask:
    return _MAKERS[type(condition)](condition)


def _group(node: Group) -> Ask:
    asks = tuple(_compiled(part) for part in node.parts)
    joined: Callable[[list[Truth]], Truth] = {
        "all": all_of,
        "any": any_of,
        "none": none_of,
        "at_least": lambda answers: at_least(node.count, answers),
    }[node.join]

    def ask(case: Case) -> Step:
        parts = tuple([each(case) for each in asks])
        return Step(node, joined([part.answer for part in parts]), parts)

    return ask


def _yes_no(node: YesNo) -> Ask:
    def ask(case: Case) -> Step:
        finding = case.findings[node.fact]
        return Step(node, finding.truth, (), finding)

    return ask


def _comparison(node: Comparison) -> Ask:
    fact, compared, threshold = node.fact, COMPARED[node.operator], node.threshold

    def ask(case: Case) -> Step:
        finding = case.findings[fact]
        if finding.range is None or not finding.usable:
            return Step(node, UNKNOWN, (), finding)
        return Step(node, compared(finding.range, threshold), (), finding)

    return ask


def _age(node: AgeComparison) -> Ask:
    fact, unit, compared, threshold = node.fact, node.unit, COMPARED[node.operator], exactly(node.number)

    def ask(case: Case) -> Step:
        finding = case.findings[fact]
        if not finding.usable:
            return Step(node, UNKNOWN, (), finding)
        return Step(node, compared(case.findings.age_in(finding, unit), threshold), (), finding)

    return ask


def _fact_comparison(node: FactComparison) -> Ask:
    def ask(case: Case) -> Step:
        finding, other = case.findings[node.fact], case.findings[node.other]
        if finding.range is None or other.range is None or not (finding.usable and other.usable):
            return Step(node, UNKNOWN, (), finding, other)
        return Step(node, compare(finding.range, node.operator, other.range.scaled(node.factor)), (), finding, other)

    return ask


def _is_option(node: IsOption) -> Ask:
    def ask(case: Case) -> Step:
        finding = case.findings[node.fact]
        return Step(node, _chosen(finding, node.options), (), finding)

    return ask


def _chosen(finding: Finding, options: frozenset[str]) -> Truth:
    if not finding.usable:
        return UNKNOWN
    if finding.fact.kind == "choices":
        if finding.chosen & options:
            return YES
        return NO if finding.complete or options <= finding.denied else UNKNOWN
    if finding.possible is None:
        return UNKNOWN
    return YES if finding.possible <= options else UNKNOWN if finding.possible & options else NO


def _time_since(node: TimeSince) -> Ask:
    def ask(case: Case) -> Step:
        finding = case.findings[node.fact]
        if finding.when is None:
            return Step(node, UNKNOWN if not finding.complete else NO, (), finding)
        return Step(node, time_since(finding.when, node.operator, node.number, node.unit, case.as_of), (), finding)

    return ask


def _planned(node: Planned) -> Ask:
    def ask(case: Case) -> Step:
        finding = case.findings[node.fact]
        if finding.when is None:
            return Step(node, UNKNOWN if not finding.complete else NO, (), finding)
        return Step(node, planned(finding.when, case.as_of), (), finding)

    return ask


def _count(node: CountOf) -> Ask:
    threshold = exactly(Decimal(node.number))

    def ask(case: Case) -> Step:
        low, high = case.findings.count(node.fact, node.where, node.within)
        counted = Range(Decimal(low), None if high is None else Decimal(high))
        return Step(node, compare(counted, node.operator, threshold), (), case.findings[node.fact], None, (low, high))

    return ask


def _recorded(node: Recorded) -> Ask:
    def ask(case: Case) -> Step:
        finding = case.findings[node.fact]
        return Step(node, _is_recorded(finding), (), finding)

    return ask


def _is_recorded(finding: Finding) -> Truth:
    if finding.fact.kind in ("date", "events") and finding.complete and finding.when is None and not finding.events:
        return NO
    if finding.fact.kind == "events":
        return YES if finding.events else UNKNOWN
    if finding.fact.kind == "date" and finding.when is None:  # a date, and also none
        return YES if finding.state == "too-old" else UNKNOWN
    return YES if finding.usable or finding.state == "too-old" else UNKNOWN


def _named(node: Named) -> Ask:
    def ask(case: Case) -> Step:
        step = case.criteria.get(node.criterion)
        if step is None:
            step = case.criteria[node.criterion] = case.compiled.criteria[node.criterion](case)
        return Step(node, step.answer, (step,))

    return ask


def _grade_is(node: GradeIs) -> Ask:
    def ask(case: Case) -> Step:
        result = grade_result(case, node.grade)
        return Step(node, _grade_answer(result, node), (result.step,))

    return ask


def _grade_answer(result: GradeResult, node: GradeIs) -> Truth:
    if result.value == "not-applicable":
        return NO
    if result.at_least is None or result.at_most is None:
        return UNKNOWN
    order = result.grade.order
    wanted, least, worst = order.index(node.band), order.index(result.at_least), order.index(result.at_most)
    if node.or_worse:
        found = YES if least <= wanted else NO if worst > wanted else UNKNOWN
    else:
        possible = {order.index(band) for band in _possible(result)}
        found = NO if wanted not in possible else YES if possible == {wanted} else UNKNOWN
    applicable = result.step.parts[0].answer if result.grade.when is not None else YES
    return all_of((found, applicable))


_MAKERS: dict[type, Callable[[Any], Ask]] = {
    Group: _group,
    YesNo: _yes_no,
    Comparison: _comparison,
    AgeComparison: _age,
    FactComparison: _fact_comparison,
    IsOption: _is_option,
    TimeSince: _time_since,
    Planned: _planned,
    CountOf: _count,
    Recorded: _recorded,
    Named: _named,
    GradeIs: _grade_is,
}


# --- grades ---


def grade_result(case: Case, name: str) -> GradeResult:
    """Return a grade of the position under evaluation, worked out once for each case."""
    found = case.grades.get(name)
    if found is None:
        found = case.grades[name] = _grade(case, name)
    return found


def _grade(case: Case, name: str) -> GradeResult:
    grade = case.compiled.position.grades[name]
    when, bands = case.compiled.grades[name]
    applicable = when(case) if when else None
    steps: list[Step] = []
    possible: list[str] = []
    decided = False
    if applicable is None or applicable.answer != NO:
        for band, ask in zip(grade.bands, bands, strict=True):
            step = ask(case)
            steps.append(step)
            if step.answer != NO:
                possible.append(band.name)
            if step.answer == YES:
                decided = True
                break
        if not decided:
            possible.append(grade.otherwise)
    return _graded(grade, applicable, steps, possible)


def _graded(grade: Grade, applicable: Step | None, steps: list[Step], possible: list[str]) -> GradeResult:
    parts = (*((applicable,) if applicable is not None else ()), *steps)
    if applicable is not None and applicable.answer == NO:
        return GradeResult(grade, "not-applicable", None, None, [], Step(grade, NO, parts))
    order = grade.order
    worst, least = min(possible, key=order.index), max(possible, key=order.index)
    sure = worst == least and (applicable is None or applicable.answer == YES)
    step = Step(grade, YES if sure else UNKNOWN, parts)
    return GradeResult(grade, worst if sure else "unknown", least, worst, missing(step), step)


def _possible(result: GradeResult) -> list[str]:
    """Return the bands that an undecided grade may be."""
    grade = result.grade
    steps = result.step.parts[1:] if grade.when is not None else result.step.parts
    found = [band.name for band, step in zip(grade.bands, steps, strict=False) if step.answer != NO]
    return found if steps and steps[-1].answer == YES else [*found, grade.otherwise]


# --- rules ---


def evaluate_position(compiled: CompiledPosition, findings: Findings) -> PositionResult:
    """Return what a position answers for the findings of a record."""
    case = Case(findings, compiled)
    position = compiled.position
    applies_step = compiled.applies(case) if compiled.applies else None
    applies: Truth = applies_step.answer if applies_step else YES
    return PositionResult(
        position,
        applies,
        applies_step,
        {name: grade_result(case, name) for name in position.grades},
        {name: _rule_result(case, name, applies, applies_step) for name in position.recommendations},
        [_caution(case, caution, applies, applies_step) for caution in position.cautions.values()],
        [_monitoring(case, monitoring, applies, applies_step) for monitoring in position.monitoring.values()],
        [_silence(case, silence, applies, applies_step) for silence in position.silent.values()],
    )


def _rule_result(case: Case, name: str, applies: Truth, applies_step: Step | None) -> RuleResult:
    found = case.rules.get(name)
    if found is None:
        found = case.rules[name] = _rule(case, case.compiled.position.recommendations[name], applies, applies_step)
    return found


def _rule(case: Case, rule: Recommendation, applies: Truth, applies_step: Step | None) -> RuleResult:
    when, especially = case.compiled.rules[rule.id]
    step = when(case)
    if rule.unless:
        yielding = tuple(_rule_result(case, other, applies, applies_step).step for other in rule.unless)
        unless = Step(Unless(rule.unless), none_of(part.answer for part in yielding), yielding)
        step = Step(Group("all", (rule.when,), rule.place), all_of((step.answer, unless.answer)), (step, unless))
    holds = all_of((applies, step.answer))
    if holds == NO:
        return RuleResult(rule, holds, NO, None, [], [], [], step, None)
    missing_holds = _missing_of(applies_step, step) if holds == UNKNOWN else []
    emphasis_step = especially(case) if especially else None
    emphasis = all_of((holds, emphasis_step.answer)) if emphasis_step else NO
    dose, missing_dose = _dose(case, rule.dose, holds) if rule.dose else (None, [])
    missing_emphasis = missing(emphasis_step) if emphasis_step and emphasis == UNKNOWN else []
    return RuleResult(rule, holds, emphasis, dose, missing_holds, missing_emphasis, missing_dose, step, emphasis_step)


def _missing_of(*steps: Step | None) -> list[str]:
    return list(dict.fromkeys(fact for step in steps if step is not None for fact in missing(step)))


def _dose(case: Case, name: str, holds: Truth) -> tuple[Dose | None, list[str]]:
    dosing = case.compiled.position.dosing[name]
    ask = case.compiled.dosing[name]
    step = ask(case) if ask else None
    if step is not None and step.answer == NO:
        return None, []
    counted = weight_of(dosing)
    weight = case.findings[counted] if counted else None
    size = None if weight is None else _size(weight)
    stated = case.findings[dosing.give_fact] if dosing.give_fact else None
    give = _size(stated) if stated else dosing.give
    needed = [each for each, found in ((stated, give), (weight, size)) if each is not None and not found]
    facts = list(
        dict.fromkeys([*(missing(step) if step else []), *(name for each in needed for name in asked_for(each))])
    )
    if holds != YES or (step is not None and step.answer != YES):
        return None, facts
    return _with_others(case, _dosed(dosing, give, weight, size), (name,)), facts


def _with_others(case: Case, dose: Dose, seen: tuple[str, ...]) -> Dose:
    """Return a dose with the doses that follow it, each in turn, and with those that are to be chosen from."""
    dosing = dose.dosing
    others = tuple(_other(case, name) for name in dosing.alternatives)
    if dosing.then is None or dosing.then in seen:
        return dose._replace(others=others)
    after = _with_others(case, _other(case, dosing.then), (*seen, dosing.then))
    return dose._replace(others=others, after=after)


def _other(case: Case, name: str) -> Dose:
    """Return another dosing worked out for the patient; only as it is stated where it is not surely for the patient."""
    dosing, ask = case.compiled.position.dosing[name], case.compiled.dosing[name]
    if ask is not None and ask(case).answer != YES:
        return Dose(dosing, None, None, None)
    return dose_at(dosing, case.findings)


def dose_at(dosing: Dosing, findings: Findings) -> Dose:
    """Return a dosing worked out for what is known of a body, whoever it is for."""
    counted = weight_of(dosing)
    weight = findings[counted] if counted else None
    give = _size(findings[dosing.give_fact]) if dosing.give_fact else dosing.give
    return _dosed(dosing, give, weight, None if weight is None else _size(weight))


def weight_of(dosing: Dosing) -> str | None:
    """Return the fact by which a dose or its limit is counted, or None where neither is."""
    counted = any(unit in BODY for unit in (dosing.give_unit, dosing.at_most_unit))
    return WEIGHTS.get(dosing.by, dosing.by) if counted and dosing.by else None


def _dosed(dosing: Dosing, give: Range | None, weight: Finding | None, size: Range | None) -> Dose:
    """Return a dose for a body of a size: counted on it, rounded to the step, then cut to the limit."""
    unit, amount = _worked_out(give, dosing.give_unit, size)
    limit_unit, limit = _worked_out(dosing.at_most, dosing.at_most_unit, size)
    unit = unit or limit_unit
    if limit is not None and limit_unit and unit and limit_unit != unit:
        limit = limit.scaled(factor(UNITS[limit_unit], UNITS[unit]) or Decimal(1))
    if amount is not None and dosing.round_to and dosing.round_unit and unit:
        step = EXACT.multiply(dosing.round_to, factor(UNITS[dosing.round_unit], UNITS[unit]) or Decimal(1))
        amount = Range(_rounded(amount.low, step), _rounded(amount.high, step))
    if amount is None or limit is None or amount.high is None or limit.high is None or amount.high <= limit.high:
        return Dose(dosing, amount, unit, weight, limit, False, give, size)
    low = None if amount.low is None else min(amount.low, limit.high)
    return Dose(dosing, Range(low, limit.high), unit, weight, limit, True, give, size)


def _worked_out(stated: Range | None, unit: str | None, size: Range | None) -> tuple[str | None, Range | None]:
    """Return a stated dose as an amount and its unit; no amount where it is counted on a size that is not known."""
    if stated is None or unit is None:
        return None, None
    if unit not in BODY:
        return unit, stated
    return BODY[unit][1], _times(stated, size) if size else None


def _rounded(amount: Decimal | None, step: Decimal) -> Decimal | None:
    """Return the nearest multiple of the step, halves up."""
    if amount is None:
        return None
    steps = EXACT.divide(amount, step).quantize(Decimal(1), rounding=ROUND_HALF_UP, context=EXACT)
    return EXACT.multiply(steps, step)


def _size(weight: Finding) -> Range | None:
    """Return what a dose can be counted on, in the fact's own unit: one number, or two stated ends; never a bound."""
    if weight.state not in ("known", "bounded") or weight.range is None:
        return None
    if _is_bound(weight) or weight.range.low is None or weight.range.high is None:
        return None
    return weight.range


def _is_bound(finding: Finding) -> bool:
    """Return whether a finding rests on a `<` or `>`: its other end is only what is plausible."""
    if finding.range is None or finding.range.exact is not None:
        return False
    return bool(finding.entry and finding.entry.comparator) or any(map(_is_bound, finding.inputs))


def _times(give: Range, kilograms: Range) -> Range | None:
    if give.low is None or give.high is None or kilograms.low is None or kilograms.high is None:
        return None
    return Range(EXACT.multiply(give.low, kilograms.low), EXACT.multiply(give.high, kilograms.high))


# --- cautions, silences and monitoring ---


def _caution(case: Case, caution: Caution, applies: Truth, applies_step: Step | None) -> CautionResult:
    ask = case.compiled.cautions[caution.id]
    step = ask(case) if ask else None
    holds = all_of((applies, step.answer if step else YES))
    return CautionResult(caution, holds, _missing_of(applies_step, step) if holds == UNKNOWN else [], step)


def _silence(case: Case, silence: Silence, applies: Truth, applies_step: Step | None) -> SilenceResult:
    step = case.compiled.silent[silence.id](case)
    holds = all_of((applies, step.answer))
    return SilenceResult(silence, holds, _missing_of(applies_step, step) if holds == UNKNOWN else [], step)


def _monitoring(case: Case, monitoring: Monitoring, applies: Truth, applies_step: Step | None) -> MonitoringResult:
    ask = case.compiled.monitoring[monitoring.id]
    step = ask(case) if ask else None
    holds = all_of((applies, step.answer if step else YES))
    facts = _missing_of(applies_step, step) if holds == UNKNOWN else []
    if holds != YES:
        return MonitoringResult(monitoring, holds, [], None, None, facts, step)
    last = _last_measured(case.findings[monitoring.measure], case.as_of)
    if monitoring.every is None or UNITS[monitoring.every.unit].dimension == "clock time":
        return MonitoringResult(monitoring, holds, [], None, last, facts, step)
    if monitoring.start is None:
        following = _following(monitoring.every, last, case.as_of)
        return MonitoringResult(monitoring, holds, [following], following.on, last, facts, step)
    start = case.findings[monitoring.start].when
    if start is None or not start.whole:
        known = case.findings[monitoring.start].complete  # none has been
        return MonitoringResult(monitoring, holds, [], None, last, [] if known else [monitoring.start], step)
    due = _schedule(monitoring.every, monitoring.length, start.first, last, case.as_of)
    return MonitoringResult(
        monitoring, holds, due, next((d.on for d in due if d.state != "done"), None), last, facts, step
    )


def _last_measured(measured: Finding, as_of: date) -> date | None:
    """Return the day of the last result that could be read; of a month, its first day, so that nothing is due late."""
    if not (measured.usable or measured.state == "too-old") or measured.entry is None or measured.inputs:
        return None
    return measured.entry.on.first if measured.entry.on else as_of


def _following(every: Span, last: date | None, as_of: date) -> Due:
    on = add(last, every.high, every.unit) if last else as_of
    return Due(on, "overdue" if on < as_of else "due")


def _schedule(every: Span, length: Span | None, start: date, last: date | None, as_of: date) -> list[Due]:
    """Return the dates a schedule asks for; without an end, those up to the first that is still to come."""
    end = add(start, length.high, length.unit) if length else None
    due: list[Due] = []
    count = 1
    while True:
        on = add(start, count * every.high, every.unit)
        if end is not None and on > end:
            return due
        done = last is not None and last >= on
        due.append(Due(on, "done" if done else "overdue" if on < as_of else "due"))
        if (end is None and on > as_of) or on == date.max or count > 1200:
            return due
        count += 1
