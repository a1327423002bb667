"""FHIR R4 records: a bundle in, what is known of each fact out; one test for each sentence of the reading rules."""

from __future__ import annotations

import copy
import json
import os
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import igguide
from igguide.findings import Finding, Findings

LIBRARY = igguide.load()
AS_OF = date(2026, 11, 21)
LOINC, SNOMED, UCUM = "http://loinc.org", "http://snomed.info/sct", "http://unitsofmeasure.org"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
ME = {"reference": "Patient/me"}
SAMPLES = Path(os.environ.get("IGGUIDE_FHIR_SAMPLES", Path(__file__).resolve().parents[2] / "shared" / "fhir-samples"))

Json = dict[str, Any]


# --- building records ---


def quantity(value: Any = 3.8, unit: str = "g/L", **more: Any) -> Json:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit, **more}


def code(system: str, *codes: str) -> Json:
    return {"coding": [{"system": system, "code": each} for each in codes]}


def observation(id_: str = "igg", loinc: str = "2465-3", **more: Any) -> Json:
    base = {
        "resourceType": "Observation",
        "id": id_,
        "status": "final",
        "subject": ME,
        "code": code(LOINC, loinc),
        "effectiveDateTime": "2026-11-18",
    }
    if not any(key.startswith(("value", "dataAbsent", "component")) for key in more):
        base["valueQuantity"] = quantity()
    return {key: value for key, value in {**base, **more}.items() if value is not ...}


def condition(
    system: str = SNOMED,
    code_: str = "233604007",
    verified: str | None = None,
    clinical: str | None = "active",
    **more: Any,
) -> Json:
    found: Json = {
        "resourceType": "Condition",
        "id": "c",
        "subject": ME,
        "code": code(system, code_),
        "onsetDateTime": "2026-10-20",
        **more,
    }
    if verified:
        found["verificationStatus"] = code("http://terminology.hl7.org/CodeSystem/condition-ver-status", verified)
    if clinical:
        found["clinicalStatus"] = code("http://terminology.hl7.org/CodeSystem/condition-clinical", clinical)
    return found


def procedure(status: str = "completed", **more: Any) -> Json:
    return {
        "resourceType": "Procedure",
        "id": "p",
        "status": status,
        "subject": ME,
        "code": code(SNOMED, "1156961008"),
        "performedDateTime": "2026-10-07",
        **more,
    }


def medication(kind: str = "MedicationAdministration", status: str = "completed", **more: Any) -> Json:
    found = {"resourceType": kind, "id": "m", "status": status, "subject": ME, "effectiveDateTime": "2026-11-10"}
    return {**found, "medicationCodeableConcept": code("http://www.whocc.no/atc", "J06BA02"), **more}


def bundle(*resources: Json, type_: str = "collection", patient: bool = True) -> Json:
    listed = [{"resourceType": "Patient", "id": "me", "birthDate": "1968-03-02", "gender": "female"}] if patient else []
    return {
        "resourceType": "Bundle",
        "type": type_,
        "entry": [{"resource": resource} for resource in [*listed, *resources]],
    }


def findings(content: Json, patient: str | None = None) -> Findings:
    return Findings(LIBRARY.read(igguide.record_from_fhir(content, patient)), LIBRARY.facts, AS_OF)


def finding(fact: str, *resources: Json) -> Finding:
    return findings(bundle(*resources))[fact]


def told(fact: str, *resources: Json) -> str:
    return LIBRARY.wording.finding(finding(fact, *resources))


