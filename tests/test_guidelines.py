"""The bundled guidelines: they check clean, their examples pass, and the examples reach every number and every rule."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from igguide.dates import add
from igguide.decision import Decision
from igguide.examples import Example, ExampleFile, run_example
from igguide.findings import Findings
from igguide.library import Checked, check_folder
from igguide.model import (
    AgeComparison,
    Comparison,
    CountOf,
    Line,
    Position,
    Recorded,
    TimeSince,
    citations_of,
    lines_of,
)
from igguide.trace import Step
from igguide.wording import lower_first

ROOT = Path(__file__).resolve().parents[1]
GUIDELINES = ROOT / "guidelines"
EVIDENCE = Path(os.environ.get("IGGUIDE_EVIDENCE") or ROOT.parent / "shared" / "evidence")


@cache
def checked() -> Checked:
    return check_folder(GUIDELINES)


def positions() -> list[Position]:
    library = checked().library
    return [position for topic in library.topics.values() for position in topic.positions.values()] if library else []


def cases() -> list[Any]:
    """Every example, with an id to type after -k: the position and the words of its title."""
    return [
        pytest.param(
            example,
            file,
            id=f"{file.topic}-{file.position}-" + re.sub(r"[^a-z0-9]+", "-", example.title.lower()).strip("-"),
        )
        for file in checked().examples
        for example in file.examples
    ]


@cache
def decisions(address: str) -> list[tuple[Decision, Findings]]:
    """Return the decisions on all examples of a position, and what is known of each record."""
    library = checked().library
    assert library is not None
    examples = [
        (example, file)
        for file in checked().examples
        if f"{file.topic}/{file.position}" == address
        for example in file.examples
    ]
    return [
        (run_example(example, file, library)[0], Findings(library.read(example.record), library.facts, example.as_of))
        for example, file in examples
    ]


each_position = pytest.mark.parametrize("position", positions(), ids=lambda position: position.address)


def test_the_guidelines_check_clean() -> None:
    assert [str(problem) for problem in checked().problems if problem.severity != "note"] == []


@pytest.mark.parametrize(("example", "file"), cases())
def test_an_example_is_answered_as_it_expects(example: Example, file: ExampleFile) -> None:
    library = checked().library
    assert library is not None
    assert [str(mismatch) for mismatch in run_example(example, file, library)[1]] == []


@each_position
def test_a_position_has_examples_with_sentences_of_their_own(position: Position) -> None:
    if not (position.recommendations or position.grades or position.cautions or position.monitoring):
        return  # only evidence, or a position that ends an earlier one: there is nothing to show
    [file] = [file for file in checked().examples if f"{file.topic}/{file.position}" == position.address]
    titles = [example.title for example in file.examples]
    assert len(titles) == len(set(titles))
    assert [title for title in titles if not re.fullmatch(r"[A-Z0-9“\"'‘].*\s.*[.!?]", title)] == []


@each_position
def test_a_file_is_named_as_its_position(position: Position) -> None:
    assert position.place.file == f"{position.topic}/{position.id}.yaml"


# --- on each number, and on either side ---


def steps(value: Any) -> Iterator[Step]:
    """Yield every step of a result, those inside other steps included."""
    if isinstance(value, Step):
        yield value
    for part in value.values() if isinstance(value, Mapping) else value if isinstance(value, tuple | list) else ():
        yield from steps(part)


def side(step: Step, findings: Findings) -> int | None:
    """Return where the record lies of a line's number: -1 below, 0 on it, 1 above; None where that is not known exactly."""
    line, finding = step.node, step.finding
    if isinstance(line, CountOf):
        low, high = step.counted or (0, None)
        return _sign(low - line.number) if low == high else None
    if finding is None or not finding.usable:
        return None
    if isinstance(line, Comparison):
        return (
            _sign(finding.range.exact - line.threshold.exact)
            if finding.range and finding.range.exact is not None
            else None
        )
    if isinstance(line, AgeComparison):
        age = findings.age_in(finding, line.unit)
        return _sign(age.exact - line.number) if age.exact is not None else None
    if isinstance(line, TimeSince):
        known = finding.when is not None and finding.when.whole and finding.when.first <= findings.as_of
        return (
            _sign((findings.as_of - add(finding.when.first, line.number, line.unit)).days)
            if known and finding.when
            else None
        )
    return None


