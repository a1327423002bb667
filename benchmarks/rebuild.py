"""How long the site takes: a whole build, and under `mkdocs serve` from the save of a file to the page with the edit."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[1]
TOPIC, PAGE = "guidelines/car-t-igg-replacement", "topics/car-t-igg-replacement.html"
# What is edited: the file, what is replaced, by what; then the page where that is read, and as what.
EDITS = {
    "a threshold of a rule": (f"{TOPIC}/wat-barmettler-2022.yaml", "600 mg/dL", "600.5 mg/dL", PAGE, "600.5"),
    "the title of a topic": (f"{TOPIC}/topic.yaml", "title: ", "title: Zzz ", PAGE, "Zzz"),
    "an example": (f"{TOPIC}/wat-barmettler-2022.examples.yaml", "- title: ", "- title: Zzz ", PAGE, "Zzz"),
    "a fact, on which 1 topic in 7 rests": (
        "guidelines/facts/laboratory.yaml",
        "title: Serum IgG\n",
        "title: Zzz\n",
        PAGE,
        "Zzz",
    ),
    "a fact, on which most topics rest": (
        "guidelines/facts/patient.yaml",
        "title: Age\n",
        "title: Zzz\n",
        "facts.html",
        "Zzz",
    ),
    "a source": ("guidelines/sources/car-t.yaml", "family: Barmettler", "family: Zzz", PAGE, "Zzz"),
    "a product": ("guidelines/products/intravenous.yaml", "name: ", "name: Zzz ", "products.html", "Zzz"),
    "the glossary": ("site/glossary.yaml", "term: ", "term: Zzz ", "glossary.html", "Zzz"),
    "the synonyms": ("site/synonyms.yaml", "[IgG, ", "[IgG, zzzz, ", "search-index.js", "zzzz"),
    "the areas of the front page": ("site/areas.yaml", "title: Repl", "title: Zzz Repl", "index.html", "Zzz"),
    "the template of topics": ("site/templates/topic.html", "What each source says</h2>", "Zzz</h2>", PAGE, "Zzz"),
    "the template that most take in": ("site/templates/macros.html", "Evidence", "Zzz", PAGE, "Zzz"),
    "the style": ("site/theme/style.css", "--paper: #fbfaf7", "--paper: #01f203", "style.css", "#01f203"),
    "the head of each page": ("site/theme/main.html", "Skip to the content", "Zzz", PAGE, "Zzz"),
    "a page of prose": ("site/pages/about.md", "# ", "# Zzz ", "about.html", "Zzz"),
}


def build(root: Path) -> tuple[float, float]:
    """Build the whole site in a process of its own, and return the seconds by the clock and at work."""
    begun = perf_counter()
    before = os.times()
    subprocess.run([sys.executable, "-m", "mkdocs", "build", "--quiet"], cwd=root, env=environment(), check=True)
    after = os.times()
    work = after.children_user + after.children_system - before.children_user - before.children_system
    return perf_counter() - begun, work


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "engine")}


@contextmanager
def serving(root: Path) -> Iterator[tuple[str, int]]:
    """Run `mkdocs serve`, and give its address and its process once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-W", "ignore", "-m", "mkdocs", "serve", "--quiet", "--dev-addr", address]
    with subprocess.Popen(command, cwd=root, env=environment()) as server:
        try:
            until(f"http://{address}/index.html", "IgGuide")
            yield f"http://{address}", server.pid
        finally:
            server.terminate()


def until(page: str, text: str, *, gone: bool = False) -> None:
    """Wait until a page holds a text, or no longer holds it."""
    while True:
        try:
            with urlopen(page) as answer:
                if (text in answer.read().decode()) != gone:
                    return
        except OSError:
            pass
        sleep(0.02)


def worked(process: int) -> float:
    """Return for how many seconds a process has worked so far; 0 where the system does not tell."""
    stat = Path(f"/proc/{process}/stat")
    if not stat.is_file():
        return 0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def line(name: str, measured: list[tuple[float, float]], whole: float) -> None:
    clock, work = [each[0] for each in measured], [each[1] for each in measured]
    print(
        f"{name:38} {min(clock):6.2f} s least {median(clock):6.2f} s median {min(work):6.2f} s at work {min(work) / whole:6.2f} x",
        flush=True,
    )


def main(rounds: int = 3) -> None:
    """Print each time, and the time at work as a part of that of a whole build: read that, it is the same everywhere."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in ("guidelines", "schema", "site"):
            shutil.copytree(ROOT / name, root / name)
        shutil.copy(ROOT / "mkdocs.yml", root)
        builds = [build(root) for _ in range(rounds)]
        whole = min(work for _, work in builds)
        line("a whole build", builds, whole)
        with serving(root) as (address, process):
            for kind, (name, old, new, page, shown) in EDITS.items():
                path, measured = root / name, []
                text = path.read_text(encoding="utf-8")
                assert old in text, kind
                for _ in range(rounds):
                    before, begun = worked(process), perf_counter()
                    path.write_text(text.replace(old, new), encoding="utf-8")
                    until(f"{address}/{page}", shown)
                    measured.append((perf_counter() - begun, worked(process) - before))
                    path.write_text(text, encoding="utf-8")
                    until(f"{address}/{page}", shown, gone=True)
                line(kind, measured, whole)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
