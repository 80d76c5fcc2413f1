"""The generalised logistic sigmoid of Richards."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...units import Quantity, described, quantity, takes
from ..gain_pivot import Pivot, Turning, pivot_at
from .features import checked_probability, sigmoid_features, within_reach

_FAR = 1e300


@described(kw_only=False)
class RichardsSigmoid:
    """Richards sigmoid Q = q_max (1 + nu exp(-(V - theta)/sigma))^(-1/nu).

    Source: richards1959.
    Assumptions: phenomenological; ``nu = 1`` is the logistic, ``nu = 0`` the Gompertz curve, small ``nu`` skews to the
    right.

    Parameters
    ----------
    q_max : float
        Maximal rate, Hz.
    theta : float
        Potential of the largest slope, where Q = q_max (1 + nu)^(-1/nu), V.
    sigma : float
        Scale, V.
    nu : float
        Shape, 1.
    """

    q_max: Quantity = quantity("Hz", above=0)
    theta: Quantity = quantity("V")
    sigma: Quantity = quantity("V", above=0)
    nu: Quantity = quantity("1", at_least=0)

    def _standard(self, v: ArrayLike) -> NDArray[np.float64]:
        """Return (V - theta)/sigma, infinite potentials as the largest numbers that can still be added."""
        return np.clip((np.asarray(v) - self.theta) / self.sigma, -_FAR, _FAR)

    def _exponent(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return ln(Q/q_max) = -ln(1 + nu e^-z)/nu, without overflow and down to nu = 0."""
        if self.nu == 0:
            return -np.exp(np.minimum(-z, 700.0))
        with np.errstate(invalid="ignore"):  # NaN stays NaN without a word, as in the other families
            return -np.logaddexp(0.0, math.log(self.nu) - z) / self.nu

    @takes(v="V")
    def __call__(self, v: ArrayLike) -> NDArray[np.float64]:
        """Return the rate at ``v`` (V), Hz."""
        return self.q_max * np.exp(self._exponent(self._standard(v)))

    @takes(v="V")
    def gain(self, v: ArrayLike) -> NDArray[np.float64]:
        """Return the slope dQ/dV at ``v`` (V), Hz/V."""
        z = self._standard(v)
        exponent = self._exponent(z)
        return self.q_max / self.sigma * np.exp((1 + self.nu) * exponent - z)

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        """Return the potential where the rate is ``p`` times ``q_max``, V."""
        depth = -np.log(checked_probability(p))
        return self.theta - self.sigma * np.log(np.expm1(self.nu * depth) / self.nu if self.nu > 0 else depth)

    @property
    def pivots(self) -> dict[str, Pivot]:
        """Potential (V) and rate (Hz) that a change of ``sigma`` leaves alone; ``nu`` has none."""
        return {
            "sigma": pivot_at("sigma", self.theta, self(self.theta)),
            "nu": Pivot(parameter="nu", turning=Turning.RAISES),
        }

    def features(self) -> dict[str, float]:
        """Return the sigmoid features, SI."""
        return sigmoid_features(self, steepest=self.theta)

    def parameters(self) -> dict[str, float]:
        """Return what the constructor takes."""
        return {"q_max": self.q_max, "theta": self.theta, "sigma": self.sigma, "nu": self.nu}

    @takes(v="V")
    def parameter_gradient(self, v: ArrayLike) -> dict[str, NDArray[np.float64]]:
        """Return dQ/d(parameter) at ``v`` (V) for every parameter, Hz per SI unit of the parameter."""
        near = within_reach(v)
        z = self._standard(near)
        gain, rate = self.gain(near), self(near)
        if self.nu > 0:
            by_nu = -rate * self._exponent(z) / self.nu - gain * self.sigma / self.nu
        else:
            by_nu = self.q_max * np.exp(self._exponent(z) - 2 * z) / 2
        return {"q_max": rate / self.q_max, "theta": -gain, "sigma": -gain * z, "nu": by_nu}
