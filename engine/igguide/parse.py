"""Documents that the schema has let through become the model; what the schema cannot see is told here.

A part whose shape the schema refused is left out (its problem is told already), so that one run still
finds the problems of all other parts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any, TypeVar

from .dates import date_fault, read_date
from .document import Document
from .errors import Place, Problem
from .formula import FormulaError, choices_of, dimension_of, read_formula
from .lines import Vocabulary, did_you_mean, longer_than_a_life, near, read_line
from .model import (
    Amount,
    Band,
    Binding,
    Caution,
    Change,
    Citation,
    Code,
    Condition,
    Criterion,
    Dosing,
    DriftException,
    Evidence,
    Fact,
    Grade,
    Group,
    IgA,
    Implication,
    Indication,
    Monitoring,
    NotEncoded,
    Option,
    Position,
    Product,
    Recommendation,
    RiskRate,
    Row,
    Score,
    ShownPatient,
    Silence,
    Source,
    Span,
    Statement,
    Strength,
    Table,
    Topic,
    Validity,
    Vials,
)
from .quantity import BODY, EXPONENTS, PLAIN_DOSES, UNITS, Range, factor, read_amount, read_number, spoken, unit_named

T = TypeVar("T")
_JOINS = ("all", "any", "none")


class _Reader:
    """What the readers of all kinds of files share: the document, the path into it, the problems found."""

    def __init__(self, document: Document, problems: list[Problem]) -> None:
        self.document = document
        self.problems = problems

    def place(self, *path: Any) -> Place:
        return self.document.place(*path)

    def wrong(self, place: Place, what: str, remedy: str = "") -> None:
        """Tell of a problem, unless one was told at the same place already: one mistake, one message."""
        if not self.told_at(place):
            self.problems.append(Problem(place, what, remedy))

    def each(
        self, data: Any, path: tuple[Any, ...], build: Callable[[str, Any, tuple[Any, ...]], T | None]
    ) -> dict[str, T]:
        """Return what `build` makes of each entry of a map; entries of a refused shape are left out."""
        found: dict[str, T] = {}
        for key, value in data.items() if isinstance(data, Mapping) else ():
            built = self.attempt(partial(build, key, value, (*path, key)), *path, key)
            if built is not None:
                found[key] = built
        return found

    def attempt(self, build: Callable[[], T], *path: Any) -> T | None:
        """Return what is built, or None where the shape of the part at a path was refused.

        The schema has told of that; where nothing was told it is told here, so that nothing is left out in silence.
        """
        try:
            return build()
        except (KeyError, TypeError, AttributeError, ValueError, IndexError, ArithmeticError):
            if not self.problems:
                self.wrong(
                    self.document.key_place(*path),
                    "This part cannot be read.",
                    "Compare it with the same part of another file.",
                )
            return None

    def told_at(self, place: Place) -> bool:
        """Return whether a problem was told at this very place."""
        return any(problem.place == place for problem in self.problems)

    def span(self, text: str, place: Place, hours: bool = False) -> Span | None:
        amount = read_amount(text)
        unit = unit_named(amount.unit) if amount else None
        low, high = (amount.range.low, amount.range.high) if amount else (None, None)
        if (
            low is None
            or high is None
            or unit is None
            or unit.dimension not in ("time", "calendar time", *(("clock time",) if hours else ()))
            or low % 1
            or high % 1
        ):
            self.wrong(
                place, f"`{text}` is not a stretch of time.", "Write it as in `90 days`, `3-4 weeks` or `1 month`."
            )
            return None
        if unit.dimension != "clock time" and longer_than_a_life(int(high), unit.code):
            self.wrong(place, f"`{text}` is longer than anyone lives.", "Correct the number, or its unit.")
            return None
        return Span(int(low), int(high), unit.code)

    def day(self, text: str, place: Place) -> date | None:
        when = read_date(text)
        if when is None or not when.whole:
            self.wrong(place, *date_fault(text))
            return None
        return when.first

    def optional_span(self, data: Mapping[str, Any], key: str, path: tuple[Any, ...]) -> Span | None:
        return self.span(data[key], self.place(*path, key)) if data.get(key) is not None else None

    def optional_day(self, data: Mapping[str, Any], key: str, path: tuple[Any, ...]) -> date | None:
        return self.day(data[key], self.place(*path, key)) if data.get(key) is not None else None

    def cite(self, data: Any, path: tuple[Any, ...]) -> Citation | None:
        if data is None:
            return None
        facts = data.get("fact") or ()
        return Citation(
            source=data["source"],
            place=self.place(*path),
            via=data.get("via"),
            facts=(facts,) if isinstance(facts, str) else tuple(facts),
            locator=data.get("locator"),
            verified=self.optional_day(data, "verified", path),
        )

    def _cited(self, data: Mapping[str, Any], path: tuple[Any, ...]) -> Citation:
        cite = self.cite(data["cite"], (*path, "cite"))
        if cite is None:
            raise TypeError("a citation is needed")
        return cite


def strings(value: Any) -> tuple[str, ...]:
    """Return a list of texts as a tuple; nothing is an empty one."""
    return tuple(map(str, value)) if isinstance(value, list) else ()


# --- sources ---


def parse_sources(document: Document, problems: list[Problem]) -> dict[str, Source]:
    """Return the sources of a file by id."""
    reader = _Reader(document, problems)
    found: dict[str, Source] = {}
    listed = document.data.get("references") if isinstance(document.data, Mapping) else None
    for index, item in enumerate(listed if isinstance(listed, list) else ()):
        source = reader.attempt(partial(_source, item, reader.place("references", index)), "references", index)
        if source is None:
            continue
        for key in ("issued", "available-date"):
            _source_date(item, key, ("references", index), reader)
        if source.id in found:
            reader.wrong(
                source.place, f"The source `{source.id}` is given twice in this file.", "Delete one of the two."
            )
        found[source.id] = source
    return found


def _source_date(item: Mapping[str, Any], key: str, path: tuple[Any, ...], reader: _Reader) -> None:
    """Tell of a date of a source that is in no calendar; its parts stand apart, as in `[[2021, 10, 28]]`."""
    for index, parts in enumerate(_list(_map(item.get(key)).get("date-parts"))):
        texts = [str(part).zfill(2) for part in _list(parts)]
        if all(text.isascii() and text.isdigit() for text in texts) and read_date("-".join(texts)) is None:
            listed = ", ".join(map(str, parts))
            reader.wrong(
                reader.place(*path, key, "date-parts", index),
                f"`[{listed}]` is no date.",
                "Write year, month and day as far as they are known, as in `[[2021, 10, 28]]` or `[[2022]]`.",
            )


def _source(item: Mapping[str, Any], place: Place) -> Source:
    return Source(item["id"], item["title"], item, place)


# --- facts ---


def parse_facts(document: Document, problems: list[Problem]) -> dict[str, Fact]:
    """Return the facts of a file by name; `check_facts` looks at how they refer to each other."""
    reader = _FactReader(document, problems)
    data = document.data.get("facts") if isinstance(document.data, Mapping) else None
    return reader.each(data, ("facts",), reader.fact)


class _FactReader(_Reader):
    def fact(self, name: str, data: Mapping[str, Any], path: tuple[Any, ...]) -> Fact | None:
        unit = self._unit(data, path)
        if not data.get("question") and "formula" not in data and "table" not in data:
            self.wrong(
                self.document.key_place(*path),
                f"The fact `{name}` has no question.",
                "Add `question:`, as one would ask a clinician.",
            )
        return Fact(
            name=name,
            title=data["title"],
            kind=data["kind"],
            place=self.document.key_place(*path),
            question=data.get("question"),
            unit=unit,
            limits=self._limits(data.get("limits"), unit if unit_named(str(data.get("unit"))) else None, path),
            usable_for=self.optional_span(data, "usable_for", path),
            fixed=data.get("fixed") is True or data["kind"] == "date" or "age_from" in data,
            options=_options(data.get("options")),
            fields={k: _options(v) for k, v in (data.get("fields") or {}).items()},
            implied_by=self._implication(data, path),
            age_from=data.get("age_from"),
            formula=self._formula(data, path),
            table=self._table(data.get("table"), unit, path),
            score=self._score(data.get("score"), path),
            analyte=self._analyte(data.get("analyte"), path),
            bindings=self._bindings(data.get("fhir"), path),
            cite=self.cite(data.get("cite"), (*path, "cite")),
            limits_cite=self.cite(_map(data.get("limits")).get("cite"), (*path, "limits", "cite")),
            reading=data.get("reading"),
            aliases=strings(data.get("aliases")),
        )

    def _unit(self, data: Mapping[str, Any], path: tuple[Any, ...]) -> str | None:
        if data["kind"] != "quantity":
            return None
        if "unit" not in data:
            return "1"  # the schema has told that it is missing
        unit = unit_named(str(data.get("unit", "")))
        if unit is None:
            self.wrong(
                self.place(*path, "unit"),
                f"The unit `{data['unit']}` is not known.",
                "Write a unit such as mg/dL, g/L, kg or 10*9/L, or a word such as years or points.",
            )
            return "1"
        return unit.code

    def _amount(self, text: str, unit: str, place: Place) -> Range | None:
        amount = read_amount(text)
        stated = unit_named(amount.unit) if amount else None
        by = factor(stated, UNITS[unit]) if stated else None
        if amount is None or by is None:
            self.wrong(
                place,
                f"`{text}` is not an amount in the fact's dimension.",
                f"Write it with its unit, as in `100 {unit}`.",
            )
            return None
        return amount.range.scaled(by)

    def _limits(self, data: Any, unit: str | None, path: tuple[Any, ...]) -> Range | None:
        if data is None or unit is None:
            return None
        if not data.get("reading") and not data.get("cite"):
            self.wrong(
                self.place(*path, "limits"),
                "Limits need a source or a reading.",
                "Add `cite:` where a source gives them, else `reading:`.",
            )
        ends = {
            end: self._amount(data[end], unit, self.place(*path, "limits", end))
            for end in ("low", "high")
            if end in data
        }
        low, high = ends.get("low"), ends.get("high")
        if low and high and low.low is not None and high.high is not None and low.low > high.high:
            self.wrong(
                self.place(*path, "limits", "low"),
                f"The lower limit, {data['low']}, lies above the upper one, {data['high']}.",
                "Correct one of the two; the lower one stands under `low:`.",
            )
            return None
        return Range(low.low if low else None, high.high if high else None)

    def _implication(self, data: Mapping[str, Any], path: tuple[Any, ...]) -> Implication | None:
        key = "implied_by" if "implied_by" in data else "needs"
        given = data.get(key)
        if given is None:
            return None
        return Implication(
            given["events"],
            {k: str(v) for k, v in (given.get("where") or {}).items()},
            _whole(given.get("at_least") or "1"),
            self.optional_span(given, "within", (*path, key)),
            key == "implied_by",
            given.get("reading"),
        )

    def _formula(self, data: Mapping[str, Any], path: tuple[Any, ...]) -> Any:
        if data.get("formula") is None:
            return None
        try:
            return read_formula(data["formula"], self._text_place(*path, "formula"))
        except FormulaError as error:
            self.wrong(
                self._text_place(*path, "formula").along(error.column),
                str(error),
                "Formulas use + - * / ( ) min max, facts, and numbers with units.",
            )
            return None

    def _text_place(self, *path: Any) -> Place:
        return self.place(*path).along(1 if self.document.is_quoted(*path) else 0)

    def _table(self, data: Any, unit: str | None, path: tuple[Any, ...]) -> Table | None:
        if data is None:
            return None
        rows = [self._row(row, unit or "1", (*path, "table", "rows", index)) for index, row in enumerate(data["rows"])]
        return Table(data["over"], tuple(row for row in rows if row))

    def _row(self, data: Mapping[str, Any], unit: str, path: tuple[Any, ...]) -> Row | None:
        low = self.span(data["from"], self.place(*path, "from"))
        below = self.span(data["below"], self.place(*path, "below")) if "below" in data else None
        value = self._amount(data["value"], unit, self.place(*path, "value"))
        if low is None or value is None or value.exact is None:
            return None
        return Row(
            low.low,
            low.unit,
            below.low if below else None,
            below.unit if below else None,
            value.exact,
            self.place(*path),
        )

    def _score(self, data: Any, path: tuple[Any, ...]) -> Score | None:
        if data is None:
            return None
        points = {name: read_number(str(value)) for name, value in data.items()}
        for name, number in points.items():
            if number is None:
                self.wrong(
                    self.place(*path, "score", name),
                    f"`{data[name]}` is no number of points.",
                    "Write a number such as 1.",
                )
        return Score({name: number for name, number in points.items() if number is not None})

    def _analyte(self, data: Any, path: tuple[Any, ...]) -> Any:
        if data is None:
            return None
        amount = read_amount(data["is"])
        if amount is None or amount.range.exact is None or unit_named(amount.unit) is None or data["one"] not in UNITS:
            self.wrong(
                self.place(*path, "analyte"),
                "The factor from mass to moles cannot be read.",
                "Write it as in `{one: mg/dL, is: 88.42 umol/L}`.",
            )
            return None
        return (data["one"], amount.range.exact, amount.unit)

    def _bindings(self, data: Any, path: tuple[Any, ...]) -> tuple[Binding, ...]:
        if data is None:
            return ()
        first = self._binding(data, (*path, "fhir"))
        others = [
            self._binding(item, (*path, "fhir", "also", index)) for index, item in enumerate(data.get("also") or ())
        ]
        return (first, *others)

    def _binding(self, data: Mapping[str, Any], path: tuple[Any, ...]) -> Binding:
        def codes(key: str) -> tuple[Code, ...]:
            return tuple(self._code(code, (*path, key, index)) for index, code in enumerate(data.get(key) or ()))

        return Binding(
            resource=data["resource"],
            codes=codes("codes"),
            values=codes("values") if data["resource"] != "Patient" else (),
            severity=codes("severity"),
            element=data.get("element"),
            element_values={k: str(v) for k, v in (data.get("values") or {}).items()}
            if data["resource"] == "Patient"
            else {},
            pick=data.get("pick", "latest"),
            within=self.optional_span(data, "within", path),
        )

    def _code(self, data: Mapping[str, Any], path: tuple[Any, ...]) -> Code:
        return Code(
            data["system"],
            str(data["code"]),
            data.get("is"),
            data.get("prefix") is True,
            self.optional_day(data, "from", path),
            self.optional_day(data, "until", path),
            {k: str(v) for k, v in (data.get("set") or {}).items()},
        )


def _options(raw: Any) -> dict[str, Option]:
    return {
        name: Option(
            name,
            str((data or {}).get("title") or name.replace("_", " ")),
            strings((data or {}).get("aliases")),
            {k: str(v) for k, v in ((data or {}).get("implies") or {}).items()},
            (data or {}).get("proper") is True,
        )
        for name, data in (raw or {}).items()
    }


def check_facts(facts: Mapping[str, Fact]) -> list[Problem]:
    """Return what is wrong between the facts: names that lead nowhere, units that do not fit, holes in tables."""
    found = [problem for fact in facts.values() for problem in _fact_problems(fact, facts)]
    return [*found, *_fact_circles(facts)]


def _fact_circles(facts: Mapping[str, Fact]) -> Iterator[Problem]:
    """Yield facts that are worked out from themselves, each circle once."""
    for circle in circles({name: (*fact.inputs, *_ruled_out_by(fact)) for name, fact in facts.items()}):
        yield Problem(
            facts[circle[0]].place,
            f"The fact `{circle[0]}` is worked out from itself: {' from '.join(f'`{name}`' for name in circle)}.",
            "Ask one of them instead, or work it out from other facts.",
        )


def _ruled_out_by(fact: Fact) -> tuple[str, ...]:
    return (fact.implied_by.events,) if fact.implied_by else ()


def circles(uses: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """Return each way that leads from a name back to itself, once, its first name standing at both ends."""
    found: list[tuple[str, ...]] = []
    done: set[str] = set()
    for start in uses:
        way = [] if start in done else _way_back(start, uses)
        if way:
            found.append((start, *way))
            done.update(way)
    return found


def _way_back(start: str, uses: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the shortest way from a name back to it, or nothing."""
    ways = [[name] for name in uses[start]]
    seen: set[str] = set()
    for way in ways:
        if way[-1] == start:
            return way
        if way[-1] in uses and way[-1] not in seen:
            seen.add(way[-1])
            ways.extend([*way, name] for name in uses[way[-1]])
    return []


