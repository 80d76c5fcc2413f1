"""The network of populations: exact against memoryless spiking cells at all times, fast, and clear in its refusals."""

import time

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from mesobridge.meanfield import CascadeKernel, ExGaussianSigmoid, PopulationNetwork
from mesobridge.meanfield.dynamics import Stability
from mesobridge.meanfield.networks import (
    DelayDistribution,
    MemorylessRate,
    NetworkDrive,
    NetworkPopulation,
    NetworkProjection,
)

Array = NDArray[np.float64]

DT, DELAY = 1e-4, 2e-3
TAU_SYN, TAU_M = {"E": 3e-3, "I": 6e-3}, 12e-3
AREA = {"E": 4e-4, "I": -4.8e-4}
Q_MAX, THETA, KAPPA, SPREAD, NOISE_SD, NOISE_TAU = 100.0, -50e-3, 2e-3, 1e-3, 2.5e-3, 5e-3


def mean_field(delay: float = DELAY) -> PopulationNetwork:
    rate = MemorylessRate(ExGaussianSigmoid(Q_MAX, THETA, SPREAD, KAPPA))
    # All cells hear all, so the network moves the mean alone: a count of 1e6 leaves the squares of the kernels nothing.
    many = {name: CascadeKernel(AREA[name] / 1e6, (TAU_SYN[name], TAU_M)) for name in "EI"}
    return PopulationNetwork(
        populations=[
            NetworkPopulation(name=name, rate=rate, operating_v=-54e-3, operating_variance=NOISE_SD**2) for name in "EI"
        ],
        projections=[
            NetworkProjection(source=s, target=t, kernel=many[s], count=1e6, delay=DelayDistribution(delay))
            for s in "EI"
            for t in "EI"
        ],
        drives=[NetworkDrive(target="E", kernel=CascadeKernel(1e-6 / 1e6, (3e-3, TAU_M)), level=0.0)],
    )


def spiking(cells: int, level: Array, start: Array, seed: int) -> Array:
    """Return the activity (2, time) of memoryless cells that all hear each other, stepped directly."""
    rng = np.random.default_rng(seed)
    late = round(DELAY / DT)
    names = ("E", "I")
    threshold = THETA + SPREAD * rng.standard_normal((2, cells))
    noise = NOISE_SD * rng.standard_normal((2, cells))
    keep = np.exp(-DT / NOISE_TAU)
    synapse, mean = start.copy(), AREA["E"] * start[0] + AREA["I"] * start[1]
    input_synapse = input_mean = 0.0
    deflection = np.array([AREA["E"] * start[0], AREA["I"] * start[1]])
    activity = np.empty((2, level.size))
    for step in range(level.size):
        heard = activity[:, step - late] if step >= late else start
        for k, name in enumerate(names):
            synapse[k] += DT / TAU_SYN[name] * (heard[k] - synapse[k])
            deflection[k] += DT / TAU_M * (AREA[name] * synapse[k] - deflection[k])
        input_synapse += DT / 3e-3 * (level[step] * 1e-12 - input_synapse)
        input_mean += DT / TAU_M * (input_synapse - input_mean)
        mean = -54e-3 + deflection.sum()
        noise = keep * noise + NOISE_SD * np.sqrt(1 - keep**2) * rng.standard_normal((2, cells))
        v = np.array([mean + input_mean, mean])[:, None] + noise
        hazard = Q_MAX * -np.expm1(-np.maximum(v - threshold, 0.0) / KAPPA)
        activity[:, step] = np.mean(rng.random((2, cells)) < -np.expm1(-hazard * DT), axis=1) / DT
    return activity


