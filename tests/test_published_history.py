"""History as a reader meets it: under each rule, on the pages of what was replaced, among the changes, on a day of the past."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from test_site import LIBRARY, Element, build, by_id, copy_of_the_sources, edit, read

from igguide.news import EDITORIAL, KINDS, news
from igguide.succession import replaced, successions

POSITION = "car-t-igg-replacement/wat-barmettler-2022"
SUCCESSIONS = successions(LIBRARY.topics.values(), LIBRARY.wording)
DAY = max(c.on for t in LIBRARY.topics.values() for p in t.positions.values() for c in p.history)


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site in which one criterion and one rule have a later version."""
    root = copy_of_the_sources(tmp_path_factory.mktemp("changed"))
    file = root / "guidelines" / f"{POSITION}.yaml"
    edit(file, "version: 1.0.0\n", "version: 2.0.0\n")
    first = "{version: 1.0.0, on: 2026-11-21, change: First encoding.}\n"
    later = (
        "  - version: 1.1.0\n    on: 2026-12-01\n    change: Children have a rule.\n    reason: It was overlooked.\n"
        "    parts: [igg-400-600-with-infection]\n"
        "  - version: 2.0.0\n    on: 2026-12-02\n    change: Serious infection counts.\n    reason: Misread <before>.\n"
        "    parts: [infection-burden]\n    removed: [an-old-rule]\n"
    )
    edit(file, first, first + later)
    build(root, root / "built")
    return root / "built"


def section(page: Path, name: str) -> str:
    return by_id(read(page).root, name).text


def test_a_rule_shows_the_versions_that_touched_it_with_the_reason(changed: Path) -> None:
    page = changed / "topics" / "car-t-igg-replacement.html"
    both = section(page, "wat-barmettler-2022--igg-400-600-with-infection")
    assert "Version 1.1.0, 2026-12-01 : Children have a rule. Reason It was overlooked." in both
    assert "Version 2.0.0, 2026-12-02 : Serious infection counts. Reason Misread <before>. (by way of" in both
    criterion = section(page, "wat-barmettler-2022--criterion--infection-burden")
    assert "Serious infection counts." in criterion
    assert "Children have a rule." not in criterion


def test_a_part_that_nothing_touched_says_so(changed: Path, site: Path) -> None:
    for folder, name in ((changed, "hill-2019"), (site, "wat-barmettler-2022")):
        page = folder / "topics" / "car-t-igg-replacement.html"
        for rule in LIBRARY.topics["car-t-igg-replacement"].positions[name].recommendations:
            assert "Unchanged since the first encoding, version 1.0.0 of" in section(page, f"{name}--{rule}")


def test_the_changes_and_the_feed_lead_to_what_was_touched(changed: Path) -> None:
    table = by_id(read(changed / "changes.html").root, "changes")
    row = next(part for part in table.all() if part.tag == "tr" and "Misread" in part.text)
    links = [part.attributes["href"] for part in row.all() if part.tag == "a"]
    assert "topics/car-t-igg-replacement.html#wat-barmettler-2022--criterion--infection-burden" in links
    assert "an old rule (taken out)" in row.text
    feed = (changed / "feed.atom").read_text(encoding="utf-8")
    assert 'href="topics/car-t-igg-replacement.html#wat-barmettler-2022--criterion--infection-burden"' in feed


# --- what was replaced ---


def notice(page: Element, position: str) -> Element | None:
    part = next(part for part in page.all() if part.attributes.get("aria-labelledby") == position)
    return next((each for each in part.all() if each.attributes.get("class") == "notice"), None)


@pytest.mark.parametrize("topic", LIBRARY.topics.values(), ids=lambda topic: topic.id)
def test_what_is_not_in_force_has_a_banner_that_leads_to_what_is(topic: Any, site: Path) -> None:
    page = read(site / "topics" / f"{topic.id}.html").root
    found = replaced(topic, DAY)
    for name in topic.positions:
        banner = notice(page, name)
        assert (banner is not None) == (name in found), name
        if banner is not None:
            assert f"Not in force on {DAY}" in banner.text
            links = {part.attributes["href"][1:] for part in banner.all() if part.tag == "a"}
            assert links == {other.id for other in (*found[name].by, *found[name].now)}


