"""Nothing returns a number that is none without saying why: whatever is asked with nan or infinity refuses it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mesobridge.meanfield import (
    MODELS,
    AlphaKernel,
    EmpiricalMass,
    EscapeRatePopulation,
    ExponentialCell,
    FokkerPlanck,
    LinearNonlinearCascade,
    LogisticSigmoid,
    MassModel,
    MassNetwork,
    MasterEquation,
    MesoscopicNetwork,
    TransferTemplate,
    WilsonCowan,
    density_response,
    eif_response_times,
    gain_pivot,
    lif_response,
    mean_potential,
    rate_response_table,
    renewal_statistics,
    stationary_states,
    uncoupled_rate,
)
from mesobridge.meanfield.dynamics.linearisation import linearise
from mesobridge.meanfield.dynamics.spectrum import power_spectrum, transfer
from mesobridge.meanfield.rate_derivatives import rate_derivatives as derivatives

CELL: dict[str, Any] = {"tau_m": 20e-3, "tau_ref": 2e-3, "v_threshold": -50e-3, "v_reset": -60e-3}
PUBLISHED = {name: model.published() for name, model in MODELS.items() if issubclass(model, MassModel)}
bad = pytest.mark.parametrize("value", [np.nan, np.inf])


def refused(call: Callable[[], Any]) -> str:
    """Return the sentence with which a call is refused, after checking that it is one."""
    with pytest.raises(ValueError, match=r"\.$") as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    assert any(word in message for word in ("finite", "nan", "inf", "above")), message
    return message


@bad
@pytest.mark.parametrize("name", PUBLISHED)
def test_mass_models(name: str, value: float) -> None:
    model = PUBLISHED[name]
    size, first, last = len(model.VARIABLES), model.INPUTS[0].name, model.INPUTS[-1].name
    assert refused(lambda: model.transfer([1.0, value])).startswith(f"transfer: frequency[1] = {value} is not finite")
    assert refused(lambda: model.power_spectrum([1.0, value])).startswith("power_spectrum: frequency[1]")
    assert refused(lambda: model.power_spectrum(1.0, noise=value)).startswith("power_spectrum: noise")
    for question in (model.eigenvalues, model.jacobian, model.jacobians, model.linearise):
        refused(lambda question=question: question([value] * size))
    refused(lambda: model.simulate(value))
    refused(lambda: model.simulate(0.01, value))
    refused(lambda: model.simulate(0.01, inputs={first: value}))
    refused(lambda: model.simulate(0.01, noise={last: value}))
    refused(lambda: model.simulate(0.01, initial=[value] * size))
    refused(lambda: model.simulate(0.01, history=lambda t: np.full((len(t), size), value)))


@bad
def test_linear_systems(value: float) -> None:
    model = WilsonCowan.published()
    linear = linearise(model.system(), model.start())
    refused(lambda: transfer(linear, value))
    refused(lambda: power_spectrum(linear, value))
    refused(lambda: linear.transfer(value))


@bad
def test_networks(value: float) -> None:
    model, weights = WilsonCowan.published(), np.array([[0.0, 1.0], [1.0, 0.0]])
    refused(lambda: MassNetwork(model, np.array([[0.0, value], [1.0, 0.0]]), 1e-3).simulate(0.01))
    refused(lambda: MassNetwork(model, weights, value).simulate(0.01))
    refused(lambda: MassNetwork(model, weights, 1e-3, per_node={"P": [1.0, value]}).simulate(0.01))
    network = MassNetwork(model, weights, 1e-3)
    refused(lambda: network.simulate(0.01, initial=[value, 0.0]))
    refused(lambda: network.simulate(0.01, inputs={"P": value}))
    refused(lambda: network.simulate(0.01, noise={"F": value}))


@bad
def test_the_empirical_mass(value: float) -> None:
    sigmoid, kernels = LogisticSigmoid(100.0, -50e-3, 3e-3), {"a": AlphaKernel(1e-5, 100.0)}
    mass = EmpiricalMass(sigmoid=sigmoid, kernels=kernels, operating_v=-55e-3, operating_inputs={"a": 100.0})
    refused(lambda: mass.transfer([1.0, value]))
    refused(lambda: mass.power_spectrum([1.0, value]))
    refused(lambda: mass.power_spectrum(1.0, noise=value))
    refused(lambda: mass.eigenvalues([value]))
    refused(lambda: mass.simulate({"a": [1.0, value]}, 1e-3))
    refused(lambda: mass.simulate({"a": [1.0, 1.0]}, value))
    refused(lambda: mass.steady_v({"a": value}))
    refused(lambda: mass.fixed_points({"a": value}))
    refused(lambda: mass.continuation("a", (1.0, value)))


@bad
def test_population_densities(value: float) -> None:
    population = FokkerPlanck(**CELL)
    refused(lambda: population.stationary(value, 5e-3))
    refused(lambda: population.stationary_rate(-50e-3, [5e-3, value]))
    refused(lambda: population.simulate([-50e-3, value], 5e-3, 1e-3))
    refused(lambda: population.simulate([-50e-3, -50e-3], 5e-3, value))
    refused(lambda: population.simulate(-50e-3, 5e-3, 1e-3, duration=value))
    refused(lambda: population.simulate(-50e-3, 5e-3, 1e-3, duration=0.01, snapshots=[value]))
    refused(lambda: density_response(population, value, -50e-3, 5e-3))
    refused(lambda: density_response(population, 1.0, value, 5e-3))


@bad
def test_single_cells(value: float) -> None:
    exponential: dict[str, Any] = {**CELL, "slope_factor": 1e-3, "v_cutoff": -40e-3}
    refused(lambda: mean_potential(value, 10.0, **CELL))
    refused(lambda: mean_potential(-50e-3, [10.0, value], **CELL))
    refused(lambda: lif_response(1.0, -50e-3, 5e-3, **CELL, tau_filter=value))
    refused(lambda: eif_response_times(-50e-3, 5e-3, **exponential, highest_frequency=value))
    cell = ExponentialCell(**exponential)
    table = rate_response_table(cell, [-60e-3, -50e-3], [2e-3, 4e-3], size=200)
    cascade = LinearNonlinearCascade(cell, table)
    refused(lambda: cascade.simulate([-55e-3, value], 3e-3, 1e-3))
    refused(lambda: cascade.simulate([-55e-3, -55e-3], 3e-3, 1e-3, adaptation_current=value))
    refused(lambda: uncoupled_rate(value, delta=1.0, tau=0.01))
    template = TransferTemplate.published("divolo2019-rs")
    refused(lambda: template([4.0, value]))
    refused(lambda: template([4.0, 8.0], current=value))
    logistic = {"q_max": 1.0, "theta": 0.0, "sigma": 1.0}
    refused(lambda: gain_pivot(LogisticSigmoid, "sigma", logistic, within=(0.0, value)))


@bad
def test_finite_populations(value: float) -> None:
    cells = EscapeRatePopulation(
        size=100, tau_m=0.01, tau_ref=2e-3, threshold=-50e-3, reset=-60e-3, softness=2e-3, threshold_rate=100,
        drive=-52e-3,
    )  # fmt: skip
    refused(lambda: renewal_statistics(cells, drive=value))
    refused(lambda: renewal_statistics(cells, frequency=[value]))
    refused(lambda: MesoscopicNetwork(populations=[cells], weights=[[value]]))
    refused(lambda: MesoscopicNetwork(populations=[cells], delay=value))
    network = MesoscopicNetwork(populations=[cells])
    refused(lambda: network.simulate(value))
    refused(lambda: network.simulate(0.1, dt=value))
    refused(lambda: network.simulate(0.1, drive=[value]))
    refused(lambda: network.simulate(0.1, initial_rate=value))


@bad
def test_master_equations(value: float) -> None:
    equation = MasterEquation(transfer_functions=[lambda r: 0.5 * r[..., 0] + r[..., 1]], sizes=[1000], time_step=5e-3)
    refused(lambda: equation.simulate(value, external=[1.0]))
    refused(lambda: equation.simulate(0.1, dt=value, external=[1.0]))
    refused(lambda: equation.simulate(0.1, external=[value]))
    refused(lambda: equation.simulate(0.1, external=[1.0], initial=[value]))
    refused(lambda: equation.simulate(0.1, external=[1.0], initial_covariance=[[value]]))
    refused(lambda: equation.transfer([value], [1.0]))
    refused(lambda: equation.innovation([value]))
    refused(lambda: stationary_states(equation, [value]))
    refused(lambda: stationary_states(equation, [1.0], highest=value))
    refused(lambda: derivatives([lambda r: r[..., 0]], [value]))
    refused(lambda: derivatives([lambda r: r[..., 0] * value], [1.0]))
