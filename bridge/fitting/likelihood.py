"""How far a recording lies from a prediction: deviances with their residuals, one law of the error each.

Every law gives residuals whose squares add up to the deviance, so that one least-squares search serves all.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, polygamma
from scipy.stats import chi2

Array = NDArray[Any]

_TINY = 1e-300


class Likelihood(Protocol):
    """What a fit asks of the law of the error; predictions are (..., n)."""

    @property
    def size(self) -> int:
        """Number of data."""
        ...

    def terms(self, predicted: Array) -> Array:
        """Return what each datum adds to the deviance, -2 ln(likelihood ratio to a perfect fit), (..., n)."""
        ...

    def residuals(self, predicted: Array) -> tuple[Array, Array]:
        """Return the signed roots of the terms (n,) and their slopes by the prediction (n,)."""
        ...

    def information(self, predicted: Array) -> Array:
        """Return the Fisher information of each datum about its own prediction (..., n)."""
        ...

    def draw(self, predicted: Array, random: np.random.Generator) -> "Likelihood":
        """Return the same law with data drawn from it at ``predicted`` (n,)."""
        ...


def _signed_roots(terms: Array, above: NDArray[np.bool_], slope: Array, information: Array) -> tuple[Array, Array]:
    """Return signed roots of deviance terms and their slopes; ``slope`` is d term / d prediction.

    Where a residual is close to zero, slope / (2 root) is 0/0 and its limit, minus the root of the information, stands.
    """
    root = np.sqrt(np.maximum(terms, 0.0)) * np.where(above, 1.0, -1.0)
    limit = -np.sqrt(information)
    near = np.abs(root) < 1e-5
    return root, np.where(near, limit, slope / np.where(near, 1.0, 2 * root))


@dataclass(frozen=True)
class GammaLikelihood:
    """Spectral estimates: degrees x measured / true is chi-square with ``degrees`` degrees of freedom, bin by bin.

    Source: whittle1953; percival1993.
    Assumptions: bins are independent, hence no closer than the estimator's bandwidth; a Gaussian process, long records.

    Parameters
    ----------
    measured : (n,) array
        Density, above 0.
    degrees : (n,) array
        Degrees of freedom of each bin.
    """

    measured: Array
    degrees: Array

    @property
    def size(self) -> int:
        """Number of bins."""
        return self.measured.size

    def terms(self, predicted: Array) -> Array:
        """Return degrees x (measured/predicted - 1 - ln(measured/predicted)), (..., n)."""
        ratio = self.measured / np.maximum(predicted, _TINY)
        return self.degrees * (ratio - 1 - np.log(np.maximum(ratio, _TINY)))

    def residuals(self, predicted: Array) -> tuple[Array, Array]:
        """Return signed roots of the terms (n,) and their slopes by the prediction."""
        ratio = self.measured / predicted
        slope = self.degrees * (1 - ratio) / predicted
        return _signed_roots(self.terms(predicted), ratio > 1, slope, self.information(predicted))

    def information(self, predicted: Array) -> Array:
        """Return degrees / (2 predicted^2), (..., n)."""
        return self.degrees / (2 * np.asarray(predicted) ** 2)

    def draw(self, predicted: Array, random: np.random.Generator) -> "GammaLikelihood":
        """Return estimates of the same degrees of freedom drawn about ``predicted`` (n,)."""
        return GammaLikelihood(predicted * random.chisquare(self.degrees) / self.degrees, self.degrees)


@dataclass(frozen=True)
class GaussianLikelihood:
    """Values with measured standard errors.

    Assumptions: errors are independent and normal.

    Parameters
    ----------
    measured, standard_error : (n,) array
        In one unit.
    """

    measured: Array
    standard_error: Array

    @property
    def size(self) -> int:
        """Number of values."""
        return self.measured.size

    def terms(self, predicted: Array) -> Array:
        """Return squared residuals in standard errors (..., n)."""
        return ((self.measured - predicted) / self.standard_error) ** 2

    def residuals(self, predicted: Array) -> tuple[Array, Array]:
        """Return residuals in standard errors (n,) and their slopes by the prediction."""
        return (self.measured - predicted) / self.standard_error, -1 / self.standard_error

    def information(self, predicted: Array) -> Array:
        """Return 1 / standard error^2, (..., n)."""
        return np.broadcast_to(1 / self.standard_error**2, np.shape(predicted))

    def draw(self, predicted: Array, random: np.random.Generator) -> "GaussianLikelihood":
        """Return values drawn about ``predicted`` (n,) with the same errors."""
        return GaussianLikelihood(random.normal(predicted, self.standard_error), self.standard_error)


@dataclass(frozen=True)
class PoissonLikelihood:
    """Spike counts: counts / fano are Poisson about predicted rate x exposure / fano.

    Source: mccullagh1989, ch. 9.
    Assumptions: counts of different bins are independent; the Fano factor is known.

    Parameters
    ----------
    count : (n,) array
        Spikes.
    exposure : (n,) array
        Cells x time, s.
    fano : float
        Variance over mean of a count, 1.
    """

    count: Array
    exposure: Array
    fano: float = 1.0

    @property
    def size(self) -> int:
        """Number of counts."""
        return self.count.size

    def terms(self, predicted: Array) -> Array:
        """Return 2 (count ln(count/expected) - (count - expected)) / fano, (..., n); ``predicted`` are rates, Hz."""
        expected = np.maximum(predicted * self.exposure, 1e-12)
        logs = np.where(self.count > 0, self.count * np.log(np.maximum(self.count, _TINY) / expected), 0.0)
        return 2 * (logs - (self.count - expected)) / self.fano

    def residuals(self, predicted: Array) -> tuple[Array, Array]:
        """Return signed roots of the terms (n,) and their slopes by the rate."""
        expected = np.maximum(predicted * self.exposure, 1e-12)
        slope = 2 * (1 - self.count / expected) * self.exposure / self.fano
        return _signed_roots(self.terms(predicted), self.count > expected, slope, self.information(predicted))

    def information(self, predicted: Array) -> Array:
        """Return exposure / (fano rate), (..., n)."""
        return self.exposure / (self.fano * np.maximum(predicted, 1e-12))

    def draw(self, predicted: Array, random: np.random.Generator) -> "PoissonLikelihood":
        """Return counts drawn about rates ``predicted`` (n,): exactly Poisson for a Fano factor of 1."""
        counts = self.fano * random.poisson(predicted * self.exposure / self.fano)
        return PoissonLikelihood(counts.astype(float), self.exposure, self.fano)


def goodness(likelihood: Likelihood, predicted: Array, free: int) -> float:
    """Return the chance of a deviance as large as this if the model is right (chi-square), 1.

    For spectra the mean of each term is not 1 but degrees x (ln(degrees/2) - digamma(degrees/2)); see `expected_terms`.
    """
    terms = likelihood.terms(predicted)[: likelihood.size]
    mean, variance = expected_terms(likelihood)
    left = max(likelihood.size - free, 1) / likelihood.size
    centre, spread = float(np.sum(mean)) * left, float(np.sum(variance)) * left
    # A scaled chi-square of the same mean and variance.
    factor = spread / (2 * centre)
    return float(chi2.sf(float(terms.sum()) / factor, centre / factor))


def expected_terms(likelihood: Likelihood) -> tuple[Array, Array]:
    """Return mean and variance of each deviance term at the truth (n,): 1 and 2, or the exact ones of spectra."""
    spectrum: Any = getattr(likelihood, "spectrum", likelihood)
    if not isinstance(spectrum, GammaLikelihood):
        return np.ones(likelihood.size), np.full(likelihood.size, 2.0)
    k = spectrum.degrees / 2
    # With X = measured/true ~ Gamma(k)/k: mean and variance of 2k (X - 1 - ln X); Cov(X, ln X) = 1/k.
    return 2 * k * (np.log(k) - digamma(k)), 4 * k**2 * (1 / k + polygamma(1, k) - 2 / k)
