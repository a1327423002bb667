"""The closed set of line forms: each is read as its form, and a wrong one gives one problem at the wrong word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import igguide
from igguide.errors import Place, Problem
from igguide.lines import FORMS, Vocabulary, read_line
from igguide.model import CountOf, GradeIs, IsOption, Line

FACTS = igguide.load().facts
WORDS = Vocabulary(
    FACTS,
    {
        "icans": ("grade-4", "grade-3", "grade-2", "grade-1", "none"),
        "hypogammaglobulinaemia": ("severe", "mild", "none"),
    },
    ("infection-burden",),
)
START = Place("file.yaml", 7, 11)


def read(text: str) -> Line | Problem:
    return read_line(text, START, WORDS)


def right(text: str) -> Line:
    line = read(text)
    assert not isinstance(line, Problem), line
    return line


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.form)
def test_each_form_has_an_example_that_is_read(form: object) -> None:
    assert right(form.example).text == form.example  # type: ignore[attr-defined]


def test_the_forms_cover_every_kind_of_line() -> None:
    kinds = {type(right(form.example)).__name__ for form in FORMS}
    assert kinds == {kind.__name__ for kind in Line.__args__}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("igg<=400 mg/dL", "Comparison"),
        ("igg <= 400mg/dL", "Comparison"),
        ("  igg   <=   400   mg/dL  ", "Comparison"),
        ("igg <= 4.0 g/L", "Comparison"),
        ("creatinine > 1.2 mg/dL", "Comparison"),
        ("age >= 6 months", "AgeComparison"),
        ("ice_score >= 7 points", "Comparison"),
        ("car_t_product is one of axicabtagene_ciloleucel , tisagenlecleucel", "IsOption"),
        ("icans is grade-2", "GradeIs"),
        ("count of infection = 0", "CountOf"),
        ("igg is recorded", "Recorded"),
    ],
)
def test_what_is_allowed(text: str, kind: str) -> None:
    assert type(right(text)).__name__ == kind


def test_the_parts_of_a_line_are_kept() -> None:
    count = right("count of serious bacterial infection in the last 12 months >= 2")
    assert isinstance(count, CountOf)
    assert (dict(count.where), count.within, count.operator, count.number) == (
        {"severity": "serious", "kind": "bacterial"},
        count.within,
        ">=",
        2,
    )
    assert count.within is not None
    assert (count.within.low, count.within.unit) == (12, "mo")
    grade = right("icans is at least grade-2")
    assert isinstance(grade, GradeIs)
    assert (grade.band, grade.or_worse) == ("grade-2", True)
    options = right("car_t_product is one of tisagenlecleucel, axicabtagene_ciloleucel")
    assert isinstance(options, IsOption)
    assert options.options == {"tisagenlecleucel", "axicabtagene_ciloleucel"}


@pytest.mark.parametrize(
    ("text", "word", "says"),
    [
        ("igg <= 400", None, "needs its unit"),
        ("igg <= 400 mg/dk", "mg/dk", "not known"),
        ("igg <= 400 Mg/dL", "Mg/dL", "not known"),
        ("igg <= 400 kg", "kg", "mass"),
        ("igg <= 1,000 mg/dL", "1,000", "not a number"),
        ("igg <= 90000 mg/dL", "90000", "outside the limits"),
        ("igg <=", None, "Nothing stands"),
        ("<= 400 mg/dL", "<=", "Nothing stands before"),
        ("400 mg/dL >= igg", "400", "The fact comes first"),
        ("200 mg/dL < igg < 400 mg/dL", "< 400", "here a second one begins"),
        ("igg =< 400 mg/dL", "=<", "not one of the operators"),
        ("igg == 400 mg/dL", "==", "not one of the operators"),
        ("igg != 400 mg/dL", "!=", "not one of the operators"),
        ("igg under 400 mg/dL", "under", "not in words (`under`)"),
        ("igg is above 400 mg/dL", "above", "not in words (`above`)"),
        ("age between 6 and 18 years", "between", "A range is two comparisons"),
        ("igg 200-400 mg/dL", "200-400", "A range is two comparisons"),
        ("“igg < 400 mg/dL”", "“", "curly quote"),
        ("igg < platelets", "platelets", "do not compare"),
        ("igg < iggg", "iggg", "no fact"),
        ("igq < 400 mg/dL", "igq", "no fact"),
        ("igg < 400 mg/dL and age > 18 years", "and", "one comparison"),
        ("current_infection OR iga_deficiency", "OR", "one comparison"),
        ("not current_infection", "not", "not used"),
        ("car_t_target is not cd19", "not", "not used"),
        ("car_t_target is cd91", "cd91", "no option"),
        ("car_t_product is one of tisagenlecleucel, tisa", "tisa", "no option"),
        ("car_t_target = cd19", "car_t_target", "cannot be compared"),
        ("car_t_target is at least cd19", "at least", "goes with grades"),
        ("car_t_target", "car_t_target", "no condition"),
        ("igg", "igg", "no condition"),
        ("icans is grade-5", "grade-5", "no band"),
        ("icans", "icans", "no condition"),
        ("infection-burden is yes", "is", "does not go with"),
        ("infection-burdn", "infection-burdn", "no fact"),
        ("igg is planned", "igg", "is wanted here"),
        ("age >= 1.5 years", "1.5", "completed units"),
        ("age >= 200 years", "200", "Nobody"),
        ("time since car_t_infusion", None, "not a complete"),
        ("time since car_t_infusion <= 90", None, "needs its unit"),
        ("time since car_t_infusion <= 1.5 months", "1.5", "whole number"),
        ("time since car_t_infusion <= 90 mg", "mg", "calendar time"),
        ("time since car_t_infusion <= 9000 years", "9000", "longer than anyone lives"),
        ("time since igg <= 90 days", "igg", "is wanted here"),
        ("count of infection", None, "not a complete"),
        ("count of infection >=", None, "Nothing stands after"),
        ("count of infection >= -1", "-1", "whole number"),
        ("count of infection >= two", "two", "not a number"),
        ("count of infection >= 2 times", "times", "bare number"),
        ("count of severe infection >= 2", "severe", "no word"),
        ("count of serious mild infection >= 2", "mild", "cannot both"),
        ("count of infection in the last 12 >= 2", None, "needs its unit"),
        ("count of infection in the last 12 moons >= 2", "moons", "calendar time"),
        ("count of igg >= 2", "igg", "is wanted here"),
        ("any old sentence", "any", "not of a known form"),
        ("", None, ""),
    ],
)
def test_a_wrong_line_is_told_at_the_wrong_word(text: str, word: str | None, says: str) -> None:
    problem = read(text)
    assert isinstance(problem, Problem)
    assert says in problem.what
    assert problem.remedy
    assert problem.place.line == START.line
    if word is not None:
        found = (
            text.index(word, text.index("is "))
            if word == "is"
            else text.index(word, 6 if word == "tisa" and "one of" in text else 0)
        )
        at = problem.place.column - START.column
        assert text[at:].startswith(word.split()[0]), (at, found, text[at:])


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("IgG < 400 mg/dL", "`igg`"),
        ("igq < 400 mg/dL", "`iga`, `igg` or `igm`"),
        ("serious_bacterial_infections", "`serious_bacterial_infection`"),
        ("icans is at least grade2", "`grade-2`"),
        ("igg < 4 Mg/DL", "mg/dL? Case matters"),
        ("igg < 4 mgdl", "mg/dL?"),
        ("age < 18 yrs", "years?"),
    ],
)
def test_a_misspelt_word_is_answered_with_the_right_one(text: str, offered: str) -> None:
    problem = read(text)
    assert isinstance(problem, Problem)
    assert f"Did you mean {offered}" in problem.remedy


PIECES = st.sampled_from(
    [
        "igg",
        "age",
        "car_t_infusion",
        "infection",
        "icans",
        "infection-burden",
        "current_infection",
        "car_t_target",
        "is",
        "one of",
        "at least",
        "recorded",
        "planned",
        "time since",
        "count of",
        "in the last",
        "<=",
        "=",
        "<",
        ">",
        "!",
        "400",
        "1.5",
        "-2",
        "mg/dL",
        "days",
        "years",
        "cd19",
        "grade-2",
        ",",
        "and",
        "not",
        "serious",
        "mild",
        " ",
        "\u00a0",
        "é",
        "9" * 50,
        ".",
        "%",
    ]
)


@given(
    st.one_of(
        st.text(max_size=40), st.lists(PIECES, max_size=8).map(" ".join), st.lists(PIECES, max_size=6).map("".join)
    )
)
def test_any_line_is_a_condition_or_one_problem(text: str) -> None:
    found = read(text)
    if isinstance(found, Problem):
        assert START.column <= found.place.column <= START.column + len(text) + 1
        assert found.what
