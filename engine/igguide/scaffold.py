"""New files for the editor to fill in: a topic, a position with its examples, a source.

What is written claims nothing of any source: the parts that would are there as patterns behind `#`. `check` asks for
what is still to be filled in, and for nothing else; a blank (`___`) that is left in a pattern is refused as well.
"""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from .document import BLANK, TO_DO
from .errors import RequestError
from .yaml_reader import read_document, read_text

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_KEPT = frozenset({"facts", "sources", "products", "topic", "true", "false", "null"})


@dataclass(frozen=True, slots=True)
class Draft:
    """The text of one file to be written; `added` says that it continues a file that is there."""

    path: Path
    text: str
    added: bool = False


def working_folder(guidelines: str | None) -> Path:
    """Return the folder of guidelines that an editor works in: the one named, else `guidelines` here, or this one.

    Never the bundled one of an installed package. Raises RequestError where there is none.
    """
    for folder in [Path(guidelines)] if guidelines else [Path("guidelines"), Path()]:
        if (folder / "facts").is_dir():
            return folder
    where = f"`{guidelines}` is no folder of guidelines" if guidelines else "There is no folder `guidelines` here"
    raise RequestError(f"{where}: it would hold facts/. Name one with --guidelines DIR.")


def new_topic(folder: Path, name: str) -> list[Draft]:
    """Return the file of a new topic."""
    _named_well(name, "topic")
    path = folder / name / "topic.yaml"
    _not_there(path)
    return [Draft(path, _schema_line(path, "topic") + _filled(_TOPIC, name=name, title=_as_title(name)))]


def new_position(folder: Path, address: str, today: date) -> list[Draft]:
    """Return the files of a new position: the position, its examples, and its source where there is none yet."""
    topic_id, _, name = address.partition("/")
    _named_well(topic_id, "topic")
    _named_well(name, "position")
    path = folder / topic_id / f"{name}.yaml"
    examples = path.with_name(f"{name}.examples.yaml")
    _not_there(path)
    _not_there(examples)
    topic, facts = _topic_of(folder, topic_id), _facts_of(folder)
    words = {
        **_scope(str(topic.get("anchor", "")), facts, today),
        "name": name,
        "topic": topic_id,
        "title": _quoted(f"{topic.get('title', _as_title(topic_id))} ({_as_title(name)})"),
        "today": today.isoformat(),
        "about": str(topic.get("about", "igg-replacement")),
        **_comparison(facts),
    }
    drafts = [
        Draft(path, _schema_line(path, "position") + _filled(_POSITION, **words)),
        Draft(examples, _schema_line(examples, "examples") + _filled(_EXAMPLES, **words)),
    ]
    return drafts if _source_file(folder, name) else [*drafts, *new_source(folder, name, topic_id)]


def new_source(folder: Path, name: str, file: str | None = None) -> list[Draft]:
    """Return the record of a new source, in `sources/<file>.yaml`; a file that is there is continued."""
    _named_well(name, "source")
    _named_well(file or name, "file of sources")
    if there := _source_file(folder, name):
        raise RequestError(f"The source `{name}` is already in {_shown(there)}; nothing was written.")
    record = _filled(_SOURCE, name=name)
    path = folder / "sources" / f"{file or name}.yaml"
    if path.exists():
        before = path.read_text(encoding="utf-8")
        added = before.rstrip("\n") + "\n\n" + record
        if _ids(added) == [*_ids(before), name]:
            return [Draft(path, added, added=True)]
        path = folder / "sources" / f"{name}.yaml"
        _not_there(path)
    return [Draft(path, _schema_line(path, "sources") + "references:\n" + record)]


def write(drafts: list[Draft]) -> None:
    """Write files; one that is there is never overwritten, only continued where its draft was made from it."""
    for draft in drafts:
        if not draft.added:
            _not_there(draft.path)
        elif not draft.text.startswith(draft.path.read_text(encoding="utf-8").rstrip("\n") + "\n"):
            raise RequestError(f"{_shown(draft.path)} has changed meanwhile; it was left as it is.")
    for draft in drafts:
        draft.path.parent.mkdir(parents=True, exist_ok=True)
        with draft.path.open("w" if draft.added else "x", encoding="utf-8", newline="\n") as stream:
            stream.write(draft.text)


