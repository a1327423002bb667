"""FHIR R4: bundles in, chart entries out; whose record it is, what counts, and what messy records do."""

from __future__ import annotations

import contextlib
import copy
import functools
import json
import os
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import igguide
from igguide.chart import Chart, Entry, Event
from igguide.dates import read_date, written
from igguide.errors import RecordError
from igguide.fhir import read_fhir
from igguide.model import Fact
from igguide.parse import parse_facts
from igguide.quantity import Range, exactly
from igguide.record import digest_of
from igguide.yaml_reader import read_text

FACTS = """
facts:
  igg:
    title: Serum IgG
    kind: quantity
    unit: mg/dL
    question: IgG?
    limits: {low: 0 mg/dL, high: 20000 mg/dL, reading: Wide.}
    fhir: {resource: Observation, codes: [{system: http://loinc.org, code: 2465-3}]}
  platelets:
    title: Platelets
    kind: quantity
    unit: 10*9/L
    question: Platelets?
    fhir: {resource: Observation, codes: [{system: http://loinc.org, code: 777-3}]}
  creatinine:
    title: Creatinine
    kind: quantity
    unit: umol/L
    question: Creatinine?
    analyte: {one: mg/dL, is: 88.42 umol/L, reading: Molar mass.}
    fhir: {resource: Observation, codes: [{system: http://loinc.org, code: 2160-0}]}
  ice_score:
    title: ICE score
    kind: quantity
    unit: points
    question: ICE?
    limits: {low: 0 points, high: 10 points, reading: As printed.}
    fhir: {resource: Observation, codes: [{system: http://example.org, code: ice}]}
  motor_weakness:
    title: Motor weakness
    kind: yes-no
    question: Motor weakness?
    fhir:
      resource: Observation
      codes: [{system: http://example.org, code: motor}, {system: http://example.org, code: no-motor, is: "no"}]
      values:
        - {system: http://snomed.info/sct, code: "373066001", is: "yes"}
        - {system: http://snomed.info/sct, code: "373067005", is: "no"}
  consciousness:
    title: Consciousness
    kind: choice
    question: Awake?
    options: {alert: {title: Alert}, unarousable: {title: Unarousable}}
    fhir:
      resource: Observation
      codes: [{system: http://example.org, code: awake}]
      values:
        - {system: http://snomed.info/sct, code: "248234008", is: alert}
        - {system: http://snomed.info/sct, code: "268913004", is: unarousable}
  diagnosis:
    title: Diagnosis
    kind: choices
    question: Which?
    options: {cll: {title: CLL}, cvid: {title: CVID}}
    fhir:
      resource: Condition
      codes:
        - {system: http://hl7.org/fhir/sid/icd-10-cm, code: C91.1, prefix: true, is: cll}
        - {system: http://snomed.info/sct, code: "92814006", is: cll}
        - {system: http://snomed.info/sct, code: "23238000", is: cvid}
  iga_deficiency:
    title: IgA deficiency
    kind: yes-no
    question: IgA deficiency?
    fhir: {resource: Condition, codes: [{system: http://snomed.info/sct, code: "190979003"}]}
  current_infection:
    title: Current infection
    kind: yes-no
    question: Infection now?
    fhir: &infection
      resource: Condition
      codes: [{system: http://snomed.info/sct, code: "233604007"}]
  infection:
    title: Infections
    kind: events
    question: Which?
    fields:
      severity: {serious: {title: serious}, mild: {title: mild}}
      kind: {bacterial: {title: bacterial}, viral: {title: viral}}
    fhir:
      resource: Condition
      codes:
        - {system: http://snomed.info/sct, code: "233604007"}
        - {system: http://hl7.org/fhir/sid/icd-10-cm, code: J13, set: {kind: bacterial}}
        - {system: http://hl7.org/fhir/sid/icd-10-cm, code: J12, prefix: true, set: {kind: viral}}
      severity:
        - {system: http://snomed.info/sct, code: "24484000", is: serious}
        - {system: http://snomed.info/sct, code: "255604002", is: mild}
  car_t_infusion:
    title: CAR-T infusion
    kind: date
    question: When?
    fhir:
      resource: Procedure
      codes:
        - {system: http://snomed.info/sct, code: "1156961008"}
        - {system: http://www.cms.gov/Medicare/Coding/ICD10, code: XW033C3, until: 2021-09-30}
        - {system: http://www.cms.gov/Medicare/Coding/ICD10, code: XW033H7, from: 2021-10-01}
  car_t_product:
    title: CAR-T product
    kind: choice
    question: Which?
    options: {axi: {title: Axi}, tisa: {title: Tisa}}
    fhir:
      resource: Procedure
      codes: [{system: http://www.cms.gov/Medicare/Coding/ICD10, code: XW033H7, is: axi, from: 2021-10-01}]
  receiving:
    title: Receiving immunoglobulin
    kind: yes-no
    question: Receiving?
    fhir:
      resource: MedicationAdministration
      within: 2 months
      codes: [{system: http://www.whocc.no/atc, code: J06BA02}]
      also:
        - {resource: MedicationStatement, within: 2 months, codes: [{system: http://www.whocc.no/atc, code: J06BA02}]}
  rituximab_exposure:
    title: Rituximab
    kind: yes-no
    question: Rituximab?
    fhir:
      resource: MedicationAdministration
      codes: [{system: http://www.nlm.nih.gov/research/umls/rxnorm, code: "121191"}]
  vaccination:
    title: Vaccination
    kind: date
    question: When?
    fhir: {resource: Immunization, codes: [{system: http://hl7.org/fhir/sid/cvx, code: "33"}]}
  born: {title: Date of birth, kind: date, question: Born?, fhir: {resource: Patient, element: birthDate}}
  sex:
    title: Sex
    kind: choice
    question: Sex?
    options: {female: {title: Female}, male: {title: Male}}
    fhir: {resource: Patient, element: gender, values: {female: female, male: male}}
""".replace("&infection\n", "\n")

LOINC, SNOMED, ICD, UCUM = (
    "http://loinc.org",
    "http://snomed.info/sct",
    "http://hl7.org/fhir/sid/icd-10-cm",
    "http://unitsofmeasure.org",
)
ATC, RXNORM, CVX, PCS, HOUSE = (
    "http://www.whocc.no/atc",
    "http://www.nlm.nih.gov/research/umls/rxnorm",
    "http://hl7.org/fhir/sid/cvx",
    "http://www.cms.gov/Medicare/Coding/ICD10",
    "http://example.org",
)
PNEUMONIA, CLL, CAR_T = "233604007", "92814006", "1156961008"
Json = dict[str, Any]


@functools.cache
def facts() -> dict[str, Fact]:
    document, problems = read_text(FACTS, "facts/test.yaml")
    found = parse_facts(document, problems)
    assert not problems
    return found


# --- records in a few words ---


def read(*content: Json, patient: str | None = None, whole: bool = False) -> Chart:
    """Read resources as a collection with Patient/1 in front, or one content as it stands."""
    given = content[0] if whole else bundle(a_patient(), *content)
    return read_fhir(given, facts(), patient)


def bundle(*resources: Json, kind: str = "collection", **more: Any) -> Json:
    entries = [r if "resource" in r or "request" in r else {"resource": r} for r in resources]
    return {"resourceType": "Bundle", "type": kind, "entry": entries, **more}


def a_patient(name: str = "1", **more: Any) -> Json:
    return {"resourceType": "Patient", "id": name, "birthDate": "1968-03-02", **more}


def concept(*codings: tuple[str | None, str]) -> Json:
    return {"coding": [{"system": system, "code": code} if system else {"code": code} for system, code in codings]}


def quantity(value: Any, unit: str | None = "mg/dL", **more: Any) -> Json:
    coded = {"unit": unit, "system": UCUM, "code": unit} if unit else {}
    return {"value": value, **coded, **more}


def made(kind: str, defaults: Json, changes: Json) -> Json:
    """Return a resource with the defaults and the changes; None takes an element away."""
    content = {"resourceType": kind, "subject": {"reference": "Patient/1"}, **defaults, **changes}
    return {key: value for key, value in content.items() if value is not None}


def igg(value: Any = 380, **changes: Any) -> Json:
    amount = {} if any(key.startswith("value") for key in changes) else {"valueQuantity": quantity(value)}
    defaults = {"id": "a", "status": "final", "code": concept((LOINC, "2465-3")), "effectiveDateTime": "2026-10-20"}
    return made("Observation", {**defaults, **amount}, changes)


def condition(code: str = CLL, system: str = SNOMED, /, **changes: Any) -> Json:
    defaults = {"id": "c", "code": concept((system, code)), "onsetDateTime": "2026-10-20"}
    return made("Condition", defaults, changes)


def clinical(code: str) -> Json:
    return concept(("http://terminology.hl7.org/CodeSystem/condition-clinical", code))


