"""The kernel of two first-order stages: synapse and dendrite of field models, or synapse and membrane."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...units import Quantity, described, quantity, takes
from .features import angular, causal, complex_rate, kernel_features


@described(kw_only=False)
class BiexponentialKernel:
    """h(t) = area (exp(-t/decay) - exp(-t/rise))/(decay - rise), continuous through rise = decay (the alpha kernel).

    Source: robinson1997 (alpha = 1/decay, beta = 1/rise).
    Assumptions: ``rise`` and ``decay`` are the faster and slower time constants, not a 10-90 % time or a time to peak;
    the kernel is symmetric in them, so ``rise`` must not exceed ``decay``.

    Parameters
    ----------
    area : float
        Integral, V s per spike.
    rise : float
        Faster time constant, s.
    decay : float
        Slower time constant, s.
    """

    area: Quantity = quantity("V*s")
    rise: Quantity = quantity("s", above=0)
    decay: Quantity = quantity("s", above=0)

    def _check(self) -> None:
        if self.rise > self.decay:
            raise ValueError(
                f"BiexponentialKernel.rise: {self.rise:g} s is above the decay ({self.decay:g} s); rise is the faster "
                "one."
            )

    @property
    def _gap(self) -> float:
        return 1 / self.rise - 1 / self.decay

    def _spread(self, t: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (1 - exp(-gap t))/gap, which is t for equal time constants, s."""
        return t if self._gap == 0 else -np.expm1(-self._gap * t) / self._gap

    @takes(time="s")
    def __call__(self, time: ArrayLike) -> NDArray[np.float64]:
        """Return the response at ``time`` (s), V."""
        t, after = causal(time)
        return np.where(after, self.area / (self.rise * self.decay) * np.exp(-t / self.decay) * self._spread(t), 0.0)

    @takes(time="s")
    def step_response(self, time: ArrayLike) -> NDArray[np.float64]:
        """Return the integral of the response up to ``time`` (s), V s."""
        t = causal(time)[0]
        return self.area * (-np.expm1(-t / self.decay) - np.exp(-t / self.decay) * self._spread(t) / self.decay)

    @takes(frequency="Hz")
    def transfer(self, frequency: ArrayLike) -> NDArray[np.complex128]:
        """Return the Fourier transform at ``frequency`` (Hz), V s."""
        return self.laplace(angular(frequency))

    def laplace(self, s: ArrayLike) -> NDArray[np.complex128]:
        """Return the Laplace transform at complex ``s`` (1/s), V s; its poles are at -1/rise and -1/decay."""
        point = complex_rate(s)
        return self.area / ((1 + point * self.rise) * (1 + point * self.decay))

    @property
    def mean_lag(self) -> float:
        """Mean lag, s."""
        return self.rise + self.decay

    @property
    def variance(self) -> float:
        """Variance of the lag, s^2."""
        return self.rise**2 + self.decay**2

    @property
    def time_to_peak(self) -> float:
        """Time of the peak ln(decay/rise)/(1/rise - 1/decay), s."""
        ratio = (self.decay - self.rise) / self.rise
        return self.decay * (float(np.log1p(ratio)) / ratio if ratio > 0 else 1.0)

    def features(self) -> dict[str, float]:
        """Return the kernel features, SI; moments and peak in closed form."""
        peak_time = self.time_to_peak
        return {**kernel_features(self), "peak": float(self(peak_time)), "time_to_peak": peak_time}

    def parameters(self) -> dict[str, float]:
        """Return what the constructor takes."""
        return {"area": self.area, "rise": self.rise, "decay": self.decay}
