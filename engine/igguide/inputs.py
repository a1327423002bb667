"""Records as they come from files and standard input: JSON, JSON lines or YAML; plain or FHIR."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from .errors import RecordError
from .library import Record

INPUTS = ("auto", "record", "fhir")


@dataclass(frozen=True, slots=True)
class Input:
    """One record of the input and where it came from; `error` instead of a record where it cannot be read."""

    where: str
    record: Record | None
    error: str | None = None


def read_inputs(text: str, name: str, form: str = "auto", patient: str | None = None) -> list[Input]:
    """Return the records of a text: one, or one for each line of JSON lines.

    Raises RecordError where a text that holds a single record cannot be parsed; of JSON lines each bad line gives
    an `Input` with its error.
    """
    if not text.strip():
        raise RecordError(f"{name} is empty; a record is a map from fact names to values, or a FHIR resource.")
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if name.endswith((".ndjson", ".jsonl")) or _is_json_lines(text, lines):
        return list(_lines(lines, name, form, patient))
    content = (
        _parse_json(text, name)
        if text.lstrip()[0] in "{[" and not name.endswith((".yaml", ".yml"))
        else _parse_yaml(text, name)
    )
    return [Input(name, _record(content, name, form, patient))]


def _is_json_lines(text: str, lines: list[tuple[int, str]]) -> bool:
    """Return whether a text is several JSON objects, one a line: the whole is no JSON, but a line of it is."""
    if len(lines) < 2 or not text.lstrip().startswith("{"):
        return False
    return not _parses(text) and any(line.lstrip().startswith("{") and _parses(line) for _, line in lines)


def _parses(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _lines(lines: list[tuple[int, str]], name: str, form: str, patient: str | None) -> Iterator[Input]:
    for number, line in lines:
        where = f"{name}:{number}"
        try:
            yield Input(where, _record(_parse_json(line, where), where, form, patient))
        except RecordError as error:
            yield Input(where, None, str(error))


def _record(content: Any, name: str, form: str, patient: str | None) -> Record:
    if not isinstance(content, Mapping):
        raise RecordError(
            f"{name} does not hold a record: a map from fact names to values, or a FHIR resource, is wanted."
        )
    is_fhir = form == "fhir" or (form == "auto" and "resourceType" in content)
    return Record(content, is_fhir, patient if is_fhir else None)


def _parse_json(text: str, name: str) -> Any:
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_no_duplicates)
    except json.JSONDecodeError as error:
        raise RecordError(
            f"{name} is not valid JSON: {error.msg.lower()} at line {error.lineno}, column {error.colno}."
        ) from None
    except RecursionError:
        raise RecordError(f"{name} is nested too deep to be a record.") from None
    except ValueError as error:
        raise RecordError(f"{name} cannot be used: {error}") from None


def _no_constant(text: str) -> Any:
    raise ValueError(f"`{text}` is not a number that JSON allows.")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key `{twice}` stands twice in one object; keep one.")
    return found


def _parse_yaml(text: str, name: str) -> Any:
    from .yaml_reader import read_text

    document, problems = read_text(text, name)
    if problems:
        raise RecordError("\n".join(map(str, problems)))
    return document.data


def read_file(path: str, standard_input: str | None = None) -> tuple[str, str]:
    """Return the name and text of a file, `-` being standard input. Raises RecordError where it cannot be read."""
    if path == "-":
        return "standard input", standard_input or ""
    try:
        return path, Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise RecordError(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise RecordError(f"{path} is not UTF-8 text.") from None
