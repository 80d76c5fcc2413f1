"""The characteristic matrix at half its size: a variable that is only the slope of another one is s times it.

Second-order equations make up most mass models, written as pairs of first-order ones. Without the pairs a linear solve
costs a quarter, and the matrix is a polynomial in s with a factor exp(-s d) for each delay: one product a batch.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...meanfield.dynamics.delay_eigenvalues import converged_eigenvalues
from .model_batch import BatchLinearisation

Array = NDArray[Any]
ComplexArray = NDArray[Any]

# Even steps over the rhythms of the brain, where zeros come close to the axis, then wide ones to where s alone rules.
_COARSE = 2j * np.pi * np.concatenate([np.arange(0.0, 48.0, 0.6), np.geomspace(48.0, 4000.0, 28)])
_FINE = 2j * np.pi * np.concatenate([np.arange(0.0, 120.0, 0.06), np.geomspace(120.0, 4000.0, 300)])
_REFERENCE_RATE = 100.0  # 1/s, of the poles that the characteristic function is divided by
_LARGEST_TURN = 2.0  # rad: a zero closer to the axis than the grid's step turns the phase by more, up to pi


@dataclass(frozen=True)
class ReducedSystem:
    """k linear systems without their slope variables.

    Parameters
    ----------
    matrix : (k, q, r, r) array
        Coefficients of 1, s, s^2, then of exp(-s d) and s exp(-s d) for each delay.
    drive : (k, r, m) array
        What the inputs push.
    reading : (k, q, o, r) array
        Coefficients of the rows that read the outputs.
    direct : (k, o, m) array
        Input to output.
    delays : (k, z) array
        s.
    rows, columns : (r,) array
        Places in the full system of what is kept.
    full : BatchLinearisation
        What it was made from.
    """

    matrix: Array
    drive: Array
    reading: Array
    direct: Array
    delays: Array
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    full: BatchLinearisation

    @staticmethod
    def of(linear: BatchLinearisation) -> "ReducedSystem":
        """Return a linear system without those variables that are the slope of another."""
        n = linear.state.shape[-1]
        pairs = _pairs(linear)
        rows = np.array([r for r in range(n) if r not in pairs], dtype=np.int64)
        columns = np.array([c for c in range(n) if c not in pairs.values()], dtype=np.int64)
        slopes = np.array([pairs.get(int(c), -1) for c in columns])
        layers = [_powers(-linear.state, np.eye(n), rows, columns, slopes)]
        reads = [_powers(linear.output, None, np.arange(linear.output.shape[1]), columns, slopes)]
        for k in range(linear.delayed.shape[1]):
            layers.append(_powers(-linear.delayed[:, k], None, rows, columns, slopes)[:, :2])
            every = np.arange(linear.output.shape[1])
            reads.append(_powers(linear.output_delayed[:, k], None, every, columns, slopes)[:, :2])
        return ReducedSystem(
            matrix=np.concatenate(layers, axis=1),
            drive=linear.drive[:, rows],
            reading=np.concatenate(reads, axis=1),
            direct=linear.direct,
            delays=linear.delays,
            rows=rows,
            columns=columns,
            full=linear,
        )

    def characteristic(self, s: ComplexArray) -> ComplexArray:
        """Return the reduced characteristic matrices at ``s`` (f,) 1/s, (k, f, r, r)."""
        return self._combined(self.matrix, s)

    def transfer(self, s: ComplexArray, output: int, drive: int) -> ComplexArray:
        """Return the transfer from an input to an output at ``s`` (f,), (k, f)."""
        found = np.linalg.solve(self.characteristic(s), self.drive[:, None, :, drive, None].astype(complex))[..., 0]
        read = self._combined(self.reading[:, :, output, None], s)[:, :, 0]
        return np.sum(read * found, axis=-1) + self.direct[:, None, output, drive]

    def stable(self) -> NDArray[np.bool_]:
        """Tell which systems are stable (k,): by eigenvalues, or with delays by Nyquist's count of turns.

        Where a zero comes so close to the imaginary axis that a grid cannot tell its side, a finer one is taken, and in
        the end eigenvalues decide.
        """
        linear = self.full
        if not np.any(self.delays > 0):
            return np.linalg.eigvals(linear.state + linear.delayed.sum(axis=1)).real.max(axis=-1) < 0
        stable, sure = self._turns(_COARSE)
        if not sure.all():
            unsure = np.flatnonzero(~sure)
            stable[unsure], sure[unsure] = self.take(unsure)._turns(_FINE)
        for k in np.flatnonzero(~sure):
            stable[k] = converged_eigenvalues(linear.member(int(k)), 1)[0][0].real < 0
        return stable

    def _turns(self, s: ComplexArray) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which systems are stable by Nyquist's count along ``s`` (f,), and of which the grid makes sure."""
        determinant = np.linalg.det(self.characteristic(s))
        turned = determinant / (s + _REFERENCE_RATE) ** self.full.state.shape[-1]
        turned = turned * np.sign(turned[:, -1:].real)
        phase = np.unwrap(np.angle(turned), axis=-1)
        stable = (np.round((phase[:, -1] - phase[:, 0]) / np.pi) == 0) & (turned[:, 0].real > 0)
        return stable, np.max(np.abs(np.diff(phase, axis=-1)), axis=-1) < _LARGEST_TURN

    def take(self, index: NDArray[np.int64]) -> "ReducedSystem":
        """Return some of the systems."""
        parts = {name: getattr(self, name)[index] for name in ("matrix", "drive", "reading", "direct", "delays")}
        return ReducedSystem(**parts, rows=self.rows, columns=self.columns, full=self.full.take(index))

    def _combined(self, layers: Array, s: ComplexArray) -> ComplexArray:
        """Return layers (k, q, a, b) weighted by their functions of ``s``, (k, f, a, b)."""
        terms = [np.ones_like(s), s, s * s]
        basis = np.repeat(np.stack(terms, axis=-1)[None], len(layers), axis=0)
        if self.delays.shape[1]:
            late = np.exp(-s[:, None] * self.delays[:, None, :])
            both = np.stack([late, s[:, None] * late], axis=-1).reshape(len(layers), s.size, -1)
            basis = np.concatenate([basis, both], axis=-1)
        flat = layers.reshape(len(layers), layers.shape[1], -1)
        return (basis @ flat).reshape(len(layers), s.size, *layers.shape[2:])


