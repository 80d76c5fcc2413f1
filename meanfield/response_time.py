"""One time constant for the response of the rate: the exponential filter that is nearest to it in the mean square."""

import math
from enum import Enum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..units import takes
from .cell_points import cell_points
from .eif_response import stationary_points
from .exponential_cell import Given

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
    if not 0 < highest < math.inf:
        raise ValueError(
            f"response_contour: highest = {highest} Hz must be above 0 Hz and finite; the published one is 1000 Hz."
        )
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
    tau_m: ArrayLike,
    tau_ref: ArrayLike,
    v_threshold: ArrayLike,
    v_reset: ArrayLike,
    slope_factor: ArrayLike,
    v_cutoff: ArrayLike,
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
    tau_m, tau_ref, v_threshold, v_reset, slope_factor, v_cutoff : array
        The cell, or cells, as in `eif_response`.
    highest_frequency : float
        Up to where the response is fitted, Hz; all frequencies weigh the same.
    size : int
        Number of voltage steps.

    Returns
    -------
    ResponseTimes
        Time constants of the broadcast shape of all arguments, s, and the outcome of each fit.
    """
    cell = {
        "tau_m": tau_m,
        "tau_ref": tau_ref,
        "v_threshold": v_threshold,
        "v_reset": v_reset,
        "slope_factor": slope_factor,
        "v_cutoff": v_cutoff,
    }
    points = cell_points("eif_response_times", mu, sigma, cell)
    contour = response_contour(float(highest_frequency))
    laplace = np.concatenate([[0j], contour.laplace])
    found = stationary_points(points, laplace, size, "eif_response_times")
    fits = response_times(found.relative_response, contour, points.cells[0])
    return ResponseTimes(
        fits.tau_mu.reshape(points.shape),
        fits.tau_sigma.reshape(points.shape),
        fits.mu_outcome.reshape(points.shape),
        fits.sigma_outcome.reshape(points.shape),
    )


def response_times(relative_response: ComplexArray, contour: ResponseContour, tau_m: ArrayLike) -> ResponseTimes:
    """Return the time constants of responses (n, 2, 1 + n_nodes) whose first entry is that at frequency 0.

    ``tau_m`` (n,) or one for all, s: a fit looks no further than five of them.
    """
    membranes = np.broadcast_to(np.asarray(tau_m, dtype=float), relative_response.shape[:1])
    times, outcomes = np.empty((2, membranes.size)), np.empty((2, membranes.size), dtype=int)
    for membrane in np.unique(membranes):
        same = membranes == membrane
        for i in range(2):
            response = relative_response[same, i]
            times[i, same], outcomes[i, same] = fitted_time_constant(
                response[:, 1:], response[:, 0].real, contour, LONGEST_IN_TAU_M * membrane
            )
    return ResponseTimes(times[0], times[1], outcomes[0], outcomes[1])
