"""Runs of a spiking circuit, each made only once, and only after the mean field it will be held against was frozen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

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
    """Return the recording of every job, in order, made side by side; finished ones come from the store.

    ``frozen`` is for each the digest of the mean field that it will be held against. It is part of what identifies a
    run: a mean field that was made anew is never held against a run that is older than itself. The attribute
    ``recorded_at`` says when the run began, ``seconds`` how long it took.
    """
    calls = [partial(_recorded, job, digest, laboratory) for job, digest in zip(jobs, frozen, strict=True)]
    return laboratory.side_by_side(stage, calls)


def _recorded(job: CircuitJob, digest: str, laboratory: Laboratory) -> xr.Dataset:
    machine = laboratory.machine
    return laboratory.store.call(
        _record, job, digest, machine.target, machine.precision, packages=_PACKAGES, ignored={"machine": machine}
    )


def _record(job: CircuitJob, frozen: str, target: str, precision: str, *, machine: Machine) -> xr.Dataset:
    del target, precision  # part of the key; the machine itself is not
    started = datetime.now(UTC).isoformat(timespec="milliseconds")
    run = run_circuit(
        job.circuit, duration=job.duration, warm_up=job.warm_up, dt=job.dt, seed=job.seed, machine=machine,
        record=CircuitRecord(bin=job.bin, potentials=True, spikes=job.spikes),
    )  # fmt: skip
    facts = {
        "recorded_at": started,
        "frozen": frozen,
        "seconds": run.stepping,
        "processor": run.processor,
        "connections": run.connections,
    }
    return run.recording.assign_attrs(facts)


def processor_seconds(recording: xr.Dataset) -> float:
    """Return the processor time of the steps of a run, s; a run stored by an older version knows the clock's only."""
    return float(recording.attrs.get("processor", recording.attrs.get("seconds", 0.0)))


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