# --- quantities ---


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (quantity(3.8), "380 mg/dL (written 3.8 g/L) on 2026-11-18"),
        (quantity(Decimal("3.80")), "380 mg/dL (written 3.80 g/L) on 2026-11-18"),
        (quantity(Decimal("3.8e2"), "mg/dL"), "380 mg/dL (written 3.8E+2 mg/dL) on 2026-11-18"),
        (quantity(412, "mg/dL"), "412 mg/dL on 2026-11-18"),
        (quantity(0.33, comparator="<"), "below 33 mg/dL (written < 0.33 g/L) on 2026-11-18"),
        (quantity(40, comparator=">="), "at least 4000 mg/dL (written >= 40 g/L) on 2026-11-18"),
        (
            {"value": 3.8, "unit": "g/L"},
            "380 mg/dL (written 3.8 g/L) on 2026-11-18; the unit is taken from its text, `g/L`; the record gives no code for it",
        ),
        ({"value": 3.8, "unit": "G/L"}, "wrong or missing unit (3.8 G/L on 2026-11-18)"),
        ({"value": 380}, "wrong or missing unit (380 on 2026-11-18)"),
        (quantity(25, "umol/L"), "wrong or missing unit (25 umol/L on 2026-11-18)"),
        (quantity("3.8"), "not recorded (3.8 g/L on 2026-11-18)"),
        (quantity(True), "not recorded (True g/L on 2026-11-18)"),
        (quantity(float("nan")), "not recorded (nan g/L on 2026-11-18)"),
        (quantity(3.8, comparator="ad"), "not recorded (ad 3.8 g/L on 2026-11-18)"),
        (quantity(9000), "implausible (9000 g/L on 2026-11-18)"),
    ],
    ids=[
        "float",
        "trailing zero",
        "exponent",
        "mg/dL",
        "below",
        "at least",
        "unit text",
        "unit text misspelt",
        "no unit",
        "other dimension",
        "text number",
        "boolean",
        "nan",
        "comparator ad",
        "implausible",
    ],
)
def test_an_amount_is_read_exactly_or_refused(value: Json, text: str) -> None:
    assert told("igg", observation(valueQuantity=value)) == text


def test_a_range_is_an_interval() -> None:
    given_range = {"low": quantity(3), "high": quantity(5)}
    assert told("igg", observation(valueRange=given_range)) == "300 to 500 mg/dL (written 3 g/L to 5 g/L) on 2026-11-18"


def test_text_is_never_parsed() -> None:
    assert finding("igg", observation(valueString="380 mg/dL")).state == "not-recorded"
    assert [t.kind for t in _troubles(observation(valueString="380 mg/dL"))] == ["unreadable"]


def _troubles(*resources: Json) -> list[Any]:
    found = findings(bundle(*resources))
    found["igg"]
    return found.troubles


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled", "registered", "preliminary", "unknown"])
def test_results_that_do_not_count_leave_the_older_one(status: str) -> None:
    older = observation("old", effectiveDateTime="2026-11-01", valueQuantity=quantity(5))
    assert finding("igg", older, observation("new", status=status)).entry.source == "Observation/old"


@pytest.mark.parametrize("status", ["final", "amended", "corrected"])
def test_results_that_count(status: str) -> None:
    assert finding("igg", observation(status=status)).state == "known"


def test_a_newest_result_without_unit_hides_the_older_one_and_says_so() -> None:
    older = observation("old", effectiveDateTime="2026-11-01")
    assert finding("igg", older, observation("new", valueQuantity={"value": 380})).state == "wrong-unit"


def test_a_result_that_only_says_why_it_is_absent_hides_nothing() -> None:
    older = observation("old", effectiveDateTime="2026-11-01")
    absent = observation(
        "new", dataAbsentReason=code("http://terminology.hl7.org/CodeSystem/data-absent-reason", "not-performed")
    )
    assert finding("igg", older, absent).entry.source == "Observation/old"


@pytest.mark.parametrize(
    ("reason", "state"),
    [("asked-unknown", "asked-unknown"), ("not-applicable", "not-applicable"), ("error", "not-recorded")],
)
def test_the_reason_of_absence_is_kept_as_a_kind_of_not_knowing(reason: str, state: str) -> None:
    absent = observation(dataAbsentReason=code("http://terminology.hl7.org/CodeSystem/data-absent-reason", reason))
    assert finding("igg", absent).state == state


