"""The density against the cells it describes: leaky cells drawn one by one, with every threshold crossing found."""

import math
from typing import Any

import numpy as np
from scipy.stats import chi2

from mesobridge.meanfield import DensityState, FokkerPlanck

CELL: dict[str, Any] = {"tau_m": 20e-3, "tau_ref": 5e-3, "v_threshold": 20e-3, "v_reset": 10e-3}
DT = 1e-4
STEPS = 600
BIN = 15
NUMBER = 20_000
MU = np.where(np.arange(STEPS) < 200, 16e-3, 20e-3)
SIGMA = np.where(np.arange(STEPS) < 400, 4e-3, 5e-3)


def spike_counts(seed: int) -> np.ndarray:
    """Return the spikes of all cells in each bin, from the reset at time 0.

    A step is drawn from the exact law of the free potential; a path that starts and ends below threshold has passed it
    with the probability of a Brownian bridge. A spike is dated to the middle of its step.
    """
    rng, keep = np.random.default_rng(seed), math.exp(-DT / CELL["tau_m"])
    v, waiting = np.full(NUMBER, CELL["v_reset"]), np.zeros(NUMBER)
    counts, rest = np.zeros(STEPS), round(CELL["tau_ref"] / DT)
    for step in range(STEPS):
        variance = SIGMA[step] ** 2 * (1 - keep**2) / 2
        moved = MU[step] + (v - MU[step]) * keep + math.sqrt(variance) * rng.standard_normal(NUMBER)
        before, after = (np.maximum(CELL["v_threshold"] - x, 0.0) for x in (v, moved))
        passed = rng.random(NUMBER) < np.exp(-2 * before * after / variance)
        fired = passed & (waiting <= 0)
        v = np.where(fired | (waiting > 0), CELL["v_reset"], moved)
        waiting = np.where(fired, rest, waiting - 1)
        counts[step] = fired.sum()
    return counts.reshape(-1, BIN).sum(axis=1)


def expected_counts(**changes: float) -> np.ndarray:
    population = FokkerPlanck(**{**CELL, **changes}, size=200)
    start = DensityState.at_reset(population.cells(MU, SIGMA))
    run = population.simulate(MU, SIGMA, DT, initial=start)
    return NUMBER * DT * run["rate"].to_numpy().reshape(-1, BIN).sum(axis=1)


def test_spike_counts_of_a_population_follow_the_density() -> None:
    counts, expected = spike_counts(3), expected_counts()
    busy = expected > 20
    assert busy.sum() > 12, "too few spikes to compare"
    limit = chi2.ppf(0.999, busy.sum())
    assert np.sum((counts - expected)[busy] ** 2 / expected[busy]) < limit
    wrong = expected_counts(tau_ref=0.0)
    assert np.sum((counts - wrong)[busy] ** 2 / wrong[busy]) > limit
