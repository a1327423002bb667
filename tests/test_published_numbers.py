"""Every number on a topic page against the model: the built HTML is read again, and each rule's limits, each dose, each
dose in grams and each part of the map of agreement is worked out anew from what stands there.

The words are read back by a table of this file's own, not by the module that wrote them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import pytest
from test_site import LIBRARY, Element, by_id, read

from igguide.evaluate import PositionResult, RuleResult
from igguide.model import (
    AgeComparison,
    Comparison,
    Condition,
    Dosing,
    Named,
    Position,
    TimeSince,
    Topic,
    direction,
    lines_of,
)
from igguide.quantity import spoken

NUMBER = r"-?\d+(?:\.\d+)?"
# What stands around a number, and the operator it is: longer forms first, so that none is read as part of another.
LIMITS = {
    rf"less than ({NUMBER}) (\S+(?: \S+)?) ago": "<",
    rf"more than ({NUMBER}) (\S+(?: \S+)?) ago": ">",
    rf"exactly ({NUMBER}) (\S+(?: \S+)?) ago": "=",
    rf"({NUMBER}) (\S+(?: \S+)?) ago or less": "<=",
    rf"({NUMBER}) (\S+(?: \S+)?) ago or more": ">=",
    rf" is below ({NUMBER})(?: (.+))?": "<",
    rf" is above ({NUMBER})(?: (.+))?": ">",
    rf" is exactly ({NUMBER})(?: (.+))?": "=",
    rf" is ({NUMBER})(?: (.+))? or less": "<=",
    rf" is ({NUMBER})(?: (.+))? or more": ">=",
}


class Limit(NamedTuple):
    operator: str
    number: Decimal
    unit: str


def limit_in(words: str) -> Limit | None:
    """Return the limit that the words of one line state."""
    for form, operator in LIMITS.items():
        if found := re.search(rf"{form}$", words):
            return Limit(operator, Decimal(found[1]), found[2] or "")
    return None


def limits_of(condition: Condition | None, position: Position) -> Iterator[Limit]:
    """Yield the limits of a condition, those of its criteria included; a grade is spelled out elsewhere."""
    for line in lines_of(condition):
        if isinstance(line, Named):
            yield from limits_of(position.criteria[line.criterion].when, position)
        elif isinstance(line, Comparison | AgeComparison | TimeSince):
            number = Decimal(line.number)
            yield Limit(line.operator, number, spoken(line.unit, number))


def items(element: Element) -> Iterator[str]:
    """Yield the words of each list item that stand outside the lists inside it."""
    for item in element.all():
        if item.tag == "li":
            own = [p if isinstance(p, str) else p.text for p in item.parts if isinstance(p, str) or p.tag != "ul"]
            words = " ".join(" ".join(own).split())
            yield words.split(": ", 1)[1] if words.startswith("Not if: ") else words


def shown_limits(section: Element) -> Counter[Limit]:
    """Return the limits that a rule's section shows under its conditions."""
    lists = [part for part in section.all() if part.attributes.get("class") == "when"]
    return Counter(limit for each in lists for words in items(each) if (limit := limit_in(words)) is not None)


def limits_that_differ(page: Element, position: Position) -> list[str]:
    """Return the rules of a position whose section on the page shows other limits than the model holds."""
    return [
        f"{position.address}/{rule.id}"
        for rule in position.recommendations.values()
        if shown_limits(by_id(page, f"{position.id}--{rule.id}"))
        != Counter([*limits_of(rule.when, position), *limits_of(rule.especially_when, position)])
    ]


# --- doses ---


def numbers(words: str) -> list[Decimal]:
    return [Decimal(found) for found in re.findall(rf"(?<![\w.⁹]){NUMBER}(?![\w.])", words)]


