"""The mutation score of a position: of the small changes that could slip into its rules, how many some example notices.

Each threshold is moved by one step of its precision, each `<` and `<=`, `>` and `>=` swapped, each condition dropped,
each unit and each count of an `at_least` changed, neighbouring bands and options exchanged, each `unless`, dosing
condition, dose and interval changed. A change that `check` refuses is none. A change is noticed where an example no
longer comes out as expected. One that gives no record another answer is left out of the score, and told; so is one of
which an example's `expect` cannot speak. That no record gets another answer is proved for records without problems
whose values are known or absent, by trying every case that the lines can tell apart; behind a formula it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from . import examples
from .coverage import Progress, Site, Worked, percent, positions_of, site_words, sites_of, work_out
from .errors import Place, Problem
from .evaluate import (
    CautionResult,
    CompiledPosition,
    Dose,
    MonitoringResult,
    PositionResult,
    RuleResult,
    compile_position,
    evaluate_position,
)
from .findings import Findings
from .lines import Vocabulary, read_line
from .model import (
    AgeComparison,
    Band,
    Comparison,
    Condition,
    CountOf,
    Dosing,
    Fact,
    FactComparison,
    GradeIs,
    Group,
    IsOption,
    Line,
    Named,
    Position,
    Span,
    TimeSince,
    lines_of,
)
from .probe import Search, Values, Want, search, step_of
from .quantity import UNITS, WORDS, Range, plain, spoken
from .trace import missing
from .truth import NO, UNKNOWN, YES
from .wording import every_text, range_text

if TYPE_CHECKING:
    from .checking import Report

State = Literal["killed", "survived", "equivalent", "unseen"]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A position with one small change: where it was made, what it was, and `seen`, whether examples can speak of it."""

    place: Place
    where: str
    what: str  # "`igg <= 400 mg/dL` became `igg < 400 mg/dL`"
    outputs: frozenset[tuple[str, str]]  # the answers that it can change
    position: Position
    about: frozenset[tuple[str, str]]  # what an example of it states: `holds` of a rule, `emphasis`, `dose`
    seen: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mutant: noticed `by` an example; or a `record` for which it answers otherwise, if one was found."""

    mutant: Mutant
    state: State
    by: str | None = None
    record: Mapping[str, Any] | None = None

    @property
    def words(self) -> str:
        """Return the change and what became of it as a sentence."""
        return f"{self.mutant.what} in {self.mutant.where}, {_STATE_WORDS[self.state].format(self.by)}."


_STATE_WORDS = {
    "killed": "and the example “{}” notices",
    "survived": "and no example notices",
    "equivalent": "and no record gets another answer",
    "unseen": "of which no example can speak",
}


@dataclass(frozen=True, slots=True)
class Mutation:
    """The outcomes of all mutants of one position."""

    address: str
    examples: int
    outcomes: tuple[Outcome, ...]

    def of(self, state: State) -> list[Outcome]:
        """Return the outcomes of one kind."""
        return [outcome for outcome in self.outcomes if outcome.state == state]

    @property
    def counts(self) -> tuple[int, int]:
        """Return how many mutants were noticed, and of how many that change an answer."""
        killed = len(self.of("killed"))
        return killed, killed + len(self.of("survived"))


# --- the changes ---


class _Change(NamedTuple):
    """A change of one line: what it reads then, or None where it is dropped."""

    text: str | None
    line: Line | None


def mutants_of(position: Position, facts: Mapping[str, Fact]) -> list[Mutant]:
    """Return every small change of a position, in the order of the file."""
    found = [
        *(mutant for site in sites_of(position) for mutant in _of_site(site, position, facts)),
        *(mutant for site in sites_of(position) for mutant in _counts(site, position)),
        *(mutant for make in (_bands, _unless, _dosing, _intervals) for mutant in make(position)),
    ]
    return sorted(found, key=lambda mutant: mutant.place)


def _of_site(site: Site, position: Position, facts: Mapping[str, Fact]) -> Iterator[Mutant]:
    words = Vocabulary(facts, {g.id: g.order for g in position.grades.values()}, tuple(position.criteria))
    where, outputs = site_words(site, position), outputs_of(site, position)
    for line in lines_of(site.condition):
        for text, other in _changes(line, words):
            condition = _swapped(site.condition, line, other)
            what = f"`{line.text}` " + ("was dropped" if text is None else f"became `{text}`")
            yield Mutant(line.place, where, what, outputs, put(position, site, condition), about(site, position))


def _counts(site: Site, position: Position) -> Iterator[Mutant]:
    """Yield the changes of how many lines of an `at_least:` are asked for."""
    for group in _groups(site.condition):
        for count in (group.count - 1, group.count + 1):
            if group.join == "at_least" and 1 <= count <= len(group.parts):
                condition = _swapped(site.condition, group, replace(group, count=count))
                what = f"`at_least: {group.count}` became `at_least: {count}`"
                outputs, other = outputs_of(site, position), put(position, site, condition)
                yield Mutant(group.place, site_words(site, position), what, outputs, other, about(site, position))


def _groups(condition: Condition) -> Iterator[Group]:
    if isinstance(condition, Group):
        yield condition
        for part in condition.parts:
            yield from _groups(part)


def _changes(line: Line, words: Vocabulary) -> Iterator[_Change]:
    for text in dict.fromkeys(_texts(line, words)):
        read = read_line(text, line.place, words)
        if not isinstance(read, Problem) and text != line.text:
            yield _Change(text, read)
    yield _Change(None, None)


def _texts(line: Line, words: Vocabulary) -> Iterator[str]:
    """Yield the texts of the lines that a line could be mistaken for."""
    make = _TEXTS.get(type(line))
    if make is not None:
        yield from make(line, words)


_OTHER_OPERATORS = {"<": ("<=",), "<=": ("<",), ">": (">=",), ">=": (">",), "=": ("<=", ">=")}
_OTHER_TIME = {"d": "wk", "wk": "d", "mo": "a", "a": "mo"}


def _amount(line: Comparison | AgeComparison | TimeSince, words: Vocabulary) -> Iterator[str]:
    start = f"time since {line.fact}" if isinstance(line, TimeSince) else line.fact
    number, step = Decimal(line.number), step_of(Decimal(line.number))
    for other in (number - step, number + step):
        yield f"{start} {line.operator} {plain(other)} {_written(line.unit, other)}"
    for operator in _OTHER_OPERATORS[line.operator]:
        yield f"{start} {operator} {plain(number)} {_written(line.unit, number)}"
    if not number:
        return  # nothing is as much in any unit
    others = (f"{start} {line.operator} {plain(number)} {_written(unit, number)}" for unit in _other_units(line.unit))
    yield from list(filter(lambda text: not isinstance(read_line(text, line.place, words), Problem), others))[:1]


def _written(unit: str, number: Decimal) -> str:
    return spoken(unit, number) if spoken(unit, number) in WORDS else unit


def _other_units(code: str) -> list[str]:
    """Return the units of the same dimension and of another size, the likeliest slip first."""
    own = UNITS[code]
    others = [unit.code for unit in UNITS.values() if unit.dimension == own.dimension and unit.factor != own.factor]
    return [_OTHER_TIME[code]] if code in _OTHER_TIME else others


def _against_fact(line: FactComparison, words: Vocabulary) -> Iterator[str]:
    for operator in _OTHER_OPERATORS[line.operator]:
        yield f"{line.fact} {operator} {line.other}"


def _option(line: IsOption, words: Vocabulary) -> Iterator[str]:
    options = list(words.facts[line.fact].options)
    for option in sorted(line.options):
        after = options[options.index(option) + 1 :] + options[: options.index(option)]
        other = next((name for name in after if name not in line.options), None)
        kept = sorted(line.options - {option})
        yield from (_is_one_of(line.fact, listed) for listed in ([*kept, other] if other else [], kept) if listed)


def _is_one_of(fact: str, options: Sequence[str]) -> str:
    return f"{fact} is {options[0]}" if len(options) == 1 else f"{fact} is one of {', '.join(options)}"


def _grade_is(line: GradeIs, words: Vocabulary) -> Iterator[str]:
    order = list(words.grades[line.grade])
    at = order.index(line.band)
    worse = "at least " if line.or_worse else ""
    yield from (f"{line.grade} is {worse}{order[n]}" for n in (at - 1, at + 1) if 0 <= n < len(order))
    yield f"{line.grade} is {'' if line.or_worse else 'at least '}{line.band}"


def _count(line: CountOf, words: Vocabulary) -> Iterator[str]:
    same = (line.where, line.within, line.operator, line.number)
    for number in (line.number - 1, line.number + 1):
        yield _count_text(line.fact, line.where, line.within, line.operator, number)
    for operator in _OTHER_OPERATORS[line.operator]:
        yield _count_text(line.fact, line.where, line.within, operator, line.number)
    for within in _other_windows(line.within):
        yield _count_text(line.fact, line.where, within, *same[2:])
    for name, word in line.where.items():
        options = [option for option in words.facts[line.fact].fields[name] if option != word]
        for where in ({**line.where, name: options[0]} if options else None, _without(line.where, name)):
            if where is not None:
                yield _count_text(line.fact, where, *same[1:])


def _without(where: Mapping[str, str], name: str) -> dict[str, str]:
    return {key: word for key, word in where.items() if key != name}


def _other_windows(within: Span | None) -> list[Span | None]:
    if within is None:
        return []
    moved = [replace(within, low=within.low + by, high=within.high + by) for by in (-1, 1) if within.low + by > 0]
    return [*moved, replace(within, unit=_OTHER_TIME[within.unit]), None]


def _count_text(fact: str, where: Mapping[str, str], within: Span | None, operator: str, number: int) -> str:
    words = " ".join([*where.values(), fact])
    window = f" in the last {within.high} {_written(within.unit, Decimal(within.high))}" if within else ""
    return f"count of {words}{window} {operator} {number}"


_TEXTS: dict[type, Callable[[Any, Vocabulary], Iterator[str]]] = {
    Comparison: _amount,
    AgeComparison: _amount,
    TimeSince: _amount,
    FactComparison: _against_fact,
    IsOption: _option,
    GradeIs: _grade_is,
    CountOf: _count,
}


def _swapped(condition: Condition, line: Condition, other: Condition | None) -> Condition:
    """Return a condition with another part in the place of one, or without it; a band's only line then never fits."""
    if condition is line:
        return Group("any", (), line.place) if other is None else other
    if not isinstance(condition, Group):
        return condition
    dropped = other is None
    kept = [part for part in condition.parts if not (dropped and part is line)]
    return replace(condition, parts=tuple(_swapped(part, line, other) for part in kept))


