"""Who imports whom: the real imports of the engine beside the table of what each module may import."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ENGINE = ROOT / "engine" / "igguide"

# Lowest first. A module may import only what stands in its row, and a row names only modules that stand above it.
CORE = {
    "_version": "",
    "errors": "",
    "folders": "",
    "truth": "",
    "dates": "truth",
    "quantity": "truth",
    "document": "errors",
    "formula": "errors quantity",
    "model": "errors formula quantity",
    "chart": "dates model quantity truth",
    "lines": "errors model quantity",
    "parse": "dates document errors formula lines model quantity",
    "record": "chart dates errors model quantity truth",
    "findings": "chart dates formula model quantity truth",
    "trace": "findings model truth",
    "evaluate": "dates errors findings model quantity trace truth",
    "basis": "evaluate model",
    "agreement": "evaluate model quantity trace truth",
    "wording": "chart dates evaluate findings model quantity trace truth",
    "reach": "formula model quantity truth",
    "witness": "dates evaluate findings model quantity reach record truth",
    "counterfactual": "chart dates evaluate findings model quantity trace truth witness wording",
    "boxed": "model",
    "decision": "agreement boxed chart dates evaluate findings model quantity trace truth wording",
    "report": "agreement boxed decision evaluate model trace truth wording",
    "lint": "errors evaluate findings lines model parse quantity record truth witness",
    "examples": "dates decision document errors evaluate lines model quantity",
    "library": "_version basis boxed chart dates decision document errors evaluate findings model parse record trace truth wording",
    "compiled": "document library",
    "inputs": "errors library",
    "__init__": "_version decision errors library",
}
ABOVE = {
    "yaml_reader": "document errors",
    "validate": "dates document errors folders",
    "bibliography": "model",
    "linked_data": "library model wording",
    "news": "model",
    "finding": "library model wording",
    "portable": "boxed chart decision evaluate formula library model quantity wording",
    "vectors": "decision evaluate examples library witness",
    "fhir": "chart dates errors model quantity record truth",
    "checking": "document errors examples folders library",
    "export": "errors folders library portable vectors",
    "cli": "__init__ decision errors inputs library record report",
    "__main__": "cli",
}
# The editor's tools, which look at a whole library: what examples leave open, what a change does, how files are written.
TOOLS = {
    "changes": "errors model quantity wording",
    "succession": "changes model wording",
    "drift": "errors model quantity",
    "equivalence": "dates errors evaluate model quantity record truth",
    "formats": "__init__ checking errors report",
    "probe": "dates findings model quantity record truth",
    "regions": "dates evaluate findings model quantity reach record truth witness",
    "situations": "evaluate findings model record regions truth witness",
    "agreement_map": "dates evaluate findings model quantity record situations truth",
    "grade_table": "model regions situations truth",
    "dose_table": "evaluate model quantity situations truth",
    "band_map": "agreement_map dates model quantity regions situations truth witness",
    "bars": "evaluate model quantity",
    "picture": "agreement_map model truth wording",
    "revisions": "document errors folders library",
    "scaffold": "document errors yaml_reader",
    "analysis": "errors evaluate findings lines model record regions truth witness wording",
    "canonical": "document errors library scaffold validate yaml_reader",
    "coverage": "dates decision errors evaluate examples findings model probe quantity record trace truth",
    "diff_facts": "library model quantity",
    "diff_answers": "diff_facts equivalence evaluate model quantity trace truth wording",
    "diff": "changes dates diff_answers diff_facts document equivalence errors evaluate findings library model quantity truth witness",
    "status": "checking dates errors formats library model report",
    "watching": "checking coverage errors formats library report scaffold",
    "cohort": "diff_answers errors evaluate findings library",
    "mutation": "coverage errors evaluate examples findings lines model probe quantity trace truth wording",
    "diff_report": "cohort diff witness",
    "suggest": "coverage errors evaluate findings library model mutation probe record truth",
}
TABLE = {**CORE, **ABOVE, **TOOLS}

# Imported inside a function, so that evaluating loads nothing that it does not need; or against the order, for a reason.
LAZY = {
    "report": "counterfactual",
    "cli": "canonical checking coverage diff export formats mutation revisions scaffold status suggest watching",
    "checking": "compiled yaml_reader",
    "decision": "counterfactual report",  # Decision.explain() is the report on it
    "examples": "library",  # for types only
    "library": "analysis counterfactual drift examples fhir lint validate yaml_reader",  # only where a FHIR record or a folder is read
    "inputs": "yaml_reader",  # only where a record is YAML
    "__init__": "compiled fhir folders",
    "revisions": "validate yaml_reader",
    "coverage": "checking library",
    "diff": "cohort diff_report revisions",
    "mutation": "checking",
    "suggest": "checking",
}
THIRD_PARTY = {"yaml_reader": {"yaml"}, "validate": {"jsonschema"}, "canonical": {"ruamel"}}

MODULES = sorted(path.stem for path in ENGINE.glob("*.py"))


def imports(module: str) -> Iterator[tuple[str, bool, bool]]:
    """Yield what a module imports: its name, whether it is of the package, whether it stands inside a function or is for types."""
    tree = ast.parse((ENGINE / f"{module}.py").read_text(encoding="utf-8"))
    yield from _below(tree, False)


def _below(node: ast.AST, lazy: bool) -> Iterator[tuple[str, bool, bool]]:
    for child in ast.iter_child_nodes(node):
        inside = (
            lazy
            or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
            or (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test))
        )
        if isinstance(child, ast.ImportFrom) and child.level:
            names = [child.module.split(".")[0]] if child.module else [alias.name for alias in child.names]
            for name in names:
                yield (name if name in MODULES else "__init__"), True, inside
        elif isinstance(child, ast.ImportFrom):
            yield (child.module or "").split(".")[0], False, inside
        elif isinstance(child, ast.Import):
            for alias in child.names:
                yield alias.name.split(".")[0], False, inside
        yield from _below(child, inside)


def test_each_module_has_a_row_and_each_row_a_module() -> None:
    assert sorted(TABLE) == MODULES


def test_a_row_names_only_what_stands_above_it() -> None:
    rows = list(TABLE)
    assert [
        (module, name) for module in TABLE for name in TABLE[module].split() if rows.index(name) >= rows.index(module)
    ] == []


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_its_row_allows(module: str) -> None:
    allowed, lazy = set(TABLE.get(module, "").split()), set(LAZY.get(module, "").split())
    found = list(imports(module))
    assert {name for name, own, inside in found if own and not inside} - allowed == set()
    assert {name for name, own, inside in found if own and inside} - allowed - lazy == set()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_the_standard_library_and_its_one_package(module: str) -> None:
    outside = {name for name, own, _ in imports(module) if not own and name not in sys.stdlib_module_names}
    assert outside == THIRD_PARTY.get(module, set())


def test_no_row_allows_what_is_never_imported() -> None:
    real = {module: {name for name, own, _ in imports(module) if own} for module in MODULES}
    assert {
        module: unused
        for module in TABLE
        if (unused := {*TABLE[module].split(), *LAZY.get(module, "").split()} - real.get(module, set()))
    } == {}


def run(code: str) -> str:
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "engine")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stderr == ""
    return found.stdout


def test_the_bundled_guidelines_load_without_yaml_and_jsonschema() -> None:
    run("from igguide.checking import check_paths; check_paths([])")  # brings the compiled form up to date
    code = """
import sys, igguide
library = igguide.load()
library.evaluate({"igg": "380 mg/dL", "car_t_infusion": "2026-10-07"}, as_of="2026-11-21").explain()
print(*sorted({name.split(".")[0] for name in sys.modules} - set(sys.stdlib_module_names) - {"igguide"}))
print(*sorted(name for name in sys.modules if name.startswith("igguide.")))
"""
    others, own = run(code).splitlines()
    assert not {"yaml", "_yaml", "jsonschema", "referencing"} & set(others.split())
    assert not {"igguide.yaml_reader", "igguide.validate", "igguide.fhir", "igguide.cli", "igguide.checking"} & set(
        own.split()
    )
