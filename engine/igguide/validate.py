"""JSON Schema failures as problems in plain words, at the line they stand on."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from functools import cache
from typing import Any

import jsonschema

from .dates import date_fault
from .document import Document
from .errors import Place, Problem
from .folders import schema_folder

_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_SURPRISING = re.compile(r"True|TRUE|False|FALSE|Null|NULL|0o[0-7]+|0x[0-9a-fA-F]+")


@cache
def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of one kind of file: position, examples, facts, sources, topic or decision."""
    loaded: dict[str, Any] = json.loads((schema_folder() / f"{name}.schema.json").read_text(encoding="utf-8"))
    return loaded


@cache
def _validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schema(name))


def validate(document: Document, name: str) -> list[Problem]:
    """Return everything in a document that its schema does not allow."""
    seen = _as_the_editor_sees(document.data, (), document)
    if _fits(name)(seen):
        return []
    errors = sorted(_validator(name).iter_errors(seen), key=lambda error: error.validator != "additionalProperties")
    misspelt: set[tuple[Any, ...]] = set()
    return [problem for error in errors for problem in _told(error, document, misspelt)]


_Fits = Callable[[Any], bool]


@cache
def _fits(name: str) -> _Fits:
    """Return a test that says yes only to what the schema allows, many times faster than to look for what is wrong.

    It may say no to what is allowed, where a schema uses words that are not known here; then errors are looked for.
    """
    whole, made = schema(name), {}

    def fits(part: Any) -> _Fits:
        if part is True:
            return lambda _: True
        if not isinstance(part, dict) or part.keys() - _ASKED.keys() - _SAID:
            return lambda _: False
        makers = {_ASKED[key]: part[key] for key in part if key in _ASKED and key != "$ref"}  # one for several words
        tests = [make(value, part, fits) for make, value in makers.items()]
        if "$ref" in part:
            tests.append(referred(part["$ref"]))
        return _together(tests)

    def referred(reference: str) -> _Fits:
        if reference not in made:
            made[reference] = lambda _: False
            target = whole
            for step in reference.removeprefix("#/").split("/"):
                target = target[step]
            made[reference] = fits(target)
        return lambda data: made[reference](data)  # noqa: PLW0108 — a part may refer to itself, before it is made

    return fits(whole)


def _together(tests: list[_Fits]) -> _Fits:
    return tests[0] if len(tests) == 1 else lambda data: all(test(data) for test in tests)


def _fits_items(part: Any, _: Any, fits: Callable[[Any], _Fits]) -> _Fits:
    test = fits(part)
    return lambda data: not isinstance(data, list) or all(map(test, data))


def _fits_object(_: Any, part: dict[str, Any], fits: Callable[[Any], _Fits]) -> _Fits:
    """Test the keys of an object and what stands under them."""
    known = {key: fits(found) for key, found in part.get("properties", {}).items()}
    names, rest = fits(part.get("propertyNames", True)), fits(part.get("additionalProperties", True))
    return lambda data: (
        not isinstance(data, dict) or all(names(key) and known.get(key, rest)(value) for key, value in data.items())
    )


def _fits_unless(condition: Any, part: dict[str, Any], fits: Callable[[Any], _Fits]) -> _Fits:
    return fits(part.get("then", True))  # whether or not the condition holds


_KINDS: dict[str, _Fits] = {
    "string": lambda data: isinstance(data, str),
    "number": lambda data: isinstance(data, int | float) and not isinstance(data, bool),
    "integer": lambda data: isinstance(data, int) and not isinstance(data, bool),
    "boolean": lambda data: isinstance(data, bool),
    "object": lambda data: isinstance(data, dict),
    "array": lambda data: isinstance(data, list),
    "null": lambda data: data is None,
}


def _fits_kind(kinds: Any, *_: Any) -> _Fits:
    if isinstance(kinds, str):
        return _KINDS[kinds]
    tests = [_KINDS[kind] for kind in kinds]
    return lambda data: any(test(data) for test in tests)


def _fits_pattern(pattern: str, *_: Any) -> _Fits:
    search = re.compile(pattern).search
    return lambda data: not isinstance(data, str) or search(data) is not None


def _of(kind: type, test: Callable[[Any, Any], bool]) -> Callable[..., _Fits]:
    """Return the maker of a test that is asked only of one kind of data."""
    return lambda limit, *_: lambda data: not isinstance(data, kind) or test(data, limit)


