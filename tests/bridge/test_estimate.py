"""An estimate and its interval: normal or Student's, and a refusal that keeps what there is."""

import math

import pytest

from mesobridge.bridge.estimate import FEATURE_UNITS, EstimateRefused, half_width, symmetric_estimate
from mesobridge.meanfield.kernels import AlphaKernel
from mesobridge.meanfield.sigmoids import LogisticSigmoid


def test_intervals_are_normal_or_students():
    assert half_width(1.0, 0.95) == pytest.approx(1.959963985)
    assert half_width(2.0, 0.95, degrees=9) == pytest.approx(2 * 2.262157163)
    estimate = symmetric_estimate(3.0, 0.5, "Hz", level=0.9)
    assert estimate.interval == pytest.approx((3 - 0.5 * 1.644853627, 3 + 0.5 * 1.644853627))
    assert estimate.covers(2.5)
    assert not estimate.covers(4.0)
    assert math.isinf(half_width(math.inf, 0.95))


def test_every_feature_has_a_unit():
    named = {*LogisticSigmoid(100.0, -0.05, 0.002).features(), *AlphaKernel(1e-6, 200.0).features()}
    assert len(named) > 10
    assert named <= set(FEATURE_UNITS)


def test_a_refusal_says_why_and_keeps_what_there_is():
    with pytest.raises(EstimateRefused, match="too short") as refused:
        raise EstimateRefused("too short", {"q_max": 3.0})
    assert refused.value.reason == "too short"
    assert refused.value.estimate == {"q_max": 3.0}
