"""Intervals hold the truth as often as they say; changes lose the noise that both conditions share."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from mesobridge.bridge.calibration import CALIBRATIONS, Target
from mesobridge.bridge.calibration.intervals import ParameterUnit, parameter_estimate
from mesobridge.bridge.calibration.landmarks import landmark_errors, landmark_jacobian, landmarks_of
from mesobridge.meanfield import AlphaKernel, LogisticSigmoid

from .planted_population import KERNEL, KERNEL_COVARIANCE, SIGMOID, SIGMOID_COVARIANCE, modulated, planted

# A curve of currents is solved for at every step of every difference.
DRAWS = {"dynamic-mean-field": 100}
MANY = 400


def redrawn(random):
    q_max, theta, sigma = random.multivariate_normal(list(SIGMOID.parameters().values()), SIGMOID_COVARIANCE)
    area, rate = random.multivariate_normal([KERNEL.area, KERNEL.rate], KERNEL_COVARIANCE)
    return planted(LogisticSigmoid(q_max, theta, sigma), AlphaKernel(area, rate))


@pytest.mark.parametrize("name", ["jansen-rit", "wilson-cowan", "corticothalamic", "dynamic-mean-field", "liley"])
def test_intervals_hold_the_planted_parameters_as_often_as_they_say(name):
    target = CALIBRATIONS[name]
    assert isinstance(target, Target)
    # An alpha kernel stands at the edge of the biexponential ones, where no linear error holds.
    at_the_edge = {"corticothalamic": {"alpha", "beta"}}.get(name, set())
    names = [one for one in target.parameters if one not in at_the_edge]

    def values(marks):
        found = target.estimated(marks, "curve")
        return np.array([found[one] for one in names])

    truth = values(landmarks_of(planted()))
    random, held, draws = np.random.default_rng(11), np.zeros(len(names)), DRAWS.get(name, MANY)
    for _ in range(draws):
        population = redrawn(random)
        marks, errors = landmarks_of(population), landmark_errors(population)
        variance = np.diag(errors.carried(landmark_jacobian(values, marks, errors))[0])
        reach = 1.959964 * np.sqrt(variance)
        held += np.abs(values(marks) - truth) <= reach
    low, high = binom.ppf([1e-4, 1 - 1e-4], draws, 0.95)
    for one, number in zip(names, held, strict=True):
        # The linear error of a curved function is short of nominal by a little: one point is granted.
        assert low - 0.01 * draws <= number <= high + 0.01 * draws, (one, number / draws)


def test_an_interval_that_leaves_out_correlations_would_be_found_out():
    population = planted()
    marks, errors = landmarks_of(population), landmark_errors(population)
    gradient = landmark_jacobian(lambda m: np.array([m.operating_rate]), marks, errors)
    whole = errors.carried(gradient)[0][0, 0]
    blind = float(SIGMOID.parameter_gradient(-47e-3)["q_max"] ** 2 * SIGMOID_COVARIANCE[0, 0])
    for place, name in enumerate(("theta", "sigma"), start=1):
        blind += float(SIGMOID.parameter_gradient(-47e-3)[name] ** 2 * SIGMOID_COVARIANCE[place, place])
    assert abs(blind / whole - 1) > 0.3


def features(sigmoid, kernel, v):
    low, middle, high = sigmoid.quantile([0.15865525393145707, 0.5, 0.8413447460685429])
    return {
        "q_max": sigmoid.q_max, "v50": float(middle), "width": float(high - low) / 2, "operating_v": v,
        "operating_rate": float(sigmoid(v)), "operating_slope": float(sigmoid.gain(v)), "area": kernel.area,
        "mean_lag": kernel.mean_lag, "sd": float(np.sqrt(kernel.variance)),
    }  # fmt: skip


def paired(shared, own, random):
    """Return two conditions whose groups of cells share noise of size ``shared`` and have ``own`` for themselves."""
    common, rows = random.normal(0, 1, (10, 3)), {"base": [], "changed": []}
    whole = {"base": (SIGMOID, KERNEL, -47e-3), "changed": (modulated().sigmoid, modulated().kernel, -46e-3)}
    for which, (sigmoid, kernel, v) in whole.items():
        for row in common * shared + own * random.normal(0, 1, (10, 3)):
            moved = LogisticSigmoid(sigmoid.q_max * (1 + row[0]), sigmoid.theta, sigmoid.sigma * (1 + row[1]))
            rows[which].append(features(moved, AlphaKernel(kernel.area * (1 + row[2]), kernel.rate), v))
    base = planted(left_out=tuple(rows["base"]))
    return base, modulated(left_out=tuple(rows["changed"]))


def test_shared_noise_leaves_a_change_and_private_noise_stays():
    target, random = CALIBRATIONS["jansen-rit"], np.random.default_rng(2)
    errors = {}
    for name, (shared, own) in {"shared": (0.01, 0.0002), "private": (0.0, 0.01)}.items():
        base, changed = paired(shared, own, random)
        first = target.calibrate(base)
        model = target.calibrate(changed, base=base, base_model=first)
        change: Any = next(one for one in model.changes if one.name == "e0")
        assert change.paired
        assert change.difference.value == pytest.approx(1.0)
        assert change.ratio.value == pytest.approx(26 / 25)
        errors[name] = change.ratio.standard_error / change.ratio.value
    # Jackknife deviations of 1 % in ten groups are an error of sqrt(9/10 sum d^2) = sqrt(9 * 0.9) %.
    assert errors["private"] == pytest.approx(0.01 * np.sqrt(2 * 8.1), rel=0.5)
    assert errors["shared"] < 0.1 * errors["private"]


def test_without_groups_the_errors_are_independent_and_said_to_be():
    target = CALIBRATIONS["jansen-rit"]
    base = planted()
    first = target.calibrate(base)
    model = target.calibrate(modulated(), base=base, base_model=first)
    change: Any = next(one for one in model.changes if one.name == "a")
    assert not change.paired
    assert change.difference.standard_error == pytest.approx(1.5 * np.sqrt(2), rel=1e-6)
    assert change.ratio.value == pytest.approx(1.1)


def test_a_change_of_sign_has_no_ratio():
    target = CALIBRATIONS["jansen-rit"]
    base = planted()
    first = target.calibrate(base)
    below = modulated(operating_v=-30e-3)
    change = {one.name: one for one in target.calibrate(below, base=base, base_model=first).changes}["v0"]
    assert change.difference.value < 0
    assert change.ratio is None


def test_positive_parameters_have_the_interval_of_their_logarithm():
    unit = ParameterUnit("Hz", positive=True)
    found = parameter_estimate(10.0, 25.0, unit, 0.95, np.inf)
    assert found.interval == pytest.approx((10 * np.exp(-0.979982), 10 * np.exp(0.979982)), rel=1e-6)
    narrow = parameter_estimate(10.0, 1e-6, unit, 0.95, np.inf)
    assert narrow.interval == pytest.approx((10 - 1.96e-3, 10 + 1.96e-3), rel=1e-6)
    few = parameter_estimate(10.0, 25.0, ParameterUnit("V", positive=False), 0.95, 9.0)
    assert few.interval == pytest.approx((10 - 2.262157 * 5, 10 + 2.262157 * 5), rel=1e-6)
