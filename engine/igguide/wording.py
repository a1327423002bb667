"""The one place that turns conditions, findings and answers into phrases, for terminal, pages and JSON alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from .chart import Event, in_unlike_unit
from .dates import written
from .evaluate import Dose, GradeResult
from .findings import Finding
from .model import (
    AgeComparison,
    Amount,
    Citation,
    Comparison,
    Condition,
    CountOf,
    Dosing,
    Fact,
    FactComparison,
    Grade,
    GradeIs,
    Group,
    IgA,
    IsOption,
    Line,
    Named,
    Planned,
    Position,
    Recorded,
    RiskRate,
    Source,
    Span,
    TimeSince,
    YesNo,
    direction,
    speed,
)
from .quantity import (
    BODY,
    CHARTED,
    EXACT,
    UNITS,
    WORDS,
    Operator,
    Range,
    exactly,
    factor,
    number_text,
    plain,
    read_amount,
    spoken,
)
from .trace import Step, Unless
from .truth import NEGATED, NO, UNKNOWN, YES, Truth

DISCLAIMER = (
    "Not medical advice and not a medical device: a person who knows the patient decides, with the sources at hand."
)

REGIONS = {"united_states": "United States", "european_union": "European Union", "international": "International"}
ROUTES = {
    "intravenous": "into a vein",
    "subcutaneous": "under the skin",
    "facilitated_subcutaneous": "under the skin with hyaluronidase",
}
ACTIONS = {
    "start": "Start",
    "consider": "Consider",
    "continue": "Continue",
    "increase": "Increase",
    "reduce": "Reduce",
    "switch": "Switch",
    "stop": "Stop",
    "consider-stopping": "Consider stopping",
    "avoid": "Avoid",
    "not-recommended": "Not recommended",
    "measure": "Measure",
    "refer": "Refer",
    "escalate": "Escalate",
    "no-action": "No action",
}
ABOUTS = {
    "igg-replacement": "immunoglobulin replacement",
    "ivig-immunomodulation": "IVIG for immunomodulation",
    "steroid": "corticosteroid",
    "plasma-exchange": "plasma exchange",
    "monitoring": "monitoring",
    "dose": "dose",
    "route": "route",
    "immunosuppression": "other immunosuppression",
    "rituximab": "rituximab",
    "cytokine-blockade": "cytokine blockade",
    "checkpoint-inhibitor": "the checkpoint inhibitor",
    "complement-inhibitor": "complement inhibitor",
    "antibiotic-prophylaxis": "antibiotic prophylaxis",
    "antimicrobial": "antimicrobial treatment",
    "vaccination": "vaccination",
    "platelet-transfusion": "platelet transfusion",
    "anti-d": "anti-D immunoglobulin",
    "tpo-agonist": "a thrombopoietin receptor agonist",
    "splenectomy": "splenectomy",
    "anticoagulation": "anticoagulation",
    "aspirin": "aspirin",
    "haemostatic": "haemostatic treatment",
    "exchange-transfusion": "exchange transfusion",
    "phototherapy": "phototherapy",
    "transplantation": "transplantation",
    "supportive-care": "supportive care",
    "hospital-care": "hospital care",
    "referral": "referral",
    "diagnosis": "diagnosis",
    "premedication": "premedication",
    "hydration": "hydration",
    "infusion-rate": "infusion rate",
    "dosing-weight": "dosing weight",
    "rounding": "rounding",
    "product-choice": "choice of product",
    "funding": "funding",
    "supply": "supply",
}
# What is set and not given: a rule says which to use.
SETTINGS = {
    "dose": "Dose",
    "route": "Route",
    "infusion-rate": "Infusion rate",
    "dosing-weight": "Dosing weight",
    "rounding": "Rounding",
    "product-choice": "Product",
}
_TO = {"start": "use", "consider": "consider", "avoid": "avoid"}
STRENGTHS = {
    "expert-opinion": "expert opinion",
    "consensus": "consensus",
    "label": "product labelling",
    "viewpoint": "viewpoint of the authors",
    "not-stated": "strength not stated",
    "strong": "strong recommendation",
    "conditional": "conditional recommendation",
    "good-practice": "good practice point",
    "policy": "policy of a payer or health service",
    "local-protocol": "protocol of one institution",
}
CERTAINTIES = {
    "high": "high certainty",
    "moderate": "moderate certainty",
    "low": "low certainty",
    "very-low": "very low certainty",
}
AGREEMENTS = {
    "agree": "the positions agree.",
    "disagree": "the positions disagree.",
    "undecided": "undecided. Something that is not known could still divide the positions.",
    "single": "only one position speaks to this patient.",
    "single-open": "only one position may speak to this patient. Its answer is not known.",
    "none": "no position speaks to this patient.",
}
STATES = {
    "known": "known",
    "bounded": "known within bounds",
    "not-recorded": "not recorded",
    "too-old": "too old to use",
    "implausible": "implausible",
    "wrong-unit": "wrong or missing unit",
    "conflicting": "conflicting",
    "asked-unknown": "asked, and not known",
    "not-applicable": "not applicable",
}
JOINS = {"all": "all of these", "any": "any of these", "none": "none of these"}
_OPERATORS = {"<": "below {}", "<=": "{} or less", ">": "above {}", ">=": "{} or more", "=": "exactly {}"}
_AGO = {
    "<": "less than {} ago",
    "<=": "{} ago or less",
    ">": "more than {} ago",
    ">=": "{} ago or more",
    "=": "exactly {} ago",
}
_COUNTS = {"<": "fewer than {}", "<=": "at most {}", ">": "more than {}", ">=": "at least {}", "=": "exactly {}"}
_DENIED: dict[Operator, Operator] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def agreement_text(result: str, answers: Iterable[Truth]) -> str:
    """Return how positions stand to each other; of one alone whose answer is not known it is not said that it speaks."""
    return AGREEMENTS["single-open" if result == "single" and UNKNOWN in answers else result]


def amount(number: Decimal, unit: str) -> str:
    """Return a number with its unit as it is read aloud: 400 mg/dL, 1 month; a ratio is a bare number."""
    return plain(number) if unit == "1" else f"{plain(number)} {spoken(unit, number)}"


def range_text(value: Range, unit: str) -> str:
    """Return a range with its unit: 400 mg/dL, below 40 mg/dL, about 148.6 g."""
    low, high = _readable(value.low), _readable(value.high)
    about = "about " if (low, high) != (value.low, value.high) else ""
    number = number_text(value._replace(low=low, high=high))
    return f"{about}{number}" if unit == "1" else f"{about}{number} {spoken(unit, value.exact)}"


def _readable(number: Decimal | None) -> Decimal | None:
    """Return a number with no more decimals than anyone reads: what a division left behind is rounded."""
    exponent = number.normalize(EXACT).as_tuple().exponent if number is not None else 0
    if number is None or not isinstance(exponent, int) or exponent >= -4:
        return number
    return number.quantize(Decimal("0.1") if abs(number) >= 10 else Decimal("0.001"), context=EXACT)


def spelt(text: str) -> str:
    """Return an amount as it was written, its unit as it is read aloud: 60 a becomes 60 years; other text stays."""
    amount = read_amount(text)
    code = (WORDS | CHARTED).get(amount.unit, amount.unit) if amount else ""
    if amount is None or code not in UNITS or code == "1":
        return text
    return f"{text.rstrip()[: -len(amount.unit)].rstrip()} {spoken(code, amount.range.exact)}"


def amounts_text(amounts: Iterable[Amount]) -> str:
    """Return one amount in each unit in which it is printed: 8 mg/kg/min (0.08 mL/kg/min)."""
    first, *others = (range_text(amount.range, amount.unit) for amount in amounts)
    return f"{first} ({', '.join(others)})" if others else first


def sizes_text(sizes: Sequence[Amount]) -> str:
    """Return sizes in one unit as a list that names it once: 2.5, 5 and 10 g."""
    texts = [range_text(size.range, size.unit) for size in sizes]
    if len({size.unit for size in sizes}) == 1:
        texts[:-1] = [text.rsplit(" ", 1)[0] for text in texts[:-1]]
    return f"{', '.join(texts[:-1])} and {texts[-1]}" if len(texts) > 1 else texts[0]


def iga_text(iga: IgA) -> str:
    """Return how much IgA a product holds: at most 140 ug/mL, on average 37 ug/mL; other units in ug/mL as well."""
    given = (("at most", iga.at_most), ("below", iga.below), ("on average", iga.mean))
    return ", ".join(f"{words} {amounts_text(_micrograms(amount))}" for words, amount in given if amount)


def _micrograms(amount: Amount) -> list[Amount]:
    """Return an amount of IgA as printed, and in ug/mL where it is printed in another unit."""
    by = factor(UNITS[amount.unit], UNITS["ug/mL"])
    return [amount] if amount.unit == "ug/mL" or by is None else [amount, Amount(amount.range.scaled(by), "ug/mL")]


def rate_text(rate: RiskRate) -> str | None:
    """Return the number of a rate at risk, or None where the label has none."""
    given = [
        f"{words} {amounts_text(amounts)}"
        for words, amounts in (("at most", rate.at_most), ("below", rate.below))
        if amounts
    ]
    return ", ".join(given) or None


def per_minute(rates: Iterable[Amount], strength: Amount | None) -> str | None:
    """Return a rate as mg/kg/min, worked out by the strength where it is printed in mL; None where that cannot be."""
    found = [number for rate in rates if (number := speed(rate, strength)) is not None]
    return range_text(exactly(EXACT.divide(found[0], Decimal(60))), "mg/kg/min") if found else None


def span_text(span: Span) -> str:
    """Return a stretch of time: 90 days, 3 to 4 weeks."""
    if span.low == span.high:
        return amount(Decimal(span.low), span.unit)
    return f"{span.low} to {amount(Decimal(span.high), span.unit)}"


def every_text(span: Span) -> str:
    """Return an interval: every month, every 3 to 4 weeks."""
    return f"every {spoken(span.unit, Decimal(1))}" if (span.low, span.high) == (1, 1) else f"every {span_text(span)}"


def times_text(times: tuple[int, int]) -> str:
    """Return how many doses there are: once, 3 times, 1 to 3 times."""
    low, high = times
    return ("once" if low == 1 else f"{low} times") if low == high else f"{low} to {high} times"


class Course(NamedTuple):
    """How a dose is given, in the words that follow its amount, and how many doses that makes where it can be counted."""

    words: str
    doses: tuple[int, int] | None


def course(dosing: Dosing, *, stated: bool = False) -> Course:
    """Return a dosing's course: ` a day for 5 days` and 5 doses; ` in all, over 2 to 5 days`; ` each time, 1 to 3 times`.

    An amount with these words behind it is told apart: what is given each time, and what is given in all.
    """
    daily = not stated and dosing.every == Span(1, 1, "d")
    times = times_text(dosing.times) if dosing.times else ""
    over = _over_text(dosing.over) if dosing.over else ""
    every = every_text(dosing.every) if dosing.every else ""
    parts = []
    if over and every:
        parts = [f"{over} each time", every, times]
    elif over:
        parts = ["once" if times == "once" else "each time" if times else "in all", over, times.replace("once", "")]
    elif every:
        parts = ["a day" if daily and not times else every, times]
    elif times:
        parts = ["once"] if times == "once" else ["each time", times]
    length = f" for {span_text(dosing.length)}" if dosing.length else ""
    words = ", ".join(part for part in parts if part) + length
    return Course(f" {words.strip()}" if words else "", _doses(dosing))


def _over_text(over: Span) -> str:
    """Return the time over which an amount is spread: over 10 to 12 hours, spread over 2 to 5 days."""
    return f"{'over' if UNITS[over.unit].dimension == 'clock time' else 'spread over'} {span_text(over)}"


def _doses(dosing: Dosing) -> tuple[int, int] | None:
    """Return how many doses a course has, from and to; None where that is one, open, or not a whole number."""
    if dosing.until is not None or dosing.times == (1, 1):
        return None
    if dosing.times is not None:
        return dosing.times
    every, length = dosing.every, dosing.length
    if every is None or length is None or every.low != every.high:
        return None
    counted = [_intervals(end, length.unit, every) for end in (length.low, length.high)]
    low, high = counted
    return None if low is None or high is None or high == 1 else (low, high)


def _intervals(count: int, unit: str, every: Span) -> int | None:
    """Return how many intervals make a stretch of time, or None where they make no whole number."""
    whole, part = (
        EXACT.multiply(Decimal(count), _MINUTES.get(unit, UNITS[unit].factor)),
        EXACT.multiply(Decimal(every.low), _MINUTES.get(every.unit, UNITS[every.unit].factor)),
    )
    if (unit in _MINUTES) != (every.unit in _MINUTES) or whole % part != 0:
        return None
    return int(whole / part)


_MINUTES = {"min": Decimal(1), "h": Decimal(60), "d": Decimal(1440), "wk": Decimal(10080)}


def unbracketed(text: str) -> str:
    """Return a text for use inside brackets: second step (two weeks of the dose) becomes second step, two weeks ..."""
    return text.replace(" (", ", ").replace(")", "")


def weight_text(by: str) -> str:
    """Return by which weight a dose goes: actual weight, pre-pregnancy weight."""
    return by.replace("pre_", "pre-").replace("_", " ")


def given_text(value: Range, unit: str) -> str:
    """Return an amount to be given: above 1000 mg in g, above 1000 ug in mg, exactly."""
    larger = {"mg": "g", "ug": "mg"}.get(unit)
    if larger and any(end is not None and end > 1000 for end in (value.low, value.high)):
        return given_text(value.scaled(Decimal("0.001")), larger)
    return range_text(value, unit)


def band_text(name: str) -> str:
    """Return a band of a grade as it is read: not in the table; grade 3-4."""
    return _HYPHEN.sub(" ", name)


_HYPHEN = re.compile(r"(?<!\d)-|-(?!\d)")  # of numbers it stays


def open_grade(result: GradeResult) -> str:
    """Return which bands a grade that is not known may still be: not known yet; it may be red, blue or not in the table."""
    names = [band_text(name) for name in _possible_bands(result)]
    if len(names) == 1:
        return f"{names[0]}, if it is graded here at all, which is not known"
    return f"not known yet; it may be {', '.join(names[:-1])} or {names[-1]}"


def _possible_bands(result: GradeResult) -> list[str]:
    """Return the bands that what is known leaves, worst first."""
    grade, steps = result.grade, result.step.parts[result.grade.when is not None :]
    found = [band.name for band, step in zip(grade.bands, steps, strict=False) if step.answer != NO]
    return found if any(step.answer == YES for step in steps) else [*found, grade.otherwise]


def is_ahead(finding: Finding, as_of: date) -> bool:
    """Return whether a finding is a date that lies after the date of evaluation."""
    return finding.fact.kind == "date" and finding.when is not None and finding.when.first > as_of


def is_used(finding: Finding) -> bool:
    """Return whether a finding is a value that the record states and that can be used."""
    return finding.usable and not finding.inputs and (finding.entry is not None or finding.complete)


def ahead_text(finding: Finding, as_of: date) -> str:
    """Return in a sentence how a date in the future is taken."""
    assert finding.when is not None
    return (
        f"{finding.fact.title} is dated {written(finding.when)}, after {as_of}. It is taken as planned, and no time is "
        "counted from it. If it has taken place, correct the date."
    )


def action_text(action: str, about: str) -> str:
    """Return what a rule does: Consider rituximab, Not recommended (rituximab), Measure (monitoring), Dose to use."""
    if about in SETTINGS and action in _TO:
        return f"{SETTINGS[about]} to {_TO[action]}"
    if about == "infusion-rate" and action in ("stop", "continue"):
        return f"{ACTIONS[action]} the infusion"
    if direction(action) == "neither" or action in ("not-recommended", "no-action"):
        return f"{ACTIONS[action]} ({ABOUTS[about]})"
    if (action, about) == ("avoid", "monitoring"):  # what is avoided is one way of it, as the title says
        return f"{ACTIONS[action]} ({ABOUTS[about]})"
    return f"{ACTIONS[action]} {ABOUTS[about]}"


# Names of people, places and products with which a title may begin; site/theme/try.js has the same, and a test looks in
# the guidelines for more: words that stand inside sentences with a capital and never without.
PROPER = frozenset(
    [
        "Australian",
        "Behçet",
        "Bickerstaff",
        "Canadian",
        "Castleman",
        "Coombs",
        "Crohn",
        "Devine",
        "Dutch",
        "European",
        "Evans",
        "German",
        "Hodgkin",
        "Kawasaki",
        "Malmö",
        "Miller",
        "Octagam",
        "Ontario",
        "Privigen",
        "Rasmussen",
        "Scottish",
        "Sjögren",
        "Susac",
        "Swedish",
        "Sydenham",
        "Waldenström",
    ]
)


# Abbreviations as they are written where the name of a part, which has no capitals, is told.
_WRITTEN = {
    each.lower(): each
    for each in ("BCMA", "CRS", "CVID", "ESID", "GBS", "ICANS", "IgA", "IgG", "INCAT", "IUIS", "IVIG", "PAGID")
} | {each.lower(): each for each in ("PANDAS", "PANS", "PID", "SCIG")}


def name_text(name: str) -> str:
    """Return the name of a part as a reader writes it: Selective IgA deficiency, Grade 3-4."""
    words = " ".join(_WRITTEN.get(word, word) for word in band_text(name).split(" "))
    return words[:1].upper() + words[1:]


_PREFIXED = re.compile(r"(?:Anti|Non|Post|Pre)-")  # anti-NMDA, non-Hodgkin


def lower_first(text: str) -> str:
    """Return a title for use inside a sentence; names, and abbreviations such as IgG or CAR-T, keep their capitals."""
    if text.startswith("("):
        return f"({lower_first(text[1:])}"
    first = text.split(" ", 1)[0]
    letter = len(first) == 1 and first != "A"  # B cells, but a quarter
    capitals = sum(each.isupper() for each in first) > 1 and not _PREFIXED.match(first)
    kept = not text or letter or first in PROPER or capitals
    return text if kept or first[1:2].isdigit() or first[1:2] == "-" else text[0].lower() + text[1:]


class Wording:
    """Phrases for the facts of one library."""

    def __init__(self, facts: Mapping[str, Fact], sources: Mapping[str, Source]) -> None:
        """Keep the facts and sources whose titles the phrases use."""
        self.facts, self.sources = facts, sources

    def title(self, name: str) -> str:
        """Return a fact's title, or its name where it has none."""
        return self.facts[name].title if name in self.facts else name.replace("_", " ")

    # --- conditions ---

    def line(self, line: Line, position: Position | None = None) -> str:
        """Return a line as a phrase; the position gives the titles of its criteria and grades."""
        if isinstance(line, Named):
            criterion = position.criteria.get(line.criterion) if position else None
            return criterion.title if criterion and criterion.title else name_text(line.criterion)
        if isinstance(line, GradeIs):
            return f"{name_text(line.grade)} is {'at least ' if line.or_worse else ''}{band_text(line.band)}"
        return _LINES[type(line)](self, line)

    def denied(self, line: Line, position: Position | None = None) -> str:
        """Return what a line under `none` asks for: the form is not Miller Fisher syndrome, age is 18 years or more."""
        say = _DENIALS.get(type(line))
        return say(self, line) if say else f"{self.line(line, position)}: no"

    def condition(self, condition: Condition, position: Position | None = None) -> str:
        """Return a whole condition as one phrase, groups in brackets; only its first word has a capital, and names."""
        if not isinstance(condition, Group):
            return self.line(condition, position)
        if condition.join == "all" and len(condition.parts) == 1:
            return self.condition(condition.parts[0], position)
        if condition.join == "none" and len(condition.parts) == 1 and not isinstance(condition.parts[0], Group):
            return self.denied(condition.parts[0], position)
        told = [self.condition(part, position) for part in condition.parts]
        inside = [lower_first(text) for text in told]
        if condition.join == "none":
            return f"none of ({'; '.join(inside)})"
        if condition.join == "at_least":
            return f"at least {condition.count} of ({'; '.join(inside)})"
        parts = [
            f"({text})" if isinstance(part, Group) and len(part.parts) > 1 and part.join in ("all", "any") else text
            for part, text in zip(condition.parts, [*told[:1], *inside[1:]], strict=True)
        ]
        return (" and " if condition.join == "all" else " or ").join(parts)

    def brief(self, condition: Condition, position: Position | None = None) -> str:
        """Return a condition as one line for a table: the parts that must all hold, parted by semicolons.

        What must not be is told as such, a list of it last. A criterion that stands alone is told by what it asks, not by its title.
        """
        while isinstance(condition, Group) and len(condition.parts) == 1 and condition.join in ("all", "any"):
            condition = condition.parts[0]
        if isinstance(condition, Named) and position is not None:
            return self.brief(position.criteria[condition.criterion].when, position)
        if isinstance(condition, Group) and condition.join == "all":
            ordered = sorted(condition.parts, key=_lists_what_must_not_be)
            parts = [self.brief(part, position) for part in ordered]
            return "; ".join([*parts[:1], *map(lower_first, parts[1:])])
        return self.condition(condition, position)

    def join(self, group: Group) -> str:
        """Return the heading of a group: all of these, at least 2 of these."""
        return f"at least {group.count} of these" if group.join == "at_least" else JOINS[group.join]

    def heading(self, group: Group) -> str:
        """Return what stands before the list of a group's parts; before a single part only what turns it round."""
        if len(group.parts) == 1 and group.join != "at_least":
            return "not if" if group.join == "none" else ""
        return self.join(group)

    def node(self, step: Step, position: Position | None) -> str:
        """Return the phrase for the part of a rule that a step answers."""
        node = step.node
        if isinstance(node, Group):
            return self.join(node).capitalize()
        if isinstance(node, Grade):
            return node.title
        if isinstance(node, Unless):
            titles = [position.recommendations[name].title for name in node.rules] if position else node.rules
            return "Unless another rule of this position holds: " + "; ".join(titles)
        return self.line(node, position)

    def asked(self, step: Step, as_of: date, position: Position | None = None, wanted: Truth = YES) -> str:
        """Return what a step that is not as wanted still asks for, with what was found; alternatives are named as such.

        Under a `none` that is what must not be: the form is not Miller Fisher syndrome; none of: A; or B.
        """
        node = step.node
        if isinstance(node, Named):
            return self.asked(step.parts[0], as_of, position, wanted)
        if not isinstance(node, Group):
            return self._told(step, as_of, position, denied=wanted == NO)
        if node.join == "at_least":
            told = [self._told(part, as_of, position) for part in step.parts]
            return f"{'at least' if wanted == YES else 'fewer than'} {node.count} of: {_or(told)}"
        each = NEGATED[wanted] if node.join == "none" else wanted
        lacking = [part for part in step.parts if part.answer == (UNKNOWN if step.answer == UNKNOWN else NEGATED[each])]
        if len(lacking) == 1:
            return self.asked(lacking[0], as_of, position, each)
        together = (node.join != "any") == (wanted == YES)
        if each == NO:
            told = [self._told(part, as_of, position) for part in lacking]
            return f"none of: {_or(told)}" if together else f"not all of: {_and(told)}"
        told = [_bracketed(self.asked(part, as_of, position), among_all=together) for part in lacking]
        return _and(told) if together else f"any one of: {_or(told)}"

    def _told(self, step: Step, as_of: date, position: Position | None, *, denied: bool = False) -> str:
        """Return a part of a rule in words with what was found; a group and a criterion whole, as they stand."""
        node = step.node
        if isinstance(node, Group):
            return f"({lower_first(self.condition(node, position))})"
        phrase = self.turned(step, position) if denied else self.node(step, position)
        return lower_first(phrase) + self._bracket(step, as_of)

    def turned(self, step: Step, position: Position | None) -> str:
        """Return the phrase for a part of a rule that must not hold."""
        node = step.node
        return (
            f"{self.node(step, position)}: no"
            if isinstance(node, Group | Grade | Unless)
            else self.denied(node, position)
        )

    def separating(self, step: Step, position: Position) -> str:
        """Return what the failing position asks for; a part that answers yes stands under a `none`."""
        return lower_first(self.turned(step, position) if step.answer == YES else self.node(step, position))

    def nearest(self, ways: Iterable[Iterable[Step]], position: Position) -> str:
        """Return what it would take for a yes: the lines of a way together, and each way that would do."""
        told = [_and([self.separating(step, position) for step in way]) for way in ways]
        return _or([f"({text})" if len(told) > 1 and "; and " in text else text for text in told])

    def _bracket(self, step: Step, as_of: date) -> str:
        if step.finding is None:
            return " (not known)" if step.answer == UNKNOWN else ""
        if isinstance(step.node, Recorded) and step.answer == UNKNOWN:
            return ""  # `is recorded (not recorded)` says it twice
        found = self.found(step, as_of)
        return f" (found: {found})" if step.finding.usable else f" ({found})"

    # --- what was found ---

    def found(self, step: Step, as_of: date) -> str:
        """Return what the record holds for the line that a step answers, or why it is not known."""
        finding = step.finding
        if finding is None:
            return ""
        if step.counted is not None:
            return _counted(step.counted)
        if isinstance(step.node, TimeSince | Planned) and finding.when is not None:
            return _elapsed(finding, as_of)
        text = self.finding(finding)
        return (
            f"{text}; {lower_first(step.other.fact.title)} {self.finding(step.other)}"
            if step.other is not None
            else text
        )

    def finding(self, finding: Finding) -> str:
        """Return a finding in words: value, how it was written, when; or the kind of not knowing."""
        value = self.value(finding)
        if value is None or not finding.usable:
            reason = STATES[finding.state]
            written_as = (
                f" ({finding.entry.written}{_on(finding)})"
                if finding.entry and finding.entry.written and finding.state not in ("asked-unknown", "not-applicable")
                else ""
            )
            return f"{reason}{written_as}" + (f"; {finding.note}" if finding.note else "")
        conflict = "conflicting, " if finding.state == "conflicting" else ""
        return f"{conflict}{value}{self._as_written(finding, value)}{_on(finding)}" + (
            f"; {finding.note}" if finding.note else ""
        )

    def used(self, finding: Finding) -> str:
        """Return a value as it is used: with its other unit, where a number alone could be taken for either."""
        text, value = self.finding(finding), finding.range
        if value is None or value.exact is None or finding.state != "known" or "(written " in text:
            return text
        other = in_unlike_unit(finding.fact, value)
        shown = self.value(finding) or ""
        return text.replace(shown, f"{shown} = {range_text(*other)}", 1) if other else text

    def value(self, finding: Finding) -> str | None:
        """Return a finding's value alone, or None where it holds none."""
        return _VALUES[finding.fact.kind](self, finding)

    def _as_written(self, finding: Finding, value: str) -> str:
        entry = finding.entry
        if (
            entry is None
            or not entry.written
            or finding.inputs
            or finding.fact.kind not in ("quantity",)
            or finding.state == "conflicting"
        ):
            return ""
        stated = spelt(entry.written)
        said = (value.replace(" ", ""), value.split(" ", maxsplit=1)[0])
        if stated.replace(" ", "") in said or finding.range is None:
            return ""
        return f" (written {stated})"

    # --- doses and citations ---

    def dosing(self, dosing: Dosing, position: Position | None = None) -> str:
        """Return a dosing as the source states it: 0.5 g/kg of actual weight every month until ...

        With its position, the dosings that it names come with it: those to choose from, and all that follow in turn.
        """
        text = ", ".join(filter(None, [self._stated(dosing, position), *self._limits(dosing)]))
        if position is None:
            return text
        text = ", or ".join([text, *(self._other_dosing(position, name) for name in dosing.alternatives)])
        seen, then = {dosing.id}, dosing.then
        while then is not None and then not in seen:
            following = position.dosing[then]
            text += f"; then {self.dosing(following) or lower_first(following.title or following.id)}"
            seen.add(then)
            then = position.dosing[then].then
        return text

    def _stated(self, dosing: Dosing, position: Position | None) -> str:
        amount = self.dose_basis(dosing) + self.dose_of(dosing) if dosing.give_fact or dosing.give is not None else ""
        return (amount + course(dosing, stated=True).words + self.dose_until(dosing, position)).strip()

    def dose_basis(self, dosing: Dosing) -> str:
        """Return what a dose is counted from: 0.4 g/kg; prescribed dose per kilogram; the limit where nothing else is."""
        if dosing.give_fact:
            return lower_first(self.title(dosing.give_fact))
        if dosing.give is not None and dosing.give_unit is not None:
            return range_text(dosing.give, dosing.give_unit)
        if dosing.at_most is not None and dosing.at_most_unit is not None:
            return range_text(dosing.at_most, dosing.at_most_unit)
        return ""

    def dose_of(self, dosing: Dosing) -> str:
        """Return by which weight a dose is counted: ` of actual weight`."""
        unit = dosing.give_unit or dosing.at_most_unit
        return f" of {weight_text(dosing.by)}" if dosing.by and unit in BODY else ""

    def dose_until(self, dosing: Dosing, position: Position | None = None) -> str:
        """Return until when a dose is given: ` until serum IgG is 400 mg/dL or more`."""
        comma = "," if dosing.times else ""
        return f"{comma} until {lower_first(self.condition(dosing.until, position))}" if dosing.until else ""

    def _limits(self, dosing: Dosing) -> Iterator[str]:
        yield from self.dose_limits(dosing, counted=not (dosing.give_fact or dosing.give is not None))

    def dose_limits(self, dosing: Dosing, *, counted: bool = False) -> Iterator[str]:
        """Yield the step and the limit of a dose: rounded to the nearest 5 g, at most 100 g."""
        if dosing.round_to is not None and dosing.round_unit:
            yield f"rounded to the nearest {amount(dosing.round_to, dosing.round_unit)}"
        if dosing.at_most is not None and dosing.at_most_unit is not None:
            yield f"at most {range_text(dosing.at_most, dosing.at_most_unit)}{self.dose_of(dosing) if counted else ''}{_limited(dosing)}"

    def dose_name(self, dosing: Dosing) -> str:
        """Return what stands before a dose that another one names, so that it is told what is given: `prednisolone: `."""
        named = _NAME.match(dosing.title or "")
        return f"{lower_first(named[1])}: " if named and self.dosing(dosing) else ""

    def _other_dosing(self, position: Position, name: str) -> str:
        """Return a dosing that another one names, as it is stated, without those that it names in turn."""
        other = position.dosing[name]
        return self.dose_name(other) + self.dosing(other) or lower_first(other.title or other.id)

    def dose(self, dose: Dose, position: Position | None = None) -> str:
        """Return a patient's dose: each amount and what it comes to in all, how it comes about, and what follows."""
        others = (self.dose_name(each.dosing) + self._given(each, position) for each in dose.others)
        text = ", or ".join([self._given(dose, position), *others])
        return f"{text}; then {self.dose(dose.after, position)}" if dose.after else text

    def _given(self, dose: Dose, position: Position | None) -> str:
        """Return one dose: 32 g a day for 5 days, 160 g in all (0.4 g/kg of actual weight, 80 kg)."""
        dosing, size = dose.dosing, self._size(dose)
        if dose.unit is None or (dose.amount is None and dose.limit is None):
            stated = self.dosing(dosing) or lower_first(dosing.title or dosing.id)
            return f"{stated} ({size})" if size else stated
        words = course(dosing).words + self._total(dose) + self.dose_until(dosing, position)
        basis = (
            unbracketed(self.dose_basis(dosing))
            + self._prescribed(dose)
            + self.dose_of(dosing)
            + (f", {size}" if size else "")
        )
        if dose.amount is None:
            assert dose.limit is not None
            limit = f"at most {given_text(dose.limit, dose.unit)}{words}"
            return f"{limit} ({basis})" if dosing.by else limit
        counted = dosing.by or dosing.give_fact or dosing.round_to or dose.capped
        basis = ", ".join([basis, *self.dose_limits(dosing)])
        return f"{given_text(dose.amount, dose.unit)}{words}" + (f" ({basis})" if counted else "")

    def _size(self, dose: Dose) -> str:
        """Return the weight on which a dose is counted: 80 kg."""
        if dose.size is None or dose.weight is None:
            return ""
        return range_text(dose.size, dose.weight.fact.unit or "")

    def _prescribed(self, dose: Dose) -> str:
        """Return the dose for each kilogram that the record states: `, 2 g/kg,`."""
        unit = dose.dosing.give_unit
        if dose.dosing.give_fact is None or dose.give is None or unit not in BODY:
            return ""
        return f", {range_text(dose.give, unit)},"

    def _total(self, dose: Dose) -> str:
        return f", {total}" if (total := self.total(dose)) else ""

    def total(self, dose: Dose) -> str:
        """Return what the doses come to in all, where they can be counted and no limit lies below that: 160 g in all."""
        doses, value = course(dose.dosing).doses, dose.amount
        if doses is None or value is None or value.low is None or value.high is None or dose.unit is None:
            return ""
        total = Range(EXACT.multiply(value.low, Decimal(doses[0])), EXACT.multiply(value.high, Decimal(doses[1])))
        if (
            dose.limit is not None
            and dose.limit.high is not None
            and total.high is not None
            and total.high > dose.limit.high
        ):
            return ""
        return f"{given_text(total, dose.unit)} in all"

    def source(self, source_id: str) -> str:
        """Return a source in short: authors, year, title."""
        source = self.sources.get(source_id)
        if source is None:
            return source_id
        head = ", ".join(part for part in (source.authors, source.year or "no date") if part)
        return f"{head}. {source.title}" if source.authors else f"{source.title} ({source.year or 'no date'})"

    def short_source(self, source_id: str) -> str:
        """Return a source by its short title, or by authors and year; one that a machine wrote says so."""
        written = " (machine-written)" if self._read_as(source_id) == "machine-written" else ""
        return f"{self._name_of_source(source_id)}{written}"

    def _name_of_source(self, source_id: str) -> str:
        source = self.sources.get(source_id)
        if source is None:
            return source_id
        name = " ".join(part for part in (source.authors or source.title, source.year or "") if part)
        return str(source.csl.get("title-short") or name)

    def _read_as(self, source_id: str | None) -> str | None:
        source = self.sources.get(source_id) if source_id else None
        return source.read_as if source else None

    def how_read(self, cite: Citation) -> str | None:
        """Return how a source was read where it was not read itself; `second-hand` at the least where another reports it."""
        if "machine-written" in (self._read_as(cite.via), self._read_as(cite.source)):
            return "read in a machine-written digest"
        if cite.via:
            return "read second-hand"
        return "read in a copy made by somebody else" if self._read_as(cite.source) == "copy" else None

    def read_in(self, cite: Citation) -> str | None:
        """Return how a source was read, and in what: read second-hand in AmeriPharma Specialty Care."""
        how = self.how_read(cite)
        if how is None or not cite.via:
            return how
        name = self._name_of_source(cite.via)
        return f"{how}, {name}" if self._read_as(cite.via) == "machine-written" else f"{how} in {name}"

    def jurisdiction(self, source_id: str) -> str:
        """Return the country or region for which a source speaks, or nothing where it names none."""
        source = self.sources.get(source_id)
        return str((source and source.csl.get("jurisdiction")) or "")

    def citation(self, cite: Citation) -> str:
        """Return a citation in one line, with how it was read and where to find it."""
        source = self.sources.get(cite.source)
        parts = [self.source(cite.source)]
        if cite.locator:
            parts.append(cite.locator)
        if source and source.link:
            parts.append(source.link)
        if read := self.read_in(cite):
            parts.append(read)
        parts.append(
            f"compared with the source on {cite.verified.isoformat()}"
            if cite.verified
            else "not yet compared with the source itself"
        )
        return "; ".join(parts)


