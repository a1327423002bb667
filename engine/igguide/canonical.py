"""Guideline files in their one canonical form: the order of keys, indent, quotes and line breaks; never another meaning.

Keys are put in order by moving their lines, each with the comments above it; the rest is done by a library that
keeps comments (ruamel.yaml, from the optional `igguide[edit]`, imported only here). What comes out is read again:
where its data or its comments are not those of the file, the file is left alone and that is said.
"""

from __future__ import annotations

import argparse
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from .document import Document
from .errors import Problem, RequestError
from .library import DRAFTS, guideline_files, kind_of
from .scaffold import working_folder
from .validate import schema
from .yaml_reader import read_text

WIDTH = 120  # where a text that is too long is broken anew
SLACK = 10  # how far a line may run over before its text is broken anew: an editor's own breaks are left alone
_STEP = 2
_NEEDED = (
    "`igguide fmt` needs the package ruamel.yaml, which keeps comments. "
    "Install it with: python -m pip install 'igguide[edit]'"
)


@dataclass(frozen=True, slots=True)
class Formatted:
    """What formatting comes to: the text to keep, and why it was left alone where it could not be formatted."""

    text: str
    left_alone: str = ""
    problems: tuple[Problem, ...] = ()


def format_text(text: str, name: str) -> Formatted:
    """Return a guideline file's canonical text, or the text itself with the reason why it was left alone.

    `name` says where the file stands (`sources/car-t.yaml`): its folder and name decide which schema orders its keys.
    """
    _ruamel()
    document, problems = read_text(text, name)
    if problems:
        return Formatted(text, "it cannot be read as YAML", tuple(problems))
    found = _settled(text, name)
    if found is None:
        return Formatted(text, "no form was found that stays the same when it is formatted again")
    if not _same_data(document, read_text(found, name)):
        return Formatted(text, "formatting would change what it says")
    if _comments(found) != _comments(text):
        return Formatted(text, "formatting would lose or change a comment")
    return Formatted(found)


def _settled(text: str, name: str) -> str | None:
    """Return the form that formatting no longer changes, or None where there is none."""
    for _ in range(4):
        found = _laid_out(_in_order(text.replace("\r\n", "\n"), kind_of(Path(name))), kind_of(Path(name)))
        if found == text:
            return found
        text = found
    return None


# --- what must not change ---


def _same_data(before: Document, read: tuple[Document, list[Problem]]) -> bool:
    """Return whether the text read again holds the same data, and quotes wherever they make a difference."""
    after, problems = read
    return not problems and before.data == after.data and _telling_quotes(before) == _telling_quotes(after)


def _telling_quotes(document: Document) -> set[str]:
    """Return the addresses of texts in quotes that an editor would take for something else without them."""
    return {where for where, text in _texts(document.data, ()) if where in document.quoted and is_ambiguous(text)}


def _texts(data: Any, path: tuple[Any, ...]) -> Iterator[tuple[str, str]]:
    items = data.items() if isinstance(data, Mapping) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield from _texts(value, (*path, key))
    if isinstance(data, str):
        yield "\x1f".join(map(str, path)), data


def _comments(text: str) -> Counter[str]:
    """Return every comment of a text, and how often it stands there: what is left between the tokens."""
    found: Counter[str] = Counter()
    lines = text.splitlines()
    for number, (line, covered) in enumerate(zip(lines, _covered(text, len(lines)), strict=True)):
        match = next((m for m in re.finditer(r"(^|(?<=\s))#", line) if not _inside(m.end() - 1, covered)), None)
        if match:
            found[lines[number][match.end() - 1 :].rstrip()] += 1
    return found


def _covered(text: str, count: int) -> list[list[tuple[int, float]]]:
    """Return for each line the stretches that belong to a scalar."""
    covered: list[list[tuple[int, float]]] = [[] for _ in range(count)]
    for token in _ruamel().YAML(typ="safe", pure=True).scan(text):
        if type(token).__name__ != "ScalarToken":
            continue
        start, end = token.start_mark, token.end_mark
        block = token.style in ("|", ">")
        for number in range(start.line + block, min(end.line + (end.column > 0), count)):
            first = start.column if number == start.line else 0
            covered[number].append((first, end.column if number == end.line else float("inf")))
    return covered


def _inside(column: int, stretches: Iterable[tuple[int, float]]) -> bool:
    return any(first <= column < last for first, last in stretches)


# --- the order of keys ---


def _in_order(text: str, kind: str) -> str:
    """Return the text with the keys of every block map in the order of the schema, comments moved with their keys."""
    lines = text.splitlines()
    node = _ruamel().YAML(pure=True).compose(text)
    _Mover(lines, schema(kind)).visit(node, schema(kind), len(lines))
    return "\n".join(line for line in lines if line != _GONE) + "\n"


