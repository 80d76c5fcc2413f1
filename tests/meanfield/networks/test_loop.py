"""Eigenvalues and counts of unstable modes: closed forms, the empirical mass, and a matrix of all stages."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import (
    AlphaKernel,
    CascadeKernel,
    EmpiricalMass,
    Feedback,
    GammaKernel,
    Kernel,
    LogisticSigmoid,
)
from mesobridge.meanfield.models.population_network import PopulationNetwork
from mesobridge.meanfield.networks import DelayDistribution, NetworkPopulation, NetworkProjection
from mesobridge.meanfield.networks.loop import NetworkLoop
from mesobridge.meanfield.networks.rational import poles_of

from .example_networks import excitatory_inhibitory, first_order_pair, self_exciting

LOGISTIC = LogisticSigmoid(100.0, -50e-3, 3e-3)


def test_the_eigenvalues_of_a_first_order_pair_are_those_of_its_matrix() -> None:
    network = first_order_pair()
    gain = 100 / (np.sqrt(2 * np.pi) * 5e-3)
    tau = np.array([10e-3, 5e-3])
    matrix = (gain * np.array([[6e-4, -9e-4], [9e-4, -3e-4]]) - np.eye(2)) / tau[:, None]
    expected = np.linalg.eigvals(matrix)
    assert np.abs(expected.imag).max() > 100
    found = network.eigenvalues([50.0, 50.0])
    assert_allclose(np.sort_complex(found), np.sort_complex(expected), rtol=1e-8)


LOOPS: tuple[tuple[Kernel, float, float], ...] = (
    (AlphaKernel(-6e-6, 100.0), 40.0, 10e-3),
    (AlphaKernel(-6e-6, 100.0), 100.0, 10e-3),
    (GammaKernel(-5e-6, 2.5, 4e-3), 60.0, 5e-3),
    (CascadeKernel(3e-6, (2e-3, 10e-3)), 70.0, 3e-3),
    (CascadeKernel(3e-6, (2e-3, 10e-3)), 20.0, 0.0),
)


@pytest.mark.parametrize(("kernel", "count", "delay"), LOOPS)
def test_one_population_has_the_eigenvalues_of_the_empirical_mass(kernel: Kernel, count: float, delay: float) -> None:
    operating = count * 50.0
    mass = EmpiricalMass(LOGISTIC, {"echo": kernel}, -50e-3, {"echo": operating}, {"echo": Feedback(count, delay)})
    network = PopulationNetwork(
        populations=[NetworkPopulation(name="E", rate=LOGISTIC, operating_v=-50e-3)],
        projections=[
            NetworkProjection(
                source="E", target="E", kernel=kernel, count=count, delay=DelayDistribution(delay),
                operating_input=operating,
            )
        ],
    )  # fmt: skip
    for state, point in zip(network.search().rates, mass.fixed_points(), strict=True):
        assert_allclose(state[0], point["rate"], rtol=1e-9)
        expected = point.eigenvalues
        found = network.eigenvalues(state)
        shared = min(3, len(expected), len(found))
        assert shared >= 1
        assert_allclose(found[:shared], expected[:shared], rtol=1e-6)
        assert network.loop(state).unstable == np.count_nonzero(expected.real > 0)


def test_the_eigenvalues_without_delay_are_those_of_all_stages_together() -> None:
    network = excitatory_inhibitory(delay=0.0)
    state = network.reference()
    gains = network.structure.responses(np.array([0j]), state)[0][0].real
    # Each population has the same two kernels: two stages of excitation, then two of inhibition, for both.
    stages = ((3e-3, 15e-3, 400 * 1e-6, 0), (6e-3, 10e-3, -120 * 4e-6, 1))
    matrix = np.zeros((8, 8))
    read = np.zeros((2, 8))
    for target in range(2):
        for first, second, area, source in stages:
            at = 4 * target + 2 * source
            matrix[at, at], matrix[at + 1, at + 1], matrix[at + 1, at] = -1 / first, -1 / second, 1 / second
            read[target, at + 1] = area
    for target in range(2):
        for first, _, _, source in stages:
            matrix[4 * target + 2 * source] += read[source] * gains[source] / first
    expected = np.linalg.eigvals(matrix)
    found = network.eigenvalues(state)
    assert len(found) >= 3
    assert all(np.abs(expected - value).min() < 1e-5 * abs(value) for value in found)
    rightmost = expected[np.argmax(expected.real)].real
    assert_allclose(found[0].real, rightmost, rtol=1e-8)


def test_the_count_of_unstable_modes_is_that_of_the_eigenvalues() -> None:
    counted = []
    for inhibition in (60.0, 120.0, 250.0, 500.0):
        for delay in (1e-3, 5e-3, 15e-3):
            network = excitatory_inhibitory(counts=(400.0, inhibition), delay=delay, level=20000.0)
            for state in network.search().rates:
                loop = network.loop(state)
                assert np.count_nonzero(np.real(loop.eigenvalues(20)) > 0) == loop.unstable
                counted.append(loop.unstable)
    assert {0, 2} <= set(counted)


def test_spread_delays_calm_a_loop() -> None:
    sharp, spread = (
        excitatory_inhibitory(counts=(400.0, 400.0), delay=delay, level=30000.0)
        for delay in (DelayDistribution(6e-3), DelayDistribution(6e-3, 3e-3, "uniform"))
    )
    growth = [network.eigenvalues(network.search().rates[0])[0].real for network in (sharp, spread)]
    assert growth[1] < growth[0] - 1


def test_every_eigenvalue_is_a_zero_of_the_characteristic_function() -> None:
    network = excitatory_inhibitory(delay=4e-3)
    loop = network.loop()
    found = loop.eigenvalues(12)
    assert len(found) >= 5
    slope = np.abs(loop.determinant(found + 1e-2) - loop.determinant(found - 1e-2)) / 2e-2
    assert np.all(np.abs(loop.determinant(found)) < 1e-6 * slope * np.abs(found))


def test_a_chain_without_a_loop_has_no_mode_of_its_own() -> None:
    network = excitatory_inhibitory(counts=(0.0, 0.0))
    loop = NetworkLoop(network.structure, network.reference())
    assert not loop.closed
    assert loop.unstable == 0
    assert loop.eigenvalues().size == 0


def test_at_a_fold_one_eigenvalue_is_zero() -> None:
    network = self_exciting(delay=2e-3)
    fold = network.continuation("E.external", (0.0, 9000.0)).folds[0]
    at_fold = network.with_parameter("E.external", fold.value)
    values = at_fold.eigenvalues(fold.state)
    assert np.abs(values).min() < 1e-2
    assert np.abs(values).max() > 10


def test_poles_of_a_rational_function_are_found() -> None:
    poles = np.array([-3.0, -10 + 40j, -10 - 40j, 5 + 100j, 5 - 100j])
    points = 1j * np.linspace(-300, 300, 501)
    values = sum(weight / (points - pole) for weight, pole in zip((1.0, 2j, -2j, 0.3, 0.3), poles, strict=True))
    found = poles_of(points, np.asarray(values))
    assert all(np.abs(found - pole).min() < 1e-6 for pole in poles)
