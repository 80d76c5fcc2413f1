"""The logistic sigmoid of mass and field models."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from ...units import Quantity, described, quantity, takes
from ..gain_pivot import Pivot, pivot_at
from .features import checked_probability, sigmoid_features, within_reach


@described(kw_only=False)
class LogisticSigmoid:
    """Logistic sigmoid Q = q_max / (1 + exp(-(V - theta)/sigma)).

    Source: robinson1997; jansen1995 (their r is 1/sigma).
    Assumptions: ``sigma`` is the scale that enters the exponential, not the sd of thresholds, which is sigma
    pi/sqrt(3).

    Parameters
    ----------
    q_max : float
        Maximal rate, Hz.
    theta : float
        Potential of half the maximal rate, V.
    sigma : float
        Scale, V.
    """

    q_max: Quantity = quantity("Hz", above=0)
    theta: Quantity = quantity("V")
    sigma: Quantity = quantity("V", above=0)

    @takes(v="V")
    def __call__(self, v: ArrayLike) -> NDArray[np.float64]:
        """Return the rate at ``v`` (V), Hz."""
        return self.q_max * expit((np.asarray(v) - self.theta) / self.sigma)

    @takes(v="V")
    def gain(self, v: ArrayLike) -> NDArray[np.float64]:
        """Return the slope dQ/dV at ``v`` (V), Hz/V."""
        z = (np.asarray(v) - self.theta) / self.sigma
        return self.q_max / self.sigma * expit(z) * expit(-z)

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        """Return the potential where the rate is ``p`` times ``q_max``, V."""
        return self.theta + self.sigma * logit(checked_probability(p))

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
