"""Which facts and sources a file rests on, and whether they are as they were: for whoever makes things again and again.

A stamp is a text that is the same only where all it stands for is the same, so that what was made before can be kept.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Set

from .evaluate import WEIGHTS
from .model import Fact, Source

_PLACE = re.compile(r"Place\(file='([^']*)', line=\d+, column=\d+\)")
_WORD = re.compile(r"\w+")
_ID = re.compile(r"[\w-]+")


def words_of(text: str) -> frozenset[str]:
    """Return every word of a text that may be the name of a fact or the id of a source."""
    return frozenset(_WORD.findall(text)).union(_ID.findall(text))


class Basis:
    """The facts and sources of a library, to tell which of them a file rests on.

    A file reaches a fact or a source by its name, and facts reach each other by their names; a choice is reached from
    what its options imply, and weights have other names in doses. So the words of a file, with the words of all that
    they lead to, name everything that the file can rest on, and more where a word only looks like a name.
    """

    def __init__(self, facts: Mapping[str, Fact], sources: Mapping[str, Source]) -> None:
        """Write each fact and source as a text, without the line on which it stands: only its own page shows that."""
        texts: dict[str, str] = {}
        for name, entry in [*facts.items(), *sources.items()]:
            texts[name] = texts.get(name, "") + _PLACE.sub(r"\1", repr(entry))
        self._texts = texts
        self._leads_to = {name: words_of(text) & texts.keys() for name, text in texts.items()}
        for fact in facts.values():
            for implied in {name for option in fact.options.values() for name in option.implies}:
                self._leads_to[implied] = self._leads_to.get(implied, frozenset()) | {fact.name}
        self._names = _digest([*facts, "", *sources])  # a name that is new may be what a word now means

    def reached(self, words: Set[str]) -> set[str]:
        """Return the facts and sources that files with these words rest on."""
        names = {*(self._texts.keys() & words), *(WEIGHTS[word] for word in WEIGHTS.keys() & words)}
        found: set[str] = set()
        while names:
            found |= names
            names = {name for each in names for name in self._leads_to.get(each, ())} - found
        return found

    def stamp(self, words: Set[str]) -> str:
        """Return the stamp of the facts and sources that files with these words rest on."""
        return _digest([self._names, *(self._texts.get(name, "") for name in sorted(self.reached(words)))])


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


__all__ = ["Basis", "words_of"]
