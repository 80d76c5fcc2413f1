"""Every mass model with a gain-like parameter says around which input it turns."""

import numpy as np
import pytest

from mesobridge.meanfield import MODELS, CorticothalamicField, JansenRit, WilsonCowan
from mesobridge.meanfield.models.corticothalamic_field import rate as field_rate
from mesobridge.meanfield.models.jansen_rit import rate as column_rate
from mesobridge.meanfield.models.wilson_cowan import response


def test_every_model_has_pivots():
    assert len(MODELS) >= 9
    for name, model in MODELS.items():
        assert hasattr(model, "pivots"), name


def effect(curve, value, position):
    """Return the change of a curve at a position per relative change of its gain."""
    step = 1e-5 * value
    return float(curve(value + step)(position) - curve(value - step)(position)) / 2e-5


@pytest.mark.parametrize("side", [-0.3, 0.3])
def test_the_curve_turns_where_it_is_said(side):
    column, field, pools = JansenRit.published(), CorticothalamicField.published(), WilsonCowan.published()

    def pool(a):
        silent = 1 / (1 + np.exp(a * pools.theta_e))
        return lambda x: response(x, a, pools.theta_e, silent)

    cases = (
        (column.pivots["r"], lambda r: lambda v: column_rate(v, column.e0, column.v0, r), column.r, 1),
        (field.pivots["sigma"], lambda s: lambda v: field_rate(v, field.q_max, field.theta, s), field.sigma, -1),
        (pools.pivots["a_e"], pool, pools.a_e, 1),
    )
    for pivot, curve, value, sign in cases:
        here = effect(curve, value, pivot.position)
        there = effect(curve, value, pivot.position * (1 + side))
        assert abs(here) < 1e-6 * abs(there)
        assert np.sign(there) == sign * np.sign(side)
        assert pivot.height == pytest.approx(float(curve(value)(pivot.position)), rel=1e-9)


def test_the_steepness_of_wilson_and_cowan_does_not_turn_at_the_threshold():
    pools = WilsonCowan.published()
    position = pools.pivots["a_e"].position
    assert position is not None
    assert position < 0.999 * pools.theta_e
