"""The linear response of the density: the printed formula, its slopes, and the density in time."""

from typing import Any, Literal

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import FokkerPlanck, density_response, eif_response, lif_rate, lif_slopes

CELL: dict[str, Any] = {"tau_m": 20e-3, "tau_ref": 2e-3, "v_threshold": 20e-3, "v_reset": 10e-3}
FREQUENCIES = np.array([0.1, 5.0, 20.0, 100.0, 500.0])


def weber_response(frequency: float, mu: float, sigma: float, tau_ref: float) -> complex:
    """Return the printed formula with parabolic cylinder functions and the delayed return of spikes, Hz/V."""
    tau_m = CELL["tau_m"]
    with mpmath.workdps(25):
        w = 2 * mpmath.pi * frequency
        nu = mpmath.mpf(float(lif_rate(mu, sigma, **{**CELL, "tau_ref": tau_ref})))
        z = -mpmath.mpf(1) / 2 + 1j * w * tau_m

        def psi(order: Any, x: Any) -> Any:
            return mpmath.exp(x**2 / 4) * mpmath.pcfu(order, -x)

        x_t, x_r = (mpmath.sqrt(2) * (v - mu) / sigma for v in (CELL["v_threshold"], CELL["v_reset"]))
        slopes = (mpmath.mpf(1) / 2 + z) * (psi(z + 1, x_t) - psi(z + 1, x_r))
        front = mpmath.sqrt(2) * nu / sigma / (1 + 1j * w * tau_m)
        return complex(front * slopes / (psi(z, x_t) - mpmath.exp(-1j * w * tau_ref) * psi(z, x_r)))


@pytest.mark.parametrize(("mu", "sigma"), [(16e-3, 4e-3), (20e-3, 6e-3), (25e-3, 2e-3)])
@pytest.mark.parametrize("tau_ref", [0.0, 2e-3])
def test_response_of_the_leaky_cell_converges_to_the_formula_with_second_order(
    mu: float, sigma: float, tau_ref: float
) -> None:
    exact = np.array([weber_response(float(f), mu, sigma, tau_ref) for f in FREQUENCIES])
    sizes = np.array([100, 200, 400])
    errors = [
        np.abs(
            density_response(FokkerPlanck(**{**CELL, "tau_ref": tau_ref}, size=int(n)), FREQUENCIES, mu, sigma) / exact
            - 1
        )
        for n in sizes
    ]
    assert_allclose(np.polyfit(np.log(sizes), np.log(errors), 1)[0], -2, atol=0.35)
    assert np.max(errors[-1]) < 3 * (10e-3 / 400 / sigma) ** 2


def test_a_formula_without_the_refractory_phase_is_rejected() -> None:
    population = FokkerPlanck(**CELL)
    with_rate_only = weber_response(20.0, 25e-3, 2e-3, 0.0) * (
        lif_rate(25e-3, 2e-3, **CELL) / lif_rate(25e-3, 2e-3, **{**CELL, "tau_ref": 0.0})
    )
    assert abs(density_response(population, 20.0, 25e-3, 2e-3) / with_rate_only - 1) > 0.05


def test_slow_modulations_see_the_slopes_of_the_stationary_rate() -> None:
    population = FokkerPlanck(**CELL, size=400)
    by_mu, by_sigma = lif_slopes(18e-3, 4e-3, **CELL)
    assert_allclose(density_response(population, 0.01, 18e-3, 4e-3).real, by_mu, rtol=1e-4)
    assert_allclose(density_response(population, 0.01, 18e-3, 4e-3, modulation="sigma").real, by_sigma, rtol=1e-4)


def test_fast_modulations_approach_one_over_root_frequency() -> None:
    frequencies, rate = np.array([1e3, 2e3, 4e3, 8e3]), lif_rate(16e-3, 4e-3, **CELL)
    limit = np.sqrt(2) * rate / (4e-3 * np.sqrt(2j * np.pi * frequencies * 20e-3))
    distance = np.abs(density_response(FokkerPlanck(**CELL, size=1600), frequencies, 16e-3, 4e-3) / limit - 1)
    assert_allclose(np.polyfit(np.log(frequencies), np.log(distance), 1)[0], -0.5, atol=0.05)


