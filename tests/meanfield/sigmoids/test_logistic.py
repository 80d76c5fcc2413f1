"""The logistic sigmoid: identities of its closed form."""

import numpy as np
from numpy.testing import assert_allclose

from mesobridge.meanfield import LogisticSigmoid


def test_slope_is_rate_times_distance_to_saturation() -> None:
    sigmoid = LogisticSigmoid(340.0, 12.92e-3, 3.8e-3)
    v = np.linspace(-20e-3, 60e-3, 50)
    assert_allclose(sigmoid.gain(v), sigmoid(v) / 3.8e-3 * (1 - sigmoid(v) / 340.0), atol=1e-12 * 340.0 / 3.8e-3)


def test_inverse_is_the_logit() -> None:
    sigmoid = LogisticSigmoid(340.0, 12.92e-3, 3.8e-3)
    rates = np.array([1e-6, 5.0, 170.0, 300.0])
    assert_allclose(sigmoid.quantile(rates / 340.0), 12.92e-3 + 3.8e-3 * np.log(rates / (340.0 - rates)), rtol=1e-12)


def test_no_overflow_far_away() -> None:
    assert_allclose(LogisticSigmoid(10.0, 0.0, 1e-3)([-10.0, 10.0]), [0.0, 10.0])
