"""A chain of stages against its closed forms and at the ends of time."""

import numpy as np
from numpy.testing import assert_allclose
from scipy.special import gammainc

from mesobridge.meanfield.kernels.stage_occupancy import last_stage


def test_one_stage_is_an_exponential() -> None:
    time = np.array([[0.0, 1e-3], [0.1, 5.0]])
    assert_allclose(last_stage(np.array([40.0]), time), np.exp(-40 * time), rtol=1e-13)


def test_what_has_passed_equal_stages_is_an_incomplete_gamma_function() -> None:
    time = np.geomspace(1e-4, 3.0, 40)
    assert_allclose(last_stage(np.append(np.full(6, 100.0), 0.0), time), gammainc(6, 100 * time), rtol=1e-12)


def test_the_ends_of_time() -> None:
    rates = np.array([1e5, 200.0, 3.0])
    time = np.array([0.0, 1e150, np.nan])
    assert_allclose(last_stage(rates, time), [0.0, 0.0, np.nan])
    assert_allclose(last_stage(np.append(rates, 0.0), time), [0.0, 1.0, np.nan], rtol=1e-12)


def test_no_times_give_no_values() -> None:
    assert last_stage(np.array([1.0, 2.0]), np.zeros((0, 3))).shape == (0, 3)
    assert np.isnan(last_stage(np.array([1.0]), np.array(np.nan)))