def _and(parts: Sequence[str]) -> str:
    return "; and ".join(parts)


def _or(parts: Sequence[str]) -> str:
    return "; or ".join(parts)


def _bracketed(text: str, *, among_all: bool) -> str:
    """Return a text in brackets where it lists several parts; what must all hold needs none among what must all hold."""
    several = "; and " in text or "; or " in text
    return f"({text})" if several and not (among_all and "of: " not in text) else text


# The words of a title before its first number, where they end with a whole word: Dexamethasone 40 mg for 4 days.
_NAME = re.compile(r"(\D*[^\W\d]{5,})(?: (?=\d)|$)")


def _limited(dosing: Dosing) -> str:
    """Return what a limit is the limit of where there are several doses: each of them, as it is worked out.

    Of a limit that all of them together cannot pass it is said so, and of one that is above a dose without a course.
    """
    doses, give, most = _doses(dosing), dosing.give, dosing.at_most
    if dosing.every is None and (dosing.times or (1, 1)) == (1, 1):
        alike = dosing.times is None and dosing.give_unit == dosing.at_most_unit
        return " in all" if alike and give and give.high and most and most.high and give.high < most.high else ""
    if doses and give and give.high and most and most.high and dosing.give_unit == dosing.at_most_unit:
        return " in all" if EXACT.multiply(give.high, Decimal(doses[1])) <= most.high else " each time"
    return " each time"


