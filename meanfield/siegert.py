"""The integral of exp(u^2)(1 + erf u) that every white-noise LIF formula needs, without overflow or cancellation."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray
from scipy.special import dawsn, erfcx

from .siegert_compiled import DEGREE, OCTAVES, PANEL_BITS, PANEL_MARGIN, antiderivatives, integrals, rates

_POINTS_A_WORKER = 16384  # below, starting a thread takes longer than it saves
_PANELS_EACH = 1 << PANEL_BITS
# exp(-y^2) times the integral from 0 to y, and the antiderivative of erfcx without its logarithm, in powers of 1/y.
_ASYMPTOTIC_ABOVE = [0, 1, 0, 1 / 2, 0, 3 / 4, 0, 15 / 8, 0, 105 / 16]
_ASYMPTOTIC_BELOW = [0, 0, 1 / 4, 0, -3 / 16, 0, 15 / 48, 0, -105 / 128]


@cache
def gauss_rule(order: int) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Return points and weights of Gauss's rule on [0, 1]."""
    points, weights = np.polynomial.legendre.leggauss(order)
    return (points + 1) / 2, weights / 2


def _points(count: int) -> NDArray[np.floating]:
    """Return ``count`` Chebyshev points of a widened unit panel."""
    return 0.5 + (0.5 + PANEL_MARGIN) * np.cos(np.pi * (np.arange(count) + 0.5) / count)


def _coefficients(values: NDArray[np.floating], width: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return, a panel a row, coefficients of powers of the distance from its start, from values at `_points`.

    The Chebyshev series comes first: its terms fall off, so that turning them into powers costs no digits.
    """
    count = values.shape[1]
    nodes = np.cos(np.pi * (np.arange(count) + 0.5) / count)
    series = values @ chebyshev.chebvander(nodes, count - 1) * (2 / count)
    series[:, 0] /= 2
    centred = np.polynomial.Polynomial(np.array([-0.5, 1.0]) / (0.5 + PANEL_MARGIN))
    powers = np.zeros((count, count))
    for k in range(count):
        powers[k, : k + 1] = np.polynomial.Chebyshev.basis(k).convert(kind=np.polynomial.Polynomial)(centred).coef
    return series @ powers / width ** np.arange(count)


def _mean_erfcx(start: NDArray[np.floating], end: NDArray[np.floating]) -> NDArray[np.floating]:
    x, weight = gauss_rule(20)
    return np.sum(weight * erfcx(start[..., None] + (end - start)[..., None] * x), axis=-1)


def _row(series: list[float]) -> NDArray[np.floating]:
    return np.pad(np.array([0.0, *series], dtype=float), (0, DEGREE + 1 - len(series)))


@cache
def table() -> NDArray[np.floating]:
    """Return the rows of `siegert_compiled`: start of the panel and coefficients of powers of the distance from it.

    The antiderivative of erfcx is a polynomial times the distance, plus a constant, so that it keeps its digits near 0.
    """
    octaves = 2.0 ** np.arange(OCTAVES)[:, None] * (1 + np.arange(_PANELS_EACH) / _PANELS_EACH)
    edges = np.append(octaves.ravel(), 2.0**OCTAVES) - 1
    start, width = edges[:-1, None], np.diff(edges)[:, None]
    offset = np.append(0.0, np.cumsum(np.diff(edges) * _mean_erfcx(edges[:-1], edges[1:])))[:-1, None]

    slope = _mean_erfcx(start, start + width * _points(DEGREE))
    below = np.hstack([start, -offset, -_coefficients(slope, width)])

    u = start + width * _points(DEGREE + 1)
    antiderivative = offset + (u - start) * _mean_erfcx(start, u)
    above = np.hstack([start, _coefficients(2 * dawsn(u) - np.exp(-(u**2)) * antiderivative, width)])
    above[0, 1] = 0.0
    return np.vstack([below, -_row(_ASYMPTOTIC_BELOW) / np.sqrt(np.pi), above, _row(_ASYMPTOTIC_ABOVE)])


def _in_one_piece(argument: NDArray[np.floating], shape: tuple[int, ...]) -> NDArray[np.floating]:
    """Return the argument flat: one number as it is, an array broadcast to all points.

    A read-only array is another type to a kernel, which would be compiled again for it; it is copied.
    """
    if argument.size != 1 and argument.shape != shape:
        argument = np.broadcast_to(argument, shape)
    flat = np.ascontiguousarray(argument).reshape(-1)
    return flat if flat.flags.writeable else flat.copy()


def erfcx_antiderivative(u: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the integral of erfcx from 0 to ``u`` >= 0, to 1e-15."""
    found = np.empty(u.shape)
    antiderivatives(table(), _in_one_piece(u, found.shape), found.reshape(-1))
    return found


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
        Limits (V_reset - mu)/sigma and (V_threshold - mu)/sigma, 1, of one shape.

    Returns
    -------
    array
        The scaled integral, 1, to about 1e-13 of its value.
    """
    found = np.empty(upper.shape)
    integrals(table(), _in_one_piece(lower, found.shape), _in_one_piece(upper, found.shape), found.reshape(-1))
    return found


def siegert_rates(*arguments: NDArray[np.floating]) -> tuple[NDArray[np.floating], bool]:
    """Return the rates of LIF cells in one pass, and whether all arguments were possible.

    Parameters
    ----------
    *arguments : array
        mu, sigma, V; tau_m, tau_ref, s; v_threshold, v_reset, V; how far threshold and reset are raised, in sigma. They
        broadcast; a single number is never spread out.

    Returns
    -------
    rates : array
        Rates, Hz, in the broadcast shape; of no meaning where the arguments are impossible.
    possible : bool
        False if some mu is not finite, sigma or tau_m not positive, tau_ref negative, or a threshold not above its
        reset.
    """
    found = np.empty(np.broadcast(*arguments).shape)
    sources = tuple([_in_one_piece(argument, found.shape) for argument in arguments])
    flat = found.reshape(-1)
    workers = min(os.cpu_count() or 1, flat.size // _POINTS_A_WORKER)
    if workers < 2:
        return found, rates(table(), sources, 0, flat.size, flat)
    edges = np.linspace(0, flat.size, workers + 1).astype(int).tolist()
    with ThreadPoolExecutor(workers) as pool:
        parts = [pool.submit(rates, table(), sources, start, stop, flat) for start, stop in pairwise(edges)]
        return found, all([part.result() for part in parts])
