"""Profile-likelihood intervals: how far a parameter can go, all others refitted, before the deviance rises too much."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from ..estimate import EstimateRefused
from .identifiability import Identifiability
from .problem import Problem
from .search import Walk, walk_down

Array = NDArray[Any]

_ROUNDS = 14
_CLOSE = 0.02


@dataclass(frozen=True)
class ProfileEnd:
    """One end of an interval: ``coordinate``, or None where it is open, and the sentence that says why."""

    coordinate: float | None
    sentence: str


@dataclass(frozen=True)
class Profile:
    """The profile of one coordinate: both ends, and all points (p,) at which the deviance (p,) was found."""

    name: str
    low: ProfileEnd
    high: ProfileEnd
    points: Array
    deviances: Array
    better: Walk | None

    @property
    def determined(self) -> bool:
        """Whether both ends are closed."""
        return self.low.coordinate is not None and self.high.coordinate is not None

    def holds(self, coordinate: float) -> bool:
        """Tell whether the interval, a twentieth wider for its own accuracy, contains ``coordinate``."""
        low = -math.inf if self.low.coordinate is None else self.low.coordinate
        high = math.inf if self.high.coordinate is None else self.high.coordinate
        slack = 0.05 * (high - low) if math.isfinite(high - low) else 0.0
        return low - slack <= coordinate <= high + slack


def largest_rise(level: float, dispersion: float) -> float:
    """Return by how much the deviance may rise inside an interval: one degree of freedom."""
    return dispersion * float(chi2.ppf(level, 1))


def profile(
    problem: Problem,
    best: Walk,
    found: Identifiability,
    k: int,
    *,
    level: float = 0.95,
    dispersion: float = 1.0,
    spent: float = 0.0,
) -> Profile:
    """Return the profile-likelihood interval of coordinate ``k``.

    Source: venzon1988.
    Assumptions: the deviance rises by the chi-square quantile with one degree of freedom, times ``dispersion``, less
    what is ``spent`` already where ``best`` is the bottom of a valley above the deepest one.
    """
    rise = largest_rise(level, dispersion) - spent
    points, deviances = [best.end[k]], [best.deviance]
    ends, better = [], None
    for side in (-1.0, 1.0):
        end, tried, lower = _end(problem, best, found, k, side, rise)
        ends.append(end)
        points += [x for x, _ in tried]
        deviances += [deviance for _, deviance in tried]
        if lower is not None and (better is None or lower.deviance < better.deviance):
            better = lower
    order = np.argsort(points)
    return Profile(
        problem.space.names[k], ends[0], ends[1], np.array(points)[order], np.array(deviances)[order], better
    )


def _end(
    problem: Problem, best: Walk, found: Identifiability, k: int, side: float, rise: float
) -> tuple[ProfileEnd, list[tuple[float, float]], Walk | None]:
    """Return one end: secant steps on the signed root of the rise, which is close to linear in the coordinate."""
    space, goal = problem.space, math.sqrt(rise)
    bound = space.high[k] if side > 0 else space.low[k]
    error = min(float(found.standard_errors[k]), space.high[k] - space.low[k])
    inner, outer = (best.end[k], 0.0), None
    at, near, tried, better = _towards(best.end[k] + side * goal * error, best.end[k], bound), best, [], None
    for _ in range(_ROUNDS):
        walk = _held_at(problem, near, found, k, at, best.deviance + rise)
        deviance = math.inf if walk is None else walk.deviance
        tried.append((at, deviance))
        if walk is not None and deviance < best.deviance - 0.05:
            better = walk if better is None or walk.deviance < better.deviance else better
        root = math.sqrt(max(deviance - best.deviance, 0.0))
        if abs(root - goal) < _CLOSE * goal:
            return ProfileEnd(at, ""), tried, better
        if root < goal:
            inner, near = (at, root), walk or near
            if abs(at - bound) <= 1e-9 * (1 + abs(bound)):
                return ProfileEnd(None, _open(problem, k, side, root, goal)), tried, better
        else:
            outer = (at, root)
        at = _next(best.end[k], inner, outer, goal, bound)
    return ProfileEnd(at, _abrupt(problem, k, inner, outer, goal)), tried, better


def _held_at(problem: Problem, near: Walk, found: Identifiability, k: int, at: float, limit: float) -> Walk | None:
    """Return the best fit with coordinate ``k`` held, started along the ridge; None where nothing is predicted.

    A walk that ends above the ``limit`` of the deviance might have missed the valley: it is begun again off the ridge.
    """
    ridge = found.correlation[:, k] * found.standard_errors / max(found.standard_errors[k], 1e-300)
    guess = problem.space.clipped(near.end + np.nan_to_num(ridge) * (at - near.end[k]))
    guess[k] = at
    plain = near.end.copy()
    plain[k] = at
    lowest: Walk | None = None
    for start in (guess, plain):
        if lowest is not None and lowest.deviance <= limit:
            break
        try:
            walk = walk_down(problem, near.anchor, start, held={k: at}, evaluations=40)
        except EstimateRefused:
            continue
        lowest = walk if lowest is None or walk.deviance < lowest.deviance else lowest
    return lowest


def _towards(wanted: float, origin: float, bound: float) -> float:
    """Return ``wanted``, or the bound if it lies beyond."""
    return max(wanted, bound) if bound < origin else min(wanted, bound)


def _next(
    origin: float, inner: tuple[float, float], outer: tuple[float, float] | None, goal: float, bound: float
) -> float:
    """Return where to try next: between a point inside and one outside, or further out on the root's straight line."""
    if outer is None:
        factor = min(max(goal / max(inner[1], 1e-12), 1.2), 3.0)
        return _towards(origin + factor * (inner[0] - origin), origin, bound)
    share = 0.5 if not math.isfinite(outer[1]) else (goal - inner[1]) / max(outer[1] - inner[1], 1e-12)
    return inner[0] + min(max(share, 0.1), 0.9) * (outer[0] - inner[0])


