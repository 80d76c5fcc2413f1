"""The exponential kernel: all of its features are closed forms, and the numeric ones agree."""

import numpy as np
from numpy.testing import assert_allclose

from mesobridge.meanfield import ExponentialKernel, kernel_features


def test_closed_features_equal_numeric_ones() -> None:
    kernel = ExponentialKernel(3e-6, 12e-3)
    closed, numeric = kernel.features(), kernel_features(kernel)
    assert set(closed) == set(numeric)
    assert_allclose([closed[k] for k in closed], [numeric[k] for k in closed], rtol=1e-9, atol=1e-12)


def test_strings_with_units_are_understood() -> None:
    assert ExponentialKernel("1 uV*s", "10 ms") == ExponentialKernel(1e-6, 0.01)
    assert np.isclose(ExponentialKernel("1 uV*s", "10 ms")(0.0), 1e-4)
