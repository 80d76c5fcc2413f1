"""What tells states of a network apart: rate, irregularity of single cells, depth and frequency of the modulation."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
State = Literal["SR", "SI_fast", "AI", "SI_slow"]

# A rhythm is fast whose period is set by the synapses, slow whose period is set by the membrane: at the points of
# brunel2000 they are a factor of eight apart. Regular trains have an irregularity of 0. A rate that is silent at the
# bottom of each cycle of a sine has a modulation of 1/sqrt(2); a synchronous state is modulated more deeply.
FAST, IRREGULAR, SYNCHRONOUS = 60.0, 0.3, 0.5**0.5


def mean_with_error(series: ArrayLike, pieces: int = 20) -> tuple[Array, Array]:
    """Return the mean over the last axis and its standard error, from the scatter of so many pieces of it."""
    values = np.asarray(series, dtype=np.float64)
    length = values.shape[-1] // pieces
    if length == 0:
        raise ValueError(f"mean_with_error: {values.shape[-1]} values for {pieces} pieces; take fewer pieces.")
    means = values[..., : pieces * length].reshape(*values.shape[:-1], pieces, length).mean(axis=-1)
    return values.mean(axis=-1), means.std(axis=-1, ddof=1) / np.sqrt(pieces)


def modulation(rate: ArrayLike, cells: int, width: float, pieces: int = 4) -> tuple[float, float]:
    """Return the relative standard deviation of a population rate beyond that of independent cells, and its error.

    Parameters
    ----------
    rate : (bins,) array
        Population rate, Hz.
    cells : int
        Number of cells.
    width : float
        Of a bin, s.
    pieces : int
        Pieces of the recording whose scatter gives the standard error.
    """
    values = np.asarray(rate, dtype=np.float64)

    def depth(part: Array) -> float:
        alone = part.mean() / cells / width
        return float(np.sqrt(max(part.var() - alone, 0.0)) / part.mean())

    parts = values[: values.size // pieces * pieces].reshape(pieces, -1)
    return depth(values), float(np.std([depth(part) for part in parts], ddof=1) / np.sqrt(pieces))


def rhythm(rate: ArrayLike, width: float, lowest: float = 10.0, piece: float = 0.5) -> tuple[float, float]:
    """Return frequency of the strongest rhythm of a population rate and its standard error, Hz.

    The frequency is the centre of mass of the power within 30 percent of the peak of the mean spectrum; its error is
    the scatter over pieces of ``piece`` (s).
    """
    values = np.asarray(rate, dtype=np.float64)
    length = round(piece / width)
    pieces = values[: values.size // length * length].reshape(-1, length)
    power = np.abs(np.fft.rfft(pieces - pieces.mean(axis=1, keepdims=True), axis=1)) ** 2
    frequency = np.fft.rfftfreq(length, width)
    seen = frequency >= lowest
    peak = frequency[seen][power.mean(axis=0)[seen].argmax()]
    near = np.abs(frequency / peak - 1) <= 0.3
    centres = (power[:, near] * frequency[near]).sum(axis=1) / power[:, near].sum(axis=1)
    return float(centres.mean()), float(centres.std(ddof=1) / np.sqrt(len(centres)))


def interval_irregularity(times: ArrayLike, cells: ArrayLike, fewest: int = 5) -> tuple[float, float]:
    """Return the mean over cells of the coefficient of variation of interspike intervals, and its standard error.

    Parameters
    ----------
    times, cells : (spikes,) array
        Time (s) and cell of every spike.
    fewest : int
        Intervals that a cell must have.
    """
    order = np.lexsort((np.asarray(times), np.asarray(cells)))
    sorted_times, sorted_cells = np.asarray(times)[order], np.asarray(cells)[order]
    intervals = np.diff(sorted_times)[np.diff(sorted_cells) == 0]
    owner = sorted_cells[1:][np.diff(sorted_cells) == 0]
    _, owner = np.unique(owner, return_inverse=True)
    number = np.bincount(owner)
    mean = np.bincount(owner, intervals) / number
    spread = np.sqrt(
        np.maximum(np.bincount(owner, intervals**2) / number - mean**2, 0) * number / (number - 1.0).clip(1)
    )
    variation = (spread / mean)[number >= fewest]
    if variation.size < 2:
        raise ValueError(
            f"interval_irregularity: {variation.size} cells have {fewest} intervals; record longer, or more cells."
        )
    return float(variation.mean()), float(variation.std(ddof=1) / np.sqrt(variation.size))


def state_of(irregularity: float, modulated: float, frequency: float) -> State:
    """Return the name of a state with this irregularity, depth of modulation, and frequency (Hz)."""
    if irregularity < IRREGULAR:
        return "SR"
    if modulated < SYNCHRONOUS:
        return "AI"
    return "SI_fast" if frequency > FAST else "SI_slow"


def rounded(values: ArrayLike, digits: int = 5) -> list[float]:
    """Return numbers for a file, with so many significant digits."""
    return [float(f"{value:.{digits}g}") for value in np.asarray(values, dtype=np.float64).ravel()]


def raster(times: ArrayLike, cells: ArrayLike, shown: int, span: Sequence[float]) -> dict[str, list[float] | list[int]]:
    """Return the spikes of the first ``shown`` cells within a span (s), for a figure."""
    time, cell = np.asarray(times), np.asarray(cells)
    kept = (cell < shown) & (time >= span[0]) & (time < span[1])
    return {"time": rounded(time[kept] - span[0], 4), "cell": [int(number) for number in cell[kept]]}