def put(position: Position, site: Site, condition: Condition | None) -> Position:
    """Return a position with another condition at a site."""
    if site.part == "position":
        return replace(position, applies_when=condition)
    named = getattr(position, site.part)
    item = named[site.name]
    if site.key == "band":
        assert condition is not None
        bands = [replace(band, when=condition) if n == site.band else band for n, band in enumerate(item.bands)]
        changed = replace(item, bands=tuple(bands))
    else:
        changed = replace(item, **{site.key: condition})
    return _with(position, site.part, site.name, changed)


def _with(position: Position, part: str, name: str, item: object) -> Position:
    changed: dict[str, Any] = {part: {**getattr(position, part), name: item}}
    return replace(position, **changed)


def _bands(position: Position) -> Iterator[Mutant]:
    for grade in position.grades.values():
        site = Site("grades", grade.id, "band", grade.bands[0].when)
        for n in range(len(grade.bands) - 1):
            bands: list[Band] = list(grade.bands)
            bands[n], bands[n + 1] = bands[n + 1], bands[n]
            what = f"the band {bands[n].name} came before {bands[n + 1].name}"
            changed = _with(position, "grades", grade.id, replace(grade, bands=tuple(bands)))
            outputs = outputs_of(site, position)
            yield Mutant(bands[n + 1].place, f"the grade {grade.id}", what, outputs, changed, outputs)


