"""The closed set of line forms, in one place: a line of a rule becomes a typed condition.

    serious_bacterial_infection                       a yes-no fact
    igg <= 400 mg/dL                                  a quantity against a number with its unit
    igg < igg_lower_limit_mayo                        a quantity against another fact
    age >= 18 years                                   an age, counted in completed units
    car_t_target is cd19                              one option of a choice
    car_t_product is one of a, b                      several options of a choice
    icans is at least grade-2                         a grade of the same position
    time since car_t_infusion <= 90 days              calendar time since an event
    car_t_infusion is planned                         an event still to come
    count of serious infection in the last 12 months >= 2
    car_t_infusion is recorded                        whether the record holds it at all
    infection-burden                                  a criterion of the same position

No `and`, `or`, `not`, no precedence: joining is done by `all`, `any`, `none` around the lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher, get_close_matches

from .errors import Place, Problem
from .model import (
    AgeComparison,
    Comparison,
    CountOf,
    Fact,
    FactComparison,
    GradeIs,
    IsOption,
    Line,
    Named,
    Planned,
    Recorded,
    Span,
    TimeSince,
    YesNo,
)
from .quantity import (
    OPERATORS,
    UNITS,
    Operator,
    converted,
    exactly,
    factor,
    number_text,
    plain,
    read_number,
    spoken,
    unit_named,
)


@dataclass(frozen=True, slots=True)
class FormOfLine:
    """One form of the closed set, as the reference page and the editor's hover print it."""

    form: str
    example: str
    means: str


