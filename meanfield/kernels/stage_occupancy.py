"""How many stages in a row a particle has passed: the matrix exponential of a chain, without any subtraction."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Elements of one block of matrices, so that long chains at many times need no great memory.
_LARGEST = 1_000_000
# Terms of the series beyond the first that reaches the last stage; their argument is at most 1.
_TERMS = 20


def last_stage(rates: Array, time: Array) -> Array:
    """Return the probability to be in the last of n stages, entered at the first at time 0, each left at its rate.

    All terms of exp((A + L) t) exp(-L t), L the largest rate, are positive, in the series as in the squarings: every
    value is right relative to itself, however early.

    Assumptions: rates are above 0, but the last may be 0, which collects all that has passed.

    Parameters
    ----------
    rates : (n,) array
        Of leaving each stage, 1/s.
    time : (...) array
        At or above 0 s; NaN stays NaN.

    Returns
    -------
    (...) array
        1.
    """
    size = len(rates)
    # Long after the slowest stage nothing changes any more within the range of floats.
    latest = (2000 + 20 * size) / np.min(rates[rates > 0])
    flat = np.minimum(np.ravel(time), latest)
    known = ~np.isnan(flat)
    found = np.full(flat.shape, np.nan)
    pieces = np.array_split(flat[known], max(1, int(np.count_nonzero(known) * size**2 // _LARGEST)))
    found[known] = np.concatenate([_corner(rates, piece) for piece in pieces])
    return found.reshape(np.shape(time))


def _corner(rates: Array, time: Array) -> Array:
    halvings = np.ceil(np.log2(np.maximum(np.max(rates) * time, 1.0))).astype(int)
    part = time / 2.0**halvings
    matrix = _short(rates, part)
    diagonal = np.arange(len(rates))
    for done in range(int(halvings.max(initial=0))):
        left = np.flatnonzero(halvings > done)
        squared = matrix[left] @ matrix[left]
        squared[:, diagonal, diagonal] = np.exp(-rates * (part[left] * 2.0 ** (done + 1))[:, None])
        matrix[left] = squared
    return matrix[:, -1, 0]


def _short(rates: Array, time: Array) -> Array:
    """Return the matrix exponential (time, n, n) for times within one lifetime of the fastest stage."""
    size, fastest = len(rates), float(np.max(rates))
    stay, move = (fastest - rates) * time[:, None], rates[:-1] * time[:, None]
    term = np.tile(np.eye(size), (time.size, 1, 1))
    total = term.copy()
    for order in range(1, size + _TERMS):
        moved = term * stay[:, :, None]
        moved[:, 1:] += term[:, :-1] * move[:, :, None]
        term = moved / order
        total += term
    return total * np.exp(-fastest * time)[:, None, None]
