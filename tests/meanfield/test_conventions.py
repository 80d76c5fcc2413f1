"""Every convention there and back, and the published numbers in between."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import trapezoid
from scipy.special import ndtri

from mesobridge.meanfield import AlphaKernel, BiexponentialKernel, conventions, logistic_scale_of_same_variance
from mesobridge.units import UnitError

MILLIVOLTS = st.floats(1e-5, 1e-1)
SECONDS = st.floats(1e-4, 1.0)
RATES = st.floats(1e-2, 1e6)

PAIRS = [
    (conventions.sigma_from_free_sd, conventions.free_sd_from_sigma),
    (conventions.scale_from_steepness, conventions.steepness_from_scale),
    (conventions.scale_from_liley_width, conventions.liley_width_from_scale),
    (conventions.normal_sd_from_lorentzian, conventions.lorentzian_from_normal_sd),
    (conventions.saturation_from_per_millisecond, conventions.saturation_per_millisecond),
]


@pytest.mark.parametrize(("there", "back"), PAIRS)
@given(value=MILLIVOLTS)
def test_pairs_of_one_number_round_trip(there, back, value):
    assert_allclose(back(there(value)), value, rtol=1e-15)
    assert_allclose(there(back(value)), value, rtol=1e-15)
    assert there(value) != value


@given(value=MILLIVOLTS, tau_m=SECONDS, tau_syn=SECONDS, rest=st.floats(-0.1, 0.1))
def test_pairs_that_need_a_time_constant_round_trip(value, tau_m, tau_syn, rest):
    sigma = conventions.sigma_from_amplitude(value, tau_m=tau_m)
    assert_allclose(conventions.amplitude_from_sigma(sigma, tau_m=tau_m), value, rtol=1e-15)
    filtered = conventions.sigma_from_filtered_sd(value, tau_m=tau_m, tau_syn=tau_syn)
    assert_allclose(conventions.filtered_sd_from_sigma(filtered, tau_m=tau_m, tau_syn=tau_syn), value, rtol=1e-15)
    drift = conventions.drift_from_mu(value, tau_m=tau_m, leak_reversal=rest)
    mu = conventions.mu_from_drift(drift, tau_m=tau_m, leak_reversal=rest)
    assert_allclose(mu, value, rtol=1e-12, atol=1e-16)
    x = conventions.relative_to_threshold(value, threshold=rest)
    assert_allclose(conventions.absolute_potential(x, threshold=rest), value, rtol=1e-12, atol=1e-16)


@given(jump=MILLIVOLTS, rate=RATES, tau_m=SECONDS)
def test_jumps_round_trip_through_mean_and_noise(jump, rate, tau_m):
    mu, sigma = conventions.drive_from_jumps(jump, rate, tau_m=tau_m)
    back = conventions.jumps_from_drive(mu, sigma, tau_m=tau_m)
    assert_allclose(back, (jump, rate), rtol=1e-14)


def test_inhibitory_jumps_keep_their_sign():
    mu, sigma = conventions.drive_from_jumps(-1e-3, 500.0, tau_m=0.02)
    assert mu < 0 < sigma
    assert_allclose(conventions.jumps_from_drive(mu, sigma, tau_m=0.02), (-1e-3, 500.0), rtol=1e-14)


@given(peak=MILLIVOLTS, rate=RATES, faster=st.floats(1.0, 50.0))
def test_kernels_round_trip(peak, rate, faster):
    assert_allclose(conventions.jansen_from_kernel(conventions.kernel_from_jansen(peak, rate)), (peak, rate))
    assert_allclose(conventions.liley_from_kernel(conventions.kernel_from_liley(peak, rate)), (peak, rate))
    robinson = (peak, rate, rate * faster)
    assert_allclose(conventions.robinson_from_kernel(conventions.kernel_from_robinson(*robinson)), robinson)


def test_kernels_are_those_the_papers_write():
    t = np.linspace(1e-4, 0.08, 50)
    amplitude: Any = "3.25 mV"
    rate: Any = "100 Hz"
    jansen = conventions.kernel_from_jansen(amplitude, rate)
    assert isinstance(jansen, AlphaKernel)
    assert_allclose(jansen(t), 3.25e-3 * 100 * t * np.exp(-100 * t), rtol=1e-13)
    assert jansen.area == pytest.approx(3.25e-5)
    liley = conventions.kernel_from_liley(1.22e-3, 1010.0)
    assert_allclose(liley(t), 1.22e-3 * 1010 * math.e * t * np.exp(-1010 * t), rtol=1e-12)
    assert float(liley(1 / 1010)) == pytest.approx(1.22e-3, rel=1e-14)
    robinson = conventions.kernel_from_robinson(1.2e-6, 50.0, 200.0)
    assert isinstance(robinson, BiexponentialKernel)
    shape = 50 * 200 / 150 * (np.exp(-50 * t) - np.exp(-200 * t))
    assert_allclose(robinson(t), 1.2e-6 * shape, rtol=1e-11)


def test_the_noise_of_one_membrane_has_the_stated_standard_deviation():
    # tau dV = -V dt + sigma sqrt(tau) dW is an AR(1) process when sampled; its variance is exact.
    sigma, tau_m, tau_syn, dt = 4e-3, 0.02, 0.005, 1e-3
    decay = math.exp(-dt / tau_m)
    step_variance = sigma**2 / 2 * (1 - decay**2)
    assert conventions.free_sd_from_sigma(sigma) == pytest.approx(math.sqrt(step_variance / (1 - decay**2)))
    amplitude = conventions.amplitude_from_sigma(sigma, tau_m=tau_m)
    assert amplitude**2 * tau_m / 2 == pytest.approx(conventions.free_sd_from_sigma(sigma) ** 2)
    # The spectrum amplitude^2 |1/(1/tau_m + i w)|^2 |1/(1 + i w tau_syn)|^2 integrated over frequency.
    frequency = np.linspace(-2000, 2000, 2_000_001)
    w = 2 * np.pi * frequency
    density = amplitude**2 / ((1 / tau_m**2 + w**2) * (1 + (w * tau_syn) ** 2))
    variance = trapezoid(density, frequency)
    filtered = conventions.filtered_sd_from_sigma(sigma, tau_m=tau_m, tau_syn=tau_syn)
    assert filtered**2 == pytest.approx(variance, rel=1e-5)
    assert filtered < conventions.free_sd_from_sigma(sigma)


def test_published_widths():
    assert conventions.scale_from_steepness("560 1/V") == pytest.approx(1.786e-3, rel=3e-4)
    assert conventions.scale_from_liley_width("4.75 mV") == pytest.approx(3.36e-3, rel=5e-4)
    assert logistic_scale_of_same_variance(6e-3) == pytest.approx(3.308e-3, rel=1e-4)
    assert conventions.normal_sd_from_lorentzian(1.0) * ndtri(0.75) == pytest.approx(1.0)


def test_published_drive_of_augustin():
    # mu 1 mV/ms and sigma 1.5 mV/sqrt(ms) at tau 20 ms, rest -65 mV.
    assert conventions.mu_from_drift("1 mV/ms", tau_m="20 ms", leak_reversal="-65 mV") == pytest.approx(-0.045)
    sigma = conventions.sigma_from_amplitude("1.5 mV/ms**0.5", tau_m="20 ms")
    assert sigma == pytest.approx(1.5e-3 * math.sqrt(20))


def test_the_sign_of_the_transform_is_its_own_inverse():
    response = np.array([1 + 2j, -0.5j])
    assert_allclose(conventions.conjugated(conventions.conjugated(response)), response)
    w, tau = 300.0, 0.01
    assert conventions.conjugated(1 / (1 - 1j * w * tau)) == pytest.approx(1 / (1 + 1j * w * tau))


def test_wrong_units_are_refused():
    with pytest.raises(UnitError, match="free_sd"):
        conventions.sigma_from_free_sd("5 ms")
    with pytest.raises(UnitError, match=r"steepness"):
        conventions.scale_from_steepness("0.56 mV")


def test_conversions_without_a_result_are_refused():
    with pytest.raises(ValueError, match="are no drive of jumps"):
        conventions.jumps_from_drive(0.0, 0.0, tau_m=0.02)
    with pytest.raises(ValueError, match="are no drive of jumps"):
        conventions.jumps_from_drive([1e-3, np.nan], 1e-3, tau_m=0.02)
    for value in (0.0, -1.0, np.inf, np.nan):
        with pytest.raises(ValueError, match=r"steepness = .* must be above 0 1/V"):
            conventions.scale_from_steepness(value)
        with pytest.raises(ValueError, match=r"scale = .* must be above 0 V"):
            conventions.steepness_from_scale(value)
