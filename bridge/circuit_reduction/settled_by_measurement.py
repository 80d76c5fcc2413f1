"""The rates of a circuit that reproduce themselves, where some populations have a theory and others are measured."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...spiking import TwoCompartmentCell
from ...spiking.circuits import Circuit
from ..prediction import PredictionRefused
from .measured_state import MeasuredState, PopulationState, Survey, unpredicted
from .network_of_states import Motion, network_of_states
from .operating_state import Sources, operating_state
from .recurrent_input import refractory_limit
from .self_consistency import CircuitState, log_slopes, sources_of
from .t_type_state import t_type_state
from .two_compartment_state import two_compartment_state

Array = NDArray[np.float64]

ROUNDS = 20
TOLERANCE = 0.01  # relative; a measured rate also within twice its standard error
_LEAST = 0.02  # Hz, by which any rate may miss
_FIRST = 2.0  # Hz, where a search begins unless told
_LARGEST_STEP = 0.7  # of the logarithm of a rate: what was measured holds near where it was measured


def measured_names(circuit: Circuit) -> dict[str, str]:
    """Return the populations of a circuit that theory alone says nothing about, each with the reason."""
    found = {each.name: unpredicted(each.population) for each in circuit.populations}
    return {name: reason for name, reason in found.items() if reason is not None}


def measured_circuit_state(
    circuit: Circuit,
    survey: Survey,
    *,
    start: Mapping[str, float] | None = None,
    two_moments: bool = False,
    motion: Motion = "still",
) -> CircuitState:
    """Return a self-consistent state of a circuit whose populations have a theory or are measured, and its network.

    Source: amit1997 (rates that reproduce the input statistics that cause them).
    Assumptions: as in `self_consistent_states`; a measured population's cells differ as its measured curve says. The
    rounds take Newton's steps in the logarithms of the rates, with slopes of theory and of measurement. A round
    measures every such population at its rates, always with the same random numbers. A state is settled when twice in a
    row no rate misses by more than 1 percent or 0.02 Hz, a measured one by more than twice its standard error; at most
    20 rounds are tried. The state is the one next to ``start``; others are not searched for.

    Parameters
    ----------
    circuit : Circuit
        The circuit.
    survey : Survey
        How populations are measured alone.
    start : mapping of str to float, optional
        Rates to start from, Hz; 2 Hz everywhere unless given.
    two_moments, motion : bool, {"still", "leaky"}
        Of the populations with a theory; see `network_of_states`.

    Raises
    ------
    PredictionRefused
        If the rates do not settle, or a population with a theory has none there.
    EstimateRefused
        If a population cannot be measured at the rates of a round.
    """
    names = circuit.names
    limits = np.array([refractory_limit(circuit.population(name).population) for name in names])
    rates = np.clip([_FIRST if start is None else float(start[name]) for name in names], 1e-3, limits)
    fired = rates.copy()
    sources, states, agreed, share, last = Sources(), {}, 0, 1.0, np.inf
    for _ in range(ROUNDS):
        states = mixed_states(circuit, rates, sources, survey, states)
        fired = np.array([states[name].rate for name in names])
        over = misses(states, rates, fired)
        agreed = agreed + 1 if over <= 1 else 0
        sources = sources_of(circuit, states)
        if agreed > 1:
            return _whole(circuit, fired, sources, survey, states, two_moments, motion)
        share = min(1.0, 1.5 * share) if over < last else max(share / 2, 0.1)
        last = over
        miss = np.log(np.maximum(fired, 1e-3)) - np.log(np.maximum(rates, 1e-3))
        step = np.linalg.solve(np.eye(len(rates)) - log_slopes(circuit, states, rates, fired), miss)
        step = share * step * min(1.0, _LARGEST_STEP / max(float(np.max(np.abs(step))), 1e-12))
        rates = np.clip(rates * np.exp(step), 1e-3, limits)
    worst = names[int(np.argmax(np.abs(fired - rates) / np.maximum(rates, _LEAST)))]
    raise PredictionRefused(
        f"{circuit.name}: rates by theory and measurement do not settle in {ROUNDS} rounds; {worst} hears the circuit "
        f"at {rates[names.index(worst)]:.3g} Hz and answers with {states[worst].rate:.3g} Hz. Give rates to start "
        "from, or measure with more cells."
    )


def misses(states: Mapping[str, PopulationState], rates: Array, fired: Array) -> float:
    """Return the largest miss of a rate over what it may miss by, 1 or less if all are settled."""
    errors = np.array([s.rate_error if isinstance(s, MeasuredState) else 0.0 for s in states.values()])
    bound = np.maximum(np.maximum(TOLERANCE * rates, _LEAST), 2 * errors)
    return float(np.max(np.abs(fired - rates) / bound))


def mixed_states(
    circuit: Circuit,
    rates: Array,
    sources: Sources,
    survey: Survey,
    previous: Mapping[str, PopulationState],
    *,
    probes: bool = False,
) -> dict[str, PopulationState]:
    """Return every population at these rates (P,) (Hz): by theory, or measured where there is none."""
    given = dict(zip(circuit.names, rates.tolist(), strict=True))
    found: dict[str, PopulationState] = {}
    for name in circuit.names:
        population = circuit.population(name).population
        if unpredicted(population) is None:
            found[name] = operating_state(circuit, name, given, sources)
        elif isinstance(population.cell, TwoCompartmentCell):
            before = previous.get(name)
            found[name] = two_compartment_state(
                circuit, name, given, sources, survey, probes=probes,
                previous=before if isinstance(before, MeasuredState) else None,
            )  # fmt: skip
        else:
            found[name] = t_type_state(circuit, name, given, sources, survey)
    return found


def _whole(
    circuit: Circuit,
    rates: Array,
    sources: Sources,
    survey: Survey,
    states: Mapping[str, PopulationState],
    two_moments: bool,
    motion: Motion,
) -> CircuitState:
    """Return the settled state with all kernels probed, and the network about it."""
    final = mixed_states(circuit, rates, sources, survey, states, probes=True)
    network = network_of_states(circuit, final, two_moments=two_moments, motion=motion)
    return CircuitState(rates, final, network)