# --- when ---


def test_instants_are_compared_not_texts() -> None:
    early = observation("early", effectiveDateTime="2026-11-18T23:00:00-05:00", valueQuantity=quantity(3))
    late = observation("late", effectiveDateTime="2026-11-19T06:00:00+01:00", valueQuantity=quantity(5))
    assert finding("igg", late, early).entry.source == "Observation/late"


def test_the_same_day_without_a_time_conflicts() -> None:
    found = finding(
        "igg", observation("a"), observation("b", valueQuantity=quantity(5), effectiveDateTime="2026-11-18T08:00:00Z")
    )
    assert (found.state, found.range) == ("conflicting", found.range._replace(low=Decimal(380), high=Decimal(500)))


def test_a_month_yields_to_a_day_inside_it() -> None:
    assert (
        finding(
            "igg", observation("month", effectiveDateTime="2026-11", valueQuantity=quantity(5)), observation("day")
        ).entry.source
        == "Observation/day"
    )


@pytest.mark.parametrize(
    ("moment", "on"),
    [
        ({"effectivePeriod": {"start": "2026-11-01", "end": "2026-11-03"}}, date(2026, 11, 3)),
        ({"issued": "2026-11-05T10:00:00Z"}, date(2026, 11, 5)),
        ({"effectiveInstant": "2026-11-06T10:00:00Z"}, date(2026, 11, 6)),
    ],
    ids=["the end of a period", "issued", "instant"],
)
def test_the_moment_of_a_result(moment: Json, on: date) -> None:
    assert finding("igg", observation(effectiveDateTime=..., **moment)).entry.on.first == on


def test_results_after_the_date_of_evaluation_are_left_out_and_told() -> None:
    found = findings(bundle(observation("old"), observation("new", effectiveDateTime="2026-11-22")))
    assert found["igg"].entry.source == "Observation/old"
    assert [t.kind for t in found.troubles] == ["after-as-of"]


def test_results_older_than_they_are_used_for_are_too_old() -> None:
    assert finding("igg", observation(effectiveDateTime="2025-11-18")).state == "too-old"


# --- codes ---


@pytest.mark.parametrize(
    ("given_code", "state"),
    [
        (code(LOINC, "2465-3"), "known"),
        (code("urn:oid:2.16.840.1.113883.6.1", "2465-3"), "known"),
        ({"coding": [{"system": "http://house.example", "code": "IGG"}, {"system": LOINC, "code": "2465-3"}]}, "known"),
        (code(LOINC, "2466-1"), "not-recorded"),
        (code(LOINC, "2472-9"), "not-recorded"),
        (code(LOINC, "22502-9"), "not-recorded"),
        (code("http://house.example", "2465-3"), "not-recorded"),
        ({"coding": [{"code": "2465-3"}]}, "not-recorded"),
        ({"text": "IgG"}, "not-recorded"),
        (
            {"coding": [{"system": LOINC, "code": "2466-1", "display": "IgG [Mass/volume] in Serum or Plasma"}]},
            "not-recorded",
        ),
    ],
    ids=[
        "loinc",
        "oid",
        "beside a house code",
        "subclass",
        "IgM",
        "specific antibody",
        "house system",
        "no system",
        "text",
        "display lies",
    ],
)
def test_results_are_found_by_system_and_code(given_code: Json, state: str) -> None:
    assert finding("igg", observation(code=given_code)).state == state


def test_a_component_is_read_with_the_status_and_date_of_its_observation() -> None:
    component = {"code": code(LOINC, "2465-3"), "valueQuantity": quantity(3.8)}
    panel = observation("panel", loinc="0-0", component=[component])
    assert told("igg", panel) == "380 mg/dL (written 3.8 g/L) on 2026-11-18"
    assert finding("igg", {**panel, "status": "cancelled"}).state == "not-recorded"


