import numpy as np
import pytest
from scipy import sparse

from mesobridge.meanfield.dynamics.connections import Connections


def test_rows_are_targets_and_columns_sources():
    found = Connections.of_matrices([[0, 2.0], [3.0, 0]], [[9, 0.1], [0.2, 9]])
    assert found.starts.tolist() == [0, 1, 2]
    assert found.targets.tolist() == [1, 0]
    assert found.weights.tolist() == [3.0, 2.0]
    assert found.delays.tolist() == [0.2, 0.1]


def test_sparse_and_dense_are_one():
    rng = np.random.default_rng(5)
    weights = rng.random((7, 7)) * (rng.random((7, 7)) < 0.4)
    delays = rng.random((7, 7))
    dense = Connections.of_matrices(weights, delays)
    thin = Connections.of_matrices(sparse.csr_array(weights), sparse.csr_array(delays))
    assert len(dense.targets) == np.count_nonzero(weights) > 5
    for name in ("starts", "targets", "weights", "delays"):
        assert np.array_equal(getattr(dense, name), getattr(thin, name))


def test_a_delay_between_steps_is_shared_between_both_samples():
    stepped = Connections.of_matrices([[0, 2.0], [0, 0]], 0.00325).in_steps(1e-3)
    assert stepped.lags.tolist() == [3]
    assert stepped.near == pytest.approx([1.5])
    assert stepped.far == pytest.approx([0.5])
    assert stepped.length == 5
    assert stepped.fast.size == 0


def test_whole_steps_read_one_sample_in_spite_of_rounding():
    stepped = Connections.of_matrices([[0, 2.0], [0, 0]], 0.1 + 0.2).in_steps(0.1)
    assert stepped.lags.tolist() == [3]
    assert stepped.far.tolist() == []


@pytest.mark.parametrize(
    ("weights", "delays", "words"),
    [
        (np.ones((2, 3)), 0.0, "one row and one column"),
        (np.ones((2, 2)), np.ones((3, 3)), "one for each"),
        (np.ones((2, 2)), -1.0, "negative"),
        (np.full((2, 2), np.nan), 0.0, "not finite"),
    ],
)
def test_mistakes_are_named(weights, delays, words):
    with pytest.raises(ValueError, match=words):
        Connections.of_matrices(weights, delays)


def test_connections_faster_than_a_step_are_listed_with_their_sources():
    stepped = Connections.of_matrices([[0, 2.0], [3.0, 0]], [[0, 0.0004], [0.003, 0]]).in_steps(1e-3)
    assert stepped.fast.tolist() == [1]
    assert stepped.fast_sources.tolist() == [1]
