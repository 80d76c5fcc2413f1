"""The population network of a circuit about one state: rate models and kernels of every population where it works."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, TypeVar

import numpy as np
from scipy.interpolate import CubicSpline

from ...meanfield import (
    ExGaussianSigmoid,
    ExponentialKernel,
    GaussianSigmoid,
    Kernel,
    MixtureKernel,
    Sigmoid,
    StateSpaceKernel,
)
from ...meanfield.models.population_network import PopulationNetwork
from ...meanfield.networks import (
    DelayDistribution,
    LeakyMotion,
    LeakyRate,
    MemorylessRate,
    NetworkDrive,
    NetworkPopulation,
    NetworkProjection,
    RateModel,
    TabulatedRate,
    rate_model,
    squared_kernel,
)
from ...spiking import EscapeRateCell, PointCell
from ...spiking.circuits import Circuit
from ..prediction import default_levels, operating_point, predict_rate, predict_sigmoid
from .cell_noise import cell_spectrum
from .measured_state import MeasuredState, PopulationState
from .operating_state import OperatingState
from .recurrent_input import count_spread, widened, with_inputs

Motion = Literal["still", "leaky"]

_VARIANCES = (0.25, 0.5, 1.0, 1.6, 2.4)
_MEANS = 81
_SHARE = 0.02  # of an input, by which it moves to find its slopes
_SILENT = 1e-10  # Hz
_NARROW = 1e-7  # V, the width that stands for none


def network_of_states(
    circuit: Circuit, states: Mapping[str, PopulationState], *, two_moments: bool = False, motion: Motion = "still"
) -> PopulationNetwork:
    """Return the network whose every rate model and kernel is that of its population's operating state.

    Parameters
    ----------
    circuit : Circuit
        The circuit.
    states : mapping of str to OperatingState or MeasuredState
        Of every population; a measured one brings its own curve, which depends on the mean alone and follows it at
        once.
    two_moments : bool
        Whether the width of the sigmoids follows the variance of the input; else it stays that of the state.
    motion : {"still", "leaky"}
        Whether a rate follows its potential at once, as in a mass model, or in the linear response as leaky cells in
        white noise do (cells with a hard threshold only; others follow at once).
    """
    populations = [_population(circuit, name, states[name], two_moments, motion) for name in circuit.names]
    projections = [projection_of(circuit, p.name, states[p.target]) for p in circuit.projections]
    drives = [drive for name in circuit.names for drive in drives_of(circuit, name, states[name])]
    if two_moments:
        predicted = {name: state for name, state in states.items() if isinstance(state, OperatingState)}
        slopes = {name: variance_slopes(circuit, name, state) for name, state in predicted.items()}
        projections = [_with_variance(p, slopes[p.target][p.name]) if p.target in slopes else p for p in projections]
        drives = [
            d if d.unit == "A" or d.target not in slopes else _with_variance(d, slopes[d.target][d.name])
            for d in drives
        ]
    return PopulationNetwork(populations=populations, projections=projections, drives=drives)


def variance_slopes(circuit: Circuit, name: str, state: OperatingState) -> dict[str, float]:
    """Return by how much the variance of the free potential (V^2) grows with each input of a population (Hz).

    Spikes bring noise and, through their conductance, shorten the memory of the membrane: the slope may be negative.
    """
    inputs = state.heard
    found = {}
    for k, item in enumerate(inputs):
        step = _SHARE * max(item.rate, 1.0)
        ends = []
        for rate in (item.rate + step, max(item.rate - step, 0.0)):
            moved = [*inputs[:k], replace(item, rate=rate), *inputs[k + 1 :]]
            ends.append((rate, operating_point(with_inputs(circuit, name, moved)).sigma_v ** 2))
        (above, high), (below, low) = ends
        found[item.name] = (high - low) / (above - below)
    return found


Part = TypeVar("Part", NetworkProjection, NetworkDrive)


def _with_variance(part: Part, slope: float) -> Part:
    """Return a projection or drive whose variance kernel is the squared one, brought to the area ``slope``."""
    square = squared_kernel(part.kernel)
    if square.area == 0:
        return part
    return replace(part, variance_kernel=MixtureKernel((slope / square.area,), (square,)))


def _moving(state: OperatingState, rate: Sigmoid | RateModel, motion: Motion) -> Sigmoid | RateModel:
    cell = state.population.cell
    if motion == "still" or not isinstance(cell, PointCell) or cell.slope_factor > 0:
        return rate
    leaky = LeakyRate(
        tau_m=state.point.tau_eff, tau_ref=cell.refractory_period, v_threshold=cell.threshold, v_reset=cell.reset
    )
    return LeakyMotion(rate_model(rate), leaky)


def _population(
    circuit: Circuit, name: str, state: PopulationState, two_moments: bool, motion: Motion
) -> NetworkPopulation:
    if isinstance(state, MeasuredState):
        return measured_population(circuit, name, state)
    spread = state.spread**2 if two_moments else 0.0
    rate = two_moment_rate(circuit, name, state) if two_moments else frozen_sigmoid(state)
    return NetworkPopulation(
        name=name,
        rate=_moving(state, rate, motion),
        operating_v=state.point.v,
        operating_variance=state.point.sigma_v**2 + spread,
        size=circuit.population(name).size,
        cell_spectrum=cell_spectrum(state),
    )


def measured_population(circuit: Circuit, name: str, state: MeasuredState) -> NetworkPopulation:
    """Return a population as it was measured: its curve and where it works."""
    return NetworkPopulation(
        name=name,
        rate=state.curve,
        operating_v=state.v,
        operating_variance=state.sigma_v**2,
        size=circuit.population(name).size,
        cell_spectrum=state.spectrum,
    )


def frozen_sigmoid(state: OperatingState) -> Sigmoid:
    """Return the predicted sigmoid of a population at its operating state, moved along the current."""
    return predict_sigmoid(state.population).sigmoid


def two_moment_rate(circuit: Circuit, name: str, state: OperatingState) -> RateModel:
    """Return the rate of a population by mean and variance of its free potential.

    Memoryless cells have theirs in closed form, the spread over the cells included. For others rates are predicted at
    five strengths of the synaptic noise about the state and joined; the spread over the cells, which their rate does
    not meet as a noise, stays that of the state.
    """
    cell = circuit.population(name).population.cell
    if isinstance(cell, EscapeRateCell):
        width = max(cell.threshold_spread, _NARROW)
        if cell.kappa == 0:
            return MemorylessRate(GaussianSigmoid(cell.q_max, cell.threshold, width))
        return MemorylessRate(ExGaussianSigmoid(cell.q_max, cell.threshold, width, cell.kappa))
    levels = default_levels(state.population)
    columns = []
    for factor in _VARIANCES:
        noisy = widened(with_inputs(circuit, name, state.heard, variance=factor), state.spread)
        columns.append(predict_rate(noisy, "current", levels))
    low = max(column.v_free[0] for column in columns)
    high = min(column.v_free[-1] for column in columns)
    means = np.linspace(low, high, _MEANS)
    rates = [np.exp(CubicSpline(c.v_free, np.log(np.maximum(c.rate, _SILENT)))(means)) for c in columns]
    at_state = [float(np.interp(state.point.v, c.v_free, c.sigma_v)) for c in columns]
    widths = np.sqrt(np.square(at_state) + state.spread**2)
    return TabulatedRate(means, widths, np.array(rates).T)


def projection_of(circuit: Circuit, name: str, state: PopulationState) -> NetworkProjection:
    """Return a projection with its kernel at the target's operating state."""
    projection = circuit.projection(name)
    count = circuit.in_degree(projection)
    delay = projection.delay
    return NetworkProjection(
        name=name,
        source=projection.source,
        target=projection.target,
        kernel=state.kernels[name],
        count=count,
        delay=DelayDistribution(delay.mean, delay.spread, delay.distribution),
        operating_input=count * state.rates[projection.source],
        count_spread=count_spread(circuit, projection, state.sources.rate_cv.get(projection.source, 0.0)),
    )


def drives_of(circuit: Circuit, name: str, state: PopulationState) -> list[NetworkDrive]:
    """Return the background of a population and a channel for current, with their kernels at the operating state."""
    found = [
        NetworkDrive(
            target=name,
            name=afferent.name,
            kernel=state.kernels[f"background {afferent.name}"],
            level=afferent.rate,
            operating_input=afferent.rate,
        )
        for afferent in circuit.population(name).population.afferents
    ]
    return [*found, NetworkDrive(target=name, name="current", kernel=current_kernel(state), level=0.0, unit="A")]


def current_kernel(state: PopulationState) -> Kernel:
    """Return the response of the free potential (V/(A s)) to a current at the operating state."""
    if isinstance(state, MeasuredState):
        return state.current
    point = state.point
    if "muscarinic" not in point.membrane.columns:
        return ExponentialKernel(1 / point.slope_conductance, point.tau_eff)
    places = [0, point.membrane.columns["muscarinic"]]
    inner = point.membrane.dynamics[np.ix_(places, places)]
    capacitance = point.drive.population.cell.capacitance
    return StateSpaceKernel(inner, np.array([1 / capacitance, 0.0]), np.array([1.0, 0.0]))
