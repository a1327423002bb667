"""Write tests/conformance/generated.json: what the engine answers for the examples and boundary cases of a few topics.

    PYTHONPATH=engine python tests/make_conformance.py [--check]

The cases are those of igguide/vectors.py, which the site publishes topic by topic. hand-chosen.json is not written by
this: its expectations were worked out by thought.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

import igguide
from igguide import vectors
from igguide.folders import guidelines_folder
from igguide.library import Library, check_folder

FOLDER = Path(__file__).resolve().parent / "conformance"
GENERATED = FOLDER / "generated.json"
# Topics of different kinds: conditions over time, grades, doses. All would be 6 MB, and the site publishes those.
TOPICS = (
    "bispecific-igg-replacement",
    "car-t-igg-replacement",
    "icans-grading",
    "secondary-antibody-deficiency-dosing",
)


def answer(library: Library, topic: str, position: str, record: Any, as_of: str) -> dict[str, Any]:
    """Return what one position answers, in the form of a case's `expect`."""
    return vectors.answer(library, topic, position, record, date.fromisoformat(as_of))


def text() -> str:
    """Return the generated file, one case a line."""
    files = [file for file in check_folder(guidelines_folder()).examples if file.topic in TOPICS]
    return vectors.vectors_text(vectors.vectors(igguide.load(), files))


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