def test_memoryless_cells_follow_their_mean_field_at_all_times() -> None:
    network = mean_field()
    start = network.reference()
    level = np.where(np.arange(1500) < 300, 0.0, 4e9)
    theory = network.simulate(1500 * DT, DT, inputs={"E.external": level}, initial=start)["rate"].values
    assert np.ptp(theory[0]) > 10
    sizes = (100, 400, 1600, 6400)
    errors = []
    for cells in sizes:
        runs = [spiking(cells, level, start, seed) for seed in range(max(2, 1600 // cells))]
        binned = [(run - theory).reshape(2, -1, 50).mean(axis=-1) for run in runs]
        errors.append(np.sqrt(np.mean(np.square(binned))))
    slope = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    assert_allclose(slope, -0.5, atol=0.08)
    poisson = np.sqrt(theory.mean() / (sizes[-1] * 50 * DT))
    assert errors[-1] < 2 * poisson


def test_a_missing_delay_is_not_within_the_noise_of_the_cells() -> None:
    start = mean_field().reference()
    level = np.where(np.arange(600) < 200, 0.0, 2e10)
    runs = np.mean([spiking(6400, level, start, seed) for seed in range(4)], axis=0).reshape(2, -1, 10).mean(axis=-1)
    miss = []
    for delay in (DELAY, 0.0):
        theory = mean_field(delay).simulate(600 * DT, DT, inputs={"E.external": level}, initial=start)["rate"].values
        miss.append(np.sqrt(np.mean((runs - theory.reshape(2, -1, 10).mean(axis=-1)) ** 2)))
    assert miss[1] > 1.5 * miss[0]


def column(populations: int = 10) -> PopulationNetwork:
    """Return a dense network as large as a column: every population hears every other."""
    rng = np.random.default_rng(2)
    names = [f"P{k}" for k in range(populations)]
    sigmoid = ExGaussianSigmoid(100.0, -50e-3, 3e-3, 2e-3)
    projections = []
    for t in names:
        for k, s in enumerate(names):
            inhibits = k % 2 == 1
            area = (-3e-6 if inhibits else 0.6e-6) * rng.uniform(0.5, 1.5)
            stages = (6e-3, 10e-3) if inhibits else (2e-3, 12e-3)
            delay = DelayDistribution(0.8e-3 if inhibits else 1.5e-3, 0.4e-3 if inhibits else 0.75e-3, "normal")
            kernel = CascadeKernel(area, stages)
            projections.append(NetworkProjection(source=s, target=t, kernel=kernel, count=60.0, delay=delay))
    return PopulationNetwork(
        populations=[NetworkPopulation(name=n, rate=sigmoid, operating_v=-52e-3, size=1000) for n in names],
        projections=projections,
        drives=[NetworkDrive(target=n, kernel=CascadeKernel(1e-6, (2e-3, 12e-3)), level=0.0) for n in names],
    )


def test_a_column_has_one_certified_state_and_runs() -> None:
    network = column()
    (state,) = network.search().rates
    started = time.perf_counter()
    run = network.simulate(0.2, 2e-4, inputs={"P0.external": 3000.0}, initial=state)
    assert time.perf_counter() - started < 60  # a hang, not a yardstick: benchmarks measure
    target = network.with_parameter("P0.external", 3000.0).steady(run["rate"].values[:, -1])
    assert np.abs(target - state).max() > 0.5
    assert_allclose(run["rate"].values[:, -1], target, rtol=1e-2)
    assert network.cross_spectra(np.array([5.0, 40.0]), state)["rate"].shape == (2, 10, 10)


def test_fixed_points_carry_names_outputs_and_stability() -> None:
    (point,) = mean_field().fixed_points(4)
    assert point.variables == ("E.rate", "I.rate")
    assert point.stability in (Stability.STABLE_FOCUS, Stability.STABLE_NODE)
    assert_allclose(point["E.sigma_v"], NOISE_SD, rtol=1e-3)
    assert -60e-3 < point["E.v"] < -45e-3
    assert point.residual < 1e-9


def test_what_does_not_fit_together_is_said() -> None:
    network = mean_field()
    with pytest.raises(ValueError, match="given twice"):
        PopulationNetwork(populations=[network.populations[0]] * 2)
    with pytest.raises(ValueError, match="names a population 'X'"):
        PopulationNetwork(
            populations=network.populations,
            projections=[NetworkProjection(source="X", target="E", kernel=CascadeKernel(1e-6, (1e-3,)), count=1)],
        )
    with pytest.raises(ValueError, match="give at least one"):
        PopulationNetwork(populations=[])
    with pytest.raises(ValueError, match="no output"):
        network.power_spectrum(1.0, output="E.phase")
    with pytest.raises(ValueError, match="no projection"):
        network.with_projection("E to X", count=3)