def _lists_what_must_not_be(part: Condition) -> bool:
    return isinstance(part, Group) and part.join == "none" and len(part.parts) > 1


def _events_text(where: Mapping[str, str], title: str) -> str:
    return " ".join((*where.values(), lower_first(title)))


def _the(title: str) -> str:
    """Return a title as the other side of a comparison: the lower limit, 120% of ideal body weight."""
    return title if title[:1].isdigit() else f"the {lower_first(title)}"


def _titles(fact: Fact, line: IsOption) -> list[str]:
    chosen = [option for option in fact.options.values() if option.name in line.options]
    return [option.title if option.proper else lower_first(option.title) for option in chosen]


def _options(wording: Wording, line: IsOption) -> str:
    fact = wording.facts[line.fact]
    return f"{fact.title} {'include' if fact.kind == 'choices' else 'is'} {' or '.join(_titles(fact, line))}"


def _no_option(wording: Wording, line: IsOption) -> str:
    fact = wording.facts[line.fact]
    titles = _titles(fact, line)
    if len(titles) == 1:
        return f"{fact.title} {'do not include' if fact.kind == 'choices' else 'is not'} {titles[0]}"
    verb = "include" if fact.kind == "choices" else "is"
    if len(titles) == 2:
        return f"{fact.title} {verb} neither {titles[0]} nor {titles[1]}"
    return f"{fact.title} {verb} none of {', '.join(titles[:-1])} and {titles[-1]}"