# --- whose ---


def test_an_observation_without_a_subject_is_not_read() -> None:
    assert finding("igg", observation(subject=...)).state == "not-recorded"
    assert finding("igg", observation(focus=[{"reference": "Patient/other"}])).state == "not-recorded"


def test_another_patients_result_is_not_read() -> None:
    assert finding("igg", observation(subject={"reference": "Patient/newborn"})).state == "not-recorded"


def _two() -> Json:
    content = bundle(observation("mine"))
    content["entry"] += [{"resource": {"resourceType": "Patient", "id": "newborn", "birthDate": "2026-11-01"}}]
    return content


def test_the_one_patient_that_a_bundle_is_about_is_taken() -> None:
    assert findings(_two())["igg"].state == "known"


def test_several_patients_need_to_be_told_apart() -> None:
    content = _two()
    content["entry"] += [
        {"resource": observation("hers", subject={"reference": "Patient/newborn"}, valueQuantity=quantity(9))}
    ]
    with pytest.raises(
        igguide.RecordError, match=r"several patients; there are Patient/me, Patient/newborn. Say which with --patient"
    ):
        igguide.record_from_fhir(content)
    assert findings(content, "newborn")["igg"].entry.source == "Observation/hers"
    assert findings(content, "Patient/me")["igg"].entry.source == "Observation/mine"
    with pytest.raises(igguide.RecordError, match="There is no patient `nobody`"):
        igguide.record_from_fhir(content, "nobody")


@pytest.mark.parametrize(
    ("full", "reference"),
    [
        ("urn:uuid:1", "urn:uuid:1"),
        ("http://a.example/fhir/Patient/me", "http://a.example/fhir/Patient/me"),
        ("http://a.example/fhir/Patient/me", "Patient/me"),
        ("http://a.example/fhir/Patient/me", "Patient/me/_history/3"),
    ],
    ids=["urn", "absolute", "relative", "versioned"],
)
def test_references_are_resolved(full: str, reference: str) -> None:
    content = bundle(observation(subject={"reference": reference}))
    content["entry"][0]["fullUrl"] = full
    assert findings(content)["igg"].state == "known"


def test_the_same_id_on_another_server_is_another_patient() -> None:
    content = bundle(observation(subject={"reference": "http://b.example/fhir/Patient/me"}))
    content["entry"][0]["fullUrl"] = "http://a.example/fhir/Patient/me"
    assert findings(content)["igg"].state == "not-recorded"


def test_a_contained_result_is_read_with_the_subject_of_what_refers_to_it() -> None:
    inner = observation("inner", subject=...)
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r",
        "status": "final",
        "subject": ME,
        "contained": [inner],
        "result": [{"reference": "#inner"}],
    }
    assert finding("igg", report).entry.source == "DiagnosticReport/r#inner"
    assert finding("igg", {**report, "result": []}).state == "not-recorded"


def test_a_contained_patient_is_the_patient_of_a_bare_resource() -> None:
    bare = observation(
        subject={"reference": "#p"}, contained=[{"resourceType": "Patient", "id": "p", "birthDate": "1968"}]
    )
    found = findings(bare)
    assert (found["igg"].state, found["age"].state) == ("known", "bounded")


def test_a_bare_resource_is_about_its_own_subject() -> None:
    assert findings(observation())["igg"].state == "known"
    assert findings({"resourceType": "Patient", "id": "me", "birthDate": "1968-03-02"})["age"].range.exact == 58


@pytest.mark.parametrize(
    ("born", "age"), [("1968-03-02", "58 years"), ("1968", "57 to 58 years"), ("1968-12", "57 years")]
)
def test_a_partial_birth_date_gives_an_interval(born: str, age: str) -> None:
    content = bundle()
    content["entry"][0]["resource"]["birthDate"] = born
    assert LIBRARY.wording.finding(findings(content)["age"]) == age


