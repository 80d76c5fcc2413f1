"""Landmarks carry the whole covariance: exact for planted curves, and what redrawn experiments show."""

import numpy as np
import pytest

from mesobridge.bridge.calibration.landmarks import (
    NAMES,
    landmark_errors,
    landmark_jacobian,
    landmarks_of,
    without_groups,
)
from mesobridge.bridge.estimate import EstimateRefused
from mesobridge.meanfield import AlphaKernel, LogisticSigmoid, TabulatedSigmoid

from .planted_population import KERNEL, KERNEL_COVARIANCE, SIGMOID, SIGMOID_COVARIANCE, modulated, planted


def covariance_of(population, base=None):
    return landmark_errors(population, base).carried(np.eye(len(NAMES)))[0]


def place(name):
    return NAMES.index(name)


def test_the_covariance_of_a_logistic_and_an_alpha_kernel_is_exact():
    found = covariance_of(planted())
    width = float(SIGMOID.quantile(0.8413447460685429) - SIGMOID.theta) / SIGMOID.sigma
    picked = [place(name) for name in ("q_max", "v50", "width")]
    jacobian = np.diag([1.0, 1.0, width])
    np.testing.assert_allclose(
        found[np.ix_(picked, picked)], jacobian @ SIGMOID_COVARIANCE @ jacobian.T, rtol=1e-9, atol=1e-18
    )
    kernel = [place(name) for name in ("area", "mean_lag")]
    slope = np.diag([1.0, -2 / KERNEL.rate**2])
    np.testing.assert_allclose(found[np.ix_(kernel, kernel)], slope @ KERNEL_COVARIANCE @ slope.T, rtol=1e-9)
    assert np.all(found[np.ix_(picked, kernel)] == 0), "separate simulations"


def test_the_covariance_is_what_redrawn_curves_show():
    random = np.random.default_rng(3)
    drawn = []
    for q_max, theta, sigma in random.multivariate_normal([50.0, -40e-3, 3e-3], SIGMOID_COVARIANCE / 25, size=2000):
        marks = landmarks_of(planted(LogisticSigmoid(q_max, theta, sigma)))
        drawn.append([getattr(marks, name) for name in ("q_max", "v50", "width", "operating_rate", "operating_slope")])
    picked = [place(name) for name in ("q_max", "v50", "width", "operating_rate", "operating_slope")]
    found = covariance_of(planted(sigmoid_covariance=SIGMOID_COVARIANCE / 25))[np.ix_(picked, picked)]
    errors = np.sqrt(np.diag(found))
    # A correlation from 2000 draws errs by up to 1/sqrt(2000); 4 of these.
    np.testing.assert_allclose(
        np.cov(drawn, rowvar=False) / np.outer(errors, errors), found / np.outer(errors, errors), atol=0.09
    )


def test_rate_and_slope_follow_the_error_of_the_operating_potential():
    sharp = planted(sigmoid_covariance=np.zeros((3, 3)), operating_v_error=1e-4)
    found = np.sqrt(np.diag(covariance_of(sharp)))
    assert found[place("operating_v")] == pytest.approx(1e-4)
    assert found[place("operating_rate")] == pytest.approx(1e-4 * float(SIGMOID.gain(-47e-3)), rel=1e-9)
    assert found[place("q_max")] == 0


def test_a_table_carries_the_covariance_of_its_knots():
    v = np.linspace(-0.06, -0.025, 15)
    rate = np.asarray(SIGMOID(v))
    covariance = 0.04 * np.exp(-np.abs(v[:, None] - v) / 0.005)
    names = tuple(f"rate_{k}" for k in range(v.size))
    found = covariance_of(
        planted(TabulatedSigmoid(v, rate), sigmoid_names=names, sigmoid_covariance=covariance, sigmoid_degrees=59)
    )
    random, drawn = np.random.default_rng(5), []
    for row in random.multivariate_normal(rate, covariance / 100, size=500):
        marks = landmarks_of(planted(TabulatedSigmoid(v, np.maximum.accumulate(np.maximum(row, 0)))))
        drawn.append([marks.q_max, marks.v50, marks.width])
    picked = [place(name) for name in ("q_max", "v50", "width")]
    expected = np.sqrt(np.diag(found)[picked]) / 10
    np.testing.assert_allclose(np.std(drawn, axis=0), expected, rtol=0.15)


def test_the_ratio_of_areas_is_paired_where_groups_are_shared():
    random = np.random.default_rng(1)
    shared = random.normal(0, 0.03, 10)
    own = [{"area": 7e-6 * (1 + x + 0.001 * y)} for x, y in zip(shared, random.normal(0, 1, 10), strict=True)]
    base = planted(left_out=tuple({"area": 5e-6 * (1 + x)} for x in shared))
    paired = covariance_of(modulated(left_out=tuple(own)), base)[place("area_ratio"), place("area_ratio")]
    alone = covariance_of(modulated(), planted())[place("area_ratio"), place("area_ratio")]
    assert np.sqrt(alone) / 1.4 == pytest.approx(np.hypot(4e-8 / 7e-6, 4e-8 / 5e-6), rel=1e-9), "independent errors"
    ratios = np.array([a["area"] / b["area"] for a, b in zip(own, base.left_out, strict=True)])
    assert np.sqrt(paired) == pytest.approx(np.sqrt(9 / 10 * np.sum((ratios - ratios.mean()) ** 2)), rel=1e-9)


def test_a_curve_that_does_not_come_down_is_refused_by_name():
    high = TabulatedSigmoid(np.linspace(-0.05, -0.03, 5), np.array([20.0, 25.0, 30.0, 35.0, 40.0]))
    with pytest.raises(EstimateRefused, match=r"^base: TabulatedSigmoid.quantile: the table covers 20 to 40 Hz"):
        landmarks_of(planted(high))


def test_the_jacobian_of_a_product_is_exact_and_still_where_nothing_moves():
    population = planted()
    marks, errors = landmarks_of(population), landmark_errors(population)
    found = landmark_jacobian(lambda m: np.array([m.area * m.q_max, m.operating_input]), marks, errors)
    assert found[0, place("area")] == pytest.approx(marks.q_max, rel=1e-9)
    assert found[0, place("q_max")] == pytest.approx(marks.area, rel=1e-9)
    assert np.all(found[1] == 0)


def test_degrees_of_freedom_are_those_of_the_part_that_errs_most():
    population = planted(sigmoid_degrees=59.0, kernel_degrees=9.0)
    rows = np.zeros((3, len(NAMES)))
    rows[0, place("q_max")] = rows[1, place("area")] = 1.0
    _, degrees = landmark_errors(population).carried(rows)
    np.testing.assert_allclose(degrees, [59.0, 9.0, np.inf])


def test_groups_without_every_feature_are_left_out():
    marks = landmarks_of(planted())
    whole = {n: getattr(marks, n) for n in NAMES if n not in ("variance", "area_ratio", "operating_input")} | {
        "sd": 0.014
    }
    partial = {name: value for name, value in whole.items() if name != "width"}
    population = planted(left_out=(whole, partial))
    assert len(without_groups(population, population)) == 1
    assert landmarks_of(planted(kernel=AlphaKernel(5e-6, 50.0))).mean_lag == 0.04
