"""Runs in time: at rest, against the closed form, the order of the error, linear response, and finite size."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import trapezoid

from mesobridge.meanfield import ExGaussianSigmoid, GammaKernel
from mesobridge.meanfield.networks import DelayDistribution, MemorylessRate
from mesobridge.meanfield.networks.simulation import staged

from .example_networks import EXCITATION, SIGMOID, excitatory_inhibitory, first_order_pair


def test_at_rest_nothing_moves() -> None:
    network = excitatory_inhibitory()
    run = network.simulate(0.05)
    assert_allclose(run["rate"].values.T, np.broadcast_to(network.reference(), (500, 2)), rtol=1e-9)


def test_a_step_without_a_network_follows_the_integral_of_the_kernel() -> None:
    network = excitatory_inhibitory(counts=(0.0, 0.0))
    run = network.simulate(0.1, 1e-3, inputs={"E.external": 16000.0})
    time = 1e-3 * np.arange(1, 101)
    expected = -65e-3 + EXCITATION.area * 14000.0 + 2000.0 * EXCITATION.step_response(time)
    assert_allclose(run["v"].sel(population="E"), expected, atol=1e-13)
    assert_allclose(run["rate"].sel(population="E"), SIGMOID(expected), rtol=1e-7)


@pytest.mark.parametrize("delay", [0.0, 2e-3, 2.5e-3])
def test_the_error_falls_with_the_square_of_the_step(delay: float) -> None:
    network = excitatory_inhibitory(delay=delay)
    steps = np.array([1e-3, 5e-4, 2.5e-4])

    def end(dt: float) -> float:
        run = network.simulate(0.03, dt, inputs={"E.external": 20000.0})
        return float(run["rate"].values[0, -1])

    exact = end(1e-3 / 64)
    errors = np.abs([end(dt) - exact for dt in steps])
    order = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert order > 1.7


def test_small_signals_follow_the_transfer() -> None:
    network = excitatory_inhibitory(delay=DelayDistribution(4e-3, 1e-3, "normal"))
    state = network.reference()
    frequency, dt = 12.0, 1e-4
    time = dt * np.arange(1, 8001)
    wave = 14000 + 5.0 * np.sin(2 * np.pi * frequency * (time - dt / 2))
    run = network.simulate(0.8, dt, inputs={"E.external": wave})
    for output in ("E.rate", "I.rate", "I.v"):
        transfer = complex(network.transfer(frequency, state, output, "E.external"))
        name, _, quantity = output.partition(".")
        still = state[network.names.index(name)] if quantity == "rate" else network.structure.moments(state)[0][1]
        moved = run[quantity].sel(population=name).values - still
        expected = 5.0 * np.abs(transfer) * np.sin(2 * np.pi * frequency * time + np.angle(transfer))
        late = time > 0.4
        assert_allclose(moved[late], expected[late], atol=2e-2 * 5.0 * abs(transfer))


def test_two_moments_settle_where_the_steady_state_is() -> None:
    rate = MemorylessRate(ExGaussianSigmoid(100.0, -50e-3, 2e-3, 2e-3))
    network = excitatory_inhibitory(rate=rate, level=15000.0, count_spread=0.03)
    target = network.with_parameter("E.external", 16000.0)
    run = network.simulate(0.6, 2e-4, inputs={"E.external": 16000.0})
    assert abs(run["rate"].values[0, -1] - network.reference()[0]) > 1
    assert_allclose(run["rate"].values[:, -1], target.reference(), rtol=1e-4)
    assert_allclose(run["variance"].values[:, -1], target.structure.moments(target.reference())[1], rtol=1e-4)


def test_a_kernel_without_finite_state_is_summed_over_its_past() -> None:
    whole = excitatory_inhibitory(inhibition=GammaKernel(-4e-6, 2.0, 6e-3))
    broken = excitatory_inhibitory(inhibition=GammaKernel(-4e-6, 2.0 + 1e-9, 6e-3))
    ends = []
    for dt in (4e-4, 2e-4):
        runs = [n.simulate(0.1, dt, inputs={"E.external": 20000.0})["rate"].values for n in (whole, broken)]
        ends.append(np.abs(runs[0] - runs[1]).max())
    assert ends[0] < 0.05
    assert ends[1] < 0.35 * ends[0]


def test_stages_are_exact_for_a_ramp() -> None:
    stages = staged(EXCITATION, 1e-3)
    state = np.zeros(2)
    for step in range(30):
        state = stages.relax @ state + stages.now * step + stages.next * (step + 1)
    time = np.linspace(0, 0.03, 30001)
    ramp = trapezoid(EXCITATION.step_response(time), time) / 1e-3
    assert_allclose(stages.read @ state, ramp, rtol=1e-6)


@pytest.mark.slow
def test_a_shared_noise_gives_the_spectrum_of_linear_response() -> None:
    network = excitatory_inhibitory(delay=3e-3)
    state = network.reference()
    run = network.simulate(60.0, 5e-4, noise={"E.external": 2.0}, seed=4)
    values = run["rate"].sel(population="E").values[2000:]
    pieces = (values - values.mean())[: values.size // 4000 * 4000].reshape(-1, 4000)
    found = 2 * 5e-4 * np.mean(np.abs(np.fft.rfft(pieces * np.hanning(4000), axis=1)) ** 2, axis=0)
    found = found / np.sum(np.hanning(4000) ** 2)
    frequency = np.fft.rfftfreq(4000, 5e-4)
    chosen = (frequency > 2) & (frequency < 60)
    expected = network.power_spectrum(frequency[chosen], state, "E.rate", {"E.external": 2.0})
    log_ratio = np.log(found[chosen] / expected)
    assert chosen.sum() > 100
    assert abs(log_ratio.mean()) < 4 * log_ratio.std() / np.sqrt(chosen.sum() / 2) + 0.02


def test_finite_size_adds_noise_that_falls_with_the_root_of_the_size() -> None:
    spread = []
    for size in (400, 40000):
        network = excitatory_inhibitory(size=size)
        run = network.simulate(5.0, 5e-4, finite_size=True, seed=3)
        spread.append(float(run["v"].sel(population="E").values[1000:].std()))
    assert 7 < spread[0] / spread[1] < 14
    assert_allclose(run["activity"].values.mean(axis=1), network.reference(), rtol=0.03)


def test_a_seed_fixes_the_noise() -> None:
    network = excitatory_inhibitory(size=500)
    one, same, other = (network.simulate(0.05, finite_size=True, seed=s)["activity"].values for s in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_what_cannot_be_run_is_said() -> None:
    network = first_order_pair()
    with pytest.raises(ValueError, match=r"no drive .I\.external."):
        network.simulate(0.1, inputs={"I.external": 1.0})
    with pytest.raises(ValueError, match="at least one positive step"):
        network.simulate(1e-6, 1e-3)
    with pytest.raises(ValueError, match="a state is 2 rates"):
        network.simulate(0.1, initial=[1.0])
