"""The laws of the engine, on generated records over the bundled library.

HYPOTHESIS_PROFILE=long looks further. Values lie on, and on either side of, every threshold of the library's lines.
"""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from decimal import Context, Decimal, localcontext
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from building import few_guidelines
from hypothesis import assume, given
from hypothesis import strategies as st

import igguide
from igguide.dates import add, read_date
from igguide.decision import Decision, decide
from igguide.evaluate import CompiledPosition, PositionResult, compile_position, evaluate_position
from igguide.findings import Findings
from igguide.library import Library
from igguide.model import Group, Position, TimeSince
from igguide.quantity import EXACT, UNITS, plain, read_amount, unit_named
from igguide.record import read_record
from igguide.witness import DAY, Candidates

ROOT = Path(__file__).resolve().parents[1]
YES_NO = ["yes", "no"]
OTHER_UNITS = {
    "mg/dL": ["g/L", "mg/L", "g/dL", "mg/mL", "ug/mL"],
    "kg": ["g", "[lb_av]"],
    "umol/L": ["mmol/L", "nmol/L"],
    "10*9/L": ["/uL", "10*3/uL", "10*6/L"],
    "cm": ["m", "mm"],
}


@cache
def _library() -> Library:
    return igguide.load(few_guidelines())


@cache
def _positions() -> list[CompiledPosition]:
    return list(_library().compiled.values())


def _base_facts(compiled: CompiledPosition) -> list[str]:
    facts = _library().facts
    return sorted(name for name in compiled.reads if not (facts[name].formula or facts[name].table))


@cache
def _plausible(address: str, name: str) -> tuple[Any, ...]:
    """Return plain values of a fact that the position's lines can tell apart."""
    compiled, fact = _library().compiled[address], _library().facts[name]
    found = list(Candidates(compiled, _library().facts).of(name))
    if fact.kind == "events":
        field = {key: list(options) for key, options in fact.fields.items()}
        edge = add(DAY, -12, "mo")
        days = [edge - timedelta(1), edge, DAY - timedelta(5), None]
        events = [
            {
                **({"on": day.isoformat()} if day else {}),
                **{key: options[0] for key, options in field.items() if key != skip},
            }
            for day in days
            for skip in (None, *field)
        ]
        recent, old = events[2 * (1 + len(field))], events[0]
        found += [[event] for event in events]
        found += [[recent, recent], [recent, old], [old, recent], [recent, events[-1]], [recent, recent, old]]
    if fact.kind == "date" and name == "born":
        found = ["2008-06-15", "2008-06-16", "2008-06", "2016", "2014-06-15", "2014-06-16", "1968-03-02", "2025-12-31"]
    if fact.score or name == "capd_score":
        found += ["0", "2", "3", "6", "7", "9", "10"]
    return tuple(json.loads(json.dumps(found)))


@st.composite
def _values(draw: st.DrawFn, address: str, name: str) -> Any:
    """Draw one value of a fact: plain, in another unit, censored, partial, dated, several at once, or junk."""
    fact = _library().facts[name]
    one = draw(st.sampled_from(_plausible(address, name)))
    shape = draw(st.sampled_from(["plain"] * 6 + ["censored", "wide", "dated", "several", "unknown", "junk"]))
    if shape == "unknown":
        return "unknown"
    if shape == "junk":
        return draw(st.sampled_from([380, "lots", {}, "380 [iU]/mL", "999999 mg/dL"]))
    if fact.kind == "quantity" and shape in ("censored", "wide"):
        amount = read_amount(one)
        assert amount is not None
        assert amount.range.low is not None
        if shape == "censored":
            return f"{draw(st.sampled_from(['<', '<=', '>', '>=']))} {one}"
        return (
            f"{plain(amount.range.low)}-{plain(amount.range.low + draw(st.sampled_from([1, 50, 400])))} {amount.unit}"
        )
    if fact.kind == "date" and shape == "wide" and one != "none":
        return one[: draw(st.sampled_from([4, 7]))]
    if fact.kind in ("events", "choices"):
        return one
    if shape == "dated":
        return {
            "value": one,
            "on": draw(st.sampled_from(["2026-06-15", "2026-06", "2025-12-17", "2025-12-16", "2026-06-16"])),
        }
    if shape == "several":
        return [one, draw(st.sampled_from(_plausible(address, name)))]
    return one


