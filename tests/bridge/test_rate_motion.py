"""The motion of a rate from noise: none for cells without memory, the planted one, that of leaky cells."""

import numpy as np
import pytest
import xarray as xr
from scipy.signal import lfilter
from scipy.stats import chi2

from mesobridge.bridge.estimate import EstimateRefused
from mesobridge.bridge.rate_motion import RateMotionEstimate, estimate_rate_motion
from mesobridge.meanfield import lif_response
from mesobridge.meanfield.kernels import BiexponentialKernel
from mesobridge.meanfield.networks import RateMotion
from mesobridge.meanfield.sigmoids import ExGaussianSigmoid

from .planted import draw_noise_response, ornstein_uhlenbeck

KERNEL = BiexponentialKernel(area=3e-6, rise=0.005, decay=0.020)
SIGMOID = ExGaussianSigmoid(q_max=100, theta=-0.055, sigma=0.003, kappa=0.004)
V = -0.053
PLANTED = RateMotion((9e-3,), (2e-3,))


def moved(motion: RateMotion, seed: int, *, duration: float = 20.0, cells: int = 2000) -> xr.Dataset:
    """Return a recording of cells without memory whose rate is that of the potential behind a motion of order 0 or 1.

    Potential and rate are made ten times as fine as they are recorded.
    """
    rng, fine, per = np.random.default_rng(seed), 1e-4, 10
    played = ornstein_uhlenbeck(rng, (round(duration / fine),), float(np.exp(-fine / 1e-3)))
    kept = float(np.exp(-fine / 8e-3))
    v = 1e-3 * np.asarray(lfilter([1 - kept], [1.0, -kept], played))
    felt = v
    if motion.order:
        (lead,), (lag,) = motion.numerator, motion.denominator
        kept = float(np.exp(-fine / lag))
        # What is ahead of the potential: (lead/lag - 1) times its part faster than the lag.
        slow = np.asarray(lfilter([(1 - kept) / 2, (1 - kept) / 2], [1.0, -kept], v))
        felt = v + (lead / lag - 1) * (v - slow)
    rate, v, played = (np.reshape(x, (-1, per)).mean(axis=1) for x in (SIGMOID(V + felt), v, played))
    dims = ("stimulus", "group", "time")
    return xr.Dataset(
        {
            "rate": (dims, (rng.poisson(rate * cells * 1e-3) / (cells * 1e-3))[None, None]),
            "v_free": (dims, V + v[None, None]),
            "input": (("stimulus", "time"), played[None]),
        },
        coords={"time": 1e-3 * (np.arange(rate.size) + 0.5)},
    )


def missed(found: RateMotionEstimate, expected: np.ndarray) -> float:
    """Return chi squared of the measured response against an expected one (Hz/V)."""
    return float(np.sum(np.abs((found.response - expected) / found.error) ** 2))


def test_cells_without_memory_have_no_motion() -> None:
    orders, slopes, chi = [], [], []
    # The potential moves by sd 1 mV sqrt(1/(1 + 8)) about V: the slope is the mean one there.
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    truth = float(SIGMOID.gain(V + 1e-3 / 3 * nodes) @ weights / weights.sum())
    for seed in range(10):
        found = estimate_rate_motion(moved(RateMotion(), seed))
        orders.append(found.motion.order)
        slopes.append((found.slope.value - truth) / found.slope.standard_error)
        chi.append(missed(found, np.full(found.frequency.size, found.slope.value)) / (found.degrees))
    assert sum(order == 0 for order in orders) >= 9
    # Student's squared t of 19 degrees of freedom has mean 19/17.
    assert np.mean(np.square(slopes)) < 19 / 17 * chi2.ppf(0.999, 10) / 10
    assert np.mean(chi) == pytest.approx(1.0, abs=0.2)


def test_a_planted_motion_is_found_within_its_error() -> None:
    frequency, misses = np.array([8.0, 20.0, 50.0, 100.0]), []
    for seed in range(8):
        found = estimate_rate_motion(moved(PLANTED, seed, duration=40.0))
        error = found.transfer_error(frequency)
        assert np.all(error > 0)
        assert found.chi_squared[0] > 10 * found.degrees
        misses.append((np.abs(found.motion.transfer(frequency)) - np.abs(PLANTED.transfer(frequency))) / error)
    assert np.mean(np.square(misses)) < 2.0


def test_noise_without_answer_and_short_recordings_are_refused() -> None:
    silent = draw_noise_response(KERNEL, lambda v: 0 * v + 20.0, v_mean=V, duration=20.0)
    with pytest.raises(EstimateRefused, match="Not coherent"):
        estimate_rate_motion(silent)
    with pytest.raises(EstimateRefused, match="Too short"):
        estimate_rate_motion(moved(RateMotion(), 0, duration=3.0))


CELL = {"tau_m": 10e-3, "tau_ref": 2e-3, "v_threshold": 20e-3, "v_reset": 10e-3}
MU, SIGMA, DT = 15e-3, 7e-3, 1e-4


def leaky_cells(cells: int, duration: float, seed: int) -> xr.Dataset:
    """Return leaky cells in white noise of their own, under one noise of the mean common to all."""
    rng = np.random.default_rng(seed)
    steps, per = round(duration / DT), 10
    warm = 2000
    common = 1.5e-3 * ornstein_uhlenbeck(rng, (steps + warm,), float(np.exp(-DT / 1e-3)))
    kept = float(np.exp(-DT / CELL["tau_m"]))
    noise = SIGMA * np.sqrt((1 - kept**2) / 2)
    v, left = np.full(cells, MU - 3e-3), np.zeros(cells, dtype=int)
    spikes = np.zeros(steps + warm)
    for n in range(steps + warm):
        v = MU + common[n] + (v - MU - common[n]) * kept + noise * rng.standard_normal(cells)
        v[left > 0] = CELL["v_reset"]
        left -= left > 0
        fired = v >= CELL["v_threshold"]
        spikes[n] = fired.sum()
        v[fired], left[fired] = CELL["v_reset"], round(CELL["tau_ref"] / DT)
    free = MU + np.asarray(lfilter([1 - kept], [1.0, -kept], common))
    rate, free, played = (a[warm:].reshape(-1, per).mean(axis=1) for a in (spikes / (cells * DT), free, MU + common))
    dims = ("stimulus", "group", "time")
    return xr.Dataset(
        {
            "rate": (dims, rate[None, None]), "v_free": (dims, free[None, None]),
            "input": (("stimulus", "time"), played[None], {"units": "V"}),
        },
        coords={"time": 1e-3 * (np.arange(rate.size) + 0.5)},
    )  # fmt: skip


@pytest.mark.slow
def test_leaky_cells_in_white_noise_move_as_theory_says() -> None:
    found = estimate_rate_motion(leaky_cells(1000, 20.0, 3))
    frequency = found.frequency
    assert frequency[-1] > 100.0

    def expected(tau: float) -> np.ndarray:
        response = lif_response(
            frequency, MU, SIGMA, tau_m=tau, tau_ref=CELL["tau_ref"], v_threshold=CELL["v_threshold"],
            v_reset=CELL["v_reset"], dt=DT,
        )  # fmt: skip
        return np.asarray(response * (1 + 2j * np.pi * frequency * tau))

    level = float(chi2.ppf(0.999, 2 * frequency.size))
    assert missed(found, expected(CELL["tau_m"])) < level
    assert missed(found, expected(1.3 * CELL["tau_m"])) > level
    assert missed(found, np.full(frequency.size, found.slope.value)) > level
    model = found.slope.value * found.motion.transfer(frequency)
    assert missed(found, model) < level
