"""All branches of steady states over one parameter, with their folds and Hopf points."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import xarray as xr

from .branch import BranchPoint, Family, at_value
from .branch_events import SpecialPoint, events
from .fixed_points import SteadyCurve, natural_size, polished
from .system import Array, ComplexArray, System, Variable

_FIRST_STEP = 1e-3
_SMALLEST_STEP = 1e-9
_MOST_POINTS = 20_000
# Cosine of the largest turn between neighbouring points, about 0.2 rad.
_STRAIGHT = 0.98
_SAME = 1e-6
_AT_BRANCH_POINT = 1e-2


@dataclass(frozen=True)
class Branches:
    """Branches of steady states over a parameter.

    Parameters
    ----------
    parameter : Variable
        What varies.
    branches : tuple of xarray.Dataset
        Along ``point``: the parameter, every variable and output, ``unstable`` (number of unstable eigenvalues),
        ``growth`` (1/s) and ``frequency`` (Hz) of the leading one.
    folds, hopfs, branch_points : tuple of SpecialPoint
        Sorted by the parameter; other branches that pass through a branch point are not followed from it.
    """

    parameter: Variable
    branches: tuple[xr.Dataset, ...]
    folds: tuple[SpecialPoint, ...]
    hopfs: tuple[SpecialPoint, ...]
    branch_points: tuple[SpecialPoint, ...]


def continue_branches(
    system_at: Callable[[float], System],
    curve_at: Callable[[float], SteadyCurve],
    parameter: Variable,
    bounds: tuple[float, float],
    *,
    sections: int = 9,
    largest_step: float = 0.02,
) -> Branches:
    """Return every branch that passes a steady state at one of ``sections`` values of the parameter.

    Source: keller1977 (pseudo-arclength); kuznetsov2004 (test functions).
    Assumptions: folds and Hopf points are generic. A closed branch that lies wholly between two sections is not seen:
    more sections find it.

    Parameters
    ----------
    system_at, curve_at : callable
        The system and its steady curve at a value of the parameter.
    parameter : Variable
        Its name and unit.
    bounds : (float, float)
        Where it starts and stops, its own unit.
    sections : int
        Values, evenly spaced from one bound to the other, at which all steady states are sought.
    largest_step : float
        Longest step along a branch, as a fraction of the ranges of the parameter and of the states.

    Returns
    -------
    Branches
        With special points located to rounding of the test functions.

    Raises
    ------
    ValueError
        If the range is empty, or a branch cannot be followed.
    """
    low, high = sorted(bounds)
    if not (np.isfinite(low) and np.isfinite(high) and low < high) or sections < 2 or not 0 < largest_step <= 1:
        raise ValueError(
            f"continuation: {parameter.name} from {low:g} to {high:g} in {sections} sections, steps {largest_step:g}; "
            "give a range that is not empty, two sections or more, and a step of at most 1."
        )
    values = np.linspace(low, high, sections)
    systems = [system_at(value) for value in values]
    states = [_steady_states(system, curve_at(value)) for system, value in zip(systems, values, strict=True)]
    size = np.max(
        [natural_size(system, state) for system, some in zip(systems, states, strict=True) for state in some], 0
    )
    scale = np.append(np.where(size > 0, size, 1.0), high - low)
    family = Family(system_at, scale, (low, high))
    traced: list[list[BranchPoint]] = []
    for value, found in zip(values, states, strict=True):
        for state in found:
            x = family.place(state, value)
            if not any(_passes(family, branch, x) for branch in traced):
                traced.append(_traced(family, x, largest_step))
    special = _special_points(family, traced)
    return Branches(
        parameter,
        tuple(_dataset(family, parameter, branch) for branch in traced),
        *(tuple(event for event in special if event.kind == kind) for kind in ("fold", "hopf", "branch point")),
    )


def _special_points(family: Family, traced: list[list[BranchPoint]]) -> list[SpecialPoint]:
    """Return the special points of all branches by the parameter; one that two stretches meet in counts once."""
    special: list[SpecialPoint] = []
    for event in (event for branch in traced for pair in pairwise(branch) for event in events(*pair)):
        x = family.place(event.state, event.value)
        same = (other for other in special if other.kind == event.kind)
        if not any(np.abs(family.place(other.state, other.value) - x).max() < _SAME for other in same):
            special.append(event)
    return sorted(_without_pitchfork_turns(family, special), key=lambda event: event.value)


def _without_pitchfork_turns(family: Family, special: list[SpecialPoint]) -> list[SpecialPoint]:
    """Leave out folds at branch points: the side branch of a pitchfork turns where it crosses the other."""
    crossings = [family.place(event.state, event.value) for event in special if event.kind == "branch point"]
    return [
        event
        for event in special
        if event.kind != "fold"
        or all(np.abs(family.place(event.state, event.value) - x).max() > _AT_BRANCH_POINT for x in crossings)
    ]


def _steady_states(system: System, curve: SteadyCurve) -> Array:
    states = [polished(system, curve.lift(root)) for root in curve.roots()]
    return np.array(states).reshape(-1, len(system.variables))


def _traced(family: Family, start: Array, largest_step: float) -> list[BranchPoint]:
    """Return the points of the branch through ``start``, from one end to the other."""
    along = family.tangent(start, np.eye(len(start))[-1])
    ahead = list(_points(family, start, along, largest_step))
    if len(ahead) > 1 and ahead[-1].x is start:
        return ahead
    behind = list(_points(family, start, -along, largest_step))
    turned = [BranchPoint(family, point.x, -point.tangent) for point in behind[:0:-1]]
    return turned + ahead


def _points(family: Family, start: Array, along: Array, largest_step: float) -> Iterator[BranchPoint]:
    """Yield points from ``start`` in the direction ``along``, to a bound of the parameter or around."""
    point, step = BranchPoint(family, start, along), _FIRST_STEP
    yield point
    for count in range(_MOST_POINTS):
        if _leaves(family, point):
            return
        following = _next(family, point, step)
        while following is None:
            step /= 2
            if step < _SMALLEST_STEP:
                raise ValueError(
                    f"continuation: the branch stops at {family.value(point.x):.9g}, where Newton's method fails at "
                    f"steps of {_SMALLEST_STEP:g}; it may end in a point where the flow is not smooth."
                )
            following = _next(family, point, step)
        previous, point = point, following
        if count > 10 and _returned(previous, point, start):
            yield BranchPoint(family, start, family.tangent(start, point.tangent))
            return
        yield point
        step = min(1.5 * step, largest_step)
    raise ValueError(f"continuation: a branch has more than {_MOST_POINTS} points; narrow the range.")


def _leaves(family: Family, point: BranchPoint) -> bool:
    """Return whether the point stands on a bound of the parameter and looks out."""
    low, high = (bound / family.scale[-1] for bound in family.bounds)
    tiny = 1e-12 * (1 + abs(point.x[-1]))
    outwards = point.tangent[-1]
    return (point.x[-1] >= high - tiny and outwards > 0) or (point.x[-1] <= low + tiny and outwards < 0)


def _next(family: Family, point: BranchPoint, step: float) -> BranchPoint | None:
    """Return the point a ``step`` further, or None if the branch bends or jumps too much for it."""
    guess = point.x + step * point.tangent
    low, high = (bound / family.scale[-1] for bound in family.bounds)
    if low <= guess[-1] <= high:
        x = family.corrected(guess, point.tangent)
    else:
        bound = low if guess[-1] < low else high
        guess = point.x + point.tangent * (bound - point.x[-1]) / point.tangent[-1]
        x = at_value(family, guess, bound * family.scale[-1])
    if x is None or np.linalg.norm(x - guess) > 0.5 * step:
        return None
    tangent = family.tangent(x, point.tangent)
    return BranchPoint(family, x, tangent) if tangent @ point.tangent > _STRAIGHT else None


def _returned(previous: BranchPoint, point: BranchPoint, start: Array) -> bool:
    chord, back = point.x - previous.x, start - previous.x
    share = chord @ back / (chord @ chord)
    return bool(0 < share <= 1 and np.linalg.norm(back - share * chord) < 0.1 * np.linalg.norm(chord))


def _passes(family: Family, branch: list[BranchPoint], x: Array) -> bool:
    """Return whether a branch passes through ``x``."""
    for one, other in pairwise(branch):
        chord, to = other.x - one.x, x - one.x
        length = float(np.linalg.norm(chord))
        share = float(chord @ to) / length**2 if length else 0.0
        if not (-0.1 <= share <= 1.1 and np.linalg.norm(to - share * chord) < length):
            continue
        there = family.corrected(one.x + share * chord, chord / length)
        if there is not None and np.abs(there - x).max() < _SAME:
            return True
    return False


def _dataset(family: Family, parameter: Variable, branch: list[BranchPoint]) -> xr.Dataset:
    states = np.array([family.state(point.x) for point in branch])
    values = np.array([family.value(point.x) for point in branch])
    systems = [family.system_at(value) for value in values]
    outputs = np.array([system.outputs_at(state) for system, state in zip(systems, states, strict=True)])
    leading: ComplexArray = np.array([point.eigenvalues[0] for point in branch])
    columns = {parameter.name: (values, parameter)}
    names = (*systems[0].variables, *systems[0].outputs)
    for variable, column in zip(names, np.concatenate([states, outputs], axis=1).T, strict=True):
        columns[variable.name] = (column, variable)
    columns["growth"] = (leading.real, Variable("growth", "1/s", "growth rate of the leading eigenvalue"))
    columns["frequency"] = (
        np.abs(leading.imag) / (2 * np.pi),
        Variable("frequency", "Hz", "frequency of the leading eigenvalue"),
    )
    columns["unstable"] = (
        np.array([point.unstable for point in branch]),
        Variable("unstable", "1", "number of unstable eigenvalues"),
    )
    return xr.Dataset(
        {
            name: ("point", column, {"units": variable.unit, "long_name": variable.long_name})
            for name, (column, variable) in columns.items()
        }
    )
