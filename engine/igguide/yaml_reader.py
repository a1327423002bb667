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
        before = bytes(error.object[: error.start]).decode("utf-8")
        place = Place(shown, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
        return Document(shown), [
            Problem(place, "The file is not UTF-8 text from here on.", "Open it in your editor and save it as UTF-8.")
        ]
    return read_text(text, shown)


def read_text(text: str, name: str) -> tuple[Document, list[Problem]]:
    """Return the document that a text holds and everything that is wrong with it as YAML."""
    document = Document(name, lines=text.splitlines())
    if merge := _unfinished_merge(document):
        return document, [merge]
    builder = _Builder(document)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        if not builder.cut:  # a bracket or a line that a `#` has swallowed is missed further on
            builder.problems.append(_syntax_problem(error, document))
    except (yaml.reader.ReaderError, UnicodeEncodeError):
        builder.problems.append(_character_problem(text, name))
    except _TooDeep as error:
        builder.problems.append(
            Problem(
                error.place,
                f"Lists and maps are nested more than {_MOST_DEPTH} deep.",
                "Name the inner part and use its name.",
            )
        )
    if builder.documents == 0 and not builder.problems:
        builder.problems.append(Problem(Place(name), "The file is empty.", "Write its content, or delete it."))
    return document, builder.problems


_MERGE = re.compile(r"<<<<<<< \S|>>>>>>> \S")


def _unfinished_merge(document: Document) -> Problem | None:
    """Return the problem of a file in which git has left two versions side by side."""
    number = next((number for number, line in enumerate(document.lines, 1) if _MERGE.match(line)), None)
    return (
        None
        if number is None
        else Problem(
            Place(document.file, number),
            "Git has left two versions of these lines here, since both were changed.",
            "Keep the lines that are right, and delete the lines that begin with `<<<<<<<`, `=======` and `>>>>>>>`.",
        )
    )


_NOT_ALLOWED = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _character_problem(text: str, name: str) -> Problem:
    found = _NOT_ALLOWED.search(text)
    before = text[: found.start()] if found else ""
    place = Place(name, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
    return Problem(
        place,
        "A character stands here that cannot be seen and that YAML does not allow.",
        "Delete it; it often comes with text that was copied from a PDF or a web page.",
    )


def _syntax_problem(error: yaml.MarkedYAMLError, document: Document) -> Problem:
    """Return the parser's error in plain words, where the mistake begins and not where the parser gave up."""
    said = f"{error.context or ''}: {error.problem or ''}".lower()
    at, begun = _spot(error.problem_mark), _spot(error.context_mark)
    line, column = at or begun or (1, 1)
    for number, text in enumerate(document.lines[:line], 1):
        if strange := _STRANGE_SPACE.match(text):
            return Problem(
                Place(document.file, number, strange.end()),
                "A space stands here that YAML does not take for one; it often comes with copied text.",
                "Delete the spaces at the beginning of the line, and type them again.",
            )
    shown = document.lines[line - 1][column - 1 :] if line <= len(document.lines) else ""
    for sign, first, what, remedy, from_start in _SYNTAX:
        if re.search(sign, said) and re.match(first, shown):
            spot = begun if from_start and begun else (line, column)
            if "flow" in said and begun and begun[0] == line:
                spot = (line, column)  # on one line the comma is missing where the parser stands
            return Problem(_inside(Place(document.file, *spot), document), what, remedy)
    return Problem(
        _inside(Place(document.file, line, column), document),
        "This is not valid YAML from here on.",
        "Look for a missing colon, quote or bracket on this line or the one above.",
    )


_STRANGE_SPACE = re.compile("[ ]*[\u00a0\u2000-\u200b\u202f\u3000\ufeff]")


def _inside(place: Place, document: Document) -> Place:
    """Return the place, or the end of the last line where the parser stood behind it."""
    if place.line <= len(document.lines) or not document.lines:
        return place
    return Place(place.file, len(document.lines), len(document.lines[-1]) + 1)


def _spot(mark: Any) -> tuple[int, int] | None:
    return (mark.line + 1, mark.column + 1) if mark else None


# What the parser says, what stands there, what we say, and whether to point to where the part begins.
_TAB = ("A tab stands where YAML wants spaces.", "Indent with two spaces for each level.", False)
_SYNTAX = (
    ("tab character", "", *_TAB),
    ("cannot start any token", "\t", *_TAB),
    (
        "cannot start any token",
        "[%@`]",
        "Text begins with `%`, `@` or a backtick, which YAML keeps for itself.",
        "Put the text in quotes.",
        False,
    ),
    (
        "mapping values are not allowed",
        "",
        "A second colon, or a wrong indent, stands on this line.",
        'Put text that holds ": " in quotes, or line the key up with its neighbours.',
        False,
    ),
    (
        "could not find expected ':'",
        "",
        "A key is not followed by a colon and a space.",
        "Write `key: value`; text of several lines goes in quotes or after `>-`.",
        True,
    ),
    (
        "while scanning a block scalar",
        "",
        "A value begins with `>` or `|`, which YAML takes for a block of text.",
        'Put it in quotes, as in `"> 600 mg/dL"`.',
        True,
    ),
    (
        "quoted scalar: found unexpected end",
        "",
        "A quote is opened here and not closed.",
        "Close the quote at the end of the text.",
        True,
    ),
    (
        "quoted scalar: ",
        "",
        "A backslash in double quotes has a meaning of its own.",
        "Use single quotes around the text, or leave the backslash out.",
        False,
    ),
    (
        "expected key|expected <block end>",
        r"[\]}]",
        "A bracket is closed here that was not opened.",
        "Delete it, or open it where the list or map begins.",
        False,
    ),
    (
        "expected key|expected <block end>|expected '-' indicator",
        "",
        "This does not fit the lines above: a wrong indent, or text after a closing quote.",
        "Line the keys of one level up under each other; a quote inside single quotes is written twice.",
        False,
    ),
    (
        "while parsing a flow",
        "",
        "A bracket is not closed, or a comma is missing.",
        "Write lists as `[a, b]` and maps as `{a: 1, b: 2}`.",
        True,
    ),
    (
        "sequence entries are not allowed",
        "",
        "A list begins on the line of its key.",
        "Begin each entry on a line of its own, with `- `, or write the list as `[a, b]`.",
        False,
    ),
    (
        "anchor|alias",
        "",
        "Anchors and aliases (`&` and `*`) are not used here.",
        "Write the text out, in quotes if it begins with `&` or `*`.",
        True,
    ),
    (
        "expected node content",
        "",
        "A sign stands here where a value is wanted.",
        "Write the value; text that begins with a comma or a bracket goes in quotes.",
        False,
    ),
    (
        "expected <document start>",
        "",
        "This does not belong to what stands above it.",
        "Look for a wrong indent here, or for a line `...` above.",
        False,
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
        self.cut = False  # whether a text was told that ends at a `#`
        self._anchors: set[str] = set()
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
            if event.anchor not in self._anchors:  # else it is told where the anchor stands
                self._refuse(
                    event,
                    f"Aliases (`*{event.anchor}`) are not used here.",
                    "Write the text out again, in quotes if it begins with `*`, or name a criterion and use its name.",
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
            self._anchors.add(event.anchor)
            self._refuse(
                event,
                f"Anchors (`&{event.anchor}`) and aliases (`*{event.anchor}`) are not used here.",
                "Write the text out wherever it is needed, or name a criterion and use its name.",
            )
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
            if not quoted and path and path[-1] in _SENTENCES:
                self._cut(event)
            if quoted:
                self.document.quoted.add(address(path))

    def _cut(self, event: Any) -> None:
        """Tell of text that ends at a `#` that was meant to belong to it: a number, or a word without a space between."""
        end = event.end_mark
        lines = self.document.lines
        rest = lines[end.line][end.column :] if end.line < len(lines) else ""
        if _MEANT.match(rest):
            self.cut = True
            self.problems.append(
                Problem(
                    Place(self.document.file, end.line + 1, end.column + 2),
                    f"The text ends here: YAML takes `{rest.strip().split(' ')[0]}` and what follows for a comment.",
                    "Put the whole text in quotes; if it is a comment, leave two spaces before the `#` and one after it.",
                )
            )

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
# The keys under which sentences stand, and how a `#` looks that is meant as text there: #2, # 2.
_SENTENCES = frozenset(
    [
        "title",
        "question",
        "summary",
        "says",
        "reading",
        "reason",
        "change",
        "as_printed",
        "locator",
        "effect",
        "design",
        "name",
        "form",
        "dose",
        "steps",
        "sites",
        "note",
    ]
)
_MEANT = re.compile(r" #([^\s#]|\s?[0-9])")


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
