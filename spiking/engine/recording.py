"""The arrays of the programs as the recording that an experiment promises, with units."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..population import Population
from ..protocols import BOTH, ProbeSpikes, SteadyDrive, TimeVaryingInput
from .layout import Floats, played_input, threshold_offsets
from .structure import GQ
from .timing import Timing

Columns = dict[str, NDArray[Any]]

STEADY = ("reference", "sum_v_free", "sum_square", "sum_v", "spikes_first", "spikes_second")


def _variable(dims: tuple[str, ...], values: NDArray[Any], units: str, long_name: str) -> xr.Variable:
    return xr.Variable(dims, values, {"units": units, "long_name": long_name})


def channel_words(channel: str) -> tuple[str, str]:
    """Return unit and name of a driven channel."""
    if channel == "dendrite":
        return "A", "current into the dendrite"
    return ("A", "current") if channel in ("current", BOTH) else ("Hz", f"rate of {channel}")


def steady_variables(
    columns: Columns, timing: Timing, cells: tuple[str, ...], shape: tuple[int, ...]
) -> dict[str, xr.Variable]:
    """Return counts and moments of every cell from the sums that the program kept; ``cells`` names their dimensions."""
    column = {name: columns[name].astype(np.float64).reshape(shape) for name in STEADY}
    deviation = column["sum_v_free"] / timing.steps
    variance = np.maximum(column["sum_square"] / timing.steps - deviation**2, 0.0)
    counts = np.rint(np.stack([column["spikes_first"], column["spikes_second"]])).astype(np.int64)
    mean = column["reference"] + column["sum_v"] / timing.steps
    return {
        "spike_count": _variable(("half", *cells), counts, "1", "spikes in each half of the analysed time"),
        "v_free_mean": _variable(cells, column["reference"] + deviation, "V", "mean free potential"),
        "v_free_variance": _variable(cells, variance, "V2", "variance over time of the free potential"),
        "v_mean": _variable(cells, mean, "V", "mean membrane potential"),
    }


def steady_recording(population: Population, experiment: SteadyDrive, timing: Timing, columns: Columns) -> xr.Dataset:
    """Return counts and moments of every cell at every level, from the sums that the program kept."""
    unit, channel = channel_words(experiment.channel)
    thresholds = population.cell.threshold + threshold_offsets(experiment.cells, population.cell.threshold_spread)
    return xr.Dataset(
        steady_variables(columns, timing, ("level", "cell"), (len(experiment.levels), experiment.cells)),
        {
            "drive": _variable(("level",), np.asarray(experiment.levels, dtype=float), unit, channel),
            "threshold": _variable(("cell",), thresholds, "V", "threshold of the cell"),
            "half": _variable(("half",), np.arange(2), "1", "first or second half of the analysed time"),
        },
    )


def sample_times(timing: Timing) -> Floats:
    """Return the mean time (s) of the potentials that a sample averages; a potential belongs to the end of its step."""
    steps = np.arange(timing.samples, dtype=np.float64) * timing.sample_steps + (timing.sample_steps + 1) / 2
    return np.asarray(steps * timing.dt, dtype=np.float64)


def probe_recording(experiment: ProbeSpikes, timing: Timing, columns: Columns) -> xr.Dataset:
    """Return the response of each group to each size of the probe spike, the number of presynaptic spikes being one.

    ``response`` is not divided by the size, so that what is not linear in it can be seen; time is that since the spike.
    """
    sizes, groups = len(experiment.sizes), experiment.groups
    per_sample = {name: total.reshape(sizes, groups, -1) / timing.sample_steps for name, total in columns.items()}
    clamped = experiment.clamp is not None
    unit, what = ("A", "current (inward positive)") if clamped else ("V", "change of the free potential")
    response = _variable(("size", "group", "time"), per_sample["response"], unit, f"{what} after one presynaptic spike")
    v_free = _variable(
        ("group",), per_sample["v_free"][0].mean(axis=-1), "V", "mean free potential without the probe spike"
    )
    coordinates = {
        "size": _variable(("size",), np.asarray(experiment.sizes, dtype=float), "1", "multiple of the synaptic weight"),
        "time": _variable(("time",), sample_times(timing), "s", "time since the presynaptic spike"),
    }
    return xr.Dataset({"response": response, "v_free": v_free}, coordinates)


def varying_recording(
    population: Population, experiment: TimeVaryingInput, timing: Timing, columns: Columns, waveforms: list[Floats]
) -> xr.Dataset:
    """Return rate and mean potentials of each group over time for every stimulus, averaged over each sample.

    Spikes and potentials of a step belong to its end, the input to the step itself; ``time`` is the end of the steps.
    """
    shape = (len(experiment.stimuli), experiment.groups, timing.samples)
    totals = {name: total.reshape(shape) / timing.sample_steps for name, total in columns.items()}
    analysed = slice(timing.warm_up_steps, timing.warm_up_steps + timing.steps)
    played = np.stack([played_input(population, experiment, waveform[analysed]) for waveform in waveforms])
    dims = ("stimulus", "group", "time")
    unit, channel = channel_words(experiment.channel)
    unit, channel = ("1", "occupancy of Gq-coupled receptors") if experiment.channel == GQ else (unit, channel)
    return xr.Dataset(
        {
            "rate": _variable(dims, totals["spikes"] / timing.dt, "Hz", "population rate"),
            "v_free": _variable(dims, totals["v_free"], "V", "mean free potential"),
            "v": _variable(dims, totals["v"], "V", "mean membrane potential"),
            "input": _variable(
                ("stimulus", "time"),
                played.reshape(shape[0], timing.samples, -1).mean(axis=-1),
                unit,
                f"{channel} that was played",
            ),
        },
        {
            "stimulus": _variable(
                ("stimulus",), np.array([s.name for s in experiment.stimuli], dtype=str), "1", "stimulus"
            ),
            "time": _variable(("time",), sample_times(timing), "s", "time since the start of the analysed part"),
        },
    )
