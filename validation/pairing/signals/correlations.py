"""Pairwise correlations of spike counts as a function of the window: the network's, and the mean field's."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ....meanfield.models.population_network import PopulationNetwork
from ....meanfield.networks import count_correlations

Array = NDArray[np.float64]

WINDOWS = (5e-3, 10e-3, 20e-3, 50e-3, 100e-3, 200e-3)  # s
_BLOCKS = 20
_SPIKES = 1000  # below which a population says nothing about correlations


@dataclass(frozen=True, kw_only=True)
class PairCorrelation:
    """Mean correlation of the counts of two cells of ``one`` and ``other`` in windows (w,) (s), with its error."""

    one: str
    other: str
    window: Array
    measured: Array
    error: Array


class CountMoments:
    """Sums of spike counts in windows of one length, by block of time: all that mean correlations need.

    Memory grows with the number of spikes, not with cells times windows.
    """

    def __init__(self, recording: xr.Dataset, window: float) -> None:
        number = int(float(recording.attrs["duration"]) / window * (1 + 1e-9))
        self.windows = number
        self.sizes = [int(size) for size in np.atleast_1d(recording.attrs["sizes"])]
        # A spike carries the end of its step: at a border it belongs to the window that ends there.
        place = np.ceil(recording["spike_time"].values / window * (1 - 1e-12)).astype(int) - 1
        self.block = np.minimum(np.arange(number) * _BLOCKS // max(number, 1), _BLOCKS - 1)
        self.lengths = np.bincount(self.block, minlength=_BLOCKS).astype(float)
        population, cell = recording["spike_population"].values, recording["spike_cell"].values.astype(int)
        self.totals, self.cell_sums, self.cell_squares = [], [], []
        for k, size in enumerate(self.sizes):
            own = (population == k) & (place >= 0) & (place < number)
            key, count = np.unique(cell[own] * number + place[own], return_counts=True)
            owner, when = key // max(number, 1), key % max(number, 1)
            self.totals.append(np.bincount(when, weights=count, minlength=number))
            spot = self.block[when] * size + owner if number else when
            shape = (_BLOCKS, size)
            self.cell_sums.append(np.bincount(spot, weights=count, minlength=_BLOCKS * size).reshape(shape))
            self.cell_squares.append(np.bincount(spot, weights=count**2, minlength=_BLOCKS * size).reshape(shape))

    def spikes(self, k: int) -> float:
        """Return the number of spikes of a population."""
        return float(self.totals[k].sum())

    def correlation(self, a: int, b: int) -> tuple[float, float]:
        """Return the mean covariance of two cells over the mean variance of one, and its standard error.

        The mean covariance comes from the variance of the sums; the error is that of 20 blocks left out in turn.
        """
        whole = self._without(None, a, b)
        left_out = [self._without(block, a, b) for block in range(_BLOCKS)]
        return whole, float(np.sqrt((_BLOCKS - 1) * np.var(left_out)))

    def _without(self, block: int | None, a: int, b: int) -> float:
        kept = np.ones(_BLOCKS, dtype=bool)
        if block is not None:
            kept[block] = False
        own = self._cell_variances(kept, a)
        both = np.cov(self.totals[a][kept[self.block]], self.totals[b][kept[self.block]])
        if a != b:
            mean = np.sqrt(own.mean() * self._cell_variances(kept, b).mean())
            return float(both[0, 1] / (self.sizes[a] * self.sizes[b]) / mean)
        pairs = self.sizes[a] * (self.sizes[a] - 1)
        return float((both[0, 0] - own.sum()) / pairs / own.mean())

    def _cell_variances(self, kept: NDArray[np.bool_], k: int) -> Array:
        number = float(self.lengths[kept].sum())
        sums, squares = self.cell_sums[k][kept].sum(axis=0), self.cell_squares[k][kept].sum(axis=0)
        return (squares - sums**2 / number) / (number - 1)


def measured_correlations(recording: xr.Dataset, windows: Sequence[float] = WINDOWS) -> tuple[PairCorrelation, ...]:
    """Return the mean correlation of every pair of populations in every window that the recording holds 40 times."""
    names = [str(name) for name in recording["population"].values]
    lasting = [w for w in sorted(windows) if float(recording.attrs["duration"]) >= 2 * _BLOCKS * w * (1 - 1e-9)]
    moments = [CountMoments(recording, w) for w in lasting]
    found = []
    for a, b in combinations_with_replacement(range(len(names)), 2):
        if not moments or min(moments[0].spikes(a), moments[0].spikes(b)) < _SPIKES:
            continue
        if a == b and moments[0].sizes[a] < 2:
            continue
        values = np.array([each.correlation(a, b) for each in moments])
        found.append(
            PairCorrelation(
                one=names[a], other=names[b], window=np.array(lasting), measured=values[:, 0], error=values[:, 1]
            )
        )
    return tuple(found)


def predicted_correlations(
    network: PopulationNetwork, rates: Array, pairs: Sequence[PairCorrelation]
) -> tuple[Array, ...]:
    """Return the correlations (w,) that the mean field expects in the windows of measured pairs, NaN if unstable."""
    if not pairs or network.loop(rates).unstable:
        return tuple(np.full(pair.window.size, np.nan) for pair in pairs)
    found = count_correlations(network.structure, rates, pairs[0].window)
    names = network.names
    return tuple(found[:, names.index(pair.one), names.index(pair.other)] for pair in pairs)
