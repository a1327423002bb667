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
from itertools import islice
from typing import Any

from .changes import CITING, Change, part_changes
from .dates import add
from .diff_answers import (
    KINDS,
    Item,
    applies_item,
    grade_item,
    named_in,
    names,
    own_lines,
    plain_item,
    rule_items,
    separating_lines,
)
from .diff_facts import ChangedFacts, changed_facts, fixing, meaning, option_meaning, rests_on
from .document import Document
from .equivalence import (
    JOINT,
    Formulas,
    GaveUp,
    Nodes,
    Path,
    Search,
    States,
)
from .errors import Problem, RequestError, in_order
from .evaluate import PositionResult, evaluate_position, facts_read
from .findings import Findings
from .library import Library
from .model import (
    Caution,
    Fact,
    Monitoring,
    Position,
)
from .quantity import EXACT, UNITS, plain, si_factor
from .truth import NO, YES
from .witness import DAY, Candidates

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
    """Return a problem for each position whose version or history does not tell of what changed.

    A version must be as large as the change deserves; the lines of `history` since the old version must name each
    part that answers otherwise, is new or has gone; and no line that was published may go. `documents` are those of
    the new library, by file, and give the line of `version:`; without them the problem stands at the position itself.
    """
    found = [problem for address in sorted({*old.compiled, *new.compiled}) for problem in _lost(old, new, address)]
    for difference in compare(old, new, budget=budget).positions:
        if difference.deserves is None:
            continue
        position = new.compiled[difference.address].position
        if difference.version_is_enough:
            found += _untold(difference, old.compiled[difference.address].position, position)
            continue
        document = (documents or {}).get(position.place.file)
        place = document.place("version") if document else position.place
        found.append(
            Problem(
                place,
                f"Version {position.version} is too small for what changed since {difference.old_version}: "
                f"{_WHY[difference.step]}{_whom(difference)}.",
                f"Write `version: {difference.deserves}`, and a line in `history:` that says which patients' answers change and why (`reason:`), and names what was touched (`parts:`).",
            )
        )
    return in_order(found)


def _lost(old: Library, new: Library, address: str) -> Iterator[Problem]:
    """Yield the versions of a position that its history no longer tells of."""
    before, after = (library.compiled.get(address) for library in (old, new))
    kept = {change.version for change in after.position.history} if after else set()
    for change in before.position.history if before and after else ():
        if change.version not in kept:
            assert after is not None
            yield Problem(
                after.position.history[0].place,
                f"The history no longer tells of version {change.version} of {change.on}.",
                "Put its line back: a feed and whoever quotes that version lead to it.",
            )


_TOLD = frozenset({"answer changes", "new rule", "not proved"})  # the classes of change that the history must name


def _untold(difference: PositionDifference, old: Position, new: Position) -> Iterator[Problem]:
    """Yield the parts that answer otherwise, are new or have gone, and that no new line of the history names."""
    before = {change.version for change in old.history}
    lines = [change for change in new.history if change.version not in before]
    if not lines:
        return
    named, removed = ({name for line in lines for name in getattr(line, key)} for key in ("parts", "removed"))
    for part in difference.parts:
        gone = part.state == "removed" and part.kind not in ("silent", "evidence")
        if gone and part.id not in removed and part.id not in _names_in(new):
            yield Problem(
                lines[-1].place,
                f"The {part.kind} `{part.id}` has gone since {difference.old_version}, and the history does not say so.",
                f"Add `removed: [{part.id}]` to the line of the version that took it out.",
            )
        elif not gone and part.change in _TOLD and not _is_named(part, named | removed, difference, new):
            yield Problem(
                lines[-1].place,
                f"The history since {difference.old_version} does not name the {part.kind} `{part.id}`, of which {_OF[part.change]}.",
                f"Add `{part.id}` to `parts:`.",
            )


_OF = {
    "answer changes": "an answer changes",
    "new rule": "nothing stood there before",
    "not proved": "an answer may change",
}


def _names_in(position: Position) -> set[str]:
    return {name for parts in position.parts.values() for name in parts}


def _is_named(part: Part, named: set[str], difference: PositionDifference, position: Position) -> bool:
    """Return whether the history names a part, or, where the part reads the same, what it rests on."""
    if part.id in named:
        return True
    used = {each.id for each in difference.parts if part.id in each.used_by}
    rule = position.recommendations.get(part.id)
    return part.state == "affected" and bool(named & {*used, *(rule.unless if rule else ()), position.id})


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
    changed = changed_facts(old, new)
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
    old: Library, new: Library, address: str, changed: ChangedFacts, budget: int
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


