"""Compiled evaluation of the scaled Siegert integral and of the rate, block by block.

Let T(y) = exp(-y^2) G(y) for y > 0 and T(y) = G(y) for y <= 0, where G is the integral of exp(u^2)(1 + erf u) from 0.
The integral over [lower, upper], times exp(-max(upper, 0)^2), is then in all three regimes of signs

    T(upper) - exp(max(lower, 0)^2 - max(upper, 0)^2) T(lower).

T is a table of short polynomials, 16 panels for each octave of 1 + |y|: the bits of that number are the panel. Nothing
depends on the signs but the place in the table, so a block runs without a jump; arithmetic runs in vector registers.
The few points where this loses digits, or that lie beyond the table, are done again with care. Points are always
handled in whole blocks, so that a result does not depend on the size of the array it is part of.
"""

import math
from typing import Any, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.floating]
Rows = NDArray[np.uint64]
Number = TypeVar("Number", float, Array)

# NumPy's error model leaves out the test for a division by zero, which would keep loops out of vector registers.
_COMPILED: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": {"contract"}}

PANEL_BITS = 4
OCTAVES = 6
PANELS = OCTAVES << PANEL_BITS  # of T below zero; the row after them is the asymptotic series in 1/|y|
DEGREE = 10
_END = float(1 << OCTAVES)  # of 1 + |y|
_LAST = math.nextafter(_END, 0.0)
_SHIFT = 52 - PANEL_BITS
_FIRST = 1023 << PANEL_BITS
BLOCK = 128

# Panels are fitted a quarter wider on each side: two limits nearer than this part of 1 + |y| fit one of them.
PANEL_MARGIN = 0.25
_SAME_PANEL = 2 * PANEL_MARGIN / 2 ** (PANEL_BITS + 1)
_PIECES = 8
_CAREFUL = _PIECES * _SAME_PANEL  # narrower than this part of 1 + |y|, a difference of T below zero loses a digit

_SQRT_PI = math.sqrt(math.pi)
_HALF_EULER = float(np.euler_gamma) / 2

_LOG2_E = 1 / math.log(2.0)
_LN2_HIGH = 6.93147180369123816490e-01  # its last 21 bits are zero
_LN2_LOW = 1.90821492927058770002e-10
_ROUNDER = 1.5 * 2.0**52  # adding it leaves the nearest integer in the last bits
_SMALLEST = -708.0


@njit(**_COMPILED)
def _exponential(x: float) -> float:
    """Return exp(x) for x <= 0 by arithmetic alone, which, unlike a call, is done in vector registers."""
    bounded = x if x > _SMALLEST else _SMALLEST
    shifted = bounded * _LOG2_E + _ROUNDER
    whole = shifted - _ROUNDER
    r = (bounded - whole * _LN2_HIGH) - whole * _LN2_LOW
    p = 1 / 6227020800.0
    p = p * r + 1 / 479001600.0
    p = p * r + 1 / 39916800.0
    p = p * r + 1 / 3628800.0
    p = p * r + 1 / 362880.0
    p = p * r + 1 / 40320.0
    p = p * r + 1 / 5040.0
    p = p * r + 1 / 720.0
    p = p * r + 1 / 120.0
    p = p * r + 1 / 24.0
    p = p * r + 1 / 6.0
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    power = np.float64(shifted).view(np.int64) << 52
    value = np.int64(np.float64(p).view(np.int64) + power).view(np.float64)
    return value if x > _SMALLEST else 0.0


@njit(**_COMPILED)
def _polynomial(table: Array, row: int | np.int64, x: float) -> float:
    x2 = x * x
    x4 = x2 * x2
    first = (table[row, 1] + x * table[row, 2]) + x2 * (table[row, 3] + x * table[row, 4])
    second = (table[row, 5] + x * table[row, 6]) + x2 * (table[row, 7] + x * table[row, 8])
    return first + x4 * (second + x4 * ((table[row, 9] + x * table[row, 10]) + x2 * table[row, 11]))


