"""Contour integrals for parabolic cylinder functions against mpmath, and the order of their quadrature."""

from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from mesobridge.meanfield.parabolic_cylinder import saddle_contour, saddle_point

Y = (-30.0, -3.0, -0.1, 0.0, 0.5, 2.0, 4.0, 20.0)


def through_mpmath(y: float, s: complex) -> Any:
    """The integral of t^s exp(-t^2 + 2 y t) over t > 0, by the parabolic cylinder function."""
    v = mpmath.mpc(s) + 1
    return 2 ** (-v / 2) * mpmath.gamma(v) * mpmath.exp(mpmath.mpf(y) ** 2 / 2) * mpmath.pcfd(-v, -mpmath.sqrt(2) * y)


def relative_error(y: float, omega: float, points: int, power: int = 0) -> float:
    s = np.array([1j * omega])
    path = saddle_contour(np.array([y]), s, order=s + 1, knee=np.zeros(1), points=points)
    summed = complex(np.sum(path.weights * path.nodes**power))
    with mpmath.workdps(40):
        t, k = mpmath.mpc(complex(path.saddle[0])), mpmath.mpc(1j * omega)
        scale: Any = mpmath.exp((k + 1) * mpmath.log(t) - t**2 + 2 * mpmath.mpf(y) * t)
        return float(abs(summed * scale / through_mpmath(y, 1j * omega + power) - 1))


@pytest.mark.parametrize(("omega", "points"), [(1.0, 96), (4.0, 64), (10.0, 64), (25.0, 48), (150.0, 48)])
@pytest.mark.parametrize("y", Y)
def test_equals_mpmath_to_rounding(y: float, omega: float, points: int) -> None:
    assert relative_error(y, omega, points) < 5e-13
    assert relative_error(y, omega, points, power=1) < 5e-13


@pytest.mark.parametrize(("y", "omega"), [(-3.0, 1000.0), (0.0, 1000.0), (2.0, 1000.0), (1.0, 3000.0)])
def test_equals_mpmath_at_high_frequency(y: float, omega: float) -> None:
    assert relative_error(y, omega, 48) < 1e-13


def test_error_falls_geometrically_with_the_number_of_nodes() -> None:
    points = np.array([16, 24, 32, 40, 48])
    errors = np.array([relative_error(0.5, 3.0, int(count)) for count in points])
    slope, _ = np.polyfit(points, np.log(errors), 1)
    assert np.all(np.diff(errors) < 0)
    assert slope < -0.3


def test_real_axis_loses_what_the_saddle_keeps() -> None:
    s, knee = np.array([30j]), np.zeros(1)
    along = saddle_contour(np.zeros(1), s, order=np.ones(1, dtype=complex), knee=knee, points=4000)
    through = saddle_contour(np.zeros(1), s, order=s + 1, knee=knee, points=64)
    lost = abs(np.sum(along.weights)) / np.sum(np.abs(along.weights))
    kept = abs(np.sum(through.weights)) / np.sum(np.abs(through.weights))
    assert kept > 0.3
    assert lost < 1e-9


@given(y=st.floats(-1e6, 1e6), omega=st.floats(0, 1e5))
def test_the_saddle_point_is_stationary(y: float, omega: float) -> None:
    order = np.array([1 + 1j * omega])
    t = saddle_point(np.array([y]), order)
    terms = np.array([order / t, -2 * t, np.array([2 * y])])
    assert np.all(t.real > 0)
    assert abs(terms.sum()) <= 1e-13 * np.abs(terms).max()


@settings(max_examples=50)
@given(y=st.floats(-200, 26), omega=st.floats(1, 5e3))
def test_the_recurrence_of_three_orders_holds(y: float, omega: float) -> None:
    s = np.array([1j * omega])
    path = saddle_contour(np.array([y]), s, order=s + 1, knee=np.zeros(1), points=96)
    moments = [np.sum(path.weights * path.nodes**k) for k in range(3)]
    terms = np.array([(s[0] + 1) * moments[0], -2 * moments[2], 2 * y * moments[1]])
    assert abs(terms.sum()) <= 1e-12 * np.abs(terms).max()


def test_answers_are_finite_far_outside_of_physiology() -> None:
    y, omega = np.meshgrid([-1e8, -1e3, 0.0, 1e3], [0.0, 1.0, 1e3, 1e6])
    s = 1j * omega.ravel()
    path = saddle_contour(y.ravel(), s, order=s + 1, knee=np.zeros(s.shape), points=64)
    assert np.all(np.isfinite(path.weights))
    assert_allclose(path.saddle.imag >= 0, True)
