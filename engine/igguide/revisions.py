"""The library of a guidelines folder, of a git revision, or of a compiled file, by the name that a user gives.

What lies on disk comes first: a folder, then a file; any other name is taken as a revision of the repository that
holds the guidelines folder. A revision is read by `git archive` into a folder that is deleted afterwards.
"""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .document import Document
from .errors import GuidelineError, Problem, RequestError
from .folders import guidelines_folder
from .library import Library, answers_rest_on, build_library, digest_of_folder, guideline_files, kind_of

Progress = Callable[[str], None]


@contextmanager
def opened(name: str, guidelines: str | None = None, progress: Progress = lambda _: None) -> Iterator[Library]:
    """Yield the library that a name stands for.

    Raises RequestError where it stands for none, GuidelineError where its files cannot be read.
    """
    path = Path(name)
    if path.is_dir():
        yield read_folder(path, progress)
    elif path.is_file():
        yield read_compiled_file(path)
    else:
        with tempfile.TemporaryDirectory(prefix="igguide-") as folder:
            yield read_folder(_extracted(name, guidelines, Path(folder)), progress)


def read_folder(folder: Path, progress: Progress = lambda _: None) -> Library:
    """Return a folder's library, its rules not linted: an older version may break what is checked today.

    Raises GuidelineError where a file cannot be read, RequestError where the folder holds no guidelines.
    """
    from .validate import validate
    from .yaml_reader import read_document

    documents: dict[str, Document] = {}
    problems: list[Problem] = []
    for path in guideline_files(folder):
        file = path.relative_to(folder).as_posix()
        if answers_rest_on(Path(file)):
            progress(file)
            documents[file], found = read_document(path, file)
            problems += found or validate(documents[file], kind_of(Path(file)))
    progress("")
    if not documents:
        raise RequestError(f"`{folder}` holds no guidelines: no facts/, no sources/ and no topics.")
    if problems:
        raise GuidelineError(problems)
    version = folder / "VERSION"
    return build_library(
        documents,
        version.read_text(encoding="utf-8").strip() if version.is_file() else "unversioned",
        digest_of_folder(folder),
    )


def read_compiled_file(file: Path) -> Library:
    """Return the library of a compiled file. Raises RequestError where it is none."""
    try:
        content = json.loads(file.read_bytes())
        documents = {
            name: Document(name, d["data"], d["places"], d["keys"], set(d["quoted"]))
            for name, d in content["documents"].items()
        }
        version, digest = str(content["version"]), str(content["digest"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise RequestError(f"`{file}` is no compiled library; `igguide` writes one when it is built.") from None
    return build_library(documents, version, digest)


def _extracted(revision: str, guidelines: str | None, target: Path) -> Path:
    """Return the guidelines folder as it was in a revision, written below `target`."""
    home = (Path(guidelines) if guidelines else guidelines_folder()).resolve()
    if not home.is_dir():
        raise RequestError(f"There is no folder `{home}`.")
    if revision.startswith("-"):
        raise RequestError(f"`{revision}` is no git revision.")
    top = _git(home, "rev-parse", "--show-toplevel")
    if top is None:
        raise RequestError(
            f"`{revision}` is no folder and no file, and `{home}` is in no git repository whose revision it could be."
        )
    inside = home.relative_to(Path(top.decode().strip()).resolve()).as_posix()
    root = Path(top.decode().strip())
    if _git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") is None:
        raise RequestError(f"`{revision}` is no folder, no file, and no revision of the git repository in `{root}`.")
    archive = _git(root, "archive", "--format=tar", revision, *([] if inside == "." else [inside]))
    if archive is None:
        raise RequestError(f"The revision `{revision}` holds no folder `{inside}`.")
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        _unpack(tar, target)
    return target / inside


def _unpack(tar: tarfile.TarFile, target: Path) -> None:
    """Write an archive's plain files below a folder; links, and names that lead outside, are left out."""
    for member in tar.getmembers():
        path = (target / member.name).resolve()
        content = tar.extractfile(member) if member.isfile() and path.is_relative_to(target.resolve()) else None
        if content is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.read())


def _git(folder: Path, *arguments: str) -> bytes | None:
    """Return what a git command prints, or None where it fails. Raises RequestError where git is not installed."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=False)
    except FileNotFoundError:
        raise RequestError("A git revision can only be read where git is installed; name a folder instead.") from None
    return done.stdout if done.returncode == 0 else None
