"""The free potential against the moments and kernels that linear theory gives exactly."""

from dataclasses import replace

import numpy as np
import pytest

from mesobridge.spiking import MembraneNoise, ProbeSpikes, SteadyDrive
from mesobridge.spiking.engine import simulate
from mesobridge.spiking.library import e1
from mesobridge.spiking.mechanisms.nmda_fraction import charge

pytestmark = pytest.mark.cpp

SIGMAS = 4.0  # one false alarm in 16000 comparisons


def mean_and_error(per_cell):
    return per_cell.mean(), per_cell.std(ddof=1) / np.sqrt(per_cell.size)


def cascade_variance(amplitude, rate, taus):
    """Variance of shot noise whose kernel is a chain of exponentials of this area (Campbell's theorem)."""
    weights = [amplitude * np.prod([tau / (tau - other) for other in taus if other != tau]) / tau for tau in taus]
    pairs = (
        (w1 * w2 * t1 * t2 / (t1 + t2))
        for w1, t1 in zip(weights, taus, strict=True)
        for w2, t2 in zip(weights, taus, strict=True)
    )
    return rate * sum(pairs)


@pytest.mark.parametrize("dt", ["0.1 ms", "0.5 ms"])
def test_coloured_noise_gives_the_exact_variance_at_any_step(noisy_cell, machine, dt):
    quiet = noisy_cell.with_cell(threshold="0 V")
    recording = simulate(quiet, SteadyDrive(levels=(0.0,), cells=1024, dt=dt, duration="2 s"), seed=1, machine=machine)
    tau_m, tau_s = 20e-3, 5e-3
    exact = (100e-12 / 10e-9) ** 2 * tau_s / (tau_s + tau_m)
    # Within a window of T the variance loses that of the window's mean, 2 sigma^2 (tau_s + tau_m)/T to first order.
    expected = exact * (1 - 2 * (tau_s + tau_m) / 2.0)
    value, error = mean_and_error(recording.v_free_variance.values.ravel())
    assert error < 0.01 * exact
    assert abs(value - expected) < SIGMAS * error
    assert abs(value - 1.05 * expected) > SIGMAS * error
    mean, error = mean_and_error(recording.v_free_mean.values.ravel())
    assert abs(mean + 70e-3) < SIGMAS * error
    assert recording.spike_count.sum() == 0
    np.testing.assert_allclose(recording.v_mean, recording.v_free_mean, atol=1e-12)


def test_noise_far_faster_than_a_step_is_white(noisy_cell, machine):
    intensity = 2 * (100e-12) ** 2 * 5e-3
    white = MembraneNoise(amplitude=np.sqrt(intensity / 2e-9), time_constant=1e-9)
    quiet = replace(noisy_cell, noise=white).with_cell(threshold="0 V")
    recording = simulate(quiet, SteadyDrive(levels=(0.0,), cells=1024), seed=2, machine=machine)
    tau = 20e-3
    expected = intensity / (2 * 200e-12 * 10e-9) * (1 - 2 * tau / 2.0)
    value, error = mean_and_error(recording.v_free_variance.values.ravel())
    assert abs(value - expected) < SIGMAS * error


def test_poisson_input_gives_the_moments_of_campbells_theorem(memoryless, machine):
    experiment = SteadyDrive(levels=(300.0, 600.0, 1200.0), channel="excitatory", cells=1024)
    recording = simulate(memoryless, experiment, seed=3, machine=machine)
    tau_m, g = 20e-3, 10e-9
    for level, rate in enumerate(experiment.levels):
        area_e = 0.1e-9 * 5e-3 * 70e-3 / g
        inhibitory = memoryless.synapse("gaba_a")
        area_i = 0.2e-9 * inhibitory.gate_area * -10e-3 / g
        mean = -70e-3 + rate * area_e + 300 * area_i
        variance = cascade_variance(area_e, rate, (5e-3, tau_m)) + cascade_variance(area_i, 300, (1e-3, 8e-3, tau_m))
        variance += (60e-12 / g) ** 2 * 5e-3 / (5e-3 + tau_m)
        value, error = mean_and_error(recording.v_free_mean.values[level])
        assert abs(value - mean) < SIGMAS * error
        value, error = mean_and_error(recording.v_free_variance.values[level])
        slowest = 2 * (tau_m + 8e-3) / 2.0
        assert variance * (1 - slowest) - SIGMAS * error < value < variance + SIGMAS * error
        assert error < 0.01 * variance


def cascade(time, area, taus):
    """Response of a chain of exponentials, V per spike; 0 before the spike."""
    weights = [area * tau ** (len(taus) - 2) / np.prod([tau - other for other in taus if other != tau]) for tau in taus]
    return np.sum([w * np.exp(-time / tau) for w, tau in zip(weights, taus, strict=True)], axis=0)


def test_a_current_synapse_has_the_kernel_of_the_cascade(memoryless, machine):
    experiment = ProbeSpikes(sizes=(0.5, 1.0, 2.0), groups=2, cells_per_group=5, duration="0.4 s", warm_up="20 ms")
    recording = simulate(memoryless, experiment, seed=4, machine=machine)
    response = recording.response.mean("group").values
    area = 0.1e-9 * 5e-3 * 70e-3 / 10e-9
    np.testing.assert_allclose(response.sum(axis=1) * 5e-4, np.array([0.5, 1.0, 2.0]) * area, rtol=1e-6)
    np.testing.assert_allclose(response / experiment_sizes(experiment), np.tile(response[1], (3, 1)), atol=1e-13)
    time = recording.time.values
    lag = (time * response[1]).sum() / response[1].sum()
    assert abs(lag - 25e-3) < 2 * (1e-4) ** 2 / 5e-3 + 1e-6
    steps = time[:, None] + (np.arange(5) - 2) * 1e-4
    exact = cascade(steps, area, (5e-3, 20e-3)).mean(axis=1)
    assert exact.max() > 1e-5
    np.testing.assert_allclose(response[1], exact, atol=2e-3 * exact.max())


def experiment_sizes(experiment):
    return np.asarray(experiment.sizes)[:, None]


@pytest.mark.slow
def test_the_inhibitory_kernel_keeps_its_area_too(memoryless, machine):
    experiment = ProbeSpikes(
        afferent="inhibitory", sizes=(1.0,), groups=1, cells_per_group=4, duration="0.4 s", warm_up=0.0
    )
    recording = simulate(memoryless, experiment, seed=5, machine=machine)
    expected = 0.2e-9 * memoryless.synapse("gaba_a").gate_area * -10e-3 / 10e-9
    np.testing.assert_allclose(recording.response.sum("time").values.ravel() * 5e-4, expected, rtol=1e-6)


@pytest.mark.slow
def test_a_clamped_cell_passes_the_charge_of_the_description(machine):
    population, v = e1(), -0.065
    recording = simulate(population, ProbeSpikes(clamp=v, duration="1.5 s", warm_up=0.0), seed=6, machine=machine)
    expected = sum(charge(population.synapse(receptor), v) for receptor in ("ampa", "nmda"))
    per_unit = recording.response.sum("time").values * 5e-4 / np.array([0.5, 1.0, 2.0])[:, None]
    assert recording.response.attrs["units"] == "A"
    np.testing.assert_allclose(per_unit, expected, rtol=1e-6)
    np.testing.assert_allclose(recording.v_free, v)
