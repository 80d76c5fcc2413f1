"""The rate kernel: how the population rate follows its input, against the kernel of the free potential.

Reverse correlation of rate with input gives h_r; a mass model uses h_V. They are the same only for cells without memory
(gerstner2014, ch. 15), and their difference is the error of the reduction, which is reported and never hidden.
"""

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.signal import get_window

from ..meanfield.kernels import Kernel, TabulatedKernel
from .estimate import Estimate, EstimateRefused
from .replicates import jackknife_values

Array = NDArray[np.floating]
Mask = NDArray[np.bool_]
Spectrum = NDArray[np.complex128]

BASIS = 12
BLOCKS = 10
FALSE_ALARM = 1e-3  # for the coherence of one frequency
FEWEST_SEGMENTS = 8
FEWEST_FREQUENCIES = 6
HANN_OVERLAP = 0.947  # independent segments per segment of a Hann window at 50 % overlap (welch1967)


@dataclass(frozen=True)
class Spectra:
    """Welch spectra at ``frequency`` (n,; Hz), summed over the segments of each block (block, n).

    Blocks of consecutive segments are the replicates: other than groups of cells, which hear the same input, they also
    differ in what the input did before the segment and in the response that is not linear.
    """

    frequency: Array
    input: Array
    cross: Spectrum
    rate: Array
    segments: float

    def transfer(self, without: int | None = None) -> Spectrum:
        """Return H = S_ym/S_mm (n,), of all blocks or without one."""
        kept = np.arange(self.input.shape[0]) != (-1 if without is None else without)
        return self.cross[kept].sum(0) / self.input[kept].sum(0)

    @property
    def coherence(self) -> Array:
        """Squared coherence of the rate with the input (n,)."""
        both = np.abs(self.cross.sum(0)) ** 2
        return np.clip(both / (self.input.sum(0) * self.rate.sum(0)), 1e-9, 1 - 1e-9)

    @property
    def relative_error(self) -> Array:
        """Standard error of |H| over |H|, and of its phase (rad): sqrt((1 - coh)/(2 n coh))."""
        return np.sqrt((1 - self.coherence) / (2 * self.segments * self.coherence))


@dataclass(frozen=True)
class RateKernelEstimate:
    """The rate kernel estimated from a noise input.

    Parameters
    ----------
    frequency : (n,) array
        Frequencies, Hz.
    transfer : (n,) complex array
        H(f), Hz of rate per unit of input.
    relative_error : (n,) array
        Standard error of |H|/|H| and of the phase (rad), from the coherence.
    coherence : (n,) array
        Squared coherence.
    used : (n,) bool array
        Frequencies whose coherence is high enough to enter the kernel.
    kernel : TabulatedKernel
        h_r, normalised to unit area (1/s).
    gain : Estimate
        H(0): change of rate per change of input.
    mean_lag : Estimate
        Mean lag of h_r, s.
    mean_rate : float
        Mean population rate, Hz.
    warnings : tuple of str
        What a reader of the numbers must know.
    """

    frequency: Array
    transfer: Spectrum
    relative_error: Array
    coherence: Array
    used: Mask
    kernel: TabulatedKernel
    gain: Estimate
    mean_lag: Estimate
    mean_rate: float
    warnings: tuple[str, ...]


