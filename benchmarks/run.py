"""Run every benchmark, one after the other."""

from __future__ import annotations

import decide
import load
import rebuild

if __name__ == "__main__":
    for part in (decide, load, rebuild):
        print(f"\n{part.__doc__}\n")
        part.main()
