"""The plain form of a record: a flat map from fact name to value, read into a chart.

born: 1968-03-02                  a date, or a partial one: 1968, 1968-03
igg: 380 mg/dL                    also `< 40 mg/dL`, `300-400 mg/dL`
weight: [{value: 70 kg, on: 2026-10-01}, {value: 154 [lb_av], on: 2026-11-02}]
car_t_infusion: none              said not to have been; dates and events only
infection: [{on: 2026-10-20, severity: serious, kind: bacterial}]     these and no others; [] is none
current_infection: unknown        asked, and not known
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from .chart import Chart, Entry, Event, Fault, Trouble, quantity_entry, thousands_fault
from .dates import When, read_date
from .errors import RecordError
from .model import Fact, Option
from .quantity import Amount, exactly, read_amount, read_number
from .truth import NO, YES

ID_KEYS = ("id", "record")


_LONGEST_NAME = 60  # characters of a name for which a likeness is looked for
_DEEPEST = 50  # levels of lists and maps in a record; a plain record needs three


def digest_of(content: Any) -> str:
    """Return the SHA-256 of a record's canonical JSON, with its algorithm in front."""
    return "sha256:" + hashlib.sha256(_canonical(content).encode("utf-8", "surrogatepass")).hexdigest()


def _canonical(content: Any) -> str:
    try:
        return _AS_JSON.encode(content)
    except (TypeError, ValueError, RecursionError):
        return _AS_JSON.encode(_plain(content))


