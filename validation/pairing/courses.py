"""Transients: the mean course of every population under a stimulus, on both sides."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...meanfield.models.population_network import PopulationNetwork
from ...spiking.circuits import Circuit, Stimulus
from .recording import processor_seconds

Array = NDArray[np.float64]

_FINEST = 2e-4  # s


@dataclass(frozen=True, kw_only=True)
class Transient:
    """What a stimulus does: (population, time) arrays in Hz, ``time`` in s; ``predicted`` by name of the mean field.

    ``seconds`` is the processor time of the network's runs.
    """

    name: str
    time: Array
    trials: Array
    predicted: dict[str, Array]
    seconds: float = 0.0

    @property
    def mean(self) -> Array:
        """Mean course of the network."""
        return self.trials.mean(axis=0)

    @property
    def error(self) -> Array:
        """Its standard error."""
        return self.trials.std(axis=0, ddof=1) / np.sqrt(len(self.trials))


def transient(
    name: str,
    circuit: Circuit,
    stimulus: Stimulus,
    recordings: list[xr.Dataset],
    sides: dict[str, tuple[PopulationNetwork, Array]],
) -> Transient:
    """Return the transient of a stimulus; ``sides`` are mean fields by name with their steady rates."""
    trials = np.stack([r["rate"].transpose("population", "time").values for r in recordings])
    time = recordings[0]["time"].values
    width = float(recordings[0].attrs["bin"])
    predicted = {
        side: course(network, rates, levels_of(circuit, stimulus, network, time, width), width, time.size)
        for side, (network, rates) in sides.items()
    }
    return Transient(
        name=name, time=time, trials=trials, predicted=predicted, seconds=sum(map(processor_seconds, recordings))
    )


def levels_of(
    circuit: Circuit, stimulus: Stimulus, network: PopulationNetwork, time: Array, width: float
) -> dict[str, Array]:
    """Return the levels of the drive that a stimulus moves, by its label, at fine steps within the bins."""
    fine = _parts(width)
    moment = (time[:, None] + width * ((np.arange(fine) + 0.5) / fine - 0.5)[None, :]).ravel()
    wave = np.asarray(stimulus.waveform.waveform(moment), dtype=float)
    label = f"{stimulus.target}.{stimulus.channel}"
    if stimulus.channel == "current":
        return {label: wave * stimulus.current_unit}
    rate = circuit.population(stimulus.target).population.afferent(stimulus.channel).rate
    return {label: np.maximum(rate * (1 + wave), 0.0)}


def _parts(width: float) -> int:
    return max(1, round(width / _FINEST))


def course(network: PopulationNetwork, rates: Array, levels: dict[str, Array], width: float, bins: int) -> Array:
    """Return the mean rates (population, bin) of a mean field, Hz, that rested at ``rates`` before."""
    fine = _parts(width)
    run = network.simulate(width * bins, width / fine, inputs=levels, initial=rates)
    return run["rate"].values.reshape(len(network.names), bins, fine).mean(axis=-1)
