"""Spectral density of a record by a stated method, with the degrees of freedom and the window a likelihood needs."""

from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.signal import get_window
from scipy.signal.windows import dpss

from ...units import takes
from .checks import RecordingError, column
from .recorded import SpectralWindow, Spectrum

Array = NDArray[Any]

Method = Literal["multitaper", "welch"]

_FEWEST_BINS = 8


@takes(step="s", resolution="Hz", low="Hz", high="Hz")
def spectrum_of(
    values: ArrayLike,
    step: float,
    *,
    method: Method = "multitaper",
    resolution: float = 1.0,
    low: float = 1.0,
    high: float = 45.0,
    unit: str = "1",
) -> Spectrum:
    """Return the one-sided density of a record at bins that are independent of one another.

    Source: thomson1982 (multitaper); welch1967; percival1993 for the degrees of freedom.
    Assumptions: a stationary Gaussian record. Multitaper: half bandwidth ``resolution`` / 2 on segments that hold four
    tapers or more, bins ``resolution`` apart, two degrees of freedom a taper and segment. Welch: Hann segments that
    overlap by half, every second bin kept, degrees of freedom reduced by the overlap's correlation.

    Parameters
    ----------
    values : (n,) or (segments, n) array
        The record; the mean of each segment is taken off.
    step : float
        Sampling interval, s.
    method : str
        "multitaper" or "welch".
    resolution : float
        Distance of bins, Hz.
    low, high : float
        Band that is kept, Hz.
    unit : str
        Unit of ``values``.

    Raises
    ------
    RecordingError
        If the record is too short for the resolution, sampled too slowly for the band, or not finite.
    """
    rows = np.atleast_2d(np.asarray(values, dtype=float))
    for number, row in enumerate(rows):
        column(row, f"segment {number + 1}" if len(rows) > 1 else "signal")
    if not 0 < low < high or high > 0.5 / step:
        raise RecordingError(
            f"spectrum: a band of {low:g} to {high:g} Hz from samples every {step:g} s; it must lie between 0 and "
            f"{0.5 / step:g} Hz."
        )
    if method == "multitaper":
        found = _multitaper(rows, step, resolution, unit)
    elif method == "welch":
        found = _welch(rows, step, resolution, unit)
    else:
        raise RecordingError(f"spectrum: no method {method!r}; choose multitaper or welch.")
    # Bins lie on the grid of the transform, next to whole multiples of the resolution.
    return found.between(low - resolution / 4, high + resolution / 4)


def _multitaper(rows: Array, step: float, resolution: float, unit: str) -> Spectrum:
    duration = rows.shape[1] * step
    product = duration * resolution / 2
    tapers = int(2 * product) - 1
    if tapers < 1:
        raise RecordingError(
            f"spectrum: {duration:g} s of record hold no taper of {resolution:g} Hz resolution; record at least "
            f"{2 / resolution:g} s, or ask for {2 / duration:g} Hz."
        )
    windows = _tapers(rows.shape[1], product, tapers)
    wanted = np.arange(1, int(0.5 / step / resolution)) * resolution
    # Only some frequencies are wanted: those nearest on the grid of the transform, which is finer than the bandwidth.
    places = np.unique(np.round(wanted * duration).astype(int))
    power = np.zeros(places.size)
    for row in rows - rows.mean(axis=1, keepdims=True):
        for window in windows:
            power += np.abs(np.fft.rfft(row * window)[places]) ** 2
    power *= 2 * step / (tapers * len(rows))
    degrees = 2.0 * tapers * len(rows)
    return Spectrum(
        frequency=places / duration,
        power=power,
        degrees=np.full(places.size, degrees),
        unit=_density(unit),
        window=SpectralWindow.even(resolution / 2),
        method=f"multitaper, {tapers} tapers on {_number(len(rows))} of {duration:g} s, bins {resolution:g} Hz apart",
    )


@lru_cache(maxsize=4)
def _tapers(length: int, product: float, number: int) -> Array:
    return np.asarray(dpss(length, product, number))


def _welch(rows: Array, step: float, resolution: float, unit: str) -> Spectrum:
    length = round(2 / (resolution * step))
    if length > rows.shape[1] or length < _FEWEST_BINS:
        raise RecordingError(
            f"spectrum: Welch segments of {length} samples ({2 / resolution:g} s) from a record of {rows.shape[1]}; "
            "ask for another resolution, or record longer."
        )
    window = np.asarray(get_window("hann", length))
    starts = np.arange(0, rows.shape[1] - length + 1, length // 2)
    power = np.zeros(length // 2 + 1)
    for row in rows:
        for start in starts:
            part = row[start : start + length]
            power += np.abs(np.fft.rfft((part - part.mean()) * window)) ** 2
    power *= 2 * step / (np.sum(window**2) * starts.size * len(rows))
    kept = np.arange(2, length // 2, 2)
    return Spectrum(
        frequency=kept / (length * step),
        power=power[kept],
        degrees=np.full(kept.size, len(rows) * _welch_degrees(window, length // 2, starts.size)),
        unit=_density(unit),
        window=_hann_window(length * step),
        method=f"Welch, {starts.size} Hann segments of {length * step:g} s on {_number(len(rows))}, half overlapping",
    )


def _welch_degrees(window: Array, shift: int, segments: int) -> float:
    """Return 2 K / (1 + 2 sum_j (1 - j/K) rho_j) with rho_j the squared correlation of windows j shifts apart."""
    total, power, j = 0.0, float(np.sum(window**2)), 1
    while j * shift < window.size and j < segments:
        overlap = float(np.sum(window[: window.size - j * shift] * window[j * shift :]))
        total += (1 - j / segments) * (overlap / power) ** 2
        j += 1
    return 2 * segments / (1 + 2 * total)


def _hann_window(duration: float, points: int = 9) -> SpectralWindow:
    """Return the spectral window of Hann segments: |W(f)|^2 over +-2 bins, where all but 1e-3 of it lies."""
    offsets = np.linspace(-2, 2, points)
    fine = np.arange(4096) / 4096
    hann = np.sin(np.pi * fine) ** 2
    response = np.abs(np.exp(-2j * np.pi * offsets[:, None] * fine) @ hann) ** 2
    return SpectralWindow(offsets / duration, response / response.sum())


def _density(unit: str) -> str:
    return "1/Hz" if unit == "1" else f"({unit})^2/Hz"


def _number(rows: int) -> str:
    return "one record" if rows == 1 else f"{rows} records"
