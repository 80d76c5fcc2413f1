"""The rate of a population at every level of a steady drive, and the free potential it has there."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from ...meanfield.sigmoids import ExGaussianSigmoid, GaussianSigmoid
from ...spiking import EscapeRateCell, Population
from .fast_noise import fast_noise
from .operating_point import OperatingPoint, operating_point
from .single_cell import Resolution, single_cell_rates
from .synaptic_drive import Array

_THRESHOLD_NODES = 9


@dataclass(frozen=True)
class RatePrediction:
    """Predicted stationary rates: ``drive`` (A or Hz), ``v_free``, ``sigma_v`` (V) and ``rate`` (Hz), all (level,).

    ``uncertainty`` is the relative numerical error of the rates that remains after the last iteration.
    """

    channel: str
    drive: Array
    v_free: Array
    sigma_v: Array
    rate: Array
    uncertainty: float


def predict_rate(
    population: Population, channel: str, levels: ArrayLike, *, resolution: Resolution | None = None
) -> RatePrediction:
    """Predict the population rate at each level of a steady drive from the description of the cells alone.

    Source: risken1996 for the Fokker-Planck equation of coloured noise; gerstner2014, ch. 14, for renewal with an
    age-dependent state. The memoryless cell has its closed form.

    Assumptions: Gaussian fluctuations with one effective correlation time; conductances left by a spike depend on the
    time since the last spike, and on earlier ones through their mean; slow inputs spread the rest like thresholds.

    Parameters
    ----------
    population : Population
        Description of the cells, their afferents and their noise.
    channel : str
        ``"current"`` (levels in A, added to the population's own) or the name of an afferent (levels in Hz).
    levels : (level,) array
        Levels of the drive, in any order.
    resolution : Resolution, optional
        How fine the single-cell solution is; suited to the cell unless given.

    Raises
    ------
    PredictionRefused
        If the free membrane has no unique stable state at some level.
    """
    drive = np.atleast_1d(np.asarray(levels, dtype=float))
    points = [point_at(population, channel, level) for level in drive]
    v_free = np.array([point.v for point in points])
    sigma_v = np.array([point.sigma_v for point in points])
    if isinstance(population.cell, EscapeRateCell):
        rate = np.array([escape_rate_sigmoid(population, point.sigma_v)(point.v) for point in points], dtype=float)
        return RatePrediction(channel, drive, v_free, sigma_v, rate, 0.0)
    rate, uncertainty = _point_cell_rates(population, points, resolution)
    return RatePrediction(channel, drive, v_free, sigma_v, rate, uncertainty)


def point_at(population: Population, channel: str, level: float) -> OperatingPoint:
    """Return the operating point at one level of a channel."""
    if channel == "current":
        return operating_point(population, current=float(level))
    population.afferent(channel)
    return operating_point(population, rates={channel: float(level)})


def escape_rate_sigmoid(population: Population, sigma_v: float) -> ExGaussianSigmoid | GaussianSigmoid:
    """Return the exact sigmoid of a memoryless population at fluctuation ``sigma_v`` (V)."""
    cell = population.cell
    if not isinstance(cell, EscapeRateCell):
        raise TypeError(f"{population.name} is not made of memoryless cells.")
    width = float(np.hypot(cell.threshold_spread, sigma_v))
    if cell.kappa == 0:
        return GaussianSigmoid(cell.q_max, cell.threshold, width)
    return ExGaussianSigmoid(cell.q_max, cell.threshold, width, cell.kappa)


def _point_cell_rates(
    population: Population, points: list[OperatingPoint], resolution: Resolution | None
) -> tuple[Array, float]:
    """Average single cells over the thresholds of the population at every drive."""
    spread = np.array([np.hypot(population.cell.threshold_spread, fast_noise(point).slow_sd) for point in points])
    standard, weights = _threshold_quadrature() if np.any(spread > 0) else (np.zeros(1), np.ones(1))
    offsets = spread[:, None] * standard
    batch = [point for point in points for _ in standard]
    solved = single_cell_rates(batch, offsets.ravel(), resolution)
    rate = solved.rate.reshape(offsets.shape)
    change = solved.change.reshape(offsets.shape)
    return rate @ weights, float(np.max((rate * change) @ weights / (rate @ weights)))


@cache
def _threshold_quadrature() -> tuple[Array, Array]:
    """Return nodes (standard deviations of the threshold) and weights of the average over cells."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(_THRESHOLD_NODES)
    return nodes, weights / weights.sum()
