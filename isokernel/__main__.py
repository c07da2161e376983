"""``python -m isokernel``: the same as the command ``isokernel``."""

from .cli import main

raise SystemExit(main())
