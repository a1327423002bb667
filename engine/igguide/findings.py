"""What is known of each fact on a date: which entries of a chart count, and what follows from other facts.

A finding is worked out when it is first asked for, and kept. Whatever stops a value from being used is a
`state` and, where somebody should look at it, a trouble; nothing is filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .chart import Chart, Entry, Event, Stated, Trouble
from .dates import When, add, completed, later, on_day, spanning_dates, written
from .formula import work_out
from .model import Fact, Implication, Span, Table
from .quantity import UNITS, Range, exactly, plain, spanning, spoken
from .truth import NO, UNKNOWN, YES, Truth

NOT_RECORDED = "not-recorded"
_FAULT_STATES = {"wrong-unit": "wrong-unit", "implausible": "implausible", "conflicting": "conflicting"}
_KNOWN = ("known", "bounded")


class Finding(NamedTuple):
    """What is known of a fact: its state, and for the states that hold a value, the value by kind.

    range: quantities, in the fact's own unit; of an age, completed years. truth: yes-no facts. possible:
    the options a choice may still be. chosen and denied: of several choices. when: dates. events: lists.
    """

    fact: Fact
    state: str
    range: Range | None = None
    truth: Truth = UNKNOWN
    possible: frozenset[str] | None = None
    chosen: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()
    complete: bool = False
    when: When | None = None
    events: tuple[Event, ...] = ()
    entry: Entry | None = None
    stated: Stated | None = None
    inputs: tuple[Finding, ...] = ()
    note: str | None = None

    @property
    def usable(self) -> bool:
        """Return whether rules may look at the value; a conflict is looked at as the interval it spans."""
        return self.state in _KNOWN or self.state == "conflicting"


class Findings:
    """The findings of one chart on one date, by fact name."""

    def __init__(self, chart: Chart, facts: Mapping[str, Fact], as_of: date) -> None:
        """Keep what the findings are worked out from; `as_of` is the date of evaluation."""
        self.chart, self.facts, self.as_of = chart, facts, as_of
        self.troubles: list[Trouble] = []
        self._found: dict[str, Finding] = {}
        self._stated: dict[str, Finding] = {}

    def __getitem__(self, name: str) -> Finding:
        """Return the finding of a fact, what follows from other facts included."""
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = self._follow(self.facts[name])
        return found

    def read(self) -> dict[str, Finding]:
        """Return the findings worked out so far."""
        return dict(self._found)

    def trouble(self, kind: str, fact: Fact, detail: str) -> None:
        """Note a problem of the record once."""
        told = Trouble(kind, fact.name, detail)
        if told not in self.troubles:
            self.troubles.append(told)

    # --- what the record says of a fact itself ---

    def stated(self, fact: Fact) -> Finding:
        """Return what the record says of a fact, nothing concluded from others."""
        found = self._stated.get(fact.name)
        if found is None:
            found = self._stated[fact.name] = self._state(fact)
        return found

    def _state(self, fact: Fact) -> Finding:
        entries = self.chart.entries.get(fact.name)
        if not entries:
            return Finding(fact, NOT_RECORDED, complete=fact.name in self.chart.complete)
        if fact.kind == "events":
            return self._state_events(fact, entries)
        if fact.kind == "choices":
            return self._state_choices(fact, entries)
        entries = self._on_or_before(fact, entries)
        given = [entry for entry in entries if entry.absent is None]
        if not given:
            return Finding(fact, entries[-1].absent or NOT_RECORDED if entries else NOT_RECORDED)
        newest = self._newest(fact, given)
        for entry in newest:
            if entry.fault:
                self.trouble(entry.fault.kind, fact, entry.fault.detail)
                return Finding(fact, _FAULT_STATES.get(entry.fault.kind, NOT_RECORDED), entry=entry)
        if self._too_old(fact, newest[0]):
            return Finding(fact, "too-old", entry=newest[0])
        return _STATED[fact.kind](self, fact, newest)

    def _on_or_before(self, fact: Fact, entries: list[Entry]) -> list[Entry]:
        kept = []
        for entry in entries:
            if entry.on is not None and entry.on.first > self.as_of:
                self.trouble(
                    "after-as-of",
                    fact,
                    f"{fact.title} of {entry.written or 'unknown value'} is dated {written(entry.on)}, after {self.as_of}; it is left out.",
                )
            else:
                kept.append(entry)
        return kept

    def _newest(self, fact: Fact, entries: list[Entry]) -> list[Entry]:
        """Return the entries that none is later than; the earliest ones where the binding picks those."""
        if len(entries) == 1:
            return entries
        today = on_day(self.as_of)
        dated = [(entry.on or today, entry) for entry in entries]
        if any(binding.pick == "earliest" for binding in fact.bindings) and all(entry.on for entry in entries):
            return [entry for on, entry in dated if not any(later(on, other) for other, _ in dated)]
        return [entry for on, entry in dated if not any(later(other, on) for other, _ in dated)]

    def _too_old(self, fact: Fact, entry: Entry) -> bool:
        """Return whether a value may be older than the fact allows, and note it."""
        if entry.on is None or fact.usable_for is None:
            return False
        if add(entry.on.first, fact.usable_for.high, fact.usable_for.unit) >= self.as_of:
            return False
        span = f"{fact.usable_for.high} {spoken(fact.usable_for.unit, Decimal(fact.usable_for.high))}"
        self.trouble(
            "too-old",
            fact,
            f"{fact.title} of {entry.written} is dated {written(entry.on)}; it is used for {span}, and {self.as_of} is later than that.",
        )
        return True

    def conflict(self, fact: Fact, entries: list[Entry]) -> None:
        """Note that a record gives several values and none of them is the later one."""
        values = " and ".join(dict.fromkeys(entry.written for entry in entries))
        day = f" on {written(entries[0].on)}" if entries[0].on else ""
        self.trouble("conflicting", fact, f"{fact.title} is given as {values}{day}, and neither is the later one.")

    def _state_events(self, fact: Fact, entries: list[Entry]) -> Finding:
        if all(entry.absent for entry in entries):
            return Finding(fact, entries[0].absent or NOT_RECORDED)
        events: list[Event] = []
        complete = fact.name in self.chart.complete
        for entry in entries:
            if entry.fault:
                self.trouble(entry.fault.kind, fact, entry.fault.detail)
                complete = False
            elif isinstance(entry.value, Event):
                if entry.value.on is not None and entry.value.on.first > self.as_of:
                    self.trouble(
                        "after-as-of",
                        fact,
                        f"An event of {fact.title} is dated {written(entry.value.on)}, after {self.as_of}; it is left out.",
                    )
                else:
                    events.append(entry.value)
        return Finding(
            fact,
            "known" if events or complete else NOT_RECORDED,
            events=tuple(events),
            complete=complete,
            entry=entries[0],
        )

    def _state_choices(self, fact: Fact, entries: list[Entry]) -> Finding:
        chosen: set[str] = set()
        denied: set[str] = set()
        complete = fact.name in self.chart.complete
        for entry in entries:
            if entry.fault:
                self.trouble(entry.fault.kind, fact, entry.fault.detail)
                complete = False
            elif isinstance(entry.value, tuple) and len(entry.value) == 2:
                (chosen if entry.value[1] == YES else denied).add(str(entry.value[0]))
        absent = next((entry.absent for entry in entries if entry.absent), None)
        if not chosen and not denied and not complete:
            return Finding(fact, absent or NOT_RECORDED)
        return Finding(
            fact,
            "known",
            chosen=frozenset(chosen),
            denied=frozenset(denied - chosen),
            complete=complete,
            entry=entries[0],
        )

    # --- what follows from other facts ---

    def _follow(self, fact: Fact) -> Finding:
        if fact.age_from:
            return self._age(fact, fact.age_from)
        if fact.formula:
            return self._formula(fact)
        if fact.table:
            return self._looked_up(fact, fact.table)
        if fact.score:
            return self._scored(fact)
        if fact.kind == "choice":
            return self._choice(fact)
        found = self.stated(fact)
        if found.state == NOT_RECORDED and fact.name in self.chart.nothing:
            return found._replace(state="known", complete=True)
        return self._implied(fact, found) if fact.implied_by else found

    def _age(self, fact: Fact, born_name: str) -> Finding:
        born, given = self[born_name], self.stated(fact)
        if born.when is None or born.when.first > self.as_of:
            return given if given.stated is None else given._replace(range=self.age_in(given, "a"))
        found = Finding(
            fact, "known" if born.when.whole else "bounded", when=born.when, entry=born.entry, inputs=(born,)
        )
        years = self.age_in(found, "a")
        found = found._replace(range=years, state="known" if years.exact is not None else "bounded")
        if given.stated is None or given.entry is None:
            return found
        told = self.age_in(given, "a")
        if told.within(years) is None:
            self.trouble(
                "conflicting",
                fact,
                f"{fact.title} is given as {given.entry.written}, and the date of birth makes it {_age_text(years)}.",
            )
            return given._replace(state="conflicting", range=spanning([told, years]), when=None)
        return found

    def age_in(self, finding: Finding, unit: str) -> Range:
        """Return an age in completed units, from the date of birth or from the age as it was stated."""
        if finding.when is not None:
            first, last = finding.when.first, min(finding.when.last, self.as_of)
            return Range(Decimal(completed(last, self.as_of, unit)), Decimal(completed(first, self.as_of, unit)))
        if finding.stated is None:
            return finding.range if finding.range is not None and unit == "a" else Range(Decimal(0), None)
        low, high = _age_ends(finding.stated, unit)
        if finding.entry is not None and finding.entry.on is not None:
            first, last = finding.entry.on.first, min(finding.entry.on.last, self.as_of)
            low += completed(last, self.as_of, unit)
            high = (
                None if high is None else high + completed(first, self.as_of, unit) + (1 if first < self.as_of else 0)
            )
        return Range(low, high)

    def _formula(self, fact: Fact) -> Finding:
        assert fact.formula is not None
        inputs = tuple(self[name] for name in fact.formula.facts)
        values = {
            finding.fact.name: finding.range for finding in inputs if finding.range is not None and finding.usable
        }
        if len(values) < len(inputs):
            return Finding(fact, NOT_RECORDED, inputs=inputs)
        units = {finding.fact.name: UNITS[finding.fact.unit or "1"] for finding in inputs}
        value = work_out(fact.formula, values, units, UNITS[fact.unit or "1"])
        return Finding(fact, "known" if value.exact is not None else "bounded", range=value, inputs=inputs)

    def _looked_up(self, fact: Fact, table: Table) -> Finding:
        age = self[table.over]
        if not age.usable:
            return Finding(fact, NOT_RECORDED, inputs=(age,))
        rows = [
            row
            for row in table.rows
            if (ages := self.age_in(age, row.low_unit)).high is None or ages.high >= row.low
            if row.below is None
            or row.below_unit is None
            or (below := self.age_in(age, row.below_unit).low) is None
            or below < row.below
        ]
        if not rows:
            return Finding(fact, NOT_RECORDED, inputs=(age,), note="the table has no row for this age")
        value = spanning([exactly(row.value) for row in rows])
        return Finding(fact, "known" if value.exact is not None else "bounded", range=value, inputs=(age,))

    def _scored(self, fact: Fact) -> Finding:
        assert fact.score is not None
        given, items = self.stated(fact), tuple(self[name] for name in fact.score.points)
        if not any(item.usable and item.truth != UNKNOWN for item in items):
            return given
        points = list(fact.score.points.values())
        low = sum((p for p, item in zip(points, items, strict=True) if item.truth == YES), Decimal(0))
        high = low + sum((p for p, item in zip(points, items, strict=True) if item.truth == UNKNOWN), Decimal(0))
        added = Range(low, high)
        if given.range is None or not given.usable:
            return Finding(fact, "known" if low == high else "bounded", range=added, inputs=items)
        if given.range.within(added) is None:
            self.trouble(
                "conflicting",
                fact,
                f"{fact.title} is given as {given.entry.written if given.entry else ''}, and its items make {_age_text(added)}.",
            )
            return given._replace(state="conflicting", range=spanning([given.range, added]), inputs=items)
        both = given.range.within(added) or given.range
        return given._replace(range=both, inputs=items)

    def _choice(self, fact: Fact) -> Finding:
        found = self.stated(fact)
        options = frozenset(fact.options)
        own = found.possible if found.possible is not None else options
        allowed = options & self._allowed_by_others(fact) & self._allowed_by_own_options(fact)
        possible = own & allowed
        if not possible:
            self.trouble(
                "conflicting",
                fact,
                f"{fact.title} contradicts what the record says of {' and '.join(self._related(fact))}.",
            )
            return found._replace(state="conflicting", possible=options)
        if possible == options and found.possible is None:
            return found
        if found.state == "conflicting":
            return found._replace(possible=possible)
        return found._replace(state="known" if len(possible) == 1 else "bounded", possible=possible)

    def _allowed_by_others(self, fact: Fact) -> frozenset[str]:
        """Return the options that what is stated of other choices leaves: a product fixes its target."""
        allowed = frozenset(fact.options)
        for other in self._implying(fact):
            possible = self.stated(other).possible
            implied = [other.options[name].implies.get(fact.name) for name in possible or ()]
            if implied and None not in implied:
                allowed &= frozenset(word for word in implied if word)
        return allowed

    def _allowed_by_own_options(self, fact: Fact) -> frozenset[str]:
        """Return the options that do not contradict what is stated of the choices they imply."""

        def fits(name: str) -> bool:
            for other, implied in fact.options[name].implies.items():
                possible = self.stated(self.facts[other]).possible
                if possible is not None and implied not in possible:
                    return False
            return True

        return frozenset(name for name in fact.options if fits(name))

    def _implying(self, fact: Fact) -> Iterable[Fact]:
        return (
            other
            for other in self.facts.values()
            if any(fact.name in option.implies for option in other.options.values())
        )

    def _related(self, fact: Fact) -> list[str]:
        implied = [self.facts[name].title for option in fact.options.values() for name in option.implies]
        return list(dict.fromkeys([other.title for other in self._implying(fact)] + implied))

    def _implied(self, fact: Fact, found: Finding) -> Finding:
        rule = fact.implied_by
        assert rule is not None
        low, high = self.count(rule.events, rule.where, rule.within)
        implied: Truth = (
            YES
            if rule.to_yes and low >= rule.at_least
            else NO
            if high is not None and high < rule.at_least
            else UNKNOWN
        )
        if implied == UNKNOWN:
            return found
        if found.truth not in (UNKNOWN, implied):
            self.trouble(
                "conflicting",
                fact,
                f"{fact.title} is answered {found.truth}, and the list of {self.facts[rule.events].title.lower()} says {implied}.",
            )
            return found._replace(state="conflicting", truth=UNKNOWN)
        if found.truth == implied:
            return found
        return Finding(
            fact,
            "known",
            truth=implied,
            inputs=(self[rule.events],),
            note=_implied_note(rule, self.facts[rule.events], implied),
        )

    # --- lists of events ---

    def count(self, events: str, where: Mapping[str, str], within: Span | None) -> tuple[int, int | None]:
        """Return how many events surely match, and how many may; None where the list may lack some."""
        found = self[events]
        answers = [self._matches(event, where, within) for event in found.events]
        sure = answers.count(YES)
        return sure, sure + answers.count(UNKNOWN) if found.complete and found.state == "known" else None

    def _matches(self, event: Event, where: Mapping[str, str], within: Span | None) -> Truth:
        answer: Truth = YES
        known = dict(event.fields)
        for name, word in where.items():
            if name not in known:
                answer = UNKNOWN
            elif known[name] != word:
                return NO
        if within is None:
            return answer
        if event.on is None:
            return UNKNOWN
        inside = [add(day, within.high, within.unit) >= self.as_of for day in (event.on.first, event.on.last)]
        return NO if not any(inside) else answer if all(inside) else UNKNOWN


def _implied_note(rule: Implication, events: Fact, implied: Truth) -> str:
    words = " ".join(rule.where.values())
    return f"{'follows from' if implied == YES else 'ruled out by'} the list of {events.title.lower()}{f' ({words})' if words else ''}"


def _age_text(years: Range) -> str:
    return (
        plain(years.exact)
        if years.exact is not None
        else f"{plain(years.low or Decimal(0))} to {plain(years.high or Decimal(0))}"
    )


_MONTHS = {"a": Decimal(12), "mo": Decimal(1)}
_DAYS = {"wk": Decimal(7), "d": Decimal(1)}
_DAYS_PER = {"a": (Decimal(365), Decimal(366)), "mo": (Decimal(28), Decimal(31))}


def _age_ends(stated: Stated, unit: str) -> tuple[Decimal, Decimal | None]:
    """Return a stated age in completed units of another unit; a whole number of years is a year long."""
    low, high = stated.range.low or Decimal(0), stated.range.high
    if stated.range.high_open and high is not None and high % 1 == 0:
        high -= 1
    if stated.range.low_open and low % 1 == 0:
        low += 1
    return _converted(low, stated.unit, unit)[0], None if high is None else _converted(high, stated.unit, unit)[1]


def _converted(number: Decimal, unit: str, to: str) -> tuple[Decimal, Decimal]:
    until = number + 1 if number % 1 == 0 else number  # a whole number stands for all of its unit
    for sizes in (_MONTHS, _DAYS):
        if unit in sizes and to in sizes:
            if sizes[unit] <= sizes[to]:
                whole = number * sizes[unit] // sizes[to]
                return whole, whole
            return number * sizes[unit] // sizes[to], max(
                until * sizes[unit] // sizes[to] - (1 if until > number else 0), Decimal(0)
            )
    if unit in _MONTHS:
        least, most = _DAYS_PER[unit]
        return number * least // _DAYS[to], until * most // _DAYS[to]
    least, most = _DAYS_PER[to]
    return number * _DAYS[unit] // most, until * _DAYS[unit] // least


# --- what newest entries come to, by kind ---


def _quantity(findings: Findings, fact: Fact, newest: list[Entry]) -> Finding:
    if fact.age_from:
        return _stated_age(findings, fact, newest)
    ranges = [entry.value for entry in newest if isinstance(entry.value, Range)]
    if len(set(ranges)) > 1:
        findings.conflict(fact, newest)
        return Finding(fact, "conflicting", range=spanning(ranges), entry=newest[0])
    return Finding(
        fact,
        "known" if ranges[0].exact is not None else "bounded",
        range=ranges[0],
        entry=newest[0],
        note=newest[0].note,
    )


def _stated_age(findings: Findings, fact: Fact, newest: list[Entry]) -> Finding:
    ages = [entry.value for entry in newest if isinstance(entry.value, Stated)]
    if len({(age.range, age.unit) for age in ages}) > 1:
        findings.conflict(fact, newest)
        years = [
            findings.age_in(Finding(fact, "known", entry=entry, stated=entry.value), "a")
            for entry in newest
            if isinstance(entry.value, Stated)
        ]
        return Finding(fact, "conflicting", range=spanning(years), entry=newest[0])
    found = Finding(fact, "known", entry=newest[0], stated=ages[0])
    exact = findings.age_in(found, "a").exact is not None
    return found if exact else found._replace(state="bounded")


def _yes_no(findings: Findings, fact: Fact, newest: list[Entry]) -> Finding:
    answers: set[Truth] = {YES if entry.value == YES else NO for entry in newest}
    if len(answers) > 1:
        findings.conflict(fact, newest)
        return Finding(fact, "conflicting", entry=newest[0])
    within = next((binding.within for binding in fact.bindings if binding.within), None)
    on = newest[0].on
    if within and on is not None and add(on.first, within.high, within.unit) < findings.as_of:
        return Finding(fact, NOT_RECORDED, entry=newest[0], note="the last one lies too far back to count")
    return Finding(fact, "known", truth=answers.pop(), entry=newest[0], note=newest[0].note)


def _option(findings: Findings, fact: Fact, newest: list[Entry]) -> Finding:
    options = frozenset(str(entry.value) for entry in newest)
    if len(options) > 1:
        findings.conflict(fact, newest)
    return Finding(fact, "known" if len(options) == 1 else "conflicting", possible=options, entry=newest[0])


def _date(findings: Findings, fact: Fact, newest: list[Entry]) -> Finding:
    dates = [entry.value for entry in newest if isinstance(entry.value, When)]
    if len({(d.first, d.last) for d in dates}) > 1:
        findings.conflict(fact, newest)
        return Finding(fact, "conflicting", when=spanning_dates(dates), entry=newest[0])
    return Finding(fact, "known" if dates[0].whole else "bounded", when=dates[0], entry=newest[0], note=newest[0].note)


_STATED: dict[str, Callable[[Findings, Fact, list[Entry]], Finding]] = {
    "quantity": _quantity,
    "yes-no": _yes_no,
    "choice": _option,
    "date": _date,
}
