"""More or fewer postsynaptic receptors: the conductance that one spike opens, and the tonic one, are scaled."""

from functools import partial

from ..population import Population
from ..synapses import Receptor
from .mechanism import Mechanism, checked_factor


def _scale(receptor: Receptor, population: Population, factor: float) -> Population:
    factor = checked_factor(f"{receptor}_density", factor)
    synapse = population.synapse(receptor)
    return population.with_synapse(receptor, weight=synapse.weight * factor, tonic=synapse.tonic * factor)


def _density(receptor: Receptor, lever: str) -> Mechanism:
    return Mechanism(
        id=f"{receptor}_density",
        lever=lever,
        unit="1",
        neutral=1.0,
        amounts=(0.7, 1.4),
        modes={"review": partial(_scale, receptor)},
        sources=("shine2021",),
    )


AMPA_DENSITY = _density("ampa", "AMPA conductance per spike times a factor")
GABA_A_DENSITY = _density("gaba_a", "GABA_A conductance, phasic and tonic, times a factor")
GABA_B_DENSITY = _density("gaba_b", "slow K+ (GIRK) conductance per spike times a factor")