FORMS: tuple[FormOfLine, ...] = (
    FormOfLine("yes_no_fact", "serious_bacterial_infection", "The fact is yes."),
    FormOfLine(
        "fact <op> number unit",
        "igg <= 400 mg/dL",
        "The quantity compares so; the operators are < <= > >= and =, the number always has its unit.",
    ),
    FormOfLine("age <op> number unit", "age >= 18 years", "The age in completed years, months, weeks or days."),
    FormOfLine(
        "fact <op> other_fact", "igg < igg_lower_limit_mayo", "Two quantities of the same dimension compare so."
    ),
    FormOfLine("fact is option", "car_t_target is cd19", "The choice is this option."),
    FormOfLine(
        "fact is one of a, b",
        "car_t_product is one of tisagenlecleucel, axicabtagene_ciloleucel",
        "The choice is one of these options.",
    ),
    FormOfLine("grade is band", "hypogammaglobulinaemia is severe", "The grade of this position is this band."),
    FormOfLine("grade is at least band", "icans is at least grade-2", "The grade is this band or a worse one."),
    FormOfLine(
        "time since event <op> n unit",
        "time since car_t_infusion <= 90 days",
        "Calendar time from the event to the date of evaluation; bounds are inclusive as written; no for an event to come.",
    ),
    FormOfLine("event is planned", "car_t_infusion is planned", "The event lies after the date of evaluation."),
    FormOfLine(
        "count of [choice …] events [in the last n unit] <op> n",
        "count of serious bacterial infection in the last 12 months >= 2",
        "So many events of the list, narrowed by the words before its name.",
    ),
    FormOfLine("fact is recorded", "car_t_infusion is recorded", "The record holds the fact."),
    FormOfLine("criterion-name", "infection-burden", "The criterion of this position holds."),
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that a line may use: facts, and the position's own grades (with bands) and criteria."""

    facts: Mapping[str, Fact]
    grades: Mapping[str, tuple[str, ...]]
    criteria: Iterable[str]

    @property
    def names(self) -> list[str]:
        """Return every name a line may begin with."""
        return [*self.facts, *self.grades, *self.criteria]


class _Wrong(Exception):
    def __init__(self, at: int, what: str, remedy: str) -> None:
        self.at, self.what, self.remedy = at, what, remedy


_OPERATOR = r"(?P<op><=|>=|=<|=>|==|!=|<>|≤|≥|<|>|=)"
_ANY_OPERATOR = re.compile(r"<=|>=|=<|=>|==|!=|<>|≤|≥|<|>|=")
_NUMBER = r"(?P<number>[-+]?[\d.,]*\d[\d.,]*)"
_TIME_SINCE = re.compile(r"time since (?P<fact>\S+)\s*" + _OPERATOR + r"\s*" + _NUMBER + r"\s*(?P<unit>.*)")
_COUNT = re.compile(
    r"count of (?P<words>[^<>=≤≥!]+?)(?: in the last (?P<span>[^\s<>=≤≥!]+)(?P<span_unit>[^<>=≤≥!]*?))?\s*"
    + _OPERATOR
    + r"\s*(?P<number>.*)"
)
_COMPARED = re.compile(r"(?P<fact>[^\s<>=≤≥!]+)\s*" + _OPERATOR + r"\s*(?P<right>.*)")
_IS = re.compile(r"(?P<name>\S+) is (?P<what>.+)")
_MENDED_OPERATOR = {"=<": "<=", "=>": ">=", "==": "=", "≤": "<=", "≥": ">="}


_IN_WORDS = {
    "<=": "at most|no more than|not more than|up to|not above",
    ">=": "at least|no less than|not less than|not below",
    "<": "less than|lower than|smaller than|fewer than|younger than|below|under",
    ">": "more than|greater than|higher than|older than|above|over|exceeds",
    "=": "equals|equal to|exactly",
}
_OPERATOR_IN_WORDS = re.compile(
    r"(?P<since>time since )?(?P<fact>\S+) (?:is )?(?P<words>" + "|".join(_IN_WORDS.values()) + r")(?: (?P<rest>.*))?",
    re.IGNORECASE,
)
_RANGE = re.compile(
    r"(?P<fact>\S+) (?:is |= ?)?(?:between |from )?(?P<low>\d[\d.,]*)(?P<low_unit>[^\d–—-]*?)\s*(?:-|–|—|\bto\b|\band\b)\s*"
    r"(?P<high>\d[\d.,]*)\s*(?P<unit>.*)"
)
_LOOKS_LIKE = str.maketrans("⩽⩾≦≧", "≤≥≤≥")
_CURLY = re.compile("[“”„‘’«»]")


def read_line(text: str, place: Place, words: Vocabulary) -> Line | Problem:
    """Return the condition that a line writes, or the one problem with it, its column inside the line."""
    try:
        return _read(text.strip().translate(_LOOKS_LIKE), place, words)
    except _Wrong as wrong:
        return Problem(place.along(len(text) - len(text.lstrip()) + wrong.at), wrong.what, wrong.remedy)


def _read(text: str, place: Place, words: Vocabulary) -> Line:
    _refuse_what_is_written_otherwise(text, words)
    if match := re.search(r"\s(and|or)\s", text, re.IGNORECASE):
        raise _Wrong(
            match.start(1),
            f"A line holds one comparison; `{match[1]}` is not used inside it.",
            f"Write two lines under `{'all' if match[1].lower() == 'and' else 'any'}:`.",
        )
    if match := re.match(r"(not|no)\s+|(?:\S+\s+)is\s+(not)\s+", text, re.IGNORECASE):
        at = match.start(1) if match[1] else match.start(2)
        raise _Wrong(at, f"`{match[1] or match[2]}` is not used in a line.", "Write the line without it under `none:`.")
    if re.match(r"time since\b", text):
        return _time_since(text, place, words)
    if re.match(r"count of\b", text):
        return _count(text, place, words)
    operators = list(_ANY_OPERATOR.finditer(text))
    if len(operators) > 1:
        raise _Wrong(
            operators[1].start(),
            "A line holds one comparison; here a second one begins.",
            "Write two lines under `all:`, each with the fact first, as in `igg > 400 mg/dL` and `igg < 600 mg/dL`.",
        )
    if operators:
        return _comparison(text, place, words)
    if match := _IS.fullmatch(text):
        return _is(match, text, place, words)
    return _single(text, place, words)


def _refuse_what_is_written_otherwise(text: str, words: Vocabulary) -> None:
    """Tell of what people write who know the meaning and not the form: curly quotes, ranges, operators in words."""
    if match := _CURLY.search(text):
        raise _Wrong(match.start(), f"A curly quote (`{match[0]}`) stands in this line.", "Delete the quotes.")
    match = _RANGE.fullmatch(text)
    if match and _is_quantity(match["fact"], words):
        name, unit = match["fact"], match["unit"] or match["low_unit"].strip()
        lines = [
            f"`{name} {sign} {match[end]} {unit}`".replace(" `", "`") for sign, end in ((">=", "low"), ("<=", "high"))
        ]
        raise _Wrong(
            len(name) + 1, "A range is two comparisons.", f"Write two lines under `all:`, {lines[0]} and {lines[1]}."
        )
    match = _OPERATOR_IN_WORDS.fullmatch(text)
    if match and (match["since"] or _is_quantity(match["fact"], words)):
        sign = next(sign for sign, said in _IN_WORDS.items() if match["words"].lower() in said.split("|"))
        amount = match["rest"] or ("90 days" if match["since"] else _example_amount(words.facts[match["fact"]]))
        raise _Wrong(
            match.start("words"),
            f"An operator is written as a sign, not in words (`{match['words']}`).",
            f"Write it as in `{match['since'] or ''}{match['fact']} {sign} {amount}`.",
        )


def _is_quantity(name: str, words: Vocabulary) -> bool:
    return name in words.facts and words.facts[name].kind == "quantity"


# --- the forms, one function each ---


def _single(text: str, place: Place, words: Vocabulary) -> Line:
    if text in words.criteria:
        return Named(text, place, text)
    first, _, rest = text.partition(" ")
    if rest and first in words.names:
        fact = _known(first, 0, words)
        raise _Wrong(len(text) - len(rest.lstrip()), f"This cannot be read after `{first}`.", _how_to_use(first, fact))
    fact = _known(text, 0, words)
    if isinstance(fact, Fact) and fact.kind == "yes-no":
        return YesNo(text, place, text)
    raise _Wrong(0, f"`{text}` alone is no condition: it is {_kind_named(fact)}.", _how_to_use(text, fact))


def _comparison(text: str, place: Place, words: Vocabulary) -> Line:
    match = _COMPARED.fullmatch(text)
    if not match:
        first = text.split(maxsplit=1)[0]
        what = (
            "The fact comes first, then the comparison." if first[0].isdigit() else "This line is not of a known form."
        )
        what = f"Nothing stands before `{text[0]}`." if text[0] in "<>=≤≥!" else what
        raise _Wrong(0, what, "Write it as in `igg <= 400 mg/dL`.")
    name, right, at = match["fact"], match["right"].strip(), match.start("right")
    if name[0].isdigit():
        raise _Wrong(0, "The fact comes first, then the comparison.", "Write it as in `igg <= 400 mg/dL`.")
    operator = _operator(match["op"], match.start("op"))
    fact = _quantity(name, 0, words)
    if not right:
        raise _Wrong(
            len(text),
            f"Nothing stands after `{operator}`.",
            f"Write a number with its unit, as in `{name} {operator} {_example_amount(fact)}`.",
        )
    if right[0].isdigit() or right[0] in "-+.":
        return _against_number(fact, operator, right, at, text, place)
    other = _quantity(right, at, words)
    by = factor(UNITS[other.unit or ""], UNITS[fact.unit or ""])
    if by is None:
        raise _Wrong(
            at,
            f"`{name}` is in {fact.unit} and `{right}` in {other.unit}: these do not compare.",
            "Compare facts of the same dimension.",
        )
    return FactComparison(text, place, name, operator, right, by)


def _against_number(fact: Fact, operator: Operator, right: str, at: int, text: str, place: Place) -> Line:
    digits_text, _, unit_text = right.partition(" ")
    digits = re.match(r"[-+]?[\d.,]+", digits_text)
    if digits and digits.end() < len(digits_text):  # 400mg/dL
        digits_text, unit_text = digits[0], digits_text[digits.end() :] + (" " + unit_text if unit_text else "")
    number = _decimal(digits_text, at)
    unit_text, unit_at = unit_text.strip() or "1" * (fact.unit == "1"), at + len(right) - len(unit_text.strip())
    if not unit_text:
        raise _Wrong(
            at + len(digits_text),
            "A number needs its unit.",
            f"Write it as in `{fact.name} {operator} {plain(number)} {spoken(fact.unit or '')}`.",
        )
    unit = unit_named(unit_text)
    own = UNITS[fact.unit or ""]
    if unit is None:
        raise _Wrong(unit_at, f"The unit `{unit_text}` is not known.", _unit_remedy(unit_text, fact))
    if fact.age_from and unit.code in ("a", "mo", "wk", "d"):
        if number != number.to_integral_value():
            raise _Wrong(
                at,
                "An age is counted in completed units, so its number is whole.",
                "Write months instead of parts of a year, as in `age >= 6 months`.",
            )
        if number < 0 or longer_than_a_life(int(number), unit.code):
            raise _Wrong(at, f"Nobody is {plain(number)} {unit_text} old.", "Correct the number, or its unit.")
        return AgeComparison(text, place, fact.name, operator, number, unit.code)
    threshold = converted(exactly(number), unit, own)
    if threshold is None and fact.analyte and unit.code == fact.analyte[0]:
        threshold = converted(exactly(number * fact.analyte[1]), UNITS[fact.analyte[2]], own)
    if threshold is None:
        raise _Wrong(
            unit_at,
            f"`{fact.name}` is given in {spoken(own.code)} ({own.dimension}), and {unit_text} is a unit of {unit.dimension}.",
            f"Use {spoken(own.code)} or a unit that converts to it.",
        )
    if fact.limits and fact.limits.within(threshold) is None:
        raise _Wrong(
            at,
            f"{plain(number)} {unit_text} lies outside the limits of `{fact.name}` ({number_text(fact.limits)} {spoken(own.code)}), so no record can reach it.",
            "Correct the number, or the limits in guidelines/facts/.",
        )
    return Comparison(text, place, fact.name, operator, number, unit.code, threshold)


def _time_since(text: str, place: Place, words: Vocabulary) -> Line:
    match = _TIME_SINCE.fullmatch(text)
    if not match:
        raise _Wrong(
            len("time since"),
            "This is not a complete `time since` line.",
            "Write it as in `time since car_t_infusion <= 90 days`.",
        )
    fact = _of_kind(match["fact"], match.start("fact"), words, "date")
    count = _whole(match["number"], match.start("number"))
    unit = _time_unit(match["unit"].strip(), match.start("unit"), match["number"])
    _not_too_long(count, unit, match.start("number"))
    return TimeSince(text, place, fact.name, _operator(match["op"], match.start("op")), count, unit)


def _count(text: str, place: Place, words: Vocabulary) -> Line:
    match = _COUNT.fullmatch(text)
    if not match:
        raise _Wrong(
            len("count of"),
            "This is not a complete `count of` line.",
            "Write it as in `count of serious infection in the last 12 months >= 2`.",
        )
    *choices, name = match["words"].split()
    name_at = match.start("words") + match["words"].rindex(name)
    fact = _of_kind(name, name_at, words, "events")
    within = None
    if match["span"]:
        count = _whole(match["span"], match.start("span"))
        unit = match["span_unit"].strip()
        unit_at = match.end("span_unit") - len(match["span_unit"].lstrip())
        within = Span(count, count, _time_unit(unit, unit_at if unit else match.end("span"), match["span"]))
        _not_too_long(count, within.unit, match.start("span"))
    where = _narrowed(choices, match, fact)
    operator = _operator(match["op"], match.start("op"))
    if not match["number"].strip():
        raise _Wrong(len(text), f"Nothing stands after `{operator}`.", f"Write a number, as in `{text.rstrip()} 2`.")
    number, *more = match["number"].split(maxsplit=1)
    if more:
        at = match.start("number") + len(match["number"]) - len(more[0])
        raise _Wrong(at, "A count is a bare number.", f"Delete `{more[0]}`.")
    return CountOf(text, place, name, where, within, operator, _whole(number, match.start("number")))


def _narrowed(choices: list[str], match: re.Match[str], fact: Fact) -> dict[str, str]:
    """Return which options the words before the events choose; of one field only one can be chosen."""
    where: dict[str, str] = {}
    at = match.start("words")
    for choice in choices:
        at = match.string.index(choice, at)
        name, option = _field_of(choice, at, fact)
        if name in where:
            raise _Wrong(
                at,
                f"`{where[name]}` and `{choice}` cannot both be said of one event.",
                "Write two lines, or leave one of the words out.",
            )
        where[name] = option
        at += len(choice)
    return where


def _is(match: re.Match[str], text: str, place: Place, words: Vocabulary) -> Line:
    name, what, at = match["name"], match["what"].strip(), match.start("what")
    if name in words.grades:
        or_worse = what.startswith("at least ")
        band = what.removeprefix("at least ").strip()
        _one_of(band, at + len(what) - len(band), words.grades[name], "band", f"the grade `{name}`")
        return GradeIs(text, place, name, band, or_worse)
    fact = _known(name, 0, words)
    if what == "recorded" and isinstance(fact, Fact):
        return Recorded(text, place, name)
    if what == "planned":
        return Planned(text, place, _of_kind(name, 0, words, "date").name)
    if not isinstance(fact, Fact) or fact.kind not in ("choice", "choices"):
        remedy = _how_to_use(name, fact)
        if isinstance(fact, Fact) and fact.kind == "yes-no" and what in ("no", "false"):
            remedy = f"Write `{name}` alone under `none:`."
        raise _Wrong(
            match.start("what") - len("is "), f"`is` does not go with `{name}`: it is {_kind_named(fact)}.", remedy
        )
    if re.match(r"at least\b", what):
        raise _Wrong(at, f"`at least` goes with grades, and `{name}` is a choice.", _how_to_use(name, fact))
    if not re.match(r"one of\b", what):
        _one_of(what, at, tuple(fact.options), "option", f"`{name}`")
        return IsOption(text, place, name, frozenset({what}))
    options: list[str] = []
    for part in re.finditer(r"[^,]+", what.removeprefix("one of").ljust(1)):
        option = part[0].strip()
        option_at = (
            at + len(what) - len(what.removeprefix("one of")) + part.start() + len(part[0]) - len(part[0].lstrip())
        )
        _one_of(option, option_at, tuple(fact.options), "option", f"`{name}`")
        options.append(option)
    return IsOption(text, place, name, frozenset(options))


# --- the parts of a line ---


def _known(name: str, at: int, words: Vocabulary) -> Fact | str:
    """Return the fact of that name, or the word `grade` or `criterion` for a name of the position."""
    if name in words.facts:
        return words.facts[name]
    if name in words.grades:
        return "grade"
    if name in words.criteria:
        return "criterion"
    meant = near(name, words.names)
    if " " in name and not meant:
        raise _Wrong(
            at,
            "This line is not of a known form.",
            "Write one comparison, as in `igg <= 400 mg/dL` or `car_t_target is cd19`.",
        )
    raise _Wrong(
        at,
        f"There is no fact, grade or criterion named `{name}`.",
        did_you_mean(meant) or "Facts are listed in guidelines/facts/.",
    )


def near(name: str, known: Iterable[str]) -> list[str]:
    """Return the known names that a misspelt one may stand for: the nearest, and others as near."""
    folded = {word.lower(): word for word in known}
    if name.lower() in folded:
        return [folded[name.lower()]]
    close = get_close_matches(name.lower(), folded, 4, 0.6)
    likeness = [SequenceMatcher(None, word, name.lower()).ratio() for word in close]
    return [folded[word] for word, like in zip(close, likeness, strict=True) if like >= max(likeness) - 0.001]


def did_you_mean(names: list[str]) -> str:
    """Return the question that offers these names, or nothing where there are none."""
    if not names:
        return ""
    *others, last = sorted(f"`{name}`" for name in names)
    return f"Did you mean {', '.join(others) + ' or ' if others else ''}{last}?"


def _of_kind(name: str, at: int, words: Vocabulary, kind: str) -> Fact:
    fact = _known(name, at, words)
    if not isinstance(fact, Fact) or fact.kind != kind:
        wanted = {"date": "a date fact (an event with a date)", "events": "a list of events"}[kind]
        raise _Wrong(at, f"`{name}` is {_kind_named(fact)}; {wanted} is wanted here.", _how_to_use(name, fact))
    return fact


def _quantity(name: str, at: int, words: Vocabulary) -> Fact:
    fact = _known(name, at, words)
    if not isinstance(fact, Fact) or fact.kind != "quantity":
        raise _Wrong(at, f"`{name}` is {_kind_named(fact)} and cannot be compared.", _how_to_use(name, fact))
    return fact


def _operator(text: str, at: int) -> Operator:
    for operator in OPERATORS:
        if text == operator:
            return operator
    mended = _MENDED_OPERATOR.get(text)
    raise _Wrong(
        at,
        f"`{text}` is not one of the operators < <= > >= =.",
        f"Write `{mended}`." if mended else "Write the line with `=` under `none:`.",
    )


def _decimal(text: str, at: int) -> Decimal:
    number = read_number(text)
    if number is None:
        remedy = (
            "Write thousands without a comma, and decimals with a point."
            if "," in text
            else "Write a number such as 400 or 0.5."
        )
        raise _Wrong(at, f"`{text}` is not a number.", remedy)
    return number


def _whole(text: str, at: int) -> int:
    number = _decimal(text, at)
    if number != number.to_integral_value() or number < 0:
        raise _Wrong(at, f"`{text}` must be a whole number.", "Use a smaller unit, as in `45 days`.")
    return int(number)


def _time_unit(text: str, at: int, number: str) -> str:
    if not text:
        raise _Wrong(at, "A number needs its unit.", f"Write it as in `{number} days`.")
    unit = unit_named(text)
    if unit is None or unit.dimension not in ("time", "calendar time"):
        raise _Wrong(at, f"`{text}` is not a unit of calendar time.", "Use days, weeks, months or years.")
    return unit.code


def longer_than_a_life(count: int, unit: str) -> bool:
    """Return whether a stretch of time is longer than anyone lives, as a number with a digit too many is."""
    return count > {"a": 130, "mo": 130 * 12, "wk": 130 * 53, "d": 130 * 366}[unit]


def _not_too_long(count: int, unit: str, at: int) -> None:
    if longer_than_a_life(count, unit):
        raise _Wrong(at, f"{count} {spoken(unit)} is longer than anyone lives.", "Correct the number, or its unit.")


def _one_of(word: str, at: int, allowed: tuple[str, ...], what: str, of: str) -> None:
    if word not in allowed:
        raise _Wrong(
            at,
            f"`{word}` is no {what} of {of}." if word else f"Nothing stands here; {what}s of {of} are wanted.",
            did_you_mean(near(word, allowed)) or f"There are: {', '.join(allowed)}.",
        )


def _field_of(choice: str, at: int, fact: Fact) -> tuple[str, str]:
    for name, options in fact.fields.items():
        if choice in options:
            return name, choice
    _one_of(
        choice,
        at,
        tuple(option for options in fact.fields.values() for option in options),
        "word",
        f"the events `{fact.name}`",
    )
    raise AssertionError("unreachable: the choice was found after all")


def _kind_named(fact: Fact | str) -> str:
    kind = fact.kind if isinstance(fact, Fact) else fact
    return {
        "quantity": "a quantity",
        "yes-no": "a yes-no fact",
        "choice": "a choice",
        "choices": "a choice",
        "date": "an event with a date",
        "events": "a list of events",
        "grade": "a grade",
        "criterion": "a criterion",
    }[kind]


def _how_to_use(name: str, fact: Fact | str) -> str:
    if not isinstance(fact, Fact):
        return f"Write `{name}` alone." if fact == "criterion" else f"Write it as in `{name} is at least ...`."
    return {
        "quantity": f"Compare it with a number, as in `{name} < {_example_amount(fact)}`.",
        "yes-no": f"Write `{name}` alone.",
        "choice": f"Write it as in `{name} is {next(iter(fact.options), '...')}`.",
        "choices": f"Write it as in `{name} is {next(iter(fact.options), '...')}`.",
        "date": f"Write it as in `time since {name} <= 90 days` or `{name} is recorded`.",
        "events": f"Write it as in `count of {name} >= 1`.",
    }[fact.kind]


def _example_amount(fact: Fact) -> str:
    return {"mg/dL": "400 mg/dL", "a": "18 years", "{score}": "7 points"}.get(
        fact.unit or "", f"10 {spoken(fact.unit or '')}"
    )


_RATES = ("rate", "rate per body weight", "volume rate", "volume rate per body weight")
_PER_TIME = re.compile(r"/(h|hr|hour|min|minute|s|sec|second|d|day)s?\b", re.IGNORECASE)


def _unit_remedy(text: str, fact: Fact) -> str:
    fitting = [spoken(code) for code, unit in UNITS.items() if unit.dimension == UNITS[fact.unit or ""].dimension]
    if fact.age_from:
        fitting = ["years", "months", "weeks", "days"]
    preferred = [unit for unit in dict.fromkeys(fitting) if not _is_variant(unit, fitting)]
    if same := [unit for unit in preferred if unit.lower() == text.lower()]:
        return f"Did you mean {same[0]}? Case matters."
    if _PER_TIME.search(text) and not any(map(_PER_TIME.search, preferred)):
        rates = [code for code, unit in UNITS.items() if unit.dimension in _RATES and not _is_variant(code, [*UNITS])]
        return (
            f"That is a rate, and `{fact.name}` is given in {spoken(fact.unit or '')}, which is none."
            f" Units of rates: {', '.join(rates)}."
        )
    close = get_close_matches(text, preferred, 1, 0.5)
    return f"Did you mean {close[0]}?" if close else f"Units that fit: {', '.join(preferred)}."


def _is_variant(unit: str, units: list[str]) -> bool:
    """Return whether another spelling of the same unit, with a capital L, is to be preferred."""
    return unit.replace("dl", "dL").replace("/l", "/L").replace("ml", "mL").replace("ul", "uL") in {*units} - {unit}
