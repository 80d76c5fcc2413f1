"""How much of each lever the observation allows: the profile of the discrepancy, and where it crosses a level."""

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from .descent import best_mixture, descend
from .problem import InverseProblem

Array = NDArray[np.floating]
Pair = tuple[float, float]

POINTS = 25  # of a profile
_HALVINGS = 8


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Smallest discrepancy (n,) with one lever held at each of some doses (n,), and the mixtures (n, K) with it."""

    lever: int
    doses: Array
    discrepancy: Array
    mixtures: Array


@dataclass(frozen=True, kw_only=True)
class LeverRange:
    """The doses of one lever in the set, and its own interval; both None if no mixture explains the observation.

    ``joint`` holds every dose of the lever in some mixture of the set: all levers' ranges hold at once. ``interval`` is
    the profile interval of this lever alone at the same level; it is shorter and trusts that some mixture is right.
    ``needed`` says that the set holds no mixture without the lever.
    """

    joint: Pair | None
    interval: Pair | None
    needed: bool


def profiles(problem: InverseProblem, minima: Array, *, points: int = POINTS) -> tuple[Profile, ...]:
    """Return the profile of every lever from bound to bound.

    Parameters
    ----------
    problem : InverseProblem
    minima : (m, K) array
        Local minima of the discrepancy, the lowest first: each is a point of every profile, so that a narrow valley
        between the other points is not missed.
    points : int
        Evenly spaced doses of each lever.
    """
    levers = len(problem.response.axes)
    starts, held, owner = [], [], []
    for k, (low, high) in enumerate(problem.response.bounds):
        grid = np.append(np.linspace(low, high, points), 0.0)
        starts += [np.tile(minima[0], (grid.size, 1)), minima]
        held += [grid, minima[:, k]]
        owner.append(np.full(grid.size + len(minima), k))
    at, place, lever = np.concatenate(starts), np.concatenate(held), np.concatenate(owner)
    order = np.lexsort((place, lever))
    at, place, lever = at[order], place[order], lever[order]
    free = lever[:, None] != np.arange(levers)
    doses, value = _held(problem, at, place, free)
    for shift in (1, -1):  # a neighbour's mixture may lie in a lower valley
        tried, found = _held(problem, np.roll(doses, shift, axis=0), place, free)
        better = found < value
        doses[better], value[better] = tried[better], found[better]
    return tuple(
        Profile(lever=k, doses=place[lever == k], discrepancy=value[lever == k], mixtures=doses[lever == k])
        for k in range(levers)
    )


def _held(problem: InverseProblem, starts: Array, held: Array, free: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Return the best mixtures (n, K) with one lever, the one that is not free, held at ``held`` (n,)."""
    return descend(problem, np.where(free, starts, held[:, None]), free)


def lever_ranges(problem: InverseProblem, found: tuple[Profile, ...], smallest: float) -> tuple[LeverRange, ...]:
    """Return joint range and own interval of every lever.

    Parameters
    ----------
    problem : InverseProblem
    found : tuple of Profile
        One for each lever.
    smallest : float
        The smallest discrepancy of all mixtures.
    """
    if smallest > problem.threshold:
        return tuple(LeverRange(joint=None, interval=None, needed=False) for _ in found)
    alone = min(problem.threshold, smallest + float(chi2.ppf(problem.level, 1)))
    joint, own = _crossings(problem, found, problem.threshold), _crossings(problem, found, alone)
    without = [float(p.discrepancy[np.argmin(np.abs(p.doses))]) for p in found]
    return tuple(
        LeverRange(joint=j, interval=o, needed=w > problem.threshold)
        for j, o, w in zip(joint, own, without, strict=True)
    )


def _crossings(problem: InverseProblem, found: tuple[Profile, ...], level: float) -> list[Pair]:
    """Return for each lever the outermost doses at which its profile is at most ``level``, by halving in step."""
    inside, outside, mixtures, owner = [], [], [], []
    for profile in found:
        within = np.flatnonzero(profile.discrepancy <= level)
        if within.size == 0:
            within = np.array([np.argmin(profile.discrepancy)])
        for place, step in ((within[0], -1), (within[-1], 1)):
            beyond = min(max(place + step, 0), profile.doses.size - 1)
            inside.append(profile.doses[place])
            outside.append(profile.doses[beyond])
            mixtures.append(profile.mixtures[place])
            owner.append(profile.lever)
    kept, lost, at, lever = np.array(inside), np.array(outside), np.array(mixtures), np.array(owner)
    free = lever[:, None] != np.arange(at.shape[1])
    for _ in range(_HALVINGS):
        middle = 0.5 * (kept + lost)
        tried, value = _held(problem, at, middle, free)
        good = value <= level
        kept, lost, at = np.where(good, middle, kept), np.where(good, lost, middle), np.where(good[:, None], tried, at)
    return [(float(kept[2 * k]), float(kept[2 * k + 1])) for k in range(len(found))]


@dataclass(frozen=True, kw_only=True)
class FewLevers:
    """The best mixture of a few levers alone: which, their doses (K,; 0 elsewhere), and its discrepancy."""

    levers: tuple[int, ...]
    doses: Array
    discrepancy: float


def mixtures_of_few(problem: InverseProblem, number: int) -> list[FewLevers]:
    """Return the best mixture of every ``number`` levers, the best first."""
    levers = len(problem.response.axes)
    chosen = list(combinations(range(levers), number))
    low, high = problem.response.bounds.T
    corners = np.array(list(product((-0.5, 0.5), repeat=number)))
    starts, free = [], []
    for these in chosen:
        for corner in corners:
            start = np.zeros(levers)
            start[list(these)] = corner * (high - low)[list(these)]
            starts.append(start)
            free.append(np.isin(np.arange(levers), these))
    doses, value = descend(problem, np.array(starts), np.array(free))
    made = []
    for place, these in enumerate(chosen):
        own = slice(place * len(corners), (place + 1) * len(corners))
        best = int(np.argmin(value[own])) + own.start
        made.append(FewLevers(levers=these, doses=doses[best], discrepancy=float(value[best])))
    return sorted(made, key=lambda few: few.discrepancy)


def ruled_out_by(problem: InverseProblem, smallest: float) -> list[tuple[str, float]]:
    """Return each feature with the smallest discrepancy that is left without it, the most telling feature first."""
    names = problem.observation.features
    if len(names) < 2:
        return [(name, 0.0) for name in names]
    left = [(name, min(best_mixture(problem.without(name))[1], smallest)) for name in names]
    return sorted(left, key=lambda item: item[1])
