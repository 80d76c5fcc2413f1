"""More or fewer receptors: the conductance that one spike opens, the tonic one, or the release that opens them.

A density is one of the whole cell: the receptors of all its compartments are scaled together, with what GABA_B
receptors of a dendrite block of its Ca2+ current. The reading ``bio:dendritic`` scales those of the dendrite alone.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from ..population import Population
from ..synapses import Afferent, Receptor, Synapse
from .mechanism import Lever, Mechanism, Mode, Reading, checked_factor


def _scale(receptor: Receptor, population: Population, factor: float) -> Population:
    factor = checked_factor(f"{receptor}_density", factor)
    _require(receptor, population, lambda synapse: synapse.weight + synapse.tonic + _blocked(synapse), "")
    return _changed(receptor, population, lambda synapse: _scaled(synapse, factor, tonic=factor))


def _scale_phasic(receptor: Receptor, population: Population, factor: float) -> Population:
    factor = checked_factor(f"{receptor}_density", factor)
    _require(receptor, population, lambda synapse: synapse.weight + _blocked(synapse), "phasic ")
    return _changed(receptor, population, lambda synapse: _scaled(synapse, factor))


def _scale_dendritic(receptor: Receptor, population: Population, factor: float) -> Population:
    factor = checked_factor(f"{receptor}_density", factor)

    def present(synapse: Synapse) -> float:
        return synapse.weight + synapse.tonic + _blocked(synapse) if synapse.site == "dendrite" else 0.0

    _require(receptor, population, present, "dendritic ")
    return _changed(receptor, population, lambda s: _scaled(s, factor, tonic=factor) if s.site == "dendrite" else s)


def _blocked(synapse: Synapse) -> float:
    return 0.0 if synapse.calcium_block is None else synapse.calcium_block.share


def _scaled(synapse: Synapse, factor: float, *, tonic: float = 1.0) -> Synapse:
    """Return the synapse with its conductance, and what it blocks of a dendrite's Ca2+ current, times a factor."""
    block = synapse.calcium_block
    if block is not None:
        share = block.share * factor
        if share > 1:
            raise ValueError(
                f"{synapse.receptor}_density: a factor of {factor:g} brings the share of the dendrite's Ca2+ current "
                f"that {synapse.label} blocks to {share:g}, above 1; the untouched one is {block.share:g}."
            )
        block = replace(block, share=share)
    return replace(synapse, weight=synapse.weight * factor, tonic=synapse.tonic * tonic, calcium_block=block)


def _scale_tonic(receptor: Receptor, population: Population, factor: float) -> Population:
    factor = checked_factor(f"{receptor}_density", factor)
    _require(receptor, population, lambda synapse: synapse.tonic, "tonic ")
    return _changed(receptor, population, lambda synapse: replace(synapse, tonic=synapse.tonic * factor))


def _scale_release(receptor: Receptor, population: Population, factor: float) -> Population:
    """Scale what the terminals that carry the receptor release: all receptors on the other side see it."""
    factor = checked_factor(f"{receptor}_density", factor)
    _require(receptor, population, lambda synapse: synapse.weight, "phasic ")
    return replace(population, afferents=tuple(_released(a, receptor, factor) for a in population.afferents))


def _released(afferent: Afferent, receptor: Receptor, factor: float) -> Afferent:
    if all(synapse.receptor != receptor for synapse in afferent.synapses):
        return afferent
    return replace(afferent, synapses=tuple(replace(s, weight=s.weight * factor) for s in afferent.synapses))


def _require(receptor: Receptor, population: Population, conductance: Callable[[Synapse], float], which: str) -> None:
    """Refuse a population without this receptor, or without the conductance that is to be scaled."""
    carried = [synapse for synapse in population.synapses if synapse.receptor == receptor]
    if not carried:
        known = ", ".join(synapse.label for synapse in population.synapses) or "none"
        raise ValueError(f"{receptor}_density: {population.name} has no {receptor} synapse; it has: {known}.")
    if all(conductance(synapse) == 0 for synapse in carried):
        raise ValueError(
            f"{receptor}_density: {population.name} has no {which}{receptor} conductance to scale; give the synapse "
            "one."
        )


def _changed(receptor: Receptor, population: Population, change: Callable[[Synapse], Synapse]) -> Population:
    """Return the population with the synapses of this receptor changed on all compartments."""
    afferents = tuple(
        replace(a, synapses=tuple(change(s) if s.receptor == receptor else s for s in a.synapses))
        for a in population.afferents
    )
    return replace(population, afferents=afferents)


def _density(receptor: Receptor, name: str, lever: str) -> Mechanism:
    amounts = (0.7, 1.4)

    def reading(text: str, act: Lever, *sources: str) -> Reading:
        return Reading(lever=text, act=act, amounts=amounts, sources=("shine2021", *sources))

    dendritic: dict[Mode, Reading] = {
        "bio:dendritic": reading(
            f"{name} receptors of the apical dendrite times a factor: K+ conductance and block of Ca2+ channels",
            partial(_scale_dendritic, receptor),
            "perezgarci2006",
            "palmer2012",
        )
    }

    return Mechanism(
        id=f"{receptor}_density",
        lever=lever,
        unit="1",
        neutral=1.0,
        amounts=amounts,
        modes={
            "review": partial(_scale, receptor),
            "bio": reading(f"{name} conductance per spike times a factor", partial(_scale_phasic, receptor)),
            "bio:tonic": reading(f"tonic {name} conductance times a factor", partial(_scale_tonic, receptor)),
            "bio:presynaptic": reading(
                f"release of the terminals that {name} receptors face times a factor", partial(_scale_release, receptor)
            ),
            **(dendritic if receptor == "gaba_b" else {}),
        },
        sources=("shine2021",),
    )


AMPA_DENSITY = _density("ampa", "AMPA", "AMPA conductance per spike times a factor")
GABA_A_DENSITY = _density("gaba_a", "GABA_A", "GABA_A conductance, phasic and tonic, times a factor")
GABA_B_DENSITY = _density("gaba_b", "GABA_B", "slow K+ (GIRK) conductance per spike times a factor")
