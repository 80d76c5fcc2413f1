"""One time constant for the response of the rate: the exponential filter that is nearest to it in the mean square."""

import math
from enum import Enum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..units import takes
from .eif_response import stationary_cells
from .exponential_cell import ExponentialCell, Given

Array = NDArray[np.floating]
ComplexArray = NDArray[np.complexfloating]

SHORTEST = 1e-6  # s, as published
LONGEST_IN_TAU_M = 5.0  # 100 ms for the published cell

_RAY_NODES, _RAY_STRETCH, _RAY_SLOPE = 28, 6.0, 0.5
_END_NODES, _END_STRETCH = 8, 3.0
_SCAN = 400
_NEWTON_STEPS = 4


class FitOutcome(Enum):
    """What became of the fit of a time constant; the value says it in a sentence."""

    FITTED = "The time constant is the minimum of the squared distance."
    FALLING = (
        "More input does not raise the rate here, so that no exponential filter resembles the response: the time "
        "constant is 0, the rate follows at once (the rule of augustin2017)."
    )
    SHORTEST = f"The distance has no minimum above the shortest time constant, {SHORTEST:g} s, which is given instead."
    LONGEST = "The distance has no minimum below the longest time constant, 5 tau_m, which is given instead."


OUTCOMES = tuple(FitOutcome)


class ResponseContour(NamedTuple):
    """Nodes (n,) and weights (n,) of an integral over 0 <= w <= 2 pi ``highest`` along a path below the real axis.

    ``laplace`` is i w, 1/s.
    """

    laplace: ComplexArray
    weights: ComplexArray
    highest: float


class ResponseTimes(NamedTuple):
    """Time constants of the response to mu and sigma, s, and the index of each fit's outcome in ``OUTCOMES``."""

    tau_mu: Array
    tau_sigma: Array
    mu_outcome: NDArray[np.integer]
    sigma_outcome: NDArray[np.integer]


def _stretched(nodes: int, stretch: float) -> tuple[Array, Array]:
    """Return Gauss-Legendre nodes and weights on [0, 1], crowded towards 0 by an exponential map."""
    x, weight = np.polynomial.legendre.leggauss(nodes)
    u = (x + 1) / 2
    scale = math.expm1(stretch)
    return np.expm1(stretch * u) / scale, weight / 2 * stretch * np.exp(stretch * u) / scale


def response_contour(highest: float, refinement: int = 1) -> ResponseContour:
    """Return the frequencies at which a response must be known to fit it up to ``highest`` (Hz).

    A causal response has no singularity below the real axis, so that the integral over real frequencies, where the
    response of a regular cell has sharp resonances, equals one over a path that keeps clear of them: a slanted ray and
    a way straight up to the last frequency. ``refinement`` multiplies the number of nodes.
    """
    if not highest > 0:
        raise ValueError(f"response_contour: highest = {highest} Hz must be above 0 Hz; the published one is 1000 Hz.")
    last = 2 * np.pi * highest
    x, gx = _stretched(refinement * _RAY_NODES, _RAY_STRETCH)
    y, gy = _stretched(refinement * _END_NODES, _END_STRETCH)
    ray, up = 1 - 1j * _RAY_SLOPE, 1j * _RAY_SLOPE
    w = last * np.concatenate([ray * x, 1 - up * y])
    return ResponseContour(1j * w, last * np.concatenate([ray * gx, up * gy]), highest)


def _filter_power(tau: Array, last: float) -> tuple[Array, Array]:
    """Return first and second derivative by tau of the integral of |1/(1 + i w tau)|^2, which is atan(last tau)/tau."""
    angle, square = np.arctan(last * tau), 1 + (last * tau) ** 2
    first = last / (tau * square) - angle / tau**2
    bend = -last * (1 + 3 * (last * tau) ** 2) / (tau * square) ** 2
    return first, bend - last / (tau**2 * square) + 2 * angle / tau**3


def _polish(tau: Array, shape: ComplexArray, contour: ResponseContour, spread: float) -> Array:
    """Return the minimum near ``tau`` by Newton's method, kept within a factor ``spread`` of the start."""
    lowest, highest = tau / spread, tau * spread
    s, last = contour.laplace, 2 * np.pi * contour.highest
    for _ in range(_NEWTON_STEPS):
        near = 1 / (1 - s * tau[:, None])
        overlap = shape * contour.weights
        slope = np.sum(overlap * s * near**2, axis=1).real
        bend = 2 * np.sum(overlap * s**2 * near**3, axis=1).real
        power_slope, power_bend = _filter_power(tau, last)
        curvature = power_bend - 2 * bend
        step = np.where(curvature > 0, (power_slope - 2 * slope) / np.where(curvature > 0, curvature, 1.0), 0.0)
        tau = np.clip(tau - step, lowest, highest)
    return tau


