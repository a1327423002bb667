"""How fresh and how well founded a library is on a date: what is due, second-hand, without evidence, replaced.

Nothing here is wrong; `check` tells of that. It is the editor's list of what to read again, by topic.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from .checking import Report, check_paths
from .dates import read_date
from .errors import GuidelineError, Place, RequestError
from .formats import PLAIN
from .library import Library
from .model import Citation, Fact, Position, Product, Source, Topic, cited_parts_of_product
from .report import Sheet

# Each kind of finding, most pressing first: what a heading calls it.
KINDS: Mapping[str, str] = {
    "review-due": "Review is due",
    "verified-long-ago": "Compared with the source more than a year ago",
    "without-evidence": "Without an evidence id, so perhaps from memory",
    "second-hand": "Second-hand: the source itself was not read",
    "not-verified": "Read in the source, but not yet compared with it",
    "without-locator": "Without the place in the source",
    "draft": "Draft: no second person has compared it",
    "superseded": "Replaced or no longer in force",
    "source-without-address": "Sources without DOI or address",
}
DUE = frozenset({"review-due", "verified-long-ago"})
SHARED = {"facts": "Facts", "products": "Products", "sources": "Sources"}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at: its kind, the topic (or `facts`, `products`, `sources`), what it is, more in words, and where."""

    kind: str
    topic: str
    what: str
    detail: str
    place: Place


def status_of(library: Library, as_of: date) -> list[Item]:
    """Return everything to look at on a date, in the order of topics and of the files."""
    found = [item for topic in library.topics.values() for item in _topic_items(topic, as_of)]
    found += [item for fact in library.facts.values() for item in _fact_items(fact, as_of)]
    found += [item for product in library.products.values() for item in _product_items(product, as_of)]
    found += [item for source in library.sources.values() for item in _source_items(source)]
    return found


def _topic_items(topic: Topic, as_of: date) -> Iterator[Item]:
    replaced = {
        older: newer
        for newer in topic.positions.values()
        if newer.status != "retired" and (newer.valid.start is None or newer.valid.start <= as_of)
        for older in newer.supersedes
    }
    for position in topic.positions.values():
        if position.status == "retired":
            continue
        ended = _end_of(position, replaced.get(position.id), as_of)
        if ended:  # nobody needs to read again what is not used
            yield Item("superseded", topic.id, position.id, ended, position.place)
        else:
            yield from _position_items(position, as_of)


def _end_of(position: Position, newer: Position | None, as_of: date) -> str:
    if newer is not None:
        return f"replaced by {newer.id}" + (f" since {newer.valid.start}" if newer.valid.start else "")
    until = position.valid.until
    return f"in force until {until}" if until and until < as_of else ""


def _position_items(position: Position, as_of: date) -> Iterator[Item]:
    if position.review_by and position.review_by < as_of:
        yield Item("review-due", position.topic, position.id, f"review by {position.review_by}", position.place)
    if position.status == "draft":
        yield Item("draft", position.topic, position.id, "", position.place)
    for what, cite in _cited_parts(position):
        yield from _citation_items(cite, position.topic, f"{position.id}/{what}", as_of)


def _cited_parts(position: Position) -> Iterator[tuple[str, Citation]]:
    for parts in _parts(position):
        for name, part in parts.items():
            if part.cite is not None:
                yield name, part.cite


def _parts(position: Position) -> tuple[Mapping[str, Any], ...]:
    return (
        position.grades,
        position.criteria,
        position.recommendations,
        position.dosing,
        position.monitoring,
        position.cautions,
        position.evidence,
    )


def _fact_items(fact: Fact, as_of: date) -> Iterator[Item]:
    if fact.cite is not None:
        yield from _citation_items(fact.cite, "facts", fact.name, as_of)


def _product_items(product: Product, as_of: date) -> Iterator[Item]:
    for name, cite in cited_parts_of_product(product):
        yield from _citation_items(cite, "products", f"{product.id}/{name}".rstrip("/"), as_of)


