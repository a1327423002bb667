"""Boundary coverage: what the examples of a position show of its numbers, its conditions and its rules.

A number is covered where some example lies exactly on it, one below it and one above it. A condition is covered
where some example shows that it alone decides: all beside it is met and it fails (in `all`), or nothing beside it
holds and it does (in `any` and `none`). A rule is covered where it holds for one example, does not for another, and
is open for a third; a grade where each of its bands comes out. What no record can show is left out of the count, and told; `until:` is printed and never evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from .dates import add
from .decision import Decision
from .errors import Place, Problem, RequestError
from .evaluate import Case, CompiledPosition, PositionResult, evaluate_position
from .examples import Example, ExampleFile, run_example
from .findings import Finding, Findings
from .model import (
    AgeComparison,
    Comparison,
    Condition,
    CountOf,
    Fact,
    FactComparison,
    Group,
    Line,
    Named,
    Position,
    Row,
    TimeSince,
    lines_of,
)
from .probe import Search, Values, Want, search, together
from .quantity import EXACT, plain, spoken
from .record import read_record
from .trace import Step, missing
from .truth import NEGATED, NO, UNKNOWN, YES, Truth, any_of

if TYPE_CHECKING:
    from .checking import Report
    from .library import Library

Progress = Callable[[str], None]
Side = Literal["on", "below", "above", "in"]
SIDES: tuple[Side, ...] = ("on", "below", "above")


# --- the places of a position where conditions stand ---


@dataclass(frozen=True, slots=True)
class Site:
    """A place where a condition stands: the part of the position, the name there, the key, and of a band which one."""

    part: str
    name: str
    key: str
    condition: Condition
    band: int = 0

    @property
    def words(self) -> str:
        """Return the place as it is called inside a sentence."""
        return _SITE_WORDS[(self.part, self.key)].format(self.name)


_SITE_WORDS = {
    ("position", "applies_when"): "`applies_when`",
    ("grades", "when"): "`when` of the grade {}",
    ("grades", "band"): "the band {}",
    ("criteria", "when"): "the criterion {}",
    ("recommendations", "when"): "the rule {}",
    ("recommendations", "especially_when"): "`especially_when` of the rule {}",
    ("dosing", "when"): "`when` of the dosing {}",
    ("cautions", "when"): "the caution {}",
    ("monitoring", "when"): "the monitoring {}",
}


def sites_of(position: Position) -> list[Site]:
    """Return the places of every condition that is evaluated, in the order of the file; `until:` is not."""
    found = [("position", position.id, "applies_when", position.applies_when, 0)]
    for grade in position.grades.values():
        found.append(("grades", grade.id, "when", grade.when, 0))
        found += [("grades", grade.id, "band", band.when, index) for index, band in enumerate(grade.bands)]
    found += [("criteria", c.id, "when", c.when, 0) for c in position.criteria.values()]
    for rule in position.recommendations.values():
        found.append(("recommendations", rule.id, "when", rule.when, 0))
        found.append(("recommendations", rule.id, "especially_when", rule.especially_when, 0))
    for part in ("dosing", "cautions", "monitoring"):
        found += [(part, item.id, "when", item.when, 0) for item in getattr(position, part).values()]
    sites = [
        Site(part, name, key, condition, band) for part, name, key, condition, band in found if condition is not None
    ]
    return sorted(sites, key=lambda site: site.condition.place)


def site_words(site: Site, position: Position) -> str:
    """Return the place as it is called inside a sentence; a band with its name and its grade."""
    if site.key != "band":
        return site.words
    return f"the band {position.grades[site.name].bands[site.band].name} of {site.name}"


def step_at(site: Site, case: Case) -> Step:
    """Return what the condition of a site answers for a case."""
    compiled = case.compiled
    if site.part == "position":
        ask = compiled.applies
    elif site.part == "grades":
        when, bands = compiled.grades[site.name]
        ask = when if site.key == "when" else bands[site.band]
    elif site.part == "recommendations":
        ask = compiled.rules[site.name][site.key != "when"]
    else:
        ask = getattr(compiled, site.part)[site.name]
    assert ask is not None
    return ask(case)


def needed_beside(site: Site, result: PositionResult, case: Case) -> list[Want]:
    """Return what must be so for the answer of a site's condition to count: that the position applies, and so on."""
    applies: Want = (result.applies, missing(result.applies_step) if result.applies_step else [])
    if site.part in ("cautions", "monitoring"):
        return [applies]
    if site.part == "grades" and site.key == "band":
        return _before_band(site, case)
    if site.part == "recommendations" and site.key == "when":
        yielding = [result.rules[name].step for name in result.rules[site.name].rule.unless]
        return [applies, *(_wanted(step, NO) for step in yielding)]
    if site.part in ("recommendations", "dosing"):
        rules = [rule for rule in result.rules.values() if site.name in (rule.rule.id, rule.rule.dose)]
        own = [rule for rule in rules if (rule.rule.dose if site.part == "dosing" else rule.rule.id) == site.name]
        return [(any_of(rule.holds for rule in own), [name for rule in own for name in rule.missing_holds])]
    return [_reaches_a_rule(site, result, case)] if site.part == "criteria" else []


