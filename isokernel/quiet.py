"""Reading code without its warnings, which are for whoever runs it.

``warnings.catch_warnings`` won't do in the notebook's own process: it has Python forget which warnings were shown
already, and each would be shown again.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_IGNORE = ("ignore", None, Warning, None, 0)


@contextmanager
def quiet() -> Iterator[None]:
    """Ignore warnings meanwhile, and leave no trace of that."""
    filters = warnings.filters
    filters.insert(0, _IGNORE)
    try:
        yield
    finally:
        filters.remove(_IGNORE)
