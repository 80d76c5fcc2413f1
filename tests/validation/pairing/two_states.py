"""A population that excites itself: its folds in closed form, and sweeps of it with the noise of its finite size."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from mesobridge.meanfield import CascadeKernel, LogisticSigmoid, PopulationNetwork
from mesobridge.meanfield.networks import DelayDistribution, NetworkDrive, NetworkPopulation, NetworkProjection
from mesobridge.validation.pairing.critical.sweep import Sweep, swept_pair
from mesobridge.validation.study.circuit_study import SweepSection

Q_MAX, THRESHOLD, SCALE = 80.0, -50e-3, 2e-3  # Hz, V, V
WEIGHT, USUAL, SPIKE = 0.13e-3, 1000.0, 10e-6  # V s, Hz, V s
REST = -65.2e-3  # V
FACTORS = tuple(np.round(np.arange(0.9, 1.101, 0.01), 3).tolist())
ASKED = SweepSection(target="E", channel="external", factors=FACTORS, hold=0.5, repeats=3, draws=10)


def self_exciting(weight: float = 1.0, threshold: float = 0.0, size: int = 40_000) -> PopulationNetwork:
    """Return the population with its recurrent weight multiplied and its threshold (V) raised."""
    return PopulationNetwork(
        populations=[
            NetworkPopulation(
                name="E", rate=LogisticSigmoid(Q_MAX, THRESHOLD + threshold, SCALE), operating_v=REST, size=size
            )
        ],
        projections=[
            NetworkProjection(
                source="E", target="E", kernel=CascadeKernel(weight * WEIGHT / 400, (3e-3, 20e-3)), count=400.0,
                delay=DelayDistribution(2e-3),
            )
        ],
        drives=[NetworkDrive(target="E", kernel=CascadeKernel(SPIKE, (3e-3, 20e-3)), level=USUAL)],
    )  # fmt: skip


def folds(weight: float = 1.0, threshold: float = 0.0) -> tuple[float, float]:
    """Return the factors of the drive at the ends of the upper and of the lower state.

    A logistic has the slope Q (1 - Q / q_max) / scale; a state ends where weight times slope is 1.
    """
    root = np.sqrt(1 - 4 * SCALE / (weight * WEIGHT * Q_MAX))
    rates = Q_MAX * (1 + np.array([root, -root])) / 2
    v = THRESHOLD + threshold + SCALE * np.log(rates / (Q_MAX - rates))
    lower, upper = (v - REST - weight * WEIGHT * rates) / (SPIKE * USUAL)
    return float(lower), float(upper)


def recorded(network: PopulationNetwork, seed: int) -> xr.Dataset:
    """Return a run of the network on the staircase, as a circuit's recording."""
    dt, course = 5e-4, np.array([*FACTORS, *FACTORS[::-1]])
    levels = np.repeat(course * USUAL, round(ASKED.hold / dt))
    run = network.simulate(
        levels.size * dt, dt, inputs={"E.external": levels}, initial=network.reference(), finite_size=True, seed=seed
    )
    rate = run["activity"].values.reshape(1, -1, 2).mean(axis=-1)
    return xr.Dataset({"rate": (("population", "time"), rate)}, attrs={"bin": 2 * dt, "processor": 1.0})


def swept(
    condition: str, truth: PopulationNetwork, model: PopulationNetwork, drawn: Sequence[PopulationNetwork] = ()
) -> Sweep:
    """Return the sweep of a network held against a mean field."""
    runs = [recorded(truth, 100 + repeat) for repeat in range(ASKED.repeats)]
    others: Any = drawn or [model] * ASKED.draws
    return swept_pair(ASKED, condition, runs, model, model.reference(), others)
