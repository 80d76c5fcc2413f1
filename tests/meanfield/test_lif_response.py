"""The linear response of the LIF rate: the printed formula, an independent integration, limits, and wrong theories."""

from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

from mesobridge.meanfield import FastSynapseWarning, lif_rate, lif_response, lif_slopes

CELL: dict[str, Any] = {"tau_m": 20e-3, "tau_ref": 2e-3, "v_threshold": 20e-3, "v_reset": 10e-3}
POINTS = np.array([[14, 5], [16, 4], [18, 3], [20, 6], [22, 0.5], [40, 5]]) * 1e-3
FREQUENCY = np.array([0.01, 1.0, 10.0, 40.0, 100.0, 500.0, 1000.0])
TAU, DEAD = 20e-3, 2e-3


def as_printed(
    frequency: float, mu: float, sigma: float, *, modulation: str = "mu", dead: float = DEAD, phase: bool = True
) -> complex:
    """schuecker2015, Eq. 29, with the delayed reinjection of brunel1999; without its ``phase`` it is a wrong theory."""
    with mpmath.workdps(40):
        w = 2 * mpmath.pi * mpmath.mpf(frequency)
        z = mpmath.mpc(-0.5, w * TAU)
        x = [mpmath.sqrt(2) * (mpmath.mpf(v) - mpmath.mpf(mu)) / mpmath.mpf(sigma) for v in (20e-3, 10e-3)]

        def psi(order: Any, at: Any) -> Any:
            return mpmath.exp(at**2 / 4) * mpmath.pcfu(order, -at)

        bottom = psi(z, x[0]) - (mpmath.exp(-1j * w * dead) if phase else 1) * psi(z, x[1])
        first = (z + 0.5) * (psi(z + 1, x[0]) - psi(z + 1, x[1]))
        second = (z + 0.5) * (z + 1.5) * (psi(z + 2, x[0]) - psi(z + 2, x[1]))
        ratio = {"mu": mpmath.sqrt(2) * first / (z + 1.5), "sigma": 2 * second / (z + 2.5)}[modulation] / bottom
        rate = float(lif_rate(mu, sigma, **{**CELL, "tau_ref": dead}))
        return complex(ratio * rate / sigma)


def by_integration(frequency: float, mu: float, sigma: float, modulation: str) -> complex:
    """Modulated Fokker-Planck equation integrated from the threshold down, which knows no special function."""
    upper, lower, s = (20e-3 - mu) / sigma, (10e-3 - mu) / sigma, 2j * np.pi * frequency * TAU
    rate = float(lif_rate(mu, sigma, **CELL))

    def slope(y: float, state: np.ndarray, flux: float) -> np.ndarray:
        p, free, free_flux, driven, driven_flux = state
        source = p if modulation == "mu" else 2 * (y * p + flux)
        return np.array(
            [
                -2 * (y * p + flux),
                -2 * (y * free + free_flux),
                -s * free,
                -2 * (y * driven + driven_flux - source),
                -s * driven,
            ]
        )

    exact = {"method": "DOP853", "rtol": 1e-11, "atol": 1e-14}
    start = np.array([0, 0, 1, 0, 0], dtype=complex)
    state = solve_ivp(slope, (upper, lower), start, args=(rate * TAU,), **exact).y[:, -1]
    state[2] -= np.exp(-1j * 2 * np.pi * frequency * DEAD)
    state = solve_ivp(slope, (lower, min(lower, 0.0) - 5.5), state, args=(0.0,), **exact).y[:, -1]
    return complex(-state[4] / state[2] / TAU / sigma)


@pytest.mark.parametrize("modulation", ["mu", "sigma"])
@pytest.mark.parametrize(("mu", "sigma"), POINTS)
def test_equals_the_printed_formula(mu: float, sigma: float, modulation: Any) -> None:
    expected = [as_printed(f, mu, sigma, modulation=modulation) for f in FREQUENCY[1:]]
    found = lif_response(FREQUENCY[1:], mu, sigma, **CELL, modulation=modulation)
    assert np.all(np.abs(found) > 0)
    assert_allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize("modulation", ["mu", "sigma"])
@pytest.mark.parametrize("point", [0, 1, 3])
def test_equals_an_independent_integration(point: int, modulation: Any) -> None:
    mu, sigma = POINTS[point]
    found = lif_response(FREQUENCY[:5], mu, sigma, **CELL, modulation=modulation)
    assert_allclose(found, [by_integration(f, mu, sigma, modulation) for f in FREQUENCY[:5]], rtol=1e-7)


