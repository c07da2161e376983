"""How a run is stopped, what it may use, and what ended one that stopped by itself.

`ladder` stops a run, each step firmer than the one before; `watch` looks at its time and memory against its limits;
`explanation` is an ordered list of decisions over the evidence that a death leaves.
"""

from .explanation import Evidence, Filled, after_memory_ran_out, explain, limit_exceeded, ran_out, unfinished
from .ladder import Ladder
from .watch import Limits, Peak, Watch

__all__ = [
    "Evidence",
    "Filled",
    "Ladder",
    "Limits",
    "Peak",
    "Watch",
    "after_memory_ran_out",
    "explain",
    "limit_exceeded",
    "ran_out",
    "unfinished",
]
