"""What a mixture of levers does to the features: the sum of dose curves, their interactions, and the error of all that.

Changes are taken on the scale on which effects add: logarithms of ratios for sizes and rates, differences for
potentials. Three errors are carried along with the sum, so that a straight superposition is never taken for the truth:

* of the points of the dose curves, which share the untouched population and are correlated;
* of the curve between its points;
* of superposition: a pair of levers of which the interaction is known adds it, with its error (it is taken to grow with
  the product of the doses); any other pair adds nothing to the sum, and to the error in proportion to the product of
  its effects on their natural scale, joined with a floor.

`ErrorBudget` has the shares.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .dose_axis import DoseAxis
from .error_budget import ErrorBudget
from .interpolation import place_among, smooth_pieces, straight_pieces, weights_at

Array = NDArray[np.floating]


@dataclass(frozen=True, kw_only=True)
class Interaction:
    """What two levers do together beyond their sum, per product of their doses (F,), with standard errors (F,)."""

    first: int
    second: int
    coefficient: Array
    standard_error: Array


@dataclass(frozen=True, kw_only=True)
class MixtureResponse:
    """Changes of F features under a mixture of K levers, known at C conditions of one lever each.

    Parameters
    ----------
    features : tuple of str
        Names of the features.
    axes : tuple of DoseAxis
        The levers.
    values, errors : (C, F) arrays
        Changes at the studied amounts (lever by lever, in the order of ``DoseAxis.amounts``) and their standard errors.
    condition_correlation : (C, C) array
        Correlation of the errors of different conditions.
    feature_correlation : (F, F) array
        Correlation of the errors of different features.
    natural : (F,) array
        Size of a change at which a product of two changes is as large as each of them.
    floor : (F,) array
        Standard deviation of an unknown interaction of two levers at dose 1 that have no other sign of one.
    interactions : tuple of Interaction
        Those that are known.
    budget : ErrorBudget
        Shares of what is known that make up the error of what is not.
    """

    features: tuple[str, ...]
    axes: tuple[DoseAxis, ...]
    values: Array
    errors: Array
    condition_correlation: Array
    feature_correlation: Array
    natural: Array
    floor: Array
    interactions: tuple[Interaction, ...] = field(default=())
    budget: ErrorBudget = field(default=ErrorBudget())

    def __post_init__(self) -> None:
        conditions, features = sum(len(axis.amounts) for axis in self.axes), len(self.features)
        if self.values.shape != (conditions, features) or self.errors.shape != (conditions, features):
            raise ValueError(
                f"MixtureResponse: values {self.values.shape} and errors {self.errors.shape} must be "
                f"({conditions}, {features}), one row per studied amount and one column per feature."
            )

    @property
    def bounds(self) -> Array:
        """Ends of the possible doses (K, 2)."""
        return np.array([axis.bounds for axis in self.axes])

    def _rows(self, lever: int) -> slice:
        start = sum(len(axis.amounts) for axis in self.axes[:lever])
        return slice(start, start + len(self.axes[lever].amounts))

    @cached_property
    def _curves(self) -> tuple[tuple[slice, Array, Array, Array], ...]:
        """For each lever its rows, its knots, the pieces of its curve (0 at the untouched cell), and its unsureness."""
        made = []
        for k, axis in enumerate(self.axes):
            smooth = smooth_pieces(axis.knots)
            made.append((self._rows(k), axis.knots, smooth[:, :, axis.knots != 0.0], self._unsure(k, smooth)))
        return tuple(made)

    def _unsure(self, lever: int, smooth: Array) -> Array:
        """Return the standard deviation of a curve midway between its points (P - 1, F)."""
        knots = self.axes[lever].knots
        points = np.zeros((knots.size, len(self.features)))
        points[knots != 0.0] = self.values[self._rows(lever)]
        powers = np.linspace(0, 1, 9)[:, None] ** np.arange(4)
        bends = np.einsum("tk,ikp,pf->itf", powers, smooth - straight_pieces(knots), points)
        share = self.budget.of_a_step if knots[0] < 0.0 < knots[-1] else self.budget.of_a_step_at_an_end
        return np.hypot(self.budget.of_a_bend * np.abs(bends).max((0, 1)), share * np.abs(np.diff(points, axis=0)))

    @cached_property
    def _root(self) -> Array:
        """A matrix R with R^T R the correlation of the conditions."""
        values, vectors = np.linalg.eigh(self.condition_correlation)
        return np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T

    @cached_property
    def _unknown(self) -> Array:
        """1 for each pair of levers of which the interaction is not known (K, K), else 0."""
        mask = 1.0 - np.eye(len(self.axes))
        for pair in self.interactions:
            mask[pair.first, pair.second] = mask[pair.second, pair.first] = 0.0
        return mask

    def effects(self, doses: Array) -> Array:
        """Return what each lever does alone (n, K, F) at doses (n, K)."""
        parts = [
            weights_at(knots, smooth, doses[:, k]) @ self.values[rows]
            for k, (rows, knots, smooth, _) in enumerate(self._curves)
        ]
        return np.stack(parts, 1)

    def mean(self, doses: Array) -> Array:
        """Return the change of every feature (n, F) under mixtures (n, K; doses)."""
        return self.effects(doses).sum(1) + self._together(doses)

    def _together(self, doses: Array) -> Array:
        """Return the known interactions (n, F)."""
        total = np.zeros((doses.shape[0], len(self.features)))
        for known in self.interactions:
            total += (doses[:, known.first] * doses[:, known.second])[:, None] * known.coefficient
        return total

    def slopes(self, doses: Array) -> Array:
        """Return derivatives of the change with respect to the doses (n, F, K) at mixtures (n, K)."""
        alone = [
            weights_at(knots, smooth, doses[:, k], slope=True) @ self.values[rows]
            for k, (rows, knots, smooth, _) in enumerate(self._curves)
        ]
        found = np.stack(alone, -1)
        for known in self.interactions:
            found[:, :, known.first] += doses[:, known.second, None] * known.coefficient
            found[:, :, known.second] += doses[:, known.first, None] * known.coefficient
        return found

    def curve_weights(self, lever: int, doses: Array) -> Array:
        """Return the weights (n, C) of the conditions in the effect of one lever at doses (n,)."""
        rows, knots, smooth, _ = self._curves[lever]
        weights = np.zeros((doses.size, self.values.shape[0]))
        weights[:, rows] = weights_at(knots, smooth, doses)
        return weights

    def evaluate(self, doses: Array) -> tuple[Array, Array]:
        """Return the change (n, F) under mixtures (n, K; doses) and the covariance of its error (n, F, F)."""
        curves = [weights_at(knots, smooth, doses[:, k]) for k, (_, knots, smooth, _) in enumerate(self._curves)]
        alone = np.stack([w @ self.values[rows] for w, (rows, *_) in zip(curves, self._curves, strict=True)], 1)
        spread = np.einsum("dc,nc,cf->ndf", self._root, np.concatenate(curves, -1), self.errors)
        of_points = np.swapaxes(spread, 1, 2) @ spread * self.feature_correlation
        variance = self._between_points(doses) + self._superposition(doses, alone)
        return alone.sum(1) + self._together(doses), of_points + variance[:, :, None] * np.eye(len(self.features))

    def _superposition(self, doses: Array, alone: Array) -> Array:
        """Return the variance (n, F) of what the levers do together beyond what is known of it."""
        squares = (alone / self.natural) ** 2
        products = np.sum((self._unknown @ squares) * squares, 1) / 2
        together = np.sum((doses**2 @ self._unknown) * doses**2, 1) / 2
        variance = (self.budget.of_a_product * self.natural) ** 2 * products + self.floor**2 * together[:, None]
        for pair in self.interactions:
            product = (doses[:, pair.first] * doses[:, pair.second])[:, None]
            variance += product**2 * (pair.standard_error**2 + (self.budget.of_an_interaction * pair.coefficient) ** 2)
        return variance

    def error_parts(self, doses: Array) -> dict[str, Array]:
        """Return the standard deviations (F,) that make up the error of one mixture (K,), by their origin."""
        at = doses[None]
        alone = self.effects(at)
        variance, between = np.einsum("nff->nf", self.evaluate(at)[1])[0], self._between_points(at)[0]
        superposed = self._superposition(at, alone)[0]
        points = np.maximum(variance - between - superposed, 0.0)
        parts = {"points of the curves": points, "between the points": between, "superposition": superposed}
        return {name: np.sqrt(part) for name, part in parts.items()}

    def _between_points(self, doses: Array) -> Array:
        """Return the variance (n, F) of the curves between their points."""
        total = np.zeros((doses.shape[0], len(self.features)))
        for k, (_, knots, _, unsure) in enumerate(self._curves):
            piece, place = place_among(knots, doses[:, k])
            total += ((4 * place * (1 - place))[:, None] * unsure[piece]) ** 2
        return total

    def with_interactions(self, interactions: Sequence[Interaction]) -> "MixtureResponse":
        """Return the response with these interactions known."""
        return replace(self, interactions=tuple(interactions))

    def of_levers(self, levers: Sequence[int]) -> "MixtureResponse":
        """Return the response to some of the levers alone."""
        rows = np.concatenate([np.arange(self.values.shape[0])[self._rows(k)] for k in levers])
        place = {lever: number for number, lever in enumerate(levers)}
        kept = [pair for pair in self.interactions if {pair.first, pair.second} <= set(place)]
        return replace(
            self,
            axes=tuple(self.axes[k] for k in levers),
            values=self.values[rows],
            errors=self.errors[rows],
            condition_correlation=self.condition_correlation[np.ix_(rows, rows)],
            interactions=tuple(replace(p, first=place[p.first], second=place[p.second]) for p in kept),
        )

    def of_features(self, names: Sequence[str]) -> "MixtureResponse":
        """Return the response of some of the features, in this order."""
        unknown = [name for name in names if name not in self.features]
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: no such feature here; there are {', '.join(self.features)}.")
        columns = [self.features.index(name) for name in names]
        return replace(
            self,
            features=tuple(names),
            values=self.values[:, columns],
            errors=self.errors[:, columns],
            feature_correlation=self.feature_correlation[np.ix_(columns, columns)],
            natural=self.natural[columns],
            floor=self.floor[columns],
            interactions=tuple(
                replace(p, coefficient=p.coefficient[columns], standard_error=p.standard_error[columns])
                for p in self.interactions
            ),
        )
