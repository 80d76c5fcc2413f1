"""A rate through points: it meets them, its slopes are those of what was sampled, its errors fall with the step."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import ExponentialKernel
from mesobridge.meanfield.models.population_network import PopulationNetwork
from mesobridge.meanfield.networks import CurveRate, NetworkPopulation, NetworkProjection
from mesobridge.meanfield.networks.steady_states import Certificate


def bell(v: np.ndarray) -> np.ndarray:
    return 5.0 * np.exp(-((v + 62e-3) ** 2) / (2 * 3e-3**2))


def curve(points: int = 41) -> CurveRate:
    v = np.linspace(-75e-3, -50e-3, points)
    return CurveRate(v, bell(v))


def test_it_meets_its_points_and_is_held_outside() -> None:
    found = curve()
    assert_allclose(found(found.v), found.rate, atol=1e-12)
    assert_allclose(found([-0.2, 0.0]), found.rate[[0, -1]], atol=1e-12)
    assert_allclose(found.slopes([-0.2, 0.0])[0], 0.0)
    assert not found.uses_variance


def test_errors_fall_with_the_step() -> None:
    v = np.linspace(-70e-3, -54e-3, 501)
    steps, errors, slopes = [], [], []
    for points in (21, 41, 81, 161):
        found = curve(points)
        steps.append(1 / (points - 1))
        errors.append(np.max(np.abs(found(v) - bell(v))))
        expected = -(v + 62e-3) / 3e-3**2 * bell(v)
        slopes.append(np.max(np.abs(found.slopes(v)[0] - expected)))
    assert np.polyfit(np.log(steps), np.log(errors), 1)[0] > 1.8
    assert np.polyfit(np.log(steps), np.log(slopes), 1)[0] > 0.8


def test_a_point_at_the_top_does_not_flatten_the_curve() -> None:
    v = np.array([-66, -64, -62, -60, -58, -56, -54]) * 1e-3
    rate = np.array([1.0, 3.0, 4.0, 3.9, 3.0, 1.0, 0.0])
    assert CurveRate(v, rate).slopes(-62e-3)[0] > 50


def test_cells_with_spread_potentials_fire_at_their_mean_rate() -> None:
    wide = curve(161).spread(2e-3)
    width = np.hypot(3e-3, 2e-3)
    v = np.linspace(-66e-3, -58e-3, 9)
    assert_allclose(wide(v), 5.0 * 3e-3 / width * np.exp(-((v + 62e-3) ** 2) / (2 * width**2)), rtol=2e-3)
    assert curve().spread(0.0)(-62e-3) == curve()(-62e-3)


def test_a_network_with_a_falling_rate_is_not_enclosed_by_boxes_that_need_rising_ones() -> None:
    network = PopulationNetwork(
        populations=[NetworkPopulation(name="relay", rate=curve(), operating_v=-64e-3)],
        projections=[NetworkProjection(source="relay", target="relay", kernel=ExponentialKernel(0.1, 1e-2), count=20)],
    )
    assert not network.structure.rising
    search = network.search()
    assert search.certificate is not Certificate.ENCLOSED
    assert_allclose(network.structure.mapped(search.rates), search.rates, rtol=1e-6)


@pytest.mark.parametrize(
    ("v", "rate", "reason"),
    [
        ([0.0, 1.0], [1.0, 2.0], "5 or more"),
        ([0.0, 1.0, 2.0, 3.0, 3.0], [1.0] * 5, "v must rise"),
        (np.arange(5.0), [0.0] * 5, "one be positive"),
        (np.arange(5.0), [0.0, 1.0, -1.0, 0.0, 0.0], "no rate be negative"),
        (np.arange(5.0), [0.0, np.nan, 1.0, 0.0, 0.0], "not finite"),
    ],
)
def test_what_is_no_curve_is_refused(v: list[float], rate: list[float], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        CurveRate(np.array(v), np.array(rate))
