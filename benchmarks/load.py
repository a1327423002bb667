"""How long a fresh Python takes to import the package and load the library, beside importing standard modules."""

from __future__ import annotations

import subprocess
import sys
from time import perf_counter

PROGRAMS = [
    ("Python alone", "pass"),
    ("import json, dataclasses, decimal", "import json, dataclasses, decimal"),
    ("import igguide", "import igguide"),
    ("import igguide; igguide.load()", "import igguide; igguide.load()"),
    ("load, and one decision", "import igguide; igguide.load().evaluate({'igg': '380 mg/dL'}, as_of='2026-11-21')"),
    (
        "load(folder): read, check and lint all",
        "import igguide; from igguide.folders import guidelines_folder as g; igguide.load(g())",
    ),
]


def milliseconds(program: str, times: int) -> float:
    """Return the best time of a fresh Python that runs a program, in milliseconds."""
    best = float("inf")
    for _ in range(times):
        begun = perf_counter()
        subprocess.run([sys.executable, "-c", program], check=True)
        best = min(best, perf_counter() - begun)
    return best * 1000


def main() -> None:
    """Print each program's time, and what it takes beyond Python alone as a multiple of Python alone."""
    alone = milliseconds(PROGRAMS[0][1], 9)
    for name, program in PROGRAMS:
        took = milliseconds(program, 2 if "folder" in name else 7)
        print(f"{name:40} {took:8.1f} ms   {took - alone:8.1f} ms more   {took / alone:5.1f} x")


if __name__ == "__main__":
    main()
