from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import lambertw

from mesobridge.meanfield import CorticothalamicField
from mesobridge.meanfield.dynamics.delay_eigenvalues import (
    barycentric_row,
    chebyshev,
    collocated_eigenvalues,
    converged_eigenvalues,
    generator_matrix,
    rightmost_eigenvalues,
)
from mesobridge.meanfield.dynamics.linearisation import linearise

from .linear_systems import feedback, oscillator


def by_lambert(now, late, delay, number):
    """Roots of s = now + late exp(-s delay), branch by branch."""
    branches = np.arange(-number - 2, number + 3)
    roots = now + lambertw(late * delay * np.exp(-now * delay), branches) / delay
    order = np.lexsort((-roots.imag, -np.round(roots.real, 9)))
    return roots[order][:number]


@given(st.floats(-3, 3), st.floats(-4, 4).filter(lambda b: abs(b) > 0.05), st.floats(0.05, 3))
@settings(max_examples=40, deadline=None)
def test_scalar_delay_equation_by_the_lambert_function(now, late, delay):
    linear = linearise(feedback(now, late, delay), [0.0])
    ours, converged = converged_eigenvalues(linear, 6)
    assert len(ours) >= 3
    exact = by_lambert(now, late, delay, 12)
    # At a double root Newton's method knows only half the digits.
    sharp = np.abs(1 + late * delay * np.exp(-exact * delay)) > 1e-4
    for value in exact[sharp][: len(ours) - 2]:
        assert np.min(np.abs(ours - value)) < 1e-9 * (1 + abs(value)), converged


def test_hopf_of_the_delayed_negative_feedback_is_at_half_pi():
    values = rightmost_eigenvalues(linearise(feedback(0.0, -np.pi / 2, 1.0), [0.0]), 4)
    assert abs(values[0] - 0.5j * np.pi) < 1e-13


def test_without_delays_all_eigenvalues_of_the_matrix():
    values = rightmost_eigenvalues(linearise(oscillator(2.0, 401.0), [0, 0]), 10)
    assert np.allclose(values, [-1 + 20j, -1 - 20j], rtol=1e-13)


def test_the_cut_does_not_part_a_pair():
    assert len(rightmost_eigenvalues(linearise(oscillator(), [0, 0]), 1)) == 2


def test_collocation_converges_spectrally():
    linear, exact = linearise(feedback(-0.5, -2.0, 1.0), [0.0]), by_lambert(-0.5, -2.0, 1.0, 1)[0]
    nodes = [4, 6, 8, 10, 12]
    errors = [np.min(np.abs(np.linalg.eigvals(generator_matrix(linear, n)) - exact)) for n in nodes]
    rates = np.diff(np.log10(errors)) / np.diff(nodes)
    assert errors[0] > 1e-6
    assert np.all(rates < -0.5), "each node brings at least half a digit, and more with more nodes"


def test_residuals_are_at_rounding_and_a_wrong_value_has_a_large_one():
    model = CorticothalamicField.published()
    found = collocated_eigenvalues(model.linearise(), 64, 8)
    assert np.all(found.residuals < 1e-12)
    linear = model.linearise()
    for value in found.values:
        scale = np.linalg.svd(linear.characteristic(value), compute_uv=False)
        assert scale[-1] < 1e-12 * scale[0]
        off = np.linalg.svd(linear.characteristic(value + 0.5), compute_uv=False)
        assert off[-1] > 1e6 * scale[-1]


def test_the_argument_principle_counts_as_many_as_are_listed():
    """Zeros of det right of Re = -10, |f| < 60 Hz: winding of the determinant around that box."""
    linear = CorticothalamicField.published().linearise()
    left, right, top = -10.0, 40.0, 2 * np.pi * 60
    corners = [left - 1j * top, right - 1j * top, right + 1j * top, left + 1j * top, left - 1j * top]
    path = np.concatenate([np.linspace(a, b, 4001) for a, b in pairwise(corners)])
    winding = np.sum(
        np.angle(np.linalg.det(linear.characteristic(path[1:])) / np.linalg.det(linear.characteristic(path[:-1])))
    ) / (2 * np.pi)
    listed = rightmost_eigenvalues(linear, 20)
    assert round(winding) == np.count_nonzero(np.real(listed) > left) == 5


def test_too_many_are_refused_with_how_many_there_are():
    with pytest.raises(ValueError, match="have converged"):
        rightmost_eigenvalues(linearise(feedback(-1.0, 1e-30, 1.0), [0.0]), 5)
    values, converged = converged_eigenvalues(linearise(feedback(-1.0, 1e-30, 1.0), [0.0]), 5)
    assert not converged
    assert values[0] == pytest.approx(-1.0)


def test_chebyshev_differentiates_polynomials_exactly():
    points, matrix = chebyshev(9)
    assert np.allclose(matrix @ points**7, 7 * points**6, atol=1e-12)


def test_barycentric_interpolation_is_exact_for_polynomials_and_at_nodes():
    points, _ = chebyshev(9)
    assert barycentric_row(points, 0.3) @ points**7 == pytest.approx(0.3**7, abs=1e-14)
    assert barycentric_row(points, points[4])[4] == 1
