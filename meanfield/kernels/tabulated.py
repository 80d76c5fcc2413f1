"""A kernel known at points only, joined by straight lines."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import trapezoid

from ...units import takes
from ..arrays import GivenArray, require_finite
from .features import angular, causal, complex_rate, kernel_features

# Below this |z| the closed forms of the two integrals lose digits; four terms of their series are exact there.
_SMALL = 0.02
# Elements of one block of transforms, so that long tables at many points need no great memory.
_LARGEST = 1_000_000


@takes(time="s", response="V")
def _in_si(time: ArrayLike, response: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.array(time, dtype=float), np.array(response, dtype=float)


def _line_transform(z: NDArray[np.complex128]) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """Return the means of exp(-z x) and of -x exp(-z x) over -1 < x < 1: sinh(z)/z and its derivative."""
    small = np.abs(z) < _SMALL
    safe = np.where(small, 1.0, z)
    square = z * z
    even = np.where(small, 1 + square / 6 * (1 + square / 20 * (1 + square / 42)), np.sinh(safe) / safe)
    odd = np.where(small, z / 3 * (1 + square / 10 * (1 + square / 28)), (np.cosh(safe) - np.sinh(safe) / safe) / safe)
    return even, odd


@dataclass(frozen=True, eq=False)
class TabulatedKernel:
    """Kernel through given points, linear in between and 0 outside.

    Assumptions: moments are exact for the broken line; its transform is taken by the trapezoidal rule, hence holds well
    below the inverse of the sampling interval.

    Parameters
    ----------
    time : (n,) array
        Times after the spike, rising, from 0 s on.
    response : (n,) array
        Response, V per spike.

    Raises
    ------
    ValueError
        If the lists differ in length, have the wrong dimension or hold numbers that are not finite, or times do not
        rise.
    """

    time: GivenArray
    response: GivenArray
    _integral: NDArray[np.float64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        time, response = _in_si(self.time, self.response)
        if time.ndim != 1 or time.shape != response.shape or time.size < 3:
            raise ValueError(
                f"TabulatedKernel: time has shape {time.shape} and response {response.shape}; give two lists of equal "
                "length, 3 or more."
            )
        require_finite("TabulatedKernel", time=time, response=response)
        if not np.all(np.diff(time) > 0) or time[0] < 0:
            raise ValueError("TabulatedKernel: times must rise from 0 s on; sort and clean the table.")
        steps = np.diff(time) * (response[1:] + response[:-1]) / 2
        integral = np.concatenate([[0.0], np.cumsum(steps)])
        for name, value in {"time": time, "response": response, "_integral": integral}.items():
            value.setflags(write=False)
            object.__setattr__(self, name, value)

    @takes(time="s")
    def __call__(self, time: ArrayLike) -> NDArray[np.float64]:
        """Return the response at ``time`` (s), V."""
        return np.interp(np.asarray(time, dtype=float), self.time, self.response, left=0.0, right=0.0)

    @takes(time="s")
    def step_response(self, time: ArrayLike) -> NDArray[np.float64]:
        """Return the integral of the response up to ``time`` (s), V s, exactly for the broken line."""
        t = np.clip(causal(time)[0], self.time[0], self.time[-1])
        index = np.clip(np.searchsorted(self.time, t, side="right") - 1, 0, self.time.size - 2)
        return self._integral[index] + (t - self.time[index]) * (self.response[index] + self(t)) / 2

    @takes(frequency="Hz")
    def transfer(self, frequency: ArrayLike) -> NDArray[np.complex128]:
        """Return the Fourier transform at ``frequency`` (Hz), V s."""
        wave = np.exp(-angular(frequency)[..., None] * self.time)
        return trapezoid(wave * self.response, self.time, axis=-1)

    def laplace(self, s: ArrayLike) -> NDArray[np.complex128]:
        """Return the Laplace transform at complex ``s`` (1/s), V s, exactly for the broken line; it has no pole."""
        points = complex_rate(s)
        pieces = np.array_split(points.ravel(), max(1, points.size * self.time.size // _LARGEST))
        return np.concatenate([self._laplace(piece) for piece in pieces]).reshape(points.shape)

    def _laplace(self, s: NDArray[np.complex128]) -> NDArray[np.complex128]:
        middle, rise = (self.response[1:] + self.response[:-1]) / 2, np.diff(self.response) / 2
        widths, which = np.unique(np.diff(self.time).round(15), return_inverse=True)
        even, odd = _line_transform(s[:, None] * widths / 2)
        if widths.size == 1:
            waves = self._waves(s, float(widths[0]), np.stack([middle, rise]))
            return widths[0] * (even[:, 0] * waves[0] - odd[:, 0] * waves[1])
        wave = np.exp(-s[:, None] * (self.time[1:] + self.time[:-1]) / 2)
        return np.sum(wave * widths[which] * (middle * even[:, which] - rise * odd[:, which]), axis=-1)

    def _waves(self, s: NDArray[np.complex128], width: float, parts: NDArray[np.float64]) -> NDArray[np.complex128]:
        """Return the sums of exp(-s t) over the middles t of an even table, weighted by ``parts`` (k, n): (k, points).

        Of every stretch of about sqrt(n) middles and of the way from stretch to stretch an exponential is taken only
        once: exp(-s (t + u)) = exp(-s t) exp(-s u).
        """
        long = math.isqrt(parts.shape[1] - 1) + 1
        padded = np.zeros((len(parts), -(-parts.shape[1] // long) * long))
        padded[:, : parts.shape[1]] = parts
        within = np.exp(-s[:, None] * (self.time[0] + width * (np.arange(long) + 0.5)))
        between = np.exp(-s[:, None] * (width * long * np.arange(padded.shape[1] // long)))
        table = padded.reshape(len(parts), -1, long)
        return np.stack([np.sum((between @ part) * within, axis=-1) for part in table])

    def _raw_moment(self, order: int) -> float:
        """Return the integral of t^order h(t), exactly for the broken line, by Gauss's rule on every piece."""
        width, middle = np.diff(self.time), (self.time[1:] + self.time[:-1]) / 2
        points, weights = np.polynomial.legendre.leggauss(3)
        t = middle[:, None] + width[:, None] / 2 * points
        return float(np.sum(width[:, None] / 2 * weights * t**order * self(t)))

    @property
    def area(self) -> float:
        """Integral, V s."""
        return float(self._integral[-1])

    @property
    def mean_lag(self) -> float:
        """Mean lag, s."""
        return self._raw_moment(1) / self.area

    @property
    def variance(self) -> float:
        """Variance of the lag, s^2."""
        return self._raw_moment(2) / self.area - self.mean_lag**2

    def features(self) -> dict[str, float]:
        """Return the kernel features, SI."""
        return kernel_features(self, grid=self.time)

    def parameters(self) -> dict[str, object]:
        """Return what the constructor takes."""
        return {"time": self.time, "response": self.response}
