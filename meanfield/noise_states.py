"""An Ornstein-Uhlenbeck process as a Markov chain on intervals of its value, dense where a decision falls."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Array = NDArray[np.floating]

_REACH = 6.0  # sds covered on either side
_BEYOND = 3.0  # sds covered beyond the decisive value
_DENSITY = 0.7  # sds around the decisive value over which intervals are of equal width
_ORDER_MARGIN = 2


class NoiseStates(NamedTuple):
    """Intervals of a unit-variance noise: ``value`` (..., n) mean of each, ``share`` (..., n) stationary probability.

    ``exchange`` (..., n, n) is the generator in units of the inverse correlation time: d(share)/dt = exchange @ share.
    """

    value: Array
    share: Array
    exchange: Array


def _normal_density(x: Array) -> Array:
    return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


def _edges(decisive: float, count: int) -> Array:
    """Return interval edges that are dense around ``decisive`` and have it among them."""
    centre = max(decisive, 1.0 - _REACH)
    low = np.arcsinh((-_REACH - centre) / _DENSITY)
    high = np.arcsinh((max(_REACH, centre + _BEYOND) - centre) / _DENSITY)
    below = int(np.clip(np.rint(count * low / (low - high)), _ORDER_MARGIN, count - _ORDER_MARGIN))
    steps = np.concatenate([np.linspace(low, 0, below + 1)[:-1], np.linspace(0, high, count - below + 1)])
    return centre + _DENSITY * np.sinh(steps)


def _interval_shares(edges: Array) -> Array:
    """Return normal probabilities between edges, the first and last reaching to infinity, exact in both tails."""
    outer = edges.copy()
    outer[..., 0], outer[..., -1] = -np.inf, np.inf
    below, above = np.diff(ndtr(outer), axis=-1), -np.diff(ndtr(-outer), axis=-1)
    return np.where(outer[..., :-1] > 0, above, below)


def noise_states(decisive: Array, count: int) -> NoiseStates:
    """Return the chain of ``count`` intervals for each decisive value.

    Assumptions: a value of the noise is decisive where it just stops the drift towards threshold; the density has a
    kink there, which is why the intervals are placed for each drift separately. Detailed balance and the stationary law
    are exact; the flux between neighbours is of second order in the interval width.

    Parameters
    ----------
    decisive : (...) array
        Decisive values, sds of the noise.
    count : int
        Number of intervals.

    Returns
    -------
    NoiseStates
        Values, shares and generator with leading axes of ``decisive``.
    """
    flat = np.ravel(decisive)
    edges = np.array([_edges(float(value), count) for value in flat]).reshape(*np.shape(decisive), count + 1)
    share = _interval_shares(edges)
    height = _normal_density(edges)
    height[..., 0] = height[..., -1] = 0.0
    value = -np.diff(height, axis=-1) / share
    conductance = height[..., 1:-1] / np.diff(value, axis=-1)
    return NoiseStates(value, share, _generator(conductance, share))


def _generator(conductance: Array, share: Array) -> Array:
    """Return the tridiagonal generator with these symmetric exchanges between neighbours, its columns summing to 0."""
    count = share.shape[-1]
    generator = np.zeros((*share.shape, count))
    index = np.arange(count - 1)
    generator[..., index + 1, index] = conductance / share[..., :-1]
    generator[..., index, index + 1] = conductance / share[..., 1:]
    diagonal = np.arange(count)
    generator[..., diagonal, diagonal] = -generator.sum(axis=-2)
    return generator
