"""Check the guidelines and write their compiled form while the package is built."""

from __future__ import annotations

import compileall
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileGuidelines(BuildHookInterface):  # type: ignore[type-arg, misc]
    """Makes `_compiled.json`, from which the bundled library loads without YAML."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the compiled form before the wheel (or the editable install) is made; stop where a rule is wrong."""
        root = Path(self.root)
        sys.path.insert(0, str(root / "engine"))
        from igguide.compiled import write_compiled
        from igguide.folders import compiled_file

        problems = write_compiled(root / "guidelines", compiled_file())
        compileall.compile_dir(
            str(root / "engine" / "igguide"), quiet=1
        )  # a wheel's installer does this, an editable one does not
        if problems:
            raise RuntimeError("The guidelines have problems; run `igguide check guidelines`.\n" + "\n".join(problems))