def verified(code: str) -> Json:
    return concept(("http://terminology.hl7.org/CodeSystem/condition-ver-status", code))


def procedure(code: str = CAR_T, system: str = SNOMED, /, **changes: Any) -> Json:
    defaults = {"id": "p", "status": "completed", "code": concept((system, code)), "performedDateTime": "2026-09-30"}
    return made("Procedure", defaults, changes)


def infusion(code: str = "J06BA02", system: str = ATC, /, **changes: Any) -> Json:
    defaults = {
        "id": "m",
        "status": "completed",
        "medicationCodeableConcept": concept((system, code)),
        "effectiveDateTime": "2026-11-01",
    }
    return made("MedicationAdministration", defaults, changes)


def statement(**changes: Any) -> Json:
    defaults = {"id": "s", "status": "active", "medicationCodeableConcept": concept((ATC, "J06BA02"))}
    return made("MedicationStatement", defaults, changes)


def shot(**changes: Any) -> Json:
    defaults = {"id": "i", "status": "completed", "vaccineCode": concept((CVX, "33")), "subject": None}
    return made(
        "Immunization",
        {**defaults, "occurrenceDateTime": "2025-01-02"},
        {"patient": {"reference": "Patient/1"}, **changes},
    )


def one(chart: Chart, fact: str = "igg") -> Entry:
    """Return the only entry of a fact."""
    (entry,) = chart.entries[fact]
    return entry


def values(chart: Chart, fact: str) -> list[Any]:
    return [entry.value for entry in chart.entries.get(fact, [])]


def fault_of(entry: Entry) -> str | None:
    assert entry.fault is None or entry.value is None
    return entry.fault.kind if entry.fault else None


def nothing(chart: Chart, *names: str) -> bool:
    return not any(chart.entries.get(name) for name in names or [n for n in facts() if n not in ("born", "sex")])


def kinds(chart: Chart) -> list[tuple[str, str]]:
    return [(trouble.kind, trouble.fact) for trouble in chart.troubles]


# --- the whole of an entry ---


def test_an_entry_keeps_value_date_source_and_the_digits_as_written() -> None:
    entry = one(read(igg(valueQuantity=quantity(Decimal("3.80"), "g/L"))))
    assert entry == Entry(exactly(Decimal("380")), read_date("2026-10-20"), "Observation/a", "3.80 g/L")


def test_the_chart_has_the_patients_id_and_no_list_is_complete() -> None:
    chart = read(condition(PNEUMONIA))
    assert chart.id == "1"
    assert not chart.complete
    assert not chart.nothing


@pytest.mark.parametrize(
    ("entry", "source"),
    [
        ({"resource": igg()}, "Observation/a"),
        ({"resource": igg(id=None), "fullUrl": "urn:uuid:77"}, "urn:uuid:77"),
        ({"resource": igg(id=None)}, "entry/1"),
    ],
    ids=["id", "fullurl", "place"],
)
def test_the_source_points_into_the_record(entry: Json, source: str) -> None:
    assert one(read(entry)).source == source


# --- quantities ---


@pytest.mark.parametrize(
    ("value", "number", "shown"),
    [
        (380, "380", "380"),
        (380.5, "380.5", "380.5"),
        (Decimal("380.50"), "380.50", "380.50"),
        (Decimal("3.8E+2"), "380", "3.8E+2"),
        (1e2, "100", "100.0"),
        (type("Digits", (str,), {})("380.0"), "380.0", "380.0"),
    ],
    ids=["int", "float", "decimal", "exponent", "float-exponent", "digits-kept-as-text"],
)
def test_numbers_are_exact(value: Any, number: str, shown: str) -> None:
    entry = one(read(igg(value)))
    assert entry.value == exactly(Decimal(number))
    assert entry.written == f"{shown} mg/dL"


@pytest.mark.parametrize(
    "value",
    ["380", True, False, None, [380], {"value": 380}, float("nan"), float("inf"), 10**300, Decimal("NaN"), "380 mg/dL"],
    ids=["text", "true", "false", "null", "list", "object", "nan", "inf", "huge", "decimal-nan", "amount-text"],
)
def test_what_is_no_json_number_is_unreadable(value: Any) -> None:
    assert fault_of(one(read(igg(value)))) == "unreadable"


@pytest.mark.parametrize(
    ("given", "expected", "noted"),
    [
        (quantity(3.8, "g/L"), "380", False),
        (quantity(3.8, "g/l"), "380", False),
        ({"value": 3.8, "system": UCUM, "code": "g/L", "unit": "grams"}, "380", False),
        ({"value": 3.8, "system": UCUM, "code": "g/L", "unit": "mg/dL"}, "380", True),
        ({"value": 3.8, "system": "urn:oid:2.16.840.1.113883.6.8", "code": "g/L"}, "380", False),
        ({"value": 380, "unit": "mg/dL"}, "380", True),
        ({"value": 380, "unit": "mg/dL", "system": UCUM}, "380", True),
        ({"value": 380, "code": "mg/dL"}, "380", True),
        ({"value": 380, "unit": "mg/dL", "code": "258797006", "system": SNOMED}, "380", True),
        ({"value": 380, "unit": "MG/DL"}, None, False),
        ({"value": 380, "unit": "mg/dL "}, None, False),
        ({"value": 380, "unit": "mg per dL"}, None, False),
        ({"value": 380, "unit": "mg/dL", "system": UCUM, "code": "Mg/dL"}, None, False),
        ({"value": 380, "unit": "mg/dL", "code": "g/L"}, None, False),
        ({"value": 380}, None, False),
        ({"value": 380, "unit": ""}, None, False),
        (quantity(25, "umol/L"), None, False),
        (quantity(25, "[iU]/mL"), None, False),
        (quantity(25, "%"), None, False),
    ],
    ids=[
        "code",
        "small-l",
        "code-over-unknown-text",
        "code-over-other-unit",
        "ucum-oid",
        "text-alone",
        "text-and-system",
        "code-without-system",
        "code-of-another-system",
        "text-in-capitals",
        "text-with-blank",
        "text-in-words",
        "unknown-code-beside-good-text",
        "code-without-system-against-text",
        "bare-number",
        "empty-unit",
        "moles",
        "arbitrary-units",
        "percent",
    ],
)
def test_the_unit_is_the_ucum_code_or_an_exact_text(given: Json, expected: str | None, noted: bool) -> None:
    entry = one(read(igg(valueQuantity=given)))
    if expected is None:
        assert fault_of(entry) == "wrong-unit"
    else:
        assert entry.value == exactly(Decimal(expected))
        assert (entry.note is not None) == noted


def test_a_mass_becomes_moles_where_the_fact_declares_the_substance() -> None:
    creatinine = igg(code=concept((LOINC, "2160-0")), valueQuantity=quantity(1, "mg/dL"))
    assert one(read(creatinine), "creatinine").value == exactly(Decimal("88.42"))


@pytest.mark.parametrize(
    ("comparator", "expected"),
    [
        ("<", Range(Decimal(0), Decimal(40), False, True)),
        ("<=", Range(Decimal(0), Decimal(40))),
        (">", Range(Decimal(40), Decimal(20000), True)),
        (">=", Range(Decimal(40), Decimal(20000))),
    ],
    ids=["below", "at-most", "above", "at-least"],
)
def test_a_comparator_makes_an_interval(comparator: str, expected: Range) -> None:
    entry = one(read(igg(valueQuantity=quantity(40, comparator=comparator))))
    assert entry.value == expected
    assert (entry.comparator, entry.written) == (comparator, f"{comparator} 40 mg/dL")


@pytest.mark.parametrize("comparator", ["ad", "~", "≤", 5, ["<"]], ids=str)
def test_any_other_comparator_is_unreadable(comparator: Any) -> None:
    assert fault_of(one(read(igg(valueQuantity=quantity(40, comparator=comparator))))) == "unreadable"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"low": quantity(300), "high": quantity(4, "g/L")}, "wrong-unit"),
        ({"low": quantity(300), "high": quantity(400)}, Range(Decimal(300), Decimal(400))),
        ({"low": quantity(300)}, Range(Decimal(300), Decimal(20000))),
        ({"high": quantity(300)}, Range(Decimal(0), Decimal(300))),
        ({"low": quantity(300), "high": quantity(400, None)}, "wrong-unit"),
        ({"low": quantity(300, None), "high": quantity(400, None)}, "wrong-unit"),
        ({"low": quantity(400), "high": quantity(300)}, "unreadable"),
        ({"low": quantity(300, comparator="<"), "high": quantity(400)}, "unreadable"),
        ({"low": quantity("300"), "high": quantity(400)}, "unreadable"),
        ({}, "unreadable"),
        ([], "unreadable"),
    ],
    ids=["two-units", "both", "low", "high", "one-unit", "no-unit", "reversed", "comparator", "text", "empty", "list"],
)
def test_a_value_range_is_an_interval(given: Any, expected: Any) -> None:
    entry = one(read(igg(valueRange=given)))
    assert (entry.value if entry.fault is None else fault_of(entry)) == expected


