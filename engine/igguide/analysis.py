"""Weaknesses of a position that can be proved from its rules alone, each with a witness patient.

The patients are cut into cells at the rules' own thresholds (see `regions`), and every rule is a set of cells. What
is told here is exact for all patients, not sampled, and every witness is a record that the interpreter itself has
answered as the sentence says.

Gaps. A rule for or against what it is about decides the patients for whom it holds. A patient in scope whom no rule
about a subject decides is silent ground. Most silent ground is no gap: it is simply what the source does not speak
to, as a high IgG without infections. It is a gap in two cases.

    hole        along an order (an amount, an age, a time, a count), all else being equal, patients on both sides are
                decided and those between are not
    less-said   along an amount or a count, all else being equal, a patient with less reason is decided and one with
                more reason is not. Which end is more reason is read off the rules: where the rules for (or against)
                at one value hold for all that those at another hold for, and for more, the first is the end with
                more reason; the majority of such pairs counts, and where there is none, nothing is told. An age or
                a time has no such end: a rule that ends with the third month is a limit, not a gap.

So "400 or less in the first 90 days; between 400 and 600 with infection; above 600 with infection and poor
antibodies" has a gap at 400 or less after day 90 with infection, since with an IgG of 500 that patient is covered;
and no gap at 500 without infection.

Gap cells with the same silent stretch of the same order, that touch each other, are one finding; it names the
largest box in them that was found around the witness. A region that `silent:` declares, with its reading, is no gap.

Overlaps. Two rules about the same thing, in the same direction, that hold together are told where they take another
action, and where both set limits on the same amount, age, time or count, and not the same ones (a child covered by
800 or less and again by below 400). Rules on independent grounds (low IgG; infections) are meant to hold together
and are not told. `overlaps: [other-rule]` on either rule, with its `reading`, declares an overlap; `unless` removes
it. Contradictions (one for, one against; two doses) are lint's.

The rest: rules that never hold, rules that add nothing to another one, emphasis that never or always holds, lines
that change no answer, declarations that declare nothing; in tables bands that nobody falls into, holes between
bands, and bands that are not in the order of the values. The `when` of a dose is not looked at for needless lines:
it repeats on purpose for whom the source gives the dose.

A question with more than `regions.MOST_CELLS` kinds of patients, or on a fact worked out by a formula, is not
answered; that is told as `not-exhausted`, never passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from typing import Any, Literal, NamedTuple

from .errors import Place, Problem
from .evaluate import CompiledPosition, PositionResult, evaluate_position
from .findings import Findings
from .lines import Vocabulary, read_line
from .model import (
    Condition,
    Fact,
    Grade,
    Group,
    Line,
    Position,
    Recommendation,
    Recorded,
    direction,
    lines_of,
)
from .record import read_record
from .regions import Atlas, Axis, Clause, NotExhausted, Space
from .truth import NO, YES
from .witness import DAY, shown
from .wording import ABOUTS, Wording, lower_first

Severity = Literal["error", "warning", "note"]
KINDS: dict[str, Severity] = {
    "hole": "error",
    "less-said": "error",
    "covered-twice": "error",
    "two-actions": "warning",
    "never-holds": "error",
    "adds-nothing": "warning",
    "emphasis": "warning",
    "needless-line": "warning",
    "needless-declaration": "warning",
    "unreachable-band": "error",
    "band-hole": "error",
    "band-order": "error",
    "not-exhausted": "note",
}


@dataclass(frozen=True, slots=True)
class Weakness:
    """One weakness of a position: where, of which kind, in a sentence, a witness, and how to mend it.

    `witness` is a plain record as of `as_of`, or None where the point is that there is none. `region` is the whole
    region as a condition map that can be pasted under `silent:`, where one map can say it.
    """

    place: Place
    kind: str
    sentence: str
    remedy: str
    witness: Mapping[str, Any] | None = None
    region: Mapping[str, Any] | None = None
    as_of: date = DAY

    @property
    def severity(self) -> Severity:
        """Return how grave it is: an error should stop publication, a warning be looked at."""
        return KINDS[self.kind]

    @property
    def problem(self) -> Problem:
        """Return the weakness as the problem that `check` prints, the witness included."""
        witness = f" For example {shown(self.witness)}." if self.witness is not None else ""
        sentence = f"{self.sentence}{witness}"
        return Problem(self.place, sentence, self.remedy, self.severity)


def analyse(compiled: CompiledPosition, facts: Mapping[str, Fact]) -> list[Weakness]:
    """Return the weaknesses of a position that lint found sound, in the order of its file."""
    study = _Study(compiled, facts)
    found = _told_once([weakness for question in _QUESTIONS for weakness in question(study)])
    return sorted(found, key=lambda weakness: (weakness.place, weakness.kind, weakness.sentence))


def _told_once(found: list[Weakness]) -> list[Weakness]:
    """Return the weaknesses with questions that could not be gone through for one and the same reason told together."""
    told: dict[str, list[Weakness]] = {}
    for weakness in found:
        if weakness.kind == "not-exhausted":
            told.setdefault(weakness.sentence.partition(_ALL_PATIENTS)[2], []).append(weakness)
    rest = [weakness for weakness in found if weakness.kind != "not-exhausted"]
    for because, alike in told.items():
        first = min(alike, key=lambda weakness: weakness.place)
        what, more = first.sentence.partition(_ALL_PATIENTS)[0], len(alike) - 1
        others = f" and {more} more question{'s' if more > 1 else ''}" if more else ""
        rest.append(replace(first, sentence=f"{what}{others}{_ALL_PATIENTS}{because}"))
    return rest


_ALL_PATIENTS = " could not be gone through for all patients: "


class _Study:
    """A position under analysis, with what all questions need."""

    def __init__(self, compiled: CompiledPosition, facts: Mapping[str, Fact]) -> None:
        self.compiled, self.facts = compiled, facts
        self.position: Position = compiled.position
        self.atlas = Atlas(compiled, facts)
        self.wording = Wording(facts, {})

    @property
    def rules(self) -> list[Recommendation]:
        return list(self.position.recommendations.values())

    def space(self, *conditions: Condition | None, join: bool = True) -> Space:
        return self.atlas.space([self.position.applies_when, *conditions], join=join)

    def space_of(self, rules: Iterable[Recommendation]) -> Space:
        """Return the space of rules and of those that they yield to."""
        return self.space(*(rule.when for rule in self.with_yielded(rules)))

    def with_yielded(self, rules: Iterable[Recommendation]) -> list[Recommendation]:
        found: dict[str, Recommendation] = {}
        front = list(rules)
        while front:
            rule = front.pop(0)
            if rule.id not in found:
                found[rule.id] = rule
                front += [self.position.recommendations[name] for name in rule.unless]
        return list(found.values())

    def result(self, record: Mapping[str, Any]) -> PositionResult | None:
        """Return what the interpreter answers for a record, or None where the record contradicts itself."""
        findings = Findings(read_record(record, self.facts), self.facts, DAY)
        result = evaluate_position(self.compiled, findings)
        return None if findings.troubles else result

    def witness(
        self, space: Space, cells: Sequence[int], goal: Callable[[PositionResult], bool], keep: Iterable[str] = ()
    ) -> dict[str, Any]:
        """Return the shortest record of these cells that the interpreter answers as wanted; `keep` stays in it.

        Raises NotExhausted where it does not answer so: then the cells are not to be trusted, and that is told.
        """
        record = space.record(cells)
        if not self._is_as_wanted(record, goal):
            raise NotExhausted(f"the record {shown(record)} was not answered as its region says")
        for name in [name for name in record if name not in set(keep)]:
            shorter = {key: value for key, value in record.items() if key != name}
            if self._is_as_wanted(shorter, goal):
                record = shorter
        return record

    def _is_as_wanted(self, record: Mapping[str, Any], goal: Callable[[PositionResult], bool]) -> bool:
        result = self.result(record)
        return result is not None and goal(result)

    def told(self, place: Place, what: str, because: NotExhausted) -> Weakness:
        return Weakness(
            place,
            "not-exhausted",
            f"{what}{_ALL_PATIENTS}{because}.",
            "Look at it by hand, or split the rule so that fewer facts meet.",
        )

    def phrase(self, clause: Clause) -> str:
        """Return the lines of a region as a phrase."""
        either = " or ".join(map(self._phrase_of, clause.any))
        return "; ".join(
            [
                *map(self._phrase_of, clause.all),
                *([either] if either else []),
                *(f"not: {lower_first(self._phrase_of(text))}" for text in clause.none),
            ]
        )

    def _phrase_of(self, text: str) -> str:
        line = read_line(text, self.position.place, Vocabulary(self.facts, {}, ()))
        return text if isinstance(line, Problem) else self.wording.line(line)


# --- gaps ---


class _Subject(NamedTuple):
    """The rules about one thing, as regions: who is in scope, silent, declared so; where rules for and against hold."""

    about: str
    space: Space
    scope: int
    silent: int
    declared: int
    sides: tuple[int, int]


def _gaps(study: _Study) -> Iterator[Weakness]:
    abouts = dict.fromkeys(rule.about for rule in study.rules if direction(rule.action) != "neither")
    for about in abouts:
        rules = [rule for rule in study.rules if rule.about == about and direction(rule.action) != "neither"]
        try:
            yield from _gaps_about(study, about, rules)
        except NotExhausted as because:
            yield study.told(rules[0].place, f"What is said about {ABOUTS[about]}", because)


def _gaps_about(study: _Study, about: str, rules: list[Recommendation]) -> Iterator[Weakness]:
    subject = _subject(study, about, rules)
    seen = subject.declared
    for kind, axis, low, high, cells in _gap_cells(subject):
        for region in _touching(subject.space, cells & ~seen, axis):
            yield _gap(study, subject, kind, axis, (low, high), region, rules)
        seen |= cells


def _subject(study: _Study, about: str, rules: list[Recommendation]) -> _Subject:
    silences = [silence for silence in study.position.silent.values() if silence.about in (None, about)]
    space = study.space(*(rule.when for rule in study.with_yielded(rules)), *(silence.when for silence in silences))
    answers = {rule.id: space.holds(rule) for rule in rules}
    sides = tuple(
        _union(answers[rule.id].yes for rule in rules if direction(rule.action) == side) for side in ("for", "against")
    )
    scope = space.answer(study.position.applies_when).yes
    silent = scope & _intersection((answer.no for answer in answers.values()), space.everyone)
    declared = _union(space.answer(silence.when).yes for silence in silences)
    return _Subject(about, space, scope, silent, declared, (sides[0], sides[1]))


def _gap_cells(subject: _Subject) -> Iterator[tuple[str, int, int, int, int]]:
    """Yield gap cells: their kind, the axis, the ends of the silent stretch, the patients. Amounts come first."""
    axes = [index for index, axis in enumerate(subject.space.axes) if axis.ordered]
    measured = [index for index in axes if subject.space.axes[index].kind in ("amount", "count")]
    for axis in measured:
        yield from _holes(subject, axis)
    for axis in measured:
        for side in subject.sides:
            yield from _less_said(subject, axis, side)
    for axis in axes:
        if axis not in measured:
            yield from _holes(subject, axis)


def _holes(subject: _Subject, axis: int) -> Iterator[tuple[str, int, int, int, int]]:
    decided = subject.sides[0] | subject.sides[1]
    for low, high, cells in _stretches(subject.space, axis, subject.silent, decided, decided):
        yield "hole", axis, low, high, cells


def _less_said(subject: _Subject, axis: int, side: int) -> Iterator[tuple[str, int, int, int, int]]:
    space, steps = subject.space, subject.space.axes[axis].steps
    trend = _trend(space, axis, side)
    end = space.where(axis, [0 if trend < 0 else steps - 1])
    if trend:
        below, above = (end, side) if trend < 0 else (side, end)
        for low, high, cells in _stretches(space, axis, subject.silent, below, above, open_end=trend):
            yield "less-said", axis, low, high, cells


def _trend(space: Space, axis: int, side: int) -> int:
    """Return -1 where lower values are more reason, 1 where higher ones are, 0 where the rules do not show it."""
    slices = [space.slice_at(side, axis, cell) for cell in range(space.axes[axis].steps)]
    votes = 0
    for lower, higher in combinations(slices, 2):
        if lower != higher:
            votes += (lower & ~higher == 0) - (higher & ~lower == 0)
    return (votes > 0) - (votes < 0)


def _stretches(
    space: Space, axis: int, silent: int, below: int, above: int, *, open_end: int = 0
) -> Iterator[tuple[int, int, int]]:
    """Yield the silent stretches along an order that lie between two sets: first cell, last cell, patients.

    With `open_end` the stretch begins at the lower end of the order (-1), or ends at its upper end (1).
    """
    steps = space.axes[axis].steps
    for low in range(steps):
        start = silent & space.where(axis, [low])
        if open_end < 0:
            start = start if low == 0 else 0
        else:
            start &= space.moved(below, axis, 1)
        run = start
        for high in range(low, steps):
            if high > low:
                run = space.moved(run, axis, 1) & silent
            at_end = run if high == steps - 1 else 0
            ended = at_end if open_end > 0 else run & space.moved(above, axis, -1)
            if ended:
                yield low, high, _back(space, axis, ended, high - low)
            run &= ~ended
            if not run:
                break


def _back(space: Space, axis: int, patients: int, by: int) -> int:
    """Return these patients and those up to so many cells before them."""
    found = patients
    for _ in range(by):
        patients = space.moved(patients, axis, -1)
        found |= patients
    return found


def _touching(space: Space, patients: int, along: int) -> Iterator[int]:
    """Yield the parts of a set that hang together by steps on one axis at a time."""
    while patients:
        part = patients & -patients
        while True:
            wider = part
            for axis in range(len(space.axes)):
                wider |= _next_to(space, wider, axis) & patients
            if wider == part:
                break
            part = wider
        yield part
        patients &= ~part


def _next_to(space: Space, patients: int, axis: int) -> int:
    if space.axes[axis].steps < len(space.axes[axis].cells):
        return space.spread(patients, axis)
    return space.moved(patients, axis, 1) | space.moved(patients, axis, -1)


def _gap(
    study: _Study,
    subject: _Subject,
    kind: str,
    axis: int,
    ends: tuple[int, int],
    region: int,
    rules: list[Recommendation],
) -> Weakness:
    space = subject.space
    box = _largest_box(space, region)
    cells = [_typical(space.axes[index], numbers) for index, numbers in enumerate(box)]
    keep = _needed_in(space, subject.scope, box, cells)
    witness = study.witness(space, cells, _says_nothing([rule.id for rule in rules]), keep)
    clause = _clause(space, subject.scope, box)
    more = "; some patients next to these too" if region & ~space.all_of(box) else ""
    beside = _rules_beside(space, axis, ends, region, rules)
    name = lower_first(study.wording.title(space.axes[axis].facts[0]))
    covered = (
        f"patients with a lower and with a higher {name} are covered"
        if kind == "hole"
        else f"a patient with another {name}, and less reason, is covered"
    )
    sentence = (
        f"Nothing is said about {ABOUTS[subject.about]} for these patients, while {covered}"
        f" (by {_listed(beside)}): {study.phrase(clause)}{more}."
    )
    place = study.position.recommendations[beside[0]].place if beside else rules[0].place
    return Weakness(
        place,
        kind,
        sentence,
        "Widen a rule, or say under `silent:` that the source leaves these patients open"
        + (f": {{when: {_flow(_map(clause))}, reading: ...}}." if _map(clause) is not None else "."),
        witness,
        _map(clause),
    )


def _rules_beside(
    space: Space, axis: int, ends: tuple[int, int], region: int, rules: Sequence[Recommendation]
) -> list[str]:
    """Return the rules that hold right beside a silent stretch of an axis, all else being equal."""
    low, high = ends
    beside = space.moved(region & space.where(axis, [low]), axis, -1)
    beside |= space.moved(region & space.where(axis, [high]), axis, 1)
    return [rule.id for rule in rules if space.holds(rule).yes & beside]


def _says_nothing(names: list[str]) -> Callable[[PositionResult], bool]:
    def goal(result: PositionResult) -> bool:
        return result.applies == YES and all(result.rules[name].holds == NO for name in names)

    return goal


def _largest_box(space: Space, region: int) -> list[list[int]]:
    """Return the largest of a few boxes inside a region, each grown from another of its patients."""
    best: list[list[int]] = []
    left = region
    for _ in range(8):
        if not left:
            break
        box = space.box(region, space.first(left))
        left &= ~space.all_of(box)
        if not best or space.all_of(box).bit_count() > space.all_of(best).bit_count():
            best = box
    return best


def _typical(axis: Axis, cells: Sequence[int]) -> int:
    """Return the cell that stands for several: one inside a stretch rather than one on a threshold."""
    inside = [cell for cell in cells if not axis.cells[cell].point]
    return (inside or list(cells))[0]


# --- a box in the language of rules ---


def _limited(space: Space, scope: int, box: Sequence[Sequence[int]]) -> list[int]:
    """Return the axes on which a box holds less than the scope does."""
    return [index for index, cells in enumerate(box) if set(space.cells_of(scope, index)) - set(cells)]


def _needed_in(space: Space, scope: int, box: Sequence[Sequence[int]], cells: Sequence[int]) -> set[str]:
    """Return the facts that a witness keeps, so that it shows what the region says."""
    found: set[str] = set()
    for index in _limited(space, scope, box):
        cell = space.axes[index].cells[cells[index]]
        found.update(name for name, value in cell.record.items() if not (cell.clause.any and value == NO))
    return found


def _clause(space: Space, scope: int, box: Sequence[Sequence[int]]) -> Clause:
    """Return the lines that say a box, those left out that say nothing more than the scope."""
    found = Clause()
    for index in _limited(space, scope, box):
        found = _both(found, _said(space.axes[index], box[index]))
    return found


def _both(a: Clause, b: Clause) -> Clause:
    if a.any and b.any:
        return Clause((*a.all, " or ".join(a.any)), b.any, (*a.none, *b.none))
    return Clause((*a.all, *b.all), a.any or b.any, (*a.none, *b.none))


def _said(axis: Axis, cells: Sequence[int]) -> Clause:
    """Return the lines that say some cells of an axis; where no map can say them, a line with `or` in it."""
    steps = [cell for cell in cells if cell < axis.steps]
    if len(steps) == len(cells):
        return _stretch(axis, steps)
    if len(cells) == 1:
        return axis.cells[cells[0]].clause
    outside = _clauses(axis, [cell for cell in range(len(axis.cells)) if cell not in cells])
    if all(_is_one(clause.all, clause) or _is_one(clause.none, clause) for clause in outside):
        return Clause(
            all=tuple(line for clause in outside for line in clause.none),
            none=tuple(line for clause in outside for line in clause.all),
        )
    inside = _clauses(axis, cells)
    if all(_is_one(clause.all, clause) for clause in inside):
        return Clause(any=tuple(clause.all[0] for clause in inside))
    return Clause(all=(" or ".join(_in_brackets(clause) for clause in inside),))


def _clauses(axis: Axis, cells: Sequence[int]) -> list[Clause]:
    """Return the clause of each cell outside the order, and one for those in it."""
    steps = [cell for cell in cells if cell < axis.steps]
    others = [axis.cells[cell].clause for cell in cells if cell >= axis.steps]
    return [*([_stretch(axis, steps)] if steps else []), *others]


def _stretch(axis: Axis, steps: Sequence[int]) -> Clause:
    """Return the lines that bound neighbours in an order; of a whole time, that it has passed."""
    first, last = axis.cells[steps[0]], axis.cells[steps[-1]]
    if first is last and first.point and first.low is not None:
        return Clause(all=(first.low.replace(">=", "="),))
    ends = tuple(line for line in (first.low, last.high) if line is not None)
    return Clause(all=ends or ((f"time since {axis.facts[0]} >= 0 days",) if axis.kind == "time" else ()))


def _is_one(lines: tuple[str, ...], clause: Clause) -> bool:
    return len(lines) == 1 and sum(map(len, clause)) == 1


def _in_brackets(clause: Clause) -> str:
    return "; ".join((*clause.all, " or ".join(clause.any), *(f"not {line}" for line in clause.none))).replace(
        "; ; ", "; "
    )


def _map(clause: Clause) -> dict[str, Any] | None:
    """Return a clause as a condition map, or None where one map cannot say it."""
    if any(" or " in line for line in clause.all):
        return None
    return {name: list(lines) for name, lines in clause._asdict().items() if lines}


def _flow(condition: Mapping[str, Any] | None) -> str:
    parts = (f"{name}: [{', '.join(_quoted(line) for line in lines)}]" for name, lines in (condition or {}).items())
    return "{" + ", ".join(parts) + "}"


def _quoted(line: str) -> str:
    return f'"{line}"' if "," in line or "{" in line else line


# --- overlaps ---


def _overlaps(study: _Study) -> Iterator[Weakness]:
    for a, b in combinations(study.rules, 2):
        if a.about == b.about and _same_way(a, b):
            try:
                yield from _overlap(study, a, b)
            except NotExhausted as because:
                yield study.told(b.place, f"Whether `{a.id}` and `{b.id}` overlap", because)


def _same_way(a: Recommendation, b: Recommendation) -> bool:
    if {a.action, b.action} == {"increase", "reduce"} or direction(a.action) != direction(b.action):
        return False
    return direction(a.action) != "neither" or a.action == b.action


def _overlap(study: _Study, a: Recommendation, b: Recommendation) -> Iterator[Weakness]:
    space = study.space_of([a, b])
    first, second = space.holds(a).yes, space.holds(b).yes
    both = first & second
    declared = a.id in b.overlaps or b.id in a.overlaps
    if not both or declared:
        return
    cells = [_typical(space.axes[index], numbers) for index, numbers in enumerate(_largest_box(space, both))]
    witness = study.witness(space, cells, _both_hold(a.id, b.id))
    inside = first if first & ~second == 0 else second if second & ~first == 0 else 0
    if inside and _adds_nothing(*((a, b) if inside == first else (b, a))):
        return  # told as a rule that adds nothing
    if a.action != b.action:
        yield Weakness(
            b.place,
            "two-actions",
            f"`{b.id}` ({b.action}) and `{a.id}` ({a.action}, {a.place.short}) hold for the same patients.",
            "Narrow one of them, or name the other in `unless:`, or in `overlaps:` with a `reading` that says why both stand.",
            witness,
        )
    elif names := _limits_that_differ(space, first, second):
        facts = " and ".join(lower_first(study.wording.title(name)) for name in names)
        yield Weakness(
            b.place,
            "covered-twice",
            f"`{b.id}` and `{a.id}` ({a.place.short}) set different limits on {facts}, and hold for the same patients.",
            "Narrow one of them, or name the other in `unless:`, or in `overlaps:` with a `reading` that says why both stand.",
            witness,
        )


def _limits_that_differ(space: Space, first: int, second: int) -> list[str]:
    """Return the facts with an order on which both regions are limited, and not alike."""
    found = []
    for index, axis in enumerate(space.axes):
        steps = set(range(axis.steps))
        a, b = (set(space.cells_of(region, index)) & steps for region in (first, second))
        if axis.ordered and a != b and a < steps and b < steps:
            found.append(axis.facts[0])
    return found


def _both_hold(a: str, b: str) -> Callable[[PositionResult], bool]:
    return lambda result: result.rules[a].holds == YES and result.rules[b].holds == YES


def _adds_nothing(inner: Recommendation, outer: Recommendation) -> bool:
    """Return whether a rule says nothing that the wider one does not say."""
    same_words = inner.action == outer.action and inner.dose in (None, outer.dose)
    return same_words and inner.especially_when in (None, outer.especially_when)


# --- rules ---


def _each_rule(study: _Study) -> Iterator[Weakness]:
    for rule in study.rules:
        try:
            yield from _never_holds(study, rule)
            yield from _emphasis(study, rule)
        except NotExhausted as because:
            yield study.told(rule.place, f"Whether `{rule.id}` can hold", because)
    for part, when, what in _other_parts(study.position):
        try:
            space = study.space(when)
            if not space.answer(when).yes & space.answer(study.position.applies_when).yes:
                yield _never(part.place, f"{what} `{part.id}` concerns no patient")
        except NotExhausted as because:
            yield study.told(part.place, f"Whether {what.lower()} `{part.id}` concerns anybody", because)


def _other_parts(position: Position) -> Iterator[tuple[Any, Condition | None, str]]:
    yield from ((caution, caution.when, "The caution") for caution in position.cautions.values())
    yield from ((each, each.when, "The monitoring") for each in position.monitoring.values())


def _never(place: Place, what: str) -> Weakness:
    return Weakness(
        place,
        "never-holds",
        f"{what}: its lines exclude each other, or the scope of the position.",
        "Mend the lines, or delete it.",
    )


def _never_holds(study: _Study, rule: Recommendation) -> Iterator[Weakness]:
    space = study.space_of([rule])
    if not space.holds(rule).yes:
        yield _never(rule.place, f"`{rule.id}` holds for no patient")


def _emphasis(study: _Study, rule: Recommendation) -> Iterator[Weakness]:
    if rule.especially_when is None:
        return
    space = study.space(*(each.when for each in study.with_yielded([rule])), rule.especially_when)
    holds, more = space.holds(rule).yes, space.answer(rule.especially_when).yes
    if holds and not holds & more:
        yield _needless_emphasis(rule, "never holds where the rule does")
    elif holds and not holds & ~more:
        yield _needless_emphasis(rule, "holds wherever the rule does")


def _needless_emphasis(rule: Recommendation, what: str) -> Weakness:
    return Weakness(
        rule.place,
        "emphasis",
        f"`especially_when` of `{rule.id}` {what}, so it tells no patients apart.",
        "Mend its lines, or delete it.",
    )


def _implied(study: _Study) -> Iterator[Weakness]:
    for inner in study.rules:
        for outer in study.rules:
            if inner is outer or inner.about != outer.about or not _adds_nothing(inner, outer):
                continue
            try:
                weakness = _within(study, inner, outer)
            except NotExhausted as because:
                weakness = study.told(inner.place, f"Whether `{inner.id}` adds anything to `{outer.id}`", because)
            if weakness is not None:
                yield weakness


def _within(study: _Study, inner: Recommendation, outer: Recommendation) -> Weakness | None:
    if outer.id in inner.overlaps or inner.id in outer.overlaps:
        return None
    space = study.space_of([inner, outer])
    small, large = space.holds(inner).yes, space.holds(outer).yes
    order = list(study.position.recommendations)
    alike = small == large and _adds_nothing(outer, inner) and order.index(inner.id) < order.index(outer.id)
    if not small or small & ~large or alike:
        return None
    witness = study.witness(space, space.first(small), _both_hold(inner.id, outer.id))
    return Weakness(
        inner.place,
        "adds-nothing",
        f"Wherever `{inner.id}` holds, `{outer.id}` ({outer.place.short}) holds too and says the same.",
        "Delete it, narrow the other, or name the other in `overlaps:` with a `reading` that says why both stand.",
        witness,
    )


# --- declarations ---


def _declarations(study: _Study) -> Iterator[Weakness]:
    for silence in study.position.silent.values():
        try:
            if not _declares_something(study, silence.about, silence.when):
                yield Weakness(
                    silence.place,
                    "needless-declaration",
                    f"`silent: {silence.id}` declares nothing: no patient in scope is silent there.",
                    "Mend its lines, or delete it: a rule now speaks of these patients.",
                )
        except NotExhausted as because:
            yield study.told(silence.place, f"`silent: {silence.id}`", because)
    for rule in study.rules:
        for name in rule.overlaps:
            yield from _needless_overlap(study, rule, name)


def _declares_something(study: _Study, about: str | None, when: Condition) -> bool:
    rules = [r for r in study.rules if about in (None, r.about) and direction(r.action) != "neither"]
    for subject in dict.fromkeys(rule.about for rule in rules):
        own = [rule for rule in rules if rule.about == subject]
        space = study.space(when, *(rule.when for rule in study.with_yielded(own)))
        silent = _intersection((space.holds(rule).no for rule in own), space.everyone)
        if silent & space.answer(when).yes & space.answer(study.position.applies_when).yes:
            return True
    return False


def _needless_overlap(study: _Study, rule: Recommendation, name: str) -> Iterator[Weakness]:
    other = study.position.recommendations.get(name)
    if other is None or other is rule:
        yield Weakness(
            rule.place,
            "needless-declaration",
            f"`overlaps` of `{rule.id}` names `{name}`, which is no other rule of this position.",
            f"There are: {', '.join(study.position.recommendations)}.",
        )
        return
    try:
        space = study.space_of([rule, other])
    except NotExhausted as because:
        yield study.told(rule.place, f"`overlaps` of `{rule.id}`", because)
        return
    if not space.holds(rule).yes & space.holds(other).yes:
        yield Weakness(
            rule.place,
            "needless-declaration",
            f"`overlaps` of `{rule.id}` names `{name}`, and the two never hold together.",
            "Delete the name.",
        )


# --- lines that change no answer ---


def _needless_lines(study: _Study) -> Iterator[Weakness]:
    position = study.position
    for rule in study.rules:
        yield from _needless_in(study, rule.when, f"`{rule.id}`", rule.place, needed=True)
    for criterion in position.criteria.values():
        yield from _needless_in(study, criterion.when, f"the criterion `{criterion.id}`", criterion.place)
    for grade in position.grades.values():
        for band in grade.bands:
            yield from _needless_in(study, band.when, f"the band `{band.name}`", band.place)
    for part, when, _ in _other_parts(position):
        yield from _needless_in(study, when, f"`{part.id}`", part.place)
    if position.applies_when is not None:
        yield from _needless_in(study, position.applies_when, "`applies_when`", position.place, scoped=False)


def _needless_in(
    study: _Study,
    condition: Condition | None,
    where: str,
    place: Place,
    *,
    scoped: bool = True,
    needed: bool = False,
) -> Iterator[Weakness]:
    """Yield the lines of a condition that change no answer; where it is `needed`, one that repeats the scope may stay."""
    if not isinstance(condition, Group):
        return
    try:
        space = study.space(condition, join=False)
    except NotExhausted as because:
        yield study.told(place, f"Whether each line of {where} matters", because)
        return
    if [type(line) for line in lines_of(condition)] == [Recorded]:
        return  # never no, and yet needed: nothing is answered until the fact is known
    scope = space.answer(study.position.applies_when).yes if scoped else space.everyone
    wanted = space.answer(condition).yes & scope
    if not wanted and condition.parts:
        return  # told as one that never holds
    current: Condition = condition
    repeated = {line.text for line in lines_of(study.position.applies_when)} if scoped else set()
    last_first = list(lines_of(condition))[::-1]
    for line in sorted(last_first, key=lambda each: each.text in repeated):
        without = _without(current, line)
        if without is None or space.answer(without).yes & scope != wanted:
            continue
        if needed and line.text in repeated and not list(lines_of(without)):
            return  # a rule for all in scope says something, if only the scope again
        current = without
        yield _needless(line, where)


def _needless(line: Line, where: str) -> Weakness:
    return Weakness(
        line.place,
        "needless-line",
        f"The line `{line.text}` of {where} changes no answer: what it asks is settled by the other lines or the scope.",
        "Delete it, or mend the number in it.",
    )


def _without(condition: Condition, line: Line) -> Condition | None:
    """Return a condition without one of its lines; None where nothing would be left of it."""
    if not isinstance(condition, Group):
        return None if condition is line else condition
    kept = tuple(left for part in condition.parts if (left := _without(part, line)) is not None)
    if condition.join == "at_least" and len(kept) < condition.count:
        return Group("any", (), condition.place)
    return replace(condition, parts=kept)


# --- tables of bands ---


def _tables(study: _Study) -> Iterator[Weakness]:
    for grade in study.position.grades.values():
        try:
            yield from _table(study, grade)
        except NotExhausted as because:
            yield study.told(grade.place, f"The table `{grade.id}`", because)


def _table(study: _Study, grade: Grade) -> Iterator[Weakness]:
    space = study.space(grade.when, *(band.when for band in grade.bands))
    scope = space.answer(study.position.applies_when).yes & space.answer(grade.when).yes
    bands = [band & scope for band in space.bands(grade)]
    if scope:
        yield from (_unreachable(grade, index) for index, patients in enumerate(bands[:-1]) if not patients)
    for axis in (index for index, each in enumerate(space.axes) if each.ordered):
        yield from _band_holes(study, grade, space, axis, bands)
        yield from _band_order(study, grade, space, axis, bands)


def _unreachable(grade: Grade, index: int) -> Weakness:
    band = grade.bands[index]
    return Weakness(
        band.place,
        "unreachable-band",
        f"No patient can fall into the band `{band.name}` of `{grade.id}`: its lines exclude each other, or the bands above it take all who would.",
        "Put the narrower band first, or mend its condition.",
    )


def _band_holes(study: _Study, grade: Grade, space: Space, axis: int, bands: list[int]) -> Iterator[Weakness]:
    banded = _union(bands[:-1])
    for low, high, cells in _stretches(space, axis, bands[-1] & ~banded, banded, banded):
        box = _largest_box(space, cells)
        typical = [_typical(space.axes[index], numbers) for index, numbers in enumerate(box)]
        witness = study.witness(space, typical, _graded(grade.id, grade.otherwise))
        below = space.moved(cells & space.where(axis, [low]), axis, -1)
        above = space.moved(cells & space.where(axis, [high]), axis, 1)
        names = [next(b.name for b, p in zip(grade.bands, bands, strict=False) if p & side) for side in (below, above)]
        place = next(band.place for band in grade.bands if band.name == names[1])
        yield Weakness(
            place,
            "band-hole",
            f"Between the bands `{names[0]}` and `{names[1]}` of `{grade.id}` there is a hole that falls to `otherwise` "
            f"({grade.otherwise}): {study.phrase(_clause(space, space.everyone, box))}.",
            "Let the bands meet, one with `<` and the next with `>=`, or leave out the lower bound: the first band that fits counts.",
            witness,
        )


def _band_order(study: _Study, grade: Grade, space: Space, axis: int, bands: list[int]) -> Iterator[Weakness]:
    """Yield the first band that lies, along an order, between two bands of which both are worse or both are less."""
    own = bands[:-1]
    for middle, patients in enumerate(own):
        for worse in (True, False):
            others = _union(own[:middle] if worse else own[middle + 1 :])
            for _, _, cells in _stretches(space, axis, patients, others, others):
                witness = study.witness(space, space.first(cells), _graded(grade.id, grade.bands[middle].name))
                yield Weakness(
                    grade.bands[middle].place,
                    "band-order",
                    f"Along {lower_first(study.wording.title(space.axes[axis].facts[0]))} the band `{grade.bands[middle].name}` of `{grade.id}` "
                    f"lies between bands that are {'worse' if worse else 'less bad'}; bands are listed worst first, and `is at least` goes by that.",
                    "Put the bands in the order of their values.",
                    witness,
                )
                return


def _graded(grade: str, band: str) -> Callable[[PositionResult], bool]:
    return lambda result: result.grades[grade].value == band


# --- small parts ---


def _union(sets: Iterable[int]) -> int:
    found = 0
    for each in sets:
        found |= each
    return found


def _intersection(sets: Iterable[int], start: int) -> int:
    for each in sets:
        start &= each
    return start


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "another rule"


_QUESTIONS: tuple[Callable[[_Study], Iterator[Weakness]], ...] = (
    _gaps,
    _overlaps,
    _each_rule,
    _implied,
    _declarations,
    _needless_lines,
    _tables,
)

__all__ = ["KINDS", "Weakness", "analyse"]
