"""The protocols of the slice, on one noise-free cell: critical frequency, BAC firing, coincidence window, rebound.

All of them run in the engine, each condition on a cell of its own. A dendritic Ca2+ spike is told by its peak: the
dendrite must come to where the gate of its Ca2+ current is 98 % open (four slopes above half), which back-propagating
spikes below the critical frequency do not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..spiking import CurrentPulses, PointCell, Population, Pulses, TwoCompartmentCell
from ..spiking.engine import Machine, simulate
from ..spiking.library import in_silence
from ..units import takes

Array = NDArray[np.floating]

SPIKE_PULSE = ("6 nA", "2.5 ms")  # makes exactly one spike of the layer 5 cell from 30 to 160 Hz
SLOPES_ABOVE_HALF = 4.0


@dataclass(frozen=True)
class BacFiring:
    """Dendritic currents (A) at which a Ca2+ spike begins, alone and after one somatic spike, and the spikes made."""

    alone: float
    paired: float
    spikes_without_epsc: int
    spikes_paired: int

    @property
    def ratio(self) -> float:
        """Paired threshold relative to the one without a somatic spike."""
        return self.paired / self.alone


def _cell(population: Population) -> TwoCompartmentCell:
    if not isinstance(population.cell, TwoCompartmentCell):
        raise ValueError(f"{population.name}: its cells have no apical dendrite; take two-compartment cells.")
    return population.cell


def calcium_spike_level(population: Population) -> float:
    """Return the dendritic potential (V) above which there is a Ca2+ spike."""
    dendrite = _cell(population).dendrite
    return dendrite.calcium_half + SLOPES_ABOVE_HALF * dendrite.calcium_slope


def run_pulses(
    population: Population, conditions: Sequence[Pulses], machine: Machine | None = None, **changes: float
) -> xr.Dataset:
    """Return what the pulses do to a noise-free cell without synapses, one condition on each cell."""
    experiment = replace(CurrentPulses(conditions=tuple(conditions)), **changes)
    return simulate(in_silence(population), experiment, seed=0, machine=machine)


def _lowest(tried: Array, found: NDArray[np.bool_], what: str) -> float:
    if not found.any():
        raise ValueError(f"{what}: none up to {tried[-1]:g}; try higher ones.")
    first = int(np.argmax(found))
    if first == 0:
        raise ValueError(f"{what}: already at the lowest one, {tried[0]:g}; try lower ones.")
    return float(tried[first])


@takes(frequencies="Hz")
def critical_frequency(
    population: Population,
    frequencies: Array | None = None,
    *,
    spikes: int = 4,
    machine: Machine | None = None,
) -> float:
    """Return the lowest frequency (Hz) at which a train of somatic spikes starts a dendritic Ca2+ spike.

    Source: larkum1999b for the protocol: 4 spikes, each made by a pulse of its own.

    Parameters
    ----------
    population : Population
        Two-compartment cells; synapses and noise are left out.
    frequencies : (n,) array, optional
        Hz, in rising order; 40 to 160 Hz in steps of 1 Hz if left out.
    spikes : int
        Spikes of a train.
    machine : Machine, optional

    Raises
    ------
    ValueError
        If no frequency does, or the lowest one does already.
    """
    tried = np.arange(40.0, 161.0) if frequencies is None else np.asarray(frequencies, dtype=float)
    level, (amplitude, width) = calcium_spike_level(population), SPIKE_PULSE
    trains = [Pulses(amplitude=amplitude, width=width, count=spikes, frequency=f) for f in tried]
    peaks = run_pulses(population, trains, machine)["v_dendrite_peak"].values
    return _lowest(tried, peaks > level, "critical frequency, Hz")


@takes(currents="A", delay="s")
def calcium_threshold(
    population: Population,
    currents: Array,
    *,
    paired: bool,
    delay: float = 5e-3,
    machine: Machine | None = None,
) -> tuple[float, int]:
    """Return the dendritic current (A) at which a Ca2+ spike begins, and the spikes that it makes with this current.

    Source: larkum1999 for the protocol: a current of 2 ms rise and 10 ms decay into the dendrite, ``delay`` after the
    onset of a somatic pulse (2.3 nA for 5 ms) that makes one spike by itself.

    Parameters
    ----------
    population : Population
    currents : (n,) array
        A, in rising order.
    paired : bool
        With the somatic pulse, or without it.
    delay : float
        Onset of the dendritic current after that of the pulse, s; may be negative.
    machine : Machine, optional
    """
    start = max(0.0, -delay)
    amplitude = 2.3e-9 if paired else 0.0
    tried = [Pulses(amplitude=amplitude, onset=start, epsc=size, epsc_onset=start + delay) for size in currents]
    recording = run_pulses(population, tried, machine)
    found = recording["v_dendrite_peak"].values > calcium_spike_level(population)
    threshold = _lowest(np.asarray(currents, dtype=float), found, "dendritic current, A")
    return threshold, int(recording["spike_count"].values[int(np.argmax(found))])


@takes(step="A")
def bac_firing(population: Population, *, step: float = 20e-12, machine: Machine | None = None) -> BacFiring:
    """Return Ca2+ spike thresholds with and without a back-propagating spike (BAC firing).

    Source: larkum1999.

    Parameters
    ----------
    population : Population
    step : float
        Resolution of the thresholds, A.
    machine : Machine, optional
    """
    currents = np.arange(0.0, 2e-9, step)
    alone, _ = calcium_threshold(population, currents, paired=False, machine=machine)
    paired, made = calcium_threshold(population, currents, paired=True, machine=machine)
    single = run_pulses(population, [Pulses(amplitude=2.3e-9)], machine)
    return BacFiring(alone, paired, int(single["spike_count"].values[0]), made)


@takes(delays="s", step="A")
def coincidence_window(
    population: Population, delays: Array, *, step: float = 20e-12, machine: Machine | None = None
) -> Array:
    """Return the dendritic current (A) that starts a Ca2+ spike for each delay (s) of its onset after the pulse's.

    Source: larkum1999 for the protocol.
    """
    currents = np.arange(0.0, 2e-9, step)
    return np.array(
        [calcium_threshold(population, currents, paired=True, delay=float(d), machine=machine)[0] for d in delays]
    )


@takes(hold="s", hyperpolarizing="A", bias="A")
def rebound(
    population: Population,
    hold: Array,
    *,
    hyperpolarizing: float = -35e-12,
    bias: float = 25e-12,
    machine: Machine | None = None,
) -> xr.Dataset:
    """Return spikes and latency after the release from hyperpolarisation, for each duration of it.

    Source: smith2000 for the protocol; currents for a cell of 1e-4 cm2.

    Parameters
    ----------
    population : Population
        Relay cells.
    hold : (n,) array
        Durations of the hyperpolarisation, s.
    hyperpolarizing, bias : float
        Currents (A) during and after it.
    machine : Machine, optional

    Returns
    -------
    Dataset with dimension ``hold``
        ``spikes`` (1) and ``latency`` (s after the release; infinite without a spike).
    """
    if not isinstance(population.cell, PointCell) or population.cell.t_type is None:
        raise ValueError(f"rebound: the cells of {population.name} have no T-type channels; take relay cells.")
    held = replace(in_silence(population), current=bias)
    pulses = [Pulses(amplitude=hyperpolarizing - bias, width=float(duration)) for duration in hold]
    recording = run_pulses(held, pulses, machine, duration=float(np.max(hold)) + 0.6, warm_up=1.0)
    latency = recording["first_spike"].values - np.asarray(hold, dtype=float)
    return xr.Dataset(
        {"spikes": ("hold", recording["spike_count"].values), "latency": ("hold", latency, {"units": "s"})},
        {"hold": ("hold", np.asarray(hold, dtype=float), {"units": "s"})},
    )


@takes(currents="A", bias="A", duration="s")
def step_response(
    population: Population,
    currents: Array,
    *,
    bias: float = 0.0,
    duration: float = 0.5,
    machine: Machine | None = None,
) -> xr.Dataset:
    """Return what steps of current do to a noise-free cell at rest: its transfer, in burst or in tonic mode.

    Parameters
    ----------
    population : Population
        Cells of any kind that are reset by their spikes.
    currents : (n,) array
        Heights of the steps, A.
    bias : float
        Current before, during and after the step, A.
    duration : float
        Duration of the step, s.
    machine : Machine, optional

    Returns
    -------
    Dataset with dimension ``current``
        ``spikes``, ``events``, ``bursts`` (1) and ``latency`` (s; infinite without a spike).
    """
    held = replace(in_silence(population), current=bias)
    steps = [Pulses(amplitude=float(size), width=duration) for size in currents]
    recording = run_pulses(held, steps, machine, duration=duration, warm_up=1.0)
    names = {"spikes": "spike_count", "events": "event_count", "bursts": "burst_count", "latency": "first_spike"}
    return xr.Dataset(
        {name: ("current", recording[found].values) for name, found in names.items()},
        {"current": ("current", np.asarray(currents, dtype=float), {"units": "A"})},
    )
