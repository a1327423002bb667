"""What an editor shows while a guideline is written, and what the schemas promise to show."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from json import loads
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from language_server import LanguageServer, Mark, find_server

ROOT = Path(__file__).parents[1]
SCHEMAS = sorted((ROOT / "schema").glob("*.schema.json"))
KINDS = ["decision", "examples", "facts", "not-encoded", "position", "products", "sources", "topic"]
GUIDELINES = sorted((ROOT / "guidelines").rglob("*.yaml"))
ONE_OF = ("oneOf", "anyOf")
MAPS_OF_SCHEMAS = ("properties", "$defs", "patternProperties", "dependentSchemas")
SCHEMAS_INSIDE = ("items", "additionalProperties", "propertyNames", "not", "then", "else")
LISTS_OF_SCHEMAS = ("allOf", *ONE_OF)
ACTIONS = [
    "start",
    "consider",
    "continue",
    "increase",
    "reduce",
    "switch",
    "stop",
    "consider-stopping",
    "avoid",
    "not-recommended",
    "measure",
    "refer",
    "escalate",
    "no-action",
]
HEAD = """\
# yaml-language-server: $schema=../../schema/position.schema.json
position: author-2024
topic: topic
title: A position
version: 1.0.0
status: draft
valid: {from: 2024-01-01}
history: [{version: 1.0.0, on: 2026-11-21, change: First encoding.}]
"""
RULE = """\
recommendations:
  low-igg:
    title: Low IgG
    action: consider
    about: igg-replacement
    when:
      all: [igg <= 400 mg/dL]
    unless: [stop]
    strength: not-stated
    says: Consider replacement at 400 mg/dL or below.
    cite: {source: author-2024}