def _unless(position: Position) -> Iterator[Mutant]:
    for rule in position.recommendations.values():
        outputs = outputs_of(Site("recommendations", rule.id, "when", rule.when), position)
        for name in rule.unless:
            kept = tuple(other for other in rule.unless if other != name)
            changed = _with(position, "recommendations", rule.id, replace(rule, unless=kept))
            yield Mutant(rule.place, f"the rule {rule.id}", f"`unless: {name}` was dropped", outputs, changed, outputs)


def _dosing(position: Position) -> Iterator[Mutant]:
    for dosing in position.dosing.values():
        if dosing.when is not None:
            yield _dosing_mutant(position, dosing, replace(dosing, when=None), "`when:` was dropped")
        if dosing.give is not None and dosing.give_unit is not None:
            for give in _moved(dosing.give):
                yield _dosing_mutant(position, dosing, replace(dosing, give=give), _became(dosing, give))


def _dosing_mutant(position: Position, dosing: Dosing, changed: Dosing, what: str) -> Mutant:
    outputs = frozenset(("rules", r.id) for r in position.recommendations.values() if r.dose == dosing.id)
    doses = frozenset(("dose", name) for _, name in outputs)
    other = _with(position, "dosing", dosing.id, changed)
    return Mutant(dosing.place, f"the dosing {dosing.id}", what, outputs, other, doses)


