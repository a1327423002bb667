"""What changed: from the history of positions to a rule's own history, the page's list and the feed."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from building import library, position, rule

from igguide.library import load_folder
from igguide.model import Topic
from igguide.news import atom, history_of, news
from igguide.succession import Succession, in_force, replaced, successions

ATOM = "{http://www.w3.org/2005/Atom}"
HISTORY = (
    "history:\n"
    "  - {version: 1.0.0, on: 2026-11-20, change: First.}\n"
    "  - {version: 1.1.0, on: 2026-11-21, change: One more rule., reason: Overlooked., parts: [second]}\n"
    "  - {version: 1.1.1, on: 2026-11-22, change: A word., reason: Unclear., parts: [pos-one]}\n"
    "  - {version: 2.0.0, on: 2026-11-23, change: The line is <= 400., reason: Misread., parts: [inner, gone], removed: [gone]}\n"
)
MORE = "criteria:\n  low: {title: Low, all: [inner]}\n  inner: {title: Inner, all: [a]}\n"


def topics() -> list[Topic]:
    rules = rule("all: [low]", "first"), rule("all: [b]", "second")
    text = position(*rules, more=MORE).replace("version: 1.0.0", "version: 2.0.0", 1)
    return list(library(text[: text.index("history:")] + HISTORY).topics.values())


def test_versions_are_listed_newest_first_with_what_their_number_means() -> None:
    found = [(item.version, item.kind) for item in news(topics())]
    assert found == [("2.0.0", "answer"), ("1.1.1", "wording"), ("1.1.0", "rule"), ("1.0.0", "new")]


# --- the history of one rule ---


def told(name: str) -> list[tuple[str, list[str]]]:
    """Return the versions that touched a rule, each with what it touched it through."""
    of = topics()[0].positions["pos-one"]
    return [(c.change.version, [t.name for t in c.through]) for c in history_of(of, of.recommendations[name])]


def test_a_rule_has_the_versions_that_name_it_or_what_it_rests_on() -> None:
    assert told("first") == [("1.1.1", ["pos-one"]), ("2.0.0", ["inner"])]
    assert told("second") == [("1.1.0", []), ("1.1.1", ["pos-one"])]


def test_a_rule_that_no_version_names_is_as_first_encoded() -> None:
    of = library(position()).topics["the-topic"].positions["pos-one"]
    assert history_of(of, of.recommendations["the-rule"]) == []


def test_a_change_leads_to_the_parts_that_it_touched_and_that_are_still_there() -> None:
    newest, *_, first = news(topics())
    assert [(part.name, part.anchor) for part in newest.touched] == [
        ("inner", "pos-one--criterion--inner"), ("gone", None),
    ]  # fmt: skip
    assert (newest.anchor, first.anchor) == ("pos-one--criterion--inner", "pos-one")


# --- the feed ---


def feed(site: str | None = "https://example.org/ig/") -> ET.Element:
    return ET.fromstring(atom(news(topics()), site))


def test_the_feed_escapes_what_editors_wrote_and_leads_to_the_rule() -> None:
    root = feed()
    entries = root.findall(f"{ATOM}entry")
    assert root.findtext(f"{ATOM}updated") == "2026-11-23T00:00:00Z"
    assert entries[0].findtext(f"{ATOM}summary") == "The line is <= 400. Misread."
    links = [entry.find(f"{ATOM}link[@rel='alternate']") for entry in entries]
    page = "https://example.org/ig/topics/the-topic.html"
    assert [link.attrib["href"] for link in links if link is not None] == [
        f"{page}#pos-one--criterion--inner", f"{page}#pos-one", f"{page}#pos-one--second", f"{page}#pos-one",
    ]  # fmt: skip


def test_without_an_address_the_links_of_the_feed_are_relative() -> None:
    assert 'href="topics/the-topic.html#pos-one"' in atom(news(topics()), None)


def faults_of(root: ET.Element) -> list[str]:
    """Return what RFC 4287 asks for and a feed lacks."""
    found = [f"feed: {name}" for name in ("id", "title", "updated") if len(root.findall(ATOM + name)) != 1]
    found += [] if root.find(f"{ATOM}author/{ATOM}name") is not None else ["feed: author"]
    for entry in root.findall(f"{ATOM}entry"):
        name = entry.findtext(f"{ATOM}id") or "an entry"
        found += [f"{name}: {key}" for key in ("id", "title", "updated") if len(entry.findall(ATOM + key)) != 1]
        alternate = [
            (link.get("type"), link.get("hreflang")) for link in entry.findall(f"{ATOM}link[@rel='alternate']")
        ]
        found += [f"{name}: alternate"] if not alternate or len(set(alternate)) != len(alternate) else []
    for element in root.iter():
        text = element.text or ""
        if element.tag == f"{ATOM}updated" and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text):
            found.append(f"updated: {text}")
        if element.tag == f"{ATOM}id" and not (urlsplit(text).scheme and re.fullmatch(r"[!-~]+", text)):
            found.append(f"id: {text}")
        if element.tag == f"{ATOM}category" and not element.get("term"):
            found.append("category")
    names = [element.text for element in root.iter(f"{ATOM}id")]
    return found + (["an id twice"] if len(set(names)) != len(names) else [])


@pytest.mark.parametrize("site", ["https://example.org/ig/", None])
def test_the_feed_holds_what_the_standard_asks_for(site: str | None) -> None:
    assert faults_of(feed(site)) == []
    assert faults_of(ET.fromstring(atom(news(LIBRARY.topics.values()), site))) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("<author><name>IgGuide</name></author>", "", "feed: author"),
        ("T00:00:00Z", "", "updated: 2026-11-23"),
        ("urn:igguide:changes", "changes of the guidelines", "id: changes of the guidelines"),
        (":1.1.0<", ":1.0.0<", "an id twice"),
        (' rel="alternate"', ' rel="related"', "urn:igguide:the-topic/pos-one:2.0.0: alternate"),
    ],
)
def test_a_fault_in_a_feed_is_found(old: str, new: str, fault: str) -> None:
    text = atom(news(topics()), "https://example.org/ig/")
    assert fault in faults_of(ET.fromstring(text.replace(old, new)))


def test_the_ids_of_a_feed_stay_when_titles_and_the_address_of_the_site_change() -> None:
    before = feed()
    text = position(rule("all: [low]", "first"), rule("all: [b]", "second"), more=MORE)
    other = (
        text[: text.index("history:")].replace("The position", "Another title").replace("1.0.0", "2.0.0", 1) + HISTORY
    )
    after = ET.fromstring(atom(news(library(other).topics.values()), "https://elsewhere.example"))
    assert [e.text for e in before.iter(f"{ATOM}id")] == [e.text for e in after.iter(f"{ATOM}id")]
    assert "urn:igguide:the-topic/pos-one:1.1.0" in [e.text for e in after.iter(f"{ATOM}id")]


# --- what was in force when ---

LIBRARY = load_folder(Path(__file__).parents[1] / "guidelines")
# By hand, from the sources: for each line of guidance, what was in force on a day, of those that replace one another.
BY_HAND = [
    ("cidp", "2015-01-01", ["aan-ivig-2012", "efns-ivig-2008"]),
    ("cidp", "2021-01-01", ["ean-pns-cidp-2021"]),
    ("cidp-maintenance", "2015-01-01", ["aan-ivig-2012"]),
    ("cidp-maintenance", "2021-01-01", ["ean-pns-cidp-2021"]),
    ("gbs", "2015-01-01", ["aan-ivig-2012", "efns-ivig-2008"]),
    ("gbs", "2022-12-31", ["aan-ivig-2012", "efns-ivig-2008"]),
    ("gbs", "2023-01-01", ["ean-pns-gbs-2023"]),
    ("gbs-further-treatment", "2015-01-01", ["aan-ivig-2012", "efns-ivig-2008"]),
    ("gbs-further-treatment", "2026-11-27", ["ean-pns-gbs-2023"]),
    ("itp-adult", "2015-01-01", ["ash-2011-table"]),
    ("itp-adult", "2026-11-27", ["ash-itp-2019"]),
    ("itp-child", "2015-01-01", ["ash-2011-table"]),
    ("itp-child", "2019-01-01", ["ash-itp-2019"]),
    ("mmn-maintenance", "2006-06-01", ["efns-pns-mmn-2006"]),
    ("mmn-maintenance", "2015-01-01", ["efns-pns-mmn-2010"]),
    ("dosing-weight", "2015-01-01", ["nba-ibw-calculator"]),
    ("dosing-weight", "2026-06-30", ["nba-ibw-calculator"]),
    ("dosing-weight", "2026-07-01", ["lifeblood-2026"]),
    ("ivig-to-scig-conversion", "2015-01-01", ["hizentra-us-old"]),
    ("ivig-to-scig-conversion", "2026-11-27", ["hizentra-us"]),
    ("pans-pandas", "2015-01-01", []),
    ("pans-pandas", "2018-10-21", ["au-pandas-proposal"]),
    ("pans-pandas", "2018-10-22", ["au-pandas"]),
    ("pid-dose", "2015-01-01", []),
    ("pid-dose", "2024-12-31", ["ontario-ivig-2018"]),
    ("pid-dose", "2025-01-01", ["ontario-igum-2025"]),
    ("pid-trough", "2024-12-31", ["ontario-ivig-2018"]),
    ("pid-trough", "2026-11-27", ["ontario-igum-2025"]),
    ("secondary-antibody-deficiency-dosing", "2024-12-31", ["ontario-ivig-2018"]),
    ("secondary-antibody-deficiency-dosing", "2026-11-27", ["ontario-igum-sid"]),
    ("primary-immunodeficiency", "2015-01-01", ["nba-v2-pid"]),
    ("primary-immunodeficiency", "2018-10-22", ["nba-iei-old"]),
    ("supply-priority", "2015-01-01", ["au-qrg-role"]),
    ("supply-priority", "2018-12-01", ["au-v3-factsheet", "nhse-2018"]),
    ("supply-priority", "2019-11-01", ["au-v3-factsheet", "nhse-2019"]),
    ("supply-priority", "2021-12-01", ["au-v3-factsheet", "nhse-2021"]),
    ("supply-priority", "2026-11-27", ["au-v3-factsheet", "nhse-2025"]),
]  # fmt: skip


def in_a_line(topic: Topic) -> set[str]:
    """Return the positions that replace one or are replaced."""
    pairs = [(older, newer.id) for newer in topic.positions.values() for older in newer.supersedes]
    return {name for pair in pairs for name in pair}


@pytest.mark.parametrize(("topic", "day", "wanted"), BY_HAND, ids=[f"{t}-{d}" for t, d, _ in BY_HAND])
def test_what_was_in_force_is_what_the_sources_say(topic: str, day: str, wanted: list[str]) -> None:
    of = LIBRARY.topics[topic]
    shown = {item.position.id for item in in_force([of]) if item.holds_on(date.fromisoformat(day))}
    assert sorted(shown & in_a_line(of)) == wanted


def test_every_line_of_guidance_has_been_gone_through_by_hand() -> None:
    assert {topic for topic, _, _ in BY_HAND} == {t.id for t in LIBRARY.topics.values() if in_a_line(t)}


def test_pages_and_answers_agree_on_what_is_in_force_on_every_day_on_which_anything_begins_or_ends() -> None:
    for topic in LIBRARY.topics.values():
        times = in_force([topic])
        ends = {end for p in topic.positions.values() for end in (p.valid.start, p.valid.until) if end}
        for day in sorted({end + timedelta(step) for end in ends for step in (-1, 0, 1)} | {date(2015, 1, 1)}):
            wanted = {p.id for p in LIBRARY.in_force(topic.id, day)}
            assert {item.position.id for item in times if item.holds_on(day)} == wanted, (topic.id, day)
            assert set(replaced(topic, day)) == {item.position.id for item in times} - wanted


def line_of(*positions: tuple[str, str, str]) -> Topic:
    """Return a topic of positions, each with its name, when it is in force, and more keys."""
    texts = [position(name=name, valid=valid, more=more) for name, valid, more in positions]
    return library(*texts).topics["the-topic"]


def test_who_comes_upon_an_old_position_is_led_to_what_is_in_force_now() -> None:
    topic = line_of(
        ("pos-one", "{from: 2010-02-01}", ""),
        ("pos-two", "{from: 2015-02-01}", "supersedes: [pos-one]"),
        ("pos-three", "{from: 2020-02-01}", "supersedes: [pos-two]"),
    )
    found = replaced(topic, date(2026, 11, 27))["pos-one"]
    assert ([p.id for p in found.by], [p.id for p in found.now]) == (["pos-two"], ["pos-three"])
    then = replaced(topic, date(2016, 1, 1))
    assert [p.id for p in then["pos-one"].now] == ["pos-two"]
    assert then["pos-three"].by == ()


def test_what_is_replaced_by_a_position_without_a_date_is_never_in_force() -> None:
    topic = line_of(("pos-one", "{from: 2010-02-01}", ""), ("pos-two", "{reading: Always.}", "supersedes: [pos-one]"))
    assert [(item.position.id, item.never) for item in in_force([topic])] == [("pos-one", True), ("pos-two", False)]


# --- what a newer source says otherwise ---


def succession(old: str, new: str) -> Succession:
    of = library(old, new)
    return next(iter(successions(of.topics.values(), of.wording)))


def differing(*rules: tuple[str, str]) -> dict[str, Any]:
    """Return what became of the parts of two positions with these rules, by the name of the older part, else the newer."""
    old = position(*(text for side, text in rules if side == "old"))
    new = position(*(text for side, text in rules if side == "new"), name="pos-two", more="supersedes: [pos-one]")
    found = succession(old, new)
    return {
        (pair.old or pair.new).id: (
            pair.state,
            pair.new and pair.new.id,
            [(d.what, d.old, d.new) for d in pair.differs],
        )
        for pair in found.parts
        if pair.kind == "rule"
    }


def test_a_rule_of_the_same_name_is_compared_line_by_line_in_words() -> None:
    found = differing(("old", rule("all: [igg <= 400 mg/dL, a]")), ("new", rule("all: [igg < 400 mg/dL, b]")))
    assert found == {
        "the-rule": ("changed", "the-rule", [
            ("When", "Serum IgG is 400 mg/dL or less", "Serum IgG is below 400 mg/dL"),
            ("When", "A", None),
            ("When", None, "B"),
        ])
    }  # fmt: skip


def test_the_only_rules_of_an_action_on_a_subject_belong_together() -> None:
    found = differing(("old", rule("all: [a]", "before")), ("new", rule("all: [a]", "after")))
    assert found == {"before": ("same", "after", [])}


def test_rules_that_could_belong_to_several_are_not_paired() -> None:
    found = differing(
        ("old", rule("all: [a]", "before")), ("new", rule("all: [a]", "one")), ("new", rule("all: [b]", "two"))
    )
    assert {name: state for name, (state, _, _) in found.items()} == {"before": "gone", "one": "new", "two": "new"}
    two = [("old", rule("all: [a]", "before")), ("old", rule("all: [b]", "other"))]
    found = differing(*two, ("new", rule("all: [a]", "one")), ("new", rule("all: [b]", "two")))
    assert {state for state, _, _ in found.values()} == {"gone", "new"}


def test_a_rule_for_and_a_rule_against_are_not_paired() -> None:
    found = differing(("old", rule("all: [a]", "before")), ("new", rule("all: [a]", "after", action="avoid")))
    assert {state for state, _, _ in found.values()} == {"gone", "new"}


def test_every_replaced_position_of_the_library_is_compared_with_its_successor() -> None:
    found = successions(LIBRARY.topics.values(), LIBRARY.wording)
    pairs = [(older, p.id) for t in LIBRARY.topics.values() for p in t.positions.values() for older in p.supersedes]
    assert sorted((each.old.id, each.new.id) for each in found) == sorted(pairs)
    mmn = next(each for each in found if each.old.id == "efns-pns-mmn-2006")
    pair = mmn.of("dosing", "maintenance-2")
    assert pair is not None
    assert ("Dose", "2 g/kg of actual weight every 4 to 8 weeks", "2 g/kg of actual weight every 1 to 2 months") in [
        (each.what, each.old, each.new) for each in pair.differs
    ]