def _unlike(wording: Wording, line: Comparison | AgeComparison | FactComparison | CountOf) -> str:
    """Return a comparison turned round: 400 mg/dL or less becomes above 400 mg/dL."""
    if line.operator == "=":
        return _LINES[type(line)](wording, line).replace("exactly", "not exactly", 1)
    turned: Any = replace(line, operator=_DENIED[line.operator])
    return _LINES[type(line)](wording, turned)


def _not_was(wording: Wording, line: TimeSince) -> str:
    ago = _AGO[line.operator].format(amount(Decimal(line.number), line.unit))
    return f"{wording.title(line.fact)} was not {ago}"


def _count_line(wording: Wording, line: CountOf) -> str:
    times = "once" if line.number == 1 else "twice" if line.number == 2 else f"{line.number} times"
    period = f" in the last {span_text(line.within)}" if line.within else ""
    return f"{_events_text(line.where, wording.title(line.fact)).capitalize()} {_COUNTS[line.operator].format(times)}{period}"


_LINES: dict[type, Callable[[Wording, Any], str]] = {
    YesNo: lambda w, line: w.title(line.fact),
    Comparison: lambda w, line: (
        f"{w.title(line.fact)} is {_OPERATORS[line.operator].format(amount(line.number, line.unit))}"
    ),
    AgeComparison: lambda w, line: (
        f"{w.title(line.fact)} is {_OPERATORS[line.operator].format(amount(line.number, line.unit))}"
    ),
    FactComparison: lambda w, line: (
        f"{w.title(line.fact)} is {_OPERATORS[line.operator].format(_the(w.title(line.other)))}"
    ),
    IsOption: _options,
    TimeSince: lambda w, line: (
        f"{w.title(line.fact)} was {_AGO[line.operator].format(amount(Decimal(line.number), line.unit))}"
    ),
    Planned: lambda w, line: f"{w.title(line.fact)} is planned",
    CountOf: _count_line,
    Recorded: lambda w, line: f"{w.title(line.fact)} is recorded",
}

