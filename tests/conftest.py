"""What several tests share: where things stand, and `--record`, which writes the texts that are compared whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from igguide.errors import Problem
from igguide.library import check_folder

ROOT = Path(__file__).resolve().parents[1]

# Generated cases are the same in every run; HYPOTHESIS_PROFILE=long looks further.
settings.register_profile(
    "usual",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("long", settings.get_profile("usual"), derandomize=False, max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record", action="store_true", help="write the texts that tests compare, for review with git diff"
    )


@pytest.fixture
def record_texts(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--record"))


@pytest.fixture
def guidelines() -> Path:
    return ROOT / "guidelines"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built strictly into a folder of its own, once for all tests that read it."""
    from test_site import build

    target = tmp_path_factory.mktemp("site") / "built"
    build(ROOT, target)
    return target


CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


Check = Callable[[str], list[Problem]]


@pytest.fixture
def check(tmp_path: Path, guidelines: Path) -> Check:
    """A function that checks a position, given from `recommendations:` or so on, with the bundled facts and sources."""
    topic = tmp_path / "guidelines" / "car-t-igg-replacement"
    topic.mkdir(parents=True)
    for name in ("facts", "sources"):
        shutil.copytree(guidelines / name, topic.parent / name)
    shutil.copy(guidelines / topic.name / "topic.yaml", topic)

    def check(text: str) -> list[Problem]:
        (topic / "hill-2019.yaml").write_text(HEAD + text, encoding="utf-8")
        return check_folder(topic.parent).problems

    return check


HEAD = """\
position: hill-2019
topic: car-t-igg-replacement
title: A position
version: 1.0.0
status: draft
valid: {from: 2019-03-15}
history: [{version: 1.0.0, on: 2026-11-21, change: First encoding.}]
"""
