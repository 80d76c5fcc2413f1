"""Eigenvalues: the free membrane, the decay they predict, and a refractory period that matters."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import FokkerPlanck, density_eigenvalues

CELL: dict[str, Any] = {"tau_m": 20e-3, "tau_ref": 2e-3, "v_threshold": 20e-3, "v_reset": 10e-3}


def test_a_silent_population_has_the_eigenvalues_of_the_free_membrane() -> None:
    errors = []
    for size in (50, 100, 200):
        found = density_eigenvalues(FokkerPlanck(**CELL, size=size), -5e-3, 2e-3, count=4)
        errors.append(np.abs(found * 20e-3 + np.arange(1, 5)))
    assert np.all(errors[-1] < 4 * (50e-6 / 2e-3) ** 2 * np.arange(1, 5))
    measured = np.polyfit(np.log([50, 100, 200]), np.log(errors), 1)[0]
    assert np.all(np.abs(measured + 2) < 0.1)


def late_decay(population: FokkerPlanck, mu: float, sigma: float, window: tuple[float, float]) -> complex:
    """Return the eigenvalue that three equal steps of the late deviation of a rate obey (a conjugate pair), 1/s."""
    dt, stride = 2e-5, 40
    run = population.simulate(mu, sigma, dt, duration=window[1], initial=population.stationary(mu - 1e-3, sigma))
    deviation = run["rate"].to_numpy() - float(population.stationary_rate(mu, sigma))
    late = deviation[round(window[0] / dt) :]
    columns = np.stack([late[stride : -2 * stride], late[: -3 * stride]], axis=1)
    coefficients = np.linalg.lstsq(columns, late[2 * stride : -stride], rcond=None)[0]
    roots = np.roots([1, -coefficients[0], -coefficients[1]])
    return complex(np.log(roots[np.argmax(roots.imag)] + 0j) / (stride * dt))


@pytest.mark.parametrize(("mu", "sigma", "tau_ref"), [(25e-3, 2e-3, 2e-3), (25e-3, 2e-3, 0.0), (20e-3, 4e-3, 2e-3)])
def test_the_rate_rings_down_with_the_first_pair(mu: float, sigma: float, tau_ref: float) -> None:
    population = FokkerPlanck(**{**CELL, "tau_ref": tau_ref}, size=100)
    first = density_eigenvalues(population, mu, sigma, count=2)
    assert first[0] == np.conj(first[1]) or abs(first[0] - np.conj(first[1])) < 1e-6
    window = 4 / abs(first[0].real), 9 / abs(first[0].real)
    assert_allclose(late_decay(population, mu, sigma, window), first[first.imag > 0][0], rtol=2e-3)


def test_the_refractory_period_slows_the_ringing_by_itself() -> None:
    without, with_period = (
        density_eigenvalues(FokkerPlanck(**{**CELL, "tau_ref": tau_ref}), 30e-3, 3e-3, count=1)[0]
        for tau_ref in (0.0, 2e-3)
    )
    assert abs(with_period.imag) < 0.9 * abs(without.imag)


def test_too_many_are_refused() -> None:
    with pytest.raises(ValueError, match="ask for fewer"):
        density_eigenvalues(FokkerPlanck(**CELL, size=20), 20e-3, 4e-3, count=400)


def test_a_sharp_spike_current_has_the_eigenvalues_of_the_leaky_cell() -> None:
    """None of them is missed although the spike current hands cells on faster than floats tell apart."""
    cell: dict[str, Any] = {"tau_m": 20e-3, "tau_ref": 2e-3, "v_threshold": -50e-3, "v_reset": -60e-3}
    leaky = density_eigenvalues(FokkerPlanck(**cell), -52e-3, 5e-3, count=3)
    gaps = [
        np.abs(
            density_eigenvalues(FokkerPlanck(**cell, slope_factor=d, v_cutoff=-40e-3, size=400), -52e-3, 5e-3, count=3)
            - leaky
        ).max()
        for d in (100e-6, 10e-6, 1e-6)
    ]
    assert gaps[0] > 3 * gaps[1] > 9 * gaps[2]
    assert gaps[2] < 5e-3 * np.abs(leaky).max()
