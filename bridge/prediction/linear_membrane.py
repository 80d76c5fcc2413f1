"""The free potential with its synapses, M gate and noise, as a linear system driven by Poisson spikes.

One matrix gives everything that is linear: the response to a presynaptic spike is its impulse response, the
fluctuations are its stationary covariance, the reduction exists when it is stable. Voltage dependence enters by
statistical linearisation: slopes and driving forces are averaged over the Gaussian of the free potential itself.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_continuous_lyapunov

from ...spiking import Synapse
from .synaptic_drive import Array, Drive, driving, driving_slope, muscarinic_gate, muscarinic_of, over_potentials


@dataclass(frozen=True)
class LinearMembrane:
    """dx/dt = dynamics x + jumps at presynaptic spikes; x[0] is the free potential (V), the rest gates and noise.

    ``jumps`` (state, afferent) is what one spike adds; ``diffusion`` (state, state) is the intensity of the white
    noise that drives the fluctuations; ``slope`` (S) is the slope conductance with the M gate frozen,
    ``steady_slope`` (S) with the gate following. ``columns`` locates each synapse (its decay component; the rise
    component, if any, follows) and the M gate.
    """

    dynamics: Array
    jumps: Array
    diffusion: Array
    slope: float
    steady_slope: float
    columns: dict[str, int]

    @property
    def stable(self) -> bool:
        """Whether the free potential returns to rest after every small push."""
        return bool(self.slope > 0 and np.linalg.eigvals(self.dynamics).real.max() < 0)

    def covariance(self) -> Array:
        """Return the stationary covariance (state, state)."""
        return solve_continuous_lyapunov(self.dynamics, -self.diffusion)

    def integrated_autocovariance(self, covariance: Array) -> float:
        """Return the integral over positive lags of the autocovariance of the free potential, V2 s."""
        return float(-np.linalg.solve(self.dynamics, covariance[:, 0])[0])

    def modes(self, jump: Array) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """Return rates (1/s) and amplitudes (V) of the exponentials in the free potential after a push ``jump``."""
        values, vectors = np.linalg.eig(self.dynamics)
        return values.astype(complex), vectors[0] * np.linalg.solve(vectors, jump.astype(complex))

    def response(self, time: Array, jump: Array) -> Array:
        """Return the free potential (V) at ``time`` (s) after the state was pushed by ``jump``."""
        values, amplitudes = self.modes(jump)
        return np.real(np.exp(np.outer(time, values)) @ amplitudes)


def linearise(drive: Drive, v: float, sigma_v: float, *, frozen_gate: bool = False) -> LinearMembrane:
    """Linearise the free membrane at mean ``v`` (V) and fluctuation ``sigma_v`` (V).

    With ``frozen_gate`` the M gate stays at its mean.
    """
    population = drive.population
    capacitance = population.cell.capacitance
    potentials, weights = over_potentials(v, sigma_v)
    columns, size = _columns(drive)
    dynamics, diffusion = np.zeros((size, size)), np.zeros((size, size))
    jumps = np.zeros((size, len(population.afferents)))
    slope = population.cell.resting_conductance
    for index, afferent in enumerate(population.afferents):
        for synapse in afferent.synapses:
            column = columns[synapse.receptor]
            force = float(driving(synapse, potentials, population.cell.leak_reversal) @ weights)
            slope += drive.mean_conductance(synapse) * float(driving_slope(synapse, potentials) @ weights)
            for offset, (tau, sign) in enumerate(_gate_parts(synapse.decay, synapse.rise)):
                dynamics[column + offset, column + offset] = -1.0 / tau
                dynamics[0, column + offset] = sign * synapse.weight * synapse.peak_factor * force / capacitance
                jumps[column + offset, index] = 1.0
        diffusion += afferent_intensity(drive.rates[afferent.name], jumps[:, index])
    if population.noise is not None:
        column = columns["noise"]
        dynamics[column, column] = -1.0 / population.noise.time_constant
        dynamics[0, column] = population.noise.amplitude / capacitance
        diffusion[column, column] = 2.0 / population.noise.time_constant
    steady_slope = slope
    muscarinic = muscarinic_of(population)
    if muscarinic is not None:
        gate = muscarinic_gate(muscarinic, potentials)
        slope += muscarinic.conductance * float(gate @ weights)
        gate_slope = float((gate * (1.0 - gate)) @ weights) / muscarinic.slope
        column = columns["muscarinic"]
        dynamics[column, column] = -1.0 / muscarinic.time_constant
        dynamics[0, column] = -muscarinic.conductance * (v - muscarinic.reversal) / capacitance
        dynamics[column, 0] = 0.0 if frozen_gate else gate_slope / muscarinic.time_constant
        steady_slope = slope + muscarinic.conductance * gate_slope * (v - muscarinic.reversal)
    dynamics[0, 0] = -slope / capacitance
    return LinearMembrane(dynamics, jumps, diffusion, slope, steady_slope, columns)


def afferent_intensity(rate: float, jump: Array) -> Array:
    """Return the white-noise intensity with the exact second moments of Poisson jumps ``jump`` at ``rate`` (Hz)."""
    return rate * (jump[:, np.newaxis] * jump)


def gate_variance(synapse: Synapse, membrane: LinearMembrane, covariance: Array) -> float:
    """Return the variance of the unit-peak gate of a synapse."""
    column = membrane.columns[synapse.receptor]
    parts = np.array([1.0] if synapse.rise == 0 else [1.0, -1.0]) * synapse.peak_factor
    span = slice(column, column + parts.size)
    return float(parts @ covariance[span, span] @ parts)


def _gate_parts(decay: float, rise: float) -> list[tuple[float, float]]:
    return [(decay, 1.0)] if rise == 0 else [(decay, 1.0), (rise, -1.0)]


def _columns(drive: Drive) -> tuple[dict[str, int], int]:
    columns, size = {}, 1
    for synapse in drive.population.synapses:
        columns[synapse.receptor] = size
        size += 1 if synapse.rise == 0 else 2
    if drive.population.noise is not None:
        columns["noise"] = size
        size += 1
    if muscarinic_of(drive.population) is not None:
        columns["muscarinic"] = size
        size += 1
    return columns, size