_DENIALS: dict[type, Callable[[Wording, Any], str]] = {
    Comparison: _unlike,
    AgeComparison: _unlike,
    FactComparison: _unlike,
    CountOf: _unlike,
    IsOption: _no_option,
    TimeSince: _not_was,
    Planned: lambda w, line: f"{w.title(line.fact)} is not still to come",
    Recorded: lambda w, line: f"{w.title(line.fact)} is not recorded",
}


def _on(finding: Finding) -> str:
    on = finding.entry.on if finding.entry and not finding.inputs else None
    return f" on {written(on)}" if on is not None and finding.fact.kind not in ("date", "events") else ""


def _elapsed(finding: Finding, as_of: date) -> str:
    when = finding.when
    if when is None:
        return STATES[finding.state]
    if not when.whole:
        return f"{written(when)}, the day is not known"
    days = (as_of - when.first).days
    return f"planned for {when.first}" if days < 0 else f"day {days}, counted from {when.first}"


def _counted(counted: tuple[int, int | None]) -> str:
    low, high = counted
    if high is None:
        return f"{low} recorded; the record does not say that these are all"
    return str(low) if low == high else f"{low} to {high}"


def _quantity_value(wording: Wording, finding: Finding) -> str | None:
    value = finding.range
    if value is None:
        return None
    if finding.entry is not None and finding.entry.comparator and finding.state == "bounded" and not finding.inputs:
        value = value._replace(low=None) if finding.entry.comparator.startswith("<") else value._replace(high=None)
    return range_text(value, finding.fact.unit or "")


