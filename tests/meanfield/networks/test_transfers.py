"""Transfers taken together are those of every kernel, delay and motion one by one, and so is the determinant."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import (
    AlphaKernel,
    BiexponentialKernel,
    CascadeKernel,
    ExponentialKernel,
    GammaKernel,
    Kernel,
    MixtureKernel,
    StateSpaceKernel,
    TabulatedKernel,
)
from mesobridge.meanfield.models.population_network import PopulationNetwork
from mesobridge.meanfield.networks import DelayDistribution, NetworkPopulation, NetworkProjection, RateMotion
from mesobridge.meanfield.networks.transfers import Passage, Transfers

from .example_networks import SIGMOID

TIME = np.linspace(0.0, 0.15, 301)
TABLE = TabulatedKernel(TIME, 1e-4 * TIME / 0.02 * np.exp(-TIME / 0.02))
STATES = StateSpaceKernel(np.array([[-100.0, 0.0], [300.0, -40.0]]), np.array([1.0, 0.0]), np.array([0.0, 1e-4]))
KERNELS: tuple[Kernel, ...] = (
    ExponentialKernel(2e-6, 8e-3),
    AlphaKernel(-3e-6, 150.0),
    BiexponentialKernel(1e-6, 2e-3, 9e-3),
    CascadeKernel(1e-6, (2e-3, 5e-3, 11e-3)),
    GammaKernel(1e-6, 3.0, 4e-3),
    GammaKernel(-1e-6, 2.4, 4e-3),
    STATES,
    TABLE,
    MixtureKernel((0.5, -2.0), (MixtureKernel((1.0, 0.3), (CascadeKernel(1e-6, (2e-3, 5e-3)), TABLE)), STATES)),
)
DELAYS = (DelayDistribution(0.0), DelayDistribution(2e-3), DelayDistribution(3e-3, 1e-3, "lognormal"))
MOTIONS = (None, RateMotion((4e-3,), (2e-3,), 1.2))
S = np.array([0.0, 20j, -15 + 300j, 40 - 1000j, -20.0, 5e4j])


def every_passage() -> list[Passage]:
    return [
        Passage(k % 3, (k // 2) % 3, 10.0 + k, kernel, DELAYS[k % 3], MOTIONS[k % 2])
        for k, kernel in enumerate(KERNELS)
    ]


def one_by_one(passages: list[Passage], count: int, s: np.ndarray) -> np.ndarray:
    found = np.zeros((*s.shape, count, count), dtype=complex)
    for p in passages:
        one = p.cells * p.kernel.laplace(s) * p.delay.laplace(s)
        found[..., p.target, p.source] += one if p.motion is None else one * p.motion.laplace(s)
    return found


@pytest.mark.parametrize("s", [S, S.reshape(2, 3), S[3]])
def test_transfers_are_those_of_every_part_one_by_one(s: np.ndarray) -> None:
    passages = every_passage()
    expected = one_by_one(passages, 3, np.asarray(s))
    assert np.count_nonzero(expected) >= 4 * np.size(s)
    found = Transfers(passages, 3).matrix(np.asarray(s))
    assert found.shape == (*np.shape(s), 3, 3)
    assert_allclose(found, expected, rtol=1e-12, atol=1e-14 * np.abs(expected).max())


def test_without_passages_nothing_goes_anywhere() -> None:
    silent = Passage(0, 1, 0.0, TABLE, DELAYS[0], None)
    assert not np.any(Transfers([silent], 2).matrix(S))


def test_an_even_table_has_the_transform_of_its_broken_line() -> None:
    uneven = TabulatedKernel(np.append(TIME, 0.2), np.append(TABLE.response, 0.0))
    closed = TabulatedKernel(np.append(TIME, TIME[-1] + TIME[1]), np.append(TABLE.response, 0.0))
    # They differ by a triangle of the last response, 50 ms wide for 0.5 ms, in closed form.
    height, start = TABLE.response[-1], TIME[-1]

    def fall(width: float) -> np.ndarray:
        z = S[1:] * width
        return height * width * np.exp(-S[1:] * start) * (z - 1 + np.exp(-z)) / z**2

    expected = closed.laplace(S[1:]) + fall(0.05) - fall(TIME[1])
    assert_allclose(uneven.laplace(S[1:]), expected, rtol=1e-12, atol=1e-14 * abs(TABLE.area))
    assert_allclose(closed.laplace(0.0), closed.area, rtol=1e-13)


def test_modes_are_zeros_of_the_determinant_of_every_part_one_by_one() -> None:
    weights = {("E", "E"): 0, ("E", "I"): 3, ("I", "E"): 1, ("I", "I"): 5}
    projections = [
        NetworkProjection(
            source=source, target=target, kernel=KERNELS[k], count=100.0 + 10 * k, delay=DELAYS[k % 3],
            operating_input=500.0,
        )
        for (source, target), k in weights.items()
    ]  # fmt: skip
    network = PopulationNetwork(
        populations=[NetworkPopulation(name=name, rate=SIGMOID, operating_v=-53e-3) for name in "EI"],
        projections=projections,
    )
    state = network.reference()
    gains = network.structure.responses(np.zeros(()), state)[0]
    passages = [
        Passage("EI".index(p.target), "EI".index(p.source), p.count, p.kernel, p.delay, None) for p in projections
    ]

    def determinant(s: np.ndarray) -> np.ndarray:
        return np.linalg.det(np.eye(2) - gains[:, None] * one_by_one(passages, 2, s))

    modes = network.eigenvalues(state, 6)
    assert modes.size >= 4
    step = 1e-6 * np.abs(modes)
    slope = (determinant(modes + step) - determinant(modes - step)) / (2 * step)
    assert np.all(np.abs(determinant(modes) / slope) < 1e-8 * np.abs(modes))
