"""Designs: optimal points computed once independently, promises that are kept, sampling that stops for a reason."""

import numpy as np
import pytest

from mesobridge.bridge.design import (
    UNIFORM_SHARE,
    d_optimal_points,
    drive_at,
    next_batch,
    planned_levels,
    predicted_errors,
    sample_until,
)
from mesobridge.bridge.rate_table import merge_tables
from mesobridge.bridge.sigmoid_fit import fit_sigmoid
from mesobridge.meanfield.sigmoids import ExGaussianSigmoid

from .planted import draw_poisson_table

TRUTH = ExGaussianSigmoid(q_max=100, theta=-0.055, sigma=0.003, kappa=0.003)
LOW, HIGH = -0.075, -0.030


@pytest.fixture(scope="module")
def pilot():
    return draw_poisson_table(TRUTH, np.linspace(LOW, HIGH, 12), 40.0, 1)


@pytest.fixture(scope="module")
def estimate(pilot):
    return fit_sigmoid(pilot, family="exgaussian", q_max="fitted", intervals="wald")


# Computed independently of this package for Poisson counts, logistic, z = (V - theta)/sigma'
@pytest.mark.parametrize(
    ("z_high", "expected"), [(60.0, (-2.370, 0.323)), (2.0, (-2.774, -0.128, 2.0)), (0.0, (-3.709, -1.151, 0.0))]
)
def test_optimal_points_of_the_logistic_are_the_independent_ones(z_high, expected):
    points, weight = d_optimal_points("logistic", np.array([np.log(100.0), 0.0, 0.0]), -8.0, z_high, grid=3401)
    assert points.size == 3
    np.testing.assert_allclose(points[: len(expected)], expected, atol=0.02)
    np.testing.assert_allclose(weight, 1 / 3, atol=0.01)


def test_optimal_points_of_the_skewed_sigmoid_are_the_independent_ones():
    width = np.sqrt(2.0)  # kappa/s = 1, u = V - theta in units of s
    psi = np.array([np.log(100.0), 1.0, np.log(width), width**-3])
    points, weight = d_optimal_points("exgaussian", psi, -5.0, 30.0, grid=3501)
    assert points.size == 4
    np.testing.assert_allclose(points[:3], (-1.375, 0.436, 2.432), atol=0.02)
    np.testing.assert_allclose(weight, 1 / 4, atol=0.01)


def test_planned_levels_repeat_the_optimal_points_and_spread_the_rest(estimate):
    v = planned_levels(estimate, LOW, HIGH, levels=20)
    spread = np.linspace(LOW, HIGH, round(UNIFORM_SHARE * 20))
    assert v.size == 20
    assert all(np.min(np.abs(v - s)) < 1e-9 for s in spread)
    assert np.unique(np.round(v, 6)).size <= spread.size + 5


def test_promised_errors_are_those_that_come(estimate, pilot):
    v, exposure = np.linspace(-0.062, -0.040, 10), np.full(10, 300.0)
    promised = predicted_errors(estimate, v, exposure)
    done = fit_sigmoid(
        merge_tables(pilot, draw_poisson_table(TRUTH, v, 300.0, 8)),
        family="exgaussian",
        q_max="fitted",
        intervals="wald",
    )
    for name in ("q_max", "v50", "width", "skew"):
        assert done.features[name].standard_error == pytest.approx(promised[name], rel=0.15)
        assert promised[name] < estimate.features[name].standard_error


def test_drives_are_interpolated_and_extended(pilot):
    v = np.array([LOW - 0.005, -0.0512, HIGH + 0.005])
    np.testing.assert_allclose(drive_at(pilot, v), v * 1e-9)


def test_a_batch_is_empty_when_the_target_is_met_and_limited_by_the_budget(estimate):
    met = next_batch(estimate, {"v50": 1.0}, LOW, HIGH, budget=1e5, spent=480.0)
    assert met.enough
    assert met.v.size == 0
    short = next_batch(estimate, {"v50": 1e-7}, LOW, HIGH, budget=600.0, spent=480.0)
    assert short.limited
    assert short.exposure.sum() == pytest.approx(120.0)


def _simulate(rng):
    def draw(drive, exposure):
        return draw_poisson_table(TRUTH, drive * 1e9, exposure, int(rng.integers(2**31)))

    return draw


def test_sampling_meets_its_targets_with_less_than_a_uniform_grid(pilot):
    uniform = fit_sigmoid(
        draw_poisson_table(TRUTH, np.linspace(LOW, HIGH, 24), 200.0, 2),
        family="exgaussian",
        q_max="fitted",
        intervals="wald",
    )
    targets = {name: uniform.features[name].standard_error for name in ("v50", "q_max")}
    done = sample_until(_simulate(np.random.default_rng(3)), pilot, targets, LOW, HIGH, budget=24 * 200.0)
    assert done.met
    assert len(done.history) >= 1
    assert done.spent < 0.7 * 24 * 200.0
    for name in targets:
        assert done.estimate.features[name].standard_error <= targets[name]
        assert abs(done.estimate.features[name].value - TRUTH.features()[name]) < 4 * targets[name]


def test_sampling_stops_at_the_budget_and_says_so(pilot):
    done = sample_until(_simulate(np.random.default_rng(3)), pilot, {"v50": 1e-8}, LOW, HIGH, budget=1500.0)
    assert not done.met
    assert done.spent == pytest.approx(1500.0)
