"""Every steady state of a network of frozen sigmoids, by boxes of rates proved empty or proved to hold one."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .structure import Structure

Array: TypeAlias = NDArray[Any]

_TABLE = 4096
_BATCH = 4096
_ROUNDS = 60
# Widens every interval by far more than rounding.
_OUTWARD = 1e-12
_RIM = 1e-3
# Of the gain between two points of its table.
_SLACK = 0.02


@dataclass(frozen=True)
class Enclosed:
    """Boxes that hold one steady state each: their ``middles`` (n, P), and whether nothing was ``left`` undecided."""

    middles: Array
    boxes: int
    complete: bool


class _Gains:
    """Smallest and largest gain of one sigmoid between two potentials, from a table of extremes over powers of two."""

    def __init__(self, model, low: float, high: float):
        self.low, self.step = low, (high - low) / (_TABLE - 1) or 1.0
        gain = model.slopes(np.linspace(low, high, _TABLE), 0.0)[0]
        self.least, self.most = [gain], [gain]
        while 2 ** len(self.least) <= _TABLE:
            half = 2 ** (len(self.least) - 1)
            self.least.append(np.minimum(self.least[-1][:-half], self.least[-1][half:]))
            self.most.append(np.maximum(self.most[-1][:-half], self.most[-1][half:]))

    def between(self, low: Array, high: Array) -> tuple[Array, Array]:
        """Return the extremes between ``low`` and ``high`` (n,), the neighbouring points of the table included."""
        first = np.clip(np.floor((low - self.low) / self.step).astype(int) - 1, 0, _TABLE - 1)
        last = np.clip(np.ceil((high - self.low) / self.step).astype(int) + 1, 0, _TABLE - 1)
        depth = np.floor(np.log2(last - first + 1)).astype(int)
        least, most = np.empty(low.shape), np.empty(low.shape)
        for level in np.unique(depth):
            here = depth == level
            a, b = first[here], last[here] - 2**level + 1
            least[here] = np.minimum(self.least[level][a], self.least[level][b])
            most[here] = np.maximum(self.most[level][a], self.most[level][b])
        return least * (1 - _SLACK), most * (1 + _SLACK)


def enclose(structure: Structure, most_boxes: int = 60_000) -> Enclosed:
    """Return the steady states of a network whose rates do not depend on variances, each inside a box of its own.

    Source: krawczyk1969 (a box that the operator maps into itself holds exactly one zero).
    Assumptions: sigmoids do not fall; their gain between neighbouring points of a table of 4096 is within 2 % of the
    larger. The rates start as one box, 0 to q_max each. A box shrinks to what its own potentials allow; it is dropped
    when nothing is left, kept when it provably holds one zero, and halved otherwise.

    Parameters
    ----------
    structure : Structure
        The network.
    most_boxes : int
        Boxes looked at before giving up.
    """
    plus, minus = np.maximum(structure.weights, 0), np.minimum(structure.weights, 0)
    top = structure.q_max
    span = structure.rest + minus @ top, structure.rest + plus @ top
    gains = [_Gains(p.model, float(span[0][k]), float(span[1][k])) for k, p in enumerate(structure.populations)]
    low, high = np.zeros((1, structure.count)), top[None, :].copy()
    found: list[Array] = []
    looked = 0
    while len(low):
        looked += len(low)
        if looked > most_boxes:
            return Enclosed(np.array(found).reshape(-1, structure.count), looked, False)
        low, high, kept = _judged(structure, gains, low, high)
        found += list(kept)
    return Enclosed(np.array(found).reshape(-1, structure.count), looked, True)


def _judged(structure: Structure, gains: list[_Gains], low: Array, high: Array) -> tuple[Array, Array, Array]:
    """Return halves of the boxes (n, P) that are still undecided, and the middles of those that hold one zero."""
    low, high = _shrunk(structure, low, high)
    alive = np.all(low <= high, axis=1)
    low, high = low[alive], high[alive]
    if not len(low):
        return low, high, low
    # A little larger, so that a state on the rim of a box is inside; one that two boxes share is found twice.
    rim = _RIM * (high - low) + _RIM * (1 + np.abs(low) + np.abs(high)) * 1e-3
    low, high = low - rim, high + rim
    inner_low, inner_high, reach = _krawczyk(structure, gains, low, high)
    holds = np.all((inner_low > low) & (inner_high < high), axis=1) & (reach < 1)
    empty = np.any((inner_low > high) | (inner_high < low), axis=1)
    kept = (inner_low[holds] + inner_high[holds]) / 2
    rest = ~(holds | empty)
    low, high = np.maximum(low, inner_low)[rest], np.minimum(high, inner_high)[rest]
    return (*_halves(structure, gains, low, high), kept)


def _potentials(structure: Structure, low: Array, high: Array) -> tuple[Array, Array]:
    plus, minus = np.maximum(structure.weights, 0).T, np.minimum(structure.weights, 0).T
    return structure.rest + low @ plus + high @ minus, structure.rest + high @ plus + low @ minus


def _shrunk(structure: Structure, low: Array, high: Array) -> tuple[Array, Array]:
    """Return the boxes cut to the rates that their own potentials allow, over and over while that helps."""
    zero = np.zeros(())
    for _ in range(_ROUNDS):
        v_low, v_high = _potentials(structure, low, high)
        new_low = np.maximum(low, structure.rates(v_low, v_low * zero) * (1 - _OUTWARD) - _OUTWARD)
        new_high = np.minimum(high, structure.rates(v_high, v_high * zero) * (1 + _OUTWARD) + _OUTWARD)
        gained = np.max((new_low - low) + (high - new_high) - 0.05 * (high - low))
        low, high = new_low, new_high
        if gained <= 0 or np.any(low > high):
            break
    return low, high


def _krawczyk(structure: Structure, gains: list[_Gains], low: Array, high: Array) -> tuple[Array, Array, Array]:
    """Return Krawczyk's image of the boxes (n, P), and how much it contracts (below 1 proves at most one zero)."""
    v_low, v_high = _potentials(structure, low, high)
    both = [g.between(v_low[:, k], v_high[:, k]) for k, g in enumerate(gains)]
    least, most = (np.stack(part, axis=1) for part in zip(*both, strict=True))
    middle, radius = (low + high) / 2, (high - low) / 2
    gain, slack = (least + most) / 2, (most - least) / 2
    jacobian = np.eye(structure.count) - gain[..., None] * structure.weights
    inverse = inverses(jacobian)
    wrong = np.abs(np.eye(structure.count) - inverse @ jacobian)
    matrix = wrong + np.abs(inverse) @ (slack[..., None] * np.abs(structure.weights))
    miss = middle - structure.mapped(middle)
    centre = middle - np.einsum("nij,nj->ni", inverse, miss)
    spread = np.einsum("nij,nj->ni", matrix, radius) + _OUTWARD * (1 + np.abs(centre))
    contraction = np.max(np.einsum("nij,nj->ni", matrix, radius) / np.maximum(radius, 1e-300), axis=1)
    return centre - spread, centre + spread, contraction


def inverses(matrices: Array) -> Array:
    """Return inverses (n, P, P), or what comes next to one where a matrix has none: any matrix may be tried."""
    try:
        return np.linalg.inv(matrices)
    except np.linalg.LinAlgError:
        return np.linalg.pinv(matrices, rcond=1e-12)


def _halves(structure: Structure, gains: list[_Gains], low: Array, high: Array) -> tuple[Array, Array]:
    """Return both halves of every box, cut where the rate moves the others most."""
    if not len(low):
        return low, high
    v_low, v_high = _potentials(structure, low, high)
    most = np.stack([g.between(v_low[:, k], v_high[:, k])[1] for k, g in enumerate(gains)], axis=1)
    smear = np.max(most[..., None] * np.abs(structure.weights), axis=1) * (high - low) + 1e-9 * (high - low)
    axis, rows = np.argmax(smear, axis=1), np.arange(len(low))
    cut = (low[rows, axis] + high[rows, axis]) / 2
    left_high, right_low = high.copy(), low.copy()
    left_high[rows, axis], right_low[rows, axis] = cut, cut
    return np.concatenate([low, right_low]), np.concatenate([left_high, high])
