"""The transfers of many kernels and delays at once: a matrix of targets and sources, everything shared asked once."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..kernels import Kernel, MixtureKernel, stages_of
from .delays import DelayDistribution
from .rate_motion import RateMotion

Array: TypeAlias = NDArray[Any]
Complex: TypeAlias = NDArray[Any]

_BLOCK = 200_000  # elements of one block of factors, which then stays in the processor's cache


class Passage(NamedTuple):
    """What goes from a ``source`` to a ``target`` (places): ``cells`` kernels, late, and moved if there is a motion."""

    target: int
    source: int
    cells: float
    kernel: Kernel
    delay: DelayDistribution
    motion: RateMotion | None


class Transfers:
    """Sums of passages as a matrix (..., P, P) of Laplace transforms.

    Assumptions: none beyond those of the kernels. Chains of first-order stages, also those inside mixtures, are taken
    together; other kernels are asked one by one, each different one once.

    Parameters
    ----------
    passages : sequence of Passage
        What goes from where to where.
    count : int
        Number of populations P.
    """

    def __init__(self, passages: Sequence[Passage], count: int) -> None:
        self.count = count
        self._passages = tuple(p for p in passages if p.cells)
        kernels = {id(p.kernel): p.kernel for p in self._passages}
        delays = {id(p.delay): p.delay for p in self._passages}
        motions = {id(p.motion): p.motion for p in self._passages if p.motion is not None}
        self._kernels, self._motions = _Bank(list(kernels.values())), list(motions.values())
        self._delays = _Delays(list(delays.values()))
        kernel_places, motion_places = ({key: k for k, key in enumerate(known)} for known in (kernels, motions))
        self._order = [
            (p.target, p.source, p.cells, kernel_places[id(p.kernel)], self._delays.place(p.delay),
             motion_places.get(id(p.motion), -1))
            for p in self._passages
        ]  # fmt: skip

    def matrix(self, s: Complex) -> Complex:
        """Return the transfers (..., P, P), target by source, at complex ``s`` (...) (1/s)."""
        points = s.ravel()
        kernels, delays = self._kernels.laplace(points), self._delays.laplace(points)
        motions = [motion.laplace(points) for motion in self._motions]
        found = np.zeros((self.count, self.count, points.size), dtype=np.complex128)
        for target, source, cells, kernel, delay, motion in self._order:
            one = kernels[kernel] * delays[delay]
            one *= cells
            if motion >= 0:
                one *= motions[motion]
            found[target, source] += one
        return np.ascontiguousarray(np.moveaxis(found, -1, 0)).reshape(*s.shape, self.count, self.count)


class _Delays:
    """Transforms of delays, each different one once."""

    def __init__(self, delays: Sequence[DelayDistribution]) -> None:
        self._different: list[DelayDistribution] = []
        for delay in delays:
            if delay not in self._different:
                self._different.append(delay)

    def place(self, delay: DelayDistribution) -> int:
        return self._different.index(delay)

    def laplace(self, s: Complex) -> Complex:
        """Return exp(-s delay), on average (delays, n), at ``s`` (n,)."""
        found = np.empty((len(self._different), s.size), dtype=np.complex128)
        for row, delay in zip(found, self._different, strict=True):
            nodes, weights = delay.nodes
            row[:] = np.exp(-s * nodes[0]) * weights[0] if nodes.size == 1 else weights @ np.exp(np.outer(-nodes, s))
        return found


class _Bank:
    """Several kernels: weighted sums of chains of stages, and of others that are asked one by one."""

    def __init__(self, kernels: Sequence[Kernel]) -> None:
        self._size = len(kernels)
        self._chains: list[tuple[int, float, tuple[float, ...]]] = []
        self._others: list[tuple[int, float, Kernel]] = []
        for place, kernel in enumerate(kernels):
            for weight, part in _parts(kernel):
                stages = stages_of(part)
                if stages is None:
                    self._others.append((place, weight, part))
                else:
                    self._chains.append((place, weight * float(part.area), stages))

    @cached_property
    def _stacked(self) -> tuple[Array, Array]:
        """Time constants of every different chain (n, stages), filled up with 0, and areas by kernel (kernels, n)."""
        different = list(dict.fromkeys(stages for *_, stages in self._chains))
        longest = max(map(len, different), default=0)
        stages = np.zeros((len(different), longest))
        for row, chain in zip(stages, different, strict=True):
            row[: len(chain)] = chain
        areas = np.zeros((self._size, len(different)))
        for place, area, chain in self._chains:
            areas[place, different.index(chain)] += area
        return stages, areas

    def laplace(self, s: Complex) -> Complex:
        """Return the transforms (kernels, n), V s, at ``s`` (n,)."""
        stages, areas = self._stacked
        found = np.empty((self._size, s.size), dtype=np.complex128)
        for part in np.array_split(np.arange(s.size), max(1, s.size * max(len(stages), 1) // _BLOCK)):
            product = np.ones((len(stages), part.size), dtype=np.complex128)
            for stage in stages.T:
                product *= 1 + stage[:, None] * s[part]
            found[:, part] = areas @ (1 / product)
        known: dict[int, Complex] = {}
        for place, weight, kernel in self._others:
            if id(kernel) not in known:
                known[id(kernel)] = kernel.laplace(s)
            found[place] += weight * known[id(kernel)]
        return found


def _parts(kernel: Kernel) -> Iterator[tuple[float, Kernel]]:
    """Yield weight and kernel of everything that a kernel is a sum of."""
    if not isinstance(kernel, MixtureKernel):
        yield 1.0, kernel
        return
    for weight, part in zip(kernel.weights, kernel.kernels, strict=True):
        for inner, leaf in _parts(part):
            yield weight * inner, leaf
