"""A folder of guidelines as one checked, read-only whole that evaluates records."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._version import __version__
from .basis import Basis, names_in
from .boxed import boxed_warnings
from .chart import Chart
from .dates import read_date
from .decision import Context, Decision, decide
from .document import TO_DO, Document
from .errors import GuidelineError, Place, Problem, RequestError, in_order
from .evaluate import CompiledPosition, compile_condition, compile_position, conditions_of
from .findings import Findings
from .model import (
    Citation,
    Fact,
    NotEncoded,
    Planned,
    Position,
    Product,
    Source,
    Topic,
    citations_of,
    citations_of_product,
    lines_of,
)
from .parse import (
    check_facts,
    parse_facts,
    parse_not_encoded,
    parse_position,
    parse_products,
    parse_sources,
    parse_topic,
)
from .record import read_record
from .trace import Step
from .truth import NO
from .wording import Wording

if TYPE_CHECKING:
    from .examples import ExampleFile

KINDS = ("sources", "facts", "products", "topic", "position")
_SUFFIX = ".yaml"
NOT_ENCODED = "not-encoded.yaml"
DRAFTS = ".examples.suggested.yaml"  # what `test --suggest` writes; no command reads it


@dataclass(frozen=True, slots=True)
class Record:
    """A patient's record as it came: the plain form, or FHIR (`is_fhir`), and which patient of it is meant."""

    content: Any
    is_fhir: bool = False
    patient: str | None = None


@dataclass(frozen=True)
class Library:
    """Facts, sources, products and topics that were checked together. Read-only; safe to share between threads."""

    facts: Mapping[str, Fact]
    sources: Mapping[str, Source]
    topics: Mapping[str, Topic]
    version: str
    digest: str
    compiled: Mapping[str, CompiledPosition] = field(repr=False)
    context: Context = field(repr=False)
    arises: Mapping[str, Callable[[Findings], Step]] = field(repr=False, default_factory=dict)
    products: Mapping[str, Product] = field(default_factory=dict)

    @property
    def wording(self) -> Wording:
        """Return the phrases for this library's facts."""
        return self.context.wording

    def evaluate(
        self,
        record: Record | Mapping[str, Any],
        *,
        as_of: date | str,
        topics: Iterable[str] | None = None,
        positions: Iterable[str] | None = None,
        flips: bool = False,
    ) -> Decision:
        """Return the decision for a record on a date.

        `record` is a `Record`, or a plain map from fact names to values. `as_of` is a date or its text (2026-11-21).
        `topics` limits the answer to these topics, `positions` to these positions (`id` or `topic/id`); asked for by
        name, a topic is answered even where nothing shows that it applies. `flips` asks what would change each answer
        as well, which takes some milliseconds a position.

        Raises RequestError for an unknown topic or position or a date that is none, RecordError for a record that
        cannot be read as a whole. What is wrong with single values is told in `decision.problems`.
        """
        day = _day(as_of)
        chart = self.read(record)
        wanted = self._positions_named(positions)
        named = None if topics is None else [topics] if isinstance(topics, str) else list(topics)
        if named is None and wanted is not None:
            named = [topic for topic in self.topics if any(address.startswith(f"{topic}/") for address in wanted)]
        chosen = [self._topic_named(name) for name in (self.topics if named is None else named)]
        considered = [(topic, self._in_force(topic, day, wanted)) for topic in chosen]
        decision = decide(self.context, chart, day, considered, named is not None, self.arises)
        return self._with_flips(decision, chart) if flips else decision

    def _with_flips(self, decision: Decision, chart: Chart) -> Decision:
        from .counterfactual import flips as flips_of

        addresses = [r.position.address for topic in decision.topics for r in topic.positions if r.applies != NO]
        found = {name: flips_of(self.compiled[name], chart, self.facts, decision.as_of) for name in addresses}
        return replace(decision, flips=found)

    def read(self, record: Record | Mapping[str, Any]) -> Chart:
        """Return what a record says in terms of this library's facts."""
        given = record if isinstance(record, Record) else Record(record)
        if not given.is_fhir:
            return read_record(given.content, self.facts)
        from .fhir import read_fhir

        return read_fhir(given.content, self.facts, given.patient)

    def in_force(self, topic: str, as_of: date | str) -> list[Position]:
        """Return the positions of a topic that are in force on a date."""
        return [compiled.position for compiled in self._in_force(self._topic_named(topic), _day(as_of), None)]

    def _in_force(self, topic: Topic, day: date, wanted: Sequence[str] | None) -> list[CompiledPosition]:
        superseded = {
            older
            for p in topic.positions.values()
            if p.status != "retired" and (p.valid.start is None or p.valid.start <= day)
            for older in p.supersedes
        }
        return [
            self.compiled[position.address]
            for position in topic.positions.values()
            if position.status != "retired"
            and position.id not in superseded
            and position.valid.holds_on(day)
            and (wanted is None or position.address in wanted)
        ]

    def _topic_named(self, name: str) -> Topic:
        if name not in self.topics:
            listed = f" `igguide evaluate --list-topics` lists all {len(self.topics)}."
            raise RequestError(f"There is no topic `{name}`." + _suggestion(name, self.topics) + listed)
        return self.topics[name]

    def _positions_named(self, names: Iterable[str] | None) -> list[str] | None:
        if names is None:
            return None
        names = [names] if isinstance(names, str) else names
        found: list[str] = []
        for name in names:
            matching = [address for address in self.compiled if name in (address, address.split("/")[1])]
            if not matching:
                raise RequestError(
                    f"There is no position `{name}`."
                    + _suggestion(name, [*self.compiled, *(a.split("/")[1] for a in self.compiled)])
                )
            found += matching
        return found


