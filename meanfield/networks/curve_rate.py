"""A rate known at some mean potentials only, which may fall as well as rise: what cells do that have no sigmoid."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import Akima1DInterpolator

from ..arrays import GivenArray, require_finite
from .rate_models import Complex, still

Array: TypeAlias = NDArray[Any]

_NODES = 15


@dataclass(frozen=True, eq=False)
class CurveRate:
    """A rate through given points by local cubics, held constant outside them and never below 0.

    Source: akima1970. The slope at a point is that of its neighbours, also at a maximum, where a curve without
    overshoot would be flat.
    Assumptions: the rate follows the mean at once and does not depend on the variance. It need not rise: cells with
    T-type channels burst in a window of potentials and are silent on both sides of it.

    Parameters
    ----------
    v : (n,) array
        Mean free potentials, rising, V.
    rate : (n,) array
        Hz.
    """

    v: GivenArray
    rate: GivenArray
    _curve: Akima1DInterpolator = field(init=False, repr=False)
    _slope: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        v, rate = np.array(self.v, dtype=float), np.array(self.rate, dtype=float)
        if v.ndim != 1 or v.shape != rate.shape or v.size < 5:
            raise ValueError(
                f"CurveRate: v has shape {v.shape} and rate {rate.shape}; give two lists of one length, 5 or more."
            )
        require_finite("CurveRate", v=v, rate=rate)
        if not (np.all(np.diff(v) > 0) and np.all(rate >= 0) and rate.max() > 0):
            raise ValueError(
                "CurveRate: v must rise, no rate be negative and one be positive; sort the points, or drive the cells."
            )
        curve = Akima1DInterpolator(v, rate)
        for name, value in {"v": v, "rate": rate}.items():
            value.setflags(write=False)
            object.__setattr__(self, name, value)
        object.__setattr__(self, "_curve", curve)
        object.__setattr__(self, "_slope", curve.derivative())

    @property
    def q_max(self) -> float:
        """The largest of the given rates with a margin for the curve between the points, Hz."""
        return 1.05 * float(np.max(self.rate))

    @property
    def uses_variance(self) -> bool:
        """Whether the rate depends on the variance at all."""
        return False

    def __call__(self, v: ArrayLike, variance: ArrayLike = 0.0) -> Array:
        """Return the rate, Hz."""
        mean, _ = np.broadcast_arrays(np.asarray(v, dtype=float), np.asarray(variance, dtype=float))
        found = np.asarray(self._curve(np.clip(mean, self.v[0], self.v[-1])), dtype=float)
        return np.clip(found, 0.0, self.q_max)

    def slopes(self, v: ArrayLike, variance: ArrayLike = 0.0) -> tuple[Array, Array]:
        """Return the derivatives by the mean (Hz/V), 0 outside the points, and by the variance (Hz/V^2), 0."""
        mean, _ = np.broadcast_arrays(np.asarray(v, dtype=float), np.asarray(variance, dtype=float))
        inside = np.clip(mean, self.v[0], self.v[-1])
        gain = np.where(inside == mean, self._slope(inside), 0.0)
        return gain, np.zeros_like(gain)

    def responses(self, s: ArrayLike, v: float, variance: float) -> tuple[Complex, Complex]:
        """Return the slopes: the rate follows the potential at once."""
        return still(self, s, v, variance)

    def spread(self, width: float) -> "CurveRate":
        """Return the mean rate of cells whose mean potentials are normal about ``v`` with this sd (V).

        Assumptions: what spreads them, such as the number of their inputs, moves the mean alone.
        """
        if not width > 0:
            return self
        nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
        spots = np.asarray(self.v)[:, None] + width * nodes
        return CurveRate(self.v, self(spots) @ (weights / weights.sum()))
