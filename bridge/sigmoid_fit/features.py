"""Features of a fitted sigmoid as functions of the working coordinates, with exact gradients.

A quantile is defined implicitly by Q(v_p; psi) = p q(psi), so that dv_p/dpsi = (p dq/dpsi - dQ/dpsi)/Q'(v_p).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .families import Family

Array = NDArray[np.floating]

LOW, HIGH = 0.15865525393145707, 0.8413447460685429
LEVELS = (0.1, LOW, 0.5, HIGH, 0.9)
NAMES = ("q_max", "v10", "v50", "v90", "max_slope", "v_max_slope", "width", "skew")
POSITIVE = frozenset({"q_max", "max_slope", "width"})
_GRID = np.sinh(np.linspace(-6.0, 6.0, 161)) * (200.0 / np.sinh(6.0))


@dataclass(frozen=True)
class FeatureView:
    """The features of ``family``; q_max is the asymptote, or with ``v_cap`` (V) the rate there."""

    family: Family
    v_cap: float | None = None

    def q_max(self, psi: Array) -> tuple[float, Array]:
        """Return the maximal rate (Hz) and its gradient."""
        if self.v_cap is None:
            gradient = np.zeros(self.family.size)
            gradient[0] = np.exp(psi[0])
            return float(np.exp(psi[0])), gradient
        rate, _, jacobian = self.family.evaluate(psi, np.array([self.v_cap]))
        return float(rate[0]), jacobian[0]

    def _search_grid(self, psi: Array) -> Array:
        grid = psi[1] + np.exp(psi[2]) * _GRID
        return grid if self.v_cap is None else np.append(grid[grid < self.v_cap], self.v_cap)

    def quantiles(self, psi: Array, levels: tuple[float, ...] = LEVELS) -> tuple[Array, Array]:
        """Return the potentials where Q is these fractions of q_max (k,) and their gradients (k, p)."""
        top, top_gradient = self.q_max(psi)
        fraction = np.asarray(levels)
        grid = self._search_grid(psi)
        rate = np.maximum.accumulate(self.family.curve(psi, grid)[0])
        above = np.clip(np.searchsorted(rate, fraction * top), 1, grid.size - 1)
        low, high = grid[above - 1], grid[above]
        v = np.interp(fraction * top, rate, grid)
        for _ in range(40):
            rate, slope = self.family.curve(psi, v)
            high, low = np.where(rate >= fraction * top, v, high), np.where(rate < fraction * top, v, low)
            newton = v + (fraction * top - rate) / np.maximum(slope, 1e-300)
            step = np.where((newton >= low) & (newton <= high), newton, 0.5 * (low + high)) - v
            v = v + step
            if np.max(np.abs(step)) < 1e-10 * np.exp(psi[2]):
                break
        rate, slope, jacobian = self.family.evaluate(psi, v)
        return v, (fraction[:, None] * top_gradient - jacobian) / np.maximum(slope, 1e-300)[:, None]

    def steepest(self, psi: Array) -> tuple[float, float, Array, Array]:
        """Return potential and size of the largest slope, with the gradient of each."""
        grid, scale = self._search_grid(psi), np.exp(psi[2])
        for _ in range(4):
            best = int(np.argmax(self.family.curve(psi, grid)[1]))
            grid = np.linspace(grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)], 41)
        v, h = float(grid[20]), 0.02 * scale
        _, slope, jacobian = self.family.evaluate(psi, np.array([v - h, v, v + h]))
        slope_gradient = (jacobian[2] - jacobian[0]) / (2 * h)
        bend = (slope[2] - 2 * slope[1] + slope[0]) / h**2
        at_cap = self.v_cap is not None and v > self.v_cap - h
        moved = (jacobian[2] - 2 * jacobian[1] + jacobian[0]) / h**2
        v_gradient = np.zeros_like(slope_gradient) if at_cap or bend >= 0 else -moved / bend
        return v, float(slope[1]), v_gradient, slope_gradient

    def _from_quantiles(self, psi: Array) -> dict[str, tuple[float, Array]]:
        (v10, v16, v50, v84, v90), g = self.quantiles(psi)
        span = v90 - v10
        skew = (v90 + v10 - 2 * v50) / span
        return {
            "v10": (float(v10), g[0]),
            "v50": (float(v50), g[2]),
            "v90": (float(v90), g[4]),
            "width": (float(v84 - v16) / 2, (g[3] - g[1]) / 2),
            "skew": (float(skew), (g[4] + g[0] - 2 * g[2] - skew * (g[4] - g[0])) / span),
        }

    def _from_slope(self, psi: Array) -> dict[str, tuple[float, Array]]:
        v, slope, v_gradient, slope_gradient = self.steepest(psi)
        return {"max_slope": (slope, slope_gradient), "v_max_slope": (v, v_gradient)}

    def all(self, psi: Array) -> dict[str, tuple[float, Array]]:
        """Return every feature with its gradient (p,)."""
        found = {"q_max": self.q_max(psi)} | self._from_quantiles(psi) | self._from_slope(psi)
        return {name: found[name] for name in NAMES}

    def one(self, name: str) -> Callable[[Array], tuple[float, Array]]:
        """Return one feature as a constraint: itself, or its logarithm where it is positive."""

        def feature(psi: Array) -> tuple[float, Array]:
            if name == "q_max":
                value, gradient = self.q_max(psi)
            else:
                value, gradient = (self._from_slope if "max_slope" in name else self._from_quantiles)(psi)[name]
            return (float(np.log(value)), gradient / value) if name in POSITIVE else (value, gradient)

        return feature
