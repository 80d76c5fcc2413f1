"""The spectrum of a single cell of a circuit outside the network: the noise that a finite population makes."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import trapezoid
from scipy.special import gammaln

from ...meanfield import Kernel
from ...meanfield.networks import ModulatedSpikes, RenewalSpikes
from ...spiking import EscapeRateCell, PointCell
from ..prediction.single_cell import interval_variation
from .measured_state import MeasuredState, PopulationState
from .operating_state import OperatingState

Array = NDArray[np.float64]

_ORDERS = 40
_NODES = 240
_THRESHOLDS = 15
_LAGS = 500
_REACH = 12.0  # slowest time constants of the membrane


def cell_spectrum(state: PopulationState) -> RenewalSpikes | ModulatedSpikes:
    """Return the spectrum of the spikes of one cell at its operating state, without what it shares with others.

    Cells that reset have independent intervals, described by their predicted coefficient of variation and the
    refractory period. Memoryless cells are Poisson given their potential, whose private fluctuation moves their rate.

    Assumptions: intervals are gamma-distributed beyond the refractory period; what a spike leaves behind longer than an
    interval is averaged. A measured population brings its own.
    """
    if isinstance(state, MeasuredState):
        return state.spectrum
    cell = state.population.cell
    if isinstance(cell, EscapeRateCell):
        return _memoryless(state, cell)
    if not isinstance(cell, PointCell):
        raise TypeError(f"{state.population.name}: only point cells and memoryless cells have a spectrum of their own.")
    _, variation = interval_variation(state.point)
    dead_time = min(cell.refractory_period, 0.9 / max(state.rate, 1e-9))
    return RenewalSpikes(cv=variation, dead_time=dead_time)


def _memoryless(state: OperatingState, cell: EscapeRateCell) -> ModulatedSpikes:
    membrane = state.point.membrane
    covariance = membrane.covariance()
    slowest = 1 / float(np.min(-np.linalg.eigvals(membrane.dynamics).real))
    lag = np.concatenate([[0.0], slowest * _REACH * np.geomspace(1e-4, 1.0, _LAGS)])
    ratios = membrane.response(lag, covariance[:, 0]) / covariance[0, 0]
    thresholds, weights = np.polynomial.hermite_e.hermegauss(_THRESHOLDS)
    spread = cell.threshold_spread * thresholds
    powers = np.clip(ratios, -1.0, 1.0)[:, None] ** np.arange(1, _ORDERS)
    # A function of a normal variable in Hermite polynomials: each keeps its own power of the correlation (Mehler).
    squares = sum(
        weight * _coefficients(state, cell, float(shift))[1:] ** 2
        for weight, shift in zip(weights / weights.sum(), spread, strict=True)
    )
    return ModulatedSpikes(lag, powers @ np.asarray(squares))


def _coefficients(state: OperatingState, cell: EscapeRateCell, shift: float) -> Array:
    """Return the coefficients (Hz) of the rate of a cell in normalised Hermite polynomials of its potential."""
    nodes, weights, polynomials = _polynomials()
    above = np.maximum(state.point.v + state.point.sigma_v * nodes - cell.threshold - shift, 0.0)
    rate = cell.q_max * ((above > 0).astype(float) if cell.kappa == 0 else -np.expm1(-above / cell.kappa))
    return (weights * rate) @ polynomials


@cache
def _polynomials() -> tuple[Array, Array, Array]:
    """Return nodes, weights (sum 1) and normalised Hermite polynomials there (node, order)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    norms = np.exp(-gammaln(np.arange(_ORDERS) + 1) / 2)
    return nodes, weights / weights.sum(), np.polynomial.hermite_e.hermevander(nodes, _ORDERS - 1) * norms


def irregularity(kernel: Kernel, spectrum: RenewalSpikes | ModulatedSpikes, rate: float) -> float:
    """Return the variance that spikes of this spectrum make through a kernel over that of Poisson spikes, 1."""
    if not rate > 0:
        return 1.0
    slow = 1 / (abs(kernel.mean_lag) + np.sqrt(abs(kernel.variance)))
    frequency = slow * np.concatenate([[0.0], np.geomspace(1e-3, 1e2, 150)])
    power = np.abs(kernel.transfer(frequency)) ** 2
    return float(trapezoid(power * spectrum(frequency, rate), frequency) / trapezoid(power * rate, frequency))
