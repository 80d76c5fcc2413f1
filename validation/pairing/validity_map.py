"""The validity map: over which rates, in-degrees and synaptic times theory and network agree to 5, 15 and 50 percent.

``python -m mesobridge.validation.pairing.validity_map`` runs the grid again and writes ``validity_map.toml`` beside
this file. Every point is a network of leaky cells, 4:1, whose mean field is theory alone: what is there before any run.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w
from matplotlib.figure import Figure

from ...bridge.circuit_reduction import CircuitState, self_consistent_states
from ...bridge.prediction import PredictionRefused
from ...spiking.circuits import Circuit, read_circuit
from ...spiking.engine import Machine
from ..progress import Lines, Progress
from ..simulations import Laboratory
from ..store import Store
from .recording import CircuitJob, mean_rates, record_circuits, synchrony
from .verdicts import margins

_FILE = Path(__file__).with_name("validity_map.toml")
BANDS = (0.05, 0.15, 0.50)
FACTORS = (0.95, 1.1, 1.5)  # of the background rate: from slow to fast networks
IN_DEGREES = (320, 80)  # excitatory synapses of a cell; inhibitory ones are a quarter
DECAYS = (2e-3, 8e-3)  # s, of excitation; inhibition takes three times as long
_CELLS = 2000
_CHARGE = 128.0  # in-degree x decay (ms) x weight (nS): the mean of the recurrent input is the same at every point
_DURATION = 2.0  # s
_BACKGROUND = 18000.0  # Hz


@dataclass(frozen=True, kw_only=True)
class MapPoint:
    """A point of the map: where it lies, and the largest relative error of a rate there; synchrony was measured."""

    rate: float
    in_degree: float
    decay: float
    synchrony: float
    error: float

    @property
    def band(self) -> float | None:
        """The smallest of 5, 15 and 50 percent that holds the error, None beyond."""
        return next((band for band in BANDS if self.error <= band), None)


@cache
def validity_map() -> tuple[MapPoint, ...]:
    """Return the points of the map, read from the file."""
    return tuple(MapPoint(**entry) for entry in tomllib.loads(_FILE.read_text(encoding="utf-8"))["points"])


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a circuit lies on the map: the nearest point, how far (decades), and a warning or nothing."""

    nearest: MapPoint
    distance: float
    warning: str


def placed(rate: float, in_degree: float, decay: float, points: Sequence[MapPoint] | None = None) -> Place:
    """Return where a population of this rate (Hz), in-degree and excitatory decay (s) lies on the map.

    Distances are those of the logarithms; outside the range of the grid by more than half a decade there is a warning.
    """
    known = validity_map() if points is None else tuple(points)
    own = np.log10([max(rate, 1e-2), max(in_degree, 1.0), max(decay, 1e-4)])
    grid = np.log10([[p.rate, p.in_degree, p.decay] for p in known])
    distance = np.sqrt(np.sum((grid - own) ** 2, axis=1))
    nearest = known[int(np.argmin(distance))]
    outside = np.maximum(grid.min(axis=0) - own, own - grid.max(axis=0))
    warning = ""
    if outside.max() > 0.5:
        axis = ("rate", "in-degree", "synaptic time constant")[int(np.argmax(outside))]
        warning = f"The {axis} lies outside the validity map by a factor of {10 ** outside.max():.1f}."
    elif nearest.band is None or nearest.band > 0.15:
        warning = (
            f"At the nearest point of the validity map ({nearest.rate:g} Hz, {nearest.in_degree:g} synapses, "
            f"{nearest.decay * 1e3:g} ms) theory misses a rate by {100 * nearest.error:.0f} %."
        )
    return Place(nearest=nearest, distance=float(distance.min()), warning=warning)


def grid_circuit(in_degree: int, decay: float, factor: float) -> Circuit:
    """Return the network of a point of the grid, its background at ``factor`` of the usual rate."""
    weight = _CHARGE / (in_degree * decay * 1e3)
    cell: Mapping[str, Any] = {
        "kind": "point", "capacitance": "250 pF", "leak_conductance": "16.7 nS", "leak_reversal": "-70 mV",
        "threshold": "-50 mV", "reset": "-60 mV", "refractory_period": "2 ms",
    }  # fmt: skip
    background = {"rate": f"{factor * _BACKGROUND:.6g} Hz", "weights": {"outside": "0.2 nS"}}
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
                name: {"size": size, "cell": "leaky", "background": {"external": background}}
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