def numbers_of(dosing: Dosing) -> list[Decimal]:
    """Return the numbers that a dosing states, in the order in which it is read aloud; `until` left out."""
    found: list[Decimal] = []

    def take(*ends: Decimal | int | None) -> None:
        found.extend(dict.fromkeys(Decimal(end) for end in ends if end is not None))

    if dosing.give:
        take(dosing.give.low, dosing.give.high)
    if dosing.times and dosing.times != (1, 1):
        take(*dosing.times)
    for span in (dosing.over, dosing.every, dosing.length):
        if span and not (span is dosing.every and span.low == span.high == 1):
            take(span.low, span.high)
    take(dosing.round_to)
    if dosing.at_most:
        take(dosing.at_most.low, dosing.at_most.high)
    return found


def doses_that_differ(page: Element, position: Position) -> list[str]:
    """Return the doses whose article states other numbers than the model, their own sentence before any other's."""
    found = []
    for dosing in position.dosing.values():
        article = by_id(page, f"{position.id}--dose--{dosing.id}")
        stated = next(part.text for part in article.all() if part.attributes.get("class") == "dose")
        wanted = numbers_of(dosing)
        if numbers(stated)[: len(wanted)] != wanted:
            found.append(f"{position.address}/{dosing.id}: {numbers(stated)} for {wanted}")
    return found


SIZE = {"ug": Fraction(1, 10**6), "mg": Fraction(1, 1000), "g": Fraction(1), "kg": Fraction(1000)}


