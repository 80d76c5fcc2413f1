"""Spikes against exact interval formulas and the rate theory of white noise."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import erfcx
from scipy.stats import norm

from mesobridge.spiking import MembraneNoise, SteadyDrive, TimeVaryingInput
from mesobridge.spiking.engine import simulate
from mesobridge.spiking.stimuli import Step

pytestmark = pytest.mark.cpp

SIGMAS = 4.0


def rate_and_error(counts, seconds):
    per_cell = counts / seconds
    return per_cell.mean(), per_cell.std(ddof=1) / np.sqrt(per_cell.size)


def siegert(mu, sigma, *, tau, tau_ref, v_threshold, v_reset):
    """Stationary rate as printed: 1/nu = tau_ref + tau sqrt(pi) Int e^{u^2}(1 + erf u) du."""
    low, high = (v_reset - mu) / sigma, (v_threshold - mu) / sigma
    return 1 / (tau_ref + tau * np.sqrt(np.pi) * quad(lambda u: erfcx(-u), low, high)[0])


def test_without_noise_intervals_are_those_of_the_formula(noisy_cell, machine):
    population = noisy_cell.with_cell(refractory_period="2.03 ms")
    silent = replace(population, noise=MembraneNoise(amplitude="1e-30 A", time_constant="5 ms"))
    currents = np.array([210e-12, 300e-12, 600e-12])
    recording = simulate(silent, SteadyDrive(levels=tuple(currents), cells=64, duration="4 s"), seed=1, machine=machine)
    drive = currents / 10e-9 - 10e-3
    interval = 2.03e-3 + 20e-3 * np.log(drive / (drive - 10e-3))
    measured = 4.0 / recording.spike_count.sum("half").mean("cell").values
    # The spike is looked for at the end of a step, up to one step late; a window holds one spike more or less.
    assert np.all(measured > interval * (1 - interval / 4.0))
    assert np.all(measured < (interval + 1e-4) * (1 + interval / 4.0))


def test_white_noise_rate_is_the_step_corrected_siegert_rate(noisy_cell, machine):
    """A threshold tested once in a step acts like threshold + 0.5826 sigma sqrt(dt/tau)."""
    mu, sigma, tau = 16e-3, 4e-3, 20e-3
    cell = noisy_cell.with_cell(leak_reversal=-70e-3, reset=-60e-3)
    time_constant = 1e-9
    amplitude = 200e-12 * sigma / np.sqrt(2 * tau * time_constant)
    white = replace(cell, noise=MembraneNoise(amplitude=amplitude, time_constant=time_constant), current=mu * 10e-9)
    recording = simulate(white, SteadyDrive(levels=(0.0,), cells=1024, duration="10 s"), seed=2, machine=machine)
    rate, error = rate_and_error(recording.spike_count.sum("half").values.ravel(), 10.0)
    theory = {"tau": tau, "tau_ref": 2e-3, "v_reset": 10e-3}
    corrected = siegert(mu, sigma, v_threshold=20e-3 + 0.5826 * sigma * np.sqrt(1e-4 / tau), **theory)
    assert siegert(mu, sigma, v_threshold=20e-3, **theory) == pytest.approx(8.908008031600, rel=1e-9)
    assert error < 0.05
    assert abs(rate - corrected) < SIGMAS * error
    assert abs(rate - siegert(mu, sigma, v_threshold=20e-3, **theory)) > SIGMAS * error
    # Exact balance of the mean potential; held at the reset during the refractory period.
    balance = mu - rate * tau * 10e-3 - rate * 2e-3 * (mu - 10e-3)
    assert abs(recording.v_mean.mean() + 70e-3 - balance) < 1e-4


def ex_gaussian(v, *, q_max, theta, kappa, sd):
    """The exponentially modified Gaussian sigmoid, by quadrature of its definition."""
    hazard = lambda x: q_max * (1 - np.exp(-x / kappa))  # noqa: E731
    return quad(lambda x: hazard(x) * norm.pdf(x, v - theta, sd), 0, v - theta + 12 * sd, limit=200)[0]


def test_memoryless_rate_is_the_ex_gaussian_of_the_mean_potential(memoryless, machine):
    population = replace(memoryless, afferents=tuple(replace(a, rate=0.0) for a in memoryless.afferents))
    levels = tuple(np.linspace(50e-12, 350e-12, 7))
    recording = simulate(population, SteadyDrive(levels=levels, cells=1024), seed=3, machine=machine)
    sigma_v = 60e-12 / 10e-9 * np.sqrt(5 / 25)
    counts = recording.spike_count.sum("half").values
    assert counts.sum() > 10_000
    for level, current in enumerate(levels):
        v = -70e-3 + current / 10e-9
        expected = ex_gaussian(v, q_max=100, theta=-55e-3, kappa=4e-3, sd=np.hypot(2e-3, sigma_v))
        groups = counts[level].reshape(64, 16).mean(axis=0) / 2.0
        error = groups.std(ddof=1) / 4
        assert abs(groups.mean() - expected) < SIGMAS * error + 1e-3
        wrong = ex_gaussian(v, q_max=100, theta=-55e-3, kappa=4e-3, sd=sigma_v)
        assert level not in (2, 3) or abs(groups.mean() - wrong) > SIGMAS * error


def test_memoryless_rate_follows_the_potential_in_time(memoryless, machine):
    """A step of the current: the mean free potential is the exact exponential, the rate Q of it at all times."""
    population = replace(memoryless, afferents=tuple(replace(a, rate=0.0) for a in memoryless.afferents))
    experiment = TimeVaryingInput(
        stimuli=(Step(height=1.0, onset="0.1 s", offset="0.2 s"),),
        channel="current",
        current="100 pA",
        current_unit="100 pA",
        groups=8,
        cells_per_group=512,
        duration="0.3 s",
        warm_up="0.2 s",
    )
    recording = simulate(population, experiment, seed=4, machine=machine)
    time = recording.time.values
    rise = np.where(time > 0.1, 1 - np.exp(-(time - 0.1) / 20e-3), 0)
    fall = np.where(time > 0.2, 1 - np.exp(-(time - 0.2) / 20e-3), 0)
    expected_v = -60e-3 + 10e-3 * (rise - fall)
    groups = recording.v_free.values[0]
    error = groups.std(axis=0, ddof=1) / np.sqrt(8)
    assert np.mean(np.abs(groups.mean(axis=0) - expected_v) < 3 * error) > 0.95
    sd = np.hypot(2e-3, 60e-12 / 10e-9 * np.sqrt(5 / 25))
    window = slice(110, 200)
    expected = np.mean([ex_gaussian(v, q_max=100, theta=-55e-3, kappa=4e-3, sd=sd) for v in expected_v[window]])
    rates = recording.rate.values[0][:, window].mean(axis=1)
    assert abs(rates.mean() - expected) < SIGMAS * rates.std(ddof=1) / np.sqrt(8)
    np.testing.assert_allclose(recording.input.values[0][[50, 150, 250]], [100e-12, 200e-12, 100e-12])