_GONE = "\f"  # holds the place of a blank line that went, so that the lines outside keep their numbers


class _Mover:
    """Moves the entries of block maps as whole lines, innermost first, so that line numbers outside stay right."""

    def __init__(self, lines: list[str], root: Mapping[str, Any]) -> None:
        self.lines = lines
        self.root = root

    def visit(self, node: Any, rules: Mapping[str, Any], end: int) -> None:
        """Put everything inside a node in order; `end` is the line before which the node ends."""
        rules = _resolved(rules, self.root)
        if node.id == "sequence" and not node.flow_style:
            ends = [*(item.start_mark.line for item in node.value[1:]), end]
            for item, item_end in zip(node.value, ends, strict=True):
                self.visit(item, rules.get("items", {}), item_end)
        elif node.id == "mapping" and not node.flow_style:
            ends = [*(key.start_mark.line for key, _ in node.value[1:]), end]
            for (key, value), value_end in zip(node.value, ends, strict=True):
                self.visit(value, _rules_of(key.value, rules), value_end)
            self._sort([key for key, _ in node.value], rules, end)

    def _sort(self, keys: Sequence[Any], rules: Mapping[str, Any], end: int) -> None:
        wanted = _sorted_keys([key.value for key in keys], rules)
        if wanted == [key.value for key in keys] or not all(map(self._begins_its_line, keys)):
            return
        column, first = keys[0].start_mark.column, keys[0].start_mark.line
        begin = self.lines[first][:column]
        starts = [first, *(self._with_lead(key.start_mark.line, column) for key in keys[1:])]
        ends = [*starts[1:], self._with_lead(end, column)]
        leads = {key.value: self.lines[a : key.start_mark.line] for key, a in zip(keys, starts, strict=True)}
        parts = {key.value: self.lines[key.start_mark.line : b] for key, b in zip(keys, ends, strict=True)}
        parts[keys[0].value][0] = " " * column + parts[keys[0].value][0][column:]
        parts[wanted[0]][0] = begin + parts[wanted[0]][0][column:]
        dash = len(begin) - len(begin.lstrip())
        leads[wanted[0]] = [" " * dash + line.lstrip() for line in leads[wanted[0]] if line.strip()]
        moved = [line for name in wanted for line in (*_tight(leads[name], parts[name]), *parts[name])]
        gone = ends[-1] - first - len(moved)
        self.lines[first : ends[-1]] = [*moved, *[_GONE] * gone]

    def _begins_its_line(self, key: Any) -> bool:
        return self.lines[key.start_mark.line][: key.start_mark.column].strip() in ("", "-")

    def _with_lead(self, line: int, column: int) -> int:
        """Return where the blank lines and comments above a line begin; deeper comments belong to what is above."""
        while line > 0 and _is_lead(self.lines[line - 1], column):
            line -= 1
        return line


def _tight(lead: list[str], part: list[str]) -> list[str]:
    """Return what stands above an entry that moves: without blank lines where the entry is of one line."""
    return [line for line in lead if line.strip()] if len(part) == 1 else lead


def _is_lead(line: str, column: int) -> bool:
    bare = line.lstrip()
    return not bare or (bare.startswith("#") and len(line) - len(bare) <= column)


