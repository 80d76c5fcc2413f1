"""Who is connected to whom, and how late: a pure function of the seed, whatever the machine and the target.

Every row of connections has random numbers of its own: Philox with the counter (draw, row, projection, purpose). A row
is a source cell if pairs are connected with a probability, a target cell if each draws its sources.
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.stats import norm

from ..circuits import Circuit, Delay, Projection
from .errors import EngineError
from .noise import _KEY_STEPS, _MULTIPLIERS, ROUNDS

_M0, _M1 = (np.uint64(multiplier) for multiplier in _MULTIPLIERS)
_S0, _S1 = (np.uint64(step) for step in _KEY_STEPS)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_PAIRS, _DRAWN, _DELAYS, _WEIGHTS = (np.uint64(0x10000000 + number) for number in range(4))
LONGEST = 2**16 - 1  # steps of a delay


@dataclass(frozen=True)
class Connections:
    """Targets of every source cell (``targets[offsets[i]:offsets[i + 1]]``), with delays in steps and weight factors.

    ``steps`` and ``weights`` are None where all connections have the projection's own.
    """

    offsets: NDArray[np.int64]
    targets: NDArray[np.int32]
    steps: NDArray[np.uint16] | None
    weights: NDArray[np.float32] | None


def delay_steps(delay: Delay, dt: float, label: str) -> int:
    """Return a constant delay in steps, or the mean of others, rounded.

    Raises
    ------
    EngineError
        If the delay is below a step or too long.
    """
    steps = round(delay.mean / dt)
    if delay.mean < dt * (1 - 1e-9):
        raise EngineError(
            f"{label}: a delay of {delay.mean * 1e3:g} ms is below the time step of {dt * 1e3:g} ms; lengthen it, or "
            "take a smaller dt."
        )
    if delay.longest / dt > LONGEST:
        raise EngineError(f"{label}: delays up to {delay.longest:g} s exceed {LONGEST} steps; take a larger dt.")
    return steps


def delay_distribution(delay: Delay, dt: float) -> tuple[int, NDArray[np.float64]]:
    """Return the shortest delay in steps, and the cumulative probability of it and each longer one.

    A delay of d steps stands for all within half a step of d; those outside one step and the longest are left out.
    """
    last = max(math.floor(delay.longest / dt + 1e-9), 1)
    edges = np.asarray((np.arange(1, last + 2) - 0.5) * dt, dtype=np.float64)
    edges[0], edges[-1] = min(dt, edges[1]), max(delay.longest, edges[-2])
    cumulative = _below(delay, edges)
    probability = np.diff(cumulative)
    kept = np.flatnonzero(probability > 0)
    first, end = int(kept[0]), int(kept[-1]) + 1
    total = np.cumsum(probability[first:end]) / probability[first:end].sum()
    total[-1] = 1.0
    return first + 1, total


def _below(delay: Delay, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    if delay.distribution == "uniform":
        half = math.sqrt(3) * delay.spread
        return np.clip((edges - delay.mean + half) / (2 * half), 0, 1)
    if delay.distribution == "lognormal":
        variance = math.log1p((delay.spread / delay.mean) ** 2)
        return norm.cdf((np.log(edges / delay.mean) + variance / 2) / math.sqrt(variance))
    return norm.cdf((edges - delay.mean) / delay.spread)


def connect(circuit: Circuit, number: int, dt: float, seed: int) -> Connections:
    """Return the connections of one projection of a circuit."""
    projection = circuit.projections[number]
    sources, targets = circuit.population(projection.source).size, circuit.population(projection.target).size
    key = np.array([seed & 0xFFFFFFFF, seed >> 32], dtype=np.uint64)
    alone = projection.source == projection.target and not projection.autapses
    if projection.in_degree is not None:
        offsets, found = _drawn(sources, targets, projection.in_degree, alone, np.uint64(number), key)
    else:
        offsets, found = _paired(sources, targets, float(projection.probability or 0), alone, np.uint64(number), key)
    return Connections(
        offsets, found, _delays(projection, offsets, dt, number, key), _weights(projection, offsets, number, key)
    )


def _delays(
    projection: Projection, offsets: NDArray[np.int64], dt: float, number: int, key: NDArray[np.uint64]
) -> NDArray[np.uint16] | None:
    delay_steps(projection.delay, dt, f"Projection {projection.name!r}")
    if projection.delay.distribution == "constant":
        return None
    first, cumulative = delay_distribution(projection.delay, dt)
    return _draw_delays(offsets, first, cumulative, np.uint64(number), key)


def _weights(
    projection: Projection, offsets: NDArray[np.int64], number: int, key: NDArray[np.uint64]
) -> NDArray[np.float32] | None:
    if projection.weight_spread == 0:
        return None
    variance = math.log1p(projection.weight_spread**2)
    return _draw_weights(offsets, -variance / 2, math.sqrt(variance), np.uint64(number), key)


@njit(cache=True, inline="always")
def _philox(c0, c1, c2, c3, k0, k1):
    """Return the four words of noise.philox for one counter."""
    for _ in range(ROUNDS):
        p0, p1 = _M0 * c0, _M1 * c2
        c0, c1, c2, c3 = (p1 >> _HALF) ^ c1 ^ k0, p1 & _LOW, (p0 >> _HALF) ^ c3 ^ k1, p0 & _LOW
        k0, k1 = (k0 + _S0) & _LOW, (k1 + _S1) & _LOW
    return c0, c1, c2, c3


@njit(cache=True)
def _pairs_of_row(row, cells, log_miss, alone, number, key, out):
    """Write the targets of one source cell into ``out``, geometric gaps between them; return their number."""
    found, cell, draw = 0, -1, np.uint64(0)
    while True:
        words = _philox(draw, np.uint64(row), number, _PAIRS, key[0], key[1])
        draw += np.uint64(1)
        for word in words:
            uniform = (np.float64(word) + 0.5) * 2.0**-32
            jump = math.log(uniform) / log_miss if log_miss < 0 else 0.0
            if jump >= cells:
                return found
            cell += 1 + int(jump)
            if cell >= cells:
                return found
            if not (alone and cell == row):
                out[found] = cell
                found += 1


@njit(cache=True)
def _paired(sources, targets, probability, alone, number, key):
    log_miss = math.log1p(-probability) if probability < 1 else 0.0
    row = np.empty(targets, np.int32)
    offsets = np.zeros(sources + 1, np.int64)
    for source in range(sources):
        found = targets - int(alone)
        if probability < 1:
            found = _pairs_of_row(source, targets, log_miss, alone, number, key, row)
        offsets[source + 1] = offsets[source] + found
    found_targets = np.empty(offsets[sources], np.int32)
    for source in range(sources):
        out = found_targets[offsets[source] : offsets[source + 1]]
        if probability < 1:
            count = _pairs_of_row(source, targets, log_miss, alone, number, key, row)
            out[:] = row[:count]
            continue
        place = 0
        for target in range(targets):
            if not (alone and target == source):
                out[place] = target
                place += 1
    return offsets, found_targets


@njit(cache=True)
def _sources_of_row(target, sources, wanted, alone, number, key, marks, mark, out):
    """Write ``wanted`` different sources of one target cell into ``out``, drawn again where one repeats."""
    found, draw = 0, np.uint64(0)
    while True:
        words = _philox(draw, np.uint64(target), number, _DRAWN, key[0], key[1])
        draw += np.uint64(1)
        for word in words:
            source = np.int64((word * np.uint64(sources)) >> _HALF)
            if marks[source] != mark and not (alone and source == target):
                marks[source] = mark
                out[found] = source
                found += 1
                if found == wanted:
                    return


@njit(cache=True)
def _drawn(sources, targets, in_degree, alone, number, key):
    """Draw the sources of every target, or those that are left out where they are fewer, and sort them by source."""
    available = sources - int(alone)
    left_out = in_degree > available // 2
    wanted = available - in_degree if left_out else in_degree
    marks = np.full(sources, -1, np.int64)
    row = np.empty(max(wanted, 1), np.int64)
    every = np.empty((targets, in_degree), np.int32)
    offsets = np.zeros(sources + 1, np.int64)
    for target in range(targets):
        if wanted > 0:
            _sources_of_row(target, sources, wanted, alone, number, key, marks, target, row)
        place = 0
        if not left_out:
            for source in row[:in_degree]:
                every[target, place] = source
                place += 1
        else:
            for source in range(sources):
                if marks[source] != target and not (alone and source == target):
                    every[target, place] = source
                    place += 1
        for source in every[target]:
            offsets[source + 1] += 1
    for source in range(sources):
        offsets[source + 1] += offsets[source]
    next_place = offsets[:-1].copy()
    found_targets = np.empty(targets * in_degree, np.int32)
    for target in range(targets):
        for source in every[target]:
            found_targets[next_place[source]] = target
            next_place[source] += 1
    return offsets, found_targets


@njit(cache=True)
def _draw_delays(offsets, first, cumulative, number, key):
    steps = np.empty(offsets[-1], np.uint16)
    for row in range(offsets.size - 1):
        for place in range(offsets[row], offsets[row + 1], 4):
            draw = np.uint64((place - offsets[row]) // 4)
            words = _philox(draw, np.uint64(row), number, _DELAYS, key[0], key[1])
            for k in range(min(4, offsets[row + 1] - place)):
                uniform = (np.float64(words[k]) + 0.5) * 2.0**-32
                steps[place + k] = first + np.searchsorted(cumulative, uniform)
    return steps


@njit(cache=True)
def _draw_weights(offsets, mean, spread, number, key):
    weights = np.empty(offsets[-1], np.float32)
    for row in range(offsets.size - 1):
        for place in range(offsets[row], offsets[row + 1]):
            draw = np.uint64(place - offsets[row])
            words = _philox(draw, np.uint64(row), number, _WEIGHTS, key[0], key[1])
            radius = math.sqrt(-2 * math.log((np.float64(words[0]) + 0.5) * 2.0**-32))
            angle = 2 * math.pi * (np.float64(words[1]) + 0.5) * 2.0**-32
            weights[place] = math.exp(mean + spread * radius * math.cos(angle))
    return weights