def _abrupt(
    problem: Problem, k: int, inner: tuple[float, float], outer: tuple[float, float] | None, goal: float
) -> str:
    """Return why a profile has not met its goal between its last two points; nothing if they are close enough."""
    name = problem.space.parameters[k].name
    if outer is not None and not math.isfinite(outer[1]):
        return f"Beyond this value of {name} no stable state is found: an end of the model, not of the data."
    if outer is None or outer[1] - inner[1] > 0.2 * goal:
        return f"The profile of {name} is not smooth here; its end is known to a few percent only."
    return ""


def _open(problem: Problem, k: int, side: float, root: float, goal: float) -> str:
    parameter = problem.space.parameters[k]
    value = float(parameter.value(problem.space.high[k] if side > 0 else problem.space.low[k]))
    return (
        f"The data do not exclude {parameter.name} at its {'upper' if side > 0 else 'lower'} bound in size of "
        f"{value:.4g} (rise of the deviance {root**2:.2g}, below {goal**2:.3g}): this end is open."
    )


def spanned(profiles: Sequence[Profile]) -> Profile:
    """Return the profile of one coordinate over several valleys: from the lowest end to the highest.

    Between valleys that lie apart nothing was looked at: a point there has the deviance NaN.
    """
    lows, highs = [p.low for p in profiles], [p.high for p in profiles]
    low = min(lows, key=lambda end: -math.inf if end.coordinate is None else end.coordinate)
    high = max(highs, key=lambda end: math.inf if end.coordinate is None else end.coordinate)
    points, deviances = (np.concatenate([getattr(p, what) for p in profiles]) for what in ("points", "deviances"))
    ranges = sorted((float(p.points.min()), float(p.points.max())) for p in profiles)
    reached = np.maximum.accumulate([high for _, high in ranges])
    gaps = [(end + low) / 2 for end, (low, _) in zip(reached, ranges[1:], strict=False) if low > end]
    points, deviances = np.concatenate([points, gaps]), np.concatenate([deviances, np.full(len(gaps), np.nan)])
    order = np.argsort(points)
    return Profile(profiles[0].name, low, high, points[order], deviances[order], profiles[0].better)