def _suggestion(name: str, known: Iterable[str]) -> str:
    """Return the names that come nearest to one that is not there: those that it is a part of, then those alike."""
    listed, wanted = list(known), name.strip().lower()
    parts = sorted((each for each in listed if wanted in each), key=len) if len(wanted) > 2 else []
    close = (parts or get_close_matches(wanted, listed, 3, 0.6) or get_close_matches(wanted, listed, 1, 0.4))[:4]
    if not close:
        return f" Nearest in name: {', '.join(get_close_matches(wanted, listed, 3, 0.0))}."
    names = [f"`{each}`" for each in close]
    return f" Did you mean {', '.join(names[:-1])}{' or ' if len(names) > 1 else ''}{names[-1]}?"


def _day(as_of: date | str) -> date:
    if isinstance(as_of, datetime):
        return as_of.date()
    if isinstance(as_of, date):
        return as_of
    when = read_date(as_of) if isinstance(as_of, str) else None
    if when is None or not when.whole:
        raise RequestError(f"`{as_of}` is not a date; write it as in 2026-11-21.")
    return when.first


# --- building a library from a folder ---


@dataclass(slots=True)
class Checked:
    """What a folder holds and everything that is wrong with it; `library` is None where there are errors among them."""

    library: Library | None
    problems: list[Problem]
    documents: dict[str, Document]
    examples: list[ExampleFile]
    not_encoded: Mapping[str, NotEncoded] = field(default_factory=dict)
    resting: frozenset[str] = frozenset()  # files of which not all was told, since facts or sources are wrong


def kind_of(path: Path) -> str:
    """Return the kind of a guideline file by where it stands: facts, sources, products, topic, examples or position."""
    if path.parent.name in ("facts", "sources", "products"):
        return path.parent.name
    if path.name == NOT_ENCODED:
        return "not-encoded"
    if path.name == "topic.yaml":
        return "topic"
    return "examples" if path.name.endswith((".examples.yaml", DRAFTS)) else "position"


