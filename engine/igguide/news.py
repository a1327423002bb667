"""What changed in the guidelines, newest first, from the history of each position: for a page and for an Atom feed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from .model import Position, Topic

KINDS = {
    "new": "new position",
    "answer": "an answer changes",
    "rule": "a new rule",
    "wording": "wording",
}


@dataclass(frozen=True, slots=True)
class News:
    """One version of a position: the day, what sort of change it is, and the editor's own sentence."""

    topic: Topic
    position: Position
    version: str
    on: date
    change: str
    kind: str


def news(topics: Iterable[Topic]) -> list[News]:
    """Return every version of every position, newest first, then by address."""
    found = [item for topic in topics for position in topic.positions.values() for item in _versions(topic, position)]
    return sorted(found, key=lambda item: (-item.on.toordinal(), item.position.address, item.version), reverse=False)


def _versions(topic: Topic, position: Position) -> Iterable[News]:
    history = sorted(position.history, key=lambda change: _numbers(change.version))
    for before, change in pairwise([None, *history]):
        assert change is not None
        kind = "new" if before is None else _kind(before.version, change.version)
        yield News(topic, position, change.version, change.on, change.change, kind)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _kind(before: str, after: str) -> str:
    """Return what a step of the version means: the first number an answer, the second a rule, the third wording."""
    a, b = _numbers(before), _numbers(after)
    return "answer" if a[0] != b[0] else "rule" if a[1] != b[1] else "wording"


def atom(items: Iterable[News], site: str | None) -> str:
    """Return the changes as an Atom feed; `site` is the address of the published site, where it is known."""
    listed = list(items)
    updated = max((item.on for item in listed), default=date(1970, 1, 1))
    base = (site or "").rstrip("/")
    entries = "\n".join(_entry(item, base) for item in listed)
    link = f"<link href={quoteattr(base + '/changes.html')}/>" if base else '<link href="changes.html"/>'
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<title>IgGuide: changes of the guidelines</title>\n<id>urn:igguide:changes</id>\n{link}\n"
        f"<updated>{updated.isoformat()}T00:00:00Z</updated>\n<author><name>IgGuide</name></author>\n{entries}\n</feed>\n"
    )


def _entry(item: News, base: str) -> str:
    address = f"topics/{item.topic.id}.html#{item.position.id}"
    title = f"{item.topic.title}: {item.position.title} {item.version} ({KINDS[item.kind]})"
    return (
        f"<entry><title>{escape(title)}</title>"
        f"<id>urn:igguide:{escape(item.position.address)}:{item.version}</id>"
        f"<link href={quoteattr(f'{base}/{address}' if base else address)}/>"
        f"<updated>{item.on.isoformat()}T00:00:00Z</updated>"
        f"<category term={quoteattr(item.kind)}/><summary>{escape(item.change)}</summary></entry>"
    )


__all__ = ["KINDS", "News", "atom", "news"]
