"""What `check` and `test` found, in the forms that other programs read: GitHub's annotations, SARIF 2.1.0, JSON; and as text.

Pure functions of a report. A rule's id is made from the sentence of its problem without the names and numbers in it,
so that the same kind of mistake keeps its id from run to run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from unicodedata import combining, east_asian_width
from urllib.parse import quote

from . import __version__
from .checking import ExampleRun, Report
from .errors import Place, Problem
from .report import Sheet

PLAIN = Sheet()
FORMATS = ("text", "json", "github", "sarif")
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def formatted(report: Report, form: str, sheet: Sheet = PLAIN) -> str:
    """Return the report in one of `FORMATS`, without a newline at its end."""
    return {"text": check_text, "json": check_json, "github": check_github, "sarif": check_sarif}[form](report, sheet)


# --- text ---


def check_text(report: Report, sheet: Sheet = PLAIN) -> str:
    """Return the report for people: each problem with its line, a mark under it and the remedy; then the count."""
    return problems_text(report.problems, report, sheet) + summary(report)


def problems_text(problems: Iterable[Problem], report: Report, sheet: Sheet = PLAIN) -> str:
    """Return problems for people, a blank line after each."""
    return "".join(line + "\n" for problem in problems for line in _told(problem, report, sheet))


def summary(report: Report) -> str:
    """Return how many files were checked, and what came of it, in one line."""
    notes = sum(problem.severity == "note" for problem in report.problems)
    problems = len(report.problems) - notes
    found = _count(problems, "problem") if problems else "no problems"
    noted = f", {_count(notes, 'note')}" if notes else ""
    return f"{_count(len(report.files), 'file')} checked: {found}{noted}."


def _told(problem: Problem, report: Report, sheet: Sheet) -> Iterator[str]:
    severity = "" if problem.severity == "error" else f"{problem.severity}: "
    yield sheet.paint(report.shown(problem.place), "bold") + f": {severity}{problem.what}"
    line = report.line(problem.place)
    if line is not None:
        text, column = _around(line, problem.place.column)
        yield f"    {text}"
        yield "    " + _blank(text[: column - 1]) + sheet.paint("^", "problem")
    if problem.remedy:
        yield sheet.wrap(problem.remedy, "  ")
    yield ""


_LONGEST = 400  # signs of a line that are shown, so that one that is too long to read does not fill the terminal


def _around(line: str, column: int) -> tuple[str, int]:
    """Return a line, or of one that is too long what stands around a column, and the column in it."""
    if len(line) <= _LONGEST:
        return line, column
    start = max(0, min(column - _LONGEST // 2, len(line) - _LONGEST))
    head, tail = "…" * (start > 0), "…" * (start + _LONGEST < len(line))
    return f"{head}{line[start : start + _LONGEST]}{tail}", column - start + len(head)


def _blank(text: str) -> str:
    """Return white space as wide as a text, so that what is printed below stands under what follows it."""
    return "".join(
        "\t" if sign == "\t" else "  " if east_asian_width(sign) in "WF" else "" if combining(sign) else " "
        for sign in text
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


# --- JSON ---


def check_json(report: Report, sheet: Sheet = PLAIN) -> str:
    """Return the report as one JSON object."""
    problems = [problem_data(problem, report) for problem in report.problems]
    return _json({"files": len(report.files), "problems": problems})


def problem_data(problem: Problem, report: Report) -> dict[str, Any]:
    """Return a problem as data: where, what, how to mend it, and the line itself."""
    return {
        "file": report.path(problem.place),
        "line": problem.place.line,
        "column": problem.place.column,
        "rule": rule_id(problem.what),
        "severity": problem.severity,
        "what": problem.what,
        "remedy": problem.remedy,
        "text": report.line(problem.place),
    }


# --- GitHub ---


def check_github(report: Report, sheet: Sheet = PLAIN) -> str:
    """Return the problems as GitHub workflow commands, which mark the lines of a change, and the count in words."""
    commands = [
        _command(p.place, rule_title(p.what), f"{p.what} {p.remedy}", report, p.severity) for p in report.problems
    ]
    return "\n".join([*commands, summary(report)])


def examples_github(report: Report, runs: Sequence[ExampleRun]) -> str:
    """Return the examples that did not come out as expected as GitHub workflow commands, and the count in words."""
    failed = [mismatch for run in runs for mismatch in run.mismatches]
    commands = [
        _command(
            m.place,
            "Example not as expected",
            f"{m.example.title} {m.what}: expected {m.expected}, found {m.found}.",
            report,
        )
        for m in failed
    ]
    count = sum(run.count for run in runs)
    return "\n".join([*commands, f"{_count(count, 'example')}, {len(failed)} not as expected."])


_GITHUB = {"note": "notice"}


def _command(place: Place, title: str, message: str, report: Report, severity: str = "error") -> str:
    where = {"file": Path(report.path(place)).as_posix(), "line": place.line, "col": place.column}
    end = _end_column(place, report)
    if end is not None:
        where |= {"endLine": place.line, "endColumn": end}
    properties = ",".join(
        f"{name}={_escaped_property(str(value))}" for name, value in (where | {"title": title}).items()
    )
    return f"::{_GITHUB.get(severity, severity)} {properties}::{_escaped(message.strip())}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


# --- SARIF ---


def check_sarif(report: Report, sheet: Sheet = PLAIN) -> str:
    """Return the report as a SARIF 2.1.0 log, as GitHub's code scanning reads it."""
    return _json(sarif_log(report))


