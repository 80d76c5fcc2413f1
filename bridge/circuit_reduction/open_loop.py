"""Populations of a circuit measured one by one, with what they hear of each other replaced by Poisson spikes."""

from collections.abc import Mapping
from dataclasses import dataclass

from ...meanfield import Kernel, MixtureKernel, Sigmoid
from ...meanfield.models.population_network import PopulationNetwork
from ...meanfield.networks import (
    DelayDistribution,
    NetworkDrive,
    NetworkPopulation,
    NetworkProjection,
    RateModel,
)
from ...spiking import Population
from ...spiking.circuits import Circuit
from .cell_noise import cell_spectrum
from .measured_state import MeasuredState, PopulationState
from .network_of_states import drives_of, frozen_sigmoid, projection_of
from .operating_state import Sources, operating_state, spike_kernel


def open_loop_populations(
    circuit: Circuit, rates: Mapping[str, float], sources: Sources | None = None
) -> dict[str, Population]:
    """Return every population as it is measured before the network is run: alone, at these rates (Hz) of all others.

    Its afferents "heard 0", "heard 1", ... stand for background and projections together; the spread of the number of
    inputs over the cells is among the thresholds. Steady drives of such a population give the sigmoid, probes of its
    afferents the kernels.
    """
    return {name: operating_state(circuit, name, rates, sources).population for name in circuit.names}


@dataclass(frozen=True, kw_only=True)
class OpenLoopEstimate:
    """What was measured of one population alone.

    Parameters
    ----------
    rate : Sigmoid or RateModel
        Rate (Hz) of the mean free potential (V).
    kernels : mapping of str to Kernel
        Response (V) to one spike of each afferent that was probed ("heard 0", ...).
    operating_v : float
        Mean free potential at the rates of the open loop, V.
    operating_variance : float
        Variance of the free potential there, V^2; needed by rate models that use it.
    """

    rate: Sigmoid | RateModel
    kernels: Mapping[str, Kernel]
    operating_v: float
    operating_variance: float = 0.0


def network_of_estimates(
    circuit: Circuit,
    estimates: Mapping[str, OpenLoopEstimate],
    rates: Mapping[str, float],
    sources: Sources | None = None,
    *,
    states: Mapping[str, PopulationState] | None = None,
) -> PopulationNetwork:
    """Return the network made of open-loop estimates, all taken at the same ``rates`` (Hz).

    ``states`` are those of all populations there, where they are known already; a population without a theory needs
    its measured one.

    A projection's kernel is the measured one of the afferent that carries its receptors, times the ratio of their
    predicted areas at the operating point; where that afferent was not probed, or carries other receptors too, it is
    the predicted kernel.

    Raises
    ------
    ValueError
        If a population has no estimate.
    """
    missing = [name for name in circuit.names if name not in estimates]
    if missing:
        raise ValueError(f"reduce_circuit: no estimate of {', '.join(missing)}; give one for every population.")
    at: Mapping[str, PopulationState] = (
        {name: operating_state(circuit, name, rates, sources) for name in circuit.names} if states is None else states
    )
    populations = [
        NetworkPopulation(
            name=name,
            rate=estimates[name].rate,
            operating_v=estimates[name].operating_v,
            operating_variance=estimates[name].operating_variance,
            size=circuit.population(name).size,
            cell_spectrum=cell_spectrum(at[name]),
        )
        for name in circuit.names
    ]
    projections = [_projection(circuit, p.name, at[p.target], estimates[p.target]) for p in circuit.projections]
    drives = [d for name in circuit.names for d in _drives(circuit, name, at[name], estimates[name])]
    return PopulationNetwork(populations=populations, projections=projections, drives=drives)


def _projection(circuit: Circuit, name: str, state: PopulationState, estimate: OpenLoopEstimate) -> NetworkProjection:
    predicted = projection_of(circuit, name, state)
    labels = {synapse.label for synapse in circuit.projection(name).synapses}
    kernel = _measured(labels, predicted.kernel, state, estimate)
    return NetworkProjection(
        name=name, source=predicted.source, target=predicted.target, kernel=kernel, count=predicted.count,
        delay=DelayDistribution(predicted.delay.mean, predicted.delay.spread, predicted.delay.family),
        operating_input=predicted.operating_input, count_spread=predicted.count_spread,
    )  # fmt: skip


def _drives(circuit: Circuit, name: str, state: PopulationState, estimate: OpenLoopEstimate) -> list[NetworkDrive]:
    found = []
    for drive in drives_of(circuit, name, state):
        kernel = drive.kernel
        if drive.unit == "Hz":
            labels = {s.label for s in circuit.population(name).population.afferent(drive.name).synapses}
            kernel = _measured(labels, kernel, state, estimate)
        found.append(
            NetworkDrive(
                target=name,
                name=drive.name,
                kernel=kernel,
                level=drive.level,
                unit=drive.unit,
                operating_input=drive.operating_input,
            )
        )
    return found


def _measured(labels: set[str], predicted: Kernel, state: PopulationState, estimate: OpenLoopEstimate) -> Kernel:
    """Return the measured kernel of the afferent with just these receptors, brought to the predicted area, if any.

    Those of a measured state are measured already.
    """
    if isinstance(state, MeasuredState):
        return predicted
    for afferent in state.point.drive.population.afferents:
        if {s.label for s in afferent.synapses} == labels and afferent.name in estimate.kernels:
            whole = spike_kernel(state.point, afferent.synapses)
            return MixtureKernel((predicted.area / whole.area,), (estimate.kernels[afferent.name],))
    return predicted


def predicted_estimates(
    circuit: Circuit, rates: Mapping[str, float], sources: Sources | None = None
) -> dict[str, OpenLoopEstimate]:
    """Return what theory expects the open-loop measurements to give: a stand-in for them, and a check on them."""
    found = {}
    for name in circuit.names:
        state = operating_state(circuit, name, rates, sources)
        kernels = {a.name: spike_kernel(state.point, a.synapses) for a in state.point.drive.population.afferents}
        found[name] = OpenLoopEstimate(
            rate=frozen_sigmoid(state),
            kernels=kernels,
            operating_v=state.point.v,
            operating_variance=state.point.sigma_v**2,
        )
    return found
