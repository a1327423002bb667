"""Run the command line: `python -m igguide`."""

from .cli import main

raise SystemExit(main())
