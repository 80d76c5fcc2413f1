"""The rate kernel: that of the potential for cells without memory, faster where the rate anticipates."""

import numpy as np
import pytest
from scipy.integrate import trapezoid

from mesobridge.bridge.estimate import EstimateRefused
from mesobridge.bridge.rate_kernel import estimate_rate_kernel, reduction_error
from mesobridge.meanfield.kernels import BiexponentialKernel
from mesobridge.meanfield.sigmoids import ExGaussianSigmoid

from .planted import draw_noise_response

KERNEL = BiexponentialKernel(area=3e-6, rise=0.005, decay=0.020)
SIGMOID = ExGaussianSigmoid(q_max=100, theta=-0.055, sigma=0.003, kappa=0.004)
V = -0.053


def test_memoryless_cells_have_the_kernel_of_their_potential():
    lags, gains = [], []
    truth = float(SIGMOID.gain(V)) * 3e-6
    for seed in range(20):
        found = estimate_rate_kernel(draw_noise_response(KERNEL, SIGMOID, v_mean=V, seed=seed))
        lags.append(found.mean_lag.covers(KERNEL.mean_lag))
        gains.append((found.gain.value - truth) / found.gain.standard_error)
        ratio = reduction_error(found, KERNEL, np.array([4.0]), mean_lag_error=1e-4).lag_ratio
        assert ratio.covers(1.0) == pytest.approx(True) or not lags[-1]
    assert sum(lags) >= 17
    assert abs(np.mean(gains)) < 1.5


def test_transfer_and_its_error_are_those_of_the_kernel():
    found = estimate_rate_kernel(draw_noise_response(KERNEL, SIGMOID, v_mean=V, seed=3, duration=40.0))
    use = found.used & (found.frequency > 4)
    expected = np.abs(KERNEL.transfer(found.frequency[use])) * float(SIGMOID.gain(V))
    error = (np.abs(found.transfer[use]) - expected) / (np.abs(found.transfer[use]) * found.relative_error[use])
    assert use.sum() >= 5
    assert np.mean(error**2) < 3
    assert trapezoid(found.kernel.response, found.kernel.time) == pytest.approx(1.0, rel=0.05)


def _anticipating(rate, sample):
    """Half of the rate follows its own slope: a lead of 15 ms."""
    return rate + 0.015 * np.gradient(rate, sample)


def test_cells_that_anticipate_are_seen_to_differ():
    recording = draw_noise_response(
        KERNEL, SIGMOID, v_mean=V, seed=1, duration=40.0, amplitude=0.1, cells=1000, memory=_anticipating
    )
    error = reduction_error(estimate_rate_kernel(recording), KERNEL, np.array([5.0, 15.0]))
    assert error.lag_ratio.interval[1] < 1.0
    assert np.all(error.transfer_ratio > 1.0)
    assert error.transfer_ratio[1] - 3 * error.transfer_ratio_error[1] > 1.0


def test_incoherent_and_short_recordings_are_refused():
    with pytest.raises(EstimateRefused, match="Not coherent"):
        estimate_rate_kernel(draw_noise_response(KERNEL, lambda v: 0 * v + 20.0, v_mean=V, duration=10.0))
    with pytest.raises(EstimateRefused, match="Too short"):
        estimate_rate_kernel(draw_noise_response(KERNEL, SIGMOID, v_mean=V, duration=1.0))
    with pytest.raises(EstimateRefused, match="less than one segment"):
        estimate_rate_kernel(draw_noise_response(KERNEL, SIGMOID, v_mean=V, duration=1.0), segment=2.0)
