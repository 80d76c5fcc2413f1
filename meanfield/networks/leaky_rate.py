"""The leaky integrate-and-fire cell in white noise as the rate model of a population: exact, still and in motion."""

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from ...units import Quantity, described, quantity
from ..lif import lif_rate, lif_slopes, reduce_problem
from ..modulated_escape import ModulatedEscape, escape_ratio
from .rate_models import RateModel

Array: TypeAlias = NDArray[Any]
Complex: TypeAlias = NDArray[Any]

_FURTHEST = 0.98  # inverse membrane time constants left of the imaginary axis
_MOST = 0.1  # V, largest one that is tried
_LEAST = 1e-8  # V, smallest standard deviation of the free potential that the formulas are asked for


@described
class LeakyRate:
    """Leaky cells in white noise, of which the free potential has mean v and variance sigma^2/2.

    Source: brunel2000; lindner2001 (response to modulated noise).
    Assumptions: diffusion approximation with white input, that is, synapses much faster than the membrane and many
    small jumps. The response is that of the spiking cell, reset and refractory phase included, so the rate neither
    follows the free potential at once nor with the membrane's lag.

    Parameters
    ----------
    tau_m, tau_ref : float
        Membrane time constant and refractory period, s.
    v_threshold, v_reset : float
        V.
    """

    tau_m: Quantity = quantity("s", above=0)
    tau_ref: Quantity = quantity("s", at_least=0)
    v_threshold: Quantity = quantity("V")
    v_reset: Quantity = quantity("V")

    def _check(self) -> None:
        if not self.v_threshold > self.v_reset:
            raise ValueError(
                f"LeakyRate.v_reset: {self.v_reset:g} V is not below the threshold of {self.v_threshold:g} V; lower it."
            )

    @property
    def q_max(self) -> float:
        """A rate that is never passed, Hz; 10 spikes a membrane time constant where there is no refractory period."""
        return 1 / self.tau_ref if self.tau_ref > 0 else 10 / self.tau_m

    @property
    def uses_variance(self) -> bool:
        """Whether the rate depends on the variance at all."""
        return True

    @property
    def _cell(self) -> dict[str, float]:
        return {
            "tau_m": self.tau_m,
            "tau_ref": self.tau_ref,
            "v_threshold": self.v_threshold,
            "v_reset": self.v_reset,
        }

    def __call__(self, v: ArrayLike, variance: ArrayLike) -> Array:
        """Return the rate, Hz."""
        return np.asarray(lif_rate(v, _sigma(variance), **self._cell))

    def slopes(self, v: ArrayLike, variance: ArrayLike) -> tuple[Array, Array]:
        """Return the derivatives by the mean (Hz/V) and by the variance (Hz/V^2) of the free potential."""
        sigma = _sigma(variance)
        by_mean, by_sigma = lif_slopes(v, sigma, **self._cell)
        return np.asarray(by_mean), np.asarray(by_sigma / sigma)

    def responses(self, s: ArrayLike, v: float, variance: float) -> tuple[Complex, Complex]:
        """Return the responses to a motion exp(s t) of mean and variance of the free potential.

        The free potential filters its input; what it filters away is divided out, since the cell hears the input
        itself. Known for real parts of ``s`` above -1/tau_m; NaN to the left of that.
        """
        points: Complex = np.asarray(s, dtype=np.complex128)
        sigma = float(_sigma(variance))
        upper = np.where(np.imag(points) < 0, np.conj(points), points).ravel()
        parts = reduce_problem(v, sigma, self.tau_m, self.tau_ref, self.v_threshold, self.v_reset)
        lower_bound, upper_bound = (np.full(upper.size, float(x)) for x in (parts.lower, parts.upper))
        # The phase of the refractory period is complex off the axis: a growing mode forgets who was refractory.
        phase: Any = -1j * upper * self.tau_ref
        case = ModulatedEscape(
            lower_bound,
            upper_bound,
            np.asarray(upper * self.tau_m, dtype=np.complex128),
            phase,
            np.full(upper.size, self.tau_ref / self.tau_m),
        )
        # The printed factors 1/(1 + s tau) and 1/(2 + s tau) are those of the free potential's mean and variance.
        scale = float(parts.rate) / sigma
        with np.errstate(all="ignore"):
            by_mean = 2 * escape_ratio(case, 0) * scale
            by_variance = 2 * escape_ratio(case, 1) * scale / sigma
        by_mean, by_variance = (
            np.where(np.real(upper) > -_FURTHEST / self.tau_m, x, np.nan) for x in (by_mean, by_variance)
        )
        back = np.imag(points).ravel() < 0
        both = (np.where(back, found.conj(), found).reshape(points.shape) for found in (by_mean, by_variance))
        mean_response, variance_response = both
        return mean_response, variance_response


def _sigma(variance: ArrayLike) -> Array:
    """Return the canonical noise amplitude (V) of a variance of the free potential (V^2)."""
    return np.sqrt(2 * np.maximum(np.asarray(variance, dtype=float), _LEAST**2))


@dataclass(frozen=True)
class LeakyMotion:
    """A rate model that stands where another says and moves as leaky cells do.

    Source: brunel1999; lindner2001.
    Assumptions: the rate and its slopes are those of ``still``; for a motion exp(s t) of mean or variance the slopes
    change in proportion as those of leaky cells in white noise that fire at the same rate at the same mean potential.
    In time (`PopulationNetwork.simulate`) the rate follows at once, as ``still`` does.

    Parameters
    ----------
    still : RateModel
        Rates and slopes.
    cell : LeakyRate
        Whose responses are taken.
    """

    still: RateModel
    cell: LeakyRate

    @property
    def q_max(self) -> float:
        """A rate that is never passed, Hz."""
        return self.still.q_max

    @property
    def uses_variance(self) -> bool:
        """Whether the rate depends on the variance at all."""
        return self.still.uses_variance

    def __call__(self, v: ArrayLike, variance: ArrayLike) -> Array:
        """Return the rate, Hz."""
        return self.still(v, variance)

    def slopes(self, v: ArrayLike, variance: ArrayLike) -> tuple[Array, Array]:
        """Return the derivatives by the mean (Hz/V) and by the variance (Hz/V^2)."""
        return self.still.slopes(v, variance)

    def responses(self, s: ArrayLike, v: float, variance: float) -> tuple[Complex, Complex]:
        """Return the slopes, moved as those of the leaky cell move at complex ``s`` (...) (1/s)."""
        noise = self._equal_noise(v, float(self.still(v, variance)))
        slopes, still = self.still.slopes(v, variance), self.cell.slopes(v, noise)
        moved = self.cell.responses(s, v, noise)
        first, second = (
            float(slope) * response / float(at_rest)
            for slope, response, at_rest in zip(slopes, moved, still, strict=True)
        )
        return first, second

    def _equal_noise(self, v: float, rate: float) -> float:
        """Return the variance (V^2) at which the leaky cell fires at ``rate`` (Hz) at mean potential ``v`` (V)."""

        def miss(log_sd: float) -> float:
            return math.log(max(float(self.cell(v, math.exp(2 * log_sd))), 1e-300) / max(rate, 1e-300))

        low, high = math.log(_LEAST), math.log(_MOST)
        if miss(low) * miss(high) > 0:
            raise ValueError(
                f"LeakyMotion: no noise makes leaky cells fire at {rate:.3g} Hz at {v:g} V; their threshold or "
                "membrane is another one."
            )
        found: Any = brentq(miss, low, high, xtol=1e-12)
        return math.exp(2 * float(found))
