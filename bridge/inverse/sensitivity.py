"""What population data can tell apart: changes of the features per dose of every lever, in standard errors."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .directions import Direction
from .mixture_response import MixtureResponse

Array = NDArray[np.floating]


_CURVE = 41  # points of a curve to which a change is compared


@dataclass(frozen=True, kw_only=True)
class Discriminability:
    """How well each lever at its full dose is told from any dose of another one (K, K): d' and the angle between them.

    The full dose is the highest possible amount, or the lowest if the lever can only go down. d' is the distance, in
    standard errors of a recording, from the change it makes to the nearest change that the column's lever can make; on
    the diagonal, to no change at all. ``low`` and ``high`` are the ends of its interval over the errors of the curves.
    The angle (degrees, 0 to 90) is between the lines of the two levers' mean changes.
    """

    d_prime: Array
    low: Array
    high: Array
    angle: Array


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """Changes (F, K) of the features per dose of each lever, and the covariance of a recording's errors.

    The change per dose is the secant between the ends of the possible amounts: the slope at the untouched cell is 0 for
    a lever whose effect grows with the square of its amount.

    Parameters
    ----------
    response : MixtureResponse
        Where the changes and their errors come from.
    recording : (F, F) array
        Covariance of the errors with which a change of the features is recorded: it whitens the matrix.
    """

    response: MixtureResponse
    recording: Array

    @cached_property
    def _secants(self) -> Array:
        """Weights (K, C) of the conditions in the secant of each lever."""
        made = []
        for k, ends in enumerate(self.response.bounds):
            at_ends = self.response.curve_weights(k, ends)
            made.append((at_ends[1] - at_ends[0]) / (ends[1] - ends[0]))
        return np.array(made)

    @cached_property
    def per_dose(self) -> Array:
        """Mean change of each feature per dose of each lever (F, K)."""
        return (self._secants @ self.response.values).T

    @cached_property
    def per_unit(self) -> Array:
        """Change (F, K) per doubling of a factor, or per unit of a shift."""
        return self.per_dose / np.array([axis.reach for axis in self.response.axes])

    @cached_property
    def whitener(self) -> Array:
        """A matrix W (F, F) that makes the errors of a recording independent and of size 1."""
        scale = np.sqrt(np.diag(self.recording))
        values, vectors = np.linalg.eigh(self.recording / np.outer(scale, scale))
        return (vectors / np.sqrt(values)) @ vectors.T / scale

    @cached_property
    def whitened(self) -> Array:
        """Changes per dose in standard errors of the recording (F, K)."""
        return self.whitener @ self.per_dose

    @cached_property
    def directions(self) -> tuple[Direction, ...]:
        """Singular directions of the whitened matrix, the best determined first; sizes are the singular values."""
        _, values, vectors = np.linalg.svd(self.whitened, full_matrices=True)
        sizes = np.concatenate([values, np.zeros(len(vectors) - values.size)])
        return tuple(Direction(doses=vector, size=float(size)) for vector, size in zip(vectors, sizes, strict=True))

    def degenerate(self, at_least: float = 2.0) -> tuple[Direction, ...]:
        """Return the directions along which a unit step moves the features by less than ``at_least`` errors."""
        return tuple(direction for direction in self.directions if direction.size < at_least)

    def _drawn_values(self, number: int, rng: np.random.Generator) -> Array:
        """Return changes at the studied amounts (number, C, F), drawn from their errors."""
        response = self.response
        root_c, root_f = (_root(m) for m in (response.condition_correlation, response.feature_correlation))
        noise = rng.standard_normal((number, *response.values.shape))
        return response.values + response.errors * np.einsum("cd,ndf,gf->ncg", root_c, noise, root_f)

    def singular_value_draws(self, number: int, rng: np.random.Generator) -> Array:
        """Return singular values (number, min(F, K)) of matrices drawn from the errors of their entries."""
        drawn = np.einsum("gf,kc,ncf->ngk", self.whitener, self._secants, self._drawn_values(number, rng))
        return np.linalg.svd(drawn, compute_uv=False)

    def discriminability(self, rng: np.random.Generator, *, number: int = 200, level: float = 0.95) -> Discriminability:
        """Return how well each lever is told from each other one, with intervals.

        Squared distances of noisy changes are too large by the noise, and those of draws about them by twice the noise:
        both are corrected, and the interval holds the middle of the corrected draws.
        """
        found = self._squares(self.response.values[None])[0]
        drawn = self._squares(self._drawn_values(number, rng))
        tail = 0.5 - level / 2
        noise = drawn.mean(0) - found
        low, high = np.quantile(drawn - 2 * noise, [tail, 1 - tail], axis=0)
        d_prime, lowest, highest = (np.sqrt(np.maximum(square, 0.0)) for square in (found - noise, low, high))
        length = np.linalg.norm(self.whitened, axis=0)
        cosine = np.abs(self.whitened.T @ self.whitened) / np.maximum(np.outer(length, length), 1e-300)
        angle = np.degrees(np.arccos(np.clip(cosine, 0.0, 1.0)))
        return Discriminability(d_prime=d_prime, low=lowest, high=highest, angle=angle)

    def _squares(self, values: Array) -> Array:
        """Return squared distances (n, K, K) from each lever's full dose to each curve, for values (n, C, F)."""
        levers = len(self.response.axes)
        bounds = self.response.bounds
        squares = np.empty((values.shape[0], levers, levers))
        full = [np.array([high if high > 0 else low]) for low, high in bounds]
        targets = [self._seen(values, j, full[j]) for j in range(levers)]
        for k, (low, high) in enumerate(bounds):
            curve = self._seen(values, k, np.linspace(low, high, _CURVE))
            for j in range(levers):
                apart = targets[j] if j == k else targets[j] - curve
                squares[:, j, k] = np.min(np.sum(apart**2, -1), axis=-1)
        return squares

    def _seen(self, values: Array, lever: int, doses: Array) -> Array:
        """Return whitened effects (n, doses, F) of one lever for values (n, C, F)."""
        return self.response.curve_weights(lever, doses) @ values @ self.whitener.T


def _root(correlation: Array) -> Array:
    values, vectors = np.linalg.eigh(correlation)
    return (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
