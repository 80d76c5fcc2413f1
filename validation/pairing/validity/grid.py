"""The grid of networks behind the validity map: each with its theory, its open loop, its frozen mean field and its run.

``python -m mesobridge.validation.pairing.validity.grid`` runs what is missing in ``validity_map.csv``; ``--again`` runs
all of it, ``--minutes 4`` stops after so long and keeps what is done.
"""

import math
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import click
import numpy as np
import xarray as xr
from joblib import Parallel, delayed, parallel_config
from numpy.typing import NDArray
from scipy.integrate import trapezoid
from scipy.optimize import brentq

from ....bridge.circuit_reduction import (
    CircuitState,
    network_of_estimates,
    network_of_states,
    network_record,
    self_consistent_states,
)
from ....bridge.circuit_reduction.operating_state import Sources, operating_state
from ....bridge.circuit_reduction.self_consistency import sources_of, states_at
from ....bridge.estimate import EstimateRefused
from ....bridge.prediction import PredictionRefused
from ....meanfield.models.population_network import PopulationNetwork
from ....spiking.circuits import Circuit, read_circuit
from ....spiking.engine import Machine
from ...progress import Lines, Progress, Silence
from ...simulations import Laboratory
from ...store import Store
from ...study.circuit_study import OpenLoopSection
from ..condition import carried_error
from ..open_loop import measure_open_loop, plan_open_loop
from ..recording import CircuitJob, mean_rates, record_circuits, synchrony
from ..scores import predicted_spectra
from .map import MapPoint, read_points, write_points
from .places import predicted_synchrony

Array = NDArray[np.float64]

RATES = (1.5, 5.0, 15.0, 50.0)  # Hz, of theory
IN_DEGREES = (40, 80, 160, 320, 640)  # excitatory synapses of a cell; inhibitory ones are a quarter
DECAYS = (1e-3, 2e-3, 5e-3, 10e-3, 20e-3)  # s, of excitation; inhibition takes three times as long
STRENGTHS = (0.5, 2.0)  # of the recurrent input, at some points: weak ones keep a network quiet
_CELLS = 2000
_CHARGE = 128.0  # in-degree x decay (ms) x weight (nS): the mean of the recurrent input at strength 1
_DURATION = 4.0  # s
_STEP = 1e-4  # s
_BIN = 1e-3  # s
_BACKGROUND = 18000.0  # Hz
_ROUNDS = 3
_LOWEST, _HIGHEST = 0.3, 30.0  # of the background
_BAND = (4.0, 100.0)  # Hz, of the power that is compared
_PIECES = 8
_OPEN_LOOP = OpenLoopSection(cells=150)
_PACKAGES = ("bridge", "meanfield", "spiking", "units", "validation/pairing/validity/grid.py")


@dataclass(frozen=True, kw_only=True)
class Regime:
    """What a network of the grid is asked for: rate (Hz), excitatory in-degree, decay (s) and strength."""

    rate: float
    in_degree: int
    decay: float
    strength: float

    def circuit(self, background: float) -> Circuit:
        """Return the network, with its background at ``background`` of the usual rate."""
        return grid_circuit(self.in_degree, self.decay, background, self.strength)


def grid() -> list[Regime]:
    """Return all regimes: the whole grid at strength 1, and some points at the others."""
    whole = product(RATES, IN_DEGREES, DECAYS, (1.0,))
    varied = product(RATES[1:3], (320,), DECAYS[1::2], STRENGTHS)
    return [Regime(rate=r, in_degree=k, decay=d, strength=s) for r, k, d, s in (*whole, *varied)]


