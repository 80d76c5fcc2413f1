"""Three independent rungs on one modulated population: spiking cells, their density, and the linear response."""

import math
from typing import Any

import numpy as np
import pytest
from numba import njit

from mesobridge.meanfield import FokkerPlanck, lif_response

CELL: dict[str, Any] = {"tau_m": 0.02, "tau_ref": 0.002, "v_threshold": 0.02, "v_reset": 0.01}
MU, SIGMA, DEPTH, DT, CELLS, DURATION, SETTLED = 0.018, 0.004, 0.0008, 5e-5, 20_000, 2.0, 0.2
FREQUENCIES = np.array([5.0, 20.0, 60.0])
# A threshold looked at once a step acts like one that is higher by this much (broadie1997).
WATCHED = 0.5826 * SIGMA * math.sqrt(DT / CELL["tau_m"])


@njit
def spikes_of(mu, rng, cells, threshold, reset, tau_m, dead_steps, sigma, dt):
    """Return how many leaky cells in white noise spike in each step; the noise is that of the step, exactly."""
    kept, shaken = math.exp(-dt / tau_m), sigma * math.sqrt((1 - math.exp(-2 * dt / tau_m)) / 2)
    v, held = np.full(cells, reset), np.zeros(cells, np.int64)
    counts = np.zeros(mu.size)
    for step in range(mu.size):
        for cell in range(cells):
            if held[cell] > 0:
                held[cell] -= 1
                continue
            v[cell] = mu[step] + (v[cell] - mu[step]) * kept + shaken * rng.standard_normal()
            if v[cell] >= threshold:
                v[cell], held[cell] = reset, dead_steps
                counts[step] += 1
    return counts


def modulation(time):
    """Return the sum of the three sinusoids, 1."""
    return np.sin(2 * np.pi * FREQUENCIES[:, None] * time).sum(axis=0)


def coefficients(time, rate):
    """Return the complex amplitude of each sinusoid in the rate, Hz."""
    return np.array([2 * np.mean(rate * np.exp(-2j * np.pi * f * time) * 1j) for f in FREQUENCIES])


@pytest.mark.slow
def test_spiking_cells_their_density_and_the_linear_response_agree():
    steps = round((DURATION + SETTLED) / DT)
    time = (np.arange(steps) + 0.5) * DT
    mu = MU + DEPTH * modulation(time)
    counts = spikes_of(
        mu,
        np.random.default_rng(11),
        CELLS,
        CELL["v_threshold"] - WATCHED,
        CELL["v_reset"],
        CELL["tau_m"],
        round(0.002 / DT),
        SIGMA,
        DT,
    )
    late = time > SETTLED
    spiking = coefficients(time[late], counts[late] / CELLS / DT) / DEPTH
    mean = float(counts[late].mean() / CELLS / DT)
    error = math.sqrt(2 * mean / CELLS / DURATION) / DEPTH
    assert mean > 5
    density = FokkerPlanck(**CELL, size=200).simulate(mu, np.full(steps, SIGMA), DT)
    followed = coefficients(time[late], density.mean_rate.values[late]) / DEPTH
    theory = lif_response(FREQUENCIES, MU, SIGMA, **CELL)
    nonlinear = np.abs(followed - theory)
    assert np.all(nonlinear < 0.05 * np.abs(theory))
    assert np.all(np.abs(spiking - followed) < 4 * error)
    passive = theory[0].real / (1 + 2j * np.pi * FREQUENCIES * CELL["tau_m"])
    assert np.any(np.abs(spiking - passive) > 10 * error)
