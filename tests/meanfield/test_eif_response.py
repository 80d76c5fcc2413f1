"""Response of the exponential cell and of its leaky limit: exact formula, slopes, exponents, symmetries, refusals."""

from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import trapezoid

from mesobridge.meanfield import (
    eif_mean_potential,
    eif_rate,
    eif_response,
    lif_rate,
    lif_response,
    lif_slopes,
    mean_potential,
    spike_current_drift,
    threshold_integration,
    voltage_grid,
)
from mesobridge.meanfield.eif_response import stationary_cells
from mesobridge.meanfield.exponential_cell import ExponentialCell
from mesobridge.units import UnitError

LEAKY: dict[str, Any] = {"tau_m": 20e-3, "tau_ref": 2e-3, "v_threshold": 20e-3, "v_reset": 10e-3}
LEAKY_LIMIT: dict[str, Any] = {**LEAKY, "slope_factor": 0.0, "v_cutoff": 20e-3}
CELL: dict[str, Any] = {
    "tau_m": 20e-3, "tau_ref": 0.0, "v_threshold": -50e-3, "v_reset": -70e-3, "slope_factor": 1.5e-3,
    "v_cutoff": -40e-3,
}  # fmt: skip
# mu mV/ms, sigma mV/sqrt(ms), rate by second-order threshold integration on a fine grid
RATES = np.array(
    [[0.25, 1.5, 0.8704768], [0.5, 1.5, 5.8336573], [1.0, 1.5, 25.393264], [1.5, 4.0, 49.566981], [3.0, 1.5, 102.71026]]
)
MU, SIGMA = -65e-3 + 20e-3 * RATES[:, 0], RATES[:, 1] * 1e-3 * np.sqrt(20.0)


def cylinder_response(f: float, mu: float, sigma: float, tau_ref: float = 2e-3) -> complex:
    """Return the exact response of the leaky cell, as printed with parabolic cylinder functions."""
    with mp.workdps(30):
        tau, w = mp.mpf("20e-3"), 2 * mp.pi * f
        z = mp.mpc(-0.5, w * tau)

        def psi(order: Any, v: float) -> Any:
            x = mp.sqrt(2) * (mp.mpf(v) - mu) / sigma
            return mp.exp(x**2 / 4) * mp.pcfu(order, -x)

        def slope(v: float) -> Any:
            return (z + 0.5) * psi(z + 1, v)

        rate = mp.mpf(float(lif_rate(mu, sigma, **{**LEAKY, "tau_ref": tau_ref})))
        dead = mp.exp(-1j * w * tau_ref)
        ratio = (slope(20e-3) - slope(10e-3)) / (psi(z, 20e-3) - dead * psi(z, 10e-3))
        return complex(mp.sqrt(2) * rate / sigma / (1 + 1j * w * tau) * ratio)


@pytest.mark.parametrize(("mu", "sigma"), [(16e-3, 4e-3), (20e-3, 6e-3), (25e-3, 2e-3), (12e-3, 3e-3)])
def test_without_slope_factor_it_is_the_exact_response_of_the_leaky_cell(mu, sigma):
    f = np.array([1.0, 10.0, 50.0, 200.0, 500.0])
    exact = np.array([cylinder_response(one, mu, sigma) for one in f])
    assert np.all(np.abs(exact) > 1)
    assert_allclose(eif_response(f, mu, sigma, **LEAKY_LIMIT, size=8000), exact, rtol=1e-6)


@pytest.mark.parametrize("modulation", ["mu", "sigma"])
def test_the_leaky_limit_agrees_with_the_contour_integrals_of_the_leaky_cell(modulation):
    f, mu = np.array([0.0, 3.0, 30.0, 300.0, 3000.0])[:, None], np.array([12e-3, 16e-3, 24e-3])
    exact = lif_response(f, mu, 3e-3, **LEAKY, modulation=modulation)
    assert_allclose(eif_response(f, mu, 3e-3, **LEAKY_LIMIT, modulation=modulation, size=8000), exact, rtol=5e-6)


def test_leaving_out_the_refractory_phase_is_rejected():
    f = 100.0
    found = eif_response(f, 25e-3, 2e-3, **LEAKY_LIMIT)
    without = cylinder_response(f, 25e-3, 2e-3, tau_ref=0.0)
    assert abs(found / cylinder_response(f, 25e-3, 2e-3) - 1) < 1e-5
    assert abs(without / found - 1) > 0.05