@st.composite
def _cases(draw: st.DrawFn) -> tuple[CompiledPosition, dict[str, Any]]:
    compiled = draw(st.sampled_from(_positions()))
    address = compiled.position.address
    record: dict[str, Any] = {}
    for name in _base_facts(compiled):
        if draw(st.integers(0, 4)):
            record[name] = draw(_values(address, name))
    return compiled, record


def _answers(compiled: CompiledPosition, record: Any, day: date = DAY) -> PositionResult:
    return evaluate_position(compiled, Findings(read_record(record, _library().facts), _library().facts, day))


def _told(found: PositionResult) -> dict[str, str]:
    """Return every yes, no or unknown that a position answers, and whether each band may be the grade."""
    told = {"applies": found.applies}
    for name, rule in found.rules.items():
        told[f"rule {name}"], told[f"emphasis {name}"] = rule.holds, rule.emphasis
    for name, grade in found.grades.items():
        if grade.value == "not-applicable":
            told |= {f"grade {name} at least {band}": "no" for band in grade.grade.order}
            continue
        order = grade.grade.order
        for index, band in enumerate(order):
            least, most = order.index(grade.at_least or band), order.index(grade.at_most or band)
            sure = grade.step.parts[0].answer if grade.grade.when is not None else "yes"
            answer = "yes" if least <= index else "no" if most > index else "unknown"
            told[f"grade {name} at least {band}"] = answer if answer == "no" or sure == "yes" else "unknown"
    told |= {f"caution {c.caution.id}": c.holds for c in found.cautions}
    return told | {f"monitoring {m.monitoring.id}": m.holds for m in found.monitoring}


def _never_flips(more: PositionResult, less: PositionResult) -> None:
    knowing_more, knowing_less = _told(more), _told(less)
    flipped = {
        what: (answer, knowing_less[what])
        for what, answer in knowing_more.items()
        if {answer, knowing_less[what]} == {"yes", "no"}
    }
    assert not flipped


# --- knowing less never flips an answer ---


@given(_cases(), st.data())
def test_removing_a_fact_never_flips(case: tuple[CompiledPosition, dict[str, Any]], data: st.DataObject) -> None:
    compiled, record = case
    assume(record)
    gone = data.draw(st.sampled_from(sorted(record)))
    less = {name: value for name, value in record.items() if name != gone}
    _never_flips(_answers(compiled, record), _answers(compiled, less))


@given(_cases(), st.data())
def test_removing_an_event_and_the_completeness_of_its_list_never_flips(
    case: tuple[CompiledPosition, dict[str, Any]], data: st.DataObject
) -> None:
    compiled, record = case
    facts = _library().facts
    lists = [name for name in _base_facts(compiled) if facts[name].kind == "events"]
    assume(lists)
    name = data.draw(st.sampled_from(lists))
    events = [value[0] for value in _plausible(compiled.position.address, name) if isinstance(value, list) and value]
    record = {fact: value for fact, value in record.items() if name not in facts[fact].inputs}  # nothing says it twice
    record[name] = data.draw(st.lists(st.sampled_from(events), min_size=1, max_size=4))
    whole = read_record(record, facts)
    gone = data.draw(st.integers(0, len(whole.entries[name]) - 1))
    entries = {**whole.entries, name: [entry for index, entry in enumerate(whole.entries[name]) if index != gone]}
    less = whole._replace(entries=entries, complete=whole.complete - {name})
    knowing_more, knowing_less = Findings(whole, facts, DAY), Findings(less, facts, DAY)
    for fact in facts.values():
        if fact.implied_by:
            assert {knowing_more[fact.name].truth, knowing_less[fact.name].truth} != {"yes", "no"}
    _never_flips(evaluate_position(compiled, knowing_more), evaluate_position(compiled, knowing_less))


