"""What sources part on where no map helps: doses, rates and grams side by side, each as a bar on one scale.

A bar is what a rule on the topic's subject gives: from the dose or the rate at the start to the highest that follows.
Bars whose units convert share a scale; the numbers stay in the unit in which the source has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from .evaluate import PositionResult, RuleResult
from .model import Dosing, Position, Recommendation, Topic, direction
from .quantity import EXACT, UNITS, Range, factor

ABOUTS_IN_AMOUNTS = frozenset(["dose", "infusion-rate"])  # which are questions of how much
_FEWEST = 2  # sources on one scale, below which nothing is compared


class Bar(NamedTuple):
    """What one rule gives: the dosings, the ends in the unit of the scale, and where it lies on the scale in percent."""

    position: Position
    rule: Recommendation
    dosings: tuple[Dosing, ...]
    low: Decimal
    high: Decimal
    left: Decimal = Decimal(0)
    width: Decimal = Decimal(0)
    amount: Range | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """Bars on one scale, which begins at nothing; `unit` is that of its end."""

    unit: str
    most: Decimal
    bars: tuple[Bar, ...]

    @property
    def alike(self) -> bool:
        """Return whether every bar is the same."""
        return len({(bar.low, bar.high) for bar in self.bars}) == 1


def dose_bars(topic: Topic, positions: Iterable[Position]) -> tuple[Scale, ...]:
    """Return the doses that rules on the topic's subject give, one scale for each dimension that several sources use."""
    found: dict[str, tuple[str, list[Bar]]] = {}
    for position in positions:
        for rule in position.recommendations.values():
            if rule.about == topic.about and direction(rule.action) == "for" and rule.dose:
                bar = _bar(position, rule)
                if bar is not None:
                    unit, low, high, dosings = bar
                    scale = found.setdefault(UNITS[unit].dimension, (unit, []))
                    by = factor(UNITS[unit], UNITS[scale[0]]) or Decimal(1)
                    ends = (EXACT.multiply(low, by), EXACT.multiply(high, by))
                    scale[1].append(Bar(position, rule, dosings, *ends))
    return tuple(
        _scaled(unit, bars) for unit, bars in found.values() if len({bar.position.id for bar in bars}) >= _FEWEST
    )


def _bar(position: Position, rule: Recommendation) -> tuple[str, Decimal, Decimal, tuple[Dosing, ...]] | None:
    chain, name = list[Dosing](), rule.dose
    while name and position.dosing[name] not in chain:
        chain.append(position.dosing[name])
        name = chain[-1].then
    if chain[0].give is not None:
        chain = chain if chain[-1].give is None else chain[:1]  # a rate that rises to its highest, or one dose
    stated = [
        (value, unit)
        for dosing in chain
        for value, unit in ((dosing.give, dosing.give_unit), (dosing.at_most, dosing.at_most_unit))
        if value is not None and unit is not None
    ]
    if not stated:
        return None
    first = stated[0][1]
    ends = [
        EXACT.multiply(end, by)
        for value, unit in stated
        for end in (value.low, value.high)
        if end is not None and (by := factor(UNITS[unit], UNITS[first])) is not None
    ]
    return (first, min(ends), max(ends), tuple(chain)) if ends else None


def gram_bars(shown: Sequence[tuple[PositionResult, RuleResult | None]]) -> tuple[Scale, ...]:
    """Return the amounts that each source gives the patient of a page, on one scale."""
    bars = [
        Bar(result.position, rule.rule, (rule.dose.dosing,), amount.low or amount.high, amount.high, amount=amount)
        for result, rule in shown
        if rule and rule.dose and (amount := rule.dose.amount) and amount.high is not None and rule.dose.unit == "g"
    ]
    return (_scaled("g", bars),) if len({bar.position.id for bar in bars}) >= _FEWEST else ()


def _scaled(unit: str, bars: Sequence[Bar]) -> Scale:
    most = max(bar.high for bar in bars)
    single = all(bar.low == bar.high for bar in bars)
    laid = [
        bar._replace(
            left=Decimal(0) if single else min(_percent(bar.low, most), Decimal(99)),
            width=_percent(bar.high if single else bar.high - bar.low, most),
        )
        for bar in bars
    ]
    return Scale(unit, most, tuple(sorted(laid, key=lambda bar: (-bar.high, -bar.low))))


def _percent(part: Decimal, whole: Decimal) -> Decimal:
    return round(EXACT.multiply(EXACT.divide(part, whole), Decimal(100)), 1) if whole else Decimal(0)


__all__ = ["ABOUTS_IN_AMOUNTS", "Bar", "Scale", "dose_bars", "gram_bars"]
