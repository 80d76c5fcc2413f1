"""A fold or Hopf point found again: where the branches of the moved network have it, without following them."""

import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import GaussianSigmoid
from mesobridge.meanfield.dynamics.branch_events import SpecialPoint
from mesobridge.meanfield.kernels import ExponentialKernel
from mesobridge.meanfield.models.population_network import PopulationNetwork
from mesobridge.meanfield.networks import DelayDistribution, NetworkPopulation, NetworkProjection
from mesobridge.meanfield.networks.special_points import special_point_near
from mesobridge.meanfield.sigmoids import capped

from .example_networks import SIGMOID, self_exciting

RANGE = (0.0, 12000.0)


def bistable(gain: float = 1.0) -> PopulationNetwork:
    """Return a population with two states, its recurrent kernel multiplied by ``gain``."""
    network = self_exciting(14.0)
    count = network.parameters["E to E.count"]
    return network.with_parameter("E to E.count", gain * count)


def delayed(delay: float) -> PopulationNetwork:
    return PopulationNetwork(
        populations=[NetworkPopulation(name="I", rate=GaussianSigmoid(100.0, 0.0, 5e-3), operating_v=0.0)],
        projections=[
            NetworkProjection(
                source="I", target="I", kernel=ExponentialKernel(-1e-3, 10e-3), count=0.1,
                delay=DelayDistribution(delay), operating_input=50.0,
            )
        ],
    )  # fmt: skip


def test_both_folds_of_a_network_with_another_weight_are_found_next_to_the_old_ones() -> None:
    old, new = bistable().continuation("E.external", RANGE), bistable(1.03)
    expected = new.continuation("E.external", RANGE)
    assert len(old.folds) == len(expected.folds) == 2
    for before, after in zip(old.folds, expected.folds, strict=True):
        found = special_point_near(lambda level: new.with_parameter("E.external", level).structure, before)
        assert abs(after.value - before.value) > 1.0
        assert_allclose(found.value, after.value, rtol=1e-8)
        assert_allclose(found.state, after.state, rtol=1e-5)


def test_a_hopf_point_of_a_network_with_another_delay_is_found_with_its_frequency() -> None:
    (before,) = delayed(5e-3).continuation("I to I.count", (0.05, 1.0)).hopfs
    new = delayed(5.5e-3)
    (after,) = new.continuation("I to I.count", (0.05, 1.0)).hopfs
    found = special_point_near(lambda count: new.with_parameter("I to I.count", count).structure, before)
    assert_allclose([found.value, found.frequency], [after.value, after.frequency], rtol=1e-6)
    assert found.frequency < 0.95 * before.frequency


def test_a_network_without_such_a_point_is_refused() -> None:
    (fold, _) = bistable().continuation("E.external", RANGE).folds
    alone = bistable(0.1)
    with pytest.raises(ValueError, match="no fold next to"):
        special_point_near(lambda level: alone.with_parameter("E.external", level).structure, fold)
    crossing = SpecialPoint("branch point", fold.value, fold.state, 0.0)
    with pytest.raises(ValueError, match="give a fold or a hopf"):
        special_point_near(lambda level: alone.with_parameter("E.external", level).structure, crossing)


def test_a_branch_ends_where_a_sigmoid_is_capped() -> None:
    """Nothing was measured beyond the cap, here between both folds; what lies below it is followed as without one."""
    whole = bistable().continuation("E.external", RANGE)
    lower, upper = sorted(whole.folds, key=lambda fold: float(fold.state[0]))
    v = float(SIGMOID.quantile(float(lower.state[0] + upper.state[0]) / 2 / SIGMOID.q_max))
    network = bistable().with_population("E", rate=capped(SIGMOID, v))
    found = network.continuation("E.external", RANGE)
    below = [fold for fold in found.folds if fold.state[0] < 0.99 * network.structure.q_max[0]]
    assert_allclose([f.value for f in below], [lower.value], rtol=1e-6)
