"""A decision: every position's answer for one record on one date, with reasons, questions and problems."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from .agreement import Agreement, agreements, matters, says_nothing, separating_line, silences
from .boxed import BoxedWarning, gives_immunoglobulin
from .chart import Chart, Trouble
from .dates import written
from .evaluate import (
    CautionResult,
    CompiledPosition,
    Dose,
    GradeResult,
    MonitoringResult,
    PositionResult,
    RuleResult,
    SilenceResult,
    evaluate_position,
)
from .findings import NOT_RECORDED, Finding, Findings
from .model import (
    AgeComparison,
    Citation,
    Comparison,
    Fact,
    Grade,
    GradeIs,
    Group,
    Named,
    Position,
    Span,
    TimeSince,
    Topic,
)
from .quantity import Range, plain
from .trace import Step, Unless, missing
from .truth import NO, UNKNOWN, YES
from .wording import DISCLAIMER, Wording, ahead_text, is_ahead

if TYPE_CHECKING:
    from .counterfactual import Flip

FORMAT = "igguide/1"


@dataclass(frozen=True, slots=True)
class TopicResult:
    """A topic, its positions' answers, and how they stand to each other."""

    topic: Topic
    positions: tuple[PositionResult, ...]
    agreements: tuple[Agreement, ...]

    @property
    def agreement(self) -> str:
        """Return the agreement on what the topic is mainly about."""
        return next((a.result for a in self.agreements if a.about == self.topic.about), "none")


@dataclass(frozen=True, slots=True)
class Question:
    """A fact that could still change an answer, and the answers that it could change."""

    fact: Fact
    decides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotConsidered:
    """A topic of which it is not known whether it concerns the patient, and the fact that would tell."""

    topic: Topic
    fact: Fact | None


