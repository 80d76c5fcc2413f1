"""The numbers of bursting cells: T-type current, apical dendrite, pulses, and the window of a burst."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..burst_cells import ApicalDendrite, TTypeCurrent, TwoCompartmentCell
from ..burst_protocols import CurrentGrid, CurrentPulses
from ..cells import PointCell
from ..population import Population
from ..protocols import Experiment, ProbeSpikes, SteadyDrive, TimeVaryingInput
from ..synapses import MembraneNoise, peak_factor
from . import equilibrium
from .compartments import h_gate, parts, resting_dendrite, resting_soma
from .layout import Layout, spread_evenly
from .stepping import noise_step, step_average
from .structure import burst_window
from .timing import Timing

Floats = NDArray[np.float64]
Values = dict[str, Any]

LONG_AGO = 1e6  # steps since the last spike of a cell that has not spiked


def counting_values(experiment: Experiment, timing: Timing) -> Values:
    """Return the window of a burst in steps, and the state of cells that have not spiked."""
    window = burst_window(experiment)
    return {"window_steps": 0.0 if window is None else window / timing.dt, "since": LONG_AGO}


def t_type_values(t_type: TTypeCurrent, dt: float) -> Values:
    """Return the numbers of a T-type current."""
    return {
        "g_t": t_type.conductance,
        "e_t": t_type.reversal,
        "half_t": t_type.v_half,
        "inactivate_t": -math.expm1(-dt / t_type.inactivation),
        "recover_t": -math.expm1(-dt / t_type.recovery),
    }


def t_type_state(t_type: TTypeCurrent, potentials: dict[str, Floats]) -> Values:
    """Return the share of T-type channels that is available at rest: all of it below their threshold."""
    return {f"available_{name}": np.where(v < t_type.v_half, 1.0, 0.0) for name, v in potentials.items()}


def grid_noise(population: Population, experiment: Experiment, timing: Timing, cells: Layout) -> Values:
    """Return the kicks of the noise of both compartments, which may grow with the current of a grid or of a ramp."""
    noises: dict[str, tuple[MembraneNoise | None, int, float]] = {"kick_noise": (population.noise, 0, 0.0)}
    if isinstance(population.cell, TwoCompartmentCell):
        noises["kick_noise_dendrite"] = (population.cell.dendrite.noise, 1, 0.0)
    if isinstance(experiment, CurrentGrid):
        growth = (experiment.somatic_noise_per_current, experiment.dendritic_noise_per_current)
        noises = {name: (noise, which, growth[which]) for name, (noise, which, _) in noises.items()}
    values: Values = {}
    for name, (noise, which, growth_here) in noises.items():
        if noise is not None:
            amplitude: Any = noise.amplitude
            if isinstance(experiment, CurrentGrid):
                amplitude = amplitude + growth_here * np.abs(_grid_currents(experiment, cells)[which])
            keep, scale, renewed = noise_step(timing.dt, noise.time_constant)
            values |= {name.replace("kick", "keep"): keep, name: scale * renewed * amplitude}
            if isinstance(experiment, TimeVaryingInput):
                growths = experiment.somatic_noise_per_current, experiment.dendritic_noise_per_current
                values[name.replace("kick", "growth")] = scale * renewed * growths[which]
    return values


def _grid_currents(experiment: CurrentGrid, cells: Layout) -> tuple[Floats, Floats]:
    currents = np.asarray(experiment.levels, dtype=float)[cells.level]
    return currents[:, 0], currents[:, 1]


def dendritic_drive(experiment: Experiment, cells: Layout) -> Floats:
    """Return the steady current (A) that the experiment adds to each cell's dendrite."""
    if isinstance(experiment, CurrentGrid):
        return _grid_currents(experiment, cells)[1]
    if isinstance(experiment, SteadyDrive) and experiment.channel == "dendrite":
        return np.asarray(experiment.levels, dtype=float)[cells.level]
    return np.zeros(cells.count)


def two_compartment_values(
    population: Population, cell: TwoCompartmentCell, experiment: Experiment, timing: Timing, cells: Layout
) -> Values:
    """Return the numbers of both compartments and of what a spike leaves behind."""
    dt, dendrite = timing.dt, cell.dendrite
    soma_part, dendrite_part = parts(population, cell)
    conductance, current = equilibrium.resting_terms(soma_part)
    if isinstance(experiment, ProbeSpikes | TimeVaryingInput):
        current += experiment.current
    values: Values = {"capacitance": cell.capacitance, "g_rest": conductance, "i_rest": current}
    values |= _dendrite_values(dendrite, dt) | {"drive_dendrite": dendritic_drive(experiment, cells)}
    values["g_rest_dendrite"], values["i_rest_dendrite"] = equilibrium.resting_terms(dendrite_part)
    return values | {
        "apical_current": cell.apical_current,
        "spike_level": cell.threshold + cells.offset,
        "reset": cell.reset + cells.offset,
        "refractory_steps": cell.refractory_period / dt,
        "keep_slow": math.exp(-dt / cell.adaptation_decay),
        "jump_slow": cell.adaptation_jump * step_average(dt, cell.adaptation_decay),
        "keep_rise": math.exp(-dt / cell.threshold_decay),
        "jump_rise": cell.threshold_jump,
        "back_propagation": dendrite.back_propagation,
        "box_delay": dendrite.delay / dt,
        "box_length": dendrite.duration / dt,
    }


