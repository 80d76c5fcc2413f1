"""The stationary rate of a described cell at stated drives and threshold offsets, by renewal over its own potential."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.integrate import trapezoid

from ...spiking import PointCell
from .fast_noise import FastNoise, fast_noise, noise_variance
from .first_passage import potential_faces
from .noise_chain import noise_chain
from .operating_point import OperatingPoint
from .refused import PredictionRefused
from .renewal import CellBatch, SlowConductance, SlowGate, SlowThreshold
from .settling import settled
from .synaptic_drive import Array, driving, muscarinic_gate, passive_current

_BLOW_UP = 5.0  # slope factors above threshold from where the exponential term alone decides

_RAISED = 3.0  # jumps of a moving threshold that the grid has room for

_LEAST_DEPTH = 0.6  # of the grid below the reset, in units of the part above, so that no cell vanishes
_LARGEST_CORRECTION = 1.5  # of a rate by the second grid; only rates that never matter need more


@dataclass(frozen=True)
class Resolution:
    """How fine the solution is: cells between reset and threshold, cells below the reset, noise states.

    ``tolerance`` is the relative change of the interval at which the memory of a spike counts as settled.
    """

    above: int = 24
    below: int = 24
    states: int = 14
    tolerance: float = 1e-3

    def scaled(self, factor: float) -> "Resolution":
        """Return the resolution with the cells in potential multiplied by ``factor``."""
        return Resolution(round(self.above * factor), round(self.below * factor), self.states, self.tolerance)


def suited(cell: PointCell) -> Resolution:
    """Return the resolution that keeps rates of this cell within about 1 % and slopes free of ripples.

    A hard threshold sees the noise states one by one and needs more of them than the soft one of an exponential cell.
    """
    return Resolution(states=20) if cell.slope_factor == 0 else Resolution()


_PILOT = Resolution(above=12, below=12, states=8, tolerance=1e-2)


@dataclass(frozen=True)
class CellRate:
    """Rate (Hz) and mean actual potential (V) of every cell; ``change`` is that of the last iteration, relative."""

    rate: Array
    mean_potential: Array
    change: Array


def single_cell_rates(points: list[OperatingPoint], offsets: Array, resolution: Resolution | None = None) -> CellRate:
    """Return rates at the drives of ``points`` with threshold, cutoff and reset moved by ``offsets``, all (batch,).

    A pilot on a coarse grid settles what a spike leaves behind; then two grids, the coarser with half the cells,
    remove the first-order error of the upwind scheme from the logarithm of the rate.
    """
    resolution = suited(_point_cell(points)) if resolution is None else resolution
    cells = cell_batch(points, offsets, resolution)
    start = None
    if cells.after_spike or cells.gate is not None:
        start = settled(cell_batch(points, offsets, _PILOT), _PILOT.states, None, _PILOT.tolerance)
    half = resolution.scaled(0.5)
    low = settled(cell_batch(points, offsets, half), half.states, start, half.tolerance)
    high = settled(cells, resolution.states, low, resolution.tolerance)
    mean = 2 * high.renewal.mean_potential - low.renewal.mean_potential
    refined = np.clip(low.renewal.interval / high.renewal.interval, 1 / _LARGEST_CORRECTION, _LARGEST_CORRECTION)
    return CellRate(refined / high.renewal.interval, mean, high.change)


def interval_variation(point: OperatingPoint, resolution: Resolution | None = None) -> tuple[float, float]:
    """Return the rate (Hz) and the coefficient of variation of the intervals of a cell with the mean threshold."""
    resolution = suited(_point_cell([point])) if resolution is None else resolution
    cells = replace(cell_batch([point], np.zeros(1), resolution), watched=point.tau_eff)
    renewal = settled(cells, resolution.states, None, resolution.tolerance).renewal
    return 1.0 / float(renewal.interval[0]), float(renewal.variation[0])


def _point_cell(points: list[OperatingPoint]) -> PointCell:
    cell = points[0].drive.population.cell
    if not isinstance(cell, PointCell):
        raise TypeError("single_cell: only point cells reset; a memoryless cell has its rate in closed form.")
    if cell.moving_threshold is not None and cell.slope_factor == 0:
        raise PredictionRefused(
            f"{points[0].drive.population.name}: the hard threshold moves with the spikes, and with it the edge of the "
            "density; give the cell a slope_factor, where a threshold is a term and no edge, or measure only."
        )
    return cell


def cell_batch(points: list[OperatingPoint], offsets: Array, resolution: Resolution) -> CellBatch:
    """Lay cells of one population at several drives and threshold offsets (V) onto grids of potential."""
    cell = _point_cell(points)
    threshold = cell.threshold + offsets
    reset = cell.reset + offsets
    top = (
        threshold
        if cell.slope_factor == 0
        else np.minimum(threshold + _BLOW_UP * cell.slope_factor + _raised(cell), cell.spike_level + offsets)
    )
    noises = [fast_noise(point) for point in points]
    bottom = _bottom(points, cell, noises, noise_chain(resolution.states)[0][-1], reset)
    bottom = np.minimum(bottom, reset - _LEAST_DEPTH * (top - reset))
    faces = potential_faces(reset, top, bottom, above=resolution.above, below=resolution.below)
    centres = (faces[:, 1:] + faces[:, :-1]) / 2
    upstroke = _exponential_current(cell, faces, threshold)
    velocity = _spike_free_current(points, faces) + upstroke
    kinds = [c for c in (cell.rectifier, cell.after_hyperpolarization) if c is not None]
    after_spike = tuple(SlowConductance(c.increment, c.decay, -(faces - c.reversal) / cell.capacitance) for c in kinds)
    moving = cell.moving_threshold
    if moving is not None:
        raised = SlowThreshold(moving.jump, moving.decay, upstroke / cell.capacitance, cell.slope_factor)
        after_spike = (*after_spike, raised)
    gate = None
    if cell.muscarinic is not None:
        m = cell.muscarinic
        pull = -m.conductance * (faces - m.reversal) / cell.capacitance
        gate = SlowGate(m.time_constant, pull, muscarinic_gate(m, centres), muscarinic_gate(m, reset))
    dead_time = cell.refractory_period + _upstroke(points, cell, top, threshold)
    return CellBatch(
        faces,
        resolution.below,
        velocity / cell.capacitance,
        _noise(points, noises, faces) / cell.capacitance,
        np.array([n.time_constant for n in noises]),
        dead_time,
        after_spike,
        gate,
    )


def _raised(cell: PointCell) -> float:
    """Return how far (V) spikes in quick succession raise the threshold."""
    return 0.0 if cell.moving_threshold is None else _RAISED * cell.moving_threshold.jump


def _spike_free_current(points: list[OperatingPoint], v: Array) -> Array:
    """Return the current (A) at potentials ``v`` (batch, n) without noise, spike, after-spike and M currents."""
    population = points[0].drive.population
    total = passive_current(population, v) + np.array([[p.drive.total_current] for p in points])
    for synapse in population.synapses:
        conductance = np.array([[p.drive.mean_conductance(synapse)] for p in points])
        total = total + conductance * driving(synapse, v, population.cell.leak_reversal)
    return total


def _exponential_current(cell: PointCell, v: Array, threshold: Array) -> Array:
    if cell.slope_factor == 0:
        return np.zeros_like(v)
    return cell.leak_conductance * cell.slope_factor * np.exp((v - threshold[:, None]) / cell.slope_factor)


def _upstroke(points: list[OperatingPoint], cell: PointCell, top: Array, threshold: Array) -> Array:
    """Return the time (s) from the top of the grid to the cutoff, along the noise-free path."""
    if cell.slope_factor == 0:
        return np.zeros_like(top)
    end = cell.spike_level - cell.threshold + threshold
    v = top[:, None] + (end - top)[:, None] * np.linspace(0.0, 1.0, 101)
    current = _spike_free_current(points, v) + _exponential_current(cell, v, threshold)
    return np.asarray(trapezoid(cell.capacitance / np.maximum(current, 1e-15), v, axis=1))


def _bottom(
    points: list[OperatingPoint], cell: PointCell, noises: list[FastNoise], strongest: float, reset: Array
) -> Array:
    """Return a potential (V) that hardly a cell falls below: rest under strong noise and two after-spike increments."""
    rest = np.array([point.v for point in points])
    current = np.array(
        [np.sqrt(noise_variance(p.drive, n.gate_sd, np.array(p.v))) for p, n in zip(points, noises, strict=True)]
    )
    conductance = np.array([point.slope_conductance for point in points])
    lowest = rest - strongest * current / conductance
    for after_spike in (cell.rectifier, cell.after_hyperpolarization):
        if after_spike is not None:
            pull = 2 * after_spike.increment
            lowest = np.minimum(lowest, (conductance * lowest + pull * after_spike.reversal) / (conductance + pull))
    return np.minimum(lowest, reset) - 0.001


def _noise(points: list[OperatingPoint], noises: list[FastNoise], v: Array) -> Array:
    """Return the standard deviation (A) of the fast noise currents at potentials ``v`` (batch, n)."""
    rows = [noise_variance(p.drive, n.gate_sd, row) for p, n, row in zip(points, noises, v, strict=True)]
    return np.sqrt(np.array(rows))
