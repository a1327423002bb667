"""The command line: evaluate, explain, ask for records; check, test, diff, new, fmt, watch, export, status for guidelines.

Exit codes: 0 fine; 1 findings (problems in guidelines that are checked or tested, failed examples, values of a record
that cannot be used); 2 misuse, or a record or guidelines to be used that cannot be read as a whole.
"""

from __future__ import annotations

import argparse
import inspect
import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, TextIO

from . import __version__, load
from .decision import Decision, problem_only
from .errors import GuidelineError, IgGuideError, Problem, RecordError, RequestError, in_order
from .inputs import INPUTS, Input, read_file, read_inputs
from .library import Library
from .record import digest_of
from .report import Sheet, ansi_paint, ask_text, brief_text, evaluate_text, explain_text, plain_paint

if TYPE_CHECKING:
    from .checking import ExampleRun, Report

FINE, FINDINGS, MISUSE = 0, 1, 2

_EPILOG = """\
examples:
  igguide evaluate examples/adult-cd19-day-45.json --topic car-t-igg-replacement
  igguide explain examples/adult-day-91.yaml --position wat-barmettler-2022
  igguide ask examples/igg-missing.yaml
  igguide check guidelines
  igguide test guidelines

exit codes: 0 fine, 1 findings (in checked files, in values of a record), 2 misuse, or a record
or guidelines that cannot be read

Not medical advice and not a medical device.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code. No traceback reaches the user."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    parser = _parser(given[0] if given else None)
    _print_any_sign()
    try:
        options = parser.parse_args(given)
        if options.command is None:
            parser.print_help()
            return MISUSE
        return int(options.run(options))
    except GuidelineError as error:
        return _cannot_use_guidelines(error)
    except IgGuideError as error:
        print(f"igguide: {error}", file=sys.stderr)
        return MISUSE
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except RecursionError:
        print("igguide: the input is nested too deep.", file=sys.stderr)
        return MISUSE
    except OSError as error:
        print(f"igguide: {error.filename or 'a file'}: {error.strerror or error}.", file=sys.stderr)
        return MISUSE
    except KeyboardInterrupt:
        return 130


def _print_any_sign() -> None:
    """Let what a terminal or file cannot show be written as an escape instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _cannot_use_guidelines(error: GuidelineError) -> int:
    print("igguide: these guidelines cannot be used:", file=sys.stderr)
    for problem in error.problems:
        print(f"  {problem}", file=sys.stderr)
    return MISUSE


