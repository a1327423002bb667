"""Every number on the published pages, read back from the HTML and held to the model; with faults that must be seen.

`crawler.py` reads the pages of topics, products and facts. What the map of agreement says is asked of the interpreter
here, at values that each of its stretches holds.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from crawler import (
    DOSE,
    UNIT_WORDS,
    FactsPage,
    Fault,
    Model,
    N,
    ProductsPage,
    TopicPage,
    U,
    claims_in,
)
from test_site import LIBRARY, Element, read

from igguide.dates import add
from igguide.evaluate import PositionResult, RuleResult
from igguide.model import Fact, IsOption, Position, Topic, direction, lines_of
from igguide.yaml_reader import read_document

ROOT = Path(__file__).parents[1]
DAY = max(c.on for t in LIBRARY.topics.values() for p in t.positions.values() for c in p.history)
MODEL = Model(LIBRARY)
TOPICS = list(LIBRARY.topics.values())


def titles_of_examples() -> dict[str, list[str]]:
    found = {}
    for topic in TOPICS:
        for position in topic.positions.values():
            file = ROOT / "guidelines" / topic.id / f"{position.id}.examples.yaml"
            data = read_document(file)[0].data if file.is_file() else {"examples": []}
            found[position.address] = [example["title"] for example in data["examples"]]
    return found


CASES = titles_of_examples()

# --- the map of agreement ---


class End(NamedTuple):
    """An end of a stretch of the map: the number, its unit, whether it belongs to the stretch, and which end it is."""

    number: Decimal
    unit: str
    held: bool
    low: bool


FORMS: dict[str, list[tuple[bool, bool]]] = {  # for each end: whether it is held, whether it is the lower one
    rf"below {N} {U}": [(False, False)],
    rf"{N} {U} or less": [(True, False)],
    rf"above {N} {U}": [(False, True)],
    rf"{N} {U} or more": [(True, True)],
    rf"exactly {N} {U}": [(True, True)],
    rf"from {N} {U} to below {N} {U}": [(True, True), (False, False)],
    rf"from {N} {U} up to and including {N} {U}": [(True, True), (True, False)],
    rf"above {N} {U} to below {N} {U}": [(False, True), (False, False)],
    rf"above {N} {U} up to and including {N} {U}": [(False, True), (True, False)],
}


def ends_of(label: str) -> list[End]:
    """Return the ends of a stretch as its label states them; none for "any value"."""
    for form, ends in FORMS.items():
        if found := re.fullmatch(form, label, re.IGNORECASE):
            return [End(Decimal(found[2 * i + 1]), UNIT_WORDS[found[2 * i + 2]], *each) for i, each in enumerate(ends)]
    assert label.lower() == "any value", label
    return []


def records_in(label: str, fact: Fact) -> list[dict[str, Any]]:
    """Return records whose value lies in a stretch: at its ends where they belong to it, just inside where they do not."""
    if fact.kind == "yes-no":
        answer = label.lower().rpartition(": ")[2]
        assert label.lower() in ("any value", f"{fact.title.lower()}: {answer}"), label
        return [] if label.lower() == "any value" else [{fact.name: answer}]
    if fact.options:
        named = {title.lower() for title in label.split("; ")}
        found = [name for name, option in fact.options.items() if option.title.lower() in named]
        assert found or named <= {"any other", "any value"}, label
        return [{fact.name: [name] if fact.kind == "choices" else name} for name in found]
    return [record for end in ends_of(label) if (record := record_at(end, fact)) is not None]


def record_at(end: End, fact: Fact) -> dict[str, Any] | None:
    inwards = 0 if end.held else 1 if end.low else -1
    if fact.kind in ("date", "events"):
        day = add(DAY, -int(end.number), end.unit) - timedelta(days=inwards)
        return {fact.name: day.isoformat() if fact.kind == "date" else [{"on": day.isoformat()}]}
    number = end.number + (inwards if fact.age_from else inwards * abs(end.number) / 1000)
    words = {"a": "years", "mo": "months", "wk": "weeks", "d": "days"}
    return None if number < 0 else {fact.name: f"{number} {words[end.unit] if fact.age_from else end.unit}"}


def states_that_differ(page: Element, topic: Topic) -> list[str]:
    """Return the stretches of a topic's map that say what the interpreter does not, on values that they hold."""
    found = []
    for link, about, label, state, listed in stretches(page, topic):
        for record in records_in(label, LIBRARY.facts[axis_of(page) or ""]):
            result = LIBRARY.evaluate(record, as_of=DAY.isoformat(), topics=[topic.id]).topics[0].positions
            answers = [each for each in result if each.position.id == link]
            if len(answers) != 1:
                found.append(f"{topic.id}: {link} is not in force on {DAY}")
            elif state == "not for these patients" and not_licensed(topic.positions[link], record):
                continue
            elif not fits(state, about, answers[0].rules.values()):
                found.append(f"{topic.id}: {link} {label} says {state}, not so for {record}")
            elif listed != possible_rules(about, answers[0]):
                found.append(f"{topic.id}: {link} {label} lists other rules than may hold for {record}")
    return found


