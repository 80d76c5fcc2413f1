"""The spikes of single cells as a source of noise: what a population of N such cells fluctuates by."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import trapezoid

from ...units import Quantity, described, quantity
from ..arrays import GivenArray

Array = NDArray[np.float64]

_SLOW = 1e-4  # cycles per interval below which the limit at zero frequency stands for the formula


@described
class RenewalSpikes:
    """Spectrum of spikes whose intervals are a dead time and a gamma-distributed rest.

    Source: gerstner2014 (renewal theory): S = rate (1 - |P|^2)/|1 - P|^2 with P the transform of the interval density;
    rate cv^2 at zero frequency, the rate far above it.
    Assumptions: intervals are independent, the rate is steady.

    Parameters
    ----------
    cv : float
        Standard deviation of an interval over its mean, 1; 1 without a dead time is a Poisson process.
    dead_time : float
        Least interval, s.
    """

    cv: Quantity = quantity("1", above=0)
    dead_time: Quantity = quantity("s", at_least=0, default=0.0)

    def __call__(self, frequency: ArrayLike, rate: float) -> Array:
        """Return the two-sided spectrum (Hz) at ``frequency`` (Hz) of a cell that fires at ``rate`` (Hz)."""
        hertz = np.asarray(frequency, dtype=float)
        free = 1 / max(rate, 1e-12) - self.dead_time
        if not free > 0:
            raise ValueError(
                f"RenewalSpikes: {rate:g} Hz leaves no time beside a dead time of {self.dead_time:g} s; lower one."
            )
        shape = (free * rate / self.cv) ** 2
        omega = 2 * np.pi * hertz
        transform = np.exp(-1j * omega * self.dead_time) * (1 + 1j * omega * free / shape) ** (-shape)
        apart = np.abs(1 - transform) ** 2
        ratio = np.divide(1 - np.abs(transform) ** 2, apart, out=np.zeros_like(apart), where=apart > 0)
        return rate * np.where(np.abs(hertz) < _SLOW * rate, self.cv**2, ratio)


@dataclass(frozen=True, eq=False)
class ModulatedSpikes:
    """Spectrum of Poisson spikes whose rate itself fluctuates: the rate, and the spectrum of its fluctuation on top.

    Source: cox1980 (doubly stochastic Poisson processes).
    Assumptions: given their rate, spikes are independent; the rate is stationary.

    Parameters
    ----------
    lag : (n,) array
        From 0 on, rising, s.
    covariance : (n,) array
        Autocovariance of the rate, Hz^2, 0 by the last lag; straight lines join the points.
    """

    lag: GivenArray
    covariance: GivenArray

    def __post_init__(self) -> None:
        lag, covariance = np.array(self.lag, dtype=float), np.array(self.covariance, dtype=float)
        if lag.ndim != 1 or lag.shape != covariance.shape or lag.size < 2 or lag[0] != 0 or np.any(np.diff(lag) <= 0):
            raise ValueError(
                f"ModulatedSpikes: lags of shape {lag.shape} and covariances of shape {covariance.shape}; give two "
                "lists of one length, the lags rising from 0 s on."
            )
        for name, value in {"lag": lag, "covariance": covariance}.items():
            value.setflags(write=False)
            object.__setattr__(self, name, value)

    def __call__(self, frequency: ArrayLike, rate: float) -> Array:
        """Return the two-sided spectrum (Hz) at ``frequency`` (Hz) of a cell that fires at ``rate`` (Hz)."""
        wave = np.cos(2 * np.pi * np.asarray(frequency, dtype=float)[..., None] * self.lag)
        return rate + 2 * trapezoid(wave * self.covariance, self.lag, axis=-1)
