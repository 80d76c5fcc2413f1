"""Stationary rate and density of any one-dimensional integrate-and-fire cell in white noise."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import exprel

from ..units import takes

Array = NDArray[np.floating]

# A step over which the density would be forgotten by more than exp(-60) carries nothing over; capping the exponent
# keeps the running sums small where the exponential current is huge.
_FORGOTTEN = 60.0


class StationaryDensity(NamedTuple):
    """Rate and density of a stationary population.

    ``rate`` (...) Hz; ``density`` (..., n_v) 1/V on the grid, whose integral is the share of cells that are not
    refractory, 1 - rate tau_ref.
    """

    rate: Array
    density: Array


@takes(lower="V", reset="V", upper="V")
def voltage_grid(lower: float, reset: float, upper: float, size: int = 2000) -> Array:
    """Return a grid of about ``size`` points from ``lower`` to ``upper`` (V) that has ``reset`` as a node.

    Spacing is uniform on either side of the reset and as equal as that allows.
    """
    if not lower < reset < upper:
        raise ValueError(f"voltage_grid: the reset {reset} V is not between {lower} V and {upper} V; widen the grid.")
    below = max(round(size * (reset - lower) / (upper - lower)), 2)
    above = max(size - below, 2)
    return np.concatenate([np.linspace(lower, reset, below + 1)[:-1], np.linspace(reset, upper, above + 1)])


def checked_grid(v_grid: ArrayLike, reset_index: int) -> Array:
    """Return the grid as an array, or raise ``ValueError`` if it does not rise or the reset is not inside it."""
    grid = np.asarray(v_grid, dtype=float)
    if grid.ndim != 1 or grid.size < 4 or not np.all(np.diff(grid) > 0):
        raise ValueError(
            f"threshold_integration: v_grid of shape {grid.shape} must be one rising list of at least 4 potentials."
        )
    check_reset_index("threshold_integration", reset_index, grid)
    return grid


def check_reset_index(caller: str, reset_index: int, grid: Array) -> None:
    """Raise ``ValueError`` in the name of ``caller`` unless the reset lies inside the grid of potentials."""
    if not 0 < reset_index < grid.size - 1:
        raise ValueError(f"{caller}: reset_index {reset_index} must point inside the grid of {grid.size} potentials.")


def log_flux_density(drift: Array, diffusion: Array, widths: Array, reset_index: int) -> Array:
    """Return the log of the density that carries unit flux from the reset to the upper end of the grid.

    Each step is solved exactly for the drift at its middle; everything is positive, so sums are taken of logarithms and
    the result spans any number of orders of magnitude.
    """
    middle = (drift[..., 1:] + drift[..., :-1]) / 2
    spread = (diffusion[..., 1:] + diffusion[..., :-1]) / 2
    decay = middle * widths / spread
    with np.errstate(divide="ignore", over="ignore"):
        source = np.log(widths / spread) + np.where(
            decay < 700, np.log(exprel(-decay)), -np.log(np.maximum(decay, 1.0))
        )
    source[..., :reset_index] = -np.inf
    kept = np.minimum(decay, _FORGOTTEN)
    height = np.concatenate([np.zeros_like(kept[..., :1]), np.cumsum(kept, axis=-1)], axis=-1)
    terms = (source - height[..., :-1])[..., ::-1]
    summed = np.logaddexp.accumulate(terms, axis=-1)[..., ::-1]
    return np.concatenate([summed + height[..., :-1], np.full_like(summed[..., :1], -np.inf)], axis=-1)


def _check_process(drift: Array, diffusion: Array, tau_ref: Array) -> None:
    if not np.all(np.isfinite(drift)):
        raise ValueError("threshold_integration: drift holds a number that is not finite; leave it out.")
    if not np.all((diffusion > 0) & (diffusion < np.inf)):
        raise ValueError(
            f"threshold_integration: diffusion {np.min(diffusion):g} V^2/s is not above 0 and finite; give the cell "
            "some noise."
        )
    if not np.all((tau_ref >= 0) & (tau_ref < np.inf)):
        raise ValueError(
            f"threshold_integration: tau_ref = {np.min(tau_ref):g} s must be finite and not negative; correct it."
        )


@takes(drift="V/s", diffusion="V**2/s", v_grid="V", tau_ref="s")
def threshold_integration(
    drift: ArrayLike, diffusion: ArrayLike, v_grid: ArrayLike, reset_index: int, tau_ref: ArrayLike
) -> StationaryDensity:
    """Return rate and density of dV = drift(V) dt + sqrt(2 diffusion) dW with threshold, reset and dead time.

    Source: richardson2007, with the drift taken at the middle of each step, which makes it of second order.
    Assumptions: white noise that does not depend on V within a step; the density vanishes at the last potential (the
    threshold) and is negligible at the first.

    Parameters
    ----------
    drift : (..., n_v) array
        Deterministic part of dV/dt at the grid potentials, V/s.
    diffusion : (...) or (..., n_v) array
        Half the noise power, V^2/s; with one axis less than the drift it holds for all potentials.
    v_grid : (n_v,) array
        Rising potentials; the last is the threshold, V.
    reset_index : int
        Index of the reset potential in ``v_grid``.
    tau_ref : (...) array
        Refractory period, s.

    Returns
    -------
    StationaryDensity
        Rate (...), Hz, and density (..., n_v), 1/V.

    Raises
    ------
    ValueError
        If the grid does not rise, the reset is not inside it, the diffusion is not positive, or a number is not finite.
    """
    grid = checked_grid(v_grid, reset_index)
    a, d = np.asarray(drift, dtype=float), np.asarray(diffusion, dtype=float)
    dead = np.asarray(tau_ref, dtype=float)
    _check_process(a, d, dead)
    a, d = np.broadcast_arrays(a, d if d.ndim == a.ndim else d[..., None])
    logs = log_flux_density(a, d, np.diff(grid), reset_index)
    peak = logs.max(axis=-1, keepdims=True)
    shape = np.exp(logs - peak)
    mass = np.sum((shape[..., 1:] + shape[..., :-1]) * np.diff(grid), axis=-1) / 2
    scale = np.exp(-peak[..., 0])
    rate = scale / (mass + dead * scale)
    return StationaryDensity(rate, shape * (1 - rate * dead)[..., None] / mass[..., None])
