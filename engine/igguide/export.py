"""`igguide export`: what other programs need, on standard output; the site publishes the same beside each topic."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from .errors import GuidelineError, RequestError
from .folders import guidelines_folder
from .library import check_folder
from .portable import portable
from .vectors import vectors, vectors_text

KINDS = {
    "portable": "a topic's rules as JSON, in the shape of schema/portable.schema.json",
    "vectors": "records with the answers that every interpreter of the rules must give",
}


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Give the command its arguments."""
    command.add_argument("what", choices=KINDS, help="; ".join(f"{name}: {text}" for name, text in KINDS.items()))
    command.add_argument("--topic", required=True, metavar="T", help="the topic")
    command.add_argument("--guidelines", metavar="DIR", help="a folder other than the bundled guidelines")


def run(options: argparse.Namespace) -> int:
    """Write what was asked for."""
    checked = check_folder(Path(options.guidelines) if options.guidelines else guidelines_folder())
    library = checked.library
    if library is None:
        raise GuidelineError(checked.problems)
    if options.topic not in library.topics:
        raise RequestError(f"There is no topic `{options.topic}`. There are: {', '.join(library.topics)}.")
    if options.what == "portable":
        data = portable(library, library.topics[options.topic])
        sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=1) + "\n")
    else:
        files = [file for file in checked.examples if file.topic == options.topic]
        sys.stdout.write(vectors_text(vectors(library, files)))
    return 0
