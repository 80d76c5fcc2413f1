"""The rightmost eigenvalues of a linear system with delays."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import eigvals

from .linearisation import Linearisation
from .system import Array, ComplexArray

_FIRST_NODES = 16
_MOST_NODES = 256
# A defective eigenvalue is only as sharp as the root of rounding.
_AGREE = 1e-6
_RESIDUAL = 1e-10


@dataclass(frozen=True)
class CollocatedEigenvalues:
    """Eigenvalues at one resolution: ``values`` (k,) 1/s polished, ``residuals`` (k,) relative, ``nodes`` used."""

    values: ComplexArray
    residuals: Array
    nodes: int


def rightmost_eigenvalues(linear: Linearisation, number: int = 10) -> ComplexArray:
    """Return the rightmost eigenvalues, 1/s, rightmost first; a complex pair is never cut in half.

    Source: breda2005.
    Assumptions: without delays these are all the eigenvalues of a matrix. With delays they are infinitely many: those
    of the generator of the flow, collocated at Chebyshev points of the longest delay, are polished by Newton's method
    on the characteristic matrix. The nodes are doubled until two resolutions agree on the wanted ones to 1e-6; the
    polish then makes simple ones exact to rounding. Equal eigenvalues are given once.

    Parameters
    ----------
    linear : Linearisation
        The linear system.
    number : int
        How many are wanted; one more may be returned to complete a pair.

    Returns
    -------
    (k,) complex array
        Eigenvalues, 1/s; all of them where there are fewer than ``number``.

    Raises
    ------
    ValueError
        If the wanted eigenvalues have not converged with 256 nodes.
    """
    values, converged = converged_eigenvalues(linear, number)
    if not converged:
        raise ValueError(
            f"eigenvalues: of the {number} rightmost only {len(values)} have converged with {_MOST_NODES} collocation "
            "points; ask for no more than these."
        )
    return values


def converged_eigenvalues(linear: Linearisation, number: int = 10) -> tuple[ComplexArray, bool]:
    """Return the rightmost eigenvalues (k,), 1/s, as far as they converge up to ``number``, and whether that is all.

    Where delayed connections are all but silent, the eigenvalues they make lie so far to the left that no collocation
    finds them; the ones to the right of these are sound.
    """
    if not any(delay > 0 for delay in linear.delays):
        return _first(_sorted(eigvals(linear.state + linear.delayed.sum(axis=0))), number), True
    nodes = _FIRST_NODES
    coarse = collocated_eigenvalues(linear, nodes, number)
    while True:
        nodes *= 2
        fine = collocated_eigenvalues(linear, nodes, number)
        agreed = _agreed(coarse.values, fine.values)
        if agreed >= min(number, len(fine.values)) and len(fine.values) >= number:
            return _first(fine.values, number), True
        if nodes >= _MOST_NODES:
            return fine.values[:agreed], False
        coarse = fine


def collocated_eigenvalues(linear: Linearisation, nodes: int, number: int) -> CollocatedEigenvalues:
    """Return the rightmost eigenvalues at one resolution, polished (at least ``number``, if there are so many)."""
    candidates = _sorted(eigvals(generator_matrix(linear, nodes)))
    upper = candidates[candidates.imag >= 0][: number + 4]
    found: list[tuple[complex, float]] = []
    for candidate in upper:
        value, residual = _polished(linear, candidate)
        if residual <= _RESIDUAL and not any(abs(value - other) <= _AGREE * (1 + abs(value)) for other, _ in found):
            found.append((value, residual))
    found.sort(key=lambda item: -item[0].real)
    both = [(twin, residual) for value, residual in found for twin in _with_conjugate(value)]
    kept = len(_first(np.array([value for value, _ in both]), number))
    values, residuals = (np.array(column) for column in zip(*both[:kept], strict=True))
    return CollocatedEigenvalues(values, residuals, nodes)


def _with_conjugate(value: complex) -> tuple[complex, ...]:
    if abs(value.imag) <= 1e-12 * (1 + abs(value)):
        return (complex(value.real),)
    upper = complex(value.real, abs(value.imag))
    return (upper, upper.conjugate())


def generator_matrix(linear: Linearisation, nodes: int) -> Array:
    """Return the collocated generator of the flow: differentiation on the past, the flow at the present.

    Only the variables that are delayed need a past, so its size is n + (delayed variables) x ``nodes``.
    """
    longest = max(linear.delays)
    past = sorted({int(column) for column in np.nonzero(linear.delayed)[2]})
    points, differentiate = chebyshev(nodes)
    times = longest * (points - 1) / 2
    n, size = len(linear.state), len(linear.state) + len(past) * nodes
    matrix = np.zeros((size, size))
    matrix[:n, :n] = linear.state

    def places(variable: int) -> list[int]:
        first = n + past.index(variable) * nodes
        return [variable, *range(first, first + nodes)]

    for delayed, delay in zip(linear.delayed, linear.delays, strict=True):
        reading = barycentric_row(times, -delay)
        for variable in np.flatnonzero(delayed.any(axis=0)):
            matrix[:n, places(int(variable))] += np.outer(delayed[:, variable], reading)
    for variable in past:
        where = places(variable)
        matrix[np.ix_(where[1:], where)] = differentiate[1:] * 2 / longest
    return matrix


def chebyshev(nodes: int) -> tuple[Array, Array]:
    """Return the ``nodes`` + 1 Chebyshev extremes on [-1, 1], from +1 down, and their differentiation matrix.

    Source: trefethen2000, chapter 6.
    """
    order = np.arange(nodes + 1)
    points = np.cos(np.pi * order / nodes)
    weights = np.where((order == 0) | (order == nodes), 2.0, 1.0) * (-1.0) ** order
    gaps = points[:, None] - points[None, :] + np.eye(nodes + 1)
    matrix = np.outer(weights, 1 / weights) / gaps
    return points, matrix - np.diag(matrix.sum(axis=1))


def barycentric_row(points: Array, x: float) -> Array:
    """Return the weights that interpolate values at Chebyshev ``points`` at ``x``."""
    gaps = x - points
    nearest = int(np.argmin(np.abs(gaps)))
    if abs(gaps[nearest]) <= 1e-14 * np.ptp(points):
        return np.eye(len(points))[nearest]
    weights = (-1.0) ** np.arange(len(points))
    weights[[0, -1]] /= 2
    terms = weights / gaps
    return terms / terms.sum()


def _polished(linear: Linearisation, value: complex, rounds: int = 30) -> tuple[complex, float]:
    """Return the eigenvalue next to ``value`` and its relative residual, by Newton's method on (value, vector)."""
    vector = border = np.linalg.svd(linear.characteristic(value))[2][-1].conj()
    n = len(vector)
    bordered = np.zeros((n + 1, n + 1), dtype=complex)
    for _ in range(rounds):
        matrix = linear.characteristic(value)
        bordered[:n, :n], bordered[:n, n] = matrix, linear.characteristic_slope(value) @ vector
        bordered[n, :n] = border.conj()
        wanted = np.concatenate([-matrix @ vector, [1 - border.conj() @ vector]])
        step = np.linalg.lstsq(bordered, wanted, rcond=None)[0]
        vector, value = vector + step[:n], value + step[n]
        if abs(step[n]) <= 4 * np.finfo(float).eps * (1 + abs(value)):
            break
    return complex(value), _relative_residual(linear, value, vector)


