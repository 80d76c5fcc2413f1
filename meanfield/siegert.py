"""The integral of exp(u^2)(1 + erf u) that every white-noise LIF formula needs, without overflow or cancellation."""

from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import dawsn, erfcx

# The antiderivative of erfcx is tabulated as Chebyshev series in log(1 + u), where it is nearly a straight line; beyond
# the last panel its asymptotic series is exact to rounding. Narrow intervals are integrated directly, because there the
# difference of antiderivatives would cancel.
_PANEL_EDGES = np.log1p(np.array([0.0, 1.0, 4.0, 16.0, 60.0]))
_DEGREE = 18
_NARROW = 0.6
_HALF_EULER = float(np.euler_gamma) / 2


@cache
def gauss_rule(order: int) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Return points and weights of Gauss's rule on [0, 1]."""
    points, weights = np.polynomial.legendre.leggauss(order)
    return (points + 1) / 2, weights / 2


def _asymptotic(u: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the antiderivative of erfcx from 0 for large ``u``."""
    w = 1 / u**2
    series = w * (1 / 4 - w * (3 / 16 - w * (15 / 48 - w * 105 / 128)))
    return (np.log(2 * u) + _HALF_EULER + series) / np.sqrt(np.pi)


@cache
def _panels() -> NDArray[np.floating]:
    """Return the Chebyshev coefficients, one column a panel, of the antiderivative of erfcx in s = log(1 + u)."""
    x, weight = gauss_rule(40)
    nodes = np.cos(np.pi * (np.arange(_DEGREE + 1) + 0.5) / (_DEGREE + 1))
    columns, start = [], 0.0
    for low, high in pairwise(_PANEL_EDGES):
        ends = np.append(low + (high - low) * (nodes + 1) / 2, high)
        s = low + (ends[:, None] - low) * x
        area = (ends - low) * np.sum(weight * erfcx(np.expm1(s)) * np.exp(s), axis=1)
        columns.append(np.polynomial.chebyshev.chebfit(nodes, start + area[:-1], _DEGREE))
        start += area[-1]
    return np.array(columns).T


def erfcx_antiderivative(u: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the integral of erfcx from 0 to ``u`` >= 0, to 1e-15."""
    s = np.log1p(u)
    panel = np.clip(np.searchsorted(_PANEL_EDGES, s, side="right") - 1, 0, _PANEL_EDGES.size - 2)
    low, high = _PANEL_EDGES[panel], _PANEL_EDGES[panel + 1]
    y = np.clip(2 * (s - low) / (high - low) - 1, -1.0, 1.0)
    coefficients = _panels()
    value, previous = np.zeros_like(y), np.zeros_like(y)
    for row in coefficients[:0:-1]:
        value, previous = row[panel] + 2 * y * value - previous, value
    inner = coefficients[0][panel] + y * value - previous
    return np.where(s > _PANEL_EDGES[-1], _asymptotic(np.maximum(u, 1.0)), inner)


def _wide(lower: NDArray[np.floating], upper: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the scaled integral from antiderivatives, in the three regimes of the signs of its limits."""
    top = np.maximum(upper, 0.0)
    scale = np.exp(-(top**2))
    tails = erfcx_antiderivative(np.abs(lower)) - erfcx_antiderivative(np.abs(upper))
    low = np.maximum(lower, 0.0)
    grown = 2 * (dawsn(top) - np.exp(np.minimum(low**2 - top**2, 0.0)) * dawsn(low))
    return grown + scale * tails


def _narrow(lower: NDArray[np.floating], upper: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the scaled integral by Gauss's rule."""
    x, weight = gauss_rule(12)
    u = lower[..., None] + (upper - lower)[..., None] * x
    return (upper - lower) * np.sum(weight * scaled_integrand(u, upper[..., None]), axis=-1)


def scaled_integrand(u: NDArray[np.floating], upper: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return exp(-max(upper, 0)^2) erfcx(-u), which stays finite for u <= upper."""
    top = np.maximum(upper, 0.0)
    below, above = np.minimum(u, 0.0), np.maximum(u, 0.0)
    return np.where(
        u <= 0, np.exp(-(top**2)) * erfcx(-below), 2 * np.exp(above**2 - top**2) - np.exp(-(top**2)) * erfcx(above)
    )


def scaled_siegert(lower: NDArray[np.floating], upper: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return exp(-max(upper, 0)^2) times the integral of exp(u^2)(1 + erf u) over [lower, upper].

    Source: siegert1951; regimes after layer2022 (NNMT).

    Parameters
    ----------
    lower, upper : array
        Limits (V_reset - mu)/sigma and (V_threshold - mu)/sigma, 1.

    Returns
    -------
    array
        The scaled integral, 1, to about 1e-13 of its value.
    """
    width = (upper - lower) * (1 + np.maximum(upper, -upper))
    narrow = (upper - lower) < _NARROW * (1 + np.minimum(np.abs(upper), np.abs(lower)))
    narrow = np.where(upper > 0, width < _NARROW, narrow)
    result = _wide(lower, upper)
    if narrow.any():
        result[narrow] = _narrow(lower[narrow], upper[narrow])
    return result