def _resolved(rules: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the part of the schema that a reference leads to."""
    while isinstance(rules, Mapping) and "$ref" in rules:
        rules = root["$defs"][rules["$ref"].removeprefix("#/$defs/")]
    return rules if isinstance(rules, Mapping) else {}


def _rules_of(key: str, rules: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Any = rules.get("properties", {}).get(key, rules.get("additionalProperties", {}))
    return found if isinstance(found, Mapping) else {}


def _sorted_keys(keys: Sequence[str], rules: Mapping[str, Any]) -> list[str]:
    """Return the keys in the order of the schema; names that the editor chose keep their order."""
    known = list(rules.get("properties", {}))
    return sorted(keys, key=lambda key: known.index(key) if key in known else len(known))


# --- indent, quotes, line breaks ---


def _laid_out(text: str, kind: str) -> str:
    """Return the text with canonical indents, quotes and line breaks."""
    yaml = _round_trip()
    data = yaml.load(text)
    _Layout(schema(kind)).visit(data, schema(kind), 0, False)
    out = io.StringIO()
    yaml.dump(data, out)
    lines = [line.rstrip() for line in out.getvalue().strip("\n").split("\n")]
    _align_comments(text.splitlines(), lines)
    return "\n".join(lines) + "\n"


def _align_comments(before: list[str], after: list[str]) -> None:
    """Indent comments with the line below or above which they stood in line with; their order is the same in both."""
    for old, new in zip(_comment_lines(before), _comment_lines(after), strict=False):
        for step in (1, -1):
            was, now = _neighbour(before, old, step), _neighbour(after, new, step)
            if was is not None and now is not None and _indent(before[was]) == _indent(before[old]):
                after[new] = " " * _indent(after[now]) + after[new].lstrip()
                break


def _comment_lines(lines: list[str]) -> list[int]:
    """Return the numbers of the lines that hold nothing but a comment."""
    covered = _covered("\n".join(lines), len(lines))
    return [
        number
        for number, line in enumerate(lines)
        if line.lstrip().startswith("#") and not _inside(_indent(line), covered[number])
    ]


def _neighbour(lines: list[str], number: int, step: int) -> int | None:
    """Return the number of the nearest line, up or down, that is neither blank nor a comment."""
    number += step
    while 0 <= number < len(lines) and (not lines[number].strip() or lines[number].lstrip().startswith("#")):
        number += step
    return number if 0 <= number < len(lines) else None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _round_trip() -> Any:
    """Return a reader and writer that keeps comments and takes every scalar for the text that it is."""
    ruamel = _ruamel()
    from ruamel.yaml.resolver import VersionedResolver
    from ruamel.yaml.tag import Tag

    class AllText(VersionedResolver):
        def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
            if kind is ruamel.nodes.ScalarNode:
                return Tag(suffix="tag:yaml.org,2002:str")
            return super().resolve(kind, value, implicit)

    yaml = ruamel.YAML()
    yaml.Resolver = AllText
    yaml.preserve_quotes = True
    yaml.width = 1_000_000  # lines are broken below, where the words are known; flow style is left as written
    yaml.brace_single_entry_mapping_in_flow_sequence = True
    yaml.indent(mapping=_STEP, sequence=2 * _STEP, offset=_STEP)
    return yaml


class _Layout:
    """Rewrites the scalars of a document in place and puts the keys of flow maps in order."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = root

    def visit(self, data: Any, rules: Mapping[str, Any], column: int, in_flow: bool) -> None:
        """Lay out everything inside a map or a list whose keys or dashes stand at a column."""
        rules = _resolved(rules, self.root)
        if isinstance(data, dict):
            flow = in_flow or _is_flow(data)
            for key in _sorted_keys(list(data), rules) if flow else ():
                data.move_to_end(key)  # type: ignore[attr-defined]
            for key, value in data.items():
                inner = column + (2 * _STEP if isinstance(value, list) else _STEP)
                self._put(data, key, column + len(key) + 2, inner, flow)
                self.visit(value, _rules_of(key, rules), inner, flow)
        elif isinstance(data, list):
            flow = in_flow or _is_flow(data)
            for index, value in enumerate(data):
                self._put(data, index, WIDTH * -1000, column, flow)
                inner = column + (2 * _STEP if isinstance(value, list) else 0)
                self.visit(value, rules.get("items", {}), inner, flow)

    def _put(self, holder: Any, key: Any, begins: int, indent: int, in_flow: bool) -> None:
        """Rewrite one text of a map or a list: without quotes that it does not need, broken where it is too long."""
        text = holder[key]
        if not isinstance(text, str):
            return
        style = type(text).__name__
        folded = style == "FoldedScalarString"
        if style in ("DoubleQuotedScalarString", "SingleQuotedScalarString") and may_be_plain(str(text), in_flow):
            holder[key] = _plain_text(text)
        if in_flow or "\n" in text or style == "LiteralScalarString" or "  " in text or text != text.strip():
            return
        widest = max(_widths(text, indent)) if folded else begins + len(_written(str(text), holder[key]))
        if widest > WIDTH + SLACK and " " in text and (folded or key != "title") and not _is_commented(holder, key):
            holder[key] = _folded(str(text), WIDTH - indent)


def _is_flow(data: Any) -> bool:
    return bool(data.fa.flow_style())


def _written(text: str, kept: Any) -> str:
    return text if type(kept).__name__ not in ("DoubleQuotedScalarString", "SingleQuotedScalarString") else f'"{text}"'


def _plain_text(text: Any) -> Any:
    return _ruamel().scalarstring.PlainScalarString(str(text), anchor=None)


def _widths(text: Any, indent: int) -> list[int]:
    """Return how wide the lines of a folded text are as they are broken now."""
    at = [0, *(position + 1 for position in getattr(text, "fold_pos", [])), len(text) + 1]
    return [indent + b - a - 1 for a, b in pairwise(at)]


def _folded(text: str, room: int) -> Any:
    """Return a text as a `>-` block with as many words on each line as fit."""
    folded = _ruamel().scalarstring.FoldedScalarString(text)
    breaks, begin, last = [], 0, -1
    for match in re.finditer(" ", f"{text} "):
        if match.start() - begin > room and last > begin:
            breaks.append(last)
            begin = last + 1
        last = match.start()
    folded.fold_pos = breaks
    return folded


def _is_commented(holder: Any, key: Any) -> bool:
    """Return whether a comment stands beside or below a value; such a value keeps its form, so that nothing is lost."""
    tokens = holder.ca.items.get(key) or ()
    return any("#" in _comment_text(token) for token in tokens if token is not None)


def _comment_text(token: Any) -> str:
    return "".join(map(_comment_text, token)) if isinstance(token, list) else str(token.value)


_SAFE = re.compile(r"[^\W_](?:[^\x00-\x1f\x7f-\x9f\u2028\u2029:#]|:(?=[^\s,\[\]{}])|(?<=\S)#)*")
_LIKE_A_NUMBER = re.compile(
    r"[-+.]?[0-9][0-9a-fxo_:.+]*(e[-+]?[0-9]+)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*|[-+]?\.(inf|nan)", re.IGNORECASE
)
_LIKE_A_WORD = re.compile(r"true|false|yes|no|on|off|y|n|null|~|", re.IGNORECASE)


def is_ambiguous(text: str) -> bool:
    """Return whether some YAML reader would take the text without quotes for a number, a date, a yes or nothing."""
    return bool(_LIKE_A_NUMBER.fullmatch(text) or _LIKE_A_WORD.fullmatch(text))


def may_be_plain(text: str, in_flow: bool) -> bool:
    """Return whether a text certainly says the same without quotes; where in doubt, no."""
    if is_ambiguous(text) or text != text.strip() or text.endswith(":") or not _SAFE.fullmatch(text):
        return False
    return not in_flow or not re.search(r"[,\[\]{}:?]", text)


def _ruamel() -> Any:
    try:
        import ruamel.yaml
        import ruamel.yaml.nodes
        import ruamel.yaml.scalarstring
    except ImportError:
        raise RequestError(_NEEDED) from None
    return ruamel.yaml


# --- the command ---


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `igguide fmt` understands to a parser."""
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="guideline folders or files (default: the folder `guidelines` here)"
    )
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where a file would be changed")
    parser.add_argument("--guidelines", metavar="DIR", help="the folder of guidelines, where it is not `guidelines`")


def run(options: argparse.Namespace) -> int:
    """Format the files asked for, tell of each that changed, and return the exit code."""
    files = files_below(options.paths or [str(working_folder(options.guidelines))])
    results = [_one(file, options.check) for file in files]
    changed, alone = results.count("changed"), results.count("alone")
    told = [f"{_files(changed)} {'would be changed' if options.check else 'changed'}"] if changed else []
    told += [f"{_files(alone)} left alone"] if alone else []
    told += [f"{_files(len(files) - changed - alone)} canonical already"] if len(files) > changed + alone else []
    print(", ".join(told) + ".")
    return 1 if alone or (changed and options.check) else 0


def files_below(paths: Sequence[str]) -> list[Path]:
    """Return the guideline files named, and those in the folders named."""
    found: list[Path] = []
    for path in map(Path, paths):
        if not path.exists():
            raise RequestError(f"There is no file or folder `{path}`.")
        below = [path] if path.is_file() else guideline_files(path) or sorted(path.glob("*.yaml"))
        found += [file for file in below if file == path or not file.name.endswith(DRAFTS)]
    if not found:
        raise RequestError(f"There are no guideline files in `{', '.join(paths)}`.")
    return list(dict.fromkeys(found))


def _one(file: Path, only_check: bool, tell: Callable[[str], None] = print) -> str:
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        tell(f"{file}: left alone, because it cannot be read as UTF-8 text.")
        return "alone"
    result = format_text(text, f"{file.resolve().parent.name}/{file.name}")
    if result.left_alone:
        tell(f"{file}: left alone, because {result.left_alone}.")
        for problem in result.problems:
            tell(f"  {file}:{problem.place.line}:{problem.place.column}: {problem.what} {problem.remedy}".rstrip())
        return "alone"
    if result.text.encode() == file.read_bytes():
        return "same"
    tell(f"{file}: {'would be changed' if only_check else 'changed'}.")
    if not only_check:
        file.write_text(result.text, encoding="utf-8", newline="\n")
    return "changed"


def _files(count: int) -> str:
    return f"{count} file{'' if count == 1 else 's'}"


__all__ = ["WIDTH", "Formatted", "add_arguments", "files_below", "format_text", "is_ambiguous", "may_be_plain", "run"]
