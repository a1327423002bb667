"""Pictures of rules as SVG text: the map of agreement, bands of a grade, the ladder of a rule, a timeline.

Every picture is drawn from the model and says in words what it shows: each part has a text, a title and a description
come first, and colour never stands alone (`site/theme/style.css` names the classes; hatching marks what depends on
more). Wide pictures have a tall form for narrow screens. Nothing is to scale: parts are equally wide, so that a narrow
one can be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from textwrap import wrap

from .agreement_map import STATES, AgreementMap, Cell, Row, State
from .agreement_map import Band as Stretch
from .model import (
    AgeComparison,
    Band,
    Comparison,
    Condition,
    Grade,
    Group,
    IsOption,
    Monitoring,
    Position,
    Recommendation,
    Span,
    direction,
)
from .truth import YES
from .wording import ABOUTS, Wording, action_text, amount, band_text, lower_first, span_text

_MARKS: dict[State, str] = {
    "for": "● for",
    "against": "✕ against",
    "both": "●✕ both",
    "may-for": "◐ for, if …",
    "may-against": "◐ against, if …",
    "may-either": "◐ either, if …",
    "nothing": "– no rule",
    "silent": "– says nothing",
    "outside": "× not for these",
}


# --- the map of agreement ---

_ROW, _LINE, _MOST_LINES = 28, 13, 11  # heights, and how many lines of what a rule still asks for are shown in a box


def map_wide(of: AgreementMap, name: str, title: str, words: Wording) -> str:
    """Return the map with positions as rows and the parts of the axis as columns."""
    left, column = 230, max(124, 840 // max(len(of.columns), 1))
    heads = [wrap(each.label, max(10, column // 7)) for each in of.columns]
    width = left + column * len(of.columns)
    axis = wrap(words.title(of.fact.name), 30)[:3]
    top = max(14 * max(map(len, heads)) + 16, 14 * len(axis) + 16)
    body = [_hatching(name), _text(axis, left - 10, top - 10 - 14 * (len(axis) - 1), "p-head", anchor="end")]
    for index, lines in enumerate(heads):
        x = left + column * index
        body.append(_text(lines, x + column / 2, top - 10 - 14 * (len(lines) - 1), "p-head", anchor="middle"))
    rows, y = [], top
    for about in of.abouts:
        if len(of.abouts) > 1:
            rows.append(_text([f"On {ABOUTS[about or '']}"], 2, y + 18, "p-head"))
            y += 26
        for index in of.parted(about).sure:
            rows.append(
                f'<rect class="p-parting" x="{left + column * index}" y="{y - 5}" width="{column}" height="4"/>'
            )
        for row in of.on(about):
            label = wrap(words.short_source(row.position.id), 32)[:2]
            whom = wrap(whom_said(row, words), 38)
            inside = [(band, _ifs_lines(band, row, words, column)) for band in of.bands(row)]
            wanted = max([len(label) * 13 + len(whom) * _LINE + 10, *(_ROW + _LINE * len(ifs) for _, ifs in inside)])
            height = max(_ROW, wanted)
            rows.append(_text(label, left - 10, y + 18, "p-name", anchor="end", gap=13))
            if whom:
                rows.append(_text(whom, left - 10, y + 18 + 13 * len(label), "p-whom", anchor="end", gap=_LINE))
            for band, ifs in inside:
                x = left + column * band.first
                spanned = band.label if band.width > 1 else ""  # a part of its own has its label above it
                rows.append(_cell(name, band.cell.state, x, y, column * band.width, height, spanned, ifs))
            y += height
        y += 6
    for index in range(1, len(of.columns)):
        x = left + column * index
        body.append(f'<line class="p-cut" x1="{x}" y1="{top - 5}" x2="{x}" y2="{y}"/>')
    return _svg(name, "p-map p-wide", width, y, title, map_described(of, words), [*body, *rows])


def map_tall(of: AgreementMap, name: str, title: str, words: Wording) -> str:
    """Return the map with the parts of the axis one below the other; in each, who says what, one box for each state."""
    width, box, gap = 300, 118, 16
    axis = wrap(words.title(of.fact.name), 42)
    body, y = [_hatching(f"{name}-tall"), _text(axis, 2, 17, "p-head", gap=gap)], 10 + gap * len(axis)
    for index, each in enumerate(of.columns):
        body.append(_text(heading := wrap(each.label, 42), 2, y + 17, "p-head", gap=gap))
        y += 10 + gap * len(heading)
        for about in of.abouts:
            parts = "▲ here they part" if index in of.parted(about).sure else ""
            above = [*([f"On {ABOUTS[about or '']}"] if len(of.abouts) > 1 else []), *([parts] if parts else [])]
            if above:
                body.append(_text(above, 2, y + 15, "p-out", gap=gap))
                y += 6 + gap * len(above)
            for state, rows in _by_state(of, about, index):
                body.append(_cell(f"{name}-tall", state, 0, y, box, 26))
                at = y + 18
                for row in rows:
                    lines = wrap(words.short_source(row.position.id), 25)
                    body.append(_text(lines, box + 8, at, "p-name", gap=gap))
                    at += gap * len(lines)
                    whom = wrap(whom_said(row, words), 30) if index == 0 else []
                    same = index > 0 and row.cells[index] == row.cells[index - 1] and bool(row.cells[index].rules)
                    more = [*whom, *(["as before"] if same else _ifs_wrapped(row.cells[index], row, words, 30))]
                    if more:
                        body.append(_text(more, box + 8, at - 2, "p-whom", gap=_LINE))
                        at += _LINE * len(more) + 3
                y = max(y + 28, at - 8)
        y += 8
    return _svg(f"{name}-tall", "p-map p-tall", width, y, title, map_described(of, words), body)


def _by_state(of: AgreementMap, about: str | None, index: int) -> list[tuple[State, list[Row]]]:
    """Return who says what in a column, in the order of the states."""
    said = [(state, [row for row in of.on(about) if row.cells[index].state == state]) for state in _MARKS]
    return [(state, rows) for state, rows in said if rows]


def whom_said(row: Row, words: Wording) -> str:
    """Return whom a source is for beyond what the topic asks for, in a few words; nothing where that is all."""
    told = _whom(row, words)
    return f"only: {told}" if told else ""


def _whom(row: Row, words: Wording) -> str:
    return ", ".join(_named(part, words) or _bare(_short(part, row.position, words)) for part in row.whom)


def _bare(text: str) -> str:
    return text[1:-1] if text.startswith("(") and text.endswith(")") and text.count("(") == 1 else text


def _named(condition: Condition, words: Wording) -> str | None:
    """Return the options of a line by their names alone, or None for another line."""
    if not isinstance(condition, IsOption):
        return None
    return " or ".join(words.facts[condition.fact].options[name].title for name in sorted(condition.options))


def ifs(cell: Cell, row: Row, words: Wording) -> list[str]:
    """Return what the rules of a cell still ask for, one text for those for it and one for those against it."""
    said = []
    for way in ("for", "against"):
        rules = [each for each in cell.rules if direction(each[0].action) == way]
        if not rules or any(answer == YES for _, answer, _ in rules):
            continue
        each_if = [[_short(part, row.position, words) for part in parts] for _, _, parts in rules]
        named = f"{way} " if cell.state == "may-either" else ""
        said.append(f"{named}if {_either(each_if)}")
    return said


def _either(ways: Sequence[Sequence[str]]) -> str:
    """Return ways of which one must hold, each so many conditions: what all ask for once, and no way that holds another."""
    first = [text for text in dict.fromkeys(ways[0]) if all(text in way for way in ways)]
    rest = [frozenset(way) - frozenset(first) for way in ways]
    least = [way for way in dict.fromkeys(rest) if not any(other < way for other in rest)]
    if len(least) == 2 and all(len(way) == 1 for way in least):
        a, b = (next(iter(way)) for way in least)
        least = [] if f"{a}: no" == b or f"{b}: no" == a else least
    order = [[text for text in dict.fromkeys(ways[rest.index(way)]) if text in way] for way in least]
    said = ", or if ".join(" and ".join(way) for way in order if way)
    return " and ".join(filter(None, (" and ".join(first), said))) or "no other rule holds"


def _short(condition: Condition, position: Position, words: Wording) -> str:
    """Return a condition in a few words, as it is read inside a sentence."""
    if isinstance(condition, Group) and condition.join in ("all", "any"):
        told = [_short(part, position, words) for part in condition.parts]
        joined = f" {'and' if condition.join == 'all' else 'or'} ".join(told)
        return f"({joined})" if len(told) > 1 else joined
    if isinstance(condition, Group) and condition.join == "none" and len(condition.parts) > 1:
        return f"not ({' or '.join(_short(part, position, words) for part in condition.parts)})"
    return lower_first(words.condition(condition, position))


def _ifs_wrapped(cell: Cell, row: Row, words: Wording, letters: int) -> list[str]:
    lines = [line for text in ifs(cell, row, words) for line in wrap(_unbracketed(text), letters)]
    if len(lines) <= _MOST_LINES:
        return lines
    *kept, last = lines[: _MOST_LINES - 1]
    while re.search(r"\d\S*$", last):  # a number is not parted from its unit
        last = last.rpartition(" ")[0]
    return [*kept, *([last] if last else []), "… all in the table below"]


def _ifs_lines(band: Stretch, row: Row, words: Wording, column: int) -> list[str]:
    return _ifs_wrapped(band.cell, row, words, int((column * band.width - 16) / _SMALL_LETTER))


def _unbracketed(text: str) -> str:
    """Return `if (a or b)` without the brackets where they hold all that is said."""
    head, _, rest = text.partition("if (")
    whole = rest.endswith(")") and rest.count("(") == 0 and rest.count(")") == 1
    return f"{head}if {rest[:-1]}" if whole else text


def parted_said(of: AgreementMap, about: str | None, words: Wording) -> list[str]:
    """Return in sentences where positions part on a matter along the axis: whatever else is so, and depending on it."""
    rows = of.on(about)
    if len(rows) < 2:
        return []
    parted = of.parted(about)
    said = [f"They part {_where(of, parted.sure)}."] if parted.sure else []
    if parted.may:
        never = [
            row for row in rows if any(row.cells[i].state in ("nothing", "against", "may-against") for i in parted.may)
        ]
        said.append(
            f"They may part {_where(of, parted.may)}, depending on what else is so: "
            f"{_names([row.position.id for row in never], words)} cannot be for it there, others may be."
        )
    if said and parted.whom:
        whom = "; ".join(f"{words.short_source(row.position.id)}: {_whom(row, words)}" for row in parted.whom[:3])
        said.append(f"This concerns only patients whom both sources are for ({whom}).")
    rest = [i for i in range(len(of.columns)) if i not in (*parted.sure, *parted.may)]
    if any(row.cells[i].state.startswith("may-") for row in rows for i in rest):
        against = [r for r in rows if any(r.cells[i].state in ("may-either", "may-against", "both") for i in rest)]
        start = f"{_capital(_where(of, rest))}, " if said else "Nothing parts them on this alone: "
        turned = f"; {_names([row.position.id for row in against], words)} may be against it" if against else ""
        said.append(f"{start}what else is so decides, as each “if” says{turned}.")
    elif not said:
        said.append("They do not part on this.")
    limits = [(row, _limits(of, row)) for row in rows if of.kind != "options"]
    told = [f"{words.short_source(row.position.id)} {' and '.join(cuts)}" for row, cuts in limits if cuts]
    return [*said, f"What they say changes at: {'; '.join(told)}."] if told else said


def _limits(of: AgreementMap, row: Row) -> list[str]:
    """Return the numbers at which what a position says changes, be it only what its rules still ask for."""
    bands = [band for band in of.bands(row) if band.cell.state != "outside"]
    cuts = [cut.text for band in bands[1:] if (cut := of.columns[band.first].low)]
    return list(dict.fromkeys(cuts))


def _where(of: AgreementMap, columns: Sequence[int]) -> str:
    """Return columns as a place in a sentence: at 400 mg/dL or more, where the answer is no, at every value."""
    if len(columns) == len(of.columns):
        return (
            "whatever the answer"
            if of.fact.kind == "yes-no"
            else f"at every {'option' if of.kind == 'options' else 'value'}"
        )
    if of.fact.kind == "yes-no":
        answers = " or ".join(of.columns[i].names[0] for i in columns)
        return f"where the answer to “{of.fact.question}” is {answers}"
    labels = "; ".join(of.labels(columns))
    if of.kind == "options":
        return f"at: {labels}"
    title = lower_first(of.fact.title)
    return f"where {f'the time since {title}' if of.kind == 'time' else title} is {labels}"


def _names(ids: Sequence[str], words: Wording) -> str:
    names = [words.short_source(name) for name in ids]
    return (
        f"{len(names)} sources"
        if len(names) > _MOST_NAMED
        else " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    )


_MOST_NAMED = 4


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _hatching(name: str) -> str:
    """Return the pattern that marks what depends on more, under a name of its own."""
    return (
        f'<defs><pattern id="{name}--h" width="7" height="7" patternUnits="userSpaceOnUse">'
        '<path class="p-stroke" d="M-1 1 1-1M0 7 7 0M6 8 8 6"/></pattern></defs>'
    )


def _cell(
    name: str,
    state: State,
    x: float,
    y: float,
    width: float,
    height: float,
    values: str = "",
    lines: Sequence[str] = (),
) -> str:
    """Return a box with its state in words, the values it spans after it where they fit, and lines below."""
    box = f'x="{x + 1:g}" y="{y + 1:g}" width="{width - 2:g}" height="{height - 2:g}" rx="3"'
    hatch = f'<rect class="p-hatch" fill="url(#{name}--h)" {box}/>' if state.startswith("may-") else ""
    said, middle = _MARKS[state], y + (height - _LINE * len(lines)) / 2 + 5
    fits = len(said) * _LETTER + len(values) * _SMALL_LETTER < width - 24
    kind = "outside" if state == "silent" else state  # who says nothing takes no part, as who is not for such patients
    after = f'<tspan class="p-values" dx="8">{escape(values)}</tspan>' if values and fits else ""
    text = (
        f'<text class="p-in p-in-{kind}" text-anchor="middle" x="{x + width / 2:g}" y="{middle:g}">'
        f"<tspan>{escape(said)}</tspan>{after}</text>"
    )
    below = _text(lines, x + width / 2, middle + 15, f"p-if p-in-{kind}", anchor="middle", gap=_LINE) if lines else ""
    return f'<rect class="p-cell p-{kind}" {box}/>{hatch}{text}{below}'


_LETTER, _SMALL_LETTER = 7.2, 6.1  # about how wide a letter of the state is, and of the values


def map_described(of: AgreementMap, words: Wording) -> str:
    """Return the map in a sentence a column: what each position says there."""
    said = []
    for index, column in enumerate(of.columns):
        parts = [
            f"{f'on {ABOUTS[about or str()]}, ' if len(of.abouts) > 1 else ''}{STATES[state]}: "
            + ", ".join(words.short_source(row.position.id) for row in rows)
            for about in of.abouts
            for state, rows in _by_state(of, about, index)
        ]
        said.append(f"{column.label}: {'; '.join(parts)}.")
    return " ".join(said)


# --- bands of a grade ---


def bands_of(grade: Grade) -> list[tuple[str, str]] | None:
    """Return the bands as name and limit where each compares the same measure with one number; else None."""
    lines = [band.when for band in grade.bands]
    if not all(isinstance(line, Comparison | AgeComparison) for line in lines):
        return None
    if len({line.fact for line in lines if isinstance(line, Comparison | AgeComparison)}) != 1 or len(lines) < 2:
        return None
    return [(band.name, _limit(band)) for band in grade.bands]


def _limit(band: Band) -> str:
    line = band.when
    assert isinstance(line, Comparison | AgeComparison)
    return f"{line.operator} {amount(line.number, line.unit)}"


def bands_wide(grade: Grade, name: str) -> str | None:
    """Return the bands of a grade side by side, worst first, each with its limit as the rule compares it."""
    bands = bands_of(grade)
    if bands is None:
        return None
    width, height, body = 110, 64, []
    shown = [*bands, (grade.otherwise, "otherwise")]
    for index, (band, limit) in enumerate(shown):
        x = index * width
        body.append(
            f'<rect class="p-cell p-band-{min(index, 4)}" x="{x + 1}" y="1" width="{width - 2}" height="40" rx="3"/>'
        )
        body.append(_text([band_text(band)], x + width / 2, 26, "p-in", anchor="middle"))
        body.append(_text([limit], x + width / 2, 58, "p-head", anchor="middle"))
    said = f"{_bands_said(shown)} The first that fits counts. Not to scale."
    return _svg(name, "p-wide", width * len(shown), height, grade.title, said, body)


def bands_tall(grade: Grade, name: str) -> str | None:
    """Return the bands of a grade one below the other."""
    bands = bands_of(grade)
    if bands is None:
        return None
    shown, body = [*bands, (grade.otherwise, "otherwise")], []
    for index, (band, limit) in enumerate(shown):
        y = index * 38
        body.append(f'<rect class="p-cell p-band-{min(index, 4)}" x="1" y="{y + 1}" width="150" height="36" rx="3"/>')
        body.append(_text([band_text(band)], 76, y + 24, "p-in", anchor="middle"))
        body.append(_text([limit], 162, y + 24, "p-head"))
    said = f"{_bands_said(shown)} The first that fits counts. Not to scale."
    return _svg(f"{name}-tall", "p-tall", 320, len(shown) * 38 + 2, grade.title, said, body)


def _bands_said(bands: Sequence[tuple[str, str]]) -> str:
    return " ".join(f"{band_text(band)}: {limit}." for band, limit in bands)


# --- the ladder of a rule ---


def ladder(rule: Recommendation, position: Position, name: str, words: Wording) -> str | None:
    """Return the steps of a rule from top to bottom, each with the answer that goes on, and the action; None for one step.

    It is as narrow as the page on a telephone, so that its letters stay as large as they are drawn.
    """
    steps = list(_steps(rule, position, words))
    if len(steps) < 2:
        return None
    width, body, y = 252, [], 2
    for number, (step, on) in enumerate(steps, 1):
        lines = wrap(step, 30)
        height = 18 * len(lines) + 12
        body.append(f'<rect class="p-step" x="1" y="{y}" width="{width - 2}" height="{height}" rx="6"/>')
        body.append(_text([str(number)], 16, y + 20, "p-head", anchor="middle"))
        body.append(_text(lines, 34, y + 20, "p-name", gap=18))
        y += height
        body.append(f'<path class="p-line" d="M34 {y}v26"/>')
        body.append(_text([on], 44, y + 18, "p-out"))
        body.append(
            _text([f"{'no' if on == 'yes' else 'yes'}: does not hold"], width - 4, y + 18, "p-out", anchor="end")
        )
        y += 26
    lines = wrap(action_text(rule.action, rule.about), 32)
    height = 18 * len(lines) + 12
    body.append(f'<rect class="p-end" x="1" y="{y}" width="{width - 2}" height="{height}" rx="6"/>')
    body.append(_text(lines, 16, y + 20, "p-in", gap=18))
    told = [step if on == "yes" else f"not: {lower_first(step)}" for step, on in steps]
    said = f"{'; then '.join(told)}; then: {action_text(rule.action, rule.about)}. A step that is otherwise ends it."
    return _svg(name, "p-ladder", width, y + height + 2, f"{rule.title}, step by step", said, body)


def _steps(rule: Recommendation, position: Position, words: Wording) -> Iterator[tuple[str, str]]:
    """Yield each step with the answer that goes on to the next; of a list of what must not be, each is a step."""
    for part in _in_turn(rule.when, "all"):
        if (
            isinstance(part, Group)
            and part.join == "none"
            and (len(part.parts) > 1 or isinstance(part.parts[0], Group))
        ):
            steps, on = _in_turn(Group("any", part.parts, part.place), "any"), "no"
        else:
            steps, on = [part], "yes"
        for each in steps:
            text = words.condition(each, position)
            yield text[:1].upper() + text[1:], on
    for other in rule.unless:
        yield f"Another rule holds: {lower_first(position.recommendations[other].title)}", "no"


def _in_turn(condition: Condition, join: str) -> list[Condition]:
    """Return the parts of groups of one kind, one by one; what is no such group stays whole."""
    if not isinstance(condition, Group) or condition.join != join:
        return [condition]
    return [each for part in condition.parts for each in _in_turn(part, join)]


# --- a timeline ---

_MOST_POINTS = 6


def timeline(monitoring: Monitoring, name: str, words: Wording) -> str | None:
    """Return when something is measured, counted from its event, from top to bottom; None where no event is named."""
    if monitoring.start is None or monitoring.every is None:
        return None
    points = _points(monitoring.every, monitoring.length)
    shown = [lower_first(words.title(monitoring.start)), *points]
    body = [f'<path class="p-line" d="M14 14V{len(shown) * 30 - 16}"/>']
    for index, text in enumerate(shown):
        y = 14 + index * 30
        kind = "p-start" if index == 0 else "p-dot"
        body.append(f'<circle class="{kind}" cx="14" cy="{y}" r="6"/>')
        body.append(_text([text], 32, y + 5, "p-name"))
    title = f"When to measure {lower_first(words.title(monitoring.measure))}"
    return _svg(name, "p-ladder", 300, len(shown) * 30, title, "; ".join(shown) + ".", body)


def _points(every: Span, length: Span | None) -> list[str]:
    step, unit = every.high, every.unit
    last = length.high if length is not None and length.unit == unit else None
    counts = [step * n for n in range(1, _MOST_POINTS + 1) if last is None or step * n <= last]
    points = [f"after {span_text(Span(count, count, unit))}" for count in counts]
    if length is None:
        return [*points[:3], "and so on"]
    return points if last is not None and step * _MOST_POINTS >= last else [*points, f"up to {span_text(length)}"]


# --- SVG ---


def _text(lines: Sequence[str], x: float, y: float, kind: str, *, anchor: str = "start", gap: int = 14) -> str:
    spans = "".join(
        f'<tspan x="{x:g}" y="{y + gap * index:g}">{escape(line)}</tspan>' for index, line in enumerate(lines)
    )
    where = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text class="{kind}"{where}>{spans}</text>'


def _svg(name: str, kind: str, width: float, height: float, title: str, said: str, body: Sequence[str]) -> str:
    return (
        f'<svg class="picture {kind}" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" '
        f'role="img" aria-labelledby="{name}--t {name}--d">'
        f'<title id="{name}--t">{escape(title)}</title><desc id="{name}--d">{escape(said)}</desc>'
        f"{''.join(body)}</svg>"
    )


__all__ = [
    "bands_of",
    "bands_tall",
    "bands_wide",
    "ifs",
    "ladder",
    "map_described",
    "map_tall",
    "map_wide",
    "parted_said",
    "timeline",
    "whom_said",
]
