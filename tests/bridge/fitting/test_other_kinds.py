"""Evoked responses, transfer curves, rate courses, networks: predictions against the models, planted parameters."""

from typing import Any

import numpy as np
import pytest

from mesobridge.bridge.fitting import (
    NetworkReading,
    connectivity_problem,
    evoked_problem,
    fit_problem,
    rate_problem,
    transfer_problem,
)
from mesobridge.bridge.fitting.problem import slopes_by_differences
from mesobridge.bridge.recordings import (
    EvokedResponse,
    FunctionalConnectivity,
    RateCourse,
    RecordingError,
    TransferCurve,
)
from mesobridge.meanfield import DynamicMeanField, JansenRit, MassNetwork, WilsonCowan

COLUMN = JansenRit.published(p=60.0)
REGION = DynamicMeanField.published()
TIME = np.arange(-0.05, 0.4, 0.004)
LEVELS = np.linspace(-0.05e-9, 0.05e-9, 9)


def evoked(value=None, error=1.0):
    shown = np.sin(20 * TIME) if value is None else value
    response = EvokedResponse(time=TIME, value=shown, standard_error=error, unit="V")
    return evoked_problem(response, COLUMN, "jansen_rit", ["A", "a"], latency=(0.0, 0.1))


def truth_of(problem):
    return problem.space.coordinates({"A": COLUMN.A, "a": COLUMN.a, "scale": 1.0, "latency": 0.03})


def test_an_evoked_response_is_the_small_signal_limit_of_a_simulation():
    problem, _ = evoked()
    x = truth_of(problem)
    ours = problem.prediction.predict(problem.prediction.anchor(x), x[None])[0]
    steps, dt, size = 5000, 1e-4, 1e-2
    middle = (np.arange(steps) + 0.5) * dt
    pulse = size * np.exp(-0.5 * ((middle - 0.08) / 5e-3) ** 2) / (np.sqrt(2 * np.pi) * 5e-3)
    run = COLUMN.simulate(steps * dt, dt, inputs={"p": 60.0 + pulse})
    theirs = np.interp(TIME, run["time"].values - 0.05, run["potential"].values - float(run["potential"][0])) / size
    # Interpolation between samples and the size of the pulse leave a few parts in ten thousand.
    np.testing.assert_allclose(ours, theirs, atol=1e-3 * np.abs(theirs).max())


def test_slopes_of_an_evoked_response_are_those_of_differences():
    problem, _ = evoked()
    x = truth_of(problem)
    anchor = problem.prediction.anchor(x)
    _, slopes = problem.prediction.with_slopes(anchor, x)
    numeric = slopes_by_differences(problem.prediction, anchor, x, problem.space)
    size = np.abs(slopes).max(axis=0)
    np.testing.assert_allclose(slopes / size, numeric / size, atol=1e-5)


def test_planted_parameters_of_an_evoked_response_come_back():
    problem, _ = evoked()
    x = truth_of(problem)
    clean = problem.prediction.predict(problem.prediction.anchor(x), x[None])[0]
    error = 0.05 * np.abs(clean).max()
    drawn, first = evoked(clean + error * np.random.default_rng(1).standard_normal(TIME.size), error)
    found = fit_problem(drawn, first, starts=4)
    truth = drawn.space.named(x)
    assert all(found[name].covers(value) for name, value in truth.items())
    assert (found["latency"].standard_error or 1.0) < 2e-3


def test_a_transfer_curve_is_the_model_at_rest_at_each_level():
    curve = TransferCurve(level=LEVELS, count=np.full(9, 50.0), exposure=200.0, level_unit="A")
    problem, x = transfer_problem(curve, REGION, "dynamic_mean_field", ["recurrence", "inhibition"])
    rates = problem.prediction.predict(problem.prediction.anchor(x), x[None])[0]
    theirs = [REGION.with_changed(long_range_current=level).resting_state()["rate_e"] for level in LEVELS]
    np.testing.assert_allclose(rates, theirs, rtol=1e-9)
    drawn = problem.with_data(problem.likelihood.draw(rates, np.random.default_rng(2)))
    found = fit_problem(drawn, x, starts=2)
    assert found["recurrence"].covers(REGION.recurrence)
    assert found["inhibition"].covers(REGION.inhibition)


def test_units_of_levels_and_outputs_must_fit():
    curve = TransferCurve(level=LEVELS, count=np.full(9, 50.0), exposure=200.0, level_unit="Hz")
    with pytest.raises(RecordingError, match="levels in Hz, the input long_range_current in A"):
        transfer_problem(curve, REGION, "dynamic_mean_field", ["recurrence"])
    curve = TransferCurve(level=np.linspace(0, 1, 5), count=np.ones(5), exposure=1.0, level_unit="1")
    with pytest.raises(RecordingError, match="output E is in 1, counts need Hz"):
        transfer_problem(curve, WilsonCowan.published(), "wilson_cowan", ["c_ee"])


