"""What changed between two versions of the guidelines, in words and in answers.

`compare(old, new)` pairs every position, rule, grade, caution and monitoring of two libraries, says what reads
differently, and decides for each answer whether it can change: with a witness patient whom both engines have
answered differently, with `none` where that is proved, or with `not proved`. `igguide diff OLD NEW` prints it.

Two answers are compared on records in the plain form, on a day on which both versions are in force. Where the
codes by which FHIR records are read have changed, that is said and nothing is proved of it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import islice, product
from typing import Any

from .changes import CITING, Change, part_changes
from .dates import add
from .document import Document
from .equivalence import (
    JOINT,
    Answers,
    Differ,
    Formulas,
    GaveUp,
    Nodes,
    Path,
    Search,
    States,
    conjunction,
    weight_of,
)
from .errors import Problem, RequestError, in_order
from .evaluate import Dose, PositionResult, RuleResult, evaluate_position, facts_read
from .findings import Findings
from .library import Library
from .model import (
    Caution,
    Criterion,
    Dosing,
    Fact,
    Grade,
    GradeIs,
    Monitoring,
    Named,
    Position,
    Recommendation,
    Row,
    Span,
    lines_of,
)
from .quantity import EXACT, UNITS, plain, si_factor
from .trace import Step, blockers, leaves, missing
from .truth import NO, UNKNOWN, YES, Truth
from .witness import DAY, Candidates
from .wording import ANSWERS, STRENGTHS, action_text, every_text, range_text

CHANGES, NONE, NOT_PROVED = "changes", "none", "not proved"
# What a change asks of the version, least first; each class of change names its step.
STEPS = ("none", "patch", "minor", "major")
CLASSES = {
    "wording": "patch",
    "citation": "patch",
    "not proved": "patch",
    "new rule": "minor",
    "answer changes": "major",
}
BUDGET = 20_000  # steps of the search for each answer; far more than any position here needs
_MOST_PATHS = 60  # leads that are tried on both engines before the search on records takes over
_MOST_RECORDS = 1500
_SIDES = ("old", "new")


@dataclass(frozen=True, slots=True)
class Witness:
    """A record that both engines have answered differently: both answers, and the lines that set them apart."""

    record: Mapping[str, Any]
    as_of: date
    old: str
    new: str
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether one answer can change: `changes` with witnesses, `none` (proved), or `not proved` with the reason."""

    what: str
    verdict: str
    witnesses: tuple[Witness, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One part that reads or answers differently: a rule, a grade, a criterion, a fact ..."""

    kind: str
    id: str
    state: str  # added, removed, changed; affected: reads the same, and something that it uses changed
    change: str  # its class, of CLASSES
    changes: tuple[Change, ...] = ()
    answers: tuple[Answer, ...] = ()
    used_by: tuple[str, ...] = ()
    place: str = ""

    @property
    def verdict(self) -> str:
        """Return whether any of its answers changes: the worst of what is known of them."""
        found = {answer.verdict for answer in self.answers}
        return CHANGES if CHANGES in found else NOT_PROVED if NOT_PROVED in found else NONE


@dataclass(frozen=True, slots=True)
class PositionDifference:
    """What changed in a position, the step that it asks of the version, and the version that it deserves."""

    address: str
    state: str
    old_version: str | None
    new_version: str | None
    parts: tuple[Part, ...]
    step: str
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """Return whether an answer changes: the worst of what is known of its parts."""
        found = {part.verdict for part in self.parts}
        if CHANGES in found:
            return CHANGES
        return NOT_PROVED if NOT_PROVED in found or self.notes else NONE

    @property
    def deserves(self) -> str | None:
        """Return the smallest version that tells of the change, or None for an added or a removed position."""
        if self.old_version is None or self.new_version is None:
            return None
        return raised(self.old_version, self.step)

    @property
    def version_is_enough(self) -> bool:
        """Return whether the new version is at least the one that the change deserves."""
        if self.deserves is None or self.new_version is None:
            return True
        return _numbers(self.new_version) >= _numbers(self.deserves)


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that changed between two libraries; `shared` holds facts, sources and topics."""

    old_version: str
    new_version: str
    old_digest: str
    new_digest: str
    positions: tuple[PositionDifference, ...]
    shared: tuple[Part, ...]

    @property
    def verdict(self) -> str:
        """Return whether an answer changes anywhere: the worst of what is known of the positions."""
        found = {position.verdict for position in self.positions} | {part.verdict for part in self.shared}
        return CHANGES if CHANGES in found else NOT_PROVED if NOT_PROVED in found else NONE

    @property
    def step(self) -> str:
        """Return the step that the whole asks of the version of the guidelines."""
        parts = [*self.shared, *(part for position in self.positions for part in position.parts)]
        steps = [*(position.step for position in self.positions), *(CLASSES[part.change] for part in parts)]
        return max(steps, key=STEPS.index, default="none")

    @property
    def deserves(self) -> str | None:
        """Return the version that the whole deserves, or None where the old one has none."""
        return raised(self.old_version, self.step) if _is_version(self.old_version) else None


# --- versions ---


def _is_version(text: str) -> bool:
    parts = text.split(".")
    return len(parts) == 3 and all(part.isdecimal() for part in parts)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdecimal() else 0 for part in version.split("."))


def raised(version: str, step: str) -> str:
    """Return the version one step later: 1.2.3 by a patch is 1.2.4, by a minor step 1.3.0, by a major step 2.0.0."""
    major, minor, patch = (*_numbers(version), 0, 0, 0)[:3]
    by_step = {
        "none": (major, minor, patch),
        "patch": (major, minor, patch + 1),
        "minor": (major, minor + 1, 0),
        "major": (major + 1, 0, 0),
    }
    return ".".join(map(str, by_step[step]))


_WHY = {
    "patch": "its wording or a citation changed",
    "minor": "it has a new rule",
    "major": "an answer changes",
}


def version_problems(
    old: Library, new: Library, documents: Mapping[str, Document] | None = None, *, budget: int = BUDGET
) -> list[Problem]:
    """Return a problem for each position whose version is smaller than its change deserves, at its `version:`.

    `documents` are those of the new library, by file, and give the line of `version:`; without them the problem
    stands at the position itself.
    """
    found = []
    for difference in compare(old, new, budget=budget).positions:
        if not difference.version_is_enough:
            position = new.compiled[difference.address].position
            document = (documents or {}).get(position.place.file)
            place = document.place("version") if document else position.place
            found.append(
                Problem(
                    place,
                    f"Version {position.version} is too small for what changed since {difference.old_version}: "
                    f"{_WHY[difference.step]}{_whom(difference)}.",
                    f"Write `version: {difference.deserves}`, and a line in `history:` that says which patients' answers change.",
                )
            )
    return in_order(found)