@njit(**_COMPILED)
def _mean_slope(table: Array, row: int | np.int64, x: float, y: float) -> float:
    """Return (P(x) - P(y))/(x - y) of the polynomial P in a row, without a difference."""
    value, slope = table[row, DEGREE + 1], 0.0
    for j in range(DEGREE, 0, -1):
        slope = slope * y + value
        value = value * x + table[row, j]
    return slope


@njit(**_COMPILED)
def _panel(y: float) -> np.int64:
    """Return the row of the table for ``y``, the last panel's if it is beyond; never outside, even for nan."""
    place = 1.0 + abs(y)
    bounded = place if place < _END else _LAST
    row = (np.float64(bounded).view(np.int64) >> _SHIFT) - _FIRST
    return row + PANELS + 1 if y > 0 else row


@njit(**_COMPILED)
def _value(table: Array, y: float) -> float:
    """Return T(y) for any ``y``."""
    size = abs(y)
    if 1.0 + size < _END:
        row = _panel(y)
        return _polynomial(table, row, size - table[row, 0])
    if y > 0:
        return _polynomial(table, 2 * PANELS + 1, 1 / size)
    return _polynomial(table, PANELS, 1 / size) - (math.log(2 * size) + _HALF_EULER) / _SQRT_PI


@njit(**_COMPILED)
def _change(table: Array, lower: float, upper: float) -> float:
    """Return T(upper) - T(lower) of limits with one sign that share a panel or the asymptotic series."""
    low, up, middle = abs(lower), abs(upper), (lower + upper) / 2
    if 1.0 + abs(middle) < _END:
        row = _panel(middle)
        return (up - low) * _mean_slope(table, row, low - table[row, 0], up - table[row, 0])
    low, up, step = 1 / low, 1 / up, (low - up) / (low * up)
    if middle > 0:
        return step * _mean_slope(table, 2 * PANELS + 1, low, up)
    return step * _mean_slope(table, PANELS, low, up) + math.log1p((upper - lower) * up) / _SQRT_PI


@njit(**_COMPILED)
def _needs_care(lower: float, upper: float) -> bool:
    size = 1.0 + abs(lower + upper) / 2
    width = upper - lower
    return (size + width / 2 >= _END) | ((lower * upper > 0) & (width < _CAREFUL * size))


@njit(**_COMPILED)
def _careful(table: Array, lower: float, upper: float, weight: float) -> float:
    """Return the scaled integral where the plain difference will not do."""
    width, size = upper - lower, 1.0 + abs(lower + upper) / 2
    if lower > 0 and width < _SAME_PANEL * size:
        return _change(table, lower, upper) - math.expm1(-width * (lower + upper)) * _value(table, lower)
    if upper < 0 and 1.0 - upper >= _END:
        return _change(table, lower, upper)
    if upper < 0 and width < _CAREFUL * size:
        total = 0.0
        for k in range(_PIECES):
            total += _change(table, lower + width * k / _PIECES, lower + width * (k + 1) / _PIECES)
        return total
    return _value(table, upper) - weight * _value(table, lower)


@njit(**_COMPILED)
def _integrate_block(
    table: Array, lower: Array, upper: Array, scale: Array, weight: Array, integral: Array, rows: Rows
) -> None:
    """Fill exp(-max(upper, 0)^2) and the scaled integral of a block."""
    rare = 0
    for i in range(BLOCK):
        top = upper[i] if upper[i] > 0 else 0.0
        bottom = lower[i] if lower[i] > 0 else 0.0
        scale[i] = _exponential(-top * top)
        weight[i] = _exponential(-(top - bottom) * (top + bottom))
        rows[0, i], rows[1, i] = _panel(lower[i]), _panel(upper[i])
        rare += 1 if _needs_care(lower[i], upper[i]) else 0
    for i in range(BLOCK):
        low, up = rows[0, i], rows[1, i]
        from_zero = _polynomial(table, up, abs(upper[i]) - table[up, 0])
        integral[i] = from_zero - weight[i] * _polynomial(table, low, abs(lower[i]) - table[low, 0])
    if rare > 0:
        for i in range(BLOCK):
            if _needs_care(lower[i], upper[i]):
                integral[i] = _careful(table, lower[i], upper[i], weight[i])


