"""A topic's rules as plain JSON, for interpreters that are not this one: the form on the topic page, or yours.

Everything a decision on the topic needs is in it: the facts with their units, limits and formulas, the positions with
each condition as a tree, and the phrases that `wording` makes of them. Decimal numbers are text, so that nothing is
rounded on the way; schema/portable.schema.json describes every field. `tests/test_portable.py` holds the
interpreter in JavaScript (site/theme/try.js) to the answers of this package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any

from .boxed import HEADING, IMMUNOGLOBULIN, may_give_immunoglobulin
from .chart import offered_units, unlike_unit
from .decision import boxed_data
from .evaluate import facts_named, weight_of
from .formula import Call, Choose, Name, Node, Number
from .library import Library
from .model import (
    AgeComparison,
    Caution,
    Citation,
    Comparison,
    Condition,
    CountOf,
    Dosing,
    Fact,
    FactComparison,
    Grade,
    GradeIs,
    Group,
    Implication,
    IsOption,
    Line,
    Monitoring,
    Named,
    Option,
    Planned,
    Position,
    Recommendation,
    Recorded,
    Silence,
    Span,
    Table,
    TimeSince,
    Topic,
    YesNo,
    direction,
    readings_of,
)
from .quantity import BODY, CHARTED, UNITS, WORDS, Range, plain, si_factor, spoken
from .wording import (
    ABOUTS,
    AGREEMENTS,
    CERTAINTIES,
    DISCLAIMER,
    STATES,
    STRENGTHS,
    Wording,
    action_text,
    course,
    lower_first,
    unbracketed,
)

FORMAT = "igguide-rules/1"


def portable(library: Library, topic: Topic) -> dict[str, Any]:
    """Return a topic as plain data in the shape of schema/portable.schema.json."""
    reads = {p.id: library.compiled[p.address].reads for p in topic.positions.values()}
    named = [*([topic.anchor] if topic.anchor else []), *facts_named(topic.arises_when, library.facts)]
    facts = _closure([*named, *(name for listed in reads.values() for name in listed)], library.facts)
    writer, units = _Writer(library.wording), _units(library, topic, facts)
    return {
        "rules": FORMAT,
        "notice": DISCLAIMER,
        "library": {"version": library.version, "digest": library.digest},
        "topic": {
            "id": topic.id,
            "title": topic.title,
            "question": topic.question,
            "about": topic.about,
            "anchor": topic.anchor,
            "arises_when": writer.condition(topic.arises_when, None),
        },
        "facts": {name: fact_data(library.facts[name]) for name in library.facts if name in facts},
        "positions": [writer.position(p, reads[p.id]) for p in topic.positions.values()],
        "units": units,
        "other_units": [code for code in UNITS if code not in units],
        "unit_words": WORDS | CHARTED,
        "body": {unit: list(pair) for unit, pair in BODY.items()},
        "boxed_warnings": _boxed(library, topic),
        "words": _words(topic),
    }


def _boxed(library: Library, topic: Topic) -> dict[str, Any]:
    """Return what labels warn of, and what a rule for something is about beside which that belongs."""
    listed = library.context.boxed if may_give_immunoglobulin(topic) else ()
    return {"heading": HEADING, "abouts": list(IMMUNOGLOBULIN), "warnings": [boxed_data(each) for each in listed]}


def _words(topic: Topic) -> dict[str, Any]:
    abouts = dict.fromkeys(rule.about for p in topic.positions.values() for rule in p.recommendations.values())
    return {
        "states": STATES,
        "agreements": AGREEMENTS,
        "abouts": {about: ABOUTS[about] for about in (*abouts, *([topic.about] if topic.about else []))},
    }


def _closure(names: Iterable[str], facts: Mapping[str, Fact]) -> set[str]:
    """Return these facts and all whose value bears on theirs: inputs, and choices that fix one another."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        fact = facts[name]
        waiting += fact.inputs
        waiting += [other for option in fact.options.values() for other in option.implies]
        waiting += [
            other.name for other in facts.values() if any(name in option.implies for option in other.options.values())
        ]
    return found


# --- units ---