def guideline_files(folder: Path) -> list[Path]:
    """Return every YAML file of a guidelines folder, in order; drafts of examples are not among them."""
    found = [*folder.glob(f"*/*{_SUFFIX}"), *folder.glob(NOT_ENCODED)]
    return sorted(path for path in found if not path.name.endswith(DRAFTS))


def answers_rest_on(path: Path) -> bool:
    """Return whether a guideline file bears on answers; examples and what was not encoded do not."""
    return kind_of(path) not in ("examples", "not-encoded")


def digest_of_folder(folder: Path) -> str:
    """Return the SHA-256 of all that a library's answers rest on: every file that bears on them."""
    total = hashlib.sha256(__version__.encode())
    for path in guideline_files(folder):
        if answers_rest_on(path):
            total.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return "sha256:" + total.hexdigest()


@dataclass(slots=True)
class Memory:
    """What the last check of a folder came to, by content, for a process that checks it again and again.

    A file is read again where its bytes differ, and a position is looked into again where its bytes differ, or what its
    answers rest on, or where something was wrong with it; so a check with a memory finds what one without would.
    """

    documents: dict[str, tuple[str, Document, tuple[Problem, ...]]] = field(default_factory=dict)
    sound: dict[str, str] = field(default_factory=dict)  # positions in which nothing was found, with their stamps
    names: dict[str, frozenset[str]] = field(default_factory=dict)  # in each file, by the SHA-256 of its bytes
    basis: Basis = field(default_factory=lambda: Basis({}, {}))  # of the last check

    def document(self, path: Path, name: str) -> tuple[Document, list[Problem]]:
        """Return a file's document and what is wrong with it, from the last time if its bytes are the same."""
        before = stamp_of(path)
        known = self.documents.get(name)
        if before and known and known[0] == before:
            return known[1], list(known[2])
        document, problems = _read(path, name)
        if before and before == stamp_of(path):  # else it was saved while it was read
            self.documents[name] = before, document, tuple(problems)
        else:
            self.documents.pop(name, None)
        return document, problems

    def stamp(self, names: Iterable[str]) -> str:
        """Return the SHA-256 of the names and bytes of files; nothing where one of them is not known here."""
        total = hashlib.sha256()
        for name in names:
            if name not in self.documents:
                return ""
            total.update(f"{name}\0{self.documents[name][0]}\0".encode())
        return total.hexdigest()

    def stamp_with_basis(self, names: Iterable[str]) -> str:
        """Return the stamp of files and of every fact and source they rest on; nothing where one is not known here."""
        own = self.stamp(names := list(names))
        return own and f"{own} {self.basis.stamp(frozenset().union(*map(self._names, names)))}"

    def stamp_of_answers(self, names: Iterable[str]) -> str:
        """Return the stamp of files and of all that answers by them rest on; nothing where one is not known here."""
        own = self.stamp(names := list(names))
        return own and f"{own} {self.basis.stamp_of_answers(frozenset().union(*map(self._names, names)))}"

    def _names(self, name: str) -> frozenset[str]:
        digest, document, _ = self.documents[name]
        if digest not in self.names:
            self.names[digest] = names_in(document.data)
        return self.names[digest]


def stamp_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes; nothing where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _read(path: Path, name: str) -> tuple[Document, list[Problem]]:
    """Return a file's document and everything that is wrong with it as YAML or against its schema."""
    from .validate import validate
    from .yaml_reader import read_document

    document, problems = read_document(path, name)
    return document, problems or _of_another_kind(document) or validate(document, kind_of(Path(name)))


# The key by which each kind of file is known, what it holds in words, and where it belongs.
_KEYS = {
    "facts": ("facts", "facts", "a file in guidelines/facts/"),
    "sources": ("references", "sources", "a file in guidelines/sources/"),
    "products": ("products", "products", "a file in guidelines/products/"),
    "topic": ("question", "a topic", "topic.yaml in the topic's folder"),
    "examples": ("examples", "examples", "a file whose name ends in `.examples.yaml`, beside their position"),
    "position": ("position", "a position", "a file in its topic's folder, with the name of its source"),
}


