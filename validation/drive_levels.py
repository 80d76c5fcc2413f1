"""Which drives bring the population to which mean free potentials: read off the description, nothing is simulated."""

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from ..bridge.prediction import has_linear_theory, operating_point
from ..spiking import Population
from ..spiking.engine import resting_potential
from .study import StudyError

Array = NDArray[np.floating]

_POINTS = 9
_WIDEST = 40  # doublings of the drive before a potential counts as out of reach


def _free_potential(population: Population, channel: str, drive: float) -> float:
    """Return the mean free potential (V); for cells without a linear theory that without fluctuations."""
    current, rates = (drive, {}) if channel == "current" else (0.0, {channel: drive})
    if has_linear_theory(population):
        return operating_point(population, current=current, rates=rates).v
    return resting_potential(population, current, rates)


def _reach(population: Population, channel: str, target: float, step: float) -> float:
    """Return a drive that brings the mean free potential to or past ``target`` (V), in the direction of ``step``."""
    drive = 0.0
    v = _free_potential(population, channel, drive)
    for _ in range(_WIDEST):
        if (v - target) * step >= 0:
            return drive
        drive, step = drive + step, 1.5 * step
        v = _free_potential(population, channel, drive)
    sentence = (
        f"sigmoid: no drive through {channel} brings the mean free potential of {population.name} to "
        f"{target * 1e3:g} mV (reached {v * 1e3:.1f} mV); choose v_max or v_min nearer to the threshold."
    )
    raise StudyError("study", [sentence])


def drives_for(population: Population, channel: str, potentials: Array) -> Array:
    """Return the drives (A or Hz) that bring the mean free potential to ``potentials`` (V).

    Raises
    ------
    StudyError
        If the channel cannot bring it there.
    """
    low, high = float(np.min(potentials)), float(np.max(potentials))
    if channel == "current":
        step = population.cell.resting_conductance * 0.005
        start, stop = _reach(population, channel, low, -step), _reach(population, channel, high, step)
    else:
        start, stop = 0.0, _reach(population, channel, high, max(100.0, population.afferent(channel).rate / 4))
    drives = np.linspace(start, stop, _POINTS)
    reached = np.array([_free_potential(population, channel, float(drive)) for drive in drives])
    return PchipInterpolator(reached, drives)(np.clip(potentials, reached[0], reached[-1]))
