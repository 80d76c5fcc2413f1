"""The kernel of two equal first-order stages."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...units import Quantity, described, quantity, takes
from .features import angular, causal, complex_rate, kernel_features


@described(kw_only=False)
class AlphaKernel:
    """h(t) = area rate^2 t exp(-rate t), the synapse of Jansen-Rit; its peak area rate/e comes at 1/rate.

    Source: jansen1995 (area A/a, rate a); rall1967.

    Parameters
    ----------
    area : float
        Integral, V s per spike.
    rate : float
        Inverse of the time constant of each stage, 1/s.
    """

    area: Quantity = quantity("V*s")
    rate: Quantity = quantity("1/s", above=0)

    @takes(time="s")
    def __call__(self, time: ArrayLike) -> NDArray[np.float64]:
        """Return the response at ``time`` (s), V."""
        t, after = causal(time)
        return np.where(after, self.area * self.rate**2 * t * np.exp(-self.rate * t), 0.0)

    @takes(time="s")
    def step_response(self, time: ArrayLike) -> NDArray[np.float64]:
        """Return the integral of the response up to ``time`` (s), V s."""
        x = self.rate * causal(time)[0]
        return self.area * (-np.expm1(-x) - x * np.exp(-x))

    @takes(frequency="Hz")
    def transfer(self, frequency: ArrayLike) -> NDArray[np.complex128]:
        """Return the Fourier transform at ``frequency`` (Hz), V s."""
        return self.laplace(angular(frequency))

    def laplace(self, s: ArrayLike) -> NDArray[np.complex128]:
        """Return the Laplace transform at complex ``s`` (1/s), V s; its one pole is at -rate."""
        return self.area / (1 + complex_rate(s) / self.rate) ** 2

    @property
    def mean_lag(self) -> float:
        """Mean lag, s."""
        return 2 / self.rate

    @property
    def variance(self) -> float:
        """Variance of the lag, s^2."""
        return 2 / self.rate**2

    def features(self) -> dict[str, float]:
        """Return the kernel features, SI; moments, peak and cut-off in closed form."""
        known = {
            "peak": self.area * self.rate / math.e,
            "time_to_peak": 1 / self.rate,
            "cutoff_frequency": self.rate * math.sqrt(math.sqrt(2) - 1) / (2 * math.pi),
        }
        return {**kernel_features(self), **known}

    def parameters(self) -> dict[str, float]:
        """Return what the constructor takes."""
        return {"area": self.area, "rate": self.rate}
