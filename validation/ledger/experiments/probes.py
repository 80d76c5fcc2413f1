"""Responses to probe spikes as the experiments of the ledger read them."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ....bridge.kernel_fit import from_onset, measured_features
from ....bridge.kernel_fit.waveform import tail_amplitude, transfer
from ....spiking import Population, ProbeSpikes
from ...drive_levels import drives_for
from ...simulations import Job, Laboratory
from ..bench import GROUPS, Settings

Array = NDArray[np.floating]

BELOW_THRESHOLD = 0.006  # V, where an untouched population is held while its kernels are measured


def holding_current(population: Population) -> float:
    """Return the current (A) that holds the mean free potential ``BELOW_THRESHOLD`` under the threshold."""
    return float(drives_for(population, "current", np.array([population.cell.threshold - BELOW_THRESHOLD]))[0])


def probe(settings: Settings, *, cells: int = 200, **changes: object) -> ProbeSpikes:
    """Return an experiment with probe spikes at the ledger's precision."""
    cells_per_group = settings.cells(cells) // GROUPS
    return ProbeSpikes(groups=GROUPS, cells_per_group=cells_per_group, **changes)  # type: ignore[arg-type]


def record_named(laboratory: Laboratory, stage: str, jobs: Mapping[str, Job]) -> dict[str, xr.Dataset]:
    """Record named jobs side by side."""
    return dict(zip(jobs, laboratory.record(stage, list(jobs.values())), strict=True))


def mean_response(recording: xr.Dataset, size: float = 1.0) -> tuple[Array, Array]:
    """Return time after the spike (s) and the response over all groups (V or A), not divided by the size."""
    return recording["time"].values.astype(float), recording["response"].sel(size=size).mean("group").values


def slowest_decay(population: Population, receptors: Sequence[str]) -> float:
    """Return the longest decay among synapses, s: the response falls at this rate after its window."""
    return max(population.synapse(receptor).decay for receptor in receptors)  # type: ignore[arg-type]


def kernel_features(recording: xr.Dataset, tail: float, size: float = 1.0) -> dict[str, float]:
    """Return the features of a recorded response; ``tail`` (s) is its decay after the window."""
    return measured_features(*mean_response(recording, size), tail)[0]


def transfer_size(recording: xr.Dataset, tail: float, frequency: float) -> float:
    """Return the magnitude of the response's Fourier transform at ``frequency`` (Hz), V s."""
    time, response = from_onset(*mean_response(recording))
    end = tail_amplitude(time, response, tail)
    return float(np.abs(transfer(time, response, np.array([frequency]), end, tail))[0])