def not_licensed(position: Position, record: dict[str, Any]) -> bool:
    """Return whether a source is for one product alone, which the labels do not give by the route of a record."""
    products = [
        line.options
        for line in lines_of(position.applies_when)
        if isinstance(line, IsOption) and line.fact == "immunoglobulin_product"
    ]
    route = record.get("immunoglobulin_route")
    return bool(route and products) and all(route not in LIBRARY.products[name].routes for name in products[0])


def possible_rules(about: str | None, result: PositionResult) -> set[str]:
    return {
        name
        for name, each in result.rules.items()
        if each.rule.about == about and direction(each.rule.action) != "neither" and each.holds != "no"
    }


def fits(state: str, about: str | None, rules: Iterable[RuleResult]) -> bool:
    """Return whether what the interpreter answers can be so described: what may be is open, what says nothing is not."""
    possible = {direction(each.rule.action) for each in rules if each.rule.about == about and each.holds != "no"} - {
        "neither"
    }
    wanted = {
        "for": {"for"},
        "for, if more holds": {"for"},
        "against": {"against"},
        "against, if more holds": {"against"},
        "no rule holds": set(),
        "says nothing": set(),
        "not for these patients": set(),
    }
    return (
        state not in wanted or wanted[state] == possible or (state in ("for", "against") and wanted[state] <= possible)
    )


def axis_of(page: Element) -> str | None:
    section = next((part for part in page.all() if part.attributes.get("data-axis")), None)
    return section.attributes["data-axis"] if section else None


def stretches(page: Element, topic: Topic) -> Iterator[tuple[str, str | None, str, str, set[str]]]:
    """Yield the position, the matter, the values, the state and the rules of each field of the map's table."""
    for table in page.all():
        if table.tag == "table" and table.attributes.get("aria-labelledby") == "map-of-agreement":
            for row in (part for part in table.all() if part.tag == "tr"):
                link = next((part.attributes["href"][1:] for part in row.all() if part.tag == "a"), "")
                matters = [part.attributes["data-about"] for part in row.all() if "data-about" in part.attributes]
                about = matters[0] if matters else topic.about
                for cell in (part for part in row.parts if isinstance(part, Element) and part.tag == "td"):
                    label = next(part.text for part in cell.all() if part.attributes.get("class") == "label")
                    state = next(part.text for part in cell.all() if part.tag == "strong")
                    links = [part.attributes["href"] for part in cell.all() if part.tag == "a"]
                    yield link, about, label.rstrip(":"), state, {each.split("--", 1)[1] for each in links}


# --- the pages ---


@pytest.fixture(scope="module")
def topic_pages(site: Path) -> dict[str, Element]:
    return {topic.id: read(site / "topics" / f"{topic.id}.html").root for topic in TOPICS}


def faults_of(topic: Topic, page: Element) -> list[Fault]:
    return TopicPage(f"topics/{topic.id}.html", page, topic, MODEL, CASES, DAY.isoformat()).faults()


def stamp() -> list[str]:
    return [LIBRARY.version, LIBRARY.digest[:19], LIBRARY.digest, DAY.isoformat()]


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.id)
def test_every_number_on_the_page_of_a_topic_is_the_models(topic: Topic, topic_pages: dict[str, Element]) -> None:
    assert [str(fault) for fault in faults_of(topic, topic_pages[topic.id])] == []


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.id)
def test_the_map_says_what_the_interpreter_answers(topic: Topic, topic_pages: dict[str, Element]) -> None:
    assert states_that_differ(topic_pages[topic.id], topic) == []


def test_every_number_on_the_page_of_the_products_is_the_models(site: Path) -> None:
    page = ProductsPage("products.html", read(site / "products.html").root, MODEL, stamp())
    assert [str(fault) for fault in page.faults()] == []


