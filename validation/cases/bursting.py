"""Layer 5 cells that burst: BAC firing, critical frequency and background (L12), block of HCN channels (L13)."""

from dataclasses import replace

import numpy as np

from ...bridge.burst_statistics import burst_table
from ...bridge.single_cell_protocols import bac_firing, critical_frequency
from ...spiking import MECHANISMS, POPULATIONS, CurrentGrid, Population, TwoCompartmentCell
from ...spiking.engine import simulate
from ...spiking.mechanisms import Mode
from .case import CaseRow, published


def scaled_dendrite(population: Population, factor: float) -> Population:
    """Return the population with the conductances of its dendritic background times a factor."""
    afferents = tuple(
        replace(
            afferent,
            synapses=tuple(
                replace(s, weight=s.weight * factor) if s.site == "dendrite" else s for s in afferent.synapses
            ),
        )
        for afferent in population.afferents
    )
    return replace(population, afferents=afferents)


def as_in_the_public_code(population: Population) -> Population:
    """Return the cells without dead time, their spikes back in the dendrite at once: so the public code has them."""
    if not isinstance(population.cell, TwoCompartmentCell):
        raise ValueError(f"{population.name}: its cells have no apical dendrite; take two-compartment cells.")
    return population.with_cell(refractory_period=0.0, dendrite=replace(population.cell.dendrite, delay=0.0))


def dendritic_fluctuation(population: Population, seed: int) -> float:
    """Return the standard deviation (V) of the free dendritic potential in the background."""
    recording = simulate(population, CurrentGrid(cells=200, duration=2.0), seed=seed)
    return float(np.sqrt(recording["v_free_dendrite_variance"].mean()))


def background_of(population: Population, fluctuation: float, seed: int) -> Population:
    """Return the population whose dendritic conductances are scaled until its dendrite fluctuates by so much (V)."""
    low, high = 0.5, 4.0
    for _ in range(8):
        middle = (low * high) ** 0.5
        below = dendritic_fluctuation(scaled_dendrite(population, middle), seed) < fluctuation
        low, high = (middle, high) if below else (low, middle)
    return scaled_dendrite(population, (low * high) ** 0.5)


def layer_five_cell(seed: int = 12) -> tuple[CaseRow, ...]:
    """Return thresholds of the dendritic Ca2+ spike, and the state in the background (L12).

    The background is that of the public code, its dendritic conductances scaled so that the dendrite fluctuates by what
    its authors state beside the burst probability; with the weights they print it fluctuates by less.
    """
    case = published()["L12"]
    population = POPULATIONS["l5_thick_tufted"]()
    firing = bac_firing(population)
    cells = background_of(as_in_the_public_code(population), case["fluctuation_v"], seed)
    table = burst_table(simulate(cells, CurrentGrid(cells=300, duration=10.0), seed=seed))
    recording = simulate(cells, CurrentGrid(cells=200, duration=2.0), seed=seed)
    ours = {
        "critical frequency of 4 spikes": (critical_frequency(population), "frequency", "Hz"),
        "dendritic threshold alone": (firing.alone, "alone", "A"),
        "dendritic threshold with a spike": (firing.paired, "paired", "A"),
        "event rate in the background": (table["event_rate"].item(), "event_rate", "Hz"),
        "burst probability in the background": (table["burst_probability"].item(), "probability", "1"),
        "fluctuation of the soma": (float(np.sqrt(recording["v_free_variance"].mean())), "soma", "V"),
    }
    return tuple(
        CaseRow(quantity=name, ours=value, published=case[key], tolerance=case[f"{key}_tolerance"], unit=unit)
        for name, (value, key, unit) in ours.items()
    )


def hcn_block() -> tuple[CaseRow, ...]:
    """Return the critical frequency under a full block of HCN channels relative to control, in both readings (L13)."""
    case, mechanism = published()["L13"], MECHANISMS["hcn_apical_coupling"]
    population = POPULATIONS["l5_thick_tufted"]()
    control = critical_frequency(population)
    readings: tuple[tuple[Mode, str], ...] = (("review", "coupling scaled"), ("bio", "channels linearised"))
    return tuple(
        CaseRow(
            quantity=f"critical frequency under block relative to control, {words}",
            ours=critical_frequency(mechanism.apply(population, 1.0, mode)) / control,
            published=case["ratio"],
            tolerance=case["ratio_tolerance"],
            unit="1",
        )
        for mode, words in readings
    )
