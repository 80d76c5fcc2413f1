"""The mean currents of a described membrane, and the Gaussian averages of what in them depends on the potential."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...spiking import MuscarinicCurrent, PointCell, Population, Synapse
from ...spiking.synapses import MAGNESIUM_HALF, MAGNESIUM_SLOPE

Array = NDArray[np.float64]


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
    """Return the drive with the background rates replaced by ``rates`` where these are given."""
    background = {afferent.name: afferent.rate for afferent in population.afferents}
    unknown = sorted(set(rates or {}) - set(background))
    if unknown:
        population.afferent(unknown[0])
    negative = [name for name, rate in (rates or {}).items() if rate < 0]
    if negative:
        raise ValueError(f"rates[{negative[0]!r}]: {(rates or {})[negative[0]]:g} Hz is negative; give 0 or more.")
    return Drive(population, current, {**background, **(rates or {})})


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
    """Return the leak and K+ leak current at potentials ``v`` (V), inward positive, A."""
    cell, v = population.cell, np.asarray(v, dtype=float)
    current = cell.leak_conductance * (cell.leak_reversal - v)
    if isinstance(cell, PointCell):
        current = current + cell.potassium_conductance * (cell.potassium_reversal - v)
    return current


@cache
def _normal_nodes() -> tuple[Array, Array]:
    nodes, weights = np.polynomial.hermite_e.hermegauss(21)
    return nodes, weights / weights.sum()


def over_potentials(v: ArrayLike, sigma: float) -> tuple[Array, Array]:
    """Return potentials (..., 21) and weights (21,) that average over a Gaussian of sd ``sigma`` around ``v`` (V)."""
    nodes, weights = _normal_nodes()
    return np.asarray(v, dtype=float)[..., None] + sigma * nodes, weights
