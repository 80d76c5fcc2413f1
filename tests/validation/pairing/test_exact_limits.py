"""What infinitely many cells do is known exactly: networks must come to it as 1/sqrt(N), at all times."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from mesobridge.bridge.circuit_reduction import reduce_circuit
from mesobridge.meanfield import CascadeKernel, PopulationNetwork
from mesobridge.meanfield.networks import DelayDistribution
from mesobridge.validation.pairing.comparison import curvature_shift
from mesobridge.validation.pairing.score import CurveScore, course_score

from . import coupled_density, exact_lnp

Array = NDArray[np.float64]

pytestmark = pytest.mark.cpp


def exponent(errors: dict[int, Array]) -> tuple[float, float]:
    """Return the exponent with which the errors of single trials fall with the size, and its standard error."""
    size = np.concatenate([np.full(values.size, np.log(number)) for number, values in errors.items()])
    (slope, _), covariance = np.polyfit(size, np.log(np.concatenate(list(errors.values()))), 1, cov=True)
    return float(slope), float(np.sqrt(covariance[0, 0]))


def lnp_scores(trials: Array, network: PopulationNetwork) -> list[CurveScore]:
    """Score the courses of all populations; the floor is the shift of the mean that 1/N makes."""
    predicted, floors = exact_lnp.course(network), np.abs(curvature_shift(network, network.reference()))
    return [
        course_score(name, trials[:, k], predicted[k], "Hz", floor=float(floors[k]))
        for k, name in enumerate(network.names)
    ]


def holds(scores: list[CurveScore]) -> bool:
    return min(score.p_value for score in scores) * len(scores) > 0.01


def refused(scores: list[CurveScore], level: float = 1e-3) -> bool:
    return min(score.p_value for score in scores) * len(scores) < level


def no_delay(network: PopulationNetwork) -> PopulationNetwork:
    for projection in network.projections:
        network = network.with_projection(projection.name, delay=DelayDistribution(0.0))
    return network


def half_a_millisecond_early(network: PopulationNetwork) -> PopulationNetwork:
    for projection in network.projections:
        earlier = DelayDistribution(projection.delay.mean - 0.5e-3)
        network = network.with_projection(projection.name, delay=earlier)
    return network


def another_kernel(network: PopulationNetwork) -> PopulationNetwork:
    """Return the network with inhibitory kernels of the same area and mean lag, and of another shape."""
    for projection in network.projections:
        if projection.source == "I":
            area, lag = projection.kernel.area, projection.kernel.mean_lag
            network = network.with_projection(projection.name, kernel=CascadeKernel(area, (lag / 2, lag / 2)))
    return network


WRONG: dict[str, Callable[[PopulationNetwork], PopulationNetwork]] = {
    "no delay": no_delay,
    "half a millisecond less delay": half_a_millisecond_early,
    "a kernel of the same area and lag": another_kernel,
}


def test_few_memoryless_cells_follow_their_mean_field_at_all_times() -> None:
    network = exact_lnp.theory(500)
    predicted = exact_lnp.course(network)
    assert np.all(np.ptp(predicted, axis=1) > 50)
    assert np.all(predicted[:, 20:24] < 1e-3)  # all are silent, and start together
    trials = np.stack([exact_lnp.trial(500, seed) for seed in range(1, 17)])
    assert holds(lnp_scores(trials, network))
    assert refused(lnp_scores(trials, no_delay(network)))
    assert refused(lnp_scores(trials, another_kernel(network)))


@pytest.mark.slow
def test_memoryless_cells_come_to_their_mean_field_as_the_root_of_their_number() -> None:
    trials = {
        size: np.stack([exact_lnp.trial(size, seed) for seed in range(1, count + 1)])
        for size, count in {500: 40, 2000: 30, 8000: 20, 32000: 10}.items()
    }
    for k in range(2):
        off = {n: np.sqrt(np.mean((t[:, k] - exact_lnp.course(exact_lnp.theory(n))[k]) ** 2, axis=1))
               for n, t in trials.items()}  # fmt: skip
        slope, error = exponent(off)
        assert error < 0.03
        assert abs(slope + 0.5) < 3 * error
    for size, runs in trials.items():
        assert holds(lnp_scores(runs, exact_lnp.theory(size)))
    most = exact_lnp.theory(32000)
    for wrong in WRONG.values():
        assert refused(lnp_scores(trials[32000], wrong(most)), 1e-10)
    still_width = reduce_circuit(exact_lnp.circuit(32000))
    assert refused(lnp_scores(trials[32000], still_width), 1e-10)


def test_few_leaky_cells_follow_their_density_at_all_times() -> None:
    predicted = coupled_density.density_course()
    onset = round(coupled_density.ONSET / coupled_density.BIN)
    late = predicted[onset + 50]
    assert predicted[onset:].max() > 1.5 * late  # it overshoots, and rings
    assert predicted[onset:][:30].min() < late
    trials = np.stack([coupled_density.trial(500, seed) for seed in range(1, 17)])
    assert holds([course_score("density", trials, predicted, "Hz")])
    assert refused([course_score("still", trials, coupled_density.still_course(), "Hz")], 1e-10)
    uncoupled = coupled_density.density_course(shared=0.0)
    assert refused([course_score("uncoupled", trials, uncoupled, "Hz")], 1e-10)


@pytest.mark.slow
def test_leaky_cells_come_to_their_density_as_the_root_of_their_number() -> None:
    predicted = coupled_density.density_course()
    trials = {
        size: np.stack([coupled_density.trial(size, seed) for seed in range(1, count + 1)])
        for size, count in {500: 40, 1600: 30, 5000: 20, 16000: 12}.items()
    }
    slope, error = exponent({n: np.sqrt(np.mean((t - predicted) ** 2, axis=1)) for n, t in trials.items()})
    assert error < 0.02
    assert abs(slope + 0.5) < 3 * error
    for runs in trials.values():
        assert holds([course_score("density", runs, predicted, "Hz")])
        assert refused([course_score("still", runs, coupled_density.still_course(), "Hz")], 1e-10)
    hasty = coupled_density.density_course(delay=0.5e-3)
    assert refused([course_score("too early", trials[16000], hasty, "Hz")], 1e-10)


@pytest.mark.slow
def test_the_floor_of_leaky_cells_is_that_of_the_clock() -> None:
    """A threshold that is seen once a step is missed at times: the error grows with the root of the step."""
    missed = []
    for dt in (1e-4, 2e-4, 4e-4):
        trials = np.stack([coupled_density.trial(16000, seed, dt) for seed in range(1, 13)])
        continuous = course_score("continuous", trials, coupled_density.density_course(dt, clock=False), "Hz")
        clocked = course_score("clocked", trials, coupled_density.density_course(dt), "Hz")
        assert refused([continuous], 1e-6)
        assert clocked.excess < 0.25 * continuous.excess
        missed.append(continuous.excess)
    slope = np.polyfit(np.log([1, 2, 4]), np.log(missed), 1)[0]
    assert abs(slope - 0.5) < 0.1
