"""The fluctuations as the threshold sees them: one coloured noise for fast inputs, a quenched spread for slow ones."""

from dataclasses import dataclass, replace

import numpy as np

from ...spiking import Synapse
from .linear_membrane import LinearMembrane, afferent_intensity, gate_variance
from .operating_point import OperatingPoint
from .refused import PredictionRefused
from .synaptic_drive import Array, Drive, driving

_FAST = 4.0  # effective membrane time constants


@dataclass(frozen=True)
class FastNoise:
    """The Ornstein-Uhlenbeck noise that gives potential and velocity the variances that the fast inputs give them.

    ``gate_sd`` are standard deviations of the gates of the fast synapses; ``time_constant`` (s) is the equivalent
    correlation time; ``slow_sd`` (V) is the standard deviation of the free potential owed to inputs slower than four
    membrane time constants, which a cell meets as if its threshold were moved.
    """

    gate_sd: dict[str, float]
    time_constant: float
    slow_sd: float


def fast_noise(point: OperatingPoint) -> FastNoise:
    """Split the fluctuations at an operating point into one fast coloured noise and a slow spread.

    Source: rice1945 for upcrossings: the variances of the potential and of its derivative decide the rate far below
    threshold.

    Assumptions: Gaussian fluctuations; slow inputs do not change within a membrane time constant.

    Raises
    ------
    PredictionRefused
        If nothing fluctuates: a rate without noise is not smooth and has no coloured-noise solution.
    """
    drive, membrane = point.drive, point.membrane
    fast = [s for s in drive.population.synapses if s.decay <= _FAST * point.tau_eff]
    quick = _only_fast(drive, membrane, fast)
    covariance = quick.covariance()
    gate_sd = {s.receptor: float(np.sqrt(gate_variance(s, quick, covariance))) for s in fast}
    variance = float(covariance[0, 0])
    current_variance = noise_variance(drive, gate_sd, np.array([[point.v]])).item()
    if variance <= 0 or current_variance <= 0:
        raise PredictionRefused(
            f"{drive.population.name}: nothing fluctuates at this drive; give membrane noise or afferents."
        )
    share = variance * point.slope_conductance**2 / current_variance
    slow = max(float(membrane.covariance()[0, 0]) - variance, 0.0)
    return FastNoise(gate_sd, point.tau_eff * share / (1.0 - share), float(np.sqrt(slow)))


def noise_variance(drive: Drive, gate_sd: dict[str, float], v: Array) -> Array:
    """Return the variance (A2) of the fast noise currents at potentials ``v`` (V)."""
    population = drive.population
    variance = np.full_like(v, 0.0 if population.noise is None else population.noise.amplitude**2)
    for synapse in population.synapses:
        if synapse.receptor in gate_sd:
            force = driving(synapse, v, population.cell.leak_reversal)
            variance += (synapse.weight * gate_sd[synapse.receptor] * force) ** 2
    return variance


def _only_fast(drive: Drive, membrane: LinearMembrane, fast: list[Synapse]) -> LinearMembrane:
    """Return the membrane that only the fast synapses and the membrane noise shake."""
    kept = np.zeros(membrane.dynamics.shape[0])
    for synapse in fast:
        column = membrane.columns[synapse.receptor]
        kept[column : column + (1 if synapse.rise == 0 else 2)] = 1.0
    diffusion = np.zeros_like(membrane.diffusion)
    for index, afferent in enumerate(drive.population.afferents):
        diffusion += afferent_intensity(drive.rates[afferent.name], kept * membrane.jumps[:, index])
    if "noise" in membrane.columns:
        column = membrane.columns["noise"]
        diffusion[column, column] = membrane.diffusion[column, column]
    return replace(membrane, diffusion=diffusion)
