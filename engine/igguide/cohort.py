"""A cohort before two versions of the guidelines: whose answers change, from what to what, and by which condition.

Records are read one after another, from NDJSON or from Parquet, and none is kept; of those whose answers change the
ids are. Parquet needs pyarrow or duckdb, whichever is installed (`igguide[cohort]`); both are imported only here.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from .diff_answers import answers_of, own_lines, separating_lines
from .errors import RecordError, RequestError
from .evaluate import PositionResult, evaluate_position
from .findings import Findings
from .library import Library, Record

_EVERY = 500  # records between two lines of progress
_NEEDED = (
    "Parquet files are read with pyarrow or duckdb, and neither is installed. "
    "Install one with: python -m pip install 'igguide[cohort]', or write the records as NDJSON."
)


class Move(NamedTuple):
    """One way in which answers change: where, from what to what, and the lines that set the two apart."""

    position: str
    part: str
    what: str
    old: str
    new: str
    by: tuple[str, ...]


@dataclass(slots=True)
class Cohort:
    """What a cohort comes to: how many records were read, who changed how, and which could not be read."""

    as_of: date
    records: int = 0
    changed: int = 0
    moves: dict[Move, list[str]] = field(default_factory=dict)
    unread: list[tuple[str, str]] = field(default_factory=list)

    def in_order(self) -> list[tuple[Move, list[str]]]:
        """Return the moves with the ids of those who made them, the most frequent first."""
        return sorted(self.moves.items(), key=lambda item: (-len(item[1]), item[0]))


def compare_cohort(
    old: Library,
    new: Library,
    file: str,
    as_of: date | str,
    *,
    topics: Iterable[str] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Cohort:
    """Return whose answers change, of the records of a file, on a date."""
    return compare_records(old, new, read_records(file), as_of, topics=topics, progress=progress)


def compare_records(
    old: Library,
    new: Library,
    records: Iterable[tuple[str, Mapping[str, Any] | None, str]],
    as_of: date | str,
    *,
    topics: Iterable[str] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Cohort:
    """Return whose answers change, of records each given with its place, or with the reason why it cannot be read."""
    day = _day(as_of)
    wanted = None if topics is None else set(topics)
    compared = [_in_force(library, day, wanted) for library in (old, new)]
    found = Cohort(day)
    for where, content, error in records:
        found.records += 1
        if found.records % _EVERY == 0:
            progress(f"{found.records} records, {found.changed} changed")
        if content is None:
            found.unread.append((where, error))
            continue
        try:
            results = [
                _results(library, each, content, day) for library, each in zip((old, new), compared, strict=True)
            ]
        except RecordError as problem:
            found.unread.append((where, str(problem)))
            continue
        moves = list(dict.fromkeys(_moves(*results)))
        found.changed += bool(moves)
        for move in moves:
            found.moves.setdefault(move, []).append(_id(content, where))
    progress("")
    return found


def _day(as_of: date | str) -> date:
    if isinstance(as_of, date):
        return as_of
    try:
        return date.fromisoformat(as_of)
    except ValueError:
        raise RequestError(f"`{as_of}` is not a date; write it as in 2026-11-21.") from None


def _in_force(library: Library, day: date, topics: set[str] | None) -> list[str]:
    chosen = [topic for topic in library.topics if topics is None or topic in topics]
    return [position.address for topic in chosen for position in library.in_force(topic, day)]


def _results(
    library: Library, addresses: Sequence[str], content: Mapping[str, Any], day: date
) -> dict[str, PositionResult]:
    chart = library.read(Record(content, "resourceType" in content))
    findings = Findings(chart, library.facts, day)
    return {address: evaluate_position(library.compiled[address], findings) for address in addresses}


def _moves(old: Mapping[str, PositionResult], new: Mapping[str, PositionResult]) -> Iterator[Move]:
    """Yield every answer that is not the same on both sides."""
    for address in dict.fromkeys([*old, *new]):
        before, after = old.get(address), new.get(address)
        answers = [answers_of(result) if result else {} for result in (before, after)]
        for key in dict.fromkeys([*answers[0], *answers[1]]):
            (key_a, told_a, steps_a), (key_b, told_b, steps_b) = (side.get(key, _ABSENT) for side in answers)
            kind, part, what = key
            whole = answers[0].get((kind, part, "holds"), _ABSENT)[0], answers[1].get((kind, part, "holds"), _ABSENT)[0]
            if key_a != key_b and (what not in ("emphasis", "dose") or whole[0] == whole[1]):
                lines = [own_lines(result, kind, part) for result in (before, after)]
                yield Move(address, part, what, told_a, told_b, separating_lines(steps_a, steps_b, *lines))


_ABSENT: tuple[Any, str, tuple[Any, ...]] = (None, "no such rule, or not in force", ())


def _id(content: Mapping[str, Any], where: str) -> str:
    found = content.get("id", content.get("record"))
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else where


# --- files of records ---


def read_records(file: str) -> Iterator[tuple[str, Mapping[str, Any] | None, str]]:
    """Yield the records of a file one by one, each with its place; None and the reason for one that cannot be read.

    Raises RequestError where the file is not there, or where nothing is installed that reads it.
    """
    path = Path(file)
    if not path.is_file():
        raise RequestError(f"There is no file `{file}`.")
    if path.suffix.lower() in (".parquet", ".pq"):
        yield from _parquet(path)
        return
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _line(line, f"{file}:{number}")


def _line(line: str, where: str) -> tuple[str, Mapping[str, Any] | None, str]:
    try:
        content = json.loads(line, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        return where, None, f"{where} is not valid JSON: {error}"
    if not isinstance(content, dict):
        return where, None, f"{where} does not hold a record: a map from fact names to values."
    return where, content, ""


def _parquet(path: Path) -> Iterator[tuple[str, Mapping[str, Any] | None, str]]:
    read = _reader()
    for number, row in enumerate(read(path), 1):
        yield f"{path}:{number}", {name: _value(value) for name, value in row.items() if value is not None}, ""


def _reader() -> Callable[[Path], Iterator[dict[str, Any]]]:
    """Return what reads Parquet rows: pyarrow where it is installed, else duckdb."""
    for name, read in (("pyarrow.parquet", _by_pyarrow), ("duckdb", _by_duckdb)):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        return lambda path, read=read, module=module: read(module, path)  # type: ignore[misc]
    raise RequestError(_NEEDED)


def _by_pyarrow(parquet: Any, path: Path) -> Iterator[dict[str, Any]]:
    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_EVERY):
            yield from batch.to_pylist()


def _by_duckdb(duckdb: Any, path: Path) -> Iterator[dict[str, Any]]:
    with duckdb.connect() as connection:
        rows = connection.execute("select * from read_parquet(?)", [str(path)])
        names = [column[0] for column in rows.description]
        while batch := rows.fetchmany(_EVERY):
            yield from (dict(zip(names, row, strict=True)) for row in batch)


def _value(value: Any) -> Any:
    """Return a value of a table as a record holds it: dates as text, numbers exact, empty fields of a map left out."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, Mapping):
        return {key: _value(item) for key, item in value.items() if item is not None}
    return [_value(item) for item in value] if isinstance(value, list | tuple) else value
