"""Records for the portable form of the rules, Python's answers in its shape, and the comparison of the two."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import building

import igguide
from igguide.agreement import Agreement
from igguide.dates import add
from igguide.decision import Decision, _kind, _Writer, boxed_data, decide, dose_data
from igguide.evaluate import Dose, PositionResult, conditions_of
from igguide.folders import guidelines_folder
from igguide.library import Library, check_folder
from igguide.model import AgeComparison, Fact, Grade, Position, TimeSince, lines_of
from igguide.portable import offered_units
from igguide.quantity import UNITS, plain, read_amount, unit_named
from igguide.trace import Step
from igguide.witness import DAY, Candidates
from igguide.wording import ahead_text, is_ahead, is_used, open_grade

HERE = Path(__file__).resolve().parent
Case = dict[str, Any]  # topic, record, as_of, positions (None: those in force), steps (whether they are compared)

STEPS_IN = 20  # of so many generated records one is compared with all its steps, in words

# --- what is tried ---


def examples(topics: Mapping[str, Any]) -> Iterator[Case]:
    """Yield the record of every example, for its position by name, and for its topic."""
    for file in check_folder(guidelines_folder()).examples:
        for example in file.examples if file.topic in topics else ():
            record, as_of = dict(example.record), example.as_of.isoformat()
            yield _case(file.topic, record, as_of, [file.position])
            yield _case(file.topic, record, as_of, steps=False)


def hand_chosen() -> Iterator[Case]:
    """Yield the hard cases whose answers were worked out by thought."""
    for case in json.loads((HERE / "conformance" / "hand-chosen.json").read_text(encoding="utf-8")):
        yield _case(case["topic"], _as_javascript_reads(case["record"]), case["as_of"], [case["position"]])


def _as_javascript_reads(value: Any) -> Any:
    """Return JSON in which a bare 1.0 is 1: JavaScript cannot tell them apart, and an answer quotes what was written."""
    if isinstance(value, dict):
        return {key: _as_javascript_reads(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_javascript_reads(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def boundaries(library: Library, topic: str) -> Iterator[Case]:
    """Yield each value that a position's lines tell apart, alone and in a record that decides the position."""
    for position in library.topics[topic].positions.values():
        compiled = library.compiled[position.address]
        candidates = Candidates(compiled, library.facts)
        base = {name: _tried(candidates, name)[0] for name in compiled.reads if _asked(library.facts[name])}
        for name, usual in base.items():
            for value in _tried(candidates, name):
                yield _case(topic, {name: value}, DAY.isoformat(), [position.id], steps=False)
                yield _case(topic, {**base, name: value}, DAY.isoformat(), [position.id], steps=value == usual)


_USUAL = {"kg": ("12.5", "31.25", "70", "80.3", "104"), "cm": ("152.4", "160", "175", "182.88"), "m2": ("0.6", "1.9")}


def _tried(candidates: Candidates, name: str) -> list[Any]:
    """Return the values that the lines tell apart; of a size, usual ones too, since doses are counted on it."""
    unit = candidates.facts[name].unit or ""
    return [*(f"{number} {unit}" for number in _USUAL.get(unit, ())), *candidates.of(name)]


def generated(library: Library, topic: str, count: int, seed: str) -> Iterator[Case]:
    """Yield records with values of every kind that a chart may hold, near the topic's thresholds."""
    rng = random.Random(f"{seed}/{topic}")
    positions = library.topics[topic].positions.values()
    values: dict[str, list[Any]] = {}
    for position in positions:
        compiled = library.compiled[position.address]
        candidates = Candidates(compiled, library.facts)
        for name in compiled.reads:
            if _asked(library.facts[name]):
                values.setdefault(name, []).extend(_tried(candidates, name))
    found = {
        (int(line.number), line.unit)
        for position in positions
        for condition in conditions_of(position)
        for line in lines_of(condition)
        if isinstance(line, TimeSince | AgeComparison)
    }
    names, spans = sorted(values), sorted(found)
    distinct = {name: [json.loads(v) for v in dict.fromkeys(json.dumps(v) for v in values[name])] for name in names}
    for number in range(count):
        as_of = rng.choice((DAY, DAY, date(2024, 2, 29), date(2026, 11, 30), date(2026, 11, 21), date(2018, 1, 1)))
        near = [add(as_of, -count, unit) for count, unit in spans]
        share = rng.choice((0.3, 0.6, 0.9, 1.0))
        record = {
            name: _value(rng, library.facts[name], distinct[name], near) for name in names if rng.random() < share
        }
        yield _case(topic, record, as_of.isoformat(), steps=number % STEPS_IN == 0)


