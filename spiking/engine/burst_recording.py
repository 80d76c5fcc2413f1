"""The recordings of bursting cells: events and bursts, the dendritic potential, and grids and pulses of current."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..burst_cells import TwoCompartmentCell
from ..burst_protocols import CurrentGrid, CurrentPulses
from ..population import Population
from ..protocols import BOTH, SteadyDrive, TimeVaryingInput
from .recording import STEADY, Columns, steady_variables
from .structure import Structure
from .timing import Timing

_COUNTS = ("events", "bursts")
_DENDRITE = ("reference_dendrite", "sum_v_dendrite", "sum_square_dendrite")


def steady_names(structure: Structure) -> tuple[str, ...]:
    """Return the arrays of the program that a steady experiment reads."""
    names = STEADY + (_COUNTS if structure.bursts else ())
    if structure.pulses:
        return (*names, "first_spike", *(("peak",) if structure.dendrite else ()))
    return names + (_DENDRITE if structure.dendrite else ())


def _variable(dims: tuple[str, ...], values: NDArray[Any], units: str, long_name: str) -> xr.Variable:
    return xr.Variable(dims, values, {"units": units, "long_name": long_name})


def burst_variables(columns: Columns, dims: tuple[str, ...], shape: tuple[int, ...]) -> dict[str, xr.Variable]:
    """Return events and bursts of every cell, if they were counted."""
    if "events" not in columns:
        return {}
    events, bursts = (np.rint(columns[name]).astype(np.int64).reshape(shape) for name in _COUNTS)
    return {
        "event_count": _variable(dims, events, "1", "events: spikes without another one in the window before them"),
        "burst_count": _variable(dims, bursts, "1", "bursts: events followed by a spike within the window"),
    }


def dendrite_variables(
    columns: Columns, timing: Timing, dims: tuple[str, ...], shape: tuple[int, ...]
) -> dict[str, xr.Variable]:
    """Return mean and variance of the free dendritic potential, if the cells have a dendrite."""
    if "sum_v_dendrite" not in columns:
        return {}
    reference, total, square = (columns[name].astype(np.float64).reshape(shape) for name in _DENDRITE)
    deviation = total / timing.steps
    variance = np.maximum(square / timing.steps - deviation**2, 0.0)
    what = "free dendritic potential"
    return {
        "v_free_dendrite_mean": _variable(dims, reference + deviation, "V", f"mean {what}"),
        "v_free_dendrite_variance": _variable(dims, variance, "V2", f"variance over time of the {what}"),
    }


def grid_recording(experiment: CurrentGrid, timing: Timing, columns: Columns) -> xr.Dataset:
    """Return counts and moments of every cell at every pair of currents."""
    shape = (len(experiment.dendritic), len(experiment.somatic), experiment.cells)
    dims = ("dendritic", "somatic", "cell")
    variables = steady_variables(columns, timing, dims, shape)
    variables |= burst_variables(columns, dims, shape) | dendrite_variables(columns, timing, dims, shape)
    coordinates = {
        name: _variable((name,), np.asarray(getattr(experiment, name), dtype=float), "A", f"current into the {where}")
        for name, where in (("somatic", "soma"), ("dendritic", "dendrite"))
    }
    return xr.Dataset(variables, coordinates)


def pulse_recording(experiment: CurrentPulses, timing: Timing, columns: Columns) -> xr.Dataset:
    """Return what every condition did to its cell."""
    dims, shape = ("condition",), (len(experiment.conditions),)
    counts = np.rint(columns["spikes_first"].astype(float) + columns["spikes_second"]).astype(np.int64)
    first = columns["first_spike"].astype(float)
    variables = {"spike_count": _variable(dims, counts, "1", "spikes"), **burst_variables(columns, dims, shape)}
    variables["first_spike"] = _variable(
        dims, np.where(first < 0, np.inf, first * timing.dt), "s", "first spike since the start of the analysed part"
    )
    if "peak" in columns:
        peak = columns["peak"].astype(float)
        variables["v_dendrite_peak"] = _variable(dims, peak, "V", "highest dendritic potential")
    return xr.Dataset(variables)


def steady_additions(experiment: SteadyDrive, timing: Timing, columns: Columns) -> dict[str, xr.Variable]:
    """Return what a recording of steady drives holds besides that of cells without dendrite and bursts."""
    dims, shape = ("level", "cell"), (len(experiment.levels), experiment.cells)
    return burst_variables(columns, dims, shape) | dendrite_variables(columns, timing, dims, shape)


def varying_additions(
    population: Population,
    experiment: TimeVaryingInput,
    timing: Timing,
    columns: Columns,
    waveforms: Sequence[NDArray[np.float64]],
) -> dict[str, xr.Variable]:
    """Return the rates of events and bursts, the dendritic potential and the current into the dendrite over time.

    Each as far as it was recorded; the current, if the experiment plays one into both compartments.
    """
    dims, shape = ("stimulus", "group", "time"), (len(experiment.stimuli), experiment.groups, timing.samples)
    scale = {"events": 1 / timing.dt, "bursts": 1 / timing.dt, "v_free_dendrite": 1.0}
    names = {
        "events": ("event_rate", "Hz", "rate of events"),
        "bursts": ("burst_rate", "Hz", "rate of bursts, dated to their second spike"),
        "v_free_dendrite": ("v_free_dendrite", "V", "mean free dendritic potential"),
    }
    found = {
        name: _variable(dims, columns[column].reshape(shape) / timing.sample_steps * scale[column], unit, words)
        for column, (name, unit, words) in names.items()
        if column in columns
    }
    if experiment.channel == BOTH and isinstance(population.cell, TwoCompartmentCell):
        analysed = slice(timing.warm_up_steps, timing.warm_up_steps + timing.steps)
        played = experiment.dendrite_unit * np.stack([waveform[analysed] for waveform in waveforms])
        into = population.cell.dendrite.current + played.reshape(shape[0], timing.samples, -1).mean(axis=-1)
        found["input_dendrite"] = _variable(("stimulus", "time"), into, "A", "current into the dendrite")
    return found
