"""Checking guidelines again each time a file is saved, by looking at the files twice a second."""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from .checking import check_paths, run_examples
from .coverage import unshown
from .errors import RequestError
from .formats import PLAIN, check_text
from .library import guideline_files
from .report import Sheet
from .scaffold import working_folder

EVERY = 0.5  # seconds between two looks
Looks = Mapping[str, tuple[int, int]]


def snapshot(paths: Sequence[str]) -> Looks:
    """Return each guideline file of these folders and files with the time of its last change and its size."""
    found: dict[str, tuple[int, int]] = {}
    for path in map(Path, paths):
        for file in _files(path):
            try:
                told = file.stat()
            except OSError:  # gone between the listing and the look: the next look tells
                continue
            found[str(file)] = (told.st_mtime_ns, told.st_size)
    return found


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted({*guideline_files(path), *path.glob("*.yaml")}) if path.is_dir() else []


def changed(before: Looks, after: Looks) -> list[str]:
    """Return the files that were changed, added or deleted between two looks, in order."""
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def watch(
    look: Callable[[], Looks],
    report: Callable[[], str],
    tell: Callable[[str], None],
    wait: Callable[[], None],
    rounds: Iterable[object],
) -> None:
    """Tell the report now, and again after each change that a look finds, once for each round.

    A change is reported once two looks are alike, so that a save that takes several writes is reported once.
    Ctrl-C while waiting or checking ends it cleanly.
    """
    try:
        reported = seen = look()
        tell(report())
        for _ in rounds:
            wait()
            before, seen = seen, look()
            if seen == before and seen != reported:
                tell(header(changed(reported, seen)))
                reported = seen
                tell(report())
    except KeyboardInterrupt:
        tell("\nStopped watching.")


def header(names: Sequence[str]) -> str:
    """Return what stands above a new report: the files that changed, and no time, so that reports can be compared."""
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"\n=== {shown} changed ==="


def report_text(paths: Sequence[str], guidelines: str | None, sheet: Sheet = PLAIN) -> str:
    """Return the problems of the files asked for and, where the files can be used, what their examples come to."""
    try:
        report = check_paths(paths, guidelines)
        report = report.with_problems([*report.problems, *unshown(report)])
        text = check_text(report, sheet)
        if report.library is None:
            others = f"\nThe examples were not run: other files of {report.folder} have problems."
            return text if report.problems else text + others
        runs = run_examples(report)
    except RequestError as error:
        return str(error)
    failed = [
        f"{sheet.paint(report.shown(m.place), 'bold')}: {m.example.title}\n  {m.what}: expected {m.expected}, found {m.found}\n"
        for run in runs
        for m in run.mismatches
    ]
    count = sum(run.count for run in runs)
    return "\n".join([*failed, text, f"{count} example{'' if count == 1 else 's'}, {len(failed)} not as expected."])


# --- the command ---


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `igguide watch` understands to a parser."""
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="guideline folders or files (default: the folder `guidelines` here)"
    )
    parser.add_argument("--guidelines", metavar="DIR", help="the folder of guidelines, where it is not `guidelines`")


def run(
    options: argparse.Namespace,
    sheet: Sheet = PLAIN,
    wait: Callable[[], None] = lambda: time.sleep(EVERY),
    rounds: Iterable[object] | None = None,
) -> int:
    """Watch until Ctrl-C, and return the exit code; `wait` and `rounds` are given by tests."""
    paths = options.paths or [str(working_folder(options.guidelines))]
    for path in map(Path, paths):
        if not path.exists():
            raise RequestError(f"There is no file or folder `{path}`.")
    seen = [*paths, *([options.guidelines] if options.guidelines else [])]
    print(f"Watching {', '.join(seen)}; Ctrl-C ends it.\n", flush=True)
    watch(
        lambda: snapshot(seen),
        lambda: report_text(paths, options.guidelines, sheet),
        lambda text: print(text, flush=True),
        wait,
        itertools.count() if rounds is None else rounds,
    )
    return 0


__all__ = ["EVERY", "add_arguments", "changed", "header", "report_text", "run", "snapshot", "watch"]