def _units(library: Library, topic: Topic, facts: Iterable[str]) -> dict[str, Any]:
    """Return every unit of the dimensions that the topic's facts and doses are in."""
    codes = [library.facts[name].unit or "1" for name in facts]
    codes += [fact.analyte[0] for name in facts if (fact := library.facts[name]).analyte]
    codes += ["kg", "m2", "a", "mo", "wk", "d"]
    for position in topic.positions.values():
        for dosing in position.dosing.values():
            stated = [code for code in (dosing.give_unit, dosing.at_most_unit, dosing.round_unit) if code]
            codes += [*stated, *(BODY[code][1] for code in stated if code in BODY)]
            codes += [span.unit for span in (dosing.every, dosing.over, dosing.length) if span]
        codes += [m.every.unit for m in position.monitoring.values() if m.every]
    dimensions = {UNITS[code].dimension for code in codes}
    return {
        code: {
            "dimension": unit.dimension,
            "factor": plain(unit.factor),
            "one": spoken(code, Decimal(1)),
            "many": spoken(code),
        }
        for code, unit in UNITS.items()
        if unit.dimension in dimensions
    }


# --- facts ---


def fact_data(fact: Fact) -> dict[str, Any]:
    """Return a fact of the vocabulary as plain data; what it does not have is left out."""
    within = next((binding.within for binding in fact.bindings if binding.within), None)
    data = {
        "title": fact.title,
        "kind": fact.kind,
        "group": PurePosixPath(fact.place.file).stem.replace("-", " ").capitalize().replace("Igg", "IgG"),
        "question": fact.question,
        "unit": fact.unit,
        "offered": offered_units(fact) if fact.kind == "quantity" else None,
        "unlike": unlike_unit(fact),
        "limits": fact.limits and _ends(fact.limits),
        "usable_for": _span(fact.usable_for),
        "counts_for": _span(within),
        "may_be_planned": (fact.kind == "date" and fact.may_be_planned) or None,
        "earliest": any(binding.pick == "earliest" for binding in fact.bindings) or None,
        "options": [_option(option) for option in fact.options.values()],
        "fields": {name: [_option(option) for option in options.values()] for name, options in fact.fields.items()},
        "implied_by": fact.implied_by and _implication(fact.implied_by),
        "age_from": fact.age_from,
        "formula": fact.formula and _node(fact.formula.node),
        "inputs": list(fact.formula.facts) if fact.formula else None,
        "size": plain(si_factor(UNITS[fact.unit or "1"])) if fact.kind == "quantity" else None,
        "table": fact.table and _table(fact.table),
        "score": [[name, plain(points)] for name, points in fact.score.points.items()] if fact.score else None,
        "analyte": fact.analyte and [fact.analyte[0], plain(fact.analyte[1]), fact.analyte[2]],
    }
    return {key: value for key, value in data.items() if value not in (None, [], {})}


def _option(option: Option) -> dict[str, Any]:
    data = {
        "name": option.name,
        "title": option.title,
        "aliases": list(option.aliases),
        "implies": dict(option.implies),
    }
    return {key: value for key, value in data.items() if value}


def _implication(rule: Implication) -> dict[str, Any]:
    return {
        "events": rule.events,
        "where": dict(rule.where),
        "at_least": rule.at_least,
        "within": _span(rule.within),
        "to_yes": rule.to_yes,
    }


def _table(table: Table) -> dict[str, Any]:
    rows = [
        {
            "from": row.low,
            "from_unit": row.low_unit,
            "below": row.below,
            "below_unit": row.below_unit,
            "value": plain(row.value),
        }
        for row in table.rows
    ]
    return {"over": table.over, "rows": rows}


def _node(node: Node) -> dict[str, Any]:
    """Return a formula as a tree; numbers are in grams, metres, days and moles."""
    if isinstance(node, Number):
        return {"number": plain(node.value)}
    if isinstance(node, Name):
        return {"fact": node.fact}
    if isinstance(node, Choose):
        return {"choose": node.fact, "options": {option: _node(part) for option, part in node.parts}}
    assert isinstance(node, Call)
    return {"apply": node.operator, "to": [_node(part) for part in node.parts]}