def test_zero_frequency_is_the_slope_of_the_rate_without_a_jump() -> None:
    mu, sigma = POINTS.T
    extras: tuple[dict[str, Any], ...] = ({}, {"tau_syn": 0.5e-3})
    for extra in extras:
        found = lif_response(np.array([0.0, 1e-7])[:, None], mu, sigma, **CELL, **extra)
        assert_allclose(found[0], lif_slopes(mu, sigma, **CELL, **extra)[0], rtol=1e-11)
        assert_allclose(found[1], found[0], rtol=1e-6)
    found = lif_response(np.array([0.0, 1e-7])[:, None], mu, sigma, **CELL, modulation="sigma")
    assert_allclose(found[0], lif_slopes(mu, sigma, **CELL)[1], rtol=1e-10)
    assert_allclose(found[1], found[0], rtol=1e-5)


def test_formula_without_the_refractory_phase_is_rejected() -> None:
    wrong = as_printed(1e-4, 25e-3, 2e-3, phase=False) * 1e-3
    ours = lif_response(1e-4, 25e-3, 2e-3, **CELL) * 1e-3
    slope = lif_slopes(25e-3, 2e-3, **CELL)[0] * 1e-3
    assert_allclose(wrong.real, 4.849, atol=5e-4)
    assert_allclose(ours.real, 4.4335, atol=5e-5)
    assert abs(ours - slope) < 1e-4 * slope
    assert abs(wrong - slope) > 0.09 * slope
    without = lif_response(10.0, 25e-3, 2e-3, **{**CELL, "tau_ref": 0.0})
    assert_allclose(without, as_printed(10.0, 25e-3, 2e-3, dead=0.0, phase=False), rtol=1e-10)


def test_published_high_frequency_value() -> None:
    found = abs(lif_response(500.0, 16e-3, 4e-3, **CELL)) * 1e-3
    asymptote = np.sqrt(2) * lif_rate(16e-3, 4e-3, **CELL) / 4 / np.sqrt(2 * np.pi * 500 * TAU)
    assert_allclose([found, asymptote], [0.423, 0.397], atol=5e-4)


def test_response_to_the_mean_falls_as_the_root_of_frequency_at_45_degrees() -> None:
    mu, sigma = POINTS[:4].T
    frequency = np.array([1e5, 1e6, 1e7])[:, None]
    found = lif_response(frequency, mu, sigma, **CELL)
    slope = np.diff(np.log10(np.abs(found)), axis=0)
    assert np.all(np.abs(slope[1] + 0.5) < np.abs(slope[0] + 0.5))
    assert_allclose(slope[1], -0.5, atol=5e-3)
    limit = np.sqrt(2) * lif_rate(mu, sigma, **CELL) / sigma / np.sqrt(2j * np.pi * frequency * TAU)
    gap = np.log10(np.abs(found / limit - 1))
    assert_allclose(np.diff(gap, axis=0)[1], [-0.5, -0.5, -0.5, -1.0], atol=0.02)  # mu at threshold: one order better


def test_response_to_the_noise_does_not_fall() -> None:
    mu, sigma = POINTS[[1, 3]].T
    limit = 2 * lif_rate(mu, sigma, **CELL) / sigma
    found = lif_response(np.array([1e5, 1e6, 1e7])[:, None], mu, sigma, **CELL, modulation="sigma")
    gap = np.log10(np.abs(found / limit - 1))
    assert np.all(gap[2] < -2)
    assert_allclose(np.diff(gap, axis=0)[1], [-0.5, -1.0], atol=0.02)


ordinary = {"mu": st.floats(-0.01, 0.06), "sigma": st.floats(1e-3, 2e-2), "frequency": st.floats(0, 2e3)}


@settings(max_examples=50)
@given(shift=st.floats(-0.1, 0.1), **ordinary)
def test_shift_invariance(mu: float, sigma: float, frequency: float, shift: float) -> None:
    moved = {**CELL, "v_threshold": 20e-3 + shift, "v_reset": 10e-3 + shift}
    assert_allclose(
        lif_response(frequency, mu + shift, sigma, **moved), lif_response(frequency, mu, sigma, **CELL), rtol=1e-9
    )


@settings(max_examples=50)
@given(scale=st.floats(0.1, 10), modulation=st.sampled_from(["mu", "sigma"]), **ordinary)
def test_scale_invariance(mu: float, sigma: float, frequency: float, scale: float, modulation: Any) -> None:
    scaled = {**CELL, "v_threshold": 20e-3 * scale, "v_reset": 10e-3 * scale}
    found = lif_response(frequency, mu * scale, sigma * scale, **scaled, modulation=modulation)
    assert_allclose(found * scale, lif_response(frequency, mu, sigma, **CELL, modulation=modulation), rtol=1e-9)