@given(_cases(), st.data())
def test_widening_a_value_never_flips(case: tuple[CompiledPosition, dict[str, Any]], data: st.DataObject) -> None:
    compiled, record = case
    facts = _library().facts
    wide = [
        n
        for n, v in record.items()
        if isinstance(v, str)
        and (_wider(v, 1) if facts[n].kind == "quantity" else facts[n].kind == "date" and len(v) == 10)
    ]
    assume(wide)
    name = data.draw(st.sampled_from(wide))
    by = data.draw(st.sampled_from([1, 10, 300]))
    value = (
        _wider(record[name], by)
        if facts[name].kind == "quantity"
        else record[name][: data.draw(st.sampled_from([4, 7]))]
    )
    _never_flips(_answers(compiled, record), _answers(compiled, {**record, name: value}))


def _wider(text: str, by: int) -> str | None:
    amount = read_amount(text)
    exact = amount.range.exact if amount else None
    if amount is None or exact is None:
        return None
    return f"{plain(max(exact - by, Decimal(0)))}-{plain(exact + by)} {amount.unit}"


# --- units, order ---


@given(_cases(), st.data())
def test_the_unit_in_which_a_value_is_written_does_not_matter(
    case: tuple[CompiledPosition, dict[str, Any]], data: st.DataObject
) -> None:
    compiled, record = case
    other = {name: _in_another_unit(name, value, data) for name, value in record.items()}
    one, two = (_whole(compiled, r) for r in (record, other))
    assert _without(one, "as_written", "from", "digest", "id", "note", "found", "detail") == _without(
        two, "as_written", "from", "digest", "id", "note", "found", "detail"
    )


def _in_another_unit(name: str, value: Any, data: st.DataObject) -> Any:
    fact = _library().facts[name]
    if isinstance(value, list):
        return [_in_another_unit(name, item, data) for item in value] if fact.kind == "quantity" else value
    if isinstance(value, dict) and "value" in value:
        return {**value, "value": _in_another_unit(name, value["value"], data)}
    amount = read_amount(value) if isinstance(value, str) and fact.kind == "quantity" else None
    unit = unit_named(amount.unit) if amount else None
    codes = [code for code in OTHER_UNITS.get(fact.unit or "", ()) if unit and UNITS[code].dimension == unit.dimension]
    if amount is None or unit is None or not codes:
        return value
    code = data.draw(st.sampled_from(codes))
    if code == "[lb_av]":  # a kilogram is no finite number of pounds
        return value
    ends = [
        None if end is None else plain(EXACT.divide(EXACT.multiply(end, unit.factor), UNITS[code].factor))
        for end in (amount.range.low, amount.range.high)
    ]
    ends = [end and re.sub(r"(\.[0-9]{3})$", r"\g<1>0", end) for end in ends]  # 1.234 may be meant as thousands
    number = ends[0] if ends[0] is not None else ends[1]
    return f"{amount.comparator or ''}{number if amount.comparator or ends[0] == ends[1] else f'{ends[0]}-{ends[1]}'} {code}"


def _whole(compiled: CompiledPosition, record: Any, day: date = DAY) -> Any:
    return _decision(compiled, record, day).to_dict()


def _decision(compiled: CompiledPosition, record: Any, day: date = DAY) -> Decision:
    library = _library()
    topic = library.topics[compiled.position.topic]
    return decide(library.context, library.read(record), day, [(topic, [compiled])], True)


def _without(data: Any, *keys: str) -> Any:
    if isinstance(data, dict):
        return {key: _without(value, *keys) for key, value in data.items() if key not in keys}
    return [_without(value, *keys) for value in data] if isinstance(data, list) else data


@given(_cases(), st.randoms(use_true_random=False))
def test_the_order_of_a_record_does_not_matter(case: tuple[CompiledPosition, dict[str, Any]], chance: Any) -> None:
    compiled, record = case
    names = list(record)
    chance.shuffle(names)
    other = {
        name: chance.sample(record[name], len(record[name])) if isinstance(record[name], list) else record[name]
        for name in names
    }
    one, two = _whole(compiled, record), _whole(compiled, other)
    if one != two:  # a list's order shows only in where each entry stands, and in how a list of events is printed
        one, two = (_without(found, "from", "digest", "found", "as_written") for found in (one, two))
        for found in (one, two):
            _sort_events(found)
    assert one == two