class _Pair:
    """A position in two libraries, either of which may lack it."""

    def __init__(self, old: Library, new: Library, address: str, changed: ChangedFacts, budget: int) -> None:
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
        for kind, key in KINDS.items():
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

    def items(self) -> Iterator[Item]:
        """Yield every answer that the position gives on either side."""
        formulas = [f for f in self.formulas if f is not None]
        old, new = formulas
        yield applies_item(old, new)
        for name in names(old, new, "grades"):
            yield grade_item(name, old, new)
        for name in names(old, new, "recommendations"):
            yield from rule_items(name, old, new)
        for name in names(old, new, "cautions"):
            yield plain_item("caution", name, old, new)
        for name in names(old, new, "monitoring"):
            yield plain_item("monitoring", name, old, new)
        for name in names(old, new, "silent"):
            yield plain_item("silent", name, old, new)

    def answer(self, item: Item) -> Answer:
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

    def _witnesses(self, item: Item) -> Iterator[Witness]:
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

    def _confirm(self, item: Item, search: Search, found: dict[Hashable, Witness]) -> None:
        before = len(found)
        for path in islice(_safely(search, item.old, item.new), _MOST_PATHS):
            record = _record(path)
            if record is not None:
                self._keep(item, record, found)
            if len(found) > before:
                return

    def _keep(self, item: Item, record: dict[str, Any], found: dict[Hashable, Witness]) -> None:
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

    def _tried(self, item: Item) -> Iterator[dict[str, Any]]:
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


def _users(position: Position, kind: str, name: str) -> Iterator[str]:
    """Yield the parts of a position that use a criterion, grade or dosing, those by way of others included."""
    if kind not in ("criterion", "grade", "dosing"):
        return
    named = {name}
    while True:
        more = {user for user, condition in _named_conditions(position) if named & named_in(condition)} - named
        if not more:
            break
        named |= more
    for rule in position.recommendations.values():
        conditions = [c for c in (rule.when, rule.especially_when) if c]
        dosing = position.dosing.get(rule.dose or "")
        conditions += [c for c in (dosing.when, dosing.until) if c] if dosing else []
        if (rule.dose in named and kind == "dosing") or any(named & named_in(c) for c in conditions):
            yield rule.id
    others: list[Caution | Monitoring] = [*position.cautions.values(), *position.monitoring.values()]
    for part in others:
        if part.when is not None and named & named_in(part.when):
            yield part.id
    yield from (silence.id for silence in position.silent.values() if named & named_in(silence.when))
    yield from (user for user in sorted(named - {name}) if user in position.grades)
    if position.applies_when is not None and named & named_in(position.applies_when):
        yield "applies_when"


def _named_conditions(position: Position) -> Iterator[tuple[str, Any]]:
    for criterion in position.criteria.values():
        yield criterion.id, criterion.when
    for grade in position.grades.values():
        yield from ((grade.id, c) for c in (grade.when, *(band.when for band in grade.bands)) if c is not None)


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


def _separating(item: Item, old: PositionResult | None, new: PositionResult | None) -> tuple[str, ...]:
    return separating_lines(item.step(old), item.step(new), *(own_lines(result, *item.part) for result in (old, new)))


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
                found += [{other: option} for other in fixing(name, facts) for option in facts[other].options]
                found += [{name: option} for option in facts[name].options]
        if name in self.pair.changed.values:
            found = [*self._beyond(name), *found]
        return [piece for index, piece in enumerate(found) if piece not in found[:index]]

    def _only_once(self, name: str) -> Iterator[dict[str, Any]]:
        """Yield options, of the fact and of those that fix it, that mean something else in the other version."""
        old, new = (library.facts for library in self.pair.libraries)
        for other in dict.fromkeys([name, *fixing(name, old), *fixing(name, new)]):
            options = [facts[other].options if other in facts else {} for facts in (old, new)]
            for option in dict.fromkeys([*options[1], *options[0]]):
                here = [option_meaning({option: each[option]}) if option in each else None for each in options]
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


# --- facts, sources, products, topics ---


def _shared(old: Library, new: Library, positions: Sequence[PositionDifference]) -> Iterator[Part]:
    """Yield the facts, sources, products and topics that read differently."""
    for kind in ("fact", "source", "product", "topic"):
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
                if kind == "fact" and touched & set(users) and meaning(name, old.facts) != meaning(name, new.facts):
                    change = "answer changes"
                yield Part(kind, name, state, change, tuple(changes), answers, users, (b or a).place.short)


def _only_cites(changes: Iterable[Change]) -> bool:
    return all(change.what.split()[-1] in CITING for change in changes)


def _topic_answers(old: Any, new: Any, changes: Iterable[Change]) -> Iterator[Answer]:
    """Yield what cannot be told of a topic's own answers: whether it is considered, and on what positions agree."""
    names = {change.what for change in changes}
    if old is None or new is None:
        return
    if "anchor" in names:
        yield Answer("considered", NOT_PROVED, reason="the event that the topic begins with is another")
    if "arises when" in names:
        yield Answer("considered", NOT_PROVED, reason="the patients for whom the topic arises are others")
    if "about" in names:
        yield Answer("agreement", NOT_PROVED, reason="what the topic is mainly about is another")


def _readers(name: str, *libraries: Library) -> tuple[str, ...]:
    """Return the positions that look at a fact, directly or by way of others."""
    found = {
        address
        for library in libraries
        for address, compiled in library.compiled.items()
        if any(name in rests_on(read, library.facts) for read in compiled.reads)
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


def run(options: argparse.Namespace, today: date) -> int:
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
            as_of = options.as_of or today.isoformat()
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
    "compare",
    "raised",
    "run",
    "version_problems",
    "with_topics",
]
