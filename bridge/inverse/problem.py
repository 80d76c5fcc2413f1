"""The inverse question as one number: how far the change that a mixture would make lies from the change observed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from .mixture_response import MixtureResponse

Array = NDArray[np.floating]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Observation:
    """Observed changes (F,) of named features on their scales, with the covariance (F, F) of their errors."""

    features: tuple[str, ...]
    change: Array
    covariance: Array

    def __post_init__(self) -> None:
        count = len(self.features)
        if self.change.shape != (count,) or self.covariance.shape != (count, count):
            raise ValueError(
                f"Observation: {count} features but changes {self.change.shape} and covariance "
                f"{self.covariance.shape}; give ({count},) and ({count}, {count})."
            )
        if not np.all(np.diag(self.covariance) > 0):
            raise ValueError("Observation: every standard error must be above 0; an exact observation has none.")

    def of_features(self, names: Sequence[str]) -> "Observation":
        """Return the observation of some of the features, in this order."""
        place = [self.features.index(name) for name in names]
        return Observation(
            features=tuple(names), change=self.change[place], covariance=self.covariance[np.ix_(place, place)]
        )

    def joined(self, name: str, change: float, standard_error: float) -> "Observation":
        """Return the observation with one more feature, whose error is independent of the others."""
        count = len(self.features)
        covariance = np.zeros((count + 1, count + 1))
        covariance[:count, :count] = self.covariance
        covariance[count, count] = standard_error**2
        return Observation(
            features=(*self.features, name), change=np.append(self.change, change), covariance=covariance
        )


@dataclass(frozen=True, kw_only=True)
class InverseProblem:
    """An observation and what mixtures of levers would do; a mixture explains it if no test at 1 - level rejects it.

    Assumptions: errors of observation and response are Gaussian and independent of each other. Under them the
    discrepancy at the true mixture is chi-square distributed with one degree of freedom per feature, whatever the
    bounds, the shape of the dose curves, or the size of the errors of the response: the set holds the true mixture at
    exactly its level.
    """

    response: MixtureResponse
    observation: Observation
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.response.features != self.observation.features:
            object.__setattr__(self, "response", self.response.of_features(self.observation.features))

    @property
    def threshold(self) -> float:
        """The largest discrepancy that counts as chance."""
        return float(chi2.ppf(self.level, len(self.observation.features)))

    def discrepancy(self, doses: Array) -> Array:
        """Return r^T C^-1 r (n,) of mixtures (n, K; doses): r the unexplained rest, C its whole covariance."""
        mean, covariance = self.response.evaluate(doses)
        rest = self.observation.change - mean
        return np.einsum("nf,nf->n", rest, _solved(covariance + self.observation.covariance, rest[..., None])[..., 0])

    def curvature(self, doses: Array) -> Array:
        """Return J^T C^-1 J (n, K, K) at mixtures (n, K): the Fisher information on the doses."""
        slopes = self.response.slopes(doses)
        covariance = self.response.evaluate(doses)[1] + self.observation.covariance
        return np.swapaxes(slopes, 1, 2) @ _solved(covariance, slopes)

    def explains(self, doses: Array) -> Flags:
        """Tell which of the mixtures (n, K; doses) are in the set."""
        return self.discrepancy(np.atleast_2d(doses)) <= self.threshold

    def p_value(self, discrepancy: float) -> float:
        """Return the chance of a discrepancy at least this large if the mixture is the true one."""
        return float(chi2.sf(discrepancy, len(self.observation.features)))

    def without(self, feature: str) -> "InverseProblem":
        """Return the problem with one feature not observed."""
        kept = [name for name in self.observation.features if name != feature]
        return replace(self, response=self.response.of_features(kept), observation=self.observation.of_features(kept))


def _solved(covariance: Array, right: Array) -> Array:
    """Return C^-1 right for each of a stack of covariances, scaled so that features of any unit are alike."""
    scale = np.sqrt(np.einsum("nff->nf", covariance))[..., None]
    scaled = covariance / (scale * np.swapaxes(scale, 1, 2))
    return np.linalg.solve(scaled, right / scale) / scale