def _ends(value: Range) -> dict[str, Any]:
    return {"low": _end(value.low), "high": _end(value.high)}


def _end(end: Decimal | None) -> str | None:
    return None if end is None else plain(end)


def _span(span: Span | None) -> dict[str, Any] | None:
    return None if span is None else {"low": span.low, "high": span.high, "unit": span.unit}


# --- conditions ---

_LINES: dict[type, Callable[[Any], dict[str, Any]]] = {
    YesNo: lambda line: {"form": "yes-no", "fact": line.fact},
    Comparison: lambda line: {
        "form": "compare",
        "fact": line.fact,
        "operator": line.operator,
        "number": plain(line.number),
        "unit": line.unit,
    },
    AgeComparison: lambda line: {
        "form": "age",
        "fact": line.fact,
        "operator": line.operator,
        "number": plain(line.number),
        "unit": line.unit,
    },
    FactComparison: lambda line: {
        "form": "compare-facts",
        "fact": line.fact,
        "operator": line.operator,
        "other": line.other,
    },
    IsOption: lambda line: {"form": "option", "fact": line.fact, "options": sorted(line.options)},
    GradeIs: lambda line: {"form": "grade", "grade": line.grade, "band": line.band, "or_worse": line.or_worse},
    TimeSince: lambda line: {
        "form": "time-since",
        "fact": line.fact,
        "operator": line.operator,
        "count": line.number,
        "unit": line.unit,
    },
    Planned: lambda line: {"form": "planned", "fact": line.fact},
    CountOf: lambda line: {
        "form": "count",
        "fact": line.fact,
        "where": dict(line.where),
        "within": _span(line.within),
        "operator": line.operator,
        "count": line.number,
    },
    Recorded: lambda line: {"form": "recorded", "fact": line.fact},
    Named: lambda line: {"form": "criterion", "criterion": line.criterion},
}


