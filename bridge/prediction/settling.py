"""The walk from spike to spike, repeated until what a spike leaves behind reproduces itself."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .renewal import CellBatch, Memory, Renewal, adapted, fresh_memory, interval_after
from .synaptic_drive import Array

_MOST_WALKS = 16
_TELLING_STEP = 1e-3  # of a logarithm; smaller ones say nothing about how the conductances answer to themselves


@dataclass(frozen=True)
class Settled:
    """The last walk, how its conductances answer to themselves, and the last relative change of the interval."""

    renewal: Renewal
    slope: Array
    change: Array

    def of(self, index: NDArray[np.intp]) -> "Settled":
        """Return these cells."""
        return Settled(self.renewal.of(index), self.slope[index], self.change[index])

    def with_cells(self, index: NDArray[np.intp], other: "Settled") -> "Settled":
        """Return all cells, with those of ``index`` taken from another."""
        slope, change = self.slope.copy(), self.change.copy()
        slope[index], change[index] = other.slope, other.change
        return Settled(self.renewal.with_cells(index, other.renewal), slope, change)


def settled(cells: CellBatch, states: int, start: Settled | None, tolerance: float) -> Settled:
    """Walk until no interval changes by more than ``tolerance``, relative; only cells that still change walk on.

    ``change`` tells where that was not reached.
    """
    memory = fresh_memory(cells, states)
    slope = np.full_like(memory.conductances, -1.0)
    if start is not None:
        memory, slope = adapted(start.renewal.memory, cells, states), start.slope
    first = interval_after(cells, memory)
    state = Settled(first, slope, np.full(len(first.interval), np.inf))
    for _ in range(_MOST_WALKS):
        moving = np.flatnonzero(state.change > tolerance)
        if moving.size == 0:
            break
        walked = _walk_on(cells.of(moving), memory.of(moving), state.of(moving))
        memory = memory.with_cells(moving, walked[0])
        state = state.with_cells(moving, walked[1])
    return state


def _walk_on(cells: CellBatch, before: Memory, state: Settled) -> tuple[Memory, Settled]:
    """Return the memory with which the next walk began, by a secant step for the conductances, and that walk."""
    here, there = np.log(before.conductances), np.log(state.renewal.memory.conductances)
    memory = replace(state.renewal.memory, conductances=np.exp(here + (there - here) / (1 - state.slope)))
    following = interval_after(cells, memory)
    step, answer = np.log(memory.conductances) - here, np.log(following.memory.conductances) - there
    change = np.abs(following.interval / state.renewal.interval - 1.0)
    return memory, Settled(following, _secant(state.slope, step, answer), change)


def _secant(slope: Array, step: Array, answer: Array) -> Array:
    telling = np.abs(step) > _TELLING_STEP
    return np.where(telling, np.clip(answer / np.where(telling, step, 1.0), -5.0, 0.8), slope)
