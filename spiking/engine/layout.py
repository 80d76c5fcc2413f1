"""An experiment as a row of cells: which level, threshold, drive, probe size and ensemble each of them has."""

import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from ..burst_cells import TwoCompartmentCell
from ..burst_protocols import CurrentGrid, CurrentPulses
from ..population import Population
from ..protocols import BOTH, Experiment, ProbeSpikes, SteadyDrive, TimeVaryingInput
from ..synapses import Afferent
from .network_sizes import CELLS_AT_ONCE
from .program import Program
from .structure import GQ
from .timing import Timing

Floats = NDArray[np.float64]
Integers = NDArray[np.int32]


@dataclass(frozen=True)
class Layout:
    """Columns of one value per cell.

    ``level`` and ``cell`` are the cell's identity, from which its random numbers follow; ``offset`` (V) moves its
    threshold; ``current`` (A) and ``rate`` (Hz, in place of the driven afferent's background) are its drive; ``size``
    is its probe's multiple of the weight; the samples of ``ensemble`` are sums over its cells times ``share``.
    """

    level: Integers
    cell: Integers
    offset: Floats
    current: Floats
    rate: Floats
    size: Floats
    ensemble: Integers
    share: Floats

    @property
    def count(self) -> int:
        """Number of cells."""
        return self.cell.size

    def take(self, index: NDArray[Any]) -> "Layout":
        """Return these cells."""
        return Layout(**{item.name: getattr(self, item.name)[index] for item in fields(self)})


def threshold_offsets(cells: int, spread: float) -> Floats:
    """Return stratified normal quantiles: ``spread`` x Phi^-1((i + 1/2)/cells), V."""
    return spread * ndtri((np.arange(cells) + 0.5) / cells)


def spread_evenly(cell: Integers) -> Floats:
    """Return numbers from 0 to 1, spread evenly over any run of successive cells (golden-ratio sequence)."""
    return np.asarray(cell, dtype=np.float64) * ((math.sqrt(5) - 1) / 2) % 1.0


def layouts(population: Population, experiment: Experiment) -> list[Layout]:
    """Return the rows of cells of an experiment; each row is run with one input waveform."""
    if isinstance(experiment, SteadyDrive | CurrentGrid):
        return [_steady(population, experiment)]
    if isinstance(experiment, CurrentPulses):
        conditions = len(experiment.conditions)
        return [_row((conditions,), level=np.arange(conditions), share=1 / conditions)]
    if isinstance(experiment, ProbeSpikes):
        return [_probe(population, experiment)]
    return [_varying(population, experiment, number) for number in range(len(experiment.stimuli))]


def _row(shape: tuple[int, ...], **columns: Any) -> Layout:
    """Make columns from arrays that broadcast to ``shape``; what is not given is 0."""
    kinds = {"level": np.int32, "cell": np.int32, "ensemble": np.int32}
    values = {}
    for item in fields(Layout):
        column = np.asarray(columns.get(item.name, 0), dtype=kinds.get(item.name, np.float64))
        values[item.name] = np.ascontiguousarray(np.broadcast_to(column, shape)).ravel()
    return Layout(**values)


def _steady(population: Population, experiment: SteadyDrive | CurrentGrid) -> Layout:
    levels, cells = len(experiment.levels), experiment.cells
    column = _drive_columns(experiment)
    return _row(
        (levels, cells),
        level=np.arange(levels)[:, None],
        cell=np.arange(cells),
        offset=threshold_offsets(cells, population.cell.threshold_spread),
        **column,
    )


def _drive_columns(experiment: SteadyDrive | CurrentGrid) -> dict[str, Floats]:
    """Return the current into the soma, or the rate of the driven afferent, for each level."""
    if isinstance(experiment, CurrentGrid):
        return {"current": np.asarray(experiment.levels, dtype=float)[:, :1]}
    drive = np.asarray(experiment.levels, dtype=float)[:, None]
    if experiment.channel == "dendrite":
        return {}
    return {"current": drive} if experiment.channel == "current" else {"rate": drive}