class _Writer:
    """Writes positions with the phrases of one library."""

    def __init__(self, words: Wording) -> None:
        self.words = words

    def condition(self, condition: Condition | None, position: Position | None) -> dict[str, Any] | None:
        """Return a condition as a tree; each part has the phrase by which page and terminal call it."""
        if condition is None:
            return None
        if isinstance(condition, Group):
            parts = [self.condition(part, position) for part in condition.parts]
            phrase = self.words.join(condition).capitalize()
            counted = {"count": condition.count} if condition.join == "at_least" else {}
            return {"form": condition.join, **counted, "phrase": phrase, "parts": parts}
        return self.line(condition, position)

    def line(self, line: Line, position: Position | None) -> dict[str, Any]:
        """Return a line by its form, with its phrase, what it says under a `none`, and its text."""
        phrases = {"phrase": self.words.line(line, position), "denied": self.words.denied(line, position)}
        return {**_LINES[type(line)](line), **phrases, "line": line.text}

    def position(self, position: Position, reads: Iterable[str]) -> dict[str, Any]:
        """Return all of a position that is evaluated, in the order of the file."""
        of = position
        return {
            "id": of.id,
            "title": of.title,
            "short": self.words.short_source(of.id),
            "version": of.version,
            "status": of.status,
            "valid": {"from": _day(of.valid.start), "until": _day(of.valid.until)},
            "supersedes": list(of.supersedes),
            "reads": list(reads),
            "applies_when": self.condition(of.applies_when, of),
            "criteria": [
                {"id": c.id, "phrase": c.title or c.id, "when": self.condition(c.when, of)}
                for c in of.criteria.values()
            ],
            "grades": [self.grade(grade, of) for grade in of.grades.values()],
            "recommendations": [self.rule(rule, of) for rule in of.recommendations.values()],
            "dosing": [self.dosing(dosing, of) for dosing in of.dosing.values()],
            "cautions": [self.caution(caution, of) for caution in of.cautions.values()],
            "monitoring": [self.monitoring(monitoring, of) for monitoring in of.monitoring.values()],
            "silent": [self.silence(silence, of) for silence in of.silent.values()],
        }

    def grade(self, grade: Grade, position: Position) -> dict[str, Any]:
        """Return a grade: its bands, worst first, and what is otherwise."""
        return {
            "id": grade.id,
            "phrase": grade.title,
            "when": self.condition(grade.when, position),
            "bands": [{"name": b.name, "when": self.condition(b.when, position)} for b in grade.bands],
            "otherwise": grade.otherwise,
            "source": self.cited(grade.cite),
        }

    def rule(self, rule: Recommendation, position: Position) -> dict[str, Any]:
        """Return a recommendation with its words."""
        certainty = f", {CERTAINTIES[rule.certainty]}" if rule.certainty else ""
        return {
            "id": rule.id,
            "title": rule.title,
            "action": rule.action,
            "about": rule.about,
            "direction": direction(rule.action),
            "phrase": action_text(rule.action, rule.about),
            "strength": STRENGTHS[rule.strength] + certainty,
            "says": rule.says,
            "readings": readings_of(rule, position),
            "source": self.cited(rule.cite),
            "when": self.condition(rule.when, position),
            "unless": list(rule.unless),
            "especially_when": self.condition(rule.especially_when, position),
            "especially": self.words.condition(rule.especially_when, position) if rule.especially_when else None,
            "dose": rule.dose,
        }

    def dosing(self, dosing: Dosing, position: Position) -> dict[str, Any]:
        """Return a dosing; `size` is the fact on which the amount is counted, `words` what is said with an amount."""
        given, words = course(dosing), self.words
        return {
            "id": dosing.id,
            "phrase": words.dosing(dosing) or lower_first(dosing.title or dosing.id),
            "words": {
                "name": words.dose_name(dosing),
                "course": given.words,
                "until": words.dose_until(dosing, position),
                "basis": unbracketed(words.dose_basis(dosing)),
                "of": words.dose_of(dosing),
                "limits": list(words.dose_limits(dosing)),
            },
            "doses": given.doses and list(given.doses),
            "when": self.condition(dosing.when, position),
            "give": _amount(dosing.give, dosing.give_unit),
            "give_fact": dosing.give_fact,
            "give_unit": dosing.give_unit,
            "by": dosing.by,
            "size": weight_of(dosing),
            "at_most": _amount(dosing.at_most, dosing.at_most_unit),
            "round_to": dosing.round_to and {"value": plain(dosing.round_to), "unit": dosing.round_unit},
            "times": dosing.times and list(dosing.times),
            "every": _span(dosing.every),
            "over": _span(dosing.over),
            "for": _span(dosing.length),
            "then": dosing.then,
            "or": list(dosing.alternatives),
        }

    def caution(self, caution: Caution, position: Position) -> dict[str, Any]:
        """Return a caution with its words."""
        return {
            "id": caution.id,
            "severity": caution.severity,
            "says": caution.says,
            "when": self.condition(caution.when, position),
        }

    def monitoring(self, monitoring: Monitoring, position: Position) -> dict[str, Any]:
        """Return what to measure, and from when."""
        return {
            "id": monitoring.id,
            "measure": monitoring.measure,
            "says": monitoring.says,
            "when": self.condition(monitoring.when, position),
            "every": _span(monitoring.every),
            "from": monitoring.start,
            "for": _span(monitoring.length),
        }

    def silence(self, silence: Silence, position: Position) -> dict[str, Any]:
        """Return what the source leaves open; of a patient there, a position none of whose rules holds says nothing."""
        return {
            "id": silence.id,
            "about": silence.about,
            "reading": silence.reading,
            "when": self.condition(silence.when, position),
        }

    def cited(self, cite: Citation | None) -> str | None:
        """Return a citation in short, with how it was read."""
        if cite is None:
            return None
        told = (self.words.short_source(cite.source), cite.locator, self.words.read_in(cite))
        return ", ".join(part for part in told if part)


def _amount(value: Range | None, unit: str | None) -> dict[str, Any] | None:
    return None if value is None or unit is None else {**_ends(value), "unit": unit}


def _day(day: Any) -> str | None:
    return None if day is None else str(day)
