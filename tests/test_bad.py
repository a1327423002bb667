"""Wrong files, and the whole message that `igguide check` prints for each.

`bad/<name>.yaml` is one wrong file; `bad/<name>/` holds several, laid out as under `guidelines/`. They are checked with
the facts and sources of this repository. `pytest tests/test_bad.py --record` writes `bad/<name>.txt`; review with git diff.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from igguide.cli import main
from igguide.library import check_folder

ROOT = Path(__file__).resolve().parents[1]
BAD = ROOT / "tests" / "bad"
TOPIC = "car-t-igg-replacement"
# What the wrong files are checked with: the vocabulary and the sources that they name, and no more, so that it is quick.
BESIDE = [
    *(f"facts/{name}.yaml" for name in ("diagnosis", "igg-reference-tables", "infections", "laboratory")),
    *(f"facts/{name}.yaml" for name in ("neurotoxicity", "patient", "treatment")),
    *(f"sources/{name}.yaml" for name in ("bispecific", "car-t", "icans", "reference-ranges", "safety")),
    f"{TOPIC}/topic.yaml",
]
CASES = sorted(path for path in BAD.iterdir() if path.suffix != ".txt")

# What a clinician should never have to read.
JARGON = re.compile(
    r"traceback|exception|none ?type|\bstr\b|\bdict\b|\bint\b|object at|schema|pattern|regex|\^\[|additionalprop|propertynames|\bscalar\b|\btoken\b|line \d+, column",
    re.IGNORECASE,
)


def place_of(case: Path) -> str:
    """Return where a wrong file stands in the guidelines: by its first key."""
    content = case.read_bytes()
    for key, name in (
        (b"facts:", "facts/house.yaml"),
        (b"references:", "sources/house.yaml"),
        (b"products:", "products/house.yaml"),
    ):
        if content.startswith(key) or b"\n" + key in content:
            return name
    return f"{TOPIC}/hill-2019.yaml"


def message(case: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    guidelines = folder / "guidelines"
    whole = sorted(
        path.relative_to(ROOT / "guidelines").as_posix()
        for path in (ROOT / "guidelines").glob("[fs]*s/*.yaml")
        if path.parent.name in ("facts", "sources")
    )
    for name in [*whole, f"{TOPIC}/topic.yaml"] if case.name.startswith("product") else BESIDE:
        source, target = ROOT / "guidelines" / name, guidelines / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    if case.is_dir():
        shutil.copytree(case, guidelines, dirs_exist_ok=True)
        names = [path.relative_to(case).as_posix() for path in sorted(case.rglob("*.y*ml"))]
    else:
        names = [place_of(case)]
        (guidelines / names[0]).parent.mkdir(exist_ok=True)
        shutil.copy(case, guidelines / names[0])
    code = main(["check", *(f"guidelines/{name}" for name in names)])
    printed = capsys.readouterr()
    assert (code, printed.err) == (1, "")
    return printed.out


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_wrong_file_is_told_in_full(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], record_texts: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    found = message(case, tmp_path, capsys)
    expected = BAD / f"{case.stem}.txt"
    if record_texts:
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")


def told() -> list[Path]:
    return sorted(BAD.glob("*.txt"))


def test_each_message_belongs_to_a_wrong_file() -> None:
    assert {path.stem for path in told()} == {case.stem for case in CASES}


@pytest.mark.parametrize("path", told(), ids=lambda path: path.stem)
def test_a_message_is_in_plain_words(path: Path) -> None:
    shown = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("    ")]
    assert [line for line in shown if JARGON.search(line)] == []


SEVERAL = {"several-mistakes": 3, "two-files": 2, "same-mistake-twice": 2, "billion-laughs": 5}


@pytest.mark.parametrize("path", told(), ids=lambda path: path.stem)
def test_one_mistake_is_told_once(path: Path) -> None:
    last = path.read_text(encoding="utf-8").splitlines()[-1]
    count = SEVERAL.get(path.stem, 1)
    assert last.endswith(f"checked: {count} problem{'s' if count > 1 else ''}.")


@pytest.mark.parametrize("path", told(), ids=lambda path: path.stem)
def test_a_message_says_what_to_do(path: Path) -> None:
    """After the place, what is wrong, the line and the caret comes the remedy, indented by two."""
    problems = path.read_text(encoding="utf-8").split("\n\n")[:-1]
    assert [problem for problem in problems if not re.search(r"^ {2}\S", problem, re.MULTILINE)] == []


# --- whatever is written, a check ends with a library or with problems ---

REAL = {
    path.relative_to(ROOT / "guidelines").as_posix(): path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "guidelines").glob("*/*.yaml"))
}
JUNK = st.sampled_from(
    [
        "",
        "igg",
        "no",
        "true",
        "null",
        "- ",
        "  ",
        "{",
        "}",
        "[]",
        ": ",
        "#",
        "'",
        '"',
        "&a",
        "*a",
        "!t",
        ">",
        "|",
        "-1",
        "0",
        "1.5",
        "2.0",
        "1e3",
        "9" * 30,
        "9" * 500,
        "é",
        "\t",
        "unless: [low-igg-early]",
        "at_least: 2",
        "{all: [igg]}",
        "2026-02-30",
        "9999-12-31",
        "0000-01-01",
        "< 400 mg/dL",
        "400 mg/dL",
        "0 years",
        "other",
        "igg_lower_limit_mayo",
        "[[[]]]",
        "{a: b}",
        "x: y",
    ]
)


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, str]:
    """A file of the guidelines with some of its lines, words or values deleted, doubled, moved or replaced by junk."""
    name = draw(st.sampled_from(sorted(REAL)))
    lines = REAL[name].splitlines()
    for _ in range(draw(st.integers(1, 3))):
        number = draw(st.integers(0, len(lines) - 1))
        line = lines[number]
        kind = draw(
            st.sampled_from(["delete", "double", "swap", "junk", "value", "word", "character", "indent", "cut"])
        )
        if kind == "delete" and len(lines) > 1:
            del lines[number]
        elif kind == "double":
            lines.insert(number, line)
        elif kind == "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[number], lines[other] = lines[other], line
        elif kind == "junk":
            lines[number] = draw(JUNK)
        elif kind == "value":
            lines[number] = line.split(":")[0] + ": " + draw(JUNK)
        elif kind == "word":
            words = line.split(" ")
            words[draw(st.integers(0, len(words) - 1))] = draw(JUNK)
            lines[number] = " ".join(words)
        elif kind == "character" and line:
            at = draw(st.integers(0, len(line) - 1))
            lines[number] = line[:at] + draw(st.characters()) + line[at + 1 :]
        elif kind == "indent":
            lines[number] = " " * draw(st.integers(0, 6)) + line.lstrip()
        elif kind == "cut":
            lines = lines[: number + 1]
    return name, "\n".join(lines)


@pytest.fixture(scope="module")
def copy_of_guidelines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(ROOT / "guidelines", tmp_path_factory.mktemp("fuzz") / "guidelines")


def checked(folder: Path, name: str, content: bytes) -> None:
    """Check a folder in which one file has this content; it comes back as it was."""
    path = folder / name
    before = path.read_bytes()
    path.write_bytes(content)
    try:
        found = check_folder(folder)
    finally:
        path.write_bytes(before)
    assert (found.library is None) == any(problem.severity == "error" for problem in found.problems)
    assert all(p.place.line >= 1 and p.what for p in found.problems)
    assert not [
        p
        for p in found.problems
        if JARGON.search(p.what + p.remedy) and "schema" not in content.decode("utf-8", "replace").lower()
    ]


@given(mutated())
@settings(max_examples=int(os.environ.get("MUTATIONS", "6")))
def test_any_change_of_a_file_gives_a_library_or_problems(copy_of_guidelines: Path, change: tuple[str, str]) -> None:
    name, text = change
    checked(copy_of_guidelines, name, text.encode("utf-8", "surrogatepass"))


@given(
    st.sampled_from(
        [
            "facts/patient.yaml",
            "sources/car-t.yaml",
            f"{TOPIC}/topic.yaml",
            f"{TOPIC}/hill-2019.yaml",
            f"{TOPIC}/hill-2019.examples.yaml",
        ]
    ),
    st.one_of(st.binary(max_size=60), st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass"))),
)
@settings(max_examples=3)
def test_any_content_of_a_file_gives_problems(copy_of_guidelines: Path, name: str, content: bytes) -> None:
    checked(copy_of_guidelines, name, content)
