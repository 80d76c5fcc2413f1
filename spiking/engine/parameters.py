"""The numbers of a simulation: the value of every variable that the model text declares."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..burst_cells import TwoCompartmentCell
from ..cells import AfterSpikeConductance, EscapeRateCell, PointCell
from ..population import Population
from ..protocols import Experiment, ProbeSpikes, TimeVaryingInput
from ..quadratic_cell import QuadraticCell
from ..synapses import MAGNESIUM_HALF, MAGNESIUM_SLOPE, Synapse
from . import equilibrium, modulation
from .burst_parameters import burst_values
from .errors import EngineError
from .fragments import Fragment
from .layout import Layout, spread_evenly
from .quadratic import quadratic_values
from .stepping import noise_step, step_average
from .structure import Structure
from .timing import Timing

Values = dict[str, Any]

DOMAINS = {"steady": 0, "probe": 1, "clamped probe": 1, "time-varying": 2, "circuit": 3}


def values_of(
    text: Fragment,
    structure: Structure,
    population: Population,
    experiment: Experiment,
    timing: Timing,
    cells: Layout,
    seed: int,
    more: Values | None = None,
) -> dict[str, NDArray[Any]]:
    """Return an array for every variable that the text declares, and for nothing else.

    ``more`` are values that belong to the circuit around the population, in place of its own where both have one.

    Raises
    ------
    EngineError
        If a declared variable has no value, which is a fault of this package.
    """
    rates = _rates(structure, population, cells)
    known: Values = {}
    known |= _clock(structure, timing, seed) | _cells(cells) | _arrivals(structure, population, timing, rates)
    known |= _synapses(population, timing) | _noise(population, timing) | _membrane(population, experiment, timing)
    known |= _spikes(population, timing, cells) | {"drive": cells.current}
    known |= _initial(population, timing, cells, rates) | modulation.presynaptic_values(population, timing.dt, rates)
    known |= modulation.gq_values(population.cell, timing.dt) if structure.gq else {}
    known |= burst_values(population, experiment, timing, cells, rates, known)
    if isinstance(experiment, ProbeSpikes) and experiment.clamp is not None:
        known |= _clamped(population, experiment.clamp)
    known |= more or {}
    missing = [v.name for v in text.variables if v.name not in known and v.role != "state"]
    if missing:
        raise EngineError(
            f"engine: no value for {', '.join(missing)}; this is a fault of mesobridge, please report it."
        )
    return {v.name: _array(known.get(v.name, 0.0), v.role, structure.precision, cells.count) for v in text.variables}


def _array(value: Any, role: str, precision: str, cells: int) -> NDArray[Any]:
    kind = np.int32 if "integer" in role else np.dtype(precision)
    size = 1 if "shared" in role else cells
    return np.ascontiguousarray(np.broadcast_to(np.asarray(value).astype(kind), (size,)))


def _signed(word: int) -> np.int32:
    return np.uint32(word & 0xFFFFFFFF).astype(np.int32)


def _clock(structure: Structure, timing: Timing, seed: int) -> Values:
    return {
        "first_step": timing.warm_up_steps,
        "middle_step": timing.warm_up_steps + timing.steps // 2,
        "probe_step": timing.warm_up_steps,
        "domain": DOMAINS[structure.experiment],
        "seed_low": _signed(seed),
        "seed_high": _signed(seed >> 32),
        "step": timing.dt,
        "half_step": timing.dt / 2,
    }


def _cells(cells: Layout) -> Values:
    names = {"cell_number": "cell", "level_number": "level", "size": "size", "share": "share", "ensemble": "ensemble"}
    return {name: getattr(cells, column) for name, column in names.items()}


def _rates(structure: Structure, population: Population, cells: Layout) -> tuple[NDArray[np.float64], ...]:
    driven = structure.channel if structure.experiment == "steady" else None
    return tuple(
        cells.rate if number == driven else np.full(cells.count, afferent.rate)
        for number, afferent in enumerate(population.afferents)
    )


def _arrivals(
    structure: Structure, population: Population, timing: Timing, rates: tuple[NDArray[np.float64], ...]
) -> Values:
    values: Values = {}
    for number, (afferent, rate) in enumerate(zip(population.afferents, rates, strict=True)):
        driven = structure.experiment == "steady" and structure.channel == number
        mean = (rate if driven else afferent.rate) * timing.dt
        values |= {f"mean_{number}": mean, f"none_{number}": np.exp(-mean)}
    if structure.channel is not None:
        values["background"] = population.afferents[structure.channel].rate * timing.dt
    return values


def _synapses(population: Population, timing: Timing) -> Values:
    values: Values = {"block_slope": MAGNESIUM_SLOPE}
    for synapse in population.synapses:
        kind = synapse.label
        values |= {f"e_{kind}": synapse.reversal, f"tonic_{kind}": synapse.tonic}
        values[f"magnesium_{kind}"] = synapse.magnesium / MAGNESIUM_HALF
        values[f"force_{kind}"] = equilibrium.driving_force(synapse, _leak_reversal(population, synapse))
        if synapse.cascade is not None:
            values |= modulation.cascade_values(synapse, synapse.cascade, timing.dt)
            continue
        for part, time_constant in _parts(synapse).items():
            values[f"keep_{part}"] = math.exp(-timing.dt / time_constant)
            values[f"jump_{part}"] = synapse.weight * synapse.peak_factor * step_average(timing.dt, time_constant)
    return values


def _leak_reversal(population: Population, synapse: Synapse) -> float:
    """Return the leak reversal (V) of the compartment that carries a synapse."""
    cell = population.cell
    if synapse.site == "dendrite" and isinstance(cell, TwoCompartmentCell):
        return cell.dendrite.leak_reversal
    return cell.leak_reversal


def _parts(synapse: Synapse) -> dict[str, float]:
    if synapse.rise == 0:
        return {synapse.label: synapse.decay}
    return {f"{synapse.label}_slow": synapse.decay, f"{synapse.label}_fast": synapse.rise}


def _noise(population: Population, timing: Timing) -> Values:
    if population.noise is None:
        return {}
    keep, scale, renewed = noise_step(timing.dt, population.noise.time_constant)
    return {"keep_noise": keep, "kick_noise": population.noise.amplitude * scale * renewed}


def _membrane(population: Population, experiment: Experiment, timing: Timing) -> Values:
    conductance, current = equilibrium.resting_terms(population)
    if isinstance(experiment, ProbeSpikes | TimeVaryingInput):
        current += experiment.current
    values: Values = {"capacitance": population.cell.capacitance, "g_rest": conductance, "i_rest": current}
    if isinstance(experiment, TimeVaryingInput):
        values |= {"drive_unit": experiment.current_unit, "dendrite_unit": experiment.dendrite_unit}
    muscarinic = equilibrium.muscarinic_of(population.cell)
    if muscarinic is not None:
        values |= {"g_m": muscarinic.conductance, "e_m": muscarinic.reversal, "half_m": muscarinic.v_half}
        values |= {"slope_m": muscarinic.slope, "approach_m": -math.expm1(-timing.dt / muscarinic.time_constant)}
    return values


def _spikes(population: Population, timing: Timing, cells: Layout) -> Values:
    cell = population.cell
    if isinstance(cell, EscapeRateCell):
        return {"threshold": cell.threshold + cells.offset, "largest_mean": cell.q_max * timing.dt, "kappa": cell.kappa}
    if isinstance(cell, TwoCompartmentCell):
        return {}
    if isinstance(cell, QuadraticCell):
        return quadratic_values(cell, timing.dt, cells.cell)
    values: Values = {
        "threshold": cell.threshold + cells.offset,
        "spike_level": cell.spike_level + cells.offset,
        "reset": cell.reset + cells.offset,
        "refractory_steps": cell.refractory_period / timing.dt,
        **_upstroke(cell, timing),
    }
    values |= modulation.threshold_values(cell, timing.dt)
    values |= _after_spike("rectifier", cell.rectifier, timing)
    return values | _after_spike("after_hyperpolarization", cell.after_hyperpolarization, timing)


def _upstroke(cell: PointCell, timing: Timing) -> Values:
    if cell.slope_factor == 0:
        return {}
    return {
        "slope_factor": cell.slope_factor,
        "upstroke_step": cell.leak_conductance * timing.dt / cell.capacitance,
        "cutoff_left": math.exp(-(cell.spike_level - cell.threshold) / cell.slope_factor),
    }


def _after_spike(name: str, conductance: AfterSpikeConductance | None, timing: Timing) -> Values:
    if conductance is None:
        return {}
    jump = conductance.increment * step_average(timing.dt, conductance.decay)
    keep = math.exp(-timing.dt / conductance.decay)
    return {f"jump_{name}": jump, f"keep_{name}": keep, f"e_{name}": conductance.reversal}


def _clamped(population: Population, clamp: float) -> Values:
    values: Values = {"clamp": clamp}
    for synapse in population.synapses:
        if not synapse.current_based:
            values[f"force_{synapse.label}"] = synapse.block(clamp) * (synapse.reversal - clamp)
    return values


def _initial(population: Population, timing: Timing, cells: Layout, rates: tuple[NDArray[np.float64], ...]) -> Values:
    """Start at the mean state without spikes; spiking cells start between reset and there, spread evenly."""
    if isinstance(population.cell, QuadraticCell):
        return {}
    drives, which = np.unique(np.stack([cells.current, *rates]), axis=1, return_inverse=True)
    v = equilibrium.free_equilibrium(population, drives[0], tuple(drives[1:]))[which.ravel()]
    values: Values = {"v_free": v, "v_probe": v, "v": v}
    cell = population.cell
    if isinstance(cell, PointCell):
        reset, threshold = cell.reset + cells.offset, cell.threshold + cells.offset
        values["v"] = reset + spread_evenly(cells.cell) * (np.minimum(v, threshold) - reset)
    muscarinic = equilibrium.muscarinic_of(cell)
    if muscarinic is not None:
        values |= {f"m_{name}": equilibrium.open_gate(muscarinic, v) for name in ("v", "v_free", "v_probe")}
    releases = equilibrium.released_rates(population, rates)
    for afferent, rate in zip(population.afferents, releases, strict=True):
        for synapse in afferent.synapses:
            if synapse.calcium_block is not None:
                values |= modulation.calcium_block_values(synapse, synapse.calcium_block, timing.dt, rate)
            if synapse.cascade is not None:
                values |= modulation.cascade_state(synapse.label, synapse.cascade, rate)
                continue
            for part, tau in _parts(synapse).items():
                values[f"g_{part}"] = rate * synapse.weight * synapse.peak_factor * tau
    return values
