"""The neural mass: exact filtering, steady states, small signals, and refusals."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import AlphaKernel, CascadeKernel, ExGaussianSigmoid, NeuralMass, TabulatedKernel

EXCITATORY = CascadeKernel(4e-6, (3e-3, 15e-3))
INHIBITORY = AlphaKernel(-6e-6, 100.0)
MASS = NeuralMass(
    ExGaussianSigmoid(100.0, -50e-3, 3e-3, 2e-3),
    {"excitatory": EXCITATORY, "inhibitory": INHIBITORY},
    -55e-3,
    {"excitatory": 1000.0, "inhibitory": 500.0},
)


def test_at_rest_nothing_moves() -> None:
    found = MASS.simulate({"excitatory": np.full(50, 1000.0)}, 1e-3)
    assert_allclose(found.v, -55e-3, rtol=1e-12)
    assert_allclose(found.rate, MASS.operating_rate, rtol=1e-9)


def test_a_step_follows_the_integral_of_the_kernel() -> None:
    found = MASS.simulate({"excitatory": np.full(400, 1300.0)}, 1e-3)
    t = 1e-3 * np.arange(1, 401)
    assert_allclose(found.v, -55e-3 + 300 * EXCITATORY.step_response(t), rtol=1e-11)
    assert_allclose(found.v[-1], MASS.steady_v({"excitatory": 1300.0}), rtol=1e-8)


def test_the_step_of_time_does_not_matter_for_held_inputs() -> None:
    coarse = np.random.default_rng(3).uniform(500, 1500, 60)
    slow = MASS.simulate({"excitatory": coarse}, 2e-3).v
    fast = MASS.simulate({"excitatory": np.repeat(coarse, 20)}, 1e-4).v[19::20]
    assert np.ptp(slow) > 1e-4
    assert_allclose(slow, fast, rtol=1e-10)


def test_small_signals_are_gain_times_transfer() -> None:
    frequency, t = 20.0, 1e-4 * np.arange(1, 6001)
    found = MASS.simulate({"excitatory": 1000 + 1.0 * np.sin(2 * np.pi * frequency * (t - 0.5e-4))}, 1e-4)
    transfer = EXCITATORY.transfer(frequency) * MASS.sigmoid.gain(-55e-3)
    expected = np.abs(transfer) * np.sin(2 * np.pi * frequency * t + np.angle(transfer))
    late = t > 0.3
    assert_allclose((found.rate - MASS.operating_rate)[late], expected[late], atol=2e-3 * float(np.abs(transfer)))


def test_channels_add_before_the_sigmoid() -> None:
    rng = np.random.default_rng(5)
    e, i = rng.uniform(800, 1200, (2, 3, 80))
    both = MASS.simulate({"excitatory": e, "inhibitory": i / 2}, 1e-3).v
    apart = MASS.simulate({"excitatory": e}, 1e-3).v + MASS.simulate({"inhibitory": i / 2}, 1e-3).v + 55e-3
    assert both.shape == (3, 80)
    assert_allclose(both, apart, rtol=1e-12)


def test_a_tabulated_kernel_gives_the_same_response() -> None:
    t = np.linspace(0, 0.3, 6001)
    table = NeuralMass(MASS.sigmoid, {"excitatory": TabulatedKernel(t, EXCITATORY(t))}, -55e-3, {"excitatory": 1000.0})
    drive = {"excitatory": np.random.default_rng(2).uniform(500, 1500, 200)}
    assert_allclose(table.simulate(drive, 1e-3).v, MASS.simulate(drive, 1e-3).v, atol=1e-8)


def test_gain_is_slope_times_area() -> None:
    step = 1e-3
    rates = [MASS.sigmoid(MASS.steady_v({"excitatory": 1000.0 + s})) for s in (step, -step)]
    assert_allclose(MASS.gain("excitatory"), (rates[0] - rates[1]) / (2 * step), rtol=1e-6)
    assert MASS.gain("inhibitory") < 0


def test_unknown_channels_and_unequal_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="no channel 'dopamine'"):
        MASS.simulate({"dopamine": np.zeros(3)}, 1e-3)
    with pytest.raises(ValueError, match="one length"):
        MASS.simulate({"excitatory": np.zeros(3), "inhibitory": np.zeros(4)}, 1e-3)
    with pytest.raises(ValueError, match="positive step"):
        MASS.simulate({"excitatory": np.zeros(3)}, 0.0)
    with pytest.raises(ValueError, match="for every channel"):
        NeuralMass(MASS.sigmoid, {"excitatory": EXCITATORY}, -55e-3, {})
