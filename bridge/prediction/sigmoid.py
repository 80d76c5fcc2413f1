"""The population sigmoid that theory gives: rate against mean free potential."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import CubicSpline

from ...meanfield.sigmoids import ExGaussianSigmoid, GaussianSigmoid, TabulatedSigmoid
from ...spiking import EscapeRateCell, Population
from .operating_point import operating_point
from .rate import RatePrediction, escape_rate_sigmoid, point_at, predict_rate
from .refused import PredictionRefused
from .single_cell import Resolution
from .synaptic_drive import Array

_LEVELS = 32
_TABLE = 401
_BELOW, _ABOVE = 5.0, 0.025  # widths below the threshold, V above it, of the default range
_SILENT = 1e-10  # Hz


@dataclass(frozen=True)
class SigmoidPrediction:
    """Predicted sigmoid, its features with respect to the rate at ``v_cap`` (V), the levels, and what to beware of."""

    sigmoid: TabulatedSigmoid | ExGaussianSigmoid | GaussianSigmoid
    features: dict[str, float]
    table: RatePrediction
    v_cap: float
    q_max_definition: str
    warnings: tuple[str, ...]

    def gain(self, v: ArrayLike) -> Array:
        """Return the slope dQ/dV at ``v`` (V), Hz/V."""
        return self.sigmoid.gain(v)


def predict_sigmoid(
    population: Population,
    *,
    channel: str = "current",
    levels: ArrayLike | None = None,
    v_cap: float | None = None,
    resolution: Resolution | None = None,
) -> SigmoidPrediction:
    """Predict rate against mean free potential along one channel, from the description of the cells alone.

    Source: as ``predict_rate``; the logarithms of the rates are joined by a cubic spline and tabulated densely. A
    memoryless population has its exact exponentially modified Gaussian, at the fluctuation of the background.

    Parameters
    ----------
    population : Population
        Description of the cells, their afferents and their noise.
    channel : str
        ``"current"`` or the name of an afferent.
    levels : (level,) array, optional
        Levels of the channel, A or Hz; unless given, 32 that span the operating point, 5 widths below and 25 mV above
        the threshold.
    v_cap : float, optional
        Potential whose rate counts as ``q_max`` (definition ``at_cap``), V; the highest level unless given.
    resolution : Resolution, optional
        How fine the single-cell solution is; suited to the cell unless given.

    Raises
    ------
    PredictionRefused
        If the free potential does not rise along the channel, or has no unique stable state.
    """
    drive = default_levels(population, channel) if levels is None else np.sort(np.asarray(levels, dtype=float))
    table = predict_rate(population, channel, drive, resolution=resolution)
    _refuse_folded(population, channel, table.v_free)
    cell = population.cell
    if isinstance(cell, EscapeRateCell) and v_cap is None:
        exact = escape_rate_sigmoid(population, operating_point(population).sigma_v)
        return SigmoidPrediction(
            exact, exact.features(), table, float("inf"), "refractory", _warnings(table, cell.q_max)
        )
    sigmoid = _tabulated(table, v_cap)
    cap = float(sigmoid.v[-1]) if v_cap is None else v_cap
    return SigmoidPrediction(sigmoid, sigmoid.features(), table, cap, "at_cap", _warnings(table, _ceiling(population)))


def default_levels(population: Population, channel: str = "current") -> Array:
    """Return 32 levels (A or Hz) whose free potentials span the rise of the sigmoid."""
    background = operating_point(population)
    width = float(np.hypot(population.cell.threshold_spread, background.sigma_v))
    low = min(population.cell.threshold - _BELOW * width, background.v - background.sigma_v)
    high = population.cell.threshold + _ABOVE
    if channel != "current":
        return np.linspace(
            0.0, _level_at(population, channel, high, population.afferent(channel).rate or 100.0), _LEVELS
        )
    step = background.steady_slope_conductance * 0.01
    return np.linspace(_level_at(population, channel, low, -step), _level_at(population, channel, high, step), _LEVELS)


def _level_at(population: Population, channel: str, v: float, step: float) -> float:
    """Return a level that brings the free potential near ``v`` (V), by growing steps from 0 and one secant."""
    near, far = 0.0, step
    v_near = point_at(population, channel, near).v
    for _ in range(30):
        v_far = point_at(population, channel, far).v
        if (v_far - v) * (v_near - v) <= 0:
            return near + (far - near) * (v - v_near) / (v_far - v_near)
        if abs(v_far - v) > abs(v_near - v):
            near, far, v_near = far, -far if near == 0.0 else near - (far - near), v_far
            continue
        near, far, v_near = far, far + 1.6 * (far - near), v_far
    raise PredictionRefused(
        f"{population.name}: no level of {channel!r} brings the free potential to {v:g} V; give the levels explicitly."
    )


def _refuse_folded(population: Population, channel: str, v_free: Array) -> None:
    if v_free.size < 4 or np.any(np.diff(v_free) <= 0):
        raise PredictionRefused(
            f"{population.name}: the mean free potential does not rise along {channel!r} over {v_free.size} levels; "
            "choose an excitatory channel and at least 4 different levels."
        )


def _tabulated(table: RatePrediction, v_cap: float | None) -> TabulatedSigmoid:
    spiking = np.flatnonzero(table.rate > _SILENT)
    if spiking.size < 4:
        raise PredictionRefused(
            f"predict_sigmoid: only {spiking.size} of {table.rate.size} levels give more than {_SILENT:g} Hz; "
            "choose higher levels."
        )
    first = spiking[0]
    curve = CubicSpline(table.v_free[first:], np.log(np.maximum(table.rate[first:], _SILENT)), bc_type="natural")
    v = np.linspace(table.v_free[first], table.v_free[-1], _TABLE)
    rate = np.maximum.accumulate(np.exp(curve(v)))
    if v_cap is not None and not v[0] < v_cap <= v[-1]:
        raise ValueError(
            f"v_cap: {v_cap:g} V is outside the predicted range {v[0]:g} to {v[-1]:g} V; give levels that reach it."
        )
    return TabulatedSigmoid(v, rate, None if v_cap is None else float(np.exp(curve(v_cap))))


def _ceiling(population: Population) -> float:
    dead_time = getattr(population.cell, "refractory_period", 0.0)
    return 1.0 / dead_time if dead_time > 0 else float("inf")


def _warnings(table: RatePrediction, ceiling: float) -> tuple[str, ...]:
    found = []
    reached = float(table.rate.max()) / ceiling
    if reached < 0.8:
        found.append(
            f"the highest level reaches {reached:.2g} of the largest possible rate ({ceiling:g} Hz); q_max is the rate "
            "at the cap and says nothing of saturation."
        )
    if np.any(np.diff(table.rate) < 0):
        found.append("the rate falls between some levels; the table was made monotone.")
    if np.ptp(table.sigma_v) > 0.1 * table.sigma_v.mean():
        found.append(
            f"the fluctuation of the free potential goes from {table.sigma_v.min():.3g} to {table.sigma_v.max():.3g} V "
            "along the channel; the sigmoid holds for this channel only."
        )
    if table.uncertainty > 0.01:
        found.append(f"the single-cell iteration still moved the rate by {table.uncertainty:.2g} at the worst level.")
    return tuple(found)