def _case(topic: str, record: Any, as_of: str, positions: list[str] | None = None, steps: bool = True) -> Case:
    return {"topic": topic, "record": record, "as_of": as_of, "positions": positions, "steps": steps}


def _asked(fact: Fact) -> bool:
    return not (fact.formula or fact.table)


def _value(rng: random.Random, fact: Fact, values: list[Any], near: list[date]) -> Any:
    """Return one value: most often plain; else another unit, censored, a span, partial, dated, several, unknown or junk."""
    if rng.random() < 0.06:
        return rng.choice(
            ["unknown", "not applicable", None, "none", 380, 3.5, True, "lots", {}, [], "380", "7 furlongs"]
        )
    one = _one(rng, fact, values, near)
    if fact.kind in ("events", "choices"):
        return one
    shape = rng.random()
    if shape < 0.75:
        return one
    dates = [
        "2026-06-15",
        "2026-06",
        "2025",
        "2025-12-17",
        "2025-12-16",
        "2026-06-16",
        "2026-03-31",
        "2026-06-15T08:00:00Z",
        "2026-06-15T08:00:00.5+02:00",
        "2026-06-15T09:30:00",
        "2026-06-15T07:15-05:00",
        "2026-06-14T23:59:59+14:00",
    ]
    if shape < 0.9:
        return {"value": one, "on": rng.choice(dates)}
    second = _one(rng, fact, values, near)
    if rng.random() < 0.5:
        return [one, second]
    return [{"value": one, "on": rng.choice(dates)}, {"value": second, "on": rng.choice(dates)}]


def _one(rng: random.Random, fact: Fact, values: list[Any], near: list[date]) -> Any:
    if fact.kind == "events":
        return [_event(rng, fact) for _ in range(rng.choice((0, 1, 1, 2, 2, 3, 4)))]
    if fact.kind == "choices":
        return rng.sample(list(fact.options), min(len(fact.options), rng.choice((0, 1, 1, 2))))
    if fact.kind == "choice":
        return rng.choice([*values, *fact.options])
    if fact.kind == "yes-no":
        return rng.choice(["yes", "no", "yes", "no", True, False])
    if fact.kind == "date":
        return _date(rng, values, near)
    return _amount(rng, fact, str(rng.choice(values)))


def _date(rng: random.Random, values: list[Any], near: list[date]) -> str:
    text = str(rng.choice(values))
    if near and rng.random() < 0.5:
        text = (rng.choice(near) + timedelta(rng.choice((-1, 0, 0, 1, 2)))).isoformat()
    draw = rng.random()
    if text == "none" and draw < 0.6:
        text = (DAY - timedelta(rng.randrange(-40, 30000))).isoformat()
    if text == "none" or draw < 0.6:
        return text
    if draw < 0.75:
        day = date.fromisoformat(text) + timedelta(rng.choice((-31, -1, 1, 31)))
        return day.isoformat()
    return text[: rng.choice((4, 7))]


def _event(rng: random.Random, fact: Fact) -> dict[str, Any]:
    edge = add(DAY, -12, "mo")
    days = [
        DAY - timedelta(5),
        edge,
        edge - timedelta(1),
        edge + timedelta(1),
        DAY + timedelta(3),
        "2026",
        "2025-06",
        "unknown",
        None,
    ]
    event: dict[str, Any] = {"on": str(day) if (day := rng.choice(days)) else None}
    for name, options in fact.fields.items():
        if rng.random() < 0.75:
            event[name] = rng.choice([*options, *options, "unknown"])
    return event if rng.random() < 0.97 else {**event, "colour": "red"}


