"""Pictures of rules as SVG text: the map of agreement, bands of a grade, the ladder of a rule, a timeline.

Every picture is drawn from the model and says in words what it shows: each part has a text, a title and a description
come first, and colour never stands alone (`site/theme/style.css` names the classes; hatching marks what depends on
more). Wide pictures have a tall form for narrow screens. Nothing is to scale: parts are equally wide, so that a narrow
one can be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from textwrap import wrap

from .agreement_map import STATES, AgreementMap, State
from .model import AgeComparison, Band, Comparison, Grade, Group, Monitoring, Position, Recommendation, Span
from .wording import Wording, action_text, amount, band_text, lower_first, span_text

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


def map_wide(of: AgreementMap, name: str, title: str, words: Wording) -> str:
    """Return the map with positions as rows and the parts of the axis as columns."""
    left, column = 210, max(104, 850 // max(len(of.columns), 1))
    heads = [wrap(each.label, max(10, column // 7)) for each in of.columns]
    top = 14 * max(map(len, heads)) + 16
    row_height = 28
    width = left + column * len(of.columns)
    parting = set(of.parting)
    axis = wrap(words.title(of.fact.name), 30)[:3]
    top = max(top, 14 * len(axis) + 16)
    height = top + row_height * len(of.rows) + 6
    body = [_hatching(name), _text(axis, left - 10, top - 10 - 14 * (len(axis) - 1), "p-head", anchor="end")]
    for index, lines in enumerate(heads):
        x = left + column * index
        body.append(_text(lines, x + column / 2, top - 10 - 14 * (len(lines) - 1), "p-head", anchor="middle"))
        if index in parting:
            body.append(f'<rect class="p-parting" x="{x}" y="{top - 5}" width="{column}" height="4"/>')
        if index:
            body.append(f'<line class="p-cut" x1="{x}" y1="{top - 5}" x2="{x}" y2="{height - 6}"/>')
    for number, row in enumerate(of.rows):
        y = top + row_height * number
        label = wrap(words.short_source(row.position.id), 30)[:2]
        body.append(_text(label, left - 10, y + 18 - 6 * (len(label) - 1), "p-name", anchor="end", gap=13))
        for band in of.bands(row):
            x = left + column * band.first
            spanned = band.label if band.width > 1 else ""  # a part of its own has its label above it
            body.append(_cell(name, band.cell.state, x, y, column * band.width, row_height, spanned))
    return _svg(name, "p-map p-wide", width, height, title, map_described(of, words), body)


def map_tall(of: AgreementMap, name: str, title: str, words: Wording) -> str:
    """Return the map with the parts of the axis one below the other; in each, who says what, one box for each state."""
    width, box, gap = 300, 118, 16
    axis = wrap(words.title(of.fact.name), 42)
    body, y = [_hatching(f"{name}-tall"), _text(axis, 2, 17, "p-head", gap=gap)], 10 + gap * len(axis)
    parting = set(of.parting)
    for index, each in enumerate(of.columns):
        heading = [*wrap(each.label, 42), *(["▲ here they part"] if index in parting else [])]
        body.append(_text(heading, 2, y + 17, "p-head", gap=gap))
        y += 10 + gap * len(heading)
        for state, positions in _by_state(of, index):
            lines = wrap("; ".join(words.short_source(position.id) for position in positions), 25)
            height = max(26, 10 + gap * len(lines))
            body.append(_cell(f"{name}-tall", state, 0, y, box, 26))
            body.append(_text(lines, box + 8, y + 18, "p-name", gap=gap))
            y += height
        y += 8
    return _svg(f"{name}-tall", "p-map p-tall", width, y, title, map_described(of, words), body)


def _by_state(of: AgreementMap, index: int) -> list[tuple[State, list[Position]]]:
    """Return who says what in a column, in the order of the states."""
    said = [(state, [row.position for row in of.rows if row.cells[index].state == state]) for state in _MARKS]
    return [(state, positions) for state, positions in said if positions]


def _hatching(name: str) -> str:
    """Return the pattern that marks what depends on more, under a name of its own."""
    return (
        f'<defs><pattern id="{name}--h" width="7" height="7" patternUnits="userSpaceOnUse">'
        '<path class="p-stroke" d="M-1 1 1-1M0 7 7 0M6 8 8 6"/></pattern></defs>'
    )


def _cell(name: str, state: State, x: float, y: float, width: float, height: float, values: str = "") -> str:
    """Return a box with its state in words, and the values it spans after it where they fit."""
    box = f'x="{x + 1:g}" y="{y + 1:g}" width="{width - 2:g}" height="{height - 2:g}" rx="3"'
    hatch = f'<rect class="p-hatch" fill="url(#{name}--h)" {box}/>' if state.startswith("may-") else ""
    said = _MARKS[state]
    fits = len(said) * _LETTER + len(values) * _SMALL_LETTER < width - 24
    kind = "outside" if state == "silent" else state  # who says nothing takes no part, as who is not for such patients
    after = f'<tspan class="p-values" dx="8">{escape(values)}</tspan>' if values and fits else ""
    text = (
        f'<text class="p-in p-in-{kind}" text-anchor="middle" x="{x + width / 2:g}" y="{y + height / 2 + 5:g}">'
        f"<tspan>{escape(said)}</tspan>{after}</text>"
    )
    return f'<rect class="p-cell p-{kind}" {box}/>{hatch}{text}'


_LETTER, _SMALL_LETTER = 7.2, 6.1  # about how wide a letter of the state is, and of the values


def map_described(of: AgreementMap, words: Wording) -> str:
    """Return the map in a sentence a column: what each position says there."""
    said = []
    for index, column in enumerate(of.columns):
        states: dict[State, list[str]] = {}
        for row in of.rows:
            states.setdefault(row.cells[index].state, []).append(words.short_source(row.position.id))
        parts = "; ".join(f"{STATES[state]}: {', '.join(names)}" for state, names in states.items())
        said.append(f"{column.label}: {parts}.")
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
    """Return the steps of a rule from top to bottom, each left for "no", with the action below; None for one step."""
    steps = list(_steps(rule, position, words))
    if len(steps) < 2:
        return None
    width, body, y = 360, [], 4
    for number, step in enumerate(steps, 1):
        lines = wrap(step, 36)
        height = 18 * len(lines) + 14
        body.append(f'<rect class="p-step" x="30" y="{y}" width="244" height="{height}" rx="6"/>')
        body.append(_text([str(number)], 12, y + 22, "p-head", anchor="middle"))
        body.append(_text(lines, 40, y + 21, "p-name", gap=18))
        middle = y + height / 2
        body.append(f'<path class="p-line" d="M274 {middle:g}h22"/>')
        body.append(_text(["no: does", "not hold"], 300, middle - 3, "p-out"))
        body.append(f'<path class="p-line" d="M150 {y + height}v20"/>')
        body.append(_text(["yes"], 158, y + height + 15, "p-out"))
        y += height + 20
    lines = wrap(action_text(rule.action, rule.about), 36)
    height = 18 * len(lines) + 14
    body.append(f'<rect class="p-end" x="30" y="{y}" width="244" height="{height}" rx="6"/>')
    body.append(_text(lines, 40, y + 21, "p-in", gap=18))
    said = f"{'; then '.join(steps)}; then: {action_text(rule.action, rule.about)}. A no at any step ends it."
    return _svg(name, "p-ladder", width, y + height + 4, f"{rule.title}, step by step", said, body)


def _steps(rule: Recommendation, position: Position, words: Wording) -> Iterator[str]:
    parts = rule.when.parts if isinstance(rule.when, Group) and rule.when.join == "all" else (rule.when,)
    for part in parts:
        inner = part.parts if isinstance(part, Group) and part.join == "all" else (part,)
        for each in inner:
            text = words.condition(each, position)
            yield text[:1].upper() + text[1:]
    for other in rule.unless:
        yield f"Not: {lower_first(position.recommendations[other].title)}"


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
    "ladder",
    "map_described",
    "map_tall",
    "map_wide",
    "timeline",
]