def _segments(series: Array, size: int) -> Spectrum:
    """Return the transforms of Hann-windowed segments, half overlapping: (stimulus, time) to (segment, frequency)."""
    pieces = np.lib.stride_tricks.sliding_window_view(series, size, axis=-1)[:, :: size // 2].reshape(-1, size)
    centred = pieces - pieces.mean(-1, keepdims=True)
    return np.fft.rfft(centred * get_window("hann", size), axis=-1)[:, 1:]


def _spectra(recording: xr.Dataset, segment: float) -> Spectra:
    rate = recording["rate"].mean("group").transpose("stimulus", "time").values
    played = recording["input"].transpose("stimulus", "time").values
    sample = float(np.median(np.diff(recording["time"].values)))
    size = 2 * round(segment / sample / 2)
    if size > played.shape[-1]:
        raise EstimateRefused(
            f"Too short: the recording lasts {played.shape[-1] * sample:.3g} s, less than one segment "
            f"({segment:.3g} s); record longer.",
            recording,
        )
    m, y = _segments(played, size), _segments(rate, size)
    blocks = np.array_split(np.arange(m.shape[0]), min(BLOCKS, m.shape[0]))
    summed = [
        np.array([product[b].sum(0) for b in blocks]) for product in (np.abs(m) ** 2, y * m.conj(), np.abs(y) ** 2)
    ]
    return Spectra(np.fft.rfftfreq(size, sample)[1:], *summed, segments=HANN_OVERLAP * m.shape[0])


def _bumps(time: Array, longest: float) -> Array:
    """Return raised cosines in the logarithm of time (basis, time) that sum to a smooth curve (pillow2008)."""
    offset = longest / 200
    warped = np.log(time + offset)
    centres = np.linspace(np.log(offset), np.log(longest + offset), BASIS)
    spacing = centres[1] - centres[0]
    phase = np.clip((warped - centres[:, None]) / (2 * spacing), -1, 1) * np.pi
    return 0.5 * (1 + np.cos(phase))


def _inverse(spectra: Spectra, used: Mask, time: Array, transfers: list[Spectrum]) -> list[Array]:
    """Return h_r (time,; Hz per unit input and s) for each transfer, as the smoothest sum of bumps within the error.

    The stiffness is the largest for which the first transfer (that of all groups) is met within its coherence error.
    """
    basis = _bumps(time, time[-1])
    step = time[1] - time[0]
    image = np.exp(-2j * np.pi * spectra.frequency[used, None] * time) @ basis.T * step
    error = np.abs(spectra.transfer()[used]) * spectra.relative_error[used]
    design = np.concatenate([image.real, image.imag]) / np.tile(error, 2)[:, None]
    goals = [np.concatenate([h[used].real, h[used].imag]) / np.tile(error, 2) for h in transfers]
    bend = np.diff(np.eye(BASIS), n=2, axis=0)
    size = np.trace(design.T @ design) / BASIS
    answer = np.zeros_like(design.T)
    for stiffness in np.logspace(1, -9, 41):
        square = design.T @ design + stiffness * size * bend.T @ bend
        answer = np.linalg.pinv(square, rcond=1e-13, hermitian=True) @ design.T
        if np.sum((design @ (answer @ goals[0]) - goals[0]) ** 2) <= goals[0].size:
            break
    return [basis.T @ (answer @ goal) for goal in goals]


def _unit_kernel(time: Array, response: Array, area: float) -> TabulatedKernel:
    return TabulatedKernel(np.asarray(time, dtype=float), np.asarray(response, dtype=float) / area)


def _moments(time: Array, response: Array) -> dict[str, float]:
    step = time[1] - time[0]
    area = float(response.sum() * step)
    return {"gain": area, "mean_lag": float(response @ time * step) / area}


def estimate_rate_kernel(
    recording: xr.Dataset, *, segment: float = 0.5, longest_lag: float | None = None, level: float = 0.95
) -> RateKernelEstimate:
    """Estimate the rate kernel by reverse correlation of the population rate with a noise input.

    Source: welch1967; bendat2010 (coherence error).
    Assumptions: the response is linear in the input (small amplitude); segments are long against the kernel; times of
    rate and input are those of the recording's samples, so that lags are known to about one sample.

    Parameters
    ----------
    recording : Dataset of ``TimeVaryingInput``
        ``rate`` (stimulus, group, time; Hz) and ``input`` (stimulus, time) for noise stimuli.
    segment : float
        Length of a Welch segment, s; about 20 mean lags.
    longest_lag : float, optional
        Support of h_r, s; a third of the segment by default.
    level : float
        Confidence level.

    Raises
    ------
    EstimateRefused
        If there are too few segments or hardly any frequency is coherent with the input.
    """
    spectra = _spectra(recording, segment)
    used = _used(spectra, recording)
    sample = float(np.median(np.diff(recording["time"].values)))
    time = (np.arange(round((longest_lag or segment / 3) / sample)) + 0.5) * sample
    deleted = [spectra.transfer(without=block) for block in range(spectra.input.shape[0])]
    responses = _inverse(spectra, used, time, [spectra.transfer(), *deleted])
    found = jackknife_values(_moments(time, responses[0]), [_moments(time, r) for r in responses[1:]], level=level)
    gain_unit = (
        "1" if recording["input"].attrs.get("units") == "Hz" else f"Hz/{recording['input'].attrs.get('units', '1')}"
    )
    return RateKernelEstimate(
        frequency=spectra.frequency,
        transfer=spectra.transfer(),
        relative_error=spectra.relative_error,
        coherence=spectra.coherence,
        used=used,
        kernel=_unit_kernel(time, responses[0], found["gain"].value),
        gain=replace(found["gain"], unit=gain_unit),
        mean_lag=found["mean_lag"],
        mean_rate=float(recording["rate"].mean()),
        warnings=tuple(_warnings(time, responses[0])),
    )


def _used(spectra: Spectra, recording: xr.Dataset) -> Mask:
    """Return the significantly coherent frequencies (n segments: 1 - alpha^(1/(n-1))) up to the first gap."""
    least = 1 - FALSE_ALARM ** (1 / max(spectra.segments - 1, 1))
    coherent = spectra.coherence > least
    used = coherent & (np.cumsum(~coherent) <= 2)
    if spectra.segments < FEWEST_SEGMENTS:
        raise EstimateRefused(
            f"Too short: {spectra.segments:.0f} independent segments, at least {FEWEST_SEGMENTS} are needed; record "
            "longer or take shorter segments.",
            recording,
        )
    if used.sum() < FEWEST_FREQUENCIES:
        raise EstimateRefused(
            f"Not coherent: {int(used.sum())} frequencies have a coherence above {least:.2f}, at least "
            f"{FEWEST_FREQUENCIES} are needed; raise the amplitude or the number of cells.",
            recording,
        )
    return used


def _warnings(time: Array, response: Array) -> list[str]:
    late = np.abs(response[time > 0.8 * time[-1]]).mean() / np.abs(response).max()
    if late > 0.05:
        return [
            f"h_r is still at {100 * late:.0f} % of its peak at the longest lag ({time[-1]:.2g} s); longer segments "
            "are needed."
        ]
    return []


@dataclass(frozen=True)
class ReductionError:
    """Rate over potential kernel: ``lag_ratio`` and, at ``frequency`` (n,; Hz), the ratio of relative transfers."""

    lag_ratio: Estimate
    frequency: Array
    transfer_ratio: Array
    transfer_ratio_error: Array


def reduction_error(
    rate_kernel: RateKernelEstimate, kernel: Kernel, frequencies: Array, *, mean_lag_error: float = 0.0
) -> ReductionError:
    """Return what a mass model misses when it lets the rate follow the free potential at once.

    Parameters
    ----------
    rate_kernel : RateKernelEstimate
        h_r.
    kernel : Kernel
        h_V.
    frequencies : (n,) array
        Where to compare |H(f)/H(0)|, Hz; each is moved to the nearest measured frequency.
    mean_lag_error : float
        Standard error of the mean lag of h_V, s.

    Returns
    -------
    ReductionError
        All ratios are h_r over h_V: 1 where the reduction is exact.
    """
    lag = rate_kernel.mean_lag
    ratio = lag.value / kernel.mean_lag
    relative = np.hypot(lag.standard_error / lag.value, mean_lag_error / kernel.mean_lag)
    half = 0.5 * (lag.interval[1] - lag.interval[0]) / max(lag.standard_error, 1e-300)
    error = abs(ratio) * float(relative)
    lag_ratio = Estimate(ratio, error, (ratio - half * error, ratio + half * error), "1", lag.level, lag.n_effective)
    nearest = [int(np.argmin(np.abs(rate_kernel.frequency - f))) for f in np.atleast_1d(frequencies)]
    at = rate_kernel.frequency[nearest]
    measured = np.abs(rate_kernel.transfer[nearest]) / abs(rate_kernel.gain.value)
    ratios = measured / (np.abs(kernel.transfer(at)) / abs(kernel.area))
    errors = np.hypot(
        rate_kernel.relative_error[nearest], rate_kernel.gain.standard_error / abs(rate_kernel.gain.value)
    )
    return ReductionError(lag_ratio, at, ratios, ratios * errors)