@pytest.mark.parametrize("each", SUCCESSIONS, ids=lambda s: f"{s.topic.id}/{s.new.id}-{s.old.id}")
def test_what_the_newer_source_says_otherwise_stands_on_both_pages(each: Any, site: Path) -> None:
    name = f"{each.new.id}--since--{each.old.id}"
    told = by_id(read(site / "topics" / f"{each.topic.id}.html").root, name).text
    listed = by_id(read(site / "changes.html").root, f"{each.topic.id}--{name}").text
    for pair in each.parts:
        for one in pair.differs:
            for text in (one.old, one.new):
                words = " ".join((text or ("not stated" if pair.old and pair.new else "nothing encoded")).split())
                assert words[1:] in told
                assert words[1:] in listed


# --- in a browser ---


def test_changes_are_filtered_by_kind_condition_source_and_day(site: Path, browser: Any) -> None:
    page = browser.new_page()
    page.goto((site / "changes.html").as_uri())
    shown = page.locator("#changes tbody tr:visible, #encoded tbody tr:visible, details[data-kind]:visible")
    items = news(LIBRARY.topics.values())
    everything = len(items) + len(SUCCESSIONS)
    later = sum(item.kind != "new" for item in items)
    assert 0 < later < len(items)
    assert shown.count() == later + len(SUCCESSIONS)  # first encodings are folded
    for kind in KINDS:
        page.select_option("#changes-kind", kind)
        assert shown.count() == sum(item.kind == kind for item in items)
    page.select_option("#changes-kind", "replaced")
    assert shown.count() == len(SUCCESSIONS)
    page.select_option("#changes-kind", "editorial")
    editorial = sum(item.kind in EDITORIAL for item in items)
    assert shown.count() == editorial
    page.select_option("#changes-kind", "substantive")
    assert shown.count() == everything - editorial
    page.select_option("#changes-kind", "")
    condition = LIBRARY.topics["cidp"].conditions[0]
    page.select_option("#changes-condition", condition)
    of = [t for t in LIBRARY.topics.values() if condition in t.conditions]
    wanted = sum(item.topic in of for item in items) + sum(s.topic in of for s in SUCCESSIONS)
    assert shown.count() == wanted > 1
    assert page.inner_text("#changes-count") == f"{wanted} of {everything} changes"
    page.select_option("#changes-condition", "")
    page.fill("#changes-source", "EFNS")
    named = shown.all_inner_texts()
    assert named
    assert all("efns" in text.lower() for text in named)
    page.fill("#changes-source", "")
    page.fill("#changes-since", "2026-11-27")
    since = sum(item.on >= date(2026, 11, 27) for item in items)
    assert shown.count() == since < everything
    page.fill("#changes-since", "")
    assert shown.count() == later + len(SUCCESSIONS)
    page.close()


def test_the_day_of_the_past_is_answered_with_what_was_in_force_then(site: Path, browser: Any) -> None:
    page = browser.new_page()
    page.goto((site / "as-of.html").as_uri())
    page.fill("#as-of-day", "2015-01-01")
    links = page.locator("#as-of tbody tr:visible th a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    page.close()
    wanted = [p for topic in LIBRARY.topics for p in LIBRARY.in_force(topic, date(2015, 1, 1))]
    assert links == [f"topics/{p.topic}.html#{p.id}" for p in wanted]
    assert "topics/cidp.html#efns-ivig-2008" in links
    assert "topics/cidp.html#ean-pns-cidp-2021" not in links


def test_without_a_script_every_change_is_there(site: Path, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "changes.html").as_uri())
    assert not page.locator("#changes-filter").is_visible()
    later = sum(item.kind != "new" for item in news(LIBRARY.topics.values()))
    assert page.locator("#changes tbody tr:visible").count() == later
    page.click("#new-positions summary")
    assert page.locator("#encoded tbody tr:visible").count() == len(LIBRARY.compiled)
    context.close()
