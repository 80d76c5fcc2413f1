"""The kernel of one first-order stage."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...units import Quantity, described, quantity, takes
from .features import angular, causal, complex_rate


@described(kw_only=False)
class ExponentialKernel:
    """h(t) = area/tau exp(-t/tau): a delta current through a membrane, or a fast synapse alone.

    Parameters
    ----------
    area : float
        Integral, V s per spike.
    tau : float
        Time constant, s.
    """

    area: Quantity = quantity("V*s")
    tau: Quantity = quantity("s", above=0)

    @takes(time="s")
    def __call__(self, time: ArrayLike) -> NDArray[np.float64]:
        """Return the response at ``time`` (s), V."""
        t, after = causal(time)
        return np.where(after, self.area / self.tau * np.exp(-t / self.tau), 0.0)

    @takes(time="s")
    def step_response(self, time: ArrayLike) -> NDArray[np.float64]:
        """Return the integral of the response up to ``time`` (s), V s."""
        return -self.area * np.expm1(-causal(time)[0] / self.tau)

    @takes(frequency="Hz")
    def transfer(self, frequency: ArrayLike) -> NDArray[np.complex128]:
        """Return the Fourier transform at ``frequency`` (Hz), V s."""
        return self.laplace(angular(frequency))

    def laplace(self, s: ArrayLike) -> NDArray[np.complex128]:
        """Return the Laplace transform at complex ``s`` (1/s), V s; its one pole is at -1/tau."""
        return self.area / (1 + complex_rate(s) * self.tau)

    @property
    def mean_lag(self) -> float:
        """Mean lag, s."""
        return self.tau

    @property
    def variance(self) -> float:
        """Variance of the lag, s^2."""
        return self.tau**2

    def features(self) -> dict[str, float]:
        """Return the kernel features, SI, all in closed form."""
        return {
            "area": self.area,
            "mean_lag": self.tau,
            "sd": self.tau,
            "peak": self.area / self.tau,
            "time_to_peak": 0.0,
            "rise_time": 0.0,
            "decay_time": self.tau,
            "cutoff_frequency": 1 / (2 * math.pi * self.tau),
        }

    def parameters(self) -> dict[str, float]:
        """Return what the constructor takes."""
        return {"area": self.area, "tau": self.tau}
