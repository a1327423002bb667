"""Drift: where the words of a rule and its lines no longer say the same numbers.

Each number with a unit in `says`, and each bare one with a direction word (9 or below), is looked for among the
numbers of the same part: its lines (those of the criteria and grades it names included), its dose, its interval. The
other way round, each number of a part's own lines, of the criteria it names, of its dose, interval and end, is looked
for in `says`. Units are converted (4 g/L is 400 mg/dL; 12 months are a year; 90 days are not 3 months). Where words
give a direction (`below`, `at least`, `or more`, `within`, `after`, `between a and b`), it must be that of the line; a
line under `none:` counts the other way round, and a table may speak of the other side of its number too.

A number that only the lines have is in order where the `reading` of the part or of the criterion, or its title, names
it: adults are 18 years and over because the editor says so. Everything else that is meant to stand on one side only
is declared under `drift:` with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from .errors import Place, Problem
from .model import (
    AgeComparison,
    Comparison,
    Condition,
    CountOf,
    Dosing,
    DriftException,
    Fact,
    GradeIs,
    Group,
    Line,
    Named,
    Position,
    Span,
    TimeSince,
)
from .quantity import EXACT, UNITS, WORDS, Range, exactly, factor, plain, spoken

KINDS = {"only-in-words": "error", "only-in-rule": "error", "direction": "error", "needless-exception": "warning"}

_NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "="}


@dataclass(frozen=True, slots=True)
class Drift:
    """One number on which words and rule differ: where, of which kind, what, and how to mend it.

    `part` is the path of the part in its file, as in (recommendations, low-igg-early); its `says` stands below it.
    """

    place: Place
    kind: str
    sentence: str
    remedy: str
    part: tuple[str, ...]

    @property
    def severity(self) -> str:
        """Return how grave it is: an error should stop publication."""
        return KINDS[self.kind]

    @property
    def problem(self) -> Problem:
        """Return it as the problem that `check` prints."""
        return Problem(self.place, self.sentence, self.remedy, "error" if self.severity == "error" else "warning")


def drift(position: Position, facts: Mapping[str, Fact]) -> list[Drift]:
    """Return where the words and the numbers of a position differ, in the order of its file."""
    found = dict.fromkeys(each for part in _parts(position, facts) for each in _compare(part))
    return sorted(found, key=lambda each: (each.place, each.kind, each.sentence))


# --- what is compared ---


class _Number(NamedTuple):
    """A number of the rule: every way in which it may be written, its operator (None: no direction), where it stands."""

    written: tuple[tuple[Decimal, str | None], ...]
    operator: str | None
    place: Place
    text: str
    excused_by: str = ""  # words that may name it instead of `says`


class _Part(NamedTuple):
    """A part of a position with words of its own."""

    path: tuple[str, ...]
    place: Place
    says: str
    reading: str
    own: tuple[_Number, ...]
    also: tuple[_Number, ...]
    exceptions: tuple[DriftException, ...]
    both_sides: bool = False


def _parts(position: Position, facts: Mapping[str, Fact]) -> Iterator[_Part]:
    lines = _Lines(position, facts)
    scope = tuple(lines.numbers(position.applies_when))
    about = position.reading or ""
    for grade in position.grades.values():
        own = [number for when in (grade.when, *(band.when for band in grade.bands)) for number in lines.numbers(when)]
        words = f"{grade.title} {grade.reading or ''} {about}"
        if grade.says:
            path = ("grades", grade.id)
            yield _Part(path, grade.place, grade.says, words, tuple(own), scope, grade.drift, both_sides=True)
    for rule in position.recommendations.values():
        own = [*lines.numbers(rule.when), *lines.numbers(rule.especially_when)]
        dosing = position.dosing.get(rule.dose or "")
        dose = _dose_numbers(dosing, lines) if dosing else []
        also = [*scope, *dose, *lines.of_grades(rule.when), *lines.of_grades(rule.especially_when)]
        if dosing and not dosing.says:
            own, also = [*own, *dose], [*scope]
        path, words = ("recommendations", rule.id), f"{rule.reading or ''} {about}"
        yield _Part(path, rule.place, rule.says, words, tuple(own), tuple(also), rule.drift)
    for dosing in position.dosing.values():
        if dosing.says:
            also = [*scope, *lines.numbers(dosing.when)]
            path, words = ("dosing", dosing.id), f"{dosing.reading or ''} {about}"
            own = _dose_numbers(dosing, lines)
            yield _Part(path, dosing.place, dosing.says, words, tuple(own), tuple(also), dosing.drift)
    for each in position.monitoring.values():
        own = [*lines.numbers(each.when), *_span(each.every, each.place), *_span(each.length, each.place)]
        path, words = ("monitoring", each.id), f"{each.reading or ''} {about}"
        yield _Part(path, each.place, each.says, words, tuple(own), scope, each.drift)
    for caution in position.cautions.values():
        path, words = ("cautions", caution.id), f"{caution.reading or ''} {about}"
        own = list(lines.numbers(caution.when))
        yield _Part(path, caution.place, caution.says, words, tuple(own), scope, caution.drift)


def _dose_numbers(dosing: Dosing, lines: _Lines) -> list[_Number]:
    return [
        *_given(dosing.give, dosing.give_unit, dosing.place),
        *_span(dosing.every, dosing.place),
        *_span(dosing.over, dosing.place),
        *_span(dosing.length, dosing.place),
        *_given(dosing.at_most, dosing.at_most_unit, dosing.place),
        *_given(None if dosing.round_to is None else exactly(dosing.round_to), dosing.round_unit, dosing.place),
        *lines.numbers(dosing.until),
    ]


def _given(give: Range | None, unit: str | None, place: Place) -> Iterator[_Number]:
    for end in dict.fromkeys((give.low, give.high)) if give else ():
        if end is not None:
            yield _Number(((end, unit),), None, place, _amount(end, unit))


def _span(span: Span | None, place: Place) -> Iterator[_Number]:
    for end in dict.fromkeys((span.low, span.high)) if span else ():
        yield _Number(
            ((Decimal(end), span.unit if span else None),),
            None,
            place,
            _amount(Decimal(end), span.unit if span else None),
        )


class _Lines:
    """Reads the numbers off conditions, criteria included."""

    def __init__(self, position: Position, facts: Mapping[str, Fact]) -> None:
        self.position, self.facts = position, facts

    def numbers(self, condition: Condition | None, *, turned: bool = False, excused_by: str = "") -> Iterator[_Number]:
        """Yield the numbers of a condition, the operators of what must not hold turned round."""
        if isinstance(condition, Group):
            for part in condition.parts:
                yield from self.numbers(part, turned=turned != (condition.join == "none"), excused_by=excused_by)
        elif isinstance(condition, Named):
            criterion = self.position.criteria[condition.criterion]
            words = f"{criterion.title or ''} {criterion.reading or ''}"
            yield from self.numbers(criterion.when, turned=turned, excused_by=f"{excused_by} {words}")
        elif condition is not None and not isinstance(condition, GradeIs):
            for number in self._of_line(condition):
                operator = _NEGATED[number.operator] if turned and number.operator else number.operator
                yield number._replace(operator=operator, excused_by=excused_by)

    def of_grades(self, condition: Condition | None) -> Iterator[_Number]:
        """Yield the numbers of the grades that a condition names: words may use them, and need not."""
        if isinstance(condition, Group):
            for part in condition.parts:
                yield from self.of_grades(part)
        elif isinstance(condition, Named):
            yield from self.of_grades(self.position.criteria[condition.criterion].when)
        elif isinstance(condition, GradeIs):
            for band in self.position.grades[condition.grade].bands:
                yield from (number._replace(operator=None) for number in self.numbers(band.when))

    def _of_line(self, line: Line) -> Iterator[_Number]:
        if isinstance(line, Comparison):
            own = self.facts[line.fact].unit
            written = [(line.number, line.unit)]
            if line.threshold.exact is not None:
                written.append((line.threshold.exact, own or ""))
            yield _Number(tuple(written), line.operator, line.place, _amount(line.number, line.unit))
        elif isinstance(line, AgeComparison | TimeSince):
            number = Decimal(line.number)
            yield _Number(((number, line.unit),), line.operator, line.place, _amount(number, line.unit))
        elif isinstance(line, CountOf):
            if not (line.operator == ">=" and line.number == 1) and line.number > 0:
                yield _Number(((Decimal(line.number), None),), line.operator, line.place, str(line.number))
            yield from _span(line.within, line.place)


def _amount(number: Decimal, unit: str | None) -> str:
    return plain(number) if unit is None else f"{plain(number)} {spoken(unit, number)}"


# --- numbers in words ---


class _Mention(NamedTuple):
    """A number in words, its unit where it has one, the operators that its direction words allow."""

    number: Decimal
    unit: str | None
    allowed: frozenset[str] | None
    text: str


_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_SPELLED = {word: number for number, word in enumerate(_WORDS, start=1)}
_UNIT_WORDS = {**WORDS, **{code: code for code in UNITS if code != "1"}, "kg/m²": "kg/m2", "year-old": "a", "°C": "Cel"}
_UNIT = "|".join(re.escape(word) for word in sorted(_UNIT_WORDS, key=len, reverse=True))
_NUM = r"(?:\d+(?:\.\d+)?|\b(?i:" + "|".join(_SPELLED) + r")\b)"
_NUMBERS = re.compile(
    rf"(?<![\w.\-/])(?:(?P<day>days?)\s+)?(?P<low>{_NUM})(?:\s*(?P<to>-|–|to|and)\s*(?P<high>{_NUM}))?(?![\d.]*\d)"
    rf"(?:\s*(?P<unit>{_UNIT})(?:(?=/(?:day|week|month|dose|d|wk|mo)\b)|(?![\w/])))?"
)
_EVERY = re.compile(
    r"\b(?:(?:every|each|per|last|past|first) (?P<one>day|week|month|year)\b|(?P<ly>daily|weekly|monthly|yearly|annually))"
    r"|(?<=[a-z0-9])/(?P<per>day|week|month|d|wk|mo)\b"
)
_LY = {"daily": "d", "weekly": "wk", "monthly": "mo", "yearly": "a", "annually": "a"}
# The words right before a number, the longer ones first, and the operators that they stand for.
_BEFORE: tuple[tuple[str, str], ...] = (
    (
        r"not (?:below|under|less than|fewer than|younger than)|no (?:less|fewer) than|at least|at or (?:above|over)|minimum of|from|starting(?: at| from)?",
        ">=",
    ),
    (
        r"not (?:above|over|more than|exceeding)|no more than|at most|at or (?:below|under)|up to|maximum of|within(?: the)?(?: first| last| past)?|(?:in|during|for) the (?:first|last|past)|(?:the )?first",
        "<=",
    ),
    (r"below|under|less than|lower than|younger than|fewer than|earlier than|before", "<"),
    (
        r"above|over|more than|greater than|higher than|older than|exceeding|exceeds|beyond|after|later than|longer than",
        ">",
    ),
    (r"<=|≤", "<="),
    (r">=|≥", ">="),
    (r"<", "<"),
    (r">", ">"),
    (r"exactly|=", "="),
)
_BEFORE_READ = tuple(
    (re.compile(rf"(?:^|(?<=[\s(\[,;:]))(?:{words})\s*(?:the |about |of |age |an? )*$", re.IGNORECASE), operator)
    for words, operator in _BEFORE
)
_OLD = r"(?:\s+(?:of age|old))?\s+(?:or|and)\s+"
_AFTER_READ = (
    (re.compile(_OLD + r"(?:less|below|lower|fewer|under|younger|smaller|earlier)\b(?! than)"), "<="),
    (re.compile(_OLD + r"(?:more|above|over|higher|greater|older|later|longer|upwards)\b(?! than)"), ">="),
)
_NOT_A_NUMBER = re.compile(r"(?:grade|table|figure|type|step|page|phase|part)s?\s+$", re.IGNORECASE)
_PERIOD_AFTER = re.compile(r"\s+(?:after|from|following)\b")
_LOW, _HIGH = frozenset({">", ">="}), frozenset({"<", "<="})


def _mentions(text: str) -> Iterator[_Mention]:
    """Yield the numbers of a text that have a unit or a direction."""
    text = " ".join(text.split())
    for found in _NUMBERS.finditer(text):
        before, after = text[: found.start()], text[found.end() :]
        if not _NOT_A_NUMBER.search(before):
            yield from _read(found, before, after)
    for found in _EVERY.finditer(text.lower()):
        word = found["one"] or found["per"]
        unit = WORDS.get(word, word) if word else _LY[found["ly"]]
        yield _Mention(Decimal(1), unit, frozenset(), found[0])


def _read(found: re.Match[str], before: str, after: str) -> Iterator[_Mention]:
    unit = _UNIT_WORDS[found["unit"]] if found["unit"] else "d" if found["day"] else None
    direction = _direction(before, after, unit)
    between = bool(re.search(r"\b(?:between|from)\s+$", before, re.IGNORECASE))
    if found["high"] and (found["to"] != "and" or between):
        shown = found[0].strip()
        yield _Mention(_value(found["low"]), unit, _LOW, shown)
        yield _Mention(_value(found["high"]), unit, _HIGH, shown)
        return
    if found["high"]:  # 400 and 600: two numbers
        yield from _single(found["low"], unit, _direction(before, "", unit), found[0])
    yield from _single(found["high"] or found["low"], unit, direction, found[0])


def _single(digits: str, unit: str | None, direction: str | None, text: str) -> Iterator[_Mention]:
    if unit is not None or (direction is not None and digits.lower() != "one"):
        yield _Mention(_value(digits), unit, None if direction is None else frozenset({direction}), text.strip())


def _value(digits: str) -> Decimal:
    return Decimal(_SPELLED.get(digits.lower(), digits))


def _direction(before: str, after: str, unit: str | None) -> str | None:
    for pattern, operator in _AFTER_READ:
        if pattern.match(after):
            return operator
    for pattern, operator in _BEFORE_READ:
        if pattern.search(before):
            return operator
    calendar = unit is not None and UNITS[unit].dimension in ("time", "calendar time")
    return "<=" if calendar and re.search(r"\bfor\s+$", before) and _PERIOD_AFTER.match(after) else None


# --- comparing ---


def _compare(part: _Part) -> Iterator[Drift]:
    mentions = list(_mentions(part.says))
    used: set[DriftException] = set()
    for mention in mentions:
        found = _only_in_words(part, mention)
        if found:
            yield from _unless_declared(part, [(mention.number, mention.unit)], found, used)
    for number in part.own:
        missing = _only_in_rule(part, number, mentions)
        if missing:
            yield from _unless_declared(part, number.written, missing, used)
    for exception in part.exceptions:
        if exception not in used:
            yield Drift(
                exception.place,
                "needless-exception",
                f"`drift` excuses {_amount(exception.number, exception.unit)}, and words and rule agree on it.",
                "Delete it.",
                part.path,
            )


def _unless_declared(
    part: _Part, written: Iterable[tuple[Decimal, str | None]], found: Drift, used: set[DriftException]
) -> Iterator[Drift]:
    excused = [e for e in part.exceptions if any(_same((e.number, e.unit), each) for each in written)]
    used.update(excused)
    if not excused:
        yield found


def _only_in_words(part: _Part, mention: _Mention) -> Drift | None:
    """Return the drift of a number in words that no line has, or none with this direction."""
    if mention.allowed == frozenset():
        return None  # `monthly` may be said without an interval
    numbers = [number for number in (*part.own, *part.also) if _is(mention, number)]
    shown = _amount(mention.number, mention.unit)
    if not numbers:
        return Drift(
            part.place,
            "only-in-words",
            f"`says` of `{part.path[-1]}` has {shown} (“{mention.text}”), and no line of it does.",
            "Mend the words or the line; or declare the number under `drift:` with the reason.",
            part.path,
        )
    if any(_fits(mention, number, both_sides=part.both_sides) for number in numbers):
        return None
    number = numbers[0]
    return Drift(
        number.place,
        "direction",
        f"`says` of `{part.path[-1]}` has “{_in_words(mention)}” of {shown}, and the line has `{number.operator}`.",
        "Mend the words or the operator of the line; or declare the number under `drift:` with the reason.",
        part.path,
    )


def _only_in_rule(part: _Part, number: _Number, mentions: list[_Mention]) -> Drift | None:
    """Return the drift of a number of the rule that the words do not have, unless a reading or title names it."""
    named = [mention for mention in mentions if _is(mention, number)]
    if not named:
        if any(_is(mention, number) for mention in _mentions(f"{part.reading} {number.excused_by}")):
            return None
        return Drift(
            number.place,
            "only-in-rule",
            f"The rule `{part.path[-1]}` has {number.text}, and its `says` does not.",
            "Mend the words or the line; or say in `reading:` where the number comes from.",
            part.path,
        )
    directed = [mention for mention in named if mention.allowed]
    if part.both_sides and directed and not any(_fits(mention, number, both_sides=False) for mention in directed):
        return Drift(
            number.place,
            "direction",
            f"`says` of `{part.path[-1]}` has “{_in_words(directed[0])}” of {number.text}, and the line has `{number.operator}`.",
            "Mend the words or the operator of the line.",
            part.path,
        )
    return None


_SAID = {"<": "below", "<=": "at most", ">": "above", ">=": "at least", "=": "exactly"}


def _in_words(mention: _Mention) -> str:
    if mention.allowed in (_LOW, _HIGH):
        return "from" if mention.allowed == _LOW else "up to"
    return " or ".join(_SAID[operator] for operator in sorted(mention.allowed or ()))


def _is(mention: _Mention, number: _Number) -> bool:
    return any(
        _same((mention.number, mention.unit), each) or (mention.unit is None and mention.number == each[0])
        for each in number.written
    )


def _same(a: tuple[Decimal, str | None], b: tuple[Decimal, str | None]) -> bool:
    """Return whether two amounts are the same, whatever their units."""
    if a[1] is None or b[1] is None:
        return a == b
    by = factor(UNITS[a[1]], UNITS[b[1]])
    return by is not None and EXACT.multiply(a[0], by) == b[0]


def _fits(mention: _Mention, number: _Number, *, both_sides: bool) -> bool:
    if not mention.allowed or number.operator is None:
        return True
    return number.operator in mention.allowed or (both_sides and _NEGATED[number.operator] in mention.allowed)


__all__ = ["KINDS", "Drift", "drift"]
