"""What TensorFlow's C++ tells of its start, which every process of ours makes anew: shown once to a notebook.

In one process these lines come once. Anything else that is logged, errors of a training first of all, is shown as
often as it comes.
"""

from __future__ import annotations

import re

# I0000 00:00:1795422404.977267   19311 port.cc:153] text, as absl formats it; older ones have a date and a path.
_LINE = re.compile(r"(?:\d{4}-\d\d-\d\d \S+: )?[IWE](?:\d{4} \S+ +\d+)? (?:\S*/)?(\w+\.cc):\d+\] (.*)", re.DOTALL)
_PREAMBLE = "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR"
_CONTINUED = "To enable the following instructions:"
_BEGINS = re.compile(r"[IWE]\d|\d{4}-|WARNING: All|To enable")
OF_THE_START = frozenset(
    "port cudart_stub cpu_feature_guard cuda_platform cuda_driver cuda_diagnostics cuda_executor cuda_dnn cuda_blas "
    "cuda_fft dso_loader gpu_device service device_compiler mlir_graph_optimization_pass computation_placer "
    "gpu_process_state gpu_timer pjrt_api".split()
)
"""Source files, less their ``.cc``, whose messages are of a process's start."""


class StartLog:
    """Takes one process's standard error apart into what is to be shown and what was shown before.

    Parameters
    ----------
    shown : set of str
        What earlier processes have told; this one adds to it.
    """

    def __init__(self, shown: set[str]) -> None:
        self._shown = shown
        self._own: set[str] = set()
        self._held = ""  # half a line that may turn out to be one of them

    def pick(self, text: str) -> str:
        """What of `text` is to be shown now."""
        *whole, rest = (self._held + text).splitlines(keepends=True) or [""]
        if rest.endswith("\n"):
            whole, rest = [*whole, rest], ""
        picked = "".join(line for line in whole if self._is_news(line))
        self._held = rest if _BEGINS.match(rest) else ""
        return picked + rest.removeprefix(self._held)

    def rest(self) -> str:
        """What was held back, at the end."""
        held, self._held = self._held, ""
        return held

    def _is_news(self, line: str) -> bool:
        found = _LINE.match(line)
        if found is not None and found[1].removesuffix(".cc") in OF_THE_START:
            key = f"{found[1]} {found[2]}"
        elif line.startswith((_PREAMBLE, _CONTINUED)):
            key = line
        else:
            return True
        news = key not in self._shown or key in self._own
        self._shown.add(key)
        self._own.add(key)
        return news
