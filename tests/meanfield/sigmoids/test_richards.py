"""The Richards sigmoid: its special cases and its inflection."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import LogisticSigmoid, RichardsSigmoid

V = np.linspace(-15e-3, 20e-3, 71)


def test_shape_one_is_the_logistic() -> None:
    assert_allclose(RichardsSigmoid(70.0, 1e-3, 2e-3, 1.0)(V), LogisticSigmoid(70.0, 1e-3, 2e-3)(V), rtol=1e-12)


def test_shape_zero_is_gompertz_and_is_approached_continuously() -> None:
    gompertz = 70 * np.exp(-np.exp(-(V - 1e-3) / 2e-3))
    assert_allclose(RichardsSigmoid(70.0, 1e-3, 2e-3, 0.0)(V), gompertz, rtol=1e-12)
    near, far = (np.abs(RichardsSigmoid(70.0, 1e-3, 2e-3, nu)(V) - gompertz).max() for nu in (1e-5, 1e-4))
    assert_allclose(far / near, 10, rtol=0.01)


@pytest.mark.parametrize("nu", [0.0, 0.3, 1.0, 4.0])
def test_largest_slope_is_at_theta(nu: float) -> None:
    sigmoid = RichardsSigmoid(70.0, 1e-3, 2e-3, nu)
    assert np.all(sigmoid.gain(1e-3) * (1 + 1e-12) >= sigmoid.gain(V))
    height = (1 + nu) ** (-1 / nu) if nu else np.exp(-1)
    assert_allclose(sigmoid(1e-3), 70 * height, rtol=1e-12)


@pytest.mark.parametrize(("nu", "sign"), [(0.2, 1), (1.0, 0), (4.0, -1)])
def test_skew_has_both_signs(nu: float, sign: int) -> None:
    skew = RichardsSigmoid(70.0, 0.0, 2e-3, nu).features()["skew"]
    assert np.sign(np.round(skew, 9)) == sign
