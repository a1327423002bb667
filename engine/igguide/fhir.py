"""FHIR R4 records: Bundles and bare resources, read into a chart through the facts' bindings.

One walk over the resources indexes them by type, system and code; then each fact takes what its bindings
name. Which entry counts on a date is decided later, by `findings`. What a resource type's statuses mean is
in the tables at the top. Displays and texts are never read; a resource of another patient never is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from .chart import Chart, Entry, Event, Fault, Trouble, quantity_entry
from .dates import When, read_date
from .errors import RecordError
from .model import Binding, Code, Fact
from .quantity import UNITS, Range, exactly, from_comparator, read_number, unit_named
from .record import digest_of
from .truth import NO, YES

UCUM = "http://unitsofmeasure.org"
SYSTEM_ALIASES = {
    "urn:oid:2.16.840.1.113883.6.90": "http://hl7.org/fhir/sid/icd-10-cm",
    "urn:oid:2.16.840.1.113883.6.1": "http://loinc.org",
    "urn:oid:2.16.840.1.113883.6.96": "http://snomed.info/sct",
    "urn:oid:2.16.840.1.113883.6.88": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "urn:oid:2.16.840.1.113883.6.73": "http://www.whocc.no/atc",
    "http://fhir.de/CodeSystem/bfarm/atc": "http://www.whocc.no/atc",
    "http://fhir.de/CodeSystem/dimdi/atc": "http://www.whocc.no/atc",
}
COUNTED = {
    "Observation": frozenset({"final", "amended", "corrected"}),
    "Procedure": frozenset({"completed"}),
    "MedicationAdministration": frozenset({"completed", "in-progress"}),
    "MedicationStatement": frozenset({"completed", "active"}),
    "Immunization": frozenset({"completed"}),
}
SUBJECTS = {"Immunization": "patient"}
CLINICAL = ("Observation", "Condition", "Procedure", "MedicationAdministration", "MedicationStatement", "Immunization")
PAST = frozenset({"resolved", "inactive"})
DOUBTED = frozenset({"provisional", "differential", "unconfirmed"})
ABSENT = {
    "asked-unknown": "asked-unknown",
    "unknown": "asked-unknown",
    "asked-declined": "asked-unknown",
    "temp-unknown": "asked-unknown",
    "not-applicable": "not-applicable",
}
COMPARATORS = ("<", "<=", ">", ">=")


class Item(NamedTuple):
    """A resource, or a component of one, that may say something: its codes, and where it stands."""

    resource: Mapping[str, Any]  # gives status, date and value; a component with its parent's status and date
    type: str
    codes: tuple[tuple[str, str], ...]
    on: When | None
    source: str


def read_fhir(content: Any, facts: Mapping[str, Fact], patient: str | None = None) -> Chart:
    """Return what a FHIR R4 Bundle or bare resource says of one patient.

    `patient` names the patient where a bundle holds several: an id, `Patient/id`, or a full URL. Raises RecordError
    where the content is no resource, or where it is not clear whom it is about.
    """
    bundle = _Bundle(content)
    who = bundle.patient(patient)
    items = [item for resource in bundle.of(who) for item in _items(resource, bundle)]
    reader = _Reader(facts, _index(items), bundle.patient_resource(who))
    reader.read()
    return Chart(who and who.rsplit("/", 1)[-1], digest_of(content), reader.entries, troubles=tuple(reader.troubles))


# --- the bundle: whose resources, which version ---


class _Bundle:
    """The resources of a record by what they may be referred to as; the newest version of each stands."""

    def __init__(self, content: Any) -> None:
        if not isinstance(content, Mapping) or not isinstance(content.get("resourceType"), str):
            raise RecordError("This is no FHIR resource: an object with a `resourceType` is wanted.")
        if content["resourceType"] == "Bundle":
            entries = content.get("entry", [])
            if not isinstance(entries, list):
                raise RecordError("The Bundle's `entry` is not a list.")
        else:
            entries = [{"resource": content}]
        self.resources: dict[str, Mapping[str, Any]] = {}
        self.names: dict[str, str] = {}
        self._take(entries)

    def _take(self, entries: list[Any]) -> None:
        homes: dict[str, str] = {}
        for number, entry in enumerate(entries):
            if not isinstance(entry, Mapping) or _at(entry, "search", "mode") == "outcome":
                continue
            resource = entry.get("resource")
            full = entry.get("fullUrl")
            if _at(entry, "request", "method") == "DELETE":
                self.resources.pop(str(_at(entry, "request", "url")), None)
                continue
            if not isinstance(resource, Mapping) or not isinstance(resource.get("resourceType"), str):
                continue
            key = _key(resource, full, number)
            if isinstance(full, str) and full.startswith("http") and homes.setdefault(key, full) != full:
                key = full  # the same id on another server is another resource
            known = self.resources.get(key)
            if known is None or _version(known) <= _version(resource):
                self.resources[key] = resource
            self.names[key] = key
            if isinstance(full, str):
                self.names[full] = key
            for inner in _list(resource, "contained"):
                if isinstance(inner, Mapping) and inner.get("resourceType") == "Patient":
                    self.resources[f"{key}#{inner.get('id')}"] = inner
        self._homes = homes

    def resolve(self, reference: Any) -> str | None:
        """Return the key of what a reference points to; a reference out of the bundle keeps its own text."""
        text = reference.get("reference") if isinstance(reference, Mapping) else None
        if not isinstance(text, str) or not text:
            return None
        text = text.split("/_history/")[0]
        if text in self.names:
            return self.names[text]
        if "://" not in text:
            return text
        tail = "/".join(text.split("/")[-2:])
        return tail if tail in self.names and tail not in self._homes else text

    def find(self, reference: Any, within: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the resource that a reference points to, contained ones included, or None."""
        text = reference.get("reference") if isinstance(reference, Mapping) else None
        if isinstance(text, str) and text.startswith("#"):
            return next(
                (c for c in _list(within, "contained") if isinstance(c, Mapping) and c.get("id") == text[1:]), None
            )
        key = self.resolve(reference)
        return self.resources.get(key) if key else None

    def patient(self, wanted: str | None) -> str | None:
        """Return the key of the patient that the record is about. Raises RecordError where that is not clear."""
        patients = [key for key, resource in self.resources.items() if resource["resourceType"] == "Patient"]
        subjects = {key for _, key in self._clinical() if key}
        known = list(dict.fromkeys([*patients, *sorted(subjects - set(patients))]))
        if wanted is not None:
            named = self.names.get(wanted) or next(
                (key for key in known if wanted in (key, key.rsplit("/", 1)[-1])), None
            )
            if named not in known:
                raise RecordError(f"There is no patient `{wanted}` in this record; there {_are(known)}.")
            return named
        if len(patients) == 1:
            return patients[0]
        if len(patients) > 1 and len(subjects) == 1 and subjects <= set(patients):
            return subjects.pop()
        if len(known) > 1:
            raise RecordError(f"This record holds several patients; there {_are(known)}. Say which with --patient.")
        return known[0] if known else None

    def patient_resource(self, who: str | None) -> Mapping[str, Any] | None:
        resource = self.resources.get(who) if who else None
        return resource if resource and resource["resourceType"] == "Patient" else None

    def of(self, who: str | None) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the clinical resources whose subject is this patient, with where each stands."""
        return ((source, resource) for (source, resource), key in self._clinical() if key and key == who)

    def _clinical(self) -> Iterator[tuple[tuple[str, Mapping[str, Any]], str | None]]:
        """Yield each clinical resource, contained ones too, with where it stands and whose it is."""
        for key, resource in self.resources.items():
            if resource["resourceType"] in CLINICAL:
                yield (key, resource), self._subject(resource, key)
            for inner in _list(resource, "contained"):
                if isinstance(inner, Mapping) and inner.get("resourceType") in CLINICAL:
                    whose = self._subject(inner, key)
                    if whose is None and _names_no_subject(inner) and _refers(resource, inner):
                        whose = self._subject(resource, key)
                    yield (f"{key}#{inner.get('id', '')}", inner), whose

    def _subject(self, resource: Mapping[str, Any], key: str) -> str | None:
        """Return the key of the patient that a resource is about, or None where it is about nobody or nothing known."""
        if resource.get("focus"):
            return None
        reference = resource.get(SUBJECTS.get(str(resource["resourceType"]), "subject"))
        text = _at(reference, "reference")
        if not isinstance(text, str):
            return None
        if text.startswith("#"):
            return f"{key}{text}" if f"{key}{text}" in self.resources else None
        found = self.resolve(reference)
        known = self.resources.get(found or "")
        is_patient = (
            known["resourceType"] == "Patient" if known else "Patient/" in text or _at(reference, "type") == "Patient"
        )
        return found if is_patient else None


def _key(resource: Mapping[str, Any], full: Any, number: int) -> str:
    if isinstance(resource.get("id"), str) and resource["id"]:
        return f"{resource['resourceType']}/{resource['id']}"
    return full if isinstance(full, str) and full else f"entry/{number}"


def _names_no_subject(resource: Mapping[str, Any]) -> bool:
    return "subject" not in resource and "patient" not in resource and not resource.get("focus")


def _refers(container: Mapping[str, Any], inner: Mapping[str, Any]) -> bool:
    wanted = f"#{inner.get('id')}"
    listed = [
        *_list(container, "result"),
        *_list(container, "hasMember"),
        *_list(container, "reasonReference"),
        *_list(container, "partOf"),
    ]
    return any(isinstance(r, Mapping) and r.get("reference") == wanted for r in listed)


def _are(known: list[str]) -> str:
    return "is no patient at all" if not known else f"are {', '.join(known)}" if len(known) > 1 else f"is {known[0]}"


def _version(resource: Mapping[str, Any]) -> tuple[int, str]:
    version = _at(resource, "meta", "versionId")
    updated = _at(resource, "meta", "lastUpdated")
    return (
        int(version) if isinstance(version, str) and version.isdecimal() and len(version) < 18 else 0,
        updated if isinstance(updated, str) else "",
    )


# --- reading junk without falling over it ---


def _at(value: Any, *path: str) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _list(value: Any, key: str) -> list[Any]:
    found = _at(value, key)
    return found if isinstance(found, list) else []


def _codings(concept: Any) -> tuple[tuple[str, str], ...]:
    """Return the system and code of each coding of a concept, aliases of systems resolved."""
    found = []
    for coding in _list(concept, "coding"):
        system, code = _at(coding, "system"), _at(coding, "code")
        if isinstance(system, str) and isinstance(code, str):
            found.append((SYSTEM_ALIASES.get(system, system), code))
    return tuple(found)


def _code_in(concept: Any) -> str | None:
    return next((code for _, code in _codings(concept)), None)


def _when(value: Any) -> When | None:
    return read_date(value) if isinstance(value, str) else None


def _moment(resource: Mapping[str, Any], stem: str, *, first: str = "end", then: str = "start") -> When | None:
    period = resource.get(f"{stem}Period")
    return (
        _when(resource.get(f"{stem}DateTime"))
        or _when(resource.get(f"{stem}Instant"))
        or _when(_at(period, first))
        or _when(_at(period, then))
    )


_MOMENTS: dict[str, Callable[[Mapping[str, Any]], When | None]] = {
    "Observation": lambda r: _moment(r, "effective") or _when(r.get("issued")),
    "Condition": lambda r: _moment(r, "onset", first="start", then="end") or _when(r.get("recordedDate")),
    "Procedure": lambda r: _moment(r, "performed"),
    "MedicationAdministration": lambda r: _moment(r, "effective"),
    "MedicationStatement": lambda r: _moment(r, "effective") or _when(r.get("dateAsserted")),
    "Immunization": lambda r: _moment(r, "occurrence"),
}


def _items(at: tuple[str, Mapping[str, Any]], bundle: _Bundle) -> Iterator[Item]:
    """Yield what a resource may say: itself, and each component of an Observation."""
    source, resource = at
    kind = resource["resourceType"]
    counted = COUNTED.get(kind)
    if (counted is not None and str(resource.get("status")) not in counted) or resource.get("doNotPerform") is True:
        return
    on = _MOMENTS[kind](resource)
    yield Item(resource, kind, _coded(resource, kind, bundle), on, source)
    for component in _list(resource, "component") if kind == "Observation" else ():
        if isinstance(component, Mapping):
            yield Item(component, kind, _codings(component.get("code")), on, source)


def _coded(resource: Mapping[str, Any], kind: str, bundle: _Bundle) -> tuple[tuple[str, str], ...]:
    if kind == "Immunization":
        return _codings(resource.get("vaccineCode"))
    if not kind.startswith("Medication"):
        return _codings(resource.get("code"))
    found = _codings(resource.get("medicationCodeableConcept"))
    medication = bundle.find(resource.get("medicationReference"), resource)
    return (*found, *_codings(medication.get("code"))) if medication else found


Index = Mapping[tuple[str, str], list[Item]]


def _index(items: Iterable[Item]) -> dict[tuple[str, str], list[Item]]:
    """Return the items by resource type and code system."""
    found: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        for system in {system for system, _ in item.codes}:
            found.setdefault((item.type, system), []).append(item)
    return found


# --- facts ---


class _Reader:
    def __init__(self, facts: Mapping[str, Fact], index: Index, patient: Mapping[str, Any] | None) -> None:
        self.facts, self.index, self.patient = facts, index, patient
        self.entries: dict[str, list[Entry]] = {}
        self.troubles: list[Trouble] = []

    def read(self) -> None:
        for fact in self.facts.values():
            found: list[Entry] = []
            for binding in fact.bindings:
                found += self._patient(fact, binding) if binding.resource == "Patient" else self._bound(fact, binding)
            if found:
                self.entries[fact.name] = _without_contradiction(found) if fact.kind in ("yes-no", "choices") else found

    def _patient(self, fact: Fact, binding: Binding) -> list[Entry]:
        value = self.patient.get(binding.element or "") if self.patient else None
        if not isinstance(value, str):
            return []
        source = f"Patient/{self.patient.get('id', '')}" if self.patient else ""
        entry = Entry(None, None, source, value)
        if fact.kind == "date":
            when = read_date(value)
            return [
                entry._replace(value=when)
                if when
                else entry._replace(fault=Fault("unreadable", f"{fact.title} of `{value}` is no date."))
            ]
        option = binding.element_values.get(value)
        return [entry._replace(value=option)] if option else []

    def _bound(self, fact: Fact, binding: Binding) -> Iterator[Entry]:
        for item, codes in self._matching(binding):
            if binding.resource == "Observation":
                yield from self._observation(fact, binding, item)
            elif binding.resource == "Condition":
                yield from _condition(fact, binding, item, codes)
            else:
                yield from self._happened(fact, item, codes)

    def _matching(self, binding: Binding) -> Iterator[tuple[Item, list[Code]]]:
        seen: set[int] = set()
        for system in dict.fromkeys(code.system for code in binding.codes):
            for item in self.index.get((binding.resource, system), ()):
                if id(item) not in seen:
                    seen.add(id(item))
                    codes = [code for code in binding.codes if _carries(item, code)]
                    if codes:
                        yield item, codes

    def _happened(self, fact: Fact, item: Item, codes: list[Code]) -> Iterator[Entry]:
        """Yield what a procedure, a medication or an immunization says: that it was, when, or which it was."""
        entry = Entry(None, item.on, item.source, _written_when(item.on))
        if fact.kind == "date":
            if item.on is None:
                self.troubles.append(
                    Trouble("unreadable", fact.name, f"{fact.title}: {item.source} has no date and is not used.")
                )
                return
            yield entry._replace(value=item.on)
        elif fact.kind == "events":
            yield entry._replace(value=Event(item.on, _fields(codes)), on=None)
        else:
            yield from _option_or_yes(fact, codes, entry)

    def _observation(self, fact: Fact, binding: Binding, item: Item) -> Iterator[Entry]:
        entry = Entry(None, item.on, item.source)
        read = _OBSERVED.get(fact.kind)
        if read is None:
            return
        resource = item.resource
        if not any(key.startswith("value") for key in resource):
            reason = _code_in(resource.get("dataAbsentReason"))
            if reason is not None:
                yield entry._replace(absent=ABSENT.get(reason, "not-recorded"), written=reason)
            return
        yield read(fact, binding, resource, entry)


def _carries(item: Item, code: Code) -> bool:
    """Return whether an item has a code that the binding names, within the dates in which it was a code."""
    if item.on is not None and (
        (code.first and item.on.last < code.first) or (code.last and item.on.first > code.last)
    ):
        return False
    return any(
        system == code.system and (given == code.code or (code.prefix and given.startswith(code.code)))
        for system, given in item.codes
    )


def _fields(codes: Iterable[Code]) -> tuple[tuple[str, str], ...]:
    """Return what the codes set of an event; a field on which they differ stays unknown."""
    found: dict[str, set[str]] = {}
    for code in codes:
        for name, word in code.fields.items():
            found.setdefault(name, set()).add(word)
    return tuple((name, words.pop()) for name, words in found.items() if len(words) == 1)


def _option_or_yes(fact: Fact, codes: list[Code], entry: Entry) -> Iterator[Entry]:
    options = list(dict.fromkeys(code.option for code in codes if code.option))
    if fact.kind == "yes-no":
        yield entry._replace(value=NO if options == ["no"] else YES, written=entry.written or "recorded")
    elif fact.kind == "choices":
        yield from (entry._replace(value=(option, YES), written=option, on=None) for option in options)
    elif fact.kind == "choice":
        yield from (entry._replace(value=option, written=option) for option in options)


def _condition(fact: Fact, binding: Binding, item: Item, codes: list[Code]) -> Iterator[Entry]:
    """Yield what a condition says: present, refuted, or an event in the past."""
    verified, clinical = (
        _code_in(item.resource.get("verificationStatus")),
        _code_in(item.resource.get("clinicalStatus")),
    )
    if verified == "entered-in-error" or verified in DOUBTED:
        return
    entry = Entry(None, None, item.source, verified if verified == "refuted" else clinical or "recorded")
    if fact.kind == "events":
        if verified != "refuted":
            severity = next(
                (
                    code.option
                    for code in binding.severity
                    if (code.system, code.code) in _codings(item.resource.get("severity"))
                ),
                None,
            )
            fields = dict(_fields(codes), **({"severity": severity} if severity else {}))
            yield entry._replace(value=Event(item.on, tuple(fields.items())))
        return
    present = verified != "refuted" and clinical not in PAST
    if fact.kind == "yes-no" and (present or verified == "refuted" or fact.name.startswith("current_")):
        yield entry._replace(value=YES if present else NO)
    elif fact.kind == "choices" and (present or verified == "refuted"):
        yield from (
            entry._replace(value=(option, YES if present else NO))
            for option in dict.fromkeys(c.option for c in codes if c.option)
        )
    elif fact.kind == "choice" and present:
        yield from _option_or_yes(fact, codes, entry)
    elif fact.kind == "date" and verified != "refuted" and item.on is not None:
        yield entry._replace(value=item.on, on=item.on, written=_written_when(item.on))


def _without_contradiction(found: list[Entry]) -> list[Entry]:
    """Return the entries less the denials of what another entry states: a yes stands above a no that is undated."""

    def denies(entry: Entry) -> bool:
        return entry.on is None and (
            entry.value == NO or (isinstance(entry.value, tuple) and len(entry.value) == 2 and entry.value[1] == NO)
        )

    stated = {
        entry.value if not isinstance(entry.value, tuple) else entry.value[0]
        for entry in found
        if entry.fault is None and entry.absent is None and not denies(entry)
    }
    return [
        e
        for e in found
        if not (denies(e) and (YES in stated if e.value == NO else isinstance(e.value, tuple) and e.value[0] in stated))
    ]


# --- values of Observations ---


def _written_when(on: When | None) -> str:
    if on is None:
        return ""
    return (
        on.instant.isoformat()
        if on.instant
        else on.first.isoformat()
        if on.whole
        else f"{on.first.isoformat()} to {on.last.isoformat()}"
    )


def _number(value: Any) -> Decimal | None:
    """Return a JSON number exactly; text, true and false, and what is no number are refused."""
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float | Decimal)
        or (isinstance(value, float) and not math.isfinite(value))
    ):
        return None
    if isinstance(value, int) and abs(value) > 10**40:
        return None
    return read_number(repr(value) if isinstance(value, float) else str(value))


def _unreadable(fact: Fact, entry: Entry, why: str) -> Entry:
    return entry._replace(fault=Fault("unreadable", f"{fact.title}: {entry.source} {why}"))


def _quantity(fact: Fact, binding: Binding, resource: Mapping[str, Any], entry: Entry) -> Entry:
    given = resource.get("valueQuantity")
    if isinstance(given, Mapping):
        return _amount(fact, given, entry)
    if isinstance(resource.get("valueRange"), Mapping):
        return _range(fact, resource["valueRange"], entry)
    if "valueInteger" in resource and fact.unit == "{score}":
        number = _number(resource["valueInteger"])
        written = entry._replace(written=str(resource["valueInteger"]))
        return (
            _unreadable(fact, written, "has no number.")
            if number is None
            else quantity_entry(fact, exactly(number), "", None, written)
        )
    return _unreadable(fact, entry, "holds text or another kind of value where an amount is wanted.")


def _amount(fact: Fact, given: Mapping[str, Any], entry: Entry) -> Entry:
    unit, note = _unit(given)
    comparator = given.get("comparator")
    shown = f"{comparator} " if isinstance(comparator, str) else ""
    entry = entry._replace(
        written=f"{shown}{given.get('value', '')} {unit or given.get('unit') or ''}".strip(), note=note
    )
    number = _number(given.get("value"))
    if number is None:
        return _unreadable(fact, entry, "has no number that can be read; a number written as text is not taken.")
    if comparator is not None and comparator not in COMPARATORS:
        return _unreadable(fact, entry, f"has the comparator `{comparator}`, which states no bound.")
    return quantity_entry(fact, from_comparator(comparator, number), _for_scores(fact, unit), comparator, entry)


def _range(fact: Fact, given: Mapping[str, Any], entry: Entry) -> Entry:
    low, high = given.get("low"), given.get("high")
    ends = [(_number(end.get("value")), *_unit(end)) for end in (low, high) if isinstance(end, Mapping)]
    entry = entry._replace(
        written=" to ".join(
            f"{end.get('value')} {end.get('unit') or end.get('code') or ''}".strip()
            for end in (low, high)
            if isinstance(end, Mapping)
        )
    )
    if not ends or any(number is None for number, _, _ in ends) or len({unit for _, unit, _ in ends}) > 1:
        return _unreadable(fact, entry, "holds a range that cannot be read.")
    first, last = ends[0][0], ends[-1][0]
    stated = Range(first if isinstance(low, Mapping) else None, last if isinstance(high, Mapping) else None)
    if stated.low is not None and stated.high is not None and stated.low > stated.high:
        return _unreadable(fact, entry, "holds a range that ends before it begins.")
    open_ended = (
        None if isinstance(low, Mapping) and isinstance(high, Mapping) else ">=" if isinstance(low, Mapping) else "<="
    )
    return quantity_entry(fact, stated, ends[0][1], open_ended, entry)


def _unit(given: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return the unit that counts: the UCUM code; without a code, a unit text spelled exactly as a known unit."""
    code, text = given.get("code"), given.get("unit")
    if isinstance(code, str) and given.get("system") == UCUM:
        return code, None
    if isinstance(text, str) and text in UNITS:
        return text, f"the unit is taken from its text, `{text}`; the record gives no code for it"
    return (text if isinstance(text, str) and unit_named(text) is None else "", None)


