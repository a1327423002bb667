"""Partial dates, calendar arithmetic, completed units, time since an event; checked against every day nearby."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igguide.dates import (
    When,
    add,
    born_between,
    completed,
    later,
    on_day,
    overlap,
    planned,
    read_date,
    time_since,
    written,
)

DAYS = st.dates(date(1990, 1, 1), date(2030, 12, 31))
UNITS = st.sampled_from(["d", "wk", "mo", "a"])


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-08-31", date(2026, 8, 31), date(2026, 8, 31)),
        (" 2026-08-31 ", date(2026, 8, 31), date(2026, 8, 31)),
        ("2026-08-31T23:30:00-05:00", date(2026, 8, 31), date(2026, 8, 31)),
    ],
)
def test_date(text: str, first: date, last: date) -> None:
    found = read_date(text)
    assert found is not None
    assert (found.first, found.last) == (first, last)


@pytest.mark.parametrize(
    "text",
    ["", "2026-02-30", "2025-02-29", "2026-13", "2026-00", "26-01-01", "2026-1-1", "30.09.2026", "09/30/2026", "0000-01-01", "2026-08-31T25:00", "20260831", "٢٠٢٦-٠٨-٣١", "2026-08-31 10:00", "2026-08-31T" + "0" * 10_000],
)  # fmt: skip
def test_no_date(text: str) -> None:
    assert read_date(text) is None


@pytest.mark.parametrize("text", ["2026", "2026-08", "2024-02", "2026-08-31"])
def test_written_as_precisely_as_known(text: str) -> None:
    found = read_date(text)
    assert found is not None
    assert written(found) == text


@pytest.mark.parametrize(
    ("day", "count", "unit", "expected"),
    [
        (date(2026, 1, 31), 1, "mo", date(2026, 2, 28)),
        (date(2024, 1, 31), 1, "mo", date(2024, 2, 29)),
        (date(2024, 2, 29), 1, "a", date(2025, 2, 28)),
        (date(2024, 2, 29), 4, "a", date(2028, 2, 29)),
        (date(2026, 8, 31), 6, "mo", date(2027, 2, 28)),
        (date(2026, 3, 31), -1, "mo", date(2026, 2, 28)),
        (date(2026, 8, 23), 90, "d", date(2026, 11, 21)),
        (date(2026, 1, 1), 52, "wk", date(2026, 12, 31)),
        (date(2026, 11, 21), -3, "mo", date(2026, 8, 21)),
        (date(9999, 6, 1), 1, "a", date.max),
        (date(2026, 1, 1), 10**9, "d", date.max),
        (date(2026, 1, 1), -(10**30), "mo", date.min),
    ],
)
def test_add(day: date, count: int, unit: str, expected: date) -> None:
    assert add(day, count, unit) == expected


@pytest.mark.parametrize(
    ("since", "until", "unit", "count"),
    [
        (date(2008, 11, 21), date(2026, 11, 21), "a", 18),
        (date(2008, 11, 22), date(2026, 11, 21), "a", 17),
        (date(2008, 2, 29), date(2026, 2, 27), "a", 17),
        (date(2008, 2, 29), date(2026, 2, 28), "a", 18),
        (date(2008, 2, 29), date(2028, 2, 28), "a", 19),
        (date(2026, 1, 31), date(2026, 2, 27), "mo", 0),
        (date(2026, 1, 31), date(2026, 2, 28), "mo", 1),
        (date(2026, 11, 7), date(2026, 11, 20), "wk", 1),
        (date(2026, 11, 7), date(2026, 11, 21), "wk", 2),
        (date(2026, 11, 21), date(2026, 11, 21), "d", 0),
    ],
)
def test_completed(since: date, until: date, unit: str, count: int) -> None:
    assert completed(since, until, unit) == count


@given(DAYS, DAYS, UNITS)
def test_completed_is_the_most_that_fits(since: date, until: date, unit: str) -> None:
    if since > until:
        since, until = until, since
    count = completed(since, until, unit)
    assert add(since, count, unit) <= until < add(since, count + 1, unit)


@given(DAYS, st.integers(0, 700), UNITS)
def test_adding_keeps_the_order_of_days(day: date, count: int, unit: str) -> None:
    assert add(day, count, unit) <= add(day + timedelta(1), count, unit)


@given(DAYS, st.integers(0, 40), st.integers(0, 3), UNITS)
def test_born_between_is_exactly_those_of_that_age(day: date, least: int, more: int, unit: str) -> None:
    window = born_between(least, least + more, unit, on_day(day))
    for edge in (window.first, window.last):
        for step in range(-4, 5):
            born = edge + timedelta(step)
            if born <= day:
                assert (window.first <= born <= window.last) == (least <= completed(born, day, unit) <= least + more), (
                    born
                )


def test_born_between_without_an_upper_end_has_no_first_day() -> None:
    assert born_between(18, None, "a", on_day(date(2026, 11, 21))) == When(date.min, date(2008, 11, 21))


def test_overlap() -> None:
    august, summer = When(date(2026, 8, 1), date(2026, 8, 31)), When(date(2026, 6, 21), date(2026, 8, 5))
    assert overlap(august, summer) == When(date(2026, 8, 1), date(2026, 8, 5))
    assert overlap(august, on_day(date(2026, 9, 1))) is None


OPERATORS = {
    "<": lambda now, then: now < then, "<=": lambda now, then: now <= then, ">": lambda now, then: now > then,
    ">=": lambda now, then: now >= then, "=": lambda now, then: now == then,
}  # fmt: skip


@given(DAYS, st.integers(0, 45), st.sampled_from(list(OPERATORS)), st.integers(0, 40), UNITS, st.integers(-60, 60))
def test_time_since_a_partial_date_is_what_all_its_days_share(
    first: date, length: int, operator: str, count: int, unit: str, shift: int
) -> None:
    as_of = add(first, count, unit) + timedelta(shift)
    event = When(first, first + timedelta(length))
    days = [first + timedelta(step) for step in range(length + 1)]
    ways = {day <= as_of and OPERATORS[operator](as_of, add(day, count, unit)) for day in days}
    found = time_since(event, operator, count, unit, as_of)
    if len(ways) == 1 and (operator != "=" or found != "unknown"):  # `=` may stay open where the calendar skips a day
        assert found == ("yes" if ways == {True} else "no")
    else:
        assert found == "unknown"


@pytest.mark.parametrize("operator", list(OPERATORS))
def test_no_time_has_passed_since_an_event_to_come(operator: str) -> None:
    assert time_since(on_day(date(2026, 11, 22)), operator, 0, "d", date(2026, 11, 21)) == "no"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2026-11-22", "yes"), ("2026-11-21", "no"), ("2026-11", "unknown"), ("2026-12", "yes"), ("2026-10", "no"), ("2027", "yes")],
)  # fmt: skip
def test_planned(text: str, expected: str) -> None:
    when = read_date(text)
    assert when is not None
    assert planned(when, date(2026, 11, 21)) == expected


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("2026-08-02", "2026-08-01", True),
        ("2026-08-01", "2026-08-01", False),
        ("2026-08-01T12:00:00Z", "2026-08-01T10:00:00Z", True),
        ("2026-08-01T12:00:00+05:00", "2026-08-01T10:00:00Z", False),
        ("2026-08-01T12:00:00Z", "2026-08-01", False),
        ("2026-08-01", "2026-08-01T12:00:00Z", False),
        ("2026-08-15", "2026-08", True),
        ("2026-08", "2026-08-15", False),
        ("2026-09", "2026-08", True),
        ("2026", "2026-08", False),
        ("2026-08-01T12:00:00", "2026-08-01T10:00:00Z", False),
    ],
)
def test_later(a: str, b: str, expected: bool) -> None:
    x, y = read_date(a), read_date(b)
    assert x is not None
    assert y is not None
    assert later(x, y) is expected
