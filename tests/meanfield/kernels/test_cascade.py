"""The cascade kernel against reference values, and through equal time constants."""

from typing import Any

import mpmath
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


def partial_fractions(time_constants: np.ndarray, time: float) -> float:
    """Return the response of unit area with 300 digits, which leave enough after the fractions have cancelled."""
    with mpmath.workdps(300):
        taus, total = [mpmath.mpf(float(tau)) for tau in time_constants], mpmath.mpf(0)
        for tau in taus:
            others = [1 - other / tau for other in taus if other != tau]
            total += mpmath.exp(-mpmath.mpf(float(time)) / tau) / tau / mpmath.fprod(others)
        return float(total)


MANY = [np.geomspace(1e-3, 20e-3, n) for n in (8, 20, 30)] + [
    np.geomspace(1e-5, 1.0, 6),
    5e-3 * (1 + 0.011 * T[:4] / T[1]),
]


@pytest.mark.parametrize("time_constants", MANY, ids=["8", "20", "30", "stiff", "4 close"])
def test_many_stages_are_right_relative_to_themselves_from_the_onset_on(time_constants: np.ndarray) -> None:
    kernel = CascadeKernel(1.0, tuple(time_constants))
    time = kernel.mean_lag * np.geomspace(1e-4, 30, 30)
    exact = np.array([partial_fractions(time_constants, t) for t in time])
    seen = exact > 1e-290
    assert np.count_nonzero(seen) > 15
    assert_allclose(kernel(time)[seen], exact[seen], rtol=1e-12)
    assert_allclose([float(kernel(t)) for t in time[seen]], kernel(time)[seen], rtol=1e-13)


def test_many_equal_stages_are_a_gamma_kernel_early_and_late() -> None:
    cascade, gamma = CascadeKernel(0.7, (5e-3,) * 20), GammaKernel(0.7, 20.0, 5e-3)
    time = np.geomspace(2e-4, 2.0, 60)
    assert gamma(time[0]) < 1e-20
    assert_allclose(cascade(time), gamma(time), rtol=1e-11)
    assert_allclose(cascade.step_response(time), gamma.step_response(time), rtol=1e-11)


def test_quantities_with_units_describe_a_cascade() -> None:
    assert CascadeKernel("1 mV*ms", ("2 ms", "20 ms")) == CascadeKernel(1e-6, (2e-3, 20e-3))  # type: ignore[arg-type]
