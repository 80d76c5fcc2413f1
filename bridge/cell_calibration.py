"""Fit a cell to a measured f-I curve: the parameters that the slice leaves open, before the population is studied."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import least_squares

from ..spiking import PointCell, Population
from .prediction import predict_rate

Array = NDArray[np.float64]

_POTENTIAL_STEP = 0.005  # V; potentials move in units of this, every other parameter by its logarithm
_BOUND = 3.0  # units of a potential, or natural logarithms: 15 mV or a factor of 20
_POTENTIALS = {"threshold", "reset", "cutoff", "leak_reversal", "potassium_reversal", "v_half", "reversal"}


@dataclass(frozen=True, kw_only=True)
class CellCalibration:
    """A population whose cells reproduce an f-I curve.

    ``values`` are the fitted parameters by dotted name (SI), ``rate`` (Hz) the curve they give at ``current`` (A),
    ``target`` (Hz) the measured one, ``error`` (Hz) the root mean square difference, ``slope`` and ``target_slope``
    (Hz/A) the straight lines through both, ``noise`` (A) that of the slice.
    """

    population: Population
    values: dict[str, float]
    current: Array
    rate: Array
    target: Array
    noise: float

    @property
    def error(self) -> float:
        """Root mean square difference of the two curves, Hz."""
        return float(np.sqrt(np.mean((self.rate - self.target) ** 2)))

    @property
    def slope(self) -> float:
        """Slope of the straight line through the fitted curve, Hz/A."""
        return float(np.polyfit(self.current, self.rate, 1)[0])

    @property
    def target_slope(self) -> float:
        """Slope of the straight line through the measured curve, Hz/A."""
        return float(np.polyfit(self.current, self.target, 1)[0])


def in_slice(population: Population, noise: float) -> Population:
    """Return one cell type as a slice experiment meets it: afferents silent, one threshold, noise of ``noise`` (A)."""
    quiet = population.with_cell(threshold_spread=0.0)
    for afferent in population.afferents:
        quiet = quiet.with_afferent(afferent.name, rate=0.0)
    return quiet if quiet.noise is None else replace(quiet, noise=replace(quiet.noise, amplitude=noise))


def cell_parameter(cell: PointCell, name: str) -> float:
    """Return a parameter by its dotted name, e.g. ``"after_hyperpolarization.increment"``.

    Raises
    ------
    ValueError
        If the cell has no such number.
    """
    value: Any = cell
    for part in name.split("."):
        value = getattr(value, part, None)
    if not isinstance(value, float):
        raise ValueError(
            f"calibration: the cell has no number called {name!r}; name one of its fields, e.g. 'leak_conductance'."
        )
    return value


def _with_parameters(population: Population, values: dict[str, float]) -> Population:
    changes: dict[str, Any] = {}
    for name, value in values.items():
        head, _, tail = name.partition(".")
        changes[head] = replace(changes.get(head, getattr(population.cell, head)), **{tail: value}) if tail else value
    return population.with_cell(**changes)


def _is_potential(name: str) -> bool:
    return name.rpartition(".")[2] in _POTENTIALS


def calibrate_cell(
    population: Population, current: ArrayLike, rate: ArrayLike, parameters: Sequence[str], *, noise: float = 50e-12
) -> CellCalibration:
    """Return the population whose cells, alone in a slice, fire at the measured rates.

    Assumptions: the predicted rate of the isolated cell (see ``predict_rate``) is that of the measured one; equal
    errors of all points. Afferents, noise and threshold spread of the population itself are kept.

    Parameters
    ----------
    population : Population
        Where the fit starts.
    current, rate : (n,) array
        Injected currents, A, and measured rates, Hz.
    parameters : sequence of str
        Dotted names of the cell's parameters that may move, by at most 15 mV or a factor of 20.
    noise : float
        Standard deviation of the membrane noise in the slice, A.

    Raises
    ------
    ValueError
        If there are not more points than parameters, or a parameter does not exist.
    """
    currents, targets = np.asarray(current, dtype=float), np.asarray(rate, dtype=float)
    if not isinstance(population.cell, PointCell) or targets.size <= len(parameters):
        raise ValueError(
            f"calibration: {targets.size} points for {len(parameters)} parameters of {population.name}; give more "
            "points than parameters, and cells that integrate and fire."
        )
    start = {name: cell_parameter(population.cell, name) for name in parameters}

    def values(x: Array) -> dict[str, float]:
        return {
            name: value + _POTENTIAL_STEP * step if _is_potential(name) else value * float(np.exp(step))
            for (name, value), step in zip(start.items(), x, strict=True)
        }

    def predicted(x: Array) -> Array:
        return predict_rate(in_slice(_with_parameters(population, values(x)), noise), "current", currents).rate

    found = least_squares(
        lambda x: predicted(x) - targets,
        np.zeros(len(start)),
        bounds=(-_BOUND, _BOUND),
        diff_step=0.02,
        xtol=1e-3,
        ftol=1e-3,
    )
    best = values(found.x)
    return CellCalibration(
        population=_with_parameters(population, best),
        values=best,
        current=currents,
        rate=predicted(found.x),
        target=targets,
        noise=noise,
    )
