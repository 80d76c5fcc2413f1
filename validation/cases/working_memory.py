"""The working-memory network of brunel2001 at rest and with a memory, with and without dopamine (L11)."""

from dataclasses import replace
from typing import Any

import numpy as np

from ...spiking.circuits import CIRCUITS, Circuit, CircuitPopulation, CircuitRecord, Stimulus
from ...spiking.engine import simulate_circuit
from ...spiking.stimuli import Step
from .case import CaseRow, published
from .population_activity import mean_with_error, raster, rounded

REST, BIN, STEP = 20.0, 1e-3, 1e-4  # s
CUE, MEMORY, REMEMBERED = (1.0, 1.5), 5.5, 2.5  # s: cue, end of the run, from when on the memory is judged
SELECTIVE = 0.1  # share of the pyramids
POTENTIATED = 2.1  # weight between selective cells
CUE_STRENGTH = 0.25  # of the background rate
SHOWN = 15  # cells in the figure


def scaled(circuit: Circuit, nmda: float, gaba: float) -> Circuit:
    """Return the circuit with its recurrent NMDA and GABA_A conductances times these factors."""
    factors = {"nmda": nmda, "gaba_a": gaba}
    for projection in circuit.projections:
        synapses = tuple(replace(s, weight=s.weight * factors.get(s.receptor, 1.0)) for s in projection.synapses)
        circuit = circuit.with_projection(projection.name, synapses=synapses)
    return circuit


def with_selective_cells(circuit: Circuit) -> Circuit:
    """Return the circuit with a tenth of its pyramids as cells that share a memory, and a cue for them.

    Weights between them are 2.1 times as strong; those between them and the rest are weaker, so that the mean input at
    equal rates stays. Source: brunel2001.
    """
    weaker = 1 - SELECTIVE * (POTENTIATED - 1) / (1 - SELECTIVE)
    rest = (1 - SELECTIVE * weaker) / (1 - SELECTIVE)
    pyramids, inhibition = circuit.population("E"), circuit.population("I")
    number = round(SELECTIVE * pyramids.size)
    populations = (
        CircuitPopulation(population=replace(pyramids.population, name="S"), size=number),
        CircuitPopulation(population=replace(pyramids.population, name="E"), size=pyramids.size - number),
        inhibition,
    )
    groups, factors = {"E": ("S", "E"), "I": ("I",)}, {("S", "S"): POTENTIATED, ("E", "E"): rest}
    projections = []
    for old in circuit.projections:
        for source in groups[old.source]:
            for target in groups[old.target]:
                factor = factors.get((source, target), weaker) if old.source == old.target == "E" else 1.0
                synapses = tuple(replace(s, weight=s.weight * factor) for s in old.synapses)
                projections.append(replace(old, source=source, target=target, synapses=synapses, name=""))
    cue = Step(height=CUE_STRENGTH, onset=CUE[0], offset=CUE[1])
    stimuli = (Stimulus(target="S", waveform=cue, channel="external"),)
    return Circuit(name=circuit.name, populations=populations, projections=tuple(projections), stimuli=stimuli)


def at_rest(nmda: float, gaba: float, seed: int) -> dict[str, list[float]]:
    """Return the rates (Hz) of both populations at rest and their errors."""
    circuit = scaled(CIRCUITS["brunel_wang_2001"](), nmda, gaba)
    record = CircuitRecord(bin=BIN, potentials=False)
    run = simulate_circuit(circuit, duration=REST, warm_up=1.0, dt=STEP, seed=seed, record=record)
    mean, error = mean_with_error(run.rate.values)
    return {"rate": [float(value) for value in mean], "error": [float(value) for value in error]}


def with_memory(nmda: float, gaba: float, seed: int) -> dict[str, Any]:
    """Return the rate (Hz) of the cued cells after the cue, that of the others, and what a figure shows."""
    circuit = scaled(with_selective_cells(CIRCUITS["brunel_wang_2001"]()), nmda, gaba)
    record = CircuitRecord(bin=BIN, potentials=False, spikes=("S",))
    run = simulate_circuit(circuit, duration=MEMORY, warm_up=1.0, dt=STEP, seed=seed, record=record)
    rate = run.rate.values
    mean, error = mean_with_error(rate[:, round(REMEMBERED / BIN) :], 10)
    return {
        "rate": [float(value) for value in mean],
        "error": [float(value) for value in error],
        "course": [rounded(row.reshape(-1, 25).mean(axis=1), 4) for row in rate],
        "raster": raster(run.spike_time.values, run.spike_cell.values, SHOWN, (0.0, MEMORY)),
    }


def measure(seed: int = 1) -> dict[str, Any]:
    """Return the network at rest and with a memory under every pair of factors."""
    factor = published()["L11"]["factor"]
    pairs: dict[str, tuple[float, float]] = {
        "control": (1.0, 1.0),
        "both": (factor, factor),
        "nmda": (factor, 1.0),
        "gaba_a": (1.0, factor),
    }
    found: dict[str, Any] = {name: at_rest(pair[0], pair[1], seed) for name, pair in pairs.items()}
    found["memory"] = {name: with_memory(pairs[name][0], pairs[name][1], seed) for name in ("control", "both")}
    return found


def direction(after: dict[str, list[float]], before: dict[str, list[float]], population: int) -> float:
    """Return -1, 0 or 1: where a rate went, 0 if within three standard errors."""
    change = after["rate"][population] - before["rate"][population]
    error = np.hypot(after["error"][population], before["error"][population])
    return float(np.sign(change)) if abs(change) > 3 * error else 0.0


def rows(found: dict[str, Any]) -> tuple[CaseRow, ...]:
    """Return rates at rest, and the directions in which both conductances together move rest and memory."""
    case, control = published()["L11"], found["control"]
    made = [
        CaseRow(
            quantity=f"{name} at rest",
            ours=control["rate"][place],
            published=case[key],
            tolerance=case["tolerance_hz"] + 3 * control["error"][place],
            unit="Hz",
            standard_error=control["error"][place],
        )
        for place, (name, key) in enumerate((("pyramids", "rate_e_hz"), ("interneurons", "rate_i_hz")))
    ]
    memory = found["memory"]
    directions = (
        ("rest, NMDA and GABA_A up", direction(found["both"], control, 0), case["direction_rest"]),
        ("memory, NMDA and GABA_A up", direction(memory["both"], memory["control"], 0), case["direction_memory"]),
    )
    made += [
        CaseRow(quantity=f"{name}: direction", ours=ours, published=known, tolerance=0.0, unit="1")
        for name, ours, known in directions
    ]
    return tuple(made)


def memory_states() -> tuple[CaseRow, ...]:
    """Return the spontaneous state and how D1-like scaling moves it (L11)."""
    return rows(measure())
