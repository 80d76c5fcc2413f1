"""From a circuit to what runs: a structure for each population, and the routes between them."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..circuits import Circuit, Projection
from ..circuits.circuit import CURRENTS
from ..population import Population
from ..protocols import TimeVaryingInput
from ..steady_state import without_gq
from ..synapses import Synapse
from .circuit_gates import Gate, Gates, gates_of
from .connections import delay_distribution, delay_steps
from .layout import Floats
from .structure import Precision, Structure, SynapseForm, structure_of
from .timing import Timing

LINEAR, SATURATING, SUMMED = 0, 1, 2
EXPERIMENT = TimeVaryingInput(channel="current")


@dataclass(frozen=True)
class Sender:
    """A saturating gate that every cell of a population keeps for some of its targets."""

    alpha: float
    rise: float
    decay: float


@dataclass(frozen=True)
class Opened:
    """What a spike of a projection does to one gate of its target: ``gate`` counts its inputs, or its held gates."""

    kind: int
    gate: int
    sender: int
    weight: float
    opened: float
    closing: float


@dataclass(frozen=True)
class Route:
    """A projection as it is delivered; ``dense`` ones need no list of connections."""

    source: int
    target: int
    dense: bool
    constant_delay: int
    longest: int
    weighted: bool
    delayed: bool
    openings: tuple[Opened, ...]


@dataclass(frozen=True)
class Part:
    """One population of a circuit: its gates, what its cells send, which of its channels stimuli move."""

    gates: Gates
    size: int
    senders: tuple[Sender, ...]
    driven: tuple[str, ...]
    structure: Structure

    @property
    def population(self) -> Population:
        """The population with all tonic conductances."""
        return self.gates.population

    @property
    def signals(self) -> tuple[str, ...]:
        """Names of the variables that stimuli move, in the order of the table."""
        names = {"current": "drive", "dendrite": "drive_dendrite"}
        order = [afferent.name for afferent in self.population.afferents]
        return tuple(names.get(c) or f"mean_{order.index(c)}" for c in self.driven)


class CircuitPlan:
    """A circuit, its timing, and everything that follows from them except the connections."""

    def __init__(self, circuit: Circuit, timing: Timing, precision: Precision) -> None:
        self.circuit = circuit
        self.timing = timing
        self.precision: Precision = precision
        self.parts = tuple(self._part(number) for number in range(len(circuit.populations)))
        self.routes = tuple(self._route(p) for p in circuit.projections)

    @cached_property
    def dense(self) -> frozenset[int]:
        """Numbers of the projections in which every source cell does the same to every target cell."""
        return frozenset(number for number, p in enumerate(self.circuit.projections) if self._is_dense(p))

    def _is_dense(self, projection: Projection) -> bool:
        everyone = projection.probability == 1 or (
            projection.in_degree == self.circuit.population(projection.source).size
        )
        selves = projection.source != projection.target or projection.autapses
        alike = projection.weight_spread == 0 and projection.delay.distribution == "constant"
        return everyone and selves and alike

    def _part(self, number: int) -> Part:
        described = self.circuit.populations[number]
        gates = gates_of(self.circuit, described.name, self.dense)
        gates = replace(gates, population=without_gq(gates.population))
        driven = self._driven(described.name)
        senders = self._senders(described.name)
        return Part(gates, described.size, senders, driven, self._structure(gates, described.name, driven, senders))

    def _driven(self, name: str) -> tuple[str, ...]:
        """Return the channels that stimuli move: currents first, then afferents, as delivery expects them."""
        channels = {s.channel for s in self.circuit.stimuli if s.target == name}
        afferents = [afferent.name for afferent in self.circuit.population(name).population.afferents]
        return tuple(channel for channel in (*CURRENTS, *afferents) if channel in channels)

    def _senders(self, name: str) -> tuple[Sender, ...]:
        summed = [p for n, p in enumerate(self.circuit.projections) if n in self.dense and p.source == name]
        return tuple(dict.fromkeys(sender_of(p) for p in summed if p.saturation is not None))

    def _structure(self, gates: Gates, name: str, driven: tuple[str, ...], senders: tuple[Sender, ...]) -> Structure:
        population = gates.population
        rates = tuple(
            float(self.rate_of(name, a.name).max()) if a.name in driven else a.rate for a in population.afferents
        )
        base = structure_of(population, EXPERIMENT, self.timing, rates, self.precision)
        return replace(
            base,
            experiment="circuit",
            channel=None,
            synapses=base.synapses + tuple(_form(gate) for gate in gates.added),
            inputs=gates.inputs,
            held=gates.held,
            senders=len(senders),
            driven=tuple(n for n, afferent in enumerate(population.afferents) if afferent.name in driven),
            driven_soma="current" in driven,
            driven_dendrite="dendrite" in driven,
        )

    def relative_change(self, name: str, channel: str) -> Floats:
        """Return what stimuli do on a channel at the middle of every step: 0 during the warm-up."""
        timing, total = self.timing, np.zeros(self.timing.total_steps)
        time = np.asarray((np.arange(timing.steps) + 0.5) * timing.dt, dtype=np.float64)
        for stimulus in self.circuit.stimuli:
            if (stimulus.target, stimulus.channel) == (name, channel):
                unit = stimulus.current_unit if channel in CURRENTS else 1.0
                total[timing.warm_up_steps :] += unit * stimulus.waveform.waveform(time)
        return total

    def rate_of(self, name: str, afferent: str) -> Floats:
        """Return the rate (Hz) of an afferent at every step."""
        background = self.circuit.population(name).population.afferent(afferent).rate
        return background * np.clip(1 + self.relative_change(name, afferent), 0, None)

    @cached_property
    def signals(self) -> NDArray[np.float64]:
        """The table of everything that stimuli move: steps x channels, in the order of the populations."""
        columns = [
            self.relative_change(part.gates.population.name, channel)
            if channel in CURRENTS
            else self.rate_of(part.gates.population.name, channel) * self.timing.dt
            for part in self.parts
            for channel in part.driven
        ]
        return np.stack(columns, axis=1) if columns else np.zeros((self.timing.total_steps, 0))

    def _route(self, projection: Projection) -> Route:
        names, dt = self.circuit.names, self.timing.dt
        number = self.circuit.projections.index(projection)
        target = self.parts[names.index(projection.target)]
        mean = delay_steps(projection.delay, dt, f"Projection {projection.name!r}")
        delayed = projection.delay.distribution != "constant"
        longest = mean
        if delayed:
            first, cumulative = delay_distribution(projection.delay, dt)
            longest = first + cumulative.size - 1
        return Route(
            names.index(projection.source),
            names.index(projection.target),
            number in self.dense,
            0 if delayed else mean,
            longest,
            projection.weight_spread > 0,
            delayed,
            tuple(
                self._opened(projection, number in self.dense, opening.synapse, opening.gate, target)
                for opening in target.gates.openings
                if opening.projection == number
            ),
        )

    def _opened(self, projection: Projection, dense: bool, synapse: Synapse, label: str, target: Part) -> Opened:
        if projection.saturation is None or synapse.receptor != "nmda":
            return Opened(LINEAR, target.gates.inputs.index(label), 0, synapse.weight, 0.0, 0.0)
        if dense:
            senders = self._senders(projection.source)
            held = target.gates.held.index(label)
            return Opened(SUMMED, held, senders.index(sender_of(projection)), synapse.weight, 0.0, 0.0)
        # The gate of a sparse projection opens at once; the rise is that of the target's gate, of the same area.
        weight = synapse.weight * synapse.decay / synapse.gate_area
        opened = projection.saturation.opened_by_a_spike(synapse.rise)
        return Opened(SATURATING, target.gates.inputs.index(label), 0, weight, opened, self.timing.dt / synapse.decay)

    def ring_length(self, number: int) -> int:
        """Return how many future steps the inputs of a population are kept for."""
        return 1 + max((route.longest for route in self.routes if route.target == number), default=0)


def sender_of(projection: Projection) -> Sender:
    """Return the saturating gate that the source of a projection keeps."""
    nmda = next(synapse for synapse in projection.synapses if synapse.receptor == "nmda")
    alpha = 0.0 if projection.saturation is None else projection.saturation.alpha
    return Sender(alpha, nmda.rise, nmda.decay)


def _form(gate: Gate) -> SynapseForm:
    synapse = gate.synapse
    blocked = synapse.magnesium > 0 and not synapse.current_based
    return SynapseForm(gate.label, gate.afferent, synapse.rise > 0, synapse.current_based, blocked, False, synapse.site)
