"""The EIF rate: the public table of augustin2017, its limit, and the order of convergence."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import eif_rate, lif_rate, spike_current_drift, threshold_integration, voltage_grid

CELL: dict[str, Any] = {
    "tau_m": 20e-3,
    "tau_ref": 0.0,
    "v_threshold": -50e-3,
    "v_reset": -70e-3,
    "slope_factor": 1.5e-3,
    "v_cutoff": -40e-3,
}
# mu mV/ms, sigma mV/sqrt(ms), rate by second-order threshold integration, published table (first order)
TABLE = np.array(
    [
        [0.25, 1.5, 0.8704768, 0.8704842],
        [0.5, 1.5, 5.8336573, 5.8338673],
        [1.0, 1.5, 25.393264, 25.395725],
        [1.5, 1.5, 45.5541, 45.5598],
        [1.5, 4.0, 49.566981, 49.573097],
        [3.0, 1.5, 102.71026, 102.72577],
    ]
)
MU = -65e-3 + 20e-3 * TABLE[:, 0]
SIGMA = TABLE[:, 1] * 1e-3 * np.sqrt(20.0)


def test_case_l3_reference_rates() -> None:
    fine = eif_rate(MU, SIGMA, **CELL, size=40000)
    assert_allclose(fine, TABLE[:, 2], rtol=2e-6)


def test_it_is_the_rate_of_the_sums_of_logarithms() -> None:
    """The same from `threshold_integration`, which shares no line with the compiled steps; also for silent cells."""
    mu, sigma = np.append(MU, [-65e-3, -85e-3]), np.append(SIGMA, [3e-3, 4e-3])
    grid = voltage_grid(-200e-3, CELL["v_reset"], CELL["v_cutoff"], 40000)
    spike = spike_current_drift(grid, v_threshold=CELL["v_threshold"], slope_factor=CELL["slope_factor"])
    drift = (mu[:, None] - grid + spike) / CELL["tau_m"]
    reset = int(np.argmin(np.abs(grid - CELL["v_reset"])))
    summed = threshold_integration(drift, sigma**2 / (2 * CELL["tau_m"]), grid, reset, CELL["tau_ref"]).rate
    assert 0 < summed[-1] < 1e-30
    assert_allclose(eif_rate(mu, sigma, **CELL, size=20000), summed, rtol=1e-4)


def test_published_table_within_its_own_first_order_error() -> None:
    rates = eif_rate(MU, SIGMA, **CELL, size=40000)
    gaps = TABLE[:, 3] / rates - 1
    assert np.all((gaps > 0) & (gaps < 2e-4))


def test_default_resolution_and_order() -> None:
    fine = eif_rate(MU, SIGMA, **CELL, size=64000)
    assert_allclose(eif_rate(MU, SIGMA, **CELL), fine, rtol=2e-4)
    sizes = np.array([1000, 2000, 4000, 8000])
    errors = np.array([np.abs(eif_rate(MU, SIGMA, **CELL, size=n) / fine - 1).max() for n in sizes])
    assert_allclose(np.polyfit(np.log(sizes), np.log(errors), 1)[0], -2, atol=0.25)


def test_sharp_spike_onset_is_the_leaky_cell() -> None:
    """The spike current beats the noise at V_T + Delta_T ln(sigma^2/(2 Delta_T^2)): there lies the threshold."""
    shared: dict[str, Any] = {"tau_m": 20e-3, "tau_ref": 2e-3, "v_reset": -60e-3}
    ratios, gaps = [], []
    for d in (0.4e-3, 0.1e-3, 0.025e-3):
        found = eif_rate(
            -55e-3, 5e-3, **shared, v_threshold=-50e-3, slope_factor=d, v_cutoff=-50e-3 + 14 * d, size=40000
        )
        barrier = -50e-3 + d * np.log(5e-3**2 / (2 * d**2))
        ratios.append(abs(found / lif_rate(-55e-3, 5e-3, **shared, v_threshold=barrier) - 1))
        gaps.append(abs(found / lif_rate(-55e-3, 5e-3, **shared, v_threshold=-50e-3) - 1))
    assert gaps[0] > gaps[1] > gaps[2]
    assert np.all(np.array(ratios) < 0.3 * np.array(gaps))


def test_without_slope_factor_it_is_the_leaky_cell() -> None:
    shared: dict[str, Any] = {"tau_m": 20e-3, "tau_ref": 2e-3, "v_threshold": -50e-3, "v_reset": -60e-3}
    found = eif_rate(-55e-3, 5e-3, **shared, slope_factor=0.0, v_cutoff=-50e-3)
    assert_allclose(found, lif_rate(-55e-3, 5e-3, **shared), rtol=1e-5)


def test_the_leaky_formula_is_rejected_for_the_exponential_cell() -> None:
    leaky = lif_rate(MU, SIGMA, tau_m=20e-3, tau_ref=0.0, v_threshold=-50e-3, v_reset=-70e-3)
    assert np.all(np.abs(leaky / eif_rate(MU, SIGMA, **CELL) - 1) > 0.01)


def test_a_cell_without_noise_is_refused() -> None:
    with pytest.raises(ValueError, match="some noise"):
        eif_rate(-55e-3, 0.0, **CELL)


@pytest.mark.parametrize("slope_factor", [0.0, 1e-9, 1e-8, 1e-7])
def test_the_leaky_limit_spikes_at_the_threshold_and_not_at_the_cutoff(slope_factor: float) -> None:
    shared: dict[str, Any] = {"tau_m": 20e-3, "tau_ref": 2e-3, "v_threshold": -50e-3, "v_reset": -60e-3}
    found = eif_rate(-55e-3, 5e-3, **shared, slope_factor=slope_factor, v_cutoff=-40e-3)
    assert_allclose(found, lif_rate(-55e-3, 5e-3, **shared), rtol=1e-6)
    at_cutoff = lif_rate(-55e-3, 5e-3, **{**shared, "v_threshold": -40e-3})
    assert abs(found / at_cutoff - 1) > 1


def test_the_spike_current_stays_finite() -> None:
    with np.errstate(over="raise"):
        assert np.isfinite(spike_current_drift(0.0, v_threshold=-50e-3, slope_factor=1e-9))


@pytest.mark.parametrize("change", [{"sigma": np.inf}, {"mu": np.nan}, {"size": 200.5}])
def test_impossible_points_are_refused(change: dict[str, float]) -> None:
    point: dict[str, Any] = {"mu": -55e-3, "sigma": 5e-3, **CELL, **change}
    with pytest.raises(ValueError, match=f"eif_rate: {next(iter(change))}"):
        eif_rate(**point)
