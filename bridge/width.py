"""Where the width of a sigmoid comes from: thresholds that differ between cells, or noise within each cell.

Variances of Q' add for memoryless cells, Q being a convolution; counts of single cells tell the two parts apart.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from .estimate import Estimate, EstimateRefused
from .rate_table import rate_table
from .replicates import jackknife
from .sigmoid_fit import fit_sigmoid
from .sigmoid_fit.families import EX_GAUSSIAN
from .sigmoid_fit.features import FeatureView
from .sigmoid_fit.likelihood import CountData, fit_family
from .sigmoid_fit.starts import starting_points

Array = NDArray[np.floating]
Method = Literal["coordinate", "fitted"]

BINS = 20
ROUNDS = 3
LEAST_RELIABILITY = 0.2
FEWEST_CELLS = 60


@dataclass(frozen=True)
class WidthSplit:
    """Squared widths (V2): of the population sigmoid, of the thresholds (quenched), of one cell's curve (temporal).

    ``gap`` is total - quenched - temporal: 0 for memoryless cells, where variances add.
    """

    total: Estimate
    quenched: Estimate
    temporal: Estimate
    gap: Estimate
    method: Method


@dataclass(frozen=True)
class _Cells:
    """Counts (half, level, cell), potentials (level,; V), seconds of one half, Fano factors (level,)."""

    halves: Array
    v: Array
    seconds: float
    fano: Array


def _curve_data(cells: _Cells, offsets: Array, counts: Array, seconds: float) -> CountData:
    """Pool cells of similar offset: counts against the potential relative to the cell's own threshold."""
    bins = np.array_split(np.argsort(offsets), BINS)
    v = np.concatenate([cells.v - offsets[b].mean() for b in bins])
    pooled = np.concatenate([counts[:, b].sum(-1) for b in bins])
    exposure = np.concatenate([np.full(cells.v.size, b.size * seconds) for b in bins])
    zero = np.zeros_like(v)
    return CountData(v, pooled, exposure, np.tile(cells.fano, BINS), zero, zero)


def _single_cell(cells: _Cells, offsets: Array, counts: Array, seconds: float) -> Array:
    """Return the working coordinates of one cell's curve, fitted over all cells at their offsets."""
    data = _curve_data(cells, offsets, counts, seconds)
    return fit_family(EX_GAUSSIAN, data, starting_points(EX_GAUSSIAN, data))[0].psi


def _squared_width(psi: Array, v_cap: float | None) -> float:
    return FeatureView(EX_GAUSSIAN, v_cap).all(psi)["width"][0] ** 2


def _fitted_offsets(cells: _Cells, psi: Array, counts: Array, seconds: float, start: Array) -> Array:
    """Return each cell's offset (cell,; V) by scoring on its own counts (level, cell), the curve being known."""
    offsets = start.copy()
    bound = np.ptp(cells.v)
    for _ in range(12):
        at = cells.v[:, None] - offsets
        rate, slope = (x.reshape(at.shape) for x in EX_GAUSSIAN.curve(psi, at.ravel()))
        weight = seconds / (np.maximum(rate, 1e-6) * cells.fano[:, None])
        score = np.sum(weight * slope * (rate - counts / seconds), 0)
        information = np.sum(weight * slope**2, 0) + 1.0 / bound**2
        offsets = np.clip(offsets + np.clip(score / information, -0.1 * bound, 0.1 * bound), -bound, bound)
    return offsets - offsets.mean()


@dataclass(frozen=True)
class _Sorted:
    """Offsets from each half, the variance they share and its share, and one cell's curve from each half's counts."""

    offsets: tuple[Array, Array]
    quenched: float
    reliability: float
    curves: tuple[Array, Array]


def _sort(cells: _Cells, psi: Array, start: tuple[Array, Array]) -> _Sorted:
    """Fit each half's offsets to the curve ``psi``, and each half's curve to the offsets of the other."""
    first, second = (_fitted_offsets(cells, psi, cells.halves[h], cells.seconds, start[h]) for h in (0, 1))
    quenched = float(np.mean(first * second))
    reliability = quenched / float(np.mean([np.var(first), np.var(second)]))
    if reliability < LEAST_RELIABILITY:
        raise EstimateRefused(
            f"The offsets of single cells are too noisy: only {100 * reliability:.0f} % of their variance is shared by "
            f"the two halves, at least {100 * LEAST_RELIABILITY:.0f} % is needed; record longer, or use "
            "method='coordinate'."
        )
    curves = (
        _single_cell(cells, reliability * second, cells.halves[0], cells.seconds),
        _single_cell(cells, reliability * first, cells.halves[1], cells.seconds),
    )
    return _Sorted((first, second), quenched, reliability, curves)


