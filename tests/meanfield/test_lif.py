"""The LIF rate in white noise: reference values, limits, symmetries, and a theory that must fail."""

from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import roots_chebyt

from mesobridge.meanfield import FastSynapseWarning, lif_log_rate, lif_rate, lif_slopes, mean_potential
from mesobridge.meanfield.lif import FAST_SYNAPSE
from mesobridge.units import UnitError

CELL: dict[str, Any] = {"tau_m": 20e-3, "tau_ref": 2e-3, "v_threshold": 20e-3, "v_reset": 10e-3}
NETWORK: dict[str, Any] = {"tau_m": 20e-3, "tau_ref": 0.0, "v_threshold": 20e-3, "v_reset": 15e-3}
# mu mV, sigma mV, rate Hz by quadrature in 40 digits, d rate/d mu Hz/mV, mean potential mV
REFERENCE = np.array(
    [
        [14, 5, 6.770299440500, 2.461284722, 12.591777716],
        [16, 4, 8.908008031600, 3.296382971, 14.111502297],
        [18, 3, 12.51152770723, 4.403963230, 15.297510015],
        [20, 6, 30.00538308103, 3.743236894, 13.398815722],
        [22, 0.5, 26.63492682311, 5.709254211, 16.033776392],
        [40, 5, 100.5403918718, 3.169298856, 13.859498113],
    ]
)
MU, SIGMA, RATE = REFERENCE[:, 0] * 1e-3, REFERENCE[:, 1] * 1e-3, REFERENCE[:, 2]
ordinary = {"mu": st.floats(-0.01, 0.04), "sigma": st.floats(3e-3, 2e-2)}


def test_reference_rates() -> None:
    assert_allclose(lif_rate(MU, SIGMA, **CELL), RATE, rtol=1e-12)


def test_reference_slopes_and_mean_potentials() -> None:
    assert_allclose(lif_slopes(MU, SIGMA, **CELL)[0] * 1e-3, REFERENCE[:, 3], rtol=1e-9)
    assert_allclose(mean_potential(MU, RATE, **CELL) * 1e3, REFERENCE[:, 4], rtol=1e-9)


def test_fixture_of_nnmt_with_reset_at_zero() -> None:
    rates = lif_rate(
        [2e-3, 15e-3, 40e-3], [30e-3, 2.9e-3, 0.9e-3], tau_m=10e-3, tau_ref=2e-3, v_threshold=20e-3, v_reset=0
    )
    assert_allclose(rates, [51.87482358, 3.75848087, 112.01115668], rtol=1e-9)


def test_case_l1_delta_synapses() -> None:
    rates = lif_rate([16.42e-3, 19.66e-3, 18.94e-3, 20.96e-3], [4e-3, 4e-3, 1.5e-3, 1.5e-3], **NETWORK)
    assert_allclose(rates, [13.406745, 35.103881, 12.279832, 32.500740], rtol=5e-8)


def test_case_l2_exponential_synapses() -> None:
    given_ = ([16.42e-3, 19.66e-3, 18.94e-3, 20.96e-3], [4e-3, 4e-3, 1.5e-3, 1.5e-3])
    rates = lif_rate(*given_, **NETWORK, tau_syn=0.5e-3)
    assert_allclose(rates, [10.209423, 30.107147, 10.097686, 29.979602], rtol=5e-8)
    assert np.all(np.abs(rates / lif_rate(*given_, **NETWORK) - 1) > 0.05)


def test_clock_driven_bias() -> None:
    assert_allclose(lif_rate(16e-3, 4e-3, **CELL, dt=1e-4), 8.339, atol=5e-4)
    assert_allclose(lif_rate(16e-3, 4e-3, **CELL, dt=1e-3), 7.183, atol=5e-4)


