"""AMPA and NMDA at constant charge: the reference table, and the mixture formulas for mean and variance."""

import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import CascadeKernel, MixtureKernel

AMPA = CascadeKernel(1.0, (0.5e-3, 2e-3, 20e-3))
NMDA = CascadeKernel(1.0, (2e-3, 100e-3, 20e-3))


@pytest.mark.parametrize(
    ("fraction", "peak", "time_to_peak", "mean_lag", "sd", "cutoff"),
    [
        (0.0, 38.565, 5.6995e-3, 22.5e-3, 20.11e-3, 7.875),
        (0.25, 29.347, 5.8314e-3, 47.38e-3, 69.00e-3, 3.954),
        (0.5, 20.155, 6.1242e-3, 72.25e-3, 88.76e-3, 2.050),
        (1.0, 6.680, 42.365e-3, 122e-3, 102e-3, 1.533),
    ],
)
def test_constant_charge_table(
    fraction: float, peak: float, time_to_peak: float, mean_lag: float, sd: float, cutoff: float
) -> None:
    features = MixtureKernel((1 - fraction, fraction), (AMPA, NMDA)).features()
    assert_allclose(features["area"], 1.0, rtol=1e-12)
    found = [features[k] for k in ("peak", "time_to_peak", "mean_lag", "sd", "cutoff_frequency")]
    assert_allclose(found, [peak, time_to_peak, mean_lag, sd, cutoff], rtol=3e-4)


def test_variance_needs_the_distance_between_the_means() -> None:
    f = 0.3
    mixture = MixtureKernel((1 - f, f), (AMPA, NMDA))
    within = (1 - f) * AMPA.variance + f * NMDA.variance
    between = f * (1 - f) * (NMDA.mean_lag - AMPA.mean_lag) ** 2
    assert_allclose(mixture.variance, within + between, rtol=1e-12)
    assert between > 0.2 * mixture.variance


def test_unequal_lists_are_refused() -> None:
    with pytest.raises(ValueError, match="2 weights for 1 kernels"):
        MixtureKernel((0.5, 0.5), (AMPA,))
