"""A patient's record as entries for the facts of the vocabulary, whatever form the record came in.

The readers (`record` for the plain form, `fhir` for FHIR) make a `Chart`; `findings` decides on a date
which entries count. An entry that counts but cannot be read carries a `Fault`: it makes its fact unknown.
"""

from __future__ import annotations

import re
from decimal import Decimal, DecimalException
from typing import NamedTuple, Union

from .dates import When
from .model import Fact
from .quantity import CHARTED, EXACT, UNITS, WORDS, Range, converted, factor, number_text, spoken, unit_named
from .truth import Truth


class Event(NamedTuple):
    """One event of a list: when it was and what is known of it; a field that is left out is not known."""

    on: When | None
    fields: tuple[tuple[str, str], ...]


class Fault(NamedTuple):
    """Why a value cannot be used: a kind of the closed list, and a sentence for the reader."""

    kind: str
    detail: str


# quantity: Range in the fact's own unit (an age: `Stated`) | yes-no: Truth | choice: option name |
# choices: (option, yes or no) | date: When | events: Event
Value = Union[Range, "Stated", Truth, str, tuple[str, Truth], When, Event]


class Stated(NamedTuple):
    """An age as it was stated: the range and its unit, since completed years do not convert to months."""

    range: Range
    unit: str


class Entry(NamedTuple):
    """One statement of a record about one fact."""

    value: Value | None
    on: When | None = None
    source: str = ""  # where in the record: `Observation/abc`, `/weight/1`
    written: str = ""  # as it stands there
    fault: Fault | None = None
    absent: str | None = None  # instead of a value: asked-unknown, not-applicable, not-recorded, none
    comparator: str | None = None
    note: str | None = None


class Trouble(NamedTuple):
    """A problem of a record: its kind, the fact it is about, and a sentence for the reader."""

    kind: str
    fact: str
    detail: str


class Chart(NamedTuple):
    """All that a record says. `complete` lists are these and no others; `nothing` is said not to have been."""

    id: str | None
    digest: str
    entries: dict[str, list[Entry]]
    complete: frozenset[str] = frozenset()
    nothing: frozenset[str] = frozenset()
    troubles: tuple[Trouble, ...] = ()


def quantity_entry(fact: Fact, stated: Range, unit: str, comparator: str | None, entry: Entry) -> Entry:
    """Return the entry with a stated amount brought into the fact's own unit, or with the fault that stops that.

    `stated` holds the numbers as written and `unit` their unit; `entry` gives the date, the source and the text.
    Faults: `wrong-unit` (none, unknown, or another dimension) and `implausible` (outside the fact's limits).
    """
    own = UNITS[fact.unit or "1"]
    named = unit_named(CHARTED.get(unit, unit))
    if unit.startswith(","):
        return entry._replace(fault=Fault("wrong-unit", _comma_fault(fact, entry.written)))
    if not unit and (own.dimension == "points" or own.code == "1"):  # scores and ratios are bare
        named = own
    if named is None:
        return entry._replace(fault=Fault("wrong-unit", _unit_fault(fact, unit)))
    if fact.age_from:
        return _age_entry(fact, stated, named.code, entry)
    same, by = named.dimension == own.dimension, _analyte_factor(fact, named.code)
    if not same and by is None:
        return entry._replace(
            fault=Fault("wrong-unit", f"{fact.title} cannot be given in {unit}, so it is not used. {_remedy(fact)}")
        )
    try:
        value = converted(stated, named, own) or stated.scaled(by or Decimal(1))
    except DecimalException:
        return entry._replace(
            fault=Fault("implausible", f"{fact.title} of {entry.written} is no number that can be measured.")
        )
    plausible = value if fact.limits is None else value.within(fact.limits)
    if plausible is None or (value.exact is None and comparator is None and plausible != value):
        return entry._replace(fault=_implausible(fact, entry))
    return entry._replace(value=plausible, comparator=comparator)


def _implausible(fact: Fact, entry: Entry) -> Fault:
    limits = f" ({number_text(fact.limits)} {spoken(fact.unit or '')})" if fact.limits else ""
    return Fault(
        "implausible", f"{fact.title} of {entry.written} lies outside what is plausible{limits}; it is not used."
    )


def _unit_fault(fact: Fact, unit: str) -> str:
    if not unit:
        return f"{fact.title} has no unit, so it is not used. {_remedy(fact)}"
    return f"{fact.title} has the unit `{unit}`, which is not known, so it is not used. {_remedy(fact)}"


_WITH_COMMA = re.compile(r"[0-9.]*,[0-9.,]*")


def _comma_fault(fact: Fact, written: str) -> str:
    """Return how to write a number that has a comma; three digits after it may be thousands, so both are named."""
    found = _WITH_COMMA.search(written)
    before, _, after = (found[0] if found else "").partition(",")
    if not (before.isdigit() and after.isdigit()):
        remedy = "Write it without a comma, and decimals with a point."
    elif len(after) == 3:
        decimal = _without_doubt(before, after)
        remedy = f"Write {before}{after}, or {decimal}{' with a point' if '.' in decimal else ''}."
    else:
        remedy = f"Write {before}.{after}, with a point."
    return f"{fact.title} of `{written}` has a comma, so it is not used. {remedy}"


