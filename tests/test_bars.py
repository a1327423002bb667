"""Bars of doses, rates and grams: YAML in, bars on one scale out."""

from __future__ import annotations

from decimal import Decimal

from building import CITE, ROOT, library, position, rule

from igguide import load
from igguide.bars import dose_bars, gram_bars


def dosed(amounts: str, name: str) -> str:
    dosing = "\n".join(
        f"  {key}: {{{stated}, {CITE}}}" for key, stated in (a.split("=", 1) for a in amounts.split("|"))
    )
    return position(rule("all: [a]", more="dose: first"), name=name, more=f"dosing:\n{dosing}")


def test_doses_stand_on_one_scale_from_the_start_to_the_highest_and_units_are_brought_together() -> None:
    of = library(
        dosed("first=give: 0.4 g/kg, by: weight", "pos-one"),
        dosed("first=give: 200-800 mg/kg, by: weight", "pos-two"),
    )
    topic = of.topics["the-topic"]
    (scale,) = dose_bars(topic, topic.positions.values())
    assert (scale.unit, scale.most, scale.alike) == ("g/kg", Decimal("0.8"), False)
    said = [(bar.position.id, bar.low, bar.high, bar.left, bar.width) for bar in scale.bars]
    assert said == [
        ("pos-two", Decimal("0.2"), Decimal("0.8"), Decimal("25.0"), Decimal("75.0")),
        ("pos-one", Decimal("0.4"), Decimal("0.4"), Decimal("50.0"), Decimal("0.0")),
    ]


def test_one_source_alone_has_no_bars() -> None:
    of = library(dosed("first=give: 0.4 g/kg, by: weight", "pos-one"))
    assert dose_bars(of.topics["the-topic"], of.topics["the-topic"].positions.values()) == ()


def test_rates_run_from_the_start_to_the_highest_of_what_follows() -> None:
    of = load(ROOT / "guidelines")
    topic = of.topics["infusion-rate"]
    bars = {bar.position.id: bar for scale in dose_bars(topic, topic.positions.values()) for bar in scale.bars}
    assert (bars["asceniv-us"].low, bars["asceniv-us"].high) == (Decimal("0.5"), Decimal(8))


def test_the_patient_of_a_page_has_the_grams_of_each_source_on_one_scale() -> None:
    of = load(ROOT / "guidelines")
    topic = of.topics["dosing-weight"]
    assert topic.patient is not None
    decision = of.evaluate(topic.patient.record, as_of=topic.patient.as_of, topics=[topic.id])
    shown = [
        (result, each)
        for result in decision.topics[0].positions
        for each in result.rules.values()
        if each.holds == "yes"
    ]
    (scale,) = gram_bars(shown)
    assert [round(bar.high, 1) for bar in scale.bars] == [Decimal(each) for each in ("160", "150", "148.6", "140.9")]
    assert scale.bars[0].width == 100
