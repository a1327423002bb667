"""Places in files, problems found there, and the few exceptions that leave the package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A point in a file; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        """Return the place as editors and terminals link it: file:line:column."""
        return f"{self.file}:{self.line}:{self.column}"

    @property
    def short(self) -> str:
        """Return the place without its column, as decisions and pages show it."""
        return f"{self.file}:{self.line}"

    def along(self, characters: int) -> Place:
        """Return the place that many characters further to the right."""
        return Place(self.file, self.line, self.column + characters)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file: where, what, and how to mend it.

    A warning does not stop the file from being used; a note says what could not be found out, and is no problem.
    """

    place: Place
    what: str
    remedy: str = ""
    severity: Literal["error", "warning", "note"] = "error"

    def __str__(self) -> str:
        """Return the problem in one line, remedy included."""
        return f"{self.place}: {self.what}" + (f" {self.remedy}" if self.remedy else "")


def in_order(problems: list[Problem]) -> list[Problem]:
    """Return the problems once each, sorted by place, a note behind what else stands there."""
    return sorted(dict.fromkeys(problems), key=lambda p: (p.place, p.severity == "note", p.what))


class IgGuideError(Exception):
    """Base of the errors that callers of the package may catch."""


class GuidelineError(IgGuideError):
    """Guideline files that cannot be used; `problems` says where and how to mend each."""

    def __init__(self, problems: list[Problem]) -> None:
        """Keep the problems in order of place."""
        self.problems = in_order(problems)
        super().__init__("\n".join(map(str, self.problems)))


class RecordError(IgGuideError):
    """A record that cannot be read as a whole, for instance because it is not JSON."""


class RequestError(IgGuideError):
    """A question that cannot be put: an unknown topic, a date that is none."""
