"""Recordings of a planted network, in place of a spiking circuit: what the scores must accept or refuse."""

import numpy as np
import xarray as xr

from mesobridge.meanfield import CascadeKernel, ExGaussianSigmoid, Kernel, PopulationNetwork, Sigmoid
from mesobridge.meanfield.networks import DelayDistribution, NetworkDrive, NetworkPopulation, NetworkProjection

SIGMOID = ExGaussianSigmoid(100.0, -50e-3, 3e-3, 2e-3)
EXCITATION = CascadeKernel(1e-6, (3e-3, 15e-3))
INHIBITION = CascadeKernel(-4e-6, (6e-3, 10e-3))
BIN, STEP = 1e-3, 2e-4


def planted(
    *,
    sigmoid: Sigmoid = SIGMOID,
    excitation: Kernel = EXCITATION,
    inhibition: Kernel = INHIBITION,
    delay: float = 2e-3,
    size: int = 20000,
    inhibitory_count: float = 120.0,
) -> PopulationNetwork:
    late = DelayDistribution(delay)
    sources = (("E", excitation, 400.0), ("I", inhibition, inhibitory_count))
    return PopulationNetwork(
        populations=[
            NetworkPopulation(name="E", rate=sigmoid, operating_v=-65e-3, size=size),
            NetworkPopulation(name="I", rate=sigmoid, operating_v=-65e-3, size=size // 2),
        ],
        projections=[
            NetworkProjection(source=s, target=t, kernel=kernel, count=count, delay=late)
            for s, kernel, count in sources
            for t in ("E", "I")
        ],
        drives=[NetworkDrive(target=name, kernel=EXCITATION, level=14000.0) for name in ("E", "I")],
    )


def stationary(network: PopulationNetwork, duration: float, seed: int) -> xr.Dataset:
    run = network.simulate(duration + 0.5, STEP, finite_size=True, seed=seed)["activity"].values
    return dataset(run[:, round(0.5 / STEP) :])


def transients(network: PopulationNetwork, levels: np.ndarray, trials: int, seed: int) -> xr.Dataset:
    """Return trials under ``levels`` (one a bin) of E's drive, each from its own fluctuating state."""
    warm, fine = 100, round(BIN / STEP)
    level = np.repeat(np.concatenate([np.full(warm, 14000.0), levels]), fine)
    state = network.reference()
    runs = [
        network.simulate(
            BIN * (warm + levels.size), STEP, inputs={"E.external": level}, initial=state, finite_size=True, seed=s
        )["activity"].values[:, warm * fine :]
        for s in range(seed, seed + trials)
    ]
    return xr.concat([dataset(run) for run in runs], "trial")


def dataset(activity: np.ndarray) -> xr.Dataset:
    fine = round(BIN / STEP)
    rate = activity.reshape(len(activity), -1, fine).mean(axis=-1)
    time = BIN * np.arange(1, rate.shape[1] + 1)
    return xr.Dataset({"rate": (("population", "time"), rate)}, coords={"population": ["E", "I"], "time": time})