@dataclass(frozen=True, slots=True)
class Context:
    """What decisions of one library share: its version and digest, its facts and its words, and what labels warn of."""

    version: str
    digest: str
    engine: str
    facts: Mapping[str, Fact]
    wording: Wording
    boxed: tuple[BoxedWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What a library answers for a record. `explain()` gives the reasons in words, `to_dict()` the JSON form."""

    context: Context
    as_of: date
    record_id: str | None
    record_digest: str
    findings: Mapping[str, Finding]
    topics: tuple[TopicResult, ...]
    ask: tuple[Question, ...]
    not_considered: tuple[NotConsidered, ...]
    problems: tuple[Trouble, ...]
    flips: Mapping[str, Mapping[str, tuple[Flip, ...]]] | None = None  # by position and rule, where asked for

    def flips_of(self, position: Position, rule: str) -> tuple[Flip, ...]:
        """Return what would change a rule's answer; nothing where that was not asked for."""
        return (self.flips or {}).get(position.address, {}).get(rule, ())

    @property
    def boxed_warnings(self) -> tuple[BoxedWarning, ...]:
        """Return the boxed warnings of the products' labels where a rule that holds gives immunoglobulin, else none."""
        given = any(
            rule.holds == YES and gives_immunoglobulin(rule.rule)
            for result in self.topics
            for position in result.positions
            for rule in position.rules.values()
        )
        return self.context.boxed if given else ()

    def explain(self) -> str:
        """Return the whole decision in words, every rule with the steps that led to its answer."""
        from .report import explain_text

        return explain_text(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the decision as plain data in the shape of schema/decision.schema.json."""
        return _Writer(self).decision()


def decide(
    context: Context,
    chart: Chart,
    as_of: date,
    considered: Sequence[tuple[Topic, Sequence[CompiledPosition]]],
    asked_by_name: bool,
    arises: Mapping[str, Callable[[Findings], Step]] | None = None,
) -> Decision:
    """Return the decision for a chart on a date over topics, each with its positions in force.

    Asked for the whole library (`asked_by_name` false), topics whose anchor event is not recorded, and those of which
    it is not known whether they arise, are named under `not_considered`; topics that do not arise, and those none of
    whose positions applies, are left out. `arises` gives the compiled `arises_when` of the topics that have one.
    """
    findings = Findings(chart, context.facts, as_of)
    topics, left, read = list[TopicResult](), list[NotConsidered](), dict[str, None]()
    for topic, compiled in considered:
        anchor = findings[topic.anchor] if topic.anchor else None
        if anchor and not asked_by_name and anchor.state == NOT_RECORDED and anchor.entry is None:
            left.append(NotConsidered(topic, anchor.fact))
            continue
        step = arises[topic.id](findings) if arises and topic.id in arises else None
        if step is not None and not asked_by_name and step.answer != YES:
            if step.answer == UNKNOWN:
                asked = missing(step)
                left.append(NotConsidered(topic, context.facts[asked[0]] if asked else None))
            continue
        results = tuple(evaluate_position(position, findings) for position in compiled)
        read.update(
            dict.fromkeys(
                [*([topic.anchor] if topic.anchor else []), *(name for position in compiled for name in position.reads)]
            )
        )
        if asked_by_name or any(result.applies != NO for result in results):
            topics.append(TopicResult(topic, results, tuple(agreements(results))))
    known = {name: findings[name] for name in read}
    troubles = [
        trouble
        for trouble in chart.troubles
        if trouble.kind == "unknown-fact" or trouble.fact in known or not trouble.fact
    ]
    told = {*known, *(each.fact.name for each in left if each.fact)}
    troubles += [trouble for trouble in findings.troubles if trouble.fact in told]
    problems = tuple(sorted(set(troubles), key=lambda trouble: (trouble.fact, trouble.kind, trouble.detail)))
    return Decision(
        context,
        as_of,
        chart.id,
        chart.digest,
        known,
        tuple(topics),
        _questions(topics, findings),
        tuple(left),
        problems,
    )


def _questions(topics: Iterable[TopicResult], findings: Findings) -> tuple[Question, ...]:
    """Return what to ask, most decisive first: for rules, then grades, emphasis, doses, then the rest."""
    tiers: dict[str, int] = {}
    decides: dict[str, dict[str, None]] = {}
    anchors = set()
    for result in topics:
        if result.topic.anchor and not findings[result.topic.anchor].usable:
            anchors.add(result.topic.anchor)
        for tier, fact, what in _open(result):
            tiers[fact] = min(tier, tiers.get(fact, tier))
            decides.setdefault(fact, {})[what] = None
    order = sorted(tiers, key=lambda fact: (fact not in anchors, tiers[fact], -len(decides[fact]), fact))
    return tuple(Question(findings.facts[fact], tuple(decides[fact])) for fact in order)


def _open(result: TopicResult) -> Iterable[tuple[int, str, str]]:
    for position in result.positions:
        if position.applies == NO:
            continue
        address = position.position.address
        for name, rule in position.rules.items():
            for tier, facts in ((0, rule.missing_holds), (2, rule.missing_emphasis), (3, rule.missing_dose)):
                yield from ((tier, fact, f"{address}/{name}") for fact in facts)
        for name, grade in position.grades.items():
            yield from ((1, fact, f"{address}/{name}") for fact in grade.missing)
        for caution in position.cautions:
            yield from ((4, fact, f"{address}/{caution.caution.id}") for fact in caution.missing)
        for monitoring in position.monitoring:
            yield from ((4, fact, f"{address}/{monitoring.monitoring.id}") for fact in monitoring.missing)
        for silence in _open_silences(position):
            yield from ((4, fact, f"{address}/{silence.silence.id}") for fact in silence.missing)


def _open_silences(result: PositionResult) -> Iterable[SilenceResult]:
    """Return the declared silences of which it is not known whether they cover the patient, where that still counts."""
    found = [
        each for about in matters(result) if says_nothing(result, about) == UNKNOWN for each in silences(result, about)
    ]
    return {each.silence.id: each for each in found if each.holds == UNKNOWN}.values()


# --- as plain data ---


def problem_only(context: Context, as_of: date, digest: str, detail: str) -> dict[str, Any]:
    """Return the JSON form for a record that could not be read as a whole: no answers, and the problem."""
    unread = Decision(context, as_of, None, digest, {}, (), (), (), (Trouble("unreadable", "", detail),))
    return unread.to_dict()


class _Writer:
    def __init__(self, decision: Decision) -> None:
        self.of = decision
        self.words = decision.context.wording

    def decision(self) -> dict[str, Any]:
        d = self.of
        return {
            "decision": FORMAT,
            "as_of": d.as_of.isoformat(),
            "library": {"version": d.context.version, "digest": d.context.digest},
            "engine": d.context.engine,
            "notice": DISCLAIMER,
            "record": {"id": d.record_id, "digest": d.record_digest},
            "facts": {name: self.fact(finding) for name, finding in d.findings.items()},
            "topics": [self.topic(result) for result in d.topics],
            "boxed_warnings": [boxed_data(each) for each in d.boxed_warnings],
            "ask": [
                {"fact": q.fact.name, "question": q.fact.question or q.fact.title, "decides": list(q.decides)}
                for q in d.ask
            ],
            "not_considered": [self.not_considered(each) for each in d.not_considered],
            "problems": [{"kind": p.kind, "fact": p.fact or None, "detail": p.detail} for p in d.problems],
        }

    def fact(self, finding: Finding) -> dict[str, Any]:
        """Return what is known of a fact; of a date in the future, that it is taken as planned."""
        data = finding_data(finding)
        return {**data, "note": ahead_text(finding, self.of.as_of)} if is_ahead(finding, self.of.as_of) else data

    def not_considered(self, each: NotConsidered) -> dict[str, Any]:
        fact = each.fact
        asked = (fact.question or fact.title) if fact else each.topic.question
        return {"topic": each.topic.id, "fact": fact.name if fact else None, "question": asked}

    def topic(self, result: TopicResult) -> dict[str, Any]:
        return {
            "topic": result.topic.id,
            "agreement": result.agreement,
            "agreements": [self.agreement(a) for a in result.agreements],
            "positions": [self.position(position) for position in result.positions],
        }

    def agreement(self, agreement: Agreement) -> dict[str, Any]:
        return {
            "about": agreement.about,
            "result": agreement.result,
            "differs": list(agreement.differs),
            "silent": list(agreement.silent),
            "separated_by": [
                {
                    "positions": [s.holding, s.failing],
                    "rule": s.rule,
                    "way": s.way,
                    "condition": separating_line(s) or self.words.node(s.step, None),
                    "fact": s.step.finding.fact.name if s.step.finding else None,
                    "place": s.step.node.place.short if not isinstance(s.step.node, Unless) else None,
                }
                for s in agreement.separated_by
            ],
        }

    def position(self, result: PositionResult) -> dict[str, Any]:
        position = result.position
        return {
            "position": position.id,
            "version": position.version,
            "status": position.status,
            "applies": result.applies,
            "missing": result.missing,
            "trace": self.step(result.applies_step, position),
            "grades": {name: self.grade(grade, position) for name, grade in result.grades.items()},
            "recommendations": [self.rule(rule, position) for rule in result.rules.values()],
            "cautions": [self.caution(caution, position) for caution in result.cautions],
            "monitoring": [self.monitoring(monitoring, position) for monitoring in result.monitoring],
            "silent": [self.silence(silence, position) for silence in result.silent],
        }

    def grade(self, result: GradeResult, position: Position) -> dict[str, Any]:
        return {
            "value": result.value,
            "at_least": result.at_least,
            "at_most": result.at_most,
            "missing": result.missing,
            "cite": cite_data(result.grade.cite),
            "trace": self.step(result.step, position),
        }

    def rule(self, result: RuleResult, position: Position) -> dict[str, Any]:
        rule = result.rule
        data: dict[str, Any] = {
            "id": rule.id,
            "title": rule.title,
            "holds": result.holds,
            "action": rule.action,
            "about": rule.about,
            "emphasis": result.emphasis,
            "strength": rule.strength,
            "certainty": rule.certainty,
            "dose": dose_data(result.dose),
            "missing": result.missing,
            "cite": cite_data(rule.cite),
            "place": rule.place.short,
            "trace": self.step(result.step, position),
            "emphasis_trace": self.step(result.emphasis_step, position),
        }
        if self.of.flips is not None:
            data["flips"] = [flip_data(flip, self.words) for flip in self.of.flips_of(position, rule.id)]
        return data

    def caution(self, result: CautionResult, position: Position) -> dict[str, Any]:
        caution = result.caution
        return {
            "id": caution.id,
            "holds": result.holds,
            "severity": caution.severity,
            "says": caution.says,
            "missing": result.missing,
            "cite": cite_data(caution.cite),
            "place": caution.place.short,
            "trace": self.step(result.step, position),
        }

    def silence(self, result: SilenceResult, position: Position) -> dict[str, Any]:
        silence = result.silence
        return {
            "id": silence.id,
            "holds": result.holds,
            "about": silence.about,
            "reading": silence.reading,
            "missing": result.missing,
            "place": silence.place.short,
            "trace": self.step(result.step, position),
        }

    def monitoring(self, result: MonitoringResult, position: Position) -> dict[str, Any]:
        monitoring = result.monitoring
        return {
            "id": monitoring.id,
            "holds": result.holds,
            "measure": monitoring.measure,
            "every": _span_data(monitoring.every),
            "from": monitoring.start,
            "for": _span_data(monitoring.length),
            "due": [{"on": due.on.isoformat(), "state": due.state} for due in result.due],
            "next": result.next.isoformat() if result.next else None,
            "last": result.last.isoformat() if result.last else None,
            "says": monitoring.says,
            "missing": result.missing,
            "cite": cite_data(monitoring.cite),
            "place": monitoring.place.short,
            "trace": self.step(result.step, position),
        }

    def step(self, step: Step | None, position: Position) -> dict[str, Any] | None:
        """Return a step with its parts; a line carries the value, how it was written, and the threshold."""
        if step is None:
            return None
        node = step.node
        data: dict[str, Any] = {
            "kind": _kind(step),
            "answer": step.answer,
            "text": self.words.node(step, position),
            "line": getattr(node, "text", None),
            "place": node.place.short if not isinstance(node, Unless) else position.place.short,
        }
        if isinstance(node, Grade | Named):
            cite = node.cite if isinstance(node, Grade) else position.criteria[node.criterion].cite
            data["cite"] = cite_data(cite)
        if step.finding is not None:
            data.update(self.found(step, step.finding))
        data["parts"] = [self.step(part, position) for part in step.parts]
        return data

    def found(self, step: Step, finding: Finding) -> dict[str, Any]:
        entry = finding.entry
        data: dict[str, Any] = {
            "fact": finding.fact.name,
            "found": self.words.found(step, self.of.as_of),
            "value": value_data(finding),
            "as_written": entry.written if entry else None,
            "on": written(entry.on) if entry and entry.on else None,
            "from": entry.source if entry else None,
            "threshold": _threshold(step),
            "why": None if finding.state == "known" else finding.state,
        }
        return data


def _kind(step: Step) -> str:
    node = step.node
    if isinstance(node, Group):
        return node.join
    if isinstance(node, Unless):
        return "none"
    return "grade" if isinstance(node, Grade | GradeIs) else "criterion" if isinstance(node, Named) else "line"


def _threshold(step: Step) -> dict[str, Any] | None:
    node = step.node
    if isinstance(node, Comparison):
        own = step.finding.fact.unit if step.finding else None
        return {
            "operator": node.operator,
            "value": plain(node.number),
            "unit": node.unit,
            "in_own_unit": {"value": plain(node.threshold.exact or node.number), "unit": own},
        }
    if isinstance(node, AgeComparison):
        return {"operator": node.operator, "value": plain(node.number), "unit": node.unit}
    if isinstance(node, TimeSince):
        return {"operator": node.operator, "value": str(node.number), "unit": node.unit}
    return None


def finding_data(finding: Finding) -> dict[str, Any]:
    """Return what is known of a fact: its state, value, how it was written, when, and where in the record."""
    entry = finding.entry
    data: dict[str, Any] = {
        "state": finding.state,
        "value": value_data(finding),
        "as_written": entry.written if entry and entry.written else None,
        "on": written(entry.on) if entry and entry.on else None,
        "from": entry.source if entry and entry.source else None,
    }
    if finding.inputs:
        data["derived_from"] = [part.fact.name for part in finding.inputs]
    note = finding.note or (entry.note if entry else None)
    if note:
        data["note"] = note
    return data


def value_data(finding: Finding) -> Any:
    """Return a finding's value as plain data, by kind; None where it holds none."""
    if not finding.usable:
        return None
    kind = finding.fact.kind
    if kind == "quantity":
        return (
            None if finding.range is None else range_data(finding.range, finding.fact.unit or "", _comparator(finding))
        )
    if kind == "yes-no":
        return None if finding.truth == UNKNOWN else finding.truth
    if kind == "choice":
        options = sorted(finding.possible or ())
        return options[0] if len(options) == 1 else options or None
    if kind == "choices":
        return sorted(finding.chosen)
    if kind == "date":
        return written(finding.when) if finding.when else "none" if finding.complete else None
    return [dict(event.fields, **({"on": written(event.on)} if event.on else {})) for event in finding.events]


def _comparator(finding: Finding) -> str | None:
    """Return the comparator of a value that is still as the record states it: no conflict, no other source, no limit."""
    value, entry = finding.range, finding.entry
    if entry is None or finding.state == "conflicting" or finding.inputs or value is None:
        return None
    bound = value.high_open if entry.comparator == "<" else value.low_open if entry.comparator == ">" else True
    return entry.comparator if bound else None


def range_data(value: Range, unit: str, comparator: str | None = None) -> dict[str, Any]:
    """Return a range as `{value, unit, comparator}`, or `{low, high, unit, comparator}` where it has two ends."""
    exact = value.exact
    if comparator and exact is None:
        exact = value.high if comparator.startswith("<") else value.low
    if exact is not None:
        return {"value": plain(exact), "unit": unit, "comparator": comparator}
    return {"low": _end(value.low), "high": _end(value.high), "unit": unit, "comparator": None}


def _end(end: Any) -> str | None:
    return None if end is None else plain(end)


def _amount_data(value: Range | None, unit: str | None) -> dict[str, Any] | None:
    if value is None or unit is None:
        return None
    if value.exact is not None:
        return {"value": plain(value.exact), "unit": unit}
    return {"low": _end(value.low), "high": _end(value.high), "unit": unit}


def _span_data(span: Span | None) -> dict[str, Any] | None:
    if span is None:
        return None
    return (
        {"value": str(span.low), "unit": span.unit}
        if span.low == span.high
        else {"low": str(span.low), "high": str(span.high), "unit": span.unit}
    )


def dose_data(dose: Dose | None) -> dict[str, Any] | None:
    """Return a dose as plain data: `amount` for this patient, `per` as the source states it, `by` which weight."""
    if dose is None:
        return None
    dosing = dose.dosing
    return {
        "amount": _amount_data(dose.amount, dose.unit),
        "per": _amount_data(dose.give, dosing.give_unit) if dosing.by else None,
        "by": dosing.by,
        "every": _span_data(dosing.every),
        "over": _span_data(dosing.over),
        "for": _span_data(dosing.length),
        "times": None if dosing.times is None else "-".join(map(str, dict.fromkeys(dosing.times))),
        "at_most": _amount_data(dose.limit, dose.unit),
        "round_to": None if dosing.round_to is None else {"value": plain(dosing.round_to), "unit": dosing.round_unit},
        "capped": dose.capped,
        "then": dosing.then,
        "or": list(dosing.alternatives),
        "dosing": dosing.id,
        "cite": cite_data(dosing.cite),
    }


def flip_data(flip: Flip, words: Wording) -> dict[str, Any]:
    """Return a flip as plain data: the answer it leads to, the changes, and the sentence."""
    from .counterfactual import flip_text

    changes = [
        {"fact": c.fact.name, "to": range_data(c.to, c.fact.unit or "") if isinstance(c.to, Range) else c.to}
        for c in flip.changes
    ]
    return {"to": flip.to, "changes": changes, "text": flip_text(flip, words)}


def boxed_data(boxed: BoxedWarning) -> dict[str, Any]:
    """Return a boxed warning as plain data: what it says, and each product whose label carries it."""
    products = [
        {"product": product.id, "name": product.name, "cite": cite_data(product.boxed_warning.cite)}
        for product in boxed.products
        if product.boxed_warning
    ]
    return {"says": boxed.says, "products": products}


def cite_data(cite: Citation | None) -> dict[str, Any]:
    """Return a citation as plain data; an empty map where there is none of its own."""
    if cite is None:
        return {}
    data: dict[str, Any] = {"source": cite.source, "via": cite.via, "fact": list(cite.facts), "locator": cite.locator}
    data["verified"] = cite.verified.isoformat() if cite.verified else None
    return {key: value for key, value in data.items() if value is not None and value != []}


__all__ = [
    "FORMAT",
    "Context",
    "Decision",
    "NotConsidered",
    "Question",
    "TopicResult",
    "boxed_data",
    "cite_data",
    "decide",
    "finding_data",
    "problem_only",
    "value_data",
]
