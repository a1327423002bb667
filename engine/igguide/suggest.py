"""Drafts of the examples that are missing: a record for each gap of coverage and each change that no example notices.

A draft holds a record and says what it is for. What must come out is never filled in: an expectation read off the
program proves nothing. No command reads the file of drafts, and among the examples `check` refuses a draft until the
editor has written its `basis:` and `expect:`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from .coverage import (
    Coverage,
    Item,
    Progress,
    Worked,
    cover,
    lines_evaluated,
    positions_of,
    record_for,
    shows,
    site_words,
    work_out,
)
from .errors import Place, RequestError
from .evaluate import CompiledPosition, evaluate_position
from .findings import Findings
from .library import DRAFTS
from .model import Fact, Position, lines_of
from .mutation import Mutation, Outcome, about, mutate, tells_apart
from .probe import DAY, Values, Want, search
from .record import read_record
from .truth import YES

if TYPE_CHECKING:
    from .checking import Report

_WIDEST = 120


@dataclass(frozen=True, slots=True)
class Draft:
    """A record that is missing among the examples: what it is `for_`, and the answers that it is about."""

    title: str
    as_of: date
    record: Mapping[str, Any]
    for_: tuple[str, ...]
    about: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The drafts for one position, the file they belong into, and the gaps for which no record was found."""

    address: str
    target: Path
    drafts: tuple[Draft, ...]
    without: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Gap:
    title: str
    for_: str
    about: frozenset[tuple[str, str]]
    filled_by: Callable[[Findings], bool]
    record: Callable[[], Mapping[str, Any] | None]


def suggest(
    compiled: CompiledPosition,
    facts: Mapping[str, Fact],
    coverage: Coverage,
    mutation: Mutation,
    taken: Sequence[str] = (),
    silences: Collection[str] = (),
) -> tuple[list[Draft], list[str]]:
    """Return drafts that fill every gap, each record once, and the gaps for which no record was found.

    `taken` are the titles that the examples of the position have already, `silences` those of which they speak.
    """
    gaps = [_gap_of_item(item, compiled, facts) for item in coverage.gaps]
    gaps += [_gap_of_change(outcome, compiled.position, facts) for outcome in mutation.of("survived")]
    gaps += [_gap_of_silence(name, compiled, facts) for name in compiled.position.silent if name not in silences]
    drafts: list[Draft] = []
    without: list[str] = []
    for gap in gaps:
        _fill(gap, drafts, without, facts)
    return _with_titles_of_their_own(drafts, taken), without


def _fill(gap: _Gap, drafts: list[Draft], without: list[str], facts: Mapping[str, Fact]) -> None:
    """Add the gap to the draft that fills it already, else a draft for it, else tell that there is none."""
    for index, draft in enumerate(drafts):
        if gap.filled_by(Findings(read_record(draft.record, facts), facts, DAY)):
            drafts[index] = replace(draft, for_=(*draft.for_, gap.for_), about=draft.about | gap.about)
            return
    record = gap.record()
    if record is None:
        without.append(gap.for_)
    else:
        drafts.append(Draft(gap.title, DAY, record, (gap.for_,), gap.about))


def _gap_of_item(item: Item, compiled: CompiledPosition, facts: Mapping[str, Fact]) -> _Gap:
    position = compiled.position
    return _Gap(
        _title(item, position, facts),
        f"No example {item.what}, {item.place.short}.",
        about(item.site, position),
        lambda findings: shows(item, compiled, findings)[0] == YES,
        lambda: record_for(item, compiled, facts).record,
    )


def _gap_of_change(outcome: Outcome, position: Position, facts: Mapping[str, Fact]) -> _Gap:
    mutant = outcome.mutant
    return _Gap(
        f"It matters for this patient whether {mutant.what} in {mutant.where}.",
        f"No example notices that {mutant.what} in {mutant.where}, {mutant.place.short}.",
        mutant.about,
        partial(tells_apart, position, mutant, facts),
        lambda: outcome.record,
    )


def _gap_of_silence(name: str, compiled: CompiledPosition, facts: Mapping[str, Fact]) -> _Gap:
    silence = compiled.position.silent[name]

    def covered(findings: Findings) -> Want:
        found = next(each for each in evaluate_position(compiled, findings).silent if each.silence.id == name)
        return found.holds, found.missing

    lines = [*lines_evaluated(compiled.position), *lines_of(silence.when)]
    return _Gap(
        f"The source leaves this patient open, as {name} declares.",
        f"No example expects the silence {name}, {silence.place.short}.",
        frozenset({("silent", name)}),
        lambda findings: covered(findings)[0] == YES,
        lambda: search(covered, Values(lines, facts), facts).record,
    )


def _title(item: Item, position: Position, facts: Mapping[str, Fact]) -> str:
    where = site_words(item.site, position)
    if item.number is not None and item.side is not None and item.line is not None:
        fact = facts[getattr(item.line, "fact", "")].title
        return f"{fact} {_SIDES[item.side]} {item.number.words}, in {where}."
    return f"A patient who {item.what}."


_SIDES = {"on": "exactly on", "below": "below", "above": "above", "in": "in"}


