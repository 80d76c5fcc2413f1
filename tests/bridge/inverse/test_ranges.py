"""Ranges against the ellipsoid in closed form, their coverage, few levers, and what rules an observation out."""

import numpy as np
import pytest
from scipy.stats import chi2

from mesobridge.bridge.inverse import (
    InverseProblem,
    Observation,
    best_mixture,
    lever_ranges,
    low_mixtures,
    mixtures_of_few,
    profiles,
    ruled_out_by,
)

from .planted import observed, problem, response

SLOPES = np.array([[3.0, 1.0, 0.2], [0.5, 2.5, -0.4], [-0.6, 0.3, 2.8], [1.0, 1.0, 1.0], [0.2, -0.9, 0.6]])
DOSES = np.array([0.1, -0.2, 0.15])


def test_ranges_are_the_shadows_of_the_ellipsoid():
    rng = np.random.default_rng(1)
    asked = problem(response(SLOPES), DOSES, 0.4, rng)
    covariance = 0.16 * np.linalg.inv(SLOPES.T @ SLOPES)
    middle = np.linalg.lstsq(SLOPES, asked.observation.change, rcond=None)[0]
    smallest = asked.discrepancy(middle[None])[0]
    best, found = best_mixture(asked)
    np.testing.assert_allclose(best, middle, atol=2e-3)
    assert found == pytest.approx(smallest, abs=1e-4)
    ranges = lever_ranges(asked, profiles(asked, best[None]), found)
    for k, one in enumerate(ranges):
        sd = np.sqrt(covariance[k, k])
        assert one.joint is not None
        assert one.interval is not None
        reach = np.sqrt(asked.threshold - smallest) * sd
        np.testing.assert_allclose(one.joint, [middle[k] - reach, middle[k] + reach], atol=1e-3)
        np.testing.assert_allclose(one.interval, [middle[k] - 1.96 * sd, middle[k] + 1.96 * sd], atol=1e-3)


@pytest.mark.slow
def test_the_interval_of_one_lever_covers_at_its_level_and_its_joint_range_more_often():
    rng = np.random.default_rng(2)
    exact, truth = response(SLOPES[:, :2]), np.array([0.2, -0.1])
    alone, together, trials = 0, 0, 250
    for _ in range(trials):
        asked = problem(exact, truth, 0.5, rng)
        best, smallest = best_mixture(asked, starts=2)
        one = lever_ranges(asked, profiles(asked, best[None], points=9), smallest)[0]
        if one.joint is not None and one.interval is not None:
            together += one.joint[0] <= truth[0] <= one.joint[1]
            alone += one.interval[0] <= truth[0] <= one.interval[1]
    error = np.sqrt(0.95 * 0.05 / trials)
    # An empty set, which 5 features of 2 levers give once in a hundred observations, counts as a miss.
    assert abs(alone / trials - 0.945) < 3 * error
    assert together / trials > 0.95 - 3 * error


def test_bounds_cut_the_ranges_and_a_needed_lever_is_named():
    rng = np.random.default_rng(3)
    bounded = response(SLOPES, one_sided=(1,))
    asked = problem(bounded, np.array([0.9, 0.0, 0.0]), 0.3, rng)
    best, smallest = best_mixture(asked)
    ranges = lever_ranges(asked, profiles(asked, best[None]), smallest)
    assert ranges[0].needed
    assert not ranges[1].needed
    assert ranges[1].joint is not None
    assert ranges[1].joint[0] >= 0.0
    assert ranges[0].joint is not None
    assert ranges[0].joint[1] <= 1.0


def test_bent_curves_are_followed_to_both_sides():
    bend = np.zeros((5, 1))
    bend[:, 0] = [3.0, 2.0, 1.0, 0.0, 0.0]
    parabola = response(np.full((5, 1), 1e-6), bend=bend)
    asked = problem(parabola, np.array([0.8]), 0.05, np.random.default_rng(4))
    found = profiles(asked, low_mixtures(asked)[0])
    (one,) = lever_ranges(asked, found, float(found[0].discrepancy.min()))
    assert one.joint is not None
    assert one.joint[0] == pytest.approx(-one.joint[1], abs=0.02), "a dose and its opposite do the same"
    assert one.joint[1] == pytest.approx(0.8, abs=0.1)


def test_few_levers_are_tried_and_the_planted_pair_comes_first():
    rng = np.random.default_rng(6)
    asked = problem(response(SLOPES), np.array([0.7, 0.0, -0.6]), 0.2, rng)
    singles, pairs = mixtures_of_few(asked, 1), mixtures_of_few(asked, 2)
    assert [len(singles), len(pairs)] == [3, 3]
    assert all(one.discrepancy > asked.threshold for one in singles)
    assert pairs[0].levers == (0, 2)
    assert pairs[0].discrepancy <= asked.threshold


def test_when_no_mixture_explains_the_data_the_feature_that_rules_it_out_is_named():
    exact = response(SLOPES)
    change = exact.mean(DOSES[None])[0]
    change[3] += 5.0
    observation = Observation(features=exact.features, change=change, covariance=0.04 * np.eye(5))
    asked = InverseProblem(response=exact, observation=observation)
    best, smallest = best_mixture(asked)
    assert smallest > asked.threshold
    assert all(
        one.joint is None and one.interval is None for one in lever_ranges(asked, profiles(asked, best[None]), smallest)
    )
    (name, left), *_ = ruled_out_by(asked, smallest)
    assert name == "feature_3"
    assert left == pytest.approx(0.0, abs=1e-4)


@pytest.mark.slow
def test_an_empty_set_is_as_rare_as_it_should_be():
    rng = np.random.default_rng(7)
    exact = response(SLOPES[:, :2])
    smallest = np.array(
        [best_mixture(InverseProblem(response=exact, observation=observed(exact.mean(DOSES[None, :2])[0], 0.2, rng)),
                      starts=1)[1] for _ in range(300)]
    )  # fmt: skip
    expected = chi2(3).mean()
    assert smallest.mean() == pytest.approx(expected, abs=4 * np.sqrt(6 / 300))
