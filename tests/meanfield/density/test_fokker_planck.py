"""The population density in time: conservation, positivity, reference responses, orders, linear response."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from mesobridge.meanfield import DensityState, FokkerPlanck, eif_rate, lif_rate, mean_potential

CELL: dict[str, Any] = {"tau_m": 20e-3, "tau_ref": 2e-3, "v_threshold": 20e-3, "v_reset": 10e-3}
COARSE = FokkerPlanck(**CELL, size=20)
# mu 16 -> 20 mV at sigma 4 mV, three decimals printed, error below 1e-3 Hz
STEP_TIMES = np.array([1, 2, 3, 5, 10, 15, 20, 50]) * 1e-3
STEP_RATES = np.array([13.022, 15.246, 17.090, 20.060, 24.399, 25.586, 25.305, 24.586])


def at(run: xr.Dataset, times: np.ndarray) -> np.ndarray:
    return run["rate"].sel(time=times, method="nearest").to_numpy()


def step_response(population: FokkerPlanck, dt: float, order: int = 2) -> np.ndarray:
    start = population.stationary(16e-3, 4e-3)
    return at(population.simulate(20e-3, 4e-3, dt, duration=0.05, initial=start, order=order), STEP_TIMES)


def ringing(size: int, dt: float, order: int = 2) -> np.ndarray:
    population = FokkerPlanck(**CELL, size=size)
    run = population.simulate(25e-3, 2e-3, dt, duration=0.045, initial=population.stationary(22e-3, 2e-3), order=order)
    return at(run, np.array([5, 10, 15, 20, 25, 30, 40]) * 1e-3)


@settings(max_examples=60, deadline=None)
@given(
    mu=st.lists(st.floats(-20e-3, 60e-3), min_size=30, max_size=30),
    sigma=st.lists(st.floats(1.1e-3, 10e-3), min_size=30, max_size=30),
    dt=st.floats(2e-5, 5e-3),
    tau_ref=st.sampled_from([0.0, 0.3e-3, 2e-3, 5e-3]),
    order=st.sampled_from([1, 2]),
)
def test_mass_is_conserved_whatever_the_input(
    mu: list[float], sigma: list[float], dt: float, tau_ref: float, order: int
) -> None:
    population = FokkerPlanck(**{**CELL, "tau_ref": tau_ref}, size=20)
    start = DensityState.gaussian(population.cells(-20e-3, 10e-3), 5e-3, 3e-3)
    run = population.simulate(mu, sigma, dt, initial=start, order=order, snapshots=dt * np.array([10, 20, 30]))
    assert_allclose(run["probability"], 1.0, rtol=0, atol=1e-12)
    width = population.cells(-20e-3, 10e-3).width
    free = run["density"].sum("v") * width
    resting = run["refractory"].sel(time=run["snapshot"].to_numpy(), method="nearest").to_numpy()
    assert_allclose(free + resting, 1.0, rtol=0, atol=1e-12)
    assert float(run["density"].min()) >= 0
    assert float(run["rate"].min()) >= 0
    assert float(run["mean_rate"].min()) >= 0


def test_mass_is_conserved_over_a_second() -> None:
    rng = np.random.default_rng(4)
    run = FokkerPlanck(**CELL, size=100).simulate(20e-3 + 5e-3 * rng.standard_normal(10_000), 4e-3, 1e-4)
    assert_allclose(run["probability"], 1.0, rtol=0, atol=1e-12)


def test_a_jump_within_one_step_leaves_no_negative_density() -> None:
    population = FokkerPlanck(**CELL)
    start = population.stationary(40e-3, 4e-3)
    run = population.simulate(0.0, 4e-3, 1e-3, duration=20e-3, initial=start, snapshots=1e-3 * np.arange(1, 21))
    assert float(run["density"].min()) == 0.0, "nothing was drawn below zero: the jump is too small to show it"
    assert_allclose(run["probability"], 1.0, rtol=0, atol=1e-12)


def test_reference_step_response() -> None:
    assert np.abs(step_response(FokkerPlanck(**CELL, size=400), 5e-5) - STEP_RATES).max() < 1e-3
    unmoved = FokkerPlanck(**{**CELL, "tau_ref": 0.0}, size=400)
    assert np.abs(step_response(unmoved, 5e-5) - STEP_RATES).max() > 0.5


@pytest.mark.parametrize(("order", "dts"), [(1, [2e-4, 1e-4, 5e-5, 2.5e-5]), (2, [1e-3, 5e-4, 2.5e-4, 1.25e-4])])
def test_order_in_the_time_step(order: int, dts: list[float]) -> None:
    responses = [ringing(100, dt, order) for dt in dts]
    changes = [np.abs(a - b).max() for a, b in pairwise(responses)]
    measured = np.polyfit(np.log(dts[:-1]), np.log(changes), 1)[0]
    assert order - 0.25 < measured < order + 0.25


def test_order_in_the_cell_width_while_the_rate_rings() -> None:
    responses = [ringing(size, 5e-5) for size in (50, 100, 200, 400)]
    changes = [np.abs(a - b).max() for a, b in pairwise(responses)]
    measured = np.polyfit(np.log([50, 100, 200]), np.log(changes), 1)[0]
    assert -2.1 < measured < -1.85
    limit = responses[-1] + (responses[-1] - responses[-2]) / 3
    assert limit[0] > limit[1] > limit[2] < limit[4], "the rate rings"
    assert_allclose(limit, [50.273, 45.553, 40.481, 39.082, 43.712, 45.572, 41.083], atol=5e-3)


@pytest.mark.parametrize("tau_ref", [0.3e-3, 1.93e-3, 2.07e-3, 5.2e-3])
def test_a_refractory_period_of_no_whole_number_of_steps(tau_ref: float) -> None:
    population = FokkerPlanck(**{**CELL, "tau_ref": tau_ref}, size=50)
    dts = np.array([5e-4, 2.5e-4, 1.25e-4, 6.25e-5, 3.125e-5])
    late = [step_response(population, dt)[STEP_TIMES >= 5e-3] for dt in dts]
    changes = [np.abs(a - b).max() for a, b in pairwise(late)]
    assert 1.75 < np.polyfit(np.log(dts[:-1]), np.log(changes), 1)[0] < 2.25
    rounded = FokkerPlanck(**{**CELL, "tau_ref": 5e-4 * max(round(tau_ref / 5e-4), 1)}, size=50)
    assert np.abs(step_response(rounded, 5e-4)[STEP_TIMES >= 5e-3] - late[-1]).max() > 5 * changes[0]
    long = population.simulate(20e-3, 4e-3, 5e-4, duration=0.4, initial=population.stationary(16e-3, 4e-3))
    assert_allclose(long["rate"][-1], population.stationary_rate(20e-3, 4e-3), rtol=1e-9)


@pytest.mark.parametrize("order", [1, 2])
def test_the_stationary_state_stays(order: int) -> None:
    run = COARSE.simulate(18e-3, 3e-3, 1.7e-4, duration=0.05, order=order)
    assert_allclose(run["rate"], COARSE.stationary_rate(18e-3, 3e-3), rtol=1e-10)


def test_mean_potential_keeps_the_exact_balance() -> None:
    population = FokkerPlanck(**CELL, size=400)
    run = population.simulate(20e-3, 6e-3, 1e-4, duration=0.3, initial=population.stationary(10e-3, 3e-3))
    exact = mean_potential(20e-3, lif_rate(20e-3, 6e-3, **CELL), **CELL)
    assert_allclose(run["mean_v"][-1], exact, atol=1e-7)
    assert_allclose(population.stationary(20e-3, 6e-3).mean_v, exact, atol=1e-7)


def test_far_below_threshold_the_mean_relaxes_with_the_membrane() -> None:
    sizes, errors = np.array([50, 100, 200]), []
    for size in sizes:
        population = FokkerPlanck(**CELL, size=int(size))
        run = population.simulate(-5e-3, 1e-3, 1e-4, duration=0.06, initial=population.stationary(0.0, 1.2e-3))
        exact = -5e-3 + 5e-3 * np.exp(-run["time"].to_numpy() / 20e-3)
        errors.append(np.abs(run["mean_v"].to_numpy() - exact).max())
    assert errors[-1] < 5e-3 * (50e-6 / 1e-3) ** 2
    assert -2.15 < np.polyfit(np.log(sizes), np.log(errors), 1)[0] < -1.85


def test_a_run_goes_on_from_its_last_state() -> None:
    rng = np.random.default_rng(1)
    mu = 20e-3 + 3e-3 * rng.standard_normal(200)
    whole = COARSE.simulate(mu, 4e-3, 1.3e-4)
    first = COARSE.simulate(mu[:120], 4e-3, 1.3e-4, initial=COARSE.stationary(mu[0], 4e-3))
    rest = COARSE.simulate(mu[120:], 4e-3, 1.3e-4, initial=DensityState.of(first))
    # A state knows the refractory cells by age in equal classes, a run by its steps: rounding of one class at the end.
    assert_allclose(rest["rate"], whole["rate"][120:], rtol=2e-4)
    assert_allclose(rest["probability"], 1.0, atol=1e-12)


@settings(max_examples=10, deadline=None)
@given(shift=st.floats(-0.1, 0.1), scale=st.floats(0.2, 5))
def test_shift_and_scale_of_potentials_leave_the_rates(shift: float, scale: float) -> None:
    def moved(v: float) -> float:
        return scale * v + shift

    other = FokkerPlanck(**{**CELL, "v_threshold": moved(20e-3), "v_reset": moved(10e-3)}, size=20)
    mu = np.linspace(10e-3, 30e-3, 40)
    ours = COARSE.simulate(mu, 4e-3, 5e-4)["rate"]
    assert_allclose(other.simulate(moved(mu), 4e-3 * scale, 5e-4)["rate"], ours, rtol=1e-7)  # type: ignore[arg-type]


def test_quantities_with_units() -> None:
    population = FokkerPlanck(tau_m="20 ms", tau_ref="2 ms", v_threshold="20 mV", v_reset="10 mV", size=20)
    assert population == COARSE
    run = population.simulate("20 mV", "4 mV", "0.1 ms", duration="10 ms", snapshots="5 ms")  # type: ignore[arg-type]
    assert run.sizes["time"] == 100
    for name in run.variables:
        assert {"units", "long_name"} <= set(run[name].attrs), name


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match=r"above the reset \(0.03 V\)"):
        FokkerPlanck(**{**CELL, "v_reset": 30e-3})
    with pytest.raises(ValueError, match=r"v_lower: 0.005 V cuts the density off; set it to"):
        FokkerPlanck(**CELL, v_lower=5e-3).stationary(16e-3, 4e-3)
    with pytest.raises(ValueError, match="order = 3 is neither 1"):
        COARSE.simulate(16e-3, 4e-3, 1e-4, duration=0.01, order=3)
    with pytest.raises(ValueError, match="give a series or a duration"):
        COARSE.simulate(16e-3, 4e-3, 1e-4)
    with pytest.raises(ValueError, match="do not fit; give"):
        COARSE.simulate(np.zeros(5), np.ones(6), 1e-4)
    with pytest.raises(ValueError, match="take a state of"):
        COARSE.simulate(16e-3, 4e-3, 1e-4, duration=0.01, initial=FokkerPlanck(**CELL).stationary(16e-3, 4e-3))
    with pytest.raises(ValueError, match="reach outside the run"):
        COARSE.simulate(16e-3, 4e-3, 1e-4, duration=0.01, snapshots=[0.02])
    with pytest.raises(ValueError, match="below 1e-300 Hz"):
        FokkerPlanck(**CELL).stationary(-20e-3, 1e-3)
    assert FokkerPlanck(**CELL).stationary_rate(-20e-3, 1e-3) == 0
    assert FokkerPlanck(**CELL, size=100_000).stationary_rate([-0.1, 19e-3], 1e-6).tolist() == [0, 0]
    with pytest.raises(ValueError, match="too coarse for a noise of sigma = 5e-05 V; set size to 6667"):
        FokkerPlanck(**CELL).stationary_rate(22e-3, 5e-5)
    with pytest.raises(ValueError, match="must be above 0 V"):
        COARSE.stationary(16e-3, 0.0)


def test_a_leaky_cell_spikes_at_its_threshold_whatever_the_cutoff() -> None:
    found = FokkerPlanck(**CELL, v_cutoff=40e-3).stationary_rate(16e-3, 4e-3)
    assert_allclose(found, FokkerPlanck(**CELL).stationary_rate(16e-3, 4e-3), rtol=1e-14)
    with pytest.raises(ValueError, match=r"v_cutoff: 0\.015 V is below the threshold"):
        FokkerPlanck(**CELL, v_cutoff=15e-3)


@pytest.mark.parametrize("slope_factor", [1e-9, 1e-5, 1.4e-5])
def test_a_sharp_spike_current_neither_overflows_nor_silences(slope_factor: float) -> None:
    cell: dict[str, Any] = {**CELL, "slope_factor": slope_factor, "v_cutoff": 30e-3}
    population = FokkerPlanck(**cell, size=800)
    exact = eif_rate(16e-3, 4e-3, **cell)
    assert exact > 5
    # Second order in the cells, except that the jump of the current lies anywhere within one of them.
    width = (population.v_spike - population.v_reset) / population.size
    raised = lif_rate(16e-3, 4e-3, **{**CELL, "v_threshold": 20e-3 + width})
    slope = abs(float(raised / lif_rate(16e-3, 4e-3, **CELL)) - 1)
    assert_allclose(population.stationary_rate(16e-3, 4e-3), exact, rtol=slope)
    assert_allclose(population.simulate(16e-3, 4e-3, 1e-3, duration=20e-3)["rate"], exact, rtol=slope)


@pytest.mark.parametrize(("mu", "sigma"), [(np.inf, 4e-3), (np.nan, 4e-3), (16e-3, np.inf), (16e-3, np.nan)])
def test_input_that_is_not_finite_is_refused(mu: float, sigma: float) -> None:
    for call in (FokkerPlanck(**CELL).stationary_rate, FokkerPlanck(**CELL).stationary):
        with pytest.raises(ValueError, match="is empty or not finite"):
            call(mu, sigma)


def test_no_input_has_no_rates() -> None:
    assert FokkerPlanck(**CELL).stationary_rate([], 4e-3).shape == (0,)
    with pytest.raises(ValueError, match="is empty"):
        FokkerPlanck(**CELL).cells([], [])


@pytest.mark.parametrize("size", [200.5, 200.0, 3])
def test_voltage_cells_are_counted_in_whole_numbers(size: Any) -> None:
    with pytest.raises(ValueError, match=f"size: {size} is not a whole number"):
        FokkerPlanck(**CELL, size=size)