def as_printed(lower: float, upper: float) -> float:
    """Log of the rate of siegert1951 (tau_m 20 ms, tau_ref 2 ms) in 30 digits, limits in units of the noise."""
    with mpmath.workdps(30):
        low, up = mpmath.mpf(lower), mpmath.mpf(upper)
        near = [up - k / up for k in (1, 4, 12)] if upper > 2 else []
        cuts = [mpmath.mpf(c) for c in (-300, -100, -30, -10, -3, -1, 0, 1)] + near
        edges = [low, *sorted(c for c in cuts if low < c < up and (upper <= 2 or c <= near[-1] or c in near)), up]
        area: Any = mpmath.quad(lambda u: mpmath.exp(u**2) * mpmath.erfc(-u), edges)
        rate: Any = 1 / (mpmath.mpf(2e-3) + mpmath.mpf(20e-3) * mpmath.sqrt(mpmath.pi) * area)
        return float(mpmath.log(rate))


@settings(max_examples=60, deadline=None)
@given(upper=st.floats(-500, 26.2), width=st.floats(1e-3, 500))
def test_right_from_silent_to_saturated(upper: float, width: float) -> None:
    """The largest limit is a rate of 1e-300 Hz; the tolerance is on the rate, so absolute on its logarithm."""
    lower = upper - width
    reduced = {"tau_m": 20e-3, "tau_ref": 2e-3, "v_threshold": upper, "v_reset": lower}
    expected = as_printed(lower, upper)
    rate = lif_rate(0.0, 1.0, **reduced)
    assert 0 < rate < 500
    assert abs(np.log(rate) - expected) < 1e-9
    assert abs(lif_log_rate(0.0, 1.0, **reduced) - expected) < 1e-9


@pytest.mark.parametrize(
    ("mu", "sigma", "rate"),
    [
        (1e6, 1e-3, 500.0),  # saturated by the mean
        (0.0, 1e12, 500.0),  # saturated by the noise
        (0.1, 1e-15, 1 / (2e-3 + 20e-3 * np.log(90 / 80))),  # noiseless above threshold
        (0.0199, 1e-9, 0.0),  # noiseless below threshold
        (-1e6, 1e-3, 0.0),
    ],
)
def test_ends_of_the_range_are_finite_and_right(mu: float, sigma: float, rate: float) -> None:
    assert_allclose(lif_rate(mu, sigma, **CELL), rate, rtol=1e-6)
    assert np.isfinite(lif_log_rate(mu, sigma, **CELL))
    assert np.all(np.isfinite(lif_slopes(mu, sigma, **CELL)))


@given(step=st.floats(1e-6, 0.1), **ordinary)
def test_rises_with_the_mean_below_the_refractory_limit(mu: float, sigma: float, step: float) -> None:
    assert lif_rate(mu, sigma, **CELL) < lif_rate(mu + step, sigma, **CELL) < 500


@pytest.mark.parametrize(("ratio", "warns"), [(0.09, False), (0.1, False), (0.11, True), (0.38, True), (1.05, True)])
def test_slow_synapses_warn_with_the_number_and_the_mend(ratio: float, warns: bool) -> None:
    assert FAST_SYNAPSE == 0.1
    for function in (lif_rate, lif_log_rate, lif_slopes):
        if warns:
            with pytest.warns(FastSynapseWarning, match=f"{ratio:.3g} is above 0.1.*coloured_lif_rate") as caught:
                function(16e-3, 4e-3, **CELL, tau_syn=np.array([1e-4, ratio * 20e-3]))
            assert len(caught) == 1
            assert caught[0].filename == __file__
        else:
            function(16e-3, 4e-3, **CELL, tau_syn=ratio * 20e-3)