def _became(dosing: Dosing, give: Range) -> str:
    assert dosing.give is not None
    unit = dosing.give_unit or ""
    return f"`give: {range_text(dosing.give, unit)}` became `{range_text(give, unit)}`"


def _moved(give: Range) -> Iterator[Range]:
    """Yield a dose with one of its ends moved by one step of its precision; a single number moves as one."""
    for by in (-1, 1):
        low, high = give.low, give.high
        if low is None or high is None:
            continue
        if low == high:
            yield Range(low + by * step_of(low), high + by * step_of(high))
        else:
            yield Range(low + by * step_of(low), high)
            yield Range(low, high + by * step_of(high))


def _intervals(position: Position) -> Iterator[Mutant]:
    """Yield the changes of intervals, of which `expect` has no word."""
    for part in ("dosing", "monitoring"):
        for item in getattr(position, part).values():
            for by in (-1, 1) if item.every else ():
                every = replace(item.every, low=item.every.low + by, high=item.every.high + by)
                if every.low > 0:
                    what = f"`{every_text(item.every)}` became `{every_text(every)}`"
                    changed = _with(position, part, item.id, replace(item, every=every))
                    where = f"the {part} {item.id}"
                    yield Mutant(item.place, where, what, frozenset(), changed, frozenset(), seen=False)


# --- what a change can reach ---


def outputs_of(site: Site, position: Position) -> frozenset[tuple[str, str]]:
    """Return the answers that the condition of a site can change."""
    if site.part == "position":
        return frozenset({("position", "applies")})
    if site.part in ("cautions", "monitoring"):
        return frozenset({(site.part, site.name)})
    if site.part == "dosing":
        return frozenset(("rules", r.id) for r in position.recommendations.values() if r.dose == site.name)
    if site.part == "recommendations":
        return frozenset(("rules", name) for name in _yielding(site.name, position))
    own = {("grades", site.name)} if site.part == "grades" else set()
    return frozenset(own | {output for user in _users(site, position) for output in outputs_of(user, position)})


def _users(site: Site, position: Position) -> list[Site]:
    """Return the places, criteria aside, whose conditions rest on a criterion or a grade."""
    users = [s for s in sites_of(position) if (site.part, site.name) in _used(s.condition, position)]
    return [s for s in users if s.part != "criteria" and (s.part, s.name) != (site.part, site.name)]


def about(site: Site, position: Position) -> frozenset[tuple[str, str]]:
    """Return what an example has to state to speak of the condition of a site, by the keys of `expect`."""
    if site.part == "criteria":
        return frozenset(found for user in _users(site, position) for found in about(user, position))
    key = "emphasis" if site.key == "especially_when" else "dose" if site.part == "dosing" else None
    outputs = outputs_of(site, position)
    return frozenset((key, name) for _, name in outputs) if key else outputs


def _yielding(name: str, position: Position) -> set[str]:
    """Return a rule and the rules that yield to it, on to the last."""
    found = {name}
    while more := {r.id for r in position.recommendations.values() if set(r.unless) & found} - found:
        found |= more
    return found


def _used(condition: Condition, position: Position) -> set[tuple[str, str]]:
    """Return the criteria and grades that a condition names, and those that these name."""
    found: set[tuple[str, str]] = set()
    for line in lines_of(condition):
        if isinstance(line, Named):
            found |= {("criteria", line.criterion)} | _used(position.criteria[line.criterion].when, position)
        if isinstance(line, GradeIs):
            grade = position.grades[line.grade]
            found.add(("grades", line.grade))
            for part in (grade.when, *(band.when for band in grade.bands)):
                found |= _used(part, position) if part is not None else set()
    return found


