"""Measured features: those of the kernel that was sampled, the tail included, however the samples lie."""

import numpy as np
import pytest

from mesobridge.bridge.kernel_fit import measured_features
from mesobridge.bridge.kernel_fit.waveform import from_onset
from mesobridge.meanfield.kernels import AlphaKernel, BiexponentialKernel, CascadeKernel, MixtureKernel

SAMPLE = 5e-4
MIXTURE = MixtureKernel((2e-6, 1e-6), (CascadeKernel(1.0, (0.003, 0.015)), CascadeKernel(1.0, (0.002, 0.08, 0.0151))))
KERNELS = [
    (AlphaKernel(area=3e-6, rate=200.0), 0.005),
    (BiexponentialKernel(area=-3e-6, rise=0.005, decay=0.02), 0.02),
    (CascadeKernel(3e-6, (0.002, 0.008, 0.02)), 0.02),
    (MIXTURE, 0.08),
]


def _averages(kernel, duration):
    """Averages over the samples, as the engine keeps them, and the times of their middles."""
    edges = np.arange(round(duration / SAMPLE) + 1) * SAMPLE
    return edges[:-1] + SAMPLE / 2, np.diff(kernel.step_response(edges)) / SAMPLE


@pytest.mark.parametrize(("kernel", "slowest"), KERNELS)
@pytest.mark.parametrize("averaged", [False, True])
def test_features_are_those_of_the_kernel(kernel, slowest, averaged):
    time = np.arange(1600) * SAMPLE
    samples = _averages(kernel, 0.8) if averaged else (time, kernel(time))
    found, tail = measured_features(*samples, slowest)
    expected = kernel.features()
    assert set(found) == set(expected)
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=5e-3), name
    assert abs(tail) < 1e-3


def test_a_short_window_is_completed_by_its_tail():
    time, response = _averages(MIXTURE, 0.25)
    found, tail = measured_features(time, response, 0.08)
    assert tail > 0.01
    for name in ("area", "mean_lag", "sd", "cutoff_frequency"):
        assert found[name] == pytest.approx(MIXTURE.features()[name], rel=1e-2), name
    without = measured_features(time, response, 1e-4)[0]
    assert without["area"] < 0.99 * found["area"]


def test_the_onset_is_put_in_front_of_averages_only():
    time = np.arange(5) * 1e-3
    assert from_onset(time, time)[0].size == 5
    rising = from_onset(time + 5e-4, time + 5e-4)
    assert (rising[0][0], rising[1][0]) == (0.0, 0.0)
    jumping = from_onset(time + 5e-4, np.exp(-(time + 5e-4) / 0.01))
    assert jumping[1][0] == pytest.approx(1.0, abs=5e-3)


def test_a_kernel_that_changes_sign_has_no_spread():
    time = np.arange(1600) * SAMPLE
    found, _ = measured_features(time, np.exp(-time / 0.005) - 0.16 * np.exp(-time / 0.03), 0.03)
    assert "sd" not in found
    assert found["peak"] > 0