def _truth_value(wording: Wording, finding: Finding) -> str | None:
    return None if finding.truth == "unknown" else finding.truth


def _option_value(wording: Wording, finding: Finding) -> str | None:
    if finding.possible is None:
        return None
    return " or ".join(sorted(finding.fact.options[name].title for name in finding.possible))


def _options_value(wording: Wording, finding: Finding) -> str | None:
    if not (finding.chosen or finding.denied or finding.complete):
        return None
    listed = ", ".join(sorted(finding.fact.options[name].title for name in finding.chosen))
    denied = ", ".join("not " + finding.fact.options[name].title for name in sorted(finding.denied))
    return ("; ".join(part for part in (listed, denied) if part) or "none") + (
        "" if finding.complete else " (there may be others)"
    )


def _date_value(wording: Wording, finding: Finding) -> str | None:
    if finding.when is None:
        return "has not taken place" if finding.complete else None
    return written(finding.when)


def _events_value(wording: Wording, finding: Finding) -> str | None:
    if not finding.events:
        return "none" if finding.complete else None
    return "; ".join(map(event_text, finding.events)) + ("" if finding.complete else " (there may be others)")


def event_text(event: Event) -> str:
    """Return an event in words: serious bacterial on 2026-10-20."""
    words = " ".join(word for _, word in event.fields)
    return (words + (f" on {written(event.on)}" if event.on else "")).strip() or "event"


_VALUES: dict[str, Callable[[Wording, Finding], str | None]] = {
    "quantity": _quantity_value,
    "yes-no": _truth_value,
    "choice": _option_value,
    "choices": _options_value,
    "date": _date_value,
    "events": _events_value,
}
ANSWERS: dict[Truth, str] = {"yes": "yes", "no": "no", "unknown": "not known"}
