"""Grades by an option: YAML in, the bands that each source may give it out."""

from __future__ import annotations

from building import CITE, FACTS, library, position, rule

from igguide.grade_table import grade_table

MORE = FACTS.replace(
    "options: {cll: {title: CLL}, mm: {title: Myeloma}, nhl: {title: Lymphoma}}",
    "options: {cll: {title: CLL}, mm: {title: Myeloma}, nhl: {title: Lymphoma}, aml: {title: AML}, gbs: {title: GBS}}",
)


def graded(*bands: str, name: str, scope: str = "", criteria: str = "") -> str:
    listed = "".join(f"\n      - {band}" for band in bands)
    more = f"""{scope}
{criteria}
grades:
  colour:
    title: Colour
    bands: {listed}
    otherwise: other
    says: A colour.
    {CITE}
"""
    return position(rule("all: [a]"), name=name, more=more)


def table(*texts: str) -> dict[str, list[str]] | None:
    of = library(*texts, facts=MORE)
    found = grade_table(of.topics["the-topic"], of.facts)
    return None if found is None else {option: [" ".join(cell) for cell in cells] for option, cells in found.rows}


FIRST = graded("red: diagnosis is one of cll, mm", "blue: diagnosis is nhl", name="pos-one")


def test_each_option_has_the_band_of_each_source_in_the_order_of_the_titles() -> None:
    assert table(FIRST, graded("red: diagnosis is aml", name="pos-two")) == {
        "aml": ["other", "red"],
        "cll": ["red", "other"],
        "nhl": ["blue", "other"],
        "mm": ["red", "other"],
    }


def test_what_is_not_known_leaves_bands_open_and_a_yes_or_no_is_taken_both_ways() -> None:
    terms = "criteria: {short: {title: Short, none: [b]}, long: {title: Long, all: [b]}}"
    by_term = graded(
        'red: {all: ["diagnosis is aml", short]}',
        'blue: {all: ["diagnosis is aml", long]}',
        name="pos-two",
        criteria=terms,
    )
    by_age = graded('red: {all: ["diagnosis is aml", age < 18 years]}', name="pos-three")
    found = table(FIRST, by_term, by_age)
    assert found is not None
    assert found["aml"] == ["other", "red blue", "red other"]


def test_a_source_that_is_not_for_an_option_has_no_band_for_it() -> None:
    scoped = graded("red: diagnosis is aml", name="pos-two", scope="applies_when: {all: [diagnosis is aml]}")
    found = table(FIRST, scoped)
    assert found is not None
    assert [cells[1] for cells in found.values()] == ["red", "", "", ""]


def test_one_source_or_few_options_make_no_table() -> None:
    assert table(graded("red: diagnosis is one of cll, mm, nhl, aml", name="pos-one")) is None
    assert table(FIRST, graded("red: diagnosis is mm", name="pos-two")) is None
