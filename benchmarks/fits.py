"""How a cost grows: a line through points, or a power."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fit:
    """``y = offset + slope x``, and, fitted in logarithms, ``y = scale x ** exponent``; `r2` and `power_r2` of them."""

    slope: float
    offset: float
    r2: float
    exponent: float
    scale: float
    power_r2: float


def line(x: Sequence[float], y: Sequence[float]) -> tuple[float, float, float]:
    """Slope, offset and r² of the line of least squares; r² is 0 for points of one height, which no slope explains."""
    slope, offset = statistics.linear_regression(x, y)
    flat = math.isclose(min(y), max(y), rel_tol=1e-12, abs_tol=1e-300)
    return slope, offset, 0.0 if flat else statistics.correlation(x, y) ** 2


def fit(x: Sequence[float], y: Sequence[float]) -> Fit:
    """Both, through points of positive coordinates; at least two different `x`."""
    slope, offset, r2 = line(x, y)
    exponent, height, power_r2 = line([math.log(each) for each in x], [math.log(each) for each in y])
    return Fit(slope, offset, r2, exponent, math.exp(height), power_r2)