def test_quantities_with_units_are_taken() -> None:
    text = {"tau_m": "20 ms", "tau_ref": "2 ms", "v_threshold": "20 mV", "v_reset": "10 mV"}
    for function in (lif_rate, lif_log_rate, lif_slopes):
        found = function("16 mV", "4000 uV", **text, tau_syn="0.5 ms")
        assert_allclose(found, function(16e-3, 4e-3, **CELL, tau_syn=0.5e-3), rtol=1e-12)
    assert_allclose(lif_rate("16 mV", "4 mV", **text, dt="0.1 ms"), lif_rate(16e-3, 4e-3, **CELL, dt=1e-4), rtol=1e-12)
    mean = mean_potential("16 mV", "8.9 Hz", **text)
    assert_allclose(mean, mean_potential(16e-3, 8.9, **CELL), rtol=1e-12)
    with pytest.raises(UnitError, match="sigma"):
        lif_rate("16 mV", "4 ms", **text)


def test_brian2_quantities_are_taken() -> None:
    units = pytest.importorskip("brian2.units")
    cell = {"tau_m": 20 * units.ms, "tau_ref": 2 * units.ms, "v_threshold": 20 * units.mV, "v_reset": 10 * units.mV}
    assert_allclose(lif_rate(MU * units.volt, SIGMA * units.volt, **cell), RATE, rtol=1e-12)


@given(shift=st.floats(-0.1, 0.1), **ordinary)
def test_shift_invariance(mu: float, sigma: float, shift: float) -> None:
    moved = {**CELL, "v_threshold": 20e-3 + shift, "v_reset": 10e-3 + shift}
    assert_allclose(lif_rate(mu + shift, sigma, **moved), lif_rate(mu, sigma, **CELL), rtol=1e-9)


@given(scale=st.floats(0.1, 10), **ordinary)
def test_scale_invariance(mu: float, sigma: float, scale: float) -> None:
    scaled = {**CELL, "v_threshold": 20e-3 * scale, "v_reset": 10e-3 * scale}
    assert_allclose(lif_rate(mu * scale, sigma * scale, **scaled), lif_rate(mu, sigma, **CELL), rtol=1e-9)


@given(factor=st.floats(0.1, 10), **ordinary)
def test_time_scaling(mu: float, sigma: float, factor: float) -> None:
    slower = {**CELL, "tau_m": 20e-3 * factor, "tau_ref": 2e-3 * factor}
    assert_allclose(lif_rate(mu, sigma, **slower) * factor, lif_rate(mu, sigma, **CELL), rtol=1e-11)


@given(dead=st.floats(0, 0.05), **ordinary)
def test_dead_time_adds_to_the_interval(mu: float, sigma: float, dead: float) -> None:
    interval = 1 / lif_rate(mu, sigma, **{**CELL, "tau_ref": dead})
    assert_allclose(interval - dead, 1 / lif_rate(mu, sigma, **{**CELL, "tau_ref": 0.0}), rtol=1e-10)


def test_rate_rises_with_the_mean_and_stays_below_the_refractory_limit() -> None:
    rates = lif_rate(np.linspace(-0.05, 5.0, 4001), 4e-3, **CELL)
    assert rates[0] > 0
    assert np.all(np.diff(rates) > 0)
    assert rates[-1] < 500


def test_noiseless_limit_is_approached_with_second_order() -> None:
    noiseless = 1 / (2e-3 + 20e-3 * np.log(20 / 10))
    gaps = [abs(lif_rate(30e-3, s, **CELL) / noiseless - 1) for s in (1e-3, 1e-4)]
    assert_allclose(np.log10(gaps[0] / gaps[1]), 2, atol=0.02)


def test_kramers_limit() -> None:
    y = np.array([5.0, 10.0, 20.0])
    ratio = lif_rate(0.0, 1.0, tau_m=20e-3, tau_ref=0, v_threshold=y, v_reset=0.0) / (
        y * np.exp(-(y**2)) / (20e-3 * np.sqrt(np.pi))
    )
    assert_allclose(lif_rate(0.0, 1.0, tau_m=20e-3, tau_ref=0, v_threshold=5.0, v_reset=0.0), 1.918e-9, rtol=1e-3)
    assert np.all(np.diff(np.abs(ratio - 1)) < 0)
    assert_allclose(ratio[-1], 1, atol=2e-3)


