"""The door of the engine: a population, an experiment and a seed in, a recording out."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..burst_protocols import CurrentGrid, CurrentPulses
from ..population import Population
from ..protocols import Experiment, ProbeSpikes, SteadyDrive, TimeVaryingInput
from ..quadratic_cell import QuadraticCell
from ..steady_state import settled, without_gq
from .build import program_for
from .burst_recording import grid_recording, pulse_recording, steady_additions, steady_names, varying_additions
from .errors import EngineError
from .fragments import Fragment
from .layout import Chunk, Floats, Layout, chunks, input_waveform, largest_rates, layouts
from .machine import Machine
from .model_text import model_text
from .network_sizes import FEWEST_CELLS, WAVEFORM_STEPS
from .parameters import values_of
from .program import Arrays, Program, run_program
from .recording import Columns, probe_recording, steady_recording, varying_recording
from .structure import GQ, Structure, burst_window, channel_index, structure_of
from .timing import Timing, timing_of


@dataclass(frozen=True)
class Job:
    """One experiment on one population with one seed."""

    population: Population
    experiment: Experiment
    seed: int


@dataclass(frozen=True)
class _Plan:
    """A job, all that follows from it, and the program that runs it."""

    job: Job
    timing: Timing
    waveforms: list[Floats]
    rows: list[Layout]
    structure: Structure
    text: Fragment
    program: Program


def simulate(
    population: Population, experiment: Experiment, *, seed: int, machine: Machine | None = None
) -> xr.Dataset:
    """Run an experiment on a population and return its recording, whose shapes ``spiking/protocols.py`` states.

    Parameters
    ----------
    population : Population
    experiment : SteadyDrive, ProbeSpikes or TimeVaryingInput
    seed : int
        From 0 to 2^64 - 1. Two populations simulated with the same seed hear the same random numbers, cell by cell;
        levels, stimuli, and the three experiments are independent of each other.
    machine : Machine, optional
        Target, precision, number of programs at a time, cache; the default uses C++ and all cores.

    Returns
    -------
    xarray.Dataset
        With the attributes population, seed, dt, duration, warm_up, target, precision and channel (or afferent).

    Raises
    ------
    EngineError
        If the experiment cannot be laid out in time steps, or a program fails or returns what cannot be trusted.
    """
    return simulate_many([Job(population, experiment, seed)], machine)[0]


def simulate_many(
    jobs: Sequence[Job], machine: Machine | None = None, on_done: Callable[[int, xr.Dataset], Any] | None = None
) -> list[xr.Dataset]:
    """Run many jobs side by side and return their recordings in order.

    ``on_done(number, recording)`` is called in the calling thread as soon as a job and those before it are done.
    Programs are processes of their own, at most ``machine.workers`` at a time; safe to call from several threads.
    """
    resolved = (machine or Machine()).resolved()
    with ThreadPoolExecutor(resolved.workers) as pool:
        plans = list(pool.map(lambda job: _plan(job, resolved), jobs))
        cells = _cells_of_a_run(plans, resolved.workers)
        running = [_submit(plan, cells, pool, resolved) for plan in plans]
        recordings = []
        try:
            for number, (plan, futures) in enumerate(zip(plans, running, strict=True)):
                recordings.append(_recording(plan, futures, resolved))
                if on_done is not None:
                    on_done(number, recordings[-1])
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return recordings


def _check(job: Job) -> None:
    experiment = job.experiment
    if isinstance(job.population.cell, QuadraticCell):
        raise EngineError(
            f"simulate: the cells of {job.population.name} are quadratic and have no free potential; put them into a "
            "circuit."
        )
    if not 0 <= job.seed < 2**64:
        raise EngineError(f"seed: {job.seed} is out of range; choose a whole number from 0 to 2^64 - 1.")
    if (
        isinstance(experiment, SteadyDrive)
        and channel_index(job.population, experiment) is not None
        and min(experiment.levels) < 0
    ):
        raise EngineError(f"SteadyDrive.levels: {min(experiment.levels):g} Hz; a rate cannot be negative.")
    if isinstance(experiment, TimeVaryingInput) and not experiment.stimuli:
        raise EngineError("TimeVaryingInput.stimuli: no stimulus given; give at least one.")


def _standing(job: Job) -> Population:
    """Return the population with what stands still in this experiment in place of the process that could move it."""
    if getattr(job.experiment, "channel", "") == GQ:
        return job.population
    return settled(job.population) if getattr(job.experiment, "clamp", None) is not None else without_gq(job.population)


def _plan(job: Job, machine: Machine) -> _Plan:
    _check(job)
    job = replace(job, population=_standing(job))
    timing = timing_of(job.experiment)
    waveforms: list[Floats] = []
    if isinstance(job.experiment, TimeVaryingInput):
        if timing.total_steps > WAVEFORM_STEPS:
            longest = WAVEFORM_STEPS * timing.dt
            raise EngineError(
                f"TimeVaryingInput: warm-up and duration exceed {longest:g} s ({WAVEFORM_STEPS} steps); shorten them."
            )
        waveforms = [input_waveform(job.experiment, number, timing) for number in range(len(job.experiment.stimuli))]
    rates = largest_rates(job.population, job.experiment, waveforms)
    structure = structure_of(job.population, job.experiment, timing, rates, machine.precision)
    program = program_for(structure, machine)
    rows = layouts(job.population, job.experiment)
    return _Plan(job, timing, waveforms, rows, structure, model_text(structure), program)


def _cells_of_a_run(plans: Sequence[_Plan], workers: int) -> int:
    """Return how many cells a program runs at a time, so that small work is also spread over all workers."""
    count = sum(row.count for plan in plans for row in plan.rows)
    return max(-(-count // workers), FEWEST_CELLS)


def _submit(
    plan: _Plan, cells: int, pool: ThreadPoolExecutor, machine: Machine
) -> list[list[tuple[Chunk, Future[Columns]]]]:
    return [
        [
            (chunk, pool.submit(_run_chunk, plan, number, chunk, machine.workers))
            for chunk in chunks(row, min(cells, plan.program.cells), plan.program)
        ]
        for number, row in enumerate(plan.rows)
    ]


def _wanted(structure: Structure) -> tuple[str, ...]:
    if structure.experiment == "steady":
        return tuple(f"cells.{name}" for name in steady_names(structure))
    if structure.experiment != "time-varying":
        return ("recorder.total_response", "recorder.total_v_free")
    recorded = ["spikes", "v_free", "v", *(["v_free_dendrite"] if structure.dendrite else [])]
    recorded += ["events", "bursts"] if structure.bursts else []
    return tuple(f"recorder.total_{name}" for name in recorded)


def _run_chunk(plan: _Plan, row: int, chunk: Chunk, workers: int) -> Columns:
    job = plan.job
    values = values_of(plan.text, plan.structure, job.population, job.experiment, plan.timing, chunk.cells, job.seed)
    arguments: Arrays = {f"cells.{name}": value for name, value in values.items()}
    arguments["control.used_cells"] = np.array([chunk.used], dtype=np.int32)
    arguments["control.last_step"] = np.array([plan.timing.total_steps], dtype=np.int32)
    if plan.waveforms:
        table = np.zeros(WAVEFORM_STEPS)
        table[: plan.timing.total_steps] = plan.waveforms[row]
        arguments["waveform.values"] = table
    arrays = run_program(plan.program, arguments, _wanted(plan.structure), workers)
    return {name.split(".")[1]: _kept(plan, chunk, name, array) for name, array in arrays.items()}


def _kept(plan: _Plan, chunk: Chunk, name: str, array: NDArray[Any]) -> NDArray[Any]:
    """Return what counts of a program's array: the values of its cells, or its analysed samples."""
    if plan.structure.experiment == "steady":
        return array[: chunk.index.size]
    first = plan.timing.warm_up_steps // plan.timing.sample_steps + 1
    expected = (first + plan.timing.samples) * plan.program.ensembles
    if array.size != expected:
        raise EngineError(f"engine: {array.size} of {expected} values of {name} were written; the disk may be full.")
    return array.reshape(-1, plan.program.ensembles)[first:, : chunk.ensembles.size].T.copy()


