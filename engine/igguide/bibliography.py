"""The sources of a library for citation tools: CSL-JSON, as Zotero and pandoc read it, and BibTeX."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from .model import Source

_KINDS = {"article-journal": "article", "report": "techreport", "book": "book"}
_FIELDS = {
    "title": "title",
    "container-title": "journal",
    "volume": "volume",
    "issue": "number",
    "DOI": "doi",
    "URL": "url",
}
_CONTAINERS = {"article": "journal", "techreport": "institution", "book": "publisher", "misc": "howpublished"}
_OWN = ("read-as",)
_READ_AS = {"machine-written": "Written by a machine.", "copy": "Read in a copy made by somebody else."}
_SPECIAL = re.compile(r"([&%$#_{}])")


def csl_json(sources: Iterable[Source]) -> str:
    """Return the sources as CSL-JSON: a list of items, years as numbers."""
    return json.dumps([_item(source.csl) for source in sources], ensure_ascii=False, indent=1) + "\n"


def _item(csl: Mapping[str, object]) -> dict[str, Any]:
    """Return a source as a CSL item; what CSL has no field for stands under `custom`, as CSL wants it."""
    own = {key: csl[key] for key in _OWN if key in csl}
    csl = {key: value for key, value in csl.items() if key not in own} | ({"custom": own} if own else {})
    return {key: _dated(value) if key in ("issued", "available-date") else _plain(value) for key, value in csl.items()}


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value


def _dated(value: object) -> Any:
    parts = value.get("date-parts") if isinstance(value, Mapping) else None
    if not isinstance(parts, list | tuple):
        return _plain(value)
    return {"date-parts": [[int(part) for part in each] for each in parts]}


def bibtex(sources: Iterable[Source]) -> str:
    """Return the sources as BibTeX, each under its id here."""
    return "\n".join(map(_entry, sources))


def _entry(source: Source) -> str:
    csl = source.csl
    kind = _KINDS.get(str(csl.get("type")), "misc")
    fields = {"author": " and ".join(_authors(csl.get("author"))), "year": source.year or ""}
    names = _FIELDS | {"container-title": _CONTAINERS[kind]}
    fields |= {name: str(csl[key]) for key, name in names.items() if csl.get(key)}
    if csl.get("page"):
        fields["pages"] = re.sub(r"(?<=\d)-(?=\w)", "--", str(csl["page"]))
    notes = [_READ_AS.get(source.read_as or ""), csl.get("note")]
    if any(notes):
        fields["note"] = " ".join(str(note) for note in notes if note)
    lines = [f"  {name} = {{{_escaped(name, value)}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{source.id},", *lines, "}", ""])


def _authors(people: object) -> Iterable[str]:
    for person in people if isinstance(people, list | tuple) else ():
        if isinstance(person, Mapping) and person.get("family"):
            yield ", ".join(str(person[key]) for key in ("family", "given") if person.get(key))
        elif isinstance(person, Mapping):
            literal = str(person.get("literal") or "")
            yield "others" if literal == "et al." else f"{{{literal}}}"


def _escaped(name: str, value: str) -> str:
    text = " ".join(value.split())
    if name in ("url", "doi"):
        return text
    return re.sub(r"([&%$#_])", r"\\\1", text) if name == "author" else _SPECIAL.sub(r"\\\1", text)


__all__ = ["bibtex", "csl_json"]
