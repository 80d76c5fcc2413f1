"""The set of mixtures holds the true one as often as it says, and loses it when the theory is wrong."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from mesobridge.bridge.inverse import InverseProblem, Observation

from .planted import observed, response

LEVEL = 0.95
TRIALS = 1500
RNG_SLOPES = np.random.default_rng(8)
SLOPES = RNG_SLOPES.normal(size=(6, 4))


def within(covered: float, nominal: float, trials: int) -> bool:
    return abs(covered - nominal) < 3 * np.sqrt(nominal * (1 - nominal) / trials)


def coverage(theory_of, truth_of, doses: np.ndarray, error: float, rng: np.random.Generator, trials: int) -> np.ndarray:
    """Discrepancies of the true mixture over many observations."""
    found = []
    for _ in range(trials):
        asked = InverseProblem(response=theory_of(), observation=observed(truth_of(doses), error, rng), level=LEVEL)
        found.append(asked.discrepancy(doses[None])[0])
    return np.array(found)


def test_a_planted_mixture_is_in_the_set_at_the_nominal_rate():
    rng = np.random.default_rng(1)
    exact = response(SLOPES)
    doses = np.array([0.7, 0.0, -0.4, 0.2])
    found = coverage(lambda: exact, lambda u: exact.mean(u[None])[0], doses, 0.3, rng, TRIALS)
    assert stats.kstest(found, stats.chi2(6).cdf).pvalue > 0.001
    assert within(float(np.mean(found <= stats.chi2(6).ppf(LEVEL))), LEVEL, TRIALS)


@pytest.mark.slow
def test_errors_of_measured_curves_and_the_edge_of_the_bounds_leave_the_rate_as_it_is():
    rng = np.random.default_rng(2)
    truth = response(SLOPES, one_sided=(1, 2))
    doses = np.array([1.0, 0.0, 0.9, -0.3])
    found = coverage(
        lambda: response(SLOPES, error=0.25, rng=rng, one_sided=(1, 2)),
        lambda u: truth.mean(u[None])[0],
        doses, 0.2, rng, TRIALS,
    )  # fmt: skip
    # Noisy points bend the curves, and the budget holds half the bend as well: a little on the safe side.
    covered = float(np.mean(found <= stats.chi2(6).ppf(LEVEL)))
    assert covered > LEVEL - 3 * np.sqrt(LEVEL * (1 - LEVEL) / TRIALS)
    assert covered < 0.985
    ignored = coverage(
        lambda: replace(response(SLOPES, error=0.25, rng=rng, one_sided=(1, 2)), errors=np.zeros((8, 6))),
        lambda u: truth.mean(u[None])[0],
        doses, 0.2, rng, 300,
    )  # fmt: skip
    assert np.mean(ignored <= stats.chi2(6).ppf(LEVEL)) < 0.8, "errors of the curves that are ignored are missed"


def test_a_wrong_sensitivity_matrix_is_detected():
    rng = np.random.default_rng(3)
    truth = response(SLOPES)
    wrong = response(np.roll(SLOPES, 1, axis=1))
    doses = np.array([0.7, 0.0, -0.4, 0.2])
    found = coverage(lambda: wrong, lambda u: truth.mean(u[None])[0], doses, 0.3, rng, 500)
    assert np.mean(found <= stats.chi2(6).ppf(LEVEL)) < 0.2


def test_mixtures_that_the_data_exclude_are_outside():
    rng = np.random.default_rng(5)
    exact = response(SLOPES)
    doses, others = np.array([0.7, 0.0, -0.4, 0.2]), rng.uniform(-1, 1, (400, 4))
    apart = np.linalg.norm((others - doses) @ SLOPES.T, axis=1) / 0.05
    asked = InverseProblem(response=exact, observation=observed(exact.mean(doses[None])[0], 0.05, rng), level=LEVEL)
    excluded = apart > 10
    assert excluded.sum() > 100
    assert not np.any(asked.explains(others)[excluded])
    assert asked.explains(doses)[0]


def test_an_exact_observation_is_refused():
    with pytest.raises(ValueError, match="standard error"):
        Observation(features=("a",), change=np.zeros(1), covariance=np.zeros((1, 1)))
    with pytest.raises(ValueError, match="changes"):
        Observation(features=("a",), change=np.zeros(2), covariance=np.eye(1))