def test_every_limit_formula_and_table_on_the_page_of_the_facts_is_the_models(site: Path) -> None:
    page = FactsPage("facts.html", read(site / "facts.html").root, MODEL)
    assert [str(fault) for fault in page.faults()] == []


def test_the_crawler_reads_enough_to_mean_something(topic_pages: dict[str, Element]) -> None:
    kinds = {"quantity": 0, "age": 0, "time": 0}
    for name, page in topic_pages.items():
        fact = LIBRARY.facts.get(axis_of(page) or "")
        if fact is not None and fact.kind in ("quantity", "date", "events"):
            kind = "age" if fact.age_from else "quantity" if fact.kind == "quantity" else "time"
            kinds[kind] += len(list(stretches(page, LIBRARY.topics[name])))
    assert min(kinds.values()) > 5, kinds
    assert sum(len(list(spots(page))) for page in topic_pages.values()) > 10_000


# --- faults, planted ---


class Spot(NamedTuple):
    """A number in the text of a page: the element, which of its parts, and where in the part."""

    element: Element
    part: int
    start: int
    end: int


def spots(element: Element) -> Iterator[Spot]:
    """Yield every number in the visible text of a page."""
    if element.tag in ("script", "style"):
        return
    for index, part in enumerate(element.parts):
        if isinstance(part, str):
            yield from (Spot(element, index, m.start(), m.end()) for m in re.finditer(r"\d+(?:\.\d+)?", part))
        else:
            yield from spots(part)


def replaced(spot: Spot, new: str) -> Callable[[], None]:
    """Put another text in the place of a number, and return what puts it back."""
    old = spot.element.parts[spot.part]
    assert isinstance(old, str)
    spot.element.parts[spot.part] = old[: spot.start] + new + old[spot.end :]

    def back() -> None:
        spot.element.parts[spot.part] = old

    return back