def _amount(rng: random.Random, fact: Fact, text: str) -> str:
    amount = read_amount(text)
    if amount is None:  # the threshold has more digits than a record may have
        return text
    number, unit = amount.range.low or Decimal(0), amount.unit
    if rng.random() < 0.3:
        number += rng.choice((Decimal("-0.5"), Decimal("0.1"), Decimal(1), Decimal(-1), Decimal("12.25"), Decimal(40)))
        number = abs(number)
    if rng.random() < 0.3 and not fact.age_from:
        code = rng.choice(offered_units(fact))
        stated = unit_named(unit) or UNITS[fact.unit or "1"]
        if UNITS[code].dimension == stated.dimension:
            number = (number * stated.factor / UNITS[code].factor).quantize(Decimal("0.0001"))
            unit = code
    shown = plain(number)
    draw = rng.random()
    if draw < 0.12:
        return f"{rng.choice(['<', '<=', '>', '>=', '≥'])} {shown} {unit}"
    if draw < 0.2:
        return f"{shown}-{plain(number + rng.choice((Decimal(1), Decimal('2.5'), Decimal(50))))} {unit}"
    if draw < 0.22:
        return f"{shown}"
    return f"{shown} {unit}"


# --- Python's answers, in the shape of try.js ---


def answer(library: Library, case: Case) -> dict[str, Any]:
    """Return the decision of the Python package on a case, cut down to what try.js tells."""
    topic = library.topics[case["topic"]]
    if case["positions"]:
        compiled = [library.compiled[f"{topic.id}/{name}"] for name in case["positions"]]
        day = date.fromisoformat(case["as_of"])
        decision = decide(library.context, library.read(case["record"]), day, [(topic, compiled)], True)
    else:
        decision = library.evaluate(case["record"], as_of=case["as_of"], topics=[topic.id])
    return told(decision, case["steps"])


def told(decision: Decision, steps: bool) -> dict[str, Any]:
    """Return a decision on one topic in the shape of try.js, with its steps or without."""
    write = _Writer(decision)
    result = decision.topics[0]
    positions = {found.position.id: found.position for found in result.positions}
    ahead = [found for found in decision.findings.values() if is_ahead(found, decision.as_of)]
    return {
        "ahead": [{"fact": f.fact.name, "detail": ahead_text(f, decision.as_of)} for f in ahead],
        "used": [{"fact": f.fact.name, "text": write.words.used(f)} for f in decision.findings.values() if is_used(f)],
        "as_of": decision.as_of.isoformat(),
        "topic": result.topic.id,
        "agreement": result.agreement,
        "agreements": [_agreement(found, write, positions) for found in result.agreements],
        "positions": [_position(found, write, steps) for found in result.positions],
        "boxed_warnings": [boxed_data(each) for each in decision.boxed_warnings],
        "ask": [
            {"fact": q.fact.name, "question": q.fact.question or q.fact.title, "decides": list(q.decides)}
            for q in decision.ask
        ],
        "problems": [
            {"kind": p.kind, "fact": p.fact, "detail": p.detail} for p in decision.problems if p.kind != "unknown-fact"
        ],
    }


def _agreement(of: Agreement, write: _Writer, positions: Mapping[str, Position]) -> dict[str, Any]:
    data = {**write.agreement(of), "answers": of.answers}
    for separation, found in zip(of.separated_by, data["separated_by"], strict=True):
        found["phrase"] = write.words.separating(separation.step, positions[separation.failing])
        del found["place"]
    return data


def _step(step: Step | None, write: _Writer, position: Position) -> dict[str, Any] | None:
    if step is None:
        return None
    data = {
        "kind": _kind(step),
        "answer": step.answer,
        "text": write.words.node(step, position),
        "line": getattr(step.node, "text", None),
    }
    if step.finding is not None:
        state = step.finding.state
        data["fact"] = step.finding.fact.name
        data["found"] = write.words.found(step, write.of.as_of)
        data["why"] = None if state == "known" else state
    if isinstance(step.node, Grade):
        asked = len(step.parts) - (step.node.when is not None)
        data["bands"] = [band.name for band in step.node.bands][:asked]
    return {**data, "parts": [_step(part, write, position) for part in step.parts]}


def _dose(dose: Dose | None, write: _Writer, position: Position) -> dict[str, Any] | None:
    data = dose_data(dose)
    if dose is None or data is None:
        return None
    del data["cite"]
    return {**data, "text": write.words.dose(dose, position)}


