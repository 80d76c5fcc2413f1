"""Hops between voltage cells: the exact exponential flux, stationary rates, and their order."""

import math
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from mesobridge.meanfield import FokkerPlanck, eif_rate, lif_rate
from mesobridge.meanfield.density.finite_volume import VoltageCells, bernoulli, hop_rates, rebinned

CELL: dict[str, Any] = {"tau_m": 20e-3, "tau_ref": 2e-3, "v_threshold": 20e-3, "v_reset": 10e-3}
EXPONENTIAL: dict[str, Any] = {
    "tau_m": 20e-3, "tau_ref": 0.0, "v_threshold": -50e-3, "v_reset": -70e-3,
    "slope_factor": 1.5e-3, "v_cutoff": -40e-3,
}  # fmt: skip
SIZES = np.array([50, 100, 200, 400])


def order_of(errors: list[float], sizes: np.ndarray = SIZES) -> float:
    """Return the exponent of the error in the cell width."""
    assert min(errors) > 0, "nothing to regress"
    return float(np.polyfit(-np.log(sizes), np.log(errors), 1)[0])


@pytest.mark.parametrize("z", [0.0, 1e-12, 1e-6, 9.9e-4, 1.1e-3, 0.5, 30.0, 700.0, 1e4])
def test_bernoulli_function(z: float) -> None:
    with mpmath.workdps(40):
        exact = 1.0 if z == 0 else float(mpmath.mpf(z) / mpmath.expm1(z))
    assert_allclose(bernoulli(z), exact, rtol=1e-12, atol=1e-300)


@given(pull=st.floats(-0.1, 0.1), noise=st.floats(1e-3, 2e-2), width=st.floats(1e-5, 1e-3))
def test_hops_are_in_detailed_balance_and_drift_as_they_should(pull: float, noise: float, width: float) -> None:
    up, down = hop_rates(pull, noise, width, 0.02)
    assert up > 0
    assert down > 0
    assert_allclose(math.log(up) - math.log(down), 2 * pull * width / noise**2, rtol=1e-9, atol=1e-12)
    assert_allclose((up - down) * width, pull / 0.02, rtol=1e-7, atol=1e-7 * (up + down) * width)


def test_cells_put_the_reset_on_a_face_and_the_threshold_at_the_end() -> None:
    cells = VoltageCells(10e-3, 20e-3, 40, 25)
    edges = np.append(cells.centres - cells.width / 2, cells.centres[-1] + cells.width / 2)
    assert_allclose(edges[[25, -1]], [10e-3, 20e-3], rtol=1e-12)
    assert cells.flux_potentials.size == cells.centres.size == 65
    assert_allclose(cells.flux_potentials[:-1], (cells.centres[1:] + cells.centres[:-1]) / 2, atol=1e-16)
    assert_allclose(cells.flux_potentials[-1], (cells.centres[-1] + 20e-3) / 2, rtol=1e-12)


@pytest.mark.parametrize(("mu", "sigma"), [(14e-3, 5e-3), (16e-3, 4e-3), (18e-3, 3e-3), (20e-3, 6e-3), (40e-3, 5e-3)])
def test_stationary_rate_of_the_leaky_cell_converges_with_second_order(mu: float, sigma: float) -> None:
    exact = float(lif_rate(mu, sigma, **CELL))
    found = [float(FokkerPlanck(**CELL, size=int(size)).stationary_rate(mu, sigma)) for size in SIZES]
    errors = [abs(rate - exact) for rate in found]
    assert 1.95 < order_of(errors) < 2.05
    assert errors[-1] < 1e-4 * exact


def test_stationary_rate_on_the_grids_of_the_sheet() -> None:
    rates = [FokkerPlanck(**CELL, size=size, v_lower=-20e-3).stationary_rate(16e-3, 4e-3) for size in (200, 400, 800)]
    assert_allclose(rates, [8.90773, 8.90794, 8.90799], atol=1e-5)


def test_stationary_rate_of_the_exponential_cell_converges_with_second_order() -> None:
    mu, sigma = -65e-3 + 0.02, 1.5e-3 * math.sqrt(20)
    fine = [float(eif_rate(mu, sigma, **EXPONENTIAL, size=size)) for size in (6000, 12000)]
    exact = fine[1] + (fine[1] - fine[0]) / 3
    sizes = np.array([200, 400, 800])
    errors = [abs(float(FokkerPlanck(**EXPONENTIAL, size=int(n)).stationary_rate(mu, sigma)) - exact) for n in sizes]
    assert 1.8 < order_of(errors, sizes) < 2.2


def test_a_wrong_reset_is_seen_by_the_same_comparison() -> None:
    wrong = FokkerPlanck(**{**CELL, "v_reset": 9e-3}).stationary_rate(16e-3, 4e-3)
    assert abs(wrong / lif_rate(16e-3, 4e-3, **CELL) - 1) > 0.02


@given(masses=st.lists(st.floats(0, 1), min_size=1, max_size=20), count=st.integers(1, 30))
def test_rebinning_conserves_mass(masses: list[float], count: int) -> None:
    edges = np.linspace(0, 2e-3, len(masses) + 1)
    moved = rebinned(np.array(masses), edges, np.linspace(0, 2e-3, count + 1))
    assert moved.size == count
    assert np.all(moved >= -1e-15)
    assert_allclose(moved.sum(), sum(masses), rtol=1e-13, atol=1e-15)
