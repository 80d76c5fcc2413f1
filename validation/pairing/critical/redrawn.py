"""The frozen mean field with its estimates drawn anew: what the errors of the open loop leave in what it predicts."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ....bridge.sigmoid_fit import SigmoidEstimate, fit_sigmoid
from ....meanfield import Kernel, MixtureKernel, Sigmoid
from ....meanfield.models.population_network import PopulationNetwork
from ....meanfield.sigmoids import TabulatedSigmoid
from ..condition import Condition
from ..open_loop import OpenLoop

Array = NDArray[np.float64]

_KNOTS = 400


def redrawn_networks(condition: Condition, number: int, seed: int) -> tuple[PopulationNetwork, ...]:
    """Return frozen mean fields whose sigmoids and kernels are drawn from the covariance of their estimates.

    Source: efron1993, ch. 6 (parametric bootstrap).
    Assumptions: estimates are normal about the truth, those of different recordings independent; of a kernel only the
    area matters for steady states. Conditions are measured with the same noise, so that their errors are alike: with
    the same seed their draws are too. A population without a theory, whose curve was measured in rounds, keeps it.

    Parameters
    ----------
    condition : Condition
        With its open loops and its frozen mean field.
    number : int
        Of networks.
    seed : int
        Of the draws.
    """
    rng = np.random.default_rng(seed)
    estimates = {name: condition.open_loops[name].sigmoid for name in condition.circuit.names}
    curves = {name: _resolved(one) for name, one in estimates.items() if isinstance(one, SigmoidEstimate)}
    heard = {name: _heard(condition, name) for name in condition.circuit.names}
    found = []
    for _ in range(number):
        network = condition.frozen.network
        for name, curve in curves.items():
            network = network.with_population(name, rate=drawn_sigmoid(curve, rng))
        found.append(_with_areas(condition, network, heard, rng))
    return tuple(found)


def _resolved(estimate: SigmoidEstimate) -> SigmoidEstimate:
    """Return the estimate with a covariance: that of a curve without a family is worked out only here."""
    if np.all(np.isfinite(estimate.covariance)):
        return estimate
    return fit_sigmoid(estimate.table.assign(), family="tabulated", v_cap=estimate.v_cap, intervals="wald")


def drawn_sigmoid(estimate: SigmoidEstimate, rng: np.random.Generator) -> Sigmoid:
    """Return a sigmoid drawn from an estimate's covariance, to first order in its parameters.

    Parameters of a family go along with each other: one by one they may be uncertain where the curve is not. The curve,
    not the parameters, is therefore moved along its gradients.
    """
    size, across = np.linalg.eigh(estimate.covariance)
    # The symmetric root: with the same normal numbers, draws of two conditions differ as little as their estimates do.
    root = across * np.sqrt(np.maximum(size, 0.0)) @ across.T
    moved = root @ rng.standard_normal(estimate.working_point.size)
    if estimate.definition is None:
        v, rate = estimate.table["v_free"].values, estimate.working_point + moved
    else:
        ends = estimate.table["v_free"].values
        v = np.linspace(ends.min(), ends.max() if estimate.v_cap is None else estimate.v_cap, _KNOTS)
        rate = estimate.sigmoid(v) + estimate.definition.evaluate(estimate.working_point, v)[2] @ moved
    return TabulatedSigmoid(v, np.maximum.accumulate(np.maximum(rate, 0.0)))


def _heard(condition: Condition, name: str) -> dict[frozenset[str], str]:
    """Return by its receptors the afferent that was probed."""
    loop = condition.open_loops[name]
    afferents = condition.theory.states[name].population.afferents
    return {frozenset(s.label for s in a.synapses): a.name for a in afferents if a.name in loop.kernels}


def _with_areas(
    condition: Condition,
    network: PopulationNetwork,
    heard: Mapping[str, Mapping[frozenset[str], str]],
    rng: np.random.Generator,
) -> PopulationNetwork:
    """Return the network with the areas of its measured kernels drawn, one factor for each afferent that was probed."""
    factors = {name: _factors(condition.open_loops[name], rng) for name in condition.circuit.names}

    def drawn(kernel: Kernel, target: str, receptors: frozenset[str]) -> Kernel:
        factor = factors[target].get(heard[target].get(receptors, ""))
        return kernel if factor is None else MixtureKernel((factor,), (kernel,))

    circuit = condition.circuit
    projections = []
    for p in network.projections:
        receptors = frozenset(s.label for s in circuit.projection(p.name).synapses)
        projections.append(replace(p, kernel=drawn(p.kernel, p.target, receptors)))
    drives = []
    for d in network.drives:
        if d.unit == "Hz":
            afferent = circuit.population(d.target).population.afferent(d.name)
            d = replace(d, kernel=drawn(d.kernel, d.target, frozenset(s.label for s in afferent.synapses)))
        drives.append(d)
    return replace(network, projections=projections, drives=drives)


def _factors(loop: OpenLoop, rng: np.random.Generator) -> dict[str, float]:
    found = {}
    for name, kernel in loop.kernels.items():
        area = kernel.features["area"]
        share = area.standard_error / abs(area.value) if area.value and np.isfinite(area.standard_error) else 0.0
        found[name] = 1.0 + share * float(rng.standard_normal())
    return found
