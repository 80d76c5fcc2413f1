"""A background rate taken up and down again in one run, on both sides: branches and hysteresis."""

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...meanfield.models.population_network import PopulationNetwork
from ...spiking.circuits import Stimulus
from ..study.circuit_study import SweepSection
from .branches import Jump, jumps
from .recording import CircuitJob

Array = NDArray[np.float64]

_PIECES = 5
_LEAST = 3.0  # Hz; smallest change that counts as a jump


@dataclass(frozen=True)
class Staircase:
    """Relative changes of an input, each held for ``hold`` (s)."""

    heights: tuple[float, ...]
    hold: float

    def waveform(self, time: Array) -> Array:
        """Return the height at each time (s), the last one after the end."""
        place = np.clip(np.floor(np.asarray(time) / self.hold + 1e-9).astype(int), 0, len(self.heights) - 1)
        return np.asarray(self.heights)[place]


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """Rates (direction, value, population) in Hz on the way up and down, each direction from low to high factors."""

    parameter: str
    factors: Array
    measured: Array
    measured_error: Array
    predicted: Array

    def jumps(self, population: int) -> dict[str, tuple[tuple[Jump, ...], tuple[Jump, ...]]]:
        """Return where a population jumps, on the way up and down: of the network and of the mean field."""
        sides = {"network": (self.measured, self.measured_error), "mean field": (self.predicted, 0 * self.predicted)}
        return {
            side: tuple(
                jumps(self.factors, rates[way, :, population], errors[way, :, population], least=_LEAST)
                for way in (0, 1)
            )
            for side, (rates, errors) in sides.items()
        }  # type: ignore[return-value]  # two directions


def sweep_job(asked: SweepSection, job: CircuitJob) -> CircuitJob:
    """Return the run in which a background climbs and descends a staircase."""
    heights = tuple(factor - 1.0 for factor in (*asked.factors, *asked.factors[::-1]))
    stimulus = Stimulus(target=asked.target, channel=asked.channel, waveform=Staircase(heights, asked.hold))
    return replace(job, circuit=job.circuit.with_stimuli(stimulus), duration=asked.hold * len(heights))


def swept_pair(
    asked: SweepSection, recording: xr.Dataset, network: PopulationNetwork, rates: Array, dt: float
) -> Sweep:
    """Return both sides of a sweep; means are over the second half of each step."""
    label = f"{asked.target}.{asked.channel}"
    level = next(drive.level for drive in network.drives if drive.label == label)
    factors = np.asarray(asked.factors)
    measured, error = _steps(recording, len(factors), asked.hold)
    run = network.sweep(label, (factors * level).tolist(), asked.hold, max(dt, 2e-4), initial=rates)
    predicted = run["rate"].transpose("direction", "value", "population").values
    return Sweep(parameter=label, factors=factors, measured=measured, measured_error=error, predicted=predicted)


def _steps(recording: xr.Dataset, number: int, hold: float) -> tuple[Array, Array]:
    """Return mean rates (direction, value, population) and their standard errors, from five pieces of each half."""
    rate = recording["rate"].transpose("population", "time").values
    bins = round(hold / float(recording.attrs["bin"]))
    steps = rate[:, : 2 * number * bins].reshape(len(rate), 2, number, bins)
    late = steps[..., bins // 2 :]
    pieces = late[..., : late.shape[-1] // _PIECES * _PIECES].reshape(*late.shape[:-1], _PIECES, -1).mean(axis=-1)
    mean, error = late.mean(axis=-1), pieces.std(axis=-1, ddof=1) / np.sqrt(_PIECES)
    ordered = [np.stack([part[:, 0], part[:, 1, ::-1]], axis=1) for part in (mean, error)]
    return np.moveaxis(ordered[0], 0, -1), np.moveaxis(ordered[1], 0, -1)
