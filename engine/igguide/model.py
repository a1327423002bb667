"""The checked guidelines as frozen values: facts, sources, topics, positions, and the lines of their rules.

Every value that came from a file knows its `Place`. Nothing here evaluates; nothing here reads a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal, Union

from .errors import Place
from .formula import Formula
from .quantity import EXACT, UNITS, Operator, Range

Kind = Literal["quantity", "yes-no", "choice", "choices", "date", "events"]

FOR = frozenset({"start", "consider", "continue", "increase", "reduce", "switch"})
AGAINST = frozenset({"stop", "consider-stopping", "avoid", "not-recommended", "no-action"})
NEITHER = frozenset({"measure", "refer", "escalate"})
ACTIONS = FOR | AGAINST | NEITHER


def direction(action: str) -> Literal["for", "against", "neither"]:
    """Return whether an action speaks for what its rule is about, against it, or neither."""
    return "for" if action in FOR else "against" if action in AGAINST else "neither"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time as a rule states it: so many units, or from so many to so many (3-4 weeks)."""

    low: int
    high: int
    unit: str


# --- citations and sources ---


@dataclass(frozen=True, slots=True)
class Citation:
    """What a statement rests on: the source, the page it was read through, the evidence ids."""

    source: str
    place: Place
    via: str | None = None
    facts: tuple[str, ...] = ()
    locator: str | None = None
    verified: date | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A bibliographic record; `csl` is the CSL item as it stands in the file."""

    id: str
    title: str
    csl: Mapping[str, object]
    place: Place

    @property
    def year(self) -> str | None:
        """Return the year of publication, or None where none is known."""
        issued = self.csl.get("issued")
        parts = issued.get("date-parts") if isinstance(issued, Mapping) else None
        return str(parts[0][0]) if isinstance(parts, list | tuple) and parts else None

    @property
    def read_as(self) -> str | None:
        """Return what sort of text was read in place of the publication: `machine-written`, `copy`, or None."""
        found = self.csl.get("read-as")
        return None if found is None else str(found)

    @property
    def link(self) -> str | None:
        """Return the address a reader can follow: the DOI if there is one, else the URL."""
        doi, url = self.csl.get("DOI"), self.csl.get("URL")
        return f"https://doi.org/{doi}" if doi else str(url) if url else None

    @property
    def authors(self) -> str:
        """Return the authors in short: one name, two names, or the first and `et al.`."""
        people = self.csl.get("author")
        names = [_author_name(p) for p in people if isinstance(p, Mapping)] if isinstance(people, list | tuple) else []
        if len(names) > 2 or "et al." in names:
            return f"{names[0]} et al."
        return " and ".join(names)


def _author_name(person: Mapping[str, object]) -> str:
    return str(person.get("family") or person.get("literal") or "")


# --- facts ---


@dataclass(frozen=True, slots=True)
class Option:
    """One of the values of a choice; `implies` says what it fixes of other choices, `proper` that its title is a name."""

    name: str
    title: str
    aliases: tuple[str, ...] = ()
    implies: Mapping[str, str] = field(default_factory=dict)
    proper: bool = False


@dataclass(frozen=True, slots=True)
class Implication:
    """How a list of events bears on a yes-no fact; `to_yes` is false where it can only rule it out."""

    events: str
    where: Mapping[str, str]
    at_least: int
    within: Span | None
    to_yes: bool
    reading: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table by age: ages from (included) to below (not included), in units of `unit`."""

    low: int
    low_unit: str
    below: int | None
    below_unit: str | None
    value: Decimal
    place: Place