def _sort_events(data: Any) -> None:
    if isinstance(data, dict):
        if isinstance(data.get("value"), list):
            data["value"] = sorted(data["value"], key=lambda item: json.dumps(item, sort_keys=True))
        for value in data.values():
            _sort_events(value)
    elif isinstance(data, list):
        for value in data:
            _sort_events(value)


@given(_cases(), st.randoms(use_true_random=False))
def test_the_order_of_rules_and_of_lines_in_a_group_does_not_matter(
    case: tuple[CompiledPosition, dict[str, Any]], chance: Any
) -> None:
    compiled, record = case
    other = compile_position(_shuffled(compiled.position, chance), _library().facts)
    one, two = _answers(compiled, record), _answers(other, record)
    assert _told(one) == _told(two)
    for name, rule in one.rules.items():
        assert sorted(rule.missing) == sorted(two.rules[name].missing)
        assert rule.dose == two.rules[name].dose
    asked = [{q.fact.name: sorted(q.decides) for q in _decision(c, record).ask} for c in (compiled, other)]
    assert list(asked[0]) == list(asked[1])
    assert asked[0] == asked[1]


def _shuffled(position: Position, chance: Any) -> Position:
    def group(condition: Any) -> Any:
        if not isinstance(condition, Group):
            return condition
        return replace(
            condition, parts=tuple(group(part) for part in chance.sample(condition.parts, len(condition.parts)))
        )

    def items(parts: Any, **fields: Any) -> Any:
        return {
            name: replace(part, **{f: group(getattr(part, f)) for f in fields})
            for name, part in chance.sample(list(parts.items()), len(parts))
        }

    return replace(
        position,
        applies_when=group(position.applies_when),
        criteria=items(position.criteria, when=1),
        recommendations=items(position.recommendations, when=1, especially_when=1),
        grades={
            n: replace(g, bands=tuple(replace(b, when=group(b.when)) for b in g.bands))
            for n, g in position.grades.items()
        },
    )


@given(st.sampled_from(["car-t-igg-replacement", "bispecific-igg-replacement", "icans-grading"]), st.data())
def test_the_order_of_positions_does_not_matter(topic: str, data: st.DataObject) -> None:
    library = _library()
    compiled = [c for c in _positions() if c.position.topic == topic]
    record = {name: data.draw(_values(c.position.address, name)) for c in compiled for name in _base_facts(c)[::2]}
    found = [
        decide(library.context, library.read(record), DAY, [(library.topics[topic], order)], True).to_dict()
        for order in (compiled, compiled[::-1])
    ]
    for one in found:
        one["topics"][0]["positions"].sort(key=lambda p: p["position"])
        for agreement in one["topics"][0]["agreements"]:
            agreement["separated_by"].sort(key=lambda s: json.dumps(s, sort_keys=True))
        one["topics"][0]["agreements"].sort(key=lambda a: a["about"])
        for question in one["ask"]:
            question["decides"].sort()
    assert found[0] == found[1]


# --- what goes with an answer ---


@given(_cases())
def test_a_rule_holds_at_most_as_its_position_applies_and_a_dose_needs_both(
    case: tuple[CompiledPosition, dict[str, Any]],
) -> None:
    compiled, record = case
    found = _answers(compiled, record)
    height = {"no": 0, "unknown": 1, "yes": 2}
    for rule in found.rules.values():
        assert height[rule.holds] <= height[found.applies]
        assert height[rule.emphasis] <= height[rule.holds]
        assert rule.dose is None or rule.holds == "yes"
        assert rule.holds == "unknown" or not rule.missing_holds
        assert rule.holds != "unknown" or rule.missing_holds
    for grade in found.grades.values():
        assert (grade.value == "unknown") == bool(grade.missing)


@given(_cases())
def test_what_is_missing_decides_and_nothing_else_does(case: tuple[CompiledPosition, dict[str, Any]]) -> None:
    compiled, record = case
    candidates = Candidates(compiled, _library().facts)
    found = _answers(compiled, record)
    for name, rule in found.rules.items():
        if rule.holds != "unknown":
            continue
        assert _decided(compiled, record, name, rule.missing_holds, candidates), (name, rule.missing_holds)
        related = _related(rule.missing_holds)
        for other in _base_facts(compiled):
            if other not in related and other not in record:
                for value in candidates.of(other)[:3]:
                    assert _answers(compiled, {**record, other: value}).rules[name].holds == "unknown", (
                        name,
                        other,
                        value,
                    )


