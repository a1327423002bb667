"""Pictures: YAML in, SVG out, each with its words."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from building import CITE, library, position, rule

from igguide.picture import bands_of, bands_tall, bands_wide, ladder, timeline

MORE = f"""
grades:
  low:
    title: How low?
    bands:
      - severe: igg < 200 mg/dL
      - moderate: igg <= 400 mg/dL
    otherwise: none
    {CITE}
  mixed:
    title: Mixed
    bands:
      - severe: igg < 200 mg/dL
      - moderate: age < 18 years
    otherwise: none
    {CITE}
monitoring:
  igg-monthly: {{measure: igg, every: 1 month, from: infusion, for: 3 months, says: Monthly., {CITE}}}
  igg-on: {{measure: igg, every: 2 weeks, from: infusion, says: On., {CITE}}}
  igg-bare: {{measure: igg, every: 2 weeks, says: Bare., {CITE}}}
"""
OF = library(
    position(
        rule("all: [igg < 400 mg/dL, a]", more="unless: [other]"), rule("all: [b]", "other", action="stop"), more=MORE
    )
)
POSITION = OF.topics["the-topic"].positions["pos-one"]


def words_of(svg: str | None) -> list[str]:
    """Return the texts of a picture; it must be well-formed and named."""
    assert svg is not None
    root = ET.fromstring(svg)
    assert root.attrib["role"] == "img"
    named = root.attrib["aria-labelledby"].split()
    assert [child.attrib.get("id") for child in list(root)[:2]] == named
    assert all(child.text for child in list(root)[:2])
    return [" ".join(span.text or "" for span in text) for text in root.iter("text")]


@pytest.mark.parametrize("draw", [bands_wide, bands_tall])
def test_bands_show_each_limit_with_its_operator(draw: object) -> None:
    found = words_of(draw(POSITION.grades["low"], "b"))  # type: ignore[operator]
    assert found == ["severe", "< 200 mg/dL", "moderate", "<= 400 mg/dL", "none", "otherwise"]


def test_bands_over_two_facts_are_not_drawn() -> None:
    assert bands_of(POSITION.grades["mixed"]) is None
    assert bands_wide(POSITION.grades["mixed"], "b") is None


def test_a_ladder_has_a_step_for_each_line_and_for_what_the_rule_yields_to() -> None:
    found = words_of(ladder(POSITION.recommendations["the-rule"], POSITION, "l", OF.wording))
    assert found == [
        *("1", "Serum IgG is below 400 mg/dL", "yes", "no: does not hold"),
        *("2", "A", "yes", "no: does not hold"),
        *("3", "Another rule holds: the rule", "no", "yes: does not hold"),
        "Start immunoglobulin replacement",
    ]


def test_in_a_ladder_each_thing_that_must_not_be_is_a_step_that_no_leads_on_from() -> None:
    of = library(position(rule("none: [igg < 400 mg/dL, a]")))
    pos = of.topics["the-topic"].positions["pos-one"]
    found = ladder(pos.recommendations["the-rule"], pos, "l", of.wording)
    assert words_of(found) == [
        *("1", "Serum IgG is below 400 mg/dL", "no", "yes: does not hold"),
        *("2", "A", "no", "yes: does not hold"),
        "Start immunoglobulin replacement",
    ]
    assert "not: serum IgG is below 400 mg/dL; then not: a; then: Start" in str(found)


def test_the_letters_of_a_ladder_can_be_read_on_a_telephone() -> None:
    """A rule on a page 320 px wide leaves 254 px, so that a picture of that width is not made smaller."""
    root = ET.fromstring(str(ladder(POSITION.recommendations["the-rule"], POSITION, "l", OF.wording)))
    assert float(root.attrib["width"]) <= 254


def test_a_rule_of_one_line_needs_no_ladder() -> None:
    assert ladder(POSITION.recommendations["other"], POSITION, "l", OF.wording) is None


def test_a_timeline_counts_from_its_event() -> None:
    monthly = timeline(POSITION.monitoring["igg-monthly"], "t", OF.wording)
    assert words_of(monthly) == ["infusion", "after 1 month", "after 2 months", "after 3 months"]
    going_on = timeline(POSITION.monitoring["igg-on"], "t", OF.wording)
    assert words_of(going_on) == ["infusion", "after 2 weeks", "after 4 weeks", "after 6 weeks", "and so on"]
    assert timeline(POSITION.monitoring["igg-bare"], "t", OF.wording) is None
