"""The alpha kernel of Jansen-Rit: area A/a, peak A/e at 1/a, full width at half maximum 2.44638/a."""

import math
from typing import Any

from numpy.testing import assert_allclose
from scipy.optimize import brentq

from mesobridge.meanfield import AlphaKernel


def test_jansen_rit_amplitude() -> None:
    features = AlphaKernel(3.25e-3 / 100, 100.0).features()
    assert_allclose(features["peak"], 3.25e-3 / math.e, rtol=1e-12)
    assert_allclose(features["time_to_peak"], 0.01, rtol=1e-12)


def test_full_width_at_half_maximum() -> None:
    kernel = AlphaKernel(1.0, 100.0)
    half = kernel(0.01) / 2
    edges: Any = [brentq(lambda t: float(kernel(t) - half), *bounds) for bounds in ((1e-9, 0.01), (0.01, 0.2))]
    assert_allclose(edges[1] - edges[0], 2.44638 / 100, rtol=1e-5)
