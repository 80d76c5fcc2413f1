"""The exponentially modified Gaussian sigmoid against the formula of grushka1972, cumulants and limits."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from mesobridge.meanfield import ExGaussianSigmoid, GaussianSigmoid

S = 3e-3


def height(u: float, sigma: float, kappa: float) -> float:
    """Q/q_max as a difference of two large terms, in 50 digits."""
    with mpmath.workdps(50):
        u_, s, k = mpmath.mpf(u), mpmath.mpf(sigma), mpmath.mpf(kappa)
        tail = mpmath.exp(-u_ / k + s**2 / (2 * k**2)) * mpmath.ncdf(u_ / s - s / k)
        return float(mpmath.ncdf(u_ / s) - tail)


def moments(sigmoid: ExGaussianSigmoid) -> tuple[float, float, float]:
    """Mean, variance and third cumulant of Q'/q_max, by sums that converge faster than any power of the step."""
    v = np.arange(-0.35, 0.35, 2e-4)
    density = sigmoid.gain(v) / sigmoid.q_max * 2e-4
    mean = density @ v
    return float(mean), float(density @ (v - mean) ** 2), float(density @ (v - mean) ** 3)


@pytest.mark.parametrize("kappa", [1e-4, 1e-3, 3e-3, 6e-3, 3e-2])
@pytest.mark.parametrize("u", [-30e-3, -9e-3, -1e-3, 0.0, 2e-3, 15e-3, 0.2])
def test_equals_the_formula_in_fifty_digits(u: float, kappa: float) -> None:
    rate = ExGaussianSigmoid(100.0, 0.0, S, kappa)(u)
    assert rate > 0
    assert_allclose(rate, 100 * height(u, S, kappa), rtol=1e-10)


def test_reference_values_at_kappa_equal_to_sigma() -> None:
    sigmoid = ExGaussianSigmoid(100.0, 0.0, S, 3e-3)
    features = sigmoid.features()
    assert_allclose(sigmoid([0.0, 3e-3]), [23.842170813, 53.807941621], rtol=5e-11)
    assert_allclose(features["v50"], 2.62739503e-3, rtol=5e-9)
    assert_allclose(features["v_max_slope"], 2.09210748e-3, rtol=1e-6)
    assert_allclose(sigmoid(features["v_max_slope"]), 44.438568, rtol=1e-6)
    assert_allclose(features["skew"], 0.110058, atol=5e-7)


def test_reference_values_at_twice_sigma() -> None:
    sigmoid = ExGaussianSigmoid(100.0, 0.0, S, 6e-3)
    features = sigmoid.features()
    assert_allclose(sigmoid(features["v_max_slope"]), 37.03666, rtol=1e-5)
    assert_allclose(features["skew"], 0.266229, atol=5e-7)


@pytest.mark.parametrize("kappa", [-6e-3, -1e-3, 1e-3, 3e-3, 8e-3])
def test_cumulants_of_the_slope_are_those_of_a_sum(kappa: float) -> None:
    mean, variance, third = moments(ExGaussianSigmoid(80.0, 1e-3, S, kappa))
    assert_allclose([mean, variance], [1e-3 + kappa, S**2 + kappa**2], rtol=1e-8, atol=1e-15)
    assert_allclose(third, 2 * kappa**3, atol=1e-8 * variance**1.5)


def test_a_cumulant_law_without_the_threshold_spread_is_rejected() -> None:
    _, variance, _ = moments(ExGaussianSigmoid(80.0, 0.0, S, 3e-3))
    assert abs(variance - 3e-3**2) > 0.4 * variance


@given(u=st.floats(-20e-3, 30e-3), kappa=st.floats(1e-5, 2e-2))
def test_negative_kappa_is_the_mirror_image(u: float, kappa: float) -> None:
    right, left = ExGaussianSigmoid(60.0, 0.0, S, kappa), ExGaussianSigmoid(60.0, 0.0, S, -kappa)
    assert_allclose(left(u), 60.0 - right(-u), atol=1e-12)
    assert_allclose(left.gain(u), right.gain(-u), rtol=1e-12)


@pytest.mark.parametrize("kappa", [0.0, 1e-12, -1e-12])
def test_vanishing_kappa_is_the_gaussian(kappa: float) -> None:
    v = np.linspace(-15e-3, 15e-3, 61)
    assert_allclose(ExGaussianSigmoid(50.0, 1e-3, S, kappa)(v), GaussianSigmoid(50.0, 1e-3, S)(v), rtol=1e-7)


def test_approach_to_the_gaussian_is_of_first_order_in_kappa() -> None:
    v = np.linspace(-8e-3, 8e-3, 33)
    gaps = [np.abs(ExGaussianSigmoid(1.0, 0.0, S, k)(v) - GaussianSigmoid(1.0, 0.0, S)(v)).max() for k in (1e-5, 1e-6)]
    assert_allclose(gaps[0] / gaps[1], 10, rtol=0.02)


def test_far_tails_keep_their_digits() -> None:
    assert ExGaussianSigmoid(100.0, 0.0, S, 3e-3)(-0.1) > 0
    assert_allclose(ExGaussianSigmoid(100.0, 0.0, S, 3e-3)(5.0), 100.0)
    assert_allclose(ExGaussianSigmoid(100.0, 0.0, S, -3e-3)(-0.05), 100 * np.exp(-0.05 / 3e-3 + 0.5), rtol=1e-10)


@pytest.mark.parametrize("ratio", [50.0, 99.0, 101.0, 1e4, 1e7])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_pivot_of_a_narrow_onset_is_its_inflection(ratio: float, sign: float) -> None:
    sigmoid = ExGaussianSigmoid(100.0, 15e-3, 10e-3 / ratio, sign * 10e-3)
    pivot = sigmoid.pivots["sigma"]
    assert pivot.position is not None
    around = pivot.position + 1e-2 * sigmoid.sigma * np.array([-1.0, 0.0, 1.0])
    slopes = sigmoid.gain(around)
    assert slopes[1] > slopes[0]
    assert slopes[1] > slopes[2]