def _decided(
    compiled: CompiledPosition, record: dict[str, Any], name: str, missing: list[str], candidates: Candidates
) -> bool:
    """Return whether some values of the missing facts decide the rule; what they follow from is dropped first."""
    facts = _library().facts
    rest = {fact: value for fact, value in record.items() if fact not in _related(missing)}
    known = {**rest, **{fact: record[fact] for fact in record if fact in _related(missing) and fact not in missing}}
    for base in (known, rest):
        tried = [base]
        for fact in missing:
            values = (
                candidates.of(fact)
                if facts[fact].kind != "quantity"
                else [*candidates.of(fact)[:1], *candidates.of(fact)[-1:], *candidates.of(fact)[1:-1][:4]]
            )
            tried = [{**one, fact: value} for one in tried[:30] for value in values]
            if any(_answers(compiled, one).rules[name].holds != "unknown" for one in tried[:120]):
                return True
    return False


def _related(names: list[str]) -> set[str]:
    """Return the facts, and all that bear on them: what they are worked out from, fix, or are fixed by."""
    facts = _library().facts
    found = set(names)
    for _ in range(4):
        for name in list(found):
            found |= set(facts[name].inputs)
            found |= {implied for option in facts[name].options.values() for implied in option.implies}
            found |= {
                other
                for other, fact in facts.items()
                if name in fact.inputs or any(name in o.implies for o in fact.options.values())
            }
    return found


# --- the same answer, as data ---


@cache
def _validator() -> Any:
    jsonschema = pytest.importorskip("jsonschema")
    return jsonschema.Draft202012Validator(
        json.loads((ROOT / "schema" / "decision.schema.json").read_text(encoding="utf-8"))
    )


@given(_cases())
def test_as_data_it_is_json_and_fits_its_schema(case: tuple[CompiledPosition, dict[str, Any]]) -> None:
    data = _whole(*case)
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    error = next(_validator().iter_errors(data), None)
    assert error is None, (list(error.path), error.message[:300])


@given(_cases())
def test_the_same_again_whatever_the_decimal_context(case: tuple[CompiledPosition, dict[str, Any]]) -> None:
    once = _whole(*case)
    with localcontext(Context(prec=1, Emax=1, Emin=-1)):
        assert _whole(*case) == once
    assert _whole(*case) == once


def test_the_same_in_many_threads() -> None:
    library = _library()
    records = [
        {"age": "58 years", "igg": f"{300 + 10 * n} mg/dL", "car_t_infusion": "2026-05-01", "infection": []}
        for n in range(40)
    ]
    alone = [library.evaluate(record, as_of=DAY).to_dict() for record in records]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda record: library.evaluate(record, as_of=DAY).to_dict(), records * 3)) == alone * 3


# --- time ---


@given(
    st.sampled_from(["2026-01-31", "2024-02-29", "2026-06-01", "2026-03", "2026"]),
    st.integers(0, 500),
    st.integers(0, 60),
)
def test_what_once_lies_long_enough_ago_stays_so(infusion: str, start: int, step: int) -> None:
    """`time since >` goes from no to yes and never back; an age of 18 once reached is kept."""
    height = {"no": 0, "unknown": 1, "yes": 2}
    when = read_date(infusion)
    assert when is not None
    days = [date(2026, 1, 1) + timedelta(start), date(2026, 1, 1) + timedelta(start + step)]
    compiled = next(c for c in _positions() if c.position.id == "wat-barmettler-2022")
    record = {"car_t_infusion": infusion, "born": "2008-08", "receiving_igg_replacement": "yes"}
    for name, fact in (("stop-after-90-days", TimeSince),):
        lines = [
            [
                line
                for line in _lines(_answers(compiled, record, day).rules[name].step)
                if isinstance(line.node, fact) or getattr(line.node, "operator", "") == ">="
            ]
            for day in days
        ]
        for earlier, later in zip(*lines, strict=True):
            assert height[earlier.answer] <= height[later.answer]


def _lines(step: Any) -> list[Any]:
    return [leaf for part in step.parts for leaf in _lines(part)] if step.parts else [step]
