"""The input around which a curve turns when a gain-like parameter changes: "more gain" means nothing without it."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from .arrays import require_finite

Array = NDArray[np.float64]
Curve = Callable[[Array], ArrayLike]

_GRID = 2001
# Of the largest effect on the grid: smaller effects are rounding, and their signs mean nothing.
_NOISE = 1e-9
# A central difference of fourth order with this relative step errs by 1e-12 of the effect, from both sides.
_STEP = 1e-3


class Turning(Enum):
    """What a larger value of the parameter does to the output; the values are the messages."""

    STEEPER = "a larger value lowers the output below the pivot and raises it above"
    FLATTER = "a larger value raises the output below the pivot and lowers it above"
    RAISES = "a larger value raises the output at every input: there is no pivot"
    LOWERS = "a larger value lowers the output at every input: there is no pivot"


@dataclass(frozen=True, kw_only=True)
class Pivot:
    """Where a curve keeps its height while one parameter changes.

    Parameters
    ----------
    parameter : str
        The parameter that changes.
    turning : Turning
        What a larger value does; `Turning.RAISES` and `Turning.LOWERS` have no pivot.
    position : float or None
        The input at the pivot, in the unit of the curve's input.
    height : float or None
        The output at the pivot, in the unit of the curve's output.
    """

    parameter: str
    turning: Turning
    position: float | None = None
    height: float | None = None

    @property
    def exists(self) -> bool:
        """Whether the curve turns around an input at all."""
        return self.position is not None

    def __str__(self) -> str:
        where = "" if self.position is None else f" at {self.position:.6g}"
        return f"{self.parameter}: {self.turning.value}{where}"


def pivot_at(parameter: str, position: float, height: ArrayLike, turning: Turning = Turning.FLATTER) -> Pivot:
    """Return a pivot known in closed form: its input, the curve's height there, and what a larger value does."""
    return Pivot(parameter=parameter, turning=turning, position=float(position), height=float(np.asarray(height)))


def gain_pivot(
    family: Callable[..., Curve], parameter: str, at: Mapping[str, Any], *, within: tuple[float, float]
) -> Pivot:
    """Return the input at which the derivative of a curve by one of its parameters changes sign.

    Assumptions: the curve is smooth in the parameter, and turns at most once between the bounds.

    Parameters
    ----------
    family : callable
        Makes a curve from named parameters, such as the class of a sigmoid; a curve maps inputs to outputs.
    parameter : str
        The gain-like parameter.
    at : mapping of str to float
        All parameters of the family, at the values where the question is asked.
    within : tuple of float
        Inputs between which to look.

    Returns
    -------
    Pivot
        With its position to about 1e-9 of the range, or with the statement that there is none.

    Raises
    ------
    ValueError
        If the family has no such parameter, a bound is not finite, the parameter has no effect there, or the curve
        turns more than once.
    """
    if parameter not in at:
        raise ValueError(f"gain_pivot: there is no parameter {parameter!r}; the curve has: {', '.join(at)}.")
    require_finite("gain_pivot", within=within)
    effect = _effect(family, parameter, at)
    grid = np.linspace(*within, _GRID)
    values = np.asarray(effect(grid))
    top = float(np.abs(values).max())
    if not top > 0:
        raise ValueError(f"gain_pivot: {parameter} has no effect between {within[0]:g} and {within[1]:g}; look wider.")
    told = np.flatnonzero(np.abs(values) > _NOISE * top)
    signs = np.sign(values[told])
    turns = np.flatnonzero(np.diff(signs))
    if turns.size == 0:
        return Pivot(parameter=parameter, turning=Turning.RAISES if signs[0] > 0 else Turning.LOWERS)
    if turns.size > 1:
        raise ValueError(
            f"gain_pivot: the effect of {parameter} changes sign {turns.size} times between {within[0]:g} and "
            f"{within[1]:g}; look at one turn at a time."
        )
    low, high = float(grid[told[turns[0]]]), float(grid[told[turns[0] + 1]])
    found: Any = brentq(lambda v: float(np.asarray(effect(np.asarray(v)))), low, high, xtol=1e-15 * _size(low, high))
    turning = Turning.STEEPER if signs[-1] > 0 else Turning.FLATTER
    return pivot_at(parameter, float(found), family(**at)(np.asarray(found)), turning)


def _size(low: float, high: float) -> float:
    return max(abs(low), abs(high))


def _effect(family: Callable[..., Curve], parameter: str, at: Mapping[str, Any]) -> Callable[[Array], Array]:
    """Return d(output)/d(parameter) as a function of the input, by differences over two steps."""
    value = float(at[parameter])
    step = _STEP * abs(value) if value else _STEP

    def moved(steps: float) -> Curve:
        return family(**{**at, parameter: value + steps * step})

    near, far = (moved(1), moved(-1)), (moved(2), moved(-2))

    def effect(v: Array) -> Array:
        inner = np.asarray(near[0](v)) - np.asarray(near[1](v))
        outer = np.asarray(far[0](v)) - np.asarray(far[1](v))
        return (8 * inner - outer) / (12 * step)

    return effect


def threshold_linear_turning(a: float, b: float, d: float) -> tuple[float, float]:
    """Return the pivot (input, output) of the gain factor M in H = x/(1 - exp(-d x)), x = M (a I - b).

    Source: deco2018 (the gain modulation); abbott2005 (the curve).

    Parameters
    ----------
    a : float
        Slope, Hz per unit of input.
    b : float
        Offset, Hz.
    d : float
        Curvature, s.

    Returns
    -------
    tuple of float
        The input b/a where x = 0 for every M, and the rate 1/d there, Hz.
    """
    if not (a > 0 and d > 0 and math.isfinite(b)):
        raise ValueError(f"threshold_linear_turning: a = {a:g} and d = {d:g} must be above 0 and b = {b:g} finite.")
    return b / a, 1 / d
