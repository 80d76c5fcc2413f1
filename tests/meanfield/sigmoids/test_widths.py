"""Conversions between Gaussian and logistic widths: what each one keeps, and how far the curves then differ."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import (
    GaussianSigmoid,
    LogisticSigmoid,
    gaussian_sd_of_same_slope,
    gaussian_sd_of_same_variance,
    logistic_scale_of_same_slope,
    logistic_scale_of_same_variance,
)

V = np.linspace(-10, 10, 20001)


@pytest.mark.parametrize(
    ("convert", "scale", "largest_gap"),
    [(logistic_scale_of_same_variance, 0.5513289, 0.02266), (logistic_scale_of_same_slope, 0.6266571, 0.01767)],
)
def test_scale_and_largest_gap(convert, scale: float, largest_gap: float) -> None:
    assert_allclose(convert(1.0), scale, atol=5e-8)
    gap = np.abs(LogisticSigmoid(1.0, 0.0, convert(1.0))(V) - GaussianSigmoid(1.0, 0.0, 1.0)(V)).max()
    assert_allclose(gap, largest_gap, atol=5e-6)


def test_each_conversion_keeps_what_its_name_says() -> None:
    slope = LogisticSigmoid(1.0, 0.0, logistic_scale_of_same_slope(2e-3)).features()["max_slope"]
    assert_allclose(slope, GaussianSigmoid(1.0, 0.0, 2e-3).features()["max_slope"], rtol=1e-12)
    scale = logistic_scale_of_same_variance(2e-3)
    assert_allclose(np.pi**2 * scale**2 / 3, 2e-3**2, rtol=1e-12)
    assert_allclose(logistic_scale_of_same_slope(1.0) / logistic_scale_of_same_variance(1.0) - 1, 0.137, atol=5e-4)


def test_conversions_are_inverse_pairs() -> None:
    assert_allclose(gaussian_sd_of_same_variance(logistic_scale_of_same_variance(3e-3)), 3e-3, rtol=1e-14)
    assert_allclose(gaussian_sd_of_same_slope(logistic_scale_of_same_slope(3e-3)), 3e-3, rtol=1e-14)
    assert_allclose(gaussian_sd_of_same_variance(1.786e-3), 3.24e-3, atol=5e-6)


@pytest.mark.parametrize(
    "convert",
    [
        gaussian_sd_of_same_slope,
        gaussian_sd_of_same_variance,
        logistic_scale_of_same_slope,
        logistic_scale_of_same_variance,
    ],
)
def test_arrays_and_units_are_taken(convert):
    assert convert([1e-3, 2e-3]).tolist() == [convert(1e-3), convert(2e-3)]
    assert convert("1 mV") == convert(1e-3)
