"""Fluctuations of finite networks: limits in closed form, sum rules, and what cells share."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import ExponentialKernel, GaussianSigmoid
from mesobridge.meanfield.models.population_network import PopulationNetwork
from mesobridge.meanfield.networks import (
    DelayDistribution,
    NetworkPopulation,
    NetworkProjection,
    RenewalSpikes,
    coherence,
)

from .example_networks import excitatory_inhibitory

FREQUENCY = np.array([1.0, 5.0, 20.0, 80.0, 300.0])


def test_without_a_network_the_spectrum_is_that_of_the_cells() -> None:
    network = excitatory_inhibitory(counts=(0.0, 0.0), size=800)
    state = network.reference()
    assert_allclose(network.power_spectrum(FREQUENCY), 2 * state[0] / 800, rtol=1e-9)


def test_a_self_inhibiting_population_has_the_spectrum_of_the_formula() -> None:
    sigmoid = GaussianSigmoid(100.0, 0.0, 5e-3)
    tau, weight, delay, size = 10e-3, -4e-4, 3e-3, 500
    network = PopulationNetwork(
        populations=[NetworkPopulation(name="I", rate=sigmoid, operating_v=0.0, size=size)],
        projections=[
            NetworkProjection(
                source="I", target="I", kernel=ExponentialKernel(weight, tau), count=1.0,
                delay=DelayDistribution(delay), operating_input=50.0,
            )
        ],
    )  # fmt: skip
    omega = 2 * np.pi * FREQUENCY
    loop = float(sigmoid.gain(0.0)) * weight / (1 + 1j * omega * tau) * np.exp(-1j * omega * delay)
    expected = 2 * 50.0 / size / np.abs(1 - loop) ** 2
    assert_allclose(network.power_spectrum(FREQUENCY, [50.0]), expected, rtol=1e-9)
    heard = np.abs(weight / (1 + 1j * omega * tau)) ** 2
    assert_allclose(network.power_spectrum(FREQUENCY, [50.0], "I.v"), heard * expected, rtol=1e-9)


def test_cross_spectra_are_hermitian_and_coherent_at_most_once() -> None:
    network = excitatory_inhibitory(size=1000)
    found = network.cross_spectra(FREQUENCY)
    for name in ("rate", "v"):
        values = found[name].values
        assert_allclose(values, np.conj(np.swapaxes(values, 1, 2)), rtol=1e-9)
        assert np.all(np.linalg.eigvalsh(values) > -1e-12 * np.abs(values).max())
        shared = coherence(found[name]).values
        assert np.all(shared <= 1 + 1e-9)
        assert_allclose(shared[:, 0, 0], 1.0)


def test_noise_falls_with_the_size() -> None:
    small, large = (excitatory_inhibitory(size=size).power_spectrum(FREQUENCY) for size in (500, 5000))
    assert_allclose(small, 10 * large, rtol=1e-9)


def test_a_noise_from_outside_adds_to_that_of_finite_size() -> None:
    finite, infinite = excitatory_inhibitory(size=1000), excitatory_inhibitory()
    noise = {"E.external": 30.0}
    both, own = finite.power_spectrum(FREQUENCY, noise=noise), finite.power_spectrum(FREQUENCY)
    outside = infinite.power_spectrum(FREQUENCY, noise=noise)
    assert_allclose(both, own + outside, rtol=1e-9)
    transfer = infinite.transfer(FREQUENCY, output="E.rate", input="E.external")
    assert_allclose(outside, 2 * 30.0**2 * np.abs(transfer) ** 2, rtol=1e-9)


def test_regular_cells_are_quiet_at_low_frequency_and_poisson_at_high() -> None:
    spikes = RenewalSpikes(cv=0.5, dead_time="2 ms")
    rate = 20.0
    assert_allclose(spikes(np.array([1e-6]), rate), rate * 0.25, rtol=1e-6)
    assert_allclose(spikes(np.array([5e4]), rate), rate, rtol=0.02)
    assert_allclose(RenewalSpikes(cv=1.0)(FREQUENCY, rate), rate, rtol=1e-9)


def test_renewal_spikes_have_the_spectrum_of_simulated_ones() -> None:
    spikes, rate, rng = RenewalSpikes(cv=0.6, dead_time=3e-3), 30.0, np.random.default_rng(5)
    free = 1 / rate - 3e-3
    shape = (free / (0.6 / rate)) ** 2
    intervals = 3e-3 + rng.gamma(shape, free / shape, (400, 700))
    times = np.cumsum(intervals, axis=1) - 2.0
    for frequency in (5.0, 20.0, 45.0):
        inside = np.where((times > 0) & (times < 16.0), np.exp(-2j * np.pi * frequency * times), 0.0)
        powers = np.abs(inside.sum(axis=1)) ** 2 / 16.0
        error = powers.std() / np.sqrt(len(powers))
        assert abs(powers.mean() - float(spikes(np.array([frequency]), rate)[0])) < 4 * error


def test_correlation_of_counts_vanishes_with_size_and_without_a_network() -> None:
    network = excitatory_inhibitory(size=1000)
    pair = network.count_correlation(0.05, "E", "E")
    assert pair != 0
    assert_allclose(excitatory_inhibitory(size=4000).count_correlation(0.05, "E", "E"), pair / 4, rtol=0.01)
    alone = excitatory_inhibitory(size=1000, counts=(0.0, 0.0))
    assert abs(alone.count_correlation(0.05, "E", "E")) < 1e-12


def test_an_unstable_state_has_no_spectrum() -> None:
    network = excitatory_inhibitory(counts=(400.0, 500.0), delay=15e-3, level=30000.0, size=1000)
    state = network.search().rates[0]
    assert network.loop(state).unstable
    with pytest.raises(ValueError, match="unstable"):
        network.power_spectrum(FREQUENCY, state)
    with pytest.raises(ValueError, match="no drive 'X'"):
        excitatory_inhibitory().power_spectrum(FREQUENCY, noise={"X": 1.0})