def test_planted_parameters_of_a_rate_course_come_back():
    stimulus = np.where((np.arange(60) > 15) & (np.arange(60) < 35), 0.03e-9, 0.0)
    course = RateCourse(
        time=0.01 * np.arange(60) + 0.005, count=np.full(60, 5.0), cells=2000, stimulus=stimulus, stimulus_unit="A"
    )
    problem, x = rate_problem(course, REGION, "dynamic_mean_field", ["recurrence", "tau_nmda"])
    rates = problem.prediction.predict(problem.prediction.anchor(x), x[None])[0]
    assert rates[0] == pytest.approx(REGION.resting_state()["rate_e"], rel=1e-6)
    drawn = problem.with_data(problem.likelihood.draw(rates, np.random.default_rng(3)))
    found = fit_problem(drawn, x, starts=1)
    assert found["recurrence"].covers(REGION.recurrence)
    assert found["tau_nmda"].covers(REGION.tau_nmda)


def test_a_rate_course_without_stimulus_is_refused():
    course = RateCourse(time=np.arange(5) * 0.01, count=np.ones(5), cells=10)
    with pytest.raises(RecordingError, match="no stimulus"):
        rate_problem(course, REGION, "dynamic_mean_field", ["recurrence"])


def network(seed=1, nodes=5, **settings):
    random = np.random.default_rng(seed)
    structure = random.uniform(0, 1, (nodes, nodes)) * (random.uniform(size=(nodes, nodes)) < 0.7)
    np.fill_diagonal(structure, 0)
    data = FunctionalConnectivity(correlation=np.eye(nodes), samples=1000, structure=structure)
    reading = NetworkReading(coupling=(1e-12, 1e-9), **settings)
    return connectivity_problem(data, REGION, "dynamic_mean_field", [], reading), structure


def test_covariances_of_a_network_solve_the_lyapunov_equation_written_out():
    (problem, _), structure = network(fluctuations="all", noise=("noise_e", "noise_i"), observed="s_e")
    coupling = 5e-11
    x = np.log([coupling])
    predicted = np.tanh(problem.prediction.predict(problem.prediction.anchor(x), x[None])[0])
    jacobian, push = _by_hand(coupling * structure / structure.max())
    whole = np.kron(np.eye(10), jacobian) + np.kron(jacobian, np.eye(10))
    covariance = np.linalg.solve(whole, -push.ravel()).reshape(10, 10)
    own = covariance[::2, ::2]
    expected = own / np.sqrt(np.outer(np.diag(own), np.diag(own)))
    np.testing.assert_allclose(predicted, expected[np.triu_indices(5, 1)], atol=1e-5)
    assert np.abs(predicted).max() > 0.02


def _by_hand(weights):
    """Return the Jacobian and the noise of the coupled gates, from each region's own linear system."""
    nodes = len(weights)
    gates = np.tile(REGION.resting_state().state, (nodes, 1))
    for _ in range(4000):
        for k in range(nodes):
            flow = REGION.with_changed(long_range_current=float(weights[k] @ gates[:, 0])).system().flow_at(gates[k])
            gates[k] += 2e-3 * flow
    jacobian, push = np.zeros((2 * nodes, 2 * nodes)), np.zeros((2 * nodes, 2 * nodes))
    for k in range(nodes):
        linear = REGION.with_changed(long_range_current=float(weights[k] @ gates[:, 0])).linearise(gates[k])
        rows = slice(2 * k, 2 * k + 2)
        jacobian[rows, rows] += linear.state
        jacobian[rows, ::2] += np.outer(linear.drive[:, 0], weights[k])
        push[rows, rows] = linear.drive[:, 1:] @ linear.drive[:, 1:].T
    return jacobian, push


def test_slow_fluctuations_are_the_limit_of_a_band_near_zero_and_wide_bands_make_up_the_whole():
    x = np.log([5e-11])
    found = {}
    for kind, band in (("slow", (0.01, 0.1)), ("band", (1e-4, 1e-3)), ("all", (0.0, 1.0))):
        (problem, _), _ = network(fluctuations=kind, band=band)
        found[kind] = problem.prediction.predict(problem.prediction.anchor(x), x[None])[0]
    np.testing.assert_allclose(found["band"], found["slow"], rtol=1e-4)
    assert np.abs(found["all"] - found["slow"]).max() > 1e-3


def test_tuned_inhibition_holds_every_region_at_its_rate():
    (problem, _), _ = network(rest_rate=3.0)
    x = np.log([1e-10])
    prediction: Any = problem.prediction
    anchor = prediction.anchor(x)
    batch, _ = prediction._linear(x, anchor.state, 1.0)
    np.testing.assert_allclose(batch.outputs(anchor.state)[:, 0], 3.0, rtol=1e-6)


def test_a_planted_coupling_comes_back():
    (problem, _), structure = network(nodes=12, rest_rate=3.0)
    x = np.log([1.5e-11])
    z = problem.prediction.predict(problem.prediction.anchor(x), x[None])[0]
    drawn = problem.with_data(problem.likelihood.draw(z, np.random.default_rng(4)))
    found = fit_problem(drawn, np.log([5e-12]), starts=2)
    assert found["coupling"].covers(1.5e-11)
    assert (found["coupling"].standard_error or 1.0) < 2e-12
    assert MassNetwork(REGION, structure).nodes()[0] == REGION


def test_a_network_needs_its_structure():
    data = FunctionalConnectivity(correlation=np.eye(3), samples=100)
    with pytest.raises(RecordingError, match="no structure"):
        connectivity_problem(data, REGION, "dynamic_mean_field", [], NetworkReading(coupling=1e-10))
