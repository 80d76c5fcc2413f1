"""A rational function through samples of an analytic one: its poles are where the eigenvalues are."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eig

Array: TypeAlias = NDArray[Any]
Complex: TypeAlias = NDArray[Any]

_TOLERANCE = 1e-12
_MOST_SUPPORTS = 70


def poles_of(points: Complex, values: Complex) -> Complex:
    """Return the poles of the rational function that the adaptive Antoulas-Anderson algorithm draws through samples.

    Source: nakatsukasa2018.
    Assumptions: the function of a real system: at the conjugate of a point it has the conjugate value. Points come in
    such pairs, their weights as well, so that half of the points say everything and the algebra is real.

    Parameters
    ----------
    points : (n,) complex array
        Where the function was sampled; those below the real axis are not needed and left out.
    values : (n,) complex array
        Its values.

    Returns
    -------
    (k,) complex array
        Poles; those far from the points are as rough as the function's continuation.
    """
    upper = np.imag(points) >= 0
    points, values = points[upper], values[upper]
    number, largest = points.size, float(np.max(np.abs(values)))
    left = np.ones(number, dtype=bool)
    approximation = np.full(number, np.real(values).mean(), dtype=np.complex128)
    supports, at, weights = (np.zeros(0, dtype=np.complex128) for _ in range(3))
    # Rows of points that became supports are 0: they say nothing.
    cauchy = np.zeros((number, _MOST_SUPPORTS + 2), dtype=np.complex128, order="F")
    loewner = np.zeros((2 * number, _MOST_SUPPORTS + 2), order="F")
    while supports.size < min(_MOST_SUPPORTS, number):
        miss = np.where(left, np.abs(values - approximation), 0.0)
        new = int(np.argmax(miss))
        if miss[new] <= _TOLERANCE * largest:
            break
        left[new] = False
        pair = slice(0, 2 if np.imag(points[new]) > 0 else 1)
        one, there = (np.array([x[new], x[new].conj()])[pair] for x in (points, values))
        columns = slice(supports.size, supports.size + one.size)
        supports, at = np.append(supports, one), np.append(at, there)
        cauchy[left, columns] = 1 / (points[left, None] - one)
        cauchy[new], loewner[[new, number + new]] = 0, 0
        _set_real(loewner[:, columns], (values[:, None] - there) * cauchy[:, columns])
        weights = _pairs(_smallest(loewner[:, : supports.size]), supports)
        above, below = (cauchy[:, : supports.size] @ np.stack([weights * at, weights], axis=1)).T
        approximation = np.divide(above, below, out=values.copy(), where=left)
    return _barycentric_poles(supports, weights) if supports.size else supports


def _set_real(columns: Array, loewner: Complex) -> None:
    """Set the columns (2 n, k), real parts over imaginary ones, that real and imaginary part of a weight multiply."""
    if loewner.shape[1] == 2:
        loewner = np.stack([loewner.sum(axis=1), 1j * (loewner[:, 0] - loewner[:, 1])], axis=1)
    columns[: len(loewner)], columns[len(loewner) :] = np.real(loewner), np.imag(loewner)


def _smallest(matrix: Array) -> Array:
    """Return the vector of length 1 that a matrix (n, k) makes smallest."""
    return np.linalg.svd(np.linalg.qr(matrix, mode="r"))[2][-1]


def _pairs(parts: Array, supports: Complex) -> Complex:
    """Return the weights of the supports from real and imaginary parts of those of each pair."""
    weights = parts.astype(np.complex128)
    first = np.flatnonzero(np.imag(supports) > 0)
    weights[first] = parts[first] + 1j * parts[first + 1]
    weights[first + 1] = weights[first].conj()
    return weights


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
