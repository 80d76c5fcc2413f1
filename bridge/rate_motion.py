"""How the rate of a population moves with an input, against its free potential: a rational filter with errors.

The input is a known noise, recorded with rate and free potential in the same samples. What both answer to it gives the
response of the rate by that of the potential, G(f), whatever lies between input and potential.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.signal import get_window

from ..meanfield.networks import RateMotion
from .estimate import Estimate, EstimateRefused, symmetric_estimate
from .replicates import jackknife_covariance

Array: TypeAlias = NDArray[Any]
Complex: TypeAlias = NDArray[Any]

BLOCKS = 20
FALSE_ALARM = 1e-3  # for the coherence of one frequency
FEWEST = 6  # frequencies
HANN_OVERLAP = 0.947  # independent segments per segment of a Hann window at 50 % overlap (welch1967)
_HIGHEST = 0.25  # of the sampling rate, up to which frequencies are used
_FASTEST = 0.25  # of a sample, the shortest time of a filter
_STARTS = (0.3, 0.03)  # of the time of the slowest frequency, where poles begin
_LONGEST = 3.0  # of that time, the longest a filter may have


@dataclass(frozen=True)
class Responses:
    """Cross products of input m, rate y and potential v, summed over each block of segments: (block, n) arrays.

    Only every other frequency of the Hann window is kept, whose neighbours are nearly independent.
    """

    frequency: Array
    rate_input: Complex
    potential_input: Complex
    input: Array
    rate: Array
    potential: Array
    rate_potential: Complex
    segments: float

    def ratio(self, without: int | None = None) -> Complex:
        """Return the response of the rate by that of the potential (n,), Hz/V, of all blocks or without one."""
        kept = np.arange(self.input.shape[0]) != (-1 if without is None else without)
        return self.rate_input[kept].sum(0) / self.potential_input[kept].sum(0)

    @property
    def coherence(self) -> Array:
        """Squared coherence of the rate with the input (n,)."""
        return np.abs(self.rate_input.sum(0)) ** 2 / (self.input.sum(0) * self.rate.sum(0))

    @property
    def error(self) -> Array:
        """Standard error of real and of imaginary part of the ratio (n,), Hz/V.

        It comes from what of the rate the potential does not explain; noise that both share costs nothing.
        """
        ratio = self.ratio()
        left = (
            self.rate.sum(0)
            - 2 * np.real(ratio.conj() * self.rate_potential.sum(0))
            + np.abs(ratio) ** 2 * self.potential.sum(0)
        )
        known = np.abs(self.potential_input.sum(0)) ** 2 / self.input.sum(0)
        return np.sqrt(left / (2 * self.segments * known))

    def used(self) -> NDArray[np.bool_]:
        """Return the coherent frequencies up to the first gap (n segments: above 1 - alpha^(1/(n-1)))."""
        coherent = self.coherence > 1 - FALSE_ALARM ** (1 / max(self.segments - 1, 1))
        return coherent & (np.cumsum(~coherent) == 0)


@dataclass(frozen=True)
class RateMotionEstimate:
    """The motion of a rate, estimated from a noise input.

    Parameters
    ----------
    motion : RateMotion
        Of gain 1: what the rate follows by the free potential, relative to rest.
    slope : Estimate
        Slow response of the rate by that of the potential, Hz/V.
    covariance : (1 + 2 n, 1 + 2 n) array
        Of slope, numerator and denominator.
    frequency, response, error : (m,) arrays
        Where it was fitted (Hz), the measured response of the rate by that of the potential (Hz/V), and the standard
        error of its real and imaginary part.
    chi_squared : tuple of float
        By order of the filter from 0 on, what it leaves unexplained in units of the error.
    """

    motion: RateMotion
    slope: Estimate
    covariance: Array
    frequency: Array
    response: Complex
    error: Array
    chi_squared: tuple[float, ...]

    @property
    def degrees(self) -> int:
        """Numbers that were fitted less parameters."""
        return 2 * self.frequency.size - len(self.covariance)

    def transfer_error(self, frequency: Array) -> Array:
        """Return the standard error of |G| at ``frequency`` (Hz), by the covariance of its coefficients."""
        s = 2j * np.pi * np.asarray(frequency, dtype=float)
        here, n = self.motion.laplace(s), self.motion.order
        above, below = (np.polyval([*c[::-1], 1.0], s) for c in (self.motion.numerator, self.motion.denominator))
        powers = np.stack([s**k for k in range(1, n + 1)], axis=-1) if n else np.zeros((*s.shape, 0), dtype=complex)
        slopes = np.concatenate([powers / above[..., None], -powers / below[..., None]], axis=-1)
        by_size = np.abs(here)[..., None] * np.real(slopes)
        return np.sqrt(np.einsum("...i,ij,...j->...", by_size, self.covariance[1:, 1:], by_size))


def estimate_rate_motion(
    recording: xr.Dataset, *, segment: float = 0.5, highest_order: int = 3, level: float = 0.95
) -> RateMotionEstimate:
    """Estimate how the rate moves with an input, as a rational filter after the free potential.

    Source: welch1967; bendat2010 (error of a response); schwarz1978 (choice of the order); miller1974 (covariance).
    Assumptions: the response is linear (small amplitude); poles are slower than a quarter of a sample, so that a filter
    that still rises at the highest measured frequency is held soon after. Input, rate and potential are averages over
    the same samples, so that none is late by the other.

    Parameters
    ----------
    recording : Dataset of ``TimeVaryingInput``
        ``rate`` (Hz) and ``v_free`` (V) (stimulus, group, time) and ``input`` (stimulus, time) for noise stimuli.
    segment : float
        Length of a Welch segment, s.
    highest_order : int
        Most poles.
    level : float
        Confidence level of the slope.

    Raises
    ------
    EstimateRefused
        If hardly any frequency of the rate is coherent with the input, or the recording is too short.
    """
    products = _responses(recording, segment)
    used = products.used()
    if used.sum() < FEWEST:
        raise EstimateRefused(
            f"Not coherent: the rate follows the input at {int(used.sum())} frequencies from the lowest on, at least "
            f"{FEWEST} are needed; raise the amplitude, the number of cells or the duration.",
            recording,
        )
    ratio, error = products.ratio()[used], products.error[used]
    frequency = products.frequency[used]
    fit = _Fit(
        frequency=frequency, error=error, scale=float(np.abs(ratio[:3]).mean()),
        unit=float(1 / (2 * np.pi * frequency[0])), fastest=_FASTEST * _sample(recording),
    )  # fmt: skip
    found = [fit.best(ratio, order) for order in range(highest_order + 1)]
    chi = tuple(left for _, left in found)
    order = int(np.argmin([left + 2 * n * np.log(2 * ratio.size) for n, left in enumerate(chi)]))
    deleted = [
        fit.natural(fit.best(products.ratio(without=block)[used], order, found[order][0])[0])
        for block in range(products.input.shape[0])
    ]
    covariance = jackknife_covariance([values.tolist() for values in deleted])
    values = fit.natural(found[order][0])
    slope = symmetric_estimate(
        float(values[0]), float(np.sqrt(covariance[0, 0])), "Hz/V", level=level, degrees=len(deleted) - 1
    )
    motion = RateMotion(tuple(values[1 : order + 1]), tuple(values[order + 1 :]))
    return RateMotionEstimate(motion, slope, covariance, frequency, ratio, error, chi)


def _sample(recording: xr.Dataset) -> float:
    return float(np.median(np.diff(recording["time"].values)))


def _responses(recording: xr.Dataset, segment: float) -> Responses:
    sample = _sample(recording)
    size = 2 * round(segment / sample / 2)
    rate, potential = (recording[k].mean("group").transpose("stimulus", "time").values for k in ("rate", "v_free"))
    played = recording["input"].transpose("stimulus", "time").values
    if size * BLOCKS / 2 > played.size:
        raise EstimateRefused(
            f"Too short: the recording lasts {played.size * sample:.3g} s, at least {BLOCKS / 2:g} segments of "
            f"{segment:.3g} s are needed; record longer.",
            recording,
        )
    m, y, v = (_segments(series, size) for series in (played, rate, potential))
    frequency = np.fft.rfftfreq(size, sample)
    kept = np.arange(2, frequency.size, 2)
    kept = kept[frequency[kept] <= _HIGHEST / sample]
    blocks = np.array_split(np.arange(len(m)), BLOCKS)

    def summed(one: Complex, other: Complex) -> Complex:
        return np.array([(one[b] * other[b].conj()).sum(0)[kept] for b in blocks])

    return Responses(
        frequency=frequency[kept], rate_input=summed(y, m), potential_input=summed(v, m), input=np.real(summed(m, m)),
        rate=np.real(summed(y, y)), potential=np.real(summed(v, v)), rate_potential=summed(y, v),
        segments=HANN_OVERLAP * len(m),
    )  # fmt: skip


def _segments(series: Array, size: int) -> Complex:
    """Return the transforms of Hann-windowed segments, half overlapping: (stimulus, time) to (segment, frequency)."""
    pieces = np.lib.stride_tricks.sliding_window_view(series, size, axis=-1)[:, :: size // 2].reshape(-1, size)
    centred = pieces - pieces.mean(-1, keepdims=True)
    return np.fft.rfft(centred * get_window("hann", size), axis=-1)


@dataclass(frozen=True)
class _Fit:
    """Least squares in times of the slowest frequency (``unit``, s) and slopes of ``scale`` (Hz/V).

    A point is slope, numerator, and logarithms of the times p, u of factors 1 + p s + p u s^2, and of a last one of
    1 + p s if the order is odd: all poles decay, and none is faster than ``fastest`` (s).
    """

    frequency: Array
    error: Array
    scale: float
    unit: float
    fastest: float

    def best(self, ratio: Complex, order: int, start: Array | None = None) -> tuple[Array, float]:
        """Return the point that comes nearest to ``ratio``, and what it leaves in units of the error."""
        s = 2j * np.pi * self.frequency * self.unit

        def miss(x: Array) -> Array:
            above, below = _polynomials(x)
            left = (ratio - self.scale * x[0] * np.polyval(above[::-1], s) / np.polyval(below[::-1], s)) / self.error
            return np.concatenate([left.real, left.imag])

        low = np.concatenate([np.full(1 + order, -np.inf), np.full(order, np.log(self.fastest / self.unit))])
        high = np.concatenate([np.full(1 + order, np.inf), np.full(order, np.log(_LONGEST))])
        starts = [_start(order, share) for share in _STARTS] if start is None else [start]
        tried = [
            least_squares(miss, np.clip(x, low + 1e-6, high - 1e-6), bounds=(low, high), x_scale="jac") for x in starts
        ]
        found = min(tried, key=lambda result: float(result.cost))
        return np.asarray(found.x), 2 * float(found.cost)

    def natural(self, point: Array) -> Array:
        """Return slope (Hz/V), numerator and denominator (s, s^2, ...) of a point."""
        above, below = _polynomials(point)
        powers = self.unit ** np.arange(above.size)
        return np.concatenate([[self.scale * point[0]], (above * powers)[1:], (below * powers)[1:]])


def _polynomials(point: Array) -> tuple[Array, Array]:
    """Return numerator and denominator of a point, from the constant on."""
    order = (point.size - 1) // 2
    times, below = np.exp(point[order + 1 :]), np.ones(1)
    for k in range(0, order - 1, 2):
        below = np.convolve(below, [1.0, times[k], times[k] * times[k + 1]])
    if order % 2:
        below = np.convolve(below, [1.0, times[-1]])
    return np.concatenate([[1.0], point[1 : order + 1]]), below


def _start(order: int, share: float) -> Array:
    """Return the filter that does nothing, with all its times a share of the longest."""
    times = np.log(share * 0.5 ** np.arange(order))
    below = _polynomials(np.concatenate([[1.0], np.zeros(order), times]))[1]
    return np.concatenate([[1.0], below[1:], times])