def grams(dosing: Dosing, weight: int, *, low: bool) -> Fraction | None:
    """Return an end of a dose for a weight, by plain fractions: times the weight, to the nearest step, not above the limit."""
    end = None if dosing.give is None else dosing.give.low if low else dosing.give.high
    unit = (dosing.give_unit or "").removesuffix("/kg")
    if end is None or unit not in SIZE:
        return None
    amount = Fraction(end) * weight * SIZE[unit]
    if dosing.round_to is not None:
        step = Fraction(dosing.round_to) * SIZE[dosing.round_unit or ""]
        amount = ((amount / step * 2 + 1) // 2) * step
    if dosing.at_most is not None and dosing.at_most.high is not None:
        per, _, kg = (dosing.at_most_unit or "").partition("/")
        amount = min(amount, Fraction(dosing.at_most.high) * SIZE[per] * (weight if kg else 1))
    return amount


def grams_that_differ(page: Element, position: Position) -> list[str]:
    """Return the fields of the dose tables of a position that say another amount than its dose makes."""
    found = []
    for row in rows_of(page, "doses", f"#{position.id}--dose--"):
        link = next(part for part in row.all() if part.tag == "a").attributes["href"]
        dosing = position.dosing[link.removeprefix(f"#{position.id}--dose--")]
        for cell in (part for part in row.parts if isinstance(part, Element) and part.tag == "td"):
            weight, *rest = re.findall(rf"{NUMBER}|[^\d\s]+", cell.text)
            stated = re.fullmatch(
                rf"\S+ kg (?:about )?({NUMBER})(?: to ({NUMBER}))? (ug|mg|g)(?: \(the most\))?", cell.text
            )
            wanted = [grams(dosing, int(weight), low=low) for low in (True, False)]
            if "–" in rest or wanted[0] is None:
                continue
            if stated is None:
                found.append(f"{position.address}/{dosing.id}: {cell.text}")
                continue
            shown = [Fraction(end) * SIZE[stated[3]] for end in (stated[1], stated[2] or stated[1])]
            if any(abs(a - (b or 0)) > Fraction(1, 20) for a, b in zip(shown, wanted, strict=True)):
                found.append(f"{position.address}/{dosing.id}: {cell.text}, not {[float(w or 0) for w in wanted]} g")
    return found


def rows_of(page: Element, table: str, link: str) -> Iterator[Element]:
    """Yield the rows of the tables of a class whose heading leads to a place."""
    for each in page.all():
        if each.tag == "table" and table in each.attributes.get("class", "").split():
            for row in each.all():
                first = next((part for part in row.all() if row.tag == "tr" and part.tag == "a"), None)
                if first is not None and first.attributes["href"].startswith(link):
                    yield row


# --- the map of agreement ---

PARTS: dict[str, Callable[[Decimal, Decimal], list[tuple[Decimal, bool]]]] = {
    r"below (A)": lambda a, _: [(a - _step(a), True), (a, False)],
    r"(A) or less": lambda a, _: [(a, True), (a + _step(a), False)],
    r"above (A)": lambda a, _: [(a, False), (a + _step(a), True)],
    r"(A) or more": lambda a, _: [(a, True), (a - _step(a), False)],
    r"exactly (A)": lambda a, _: [(a, True)],
    r"from (A) to below (A)": lambda a, b: [(a, True), (b, False)],
    r"from (A) up to and including (A)": lambda a, b: [(a, True), (b, True)],
    r"above (A) to below (A)": lambda a, b: [(a, False), (b, False)],
    r"above (A) up to and including (A)": lambda a, b: [(a, False), (b, True)],
}


def _step(at: Decimal) -> Decimal:
    return abs(at) / 1000


def values_in(label: str, unit: str) -> list[Decimal] | None:
    """Return values that a label of the map holds, its own ends among them where it includes them."""
    amount = rf"({NUMBER}) {re.escape(unit)}"
    for form, ends in PARTS.items():
        if found := re.fullmatch(form.replace("(A)", amount), label, re.I):
            a, b = Decimal(found[1]), Decimal(found[found.re.groups])
            inside = [(a + b) / 2] if a != b else []
            return [value for value, held in ends(a, b) if held] + inside
    return None


def states_that_differ(page: Element, topic: Topic) -> list[str]:
    """Return the stretches of a topic's map that say what the interpreter does not, on values that they hold."""
    found = []
    for link, label, state, listed in stretches(page):
        position = topic.positions[link]
        fact = next(
            (f for f in LIBRARY.facts.values() if f.kind == "quantity" and not f.age_from and f.name == axis_of(page)),
            None,
        )
        values = values_in(label, spoken(fact.unit or "")) if fact else None
        for value in values or []:
            record = {fact.name: f"{value} {fact.unit}"} if fact else {}
            result = LIBRARY.evaluate(record, as_of="2026-06-15", topics=[topic.id]).topics[0].positions
            answers = [r for r in result if r.position.id == link]
            if answers and not fits(state, topic, answers[0].rules.values()):
                found.append(f"{topic.id}: {position.id} {label} says {state}, not so at {value}")
            if answers and listed != possible_rules(topic, answers[0]):
                found.append(f"{topic.id}: {position.id} {label} lists other rules than may hold at {value}")
    return found


def possible_rules(topic: Topic, result: PositionResult) -> set[str]:
    return {
        name
        for name, each in result.rules.items()
        if each.rule.about == topic.about and direction(each.rule.action) != "neither" and each.holds != "no"
    }


def fits(state: str, topic: Topic, rules: Iterable[RuleResult]) -> bool:
    """Return whether what the interpreter answers can be so described: what may be is open, what says nothing is not."""
    possible = {
        direction(each.rule.action) for each in rules if each.rule.about == topic.about and each.holds != "no"
    } - {"neither"}
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


def stretches(page: Element) -> Iterator[tuple[str, str, str, set[str]]]:
    """Yield the position, the values, the state and the rules of each field of the map's table."""
    for table in page.all():
        if table.tag == "table" and table.attributes.get("aria-labelledby") == "map-of-agreement":
            for row in (part for part in table.all() if part.tag == "tr"):
                link = next((part.attributes["href"][1:] for part in row.all() if part.tag == "a"), "")
                for cell in (part for part in row.parts if isinstance(part, Element) and part.tag == "td"):
                    label = next(part.text for part in cell.all() if part.attributes.get("class") == "label")
                    state = next(part.text for part in cell.all() if part.tag == "strong")
                    links = [part.attributes["href"] for part in cell.all() if part.tag == "a"]
                    yield link, label.rstrip(":"), state, {each.split("--", 1)[1] for each in links}


# --- the pages ---

TOPICS = list(LIBRARY.topics.values())


@pytest.fixture(scope="module")
def topic_pages(site: Path) -> dict[str, Element]:
    return {topic.id: read(site / "topics" / f"{topic.id}.html").root for topic in TOPICS}


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.id)
def test_limits_doses_grams_and_map_on_a_page_are_those_of_the_model(
    topic: Topic, topic_pages: dict[str, Element]
) -> None:
    page = topic_pages[topic.id]
    for position in topic.positions.values():
        assert limits_that_differ(page, position) == []
        assert doses_that_differ(page, position) == []
        assert grams_that_differ(page, position) == []
    assert states_that_differ(page, topic) == []


