"""Finite populations against the cells they stand for: processor time for a second of an E/I network.

Run as ``python benchmarks/theory/mesoscopic.py``. The yardstick is the same hazard model cell by cell in NumPy, as a
mean-field network, so that coupling costs it nothing; its time grows with the number of cells, that of the populations
does not.
"""

import argparse
import time

import numpy as np

from mesobridge.meanfield import EscapeRatePopulation, MesoscopicNetwork

TAU_M, TAU_REF, THRESHOLD, SOFTNESS, HAZARD, DRIVE = 20e-3, 4e-3, 15e-3, 2.5e-3, 10.0, 24e-3
WEIGHTS, DECAY, DELAY = np.array([[0.048, -0.060]] * 2), np.array([3e-3, 6e-3]), 1e-3


def populations(cells: int, duration: float, dt: float) -> tuple[np.ndarray, float]:
    """Return mean activities, Hz, and processor time, s, of the population equations."""
    network = MesoscopicNetwork(
        populations=[
            EscapeRatePopulation(
                size=size,
                tau_m=TAU_M,
                tau_ref=TAU_REF,
                threshold=THRESHOLD,
                reset=0.0,
                softness=SOFTNESS,
                threshold_rate=HAZARD,
                drive=DRIVE,
            )
            for size in (4 * cells // 5, cells // 5)
        ],
        weights=WEIGHTS,
        synaptic_decay=DECAY,
        delay=DELAY,
    )
    network.simulate(10 * dt, dt=dt)
    start = time.process_time()
    run = network.simulate(duration, dt=dt)
    return run.activity.mean("time").values, time.process_time() - start


def single_cells(cells: int, duration: float, dt: float) -> tuple[np.ndarray, float]:
    """Return the same from every cell with its own potential and hazard."""
    rng = np.random.default_rng(0)
    which = np.repeat([0, 1], [4 * cells // 5, cells // 5])
    sizes, steps, lag = np.bincount(which), round(duration / dt), round(DELAY / dt)
    u, wait, synapse = rng.uniform(0, THRESHOLD, len(which)), np.zeros(len(which)), np.full(2, 10.0)
    activity = np.zeros((2, steps))
    start = time.process_time()
    for step in range(steps):
        arriving = activity[:, step - lag] if step >= lag else synapse
        synapse = arriving + (synapse - arriving) * np.exp(-dt / DECAY)
        steady = (DRIVE + TAU_M * WEIGHTS @ synapse)[which]
        u = np.where(wait <= 0, steady + (u - steady) * np.exp(-dt / TAU_M), 0.0)
        fires = (wait <= 0) & (rng.random(len(u)) < -np.expm1(-HAZARD * np.exp((u - THRESHOLD) / SOFTNESS) * dt))
        wait, u = np.where(fires, round(TAU_REF / dt), wait - 1), np.where(fires, 0.0, u)
        activity[:, step] = np.bincount(which[fires], minlength=2) / sizes / dt
    return activity.mean(axis=1), time.process_time() - start


def main() -> None:
    """Print a table of both for several sizes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--duration", type=float, default=5.0, help="s of each run")
    parser.add_argument("--dt", type=float, default=2e-4, help="time step, s")
    parser.add_argument("--cells", type=int, nargs="+", default=[1000, 10000, 100000])
    given = parser.parse_args()
    print("cells    E, I rate (Hz)   populations: s per s   cells: s per s   ratio   rates of the cells (Hz)")
    for cells in given.cells:
        rates, ours = populations(cells, given.duration, given.dt)
        seen, theirs = single_cells(cells, given.duration, given.dt)
        ours, theirs = ours / given.duration, theirs / given.duration
        print(f"{cells:<8d} {rates.round(2)}   {ours:<22.3f}{theirs:<17.2f}{theirs / ours:<8.1f}{seen.round(2)}")


if __name__ == "__main__":
    main()