def _fact_problems(fact: Fact, facts: Mapping[str, Fact]) -> list[Problem]:
    place = fact.formula.place if fact.formula and fact.formula.place else fact.place
    found = [
        Problem(
            place.along(_column(fact, name)),
            f"The fact `{fact.name}` is worked out from `{name}`, and there is no such fact.",
            did_you_mean(near(name, facts)) or "Name a fact of guidelines/facts/.",
        )
        for name in dict.fromkeys((*fact.inputs, *_ruled_out_by(fact)))
        if name not in facts
    ]
    if found:
        return found
    found += [
        Problem(fact.place, f"The fact `{fact.name}` names `{name}`, which is not {wanted}.", "Name another fact.")
        for name, wanted in _wanted_inputs(fact, facts)
    ]
    found += _where_problems(fact, facts)
    if fact.formula:
        found += _formula_problems(fact, facts)
    if fact.table:
        found += _table_problems(fact)
    for option in fact.options.values():
        for name, implied in option.implies.items():
            if name not in facts or implied not in facts[name].options:
                found.append(
                    Problem(
                        fact.place,
                        f"The option `{option.name}` implies `{name}: {implied}`, which {_no_target(name, facts)}.",
                        _implied_instead(fact, option, name, facts),
                    )
                )
    return found


