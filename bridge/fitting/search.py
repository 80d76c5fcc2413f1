"""The search for the best fit: many starts spread evenly over the bounds, each walked down by least squares."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.stats import qmc

from ..estimate import EstimateRefused
from .problem import Problem

Array = NDArray[Any]

_COARSE, _FINE = 12, 200
_DRAWS_PER_START = 40


@dataclass(frozen=True)
class Walk:
    """One walk from a start to a minimum.

    Parameters
    ----------
    start, end : (d,) array
        Coordinates.
    deviance : float
        At the end.
    anchor : Any
        Where the model stands there.
    points : (steps, d) array
        Every point that was tried, in order.
    deviances : (steps,) array
        The deviance at each of them; infinite where nothing is predicted.
    converged : bool
        Whether the least-squares search says so.
    reason : str
        Why it stopped, in its words.
    """

    start: Array
    end: Array
    deviance: float
    anchor: Any
    points: Array
    deviances: Array
    converged: bool
    reason: str


class _Path:
    """Where a search stands: the anchor follows every point whose slopes are asked for, and all points are kept."""

    def __init__(self, problem: Problem, anchor: Any, held: dict[int, float], size: int) -> None:
        self.problem, self.anchor, self.held = problem, anchor, held
        self.moving = [k for k in range(size) if k not in held]
        self.points: list[Array] = []
        self.deviances: list[float] = []

    def full(self, moving: Array) -> Array:
        x = np.empty(len(self.moving) + len(self.held))
        x[self.moving] = moving
        for k, value in self.held.items():
            x[k] = value
        return x

    def residuals(self, moving: Array) -> Array:
        x = self.full(moving)
        found = self.problem.residuals(self.anchor, x)
        self.points.append(x)
        self.deviances.append(float(found @ found))
        return found

    def slopes(self, moving: Array) -> Array:
        x = self.full(moving)
        self.anchor = self.problem.prediction.moved(self.anchor, x)
        return self.problem.residual_slopes(self.anchor, x)[:, self.moving]


def walk_down(
    problem: Problem, anchor: Any, start: Array, *, held: dict[int, float] | None = None, evaluations: int = _FINE
) -> Walk:
    """Walk from ``start`` (d,) to a minimum of the deviance within the bounds, some coordinates ``held``.

    Source: branch1999 (trust region reflective), on deviance residuals with analytic slopes.

    Raises
    ------
    EstimateRefused
        If nothing is predicted at the start.
    """
    held = held or {}
    space = problem.space
    path = _Path(problem, anchor, held, space.size)
    if not path.moving:
        return _stand_still(problem, anchor, path.full(np.empty(0)))
    # The reflective search wants its start off the bounds.
    gap = 1e-6 * (space.high - space.low)
    first = np.clip(start, space.low + gap, space.high - gap)[path.moving]
    if not np.all(np.isfinite(path.residuals(first))):
        raise EstimateRefused("The model predicts nothing at the start of the search: no stable steady state there.")
    # A residual without prediction is infinite: the search then shortens its step, after some harmless arithmetic.
    with np.errstate(all="ignore"):
        found = least_squares(
            path.residuals,
            first,
            jac=path.slopes,  # type: ignore[arg-type]
            bounds=(space.low[path.moving], space.high[path.moving]),
            x_scale="jac",
            ftol=1e-8,
            xtol=1e-8,
            gtol=1e-8,
            max_nfev=evaluations,
        )
    return Walk(
        start=start,
        end=path.full(found.x),
        deviance=float(2 * found.cost),
        anchor=problem.prediction.moved(path.anchor, path.full(found.x)),
        points=np.array(path.points),
        deviances=np.array(path.deviances),
        converged=bool(found.status > 0),
        reason=str(found.message),
    )


def _stand_still(problem: Problem, anchor: Any, x: Array) -> Walk:
    deviance = problem.deviance(anchor, x[None])
    return Walk(x, x, float(deviance[0]), problem.prediction.moved(anchor, x), x[None], deviance, True, "nothing moves")


@dataclass(frozen=True)
class Search:
    """All walks of a search, the best first; ``refused`` starts had no stable state."""

    walks: tuple[Walk, ...]
    refused: int

    @property
    def best(self) -> Walk:
        """The walk with the lowest deviance."""
        return self.walks[0]

    @property
    def agreeing(self) -> int:
        """How many walks end within 0.1 of the best deviance: one alone is no global minimum to rely on."""
        return sum(walk.deviance < self.best.deviance + 0.1 for walk in self.walks)


def search(
    problem: Problem,
    first: Array,
    *,
    starts: int = 16,
    seed: int = 0,
    branch: int = 0,
    say: Callable[[str], None] = lambda _: None,
) -> Search:
    """Search from ``first`` (d,) and from ``starts`` - 1 further points, and finish the most promising walks.

    Source: owen2017 (scrambled Halton points).
    Assumptions: the start is drawn over the bounds of every coordinate; scales and baselines are then matched.

    Raises
    ------
    EstimateRefused
        If the model has no stable steady state on the branch at ``first``.
    """
    anchor = problem.prediction.anchor(problem.space.clipped(first), branch)
    begun, refused = _starts(problem, anchor, first, starts, seed)
    coarse = []
    for number, (x, anchor) in enumerate(begun):
        say(f"start {number + 1} of {len(begun)}")
        coarse.append(walk_down(problem, anchor, x, evaluations=_COARSE))
    coarse.sort(key=lambda walk: walk.deviance)
    kept = max(3, len(coarse) // 3)
    fine = [_joined(walk, walk_down(problem, walk.anchor, walk.end)) for walk in coarse[:kept]]
    return Search(tuple(sorted([*fine, *coarse[kept:]], key=lambda walk: walk.deviance)), refused)


def _starts(problem: Problem, anchor: Any, first: Array, starts: int, seed: int) -> tuple[list[tuple[Array, Any]], int]:
    """Return ``first`` and the best of many points spread over the bounds, and how many had no prediction.

    All are reached from the first along the same branch of steady states; their scales and baselines are matched.
    """
    space = problem.space
    halton: Any = qmc.Halton
    drawn = halton(space.size, scramble=True, seed=seed).random(_DRAWS_PER_START * starts)[_DRAWS_PER_START:]
    points = np.concatenate([first[None], space.low + drawn * (space.high - space.low)])
    points = problem.prediction.matched(anchor, space.clipped(points), problem.likelihood)
    deviances = np.concatenate([problem.deviance(anchor, part) for part in np.array_split(points, starts)])
    found = np.flatnonzero(np.isfinite(deviances))
    chosen = [0, *(k for k in found[np.argsort(deviances[found])] if k)][:starts]
    begun = []
    for k in chosen:
        try:
            begun.append((points[k], problem.prediction.moved(anchor, points[k])))
        except EstimateRefused:
            continue
    return begun, len(points) - found.size


def _joined(before: Walk, after: Walk) -> Walk:
    """Return two walks, one from where the other ended, as one."""
    points, deviances = (
        np.concatenate([getattr(w, name) for w in (before, after)]) for name in ("points", "deviances")
    )
    return Walk(before.start, after.end, after.deviance, after.anchor, points, deviances, after.converged, after.reason)