_AS_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def _plain(value: Any, depth: int = 0) -> Any:
    """Return what a record holds as plain data, for a record that JSON cannot write as it stands."""
    if depth > _DEEPEST:
        raise RecordError(f"The record nests lists and maps more than {_DEEPEST} deep.")
    if isinstance(value, Mapping):
        return {_shown(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    return value if value is None or isinstance(value, str | bool | float) else _shown(value)


def _shown(value: Any) -> str:
    """Return a value as text, whatever it is; a number that Python refuses to print is told by its size."""
    try:
        return value if isinstance(value, str) else str(value)
    except ValueError:
        return f"a number of {value.bit_length()} bits" if isinstance(value, int) else f"a {type(value).__name__}"


def read_record(content: Any, facts: Mapping[str, Fact]) -> Chart:
    """Return what a plain record says. Raises RecordError where it is no map from names to values."""
    if not isinstance(content, Mapping):
        raise RecordError("A record is a map from fact names to values, as in `igg: 380 mg/dL`.")
    digest = digest_of(content)
    reader = _Reader(facts)
    for key, value in content.items():
        reader.take(key if isinstance(key, str) else _shown(key), value)
    named = next((content[key] for key in ID_KEYS if _is_id(content.get(key))), None)
    return Chart(
        None if named is None else _shown(named),
        digest,
        reader.entries,
        frozenset(reader.complete),
        frozenset(reader.nothing),
        tuple(reader.troubles),
    )


def _is_id(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


class _Reader:
    def __init__(self, facts: Mapping[str, Fact]) -> None:
        self.facts = facts
        self.entries: dict[str, list[Entry]] = {}
        self.complete: set[str] = set()
        self.nothing: set[str] = set()
        self.troubles: list[Trouble] = []

    def _like(self, key: str) -> str | None:
        """Return the fact whose name, title or other name is most like a key."""
        known = {
            "_".join(word.lower().split()): fact.name
            for fact in self.facts.values()
            for word in (*fact.aliases, fact.title, fact.name)
        }
        close = get_close_matches(key.lower(), known, 1, 0.7)
        return known[close[0]] if close else None

    def take(self, key: str, value: Any) -> None:
        fact = self.facts.get(key)
        if fact is None:
            if key not in ID_KEYS:
                close = self._like(key) if len(key) < _LONGEST_NAME else None
                self.troubles.append(
                    Trouble(
                        "unknown-fact",
                        key,
                        f"`{key}` is no name that is known here, so it is not used."
                        + (f" Did you mean `{close}`?" if close else ""),
                    )
                )
            return
        if fact.kind == "events":
            self.entries[key] = self._events(fact, value)
        elif fact.kind == "choices":
            self.entries[key] = self._choices(fact, value)
        else:
            self.entries[key] = self._values(fact, value)

    # one value, or a list of dated values

    def _values(self, fact: Fact, value: Any) -> list[Entry]:
        if isinstance(value, list | tuple):
            return [self._dated(fact, item, f"/{fact.name}/{index}") for index, item in enumerate(value)]
        return [self._dated(fact, value, f"/{fact.name}")]

    def _dated(self, fact: Fact, value: Any, source: str) -> Entry:
        if not isinstance(value, Mapping):
            return self._value(fact, value, Entry(None, None, source, _written(value)))
        entry = Entry(None, None, source, _written(value.get("value")))
        strange = sorted(_shown(key) for key in value if key not in ("value", "on"))
        if strange or "value" not in value:
            return _unreadable(
                entry,
                fact,
                f"{fact.title} is given with {', '.join(strange) or 'no value'}; write {{value: ..., on: 2026-11-21}}.",
            )
        if value.get("on") is not None:
            on = _when(value["on"])
            if on is None:
                return _unreadable(
                    entry,
                    fact,
                    f"{fact.title} has the date `{_written(value['on'])}`, which is none; {_how_to_date(value['on'])}.",
                )
            entry = entry._replace(on=on)
        return self._value(fact, value["value"], entry)

    def _value(self, fact: Fact, value: Any, entry: Entry) -> Entry:
        absent = _absent(value)
        if absent:
            return entry._replace(absent=absent)
        if _is_none(value) and fact.kind == "date":
            return entry._replace(absent="none")
        return _READ[fact.kind](fact, value, entry)

    # lists

    def _events(self, fact: Fact, value: Any) -> list[Entry]:
        if _is_none(value) or (isinstance(value, list | tuple) and not value):
            self.nothing.add(fact.name)
            self.complete.add(fact.name)
            return []
        source = f"/{fact.name}"
        if (absent := _absent(value)) is not None:
            return [Entry(None, None, source, _written(value), absent=absent)]
        if not isinstance(value, list | tuple):
            return [
                _unreadable(
                    Entry(None, None, source, _written(value)),
                    fact,
                    f"{fact.title} is a list of events; write [] for none, or [{{on: 2026-10-20}}].",
                )
            ]
        entries = [self._event(fact, item, f"{source}/{index}") for index, item in enumerate(value)]
        self.complete.add(fact.name)
        return entries

    def _event(self, fact: Fact, value: Any, source: str) -> Entry:
        entry = Entry(None, None, source, _written(value))
        if not isinstance(value, Mapping):
            return _unreadable(entry, fact, f"An event of {fact.title} is a map, as in {{on: 2026-10-20}}.")
        fields: list[tuple[str, str]] = []
        for key, word in value.items():
            if key == "on":
                continue
            if key not in fact.fields:
                return _unreadable(
                    entry,
                    fact,
                    f"An event of {fact.title} has no `{_shown(key)}`; known are on, {', '.join(fact.fields)}.",
                )
            if _absent(word):
                continue
            option = _option_named(word, fact.fields[key])
            if option is None:
                return entry._replace(
                    fault=Fault(
                        "unknown-choice",
                        f"`{_written(word)}` is no {key} of {fact.title}; there are {', '.join(fact.fields[key])}.",
                    )
                )
            fields.append((key, option))
        on = None
        if value.get("on") is not None and not _absent(value["on"]):
            on = _when(value["on"])
            if on is None:
                return _unreadable(
                    entry, fact, f"An event of {fact.title} has the date `{_written(value['on'])}`, which is none."
                )
        return entry._replace(value=Event(on, tuple(fields)))

    def _choices(self, fact: Fact, value: Any) -> list[Entry]:
        if (absent := _absent(value)) is not None:
            return [Entry(None, None, f"/{fact.name}", _written(value), absent=absent)]
        listed = [] if _is_none(value) else value if isinstance(value, list | tuple) else [value]
        self.complete.add(fact.name)
        entries = []
        for index, word in enumerate(listed):
            entry = Entry(None, None, f"/{fact.name}/{index}" if listed is value else f"/{fact.name}", _written(word))
            option = _option_named(word, fact.options)
            entries.append(
                entry._replace(value=(option, YES)) if option else entry._replace(fault=_unknown_choice(fact, word))
            )
        return entries


_ABSENT = {"unknown": "asked-unknown", "not applicable": "not-applicable", "not-applicable": "not-applicable"}


def _absent(value: Any) -> str | None:
    """Return the kind of not knowing that a value states, or None where it states a value."""
    if value is None:
        return "asked-unknown"
    return _ABSENT.get(value) if isinstance(value, str) else None


def _is_none(value: Any) -> bool:
    return isinstance(value, str) and value == "none"


def _written(value: Any) -> str:
    """Return a value as it stands in the record."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, Decimal) else _canonical(value)


def _when(value: Any) -> When | None:
    if isinstance(value, date):  # a datetime too
        return read_date(value.isoformat())
    return read_date(value) if isinstance(value, str) else None


def _unreadable(entry: Entry, fact: Fact, detail: str) -> Entry:
    return entry._replace(fault=Fault("unreadable", detail))


def _quantity(fact: Fact, value: Any, entry: Entry) -> Entry:
    amount = _amount(value)
    if amount is None:
        return _unreadable(
            entry,
            fact,
            f"{fact.title} of `{entry.written}` is no amount; write a number with its unit, as in 380 mg/dL.",
        )
    found = quantity_entry(fact, amount.range, amount.unit, amount.comparator, entry)
    doubt = thousands_fault(fact, value) if isinstance(value, str) and found.fault is None else None
    if doubt is None:
        return found
    times = quantity_entry(fact, amount.range.scaled(Decimal(1000)), amount.unit, amount.comparator, entry)
    thousands = ".000" in value or times.fault is None  # 34.375 kg can be no thousands
    return entry._replace(fault=doubt) if thousands else found


def _amount(value: Any) -> Amount | None:
    if isinstance(value, str):
        return read_amount(value)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = read_number(_shown(value))
    return None if number is None else Amount(exactly(number), "")


def _yes_no(fact: Fact, value: Any, entry: Entry) -> Entry:
    answer = YES if value is True else NO if value is False else None
    if isinstance(value, str):
        answer = {"yes": YES, "no": NO}.get(value)
    if answer is None:
        return _unreadable(entry, fact, f"{fact.title} is `{entry.written}`; answer yes, no or unknown.")
    return entry._replace(value=answer)


def _choice(fact: Fact, value: Any, entry: Entry) -> Entry:
    option = _option_named(value, fact.options)
    return entry._replace(value=option) if option else entry._replace(fault=_unknown_choice(fact, value))


def _unknown_choice(fact: Fact, value: Any) -> Fault:
    text = _written(value)
    close = get_close_matches(text, list(fact.options), 1) if len(text) < _LONGEST_NAME else []
    hint = f" Did you mean `{close[0]}`?" if close else f" There are {', '.join(fact.options)}."
    return Fault("unknown-choice", f"`{text}` is no option of {fact.title}.{hint}")


def _option_named(value: Any, options: Mapping[str, Option]) -> str | None:
    """Return the option with that name or alias; aliases are brand names, so their case does not matter."""
    if not isinstance(value, str):
        return None
    if value in options:
        return value
    wanted = value.strip().lower()
    return next(
        (option.name for option in options.values() if wanted in (option.name, *(a.lower() for a in option.aliases))),
        None,
    )


def _date(fact: Fact, value: Any, entry: Entry) -> Entry:
    when = _when(value)
    if when is None:
        return _unreadable(
            entry,
            fact,
            f"{fact.title} has the date `{entry.written}`, which is none; {_how_to_date(value)}, or 2026-11 where the day is not known.",
        )
    return entry._replace(value=when)


_DAY_FIRST = re.compile(r"([0-9]{1,2})[./-]([0-9]{1,2})[./-]([0-9]{4})")


def _how_to_date(value: Any) -> str:
    """Return how to write a date; of 21.11.2026 it is told, and of 5/11/2026 both that it may be."""
    found = _DAY_FIRST.fullmatch(value.strip()) if isinstance(value, str) and len(value) < _LONGEST_NAME else None
    if found is None:
        return "write it as in 2026-11-21"
    one, two, year = found.groups()
    told = [f"{year}-{month:0>2}-{day:0>2}" for day, month in ((one, two), (two, one))]
    valid = dict.fromkeys(each for each in told if read_date(each) is not None)
    return f"write {' or '.join(valid)}" if valid else "write it as in 2026-11-21"


_READ: dict[str, Callable[[Fact, Any, Entry], Entry]] = {
    "quantity": _quantity,
    "yes-no": _yes_no,
    "choice": _choice,
    "date": _date,
}