def _position(of: PositionResult, write: _Writer, with_steps: bool) -> dict[str, Any]:
    def steps(step: Step | None) -> Any:
        return _step(step, write, of.position) if with_steps else None

    return {
        "position": of.position.id,
        "applies": of.applies,
        "missing": of.missing,
        "trace": steps(of.applies_step),
        "asks": None
        if of.applies_step is None or of.applies == "yes"
        else write.words.asked(of.applies_step, write.of.as_of, of.position),
        "grades": {
            name: {
                "value": g.value,
                "at_least": g.at_least,
                "at_most": g.at_most,
                "open": open_grade(g) if g.value == "unknown" else None,
                "missing": g.missing,
                "trace": steps(g.step),
            }
            for name, g in of.grades.items()
        },
        "recommendations": [
            {
                "id": name,
                "holds": rule.holds,
                "emphasis": rule.emphasis,
                "dose": _dose(rule.dose, write, of.position),
                "missing": rule.missing,
                "trace": steps(rule.step),
                "emphasis_trace": steps(rule.emphasis_step),
            }
            for name, rule in of.rules.items()
        ],
        "cautions": [
            {"id": c.caution.id, "holds": c.holds, "missing": c.missing, "trace": steps(c.step)} for c in of.cautions
        ],
        "silent": [
            {"id": s.silence.id, "holds": s.holds, "missing": s.missing, "trace": steps(s.step)} for s in of.silent
        ],
        "monitoring": [
            {
                "id": m.monitoring.id,
                "holds": m.holds,
                "due": [{"on": due.on.isoformat(), "state": due.state} for due in m.due],
                "next": m.next.isoformat() if m.next else None,
                "missing": m.missing,
                "trace": steps(m.step),
            }
            for m in of.monitoring
        ],
    }


# --- a topic made up so that every form of a line, and every part of a dose, is asked ---

_BODY = (
    building.BODY
    + """
  least_weight: {title: Least weight, kind: quantity, unit: kg, formula: "min(weight, ideal_weight)"}
  most_weight: {title: Most weight, kind: quantity, unit: kg, formula: "max(weight - 10 kg, ideal_weight)"}
  prescribed: {title: Prescribed dose, kind: quantity, unit: g, question: How much is prescribed?}
  per_kg: {title: Prescribed per kg, kind: quantity, unit: g/kg, question: How much per kg?}
  hours: {title: Hours since, kind: quantity, unit: h, question: How many hours?}
  weeks: {title: Length, kind: quantity, unit: weeks, question: How many weeks?, usable_for: 7 days}
  signed: {title: Signed score, kind: quantity, unit: points, question: Score?, score: {item_1: -1, item_2: 2, d: 1.5}}
"""
)
_LINES = """
a / igg < 400 mg/dL / igg >= 4 g/L / igg < igg_lower_limit / creatinine > 1.5 mg/dL / creatinine <= 133 umol/L
age < 6 months / age >= 18 years / age > 30 days / fold_rise >= 4 1 / body_mass_index >= 30 kg/m2 / weight > 70.5 kg
product is axi / product is one of axi, cilta / target is cd19 / diagnosis is cll / diagnosis is one of mm, nhl
time since infusion <= 90 days / time since infusion > 3 months / time since infusion = 2 weeks / infusion is planned
time since infusion < 1 years / count of infection >= 2 / count of serious bacterial infection in the last 12 months < 2
count of viral infection = 1 / infection is recorded / infusion is recorded / igg is recorded / dose_given is recorded / ratio > 2.5
serious_bacterial / recurrent / score >= 4 points / score < 2 points / signed > 1 points / least_weight < 60 kg
most_weight >= 70 kg / ideal_weight > 61 kg / ideal_weight < weight / hours >= 36 h / hours < 2160 min / weeks >= 20 weeks
weeks < 142 days / trouble is severe / trouble is at least mild / named / sex is male / titre_after < titre_before
"""
_DOSES = [
    "give: 2 g/kg, by: actual_weight, at_most: 100 g",
    "give: 0.41-0.8 g/kg, by: actual_weight, round_to: 5 g, at_most: 1 g/kg",
    "give: 0.4 g/kg, by: ideal_weight, every: 1 day, for: 5 days, then: dose-0, or: [dose-1]",
    "give: 600 mg/m2, by: area, times: 1-3",
    "give: 500 mg, at_most: 0.4 g",
    "at_most: 3.3 mg/kg/min, by: actual_weight",
    "give: 2 g/kg, by: least_weight, round_to: 2.5 g, over: 2-5 days, when: {any: [igg < 400 mg/dL, b]}",
    'give: "50 [iU]/kg", by: actual_weight, until: {all: [igg > 500 mg/dL]}',
    "give: prescribed, round_to: 5 g",
    "give: per_kg, by: ideal_weight, at_most: 2 g/kg",
    "every: 3-4 weeks",
]


