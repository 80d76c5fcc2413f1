"""The characteristic function of a population that hears itself through kernels and delays."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import block_diag

from ..dynamics.delay_eigenvalues import generator_matrix, rightmost_eigenvalues
from ..dynamics.linearisation import Linearisation
from ..kernels import Kernel, StateSpaceKernel, TabulatedKernel, branch_point, realised

Complex = NDArray[np.complex128]
Array = NDArray[np.float64]

_MOST_FREQUENCIES = 40_001
_FIRST_NODES = 100
_MOST_NODES = 800
_REACH = 12.0
_SAME = 1e-7
# Delays shorter than this part of the memory are none.
_INSTANT = 1e-9
_RESIDUAL = 1e-9


@dataclass(frozen=True)
class FeedbackLoop:
    """1 - slope K(s), K(s) = sum_c count_c H_c(s) exp(-s delay_c): its zeros are the eigenvalues of the closed loop.

    Assumptions: small signals about a steady potential where the sigmoid has the given ``slope`` (Hz/V).

    Parameters
    ----------
    names : tuple of str
        Names of the channels.
    kernels : tuple of Kernel
        Kernel of each channel, V per spike.
    counts : tuple of float
        How many of its own cells one cell hears through each channel, 1.
    delays : tuple of float
        Delay of each channel, s.
    """

    names: tuple[str, ...]
    kernels: tuple[Kernel, ...]
    counts: tuple[float, ...]
    delays: tuple[float, ...]

    @property
    def closed(self) -> bool:
        """Whether the population hears itself at all."""
        return any(self.counts)

    def returned(self, s: ArrayLike, counts: Sequence[float] | None = None) -> Complex:
        """Return K at complex ``s`` (...) (1/s), V s."""
        s = np.asarray(s, dtype=complex)
        total = np.zeros(s.shape, dtype=complex)
        for kernel, count, delay in zip(self.kernels, counts or self.counts, self.delays, strict=True):
            if count:
                total = total + count * kernel.laplace(s) * np.exp(-s * delay)
        return total

    @property
    def memory(self) -> float:
        """Longest time after which a spike still matters, s: mean lag, spread and delay of the slowest channel."""
        lags = [
            abs(k.mean_lag) + math.sqrt(abs(k.variance)) + d for k, d in zip(self.kernels, self.delays, strict=True)
        ]
        return max(lags)

    def frequencies(self, slope: float) -> Array:
        """Return angular frequencies (1/s) up to where the loop cannot sustain anything, dense enough to follow it."""
        top = 1 / self.memory
        while np.max(slope * np.abs(self.returned(1j * top * np.linspace(1, 4, 200)))) > 0.5 and top < 1e7:
            top *= 2
        step = 0.05 / (self.memory + max(self.delays))
        even = np.linspace(0, top, int(min(top / step + 2, _MOST_FREQUENCIES)))
        return np.union1d(even, top * np.geomspace(1e-8, 1, 400))

    def unstable(self, slope: float) -> int:
        """Return how many eigenvalues have a positive real part, by Nyquist's count of turns around zero.

        Source: nyquist1932.
        """
        if not self.closed:
            return 0
        return turns(1 - slope * self.returned(1j * self.frequencies(slope)))

    def linearised(self, slope: float) -> Linearisation:
        """Return the loop as a linear system with delays: inputs are the channels, outputs are rate (Hz) and V (V).

        Raises
        ------
        ValueError
            If a kernel has no finite state.
        """
        parts = [self._part(name, kernel) for name, kernel in zip(self.names, self.kernels, strict=True)]
        dynamics = block_diag(*(part.dynamics for part in parts))
        read = np.concatenate([part.output for part in parts])
        starts = np.cumsum([0, *(part.entry.size for part in parts)])
        entries = np.zeros((len(read), len(parts)))
        for column, (part, start) in enumerate(zip(parts, starts, strict=False)):
            entries[start : start + part.entry.size, column] = part.entry
        heard = np.array([slope * count * np.outer(entries[:, k], read) for k, count in enumerate(self.counts)])
        late = [k for k in range(len(parts)) if self._is_late(k)]
        now = [k for k in range(len(parts)) if k not in late]
        return Linearisation(
            state=dynamics + heard[now].sum(axis=0),
            delayed=heard[late],
            delays=tuple(self.delays[k] for k in late),
            drive=entries,
            output=np.stack([slope * read, read]),
            output_delayed=np.zeros((len(late), 2, len(read))),
            direct=np.zeros((2, len(parts))),
        )

    @staticmethod
    def _part(name: str, kernel: Kernel) -> StateSpaceKernel:
        part = realised(kernel)
        if part is None:
            raise ValueError(
                f"EmpiricalMass: the kernel of {name!r} is a {type(kernel).__name__} without a finite state, so there "
                "is no Jacobian; ask for eigenvalues, which need none, or fit a cascade to it."
            )
        return part

    @property
    def has_finite_state(self) -> bool:
        """Whether every kernel is a chain of stages."""
        return all(realised(kernel) is not None for kernel in self.kernels)

    def eigenvalues(self, slope: float, number: int) -> Complex:
        """Return the ``number`` rightmost eigenvalues, rightmost first, 1/s.

        Assumptions: kernels of finite state without a delay give them all as those of a matrix. Else they are the
        zeros of 1 - slope K(s), right of the branch point of gamma kernels of broken shape, and the poles of silent
        channels. Zeros are sought by Newton's method from approximate ones (collocation of the delay, or the loop in
        discrete time); steps are halved until two resolutions agree. There may be fewer than ``number``: in a loop
        that is all but silent the others lie too far to the left. Those that are unstable are always there, since
        Nyquist's count must name as many.

        Raises
        ------
        ValueError
            If the count differs.
        """
        instant = not any(self._is_late(k) for k in range(len(self.counts)))
        if self.has_finite_state and instant:
            return rightmost_eigenvalues(self.linearised(slope), number)
        zeros = self._zeros(slope, number) if self.closed and slope > 0 else np.zeros(0, dtype=complex)
        ordered = _rightmost_first(np.concatenate([zeros, self._silent_poles()]))
        return ordered[: _whole_pairs(ordered, number)]

    def _is_late(self, k: int) -> bool:
        return bool(self.counts[k]) and self.delays[k] > _INSTANT * self.memory

    def _silent_poles(self) -> Complex:
        """Return the poles of kernels through which nothing is heard: eigenvalues that the loop does not move."""
        silent = [kernel for kernel, count in zip(self.kernels, self.counts, strict=True) if not count]
        parts = [part for part in map(realised, silent) if part is not None]
        poles = [np.linalg.eigvals(part.dynamics).astype(complex) for part in parts]
        return np.concatenate([np.zeros(0, dtype=complex), *poles])

    def _zeros(self, slope: float, number: int) -> Complex:
        """Return the rightmost zeros as far as two resolutions agree on them, at most ``number``."""
        counted = self.unstable(slope)
        nodes = _FIRST_NODES
        coarse = self._at_resolution(slope, number, nodes)
        while True:
            nodes *= 2
            fine = self._at_resolution(slope, number, nodes)
            shared = min(len(coarse), len(fine))
            apart = np.abs(coarse[:shared] - fine[:shared]) > _SAME / self.memory
            agreed = int(np.argmax(apart)) if apart.any() else shared
            settled = agreed == len(coarse) == len(fine) and np.count_nonzero(fine.real > 0) == counted
            if agreed >= number or settled or nodes >= _MOST_NODES:
                break
            coarse = fine
        if np.count_nonzero(fine[:agreed].real > 0) < min(counted, number):
            raise ValueError(
                f"EmpiricalMass.eigenvalues: {counted} are unstable at a sigmoid slope of {slope:g} Hz/V, but only "
                f"{agreed} were resolved in {nodes} steps; fit a cascade to the kernel."
            )
        return fine[:agreed]

    def _at_resolution(self, slope: float, number: int, nodes: int) -> Complex:
        """Return the rightmost zeros that Newton's method finds from approximate ones, rightmost first."""
        if self.has_finite_state:
            starts = np.linalg.eigvals(generator_matrix(self.linearised(slope), max(nodes // 6, 12))).astype(complex)
        else:
            starts = self._roots_of_steps(slope, nodes)
        starts = _rightmost_first(starts)[: 3 * number + 20]
        left = max(0.9 * branch_point(kernel) for kernel in self._heard)
        found = self._polished(starts[np.real(starts) > left], slope)
        both = _distinct(np.concatenate([found, np.conj(found)]), _SAME / self.memory)
        return _rightmost_first(both[np.real(both) > left])

    def _roots_of_steps(self, slope: float, nodes: int) -> Complex:
        """Return the rates of growth of the loop in discrete time, where they are the roots of a polynomial."""
        step = (self._support + max(self.delays)) / nodes
        edges = step * (np.arange(nodes + 2) - 0.5)
        weights = np.zeros(edges.size - 1)
        for kernel, count, delay in zip(self.kernels, self.counts, self.delays, strict=True):
            weights += slope * count * np.diff(kernel.step_response(edges - delay))
        companion = np.diag(np.ones(len(weights) - 2), -1)
        companion[0] = weights[1:] / (1 - weights[0])
        modes = np.linalg.eigvals(companion)
        rates: Complex = np.log(modes[modes != 0].astype(np.complex128)) / np.complex128(step)
        return rates

    @property
    def _support(self) -> float:
        """Time within which the kernels have done their work, s."""
        ends = [_REACH * (abs(kernel.mean_lag) + math.sqrt(abs(kernel.variance))) for kernel in self._heard]
        lasts = [
            k.time[-1] if isinstance(k, TabulatedKernel) else end for k, end in zip(self._heard, ends, strict=True)
        ]
        return max(min(end, float(last)) for end, last in zip(ends, lasts, strict=True))

    @property
    def _heard(self) -> list[Kernel]:
        """Kernels of the channels through which the population hears itself."""
        return [kernel for kernel, count in zip(self.kernels, self.counts, strict=True) if count]

    def _polished(self, z: Complex, slope: float) -> Complex:
        """Return where Newton's method comes to rest from ``z``, without those that do not."""
        step = 1e-6 / self.memory
        # Trial points far to the left overflow exp(-s delay); they are dropped.
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(30):
                value = 1 - slope * self.returned(z)
                gradient = -slope * (self.returned(z + step) - self.returned(z - step)) / (2 * step)
                move = value / np.where(gradient == 0, 1, gradient)
                # A step longer than the loop's own scale leaves the neighbourhood of its zero.
                z = z - move * np.minimum(1, 1 / (self.memory * np.maximum(np.abs(move), 1e-300)))
                z = z[np.isfinite(z)]
            return z[np.abs(1 - slope * self.returned(z)) < _RESIDUAL]


def turns(values: Complex) -> int:
    """Return how often a curve from zero to infinite frequency, and its mirror image, turn around zero, clockwise."""
    phase = np.unwrap(np.angle(values), axis=-1)
    return round(-float(phase[-1] - phase[0]) / math.pi)


def _rightmost_first(values: Complex) -> Complex:
    """Return values sorted by falling real part, the upper one of a pair first."""
    return values[np.lexsort((-np.imag(values), -np.real(values).round(6)))]


def _distinct(values: Complex, tolerance: float) -> Complex:
    """Return one of each cluster, real where it is real within the tolerance."""
    kept: list[complex] = []
    for value in values:
        clean = complex(value.real, 0.0) if abs(value.imag) < tolerance else complex(value)
        if all(abs(clean - other) > 10 * tolerance for other in kept):
            kept.append(clean)
    return np.array(kept, dtype=complex)


def _whole_pairs(values: Complex, number: int) -> int:
    """Return ``number``, or one more where it would cut a complex pair in half."""
    if number >= len(values) or values[number - 1].imag == 0:
        return number
    return number + 1 if np.isclose(values[number - 1], np.conj(values[number])) else number
