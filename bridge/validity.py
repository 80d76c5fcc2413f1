"""Whether the reduction from cells to sigmoid and kernel can be trusted: checks e1 to e10, before any run."""

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.integrate import trapezoid

from ..meanfield.lif import CLOCK_SHIFT
from ..spiking import EscapeRateCell, PointCell, Population
from .prediction.fast_noise import FastNoise, fast_noise
from .prediction.kernel import predict_kernel
from .prediction.operating_point import OperatingPoint, operating_point
from .prediction.refused import PredictionRefused
from .prediction.single_cell import interval_variation

_LOST_EXCURSIONS = 0.2


@dataclass(frozen=True)
class ValidityCheck:
    """One check: its value, the range it should keep, whether it does, what it says and what to do if it does not."""

    id: str
    name: str
    sentence: str
    value: float
    bounds: tuple[float, float]
    advice: str

    @property
    def ok(self) -> bool:
        """Whether the value is within its bounds."""
        return self.bounds[0] <= self.value <= self.bounds[1]


def check_validity(
    population: Population,
    *,
    current: float = 0.0,
    rates: dict[str, float] | None = None,
    dt: float = 1e-4,
    frequency: float | None = None,
) -> tuple[ValidityCheck, ...]:
    """Return the ten checks of the reduction at an operating point; without e9 where theory has no intervals.

    The bounds are engineering choices: outside them the reduction may still hold, but nobody should take it on trust.

    Parameters
    ----------
    population : Population
        Description of the cells, their afferents and their noise.
    current : float
        Current at the operating point, A, added to the population's own.
    rates : dict of str to float, optional
        Rates (Hz) that replace the background.
    dt : float
        Simulation step, s.
    frequency : float, optional
        Fastest frequency of interest, Hz; the -3 dB frequency of the excitatory kernel unless given.

    Raises
    ------
    PredictionRefused
        If there is no operating point to check.
    """
    point = operating_point(population, current=current, rates=rates)
    noise = fast_noise(point)
    variation = _variation(population, point)
    return (
        _jump_size(point),
        _spike_number(point),
        _colour(point, noise),
        _correlation(),
        _quasi_static(point, frequency),
        _clock(point, noise, dt),
        _conductance(point),
        _skew(point),
        *([] if variation is None else [_irregularity(variation)]),
        _slope(point),
    )


def _variation(population: Population, point: OperatingPoint) -> float | None:
    """Return the coefficient of variation of the intervals, None where the theory of the rate has no answer."""
    if isinstance(population.cell, EscapeRateCell):
        return 1.0
    try:
        return interval_variation(point)[1]
    except PredictionRefused:
        return None


def _single_responses(point: OperatingPoint) -> dict[str, float]:
    """Return the peak (V) of the free potential's response to one spike at each synapse."""
    found = {}
    for synapse in point.drive.population.synapses:
        column = point.membrane.columns[synapse.receptor]
        jump = np.zeros(point.membrane.dynamics.shape[0])
        jump[column : column + (1 if synapse.rise == 0 else 2)] = 1.0
        time = np.geomspace(1e-5, 10 * (synapse.decay + point.tau_eff), 400)
        found[synapse.receptor] = float(np.abs(point.membrane.response(time, jump)).max())
    return found


def _jump_size(point: OperatingPoint) -> ValidityCheck:
    cell = point.drive.population.cell
    distance = (
        cell.threshold - cell.reset if isinstance(cell, PointCell) else math.hypot(point.sigma_v, cell.threshold_spread)
    )
    value = max(_single_responses(point).values(), default=0.0) / distance
    return ValidityCheck(
        "e1",
        "jump size",
        "The largest single postsynaptic potential against the way from reset to threshold.",
        value,
        (0.0, 0.05),
        "Weaken the strongest synapse and raise its rate, or use a shot-noise theory.",
    )


def _spike_number(point: OperatingPoint) -> ValidityCheck:
    """Count presynaptic spikes per membrane time constant, as if they carried the whole fluctuation."""
    drive, membrane = point.drive, point.membrane
    synaptic = membrane.diffusion.copy()
    if "noise" in membrane.columns:
        synaptic[membrane.columns["noise"], membrane.columns["noise"]] = 0.0
    share = float(_variance(point, synaptic) / point.sigma_v**2)
    number = sum(drive.rates[a.name] for a in drive.population.afferents) * point.tau_eff
    return ValidityCheck(
        "e2",
        "presynaptic spikes",
        "Presynaptic spikes per effective membrane time constant, divided by the share of the variance of the "
        "potential that they carry.",
        number / share if share > 0 else math.inf,
        (30.0, math.inf),
        "Use more and weaker afferent spikes; with few, potentials are not Gaussian.",
    )


def _variance(point: OperatingPoint, diffusion: np.ndarray) -> float:
    return float(replace(point.membrane, diffusion=diffusion).covariance()[0, 0])


