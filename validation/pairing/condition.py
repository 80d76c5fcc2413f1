"""One condition of a paired circuit, untouched or modulated: its theory, its open loop and its frozen mean field."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...bridge.circuit_reduction import (
    CircuitState,
    MeasuredState,
    OpenLoopEstimate,
    OperatingState,
    Survey,
    measured_circuit_state,
    measured_names,
    moving_network,
    network_of_estimates,
    network_of_states,
    network_record,
    self_consistent_states,
)
from ...meanfield.models.population_network import PopulationNetwork
from ...spiking.circuits import Circuit
from ...spiking.engine import Job as EngineJob
from ..progress import Silence
from ..simulations import Job, Laboratory
from ..study.circuit_study import CircuitStudy, OpenLoopSection
from .open_loop import OpenLoop, measure_open_loop, measured_open_loop, plan_open_loop
from .rate_motions import MeasuredMotions, measure_motions

Array = NDArray[np.float64]

_PACKAGES = ("bridge", "meanfield", "spiking", "units", "validation/pairing/condition.py")
BASE = "base"
THEORIES = ("theory", "two moments", "leaky")  # the mean fields that are not made of estimates


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

    ``theory`` is the self-consistent state without any simulation (but for populations that have no theory, which were
    measured alone), ``two_moments`` the network about it whose variance moves too, ``leaky`` that whose rates follow
    their potentials as those of leaky cells do. ``frozen`` is the mean field from estimates whose rates follow at once,
    as in a mass model; ``moving`` the same with the rates moving as they were measured to, ``motions``.
    """

    name: str
    circuit: Circuit
    theory: CircuitState
    two_moments: PopulationNetwork | None
    leaky: PopulationNetwork | None
    open_loops: Mapping[str, OpenLoop]
    frozen: Frozen
    motions: MeasuredMotions = field(default_factory=MeasuredMotions)
    moving: Frozen | None = None

    @property
    def fields(self) -> dict[str, Frozen]:
        """The mean fields from estimates, by what their rates do: "still" and, if it was measured, "moving"."""
        return {"still": self.frozen} if self.moving is None else {"still": self.frozen, "moving": self.moving}

    @property
    def digest(self) -> str:
        """Digest of all that was frozen before the network runs."""
        both = [each.digest for each in self.fields.values()]
        return both[0] if len(both) == 1 else hashlib.sha256(" ".join(both).encode()).hexdigest()

    @property
    def frozen_at(self) -> str:
        """When the last of it was frozen."""
        return max(each.frozen_at for each in self.fields.values())

    @property
    def unpredicted(self) -> dict[str, str]:
        """The populations that theory alone says nothing about, each with the reason."""
        return measured_names(self.circuit)

    def judges(self, side: str, population: str) -> bool:
        """Tell whether a mean field says something of its own about a population: no theory does of one without."""
        return side not in THEORIES or population not in self.unpredicted

    @property
    def rates_error(self) -> Array:
        """Standard error (P,) (Hz) that the open loop's errors leave in the steady rates of the mean field."""
        network = self.frozen.network
        return carried_error(
            network, self.frozen.rates, [self.open_loops[name].relative_error for name in network.names]
        )


def carried_error(network: PopulationNetwork, rates: Array, relative: Sequence[float]) -> Array:
    """Return the standard error (P,) (Hz) that relative errors of the sigmoids leave in steady rates (P,) (Hz)."""
    spread = np.linalg.inv(np.eye(len(rates)) - network.structure.round_trip(rates))
    return np.sqrt((spread * (np.asarray(relative) * rates)[None, :]) ** 2 @ np.ones(len(rates)))