def _by_offsets(cells: _Cells, v_cap: float | None) -> tuple[float, float]:
    """Return quenched and temporal variance from offsets fitted cell by cell.

    Offsets from the two halves have independent errors: their covariance over the cells is the variance of the
    thresholds. One half's offsets sort the other half's counts, so that no count is used twice; what the offsets leave
    unresolved, (1 - reliability) of the variance, still widens the sorted curve and is taken off.
    """
    none = np.zeros(cells.halves.shape[-1])
    found = _sort(cells, _single_cell(cells, none, cells.halves.sum(0), 2 * cells.seconds), (none, none))
    for _ in range(ROUNDS - 1):
        found = _sort(cells, np.mean(found.curves, axis=0), found.offsets)
    unresolved = (1 - found.reliability) * found.quenched
    return found.quenched, float(np.mean([_squared_width(curve, v_cap) for curve in found.curves])) - unresolved


def _cells(recording: xr.Dataset, table: xr.Dataset) -> _Cells:
    counts = recording["spike_count"].transpose("half", "level", "cell").values.astype(float)
    fano = CountData.from_table(table).fano
    return _Cells(counts, table["v_free"].values, float(recording.attrs["duration"]) / 2, fano)


def _parts(recordings: Sequence[xr.Dataset], method: Method, v_cap: float | None) -> dict[str, float]:
    recording = recordings[0]
    table = rate_table(recording)
    definition = "fitted" if v_cap is None else "at_cap"
    population = fit_sigmoid(table, family="exgaussian", q_max=definition, v_cap=v_cap, intervals="wald")
    total = population.features["width"].value ** 2
    cells = _cells(recording, table)
    threshold = recording["threshold"].values
    offsets = threshold - threshold.mean()
    if method == "coordinate":
        psi = _single_cell(cells, offsets, cells.halves.sum(0), 2 * cells.seconds)
        quenched, temporal = float(np.mean(offsets**2)), _squared_width(psi, v_cap)
    else:
        quenched, temporal = _by_offsets(cells, v_cap)
    return {"total": total, "quenched": quenched, "temporal": temporal, "gap": total - quenched - temporal}


def split_width(
    recording: xr.Dataset,
    v_cap: float | None = None,
    *,
    method: Method = "coordinate",
    groups: int = 10,
    level: float = 0.95,
) -> WidthSplit:
    """Split the squared width of the population sigmoid into thresholds and noise.

    Source: the convolution of single-cell curves with the thresholds; marreiros2008 for step cells.
    Assumptions: cells differ by a shift of their curve only. Squared quantile widths stand for variances, exactly so
    for Gaussian parts; for cells with memory the parts need not add, and ``gap`` says by how much they do not.

    Parameters
    ----------
    recording : Dataset of ``SteadyDrive``
        With counts of single cells.
    v_cap : float, optional
        Potential up to which widths are taken, V: all quantiles refer to the rate there. Without it they refer to the
        fitted asymptote, which data must reach.
    method : str
        ``"coordinate"`` takes each cell's threshold from the recording, ``"fitted"`` from its counts alone.
    groups : int
        Groups of the jackknife.
    level : float
        Confidence level.

    Raises
    ------
    EstimateRefused
        If there are fewer than 60 cells, or the counts of single cells do not determine their offsets.
    """
    count = recording.sizes["cell"]
    if count < FEWEST_CELLS:
        raise EstimateRefused(
            f"Too few cells: {count}, at least {FEWEST_CELLS} are needed to compare cells; record more cells.",
            recording,
        )
    found = jackknife(recording, lambda r: _parts(r, method, v_cap), groups=groups, level=level)
    squared = {name: replace(estimate, unit="V2") for name, estimate in found.items()}
    return WidthSplit(**squared, method=method)


def as_width(squared: Estimate) -> Estimate:
    """Return the square root (V) of a squared width, its interval cut at 0."""
    value = math.sqrt(max(squared.value, 0.0))
    error = squared.standard_error / (2 * value) if value > 0 else math.sqrt(squared.standard_error)
    low, high = (math.sqrt(max(end, 0.0)) for end in squared.interval)
    return Estimate(value, error, (low, high), "V", squared.level, squared.n_effective)
