"""Examples beside a position: records with what the position must answer for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .dates import read_date
from .decision import Decision
from .document import Document
from .errors import Place, Problem
from .evaluate import PositionResult, RuleResult
from .lines import did_you_mean, near
from .model import Grade
from .quantity import UNITS, Range, factor, number_text, read_amount, unit_named

if TYPE_CHECKING:
    from .library import Library, Parts

_RULES = ("holds", "emphasis", "dose", "missing")
_NAMES = {  # what each key of `expect` names the parts of, where that is not the key itself
    **dict.fromkeys(_RULES, "recommendations"),
    "missing": "recommendations and grades",
    "silent": "silences",
}


@dataclass(frozen=True, slots=True)
class Example:
    """One worked case: a record on a date, and what is expected of the position."""

    title: str
    as_of: date
    record: Mapping[str, Any]
    basis: str
    expect: Mapping[str, Any]
    place: Place
    places: Mapping[str, Place]


@dataclass(frozen=True, slots=True)
class ExampleFile:
    """The examples of one position."""

    file: str
    topic: str
    position: str
    examples: tuple[Example, ...] = field(default=())

    @property
    def address(self) -> str:
        """Return the address of the position."""
        return f"{self.topic}/{self.position}"


def parse_examples(document: Document, parts: Parts, problems: list[Problem]) -> ExampleFile | None:
    """Return the examples of a file; expectations of rules that do not exist are told as problems."""
    topic, _, name = document.file.rpartition("/")
    stem = name.removesuffix(".examples.yaml")
    position = parts.positions.get(f"{topic}/{stem}.yaml")
    if position is None:
        if not problems and not any(p.startswith(f"{topic}/{stem}.") for p in parts.positions):
            problems.append(
                Problem(
                    Place(document.file),
                    f"There is no position `{stem}.yaml` beside these examples.",
                    "An examples file has the stem of its position.",
                )
            )
        return None
    if problems:
        return None
    known = {
        "grades": position.grades,
        "cautions": position.cautions,
        "monitoring": position.monitoring,
        "silent": position.silent,
        **dict.fromkeys(_RULES, position.recommendations),
        "missing": {**position.recommendations, **position.grades},
    }
    found: list[Example] = []
    titles: dict[str, Place] = {}
    for index, item in enumerate(document.data["examples"]):
        path = ("examples", index)
        before = titles.setdefault(item["title"], document.place(*path, "title"))
        if before != document.place(*path, "title"):
            problems.append(
                Problem(
                    document.place(*path, "title"),
                    f"Another example has this title already, at line {before.line}.",
                    "Say in the title what each of them shows.",
                )
            )
        when = read_date(item["as_of"])
        if when is None or not when.whole:
            problems.append(
                Problem(
                    document.place(*path, "as_of"), f"`{item['as_of']}` is not a date.", "Write it as in `2026-11-21`."
                )
            )
            continue
        for key, expected in item["expect"].items():
            for rule in expected if isinstance(expected, Mapping) else ():
                if rule not in known[key]:
                    problems.append(
                        Problem(
                            document.key_place(*path, "expect", key, rule),
                            f"`{rule}` is not among the {_NAMES.get(key, key)} of `{position.id}`.",
                            did_you_mean(near(rule, known[key])) or f"There are: {', '.join(known[key]) or 'none'}.",
                        )
                    )
        for name, band in (item["expect"].get("grades") or {}).items():
            if name in position.grades and band not in (bands := _bands_of(position.grades[name])):
                problems.append(
                    Problem(
                        document.place(*path, "expect", "grades", name),
                        f"`{band}` is no band of `{name}`.",
                        did_you_mean(near(band, bands)) or f"There are: {', '.join(bands)}.",
                    )
                )
        for name, facts in (item["expect"].get("missing") or {}).items():
            for number, fact in enumerate(facts):
                if parts.facts and fact not in parts.facts:
                    problems.append(
                        Problem(
                            document.place(*path, "expect", "missing", name, number),
                            f"There is no fact `{fact}`.",
                            did_you_mean(near(fact, parts.facts)) or "Facts are listed in guidelines/facts/.",
                        )
                    )
        places = {f"record/{fact}": document.place(*path, "record", fact) for fact in item["record"]} | {
            f"{key}/{rule}": document.key_place(*path, "expect", key, rule)
            for key, expected in item["expect"].items()
            for rule in (expected if isinstance(expected, Mapping) else ("",))
        }
        found.append(
            Example(
                item["title"],
                when.first,
                item["record"],
                item["basis"],
                item["expect"],
                document.place(*path, "title"),
                places,
            )
        )
    return ExampleFile(document.file, topic, stem, tuple(found))


def _bands_of(grade: Grade) -> tuple[str, ...]:
    return (*dict.fromkeys(grade.order), "unknown", *(["not-applicable"] if grade.when else []))


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An expectation that the position does not meet."""

    example: Example
    what: str
    expected: str
    found: str
    place: Place

    def __str__(self) -> str:
        """Return the mismatch in one line."""
        return f"{self.place}: {self.example.title} {self.what}: expected {self.expected}, found {self.found}."