def _reaches_a_rule(site: Site, result: PositionResult, case: Case) -> Want:
    """Return whether, somewhere that a criterion is named, it alone decides what stands there."""
    wants = []
    for user in sites_of(case.compiled.position):
        for line in lines_of(user.condition):
            if isinstance(line, Named) and line.criterion == site.name:
                silent = others_silent(step_at(user, case), line)
                wants.append(together([*needed_beside(user, result, case), *silent]))
    open_ = [name for answer, facts in wants if answer == UNKNOWN for name in facts]
    return any_of(answer for answer, _ in wants), open_


def _before_band(site: Site, case: Case) -> list[Want]:
    when, bands = case.compiled.grades[site.name]
    applicable = [_wanted(when(case), YES)] if when else []
    return [*applicable, *(_wanted(ask(case), NO) for ask in bands[: site.band])]


def _wanted(step: Step, answer: Truth) -> Want:
    return (step.answer if answer == YES else NEGATED[step.answer], missing(step))


# --- lines inside their condition ---


def step_of_line(step: Step, line: Line) -> Step | None:
    """Return the step of a line within the steps of its condition; criteria and grades are not entered."""
    if step.node is line:
        return step
    parts = step.parts if isinstance(step.node, Group) else ()
    return next((found for part in parts if (found := step_of_line(part, line))), None)


def others_silent(step: Step, line: Line) -> list[Want]:
    """Return what the parts beside a line must answer for the line alone to decide the condition."""
    if not isinstance(step.node, Group):
        return []
    inside = next(part for part in step.parts if step_of_line(part, line))
    beside = [part for part in step.parts if part is not inside]
    if step.node.join == "at_least":
        return [_so_many(beside, step.node.count - 1), *others_silent(inside, line)]
    silent: Truth = YES if step.node.join == "all" else NO
    return [*(_wanted(part, silent) for part in beside), *others_silent(inside, line)]


def _so_many(steps: Sequence[Step], count: int) -> Want:
    """Return whether exactly so many of the steps are yes."""
    answers = [step.answer for step in steps]
    sure, open_ = answers.count(YES), answers.count(UNKNOWN)
    truth: Truth = NO if sure > count or sure + open_ < count else UNKNOWN if open_ else YES
    return truth, [name for step in steps for name in missing(step)]


def deciding_answer(condition: Condition, line: Line) -> Truth:
    """Return the answer by which a line decides alone: no among `all`, yes among `any`, `none` and `at_least`."""
    if not isinstance(condition, Group):
        return NO
    inside = next(part for part in condition.parts if any(found is line for found in lines_of(part)))
    if isinstance(inside, Group):
        return deciding_answer(inside, line)
    return NO if condition.join == "all" else YES


