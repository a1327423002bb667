"""FHIR R4 records, a Bundle or one bare resource, read into a chart through the bindings of the facts.

One walk over the resources that stand (the latest version of each) looks up the codes of each in an index of all
bindings, by resource type, system and code; displays and texts are never read. What counts is decided by the tables
below: statuses, dates, units. A resource is read only where it names the patient the decision is about. Which entry
is the newest, and which are too old, is decided later and elsewhere, since it takes a date.

What would count but cannot be read is told: as an entry with a fault where the fact would otherwise fall back to an
older value in silence, else as a trouble.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple, Union

from .chart import Chart, Entry, Event, Fault, Trouble, quantity_entry
from .dates import When, read_date
from .errors import RecordError
from .model import Binding, Code, Fact
from .quantity import UNITS, Range, exactly, from_comparator, read_number, unit_named
from .record import digest_of
from .truth import NEGATED, NO, YES, Truth

# --- the tables ---

SYSTEM_ALIASES = {  # the same code system under other names, as met in records
    "urn:oid:2.16.840.1.113883.6.90": "http://hl7.org/fhir/sid/icd-10-cm",
    "urn:oid:2.16.840.1.113883.6.1": "http://loinc.org",
    "urn:oid:2.16.840.1.113883.6.96": "http://snomed.info/sct",
    "urn:oid:2.16.840.1.113883.6.88": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "urn:oid:2.16.840.1.113883.6.73": "http://www.whocc.no/atc",
    "http://fhir.de/CodeSystem/bfarm/atc": "http://www.whocc.no/atc",
    "http://fhir.de/CodeSystem/dimdi/atc": "http://www.whocc.no/atc",
    "urn:oid:2.16.840.1.113883.6.8": "http://unitsofmeasure.org",
}
UCUM = "http://unitsofmeasure.org"
SCORE = "{score}"

# The statuses that say it happened. A type that is not here (requests, reports, family history) is never read.
COUNTED: dict[str, frozenset[str]] = {
    "Observation": frozenset({"final", "amended", "corrected"}),
    "Procedure": frozenset({"completed"}),
    "MedicationAdministration": frozenset({"completed", "in-progress"}),
    "MedicationStatement": frozenset({"completed", "active"}),
    "Immunization": frozenset({"completed"}),
}
# Marks that something did not happen. All but the first are of older FHIR releases, met in records that claim R4.
DENIALS = ("doNotPerform", "notDone", "notGiven", "wasNotGiven", "wasNotTaken")

CODED_BY = {"Immunization": "vaccineCode"}  # else: code, and for medications see _codings_of
SUBJECT_BY = {"Immunization": "patient"}  # else: subject

# Where a date is looked for, first found first. `onsetAge` and the like are no date, but rule `recordedDate` out.
DATED_BY: dict[str, tuple[str, ...]] = {
    "Observation": (
        "effectiveDateTime",
        "effectiveInstant",
        "effectivePeriod.end",
        "effectivePeriod.start",
        "issued",
    ),
    "Condition": (
        "onsetDateTime",
        "onsetPeriod.start",
        "onsetPeriod.end",
        "abatementDateTime",
        "abatementPeriod.start",
        "recordedDate",
    ),
    "Procedure": ("performedDateTime", "performedPeriod.end", "performedPeriod.start"),
    "MedicationAdministration": ("effectiveDateTime", "effectivePeriod.end", "effectivePeriod.start"),
    "MedicationStatement": ("effectiveDateTime", "effectivePeriod.end", "dateAsserted", "effectivePeriod.start"),
    "Immunization": ("occurrenceDateTime",),
}
OTHER_ONSETS = ("onsetAge", "onsetRange", "onsetString")

# What the two statuses of a condition come to; `open` is nothing recorded.
VERIFICATION = {
    "confirmed": "counts",
    "refuted": "refuted",
    "provisional": "open",
    "differential": "open",
    "unconfirmed": "open",
    "entered-in-error": "open",
}
CLINICAL = {
    "active": "present",
    "recurrence": "present",
    "relapse": "present",
    "remission": "present",
    "inactive": "past",
    "resolved": "past",
}
STATUS_SYSTEMS = (
    None,
    "http://terminology.hl7.org/CodeSystem/condition-ver-status",
    "http://terminology.hl7.org/CodeSystem/condition-clinical",
)
ABATED = ("abatementDateTime", "abatementPeriod", "abatementAge", "abatementRange")

ABSENCES = {  # dataAbsentReason; any other is not-recorded
    "asked-unknown": "asked-unknown",
    "unknown": "asked-unknown",
    "asked-declined": "asked-unknown",
    "not-applicable": "not-applicable",
}
COMPARATORS = ("<", "<=", ">", ">=")
READABLE = {  # the forms of a value that say something of a fact of this kind
    "quantity": ("valueQuantity", "valueRange", "valueInteger"),
    "yes-no": ("valueBoolean", "valueCodeableConcept"),
    "choice": ("valueCodeableConcept", "valueBoolean"),
    "choices": ("valueCodeableConcept", "valueBoolean"),
    "date": ("valueDateTime",),
}


def read_fhir(content: Mapping[str, Any], facts: Mapping[str, Fact], patient: str | None = None) -> Chart:
    """Return what a FHIR R4 Bundle or bare resource says of one patient.

    `patient` (`Patient/1`, `1` or a full URL) says which where there are several. Raises RecordError where the content
    is no resource, and where it is not clear whom it is about; what is wrong with single resources is in the chart.
    """
    whole = _resource_type(content)
    digest = digest_of(content)
    troubles: list[Trouble] = []
    record = _Record(_bundled(content, troubles) if whole == "Bundle" else [_resource(dict(content), whole, None, -1)])
    person = record.person(patient)
    reader = _Reader(record, person, _Index(facts), troubles)
    reader.read(facts)
    return Chart(_id_of(person), digest, reader.entries, troubles=tuple(dict.fromkeys(troubles)))


def _resource_type(content: Any) -> str:
    named = content.get("resourceType") if isinstance(content, Mapping) else None
    if not isinstance(named, str) or not named:
        raise RecordError("This is no FHIR resource: an object with a `resourceType`, as in a Bundle, is wanted.")
    return named


# --- looking into JSON that may hold anything ---


class _Malformed(Exception):
    """Raised where a resource would count but cannot be read; the text says why, to follow the resource's name."""


