"""Where the populations of a circuit lie on the validity map: by theory before its network runs, as measured after."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import trapezoid

from ....meanfield.models.population_network import PopulationNetwork
from ....spiking.circuits import Circuit
from ..condition import Condition
from ..recording import mean_rates, synchrony
from .map import Place, placed

Array = NDArray[np.float64]

_EXCITATORY = -0.03  # V; a synapse that reverses above it excites
_BIN = 5e-3  # s, in which synchrony is measured
_ALONE = "It hears no excitation from within the circuit; the validity map does not speak of it."
_UNSTABLE = "Theory with leaky rates is unstable here: the network is likely to oscillate, and not at these rates."


@dataclass(frozen=True, kw_only=True)
class PopulationPlace:
    """A population and its place; ``in_degree`` and ``decay`` (s) are those of its excitation from within the circuit.

    ``synchrony`` is infinite where theory is unstable, NaN where it is not known; a population without such excitation
    has no place.
    """

    population: str
    rate: float
    synchrony: float
    in_degree: float
    decay: float
    place: Place | None

    @property
    def warning(self) -> str:
        """What the user should know, as a sentence, or nothing."""
        if self.place is None:
            return _ALONE
        return _UNSTABLE if math.isinf(self.synchrony) else self.place.warning

    def facts(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        place = self.place
        return {
            "population": self.population, "rate": self.rate, "in_degree": self.in_degree, "decay": self.decay,
            "synchrony": self.synchrony if math.isfinite(self.synchrony) else None,
            "distance": place.distance if place else None, "expected_error": place.expected if place else None,
            "expected_error_theory": place.expected_theory if place else None, "warning": self.warning,
        }  # fmt: skip


def expected_places(condition: Condition) -> tuple[PopulationPlace, ...]:
    """Return the places of all populations by theory alone: what can be said before the network runs."""
    rates = np.asarray(condition.theory.rates, dtype=float)
    network = condition.theory.network if condition.leaky is None else condition.leaky
    try:
        swings = predicted_synchrony(network, rates)
    except ValueError:  # no leaky cell in white noise does what these cells do: the place goes without a synchrony
        swings = np.full(rates.size, math.nan)
    if condition.leaky is None:  # rates that follow at once are often unstable where the network is not
        swings = np.where(np.isinf(swings), math.nan, swings)
    return _places(condition.circuit, rates, swings)


def found_places(circuit: Circuit, recording: xr.Dataset) -> tuple[PopulationPlace, ...]:
    """Return the places of all populations by their measured rates and synchrony."""
    return _places(circuit, mean_rates(recording)[0], synchrony(recording))


def warnings_before(condition: Condition) -> Iterator[str]:
    """Yield what the validity map warns of before a network runs."""
    for each in expected_places(condition):
        if each.warning:
            yield f"{each.population}: {each.warning}"


def _places(circuit: Circuit, rates: Array, swings: Array) -> tuple[PopulationPlace, ...]:
    found = []
    for name, rate, swing in zip(circuit.names, rates.tolist(), swings.tolist(), strict=True):
        number, decay = _excitation(circuit, name)
        known = swing if math.isfinite(swing) else None
        place = placed(rate, number, decay, known) if number > 0 else None
        found.append(
            PopulationPlace(
                population=name, rate=rate, synchrony=swing, in_degree=number, decay=decay, place=place
            )
        )  # fmt: skip
    return tuple(found)


def _excitation(circuit: Circuit, name: str) -> tuple[float, float]:
    """Return the number of excitatory inputs of a cell from within the circuit, and their mean decay (s)."""
    heard = [
        (circuit.in_degree(projection), synapse.decay)
        for projection in circuit.incoming(name)
        for synapse in projection.synapses
        if synapse.reversal > _EXCITATORY and synapse.weight > 0
    ]
    number = sum(each for each, _ in heard)
    return number, sum(each * decay for each, decay in heard) / max(number, 1e-9)


def predicted_synchrony(network: PopulationNetwork, rates: ArrayLike) -> Array:
    """Return the sd of every rate in bins of 5 ms over its mean (P,), less chance, by linear response.

    Infinite where the network is unstable: what it swings by then is not a matter of linear response.
    """
    own = np.maximum(np.asarray(rates, dtype=float), 1e-9)
    if network.loop(own).unstable:
        return np.full(own.size, math.inf)
    frequency = np.concatenate([[0.0], np.geomspace(0.1, 2 / _BIN, 800)])
    density = np.real(np.diagonal(network.cross_spectra(frequency, own)["rate"].values, axis1=1, axis2=2))
    variance = trapezoid(density * np.sinc(frequency * _BIN)[:, None] ** 2, frequency, axis=0)
    sizes = np.array([population.size or math.inf for population in network.populations])
    return np.sqrt(np.maximum(variance - own / (sizes * _BIN), 0.0)) / own