# --- what is refused ---


def _named_well(name: str, what: str) -> None:
    if not _NAME.fullmatch(name):
        shown = f"`{name}` cannot name a {what}" if name else f"The name of the {what} is missing"
        raise RequestError(
            f"{shown}. Use small letters and digits, words joined by hyphens; a position is named with its topic, "
            "as in car-t-igg-replacement/wat-barmettler-2022."
        )
    if name in _KEPT:
        raise RequestError(f"`{name}` cannot name a {what}: the word has a meaning of its own.")


def _not_there(path: Path) -> None:
    if path.exists():
        raise RequestError(f"{_shown(path)} is already there; nothing was written.")


def _topic_of(folder: Path, name: str) -> Mapping[str, Any]:
    """Return what the topic of a new position says of itself."""
    path = folder / name / "topic.yaml"
    if not path.is_file():
        raise RequestError(f"There is no topic `{name}`. Make it first: igguide new topic {name}")
    document, problems = read_document(path)
    if problems or not isinstance(document.data, dict):
        raise RequestError(f"{_shown(path)} cannot be read. Mend it first: igguide check {folder}")
    return document.data


def _facts_of(folder: Path) -> dict[str, Mapping[str, Any]]:
    """Return the vocabulary as it is written, as far as it can be read."""
    found: dict[str, Mapping[str, Any]] = {}
    for path in sorted((folder / "facts").glob("*.yaml")):
        data = read_document(path)[0].data
        facts = data.get("facts") if isinstance(data, dict) else None
        found.update({k: v for k, v in facts.items() if isinstance(v, dict)} if isinstance(facts, dict) else {})
    return found


def _source_file(folder: Path, name: str) -> Path | None:
    """Return the file that lists a source, or None where there is none yet."""
    files = sorted((folder / "sources").glob("*.yaml"))
    return next((path for path in files if name in _ids(path.read_text(encoding="utf-8"))), None)


def _ids(text: str) -> list[str]:
    """Return the ids of the sources that a file's text lists."""
    document, problems = read_text(text, "sources")
    data = document.data if isinstance(document.data, dict) and not problems else {}
    return [str(item.get("id")) for item in data.get("references") or () if isinstance(item, dict)]


# --- what is filled in ---


def _filled(pattern: str, **words: str) -> str:
    for key, word in words.items():
        pattern = pattern.replace(f"<{key}>", word)
    return pattern


def _as_title(name: str) -> str:
    words = name.replace("-", " ")
    return words[:1].upper() + words[1:]


def _schema_line(path: Path, kind: str) -> str:
    """Return the line by which editors find the schema, where the schemas lie beside the guidelines."""
    there = path.parent.parent / ".." / "schema" / f"{kind}.schema.json"
    return f"# yaml-language-server: $schema=../../schema/{kind}.schema.json\n" if there.is_file() else ""


