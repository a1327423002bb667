"""Conformance vectors: records with what a position answers, for whatever else comes to answer the same rules.

Every example of the guidelines is one, and records that differ from an example in a single fact near its thresholds.
tests/conformance/README.md says what each key means; the site publishes them beside each topic's rules.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from .decision import Decision, decide, dose_data
from .evaluate import PositionResult
from .examples import ExampleFile
from .library import Library
from .witness import DAY, Candidates

_AROUND = 6  # values of each fact that are tried around a record


def vectors(
    library: Library, files: Iterable[ExampleFile], decided: Mapping[str, Sequence[Decision]] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield every example of these files, then records that differ from the first of a file near its thresholds.

    `decided` gives the decisions on all examples of a file, by its name, where they were made before.
    """
    for file in files:
        made: Sequence[Decision | None] = (decided or {}).get(file.file) or [None] * len(file.examples)
        for example, decision in zip(file.examples, made, strict=True):
            title = f"{file.position}: {example.title}"
            yield _case(library, title, file, example.record, example.as_of, decision)
        yield from _around(library, file)


def vectors_text(cases: Iterable[dict[str, Any]]) -> str:
    """Return vectors as JSON, one case a line."""
    return "[\n" + ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases) + "\n]\n"


def answer(library: Library, topic: str, position: str, record: Any, as_of: date) -> dict[str, Any]:
    """Return what one position answers, in the form of a case's `expect`."""
    compiled = library.compiled[f"{topic}/{position}"]
    return _told(decide(library.context, library.read(record), as_of, [(library.topics[topic], [compiled])], True))


def _told(decision: Decision) -> dict[str, Any]:
    return {**expectation(decision.topics[0].positions[0]), "problems": [[p.kind, p.fact] for p in decision.problems]}


def expectation(found: PositionResult) -> dict[str, Any]:
    """Return a position's answers as plain data."""
    doses = {name: dose_data(rule.dose) for name, rule in found.rules.items() if rule.dose}
    return {
        "applies": found.applies,
        "holds": {name: rule.holds for name, rule in found.rules.items()},
        "emphasis": {name: rule.emphasis for name, rule in found.rules.items()},
        "missing": {name: sorted(rule.missing) for name, rule in found.rules.items() if rule.missing},
        "grades": {name: [grade.value, grade.at_least, grade.at_most] for name, grade in found.grades.items()},
        "dose": {
            name: data and {key: data[key] for key in ("amount", "per", "by", "every")} for name, data in doses.items()
        },
        "cautions": {caution.caution.id: caution.holds for caution in found.cautions},
        "monitoring": {
            m.monitoring.id: {"holds": m.holds, "due": [[due.on.isoformat(), due.state] for due in m.due]}
            for m in found.monitoring
        },
        "silent": {each.silence.id: each.holds for each in found.silent},
    }


def _around(library: Library, file: ExampleFile) -> Iterator[dict[str, Any]]:
    if not file.examples:
        return
    compiled = library.compiled[file.address]
    candidates = Candidates(compiled, library.facts)
    record = dict(file.examples[0].record)
    for name in compiled.reads:
        fact = library.facts[name]
        if fact.formula or fact.table:
            continue
        for value in (*candidates.of(name)[:_AROUND], "unknown"):
            title = f"{file.position}: near its thresholds, {name} {json.dumps(value)}"
            yield _case(library, title, file, {**record, name: value}, DAY)


def _case(
    library: Library, title: str, file: ExampleFile, record: Any, as_of: date, decision: Decision | None = None
) -> dict[str, Any]:
    return {
        "title": title,
        "as_of": as_of.isoformat(),
        "topic": file.topic,
        "position": file.position,
        "record": record,
        "expect": _told(decision) if decision else answer(library, file.topic, file.position, record, as_of),
    }