@dataclass(frozen=True, slots=True)
class Table:
    """A value by age, in the fact's own unit."""

    over: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Points added for each yes-no fact that is yes."""

    points: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Code:
    """A code that a FHIR record may carry, and what it says of the fact."""

    system: str
    code: str
    option: str | None = None
    prefix: bool = False
    first: date | None = None
    last: date | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Binding:
    """How a fact is found in FHIR R4 resources of one type."""

    resource: str
    codes: tuple[Code, ...] = ()
    values: tuple[Code, ...] = ()
    severity: tuple[Code, ...] = ()
    element: str | None = None
    element_values: Mapping[str, str] = field(default_factory=dict)
    pick: str = "latest"
    within: Span | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One item of the shared vocabulary. `unit` is a UCUM code; limits and rows are in that unit."""

    name: str
    title: str
    kind: Kind
    place: Place
    question: str | None = None
    unit: str | None = None
    limits: Range | None = None
    usable_for: Span | None = None
    fixed: bool = False
    options: Mapping[str, Option] = field(default_factory=dict)
    fields: Mapping[str, Mapping[str, Option]] = field(default_factory=dict)
    implied_by: Implication | None = None
    age_from: str | None = None
    formula: Formula | None = None
    table: Table | None = None
    score: Score | None = None
    analyte: tuple[str, Decimal, str] | None = None
    bindings: tuple[Binding, ...] = ()
    cite: Citation | None = None
    limits_cite: Citation | None = None
    reading: str | None = None
    aliases: tuple[str, ...] = ()
    may_be_planned: bool = True  # of a date: whether some line asks if it is planned, so that it may lie in the future

    @property
    def inputs(self) -> tuple[str, ...]:
        """Return the facts that this one is worked out from."""
        if self.formula:
            return self.formula.facts
        if self.table:
            return (self.table.over,)
        if self.score:
            return tuple(self.score.points)
        if self.age_from:
            return (self.age_from,)
        return (self.implied_by.events,) if self.implied_by else ()


# --- conditions ---


@dataclass(frozen=True, slots=True)
class _Line:
    """What every line has: its text as in the file, and where it stands."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class YesNo(_Line):
    """A yes-no fact by its name."""

    fact: str


@dataclass(frozen=True, slots=True)
class Comparison(_Line):
    """`fact <op> number unit`; the threshold is kept as written and in the fact's own unit."""

    fact: str
    operator: Operator
    number: Decimal
    unit: str
    threshold: Range


@dataclass(frozen=True, slots=True)
class AgeComparison(_Line):
    """`age <op> n unit`: completed years, months, weeks or days."""

    fact: str
    operator: Operator
    number: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class FactComparison(_Line):
    """`fact <op> other-fact`; `factor` brings the other fact into the unit of the first."""

    fact: str
    operator: Operator
    other: str
    factor: Decimal


@dataclass(frozen=True, slots=True)
class IsOption(_Line):
    """`fact is option` and `fact is one of a, b`."""

    fact: str
    options: frozenset[str]


@dataclass(frozen=True, slots=True)
class GradeIs(_Line):
    """`grade is band`, or `grade is at least band`."""

    grade: str
    band: str
    or_worse: bool


@dataclass(frozen=True, slots=True)
class TimeSince(_Line):
    """`time since event <op> n unit`."""

    fact: str
    operator: Operator
    number: int
    unit: str


@dataclass(frozen=True, slots=True)
class Planned(_Line):
    """`event is planned`: its date lies after the date of evaluation."""

    fact: str


@dataclass(frozen=True, slots=True)
class CountOf(_Line):
    """`count of [choice …] events [in the last n unit] <op> n`."""

    fact: str
    where: Mapping[str, str]
    within: Span | None
    operator: Operator
    number: int


@dataclass(frozen=True, slots=True)
class Recorded(_Line):
    """`fact is recorded`."""

    fact: str


@dataclass(frozen=True, slots=True)
class Named(_Line):
    """A criterion of the same position, by its name."""

    criterion: str


Line = Union[
    YesNo, Comparison, AgeComparison, FactComparison, IsOption, GradeIs, TimeSince, Planned, CountOf, Recorded, Named
]


@dataclass(frozen=True, slots=True)
class Group:
    """A list of conditions joined by `all`, `any`, `none` or `at_least`."""

    join: Literal["all", "any", "none", "at_least"]
    parts: tuple[Condition, ...]
    place: Place
    count: int = 0


Condition = Union[Line, Group]


def lines_of(condition: Condition | None) -> Iterator[Line]:
    """Yield every line of a condition, in the order of the file."""
    if isinstance(condition, Group):
        for part in condition.parts:
            yield from lines_of(part)
    elif condition is not None:
        yield condition


# --- positions ---