def _whom(difference: PositionDifference) -> str:
    """Return the parts that ask for the step, in brackets."""
    parts = [part.id for part in difference.parts if CLASSES[part.change] == difference.step]
    return (
        f" ({', '.join(f'`{part}`' for part in parts[:3])}{' and others' if len(parts) > 3 else ''})" if parts else ""
    )


# --- the comparison ---


def compare(
    old: Library,
    new: Library,
    *,
    budget: int = BUDGET,
    progress: Callable[[str], None] = lambda _: None,
) -> Difference:
    """Return what changed from the old library to the new one. Pure: reads no file, no clock."""
    changed = _changed_facts(old, new)
    positions = []
    for address in sorted({*old.compiled, *new.compiled}):
        progress(address)
        difference = _position(old, new, address, changed, budget)
        if difference is not None:
            positions.append(difference)
    progress("")
    return Difference(
        old.version, new.version, old.digest, new.digest, tuple(positions), tuple(_shared(old, new, positions))
    )


def _position(
    old: Library, new: Library, address: str, changed: _ChangedFacts, budget: int
) -> PositionDifference | None:
    pair = _Pair(old, new, address, changed, budget)
    before, after = pair.positions
    parts = tuple(_with_users(list(pair.parts())))
    notes = tuple(pair.notes())
    if not parts and not notes:
        return None
    state = (
        ("changed" if any(p.changes for p in parts) else "affected")
        if before and after
        else "added"
        if after
        else "removed"
    )
    own = [CLASSES[p.change] for p in parts if (p.kind, p.state) != ("position", "affected")]  # superseded by another
    step = "minor" if state == "added" else max(own, key=STEPS.index, default="none")
    return PositionDifference(
        address, state, before.version if before else None, after.version if after else None, parts, step, notes
    )


def _with_users(parts: Sequence[Part]) -> Iterator[Part]:
    """Yield the parts; a criterion or dosing is as grave as what it does to the rules that use it."""
    grave = {part.id for part in parts if part.change == "answer changes"}
    for part in parts:
        used = part.kind in ("criterion", "dosing") and grave & set(part.used_by)
        yield replace(part, change="answer changes") if used and part.state == "changed" else part


# --- facts that are read differently ---


@dataclass(frozen=True, slots=True)
class _ChangedFacts:
    """The facts whose value may differ for the same record, and those that FHIR records give differently.

    `bounds` differ only in what is plausible and in how long a value is used.
    """

    values: frozenset[str]
    bounds: frozenset[str]
    fhir: frozenset[str]


def _changed_facts(old: Library, new: Library) -> _ChangedFacts:
    names = {*old.facts, *new.facts}
    one_way = {name for name in names if _meaning(name, old.facts) != _meaning(name, new.facts)}
    bounds = {name for name in one_way if _bounds_only(name, old.facts, new.facts)}
    codes = {
        name for name in names & set(old.facts) & set(new.facts) if old.facts[name].bindings != new.facts[name].bindings
    }
    return _ChangedFacts(
        frozenset(name for name in names if _rests_on(name, old.facts, new.facts) & one_way),
        frozenset(name for name in bounds if _rests_on(name, old.facts, new.facts) & one_way == {name}),
        frozenset(name for name in names if _rests_on(name, old.facts, new.facts) & codes),
    )


def _bounds_only(name: str, old: Mapping[str, Fact], new: Mapping[str, Fact]) -> bool:
    """Return whether a fact that is stated, not worked out, differs only in its limits and its time of use."""
    if name not in old or name not in new or old[name].formula or old[name].table or old[name].age_from:
        return False
    freed = [{name: replace(facts[name], limits=None, usable_for=None)} for facts in (old, new)]
    return _meaning(name, freed[0]) == _meaning(name, freed[1])


def _rests_on(name: str, *libraries: Mapping[str, Fact]) -> set[str]:
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
            waiting += _fixing(here, facts)
            waiting += {other for option in _options_of(here, facts) for other in option.implies}
    return found


def _options_of(name: str, facts: Mapping[str, Fact]) -> Iterable[Any]:
    return facts[name].options.values() if name in facts else ()


def _fixing(name: str, facts: Mapping[str, Fact]) -> list[str]:
    return [other.name for other in facts.values() if any(name in option.implies for option in other.options.values())]


def _meaning(name: str, facts: Mapping[str, Fact]) -> Hashable:
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
        _span(fact.usable_for),
        _option_meaning(fact.options),
        tuple((field_, _option_meaning(options)) for field_, options in sorted(fact.fields.items())),
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


def _option_meaning(options: Mapping[str, Any]) -> Hashable:
    return tuple(sorted((o.name, tuple(sorted(o.aliases)), _sorted(o.implies)) for o in options.values()))


