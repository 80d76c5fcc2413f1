"""What stands for an estimate keeps what it says it keeps, and is the truth itself inside its own family."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesobridge.bridge.calibration.landmarks import landmarks_of
from mesobridge.bridge.calibration.matching import (
    SLOWEST,
    alpha_of,
    biexponential_of,
    logistic_of,
    rectified,
    rectified_slope,
    synapse_and_membrane,
)
from mesobridge.bridge.estimate import EstimateRefused
from mesobridge.meanfield import BiexponentialKernel, CascadeKernel, LogisticSigmoid, MixtureKernel

from .planted_population import SKEWED, planted


@given(st.floats(5, 400), st.floats(-0.06, -0.03), st.floats(0.5e-3, 8e-3))
def test_a_logistic_stands_for_itself(q_max, theta, sigma):
    truth = LogisticSigmoid(q_max, theta, sigma)
    marks = landmarks_of(planted(truth, operating_v=theta - sigma))
    for match in ("curve", "operating"):
        found = logistic_of(marks, match)
        np.testing.assert_allclose(list(found.parameters().values()), [q_max, theta, sigma], rtol=1e-9)


def test_the_two_matches_of_a_skewed_curve_keep_what_they_say():
    marks = landmarks_of(planted(SKEWED))
    curve, operating = logistic_of(marks, "curve"), logistic_of(marks, "operating")
    low, high = curve.quantile([0.15865525393145707, 0.8413447460685429])
    assert (curve.theta, (high - low) / 2) == pytest.approx((marks.v50, marks.width), rel=1e-12)
    at = marks.operating_v
    assert float(operating(at)) == pytest.approx(marks.operating_rate, rel=1e-12)
    assert float(operating.gain(at)) == pytest.approx(marks.operating_slope, rel=1e-12)
    assert abs(float(curve.gain(at)) / marks.operating_slope - 1) > 0.01, "the two are not the same"


def test_an_operating_point_off_the_rising_part_is_refused():
    marks = replace(landmarks_of(planted()), operating_slope=0.0)
    with pytest.raises(EstimateRefused, match="is not on the rising part of the sigmoid; match the curve instead"):
        logistic_of(marks, "operating")


@given(st.floats(1e-3, 0.05), st.floats(1.05, SLOWEST))
def test_a_biexponential_stands_for_itself(rise, ratio):
    truth = BiexponentialKernel(4e-6, rise, rise * ratio)
    found = biexponential_of(landmarks_of(planted(kernel=truth)))
    np.testing.assert_allclose([found.rise, found.decay], [rise, rise * ratio], rtol=1e-6)


@given(st.floats(1e-3, 0.02), st.floats(1.05, SLOWEST))
def test_a_synapse_behind_a_membrane_stands_for_itself(synapse, ratio):
    truth = CascadeKernel(4e-6, (synapse, synapse, ratio * synapse))
    found = synapse_and_membrane(landmarks_of(planted(kernel=truth)))
    np.testing.assert_allclose(found, [synapse, ratio * synapse], rtol=1e-6)


SLOW = MixtureKernel((4e-6, 1e-6), (CascadeKernel(1.0, (0.003, 0.015)), CascadeKernel(1.0, (0.001, 0.2, 0.015))))


def test_kernels_out_of_reach_keep_area_and_mean_lag_all_the_same():
    marks = landmarks_of(planted(kernel=SLOW))
    assert marks.variance > marks.mean_lag**2, "no row of stages spreads that far"
    alpha, biexponential, row = alpha_of(marks), biexponential_of(marks), synapse_and_membrane(marks)
    assert (alpha.area, alpha.mean_lag) == pytest.approx((SLOW.area, SLOW.mean_lag))
    assert (biexponential.area, biexponential.mean_lag) == pytest.approx((SLOW.area, SLOW.mean_lag))
    assert biexponential.decay / biexponential.rise == pytest.approx(SLOWEST)
    assert 2 * row[0] + row[1] == pytest.approx(SLOW.mean_lag)
    assert row[1] / row[0] == pytest.approx(SLOWEST)


def test_area_and_mean_lag_are_the_first_terms_at_low_frequency():
    marks = landmarks_of(planted(kernel=SLOW))
    for frequency, bound in ((0.2, 3e-2), (0.02, 3e-4)):
        ratio = alpha_of(marks).transfer(frequency) / SLOW.transfer(frequency)
        assert abs(ratio - 1) < bound


@given(st.floats(-25, 50))
def test_the_rectifier_and_its_slope(z):
    assert float(rectified(z)) == pytest.approx(z / -np.expm1(-z) if z else 1.0, rel=1e-9)
    h = 1e-5
    assert float(rectified_slope(z)) == pytest.approx(
        float(rectified(z + h) - rectified(z - h)) / (2 * h), rel=1e-5, abs=1e-12
    )