def _no_target(name: str, facts: Mapping[str, Fact]) -> str:
    if name not in facts or facts[name].options:
        return "does not exist"
    return "is no choice, and an option fixes only other choices"


def _implied_instead(fact: Fact, option: Option, name: str, facts: Mapping[str, Fact]) -> str:
    if name in facts and facts[name].kind == "yes-no":
        return f"Write a criterion instead: `any: [{name}, {fact.name} is {option.name}]`."
    return "Name a choice and one of its options."


def _column(fact: Fact, name: str) -> int:
    found = re.search(rf"\b{re.escape(name)}\b", fact.formula.text) if fact.formula and fact.formula.place else None
    return found.start() if found else 0


def _wanted_inputs(fact: Fact, facts: Mapping[str, Fact]) -> Iterator[tuple[str, str]]:
    """Yield the facts that this one is worked out from and that are of another kind than it needs."""
    if fact.age_from and facts[fact.age_from].kind != "date":
        yield fact.age_from, "an event with a date"
    if fact.table and not facts[fact.table.over].age_from:
        yield fact.table.over, "an age"
    for name in fact.score.points if fact.score else ():
        if facts[name].kind != "yes-no":
            yield name, "a yes-no fact"
    for name in _ruled_out_by(fact):
        if facts[name].kind != "events":
            yield name, "a list of events"