def _sign(number: Decimal | int) -> int:
    return (number > 0) - (number < 0)


def numbered(position: Position) -> dict[str, tuple[Line, set[int]]]:
    """Return each line with a number that the examples evaluate, and on which sides of it their records lie."""
    found: dict[str, tuple[Line, set[int]]] = {}
    for decision, findings in decisions(position.address):
        for step in steps(decision.topics[0].positions[0]):
            if isinstance(step.node, Comparison | AgeComparison | TimeSince | CountOf):
                lies = side(step, findings)
                found.setdefault(f"{step.node.place.short} {step.node.text}", (step.node, set()))[1].update(
                    () if lies is None else {lies}
                )
    return found


def can_lie(line: Line, where: int) -> bool:
    """Return whether a record can lie there: not below a count of 0, not outside the limits of a score."""
    if isinstance(line, CountOf):
        return where >= 0 or line.number > 0
    library = checked().library
    limits = library.facts[line.fact].limits if library and isinstance(line, Comparison) else None
    if limits is None or not isinstance(line, Comparison):
        return True
    return line.threshold.exact != (limits.low if where < 0 else limits.high if where > 0 else None)


@each_position
def test_each_number_has_an_example_on_it_and_on_either_side(position: Position) -> None:
    words = {-1: "below", 0: "exactly on", 1: "above"}
    assert [
        f"{name}: none {words[where]}"
        for name, (line, sides) in numbered(position).items()
        for where in words
        if where not in sides and can_lie(line, where)
    ] == []


@each_position
def test_each_line_with_a_number_is_reached_by_an_example(position: Position) -> None:
    text = (GUIDELINES / position.place.file).read_text(encoding="utf-8").splitlines()
    written = {
        number
        for number, line in enumerate(text, 1)
        if re.search(r"^\s+(- |all: |any: |none: ).*([<>]=?|\s=) \d", line)
    }
    reached = {line.place.line for line, _ in numbered(position).values()}
    reached |= {line.place.line for dosing in position.dosing.values() for line in lines_of(dosing.until)}
    reached |= {line.place.line for silence in position.silent.values() for line in lines_of(silence.when)}
    assert sorted(f"{position.place.file}:{number} {text[number - 1].strip()}" for number in written - reached) == []


@each_position
def test_each_recommendation_is_seen_to_hold_not_to_hold_and_to_be_unknown(position: Position) -> None:
    seen: dict[str, set[str]] = {name: set() for name in position.recommendations}
    for decision, _ in decisions(position.address):
        for name, rule in decision.topics[0].positions[0].rules.items():
            seen[name].add(rule.holds)
    never_no = {
        name
        for name, rule in position.recommendations.items()
        if all(isinstance(line, Recorded) for line in lines_of(rule.when))
    }
    wanted = {name: {"yes", "unknown"} if name in never_no else {"yes", "no", "unknown"} for name in seen}
    assert {name: missing for name, answers in seen.items() if (missing := wanted[name] - answers)} == {}


@each_position
def test_each_band_is_reached_by_an_example(position: Position) -> None:
    seen = {
        (name, grade.value)
        for decision, _ in decisions(position.address)
        for name, grade in decision.topics[0].positions[0].grades.items()
    }
    assert {(name, band) for name, grade in position.grades.items() for band in grade.order} - seen == set()


# --- against the evidence that the guidelines were written from ---

needs_evidence = pytest.mark.skipif(not EVIDENCE.is_dir(), reason="the evidence files are not beside this repository")


@cache
def evidence() -> tuple[set[str], dict[str, dict[str, Any]]]:
    """Return the ids of all evidence entries, and the sources of all evidence files by id."""
    entries: set[str] = set()
    sources: dict[str, dict[str, Any]] = {}
    for path in sorted(EVIDENCE.glob("*.yaml")):
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        entries.update(entry["id"] for entry in [*content["facts"], *content.get("products", ())])
        for source in content["sources"]:  # a source may stand in several files, in one with more known of it
            known = {key: value for key, value in source.items() if value is not None}
            sources[source["id"]] = sources.get(source["id"], {}) | known
    return entries, sources


@needs_evidence
@each_position
def test_each_citation_names_evidence_that_exists(position: Position) -> None:
    cited = {fact for cite in citations_of(position) for fact in cite.facts}
    assert sorted(cited - evidence()[0]) == []


