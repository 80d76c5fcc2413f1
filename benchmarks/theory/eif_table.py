"""Table of the exponential cell: time for 241 x 46 operating points, and its error against four times as many steps.

Run as ``python benchmarks/theory/eif_table.py [--every N] [--points N]``. The yardstick is measured in the same run:
the first-order scheme of the published precomputation (augustin2017: 0.01 mV steps from -200 mV, 4000 frequencies, two
modulations), compiled, timed at a few frequencies of one operating point and scaled to the table.
"""

import argparse
import os
from time import perf_counter

import numpy as np
from numba import njit

from mesobridge.meanfield import ExponentialCell, rate_response_table
from mesobridge.meanfield.rate_response_table import table_columns
from mesobridge.meanfield.response_time import response_contour

CELL = ExponentialCell(
    tau_m="20 ms", tau_ref=0, v_threshold="-50 mV", v_reset="-70 mV", slope_factor="1.5 mV", v_cutoff="-40 mV"
)
MU = -65e-3 + 20e-3 * np.linspace(-1, 5, 241)
SIGMA = np.linspace(0.5, 5, 46) * 1e-3 * np.sqrt(20.0)
PUBLISHED_FREQUENCIES, PUBLISHED_STEPS = 4000, 16000


@njit(cache=True)
def first_order(decay, gain, source, w, h):
    """Return one response of the first-order scheme, in units that do not matter for its time."""
    total = 0j
    for i in range(w.size):
        ja, pa, jb, pb = 1.0 + 0j, 0j, 0j, 0j
        for k in range(decay.size - 1, 0, -1):
            ja, pa = ja + 1j * w[i] * h * pa, pa * decay[k] + gain[k] * ja
            jb, pb = jb + 1j * w[i] * h * pb, pb * decay[k] + gain[k] * (jb - source[k])
        total += jb / ja
    return total


def yardstick(frequencies: int = 40) -> float:
    """Return seconds of one core that the published scheme needs for the table."""
    decay = np.full(PUBLISHED_STEPS, 0.999)
    ones, w = np.ones(PUBLISHED_STEPS), np.linspace(0.1, 6.0, frequencies)
    first_order(decay, ones, ones, w[:1], 0.01)
    start = perf_counter()
    first_order(decay, ones, ones, w, 0.01)
    return (perf_counter() - start) * 2 * PUBLISHED_FREQUENCIES / frequencies * MU.size * SIGMA.size


def errors(points: int, size: int, seed: int = 1) -> dict[str, np.ndarray]:
    """Return relative errors at random operating points, against four times as many steps and three times the nodes."""
    rng = np.random.default_rng(seed)
    mu, sigma = rng.uniform(MU[0], MU[-1], points), rng.uniform(SIGMA[0], SIGMA[-1], points)
    found = []
    for steps, refinement in ((size, 1), (4 * size, 3)):
        contour = response_contour(1000.0, refinement)
        found.append(table_columns(CELL, mu, sigma, contour, steps))
    ours, fine = found
    apart = {name: fine[name] != 0 for name in ("rate", "mean_v", "tau_mu", "tau_sigma")}
    return {name: np.abs(ours[name][rows] / fine[name][rows] - 1) for name, rows in apart.items()}


def main() -> None:
    """Print the time, the yardstick and the errors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="compute every N-th mean input only (default: all)")
    parser.add_argument("--points", type=int, default=200, help="random points at which the error is measured")
    parser.add_argument("--steps", type=int, default=2000, help="voltage steps (default: 2000, that of the package)")
    options = parser.parse_args()
    rate_response_table(CELL, MU[:2], SIGMA[:2], size=options.steps)
    start = perf_counter()
    table = rate_response_table(CELL, MU[:: options.every], SIGMA, size=options.steps)
    seconds = (perf_counter() - start) * MU.size / table.sizes["mu"]
    cores, reference = os.cpu_count() or 1, yardstick()
    print(f"table of {MU.size} x {SIGMA.size}: {seconds:.1f} s on {cores} cores")
    print(
        f"published scheme, compiled, on as many cores: {reference / cores:.0f} s; "
        f"ratio {reference / cores / seconds:.0f}"
    )
    for name, error in errors(options.points, options.steps).items():
        print(f"{name:10s} relative error: median {np.median(error):.1e}, 95 % {np.quantile(error, 0.95):.1e}, "
              f"largest {error.max():.1e}")  # fmt: skip


if __name__ == "__main__":
    main()
