"""The motion of a rate: its filter, steady states that stay, linear response and runs that say the same."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import trapezoid

from mesobridge.meanfield import GammaKernel
from mesobridge.meanfield.models.population_network import PopulationNetwork
from mesobridge.meanfield.networks import RateMotion
from mesobridge.meanfield.networks.rate_motion import lead_kernel

from .example_networks import EXCITATION, excitatory_inhibitory

LEAD = RateMotion((9e-3, 1.2e-5), (3e-3, 2e-6))


def moving(network: PopulationNetwork, motion: RateMotion) -> PopulationNetwork:
    return replace(
        network,
        projections=tuple(replace(p, motion=motion) for p in network.projections),
        drives=tuple(replace(d, motion=motion) for d in network.drives),
    )


times = st.floats(2e-4, 5e-2)


@given(first=times, second=times, lead=times, other=st.floats(-1e-4, 1e-4), gain=st.floats(0.2, 2.0))
def test_the_realisation_has_the_transfer(first: float, second: float, lead: float, other: float, gain: float) -> None:
    motion = RateMotion((lead, other), (first + second, first * second), gain)
    dynamics, entry, output, direct = motion.realised
    for s in (0.0, 30.0 + 200.0j, -0.1 / max(first, second) + 4e3j):
        stated = output @ np.linalg.solve(s * np.eye(2) - dynamics, entry) + direct
        printed = gain * (1 + lead * s + other * s**2) / ((1 + first * s) * (1 + second * s))
        assert_allclose(stated, printed, rtol=1e-7)
        assert_allclose(motion.laplace(s), printed, rtol=1e-9)
    assert motion.slowest == pytest.approx(max(first, second), rel=1e-3)


def test_without_coefficients_the_rate_follows_at_once() -> None:
    assert RateMotion().order == 0
    assert_allclose(RateMotion().laplace(1j * np.arange(5.0)), 1.0)
    assert_allclose(RateMotion(gain=0.8).laplace(300j), 0.8)
    network = excitatory_inhibitory()
    pulse = {"E.external": np.where(np.arange(400) < 100, 18000.0, 14000.0)}
    with_none, without = (n.simulate(0.04, inputs=pulse) for n in (moving(network, RateMotion()), network))
    assert_allclose(with_none["rate"], without["rate"], rtol=1e-9)
    assert_allclose(with_none["felt"], with_none["v"])


@pytest.mark.parametrize("kernel", [EXCITATION, GammaKernel(2e-6, 1.7, 4e-3)])
def test_the_lead_is_what_the_motion_adds(kernel) -> None:
    motion = replace(LEAD, gain=0.9)
    lead = lead_kernel(kernel, motion)
    assert lead.area == pytest.approx(-0.1 * kernel.area, rel=1e-6)
    s = 2j * np.pi * np.array([0.0, 3.0, 20.0, 80.0])
    expected = kernel.laplace(s) * (motion.laplace(s) - 1)
    assert_allclose(lead.laplace(s), expected, atol=2e-3 * abs(kernel.area))


def test_no_steady_state_moves_with_a_motion_of_gain_one() -> None:
    still = excitatory_inhibitory()
    network = moving(still, LEAD)
    assert_allclose(network.search().rates, still.search().rates, rtol=1e-9)
    run = network.simulate(0.05)
    assert_allclose(run["rate"].values.T, np.broadcast_to(still.reference(), (500, 2)), rtol=1e-8)
    late = network.simulate(0.6, inputs={"E.external": 16000.0})["rate"].values[:, -1]
    assert_allclose(late, still.with_parameter("E.external", 16000.0).reference(), rtol=1e-6)


def test_a_gain_counts_for_what_differs_from_the_operating_input() -> None:
    drive = {"level": 14000.0, "operating_input": 14000.0}
    still = excitatory_inhibitory(counts=(0.0, 0.0))
    still = replace(still, drives=tuple(replace(d, **drive) for d in still.drives))
    still = replace(still, populations=tuple(replace(p, operating_v=-50e-3) for p in still.populations))
    network = moving(still, RateMotion(gain=0.5))
    assert_allclose(network.reference(), still.reference(), rtol=1e-9)
    more = network.with_parameter("E.external", 16000.0)
    half = still.with_parameter("E.external", 15000.0)
    assert_allclose(more.reference(), half.reference(), rtol=1e-9)
    # The potential itself is still moved by the whole of it.
    rates = more.reference()
    assert more.structure.potentials(rates)[0] == pytest.approx(-50e-3 + 2000 * EXCITATION.area, rel=1e-9)
    ended = network.simulate(0.4, inputs={"E.external": 16000.0}).isel(time=-1)
    assert_allclose(ended["v"], more.structure.potentials(rates), atol=1e-10)
    assert_allclose(ended["felt"], more.structure.moments(rates)[0], atol=1e-10)
    assert_allclose(ended["rate"], rates, rtol=1e-6)


def test_a_small_step_is_answered_as_the_linear_response_says() -> None:
    network = moving(excitatory_inhibitory(delay=2e-3), LEAD)
    state, height, dt = network.reference(), 4.0, 1e-4
    run = network.simulate(0.06, dt, inputs={"E.external": 14000.0 + height})
    frequency = np.concatenate([[1e-6], np.linspace(0.05, 3000.0, 60_000)])
    time = np.array([2e-3, 5e-3, 1e-2, 2e-2, 4e-2])
    for k, name in enumerate(network.names):
        transfer = np.asarray(network.transfer(frequency, state, f"{name}.rate", "E.external"))
        still = float(np.real(transfer[0]))
        # The answer to a step from its odd part: s(t) = H(0) + (2/pi) int Im H cos(w t)/w dw.
        wave = np.imag(transfer) / frequency * np.cos(2 * np.pi * frequency * time[:, None])
        expected = height * (still + 2 / np.pi * trapezoid(wave, frequency, axis=1))
        found = run["rate"].values[k, np.round(time / dt).astype(int) - 1] - state[k]
        assert_allclose(found, expected, atol=4e-3 * float(np.max(np.abs(expected))))


@pytest.mark.parametrize("delay", [0.0, 2e-3])
def test_the_error_falls_with_the_square_of_the_step(delay: float) -> None:
    network = moving(excitatory_inhibitory(delay=delay), LEAD)
    steps = np.array([1e-3, 5e-4, 2.5e-4])

    def end(dt: float) -> float:
        return float(network.simulate(0.03, dt, inputs={"E.external": 20000.0})["rate"].values[0, -1])

    exact = end(1e-3 / 64)
    errors = np.abs([end(dt) - exact for dt in steps])
    assert np.all(errors > 0)
    assert np.polyfit(np.log(steps), np.log(errors), 1)[0] > 1.7


def test_a_mode_that_the_motion_makes_grow_grows_in_a_run() -> None:
    still = excitatory_inhibitory(counts=(400.0, 400.0), delay=4e-3, level=16000.0)
    network = moving(still, RateMotion((12e-3,), (0.5e-3,)))
    state = still.reference()
    assert still.loop(state).unstable == 0
    first = complex(network.eigenvalues(state, 2)[0])
    assert network.loop(state).unstable == 2
    assert first.real > 0
    dt, cycles = 1e-4, 2 * np.pi / first.imag
    run = network.simulate(0.16, dt, inputs={"E.external": 16000.0 + 1e-4 * (np.arange(1600) < 10)}, initial=state)
    moved = run["rate"].values[0] - state[0]
    lag = round(cycles / dt)
    late = slice(1000, 1600 - lag)
    growth = np.linalg.norm(moved[1000 + lag :]) / np.linalg.norm(moved[late])
    assert np.log(growth) / (lag * dt) == pytest.approx(first.real, rel=0.05)
    assert np.max(np.abs(moved)) < 0.1 * state[0]


def test_rates_stay_between_nothing_and_their_limit() -> None:
    network = moving(excitatory_inhibitory(), RateMotion((40e-3,), (1e-3,)))
    wave = np.where(np.arange(1000) // 100 % 2, 60000.0, 0.0)
    run = network.simulate(0.1, inputs={"E.external": wave})
    assert float(run["rate"].min()) >= 0
    assert float(run["rate"].max()) <= 100.0 * (1 + 1e-12)
    assert float(run["felt"].min()) < float(run["v"].min())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"numerator": (1e-3,)}, "give as many"),
        ({"numerator": (1e-3,), "denominator": (-1e-3,)}, "not above 0"),
        ({"numerator": (0.0, 0.0), "denominator": (-1e-3, 1e-6)}, "does not decay"),
        ({"numerator": (float("nan"),), "denominator": (1e-3,)}, "not finite"),
    ],
)
def test_motions_that_are_none_are_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        RateMotion(**given)
