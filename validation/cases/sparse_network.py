"""The four states of the sparse network of brunel2000, and its self-consistent theory (L10)."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.optimize import root_scalar

from ...meanfield import lif_cv, lif_rate
from ...spiking import Afferent
from ...spiking.circuits import CircuitRecord
from ...spiking.circuits.library import brunel_network, brunel_points
from ...spiking.engine import simulate_circuit
from .case import CaseRow, published
from .population_activity import (
    interval_irregularity,
    mean_with_error,
    modulation,
    raster,
    rhythm,
    rounded,
    state_of,
)

BIN, STEP, FINE_STEP = 5e-4, 1e-4, 2.5e-5  # s
DURATION = {"SR": 1.0, "SI_fast": 2.0, "AI": 2.0, "SI_slow": 4.0}  # s
FINE_DURATION, LARGER_DURATION, ALONE_DURATION = 1.0, 0.6, 4.0  # s
CELLS, LARGER = 10000, 4  # excitatory cells, and how many times as many in the larger network
CELL = {"tau_m": 20e-3, "tau_ref": 2e-3, "v_threshold": 20e-3, "v_reset": 10e-3}
SHOWN, SPAN = 50, (0.3, 0.6)  # cells and seconds in the figure


def input_of(rate: float, g: float, external: float) -> tuple[float, float]:
    """Return mean and noise amplitude (V) of the input of a cell in the asynchronous state.

    Source: brunel2000, Eqs. 4 and 5.
    Assumptions: all cells fire at ``rate`` (Hz), independently; jumps are small.
    """
    threshold_rate = 10.0
    incoming = 1000 * (threshold_rate * external + rate)
    mean = CELL["tau_m"] * 1e-4 * (incoming - g * 250 * rate)
    return mean, math.sqrt(CELL["tau_m"] * 1e-8 * (incoming + g**2 * 250 * rate))


def self_consistent(g: float, external: float, dt: float | None = None) -> tuple[float, float]:
    """Return rate (Hz) and irregularity of the asynchronous state that maintains itself; ``dt`` shifts for the clock.

    Source: brunel2000, Eqs. 21 and 22, and appendix A.1.
    """

    def excess(rate: float) -> float:
        return float(lif_rate(*input_of(rate, g, external), **CELL, dt=dt)) - rate

    rate = float(root_scalar(excess, bracket=(0.01, 480)).root)
    return rate, float(lif_cv(*input_of(rate, g, external), **CELL, dt=dt))


def measure_point(g: float, external: float, duration: float, seed: int) -> dict[str, Any]:
    """Return rates, irregularity, modulation, rhythm, and a raster of one point."""
    record = CircuitRecord(bin=BIN, potentials=False, spikes=("E",))
    run = simulate_circuit(
        brunel_network(g, external), duration=duration, warm_up=0.3, dt=STEP, seed=seed, record=record
    )
    rate, times, cells = run.rate.values, run.spike_time.values, run.spike_cell.values
    mean, error = mean_with_error(rate, 10)
    irregularity, irregularity_error = interval_irregularity(times, cells)
    frequency, frequency_error = rhythm(rate[0], BIN)
    shown = slice(*(round(time / BIN) for time in SPAN))
    return {
        "rate": [float(value) for value in mean],
        "error": [float(value) for value in error],
        "irregularity": irregularity,
        "irregularity_error": irregularity_error,
        "modulation": list(modulation(rate[0], CELLS, BIN)),
        "frequency": frequency,
        "frequency_error": frequency_error,
        "raster": raster(times, cells, SHOWN, SPAN),
        "course": rounded(rate[0, shown], 4),
    }


def fine_rate(g: float, external: float, seed: int) -> list[float]:
    """Return the rate of excitatory cells (Hz) and its error with a quarter of the time step."""
    record = CircuitRecord(bin=BIN, potentials=False)
    run = simulate_circuit(
        brunel_network(g, external), duration=FINE_DURATION, warm_up=0.3, dt=FINE_STEP, seed=seed, record=record
    )
    mean, error = mean_with_error(run.rate.values[0], 10)
    return [float(mean), float(error)]


def larger_modulation(g: float, external: float, seed: int) -> list[float]:
    """Return the depth of modulation, and its error, with four times as many cells, each with as many connections."""
    circuit = brunel_network(g, external)
    for name, size in circuit.sizes.items():
        circuit = circuit.with_population(name, size=LARGER * size)
    record = CircuitRecord(bin=BIN, potentials=False)
    run = simulate_circuit(circuit, duration=LARGER_DURATION, warm_up=0.3, dt=STEP, seed=seed, record=record)
    return list(modulation(run.rate.values[0], LARGER * CELLS, BIN))


def irregularity_of_poisson_input(g: float, external: float, rate: float, seed: int) -> list[float]:
    """Return the irregularity, and its error, of cells that hear Poisson spikes in place of those of the network."""
    circuit = brunel_network(g, external)
    (inhibition,) = circuit.projection("I to E").synapses
    (background,) = circuit.population("E").population.afferents
    excited = replace(background, rate=background.rate + 1000 * rate)
    inhibited = Afferent(name="inhibition", rate=250 * rate, synapses=(inhibition,))
    circuit = circuit.with_population("E", afferents=(excited, inhibited)).uncoupled()
    record = CircuitRecord(bin=BIN, potentials=False, spikes=("E",))
    run = simulate_circuit(circuit, duration=ALONE_DURATION, warm_up=0.3, dt=STEP, seed=seed, record=record)
    return list(interval_irregularity(run.spike_time.values, run.spike_cell.values))


def measure(seed: int = 1) -> dict[str, Any]:
    """Return the four points; the irregular ones also with a finer clock and with four times as many cells."""
    found: dict[str, Any] = {}
    for name, point in brunel_points().items():
        g, external = point["g"], point["external"]
        found[name] = measure_point(g, external, DURATION[name], seed)
        if name != "SR":
            found[name]["fine"] = fine_rate(g, external, seed)
            found[name]["larger_modulation"] = larger_modulation(g, external, seed)
    point = brunel_points()["AI"]
    found["AI"]["poisson_irregularity"] = irregularity_of_poisson_input(
        point["g"], point["external"], found["AI"]["rate"][0], seed
    )
    return found


def rows(found: dict[str, Any]) -> tuple[CaseRow, ...]:
    """Return names of the states, rates, frequencies, and the theory of the asynchronous one, beside what is known."""
    case, points = published()["L10"], brunel_points()
    named = [state_of(p["irregularity"], p["modulation"][0], p["frequency"]) == name for name, p in found.items()]
    made = [
        CaseRow(
            quantity="points in the state that is named",
            ours=float(sum(named)),
            published=4.0,
            tolerance=0.0,
            unit="1",
        )
    ]
    for name, (known, digits) in case["rate_hz"].items():
        point = found[name]
        clock = abs(point["rate"][0] - point["fine"][0])
        made.append(_row(f"{name}, rate", point["rate"][0], known, digits + clock, point["error"][0]))
    for name, (known, digits) in case["frequency_hz"].items():
        point = found[name]
        made.append(_row(f"{name}, frequency", point["frequency"], known, digits, point["frequency_error"]))
    for name, known in case["theory_hz"].items():
        rate, _ = self_consistent(points[name]["g"], points[name]["external"])
        made.append(_row(f"{name}, rate by theory", rate, known, case["theory_digits_hz"], 0.0))
    return (*made, *_asynchronous_rows(found["AI"], points["AI"]))


def _asynchronous_rows(point: dict[str, Any], where: dict[str, Any]) -> list[CaseRow]:
    """Return the asynchronous point beside theory: its rate, its cells alone, and how it changes with size."""
    rate, variation = self_consistent(where["g"], where["external"], dt=STEP)
    _, unshifted = self_consistent(where["g"], where["external"])
    (depth, error), (larger, larger_error) = point["modulation"], point["larger_modulation"]
    ratio = larger / depth
    ratio_error = ratio * math.hypot(error / depth, larger_error / larger)
    alone, alone_error = point["poisson_irregularity"]
    clock = abs(variation - unshifted)
    return [
        _row("AI, against theory with the clock", point["rate"][0], rate, 0.0, point["error"][0]),
        _row("AI, irregularity with Poisson input", alone, variation, clock, alone_error, "1"),
        _row("AI, modulation left at 4 times the size", ratio, LARGER**-0.5, 0.0, ratio_error, "1"),
    ]


def _row(quantity: str, ours: float, known: float, allowed: float, error: float, unit: str = "Hz") -> CaseRow:
    return CaseRow(
        quantity=quantity,
        ours=float(ours),
        published=float(known),
        tolerance=float(allowed + 3 * np.sqrt(2) * error),
        unit=unit,
        standard_error=float(error) or None,
    )


def sparse_states() -> tuple[CaseRow, ...]:
    """Return the four states of the sparse network (L10)."""
    return rows(measure())