def grid_circuit(in_degree: int, decay: float, background: float, strength: float = 1.0) -> Circuit:
    """Return a network of the grid: both populations are the same cells with the same inputs."""
    weight = strength * _CHARGE / (in_degree * decay * 1e3)
    cell: Mapping[str, Any] = {
        "kind": "point", "capacitance": "250 pF", "leak_conductance": "16.7 nS", "leak_reversal": "-70 mV",
        "threshold": "-50 mV", "reset": "-60 mV", "refractory_period": "2 ms",
    }  # fmt: skip
    outside = {"rate": f"{background * _BACKGROUND:.6g} Hz", "weights": {"outside": "0.2 nS"}}
    sizes = {"E": _CELLS * 4 // 5, "I": _CELLS // 5}
    weights = {"E": {"ampa": f"{weight:.6g} nS"}, "I": {"gaba_a": f"{5 * weight:.6g} nS"}}
    return read_circuit(
        {
            "name": "grid",
            "cells": {"leaky": cell},
            "synapses": {
                "outside": {"receptor": "ampa", "reversal": "0 mV", "decay": "2 ms"},
                "ampa": {"reversal": "0 mV", "decay": f"{decay * 1e3:g} ms"},
                "gaba_a": {"reversal": "-80 mV", "decay": f"{3 * decay * 1e3:g} ms"},
            },
            "populations": {
                name: {"size": size, "cell": "leaky", "background": {"external": outside}}
                for name, size in sizes.items()
            },
            "projections": [
                {
                    "source": name, "target": ["E", "I"], "in_degree": in_degree if name == "E" else in_degree // 4,
                    "delay": "1.5 ms", "weights": weights[name],
                }
                for name in sizes
            ],
        }
    )  # fmt: skip


def background_for(regime: Regime) -> float:
    """Return the background at which cells that hear this rate fire it, by theory with all its corrections.

    Raises
    ------
    PredictionRefused
        If no background between 0.3 and 30 of the usual one does.
    """
    background, sources = 1.0, Sources()
    for _ in range(_ROUNDS):  # what is known of the spikes comes from the round before
        background = _background(regime, sources)
        circuit = regime.circuit(background)
        sources = sources_of(circuit, states_at(circuit, np.full(2, regime.rate), sources))
    return background


def _background(regime: Regime, sources: Sources) -> float:
    def miss(logarithm: float) -> float:
        circuit = regime.circuit(math.exp(logarithm))
        fired = operating_state(circuit, "E", dict.fromkeys(circuit.names, regime.rate), sources).rate
        return math.log(max(fired, 1e-12) / regime.rate)

    low, high = math.log(_LOWEST), math.log(_HIGHEST)
    if miss(low) * miss(high) > 0:
        raise PredictionRefused(f"no background makes cells fire at {regime.rate:g} Hz when they hear as much.")
    return math.exp(float(brentq(miss, low, high, xtol=2e-3)))  # type: ignore[arg-type]  # a float without full_output


def measured(regime: Regime, machine: Machine, store: Store) -> MapPoint:
    """Return the point of a regime: mean fields first, then the network, then the difference."""
    laboratory = Laboratory(machine=machine, store=store, progress=Silence())
    asked = MapPoint(
        target_rate=regime.rate, in_degree=float(regime.in_degree), decay=regime.decay, strength=regime.strength
    )
    try:
        background = background_for(regime)
    except PredictionRefused as refused:
        return replace(asked, reason=str(refused))
    circuit = regime.circuit(background)
    asked = replace(asked, background=background)
    try:
        theory = _theory(circuit, regime.rate)
    except PredictionRefused as refused:
        return _network_alone(replace(asked, reason=str(refused)), circuit, laboratory)
    return _compared(asked, circuit, theory, laboratory)


def _theory(circuit: Circuit, rate: float) -> CircuitState:
    """Return the state nearest to the rate that was meant.

    Raises
    ------
    PredictionRefused
        If there is none within a factor of 2.
    """
    found = self_consistent_states(circuit, starts=[dict.fromkeys(circuit.names, rate)])
    away = [float(np.max(np.abs(np.log(np.maximum(state.rates, 1e-3) / rate)))) for state in found]
    if min(away) > math.log(2):
        at = ", ".join(f"{state.rates[0]:.2g}" for state in found)
        raise PredictionRefused(f"theory has no state next to {rate:g} Hz, only at {at} Hz.")
    return found[int(np.argmin(away))]


def _run(circuit: Circuit, frozen: "_Frozen | None", laboratory: Laboratory) -> xr.Dataset:
    """Run the network; what it is held against is part of what identifies the run."""
    digest = "no mean field" if frozen is None else str(network_record(frozen.network)["digest"])
    job = CircuitJob(circuit=circuit, duration=_DURATION, warm_up=0.5, dt=_STEP, bin=_BIN, seed=11)
    (recording,) = record_circuits("network", [job], [digest], laboratory)
    return recording


def _network_alone(point: MapPoint, circuit: Circuit, laboratory: Laboratory) -> MapPoint:
    recording = _run(circuit, None, laboratory)
    return replace(point, rate=float(mean_rates(recording)[0][0]), synchrony=float(np.max(synchrony(recording))))


@dataclass(frozen=True)
class _Frozen:
    """The mean field from estimates: its steady rates, and the standard errors that the open loop leaves in them."""

    network: PopulationNetwork
    rates: Array
    error: Array


def _compared(point: MapPoint, circuit: Circuit, theory: CircuitState, laboratory: Laboratory) -> MapPoint:
    reasons: list[str] = []
    frozen = _frozen(circuit, theory, laboratory, reasons)
    recording = _run(circuit, frozen, laboratory)
    mean, error = mean_rates(recording)
    point = replace(point, rate=float(mean[0]), synchrony=float(np.max(synchrony(recording))))
    if not mean.all():
        return replace(point, reason="the network stays silent, whatever state theory has at this rate.")
    power, noise = _power(recording["rate"].sel(population="E").values)
    point = replace(point, power_noise=noise, **_missed("theory", np.asarray(theory.rates), mean, error))
    try:
        point = replace(point, **_leaky(circuit, theory, power))
    except ValueError as refused:  # there is no leaky cell in white noise that does what these cells do
        reasons.append(str(refused))
    if frozen is not None:
        point = replace(point, **_missed("estimates", frozen.rates, mean, np.hypot(error, frozen.error)))
        point = replace(point, estimates_power=_predicted_power(frozen.network, frozen.rates) - power)
    return replace(point, reason=" ".join(reasons))


def _frozen(circuit: Circuit, theory: CircuitState, laboratory: Laboratory, reasons: list[str]) -> _Frozen | None:
    """Return the mean field from estimates; None after noting why there is none."""
    # Both populations are the same cells and hear the same: one of them is measured alone, for both.
    state = theory.predicted["E"]
    plan = plan_open_loop(state, _OPEN_LOOP, _STEP, 5)
    heard = dict(zip(circuit.names, theory.rates.tolist(), strict=True))
    try:
        loop = measure_open_loop({"E": plan}, laboratory, "alone")["E"]
        network = network_of_estimates(circuit, dict.fromkeys(circuit.names, loop.estimate), heard, state.sources)
        rates = network.steady(theory.rates)
    except (EstimateRefused, ValueError) as refused:
        reasons.append(str(refused))
        return None
    return _Frozen(network, rates, carried_error(network, rates, [loop.relative_error] * len(rates)))


def _missed(side: str, rates: Array, mean: Array, error: Array) -> dict[str, float]:
    """Return the relative error of the population that is missed by more, and its standard error."""
    heard = np.maximum(mean, 1e-3)
    relative = (rates - mean) / heard
    worst = int(np.argmax(np.abs(relative)))
    return {f"{side}_error": float(relative[worst]), f"{side}_noise": float((error / heard)[worst])}


def _leaky(circuit: Circuit, theory: CircuitState, power: float) -> dict[str, float]:
    """Return what theory with leaky rates says of the motion of the network."""
    leaky = network_of_states(circuit, theory.states, motion="leaky")
    found = leaky.eigenvalues(theory.rates, 6)
    own = {
        "predicted_synchrony": float(np.max(predicted_synchrony(leaky, theory.rates))),
        "theory_power": _predicted_power(leaky, theory.rates) - power,
    }
    if not len(found):
        return own
    first = complex(max(found, key=lambda e: e.real))
    return own | {"mode_decay": -first.real, "mode_frequency": abs(first.imag) / (2 * math.pi)}


def _power(rate: Array) -> tuple[float, float]:
    """Return log10 of the power (Hz^2) of a rate in the band, and its standard error from pieces of the recording."""
    pieces = rate[: rate.size // _PIECES * _PIECES].reshape(_PIECES, -1)
    window = np.hanning(pieces.shape[1])
    waves = np.fft.rfft((pieces - rate.mean()) * window, axis=1)
    frequency = np.fft.rfftfreq(pieces.shape[1], _BIN)
    inside = (frequency >= _BAND[0]) & (frequency <= _BAND[1])
    density = 2 * _BIN * np.abs(waves[:, inside]) ** 2 / np.sum(window**2)
    power = density.mean(axis=1) * (_BAND[1] - _BAND[0])
    error = power.std(ddof=1) / math.sqrt(_PIECES) / power.mean()
    return float(np.log10(power.mean())), float(error / math.log(10))


def _predicted_power(network: PopulationNetwork, rates: Array) -> float:
    """Return the same of a mean field, NaN where it is unstable."""
    frequency = np.linspace(*_BAND, 193)
    density = predicted_spectra(network, frequency, rates, _BIN)[0]
    return float(np.log10(trapezoid(density, frequency)))


def _kept(regime: Regime, machine: Machine, store: Store) -> MapPoint:
    return store.call(measured, regime, packages=_PACKAGES, ignored={"machine": machine, "store": store})


def run_grid(
    regimes: Sequence[Regime], *, machine: Machine, store: Store, progress: Progress, seconds: float = math.inf
) -> Iterator[MapPoint]:
    """Yield the points of these regimes as they are done, side by side; after ``seconds`` no more are begun."""
    end, alone = time.monotonic() + seconds, replace(machine, workers=1)
    progress.stage("Networks of the validity map", len(regimes))
    asked = (delayed(_kept)(regime, alone, store) for regime in regimes if time.monotonic() < end)
    with parallel_config("loky", n_jobs=machine.workers, inner_max_num_threads=1):
        found: Any = Parallel(return_as="generator_unordered", pre_dispatch="n_jobs")(asked)
        for point in found:
            progress.advance()
            yield point


@click.command()
@click.option("--again", is_flag=True, help="Run all networks, also those that are in the file.")
@click.option("--minutes", type=float, default=math.inf, help="After how long no more networks are begun.")
def main(again: bool, minutes: float) -> None:
    """Run the networks of the map and write it, point by point: what is finished stays if the run is stopped."""
    found = {} if again else {point.regime: point for point in read_points()}
    missing = [r for r in grid() if (r.rate, float(r.in_degree), r.decay, r.strength) not in found]
    progress, machine = Lines(sys.stderr), Machine().resolved()
    for point in run_grid(missing, machine=machine, store=Store(), progress=progress, seconds=60 * minutes):
        found[point.regime] = point
        write_points(list(found.values()))


if __name__ == "__main__":
    # Points are kept, and sent to other processes, under the name of this module and not as those of a script.
    from mesobridge.validation.pairing.validity.grid import main as command

    command.main()