# --- versions and searchsets ---


def test_the_newest_version_of_a_repeated_resource_stands() -> None:
    old = observation(meta={"versionId": "9"}, valueQuantity=quantity(5))
    new = observation(meta={"versionId": "10"})
    for order in ((old, new), (new, old)):
        assert finding("igg", *order).range.exact == 380


def test_outcomes_in_a_searchset_are_passed_over() -> None:
    content = bundle(observation(), type_="searchset")
    content["entry"] += [{"search": {"mode": "outcome"}, "resource": {"resourceType": "OperationOutcome", "issue": []}}]
    assert findings(content)["igg"].state == "known"


# --- conditions ---


@pytest.mark.parametrize(
    ("verified", "clinical", "answer"),
    [
        ("confirmed", "active", "yes"),
        (None, None, "yes"),
        (None, "remission", "yes"),
        (None, "recurrence", "yes"),
        ("refuted", None, "no"),
        ("entered-in-error", "active", "unknown"),
        ("provisional", "active", "unknown"),
        ("differential", "active", "unknown"),
        ("unconfirmed", "active", "unknown"),
        (None, "resolved", "no"),
        (None, "inactive", "no"),
    ],
)
def test_what_a_condition_says_of_a_current_infection(verified: str | None, clinical: str | None, answer: str) -> None:
    assert finding("current_infection", condition(verified=verified, clinical=clinical)).truth == answer


def test_an_active_infection_stands_above_a_resolved_one() -> None:
    assert finding("current_infection", condition(id="a"), condition(id="b", clinical="resolved")).truth == "yes"


def test_a_resolved_infection_is_an_event_in_the_past() -> None:
    found = finding("infection", condition(ICD, "J13", clinical="resolved", severity=code(SNOMED, "24484000")))
    assert [dict(event.fields) for event in found.events] == [{"kind": "bacterial", "severity": "serious"}]
    assert not found.complete


@pytest.mark.parametrize(
    ("verified", "clinical", "answer"),
    [
        ("confirmed", "active", ({"cll"}, set())),
        ("refuted", None, (set(), {"cll"})),
        ("provisional", None, (set(), set())),
        (None, "resolved", (set(), set())),
    ],
)
def test_what_a_condition_says_of_a_diagnosis(
    verified: str | None, clinical: str | None, answer: tuple[set[str], set[str]]
) -> None:
    found = finding("diagnosis", condition(ICD, "C91.10", verified=verified, clinical=clinical))
    assert (set(found.chosen), set(found.denied)) == answer


def test_a_condition_that_begins_after_the_date_of_evaluation_is_left_out_and_told() -> None:
    found = findings(bundle(condition(ICD, "C91.10", "confirmed", onsetDateTime="2026-12-01")))
    assert found["diagnosis"].state == "not-recorded"
    assert [t.kind for t in found.troubles] == ["after-as-of"]


def test_a_condition_in_words_and_a_relatives_are_not_read() -> None:
    words = condition()
    words["code"] = {"text": "Chronic lymphocytic leukaemia"}
    family = {
        "resourceType": "FamilyMemberHistory",
        "id": "f",
        "status": "completed",
        "patient": ME,
        "condition": [{"code": code(ICD, "C91.10")}],
    }
    assert finding("diagnosis", words, family).state == "not-recorded"


def test_a_list_from_fhir_is_a_lower_bound() -> None:
    found = findings(bundle(condition(ICD, "J13", severity=code(SNOMED, "24484000"))))
    assert found.count("infection", {"kind": "bacterial"}, None) == (1, None)
    assert found["serious_bacterial_infection"].truth == "yes"
    assert findings(bundle())["serious_bacterial_infection"].truth == "unknown"


# --- procedures, medications, immunizations ---


