"""The door of the engine for circuits: a circuit and a seed in, a recording out."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...units import takes
from ..circuits import Circuit, CircuitRecord
from .build import program_for
from .circuit_plan import CircuitPlan
from .circuit_recording import WRITTEN, circuit_recording
from .circuit_structure import CircuitStructure, group_name
from .circuit_values import circuit_values
from .connections import connect
from .errors import EngineError
from .machine import Machine
from .program import CircuitFiles, Program, run_program
from .timing import Timing


@dataclass(frozen=True)
class CircuitRun:
    """A recording, and how long (s) it took to find or build the program, to connect, and to take the steps.

    ``processor`` is the time that the processor spent on the steps, whatever else the machine did.
    """

    recording: xr.Dataset
    building: float
    connecting: float
    stepping: float
    processor: float
    connections: int


@takes(duration="s", warm_up="s", dt="s")
def simulate_circuit(
    circuit: Circuit,
    *,
    duration: float,
    warm_up: float = 0.5,
    dt: float = 1e-4,
    seed: int,
    machine: Machine | None = None,
    record: CircuitRecord | None = None,
) -> xr.Dataset:
    """Run a circuit and return its recording.

    Parameters
    ----------
    circuit : Circuit
    duration, warm_up, dt : float
        Analysed time, time before it, and time step, s; stimuli begin with the analysed time.
    seed : int
        From 0 to 2^64 - 1; fixes connections and noise.
    machine : Machine, optional
        Target, precision and cache; the default uses C++.
    record : CircuitRecord, optional
        Width of the bins, potentials or not, whose spikes.

    Returns
    -------
    xarray.Dataset
        ``rate`` (population, time) in Hz; ``v_free``, ``v_mean`` (V) and ``v_free_variance`` (V2, over cells) if asked
        for; ``spike_count`` (population, cell), -1 beyond a population's size; ``spike_time`` (s), ``spike_population``
        and ``spike_cell`` (spike) of the populations whose spikes are kept.

    Raises
    ------
    EngineError
        If the circuit cannot be laid out in time steps, or a program fails or returns what cannot be trusted.
    """
    run = run_circuit(circuit, duration=duration, warm_up=warm_up, dt=dt, seed=seed, machine=machine, record=record)
    return run.recording


def run_circuit(
    circuit: Circuit,
    *,
    duration: float,
    warm_up: float,
    dt: float,
    seed: int,
    machine: Machine | None = None,
    record: CircuitRecord | None = None,
) -> CircuitRun:
    """Run a circuit and return its recording with the time that each part of the work took."""
    if not 0 <= seed < 2**64:
        raise EngineError(f"seed: {seed} is out of range; choose a whole number from 0 to 2^64 - 1.")
    resolved, kept = (machine or Machine()).resolved(), record or CircuitRecord()
    timing, bin_steps = circuit_timing(duration, warm_up, dt, kept)
    plan = CircuitPlan(circuit, timing, resolved.precision)
    started = time.perf_counter()
    program = program_for(CircuitStructure(tuple(part.structure for part in plan.parts)), resolved)
    built = time.perf_counter()
    files = _files(plan, kept, bin_steps, seed)
    connected = time.perf_counter()
    arrays = _run(plan, program, files, seed, resolved.workers)
    recording = circuit_recording(circuit, timing, bin_steps, kept, arrays)
    recording = recording.assign_attrs(_attributes(plan, bin_steps, seed, resolved))
    number = sum(values.size for name, values in files.given.items() if name.endswith("targets"))
    stepping, processor = map(float, arrays["seconds.out"])
    return CircuitRun(recording, built - started, connected - built, stepping, processor, number)


def circuit_timing(duration: float, warm_up: float, dt: float, record: CircuitRecord) -> tuple[Timing, int]:
    """Return the timing of a run, every duration rounded to whole steps, and the steps of a bin."""
    steps, bin_steps = round(duration / dt), round(record.bin / dt)
    if bin_steps < 1 or abs(bin_steps * dt - record.bin) > 1e-6 * record.bin:
        raise EngineError(
            f"CircuitRecord.bin: {record.bin:g} s is not a whole number of time steps of {dt:g} s; choose a multiple."
        )
    if steps < bin_steps:
        raise EngineError(f"duration: {duration:g} s holds no bin of {record.bin:g} s; lengthen it.")
    return Timing(dt, round(warm_up / dt), steps, 0), bin_steps


def _run(plan: CircuitPlan, program: Program, files: CircuitFiles, seed: int, workers: int) -> dict[str, NDArray[Any]]:
    arguments: dict[str, NDArray[Any]] = {}
    for number in range(len(plan.parts)):
        values = circuit_values(plan, number, seed)
        arguments |= {f"{group_name(number)}.{name}": value for name, value in values.items()}
    arguments["control.last_step"] = np.array([plan.timing.total_steps], dtype=np.int32)
    return run_program(program, arguments, (), workers, files)


def _files(plan: CircuitPlan, record: CircuitRecord, bin_steps: int, seed: int) -> CircuitFiles:
    """Return what delivery reads: the routes, their numbers, the connections and the stimuli."""
    given: dict[str, NDArray[Any]] = {"plan.in": _integers(plan, record, bin_steps), "numbers.in": _numbers(plan)}
    given["signals.in"] = plan.signals
    for number, route in enumerate(plan.routes):
        if not route.dense:
            found = connect(plan.circuit, number, plan.timing.dt, seed)
            arrays = {name: getattr(found, name) for name in ("offsets", "targets", "steps", "weights")}
            given |= {f"projection_{number}.{name}": a for name, a in arrays.items() if a is not None}
    written = WRITTEN | ({"spikes.out": "i4"} if record.spikes_of(plan.circuit.names) else {})
    return CircuitFiles(tuple(part.size for part in plan.parts), given, written)


def _integers(plan: CircuitPlan, record: CircuitRecord, bin_steps: int) -> NDArray[np.int64]:
    """Return the whole numbers that delivery reads, in the order of delivery.h."""
    timing, recorded = plan.timing, record.spikes_of(plan.circuit.names)
    numbers = [len(plan.parts), timing.total_steps, timing.warm_up_steps, bin_steps, int(record.potentials)]
    for number, part in enumerate(plan.parts):
        numbers += [part.size, plan.ring_length(number), int(plan.circuit.names[number] in recorded)]
        numbers += [len(part.gates.inputs), len(part.gates.held), len(part.senders), len(part.driven)]
    numbers.append(len(plan.routes))
    for route in plan.routes:
        facts = (route.source, route.target, route.dense, route.constant_delay, route.longest, route.weighted)
        numbers += [*map(int, facts), int(route.delayed), len(route.openings)]
        for opening in route.openings:
            numbers += [opening.kind, opening.gate, opening.sender]
    return np.array(numbers, dtype=np.int64)


def _numbers(plan: CircuitPlan) -> NDArray[np.float64]:
    openings = [opening for route in plan.routes for opening in route.openings]
    return np.array([[o.weight, o.opened, o.closing] for o in openings], dtype=np.float64).ravel()


def _attributes(plan: CircuitPlan, bin_steps: int, seed: int, machine: Machine) -> dict[str, Any]:
    timing = plan.timing
    return {
        "circuit": plan.circuit.name,
        "seed": seed,
        "dt": timing.dt,
        "duration": timing.steps * timing.dt,
        "warm_up": timing.warm_up_steps * timing.dt,
        "bin": bin_steps * timing.dt,
        "sizes": [part.size for part in plan.parts],
        "target": machine.target,
        "precision": plan.precision,
    }
