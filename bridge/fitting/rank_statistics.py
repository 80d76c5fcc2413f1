"""Whether posteriors tell the truth: parameters from the prior, data from them, and the truth ranked among the draws.

If sampler, likelihood and prior belong together, the ranks are uniform, whatever the model is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chisquare

from .identifiability import identify
from .posterior import sample
from .problem import Problem
from .search import walk_down

Array = NDArray[Any]

_MOST_TRIES = 1000


@dataclass(frozen=True)
class RankStatistics:
    """Ranks (repeats, d) of the true coordinates among ``draws`` posterior draws each: integers from 0 to ``draws``."""

    names: tuple[str, ...]
    ranks: NDArray[np.int64]
    draws: int

    def uniformity(self, bins: int = 8) -> Array:
        """Return the chance (d,) of histograms as uneven as these if the ranks are uniform (chi-square)."""
        edges = np.linspace(-0.5, self.draws + 0.5, bins + 1)
        share = np.diff(np.floor(edges + 0.5)) / (self.draws + 1)
        found = [np.histogram(column, edges)[0] for column in self.ranks.T]
        return np.array([chisquare(counts, share * len(self.ranks)).pvalue for counts in found])


def rank_statistics(
    problem: Problem,
    first: Array,
    *,
    repeats: int,
    draws: int = 31,
    seed: int = 0,
    say: Callable[[str], None] = lambda _: None,
    **settings: Any,
) -> RankStatistics:
    """Return the ranks of true parameters among draws of their posteriors.

    Source: talts2018.
    Assumptions: the prior is the posterior's own, flat in the coordinates within the bounds where the branch of steady
    states through ``first`` is stable; draws are thinned to less than their effective number.

    Parameters
    ----------
    problem : Problem
        Its data are replaced by drawn ones.
    first : (d,) array
        Coordinates of a stable state, from which all others are reached.
    repeats, draws : int
        Data sets, and posterior draws that each truth is ranked among.
    seed : int
        Of everything.
    say : callable
        Is told how far it is.
    **settings
        Of `sample`.
    """
    random = np.random.default_rng(seed)
    reference = problem.prediction.anchor(first)
    ranks = np.empty((repeats, problem.space.size), dtype=np.int64)
    for repeat in range(repeats):
        truth, predicted = _from_prior(problem, reference, random)
        drawn = problem.with_data(problem.likelihood.draw(predicted, random))
        best = walk_down(drawn, problem.prediction.moved(reference, truth), truth)
        found = identify(drawn, best.anchor, best.end)
        posterior = sample(drawn, best, found, effective=4.0 * draws, seed=int(random.integers(2**31)), **settings)
        chosen = posterior.draws[np.linspace(0, len(posterior.draws) - 1, draws).round().astype(int)]
        ranks[repeat] = np.sum(chosen < truth, axis=0)
        say(f"{repeat + 1} of {repeats} data sets")
    return RankStatistics(problem.space.names, ranks, draws)


def _from_prior(problem: Problem, reference: Any, random: np.random.Generator) -> tuple[Array, Array]:
    """Return coordinates drawn from the prior, and what they predict."""
    space = problem.space
    for _ in range(_MOST_TRIES):
        x = random.uniform(space.low, space.high)
        predicted = problem.prediction.predict(reference, x[None])[0]
        if np.all(np.isfinite(predicted)):
            return x, predicted
    raise ValueError(
        f"rank_statistics: none of {_MOST_TRIES} draws from the prior has a stable state; narrow the bounds."
    )