def _with_titles_of_their_own(drafts: Sequence[Draft], taken: Sequence[str]) -> list[Draft]:
    used = set(taken)
    found = []
    for draft in drafts:
        title, count = draft.title, 1
        while title in used:
            count += 1
            title = f"{draft.title.removesuffix('.')} ({count})."
        used.add(title)
        found.append(replace(draft, title=title))
    return found


# --- as YAML ---

_HEAD = """\
# yaml-language-server: $schema=../../schema/examples.schema.json
# Drafts for {stem}.examples.yaml. Write `basis:` and `expect:` from the source, or from your
# reading of it, never from what the program answers; give each a title that says what it shows; then move it over.
# No command reads this file.
examples:
"""
_UNFILLED = "source or reading?"


def stub(address: str, drafts: Sequence[Draft]) -> str:
    """Return drafts in the form of an examples file, `basis:` and `expect:` left to the editor."""
    return _HEAD.format(stem=address.rsplit("/", maxsplit=1)[-1]) + "".join(map(_entry, drafts))


def _entry(draft: Draft) -> str:
    lines = [line for text in draft.for_ for line in _comment(text)]
    lines += [f"  - title: {json.dumps(draft.title, ensure_ascii=False)}", f"    as_of: {draft.as_of}"]
    lines += _record_lines(draft.record)
    lines += [f"    basis: {_UNFILLED}", "    expect:", *_to_fill_in(draft.about)]
    return "\n".join(lines) + "\n"


def _comment(text: str) -> list[str]:
    return wrap(
        text, _WIDEST, initial_indent="  # ", subsequent_indent="  #   ", break_long_words=False, break_on_hyphens=False
    )


def _record_lines(record: Mapping[str, Any]) -> list[str]:
    line = f"    record: {_flow(record)}"
    if len(line) <= _WIDEST:
        return [line]
    return ["    record:", *(f"      {name}: {_flow(value)}" for name, value in record.items())]


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./%*_+-]*")
_KEYS = {"rules": "holds", "position": "applies"}


def _to_fill_in(answers: frozenset[tuple[str, str]]) -> list[str]:
    """Return what the example is about as comments, to be filled in by the editor."""
    named: dict[str, list[str]] = {}
    for part, name in sorted(answers):
        named.setdefault(_KEYS.get(part, part), []).append(f"{name}: ")
    shown = {key: "" if key == "applies" else "{" + ", ".join(names) + "}" for key, names in named.items()}
    return [f"      # {key}: {text}".rstrip() for key, text in shown.items()]


# --- for the command ---


def report(checked: Report, progress: Progress = lambda _: None) -> list[Suggestion]:
    """Return the drafts for every position that a report is about; nothing is written."""
    library = checked.library
    found = []
    for compiled, file in positions_of(checked):
        assert library is not None
        worked = work_out(file, library)
        found.append(_suggestion(compiled, library.facts, worked, checked, progress))
    progress("")
    return found


def _suggestion(
    compiled: CompiledPosition,
    facts: Mapping[str, Fact],
    worked: Sequence[Worked],
    checked: Report,
    progress: Progress,
) -> Suggestion:
    address = compiled.position.address
    mutation = mutate(compiled, facts, worked, progress)
    titles = [each.example.title for each in worked]
    silences = {name for each in worked for name in each.example.expect.get("silent", ())}
    drafts, without = suggest(compiled, facts, cover(compiled, facts, worked), mutation, titles, silences)
    own = Path(checked.path(Place(f"{address}.yaml")))
    return Suggestion(address, own.with_name(own.stem + DRAFTS), tuple(drafts), tuple(without))


def write(suggestion: Suggestion, folder: Path | None = None) -> Path | None:
    """Write the drafts of a position beside it, or into a folder, and return the file; None where there are none.

    Raises RequestError where the file exists already: what an editor has begun to fill in is never overwritten.
    """
    if not suggestion.drafts:
        return None
    path = suggestion.target if folder is None else folder / suggestion.target.name
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(stub(suggestion.address, suggestion.drafts))
    except FileExistsError as error:
        raise RequestError(f"`{path}` exists already. Move its examples over, or delete it, and ask again.") from error
    return path


def as_text(found: Sequence[Suggestion]) -> str:
    """Return the drafts for a terminal, as they would be written."""
    return "\n".join(line for each in found for line in _lines(each))


def _lines(suggestion: Suggestion) -> Iterator[str]:
    if suggestion.drafts:
        yield stub(suggestion.address, suggestion.drafts).rstrip()
    elif not suggestion.without:
        yield f"# {suggestion.address}: nothing is missing."
    for text in suggestion.without:
        yield f"# {suggestion.address}: no record was found. {text}"


def as_data(found: Sequence[Suggestion]) -> list[dict[str, Any]]:
    """Return the drafts as plain data for programs; without an expectation, as in the file."""
    return [
        {
            "position": each.address,
            "file": each.target.as_posix(),
            "examples": [
                {
                    "title": draft.title,
                    "as_of": draft.as_of.isoformat(),
                    "record": dict(draft.record),
                    "for": list(draft.for_),
                }
                for draft in each.drafts
            ],
            "without": list(each.without),
        }
        for each in found
    ]