def fitted_time_constant(
    response: ComplexArray, static: Array, contour: ResponseContour, longest: float
) -> tuple[Array, NDArray[np.integer]]:
    """Return the tau (s) of the filter 1/(1 + i w tau) nearest to each response, and the index of the outcome.

    Source: augustin2017 (least squares over frequencies up to 1 kHz; the value at frequency 0 is kept).

    Parameters
    ----------
    response : (n, n_nodes) complex array
        Responses at the nodes of the contour.
    static : (n,) array
        The same at frequency 0.
    contour : ResponseContour
        Where the responses are known.
    longest : float
        Longest time constant that is looked for, s.

    Returns
    -------
    tau, outcome : (n,) arrays
        Time constant, s, and its index in ``OUTCOMES``.
    """
    rising = static > 0
    shape = response / np.where(rising, static, 1.0)[:, None]
    trial = np.geomspace(SHORTEST, longest, _SCAN)
    overlap = (shape * contour.weights) @ (1 / (1 - np.outer(contour.laplace, trial)))
    distance = np.arctan(2 * np.pi * contour.highest * trial) / trial - 2 * overlap.real
    best = np.argmin(distance, axis=1)
    tau = _polish(trial[best], shape, contour, spread=float(trial[1] / trial[0]))
    outcome = np.select(
        [~rising, best == 0, best == _SCAN - 1],
        [OUTCOMES.index(o) for o in (FitOutcome.FALLING, FitOutcome.SHORTEST, FitOutcome.LONGEST)],
        OUTCOMES.index(FitOutcome.FITTED),
    )
    return np.where(rising, np.where(outcome == 0, tau, trial[best]), 0.0), outcome


@takes(
    mu="V", sigma="V", tau_m="s", tau_ref="s", v_threshold="V", v_reset="V", slope_factor="V", v_cutoff="V",
    highest_frequency="Hz",
)  # fmt: skip
def eif_response_times(
    mu: ArrayLike,
    sigma: ArrayLike,
    *,
    tau_m: Given,
    tau_ref: Given,
    v_threshold: Given,
    v_reset: Given,
    slope_factor: Given,
    v_cutoff: Given,
    highest_frequency: Given = 1000.0,
    size: int = 2000,
) -> ResponseTimes:
    """Return the time constants with which the rate of an exponential cell follows its mean input and its noise.

    Source: augustin2017 (the filters of its LNexp model).
    Assumptions: those of `eif_response`; one exponential stands for a response that may resonate. Neither is the
    membrane time constant: tau_mu is longer for silent cells and far shorter for active ones.

    Parameters
    ----------
    mu, sigma : array
        Mean free potential and canonical noise amplitude, V.
    tau_m, tau_ref, v_threshold, v_reset, slope_factor, v_cutoff : float
        The cell, as in `eif_response`.
    highest_frequency : float
        Up to where the response is fitted, Hz; all frequencies weigh the same.
    size : int
        Number of voltage steps.

    Returns
    -------
    ResponseTimes
        Time constants of the broadcast shape of ``mu`` and ``sigma``, s, and the outcome of each fit.
    """
    cell = ExponentialCell(
        tau_m=tau_m,
        tau_ref=tau_ref,
        v_threshold=v_threshold,
        v_reset=v_reset,
        slope_factor=slope_factor,
        v_cutoff=v_cutoff,
    )
    mean, noise = np.broadcast_arrays(np.asarray(mu, dtype=float), np.asarray(sigma, dtype=float))
    contour = response_contour(float(highest_frequency))
    laplace = np.concatenate([[0j], contour.laplace])
    found = stationary_cells(cell, mean.ravel(), noise.ravel(), laplace, size, "eif_response_times")
    fits = response_times(found.relative_response, contour, cell.tau_m)
    return ResponseTimes(
        fits.tau_mu.reshape(mean.shape),
        fits.tau_sigma.reshape(mean.shape),
        fits.mu_outcome.reshape(mean.shape),
        fits.sigma_outcome.reshape(mean.shape),
    )


def response_times(relative_response: ComplexArray, contour: ResponseContour, tau_m: float) -> ResponseTimes:
    """Return the time constants of responses (n, 2, 1 + n_nodes) whose first entry is that at frequency 0."""
    longest = LONGEST_IN_TAU_M * tau_m
    to_mu, to_sigma = (
        fitted_time_constant(relative_response[:, i, 1:], relative_response[:, i, 0].real, contour, longest)
        for i in range(2)
    )
    return ResponseTimes(to_mu[0], to_sigma[0], to_mu[1], to_sigma[1])