def test_no_number_can_be_changed_without_being_found(topic_pages: dict[str, Element]) -> None:
    """A number in a hundred, anywhere on the pages of some topics, changed in its last figure."""
    chance, missed, tried = random.Random(5), [], 0
    for topic in (*chance.sample(TOPICS, 6), CAR_T):
        page = topic_pages[topic.id]
        every = list(spots(page))
        for spot in chance.sample(every, max(6, len(every) // 100)):
            text = str(spot.element.parts[spot.part])
            number = text[spot.start : spot.end]
            back = replaced(spot, number[:-1] + ("8" if number[-1] != "8" else "3"))
            missed += [] if faults_of(topic, page) else [f"{topic.id}: {number} in {text}"]
            back()
            tried += 1
    assert tried > 40
    assert missed == []


CAR_T = LIBRARY.topics["car-t-igg-replacement"]

# Each: what stands on some page of a topic, what is put there instead, and what must be said of it.
PLANTED: list[tuple[str, str, str]] = [
    ("<li>Serum IgG is 400 mg/dL or less</li>", "<li>Serum IgG is 401 mg/dL or less</li>", "when: shows serum igg <= 401 mg/dL"),
    ("<li>Serum IgG is 400 mg/dL or less</li>", "<li>Serum IgG is below 400 mg/dL</li>", "and lacks serum igg <= 400 mg/dL"),
    ("<li>Serum IgG is 400 mg/dL or less</li>", "<li>Serum IgG is 400 mg/L or less</li>", "when: shows serum igg <= 400 mg/L"),
    ("<li>Serum IgG is 400 mg/dL or less</li>", "<li>Serum IgA is 400 mg/dL or less</li>", "when: shows serum iga <= 400 mg/dL"),
    ("<li>Serum IgG is 400 mg/dL or less</li>", "", "when: lacks serum igg <= 400 mg/dL"),
    ("<li>Age is 18 years or more</li>", "<li>Age is 18 months or more</li>", "shows age >= 18 mo and lacks age >= 18 a"),
    ("more than 3 months ago", "more than 4 months ago", "> ago 4 mo"),
    ("more than 3 months ago", "3 months ago or more", ">= ago 3 mo"),
    ("at least twice", "at least 3 times", "count >= 3"),
    ("twice in the last 12 months", "twice in the last 11 months", "within 11 mo"),
    ("points or more", "years or more", "{score}"),
    ('<p class="dose">0.4 g/kg of', '<p class="dose">0.5 g/kg of', "dose: shows amount 0.5 g/kg and lacks amount 0.4 g/kg"),
    ('<p class="dose">0.4 g/kg of', '<p class="dose">0.4 mg/kg of', "dose: shows amount 0.4 mg/kg"),
    (" every 4 weeks</p>", " every 5 weeks</p>", "dose: shows every 5 wk and lacks every 4 wk"),
    (" every day for 5 days</p>", " every day for 6 days</p>", "dose: shows for 6 d and lacks for 5 d"),
    (" over 2 to 5 days</p>", " over 2 to 6 days</p>", "dose: shows over 2 to 6 d"),
    (" once</p>", "</p>", "dose: lacks times 1"),
    ("1 to 2 times", "1 to 3 times", "shows times 1 to 3 and lacks times 1 to 2"),
    ("at most 800 mg each time", "at most 900 mg each time", "shows amount <= 900 mg and lacks amount <= 800 mg"),
    ("rounded to the nearest 5 g", "rounded to the nearest 10 g", "shows round_to 10 g and lacks round_to 5 g"),
    ("<dd>every month</dd>", "<dd>every 2 months</dd>", "how often: shows every 2 mo and lacks every 1 mo"),
    (">after 3 months<", ">after 4 months<", "its timeline"),
    (">&lt; 400 mg/dL<", ">&lt; 300 mg/dL<", "its picture shows"),
    ("severe: &lt; 200 mg/dL", "severe: &lt; 250 mg/dL", "its picture in words shows"),
    ("Severe is IgG below 200,", "Severe is IgG below 250,", "lacks: Severe is IgG below 200,"),
    ("version 1.0.0, draft", "version 1.1.0, draft", "lacks: version 1.0.0"),
    ("<time>2026-11-2", "<time>2025-11-2", "Unchanged since the first encoding"),
    (">40 g<", ">41 g<", "not [40.0, 40.0] g"),
    ("<th role=\"columnheader\" scope=\"col\">40 kg</th>", "<th role=\"columnheader\" scope=\"col\">50 kg</th>", "a row of doses is for"),
    ("doi:10.", "doi:11.", "a number that nothing accounts for"),
    ("</main>", "<p>400 mg/dL</p></main>", "a number that nothing accounts for in <p>: 400 mg/dL"),
    ("</main>", '<article id="new--rule"></article></main>', "new--rule: is no part of the model"),
    ("about 148.6 g", "about 148.5 g", "is shown as about 148.5 g"),
    ("<dd>175 cm</dd>", "<dd>176 cm</dd>", "and shown as"),
]  # fmt: skip


@pytest.fixture(scope="module")
def topic_texts(site: Path) -> dict[str, str]:
    return {topic.id: (site / "topics" / f"{topic.id}.html").read_text(encoding="utf-8") for topic in TOPICS}


def read_text(text: str, tmp_path: Path) -> Element:
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    return read(tmp_path / "page.html").root


@pytest.mark.parametrize(("old", "new", "said"), PLANTED)
def test_a_planted_fault_is_told_with_its_page_and_its_part(
    old: str, new: str, said: str, topic_texts: dict[str, str], tmp_path: Path
) -> None:
    topic = next(topic for topic in (CAR_T, *TOPICS) if old in topic_texts[topic.id])
    found = [str(f) for f in faults_of(topic, read_text(topic_texts[topic.id].replace(old, new), tmp_path))]
    assert any(said in fault for fault in found), found
    assert all(fault.startswith(f"topics/{topic.id}.html ") for fault in found)


def test_a_rule_that_is_dropped_is_told(topic_texts: dict[str, str], tmp_path: Path) -> None:
    text = topic_texts[CAR_T.id]
    position = CAR_T.positions["hill-2019"]
    for rule in position.recommendations:
        start = text.index('<article class="rule', text.index(f'<a href="#hill-2019--{rule}"'))
        start = text.rindex("<article", 0, text.index(f' id="hill-2019--{rule}"'))
        without = text[:start] + text[text.index("</article>", start) + len("</article>") :]
        found = [str(fault) for fault in faults_of(CAR_T, read_text(without, tmp_path))]
        assert f"topics/{CAR_T.id}.html {position.address}/{rule}: is not on the page" in found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Below 400 mg/dL:</span>", "400 mg/dL or less:</span>"),
        ("400 mg/dL or less:</span>", "Above 400 mg/dL:</span>"),
        ("<strong>no rule holds</strong>", "<strong>for, if more holds</strong>"),
        ("18 years or more:</span>", "Below 18 years:</span>"),
        ("days:</span>", "years:</span>"),
    ],
)
def test_a_part_of_the_map_that_says_something_else_is_found(
    old: str, new: str, topic_texts: dict[str, str], tmp_path: Path
) -> None:
    topic = next(topic for topic in (CAR_T, *TOPICS) if old in topic_texts[topic.id])
    page = read_text(topic_texts[topic.id].replace(old, new), tmp_path)
    assert [*states_that_differ(page, topic), *faults_of(topic, page)]


