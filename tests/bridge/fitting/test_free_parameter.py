"""Coordinates of parameters: round trips, slopes, bounds, refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesobridge.bridge.fitting import FreeParameter, ParameterSpace, Scale

KINDS = [
    FreeParameter("a", "V", 1e-3, 1e2),
    FreeParameter("b", "V*s", -5.0, -0.1),
    FreeParameter("c", "1", -3.0, 4.0, Scale.LINEAR),
    FreeParameter("d", "1", 0.01, 0.99, Scale.LOGIT),
]


@given(st.floats(0, 1), st.sampled_from(KINDS))
def test_coordinates_go_there_and_back_and_their_slope_is_exact(share, parameter):
    low, high = parameter.bounds
    x = low + share * (high - low)
    value = float(parameter.value(x))
    assert min(parameter.low, parameter.high) - 1e-9 <= value <= max(parameter.low, parameter.high) * (1 + 1e-12) + 1e-9
    assert float(parameter.coordinate(value)) == pytest.approx(x, abs=1e-9)
    numeric = (parameter.value(x + 1e-6) - parameter.value(x - 1e-6)) / 2e-6
    assert float(parameter.slope(x)) == pytest.approx(float(numeric), rel=1e-6)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ((1.0, 1.0), "finite, rising"),
        ((1.0, np.inf), "finite, rising"),
        ((-1.0, 1.0), "enclose 0"),
        ((0.1, 1.5, Scale.LOGIT), "between 0 and 1"),
    ],
)
def test_bounds_that_a_scale_cannot_hold_are_refused(settings, said):
    with pytest.raises(ValueError, match=said):
        FreeParameter("a", "1", *settings)


def test_a_space_names_what_is_missing_or_double():
    space = ParameterSpace(tuple(KINDS))
    assert space.named(space.coordinates({"a": 2.0, "b": -1.0, "c": 0.5, "d": 0.3})) == pytest.approx(
        {"a": 2.0, "b": -1.0, "c": 0.5, "d": 0.3}
    )
    with pytest.raises(ValueError, match="no value for d"):
        space.coordinates({"a": 2.0, "b": -1.0, "c": 0.5})
    with pytest.raises(ValueError, match="a is free twice"):
        ParameterSpace((KINDS[0], KINDS[0]))
    with pytest.raises(ValueError, match="nothing is free"):
        ParameterSpace(())
    with pytest.raises(ValueError, match="'z' is not free"):
        space.place("z")
