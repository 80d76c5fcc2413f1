"""A rational function through samples of an analytic one: its poles are where the eigenvalues are."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eig

Complex: TypeAlias = NDArray[Any]

_TOLERANCE = 1e-12
_MOST_SUPPORTS = 70


def poles_of(points: Complex, values: Complex) -> Complex:
    """Return the poles of the rational function that the adaptive Antoulas-Anderson algorithm draws through samples.

    Source: nakatsukasa2018.

    Parameters
    ----------
    points : (n,) complex array
        Where the function was sampled.
    values : (n,) complex array
        Its values.

    Returns
    -------
    (k,) complex array
        Poles; those far from the points are as rough as the function's continuation.
    """
    supports: list[int] = []
    left = np.ones(points.size, dtype=bool)
    approximation = np.full(points.size, values.mean())
    weights = np.zeros(0, dtype=np.complex128)
    largest = float(np.max(np.abs(values)))
    for _ in range(min(_MOST_SUPPORTS, points.size // 2)):
        miss = np.where(left, np.abs(values - approximation), 0.0)
        if miss.max() <= _TOLERANCE * largest:
            break
        supports.append(int(np.argmax(miss)))
        left[supports[-1]] = False
        cauchy = 1 / (points[left, None] - points[supports])
        loewner = (values[left, None] - values[supports]) * cauchy
        weights = np.linalg.svd(loewner, full_matrices=False)[2][-1].conj()
        approximation = values.copy()
        approximation[left] = (cauchy @ (weights * values[supports])) / (cauchy @ weights)
    return _barycentric_poles(points[supports], weights) if supports else np.zeros(0, dtype=np.complex128)


def _barycentric_poles(supports: Complex, weights: Complex) -> Complex:
    """Return the zeros of the denominator sum w/(s - support)."""
    size = supports.size
    matrix = np.zeros((size + 1, size + 1), dtype=np.complex128)
    matrix[0, 1:], matrix[1:, 0] = weights, 1
    matrix[range(1, size + 1), range(1, size + 1)] = supports
    mass = np.eye(size + 1)
    mass[0, 0] = 0
    with np.errstate(all="ignore"):
        found = np.asarray(eig(matrix, mass, right=False), dtype=np.complex128)
    return found[np.isfinite(found)]
