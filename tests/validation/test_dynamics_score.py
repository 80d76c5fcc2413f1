"""Scores of a mass model against a noisy population: a right model scores 1, a wrong one visibly worse."""

import numpy as np
import pytest

from mesobridge.validation.dynamics_score import score

TIME = np.arange(0, 2, 2e-3)
TRUTH = 8 + 4 * np.sin(2 * np.pi * 5 * TIME)
ERROR = np.full_like(TIME, 0.5)


def population(seed=0):
    return TRUTH + ERROR * np.random.default_rng(seed).standard_normal(TIME.size)


def test_the_true_rate_scores_one_at_the_floor():
    found = score(population(), ERROR, TRUTH, np.zeros_like(TIME))
    spread = 4 / np.sqrt(2 * TIME.size)
    assert found.normalized_error == pytest.approx(1, abs=spread)
    assert found.error_to_floor == pytest.approx(1, abs=spread)
    assert abs(found.unexplained) < 4 * 0.5**2 / 8 * np.sqrt(2 / TIME.size) * 2


def test_a_late_model_and_a_biased_one_score_worse():
    late = score(population(), ERROR, np.roll(TRUTH, 10), np.zeros_like(TIME))
    biased = score(population(), ERROR, TRUTH + 1, np.zeros_like(TIME))
    assert late.error_to_floor > 2
    assert late.unexplained > 0.2
    assert biased.bias == pytest.approx(1, abs=4 * 0.5 / np.sqrt(TIME.size))


def test_uncertainty_of_the_fit_is_part_of_the_scale():
    sharp = score(population(), ERROR, TRUTH + 1, np.zeros_like(TIME))
    vague = score(population(), ERROR, TRUTH + 1, np.full_like(TIME, 2.0))
    assert vague.normalized_error < sharp.normalized_error / 2


def test_nothing_is_scored_against_nothing():
    with pytest.raises(ValueError, match="no noise"):
        score(TRUTH, np.zeros_like(TIME), TRUTH, np.zeros_like(TIME))
    with pytest.raises(ValueError, match="differ"):
        score(TRUTH, ERROR, TRUTH[:-1], ERROR)
