"""Where the bundled guidelines and schemas lie: inside the installed package, or beside `engine/` in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def guidelines_folder() -> Path:
    """Return the folder of the bundled guidelines."""
    return _bundled("guidelines")


def schema_folder() -> Path:
    """Return the folder of the JSON Schemas."""
    return _bundled("schema")


def compiled_file() -> Path:
    """Return where the compiled form of the bundled guidelines is kept."""
    return _PACKAGE / "_compiled.json"


def _bundled(name: str) -> Path:
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parents[1] / name