@pytest.mark.parametrize(
    "status", ["preparation", "in-progress", "not-done", "on-hold", "stopped", "entered-in-error", "unknown"]
)
def test_only_a_completed_procedure_happened(status: str) -> None:
    assert finding("car_t_infusion", procedure(status)).state == "not-recorded"
    assert told("car_t_infusion", procedure()) == "2026-10-07"


def test_the_product_comes_from_its_code_and_fixes_the_target() -> None:
    given_code = {
        "coding": [
            {"system": SNOMED, "code": "1156961008"},
            {"system": "http://www.cms.gov/Medicare/Coding/ICD10", "code": "XW033H7"},
        ]
    }
    found = findings(bundle(procedure(code=given_code)))
    assert (found["car_t_product"].possible, found["car_t_target"].possible) == ({"axicabtagene_ciloleucel"}, {"cd19"})


def test_a_code_counts_only_in_the_years_in_which_it_was_one() -> None:
    old = code("http://www.cms.gov/Medicare/Coding/ICD10", "XW033C3")
    assert finding("car_t_infusion", procedure(code=old)).state == "not-recorded"
    assert finding("car_t_infusion", procedure(code=old, performedDateTime="2021-09-30")).state == "known"


@pytest.mark.parametrize(
    ("resource", "answer"),
    [
        (medication(), "yes"),
        (medication(status="in-progress"), "yes"),
        (medication(status="not-done"), "unknown"),
        (medication("MedicationStatement", "active"), "yes"),
        (medication("MedicationStatement", "not-taken"), "unknown"),
        (medication("MedicationStatement", "intended"), "unknown"),
        ({**medication(), "resourceType": "MedicationRequest", "status": "active"}, "unknown"),
        (medication(effectiveDateTime="2026-08-01"), "unknown"),
        (medication(medicationCodeableConcept=code("http://www.whocc.no/atc", "J06BB01")), "unknown"),
        (medication(medicationCodeableConcept=code("http://fhir.de/CodeSystem/bfarm/atc", "J06BA02")), "yes"),
    ],
    ids=[
        "given",
        "running",
        "not done",
        "taken",
        "not taken",
        "intended",
        "ordered",
        "long ago",
        "anti-D",
        "German ATC",
    ],
)
def test_receiving_replacement_means_that_it_was_given_lately(resource: Json, answer: str) -> None:
    assert finding("receiving_igg_replacement", resource).truth == answer


def test_a_medication_may_be_referred_to() -> None:
    drug = {"resourceType": "Medication", "id": "d", "code": code("http://www.whocc.no/atc", "J06BA02")}
    base = {key: value for key, value in medication().items() if key != "medicationCodeableConcept"}
    assert (
        finding("receiving_igg_replacement", drug, {**base, "medicationReference": {"reference": "Medication/d"}}).truth
        == "yes"
    )
    assert (
        finding(
            "receiving_igg_replacement", {**base, "contained": [drug], "medicationReference": {"reference": "#d"}}
        ).truth
        == "yes"
    )


def test_the_first_infusion_is_the_start() -> None:
    found = finding("ivig_started", medication(id="b"), medication(id="a", effectiveDateTime="2026-03-01"))
    assert found.when is not None
    assert found.when.first == date(2026, 3, 1)


@pytest.mark.parametrize(("status", "state"), [("completed", "known"), ("not-done", "not-recorded")])
def test_an_immunization_is_read(status: str, state: str) -> None:
    vaccine = {
        "resourceType": "Immunization",
        "id": "v",
        "status": status,
        "patient": ME,
        "vaccineCode": code("http://hl7.org/fhir/sid/cvx", "133"),
    }
    assert finding("pneumococcal_vaccination", {**vaccine, "occurrenceDateTime": "2026-05-01"}).state == state


# --- what is no record, and junk ---


@pytest.mark.parametrize(
    "content", [None, [], "x", {}, {"resourceType": 3}, {"resourceType": "Bundle", "entry": {}}], ids=repr
)
def test_what_is_no_fhir_is_refused_with_a_sentence(content: Any) -> None:
    with pytest.raises(igguide.RecordError, match=r"\.$"):
        igguide.record_from_fhir(content)


