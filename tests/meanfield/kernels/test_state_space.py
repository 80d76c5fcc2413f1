"""The state-space kernel: a membrane with a slow answering current, and the cascade as a special case."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import CascadeKernel, StateSpaceKernel

T = np.linspace(0, 0.3, 301)


def test_two_stages_are_a_cascade() -> None:
    fast, slow = 3e-3, 15e-3
    space = StateSpaceKernel([[-1 / fast, 0], [1 / slow, -1 / slow]], [1 / fast, 0], [0, 1])
    cascade = CascadeKernel(1.0, (fast, slow))
    assert_allclose(space(T), cascade(T), atol=1e-12 * cascade(T).max())
    assert_allclose([space.area, space.mean_lag, space.variance], [1.0, cascade.mean_lag, cascade.variance], rtol=1e-12)


def test_equal_stages_need_no_eigenvectors() -> None:
    space = StateSpaceKernel([[-100.0, 0], [100.0, -100.0]], [100.0, 0], [0, 1])
    assert_allclose(space(T), CascadeKernel(1.0, (0.01, 0.01))(T), atol=1e-9)


def test_a_slow_restoring_current_resonates() -> None:
    capacitance, leak, slow, tau_slow = 200e-12, 10e-9, 20e-9, 60e-3
    kernel = StateSpaceKernel(
        [[-leak / capacitance, -slow / capacitance], [1 / tau_slow, -1 / tau_slow]], [1e-3, 0], [1, 0]
    )
    assert_allclose(kernel.area, 1e-3 * capacitance / (leak + slow), rtol=1e-12)
    impedance = np.abs(kernel.transfer(np.array([0.0, 6.0, 100.0])))
    assert impedance[1] > impedance[0] > impedance[2]
    assert kernel(T).min() < 0


def test_an_unstable_membrane_is_refused() -> None:
    with pytest.raises(ValueError, match="a mode grows"):
        StateSpaceKernel([[1.0]], [1.0], [1.0])
