"""Escape-rate cells with reset, one by one: what the mesoscopic theory and the mean field must reproduce."""

import numpy as np

from mesobridge.meanfield import EscapeRatePopulation, MesoscopicNetwork

STEP, BIN = 5e-4, 20e-3
WEIGHT, DELAY = -12e-3, 2e-3  # V times the whole population; s


def population(size: int) -> EscapeRatePopulation:
    return EscapeRatePopulation(
        size=size, tau_m=20e-3, tau_ref=4e-3, threshold=15e-3, reset=0.0, softness=2.5e-3, threshold_rate=10.0,
        drive=30e-3,
    )  # fmt: skip


def theory(size: int) -> MesoscopicNetwork:
    """Return the population of cells that inhibit each other, all to all."""
    return MesoscopicNetwork(populations=[population(size)], weights=np.array([[WEIGHT]]), delay=DELAY)


def simulated(size: int, seconds: float, seed: int, step: float = STEP) -> np.ndarray:
    """Return the rate (Hz) of every step of the cells themselves, after half a second."""
    cells, rng = population(size), np.random.default_rng(seed)
    steps, warm, late = round((seconds + 0.5) / step), round(0.5 / step), round(DELAY / step)
    decay, dead = np.exp(-step / cells.tau_m), round(cells.tau_ref / step)
    u, since = np.full(size, 10e-3), np.full(size, dead + 1)
    hazard = cells.hazard(u)
    rate = np.zeros(steps)
    for now in range(steps):
        heard = rate[now - late] if now >= late else 0.0
        u = cells.drive + (u - cells.drive) * decay + WEIGHT * cells.tau_m * heard * (1 - decay)
        u = np.where(since < dead, cells.reset, u)
        after = cells.hazard(u)
        fires = (since >= dead) & (rng.random(size) < -np.expm1(-(hazard + after) / 2 * step))
        u[fires], since = cells.reset, np.where(fires, 0, since + 1)
        hazard = np.where(fires, cells.hazard(cells.reset), after)
        rate[now] = np.count_nonzero(fires) / (size * step)
    return rate[warm:]


def in_bins(rate: np.ndarray, width: float = BIN, step: float = STEP) -> np.ndarray:
    joined = round(width / step)
    return rate[: rate.size // joined * joined].reshape(-1, joined).mean(axis=1)


def infinite_rate() -> float:
    """Return the steady rate (Hz) of infinitely many cells."""
    run = theory(1000).simulate(2.0, dt=STEP, fluctuations=False)
    return float(run.activity.values[0, -1])
