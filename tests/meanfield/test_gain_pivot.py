"""Every gain-like parameter turns its curve around the input it reports, or around none and says so."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from mesobridge.meanfield import (
    CappedSigmoid,
    ExGaussianSigmoid,
    GaussianSigmoid,
    LogisticSigmoid,
    RefractorySigmoid,
    RichardsSigmoid,
    TabulatedSigmoid,
    Turning,
    gain_pivot,
)
from mesobridge.meanfield.gain_pivot import threshold_linear_turning

SIGMOIDS = [
    LogisticSigmoid(100.0, -50e-3, 3e-3),
    GaussianSigmoid(100.0, -50e-3, 3e-3),
    RichardsSigmoid(100.0, -50e-3, 3e-3, 0.3),
    ExGaussianSigmoid(100.0, -50e-3, 3e-3, 3e-3),
    ExGaussianSigmoid(100.0, -50e-3, 3e-3, -2e-3),
    ExGaussianSigmoid(100.0, -50e-3, 3e-3, 0.0),
    RefractorySigmoid(-50e-3, 3e-3, 20e-3, 5e-3, 10e-3),
]
CASES = [(sigmoid, name) for sigmoid in SIGMOIDS for name in sigmoid.pivots]


def named(value):
    return value if isinstance(value, str) else type(value).__name__


@pytest.mark.parametrize(("sigmoid", "name"), CASES, ids=named)
def test_a_change_of_the_parameter_does_what_the_pivot_says(sigmoid, name):
    pivot = sigmoid.pivots[name]
    low, high = sigmoid.quantile([0.01, 0.6])
    v = np.linspace(low, high, 41)
    value = sigmoid.parameters()[name]
    step = 1e-4 * (abs(value) or 1e-3)
    change = type(sigmoid)(**{**sigmoid.parameters(), name: value + step})(v) - sigmoid(v)
    assert np.any(change)
    if not pivot.exists:
        assert np.all(change > 0) if pivot.turning is Turning.RAISES else np.all(change < 0)
        assert pivot.height is None
        return
    assert low < pivot.position < high
    assert float(sigmoid(pivot.position)) == pytest.approx(pivot.height, rel=1e-12)
    away = np.abs(v - pivot.position) > 2 * (v[1] - v[0])
    sign = 1 if pivot.turning is Turning.STEEPER else -1
    assert_allclose(np.sign(change[away]), sign * np.sign(v - pivot.position)[away])


@pytest.mark.parametrize(("sigmoid", "name"), CASES, ids=named)
def test_the_numerical_search_finds_what_is_known_in_closed_form(sigmoid, name):
    low, high = (float(v) for v in sigmoid.quantile([0.002, 0.6]))
    found = gain_pivot(type(sigmoid), name, sigmoid.parameters(), within=(low, high))
    known = sigmoid.pivots[name]
    assert found.turning is known.turning
    if known.exists:
        assert found.position == pytest.approx(known.position, abs=1e-9 * (high - low))


def test_the_ex_gaussian_turns_around_its_inflection():
    # Inflections computed apart, from the curve with theta = 0, sigma 3 mV, q_max 100 Hz.
    for kappa, position, height in ((3e-3, 2.09210748e-3, 44.438568), (6e-3, None, 37.03666)):
        pivot = ExGaussianSigmoid(100.0, 0.0, 3e-3, kappa).pivots["sigma"]
        assert pivot.height == pytest.approx(height, rel=1e-7)
        assert position is None or pivot.position == pytest.approx(position, rel=1e-8)


@settings(deadline=None, max_examples=30)
@given(theta=st.floats(-0.08, 0.02), sigma=st.floats(1e-3, 1e-2), ratio=st.floats(0.05, 3.0))
def test_the_pivot_moves_and_stretches_with_the_curve(theta, sigma, ratio):
    here = ExGaussianSigmoid(50.0, theta, sigma, ratio * sigma).pivots["sigma"]
    standard = ExGaussianSigmoid(1.0, 0.0, 1.0, ratio).pivots["sigma"]
    assert here.position is not None
    assert standard.position is not None
    assert standard.height is not None
    assert here.position == pytest.approx(theta + sigma * standard.position, abs=1e-7 * sigma)
    assert here.height == pytest.approx(50 * standard.height, rel=1e-7)


def test_a_cap_below_the_pivot_removes_it_and_a_table_has_none():
    inner = LogisticSigmoid(100.0, -50e-3, 3e-3)
    assert CappedSigmoid(inner, -40e-3).pivots == inner.pivots
    assert CappedSigmoid(inner, -55e-3).pivots == {}
    assert TabulatedSigmoid([0.0, 1.0, 2.0], [0.0, 1.0, 2.0]).pivots == {}


def attractor(a, b, d, gain=1.0):
    def curve(current):
        x = gain * (a * np.asarray(current) - b)
        return x / -np.expm1(-d * x)

    return curve


def test_the_gain_of_the_attractor_curve_turns_at_its_threshold_current():
    at = {"a": 310e9, "b": 125.0, "d": 0.16, "gain": 1.0}
    found = gain_pivot(attractor, "gain", at, within=(0.3e-9, 0.5e-9))
    current, rate = threshold_linear_turning(310e9, 125.0, 0.16)
    assert current == pytest.approx(0.40323e-9, rel=1e-5)
    assert rate == 6.25
    assert found.turning is Turning.STEEPER
    assert found.position == pytest.approx(current, rel=1e-10)
    assert found.height == pytest.approx(rate, rel=1e-9)


def test_the_slope_alone_turns_around_zero_current_and_not_around_the_threshold():
    """With b fixed, a changes the curve by a multiple of I: below threshold a larger a still raises the rate."""
    at = {"a": 310e9, "b": 125.0, "d": 0.16}
    found = gain_pivot(attractor, "a", at, within=(-0.05e-9, 0.1e-9))
    assert found.position is not None
    assert abs(found.position) < 1e-16
    assert gain_pivot(attractor, "a", at, within=(0.2e-9, 0.5e-9)).turning is Turning.RAISES


def test_nothing_is_claimed_where_nothing_is_known():
    at = {"q_max": 100.0, "theta": 0.0, "sigma": 1.0}
    with pytest.raises(ValueError, match="no parameter 'slope'"):
        gain_pivot(LogisticSigmoid, "slope", at, within=(-1.0, 1.0))
    with pytest.raises(ValueError, match="no effect"):
        gain_pivot(lambda flat: lambda v: 0 * v, "flat", {"flat": 1.0}, within=(-1.0, 1.0))
    with pytest.raises(ValueError, match="changes sign 2 times"):
        gain_pivot(lambda k: lambda v: k * (v * v - 0.25), "k", {"k": 1.0}, within=(-1.0, 1.0))
    with pytest.raises(ValueError, match="must be above 0"):
        threshold_linear_turning(-1.0, 1.0, 1.0)


def test_a_pivot_reads_as_a_sentence():
    assert str(LogisticSigmoid(100.0, -50e-3, 3e-3).pivots["sigma"]).endswith("lowers it above at -0.05")
    assert "no pivot" in str(RichardsSigmoid(100.0, 0.0, 1.0, 0.5).pivots["nu"])
