"""Runs of a spiking circuit, each made only once, and only after the mean field it will be held against was frozen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...spiking.circuits import Circuit, CircuitRecord
from ...spiking.engine import Machine
from ...spiking.engine.simulate_circuit import run_circuit
from ..simulations import Laboratory

Array = NDArray[np.float64]

_PACKAGES = ("spiking", "units")
_PIECES = 20
_SYNCHRONY_BIN = 5e-3  # s
_BLOCKS = 10


@dataclass(frozen=True, kw_only=True)
class CircuitJob:
    """One run of a circuit; ``spikes`` keeps every spike."""

    circuit: Circuit
    duration: float
    warm_up: float
    dt: float
    bin: float
    seed: int
    spikes: bool = False


def record_circuits(
    stage: str, jobs: Sequence[CircuitJob], frozen: Sequence[str], laboratory: Laboratory
) -> list[xr.Dataset]:
    """Return the recording of every job, in order; finished ones come from the store.

    ``frozen`` is for each the digest of the mean field that it will be held against. It is part of what identifies a
    run: a mean field that was made anew is never held against a run that is older than itself. The attribute
    ``recorded_at`` says when the run began, ``seconds`` how long it took.
    """
    laboratory.progress.stage(stage, len(jobs))
    machine, found = laboratory.machine, []
    for job, digest in zip(jobs, frozen, strict=True):
        found.append(
            laboratory.store.call(
                _record,
                job,
                digest,
                machine.target,
                machine.precision,
                packages=_PACKAGES,
                ignored={"machine": machine},
            )
        )
        laboratory.progress.advance()
    return found


def _record(job: CircuitJob, frozen: str, target: str, precision: str, *, machine: Machine) -> xr.Dataset:
    del target, precision  # part of the key; the machine itself is not
    started = datetime.now(UTC).isoformat(timespec="milliseconds")
    run = run_circuit(
        job.circuit, duration=job.duration, warm_up=job.warm_up, dt=job.dt, seed=job.seed, machine=machine,
        record=CircuitRecord(bin=job.bin, potentials=True, spikes=job.spikes),
    )  # fmt: skip
    facts = {"recorded_at": started, "frozen": frozen, "seconds": run.stepping, "connections": run.connections}
    return run.recording.assign_attrs(facts)


def mean_rates(recording: xr.Dataset) -> tuple[Array, Array]:
    """Return the rate of every population and its standard error (P,), Hz, from 20 pieces of the recording."""
    rate = recording["rate"].transpose("population", "time").values
    pieces = rate[:, : rate.shape[1] // _PIECES * _PIECES].reshape(len(rate), _PIECES, -1).mean(axis=2)
    return rate.mean(axis=1), pieces.std(axis=1, ddof=1) / np.sqrt(_PIECES)


def synchrony(recording: xr.Dataset) -> Array:
    """Return the standard deviation of every population rate in bins of 5 ms over its mean (P,), 1.

    What the finite number of cells makes of independent Poisson spikes is taken off.
    """
    rate = recording["rate"].transpose("population", "time").values
    joined = max(1, round(_SYNCHRONY_BIN / float(recording.attrs["bin"])))
    wide = rate[:, : rate.shape[1] // joined * joined].reshape(len(rate), -1, joined).mean(axis=2)
    mean = np.maximum(wide.mean(axis=1), 1e-9)
    chance = mean / (np.atleast_1d(recording.attrs["sizes"]) * joined * float(recording.attrs["bin"]))
    return np.sqrt(np.maximum(wide.var(axis=1) - chance, 0.0)) / mean


def spike_counts(recording: xr.Dataset, window: float) -> list[Array]:
    """Return the spike counts (cell, window) of every population in windows of this length (s)."""
    number = int(recording.attrs["duration"] / window)
    place = np.floor(recording["spike_time"].values / window).astype(int)
    population, cell = recording["spike_population"].values, recording["spike_cell"].values
    counts = []
    for k, size in enumerate(np.atleast_1d(recording.attrs["sizes"])):
        own = (population == k) & (place < number) & (place >= 0)
        flat = np.bincount(cell[own].astype(int) * number + place[own], minlength=int(size) * number)
        counts.append(flat.reshape(int(size), number).astype(float))
    return counts


def pairwise_correlation(one: Array, other: Array | None = None) -> tuple[float, float]:
    """Return the mean correlation of the counts (cell, window) of two cells and its standard error.

    The pairs are those within ``one``, or one cell of each; the mean covariance comes from the variance of the sums.
    The error is that of 10 blocks of windows.
    """
    whole = _correlation(one, other)
    blocks = np.array_split(np.arange(one.shape[1]), _BLOCKS)
    kept = [np.setdiff1d(np.arange(one.shape[1]), block) for block in blocks]
    left_out = [_correlation(one[:, k], None if other is None else other[:, k]) for k in kept]
    return whole, float(np.sqrt((_BLOCKS - 1) * np.var(left_out)))


def _correlation(one: Array, other: Array | None) -> float:
    own = one.var(axis=1, ddof=1)
    if other is not None:
        covariance = np.cov(one.mean(axis=0), other.mean(axis=0))[0, 1]
        return float(covariance / np.sqrt(own.mean() * other.var(axis=1, ddof=1).mean()))
    cells = len(one)
    between = one.sum(axis=0).var(ddof=1) - own.sum()
    return float(between / (cells * (cells - 1)) / own.mean())


def irregularity(recording: xr.Dataset, population: int) -> float:
    """Return the mean coefficient of variation of the intervals of the cells that fired at least ten times, 1."""
    own = recording["spike_population"].values == population
    time, cell = recording["spike_time"].values[own], recording["spike_cell"].values[own]
    order = np.lexsort((time, cell))
    interval, same = np.diff(time[order]), np.diff(cell[order]) == 0
    owner, interval = cell[order][1:][same], interval[same]
    number = np.bincount(owner)
    enough = number >= 9
    if not enough.any():
        return float("nan")
    mean = np.bincount(owner, interval)[enough] / number[enough]
    square = np.bincount(owner, interval**2)[enough] / number[enough]
    return float(np.mean(np.sqrt(np.maximum(square - mean**2, 0)) / mean))
