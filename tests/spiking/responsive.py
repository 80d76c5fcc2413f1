"""For every reading of every mechanism a population that has what the reading acts on."""

from dataclasses import replace

from mesobridge.spiking import POPULATIONS, GqCascade, Mechanism, MovingThreshold, PointCell, Population
from mesobridge.spiking.burst_cells import HCurrent, TwoCompartmentCell
from mesobridge.spiking.library import with_dendritic_gaba_b
from mesobridge.spiking.mechanisms import Mode


def membrane(population: Population) -> PointCell:
    """The cell of a population of point cells."""
    assert isinstance(population.cell, PointCell)
    return population.cell


def equipped() -> Population:
    """The regular-spiking pyramid with a threshold that moves, Gq-coupled receptors and tonic conductances."""
    population = POPULATIONS["e1"]().with_cell(
        moving_threshold=MovingThreshold(jump="2 mV", decay="27 ms"), gq=GqCascade(occupancy=0.2)
    )
    population = population.with_synapse("ampa", tonic="0.1 nS").with_synapse("gaba_a", tonic="1 nS")
    return population.with_synapse("gaba_b", tonic="0.2 nS")


def gated() -> Population:
    """The thick-tufted pyramid with gated HCN channels in its dendrite."""
    population = POPULATIONS["l5_thick_tufted"]()
    assert isinstance(population.cell, TwoCompartmentCell)
    dendrite = replace(population.cell.dendrite, h_current=HCurrent(conductance="5 nS"))
    return population.with_cell(dendrite=dendrite)


def responsive(mechanism: Mechanism, mode: Mode) -> Population:
    """The pyramid where it will do, then the equipped one, then any population of the library."""
    candidates = [POPULATIONS["e1"](), equipped(), *(make() for make in POPULATIONS.values()), gated()]
    candidates.append(with_dendritic_gaba_b(POPULATIONS["l5_thick_tufted"]()))
    refusals = []
    for population in candidates:
        try:
            for amount in mechanism.reading(mode).amounts:
                mechanism.apply(population, amount, mode)
        except ValueError as refused:
            refusals.append(str(refused))
        else:
            return population
    raise AssertionError(f"{mechanism.id} ({mode}) acts on no population: {refusals}")
