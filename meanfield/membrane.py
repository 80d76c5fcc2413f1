"""Mean, fluctuation and time constants of the free potential of a cell under private synaptic bombardment."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..units import takes
from .bombardment import PassiveMembrane, SynapticArray
from .kernels import CascadeKernel
from .magnesium import block_slope, linearised_conductance, magnesium_block, slope_conductance

Array = NDArray[np.floating]


class FreeMoments(NamedTuple):
    """The free potential in the Gaussian, effective-time-constant picture; leading axes are those of rates and current.

    ``conductance`` what a fast change of potential feels, S; ``tau`` the effective membrane time constant, s; ``mean``
    and ``sd`` V; ``correlation_time`` the integral of the autocorrelation, s; for each synapse, and last for the noise
    current, (..., n + 1): ``source_variance`` its share in the variance of V, V^2, ``source_power`` in the spectrum of
    V at zero frequency, V^2 s, and ``source_drive`` in the variance of dV/dt at fixed V, V^2/s^2; ``conductance_ratio``
    the sd of the synaptic conductance over the whole, 1, a validity measure.
    """

    conductance: Array
    tau: Array
    mean: Array
    sd: Array
    correlation_time: Array
    source_variance: Array
    source_power: Array
    source_drive: Array
    conductance_ratio: Array


def _net_current(membrane: PassiveMembrane, synapses: SynapticArray, opened: Array, current: Array, v: Array) -> Array:
    """Return the steady current at potential ``v``, A."""
    total = membrane.conductance * (membrane.reversal - v) + np.sum(opened * synapses.drive(v), axis=-1) + current
    for slow in membrane.slow:
        total = total - slow.conductance * slow.gate(v) * (v - slow.reversal)
    return total


def _bracket(membrane: PassiveMembrane, synapses: SynapticArray, opened: Array, current: Array) -> tuple[Array, Array]:
    """Return two potentials around the only rest, or refuse when there are several."""
    currents = current + np.sum(opened * synapses.held_drive, axis=-1)
    reversals = [
        membrane.reversal,
        *synapses.reversal[~synapses.is_current],
        *(slow.reversal for slow in membrane.slow),
    ]
    offset = currents / membrane.conductance
    low, high = min(reversals) + np.minimum(offset, 0) - 1e-3, max(reversals) + np.maximum(offset, 0) + 1e-3
    grid = np.moveaxis(np.linspace(low, high, 801), 0, -1)
    sign = np.sign(_net_current(membrane, synapses, opened[..., None, :], current[..., None], grid))
    falls = (sign[..., :-1] > 0) & (sign[..., 1:] <= 0)
    if np.any(falls.sum(axis=-1) > 1):
        raise ValueError(
            "free_moments: the potential has several resting states (NMDA or another inward current holds it up), so "
            "there is no single operating point; lower that conductance or treat the states apart."
        )
    first = np.argmax(falls, axis=-1)[..., None]
    return np.take_along_axis(grid, first, -1)[..., 0], np.take_along_axis(grid, first + 1, -1)[..., 0]


def _ohmic_balance(membrane: PassiveMembrane, synapses: SynapticArray, opened: Array, current: Array) -> Array:
    """Return the only rest where every conductance is ohmic, V."""
    conductances = np.where(synapses.is_current, 0.0, opened)
    injected = np.sum(opened * synapses.held_drive + conductances * synapses.reversal, axis=-1) + current
    return (membrane.conductance * membrane.reversal + injected) / (membrane.conductance + conductances.sum(axis=-1))


@takes(rates="Hz", current="A")
def mean_free_potential(
    membrane: PassiveMembrane, synapses: SynapticArray, rates: ArrayLike, current: ArrayLike = 0.0
) -> Array:
    """Return the potential at which all mean currents balance, V, block and slow gates taken at that potential.

    Parameters and errors are those of `free_moments`.
    """
    opened = synapses.open_conductance(rates)
    shape = np.broadcast_shapes(opened.shape[:-1], np.shape(current))
    opened = np.broadcast_to(opened, (*shape, opened.shape[-1]))
    amperes = np.broadcast_to(np.asarray(current, dtype=float), shape)
    if not membrane.slow and not np.any(synapses.magnesium > 0):
        return _ohmic_balance(membrane, synapses, opened, amperes)
    low, high = _bracket(membrane, synapses, opened, amperes)
    for _ in range(60):
        middle = (low + high) / 2
        above = _net_current(membrane, synapses, opened, amperes, middle) > 0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return (low + high) / 2


def _linear_conductance(membrane: PassiveMembrane, synapses: SynapticArray, opened: Array, mean: Array) -> Array:
    """Return the conductance a fast change of potential feels, S; refuses when it is not positive."""
    ohmic = np.where(synapses.is_current | (synapses.magnesium > 0), 0.0, opened).sum(axis=-1) + membrane.conductance
    for slow in membrane.slow:
        ohmic = ohmic + slow.conductance * slow.gate(mean)
    at = mean[..., None]
    conductive = slope_conductance(at, opened, synapses.reversal, synapses.magnesium)
    injected = -opened * synapses.held_drive * block_slope(at, synapses.magnesium)
    slope = np.where(synapses.is_current, injected, conductive)
    return linearised_conductance(ohmic, np.where(synapses.magnesium > 0, slope, 0.0).sum(axis=-1))


def _squared_area(rise: Array, decay: Array, tau: Array) -> Array:
    """Return the integral of the square of a unit-area cascade of three stages, 1/s."""
    pairs = rise * decay + decay * tau + tau * rise
    return pairs / (2 * (rise + decay) * (decay + tau) * (tau + rise))


@takes(rates="Hz", current="A")
def free_moments(
    membrane: PassiveMembrane, synapses: SynapticArray, rates: ArrayLike, current: ArrayLike = 0.0
) -> FreeMoments:
    """Return mean, sd and time constants of the free potential under private Poisson input.

    Source: richardson2004; zerlaut2018 (with the fluctuations of inhibition weighted by its own decay); Campbell's
    theorem.
    Assumptions: Poisson input; conductances replaced by their means except in the drive (sd(G)/G below about 0.2);
    Gaussian potential; Mg block linearised at the mean; slow currents frozen at their mean gate.

    Parameters
    ----------
    membrane : PassiveMembrane
        Capacitance, ohmic conductances, noise and slow currents.
    synapses : SynapticArray
        n receptor types.
    rates : (..., n) array
        Total presynaptic rate onto each receptor type, Hz.
    current : (...) array
        Injected current, A.

    Returns
    -------
    FreeMoments
        See there.

    Raises
    ------
    ValueError
        If there are several resting states, or the slope conductance outweighs all others.
    """
    mean = mean_free_potential(membrane, synapses, rates, current)
    opened = np.broadcast_to(synapses.open_conductance(rates), (*mean.shape, synapses.weight.size))
    total = _linear_conductance(membrane, synapses, opened, mean)
    tau = membrane.capacitance / total
    area = synapses.weight * synapses.gate_area * synapses.drive(mean) / total[..., None]
    power = np.asarray(rates, dtype=float) * area**2
    variance = power * _squared_area(synapses.rise, synapses.decay, tau[..., None])
    drive = power / (2 * (synapses.rise + synapses.decay) * tau[..., None] ** 2)
    noise = (membrane.noise_sd / total) ** 2
    variance = np.concatenate(
        [variance, (noise * membrane.noise_time / (membrane.noise_time + tau))[..., None]], axis=-1
    )
    power = np.concatenate([power, (2 * membrane.noise_time * noise)[..., None]], axis=-1)
    drive = np.concatenate([drive, (noise / tau**2)[..., None]], axis=-1)
    whole = variance.sum(axis=-1)
    lag = np.divide(power.sum(axis=-1), 2 * whole, out=np.array(tau), where=whole > 0)
    ratio = _conductance_ratio(synapses, rates, mean, total)
    return FreeMoments(total, tau, mean, np.sqrt(whole), lag, variance, power, drive, ratio)


def _conductance_ratio(synapses: SynapticArray, rates: ArrayLike, mean: Array, total: Array) -> Array:
    """Return the sd of the fluctuating conductance over the total."""
    event = synapses.weight * synapses.gate_area * magnesium_block(mean[..., None], synapses.magnesium)
    square = event**2 / (2 * (synapses.decay + synapses.rise))
    return np.sqrt(np.where(synapses.is_current, 0.0, np.asarray(rates) * square).sum(axis=-1)) / total


class EquivalentNoise(NamedTuple):
    """One Ornstein-Uhlenbeck drive in place of all sources: ``sd`` of dV/dt (V/s) and ``correlation_time`` (s)."""

    sd: Array
    correlation_time: Array


def equivalent_noise(moments: FreeMoments, sources: ArrayLike | None = None) -> EquivalentNoise:
    """Return the one Ornstein-Uhlenbeck drive that keeps the variance and mean-square speed of the potential.

    Source: the crossing rate of a smooth process depends on these two (rice1945).
    Assumptions: correlation times of one order. The rate of an LIF cell then comes out within about 6 % (5 ms with 1
    ms) of that under the separate sources, where matching variance and slow power is off by 9 to 36 %. Sources much
    slower than the membrane are better averaged over than merged: leave them out with ``sources`` and treat their
    variance as a spread of means (2 % at 80 ms).

    Parameters
    ----------
    moments : FreeMoments
        What `free_moments` returned.
    sources : (n + 1,) array of bool, optional
        Which sources to merge; all unless given.

    Returns
    -------
    EquivalentNoise
        Standard deviation of dV/dt (V/s) and correlation time (s).

    Raises
    ------
    ValueError
        If the chosen sources do not fluctuate.
    """
    count = moments.source_variance.shape[-1]
    chosen = np.ones(count, dtype=bool) if sources is None else np.asarray(sources, dtype=bool)
    variance = moments.source_variance[..., chosen].sum(axis=-1)
    drive = moments.source_drive[..., chosen].sum(axis=-1)
    if not np.all(variance > 0):
        raise ValueError(
            "equivalent_noise: the chosen sources do not fluctuate; choose sources with a rate or a noise current."
        )
    return EquivalentNoise(np.sqrt(drive), moments.tau * variance / (drive * moments.tau**2 - variance))


def postsynaptic_kernel(
    membrane: PassiveMembrane, synapses: SynapticArray, moments: FreeMoments, index: int
) -> CascadeKernel:
    """Return the kernel of receptor ``index`` at one operating point: its gate through the effective membrane.

    Assumptions: linear about the mean potential; slow currents frozen, so that the kernel holds for times short of
    theirs.

    Parameters
    ----------
    membrane, synapses
        As given to `free_moments`.
    moments : FreeMoments
        Its result at a single operating point (no leading axes).
    index : int
        Which receptor type.

    Returns
    -------
    CascadeKernel
        Area in V s per presynaptic spike.
    """
    mean, total = float(moments.mean), float(moments.conductance)
    drive = float(synapses.drive(np.asarray(mean))[index])
    area = float(synapses.weight[index] * synapses.gate_area[index]) * drive / total
    stages = (float(synapses.rise[index]), float(synapses.decay[index]), membrane.capacitance / total)
    return CascadeKernel(area, tuple(stage for stage in stages if not math.isclose(stage, 0.0)))
