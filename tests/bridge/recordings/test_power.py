"""Spectral estimates: right on average, with the errors that their degrees of freedom state."""

import numpy as np
import pytest
from scipy.stats import chi2, kstest

from mesobridge.bridge.recordings import RecordingError, spectrum_of

STEP = 4e-3


@pytest.mark.parametrize("method", ["multitaper", "welch"])
def test_white_noise_has_a_flat_density_with_the_stated_chi_square_errors(method):
    random = np.random.default_rng(3)
    all_found = [spectrum_of(random.standard_normal(7500), STEP, method=method, resolution=1.0) for _ in range(60)]
    found, ratio = all_found[0], np.array([each.power for each in all_found]) / (2 * STEP)
    assert ratio.size > 2000
    degrees = float(found.degrees[0])
    assert ratio.mean() == pytest.approx(1, abs=4 * np.sqrt(2 / degrees / ratio.size))
    # Neighbouring bins are independent (Welch: the squared overlap of two Hann windows two bins apart, 1/36).
    assert kstest(degrees * ratio.ravel(), chi2(degrees).cdf).pvalue > 1e-3
    neighbours = np.corrcoef(ratio[:, :-1].ravel(), ratio[:, 1:].ravel())[0, 1]
    assert abs(neighbours) < 4 / np.sqrt(ratio.size) + (0.028 if method == "welch" else 0.0)


def test_wrong_degrees_of_freedom_would_be_noticed():
    random = np.random.default_rng(4)
    found = [spectrum_of(random.standard_normal(7500), STEP).power / (2 * STEP) for _ in range(30)]
    degrees = 1.5 * float(spectrum_of(random.standard_normal(7500), STEP).degrees[0])
    assert kstest(degrees * np.ravel(found), chi2(degrees).cdf).pvalue < 1e-6


def test_a_sine_has_its_power_within_the_window():
    time = np.arange(15000) * STEP
    found = spectrum_of(3 * np.sin(2 * np.pi * 10 * time), STEP, resolution=1.0)
    near = np.abs(found.frequency - 10) < 1.6
    assert np.sum(found.power[near]) * 1.0 == pytest.approx(4.5, rel=0.02)
    assert found.window.half_width == pytest.approx(0.45, abs=0.06)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"resolution": 0.01}, "hold no taper"),
        ({"high": 200.0}, "must lie between 0 and 125 Hz"),
        ({"method": "magic"}, "no method 'magic'"),
        ({"method": "welch", "resolution": 0.01}, "Welch segments"),
    ],
)
def test_a_record_that_cannot_give_what_is_asked_is_refused(settings, said):
    with pytest.raises(RecordingError, match=said):
        spectrum_of(np.random.default_rng(5).standard_normal(5000), STEP, **settings)


def test_a_missing_sample_is_named():
    values = np.ones(1000)
    values[77] = np.nan
    with pytest.raises(RecordingError, match=r"signal: nan at place 78 of 1000"):
        spectrum_of(values, STEP)
