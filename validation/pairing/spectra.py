"""Spectra of one realisation with their confidence bands, and how far a predicted spectrum lies from them."""

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.signal.windows import dpss
from scipy.special import digamma, polygamma
from scipy.stats import chi2

from .score import CurveScore, Score

Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True)
class Spectrum:
    """One-sided spectral densities (or cross densities) at evenly spaced, independent frequencies.

    Parameters
    ----------
    frequency : (f,) array
        Hz.
    density : (f, k, k) complex array
        Cross densities of k signals, unit^2/Hz.
    averages : float
        Independent estimates in each of them: 2 averages x density / truth follows chi squared with 2 averages degrees.
    """

    frequency: Array
    density: NDArray[np.complex128]
    averages: float

    def own(self, k: int = 0) -> Array:
        """Return the density of signal ``k``, (f,)."""
        return self.density[:, k, k].real

    def band(self, k: int = 0, level: float = 0.95) -> tuple[Array, Array]:
        """Return the confidence band of the density of signal ``k``."""
        degrees = 2 * self.averages
        low, high = chi2.ppf([(1 - level) / 2, (1 + level) / 2], degrees)
        return degrees * self.own(k) / high, degrees * self.own(k) / low

    def coherence(self, a: int, b: int) -> Array:
        """Return the coherence of two signals, (f,)."""
        return np.abs(self.density[:, a, b]) ** 2 / (self.own(a) * self.own(b))

    def between(self, low: float, high: float) -> "Spectrum":
        """Return the frequencies from ``low`` to ``high`` (Hz)."""
        inside = (self.frequency >= low) & (self.frequency <= high)
        return Spectrum(self.frequency[inside], self.density[inside], self.averages)


