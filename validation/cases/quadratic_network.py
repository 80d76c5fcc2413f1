"""Both stable states of a network of quadratic cells, and how near it is to its exact mean field (L9)."""

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.optimize import root_scalar

from ...spiking.circuits import CIRCUITS, Circuit, CircuitRecord, Delay
from ...spiking.engine import simulate_circuit
from .case import CaseRow, published
from .population_activity import Array, mean_with_error, rounded

SIZES = (500, 2000, 8000)
STEP, BIN = 1e-5, 1e-3  # s
PULSE, DURATION, SETTLED = (0.3, 0.6), 1.2, (0.05, 0.85)  # s


def circuit_of(cells: int) -> Circuit:
    """Return the library's circuit with so many cells, its coupling shared by them."""
    circuit = CIRCUITS["montbrio_2015"]()
    projection = circuit.projections[0]
    weight = projection.synapses[0].weight * circuit.populations[0].size / cells
    synapses = (replace(projection.synapses[0], weight=weight),)
    return circuit.with_population("Q", size=cells).with_projection(
        projection.name, synapses=synapses, delay=Delay(mean=STEP)
    )


def states_of_quantiles(cells: int) -> tuple[float, float]:
    """Return the dimensionless rates of both stable states with so many quantiles in place of the Lorentzian.

    In the asynchronous state a cell with excitability eta fires at sqrt(eta + J r)/pi, and r is the mean over cells.
    Source: montbrio2015, the equations before the limit of infinitely many cells.
    Assumptions: every cell sees the mean rate only.
    """
    case = published()["L9"]
    number = np.arange(1, cells + 1)
    eta = case["eta"] + case["delta"] * np.tan(np.pi * (2 * number - cells - 1) / (2 * (cells + 1)))

    def excess(rate: float) -> float:
        return float(np.sqrt(np.maximum(eta + case["coupling"] * rate, 0)).mean() / np.pi - rate)

    low, saddle, high = case["rate"]
    brackets = ((low / 3, (low + saddle) / 2), ((saddle + high) / 2, 2 * high))
    first, second = (float(root_scalar(excess, bracket=bracket).root) for bracket in brackets)
    return first, second


def measure() -> dict[str, Any]:
    """Return the dimensionless rates before and after the pulse for every size, and their courses."""
    found: dict[str, Any] = {"cells": list(SIZES), "rate": [], "error": [], "course": []}
    time_constant = published()["L9"]["time_constant_s"]
    for cells in SIZES:
        record = CircuitRecord(bin=BIN, potentials=False)
        run = simulate_circuit(circuit_of(cells), duration=DURATION, warm_up=0.5, dt=STEP, seed=1, record=record)
        rate = run.rate.values[0] * time_constant
        first, second = (round(time / BIN) for time in SETTLED)
        pieces = [rate[first : round(PULSE[0] / BIN)], rate[second:]]
        both = [mean_with_error(piece, 10) for piece in pieces]
        found["rate"].append([float(mean) for mean, _ in both])
        found["error"].append([float(error) for _, error in both])
        found["course"].append(rounded(rate.reshape(-1, 5).mean(axis=1), 4))
    return found


def slope(cells: Array, deviation: Array, error: Array) -> tuple[float, float]:
    """Return the slope of log deviation against log size, and its error from those of the deviations."""
    x, weight = np.log(cells), (deviation / error) ** 2
    centred = x - (weight * x).sum() / weight.sum()
    spread = (weight * centred**2).sum()
    return float((weight * centred * np.log(deviation)).sum() / spread), float(1 / np.sqrt(spread))


def rows(found: dict[str, Any]) -> tuple[CaseRow, ...]:
    """Return rates of the largest network, deviations of every size and their slopes, beside what is known."""
    case = published()["L9"]
    cells, rate, error = (np.asarray(found[key], dtype=np.float64) for key in ("cells", "rate", "error"))
    exact = np.array([case["rate"][0], case["rate"][2]])
    expected = np.array([states_of_quantiles(int(number)) for number in cells])
    made = []
    for state, name in enumerate(("lower", "upper")):
        ours, noise, cut = rate[:, state], error[:, state], expected[:, state]
        known, sizes = exact[state], [int(number) for number in cells]
        made.append(_row(f"{name} state, {sizes[-1]} cells", ours[-1], known, abs(cut[-1] - known), noise[-1]))
        made += [
            _row(f"{name} state, {size} cells, by quantiles", one, theory, 0.0, sd)
            for size, one, theory, sd in zip(sizes, ours, cut, noise, strict=True)
        ]
        measured, sd = slope(cells, np.abs(ours - known), noise)
        predicted, _ = slope(cells, np.abs(cut - known), noise)
        made.append(_row(f"{name} state, slope of the deviation", measured, predicted, 0.0, sd))
    return tuple(made)


def _row(quantity: str, ours: float, known: float, bias: float, error: float) -> CaseRow:
    return CaseRow(
        quantity=quantity,
        ours=float(ours),
        published=float(known),
        tolerance=float(bias + 3 * error),
        unit="1",
        standard_error=float(error),
    )


def quadratic_states() -> tuple[CaseRow, ...]:
    """Return both states and their deviation from the exact mean field (L9)."""
    return rows(measure())
