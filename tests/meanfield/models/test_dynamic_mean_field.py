"""The dynamic mean field: its rest, the turn of its gain, and the tuning of its inhibition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from mesobridge.meanfield import DynamicMeanField, Turning, gain_pivot, inhibition_of_strength


def printed_rates(i_e, i_i):
    """The curves as the paper prints them, in nA and Hz."""
    x, y = 310 * i_e - 125, 615 * i_i - 177
    return x / (1 - np.exp(-0.16 * x)), y / (1 - np.exp(-0.087 * y))


def test_rest_balances_the_printed_equations():
    (rest,) = DynamicMeanField.published().fixed_points()
    s_e, s_i = rest["s_e"], rest["s_i"]
    i_e = 0.382 + 1.4 * 0.15 * s_e - 1.0 * s_i
    i_i = 0.7 * 0.382 + 0.15 * s_e - s_i
    r_e, r_i = printed_rates(i_e, i_i)
    assert_allclose([rest["rate_e"], rest["rate_i"]], [r_e, r_i], rtol=1e-12)
    assert s_e / 0.1 == pytest.approx((1 - s_e) * 0.641 * r_e, rel=1e-12)
    assert s_i / 0.01 == pytest.approx(r_i, rel=1e-12)


def test_below_the_pivot_a_larger_gain_lowers_the_rate_and_above_it_raises_it():
    model = DynamicMeanField.published()
    pivot = model.pivots["gain_e"]
    assert pivot.turning is Turning.STEEPER
    assert pivot.position == pytest.approx(0.40323e-9, rel=1e-5)
    assert pivot.height is not None
    assert pivot.height == pytest.approx(6.25)
    for inhibition, rises in (("1 nA", False), ("0.5 nA", True)):
        before, after = (
            model.with_changed(inhibition=inhibition, gain_e=gain).fixed_points()[0]["rate_e"] for gain in (1.0, 1.2)
        )
        assert (before > pivot.height) == rises
        assert (after > before) == rises


@pytest.mark.parametrize(("population", "name"), [("excitatory_rate", "gain_e"), ("inhibitory_rate", "gain_i")])
def test_the_numerical_pivot_of_both_populations_is_the_stated_one(population, name):
    model = DynamicMeanField.published()

    def family(**gain):
        return getattr(model.with_changed(**gain), population)

    found = gain_pivot(family, name, {name: 1.0}, within=(0.2e-9, 0.5e-9))
    assert found.position == pytest.approx(model.pivots[name].position, rel=1e-9)
    assert found.height == pytest.approx(model.pivots[name].height, rel=1e-8)
    assert found.turning is Turning.STEEPER


@settings(deadline=None, max_examples=40)
@given(
    recurrence=st.floats(0, 6), inhibition=st.floats(0, 3e-9), gain=st.floats(0.5, 2), drive=st.floats(-0.2e-9, 0.3e-9)
)
def test_no_steady_state_is_missed(recurrence, inhibition, gain, drive):
    """A dense scan in S_E, which solves the inhibitory balance by iteration, sees the same number of states."""
    model = DynamicMeanField.published(
        recurrence=recurrence, inhibition=inhibition, gain_e=gain, long_range_current=drive
    )
    found = np.array([point["s_e"] for point in model.fixed_points()])
    s_e = np.union1d(np.linspace(1e-9, 1 - 1e-9, 20_001), np.geomspace(1e-12, 1e-2, 2001))
    low, high = np.full(s_e.shape, -2.0), np.full(s_e.shape, 2.0)
    middle = np.zeros(s_e.shape)
    for _ in range(60):
        middle = (low + high) / 2
        y = 615 * middle - 177 + 1e-12
        above = middle + 0.01 * y / (1 - np.exp(-0.087 * y)) > 0.7 * 0.382 + 0.15 * s_e
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    s_i = 0.7 * 0.382 + 0.15 * s_e - middle
    x = gain * (310 * (0.382 + recurrence * 0.15 * s_e + drive * 1e9 - inhibition * 1e9 * s_i) - 125) + 1e-12
    opening = 0.1 * 0.641 * x / (1 - np.exp(-0.16 * x))
    miss = s_e - opening / (1 + opening)
    crossings = s_e[np.flatnonzero(miss[:-1] * miss[1:] < 0)]
    assert len(found) == len(crossings) >= 1
    assert_allclose(np.sort(found), crossings, atol=6e-5)


@pytest.mark.parametrize("rate", [0.5, 3.0, 10.0])
def test_tuned_inhibition_holds_the_rate_in_every_region(rate):
    strength = np.array([0.0, 0.4, 1.0])
    model = DynamicMeanField.published()
    tuned = model.tuned_inhibition(rate, strength, coupling=0.8)
    for weight, inhibition in zip(strength, tuned, strict=True):
        s_e = 0.641 * rate * 0.1 / (1 + 0.641 * rate * 0.1)
        arriving = 0.8 * 0.15e-9 * weight * s_e
        rates = [
            point["rate_e"]
            for point in model.with_changed(inhibition=inhibition, long_range_current=arriving).fixed_points()
        ]
        assert min(abs(found / rate - 1) for found in rates) < 1e-9
    # A straight line in G times strength, as the published rule has it.
    assert np.diff(tuned)[1] / 0.6 == pytest.approx(np.diff(tuned)[0] / 0.4, rel=1e-9)


def test_the_published_rule_is_a_line_near_the_solved_one():
    rate = DynamicMeanField.published().fixed_points()[0]["rate_e"]
    solved = DynamicMeanField.published().tuned_inhibition(rate, [0.0, 1.0])
    rule = inhibition_of_strength([0.0, 1.0], coupling=1.0)
    assert solved[0] == pytest.approx(1e-9, rel=1e-6)
    assert_allclose(rule, [1e-9, 1.75e-9])
    assert solved[1] - solved[0] == pytest.approx(0.6302e-9, rel=1e-4)


def test_a_rate_that_inhibition_cannot_reach_is_refused():
    with pytest.raises(ValueError, match="needs an inhibition of -"):
        DynamicMeanField.published().tuned_inhibition(200.0)
    with pytest.raises(ValueError, match="never reached"):
        DynamicMeanField.published().tuned_inhibition(0.0)


def test_the_spectrum_is_a_quotient_of_polynomials():
    """Two states: the transfer from the noise on S_E to the rate, written out."""
    model = DynamicMeanField.published()
    a = model.jacobian()
    frequency = np.array([0.0, 1.0, 10.0, 100.0])
    s = 2j * np.pi * frequency
    determinant = (s - a[0, 0]) * (s - a[1, 1]) - a[0, 1] * a[1, 0]
    linear = model.linearise()
    expected = (linear.output[0, 0] * (s - a[1, 1]) + linear.output[0, 1] * a[1, 0]) / determinant
    assert_allclose(model.transfer(frequency, input="noise_e"), expected, rtol=1e-10)
    assert_allclose(
        model.power_spectrum(frequency, input="noise_e", noise=0.01), 2e-4 * np.abs(expected) ** 2, rtol=1e-10
    )
