"""Exact statistics of an escape-rate population at constant drive without adaptation: a renewal process."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...units import takes
from ..arrays import require_finite
from .population import EscapeRatePopulation

Array = NDArray[np.float64]

_RELAXED = 40  # membrane time constants after which the potential stands still in double precision


class RenewalStatistics(NamedTuple):
    """What one uncoupled population does in the long run.

    ``rate`` of one cell, Hz; ``cv`` coefficient of variation of its intervals, 1; ``spectrum`` of the population
    activity at the frequencies asked for, Hz, two-sided, so that it tends to rate/size.
    """

    rate: float
    cv: float
    spectrum: Array


@takes(drive="V", frequency="Hz")
def renewal_statistics(
    population: EscapeRatePopulation, *, drive: float | None = None, frequency: ArrayLike = ()
) -> RenewalStatistics:
    """Return rate, coefficient of variation and power spectrum of an uncoupled population at constant drive.

    Source: renewal theory (gerstner2014): rate = 1/mean interval, S = (rate/N) (1 - |P|^2)/|1 - P|^2 with P the
    transform of the interval density; at zero frequency S = rate CV^2/N.
    Assumptions: constant drive; no adaptation.

    Parameters
    ----------
    population : EscapeRatePopulation
        Which.
    drive : float, optional
        Steady potential, V; that of the population unless given.
    frequency : (f,) array, optional
        Hz.

    Returns
    -------
    RenewalStatistics
        See there.

    Raises
    ------
    ValueError
        If the population adapts, or a number is not finite.
    """
    if population.adaptation:
        raise ValueError(
            f"renewal_statistics: the population has {len(population.adaptation)} threshold kernels, so its intervals "
            "depend on one another; simulate it with MesoscopicNetwork instead."
        )
    steady = population.drive if drive is None else float(drive)
    require_finite("renewal_statistics", drive=steady, frequency=frequency)
    age, density, rest = _interval_density(population, steady)
    interval, late = population.tau_ref + age, population.tau_ref + _RELAXED * population.tau_m
    decay = float(population.hazard(steady))
    mean = float(density @ interval + rest * (late + 1 / decay))
    # About the mean, the exponential tail from `late` on has the second moment (late - mean + 1/decay)^2 + 1/decay^2.
    variance = float(density @ (interval - mean) ** 2 + rest * ((late - mean + 1 / decay) ** 2 + 1 / decay**2))
    frequencies = np.asarray(frequency, dtype=float)
    omega = 2j * np.pi * frequencies.ravel()
    transform = np.exp(-np.outer(omega, interval)) @ density + rest * np.exp(-omega * late) * decay / (decay + omega)
    apart = np.abs(1 - transform) ** 2
    ratio = np.divide(1 - np.abs(transform) ** 2, apart, out=np.zeros_like(apart), where=apart > 0)
    ratio = np.where(np.abs(omega) * mean < 1e-5, variance / mean**2, ratio)
    return RenewalStatistics(
        rate=1 / mean,
        cv=float(np.sqrt(variance)) / mean,
        spectrum=(ratio / (mean * population.size)).reshape(frequencies.shape),
    )


def _hazard(population: EscapeRatePopulation, drive: float, age: Array) -> Array:
    potential = drive + (population.reset - drive) * np.exp(-age / population.tau_m)
    return population.hazard(potential)


def _interval_density(population: EscapeRatePopulation, drive: float) -> tuple[Array, Array, float]:
    """Return ages after refractoriness, s, the probability at each, and what is left when the potential has relaxed.

    From then on the hazard is constant and the rest of the density an exponential.
    """
    nodes, weights = np.polynomial.legendre.leggauss(16)
    few, few_weights = np.polynomial.legendre.leggauss(6)
    edges = np.linspace(0, _RELAXED * population.tau_m, 2001)
    half = np.diff(edges)[:, None] / 2
    age = ((edges[:-1, None] + edges[1:, None]) / 2 + half * nodes).ravel()
    # The hazard is summed up to each node, and to the end, over the gap since the node before.
    gaps = np.diff([0.0, *age, edges[-1]])[:, None] / 2
    middles = np.append(age, edges[-1])[:, None] - gaps
    passed = np.cumsum((gaps * few_weights * _hazard(population, drive, middles + gaps * few)).sum(axis=1))
    density = (
        np.exp(np.log(np.maximum(_hazard(population, drive, age), 1e-300)) - passed[:-1]) * (half * weights).ravel()
    )
    rest = float(np.exp(-passed[-1]))
    total = float(density.sum()) + rest
    if not abs(total - 1) < 1e-9:
        raise ValueError(
            f"renewal_statistics: the interval density sums to {total:.6g}, not 1, at drive {drive:g} V: the hazard "
            "changes too steeply to integrate; choose a larger softness or a lower drive."
        )
    return age, density, rest