def _colour(point: OperatingPoint, noise: FastNoise) -> ValidityCheck:
    return ValidityCheck(
        "e3",
        "noise colour",
        "Correlation time of the fast noise against the effective membrane time constant; slower inputs count as a "
        "spread of the rest.",
        noise.time_constant / point.tau_eff,
        (0.05, 3.0),
        "Below, use white-noise theory with the clock correction; above, average the noise-free curve over the noise.",
    )


def _correlation() -> ValidityCheck:
    return ValidityCheck(
        "e4",
        "shared noise",
        "Cells times pairwise correlation of their inputs; every cell has private afferents here.",
        0.0,
        (0.0, 0.1),
        "With shared inputs, add the correlated variance to the finite-size noise.",
    )


def _quasi_static(point: OperatingPoint, frequency: float | None) -> ValidityCheck:
    population = point.drive.population
    if frequency is None:
        first = population.afferents[0].name if population.afferents else None
        frequency = (
            predict_kernel(population, first, size=0.0).features["cutoff_frequency"]
            if first
            else 1 / (2 * math.pi * point.tau_eff)
        )
    memoryless = isinstance(population.cell, EscapeRateCell)
    return ValidityCheck(
        "e5",
        "quasi-static sigmoid",
        f"Angular frequency times membrane time constant at {frequency:.3g} Hz: how far the rate lags behind the "
        "sigmoid of the free potential.",
        0.0 if memoryless else 2 * math.pi * frequency * point.tau_eff,
        (0.0, 0.2),
        "Expect the rate kernel to differ from the potential kernel above this frequency, and report the difference.",
    )


def _clock(point: OperatingPoint, noise: FastNoise, dt: float) -> ValidityCheck:
    """Bias of looking for spikes once per step.

    With coloured noise, excursions above threshold shorter than a step are lost, a part of order (dt/tau)^(3/2) with
    a measured factor of at most 0.2. White noise acts as a raised threshold.
    """
    if isinstance(point.drive.population.cell, EscapeRateCell):
        value = 0.0
    elif noise.time_constant >= 5 * dt:
        value = _LOST_EXCURSIONS * (dt / noise.time_constant) ** 1.5
    else:
        value = CLOCK_SHIFT * math.sqrt(2 * dt / point.tau_eff) * _relative_slope(point)
    return ValidityCheck(
        "e6",
        "clock",
        "Relative change of the rate because a spike is looked for only once per step.",
        value,
        (0.0, 0.01),
        "Use a smaller step, or a theory with the threshold raised by the clock correction.",
    )


def _relative_slope(point: OperatingPoint) -> float:
    """Return sigma_v d ln rate / dV of the upcrossing rate at the threshold, a pure number."""
    return max((point.drive.population.cell.threshold - point.v) / point.sigma_v, 1.0)


def _conductance(point: OperatingPoint) -> ValidityCheck:
    return ValidityCheck(
        "e7",
        "conductance fluctuation",
        "Standard deviation of the total conductance against its mean.",
        point.conductance_sd / point.conductance,
        (0.0, 0.2),
        "Use more and weaker afferent spikes, or a larger leak.",
    )


def _skew(point: OperatingPoint) -> ValidityCheck:
    """Third cumulant of the free potential by Campbell's theorem."""
    slowest = max([s.decay for s in point.drive.population.synapses] + [point.tau_eff])
    time = np.linspace(0.0, 10 * slowest, 20001)
    third = 0.0
    for index, afferent in enumerate(point.drive.population.afferents):
        response = point.membrane.response(time, point.membrane.jumps[:, index])
        third += point.drive.rates[afferent.name] * float(trapezoid(response**3, time))
    return ValidityCheck(
        "e8",
        "skew of the free potential",
        "Skewness that the size of single postsynaptic potentials leaves in the free potential.",
        third / point.sigma_v**3,
        (-0.2, 0.2),
        "Use more and weaker afferent spikes; the sigmoid of Gaussian theory is off in its onset.",
    )


def _irregularity(variation: float) -> ValidityCheck:
    return ValidityCheck(
        "e9",
        "irregularity",
        "Coefficient of variation of the interspike intervals, which should be near that of a Poisson process where "
        "the population's noise is taken as Poisson.",
        variation,
        (0.5, 1.2),
        "Use the measured Fano factor instead of 1 in every standard error and in finite-size noise.",
    )


def _slope(point: OperatingPoint) -> ValidityCheck:
    without = point.slope_conductance - point.nmda_slope_conductance
    return ValidityCheck(
        "e10",
        "NMDA slope conductance",
        "Negative slope conductance of NMDA against all other conductance.",
        -point.nmda_slope_conductance / without,
        (-math.inf, 0.5),
        "Weaken NMDA or hold the cell away from -50 mV: close to 1 the kernel ceases to exist.",
    )
