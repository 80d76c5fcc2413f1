"""The Gaussian sigmoid: the convolution of a step with normally distributed thresholds."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from mesobridge.meanfield import GaussianSigmoid


def test_equals_the_share_of_thresholds_below() -> None:
    v = np.linspace(-0.07, -0.04, 31)
    assert_allclose(GaussianSigmoid(100.0, -0.055, 2e-3)(v), 100 * norm.cdf(v, -0.055, 2e-3), rtol=1e-12)


def test_width_feature_is_the_standard_deviation() -> None:
    features = GaussianSigmoid(100.0, -0.055, 2e-3).features()
    assert_allclose(features["width"], 2e-3, rtol=1e-12)
    assert_allclose(features["skew"], 0.0, atol=1e-12)
    assert_allclose(features["max_slope"], 100 / 2e-3 / np.sqrt(2 * np.pi), rtol=1e-12)


def test_widths_of_thresholds_and_potentials_add_in_quadrature() -> None:
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    spread = sum(w * GaussianSigmoid(1.0, 2e-3 * x, 3e-3)(1e-3) for x, w in zip(nodes, weights, strict=True))
    together = GaussianSigmoid(1.0, 0.0, float(np.hypot(2e-3, 3e-3)))(1e-3)
    assert_allclose(spread / weights.sum(), together, rtol=1e-9)


def test_negative_width_is_refused() -> None:
    with pytest.raises(ValueError, match="sigma"):
        GaussianSigmoid(100.0, 0.0, -1e-3)
