"""The refractory delay: whole steps, fractions of one, and nothing lost between states and steps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from mesobridge.meanfield.density.refractory_line import RefractoryLine

delays = st.floats(1e-5, 1e-2)
steps = st.floats(2e-5, 2e-2)


@given(tau_ref=delays, dt=steps)
def test_lag_and_fraction_are_the_delay(tau_ref: float, dt: float) -> None:
    line = RefractoryLine(tau_ref, dt)
    assert 0 <= line.fraction < 1
    assert_allclose((line.lag + line.fraction) * dt, tau_ref, rtol=1e-12)


@given(tau_ref=delays, dt=steps, held=st.lists(st.floats(0, 0.01), min_size=1, max_size=12))
def test_filling_the_line_keeps_every_cell(tau_ref: float, dt: float, held: list[float]) -> None:
    line = RefractoryLine(tau_ref, dt)
    emitted = line.filled(np.array(held))
    inside = emitted[: line.lag].sum() + line.fraction * emitted[line.lag]
    assert emitted.size == line.lag + 1
    assert_allclose(inside, sum(held), rtol=1e-9, atol=1e-12)
    assert_allclose(line.by_age(emitted).sum(), sum(held), rtol=1e-9, atol=1e-12)


def test_a_constant_rate_fills_every_step_equally() -> None:
    line = RefractoryLine(2e-3, 0.3e-3)
    assert_allclose(line.filled(np.array([2e-3 * 25.0])), 25.0 * 0.3e-3, rtol=1e-9)


@pytest.mark.parametrize("dt", [1e-4, 3e-3])
def test_no_refractory_period_holds_nobody(dt: float) -> None:
    line = RefractoryLine(0.0, dt)
    assert line.lag == 0
    assert line.fraction == 0
    assert line.by_age(line.filled(np.zeros(0))).size == 0
