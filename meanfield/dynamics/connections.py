"""Weighted, delayed connections between nodes, sorted by source."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from .system import Array


@dataclass(frozen=True)
class SteppedConnections:
    """Connections with delays in steps: each reads two samples of a past of ``length`` slots, linearly between them.

    ``fast`` are those that take less than a step; ``far`` is empty where all delays are whole steps.
    """

    starts: Array
    targets: Array
    lags: Array
    near: Array
    far: Array
    length: int
    fast: Array
    fast_sources: Array

    def arriving(self, signals: Array) -> Array:
        """Return what arrives at each node now, of pasts (nodes, 2 length) whose slot 0 is now."""
        arrived = np.zeros(len(signals))
        source = np.repeat(np.arange(len(signals)), np.diff(self.starts))
        place = self.length - self.lags.astype(int)
        sent = self.near * signals[source, place]
        if self.far.size:
            sent = sent + self.far * signals[source, place - 1]
        np.add.at(arrived, self.targets, sent)
        return arrived


@dataclass(frozen=True)
class Connections:
    """Connections sorted by source.

    Parameters
    ----------
    starts : (nodes + 1,) int array
        First connection of each source.
    targets : (connections,) int array
        Where each ends.
    weights : (connections,) array
        Input unit per output unit.
    delays : (connections,) array
        s.
    """

    starts: Array
    targets: Array
    weights: Array
    delays: Array

    @staticmethod
    def none() -> "Connections":
        """Return no connections."""
        return Connections(np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.uint32), np.zeros(0), np.zeros(0))

    @staticmethod
    def of_matrices(weights: ArrayLike | sparse.sparray, delays: ArrayLike | sparse.sparray) -> "Connections":
        """Return the connections of matrices whose rows are targets and columns sources; a zero weight is none.

        Parameters
        ----------
        weights : (nodes, nodes) array, dense or sparse
            Input unit per output unit.
        delays : float, or (nodes, nodes) array, dense or sparse
            s; where it is sparse, a missing entry is no delay.

        Raises
        ------
        ValueError
            If the shapes differ, or a delay is negative, or a number is not finite.
        """
        matrix: Any = sparse.csc_array(weights)
        matrix.sort_indices()
        matrix.eliminate_zeros()
        if matrix.shape[0] != matrix.shape[1]:
            raise ValueError(f"network: weights of shape {matrix.shape}; give one row and one column a node.")
        source = np.repeat(np.arange(matrix.shape[1]), np.diff(matrix.indptr))
        times = _delays_of(delays, matrix.shape, matrix.indices, source)
        if not (np.all(np.isfinite(matrix.data)) and np.all(np.isfinite(times)) and np.all(times >= 0)):
            raise ValueError("network: a weight is not finite or a delay is negative; give finite ones, delays from 0.")
        return Connections(
            matrix.indptr.astype(np.int64), matrix.indices.astype(np.uint32), matrix.data.astype(float), times
        )

    def in_steps(self, dt: float) -> SteppedConnections:
        """Return the connections for steps of ``dt`` (s)."""
        # A delay within rounding of whole steps reads one sample.
        lag = self.delays / dt
        lag = np.where(np.abs(lag - np.round(lag)) < 1e-9 * (1 + lag), np.round(lag), lag)
        whole = np.floor(lag)
        part = lag - whole
        fast = np.flatnonzero(lag < 1)
        return SteppedConnections(
            starts=self.starts,
            targets=self.targets,
            lags=whole.astype(np.uint32),
            near=self.weights * (1 - part),
            far=self.weights * part if part.any() else np.zeros(0),
            length=int(whole.max(initial=0)) + 2,
            fast=fast,
            fast_sources=np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))[fast],
        )


def _delays_of(delays: ArrayLike | sparse.sparray, shape: tuple[int, ...], targets: Array, sources: Array) -> Array:
    if np.ndim(delays) == 0 and not sparse.issparse(delays):  # type: ignore[arg-type]
        return np.full(len(targets), float(delays))  # type: ignore[arg-type]
    if np.shape(delays) != shape:  # type: ignore[arg-type]
        raise ValueError(f"network: delays of shape {np.shape(delays)} for weights of {shape}; give one for each.")  # type: ignore[arg-type]
    table = sparse.csr_array(delays) if sparse.issparse(delays) else np.asarray(delays, dtype=float)
    return np.asarray(table[targets, sources], dtype=float).ravel()
