"""One battery for all families: monotone, consistent slope, consistent inverse, gradients, pure shift and scale."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from mesobridge.meanfield import (
    ExGaussianSigmoid,
    GaussianSigmoid,
    LogisticSigmoid,
    RefractorySigmoid,
    RichardsSigmoid,
    TabulatedSigmoid,
    capped,
)

V = np.linspace(-62e-3, -35e-3, 55)
PARAMETRIC = [
    LogisticSigmoid(100.0, -0.05, 2e-3),
    GaussianSigmoid(100.0, -0.05, 2e-3),
    *(RichardsSigmoid(100.0, -0.05, 2e-3, nu) for nu in (0.0, 0.3, 1.0, 4.0)),
    *(ExGaussianSigmoid(100.0, -0.05, 3e-3, k) for k in (6e-3, 3e-3, 4e-6, 2e-6, 1e-7, 0.0, -1e-9, -1e-5, -3e-3)),
]
KNOTS = np.linspace(-0.1, 0.0, 201)
SIGMOIDS = [
    *PARAMETRIC,
    RefractorySigmoid(-0.05, 2e-3, 5e-3, 5e-3, 2e-3),
    TabulatedSigmoid(KNOTS, PARAMETRIC[0](KNOTS)),
    capped(PARAMETRIC[7], -0.046),
]
NAMES = {"q_max", "v10", "v50", "v90", "max_slope", "v_max_slope", "width", "skew"}


@pytest.mark.parametrize("sigmoid", SIGMOIDS, ids=lambda s: type(s).__name__)
def test_every_family_keeps_the_common_rules(sigmoid) -> None:
    rates = sigmoid(V)
    assert rates.shape == V.shape
    assert np.all(np.diff(rates) >= 0)
    assert np.all((rates >= 0) & (rates <= sigmoid.q_max * (1 + 1e-12)))
    p = np.array([0.02, 0.1, 0.5, 0.9, 0.97])
    assert_allclose(sigmoid(sigmoid.quantile(p)) / sigmoid.q_max, p, rtol=1e-10)
    features = sigmoid.features()
    assert set(features) == NAMES
    assert all(type(value) is float and np.isfinite(value) for value in features.values())
    assert_allclose(
        features["max_slope"], sigmoid.gain(sigmoid.quantile(np.linspace(0.01, 0.99, 400))).max(), rtol=2e-3
    )


@pytest.mark.parametrize("sigmoid", SIGMOIDS, ids=lambda s: type(s).__name__)
def test_gain_is_the_derivative(sigmoid) -> None:
    inside = V[(V > -0.061) & (V < -0.0465)]
    slope = (sigmoid(inside + 1e-8) - sigmoid(inside - 1e-8)) / 2e-8
    assert slope.max() > 0
    assert_allclose(sigmoid.gain(inside), slope, atol=1e-5 * slope.max())


@pytest.mark.parametrize("sigmoid", SIGMOIDS, ids=lambda s: type(s).__name__)
@pytest.mark.parametrize("p", [0.0, 1.0, -0.1, [0.5, 1.2]])
def test_heights_never_reached_are_refused(sigmoid, p) -> None:
    with pytest.raises(ValueError, match="not between 0 and 1"):
        sigmoid.quantile(p)


@pytest.mark.parametrize("sigmoid", PARAMETRIC, ids=lambda s: type(s).__name__)
def test_parameter_gradient_is_the_derivative(sigmoid) -> None:
    gradient, parameters = sigmoid.parameter_gradient(V), sigmoid.parameters()
    assert set(gradient) == set(parameters)
    for name, value in parameters.items():
        step = 1e-5 * max(abs(value), 1e-3)
        low = value if name == "nu" and value < step else value - step
        up, down = (type(sigmoid)(**{**parameters, name: x})(V) for x in (value + step, low))
        difference = (up - down) / (value + step - low)
        assert_allclose(gradient[name], difference, atol=3e-6 * np.abs(difference).max())


@given(shift=st.floats(-0.1, 0.1), stretch=st.floats(0.2, 5.0))
def test_features_move_and_stretch_with_the_axis(shift: float, stretch: float) -> None:
    base = ExGaussianSigmoid(100.0, 0.0, 3e-3, 2e-3).features()
    moved = ExGaussianSigmoid(100.0, shift, 3e-3 * stretch, 2e-3 * stretch).features()
    for name in ("v10", "v50", "v90"):
        assert_allclose(moved[name], shift + stretch * base[name], atol=1e-12)
    assert_allclose(moved["width"], stretch * base["width"], rtol=1e-9)
    assert_allclose(moved["max_slope"], base["max_slope"] / stretch, rtol=1e-9)
    assert_allclose(moved["skew"], base["skew"], atol=1e-9)


def test_strings_with_units_are_understood() -> None:
    assert LogisticSigmoid("100 Hz", "-50 mV", "2 mV") == LogisticSigmoid(100.0, -0.05, 2e-3)
