"""The tabulated kernel: exact for a broken line, converging to a smooth one."""

from typing import Any

import brian2
import numpy as np
import pint
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import BiexponentialKernel, TabulatedKernel
from mesobridge.units import UnitError


def test_a_triangle_is_exact() -> None:
    kernel = TabulatedKernel([0.0, 1.0, 3.0], [0.0, 2.0, 0.0])
    assert_allclose(kernel.area, 3.0)
    assert_allclose(kernel.mean_lag, 4 / 3, rtol=1e-12)
    assert_allclose(kernel.variance, (0 + 1 + 9 - 0 - 0 - 3) / 18, rtol=1e-12)
    assert_allclose(kernel.step_response([0.0, 1.0, 2.0, 3.0, 9.0]), [0.0, 1.0, 2.5, 3.0, 3.0])
    assert_allclose(kernel([-1.0, 0.5, 4.0]), [0.0, 1.0, 0.0])


def test_features_converge_with_second_order() -> None:
    truth = BiexponentialKernel(1.0, 3e-3, 15e-3)
    errors = []
    for size in (201, 401, 801):
        t = np.linspace(0, 0.3, size)
        errors.append(abs(TabulatedKernel(t, truth(t)).features()["mean_lag"] - truth.mean_lag))
    assert np.polyfit(np.log([200, 400, 800]), np.log(errors), 1)[0] < -1.9


def test_unsorted_times_are_refused() -> None:
    with pytest.raises(ValueError, match="must rise"):
        TabulatedKernel([0.0, 2.0, 1.0], [0.0, 1.0, 0.0])


def test_tables_take_units_and_refuse_wrong_ones() -> None:
    plain = TabulatedKernel([0.0, 1e-3, 3e-3], [0.0, 2e-3, 0.0])
    registry = pint.UnitRegistry()
    given: list[Any] = [
        (np.array([0.0, 1.0, 3.0]) * brian2.ms, np.array([0.0, 2.0, 0.0]) * brian2.mV),
        (registry.Quantity([0, 1, 3], "ms"), registry.Quantity([0, 2, 0], "mV")),
        (["0 ms", "1 ms", "3 ms"], ["0 mV", "2 mV", "0 mV"]),
    ]
    for time, response in given:
        kernel = TabulatedKernel(time, response)
        assert type(kernel.time) is np.ndarray
        assert_allclose(kernel.time, plain.time, rtol=1e-15)
        assert_allclose(kernel.area, plain.area, rtol=1e-15)
    with pytest.raises(UnitError, match=r"time: .* does not have the dimension of s"):
        TabulatedKernel(given[0][1], [0.0, 2e-3, 0.0])
    with pytest.raises(UnitError, match=r"response: .* does not have the dimension of V"):
        TabulatedKernel([0.0, 1e-3, 3e-3], given[1][0])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match=rf"TabulatedKernel: time\[2\] = {value} is not finite"):
        TabulatedKernel([0.0, 1e-3, value], [0.0, 1.0, 2.0])
    with pytest.raises(ValueError, match=rf"TabulatedKernel: response\[1\] = {value} is not finite"):
        TabulatedKernel([0.0, 1e-3, 2e-3], [0.0, value, 2.0])