"""
LINES = (HEAD + RULE).splitlines()
Write = Callable[[str], Path]
Node = dict[str, Any]


# The schemas themselves


@cache
def schema(name: str) -> Node:
    """A schema by its short name."""
    return dict(loads((ROOT / "schema" / f"{name}.schema.json").read_text(encoding="utf-8")))


def nodes(node: Any, path: str = "#") -> Iterator[tuple[str, Node]]:
    """Each schema inside a schema with its path; what stands under `if` is a question and left out."""
    if not isinstance(node, dict):
        return
    yield path, node
    for key in MAPS_OF_SCHEMAS:
        for name, inner in node.get(key, {}).items():
            yield from nodes(inner, f"{path}/{key}/{name}")
    for key in SCHEMAS_INSIDE:
        yield from nodes(node.get(key), f"{path}/{key}")
    for key in LISTS_OF_SCHEMAS:
        for place, inner in enumerate(node.get(key, [])):
            yield from nodes(inner, f"{path}/{key}/{place}")


def properties(name: str) -> Iterator[tuple[str, Node]]:
    """Each field that a schema allows, with its path."""
    for path, node in nodes(schema(name)):
        for key, inner in node.get("properties", {}).items():
            yield f"{path}/properties/{key}", inner


def closed(node: Node) -> bool:
    """Whether an object lists its keys and refuses others, or checks the name and the value of each key."""
    if "properties" in node and "propertyNames" not in node:
        return node.get("additionalProperties") is False
    return "propertyNames" in node and isinstance(node.get("additionalProperties"), dict)


def is_object(node: Node) -> bool:
    """Whether a schema describes a map."""
    return "object" in node.get("type", []) or "properties" in node


def test_the_schemas_are_those_that_are_known() -> None:
    assert [path.name for path in SCHEMAS] == [
        f"{name}.schema.json" for name in sorted([*KINDS, "portable"])
    ]  # no editor writes portable rules


@pytest.mark.parametrize("name", KINDS)
def test_a_schema_is_valid_and_has_a_stable_name(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))
    assert schema(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema(name)["$id"] == f"urn:igguide:schema:{name}:1"


@pytest.mark.parametrize("name", KINDS)
def test_references_stay_inside_the_schema_and_all_parts_are_used(name: str) -> None:
    used = {node["$ref"] for _, node in nodes(schema(name)) if "$ref" in node}
    assert used == {f"#/$defs/{part}" for part in schema(name)["$defs"]}


@pytest.mark.parametrize("name", KINDS)
def test_a_schema_offers_no_alternatives(name: str) -> None:
    assert [path for path, node in nodes(schema(name)) for key in ONE_OF if key in node] == []


@pytest.mark.parametrize("name", KINDS)
def test_each_field_and_each_part_has_a_title_and_a_description(name: str) -> None:
    parts = [(f"#/$defs/{key}", part) for key, part in schema(name)["$defs"].items()]
    wanted = [("#", schema(name)), *parts, *properties(name)]
    named = [(path, node) for path, node in wanted if not _only_refers(node)]
    assert [path for path, node in named if not (node.get("title") and node.get("description"))] == []


def _only_refers(node: Node) -> bool:
    return set(node) == {"$ref"}


@pytest.mark.parametrize("name", KINDS)
def test_each_object_is_closed(name: str) -> None:
    assert [path for path, node in nodes(schema(name)) if is_object(node) and not closed(node)] == []


@pytest.mark.parametrize("name", KINDS)
def test_each_pattern_has_a_hint_with_an_example(name: str) -> None:
    patterns = [(path, node.get("x-hint", "")) for path, node in nodes(schema(name)) if "pattern" in node]
    assert [path for path, hint in patterns if " as in " not in hint] == []


@pytest.mark.parametrize("name", KINDS)
def test_the_editor_says_the_same_words_as_our_hint(name: str) -> None:
    told = [(path, node) for path, node in nodes(schema(name)) if "errorMessage" in node or "pattern" in node]
    assert [path for path, node in told if node.get("errorMessage") != node.get("x-hint")] == []


@pytest.mark.parametrize("name", KINDS)
def test_each_word_of_a_closed_list_is_explained(name: str) -> None:
    lists = [(path, node) for path, node in nodes(schema(name)) if "enum" in node]
    assert [path for path, node in lists if len(node.get("enumDescriptions", [])) != len(node["enum"])] == []


@pytest.mark.parametrize("name", KINDS)
def test_a_closed_list_reads_the_same_wherever_it_stands(name: str) -> None:
    here = {path.rsplit("/", 1)[1]: node["enum"] for path, node in properties("position") if "enum" in node}
    found = {path: node["enum"] for path, node in properties(name) if "enum" in node}
    shared = {path: words for path, words in found.items() if path.rsplit("/", 1)[1] in ("action", "about", "strength")}
    assert {path: words for path, words in shared.items() if words != here[path.rsplit("/", 1)[1]]} == {}


# What the editor shows


@pytest.fixture(scope="module")
def script() -> Path:
    """The language server's script; without it these tests are skipped."""
    found = find_server(ROOT)
    if found is None:
        pytest.skip("needs node and yaml-language-server: npm install yaml-language-server")
    return found


