"""What would turn a position's no into a yes: the told change does, and no smaller change of that fact does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from portable_cases import examples, library

from igguide.agreement import Agreement
from igguide.dates import add
from igguide.model import Comparison, IsOption, TimeSince, YesNo
from igguide.quantity import plain
from igguide.report import evaluate_text
from igguide.trace import Step

LIBRARY = library()
NEXT = Decimal("0.0001")  # a step beyond a threshold that no other number of the rules divides
CHANGED = (TimeSince, Comparison, YesNo, IsOption)


def agreement_of(topic: str, record: dict[str, Any], as_of: date, about: str) -> Agreement:
    decision = LIBRARY.evaluate(record, as_of=as_of, topics=[topic])
    return next(one for one in decision.topics[0].agreements if one.about == about)


def test_a_window_that_has_just_closed_is_told_and_not_a_shorter_one() -> None:
    record = {
        "diagnosis": ["gbs"],
        "age": "50 years",
        "weakness_onset": "2026-10-25",
        "walks_unaided": "no",
        "ivig_this_episode": "no",
    }
    told = " ".join(evaluate_text(LIBRARY.evaluate(record, as_of="2026-11-27", topics=["gbs"])).split())
    assert (
        "EAN/PNS 2023: no; for a yes it would take at least: first day of the weakness was 4 weeks ago or less." in told
    )
    assert "time since" not in told
    record["weakness_onset"] = "2026-10-30"  # 28 days
    assert agreement_of("gbs", record, date(2026, 11, 27), "ivig-immunomodulation").answers["ean-pns-gbs-2023"] == "yes"


def changed(record: dict[str, Any], line: Step, as_of: date, *, short: bool = False) -> dict[str, Any] | None:
    """Return the record in which a line just answers otherwise, or with `short` just does not; None where there is none."""
    node, wanted = line.node, line.answer == "no"
    if isinstance(node, TimeSince):
        inward = (node.operator in ("<", "<=")) == wanted
        end, on = add(as_of, -node.number, node.unit), 1 if inward else -1
        day = end
        for step in range(-3, 4):  # the first day of the three around the end that is on the right side of it
            day = end + timedelta(days=step * on)
            if _since(node, day, as_of) == wanted:
                break
        day -= timedelta(days=on if short else 0)
        planned = line.finding is None or line.finding.when is None or line.finding.when.first > as_of
        return None if day > as_of or (short and planned) else {**record, node.fact: day.isoformat()}
    if isinstance(node, Comparison):
        end = node.number
        closed = (node.operator in ("<=", ">=", "=")) == wanted
        down = (node.operator in ("<", "<=")) == wanted
        number = end if short != closed else end - NEXT if down != short else end + NEXT
        return {**record, node.fact: f"{plain(number)} {node.unit}"}
    if short:
        return None
    if isinstance(node, YesNo):
        return {**record, node.fact: "yes" if wanted else "no"}
    if isinstance(node, IsOption):
        fact, options = LIBRARY.facts[node.fact], sorted(node.options)
        if fact.kind == "choices":
            before = [each for each in _listed(record.get(node.fact)) if wanted or each not in node.options]
            return {**record, node.fact: [*before, options[0]] if wanted else before}
        others = [each for each in fact.options if each not in node.options]
        return {**record, node.fact: options[0] if wanted else others[0]} if wanted or others else None
    return None


def _listed(value: Any) -> list[str]:
    return list(value) if isinstance(value, list) else [value] if value and value not in ("none", "unknown") else []


def _since(node: TimeSince, day: date, as_of: date) -> bool:
    end = add(day, node.number, node.unit)
    found = {"<": as_of < end, "<=": as_of <= end, ">": as_of > end, ">=": as_of >= end, "=": as_of == end}
    return day <= as_of and found[node.operator]


def disagreements() -> Iterator[tuple[str, dict[str, Any], date, Agreement]]:
    seen = set()
    for case in examples(LIBRARY.topics):
        key = json.dumps([case["topic"], case["record"]], sort_keys=True)
        if case["positions"] is not None or key in seen:
            continue
        seen.add(key)
        as_of = date.fromisoformat(case["as_of"])
        decision = LIBRARY.evaluate(case["record"], as_of=as_of, topics=[case["topic"]])
        for agreement in decision.topics[0].agreements:
            if agreement.result == "disagree":
                yield case["topic"], case["record"], as_of, agreement


def test_the_told_change_does_it_and_no_smaller_one_along_that_fact() -> None:
    tried, short = 0, 0
    for topic, record, as_of, agreement in disagreements():
        for failing in dict.fromkeys(one.failing for one in agreement.separated_by):
            for way in agreement.ways_of(failing):
                after: dict[str, Any] | None = record
                for line in way:
                    after = changed(after, line, as_of) if after is not None else None
                if after is None:
                    continue
                tried += 1
                told = (topic, failing, [getattr(line.node, "text", "") for line in way], record)
                answers = agreement_of(topic, after, as_of, agreement.about).answers
                assert answers.get(failing) in ("yes", "unknown"), told  # unknown where something else is not known
                before = changed(record, way[0], as_of, short=True) if len(way) == 1 else None
                if before is not None:
                    short += 1
                    answers = agreement_of(topic, before, as_of, agreement.about).answers
                    assert answers.get(failing, "no") == "no", told
    assert tried > 400
    assert short > 100


def test_nobody_reads_a_raw_line() -> None:
    raw = re.compile(r"[a-z]+_[a-z_]+ (?:[<>=]|is )|time since|[<>]=? \d+ (?:mg|days|weeks)")
    for topic, record, as_of, agreement in disagreements():
        decision = LIBRARY.evaluate(record, as_of=as_of, topics=[topic])
        words = decision.context.wording
        positions = {one.position.id: one.position for one in decision.topics[0].positions}
        for failing in dict.fromkeys(one.failing for one in agreement.separated_by):
            assert not raw.search(words.nearest(agreement.ways_of(failing), positions[failing]))
