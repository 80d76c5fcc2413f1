"""The cascade: stationary states, linear limit, order in the time step, adaptation, refusals, and the density."""

from typing import Any

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from mesobridge.meanfield import (
    Adaptation,
    ExponentialCell,
    FokkerPlanck,
    LinearNonlinearCascade,
    adex_rate,
    eif_rate,
    rate_response_table,
)

CELL = ExponentialCell(tau_m=20e-3, tau_ref=0, v_threshold=-50e-3, v_reset=-70e-3, slope_factor=1.5e-3, v_cutoff=-40e-3)
ADAPTATION = Adaptation(capacitance="200 pF", conductance="4 nS", jump="40 pA", tau_w="200 ms", reversal="-80 mV")
SIGMA = 1.5e-3 * np.sqrt(20.0)


def at(drift: Any) -> Any:
    return -65e-3 + 20e-3 * np.asarray(drift)


@pytest.fixture(scope="module")
def table() -> xr.Dataset:
    return rate_response_table(
        CELL, at(np.linspace(-1, 4, 201)), np.array([1.4, 1.5, 1.6, 2.0]) * 1e-3 * np.sqrt(20.0), size=500
    )


def test_constant_input_gives_the_stationary_rate(table):
    cascade = LinearNonlinearCascade(CELL, table)
    for drift in (0.51, 1.013, 2.5):
        found = cascade.simulate(np.full(50, at(drift)), SIGMA, 1e-4)
        assert_allclose(found.rate, eif_rate(at(drift), SIGMA, **CELL.parameters, size=20000), rtol=2e-3)
        assert np.ptp(found.mu_filtered.values) == 0


def test_a_small_step_is_followed_with_the_time_constant_of_the_table(table):
    cascade, dt = LinearNonlinearCascade(CELL, table), 1e-5
    start, end = float(at(1.0)), float(at(1.0)) + 1e-6
    found = cascade.simulate(np.full(1000, end), SIGMA, dt, initial=(start, SIGMA))
    left = (found.mu_filtered - end) / (start - end)
    tau = float(table.tau_mu.sel(mu=at(1.0), sigma=SIGMA, method="nearest"))
    assert_allclose(left, np.exp(-found.time / tau), atol=1e-3)
    assert not np.allclose(left, np.exp(-found.time / CELL.tau_m), atol=0.2)


def test_noise_has_a_filter_of_its_own(table):
    cascade = LinearNonlinearCascade(CELL, table)
    low, high = float(table.sigma[1]), float(table.sigma[2])
    found = cascade.simulate(at(0.5), np.full(2000, high), 1e-5, initial=(float(at(0.5)), low))
    assert float(found.sigma_filtered[0]) == low
    assert_allclose(found.sigma_filtered[-1], high, rtol=1e-3)
    assert np.all(np.diff(found.rate) >= 0)


def test_the_error_is_of_first_order_in_the_time_step(table):
    cascade = LinearNonlinearCascade(CELL, table, ADAPTATION)

    def last(dt: float) -> float:
        time = np.arange(round(0.05 / dt) + 1) * dt
        return float(cascade.simulate(at(1.5 + np.sin(60 * time)), SIGMA, dt).rate[-1])

    steps = np.array([4e-4, 2e-4, 1e-4, 5e-5])
    fine = last(1e-6)
    errors = np.array([abs(last(float(dt)) / fine - 1) for dt in steps])
    assert errors[-1] < 3e-3
    assert_allclose(np.polyfit(np.log(steps), np.log(errors), 1)[0], 1, atol=0.15)


def test_adaptation_ends_in_the_stationary_state(table):
    cascade = LinearNonlinearCascade(CELL, table, ADAPTATION)
    found = cascade.simulate(np.full(30000, at(3.0)), SIGMA, 1e-4)
    (state,) = adex_rate(float(at(3.0)), SIGMA, CELL, ADAPTATION).states
    assert_allclose(found.rate[-1], state.rate, rtol=2e-3)
    assert_allclose(found.adaptation_current[-1], state.adaptation_current, rtol=2e-3)
    assert found.rate[0] > 2 * found.rate[-1]
    assert {name: found[name].attrs["units"] for name in ("rate", "mean_v", "adaptation_current")} == {
        "rate": "Hz", "mean_v": "V", "adaptation_current": "A",
    }  # fmt: skip


def test_quantities_with_units_are_taken(table):
    cascade = LinearNonlinearCascade(CELL, table)
    found = cascade.simulate("-45 mV", f"{1e3 * SIGMA} mV", "0.1 ms")
    assert found.sizes == {"time": 1}
    assert found.rate > 1


def test_another_cell_and_a_state_outside_the_table_are_refused(table):
    other = ExponentialCell(**{**CELL.parameters, "slope_factor": 2e-3})
    with pytest.raises(ValueError, match="the table belongs to a cell with slope_factor"):
        LinearNonlinearCascade(other, table)
    cascade = LinearNonlinearCascade(CELL, table)
    with pytest.raises(ValueError, match=r"at 0\.0002 s the mean input.*make a wider table"):
        cascade.simulate(np.array([at(3.9), at(99.0), at(99.0), at(99.0)]), SIGMA, 1e-4)
    with pytest.raises(ValueError, match="or the noise, 1 V, left"):
        cascade.simulate(at(1.0), 1.0, 1e-4)
    with pytest.raises(ValueError, match="above 0 s"):
        cascade.simulate(at(1.0), SIGMA, 0.0)


@pytest.mark.slow
def test_against_the_population_density_it_beats_the_membrane_time_constant(table):
    """Slow and fast modulations: the cascade is within a few per cent of the density, a filter of tau_m is far off."""
    density = FokkerPlanck(**CELL.parameters, size=300)
    dt = 1e-4
    time = np.arange(4000) * dt
    worst = {}
    for frequency in (2.0, 10.0):
        mu = at(1.2 + 0.4 * np.sin(2 * np.pi * frequency * time))
        exact = density.simulate(mu, SIGMA, dt).rate.values
        ours = LinearNonlinearCascade(CELL, table).simulate(mu, SIGMA, dt).rate.values
        slow_table = table.assign(tau_mu=xr.full_like(table.tau_mu, CELL.tau_m))
        slow = LinearNonlinearCascade(CELL, slow_table).simulate(mu, SIGMA, dt).rate.values
        settled = slice(1500, None)
        scale = np.std(exact[settled])
        errors = [np.sqrt(np.mean((rate[settled] - exact[settled]) ** 2)) / scale for rate in (ours, slow)]
        worst[frequency] = errors
    assert worst[2.0][0] < 0.03
    assert worst[10.0][0] < 0.15
    assert all(slow > 5 * ours for ours, slow in worst.values())
