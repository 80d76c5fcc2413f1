"""The gamma kernel, a phenomenological shape for distal input."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammainc, gammaln, xlogy

from ...units import Quantity, described, quantity, takes
from .features import angular, causal, complex_rate, kernel_features


@described(kw_only=False)
class GammaKernel:
    """h(t) = area t^(shape-1) exp(-t/scale)/(Gamma(shape) scale^shape).

    Assumptions: closed under convolution at equal scale, not under the averages that population kernels are; matched by
    mean and variance to a cascade it peaks too early.

    Parameters
    ----------
    area : float
        Integral, V s per spike.
    shape : float
        Shape, 1; at least 1, so that the kernel is finite.
    scale : float
        Scale, s.
    """

    area: Quantity = quantity("V*s")
    shape: Quantity = quantity("1", at_least=1)
    scale: Quantity = quantity("s", above=0)

    @takes(time="s")
    def __call__(self, time: ArrayLike) -> NDArray[np.float64]:
        """Return the response at ``time`` (s), V."""
        t, after = causal(time)
        x = t / self.scale
        return np.where(after, self.area / self.scale * np.exp(xlogy(self.shape - 1, x) - x - gammaln(self.shape)), 0.0)

    @takes(time="s")
    def step_response(self, time: ArrayLike) -> NDArray[np.float64]:
        """Return the integral of the response up to ``time`` (s), V s."""
        return self.area * gammainc(self.shape, causal(time)[0] / self.scale)

    @takes(frequency="Hz")
    def transfer(self, frequency: ArrayLike) -> NDArray[np.complex128]:
        """Return the Fourier transform at ``frequency`` (Hz), V s."""
        return self.laplace(angular(frequency))

    def laplace(self, s: ArrayLike) -> NDArray[np.complex128]:
        """Return the Laplace transform at complex ``s`` (1/s), V s; to the right of its branch point at -1/scale."""
        return self.area * (1 + complex_rate(s) * self.scale) ** -self.shape

    @property
    def mean_lag(self) -> float:
        """Mean lag, s."""
        return self.shape * self.scale

    @property
    def variance(self) -> float:
        """Variance of the lag, s^2."""
        return self.shape * self.scale**2

    def features(self) -> dict[str, float]:
        """Return the kernel features, SI; moments and peak in closed form."""
        peak_time = (self.shape - 1) * self.scale
        return {**kernel_features(self), "peak": float(self(peak_time)), "time_to_peak": peak_time}

    def parameters(self) -> dict[str, float]:
        """Return what the constructor takes."""
        return {"area": self.area, "shape": self.shape, "scale": self.scale}


@takes(area="V*s", mean_lag="s", variance="s**2")
def gamma_of_same_moments(area: float, mean_lag: float, variance: float) -> GammaKernel:
    """Return the gamma kernel with this area (V s), mean lag (s) and variance (s^2)."""
    return GammaKernel(area, mean_lag**2 / variance, variance / mean_lag)