# --- products and facts ---


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (" mg/kg/min (", " mg/kg/h (", "mg/kg/h"),
        (
            "<td>100 mg/mL</td>",
            "<td>50 mg/mL</td>",
            "contents-compared: shows amount 50 mg/mL and lacks amount 100 mg/mL",
        ),
        ("<td>at most 25 ug/mL</td>", "<td>at most 52 ug/mL</td>", "amount <= 52 ug/mL"),
        (" and 40 g</td>", " and 45 g</td>", "shows amount 45 g and lacks amount 40 g"),
        ("<td>8 mg/kg/min</td>", "<td>9 mg/kg/min</td>", "rates-compared: shows amount 9 mg/kg/min"),
        (" for 30 minutes</td>", " for 40 minutes</td>", "rates-compared: shows for 40 min and lacks for 30 min"),
        ("<dt>Highest rate</dt><dd>8 ", "<dt>Highest rate</dt><dd>7 ", "Highest rate: shows"),
        ("<dt>Starts at</dt><dd>0.5 ", "<dt>Starts at</dt><dd>0.6 ", "Starts at: shows"),
        ("<dt>Dose</dt><dd>200-800", "<dt>Dose</dt><dd>200-900", "lacks 200-800"),
        ("</main>", "<p>12 mg</p></main>", "a number that nothing accounts for in <p>: 12 mg"),
    ],
)
def test_a_planted_fault_on_the_page_of_the_products_is_told(
    old: str, new: str, said: str, site: Path, tmp_path: Path
) -> None:
    text = (site / "products.html").read_text(encoding="utf-8")
    start = max(text.rfind(">", 0, text.find(old)), 0)
    assert old in text
    page = ProductsPage(
        "products.html", read_text(text[:start] + text[start:].replace(old, new, 1), tmp_path), MODEL, stamp()
    )
    found = [str(fault) for fault in page.faults()]
    assert any(said in fault for fault in found), found


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("<code>1.37 * previous", "<code>1.73 * previous", "is worked out as ['1.73 * previous"),
        ("2.3 kg *", "2.5 kg *", "is worked out as"),
        ("<dt>Usable for</dt><dd>90 days", "<dt>Usable for</dt><dd>60 days", "Usable for: shows for 60 d and lacks for 90 d"),
        ("<dt>Plausible</dt><dd>0 to ", "<dt>Plausible</dt><dd>1 to ", "Plausible: shows"),
        ("<td>700</td>", "<td>701</td>", "is 701 from"),
        (" below 2 years</th>", " below 3 years</th>", "") ,
        (", in mg/dL</dd>", ", in g/L</dd>", "is in g/L for mg/dL"),
        (": at least 2;", ": at least 3;", "Follows from: shows at least 3"),
    ],
)  # fmt: skip
def test_a_planted_fault_on_the_page_of_the_facts_is_told(
    old: str, new: str, said: str, site: Path, tmp_path: Path
) -> None:
    text = (site / "facts.html").read_text(encoding="utf-8")
    assert old in text
    page = FactsPage("facts.html", read_text(text.replace(old, new, 1), tmp_path), MODEL)
    assert any(said in str(fault) for fault in page.faults())


# --- how words are read ---


@pytest.mark.parametrize(
    ("words", "claims"),
    [
        ("Serum IgG is below 400 mg/dL", ["< 400 mg/dL"]),
        ("CAR-T infusion was 90 days ago or less", ["<= ago 90 d"]),
        ("Recurrent infections", []),
        ("at least twice in the last 12 months", ["count >= 2", "within 12 mo"]),
        ("0.4 g/kg of actual weight every day for 5 days, at most 100 g", ["amount 0.4 g/kg", "amount <= 100 g", "every 1 d", "for 5 d"]),
        ("2 g/kg over 2 to 5 days; then 1 g/kg once", ["amount 1 g/kg", "amount 2 g/kg", "over 2 to 5 d", "times 1"]),
        ("below 30 × 10⁹/L", ["amount < 30 10*9/L"]),
    ],
)  # fmt: skip
def test_words_are_read_back_as_what_they_state(words: str, claims: list[str]) -> None:
    assert sorted(str(claim) for claim in claims_in(words, DOSE)[0]) == claims
