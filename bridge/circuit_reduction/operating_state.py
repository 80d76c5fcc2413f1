"""One population of a circuit at stated rates: its operating point, rate, kernels and the spread over its cells."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from ...meanfield import CascadeKernel, Kernel, MixtureKernel, StateSpaceKernel
from ...spiking import EscapeRateCell, Population, Synapse, settled
from ...spiking.circuits import Circuit, Projection
from ..prediction import OperatingPoint, operating_point
from ..prediction.fast_noise import fast_noise
from ..prediction.rate import escape_rate_sigmoid
from ..prediction.single_cell import single_cell_rates
from ..prediction.synaptic_drive import Array, driving, over_potentials
from .recurrent_input import HeardInput, count_spread, heard_inputs, saturated_slope, widened, with_inputs

_NARROW = 1e-7  # V, the spread that stands for none
_CELLS = 9
_PUSH = 2e-4  # V, by which a current moves the potential to find the slope of the rate


@dataclass(frozen=True)
class Sources:
    """What is known of the spikes that a population hears, beyond their rates.

    ``irregularity`` is by projection the variance that its spikes make over that of Poisson spikes; ``rate_cv`` by
    population the standard deviation of the rates of its cells over their mean. Both are Poisson and even without.
    """

    irregularity: Mapping[str, float] = field(default_factory=dict)
    rate_cv: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class OperatingState:
    """A population at stated rates of the circuit.

    ``population`` hears everything as afferents, with the spread of its mean input among its thresholds; ``rates`` (Hz)
    are those it was put at, ``heard`` its inputs then and ``sources`` what is known of them; ``spread`` (V) is that of
    the mean free potential over its cells; ``kernels`` (V per spike) by projection and by afferent of the background
    (prefixed with "background "); ``rate`` (Hz) is what it fires then, ``slope`` (Hz/V) that of the rate by the mean
    free potential, ``rate_cv`` the standard deviation of the rates of its cells over their mean.
    """

    population: Population
    rates: dict[str, float]
    heard: tuple[HeardInput, ...]
    sources: Sources
    point: OperatingPoint
    spread: float
    kernels: dict[str, Kernel]
    rate: float
    slope: float
    rate_cv: float

    @property
    def v(self) -> float:
        """Mean free potential, V."""
        return self.point.v

    @property
    def sigma_v(self) -> float:
        """Standard deviation in time of the free potential, V."""
        return self.point.sigma_v


def operating_state(
    circuit: Circuit, name: str, rates: Mapping[str, float], sources: Sources | None = None
) -> OperatingState:
    """Return a population of a circuit at these rates (Hz) of all populations.

    Raises
    ------
    PredictionRefused
        If there is no theory for its cells, or no unique operating point.
    """
    known = Sources() if sources is None else sources
    inputs = heard_inputs(circuit, name, rates, known.irregularity)
    alone = with_inputs(circuit, name, inputs)
    point = operating_point(alone)
    kernels = kernels_at(circuit, name, rates, point)
    spread = input_spread(circuit, name, rates, kernels, known)
    population = widened(alone, spread)
    rate, slope, rate_cv = _fired(population, point)
    return OperatingState(
        population, {key: float(value) for key, value in rates.items()}, inputs, known, point, spread, kernels,
        rate, slope, rate_cv,
    )  # fmt: skip


def _fired(population: Population, point: OperatingPoint) -> tuple[float, float, float]:
    """Return the rate (Hz), its slope by the potential (Hz/V), and the sd over the cells over the mean of the rates.

    A cell with a higher threshold, and its reset with it, is a cell with a lower potential.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(_CELLS)
    share = weights / weights.sum()
    if isinstance(population.cell, EscapeRateCell):
        whole = escape_rate_sigmoid(population, point.sigma_v)
        alone = escape_rate_sigmoid(population.with_cell(threshold_spread=_NARROW), point.sigma_v)
        rates = np.asarray(alone(point.v + population.cell.threshold_spread * nodes))
        return float(whole(point.v)), float(whole.gain(point.v)), _variation(rates, share)
    slow = fast_noise(point).slow_sd
    spread = float(np.hypot(population.cell.threshold_spread, slow))
    offsets = (spread * nodes + np.array([[0.0], [-_PUSH], [_PUSH]])).ravel()
    rates = single_cell_rates([point] * offsets.size, offsets).rate.reshape(3, -1)
    here, above, below = rates @ share
    # What is slow moves the rate of a cell in time; only the thresholds tell one cell from another.
    lasting = population.cell.threshold_spread / spread if spread > 0 else 0.0
    return float(here), float((above - below) / (2 * _PUSH)), lasting * _variation(rates[0], share)


