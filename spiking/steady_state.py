"""What slow, shared processes of a population amount to once its inputs have been constant for long."""

from collections.abc import Mapping
from dataclasses import replace

from .cells import Cell, GqCascade, MuscarinicCurrent, PointCell
from .population import Population
from .synapses import Afferent, Synapse


def settled(population: Population, rates: Mapping[str, float] | None = None) -> Population:
    """Return the population with presynaptic inhibition, GABA_B cascades and Gq cascades at their steady state.

    Release becomes part of the weights, an open cascade a tonic conductance, closed K+ channels smaller conductances. A
    population that has none of these is returned as it is.

    Assumptions: constant rates for several time constants; for the cascade, so many terminals that the fourth power of
    the mean is the mean of the fourth power.

    Parameters
    ----------
    population : Population
        As described.
    rates : mapping of str to float, optional
        Rates (Hz) that replace the background rates of these afferents.
    """
    known = {afferent.name: afferent.rate for afferent in population.afferents} | dict(rates or {})
    quiet = without_gq(population)
    if not any(a.presynaptic is not None or _cascades(a) for a in quiet.afferents):
        return quiet
    return replace(quiet, afferents=tuple(_settled_afferent(afferent, known) for afferent in quiet.afferents))


def without_gq(population: Population) -> Population:
    """Return the population with what its Gq cascade does at its constant occupancy in place of the cascade."""
    cell = population.cell
    if not isinstance(cell, PointCell) or cell.gq is None:
        return population
    return replace(population, cell=_settled_cell(cell, cell.gq))


def _cascades(afferent: Afferent) -> bool:
    return any(synapse.cascade is not None for synapse in afferent.synapses)


def _settled_afferent(afferent: Afferent, rates: Mapping[str, float]) -> Afferent:
    inhibition = afferent.presynaptic
    release = 1.0 if inhibition is None else inhibition.steady_release(rates[inhibition.source])
    synapses = tuple(_settled_synapse(synapse, rates[afferent.name], release) for synapse in afferent.synapses)
    return replace(afferent, synapses=synapses, presynaptic=None)


def _settled_synapse(synapse: Synapse, rate: float, release: float) -> Synapse:
    if synapse.cascade is None:
        return replace(synapse, weight=synapse.weight * release)
    opened = synapse.weight * float(synapse.cascade.steady_open(rate * release))
    return replace(synapse, weight=0.0, tonic=synapse.tonic + opened, cascade=None)


def _settled_cell(cell: PointCell, gq: GqCascade) -> Cell:
    store = 1 / (1 + gq.depletion * gq.refill_time * gq.occupancy)
    calcium = gq.release * gq.calcium_time * gq.occupancy * store
    sk = gq.sk_conductance * calcium**2 / (calcium**2 + gq.calcium_half**2)
    mixed = gq.cation_conductance * gq.occupancy
    cation = cell.cation_conductance + mixed
    reversal = cell.cation_reversal
    if cation > 0:
        reversal = (cell.cation_conductance * cell.cation_reversal + mixed * gq.cation_reversal) / cation
    return replace(
        cell,
        potassium_conductance=cell.potassium_conductance * (1 - gq.closed_potassium * gq.occupancy) + sk,
        muscarinic=_left_open(cell.muscarinic, 1 - gq.closed_muscarinic * gq.occupancy),
        cation_conductance=cation,
        cation_reversal=reversal,
        gq=None,
    )


def _left_open(current: MuscarinicCurrent | None, share: float) -> MuscarinicCurrent | None:
    if current is None or share <= 0:
        return None
    return replace(current, conductance=current.conductance * share)