# --- where a value lies beside a number ---


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a line that values are compared with; `what` is the number, the window of a count, or a row."""

    site: Site
    line: Line
    what: Literal["number", "window", "row"]
    row: Row | None = None

    @property
    def sides(self) -> tuple[Side, ...]:
        """Return the sides on which an example is wanted."""
        return ("in",) if self.what == "row" else SIDES

    @property
    def words(self) -> str:
        """Return the number as it is called inside a sentence."""
        if self.row is not None:
            return f"the row from {self.row.low} {spoken(self.row.low_unit, Decimal(self.row.low))} of the table"
        if isinstance(self.line, CountOf) and self.line.within and self.what == "window":
            return f"{self.line.within.high} {spoken(self.line.within.unit, Decimal(self.line.within.high))}"
        if isinstance(self.line, Comparison | AgeComparison | TimeSince):
            number = Decimal(self.line.number)
            return f"{plain(number)} {spoken(self.line.unit, number)}"
        return str(self.line.number) if isinstance(self.line, CountOf) else getattr(self.line, "other", "")


class Spot(NamedTuple):
    """Where a value lies beside a number, how far away, and the value in words."""

    side: Side
    distance: Decimal
    value: str


def numbers_of(position: Position, facts: Mapping[str, Fact]) -> list[Number]:
    """Return every number of the lines of a position, in the order of the file."""
    return [
        number
        for site in sites_of(position)
        for line in lines_of(site.condition)
        for number in _numbers_of_line(site, line, facts)
    ]


def _numbers_of_line(site: Site, line: Line, facts: Mapping[str, Fact]) -> Iterator[Number]:
    if isinstance(line, Comparison | AgeComparison | TimeSince | CountOf | FactComparison):
        yield Number(site, line, "number")
    if isinstance(line, CountOf) and line.within:
        yield Number(site, line, "window")
    if isinstance(line, FactComparison):
        tables = [table for name in (line.fact, line.other) if (table := facts[name].table)]
        yield from (Number(site, line, "row", row) for table in tables for row in table.rows)


def spots(number: Number, step: Step, findings: Findings) -> list[Spot]:
    """Return where the values of a record lie beside a number; only values that are known exactly count."""
    if step.finding is None:
        return []
    if number.what == "window":
        return _events_beside(number, findings)
    if number.row is not None:
        return _in_row(number.row, findings, number.line)
    pair = _VALUE_AND_NUMBER[type(number.line)](number.line, step, findings)
    return [] if pair is None else [_spot(*pair)]


def _spot(value: Decimal, number: Decimal, words: str) -> Spot:
    side: Side = "on" if value == number else "below" if value < number else "above"
    return Spot(side, abs(value - number), words)


def _amount(line: Comparison, step: Step, findings: Findings) -> tuple[Decimal, Decimal, str] | None:
    value, number = _exact(step.finding), line.threshold.exact
    if value is None or number is None or step.finding is None:
        return None
    return value, number, _in_words(value, step.finding.fact.unit)


def _age(line: AgeComparison, step: Step, findings: Findings) -> tuple[Decimal, Decimal, str] | None:
    if step.finding is None or not step.finding.usable:
        return None
    value = findings.age_in(step.finding, line.unit).exact
    return None if value is None else (value, line.number, _in_words(value, line.unit))


def _time(line: TimeSince, step: Step, findings: Findings) -> tuple[Decimal, Decimal, str] | None:
    when = step.finding.when if step.finding else None
    if when is None or not when.whole or when.first > findings.as_of:
        return None
    return _days_beside(when.first, line.number, line.unit, findings.as_of)


def _days_beside(day: date, count: int, unit: str, as_of: date) -> tuple[Decimal, Decimal, str]:
    edge, passed = add(day, count, unit), (as_of - day).days
    return Decimal(passed), Decimal((edge - day).days), f"day {passed}"


def _counted(line: CountOf, step: Step, findings: Findings) -> tuple[Decimal, Decimal, str] | None:
    low, high = step.counted or (0, None)
    return None if low != high else (Decimal(low), Decimal(line.number), str(low))


def _fact_beside_fact(line: FactComparison, step: Step, findings: Findings) -> tuple[Decimal, Decimal, str] | None:
    value, other = _exact(step.finding), _exact(step.other)
    if value is None or other is None or step.finding is None:
        return None
    return value, EXACT.multiply(other, line.factor), _in_words(value, step.finding.fact.unit)


_VALUE_AND_NUMBER: dict[type, Callable[[Any, Step, Findings], tuple[Decimal, Decimal, str] | None]] = {
    Comparison: _amount,
    AgeComparison: _age,
    TimeSince: _time,
    CountOf: _counted,
    FactComparison: _fact_beside_fact,
}


def _exact(finding: Finding | None) -> Decimal | None:
    return finding.range.exact if finding is not None and finding.usable and finding.range is not None else None


def _in_words(value: Decimal, unit: str | None) -> str:
    return f"{plain(value)} {spoken(unit or '', value)}".strip()


def _events_beside(number: Number, findings: Findings) -> list[Spot]:
    """Return where the events that a line counts lie beside the end of its window."""
    line = number.line
    if not isinstance(line, CountOf) or line.within is None:
        return []
    days = [
        event.on.first
        for event in findings[line.fact].events
        if event.on is not None and event.on.whole and set(line.where.items()) <= set(event.fields)
    ]
    return [_spot(*_days_beside(day, line.within.high, line.within.unit, findings.as_of)) for day in days]


def _in_row(row: Row, findings: Findings, line: Line) -> list[Spot]:
    assert isinstance(line, FactComparison)
    facts = (findings.facts[line.fact], findings.facts[line.other])
    table = next(fact.table for fact in facts if fact.table and row in fact.table.rows)
    age = findings[table.over]
    if not age.usable:
        return []
    youngest, oldest = findings.age_in(age, row.low_unit).low, findings.age_in(age, row.below_unit or "a").high
    reached = youngest is not None and youngest >= row.low
    inside = row.below is None or (oldest is not None and oldest < row.below)
    return [Spot("in", Decimal(0), "an age of this row")] if reached and inside else []


# --- examples as they were worked out ---


@dataclass(frozen=True, slots=True)
class Worked:
    """An example with its findings, which no change of a position alters, and the position's answers."""

    example: Example
    findings: Findings
    result: PositionResult
    decision: Decision
    as_expected: bool


