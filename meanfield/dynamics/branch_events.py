"""Folds and Hopf points on a stretch of a branch, located to rounding."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq

from .branch import BranchPoint, Family
from .delay_eigenvalues import rightmost_eigenvalues
from .system import Array

_DEEPEST = 12
_SHORTEST = 1e-12


@dataclass(frozen=True)
class SpecialPoint:
    """A fold, a Hopf point, or a branch point.

    Parameters
    ----------
    kind : str
        "fold", "hopf" or "branch point".
    value : float
        Of the parameter.
    state : (n,) array
        SI.
    frequency : float
        Of the oscillation born at a Hopf point, Hz; 0 elsewhere.
    """

    kind: str
    value: float
    state: Array
    frequency: float


def events(one: BranchPoint, other: BranchPoint, depth: int = 0) -> Iterator[SpecialPoint]:
    """Yield the special points between two neighbouring points of a branch.

    At a fold the branch turns and one eigenvalue changes sign; at a Hopf point two do without a turn. A stretch where
    more happens is halved; one eigenvalue that changes sign without a turn is a branch point, whose other branch is
    not followed.
    """
    turns = one.tangent[-1] * other.tangent[-1] < 0
    change = abs(other.unstable - one.unstable)
    if change == 0 and not turns:
        return
    if turns and change == 1:
        yield _fold(one, other)
    elif not turns and change == 2:
        yield _hopf(one, other)
    elif not turns and change == 1:
        yield _branch_point(one, other)
    elif depth == _DEEPEST:
        yield _fold(one, other) if turns else _crossing(one, other, "branch point")
    else:
        middle = _between(one, other)
        yield from events(one, middle, depth + 1)
        yield from events(middle, other, depth + 1)


def _along(one: BranchPoint, other: BranchPoint) -> tuple[Family, Callable[[float], Array]]:
    """Return the branch between two points as a function of s in [0, 1]."""
    family, chord = one.family, other.x - one.x
    normal = chord / np.linalg.norm(chord)

    def point(s: float) -> Array:
        x = family.corrected(one.x + s * chord, normal)
        if x is None:
            raise ValueError(
                f"continuation: the branch near {family.value(one.x):g} cannot be followed between two of its points; "
                "take a smaller largest_step."
            )
        return x

    return family, point


def _between(one: BranchPoint, other: BranchPoint) -> BranchPoint:
    family, point = _along(one, other)
    x = point(0.5)
    return BranchPoint(family, x, family.tangent(x, other.x - one.x))


def _fold(one: BranchPoint, other: BranchPoint) -> SpecialPoint:
    family, point = _along(one, other)
    chord = other.x - one.x
    s = _zero(lambda s: float(family.tangent(point(s), chord)[-1]))
    x = point(s)
    return SpecialPoint("fold", family.value(x), family.state(x), 0.0)


def _branch_point(one: BranchPoint, other: BranchPoint) -> SpecialPoint:
    """Return where two branches cross.

    There the equations of the branch are singular, and close to it Newton's method loses its footing: what it cannot
    halve any more is a straight line.
    """
    family = one.family
    for _ in range(_DEEPEST * 4):
        middle = _halved(one, other)
        if middle is None:
            break
        one, other = (middle, other) if middle.unstable == one.unstable else (one, middle)
    place = max(one.unstable, other.unstable) - 1
    before, after = one.eigenvalues[place].real, other.eigenvalues[place].real
    x = one.x + before / (before - after) * (other.x - one.x)
    return SpecialPoint("branch point", family.value(x), family.state(x), 0.0)


def _halved(one: BranchPoint, other: BranchPoint) -> BranchPoint | None:
    chord = other.x - one.x
    length = float(np.linalg.norm(chord))
    x = one.family.corrected(one.x + chord / 2, chord / length) if length > _SHORTEST else None
    return None if x is None else BranchPoint(one.family, x, one.family.tangent(x, chord))


def _hopf(one: BranchPoint, other: BranchPoint) -> SpecialPoint:
    return _crossing(one, other, "hopf")


def _crossing(one: BranchPoint, other: BranchPoint, kind: str) -> SpecialPoint:
    """Return where the least unstable of the eigenvalues that change sign stands on the imaginary axis."""
    family, point = _along(one, other)
    place = max(one.unstable, other.unstable) - 1

    def rightmost(s: float) -> Array:
        return rightmost_eigenvalues(family.linear(point(s)), place + 1)

    s = _zero(lambda s: float(rightmost(s)[place].real))
    x, eigenvalues = point(s), rightmost(s)
    crossing = eigenvalues[place]
    oscillates = abs(crossing.imag) > 1e-6 * np.abs(eigenvalues).max()
    kind = kind if oscillates or kind != "hopf" else "branch point"
    return SpecialPoint(kind, family.value(x), family.state(x), float(abs(crossing.imag)) / (2 * np.pi))


def _zero(test: Callable[[float], float]) -> float:
    """Return the zero of a test function on [0, 1]; an end that is zero to rounding counts."""
    low, high = test(0.0), test(1.0)
    if low * high > 0:
        return 0.0 if abs(low) < abs(high) else 1.0
    root: Any = brentq(test, 0.0, 1.0, xtol=1e-15)
    return float(root)
