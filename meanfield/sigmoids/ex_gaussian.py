"""The default sigmoid: saturating-exponential cells with normally distributed thresholds."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import erfcx, ndtr

from ...units import Quantity, described, quantity, takes
from ..gain_pivot import Pivot, Turning, pivot_at
from .features import checked_probability, invert, sigmoid_features, steepest_point, within_reach
from .gaussian import normal_density

# Below these ratios kappa/sigma the closed forms of the derivatives lose digits to cancellation; an expansion about the
# Gaussian is then exact to the same number of digits.
_SMALL_FOR_CURVATURE = 1e-5
_SMALL_FOR_KAPPA = 1e-3
# The same for sigma/kappa: below it the onset is Gaussian and all that follows an exponential.
_SMALL_RATIO = 1e-2


def standard_tail(x: NDArray[np.float64], ratio: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return exp(-ratio x + ratio^2/2) Phi(x - ratio), the part of the exponential tail, for ratio = sigma/kappa."""
    left = np.minimum(x, ratio)
    scaled = 0.5 * np.exp(-(left**2) / 2) * erfcx((ratio - left) / math.sqrt(2))
    right = np.maximum(x, ratio)
    return np.where(x < ratio, scaled, np.exp(-ratio * (right - ratio / 2)) * ndtr(right - ratio))


def standard_height(x: NDArray[np.float64], ratio: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Q/q_max for positive kappa; below threshold as one difference, so that the far tail keeps its digits."""
    left = np.minimum(x, 0.0)
    below = 0.5 * np.exp(-(left**2) / 2) * (erfcx(-left / math.sqrt(2)) - erfcx((ratio - left) / math.sqrt(2)))
    return np.where(x < 0, below, ndtr(x) - standard_tail(x, ratio))


@described(kw_only=False)
class ExGaussianSigmoid:
    """Exponentially modified Gaussian sigmoid: f(x) = q_max (1 - exp(-x/kappa)) cells, normally distributed thresholds.

    Q/q_max = Phi(u/s) - exp(-u/kappa + s^2/(2 kappa^2)) Phi(u/s - s/kappa), u = V - theta; with negative ``kappa`` its
    mirror image, with ``kappa = 0`` the Gaussian sigmoid.

    Source: grushka1972 (the distribution).
    Assumptions: cells without memory; mean of Q' theta + kappa, variance sigma^2 + kappa^2, third cumulant 2 kappa^3.

    Parameters
    ----------
    q_max : float
        Maximal rate, Hz.
    theta : float
        Mean threshold, V.
    sigma : float
        Standard deviation of thresholds and potentials together, V.
    kappa : float
        Potential over which a cell saturates, V; its sign is the sign of the skew.
    """

    q_max: Quantity = quantity("Hz", above=0)
    theta: Quantity = quantity("V")
    sigma: Quantity = quantity("V", above=0)
    kappa: Quantity = quantity("V")

    @property
    def _ratio(self) -> float:
        return self.sigma / abs(self.kappa) if self.kappa else math.inf

    def _standard(self, v: ArrayLike) -> NDArray[np.float64]:
        """Return (V - theta)/sigma, mirrored when kappa is negative."""
        return (np.asarray(v, dtype=float) - self.theta) / math.copysign(self.sigma, self.kappa)

    def _density(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the density of Q'/q_max on the axis of ``x``, 1."""
        return self._ratio * standard_tail(x, self._ratio) if self.kappa else normal_density(x)

    def _density_slope(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the derivative of the density, 1."""
        if self._ratio > 1 / _SMALL_FOR_CURVATURE:
            shifted = x - 1 / self._ratio
            return -shifted * normal_density(shifted)
        return self._ratio * (normal_density(x) - self._density(x))

    @takes(v="V")
    def __call__(self, v: ArrayLike) -> NDArray[np.float64]:
        """Return the rate at ``v`` (V), Hz."""
        x = self._standard(v)
        if not self.kappa:
            return self.q_max * ndtr(x)
        if self.kappa > 0:
            return self.q_max * standard_height(x, self._ratio)
        return self.q_max * (ndtr(-x) + standard_tail(x, self._ratio))

    @takes(v="V")
    def gain(self, v: ArrayLike) -> NDArray[np.float64]:
        """Return the slope dQ/dV at ``v`` (V), Hz/V."""
        return self.q_max / self.sigma * self._density(self._standard(v))

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        """Return the potential where the rate is ``p`` times ``q_max``, V."""
        target = self.q_max * checked_probability(p)
        return invert(self, self.gain, target, start=self.theta + self.kappa, step=self.sigma + abs(self.kappa))

    @property
    def pivots(self) -> dict[str, Pivot]:
        """Potential (V) and rate (Hz) that a change of ``sigma`` leaves alone; ``kappa`` has none.

        The derivative by ``sigma`` is sigma Q'', so that the pivot is the point of inflection; a larger ``kappa`` makes
        every cell saturate later, and so lowers the rate everywhere.
        """
        found: Any = brentq(self._bending, *self._about_inflection(), xtol=1e-15)
        return {
            "sigma": pivot_at("sigma", float(found), self(found)),
            "kappa": Pivot(parameter="kappa", turning=Turning.LOWERS),
        }

    def _about_inflection(self) -> tuple[float, float]:
        """Return two potentials on both sides of the point of inflection, V."""
        if self._ratio < _SMALL_RATIO:
            # The flank of the onset is then too narrow for a search over the whole rise; the Gaussian ends in 40 sd.
            ends = sorted((self.theta, self.theta + math.copysign(40 * self.sigma, self.kappa)))
            return ends[0], ends[1]
        steepest, reach = steepest_point(self), 1e-3 * self.sigma
        return steepest - reach, steepest + reach

    def _bending(self, v: float) -> float:
        """Return the sign of Q'' at ``v`` (V) as a number that crosses zero with it."""
        return math.copysign(1.0, self.kappa) * float(self._density_slope(self._standard(v)))

    def features(self) -> dict[str, float]:
        """Return the sigmoid features, SI."""
        return sigmoid_features(self)

    def parameters(self) -> dict[str, float]:
        """Return what the constructor takes."""
        return {"q_max": self.q_max, "theta": self.theta, "sigma": self.sigma, "kappa": self.kappa}

    @takes(v="V")
    def parameter_gradient(self, v: ArrayLike) -> dict[str, NDArray[np.float64]]:
        """Return dQ/d(parameter) at ``v`` (V) for every parameter, Hz per SI unit of the parameter.

        The derivative by ``sigma`` is that of the heat equation, sigma Q''; the one by ``kappa`` follows from
        (1 + kappa d/dV) Q = q_max Phi.
        """
        near = within_reach(v)
        x = self._standard(near)
        per_volt = self.q_max / self.sigma
        side = math.copysign(1.0, self.kappa)
        return {
            "q_max": self(near) / self.q_max,
            "theta": -self.gain(near),
            "sigma": side * per_volt * self._density_slope(x),
            "kappa": -per_volt * self._tail_slope(x),
        }

    def _tail_slope(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return sigma times the derivative of the tail by |kappa|, 1."""
        ratio = self._ratio
        if ratio > 1 / _SMALL_FOR_KAPPA:
            small = 1 / ratio
            shifted = x - 2 * small
            return normal_density(shifted) * (1 + small**2 * (shifted**2 - 1))
        return ratio**2 * (standard_tail(x, ratio) * (x - ratio) + normal_density(x))
