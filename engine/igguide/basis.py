"""Which facts and sources a file rests on, and whether they are as they were: for whoever makes things again and again.

A stamp is a text that is the same only where all it stands for is the same, so that what was made before can be kept.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from typing import Any

from .evaluate import WEIGHTS
from .model import Fact, Option, Source

_PLACE = re.compile(r"Place\(file='([^']*)', line=\d+, column=\d+\)")
_NAME = re.compile(r"[\w-]+")
# Keys under which there is nothing but words for readers.
_PROSE = frozenset(
    [
        "title",
        "question",
        "summary",
        "reading",
        "says",
        "effect",
        "design",
        "locator",
        "as_printed",
        "reason",
        "change",
        "specialties",
        "conditions",
    ]
)


def names_in(data: Any) -> frozenset[str]:
    """Return every word in the data of a file that may be the name of a fact or the id of a source."""
    return frozenset(_names(data))


def _names(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield from _NAME.findall(data)
    elif isinstance(data, Mapping):
        for key, value in data.items():
            yield str(key)
            if key not in _PROSE or isinstance(value, Mapping):  # a part or a fact may have such a name
                yield from _names(value)
    elif isinstance(data, list | tuple):
        for item in data:
            yield from _names(item)


class Basis:
    """The facts and sources of a library, to tell which of them a file rests on.

    A file reaches a fact or a source by its name, and weights have other names in doses. A fact reaches those that it is
    worked out from, the choices that its options fix, those that fix it, and the sources that it cites. So the names in
    a file, with all that they lead to, name everything that the file can rest on, and more where a word only looks so.
    """

    def __init__(self, facts: Mapping[str, Fact], sources: Mapping[str, Source]) -> None:
        """Write each fact and source as a text, without the line on which it stands: only its own page shows that."""
        self._texts = {name: _text(source) for name, source in sources.items()}
        self._leads_to: dict[str, set[str]] = {}
        self._facts = facts
        self._fixed: dict[str, set[str]] = {}  # the options of a choice that an option of another fixes
        self._meanings: dict[str, str] = {}
        for name, fact in facts.items():
            text = _text(fact)
            self._texts[name] = self._texts.get(name, "") + text
            self._leads_to.setdefault(name, set()).update(fact.inputs, sources.keys() & _NAME.findall(text))
            for other, option in _fixed_by(fact):
                self._leads_to[name].add(other)
                self._leads_to.setdefault(other, set()).add(name)
                self._fixed.setdefault(other, set()).add(option)

    def reached(self, names: Set[str]) -> set[str]:
        """Return the facts and sources that files with these names in them rest on."""
        waiting = {*(self._texts.keys() & names), *(WEIGHTS[name] for name in WEIGHTS.keys() & names)}
        found: set[str] = set()
        while waiting:
            found |= waiting
            waiting = {name for each in waiting for name in self._leads_to.get(each, ())} - found
        return found

    def stamp(self, names: Set[str]) -> str:
        """Return the stamp of the facts and sources that files with these names in them rest on."""
        return _digest(self._texts.get(name, "") for name in sorted(self.reached(names)))

    def stamp_of_answers(self, names: Set[str]) -> str:
        """Return the stamp of what answers by files with these names in them rest on: no title, no question.

        Of a source that is its name alone. Of a choice it is the options that may be named here and those that bear on
        another choice; all others are to these files as one, so that an option which is new elsewhere changes nothing.
        """
        reached = sorted(self.reached(names))
        facts = [self._facts[name] for name in reached if name in self._facts]
        return _digest([*reached, *(text for fact in facts for text in self._meaning(fact, names))])

    def _meaning(self, fact: Fact, names: Set[str]) -> Iterator[str]:
        if fact.name not in self._meanings:
            bare = replace(fact, title="", question=None, reading=None, cite=None, limits_cite=None, options={})
            self._meanings[fact.name] = _text(bare)
        yield self._meanings[fact.name]
        fixed, others = self._fixed.get(fact.name, set()), ""
        for option in fact.options.values():
            told = option.implies or option.name in fixed or not names.isdisjoint(_words(option))
            if told:
                yield repr(replace(option, title="", proper=False))
            else:
                others = "others"
        yield others


def _text(entry: Fact | Source) -> str:
    return _PLACE.sub(r"\1", repr(entry))


def _fixed_by(fact: Fact) -> Iterator[tuple[str, str]]:
    """Yield each choice and its option that the options of a fact fix."""
    for option in fact.options.values():
        yield from option.implies.items()


def _words(option: Option) -> set[str]:
    return {word for text in (option.name, option.title, *option.aliases) for word in _NAME.findall(text)}


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


__all__ = ["Basis", "names_in"]
