"""`igguide status`: what to read again, by topic, on a date."""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path

import pytest

from igguide import status
from igguide.errors import GuidelineError, RequestError
from igguide.library import load_folder
from igguide.status import KINDS, Item, status_of

ROOT = Path(__file__).parents[1]
TODAY = date(2026, 11, 21)
FILES = {
    "facts/lab.yaml": "facts:\n  igg: {title: Serum IgG, kind: quantity, unit: mg/dL, question: What is the IgG?}\n",
    "sources/books.yaml": """\
references:
  - {id: old-2020, type: book, title: An old book, DOI: 10.1000/old}
  - {id: new-2024, type: book, title: A new book, URL: "https://example.org/new"}
  - {id: page-2021, type: webpage, title: A page}
""",
    "topic/topic.yaml": "topic: topic\ntitle: A topic\nquestion: A question?\n",
    "topic/old-2020.yaml": """\
position: old-2020
topic: topic
title: Old
version: 1.0.0
status: draft
valid: {from: 2020-02-03}
evidence:
  finding: {says: Something., cite: {source: old-2020}}
history: [{version: 1.0.0, on: 2026-11-21, change: First encoding.}]
""",
    "topic/new-2024.yaml": """\
position: new-2024
topic: topic
title: New
version: 1.0.0
status: reviewed
valid: {from: 2024-02-03}
review_by: 2026-11-20
supersedes: [old-2020]
evidence:
  fresh: {says: Something., cite: {source: new-2024, fact: an-id, locator: p. 1, verified: 2025-11-21}}
  stale: {says: Something., cite: {source: new-2024, fact: an-id, locator: p. 1, verified: 2025-11-20}}
  second-hand: {says: Something., cite: {source: new-2024, via: page-2021, fact: an-id}}
  memory: {says: Something., cite: {source: new-2024, locator: p. 1}}
history: [{version: 1.0.0, on: 2026-11-21, change: First encoding.}]
""",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / "guidelines" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "guidelines" / name).write_text(text, encoding="utf-8")
    return Path("guidelines")


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    status.add_arguments(parser)
    return parser.parse_args(arguments)


def found(folder: Path, as_of: date = TODAY) -> set[tuple[str, str, str]]:
    return {(item.kind, item.what, item.detail) for item in status_of(load_folder(folder), as_of)}


def test_each_kind_of_finding_is_found_once(folder: Path) -> None:
    assert found(folder) == {
        ("review-due", "new-2024", "review by 2026-11-20"),
        ("verified-long-ago", "new-2024/stale", "new-2024, on 2025-11-20"),
        ("second-hand", "new-2024/second-hand", "new-2024, read in page-2021"),
        ("without-locator", "new-2024/second-hand", "new-2024"),
        ("without-evidence", "new-2024/memory", "new-2024"),
        ("not-verified", "new-2024/memory", "new-2024"),
        ("superseded", "old-2020", "replaced by new-2024 since 2024-02-03"),
        ("source-without-address", "page-2021", "A page"),
    }


def test_what_is_due_depends_on_the_day_and_not_on_the_clock(folder: Path) -> None:
    earlier = found(folder, date(2026, 11, 20))
    assert not {kind for kind, _, _ in earlier} & status.DUE
    later = found(folder, date(2026, 11, 22))
    assert ("verified-long-ago", "new-2024/fresh", "new-2024, on 2025-11-21") in later


def test_before_its_successor_is_in_force_a_position_is_looked_at_itself(folder: Path) -> None:
    kinds = {kind for kind, what, _ in found(folder, date(2024, 2, 2)) if what.startswith("old-2020")}
    assert kinds == {"draft", "not-verified", "without-evidence", "without-locator"}


def test_a_position_whose_time_has_ended_is_told_as_such_and_a_retired_one_is_not_told(folder: Path) -> None:
    file = folder / "topic/new-2024.yaml"
    file.write_text(
        FILES["topic/new-2024.yaml"].replace("2024-02-03}", "2024-02-03, until: 2026-11-20}"), encoding="utf-8"
    )
    assert ("superseded", "new-2024", "in force until 2026-11-20") in found(folder)
    file.write_text(FILES["topic/new-2024.yaml"].replace("status: reviewed", "status: retired"), encoding="utf-8")
    assert not any(what.startswith("new-2024") for _, what, _ in found(folder))
    assert ("draft", "old-2020", "") in found(folder)  # what is never used replaces nothing


def test_a_leap_day_is_a_year_old_after_the_28th() -> None:
    assert status._a_year_after(date(2024, 2, 29)) == date(2025, 2, 28)


