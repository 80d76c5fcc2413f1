"""A sigmoid known at points only, joined by a monotone cubic."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator
from scipy.optimize import brentq

from ...units import OptionalQuantity, checked_quantity, quantity, takes
from ..arrays import GivenArray, require_finite
from ..gain_pivot import Pivot
from .features import checked_probability, sigmoid_features

_CAP: Any = quantity("Hz", default=None, above=0)


@takes(v="V", rate="Hz")
def _checked_table(v: ArrayLike, rate: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    potentials, rates = np.array(v, dtype=float), np.array(rate, dtype=float)
    if potentials.ndim != 1 or potentials.shape != rates.shape or potentials.size < 3:
        raise ValueError(
            f"TabulatedSigmoid: v has shape {potentials.shape} and rate {rates.shape}; give two lists of the same "
            "length, 3 or more."
        )
    require_finite("TabulatedSigmoid", v=potentials, rate=rates)
    if not (np.all(np.diff(potentials) > 0) and np.all(np.diff(rates) >= 0) and rates[0] >= 0):
        raise ValueError(
            "TabulatedSigmoid: v must rise and rate must not fall or be negative; sort the points and remove the noise "
            "first."
        )
    potentials.setflags(write=False)
    rates.setflags(write=False)
    return potentials, rates


@dataclass(frozen=True, eq=False)
class TabulatedSigmoid:
    """Sigmoid through given points by monotone cubic interpolation, held constant outside them.

    Source: fritsch1980.

    Parameters
    ----------
    v : (n,) array
        Mean free potentials, rising, V.
    rate : (n,) array
        Population rates, not falling, Hz.
    cap : float, optional
        Rate that counts as maximal, Hz; the largest of ``rate`` unless given.

    Raises
    ------
    ValueError
        If the lists differ in length, have the wrong dimension or hold numbers that are not finite, v does not rise, or
        the rate falls, is negative or 0 everywhere.
    """

    v: GivenArray
    rate: GivenArray
    cap: OptionalQuantity = _CAP
    _curve: PchipInterpolator = field(init=False, repr=False)
    _slope: PchipInterpolator = field(init=False, repr=False)

    def __post_init__(self) -> None:
        potentials, rates = _checked_table(self.v, self.rate)
        if rates[-1] <= 0:
            raise ValueError(
                f"TabulatedSigmoid.rate: the largest rate is {rates[-1]:g} Hz; give points where the cells fire."
            )
        cap = None if self.cap is None else checked_quantity("TabulatedSigmoid.cap", self.cap, _CAP.metadata)
        curve = PchipInterpolator(potentials, rates)
        facts = {"v": potentials, "rate": rates, "cap": cap, "_curve": curve, "_slope": curve.derivative()}
        for name, value in facts.items():
            object.__setattr__(self, name, value)

    @property
    def q_max(self) -> float:
        """Rate that counts as maximal, Hz."""
        return float(self.rate[-1]) if self.cap is None else float(self.cap)

    @takes(v="V")
    def __call__(self, v: ArrayLike) -> NDArray[np.float64]:
        """Return the rate at ``v`` (V), Hz."""
        return self._curve(np.clip(np.asarray(v, dtype=float), self.v[0], self.v[-1]))

    @takes(v="V")
    def gain(self, v: ArrayLike) -> NDArray[np.float64]:
        """Return the slope dQ/dV at ``v`` (V), Hz/V."""
        potentials = np.asarray(v, dtype=float)
        outside = (potentials < self.v[0]) | (potentials > self.v[-1])
        return np.where(outside, 0.0, self._slope(np.clip(potentials, self.v[0], self.v[-1])))

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        """Return the potential where the rate is ``p`` times ``q_max``, V."""
        target = self.q_max * checked_probability(p)
        if np.any(target < self.rate[0]) or np.any(target > self.rate[-1]):
            raise ValueError(
                f"TabulatedSigmoid.quantile: the table covers {self.rate[0]:g} to {self.rate[-1]:g} Hz, not "
                f"{target.min():g} to {target.max():g} Hz; measure further down or up, or set another cap."
            )
        return np.vectorize(self._first_crossing, otypes=[float])(target)

    def _first_crossing(self, target: float) -> float:
        """Return the lowest potential at which the curve takes ``target`` (Hz), V."""
        above = max(int(np.searchsorted(self.rate, target)), 1)
        low, high = float(self.v[above - 1]), float(self.v[above])
        if self.rate[above - 1] >= target:
            return low
        found: Any = brentq(lambda v: float(self._curve(v)) - target, low, high, xtol=1e-15)
        return float(found)

    @property
    def pivots(self) -> dict[str, Pivot]:
        """Nothing: a table has no parameter that changes its gain."""
        return {}

    def features(self) -> dict[str, float]:
        """Return the sigmoid features, SI."""
        return sigmoid_features(self, steepest=self._steepest())

    def _steepest(self) -> float:
        """Return the potential of the largest slope, V: a knot or the vertex of a parabola between two knots."""
        grid = np.unique(np.concatenate([np.linspace(a, b, 33) for a, b in zip(self.v[:-1], self.v[1:], strict=True)]))
        return float(grid[np.argmax(self._slope(grid))])

    def parameters(self) -> dict[str, object]:
        """Return what the constructor takes."""
        return {"v": self.v, "rate": self.rate, "cap": self.cap}
