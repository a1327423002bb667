"""The quick test of a file against its schema: it never lets pass what the schema does not allow."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from igguide.library import kind_of
from igguide.validate import _as_the_editor_sees, _fits, _validator
from igguide.yaml_reader import read_document

ROOT = Path(__file__).resolve().parents[1] / "guidelines"
FILES = {
    kind: sorted(
        (p for p in ROOT.rglob("*.yaml") if kind_of(p.relative_to(ROOT)) == kind), key=lambda p: p.stat().st_size
    )
    for kind in ("topic", "position", "examples", "facts", "sources", "products")
}


def seen(path: Path) -> Any:
    document, problems = read_document(path, path.relative_to(ROOT).as_posix())
    assert problems == []
    return _as_the_editor_sees(document.data, (), document)


def changed(data: Any) -> Iterator[Any]:
    """Yield copies of the data, each with one part replaced, taken away, doubled or put in."""
    for path in [*paths(data)][:150]:
        *above, last = path
        for value in (None, True, 0, 1.5, "", "zzz", [], {}, ["zzz", "zzz"], {"zzz": "zzz"}):
            whole = copy.deepcopy(data)
            inside(whole, above)[last] = value
            yield whole
        whole = copy.deepcopy(data)
        del inside(whole, above)[last]
        yield whole


def paths(data: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield (*at, key)
        yield from paths(value, (*at, key))


def inside(data: Any, path: list[Any]) -> Any:
    for key in path:
        data = data[key]
    return data


@pytest.mark.parametrize("kind", FILES)
def test_what_passes_quickly_is_allowed(kind: str) -> None:
    path = FILES[kind][len(FILES[kind]) // 8]
    whole, passed, refused = _validator(kind), 0, 0
    for data in changed(seen(path)):
        if _fits(kind)(data):
            passed += 1
            assert whole.is_valid(data), data
        else:
            refused += 1
    assert refused > passed // 9


@pytest.mark.parametrize("kind", [kind for kind in FILES if kind != "facts"])
def test_nearly_every_file_passes_quickly(kind: str) -> None:
    fit = [_fits(kind)(seen(path)) for path in FILES[kind][:: max(1, len(FILES[kind]) // 40)]]
    assert sum(fit) >= 0.8 * len(fit)
