"""A cell fitted by theory to a measured f-I curve has that curve when it is simulated."""

import pytest

from mesobridge.validation.cases import CASES


@pytest.mark.cpp
@pytest.mark.slow
def test_the_somatic_curve_of_a_layer_5_pyramid():
    slope, distance = CASES["L14"].run()
    assert slope.published == pytest.approx(42, abs=2), "the published points have the published slope"
    assert slope.agrees, (slope.ours, slope.published, slope.tolerance)
    assert slope.tolerance < 0.25 * slope.published
    assert distance.agrees, (distance.ours, distance.published)
