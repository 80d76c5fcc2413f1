"""A mechanism applied to populations of a circuit: to their cells, their background and the projections onto them."""

from dataclasses import replace

from ..mechanisms import MECHANISMS, Mechanism, Mode
from ..population import Population
from ..synapses import Afferent, Synapse
from .circuit import Circuit, Projection

# What each of these needs among the synapses that it acts on; every other mechanism acts on cells alone.
RECEPTORS: dict[str, tuple[str, ...]] = {
    "ampa_density": ("ampa",),
    "gaba_a_density": ("gaba_a",),
    "gaba_b_density": ("gaba_b",),
    "nmda_fraction": ("ampa", "nmda"),
}
_TERMINALS = "gaba_b_presynaptic"


def modulated(
    circuit: Circuit, mechanism: Mechanism | str, amount: float | str, names: tuple[str, ...], mode: Mode
) -> Circuit:
    """Return the circuit with a mechanism applied to the populations of these names; see `Circuit.with_modulation`."""
    lever = _mechanism(mechanism)
    for name in names:
        circuit.population(name)
    _check_reach(circuit, lever, names)
    populations = tuple(
        replace(p, population=_modulated_population(p.population, lever, amount, mode)) if p.name in names else p
        for p in circuit.populations
    )
    projections = tuple(
        _modulated_projection(circuit, p, lever, amount, mode) if p.target in names else p for p in circuit.projections
    )
    return replace(circuit, populations=populations, projections=projections)


def _mechanism(mechanism: Mechanism | str) -> Mechanism:
    if isinstance(mechanism, Mechanism):
        return mechanism
    if mechanism not in MECHANISMS:
        raise ValueError(f"with_modulation: unknown mechanism {mechanism!r}; choose among {', '.join(MECHANISMS)}.")
    return MECHANISMS[mechanism]


def _check_reach(circuit: Circuit, lever: Mechanism, names: tuple[str, ...]) -> None:
    """Refuse a population that the mechanism would leave as it is, or reach only in part."""
    for name in names:
        incoming = circuit.incoming(name)
        if lever.id == _TERMINALS and incoming:
            raise ValueError(
                f"with_modulation: {lever.id} follows the GABA of the background and cannot act on the terminals of "
                f"{incoming[0].name!r}; lower the weights of projections instead."
            )
        needed = RECEPTORS.get(lever.id)
        groups = [circuit.population(name).population.synapses, *(projection.synapses for projection in incoming)]
        if needed is not None and not any(_carries(group, needed) for group in groups):
            raise ValueError(
                f"with_modulation: neither the background of {name} nor a projection onto it has "
                f"{' and '.join(needed)} for {lever.id} to act on; leave this population out."
            )


def _carries(synapses: tuple[Synapse, ...], needed: tuple[str, ...]) -> bool:
    """Whether all needed receptors are there, with a conductance to change."""
    found = {s.receptor for s in synapses if s.weight + s.tonic > 0}
    return found.issuperset(needed)


def _modulated_population(population: Population, lever: Mechanism, amount: float | str, mode: Mode) -> Population:
    needed = RECEPTORS.get(lever.id)
    if needed is not None and not _carries(population.synapses, needed):
        return population
    return lever.apply(population, amount, mode)


def _modulated_projection(
    circuit: Circuit, projection: Projection, lever: Mechanism, amount: float | str, mode: Mode
) -> Projection:
    """Return the projection as the mechanism changes an afferent with its synapses."""
    needed = RECEPTORS.get(lever.id)
    if needed is None or not _carries(projection.synapses, needed):
        return projection
    target = circuit.population(projection.target).population
    carrier = Population(
        name=f"{target.name} (synapses of {projection.name})",
        cell=target.cell,
        afferents=(Afferent(name="projection", rate=0.0, synapses=projection.synapses),),
    )
    return replace(projection, synapses=lever.apply(carrier, amount, mode).afferents[0].synapses)
