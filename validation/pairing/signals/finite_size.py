"""How much a finite population fluctuates: the network, the mesoscopic theory, and linear response."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.integrate import trapezoid

from ....bridge.circuit_reduction import mesoscopic_network
from ....bridge.prediction import PredictionRefused
from ....meanfield import MesoscopicNetwork
from ....meanfield.models.population_network import PopulationNetwork
from ..condition import Condition

Array = NDArray[np.float64]

WIDTHS = (1e-3, 2e-3, 5e-3, 10e-3, 20e-3, 50e-3, 100e-3)  # s
_PIECES = 20
_STEP = 2e-4  # s
_WARM_UP = 0.5  # s
_POINTS = 6000
_WHITE = 1e5  # Hz, where nothing but single spikes is left in a spectrum


@dataclass(frozen=True, kw_only=True)
class Fluctuation:
    """Variance of population rates in bins of several widths.

    ``width`` (w,) s; ``variance`` and its standard error (population, w), Hz^2.
    """

    width: Array
    variance: Array
    error: Array

    @property
    def deviation(self) -> tuple[Array, Array]:
        """Standard deviation of the rates and its standard error, Hz."""
        value = np.sqrt(self.variance)
        return value, self.error / (2 * value)


def fluctuation(rate: Array, bin_width: float, widths: tuple[float, ...] = WIDTHS) -> Fluctuation:
    """Return the variance of rates (population, time) in bins of each width, with the error of 20 pieces left out.

    Widths that are no multiple of the bin, or of which the recording holds fewer than 40, are left out.
    """
    kept = []
    for width in widths:
        joined = round(width / bin_width)
        whole = joined >= 1 and abs(joined * bin_width - width) < 1e-6 * width
        if whole and rate.shape[1] >= 2 * _PIECES * joined:
            kept.append(joined)
    found = [_variance(rate, joined) for joined in kept]
    return Fluctuation(
        width=np.array(kept) * bin_width,
        variance=np.stack([value for value, _ in found], axis=-1) if found else np.zeros((len(rate), 0)),
        error=np.stack([error for _, error in found], axis=-1) if found else np.zeros((len(rate), 0)),
    )


def _variance(rate: Array, joined: int) -> tuple[Array, Array]:
    bins = rate[:, : rate.shape[1] // joined * joined].reshape(len(rate), -1, joined).mean(axis=2)
    pieces = np.array_split(np.arange(bins.shape[1]), _PIECES)
    left_out = np.stack([np.delete(bins, piece, axis=1).var(axis=1, ddof=1) for piece in pieces])
    return bins.var(axis=1, ddof=1), np.sqrt((_PIECES - 1) * left_out.var(axis=0))


def linear_fluctuation(network: PopulationNetwork, rates: Array, widths: Array) -> Array:
    """Return the variance (population, w) (Hz^2) of binned rates by linear response, NaN if the state is unstable."""
    if network.loop(rates).unstable:
        return np.full((len(network.names), widths.size), np.nan)
    frequency = np.concatenate([[0.0], np.geomspace(1e-3 / widths.max(), 20.0 / widths.min(), _POINTS)])
    density = np.real(np.diagonal(network.cross_spectra(frequency, rates)["rate"].values, axis1=1, axis2=2))
    white = np.array(
        [2 * float(p.noise([_WHITE], float(r))[0]) for p, r in zip(network.populations, rates, strict=True)]
    )
    box = np.sinc(frequency * widths[:, None]) ** 2
    slow = trapezoid((density - white).T[:, None, :] * box, frequency, axis=-1)
    return slow + white[:, None] / (2 * widths)


def mesoscopic_activity(condition: Condition, duration: float, width: float, seed: int) -> xr.Dataset:
    """Return a realisation of the mesoscopic theory of a circuit about its theoretical state, in bins of ``width`` (s).

    Source: schwalger2017.

    Raises
    ------
    PredictionRefused
        If the cells have no renewal description, or the theory runs away from the state it was made for.
    """
    states = condition.theory.predicted
    measured = [name for name in condition.circuit.names if name not in states]
    if measured:
        raise PredictionRefused(f"{', '.join(measured)}: no theory of the cells, and so no renewal description.")
    network: MesoscopicNetwork = mesoscopic_network(condition.circuit, states)
    joined = max(1, round(width / _STEP))
    run = network.simulate(
        duration + _WARM_UP, dt=width / joined, seed=seed, initial_rate=np.asarray(condition.theory.rates)
    )
    activity = run["activity"].values[:, round(_WARM_UP / width) * joined :]
    bins = activity[:, : activity.shape[1] // joined * joined].reshape(len(activity), -1, joined).mean(axis=2)
    if not np.all(np.isfinite(bins)):
        raise PredictionRefused("mesoscopic theory: the activity is not a number; its populations run away.")
    return xr.Dataset(
        {"rate": (("population", "time"), bins)},
        coords={"population": list(network.names)},
        attrs={"bin": width, "duration": bins.shape[1] * width},
    )