def test_a_value_range_is_written_as_in_the_record() -> None:
    entry = one(read(igg(valueRange={"low": quantity(Decimal("3.0"), "g/L"), "high": quantity(4, "g/L")})))
    assert entry.written == "3.0 g/L to 4 g/L"


@pytest.mark.parametrize(
    "value",
    [
        {"valueString": "380 mg/dL"},
        {"valueCodeableConcept": concept((SNOMED, "260385009"))},
        {"valueBoolean": True},
        {"valueRatio": {"numerator": quantity(380), "denominator": quantity(1)}},
        {"valueQuantity": "380 mg/dL"},
        {"valueQuantity": [quantity(380)]},
        {"valueQuantity": {}},
        {"valueQuantity": quantity(380), "valueRange": {"low": quantity(1)}},
    ],
    ids=["string", "coded", "boolean", "ratio", "text", "list", "empty", "two-values"],
)
def test_a_value_in_another_form_makes_the_newest_result_unreadable(value: Json) -> None:
    entry = one(read(igg(**value)))
    assert fault_of(entry) == "unreadable"
    assert entry.on == read_date("2026-10-20")


def test_a_string_beside_a_quantity_is_passed_over() -> None:
    assert one(read(igg(valueQuantity=quantity(380), valueString="see note"))).value == exactly(Decimal(380))


def test_a_bare_integer_is_no_amount_with_a_unit() -> None:
    assert fault_of(one(read(igg(valueInteger=380)))) == "wrong-unit"


def test_interpretation_range_note_site_method_and_specimen_are_never_read() -> None:
    more = {
        "interpretation": [concept((HOUSE, "L"))],
        "referenceRange": [{"low": quantity(700)}],
        "note": [{"text": "wrong patient"}],
        "bodySite": concept((HOUSE, "x")),
        "method": concept((HOUSE, "y")),
        "specimen": {"reference": "#none"},
    }
    assert read(igg(**more)).entries == read(igg()).entries


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"valueInteger": 7}, "7"),
        ({"valueQuantity": quantity(7, "{score}")}, "7"),
        ({"valueQuantity": quantity(7, "1")}, "7"),
        ({"valueQuantity": {"value": 7}}, "7"),
        ({"valueQuantity": quantity(7, "%")}, None),
        ({"valueInteger": 11}, None),
        ({"valueInteger": True}, None),
        ({"valueInteger": "7"}, None),
        ({"valueInteger": 7.5}, None),
    ],
    ids=["integer", "score", "one", "bare", "percent", "too-many", "true", "text", "half"],
)
def test_scores(value: Json, expected: str | None) -> None:
    entry = one(read(igg(code=concept((HOUSE, "ice")), **value)), "ice_score")
    assert entry.value == (exactly(Decimal(expected)) if expected else None)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("asked-unknown", "asked-unknown"),
        ("unknown", "asked-unknown"),
        ("asked-declined", "asked-unknown"),
        ("not-applicable", "not-applicable"),
        ("error", "not-recorded"),
        ("masked", "not-recorded"),
    ],
)
def test_a_result_with_only_a_reason_for_its_absence_is_marked_so(code: str, kind: str) -> None:
    reason = concept(("http://terminology.hl7.org/CodeSystem/data-absent-reason", code))
    entry = one(read(igg(valueQuantity=None, dataAbsentReason=reason)))
    assert (entry.value, entry.fault, entry.absent) == (None, None, kind)


def test_a_result_without_anything_says_nothing() -> None:
    assert nothing(read(igg(valueQuantity=None)))


# --- dates ---


@pytest.mark.parametrize(
    ("dates", "on"),
    [
        ({"effectiveDateTime": "2026-10-20"}, "2026-10-20"),
        ({"effectiveDateTime": "2026-10"}, "2026-10"),
        ({"effectiveDateTime": "2026"}, "2026"),
        ({"effectiveDateTime": "2026-10-20T23:59:60Z"}, "2026-10-20T23:59:59Z"),
        ({"effectiveInstant": "2026-10-20T09:00:00+02:00"}, "2026-10-20T09:00:00+02:00"),
        ({"effectivePeriod": {"start": "2026-10-01", "end": "2026-10-05"}}, "2026-10-05"),
        ({"effectivePeriod": {"start": "2026-10-01"}}, "2026-10-01"),
        ({"effectivePeriod": {}, "issued": "2026-10-07T01:02:03Z"}, "2026-10-07T01:02:03Z"),
        ({"issued": "2026-10-07T01:02:03Z"}, "2026-10-07T01:02:03Z"),
        ({"issued": "2026-10-07T01:02:03Z", "effectiveDateTime": "2026-10-01"}, "2026-10-01"),
        ({"meta": {"lastUpdated": "2026-10-07T01:02:03Z"}}, None),
    ],
    ids=[
        "day",
        "month",
        "year",
        "leap-second",
        "instant",
        "period",
        "open-period",
        "empty-period",
        "issued",
        "effective-first",
        "undated",
    ],
)
def test_the_date_of_a_result(dates: Json, on: str | None) -> None:
    assert one(read(igg(**{"effectiveDateTime": None, **dates}))).on == (read_date(on) if on else None)


@pytest.mark.parametrize(
    "dates",
    [
        {"effectiveDateTime": "20 May"},
        {"effectiveDateTime": 2026},
        {"effectivePeriod": []},
        {"effectiveDateTime": "2026-13-01"},
    ],
    ids=["words", "number", "list", "month-13"],
)
def test_a_result_of_an_unreadable_date_may_be_the_newest_so_it_stands_with_a_fault(dates: Json) -> None:
    entry = one(read(igg(**{"effectiveDateTime": None, **dates})))
    assert (fault_of(entry), entry.on) == ("unreadable", None)


# --- statuses ---


@pytest.mark.parametrize("status", ["final", "amended", "corrected"])
def test_observations_that_count(status: str) -> None:
    assert one(read(igg(status=status))).value == exactly(Decimal(380))


@pytest.mark.parametrize(
    "status", ["registered", "preliminary", "cancelled", "entered-in-error", "unknown", "Final", "", None], ids=repr
)
def test_observations_that_do_not_count(status: str | None) -> None:
    chart = read(igg(status=status))
    assert nothing(chart)
    assert not chart.troubles


def test_a_status_of_the_wrong_type_is_told() -> None:
    chart = read(igg(status=["final"]))
    assert nothing(chart)
    assert kinds(chart) == [("unreadable", "igg")]


@pytest.mark.parametrize(
    ("resource", "fact", "counted"),
    [
        (procedure, "car_t_infusion", {"completed"}),
        (infusion, "receiving", {"completed", "in-progress"}),
        (functools.partial(statement, effectiveDateTime="2026-11-01"), "receiving", {"completed", "active"}),
        (shot, "vaccination", {"completed"}),
    ],
    ids=["procedure", "administration", "statement", "immunization"],
)
@pytest.mark.parametrize(
    "status",
    [
        "completed",
        "in-progress",
        "active",
        "not-done",
        "not-taken",
        "preparation",
        "intended",
        "on-hold",
        "stopped",
        "entered-in-error",
        "unknown",
        None,
    ],
    ids=str,
)
def test_what_has_happened(resource: Any, fact: str, counted: set[str], status: str | None) -> None:
    chart = read(resource(status=status))
    assert bool(chart.entries.get(fact)) == (status in counted)
    assert not chart.troubles


@pytest.mark.parametrize("mark", ["doNotPerform", "notDone", "notGiven", "wasNotGiven"])
def test_a_mark_that_it_was_not_done_outweighs_the_status(mark: str) -> None:
    assert nothing(read(procedure(**{mark: True}), infusion(**{mark: True})))
    assert not nothing(read(procedure(**{mark: False})))


@pytest.mark.parametrize(
    "kind", ["MedicationRequest", "ServiceRequest", "FamilyMemberHistory", "Banana", "DiagnosticReport"]
)
def test_other_types_are_not_read(kind: str) -> None:
    resources = [{**made_, "resourceType": kind} for made_ in (igg(), condition(), procedure(), infusion())]
    chart = read(*resources)
    assert nothing(chart)
    assert not chart.troubles


@pytest.mark.parametrize(
    ("resource", "fact"),
    [
        (igg, "igg"),
        (condition, "diagnosis"),
        (procedure, "car_t_infusion"),
        (infusion, "receiving"),
        (shot, "vaccination"),
    ],
    ids=["observation", "condition", "procedure", "administration", "immunization"],
)
def test_a_modifier_extension_may_turn_the_meaning_round_so_it_is_told_and_not_read(resource: Any, fact: str) -> None:
    chart = read(resource(modifierExtension=[{"url": "http://example.org/not", "valueBoolean": True}]))
    assert all(fault_of(entry) == "unreadable" for entry in chart.entries.get(fact, []))
    assert kinds(chart) == ([] if fact == "igg" else [("unreadable", fact)] * len(kinds(chart)))
    assert chart.entries.get(fact) or chart.troubles


