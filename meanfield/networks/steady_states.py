"""All steady states of a network, and how sure it is that they are all."""

from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .enclosure import enclose, inverses
from .structure import Structure

Array: TypeAlias = NDArray[Any]

_ROUNDS = 80
_AT_REST = 1e-9
_SAME = 1e-6
_STARTS = 64
_MOST_BOXES = 60_000
_FEW = 5  # populations up to which it pays to look at all these boxes


class Certificate(Enum):
    """Why the steady states found are thought to be all there are."""

    ENCLOSED = "every box of rates was proved to hold one steady state or none"
    INDEX = "searched from many starts; the indices of the states found add up to 1, as those of all states must"
    OPEN = "searched from many starts; the indices of the states found do not add up to 1, so at least one is missing"

    @property
    def complete(self) -> bool:
        """Whether no steady state can be missing."""
        return self is Certificate.ENCLOSED


@dataclass(frozen=True)
class SteadySearch:
    """The steady rates (n, P) found (Hz), sorted by the first population, and the certificate of completeness."""

    rates: Array
    certificate: Certificate
    boxes: int


def steady_search(structure: Structure, seed: int = 0) -> SteadySearch:
    """Return all steady states of a network.

    Source: krawczyk1969; for the indices, the degree of a map of a box into itself.
    Assumptions: rates between 0 and q_max. Networks of frozen sigmoids are searched box by box, which leaves no gap;
    where that takes too many boxes, or rates depend on variances or fall, Newton's method starts from 128 points for
    every population, and the sum of the indices sign det(1 - M(0)) tells whether an odd number of states is missing (a
    pair born at a fold it cannot see).
    """
    boxes = 0
    if not structure.two_moments and structure.rising:
        enclosed = enclose(structure, _MOST_BOXES if structure.count <= _FEW else _MOST_BOXES // 10)
        boxes = enclosed.boxes
        if enclosed.complete:
            reached = newton(structure, enclosed.middles)
            found = _distinct(structure, reached)
            if len(reached) == len(enclosed.middles):
                return SteadySearch(found, Certificate.ENCLOSED, boxes)
    found = _distinct(structure, newton(structure, _starts(structure, seed)))
    identity = np.eye(structure.count)
    signs = np.sign(np.linalg.det(identity - structure.round_trip(found))) if len(found) else np.zeros(1)
    sure = Certificate.INDEX if round(float(signs.sum())) == 1 else Certificate.OPEN
    return SteadySearch(found, sure, boxes)


def _starts(structure: Structure, seed: int) -> Array:
    """Return rates (n, P) to start from: even, crowded towards 0, and where the network settles from both ends."""
    points = np.random.default_rng(seed).random((_STARTS * structure.count, structure.count))
    top = structure.q_max
    crowded = top * 10 ** (-5 * points)
    ends = np.stack([np.zeros(structure.count), top, top / 2])
    return np.concatenate(
        [points * top, crowded, ends, *_settled(structure, np.concatenate([ends, points[:24] * top]))]
    )


def _settled(structure: Structure, rates: Array) -> list[Array]:
    """Return where rates go when they follow their own image slowly, after some and after many steps."""
    seen = []
    for step in range(400):
        rates = rates + 0.1 * (structure.mapped(rates) - rates)
        if step in (20, 399):
            seen.append(rates)
    return seen


def newton(structure: Structure, starts: Array) -> Array:
    """Return the steady rates (m, P) that Newton's method with shortened steps reaches from ``starts`` (n, P), Hz."""
    rates = np.array(starts, dtype=float)
    if not len(rates):
        return rates
    identity, scale = np.eye(structure.count), structure.q_max
    miss = structure.mapped(rates) - rates
    share = np.ones(len(rates))
    done: list[Array] = []
    for _ in range(_ROUNDS):
        step = np.einsum("nij,nj->ni", inverses(identity - structure.round_trip(rates)), miss)
        trial = np.clip(rates + share[:, None] * step, 0.0, scale)
        trial_miss = structure.mapped(trial) - trial
        size, new_size = _size(miss, rates, scale), _size(trial_miss, trial, scale)
        better = new_size < size
        rates[better], miss[better] = trial[better], trial_miss[better]
        share = np.where(better, np.minimum(2 * share, 1.0), share / 3)
        size = np.where(better, new_size, size)
        # At rest, and Newton's method has nothing more to give: rounding is reached.
        settled = (size < _AT_REST) & (~better | (size < 1e-14))
        done.append(rates[settled])
        alive = ~settled & (share > 1e-5)
        rates, miss, share = rates[alive], miss[alive], share[alive]
        if not len(rates):
            break
    rest = rates[_size(miss, rates, scale) < _AT_REST] if len(rates) else rates
    return np.concatenate([*done, rest])


def _size(miss: Array, rates: Array, scale: Array) -> Array:
    """Return how far rates (n, P) are from rest: relative to themselves, with a floor far below any that counts."""
    return np.max(np.abs(miss) / (np.abs(rates) + 1e-6 * scale), axis=1)


def _distinct(structure: Structure, rates: Array) -> Array:
    """Return one of each cluster, sorted by the rate of the first population."""
    kept: list[Array] = []
    for row in rates[np.argsort(rates[:, 0], kind="stable")] if len(rates) else rates:
        if not any(np.all(np.abs(row - other) <= _SAME * (np.abs(row) + 1e-6 * structure.q_max)) for other in kept):
            kept.append(row)
    return np.array(kept).reshape(-1, structure.count)
