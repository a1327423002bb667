"""YAML files as plain data in which every node knows its line and column.

Read as YAML 1.2 core, strictly: only `true` and `false` are booleans and only `null`, `~` and nothing are
null; every other scalar stays the text that was written, until the engine parses it. What surprises people
is refused in plain words: duplicate keys, tags, anchors and aliases, several documents in one file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .document import Document, Path_, address
from .errors import Place, Problem

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BOOLEAN = {"true": True, "false": False}
_NULL = ("", "~", "null")
_MOST_DEPTH = 40


def read_document(path: Path, name: str | None = None) -> tuple[Document, list[Problem]]:
    """Return a file's document and everything that is wrong with it as YAML. Never raises for bad content."""
    shown = name or str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        return Document(shown), [Problem(Place(shown), f"The file cannot be read: {error.strerror or error}.")]
    except UnicodeDecodeError as error:
        return Document(shown), [
            Problem(Place(shown), "The file is not UTF-8 text.", f"Save it as UTF-8 (byte {error.start + 1} is not).")
        ]
    return read_text(text, shown)


def read_text(text: str, name: str) -> tuple[Document, list[Problem]]:
    """Return the document that a text holds and everything that is wrong with it as YAML."""
    document = Document(name, lines=text.splitlines())
    builder = _Builder(document)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        builder.problems.append(_syntax_problem(error, document))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        builder.problems.append(
            Problem(
                Place(name, line),
                "The file holds a character that YAML does not allow.",
                "Delete the control character.",
            )
        )
    except _TooDeep as error:
        builder.problems.append(
            Problem(
                error.place,
                f"Lists and maps are nested more than {_MOST_DEPTH} deep.",
                "Name the inner part and use its name.",
            )
        )
    if builder.documents == 0 and not builder.problems:
        builder.problems.append(Problem(Place(name), "The file is empty."))
    return document, builder.problems


def _syntax_problem(error: yaml.MarkedYAMLError, document: Document) -> Problem:
    mark = error.problem_mark or error.context_mark
    place = Place(document.file, mark.line + 1, mark.column + 1) if mark else Place(document.file)
    what = str(error.problem or error.context or "").lower()
    line = document.lines[place.line - 1] if place.line <= len(document.lines) else ""
    for sign, told, remedy in _SYNTAX:
        if re.search(sign, what) and (told != _TAB[0] or "\t" in line):
            return Problem(place, told, remedy)
    return Problem(
        place,
        "This is not valid YAML from here on.",
        "Look for a missing colon, quote or bracket on this line or the one above.",
    )


_TAB = ("A tab stands where YAML wants spaces.", "Indent with two spaces for each level.")
_SYNTAX = (
    ("cannot start any token", *_TAB),
    (
        "mapping values are not allowed",
        "A second colon, or a wrong indent, stands on this line.",
        'Put text that holds ": " in quotes, or line the key up with its neighbours.',
    ),
    (
        "could not find expected ':'",
        "A key is not followed by a colon.",
        "Write `key: value`; text of several lines goes in quotes or after `>-`.",
    ),
    (
        "did not find expected key|expected <block end>|block end",
        "The indent does not fit the lines above, or a colon or bracket is missing.",
        "Line the keys of one level up under each other.",
    ),
    (
        "did not find expected ',' or|flow",
        "A bracket is not closed, or a comma is missing.",
        "Write lists as `[a, b]` and maps as `{a: 1, b: 2}`.",
    ),
    (
        "block scalars|expected chomping|expected a comment or a line break",
        "A value begins with `>` or `|`, which YAML takes for a block of text.",
        'Put it in quotes, as in `"> 600 mg/dL"`.',
    ),
    ("quoted scalar", "A quote is opened and not closed.", "Close the quote at the end of the text."),
    (
        "anchor|alias",
        "Anchors and aliases (`&` and `*`) are not used here.",
        "Write the text out, in quotes if it begins with `&` or `*`.",
    ),
)


class _TooDeep(Exception):
    def __init__(self, place: Place) -> None:
        self.place = place