def _of_another_kind(document: Document) -> list[Problem]:
    """Return the one problem of a file that holds what belongs into another kind of file, as its keys show."""
    kind = kind_of(Path(document.file))
    data = document.data if isinstance(document.data, Mapping) else {}
    if kind not in _KEYS or _KEYS[kind][0] in data or (kind == "topic" and "topic" in data):
        return []
    return [
        Problem(
            document.key_place(key),
            f"This file holds {holds}, and stands where {_KEYS[kind][1]} {'are' if kind in _PLURAL else 'is'} looked for.",
            f"It belongs into {home}; rename or move it.",
        )
        for key, holds, home in _KEYS.values()
        if key in data
    ][:1]


_PLURAL = ("facts", "sources", "products", "examples")


def _stray_files(folder: Path) -> Iterator[Problem]:
    """Yield the YAML files of a folder that nothing reads, where an editor would think that they are."""
    read = {*guideline_files(folder)}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.suffix.lower() not in (_SUFFIX, ".yml") or path in read or path.name.endswith(DRAFTS):
            continue
        if any(part.startswith(".") for part in name.parts) or not path.is_file():
            continue
        if path.suffix != _SUFFIX:
            remedy = f"Its name has to end in `.yaml`: rename it to {path.stem}.yaml."
        elif len(name.parts) == 1:
            remedy = "Move it into the folder of its topic, or into facts/, sources/ or products/."
        else:
            remedy = f"Files lie in a folder, not in a folder within it: move it up into {name.parts[0]}/."
        yield Problem(Place(name.as_posix()), "No command reads this file where it lies, or by this name.", remedy)


def check_folder(
    folder: Path,
    progress: Callable[[str], None] = lambda _: None,
    elsewhere: Mapping[str, Path] | None = None,
    memory: Memory | None = None,
) -> Checked:
    """Return a folder's library with every problem of every file; validates, parses and lints. Never raises for content.

    `elsewhere` gives files that lie outside the folder, by the name under which they are checked with it. `memory`
    is kept between the checks of one folder, so that what has not changed is not looked into again.
    """
    from .examples import parse_examples
    from .lint import cited_and_not_encoded

    documents: dict[str, Document] = {}
    problems: dict[str, list[Problem]] = {}
    files = {path.relative_to(folder).as_posix(): path for path in guideline_files(folder)}
    problems["stray"] = list(_stray_files(folder))
    problems["drafts"] = [_draft(path.relative_to(folder).as_posix()) for path in folder.glob(f"*/*{DRAFTS}")]
    for name, path in sorted({**files, **(elsewhere or {})}.items()):
        if name.endswith(DRAFTS):
            problems["drafts"].append(_draft(name))
            continue
        progress(name)
        documents[name], problems[name] = memory.document(path, name) if memory else _read(path, name)
    if not documents:
        problems["."] = [
            Problem(
                Place(str(folder)),
                "There are no guideline files in this folder.",
                "Name a folder that holds facts/, sources/ and topics.",
            )
        ]
    as_read = {id(problem) for listed in problems.values() for problem in listed}
    parts = _build(documents, problems)
    sound = not any(listed for name, listed in problems.items() if name != "drafts")
    problems["lint"] = list(_lint(parts, sound, problems, progress, memory))
    ledger = _not_encoded(documents, problems)
    problems["lint"] += cited_and_not_encoded(parts.citations(), ledger)
    examples = [
        parse_examples(document, parts, problems[name])
        for name, document in documents.items()
        if kind_of(Path(name)) == "examples" and not problems.get(name.replace(".examples.yaml", ".yaml"))
    ]
    problems["unfinished"] = [
        _still_to_do(place, text)
        for name, document in documents.items()
        for place, text in document.unfinished()
        if place.line not in {problem.place.line for problem in problems[name]}
    ]
    resting = _rest_on_what_is_wrong(documents, problems, as_read)
    found = in_order([problem for listed in problems.values() for problem in listed])
    sound = not any(problem.severity == "error" for problem in found)
    library = _library(parts, _folder_version(folder), digest_of_folder(folder)) if sound else None
    return Checked(library, found, documents, [file for file in examples if file], ledger, resting)