def _where_problems(fact: Fact, facts: Mapping[str, Fact]) -> list[Problem]:
    if fact.implied_by is None:
        return []
    fields = facts[fact.implied_by.events].fields
    return [
        Problem(
            fact.place,
            f"`where` of the fact `{fact.name}` says `{field}: {option}`, which `{fact.implied_by.events}` does not know.",
            "Name a field of these events and one of its options.",
        )
        for field, option in fact.implied_by.where.items()
        if option not in fields.get(field, {})
    ]


def _formula_problems(fact: Fact, facts: Mapping[str, Fact]) -> list[Problem]:
    assert fact.formula is not None
    place = fact.formula.place or fact.place
    units = {name: UNITS[facts[name].unit or "1"] for name in fact.formula.facts if facts[name].kind == "quantity"}
    try:
        exponents = dimension_of(fact.formula.node, units)
    except FormulaError as error:
        return [Problem(place.along(error.column), str(error), "Check the units of its facts and numbers.")]
    for choice in choices_of(fact.formula.node):
        chosen = facts[choice.fact]
        named = {option for option, _ in choice.parts}
        if chosen.kind != "choice" or named != set(chosen.options):
            return [
                Problem(
                    place.along(choice.column),
                    f"`choose` needs one part for each option of a choice, and `{choice.fact}` has "
                    f"{', '.join(chosen.options) or 'none'}.",
                    "Write it as in `choose(sex, male 50 kg, female 45.5 kg)`.",
                )
            ]
    if exponents != EXPONENTS[UNITS[fact.unit or "1"].dimension]:
        return [
            Problem(
                place,
                f"This formula does not give {UNITS[fact.unit or '1'].dimension}, in which `{fact.name}` is stated ({fact.unit}).",
                "Check the units of its facts and numbers.",
            )
        ]
    return []


_IN_DAYS = {"d": 1.0, "wk": 7.0, "mo": 30.4375, "a": 365.25}  # only to put rows in order, never to compare an age


def _table_problems(fact: Fact) -> list[Problem]:
    """Return holes, overlaps and rows out of order: each row must begin where the one above it ends."""
    assert fact.table is not None
    found = []
    for above, row in zip(fact.table.rows, fact.table.rows[1:], strict=False):
        if above.below is None or above.below_unit is None:
            found.append(
                Problem(
                    above.place,
                    "Only the last row may leave out `below`.",
                    "Add `below:`, or delete the rows after it.",
                )
            )
            continue
        ends, begins = above.below * _IN_DAYS[above.below_unit], row.low * _IN_DAYS[row.low_unit]
        if not _same_age((above.below, above.below_unit), (row.low, row.low_unit)):
            what = "leaves a gap after" if begins > ends else "overlaps"
            found.append(
                Problem(
                    row.place,
                    f"This row of the table {what} the row above it, which ends below {above.below} {spoken(above.below_unit)}.",
                    f"Begin it at `from: {above.below} {spoken(above.below_unit)}`.",
                )
            )
    return found


def _same_age(a: tuple[int, str], b: tuple[int, str]) -> bool:
    def months_or_days(count: int, unit: str) -> tuple[int, str]:
        return (count * {"a": 12, "mo": 1, "wk": 7, "d": 1}[unit], "mo" if unit in ("a", "mo") else "d")

    return months_or_days(*a) == months_or_days(*b)


def parse_not_encoded(document: Document) -> dict[str, NotEncoded]:
    """Return the evidence entries of a valid document that were not encoded, by id."""
    listed = document.data["not_encoded"]
    return {
        name: NotEncoded(name, entry["reason"], entry["note"], document.key_place("not_encoded", name))
        for name, entry in listed.items()
    }


# --- products ---

RATES = ("rate per body weight", "volume rate per body weight", "volume rate")
_DENSITY = ("mass concentration",)


def parse_products(document: Document, problems: list[Problem]) -> dict[str, Product]:
    """Return the products of a file by id; `lint_products` looks at how they refer to facts and sources."""
    reader = _ProductReader(document, problems)
    data = document.data.get("products") if isinstance(document.data, Mapping) else None
    return reader.each(data, ("products",), reader.product)


