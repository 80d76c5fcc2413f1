"""Proposals from the shape of a posterior: a bell for each of its valleys, drawn from wherever a walker stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_TAILS = 5.0  # degrees of freedom: heavier tails than a posterior's
_FEWEST = 5  # points for each coordinate from which a bell takes its shape


@dataclass(frozen=True)
class Bell:
    """A multivariate t with the mean and the covariance (root, d by d) of some points."""

    mean: Array
    root: Array

    @staticmethod
    def of(points: Array) -> "Bell":
        """Return the bell over points (n, d)."""
        covariance = np.cov(points, rowvar=False).reshape(points.shape[1], -1)
        return Bell(points.mean(axis=0), np.linalg.cholesky(covariance + 1e-12 * np.diag(np.diag(covariance))))

    def draw(self, size: int, random: Any) -> Array:
        """Return draws (size, d)."""
        normal = random.standard_normal((size, self.mean.size))
        scale = np.sqrt(random.chisquare(_TAILS, size) / _TAILS)
        return self.mean + (normal / scale[:, None]) @ self.root.T

    def log_density(self, x: Array) -> Array:
        """Return the log density at ``x`` (n, d), less what all bells of this dimension have in common."""
        standard = np.linalg.solve(self.root, (x - self.mean).T)
        size = -np.sum(np.log(np.diag(self.root)))
        return size - 0.5 * (_TAILS + x.shape[1]) * np.log1p(np.sum(standard**2, axis=0) / _TAILS)


@dataclass(frozen=True)
class Proposal:
    """Draws from several bells with equal weight, independent of where the walkers stand.

    Equal weights need not be those of the valleys: the ratio of densities that goes into the acceptance sees to that.
    """

    bells: tuple[Bell, ...]

    @staticmethod
    def of(points: Array, valleys: Sequence[Array]) -> "Proposal":
        """Return a bell for every valley (d,) that enough of the points (n, d) are nearest to."""
        place = nearest(points, valleys)
        groups = [points[place == k] for k in range(len(valleys))]
        kept = [group for group in groups if len(group) >= _FEWEST * points.shape[1]]
        return Proposal(tuple(Bell.of(group) for group in kept or [points]))

    def __call__(self, x: Array, random: Any) -> tuple[Array, Array]:
        """Return a new place for every walker (n, d), and the log of the ratio of densities there and here."""
        chosen = random.randint(len(self.bells), size=len(x))
        drawn = np.empty_like(x)
        for k, bell in enumerate(self.bells):
            drawn[chosen == k] = bell.draw(int(np.sum(chosen == k)), random)
        return drawn, self._log_density(x) - self._log_density(drawn)

    def _log_density(self, x: Array) -> Array:
        return np.logaddexp.reduce([bell.log_density(x) for bell in self.bells], axis=0)


def nearest(points: Array, valleys: Sequence[Array]) -> NDArray[np.intp]:
    """Return the place of the valley (d,) that each point (..., d) is nearest to, in units of the points' spread."""
    if len(valleys) == 1:
        return np.zeros(np.shape(points)[:-1], dtype=np.intp)
    spread = points.reshape(-1, points.shape[-1]).std(axis=0)
    away = [np.sum(((points - valley) / np.where(spread > 0, spread, 1.0)) ** 2, axis=-1) for valley in valleys]
    return np.argmin(away, axis=0)