def test_the_crawler_reads_enough_to_mean_something(topic_pages: dict[str, Element]) -> None:
    rules = [(p, r) for t in TOPICS for p in t.positions.values() for r in p.recommendations.values()]
    seen = sum(sum(shown_limits(by_id(topic_pages[p.topic], f"{p.id}--{r.id}")).values()) for p, r in rules)
    tables = [
        part for page in topic_pages.values() for part in page.all() if "doses" in part.attributes.get("class", "")
    ]
    said = [each for page in topic_pages.values() for each in stretches(page)]
    assert seen > 100
    assert len(tables) > 20
    assert len(said) > 60


# --- faults, planted ---


def planted(site: Path, tmp_path: Path, topic: str, old: str, new: str) -> Element:
    """Return the page of a topic with one piece of its HTML changed."""
    text = (site / "topics" / f"{topic}.html").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "page.html").write_text(text.replace(old, new), encoding="utf-8")
    return read(tmp_path / "page.html").root


CAR_T = LIBRARY.topics["car-t-igg-replacement"]
HILL = CAR_T.positions["hill-2019"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<li>Serum IgG is 400 mg/dL or less</li>", "<li>Serum IgG is 401 mg/dL or less</li>"),
        ("<li>Serum IgG is 400 mg/dL or less</li>", "<li>Serum IgG is below 400 mg/dL</li>"),
        ("<li>Serum IgG is 400 mg/dL or less</li>", "<li>Serum IgG is 400 mg/L or less</li>"),
        ("<li>Serum IgG is 400 mg/dL or less</li>", ""),
        ("more than 3 months ago", "more than 4 months ago"),
    ],
)
def test_a_limit_that_is_changed_or_lost_is_found(old: str, new: str, site: Path, tmp_path: Path) -> None:
    assert limits_that_differ(planted(site, tmp_path, CAR_T.id, old, new), HILL)


def test_a_dose_and_its_grams_that_are_changed_are_found(site: Path, tmp_path: Path) -> None:
    position = next(
        p
        for t in TOPICS
        for p in t.positions.values()
        if any(
            d.give_unit == "g/kg" and d.by == "actual_weight" and d.give and d.give.exact == 1
            for d in p.dosing.values()
        )
    )
    text = (site / "topics" / f"{position.topic}.html").read_text(encoding="utf-8")
    changed = planted(site, tmp_path, position.topic, ">1 g/kg of actual weight", ">2 g/kg of actual weight")
    assert doses_that_differ(changed, position)
    assert ">40 g<" in text
    assert grams_that_differ(planted(site, tmp_path, position.topic, ">40 g<", ">41 g<"), position)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Below 400 mg/dL:</span>", "400 mg/dL or less:</span>"),
        ("400 mg/dL or less:</span>", "Above 400 mg/dL:</span>"),
        ("<strong>no rule holds</strong>", "<strong>for, if more holds</strong>"),
    ],
)
def test_a_part_of_the_map_that_says_something_else_is_found(old: str, new: str, site: Path, tmp_path: Path) -> None:
    assert states_that_differ(planted(site, tmp_path, CAR_T.id, old, new), CAR_T)


def test_words_are_read_back_as_the_limit_they_state() -> None:
    assert limit_in("Serum IgG is below 400 mg/dL") == Limit("<", Decimal(400), "mg/dL")
    assert limit_in("CAR-T infusion was 90 days ago or less") == Limit("<=", Decimal(90), "days")
    assert limit_in("Recurrent infections") is None