def _citation_items(cite: Citation, topic: str, what: str, as_of: date) -> Iterator[Item]:
    if cite.via:
        yield Item("second-hand", topic, what, f"{cite.source}, read in {cite.via}", cite.place)
    elif cite.verified is None:
        yield Item("not-verified", topic, what, cite.source, cite.place)
    elif _a_year_after(cite.verified) < as_of:
        yield Item("verified-long-ago", topic, what, f"{cite.source}, on {cite.verified}", cite.place)
    if not cite.facts:
        yield Item("without-evidence", topic, what, cite.source, cite.place)
    if not cite.locator:
        yield Item("without-locator", topic, what, cite.source, cite.place)


def _a_year_after(day: date) -> date:
    """Return the same day of the next year; of 29 February, the 28th."""
    return day.replace(year=day.year + 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _source_items(source: Source) -> Iterator[Item]:
    if source.link is None:
        yield Item("source-without-address", "sources", source.id, source.title, source.place)


# --- as text and as data ---


def status_text(report: Report, items: Iterable[Item], as_of: date, sheet: Sheet = PLAIN) -> str:
    """Return the findings by topic and kind, each with its place, and the counts at the end."""
    listed = list(items)
    titles = {topic.id: topic.title for topic in report.library.topics.values()} if report.library else {}
    lines = [f"As of {as_of}."]
    for topic in dict.fromkeys(item.topic for item in listed):
        lines += ["", sheet.paint(titles.get(topic, SHARED.get(topic, topic)), "bold")]
        for kind, name in KINDS.items():
            here = [item for item in listed if (item.topic, item.kind) == (topic, kind)]
            lines += [f"  {name}: {len(here)}"] if here else []
            lines += [_line(item, report) for item in here]
    return "\n".join([*lines, "", *_counts(listed)])


def _line(item: Item, report: Report) -> str:
    detail = f" ({item.detail})" if item.detail else ""
    return f"    {report.path(item.place)}:{item.place.line}: {item.what}{detail}"


def _counts(items: list[Item]) -> list[str]:
    counts = [(name, sum(item.kind == kind for item in items)) for kind, name in KINDS.items()]
    told = [f"  {count:>4}  {name}" for name, count in counts if count]
    return ["In all:", *told] if told else ["Nothing is due, and nothing is missing."]


def status_data(report: Report, items: Iterable[Item], as_of: date) -> dict[str, Any]:
    """Return the findings as plain data: the date, the counts by kind, and each finding with its place."""
    listed = list(items)
    return {
        "as_of": as_of.isoformat(),
        "counts": {kind: sum(item.kind == kind for item in listed) for kind in KINDS},
        "items": [
            {
                "kind": item.kind,
                "topic": item.topic,
                "what": item.what,
                "detail": item.detail,
                "file": report.path(item.place),
                "line": item.place.line,
                "column": item.place.column,
            }
            for item in listed
        ],
    }


# --- the command ---


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `igguide status` understands to a parser."""
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="guideline folders or files (default: the bundled guidelines)"
    )
    parser.add_argument("--as-of", metavar="DATE", help="the day to look from, as in 2026-11-21 (default: today)")
    parser.add_argument("--guidelines", metavar="DIR", help="a folder of guidelines other than the bundled one")
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="text for people, json for programs (default: text)"
    )


def run(options: argparse.Namespace, today: date, sheet: Sheet = PLAIN) -> int:
    """Print what is to be looked at; return 1 where something is due by its date, else 0."""
    as_of = _day(options.as_of) if options.as_of else today
    report = check_paths(options.paths, options.guidelines)
    if report.library is None:
        raise GuidelineError(report.checked.problems)
    items = [item for item in status_of(report.library, as_of) if report.only is None or item.place.file in report.only]
    if options.format == "json":
        print(json.dumps(status_data(report, items, as_of), ensure_ascii=False, indent=2))
    else:
        print(status_text(report, items, as_of, sheet))
    return 1 if any(item.kind in DUE for item in items) else 0


def _day(text: str) -> date:
    when = read_date(text)
    if when is None or not when.whole:
        raise RequestError(f"`{text}` is not a date; write it as in 2026-11-21.")
    return when.first


__all__ = ["DUE", "KINDS", "Item", "add_arguments", "run", "status_data", "status_of", "status_text"]
