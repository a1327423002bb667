"""What several tests share: where things stand, and `--record`, which writes the texts that are compared whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]

# Generated cases are the same in every run; HYPOTHESIS_PROFILE=long looks further.
settings.register_profile("usual", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
settings.register_profile("long", settings.get_profile("usual"), derandomize=False, max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", action="store_true", help="write the texts that tests compare, for review with git diff")


@pytest.fixture
def record_texts(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--record"))


@pytest.fixture
def guidelines() -> Path:
    return ROOT / "guidelines"
