"""The numbers of a population in a circuit: those of the population, of the gates around it, and of what it sends."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..burst_cells import TwoCompartmentCell
from ..population import Population
from ..synapses import MAGNESIUM_HALF, Synapse
from . import equilibrium
from .circuit_gates import Gate
from .circuit_plan import EXPERIMENT, CircuitPlan, Part
from .compartments import parts
from .layout import Layout, threshold_offsets
from .model_text import model_text
from .parameters import values_of
from .stepping import step_average

Values = dict[str, Any]


def circuit_values(plan: CircuitPlan, number: int, seed: int) -> dict[str, NDArray[Any]]:
    """Return the value of every variable of a population's text."""
    part, dt = plan.parts[number], plan.timing.dt
    first = sum(len(before.driven) for before in plan.parts[:number])
    more = _around(part, dt) | _sending(part, dt)
    more |= {name: plan.signals[0, first + k] for k, name in enumerate(part.signals)}
    text = model_text(part.structure)
    layout = _layout(part, number)
    return values_of(text, part.structure, part.population, EXPERIMENT, plan.timing, layout, seed, more)


def _layout(part: Part, number: int) -> Layout:
    """Return the cells of a population; its number keeps its random numbers apart from those of the others."""
    zero = np.zeros(part.size)
    return Layout(
        level=np.full(part.size, number, dtype=np.int32), cell=np.arange(part.size, dtype=np.int32),
        offset=threshold_offsets(part.size, part.population.cell.threshold_spread),
        current=zero, rate=zero, size=zero, ensemble=np.zeros(part.size, dtype=np.int32), share=zero,
    )  # fmt: skip


def _around(part: Part, dt: float) -> Values:
    """Return what a unit of input opens of each gate, and all numbers of the gates that only projections open."""
    values: Values = {f"held_{label}": 0.0 for label in part.gates.held}
    for gate in part.gates.gates:
        for name, time_constant in _time_constants(gate).items():
            values[f"opened_{name}"] = gate.synapse.peak_factor * step_average(dt, time_constant)
    for gate in part.gates.added:
        synapse, kind = gate.synapse, gate.label
        values |= {f"e_{kind}": synapse.reversal, f"tonic_{kind}": synapse.tonic}
        values[f"magnesium_{kind}"] = synapse.magnesium / MAGNESIUM_HALF
        values[f"force_{kind}"] = equilibrium.driving_force(synapse, _leak_reversal(part.population, synapse))
        for name, time_constant in _time_constants(gate).items():
            values[f"keep_{name}"] = math.exp(-dt / time_constant)
    return values | _resting(part)


def _sending(part: Part, dt: float) -> Values:
    """Return the numbers of the saturating gates that every cell keeps."""
    values: Values = {}
    for number, sender in enumerate(part.senders):
        values[f"sender_opening_{number}"] = sender.alpha * dt * step_average(dt, sender.rise)
        values[f"sender_closing_{number}"] = dt / sender.decay
        values[f"sender_keep_{number}"] = math.exp(-dt / sender.rise)
    return values


def _time_constants(gate: Gate) -> dict[str, float]:
    if gate.synapse.rise == 0:
        return {gate.label: gate.synapse.decay}
    return {f"{gate.label}_slow": gate.synapse.decay, f"{gate.label}_fast": gate.synapse.rise}


def _leak_reversal(population: Population, synapse: Synapse) -> float:
    cell = population.cell
    if synapse.site == "dendrite" and isinstance(cell, TwoCompartmentCell):
        return cell.dendrite.leak_reversal
    return cell.leak_reversal


def _resting(part: Part) -> Values:
    """Return the resting terms of the compartments on which added gates have a tonic conductance."""
    added = [gate.synapse for gate in part.gates.added if gate.synapse.tonic > 0]
    values: Values = {}
    for site, suffix in (("soma", ""), ("dendrite", "_dendrite")):
        here = [synapse for synapse in added if synapse.site == site]
        if not here:
            continue
        conductance, current = equilibrium.resting_terms(_compartment(part.population, site))
        for synapse in here:
            if synapse.current_based:
                current += synapse.tonic * equilibrium.driving_force(synapse, _leak_reversal(part.population, synapse))
            elif synapse.magnesium == 0:
                conductance += synapse.tonic
                current += synapse.tonic * synapse.reversal
        values |= {f"g_rest{suffix}": conductance, f"i_rest{suffix}": current}
    return values


def _compartment(population: Population, site: str) -> Population:
    if not isinstance(population.cell, TwoCompartmentCell):
        return population
    return parts(population, population.cell)[0 if site == "soma" else 1]
