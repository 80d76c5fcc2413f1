"""Thresholds that differ from cell to cell: convolution, quadrature, limits."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad

from mesobridge.meanfield import FokkerPlanck, HeterogeneousFokkerPlanck, lif_rate

CELL: dict[str, Any] = {"tau_m": 20e-3, "tau_ref": 2e-3, "v_threshold": 20e-3, "v_reset": 10e-3}
POPULATION = FokkerPlanck(**CELL)


def convolved(mu: float, sigma: float, spread: float, reset_moves: bool) -> float:
    """Return the Siegert rate averaged over normal thresholds by adaptive quadrature, Hz."""

    def integrand(z: float) -> float:
        reset = CELL["v_reset"] + (spread * z if reset_moves else 0.0)
        cell = {**CELL, "v_threshold": CELL["v_threshold"] + spread * z, "v_reset": reset}
        return float(lif_rate(mu, sigma, **cell)) * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)

    return quad(integrand, -8, 8, epsabs=1e-11, epsrel=1e-10, limit=200)[0]


@pytest.mark.parametrize("mu", [12e-3, 16e-3, 20e-3])
@pytest.mark.parametrize(("spread", "reset_moves"), [(1e-3, False), (1e-3, True), (3e-3, True)])
def test_static_curve_is_the_convolution_of_one_cells(mu: float, spread: float, reset_moves: bool) -> None:
    population = HeterogeneousFokkerPlanck(POPULATION, spread, reset_moves=reset_moves)
    exact = convolved(mu, 4e-3, spread, reset_moves)
    assert_allclose(population.stationary_rate(mu, 4e-3), exact, rtol=3e-4)


def test_a_single_population_is_rejected_by_the_same_comparison() -> None:
    exact = convolved(14e-3, 4e-3, 3e-3, True)
    assert abs(POPULATION.stationary_rate(14e-3, 4e-3) / exact - 1) > 0.1


def test_more_nodes_leave_only_the_error_of_the_cells() -> None:
    exact = convolved(16e-3, 4e-3, 2e-3, True)
    few, many = (
        float(HeterogeneousFokkerPlanck(POPULATION, 2e-3, nodes=nodes).stationary_rate(16e-3, 4e-3))
        for nodes in (2, 16)
    )
    assert abs(few / exact - 1) > 10 * abs(many / exact - 1)
    doubled = HeterogeneousFokkerPlanck(POPULATION, 2e-3, nodes=32).stationary_rate(16e-3, 4e-3)
    assert_allclose(many, doubled, rtol=1e-8)


def test_moments_of_the_quadrature() -> None:
    population = HeterogeneousFokkerPlanck(POPULATION, "2 mV")
    assert population.weights.size == 16
    assert_allclose(population.weights.sum(), 1)
    assert_allclose(population.weights @ population.shifts**2, (2e-3) ** 2)
    assert_allclose(population.weights @ population.shifts**4, 3 * (2e-3) ** 4)


def test_time_course_ends_at_the_static_curve_and_keeps_mass() -> None:
    population = HeterogeneousFokkerPlanck(POPULATION, 1e-3)
    run = population.simulate(20e-3, 4e-3, 2e-4, duration=0.3, initial=population.stationary(16e-3, 4e-3))
    assert_allclose(run["probability"], 1.0, rtol=0, atol=1e-12)
    assert_allclose(run["rate"][-1], population.stationary_rate(20e-3, 4e-3), rtol=1e-6)
    assert_allclose(run["share"].to_numpy() @ run["threshold_rate"].to_numpy(), run["rate"], rtol=1e-12)
    assert np.all(np.diff(run["threshold_rate"].isel(time=-1)) < 0)
    for name in run.variables:
        assert {"units", "long_name"} <= set(run[name].attrs), name


def test_a_narrow_spread_is_the_single_population_to_second_order() -> None:
    single = POPULATION.simulate(20e-3, 4e-3, 2e-4, duration=0.03, initial=POPULATION.stationary(16e-3, 4e-3))["rate"]
    differences, spreads = [], np.array([0.4e-3, 0.2e-3, 0.1e-3])
    for spread in spreads:
        population = HeterogeneousFokkerPlanck(POPULATION, float(spread), nodes=4)
        run = population.simulate(20e-3, 4e-3, 2e-4, duration=0.03, initial=population.stationary(16e-3, 4e-3))
        differences.append(float(abs(run["rate"] - single).max()))
    assert 1.95 < np.polyfit(np.log(spreads), np.log(differences), 1)[0] < 2.05


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match="threshold_sd: 0 V is out of range"):
        HeterogeneousFokkerPlanck(POPULATION, 0.0)
    with pytest.raises(ValueError, match="nodes: 1 must be at least 2"):
        HeterogeneousFokkerPlanck(POPULATION, 1e-3, nodes=1)
    with pytest.raises(ValueError, match="above the reset"):
        HeterogeneousFokkerPlanck(POPULATION, 3e-3, reset_moves=False).stationary_rate(16e-3, 4e-3)


def test_a_spread_that_reaches_the_common_reset_is_named_with_its_nodes() -> None:
    message = r"threshold_sd = 0\.003 V and nodes = 16 the lowest threshold, 6\.6 sds below the mean, is 0\.000"
    with pytest.raises(ValueError, match=message):
        HeterogeneousFokkerPlanck(POPULATION, 3e-3, reset_moves=False)
    assert HeterogeneousFokkerPlanck(POPULATION, 3e-3, nodes=6, reset_moves=False).stationary_rate(16e-3, 4e-3) > 0
    with pytest.raises(ValueError, match="whole number"):
        HeterogeneousFokkerPlanck(POPULATION, 1e-3, nodes=4.5)  # type: ignore[arg-type]