def narrowed(position: Position, outputs: frozenset[tuple[str, str]]) -> Position:
    """Return a position with no more than some of its answers rest on."""
    rules = {name for part, name in outputs if part == "rules"}
    while more := {other for name in rules for other in position.recommendations[name].unless} - rules:
        rules |= more
    doses = _with_what_follows({name for rule in rules if (name := position.recommendations[rule].dose)}, position)
    slim = replace(
        position,
        grades={name: g for name, g in position.grades.items() if ("grades", name) in outputs},
        recommendations={name: r for name, r in position.recommendations.items() if name in rules},
        dosing={name: d for name, d in position.dosing.items() if name in doses},
        cautions={name: c for name, c in position.cautions.items() if ("cautions", name) in outputs},
        monitoring={name: m for name, m in position.monitoring.items() if ("monitoring", name) in outputs},
        silent={},
        criteria={},
    )
    used = {found for site in sites_of(slim) for found in _used(site.condition, position)}
    return replace(
        slim,
        criteria={name: c for name, c in position.criteria.items() if ("criteria", name) in used},
        grades={name: g for name, g in position.grades.items() if name in slim.grades or ("grades", name) in used},
    )


def _with_what_follows(doses: set[str], position: Position) -> set[str]:
    """Return doses with those that follow them and those to choose from instead, which are worked out with them."""
    found = set(doses)
    while (
        more := {
            other
            for name in found
            for other in (position.dosing[name].then, *position.dosing[name].alternatives)
            if other
        }
        - found
    ):
        found |= more
    return found


# --- a record that tells two positions apart ---


class _Answer(NamedTuple):
    """An answer as an example can state it, what of it no example can state, and what could still change it."""

    value: Any
    settled: bool
    missing: list[str]
    hidden: Any = None
    asked: tuple[str, ...] = ()


def _answers(result: PositionResult, output: tuple[str, str]) -> list[_Answer]:
    part, name = output
    if part == "position":
        open_ = missing(result.applies_step) if result.applies_step else []
        return [_Answer(result.applies, result.applies != UNKNOWN, open_)]
    if part == "grades":
        grade = result.grades[name]
        bounds = (grade.at_least, grade.at_most)
        return [_Answer(grade.value, grade.value != "unknown", grade.missing, bounds)]
    if part == "rules":
        return _answers_of_rule(result.rules[name])
    listed: Sequence[CautionResult | MonitoringResult] = result.cautions if part == "cautions" else result.monitoring
    found = next(each for each in listed if each[0].id == name)
    return [_Answer(found.holds, found.holds != UNKNOWN, found.missing)]


def _answers_of_rule(rule: RuleResult) -> list[_Answer]:
    sure, emphasised = rule.holds != UNKNOWN, rule.emphasis != UNKNOWN
    given = rule.dose is not None
    return [
        _Answer(rule.holds, sure, rule.missing_holds, asked=tuple(sorted(rule.missing))),
        _Answer(rule.emphasis, emphasised, [*rule.missing_holds, *rule.missing_emphasis]),
        _Answer(_grams(rule.dose), sure and not rule.missing_dose, [*rule.missing_holds, *rule.missing_dose], given),
    ]


def _grams(dose: Dose | None) -> Range | None:
    return None if dose is None or dose.amount is None or not dose.unit else dose.amount.scaled(UNITS[dose.unit].factor)


_Unlike = Callable[[_Answer, _Answer], bool]
_VISIBLE: tuple[_Unlike, ...] = (
    lambda x, y: x.settled and y.settled and x.value != y.value,  # one says yes and the other no
    lambda x, y: x.value != y.value,  # one of them is open
    lambda x, y: x.asked != y.asked,  # they ask for other facts
)


def tell_apart(
    a: Position,
    b: Position,
    outputs: frozenset[tuple[str, str]],
    facts: Mapping[str, Fact],
    unlike: Sequence[_Unlike] = _VISIBLE,
) -> Search:
    """Return a record for which two positions give answers that an example can tell apart, the plainest kind first."""
    slim = [narrowed(position, outputs) for position in (a, b)]
    compiled = [compile_position(position, facts) for position in slim]
    lines = [line for position in slim for site in sites_of(position) for line in lines_of(site.condition)]
    whole = True
    for differ in unlike:
        found = search(partial(_differ, compiled, sorted(outputs), differ), Values(lines, facts), facts)
        whole = whole and found.whole
        if found.record is not None:
            return found
    return Search(None, whole)


def tells_apart(position: Position, mutant: Mutant, facts: Mapping[str, Fact], findings: Findings) -> bool:
    """Return whether an example with these findings can tell a mutant from its position."""
    compiled = [compile_position(each, facts) for each in (position, mutant.position)]
    return any(_differ(compiled, sorted(mutant.outputs), unlike, findings)[0] == YES for unlike in _VISIBLE[:2])


