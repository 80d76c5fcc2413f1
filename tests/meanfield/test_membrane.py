"""Moments of the free potential: formulas of richardson2004, Campbell's theorem by quadrature, limits, refusals."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import (
    FreeMoments,
    PassiveMembrane,
    SlowCurrent,
    SynapticArray,
    coloured_lif_rate,
    equivalent_noise,
    free_moments,
    mean_free_potential,
    postsynaptic_kernel,
    slope_conductance,
)

CELL = PassiveMembrane(capacitance=200e-12, conductance=10e-9, reversal=-65e-3)
PAIR = SynapticArray(weight=[1e-9, 5e-9], reversal=[0.0, -80e-3], decay=[5e-3, 10e-3])
CORTEX = SynapticArray(
    weight=[0.3e-9, 0.06e-9, 0.6e-9, 0.01e-9],
    reversal=[0.0, 0.0, -75e-3, -90e-3],
    decay=[3e-3, 80e-3, 6e-3, 200e-3],
    rise=[0.0, 2e-3, 0.0, 60e-3],
    magnesium=[0.0, 1.0, 0.0, 0.0],
)
RATES = np.array([800.0, 400.0])


def test_formulas_for_exponential_synapses() -> None:
    found = free_moments(CELL, PAIR, RATES)
    g = PAIR.weight * RATES * PAIR.decay
    whole = 10e-9 + g.sum()
    mean = (10e-9 * -65e-3 + (g * PAIR.reversal).sum()) / whole
    tau = 200e-12 / whole
    event = PAIR.weight / whole * (PAIR.reversal - mean)
    parts = RATES * (event * PAIR.decay) ** 2
    variance = parts / (2 * (PAIR.decay + tau))
    assert_allclose([found.conductance, found.tau, found.mean], [whole, tau, mean], rtol=1e-12)
    assert_allclose(found.sd, np.sqrt(variance.sum()), rtol=1e-12)
    assert_allclose(found.correlation_time, parts.sum() / (parts / (PAIR.decay + tau)).sum(), rtol=1e-12)


def test_the_inhibitory_term_of_public_code_is_rejected() -> None:
    found = free_moments(CELL, PAIR, RATES)
    event = PAIR.weight / found.conductance * (PAIR.reversal - found.mean)
    wrong = (
        RATES * np.array([event[0] * PAIR.decay[0], event[1] * PAIR.weight[1] / PAIR.weight[0] * PAIR.decay[0]]) ** 2
    )
    lag = wrong.sum() / (wrong / (PAIR.decay + found.tau)).sum()
    assert abs(lag / found.correlation_time - 1) > 0.02


@pytest.mark.parametrize("index", [0, 1, 2, 3])
def test_variance_is_campbells_integral_of_the_squared_kernel(index: int) -> None:
    rates = np.array([1000.0, 1000.0, 500.0, 500.0])
    found = free_moments(CELL, CORTEX, rates)
    kernel = postsynaptic_kernel(CELL, CORTEX, found, index)
    t = np.linspace(0, 4, 400001)
    h = kernel(t)
    assert_allclose(found.source_variance[index], rates[index] * (h @ h) * t[1], rtol=1e-4)
    assert_allclose(found.source_power[index], rates[index] * kernel.area**2, rtol=1e-12)


def test_mean_moves_by_the_area_of_the_kernel() -> None:
    rates = np.array([1000.0, 1000.0, 500.0, 500.0])
    found = free_moments(CELL, CORTEX, rates)
    for index in range(4):
        step = np.zeros(4)
        step[index] = 1.0
        slope = (mean_free_potential(CELL, CORTEX, rates + step) - mean_free_potential(CELL, CORTEX, rates - step)) / 2
        assert_allclose(slope, postsynaptic_kernel(CELL, CORTEX, found, index).area, rtol=1e-5)


def test_doubling_every_conductance_halves_the_time_constant_only() -> None:
    once = free_moments(CELL, PAIR, RATES)
    membrane = PassiveMembrane(capacitance=200e-12, conductance=20e-9, reversal=-65e-3)
    twice = free_moments(membrane, PAIR, 2 * RATES)
    assert_allclose([twice.mean, twice.tau], [once.mean, once.tau / 2], rtol=1e-12)


def test_a_synapse_at_its_reversal_is_a_pure_shunt() -> None:
    alone = free_moments(CELL, SynapticArray(weight=1e-9, reversal=0.0, decay=5e-3), [800.0])
    shunt = SynapticArray(weight=[1e-9, 4e-9], reversal=[0.0, float(alone.mean)], decay=5e-3)
    found = free_moments(CELL, shunt, [800.0, 500.0])
    assert_allclose(found.mean, alone.mean, atol=1e-15)
    assert_allclose(found.source_variance[1], 0.0, atol=1e-20)
    assert_allclose(found.tau, 200e-12 / (alone.conductance + 10e-9), rtol=1e-12)
    areas = [postsynaptic_kernel(CELL, s, m, 0).area for s, m in ((shunt, alone), (shunt, found))]
    assert_allclose(areas[1] / areas[0], alone.conductance / found.conductance, rtol=1e-9)


def test_current_synapses_load_nothing() -> None:
    held = SynapticArray(weight=0.1e-9, reversal=0.0, decay=5e-3, fixed_drive=70e-3)
    found = free_moments(CELL, held, [500.0])
    assert_allclose(found.conductance, 10e-9)
    assert_allclose(found.mean, -65e-3 + 500 * 0.1e-9 * 5e-3 * 70e-3 / 10e-9, rtol=1e-12)
    assert found.conductance_ratio == 0


def test_nmda_lengthens_the_time_constant_where_its_slope_is_negative() -> None:
    nmda = SynapticArray(weight=0.1e-9, reversal=0.0, decay=80e-3, rise=2e-3, magnesium=1.0)
    found = free_moments(CELL, nmda, [300.0], 50e-12)
    slope = slope_conductance(found.mean, nmda.open_conductance([300.0]), 0.0, 1.0)[0]
    assert slope < 0
    assert_allclose(found.tau, 200e-12 / (10e-9 + slope), rtol=1e-12)


def test_two_resting_states_are_refused() -> None:
    nmda = SynapticArray(weight=0.1e-9, reversal=0.0, decay=80e-3, rise=2e-3, magnesium=1.0)
    with pytest.raises(ValueError, match="several resting states"):
        free_moments(CELL, nmda, [8000.0], -400e-12)


def test_slow_current_holds_the_mean_down() -> None:
    slow = SlowCurrent(conductance=4e-9, reversal=-90e-3, v_half=-40e-3, slope=8e-3)
    braked = PassiveMembrane(capacitance=200e-12, conductance=10e-9, reversal=-65e-3, slow=(slow,))
    free, held = (free_moments(m, PAIR, [2000.0, 100.0]) for m in (CELL, braked))
    assert held.mean < free.mean - 1e-3
    balance = 10e-9 * (-65e-3 - held.mean) - 4e-9 * slow.gate(held.mean) * (held.mean + 90e-3)
    balance += (PAIR.open_conductance([2000.0, 100.0]) * PAIR.drive(held.mean)).sum()
    assert_allclose(balance, 0.0, atol=1e-18)


def test_arrays_of_rates_and_currents() -> None:
    found = free_moments(CELL, PAIR, RATES * np.ones((3, 1, 1)), np.linspace(0, 1e-10, 4))
    assert found.mean.shape == (3, 4)
    assert found.source_variance.shape == (3, 4, 3)
    assert np.all(np.diff(found.mean, axis=1) > 0)


def test_one_source_is_its_own_equivalent() -> None:
    noisy = PassiveMembrane(capacitance=200e-12, conductance=10e-9, reversal=-65e-3, noise_sd=80e-12, noise_time=7e-3)
    silent = free_moments(noisy, PAIR, [0.0, 0.0])
    noise = equivalent_noise(silent)
    assert_allclose([noise.sd, noise.correlation_time], [80e-12 / 200e-12, 7e-3], rtol=1e-12)
    synapse = equivalent_noise(free_moments(CELL, PAIR, [800.0, 0.0]))
    assert_allclose(synapse.correlation_time, 5e-3, rtol=1e-12)


def test_equivalent_noise_keeps_variance_and_mean_square_speed() -> None:
    noisy = PassiveMembrane(capacitance=200e-12, conductance=10e-9, reversal=-65e-3, noise_sd=80e-12)
    moments = free_moments(noisy, CORTEX, [1000.0, 1000.0, 500.0, 500.0])
    noise = equivalent_noise(moments)
    tau, lag = moments.tau, noise.correlation_time
    assert_allclose(noise.sd**2 * tau**2 * lag / (lag + tau), moments.sd**2, rtol=1e-12)
    assert_allclose(noise.sd**2, moments.source_drive.sum(), rtol=1e-12)
    fast = equivalent_noise(moments, [True, False, True, False, True])
    assert fast.correlation_time < lag


def two_sources(sds: tuple[float, float], times: tuple[float, float], tau: float) -> FreeMoments:
    """Moments of a membrane with two noise currents, put together by hand."""
    variance = np.square(sds)
    drive = variance * (tau + np.array(times)) / (np.array(times) * tau**2)
    whole = variance.sum()
    power = 2 * variance * (tau + np.array(times))
    return FreeMoments(
        np.array(10e-9), np.array(tau), np.array(-55e-3), np.sqrt(whole), power.sum() / (2 * whole), variance, power,
        drive, np.array(0.0),
    )  # fmt: skip


@pytest.mark.parametrize(("times", "rate"), [((5e-3, 1e-3), 14.448), ((5e-3, 20e-3), 12.633)])
def test_equivalent_noise_predicts_the_rate_under_two_sources(times: tuple[float, float], rate: float) -> None:
    """Rates by Monte Carlo of both sources apart (3.2e3 cell seconds, standard error 0.07 Hz)."""
    cell: dict[str, Any] = {"tau_m": 15e-3, "tau_ref": 2e-3, "v_threshold": -50e-3, "v_reset": -60e-3}
    moments = two_sources((2.5e-3, 1.5e-3), times, 15e-3)
    merged = coloured_lif_rate(-52e-3, moments.sd, **cell, tau_noise=float(equivalent_noise(moments).correlation_time))
    slow_power = coloured_lif_rate(-52e-3, moments.sd, **cell, tau_noise=float(moments.correlation_time) - 15e-3)
    assert_allclose(merged, rate, rtol=0.04)
    assert abs(merged / rate - 1) < abs(slow_power / rate - 1)


def test_silence_has_no_equivalent() -> None:
    with pytest.raises(ValueError, match="do not fluctuate"):
        equivalent_noise(free_moments(CELL, PAIR, [0.0, 0.0]))
