"""Write tests/conformance/generated.json: what the engine answers for the examples and for boundary cases.

    PYTHONPATH=engine python tests/make_conformance.py [--check]

hand-chosen.json is not written by this: its expectations were worked out by thought.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import igguide
from igguide.decision import decide, dose_data
from igguide.evaluate import PositionResult
from igguide.folders import guidelines_folder
from igguide.library import Library, check_folder
from igguide.witness import DAY, Candidates

FOLDER = Path(__file__).resolve().parent / "conformance"
GENERATED = FOLDER / "generated.json"
_AROUND = 6  # values of each fact that are tried around a record


def answer(library: Library, topic: str, position: str, record: Any, as_of: str) -> dict[str, Any]:
    """Return what one position answers, in the form of a case's `expect`."""
    compiled = library.compiled[f"{topic}/{position}"]
    day = igguide.library._day(as_of)
    decision = decide(library.context, library.read(record), day, [(library.topics[topic], [compiled])], True)
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
    }


def cases(library: Library) -> Iterator[dict[str, Any]]:
    """Yield every example of the guidelines, then records that differ from one in a single fact near its thresholds."""
    for file in check_folder(guidelines_folder()).examples:
        for example in file.examples:
            yield _case(
                library,
                f"{file.position}: {example.title}",
                file.topic,
                file.position,
                example.record,
                example.as_of.isoformat(),
            )
        yield from _around(library, file.topic, file.position, dict(file.examples[0].record))


def _around(library: Library, topic: str, position: str, record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    compiled = library.compiled[f"{topic}/{position}"]
    candidates = Candidates(compiled, library.facts)
    as_of = DAY.isoformat()
    for name in compiled.reads:
        fact = library.facts[name]
        if fact.formula or fact.table:
            continue
        for value in (*candidates.of(name)[:_AROUND], "unknown"):
            title = f"{position}: near its thresholds, {name} {json.dumps(value)}"
            yield _case(library, title, topic, position, {**record, name: value}, as_of)


def _case(library: Library, title: str, topic: str, position: str, record: Any, as_of: str) -> dict[str, Any]:
    return {
        "title": title,
        "as_of": as_of,
        "topic": topic,
        "position": position,
        "record": record,
        "expect": answer(library, topic, position, record, as_of),
    }


def text() -> str:
    """Return the generated file, one case a line."""
    lines = [json.dumps(case, ensure_ascii=False) for case in cases(igguide.load())]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def main(arguments: list[str]) -> int:
    """Write the file, or with `--check` tell whether it is stale."""
    made = text()
    if "--check" in arguments:
        stale = not GENERATED.is_file() or GENERATED.read_text(encoding="utf-8") != made
        print("stale" if stale else "current")
        return int(stale)
    GENERATED.write_text(made, encoding="utf-8")
    print(f"{GENERATED.name}: {made.count(chr(10)) - 2} cases")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
