"""A topic as JSON-LD for search engines and other readers: schema.org `MedicalGuideline` and its recommendations."""

from __future__ import annotations

import json
from typing import Any

from .library import Library
from .model import Position, Recommendation, Topic
from .wording import CERTAINTIES, STRENGTHS, action_text


def linked_data(library: Library, topic: Topic) -> str:
    """Return a topic as JSON-LD text that may stand inside a script element."""
    graph = [_guideline(library, topic, position) for position in topic.positions.values()]
    data = {
        "@context": "https://schema.org",
        "@type": "MedicalWebPage",
        "name": topic.title,
        "about": topic.question,
        "mainEntity": graph,
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")


def _guideline(library: Library, topic: Topic, position: Position) -> dict[str, Any]:
    source = library.sources.get(position.id)
    data: dict[str, Any] = {
        "@type": "MedicalGuideline",
        "@id": f"#{position.id}",
        "name": position.title,
        "guidelineSubject": {"@type": "MedicalEntity", "name": topic.title},
        "version": position.version,
        "creativeWorkStatus": position.status,
    }
    if source is not None and source.link:
        data["isBasedOn"] = source.link
    if position.valid.start is not None:
        data["guidelineDate"] = position.valid.start.isoformat()
    if position.valid.until is not None:
        data["expires"] = position.valid.until.isoformat()
    data["hasPart"] = [_recommendation(position, rule) for rule in position.recommendations.values()]
    return data


def _recommendation(position: Position, rule: Recommendation) -> dict[str, Any]:
    data: dict[str, Any] = {
        "@type": "MedicalGuidelineRecommendation",
        "@id": f"#{position.id}--{rule.id}",
        "name": f"{action_text(rule.action, rule.about)}: {rule.title}",
        "text": rule.says,
        "recommendationStrength": rule.as_printed or STRENGTHS[rule.strength],
    }
    if rule.certainty:
        # schema.org's levels A, B and C say what studies there are, which is not how certain the evidence is: so neither.
        data["evidenceLevel"] = {"@type": "MedicalEvidenceLevel", "name": CERTAINTIES[rule.certainty]}
    elif rule.strength == "expert-opinion":
        data["evidenceLevel"] = "https://schema.org/EvidenceLevelC"  # only opinion of experts
    if rule.certainty:
        data["description"] = f"The source states {CERTAINTIES[rule.certainty]} of the evidence."
    return data


__all__ = ["linked_data"]