@pytest.fixture
def server(script: Path, tmp_path: Path) -> Iterator[LanguageServer]:
    """A language server that looks at the test's folder."""
    with LanguageServer(script, tmp_path) as running:
        yield running


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A function that writes a position file beside a copy of the schemas and returns its path."""
    shutil.copytree(ROOT / "schema", tmp_path / "schema")
    path = tmp_path / "guidelines" / "topic" / "author-2024.yaml"
    path.parent.mkdir(parents=True)

    def written(text: str) -> Path:
        path.write_text(text, encoding="utf-8")
        return path

    return written


def line_of(start: str) -> int:
    """The number of the line of the sample that begins so."""
    return 1 + next(number for number, line in enumerate(LINES) if line.strip().startswith(start))


def changed(old: str, new: str) -> str:
    """The sample file with one piece of text changed."""
    assert (HEAD + RULE).count(old) == 1
    return (HEAD + RULE).replace(old, new)


def test_a_right_file_is_not_underlined(server: LanguageServer, write: Write) -> None:
    assert server.marks(write(HEAD + RULE)) == []


def test_a_misspelt_key_is_underlined_where_it_stands(server: LanguageServer, write: Write) -> None:
    path = write(changed("    strength: ", "    strenght: "))
    assert Mark(path.name, line_of("strength"), "Property strenght is not allowed.") in server.marks(path)


def test_a_missing_key_is_underlined_at_the_name_of_its_rule(server: LanguageServer, write: Write) -> None:
    path = write(changed("    strength: not-stated\n", ""))
    assert server.marks(path) == [Mark(path.name, line_of("low-igg"), 'Missing property "strength".')]


def test_an_unknown_action_is_underlined_with_the_list(server: LanguageServer, write: Write) -> None:
    [mark] = server.marks(write(changed("action: consider", "action: concider")))
    assert mark.line == line_of("action")
    assert all(f'"{action}"' in mark.message for action in ACTIONS)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("version: 1.0.0\nstatus", "version: 1.0\nstatus", "Write three whole numbers with dots, as in 1.0.0."),
        ("from: 2024-01-01", "from: 2024", "Write the whole date as year-month-day, as in 2026-11-21."),
        ("  low-igg:", "  Low_IgG:", "Use small letters and digits, words joined by hyphens, as in low-igg-early."),
    ],
    ids=["number", "year", "name"],
)
def test_what_is_written_wrongly_is_told_in_plain_words(
    server: LanguageServer, write: Write, old: str, new: str, words: str
) -> None:
    assert [mark.message for mark in server.marks(write(changed(old, new)))] == [words]


def test_completion_offers_the_keys_of_a_recommendation(server: LanguageServer, write: Write) -> None:
    offers = server.offers(write(HEAD + RULE + "    \n"), len(LINES) + 1, 5)
    assert {"especially_when", "dose", "as_printed", "reading"} <= set(offers)
    assert "action" not in offers, "a key that is already there is not offered again"
    assert "without being needed" in offers["especially_when"].about


def test_completion_offers_the_closed_list_of_actions_with_their_meaning(server: LanguageServer, write: Write) -> None:
    path = write(changed("action: consider", "action: "))
    offers = server.offers(path, line_of("action"), len("    action: ") + 1)
    assert sorted(offers) == sorted(ACTIONS)
    assert offers["consider-stopping"].about == "Weigh ending the treatment. Counts as against it."


@pytest.mark.parametrize(
    ("text", "column", "label", "part"),
    [
        ("recommendations:\n  \n", 3, "new recommendation", "action: "),
        ("grades:\n  \n", 3, "new grade", "otherwise: "),
        ("grades:\n  low:\n    title: How low?\n    bands:\n      - \n", 9, "new band", "igg < 200 mg/dL"),
    ],
    ids=["recommendation", "grade", "band"],
)
def test_completion_offers_a_part_to_fill_in(
    server: LanguageServer, write: Write, text: str, column: int, label: str, part: str
) -> None:
    path = write(HEAD + text)
    assert part in server.offers(path, len((HEAD + text).splitlines()), column)[label].text


def test_hover_explains_unless(server: LanguageServer, write: Write) -> None:
    assert "take precedence" in server.hover(write(HEAD + RULE), line_of("unless"), 6)


def test_hover_explains_the_chosen_word(server: LanguageServer, write: Write) -> None:
    shown = server.hover(write(HEAD + RULE), line_of("action"), 14)
    assert "`consider`: Weigh beginning the treatment. Counts as for it." in shown


@pytest.mark.skipif(not GUIDELINES, reason="there are no guidelines yet")
def test_the_editor_underlines_nothing_in_the_library(server: LanguageServer) -> None:
    assert server.marks(*GUIDELINES) == []
