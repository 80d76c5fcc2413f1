"""The mean currents of a described membrane, and the Gaussian averages of what in them depends on the potential."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...spiking import (
    GabaBCascade,
    MuscarinicCurrent,
    PointCell,
    Population,
    Synapse,
    TwoCompartmentCell,
    settled,
)
from ...spiking.synapses import MAGNESIUM_HALF, MAGNESIUM_SLOPE
from .refused import PredictionRefused

Array = NDArray[np.float64]

_LARGEST_VARIATION = 0.1  # of the share of GABA_B receptors that is bound


@dataclass(frozen=True)
class Drive:
    """A population at stated inputs: the current added to its own (A) and the rate of every afferent (Hz)."""

    population: Population
    current: float
    rates: dict[str, float]

    @property
    def total_current(self) -> float:
        """Injected current, own and added, A."""
        return self.population.current + self.current

    def mean_gate(self, synapse: Synapse) -> float:
        """Return the mean of the unit-peak gate of a synapse, from Campbell's theorem; a pure number."""
        for afferent in self.population.afferents:
            if synapse in afferent.synapses:
                return self.rates[afferent.name] * synapse.gate_area
        raise ValueError(f"{self.population.name} has no {synapse.receptor} synapse.")

    def mean_conductance(self, synapse: Synapse) -> float:
        """Return the mean conductance of a synapse without its block, phasic and tonic, S."""
        return synapse.weight * self.mean_gate(synapse) + synapse.tonic


def drive_of(population: Population, current: float = 0.0, rates: dict[str, float] | None = None) -> Drive:
    """Return the drive with the background rates replaced by ``rates`` where these are given.

    Its population is settled there: release that presynaptic receptors withhold, a GABA_B cascade and a Gq cascade have
    become weights and conductances.
    """
    background = {afferent.name: afferent.rate for afferent in population.afferents}
    unknown = sorted(set(rates or {}) - set(background))
    if unknown:
        population.afferent(unknown[0])
    negative = [name for name, rate in (rates or {}).items() if rate < 0]
    if negative:
        raise ValueError(f"rates[{negative[0]!r}]: {(rates or {})[negative[0]]:g} Hz is negative; give 0 or more.")
    _check_cell(population)
    known = {**background, **(rates or {})}
    for afferent in population.afferents:
        for synapse in afferent.synapses:
            if synapse.cascade is not None:
                _check_pooling(population, synapse.cascade, known[afferent.name])
    return Drive(settled(population, known), current, known)


def has_linear_theory(population: Population) -> bool:
    """Tell whether the free potential is that of one membrane with smooth currents."""
    cell = population.cell
    return not isinstance(cell, TwoCompartmentCell) and not (isinstance(cell, PointCell) and cell.t_type is not None)


def _check_cell(population: Population) -> None:
    """Refuse cells whose free potential is not that of one membrane with smooth currents."""
    if isinstance(population.cell, TwoCompartmentCell):
        raise PredictionRefused(
            f"{population.name}: two compartments with a regenerative Ca2+ current are no linear membrane; measure "
            "only, or calibrate a burst ensemble."
        )
    if isinstance(population.cell, PointCell) and population.cell.t_type is not None:
        raise PredictionRefused(
            f"{population.name}: the T-type current switches on at one potential, about which nothing is linear; "
            "measure only."
        )


def _check_pooling(population: Population, cascade: GabaBCascade, rate: float) -> None:
    """Refuse a cascade whose fourth power is not that of its mean."""
    variation = cascade.variation(rate)
    if variation > _LARGEST_VARIATION:
        raise PredictionRefused(
            f"{population.name}: bound GABA_B receptors vary by {variation:.0%} of their mean, above "
            f"{_LARGEST_VARIATION:.0%}, and the mean of a fourth power is then not the fourth power of the mean; raise "
            "the rate or the terminals of the cascade, or take GABA_B without it."
        )


def block(synapse: Synapse, v: ArrayLike) -> Array:
    """Return the fraction of a synapse left open by magnesium at potentials ``v`` (V).

    Source: jahr1990, Eq. 4.
    """
    return 1.0 / (1.0 + synapse.magnesium / MAGNESIUM_HALF * np.exp(-MAGNESIUM_SLOPE * np.asarray(v)))


def driving(synapse: Synapse, v: ArrayLike, leak_reversal: float) -> Array:
    """Return the current per open conductance, B(V) (E - V), in V; at the leak reversal if current-based."""
    at = (
        np.full_like(np.asarray(v, dtype=float), leak_reversal) if synapse.current_based else np.asarray(v, dtype=float)
    )
    return block(synapse, at) * (synapse.reversal - at)


def driving_slope(synapse: Synapse, v: ArrayLike) -> Array:
    """Return -d/dV [B(V) (E - V)], the slope conductance per open conductance; 0 if current-based."""
    v = np.asarray(v, dtype=float)
    if synapse.current_based:
        return np.zeros_like(v)
    open_fraction = block(synapse, v)
    return open_fraction + (v - synapse.reversal) * MAGNESIUM_SLOPE * open_fraction * (1.0 - open_fraction)


def driving_curvature(synapse: Synapse, v: ArrayLike) -> Array:
    """Return -d2/dV2 [B(V) (E - V)], in 1/V; 0 if current-based or without magnesium."""
    v = np.asarray(v, dtype=float)
    if synapse.current_based:
        return np.zeros_like(v)
    open_fraction = block(synapse, v)
    slope = MAGNESIUM_SLOPE * open_fraction * (1.0 - open_fraction)
    return 2.0 * slope + (v - synapse.reversal) * MAGNESIUM_SLOPE * slope * (1.0 - 2.0 * open_fraction)


def muscarinic_gate(muscarinic: MuscarinicCurrent, v: ArrayLike) -> Array:
    """Return the steady state of the M gate at potentials ``v`` (V)."""
    return 1.0 / (1.0 + np.exp(-(np.asarray(v, dtype=float) - muscarinic.v_half) / muscarinic.slope))


def muscarinic_of(population: Population) -> MuscarinicCurrent | None:
    """Return the M current of the cell, if it has one."""
    return population.cell.muscarinic if isinstance(population.cell, PointCell) else None


def passive_current(population: Population, v: ArrayLike) -> Array:
    """Return the leak, K+ leak and cation current at potentials ``v`` (V), inward positive, A."""
    cell, v = population.cell, np.asarray(v, dtype=float)
    current = cell.leak_conductance * (cell.leak_reversal - v)
    if isinstance(cell, PointCell):
        current = current + cell.potassium_conductance * (cell.potassium_reversal - v)
        if cell.cation_conductance > 0:
            current = current + cell.cation_conductance * (cell.cation_reversal - v)
    return current


@cache
def _normal_nodes() -> tuple[Array, Array]:
    nodes, weights = np.polynomial.hermite_e.hermegauss(21)
    return nodes, weights / weights.sum()


def over_potentials(v: ArrayLike, sigma: float) -> tuple[Array, Array]:
    """Return potentials (..., 21) and weights (21,) that average over a Gaussian of sd ``sigma`` around ``v`` (V)."""
    nodes, weights = _normal_nodes()
    return np.asarray(v, dtype=float)[..., None] + sigma * nodes, weights