def _pairs(linear: BatchLinearisation) -> dict[int, int]:
    """Return which variable is the slope of which: rows whose one entry is a 1, without delay or input."""
    busy = np.any(linear.delayed != 0, axis=(0, 1, 3)) | np.any(linear.drive != 0, axis=(0, 2))
    state, pairs = linear.state, {}
    for row in np.flatnonzero(~busy):
        entries = np.flatnonzero(np.any(state[:, row] != 0, axis=0))
        if len(entries) == 1 and entries[0] != row and np.all(state[:, row, entries[0]] == 1):
            if int(entries[0]) not in pairs.values() and int(entries[0]) not in pairs:
                pairs[int(row)] = int(entries[0])
    return {row: slope for row, slope in pairs.items() if slope not in pairs}


def _powers(
    matrix: Array, unit: Array | None, rows: NDArray[np.int64], columns: NDArray[np.int64], slopes: NDArray[np.int64]
) -> Array:
    """Return the coefficients of 1, s, s^2 of (matrix + s unit) with slope columns folded in, (k, 3, rows, columns)."""
    found = np.zeros((len(matrix), 3, rows.size, columns.size))
    found[:, 0] = matrix[:, rows][:, :, columns]
    paired = np.flatnonzero(slopes >= 0)
    found[:, 1][:, :, paired] = matrix[:, rows][:, :, slopes[paired]]
    if unit is not None:
        found[:, 1] += unit[np.ix_(rows, columns)]
        found[:, 2][:, :, paired] += unit[np.ix_(rows, slopes[paired])]
    return found
