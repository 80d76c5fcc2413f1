"""Memoryless cells that hear a fixed number of others, and two mean fields of them: one misses by a known amount."""

import numpy as np
from scipy.special import ndtr

from mesobridge.meanfield import ExponentialKernel, GaussianSigmoid, Sigmoid
from mesobridge.meanfield.models.population_network import PopulationNetwork
from mesobridge.meanfield.networks import (
    DelayDistribution,
    MemorylessRate,
    ModulatedSpikes,
    NetworkPopulation,
    NetworkProjection,
    RateModel,
)

INPUTS, WEIGHT, TAU, STEP = 40, -1.6e-3, 10e-3, 5e-4
TOP, WIDTH, REST = 60.0, 4e-3, 3.7e-3
AREA = WEIGHT * STEP / (1 - np.exp(-STEP / TAU))  # V s; a jump decays over whole steps
SQUARE = WEIGHT**2 * STEP / (1 - np.exp(-2 * STEP / TAU))  # V^2 s


def frozen(size: int | None = None) -> PopulationNetwork:
    """Return the mean field that leaves out the fluctuations of the input of single cells."""
    return _network(GaussianSigmoid(TOP, 0.0, WIDTH), size)


def two_moments(size: int | None = None) -> PopulationNetwork:
    """Return the mean field with the variance that 40 inputs make, in which a finite network ends."""
    return _network(MemorylessRate(GaussianSigmoid(TOP, 0.0, WIDTH)), size)


def _network(rate: Sigmoid | RateModel, size: int | None) -> PopulationNetwork:
    """Return the network whose cells make noise as memoryless cells do, and hear the same noise of each other."""

    def network(irregularity: float, spectrum: ModulatedSpikes | None) -> PopulationNetwork:
        return PopulationNetwork(
            populations=[NetworkPopulation(name="I", rate=rate, operating_v=REST, size=size, cell_spectrum=spectrum)],
            projections=[
                NetworkProjection(
                    source="I", target="I", kernel=ExponentialKernel(AREA, TAU), count=INPUTS,
                    delay=DelayDistribution(STEP), variance_kernel=ExponentialKernel(irregularity * SQUARE, TAU / 2),
                )
            ],
        )  # fmt: skip

    irregularity, spectrum = 1.0, None
    lag = np.concatenate([[0.0], np.geomspace(1e-5, 0.15, 500)])
    for _ in range(4):
        known = network(irregularity, spectrum)
        ((steady,),) = known.search().rates
        v, variance = known.structure.moments([steady])
        slope = float(known.populations[0].model.slopes(v[0], variance[0])[0])
        # The rate of a cell varies by this much, for a membrane time; both sides of a synapse have the same one.
        swing = slope**2 * INPUTS * steady * irregularity * SQUARE
        irregularity, spectrum = 1 + swing * TAU / steady, ModulatedSpikes(lag, swing * np.exp(-lag / TAU))
    return network(irregularity, spectrum)


def simulated(size: int, seconds: float, seed: int) -> np.ndarray:
    """Return the rate (Hz) of every step of the cells themselves, after 0.2 s."""
    rng, warm = np.random.default_rng(seed), round(0.2 / STEP)
    steps = round(seconds / STEP) + warm
    sources = np.stack([rng.choice(size, INPUTS, replace=False) for _ in range(size)])
    order = np.argsort(sources.ravel(), kind="stable")
    owners = np.repeat(np.arange(size), INPUTS)[order]
    targets = np.split(owners, np.cumsum(np.bincount(sources.ravel(), minlength=size))[:-1])
    decay, v = np.exp(-STEP / TAU), np.full(size, -4e-3)
    fired, rate = np.zeros(0, dtype=np.int64), np.zeros(steps)
    for now in range(steps):
        v = REST + (v - REST) * decay
        if fired.size:
            v += WEIGHT * np.bincount(np.concatenate([targets[k] for k in fired]), minlength=size)
        fired = np.flatnonzero(rng.random(size) < TOP * STEP * ndtr(v / WIDTH))
        rate[now] = fired.size / (size * STEP)
    return rate[warm:]