def test_perfect_integrator_limit() -> None:
    drift = 1.5  # V/s
    rates = [
        lif_rate(drift * tau, 0.02 * np.sqrt(tau), tau_m=tau, tau_ref=0, v_threshold=20e-3, v_reset=10e-3)
        for tau in (10, 100)
    ]
    gaps = np.abs(np.array(rates) / (drift / 10e-3) - 1)
    assert_allclose(gaps[0] / gaps[1], 10, rtol=0.05)


def test_slopes_are_derivatives() -> None:
    step = 1e-7
    for extra in ({}, {"dt": 1e-4}, {"tau_syn": 1e-3}):
        by_mu, by_sigma = lif_slopes(MU, SIGMA, **CELL, **extra)
        centred = [lif_rate(MU + s, SIGMA, **CELL, **extra) for s in (step, -step)]
        assert_allclose(by_mu, (centred[0] - centred[1]) / (2 * step), rtol=1e-8)
        centred = [lif_rate(MU, SIGMA + s, **CELL, **extra) for s in (step, -step)]
        assert_allclose(by_sigma, (centred[0] - centred[1]) / (2 * step), rtol=1e-7)


def test_log_rate_continues_where_the_rate_underflows() -> None:
    mu = np.array([0.01, -0.05, -1.0])
    logs = lif_log_rate(mu, 4e-3, **CELL)
    assert_allclose(logs[:2], np.log(lif_rate(mu[:2], 4e-3, **CELL)), rtol=1e-12)
    y = (20e-3 + 1.0) / 4e-3
    assert lif_rate(-1.0, 4e-3, **CELL) == 0
    assert_allclose(logs[2], np.log(y) - y**2 - np.log(20e-3 * np.sqrt(np.pi)), rtol=1e-7)


def shot_noise_rate(tau_m: float, rate: float, jump: float, steps: int, order: int = 24) -> float:
    """Exact rate of an LIF cell (reset at rest, threshold ``steps`` jumps up) under Poisson jumps.

    The mean time to threshold solves -v/tau T' + rate (T(v + jump) - T) = -1, T = 0 above threshold, which is
    collocated on Chebyshev points in each interval between multiples of the jump; T is continuous.
    """
    x = np.concatenate([[-1.0], np.sort(roots_chebyt(order - 1)[0]), [1.0]])
    scale = np.array([np.prod(x[i] - np.delete(x, i)) for i in range(x.size)])
    derivative = np.array(
        [[scale[i] / scale[j] / (x[i] - x[j]) if i != j else 0.0 for j in range(x.size)] for i in range(x.size)]
    )
    derivative -= np.diag(derivative.sum(axis=1))
    n = x.size
    matrix, right = np.zeros((steps * n, steps * n)), np.full(steps * n, -1.0)
    for k in range(steps):
        rows = slice(k * n, (k + 1) * n)
        v = jump * (k + (x + 1) / 2)
        matrix[rows, rows] = -(v / tau_m)[:, None] * derivative * 2 / jump - rate * np.eye(n)
        if k + 1 < steps:
            matrix[rows, (k + 1) * n : (k + 2) * n] += rate * np.eye(n)
        if k > 0:
            matrix[k * n], right[k * n] = 0.0, 0.0
            matrix[k * n, k * n], matrix[k * n, k * n - 1] = 1.0, -1.0
    return float(1 / np.linalg.solve(matrix, right)[0])


def test_case_l8_shot_noise_is_not_diffusion() -> None:
    exact = shot_noise_rate(20e-3, 100.0, 5e-3, 4)
    assert_allclose(exact, 5.283, atol=3 * 0.008)
    assert_allclose(exact, shot_noise_rate(20e-3, 100.0, 5e-3, 4, order=36), rtol=1e-6)
    mean, spread = 20e-3 * 100 * 5e-3, 5e-3 * np.sqrt(20e-3 * 100)
    diffusion = lif_rate(mean, spread, tau_m=20e-3, tau_ref=0, v_threshold=20e-3, v_reset=0)
    assert abs(diffusion - 5.283) > 30 * 0.008