def readings_of(rule: Recommendation, position: Position) -> list[str]:
    """Return the judgements of ours on which a rule rests: its own, and those of the criteria that it names."""
    found = dict.fromkeys([rule.reading] if rule.reading else [])
    waiting = list(lines_of(rule.when))
    while waiting:
        line = waiting.pop(0)
        if isinstance(line, Named):
            criterion = position.criteria[line.criterion]
            found.update(dict.fromkeys([criterion.reading] if criterion.reading else []))
            waiting += lines_of(criterion.when)
    return list(found)


@dataclass(frozen=True, slots=True)
class DriftException:
    """A number that stands only in the words or only in the rule, and why; `unit` is None for a bare number."""

    number: Decimal
    unit: str | None
    reason: str
    place: Place


@dataclass(frozen=True, slots=True)
class Band:
    """A band of a grade and the condition that puts a patient into it."""

    name: str
    when: Condition
    place: Place


@dataclass(frozen=True, slots=True)
class Grade:
    """A table of bands, worst first; the first that fits is the grade, `otherwise` where none does."""

    id: str
    title: str
    bands: tuple[Band, ...]
    otherwise: str
    place: Place
    when: Condition | None = None
    says: str | None = None
    reading: str | None = None
    cite: Citation | None = None
    drift: tuple[DriftException, ...] = ()

    @property
    def order(self) -> tuple[str, ...]:
        """Return the names of the bands from the worst to what is otherwise."""
        return (*(b.name for b in self.bands), self.otherwise)


@dataclass(frozen=True, slots=True)
class Criterion:
    """A named condition, for use by name in the rules of its position."""

    id: str
    title: str | None
    when: Condition
    place: Place
    reading: str | None = None
    cite: Citation | None = None


@dataclass(frozen=True, slots=True)
class Dosing:
    """How much, by which weight, how often, until when; a source may give only some of these.

    `over` is the time over which the amount is spread, `length` how long `every` goes on, `times` how many doses
    from and to. `give_fact` names the fact that holds the dose, where the source does not state one but counts on it.
    The amount is rounded to steps of `round_to`, then cut to `at_most`.
    """

    id: str
    title: str | None
    place: Place
    when: Condition | None
    give: Range | None
    give_unit: str | None
    by: str | None
    every: Span | None
    until: Condition | None
    cite: Citation | None
    over: Span | None = None
    length: Span | None = None
    times: tuple[int, int] | None = None
    at_most: Range | None = None
    at_most_unit: str | None = None
    round_to: Decimal | None = None
    round_unit: str | None = None
    give_fact: str | None = None
    then: str | None = None
    alternatives: tuple[str, ...] = ()
    says: str | None = None
    reading: str | None = None
    drift: tuple[DriftException, ...] = ()

    @property
    def stated(self) -> tuple[object, ...]:
        """Return all that it states of a dose, so that two can be told apart."""
        return (
            *(self.give, self.give_unit, self.give_fact, self.by, self.every, self.over, self.length, self.times),
            *(self.at_most, self.at_most_unit, self.round_to, self.round_unit, self.then, self.alternatives),
        )


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One rule of a position."""

    id: str
    title: str
    action: str
    about: str
    when: Condition
    place: Place
    strength: str
    says: str
    cite: Citation
    unless: tuple[str, ...] = ()
    especially_when: Condition | None = None
    dose: str | None = None
    certainty: str | None = None
    as_printed: str | None = None
    reading: str | None = None
    overlaps: tuple[str, ...] = ()
    drift: tuple[DriftException, ...] = ()


@dataclass(frozen=True, slots=True)
class Silence:
    """A region of which the source says nothing, declared with the reason why that is left so."""

    id: str
    when: Condition
    reading: str
    place: Place
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Monitoring:
    """What to measure, how often, from which event, for how long."""

    id: str
    title: str | None
    measure: str
    place: Place
    says: str
    cite: Citation
    every: Span | None = None
    when: Condition | None = None
    start: str | None = None
    length: Span | None = None
    reading: str | None = None
    drift: tuple[DriftException, ...] = ()


@dataclass(frozen=True, slots=True)
class Caution:
    """A contraindication, warning or precaution."""

    id: str
    title: str | None
    severity: str
    place: Place
    says: str
    cite: Citation
    when: Condition | None = None
    reading: str | None = None
    drift: tuple[DriftException, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A finding that carries no rule."""

    id: str
    title: str | None
    says: str
    place: Place
    cite: Citation
    n: str | None = None
    effect: str | None = None
    design: str | None = None


