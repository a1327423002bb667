"""The compiled form of the bundled guidelines: checked documents as JSON, with the digest of what they were made from.

It is made when the package is built, and after a clean `igguide check`. Loading it needs neither YAML nor
jsonschema. Where the digest of the files differs, it is stale and is not used.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from .document import Document
from .library import Library, answers_rest_on, build_library, check_folder, digest_of_folder

_FORMAT = 2


def write_compiled(folder: Path, target: Path) -> list[str]:
    """Write a folder's compiled form, and return its problems in words; nothing is written where there are any."""
    checked = check_folder(folder)
    if checked.library is None:
        return [str(problem) for problem in checked.problems]
    documents = {
        name: {"data": d.data, "places": d.places, "keys": d.keys, "quoted": sorted(d.quoted)}
        for name, d in checked.documents.items()
        if answers_rest_on(Path(name))
    }
    content = {
        "format": _FORMAT,
        "version": checked.library.version,
        "digest": checked.library.digest,
        "documents": documents,
    }
    temporary = target.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    temporary.replace(target)
    return []


def read_compiled(file: Path, folder: Path) -> Library | None:
    """Return the library of a compiled form, or None where there is none or the folder has changed since."""
    content = _current(file, folder)
    if content is None:
        return None
    documents = {
        name: Document(name, d["data"], d["places"], d["keys"], set(d["quoted"]))
        for name, d in content["documents"].items()
    }
    return build_library(documents, content["version"], content["digest"])


def is_current(file: Path, folder: Path) -> bool:
    """Return whether a compiled form is there and was made from the folder as it is now."""
    return _current(file, folder) is not None


def _current(file: Path, folder: Path) -> dict[str, Any] | None:
    try:
        content: dict[str, Any] = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    return content if content.get("format") == _FORMAT and content.get("digest") == digest_of_folder(folder) else None
