"""Where a population of any kind of cell rests on the average if it never spikes: no fluctuation is considered."""

import numpy as np

from ..burst_cells import TwoCompartmentCell
from ..population import Population
from .compartments import resting_dendrite, resting_soma
from .equilibrium import free_equilibrium


def resting_potential(population: Population, current: float = 0.0, rates: dict[str, float] | None = None) -> float:
    """Return the somatic potential (V) at which the mean membrane current vanishes.

    Assumptions: every synapse at its mean conductance, no fluctuation; the lower state where a dendrite has two.

    Parameters
    ----------
    population : Population
    current : float
        Current added to the population's own, A.
    rates : dict of str to float, optional
        Rates (Hz) that replace the background rates of these afferents.
    """
    known = {afferent.name: afferent.rate for afferent in population.afferents} | (rates or {})
    columns = tuple(np.array([known[afferent.name]]) for afferent in population.afferents)
    into, cell = np.array([current]), population.cell
    if not isinstance(cell, TwoCompartmentCell):
        return float(free_equilibrium(population, into, columns)[0])
    below = resting_dendrite(population, cell, np.zeros(1), columns)
    return float(resting_soma(population, cell, into, columns, below)[0])
