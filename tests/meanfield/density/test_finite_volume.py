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
from mesobridge.meanfield.density.finite_volume import (
    FluxPulls,
    VoltageCells,
    bernoulli,
    exchange,
    flux_pulls,
    hop_rates,
    rebinned,
    stationary_totals,
)

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


SHARP = {"tau_m": 20e-3, "tau_ref": 2e-3, "v_threshold": -50e-3, "v_reset": -60e-3}
OPERATING = np.array([-58e-3, -53e-3, -48e-3])


@pytest.mark.parametrize("slope_factor", [2e-3, 0.3e-3, 20e-6])
@pytest.mark.parametrize("mu", [-90e-3, -53e-3, -40e-3])
def test_hops_along_a_bent_way_are_those_of_the_integral(slope_factor: float, mu: float) -> None:
    noise, tau_m, cells = 4e-3, 20e-3, VoltageCells(-60e-3, -45e-3, 40, 20)
    pulls = flux_pulls(cells, v_threshold=-50e-3, slope_factor=slope_factor)
    up, down = np.empty(60), np.empty(60)
    exchange(mu, noise, pulls, cells.width, tau_m, up, down)
    bent = np.flatnonzero((pulls.parts > 0) & (cells.centres < -50e-3 + 3 * slope_factor))
    assert bent.size >= 1
    for cell in bent[bent < cells.centres.size - 1][-6:]:
        low, high = (float(x) for x in np.append(cells.centres, cells.v_spike)[[cell, cell + 1]])
        with mpmath.workdps(20):

            def height(v: Any, low: float = low) -> Any:
                current = [mpmath.exp((x + 50e-3) / slope_factor) * slope_factor**2 for x in (v, low)]
                return 2 / noise**2 * (mu * (v - low) - (v**2 - low**2) / 2 + current[0] - current[1])

            cuts = [-50e-3 + k * slope_factor for k in range(-30, 30, 3)]
            edges = [low, *(cut for cut in cuts if low < cut < high), high]
            whole: Any = mpmath.quad(lambda v: mpmath.exp(-height(v)), edges)
            exact = noise**2 / (2 * tau_m * cells.width * whole), mpmath.exp(-height(high))
        # Left out is the second order in the bend, at most (part/slope factor)^2/24 of the sum.
        assert_allclose(up[cell], float(exact[0]), rtol=0.25 / 24)
        # What is less likely than exp(-50) counts as nothing.
        assert_allclose(down[cell] / up[cell], float(exact[1]), rtol=1e-9, atol=math.exp(-50))


@pytest.mark.parametrize("slope_factor", [2e-3, 0.5e-3, 0.2e-3, 50e-6, 5e-6])
def test_error_is_of_second_order_however_sharp_the_spike_current(slope_factor: float) -> None:
    cell: dict[str, Any] = {**SHARP, "slope_factor": slope_factor, "v_cutoff": -40e-3}
    exact = eif_rate(OPERATING, 5e-3, **cell, size=60000)
    errors = [np.abs(FokkerPlanck(**cell, size=int(n)).stationary_rate(OPERATING, 5e-3) / exact - 1) for n in SIZES]
    assert np.all(errors < 2 * (20e-3 / SIZES[:, None] / 5e-3) ** 2)
    assert_allclose(order_of([float(error.max()) for error in errors]), 2, atol=0.25)


def test_the_drift_half_way_is_rejected_for_a_sharp_spike_current() -> None:
    cell: dict[str, Any] = {**SHARP, "slope_factor": 20e-6, "v_cutoff": -40e-3}
    exact = eif_rate(OPERATING, 5e-3, **cell, size=60000)
    population = FokkerPlanck(**cell, size=100)
    cells = population.cells(OPERATING, 5e-3)
    half_way = population.pull(cells.flux_potentials).reshape(-1, 1)
    crude = FluxPulls(np.zeros(half_way.size, dtype=np.int64), 0 * half_way, half_way, 0 * half_way)
    totals = stationary_totals(OPERATING, np.full(3, 5e-3), crude, cells.width, cells.below, population.tau_m)
    crude_error = np.abs(1 / (totals + population.tau_ref) / exact - 1).max()
    error = np.abs(population.stationary_rate(OPERATING, 5e-3) / exact - 1).max()
    assert crude_error > 0.02
    assert error < crude_error / 30


def test_without_limit_it_is_the_leaky_cell() -> None:
    leaky = lif_rate(OPERATING, 5e-3, **SHARP)
    for size in (50, 200):
        population = FokkerPlanck(**SHARP, slope_factor=1e-9, v_cutoff=-40e-3, size=2 * size)
        assert_allclose(population.stationary_rate(OPERATING, 5e-3), leaky, rtol=3 * (10e-3 / size / 5e-3) ** 2)


def test_a_spike_current_does_not_slow_the_grid_down() -> None:
    """Parts lie about V_T alone, and none is longer there than half a slope factor."""
    cells = VoltageCells(-60e-3, -40e-3, 100, 20)
    pulls = flux_pulls(cells, v_threshold=-50e-3, slope_factor=0.1e-3)
    assert pulls.parts.max() <= math.ceil(cells.width / 0.05e-3) + 1
    near = (cells.centres > -50.2e-3) & (cells.centres < -48e-3)
    assert near.sum() > 5
    assert pulls.lengths[near].max() <= 0.05e-3 * (1 + 1e-9)
    assert_allclose(pulls.lengths.sum(axis=1)[:-1], cells.width, rtol=1e-9)
    assert np.all(pulls.parts[cells.centres < -51e-3] == 0)
