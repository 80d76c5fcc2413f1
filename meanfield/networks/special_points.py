"""A fold or Hopf point of a network found again after its parameters have moved a little."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import root

from ..dynamics.branch_events import SpecialPoint
from .branches import Family
from .structure import Structure

Array: TypeAlias = NDArray[Any]

_REACH = 0.5  # of the parameter's value, how far a point may have moved
_MISS = 1e-7


def special_point_near(structure_at: Callable[[float], Structure], near: SpecialPoint) -> SpecialPoint:
    """Return the fold or Hopf point next to one of a similar network.

    Source: kuznetsov2004, ch. 10 (a steady state whose Jacobian, or characteristic determinant, vanishes).
    Assumptions: the point is generic and has moved by less than half of its parameter value.

    Parameters
    ----------
    structure_at : callable
        The network at a value of the parameter.
    near : SpecialPoint
        Of the similar network: the kind, the value, the rates and, at a Hopf point, the frequency.

    Raises
    ------
    ValueError
        If no such point is found next to it.
    """
    if near.kind not in ("fold", "hopf"):
        raise ValueError(f"special_point_near: a {near.kind} has no equations of its own; give a fold or a hopf.")
    reach = _REACH * max(abs(near.value), 1e-12)
    family = Family(structure_at, (near.value - reach, near.value + reach))
    start = family.place(structure_at(near.value), np.asarray(near.state, dtype=float), near.value)
    of_kind = _fold_equations(family) if near.kind == "fold" else _hopf_equations(family, near.frequency)
    unknown = start if near.kind == "fold" else np.append(start, 1.0)
    found: Any = root(of_kind, unknown, method="hybr", tol=1e-12)
    x = found.x[: start.size]
    outside = not abs(x[-1] * family.width - near.value) < reach
    if outside or not np.max(np.abs(of_kind(found.x))) < _MISS:
        raise ValueError(f"special_point_near: no {near.kind} next to {near.value:.6g}; follow the branches instead.")
    frequency = 0.0 if near.kind == "fold" else abs(float(found.x[-1])) * near.frequency
    return SpecialPoint(near.kind, family.value(x), family.rates(x), frequency)


def _fold_equations(family: Family) -> Callable[[Array], Array]:
    def miss(x: Array) -> Array:
        return np.append(family.miss(x), np.linalg.det(family.slope(x)[:, :-1]))

    return miss


def _hopf_equations(family: Family, frequency: float) -> Callable[[Array], Array]:
    def miss(unknown: Array) -> Array:
        x, omega = unknown[:-1], 2 * np.pi * frequency * unknown[-1]
        value = complex(family.loop(x).determinant(np.array(1j * omega)))
        return np.concatenate([family.miss(x), [value.real, value.imag]])

    return miss
