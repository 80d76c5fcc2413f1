"""What describes any sigmoid, computed from the curve alone: potentials at fixed heights, slope, width, skew."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import ndtr

from ..gain_pivot import Pivot

UPPER_WIDTH_LEVEL = float(ndtr(1.0))
LOWER_WIDTH_LEVEL = float(ndtr(-1.0))
_OUT_OF_REACH = 1e100  # V


class Sigmoid(Protocol):
    """Population rate (Hz) as a monotone function of the mean free potential (V)."""

    @property
    def q_max(self) -> Any:
        """Maximal rate, Hz."""
        ...

    def __call__(self, v: ArrayLike) -> NDArray[np.float64]:
        """Return the rate at ``v``, Hz."""
        ...

    def gain(self, v: ArrayLike) -> NDArray[np.float64]:
        """Return the slope dQ/dV at ``v``, Hz/V."""
        ...

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        """Return the potential where the rate is ``p`` times ``q_max``, V."""
        ...

    @property
    def pivots(self) -> dict[str, Pivot]:
        """The potential around which the curve turns with each gain-like parameter."""
        ...

    def features(self) -> dict[str, float]:
        """Return the sigmoid features, SI."""
        ...


def checked_probability(p: ArrayLike) -> NDArray[np.float64]:
    """Return ``p`` as an array, refusing heights that the sigmoid only reaches at infinity."""
    heights = np.asarray(p, dtype=float)
    if not np.all((heights > 0) & (heights < 1)):
        raise ValueError(f"quantile: p = {p} is not between 0 and 1; give the height as a fraction of q_max, e.g. 0.5.")
    return heights


def within_reach(v: ArrayLike) -> NDArray[np.float64]:
    """Return potentials with infinity moved to 1e100 V, where every sigmoid is flat: 0 times infinity is no number."""
    return np.clip(np.asarray(v, dtype=float), -_OUT_OF_REACH, _OUT_OF_REACH)


def quantile_skew(low: float, median: float, high: float) -> float:
    """Return the quantile asymmetry (V_{1-p} + V_p - 2 V_50)/(V_{1-p} - V_p) of a sigmoid.

    Parameters
    ----------
    low, median, high : float
        Potentials at the heights p, 1/2 and 1-p, V.

    Returns
    -------
    float
        Asymmetry, 1: 0 for a symmetric sigmoid, positive when the approach to saturation is the slower one.
    """
    return (high + low - 2 * median) / (high - low)


def steepest_point(sigmoid: Sigmoid) -> float:
    """Return the potential (V) of the largest slope, found between the 0.1 % and 99.9 % heights."""
    first, last = sigmoid.quantile([0.001, 0.999])
    grid = np.linspace(first, last, 401)
    best = int(np.argmax(sigmoid.gain(grid)))
    lower, upper = grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)]
    found: Any = minimize_scalar(lambda v: -float(sigmoid.gain(v)), bounds=(lower, upper), options={"xatol": 1e-10})
    return float(found.x)


def sigmoid_features(sigmoid: Sigmoid, steepest: float | None = None) -> dict[str, float]:
    """Return the features shared by all families.

    Parameters
    ----------
    sigmoid : Sigmoid
        The curve to describe.
    steepest : float, optional
        Potential of the largest slope where it is known in closed form, V.

    Returns
    -------
    dict of str to float
        ``q_max`` (Hz), ``v10``, ``v50``, ``v90`` (V), ``max_slope`` (Hz/V), ``v_max_slope`` (V), ``width`` (V, half the
        distance between the 15.9 % and 84.1 % heights: the sd of Q' when it is Gaussian) and ``skew`` (1, quantile
        asymmetry at 0.1).
    """
    v10, v50, v90, low, high = (
        float(v) for v in sigmoid.quantile([0.1, 0.5, 0.9, LOWER_WIDTH_LEVEL, UPPER_WIDTH_LEVEL])
    )
    v_max_slope = steepest_point(sigmoid) if steepest is None else steepest
    return {
        "q_max": float(sigmoid.q_max),
        "v10": v10,
        "v50": v50,
        "v90": v90,
        "max_slope": float(sigmoid.gain(v_max_slope)),
        "v_max_slope": v_max_slope,
        "width": (high - low) / 2,
        "skew": quantile_skew(v10, v50, v90),
    }


def _widened(
    curve: Callable[[NDArray], NDArray], target: NDArray, start: float, step: float
) -> tuple[NDArray, NDArray]:
    """Return potentials below and above every target, walking outwards in doubling steps."""
    lower, upper = np.full(target.shape, start), np.full(target.shape, start)
    for _ in range(80):
        too_high, too_low = curve(lower) > target, curve(upper) < target
        if not (too_high.any() or too_low.any()):
            return lower, upper
        lower, upper = np.where(too_high, lower - step, lower), np.where(too_low, upper + step, upper)
        step *= 2
    raise ValueError(f"quantile: the sigmoid does not reach {target.max():g} Hz; ask for a lower height.")


def invert(
    curve: Callable[[NDArray], NDArray],
    slope: Callable[[NDArray], NDArray],
    target: NDArray[np.float64],
    *,
    start: float,
    step: float,
) -> NDArray[np.float64]:
    """Return the potentials where a rising curve takes the target values: Newton steps kept inside a shrinking bracket.

    Parameters
    ----------
    curve, slope : callable
        The curve (Hz) and its derivative (Hz/V).
    target : array
        Values to reach, Hz.
    start, step : float
        Where the bracket begins and its first width, V.

    Returns
    -------
    array
        Potentials, V, of the shape of ``target``.
    """
    lower, upper = _widened(curve, target, start, step)
    v = (lower + upper) / 2
    for _ in range(200):
        error = curve(v) - target
        lower, upper = np.where(error < 0, v, lower), np.where(error < 0, upper, v)
        with np.errstate(divide="ignore", invalid="ignore"):
            newton = v - error / slope(v)
        inside = (newton > lower) & (newton < upper)
        moved = np.where(inside, newton, (lower + upper) / 2)
        if np.all(np.abs(moved - v) <= 4e-16 * np.maximum(np.abs(v), step * 1e-3)):
            return moved
        v = moved
    return v
