"""The biexponential kernel against the reference values of field models, and through equal time constants."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import brentq

from mesobridge.meanfield import AlphaKernel, BiexponentialKernel


def test_corticothalamic_set() -> None:
    kernel = BiexponentialKernel(1.0, 1 / 769.231, 1 / 83.333)
    features = kernel.features()
    assert_allclose(features["time_to_peak"], 3.240342169e-3, rtol=2e-6)
    assert_allclose(features["peak"], 63.61314396, rtol=5e-6)
    assert_allclose([features["mean_lag"], features["sd"]], [13.3e-3, 12.07021e-3], rtol=5e-6)
    half = features["peak"] / 2
    edges: Any = [brentq(lambda t: float(kernel(t) - half), *b) for b in ((0, 3.2e-3), (3.3e-3, 0.1))]
    assert_allclose(edges[1] - edges[0], 12.28344e-3, rtol=1e-5)


def test_slower_set() -> None:
    features = BiexponentialKernel(1.0, 1 / 200, 1 / 50).features()
    assert_allclose([features["time_to_peak"], features["peak"]], [9.241962407e-3, 31.49802625], rtol=1e-9)


def test_equal_time_constants_give_alpha() -> None:
    t = np.linspace(0, 0.1, 201)
    alpha = AlphaKernel(1.0, 100.0)
    assert_allclose(BiexponentialKernel(1.0, 0.01, 0.01)(t), alpha(t), rtol=1e-12)
    gaps = [np.abs(BiexponentialKernel(1.0, 0.01 * (1 - e), 0.01)(t) - alpha(t)).max() for e in (1e-3, 1e-5, 1e-9)]
    assert_allclose(np.array(gaps) / gaps[0], [1, 1e-2, 1e-6], rtol=0.01)


def test_swapped_names_are_refused() -> None:
    with pytest.raises(ValueError, match="rise is the faster"):
        BiexponentialKernel(1.0, 0.02, 0.01)