@settings(max_examples=50)
@given(factor=st.floats(0.1, 10), modulation=st.sampled_from(["mu", "sigma"]), **ordinary)
def test_time_scaling(mu: float, sigma: float, frequency: float, factor: float, modulation: Any) -> None:
    slower = {**CELL, "tau_m": 20e-3 * factor, "tau_ref": 2e-3 * factor}
    found = lif_response(frequency / factor, mu, sigma, **slower, modulation=modulation)
    assert_allclose(found * factor, lif_response(frequency, mu, sigma, **CELL, modulation=modulation), rtol=1e-9)


@settings(max_examples=50)
@given(**ordinary)
def test_negative_frequency_is_the_conjugate(mu: float, sigma: float, frequency: float) -> None:
    assume(frequency > 0)
    found = lif_response([frequency, -frequency], mu, sigma, **CELL)
    assert found[1] == np.conj(found[0])


def test_noiseless_cell_answers_as_its_period_says() -> None:
    """Without noise the slope of the rate is that of 1/(tau_ref + tau_m log((mu - reset)/(mu - threshold)))."""
    mu = 30e-3
    rate = 1 / (DEAD + TAU * np.log(2))
    slope = rate**2 * TAU * (1 / 10e-3 - 1 / 20e-3)
    gaps = [abs(lif_response(0.0, mu, sigma, **CELL) / slope - 1) for sigma in (1e-3, 1e-4)]
    assert_allclose(np.log10(gaps[0] / gaps[1]), 2, atol=0.05)
    near = np.abs(lif_response(rate * np.array([0.8, 1.0, 1.2]), mu, 1e-4, **CELL))
    assert near[1] > 20 * near[[0, 2]].max()


def test_silent_and_saturated_cells_answer_without_a_warning() -> None:
    mu, sigma = np.array([-1.0, -0.08, 0.02, 5.0, 0.03]), np.array([4e-3, 4e-3, 1.0, 4e-3, 1e-7])
    found = lif_response(np.array([0.0, 1e-4, 1.0, 1e4])[:, None], mu, sigma, **CELL)
    assert np.all(np.isfinite(found))
    assert np.all(found[:, 0] == 0)
    assert np.all(np.abs(found[:, 1:]) > 0)


def test_coloured_noise_moves_the_barriers_and_a_synapse_filters() -> None:
    found = lif_response(FREQUENCY, 16e-3, 4e-3, **CELL, tau_syn=0.5e-3)
    shift = np.sqrt(2) * 1.4603545088095868 / 2 * 4e-3 * np.sqrt(0.5 / 20)
    moved = {**CELL, "v_threshold": 20e-3 + shift, "v_reset": 10e-3 + shift * np.exp(-4)}
    assert_allclose(found, lif_response(FREQUENCY, 16e-3, 4e-3, **moved), rtol=1e-11)
    filtered = lif_response(FREQUENCY, 16e-3, 4e-3, **CELL, tau_syn=0.5e-3, tau_filter=0.5e-3)
    assert_allclose(filtered, found / (1 + 2j * np.pi * FREQUENCY * 0.5e-3), rtol=1e-14)


def test_slow_synapses_warn() -> None:
    with pytest.warns(FastSynapseWarning, match="coloured_lif_rate"):
        lif_response(10.0, 16e-3, 4e-3, **CELL, tau_syn=5e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"modulation": "rate"}, "give 'mu' or 'sigma'"),
        ({"modulation": "sigma", "tau_syn": 1e-3}, "leave tau_syn out"),
        ({"tau_filter": -1e-3}, "tau_filter"),
        ({"tau_m": 0.0}, "tau_m"),
        ({"frequency": np.inf}, "frequency"),
    ],
)
def test_what_has_no_answer_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        lif_response(**{"frequency": 10.0, "mu": 16e-3, "sigma": 4e-3, **CELL, **change})


def test_everything_broadcasts() -> None:
    mu, sigma = POINTS.T
    found = lif_response(FREQUENCY[:, None], mu, sigma, **{**CELL, "tau_m": np.full(6, TAU)})
    assert found.shape == (7, 6)
    assert_allclose(found[3, 2], lif_response(40.0, 18e-3, 3e-3, **CELL), rtol=1e-12)
    assert lif_response(40.0, 18e-3, 3e-3, **CELL).shape == ()
    assert lif_response(np.empty(0), 18e-3, 3e-3, **CELL).shape == (0,)
    assert lif_response(40.0, 18e-3, 3e-3, **CELL, tau_filter=np.array([0.0, 1e-3])).shape == (2,)


def test_quantities_with_units_are_taken() -> None:
    cell: dict[str, Any] = {"tau_m": "20 ms", "tau_ref": "2 ms", "v_threshold": "20 mV", "v_reset": "10 mV"}
    found = lif_response("0.1 kHz", "16 mV", "4 mV", **cell, tau_filter="1 ms")
    assert_allclose(found, lif_response(100.0, 16e-3, 4e-3, **CELL, tau_filter=1e-3), rtol=1e-12)