def work_out(file: ExampleFile | None, library: Library) -> list[Worked]:
    """Return the examples of a position, each read once."""
    if file is None:
        return []
    compiled = library.compiled[f"{file.topic}/{file.position}"]
    found = []
    for example in file.examples:
        findings = Findings(read_record(example.record, library.facts), library.facts, example.as_of)
        decision, mismatches = run_example(example, file, library)
        found.append(Worked(example, findings, evaluate_position(compiled, findings), decision, not mismatches))
    return found


# --- coverage ---


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that the examples are to show. `shown_by` is the title of one that does; `possible` is proved or assumed."""

    kind: Literal["boundary", "condition", "answer"]
    place: Place
    what: str  # as it ends the sentence "no example ..."
    site: Site
    line: Line | None = None
    number: Number | None = None
    side: Side | None = None
    answer: str | None = None
    shown_by: str | None = None
    nearest: str | None = None
    possible: bool = True


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the examples of one position show, and what they do not."""

    address: str
    examples: int
    items: tuple[Item, ...]

    def counts(self, kind: str | None = None) -> tuple[int, int]:
        """Return how much is shown, and of how much that can be, of one kind or of all."""
        wanted = [item for item in self.items if item.possible and kind in (None, item.kind)]
        return sum(item.shown_by is not None for item in wanted), len(wanted)

    @property
    def gaps(self) -> list[Item]:
        """Return what could be shown and is not."""
        return [item for item in self.items if item.shown_by is None and item.possible]

    @property
    def impossible(self) -> list[Item]:
        """Return what no record can show."""
        return [item for item in self.items if not item.possible]


def cover(compiled: CompiledPosition, facts: Mapping[str, Fact], worked: Sequence[Worked]) -> Coverage:
    """Return the coverage of a position by its examples."""
    position = compiled.position
    cases = [Case(each.findings, compiled) for each in worked]
    items = [
        *_boundaries(position, facts, [(each.example.title, case) for each, case in zip(worked, cases, strict=True)]),
        *_conditions(position, worked, cases),
        *_answers(position, worked),
    ]
    judged = [_judged(item, compiled, facts) for item in items]
    return Coverage(position.address, len(worked), tuple(judged))


_Cases = Sequence[tuple[str, Case]]  # the title of each example, and what the position makes of its record


def _boundaries(position: Position, facts: Mapping[str, Fact], cases: _Cases) -> Iterator[Item]:
    for number in numbers_of(position, facts):
        nearest: dict[Side, tuple[Decimal, str, str]] = {}
        for example, case in cases:
            step = step_of_line(step_at(number.site, case), number.line)
            for spot in spots(number, step, case.findings) if step else ():
                if spot.side not in nearest or spot.distance < nearest[spot.side][0]:
                    nearest[spot.side] = (spot.distance, example, spot.value)
        for side in number.sides:
            _, title, value = nearest.get(side, (None, None, None))
            yield Item(
                "boundary",
                number.line.place,
                f"lies {_SIDE_WORDS[side]} {number.words} (`{number.line.text}`)",
                number.site,
                number.line,
                number,
                side,
                shown_by=title,
                nearest=value,
            )