PRODUCT = """\
products:
  some_product:
    name: Some product
    maker: Somebody
    form: Solution
    routes: [intravenous]
    regions: [international]
    strengths: [{concentration: 100 mg/mL, iga: {at_most: 25 ug/mL, cite: {source: old-2020, via: page-2021, fact: an-id}}}]
    sugar: {says: Sorbitol., cite: {source: old-2020, fact: an-id, locator: p. 1, verified: 2026-11-21}}
    cite: {source: old-2020, fact: an-id, locator: p. 1, verified: 2025-11-20}
"""


def test_products_are_listed_part_by_part(folder: Path) -> None:
    (folder / "products").mkdir()
    asked = "  immunoglobulin_product: {title: Product, kind: choice, question: Which?, options: {some_product: {title: Some product}}}\n"
    (folder / "facts/lab.yaml").write_text(FILES["facts/lab.yaml"] + asked, encoding="utf-8")
    (folder / "products/some.yaml").write_text(PRODUCT, encoding="utf-8")
    found = [item for item in status_of(load_folder(folder), TODAY) if item.topic == "products"]
    assert [(item.kind, item.what, item.place.line) for item in found] == [
        ("verified-long-ago", "some_product", 10),
        ("second-hand", "some_product/iga", 8),
        ("without-locator", "some_product/iga", 8),
    ]


def test_the_list_is_by_topic_with_places_and_counts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status.run(options("guidelines"), TODAY) == 1
    assert (
        capsys.readouterr().out
        == """\
As of 2026-11-21.

A topic
  Review is due: 1
    guidelines/topic/new-2024.yaml:1: new-2024 (review by 2026-11-20)
  Compared with the source more than a year ago: 1
    guidelines/topic/new-2024.yaml:11: new-2024/stale (new-2024, on 2025-11-20)
  Without an evidence id, so perhaps from memory: 1
    guidelines/topic/new-2024.yaml:13: new-2024/memory (new-2024)
  Second-hand: the source itself was not read: 1
    guidelines/topic/new-2024.yaml:12: new-2024/second-hand (new-2024, read in page-2021)
  Read in the source, but not yet compared with it: 1
    guidelines/topic/new-2024.yaml:13: new-2024/memory (new-2024)
  Without the place in the source: 1
    guidelines/topic/new-2024.yaml:12: new-2024/second-hand (new-2024)
  Replaced or no longer in force: 1
    guidelines/topic/old-2020.yaml:1: old-2020 (replaced by new-2024 since 2024-02-03)

Sources
  Sources without DOI or address: 1
    guidelines/sources/books.yaml:4: page-2021 (A page)

In all:
     1  Review is due
     1  Compared with the source more than a year ago
     1  Without an evidence id, so perhaps from memory
     1  Second-hand: the source itself was not read
     1  Read in the source, but not yet compared with it
     1  Without the place in the source
     1  Replaced or no longer in force
     1  Sources without DOI or address
"""
    )


def test_only_what_was_asked_for_is_listed_and_nothing_due_is_no_finding(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status.run(options("guidelines/facts", "--as-of", "2026-11-20"), TODAY) == 0
    assert capsys.readouterr().out == "As of 2026-11-20.\n\nNothing is due, and nothing is missing.\n"


def test_json_has_the_date_the_counts_and_each_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status.run(options("guidelines", "--format", "json"), TODAY) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["as_of"] == "2026-11-21"
    assert data["counts"] == {kind: 0 if kind == "draft" else 1 for kind in KINDS}
    assert data["items"][-1] == {
        "kind": "source-without-address",
        "topic": "sources",
        "what": "page-2021",
        "detail": "A page",
        "file": "guidelines/sources/books.yaml",
        "line": 4,
        "column": data["items"][-1]["column"],
    }


def test_a_date_that_is_none_and_guidelines_with_problems_are_refused(folder: Path) -> None:
    with pytest.raises(RequestError, match=r"^`tomorrow` is not a date; write it as in 2026-11-21\.$"):
        status.run(options("guidelines", "--as-of", "tomorrow"), TODAY)
    (folder / "topic/topic.yaml").write_text("topic: topic\n", encoding="utf-8")
    with pytest.raises(GuidelineError):
        status.run(options("guidelines"), TODAY)


def test_review_by_has_to_be_a_date(folder: Path) -> None:
    file = folder / "topic/new-2024.yaml"
    file.write_text(FILES["topic/new-2024.yaml"].replace("2026-11-20\nsup", "2026-02-30\nsup"), encoding="utf-8")
    with pytest.raises(GuidelineError) as caught:
        load_folder(folder)
    assert "topic/new-2024.yaml:7:12:" in str(caught.value)


def test_our_own_library_has_no_rule_from_memory_and_every_item_a_place() -> None:
    items: list[Item] = status_of(load_folder(ROOT / "guidelines"), TODAY)
    assert [item for item in items if item.kind == "without-evidence"] == []
    assert all(item.kind in KINDS and item.place.file.endswith(".yaml") for item in items)
