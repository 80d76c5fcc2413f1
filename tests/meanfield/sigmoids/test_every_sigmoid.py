"""What every sigmoid does alike: units, the ends of the axis, unknown potentials."""

import brian2
import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import (
    ExGaussianSigmoid,
    GaussianSigmoid,
    LogisticSigmoid,
    RefractorySigmoid,
    RichardsSigmoid,
    Sigmoid,
    TabulatedSigmoid,
)
from mesobridge.meanfield.sigmoids import capped
from mesobridge.units import UnitError

REFRACTORY = RefractorySigmoid(15e-3, 3e-3, 20e-3, 2e-3, 15e-3)
SIGMOIDS: list[Sigmoid] = [
    LogisticSigmoid(100.0, 15e-3, 3e-3),
    GaussianSigmoid(100.0, 15e-3, 3e-3),
    ExGaussianSigmoid(100.0, 15e-3, 3e-3, 3e-3),
    ExGaussianSigmoid(100.0, 15e-3, 3e-3, -3e-3),
    ExGaussianSigmoid(100.0, 15e-3, 3e-3, 0.0),
    RichardsSigmoid(100.0, 15e-3, 3e-3, 0.5),
    RichardsSigmoid(100.0, 15e-3, 3e-3, 0.0),
    REFRACTORY,
    TabulatedSigmoid([0.0, 1e-2, 2e-2], [0.0, 1.0, 2.0]),
    capped(LogisticSigmoid(100.0, 15e-3, 3e-3), 20e-3),
]
of_every_sigmoid = pytest.mark.parametrize("sigmoid", SIGMOIDS, ids=lambda sigmoid: type(sigmoid).__name__)


@of_every_sigmoid
def test_quantities_with_units_are_converted(sigmoid: Sigmoid) -> None:
    millivolts, milliseconds = 15 * brian2.mV, 15 * brian2.ms
    for call in (sigmoid, sigmoid.gain):
        expected = call(15e-3)
        assert expected > 0
        assert call("15 mV") == call(millivolts) == expected
        for wrong in (milliseconds, "15 ms"):
            with pytest.raises(UnitError, match="v: "):
                call(wrong)


@of_every_sigmoid
def test_the_ends_of_the_axis(sigmoid: Sigmoid) -> None:
    ends = np.array([-np.inf, np.inf])
    assert_allclose(sigmoid(ends), [0.0, sigmoid.q_max], rtol=1e-14)
    assert np.array_equal(sigmoid.gain(ends), [0.0, 0.0])


@of_every_sigmoid
def test_an_unknown_potential_has_an_unknown_rate(sigmoid: Sigmoid) -> None:
    v = np.array([15e-3, np.nan])
    for values in (sigmoid(v), sigmoid.gain(v)):
        assert np.array_equal(np.isnan(values), [False, True])


@pytest.mark.parametrize("call", [REFRACTORY, REFRACTORY.gain], ids=["rate", "slope"])
def test_far_above_threshold_their_spread_does_not_matter(call) -> None:
    v = 15e-3 + 3e-3 * np.array([0.5e4, 0.999999e4, 1.000001e4, 2e4, 1e9])
    rate = REFRACTORY.cell_rate(v - 15e-3)
    slope = rate**2 * 20e-3 * (1 / (v - 15e-3) - 1 / v)
    assert_allclose(call(v), rate if call is REFRACTORY else slope, rtol=1e-6)


PARAMETRIC = [sigmoid for sigmoid in SIGMOIDS if hasattr(sigmoid, "parameter_gradient")]


@pytest.mark.parametrize("sigmoid", PARAMETRIC, ids=lambda sigmoid: type(sigmoid).__name__)
def test_at_the_ends_of_the_axis_only_the_maximum_counts(sigmoid) -> None:
    gradient = sigmoid.parameter_gradient([-np.inf, 15e-3, np.inf])
    assert len(gradient) >= 3
    for name, values in gradient.items():
        assert np.array_equal(values[[0, 2]], [0.0, 1.0] if name == "q_max" else [0.0, 0.0])
        assert values[1] == sigmoid.parameter_gradient(15e-3)[name]
    assert all(np.isnan(value) for value in sigmoid.parameter_gradient(np.nan).values())