def made_up() -> Library:
    """Return a library of one topic with three positions that use all that the language has."""
    lines = [line.strip() for row in _LINES.strip().splitlines() for line in row.split(" / ")]
    joins = ("all", "any", "none", "at_least")
    return building.library(*(_made_up(number, lines, joins) for number in range(3)), facts=_BODY)


def _made_up(number: int, lines: list[str], joins: tuple[str, ...]) -> str:
    rng = random.Random(number)
    rules = []
    for index, line in enumerate(lines):
        others = ", ".join(f'"{other}"' for other in rng.sample(lines, 2))
        join = joins[(index + number) % len(joins)]
        group = f"at_least: 2, of: [{others}, a]" if join == "at_least" else f"{join}: [{others}]"
        more = [f"dose: dose-{index % len(_DOSES)}"]
        if index % 3 == 0:
            more.append(f'especially_when: {{any: ["{rng.choice(lines)}", c]}}')
        if index % 5 == 4:
            more.append(f"unless: [rule-{index - 1}]")
        when = f'{("all", "any")[index % 2]}: ["{line}", {{{group}}}]' if index % 4 else f'all: ["{line}"]'
        action = ("start", "consider", "stop", "measure", "avoid")[(index + number) % 5]
        about = ("igg-replacement", "steroid")[index % 2]
        rules.append(building.rule(when, f"rule-{index}", action=action, about=about, more="\n".join(more)))
    cite = building.CITE
    doses = "\n".join(f"  dose-{index}: {{{dose}, {cite}}}" for index, dose in enumerate(_DOSES))
    applies = ("", "applies_when: {any: [a, infusion is recorded]}", "applies_when: {none: [b]}")[number]
    more = f"""
{applies}
grades:
  trouble:
    title: How bad is it?
    {("", "when: {any: [age >= 18 years, c]}", "")[number]}
    bands: [severe: igg < 200 mg/dL, moderate: {{all: [igg < 400 mg/dL, b]}}, mild: score >= 2 points]
    otherwise: none
    says: Made up.
    {cite}
criteria:
  named: {{title: Named, at_least: 2, of: [a, b, igg < 400 mg/dL]}}
dosing:
{doses}
cautions:
  careful: {{when: {{all: [named]}}, severity: warning, says: Careful., {cite}}}
  always: {{severity: precaution, says: Always., {cite}}}
silent:
  open: {{when: {{any: [c, igg > 900 mg/dL]}}, reading: Made up.}}
  open-too: {{about: steroid, when: {{none: [a]}}, reading: Made up as well.}}
monitoring:
  every-month: {{measure: igg, every: 1 month, from: infusion, for: 6 months, says: Monthly., {cite}}}
  every-week: {{measure: igg, every: 1-2 weeks, says: Weekly., when: {{all: [a]}}, {cite}}}
  at-first: {{measure: weight, every: 6 hours, says: Often., {cite}}}
"""
    return building.position(*rules, name=f"pos-{'abc'[number]}", more=more)


# --- the comparison ---

_AMOUNTS = {"amount", "per", "at_most", "round_to", "every", "over", "for"}


def differences(python: Any, javascript: Any, at: str = "") -> Iterator[str]:
    """Yield where two answers differ; numbers are compared to 45 digits, since Python's divisions end after 60."""
    if python == javascript:
        return
    if isinstance(python, dict) and isinstance(javascript, dict):
        for key in dict.fromkeys([*python, *javascript]):
            yield from differences(python.get(key), javascript.get(key), f"{at}/{key}")
    elif isinstance(python, list) and isinstance(javascript, list) and len(python) == len(javascript):
        for index, (a, b) in enumerate(zip(python, javascript, strict=True)):
            yield from differences(a, b, f"{at}/{index}")
    elif not _as_good_as_equal(python, javascript, at):
        yield f"{at}: {python!r} in Python, {javascript!r} in JavaScript"


def _as_good_as_equal(python: Any, javascript: Any, at: str) -> bool:
    if at.endswith("/detail"):  # the hint to a misspelt option is the terminal's only
        return any(hint in str(python) for hint in (" Did you mean ", " There are "))
    *_, above, last = ["", *at.split("/")]
    if above not in _AMOUNTS or last not in ("value", "low", "high") or not (python and javascript):
        return False
    x, y = Fraction(python), Fraction(javascript)
    return abs(x - y) <= abs(x) / 10**45


@cache
def library() -> Library:
    """Return the bundled library, loaded once."""
    return igguide.load()
