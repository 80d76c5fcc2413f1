"""Memoryless cells: closed forms, particles, the frozen variance and its error."""

import math
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.special import ndtr

from mesobridge.meanfield import (
    DispersedSigmoid,
    ExGaussianSigmoid,
    GaussianSigmoid,
    LogisticSigmoid,
    MembraneDrift,
    TwoMomentPopulation,
)

TAU = 20e-3
CELLS = GaussianSigmoid(q_max=100.0, theta=15e-3, sigma=3e-3)
POPULATION = TwoMomentPopulation(rate=DispersedSigmoid(CELLS), tau_m=TAU)
DT = 1e-3
STEPS = 80
MIDDLES = DT * (np.arange(STEPS) + 0.5)
MU = 12e-3 + 4e-3 * np.sin(2 * np.pi * 12 * MIDDLES)
SIGMA = np.where(MIDDLES < 0.03, 3e-3, 7e-3)


def particles(number: int, seed: int) -> np.ndarray:
    """Return the mean rate of memoryless cells with private noise, each step drawn from its exact law, Hz."""
    rng = np.random.default_rng(seed)
    keep = math.exp(-DT / TAU)
    v = MU[0] + SIGMA[0] / math.sqrt(2) * rng.standard_normal(number)
    rates = np.empty(STEPS)
    for step in range(STEPS):
        noise = SIGMA[step] * math.sqrt((1 - keep**2) / 2)
        v = MU[step] + (v - MU[step]) * keep + noise * rng.standard_normal(number)
        rates[step] = CELLS(v).mean()
    return rates


@pytest.mark.parametrize(
    "sigmoid", [CELLS, LogisticSigmoid(100.0, 15e-3, 2e-3), ExGaussianSigmoid(80.0, 12e-3, 2e-3, 3e-3)]
)
def test_dispersed_sigmoid_is_the_average_over_potentials(sigmoid: GaussianSigmoid) -> None:
    def spread(z: float, mean: float, sd: float) -> float:
        return float(sigmoid(mean + sd * z)) * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    for mean, sd in ((10e-3, 2e-3), (16e-3, 4e-3)):
        exact = quad(spread, -9, 9, args=(mean, sd), epsabs=1e-12)[0]
        assert_allclose(DispersedSigmoid(sigmoid)(mean, sd**2), exact, rtol=1e-7)


def test_erf_cells_keep_their_closed_form() -> None:
    rate = DispersedSigmoid(CELLS)(13e-3, (4e-3) ** 2)
    assert_allclose(rate, 100 * ndtr((13 - 15) / 5.0), rtol=1e-14)
    assert_allclose(DispersedSigmoid(CELLS)(13e-3, 0.0), CELLS(13e-3), rtol=1e-14)


def test_the_leak_relaxes_mean_and_variance_exactly() -> None:
    run = POPULATION.simulate(10e-3, 6e-3, DT, duration=0.1, initial=(0.0, (1e-3) ** 2))
    late = run["time"].to_numpy() / TAU
    assert_allclose(run["mean_v"], 10e-3 * (1 - np.exp(-late)), rtol=1e-7)
    assert_allclose(run["variance_v"], 18e-6 + (1e-6 - 18e-6) * np.exp(-2 * late), rtol=1e-6)
    assert_allclose(POPULATION.stationary(10e-3, 6e-3), (10e-3, 18e-6), rtol=1e-12)


def test_steps_have_fourth_order() -> None:
    errors, dts = [], np.array([8e-3, 4e-3, 2e-3])
    for dt in dts:
        run = POPULATION.simulate(10e-3, 6e-3, dt, duration=0.04, initial=(0.0, 1e-6))
        errors.append(abs(float(run["mean_v"][-1]) - 10e-3 * (1 - math.exp(-2))))
    assert 3.8 < np.polyfit(np.log(dts), np.log(errors), 1)[0] < 4.3


def test_particles_approach_two_moments_as_one_over_root_n() -> None:
    ours = POPULATION.simulate(MU, SIGMA, DT)["rate"].to_numpy()
    numbers = np.array([100, 400, 1600, 6400])
    errors = [
        np.sqrt(np.mean([(particles(int(number), seed) - ours) ** 2 for seed in range(12)])) for number in numbers
    ]
    assert -0.58 < np.polyfit(np.log(numbers), np.log(errors), 1)[0] < -0.42


