"""Search, lists and linked data, from YAML to what a reader or a search engine gets."""

from __future__ import annotations

import json

from building import CITE, TOPIC, library, position, rule

from igguide.finding import entries, lists, search_index
from igguide.linked_data import linked_data

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


def test_lists_are_by_condition_specialty_kind_action_country_and_source() -> None:
    found = lists(OF)
    assert list(found) == ["Condition", "Specialty", "Kind of rule", "Action", "Country", "Source"]
    assert list(found["Condition"]) == ["Low IgG"]
    assert list(found["Specialty"]) == ["Haematology"]
    assert list(found["Action"]) == ["Start immunoglobulin replacement"]
    assert list(found["Country"]) == ["For everyone, or not stated"]
    assert set(found["Kind of rule"]) == {"Recommendations", "Cautions"}


def test_linked_data_has_the_recommendation_with_its_strength_and_may_stand_in_a_page() -> None:
    text = linked_data(OF, OF.topics["the-topic"])
    assert "</" not in text
    (guideline,) = json.loads(text)["mainEntity"]
    (advice,) = guideline["hasPart"]
    assert advice["@type"] == "MedicalGuidelineRecommendation"
    assert advice["@id"] == "#pos-one--the-rule"
    assert advice["recommendationStrength"] == "2C"
    assert "low certainty" in advice["description"]
