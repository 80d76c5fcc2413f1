"""All steady states: nothing missing, nothing invented, and the certificate says why."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import fsolve

from mesobridge.meanfield import CascadeKernel, EmpiricalMass, ExGaussianSigmoid, Feedback
from mesobridge.meanfield.models.population_network import PopulationNetwork
from mesobridge.meanfield.networks import Certificate, MemorylessRate, NetworkPopulation, NetworkProjection
from mesobridge.meanfield.networks.enclosure import enclose
from mesobridge.meanfield.networks.steady_states import newton, steady_search

from .example_networks import EXCITATION, SIGMOID, excitatory_inhibitory, self_exciting


@settings(max_examples=25, deadline=None)
@given(count=st.floats(5.0, 200.0), level=st.floats(0.0, 9000.0))
def test_one_population_has_the_steady_states_of_the_empirical_mass(count: float, level: float) -> None:
    mass = EmpiricalMass(
        SIGMOID,
        {"echo": EXCITATION, "external": EXCITATION},
        -53e-3,
        {"echo": 10 * count * float(SIGMOID(-53e-3)), "external": 6000.0},
        {"echo": Feedback(10 * count)},
    )
    network = self_exciting(count, level + 10 * count * 0.0)
    shifted = network.with_population("E", operating_v=-53e-3 - EXCITATION.area * 10 * count * float(SIGMOID(-53e-3)))
    expected = [point["rate"] for point in mass.fixed_points({"external": level})]
    found = steady_search(shifted.structure)
    assert found.certificate.complete
    assert_allclose(found.rates[:, 0], expected, rtol=1e-6)


def three_pools(strength: float, cross: float) -> PopulationNetwork:
    """Return pools that excite themselves and inhibit each other: up to 27 steady states."""
    names = ("A", "B", "C")
    own, other = CascadeKernel(strength, (3e-3, 15e-3)), CascadeKernel(-cross, (5e-3, 15e-3))
    return PopulationNetwork(
        populations=[NetworkPopulation(name=n, rate=SIGMOID, operating_v=-58e-3) for n in names],
        projections=[
            NetworkProjection(source=s, target=t, kernel=own if s == t else other, count=1.0)
            for s in names
            for t in names
        ],
    )


def test_a_network_of_many_states_has_them_all() -> None:
    found = three_pools(3e-4, 2e-5).search()
    assert found.certificate is Certificate.ENCLOSED
    assert len(found.rates) == 27
    structure = three_pools(3e-4, 2e-5).structure
    assert_allclose(structure.mapped(found.rates), found.rates, rtol=1e-8, atol=1e-9)
    signs = np.sign(np.linalg.det(np.eye(3) - structure.round_trip(found.rates)))
    assert signs.sum() == 1


def test_two_searches_of_different_kinds_agree() -> None:
    structure = three_pools(2.5e-4, 4e-5).structure
    boxes = enclose(structure)
    assert boxes.complete
    rng = np.random.default_rng(3)
    starts = np.concatenate([rng.random((2000, 3)) * 100, 10 ** rng.uniform(-4, 2, (2000, 3))])
    reached = newton(structure, starts)
    assert len(reached) > 1000
    enclosed = newton(structure, boxes.middles)
    assert len(enclosed) == len(boxes.middles)
    near = [np.abs(enclosed - row).max(axis=1).min() for row in reached]
    assert max(near) < 1e-6
    seen = [np.abs(reached - row).max(axis=1).min() for row in enclosed]
    assert max(seen) < 1e-6


def test_no_state_lies_outside_the_boxes_of_an_inhibited_pair() -> None:
    network = excitatory_inhibitory(level=12000.0)
    found = network.search()
    structure = network.structure
    rng = np.random.default_rng(1)
    others = [fsolve(lambda r: structure.mapped(r) - r, rng.random(2) * 100, full_output=True) for _ in range(200)]
    solved = [root for root, _, done, _ in others if done == 1 and np.all(root >= 0)]
    assert len(solved) > 50
    assert all(np.abs(found.rates - root).max(axis=1).min() < 1e-4 for root in solved)


def test_a_network_of_two_moments_is_certified_by_its_indices() -> None:
    rate = MemorylessRate(ExGaussianSigmoid(100.0, -50e-3, 2e-3, 2e-3))
    network = excitatory_inhibitory(rate=rate, level=15000.0)
    found = network.search()
    assert found.certificate is Certificate.INDEX
    v, variance = network.structure.moments(found.rates[0])
    assert variance[0] > 0
    assert_allclose(rate(v, variance), found.rates[0], rtol=1e-8)


def test_too_few_boxes_are_not_called_complete() -> None:
    assert not enclose(three_pools(3e-4, 2e-5).structure, most_boxes=20).complete


@pytest.mark.parametrize("level", [0.0, 5000.0, 20000.0])
def test_a_network_without_loops_has_one_state(level: float) -> None:
    network = excitatory_inhibitory(counts=(0.0, 0.0), level=level)
    found = network.search()
    assert found.certificate.complete
    assert_allclose(found.rates, [[float(SIGMOID(-65e-3 + EXCITATION.area * level))] * 2], rtol=1e-10)
