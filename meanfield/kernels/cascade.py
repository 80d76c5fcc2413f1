"""The kernel of any number of first-order stages in a row: synapse, membrane, dendrite."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...units import takes, to_si
from .features import angular, causal, complex_rate, kernel_features
from .stage_occupancy import last_stage

# Partial fractions of n stages lose about log10(1/gap) (n-1) digits; closer stages than this go through the inverse
# Laplace transform on a contour around the negative axis, which needs no gap.
_SAFE_GAP = 1e-2
_CONTOUR_POINTS = 28
# Many stages are beyond both: the fractions cancel, and the contour resolves no onset as late as theirs. They go
# through the matrix exponential of the chain, in which nothing is subtracted.
_FEW_STAGES = 4
_LARGEST_WEIGHT = 3e4


@cache
def _contour() -> tuple[NDArray[np.complexfloating], NDArray[np.complexfloating]]:
    """Return nodes and weights of Talbot's contour (constants of trefethen2006), its upper half."""
    n = _CONTOUR_POINTS
    theta = np.pi * (2 * np.arange(n // 2) + 1) / n
    cotangent = 1 / np.tan(0.6407 * theta)
    node = n * (0.5017 * theta * cotangent - 0.6122 + 0.2645j * theta)
    slope = n * (0.5017 * cotangent - 0.5017 * 0.6407 * theta * (1 + cotangent**2) + 0.2645j)
    return node, 2 * np.exp(node) * slope / (1j * n)


def _inverse_laplace(
    transform: Callable[[NDArray[np.complexfloating]], NDArray[np.complexfloating]], time: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the function of time (zero at 0) whose Laplace transform has its singularities on the negative axis."""
    node, weight = _contour()
    later = np.where(time > 0, time, 1.0)
    values = (transform(node / later[..., None]) @ weight).real / later
    return np.where(time > 0, values, 0.0 * time)


@dataclass(frozen=True)
class CascadeKernel:
    """Kernel with transfer area / prod_i (1 + i omega tau_i); equal time constants are allowed.

    Assumptions: linear stages. Means add, variances add, third cumulants add (2 sum tau_i^3), areas multiply.

    Parameters
    ----------
    area : float
        Integral, V s per spike.
    time_constants : tuple of float
        Time constants of the stages, in any order, s.
    """

    area: float
    time_constants: tuple[float, ...]

    def __post_init__(self) -> None:
        stages = tuple(sorted(float(to_si(tau, "s", "CascadeKernel.time_constants")) for tau in self.time_constants))
        if not stages or not all(np.isfinite(stages)) or stages[0] <= 0:
            raise ValueError(
                f"CascadeKernel.time_constants: {self.time_constants} s; give at least one, all above 0 s."
            )
        object.__setattr__(self, "area", float(to_si(self.area, "V*s", "CascadeKernel.area")))
        object.__setattr__(self, "time_constants", stages)

    def _is_separated(self) -> bool:
        rates = 1 / np.array(self.time_constants)
        return bool(np.all(-np.diff(rates) > _SAFE_GAP * rates[1:]))

    def _is_long(self) -> bool:
        """Return whether the stages are too many, or their weights too large, for a sum of exponentials."""
        if len(self.time_constants) > _FEW_STAGES:
            return True
        return self._is_separated() and bool(np.max(np.abs(self._weights())) > _LARGEST_WEIGHT)

    def _weights(self) -> NDArray[np.float64]:
        """Return the share of the area carried by each exponential, 1."""
        tau = np.array(self.time_constants)
        ratio = 1 - tau[None, :] / tau[:, None]
        np.fill_diagonal(ratio, 1.0)
        return 1 / ratio.prod(axis=1)

    @takes(time="s")
    def __call__(self, time: ArrayLike) -> NDArray[np.float64]:
        """Return the response at ``time`` (s), V."""
        t, after = causal(time)
        tau = np.array(self.time_constants)
        if self._is_long():
            return np.where(after, self.area / tau[-1] * last_stage(1 / tau, t), 0.0)
        if not self._is_separated():
            return np.where(after, _inverse_laplace(self.laplace, t), 0.0)
        return np.where(after, self.area * (np.exp(-t[..., None] / tau) @ (self._weights() / tau)), 0.0)

    @takes(time="s")
    def step_response(self, time: ArrayLike) -> NDArray[np.float64]:
        """Return the integral of the response up to ``time`` (s), V s."""
        t = causal(time)[0]
        if self._is_long():
            return self.area * last_stage(np.append(1 / np.array(self.time_constants), 0.0), t)
        if not self._is_separated():
            return _inverse_laplace(lambda s: self.laplace(s) / s, t)
        return -self.area * (np.expm1(-t[..., None] / np.array(self.time_constants)) @ self._weights())

    @takes(frequency="Hz")
    def transfer(self, frequency: ArrayLike) -> NDArray[np.complex128]:
        """Return the Fourier transform at ``frequency`` (Hz), V s."""
        return self.laplace(angular(frequency))

    def laplace(self, s: ArrayLike) -> NDArray[np.complex128]:
        """Return the Laplace transform at complex ``s`` (1/s), V s; its poles are at minus the rates of the stages."""
        s = complex_rate(s)
        return self.area / np.prod(1 + s[..., None] * np.array(self.time_constants), axis=-1)

    @property
    def mean_lag(self) -> float:
        """Mean lag, s."""
        return sum(self.time_constants)

    @property
    def variance(self) -> float:
        """Variance of the lag, s^2."""
        return sum(tau**2 for tau in self.time_constants)

    def features(self) -> dict[str, float]:
        """Return the kernel features, SI; moments in closed form."""
        return kernel_features(self)

    def parameters(self) -> dict[str, object]:
        """Return what the constructor takes."""
        return {"area": self.area, "time_constants": self.time_constants}