# Words of a schema that are asked, and words that only tell something.
_ASKED: dict[str, Callable[..., _Fits]] = {
    "$ref": _together,  # as `referred` does
    "type": _fits_kind,
    "properties": _fits_object,
    "propertyNames": _fits_object,
    "additionalProperties": _fits_object,
    "items": _fits_items,
    "enum": lambda words, *_: lambda data: isinstance(data, str) and data in words,
    "const": lambda word, *_: lambda data: isinstance(data, str) and data == word,
    "pattern": _fits_pattern,
    "required": _of(dict, lambda data, keys: all(key in data for key in keys)),
    "dependentRequired": _of(
        dict, lambda data, more: all(k not in data or all(o in data for o in more[k]) for k in more)
    ),
    "minProperties": _of(dict, lambda data, least: len(data) >= least),
    "maxProperties": _of(dict, lambda data, most: len(data) <= most),
    "minItems": _of(list, lambda data, least: len(data) >= least),
    "maxItems": _of(list, lambda data, most: len(data) <= most),
    "uniqueItems": _of(list, lambda data, _: all(isinstance(d, str) for d in data) and len({*data}) == len(data)),
    "minLength": _of(str, lambda data, least: len(data) >= least),
    "minimum": lambda least, *_: lambda data: isinstance(data, int | float) and data >= least,
    "allOf": lambda parts, _, fits: _together([*map(fits, parts)]),
    "if": _fits_unless,
    "then": _fits_unless,
}
_SAID = {
    *("$schema", "$id", "$defs", "$comment", "title", "description", "enumDescriptions", "examples", "default"),
    *("deprecated", "defaultSnippets", "errorMessage", "x-hint"),
}


def _as_the_editor_sees(data: Any, path: tuple[Any, ...], document: Document) -> Any:
    """Return the data with unquoted numbers as numbers: what a YAML 1.2 editor checks against the schema."""
    if isinstance(data, dict):
        return {key: _as_the_editor_sees(value, (*path, key), document) for key, value in data.items()}
    if isinstance(data, list):
        return [_as_the_editor_sees(value, (*path, index), document) for index, value in enumerate(data)]
    if isinstance(data, str) and len(data) < 400 and not document.is_quoted(*path):
        if _INTEGER.fullmatch(data):
            return int(data)
        if _FLOAT.fullmatch(data):
            return float(data)
        if _SURPRISING.fullmatch(data):
            return {"t": True, "f": False}.get(data[0].lower()) if data[0] != "0" else 0
    return data


def _told(error: Any, document: Document, misspelt: set[tuple[Any, ...]]) -> Iterator[Problem]:
    """Yield the problems of one error; `misspelt` keeps the keys meant by unknown ones, which then are not missing."""
    path = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        misspelt.update((*path, meant) for key in _unknown(error) if (meant := _meant(str(key), error)))
    if error.validator == "required":
        error.validator_value = [key for key in error.validator_value if (*path, key) not in misspelt]
    tell = (
        _wrong_name
        if "propertyNames" in error.absolute_schema_path
        else _TOLD.get(str(error.validator), _anything_else)
    )
    for key, what, remedy in tell(error):
        place = document.key_place(*path, key) if key is not None else _place_of(error, document, path)
        yield Problem(place, what, remedy)


def _place_of(error: Any, document: Document, path: tuple[Any, ...]) -> Place:
    return (
        document.key_place(*path)
        if error.validator in ("required", "minProperties", "minItems", "maxProperties")
        else document.place(*path)
    )


_Told = Iterator[tuple[str | None, str, str]]


def _unknown(error: Any) -> list[Any]:
    return [key for key in error.instance if key not in error.schema.get("properties", {})]


def _meant(key: str, error: Any) -> str | None:
    """Return the key that a misspelt one stands for: a known one, much like it, that is not there."""
    known = [name for name in error.schema.get("properties", {}) if name not in error.instance]
    return next(iter(get_close_matches(key.lower(), known, 1)), None)


def _unknown_key(error: Any) -> _Told:
    for key in _unknown(error):
        meant = _meant(str(key), error)
        known = _listed(list(error.schema.get("properties", {})))
        yield (
            key,
            f"The key `{key}` is not known here.",
            f"Did you mean `{meant}`?" if meant else f"Known here: {known}.",
        )


def _missing_key(error: Any) -> _Told:
    for key in error.validator_value:
        if key not in error.instance:
            told = error.schema.get("properties", {}).get(key, {}).get("description", "")
            yield None, f"The key `{key}` is missing.", f"`{key}`: {told}" if told else f"Add `{key}:`."


def _not_listed(error: Any) -> _Told:
    options = [str(option) for option in error.validator_value]
    close = get_close_matches(str(error.instance).lower(), options, 1)
    yield (
        None,
        f"`{_shown(error.instance)}` is not one of the words allowed here.",
        (f"Did you mean `{close[0]}`? " if close else "") + f"Allowed: {_listed(options)}.",
    )