def _sorted(items: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(sorted(items.items()))


def _row(row: Row, fact: Fact) -> Hashable:
    return (row.low, row.low_unit, row.below, row.below_unit, EXACT.multiply(row.value, UNITS[fact.unit or "1"].factor))


def _span(span: Span | None) -> Hashable:
    """Return a stretch of time in months or in days, so that 12 months and 1 year are the same."""
    if span is None:
        return None
    size, unit = {"a": (12, "mo"), "wk": (7, "d")}.get(span.unit, (1, span.unit))
    return (span.low * size, span.high * size, unit)


# --- what is compared in a position ---


@dataclass(frozen=True, slots=True)
class _Item:
    """One answer of a position on both sides: its formulas, when these differ, and how the engine's answer reads."""

    part: tuple[str, str]
    what: str
    old: Nodes
    new: Nodes
    differ: Differ
    alike: bool
    goals: tuple[tuple[Differ, ...], ...]
    key: Callable[[PositionResult | None, int], Hashable]
    told: Callable[[PositionResult | None, int], str]
    step: Callable[[PositionResult | None], tuple[Step | None, ...]]
    missing: Callable[[PositionResult | None], list[str]]
    counts: Callable[[Hashable, Hashable], bool] = lambda old, new: old != new


def _moves(index: int, given: Sequence[int] = (), *, same: bool = True) -> tuple[tuple[Differ, ...], ...]:
    """Return the goals for one answer, those between yes and no first, where the answers given are yes on both sides.

    Where what the two sides say is not the `same`, a yes that stays is a goal too.
    """

    def goal(before: Truth, after: Truth) -> Differ:
        return lambda old, new: (
            (old[index], new[index]) == (before, after) and all(old[i] == new[i] == YES for i in given)
        )

    definite = _DEFINITE if same else (*_DEFINITE, (YES, YES))
    return tuple(tuple(goal(*move) for move in moves) for moves in (definite, _TO_YES, _TO_NO))


_Moves = tuple[tuple[Truth, Truth], ...]
_DEFINITE: _Moves = ((NO, YES), (YES, NO))
_TO_YES: _Moves = ((YES, UNKNOWN), (UNKNOWN, YES))
_TO_NO: _Moves = ((NO, UNKNOWN), (UNKNOWN, NO))


class _Pair:
    """A position in two libraries, either of which may lack it."""

    def __init__(self, old: Library, new: Library, address: str, changed: _ChangedFacts, budget: int) -> None:
        self.libraries, self.address, self.changed, self.budget = (old, new), address, changed, budget
        self.compiled = tuple(library.compiled.get(address) for library in self.libraries)
        self.positions = tuple(compiled.position if compiled else None for compiled in self.compiled)
        self.formulas = tuple(
            Formulas(position, library.facts, self._side(side)) if position else None
            for position, library, side in zip(self.positions, self.libraries, _SIDES, strict=True)
        )
        self.facts = {**new.facts, **old.facts}
        self.days = _days_in_force(self.libraries, address)
        self.as_of = self._day()

    def _side(self, name: str) -> Callable[[str], str]:
        bounds, values = self.changed.bounds, self.changed.values
        return lambda fact: JOINT + name if fact in bounds else name if fact in values else ""

    def _day(self) -> date:
        """Return the day of the comparison: one on which both versions are in force, where there is one."""
        both = [day for day, (old, new) in self.days.items() if old and new]
        return DAY if not both or DAY in both else max(both)

    # parts

    def parts(self) -> Iterator[Part]:
        """Yield every part that reads or answers differently."""
        answers: dict[tuple[str, str], list[Answer]] = {}
        force = self._in_force()
        if force is not None:
            answers["position", self.address.split("/")[1]] = [force]
        if all(self.positions) and any(all(sides) for sides in self.days.values()):
            for item in self.items():
                answer = self.answer(item)
                answers.setdefault(item.part, []).append(answer)
        for kind, name, before, after in self._paired():
            part = self._part(kind, name, before, after, answers.get((kind, name), []))
            if part is not None:
                yield part

    def _paired(self) -> Iterator[tuple[str, str, Any, Any]]:
        old, new = self.positions
        yield "position", self.address.split("/")[1], old, new
        for kind, key in _KINDS.items():
            before, after = (getattr(position, key) if position else {} for position in (old, new))
            for name in dict.fromkeys([*before, *after]):
                yield kind, name, before.get(name), after.get(name)

    def _part(self, kind: str, name: str, before: Any, after: Any, answers: list[Answer]) -> Part | None:
        wording = self.libraries[1 if after else 0].wording
        changes = part_changes(kind, before, after, wording, self.positions[1 if after else 0])
        told = [answer for answer in answers if answer.verdict != NONE]
        if not changes and not told:
            return None
        whole = all(self.positions)
        state = (
            ("added" if before is None else "removed" if after is None else "changed")
            if changes or not (before and after)
            else "affected"
        )
        shown = answers if changes and (before is not None or not told) else told
        return Part(
            kind,
            name,
            state,
            _class(kind, state, changes, answers, whole=whole),
            tuple(changes),
            tuple(shown),
            self._used_by(kind, name),
            (after or before).place.short,
        )

    def _used_by(self, kind: str, name: str) -> tuple[str, ...]:
        """Return the rules, grades and others that use a criterion, a grade or a dosing, on either side."""
        found = [user for position in self.positions if position for user in _users(position, kind, name)]
        return tuple(dict.fromkeys(found))

    def notes(self) -> Iterator[str]:
        """Yield what was not compared: facts that FHIR records give differently."""
        if not all(self.positions):
            return
        read = {
            name
            for position, library in zip(self.positions, self.libraries, strict=True)
            if position
            for name in facts_read(position, library.facts)
        }
        for name in sorted(read & self.changed.fhir):
            yield f"{self.facts[name].title} is found by other codes in FHIR records; answers from those were not compared."

    # in force

    def _in_force(self) -> Answer | None:
        """Return the answer for a position that is in force on other days than before, or None where it is not."""
        differing = [day for day, (old, new) in self.days.items() if old != new]
        if not differing:
            return None
        day = DAY if DAY in differing else max(differing)
        side = 0 if self.days[day][0] else 1
        found = self._speaks(side, day)
        if found is None:
            return Answer("in force", NONE if self._never_applies(side) else NOT_PROVED, reason="no record was found")
        record, told = found
        sides = (told, "not in force") if side == 0 else ("not in force", told)
        return Answer("in force", CHANGES, (Witness(record, day, *sides),))

    def _speaks(self, side: int, day: date) -> tuple[dict[str, Any], str] | None:
        """Return a record to which one version of the position speaks, and what it says."""
        formulas, position, compiled = self.formulas[side], self.positions[side], self.compiled[side]
        assert formulas is not None
        assert position is not None
        assert compiled is not None
        wanted = [(rule.title, formulas.holds(rule.id)) for rule in position.recommendations.values()]
        for title, node in [*wanted, ("the position applies", formulas.applies)]:
            search = Search(States(self.facts, day), lambda old, new: new == (YES,), self.budget, exact_only=True)
            for path in _safely(search, (NO,), (node,)):
                record = _record(path)
                result = self._result(side, record, day) if record is not None else None
                if result is not None and result.applies == YES:
                    rules = [r.rule.title for r in result.rules.values() if r.holds == YES]
                    return record or {}, f"in force: {rules[0] if rules else title}"
        return None

    def _states(self) -> States:
        return States(self.facts, self.as_of, {**self.facts, **self.libraries[1].facts})

    def _never_applies(self, side: int) -> bool:
        formulas = self.formulas[side]
        assert formulas is not None
        search = Search(self._states(), lambda old, new: new != (NO,), self.budget)
        try:
            return next(search.paths((NO,), (formulas.applies,)), None) is None
        except GaveUp:
            return False

    # answers

    def items(self) -> Iterator[_Item]:
        """Yield every answer that the position gives on either side."""
        formulas = [f for f in self.formulas if f is not None]
        old, new = formulas
        yield _applies_item(old, new)
        for name in _names(old, new, "grades"):
            yield _grade_item(name, old, new)
        for name in _names(old, new, "recommendations"):
            yield from _rule_items(name, old, new)
        for name in _names(old, new, "cautions"):
            yield _plain_item("caution", name, old, new)
        for name in _names(old, new, "monitoring"):
            yield _plain_item("monitoring", name, old, new)

    def answer(self, item: _Item) -> Answer:
        """Return whether an answer can change: proved not to, or shown by witnesses."""
        search = Search(self._states(), item.differ, self.budget, alike=item.alike)
        try:
            can = next(search.paths(item.old, item.new), None) is not None
            reason = "no record was found that shows it, and none that rules it out"
        except GaveUp:
            can, reason = True, "the search was given up"
        if not can:
            return Answer(item.what, NONE)
        witnesses = list(self._witnesses(item))
        return (
            Answer(item.what, CHANGES, tuple(witnesses)) if witnesses else Answer(item.what, NOT_PROVED, reason=reason)
        )

    def _witnesses(self, item: _Item) -> Iterator[Witness]:
        """Yield a witness for each way in which the answer changes between fully known patients, else for any way."""
        found: dict[Hashable, Witness] = {}
        for goals in item.goals:
            for goal in goals if not found else ():
                search = Search(self._states(), goal, self.budget, exact_only=True, alike=item.alike)
                self._confirm(item, search, found)
        if not found:
            search = Search(self._states(), item.differ, self.budget, alike=item.alike)
            self._confirm(item, search, found)
        if not found:
            for record in self._tried(item):
                self._keep(item, record, found)
        yield from found.values()

    def _confirm(self, item: _Item, search: Search, found: dict[Hashable, Witness]) -> None:
        before = len(found)
        for path in islice(_safely(search, item.old, item.new), _MOST_PATHS):
            record = _record(path)
            if record is not None:
                self._keep(item, record, found)
            if len(found) > before:
                return

    def _keep(self, item: _Item, record: dict[str, Any], found: dict[Hashable, Witness]) -> None:
        """Keep a record that both engines answer differently, the first of each kind of difference."""
        old, new = (self._result(side, record, self.as_of) for side in (0, 1))
        keys = (item.key(old, 0), item.key(new, 1))
        if item.counts(*keys) and keys not in found:
            found[keys] = Witness(record, self.as_of, item.told(old, 0), item.told(new, 1), _separating(item, old, new))

    def _result(self, side: int, record: Mapping[str, Any], day: date) -> PositionResult | None:
        library, compiled = self.libraries[side], self.compiled[side]
        return (
            None
            if compiled is None
            else evaluate_position(compiled, Findings(library.read(record), library.facts, day))
        )

    # the search on records, for facts that the two versions read differently

    def _tried(self, item: _Item) -> Iterator[dict[str, Any]]:
        """Yield the first record, of those that the values of both versions' lines make up, with two answers."""
        values = _Values(self)
        budget = iter(range(_MOST_RECORDS))

        def search(record: dict[str, Any], settled: frozenset[str]) -> Iterator[dict[str, Any]]:
            if next(budget, None) is None:
                return
            old, new = (self._result(side, record, self.as_of) for side in (0, 1))
            if item.counts(item.key(old, 0), item.key(new, 1)):
                yield record
                return
            open_ = [f for f in dict.fromkeys([*item.missing(old), *item.missing(new)]) if f not in settled]
            for name in sorted(open_, key=lambda f: f not in self.changed.values)[:1]:
                for more in values.of(name):
                    if not more.keys() & record.keys():
                        yield from search({**record, **more}, settled | {name})
                yield from search(record, settled | {name})

        yield from islice(search({}, frozenset()), 1)


_KINDS = {
    "grade": "grades",
    "criterion": "criteria",
    "rule": "recommendations",
    "dosing": "dosing",
    "monitoring": "monitoring",
    "caution": "cautions",
    "evidence": "evidence",
}
_ANSWERING = frozenset({"grade", "rule", "monitoring", "caution"})


def _class(kind: str, state: str, changes: Sequence[Change], answers: Sequence[Answer], *, whole: bool) -> str:
    """Return the class of a part's change, the gravest that is known."""
    verdicts = {answer.verdict for answer in answers}
    if state == "added" and (kind in _ANSWERING or kind == "position"):
        return "new rule"
    if CHANGES in verdicts and (whole or kind == "position"):
        return "answer changes"
    if NOT_PROVED in verdicts:
        return "not proved"
    return "citation" if changes and all(change.what in CITING for change in changes) else "wording"


def _names(old: Formulas, new: Formulas, key: str) -> list[str]:
    return list(dict.fromkeys([*getattr(old.position, key), *getattr(new.position, key)]))


def _users(position: Position, kind: str, name: str) -> Iterator[str]:
    """Yield the parts of a position that use a criterion, grade or dosing, those by way of others included."""
    if kind not in ("criterion", "grade", "dosing"):
        return
    named = {name}
    while True:
        more = {user for user, condition in _named_conditions(position) if named & _named_in(condition)} - named
        if not more:
            break
        named |= more
    for rule in position.recommendations.values():
        conditions = [c for c in (rule.when, rule.especially_when) if c]
        dosing = position.dosing.get(rule.dose or "")
        conditions += [c for c in (dosing.when, dosing.until) if c] if dosing else []
        if (rule.dose in named and kind == "dosing") or any(named & _named_in(c) for c in conditions):
            yield rule.id
    others: list[Caution | Monitoring] = [*position.cautions.values(), *position.monitoring.values()]
    for part in others:
        if part.when is not None and named & _named_in(part.when):
            yield part.id
    yield from (user for user in sorted(named - {name}) if user in position.grades)
    if position.applies_when is not None and named & _named_in(position.applies_when):
        yield "applies_when"


def _named_conditions(position: Position) -> Iterator[tuple[str, Any]]:
    for criterion in position.criteria.values():
        yield criterion.id, criterion.when
    for grade in position.grades.values():
        yield from ((grade.id, c) for c in (grade.when, *(band.when for band in grade.bands)) if c is not None)


def _named_in(condition: Any) -> set[str]:
    return {
        line.criterion if isinstance(line, Named) else line.grade
        for line in lines_of(condition)
        if isinstance(line, Named | GradeIs)
    }


# --- the answers of each kind of part ---


def _needs(names: Iterable[str]) -> str:
    listed = list(names)
    return (
        f"not known (needs {', '.join(listed[:3])}{' ...' if len(listed) > 3 else ''})" if listed else ANSWERS[UNKNOWN]
    )


def _applies_item(old: Formulas, new: Formulas) -> _Item:
    def missing_of(result: PositionResult | None) -> list[str]:
        return missing(result.applies_step) if result and result.applies_step else []

    return _Item(
        ("position", new.position.id),
        "applies",
        (old.applies,),
        (new.applies,),
        lambda a, b: a != b,
        True,
        _moves(0),
        lambda result, _: result and result.applies,
        lambda result, _: "" if result is None else ANSWERS[result.applies],
        lambda result: (result.applies_step,) if result else (),
        missing_of,
    )


def _rule_items(name: str, old: Formulas, new: Formulas) -> Iterator[_Item]:
    rules = tuple(f.position.recommendations.get(name) for f in (old, new))
    nodes = [f.holds(name) if rule else NO for f, rule in zip((old, new), rules, strict=True)]
    said = [rule and (rule.action, rule.about, rule.strength) for rule in rules]
    same = not all(rules) or said[0] == said[1]

    def rule_of(result: PositionResult | None) -> RuleResult | None:
        return result.rules.get(name) if result else None

    def steps(result: PositionResult | None) -> tuple[Step | None, ...]:
        found = rule_of(result)
        return (result.applies_step, found.step) if result and found else ()

    def emphasis_steps(result: PositionResult | None) -> tuple[Step | None, ...]:
        found = rule_of(result)
        return (found.emphasis_step,) if found else ()

    def missing_of(result: PositionResult | None) -> list[str]:
        found = rule_of(result)
        return found.missing if found else []

    def key(result: PositionResult | None, side: int) -> Hashable:
        found = rule_of(result)
        return (NO, None) if found is None or found.holds == NO else (found.holds, said[side])

    def told(result: PositionResult | None, side: int) -> str:
        found = rule_of(result)
        return "no such rule" if found is None else _rule_text(found)

    yield _Item(
        ("rule", name),
        "holds",
        (nodes[0],),
        (nodes[1],),
        lambda a, b: a != b or (not same and a[0] != NO),
        same,
        _moves(0, same=same),
        key,
        told,
        steps,
        missing_of,
    )
    if all(rules):
        yield from _emphasis_and_dose(name, old, new, (nodes[0], nodes[1]), rule_of, emphasis_steps, missing_of)


def _rule_text(found: RuleResult) -> str:
    if found.holds == NO:
        return ANSWERS[NO]
    strength = STRENGTHS.get(found.rule.strength, found.rule.strength)
    doing = f"{action_text(found.rule.action, found.rule.about)}, {strength}"
    return f"yes: {doing}" if found.holds == YES else f"{_needs(found.missing_holds)}: {doing}"


def _emphasis_and_dose(
    name: str,
    old: Formulas,
    new: Formulas,
    holds: Nodes,
    rule_of: Callable[[PositionResult | None], RuleResult | None],
    steps: Callable[[PositionResult | None], tuple[Step | None, ...]],
    missing_of: Callable[[PositionResult | None], list[str]],
) -> Iterator[_Item]:
    """Yield the emphasis and the dose of a rule, compared where the rule holds on both sides or on neither."""

    def counts(a: Hashable, b: Hashable) -> bool:
        return isinstance(a, tuple) and isinstance(b, tuple) and a[0] == b[0] and a != b

    rules = [f.position.recommendations[name] for f in (old, new)]
    emphasis = [f.emphasis(rule) for f, rule in zip((old, new), rules, strict=True)]
    part = ("rule", name)

    def emphasis_of(result: PositionResult | None, _: int) -> Hashable:
        found = rule_of(result)
        return (found.holds, found.emphasis) if found else None

    def emphasis_told(result: PositionResult | None, _: int) -> str:
        found = rule_of(result)
        return ANSWERS[found.emphasis] if found else ""

    yield _Item(
        part,
        "emphasis",
        (holds[0], emphasis[0]),
        (holds[1], emphasis[1]),
        lambda a, b: a[0] == b[0] and a[1] != b[1],
        True,
        _moves(1, (0,)),
        emphasis_of,
        emphasis_told,
        steps,
        missing_of,
        counts,
    )
    yield _dose_item(part, old, new, holds, rule_of, steps, missing_of, counts)


def _dose_item(
    part: tuple[str, str],
    old: Formulas,
    new: Formulas,
    holds: Nodes,
    rule_of: Callable[[PositionResult | None], RuleResult | None],
    steps: Callable[[PositionResult | None], tuple[Step | None, ...]],
    missing_of: Callable[[PositionResult | None], list[str]],
    counts: Callable[[Hashable, Hashable], bool],
) -> _Item:
    both = [f.dose(f.position.recommendations[part[1]]) for f in (old, new)]
    stated = [_stated(f, f.position.dosing.get(f.position.recommendations[part[1]].dose or "")) for f in (old, new)]
    same = stated[0] == stated[1]

    def differs(a: Answers, b: Answers) -> bool:
        if a[0] != b[0]:
            return False
        given = (a[1] == YES, b[1] == YES)
        return given[0] != given[1] or (given[0] and (not same or (a[2] == YES) != (b[2] == YES)))

    def key(result: PositionResult | None, side: int) -> Hashable:
        found = rule_of(result)
        dose = found.dose if found else None
        return (found and found.holds, dose and (stated[side], _amount(dose)))

    def told(result: PositionResult | None, side: int) -> str:
        found = rule_of(result)
        return "none" if found is None or found.dose is None else _dose_text(found.dose)

    return _Item(
        part,
        "dose",
        (holds[0], *both[0]),
        (holds[1], *both[1]),
        differs,
        same,
        _moves(1, (0,), same=same),
        key,
        told,
        steps,
        missing_of,
        counts,
    )


def _amount(dose: Dose) -> Hashable:
    if dose.amount is None or dose.unit is None:
        return None
    unit = UNITS.get(dose.unit)
    return dose.amount.scaled(unit.factor) if unit else (dose.amount, dose.unit)


def _dose_text(dose: Dose) -> str:
    stated = dose.dosing
    amount = range_text(stated.give, stated.give_unit) if stated.give and stated.give_unit else "no amount stated"
    by = f" of {stated.by.replace('_', ' ')}" if stated.by else ""
    counted = f" ({range_text(dose.amount, dose.unit)})" if stated.by and dose.amount and dose.unit else ""
    return f"{amount}{by}{counted}{f', {every_text(stated.every)}' if stated.every else ''}"


def _stated(of: Formulas, dosing: Dosing | None) -> Hashable:
    """Return what a dosing states, in base units: the amount, the weight, the interval, the end."""
    if dosing is None:
        return None
    unit = UNITS.get(dosing.give_unit or "")
    give = dosing.give.scaled(unit.factor) if dosing.give and unit else dosing.give
    weight = weight_of(dosing)
    formula = of.facts[weight].formula if weight and weight in of.facts else None
    until = Formulas(of.position, of.facts, lambda _: "").of(dosing.until) if dosing.until else None
    return (give, unit and unit.dimension, dosing.by, formula and formula.text, _span(dosing.every), until)


def _grade_item(name: str, old: Formulas, new: Formulas) -> _Item:
    grades = [f.position.grades.get(name) for f in (old, new)]
    bands = list(dict.fromkeys(band for grade in grades if grade for band in grade.order))
    nodes = [_grade_nodes(f, name, bands) for f in (old, new)]

    def band_is(wanted: str | None) -> Answers:
        return (YES if wanted else NO, *(YES if band == wanted else NO for band in bands))

    moves = [(a, b) for a, b in product([None, *bands], repeat=2) if a != b]
    goals = tuple(lambda o, n, a=a, b=b: (o, n) == (band_is(a), band_is(b)) for a, b in moves)

    def key(result: PositionResult | None, _: int) -> Hashable:
        grade = result.grades.get(name) if result else None
        return (grade.value, grade.at_least, grade.at_most) if grade else ("not-applicable", None, None)

    def told(result: PositionResult | None, side: int) -> str:
        if grades[side] is None:
            return "no such grade"
        grade = result.grades.get(name) if result else None
        value, least, most = (grade.value, grade.at_least, grade.at_most) if grade else ("not-applicable", None, None)
        bounds = f" (at least {least}, at most {most})" if least != most else f" ({least}, where it applies)"
        return value if value != UNKNOWN else f"not known{bounds}"

    return _Item(
        ("grade", name),
        "grade",
        nodes[0],
        nodes[1],
        lambda a, b: a != b,
        True,
        (goals, (lambda o, n: YES in o[1:] and o != n, lambda o, n: YES in n[1:] and o != n)),
        key,
        told,
        lambda result: (result.grades[name].step,) if result and name in result.grades else (),
        lambda result: list(result.grades[name].missing) if result and name in result.grades else [],
    )


def _grade_nodes(of: Formulas, name: str, bands: Sequence[str]) -> Nodes:
    grade = of.position.grades.get(name)
    if grade is None:
        return (NO,) * (len(bands) + 1)
    own = dict(zip(grade.order, of.bands(name), strict=True))
    return (of.of(grade.when), *(own.get(band, NO) for band in bands))


def _plain_item(kind: str, name: str, old: Formulas, new: Formulas) -> _Item:
    """Return the one answer of a caution or of monitoring: whether it concerns the patient, and what it asks."""
    key_ = {"caution": "cautions", "monitoring": "monitoring"}[kind]
    parts = [getattr(f.position, key_).get(name) for f in (old, new)]
    said = [_asks(part) for part in parts]
    same = not all(parts) or said[0] == said[1]
    nodes = [
        (conjunction([f.applies, f.of(part.when)]), _measured(f, part)) if part else (NO, NO)
        for f, part in zip((old, new), parts, strict=True)
    ]

    def of(result: PositionResult | None) -> Any:
        listed = getattr(result, key_) if result else []
        return next((found for found in listed if getattr(found, kind).id == name), None)

    def key(result: PositionResult | None, side: int) -> Hashable:
        found = of(result)
        if found is None or found.holds == NO:
            return (NO, None, None)
        return (found.holds, said[side], found.last if kind == "monitoring" else None)

    return _Item(
        (kind, name),
        "concerns",
        nodes[0],
        nodes[1],
        lambda a, b: a[0] != b[0] or (a[0] != NO and (not same or (a[0] == YES and a[1] != b[1]))),
        same,
        _moves(0, same=same),
        key,
        lambda result, side: _concern(of(result), parts[side], kind),
        lambda result: (result.applies_step, of(result).step) if result and of(result) else (),
        lambda result: [*of(result).missing, *_measures(parts)] if of(result) else [],
    )


def _measures(parts: Iterable[Any]) -> list[str]:
    return [part.measure for part in parts if getattr(part, "measure", None)]


def _concern(found: Any, part: Any, kind: str) -> str:
    if found is None or part is None:
        return f"no such {kind}"
    if found.holds != YES:
        return ANSWERS[NO] if found.holds == NO else _needs(found.missing)
    if kind == "caution":
        return f"yes: {part.severity}"
    last = f"last measured {found.last}" if found.last else "no result that counts"
    return f"yes: measure {part.measure}{f' {every_text(part.every)}' if part.every else ''}, {last}"


def _asks(part: Any) -> Hashable:
    if part is None:
        return None
    if hasattr(part, "severity"):
        return (part.severity,)
    return (part.measure, _span(part.every), part.start, _span(part.length))


def _measured(of: Formulas, part: Any) -> Any:
    """Return an atom for what was measured before, which the dates that are due rest on."""
    asked = ((getattr(part, "measure", None), "recorded"), (getattr(part, "start", None), "known"))
    return conjunction(of.presence(name, what) for name, what in asked if name)


# --- the answers of one engine, for records that are met one by one ---

Steps = tuple[Step | None, ...]
Told = tuple[
    Hashable, str, Steps
]  # what is compared (None for an answer of no), in words, and the steps that led there


def answers_of(result: PositionResult) -> dict[tuple[str, str, str], Told]:
    """Return every answer of a position for one record, by kind of part, its id, and what is answered."""
    found: dict[tuple[str, str, str], Told] = {
        ("position", result.position.id, "applies"): (
            _unless_no(result.applies),
            ANSWERS[result.applies],
            (result.applies_step,),
        )
    }
    for name, grade in result.grades.items():
        key = None if grade.value == "not-applicable" else (grade.value, grade.at_least, grade.at_most)
        found["grade", name, "grade"] = (key, grade.value.replace(UNKNOWN, ANSWERS[UNKNOWN]), (grade.step,))
    for name, rule in result.rules.items():
        said = (rule.holds, rule.rule.action, rule.rule.about, rule.rule.strength)
        steps = (result.applies_step, rule.step)
        found["rule", name, "holds"] = (None if rule.holds == NO else said, _rule_text(rule), steps)
        found["rule", name, "emphasis"] = (_unless_no(rule.emphasis), ANSWERS[rule.emphasis], (rule.emphasis_step,))
        found["rule", name, "dose"] = (
            rule.dose and _dose_key(rule.dose),
            "none" if rule.dose is None else _dose_text(rule.dose),
            steps,
        )
    for caution in result.cautions:
        key_ = None if caution.holds == NO else (caution.holds, caution.caution.severity)
        found["caution", caution.caution.id, "concerns"] = (
            key_,
            _concern(caution, caution.caution, "caution"),
            (result.applies_step, caution.step),
        )
    for each in result.monitoring:
        asked = None if each.holds == NO else (each.holds, _asks(each.monitoring), each.last)
        found["monitoring", each.monitoring.id, "concerns"] = (
            asked,
            _concern(each, each.monitoring, "monitoring"),
            (result.applies_step, each.step),
        )
    return found


def _unless_no(answer: Truth) -> Truth | None:
    return None if answer == NO else answer


def _dose_key(dose: Dose) -> Hashable:
    stated = dose.dosing
    unit = UNITS.get(stated.give_unit or "")
    return (stated.give and unit and stated.give.scaled(unit.factor), stated.by, _span(stated.every), _amount(dose))


# --- from a path to a record, and what sets two answers apart ---


def _safely(search: Search, old: Nodes, new: Nodes) -> Iterator[Path]:
    """Yield the paths found before the search is done or gives up."""
    try:
        yield from search.paths(old, new)
    except GaveUp:
        return


def _record(path: Path) -> dict[str, Any] | None:
    """Return the record of a path, or None where a state of it has none; lists of one fact are joined."""
    record: dict[str, Any] = {}
    for state in path.values():
        if state.record is None:
            return None
        for name, value in state.record.items():
            here = record.get(name)
            record[name] = (
                here + value if isinstance(here, list) and isinstance(value, list) else record.get(name, value)
            )
    return dict(sorted(record.items()))


def _separating(item: _Item, old: PositionResult | None, new: PositionResult | None) -> tuple[str, ...]:
    return separating_lines(item.step(old), item.step(new), *(own_lines(result, *item.part) for result in (old, new)))


def own_lines(result: PositionResult | None, kind: str, name: str) -> frozenset[str]:
    """Return the text of every line of a part, those of the criteria, grades and rules that it names included."""
    if result is None:
        return frozenset()
    position, found, seen = result.position, set[str](), set[Any]()
    part = getattr(position, _KINDS[kind]).get(name) if kind in _KINDS else None
    waiting = [position.applies_when, part]
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Grade):
            waiting += [node.when, *(band.when for band in node.bands)]
        elif isinstance(node, Criterion | Recommendation | Caution | Monitoring):
            waiting += [node.when, getattr(node, "especially_when", None)]
            waiting += [position.recommendations[other] for other in getattr(node, "unless", ())]
        elif not isinstance(node, Position):
            for line in lines_of(node):
                found.add(line.text)
                waiting.append(position.criteria[line.criterion] if isinstance(line, Named) else None)
                waiting.append(position.grades[line.grade] if isinstance(line, GradeIs) else None)
    return frozenset(found)


