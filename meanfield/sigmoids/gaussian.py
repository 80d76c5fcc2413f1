"""The sigmoid of step cells whose thresholds are normally distributed."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from ...units import Quantity, described, quantity, takes
from ..gain_pivot import Pivot, pivot_at
from .features import checked_probability, sigmoid_features, within_reach


def normal_density(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the density of the standard normal distribution."""
    return np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)


@described(kw_only=False)
class GaussianSigmoid:
    """Cumulative-normal sigmoid Q = q_max Phi((V - theta)/sigma).

    Source: amit1997 for quenched thresholds; marreiros2008 for dispersed states.
    Assumptions: cells switch from silence to ``q_max`` at their threshold and have no memory.

    Parameters
    ----------
    q_max : float
        Maximal rate, Hz.
    theta : float
        Mean threshold, V.
    sigma : float
        Standard deviation of the thresholds (and of the potentials, added in quadrature), V.
    """

    q_max: Quantity = quantity("Hz", above=0)
    theta: Quantity = quantity("V")
    sigma: Quantity = quantity("V", above=0)

    @takes(v="V")
    def __call__(self, v: ArrayLike) -> NDArray[np.float64]:
        """Return the rate at ``v`` (V), Hz."""
        return self.q_max * ndtr((np.asarray(v) - self.theta) / self.sigma)

    @takes(v="V")
    def gain(self, v: ArrayLike) -> NDArray[np.float64]:
        """Return the slope dQ/dV at ``v`` (V), Hz/V."""
        return self.q_max / self.sigma * normal_density((np.asarray(v) - self.theta) / self.sigma)

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        """Return the potential where the rate is ``p`` times ``q_max``, V."""
        return self.theta + self.sigma * ndtri(checked_probability(p))

    @property
    def pivots(self) -> dict[str, Pivot]:
        """Potential (V) and rate (Hz) that a change of ``sigma`` leaves alone: threshold and half the maximum."""
        return {"sigma": pivot_at("sigma", self.theta, self.q_max / 2)}

    def features(self) -> dict[str, float]:
        """Return the sigmoid features, SI."""
        return sigmoid_features(self, steepest=self.theta)

    def parameters(self) -> dict[str, float]:
        """Return what the constructor takes."""
        return {"q_max": self.q_max, "theta": self.theta, "sigma": self.sigma}

    @takes(v="V")
    def parameter_gradient(self, v: ArrayLike) -> dict[str, NDArray[np.float64]]:
        """Return dQ/d(parameter) at ``v`` (V) for every parameter, Hz per SI unit of the parameter."""
        near = within_reach(v)
        gain, rate = self.gain(near), self(near)
        return {"q_max": rate / self.q_max, "theta": -gain, "sigma": -gain * (near - self.theta) / self.sigma}
