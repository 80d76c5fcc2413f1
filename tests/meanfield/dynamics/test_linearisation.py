import numpy as np
import pytest

from mesobridge.meanfield import JansenRit
from mesobridge.meanfield.dynamics.linearisation import jacobian, linearise

from .linear_systems import feedback, oscillator


def test_a_linear_system_is_its_own_linearisation():
    linear = linearise(oscillator(3.0, 50.0), [0.7, -0.2])
    assert np.array_equal(linear.state, [[0, 1], [-50, -3]])
    assert np.array_equal(linear.drive, [[0], [1]])
    assert np.array_equal(linear.output, [[1, 0]])
    assert np.array_equal(linear.direct, [[0]])


def test_delays_are_kept_apart_and_add_up_in_the_jacobian():
    linear = linearise(feedback(-2.0, 0.5, 0.3), [1.0])
    assert linear.state == -2.0
    assert linear.delayed == [[[0.5]]]
    assert linear.delays == (0.3,)
    assert jacobian(feedback(-2.0, 0.5, 0.3), [1.0]) == [[-1.5]]


@pytest.mark.parametrize("frequency", [0.1, 3.0, 40.0])
def test_transfer_of_the_oscillator(frequency):
    s = 2j * np.pi * frequency
    assert linearise(oscillator(3.0, 50.0), [0, 0]).transfer(s)[0, 0] == pytest.approx(
        1 / (s**2 + 3 * s + 50), rel=1e-13
    )


def test_characteristic_slope_is_the_derivative_of_the_characteristic():
    linear, s, step = linearise(feedback(-2.0, 0.5, 0.3), [1.0]), 0.4 + 1.2j, 1e-6
    difference = (linear.characteristic(s + step) - linear.characteristic(s - step)) / (2 * step)
    assert np.allclose(linear.characteristic_slope(s), difference, rtol=1e-9)


def test_the_complex_step_is_exact_where_a_difference_loses_half_the_digits():
    model = JansenRit.published()
    slope = -model.jacobian(model.fixed_points()[0].state)[3, 2] / (model.A * model.a)
    v = model.fixed_points()[0]["potential"]
    q = 2 * model.e0 / (1 + np.exp(model.r * (model.v0 - v)))
    assert slope == pytest.approx(model.r * q * (1 - q / (2 * model.e0)), rel=1e-14)


def test_a_state_that_is_none_is_refused_with_what_it_should_be():
    model = JansenRit.published()
    for call in (model.linearise, model.jacobian, model.jacobians, model.eigenvalues):
        with pytest.raises(ValueError, match=r"shape \(2,\) was given; give 6 numbers"):
            call([0.0, 1.0])
        with pytest.raises(ValueError, match="not finite"):
            call([np.nan] * 6)