def sarif_log(report: Report) -> dict[str, Any]:
    """Return the SARIF log as data: one run, its rules, and a result for each problem."""
    rules: dict[str, Problem] = {}
    for problem in report.problems:
        rules.setdefault(rule_id(problem.what), problem)
    numbers = {name: number for number, name in enumerate(rules)}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "igguide",
                        "semanticVersion": __version__,
                        "rules": [_sarif_rule(name, problem) for name, problem in rules.items()],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_sarif_result(problem, report, numbers) for problem in report.problems],
            }
        ],
    }


def _sarif_rule(name: str, problem: Problem) -> dict[str, Any]:
    return {
        "id": name,
        "shortDescription": {"text": rule_title(problem.what)},
        "fullDescription": {"text": rule_title(problem.what)},
        "help": {"text": f"{rule_title(problem.what)}. The message at each place says how to mend it."},
        "defaultConfiguration": {"level": problem.severity},
        "properties": {"problem.severity": problem.severity, "tags": ["guidelines"]},
    }


def _sarif_result(problem: Problem, report: Report, numbers: dict[str, int]) -> dict[str, Any]:
    name = rule_id(problem.what)
    return {
        "ruleId": name,
        "ruleIndex": numbers[name],
        "level": problem.severity,
        "message": {"text": f"{problem.what} {problem.remedy}".strip()},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(report.path(problem.place)),
                    "region": _region(problem.place, report),
                }
            }
        ],
    }


def _artifact(path: str) -> dict[str, str]:
    """Return a file as SARIF names it: from the root of the repository, or where it lies outside as a whole address."""
    file = Path(path)
    if file.is_absolute():
        return {"uri": file.as_uri()}
    return {"uri": quote(file.as_posix()), "uriBaseId": "%SRCROOT%"}


def _region(place: Place, report: Report) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": place.line, "startColumn": place.column}
    end = _end_column(place, report)
    if end is not None:
        region["endColumn"] = end
    line = report.line(place)
    return region if line is None else region | {"snippet": {"text": line}}


def _end_column(place: Place, report: Report) -> int | None:
    """Return the column after the last sign of what is marked: the rest of its line; None where nothing is there."""
    line = report.line(place)
    end = 0 if line is None else len(line.rstrip()) + 1
    return end if end > place.column else None


# --- the names of problems ---

_SPECIFICS = re.compile(r"`[^`]*`|\{.*\}|\([^)]*\)|[0-9][^ ]*")


def rule_title(what: str) -> str:
    """Return a problem's sentence with `…` in place of the names and numbers of the case."""
    return re.sub(r"\s+([.,;:])", r"\1", re.sub(r"(…\s*)+", "… ", _SPECIFICS.sub("…", what))).strip(" .")


def rule_id(what: str) -> str:
    """Return the id of a problem's kind: the words of its sentence that do not depend on the case."""
    words = re.findall(r"[a-z]+", _SPECIFICS.sub(" ", what).lower())
    return "-".join(words[:10]) or "problem"


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2)


__all__ = [
    "FORMATS",
    "PLAIN",
    "check_github",
    "check_json",
    "check_sarif",
    "check_text",
    "examples_github",
    "formatted",
    "problem_data",
    "rule_id",
    "rule_title",
    "sarif_log",
    "summary",
]
