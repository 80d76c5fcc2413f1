"""The rates of a circuit that reproduce themselves, by theory alone: all of them, each with its own operating point."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...meanfield.models.population_network import PopulationNetwork
from ...spiking.circuits import Circuit
from ..prediction import PredictionRefused
from .cell_noise import cell_spectrum, irregularity
from .measured_state import PopulationState
from .network_of_states import Motion, network_of_states
from .operating_state import OperatingState, Sources, operating_state
from .recurrent_input import refractory_limit

Array = NDArray[np.float64]

_ROUNDS = 40
_SETTLED = 1e-4  # relative
_SAME = 2e-2  # relative
_LEAST = 1e-3  # Hz
_LARGEST_STEP = 1.5  # of the logarithm of a rate


@dataclass(frozen=True)
class CircuitState:
    """A self-consistent state: ``rates`` (P,) Hz, the operating states behind it, and the network about it."""

    rates: Array
    states: Mapping[str, PopulationState]
    network: PopulationNetwork

    @property
    def predicted(self) -> dict[str, OperatingState]:
        """The states of the populations that have a theory, by name."""
        return {name: state for name, state in self.states.items() if isinstance(state, OperatingState)}

    @property
    def stable(self) -> bool:
        """Whether small deviations of the network about it die out."""
        return not self.network.loop(self.rates).unstable


def self_consistent_states(
    circuit: Circuit,
    *,
    starts: Sequence[Mapping[str, float]] = (),
    two_moments: bool = False,
    motion: Motion = "still",
) -> tuple[CircuitState, ...]:
    """Return the self-consistent states of a circuit, the lowest rate of its first population first.

    Source: amit1997 (rates that reproduce the input statistics that cause them).
    Assumptions: cells hear independent spikes, which are Poisson or, to first order, as irregular as those of a single
    cell with this input; rates that differ from cell to cell spread the input of others. The network frozen about each
    state found so far is searched for all its own steady states, which start the next search; further ``starts`` may be
    given. A state is settled when no rate changes by more than 1e-4 of itself.

    Parameters
    ----------
    circuit : Circuit
        The circuit.
    starts : sequence of mapping of str to float
        More rates to start from, Hz.
    two_moments : bool
        Whether the networks about the states follow the variance too.
    motion : {"still", "leaky"}
        How rates follow moving potentials; see `network_of_states`.

    Raises
    ------
    PredictionRefused
        If no start leads to a state.
    """
    names = circuit.names
    waiting = [np.full(len(names), _LEAST), *(np.array([float(s[name]) for name in names]) for s in starts)]
    found: list[CircuitState] = []
    tried: list[Array] = []
    reasons: list[str] = []
    while waiting:
        start = waiting.pop(0)
        if any(_alike(start, other) for other in tried):
            continue
        tried.append(start)
        try:
            rates, states = _settled(circuit, start)
        except PredictionRefused as refused:
            reasons.append(str(refused))
            continue
        if any(_alike(rates, other.rates) for other in found):
            continue
        state = CircuitState(rates, states, network_of_states(circuit, states, two_moments=two_moments, motion=motion))
        found.append(state)
        waiting += [row for row in state.network.search().rates if not _alike(row, rates)]
    if not found:
        raise PredictionRefused(f"{circuit.name}: no self-consistent rates were found; {reasons[0]}")
    return tuple(sorted(found, key=lambda state: state.rates[0]))


def _alike(one: Array, other: Array) -> bool:
    return bool(np.all(np.abs(one - other) <= _SAME * (np.abs(one) + np.abs(other)) / 2 + 10 * _LEAST))


def _settled(circuit: Circuit, start: Array) -> tuple[Array, dict[str, OperatingState]]:
    """Return the rates (P,) that reproduce themselves next to ``start``, by Newton's method in their logarithms."""
    limits = np.array([refractory_limit(circuit.population(name).population) for name in circuit.names])
    rates, share, last = np.clip(start, _LEAST * 1e-3, limits), 1.0, np.inf
    sources, agreed = Sources(), 0
    for _ in range(_ROUNDS):
        states = states_at(circuit, rates, sources)
        fired = np.array([states[name].rate for name in circuit.names])
        agreed = agreed + 1 if np.max(np.abs(fired - rates) / (rates + _LEAST)) < _SETTLED else 0
        # What is known of the spikes comes from the round before: it must have settled too.
        if agreed > 1:
            return fired, states
        sources = sources_of(circuit, states)
        miss = np.log(np.maximum(fired, 1e-9)) - np.log(np.maximum(rates, 1e-9))
        size = float(np.max(np.abs(miss)))
        share = min(1.0, 1.5 * share) if size < last else share / 2
        last = size
        step = np.linalg.solve(np.eye(len(rates)) - log_slopes(circuit, states, rates, fired), miss)
        step = share * step * min(1.0, _LARGEST_STEP / max(float(np.max(np.abs(step))), 1e-12))
        rates = np.clip(rates * np.exp(step), 1e-9, limits)
    raise PredictionRefused(
        f"{circuit.name}: the rates next to {np.array2string(start, precision=3)} Hz do not settle in {_ROUNDS} "
        "rounds; they are close to a fold, or start elsewhere."
    )


def states_at(circuit: Circuit, rates: Array, sources: Sources | None = None) -> dict[str, OperatingState]:
    """Return the operating state of every population at these rates (P,) (Hz)."""
    given = dict(zip(circuit.names, rates.tolist(), strict=True))
    return {name: operating_state(circuit, name, given, sources) for name in circuit.names}


def sources_of(circuit: Circuit, states: Mapping[str, PopulationState]) -> Sources:
    """Return what the states of all populations say of the spikes that each of them hears."""
    spectra = {name: cell_spectrum(state) for name, state in states.items()}
    irregular = {
        p.name: irregularity(states[p.target].kernels[p.name], spectra[p.source], states[p.source].rate)
        for p in circuit.projections
    }
    return Sources(irregular, {name: state.rate_cv for name, state in states.items()})


def log_slopes(circuit: Circuit, states: Mapping[str, PopulationState], rates: Array, fired: Array) -> Array:
    """Return how the logarithms of the rates that are fired move with those that are heard (P, P)."""
    places = {name: k for k, name in enumerate(circuit.names)}
    found = np.zeros((len(rates), len(rates)))
    for p in circuit.projections:
        target, source = places[p.target], places[p.source]
        state = states[p.target]
        found[target, source] += state.slope * circuit.in_degree(p) * state.kernels[p.name].area
    return found * rates[None, :] / np.maximum(fired, 1e-9)[:, None]