class _ProductReader(_Reader):
    def product(self, name: str, data: Mapping[str, Any], path: tuple[Any, ...]) -> Product:
        return Product(
            id=name,
            name=data["name"],
            maker=data["maker"],
            form=data["form"],
            place=self.document.key_place(*path),
            cite=self._cited(data, path),
            routes=strings(data["routes"]),
            regions=strings(data["regions"]),
            strengths=tuple(
                self._strength(item, (*path, "strengths", index)) for index, item in enumerate(data["strengths"])
            ),
            also_called=strings(data.get("also_called")),
            stabiliser=self._statement_of(data, "stabiliser", path),
            sugar=self._statement_of(data, "sugar", path),
            glucose_meters=self._statement_of(data, "glucose_meters", path),
            indications=self.each(data.get("indications"), (*path, "indications"), self._indication),
            contraindications=self.each(data.get("contraindications"), (*path, "contraindications"), self._statement),
            boxed_warning=self._statement_of(data, "boxed_warning", path),
            at_risk_rate=self._risk_rate(data.get("at_risk_rate"), (*path, "at_risk_rate")),
            reading=data.get("reading"),
        )

    def _statement_of(self, data: Mapping[str, Any], key: str, path: tuple[Any, ...]) -> Statement | None:
        given = data.get(key)
        return None if given is None else self._statement("", given, (*path, key))

    def _statement(self, name: str, data: Mapping[str, Any], path: tuple[Any, ...]) -> Statement:
        place = self.document.key_place(*path)
        return Statement(name, data["says"], place, self._cited(data, path), data.get("reading"))

    def _strength(self, data: Mapping[str, Any], path: tuple[Any, ...]) -> Strength:
        return Strength(
            self._concentration(data["concentration"], (*path, "concentration")),
            self.document.key_place(*path),
            self._iga(data.get("iga"), (*path, "iga")),
            self._vials(data.get("vials"), (*path, "vials")),
        )

    def _iga(self, data: Any, path: tuple[Any, ...]) -> IgA | None:
        if data is None:
            return None
        place = self.document.key_place(*path)
        if not {"at_most", "below", "mean"} & set(data):
            self.wrong(place, "Nothing is said of the IgA here.", "Add a limit or a mean, as in `at_most: 25 ug/mL`.")
        given = {
            key: self._amount(data[key], (*path, key), _DENSITY, "amount of IgA", "25 ug/mL") if key in data else None
            for key in ("at_most", "below", "mean")
        }
        return IgA(place, self._cited(data, path), **given, reading=data.get("reading"))

    def _vials(self, data: Any, path: tuple[Any, ...]) -> Vials | None:
        if data is None:
            return None
        sizes = tuple(
            self._amount(text, (*path, "sizes", index), ("mass", "volume"), "size of a vial", "5 g")
            for index, text in enumerate(data["sizes"])
        )
        return Vials(sizes, self.document.key_place(*path), self._cited(data, path), data.get("reading"))

    def _indication(self, name: str, data: Mapping[str, Any], path: tuple[Any, ...]) -> Indication:
        given = data.get("concentration")
        return Indication(
            id=name,
            use=data["for"],
            region=data["region"],
            place=self.document.key_place(*path),
            cite=self._cited(data, path),
            route=data.get("route"),
            concentration=None if given is None else self._concentration(given, (*path, "concentration")),
            dose=data.get("dose"),
            start_rate=self._rates(data, "start_rate", path),
            start_for=self.span(data["start_for"], self.place(*path, "start_for"), hours=True)
            if "start_for" in data
            else None,
            steps=data.get("steps"),
            highest_rate=self._rates(data, "highest_rate", path),
            faster_rate=self._rates(data, "faster_rate", path),
            faster_for=data.get("faster_for"),
            sites=data.get("sites"),
            reading=data.get("reading"),
        )

    def _risk_rate(self, data: Any, path: tuple[Any, ...]) -> RiskRate | None:
        if data is None:
            return None
        return RiskRate(
            says=data["says"],
            place=self.document.key_place(*path),
            cite=self._cited(data, path),
            at_most=self._rates(data, "at_most", path),
            below=self._rates(data, "below", path),
            reading=data.get("reading"),
        )

    def _rates(self, data: Mapping[str, Any], key: str, path: tuple[Any, ...]) -> tuple[Amount, ...]:
        return tuple(
            self._amount(text, (*path, key, index), RATES, "rate of infusion", "0.5 mg/kg/min")
            for index, text in enumerate(data.get(key) or ())
        )

    def _concentration(self, text: str, path: tuple[Any, ...]) -> Amount:
        return self._amount(text, path, _DENSITY, "concentration", "100 mg/mL")

    def _amount(self, text: str, path: tuple[Any, ...], dimensions: Collection[str], what: str, example: str) -> Amount:
        """Return an amount of one of these dimensions; what is none is told, and its product is left out."""
        amount = read_amount(text)
        unit = unit_named(amount.unit) if amount else None
        if amount is None or unit is None or unit.dimension not in dimensions:
            self.wrong(self.place(*path), f"`{text}` is no {what}.", f"Write it as in `{example}`.")
            raise ValueError(text)
        return Amount(amount.range, unit.code)


# --- topics and positions ---


def parse_topic(document: Document, facts: Mapping[str, Fact], problems: list[Problem]) -> Topic | None:
    """Return a topic without its positions; when it arises is read with the vocabulary of facts."""
    reader = _PositionReader(document, facts, problems)

    def build() -> Topic:
        data = document.data
        return Topic(
            id=data["topic"],
            title=data["title"],
            question=data["question"],
            place=reader.place("topic"),
            about=data.get("about"),
            anchor=data.get("anchor"),
            places={key: reader.place(key) for key in ("anchor", "axis")},
            summary=data.get("summary"),
            reading=data.get("reading"),
            specialties=strings(data.get("specialties")),
            conditions=strings(data.get("conditions")),
            arises_when=reader.condition(data.get("arises_when"), ("arises_when",)),
            axis=data.get("axis"),
            patient=reader.shown_patient(data.get("patient")),
            evidence=reader.each(data.get("evidence"), ("evidence",), reader.evidence),
        )

    return reader.attempt(build)


def parse_position(document: Document, facts: Mapping[str, Fact], problems: list[Problem]) -> Position | None:
    """Return a position, its lines read with the vocabulary of facts; problems found are added to the list."""
    reader = _PositionReader(document, facts, problems)
    return reader.attempt(reader.position)


