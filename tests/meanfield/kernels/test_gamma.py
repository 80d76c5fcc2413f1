"""The gamma kernel: closed under convolution at equal scale only, and biased at onset as a stand-in for a cascade."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import AlphaKernel, CascadeKernel, GammaKernel, MixtureKernel, gamma_of_same_moments

T = np.linspace(0, 0.2, 401)


def test_shape_two_is_alpha() -> None:
    assert_allclose(GammaKernel(2.0, 2.0, 0.01)(T), AlphaKernel(2.0, 100.0)(T), rtol=1e-12)


def test_convolution_of_equal_scales_is_gamma() -> None:
    f = np.linspace(0, 200, 50)
    product = GammaKernel(1.0, 1.5, 5e-3).transfer(f) * GammaKernel(1.0, 2.2, 5e-3).transfer(f)
    assert_allclose(product, GammaKernel(1.0, 3.7, 5e-3).transfer(f), rtol=1e-12)


def test_a_mixture_of_gammas_is_not_gamma() -> None:
    mixture = MixtureKernel((0.5, 0.5), (GammaKernel(1.0, 2.0, 2e-3), GammaKernel(1.0, 2.0, 5e-3)))
    twin = gamma_of_same_moments(1.0, mixture.mean_lag, mixture.variance)
    assert np.abs(mixture(T) - twin(T)).max() > 0.05 * mixture(T).max()


def test_match_to_a_cascade_peaks_too_early() -> None:
    cascade = CascadeKernel(1.0, (0.5e-3, 2e-3, 20e-3))
    twin = gamma_of_same_moments(cascade.area, cascade.mean_lag, cascade.variance)
    assert_allclose([twin.shape, twin.scale], [1.252, 17.97e-3], rtol=5e-4)
    assert_allclose(twin.features()["time_to_peak"], 4.53e-3, rtol=2e-3)
    assert cascade.features()["time_to_peak"] > 1.2 * twin.features()["time_to_peak"]


def test_a_kernel_infinite_at_the_spike_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        GammaKernel(1.0, 0.5, 0.01)
