"""What changed between two versions of a part, in words: line by line for conditions, field by field for the rest.

Nothing here decides whether an answer changes; a `Change` only says what reads differently, and whether it is a
citation, wording, or something that answers may depend on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple

from .errors import Place
from .model import Amount, Band, Citation, Condition, Fact, Grade, Group, Line, Position, Product, Span, Table
from .quantity import OPERATORS, Range, plain, spoken
from .wording import Wording, amount, every_text, lower_first, range_text, span_text, times_text


class Change(NamedTuple):
    """One thing that reads differently: where, the text before and after (None where there was none), and in words."""

    what: str
    old: str | None
    new: str | None
    words: str | None = None

    @property
    def text(self) -> str:
        """Return the change in one line: `igg <= 400 mg/dL → < 400 mg/dL`, `+ added line`, `- removed line`."""
        if self.old is None:
            return f"+ {self.new}"
        if self.new is None:
            return f"- {self.old}"
        return f"{self.old} → {_rest(self.old, self.new)}"


_LEADING = frozenset((*OPERATORS, "is", "one", "of", "at", "least"))


def _rest(old: str, new: str) -> str:
    """Return the new text without the words that it begins with as the old one does, an operator kept."""
    before, after = old.split(), new.split()
    if not any(word in OPERATORS or word == "is" for word in before[1:]):
        return new
    same = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
    while same and after[same - 1] in _LEADING:
        same -= 1
    return " ".join(after[same:]) if after[same] in _LEADING else new


# --- conditions ---


class Placed(NamedTuple):
    """A line and how the groups around it are joined."""

    joins: tuple[str, ...]
    line: Line


def _lines(condition: Condition | None, joins: tuple[str, ...] = ()) -> Iterator[Placed]:
    if isinstance(condition, Group):
        join = f"at least {condition.count}" if condition.join == "at_least" else condition.join
        inner = joins if join == "all" else (*joins, join)
        for part in condition.parts:
            yield from _lines(part, inner)
    elif condition is not None:
        yield Placed(joins, condition)


def _shown(at: Placed) -> str:
    return at.line.text + (f" ({', '.join(f'under `{join}`' for join in at.joins)})" if at.joins else "")


def condition_changes(
    what: str, old: Condition | None, new: Condition | None, words: Wording, position: Position | None
) -> Iterator[Change]:
    """Yield the lines of a condition that were changed, moved to another group, removed or added."""
    for changed, now in line_pairs(old, new):
        if now is None:
            assert changed is not None
            yield Change(what, _shown(changed), None)
        elif changed is None:
            yield Change(what, None, _shown(now), words.line(now.line, position))
        elif changed.line.text == now.line.text or changed.joins != now.joins:
            yield Change(what, _shown(changed), _shown(now))
        else:
            said = f"now: {words.line(now.line, position)}"
            yield Change(
                what, changed.line.text, now.line.text, said if now.joins == () else f"{said} ({now.joins[-1]})"
            )


def line_pairs(old: Condition | None, new: Condition | None) -> Iterator[tuple[Placed | None, Placed | None]]:
    """Yield the lines in which two conditions differ: changed or moved ones together, then those removed, then those added."""
    before, after = _without(list(_lines(old)), list(_lines(new)))
    yield from _pairs(before, after)
    yield from ((at, None) for at in before)
    yield from ((None, at) for at in after)


def _without(old: list[Placed], new: list[Placed]) -> tuple[list[Placed], list[Placed]]:
    """Return both lists without the lines that stand in both in the same groups."""
    same = Counter(map(_key, old)) & Counter(map(_key, new))
    return _less(old, same), _less(new, same)


def _key(at: Placed) -> tuple[Any, ...]:
    return (at.joins, " ".join(at.line.text.split()))


def _less(listed: list[Placed], same: Mapping[tuple[Any, ...], int]) -> list[Placed]:
    left, kept = dict(same), []
    for at in listed:
        if left.get(_key(at), 0):
            left[_key(at)] -= 1
        else:
            kept.append(at)
    return kept


def _pairs(old: list[Placed], new: list[Placed]) -> Iterator[tuple[Placed, Placed]]:
    """Yield the lines that belong together, and take them out of both lists."""
    alike: tuple[Callable[[Placed, Placed], bool], ...] = (
        lambda a, b: a.line.text == b.line.text,
        lambda a, b: _about(a.line) == _about(b.line) and a.joins == b.joins,
        lambda a, b: _about(a.line) == _about(b.line),
    )
    for fits in alike:
        for a in list(old):
            b = next((b for b in new if fits(a, b)), None)
            if b is not None:
                old.remove(a)
                new.remove(b)
                yield a, b


def _about(line: Line) -> tuple[Any, ...]:
    """Return what a line is about; of lines without a number or choice, only the line itself."""
    own = getattr(line, "fact", None) or getattr(line, "grade", None) or line.text
    comparable = any(word in OPERATORS or word == "is" for word in line.text.split()[1:])
    return (type(line).__name__ if comparable else line.text, own)


# --- fields ---


def _span(span: Span | None) -> str | None:
    return None if span is None else span_text(span)


def _listed(items: Iterable[str]) -> str | None:
    return ", ".join(items) or None


def cite_text(cite: Citation | None) -> str | None:
    """Return a citation by its ids: source, via, facts, locator, and the day of comparison."""
    if cite is None:
        return None
    parts = [cite.source, f"via {cite.via}" if cite.via else "", _listed(cite.facts) or "", cite.locator or ""]
    return "; ".join(filter(None, [*parts, f"verified {cite.verified}" if cite.verified else ""]))


def _range(value: Range | None, unit: str | None) -> str | None:
    return None if value is None else range_text(value, unit or "")


def _implied(fact: Fact) -> str | None:
    rule = fact.implied_by
    if rule is None:
        return None
    words = " ".join(rule.where.values())
    within = f" in the last {span_text(rule.within)}" if rule.within else ""
    return f"{rule.at_least} of {words} {rule.events}{within}{'' if rule.to_yes else ', needed only'}".replace(
        "  ", " "
    )


_Field = tuple[str, Callable[[Any], str | None]]


def _own(*names: str) -> list[_Field]:
    return [(name, lambda item, name=name: getattr(item, name, None)) for name in names]  # type: ignore[misc]


def _drift(item: Any) -> str | None:
    """Return the numbers that are allowed to stand only in the words or only in the rule, each with its reason."""
    return _listed(f"{plain(e.number)}{f' {spoken(e.unit)}' if e.unit else ''} ({e.reason})" for e in item.drift)


_CITE: _Field = ("cite", lambda item: cite_text(item.cite))
# For each kind of part: its fields, and its conditions by the key under which they stand.
FIELDS: dict[str, list[_Field]] = {
    "rule": [
        *_own("title", "action", "about", "strength", "certainty", "dose", "as_printed", "says", "reading"),
        ("unless", lambda item: _listed(sorted(item.unless))),
        ("overlaps", lambda item: _listed(sorted(item.overlaps))),
        ("drift", _drift),
        _CITE,
    ],
    "dosing": [
        *_own("title"),
        ("give", lambda item: item.give_fact or _range(item.give, item.give_unit)),
        *_own("by"),
        ("every", lambda item: None if item.every is None else every_text(item.every)),
        ("over", lambda item: _span(item.over)),
        ("for", lambda item: _span(item.length)),
        ("times", lambda item: None if item.times is None else times_text(item.times)),
        ("at_most", lambda item: _range(item.at_most, item.at_most_unit)),
        ("round_to", lambda item: item.round_to and amount(item.round_to, item.round_unit)),
        *_own("then"),
        ("or", lambda item: _listed(item.alternatives)),
        *_own("says", "reading"),
        ("drift", _drift),
        _CITE,
    ],
    "grade": [*_own("title", "otherwise", "says", "reading"), ("drift", _drift), _CITE],
    "criterion": [*_own("title", "reading"), _CITE],
    "monitoring": [
        *_own("title", "measure"),
        ("every", lambda item: None if item.every is None else every_text(item.every)),
        ("from", lambda item: item.start),
        ("for", lambda item: _span(item.length)),
        *_own("says", "reading"),
        ("drift", _drift),
        _CITE,
    ],
    "caution": [*_own("title", "severity", "says", "reading"), ("drift", _drift), _CITE],
    "silent": [*_own("about", "reading")],
    "evidence": [*_own("title", "says", "n", "effect", "design"), _CITE],
    "position": [
        *_own("title", "status", "summary", "reading"),
        ("valid from", lambda item: item.valid.start and item.valid.start.isoformat()),
        ("valid until", lambda item: item.valid.until and item.valid.until.isoformat()),
        ("valid reading", lambda item: item.valid.reading),
        ("review_by", lambda item: item.review_by and item.review_by.isoformat()),
        ("supersedes", lambda item: _listed(sorted(item.supersedes))),
    ],
    "topic": [
        *_own("title", "question", "about", "anchor", "axis", "summary", "reading"),
        ("specialties", lambda item: _listed(item.specialties)),
        ("conditions", lambda item: _listed(item.conditions)),
        ("patient", lambda item: item.patient and f"{item.patient.title} {dict(item.patient.record)}"),
    ],
    "fact": [
        *_own("title", "kind", "question"),
        ("unit", lambda fact: fact.unit and spoken(fact.unit)),
        ("limits", lambda fact: _range(fact.limits, fact.unit)),
        ("usable_for", lambda fact: _span(fact.usable_for)),
        ("fixed", lambda fact: "yes" if fact.fixed else None),
        ("implied_by", _implied),
        ("age_from", lambda fact: fact.age_from),
        ("formula", lambda fact: fact.formula and fact.formula.text),
        ("analyte", lambda fact: fact.analyte and f"1 {fact.analyte[0]} is {plain(fact.analyte[1])} {fact.analyte[2]}"),
        ("aliases", lambda fact: _listed(fact.aliases)),
        *_own("reading"),
        _CITE,
    ],
}
CONDITIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "rule": (("when", "when"), ("especially_when", "especially when")),
    "dosing": (("when", "when"), ("until", "until")),
    "grade": (("when", "when"),),
    "criterion": (("when", "when"),),
    "monitoring": (("when", "when"),),
    "caution": (("when", "when"),),
    "silent": (("when", "when"),),
    "position": (("applies_when", "applies when"),),
    "topic": (("arises_when", "arises when"),),
}


def part_changes(kind: str, old: Any, new: Any, words: Wording, position: Position | None = None) -> list[Change]:
    """Return what reads differently in a part; of an added or a removed part, all that it says."""
    found = [change for what, text in FIELDS.get(kind, []) for change in _field(what, text, old, new)]
    if kind == "grade":
        found += _band_changes(old, new, words, position)
    for name, what in CONDITIONS.get(kind, ()):
        found += condition_changes(what, getattr(old, name, None), getattr(new, name, None), words, position)
    if kind == "fact":
        found += [change for entries in _FACT_ENTRIES for change in _entry_changes(*entries(old), *entries(new)[1:])]
    if kind == "source":
        found += _entry_changes("", _csl(old), _csl(new))
    if kind == "product":
        found += _entry_changes("", _said_of(old), _said_of(new))
    return found


def _field(what: str, text: Callable[[Any], str | None], old: Any, new: Any) -> Iterator[Change]:
    before, after = (None if item is None else text(item) or None for item in (old, new))
    if _squeezed(before) != _squeezed(after):
        yield Change(what, before, after)


def _squeezed(text: str | None) -> str | None:
    return None if text is None else " ".join(text.split())


def _band_changes(old: Grade | None, new: Grade | None, words: Wording, position: Position | None) -> Iterator[Change]:
    before: dict[str, Band] = {band.name: band for band in old.bands} if old else {}
    after: dict[str, Band] = {band.name: band for band in new.bands} if new else {}
    for name in dict.fromkeys([*before, *after]):
        a, b = before.get(name), after.get(name)
        conditions = (a.when if a else None, b.when if b else None)
        yield from condition_changes(f"band {name}", *conditions, words, position)
    if old and new and set(before) == set(after) and old.order != new.order:
        yield Change("order of bands", _listed(old.order), _listed(new.order))


def _entry_changes(what: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for key in dict.fromkeys([*old, *new]):
        a, b = old.get(key), new.get(key)
        if a != b:
            yield Change(f"{what} {key}".strip(), a, b)


_Entries = tuple[str, dict[str, str]]


def _options(fact: Fact | None) -> _Entries:
    found = {}
    for name, option in (fact.options if fact else {}).items():
        implied = "; ".join(f"implies {other} {word}" for other, word in option.implies.items())
        aliases = f"also {', '.join(option.aliases)}" if option.aliases else ""
        found[name] = "; ".join(filter(None, [option.title, aliases, implied]))
    return "option", found


def _event_fields(fact: Fact | None) -> _Entries:
    return "field", {
        f"{field} {name}": "; ".join([option.title, *option.aliases])
        for field, options in (fact.fields if fact else {}).items()
        for name, option in options.items()
    }


def _rows(fact: Fact | None) -> _Entries:
    table: Table | None = fact.table if fact else None
    return "row", {
        f"from {row.low} {spoken(row.low_unit)}"
        + (
            f" below {row.below} {spoken(row.below_unit)}" if row.below_unit else ""
        ): f"{plain(row.value)} {spoken(fact.unit or '')}"
        for row in (table.rows if table else ())
        if fact
    }


def _points(fact: Fact | None) -> _Entries:
    return "score", {name: plain(points) for name, points in (fact.score.points if fact and fact.score else {}).items()}


def _bindings(fact: Fact | None) -> _Entries:
    found = {}
    for binding in fact.bindings if fact else ():
        for group in ("codes", "values", "severity"):
            for code in getattr(binding, group):
                told = [code.option, "and what lies below" if code.prefix else "", code.first and f"from {code.first}"]
                told += [code.last and f"until {code.last}", " ".join(code.fields.values())]
                key = f"{binding.resource} {'' if group == 'codes' else group + ' '}{code.system}|{code.code}"
                found[key] = "; ".join(str(part) for part in told if part) or "read"
        rest = [binding.element, binding.pick, binding.within and span_text(binding.within), *binding.element_values]
        found[binding.resource] = "; ".join(str(part) for part in rest if part)
    return "fhir", found


_FACT_ENTRIES: tuple[Callable[[Fact | None], _Entries], ...] = (_options, _event_fields, _rows, _points, _bindings)


def _said_of(product: Product | None) -> dict[str, str]:
    """Return all that is recorded of a product, by the keys under which it stands in the file."""
    return {} if product is None else dict(_said(product, ""))


def _said(value: Any, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Amount):
        yield key, range_text(value.range, value.unit)
    elif isinstance(value, Citation):
        yield key, cite_text(value) or ""
    elif isinstance(value, Span):
        yield key, span_text(value)
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from _said(part, f"{key} {name}")
    elif isinstance(value, tuple):
        texts = [dict(_said(part, "")) for part in value]
        if all(list(text) == [""] for text in texts):
            yield from [(key, ", ".join(text[""] for text in texts))] if texts else []
        else:
            for number, part in enumerate(value, 1):
                yield from _said(part, f"{key} {number}")
    elif is_dataclass(value) and not isinstance(value, Place):
        for field in fields(value):
            if field.name != "id":
                yield from _said(getattr(value, field.name), f"{key} {field.name}".strip())
    elif isinstance(value, str):
        yield key, value


def _csl(source: Any) -> dict[str, str]:
    return {} if source is None else {str(key): _flat(value) for key, value in source.csl.items()}


def _flat(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(_flat(item) for item in value.values())
    return ", ".join(map(_flat, value)) if isinstance(value, list | tuple) else str(value)


CITING = frozenset({"cite"})
__all__ = [
    "CITING",
    "CONDITIONS",
    "Change",
    "Placed",
    "cite_text",
    "condition_changes",
    "line_pairs",
    "lower_first",
    "part_changes",
]
