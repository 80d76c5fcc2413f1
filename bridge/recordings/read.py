"""One door for recordings: a file and the kind of data in it become a checked recording."""

from collections.abc import Callable
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .checks import RecordingError, factor_to_si
from .columns import SUFFIXES, Columns, read_columns
from .power import Method, spectrum_of
from .recorded import (
    EvokedResponse,
    FunctionalConnectivity,
    RateCourse,
    Recorded,
    Spectrum,
    TransferCurve,
)
from .signals import POTENTIALS, signal_of_columns, signal_of_file

Array = NDArray[Any]

_LEVELS = ("Hz", "A", "V", "1")
DENSITIES = ("V^2/Hz", "T^2/Hz", "1/Hz", "A^2/Hz", "Hz^2/Hz")


def read_spectrum(
    path: Path,
    *,
    degrees: float | None = None,
    channel: str | None = None,
    rate: float | None = None,
    method: Method = "multitaper",
    resolution: float = 1.0,
    band: tuple[float, float] = (1.0, 45.0),
) -> Spectrum:
    """Return the spectrum in a file: columns ``frequency`` and ``power``, or a signal whose spectrum is estimated.

    Parameters
    ----------
    path : Path
        CSV, NumPy, netCDF, or what MNE or Neo read.
    degrees : float, optional
        Degrees of freedom of each bin, where the file has no column ``degrees``: two for each taper, segment or trial
        that was averaged.
    channel : str, optional
        Which signal, where there are several.
    rate : float, optional
        Sampling rate of a plain array, Hz.
    method, resolution : str, float
        How the spectrum of a signal is estimated; see `spectrum_of`.
    band : (float, float)
        What is kept, Hz.

    Raises
    ------
    RecordingError
        If the file does not hold what is needed; the sentence says what.
    """
    if path.suffix.lower() not in SUFFIXES:
        signal = signal_of_file(path, channel)
    else:
        columns = read_columns(path)
        if "frequency" in columns:
            return _given_spectrum(columns, degrees).between(*band)
        signal = signal_of_columns(columns, channel, rate)
    return spectrum_of(
        signal.values,
        signal.step,
        method=method,
        resolution=resolution,
        low=band[0],
        high=min(band[1], 0.5 / signal.step),
        unit=signal.unit,
    )


def _given_spectrum(columns: Columns, degrees: float | None) -> Spectrum:
    frequency, power = columns.need("frequency", "power")
    if "degrees" not in columns and degrees is None:
        raise RecordingError(
            f"{columns.source}: the degrees of freedom of the spectrum are not stated, without which no error is "
            "known; add a column degrees or give degrees= (two for each taper, segment or trial averaged)."
        )
    factor, unit = factor_to_si(columns.unit("power", "1/Hz"), DENSITIES, f"{columns.source}, power")
    hertz, _ = factor_to_si(columns.unit("frequency", "Hz"), ("Hz",), f"{columns.source}, frequency")
    used = frequency > 0
    known: Any = columns.values["degrees"][used] if "degrees" in columns else degrees
    return Spectrum(frequency=frequency[used] * hertz, power=power[used] * factor, degrees=known, unit=unit)


def read_evoked(path: Path) -> EvokedResponse:
    """Return an evoked response: columns ``time``, ``value`` and ``standard_error``; the stimulus is at time 0."""
    columns = read_columns(path)
    time, value, error = columns.need("time", "value", "standard_error")
    seconds, _ = factor_to_si(columns.unit("time", "s"), ("s",), f"{columns.source}, time")
    factor, unit = factor_to_si(columns.unit("value", "1"), POTENTIALS, f"{columns.source}, value")
    own = columns.unit("standard_error", columns.unit("value", "1"))
    by, of_error = factor_to_si(own, POTENTIALS, f"{columns.source}, standard_error")
    if of_error != unit:
        raise RecordingError(f"{columns.source}: value in {unit} but standard_error in {of_error}; give one unit.")
    return EvokedResponse(time=time * seconds, value=value * factor, standard_error=error * by, unit=unit)


def read_rate(path: Path, *, cells: float | None = None, fano: float = 1.0) -> RateCourse:
    """Return a rate time course: columns ``time`` and ``count``, and ``stimulus`` if there was one."""
    columns = read_columns(path)
    time, count = columns.need("time", "count")
    number = _single(columns, "cells", cells)
    seconds, _ = factor_to_si(columns.unit("time", "s"), ("s",), f"{columns.source}, time")
    stimulus, unit = None, "Hz"
    if "stimulus" in columns:
        factor, unit = factor_to_si(columns.unit("stimulus", "Hz"), _LEVELS, f"{columns.source}, stimulus")
        stimulus = columns.values["stimulus"] * factor
    return RateCourse(time=time * seconds, count=count, cells=number, fano=fano, stimulus=stimulus, stimulus_unit=unit)