def _text(content: Mapping[str, Any], key: str) -> str | None:
    found = content.get(key)
    if found is not None and not isinstance(found, str):
        raise _Malformed(f"has `{key}` that is not text")
    return found or None


def _object(content: Mapping[str, Any], key: str) -> dict[str, Any] | None:
    found = content.get(key)
    if found is not None and not isinstance(found, dict):
        raise _Malformed(f"has `{key}` that is not an object")
    return found


def _within(content: Any, *path: str) -> Any:
    """Return what stands at a path, or None where anything on the way is missing or of another type."""
    for key in path:
        content = content.get(key) if isinstance(content, dict) else None
    return content


def _listed(content: Any, key: str) -> list[dict[str, Any]]:
    """Return the objects of a list, leaving out what is none."""
    found = _within(content, key)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


Coding = tuple[str | None, str]


def _codings(concept: Any) -> list[Coding]:
    """Return system and code of each coding of a CodeableConcept that has a code, aliases of systems resolved."""
    found: list[Coding] = []
    for coding in _listed(concept, "coding"):
        system, code = coding.get("system"), coding.get("code")
        if isinstance(code, str) and (system is None or isinstance(system, str)):
            found.append((SYSTEM_ALIASES.get(system, system) if system else None, code))
    return found


def _short(value: Any) -> str:
    """Return a value of the record as it is quoted in a message: on one line, and not for pages."""
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else text[:57] + "..."


# --- the resources of a record: which version stands, what a reference points to, whom it is about ---

_REST = re.compile(r"(?P<base>(?:https?://|/).*/)?(?P<name>(?P<kind>[A-Z][A-Za-z]*)/(?P<id>[^/?#]+))")
_VERSIONED = re.compile(r"(.+)/_history/[^/]+")
_LONGEST = 2000  # characters of a reference; longer ones point nowhere


@dataclass(eq=False, slots=True)
class _Resource:
    """A resource and where it stands; two are the same only if they are one object."""

    content: dict[str, Any]
    kind: str
    id: str | None
    url: str | None  # fullUrl, without version
    place: int  # in Bundle.entry or in `contained`; -1 for a bare resource
    container: _Resource | None = None
    contained: Sequence[_Resource] = ()

    @property
    def source(self) -> str:
        """Return how the resource is named in a decision."""
        if self.container is not None:
            return f"{self.container.source}#{self.id or self.place}"
        if self.id:
            return f"{self.kind}/{self.id}"
        return self.url or (f"entry/{self.place}" if self.place >= 0 else self.kind)

    @property
    def home(self) -> _Resource:
        """Return the resource that is referred to from outside: itself, or the one it is contained in."""
        return self.container or self

    @property
    def base(self) -> str | None:
        """Return the address of the server that the resource is from, where its fullUrl says that."""
        found = _REST.fullmatch(self.home.url or "")
        return found["base"] if found else None


def _resource(content: dict[str, Any], kind: str, url: str | None, place: int) -> _Resource:
    made = _Resource(content, kind, _id(content), url, place)
    if "contained" in content:
        made.contained = [
            _Resource(inner, named, _id(inner), None, number, made)
            for number, inner in enumerate(_listed(content, "contained"))
            if isinstance(named := inner.get("resourceType"), str)
        ]
    return made


def _id(content: dict[str, Any]) -> str | None:
    found = content.get("id")
    return found if isinstance(found, str) and found else None


def _unversioned(url: str) -> str:
    found = _VERSIONED.fullmatch(url) if len(url) <= _LONGEST else None
    return found[1] if found else url


class _Version(NamedTuple):
    """A version of a resource as an entry of a Bundle gives it; no resource is its deletion."""

    name: tuple[str, str]
    url: str | None
    resource: _Resource | None
    entry: dict[str, Any]

    @property
    def number(self) -> int | None:
        """Return the number of the version, from the resource or else from the response to a request."""
        number = _within(self.entry, "resource", "meta", "versionId") or _within(self.entry, "response", "etag")
        found = _ETAG.fullmatch(str(number)) if isinstance(number, str | int) else None
        return int(found[1]) if found else None

    @property
    def updated(self) -> datetime | None:
        """Return when the version was made."""
        entry = self.entry
        updated = _within(entry, "resource", "meta", "lastUpdated") or _within(entry, "response", "lastModified")
        when = read_date(updated) if isinstance(updated, str) else None
        instant = when.instant if when else None
        return instant.replace(tzinfo=UTC) if instant is not None and instant.tzinfo is None else instant


_ETAG = re.compile(r'(?:W/)?"?([0-9]{1,18})"?', re.ASCII)


