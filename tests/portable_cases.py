"""Records for the portable form of the rules, Python's answers in its shape, and the comparison of the two."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import igguide
from igguide.dates import add
from igguide.decision import Decision, _Writer, decide, dose_data
from igguide.evaluate import PositionResult, conditions_of
from igguide.folders import guidelines_folder
from igguide.library import Library, check_folder
from igguide.model import AgeComparison, Fact, TimeSince, lines_of
from igguide.portable import offered_units
from igguide.quantity import UNITS, plain, read_amount, unit_named
from igguide.trace import Step
from igguide.witness import DAY, Candidates

Case = dict[str, Any]  # topic, record, as_of, positions (None: those in force), steps (whether they are compared)

STEPS_IN = 5  # of so many generated records one is compared with all its steps, in words

# --- what is tried ---


def examples(topics: Mapping[str, Any]) -> Iterator[Case]:
    """Yield the record of every example, for its position by name, and for its topic."""
    for file in check_folder(guidelines_folder()).examples:
        for example in file.examples if file.topic in topics else ():
            record, as_of = dict(example.record), example.as_of.isoformat()
            yield _case(file.topic, record, as_of, [file.position])
            yield _case(file.topic, record, as_of)


def boundaries(library: Library, topic: str) -> Iterator[Case]:
    """Yield each value that a position's lines tell apart, alone and in a record that decides the position."""
    for position in library.topics[topic].positions.values():
        compiled = library.compiled[position.address]
        candidates = Candidates(compiled, library.facts)
        base = {name: candidates.of(name)[0] for name in compiled.reads if _asked(library.facts[name])}
        for name in base:
            for value in candidates.of(name):
                for record in ({name: value}, {**base, name: value}):
                    yield _case(topic, record, DAY.isoformat(), [position.id])


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
                values.setdefault(name, []).extend(candidates.of(name))
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
    assert amount is not None
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
    return {
        "as_of": decision.as_of.isoformat(),
        "topic": result.topic.id,
        "agreement": result.agreement,
        "agreements": [{**write.agreement(a), "answers": a.answers} for a in result.agreements],
        "positions": [_position(found, write, steps) for found in result.positions],
        "ask": [
            {"fact": q.fact.name, "question": q.fact.question or q.fact.title, "decides": list(q.decides)}
            for q in decision.ask
        ],
        "problems": [
            {"kind": p.kind, "fact": p.fact, "detail": p.detail} for p in decision.problems if p.kind != "unknown-fact"
        ],
    }


def _position(of: PositionResult, write: _Writer, with_steps: bool) -> dict[str, Any]:
    def steps(step: Step | None) -> Any:
        return write.step(step, of.position) if with_steps else None

    return {
        "position": of.position.id,
        "applies": of.applies,
        "missing": of.missing,
        "trace": steps(of.applies_step),
        "grades": {
            name: {
                "value": g.value,
                "at_least": g.at_least,
                "at_most": g.at_most,
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
                "dose": rule.dose and {**dose_data(rule.dose), "text": write.words.dose(rule.dose, of.position)},
                "missing": rule.missing,
                "trace": steps(rule.step),
                "emphasis_trace": steps(rule.emphasis_step),
            }
            for name, rule in of.rules.items()
        ],
        "cautions": [
            {"id": c.caution.id, "holds": c.holds, "missing": c.missing, "trace": steps(c.step)} for c in of.cautions
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


# --- the comparison ---

# Steps in Python also say where they stand and how their fact was written; those in JavaScript which bands were asked.
_OF_ONE_ONLY = {"cite", "place", "as_written", "on", "from", "value", "threshold", "bands", "phrase"}
_AMOUNTS = {"amount", "per", "at_most", "round_to", "every", "over", "for"}


def differences(python: Any, javascript: Any, at: str = "") -> Iterator[str]:
    """Yield where two answers differ; numbers are compared to 45 digits, since Python's divisions end after 60."""
    if isinstance(python, dict) and isinstance(javascript, dict):
        amount = at.rsplit("/", 1)[-1] in _AMOUNTS
        for key in dict.fromkeys([*python, *javascript]):
            if amount or key not in _OF_ONE_ONLY or (key in python and key in javascript):
                yield from differences(python.get(key), javascript.get(key), f"{at}/{key}")
    elif isinstance(python, list) and isinstance(javascript, list) and len(python) == len(javascript):
        for index, (a, b) in enumerate(zip(python, javascript, strict=True)):
            yield from differences(a, b, f"{at}/{index}")
    elif python != javascript and not _as_good_as_equal(python, javascript, at):
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
