"""What the guidelines declare silent: real differences stay visible, and who has not spoken is not counted as a no."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from tests.positions import ROOT, bundled

from igguide.agreement import Agreement, says_nothing
from igguide.evaluate import PositionResult
from igguide.model import Position, direction
from igguide.truth import NO, YES

AS_OF = "2026-11-27"
KAWASAKI = {
    "diagnosis": ["kawasaki"],
    "ivig_this_episode": "yes",
    "persistent_fever_after_ivig": "yes",
    "recrudescent_fever_after_ivig": "no",
    "hours_since_ivig": "40 hours",
}
MYASTHENIA = {
    "diagnosis": ["myasthenia_gravis"],
    "mg_severity": "mild",
    "surgery_planned": "no",
    "other_treatments_failed": "no",
    "other_treatments_not_tolerated": "no",
}
CHILD = {"diagnosis": ["itp"], "age": "6 years", "bleeding_severity": "life_threatening", "itp_diagnosed": "2026-11-26"}
NOT_SO = {
    "product-contraindications",  # each label is for its own product, and none is compared with another
    "secondary-antibody-deficiency/raanani-2009",  # no routine even with infections, so none without them
}


def agreement(topic: str, record: dict[str, Any], as_of: str = AS_OF) -> Agreement:
    found = bundled().evaluate(record, as_of=as_of, topics=[topic]).topics[0].agreements
    return next(each for each in found if each.about == "ivig-immunomodulation")


def test_a_threshold_that_is_missed_is_a_no_and_parts_two_sources() -> None:
    """A fever of 40 hours after IVIG: 36 hours are enough in one text, 48 are asked for in the other."""
    found = agreement("ivig-resistant-kawasaki", KAWASAKI)
    assert (found.result, found.answers["etg-kd"], found.answers["uk-kd-table"]) == ("disagree", YES, NO)


def test_who_meets_no_criterion_of_access_is_not_granted() -> None:
    while_in_force = "2026-10-01"
    assert agreement("myasthenia-gravis", MYASTHENIA, while_in_force).answers["au-mg"] == NO


def test_a_source_that_only_advises_against_others_has_not_spoken() -> None:
    found = agreement("itp-child", CHILD)
    assert "ash-itp-2019" in found.silent
    assert "ash-itp-2019" not in found.answers


def compared() -> Iterator[Any]:
    """Yield the matters on which a position has rules against only, while another position of the topic speaks too."""
    for topic in bundled().topics.values():
        for position in topic.positions.values():
            if {topic.id, position.address} & NOT_SO:
                continue
            for about in _against_only(position):
                others = (other for other in topic.positions.values() if other is not position)
                if any(_directions(other, about) - {"neither"} for other in others):
                    yield pytest.param(position, about, id=f"{position.address}-{about}")


def test_what_is_exempt_is_there() -> None:
    library = bundled()
    assert library.topics.keys() | library.compiled.keys() >= NOT_SO


def _against_only(position: Position) -> list[str]:
    abouts = dict.fromkeys(rule.about for rule in position.recommendations.values())
    return [about for about in abouts if _directions(position, about) - {"neither"} == {"against"}]


def _directions(position: Position, about: str) -> set[str]:
    return {direction(rule.action) for rule in position.recommendations.values() if rule.about == about}


@pytest.mark.parametrize(("position", "about"), list(compared()))
def test_where_none_of_the_rules_against_holds_the_source_is_silent(position: Position, about: str) -> None:
    file = ROOT / "guidelines" / position.topic / f"{position.id}.examples.yaml"
    for example in yaml.safe_load(file.read_text(encoding="utf-8"))["examples"]:
        record = {fact: _text(value) for fact, value in example["record"].items()}
        decision = bundled().evaluate(record, as_of=example["as_of"])  # so that only topics that arise are answered
        for result in (result for topic in decision.topics for result in topic.positions):
            if result.position is position:
                assert not _counted_as_no(result, about), example["title"]


def _text(value: Any) -> Any:
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


def _counted_as_no(result: PositionResult, about: str) -> bool:
    rules = [
        rule for rule in result.rules.values() if rule.rule.about == about and direction(rule.rule.action) != "neither"
    ]
    return result.applies == YES and all(rule.holds == NO for rule in rules) and says_nothing(result, about) == NO
