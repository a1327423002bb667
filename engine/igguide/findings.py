"""What is known of each fact on a date: which entries of a chart count, and what follows from other facts.

A finding is worked out when it is first asked for, and kept. Whatever stops a value from being used is a
`state` and, where somebody should look at it, a trouble; nothing is filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, DecimalException
from typing import NamedTuple

from .chart import Chart, Entry, Event, Stated, Trouble
from .dates import When, add, born_between, completed, later, on_day, overlap, spanning_dates, written
from .formula import work_out
from .model import Fact, Implication, Row, Span, Table
from .quantity import EXACT, UNITS, Range, exactly, number_text, spanning, spoken
from .truth import NO, UNKNOWN, YES, Truth

NOT_RECORDED = "not-recorded"
_FAULT_STATES = {"wrong-unit": "wrong-unit", "implausible": "implausible", "conflicting": "conflicting"}
# States that rules may look at; a conflict is looked at as the interval it spans.
_USABLE = ("known", "bounded", "conflicting")
# Of several ways of not knowing, none later than the other, the first of these is told.
_ABSENCES = ("none", "asked-unknown", "not-applicable", NOT_RECORDED)


class Finding(NamedTuple):
    """What is known of a fact: its state, and for the states that hold a value, the value by kind.

    range: quantities, in the fact's own unit; of an age, completed years. truth: yes-no facts. possible:
    the options a choice may still be. chosen and denied: of several choices. when: dates; of an age, the
    days on which the patient may have been born. events: lists.
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
    inputs: tuple[Finding, ...] = ()
    note: str | None = None

    @property
    def usable(self) -> bool:
        """Return whether rules may look at the value."""
        return self.state in _USABLE