_SIDE_WORDS = {"on": "exactly on", "below": "below", "above": "above", "in": "in"}


def _conditions(position: Position, worked: Sequence[Worked], cases: Sequence[Case]) -> Iterator[Item]:
    shown = list(zip(worked, cases, strict=True))
    for site in sites_of(position):
        for line in lines_of(site.condition):
            title = next((w.example.title for w, case in shown if alone(site, line, w.result, case)[0] == YES), None)
            fails = deciding_answer(site.condition, line) == NO
            what = f"shows that `{line.text}` alone {'fails' if fails else 'decides'}"
            what += f" in {site_words(site, position)}"
            yield Item("condition", line.place, what, site, line, shown_by=title)


def alone(site: Site, line: Line, result: PositionResult, case: Case) -> Want:
    """Return whether a line alone decides its condition for a case, and the condition counts."""
    step = step_at(site, case)
    own = step_of_line(step, line)
    assert own is not None
    wanted = _wanted(own, deciding_answer(site.condition, line))
    return together([*needed_beside(site, result, case), *others_silent(step, line), wanted])


def beside(number: Number, side: Side, result: PositionResult, case: Case) -> Want:
    """Return whether a value lies on that side of a number, in a line on which alone the condition turns."""
    step = step_at(number.site, case)
    own = step_of_line(step, number.line)
    assert own is not None
    found = [spot.side for spot in spots(number, own, case.findings)]
    open_ = missing(own)
    there: Truth = YES if side in found else NO if found or not open_ else UNKNOWN
    silent = others_silent(step, number.line)
    return together([*needed_beside(number.site, result, case), *silent, (there, open_)])


def _answers(position: Position, worked: Sequence[Worked]) -> Iterator[Item]:
    for grade in position.grades.values():
        others = ["unknown", *(["not-applicable"] if grade.when else [])]
        for band in [*dict.fromkeys(grade.order), *others]:
            title = next((w.example.title for w in worked if w.result.grades[grade.id].value == band), None)
            site = Site("grades", grade.id, "band", grade.bands[0].when)
            yield Item("answer", grade.place, f"has the grade {grade.id} {band}", site, answer=band, shown_by=title)
    for rule in position.recommendations.values():
        site = Site("recommendations", rule.id, "when", rule.when)
        for answer in (YES, NO, UNKNOWN):
            title = next((w.example.title for w in worked if w.result.rules[rule.id].holds == answer), None)
            what = f"has the rule {rule.id} {_ANSWERED[answer]}"
            yield Item("answer", rule.place, what, site, answer=answer, shown_by=title)


_ANSWERED = {YES: "holding", NO: "not holding", UNKNOWN: "left open"}


# --- what could be shown ---


def record_for(item: Item, compiled: CompiledPosition, facts: Mapping[str, Fact]) -> Search:
    """Return a record that would show an item; for a boundary one where all beside it is met, if there is one."""
    values = Values(lines_evaluated(compiled.position), facts)
    plainest = [lambda findings: shows(item, compiled, findings)]
    number, side = item.number, item.side
    if number is not None and side is not None:
        plainest.insert(0, lambda findings: beside(number, side, *_evaluated(compiled, findings)))
    found = Search(None, True)
    for goal in plainest:
        found = search(goal, values, facts)
        if found.record is not None:
            break
    return found


def _evaluated(compiled: CompiledPosition, findings: Findings) -> tuple[PositionResult, Case]:
    return evaluate_position(compiled, findings), Case(findings, compiled)


def shows(item: Item, compiled: CompiledPosition, findings: Findings) -> Want:
    """Return whether a record shows an item."""
    result, case = _evaluated(compiled, findings)
    if item.number is not None and item.side is not None:
        return _on_that_side(item.number, item.side, case)
    if item.line is not None:
        return alone(item.site, item.line, result, case)
    return _answered(result, item.site, item.answer or UNKNOWN)


