import numpy as np
import pytest
from scipy import sparse

from mesobridge.meanfield import JansenRit, MassNetwork, WilsonCowan

RING = np.roll(np.eye(3), 1, axis=0)


def test_without_weights_every_node_is_alone():
    model = WilsonCowan.published()
    course = MassNetwork(model, np.zeros((3, 3)), 0.01).simulate(0.1, noise={"F": 0.01}, seed=2)
    assert not np.array_equal(course["E"][:, 0], course["E"][:, 1])
    alone = model.simulate(0.1, method="heun")
    quiet = MassNetwork(model, np.zeros((3, 3)), 0.01).simulate(0.1)
    for node in range(3):
        assert np.array_equal(quiet["E"][:, node], alone["E"])


@pytest.mark.parametrize("delay", [0.0, 0.00025, 0.003])
def test_eulers_method_tends_to_heuns_with_order_one(delay):
    network = MassNetwork(WilsonCowan.published(), 0.7 * RING, delay)
    exact = network.simulate(0.024, 0.000005, initial=[0.1, 0.05])["E"].values[-1]
    steps = [0.0001, 0.00005, 0.000025]
    errors = [
        np.abs(network.simulate(0.024, dt, initial=[0.1, 0.05], method="euler")["E"].values[-1] - exact).max()
        for dt in steps
    ]
    assert min(errors) > 1e-9
    assert np.polyfit(np.log(steps), np.log(errors), 1)[0] == pytest.approx(1.0, abs=0.1)
    with pytest.raises(ValueError, match="euler or heun"):
        network.simulate(0.01, method="rk4")


def test_equal_nodes_in_a_ring_are_one_node_that_feeds_itself():
    """E of a ring of equals is that of one node whose own synapses are stronger by the coupling."""
    model, weight = WilsonCowan.published(), 0.7
    ring = MassNetwork(model, weight * RING, 0.0).simulate(0.3, initial=[0.1, 0.05], record_every=10)
    one = model.with_changed(c_ee=model.c_ee + weight).simulate(
        0.3, initial=[0.1, 0.05], record_every=10, method="heun"
    )
    for node in range(3):
        assert np.allclose(ring["E"][:, node], one["E"], atol=1e-12)
    assert np.ptp(one["E"].values) > 0.05


def reference(model, weights, delays, duration, dt):
    """Heun's method with whole delays, node by node, as one would write it down."""
    system, steps, nodes = model.system(), round(duration / dt), len(weights)
    lags = np.round(delays / dt).astype(int)
    y = np.tile([0.1, 0.05], (nodes, 1)) * np.arange(1, nodes + 1)[:, None]
    past = [y.copy()]

    def drive(step):
        sent = np.array([[past[max(step - lags[i, j], 0)][j, 0] for j in range(nodes)] for i in range(nodes)])
        u = np.tile(system.operating, (nodes, 1))
        u[:, 0] += np.sum(weights * sent, axis=1)
        return u.T

    for step in range(steps):
        first = system.flow_at(past[-1].T, u=drive(step)).T
        second = system.flow_at((past[-1] + dt * first).T, u=drive(step + 1)).T
        past.append(past[-1] + dt / 2 * (first + second))
    return np.array(past)


def test_delays_between_nodes_as_written_down():
    model, dt = WilsonCowan.published(), 1e-3
    rng = np.random.default_rng(1)
    weights, delays = rng.normal(size=(4, 4)), dt * rng.integers(1, 9, (4, 4))
    expected = reference(model, weights, delays, 0.05, dt)
    course = MassNetwork(model, weights, delays).simulate(0.05, dt, initial=expected[0])
    assert np.allclose(course["E"], expected[:, :, 0], atol=1e-12)
    wrong = MassNetwork(model, weights.T, delays).simulate(0.05, dt, initial=expected[0])
    assert not np.allclose(wrong["E"], expected[:, :, 0], atol=1e-3)


@pytest.mark.parametrize("longest", [0.02, 0.0009])
def test_order_with_delays_between_steps(longest):
    model = WilsonCowan.published()
    rng = np.random.default_rng(3)
    weights, delays = rng.random((3, 3)), longest * rng.random((3, 3))
    start = model.fixed_points()[0].state

    def last(dt):
        # A past that joins the start smoothly: the network starts at rest and is pushed by inputs of its own.
        course = MassNetwork(model, weights, delays).simulate(0.096, dt, initial=start)
        return course["E"].values[-1]

    exact = last(0.0000125)
    steps = [0.0016, 0.0008, 0.0004, 0.0002]
    errors = [np.abs(last(dt) - exact).max() for dt in steps]
    assert min(errors) > 1e-12
    assert np.polyfit(np.log(steps), np.log(errors), 1)[0] > 1.7


def test_sparse_and_dense_weights_are_one():
    rng = np.random.default_rng(4)
    weights = rng.random((6, 6)) * (rng.random((6, 6)) < 0.5)
    dense = MassNetwork(WilsonCowan.published(), weights, 0.003).simulate(0.02)
    thin = MassNetwork(WilsonCowan.published(), sparse.csr_array(weights), 0.003).simulate(0.02)
    assert dense.equals(thin)


def test_parameters_and_inputs_may_differ_between_nodes():
    model = WilsonCowan.published()
    per_node = {"P": np.array([0.5, 1.25]), "tau_e": np.array([0.008, 0.01])}
    course = MassNetwork(model, np.zeros((2, 2)), per_node=per_node).simulate(0.05, initial=[0.1, 0.1])
    for node in range(2):
        changed = {name: float(values[node]) for name, values in per_node.items()}
        alone = model.with_changed(**changed).simulate(0.05, initial=[0.1, 0.1], method="heun")
        assert np.array_equal(course["E"][:, node], alone["E"])


def test_columns_couple_from_rate_to_input():
    network = MassNetwork(JansenRit.published(p=60.0), 10 * RING, 0.01, output="rate", input="p")
    course = network.simulate(3.0, record_every=100)
    rate = float(course["rate"][-1, 0])
    alone = JansenRit.published(p=60.0 + 10 * rate).fixed_points()
    assert any(point["rate"] == pytest.approx(rate, rel=1e-6) for point in alone)


def test_one_value_for_each_node_is_asked_for():
    with pytest.raises(ValueError, match="one value for each of 3 nodes"):
        MassNetwork(WilsonCowan.published(), RING, per_node={"P": np.ones(2)}).simulate(0.01)


def test_a_loop_without_delay_is_refused():
    from dataclasses import dataclass

    from .linear_systems import input_seen, relaxation

    @dataclass(frozen=True)
    class Relaxing:
        parameters: tuple[float, ...] = (0.02,)

        def system(self):
            return relaxation(observe=input_seen)

        def with_changed(self, **changes):
            return Relaxing(**changes)

        def start(self):
            return np.zeros(1)

    with pytest.raises(ValueError, match="answers at once"):
        MassNetwork(Relaxing(), RING, 0.0).simulate(0.01)
    MassNetwork(Relaxing(), RING, 0.001).simulate(0.01)


def test_delays_take_units_and_refuse_others():
    model = WilsonCowan.published()
    course, same = (
        MassNetwork(model, 0.7 * RING, delays).simulate(0.01, initial=[0.1, 0.05]) for delays in ("3 ms", 3e-3)
    )
    assert np.array_equal(course["E"], same["E"])
    assert np.array_equal(MassNetwork(model, RING, [["3 ms"] * 3] * 3).delays, np.full((3, 3), 3e-3))
    with pytest.raises(ValueError, match="delays"):
        MassNetwork(model, RING, "3 mV")