_OF_FACTS = re.compile("There is no fact|is no fact|is no event of the vocabulary|This part cannot be read")
_OF_SOURCES = re.compile("There is no source|is no source")


def _rest_on_what_is_wrong(
    documents: Mapping[str, Document], problems: dict[str, list[Problem]], as_read: set[int]
) -> frozenset[str]:
    """Take out what is told of other files only since facts or sources are wrong; return these files.

    One slip in a fact would else be told wherever the fact is used. A note says how much was left out.
    """
    first: Place | None = None
    wrong: set[str] = set()  # names of facts
    signs: list[re.Pattern[str]] = []
    for name, document in documents.items():
        kind = kind_of(Path(name))
        if kind in _SHARED and problems[name]:
            first = first or problems[name][0].place
            signs += [_OF_FACTS] if kind == "facts" else [_OF_SOURCES]
            wrong |= _facts_with(problems[name], document) if kind == "facts" else set()
    if first is None:
        return frozenset()
    named = re.compile(rf"\b({'|'.join(map(re.escape, wrong))})\b") if wrong else None

    def rests(problem: Problem) -> bool:
        document = documents.get(problem.place.file)
        if id(problem) in as_read or document is None or kind_of(Path(problem.place.file)) in _SHARED:
            return False
        line = document.lines[problem.place.line - 1] if problem.place.line <= len(document.lines) else ""
        return any(sign.search(problem.what) for sign in signs) or (named is not None and bool(named.search(line)))

    left_out = [problem for listed in problems.values() for problem in listed if rests(problem)]
    for name, listed in problems.items():
        problems[name] = [problem for problem in listed if not rests(problem)]
    if left_out:
        count = "1 problem" if len(left_out) == 1 else f"{len(left_out)} problems"
        what = f"{count} in other files, which may all come from what is wrong in this one, left out."
        problems["resting"] = [Problem(first, what, "Mend this one, and check again.", "note")]
    return frozenset(problem.place.file for problem in left_out)


_SHARED = ("facts", "sources")


def _facts_with(found: Sequence[Problem], document: Document) -> set[str]:
    """Return the facts of a file in which a problem stands, by the lines from one name to the next."""
    facts = document.data.get("facts") if isinstance(document.data, Mapping) else None
    begins = sorted((document.key_place("facts", name).line, name) for name in facts) if isinstance(facts, dict) else []
    ends = [*(line for line, _ in begins[1:]), len(document.lines) + 1]
    return {
        name
        for (line, name), end in zip(begins, ends, strict=False)
        if any(line <= problem.place.line < end for problem in found)
    }


def _still_to_do(place: Place, text: str) -> Problem:
    wanted = text.partition(TO_DO)[2].strip(" .?!")
    if not wanted:
        return Problem(
            place, "A blank (`___`) is still to be filled in.", "Write what belongs there, or delete the key."
        )
    return Problem(place, f"This is still to be filled in: {wanted}.", "Write it, or delete the key where it may go.")


def _draft(name: str) -> Problem:
    return Problem(
        Place(name),
        "This file holds drafts of examples, which no command reads.",
        f"Fill in `basis:` and `expect:`, move them into {Path(name).name.replace(DRAFTS, '.examples.yaml')}, and delete this file.",
        "note",
    )


def _not_encoded(documents: Mapping[str, Document], problems: Mapping[str, list[Problem]]) -> dict[str, NotEncoded]:
    document = documents.get(NOT_ENCODED)
    return {} if document is None or problems[NOT_ENCODED] else parse_not_encoded(document)


