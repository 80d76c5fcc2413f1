"""Linear response of any cell: closed forms of two cells, order of convergence, refusals."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import eif_response, lif_rate, lif_slopes, mean_potential, threshold_response, voltage_grid

LEAKY: dict[str, Any] = {"tau_m": 20e-3, "tau_ref": 2e-3, "v_threshold": 20e-3, "v_reset": 10e-3}
MU, SIGMA = 16e-3, 4e-3


def leaky(frequency: Any, size: int = 2000):
    grid = voltage_grid(-20e-3, 10e-3, 20e-3, size)
    reset = int(np.argmin(np.abs(grid - 10e-3)))
    return threshold_response(
        frequency, (MU - grid) / 20e-3, SIGMA**2 / (2 * 20e-3), grid, reset, 2e-3, drift_gain=1 / 20e-3,
        noise_gain=2 / SIGMA,
    )  # fmt: skip


def test_at_frequency_zero_it_is_the_slope_of_the_rate():
    found = leaky(0.0)
    by_mu, by_sigma = lif_slopes(MU, SIGMA, **LEAKY)
    assert_allclose(found.rate, lif_rate(MU, SIGMA, **LEAKY), rtol=1e-8)
    assert_allclose(found.to_drift, [by_mu], rtol=1e-7)
    assert_allclose(found.to_noise, [by_sigma], rtol=1e-7)
    assert_allclose(found.mean_potential, mean_potential(MU, found.rate, **LEAKY), rtol=1e-8)


def test_the_exponential_cell_is_one_case_of_it():
    spike: dict[str, float] = {"v_threshold": 15e-3, "slope_factor": 1e-3}
    grid = voltage_grid(-20e-3, 10e-3, 25e-3, 16000)
    reset = int(np.argmin(np.abs(grid - 10e-3)))
    drift = (MU - grid + 1e-3 * np.exp((grid - 15e-3) / 1e-3)) / 20e-3
    f = np.array([0.0, 5.0, 50.0, 500.0])
    found = threshold_response(f, drift, SIGMA**2 / 0.04, grid, reset, 2e-3, drift_gain=50.0, noise_gain=2 / SIGMA)
    cell: dict[str, Any] = {**LEAKY, **spike, "v_cutoff": 25e-3}
    assert_allclose(found.to_drift, eif_response(f, MU, SIGMA, **cell, size=16000), rtol=1e-5)
    assert_allclose(found.to_noise, eif_response(f, MU, SIGMA, **cell, size=16000, modulation="sigma"), rtol=2e-5)


def perfect_integrator(w: np.ndarray, drift: float, diffusion: float, height: float) -> np.ndarray:
    """Response of a cell without leak: the density moves along, p1 = -p0'/(i w) + c exp(root x), 0 at the top."""
    root = (np.sqrt(drift**2 + 4j * w * diffusion) - drift) / (2 * diffusion)
    return drift / height * root / (1j * w)


def test_a_cell_without_leak_follows_its_closed_form():
    """The difference vanishes with the square of the step, which a wrong formula would not."""
    drift, diffusion, height = 0.5, 4e-4, 10e-3
    f = np.array([1.0, 20.0, 100.0, 1000.0])
    exact = perfect_integrator(2 * np.pi * f, drift, diffusion, height)
    sizes, errors = np.array([250, 500, 1000, 2000]), []
    for size in sizes:
        grid = voltage_grid(-20e-3, 0.0, height, int(size))
        reset = int(np.argmin(np.abs(grid)))
        found = threshold_response(f, np.full_like(grid, drift), diffusion, grid, reset, 0.0)
        assert_allclose(found.rate, drift / height, rtol=1e-9)
        errors.append(np.abs(found.to_drift / exact - 1).max())
    assert errors[-1] < 1e-5
    assert np.polyfit(np.log(sizes), np.log(errors), 1)[0] < -1.9


def test_the_error_is_at_least_of_second_order_in_the_step():
    f = np.array([1e3, 1e4])
    fine = leaky(f, 32000)
    sizes = np.array([500, 1000, 2000, 4000])
    for part in ("to_drift", "to_noise"):
        errors = [np.abs(getattr(leaky(f, n), part) / getattr(fine, part) - 1).max() for n in sizes]
        assert errors[-1] < 1e-4
        assert np.polyfit(np.log(sizes), np.log(errors), 1)[0] < -1.9


def test_bad_grids_and_too_wide_steps_are_refused():
    grid = np.linspace(0.0, 1.0, 11)
    with pytest.raises(ValueError, match="reset_index"):
        threshold_response(1.0, -grid, 1.0, grid, 10, 0.0)
    with pytest.raises(ValueError, match="does not match"):
        threshold_response(1.0, -grid[1:], 1.0, grid, 5, 0.0)
    with pytest.raises(ValueError, match="some noise"):
        threshold_response(1.0, -grid, 0.0, grid, 5, 0.0)
    with pytest.raises(ValueError, match="times as many steps"):
        threshold_response(1.0, -grid, 1e-6, grid, 5, 0.0)


def test_a_frequency_that_is_not_finite_is_refused() -> None:
    grid = np.linspace(0.0, 20e-3, 101)
    with pytest.raises(ValueError, match="threshold_response: frequency holds a number that is not finite"):
        threshold_response([1.0, np.nan], (16e-3 - grid) / 20e-3, 4e-4, grid, 50, 2e-3)


def test_arrays_of_cells_are_the_loop_of_cells():
    grid, f = np.linspace(-10e-3, 20e-3, 301), np.array([0.0, 20.0, 200.0])
    tau_m, mu, dead = np.array([[10e-3], [20e-3]]), np.array([12e-3, 16e-3, 24e-3]), np.array([0.0, 1e-3, 2e-3])
    drift, diffusion = (mu[:, None] - grid) / tau_m[..., None], (5e-3) ** 2 / (2 * tau_m)
    found = threshold_response(f, drift, diffusion, grid, 200, dead, drift_gain=1 / tau_m, noise_gain=2 / 5e-3)
    assert found.rate.shape == found.mean_potential.shape == (2, 3)
    assert found.to_drift.shape == found.to_noise.shape == (2, 3, 3)
    for i, j in np.ndindex(2, 3):
        one = threshold_response(
            f, drift[i, j], diffusion[i, 0], grid, 200, dead[j], drift_gain=1 / tau_m[i, 0], noise_gain=2 / 5e-3
        )
        assert all(np.array_equal(many[i, j], single) for many, single in zip(found, one, strict=True))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"drift": np.nan}, "drift holds a number that is not finite"),
        ({"diffusion": np.nan}, "some noise"),
        ({"tau_ref": np.nan}, "tau_ref = nan s must be finite"),
        ({"tau_ref": -1e-3}, "tau_ref = -0.001 s must be finite and not negative"),
        ({"drift_gain": np.inf}, "drift_gain or noise_gain"),
    ],
)
def test_a_process_with_numbers_that_are_not_finite_is_refused(change, message):
    grid = np.linspace(0.0, 20e-3, 101)
    drift = (16e-3 - grid) / 20e-3 + change.get("drift", 0.0)
    given = {"diffusion": 4e-4, "tau_ref": 2e-3, **{k: v for k, v in change.items() if k != "drift"}}
    with pytest.raises(ValueError, match=message):
        threshold_response(1.0, drift, v_grid=grid, reset_index=50, **given)
