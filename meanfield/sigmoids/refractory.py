"""The sigmoid of leaky integrate-and-fire cells without noise, whose rate ends at the refractory limit."""

import math
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...units import Quantity, described, quantity, takes
from ..gain_pivot import Pivot, Turning, gain_pivot
from .features import checked_probability, invert, sigmoid_features
from .gaussian import normal_density

# The rate has a vertical onset, 1/(tau ln(d/x)); with x = t^4 the integrand is smooth enough for Gauss's rule.
_ONSET_POWER = 4
_HALF_RANGE = 9.0
# So many sd above threshold the spread of thresholds changes the slope by less than 1e-7 of it, and further up the
# quadrature loses its digits; so many below, the rate is 0.
_FAR = 1e4


@cache
def _nodes() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    points, weights = np.polynomial.legendre.leggauss(160)
    return (points + 1) / 2, weights / 2


@described(kw_only=False)
class RefractorySigmoid:
    """Noiseless LIF rate 1/(tau_ref + tau_m ln((x + d)/x)), x = V - threshold, over normally distributed thresholds.

    Source: gerstner2014, Neuronal Dynamics, ch. 5 (the rate); the convolution is the population sum.
    Assumptions: no noise within the cell; constant drive; the reset stays ``reset_distance`` below each cell's
    threshold. Q' falls off as 1/x^2, so that its moments do not exist: only quantile features describe this family, and
    over a physiological range its ``q_max = 1/tau_ref`` is far from reached unless x_half = d/(exp(tau_ref/tau_m) - 1)
    is small.

    Parameters
    ----------
    theta : float
        Mean threshold, V.
    sigma : float
        Standard deviation of the thresholds, V.
    tau_m : float
        Membrane time constant, s.
    tau_ref : float
        Absolute refractory period, s.
    reset_distance : float
        Threshold minus reset, V.
    """

    theta: Quantity = quantity("V")
    sigma: Quantity = quantity("V", above=0)
    tau_m: Quantity = quantity("s", above=0)
    tau_ref: Quantity = quantity("s", above=0)
    reset_distance: Quantity = quantity("V", above=0)

    @property
    def q_max(self) -> float:
        """Refractory limit 1/tau_ref, Hz."""
        return 1.0 / self.tau_ref

    @property
    def half_distance(self) -> float:
        """Distance above threshold at which one cell reaches q_max/2, V."""
        return self.reset_distance / math.expm1(self.tau_ref / self.tau_m)

    @takes(x="V")
    def cell_rate(self, x: ArrayLike) -> NDArray[np.float64]:
        """Return the rate of one cell ``x`` (V) above its threshold, Hz."""
        above = np.asarray(x, dtype=float)
        safe = np.where(above > 0, above, 1.0)
        rate = 1.0 / (self.tau_ref + self.tau_m * np.log1p(self.reset_distance / safe))
        return np.where(above > 0, rate, 0.0)

    def _convolve(self, v: ArrayLike, derivative: bool) -> NDArray[np.float64]:
        """Return Q, or Q' with the derivative moved to the Gaussian, by quadrature over the distance to threshold."""
        distance = np.asarray(v, dtype=float) - self.theta
        u = np.clip(distance, -_FAR * self.sigma, _FAR * self.sigma)[..., None]
        t, weight = _nodes()
        near = np.maximum(u - _HALF_RANGE * self.sigma, 0.0) ** (1 / _ONSET_POWER)
        far = np.maximum(u + _HALF_RANGE * self.sigma, 0.0) ** (1 / _ONSET_POWER)
        root = near + (far - near) * t
        x = root**_ONSET_POWER
        z = (u - x) / self.sigma
        spread = normal_density(z) / self.sigma * (-z / self.sigma if derivative else 1.0)
        measure = weight * (far - near) * _ONSET_POWER * root ** (_ONSET_POWER - 1)
        near_threshold = np.sum(self.cell_rate(x) * spread * measure, axis=-1)
        alone = self._cell_gain(distance) if derivative else self.cell_rate(distance)
        return np.where(distance > _FAR * self.sigma, alone, near_threshold)

    def _cell_gain(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the slope of the rate of one cell ``x`` (V) above its threshold, Hz/V."""
        above = np.where(x > 0, x, 1.0)
        slope = self.cell_rate(above) ** 2 * self.tau_m * self.reset_distance / above / (above + self.reset_distance)
        return np.where(x > 0, slope, 0.0)

    @takes(v="V")
    def __call__(self, v: ArrayLike) -> NDArray[np.float64]:
        """Return the rate at ``v`` (V), Hz."""
        return self._convolve(v, derivative=False)

    @takes(v="V")
    def gain(self, v: ArrayLike) -> NDArray[np.float64]:
        """Return the slope dQ/dV at ``v`` (V), Hz/V."""
        return self._convolve(v, derivative=True)

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        """Return the potential where the rate is ``p`` times ``q_max``, V."""
        target = self.q_max * checked_probability(p)
        return invert(self, self.gain, target, start=self.theta, step=self.sigma + self.half_distance)

    @property
    def pivots(self) -> dict[str, Pivot]:
        """Potential (V) and rate (Hz) that a change of ``sigma`` leaves alone; the other parameters have none."""
        reach = 8 * self.sigma + self.half_distance
        within = (self.theta - 8 * self.sigma, self.theta + reach)
        lowering = ("tau_m", "tau_ref", "reset_distance")
        return {
            "sigma": gain_pivot(type(self), "sigma", self.parameters(), within=within),
            **{name: Pivot(parameter=name, turning=Turning.LOWERS) for name in lowering},
        }

    def features(self) -> dict[str, float]:
        """Return the sigmoid features, SI."""
        return sigmoid_features(self)

    def parameters(self) -> dict[str, float]:
        """Return what the constructor takes."""
        names = ("theta", "sigma", "tau_m", "tau_ref", "reset_distance")
        return {name: getattr(self, name) for name in names}
