"""Where sources draw the line: YAML in, bands along a measure and limits by age out."""

from __future__ import annotations

from decimal import Decimal

from building import CITE, ROOT, library, position, rule

from igguide import load
from igguide.band_map import age_limits, band_map


def graded(bands: str, name: str, more: str = "") -> str:
    listed = "".join(f"\n      - {band}" for band in bands.split(", "))
    grade = (
        f"grades:\n  low:\n    title: How low?\n    bands:{listed}\n    otherwise: none\n    says: Bands.\n    {CITE}\n"
    )
    return position(rule("all: [a]"), name=name, more=grade + more)


def test_each_source_has_its_bands_along_the_measure_and_the_limit_says_which_side_holds_it() -> None:
    of = library(
        graded("severe: igg <= 200 mg/dL, mild: igg < 700 mg/dL", "pos-one"),
        graded("severe: igg < 375 mg/dL", "pos-two"),
    )
    topic = of.topics["the-topic"]
    found = band_map(topic, topic.positions.values(), of.facts)
    assert found is not None
    assert [[(label, bands) for label, _, bands in found.stretches(cells)] for _, _, cells in found.rows] == [
        [
            ("200 mg/dL or less", ("severe",)),
            ("above 200 mg/dL to below 700 mg/dL", ("mild",)),
            ("700 mg/dL or more", ("none",)),
        ],
        [("below 375 mg/dL", ("severe",)), ("375 mg/dL or more", ("none",))],
    ]
    assert band_map(topic, [topic.positions["pos-one"]], of.facts) is None


def test_limits_that_go_by_age_are_looked_up_for_each_source() -> None:
    of = load(ROOT / "guidelines")
    found = age_limits(of.topics["igg-for-age"].positions.values(), of.facts)
    assert found is not None
    assert found.fact.name == "igg"
    rows = {position.id: dict(zip(found.ages, values, strict=True)) for position, values in found.rows}
    assert rows["mayo-igg"][4, "mo"] == 100
    assert rows["mayo-igg"][30, "a"] == 767
    assert rows["auckland-igg"][75, "a"] == Decimal(600)
    assert rows["changchun-igg"][30, "a"] is None
    assert (rows["ohmoto-2022"][10, "a"], rows["ohmoto-2022"][30, "a"]) == (None, 700)