def _relative_residual(linear: Linearisation, value: complex, vector: Array) -> float:
    size = abs(value) * np.abs(vector) + np.abs(linear.state) @ np.abs(vector)
    for delayed, delay in zip(linear.delayed, linear.delays, strict=True):
        size = size + abs(np.exp(-value * delay)) * (np.abs(delayed) @ np.abs(vector))
    rest = np.abs(linear.characteristic(value) @ vector)
    return float(rest.max() / size.max()) if np.isfinite(value) and size.max() > 0 else float("inf")


def _agreed(coarse: ComplexArray, fine: ComplexArray) -> int:
    """Return how many of the first ``fine`` values have a partner, with no ``coarse`` one between them without."""
    alone = [value for value in coarse if not _has_partner(value, fine)]
    count = 0
    for value in fine:
        if not _has_partner(value, coarse) or any(other.real > value.real for other in alone):
            break
        count += 1
    return count


def _has_partner(value: complex, others: ComplexArray) -> bool:
    return bool(np.any(np.abs(others - value) <= _AGREE * (1 + abs(value))))


def _sorted(values: Any) -> ComplexArray:
    listed = np.asarray(values, dtype=np.complex128)
    return listed[np.lexsort((-listed.imag, -listed.real))]


def _first(values: ComplexArray, number: int) -> ComplexArray:
    """Return the first ``number``, and the partner of a pair that the cut would part."""
    cut = min(number, len(values))
    if 0 < cut < len(values) and values[cut - 1].imag > 0:
        cut += 1
    return values[:cut]
