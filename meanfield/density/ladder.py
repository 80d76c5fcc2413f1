"""The chain of approximations from a spiking population to a mass model, each step with its error.

Spiking density -> no refractory period -> no memory of spikes -> frozen variance, which is the mass model: a static
sigmoid of the mean free potential. Beside it stands the static curve of the momentary input, without a membrane.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from ...units import takes
from .fokker_planck import FokkerPlanck
from .run import input_series
from .two_moment import MomentRate, TwoMomentPopulation

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Approximation:
    """What is kept of a spiking population; everything, unless told otherwise.

    Parameters
    ----------
    refractoriness : bool
        The refractory period.
    spike_memory : bool
        That a cell has been reset: without it the rate is that of the stationary population at the present mean and
        variance of the free potential.
    dynamic_variance : bool
        That the noise changes with the input; else it keeps its first value.
    membrane : bool
        That the free potential lags behind the input; without it the stationary curve is read at the input itself. Has
        a meaning only without ``spike_memory``.
    """

    refractoriness: bool = True
    spike_memory: bool = True
    dynamic_variance: bool = True
    membrane: bool = True

    def __post_init__(self) -> None:
        if self.spike_memory and not self.membrane:
            raise ValueError(
                "Approximation: membrane=False with spike_memory=True has no meaning, since spikes are kept by the "
                "membrane; drop the memory of spikes first."
            )


CHAIN = {
    "spiking": Approximation(),
    "no refractoriness": Approximation(refractoriness=False),
    "two moments": Approximation(refractoriness=False, spike_memory=False),
    "frozen variance": Approximation(refractoriness=False, spike_memory=False, dynamic_variance=False),
}
ALONE = {
    "no refractoriness": CHAIN["no refractoriness"],
    "no memory of spikes": Approximation(spike_memory=False),
    "frozen variance": Approximation(dynamic_variance=False),
    "quasi-static curve": Approximation(spike_memory=False, membrane=False),
}


@dataclass(frozen=True)
class StationaryCurve:
    """The stationary rate of a population as a function of mean and variance of its free potential.

    Parameters
    ----------
    population : FokkerPlanck
        The population; its own scheme gives the curve, so that rungs agree exactly where they should.
    """

    population: FokkerPlanck

    def __call__(self, mean: ArrayLike, variance: ArrayLike) -> Array:
        """Return the rate (Hz) at mean (V) and variance (V^2) of the free potential."""
        return self.population.stationary_rate(mean, np.sqrt(2 * np.asarray(variance, dtype=float)))


@takes(mu="V", sigma="V", dt="s", initial="V", duration="s")
def approximate_rate(
    population: FokkerPlanck,
    kept: Approximation,
    mu: ArrayLike,
    sigma: ArrayLike,
    dt: float,
    *,
    initial: tuple[float, float] | None = None,
    duration: float | None = None,
    memoryless_rate: MomentRate | None = None,
) -> Array:
    """Return the rate of a population of which only some features are kept.

    Source: shine2021 (the chain in words).
    Assumptions: those of `FokkerPlanck`, and what ``kept`` leaves out.

    Parameters
    ----------
    population : FokkerPlanck
        The spiking population.
    kept : Approximation
        Which features are kept.
    mu, sigma : float or (time,) array
        Mean free potential and canonical noise amplitude during each step, V.
    dt : float
        Time step, s.
    initial : tuple of float, optional
        Mean and noise amplitude (V) under which the population was at rest before; the first input unless given.
    duration : float, optional
        Length, s; needed if neither input is a series.
    memoryless_rate : callable, optional
        Rate (Hz) of memoryless cells at mean (V) and variance (V^2), e.g. a `DispersedSigmoid`; the stationary curve of
        the population unless given.

    Returns
    -------
    (time,) array
        Rate averaged over each step, Hz.
    """
    means, noise = input_series(mu, sigma, dt, duration)
    before = (float(means[0]), float(noise[0])) if initial is None else (float(initial[0]), float(initial[1]))
    cells = population if kept.refractoriness else replace(population, tau_ref=0.0)
    if not kept.dynamic_variance:
        noise = np.full_like(noise, before[1])
    if kept.spike_memory:
        return cells.simulate(means, noise, dt, initial=cells.stationary(*before))["mean_rate"].to_numpy()
    rate = StationaryCurve(cells) if memoryless_rate is None else memoryless_rate
    if not kept.membrane:
        return rate(means, noise**2 / 2)
    start = (before[0], before[1] ** 2 / 2)
    run = TwoMomentPopulation(rate=rate, tau_m=population.tau_m).simulate(means, noise, dt, initial=start)
    ends = np.append(rate(np.array(start[0]), np.array(start[1])), run["rate"].to_numpy())
    return (ends[1:] + ends[:-1]) / 2


@takes(mu="V", sigma="V", dt="s", initial="V", duration="s")
def chain_of_approximations(
    population: FokkerPlanck,
    mu: ArrayLike,
    sigma: ArrayLike,
    dt: float,
    *,
    initial: tuple[float, float] | None = None,
    duration: float | None = None,
    memoryless_rate: MomentRate | None = None,
) -> xr.Dataset:
    """Run one input through every rung of the chain, and through each approximation alone.

    Parameters are those of `approximate_rate`.

    Returns
    -------
    xarray.Dataset
        ``rate`` (Hz, averaged over each step) over ``rung`` and ``time`` (the middles of the steps), approximations
        added one after the other, and ``rate_alone`` over ``approximation`` and ``time``, each by itself. Errors
        against the spiking rung: ``error_rms`` and ``error_peak`` (Hz), ``error_rms_relative`` and
        ``error_peak_relative`` (of the mean spiking rate), the same ending in ``_alone``; ``step_rms`` and
        ``step_peak`` (Hz) are those of each rung against the one before.
    """
    means, noise = input_series(mu, sigma, dt, duration)
    options: dict[str, Any] = {"initial": initial, "memoryless_rate": memoryless_rate}

    def run(kept: Approximation) -> Array:
        return approximate_rate(population, kept, means, noise, dt, **options)

    rates = np.stack([run(kept) for kept in CHAIN.values()])
    alone = np.stack([run(kept) for kept in ALONE.values()])
    steps = np.diff(rates, axis=0, prepend=rates[:1])
    label = {"units": "Hz", "long_name": "population rate"}
    return xr.Dataset(
        {
            "rate": (("rung", "time"), rates, label),
            "rate_alone": (("approximation", "time"), alone, label),
            **_errors("error", "rung", rates - rates[0], float(rates[0].mean()), ""),
            **_errors("error", "approximation", alone - rates[0], float(rates[0].mean()), "_alone"),
            **_errors("step", "rung", steps, None, ""),
        },
        coords={
            "rung": list(CHAIN),
            "approximation": list(ALONE),
            "time": ("time", dt * (np.arange(means.size) + 0.5), {"units": "s", "long_name": "time"}),
            "mu": ("time", means, {"units": "V", "long_name": "mean free potential at rest under the input"}),
            "sigma": ("time", noise, {"units": "V", "long_name": "noise amplitude"}),
        },
    )


def _errors(name: str, along: str, difference: Array, mean_rate: float | None, ending: str) -> dict[str, Any]:
    sizes = {"rms": np.sqrt(np.mean(difference**2, axis=-1)), "peak": np.abs(difference).max(axis=-1)}
    words = {"rms": "root-mean-square", "peak": "largest"}
    found: dict[str, Any] = {}
    for size, values in sizes.items():
        label = f"{words[size]} {name} of the rate"
        found[f"{name}_{size}{ending}"] = (along, values, {"units": "Hz", "long_name": label})
        if mean_rate is not None:
            relative = {"units": "1", "long_name": f"{label} over the mean spiking rate"}
            found[f"{name}_{size}_relative{ending}"] = (along, values / mean_rate, relative)
    return found