def _dendrite_values(dendrite: ApicalDendrite, dt: float) -> Values:
    values: Values = {
        "capacitance_dendrite": dendrite.capacitance,
        "calcium_current": (1 - dendrite.calcium_block) * dendrite.calcium_current,
        "calcium_half": dendrite.calcium_half,
        "calcium_slope": dendrite.calcium_slope,
        "g_adaptation": dendrite.adaptation_conductance,
        "e_adaptation": dendrite.adaptation_reversal,
        "approach_adaptation": -math.expm1(-dt / dendrite.adaptation_time_constant),
    }
    h = dendrite.h_current
    if h is not None:
        values |= {"g_h": h.conductance, "e_h": h.reversal, "half_h": h.v_half, "slope_h": h.slope}
        values["approach_h"] = -math.expm1(-dt / h.time_constant)
    return values


def two_compartment_state(
    population: Population,
    cell: TwoCompartmentCell,
    experiment: Experiment,
    cells: Layout,
    rates: tuple[Floats, ...],
) -> Values:
    """Start both compartments at the mean state without spikes; somata start between reset and there."""
    given = np.stack([cells.current, dendritic_drive(experiment, cells), *rates])
    drives, which = np.unique(given, axis=1, return_inverse=True)
    below = resting_dendrite(population, cell, drives[1], tuple(drives[2:]))
    above = resting_soma(population, cell, drives[0], tuple(drives[2:]), below)
    v_dendrite, v = below[which.ravel()], above[which.ravel()]
    values: Values = {}
    for name in ("v", "v_free", "v_probe"):
        values |= {name: v, f"{name}_dendrite": v_dendrite}
        slow = cell.dendrite.adaptation_conductance * (v_dendrite - cell.dendrite.adaptation_reversal)
        values |= {f"slow_{name}_dendrite": slow, f"h_{name}_dendrite": h_gate(cell.dendrite, v_dendrite)}
    if not isinstance(experiment, CurrentPulses):
        reset, threshold = cell.reset + cells.offset, cell.threshold + cells.offset
        values["v"] = reset + spread_evenly(cells.cell) * (np.minimum(v, threshold) - reset)
    return values


def pulse_values(experiment: CurrentPulses, timing: Timing, cells: Layout) -> Values:
    """Return the pulses of each cell in steps and A."""
    conditions = [experiment.conditions[level] for level in cells.level]

    def column(read: Any) -> Floats:
        return np.array([read(condition) for condition in conditions], dtype=float)

    dt = timing.dt
    return {
        "pulse_size": column(lambda c: c.amplitude),
        "pulse_onset": column(lambda c: c.onset / dt),
        "pulse_period": column(lambda c: 1 / (c.frequency * dt)),
        "pulse_last": column(lambda c: c.count - 1),
        "pulse_width": column(lambda c: c.width / dt),
        "epsc_size": column(lambda c: c.epsc * peak_factor(c.epsc_rise, c.epsc_decay)),
        "epsc_onset": column(lambda c: c.epsc_onset / dt),
        "epsc_rise": column(lambda c: c.epsc_rise / dt),
        "epsc_decay": column(lambda c: c.epsc_decay / dt),
    }


def burst_values(
    population: Population,
    experiment: Experiment,
    timing: Timing,
    cells: Layout,
    rates: tuple[Floats, ...],
    known: Values,
) -> Values:
    """Return what bursting cells and their experiments add to, or put in place of, the values ``known`` so far.

    ``rates`` (Hz) are those of the afferents for each cell.
    """
    values = counting_values(experiment, timing)
    cell = population.cell
    if isinstance(experiment, CurrentGrid) or isinstance(cell, TwoCompartmentCell):
        values |= grid_noise(population, experiment, timing, cells)
    if isinstance(experiment, CurrentPulses):
        values |= pulse_values(experiment, timing, cells) | {"v": known["v_free"], "first_spike": -1.0}
    if isinstance(cell, TwoCompartmentCell):
        values |= two_compartment_values(population, cell, experiment, timing, cells)
        values |= two_compartment_state(population, cell, experiment, cells, rates)
    if isinstance(cell, PointCell) and cell.t_type is not None:
        values |= t_type_values(cell.t_type, timing.dt)
        potentials = {name: (known | values)[name] for name in ("v", "v_free", "v_probe")}
        values |= t_type_state(cell.t_type, potentials)
    return values