@njit(**_COMPILED)
def _load(source: Array, start: int, first: int, stop: int, block: Array) -> None:
    """Copy a block of the source, a single number being the same everywhere; a block at the end is filled up."""
    if source.size == 1:
        if first == start:
            for i in range(BLOCK):
                block[i] = source[0]
    elif first + BLOCK <= stop:
        for i in range(BLOCK):
            block[i] = source[first + i]
    else:
        for i in range(BLOCK):
            block[i] = source[min(first + i, stop - 1)]


@njit(**_COMPILED)
def _store(block: Array, first: int, stop: int, found: Array) -> None:
    for i in range(min(BLOCK, stop - first)):
        found[first + i] = block[i]


@njit(**_COMPILED)
def integrals(table: Array, lower: Array, upper: Array, found: Array) -> None:
    """Fill the scaled integrals between the limits, all of shape (n,)."""
    work = np.empty((5, BLOCK))
    rows = np.empty((2, BLOCK), dtype=np.uint64)
    low, up, scale, weight, integral = work[0], work[1], work[2], work[3], work[4]
    for first in range(0, found.size, BLOCK):
        _load(lower, 0, first, found.size, low)
        _load(upper, 0, first, found.size, up)
        _integrate_block(table, low, up, scale, weight, integral, rows)
        _store(integral, first, found.size, found)


@njit(**_COMPILED)
def antiderivatives(table: Array, u: Array, found: Array) -> None:
    """Fill the integral of erfcx from 0 to ``u`` >= 0."""
    for i in range(found.size):
        found[i] = -_value(table, -abs(u[i]))


@njit(**_COMPILED)
def scaled_interval(scale: Number, integral: Number, tau_m: Number, tau_ref: Number) -> Number:
    """Return the mean interspike interval times ``scale``, s."""
    return tau_ref * scale + tau_m * (_SQRT_PI * integral)


@njit(**_COMPILED)
def rates(table: Array, arguments: tuple[Array, ...], start: int, stop: int, found: Array) -> bool:
    """Fill the rates (Hz) from ``start`` to ``stop`` and return whether all arguments on the way are possible.

    The arguments are mu, sigma, tau_m, tau_ref, v_threshold, v_reset and the shifts of threshold and reset in units of
    sigma; each has one number, or as many as ``found``.
    """
    work, rows = np.empty((13, BLOCK)), np.empty((2, BLOCK), dtype=np.uint64)
    mu, sigma, tau_m, tau_ref, v_threshold, v_reset = work[0], work[1], work[2], work[3], work[4], work[5]
    raised, lifted, lower, upper = work[6], work[7], work[8], work[9]
    scale, weight, integral = work[10], work[11], work[12]
    wrong = 0
    for first in range(start, stop, BLOCK):
        _load(arguments[0], start, first, stop, mu)
        _load(arguments[1], start, first, stop, sigma)
        _load(arguments[2], start, first, stop, tau_m)
        _load(arguments[3], start, first, stop, tau_ref)
        _load(arguments[4], start, first, stop, v_threshold)
        _load(arguments[5], start, first, stop, v_reset)
        _load(arguments[6], start, first, stop, raised)
        _load(arguments[7], start, first, stop, lifted)
        for i in range(BLOCK):
            upper[i] = (v_threshold[i] - mu[i]) / sigma[i] + raised[i]
            lower[i] = (v_reset[i] - mu[i]) / sigma[i] + lifted[i]
        for i in range(BLOCK):
            possible = (sigma[i] > 0) & (tau_m[i] > 0) & (tau_ref[i] >= 0) & (v_threshold[i] > v_reset[i])
            together = mu[i] + sigma[i] + tau_m[i] + tau_ref[i] + v_threshold[i] - v_reset[i]  # finite if all are
            wrong += 0 if possible & (abs(together) < np.inf) else 1
        _integrate_block(table, lower, upper, scale, weight, integral, rows)
        for i in range(BLOCK):
            scale[i] = scale[i] / scaled_interval(scale[i], integral[i], tau_m[i], tau_ref[i])
        _store(scale, first, stop, found)
    return wrong == 0
