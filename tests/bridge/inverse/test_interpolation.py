"""Curves through few points: parabolas are exact, every curve passes its points, slopes are slopes."""

import numpy as np
import pytest

from mesobridge.bridge.inverse.interpolation import smooth_pieces, straight_pieces, weights_at


@pytest.mark.parametrize("knots", [[-1.0, 0.0, 1.0], [-0.7, 0.0, 0.4, 1.0], [0.0, 0.5, 1.0]])
def test_a_parabola_comes_back_exactly(knots):
    knots = np.array(knots)
    x = np.linspace(knots[0], knots[-1], 57)
    parabola = 0.3 - 1.2 * knots + 0.8 * knots**2
    np.testing.assert_allclose(weights_at(knots, smooth_pieces(knots), x) @ parabola, 0.3 - 1.2 * x + 0.8 * x**2)
    slope = weights_at(knots, smooth_pieces(knots), x, slope=True) @ parabola
    np.testing.assert_allclose(slope, -1.2 + 1.6 * x, atol=1e-12)


def test_two_points_make_a_straight_line():
    knots = np.array([0.0, 1.0])
    x = np.linspace(0, 1, 11)
    for pieces in (smooth_pieces(knots), straight_pieces(knots)):
        np.testing.assert_allclose(weights_at(knots, pieces, x), np.stack([1 - x, x], 1), atol=1e-15)


def test_a_curve_passes_its_points_and_its_error_falls_with_the_third_power_of_their_distance():
    errors, distances = [], []
    for count in (5, 9, 17, 33):
        knots = np.linspace(-1, 1, count)
        pieces = smooth_pieces(knots)
        np.testing.assert_allclose(weights_at(knots, pieces, knots), np.eye(count), atol=1e-12)
        x = np.linspace(-1, 1, 1001)
        errors.append(np.max(np.abs(weights_at(knots, pieces, x) @ np.exp(knots) - np.exp(x))))
        distances.append(knots[1] - knots[0])
    order = np.polyfit(np.log(distances), np.log(errors), 1)[0]
    assert order == pytest.approx(3.0, abs=0.3)
