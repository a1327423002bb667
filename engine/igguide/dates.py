"""Dates that may be partial, calendar arithmetic, and time since an event.

A month of the calendar is what the calendar says: 31 January and one month is 28 or 29 February. Days
are differences of dates. Nothing here reads the clock.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import NamedTuple

from .truth import NO, UNKNOWN, YES, Truth, either_way

CALENDAR_MONTHS = {"mo": 1, "a": 12}
DAYS = {"d": 1, "wk": 7}
_IN_EVERY_MONTH = 28


class When(NamedTuple):
    """When something was: the first and last day it may have been, and the instant where one is given."""

    first: date
    last: date
    instant: datetime | None = None

    @property
    def whole(self) -> bool:
        """Return whether the day is known."""
        return self.first == self.last


_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(T\S+)?)?)?", re.ASCII)
_LONGEST = 64  # characters of a text that is looked at; no date is longer


def on_day(day: date) -> When:
    """Return the day as a `When`."""
    return When(day, day)


def read_date(text: str) -> When | None:
    """Return what `2026`, `2026-08`, `2026-08-31` or a FHIR instant says, or None where it says no date."""
    found = _DATE.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if not found:
        return None
    year, month, day, time = found.groups()
    try:
        if month is None:
            return When(date(int(year), 1, 1), date(int(year), 12, 31))
        if day is None:
            return When(
                date(int(year), int(month), 1), date(int(year), int(month), monthrange(int(year), int(month))[1])
            )
        whole = date(int(year), int(month), int(day))
        return When(whole, whole, datetime.fromisoformat(text.strip()) if time else None)
    except ValueError:
        return None


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_AS_IN = "Write the whole date as year-month-day, as in {}."
_PARTS = re.compile(r"([0-9]+)(?:([-./])([0-9]+)(?:\2([0-9]+))?)?", re.ASCII)


def date_fault(text: str) -> tuple[str, str]:
    """Return what is wrong with a text that is no whole date, and how to write it."""
    shown, (day_text, _, time) = text[:_LONGEST].strip(), text[:_LONGEST].strip().partition("T")
    found = _PARTS.fullmatch(day_text if time else shown)
    if not found:
        return f"`{shown}` is not a date.", _AS_IN.format("2026-11-21")
    year, _, month, day = found.groups()
    if len(year) != 4 and day and len(day) == 4:
        return f"`{shown}` is a date in another order.", _AS_IN.format(f"{day}-11-21")
    if len(year) != 4:
        return f"`{shown}` is not a date.", _AS_IN.format("2026-11-21")
    if month is None or day is None:
        what = "is only a year" if month is None else "has no day"
        first = f"{year}-{(month or '01').zfill(2)}-01"
        return f"`{shown}` {what}.", _AS_IN.format(first) + " Where no more is known, say so in a `reading:`."
    if not 1 <= int(month) <= 12:
        swapped = f"{year}-{day.zfill(2)}-{month.zfill(2)}" if 1 <= int(day) <= 12 else "2026-11-21"
        return f"`{shown}`: there is no month {month}.", _AS_IN.format(swapped)
    last = monthrange(int(year) or 4, int(month))[1]
    if not 1 <= int(day) <= last:
        return f"`{shown}`: {_MONTHS[int(month) - 1]} {year} has {last} days.", _AS_IN.format("2026-11-21")
    mended = f"{year}-{month.zfill(2)}-{day.zfill(2)}"
    what = "has a time of day" if time else "is not written as it should be"
    return f"`{shown}` {what}.", f"Write it as `{mended}`."


def written(when: When) -> str:
    """Return the date as precisely as it is known: 2026, 2026-08 or 2026-08-31."""
    if when.whole:
        return when.first.isoformat()
    if when.last == _month_end(when.first):
        return when.first.isoformat()[:7]
    if (when.first.month, when.first.day, when.last.month, when.last.day) == (
        1,
        1,
        12,
        31,
    ) and when.first.year == when.last.year:
        return when.first.isoformat()[:4]
    return f"{when.first.isoformat()} to {when.last.isoformat()}"


def _month_end(day: date) -> date | None:
    return day.replace(day=monthrange(day.year, day.month)[1]) if day.day == 1 else None


def later(a: When, b: When) -> bool:
    """Return whether a is surely later than b, a full date counting as later than the month it lies in."""
    if a.instant and b.instant and (a.instant.tzinfo is None) == (b.instant.tzinfo is None):
        return a.instant > b.instant
    if a.first > b.last:
        return True
    return a.whole and not b.whole and b.first <= a.first <= b.last


def spanning_dates(dates: list[When]) -> When:
    """Return the shortest stretch of days that holds all of these."""
    return When(min(d.first for d in dates), max(d.last for d in dates))


def add(day: date, count: int, unit: str) -> date:
    """Return the day that many `d`, `wk`, `mo` or `a` later; a day that a month lacks becomes its last."""
    if unit in DAYS:
        return _clamped(day, count * DAYS[unit])
    months = day.year * 12 + day.month - 1 + count * CALENDAR_MONTHS[unit]
    year, month = divmod(months, 12)
    if year > 9999:
        return date.max
    if year < 1:
        return date.min
    if day.day <= _IN_EVERY_MONTH:
        return date(year, month + 1, day.day)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _clamped(day: date, days: int) -> date:
    try:
        return day + timedelta(days)
    except OverflowError:
        return date.max if days > 0 else date.min


def overlap(a: When, b: When) -> When | None:
    """Return the days that two stretches share, or None where they share none."""
    first, last = max(a.first, b.first), min(a.last, b.last)
    return When(first, last) if first <= last else None


def born_between(least: int, most: int | None, unit: str, on: When) -> When:
    """Return the birth dates of those who on some day of `on` are from `least` to `most` completed units old."""
    last = _latest_start(least, unit, on.last)
    return When(date.min if most is None else _clamped(_latest_start(most + 1, unit, on.first), 1), last)


def _latest_start(count: int, unit: str, until: date) -> date:
    """Return the last day from which that many units have passed by `until`."""
    day = add(until, -count, unit)
    while day < until and add(_clamped(day, 1), count, unit) <= until:
        day = _clamped(day, 1)
    return day


def completed(since: date, until: date, unit: str) -> int:
    """Return how many whole units lie between two days, as ages are counted."""
    if unit in DAYS:
        return (until - since).days // DAYS[unit]
    span = CALENDAR_MONTHS[unit]
    count = ((until.year - since.year) * 12 + until.month - since.month) // span + 1
    while add(since, count, unit) > until:
        count -= 1
    return count


_ELAPSED = {
    "<": lambda now, then: now < then,
    "<=": lambda now, then: now <= then,
    ">": lambda now, then: now > then,
    ">=": lambda now, then: now >= then,
    "=": lambda now, then: now == then,
}


def time_since(event: When, operator: str, count: int, unit: str, as_of: date) -> Truth:
    """Return whether the time from an event to `as_of` compares so; all are no for an event yet to come."""

    def on(day: date) -> Truth:
        return YES if day <= as_of and _ELAPSED[operator](as_of, add(day, count, unit)) else NO

    if event.whole:
        return on(event.first)
    if operator == "=":
        surely_not = add(event.last, count, unit) < as_of or add(event.first, count, unit) > as_of
        return NO if surely_not else UNKNOWN
    return either_way(on(day) for day in (event.first, min(event.last, max(as_of, event.first)), event.last))


def planned(event: When, as_of: date) -> Truth:
    """Return whether an event lies after `as_of`."""
    return either_way(YES if day > as_of else NO for day in (event.first, event.last))