def _bundled(bundle: Mapping[str, Any], troubles: list[Trouble]) -> list[_Resource]:
    """Return the resources of a Bundle that stand: the latest version of each, and none that was deleted."""
    is_history = bundle.get("type") == "history"
    versions: dict[tuple[str, str], list[_Version]] = {}
    for place, entry in _entries(bundle):
        version = _version(place, entry, is_history, troubles)
        if version is not None:
            versions.setdefault(version.name, []).append(version)
    groups = (group for same in versions.values() for group in (_by_home(same) if len(same) > 1 else [same]))
    # a history begins with the latest version
    latest = (_latest(group[::-1] if is_history else group) for group in groups)
    return [resource for resource in latest if resource is not None]


def _entries(bundle: Mapping[str, Any]) -> Iterator[tuple[int, Any]]:
    """Yield the entries of a Bundle with their places, those of a searchset that answers a batch included."""
    entries = bundle.get("entry")
    if entries is not None and not isinstance(entries, list):
        raise RecordError("The Bundle cannot be read: its `entry` is not a list.")
    for place, entry in enumerate(entries or ()):
        inner = _within(entry, "resource")
        if _within(inner, "resourceType") == "Bundle" and _within(inner, "type") == "searchset":
            for found in _listed(inner, "entry"):
                yield place, found
        else:
            yield place, entry


def _version(place: int, entry: Any, is_history: bool, troubles: list[Trouble]) -> _Version | None:
    """Return the version of a resource that an entry gives, or None where there is nothing to be read."""
    if not isinstance(entry, dict):
        troubles.append(_skipped(place, "is not an object"))
        return None
    if _within(entry, "search", "mode") == "outcome":
        return None
    given = entry.get("fullUrl")
    url = _unversioned(given) if isinstance(given, str) and given else None
    if _within(entry, "request", "method") == "DELETE":
        return _deletion(entry, url) if is_history else None
    content = entry.get("resource")
    if content is None:
        return None
    kind = _within(content, "resourceType")
    if not isinstance(kind, str):
        troubles.append(_skipped(place, "holds no resource with a `resourceType`"))
        return None
    resource = _resource(content, kind, url, place)
    return _Version((kind, resource.id or url or f"entry/{place}"), url, resource, entry)


def _skipped(place: int, why: str) -> Trouble:
    return Trouble("unreadable", "", f"entry/{place} of the Bundle {why}; it is not read.")


def _deletion(entry: dict[str, Any], url: str | None) -> _Version | None:
    address = _within(entry, "request", "url")
    found = _REST.fullmatch(url or (_unversioned(address) if isinstance(address, str) else ""))
    return None if found is None else _Version((found["kind"], found["id"]), url, None, entry)


def _by_home(versions: list[_Version]) -> list[list[_Version]]:
    """Return versions under one name in groups: those with different full URLs are different resources."""
    homes = dict.fromkeys(version.url for version in versions if version.url is not None)
    if len(homes) < 2:
        return [versions]
    return [[version for version in versions if version.url == home] for home in (*homes, None)]


def _latest(versions: list[_Version]) -> _Resource | None:
    """Return the latest version: by number, else by time, where all have that; else the last one."""
    measures: tuple[Callable[[_Version], Any], ...] = (lambda v: v.number, lambda v: v.updated)
    for measure in measures:
        if len(versions) > 1 and all(measure(version) is not None for version in versions):
            most = max(measure(version) for version in versions)
            versions = [version for version in versions if measure(version) == most]
    return versions[-1].resource if versions else None


Person = Union["_Resource", str]  # a resource of the record, or the reference to one that is not in it


class _Record:
    """The resources that stand, and what their references point to."""

    def __init__(self, standing: list[_Resource]) -> None:
        self.standing = standing
        self.by_url = {resource.url: resource for resource in standing if resource.url}
        self.by_name: dict[str, list[_Resource]] = {}
        for resource in standing:
            self.by_name.setdefault(f"{resource.kind}/{resource.id}", []).append(resource)

    def every(self) -> Iterator[_Resource]:
        """Yield every resource, those contained in a resource after it; not those of one entered in error."""
        for resource in self.standing:
            yield resource
            if resource.contained and resource.content.get("status") != "entered-in-error":
                yield from resource.contained

    def resolve(self, reference: str, origin: _Resource) -> Person | None:
        """Return the resource that a reference points to, or the reference in full where that is not in the record.

        None: the reference is to something contained, and nothing of that name is.
        """
        if len(reference) > _LONGEST:
            return reference
        if reference.startswith("#"):
            return self._local(reference[1:], origin)
        reference = _unversioned(reference)
        found = _REST.fullmatch(reference)
        if found is None:
            return self.by_url.get(reference, reference)
        base = found["base"] or origin.base
        if base and (exact := self.by_url.get(base + found["name"])):
            return exact
        # the same id on another server is another resource; one that does not say its server may be meant
        named = [r for r in self.by_name.get(found["name"], ()) if base is None or r.base is None]
        return named[0] if len(named) == 1 else (base or "") + found["name"]

    def _local(self, name: str, origin: _Resource) -> _Resource | None:
        if not name:
            return origin.home
        found = [inner for inner in origin.home.contained if inner.id == name]
        return found[0] if len(found) == 1 else None

    def subject(self, resource: _Resource) -> Person | None:
        """Return whom a resource is about, or None where it names nobody that can be found.

        A contained Observation that names nobody is about whom its container is about, if that refers to it.
        """
        key = SUBJECT_BY.get(resource.kind, "subject")
        if resource.kind not in DATED_BY and key not in resource.content:
            key = "patient"
        told = _object(resource.content, key)
        if told is not None:
            reference = _text(told, "reference")
            return self.resolve(reference, resource) if reference else None
        container = resource.container
        if container is None or resource.kind != "Observation" or not _refers(container, resource.id):
            return None
        return container if container.kind == "Patient" else self.subject(container)

    # whom the record is about

    def person(self, named: str | None) -> Person | None:
        """Return the patient that a decision on this record is about. Raises RecordError where that is not clear."""
        patients: list[Person] = [resource for resource in self.standing if resource.kind == "Patient"]
        if named is None and len(patients) == 1:
            return patients[0]
        subjects = self._subjects()
        if named is not None:
            return _named(named, list(dict.fromkeys([*patients, *subjects])))
        people = patients or subjects
        if len(people) < 2:
            return people[0] if people else None
        if len(subjects) == 1 and subjects[0] in patients:
            return subjects[0]
        raise RecordError(
            f"The record holds several patients; there are {_names_of(people)}. "
            f"Say which with --patient, as in `--patient {_shown(people[0])}`."
        )

    def _subjects(self) -> list[Person]:
        """Return the patients that the resources are about, each once. A relative's record is about the patient."""
        found: dict[Person, None] = {}
        for resource in self.every():
            if resource.kind in ("Patient", "RelatedPerson") or resource.content.get("focus"):
                continue
            try:
                subject = self.subject(resource)
            except _Malformed:
                continue
            if subject is not None and _may_be_patient(subject):
                found[subject] = None
        return list(found)


