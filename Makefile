# Two commands for a newcomer: `make demo` and `make test`. Each makes its own .venv from Python 3.11 or later.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test lint types check site bench clean

help:
	@echo "make demo   evaluate a patient record and build the site (installs into .venv)"
	@echo "make test   run all tests"
	@echo "make lint   ruff: style and format"
	@echo "make types  mypy: types, strictly"
	@echo "make check  check the guidelines and run their examples"
	@echo "make site   build the site into build/site, strictly"
	@echo "make bench  print how fast it is, as ratios"

$(VENV)/installed: pyproject.toml engine/build_hook.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || (echo "IgGuide needs Python 3.11 or later; say which: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1)
	@echo "Installing into $(VENV) (about a minute the first time) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(VENV)/installed
	$(BIN)/igguide evaluate examples/adult-cd19-day-45.json --topic car-t-igg-replacement --as-of 2026-11-21
	$(BIN)/mkdocs build --quiet
	@echo "The site is built: open build/site/index.html in a browser."

test: $(VENV)/installed
	$(BIN)/python -m pytest -n auto

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed
	$(BIN)/mypy

check: $(VENV)/installed
	$(BIN)/igguide check guidelines
	$(BIN)/igguide test guidelines --coverage --mutation
	$(BIN)/igguide fmt --check guidelines

site: $(VENV)/installed
	$(BIN)/mkdocs build --strict

bench: $(VENV)/installed
	$(BIN)/python benchmarks/run.py

clean:
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .hypothesis