def _variation(rates: Array, share: Array) -> float:
    mean = float(share @ rates)
    return float(np.sqrt(share @ (rates - mean) ** 2)) / mean if mean > 0 else 0.0


def spike_kernel(point: OperatingPoint, synapses: tuple[Synapse, ...]) -> Kernel:
    """Return the linear response of the free potential (V) at an operating point to one spike through ``synapses``.

    Source: richardson2004.
    """
    parts = [_synaptic_kernel(point, synapse) for synapse in synapses if synapse.weight > 0]
    if not parts:
        return CascadeKernel(0.0, (point.tau_eff,))
    return parts[0] if len(parts) == 1 else MixtureKernel((1.0,) * len(parts), tuple(parts))


def _synaptic_kernel(point: OperatingPoint, synapse: Synapse) -> Kernel:
    potentials, weights = over_potentials(point.v, point.sigma_v)
    cell = point.drive.population.cell
    force = float(driving(synapse, potentials, cell.leak_reversal) @ weights)
    charge = synapse.weight * synapse.gate_area * force
    stages = (synapse.decay,) if synapse.rise == 0 else (synapse.decay, synapse.rise)
    if "muscarinic" not in point.membrane.columns:
        return CascadeKernel(charge / point.slope_conductance, (*stages, point.tau_eff))
    return _gated_kernel(point, charge, stages)


def _gated_kernel(point: OperatingPoint, charge: float, stages: tuple[float, ...]) -> StateSpaceKernel:
    """Return the response of a membrane with an M current to a charge (C) through the stages of a synapse."""
    places = [0, point.membrane.columns["muscarinic"]]
    inner = point.membrane.dynamics[np.ix_(places, places)]
    size = len(stages)
    dynamics = np.zeros((size + 2, size + 2))
    dynamics[range(size), range(size)] = [-1 / tau for tau in stages]
    for k in range(1, size):
        dynamics[k, k - 1] = 1 / stages[k]
    dynamics[size:, size:] = inner
    dynamics[size, size - 1] = charge / point.drive.population.cell.capacitance
    entry, output = np.zeros(size + 2), np.zeros(size + 2)
    entry[0], output[size] = 1 / stages[0], 1.0
    return StateSpaceKernel(dynamics, entry, output)


def projection_kernel(point: OperatingPoint, projection: Projection, rate: float) -> Kernel:
    """Return the kernel (V per spike) of a projection where its source fires at ``rate`` (Hz).

    A gate that saturates counts with the slope of its mean.
    """
    return spike_kernel(point, added_by_a_spike(projection, rate))


def added_by_a_spike(projection: Projection, rate: float) -> tuple[Synapse, ...]:
    """Return the synapses of a projection with what one spike more opens where its source fires at ``rate`` (Hz)."""
    return tuple(replace(s, weight=s.weight * saturated_slope(projection, s, rate)) for s in projection.synapses)


def kernels_at(circuit: Circuit, name: str, rates: Mapping[str, float], point: OperatingPoint) -> dict[str, Kernel]:
    """Return the kernels (V per spike) of every projection and of the background at an operating point."""
    own = settled(circuit.population(name).population)
    found = {p.name: projection_kernel(point, p, float(rates[p.source])) for p in circuit.incoming(name)}
    return found | {f"background {a.name}": spike_kernel(point, a.synapses) for a in own.afferents}


def input_spread(
    circuit: Circuit, name: str, rates: Mapping[str, float], kernels: Mapping[str, Kernel], sources: Sources
) -> float:
    """Return the standard deviation (V) over the cells of what they hear on average."""
    parts = [
        count_spread(circuit, p, sources.rate_cv.get(p.source, 0.0))
        * circuit.in_degree(p) * float(rates[p.source]) * kernels[p.name].area
        for p in circuit.incoming(name)
    ]  # fmt: skip
    return float(np.sqrt(np.sum(np.square(parts)))) if parts else 0.0
