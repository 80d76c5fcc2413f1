"""Profile-likelihood intervals: how far a feature can go before the deviance rises by the chi-square quantile."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from .features import POSITIVE, FeatureView
from .likelihood import Constraint, Maximum, Problem, climb, climb_on

Array = NDArray[np.floating]


class ProfileFailed(Exception):
    """A profile could not be followed to its end; the caller says so and gives the Wald interval."""


SHAPE_STEPS = 10
FARTHEST = 12.0  # standard errors beyond which an end of an interval is called infinite


def _end(problem: Problem, best: Maximum, feature: Constraint, error: float, rise: float) -> float:
    """Return the value on the side of ``error``'s sign where the profile deviance has risen by ``rise``.

    Secant steps on the signed root of the deviance, which is close to linear in the feature.
    """
    centre, goal = feature(best.psi)[0], math.sqrt(rise)
    before, at, psi = (0.0, 0.0), goal, best.psi
    for _ in range(10):
        found = climb_on(problem, psi, best.free, feature, centre + at * error)
        if not found.converged:
            raise ProfileFailed(f"no constrained maximum {at:.1f} standard errors from the estimate")
        root = math.sqrt(max(found.deviance - best.deviance, 0.0))
        if abs(root - goal) < 0.01 * goal:
            return centre + at * error
        slope = max((root - before[1]) / (at - before[0]), 0.02)
        before, psi = (at, root), found.psi
        at = float(np.clip(at + (goal - root) / slope, 0.4 * at, 2.5 * at))
        if at > FARTHEST * goal:
            return math.copysign(math.inf, error)
    raise ProfileFailed(f"the deviance did not settle {before[0]:.1f} standard errors from the estimate")


def feature_interval(
    problem: Problem, best: Maximum, view: FeatureView, name: str, level: float, dispersion: float
) -> tuple[float, float]:
    """Return the profile-likelihood interval of one feature; positive features are profiled on the log scale."""
    feature = view.one(name)
    gradient = feature(best.psi)[1]
    error = math.sqrt(max(float(gradient @ best.covariance @ gradient), 0.0))
    if error == 0.0:
        value = feature(best.psi)[0]
        ends = (value, value)
    else:
        rise = dispersion * float(chdtri(1, 1 - level))
        ends = (_end(problem, best, feature, -error, rise), _end(problem, best, feature, error, rise))
    return (math.exp(ends[0]), math.exp(ends[1])) if name in POSITIVE else ends


def _conditional(problem: Problem, best: Maximum, rise: float) -> list[tuple[Maximum, float]]:
    """Return maxima at fixed shapes across the likely range, with what is left of the allowed rise of the deviance.

    Shape 0 is always among them when it is likely: there sigma, which only shrinks with the shape of either sign, has
    its end.
    """
    low, high = problem.family.shape_bounds or (0.0, 0.0)
    reach = 1.5 * math.sqrt(rise * best.covariance[3, 3]) or high - low
    down, up = max(low, best.psi[3] - reach), min(high, best.psi[3] + reach)
    found = [(best, rise), *_walk(problem, best, down, rise), *_walk(problem, best, up, rise)]
    shapes = [maximum.psi[3] for maximum, _ in found]
    if min(shapes) < 0 < max(shapes):
        found.append(_at_shape(problem, best, 0.0, rise))
    return [(maximum, left) for maximum, left in found if left > 0]


def _at_shape(problem: Problem, best: Maximum, shape: float, rise: float) -> tuple[Maximum, float]:
    free = best.free.copy()
    free[3] = False
    maximum = climb(problem, np.append(best.psi[:3], shape), free)
    return maximum, rise - (maximum.deviance - best.deviance)


def _walk(problem: Problem, best: Maximum, end: float, rise: float) -> list[tuple[Maximum, float]]:
    """Walk the shape from the maximum toward ``end`` until the rise is spent, halving the last steps."""
    free = best.free.copy()
    free[3] = False
    found: list[tuple[Maximum, float]] = []
    psi, step = best.psi, (end - best.psi[3]) / SHAPE_STEPS
    for _ in range(3 * SHAPE_STEPS):
        shape = psi[3] + step
        if (
            step == 0.0
            or (end - shape) * step < -1e-12 * step * step
            or abs(step) < abs(end - best.psi[3]) / (8 * SHAPE_STEPS)
        ):
            break
        maximum = climb(problem, np.append(psi[:3], shape), free)
        left = rise - (maximum.deviance - best.deviance)
        if left <= 0:
            step /= 2
            continue
        psi = maximum.psi
        found.append((maximum, left))
    return found


def parameter_intervals(
    problem: Problem, best: Maximum, level: float, dispersion: float
) -> dict[str, tuple[tuple[float, float], float]]:
    """Return interval and standard error of the family's own parameters: unions of those at fixed shapes.

    theta and sigma have no gradient where kappa = 0, so that neither a Wald interval nor a profile along them exists
    there; at a fixed shape they are regular, and the profile deviance of the shape says how much room it leaves. The
    standard error is half the width of the interval at one standard error.
    """
    rise = dispersion * float(chdtri(1, 1 - level))
    walked = [(best, rise)] if problem.family.shape_bounds is None else _conditional(problem, best, rise)
    wide = _union(problem, walked)
    narrow = _union(problem, [(m, left - rise + dispersion) for m, left in walked if left > rise - dispersion])
    return {name: (ends, 0.5 * (narrow[name][1] - narrow[name][0])) for name, ends in wide.items()}


def _union(problem: Problem, walked: list[tuple[Maximum, float]]) -> dict[str, tuple[float, float]]:
    """Return the outermost ends over the maxima, each interval as wide as what is left of the allowed rise."""
    ends: dict[str, list[float]] = {}
    for maximum, left in walked:
        values = problem.family.parameters(maximum.psi)
        for name, (spread, relative) in _spreads(maximum, values).items():
            reach, value = math.sqrt(left) * spread, values[name]
            ends.setdefault(name, []).extend(
                (value * math.exp(-reach), value * math.exp(reach)) if relative else (value - reach, value + reach)
            )
    return {name: (min(found), max(found)) for name, found in ends.items()}


def _spreads(maximum: Maximum, values: dict[str, float]) -> dict[str, tuple[float, bool]]:
    """Return standard errors at fixed shape, and whether they are relative (q_max and lengths are)."""
    free = maximum.free.copy()
    free[3:] = False
    covariance = Maximum(maximum.psi, 0.0, maximum.information, free, True).covariance
    scale = float(np.exp(maximum.psi[2]))
    offset = (values["theta"] - maximum.psi[1]) / scale
    gradient = np.array([0.0, 1.0, offset * scale])
    by_location = math.sqrt(max(float(gradient @ covariance[:3, :3] @ gradient), 0.0))
    relative = math.sqrt(covariance[2, 2])
    spreads = {"q_max": (math.sqrt(covariance[0, 0]), True), "theta": (by_location, False), "sigma": (relative, True)}
    if "kappa" in values:
        spreads["kappa"] = (abs(values["kappa"]) * relative, False)
    if "nu" in values:
        spreads["nu"] = (0.0, False)
    return spreads