def separating_lines(
    old: Sequence[Step | None],
    new: Sequence[Step | None],
    old_lines: frozenset[str] = frozenset(),
    new_lines: frozenset[str] = frozenset(),
) -> tuple[str, ...]:
    """Return the lines that set two answers apart, best those that stand on one side only and keep it from holding."""
    sides = [[step for step in steps if step is not None] for steps in (old, new)]
    told = [{(_text(leaf), leaf.answer) for step in steps for leaf in leaves(step)} for steps in sides]
    everywhere = (old_lines, new_lines)
    open_: list[tuple[int, str]] = []
    for here, other in ((0, 1), (1, 0)):
        held = {_text(leaf) for step in sides[here] if step.answer != YES for leaf in blockers(step)}
        for step in sides[here]:
            for leaf in leaves(step):
                text = _text(leaf)
                if (text, leaf.answer) not in told[other]:
                    open_.append((2 * (text in everywhere[other]) + (text not in held), text))
    best = min((rank for rank, _ in open_), default=0)
    return tuple(dict.fromkeys(text for rank, text in open_ if rank == best))


def _text(step: Step) -> str:
    return str(getattr(step.node, "text", ""))


# --- days in force ---


def _days_in_force(libraries: Sequence[Library], address: str) -> dict[date, tuple[bool, bool]]:
    """Return, for a day of each stretch in which nothing changes, whether each version of a position is in force."""
    topic, name = address.split("/")
    ends: set[date] = {DAY}
    for library in libraries:
        for position in library.topics[topic].positions.values() if topic in library.topics else ():
            ends |= {end for end in (position.valid.start, position.valid.until) if end}
    days = sorted({_beside(end, step) for end in ends for step in (-1, 0, 1)})

    def holds(library: Library, day: date) -> bool:
        return topic in library.topics and any(p.id == name for p in library.in_force(topic, day))

    return {day: (holds(libraries[0], day), holds(libraries[1], day)) for day in days}