@dataclass(frozen=True, slots=True)
class NotEncoded:
    """An evidence entry that became nothing here: why in a word and in a sentence."""

    id: str
    reason: str
    note: str
    place: Place


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a position's history: what changed, why, the parts that it touched and those that it took out."""

    version: str
    on: date
    change: str
    place: Place
    reason: str | None = None
    parts: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def numbers(self) -> tuple[int, ...]:
        """Return the version as numbers, which can be put in order."""
        return tuple(int(part) for part in self.version.split("."))


@dataclass(frozen=True, slots=True)
class Validity:
    """The days on which a position is in force; None is no limit."""

    start: date | None = None
    until: date | None = None
    reading: str | None = None

    def holds_on(self, day: date) -> bool:
        """Return whether the day lies within, both ends included."""
        return (self.start is None or self.start <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Position:
    """One published source's answer to a topic's question."""

    id: str
    topic: str
    title: str
    version: str
    status: str
    place: Place
    valid: Validity = Validity()
    supersedes: tuple[str, ...] = ()
    summary: str | None = None
    reading: str | None = None
    applies_when: Condition | None = None
    grades: Mapping[str, Grade] = field(default_factory=dict)
    criteria: Mapping[str, Criterion] = field(default_factory=dict)
    recommendations: Mapping[str, Recommendation] = field(default_factory=dict)
    silent: Mapping[str, Silence] = field(default_factory=dict)
    dosing: Mapping[str, Dosing] = field(default_factory=dict)
    monitoring: Mapping[str, Monitoring] = field(default_factory=dict)
    cautions: Mapping[str, Caution] = field(default_factory=dict)
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    history: tuple[Change, ...] = ()
    review_by: date | None = None
    places: Mapping[str, Place] = field(default_factory=dict, compare=False, repr=False)  # of each superseded name

    @property
    def address(self) -> str:
        """Return topic/position, by which a position is named."""
        return f"{self.topic}/{self.id}"

    @property
    def parts(self) -> dict[str, Mapping[str, Any]]:
        """Return what a position is made of: for each kind of part, as `igguide diff` calls it, the parts by name."""
        return {
            "rule": self.recommendations,
            "grade": self.grades,
            "criterion": self.criteria,
            "dosing": self.dosing,
            "monitoring": self.monitoring,
            "caution": self.cautions,
            "silent": self.silent,
            "evidence": self.evidence,
        }


def citations_of(position: Position) -> Iterator[Citation]:
    """Yield every citation of a position, in the order of its parts."""
    for cite in (
        *(grade.cite for grade in position.grades.values()),
        *(criterion.cite for criterion in position.criteria.values()),
        *(rule.cite for rule in position.recommendations.values()),
        *(dosing.cite for dosing in position.dosing.values()),
        *(monitoring.cite for monitoring in position.monitoring.values()),
        *(caution.cite for caution in position.cautions.values()),
        *(finding.cite for finding in position.evidence.values()),
    ):
        if cite is not None:
            yield cite


# --- products ---


@dataclass(frozen=True, slots=True)
class Amount:
    """A number or a range with its unit, as printed."""

    range: Range
    unit: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that a source says of a product; `id` is empty where the product has only one of its kind."""

    id: str
    says: str
    place: Place
    cite: Citation
    reading: str | None = None


@dataclass(frozen=True, slots=True)
class RiskRate:
    """How fast a product runs in patients at risk; the numbers are there where the label has them."""

    says: str
    place: Place
    cite: Citation
    at_most: tuple[Amount, ...] = ()
    below: tuple[Amount, ...] = ()
    reading: str | None = None


@dataclass(frozen=True, slots=True)
class IgA:
    """The IgA in a product: a limit that is included, one that is not, or a mean."""

    place: Place
    cite: Citation
    at_most: Amount | None = None
    below: Amount | None = None
    mean: Amount | None = None
    reading: str | None = None


@dataclass(frozen=True, slots=True)
class Vials:
    """The sizes in which a product comes, in grams or millilitres."""

    sizes: tuple[Amount, ...]
    place: Place
    cite: Citation
    reading: str | None = None


@dataclass(frozen=True, slots=True)
class Strength:
    """One concentration of a product, with what was read of its IgA and vials."""

    concentration: Amount
    place: Place
    iga: IgA | None = None
    vials: Vials | None = None


@dataclass(frozen=True, slots=True)
class Indication:
    """One use that a label names, with its dose and rates; a rate is given in each unit in which it is printed."""

    id: str
    use: str
    region: str
    place: Place
    cite: Citation
    route: str | None = None
    concentration: Amount | None = None
    dose: str | None = None
    start_rate: tuple[Amount, ...] = ()
    start_for: Span | None = None
    steps: str | None = None
    highest_rate: tuple[Amount, ...] = ()
    faster_rate: tuple[Amount, ...] = ()
    faster_for: str | None = None
    sites: str | None = None
    reading: str | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """One immunoglobulin product as its labels describe it; `id` is an option of the fact that asks for the product."""

    id: str
    name: str
    maker: str
    form: str
    place: Place
    cite: Citation
    routes: tuple[str, ...]
    regions: tuple[str, ...]
    strengths: tuple[Strength, ...]
    also_called: tuple[str, ...] = ()
    stabiliser: Statement | None = None
    sugar: Statement | None = None
    glucose_meters: Statement | None = None
    indications: Mapping[str, Indication] = field(default_factory=dict)
    contraindications: Mapping[str, Statement] = field(default_factory=dict)
    boxed_warning: Statement | None = None
    at_risk_rate: RiskRate | None = None
    reading: str | None = None


def speed(rate: Amount, strength: Amount | None) -> Decimal | None:
    """Return a rate in mg/kg/h, worked out by the strength where it is in mL; None where it is not per body weight."""
    unit, number = UNITS[rate.unit], rate.range.high
    if number is None or unit.dimension not in ("rate per body weight", "volume rate per body weight"):
        return None
    found = EXACT.multiply(number, unit.factor)
    if unit.dimension == "rate per body weight":
        return found
    if strength is None or strength.range.high is None:
        return None
    return EXACT.multiply(found, EXACT.multiply(strength.range.high, UNITS[strength.unit].factor))


def citations_of_product(product: Product) -> Iterator[Citation]:
    """Yield every citation of a product, in the order of its parts."""
    return (cite for _, cite in cited_parts_of_product(product))


def cited_parts_of_product(product: Product) -> Iterator[tuple[str, Citation]]:
    """Yield the name of each part of a product with its citation; the product itself has no name of a part."""
    yield "", product.cite
    for strength in product.strengths:
        yield from ((name, part.cite) for name, part in (("iga", strength.iga), ("vials", strength.vials)) if part)
    said = {"stabiliser": product.stabiliser, "sugar": product.sugar, "glucose_meters": product.glucose_meters}
    yield from ((name, part.cite) for name, part in said.items() if part)
    yield from ((name, part.cite) for name, part in product.indications.items())
    yield from ((name, part.cite) for name, part in product.contraindications.items())
    if product.boxed_warning:
        yield "boxed_warning", product.boxed_warning.cite
    if product.at_risk_rate:
        yield "at_risk_rate", product.at_risk_rate.cite


@dataclass(frozen=True, slots=True)
class ShownPatient:
    """A patient for whom the page of a topic shows the answers of all its positions side by side, on a day."""

    title: str
    as_of: date
    record: Mapping[str, Any]
    place: Place


@dataclass(frozen=True, slots=True)
class Topic:
    """A clinical question and the positions that answer it."""

    id: str
    title: str
    question: str
    place: Place
    about: str | None = None
    anchor: str | None = None
    summary: str | None = None
    reading: str | None = None
    specialties: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    arises_when: Condition | None = None
    axis: str | None = None
    patient: ShownPatient | None = None
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    positions: Mapping[str, Position] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict, compare=False, repr=False)  # of the anchor and the axis