def _columns(plan: _Plan, row: int, parts: list[tuple[Chunk, Columns]]) -> Columns:
    """Put the chunks of one row together: values of cells side by side, samples of ensembles summed."""
    if plan.structure.experiment == "steady":
        return {name: np.concatenate([columns[name] for _, columns in parts]) for name in steady_names(plan.structure)}
    ensembles = int(plan.rows[row].ensemble.max()) + 1
    totals: Columns = {}
    for chunk, columns in parts:
        for name, samples in columns.items():
            total = totals.setdefault(name.removeprefix("total_"), np.zeros((ensembles, plan.timing.samples)))
            total[chunk.ensembles] += samples
    return totals


def _recording(plan: _Plan, rows: list[list[tuple[Chunk, Future[Columns]]]], machine: Machine) -> xr.Dataset:
    columns = [
        _columns(plan, number, [(chunk, future.result()) for chunk, future in row]) for number, row in enumerate(rows)
    ]
    population, experiment = plan.job.population, plan.job.experiment
    if isinstance(experiment, SteadyDrive):
        recording = steady_recording(population, experiment, plan.timing, columns[0])
        recording = recording.assign(steady_additions(experiment, plan.timing, columns[0]))
    elif isinstance(experiment, CurrentGrid):
        recording = grid_recording(experiment, plan.timing, columns[0])
    elif isinstance(experiment, CurrentPulses):
        recording = pulse_recording(experiment, plan.timing, columns[0])
    elif isinstance(experiment, ProbeSpikes):
        recording = probe_recording(experiment, plan.timing, columns[0])
    else:
        stacked = {name: np.stack([column[name] for column in columns]) for name in columns[0]}
        recording = varying_recording(population, experiment, plan.timing, stacked, plan.waveforms)
        recording = recording.assign(varying_additions(population, experiment, plan.timing, stacked, plan.waveforms))
    return recording.assign_attrs(_attributes(plan, machine))


def _attributes(plan: _Plan, machine: Machine) -> dict[str, Any]:
    experiment = plan.job.experiment
    driven: dict[str, Any]
    if isinstance(experiment, ProbeSpikes):
        driven = {"afferent": experiment.afferent}
    else:
        driven = {} if isinstance(experiment, CurrentGrid | CurrentPulses) else {"channel": experiment.channel}
    if plan.structure.bursts:
        driven["burst_window"] = burst_window(experiment)
    return {
        "population": plan.job.population.name,
        "seed": plan.job.seed,
        "dt": plan.timing.dt,
        "duration": plan.timing.steps * plan.timing.dt,
        "warm_up": plan.timing.warm_up_steps * plan.timing.dt,
        "target": machine.target,
        "precision": plan.structure.precision,
        **driven,
    }