@needs_evidence
def test_the_facts_cite_evidence_that_exists() -> None:
    library = checked().library
    assert library is not None
    assert (
        sorted(
            entry
            for fact in library.facts.values()
            if fact.cite
            for entry in fact.cite.facts
            if entry not in evidence()[0]
        )
        == []
    )


@needs_evidence
def test_sources_have_the_doi_and_year_of_the_evidence() -> None:
    library = checked().library
    assert library is not None
    differ = []
    for source in library.sources.values():
        known = evidence()[1].get(source.id)
        for key, ours, theirs in (
            ("DOI", source.csl.get("DOI"), known and known.get("doi")),
            ("year", source.year, known and known.get("year")),
        ):
            stated = (
                ours is not None or key == "DOI"
            )  # a page's year may be that of its last update, and is then left out
            if theirs and stated and str(theirs).lower() != str(ours).lower():
                differ.append(f"{source.id}: {key} {ours}, in the evidence {theirs}")
    assert differ == []


# --- the ledger: every evidence entry is cited, or listed as not encoded with a reason ---


def cited_in(data: Any) -> Iterator[str]:
    """Yield the evidence ids of every citation in a document's data."""
    if isinstance(data, Mapping):
        if "source" in data and "fact" in data:
            yield from [data["fact"]] if isinstance(data["fact"], str) else data["fact"]
        data = list(data.values())
    for part in data if isinstance(data, list) else ():
        yield from cited_in(part)


@cache
def cited() -> frozenset[str]:
    documents = checked().documents
    return frozenset(
        fact for name in documents if not name.endswith(".examples.yaml") for fact in cited_in(documents[name].data)
    )


def test_what_is_not_encoded_is_not_cited() -> None:
    assert sorted(cited() & set(checked().not_encoded)) == []


@needs_evidence
def test_every_evidence_entry_is_accounted_for_once() -> None:
    entries = {item for item in evidence()[0] if item in facts_of_the_evidence()}
    listed = set(checked().not_encoded)
    assert sorted(entries - cited() - listed) == []
    assert sorted(listed - entries) == []


@needs_evidence
def test_what_was_only_recalled_stands_behind_nothing() -> None:
    recalled = {name for name, verified in facts_of_the_evidence().items() if verified == "memory"}
    assert sorted(recalled - set(checked().not_encoded)) == []


@cache
def facts_of_the_evidence() -> dict[str, str]:
    """Return how each fact of the evidence was verified, by its id."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    files = [yaml.load(path.read_text(encoding="utf-8"), Loader=loader) for path in sorted(EVIDENCE.glob("*.yaml"))]
    return {fact["id"]: fact["verified"] for content in files for fact in content["facts"]}


def test_every_rule_names_the_evidence_that_it_encodes() -> None:
    library = checked().library
    assert library is not None
    bare = [
        cite.place.short
        for topic in library.topics.values()
        for position in topic.positions.values()
        for cite in citations_of(position)
        if not cite.facts
    ]
    assert bare == []


def test_a_name_that_begins_a_title_keeps_its_capital_inside_a_sentence() -> None:
    """A word that stands with a capital inside sentences of the guidelines, and never without, is a name."""
    library = checked().library
    assert library is not None
    prose: list[str] = []
    titles: set[str] = set()
    for fact in library.facts.values():
        prose.append(fact.question or "")
        titles |= {fact.title, *(option.title for option in fact.options.values() if not option.proper)}
    for topic in library.topics.values():
        prose += [topic.question, topic.summary or "", topic.reading or ""]
        for position in topic.positions.values():
            prose += [position.summary or "", position.reading or ""]
            kinds: list[Mapping[str, Any]] = [position.recommendations, position.grades, position.criteria]
            for part in (part for parts in (*kinds, position.dosing, position.cautions) for part in parts.values()):
                titles.add(part.title or "")
                prose += [getattr(part, "says", None) or "", part.reading or ""]
    text = " ".join(prose)
    inside = set(re.findall(r"(?<=[a-z,;] )([A-Z][^\W\d_]+)", text))
    small = set(re.findall(r"(?<![\w-])([a-zà-ÿ]+)", text))
    names = {name for name in inside if name.lower() not in small}
    assert {title for title in titles if lower_first(title) != title and title.split(" ")[0] in names} == set()