def _beside(day: date, step: int) -> date:
    return day if (day, step) in ((date.min, -1), (date.max, 1)) else day + timedelta(step)


# --- values for the search on records ---


@dataclass
class _Values:
    """For each fact, the pieces of a record to try: what the lines of both versions tell apart, and what they read differently."""

    pair: _Pair
    _candidates: list[tuple[Candidates, Mapping[str, Fact]]] = field(init=False)

    def __post_init__(self) -> None:
        sides = zip(self.pair.compiled, self.pair.libraries, strict=True)
        self._candidates = [
            (Candidates(compiled, library.facts), library.facts) for compiled, library in sides if compiled
        ]

    def of(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for candidates, facts in self._candidates:
            if name in facts:
                found += [{name: value} for value in [*candidates.of(name), *_table_values(name, facts)]]
                found += [{name: value} for value in _formula_values(name, facts, candidates)]
                found += [{other: option} for other in _fixing(name, facts) for option in facts[other].options]
                found += [{name: option} for option in facts[name].options]
        if name in self.pair.changed.values:
            found = [*self._beyond(name), *found]
        return [piece for index, piece in enumerate(found) if piece not in found[:index]]

    def _only_once(self, name: str) -> Iterator[dict[str, Any]]:
        """Yield options, of the fact and of those that fix it, that mean something else in the other version."""
        old, new = (library.facts for library in self.pair.libraries)
        for other in dict.fromkeys([name, *_fixing(name, old), *_fixing(name, new)]):
            options = [facts[other].options if other in facts else {} for facts in (old, new)]
            for option in dict.fromkeys([*options[1], *options[0]]):
                here = [_option_meaning({option: each[option]}) if option in each else None for each in options]
                if here[0] != here[1]:
                    yield {other: option}

    def _beyond(self, name: str) -> Iterator[dict[str, Any]]:
        """Yield values that one version refuses as implausible, or as too old."""
        facts = [facts[name] for _, facts in self._candidates if name in facts]
        yield from _past_values(facts, self.pair.as_of)
        yield from self._only_once(name)
        limits = [
            f"{plain(end)} {f.unit}"
            for f in facts
            if f.limits
            for end in (f.limits.low, f.limits.high)
            if end is not None
        ]
        yield from ({name: limit} for limit in limits if limit)
        spans = [f.usable_for for f in facts]
        if len(spans) < 2 or spans[0] == spans[1]:
            return
        oldest = [add(self.pair.as_of, -span.high, span.unit) for span in spans if span]
        on = (min(oldest) if len(oldest) == len(spans) else oldest[0] - timedelta(1)).isoformat()
        for candidates, known in self._candidates:
            if name in known:
                yield from (
                    {name: {"value": value, "on": on}} for value in candidates.of(name) if not isinstance(value, list)
                )


def _past_values(facts: Sequence[Fact], as_of: date) -> Iterator[dict[str, Any]]:
    """Yield events, and dated answers, on either side of how far back either version looks."""
    spans = [rule.within for fact in facts if (rule := fact.implied_by) is not None]
    spans += [binding.within for fact in facts for binding in fact.bindings]
    edges = sorted({add(as_of, -span.high, span.unit) for span in spans if span})
    days = [_beside(edge, step) for edge in edges for step in (1, 0, -1)]
    for fact in facts:
        rule = fact.implied_by
        for day in (days or [as_of]) if rule else ():
            yield {rule.events: [{"on": day.isoformat(), **rule.where}] * rule.at_least} if rule else {}
        if fact.kind == "yes-no":
            yield from ({fact.name: {"value": answer, "on": day.isoformat()}} for answer in (YES, NO) for day in days)


def _table_values(name: str, facts: Mapping[str, Fact]) -> Iterator[str]:
    words = {"a": "years", "mo": "months", "wk": "weeks", "d": "days"}
    for fact in facts.values():
        if fact.table and fact.table.over == name:
            yield from (f"{row.low} {words[row.low_unit]}" for row in fact.table.rows)


def _formula_values(name: str, facts: Mapping[str, Fact], candidates: Candidates) -> Iterator[str]:
    """Yield values of a part of a formula that bring its result to each threshold, the other parts being one."""
    unit = facts[name].unit
    for fact in facts.values():
        if fact.formula and name in fact.formula.facts and unit:
            own = si_factor(UNITS[unit])
            wanted = [EXACT.multiply(number, si_factor(UNITS[fact.unit or "1"])) for number in candidates.amounts(fact)]
            yield from (
                f"{plain(EXACT.divide(number, own))} {unit}" for number in [EXACT.divide(own, own) / own, *wanted]
            )


# --- facts, sources, topics ---


def _shared(old: Library, new: Library, positions: Sequence[PositionDifference]) -> Iterator[Part]:
    """Yield the facts, sources and topics that read differently."""
    for kind in ("fact", "source", "topic"):
        before, after = (getattr(library, f"{kind}s") for library in (old, new))
        for name in sorted({*before, *after}):
            a, b = before.get(name), after.get(name)
            changes = part_changes(kind, a, b, new.wording if b else old.wording)
            if changes:
                state = "added" if a is None else "removed" if b is None else "changed"
                answers = tuple(_topic_answers(a, b, changes)) if kind == "topic" else ()
                users = _readers(name, old, new) if kind == "fact" else ()
                change = (
                    "not proved" if answers else "citation" if kind == "source" or _only_cites(changes) else "wording"
                )
                touched = {p.address for p in positions if p.verdict == CHANGES}
                if kind == "fact" and touched & set(users) and _meaning(name, old.facts) != _meaning(name, new.facts):
                    change = "answer changes"
                yield Part(kind, name, state, change, tuple(changes), answers, users, (b or a).place.short)


def _only_cites(changes: Iterable[Change]) -> bool:
    return all(change.what in CITING for change in changes)


def _topic_answers(old: Any, new: Any, changes: Iterable[Change]) -> Iterator[Answer]:
    """Yield what cannot be told of a topic's own answers: whether it is considered, and on what positions agree."""
    names = {change.what for change in changes}
    if old is None or new is None:
        return
    if "anchor" in names:
        yield Answer("considered", NOT_PROVED, reason="the event that the topic begins with is another")
    if "about" in names:
        yield Answer("agreement", NOT_PROVED, reason="what the topic is mainly about is another")


def _readers(name: str, *libraries: Library) -> tuple[str, ...]:
    """Return the positions that look at a fact, directly or by way of others."""
    found = {
        address
        for library in libraries
        for address, compiled in library.compiled.items()
        if any(name in _rests_on(read, library.facts) for read in compiled.reads)
    }
    return tuple(sorted(found))


def with_topics(difference: Difference, topics: Iterable[str]) -> Difference:
    """Return the difference with the positions of these topics only."""
    wanted = set(topics)
    kept = tuple(p for p in difference.positions if p.address.split("/")[0] in wanted)
    return replace(difference, positions=kept)


# --- the command ---


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `igguide diff` takes."""
    for name, which in (("old", "the older"), ("new", "the newer")):
        parser.add_argument(
            name,
            metavar=name.upper(),
            help=f"{which} version: a guidelines folder, a git revision, or a compiled library file",
        )
    parser.add_argument(
        "--cohort", metavar="FILE", help="records (NDJSON or Parquet) on which the two are compared one by one"
    )
    parser.add_argument(
        "--as-of", metavar="DATE", help="the date on which the records of --cohort are evaluated (default: today)"
    )
    parser.add_argument("--topic", action="append", metavar="T", help="only this topic (may be given several times)")
    parser.add_argument(
        "--guidelines", metavar="DIR", help="the guidelines folder whose revisions are meant (default: the bundled one)"
    )
    parser.add_argument(
        "--format",
        choices=("text", "markdown", "json"),
        default="text",
        help="text for people, markdown for a review comment, json for programs (default: text)",
    )


def run(options: argparse.Namespace) -> int:
    """Print what changed, and return 0 where no answer changes, 1 where one does or may. Raises RequestError on misuse."""
    from .cohort import compare_cohort
    from .diff_report import as_json, as_markdown, as_text
    from .revisions import opened

    tell = _progress()
    with opened(options.old, options.guidelines, tell) as old, opened(options.new, options.guidelines, tell) as new:
        for topic in options.topic or ():
            if topic not in {**old.topics, **new.topics}:
                raise RequestError(f"There is no topic `{topic}` in either version.")
        difference = compare(old, new, progress=tell)
        if options.topic:
            difference = with_topics(difference, options.topic)
        cohort = None
        if options.cohort:
            as_of = options.as_of or date.today().isoformat()
            cohort = compare_cohort(old, new, options.cohort, as_of, topics=options.topic, progress=tell)
    written = {"text": as_text, "markdown": as_markdown, "json": as_json}[options.format]
    print(written(difference, cohort), end="")
    found = difference.verdict != NONE or (cohort is not None and bool(cohort.moves or cohort.unread))
    return 1 if found else 0


def _progress() -> Callable[[str], None]:
    """Return what tells of progress: a line on a terminal that overwrites itself, else nothing."""
    if not sys.stderr.isatty():
        return lambda _: None

    def tell(what: str) -> None:
        print(f"\r\x1b[K{what}", end="" if what else "\r", file=sys.stderr, flush=True)

    return tell


__all__ = [
    "BUDGET",
    "CHANGES",
    "NONE",
    "NOT_PROVED",
    "Answer",
    "Difference",
    "Part",
    "PositionDifference",
    "Witness",
    "add_arguments",
    "answers_of",
    "compare",
    "own_lines",
    "raised",
    "run",
    "separating_lines",
    "version_problems",
    "with_topics",
]