def _differ(
    compiled: Sequence[CompiledPosition], outputs: Sequence[tuple[str, str]], unlike: _Unlike, findings: Findings
) -> Want:
    """Return whether two positions answer unlike each other, and what could still make them."""
    results = [evaluate_position(each, findings) for each in compiled]
    pairs = [pair for output in outputs for pair in zip(*(_answers(r, output) for r in results), strict=True)]
    if any(unlike(x, y) for x, y in pairs):
        return YES, []
    open_ = [each for pair in pairs if not (pair[0].settled and pair[1].settled) for each in pair]
    return (UNKNOWN if open_ else NO), list(dict.fromkeys(name for each in open_ for name in each.missing))


# --- running the examples against the changes ---


def first_to_notice(compiled: CompiledPosition, worked: Sequence[Worked]) -> str | None:
    """Return the title of the first example that does not come out as expected, or None."""
    for each in worked:
        result = evaluate_position(compiled, each.findings)
        if any(True for _ in examples._mismatches(each.example, result, each.decision)):
            return each.example.title
    return None


def mutate(
    compiled: CompiledPosition,
    facts: Mapping[str, Fact],
    worked: Sequence[Worked],
    progress: Progress = lambda _: None,
) -> Mutation:
    """Return what becomes of every small change of a position; examples that fail without any are left out."""
    position = compiled.position
    sound = [each for each in worked if each.as_expected]
    found = []
    mutants = mutants_of(position, facts)
    for count, mutant in enumerate(mutants, 1):
        progress(f"{position.address} (change {count} of {len(mutants)})")
        found.append(_outcome(mutant, position, facts, sound))
    return Mutation(position.address, len(worked), tuple(found))


def _outcome(mutant: Mutant, position: Position, facts: Mapping[str, Fact], worked: Sequence[Worked]) -> Outcome:
    if not mutant.seen:
        return Outcome(mutant, "unseen")
    by = first_to_notice(compile_position(mutant.position, facts), worked)
    if by is not None:
        return Outcome(mutant, "killed", by)
    found = tell_apart(position, mutant.position, mutant.outputs, facts)
    if found.record is not None or not found.whole:
        return Outcome(mutant, "survived", None, found.record)
    hidden = tell_apart(position, mutant.position, mutant.outputs, facts, [lambda x, y: x.hidden != y.hidden])
    return Outcome(mutant, "equivalent" if hidden.record is None and hidden.whole else "unseen")


# --- for the command ---


def report(checked: Report, progress: Progress = lambda _: None) -> list[Mutation]:
    """Return the mutation score of every position that a report is about."""
    library = checked.library
    found = []
    for compiled, file in positions_of(checked):
        assert library is not None
        found.append(mutate(compiled, library.facts, work_out(file, library), progress))
    progress("")
    return found


def as_text(found: Sequence[Mutation], shown: Callable[[Place], str] = str) -> str:
    """Return the scores for a terminal: a line for each position, and below it the changes that no example notices."""
    return "\n".join(line for each in found for line in _lines(each, shown))


def _lines(mutation: Mutation, shown: Callable[[Place], str]) -> Iterator[str]:
    part, whole = mutation.counts
    left_out = [
        f"{len(outcomes)} {words}"
        for outcomes, words in (
            (mutation.of("equivalent"), "that change no answer"),
            (mutation.of("unseen"), "of which no example can speak"),
        )
        if outcomes
    ]
    score = f"{part} of {whole} changes noticed ({percent(part, whole)})"
    yield "; ".join([f"{mutation.address}: {score}", *left_out])
    for outcome in mutation.of("survived"):
        yield f"  {shown(outcome.mutant.place)}: {outcome.words}"


def as_data(found: Sequence[Mutation], path: Callable[[Place], str] = lambda place: place.file) -> list[dict[str, Any]]:
    """Return the scores as plain data for programs."""
    return [
        {
            "position": each.address,
            "examples": each.examples,
            "noticed": each.counts[0],
            "of": each.counts[1],
            "changes": [_outcome_data(outcome, path) for outcome in each.outcomes],
        }
        for each in found
    ]


def _outcome_data(outcome: Outcome, path: Callable[[Place], str]) -> dict[str, Any]:
    mutant = outcome.mutant
    return {
        "file": path(mutant.place),
        "line": mutant.place.line,
        "column": mutant.place.column,
        "where": mutant.where,
        "what": mutant.what,
        "state": outcome.state,
        "by": outcome.by,
        "record": outcome.record,
    }