def test_particles_reject_the_frozen_variance() -> None:
    found = np.mean([particles(4000, 100 + seed) for seed in range(10)], axis=0)
    standard_error = np.std([particles(4000, 100 + seed).mean() for seed in range(10)], ddof=1) / math.sqrt(10)
    frozen = TwoMomentPopulation(rate=DispersedSigmoid(CELLS), tau_m=TAU, variance="frozen")
    dynamic_rate, frozen_rate = (p.simulate(MU, SIGMA, DT)["rate"].to_numpy() for p in (POPULATION, frozen))
    assert abs(found.mean() - dynamic_rate.mean()) < 4 * standard_error
    assert abs(found[40:].mean() - frozen_rate[40:].mean()) > 10 * standard_error
    assert_allclose(frozen.simulate(MU, SIGMA, DT)["variance_v"], 4.5e-6, rtol=1e-12)


def test_error_of_slope_by_freezing_the_variance() -> None:
    before, changes = 4.5e-6, np.array([4e-6, 2e-6, 1e-6, 0.5e-6])
    residuals = []
    for change in changes:
        slope = [
            math.log(float(DispersedSigmoid(CELLS)(15e-3 + 1e-7, s) - DispersedSigmoid(CELLS)(15e-3 - 1e-7, s)))
            for s in (before, before + change)
        ]
        residuals.append(abs(slope[1] - slope[0] + change / 2 / (9e-6 + before)))
    assert 1.9 < np.polyfit(np.log(changes), np.log(residuals), 1)[0] < 2.1


def test_curvature_carries_the_variance_into_the_mean() -> None:
    """A weakly quadratic drift: against particles, with the closure's own error well above theirs left out."""
    bend = 20.0
    drift = MembraneDrift(
        value=lambda v: -v + bend * v**2 / 2, slope=lambda v: -1 + bend * v, curvature=lambda v: bend + 0 * v
    )
    rng, number, dt = np.random.default_rng(2), 100_000, 2e-4
    v = np.zeros(number)
    for _ in range(500):
        v += dt / TAU * drift.value(v) + 4e-3 * math.sqrt(dt / TAU) * rng.standard_normal(number)
    with_bend, without = (
        TwoMomentPopulation(rate=DispersedSigmoid(CELLS), tau_m=TAU, drift=drift, curvature=curvature).simulate(
            0.0, 4e-3, dt, duration=0.1, initial=(0.0, 0.0)
        )
        for curvature in (True, False)
    )
    error = v.std() / math.sqrt(number)
    assert abs(v.mean() - float(with_bend["mean_v"][-1])) < 4 * error
    assert abs(v.mean() - float(without["mean_v"][-1])) > 6 * error
    assert_allclose(with_bend["variance_v"][-1], v.var(), rtol=4 * math.sqrt(2 / number) + dt / TAU)


def test_units_and_mistakes() -> None:
    population = TwoMomentPopulation(rate=DispersedSigmoid(CELLS), tau_m="20 ms")
    run = population.simulate("10 mV", "4 mV", "1 ms", duration="10 ms")  # type: ignore[arg-type]
    for name in run.variables:
        assert {"units", "long_name"} <= set(run[name].attrs), name
    with pytest.raises(ValueError, match="choose 'dynamic' or 'frozen'"):
        TwoMomentPopulation(rate=DispersedSigmoid(CELLS), tau_m=TAU, variance="melted")  # type: ignore[arg-type]
    runaway = MembraneDrift(value=lambda v: 1.0 + v**2, slope=lambda v: 2 * v, curvature=lambda v: 2 + 0 * v)
    with pytest.raises(ValueError, match="no stationary mean and variance"):
        TwoMomentPopulation(rate=DispersedSigmoid(CELLS), tau_m=TAU, drift=runaway).stationary(10e-3, 4e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dt": 3 * TAU}, "above tau_m"),
        ({"initial": (0.0, -1e-6)}, "initial"),
        ({"initial": (np.nan, 1e-6)}, "initial"),
        ({"sigma": -3e-3, "initial": (0.0, 1e-6)}, "sigma = -0.003 V must not be negative"),
        ({"sigma": -3e-3}, "sigma = -0.003 V above 0 V"),
    ],
)
def test_runs_that_would_leave_the_possible_values_are_refused(change: dict[str, Any], message: str) -> None:
    run: dict[str, Any] = {"mu": 12e-3, "sigma": 3e-3, "dt": 1e-3, "duration": 0.3, **change}
    with pytest.raises(ValueError, match=message):
        POPULATION.simulate(**run)


def test_a_drift_that_lets_the_potential_go_is_refused() -> None:
    away = MembraneDrift(lambda v: v + v**2 / 1e-3, lambda v: 1 + 2 * v / 1e-3, lambda v: 2 / 1e-3 + 0.0 * v)
    population = TwoMomentPopulation(rate=DispersedSigmoid(CELLS), tau_m=TAU, drift=away)
    with pytest.raises(ValueError, match="leave the possible values"), np.errstate(all="ignore"):
        population.simulate(12e-3, 3e-3, 1e-3, initial=(10e-3, 1e-6), duration=0.3)