def prepare(name: str, circuit: Circuit, study: CircuitStudy, seed: int, laboratory: Laboratory) -> Condition:
    """Return a condition with its mean field frozen; nothing here runs the circuit.

    Raises
    ------
    PredictionRefused
        If theory, with measurement of the populations that have none, finds no self-consistent state.
    EstimateRefused
        If a population alone cannot be estimated.
    """
    asked = study.pairing
    laboratory.progress.stage(f"Theory of {name}", 1)
    theory = _self_consistent(circuit, study, seed, laboratory)
    laboratory.progress.advance()
    plans = {
        each: plan_open_loop(state, asked.open_loop, study.simulation.dt, seed + 100 * place)
        for place, (each, state) in enumerate(theory.states.items())
        if isinstance(state, OperatingState)
    }
    loops = measure_open_loop(plans, laboratory, f"Populations of {name}, each alone")
    measured = {each: s for each, s in theory.states.items() if isinstance(s, MeasuredState)}
    loops = {each: loops[each] if each in loops else measured_open_loop(measured[each]) for each in circuit.names}
    estimates = {each: loop.estimate for each, loop in loops.items()}
    frozen = _frozen(*laboratory.store.call(_reduced, circuit, estimates, theory, packages=_PACKAGES), laboratory)
    states = {each: plan.state for each, plan in plans.items()}
    stage = f"How the rates of {name} move"
    motions = measure_motions(states, asked.open_loop, study.simulation.dt, seed, laboratory, stage)
    moving, motions = _moving(circuit, frozen, states, motions, laboratory)
    two_moments = leaky = None
    if asked.two_moments:
        two_moments = laboratory.store.call(_about, circuit, theory, True, "still", packages=_PACKAGES)
        leaky = laboratory.store.call(_about, circuit, theory, False, "leaky", packages=_PACKAGES)
    return Condition(
        name=name, circuit=circuit, theory=theory, two_moments=two_moments, leaky=leaky, open_loops=loops,
        motions=motions, frozen=frozen, moving=moving,
    )  # fmt: skip


def _moving(
    circuit: Circuit,
    still: Frozen,
    states: Mapping[str, OperatingState],
    motions: MeasuredMotions,
    laboratory: Laboratory,
) -> tuple[Frozen | None, MeasuredMotions]:
    """Freeze the mean field whose rates move; none, with the reason, if nothing was measured or nothing is steady."""
    if not any(motions.found.values()):
        return None, motions
    alone = {name: state.population for name, state in states.items()}
    network = moving_network(circuit, still.network, alone, motions.found)
    try:
        rates = network.steady(still.rates)
    except ValueError as reason:
        return None, replace(motions, refused=(*motions.refused, ("all", "steady state", str(reason))))
    return _frozen(network, rates, laboratory), motions


def _self_consistent(circuit: Circuit, study: CircuitStudy, seed: int, laboratory: Laboratory) -> CircuitState:
    """Return the state by theory alone or, if some populations have none, by theory and measurement in rounds."""
    asked = study.pairing
    if not measured_names(circuit):
        return laboratory.store.call(_theory, circuit, dict(asked.start), packages=_PACKAGES)
    return laboratory.store.call(
        _by_measurement, circuit, dict(asked.start), asked.open_loop, study.simulation.dt, seed,
        laboratory.machine.target, laboratory.machine.precision, packages=_PACKAGES,
        ignored={"laboratory": replace(laboratory, progress=Silence())},
    )  # fmt: skip


def _by_measurement(
    circuit: Circuit,
    start: Mapping[str, float],
    asked: OpenLoopSection,
    dt: float,
    seed: int,
    target: str,
    precision: str,
    *,
    laboratory: Laboratory,
) -> CircuitState:
    del target, precision  # part of the key; the machine itself is not

    def record(jobs: Sequence[EngineJob]) -> list[xr.Dataset]:
        same = [Job(population=job.population, experiment=job.experiment, seed=job.seed) for job in jobs]
        return laboratory.record("alone", same)

    survey = Survey(
        record=record, seed=seed, levels=asked.levels, cells=asked.cells, slots=asked.slots, duration=asked.duration,
        reach=asked.reach, dt=dt,
    )  # fmt: skip
    return measured_circuit_state(circuit, survey, start=start or None)


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
    known = theory.states if measured_names(circuit) else None
    network = network_of_estimates(circuit, estimates, rates, theory.states[circuit.names[0]].sources, states=known)
    return network, network.steady(theory.rates)


def _frozen(network: PopulationNetwork, rates: Array, laboratory: Laboratory) -> Frozen:
    """Freeze a network: a digest is noted in the store with the time at which it was first seen, and keeps it."""
    record = network_record(network)
    first = laboratory.store.call(_now, str(record["digest"]), packages=())
    return Frozen(network=network, rates=rates, record=record, frozen_at=first)


def _now(digest: str) -> str:
    del digest  # what the time is kept for
    return datetime.now(UTC).isoformat(timespec="milliseconds")