def _probe(population: Population, experiment: ProbeSpikes) -> Layout:
    """Cells of one group are the same cells, with the same random numbers, at every size."""
    sizes, groups, cells = len(experiment.sizes), experiment.groups, experiment.cells_per_group
    group = np.arange(groups)[:, None]
    return _row(
        (sizes, groups, cells),
        cell=group * cells + np.arange(cells),
        offset=threshold_offsets(cells, population.cell.threshold_spread),
        current=experiment.current,
        size=np.asarray(experiment.sizes, dtype=float)[:, None, None],
        ensemble=np.arange(sizes)[:, None, None] * groups + group,
        share=1 / cells,
    )


def _varying(population: Population, experiment: TimeVaryingInput, stimulus: int) -> Layout:
    groups, cells = experiment.groups, experiment.cells_per_group
    group = np.arange(groups)[:, None]
    return _row(
        (groups, cells),
        level=stimulus,
        cell=group * cells + np.arange(cells),
        offset=threshold_offsets(cells, population.cell.threshold_spread),
        current=experiment.current,
        ensemble=group,
        share=1 / cells,
    )


@dataclass(frozen=True)
class Chunk:
    """Cells of one program and the ensembles that they feed.

    The first ``used`` cells run; those of ``index`` count, the rest is padding.
    """

    cells: Layout
    index: NDArray[np.intp]
    ensembles: Integers

    @property
    def used(self) -> int:
        """Number of cells that run: those that count, and padding to a whole number of vectors."""
        return min(-(-self.index.size // CELLS_AT_ONCE) * CELLS_AT_ONCE, self.cells.count)


def chunks(layout: Layout, cells: int, program: Program) -> list[Chunk]:
    """Split a row into chunks of at most this many cells, padded to the arrays of a compiled program."""
    parts, start = [], 0
    while start < layout.count:
        first = layout.ensemble[start]
        stop = start + int(np.searchsorted(layout.ensemble[start : start + cells], first + program.ensembles))
        parts.append(_chunk(layout, np.arange(start, stop), program.cells if program.padded else stop - start))
        start = stop
    return parts


def _chunk(layout: Layout, index: NDArray[np.intp], cells: int) -> Chunk:
    padding = np.full(cells - index.size, index[-1])
    row = layout.take(np.concatenate([index, padding]))
    ensembles = np.unique(row.ensemble[: index.size])
    row.share[index.size :] = 0
    row.ensemble[:] = row.ensemble - ensembles[0]
    return Chunk(row, index, ensembles)


def input_waveform(experiment: TimeVaryingInput, stimulus: int, timing: Timing) -> Floats:
    """Return a stimulus at the middle of every step: its relative change, 0 during the warm-up."""
    time = np.asarray((np.arange(timing.steps) + 0.5) * timing.dt, dtype=np.float64)
    waveform = np.zeros(timing.total_steps)
    waveform[timing.warm_up_steps : timing.warm_up_steps + timing.steps] = experiment.stimuli[stimulus].waveform(time)
    return waveform


def played_input(population: Population, experiment: TimeVaryingInput, waveform: Floats) -> Floats:
    """Return the input (A, Hz or occupancy) that this waveform makes on the experiment's channel."""
    if experiment.channel in ("current", BOTH):
        return population.current + experiment.current + experiment.current_unit * waveform
    if experiment.channel == "dendrite" and isinstance(population.cell, TwoCompartmentCell):
        return population.cell.dendrite.current + experiment.current_unit * waveform
    if experiment.channel == GQ:
        return np.clip(waveform, 0, 1)
    return population.afferent(experiment.channel).rate * np.clip(1 + waveform, 0, None)


def largest_rates(population: Population, experiment: Experiment, waveforms: list[Floats]) -> tuple[float, ...]:
    """Return the largest rate (Hz) of each afferent in this experiment."""
    return tuple(_largest(population, experiment, waveforms, afferent) for afferent in population.afferents)


def _largest(population: Population, experiment: Experiment, waveforms: list[Floats], afferent: Afferent) -> float:
    if isinstance(experiment, ProbeSpikes | CurrentGrid | CurrentPulses) or experiment.channel != afferent.name:
        return afferent.rate
    if isinstance(experiment, SteadyDrive):
        return max(experiment.levels)
    return max(float(played_input(population, experiment, waveform).max()) for waveform in waveforms)
