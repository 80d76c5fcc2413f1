"""The magnesium block of jahr1990: tabulated values, zero and minimum of the slope conductance, refusal."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import brentq, minimize_scalar

from mesobridge.meanfield import block_slope, linearised_conductance, magnesium_block, slope_conductance


def test_open_fraction_at_rest() -> None:
    assert_allclose(magnesium_block(-70e-3, 1.0), 0.04447, atol=5e-6)
    assert_allclose(magnesium_block(-70e-3, 0.0), 1.0)


@pytest.mark.parametrize(("magnesium", "zero"), [(1.0, -26.9552e-3), (0.5, -31.98e-3), (2.0, -23.03e-3)])
def test_slope_conductance_changes_sign(magnesium: float, zero: float) -> None:
    found: Any = brentq(lambda v: float(slope_conductance(v, 1.0, 0.0, magnesium)), -60e-3, 0)
    assert_allclose(found, zero, atol=5e-6)


def test_most_negative_slope() -> None:
    found: Any = minimize_scalar(lambda v: float(slope_conductance(v, 1.0, 0.0, 1.0)), bounds=(-70e-3, -30e-3))
    assert_allclose(found.x, -47.35e-3, atol=2e-5)


def test_slopes_are_derivatives() -> None:
    v, step = np.linspace(-80e-3, 20e-3, 21), 1e-7
    assert_allclose(
        block_slope(v, 1.0), (magnesium_block(v + step, 1.0) - magnesium_block(v - step, 1.0)) / (2 * step), rtol=1e-6
    )

    def current(x: np.ndarray) -> np.ndarray:
        return 3e-9 * magnesium_block(x, 1.0) * x

    expected = (current(v + step) - current(v - step)) / (2 * step)
    assert_allclose(slope_conductance(v, 3e-9, 0.0, 1.0), expected, atol=1e-7 * np.abs(expected).max())


def test_without_magnesium_it_is_a_plain_conductance() -> None:
    assert_allclose(slope_conductance(-60e-3, 2e-9, 0.0, 0.0), 2e-9)


def test_runaway_is_refused() -> None:
    assert_allclose(linearised_conductance(10e-9, -4e-9), 6e-9)
    with pytest.raises(ValueError, match="no kernel"):
        linearised_conductance(10e-9, -10e-9)
