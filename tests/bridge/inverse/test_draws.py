"""Draws of plausible mixtures against laws in closed form."""

import numpy as np
from scipy import stats

from mesobridge.bridge.inverse import draw_mixtures, spread_directions

from .planted import problem, response


def test_draws_have_the_covariance_of_the_linear_problem():
    rng = np.random.default_rng(1)
    slopes = np.array([[3.0, 2.6], [2.8, 3.1], [0.4, -0.3]])
    asked = problem(response(slopes), np.array([0.05, 0.0]), 0.15, rng)
    draws, values = draw_mixtures(asked, np.zeros((1, 2)), rng, walkers=200, steps=150)
    expected = 0.0225 * np.linalg.inv(slopes.T @ slopes)
    middle = np.linalg.lstsq(slopes, asked.observation.change, rcond=None)[0]
    assert np.all(np.abs(middle) + 4 * np.sqrt(np.diag(expected)) < 1), "the bounds do not cut"
    np.testing.assert_allclose(draws.mean(0), middle, atol=0.1 * np.sqrt(expected[0, 0]))
    np.testing.assert_allclose(np.cov(draws.T), expected, atol=0.1 * expected[0, 0])
    np.testing.assert_allclose(values, asked.discrepancy(draws), rtol=1e-12)
    widest = spread_directions(draws)[0]
    assert widest.words(asked.response.axes) in ("lever_0 up with lever_1 down", "lever_1 up with lever_0 down")


def test_bounds_cut_the_law_of_a_single_lever():
    rng = np.random.default_rng(2)
    asked = problem(response(np.array([[1.0]]), one_sided=(0,)), np.array([0.1]), 0.3, rng)
    draws, _ = draw_mixtures(asked, np.array([[0.5]]), rng, walkers=400, steps=60)
    middle = float(asked.observation.change[0])
    law = stats.truncnorm((0 - middle) / 0.3, (1 - middle) / 0.3, loc=middle, scale=0.3)
    last = draws[:400, 0]
    assert stats.kstest(last, law.cdf).pvalue > 0.001


def test_the_same_seed_gives_the_same_draws():
    slopes = np.array([[1.0, 0.4], [0.2, 1.5]])
    asked = problem(response(slopes), np.zeros(2), 0.3, np.random.default_rng(3))
    first, second = (
        draw_mixtures(asked, np.zeros((1, 2)), np.random.default_rng(9), walkers=10, steps=20)[0] for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
