"""Threshold integration: order of convergence, mass, density of a case known in closed form."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import trapezoid

from mesobridge.meanfield import lif_rate, mean_potential, threshold_integration, voltage_grid

CELL: dict[str, Any] = {"tau_m": 20e-3, "tau_ref": 2e-3, "v_threshold": 20e-3, "v_reset": 10e-3}


def solved(size: int, mu: float = 16e-3, sigma: float = 4e-3):
    grid = voltage_grid(-30e-3, 10e-3, 20e-3, size)
    reset = int(np.argmin(np.abs(grid - 10e-3)))
    return grid, threshold_integration((mu - grid) / 20e-3, sigma**2 / (2 * 20e-3), grid, reset, 2e-3)


def test_error_is_of_second_order() -> None:
    sizes = np.array([250, 500, 1000, 2000, 4000])
    exact = lif_rate(16e-3, 4e-3, **CELL)
    errors = [abs(solved(n)[1].rate / exact - 1) for n in sizes]
    assert errors[-1] < 1e-5
    assert_allclose(np.polyfit(np.log(sizes), np.log(errors), 1)[0], -2, atol=0.05)


def test_drift_at_the_nodes_would_be_of_first_order() -> None:
    exact = lif_rate(16e-3, 4e-3, **CELL)
    errors = []
    for size in (500, 1000, 2000):
        grid = voltage_grid(-30e-3, 10e-3, 20e-3, size)
        shifted = (16e-3 - grid - np.diff(grid)[-1] / 2) / 20e-3
        reset = int(np.argmin(np.abs(grid - 10e-3)))
        errors.append(abs(threshold_integration(shifted, 4e-4, grid, reset, 2e-3).rate / exact - 1))
    assert_allclose(errors[0] / errors[2], 4, rtol=0.1)
    assert errors[2] > 100 * abs(solved(2000)[1].rate / exact - 1)


def test_density_holds_all_cells_that_are_not_refractory() -> None:
    grid, found = solved(2000)
    assert_allclose(trapezoid(found.density, grid), 1 - found.rate * 2e-3, rtol=1e-12)
    assert np.all(found.density >= 0)


def test_mean_of_the_density_is_the_exact_balance() -> None:
    grid, found = solved(8000)
    mean = trapezoid(found.density * grid, grid) + found.rate * 2e-3 * 10e-3
    assert_allclose(mean, mean_potential(16e-3, lif_rate(16e-3, 4e-3, **CELL), **CELL), rtol=1e-6)


def test_far_below_threshold_the_density_is_normal() -> None:
    grid, found = solved(4000, mu=-5e-3, sigma=3e-3)
    normal = np.exp(-((grid + 5e-3) ** 2) / 3e-3**2) / (3e-3 * np.sqrt(np.pi))
    assert 0 < found.rate < 1e-20
    assert_allclose(found.density, normal, atol=1e-4 * normal.max())


def test_batches_and_voltage_dependent_noise() -> None:
    grid = voltage_grid(-30e-3, 10e-3, 20e-3, 1000)
    reset = int(np.argmin(np.abs(grid - 10e-3)))
    drift = (np.array([12e-3, 16e-3])[:, None] - grid) / 20e-3
    flat = threshold_integration(drift, 4e-4, grid, reset, 2e-3)
    spread = threshold_integration(drift, np.full_like(drift, 4e-4), grid, reset, 2e-3)
    assert flat.rate.shape == (2,)
    assert flat.density.shape == drift.shape
    assert_allclose(flat.rate, spread.rate, rtol=1e-13)


def test_a_reset_outside_the_grid_is_refused() -> None:
    with pytest.raises(ValueError, match="widen the grid"):
        voltage_grid(0.0, 0.03, 0.02)
    grid = np.linspace(0, 1, 11)
    with pytest.raises(ValueError, match="reset_index"):
        threshold_integration(-grid, 1.0, grid, 10, 0.0)
    with pytest.raises(ValueError, match="some noise"):
        threshold_integration(-grid, 0.0, grid, 5, 0.0)


@pytest.mark.parametrize(
    ("drift", "diffusion", "tau_ref", "message"),
    [
        (np.nan, 1.0, 0.0, "drift holds a number that is not finite"),
        (1.0, np.nan, 0.0, "diffusion nan"),
        (1.0, 1.0, np.nan, "tau_ref = nan s must be finite"),
        (1.0, 1.0, -1e-3, "tau_ref = -0.001 s must be finite and not negative"),
    ],
)
def test_numbers_that_are_not_finite_are_refused(drift: float, diffusion: float, tau_ref: float, message: str) -> None:
    grid = np.linspace(0, 1, 11)
    with pytest.raises(ValueError, match=message):
        threshold_integration(np.full(11, drift), diffusion, grid, 5, tau_ref)