_THOUSANDS = re.compile(r"(?<![0-9.,])([1-9][0-9]{0,2})\.([0-9]{3})(?![0-9.,eE])")


def thousands_fault(fact: Fact, written: str) -> Fault | None:
    """Return why a text is not used whose point may part thousands: 1.000 is one in one country, a thousand in another."""
    found = _THOUSANDS.search(written)
    if found is None:
        return None
    before, after = found.groups()
    return Fault(
        "unreadable",
        f"{fact.title} of `{written}` has three digits after a point, which may be thousands, so it is not used. "
        f"Write {before}{after}, or {_without_doubt(before, after)}.",
    )


def _without_doubt(before: str, after: str) -> str:
    """Return a decimal that nobody takes for thousands: 1, 1.25, 34.3750."""
    shorter = f"{before}.{after}".rstrip("0").rstrip(".")
    return f"{before}.{after}0" if shorter == f"{before}.{after}" else shorter


def _remedy(fact: Fact) -> str:
    """Return in which units a fact may be written, with an example in its own."""
    names = [_typed(code) for code in offered_units(fact)]
    listed = f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0]
    return f"Write it in {listed}, as in `{_shown(fact)}`."


def _shown(fact: Fact) -> str:
    number = (
        "7" if fact.limits and fact.limits.high and fact.limits.high < 100 else "380" if fact.unit == "mg/dL" else "70"
    )
    return f"{number} {_typed(fact.unit or '')}".strip()


def _typed(code: str) -> str:
    """Return a unit as it is typed: its code, or the plain word that stands for it."""
    return spoken(code) if code in {*WORDS.values(), *CHARTED.values()} else code


def unlike_unit(fact: Fact) -> str | None:
    """Return the unit of another size in which a fact is charted too, where a number alone could be taken for either."""
    return _CHARTED_TOO.get(fact.unit or "") if fact.kind == "quantity" else None


def in_unlike_unit(fact: Fact, value: Range) -> tuple[Range, str] | None:
    """Return a value in that other unit, or None where there is none."""
    code = unlike_unit(fact)
    if code is None or fact.unit is None:
        return None
    other, own = UNITS[code], UNITS[fact.unit]
    if other.dimension == own.dimension:
        turned = converted(value, own, other)
        return None if turned is None else (turned, code)
    by = _analyte_factor(fact, code)
    return None if by is None else (value.divided(by), code)


_CHARTED_TOO = {
    "mg/dL": "g/L",
    "g/L": "g/dL",
    "g/dL": "g/L",
    "umol/L": "mg/dL",
    "10*9/L": "/uL",
    "/uL": "10*9/L",
    "g/kg": "mg/kg",
    "mg/kg": "g/kg",
}
_MOST = Decimal(1_000_000)
_AGES = ("a", "mo", "wk", "d")


def offered_units(fact: Fact) -> list[str]:
    """Return the units in which a person may state a fact: its own first, one spelling of each, none far too small or large."""
    own = UNITS[fact.unit or "1"]
    if fact.age_from:
        return list(_AGES)
    dimensions = {own.dimension, *([UNITS[fact.analyte[0]].dimension] if fact.analyte else [])}
    found = {own.code.lower(): own.code}
    for code, unit in UNITS.items():
        odd = "{#}" in code or "1.73.m2" in code or code.lower() in found or unit.dimension not in dimensions
        if not odd and _handy(fact, code):
            found[code.lower()] = code
    return list(found.values())


def _handy(fact: Fact, code: str) -> bool:
    """Return whether the largest plausible value is a number that a person would write in this unit."""
    if fact.limits is None or fact.limits.high is None or UNITS[code].dimension != UNITS[fact.unit or "1"].dimension:
        return True
    largest = EXACT.divide(EXACT.multiply(fact.limits.high, UNITS[fact.unit or "1"].factor), UNITS[code].factor)
    return 1 <= largest <= _MOST


def _analyte_factor(fact: Fact, unit: str) -> Decimal | None:
    """Return the factor from a mass unit to the fact's mole unit, where the fact declares the substance."""
    if fact.analyte is None or fact.unit is None:
        return None
    one, amount, moles = fact.analyte
    to_one, to_own = factor(UNITS[unit], UNITS[one]), factor(UNITS[moles], UNITS[fact.unit])
    return None if to_one is None or to_own is None else EXACT.multiply(EXACT.multiply(to_one, amount), to_own)


def _age_entry(fact: Fact, stated: Range, unit: str, entry: Entry) -> Entry:
    if UNITS[unit].dimension not in ("calendar time", "time"):
        return entry._replace(
            fault=Fault("wrong-unit", f"{fact.title} cannot be given in {unit}, so it is not used. {_remedy(fact)}")
        )
    most = None if fact.limits is None or fact.limits.high is None else fact.limits.high
    longest = None if most is None else EXACT.multiply(most, _UNITS_PER_YEAR[unit])
    ends = [end for end in (stated.low, stated.high) if end is not None]
    unborn = any(end < 0 for end in ends) or (stated.high == 0 and stated.high_open)
    if unborn or (longest is not None and any(end > longest for end in ends)):
        return entry._replace(fault=_implausible(fact, entry))
    return entry._replace(value=Stated(stated, unit))


_UNITS_PER_YEAR = {"a": Decimal(1), "mo": Decimal(12), "wk": Decimal(53), "d": Decimal(366)}  # at most
