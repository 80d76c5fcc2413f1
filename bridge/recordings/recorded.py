"""What a person recorded, as five kinds of data, each checked at birth and in SI units."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...meanfield.arrays import GivenArray
from .checks import RecordingError, column, even_step, positive, rising, same_length

Array = NDArray[Any]


@dataclass(frozen=True)
class SpectralWindow:
    """What a spectral estimate averages over: ``offsets`` (q,) from its frequency (Hz), ``weights`` (q,), sum 1."""

    offsets: Array = field(default_factory=lambda: np.zeros(1))
    weights: Array = field(default_factory=lambda: np.ones(1))

    @staticmethod
    def even(half_width: float, points: int = 5) -> "SpectralWindow":
        """Return an even average over +- ``half_width`` (Hz), by Gauss-Legendre points."""
        nodes, weights = np.polynomial.legendre.leggauss(points)
        return SpectralWindow(half_width * nodes, weights / 2)

    @property
    def half_width(self) -> float:
        """Farthest offset, Hz."""
        return float(np.max(np.abs(self.offsets)))


@dataclass(frozen=True, kw_only=True)
class Spectrum:
    """A one-sided spectral density whose bins are independent.

    Parameters
    ----------
    frequency : (n,) array
        Rising, above 0, Hz.
    power : (n,) array
        Density, ``unit``^2/Hz as stated, above 0.
    degrees : float or (n,) array
        Degrees of freedom of each bin: degrees x power / true is chi-square. Two for a periodogram, two a taper.
    unit : str
        Unit of the density.
    window : SpectralWindow
        What each estimate averages over; a point unless the estimator is known.
    method : str
        How it was estimated, in words.
    """

    frequency: GivenArray
    power: GivenArray
    degrees: GivenArray
    unit: str = "1/Hz"
    window: SpectralWindow = field(default_factory=SpectralWindow)
    method: str = "as given"

    def __post_init__(self) -> None:
        frequency, power = column(self.frequency, "frequency"), column(self.power, "power")
        same_length(frequency=frequency, power=power)
        positive(rising(frequency, "frequency", "Hz"), "frequency", "Hz")
        positive(power, "power", self.unit)
        degrees = np.broadcast_to(np.asarray(self.degrees, dtype=float), power.shape).copy()
        positive(column(degrees, "degrees"), "degrees", "1")
        for name, value in (("frequency", frequency), ("power", power), ("degrees", degrees)):
            object.__setattr__(self, name, value)

    @property
    def size(self) -> int:
        """Number of bins."""
        return self.frequency.size

    def between(self, low: float, high: float) -> "Spectrum":
        """Return the bins from ``low`` to ``high`` (Hz).

        Raises
        ------
        RecordingError
            If fewer than three are left.
        """
        kept = (self.frequency >= low) & (self.frequency <= high)
        if np.count_nonzero(kept) < 3:
            raise RecordingError(
                f"spectrum: {np.count_nonzero(kept)} bins between {low:g} and {high:g} Hz; it reaches from "
                f"{self.frequency[0]:g} to {self.frequency[-1]:g} Hz, choose a wider band."
            )
        parts = {name: getattr(self, name)[kept] for name in ("frequency", "power", "degrees")}
        return Spectrum(**{**vars(self), **parts})


@dataclass(frozen=True, kw_only=True)
class EvokedResponse:
    """A mean response to a stimulus at time 0: ``time`` (n,) s in even steps, ``value`` and ``standard_error`` (n,)."""

    time: GivenArray
    value: GivenArray
    standard_error: GivenArray
    unit: str = "1"

    def __post_init__(self) -> None:
        time, value = column(self.time, "time"), column(self.value, "value")
        error = np.broadcast_to(np.asarray(self.standard_error, dtype=float), value.shape).copy()
        same_length(time=time, value=value, standard_error=error)
        even_step(time, "time")
        positive(column(error, "standard_error"), "standard_error", self.unit)
        for name, checked in (("time", time), ("value", value), ("standard_error", error)):
            object.__setattr__(self, name, checked)

    @property
    def step(self) -> float:
        """Sampling interval, s."""
        return even_step(self.time, "time")


@dataclass(frozen=True, kw_only=True)
class RateCourse:
    """Spike counts of a population in bins: ``time`` (n,) s, bin centres in even steps; ``count`` (n,); ``cells``.

    ``stimulus`` (n,) is what drove it, in ``stimulus_unit``, if it was recorded.
    """

    time: GivenArray
    count: GivenArray
    cells: float
    fano: float = 1.0
    stimulus: Array | None = None
    stimulus_unit: str = "Hz"

    def __post_init__(self) -> None:
        time, count = column(self.time, "time"), column(self.count, "count")
        same_length(time=time, count=count)
        even_step(time, "time")
        _counts(count)
        positive(np.array([self.cells, self.fano], dtype=float), "cells and fano", "1")
        if self.stimulus is not None:
            stimulus = column(self.stimulus, "stimulus")
            same_length(time=time, stimulus=stimulus)
            object.__setattr__(self, "stimulus", stimulus)
        for name, checked in (("time", time), ("count", count)):
            object.__setattr__(self, name, checked)

    @property
    def step(self) -> float:
        """Width of a bin, s."""
        return even_step(self.time, "time")


@dataclass(frozen=True, kw_only=True)
class TransferCurve:
    """Spike counts at steady inputs: ``level`` (n,) in ``level_unit``, ``count`` (n,), ``exposure`` (n,) cells x s."""

    level: GivenArray
    count: GivenArray
    exposure: GivenArray
    fano: float = 1.0
    level_unit: str = "Hz"

    def __post_init__(self) -> None:
        level, count = column(self.level, "level"), column(self.count, "count")
        exposure = np.broadcast_to(np.asarray(self.exposure, dtype=float), count.shape).copy()
        same_length(level=level, count=count, exposure=exposure)
        positive(column(exposure, "exposure"), "exposure", "s")
        _counts(count)
        for name, checked in (("level", level), ("count", count), ("exposure", exposure)):
            object.__setattr__(self, name, checked)


@dataclass(frozen=True, kw_only=True)
class FunctionalConnectivity:
    """Correlations between regions.

    Parameters
    ----------
    correlation : (n, n) array
        Symmetric, 1 on the diagonal, between -1 and 1 off it.
    samples : float
        Independent samples behind each correlation: the length of the record over twice its correlation time.
    structure : (n, n) array, optional
        Anatomical connections, from column to row, at least 0.
    names : tuple of str
        Of the regions.
    """

    correlation: GivenArray
    samples: float
    structure: Array | None = None
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        found = _square(self.correlation, "correlation")
        if not np.allclose(found, found.T, atol=1e-8) or not np.allclose(np.diag(found), 1, atol=1e-8):
            raise RecordingError("correlation: it is not symmetric with ones on its diagonal; give correlations.")
        off = np.abs(found[~np.eye(len(found), dtype=bool)])
        if off.size and off.max() >= 1:
            raise RecordingError(f"correlation: {off.max():g} between two regions; Fisher's z needs less than 1.")
        if not self.samples > 4:
            raise RecordingError(f"samples: {self.samples:g} independent samples; Fisher's z needs more than 4.")
        object.__setattr__(self, "correlation", found)
        if self.structure is not None:
            structure = _square(self.structure, "structure")
            if structure.shape != found.shape or structure.min() < 0:
                raise RecordingError(
                    f"structure: shape {structure.shape}, smallest {structure.min():g}; give one connection of at "
                    f"least 0 for each of the {found.shape} correlations."
                )
            object.__setattr__(self, "structure", structure)

    @property
    def pairs(self) -> tuple[Array, Array]:
        """Rows and columns of the pairs of regions, each once."""
        return np.triu_indices(len(self.correlation), 1)


Recorded = Spectrum | EvokedResponse | RateCourse | TransferCurve | FunctionalConnectivity


def _square(values: ArrayLike, name: str) -> Array:
    found = np.asarray(values, dtype=float)
    if found.ndim != 2 or found.shape[0] != found.shape[1] or len(found) < 2:
        raise RecordingError(f"{name}: shape {found.shape}; give a square matrix of two regions or more.")
    bad: Any = np.argwhere(~np.isfinite(found))
    if len(bad):
        row, place = bad[0]
        raise RecordingError(f"{name}: {found[row, place]} at row {row + 1}, column {place + 1}; give finite numbers.")
    return found


def _counts(count: Array) -> None:
    if count.min() < 0:
        place = int(np.argmin(count))
        raise RecordingError(f"count: {count[place]:g} at place {place + 1}; counts are at least 0.")
