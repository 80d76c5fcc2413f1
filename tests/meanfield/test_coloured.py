"""The coloured-noise solver: conservation, exact cases, convergence, and what it refuses."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import RATE_FLOOR, coloured_grid, coloured_rate

TAU_M, TAU_NOISE, TAU_REF, RESET, THRESHOLD, SD = 10e-3, 5e-3, 2e-3, -10e-3, 0.0, 3e-3
NOISE_SD = SD / TAU_M * np.sqrt((TAU_M + TAU_NOISE) / TAU_NOISE)
MU = np.array([-8e-3, -5e-3, -2e-3, 1e-3, 5e-3])


def solved(mu: Any = MU, cells: int = 50, intervals: int = 48, tau_ref: float = TAU_REF):
    grid = coloured_grid(-35e-3, RESET, THRESHOLD, cells=cells)
    drift = (np.asarray(mu)[..., None] - grid) / TAU_M
    reset = int(np.argmin(np.abs(grid - RESET)))
    return grid, coloured_rate(
        drift,
        grid,
        noise_sd=NOISE_SD,
        tau_noise=TAU_NOISE,
        reset_index=reset,
        tau_ref=tau_ref,
        noise_intervals=intervals,
    )


def simulated(mu: float, cells: int, duration: float, seed: int) -> tuple[float, float]:
    """Rate and standard error of an LIF cell with Ornstein-Uhlenbeck drive, by Heun's rule at 50 us."""
    rng, dt = np.random.default_rng(seed), 5e-5
    keep = np.exp(-dt / TAU_NOISE)
    v, eta, dead = np.full(cells, mu), rng.standard_normal(cells), np.zeros(cells)
    spikes, warm_up = np.zeros(cells), 1000
    for step in range(warm_up + int(duration / dt)):
        after = keep * eta + np.sqrt(1 - keep**2) * rng.standard_normal(cells)
        first = (mu - v) / TAU_M + NOISE_SD * eta
        second = (mu - v - dt * first) / TAU_M + NOISE_SD * after
        active = dead < dt / 2
        v, dead, eta = np.where(active, v + dt / 2 * (first + second), RESET), np.maximum(dead - dt, 0), after
        fired = active & (v >= THRESHOLD)
        v, dead = np.where(fired, RESET, v), np.where(fired, TAU_REF, dead)
        spikes += fired * (step >= warm_up)
    return spikes.mean() / duration, spikes.std(ddof=1) / np.sqrt(cells) / duration


def test_time_is_shared_out_completely() -> None:
    grid, found = solved()
    assert found.density.shape == (MU.size, grid.size - 1)
    assert_allclose((found.density * np.diff(grid)).sum(axis=-1), 1 - found.rate * TAU_REF, rtol=1e-10)
    assert found.density.min() > -1e-9 * found.density.max()


def test_refractory_period_lets_the_noise_go_on() -> None:
    free, held = solved(tau_ref=0.0)[1].rate, solved(tau_ref=TAU_REF)[1].rate
    if_noise_stood_still = 1 / (1 / free + TAU_REF)
    assert np.all(held < 0.99 * if_noise_stood_still)


def test_rate_converges_with_second_order_in_the_noise_intervals() -> None:
    mu = MU[1:4]
    fine = solved(mu, cells=24, intervals=108)[1].rate
    counts = np.array([14, 20, 28, 40])
    errors = np.array([np.abs(solved(mu, cells=24, intervals=n)[1].rate / fine - 1).max() for n in counts])
    assert np.polyfit(np.log(counts), np.log(errors), 1)[0] < -1.5
    assert errors[-1] < 5e-3


def test_rate_converges_in_the_potential() -> None:
    fine = solved(cells=160, intervals=24)[1].rate
    errors = np.array([np.abs(solved(cells=n, intervals=24)[1].rate / fine - 1).max() for n in (20, 40, 80)])
    assert errors[2] < errors[1] < errors[0] < 0.01
    assert errors[1] < 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("mu", [-5e-3, 1e-3])
def test_monte_carlo(mu: float) -> None:
    rate, error = simulated(mu, cells=10000, duration=0.5, seed=7)
    assert error < 0.015 * rate
    assert_allclose(solved(mu)[1].rate, rate, atol=3.5 * error)


def test_short_monte_carlo() -> None:
    rate, error = simulated(1e-3, cells=3000, duration=0.1, seed=11)
    assert 0 < error < 0.03 * rate
    assert_allclose(solved(1e-3)[1].rate, rate, atol=3.5 * error)


def test_drift_without_a_barrier_has_a_closed_rate() -> None:
    """With drift that the noise cannot turn, every cycle takes distance over mean velocity."""
    grid = np.linspace(0.0, 10e-3, 21)
    low = np.linspace(-5e-3, 0.0, 6)[:-1]
    whole = np.concatenate([low, grid])
    found = coloured_rate(np.full(whole.size, 1.0), whole, noise_sd=0.05, tau_noise=1e-4, reset_index=5, tau_ref=3e-3)
    assert_allclose(found.rate, 1 / (10e-3 + 3e-3), rtol=2e-3)


def test_chunks_do_not_change_the_answer() -> None:
    many = np.linspace(-6e-3, 4e-3, 70)
    together, alone = solved(many, 20, 20)[1].rate, solved(many[40], 20, 20)[1].rate
    assert together.shape == (70,)
    assert alone.shape == ()
    assert_allclose(together[40], alone, rtol=1e-9)
    assert np.all(np.diff(together) > 0)


def test_unreachable_threshold_gives_zero() -> None:
    grid = coloured_grid(-90e-3, RESET, THRESHOLD)
    reset = int(np.argmin(np.abs(grid - RESET)))
    found = coloured_rate(
        (-60e-3 - grid) / TAU_M, grid, noise_sd=NOISE_SD, tau_noise=TAU_NOISE, reset_index=reset, tau_ref=TAU_REF
    )
    assert found.rate == 0 < RATE_FLOOR


def test_a_grid_that_ends_too_high_is_refused() -> None:
    grid = coloured_grid(-12e-3, RESET, THRESHOLD)
    reset = int(np.argmin(np.abs(grid - RESET)))
    with pytest.raises(ValueError, match="extend v_grid downwards"):
        coloured_rate(
            (-9e-3 - grid) / TAU_M, grid, noise_sd=NOISE_SD, tau_noise=TAU_NOISE, reset_index=reset, tau_ref=0.0
        )


def test_nonsense_is_refused() -> None:
    grid = coloured_grid(-35e-3, RESET, THRESHOLD)
    with pytest.raises(ValueError, match="last axis"):
        coloured_rate(np.zeros(3), grid, noise_sd=1.0, tau_noise=1e-3, reset_index=5, tau_ref=0.0)
    with pytest.raises(ValueError, match="reset_index"):
        coloured_rate(np.zeros(grid.size), grid, noise_sd=1.0, tau_noise=1e-3, reset_index=0, tau_ref=0.0)
    with pytest.raises(ValueError, match="above 0"):
        coloured_rate(np.zeros(grid.size), grid, noise_sd=0.0, tau_noise=1e-3, reset_index=5, tau_ref=0.0)
