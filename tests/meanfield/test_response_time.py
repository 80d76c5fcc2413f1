"""Response times: the published numbers and why they differ by what they do, known filters, limits of silent cells."""

from typing import Any

import numpy as np
import pytest
from numba import njit
from numpy.testing import assert_allclose

from mesobridge.meanfield import FitOutcome, eif_response, eif_response_times
from mesobridge.meanfield.eif_response import stationary_cells
from mesobridge.meanfield.exponential_cell import ExponentialCell
from mesobridge.meanfield.response_time import (
    OUTCOMES,
    SHORTEST,
    fitted_time_constant,
    response_contour,
    response_times,
)

CELL: dict[str, Any] = {
    "tau_m": 20e-3, "tau_ref": 0.0, "v_threshold": -50e-3, "v_reset": -70e-3, "slope_factor": 1.5e-3,
    "v_cutoff": -40e-3,
}  # fmt: skip
SIGMA = 1.5e-3 * np.sqrt(20.0)
CONTOUR = response_contour(1000.0)


def at(mu: Any) -> Any:
    """Mean free potential of a drift in mV/ms."""
    return -65e-3 + 20e-3 * np.asarray(mu)


@njit
def first_order_response(v, reset, mu, sigma, w):
    """Richardson's scheme with the drift at the nodes, in mV and ms: rate, and responses to mu and to sigma."""
    h, pull = v[1] - v[0], 2 / sigma**2
    exponent = pull * ((v + 65.0 - 1.5 * np.exp((v + 50.0) / 1.5)) / 20.0 - mu)
    decay = np.exp(h * exponent)
    gain = (decay - 1) / exponent * pull
    p, j = np.zeros(v.size), np.zeros(v.size)
    j[reset:] = 1.0
    for k in range(v.size - 1, 0, -1):
        p[k - 1] = p[k] * decay[k] + (gain[k] if k > reset else 0.0)
    rate = 1 / (h * p.sum())
    p, j = p * rate, j * rate
    response = np.zeros((2, w.size), dtype=np.complex128)
    for part in range(2):
        source = p if part == 0 else 2 / sigma * (j + exponent / pull * p)
        for i in range(w.size):
            ja, pa, jb, pb = 1.0 + 0j, 0j, 0j, 0j
            for k in range(v.size - 1, 0, -1):
                new = ja + 1j * w[i] * h * pa - (1.0 if k == reset + 1 else 0.0)
                pa, before = pa * decay[k] + gain[k] * ja, pb
                pb = pb * decay[k] + gain[k] * (jb - source[k])
                jb += 1j * w[i] * h * before
                ja = new
            response[part, i] = -jb / ja
    return rate, response


def times_of_first_order(h: float, mu: float, sigma: float = 1.5) -> tuple[float, float]:
    """Fit as published: evenly up to 1 kHz, slopes by differences of the rate, tau by search over a fine grid; ms."""
    v = np.arange(-130.0, -40.0 + h / 2, h)
    reset = int(np.argmin(np.abs(v + 70)))
    w = 2 * np.pi * np.arange(2.0, 1000.0, 2.0) * 1e-3
    rate, response = first_order_response(v, reset, mu, sigma, w)
    none, d = w[:0], 1e-5
    slopes = [
        first_order_response(v, reset, mu + d, sigma, none)[0],
        first_order_response(v, reset, mu, sigma + d, none)[0],
    ]
    found = []
    for part, trial in ((0, np.arange(0.5, 12, 0.005)), (1, np.arange(0.02, 3, 0.005))):
        shape = response[part] * d / (slopes[part] - rate)
        filters = 1 / (1 + 1j * np.outer(trial, w))
        found.append(float(trial[np.argmin(np.sum(np.abs(filters - shape) ** 2, axis=1))]))
    return found[0], found[1]


PUBLISHED = {0.5: (8.65, 1.79), 1.0: (2.60, 0.24), 1.5: (1.36, 0.13)}


@pytest.mark.slow
@pytest.mark.parametrize("mu", PUBLISHED)
def test_the_published_first_order_scheme_gives_the_published_numbers_and_tends_to_ours(mu):
    """0.01 mV is the published step; the printed digits and the published search allow 0.01 ms."""
    coarse, published_step = times_of_first_order(0.02, mu), times_of_first_order(0.01, mu)
    assert_allclose(published_step, PUBLISHED[mu], atol=0.0101)
    ours = np.ravel(eif_response_times(at(mu), SIGMA, **CELL)[:2]) * 1e3
    extrapolated = 2 * np.array(published_step) - coarse
    assert_allclose(extrapolated, ours, atol=0.016)


def test_published_times_over_the_range_of_rates():
    """0.03, 0.9, 5.8, 25, 103 Hz; the published first-order scheme errs by up to 0.4 %."""
    found = eif_response_times(at([0.0, 0.25, 0.5, 1.0, 3.0]), SIGMA, **CELL)
    assert_allclose(found.tau_mu * 1e3, [20.26, 15.8, 8.65, 2.60, 0.54], rtol=4e-3, atol=5e-3)
    assert np.all(found.mu_outcome == OUTCOMES.index(FitOutcome.FITTED))


