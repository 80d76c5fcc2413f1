"""Population density: model seconds per second of one core, and the error at that setting.

Run as ``python benchmarks/theory/fokker_planck.py [--seconds S]``. The error is that of the step response (tau_m 20 ms,
threshold 20 mV, reset 10 mV, refractory period 2 ms, sigma 4 mV; mu 16 -> 20 mV) from 1 to 50 ms against the same
scheme on fine cells and steps, extrapolated; it is given relative to the rate. The yardstick is real time: 1 model
second a second. Compilation is done before.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np

from mesobridge.meanfield import FokkerPlanck, HeterogeneousFokkerPlanck

CELL = {"tau_m": 20e-3, "tau_ref": 2e-3, "v_threshold": 20e-3, "v_reset": 10e-3}
TIMES = 1e-3 * np.arange(1, 51)


def step_response(size: int, dt: float, order: int) -> np.ndarray:
    population = FokkerPlanck(**CELL, size=size)
    start = population.stationary(16e-3, 4e-3)
    run = population.simulate(20e-3, 4e-3, dt, duration=0.05, initial=start, order=order)
    return run["rate"].to_numpy()[np.round(TIMES / dt).astype(int) - 1]


def converged() -> np.ndarray:
    """Return the step response at the limit of fine cells and steps, Hz."""
    coarse, fine = step_response(400, 2.5e-5, 2), step_response(800, 1.25e-5, 2)
    return fine + (fine - coarse) / 3


def best_of(run: Callable[[], object], repeats: int = 3) -> float:
    """Return the shortest of a few timings, s."""
    timings = []
    for _ in range(repeats):
        begin = time.perf_counter()
        run()
        timings.append(time.perf_counter() - begin)
    return min(timings)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="model seconds of each timing")
    seconds = parser.parse_args().seconds
    exact = converged()
    print(f"{'cells':>6} {'dt ms':>7} {'order':>6} {'error':>9} {'constant input':>15} {'new input each step':>20}")
    for size, dt, order in (
        (50, 2e-4, 2),
        (100, 2e-4, 2),
        (100, 1e-4, 2),
        (200, 1e-4, 2),
        (400, 5e-5, 2),
        (200, 1e-5, 1),
    ):
        population = FokkerPlanck(**CELL, size=size)
        error = np.max(np.abs(step_response(size, dt, order) / exact - 1))
        mu = 20e-3 + 1e-3 * np.random.default_rng(0).standard_normal(round(seconds / dt))
        constant = seconds / best_of(
            lambda p=population, d=dt, o=order: p.simulate(20e-3, 4e-3, d, duration=seconds, order=o)
        )
        changing = seconds / best_of(lambda p=population, d=dt, o=order, m=mu: p.simulate(m, 4e-3, d, order=o))
        print(f"{size:6d} {dt * 1e3:7.3f} {order:6d} {error:9.1e} {constant:13.1f} x {changing:18.1f} x")
    spread = HeterogeneousFokkerPlanck(FokkerPlanck(**CELL, size=100), 1e-3)
    speed = seconds / best_of(lambda: spread.simulate(20e-3, 4e-3, 2e-4, duration=seconds))
    print(f"16 thresholds, 100 cells, dt 0.2 ms, constant input: {speed:.1f} x real time")


if __name__ == "__main__":
    main()