def _on_that_side(number: Number, side: Side, case: Case) -> Want:
    own = step_of_line(step_at(number.site, case), number.line)
    assert own is not None
    found = [spot.side for spot in spots(number, own, case.findings)]
    open_ = missing(own)
    return (YES if side in found else NO if found or not open_ else UNKNOWN), open_


def _answered(result: PositionResult, site: Site, answer: str) -> Want:
    if site.part == "grades":
        grade = result.grades[site.name]
        found, open_ = grade.value, grade.missing
    else:
        rule = result.rules[site.name]
        found, open_ = rule.holds, rule.missing_holds
    if found == answer:
        return YES, []
    return (UNKNOWN, open_) if found == UNKNOWN else (NO, [])


def lines_evaluated(position: Position) -> list[Line]:
    """Return every line of a position that is evaluated."""
    return [line for site in sites_of(position) for line in lines_of(site.condition)]


def _judged(item: Item, compiled: CompiledPosition, facts: Mapping[str, Fact]) -> Item:
    """Return the item, marked where it is not shown and no record could show it."""
    if item.shown_by is not None:
        return item
    found = record_for(item, compiled, facts)
    return replace(item, possible=found.record is not None or not found.whole)


# --- for the command ---


def positions_of(report: Report) -> list[tuple[CompiledPosition, ExampleFile | None]]:
    """Return the positions that a report is about, each with its examples. Raises RequestError where there are problems."""
    library = report.library
    if library is None:
        raise RequestError("The examples cannot be run: the guidelines have problems.")
    files = {f"{file.topic}/{file.position}": file for file in report.checked.examples}
    return [
        (compiled, files.get(address))
        for address, compiled in library.compiled.items()
        if report.only is None or {f"{address}.yaml", f"{address}.examples.yaml"} & report.only
    ]


def report(checked: Report, progress: Progress = lambda _: None) -> list[Coverage]:
    """Return the coverage of every position that a report is about."""
    library = checked.library
    found = []
    for compiled, file in positions_of(checked):
        assert library is not None
        progress(f"{compiled.position.address} (coverage)")
        found.append(cover(compiled, library.facts, work_out(file, library)))
    progress("")
    return found


# --- what a rule may not go without, for `check` ---


def unshown(checked: Report) -> list[Problem]:
    """Return each rule, grade, caution and measurement of which no example speaks, and each number that none lies beside."""
    if checked.library is None:
        return []
    return [
        problem
        for compiled, file in positions_of(checked)
        if file is not None or compiled.position.place.file not in checked.elsewhere
        for problem in (*_unread(file, checked.library.facts), *_unshown(compiled, file, checked))
    ]


_UNREAD = ("unknown-fact", "unknown-choice", "unreadable", "wrong-unit", "implausible", "conflicting")


def _unread(file: ExampleFile | None, facts: Mapping[str, Fact]) -> Iterator[Problem]:
    """Yield what cannot be read in the records of examples, where they do not expect that."""
    for example in file.examples if file else ():
        findings = Findings(read_record(example.record, facts), facts, example.as_of)
        for name in example.record:
            if name in facts:
                _ = findings[name]
        for trouble in (*findings.chart.troubles, *findings.troubles):
            place = example.places.get(f"record/{trouble.fact}")
            if place and trouble.kind in _UNREAD and trouble.kind not in example.expect.get("problems", ()):
                yield Problem(
                    place,
                    trouble.detail,
                    f"Mend the record; or, where this is what it shows, expect it: `problems: [{trouble.kind}]`.",
                )


def _unshown(compiled: CompiledPosition, file: ExampleFile | None, checked: Report) -> Iterator[Problem]:
    position, examples = compiled.position, file.examples if file else ()
    drafts = f"`igguide test {checked.path(position.place)} --suggest` drafts the records."
    silent = {
        (part, name): (place, words)
        for part, name, place, words in _to_be_shown(position)
        if not spoken_of(name, part, examples)
    }
    if not examples:
        if silent:
            remedy = f"Write {position.id}.examples.yaml beside it; {drafts}"
            yield Problem(position.place, "There is no example of what this position answers.", remedy)
        return
    for (part, name), (place, words) in silent.items():
        if part == "dosing" and ("recommendations", name) in silent:
            continue  # an example of the rule comes first
        yield Problem(place, f"No example says what must come of {words}.", f"Write one that does; {drafts}")
    yield from (
        Problem(item.place, f"No example {item.what}.", f"Write one there; {drafts}")
        for item in _bare_numbers(compiled, examples, checked)
        if (item.site.part, item.site.name) not in silent
    )