def test_many_small_jumps_become_diffusion() -> None:
    gaps = []
    for steps in (8, 16, 32):
        jump = 20e-3 / steps
        rate = 25e-3 / (jump * 20e-3)
        diffusion = lif_rate(25e-3, jump * np.sqrt(20e-3 * rate), tau_m=20e-3, tau_ref=0, v_threshold=20e-3, v_reset=0)
        gaps.append(abs(shot_noise_rate(20e-3, rate, jump, steps, order=12) / diffusion - 1))
    assert gaps[0] > gaps[1] > gaps[2]
    assert_allclose(gaps[1] / gaps[2], 2, rtol=0.2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"v_reset": 30e-3}, "v_threshold"),
        ({"tau_m": 0.0}, "tau_m"),
        ({"tau_ref": -1e-3}, "tau_ref"),
        ({"tau_syn": 0.0}, "tau_syn"),
        ({"mu": np.nan}, "mu"),
    ],
)
def test_impossible_cells_are_refused(change: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        lif_rate(**{"mu": 16e-3, "sigma": 4e-3, **CELL, **change})


def test_two_corrections_at_once_are_refused() -> None:
    with pytest.raises(ValueError, match="give one of them"):
        lif_rate(16e-3, 4e-3, **CELL, tau_syn=1e-3, dt=1e-4)


def test_broadcasting() -> None:
    assert lif_rate(MU[:, None], SIGMA, **CELL).shape == (6, 6)
    assert lif_rate(16e-3, 4e-3, **CELL, tau_syn=np.array([1e-3, 2e-3])).shape == (2,)
    assert lif_rate(16e-3, 4e-3, **CELL).shape == ()


@pytest.mark.parametrize("name", ["mu", "sigma", "tau_m", "tau_ref", "v_threshold"])
@pytest.mark.parametrize("value", [np.inf, np.nan])
@pytest.mark.parametrize("call", [lif_rate, lif_log_rate, lif_slopes])
def test_arguments_that_are_not_finite_are_refused(call: Any, name: str, value: float) -> None:
    point: dict[str, Any] = {"mu": 16e-3, "sigma": 4e-3, **CELL, name: [CELL.get(name, 5e-3), value]}
    with pytest.raises(ValueError, match=rf"lif: {name}\[1\] = {value} must be finite"):
        call(**point)


def test_the_element_that_is_out_of_range_is_named() -> None:
    reset = {**CELL, "v_reset": np.array([[10e-3, 10e-3], [10e-3, 30e-3]])}
    with pytest.raises(ValueError, match=r"lif: v_threshold\[1, 1\] = 0.02 must be above the reset \(0.03 V\)"):
        lif_rate(16e-3, 4e-3, **reset)
    with pytest.raises(ValueError, match=r"lif: sigma\[2\] = -0.001 must be above 0 V"):
        lif_rate(16e-3, [1e-3, 2e-3, -1e-3], **CELL)


@pytest.mark.parametrize("correction", [{"tau_syn": np.inf}, {"tau_syn": np.nan}, {"dt": np.inf}, {"dt": np.nan}])
def test_corrections_that_are_not_finite_are_refused(correction: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="finite"):
        lif_rate(16e-3, 4e-3, **CELL, **correction)


def test_a_reset_at_minus_infinity_is_refused() -> None:
    with pytest.raises(ValueError, match="v_reset = -inf must be finite"):
        lif_rate(16e-3, 4e-3, **{**CELL, "v_reset": -np.inf})


def test_no_drives_with_coloured_noise_have_no_slopes() -> None:
    cell = {"tau_m": 0.02, "tau_ref": 2e-3, "v_threshold": 15e-3, "v_reset": 0.0}
    for slopes in lif_slopes([], 5e-3, **cell, tau_syn=1e-3):
        assert slopes.shape == (0,)