# --- codes ---


@pytest.mark.parametrize(
    ("codings", "is_read"),
    [
        ([(LOINC, "2465-3")], True),
        ([(HOUSE, "IGG"), (LOINC, "2465-3")], True),
        ([("urn:oid:2.16.840.1.113883.6.1", "2465-3")], True),
        ([("http://loinc.org/", "2465-3")], False),
        ([("http://LOINC.org", "2465-3")], False),
        ([("https://loinc.org", "2465-3")], False),
        ([(None, "2465-3")], False),
        ([(SNOMED, "2465-3")], False),
        ([(HOUSE, "IGG")], False),
        ([(LOINC, "2466-1")], False),
        ([(LOINC, "22502-9")], False),
        ([(LOINC, " 2465-3")], False),
        ([], False),
    ],
    ids=[
        "loinc",
        "among-others",
        "oid",
        "slash",
        "capitals",
        "https",
        "no-system",
        "other-system",
        "house",
        "subclass",
        "measles",
        "blank",
        "no-coding",
    ],
)
def test_codes_count_by_system_and_code_never_by_display(codings: list[tuple[str | None, str]], is_read: bool) -> None:
    code = concept(*codings)
    code["text"] = "IgG [Mass/volume] in Serum"
    for coding in code["coding"]:
        coding["display"] = "IgG [Mass/volume] in Serum or Plasma"
    assert bool(read(igg(code=code)).entries.get("igg")) == is_read


@pytest.mark.parametrize(
    "system",
    [
        ATC,
        "http://fhir.de/CodeSystem/bfarm/atc",
        "http://fhir.de/CodeSystem/dimdi/atc",
        "urn:oid:2.16.840.1.113883.6.73",
    ],
)
def test_a_system_has_other_names(system: str) -> None:
    assert values(read(infusion("J06BA02", system)), "receiving") == ["yes"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("C91.1", [("cll", "yes")]),
        ("C91.10", [("cll", "yes")]),
        ("C91.0", []),
        ("C911", []),
        ("XC91.1", []),
        ("c91.10", []),
    ],
)
def test_a_prefix_matches_the_codes_that_begin_with_it_as_written(code: str, expected: list[Any]) -> None:
    assert values(read(condition(code, ICD)), "diagnosis") == expected


@pytest.mark.parametrize(
    ("code", "on", "is_read"),
    [
        ("XW033C3", "2021-09-30", True),
        ("XW033C3", "2021-10-01", False),
        ("XW033C3", "2021", True),
        ("XW033H7", "2021-10-01", True),
        ("XW033H7", "2021-09-30", False),
        ("XW033H7", "2021-09", False),
    ],
)
def test_a_code_counts_while_it_was_in_use(code: str, on: str, is_read: bool) -> None:
    chart = read(procedure(code, PCS, performedDateTime=on))
    assert bool(chart.entries.get("car_t_infusion")) == is_read
    assert values(chart, "car_t_product") == (["axi"] if is_read and code == "XW033H7" else [])


def test_a_code_of_an_unknown_date_is_taken() -> None:
    assert values(read(procedure("XW033H7", PCS, performedDateTime=None)), "car_t_product") == ["axi"]


def test_two_codes_of_one_resource_make_one_entry() -> None:
    twice = igg(code=concept((LOINC, "2465-3"), ("urn:oid:2.16.840.1.113883.6.1", "2465-3")))
    assert len(read(twice).entries["igg"]) == 1


# --- components and contained resources ---


def test_components_are_read_with_the_date_and_status_of_their_observation() -> None:
    parts = [
        {"code": concept((LOINC, "2465-3")), "valueQuantity": quantity(380)},
        {"code": concept((LOINC, "777-3")), "valueQuantity": quantity(90, "10*9/L")},
        {"code": concept((HOUSE, "ice")), "dataAbsentReason": concept((None, "unknown"))},
        "junk",
    ]
    panel = igg(code=concept((HOUSE, "panel")), valueQuantity=None, component=parts)
    chart = read(panel)
    assert (one(chart).value, one(chart).on, one(chart).source) == (
        exactly(Decimal(380)),
        read_date("2026-10-20"),
        "Observation/a",
    )
    assert one(chart, "platelets").value == exactly(Decimal(90))
    assert one(chart, "ice_score").absent == "asked-unknown"
    assert nothing(read({**panel, "status": "preliminary"}))
    assert nothing(read({**panel, "subject": {"reference": "Patient/2"}}))


def test_members_of_a_panel_are_read_once() -> None:
    panel = igg(
        id="panel", code=concept((HOUSE, "panel")), valueQuantity=None, hasMember=[{"reference": "Observation/a"}]
    )
    assert len(read(panel, igg()).entries["igg"]) == 1


def report(inner: Json, **more: Any) -> Json:
    content = {"resourceType": "DiagnosticReport", "id": "r", "status": "final", "subject": {"reference": "Patient/1"}}
    return {**content, "contained": [inner], **more}


@pytest.mark.parametrize(
    ("content", "is_read"),
    [
        (report(igg()), True),
        (report(igg(subject=None), result=[{"reference": "#a"}]), True),
        (report(igg(subject=None)), False),
        (report(igg(subject=None), result=[{"reference": "#b"}]), False),
        (report(igg(subject=None), result=[{"reference": "#a"}], subject={"reference": "Patient/2"}), False),
        (report(igg(subject={"reference": "Patient/2"}), result=[{"reference": "#a"}]), False),
        (report(igg(), status="entered-in-error"), False),
        (
            igg(id="x", code=concept((HOUSE, "panel")), contained=[igg(subject=None)], hasMember=[{"reference": "#a"}]),
            True,
        ),
    ],
    ids=[
        "own-subject",
        "by-reference",
        "unreferred",
        "another-referred",
        "of-another",
        "itself-of-another",
        "in-error",
        "member",
    ],
)
def test_contained_observations(content: Json, is_read: bool) -> None:
    chart = read(content)
    assert bool(chart.entries.get("igg")) == is_read
    if is_read:
        assert one(chart).source in ("DiagnosticReport/r#a", "Observation/x#a")


# --- whom the record is about ---

BASE = "https://fhir.example.org/r4/"


@pytest.mark.parametrize(
    ("patient_url", "reference", "is_read"),
    [
        (None, "Patient/1", True),
        (None, "Patient/1/_history/2", True),
        (None, "Patient/2", False),
        (None, "Group/1", False),
        (None, BASE + "Patient/1", True),
        (BASE + "Patient/1", "Patient/1", True),
        (BASE + "Patient/1", BASE + "Patient/1", True),
        (BASE + "Patient/1", BASE + "Patient/1/_history/3", True),
        (BASE + "Patient/1", "https://other.example.org/r4/Patient/1", False),
        (BASE + "Patient/1", "urn:uuid:1", False),
        ("urn:uuid:77", "urn:uuid:77", True),
        ("urn:uuid:77", "urn:uuid:78", False),
        ("urn:uuid:77", "Patient/1", True),
    ],
)
def test_references_to_the_patient(patient_url: str | None, reference: str, is_read: bool) -> None:
    person = {"resource": a_patient(), **({"fullUrl": patient_url} if patient_url else {})}
    chart = read_fhir(bundle(person, igg(subject={"reference": reference})), facts())
    assert bool(chart.entries.get("igg")) == is_read
    assert chart.id == "1"


def test_a_relative_reference_stays_on_its_server() -> None:
    person = {"resource": a_patient(), "fullUrl": BASE + "Patient/1"}
    result = {"resource": igg(), "fullUrl": "https://other.example.org/r4/Observation/a"}
    assert nothing(read_fhir(bundle(person, result), facts()))


@pytest.mark.parametrize(
    "subject",
    [
        None,
        {},
        {"identifier": {"system": "http://example.org/mrn", "value": "1"}, "type": "Patient"},
        {"display": "Ann"},
        {"reference": "#nobody"},
        {"reference": 5},
        ["Patient/1"],
        "Patient/1",
    ],
    ids=["none", "empty", "identifier", "display", "dangling", "number", "list", "text"],
)
@pytest.mark.parametrize("is_bare", [False, True], ids=["bundle", "bare"])
def test_a_result_that_names_nobody_is_not_read_and_that_is_told(subject: Any, is_bare: bool) -> None:
    chart = read(igg(subject=subject), whole=is_bare)
    assert nothing(chart)
    assert kinds(chart) == [("unreadable", "igg")]