WHOLE = bundle(
    observation(), observation("panel", loinc="0-0", component=[{"code": code(LOINC, "2465-3"), "valueQuantity": quantity()}]), condition(ICD, "C91.10", "confirmed"),
    condition(ICD, "J13", severity=code(SNOMED, "24484000")), procedure(), medication(), medication("MedicationStatement", "active"),
)  # fmt: skip
JUNK = st.sampled_from(
    [None, [], {}, "", "x", 0, -1, True, 1e308, [[]], [None], {"reference": 3}, {"coding": 7}, "2026-13-45", "#"]
)


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, inner in items for path in ((*at, key), *paths(inner, (*at, key)))]


@given(st.lists(st.tuples(st.sampled_from(paths(WHOLE)), JUNK), min_size=1, max_size=4))
def test_junk_anywhere_never_raises_anything_but_a_record_error(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    content = copy.deepcopy(WHOLE)
    for path, junk in changes:
        holder = content
        try:
            for key in path[:-1]:
                holder = holder[key]
            holder[path[-1]] = copy.deepcopy(junk)
        except (KeyError, IndexError, TypeError):
            continue
    try:
        decision = LIBRARY.evaluate(igguide.record_from_fhir(content), as_of=AS_OF)
    except igguide.RecordError:
        return
    json.dumps(decision.to_dict())


# --- outside samples ---

needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the FHIR samples are not beside this checkout")


def _grafted() -> list[Json]:
    file = SAMPLES / "grafted" / "expected.json"
    return json.loads(file.read_text())["cases"] if file.is_file() else []


@needs_samples
@pytest.mark.parametrize("case", _grafted(), ids=lambda case: case["file"])
def test_the_grafted_samples_hold_what_is_expected(case: Json) -> None:
    content = json.loads((SAMPLES / "grafted" / case["file"]).read_text(), parse_float=Decimal)
    found = Findings(LIBRARY.read(igguide.record_from_fhir(content)), LIBRARY.facts, date(2021, 6, 1))
    wanted = case["expect"]
    igg, expected = found["igg"], wanted["igg"]
    assert igg.state == {"absent": "not-recorded"}.get(expected["state"], expected["state"])
    if igg.entry is not None and igg.range is not None and igg.range.high is not None:
        assert igg.range.high == Decimal(str(expected["g_per_l"])) * 100
        assert (igg.entry.comparator, igg.entry.source) == (expected["comparator"], f"Observation/{expected['source']}")
        assert igg.entry.on is not None
        assert igg.entry.on.first.isoformat() == expected["effective"]
    for key, fact in (("car_t", "car_t_infusion"), ("ivig_given", "ivig_started")):
        if key in wanted:
            assert LIBRARY.wording.value(found[fact]) == wanted[key]
    if "weight_kg" in wanted:
        assert found["weight"].range is not None
        assert found["weight"].range.exact == Decimal(str(wanted["weight_kg"]))
    if "cll" in wanted:
        assert "cll" in found["diagnosis"].chosen


@needs_samples
def test_every_sample_gives_a_decision_or_a_plain_refusal() -> None:
    read, refused = 0, set[str]()
    for file in sorted(SAMPLES.glob("*/*json")):
        lines = file.read_text().splitlines() if file.suffix == ".ndjson" else [file.read_text()]
        for line in filter(None, lines):
            try:
                LIBRARY.evaluate(igguide.Record(json.loads(line), is_fhir=True), as_of="2021-06-01").to_dict()
                read += 1
            except igguide.RecordError:
                refused.add(file.parent.name)
    assert read > 1000
    assert refused <= {"cds-hooks", "grafted", "hl7-r4"}, (
        "requests and lists of files are no records, and two HL7 bundles hold several patients"
    )
