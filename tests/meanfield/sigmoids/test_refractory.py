"""The refractory sigmoid: single-cell rate, half distance, the slow tail and the convolution."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad

from mesobridge.meanfield import RefractorySigmoid

NARROW = 1e-7


@pytest.mark.parametrize(
    ("tau_m", "distance", "height"), [(20e-3, 10e-3, 0.724), (5e-3, 2e-3, 0.981), (1e-4, 2e-3, 0.9996)]
)
def test_saturation_a_hundred_millivolts_up(tau_m: float, distance: float, height: float) -> None:
    sigmoid = RefractorySigmoid(0.0, NARROW, tau_m, 5e-3, distance)
    assert_allclose(sigmoid(0.1) / sigmoid.q_max, height, atol=5e-4 if height < 0.99 else 5e-5)


@pytest.mark.parametrize(
    ("tau_m", "tau_ref", "distance", "half"),
    [
        (20e-3, 2e-3, 10e-3, 95.08e-3),
        (20e-3, 5e-3, 2e-3, 7.04e-3),
        (10e-3, 5e-3, 2e-3, 3.08e-3),
        (10e-3, 10e-3, 5e-3, 2.91e-3),
    ],
)
def test_half_distance(tau_m: float, tau_ref: float, distance: float, half: float) -> None:
    sigmoid = RefractorySigmoid(0.0, NARROW, tau_m, tau_ref, distance)
    assert_allclose(sigmoid.half_distance, half, atol=5e-6)
    assert_allclose(sigmoid.cell_rate(sigmoid.half_distance), sigmoid.q_max / 2, rtol=1e-12)
    assert_allclose(sigmoid.quantile(0.5), sigmoid.half_distance, rtol=1e-4)


@pytest.mark.parametrize("v", [-8e-3, -3e-3, 0.0, 5e-3, 0.1])
def test_population_is_the_convolution(v: float) -> None:
    sigmoid = RefractorySigmoid(0.0, 3e-3, 20e-3, 2e-3, 10e-3)

    def whole(x: float) -> float:
        return float(sigmoid.cell_rate(x)) * np.exp(-((v - x) ** 2) / 18e-6) / np.sqrt(18e-6 * np.pi)

    expected = quad(whole, 0, max(v, 0) + 0.03, epsabs=0, epsrel=1e-11, limit=500, points=[1e-6, 1e-4, 1e-3])[0]
    assert expected > 0
    assert_allclose(sigmoid(v), expected, rtol=1e-10)


def test_slope_is_the_derivative() -> None:
    sigmoid = RefractorySigmoid(-0.05, 2e-3, 5e-3, 5e-3, 2e-3)
    v = np.linspace(-0.06, -0.03, 31)
    assert_allclose(sigmoid.gain(v), (sigmoid(v + 1e-7) - sigmoid(v - 1e-7)) / 2e-7, rtol=1e-6)


def test_tail_is_positively_skewed() -> None:
    assert RefractorySigmoid(0.0, 2e-3, 5e-3, 5e-3, 2e-3).features()["skew"] > 0.3
