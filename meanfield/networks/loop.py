"""The closed loop of a network about a steady state: its characteristic function, unstable modes and eigenvalues."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..kernels import branch_point
from .rational import poles_of
from .structure import Structure

Array: TypeAlias = NDArray[Any]
Complex: TypeAlias = NDArray[Any]

_QUIET = 0.95  # gain of one round below which a frequency cannot turn the characteristic function around 0
_FAINT = 0.1  # gain of one round below which eigenvalues are too far from the axis to be seen there
_FURTHER = 16.0  # times the highest frequency that matters for stability, up to which eigenvalues are sought
_REACH = 60.0  # inverse memories left of the imaginary axis within which eigenvalues are kept
_LOWEST_TOP = 1e4  # 1/s, at least up to which they are
_TOP = 2e5  # 1/s
_TURN = 0.35  # largest change of phase between neighbouring frequencies
_MOST_POINTS = 60_000
# Inverse memories right of the imaginary axis where the loop is sampled; odd numbers, since kernels have poles at
# round ones.
_SHIFTS = (-29.73, -4.137, -0.9137, 0.0)
_FURTHER_SHIFT = 1.0  # where modes that grow are still missing
_EVEN = 400  # samples at even distances
_RESIDUAL = 1e-9
_SAME = 1e-6


@dataclass(frozen=True, eq=False)
class NetworkLoop:
    """det(1 - M(s)) of a network about steady ``rates`` (P,) (Hz): its zeros are the modes in which rates take part."""

    structure: Structure
    rates: Array

    @cached_property
    def _known(self) -> tuple[Array, Array] | None:
        """What mean and variance do to the rates (P,), once for all, if every rate follows at once."""
        if not self.structure.still:
            return None
        by_mean, by_variance = self.structure.responses(np.zeros(()), self.rates)
        return np.real(by_mean), np.real(by_variance)

    def _open(self, s: Array | Complex) -> Complex:
        return self.structure.open_loop(s, self.rates, self._known)

    def matrix(self, s: Array | Complex) -> Complex:
        """Return 1 - M(s) (..., P, P)."""
        return np.eye(self.structure.count) - self._open(s)

    def determinant(self, s: Array | Complex) -> Complex:
        """Return det(1 - M(s)) (...)."""
        return np.linalg.det(self.matrix(s))

    @cached_property
    def gains(self) -> tuple[Array, Array]:
        """Angular frequencies (1/s) over all decades that can matter, and the gain of one round there.

        The gain is the largest size of an eigenvalue of M or, where that is certainly faint, a bound of it.
        """
        omega = np.geomspace(0.1 / self.structure.memory, _TOP, 500)
        matrix = self._open(1j * omega)
        sizes = np.abs(matrix)
        found = np.minimum(sizes.sum(axis=1).max(axis=1), sizes.sum(axis=2).max(axis=1))
        loud = found > _FAINT
        found[loud] = np.abs(np.linalg.eigvals(matrix[loud])).max(axis=1)
        return omega, found

    @cached_property
    def highest(self) -> float:
        """Angular frequency (1/s) above which one round takes away so much that nothing lasts."""
        return max(self._quiet_above(_QUIET), 3 / self.structure.memory)

    def _quiet_above(self, gain: float) -> float:
        omega, size = self.gains
        loud = np.flatnonzero(size > gain)
        return float(omega[min(loud[-1] + 1, omega.size - 1)]) if loud.size else 0.0

    @cached_property
    def closed(self) -> bool:
        """Whether any population hears itself, at once or through others, with any gain at all."""
        points = np.array([0.0, 0.3j / self.structure.memory])
        reach = np.any(np.abs(self._open(points)) > 0, axis=0).astype(float)
        return any(np.trace(np.linalg.matrix_power(reach, k)) > 0 for k in range(1, self.structure.count + 1))

    @cached_property
    def curve(self) -> tuple[Array, Complex]:
        """Frequencies (1/s) from 0 to `highest` and the determinant there, dense enough to follow its phase."""
        top = self.highest
        even = np.linspace(0, top, 400)
        omega = np.union1d(even, top * np.geomspace(1e-6, 1, 200))
        values = self.determinant(1j * omega)
        while True:
            turn = np.abs(np.angle(values[1:] / values[:-1]))
            wide = np.flatnonzero((turn > _TURN) & (np.diff(omega) > 1e-9 * top))
            if not wide.size or omega.size > _MOST_POINTS:
                return omega, values
            middles = (omega[wide] + omega[wide + 1]) / 2
            order = np.argsort(np.concatenate([omega, middles]), kind="stable")
            values = np.concatenate([values, self.determinant(1j * middles)])[order]
            omega = np.concatenate([omega, middles])[order]

    @cached_property
    def unstable(self) -> int:
        """Number of eigenvalues with a positive real part, by Nyquist's count of turns around 0.

        Source: nyquist1932.
        """
        if not self.closed:
            return 0
        values = self.curve[1]
        phase = np.unwrap(np.angle(values))
        return round(-float(phase[-1] - phase[0]) / math.pi)

    def eigenvalues(self, number: int = 10) -> Complex:
        """Return up to ``number`` rightmost eigenvalues, rightmost first, 1/s; a pair is not cut in half.

        Source: nakatsukasa2018 (the rational approximation whose poles they start from).
        Assumptions: the closed loop is sampled along the imaginary axis and on lines beside it; poles of a rational
        function through the samples are polished by Newton's method on the exact determinant. The modes next to the
        axis are found; those far to the left may be missing, as may those that a pole of a kernel all but cancels. The
        unstable ones are complete, since their number must be Nyquist's.

        Raises
        ------
        ValueError
            If fewer unstable modes were found than there are.
        """
        if not self.closed:
            return np.zeros(0, dtype=np.complex128)
        counted = self.unstable
        starts = np.concatenate([self._candidates(shift) for shift in _SHIFTS])
        found = self._polished(starts)
        if np.count_nonzero(np.real(found) > 0) < counted:
            found = self._polished(np.concatenate([starts, self._candidates(_FURTHER_SHIFT)]))
        missing = counted - np.count_nonzero(np.real(found) > 0)
        if missing > 0:
            raise ValueError(
                f"PopulationNetwork.eigenvalues: {counted} modes grow, but only {counted - missing} of them were "
                "located; smooth the kernels, or spread the delays."
            )
        return _first(found, number)

    def _candidates(self, shift: float = 0.0) -> Complex:
        """Return poles of a rational function through the closed loop ``shift`` memories right of the axis."""
        seen = max(self._quiet_above(_FAINT), self.highest, _REACH / self.structure.memory)
        top = min(seen, max(_FURTHER * self.highest, _LOWEST_TOP))
        omega = np.union1d(np.linspace(0, top, _EVEN), top * np.geomspace(1e-5, 1, _EVEN // 2))
        start = shift / self.structure.memory
        points = start + 1j * omega
        sketch = np.random.default_rng(0).normal(size=(2, self.structure.count))
        with np.errstate(all="ignore"):
            matrix = self.matrix(points)
        if not np.all(np.isfinite(matrix)):
            return np.zeros(0, dtype=np.complex128)
        values = np.linalg.solve(matrix, np.broadcast_to(sketch[0][:, None], (*points.shape, self.structure.count, 1)))
        poles = poles_of(points, values[..., 0] @ sketch[1])
        left = max(-_REACH / self.structure.memory, self._left_end)
        return poles[(np.real(poles) > left) & (np.abs(np.imag(poles)) < 1.5 * top)]

    @property
    def _left_end(self) -> float:
        """Real part left of which a kernel has no transform, 1/s."""
        return max((0.9 * branch_point(p.kernel) for p in self.structure.projections), default=-math.inf)

    def _polished(self, z: Complex) -> Complex:
        """Return where Newton's method on the determinant comes to rest from ``z``, each once, rightmost first."""
        memory = self.structure.memory
        z = _clustered(z[np.isfinite(z)], 1e-4 / memory)
        # Trial points far to the left overflow exp(-s delay), or leave where a response is known; they are dropped.
        with np.errstate(all="ignore"):
            before, last = z + 1e-3 / memory, self.determinant(z + 1e-3 / memory)
            done: list[Array] = []
            for _ in range(40):
                value = self.determinant(z)
                move = value * (z - before) / (value - last)
                move = move * np.minimum(1, 1 / (memory * np.maximum(np.abs(move), 1e-300)))
                rest = ~np.isfinite(move) & (value == last)
                settled = (np.abs(move) < 1e-12 * (np.abs(z) + 1 / memory)) | rest
                done.append(z[settled] - np.where(rest, 0, move)[settled])
                on = ~settled & np.isfinite(move)
                before, last, z = z[on], value[on], (z - move)[on]
                if not z.size:
                    break
            found = np.concatenate([*done, z])
            found = found[self._vanishes(found)]
            found = found[np.real(found) > self._left_end]
        return _rightmost_first(_distinct(found, _SAME / memory))

    def _vanishes(self, z: Complex) -> Array:
        """Return where the determinant is 0 to rounding, on the scale of its slope."""
        step = 1e-5 / self.structure.memory
        value, ahead, behind = (self.determinant(z + shift) for shift in (0.0, step, -step))
        slope = np.abs(ahead - behind) / (2 * step) / self.structure.memory
        return np.isfinite(value) & (np.abs(value) < _RESIDUAL * np.maximum(slope, 1e-300))


def _clustered(values: Complex, tolerance: float) -> Complex:
    """Return one of values that agree to ``tolerance``, those above the real axis only."""
    upper = np.where(np.imag(values) < 0, values.conj(), values)
    return upper[np.unique(np.round(upper / tolerance), return_index=True)[1]]


def _distinct(values: Complex, tolerance: float) -> Complex:
    """Return one of each cluster with its conjugate, real where it is real within the tolerance."""
    kept: list[complex] = []
    for value in values:
        clean = complex(value.real, abs(value.imag)) if abs(value.imag) > tolerance else complex(value.real, 0.0)
        if all(abs(clean - other) > 10 * tolerance for other in kept):
            kept.append(clean)
    return np.array(
        [x for value in kept for x in ([value, value.conjugate()] if value.imag else [value])], dtype=complex
    )


def _rightmost_first(values: Complex) -> Complex:
    return values[np.lexsort((-np.imag(values), -np.real(values).round(6)))]


def _first(values: Complex, number: int) -> Complex:
    cut = min(number, len(values))
    if 0 < cut < len(values) and np.imag(values[cut - 1]) > 0:
        cut += 1
    return values[:cut]
