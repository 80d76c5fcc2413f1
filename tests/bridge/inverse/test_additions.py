"""Promised shrinkage is what comes: in closed form, by simulation, and one after another."""

import numpy as np
import pytest

from mesobridge.bridge.inverse import (
    Candidate,
    InverseProblem,
    added_to_information,
    draw_mixtures,
    expected_shrinkage,
    greedy,
    joint_covariance,
)

from .planted import observed, response


def candidate(error: float, name: str = "y") -> Candidate:
    return Candidate(name=name, kind="feature", unit="1", standard_error=error)


def test_one_addition_is_exactly_the_new_covariance():
    rng = np.random.default_rng(1)
    root = rng.normal(size=(4, 4))
    covariance = root @ root.T + 0.1 * np.eye(4)
    gradient, rows = rng.normal(size=4), rng.normal(size=(6, 4))
    errors = rng.uniform(0.3, 2.0, 6)
    found = added_to_information(covariance, gradient, rows, [candidate(e, f"y{i}") for i, e in enumerate(errors)])
    assert [one.shrinkage for one in found] == sorted(one.shrinkage for one in found)
    for one in found:
        i = int(one.candidate.name[1:])
        information = np.linalg.inv(covariance) + np.outer(rows[i], rows[i]) / errors[i] ** 2
        after = gradient @ np.linalg.solve(information, gradient)
        assert one.shrinkage == pytest.approx(np.sqrt(after / (gradient @ covariance @ gradient)))
        assert one.information == pytest.approx(
            0.5 * (np.linalg.slogdet(information)[1] + np.linalg.slogdet(covariance)[1])
        )


def test_the_greedy_sequence_ends_at_the_covariance_of_all_its_members():
    rng = np.random.default_rng(2)
    root = rng.normal(size=(5, 5))
    joint = root @ root.T
    made = [candidate(0.5, f"y{i}") for i in range(4)]
    chosen = greedy(joint, made, 3)
    places = [1 + int(one.candidate.name[1:]) for one in chosen]
    block = joint[np.ix_(places, places)] + 0.25 * np.eye(3)
    after = joint[0, 0] - joint[0, places] @ np.linalg.solve(block, joint[places, 0])
    assert chosen[-1].shrinkage == pytest.approx(np.sqrt(after / joint[0, 0]))
    assert [one.shrinkage for one in chosen] == sorted((one.shrinkage for one in chosen), reverse=True)


def test_averaging_over_outcomes_gives_the_gaussian_answer_in_the_gaussian_case():
    rng = np.random.default_rng(3)
    cases = rng.multivariate_normal([0, 0], [[1.0, 0.7], [0.7, 1.0]], 4000)
    promised = expected_shrinkage(cases[:, 0], cases[:, 1:], np.full((4000, 1), 0.3), rng, outcomes=200)[0]
    exact = greedy(joint_covariance(cases[:, 0], cases[:, 1:]), [candidate(np.sqrt(0.3))], 1)[0].shrinkage
    assert promised == pytest.approx(exact, rel=0.02)


def test_the_promise_for_mixtures_is_kept_when_the_measurement_is_made():
    """Draw plausible mixtures again, with the measurement, over many things it may find."""
    rng = np.random.default_rng(4)
    slopes = np.array([[3.0, 2.8], [2.0, 2.1], [1.5, -1.0]])
    whole = response(slopes, bend=np.array([[0.3, 0.0], [0.0, 0.4], [0.2, 0.0]]))
    seen = observed(whole.mean(np.array([[0.2, -0.1]]))[0], 0.3, rng).of_features(["feature_0", "feature_1"])
    before = InverseProblem(response=whole, observation=seen)
    draws, _ = draw_mixtures(before, np.zeros((1, 2)), rng, walkers=150, steps=80)
    mean, covariance = whole.evaluate(draws)
    variance = covariance[:, 2, 2] + 0.2**2
    promised = expected_shrinkage(draws[:, 0], mean[:, 2:], variance[:, None], rng)[0]
    left = []
    for truth in draws[:16]:
        expected, spread = (part[0, 2] for part in whole.evaluate(truth[None]))
        found = float(expected + np.sqrt(spread[2] + 0.04) * rng.standard_normal())
        after = InverseProblem(response=whole, observation=seen.joined("feature_2", found, 0.2))
        left.append(np.var(draw_mixtures(after, draws, rng, walkers=60, steps=48)[0][:, 0]))
    kept = np.sqrt(np.mean(left) / np.var(draws[:, 0]))
    assert promised < 0.6
    assert kept == pytest.approx(promised, rel=0.12)
