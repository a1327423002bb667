"""Facts that two versions of the guidelines read differently, so that one record can have two values."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .library import Library
from .model import Fact, Row, Span
from .quantity import EXACT, UNITS


@dataclass(frozen=True, slots=True)
class ChangedFacts:
    """The facts whose value may differ for the same record, and those that FHIR records give differently.

    `bounds` differ only in what is plausible and in how long a value is used.
    """

    values: frozenset[str]
    bounds: frozenset[str]
    fhir: frozenset[str]


def changed_facts(old: Library, new: Library) -> ChangedFacts:
    """Return the facts that two libraries read differently, those that rest on such facts included."""
    names = {*old.facts, *new.facts}
    one_way = {name for name in names if meaning(name, old.facts) != meaning(name, new.facts)}
    bounds = {name for name in one_way if _bounds_only(name, old.facts, new.facts)}
    codes = {
        name for name in names & set(old.facts) & set(new.facts) if old.facts[name].bindings != new.facts[name].bindings
    }
    return ChangedFacts(
        frozenset(name for name in names if rests_on(name, old.facts, new.facts) & one_way),
        frozenset(name for name in bounds if rests_on(name, old.facts, new.facts) & one_way == {name}),
        frozenset(name for name in names if rests_on(name, old.facts, new.facts) & codes),
    )


def _bounds_only(name: str, old: Mapping[str, Fact], new: Mapping[str, Fact]) -> bool:
    """Return whether a fact that is stated, not worked out, differs only in its limits and its time of use."""
    if name not in old or name not in new or old[name].formula or old[name].table or old[name].age_from:
        return False
    freed = [{name: replace(facts[name], limits=None, usable_for=None)} for facts in (old, new)]
    return meaning(name, freed[0]) == meaning(name, freed[1])


def rests_on(name: str, *libraries: Mapping[str, Fact]) -> set[str]:
    """Return a fact and all that its value follows from, choices that fix it included."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        here = waiting.pop()
        if here in found:
            continue
        found.add(here)
        for facts in libraries:
            waiting += facts[here].inputs if here in facts else ()
            waiting += fixing(here, facts)
            waiting += {other for option in _options_of(here, facts) for other in option.implies}
    return found


def _options_of(name: str, facts: Mapping[str, Fact]) -> Iterable[Any]:
    return facts[name].options.values() if name in facts else ()


def fixing(name: str, facts: Mapping[str, Fact]) -> list[str]:
    """Return the choices whose options fix a choice."""
    return [other.name for other in facts.values() if any(name in option.implies for option in other.options.values())]


def meaning(name: str, facts: Mapping[str, Fact]) -> Hashable:
    """Return all of a fact that its value rests on, units brought to their base: titles and questions do not count."""
    fact = facts.get(name)
    if fact is None:
        return None
    unit = UNITS[fact.unit or "1"]
    base = unit.factor
    return (
        fact.kind,
        unit.dimension,
        fact.limits and fact.limits.scaled(base),
        span_key(fact.usable_for),
        option_meaning(fact.options),
        tuple((field_, option_meaning(options)) for field_, options in sorted(fact.fields.items())),
        fact.implied_by
        and (
            fact.implied_by.events,
            *_sorted(fact.implied_by.where),
            fact.implied_by.at_least,
            fact.implied_by.within,
            fact.implied_by.to_yes,
        ),
        fact.age_from,
        fact.formula and fact.formula.text,
        fact.table and (fact.table.over, tuple(_row(row, fact) for row in fact.table.rows)),
        fact.score and _sorted(fact.score.points),
        fact.analyte,
        tuple((binding.pick == "earliest", binding.within) for binding in fact.bindings),
    )


def option_meaning(options: Mapping[str, Any]) -> Hashable:
    """Return all of some options that a value rests on: names, aliases, what they imply."""
    return tuple(sorted((o.name, tuple(sorted(o.aliases)), _sorted(o.implies)) for o in options.values()))


def _sorted(items: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(sorted(items.items()))


def _row(row: Row, fact: Fact) -> Hashable:
    return (row.low, row.low_unit, row.below, row.below_unit, EXACT.multiply(row.value, UNITS[fact.unit or "1"].factor))


def span_key(span: Span | None) -> Hashable:
    """Return a stretch of time in months or in days, so that 12 months and 1 year are the same."""
    if span is None:
        return None
    size, unit = {"a": (12, "mo"), "wk": (7, "d")}.get(span.unit, (1, span.unit))
    return (span.low * size, span.high * size, unit)