@pytest.mark.parametrize("resource", [condition, procedure, infusion, igg], ids=lambda f: f.__name__)
def test_no_resource_without_a_subject_is_read(resource: Any) -> None:
    assert nothing(read(resource(subject=None)))


def test_focus_means_somebody_or_something_else() -> None:
    chart = read(igg(focus=[{"reference": "Patient/newborn"}]))
    assert nothing(chart)
    assert not chart.troubles


def mother_and_child(**more: Any) -> Json:
    child = igg(90, id="b", subject={"reference": "Patient/2"})
    return bundle(a_patient(), a_patient("2", birthDate="2026-11-01"), igg(), child, **more)


def test_several_patients_need_a_name() -> None:
    with pytest.raises(RecordError) as error:
        read(mother_and_child(), whole=True)
    assert str(error.value) == (
        "The record holds several patients; there are Patient/1, Patient/2. "
        "Say which with --patient, as in `--patient Patient/1`."
    )


@pytest.mark.parametrize("name", ["Patient/2", "2", "Patient/2/_history/7"])
def test_nothing_leaks_from_one_patient_to_another(name: str) -> None:
    chart = read(mother_and_child(), whole=True, patient=name)
    assert chart.id == "2"
    assert one(chart).value == exactly(Decimal(90))
    assert written(one(chart, "born").value) == "2026-11-01"  # type: ignore[arg-type]


@pytest.mark.parametrize("url", ["urn:uuid:77", BASE + "Patient/1"])
def test_a_patient_is_named_by_full_url(url: str) -> None:
    person = {"resource": a_patient(), "fullUrl": url}
    chart = read(bundle(person, a_patient("2"), igg(subject={"reference": url})), whole=True, patient=url)
    assert chart.id == "1"
    assert one(chart).value


def test_a_patient_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(RecordError) as error:
        read(mother_and_child(), whole=True, patient="Patient/9")
    assert str(error.value) == (
        "There is no patient `Patient/9` in the record. It holds Patient/1, Patient/2; say which with --patient."
    )
    with pytest.raises(RecordError, match="names no patient at all"):
        read(bundle(), whole=True, patient="1")


def test_an_id_on_two_servers_is_two_patients() -> None:
    two = [{"resource": a_patient(), "fullUrl": f"https://{host}.example.org/Patient/1"} for host in "ab"]
    with pytest.raises(RecordError, match=r"https://a\.example\.org/Patient/1, https://b\.example\.org/Patient/1"):
        read(bundle(*two), whole=True)
    with pytest.raises(RecordError, match="may be any of several"):
        read(bundle(*two), whole=True, patient="1")
    assert read(bundle(*two), whole=True, patient="https://b.example.org/Patient/1").id == "1"


def test_of_several_patients_the_one_that_all_is_about_is_taken() -> None:
    assert read(bundle(a_patient(), a_patient("2"), igg(), condition()), whole=True).id == "1"
    with pytest.raises(RecordError):
        read(bundle(a_patient(), a_patient("2")), whole=True)
    with pytest.raises(RecordError):
        read(bundle(a_patient(), a_patient("2"), igg(), condition(subject={"reference": "Patient/3"})), whole=True)


def test_without_a_patient_resource_all_that_is_of_one_reference_is_read() -> None:
    chart = read(bundle(igg(), condition()), whole=True)
    assert (chart.id, "born" in chart.entries) == ("1", False)
    assert one(chart).value
    with pytest.raises(RecordError, match="several patients"):
        read(bundle(igg(), condition(subject={"reference": "Patient/2"})), whole=True)
    assert (
        one(read(bundle(igg(), igg(id="b", subject={"reference": "Patient/2"})), whole=True, patient="2")).source
        == "Observation/b"
    )


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (igg(), "1"),
        (igg(subject={"reference": "urn:uuid:77"}), "urn:uuid:77"),
        (igg(subject={"reference": BASE + "Patient/5"}), "5"),
        (igg(subject={"reference": "#p"}, contained=[a_patient("p")]), "p"),
        (a_patient("9"), "9"),
        (a_patient("9", contained=[igg(subject={"reference": "#"})]), "9"),
        ({"resourceType": "OperationOutcome"}, None),
        (bundle(), None),
        ({"resourceType": "Bundle"}, None),
    ],
    ids=["relative", "urn", "absolute", "contained", "patient", "in-patient", "outcome", "empty-bundle", "no-entry"],
)
def test_a_bare_resource_is_about_its_own_subject(content: Json, name: str | None) -> None:
    chart = read(content, whole=True)
    assert chart.id == name
    assert bool(chart.entries.get("igg")) == ("2465-3" in json.dumps(content))


# --- versions and kinds of bundles ---


def version(value: int, number: Any = None, updated: str | None = None, **more: Any) -> Json:
    meta = {"versionId": number, "lastUpdated": updated}
    return igg(value, meta={key: v for key, v in meta.items() if v is not None}, **more)


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        ([version(1, "10"), version(2, "9")], 1),
        ([version(1, "2"), version(2, "10")], 2),
        ([version(1, "a", "2026-10-02T00:00:00Z"), version(2, "b", "2026-10-01T00:00:00Z")], 1),
        ([version(1, None, "2026-10-02T00:00:00+05:00"), version(2, None, "2026-10-01T20:00:00Z")], 2),
        ([version(1, None, "2026-10-02T00:00:00"), version(2, None, "2026-10-01T20:00:00Z")], 1),
        ([version(1, "3"), version(2)], 2),
        ([version(1), version(2)], 2),
    ],
    ids=["number", "not-as-text", "time", "instants", "no-zone", "one-without", "last"],
)
def test_of_repeated_ids_the_latest_version_stands(versions: list[Json], expected: int) -> None:
    assert one(read(*versions)).value == exactly(Decimal(expected))


def test_the_latest_version_stands_even_if_it_takes_the_result_back() -> None:
    assert nothing(read(version(1, "1"), version(1, "2", status="entered-in-error")))
    assert fault_of(one(read(version(1, "1"), version(1, "2", valueQuantity=[])))) == "unreadable"


def test_one_id_under_two_full_urls_is_two_resources() -> None:
    two = [{"resource": igg(n), "fullUrl": f"urn:uuid:{n}"} for n in (1, 2)]
    assert len(read(*two).entries["igg"]) == 2


def history(*entries: Json) -> Json:
    return bundle({"resource": a_patient(), "request": {"method": "PUT", "url": "Patient/1"}}, *entries, kind="history")


def stored(value: int, number: str | None) -> Json:
    return {"resource": version(value, number), "request": {"method": "PUT", "url": "Observation/a"}}


def deleted(**response: str) -> Json:
    return {"request": {"method": "DELETE", "url": "Observation/a"}, "response": {"status": "204", **response}}


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([stored(2, "2"), stored(1, "1")], [2]),
        ([stored(1, "1"), stored(2, "2")], [2]),
        ([stored(2, None), stored(1, None)], [2]),
        ([deleted(), stored(2, "2"), stored(1, "1")], []),
        ([stored(1, "1"), deleted(etag='W/"2"')], []),
        ([stored(3, "3"), deleted(etag='W/"2"'), stored(1, "1")], [3]),
    ],
    ids=["newest-first", "numbered", "in-order", "deleted", "deleted-by-number", "deleted-and-made-again"],
)
def test_in_a_history_the_latest_version_stands(entries: list[Json], expected: list[int]) -> None:
    assert values(read(history(*entries), whole=True), "igg") == [exactly(Decimal(n)) for n in expected]


def test_what_a_transaction_deletes_is_not_read() -> None:
    assert nothing(read({"resource": igg(), "request": {"method": "DELETE", "url": "Observation/a"}}))
    gone = {"request": {"method": "DELETE", "url": "Observation/b"}}
    assert not nothing(read(gone, {"resource": igg(), "request": {"method": "POST", "url": "Observation"}}))


@pytest.mark.parametrize(
    "kind", ["collection", "searchset", "transaction", "batch", "document", "history", "message", None]
)
def test_every_kind_of_bundle_is_read(kind: Any) -> None:
    assert one(read(bundle(a_patient(), igg(), kind=kind), whole=True)).value


def test_outcomes_in_a_searchset_are_passed_over() -> None:
    outcome = {"resource": {"resourceType": "OperationOutcome", "issue": []}, "search": {"mode": "outcome"}}
    odd = {"resource": igg(id="z"), "search": {"mode": "outcome"}}
    assert len(read(outcome, odd, {"resource": igg(), "search": {"mode": "match"}}).entries["igg"]) == 1


def test_a_searchset_that_answers_a_batch_is_read() -> None:
    chart = read(bundle(igg(), kind="searchset"), {"response": {"status": "404"}})
    assert one(chart).source == "Observation/a"


# --- conditions ---


