"""Curves through a few points, linear in the values: the error of a curve follows from the errors of its points.

A cubic between neighbours whose slopes are those of the parabola through a point and its two neighbours: three points
give their parabola exactly, two a straight line.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def slope_matrix(knots: Array) -> Array:
    """Return the matrix (P, P) that takes values at the knots to the slopes of the local parabolas there."""
    count = knots.size
    if count == 2:
        return np.array([[-1.0, 1.0], [-1.0, 1.0]]) / (knots[1] - knots[0])
    slopes = np.zeros((count, count))
    for i in range(count):
        first = min(max(i - 1, 0), count - 3)
        slopes[i, first : first + 3] = _parabola_slope(knots[first : first + 3], knots[i])
    return slopes


def _parabola_slope(three: Array, x: float) -> Array:
    """Return the weights (3,) of three values in the slope of their parabola at ``x``."""
    a, b, c = three
    return np.array(
        [
            (2 * x - b - c) / ((a - b) * (a - c)),
            (2 * x - a - c) / ((b - a) * (b - c)),
            (2 * x - a - b) / ((c - a) * (c - b)),
        ]
    )


def smooth_pieces(knots: Array) -> Array:
    """Return the weights of the values in the cubic of each interval (P - 1, 4, P): powers of its place t, 0 to 1."""
    unit = np.eye(knots.size)
    bend = np.diff(knots)[:, None] * slope_matrix(knots)[:-1], np.diff(knots)[:, None] * slope_matrix(knots)[1:]
    rise = unit[1:] - unit[:-1]
    return np.stack([unit[:-1], bend[0], 3 * rise - 2 * bend[0] - bend[1], bend[0] + bend[1] - 2 * rise], 1)


def straight_pieces(knots: Array) -> Array:
    """Return the weights of the values in the polygon through the points, as ``smooth_pieces``."""
    unit = np.eye(knots.size)
    nothing = np.zeros_like(unit[1:])
    return np.stack([unit[:-1], unit[1:] - unit[:-1], nothing, nothing], 1)


def place_among(knots: Array, x: Array) -> tuple[NDArray[np.intp], Array]:
    """Return for each x (n,) the interval it lies in and its place there, 0 to 1."""
    below = np.clip(np.searchsorted(knots, x, side="right") - 1, 0, knots.size - 2)
    return below, (x - knots[below]) / (knots[below + 1] - knots[below])


def weights_at(knots: Array, pieces: Array, x: Array, *, slope: bool = False) -> Array:
    """Return the weights (n, P) of the values in a curve, or in its slope, at ``x`` (n,) within the knots."""
    below, t = place_among(knots, x)
    one, zero = np.ones_like(t), np.zeros_like(t)
    powers = np.stack([zero, one, 2 * t, 3 * t**2] if slope else [one, t, t**2, t**3], -1)
    weights = np.einsum("nk,nkp->np", powers, pieces[below])
    return weights / (knots[below + 1] - knots[below])[:, None] if slope else weights
