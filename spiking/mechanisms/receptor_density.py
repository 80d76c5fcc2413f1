"""More or fewer receptors: the conductance that one spike opens, the tonic one, or the release that opens them."""

from dataclasses import replace
from functools import partial

from ..population import Population
from ..synapses import Receptor
from .mechanism import Lever, Mechanism, Reading, checked_factor


def _scale(receptor: Receptor, population: Population, factor: float) -> Population:
    factor = checked_factor(f"{receptor}_density", factor)
    synapse = population.synapse(receptor)
    return population.with_synapse(receptor, weight=synapse.weight * factor, tonic=synapse.tonic * factor)


def _scale_phasic(receptor: Receptor, population: Population, factor: float) -> Population:
    factor = checked_factor(f"{receptor}_density", factor)
    return population.with_synapse(receptor, weight=population.synapse(receptor).weight * factor)


def _scale_tonic(receptor: Receptor, population: Population, factor: float) -> Population:
    factor = checked_factor(f"{receptor}_density", factor)
    synapse = population.synapse(receptor)
    if synapse.tonic == 0:
        raise ValueError(
            f"{receptor}_density: {population.name} has no tonic {receptor} conductance to scale; give the synapse one."
        )
    return population.with_synapse(receptor, tonic=synapse.tonic * factor)


def _scale_release(receptor: Receptor, population: Population, factor: float) -> Population:
    """Scale what the terminals that carry the receptor release: all receptors on the other side see it."""
    factor = checked_factor(f"{receptor}_density", factor)
    synapse = population.synapse(receptor)
    afferent = next(a for a in population.afferents if synapse in a.synapses)
    scaled = tuple(replace(s, weight=s.weight * factor) for s in afferent.synapses)
    return population.with_afferent(afferent.name, synapses=scaled)


def _density(receptor: Receptor, name: str, lever: str) -> Mechanism:
    amounts = (0.7, 1.4)

    def reading(text: str, act: Lever) -> Reading:
        return Reading(lever=text, act=act, amounts=amounts, sources=("shine2021",))

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
        },
        sources=("shine2021",),
    )


AMPA_DENSITY = _density("ampa", "AMPA", "AMPA conductance per spike times a factor")
GABA_A_DENSITY = _density("gaba_a", "GABA_A", "GABA_A conductance, phasic and tonic, times a factor")
GABA_B_DENSITY = _density("gaba_b", "GABA_B", "slow K+ (GIRK) conductance per spike times a factor")
