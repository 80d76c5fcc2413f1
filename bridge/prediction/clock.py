"""How late a clock-driven simulation sees a spike: a delay that a prediction may add to be comparable with it."""

import numpy as np
from numpy.typing import NDArray

from ...spiking import PointCell
from .synaptic_drive import Array

_RUNAWAY = 0.5  # least share of the exponential current that is left over once the upstroke runs by itself
_PHASES = 8
_PATH = 600


def upstroke_levels(cell: PointCell, threshold: Array) -> Array:
    """Return potentials (batch, path) from the threshold up to the cutoff, V."""
    return threshold[:, None] + (cell.spike_level - cell.threshold) * np.linspace(0.0, 1.0, _PATH)


def clock_delay(levels: Array, currents: Array, upstroke: Array, capacitance: float, dt: float) -> Array:
    """Return the mean delay (batch,) of the spikes of exponential cells looked for at the end of every step, s.

    The upstroke is taken with its slope at the start of each step, hence lags behind the continuous one by some
    steps. The noise-free upstroke is stepped through, from evenly spread phases of the clock, from where it runs by
    itself.

    Parameters
    ----------
    levels : (batch, path) array
        Potentials of ``upstroke_levels``, V.
    currents, upstroke : (batch, path) arrays
        Membrane current there and its exponential part, A.
    capacitance : float
        Membrane capacitance, F.
    dt : float
        Step of the simulation, s.
    """
    return np.array(
        [_delay(v, i / capacitance, i >= _RUNAWAY * u, dt) for v, i, u in zip(levels, currents, upstroke, strict=True)]
    )


def _delay(levels: Array, speed: Array, running: NDArray[np.bool_], dt: float) -> float:
    first = int(np.flatnonzero(np.logical_not(running))[-1]) + 1 if not running.all() else 0
    if levels.size - first < 2:
        return dt / 2
    levels, speed = levels[first:], speed[first:]
    elapsed = np.concatenate([[0.0], np.cumsum(np.diff(levels) * (1 / speed[1:] + 1 / speed[:-1]) / 2)])
    seen = dt * (np.arange(_PHASES) + 0.5) / _PHASES
    v = np.interp(seen, elapsed, levels)
    while np.any(v < levels[-1]):
        rising = v < levels[-1]
        v = np.where(rising, v + dt * np.interp(v, levels, speed), v)
        seen = seen + dt * rising
    return float(seen.mean() - elapsed[-1])