def build_library(documents: Mapping[str, Document], version: str, digest: str) -> Library:
    """Return the library of documents that were checked before (the compiled form)."""
    problems: dict[str, list[Problem]] = {name: [] for name in documents}
    parts = _build(documents, problems)
    if any(problems.values()):
        raise GuidelineError([problem for listed in problems.values() for problem in listed])
    return _library(parts, version, digest)


@dataclass(slots=True)
class Parts:
    """Facts, sources, products and topics on their way into a library."""

    facts: dict[str, Fact] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    topics: dict[str, Topic] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)

    def citations(self) -> Iterator[Citation]:
        """Yield every citation of facts, products, topics and positions."""
        for fact in self.facts.values():
            yield from (cite for cite in (fact.cite, fact.limits_cite) if cite)
        for product in self.products.values():
            yield from citations_of_product(product)
        for topic in self.topics.values():
            yield from (finding.cite for finding in topic.evidence.values())
        for position in self.positions.values():
            yield from citations_of(position)


def _build(documents: Mapping[str, Document], problems: dict[str, list[Problem]]) -> Parts:
    parts = Parts()
    by_kind: dict[str, list[str]] = {kind: [] for kind in (*KINDS, "examples", "not-encoded")}
    for name in documents:
        by_kind[kind_of(Path(name))].append(name)
    for name in by_kind["sources"]:
        _merge(parts.sources, parse_sources(documents[name], problems[name]), "source", problems[name])
    for name in by_kind["facts"]:
        _merge(parts.facts, parse_facts(documents[name], problems[name]), "fact", problems[name])
    for name in by_kind["products"]:
        _merge(parts.products, parse_products(documents[name], problems[name]), "product", problems[name])
    for name in by_kind["topic"]:
        topic = parse_topic(documents[name], parts.facts, problems[name])
        if topic:
            _in_its_folder(topic.id, name, documents[name].place("topic"), "topic", problems[name])
            parts.topics[name.split("/")[0]] = topic
    for name in by_kind["position"]:
        position = parse_position(documents[name], parts.facts, problems[name])
        if position:
            _in_its_file(position, name, documents[name], problems[name])
            parts.positions[name] = position
    for folder, topic in parts.topics.items():
        own = {p.id: p for name, p in parts.positions.items() if name.startswith(f"{folder}/")}
        parts.topics[folder] = _with_positions(topic, own)
    return parts


def _with_positions(topic: Topic, positions: Mapping[str, Position]) -> Topic:
    return replace(topic, positions=positions)


def _merge(into: dict[str, Any], found: Mapping[str, Any], what: str, problems: list[Problem]) -> None:
    for name, item in found.items():
        if name in into:
            problems.append(
                Problem(
                    item.place,
                    f"The {what} `{name}` is already given at {into[name].place.short}.",
                    "Delete one of the two.",
                )
            )
        into.setdefault(name, item)


def _in_its_folder(topic_id: str, name: str, place: Place, key: str, problems: list[Problem]) -> None:
    folder = name.split("/", maxsplit=1)[0]
    if topic_id != folder:
        problems.append(
            Problem(
                place, f"`{key}: {topic_id}` does not match the folder `{folder}`.", "The two are the same; rename one."
            )
        )


def _in_its_file(position: Position, name: str, document: Document, problems: list[Problem]) -> None:
    _in_its_folder(position.topic, name, document.place("topic"), "topic", problems)
    stem = Path(name).stem
    if position.id != stem:
        problems.append(
            Problem(
                document.place("position"),
                f"`position: {position.id}` does not match the file name `{stem}.yaml`.",
                "The two are the same; rename one.",
            )
        )


