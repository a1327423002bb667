"""A file's data and where each part of it stands: what the YAML reader makes and everything later refers to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .errors import Place

Path_ = tuple[Any, ...]
Spot = tuple[int, int]


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
