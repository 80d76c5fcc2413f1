"""Scores on data whose answer is known: right ones pass at the stated level, spectra and modes are found again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.signal import lfilter
from scipy.stats import kstest

from mesobridge.validation.pairing import (
    Score,
    Spectrum,
    course_score,
    cross_score,
    fitted_peak,
    jump_scores,
    jumps,
    mean_score,
    mode_scores,
    multitaper_spectrum,
    peak_scores,
    shift_score,
    spectrum_score,
)


@settings(max_examples=30, deadline=None)
@given(factor=st.floats(1e-3, 1e3), shift=st.floats(-5.0, 5.0))
def test_a_score_does_not_depend_on_the_unit(factor: float, shift: float) -> None:
    facts = {"name": "x", "unit": "Hz"}
    one = Score(measured=3.0 + shift, predicted=3.0, standard_error=0.3, floor=0.4, **facts)
    other = Score(
        measured=factor * (3.0 + shift),
        predicted=factor * 3.0,
        standard_error=factor * 0.3,
        floor=factor * 0.4,
        **facts,
    )
    assert_allclose(one.z, shift / 0.5, atol=1e-9)
    assert_allclose(other.z, one.z, rtol=1e-9, atol=1e-9)


def test_a_mean_is_scored_by_the_scatter_of_its_trials() -> None:
    rng = np.random.default_rng(1)
    z = [mean_score("x", rng.normal(5.0, 2.0, 30), 5.0, "Hz").z for _ in range(2000)]
    assert_allclose(np.std(z), 1.0, atol=0.08)
    with pytest.raises(ValueError, match="at least 2"):
        mean_score("x", [1.0], 1.0, "Hz")


@pytest.mark.parametrize("memory", [0.0, 0.9])
def test_a_course_is_scored_fairly_whether_noise_lasts_or_not(memory: float) -> None:
    rng = np.random.default_rng(2)
    truth = 10 + np.sin(np.linspace(0, 6, 120))
    chances = []
    for _ in range(300):
        noise = np.asarray(lfilter([np.sqrt(1 - memory**2)], [1, -memory], rng.standard_normal((20, 320))))[:, 200:]
        chances.append(course_score("x", truth + noise, truth, "Hz").p_value)
    assert kstest(chances, "uniform").pvalue > 1e-3
    assert 0.02 < np.mean(np.array(chances) < 0.05) < 0.10


def test_a_course_that_is_off_by_its_error_twice_over_is_seen() -> None:
    rng = np.random.default_rng(3)
    trials = 10 + rng.standard_normal((20, 150))
    wrong = course_score("x", trials, np.full(150, 10 + 2 / np.sqrt(20)), "Hz")
    assert wrong.p_value < 1e-6
    assert_allclose(wrong.excess, 2 / np.sqrt(20), rtol=0.3)
    with pytest.raises(ValueError, match="at least 3 trials"):
        course_score("x", trials[:2], np.full(150, 10.0), "Hz")
    with pytest.raises(ValueError, match="do not differ"):
        course_score("x", np.ones((5, 10)), np.ones(10), "Hz")


def coupled_noise(rng: np.random.Generator, samples: int) -> tuple[np.ndarray, float]:
    first, own = rng.standard_normal((2, samples))
    second = 0.6 * np.roll(first, 3) + 0.8 * own
    return np.array([first, second]), 1e-3


def predicted_cross(frequency: np.ndarray, dt: float, lag: int = 3) -> np.ndarray:
    phase = np.exp(-2j * np.pi * frequency * lag * dt)
    found = np.empty((frequency.size, 2, 2), dtype=complex)
    found[:, 0, 0] = found[:, 1, 1] = 2 * dt
    found[:, 1, 0], found[:, 0, 1] = 0.6 * phase * 2 * dt, 0.6 * phase.conj() * 2 * dt
    return found


def test_spectra_and_cross_spectra_of_known_noise_pass_as_often_as_they_should() -> None:
    rng = np.random.default_rng(4)
    own, cross = [], []
    for _ in range(200):
        spectrum = multitaper_spectrum(*coupled_noise(rng, 8000))
        theory = predicted_cross(spectrum.frequency, 1e-3)
        own.append(spectrum_score("x", spectrum, np.real(theory[:, 0, 0]), "Hz").p_value)
        cross.append(cross_score("x", spectrum, theory, 0, 1).p_value)
    assert kstest(own, "uniform").pvalue > 1e-3
    assert kstest(cross, "uniform").pvalue > 1e-3


def test_a_wrong_lag_shows_in_the_phase_of_the_cross_spectrum_alone() -> None:
    spectrum = multitaper_spectrum(*coupled_noise(np.random.default_rng(5), 40000)).between(0, 100)
    right, wrong = (predicted_cross(spectrum.frequency, 1e-3, lag) for lag in (3, 4))
    assert cross_score("x", spectrum, right, 0, 1).p_value > 1e-3
    assert cross_score("x", spectrum, wrong, 0, 1).p_value < 1e-6
    assert_allclose(np.mean(spectrum.coherence(0, 1)), 0.36, atol=0.05)


def test_the_band_of_a_spectrum_covers_the_truth() -> None:
    rng = np.random.default_rng(6)
    inside = []
    for _ in range(60):
        spectrum = multitaper_spectrum(rng.standard_normal((1, 4000)), 1e-3)
        low, high = spectrum.band()
        inside.append((low < 2e-3) & (high > 2e-3))
    assert_allclose(np.mean(inside), 0.95, atol=0.02)


def oscillator(rng: np.random.Generator, decay: float, frequency: float, samples: int, dt: float) -> np.ndarray:
    pole = np.exp((-decay + 2j * np.pi * frequency) * dt)
    return lfilter([1.0], [1, -2 * pole.real, abs(pole) ** 2], rng.standard_normal(samples)) + rng.standard_normal(
        samples
    )


@pytest.mark.slow
def test_frequency_and_decay_of_a_mode_are_found_with_their_errors() -> None:
    rng, dt = np.random.default_rng(7), 1e-3
    eigenvalue = -15 + 2j * np.pi * 30
    z = []
    for _ in range(20):
        spectrum = multitaper_spectrum(oscillator(rng, 15.0, 30.0, 60000, dt)[None], dt, segment=3.0).between(3, 120)
        z.append([score.z for score in mode_scores(fitted_peak(spectrum, -30 + 2j * np.pi * 26), eigenvalue)])
    assert np.all(np.abs(np.mean(z, axis=0)) < 1.0)
    assert np.all(np.std(z, axis=0) < 2.0)


def test_two_peaks_fitted_alike_agree_where_one_mode_is_not_enough() -> None:
    rng, dt = np.random.default_rng(8), 1e-3
    frequency = np.fft.rfftfreq(3000, dt)
    spectrum = multitaper_spectrum(oscillator(rng, 15.0, 30.0, 120000, dt)[None], dt, segment=3.0).between(3, 120)
    pole = np.exp((-15 + 2j * np.pi * 30.0) * dt)
    z = np.exp(-2j * np.pi * spectrum.frequency * dt)
    theory = 2 * dt * (1 + 1 / np.abs(1 - 2 * pole.real * z + abs(pole) ** 2 * z**2) ** 2)
    scores = peak_scores(spectrum, theory, -30 + 2j * np.pi * 26)
    assert frequency.size > 100
    assert all(abs(score.z) < 4 for score in scores)
    off = peak_scores(spectrum, np.interp(spectrum.frequency / 1.1, spectrum.frequency, theory), -30 + 2j * np.pi * 26)
    assert abs(off[0].z) > 4


def test_jumps_are_found_between_their_neighbours() -> None:
    values = np.linspace(0, 10, 21)
    up = np.where(values < 7.2, 1.0, 50.0) + 0.1 * values
    down = np.where(values < 3.1, 1.0, 50.0) + 0.1 * values
    noise = np.full(21, 0.2)
    found = jumps(values, up, noise, least=5.0), jumps(values[::-1], down[::-1], noise, least=5.0)
    assert [(j.low, j.high) for side in found for j in side] == [(7.0, 7.5), (3.0, 3.5)]
    theory = (
        jumps(values, np.where(values < 7.6, 1.0, 50.0), noise, least=5.0),
        jumps(values[::-1], down[::-1], noise, least=5.0),
    )
    scores = jump_scores(found, theory, "Hz")
    assert [s.name for s in scores] == ["jump on the way up", "jump on the way down", "width of the hysteresis"]
    assert_allclose(scores[0].difference, -0.5)
    assert scores[1].z == 0
    assert not jumps(values, values, noise, least=0.1)
    with pytest.raises(ValueError, match="the mean field does not"):
        jump_scores(found, ((), ()), "Hz")
    moved = shift_score("shift", scores[1], scores[0])
    assert_allclose(moved.measured, 4.0)
    assert_allclose(moved.predicted, 4.5)


def test_a_segment_must_fit() -> None:
    with pytest.raises(ValueError, match="shorter than the signal"):
        multitaper_spectrum(np.zeros((1, 100)), 1e-3, segment=1.0)
    assert Spectrum(np.array([1.0]), np.ones((1, 1, 1), dtype=complex), 5.0).own().shape == (1,)