@pytest.mark.parametrize("modulation", ["mu", "sigma"])
def test_at_frequency_zero_it_is_the_slope(modulation):
    slopes = dict(zip(("mu", "sigma"), lif_slopes(16e-3, 4e-3, **LEAKY), strict=True))
    leaky = eif_response(0.0, 16e-3, 4e-3, **LEAKY_LIMIT, modulation=modulation)
    assert_allclose(leaky, slopes[modulation], rtol=1e-8)
    step = 1e-5
    shifts = {"mu": np.array([step, 0.0]), "sigma": np.array([0.0, step])}[modulation]
    points = [np.array([-45e-3, 6.7e-3]) + sign * shifts for sign in (1, -1)]
    up, down = (eif_rate(*point, **CELL, size=40000) for point in points)
    found = eif_response(0.0, -45e-3, 6.7e-3, **CELL, modulation=modulation, size=8000)
    assert_allclose(found.real, (up - down) / (2 * step), rtol=2e-5)
    assert found.imag == 0


def test_reference_rates_of_the_response_itself():
    cell = ExponentialCell(**CELL)
    found = stationary_cells(cell, MU, SIGMA, np.empty(0, dtype=complex), size=16000)
    assert_allclose(np.exp(found.log_rate), RATES[:, 2], rtol=1e-6)


def test_error_is_of_second_order_in_the_voltage_step():
    f = np.array([0.0, 10.0, 100.0])[:, None]
    fine = eif_response(f, MU, SIGMA, **CELL, size=16000)
    sizes = np.array([500, 1000, 2000])
    errors = [np.abs(eif_response(f, MU, SIGMA, **CELL, size=int(n)) / fine - 1).max() for n in sizes]
    assert errors[-1] < 1e-4
    assert_allclose(np.polyfit(np.log(sizes), np.log(errors), 1)[0], -2, atol=0.2)


def test_a_leaky_cell_falls_with_the_root_of_the_frequency():
    f = np.geomspace(1e4, 1e5, 5)
    found = eif_response(f, 16e-3, 4e-3, **LEAKY_LIMIT, size=20000)
    assert_allclose(np.polyfit(np.log(f), np.log(np.abs(found)), 1)[0], -0.5, atol=0.01)
    assert_allclose(np.angle(found), -np.pi / 4, atol=0.03)
    high = np.sqrt(2) * lif_rate(16e-3, 4e-3, **LEAKY) / 4e-3 / np.sqrt(2j * np.pi * f * 20e-3)
    assert_allclose(found[-1], high[-1], rtol=0.02)


def test_an_exponential_cell_falls_with_the_frequency_and_its_slope_factor():
    """n(w) -> rate/(i w tau_m Delta_T), as long as the way from the onset of the spike to the cutoff takes no time."""
    cell = {**CELL, "v_cutoff": CELL["v_threshold"] + 14 * CELL["slope_factor"]}
    f = np.geomspace(1e4, 1e5, 5)
    for modulation in ("mu", "sigma"):
        found = eif_response(f, -45e-3, 6.7e-3, **cell, modulation=modulation, size=10000)
        assert_allclose(np.polyfit(np.log(f), np.log(np.abs(found)), 1)[0], -1, atol=0.01)
    rate = eif_rate(-45e-3, 6.7e-3, **cell)
    limit = rate / (2j * np.pi * f * cell["tau_m"] * cell["slope_factor"])
    assert_allclose(eif_response(f, -45e-3, 6.7e-3, **cell, size=10000), limit, rtol=0.02)


operating = st.tuples(st.floats(-70e-3, -30e-3), st.floats(3e-3, 20e-3), st.floats(0.0, 300.0))


@settings(max_examples=25, deadline=None)
@given(operating, st.floats(-0.1, 0.1), st.floats(0.3, 3.0), st.floats(0.3, 3.0))
def test_shift_scale_and_time(point, shift, stretch, slower):
    mu, sigma, f = point
    cell = {**CELL, "tau_ref": 2e-3}
    found = eif_response(f, mu, sigma, **cell, size=600)
    potentials = ("v_threshold", "v_reset", "v_cutoff")
    moved = {**cell, **{name: cell[name] + shift for name in potentials}}
    assert_allclose(eif_response(f, mu + shift, sigma, **moved, size=600), found, rtol=1e-6)
    names = (*potentials, "slope_factor")
    scaled = {**cell, **{name: stretch * cell[name] for name in names}}
    assert_allclose(stretch * eif_response(f, stretch * mu, stretch * sigma, **scaled, size=600), found, rtol=1e-6)
    slow = {**cell, "tau_m": slower * cell["tau_m"], "tau_ref": slower * cell["tau_ref"]}
    assert_allclose(slower * eif_response(f / slower, mu, sigma, **slow, size=600), found, rtol=1e-6)


