"""Figures keep the kind of canvas they had, which matplotlib's own pickling drops.

A figure that pyplot knows is pyplot's again; one that it doesn't (a notebook's inline backend has shown and closed it
at the end of its cell) is not shown a second time, but can be drawn, saved and drawn on. Matplotlib 3.11 takes the
canvas away from a figure when it is closed; what arrives has the one with pixels, as it had while its cell ran.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

import matplotlib
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

_INLINE = "matplotlib_inline.backend_inline"


def reduce_figure(figure: Figure) -> object:
    """The figure as it reduces itself, and the class of its canvas."""
    make, args, state, *rest = figure.__reduce_ex__(5)
    canvas = type(figure.canvas)
    if any(rest) or canvas.required_interactive_framework is not None:
        return make, args, state, *rest  # a window: there is none over there unless pyplot opens it
    if canvas is FigureCanvasBase:
        canvas = FigureCanvasAgg
    return make, args, (state, canvas), None, None, set_figure


def set_figure(figure: Figure, state: tuple[dict, type]) -> None:
    """Give a figure its state and, if pyplot didn't, its canvas."""
    own, canvas = state
    figure.__setstate__(own)
    if figure.canvas.manager is None:
        canvas(figure)
    if matplotlib.get_backend() in ("inline", f"module://{_INLINE}"):
        importlib.import_module(_INLINE)  # by which a notebook learns to show figures


def register(register_reducer: Callable) -> None:
    """Register all that this module knows."""
    register_reducer(Figure, reduce_figure)
