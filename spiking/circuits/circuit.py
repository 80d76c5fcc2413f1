"""What a circuit is: populations with sizes, projections between them, and what is done to them over time."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from ...units import OptionalQuantity, Quantity, described, quantity
from ..burst_cells import TwoCompartmentCell
from ..mechanisms import Mechanism, Mode
from ..population import Population
from ..quadratic_cell import QuadraticCell
from ..stimuli import Array
from ..synapses import Synapse
from .delay import Delay
from .saturation import GateSaturation

CURRENTS = ("current", "dendrite")


class Waveform(Protocol):
    """Anything with a waveform over time: every stimulus of ``spiking.stimuli``."""

    def waveform(self, time: Array) -> Array:
        """Return the relative change of the input at ``time`` (s, 0 = start of the analysed part)."""
        ...


@described
class Projection:
    """Synapses from one population onto another: how many, how strong, how late, and onto which receptors.

    Either every pair of cells is connected with ``probability``, or every target cell draws ``in_degree`` different
    source cells. One spike opens all ``synapses`` of a connection; ``weight_spread`` is the relative standard deviation
    (lognormal) of a factor that each connection has in common for them. ``autapses`` lets a cell reach itself.
    ``saturation`` makes the NMDA synapse one gate for each presynaptic cell.
    """

    source: str
    target: str
    synapses: tuple[Synapse, ...]
    delay: Delay
    probability: OptionalQuantity = quantity("1", default=None, above=0, at_most=1)
    in_degree: int | None = None
    weight_spread: Quantity = quantity("1", default=0.0, at_least=0)
    autapses: bool = True
    saturation: GateSaturation | None = None
    name: str = ""

    def _check(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", f"{self.source} to {self.target}")
        label = f"Projection {self.name!r}"
        self._check_number(label)
        if not self.synapses:
            raise ValueError(f"{label}: no synapse; give at least one receptor with its weight.")
        kinds = [synapse.label for synapse in self.synapses]
        if len(set(kinds)) != len(kinds):
            raise ValueError(f"{label}: receptors {kinds} repeat; one synapse for each receptor and site.")
        if any(synapse.cascade is not None for synapse in self.synapses):
            raise ValueError(
                f"{label}: a GABA_B cascade pools the spikes of an afferent and cannot be told apart by connections; "
                "give the synapse rise and decay instead."
            )
        if any(synapse.calcium_block is not None for synapse in self.synapses):
            raise ValueError(f"{label}: calcium_block follows the spikes of an afferent; leave it out.")
        if self.saturation is not None:
            self._check_saturation(label)

    def _check_number(self, label: str) -> None:
        if (self.probability is None) == (self.in_degree is None):
            given = "neither" if self.probability is None else "both"
            raise ValueError(f"{label}: {given} of probability and in_degree given; give exactly one of them.")
        if self.in_degree is not None and (isinstance(self.in_degree, bool) or self.in_degree < 1):
            raise ValueError(f"{label}: in_degree {self.in_degree}; a whole number of at least 1 is needed.")

    def _check_saturation(self, label: str) -> None:
        nmda = [synapse for synapse in self.synapses if synapse.receptor == "nmda"]
        if len(nmda) != 1 or nmda[0].rise == 0:
            raise ValueError(f"{label}: saturation is that of one nmda synapse with a rise; give it one.")


@described
class CircuitPopulation:
    """A population and how many cells it has; its afferents are the background, private to every cell."""

    population: Population
    size: int

    def _check(self) -> None:
        if isinstance(self.size, bool) or not isinstance(self.size, int) or self.size < 1:
            raise ValueError(f"CircuitPopulation {self.name!r}: size {self.size}; give a whole number of at least 1.")

    @property
    def name(self) -> str:
        """Name of the population."""
        return self.population.name


@described
class Stimulus:
    """A waveform played to every cell of a population, from the start of the analysed part on.

    On an afferent's name it multiplies the background rate by (1 + waveform), never below 0; on ``"current"`` and
    ``"dendrite"`` it adds waveform x ``current_unit``. Stimuli on the same channel add up.
    """

    target: str
    waveform: Waveform
    channel: str = "current"
    current_unit: Quantity = quantity("A", default=100e-12)


@described
class Circuit:
    """Populations, the projections between them, and stimuli; checked as a whole when it is made."""

    name: str
    populations: tuple[CircuitPopulation, ...]
    projections: tuple[Projection, ...] = ()
    stimuli: tuple[Stimulus, ...] = ()

    def _check(self) -> None:
        if not self.populations:
            raise ValueError(f"Circuit {self.name!r}: no population; give at least one.")
        _refuse_repeats(f"Circuit {self.name!r}: populations", [p.name for p in self.populations])
        _refuse_repeats(f"Circuit {self.name!r}: projections", [p.name for p in self.projections])
        for population in self.populations:
            self._check_quadratic(population)
        for projection in self.projections:
            self._check_projection(projection)
        for stimulus in self.stimuli:
            self._check_stimulus(stimulus)

    def _check_quadratic(self, population: CircuitPopulation) -> None:
        """Refuse conductances on cells whose step knows currents only."""
        if not isinstance(population.population.cell, QuadraticCell):
            return
        incoming = [s for p in self.projections if p.target == population.name for s in p.synapses]
        if any(not synapse.current_based for synapse in (*population.population.synapses, *incoming)):
            raise ValueError(
                f"Circuit {self.name!r}: a conductance synapse on {population.name}, whose cells are quadratic and "
                "take currents only; make its synapses current_based."
            )

    def _check_projection(self, projection: Projection) -> None:
        label = f"Projection {projection.name!r}"
        source = self._known(projection.source, f"{label}: source")
        target = self._known(projection.target, f"{label}: target")
        dendritic = [synapse.label for synapse in projection.synapses if synapse.site != "soma"]
        if dendritic and not isinstance(target.population.cell, TwoCompartmentCell):
            raise ValueError(
                f"{label}: {', '.join(dendritic)} on {target.name}, whose cells have no dendrite; leave the site at "
                "'soma'."
            )
        available = source.size - (source.name == target.name and not projection.autapses)
        if projection.in_degree is not None and projection.in_degree > available:
            raise ValueError(
                f"{label}: in_degree {projection.in_degree} exceeds the {available} cells that {source.name} offers; "
                "lower it, or enlarge the source."
            )

    def _check_stimulus(self, stimulus: Stimulus) -> None:
        target = self._known(stimulus.target, "Stimulus: target")
        if stimulus.channel == "dendrite" and not isinstance(target.population.cell, TwoCompartmentCell):
            raise ValueError(f"Stimulus: the cells of {target.name} have no dendrite; drive 'current'.")
        afferents = [afferent.name for afferent in target.population.afferents]
        if stimulus.channel not in (*CURRENTS, *afferents):
            known = ", ".join([*CURRENTS, *afferents])
            raise ValueError(f"Stimulus: {target.name} has no channel {stimulus.channel!r}; choose among {known}.")

    def _known(self, name: str, label: str) -> CircuitPopulation:
        for population in self.populations:
            if population.name == name:
                return population
        known = ", ".join(population.name for population in self.populations)
        raise ValueError(f"{label} {name!r} is no population of {self.name!r}; it has: {known}.")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the populations, in order."""
        return tuple(population.name for population in self.populations)

    @property
    def sizes(self) -> dict[str, int]:
        """Number of cells of each population."""
        return {population.name: population.size for population in self.populations}

    def population(self, name: str) -> CircuitPopulation:
        """Return the population called ``name``."""
        return self._known(name, "population")

    def projection(self, name: str) -> Projection:
        """Return the projection called ``name``."""
        for projection in self.projections:
            if projection.name == name:
                return projection
        known = ", ".join(repr(p.name) for p in self.projections) or "none"
        raise ValueError(f"{self.name} has no projection {name!r}; it has: {known}.")

    def incoming(self, name: str) -> tuple[Projection, ...]:
        """Return the projections onto a population."""
        self.population(name)
        return tuple(projection for projection in self.projections if projection.target == name)

    def outgoing(self, name: str) -> tuple[Projection, ...]:
        """Return the projections of a population."""
        self.population(name)
        return tuple(projection for projection in self.projections if projection.source == name)

    def in_degree(self, projection: Projection | str) -> float:
        """Return how many connections of a projection reach a target cell, on the average."""
        found = self.projection(projection) if isinstance(projection, str) else projection
        if found.in_degree is not None:
            return float(found.in_degree)
        source = self.population(found.source).size
        to_itself = found.source == found.target and not found.autapses
        return float(found.probability or 0.0) * (source - to_itself)

    def with_population(self, name: str, *, size: int | None = None, **changes: Any) -> "Circuit":
        """Return the circuit with the size or these fields of one population changed."""
        old = self.population(name)
        new = CircuitPopulation(population=replace(old.population, **changes), size=old.size if size is None else size)
        return replace(self, populations=tuple(new if p is old else p for p in self.populations))

    def with_projection(self, name: str, **changes: Any) -> "Circuit":
        """Return the circuit with these fields of one projection changed."""
        old = self.projection(name)
        return replace(self, projections=tuple(replace(p, **changes) if p is old else p for p in self.projections))

    def with_stimuli(self, *stimuli: Stimulus) -> "Circuit":
        """Return the circuit with these stimuli in place of its own."""
        return replace(self, stimuli=stimuli)

    def uncoupled(self) -> "Circuit":
        """Return the circuit without its projections."""
        return replace(self, projections=())

    def with_modulation(
        self,
        mechanism: Mechanism | str,
        amount: float | str,
        populations: Sequence[str] | None = None,
        mode: Mode = "review",
    ) -> "Circuit":
        """Return the circuit with a mechanism applied to some of its populations, or to all.

        Receptor mechanisms act on the background's synapses and on those of every projection onto the population.

        Parameters
        ----------
        mechanism : Mechanism or str
            The mechanism or its identifier.
        amount : float or str
            In the mechanism's unit.
        populations : sequence of str, optional
            Names; without them every population.
        mode : str
            Reading of the lever.

        Raises
        ------
        ValueError
            If the mechanism or a population is unknown, or a population lacks what the mechanism acts on.
        """
        from .modulation import modulated

        return modulated(self, mechanism, amount, self.names if populations is None else tuple(populations), mode)

    def scaled(self, factor: float, rates: Mapping[str, float]) -> "Circuit":
        """Return the circuit with ``factor`` times as many cells and connections, its mean input and noise kept.

        Every size and in-degree is multiplied by ``factor``, every weight by 1/sqrt(factor): the variance of the input
        stays. What its mean then lacks, (1 - sqrt(factor)) of it at these rates, is given as a tonic conductance of
        the same receptor. Correlations are not kept. Source: vanalbada2015.

        Parameters
        ----------
        factor : float
            Above 0.
        rates : mapping of str to float
            Rate (Hz) of each population at which the mean input is kept.
        """
        if not (math.isfinite(factor) and factor > 0):
            raise ValueError(f"Circuit.scaled: factor {factor}; a number above 0 is needed.")
        from .scaling import scaled

        return scaled(self, factor, rates)


def _refuse_repeats(what: str, names: list[str]) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"{what} named {', '.join(repeated)} repeat; give each a name of its own.")