@pytest.mark.parametrize("code", ["provisional", "differential", "unconfirmed", "entered-in-error"])
def test_an_unsettled_condition_says_nothing(code: str) -> None:
    chart = read(*(condition(c, verificationStatus=verified(code)) for c in (CLL, PNEUMONIA, "190979003")))
    assert nothing(chart)
    assert not chart.troubles


@pytest.mark.parametrize("stated", [None, verified("confirmed"), {}], ids=["absent", "confirmed", "empty"])
@pytest.mark.parametrize("code", [None, "active", "recurrence", "relapse", "remission"], ids=str)
def test_a_condition_that_is_present(stated: Json | None, code: str | None) -> None:
    said: Json = {"verificationStatus": stated, "clinicalStatus": clinical(code) if code else None}
    chart = read(condition(**said), condition("190979003", id="d", **said), condition(PNEUMONIA, id="e", **said))
    assert values(chart, "diagnosis") == [("cll", "yes")]
    assert values(chart, "iga_deficiency") == ["yes"]
    assert values(chart, "current_infection") == ["yes"]
    assert values(chart, "infection") == [Event(read_date("2026-10-20"), ())]
    assert [entry.on for entry in chart.entries["diagnosis"]] == [read_date("2026-10-20")]


def test_a_refuted_condition_is_a_no() -> None:
    refuted = {"verificationStatus": verified("refuted"), "clinicalStatus": None}
    chart = read(
        condition(**refuted), condition("190979003", id="d", **refuted), condition(PNEUMONIA, id="e", **refuted)
    )
    assert values(chart, "diagnosis") == [("cll", "no")]
    assert values(chart, "iga_deficiency") == ["no"]
    assert values(chart, "current_infection") == ["no"]
    assert nothing(chart, "infection")


@pytest.mark.parametrize("code", ["resolved", "inactive"])
def test_a_condition_in_the_past_is_an_event_and_no_for_current_facts_only(code: str) -> None:
    said = {"clinicalStatus": clinical(code)}
    chart = read(condition(**said), condition("190979003", id="d", **said), condition(PNEUMONIA, id="e", **said))
    assert nothing(chart, "diagnosis", "iga_deficiency")
    assert values(chart, "current_infection") == ["no"]
    assert values(chart, "infection") == [Event(read_date("2026-10-20"), ())]


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ({"abatementDateTime": "2026-10-30"}, ["no"]),
        ({"abatementPeriod": {}}, ["no"]),
        ({"abatementString": "soon"}, []),
    ],
    ids=["date", "period", "text"],
)
def test_a_condition_that_has_ended_is_past_though_it_has_no_status(end: Json, expected: list[str]) -> None:
    assert values(read(condition(PNEUMONIA, **end)), "current_infection") == expected
    assert values(read(condition(PNEUMONIA, clinicalStatus=clinical("active"), **end)), "current_infection") == ["yes"]


@pytest.mark.parametrize("order", [1, -1], ids=["yes-first", "no-first"])
def test_a_yes_outranks_a_no(order: int) -> None:
    no = {"verificationStatus": verified("refuted")}
    codes = (CLL, "190979003", PNEUMONIA)
    pairs = [[condition(code, id=f"y{code}"), condition(code, id=f"n{code}", **no)] for code in codes]
    chart = read(*(resource for pair in pairs for resource in pair[::order]), condition("23238000", id="v", **no))
    assert values(chart, "diagnosis") == [("cll", "yes"), ("cvid", "no")]
    assert values(chart, "iga_deficiency") == ["yes"]
    assert values(chart, "current_infection") == ["yes"]


@pytest.mark.parametrize(
    "status",
    [
        {"verificationStatus": {"text": "refuted"}},
        {"verificationStatus": "refuted"},
        {"verificationStatus": concept((SNOMED, "410516002"))},
        {"verificationStatus": concept((None, "refuted"), (None, "confirmed"))},
        {"clinicalStatus": "resolved"},
        {"clinicalStatus": {"text": "Resolved"}},
    ],
    ids=["text", "string", "foreign", "contradictory", "older-release", "clinical-text"],
)
def test_a_status_that_cannot_be_made_out_is_told_and_the_condition_not_read(status: Json) -> None:
    chart = read(condition(**status))
    assert nothing(chart)
    assert kinds(chart) == [("unreadable", "diagnosis")]


def test_a_status_may_leave_out_its_system_and_carry_a_translation() -> None:
    both = concept((None, "refuted"), (SNOMED, "410516002"))
    assert values(read(condition(verificationStatus=both)), "diagnosis") == [("cll", "no")]


def test_text_alone_is_not_read() -> None:
    assert nothing(read(condition(code={"text": "Chronic lymphoid leukemia"})))


@pytest.mark.parametrize(
    ("dates", "on"),
    [
        ({"onsetDateTime": "2026-01"}, "2026-01"),
        ({"onsetPeriod": {"start": "2026-01-02", "end": "2026-02-03"}}, "2026-01-02"),
        ({"recordedDate": "2026-03-04"}, "2026-03-04"),
        ({"recordedDate": "2026-03-04", "onsetDateTime": "2020"}, "2020"),
        ({"recordedDate": "2026-03-04", "onsetAge": {"value": 4}}, None),
        ({"recordedDate": "2026-03-04", "onsetString": "as a child"}, None),
        ({"recordedDate": "2026-03-04", "abatementDateTime": "2010-01-01"}, "2010-01-01"),
        ({}, None),
    ],
    ids=["onset", "period", "recorded", "onset-first", "onset-age", "onset-text", "ended-before", "undated"],
)
def test_the_date_of_an_event(dates: Json, on: str | None) -> None:
    entry = one(read(condition(PNEUMONIA, **{"onsetDateTime": None, **dates})), "infection")
    assert isinstance(entry.value, Event)
    assert entry.value.on == (read_date(on) if on else None)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"severity": concept((SNOMED, "24484000"))}, {"severity": "serious"}),
        ({"severity": concept((SNOMED, "6736007"))}, {}),
        ({"severity": {"text": "severe"}}, {}),
        ({"severity": "severe"}, {}),
        ({"code": concept((ICD, "J13"))}, {"kind": "bacterial"}),
        ({"code": concept((ICD, "J13"), (SNOMED, PNEUMONIA))}, {"kind": "bacterial"}),
        ({"code": concept((ICD, "J13"), (ICD, "J12.9"))}, {}),
        (
            {"code": concept((ICD, "J12.9")), "severity": concept((SNOMED, "255604002"))},
            {"kind": "viral", "severity": "mild"},
        ),
    ],
    ids=["severity", "unknown", "text", "junk", "from-code", "coded-twice", "contradictory", "both"],
)
def test_the_fields_of_an_event(changes: Json, fields: dict[str, str]) -> None:
    entry = one(read(condition(PNEUMONIA, **changes)), "infection")
    assert isinstance(entry.value, Event)
    assert dict(entry.value.fields) == fields


def test_what_may_be_one_infection_recorded_twice_is_one_event() -> None:
    serious = concept((SNOMED, "24484000"))
    same = [condition(PNEUMONIA, id="x"), condition(PNEUMONIA, id="y", severity=serious)]
    assert values(read(*same), "infection") == [Event(read_date("2026-10-20"), (("severity", "serious"),))]
    assert len(read(*same, condition(PNEUMONIA, id="z", onsetDateTime="2026-10-21")).entries["infection"]) == 2
    assert len(read(*same, condition("J13", ICD, id="z")).entries["infection"]) == 2


# --- procedures, medications, immunizations, the patient ---


@pytest.mark.parametrize(
    ("resource", "fact", "on"),
    [
        (procedure(), "car_t_infusion", "2026-09-30"),
        (
            procedure(performedDateTime=None, performedPeriod={"start": "2026-09-01", "end": "2026-09-02"}),
            "car_t_infusion",
            "2026-09-02",
        ),
        (procedure(performedDateTime="2026-09"), "car_t_infusion", "2026-09"),
        (shot(), "vaccination", "2025-01-02"),
        (shot(isSubpotent=True, statusReason=concept((HOUSE, "x"))), "vaccination", "2025-01-02"),
    ],
    ids=["day", "period", "month", "shot", "subpotent"],
)
def test_an_event_gives_its_date(resource: Json, fact: str, on: str) -> None:
    entry = one(read(resource), fact)
    assert entry.value == entry.on == read_date(on)
    assert entry.written == on


@pytest.mark.parametrize(
    ("resource", "fact"),
    [
        (procedure(performedDateTime=None), "car_t_infusion"),
        (procedure(performedDateTime=None, performedString="in spring"), "car_t_infusion"),
        (procedure(performedDateTime="in spring"), "car_t_infusion"),
        (shot(occurrenceDateTime=None, occurrenceString="2025"), "vaccination"),
        (infusion(effectiveDateTime=None), "receiving"),
    ],
    ids=["none", "string", "words", "shot", "look-back"],
)
def test_an_event_without_a_date_is_told_where_the_date_matters(resource: Json, fact: str) -> None:
    chart = read(resource)
    assert nothing(chart)
    assert kinds(chart) == [("unreadable", fact)]