class _Builder:
    """Builds plain data from the parser's events with its own stack, so that depth costs nothing."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self.documents = 0
        self._stack: list[tuple[Any, Path_]] = []
        self._key: list[Any] = []

    def take(self, event: Any) -> None:
        name = type(event).__name__
        if name == "DocumentStartEvent":
            self._start_document(event)
        elif name in ("MappingEndEvent", "SequenceEndEvent"):
            self._stack.pop()
            self._key.pop()
        elif name == "AliasEvent":
            self._refuse(
                event,
                "Aliases (`*name`) are not used here.",
                "Write the text out again, or name a criterion and use its name.",
            )
            self._put(event, None)
        elif name in ("ScalarEvent", "MappingStartEvent", "SequenceStartEvent"):
            self._node(event, name)

    def _start_document(self, event: Any) -> None:
        self.documents += 1
        if self.documents == 2:
            self._refuse(event, "A second document begins here.", "Keep one document in a file; delete the line `---`.")

    def _node(self, event: Any, name: str) -> None:
        if event.anchor is not None:
            self._refuse(event, "Anchors (`&name`) are not used here.", "Write the text out where it is needed.")
        if event.tag not in (None, "!"):
            self._refuse(
                event,
                f"The tag `{event.tag.replace('tag:yaml.org,2002:', '!!')}` is not used here.",
                "Delete it; text needs no tag.",
            )
        if name == "ScalarEvent":
            self._scalar(event)
            return
        value: Any = {} if name == "MappingStartEvent" else []
        path = self._put(event, value)
        if len(path) > _MOST_DEPTH:
            raise _TooDeep(self._at(event))
        self._stack.append((value, path))
        self._key.append(_NO_KEY)

    def _scalar(self, event: Any) -> None:
        if self._stack and isinstance(self._stack[-1][0], dict) and self._key[-1] is _NO_KEY:
            self._take_key(event)
        else:
            quoted = event.style not in (None, "")  # the C parser says '' for plain
            path = self._put(event, event.value if quoted else _plain(event.value))
            if quoted:
                self.document.quoted.add(address(path))

    def _take_key(self, event: Any) -> None:
        mapping, path = self._stack[-1]
        key: Any = event.value
        if key == "<<":
            self._refuse(event, "Merge keys (`<<`) are not used here.", "Write the keys out.")
        if key in mapping:
            first = self.document.keys[address((*path, key))]
            self._refuse(
                event,
                f"The key `{key}` stands here for the second time; the first is on line {first[0]}.",
                "Delete one of the two, or rename it.",
            )
            key = _Second(key, len(mapping))
        self.document.keys[address((*path, key))] = (event.start_mark.line + 1, event.start_mark.column + 1)
        self._key[-1] = key

    def _put(self, event: Any, value: Any) -> Path_:
        """Store a value where the stack points, and return its path."""
        if not self._stack:
            path: Path_ = ()
            if self.documents == 1:
                self.document.data = value
        else:
            container, above = self._stack[-1]
            path = self._store(event, container, above, value)
        if self.documents <= 1:
            self.document.places[address(path)] = (event.start_mark.line + 1, event.start_mark.column + 1)
        return path

    def _store(self, event: Any, container: Any, above: Path_, value: Any) -> Path_:
        if isinstance(container, list):
            container.append(value)
            return (*above, len(container) - 1)
        key = self._key[-1]
        if key is _NO_KEY:
            self._refuse(event, "A key must be a word, not a list or a map.", "Write `key: value`.")
            key = _Second("?", len(container))
        self._key[-1] = _NO_KEY
        if not isinstance(key, _Second):
            container[key] = value
        return (*above, key)

    def _at(self, event: Any) -> Place:
        return Place(self.document.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _refuse(self, event: Any, what: str, remedy: str) -> None:
        self.problems.append(Problem(self._at(event), what, remedy))


_NO_KEY = object()


@dataclass(frozen=True, slots=True)
class _Second:
    """A key that was there before: its value is read on, so that its problems are found, and then dropped."""

    key: str
    number: int


def _plain(text: str) -> Any:
    """Return an unquoted scalar as YAML 1.2 core's booleans and null, else as its text."""
    if text in _NULL:
        return None
    return _BOOLEAN.get(text, text)
