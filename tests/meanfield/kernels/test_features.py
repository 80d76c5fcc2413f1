"""One battery for all kernels: causal, consistent moments, transfer, integral and waveform features."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import (
    AlphaKernel,
    BiexponentialKernel,
    CascadeKernel,
    ExponentialKernel,
    GammaKernel,
    MixtureKernel,
    StateSpaceKernel,
    TabulatedKernel,
    cutoff_frequency,
    waveform_features,
)

GRID = np.linspace(0, 0.4, 8001)
KERNELS = [
    ExponentialKernel(2e-6, 10e-3),
    AlphaKernel(-3e-6, 120.0),
    BiexponentialKernel(2e-6, 2e-3, 15e-3),
    BiexponentialKernel(2e-6, 8e-3, 8e-3),
    GammaKernel(1e-6, 1.7, 6e-3),
    CascadeKernel(2e-6, (0.5e-3, 2e-3, 20e-3)),
    CascadeKernel(2e-6, (5e-3, 5e-3, 5e-3)),
    MixtureKernel((0.7, 0.3), (ExponentialKernel(2e-6, 4e-3), CascadeKernel(1e-6, (2e-3, 20e-3)))),
    StateSpaceKernel([[-200.0, 0.0], [60.0, -50.0]], [1e-3, 0.0], [0.0, 1.0]),
    TabulatedKernel(GRID, CascadeKernel(2e-6, (2e-3, 15e-3))(GRID)),
]
NAMES = {"area", "mean_lag", "sd", "peak", "time_to_peak", "rise_time", "decay_time", "cutoff_frequency"}
each_kernel = pytest.mark.parametrize("kernel", KERNELS, ids=lambda k: type(k).__name__)


@each_kernel
def test_moments_are_those_of_the_waveform(kernel) -> None:
    t = np.linspace(0, 0.4, 100001)
    h, dt = kernel(t), t[1]
    weights = np.full(t.size, dt)
    weights[[0, -1]] /= 2
    area = h @ weights
    mean = h @ (weights * t) / area
    assert abs(area) > 1e-7
    assert_allclose(kernel.area, area, rtol=5e-6)
    assert_allclose(kernel.mean_lag, mean, rtol=1e-5)
    assert_allclose(kernel.variance, h @ (weights * (t - mean) ** 2) / area, rtol=1e-5)


@each_kernel
def test_step_response_is_the_integral(kernel) -> None:
    t = np.linspace(0, 0.1, 50001)
    h = kernel(t)
    integral = np.concatenate([[0.0], np.cumsum((h[1:] + h[:-1]) / 2 * t[1])])[::500]
    assert_allclose(kernel.step_response(t[::500]), integral, atol=1e-6 * abs(kernel.area))
    assert_allclose(kernel.step_response([-1.0, 0.0]), 0.0, atol=1e-18)


@each_kernel
def test_transfer_is_the_fourier_transform(kernel) -> None:
    t = np.linspace(0, 0.4, 40001)
    weights = np.full(t.size, t[1])
    weights[[0, -1]] /= 2
    frequency = np.array([0.0, 3.0, 20.0, 80.0])
    direct = np.exp(-2j * np.pi * frequency[:, None] * t) @ (weights * kernel(t))
    assert_allclose(kernel.transfer(frequency), direct, atol=3e-5 * abs(kernel.area))


@each_kernel
def test_features_are_consistent(kernel) -> None:
    features = kernel.features()
    assert set(features) == NAMES
    assert all(type(value) is float and math.isfinite(value) for value in features.values())
    peak_time, peak = features["time_to_peak"], features["peak"]
    assert_allclose(kernel(peak_time), peak, rtol=1e-9)
    assert np.all(np.abs(kernel(np.linspace(0, 0.2, 4001))) <= abs(peak) * (1 + 1e-9))
    assert_allclose(kernel(peak_time + features["decay_time"]), peak / math.e, rtol=1e-6)
    assert_allclose(abs(kernel.transfer(features["cutoff_frequency"])), abs(kernel.area) / math.sqrt(2), rtol=1e-6)


@each_kernel
def test_nothing_before_the_spike(kernel) -> None:
    assert_allclose(kernel([-1e-9, -1.0]), 0.0)


def test_alpha_rise_time_lies_between_its_two_crossings() -> None:
    kernel = AlphaKernel(1.0, 100.0)
    rise = waveform_features(kernel)["rise_time"]
    low, high = (_early_root(fraction) / 100 for fraction in (0.1, 0.9))
    assert_allclose(rise, high - low, rtol=1e-6)


def _early_root(fraction: float) -> float:
    """Solve x e^(1 - x) = fraction for x < 1 by iteration."""
    x = fraction / math.e
    for _ in range(2000):
        x = fraction / math.e * math.exp(x)
    return x


def test_a_kernel_without_area_is_refused() -> None:
    nothing = MixtureKernel((1.0, -1.0), (ExponentialKernel(1e-6, 5e-3), ExponentialKernel(1e-6, 5e-3)))
    with pytest.raises(ValueError, match="area is 0"):
        nothing.features()


def test_cutoff_of_one_stage() -> None:
    assert_allclose(cutoff_frequency(ExponentialKernel(1.0, 10e-3)), 1 / (2 * math.pi * 10e-3), rtol=1e-10)
