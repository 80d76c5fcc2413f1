"""Which gates the cells of a circuit have: those of their own background, and those that projections need besides."""

from dataclasses import dataclass, replace

from ..circuits import Circuit, Projection
from ..population import Population
from ..synapses import Synapse

AFFERENTLESS = -1


@dataclass(frozen=True)
class Gate:
    """One gate of every cell of a population; ``afferent`` is the number of its background, -1 without one."""

    label: str
    synapse: Synapse
    afferent: int


@dataclass(frozen=True)
class Opening:
    """What one connection of a projection does to one gate."""

    projection: int
    gate: str
    synapse: Synapse


@dataclass(frozen=True)
class Gates:
    """The gates of one population, and who opens them.

    ``inputs`` hear single spikes, ``held`` follow sums of saturating gates.
    """

    population: Population
    gates: tuple[Gate, ...]
    openings: tuple[Opening, ...]
    inputs: tuple[str, ...]
    held: tuple[str, ...]

    @property
    def added(self) -> tuple[Gate, ...]:
        """The gates that the background does not have."""
        return tuple(gate for gate in self.gates if gate.afferent == AFFERENTLESS)


def gates_of(circuit: Circuit, name: str, summed: frozenset[int]) -> Gates:
    """Return the gates of a population of a circuit.

    Two synapses share a gate if they differ in nothing but weight and tonic conductance. ``summed`` are the numbers of
    the projections whose saturating gates are summed before they are sent.
    """
    population = circuit.population(name).population
    own = [(number, s) for number, afferent in enumerate(population.afferents) for s in afferent.synapses]
    gates = [Gate(synapse.label, synapse, number) for number, synapse in own]
    openings: list[Opening] = []
    for number, projection in enumerate(circuit.projections):
        if projection.target == name:
            for synapse in projection.synapses:
                gates, label = _placed(gates, synapse)
                openings.append(Opening(number, label, synapse))
    by_sum = {o.gate for o in openings if o.projection in summed and _saturates(circuit.projections[o.projection], o)}
    single = {
        o.gate for o in openings if not (o.projection in summed and _saturates(circuit.projections[o.projection], o))
    }
    return Gates(
        _with_tonic(population, gates),
        tuple(gates),
        tuple(openings),
        tuple(gate.label for gate in gates if gate.label in single),
        tuple(gate.label for gate in gates if gate.label in by_sum),
    )


def _saturates(projection: Projection, opening: Opening) -> bool:
    return projection.saturation is not None and opening.synapse.receptor == "nmda"


def _placed(gates: list[Gate], synapse: Synapse) -> tuple[list[Gate], str]:
    """Return the gates with this synapse's among them, and its label."""
    for place, gate in enumerate(gates):
        if _kinetics(gate.synapse) == _kinetics(synapse):
            both = replace(gate.synapse, tonic=gate.synapse.tonic + synapse.tonic)
            return [*gates[:place], replace(gate, synapse=both), *gates[place + 1 :]], gate.label
    taken = {gate.label for gate in gates}
    free = (synapse.label, *(f"{synapse.label}_{number}" for number in range(2, len(gates) + 3)))
    label = next(label for label in free if label not in taken)
    return [*gates, Gate(label, replace(synapse, weight=0.0), AFFERENTLESS)], label


def _kinetics(synapse: Synapse) -> Synapse:
    return replace(synapse, weight=0.0, tonic=0.0)


def _with_tonic(population: Population, gates: list[Gate]) -> Population:
    """Return the population with the tonic conductances that projections add to its own gates."""
    for gate in gates:
        if gate.afferent != AFFERENTLESS:
            own = population.synapse(gate.synapse.receptor, gate.synapse.site)
            if own.tonic != gate.synapse.tonic:
                population = population.with_synapse(own.receptor, own.site, tonic=gate.synapse.tonic)
    return population
