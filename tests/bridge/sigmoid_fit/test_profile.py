"""Profile intervals: the deviance at their ends is the chi-square quantile, also where the curve is extrapolated."""

import math

import numpy as np
import pytest
from scipy.stats import chi2

from mesobridge.bridge.sigmoid_fit.families import EX_GAUSSIAN, LOGISTIC
from mesobridge.bridge.sigmoid_fit.features import NAMES, POSITIVE, FeatureView
from mesobridge.bridge.sigmoid_fit.likelihood import CountData, climb_on, fit_family
from mesobridge.bridge.sigmoid_fit.profile import feature_interval, parameter_intervals
from mesobridge.bridge.sigmoid_fit.starts import starting_points
from mesobridge.meanfield.sigmoids import ExGaussianSigmoid

from ..planted import draw_poisson_table

TRUTH = ExGaussianSigmoid(q_max=100, theta=-0.055, sigma=0.003, kappa=0.003)


def _fit(family, v_high, exposure):
    data = CountData.from_table(draw_poisson_table(TRUTH, np.linspace(-0.066, v_high, 18), exposure, 3))
    return fit_family(family, data, starting_points(family, data))


@pytest.mark.parametrize("name", NAMES)
def test_the_deviance_at_the_ends_is_the_quantile(name):
    best, problem = _fit(EX_GAUSSIAN, -0.038, 200.0)
    view = FeatureView(EX_GAUSSIAN)
    ends = feature_interval(problem, best, view, name, 0.95, 1.0)
    assert ends[0] < view.all(best.psi)[name][0] < ends[1]
    for end in ends:
        target = math.log(end) if name in POSITIVE else end
        found = climb_on(problem, best.psi, best.free, view.one(name), target)
        assert found.deviance - best.deviance == pytest.approx(chi2.ppf(0.95, 1), rel=0.05)


def test_an_extrapolated_maximum_has_a_lopsided_interval():
    best, problem = _fit(LOGISTIC, -0.0535, 60.0)
    low, high = feature_interval(problem, best, FeatureView(LOGISTIC), "q_max", 0.95, 1.0)
    top = float(np.exp(best.psi[0]))
    assert high - top > 1.2 * (top - low)


def test_intervals_of_parameters_grow_with_level_and_dispersion():
    best, problem = _fit(EX_GAUSSIAN, -0.038, 200.0)
    narrow, wide, raised = (
        parameter_intervals(problem, best, level, dispersion)
        for level, dispersion in ((0.8, 1.0), (0.95, 1.0), (0.95, 4.0))
    )
    assert set(narrow) == {"q_max", "theta", "sigma", "kappa"}
    for name, (ends, error) in wide.items():
        assert ends[0] < narrow[name][0][0] < narrow[name][0][1] < ends[1]
        assert raised[name][0][0] < ends[0]
        assert raised[name][1] == pytest.approx(2 * error, rel=0.4)