def measured_response(frequency: float, mu: float, sigma: float, dt: float, size: int = 200) -> complex:
    """Return the modulation of the rate per modulation of the input, over whole periods after the transient, Hz/V."""
    amplitude, steps = 0.02e-3, round(0.4 / dt)
    middles = dt * (np.arange(steps) + 0.5)
    run = FokkerPlanck(**CELL, size=size).simulate(
        mu + amplitude * np.cos(2 * np.pi * frequency * middles), sigma, dt,
        initial=FokkerPlanck(**CELL, size=size).stationary(mu, sigma),
    )  # fmt: skip
    late = run.isel(time=slice(steps // 2, None))
    wave = np.exp(-2j * np.pi * frequency * late["time"].to_numpy())
    return complex(2 * np.mean(late["rate"].to_numpy() * wave) / amplitude)


@pytest.mark.parametrize("mu", [16e-3, 20e-3])
@pytest.mark.parametrize("frequency", [5.0, 20.0])
def test_the_density_in_time_follows_the_formula(mu: float, frequency: float) -> None:
    exact = weber_response(frequency, mu, 4e-3, 2e-3)
    assert abs(measured_response(frequency, mu, 4e-3, 1e-4) / exact - 1) < 5e-4
    without_delay = weber_response(frequency, mu, 4e-3, 2e-3) * np.exp(2j * np.pi * frequency * CELL["tau_ref"])
    assert abs(without_delay / exact - 1) > 0.05


def response_in_time(modulation: Literal["mu", "sigma"], dt: float) -> np.ndarray:
    """Return the modulation at 100 Hz of the mean rate and of the rate at the end of each step, Hz/V."""
    population, frequency, amplitude = FokkerPlanck(**CELL, size=50), 100.0, 0.02e-3
    middles = dt * (np.arange(round(0.4 / dt)) + 0.5)
    wave = amplitude * np.cos(2 * np.pi * frequency * middles)
    mu, sigma = (20e-3 + wave, 4e-3) if modulation == "mu" else (20e-3, 4e-3 + wave)
    run = population.simulate(mu, sigma, dt, initial=population.stationary(20e-3, 4e-3))
    late = run.isel(time=slice(run.sizes["time"] // 2, None))
    ends = late["time"].to_numpy()
    seen = [(late["mean_rate"], ends - dt / 2), (late["rate"], ends)]
    return np.array([2 * np.mean(r.to_numpy() * np.exp(-2j * np.pi * frequency * t)) / amplitude for r, t in seen])


@pytest.mark.parametrize(("modulation", "order_of_ends"), [("mu", 1.5), ("sigma", 1.0)])
def test_the_density_in_time_converges_to_its_response(
    modulation: Literal["mu", "sigma"], order_of_ends: float
) -> None:
    """The mean rate with second order; the rate at the end of a step less well, for the input is held within it."""
    exact = density_response(FokkerPlanck(**CELL, size=50), 100.0, 20e-3, 4e-3, modulation=modulation)
    dts = [4e-4, 2e-4, 1e-4]
    errors = np.array([np.abs(response_in_time(modulation, dt) / exact - 1) for dt in dts])
    assert_allclose(np.polyfit(np.log(dts), np.log(errors), 1)[0], [2.0, order_of_ends], atol=0.15)
    assert errors[-1, 0] < 3e-4


EXPONENTIAL: dict[str, Any] = {
    "tau_m": 20e-3, "tau_ref": 1e-3, "v_threshold": -50e-3, "v_reset": -65e-3,
    "slope_factor": 1.5e-3, "v_cutoff": -35e-3,
}  # fmt: skip


@pytest.mark.parametrize("modulation", ["mu", "sigma"])
def test_exponential_cells_answer_as_by_threshold_integration(modulation: Literal["mu", "sigma"]) -> None:
    frequencies, sizes = np.array([1.0, 10.0, 100.0]), np.array([400, 800, 1600])
    exact = eif_response(frequencies, -52e-3, 5e-3, **EXPONENTIAL, modulation=modulation, size=20_000)
    errors = [
        np.abs(
            density_response(FokkerPlanck(**EXPONENTIAL, size=int(n)), frequencies, -52e-3, 5e-3, modulation=modulation)
            / exact
            - 1
        )
        for n in sizes
    ]
    assert_allclose(np.polyfit(np.log(sizes), np.log(errors), 1)[0], -2, atol=0.3)
    assert np.max(errors[-1]) < 1e-3


def test_fast_modulations_of_exponential_cells_approach_one_over_frequency() -> None:
    population, frequencies = FokkerPlanck(**EXPONENTIAL, size=1600), np.array([100.0, 200.0, 400.0])
    limit = population.stationary_rate(-52e-3, 5e-3) / (2j * np.pi * frequencies * 20e-3 * 1.5e-3)
    distance = np.abs(density_response(population, frequencies, -52e-3, 5e-3) / limit - 1)
    assert_allclose(np.polyfit(np.log(frequencies), np.log(distance), 1)[0], -1, atol=0.15)


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match="must be above 0 Hz"):
        density_response(FokkerPlanck(**CELL), 0.0, 16e-3, 4e-3)
    with pytest.raises(ValueError, match="choose 'mu' or 'sigma'"):
        density_response(FokkerPlanck(**CELL), 1.0, 16e-3, 4e-3, modulation="theta")  # type: ignore[arg-type]


def test_operating_points_and_frequencies_broadcast() -> None:
    population = FokkerPlanck(**CELL, size=50)
    frequency, mu, sigma = np.array([3.0, 40.0]), np.array([[16e-3], [22e-3], [16e-3]]), 5e-3
    found = density_response(population, frequency, mu, sigma)
    assert found.shape == (3, 2)
    for row, mean in zip(found, mu[:, 0], strict=True):
        assert np.all(row == density_response(population, frequency, mean, sigma))