def _wrong_type(error: Any) -> _Told:
    wanted = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
    names = " or ".join(_TYPES[w] for w in wanted)
    value = error.instance
    if _wants_a_date(error) and isinstance(value, int | float) and not isinstance(value, bool):
        yield None, *date_fault(str(value))
    elif "string" in wanted and isinstance(value, bool | int | float):
        kind = "true or false" if isinstance(value, bool) else "a number"
        hint = error.schema.get("x-hint", "Put it in quotes, or write the unit with it.")
        yield None, f"YAML reads `{_shown(value)}` as {kind}; text is wanted here.", hint
    elif value is None:
        yield None, f"Nothing stands here; {names} is wanted.", "Write the value, or delete the key."
    else:
        if isinstance(value, dict) and "string" in wanted and set(value) & {"all", "any", "none", "of"}:
            yield None, "A condition stands inside the list of another one.", _NAME_IT
            return
        remedy = error.schema.get("x-hint") or _WRITTEN.get(wanted[0], "")
        yield None, f"This is {_shown_type(value)}; {names} is wanted here.", remedy


def _wants_a_date(error: Any) -> bool:
    return str(error.schema.get("pattern", "")).startswith("^[0-9]{4}-")


def _wrong_pattern(error: Any) -> _Told:
    if _wants_a_date(error):
        yield None, *date_fault(str(error.instance))
        return
    yield (
        None,
        f"`{_shown(error.instance)}` is not written as it should be.",
        error.schema.get("x-hint", "See the description of this field."),
    )


def _wrong_name(error: Any) -> _Told:
    """Tell of a key whose spelling is refused; jsonschema reports the inner error with the key as instance."""
    yield (
        str(error.instance),
        f"`{error.instance}` cannot be a name here.",
        error.schema.get("x-hint", "Use small letters, digits and hyphens."),
    )


def _too_few(_: Any) -> _Told:
    yield None, "At least one entry is needed here.", "Add one, or delete the key."


def _goes_with(error: Any) -> _Told:
    for key, others in error.validator_value.items():
        if key in error.instance:
            for other in (other for other in others if other not in error.instance):
                yield key, f"`{key}:` stands here without `{other}:`.", error.schema.get("x-hint", f"Add `{other}:`.")


def _too_small(error: Any) -> _Told:
    yield (
        None,
        f"`{_shown(error.instance)}` is too small here.",
        f"Write a number of {error.validator_value} or more.",
    )


def _twice(_: Any) -> _Told:
    yield None, "The same entry stands twice in this list.", "Delete one of the two."


def _too_many(error: Any) -> _Told:
    yield None, "There is more than one entry here.", error.schema.get("x-hint", "Keep one.")


def _empty(error: Any) -> _Told:
    yield None, "The quotes are empty; text is wanted here.", error.schema.get("x-hint", "Write it, or delete the key.")


def _anything_else(error: Any) -> _Told:
    yield (
        None,
        "This is not allowed here.",
        error.schema.get("x-hint")
        or error.schema.get("description")
        or "Compare it with the same place in another file.",
    )


_TOLD: dict[str, Callable[[Any], _Told]] = {
    "additionalProperties": _unknown_key,
    "unevaluatedProperties": _unknown_key,
    "required": _missing_key,
    "enum": _not_listed,
    "const": lambda error: iter([(None, f"`{_shown(error.instance)}` must be `{_shown(error.validator_value)}`.", "")]),
    "type": _wrong_type,
    "pattern": _wrong_pattern,
    "minProperties": _too_few,
    "minItems": _too_few,
    "minLength": _empty,
    "maxProperties": _too_many,
    "maxItems": _too_many,
    "minimum": _too_small,
    "exclusiveMinimum": _too_small,
    "uniqueItems": _twice,
    "dependentRequired": _goes_with,
}
_NAME_IT = "Conditions are not nested: give the inner one a name under `criteria:` and list that name."
_WRITTEN = {
    "array": "Write each entry on a line of its own that begins with `- `, or all as `[a, b]`.",
    "object": "Write `key: value`, each key on a line of its own and none with `- ` before it.",
    "boolean": "Write true or false.",
    "integer": "Write a whole number without quotes.",
    "string": "Write text on this line.",
}
_TYPES = {
    "string": "text",
    "object": "a map (`key: value`)",
    "array": "a list",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}


def _shown_type(value: Any) -> str:
    return {
        dict: "a map (`key: value`)",
        list: "a list",
        str: "text",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }.get(type(value), "something else")


def _shown(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _listed(words: list[str]) -> str:
    return ", ".join(words)