def _theory(circuit: Circuit) -> CircuitState:
    found = self_consistent_states(circuit)
    return next((state for state in found if state.stable), found[0])


def run_grid(laboratory: Laboratory) -> Iterator[MapPoint]:
    """Yield the points of the grid, each simulated; those that theory cannot reach are said and left out."""
    for in_degree, decay, factor in product(IN_DEGREES, DECAYS, FACTORS):
        label = f"{in_degree} synapses, {decay * 1e3:g} ms, background x{factor:g}"
        circuit = grid_circuit(in_degree, decay, factor)
        try:
            state = laboratory.store.call(_theory, circuit, packages=("bridge", "meanfield", "spiking", "units"))
        except PredictionRefused as refused:
            laboratory.progress.note(f"{label}: {refused}")
            continue
        job = CircuitJob(circuit=circuit, duration=_DURATION, warm_up=0.5, dt=1e-4, bin=1e-3, seed=11)
        (recording,) = record_circuits(label, [job], ["theory alone"], laboratory)
        mean, _ = mean_rates(recording)
        error = float(np.max(np.abs(state.rates - mean) / np.maximum(mean, 1e-3)))
        yield MapPoint(
            rate=float(mean[0]), in_degree=float(in_degree), decay=decay, error=error,
            synchrony=float(np.max(synchrony(recording))),
        )  # fmt: skip


def write_map(points: Sequence[MapPoint]) -> None:
    """Write the points into the file of the map."""
    rows = [{name: float(f"{value:.4g}") for name, value in vars(point).items()} for point in points]
    _FILE.write_text(tomli_w.dumps({"points": rows}), encoding="utf-8")


def draw_map(points: Sequence[MapPoint]) -> Figure:
    """Draw the map: rate across, one row for each in-degree and synaptic time, colour and number the error."""
    rows = sorted({(p.in_degree, p.decay) for p in points})
    figure = Figure(figsize=(7.0, 1.1 + 0.55 * len(rows)), layout="constrained")
    axes = figure.subplots()
    colours = {0.05: "#00664b", 0.15: "#56b4e9", 0.50: "#e69f00", None: "#d55e00"}
    for point in points:
        row = rows.index((point.in_degree, point.decay))
        oscillates = point.synchrony > margins()["synchrony"]
        axes.plot(point.rate, row, "s" if oscillates else "o", color=colours[point.band], markersize=11)
        axes.annotate(f"{100 * point.error:.0f} %", (point.rate, row), (0, 9), textcoords="offset points", ha="center")
    axes.set_xscale("log")
    axes.set_xticks([2, 5, 10, 20, 50], ["2", "5", "10", "20", "50"])
    axes.set_xticks([], minor=True)
    axes.set_xlim(4, 60)
    axes.set_yticks(range(len(rows)), [f"{k:.0f} synapses, {1e3 * decay:g} ms" for k, decay in rows])
    axes.set_ylim(-0.5, len(rows) - 0.2)
    axes.set_xlabel("rate of the network (Hz)")
    axes.set_ylabel("inputs of a cell, decay of excitation")
    for band, word in ((0.05, "within 5 %"), (0.15, "within 15 %"), (0.50, "within 50 %"), (None, "beyond")):
        axes.plot([], [], "o", color=colours[band], label=word)
    axes.plot([], [], "s", color="#777777", label="oscillates")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    return figure


def main(progress: Progress) -> None:
    """Run the grid and write the map, point by point: what is finished stays if the run is stopped."""
    points: list[MapPoint] = []
    for point in run_grid(Laboratory(machine=Machine().resolved(), store=Store(), progress=progress)):
        points.append(point)
        write_map(points)


if __name__ == "__main__":
    import sys

    main(Lines(sys.stderr))
