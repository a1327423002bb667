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
from igguide.decision import Decision
from igguide.folders import guidelines_folder
from igguide.library import Library, check_folder
from igguide.model import Fact
from igguide.portable import offered_units
from igguide.quantity import UNITS, plain, read_amount, unit_named
from igguide.witness import DAY, Candidates

Case = dict[str, Any]  # topic, record, as_of, positions


# --- what is tried ---


def examples(topics: Mapping[str, Any]) -> Iterator[Case]:
    """Yield the record of every example, for its position by name, and for its topic."""
    for file in check_folder(guidelines_folder()).examples:
        for example in file.examples if file.topic in topics else ():
            case = {"topic": file.topic, "record": dict(example.record), "as_of": example.as_of.isoformat()}
            yield {**case, "positions": [file.position]}
            yield {**case, "positions": None}


def boundaries(library: Library, topic: str) -> Iterator[Case]:
    """Yield each value that a position's lines tell apart, alone and in a record that decides the position."""
    for position in library.topics[topic].positions.values():
        compiled = library.compiled[position.address]
        candidates = Candidates(compiled, library.facts)
        base = {name: candidates.of(name)[0] for name in compiled.reads if _asked(library.facts[name])}
        for name in base:
            for value in candidates.of(name):
                for record in ({name: value}, {**base, name: value}):
                    yield {"topic": topic, "record": record, "as_of": DAY.isoformat(), "positions": None}


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
    names = sorted(values)
    distinct = {name: [json.loads(v) for v in dict.fromkeys(json.dumps(v) for v in values[name])] for name in names}
    for _ in range(count):
        share = rng.choice((0.3, 0.6, 0.9, 1.0))
        record = {
            name: _value(rng, library.facts[name], distinct[name]) for name in names if rng.random() < share
        }
        as_of = rng.choice((DAY, DAY, DAY, DAY + timedelta(1), date(2024, 2, 29), date(2026, 11, 21), date(2018, 1, 1)))
        yield {"topic": topic, "record": record, "as_of": as_of.isoformat(), "positions": None}


def _asked(fact: Fact) -> bool:
    return not (fact.formula or fact.table)


def _value(rng: random.Random, fact: Fact, values: list[Any]) -> Any:
    """Return one value: most often plain; else another unit, censored, a span, partial, dated, several, unknown or junk."""
    if rng.random() < 0.06:
        return rng.choice(["unknown", "not applicable", None, "none", 380, 3.5, True, "lots", {}, [], "380", "7 furlongs"])
    one = _one(rng, fact, values)
    if fact.kind in ("events", "choices"):
        return one
    shape = rng.random()
    if shape < 0.75:
        return one
    dates = ["2026-06-15", "2026-06", "2025", "2025-12-17", "2025-12-16", "2026-06-16", "2026-03-31", "2026-06-15T08:00:00Z"]
    if shape < 0.9:
        return {"value": one, "on": rng.choice(dates)}
    second = _one(rng, fact, values)
    if rng.random() < 0.5:
        return [one, second]
    return [{"value": one, "on": rng.choice(dates)}, {"value": second, "on": rng.choice(dates)}]


def _one(rng: random.Random, fact: Fact, values: list[Any]) -> Any:
    if fact.kind == "events":
        return [_event(rng, fact) for _ in range(rng.choice((0, 1, 1, 2, 2, 3, 4)))]
    if fact.kind == "choices":
        return rng.sample(list(fact.options), min(len(fact.options), rng.choice((0, 1, 1, 2))))
    if fact.kind == "choice":
        return rng.choice([*values, *fact.options])
    if fact.kind == "yes-no":
        return rng.choice(["yes", "no", "yes", "no", True, False])
    if fact.kind == "date":
        return _date(rng, values)
    return _amount(rng, fact, str(rng.choice(values)))


def _date(rng: random.Random, values: list[Any]) -> str:
    text = str(rng.choice(values))
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
    days = [DAY - timedelta(5), edge, edge - timedelta(1), edge + timedelta(1), DAY + timedelta(3), "2026", "2025-06", "unknown", None]
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
    wanted = case["positions"] and [f"{case['topic']}/{name}" for name in case["positions"]]
    if wanted:
        from igguide.decision import decide
        from igguide.library import _day

        compiled = [library.compiled[name] for name in wanted]
        considered = [(library.topics[case["topic"]], compiled)]
        decision = decide(library.context, library.read(case["record"]), _day(case["as_of"]), considered, True)
    else:
        decision = library.evaluate(case["record"], as_of=case["as_of"], topics=[case["topic"]])
    return told(decision)


def told(decision: Decision) -> dict[str, Any]:
    """Return a decision on one topic in the shape of try.js."""
    data = decision.to_dict()
    topic = data["topics"][0]
    for result, found in zip(decision.topics[0].positions, topic["positions"], strict=True):
        for rule, written in zip(result.rules.values(), found["recommendations"], strict=True):
            if rule.dose:
                written["dose"]["text"] = decision.context.wording.dose(rule.dose, result.position)
    for made, agreement in zip(decision.topics[0].agreements, topic["agreements"], strict=True):
        agreement["answers"] = made.answers
    problems = [p for p in data["problems"] if p["kind"] != "unknown-fact"]
    return {
        "as_of": data["as_of"],
        "topic": topic["topic"],
        "agreement": topic["agreement"],
        "agreements": topic["agreements"],
        "positions": topic["positions"],
        "ask": data["ask"],
        "problems": problems,
    }


# --- the comparison ---

_HERE_ONLY = {"cite", "place", "as_written", "on", "from", "value", "threshold", "version", "status", "title", "action", "about", "strength", "certainty", "severity", "says", "measure", "every", "for", "last"}
_THERE_ONLY = {"bands", "phrase"}
_SIZES = {"value", "low", "high"}


def differences(python: Any, javascript: Any, at: str = "") -> Iterator[str]:
    """Yield where two answers differ; numbers are compared to 45 digits, since Python's divisions end after 60."""
    if isinstance(python, dict) and isinstance(javascript, dict):
        numbers = at.rsplit("/", 1)[-1] in ("amount", "per", "at_most", "round_to", "every", "over", "for")
        for key in dict.fromkeys([*python, *javascript]):
            where = f"{at}/{key}"
            if key in _THERE_ONLY or (key in _HERE_ONLY and not numbers and key not in javascript):
                continue
            if numbers and key in _SIZES and python.get(key) and javascript.get(key):
                if not _same_number(python[key], javascript[key]):
                    yield f"{where}: {python[key]} in Python, {javascript[key]} in JavaScript"
            elif key == "fact" and key not in javascript and python[key] is None:
                continue
            else:
                yield from differences(python.get(key), javascript.get(key), where)
    elif isinstance(python, list) and isinstance(javascript, list) and len(python) == len(javascript):
        for index, (a, b) in enumerate(zip(python, javascript, strict=True)):
            yield from differences(a, b, f"{at}/{index}")
    elif at.endswith("/detail") and " Did you mean " in str(python) or " There are " in str(python):
        return  # the hint to a misspelt option is of the terminal only
    elif python != javascript:
        yield f"{at}: {python!r} in Python, {javascript!r} in JavaScript"


def _same_number(a: str, b: str) -> bool:
    x, y = Fraction(a), Fraction(b)
    return x == y or abs(x - y) <= abs(x) / 10**45


@cache
def library() -> Library:
    """Return the bundled library, loaded once."""
    return igguide.load()
