"""Cost of the mean field of a circuit: a dense column of ten populations, beside real time.

Run as ``python benchmarks/theory/population_network.py``. Every population hears every other: 100 projections with
kernels of two stages and delays that are spread. Nothing is counted before the first call, which compiles.
"""

import time
from collections.abc import Callable

import numpy as np

from mesobridge.meanfield import (
    CascadeKernel,
    DelayDistribution,
    ExGaussianSigmoid,
    NetworkDrive,
    NetworkPopulation,
    NetworkProjection,
    PopulationNetwork,
)

REPEATS = 3


def column(populations: int) -> PopulationNetwork:
    rng = np.random.default_rng(2)
    names = [f"P{k}" for k in range(populations)]
    sigmoid = ExGaussianSigmoid(100.0, -50e-3, 3e-3, 2e-3)
    projections = []
    for target in names:
        for k, source in enumerate(names):
            area, stages, mean = (-3e-6, (6e-3, 10e-3), 0.8e-3) if k % 2 else (0.6e-6, (2e-3, 12e-3), 1.5e-3)
            projections.append(
                NetworkProjection(
                    source=source, target=target, kernel=CascadeKernel(area * rng.uniform(0.5, 1.5), stages),
                    count=600.0 / populations, delay=DelayDistribution(mean, mean / 2, "normal"),
                )
            )  # fmt: skip
    return PopulationNetwork(
        populations=[NetworkPopulation(name=n, rate=sigmoid, operating_v=-52e-3, size=1000) for n in names],
        projections=projections,
        drives=[NetworkDrive(target=n, kernel=CascadeKernel(1e-6, (2e-3, 12e-3)), level=0.0) for n in names],
    )


def best(function: Callable[[], object]) -> float:
    """Return the least time of some repeats, s."""
    function()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    print("populations  projections  all states  10 modes  spectra (200 f)  1 s in steps of 0.1 ms")
    for populations in (2, 4, 10):
        network = column(populations)
        state = network.reference()
        frequency = np.linspace(1, 200, 200)
        times = (
            best(network.search),
            best(lambda network=network, state=state: network.eigenvalues(state)),
            best(lambda network=network, state=state, f=frequency: network.cross_spectra(f, state)),
            best(lambda network=network, state=state: network.simulate(1.0, 1e-4, {"P0.external": 3e3}, initial=state)),
        )
        print(f"{populations:11d}  {populations**2:11d}  " + "  ".join(f"{1e3 * t:8.1f} ms" for t in times), flush=True)


if __name__ == "__main__":
    main()
