"""Sums of logistic curves: near any estimated sigmoid, with the error said, or refused."""

import numpy as np
import pytest

from mesobridge.bridge.export import NotExpressible
from mesobridge.bridge.export.expression import calls_of
from mesobridge.bridge.export.logistic_sum import elementary_equations
from mesobridge.meanfield import CappedSigmoid, ExGaussianSigmoid, LogisticSigmoid, RefractorySigmoid

from .trials import EX_GAUSSIAN, GAUSSIAN, TABLE, empirical


@pytest.mark.parametrize("sigmoid", [EX_GAUSSIAN, GAUSSIAN, TABLE, ExGaussianSigmoid(90.0, -0.05, 0.002, -0.004)])
def test_the_errors_are_what_the_misfit_says(sigmoid):
    equations, (misfit,) = elementary_equations(empirical(sigmoid))
    curves = np.array([[equations.values[f"{n}_{k}"] for n in ("q", "theta", "sigma")] for k in range(1, 7)])
    v = np.linspace(-0.075, -0.03, 200)
    sums = sum(q / (1 + np.exp((theta - v) / sigma)) for q, theta, sigma in curves)
    assert np.abs(sums - sigmoid(v)).max() < 0.01 * sigmoid.q_max
    assert misfit.rate_error is not None
    assert misfit.rate_error < 0.002 * sigmoid.q_max
    step = 1e-6
    low, high = (sum(q / (1 + np.exp((t - x) / s)) for q, t, s in curves) for x in (-0.052 - step, -0.052 + step))
    assert (high - low) / (2 * step) / sigmoid.gain(-0.052) - 1 == pytest.approx(misfit.gain_error, abs=1e-6)


def test_a_logistic_stays_what_it_is():
    equations, misfits = elementary_equations(empirical(LogisticSigmoid(40.0, -0.05, 0.002)))
    assert misfits == ()
    assert {"q_max", "theta", "sigma"} <= set(equations.values)


def test_a_cap_is_left_out_and_said():
    capped = CappedSigmoid(LogisticSigmoid(40.0, -0.05, 0.002), -0.045)
    equations, (misfit,) = elementary_equations(empirical(capped))
    assert "v_cap" not in equations.values
    assert "-0.045 V" in misfit.sentence
    assert calls_of(equations.outputs[0][1]) == {"exp"}
    _, misfits = elementary_equations(empirical(CappedSigmoid(EX_GAUSSIAN, -0.045)))
    assert [one.name for one in misfits] == ["ExGaussianSigmoid", "cap of the sigmoid"]


@pytest.mark.slow
def test_what_no_sum_comes_near_is_refused():
    steep = RefractorySigmoid(-0.05, 0.0005, 0.02, 0.002, 0.008)
    with pytest.raises(NotExpressible, match=r"RefractorySigmoid.*use tvb"):
        elementary_equations(empirical(steep))
