"""Many bounded least-squares descents at once: one for each start, each free to move in its own coordinates."""

import numpy as np
from numpy.typing import NDArray

from .problem import InverseProblem

Array = NDArray[np.floating]
Flags = NDArray[np.bool_]

_STEP = 1e-4  # dose, for differences
_SETTLED = 1e-5  # improvement of the discrepancy that ends a descent
_CAUTION = 1e-3
_DISTINCT = 0.02  # dose
_MOST_MINIMA = 8


def descend(problem: InverseProblem, starts: Array, free: Flags, *, rounds: int = 40) -> tuple[Array, Array]:
    """Return local minima of the discrepancy: doses (n, K) and values (n,).

    Damped Gauss-Newton steps (Levenberg and Marquardt) with the exact gradient, which includes that of the covariance,
    clipped to the bounds.

    Parameters
    ----------
    problem : InverseProblem
    starts : (n, K) array
        Doses to start from; clipped to the bounds.
    free : (n, K) array of bool
        Coordinates that may move.
    rounds : int
        Most steps of one descent.
    """
    low, high = problem.response.bounds.T
    doses = np.clip(starts, low, high)
    value = problem.discrepancy(doses)
    damping = np.full(value.size, _CAUTION)
    moving = np.any(free, axis=1)
    for _ in range(rounds):
        now = np.flatnonzero(moving)
        if now.size == 0:
            break
        trial = np.clip(doses[now] + _steps(problem, doses[now], value[now], free[now], damping[now]), low, high)
        found = problem.discrepancy(trial)
        gain = value[now] - found
        better = gain > 0
        doses[now[better]], value[now[better]] = trial[better], found[better]
        damping[now] = np.where(better, damping[now] / 8, damping[now] * 10)
        moving[now] = np.where(better, gain > _SETTLED, damping[now] < 1e6)
    return doses, value


def _steps(problem: InverseProblem, doses: Array, value: Array, free: Flags, damping: Array) -> Array:
    low, high = problem.response.bounds.T
    gradient = _gradient(problem, doses, value)
    pressed = ((doses <= low) & (gradient > 0)) | ((doses >= high) & (gradient < 0))
    movable = free & ~pressed
    hessian = 2 * problem.curvature(doses)
    hessian = hessian * (movable[:, :, None] & movable[:, None, :])
    diagonal = np.einsum("nkk->nk", hessian)
    diagonal += damping[:, None] * (diagonal + 1e-3) + np.where(movable, 1e-9, 1.0)
    return -np.linalg.solve(hessian, np.where(movable, gradient, 0.0)[..., None])[..., 0]


def _gradient(problem: InverseProblem, doses: Array, value: Array) -> Array:
    """Return the gradient (n, K) by one-sided differences that point into the bounds."""
    high = problem.response.bounds[:, 1]
    count, levers = doses.shape
    step = np.where(doses + _STEP <= high, _STEP, -_STEP)
    moved = doses[:, None, :] + step[:, :, None] * np.eye(levers)
    shifted = problem.discrepancy(moved.reshape(-1, levers)).reshape(count, levers)
    return (shifted - value[:, None]) / step


def low_mixtures(problem: InverseProblem, *, starts: int = 24, seed: int = 0) -> tuple[Array, Array]:
    """Return distinct local minima (m, K; doses) and their discrepancies (m,), the smallest first, eight at most.

    They are found from the untouched cell and random starts; those that explain nothing are left out, but for the best.
    """
    low, high = problem.response.bounds.T
    random = np.random.default_rng(seed).uniform(low, high, (starts, low.size))
    first = np.concatenate([np.zeros((1, low.size)), random])
    doses, value = descend(problem, first, np.ones(first.shape, dtype=bool))
    kept: list[int] = []
    for place in np.argsort(value, kind="stable"):
        apart = all(np.max(np.abs(doses[place] - doses[other])) > _DISTINCT for other in kept)
        if not kept or (apart and len(kept) < _MOST_MINIMA and value[place] <= problem.threshold):
            kept.append(int(place))
    return doses[kept], value[kept]


def best_mixture(problem: InverseProblem, *, starts: int = 24, seed: int = 0) -> tuple[Array, float]:
    """Return the mixture (K,; doses) of the smallest discrepancy that is found, and that."""
    doses, value = low_mixtures(problem, starts=starts, seed=seed)
    return doses[0], float(value[0])