def _refers(container: _Resource, name: str | None) -> bool:
    """Return whether a resource refers to one that it contains, anywhere but in what it contains."""
    waiting: list[Any] = [value for key, value in container.content.items() if key != "contained"]
    while name and waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            if value.get("reference") == f"#{name}":
                return True
            waiting.extend(value.values())
    return False


def _may_be_patient(person: Person) -> bool:
    if isinstance(person, _Resource):
        return person.kind == "Patient"
    found = _REST.fullmatch(person)
    return found is None or found["kind"] == "Patient"


def _named(named: str, people: list[Person]) -> Person:
    """Return the one of these people who is called that; in full or by id."""
    wanted = _unversioned(str(named))
    for names in (_full_names, _short_names):
        found = [person for person in people if wanted in names(person)]
        if len(found) == 1:
            return found[0]
        if found:
            raise RecordError(
                f"`{_short(named)}` may be any of several patients of the record; say which with "
                f"`--patient {_full_names(found[0])[0]}`."
            )
    there = f"It holds {_names_of(people)}; say which with --patient." if people else "It names no patient at all."
    raise RecordError(f"There is no patient `{_short(named)}` in the record. {there}")


def _full_names(person: Person) -> list[str]:
    if isinstance(person, str):
        return [person]
    return [person.url] if person.url else [person.source]


def _short_names(person: Person) -> list[str]:
    if isinstance(person, _Resource):
        return [person.source, person.id or "", (person.url or "").removeprefix("urn:uuid:")]
    found = _REST.fullmatch(person)
    return [found["name"], found["id"]] if found else [person.removeprefix("urn:uuid:")]


def _shown(person: Person) -> str:
    return _short(person if isinstance(person, str) else person.source)


def _names_of(people: list[Person]) -> str:
    shown = [_shown(person) for person in people]
    if len(set(shown)) < len(shown):  # the same id on two servers
        shown = [_short(_full_names(person)[0]) for person in people]
    more = f" and {len(shown) - 10} more" if len(shown) > 10 else ""
    return ", ".join(shown[:10]) + more


def _id_of(person: Person | None) -> str | None:
    if isinstance(person, _Resource):
        return person.id or person.url
    found = _REST.fullmatch(person or "")
    return found["id"] if found else person


# --- the bindings of the facts, by what is looked up ---


class _Hit(NamedTuple):
    """A fact that a resource says something of, and the codes by which it does, each with the code it matched."""

    fact: Fact
    binding: Binding
    codes: list[tuple[Code, Coding]]


class _Part(NamedTuple):
    """What bears on facts: a resource, or a component of an Observation, and its hits."""

    content: dict[str, Any]
    hits: list[_Hit]


class _Index:
    """The facts' bindings by resource type, system and code."""

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        self.exact: dict[tuple[str, str | None, str], list[tuple[Fact, Binding, Code]]] = {}
        self.prefixes: dict[tuple[str, str | None], list[tuple[Fact, Binding, Code]]] = {}
        for fact in facts.values():
            for binding in fact.bindings:
                for code in binding.codes:
                    system, bound = SYSTEM_ALIASES.get(code.system, code.system), (fact, binding, code)
                    if code.prefix:
                        self.prefixes.setdefault((binding.resource, system), []).append(bound)
                    else:
                        self.exact.setdefault((binding.resource, system, code.code), []).append(bound)

    def hits(self, kind: str, codings: Iterable[Coding]) -> list[_Hit]:
        """Return the facts that these codes of such a resource are bound to, each once."""
        found: dict[str, _Hit] = {}
        for coding in codings:
            system, given = coding
            bound = self.exact.get((kind, system, given), ())
            begun = (b for b in self.prefixes.get((kind, system), ()) if given.startswith(b[2].code))
            for fact, binding, code in (*bound, *begun):
                found.setdefault(fact.name, _Hit(fact, binding, [])).codes.append((code, coding))
        return list(found.values())


def _in_use(hits: list[_Hit], on: When | None) -> list[_Hit]:
    """Return the hits with only those codes that were in use on a date; of an unknown date, all."""
    if on is None:
        return hits
    kept = [hit._replace(codes=[pair for pair in hit.codes if _used_on(pair[0], on)]) for hit in hits]
    return [hit for hit in kept if hit.codes]


