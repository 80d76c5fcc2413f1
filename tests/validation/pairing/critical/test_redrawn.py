"""Redrawn estimates scatter as their covariance says."""

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from mesobridge.bridge.sigmoid_fit import SigmoidEstimate, fit_sigmoid
from mesobridge.meanfield import LogisticSigmoid
from mesobridge.validation.pairing.critical.redrawn import drawn_sigmoid

from ....bridge.planted import draw_poisson_table

TRUTH = LogisticSigmoid(80.0, -50e-3, 2e-3)


def counted(seed: int) -> xr.Dataset:
    """Return a table of levels whose counts are Poisson about the truth."""
    return draw_poisson_table(TRUTH, np.linspace(-60e-3, -46e-3, 15), 100.0, seed)


@pytest.fixture(scope="module")
def estimate() -> SigmoidEstimate:
    return fit_sigmoid(counted(1), family="exgaussian", intervals="none")


def test_drawn_curves_scatter_as_the_band_of_the_estimate(estimate: SigmoidEstimate) -> None:
    rng = np.random.default_rng(2)
    v = np.array([-54e-3, -51e-3, -49e-3])
    drawn = np.array([drawn_sigmoid(estimate, rng)(v) for _ in range(200)])
    rate, error = estimate.rate_band(v)
    assert np.all(error > 0)
    assert np.all(np.abs(drawn.mean(axis=0) - rate) < 4 * error / np.sqrt(200) + 1e-3 * rate)
    assert_allclose(drawn.std(axis=0), error, rtol=4 / np.sqrt(2 * 200))


def test_the_same_normal_numbers_move_two_estimates_alike() -> None:
    one, other = (fit_sigmoid(counted(seed), family="exgaussian", intervals="none") for seed in (1, 3))
    v = np.linspace(-54e-3, -48e-3, 9)
    moved = [
        [np.asarray(drawn_sigmoid(each, np.random.default_rng(seed))(v)) - each.sigmoid(v) for seed in range(30)]
        for each in (one, other)
    ]
    assert np.corrcoef(np.ravel(moved[0]), np.ravel(moved[1]))[0, 1] > 0.9
