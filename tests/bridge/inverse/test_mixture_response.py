"""Mixtures add, their error is that of a Monte Carlo, and what is not known of them is in the error."""

from dataclasses import replace

import numpy as np
import pytest

from mesobridge.bridge.inverse import DoseAxis, ErrorBudget, Interaction

from .planted import response

SLOPES = np.array([[1.0, 0.5], [-0.3, 2.0], [0.0, 0.4]])
BEND = np.array([[0.2, 0.0], [0.1, -0.5], [0.0, 0.0]])


def test_a_mixture_is_the_sum_of_its_curves():
    found = response(SLOPES, bend=BEND)
    doses = np.array([[0.3, -0.8], [0.0, 0.0], [1.0, 1.0]])
    np.testing.assert_allclose(found.mean(doses), doses @ SLOPES.T + doses**2 @ BEND.T, atol=1e-12)
    np.testing.assert_allclose(found.slopes(doses), SLOPES + 2 * doses[:, None, :] * BEND, atol=1e-12)


def test_a_known_interaction_is_added_and_half_of_it_is_an_error():
    together = Interaction(first=0, second=1, coefficient=np.array([0.4, 0.0, -0.2]), standard_error=np.full(3, 0.03))
    found = response(SLOPES, budget=ErrorBudget(of_a_step=0.0)).with_interactions([together])
    doses = np.array([[0.5, -0.6]])
    np.testing.assert_allclose(found.mean(doses)[0], SLOPES @ doses[0] - 0.3 * together.coefficient)
    expected = 0.3 * np.hypot(together.standard_error, 0.5 * together.coefficient)
    np.testing.assert_allclose(np.sqrt(np.diag(found.evaluate(doses)[1][0])), expected)
    step = 1e-6
    moved = [found.mean(doses + step * np.eye(2)[k])[0] for k in (0, 1)]
    np.testing.assert_allclose(found.slopes(doses)[0], (np.array(moved) - found.mean(doses)).T / step, rtol=1e-4)


def test_the_error_of_the_points_is_that_of_many_worlds():
    rng = np.random.default_rng(4)
    exact = response(SLOPES, error=0.05, one_sided=(1,))
    correlation = np.array([[1.0, 0.6, 0.0], [0.6, 1.0, -0.3], [0.0, -0.3, 1.0]])
    conditions = 0.3 * np.ones((4, 4)) + 0.7 * np.eye(4)
    doses = np.array([0.4, 0.8])
    found = replace(exact, condition_correlation=conditions, feature_correlation=correlation)
    roots = np.linalg.cholesky(conditions), np.linalg.cholesky(correlation)
    drawn = []
    for _ in range(2000):
        values = exact.values + 0.05 * roots[0] @ rng.standard_normal(exact.values.shape) @ roots[1].T
        drawn.append(replace(found, values=values).mean(doses[None])[0])
    expected = np.cov(np.array(drawn).T)
    points = found.evaluate(doses[None])[1][0]
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    assert np.max(np.abs(points - expected) / scale) < 4 * np.sqrt(2 / 2000)


def test_what_is_between_points_and_what_two_levers_do_together_is_in_the_error():
    bent = response(np.ones((1, 1)), bend=np.array([[0.4]]), budget=ErrorBudget())
    assert bent.evaluate(np.array([[1.0]]))[1][0, 0, 0] == pytest.approx(0.0, abs=1e-20)
    middle = bent.evaluate(np.array([[0.5]]))[1][0, 0, 0]
    assert np.sqrt(middle) == pytest.approx(np.hypot(0.5 * 0.4 * 0.25, 0.02 * 1.4))
    pair = response(np.array([[0.2, 0.3]]), budget=ErrorBudget(of_a_step=0.0))
    error = np.sqrt(pair.evaluate(np.array([[1.0, -0.5]]))[1][0, 0, 0])
    assert error == pytest.approx(1.5 * 0.2 * 0.15)
    parts = pair.error_parts(np.array([1.0, -0.5]))
    assert parts["superposition"][0] == pytest.approx(error)
    assert pair.evaluate(np.array([[1.0, 0.0]]))[1][0, 0, 0] == pytest.approx(0.0, abs=1e-20)


def test_parts_of_a_response_are_its_own():
    together = Interaction(first=0, second=1, coefficient=np.ones(3), standard_error=np.zeros(3))
    found = response(SLOPES, bend=BEND, error=0.1).with_interactions([together])
    second = found.of_levers([1])
    doses = np.array([[0.7]])
    np.testing.assert_allclose(second.mean(doses), found.mean(np.array([[0.0, 0.7]])))
    assert second.interactions == ()
    turned = found.of_features(["feature_2", "feature_0"])
    np.testing.assert_allclose(turned.mean(np.array([[0.2, 0.3]])), found.mean(np.array([[0.2, 0.3]]))[:, [2, 0]])
    with pytest.raises(ValueError, match="no such feature"):
        found.of_features(["feature_9"])


def test_a_factor_is_measured_in_doublings_and_bounds_stay_within_what_was_studied():
    def factor(lowest: float, highest: float) -> DoseAxis:
        return DoseAxis(
            name="x", mechanism="x", mode="review", unit="1", neutral=1.0, amounts=(0.5, 4.0),
            lowest=lowest, highest=highest,
        )  # fmt: skip

    whole = factor(0.5, 4.0)
    assert whole.dose(2.0) == pytest.approx(0.5)
    assert whole.amount(-0.5) == pytest.approx(0.5)
    np.testing.assert_allclose(whole.knots, [-0.5, 0.0, 1.0])
    assert whole.label(1.0) == "×4"
    for low, high in ((0.4, 4.0), (0.5, 5.0), (2.0, 4.0), (1.0, 1.0)):
        with pytest.raises(ValueError, match="bounds"):
            factor(low, high)
