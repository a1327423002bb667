"""A difference as text for a terminal, as a review comment in Markdown, and as JSON for programs.

The JSON, keys always in this order, lists always sorted (parts as in the file):

    {"diff": "igguide/1", "old": {"version", "digest"}, "new": {"version", "digest"},
     "verdict": "changes | none | not proved", "step": "none | patch | minor | major", "deserves": "1.0.0",
     "positions": [{"position": "topic/id", "state": "added | removed | changed | affected", "verdict", "step",
       "old_version", "new_version", "deserves", "version_is_enough", "notes": [],
       "parts": [PART]}],
     "shared": [PART],
     "cohort": null | {"as_of", "records", "changed", "unread": [{"where", "why"}],
       "moves": [{"position", "part", "what", "old", "new", "by": [], "count", "ids": []}]}}

    PART: {"kind": "rule | grade | criterion | dosing | ... | fact | source | product | topic", "id", "state",
       "class": "wording | citation | new rule | answer changes | not proved", "place", "used_by": [],
       "changes": [{"what", "old", "new", "text", "words"}],
       "answers": [{"what": "holds | emphasis | dose | grade | applies | concerns | in force", "verdict", "reason",
         "witnesses": [{"record": {}, "as_of", "old", "new", "by": []}]}]}

`none` is a proof: there is no record in the plain form, on a day on which both versions are in force, that the two
answer differently. `not proved` is neither.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from .cohort import Cohort
from .diff import CHANGES, NONE, NOT_PROVED, Answer, Difference, Part, PositionDifference, Witness
from .witness import shown

_VERDICTS = {
    CHANGES: "an answer changes",
    NONE: "no answer can change (proved)",
    NOT_PROVED: "not proved that no answer changes",
}
_WHOLE = {
    CHANGES: "Answers change",
    NONE: "No answer can change (proved)",
    NOT_PROVED: "Not proved that no answer changes",
}
_MOST_IDS = 10
_MOST_ROWS = 40


def record_text(witness: Witness) -> str:
    """Return a witness as a flow map that can be pasted into an example, and the date."""
    return f"{shown(witness.record).rsplit(' as of ', 1)[0]} as of {witness.as_of}"


# --- text ---


def as_text(difference: Difference, cohort: Cohort | None = None) -> str:
    """Return what changed, part by part, for a terminal."""
    return "\n".join([*_text(difference), *([] if cohort is None else ["", *_cohort_text(cohort)])]) + "\n"


def _text(difference: Difference) -> Iterator[str]:
    for part in difference.shared:
        yield from _part_text(part, "")
    for position in difference.positions:
        yield from _position_text(position)
    yield _sentence(difference)


def _sentence(difference: Difference) -> str:
    if not difference.positions and not difference.shared:
        return "Nothing changed: no answer can change (proved)."
    count = sum(p.verdict == CHANGES for p in difference.positions)
    where = f" in {count} position{'' if count == 1 else 's'}" if count else ""
    version = f" The guidelines {difference.old_version} deserve {difference.deserves}." if difference.deserves else ""
    return f"{_WHOLE[difference.verdict]}{where}.{version}"


def _position_text(position: PositionDifference) -> Iterator[str]:
    yield f"{position.address}: {_heading(position)}"
    for part in position.parts:
        if position.state in ("added", "removed") and part.kind != "position":
            yield f"  {part.kind} {part.id}"
        else:
            yield from _part_text(part, "  ")
    yield from (f"  {note}" for note in position.notes)
    yield ""


def _heading(position: PositionDifference) -> str:
    if position.deserves is None:
        return f"{position.state}; {_VERDICTS[position.verdict]}"
    versions = (
        position.old_version
        if position.old_version == position.new_version
        else f"{position.old_version} → {position.new_version}"
    )
    small = "" if position.version_is_enough else f", and deserves {position.deserves}"
    return f"{_VERDICTS[position.verdict]}; version {versions}{small}"


def _part_text(part: Part, indent: str) -> Iterator[str]:
    used = f", used by {', '.join(part.used_by)}" if part.used_by else ""
    state = "" if part.state == "changed" else f" ({part.state})"
    yield f"{indent}{part.kind} {part.id}{state}: {part.change}{used}"
    for change in part.changes:
        words = f"  ({change.words})" if change.words else ""
        yield f"{indent}  {change.what}: {change.text}{words}"
    for answer in part.answers:
        yield from _answer_text(answer, indent + "  ")


def _answer_text(answer: Answer, indent: str) -> Iterator[str]:
    if answer.verdict == NONE:
        yield f"{indent}{answer.what}: cannot change (proved)"
    elif answer.verdict == NOT_PROVED:
        yield f"{indent}{answer.what}: not proved; {answer.reason}"
    for witness in answer.witnesses:
        yield f"{indent}{answer.what}: {witness.old} → {witness.new}"
        yield f"{indent}  {record_text(witness)}"
        if witness.by:
            yield f"{indent}  set apart by: {'; '.join(witness.by)}"


def _cohort_text(cohort: Cohort) -> Iterator[str]:
    yield _cohort_sentence(cohort)
    for move, ids in cohort.in_order():
        yield f"  {len(ids)}: {move.position} {move.part}, {move.what}: {move.old} → {move.new}"
        if move.by:
            yield f"    by: {'; '.join(move.by)}"
        yield f"    {_ids(ids)}"
    for where, why in cohort.unread:
        yield f"  not read: {where}: {why}"


def _cohort_sentence(cohort: Cohort) -> str:
    unread = f", {len(cohort.unread)} could not be read" if cohort.unread else ""
    return f"Cohort as of {cohort.as_of}: {cohort.changed} of {cohort.records} records change{unread}."


def _ids(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _MOST_IDS} more" if len(ids) > _MOST_IDS else ""
    return ", ".join(ids[:_MOST_IDS]) + more


# --- Markdown ---


def as_markdown(difference: Difference, cohort: Cohort | None = None) -> str:
    """Return a review comment: one sentence, a table of what changed, the witnesses folded away."""
    lines = [f"**{_sentence(difference)}**", ""]
    lines += _table(("Where", "What changed", "Answers"), list(_rows(difference)))
    lines += _versions(difference)
    lines += _folded("Witness patients", list(_witness_lines(difference)))
    if cohort is not None:
        lines += [f"**{_cohort_sentence(cohort)}**", "", *_cohort_rows(cohort)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _rows(difference: Difference) -> Iterator[tuple[str, str, str]]:
    for part in difference.shared:
        yield f"{part.kind} `{part.id}`", _changes_cell(part), part.change
    for position in difference.positions:
        whole = position.state in ("added", "removed")
        for part in position.parts if not whole else position.parts[:1]:
            name = f"`{position.address}`" + ("" if part.kind == "position" else f" {part.kind} `{part.id}`")
            yield name, position.state if whole else _changes_cell(part), _answers_cell(part)
        yield from ((f"`{position.address}`", _cell(note), "not proved") for note in position.notes)


def _changes_cell(part: Part) -> str:
    told = [f"{change.what}: {_code(change.text)}" for change in part.changes[:4]]
    more = [f"and {len(part.changes) - 4} more"] if len(part.changes) > 4 else []
    used = [f"used by {', '.join(f'`{user}`' for user in part.used_by)}"] if part.used_by else []
    return "<br>".join(told + more + used) or "reads the same"


def _code(text: str) -> str:
    short = text if len(text) <= 160 else text[:159] + "…"
    return f"`{_cell(short).replace('`', '')}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _answers_cell(part: Part) -> str:
    moved = [f"{a.what}: {_cell(_short(w.old))} → {_cell(_short(w.new))}" for a in part.answers for w in a.witnesses]
    moved += [f"{a.what}: not proved" for a in part.answers if a.verdict == NOT_PROVED]
    return (
        "<br>".join([part.change, *dict.fromkeys(moved)])
        if moved
        else f"{part.change}; none (proved)"
        if part.answers
        else part.change
    )


def _short(text: str) -> str:
    """Return an answer without what it needs and how strong it is, for a table."""
    head, _, rest = text.partition(":")
    return head.partition(" (needs")[0] + (f": {rest.strip().rpartition(',')[0] or rest.strip()}" if rest else "")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    lines = [" | ".join(head), " | ".join("---" for _ in head), *(" | ".join(row) for row in rows[:_MOST_ROWS])]
    more = [f"… and {len(rows) - _MOST_ROWS} more", ""] if len(rows) > _MOST_ROWS else []
    return [*(f"| {line} |" for line in lines), "", *more]


def _versions(difference: Difference) -> list[str]:
    small = [p for p in difference.positions if not p.version_is_enough]
    return [f"- `{p.address}` has version {p.new_version} and deserves **{p.deserves}**." for p in small] + (
        [""] if small else []
    )


def _witness_lines(difference: Difference) -> Iterator[str]:
    for position in difference.positions:
        for part in position.parts:
            for answer in part.answers:
                for witness in answer.witnesses:
                    yield f"- `{position.address}` {part.kind} `{part.id}`, {answer.what}"
                    yield f"  - record: `{record_text(witness)}`"
                    yield f"  - before: {witness.old}"
                    yield f"  - after: {witness.new}"
                    if witness.by:
                        yield f"  - set apart by: {'; '.join(f'`{line}`' for line in witness.by)}"


def _folded(title: str, lines: Sequence[str]) -> list[str]:
    return ["<details>", f"<summary>{title}</summary>", "", *lines, "", "</details>", ""] if lines else []


def _cohort_rows(cohort: Cohort) -> list[str]:
    rows = [
        (
            str(len(ids)),
            f"`{move.position}` `{move.part}`",
            f"{move.what}: {_cell(_short(move.old))} → {_cell(_short(move.new))}",
            "<br>".join(_code(line) for line in move.by),
            _cell(_ids(ids)),
        )
        for move, ids in cohort.in_order()
    ]
    unread = [f"- not read: {where}: {why}" for where, why in cohort.unread[:_MOST_IDS]]
    return [*_table(("Records", "Where", "From what to what", "By", "Ids"), rows), *unread]


# --- JSON ---


def as_json(difference: Difference, cohort: Cohort | None = None) -> str:
    """Return the difference as JSON, in the shape that the head of this module gives."""
    return json.dumps(data(difference, cohort), ensure_ascii=False, indent=2) + "\n"


def data(difference: Difference, cohort: Cohort | None = None) -> dict[str, Any]:
    """Return the difference as plain data."""
    return {
        "diff": "igguide/1",
        "old": {"version": difference.old_version, "digest": difference.old_digest},
        "new": {"version": difference.new_version, "digest": difference.new_digest},
        "verdict": difference.verdict,
        "step": difference.step,
        "deserves": difference.deserves,
        "positions": [_position_data(position) for position in difference.positions],
        "shared": [_part_data(part) for part in difference.shared],
        "cohort": None if cohort is None else _cohort_data(cohort),
    }


def _position_data(position: PositionDifference) -> dict[str, Any]:
    return {
        "position": position.address,
        "state": position.state,
        "verdict": position.verdict,
        "step": position.step,
        "old_version": position.old_version,
        "new_version": position.new_version,
        "deserves": position.deserves,
        "version_is_enough": position.version_is_enough,
        "notes": list(position.notes),
        "parts": [_part_data(part) for part in position.parts],
    }


def _part_data(part: Part) -> dict[str, Any]:
    return {
        "kind": part.kind,
        "id": part.id,
        "state": part.state,
        "class": part.change,
        "place": part.place,
        "used_by": list(part.used_by),
        "changes": [{**change._asdict(), "text": change.text} for change in part.changes],
        "answers": [_answer_data(answer) for answer in part.answers],
    }


def _answer_data(answer: Answer) -> dict[str, Any]:
    return {
        "what": answer.what,
        "verdict": answer.verdict,
        "reason": answer.reason,
        "witnesses": [
            {"record": dict(w.record), "as_of": w.as_of.isoformat(), "old": w.old, "new": w.new, "by": list(w.by)}
            for w in answer.witnesses
        ],
    }


def _cohort_data(cohort: Cohort) -> dict[str, Any]:
    return {
        "as_of": cohort.as_of.isoformat(),
        "records": cohort.records,
        "changed": cohort.changed,
        "unread": [{"where": where, "why": why} for where, why in cohort.unread],
        "moves": [
            {**move._asdict(), "by": list(move.by), "count": len(ids), "ids": list(ids)}
            for move, ids in cohort.in_order()
        ],
    }