class _PositionReader(_Reader):
    def __init__(self, document: Document, facts: Mapping[str, Fact], problems: list[Problem]) -> None:
        super().__init__(document, problems)
        data = document.data if isinstance(document.data, Mapping) else {}
        self.words = Vocabulary(facts, _bands_by_grade(data.get("grades")), tuple(data.get("criteria") or ()))

    def shown_patient(self, data: Any) -> ShownPatient | None:
        if data is None:
            return None
        day = self.optional_day(data, "as_of", ("patient",))
        return (
            None if day is None else ShownPatient(data["title"], day, data["record"], self.place("patient", "record"))
        )

    def position(self) -> Position:
        data = self.document.data
        shown = data if isinstance(data, Mapping) else {}
        parts = {
            "grades": self.each(shown.get("grades"), ("grades",), self._grade),
            "criteria": self.each(shown.get("criteria"), ("criteria",), self._criterion),
            "recommendations": self.each(shown.get("recommendations"), ("recommendations",), self._recommendation),
            "silent": self.each(shown.get("silent"), ("silent",), self._silence),
            "dosing": self.each(shown.get("dosing"), ("dosing",), self._dosing),
            "monitoring": self.each(shown.get("monitoring"), ("monitoring",), self._monitoring),
            "cautions": self.each(shown.get("cautions"), ("cautions",), self._caution),
            "evidence": self.each(shown.get("evidence"), ("evidence",), self.evidence),
        }
        applies_when = self.condition(shown.get("applies_when"), ("applies_when",))
        valid = data.get("valid") or {}
        self._references(shown)
        self._dates(shown)
        return Position(
            id=data["position"],
            topic=data["topic"],
            title=data["title"],
            version=data["version"],
            status=data["status"],
            place=self.document.key_place("position"),
            valid=Validity(
                self.optional_day(valid, "from", ("valid",)),
                self.optional_day(valid, "until", ("valid",)),
                valid.get("reading"),
            ),
            supersedes=strings(data.get("supersedes")),
            places={
                name: self.place("supersedes", index) for index, name in enumerate(strings(data.get("supersedes")))
            },
            review_by=self.optional_day(data, "review_by", ()),
            summary=data.get("summary"),
            reading=data.get("reading"),
            applies_when=applies_when,
            history=tuple(
                self._change(item, ("history", index)) for index, item in enumerate(data.get("history") or ())
            ),
            **parts,  # type: ignore[arg-type]
        )

    # conditions

    def condition(self, data: Any, path: tuple[Any, ...]) -> Condition | None:
        """Return a condition map as a group; several joins together mean `all`."""
        if data is None:
            return None
        if isinstance(data, str):
            return self._line(data, path)
        groups = [group for join in (*_JOINS, "of") if (group := self._group(join, data, path))]
        if not groups:
            return None
        return groups[0] if len(groups) == 1 else Group("all", tuple(groups), self.place(*path))

    def _group(self, join: str, data: Mapping[str, Any], path: tuple[Any, ...]) -> Group | None:
        lines = data.get(join)
        if not isinstance(lines, list):
            return None
        parts = [self._line(line, (*path, join, index)) for index, line in enumerate(lines) if isinstance(line, str)]
        read = tuple(part for part in parts if part is not None)
        if join == "of":
            count = _whole(data["at_least"])
            if count < 1 or count > len(lines):
                self.wrong(
                    self.place(*path, "at_least"),
                    f"`at_least: {count}` cannot be met by {len(lines)} lines.",
                    "Give a number between 1 and the number of lines under `of:`.",
                )
            return Group("at_least", read, self.place(*path, join), count)
        return Group(join, read, self.place(*path, join))  # type: ignore[arg-type]

    def _line(self, text: str, path: tuple[Any, ...]) -> Condition | None:
        place = self.place(*path)
        read = read_line(text, place.along(1) if self.document.is_quoted(*path) else place, self.words)
        if isinstance(read, Problem):
            if not self.told_at(place):
                self.problems.append(read)
            return None
        return read

    def _needed(self, data: Any, path: tuple[Any, ...]) -> Condition:
        return self.condition(data, path) or Group("all", (), self.place(*path))

    # what the parts say of each other

    def _references(self, data: Mapping[str, Any]) -> None:
        """Tell of names of rules, doses and facts that lead nowhere, where they stand."""
        rules, doses, facts = _map(data.get("recommendations")), _map(data.get("dosing")), self.words.facts
        for name, rule in rules.items():
            path = ("recommendations", name)
            for index, other in enumerate(_list(_map(rule).get("unless"))):
                if other == name:
                    self.wrong(
                        self.place(*path, "unless", index), "A rule cannot yield to itself.", "Delete its name here."
                    )
                others = [rule for rule in rules if rule != name]
                self._named(other, others, "other rule of this position", *path, "unless", index)
            if _map(rule).get("dose") is not None:
                self._named(_map(rule)["dose"], doses, "entry under `dosing:`", *path, "dose")
        dates = {name: fact for name, fact in facts.items() if fact.kind == "date"}
        for name, part in _map(data.get("monitoring")).items():
            for key, known, what in (("measure", facts, "fact"), ("from", dates, "event with a date")):
                if _map(part).get(key) is not None:
                    self._named(_map(part)[key], known, what, "monitoring", name, key)

    def _named(self, name: Any, known: Collection[str], what: str, *path: Any) -> None:
        if isinstance(name, str) and name not in known:
            listed = f"There are: {', '.join(known)}." if 0 < len(known) < 6 else "Check the spelling, or add it."
            self.wrong(self.place(*path), f"`{name}` is no {what}.", did_you_mean(near(name, known)) or listed)

    def _dates(self, data: Mapping[str, Any]) -> None:
        valid = _map(data.get("valid"))
        start, until = (read_date(str(valid[key])) if valid.get(key) is not None else None for key in ("from", "until"))
        if start and until and until.last < start.first:
            self.wrong(
                self.place("valid", "until"),
                f"The position ends on {valid['until']}, before it begins on {valid['from']}.",
                "Correct one of the two dates.",
            )
        if "valid" in data and "from" not in valid and not valid.get("reading"):
            self.wrong(
                self.place("valid"),
                "`valid` has no `from:`.",
                "Give the earliest date of publication, or a `reading:` that says why there is none.",
            )
        if start and start.whole and (start.first.month, start.first.day) == (1, 1) and not valid.get("reading"):
            self.wrong(
                self.place("valid", "from"),
                "A 1 January usually means that only the year is known.",
                "Say so in a `reading:` beside it, as in `valid: {from: 2019-01-01, reading: Only the year is known.}`.",
            )
        history = _list(data.get("history"))
        last = _map(history[-1]).get("version") if history else None
        if last is not None and last != data.get("version") and not self.told_at(self.place("version")):
            self.wrong(
                self.place("history", len(history) - 1, "version"),
                f"The last line of `history` is about version {last}, and the position is {data.get('version')}.",
                "Add a line for the new version, or correct one of the two.",
            )

    # the parts of a position

    def _grade(self, name: str, data: Mapping[str, Any], path: tuple[Any, ...]) -> Grade:
        bands = []
        for index, band in enumerate(data["bands"]):
            for key, when in band.items():
                condition = self.condition(when, (*path, "bands", index, key))
                if condition is not None:
                    bands.append(Band(key, condition, self.document.key_place(*path, "bands", index, key)))
        return Grade(
            id=name,
            title=data["title"],
            bands=tuple(bands),
            otherwise=data["otherwise"],
            place=self.document.key_place(*path),
            when=self.condition(data.get("when"), (*path, "when")),
            says=data.get("says"),
            reading=data.get("reading"),
            cite=self.cite(data.get("cite"), (*path, "cite")),
            drift=self._exceptions(data, path),
        )

    def _criterion(self, name: str, data: Mapping[str, Any], path: tuple[Any, ...]) -> Criterion:
        return Criterion(
            name,
            data.get("title"),
            self._needed(data, path),
            self.document.key_place(*path),
            data.get("reading"),
            self.cite(data.get("cite"), (*path, "cite")),
        )

    def _recommendation(self, name: str, data: Mapping[str, Any], path: tuple[Any, ...]) -> Recommendation:
        when, especially = (
            self._needed(data.get("when"), (*path, "when")),
            self.condition(data.get("especially_when"), (*path, "especially_when")),
        )
        return Recommendation(
            id=name,
            title=data["title"],
            action=data["action"],
            about=data["about"],
            when=when,
            place=self.document.key_place(*path),
            strength=data["strength"],
            says=data["says"],
            cite=self._cited(data, path),
            unless=strings(data.get("unless")),
            especially_when=especially,
            dose=data.get("dose"),
            certainty=data.get("certainty"),
            as_printed=data.get("as_printed"),
            reading=data.get("reading"),
            overlaps=strings(data.get("overlaps")),
            drift=self._exceptions(data, path),
        )

    def _silence(self, name: str, data: Mapping[str, Any], path: tuple[Any, ...]) -> Silence:
        when = self._needed(data.get("when"), (*path, "when"))
        return Silence(name, when, data["reading"], self.document.key_place(*path), data.get("about"))

    def _exceptions(self, data: Mapping[str, Any], path: tuple[Any, ...]) -> tuple[DriftException, ...]:
        listed = data.get("drift")
        found = [
            self._exception(item, (*path, "drift", index))
            for index, item in enumerate(listed if isinstance(listed, list) else ())
        ]
        return tuple(exception for exception in found if exception)

    def _exception(self, data: Mapping[str, Any], path: tuple[Any, ...]) -> DriftException | None:
        amount = read_amount(str(data["number"]))
        unit = unit_named(amount.unit) if amount and amount.unit else None
        if amount is None or amount.range.exact is None or (amount.unit and unit is None):
            self.wrong(
                self.place(*path, "number"),
                f"`{data['number']}` is not a number with its unit.",
                "Write it as in the text, for example `18 years` or `2`.",
            )
            return None
        return DriftException(amount.range.exact, unit.code if unit else None, data["reason"], self.place(*path))

    def _dosing(self, name: str, data: Mapping[str, Any], path: tuple[Any, ...]) -> Dosing:
        give_fact = self._dose_fact(data, path)
        give, give_unit = (None, self.words.facts[give_fact].unit) if give_fact else self._dose(data, "give", path)
        at_most, at_most_unit = self._dose(data, "at_most", path)
        step, step_unit = self._dose(data, "round_to", path)
        amount_unit = BODY[give_unit][1] if give_unit in BODY else give_unit
        for key, unit in (("at_most", at_most_unit), ("round_to", step_unit)):
            own = BODY[unit][1] if unit in BODY else unit
            if unit and amount_unit and factor(UNITS[own or ""], UNITS[amount_unit]) is None:
                self.wrong(
                    self.place(*path, key),
                    f"`{data[key]}` does not fit a dose in {amount_unit}.",
                    f"Write it in {amount_unit}.",
                )
        if step_unit in BODY or (step is not None and (step.exact is None or step.exact <= 0)):
            self.wrong(
                self.place(*path, "round_to"), f"`{data['round_to']}` is no step.", "Write one amount, as in `5 g`."
            )
        for name_of in ("then", "or"):
            for other in strings(data.get(name_of)) if name_of == "or" else filter(None, [data.get(name_of)]):
                others = [each for each in _map(self.document.data.get("dosing")) if each != name]
                self._named(other, others, "other entry under `dosing:`", *path, name_of)
        when, until = (
            self.condition(data.get("when"), (*path, "when")),
            self.condition(data.get("until"), (*path, "until")),
        )
        return Dosing(
            id=name,
            title=data.get("title"),
            place=self.document.key_place(*path),
            when=when,
            give=give,
            give_fact=give_fact,
            give_unit=give_unit,
            by=data.get("by"),
            every=self._dose_span(data, "every", path),
            over=self._dose_span(data, "over", path),
            length=self.optional_span(data, "for", path),
            times=self._times(data, path),
            at_most=at_most,
            at_most_unit=at_most_unit,
            round_to=None if step is None or step_unit is None else step.exact,
            round_unit=step_unit,
            then=data.get("then"),
            alternatives=strings(data.get("or")),
            until=until,
            cite=self.cite(data.get("cite"), (*path, "cite")),
            says=data.get("says"),
            reading=data.get("reading"),
            drift=self._exceptions(data, path),
        )

    def _monitoring(self, name: str, data: Mapping[str, Any], path: tuple[Any, ...]) -> Monitoring:
        return Monitoring(
            id=name,
            title=data.get("title"),
            measure=data["measure"],
            every=self._dose_span(data, "every", path),
            place=self.document.key_place(*path),
            says=data["says"],
            cite=self._cited(data, path),
            when=self.condition(data.get("when"), (*path, "when")),
            start=data.get("from"),
            length=self.optional_span(data, "for", path),
            reading=data.get("reading"),
            drift=self._exceptions(data, path),
        )

    def _caution(self, name: str, data: Mapping[str, Any], path: tuple[Any, ...]) -> Caution:
        return Caution(
            id=name,
            title=data.get("title"),
            severity=data["severity"],
            place=self.document.key_place(*path),
            says=data["says"],
            cite=self._cited(data, path),
            when=self.condition(data.get("when"), (*path, "when")),
            reading=data.get("reading"),
            drift=self._exceptions(data, path),
        )

    def _dose(self, data: Mapping[str, Any], key: str, path: tuple[Any, ...]) -> tuple[Range | None, str | None]:
        """Return the amount and the unit under a key of a dosing; a unit per body needs `by:`."""
        if data.get(key) is None:
            return None, None
        amount = read_amount(data[key])
        unit = unit_named(amount.unit) if amount else None
        if (
            amount is None
            or unit is None
            or amount.comparator
            or not (unit.code in BODY or unit.dimension in PLAIN_DOSES)
        ):
            self.wrong(
                self.place(*path, key),
                f"`{data[key]}` is not a dose.",
                "Write it as in `0.5 g/kg`, `0.4-0.6 g/kg` or `10 g`.",
            )
            return None, None
        if unit.code in BODY and not data.get("by"):
            self.wrong(
                self.place(*path, key),
                "A dose per body weight needs the weight it is counted on.",
                "Add `by: actual_weight`; where the source is silent, say so in `reading:`.",
            )
        return amount.range, unit.code

    def _dose_fact(self, data: Mapping[str, Any], path: tuple[Any, ...]) -> str | None:
        """Return the fact that `give` names instead of an amount, as in `give: prescribed_dose`."""
        name = data.get("give")
        if not isinstance(name, str) or not name[:1].isalpha():
            return None
        fact = self.words.facts.get(name)
        unit = UNITS.get(fact.unit or "") if fact else None
        if unit is None or not (unit.code in BODY or unit.dimension in PLAIN_DOSES):
            amounts = [each.name for each in self.words.facts.values() if each.unit in BODY or each.unit == "g"]
            self.wrong(
                self.place(*path, "give"),
                f"`{name}` is no fact that holds a dose.",
                did_you_mean(near(name, amounts)) or "Name a fact in g or g/kg, or write an amount such as `0.5 g/kg`.",
            )
            return None
        if unit.code in BODY and not data.get("by"):
            self.wrong(
                self.place(*path, "give"),
                "A dose per body weight needs the weight it is counted on.",
                "Add `by: actual_weight`; where the source is silent, say so in `reading:`.",
            )
        return name

    def _times(self, data: Mapping[str, Any], path: tuple[Any, ...]) -> tuple[int, int] | None:
        """Return how many doses there are, from and to; `1-3` and `1` alike."""
        if data.get("times") is None:
            return None
        low, _, high = str(data["times"]).partition("-")
        if int(high or low) < int(low) or int(low) < 1:
            self.wrong(self.place(*path, "times"), f"`{data['times']}` is no number of doses.", "Write it as in `1-3`.")
        return int(low), int(high or low)

    def _dose_span(self, data: Mapping[str, Any], key: str, path: tuple[Any, ...]) -> Span | None:
        """Return an interval, which for doses and measurements may be in hours."""
        return self.span(data[key], self.place(*path, key), hours=True) if data.get(key) is not None else None

    def evidence(self, name: str, data: Mapping[str, Any], path: tuple[Any, ...]) -> Evidence:
        return Evidence(
            id=name,
            title=data.get("title"),
            says=data["says"],
            place=self.document.key_place(*path),
            cite=self._cited(data, path),
            n=_text(data.get("n")),
            effect=_text(data.get("effect")),
            design=_text(data.get("design")),
        )

    def _change(self, data: Mapping[str, Any], path: tuple[Any, ...]) -> Change:
        return Change(
            version=data["version"],
            on=self.day(data["on"], self.place(*path, "on")) or date.min,
            change=data["change"],
            place=self.place(*path),
            reason=data.get("reason"),
            parts=strings(data.get("parts")),
            removed=strings(data.get("removed")),
        )


def _map(data: Any) -> Mapping[str, Any]:
    """Return the data if it is a map, else an empty one: its shape was refused and told."""
    return data if isinstance(data, Mapping) else {}


def _list(data: Any) -> list[Any]:
    return data if isinstance(data, list) else []


def _whole(text: Any) -> int:
    """Return a whole number as YAML may write it: 2, 2.0 or 2e0."""
    number = read_number(str(text))
    if number is None or number % 1:
        raise ValueError(text)
    return int(number)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _bands_by_grade(raw: Any) -> dict[str, tuple[str, ...]]:
    """Return each grade's bands, `otherwise` last, as far as the document's shape allows."""
    found: dict[str, tuple[str, ...]] = {}
    for name, data in raw.items() if isinstance(raw, Mapping) else ():
        bands = data.get("bands") if isinstance(data, Mapping) else None
        listed = (
            [str(key) for band in bands if isinstance(band, Mapping) for key in band] if isinstance(bands, list) else []
        )
        found[name] = (
            *listed,
            *([str(data["otherwise"])] if isinstance(data, Mapping) and "otherwise" in data else []),
        )
    return found
