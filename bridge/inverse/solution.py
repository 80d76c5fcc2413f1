"""Everything about one inverse problem: its nearest mixtures, the range of every lever, and plausible mixtures."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .descent import low_mixtures
from .draws import draw_mixtures
from .problem import InverseProblem
from .ranges import FewLevers, LeverRange, Profile, lever_ranges, mixtures_of_few, profiles, ruled_out_by

Array = NDArray[np.floating]


@dataclass(frozen=True, kw_only=True)
class Solution:
    """What is known of the mixtures that explain an observation.

    Parameters
    ----------
    explained : bool
        Whether any mixture does.
    best : (K,) array
        The nearest mixture, in doses.
    smallest, no_change : float
        Discrepancy of the nearest mixture, and of the untouched population.
    ranges : tuple of LeverRange
        One for each lever.
    curves : tuple of Profile
        Their profiles.
    few : tuple of FewLevers
        The best mixtures of one lever, then of two.
    draws : (n, K) array
        Plausible mixtures, in doses.
    inside : (n,) array of bool
        Which of them are in the set.
    ruled_out_by : tuple of (str, float)
        Without an explanation: each feature with the smallest discrepancy that is left without it.
    """

    explained: bool
    best: Array
    smallest: float
    no_change: float
    ranges: tuple[LeverRange, ...]
    curves: tuple[Profile, ...]
    few: tuple[FewLevers, ...]
    draws: Array
    inside: NDArray[np.bool_]
    ruled_out_by: tuple[tuple[str, float], ...]


def solve(problem: InverseProblem, rng: np.random.Generator, *, seed: int = 0) -> Solution:
    """Return the mixtures that explain an observation.

    Parameters
    ----------
    problem : InverseProblem
    rng : Generator
        Of the draws.
    seed : int
        Of the starts of the search.
    """
    minima, _ = low_mixtures(problem, seed=seed)
    curves = profiles(problem, minima)
    lowest = min(curves, key=lambda curve: float(curve.discrepancy.min()))
    best = lowest.mixtures[np.argmin(lowest.discrepancy)]
    smallest = float(lowest.discrepancy.min())
    explained = smallest <= problem.threshold
    starts = np.concatenate([best[None], *(c.mixtures[c.discrepancy <= problem.threshold] for c in curves)])
    draws, values = draw_mixtures(problem, starts, rng)
    levers = len(problem.response.axes)
    return Solution(
        explained=explained,
        best=best,
        smallest=smallest,
        no_change=float(problem.discrepancy(np.zeros((1, levers)))[0]),
        ranges=lever_ranges(problem, curves, smallest),
        curves=curves,
        few=tuple(few for number in (1, 2) if number <= levers for few in mixtures_of_few(problem, number)),
        draws=draws,
        inside=values <= problem.threshold,
        ruled_out_by=() if explained else tuple(ruled_out_by(problem, smallest)),
    )
