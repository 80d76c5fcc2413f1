"""The quasi-likelihood: error bounds computed once independently, and a maximum that is one."""

import numpy as np
import pytest

from mesobridge.bridge.sigmoid_fit.families import EX_GAUSSIAN, LOGISTIC
from mesobridge.bridge.sigmoid_fit.likelihood import CountData, Problem, climb, climb_on, fisher_information, fit_family
from mesobridge.bridge.sigmoid_fit.starts import starting_points
from mesobridge.meanfield.sigmoids import ExGaussianSigmoid

from ..planted import draw_poisson_table


def _data(v, exposure):
    zero = np.zeros_like(v)
    return CountData(v, zero, zero + exposure, zero + 1, zero, zero)


def _to_the_digits_of(text: str):
    """Agreement to the digits that are written."""
    digits = len(text.split(".")[1])
    return pytest.approx(float(text), abs=0.5001 * 10.0**-digits)


# Inverse information computed independently of this package: q_max 100 Hz, theta 15 mV, sigma' 3.5 mV, 12 levels of
# 1000 neuron-seconds;
# sd of q_max (Hz), theta and sigma' (mV), correlation of q_max and theta
BOUNDS = [
    ("30", "0.21", "0.027", "0.012", "0.78"),
    ("20", "0.62", "0.052", "0.015", "0.960"),
    ("15", "2.25", "0.139", "0.023", "0.991"),
    ("9", "24.2", "1.09", "0.065", "0.9988"),
]


@pytest.mark.parametrize(("v_high", "sd_q", "sd_theta", "sd_sigma", "correlation"), BOUNDS)
def test_error_bounds_of_the_logistic_are_the_independent_ones(v_high, sd_q, sd_theta, sd_sigma, correlation):
    psi = np.array([np.log(100.0), 0.015, np.log(0.0035)])
    covariance = np.linalg.inv(
        fisher_information(LOGISTIC, psi, _data(np.linspace(0, float(v_high) / 1000, 12), 1000.0))
    )
    sd = np.sqrt(np.diag(covariance))
    assert 100 * sd[0] == _to_the_digits_of(sd_q)
    assert 1000 * sd[1] == _to_the_digits_of(sd_theta)
    assert 3.5 * sd[2] == _to_the_digits_of(sd_sigma)
    assert covariance[0, 1] / (sd[0] * sd[1]) == _to_the_digits_of(correlation)


# The same for the exponentially modified Gaussian:
# 16 levels 0-45 mV of 1000 neuron-seconds, theta 15 mV, s 4 mV; sd(kappa) in mV
@pytest.mark.parametrize(("kappa", "bound"), [(0.5e-3, "0.94"), (1.5e-3, "0.19"), (3e-3, "0.11")])
def test_error_bound_of_kappa_is_the_independent_one(kappa, bound):
    width = np.hypot(4e-3, kappa)
    psi = np.array([np.log(100.0), 0.015 + kappa, np.log(width), (kappa / width) ** 3])
    covariance = np.linalg.inv(fisher_information(EX_GAUSSIAN, psi, _data(np.linspace(0, 0.045, 16), 1000.0)))
    gradient = np.array([0, 0, kappa, width * np.cbrt(psi[3]) / (3 * psi[3])])
    assert 1000 * float(np.sqrt(gradient @ covariance @ gradient)) == _to_the_digits_of(bound)


@pytest.fixture(scope="module")
def fitted():
    truth = ExGaussianSigmoid(q_max=100, theta=-0.055, sigma=0.003, kappa=0.003)
    data = CountData.from_table(draw_poisson_table(truth, np.linspace(-0.066, -0.036, 20), 300.0, 5))
    return fit_family(EX_GAUSSIAN, data, starting_points(EX_GAUSSIAN, data))


def test_the_gradient_vanishes_at_the_maximum_and_no_start_finds_a_better_one(fitted):
    best, problem = fitted
    _, gradient, information = problem.score(best.psi)
    assert best.converged
    assert gradient @ np.linalg.solve(information, gradient) < 1e-3
    rng = np.random.default_rng(0)
    for _ in range(10):
        start = best.psi + rng.standard_normal(4) * np.array([0.2, 2e-3, 0.3, 0.2])
        assert climb(problem, start, best.free).deviance > best.deviance - 1e-4


def test_a_constrained_maximum_meets_its_constraint_and_beats_its_neighbours(fitted):
    best, problem = fitted
    sd = np.sqrt(np.diag(best.covariance))
    target = best.psi[1] + sd[1]
    found = climb_on(problem, best.psi, best.free, lambda psi: (psi[1], np.eye(4)[1]), target)
    assert found.converged
    assert found.psi[1] == pytest.approx(target, abs=0.01 * sd[1])
    assert found.deviance - best.deviance == pytest.approx(1.0, abs=0.1)
    for k in (0, 2, 3):
        for side in (-0.3, 0.3):
            moved = found.psi + side * sd[k] * np.eye(4)[k]
            assert problem.deviance(moved) > found.deviance - 5e-3


def test_the_dispersion_shrinks_when_the_potential_explains_the_count():
    one = np.ones(1)
    explained = CountData(-0.05 * one, 500 * one, 10 * one, 2 * one, (1e-4 * one) ** 2, 2e-4 * one)
    rate, slope = 50 * one, 1e4 * one
    unit = 50 / 10
    by_hand = 2 + (1e8 * 1e-8 - 2 * 1e4 * 2e-4) / unit
    assert by_hand < 2
    np.testing.assert_allclose(explained.dispersion(rate, slope), by_hand)


def test_the_problem_refuses_to_leave_the_bounds_of_the_shape(fitted):
    _, problem = fitted
    assert isinstance(problem, Problem)
    assert problem.clip(np.array([0.0, 0.0, 0.0, 3.0]))[3] == 0.99
