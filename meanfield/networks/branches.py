"""Branches of steady states of a network over one parameter, with folds and Hopf points."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.optimize import brentq, fsolve

from ..dynamics.branch_events import SpecialPoint
from ..dynamics.continuation import Branches
from ..dynamics.system import Variable
from .loop import NetworkLoop
from .steady_states import steady_search
from .structure import Structure

Array: TypeAlias = NDArray[Any]

_VOLTAGE = 5e-3  # V, and its square for variances: the scale of one step along a branch
_SMALLEST_STEP = 1e-6
_AT_CAP = 1e-4  # of its largest rate: where a rate model ends, and has a corner
_MOST_POINTS = 4000
_STRAIGHT = 0.985
_CONVERGED = 1e-11
_SAME = 1e-5


@dataclass(frozen=True, eq=False)
class Family:
    """A network over a parameter, in the coordinates x = (v / scale, variance / scale^2, parameter / width).

    Parameters
    ----------
    structure_at : callable
        The network at a value of the parameter.
    bounds : (float, float)
        Of the parameter.
    """

    structure_at: Callable[[float], Structure]
    bounds: tuple[float, float]

    @property
    def width(self) -> float:
        """Range of the parameter."""
        return self.bounds[1] - self.bounds[0]

    @cached_property
    def moments(self) -> bool:
        """Whether variances are unknowns too."""
        return self.structure_at(self.bounds[0]).two_moments

    def value(self, x: Array) -> float:
        """Return the parameter at ``x``."""
        return float(np.clip(x[-1] * self.width, *self.bounds))

    def place(self, structure: Structure, rates: Array, value: float) -> Array:
        """Return the coordinates of steady ``rates`` (P,)."""
        v, variance = structure.moments(rates)
        parts = [v / _VOLTAGE, variance / _VOLTAGE**2] if self.moments else [v / _VOLTAGE]
        return np.append(np.concatenate(parts), value / self.width)

    def rates(self, x: Array) -> Array:
        """Return the rates (P,) (Hz) at ``x``."""
        structure = self.structure_at(self.value(x))
        v, variance = self._split(structure, x)
        return structure.rates(v, variance)

    def _split(self, structure: Structure, x: Array) -> tuple[Array, Array]:
        n = structure.count
        variance = x[n : 2 * n] * _VOLTAGE**2 if self.moments else np.zeros(n)
        return x[:n] * _VOLTAGE, np.maximum(variance, 0.0)

    def miss(self, x: Array) -> Array:
        """Return by how much ``x`` is not steady, in the units of x (without the parameter)."""
        structure = self.structure_at(self.value(x))
        return self._miss(structure, x)

    def _miss(self, structure: Structure, x: Array) -> Array:
        v, variance = structure.moments(structure.rates(*self._split(structure, x)))
        parts = [v / _VOLTAGE, variance / _VOLTAGE**2] if self.moments else [v / _VOLTAGE]
        return x[:-1] - np.concatenate(parts)

    def slope(self, x: Array) -> Array:
        """Return the derivative of `miss` by ``x`` (n, n + 1)."""
        structure = self.structure_at(self.value(x))
        v, variance = self._split(structure, x)
        n = structure.count
        by_v, by_variance = (
            np.array(part)
            for part in zip(
                *(p.model.slopes(v[k], variance[k]) for k, p in enumerate(structure.populations)), strict=True
            )
        )
        matrix = np.eye(len(x) - 1)
        matrix[:n, :n] -= structure.weights * by_v
        if self.moments:
            scatter = structure.scatter.copy()
            rates = structure.rates(v, variance)
            for target, source, strength in structure.uneven:
                scatter[target, source] += 2 * strength * rates[source]
            matrix[:n, n:] -= structure.weights * by_variance * _VOLTAGE
            matrix[n:, :n] -= scatter * by_v / _VOLTAGE
            matrix[n:, n:] -= scatter * by_variance
        return np.column_stack([matrix, self._by_parameter(x)])

    def _by_parameter(self, x: Array) -> Array:
        step = 1e-5 * self.width
        value = self.value(x)
        low, high = max(value - step, self.bounds[0]), min(value + step, self.bounds[1])
        ahead, behind = (self._miss(self.structure_at(end), x) for end in (high, low))
        return (ahead - behind) / (high - low) * self.width

    def tangent(self, x: Array, along: Array) -> Array:
        """Return the unit tangent at ``x`` on the side of ``along``."""
        direction = np.linalg.svd(self.slope(x))[2][-1]
        return direction if direction @ along >= 0 else -direction

    def corrected(self, guess: Array, normal: Array) -> Array | None:
        """Return the steady state in the plane through ``guess`` across ``normal``, or None."""
        x = guess
        for _ in range(14):
            matrix = np.vstack([self.slope(x), normal])
            wrong = np.append(self.miss(x), normal @ (x - guess))
            if not np.all(np.isfinite(matrix)) or not np.all(np.isfinite(wrong)):
                return None
            step = np.linalg.lstsq(matrix, wrong, rcond=1e-14)[0]
            x = x - step
            if np.abs(step).max() < _CONVERGED * (1 + np.abs(x).max()):
                return x
        return None

    def capped(self, x: Array) -> bool:
        """Return whether a population is where its rate model ends."""
        top = self.structure_at(self.value(x)).q_max
        return bool(np.any(np.abs(self.rates(x) - top) < _AT_CAP * top))

    def loop(self, x: Array) -> NetworkLoop:
        """Return the closed loop at ``x``."""
        return NetworkLoop(self.structure_at(self.value(x)), self.rates(x))


@dataclass(frozen=True)
class _Point:
    x: Array
    tangent: Array
    unstable: int


def network_branches(
    structure_at: Callable[[float], Structure],
    parameter: Variable,
    bounds: tuple[float, float],
    *,
    sections: int = 7,
    largest_step: float = 0.15,
) -> Branches:
    """Return every branch of steady states that passes one of ``sections`` values of the parameter.

    Source: keller1977 (pseudo-arclength); nyquist1932 (number of unstable modes).
    Assumptions: folds and Hopf points are generic; a closed branch wholly between two sections is not seen.

    Parameters
    ----------
    structure_at : callable
        The network at a value of the parameter.
    parameter : Variable
        Its name and unit.
    bounds : (float, float)
        Of the parameter.
    sections : int
        Values at which all steady states are sought.
    largest_step : float
        Longest step: 1 is 5 mV of all potentials together, or the range of the parameter.
    """
    low, high = sorted(float(bound) for bound in bounds)
    if not (np.isfinite(low) and np.isfinite(high) and low < high) or sections < 2:
        raise ValueError(
            f"PopulationNetwork.continuation: {parameter.name} from {low:g} to {high:g} in {sections} sections; give a "
            "range that is not empty and at least two sections."
        )
    family = Family(structure_at, (low, high))
    traced: list[list[_Point]] = []
    for value in np.linspace(low, high, sections):
        structure = structure_at(float(value))
        for rates in steady_search(structure).rates:
            x = family.place(structure, rates, float(value))
            if not any(_passes(branch, x) for branch in traced):
                traced.append(_traced(family, x, largest_step))
    events = [event for branch in traced for event in _events(family, branch)]
    kinds = {
        kind: tuple(sorted((e for e in events if e.kind == kind), key=lambda e: e.value))
        for kind in ("fold", "hopf", "branch point")
    }
    datasets = tuple(_dataset(family, parameter, branch) for branch in traced)
    return Branches(parameter, datasets, kinds["fold"], kinds["hopf"], kinds["branch point"])


def _traced(family: Family, start: Array, largest_step: float) -> list[_Point]:
    along = np.zeros(len(start))
    along[-1] = 1.0
    tangent = family.tangent(start, along)
    ahead = _walk(family, start, tangent, largest_step)
    if len(ahead) > 2 and np.abs(ahead[-1].x - start).max() < _SAME:
        return ahead
    behind = _walk(family, start, -tangent, largest_step)
    return [_Point(p.x, -p.tangent, p.unstable) for p in behind[:0:-1]] + ahead


def _walk(family: Family, start: Array, tangent: Array, largest_step: float) -> list[_Point]:
    """Return the points from ``start`` in the direction ``tangent`` to a bound of the parameter, or around.

    A branch also ends where it reaches the cap of a rate model: nothing was measured beyond.
    """
    points = [_Point(start, tangent, family.loop(start).unstable)]
    step = largest_step / 8
    low, high = (bound / family.width for bound in family.bounds)
    while len(points) < _MOST_POINTS:
        here = points[-1]
        at_edge = (here.x[-1] >= high - 1e-12 and here.tangent[-1] > 0) or (
            here.x[-1] <= low + 1e-12 and here.tangent[-1] < 0
        )
        if at_edge:
            return points
        following = _next(family, here, step, low, high)
        if following is None:
            step /= 2
            if step >= _SMALLEST_STEP:
                continue
            if family.capped(here.x):
                return points
            raise ValueError(
                f"PopulationNetwork.continuation: the branch cannot be followed past {family.value(here.x):.6g}; a "
                "rate model may not be smooth there."
            )
        points.append(following)
        if len(points) > 8 and np.linalg.norm(following.x - start) < 0.7 * step and tangent @ following.tangent > 0.5:
            return [*points, _Point(start, tangent, points[0].unstable)]
        step = min(1.4 * step, largest_step)
    raise ValueError(f"PopulationNetwork.continuation: a branch has more than {_MOST_POINTS} points; narrow the range.")


def _next(family: Family, here: _Point, step: float, low: float, high: float) -> _Point | None:
    guess = here.x + step * here.tangent
    if low <= guess[-1] <= high:
        x = family.corrected(guess, here.tangent)
    else:
        bound = low if guess[-1] < low else high
        guess = here.x + here.tangent * (bound - here.x[-1]) / here.tangent[-1]
        x = family.corrected(guess, np.eye(len(guess))[-1])
    if x is None or np.linalg.norm(x - guess) > 0.5 * step + 1e-9 or not low - 1e-9 <= x[-1] <= high + 1e-9:
        return None
    tangent = family.tangent(x, here.tangent)
    if tangent @ here.tangent < _STRAIGHT:
        return None
    return _Point(x, tangent, family.loop(x).unstable)


def _passes(branch: list[_Point], x: Array) -> bool:
    """Return whether a branch passes through ``x``, to within the curvature of its steps."""
    for one, other in pairwise(branch):
        chord, to = other.x - one.x, x - one.x
        length = float(np.linalg.norm(chord))
        share = float(chord @ to) / length**2 if length else 0.0
        if -0.05 <= share <= 1.05 and np.linalg.norm(to - share * chord) < 0.05 * length + 1e-7:
            return True
    return bool(np.linalg.norm(branch[0].x - x) < 1e-7)


def _events(family: Family, branch: list[_Point]):
    """Yield the special points along a branch."""
    for one, other in pairwise(branch):
        turned, change = one.tangent[-1] * other.tangent[-1] < 0, abs(one.unstable - other.unstable)
        if turned:
            yield _fold(family, one, other)
        if change - turned >= 2:
            yield from _hopf(family, one, other)
        elif change == 1 and not turned:
            yield SpecialPoint(
                "branch point", family.value((one.x + other.x) / 2), family.rates((one.x + other.x) / 2), 0.0
            )


def _between(family: Family, one: _Point, other: _Point) -> Callable[[float], Array]:
    chord = other.x - one.x
    normal = chord / np.linalg.norm(chord)

    def point(share: float) -> Array:
        x = family.corrected(one.x + share * chord, normal)
        if x is None:
            raise ValueError(
                f"PopulationNetwork.continuation: the branch near {family.value(one.x):g} cannot be followed between "
                "two of its points; take a smaller largest_step."
            )
        return x

    return point


def _fold(family: Family, one: _Point, other: _Point) -> SpecialPoint:
    point, chord = _between(family, one, other), other.x - one.x
    share: Any = brentq(lambda s: float(family.tangent(point(s), chord)[-1]), 0.0, 1.0, xtol=1e-14)
    x = point(float(share))
    return SpecialPoint("fold", family.value(x), family.rates(x), 0.0)


def _hopf(family: Family, one: _Point, other: _Point):
    """Yield the Hopf point between two points: where the determinant vanishes on the imaginary axis."""
    point = _between(family, one, other)
    low, high, count = 0.0, 1.0, one.unstable
    for _ in range(6):
        middle = (low + high) / 2
        low, high = (middle, high) if family.loop(point(middle)).unstable == count else (low, middle)
    start = (low + high) / 2
    omega, values = family.loop(point(start)).curve
    inner = omega > 0
    guess = float(omega[inner][np.argmin(np.abs(values[inner]))])

    def miss(unknown: Array) -> tuple[float, float]:
        value = complex(family.loop(point(float(unknown[0]))).determinant(np.array(1j * unknown[1] * guess)))
        return value.real, value.imag

    found, _, done, reason = fsolve(miss, [start, 1.0], xtol=1e-13, full_output=True)
    if done != 1 and np.max(np.abs(miss(found))) > 1e-8:
        raise ValueError(f"PopulationNetwork.continuation: a Hopf point could not be located ({reason})")
    x = point(float(found[0]))
    yield SpecialPoint("hopf", family.value(x), family.rates(x), abs(float(found[1]) * guess) / (2 * np.pi))


def _dataset(family: Family, parameter: Variable, branch: list[_Point]) -> xr.Dataset:
    values = np.array([family.value(point.x) for point in branch])
    rates = np.array([family.rates(point.x) for point in branch])
    v = np.array([family.structure_at(value).potentials(r) for value, r in zip(values, rates, strict=True)])
    names = [population.name for population in family.structure_at(values[0]).populations]
    columns: dict[str, Any] = {
        parameter.name: ("point", values, {"units": parameter.unit, "long_name": parameter.long_name})
    }
    for k, name in enumerate(names):
        columns[f"{name}.rate"] = ("point", rates[:, k], {"units": "Hz", "long_name": f"rate of {name}"})
        columns[f"{name}.v"] = ("point", v[:, k], {"units": "V", "long_name": f"mean free potential of {name}"})
    unstable = np.array([point.unstable for point in branch])
    columns["unstable"] = ("point", unstable, {"units": "1", "long_name": "number of unstable eigenvalues"})
    return xr.Dataset(columns)