def _parser(chosen: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="igguide",
        description="Immunoglobulin guidance kept as data: what each source says for a patient, and why.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"igguide {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    _record_command(commands, "evaluate", "say what each position answers for a record", evaluate_text)
    _record_command(commands, "explain", "show every rule with the steps that led to its answer", explain_text)
    _record_command(commands, "ask", "list the questions that could still change an answer", ask_text)
    check = _guideline_command(commands, "check", "find what is wrong in guideline files, all in one run", _check)
    check.add_argument("--against", metavar="REV", help="refuse a version smaller than the change since REV deserves")
    test = _guideline_command(commands, "test", "run the examples beside each position", _test)
    test.add_argument("--coverage", action="store_true", help="name the numbers and conditions that no example shows")
    test.add_argument("--mutation", action="store_true", help="change each rule a little: does some example notice?")
    test.add_argument("--suggest", action="store_true", help="write the missing examples as drafts to be filled in")
    for name, (help_text, tool) in _TOOLS.items():
        command = commands.add_parser(name, help=help_text, description=f"{help_text.capitalize()}.")
        if name == chosen:
            _tool_command(command, tool())
    return parser


def _diff() -> Any:
    from . import diff

    return diff


def _new() -> Any:
    from . import scaffold

    return scaffold


def _fmt() -> Any:
    from . import canonical

    return canonical


def _watch() -> Any:
    from . import watching

    return watching


def _status() -> Any:
    from . import status

    return status


def _export() -> Any:
    from . import export

    return export


# The editor's tools are imported only when they are asked for: evaluating a record does not wait for them.
_TOOLS: dict[str, tuple[str, Callable[[], Any]]] = {
    "diff": ("say what changed between two versions, and for which patients", _diff),
    "new": ("begin a topic, a position or a source with a commented file", _new),
    "fmt": ("keep guideline files in their canonical form, comments and all", _fmt),
    "watch": ("check again whenever a file is saved", _watch),
    "export": ("write a topic's rules, or the answers they must have, for other programs", _export),
    "status": ("list what is stale, second-hand, superseded or without a locator", _status),
}


def _tool_command(command: argparse.ArgumentParser, tool: Any) -> None:
    """Give a command the arguments of its tool, and run it with what it asks for: today's date, a sheet."""
    tool.add_arguments(command)
    wanted = inspect.signature(tool.run).parameters

    def run(options: argparse.Namespace) -> int:
        given: dict[str, Any] = {"today": date.today(), "sheet": Sheet()}
        return int(tool.run(options, **{name: value for name, value in given.items() if name in wanted}))

    command.set_defaults(run=run)


def _record_command(commands: Any, name: str, help_text: str, text: Callable[[Decision, Sheet], str]) -> None:
    command = commands.add_parser(
        name,
        help=help_text,
        description=f"{help_text.capitalize()}.",
        epilog=_EPILOG.split("exit codes")[1].join(["exit codes", ""]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "records",
        nargs="+",
        metavar="RECORD",
        help="a file with a record (JSON, JSON lines or YAML; plain or FHIR R4), or - for standard input",
    )
    command.add_argument("--topic", action="append", metavar="T", help="only this topic (may be given several times)")
    command.add_argument(
        "--list-topics", action=_ListTopics, nargs=0, help="list the topics that there are, and do nothing else"
    )
    command.add_argument("--position", action="append", metavar="P", help="only this position: its id, or topic/id")
    command.add_argument("--as-of", metavar="DATE", help="the date of evaluation, as in 2026-11-21 (default: today)")
    command.add_argument(
        "--input",
        choices=INPUTS,
        default="auto",
        help="the form of the record (default: auto, FHIR by its resourceType)",
    )
    command.add_argument("--patient", metavar="REF", help="which patient, where a bundle holds several")
    _common(command)
    if name == "evaluate":
        command.add_argument(
            "--all",
            action="store_true",
            help="print every position in full with all sources, as for a topic that is named; else, over the whole"
            " library, what applies and then what may apply",
        )
    if name == "explain":
        command.add_argument(
            "--what-would-change",
            dest="flips",
            action="store_true",
            help="name the nearest other values, of facts that can change, that would turn each answer",
        )
    command.set_defaults(run=lambda options: _evaluate(options, text), flips=False)


class _ListTopics(argparse.Action):
    """Lists the topics as soon as it is met, as `--version` does; a folder of guidelines is to be named before it."""

    def __call__(self, parser: argparse.ArgumentParser, options: argparse.Namespace, *_: Any) -> None:
        topics = load(getattr(options, "guidelines", None)).topics
        width = max(map(len, topics))
        print("\n".join(f"{name:<{width}}  {topics[name].title}" for name in sorted(topics)))
        parser.exit(FINE)


def _guideline_command(
    commands: Any, name: str, help_text: str, run: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=help_text, description=f"{help_text.capitalize()}."
    )
    command.add_argument(
        "paths", nargs="*", metavar="PATH", help="guideline folders or files (default: the bundled guidelines)"
    )
    _common(command, ("text", "json", "github", *(("sarif",) if name == "check" else ())))
    command.set_defaults(run=run)
    return command


def _common(command: argparse.ArgumentParser, formats: Sequence[str] = ("text", "json")) -> None:
    command.add_argument("--guidelines", metavar="DIR", help="a folder of guidelines other than the bundled one")
    more = f", {' and '.join(formats[2:])} for code review" if len(formats) > 2 else ""
    command.add_argument(
        "--format", choices=formats, default="text", help=f"text for people, json for programs{more} (default: text)"
    )
    command.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="colour in text (default: auto, where a terminal is)",
    )


def _sheet(options: argparse.Namespace, stream: TextIO) -> Sheet:
    wanted = options.color == "always" or (
        options.color == "auto"
        and stream.isatty()
        and "NO_COLOR" not in os.environ
        and os.environ.get("TERM") != "dumb"
    )
    width = min(max(os.get_terminal_size(stream.fileno()).columns, 60), 110) if stream.isatty() else 100
    return Sheet(ansi_paint if wanted else plain_paint, width)


def _print_json(data: Any, *, one_line: bool = False) -> None:
    print(json.dumps(data, ensure_ascii=False, indent=None if one_line else 2))


# --- evaluate, explain, ask ---


def _evaluate(options: argparse.Namespace, text: Callable[[Decision, Sheet], str]) -> int:
    library = load(options.guidelines)
    asked = library.evaluate(
        {}, as_of=options.as_of or date.today(), topics=options.topic, positions=options.position
    )  # misuse is told before any record is read
    as_of = asked.as_of
    if text is evaluate_text:
        whole = not (options.all or options.topic or options.position)
        text = brief_text if whole else evaluate_text
    inputs = _inputs(options)
    several = len(inputs) > 1
    codes = [_one(item, library, as_of, options, text, several) for item in inputs]
    return max(codes)


def _inputs(options: argparse.Namespace) -> list[Input]:
    found: list[Input] = []
    for path in options.records:
        try:
            name, content = read_file(path, _standard_input() if path == "-" else None)
            found += read_inputs(content, name, options.input, options.patient)
        except RecordError as error:
            if len(options.records) == 1:
                raise
            found.append(Input(path, None, str(error)))
    return found


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RecordError("standard input is not UTF-8 text.") from None


def _one(
    item: Input,
    library: Library,
    as_of: date,
    options: argparse.Namespace,
    text: Callable[[Decision, Sheet], str],
    several: bool,
) -> int:
    try:
        if item.record is None:
            raise RecordError(item.error or "")
        decision = library.evaluate(
            item.record, as_of=as_of, topics=options.topic, positions=options.position, flips=options.flips
        )
    except RecordError as error:
        if not several:
            raise
        _bad_record(item, str(error), library, as_of, options)
        return MISUSE
    if options.format == "json":
        _print_json(decision.to_dict(), one_line=several)
    else:
        if several:
            print(f"==> {item.where} <==")
        print(text(decision, _sheet(options, sys.stdout)), end="\n" if several else "")
    return FINDINGS if decision.problems else FINE


def _bad_record(item: Input, error: str, library: Library, as_of: date, options: argparse.Namespace) -> None:
    if options.format == "json":
        _print_json(problem_only(library.context, as_of, digest_of(item.where), error), one_line=True)
    else:
        print(f"==> {item.where} <==\n{error}\n")


# --- check and test ---


def _check(options: argparse.Namespace) -> int:
    from .checking import check_paths
    from .coverage import unshown
    from .formats import formatted

    report = check_paths(options.paths, options.guidelines, _progress())
    against = _version_problems(report, options) if options.against and report.library is not None else []
    report = report.with_problems(in_order([*report.problems, *unshown(report), *against]))
    print(formatted(report, options.format, _sheet(options, sys.stdout)))
    return FINDINGS if any(problem.severity == "error" for problem in report.problems) else FINE


def _version_problems(report: Report, options: argparse.Namespace) -> list[Problem]:
    """Return the positions whose version is smaller than their change since a revision deserves."""
    from .diff import version_problems
    from .revisions import opened

    assert report.library is not None
    with opened(options.against, options.guidelines, _progress()) as old:
        return version_problems(old, report.library, report.checked.documents)


def _test(options: argparse.Namespace) -> int:
    from .checking import check_paths, run_examples
    from .formats import examples_github, problem_data, problems_text

    report = check_paths(options.paths, options.guidelines, _progress(), with_examples=True)
    if report.library is None:
        problems = report.checked.problems
        if options.format == "json":
            found = [problem_data(p, report) for p in problems]
            _print_json({"examples": 0, "failed": [], "problems": found})
        else:
            print("The examples were not run: the guidelines have problems.\n", file=sys.stderr)
            print(problems_text(problems, report, _sheet(options, sys.stderr)), end="", file=sys.stderr)
        return FINDINGS
    results = run_examples(report)
    proofs = _proofs(report, options)
    if options.format == "json":
        _print_json(_tested_data(results, report) | {name: data for name, _, data, _ in proofs})
    elif options.format == "github":
        print(examples_github(report, results))
    else:
        print(_tested_text(results, report, _sheet(options, sys.stdout)))
    for _, text, _, _ in proofs if options.format != "json" else ():
        print("\n" + text)
    failed = any(result.mismatches for result in results) or any(found for *_, found in proofs)
    return FINDINGS if failed else FINE


def _tested_data(results: Sequence[ExampleRun], report: Report) -> dict[str, Any]:
    failed = [
        {
            "file": report.path(m.place),
            "line": m.place.line,
            "column": m.place.column,
            "title": m.example.title,
            "what": m.what,
            "expected": m.expected,
            "found": m.found,
        }
        for result in results
        for m in result.mismatches
    ]
    return {"examples": sum(result.count for result in results), "failed": failed, "problems": []}


def _tested_text(results: Sequence[ExampleRun], report: Report, sheet: Sheet) -> str:
    told = []
    for result in results:
        wrong = len(result.mismatches)
        outcome = sheet.paint(f"{wrong} not as expected", "problem") if wrong else "all as expected"
        told.append(f"{result.address}: {result.count} example{'s' if result.count != 1 else ''}, {outcome}")
    failed = [mismatch for result in results for mismatch in result.mismatches]
    for m in failed:
        told.append(f"\n{sheet.paint(report.shown(m.place), 'bold')}: {m.example.title}")
        told.append(f"  {m.what}: expected {m.expected}, found {m.found}")
    count = sum(result.count for result in results)
    told.append(f"\n{count} example{'s' if count != 1 else ''}, {len(failed)} not as expected.")
    return "\n".join(told)


def _proofs(report: Report, options: argparse.Namespace) -> list[tuple[str, str, Any, bool]]:
    """Return what was asked for beside the examples: its name, its text, its data, and whether it leaves work to do."""
    found: list[tuple[str, str, Any, bool]] = []
    if options.coverage:
        from . import coverage

        covered = coverage.report(report, _progress())
        text = coverage.as_text(covered, report.shown)
        found.append(("coverage", text, coverage.as_data(covered, report.path), any(c.gaps for c in covered)))
    if options.mutation:
        from . import mutation

        noticed = mutation.report(report, _progress())
        text = mutation.as_text(noticed, report.shown)
        found.append(("mutation", text, mutation.as_data(noticed, report.path), any(m.of("survived") for m in noticed)))
    if options.suggest:
        from . import suggest

        drafts = suggest.report(report, _progress())
        told, refused = [], False
        for each in drafts:
            try:
                path = suggest.write(each)
                told += [f"{path}: written; fill in what is expected"] if path is not None else []
            except RequestError as error:  # there already; the other positions still get theirs
                told.append(str(error))
                refused = True
        text = "\n".join(told) or "Nothing is missing."
        found.append(("suggested", text, suggest.as_data(drafts), refused))
    return found


def _progress() -> Callable[[str], None]:
    """Return what tells of progress: a line on a terminal that overwrites itself, else nothing."""
    if not sys.stderr.isatty():
        return lambda _: None

    def tell(what: str) -> None:
        print(f"\r\x1b[K{what}", end="" if what else "\r", file=sys.stderr, flush=True)

    return tell


__all__ = ["FINDINGS", "FINE", "MISUSE", "RequestError", "main"]
