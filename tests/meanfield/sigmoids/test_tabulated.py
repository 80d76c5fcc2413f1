"""The tabulated sigmoid: monotone between its points, honest about its ends."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import LogisticSigmoid, TabulatedSigmoid


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
