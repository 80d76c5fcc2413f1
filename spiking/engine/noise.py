"""Random numbers as a pure function of seed, cell and step, with the same values in NumPy, C++ and Cython.

The generator is the counter-based Philox 4x32 with 7 rounds, the fewest that pass BigCrush. Its key is the run's seed,
its counter (step, cell, level, domain): nothing is drawn in sequence, so results depend neither on how cells are laid
out nor on workers, and two populations with the same seed hear the same random numbers.

Sources: salmon2011 (Philox); giles2010 (inverse error function).
"""

import numpy as np
from numpy.typing import NDArray

ROUNDS = 7
STREAMS = 8

_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_KEY_STEPS = (0x9E3779B9, 0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)

# Coefficients of the inverse error function for w = -log(1 - x^2) below and above 5, highest power first.
_CENTRE = (
    2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503, -0.00417768164,
    0.246640727, 1.50140941,
)  # fmt: skip
_TAIL = (
    -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
    1.00167406, 2.83297682,
)  # fmt: skip

Words = NDArray[np.uint64]


def philox(counter: tuple[Words, Words, Words, Words], key: tuple[int, int], rounds: int = ROUNDS) -> tuple[Words, ...]:
    """Return the four 32-bit words (held in 64-bit integers) of Philox 4x32.

    Source: salmon2011, Sec. 3.3.

    Parameters
    ----------
    counter : four arrays of uint64 below 2^32
        They broadcast against each other.
    key : two integers below 2^32
    rounds : int
    """
    c0, c1, c2, c3 = np.broadcast_arrays(*counter)
    k0, k1 = key
    m0, m1 = (np.uint64(multiplier) for multiplier in _MULTIPLIERS)
    half = np.uint64(32)
    for _ in range(rounds):
        p0, p1 = m0 * c0, m1 * c2
        c0, c1, c2, c3 = (p1 >> half) ^ c1 ^ np.uint64(k0), p1 & _LOW, (p0 >> half) ^ c3 ^ np.uint64(k1), p0 & _LOW
        k0, k1 = (k0 + _KEY_STEPS[0]) & 0xFFFFFFFF, (k1 + _KEY_STEPS[1]) & 0xFFFFFFFF
    return c0, c1, c2, c3


def _as_words(value: object) -> Words:
    return np.asarray(value).astype(np.int64).astype(np.uint64) & _LOW


def uniform(
    stream: int, step: object, cell: object, level: object, domain: object, seed_low: object, seed_high: object,
    precision: str = "float64",
) -> NDArray[np.floating]:  # fmt: skip
    """Return uniform numbers strictly between 0 and 1, with 32 random bits (23 in float32)."""
    block = np.uint64(stream // 4 << 16)
    counter = (_as_words(step), _as_words(cell), _as_words(level), _as_words(domain) + block)
    word = philox(counter, (int(_as_words(seed_low)), int(_as_words(seed_high))))[stream % 4]
    if precision == "float64":
        return (word.astype(np.float64) + 0.5) * 2.0**-32
    return ((word >> np.uint64(9)).astype(np.float32) + np.float32(0.5)) * np.float32(2.0**-23)


def poisson_count(terms: int, uniform_number: NDArray, mean: object, none: object) -> NDArray:
    """Return Poisson counts by inversion with a fixed number of terms; ``none`` is exp(-mean)."""
    number = np.asarray(uniform_number)
    mean, chance = np.asarray(mean, dtype=number.dtype), np.asarray(none, dtype=number.dtype)
    total = chance
    count = (number >= total).astype(number.dtype)
    for k in range(1, terms):
        chance = chance * (mean * number.dtype.type(1.0 / k))
        total = total + chance
        count += number >= total
    return count


def standard_normal(uniform_number: NDArray) -> NDArray:
    """Return the standard normal quantile of a uniform number, to a relative error of 1e-6.

    Source: giles2010, single-precision approximation; one logarithm and no branch, hence fit for vector units.
    """
    u = np.asarray(uniform_number)
    real = u.dtype.type
    w = -np.log(real(4) * u * (real(1) - u))
    centre, tail = w - real(2.5), np.sqrt(np.maximum(w, real(5))) - real(3)
    inverse = np.where(w < 5, _polynomial(_CENTRE, centre), _polynomial(_TAIL, tail))
    return inverse * (u - real(0.5)) * real(2 * np.sqrt(2.0))


def _polynomial(coefficients: tuple[float, ...], x: NDArray) -> NDArray:
    value = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        value = value * x + x.dtype.type(coefficient)
    return value
