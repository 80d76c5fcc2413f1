"""Plausible mixtures: draws with density exp(-discrepancy/2) between the bounds, by slices along random directions.

Source: neal2003 (slice sampling by shrinkage).
Assumptions: every mixture of doses between the bounds is as likely as any other before the observation.
"""

import numpy as np
from numpy.typing import NDArray

from .problem import InverseProblem

Array = NDArray[np.floating]

_SHRINKAGES = 40


def draw_mixtures(
    problem: InverseProblem, starts: Array, rng: np.random.Generator, *, walkers: int = 128, steps: int = 160
) -> tuple[Array, Array]:
    """Return mixtures (walkers x steps/4, K; doses) in random order and their discrepancies, without the first quarter.

    Parameters
    ----------
    problem : InverseProblem
    starts : (n, K) array
        Mixtures near or in the set, from which walkers start.
    rng : Generator
    walkers : int
        Walkers side by side.
    steps : int
        Moves of each; every third one is kept.
    """
    doses = starts[rng.integers(len(starts), size=walkers)].copy()
    value = problem.discrepancy(doses)
    shape = _shape(problem, doses[np.argmin(value)])
    kept: list[tuple[Array, Array]] = []
    for step in range(steps):
        direction = rng.standard_normal(doses.shape)
        if step % 3:  # along what is hardly determined; else a single lever
            direction = direction @ shape
        else:
            direction = np.eye(doses.shape[1])[rng.integers(doses.shape[1], size=walkers)]
        height = value + 2 * rng.exponential(size=walkers)
        doses, value = _moved(problem, doses, value, direction, height, rng)
        if step >= steps // 4 and step % 3 == 2:
            kept.append((doses, value))
    mixed = rng.permutation(len(kept) * walkers)
    return np.concatenate([d for d, _ in kept])[mixed], np.concatenate([v for _, v in kept])[mixed]


def _shape(problem: InverseProblem, best: Array) -> Array:
    """Return a matrix (K, K) that turns round directions into those of the set about its best mixture."""
    width = np.ptp(problem.response.bounds, axis=1)
    information = problem.curvature(best[None])[0] + np.diag(12 / width**2)
    values, vectors = np.linalg.eigh(information)
    return (vectors / np.sqrt(values)) @ vectors.T


def _moved(
    problem: InverseProblem, doses: Array, value: Array, direction: Array, height: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Return each walker at a random place of its line where the discrepancy is at most ``height``."""
    low, high = problem.response.bounds.T
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.stack([(low - doses) / direction, (high - doses) / direction])
    ends = np.where(direction == 0, np.array([-np.inf, np.inf])[:, None, None], ends)
    back, forth = np.min(ends, 0).max(-1), np.max(ends, 0).min(-1)
    back, forth = np.minimum(back, 0.0), np.maximum(forth, 0.0)
    doses, value, pending = doses.copy(), value.copy(), np.arange(len(doses))
    for _ in range(_SHRINKAGES):
        along = rng.uniform(back[pending], forth[pending])
        trial = np.clip(doses[pending] + along[:, None] * direction[pending], low, high)
        found = problem.discrepancy(trial)
        good = found <= height[pending]
        done, rest = pending[good], pending[~good]
        doses[done], value[done] = trial[good], found[good]
        missed = along[~good]
        back[rest], forth[rest] = np.where(missed < 0, missed, back[rest]), np.where(missed > 0, missed, forth[rest])
        pending = rest
        if pending.size == 0:
            break
    return doses, value
