"""One condition of a paired circuit, untouched or modulated: its theory, its open loop and its frozen mean field."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...bridge.circuit_reduction import (
    CircuitState,
    OpenLoopEstimate,
    network_of_estimates,
    network_of_states,
    network_record,
    self_consistent_states,
)
from ...meanfield.models.population_network import PopulationNetwork
from ...spiking.circuits import Circuit
from ..simulations import Laboratory
from ..study.circuit_study import CircuitStudy
from .open_loop import OpenLoop, measure_open_loop, plan_open_loop

Array = NDArray[np.float64]

_PACKAGES = ("bridge", "meanfield", "spiking", "units", "validation/pairing/condition.py")
BASE = "base"


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """The mean field of a condition, every parameter of it fixed: its digest, and when it was."""

    network: PopulationNetwork
    rates: Array
    record: dict[str, Any]
    frozen_at: str

    @property
    def digest(self) -> str:
        """Digest of every parameter."""
        return str(self.record["digest"])


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A circuit with all that is known of it before it is run.

    ``theory`` is the self-consistent state without any simulation, ``two_moments`` the network about it whose variance
    moves too, ``leaky`` that whose rates follow their potentials as those of leaky cells do.
    """

    name: str
    circuit: Circuit
    theory: CircuitState
    two_moments: PopulationNetwork | None
    leaky: PopulationNetwork | None
    open_loops: Mapping[str, OpenLoop]
    frozen: Frozen

    @property
    def rates_error(self) -> Array:
        """Standard error (P,) (Hz) that the open loop's errors leave in the steady rates of the mean field."""
        network, rates = self.frozen.network, self.frozen.rates
        direct = np.array([self.open_loops[name].relative_error for name in network.names]) * rates
        spread = np.linalg.inv(np.eye(len(rates)) - network.structure.round_trip(rates))
        return np.sqrt((spread * direct[None, :]) ** 2 @ np.ones(len(rates)))


def prepare(name: str, circuit: Circuit, study: CircuitStudy, seed: int, laboratory: Laboratory) -> Condition:
    """Return a condition with its mean field frozen; nothing here runs the circuit.

    Raises
    ------
    PredictionRefused
        If theory finds no self-consistent state, or has none for the cells.
    EstimateRefused
        If a population alone cannot be estimated.
    """
    asked = study.pairing
    laboratory.progress.stage(f"Theory of {name}", 1)
    theory = laboratory.store.call(_theory, circuit, dict(asked.start), packages=_PACKAGES)
    laboratory.progress.advance()
    plans = {
        each: plan_open_loop(theory.states[each], asked.open_loop, study.simulation.dt, seed + 100 * place)
        for place, each in enumerate(circuit.names)
    }
    loops = measure_open_loop(plans, laboratory, f"Populations of {name}, each alone")
    estimates = {each: loop.estimate for each, loop in loops.items()}
    frozen = _frozen(*laboratory.store.call(_reduced, circuit, estimates, theory, packages=_PACKAGES), laboratory)
    two_moments = leaky = None
    if asked.two_moments:
        two_moments = laboratory.store.call(_about, circuit, theory, True, "still", packages=_PACKAGES)
        leaky = laboratory.store.call(_about, circuit, theory, False, "leaky", packages=_PACKAGES)
    return Condition(
        name=name, circuit=circuit, theory=theory, two_moments=two_moments, leaky=leaky, open_loops=loops, frozen=frozen
    )


def _theory(circuit: Circuit, start: Mapping[str, float]) -> CircuitState:
    """Return the state nearest to the rates that were given, or the stable one with the lowest first rate."""
    found = self_consistent_states(circuit, starts=(start,) if start else ())
    if not start:
        return next((state for state in found if state.stable), found[0])
    wanted = np.log([max(start[name], 1e-3) for name in circuit.names])
    return min(found, key=lambda state: float(np.max(np.abs(np.log(np.maximum(state.rates, 1e-3)) - wanted))))


def _about(circuit: Circuit, theory: CircuitState, two_moments: bool, motion: Any) -> PopulationNetwork:
    return network_of_states(circuit, theory.states, two_moments=two_moments, motion=motion)


def _reduced(
    circuit: Circuit, estimates: Mapping[str, OpenLoopEstimate], theory: CircuitState
) -> tuple[PopulationNetwork, Array]:
    """Return the network of these estimates and its steady rates next to the state."""
    rates = dict(zip(circuit.names, theory.rates.tolist(), strict=True))
    network = network_of_estimates(circuit, estimates, rates, theory.states[circuit.names[0]].sources)
    return network, network.steady(theory.rates)


def _frozen(network: PopulationNetwork, rates: Array, laboratory: Laboratory) -> Frozen:
    """Freeze a network: a digest is noted in the store with the time at which it was first seen, and keeps it."""
    record = network_record(network)
    first = laboratory.store.call(_now, str(record["digest"]), packages=())
    return Frozen(network=network, rates=rates, record=record, frozen_at=first)


def _now(digest: str) -> str:
    del digest  # what the time is kept for
    return datetime.now(UTC).isoformat(timespec="milliseconds")