def read_transfer(path: Path, *, exposure: float | None = None, fano: float = 1.0) -> TransferCurve:
    """Return a transfer curve: columns ``level`` and ``count`` (or ``rate`` and ``exposure``)."""
    columns = read_columns(path)
    (level,) = columns.need("level")
    factor, unit = factor_to_si(columns.unit("level", "Hz"), _LEVELS, f"{columns.source}, level")
    seconds: Any = columns.values["exposure"] if "exposure" in columns else exposure
    if seconds is None:
        raise RecordingError(f"{columns.source}: no column exposure (cells x seconds) and none given; add it.")
    count = columns.values["count"] if "count" in columns else columns.need("rate")[0] * seconds
    return TransferCurve(level=level * factor, count=count, exposure=seconds, fano=fano, level_unit=unit)


def read_connectivity(path: Path, *, samples: float | None = None) -> FunctionalConnectivity:
    """Return functional connectivity: ``correlation`` and ``structure``, or ``signals`` (region, time); NPZ or netCDF.

    The number of independent samples is ``samples``; for ``signals`` it is estimated from their autocorrelation.
    """
    columns = read_columns(path)
    structure = columns.values.get("structure")
    if "correlation" in columns:
        number = _single(columns, "samples", samples)
        return FunctionalConnectivity(correlation=columns.values["correlation"], samples=number, structure=structure)
    (signals,) = columns.need("signals")
    return connectivity_of(signals, structure=structure, samples=samples)


def connectivity_of(
    signals: Array, *, structure: Array | None = None, samples: float | None = None
) -> FunctionalConnectivity:
    """Return the correlations of ``signals`` (regions, n), with the independent samples that are behind them.

    Source: bartlett1946: the variance of a correlation of two independent series is the mean product of their
    autocorrelations over n, here averaged over pairs and cut where the mean autocorrelation first falls below 0.05.

    Raises
    ------
    RecordingError
        If a sample is not finite, or a region never changes.
    """
    signals = np.asarray(signals, dtype=float)
    if signals.ndim != 2 or signals.shape[0] < 2:
        raise RecordingError(f"signals: shape {signals.shape}; give one row for each of two regions or more.")
    bad = np.argwhere(~np.isfinite(signals))
    if len(bad):
        raise RecordingError(f"signals: {signals[tuple(bad[0])]} in region {bad[0][0] + 1}, sample {bad[0][1] + 1}.")
    centred = signals - signals.mean(axis=1, keepdims=True)
    power = np.sum(centred**2, axis=1)
    if np.any(power == 0):
        raise RecordingError(f"signals: region {int(np.argmin(power)) + 1} never changes; leave it out.")
    number = _independent_samples(centred) if samples is None else samples
    return FunctionalConnectivity(correlation=np.corrcoef(signals), samples=number, structure=structure)


def _independent_samples(centred: Array) -> float:
    """Return length / (1 + 2 sum of the squared mean autocorrelation) of series (regions, n) without their means."""
    length = centred.shape[1]
    spectra = np.abs(np.fft.rfft(centred, 2 * length, axis=1)) ** 2
    lags = np.fft.irfft(spectra, axis=1)[:, :length] / np.sum(centred**2, axis=1)[:, None]
    mean = lags.mean(axis=0)
    cut = int(np.argmax(mean < 0.05)) or length
    return length / (1 + 2 * float(np.sum(mean[1:cut] ** 2)))


def _single(columns: Columns, name: str, given: float | None) -> float:
    if given is not None:
        return float(given)
    if name not in columns:
        raise RecordingError(f"{columns.source}: {name} is not stated; add it to the file or give {name}=.")
    return float(np.ravel(columns.values[name])[0])


READERS: dict[str, Callable[..., Recorded]] = {
    "spectrum": read_spectrum,
    "evoked": read_evoked,
    "rate": read_rate,
    "transfer": read_transfer,
    "connectivity": read_connectivity,
}


def read_recording(path: str | Path, kind: str, **settings: Any) -> Recorded:
    """Return the recording in a file; ``settings`` are those of the reader of its kind.

    Raises
    ------
    RecordingError
        If the kind is unknown or takes no such setting, or the file does not hold it.
    """
    if kind not in READERS:
        raise RecordingError(f"fit: no kind of data {kind!r}; choose one of: {', '.join(READERS)}.")
    asked = {name: value for name, value in settings.items() if value is not None}
    wrong = sorted(set(asked) - set(signature(READERS[kind]).parameters))
    if wrong:
        raise RecordingError(f"fit: {wrong[0]} says nothing about data of the kind {kind}; leave it out.")
    return READERS[kind](Path(path), **asked)
