import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesobridge.meanfield import JansenRit, Stability
from mesobridge.meanfield.dynamics.fixed_points import SteadyCurve, classify, polished, residual

from .linear_systems import oscillator


def curve(function, lower, upper, samples=401):
    return SteadyCurve(residual=function, lift=lambda x: np.array([x]), lower=lower, upper=upper, samples=samples)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=5, unique_by=lambda x: round(x, 1)))
def test_all_roots_of_a_polynomial_are_found(roots):
    found = curve(lambda x: np.prod([x - root for root in roots], axis=0), -7, 7).roots()
    assert len(found) == len(roots)
    assert np.allclose(found, np.sort(roots), atol=1e-11)


def test_roots_that_span_decades_are_found():
    found = curve(lambda x: (x - 1e-9) * (x - 1e-4) * (x - 3), 0, 10).roots()
    assert found == pytest.approx([1e-9, 1e-4, 3], rel=1e-6)


def test_a_double_root_is_seen_although_nothing_changes_sign():
    assert curve(lambda x: (x - 0.123456) ** 2 * (x + 2), -1, 1).roots() == pytest.approx([0.123456], abs=1e-6)


def test_two_close_roots_between_samples_are_seen_through_their_dip():
    found = curve(lambda x: (x - 0.5012) * (x - 0.5013), -1, 1, samples=101).roots()
    assert found == pytest.approx([0.5012, 0.5013], abs=1e-9)


def test_a_near_miss_is_no_root():
    assert curve(lambda x: (x - 0.5) ** 2 + 1e-6, -1, 1).roots() == []


def test_a_residual_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="not finite"), np.errstate(invalid="ignore"):
        curve(np.sqrt, -1, 1).roots()


@pytest.mark.parametrize(
    ("eigenvalues", "kind"),
    [
        ([-1, -2], Stability.STABLE_NODE),
        ([-1 + 2j, -1 - 2j], Stability.STABLE_FOCUS),
        ([1, -2], Stability.SADDLE),
        ([2, 1], Stability.UNSTABLE_NODE),
        ([1 + 2j, 1 - 2j], Stability.UNSTABLE_FOCUS),
        ([2j, -2j], Stability.MARGINAL),
        ([3], Stability.UNSTABLE_NODE),
    ],
)
def test_kinds_of_fixed_points(eigenvalues, kind):
    assert classify(eigenvalues) is kind
    assert kind.stable == (max(np.real(eigenvalues)) < 0 and kind is not Stability.MARGINAL)


def test_newton_polishes_to_rounding():
    model = JansenRit.published()
    state = model.fixed_points()[0].state
    again = polished(model.system(), state * 1.01)
    assert np.allclose(again, state, rtol=1e-12)
    assert residual(model.system(), state * 1.01) > 1e-4


def test_a_state_far_from_rest_is_refused():
    system = oscillator(0.0, 0.0)
    with pytest.raises(ValueError, match="does not fit"):
        polished(type(system)(**{**vars(system), "operating": (1.0,)}), [1.0, 1.0])


def test_a_point_reads_variables_and_outputs_by_name():
    point = JansenRit.published().fixed_points()[0]
    assert point["potential"] == point["y1"] - point["y2"]
    with pytest.raises(KeyError, match="potential"):
        point["voltage"]
    with pytest.raises(ValueError, match="read-only"):
        point.state[0] = 1.0
