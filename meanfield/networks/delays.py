"""Conduction delays that differ from synapse to synapse: their characteristic function multiplies the transfer."""

import math
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...units import Quantity, described, quantity

Array: TypeAlias = NDArray[Any]
Complex: TypeAlias = NDArray[Any]

_REACH = 4.0  # standard deviations above the mean beyond which no delay is kept
_NODES = 32


@described(kw_only=False)
class DelayDistribution:
    """The delays of one projection: a mean and a spread, without those below 0 and above mean + 4 spreads.

    Assumptions: every synapse draws its delay once and independently, so that the population hears the mean over all
    delays. Averages over the distribution are taken by Gauss's rule with 32 nodes; the transform is good as long as the
    angular frequency times the width of the distribution stays below about 50.

    Parameters
    ----------
    mean : float
        s; of the distribution before it is cut.
    spread : float
        Standard deviation before it is cut, s.
    family : {"constant", "normal", "lognormal", "uniform"}
        What the distribution is; without a spread it is always constant.
    """

    mean: Quantity = quantity("s", at_least=0, default=0.0)
    spread: Quantity = quantity("s", at_least=0, default=0.0)
    family: Literal["constant", "normal", "lognormal", "uniform"] = "constant"

    def _check(self) -> None:
        if self.family not in ("constant", "normal", "lognormal", "uniform"):
            raise ValueError(
                f"DelayDistribution.family: {self.family!r} is unknown; choose constant, normal, lognormal or uniform."
            )
        if self.family == "constant" and self.spread > 0:
            raise ValueError(
                f"DelayDistribution.spread: {self.spread:g} s on a constant delay; name a family, or leave it at 0."
            )
        if self.family == "lognormal" and self.spread > 0 and not self.mean > 0:
            raise ValueError("DelayDistribution.mean: 0 s; a lognormal delay needs a mean above 0 s.")

    @cached_property
    def nodes(self) -> tuple[Array, Array]:
        """Delays (s) and weights (sum 1) that stand for the distribution."""
        if self.spread == 0 or self.family == "constant":
            return np.array([self.mean]), np.ones(1)
        points, weights = np.polynomial.legendre.leggauss(_NODES)
        low, high = self._range()
        delays = low + (high - low) * (points + 1) / 2
        shares = weights * self._density(delays)
        return delays, shares / shares.sum()

    def _range(self) -> tuple[float, float]:
        """Return the delays between which the density is integrated, s."""
        top = self.mean + _REACH * self.spread
        if self.family == "uniform":
            half = math.sqrt(3.0) * self.spread
            return max(self.mean - half, 0.0), self.mean + half
        if self.family == "normal":
            return max(self.mean - 6 * self.spread, 0.0), top
        middle, width = self._log_moments()
        return math.exp(middle - 6 * width), top

    def _density(self, delay: Array) -> Array:
        """Return what the density is proportional to at ``delay`` (s)."""
        if self.family == "uniform":
            return np.ones_like(delay)
        if self.family == "normal":
            return np.exp(-(((delay - self.mean) / self.spread) ** 2) / 2)
        middle, width = self._log_moments()
        return np.exp(-(((np.log(delay) - middle) / width) ** 2) / 2) / delay

    def _log_moments(self) -> tuple[float, float]:
        """Return mean and standard deviation of the logarithm of a lognormal delay."""
        log_variance = math.log1p((self.spread / self.mean) ** 2)
        return math.log(self.mean) - log_variance / 2, math.sqrt(log_variance)

    @property
    def average(self) -> float:
        """Mean of the delays that are kept, s."""
        delays, weights = self.nodes
        return float(delays @ weights)

    @property
    def longest(self) -> float:
        """Longest delay that counts, s."""
        return float(self.nodes[0].max())

    def laplace(self, s: ArrayLike) -> Complex:
        """Return the mean of exp(-s delay) at complex ``s`` (...) (1/s), 1."""
        delays, weights = self.nodes
        return np.exp(-np.asarray(s, dtype=np.complex128)[..., None] * delays) @ weights

    def taps(self, dt: float) -> tuple[int, Array]:
        """Return the first lag (steps of ``dt``, s) and the weight of it and the following ones.

        A delay between two steps is shared linearly by both.
        """
        delays, weights = self.nodes
        lag = delays / dt
        lag = np.where(np.abs(lag - np.round(lag)) < 1e-9 * (1 + lag), np.round(lag), lag)
        whole = np.floor(lag).astype(int)
        part = lag - whole
        first = int(whole.min())
        found = np.zeros(int(whole.max()) - first + 2)
        np.add.at(found, whole - first, weights * (1 - part))
        np.add.at(found, whole - first + 1, weights * part)
        return first, np.trim_zeros(found, "b")