@pytest.mark.parametrize(
    ("changes", "on"),
    [
        ({"effectiveDateTime": "2026-11-01"}, "2026-11-01"),
        ({"effectivePeriod": {"start": "2026-01-01", "end": "2026-11-02"}}, "2026-11-02"),
        ({"effectivePeriod": {"start": "2026-01-01"}, "dateAsserted": "2026-11-03"}, "2026-11-03"),
        ({"effectivePeriod": {"start": "2026-01-01", "end": "2027-01-01"}, "dateAsserted": "2026-11-03"}, "2026-11-03"),
        ({"effectivePeriod": {"start": "2026-01-01"}}, "2026-01-01"),
        ({"dateAsserted": "2026-11-03"}, "2026-11-03"),
        ({}, None),
    ],
    ids=["day", "period", "open", "planned-end", "start", "asserted", "undated"],
)
def test_the_date_of_a_medication_statement(changes: Json, on: str | None) -> None:
    entry = one(read(statement(**changes)), "receiving")
    assert (entry.value, entry.on, entry.written) == ("yes", read_date(on) if on else None, on or "")


def test_an_exposure_needs_no_date_where_nothing_looks_back() -> None:
    entry = one(read(infusion("121191", RXNORM, effectiveDateTime=None)), "rituximab_exposure")
    assert (entry.value, entry.on) == ("yes", None)


MEDICATION = {"resourceType": "Medication", "id": "ig", "code": concept((ATC, "J06BA02"))}


@pytest.mark.parametrize(
    ("reference", "others", "contained", "is_read"),
    [
        ("#ig", [], [MEDICATION], True),
        ("Medication/ig", [MEDICATION], [], True),
        ("urn:uuid:5", [{"resource": MEDICATION, "fullUrl": "urn:uuid:5"}], [], True),
        ("Medication/other", [MEDICATION], [], False),
        ("Medication/ig", [{**MEDICATION, "status": "entered-in-error"}], [], False),
        ("Observation/a", [igg()], [], False),
        (5, [MEDICATION], [], False),
    ],
    ids=["contained", "relative", "urn", "missing", "in-error", "another-type", "junk"],
)
def test_a_medication_by_reference(reference: Any, others: list[Json], contained: list[Json], is_read: bool) -> None:
    given = infusion(medicationCodeableConcept=None, medicationReference={"reference": reference}, contained=contained)
    assert values(read(given, *others), "receiving") == (["yes"] if is_read else [])


@pytest.mark.parametrize(
    ("birth", "shown"),
    [("1968-03-02", "1968-03-02"), ("1968-03", "1968-03"), ("1968", "1968")],
    ids=["day", "month", "year"],
)
def test_a_birth_date_may_be_partial(birth: str, shown: str) -> None:
    entry = one(read(a_patient(birthDate=birth), whole=True), "born")
    assert written(entry.value) == shown  # type: ignore[arg-type]
    assert (entry.on, entry.source, entry.written) == (None, "Patient/1", birth)


@pytest.mark.parametrize("birth", ["02.03.1968", "", 1968, ["1968"], "1968-02-30"], ids=repr)
def test_a_birth_date_that_is_none_is_a_fault(birth: Any) -> None:
    assert fault_of(one(read(a_patient(birthDate=birth), whole=True), "born")) == "unreadable"


@pytest.mark.parametrize(
    ("gender", "expected"),
    [
        ("female", "female"),
        ("male", "male"),
        ("other", None),
        ("unknown", "asked-unknown"),
        ("F", "unknown-choice"),
        (1, "unreadable"),
    ],
    ids=str,
)
def test_sex(gender: Any, expected: str | None) -> None:
    entries = read(a_patient(gender=gender, deceasedBoolean=True), whole=True).entries.get("sex", [])
    assert [e.value or e.absent or fault_of(e) for e in entries] == ([expected] if expected else [])


# --- coded observations ---


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"valueBoolean": True}, "yes"),
        ({"valueBoolean": False}, "no"),
        ({"valueCodeableConcept": concept((SNOMED, "373066001"))}, "yes"),
        ({"valueCodeableConcept": concept((HOUSE, "j"), ("urn:oid:2.16.840.1.113883.6.96", "373067005"))}, "no"),
        ({"valueBoolean": "true"}, "unreadable"),
        ({"valueBoolean": 1}, "unreadable"),
        ({"valueInteger": 1}, "unreadable"),
        ({"valueString": "yes"}, "unreadable"),
        ({"valueCodeableConcept": concept((SNOMED, "373066001"), (SNOMED, "373067005"))}, "unreadable"),
        ({"valueCodeableConcept": concept((HOUSE, "yes"))}, "unknown-choice"),
        ({"valueCodeableConcept": {"text": "yes"}}, "unknown-choice"),
    ],
    ids=["true", "false", "coded", "by-oid", "text-true", "one", "integer", "string", "both", "house", "text"],
)
def test_yes_no_observations(value: Json, expected: str) -> None:
    entry = one(read(igg(code=concept((HOUSE, "motor")), **value)), "motor_weakness")
    assert (entry.value or fault_of(entry)) == expected


def test_a_code_that_means_no_turns_the_answer() -> None:
    assert values(read(igg(code=concept((HOUSE, "no-motor")), valueBoolean=True)), "motor_weakness") == ["no"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"valueCodeableConcept": concept((SNOMED, "248234008"))}, "alert"),
        ({"valueCodeableConcept": concept((SNOMED, "1"))}, "unknown-choice"),
        ({"valueString": "alert"}, "unreadable"),
        ({"valueBoolean": True}, "unreadable"),
    ],
    ids=["coded", "unknown", "string", "boolean"],
)
def test_choices(value: Json, expected: str) -> None:
    entry = one(read(igg(code=concept((HOUSE, "awake")), **value)), "consciousness")
    assert (entry.value or fault_of(entry)) == expected


def test_an_unknown_coded_value_is_told_once_in_the_chart() -> None:
    chart = read(igg(code=concept((HOUSE, "awake")), valueCodeableConcept=concept((SNOMED, "1"))))
    assert kinds(chart) == [("unknown-choice", "consciousness")]


# --- what is no record, and messy ones ---


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ([], "no FHIR resource"),
        ("Bundle", "no FHIR resource"),
        (None, "no FHIR resource"),
        ({}, "no FHIR resource"),
        ({"resourceType": 5}, "no FHIR resource"),
        ({"resourceType": ""}, "no FHIR resource"),
        ({"resourceType": "Bundle", "entry": {}}, "`entry` is not a list"),
        ({"resourceType": "Bundle", "entry": "x"}, "`entry` is not a list"),
    ],
    ids=["list", "text", "null", "empty", "number", "nameless", "entry-object", "entry-text"],
)
def test_content_that_is_no_resource(content: Any, says: str) -> None:
    with pytest.raises(RecordError, match=says):
        read_fhir(content, facts())


@pytest.mark.parametrize(
    "entry", [None, 5, "x", [], {"resource": "x"}, {"resource": {}}, {"resource": {"resourceType": 5}}], ids=repr
)
def test_an_entry_that_is_none_is_told_and_skipped(entry: Any) -> None:
    content = bundle(a_patient(), igg())
    content["entry"].insert(0, entry)
    chart = read_fhir(content, facts())
    assert one(chart).value
    assert kinds(chart) == [("unreadable", "")]


def test_deep_nesting_does_not_crash() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(RecordError, match="deep"):
        read(igg(extension=deep))


def test_a_ring_of_objects_does_not_crash() -> None:
    ring = igg()
    ring["extension"] = [ring]
    with pytest.raises(RecordError):
        read(ring)


def test_references_in_a_ring_do_not_crash() -> None:
    a, b = (
        igg(id="x", hasMember=[{"reference": "Observation/y"}]),
        igg(id="y", hasMember=[{"reference": "Observation/x"}]),
    )
    inner = [igg(id="x", subject={"reference": "#y"}), igg(id="y", subject={"reference": "#x"})]
    assert len(read(a, b, report(inner[0], contained=inner)).entries["igg"]) == 2


def test_the_digest_is_of_the_content_whatever_its_order() -> None:
    a, b = {"resourceType": "Patient", "id": "é"}, {"id": "é", "resourceType": "Patient"}
    assert read(a, whole=True).digest == read(b, whole=True).digest == digest_of(a)
    assert digest_of(a).startswith("sha256:")
    assert read(igg(Decimal("3.80"))).digest != read(igg(Decimal("3.8"))).digest
    assert read(a_patient("\ud800"), whole=True).id == "\ud800"


