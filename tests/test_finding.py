"""Search, lists and linked data, from YAML to what a reader or a search engine gets."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import yaml
from building import CITE, ROOT, TOPIC, library, position, rule

from igguide.finding import Heading, entries, glossary, lists, search_index
from igguide.library import load_folder
from igguide.linked_data import linked_data
from igguide.wording import action_text

OF = library(
    position(
        rule("all: [igg < 400 mg/dL]", more="certainty: low\nas_printed: 2C"),
        more=f"cautions: {{clots: {{title: Clots, severity: warning, says: May clot. </script>, {CITE}}}}}",
    ),
    topic=TOPIC + "conditions: [low IgG]\n",
)


def test_everything_can_be_found_by_an_address_on_its_page() -> None:
    found = {(entry.kind, entry.title, entry.address) for entry in entries(OF)}
    assert ("Topic", "The topic", "topics/the-topic.html") in found
    assert (
        "Recommendation",
        "Start immunoglobulin replacement: The rule",
        "topics/the-topic.html#pos-one--the-rule",
    ) in found
    assert ("Caution", "Clots", "topics/the-topic.html#pos-one--caution--clots") in found
    assert ("Fact", "Serum IgG", "facts.html#igg") in found


def test_the_index_is_a_script_with_the_synonyms_of_the_file_and_of_the_facts() -> None:
    text = search_index(OF, [["IVIG", "IVIg"]])
    assert text.startswith("window.IGGUIDE_INDEX = ")
    data = json.loads(text.removeprefix("window.IGGUIDE_INDEX = ").rstrip(";\n"))
    assert ["IVIG", "IVIg"] in data["synonyms"]
    assert ["Axi", "Yescarta"] in data["aliases"]


def titles(found: dict[str, list[Heading]], name: str) -> list[str]:
    return [heading.title for heading in found[name]]


def test_lists_are_by_condition_specialty_kind_action_country_and_source() -> None:
    found = lists(OF)
    assert list(found) == ["Condition", "Specialty", "Kind of rule", "Action", "Country", "Source"]
    assert titles(found, "Condition") == ["Low IgG"]
    assert titles(found, "Specialty") == ["Haematology"]
    assert titles(found, "Action") == ["Immunoglobulin replacement: start"]
    assert titles(found, "Country") == ["For everyone, or not stated"]
    assert set(titles(found, "Kind of rule")) == {"Recommendations", "Cautions"}


WHOLE = load_folder(ROOT / "guidelines")


def test_each_topic_stands_under_a_condition_and_a_specialty_of_its_own() -> None:
    for topic in WHOLE.topics.values():
        assert topic.conditions, topic.id
        assert topic.specialties, topic.id


def test_an_abbreviation_stands_with_its_name_and_has_every_topic_of_it() -> None:
    found = {heading.title: heading for heading in lists(WHOLE)["Condition"]}
    name = "Chronic inflammatory demyelinating polyneuropathy (CIDP)"
    assert "CIDP" not in found
    assert len(found[name].places) == len({place.address for place in found[name].places}) >= 6
    assert "Guillain-Barré syndrome (GBS)" in found


def test_what_is_not_in_force_is_said_to_be_so() -> None:
    day = date(2026, 11, 27)
    topic = next(t for t in WHOLE.topics.values() if len(WHOLE.in_force(t.id, day)) < len(t.positions))
    current = {position.id for position in WHOLE.in_force(topic.id, day)}
    kinds = {e.address: e.kind for e in entries(WHOLE, day)}
    for name in topic.positions:
        assert kinds[f"topics/{topic.id}.html#{name}"] == ("Position" if name in current else "Position not in force")
    former = {f"topics/{topic.id}.html#{name}" for name in topic.positions if name not in current}
    placed = [place for heading in lists(WHOLE, day)["Country"] for place in heading.places]
    assert former
    assert all(place.more.endswith("(not in force)") == (place.address in former) for place in placed
               if place.address.startswith(f"topics/{topic.id}.html"))  # fmt: skip


def test_countries_go_by_their_names_and_their_parts_stand_under_them() -> None:
    found = titles(lists(WHOLE), "Country")
    assert found[-1] == "For everyone, or not stated"
    assert {"Australia", "Canada", "Canada: Ontario", "United Kingdom: England", "United States"} <= set(found)
    assert not any(re.search(r"\b[A-Z]{2,}\b", name) or " and " in name for name in found)
    answering = {position for topic in WHOLE.topics.values() for position in topic.positions}
    at_home = [name for name in answering if re.search(r"\((US|EU)\b", WHOLE.wording.short_source(name))]
    assert at_home
    assert [source for source in at_home if not WHOLE.sources[source].csl.get("jurisdiction")] == []


def test_sources_go_by_short_names() -> None:
    assert [name for name in titles(lists(WHOLE), "Source") if len(name) > 45] == []


def test_counts_are_those_of_the_library() -> None:
    found = {name: {heading.title: heading for heading in headings} for name, headings in lists(WHOLE).items()}
    positions = [position for topic in WHOLE.topics.values() for position in topic.positions.values()]
    rules = sum(len(position.recommendations) for position in positions)
    assert found["Kind of rule"]["Recommendations"].amount.startswith(f"{rules}, in ")
    assert sum(len(heading.places) for heading in found["Action"].values()) == rules
    pharmacy = sum("pharmacy" in topic.specialties for topic in WHOLE.topics.values())
    assert found["Specialty"]["Pharmacy"].amount == f"{pharmacy} topics"
    assert found["Condition"]["Rasmussen encephalitis"].amount == "1 topic"
    assert found["Condition"]["Rasmussen encephalitis"].places[0].more == "1 source"


# Capitals that are no abbreviation: numbers and names.
NAMES = {"AstraZeneca", "HyQvia", "LabPLUS", "RxList", "UpToDate", "DIF"}
_NUMERAL = re.compile(r"[IVX]+(-[IVX]+)?|PMC\d+")
_SHORT = re.compile(r"\b(?=[\w-]*[A-Z][\w-]*[A-Z])[A-Za-z]\w*(?:-[A-Z0-9]\w*)*\b")


def abbreviations(text: str) -> set[str]:
    found = {word.removeprefix("Anti-").removeprefix("anti-") for word in _SHORT.findall(text)}
    return {word for word in found if len(word) > 1 and word not in NAMES and not _NUMERAL.fullmatch(word)}


def words() -> list[dict[str, Any]]:
    return list(yaml.safe_load((ROOT / "site" / "glossary.yaml").read_text(encoding="utf-8")))


def test_every_abbreviation_in_what_readers_choose_from_is_in_the_glossary() -> None:
    known = {name for word in words() for name in (word["term"], *word.get("also", ()))}

    def is_known(short: str) -> bool:
        return (
            short.removesuffix("s") in known
            or short in known
            or all(part in known for part in short.split("-") if abbreviations(part))
        )

    missing: dict[str, str] = {}
    for topic in WHOLE.topics.values():
        texts = [topic.title, topic.question, topic.summary or "", *topic.conditions]
        for answer in topic.positions.values():
            rules = answer.recommendations.values()
            texts += [answer.title, WHOLE.wording.short_source(answer.id)]
            texts += [text for rule in rules for text in (rule.title, action_text(rule.action, rule.about))]
            texts += [grade.title for grade in answer.grades.values()]
        missing |= {short: topic.id for text in texts for short in abbreviations(text) if not is_known(short)}
    assert missing == {}


def test_a_word_of_the_glossary_leads_to_the_topics_that_name_it() -> None:
    found = {word.term: word for word in glossary(WHOLE, words())}
    assert [page for _, page in found["ICANS"].leads] == ["topics/icans-grading.html", "topics/icans-management.html"]
    assert found["HIT"].leads == [("Heparin-induced thrombocytopenia", "topics/hit.html")]
    assert found["IVIG"].leads == []  # nearly every topic names it
    assert found["Fact"].leads == [("Facts", "facts.html")]


def test_the_glossary_is_in_order_and_leads_to_pages_of_the_site() -> None:
    listed = words()
    terms = [word["term"].casefold() for word in listed]
    assert terms == sorted(set(terms))
    topics = {f"topics/{name}.html" for name in WHOLE.topics}
    assert all(word["see"] in topics for word in listed if word.get("see", "").startswith("topics/"))


def test_linked_data_has_the_recommendation_with_its_strength_and_may_stand_in_a_page() -> None:
    text = linked_data(OF, OF.topics["the-topic"])
    assert "</" not in text
    (guideline,) = json.loads(text)["mainEntity"]
    (advice,) = guideline["hasPart"]
    assert advice["@type"] == "MedicalGuidelineRecommendation"
    assert advice["@id"] == "#pos-one--the-rule"
    assert advice["recommendationStrength"] == "2C"
    assert "low certainty" in advice["description"]
    assert advice["evidenceLevel"] == {"@type": "MedicalEvidenceLevel", "name": "low certainty"}


def test_linked_data_calls_level_c_only_what_rests_on_opinion_alone() -> None:
    for topic in WHOLE.topics.values():
        told = json.loads(linked_data(WHOLE, topic))["mainEntity"]
        for guideline, of in zip(told, topic.positions.values(), strict=True):
            for advice, each in zip(guideline["hasPart"], of.recommendations.values(), strict=True):
                level = advice.get("evidenceLevel")
                opinion = each.strength == "expert-opinion" and not each.certainty
                assert (level == "https://schema.org/EvidenceLevelC") == opinion
                assert isinstance(level, dict) == bool(each.certainty)
