"""The tabulated sigmoid: monotone between its points, honest about its ends."""

from typing import Any

import brian2
import numpy as np
import pint
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import LogisticSigmoid, TabulatedSigmoid
from mesobridge.units import UnitError


def test_interpolation_error_falls_with_at_least_second_order() -> None:
    truth = LogisticSigmoid(100.0, 0.0, 2e-3)
    fine = np.linspace(-10e-3, 10e-3, 999)
    errors = []
    for size in (11, 21, 41, 81):
        knots = np.linspace(-20e-3, 20e-3, size)
        errors.append(np.abs(TabulatedSigmoid(knots, truth(knots))(fine) - truth(fine)).max())
    assert np.polyfit(np.log([11, 21, 41, 81]), np.log(errors), 1)[0] < -1.9


def test_features_of_a_fine_table_are_those_of_the_curve() -> None:
    truth = LogisticSigmoid(100.0, 0.0, 2e-3)
    v = np.linspace(-40e-3, 40e-3, 801)
    found, expected = TabulatedSigmoid(v, truth(v)).features(), truth.features()
    assert_allclose(
        [found[k] for k in ("q_max", "v10", "v90", "width")],
        [expected[k] for k in ("q_max", "v10", "v90", "width")],
        rtol=1e-4,
    )
    assert_allclose([found["v50"], found["skew"]], 0.0, atol=1e-5)


def test_a_height_outside_the_table_is_refused() -> None:
    table = TabulatedSigmoid([0.0, 1e-3, 2e-3], [20.0, 30.0, 40.0])
    with pytest.raises(ValueError, match="covers 20 to 40 Hz"):
        table.quantile(0.1)
    assert_allclose(table([-1.0, 1.0]), [20.0, 40.0])
    assert_allclose(table.gain([-1.0, 1.0]), 0.0)


def test_falling_rates_are_refused() -> None:
    with pytest.raises(ValueError, match="must not fall"):
        TabulatedSigmoid([0.0, 1e-3, 2e-3], [0.0, 2.0, 1.0])


def test_table_is_read_only() -> None:
    table = TabulatedSigmoid([0.0, 1e-3, 2e-3], [0.0, 1.0, 2.0])
    with pytest.raises(ValueError, match="read-only"):
        table.rate[0] = 5.0


def test_tables_take_units_and_refuse_wrong_ones() -> None:
    plain = TabulatedSigmoid([-0.06, -0.05, -0.04], [0.0, 5.0, 20.0], cap=40.0)
    registry = pint.UnitRegistry()
    given: list[Any] = [
        (np.array([-60.0, -50.0, -40.0]) * brian2.mV, np.array([0.0, 0.005, 0.02]) * brian2.kHz, 40 * brian2.Hz),
        (registry.Quantity([-60, -50, -40], "mV"), registry.Quantity([0, 0.005, 0.02], "kHz"), "40 Hz"),
        (["-60 mV", "-50 mV", "-40 mV"], ["0 Hz", "5 Hz", "0.02 kHz"], 40.0),
    ]
    for v, rate, cap in given:
        table = TabulatedSigmoid(v, rate, cap)
        assert type(table.v) is np.ndarray
        assert_allclose(table.v, plain.v, rtol=1e-15)
        assert_allclose(table.rate, plain.rate, rtol=1e-15)
        assert table.q_max == 40.0
    wrong: Any = np.array([-60.0, -50.0, -40.0]) * brian2.ms
    with pytest.raises(UnitError, match=r"v: .* does not have the dimension of V"):
        TabulatedSigmoid(wrong, [0.0, 5.0, 20.0])
    with pytest.raises(UnitError, match=r"rate: .* does not have the dimension of Hz"):
        TabulatedSigmoid([-0.06, -0.05, -0.04], wrong)
    with pytest.raises(UnitError, match=r"TabulatedSigmoid\.cap"):
        TabulatedSigmoid([-0.06, -0.05, -0.04], [0.0, 5.0, 20.0], "40 mV")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match=rf"TabulatedSigmoid: v\[2\] = {value} is not finite"):
        TabulatedSigmoid([0.0, 1e-3, value], [0.0, 1.0, 2.0])
    with pytest.raises(ValueError, match=rf"TabulatedSigmoid: rate\[1\] = {value} is not finite"):
        TabulatedSigmoid([0.0, 1e-3, 2e-3], [0.0, value, 2.0])
    with pytest.raises(ValueError, match=f"TabulatedSigmoid.cap: {value} is not a finite number"):
        TabulatedSigmoid([0.0, 1e-3, 2e-3], [0.0, 1.0, 2.0], value)
