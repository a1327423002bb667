"""A file's data and where each part of it stands: what the YAML reader makes and everything later refers to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .errors import Place

Path_ = tuple[Any, ...]
Spot = tuple[int, int]
TO_DO = "To be filled in:"  # the marks that `igguide new` leaves where the editor is to write
BLANK = "___"


def address(path: Path_) -> str:
    """Return a path into a document as one text, the form in which places are kept."""
    return "\x1f".join(map(str, path))


@dataclass(slots=True)
class Document:
    """A file's data, and for each address in it the line and column of its value and of its key."""

    file: str
    data: Any = None
    places: dict[str, Spot] = field(default_factory=dict)
    keys: dict[str, Spot] = field(default_factory=dict)
    quoted: set[str] = field(default_factory=set)
    lines: list[str] = field(default_factory=list)

    def place(self, *path: Any) -> Place:
        """Return where the value at a path stands, or the nearest node above it that is there."""
        while path and address(path) not in self.places:
            path = path[:-1]
        return Place(self.file, *self.places.get(address(path), (1, 1)))

    def key_place(self, *path: Any) -> Place:
        """Return where the key of a path stands; of a list item, the item."""
        spot = self.keys.get(address(path))
        return self.place(*path) if spot is None else Place(self.file, *spot)

    def is_quoted(self, *path: Any) -> bool:
        """Return whether the text at a path stands in quotes."""
        return address(path) in self.quoted

    def unfinished(self) -> Iterator[tuple[Place, str]]:
        """Yield each text in which a mark of a new file still stands, and its place."""
        if any(TO_DO in line or BLANK in line for line in self.lines):
            yield from (
                (self.place(*path), text) for path, text in _texts(self.data, ()) if TO_DO in text or BLANK in text
            )


def _texts(data: Any, path: Path_) -> Iterator[tuple[Path_, str]]:
    if isinstance(data, str):
        yield path, data
    elif isinstance(data, dict | list):
        for key, part in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _texts(part, (*path, key))
