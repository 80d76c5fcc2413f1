"""The cascade kernel against reference values, and through equal time constants."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from mesobridge.meanfield import BiexponentialKernel, CascadeKernel, GammaKernel

T = np.linspace(0, 0.15, 61)


def test_synapse_and_membrane() -> None:
    features = CascadeKernel(1.0, (0.5e-3, 2e-3, 20e-3)).features()
    assert_allclose([features["time_to_peak"], features["peak"]], [5.699490106e-3, 38.56524], rtol=2e-7)
    assert_allclose([features["mean_lag"], features["sd"]], [22.5e-3, 20.10597e-3], rtol=1e-6)


def test_with_a_dendrite() -> None:
    features = CascadeKernel(1.0, (0.5e-3, 2e-3, 20e-3, 3e-3)).features()
    assert_allclose([features["time_to_peak"], features["peak"]], [9.97166512e-3, 34.10292], rtol=2e-7)


def test_two_stages_are_the_biexponential() -> None:
    cascade, pair = CascadeKernel(1.0, (5e-3, 20e-3)), BiexponentialKernel(1.0, 5e-3, 20e-3)
    assert_allclose(cascade(T), pair(T), atol=1e-12 * pair(T).max())
    assert_allclose(cascade.step_response(T), pair.step_response(T), atol=1e-14)


def test_equal_stages_are_a_gamma_kernel() -> None:
    cascade, gamma = CascadeKernel(1.0, (5e-3,) * 3), GammaKernel(1.0, 3.0, 5e-3)
    assert_allclose(cascade(T), gamma(T), atol=1e-11 * gamma(T).max())
    assert_allclose(cascade.step_response(T), gamma.step_response(T), atol=1e-12)


def test_the_two_ways_of_evaluation_meet() -> None:
    near, far = (CascadeKernel(1.0, (5e-3, 5e-3 * (1 + gap), 20e-3))(T) for gap in (0.00999, 0.01021))
    middle = CascadeKernel(1.0, (5e-3, 5e-3 * 1.0101, 20e-3))(T)
    assert_allclose((near + far) / 2, middle, atol=1e-6 * middle.max())


@given(
    taus=st.lists(st.floats(1e-4, 0.1), min_size=1, max_size=4), area=st.floats(-2, 2).filter(lambda x: abs(x) > 1e-3)
)
def test_cumulants_add(taus: list[float], area: float) -> None:
    kernel = CascadeKernel(area, tuple(taus))
    assert_allclose(kernel.mean_lag, sum(taus), rtol=1e-12)
    assert_allclose(kernel.variance, sum(t**2 for t in taus), rtol=1e-12)
    step = 1e-3 / sum(taus)
    log_transfer: Any = np.log(kernel.transfer(np.array([step, 2 * step]) / (2 * np.pi)) / area)
    assert_allclose(-log_transfer.imag[0] / step, sum(taus), rtol=1e-5)


def test_nonsense_time_constants_are_refused() -> None:
    with pytest.raises(ValueError, match="above 0 s"):
        CascadeKernel(1.0, (1e-3, 0.0))
