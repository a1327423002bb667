"""The boxed warnings on the labels of products, and where they belong: beside every rule that gives immunoglobulin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .model import Product, Recommendation, Topic, direction

IMMUNOGLOBULIN = ("igg-replacement", "ivig-immunomodulation")  # what a rule is about that gives it
HEADING = "Boxed warnings on the American labels of immunoglobulin, whichever source gives it"


@dataclass(frozen=True, slots=True)
class BoxedWarning:
    """What the labels of some products warn of in the same words, without the full stop."""

    says: str
    products: tuple[Product, ...]


def gives_immunoglobulin(rule: Recommendation) -> bool:
    """Return whether a rule, where it holds, gives immunoglobulin or speaks for giving it."""
    return rule.about in IMMUNOGLOBULIN and direction(rule.action) == "for"


def may_give_immunoglobulin(topic: Topic) -> bool:
    """Return whether a topic has a rule that gives immunoglobulin to somebody."""
    return any(
        gives_immunoglobulin(rule)
        for position in topic.positions.values()
        for rule in position.recommendations.values()
    )


def boxed_warnings(products: Iterable[Product]) -> tuple[BoxedWarning, ...]:
    """Return each boxed warning once, with the products whose labels carry it."""
    found: dict[str, list[Product]] = {}
    for product in products:
        if product.boxed_warning:
            found.setdefault(product.boxed_warning.says.rstrip("."), []).append(product)
    return tuple(BoxedWarning(says, tuple(listed)) for says, listed in found.items())


__all__ = [
    "HEADING",
    "IMMUNOGLOBULIN",
    "BoxedWarning",
    "boxed_warnings",
    "gives_immunoglobulin",
    "may_give_immunoglobulin",
]
