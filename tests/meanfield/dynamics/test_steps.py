import numpy as np

from mesobridge.meanfield.dynamics.steps import (
    added,
    at_rest,
    combine,
    couple,
    held,
    keep_alone,
    moved,
    put_back,
    read_past,
    recouple,
    standing,
    write_past,
)

SIZES = (2, 1, 1, 1)


def test_coupling_adds_up_the_two_samples_of_every_source():
    ring = np.array([[10.0, 20.0, 30.0, 40.0], [1.0, 2.0, 3.0, 4.0]])
    signals = np.concatenate([ring, ring], axis=1)
    coupled = np.full(2, 99.0)
    starts, targets = np.array([0, 1, 2]), np.array([1, 0])
    couple(coupled, signals, 1, starts, targets, np.array([0, 2]), np.array([0.5, 1.0]), np.array([0.25, 0.0]))
    # From source 0: now (slot 1) and a step before (slot 0); from source 1: two steps before slot 1, which is slot 3.
    assert coupled.tolist() == [4.0, 0.5 * 20 + 0.25 * 10]


def test_the_past_is_read_as_it_was_written():
    pasts, z = np.zeros((1, 1, 8)), np.zeros(1)
    for slot, value in enumerate([5.0, 6.0, 7.0]):
        write_past(SIZES, pasts, np.array([[0.0, value]]), 0, slot, np.array([1]))
    read_past(SIZES, z, pasts, 0, 2, np.array([[1]]), np.array([[[0.5, 0.5]]]), 0)
    assert z[0] == 5.5


def test_rates_of_all_stages_are_weighted():
    y = np.array([[1.0, 2.0]])
    combine(SIZES, y, np.array([[[1.0, 1.0]], [[3.0, 5.0]]]), 0.1, np.array([0.5, 0.5]))
    assert np.allclose(y, [[1.2, 2.3]])


def test_a_guess_is_replaced_by_what_is_known():
    coupled, signals = np.array([7.0]), np.array([[2.0, 5.0]])
    recouple(coupled, signals, 1, np.array([[9.0, 6.0]]), 1, [0], [0], [0], [0.5])
    assert coupled[0] == 7.5


def test_tuples_are_moved_element_by_element():
    assert moved((1.0, 2.0), 0.5, (4.0, -2.0)) == (3.0, 1.0)
    y = np.array([[3.0, 5.0]])
    assert standing(y) == (3.0, 5.0)
    assert at_rest(y) == (0.0, 0.0)
    put_back(y, (7.0, 8.0))
    assert y.tolist() == [[7.0, 8.0]]
    drive, noise, record = np.array([[[1.0, 2.0]], [[3.0, 4.0]]]), np.array([[[0.5, 0.25]]]), np.zeros((2, 1, 3))
    assert held(drive, 1) == (3.0, 4.0)
    assert added(drive, 1, noise, 0) == (3.5, 4.25)
    keep_alone(record, 1, (7.0, 8.0), (9.0,))
    assert record.tolist() == [[[0.0, 0.0, 0.0]], [[7.0, 8.0, 9.0]]]