def good() -> Json:
    """Return a bundle in which every function of the reader has something to do."""
    parts = [
        {"code": concept((LOINC, "777-3")), "valueRange": {"low": quantity(1, "10*9/L"), "high": quantity(2, "10*9/L")}}
    ]
    return bundle(
        {"resource": a_patient(gender="female"), "fullUrl": BASE + "Patient/1"},
        {
            "resource": igg(meta={"versionId": "1", "lastUpdated": "2026-10-20T00:00:00Z"}),
            "fullUrl": BASE + "Observation/a",
        },
        {"resource": version(390, "2", component=parts), "fullUrl": BASE + "Observation/a"},
        igg(id="i", code=concept((HOUSE, "ice")), valueInteger=7),
        igg(id="w", code=concept((HOUSE, "motor")), valueBoolean=True),
        igg(id="k", code=concept((HOUSE, "awake")), valueCodeableConcept=concept((SNOMED, "248234008"))),
        igg(id="n", valueQuantity=None, dataAbsentReason=concept((None, "unknown"))),
        condition(verificationStatus=verified("confirmed"), clinicalStatus=clinical("active")),
        condition(
            PNEUMONIA, id="e", severity=concept((SNOMED, "24484000")), onsetDateTime=None, onsetPeriod={"start": "2026"}
        ),
        procedure("XW033H7", PCS, performedDateTime=None, performedPeriod={"start": "2026-01-01", "end": "2026-01-02"}),
        infusion(medicationCodeableConcept=None, medicationReference={"reference": "#ig"}, contained=[MEDICATION]),
        statement(effectivePeriod={"start": "2026-01-01", "end": "2026-02-01"}, dateAsserted="2026-01-15"),
        shot(),
        report(igg(id="q", subject=None), result=[{"reference": "#q"}]),
        {"resource": {"resourceType": "OperationOutcome"}, "search": {"mode": "outcome"}},
    )


def paths(node: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield here
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inside:
        yield from paths(value, (*here, key))


NUMBERS = [0, -1, 10**400, 1.5, float("nan"), float("-inf"), Decimal("NaN"), Decimal("1E+999"), True, False]
TEXTS = ["", "x", "#", "#ig", "\ud800", "Patient/1", "-1", "1e999", "½", "active", "2026-02-30", "2026-02-01T25:00"]
SHAPES = [
    None,
    [],
    {},
    [[]],
    [None],
    [{}],
    [{"coding": None}],
    {"coding": [None, {}, 5, {"code": []}]},
    {"reference": "#"},
]
JUNK = st.sampled_from([*NUMBERS, *TEXTS, *SHAPES, "0001-01-01T00:00:00+14:00", {"value": {}}])
PLACES = list(paths(good()))[1:]


def changed(content: Json, path: tuple[Any, ...], junk: Any) -> None:
    """Replace what stands at a path, or take it away; a path that an earlier change cut off is passed over."""
    node: Any = content
    for key in path[:-1]:
        if not (
            key in node
            if isinstance(node, dict)
            else isinstance(node, list) and isinstance(key, int) and key < len(node)
        ):
            return
        node = node[key]
    if isinstance(node, dict) and path[-1] in node:
        if junk == "away":
            del node[path[-1]]
        else:
            node[path[-1]] = copy.deepcopy(junk)
    elif isinstance(node, list) and isinstance(path[-1], int) and path[-1] < len(node):
        node[path[-1]] = copy.deepcopy(junk)


def sound(chart: Chart) -> bool:
    """Return whether each entry is a value, a fault or an absence, and each in the form of its kind."""
    return all(
        sum((e.value is not None, e.fault is not None, e.absent is not None)) == 1 and isinstance(e.written, str)
        for entries in chart.entries.values()
        for e in entries
    )


def test_the_bundle_to_be_damaged_is_good() -> None:
    chart = read(good(), whole=True)
    read_ = {name for name, entries in chart.entries.items() if any(e.value is not None for e in entries)}
    assert read_ == set(facts()) - {"creatinine", "iga_deficiency", "rituximab_exposure"}
    assert not chart.troubles


@pytest.mark.parametrize("junk", ["away", None, [], {}, 5, "x", True], ids=repr)
def test_no_single_damage_does_more_than_raise_a_record_error(junk: Any) -> None:
    for path in PLACES:
        content = good()
        changed(content, path, junk)
        try:
            assert sound(read_fhir(content, facts()))
        except RecordError:
            assert path[0] in ("entry", "resourceType")


@given(st.lists(st.tuples(st.sampled_from(PLACES), st.one_of(st.just("away"), JUNK)), min_size=1, max_size=6))
def test_no_damage_does_more_than_raise_a_record_error(damages: list[tuple[tuple[Any, ...], Any]]) -> None:
    content = good()
    for path, junk in damages:
        changed(content, path, junk)
    with contextlib.suppress(RecordError):
        assert sound(read_fhir(content, facts()))


def test_ten_megabytes_are_read_in_moments() -> None:
    content = bundle(a_patient(), *(igg(n, id=str(n), note=[{"text": "x" * 400}]) for n in range(12_000)))
    started = time.perf_counter()
    assert len(read_fhir(content, facts()).entries["igg"]) == 12_000
    assert time.perf_counter() - started < 10


# --- the samples beside the repository, where they are ---

SAMPLES = Path(
    os.environ.get("IGGUIDE_FHIR_SAMPLES") or Path(__file__).resolve().parents[2] / "shared" / "fhir-samples"
)
GRAFTED = SAMPLES / "grafted" / "expected.json"
needs_samples = pytest.mark.skipif(not GRAFTED.is_file(), reason="no FHIR samples beside the repository")


def cases() -> list[Json]:
    found = json.loads(GRAFTED.read_text(encoding="utf-8")) if GRAFTED.is_file() else {"cases": []}
    return [{**case, "as_of": found["as_of"]} for case in found["cases"]]


def sample(path: Path) -> list[Any]:
    text = path.read_text(encoding="utf-8")
    return [json.loads(line) for line in (text.splitlines() if path.suffix == ".ndjson" else [text])]


@needs_samples
@pytest.mark.parametrize("case", cases(), ids=lambda case: case["file"])
def test_grafted_samples_give_what_was_grafted(case: Json) -> None:
    (content,) = sample(GRAFTED.parent / case["file"])
    library, expected = igguide.load(), case["expect"]
    found = library.evaluate(igguide.record_from_fhir(content), as_of=case["as_of"], topics=library.topics).to_dict()
    chart = read_fhir(content, library.facts)
    assert chart.id == found["record"]["id"] == case["patient"]
    assert found["record"]["digest"] == digest_of(content)
    state = {"absent": "not-recorded"}.get(expected["igg"]["state"], expected["igg"]["state"])
    assert found["facts"]["igg"]["state"] == state
    if expected["igg"]["g_per_l"] is not None:
        amount = found["facts"]["igg"]["value"]
        newest = next(e for e in chart.entries["igg"] if e.source == found["facts"]["igg"]["from"])
        assert newest.source == f"Observation/{expected['igg']['source']}"
        assert isinstance(newest.value, Range)
        assert newest.value.high == Decimal(str(expected["igg"]["g_per_l"])) * 100
        assert amount["comparator"] == expected["igg"]["comparator"]
        assert found["facts"]["igg"]["on"] == expected["igg"]["effective"]
    if expected.get("cll"):
        assert ("cll", "yes") in values(chart, "diagnosis")
    if "ivig_given" in expected:
        assert [e.value for e in chart.entries["ivig_started"]] == [read_date(expected["ivig_given"])]
        assert values(chart, "receiving_igg_replacement") == ["yes"]
    if "car_t" in expected:
        assert found["facts"]["car_t_infusion"]["value"] == expected["car_t"]
    if "weight_kg" in expected:
        assert max(chart.entries["weight"], key=lambda e: e.on.first if e.on else date.min).value == exactly(
            Decimal(str(expected["weight_kg"]))
        )


@needs_samples
@pytest.mark.parametrize("folder", ["synthea", "bulk", "hl7-r4", "us-core", "cds-hooks", "grafted"])
def test_no_sample_makes_the_reader_fall_over(folder: str) -> None:
    library = igguide.load()
    files = sorted(path for path in (SAMPLES / folder).rglob("*") if path.suffix in (".json", ".ndjson"))
    assert files
    for content in (content for path in files for content in sample(path)):
        try:
            assert sound(read_fhir(content, library.facts))
        except RecordError as error:
            if "resourceType" in content and "several patients" not in str(error):
                raise


@needs_samples
def test_a_whole_synthea_patient_is_read_in_milliseconds() -> None:
    largest = max((SAMPLES / "synthea").glob("*.json"), key=lambda path: path.stat().st_size)
    (content,) = sample(largest)
    library = igguide.load()
    started = time.perf_counter()
    for _ in range(5):
        read_fhir(content, library.facts)
    assert (time.perf_counter() - started) / 5 < 0.1