def multitaper_spectrum(
    signals: ArrayLike, dt: float, *, segment: float | None = None, half_bandwidth: float = 3.0
) -> Spectrum:
    """Return cross spectra of k signals by Slepian tapers, averaged over segments.

    Source: thomson1982.
    Assumptions: stationary signals. Frequencies are thinned out to one in two bandwidths, so that neighbours are
    independent; those below one bandwidth, which the removed mean has emptied, are left out.

    Parameters
    ----------
    signals : (k, time) array
        In their unit.
    dt : float
        Time between samples, s.
    segment : float, optional
        Length of the pieces that are averaged, s; a sixteenth of the whole unless given.
    half_bandwidth : float
        Half of the bandwidth, in units of 1/segment.

    Raises
    ------
    ValueError
        If a segment is longer than the signals, or too short to have a frequency.
    """
    values = np.atleast_2d(np.asarray(signals, dtype=float))
    samples = values.shape[1] // 16 if segment is None else round(segment / dt)
    if not 8 * half_bandwidth <= samples <= values.shape[1]:
        raise ValueError(
            f"multitaper_spectrum: segments of {samples} samples in {values.shape[1]}; take a segment shorter than the "
            f"signal and of {math.ceil(8 * half_bandwidth)} samples or more."
        )
    tapers = np.atleast_2d(dpss(samples, half_bandwidth, int(2 * half_bandwidth - 1)))
    pieces = values.shape[1] // samples
    cut = (values - values.mean(axis=1, keepdims=True))[:, : pieces * samples].reshape(len(values), pieces, 1, samples)
    waves = np.fft.rfft(cut * tapers, axis=-1)
    step = max(math.ceil(2 * half_bandwidth), 1)
    chosen = slice(step, waves.shape[-1] - step // 2, step)
    waves = waves[..., chosen]
    density = 2 * dt * np.einsum("aptf,bptf->fab", waves, waves.conj()) / (pieces * len(tapers))
    return Spectrum(np.fft.rfftfreq(samples, dt)[chosen], density, float(pieces * len(tapers)))


def spectrum_score(
    name: str, spectrum: Spectrum, predicted: ArrayLike, unit: str, k: int = 0, *, floor: ArrayLike = 0.0
) -> CurveScore:
    """Score a predicted density (f,) by the mean square of its logarithm's miss, in units of what chance does.

    ``error`` and ``floor`` of the score are of log10 of the density; a ratio of 1 is what a right prediction gives.

    Assumptions: 2 n density/truth follows chi squared with 2 n degrees at each frequency, so that its logarithm has the
    variance trigamma(n) about digamma(n) - log(n). ``floor`` (f,) is what the theory may be off by in the logarithm.
    """
    miss = np.log(spectrum.own(k)) - np.log(np.asarray(predicted, dtype=float))
    miss = miss - (digamma(spectrum.averages) - math.log(spectrum.averages))
    variance = float(polygamma(1, spectrum.averages)) + np.asarray(floor, dtype=float) ** 2
    return CurveScore(
        name=name,
        unit=unit,
        error=float(np.sqrt(np.mean(miss**2))) / math.log(10),
        floor=math.sqrt(float(np.mean(variance))) / math.log(10),
        ratio=float(np.mean(miss**2 / variance)),
        degrees=float(miss.size),
    )


def cross_score(name: str, spectrum: Spectrum, predicted: ArrayLike, a: int, b: int) -> CurveScore:
    """Score the predicted cross density of two signals, in size and phase, given their own densities.

    Source: brillinger2001 (complex Wishart law of averaged cross densities).
    Assumptions: the measured 2 x 2 matrix, whitened by the predicted one (f, k, k), is 1 on average with off-diagonal
    elements of mean square 1/averages. A common factor on both densities counts too, but only to second order.
    """
    pair = np.ix_(range(spectrum.frequency.size), [a, b], [a, b])
    root = np.linalg.inv(np.linalg.cholesky(np.asarray(predicted, dtype=np.complex128)[pair]))
    white = root @ spectrum.density[pair] @ np.conj(np.swapaxes(root, -1, -2))
    size = float(np.mean(np.abs(white[:, 1, 0]) ** 2))
    return CurveScore(
        name=name,
        unit="1",
        error=math.sqrt(size),
        floor=math.sqrt(1 / spectrum.averages),
        ratio=size * spectrum.averages,
        degrees=2.0 * spectrum.frequency.size,
    )


@dataclass(frozen=True)
class SpectralPeak:
    """A resonance in a spectrum: ``frequency`` (Hz) and ``decay`` (1/s) of the mode, with their covariance (2, 2)."""

    frequency: float
    decay: float
    covariance: Array


def fitted_peak(spectrum: Spectrum, start: complex, k: int = 0) -> SpectralPeak:
    """Return the mode that makes a peak, by Whittle's likelihood of a damped oscillator over a level floor.

    Source: whittle1953. The density is floor + (a + b w^2)/|(i w - e)(i w - e*)|^2 for an eigenvalue e.

    Parameters
    ----------
    spectrum : Spectrum
        Restricted to the surroundings of the peak.
    start : complex
        Eigenvalue to start from, 1/s.
    k : int
        Which signal.

    Raises
    ------
    ValueError
        If the likelihood has no maximum near the start.
    """
    omega, seen = 2 * np.pi * spectrum.frequency, spectrum.own(k)
    scale = float(np.median(seen))
    unit = abs(start)

    def density(log_values: Array) -> Array:
        decay, angular, first, second, floor = np.exp(np.clip(log_values, -60, 60))
        size = ((decay * unit) ** 2 + (angular * unit) ** 2 - omega**2) ** 2 + 4 * (decay * unit) ** 2 * omega**2
        return scale * (floor + unit**2 * (first * unit**2 + second * omega**2) / size)

    def loss(log_values: Array) -> float:
        theory = density(log_values)
        return float(spectrum.averages * np.sum(np.log(theory) + seen / theory))

    best: Any = None
    for widening in (0.3, 1.0, 3.0):
        decay = max(abs(start.real), 1e-3 * unit) * widening / unit
        given = np.log([decay, abs(start.imag) / unit, decay**2, decay**2, 0.5])
        found = minimize(loss, given, method="Nelder-Mead", options={"maxiter": 8000, "xatol": 1e-6, "fatol": 1e-6})
        best = found if best is None or found.fun < best.fun else best
    inverse = np.linalg.pinv(_curvature(loss, best.x))
    decay, angular = np.exp(best.x[:2]) * unit
    if not (np.all(np.isfinite(best.x)) and inverse[0, 0] > 0 and inverse[1, 1] > 0):
        raise ValueError(f"fitted_peak: no peak near {abs(start.imag) / (2 * np.pi):.3g} Hz; take a longer recording.")
    jacobian = np.diag([decay, angular / (2 * np.pi)])
    covariance = jacobian @ inverse[:2, :2] @ jacobian
    return SpectralPeak(float(angular / (2 * np.pi)), float(decay), covariance[::-1, ::-1])


def peak_scores(spectrum: Spectrum, predicted: ArrayLike, start: complex, k: int = 0) -> tuple[Score, Score]:
    """Score frequency and decay of a peak against those of the same peak in the predicted density (f,).

    Both are fitted alike, so that what one mode alone does not describe counts on neither side.
    """
    density = np.zeros_like(spectrum.density)
    density[:, k, k] = np.asarray(predicted, dtype=float)
    theory = fitted_peak(Spectrum(spectrum.frequency, density, spectrum.averages), start, k)
    return mode_scores(fitted_peak(spectrum, start, k), complex(-theory.decay, 2 * np.pi * theory.frequency))


def _curvature(function: Any, x: Array, step: float = 1e-3) -> Array:
    """Return the matrix of second derivatives by central differences."""
    size, shifts = len(x), step * np.eye(len(x))
    found = np.empty((size, size))
    for i in range(size):
        for j in range(size):
            ends = [function(x + a * shifts[i] + b * shifts[j]) for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
            found[i, j] = (ends[0] - ends[1] - ends[2] + ends[3]) / (4 * step**2)
    return found


def mode_scores(peak: SpectralPeak, eigenvalue: complex) -> tuple[Score, Score]:
    """Score frequency and decay of a fitted peak against an eigenvalue (1/s)."""
    error = np.sqrt(np.diag(peak.covariance))
    facts = (
        ("frequency of the mode", peak.frequency, abs(eigenvalue.imag) / (2 * np.pi), error[0], "Hz"),
        ("decay of the mode", peak.decay, -eigenvalue.real, error[1], "1/s"),
    )
    first, second = (
        Score(name=name, measured=found, predicted=float(theory), standard_error=float(se), floor=0.0, unit=unit)
        for name, found, theory, se, unit in facts
    )
    return first, second