def test_the_membrane_time_constant_is_rejected():
    found = eif_response_times(at([0.5, 1.0, 1.5]), SIGMA, **CELL)
    assert np.all(CELL["tau_m"] > 2 * found.tau_mu)


@pytest.mark.parametrize("tau", [3e-6, 2e-4, 5e-3, 80e-3])
def test_an_exponential_response_gives_its_own_time_constant(tau):
    shape = 7.0 / (1 + CONTOUR.laplace * tau)
    found, outcome = fitted_time_constant(shape[None, :], np.array([7.0]), CONTOUR, 0.1)
    assert OUTCOMES[outcome[0]] is FitOutcome.FITTED
    assert_allclose(found, [tau], rtol=5e-6)


def test_the_path_below_the_axis_integrates_like_the_axis():
    """A regular cell at 176 Hz: resonances that 4000 real frequencies resolve, and 36 complex ones integrate."""
    mu, sigma = at(5.0), 0.5e-3 * np.sqrt(20.0)
    f = (np.arange(4000) + 0.5) / 4
    real = eif_response(f, mu, sigma, **CELL)
    slope = eif_response(0.0, mu, sigma, **CELL).real
    trial = np.geomspace(5e-5, 2e-3, 4000)
    overlap = (real / slope) @ (1 / (1 - 2j * np.pi * np.outer(f, trial)))
    distance = np.sum(1 / (1 + np.outer(2 * np.pi * f, trial) ** 2), axis=0) - 2 * overlap.real
    assert np.abs(real).max() > 3 * slope
    spacing = trial[1] / trial[0] - 1
    found = eif_response_times(mu, sigma, **CELL).tau_mu
    assert_allclose(found, trial[np.argmin(distance)], rtol=spacing + 3e-4)


def test_more_nodes_change_little():
    cell = ExponentialCell(**CELL)
    mu, sigma = at([-1.0, 0.0, 1.0, 3.0, 5.0, 0.0]), np.array([0.5, 1.5, 0.5, 0.5, 0.5, 5.0]) * 1e-3 * np.sqrt(20.0)
    taus = []
    for refinement in (1, 3):
        contour = response_contour(1000.0, refinement)
        laplace = np.concatenate([[0j], contour.laplace])
        found = stationary_cells(cell, mu, sigma, laplace)
        taus.append(response_times(found.relative_response, contour, cell.tau_m).tau_mu)
    assert_allclose(taus[0], taus[1], rtol=5e-5)


def test_a_silent_leaky_cell_follows_its_membrane_and_a_silent_exponential_cell_lags_it():
    """Leaky: tau_m for the mean, tau_m/2 for the variance. Exponential: longer the less noise."""
    leaky: dict[str, Any] = {"tau_m": 20e-3, "tau_ref": 2e-3, "v_threshold": 20e-3, "v_reset": 10e-3}
    sigma = np.array([2e-3, 1e-3, 5e-4])
    found = eif_response_times(5e-3, sigma, **leaky, slope_factor=0.0, v_cutoff=20e-3, size=8000)
    gaps = np.abs(np.array([found.tau_mu / 20e-3, found.tau_sigma / 10e-3]) - 1)
    assert np.all(gaps[:, -1] < 3e-3)
    assert np.all(np.diff(gaps, axis=1) < 0)
    exponential = eif_response_times(-65e-3, sigma, **CELL, size=8000)
    assert np.all(exponential.tau_mu > 30e-3)
    assert np.all(np.diff(exponential.tau_mu) > 4e-3)


def test_where_no_exponential_fits_it_is_said():
    falling = eif_response_times(at(3.0), SIGMA, **CELL)
    assert falling.tau_sigma == 0
    assert OUTCOMES[int(falling.sigma_outcome)] is FitOutcome.FALLING
    ones = np.ones((1, CONTOUR.laplace.size), dtype=complex)
    tau, outcome = fitted_time_constant(ones, np.ones(1), CONTOUR, 0.1)
    assert OUTCOMES[outcome[0]] is FitOutcome.SHORTEST
    assert tau[0] == SHORTEST
    tau, outcome = fitted_time_constant(1 / (1 + CONTOUR.laplace[None, :]), np.ones(1), CONTOUR, 0.1)
    assert OUTCOMES[outcome[0]] is FitOutcome.LONGEST
    assert_allclose(tau, [0.1])
    with pytest.raises(ValueError, match="1000 Hz"):
        response_contour(0.0)


def test_the_fit_knows_the_units_and_shape_of_its_arguments():
    found = eif_response_times("-55 mV", np.array([[6e-3], [7e-3]]), **CELL, highest_frequency="0.5 kHz")
    assert found.tau_mu.shape == found.sigma_outcome.shape == (2, 1)
    assert np.all(found.tau_mu > 0)