def _lint(
    parts: Parts,
    sound: bool,
    told: Mapping[str, list[Problem]],
    progress: Callable[[str], None],
    memory: Memory | None,
) -> Iterable[Problem]:
    from .lint import lint_products, lint_sources, lint_topic

    wrong_facts = check_facts(parts.facts)
    yield from wrong_facts
    if memory:
        memory.basis = Basis(parts.facts, parts.sources)
    yield from lint_products(parts.products, parts.facts, parts.sources)
    yield from lint_sources(parts.facts, parts.topics.values(), parts.sources)
    for folder, topic in parts.topics.items():
        yield from lint_topic(topic, parts.facts, topic.positions)
        for name, position in parts.positions.items():
            if name.startswith(f"{folder}/") and not told.get(name):
                progress(f"{name} (rules)")
                yield from _remembered(name, position, parts, bool(wrong_facts), memory)
    for name, position in parts.positions.items():
        if name.split("/")[0] not in parts.topics and sound:
            yield Problem(
                position.place,
                f"The folder `{name.split('/')[0]}` has no topic.yaml.",
                "Add one: it holds the topic's title and question.",
            )


def _remembered(
    name: str,
    position: Position,
    parts: Parts,
    facts_wrong: bool,
    memory: Memory | None,
) -> Sequence[Problem]:
    """Return what is found in a position: nothing where nothing was, and all that its answers rest on is the same."""
    if memory is None or facts_wrong:
        return looked_into(position, parts, facts_wrong=facts_wrong)
    stamp = memory.stamp_of_answers([name])
    if stamp and memory.sound.get(name) == stamp:
        return ()
    found = looked_into(position, parts, facts_wrong=facts_wrong)
    if found:
        memory.sound.pop(name, None)
    else:
        memory.sound[name] = stamp
    return found


def looked_into(position: Position, parts: Parts, *, facts_wrong: bool) -> list[Problem]:
    """Return what lint finds in a position; where that is nothing, what analysis finds, and where words have drifted."""
    from .analysis import analyse
    from .drift import drift
    from .lint import lint_position

    found = lint_position(position, parts.facts, parts.sources, facts_hold=not facts_wrong)
    if found or facts_wrong:  # analysis evaluates, and so needs facts that hold together
        return found
    weaknesses = analyse(compile_position(position, parts.facts), parts.facts)
    return [*(w.problem for w in weaknesses), *(d.problem for d in drift(position, parts.facts))]


def _library(parts: Parts, version: str, digest: str) -> Library:
    topics = {topic.id: topic for topic in parts.topics.values()}
    facts = _told_of_plans(parts.facts, topics.values())
    compiled = {p.address: compile_position(p, facts) for topic in topics.values() for p in topic.positions.values()}
    boxed = boxed_warnings(parts.products.values())
    context = Context(version, digest, f"igguide {__version__}", facts, Wording(facts, parts.sources), boxed)
    arises = {topic.id: compile_condition(topic.arises_when) for topic in topics.values() if topic.arises_when}
    return Library(facts, parts.sources, topics, version, digest, compiled, context, arises, parts.products)


def _told_of_plans(facts: Mapping[str, Fact], topics: Iterable[Topic]) -> dict[str, Fact]:
    """Return the facts, each date knowing whether some line asks if it is planned; no other date may lie ahead."""
    positions = [position for topic in topics for position in topic.positions.values()]
    lines = (line for position in positions for each in conditions_of(position) for line in lines_of(each))
    planned = {line.fact for line in lines if isinstance(line, Planned)}
    return {
        name: replace(fact, may_be_planned=name in planned) if fact.kind == "date" else fact
        for name, fact in facts.items()
    }


def _folder_version(folder: Path) -> str:
    file = folder / "VERSION"
    return file.read_text(encoding="utf-8").strip() if file.is_file() else "unversioned"


def load_folder(folder: Path) -> Library:
    """Return the library of a folder. Raises GuidelineError with every problem of every file."""
    checked = check_folder(folder)
    if checked.library is None:
        raise GuidelineError(checked.problems)
    return checked.library