def test_broadcasting_and_conjugate():
    f = np.array([-20.0, 20.0])[:, None]
    found = eif_response(f, MU[:3], SIGMA[:3], **CELL)
    assert found.shape == (2, 3)
    assert_allclose(found[0], np.conj(found[1]), rtol=1e-12)
    for column, (mu, sigma) in enumerate(zip(MU[:3], SIGMA[:3], strict=True)):
        assert_allclose(found[1, column], eif_response(20.0, mu, sigma, **CELL), rtol=1e-12)


def test_units_are_converted_and_checked():
    words: dict[str, Any] = {
        name: f"{1e3 * value} {'ms' if name.startswith('tau') else 'mV'}" for name, value in CELL.items()
    }
    found = eif_response("0.02 kHz", "-55 mV", "6.7 mV", **words)
    assert_allclose(found, eif_response(20.0, -55e-3, 6.7e-3, **CELL), rtol=1e-9)
    with pytest.raises(UnitError):
        eif_response("20 mV", -55e-3, 6.7e-3, **CELL)


def test_mean_potential_of_the_leaky_limit_is_the_exact_balance():
    mu, sigma = np.array([14e-3, 16e-3, 22e-3]), np.array([5e-3, 4e-3, 2e-3])
    exact = mean_potential(mu, lif_rate(mu, sigma, **LEAKY), **LEAKY)
    assert_allclose(eif_mean_potential(mu, sigma, **LEAKY_LIMIT), exact, rtol=1e-8)


def test_mean_potential_of_an_exponential_cell_obeys_its_balance():
    """d<V>/dt = 0: leak and spike current against the jump from cutoff to reset; the current is averaged by hand."""
    cell, mu, sigma = {**CELL, "tau_ref": 2e-3}, -48e-3, 6e-3
    mean = eif_mean_potential(mu, sigma, **cell, size=8000)
    rate = float(eif_rate(mu, sigma, **cell, size=40000))
    assert rate > 5
    awake = 1 - rate * cell["tau_ref"]
    grid = voltage_grid(-110e-3, -70e-3, -40e-3, 40000)
    spike = spike_current_drift(grid, v_threshold=-50e-3, slope_factor=1.5e-3)
    reset = int(np.argmin(np.abs(grid + 70e-3)))
    density = threshold_integration((mu - grid + spike) / 20e-3, sigma**2 / 0.04, grid, reset, 2e-3).density
    spike_mean = trapezoid(density * spike, grid)
    balance = mu * awake - (mean - rate * cell["tau_ref"] * cell["v_reset"]) + spike_mean - rate * 20e-3 * 30e-3
    assert_allclose(balance, 0, atol=1e-6)


def test_refusals():
    with pytest.raises(ValueError, match="some noise"):
        eif_response(1.0, -55e-3, 0.0, **CELL)
    with pytest.raises(ValueError, match="unknown; give one of mu, sigma"):
        eif_response(1.0, -55e-3, 5e-3, **CELL, modulation="both")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="take 1000 or more"):
        eif_response(1.0, -55e-3, 5e-3, **CELL, size=10)
    with pytest.raises(ValueError, match="times as many steps"):
        eif_response(1.0, -90e-3, 1e-4, **CELL, size=500)
    with pytest.raises(ValueError, match="not finite"):
        eif_response(1.0, np.nan, 5e-3, **CELL)


@pytest.mark.parametrize("frequency", [np.nan, np.inf])
def test_a_frequency_that_is_not_finite_is_refused(frequency):
    with pytest.raises(ValueError, match="frequency holds a number that is not finite"):
        eif_response([1.0, frequency], -55e-3, 5e-3, **CELL)


@pytest.mark.parametrize("modulation", ["mu", "sigma"])
def test_the_leaky_limit_ignores_the_cutoff(modulation):
    points: dict[str, Any] = {"frequency": [0.0, 30.0], "mu": 16e-3, "sigma": 4e-3, "modulation": modulation}
    expected = eif_response(**points, **LEAKY_LIMIT)
    assert_allclose(eif_response(**points, **{**LEAKY_LIMIT, "v_cutoff": 40e-3}), expected, rtol=1e-12)
    steep = eif_response(**points, **{**LEAKY_LIMIT, "v_cutoff": 40e-3, "slope_factor": 1e-9}, size=8000)
    assert_allclose(steep, expected, rtol=0.02)
