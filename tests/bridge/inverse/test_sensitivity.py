"""Which levers are told apart: distances, angles, singular values, degenerate directions, and their intervals."""

import numpy as np
import pytest

from mesobridge.bridge.inverse import Sensitivity

from .planted import response

SLOPES = np.array([[4.0, 0.0, 4.0], [0.0, 3.0, 3.0]])


def test_distances_and_angles_are_those_of_the_plane():
    found = Sensitivity(response=response(SLOPES), recording=0.25 * np.eye(2))
    np.testing.assert_allclose(found.whitened, 2 * SLOPES)
    told = found.discriminability(np.random.default_rng(1), number=3)
    np.testing.assert_allclose(np.diag(told.d_prime), [8.0, 6.0, 10.0])
    assert told.d_prime[0, 1] == pytest.approx(8.0)
    assert told.angle[0, 1] == pytest.approx(90.0)
    assert told.angle[0, 2] == pytest.approx(np.degrees(np.arccos(0.8)))
    assert told.d_prime[0, 2] == pytest.approx(8 * 0.6, rel=1e-3), "8 to the line at that angle"
    np.testing.assert_allclose(told.low, told.high, atol=1e-9)


def test_a_lever_that_can_only_go_up_cannot_imitate_the_opposite():
    opposed = np.array([[2.0, -2.0]])
    for one_sided, distance in (((0, 1), 2.0), ((), 0.0)):
        found = Sensitivity(response=response(opposed, one_sided=one_sided), recording=np.eye(1))
        told = found.discriminability(np.random.default_rng(1), number=3)
        assert told.d_prime[0, 1] == pytest.approx(distance)


def test_the_degenerate_direction_is_named():
    found = Sensitivity(response=response(SLOPES), recording=np.eye(2))
    nothing = found.directions[-1]
    assert nothing.size == 0.0
    np.testing.assert_allclose(np.abs(nothing.doses), np.sqrt(1 / 3), atol=1e-12)
    assert found.degenerate() == (nothing,)
    words = nothing.words(found.response.axes)
    assert words.count(" up") + words.count(" down") == 3
    assert np.linalg.norm(found.whitened @ nothing.doses) < 1e-12
    sizes = [direction.size for direction in found.directions]
    assert sizes == sorted(sizes, reverse=True)
    assert "lever_2 +1" in nothing.example(found.response.axes) or "lever_2 −1" in nothing.example(found.response.axes)


def test_intervals_of_distances_hold_them_at_about_their_level_and_noise_alone_is_no_distance():
    rng = np.random.default_rng(5)
    truth = Sensitivity(response=response(SLOPES), recording=np.eye(2)).discriminability(rng, number=3).d_prime
    inside, trials = np.zeros(2), 120
    for _ in range(trials):
        noisy = Sensitivity(response=response(SLOPES, error=0.4, rng=rng), recording=np.eye(2))
        told = noisy.discriminability(rng, number=150)
        inside += [told.low[i, j] <= truth[i, j] <= told.high[i, j] for i, j in ((0, 0), (0, 2))]
    assert np.all(np.abs(inside / trials - 0.95) < 0.03 + 3 * np.sqrt(0.95 * 0.05 / trials)), inside / trials
    nothing = Sensitivity(response=response(np.zeros((6, 1)), error=1.0, rng=rng), recording=np.eye(6))
    assert nothing.discriminability(rng).low[0, 0] == 0.0


def test_changes_are_per_full_dose_and_per_unit_and_bends_do_not_hide_a_lever():
    bend = np.array([[2.0]])
    found = Sensitivity(response=response(np.zeros((1, 1)), bend=bend, one_sided=(0,)), recording=np.eye(1))
    assert found.per_dose[0, 0] == pytest.approx(2.0), "the slope at rest is 0, the secant is not"
    assert found.per_unit[0, 0] == pytest.approx(2.0)
    values = found.singular_value_draws(5, np.random.default_rng(1))
    np.testing.assert_allclose(values, 2.0)
