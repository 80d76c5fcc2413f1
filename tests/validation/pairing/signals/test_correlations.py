"""Pairwise correlations: the fast sums against Elephant, planted correlations, and the mean field of counts."""

import numpy as np
import pytest
import quantities as pq
from numpy.testing import assert_allclose

from mesobridge.spiking.spike_trains import spike_trains
from mesobridge.validation.pairing.signals.correlations import (
    CountMoments,
    measured_correlations,
    predicted_correlations,
)

from ..planted import planted
from ..trains import common_cause, poisson_trains, recording


def test_mean_correlations_are_those_of_elephant() -> None:
    from elephant.conversion import BinnedSpikeTrain
    from elephant.spike_train_correlation import covariance

    rng = np.random.default_rng(1)
    found = recording({"E": common_cause(rng, 25, 20.0, 0.3, 20.0), "I": poisson_trains(rng, 10, 12.0, 20.0)}, 20.0)
    moments = CountMoments(found, 0.05)
    # Elephant puts a spike at a border into the bin after it, we into the bin that its step belongs to.
    early = found.assign(spike_time=found["spike_time"] - 0.5e-4)
    trains = [train for name in ("E", "I") for train in spike_trains(early, name)]
    matrix = np.asarray(covariance(BinnedSpikeTrain(trains, bin_size=50 * pq.ms, t_start=0 * pq.s, t_stop=20 * pq.s)))
    own = np.diag(matrix)
    within = matrix[:25, :25][~np.eye(25, dtype=bool)].mean() / own[:25].mean()
    across = matrix[:25, 25:].mean() / np.sqrt(own[:25].mean() * own[25:].mean())
    assert within > 0.05
    assert_allclose(moments.correlation(0, 0)[0], within, rtol=1e-9)
    assert_allclose(moments.correlation(0, 1)[0], across, rtol=1e-7, atol=1e-12)


def test_cells_that_share_spikes_are_correlated_as_much_as_they_share() -> None:
    rng = np.random.default_rng(2)
    z = []
    for _ in range(20):
        found = recording({"E": common_cause(rng, 20, 20.0, 0.2, 10.0)}, 10.0)
        (pair,) = measured_correlations(found, (0.02, 0.1))
        z.append((pair.measured - 0.2) / pair.error)
    assert np.all(np.abs(np.mean(z, axis=0)) < 4 / np.sqrt(20))
    assert np.all(np.std(z, axis=0) < 2)


def test_independent_cells_are_not_correlated() -> None:
    rng = np.random.default_rng(3)
    found = recording({"E": poisson_trains(rng, 60, 20.0, 20.0), "I": poisson_trains(rng, 30, 20.0, 20.0)}, 20.0)
    pairs = measured_correlations(found, (0.05, 0.2))
    assert [(pair.one, pair.other) for pair in pairs] == [("E", "E"), ("E", "I"), ("I", "I")]
    assert all(np.all(np.abs(pair.measured) < 4 * pair.error) for pair in pairs)


def test_windows_that_the_recording_holds_too_rarely_and_silent_cells_are_left_out() -> None:
    rng = np.random.default_rng(4)
    found = recording({"E": poisson_trains(rng, 60, 20.0, 4.0), "I": [np.array([0.1])] * 5}, 4.0)
    (pair,) = measured_correlations(found, (0.05, 0.1, 0.2))
    assert pair.window.tolist() == [0.05, 0.1]


def test_the_mean_field_expects_the_same_in_all_windows_at_once_and_one_by_one() -> None:
    network = planted()
    rng = np.random.default_rng(5)
    found = recording({"E": poisson_trains(rng, 30, 20.0, 20.0), "I": poisson_trains(rng, 30, 20.0, 20.0)}, 20.0)
    pairs = measured_correlations(found, (0.01, 0.1))
    rates = network.reference()
    together = predicted_correlations(network, rates, pairs)
    for pair, values in zip(pairs, together, strict=True):
        alone = [network.count_correlation(float(w), pair.one, pair.other, rates) for w in pair.window]
        assert_allclose(values, alone, rtol=2e-3, atol=1e-8)
    assert max(np.abs(values).max() for values in together) > 1e-4


@pytest.mark.slow
def test_the_error_of_a_correlation_is_its_scatter() -> None:
    rng = np.random.default_rng(6)
    found = [
        measured_correlations(recording({"E": poisson_trains(rng, 40, 15.0, 10.0)}, 10.0), (0.05,))[0]
        for _ in range(150)
    ]
    scatter = np.std([pair.measured[0] for pair in found], ddof=1)
    assert_allclose(np.mean([pair.error[0] for pair in found]), scatter, rtol=4 / np.sqrt(2 * 150) + 0.05)