def _for_scores(fact: Fact, unit: str) -> str:
    return "{score}" if fact.unit == "{score}" and unit in ("1", "") else unit


def _yes_no(fact: Fact, binding: Binding, resource: Mapping[str, Any], entry: Entry) -> Entry:
    value = resource.get("valueBoolean")
    if isinstance(value, bool):
        return entry._replace(value=YES if value else NO, written="true" if value else "false")
    return _option(fact, binding, resource, entry)


def _option(fact: Fact, binding: Binding, resource: Mapping[str, Any], entry: Entry) -> Entry:
    given = _codings(resource.get("valueCodeableConcept"))
    if not given:
        return _unreadable(fact, entry, "holds no coded value.")
    entry = entry._replace(written=given[0][1])
    option = next((code.option for code in binding.values if (code.system, code.code) in given), None)
    if option is None:
        return entry._replace(
            fault=Fault(
                "unknown-choice", f"{fact.title}: the code `{given[0][1]}` of {entry.source} is none that is known."
            )
        )
    return entry._replace(value=(option, YES) if fact.kind == "choices" else option)


_OBSERVED: dict[str, Callable[[Fact, Binding, Mapping[str, Any], Entry], Entry]] = {
    "quantity": _quantity,
    "yes-no": _yes_no,
    "choice": _option,
    "choices": _option,
}
