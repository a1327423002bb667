"""Checking folders and single files of guidelines, and running their examples, for the command line."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .document import Document
from .errors import Place, Problem, RequestError
from .examples import Mismatch, run_example
from .folders import compiled_file, guidelines_folder
from .library import Checked, Library, check_folder

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked and what was found; knows how places are shown from where the user stands."""

    folder: Path
    checked: Checked
    only: frozenset[str] | None
    elsewhere: dict[str, Path]

    def with_problems(self, problems: list[Problem]) -> Report:
        """Return the report with other problems than those of its files."""
        return replace(self, checked=replace(self.checked, problems=problems))

    @property
    def library(self) -> Library | None:
        """Return the library, or None where there are problems anywhere in the folder."""
        return self.checked.library

    @property
    def files(self) -> list[str]:
        """Return the files that the report is about."""
        return [name for name in self.checked.documents if self.only is None or name in self.only]

    @property
    def problems(self) -> list[Problem]:
        """Return the problems of these files, and of facts and sources that kept them from being looked into."""
        if self.only is None:
            return list(self.checked.problems)
        resting = bool(self.only & self.checked.resting)
        return [
            problem
            for problem in self.checked.problems
            if problem.place.file in self.only or (resting and problem.place.file.startswith(("facts/", "sources/")))
        ]

    def path(self, place: Place) -> str:
        """Return the file of a place as the user would name it."""
        path = self.elsewhere.get(place.file, self.folder / place.file)
        relative = os.path.relpath(path)
        return str(path) if relative.startswith(os.pardir) else relative

    def shown(self, place: Place) -> str:
        """Return a place as file:line:column."""
        return f"{self.path(place)}:{place.line}:{place.column}"

    def line(self, place: Place) -> str | None:
        """Return the text of the line that a place points to."""
        document = self.checked.documents.get(place.file)
        lines = document.lines if document else []
        return lines[place.line - 1] if 0 < place.line <= len(lines) else None


def check_paths(
    paths: Sequence[str],
    guidelines: str | None = None,
    progress: Progress = lambda _: None,
    *,
    with_examples: bool = False,
) -> Report:
    """Return the report on folders or files; without any, on the guidelines named or bundled.

    A file inside a guidelines folder is checked with that folder, a file elsewhere with the bundled one (or
    `guidelines`), as if it stood there, `with_examples` together with the examples beside it. Raises RequestError
    for a path that does not exist.
    """
    home = Path(guidelines) if guidelines else guidelines_folder()
    given = [Path(path) for path in paths]
    for path in [*given, home]:
        if not path.exists():
            raise RequestError(f"There is no file or folder `{path}`.")
    root = next((found for path in given if (found := _root_of(path))), None)
    folder, only, elsewhere = root or home, set[str](), dict[str, Path]()
    for path in given:
        if path.resolve() == folder.resolve():
            only.update(_ALL)
        elif _root_of(path) == root and root is not None:
            only.update(name for name in _names_below(path, root))
        elif path.is_file():
            beside = path.with_name(f"{path.stem}.examples.yaml")
            for file in (path, beside) if with_examples and beside.is_file() else (path,):
                _place_elsewhere(elsewhere, file)
        else:
            raise RequestError(
                f"`{path}` is no guidelines folder: it holds no facts/ and no topics. Check one library at a time."
            )
    report = Report(
        folder,
        check_folder(folder, progress, elsewhere),
        None if not given or only >= _ALL else frozenset({*only, *elsewhere}),
        elsewhere,
    )
    progress("")
    if report.library is not None and not elsewhere and folder.resolve() == guidelines_folder().resolve():
        _refresh_compiled(folder)
    return report


def _place_elsewhere(elsewhere: dict[str, Path], path: Path) -> None:
    name = _name_for(path)
    if name in elsewhere and elsewhere[name].resolve() != path.resolve():
        raise RequestError(f"`{elsewhere[name]}` and `{path}` would both stand at {name}. Check one at a time.")
    elsewhere[name] = path


_ALL = frozenset({"."})


def _refresh_compiled(folder: Path) -> None:
    """Bring the compiled form up to date after a clean check, where it may be written."""
    from .compiled import is_current, write_compiled

    if not is_current(compiled_file(), folder) and os.access(compiled_file().parent, os.W_OK):
        write_compiled(folder, compiled_file())


def _root_of(path: Path) -> Path | None:
    """Return the guidelines folder that a path is or lies in: the one that holds facts/."""
    resolved = path.resolve()
    for folder in (resolved, *resolved.parents) if resolved.is_dir() else resolved.parents:
        if (folder / "facts").is_dir() and any(folder.glob("*/*.yaml")):
            return folder
    return None


def _names_below(path: Path, root: Path) -> list[str]:
    if path.is_file():
        return [path.resolve().relative_to(root).as_posix()]
    return [file.relative_to(root).as_posix() for file in sorted(path.resolve().glob("**/*.yaml"))]


def _name_for(path: Path) -> str:
    """Return where a file from elsewhere would stand in a guidelines folder, by its first keys."""
    data = _data(path)
    for key, folder in (("facts", "facts"), ("references", "sources"), ("products", "products")):
        if key in data:
            return f"{folder}/{path.stem}.yaml"
    position = path.with_name(f"{path.name.removesuffix('.examples.yaml')}.yaml")
    if position != path and path.name.endswith(".examples.yaml") and position.is_file():
        data = _data(position)
    topic = data.get("topic") if isinstance(data.get("topic"), str) else path.resolve().parent.name
    return f"{topic}/topic.yaml" if "question" in data else f"{topic}/{path.name}"


def _data(path: Path) -> dict[str, Any]:
    from .yaml_reader import read_document

    document: Document = read_document(path)[0]
    return document.data if isinstance(document.data, dict) else {}


@dataclass(frozen=True, slots=True)
class ExampleRun:
    """The examples of one position: how many were run, and the expectations not met."""

    address: str
    count: int
    mismatches: tuple[Mismatch, ...]


def run_examples(report: Report) -> list[ExampleRun]:
    """Return what the examples of a sound library come to."""
    library = report.library
    if library is None:
        raise RequestError("The examples cannot be run: the guidelines have problems.")
    found = []
    for file in report.checked.examples:
        if report.only is None or file.file in report.only or f"{file.topic}/{file.position}.yaml" in report.only:
            mismatches = [mismatch for example in file.examples for mismatch in run_example(example, file, library)[1]]
            found.append(ExampleRun(f"{file.topic}/{file.position}", len(file.examples), tuple(mismatches)))
    return found
