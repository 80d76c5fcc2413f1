"""The cortical microcircuit of potjans2014: a tenth of it, and at full size where it is asked for by name (L18)."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ...spiking.circuits import Circuit, CircuitRecord
from ...spiking.circuits.library import microcircuit
from ...spiking.engine import EngineError, simulate_circuit
from .case import CaseRow, published
from .population_activity import Array, mean_with_error, raster, rounded

SCALE, SEEDS = 0.1, (1, 2, 3)
DURATION, FULL_DURATION, WARM_UP, STEP = 2.0, 0.7, 0.5, 1e-4  # s
BIN = 1e-3  # s
SYNCHRONY_BIN = 3  # bins; potjans2014 takes 3 ms
DRAWS = 16
MEMORY = 8.5e9  # bytes
SHOWN, SPAN = 0.2, (0.0, 0.5)  # share of the cells and seconds in the figure


def several_synapses(circuit: Circuit, draws: int = DRAWS) -> Circuit:
    """Return the circuit with every projection drawn in so many parts: two cells may have several synapses.

    The paper draws synapses with replacement, so that the in-degree scatters as that of independent synapses. One draw
    of at most one synapse a pair with probability p scatters less by 1 - p, several draws by 1 - p/draws.
    """
    parts = [
        replace(
            projection,
            name=f"{projection.name}, draw {number + 1}",
            probability=projection.probability / draws,
            synapses=tuple(replace(synapse, tonic=synapse.tonic / draws) for synapse in projection.synapses),
        )
        for projection in circuit.projections
        if projection.probability is not None
        for number in range(draws)
    ]
    return replace(circuit, projections=tuple(parts))


def population_synchrony(rate: Array, sizes: Sequence[int], width: float) -> Array:
    """Return variance over mean of the spike counts of whole populations in 3 ms, as potjans2014 does."""
    bins = rate.shape[-1] // SYNCHRONY_BIN
    counts = rate[:, : bins * SYNCHRONY_BIN].reshape(len(sizes), bins, SYNCHRONY_BIN).sum(axis=2)
    counts = counts * np.asarray(sizes)[:, None] * width
    return counts.var(axis=1) / counts.mean(axis=1)


def run(circuit: Circuit, duration: float, seed: int, *, spikes: bool = False) -> dict[str, Any]:
    """Return rates (Hz) with their errors over time, synchrony of every population, and a raster if asked for."""
    record = CircuitRecord(bin=BIN, potentials=False, spikes=spikes)
    found = simulate_circuit(circuit, duration=duration, warm_up=WARM_UP, dt=STEP, seed=seed, record=record)
    rate, sizes = found.rate.values, list(circuit.sizes.values())
    mean, error = mean_with_error(rate, 10)
    numbers: dict[str, Any] = {
        "rate": rounded(mean),
        "error": rounded(error),
        "synchrony": rounded(population_synchrony(rate, sizes, BIN), 4),
    }
    if spikes:
        population, cell, time = (found[f"spike_{key}"].values for key in ("population", "cell", "time"))
        numbers["raster"] = [
            raster(time[population == k], cell[population == k], round(size * SHOWN), SPAN)
            for k, size in enumerate(sizes)
        ]
    return numbers


def measure() -> dict[str, Any]:
    """Return the circuit of a tenth: with several synapses a pair for every seed, and with one at most."""
    circuit = microcircuit(SCALE)
    several = several_synapses(circuit)
    return {
        "populations": list(circuit.names),
        "several": [run(several, DURATION, seed, spikes=seed == SEEDS[0]) for seed in SEEDS],
        "one": [run(circuit, DURATION, seed) for seed in SEEDS],
    }


def measure_full() -> dict[str, Any]:
    """Return the circuit at full size.

    Raises
    ------
    EngineError
        If the machine has too little free memory.
    """
    free = free_memory()
    if free is not None and free < MEMORY:
        raise EngineError(
            f"L18-full needs {MEMORY / 1e9:.1f} GB of free memory and there are {free / 1e9:.1f} GB; take L18, a tenth "
            "of it, or a larger machine."
        )
    circuit = microcircuit(1)
    found = run(several_synapses(circuit), FULL_DURATION, SEEDS[0])
    return {"populations": list(circuit.names), **found}


def free_memory() -> int | None:
    """Return the memory (bytes) that programs can have, where the machine tells it."""
    facts = Path("/proc/meminfo")
    if not facts.exists():
        return None
    lines = dict(line.split(":") for line in facts.read_text(encoding="utf-8").splitlines())
    return int(lines["MemAvailable"].split()[0]) * 1024


def mean_over_seeds(runs: Sequence[dict[str, Any]], key: str) -> tuple[Array, Array]:
    """Return the mean of a list of numbers over runs, and its standard error."""
    values = np.array([found[key] for found in runs])
    return values.mean(axis=0), values.std(axis=0, ddof=1) / np.sqrt(len(values))


def rows(found: dict[str, Any]) -> tuple[CaseRow, ...]:
    """Return the share of each published rate that is left at a tenth of the size, beside NEST's."""
    case = published()["L18"]
    full, theirs = np.array(case["rate_hz"]), np.array(case["nest_scaled_hz"])
    ours, noise = mean_over_seeds(found["several"], "rate")
    nest, nest_noise = theirs.mean(axis=0), theirs.std(axis=0, ddof=1) / np.sqrt(len(theirs))
    # Three runs tell a standard deviation badly; that within a run is a second witness.
    within, _ = mean_over_seeds(found["several"], "error")
    noise = np.maximum(noise, within / np.sqrt(len(found["several"])))
    return tuple(
        CaseRow(
            quantity=f"{name}, share of its rate left at a tenth",
            ours=float(ours[k] / full[k]),
            published=float(nest[k] / full[k]),
            tolerance=float(3 * np.hypot(noise[k], max(nest_noise[k], noise[k])) / full[k]),
            unit="1",
            standard_error=float(noise[k] / full[k]),
        )
        for k, name in enumerate(found["populations"])
    )


def full_rows(found: dict[str, Any]) -> tuple[CaseRow, ...]:
    """Return the rates at full size beside those of NEST's version, whose two published runs tell the scatter."""
    case = published()["L18-full"]
    known, other = np.array(case["rate_hz"]), np.array(case["other_run_hz"])
    return tuple(
        CaseRow(
            quantity=f"rate of {name}",
            ours=found["rate"][k],
            published=float(known[k]),
            tolerance=float(abs(known[k] - other[k]) + 3 * found["error"][k]),
            unit="Hz",
            standard_error=found["error"][k],
        )
        for k, name in enumerate(found["populations"])
    )


def scaled_microcircuit() -> tuple[CaseRow, ...]:
    """Return what a tenth of the microcircuit keeps of its rates (L18)."""
    return rows(measure())


def full_microcircuit() -> tuple[CaseRow, ...]:
    """Return the rates of the microcircuit at full size (L18-full)."""
    return full_rows(measure_full())