def run_example(example: Example, file: ExampleFile, library: Library) -> tuple[Decision, list[Mismatch]]:
    """Return the decision on an example's record, and every expectation that it does not meet."""
    compiled = library.compiled[file.address]
    from .decision import decide

    topic = library.topics[file.topic]
    decision = decide(library.context, library.read(example.record), example.as_of, [(topic, [compiled])], True)
    result = decision.topics[0].positions[0]
    return decision, list(_mismatches(example, result, decision))


def _mismatches(example: Example, result: PositionResult, decision: Decision) -> Iterator[Mismatch]:
    for key, expected in example.expect.items():
        if key == "applies":
            yield from _compare(example, "applies", expected, result.applies, "applies/")
        elif key == "problems":
            yield from _compare(
                example, "problems", sorted(set(expected)), sorted({p.kind for p in decision.problems}), "problems/"
            )
        else:
            for name, wanted in expected.items():
                found = _dose_found(result.rules[name], wanted) if key == "dose" else _found(key, name, result)
                yield from _compare(example, f"{key} of {name}", _wanted(key, wanted), found, f"{key}/{name}")


def _compare(example: Example, what: str, expected: Any, found: Any, place: str) -> Iterator[Mismatch]:
    if expected != found:
        yield Mismatch(example, what, _text(expected), _text(found), example.places.get(place, example.place))


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) or "nothing" if isinstance(value, list) else str(value)


def _wanted(key: str, wanted: Any) -> Any:
    return sorted(wanted) if key == "missing" else wanted


def _dose_found(rule: RuleResult, wanted: str) -> str:
    """Return the dose in the words of the expectation where it is the same amount, else as it was found.

    `about 148.6 g` is met by every amount that is rounded to it at as many decimals.
    """
    dose = rule.dose
    if dose is None or dose.amount is None or dose.unit is None:
        return "none"
    stated = read_amount(wanted.removeprefix("about "))
    unit = unit_named(stated.unit) if stated else None
    by = factor(UNITS[dose.unit], unit) if unit else None
    found = None if by is None else dose.amount.scaled(by)
    if stated is not None and found is not None and wanted.startswith("about ") and stated.range.exact is not None:
        step = Decimal(1).scaleb(int(stated.range.exact.as_tuple().exponent))
        low, high = (None if end is None else end.quantize(step) for end in (found.low, found.high))
        found = Range(low, high)
    if stated is not None and found == stated.range:
        return wanted
    return f"{number_text(dose.amount)} {dose.unit}"


def _found(key: str, name: str, result: PositionResult) -> Any:
    if key == "grades":
        return result.grades[name].value
    if key == "cautions":
        return next(c.holds for c in result.cautions if c.caution.id == name)
    if key == "silent":
        return next(s.holds for s in result.silent if s.silence.id == name)
    if key == "monitoring":
        return next(m.holds for m in result.monitoring if m.monitoring.id == name)
    if key == "missing":
        return sorted((result.rules[name] if name in result.rules else result.grades[name]).missing)
    rule = result.rules[name]
    return rule.holds if key == "holds" else rule.emphasis
