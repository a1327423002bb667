"""What changed: from the history of positions to the page's list and the feed."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from building import library, position

from igguide.news import atom, news

ATOM = "{http://www.w3.org/2005/Atom}"
HISTORY = (
    "history:\n"
    "  - {version: 1.0.0, on: 2026-11-20, change: First.}\n"
    "  - {version: 1.1.0, on: 2026-11-21, change: One more rule.}\n"
    "  - {version: 1.1.1, on: 2026-11-22, change: A word.}\n"
    "  - {version: 2.0.0, on: 2026-11-23, change: The line is <= 400.}\n"
)


def topics() -> list[object]:
    text = position().replace("version: 1.0.0", "version: 2.0.0", 1)
    return list(library(text[: text.index("history:")] + HISTORY).topics.values())


def test_versions_are_listed_newest_first_with_what_their_number_means() -> None:
    found = [(item.version, item.kind) for item in news(topics())]  # type: ignore[arg-type]
    assert found == [("2.0.0", "answer"), ("1.1.1", "wording"), ("1.1.0", "rule"), ("1.0.0", "new")]


def test_the_feed_is_well_formed_and_escapes_what_editors_wrote() -> None:
    root = ET.fromstring(atom(news(topics()), "https://example.org/ig/"))  # type: ignore[arg-type]
    entries = root.findall(f"{ATOM}entry")
    assert root.findtext(f"{ATOM}updated") == "2026-11-23T00:00:00Z"
    assert entries[0].findtext(f"{ATOM}summary") == "The line is <= 400."
    link = entries[0].find(f"{ATOM}link")
    assert link is not None
    assert link.attrib["href"] == "https://example.org/ig/topics/the-topic.html#pos-one"
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 4


def test_without_an_address_the_links_of_the_feed_are_relative() -> None:
    assert 'href="topics/the-topic.html#pos-one"' in atom(news(topics()), None)  # type: ignore[arg-type]
