"""Immunoglobulin guidance kept as data: load the guidelines, evaluate a record, read the reasons.

    library = igguide.load()
    decision = library.evaluate({"igg": "380 mg/dL"}, as_of="2026-11-21", topics=["car-t-igg-replacement"])
    print(decision.explain())

Not medical advice and not a medical device.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from os import PathLike
from pathlib import Path
from typing import Any

from ._version import __version__
from .decision import Decision
from .errors import GuidelineError, IgGuideError, Place, Problem, RecordError, RequestError
from .library import Library, Record

__all__ = [
    "Decision",
    "GuidelineError",
    "IgGuideError",
    "Library",
    "Place",
    "Problem",
    "Record",
    "RecordError",
    "RequestError",
    "__version__",
    "load",
    "record",
    "record_from_fhir",
]


def load(folder: str | PathLike[str] | None = None) -> Library:
    """Return the bundled guidelines, or those of a folder. Raises GuidelineError with every problem found."""
    if folder is not None:
        from .library import load_folder

        return load_folder(Path(folder))
    return _bundled()


@cache
def _bundled() -> Library:
    from .compiled import read_compiled
    from .folders import compiled_file, guidelines_folder
    from .library import load_folder

    return read_compiled(compiled_file(), guidelines_folder()) or load_folder(guidelines_folder())


def record(content: Mapping[str, Any]) -> Record:
    """Return a record in the plain form: a map from fact names to values."""
    return Record(content)


def record_from_fhir(content: Mapping[str, Any], patient: str | None = None) -> Record:
    """Return a record from a FHIR R4 Bundle or resource; `patient` names one where the bundle holds several.

    Raises RecordError where it is no FHIR resource, or where it is not clear whom it is about.
    """
    from .fhir import read_fhir

    read_fhir(content, {}, patient)
    return Record(content, is_fhir=True, patient=patient)