def _used_on(code: Code, on: When) -> bool:
    return (code.first is None or on.last >= code.first) and (code.last is None or on.first <= code.last)


def _options(hit: _Hit) -> list[str]:
    return list(dict.fromkeys(code.option for code, _ in hit.codes if code.option))


def _fields(given: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the fields of an event; one that is given differently is left open."""
    found: dict[str, set[str]] = {}
    for name, word in given:
        found.setdefault(name, set()).add(word)
    return {name: words.pop() for name, words in found.items() if len(words) == 1}


# --- from resources to entries ---


class _Reader:
    """Collects the entries for one person; one function for each resource type, by `_READ`."""

    def __init__(self, record: _Record, person: Person | None, index: _Index, troubles: list[Trouble]) -> None:
        self.record, self.person, self.index, self.troubles = record, person, index, troubles
        self.entries: dict[str, list[Entry]] = {}
        self.denied: list[tuple[Fact, Entry]] = []
        self.events: dict[tuple[str, Any], list[tuple[set[Coding], int]]] = {}

    def read(self, facts: Mapping[str, Fact]) -> None:
        """Fill the entries."""
        for resource in self.record.every():
            parts = self._parts(resource) if resource.kind in _READ else []
            if parts:
                self._read(resource, parts)
        if isinstance(self.person, _Resource):
            self._patient(self.person, facts)
        for fact, entry in self.denied:  # that a condition is there outranks that another record refutes it
            if not self._is_stated(fact, entry):
                self.add(fact, entry)

    def _parts(self, resource: _Resource) -> list[_Part]:
        """Return the parts of a resource that bear on facts: itself, and the components of an Observation."""
        content, kind = resource.content, resource.kind
        whole = self.index.hits(kind, self._codings_of(resource))
        parts = [_Part(content, whole)] if whole else []
        if kind == "Observation" and "component" in content:
            for component in _listed(content, "component"):
                hits = self.index.hits(kind, _codings(component.get("code")))
                parts += [_Part(component, hits)] if hits else []
        return parts

    def _read(self, resource: _Resource, parts: list[_Part]) -> None:
        try:
            if self._counts(resource):
                _READ[resource.kind](self, resource, parts)
        except _Malformed as problem:
            self._tell([hit for part in parts for hit in part.hits], resource, str(problem))

    def add(self, fact: Fact, entry: Entry) -> None:
        """Add an entry; one with a coded value that is not known is told even where a newer one stands."""
        if entry.fault is not None and entry.fault.kind == "unknown-choice":
            self.troubles.append(Trouble(entry.fault.kind, fact.name, entry.fault.detail))
        self.entries.setdefault(fact.name, []).append(entry)

    def _is_stated(self, fact: Fact, denial: Entry) -> bool:
        stated = YES if denial.value == NO else (denial.value[0], YES) if isinstance(denial.value, tuple) else None
        return any(entry.value == stated for entry in self.entries.get(fact.name, ()))

    def _tell(self, hits: Iterable[_Hit], resource: _Resource, why: str) -> None:
        for hit in hits:
            detail = f"{hit.fact.title}: {resource.source} {why}; it is not read."
            self.troubles.append(Trouble("unreadable", hit.fact.name, detail))

    def _counts(self, resource: _Resource) -> bool:
        """Return whether a resource states something of the person. Raises _Malformed where that cannot be said."""
        content, counted = resource.content, COUNTED.get(resource.kind)
        if counted is not None and _text(content, "status") not in counted:
            return False
        if resource.kind == "Condition" and _verified(content) == "open":
            return False
        if content.get("focus") or any(content.get(mark) not in (None, False) for mark in DENIALS):
            return False
        subject = self.record.subject(resource)
        if subject is None:
            raise _Malformed("names no patient that can be found")
        return subject == self.person

    def _observation(self, resource: _Resource, parts: list[_Part]) -> None:
        on, why = _date_or_fault(resource)
        for part in parts:
            for hit in _in_use(part.hits, on):
                blank = Entry(None, on, resource.source)
                entry = _observed(hit, part.content, blank) if why is None else _unreadable(hit.fact, blank, why)
                if entry is not None:
                    self.add(hit.fact, entry)

    # procedures, medications, immunizations

    def _happened(self, resource: _Resource, parts: list[_Part]) -> None:
        _refuse_modified(resource.content)
        on = _date(resource)
        for hit in _in_use(parts[0].hits, on):
            if on is None and not _holds_undated(hit, resource.content):
                self._tell([hit], resource, "has no date")
            else:
                self._add_happened(hit, resource, on)

    def _add_happened(self, hit: _Hit, resource: _Resource, on: When | None) -> None:
        entry = Entry(None, on, resource.source, _written_date(resource, on) if on else "")
        kind, options = hit.fact.kind, _options(hit)
        if kind == "date":
            self.add(hit.fact, entry._replace(value=on))
        elif kind == "yes-no":
            self.add(hit.fact, entry._replace(value=NO if options == [NO] else YES))
        elif kind == "events":
            self._event(hit, entry._replace(on=None), on, ())
        for option in options if kind in ("choice", "choices") else ():
            value = (option, YES) if kind == "choices" else option
            self.add(hit.fact, entry._replace(value=value, written=_written_codes(hit, option)))

    def _codings_of(self, resource: _Resource) -> list[Coding]:
        if not resource.kind.startswith("Medication"):
            return _codings(resource.content.get(CODED_BY.get(resource.kind, "code")))
        stated = _codings(resource.content.get("medicationCodeableConcept"))
        reference = _within(resource.content, "medicationReference", "reference")
        medication = self.record.resolve(reference, resource) if isinstance(reference, str) else None
        if not isinstance(medication, _Resource) or medication.kind != "Medication":
            return stated
        if medication.content.get("status") == "entered-in-error":
            return stated
        return [*stated, *_codings(medication.content.get("code"))]

    # conditions

    def _condition(self, resource: _Resource, parts: list[_Part]) -> None:
        content = resource.content
        verified, clinical = _verified(content), _clinical(content)
        _refuse_modified(content)
        on = _date(resource)
        for hit in _in_use(parts[0].hits, on):
            entry = Entry(None, on, resource.source, _written_codes(hit))
            if hit.fact.kind not in ("events", "date"):
                self._state(hit, entry, clinical if verified == "counts" else "refuted")
            elif verified == "counts" and hit.fact.kind == "events":
                self._event(hit, entry._replace(on=None), on, _codings(content.get("severity")))
            elif verified == "counts":
                self._dated_condition(hit, entry, on, resource)

    def _state(self, hit: _Hit, entry: Entry, state: str) -> None:
        """Add what a condition says of a yes-no fact or a choice, dated by its onset: before that it was not."""
        fact, options = hit.fact, _options(hit)
        if state == "past" and fact.kind == "yes-no" and fact.name.startswith("current_"):
            state = "refuted"
        if state not in ("present", "refuted"):
            return
        if fact.kind == "yes-no":
            answer: Truth = NO if options == [NO] else YES
            if state == "present" and answer == YES:
                self.add(fact, entry._replace(value=YES))
            elif (state == "refuted") == (answer == YES):  # a refuted denial says nothing
                self.denied.append((fact, entry._replace(value=NO)))
        for option in options if fact.kind in ("choice", "choices") else ():
            named = entry._replace(written=_written_codes(hit, option))
            if fact.kind == "choice" and state == "present":
                self.add(fact, named._replace(value=option))
            elif fact.kind == "choices" and state == "present":
                self.add(fact, named._replace(value=(option, YES)))
            elif fact.kind == "choices":
                self.denied.append((fact, named._replace(value=(option, NO))))

    def _dated_condition(self, hit: _Hit, entry: Entry, on: When | None, resource: _Resource) -> None:
        if on is None:
            self._tell([hit], resource, "has no date")
        else:
            self.add(hit.fact, entry._replace(value=on, on=on, written=_written_date(resource, on)))

    def _event(self, hit: _Hit, entry: Entry, on: When | None, severity: list[Coding] | tuple[()]) -> None:
        """Add an event, once: the same code on the same day (or twice undated) may be one event recorded twice.

        A list from FHIR is a lower bound, so what may be one event is counted as one.
        """
        given = [pair for code, _ in hit.codes for pair in code.fields.items()]
        given += [
            ("severity", code.option) for code in hit.binding.severity if code.option and _carries(code, severity)
        ]
        codings, day = {coding for _, coding in hit.codes}, on and (on.first, on.last)
        entries = self.entries.setdefault(hit.fact.name, [])
        known = self.events.setdefault((hit.fact.name, day), [])
        for carried, place in known:
            before = entries[place].value
            if carried & codings and isinstance(before, Event):
                carried.update(codings)
                fields = tuple(_fields([*before.fields, *given]).items())
                entries[place] = entries[place]._replace(value=Event(before.on, fields))
                return
        known.append((codings, len(entries)))
        entries.append(entry._replace(value=Event(on, tuple(_fields(given).items()))))

    # the patient

    def _patient(self, person: _Resource, facts: Mapping[str, Fact]) -> None:
        for fact in facts.values():
            for binding in fact.bindings:
                given = (
                    person.content.get(binding.element) if binding.resource == "Patient" and binding.element else None
                )
                if given is not None:
                    entry = _of_patient(fact, binding, given, Entry(None, None, person.source, _short(given)))
                    if entry is not None:
                        self.add(fact, entry)


_READ: dict[str, Callable[[_Reader, _Resource, list[_Part]], None]] = {
    "Observation": _Reader._observation,
    "Condition": _Reader._condition,
    "Procedure": _Reader._happened,
    "MedicationAdministration": _Reader._happened,
    "MedicationStatement": _Reader._happened,
    "Immunization": _Reader._happened,
}


def _unreadable(fact: Fact, entry: Entry, why: str) -> Entry:
    return entry._replace(fault=Fault("unreadable", f"{fact.title}: {entry.source} {why}; it cannot be read."))


def _refuse_modified(content: Mapping[str, Any]) -> None:
    if content.get("modifierExtension"):
        raise _Malformed("carries a `modifierExtension`, which may change what it means")


def _holds_undated(hit: _Hit, content: Mapping[str, Any]) -> bool:
    """Return whether what happened on an unknown date says something: not when, and not that it was lately."""
    if hit.fact.kind == "date":
        return False
    return hit.binding.within is None or content.get("status") in ("active", "in-progress")


# --- dates and statuses ---

_LEAP_SECOND = re.compile(r"(T\d\d:\d\d):60")


def _date(resource: _Resource) -> When | None:
    """Return the date of what a resource states, or None where it gives none. Raises _Malformed."""
    content, kind = resource.content, resource.kind
    if kind == "MedicationStatement":
        return _date_of_statement(content)
    for path in DATED_BY[kind]:
        if path == "recordedDate" and any(content.get(key) is not None for key in OTHER_ONSETS):
            return None  # it began at some other time, so the day it was written down is not the day
        if (when := _when(content, path)) is not None:
            return when
    return None


def _date_of_statement(content: dict[str, Any]) -> When | None:
    """Return the last date for which a medication is stated: not its planned end where it was stated before that."""
    dates = [_when(content, path) for path in DATED_BY["MedicationStatement"]]
    exact, end, asserted, start = dates
    if exact is None and end is not None and asserted is not None and asserted.last < end.first:
        return asserted
    return exact or end or asserted or start


def _when(content: dict[str, Any], path: str) -> When | None:
    holder, _, key = path.rpartition(".")
    inside = _object(content, holder) if holder else content
    text = _text(inside, key) if inside else None
    if text is None:
        return None
    when = read_date(text) or read_date(_LEAP_SECOND.sub(r"\1:59", text))
    if when is None:
        raise _Malformed(f"has `{path}` of `{_short(text)}`, which is no date")
    return when


def _date_or_fault(resource: _Resource) -> tuple[When | None, str | None]:
    """Return the date of a result, or why its date and meaning cannot be known.

    Such a result may be the newest, so it stands undated with its fault.
    """
    try:
        _refuse_modified(resource.content)
        return _date(resource), None
    except _Malformed as problem:
        return None, str(problem)


def _written_date(resource: _Resource, on: When) -> str:
    """Return the date as it stands in the record."""
    content, paths = resource.content, DATED_BY[resource.kind]
    return next((_short(_within(content, *path.split("."))) for path in paths if _when(content, path) == on), "")


def _written_codes(hit: _Hit, option: str | None = None) -> str:
    """Return the codes as they stand in the record; of an option, those that mean it."""
    return ", ".join(dict.fromkeys(given for code, (_, given) in hit.codes if option in (None, code.option)))


def _status(content: dict[str, Any], key: str, meanings: Mapping[str, str]) -> str | None:
    """Return what a status of a condition comes to, or None if it has none. Raises _Malformed."""
    concept = _object(content, key)
    if not concept:
        return None
    found = {meanings.get(code, "") for system, code in _codings(concept) if system in STATUS_SYSTEMS}
    if len(found) != 1 or "" in found:
        raise _Malformed(f"has a `{key}` that is none of FHIR's, or more than one")
    return found.pop()


def _verified(content: dict[str, Any]) -> str:
    return _status(content, "verificationStatus", VERIFICATION) or "counts"


def _clinical(content: dict[str, Any]) -> str:
    """Return whether a condition is present or past; where that is not stated, past if its end is, else present."""
    stated = _status(content, "clinicalStatus", CLINICAL)
    if stated is not None:
        return stated
    if content.get("abatementString") is not None:
        return "unclear"
    return "past" if any(content.get(key) is not None for key in ABATED) else "present"


# --- the values of observations ---


def _observed(hit: _Hit, part: dict[str, Any], entry: Entry) -> Entry | None:
    """Return the entry for what an Observation or a component of one says, or None where it says nothing."""
    fact = hit.fact
    forms = [key for key, value in part.items() if str(key).startswith("value") and value is not None]
    readable = [form for form in forms if form in READABLE.get(fact.kind, ())]
    try:
        if part.get("modifierExtension"):
            _refuse_modified(part)
        if not forms:
            return _absent(part, entry)
        if len(readable) != 1:
            return _unreadable(fact, entry, f"has {' and '.join(readable) or forms[0]}, which is not taken as a value")
        return _FORMS[readable[0]](hit, part[readable[0]], entry)
    except _Malformed as problem:
        return _unreadable(fact, entry, str(problem))


def _absent(part: dict[str, Any], entry: Entry) -> Entry | None:
    reason = part.get("dataAbsentReason")
    if reason is None:
        return None
    code = next((code for _, code in _codings(reason)), "")
    return entry._replace(absent=ABSENCES.get(code, "not-recorded"), written=_short(code))


def _digits(value: Any) -> str | None:
    """Return a JSON number as it was written, or None for what is none.

    A reader of JSON that keeps numbers as text marks them by a class of its own; a plain string is no number.
    """
    if isinstance(value, bool) or type(value) is str:
        return None
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, int):
        return str(value) if value.bit_length() < 256 else None
    return str(value) if isinstance(value, Decimal | str) else None


def _number(value: Any) -> Decimal:
    text = _digits(value)
    number = read_number(text) if text is not None else None
    if number is None:
        kind = "has no number" if value is None else f"has `{_short(value)}`, which is no number of JSON"
        raise _Malformed(kind)
    return number


def _unit(given: dict[str, Any]) -> tuple[str, str | None]:
    """Return the unit of a Quantity, and what is to be noted about it.

    The UCUM code is the statement. Without one, a text that is exactly a unit of the table counts and is noted.
    """
    code, text, system = _text(given, "code"), _text(given, "unit"), _text(given, "system")
    if code and SYSTEM_ALIASES.get(system or "", system) == UCUM:
        if text in UNITS and text != code and UNITS[text][1:] != (UNITS[code][1:] if code in UNITS else None):
            return code, f"the unit is taken from its code, `{code}`; its text says `{text}`"
        return code, None
    spelled = [word for word in (None if system else code, text) if word and unit_named(word)]
    if len({unit_named(word) for word in spelled}) == 1:
        return spelled[0], f"the unit is taken from its text, `{spelled[0]}`; the record gives no code for it"
    other = " or ".join(spelled) or text or code or ""
    return (other if other.isprintable() else ascii(other))[:60], None  # not mended on the way: `mg/dL ` is no unit


def _quantity(hit: _Hit, given: Any, entry: Entry) -> Entry:
    amount = _as_object(given)
    fact, (unit, note) = hit.fact, _unit(amount)
    comparator = _text(amount, "comparator")
    digits = _digits(amount.get("value")) or amount.get("value", "")
    entry = entry._replace(written=_short(f"{comparator or ''} {digits} {unit}"), note=note)
    if comparator is not None and comparator not in COMPARATORS:
        return _unreadable(fact, entry, f"has the comparator `{_short(comparator)}`, which states no bound")
    try:
        number = _number(amount.get("value"))
    except _Malformed as problem:
        return _unreadable(fact, entry, str(problem))
    return quantity_entry(fact, from_comparator(comparator, number), _of_score(fact, unit), comparator, entry)


def _of_score(fact: Fact, unit: str) -> str:
    return SCORE if fact.unit == SCORE and unit == "1" else unit


def _range(hit: _Hit, given: Any, entry: Entry) -> Entry:
    both = _as_object(given)
    low, high = _object(both, "low"), _object(both, "high")
    ends = [end for end in (low, high) if end is not None]
    if not ends or any(end.get("comparator") is not None for end in ends):
        raise _Malformed("has a range without a plain number at either end")
    units = [_unit(end) for end in ends]
    unit = units[0][0] if units[0][0] == units[-1][0] else " and ".join(unit or "none" for unit, _ in units)
    first = None if low is None else _number(low.get("value"))
    last = None if high is None else _number(high.get("value"))
    if first is not None and last is not None and first > last and unit == units[0][0]:
        raise _Malformed("has a range that ends before it begins")
    comparator = None if len(ends) == 2 else "<=" if low is None else ">="
    shown = " to ".join(f"{_digits(end.get('value'))} {own}" for end, (own, _) in zip(ends, units, strict=True))
    entry = entry._replace(written=_short(f"{comparator or ''} {shown}"), note=units[0][1])
    return quantity_entry(hit.fact, Range(first, last), _of_score(hit.fact, unit), comparator, entry)


def _integer(hit: _Hit, given: Any, entry: Entry) -> Entry:
    number = _number(given)
    if number % 1 != 0:
        raise _Malformed(f"has `{_short(given)}`, which is no integer")
    entry = entry._replace(written=_short(given))
    return quantity_entry(hit.fact, exactly(number), "", None, entry)


def _boolean(hit: _Hit, given: Any, entry: Entry) -> Entry | None:
    if not isinstance(given, bool):
        raise _Malformed(f"has `{_short(given)}`, which is neither true nor false")
    answer: Truth = YES if given else NO
    entry, options = entry._replace(written="true" if given else "false"), _options(hit)
    if hit.fact.kind == "yes-no":
        return entry._replace(value=NEGATED[answer] if options == [NO] else answer)
    if len(options) != 1:
        raise _Malformed(f"has `{entry.written}`, where one of several is asked for")
    if hit.fact.kind == "choices":
        return entry._replace(value=(options[0], answer))
    return entry._replace(value=options[0]) if given else None


def _coded(hit: _Hit, given: Any, entry: Entry) -> Entry:
    codings = _codings(_as_object(given))
    shown = _short(", ".join(code for _, code in codings))
    entry = entry._replace(written=shown)
    options = {code.option for code in hit.binding.values if code.option and _carries(code, codings)}
    if len(options) > 1:
        raise _Malformed(f"has the codes `{shown}`, which contradict each other")
    if not options:
        what = f"the code `{shown}`" if shown else "a text without a code"
        detail = f"{hit.fact.title}: {entry.source} has {what}, which is none of the answers that are known."
        return entry._replace(fault=Fault("unknown-choice", detail))
    option = options.pop()
    return entry._replace(value=(option, YES) if hit.fact.kind == "choices" else option)


def _carries(code: Code, codings: Iterable[Coding]) -> bool:
    wanted = SYSTEM_ALIASES.get(code.system, code.system)
    return any(
        system == wanted and (given == code.code or (code.prefix and given.startswith(code.code)))
        for system, given in codings
    )


def _date_time(hit: _Hit, given: Any, entry: Entry) -> Entry:
    when = _when({"valueDateTime": given}, "valueDateTime")
    return entry._replace(value=when, on=when, written=_short(given))


def _as_object(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise _Malformed("has a value that is not an object")
    return given


_FORMS: dict[str, Callable[[_Hit, Any, Entry], Entry | None]] = {
    "valueQuantity": _quantity,
    "valueRange": _range,
    "valueInteger": _integer,
    "valueBoolean": _boolean,
    "valueCodeableConcept": _coded,
    "valueDateTime": _date_time,
}


# --- the patient ---


def _of_patient(fact: Fact, binding: Binding, given: Any, entry: Entry) -> Entry | None:
    """Return what an element of the Patient says of a fact: a date, or one of several words."""
    if not isinstance(given, str):
        return _unreadable(fact, entry, f"has `{binding.element}` that is not text")
    if fact.kind == "date":
        when = read_date(given)
        if when is None:
            return _unreadable(fact, entry, f"has `{binding.element}` of `{_short(given)}`, which is no date")
        return entry._replace(value=When(when.first, when.last))
    if given in binding.element_values:
        return entry._replace(value=binding.element_values[given])
    if given == "unknown":
        return entry._replace(absent="asked-unknown")
    if given == "other":  # a word of FHIR for what the fact has no option for: no mistake of the record
        return None
    detail = f"{fact.title}: {entry.source} has `{_short(given)}`, which is none of the answers that are known."
    return entry._replace(fault=Fault("unknown-choice", detail))
