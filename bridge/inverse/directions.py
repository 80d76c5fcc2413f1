"""Directions in the space of mixtures, and how to say them: which levers go up or down together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .dose_axis import DoseAxis

Array = NDArray[np.floating]

_SPOKEN = 0.35  # components smaller than this share of the largest are not named
_MOST_NAMED = 4


@dataclass(frozen=True, kw_only=True)
class Direction:
    """A direction of length 1 in doses (K,) and a size that belongs to it.

    The size is a singular value (how far a unit step along it moves the features, in standard errors) or a standard
    deviation (how far plausible mixtures spread along it, in doses).
    """

    doses: Array
    size: float

    def words(self, axes: Sequence[DoseAxis]) -> str:
        """Return the direction in words, the strongest lever first and upward: "a up with b down"."""
        parts = [f"{axes[k].name} {'up' if turn > 0 else 'down'}" for k, turn in self._named()]
        return " with ".join(parts)

    def example(self, axes: Sequence[DoseAxis]) -> str:
        """Return a mixture along the direction, its largest dose 1 or what the bounds allow."""
        low, high = np.array([axis.bounds for axis in axes]).T
        along = self._upward()
        moving = np.abs(along) > 1e-9
        room = np.where(along > 0, high, low)[moving] / along[moving]
        step = float(np.min(np.where(room > 0, room, np.inf)))
        step = 1.0 / float(np.max(np.abs(along))) if not np.isfinite(step) else step
        return " with ".join(f"{axes[k].name} {axes[k].label(step * along[k])}" for k, _ in self._named())

    def _upward(self) -> Array:
        """Return the direction with its strongest lever upward."""
        return self.doses * np.sign(self.doses[np.argmax(np.abs(self.doses))])

    def _named(self) -> list[tuple[int, float]]:
        along = self._upward()
        order = np.argsort(-np.abs(along), kind="stable")
        order = order[:_MOST_NAMED]
        return [(int(k), float(along[k])) for k in order if abs(along[k]) >= _SPOKEN * abs(along[order[0]])]


def spread_directions(draws: Array) -> list[Direction]:
    """Return the principal directions of plausible mixtures (n, K; doses), the widest first."""
    values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(draws.T)))
    order = np.argsort(-values)
    return [Direction(doses=vectors[:, i], size=float(np.sqrt(max(values[i], 0.0)))) for i in order]