def _to_be_shown(position: Position) -> Iterator[tuple[str, str, Place, str]]:
    """Yield the parts of a position that answer something of a patient, and a rule's dose beside the rule."""
    for grade in position.grades.values():
        yield "grades", grade.id, grade.place, f"the grade {grade.id}"
    for rule in position.recommendations.values():
        yield "recommendations", rule.id, rule.place, f"the rule {rule.id}"
        if rule.dose and position.dosing[rule.dose].give is not None:
            yield "dosing", rule.id, rule.place, f"the dose of the rule {rule.id}"
    for part, kind in (("cautions", "caution"), ("monitoring", "monitoring")):
        for item in getattr(position, part).values():
            if item.when is not None:
                yield part, item.id, item.place, f"the {kind} {item.id}"


_EXPECTED = {"recommendations": ("holds", "emphasis", "missing"), "dosing": ("dose",)}


def spoken_of(name: str, part: str, examples: Sequence[Example]) -> bool:
    """Return whether some example expects something of a part."""
    return any(name in example.expect.get(key, ()) for example in examples for key in _EXPECTED.get(part, (part,)))


def _bare_numbers(compiled: CompiledPosition, examples: Sequence[Example], checked: Report) -> Iterator[Item]:
    """Yield each number that no example lies on, below or above where one could, all its sides together."""
    assert checked.library is not None
    facts = checked.library.facts
    cases = []
    for example in examples:
        findings = Findings(read_record(example.record, facts), facts, example.as_of)
        cases.append((example.title, Case(findings, compiled)))
    bare: dict[tuple[int, str], list[Item]] = {}
    for item in _boundaries(compiled.position, facts, cases):
        if item.shown_by is None and _judged(item, compiled, facts).possible and item.number is not None:
            bare.setdefault((id(item.line), item.number.words), []).append(item)
    for items in bare.values():
        sides = [_SIDE_WORDS[item.side] for item in items if item.side]
        listed = " or ".join([", ".join(sides[:-1]), sides[-1]]) if len(sides) > 1 else sides[0]
        yield replace(items[0], what=items[0].what.replace(sides[0], listed, 1))


KINDS = {"boundary": "boundaries", "condition": "conditions alone", "answer": "answers"}


def percent(part: int, whole: int) -> str:
    """Return a share as a percentage that is 100 only where nothing is missing."""
    if part == whole:
        return "100 %"
    return f"{plain((Decimal(1000 * part) / Decimal(whole)).to_integral_value(rounding='ROUND_FLOOR') / 10)} %"


def as_text(found: Sequence[Coverage], shown: Callable[[Place], str] = str) -> str:
    """Return the coverage for a terminal: a line for each position, and below it what no example shows."""
    return "\n".join(line for each in found for line in _lines(each, shown))


def _lines(coverage: Coverage, shown: Callable[[Place], str]) -> Iterator[str]:
    shares = [f"{KINDS[kind]} {_share(*counts)}" for kind in KINDS if (counts := coverage.counts(kind))[1]]
    left_out = f"; {len(coverage.impossible)} that no record can show" if coverage.impossible else ""
    yield f"{coverage.address}: {', '.join(shares)}{left_out}"
    for item in coverage.gaps:
        yield f"  {shown(item.place)}: no example {item.what}."


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({percent(part, whole)})"


def as_data(found: Sequence[Coverage], path: Callable[[Place], str] = lambda place: place.file) -> list[dict[str, Any]]:
    """Return the coverage as plain data for programs."""
    return [
        {
            "position": each.address,
            "examples": each.examples,
            "covered": {KINDS[kind]: dict(zip(("shown", "of"), each.counts(kind), strict=True)) for kind in KINDS},
            "missing": [_item_data(item, path) for item in each.gaps],
            "impossible": [_item_data(item, path) for item in each.impossible],
            "shown": [
                {**_item_data(item, path), "by": item.shown_by, "nearest": item.nearest}
                for item in each.items
                if item.shown_by is not None
            ],
        }
        for each in found
    ]


def _item_data(item: Item, path: Callable[[Place], str]) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "file": path(item.place),
        "line": item.place.line,
        "column": item.place.column,
        "what": item.what,
    }