def _comparison(facts: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return a measured fact to show a comparison with, and its unit."""
    measured = [name for name, fact in facts.items() if fact.get("kind") == "quantity" and "question" in fact]
    name = "igg" if "igg" in facts or not measured else measured[0]
    return {"fact": name, "unit": str(facts.get(name, {}).get("unit", "mg/dL"))}


def _scope(anchor: str, facts: Mapping[str, Mapping[str, Any]], today: date) -> dict[str, str]:
    """Return whom the position is about, as far as the topic's anchor tells, and the examples that show it."""
    if anchor not in facts:
        return {"scope": "#applies_when:\n#  all: [___]\n", "first": _APPLIES_TO_ALL, "known": ""}
    is_date = facts[anchor].get("kind") == "date"
    known = f"{anchor}: {today.replace(day=1).isoformat()}" if is_date else ""
    return {
        "scope": f"applies_when:\n  all: [{anchor} is recorded]\n",
        "first": _FIRST_UNKNOWN + (_WITH_EVENT.replace("<event>", known) if known else ""),
        "known": f"{known}, " if known else "",
    }


def _quoted(text: str) -> str:
    """Return a text as YAML takes it for text: plain where that is certain, else in quotes."""
    return text if re.fullmatch(r"[^\W\d_][\w (),./-]*", text) else json.dumps(text, ensure_ascii=False)


def _shown(path: Path) -> str:
    relative = os.path.relpath(path)
    return str(path) if relative.startswith(os.pardir) else relative


_TOPIC = """\
# A topic is a clinical question; each position in this folder is one published source's answer to it.
# A line such as #about: is a pattern; to use it, delete its #.
topic: <name>
title: <title>
# One sentence that ends in a question mark, as a clinician would ask it.
question: "To be filled in: the clinical question, in one sentence?"
# What the answers are compared on; leave it out in a topic that only grades.
#about: igg-replacement
# The event without which the topic cannot apply; it is asked first.
#anchor: car_t_infusion
# Two or three sentences for a reader who comes to this question for the first time.
#summary: ___
# Who will look for this.
#specialties: [haematology, immunology]
"""

_POSITION = """\
# A position is what one published source answers. Encode what it says, nothing more, and no number from memory.
# Lines such as #grades: and those under them are patterns: to use one, delete the # before its lines and fill in its
# blanks (___). `igguide check` says what is wrong, `igguide watch` says it each time you save.

# The id of the source, and the name of this file.
position: <name>
topic: <topic>
# As a reader would see it.
title: <title>
# The version of this encoding: last number for wording, middle for a new rule, first when an answer changes.
version: 1.0.0
# draft, then reviewed (a second person compared it), then published (every rule compared with the source itself).
status: draft
# The earliest date of publication, as in {from: 2021-10-28}; with no date known, a reading that says so.
valid: {reading: "To be filled in: the earliest date of publication, as from."}
# The day by which someone should read the source again; `igguide status` lists what is due.
#review_by: ___
# Two or three sentences on what the source says, for a reader in a hurry.
#summary: ___
# Your judgement on the source as a whole: what was read, and what was not.
#reading: ___
# The patients whom the source is about: all, any, none, each over a list of lines, one comparison a line.
<scope>
# Grades are tables that sort a patient into a band, worst first; the first line that fits counts.
#grades:
#  how-low:
#    title: How low is it?
#    bands:
#      - severe: <fact> < ___ <unit>
#    otherwise: none
#    cite: {source: <name>}

# Criteria are named conditions, for use by name in the rules; that is how one nests.
#criteria:
#  low-value:
#    title: ___
#    any: [<fact> < ___ <unit>]

# Rules. Every number has its unit, and the sign that the source prints: <, <=, >, >= or =.
#recommendations:
#  first-rule:
#    title: ___
#    # What to do: start, consider, continue, increase, reduce, switch, stop, consider-stopping, avoid,
#    # not-recommended, measure, refer, escalate or no-action.
#    action: consider
#    # What the action is on, so that sources can be compared.
#    about: <about>
#    when:
#      all:
#        - <fact> <= ___ <unit>
#    # What makes the advice stronger without being needed for it.
#    especially_when: {all: [low-value]}
#    # The name of a dose below; only where the source gives one.
#    dose: first-dose
#    # expert-opinion, consensus, label, viewpoint or not-stated.
#    strength: not-stated
#    # Our own words with the numbers as printed; they must be those of the rule.
#    says: ___
#    # Your judgement where the source is silent; it is printed on the page.
#    reading: ___
#    # With via where it was not read in the source itself, with verified from the day it was compared; never both.
#    cite: {source: <name>, locator: ___}

# Doses: an amount, the weight it goes by (part of the rule, never assumed), how often, until when.
#dosing:
#  first-dose:
#    give: ___ g/kg
#    by: actual_weight
#    every: 1 month
#    says: ___
#    cite: {source: <name>, locator: ___}

# What the source says to measure, and how often.
#monitoring:
#  follow-up:
#    measure: <fact>
#    every: 1 month
#    says: ___
#    cite: {source: <name>, locator: ___}

# Contraindications, warnings and precautions.
#cautions:
#  first-caution:
#    severity: warning
#    says: ___
#    cite: {source: <name>, locator: ___}

# Findings that carry no rule: how many patients, the effect and the design as printed.
#evidence:
#  first-finding:
#    says: ___
#    cite: {source: <name>, locator: ___}

# Each version of this file, and what it changed for patients.
history:
  - {version: 1.0.0, on: <today>, change: First encoding.}
"""

_EXAMPLES = """\
# Examples are the tests, the worked cases on the page, and what a reviewer reads first.
# For each number in a rule write one exactly on it, one just below and one just above; unknowns and near misses too.
# What stands behind # at the end is a pattern: delete the # before its lines and fill in its blanks (___).
examples:
<first>
# The title is a sentence; basis is source where the source itself decides the case, reading where you do.
#  - title: Exactly on the number the rule holds.
#    as_of: <today>
#    record: {<known><fact>: ___ <unit>}
#    basis: source
#    expect:
#      holds: {first-rule: yes}
"""

_FIRST_UNKNOWN = """\
  - title: Of a patient of whom nothing is recorded it is unknown whether this applies.
    as_of: <today>
    record: {}
    basis: reading
    expect:
      applies: unknown
"""

_WITH_EVENT = """\
  - title: With the event on record it applies.
    as_of: <today>
    record: {<event>}
    basis: reading
    expect:
      applies: yes
"""

_APPLIES_TO_ALL = """\
  - title: As long as no patients are named, it applies to everyone.
    as_of: <today>
    record: {}
    basis: reading
    expect:
      applies: yes
"""

_SOURCE = """\
  # To be filled in from the publication itself; what is not known is left out, never guessed.
  - id: <name>
    # article-journal, webpage, report, document or book.
    type: article-journal
    title: "To be filled in: the title as printed"
    #author: [{family: ___, given: ___}]
    #container-title: ___
    #issued: {date-parts: [[___]]}
    #DOI: ___
    #URL: ___
    note: "To be filled in: what was read, and what was not."
"""


# --- the command ---


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `igguide new` understands to a parser."""
    parser.add_argument("what", choices=("topic", "position", "source"), help="what to begin")
    parser.add_argument("name", metavar="NAME", help="its id; of a position TOPIC/ID, and the id is that of its source")
    parser.add_argument("--in", dest="file", metavar="FILE", help="for a source: the file of sources/ to add it to")
    parser.add_argument("--guidelines", metavar="DIR", help="the folder of guidelines, where it is not `guidelines`")


def run(options: argparse.Namespace, today: date) -> int:
    """Write the new files, say what to do next, and return the exit code."""
    folder = working_folder(options.guidelines)
    if options.file and options.what != "source":
        raise RequestError("`--in` goes with `igguide new source` only.")
    file = Path(options.file).name.removesuffix(".yaml") if options.file else None
    drafts = {
        "topic": lambda: new_topic(folder, options.name),
        "position": lambda: new_position(folder, options.name, today),
        "source": lambda: new_source(folder, options.name, file),
    }[options.what]()
    write(drafts)
    for draft in drafts:
        print(f"{_shown(draft.path)}: {'a record added' if draft.added else 'written'}")
    print(f"\nNext: {_NEXT[options.what]} Then: igguide check {folder}")
    return 0


_NEXT = {
    "topic": "write the title and the question, and add a position with `igguide new position TOPIC/ID`.",
    "position": "fill in the source's record, then the rules, then an example for each number.",
    "source": f"write what stands there as `{TO_DO}`, with its DOI or address.",
}

__all__ = ["BLANK", "TO_DO", "Draft", "add_arguments", "new_position", "new_source", "new_topic", "run", "write"]