class Findings(dict[str, Finding]):
    """The findings of one chart on one date, by fact name; each is worked out when it is first looked up."""

    def __init__(self, chart: Chart, facts: Mapping[str, Fact], as_of: date) -> None:
        """Keep what the findings are worked out from; `as_of` is the date of evaluation."""
        super().__init__()
        self.chart, self.facts, self.as_of = chart, facts, as_of
        self._troubles: dict[Trouble, None] = {}
        self._stated: dict[str, Finding] = {}
        self._ages: dict[tuple[str, str], Range] = {}

    def __missing__(self, name: str) -> Finding:
        """Return the finding of a fact, what follows from other facts included."""
        found = self[name] = self._follow(self.facts[name])
        return found

    @property
    def troubles(self) -> list[Trouble]:
        """Return the problems of the record met so far, each once."""
        return list(self._troubles)

    def trouble(self, kind: str, fact: Fact, detail: str) -> None:
        """Note a problem of the record once."""
        self._troubles[Trouble(kind, fact.name, detail)] = None

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
            complete = fact.name in self.chart.complete
            return Finding(fact, "known" if complete else NOT_RECORDED, complete=complete)
        if fact.kind == "events":
            return self._state_events(fact, entries)
        if fact.kind == "choices":
            return self._state_choices(fact, entries)
        stated, entries = entries, self._on_or_before(fact, entries)
        if fact.kind == "date" and not entries:  # something is said, though it cannot be used
            return Finding(fact, NOT_RECORDED, entry=stated[0])
        given = [entry for entry in entries if entry.absent is None]
        absences = sorted({entry.absent for entry in entries if entry.absent}, key=_ABSENCES.index)
        if not given:
            return self._not_given(fact, entries, absences[0] if absences else NOT_RECORDED)
        newest = self._newest(fact, given)
        faults = [entry for entry in newest if entry.fault]
        for entry in faults:
            if entry.fault:
                self.trouble(entry.fault.kind, fact, entry.fault.detail)
        if faults and faults[0].fault:
            return Finding(fact, _FAULT_STATES.get(faults[0].fault.kind, NOT_RECORDED), entry=faults[0])
        if "none" in absences:
            self.trouble("conflicting", fact, f"{fact.title} is given as none, and also as {newest[0].written}.")
            return Finding(fact, "conflicting", entry=newest[0])
        too_old = [entry for entry in newest if self._too_old(fact, entry)]  # each is told
        if too_old:
            return Finding(fact, "too-old", entry=newest[0])
        return _STATED[fact.kind](self, fact, newest)

    def _not_given(self, fact: Fact, entries: list[Entry], absent: str) -> Finding:
        """Return a finding without a value: not known, or said not to have been (`none`)."""
        if absent == "none":
            return Finding(fact, "known", complete=True, entry=next(e for e in entries if e.absent == "none"))
        return Finding(fact, absent)

    def _on_or_before(self, fact: Fact, entries: list[Entry]) -> list[Entry]:
        kept = []
        for entry in entries:
            if entry.on is not None and entry.on.first > self.as_of:
                self.trouble(
                    "after-as-of",
                    fact,
                    f"{fact.title} of {entry.written or 'unknown value'} is dated {written(entry.on)}, after {self.as_of}; it is left out.",
                )
            elif isinstance(entry.value, When) and not fact.may_be_planned and entry.value.first > self.as_of:
                self.trouble(
                    "after-as-of",
                    fact,
                    f"{fact.title} is dated {written(entry.value)}, after {self.as_of}; it is left out.",
                )
            else:
                kept.append(entry)
        return kept

    def _newest(self, fact: Fact, entries: list[Entry]) -> list[Entry]:
        """Return the entries that none is later than; the earliest ones where the binding picks those.

        They come in an order of their own, so that the order of the record does not matter.
        """
        if len(entries) == 1:
            return entries
        today = on_day(self.as_of)
        dated = sorted([(entry.on or today, entry) for entry in entries], key=_in_time)
        if any(binding.pick == "earliest" for binding in fact.bindings) and all(entry.on for entry in entries):
            first = [entry for on, entry in dated if not any(later(on, other) for other, _ in dated)]
            return first or [entry for _, entry in dated]
        newest = [entry for on, entry in dated if not any(later(other, on) for other, _ in dated)]
        return newest or [entry for _, entry in dated]  # times of day far apart in zone can be later in a circle

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
        absences = sorted({entry.absent for entry in entries if entry.absent}, key=_ABSENCES.index)
        if all(entry.absent for entry in entries):
            return Finding(fact, absences[0])
        events: list[Event] = []
        for entry in entries:
            if entry.fault:
                self.trouble(entry.fault.kind, fact, entry.fault.detail)
            elif isinstance(entry.value, Event):
                if entry.value.on is not None and entry.value.on.first > self.as_of:
                    self._left_out(fact, "An event", entry.value.on)
                else:
                    events.append(entry.value)
        complete = fact.name in self.chart.complete and not absences and not any(entry.fault for entry in entries)
        state = "known" if events or complete else NOT_RECORDED
        return Finding(fact, state, events=tuple(events), complete=complete, entry=entries[0])

    def _left_out(self, fact: Fact, what: str, on: When) -> None:
        self.trouble(
            "after-as-of",
            fact,
            f"{what} of {fact.title} is dated {written(on)}, after {self.as_of}; it is left out.",
        )

    def _state_choices(self, fact: Fact, entries: list[Entry]) -> Finding:
        entries = self._on_or_before(fact, entries)
        said: dict[str, set[str]] = {YES: set(), NO: set()}
        for entry in entries:
            if entry.fault:
                self.trouble(entry.fault.kind, fact, entry.fault.detail)
            elif isinstance(entry.value, tuple) and len(entry.value) == 2:
                said[YES if entry.value[1] == YES else NO].add(str(entry.value[0]))
        both = said[YES] & said[NO]
        for name in sorted(both):
            self.trouble("conflicting", fact, f"{fact.title}: {fact.options[name].title} is both given and ruled out.")
        absences = sorted({entry.absent for entry in entries if entry.absent}, key=_ABSENCES.index)
        sound = not both and not absences and not any(entry.fault for entry in entries)
        complete = fact.name in self.chart.complete and sound
        if not said[YES] and not said[NO] and not complete:
            return Finding(fact, absences[0] if absences else NOT_RECORDED)
        return Finding(
            fact,
            "conflicting" if both else "known",
            chosen=frozenset(said[YES] - both),
            denied=frozenset(said[NO] - both),
            complete=complete,
            entry=entries[0] if entries else None,
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
        """Return the age from the date of birth and the stated age: what both allow, or all that either does."""
        born, given = self[born_name], self.stated(fact)
        if born.when is None or not born.usable or born.when.first > self.as_of:
            if born.when is not None and born.usable:
                self._left_out(born.fact, "The day", born.when)
            return given if given.when is None else self._aged(given)
        window = When(born.when.first, min(born.when.last, self.as_of))
        found = self._aged(Finding(fact, "known", when=window, entry=born.entry, inputs=(born,)))
        if given.when is None or found.state == "implausible":
            return found
        if given.state == "conflicting":
            return self._aged(given._replace(when=spanning_dates([given.when, window])))
        both = overlap(given.when, window)
        if both is None:
            self.trouble(
                "conflicting",
                fact,
                f"{fact.title} is given as {given.entry.written if given.entry else ''}, and the date of birth makes it "
                f"{number_text(found.range) if found.range else ''}.",
            )
            return self._aged(given._replace(state="conflicting", when=spanning_dates([given.when, window])))
        return self._aged(found._replace(when=both))

    def _aged(self, found: Finding) -> Finding:
        """Return the finding of an age, which so far holds the birth dates, with the years; none that nobody reaches."""
        fact, years = found.fact, self._age_on(found, "a")
        if fact.limits is not None and years.within(fact.limits) is None:
            self.trouble(
                "implausible",
                fact,
                f"{fact.title} would be {number_text(years)} {spoken('a', years.exact)}, which is not plausible; it is not used.",
            )
            return found._replace(state="implausible", when=None)
        state = "conflicting" if found.state == "conflicting" else "known" if years.exact is not None else "bounded"
        return found._replace(state=state, range=years)

    def age_in(self, finding: Finding, unit: str) -> Range:
        """Return an age in completed units of calendar time."""
        key = (finding.fact.name, unit)
        found = self._ages.get(key)
        if found is None:
            found = self._ages[key] = self._age_on(finding, unit)
        return found

    def _age_on(self, finding: Finding, unit: str) -> Range:
        born = finding.when
        if born is None:
            return Range(Decimal(0), None)
        oldest = None if born.first == date.min else Decimal(completed(born.first, self.as_of, unit))
        return Range(Decimal(completed(born.last, self.as_of, unit)), oldest)

    def _formula(self, fact: Fact) -> Finding:
        assert fact.formula is not None
        inputs = tuple(self[name] for name in fact.formula.facts)
        values = {
            finding.fact.name: finding.range for finding in inputs if finding.range is not None and finding.usable
        }
        chosen = {finding.fact.name: finding.possible for finding in inputs if finding.possible and finding.usable}
        if len(values) + len(chosen) < len(inputs):
            return Finding(fact, NOT_RECORDED, inputs=inputs)
        units = {finding.fact.name: UNITS[finding.fact.unit or "1"] for finding in inputs}
        try:
            value = work_out(fact.formula, values, units, UNITS[fact.unit or "1"], chosen)
        except DecimalException:
            return Finding(fact, NOT_RECORDED, inputs=inputs, note="it cannot be worked out from these values")
        if fact.limits is not None and value.within(fact.limits) is None:
            self.trouble(
                "implausible",
                fact,
                f"{fact.title} would be {number_text(value)} {spoken(fact.unit or '')}, which is not plausible; it is not used.",
            )
            return Finding(fact, "implausible", inputs=inputs)
        return Finding(fact, "known" if value.exact is not None else "bounded", range=value, inputs=inputs)

    def _looked_up(self, fact: Fact, table: Table) -> Finding:
        age = self[table.over]
        if not age.usable:
            return Finding(fact, NOT_RECORDED, inputs=(age,))
        rows = [row for row in table.rows if self._reaches(age, row.low, row.low_unit) and not self._past(age, row)]
        covered = bool(rows) and not self._below(age, table.rows[0]) and not self._above(age, table.rows[-1])
        if not covered:
            return Finding(fact, NOT_RECORDED, inputs=(age,), note="the table has no row for this age")
        value = spanning([exactly(row.value) for row in rows])
        return Finding(fact, "known" if value.exact is not None else "bounded", range=value, inputs=(age,))

    def _reaches(self, age: Finding, count: int, unit: str) -> bool:
        """Return whether the patient may have reached so many units."""
        oldest = self.age_in(age, unit).high
        return oldest is None or oldest >= count

    def _past(self, age: Finding, row: Row) -> bool:
        """Return whether the patient is surely too old for a row."""
        if row.below is None or row.below_unit is None:
            return False
        youngest = self.age_in(age, row.below_unit).low
        return youngest is not None and youngest >= row.below

    def _below(self, age: Finding, first: Row) -> bool:
        youngest = self.age_in(age, first.low_unit).low
        return youngest is None or youngest < first.low

    def _above(self, age: Finding, last: Row) -> bool:
        return (
            last.below is not None and last.below_unit is not None and self._reaches(age, last.below, last.below_unit)
        )

    def _scored(self, fact: Fact) -> Finding:
        assert fact.score is not None
        given, items = self.stated(fact), tuple(self[name] for name in fact.score.points)
        if not any(item.usable and item.truth != UNKNOWN for item in items):
            return given
        added = _sum_of_points(list(fact.score.points.values()), items)
        if given.range is None or not given.usable:
            return Finding(fact, "known" if added.exact is not None else "bounded", range=added, inputs=items)
        both = given.range.within(added)
        if both is None:
            self.trouble(
                "conflicting",
                fact,
                f"{fact.title} is given as {given.entry.written if given.entry else ''}, and its items make {number_text(added)}.",
            )
            return given._replace(state="conflicting", range=spanning([given.range, added]), inputs=items)
        state = "conflicting" if given.state == "conflicting" else "known" if both.exact is not None else "bounded"
        return given._replace(state=state, range=both, inputs=items)

    def _choice(self, fact: Fact) -> Finding:
        found = self.stated(fact)
        if fact.name not in _implying(self.facts) and not any(option.implies for option in fact.options.values()):
            return found
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
        for other in _implying(self.facts).get(fact.name, ()):
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

    def _related(self, fact: Fact) -> list[str]:
        implied = [self.facts[name].title for option in fact.options.values() for name in option.implies]
        return list(dict.fromkeys([other.title for other in _implying(self.facts).get(fact.name, ())] + implied))

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
        if implied == UNKNOWN or found.state == "conflicting":
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


def _in_time(dated: tuple[When, Entry]) -> tuple[object, ...]:
    on, entry = dated
    return (on.first, on.last, str(on.instant or ""), entry.written, entry.source)


def _sum_of_points(points: list[Decimal], items: tuple[Finding, ...]) -> Range:
    """Return the points of the items that are yes, up to those of the items that may be."""
    low = high = Decimal(0)
    for number, item in zip(points, items, strict=True):
        if item.truth == YES or (item.truth == UNKNOWN and number < 0):
            low = EXACT.add(low, number)
        if item.truth == YES or (item.truth == UNKNOWN and number > 0):
            high = EXACT.add(high, number)
    return Range(low, high)


_implying_of: tuple[Mapping[str, Fact] | None, dict[str, tuple[Fact, ...]]] = (None, {})


def _implying(facts: Mapping[str, Fact]) -> dict[str, tuple[Fact, ...]]:
    """Return for each choice the choices whose options fix it; worked out once for a vocabulary."""
    global _implying_of  # noqa: PLW0603  the last vocabulary asked for, replaced as a whole
    of, found = _implying_of
    if of is not facts:
        found = {}
        for fact in facts.values():
            for name in dict.fromkeys(name for option in fact.options.values() for name in option.implies):
                found[name] = (*found.get(name, ()), fact)
        _implying_of = (facts, found)
    return found


_FINER = {"a": ("mo", Decimal(12)), "wk": ("d", Decimal(7))}


def _birth_dates(stated: Stated, on: When) -> When:
    """Return when somebody may have been born who on some day of `on` was as old as stated, in completed units."""
    low, high, unit = stated.range.low or Decimal(0), stated.range.high, stated.unit
    if unit in _FINER and any(end is not None and end != int(end) for end in (low, high)):  # 1.5 years
        unit, by = _FINER[unit]
        low, high = EXACT.multiply(low, by), None if high is None else EXACT.multiply(high, by)
    least, most = int(low), None if high is None else int(high)
    if stated.range.low_open and low == least:
        least += 1
    if stated.range.high_open and most is not None and high == most:
        most -= 1
    return born_between(least, most, unit, on)


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
    windows = []
    for entry in newest:
        if isinstance(entry.value, Stated):
            on = entry.on or on_day(findings.as_of)
            windows.append(_birth_dates(entry.value, When(on.first, min(on.last, findings.as_of))))
    shared: When | None = windows[0]
    for window in windows[1:]:
        shared = overlap(shared, window) if shared else None
    if shared is None:
        findings.conflict(fact, newest)
        return Finding(fact, "conflicting", when=spanning_dates(windows), entry=newest[0])
    return Finding(fact, "known", when=shared, entry=newest[0], note=newest[0].note)


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
