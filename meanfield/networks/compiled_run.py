"""The time loop of a network, compiled: this module is imported only when a simulation runs."""

import math
from typing import Any, NamedTuple, TypeAlias

import numba
import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Whole = NDArray[np.int64]

_ROUNDS = 60
_SETTLED = 1e-12


class Plan(NamedTuple):
    """What does not change. A line is a delayed source; a filter is what a kernel makes of a line or of a drive.

    Lines (l): ``source`` (l,), ``first`` (l,) first lag in steps, ``tap_start`` (l + 1,) into ``taps``.
    Filters (f): ``line`` (f,) line or -1 - drive; ``scale`` (f,) count, ``target`` (f,), ``moment`` (f,) 0 mean, 1
    variance in time, 2 variance over the cells (the square of the output times ``uneven``), 3 what the rate follows
    beyond the mean; ``size`` (f,) states.
    ``relax`` flat (size, size), ``now``, ``next`` and ``read`` flat (size,): x' = relax x + now u + next u'. Those of
    no size are sums over the past: ``past_start`` (f + 1,) into ``past``.
    """

    source: Whole
    first: Whole
    tap_start: Whole
    taps: Array
    line: Whole
    scale: Array
    target: Whole
    moment: Whole
    uneven: Array
    size: Whole
    relax: Array
    now: Array
    next: Array
    read: Array
    past_start: Whole
    past: Array
    cells: Array
    dt: float


class Course(NamedTuple):
    """What happens.

    ``rest``, ``beyond`` (p,) V, what the rate follows beyond ``rest``, and ``floor`` (p,) V^2 without any input;
    ``drive`` (d, time) levels, held over each step, ``still`` (d,) those before; ``before`` (p,) Hz, rates before the
    start; ``draws`` (p, time) standard normal numbers of finite size, or (p, 0). ``rate``, ``heard`` (what the network
    hears; Hz), ``v``, ``felt`` (V), ``variance`` (V^2) (p, time + 1) and ``arrived`` (l, time + 1) Hz are filled, from
    the first column on.
    """

    rest: Array
    beyond: Array
    floor: Array
    drive: Array
    still: Array
    before: Array
    draws: Array
    rate: Array
    heard: Array
    v: Array
    felt: Array
    variance: Array
    arrived: Array


class Scratch(NamedTuple):
    """State of all stages, flat; room for the largest filter; what each filter says; sums (4, p) over filters."""

    state: Array
    fresh: Array
    direct: Array
    sums: Array


class Tables(NamedTuple):
    """Rates of the populations (Hz) on even grids of mean and standard deviation of the free potentials.

    With more than one standard deviation, their logarithms.

    ``low``, ``step`` (p,) V of the means, ``low_sd``, ``step_sd`` (p,) V; ``means``, ``widths`` (p,) numbers of points;
    ``start`` (p,) into ``values``.
    """

    low: Array
    step: Array
    means: Whole
    low_sd: Array
    step_sd: Array
    widths: Whole
    start: Whole
    values: Array


@numba.njit(cache=True)
def _weights(x: float, points: int) -> tuple[int, float, float, float, float]:
    """Return the first of four neighbours of ``x`` (in steps) on a grid and the weights of a cubic through them."""
    first = min(max(int(np.floor(x)) - 1, 0), points - 4)
    t = x - first
    a, b, c, d = t, t - 1.0, t - 2.0, t - 3.0
    return first, -b * c * d / 6.0, a * c * d / 2.0, -a * b * d / 2.0, a * b * c / 6.0


@numba.njit(cache=True)
def rate_at(tables: Tables, k: int, v: float, variance: float) -> float:
    """Return the rate (Hz) of population ``k``, or -1 where its table ends."""
    x = (v - tables.low[k]) / tables.step[k]
    points = tables.means[k]
    if not (x >= 0.0 and x <= points - 1):
        return -1.0
    i, a, b, c, d = _weights(x, points)
    start = tables.start[k]
    if tables.widths[k] == 1:
        row = start + i
        values = tables.values
        found = a * values[row] + b * values[row + 1] + c * values[row + 2] + d * values[row + 3]
        return max(float(found), 0.0)
    y = (np.sqrt(max(variance, 0.0)) - tables.low_sd[k]) / tables.step_sd[k]
    if not (y >= 0.0 and y <= tables.widths[k] - 1):
        return -1.0
    j, e, f, g, h = _weights(y, tables.widths[k])
    found = 0.0
    for row, weight in ((j, e), (j + 1, f), (j + 2, g), (j + 3, h)):
        at = start + row * points + i
        line = a * tables.values[at] + b * tables.values[at + 1] + c * tables.values[at + 2] + d * tables.values[at + 3]
        found += weight * line
    return math.exp(found)


@numba.njit(cache=True)
def _rates(tables: Tables, step: int, course: Course, sums: Array) -> bool:
    """Set means, variances and rates from what the filters say, ``sums`` (4, p); False where a table ends."""
    for k in range(course.rate.shape[0]):
        course.v[k, step] = course.rest[k] + sums[0, k]
        course.felt[k, step] = course.v[k, step] + course.beyond[k] + sums[3, k]
        course.variance[k, step] = course.floor[k] + sums[1, k] + sums[2, k]
    for k in range(course.rate.shape[0]):
        rate = rate_at(tables, k, course.felt[k, step], course.variance[k, step])
        if rate < 0:
            return False
        course.rate[k, step] = rate
    return True


@numba.njit(cache=True)
def _gathered(plan: Plan, line: int, step: int, course: Course) -> float:
    """Return what arrives through a line at ``step``; before the start every source had its first rate."""
    history = course.heard[plan.source[line]]
    start, end = plan.tap_start[line], plan.tap_start[line + 1]
    latest = step - plan.first[line]
    inside = min(end, start + max(latest + 1, 0))
    total = 0.0
    for n in range(start, inside):
        total += plan.taps[n] * history[latest - (n - start)]
    for n in range(inside, end):
        total += plan.taps[n] * course.before[plan.source[line]]
    return total


@numba.njit(cache=True, inline="always")
def _through_stages(
    plan: Plan, f: int, place: int, wide: int, u: float, u_next: float, state: Array, fresh: Array
) -> float:
    """Advance the stages of filter ``f`` by one step in which its input goes from ``u`` to ``u_next``."""
    size, out = plan.size[f], 0.0
    for i in range(size):
        total = plan.now[place + i] * u + plan.next[place + i] * u_next
        for j in range(size):
            total += plan.relax[wide + i * size + j] * state[place + j]
        fresh[i] = total
        out += plan.read[place + i] * total
    for i in range(size):
        state[place + i] = fresh[i]
    return out


@numba.njit(cache=True)
def _backwards(weights: Array, history: Array, latest: int) -> float:
    """Return the sum of ``weights`` times the history from ``latest`` back, in four sums that do not wait in line."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    whole = weights.size - weights.size % 4
    for n in range(0, whole, 4):
        a += weights[n] * history[latest - n]
        b += weights[n + 1] * history[latest - n - 1]
        c += weights[n + 2] * history[latest - n - 2]
        d += weights[n + 3] * history[latest - n - 3]
    for n in range(whole, weights.size):
        a += weights[n] * history[latest - n]
    return (a + b) + (c + d)


@numba.njit(cache=True)
def _through_past(plan: Plan, f: int, step: int, ahead: Array, course: Course) -> float:
    """Return what filter ``f`` without stages makes of the past of its line or drive, up to ``step``."""
    line, weights = plan.line[f], plan.past[plan.past_start[f] : plan.past_start[f + 1]]
    if line >= 0:
        known = min(weights.size, step + 1)
        out = weights[0] * ahead[line] + _backwards(weights[1:known], course.arrived[line], step - 1)
        before = course.before[plan.source[line]]
    else:
        # A level is held over a step: what stands at the end of a step is the level during it.
        known = min(weights.size, step)
        out = _backwards(weights[:known], course.drive[-1 - line], step - 1)
        before = course.still[-1 - line]
    for n in range(known, weights.size):
        out += weights[n] * before
    return out * plan.scale[f]


@numba.njit(cache=True)
def _filter(plan: Plan, step: int, now: Array, ahead: Array, course: Course, scratch: Scratch) -> None:
    """Advance all filters to ``step`` and sum up what they say of means and variances."""
    place, wide = 0, 0
    scratch.sums[:] = 0.0
    for f in range(plan.line.size):
        line = plan.line[f]
        if plan.size[f] > 0:
            level = course.drive[-1 - line, step - 1] if line < 0 else 0.0
            u = plan.scale[f] * (now[line] if line >= 0 else level)
            u_next = plan.scale[f] * (ahead[line] if line >= 0 else level)
            out = _through_stages(plan, f, place, wide, u, u_next, scratch.state, scratch.fresh)
        else:
            out = _through_past(plan, f, step, ahead, course)
        scratch.direct[f] = out
        _add(plan, f, out, scratch.sums)
        place += plan.size[f]
        wide += plan.size[f] * plan.size[f]


@numba.njit(cache=True)
def _guess(step: int, noisy: bool, heard: Array) -> None:
    """Guess what the network hears at ``step`` from the two steps before."""
    for b in range(heard.shape[0]):
        heard[b, step] = heard[b, step - 1]
        if not noisy and step > 1:
            heard[b, step] = max(2 * heard[b, step - 1] - heard[b, step - 2], 0.0)


@numba.njit(cache=True)
def run(plan: Plan, tables: Tables, course: Course, scratch: Scratch) -> int:
    """Fill the course of rates, means and variances; return the step at which a table ended, or -1."""
    steps = course.rate.shape[1] - 1
    lines = plan.source.size
    now, ahead = np.zeros(lines), np.zeros(lines)
    noisy = course.draws.shape[1] > 0
    open_end = False
    for line in range(lines):
        now[line] = course.arrived[line, 0]
        open_end = open_end or plan.first[line] == 0
    for step in range(1, steps + 1):
        _guess(step, noisy, course.heard)
        for line in range(lines):
            ahead[line] = _gathered(plan, line, step, course)
        _filter(plan, step, now, ahead, course, scratch)
        if not _rates(tables, step, course, scratch.sums):
            return step
        if open_end and not noisy and not _settle(plan, tables, step, ahead, course, scratch):
            return step
        _fire(plan, step, noisy, course)
        for line in range(lines):
            if plan.first[line] == 0:
                ahead[line] = _gathered(plan, line, step, course)
            now[line] = ahead[line]
            course.arrived[line, step] = now[line]
    return -1


@numba.njit(cache=True)
def _fire(plan: Plan, step: int, noisy: bool, course: Course) -> None:
    """Set what the network hears: the rates, with the noise of their finite numbers of cells."""
    for b in range(course.rate.shape[0]):
        course.heard[b, step] = course.rate[b, step]
        if noisy and plan.cells[b] > 0:
            sd = np.sqrt(course.rate[b, step] / (plan.cells[b] * plan.dt))
            course.heard[b, step] += sd * course.draws[b, step - 1]


@numba.njit(cache=True)
def _settle(plan: Plan, tables: Tables, step: int, ahead: Array, course: Course, scratch: Scratch) -> bool:
    """Repeat the end of a step until the rates heard at once are the rates; False where a table ends."""
    for _ in range(_ROUNDS):
        moved = 0.0
        for b in range(course.rate.shape[0]):
            rate = course.rate[b, step]
            moved = max(moved, abs(rate - course.heard[b, step]) / (1e-3 + rate))
            course.heard[b, step] = rate
        if moved < _SETTLED:
            break
        _correct(plan, step, ahead, course, scratch)
        if not _rates(tables, step, course, scratch.sums):
            return False
    return True


@numba.njit(cache=True)
def _correct(plan: Plan, step: int, ahead: Array, course: Course, scratch: Scratch) -> None:
    """Move all filters of lines without a delay to the new guess of what is heard at the end of a step."""
    scratch.sums[:] = 0.0
    place = 0
    for f in range(plan.line.size):
        line, size = plan.line[f], plan.size[f]
        if line >= 0 and plan.first[line] == 0:
            change = plan.scale[f] * (_gathered(plan, line, step, course) - ahead[line])
            if size == 0:
                scratch.direct[f] += plan.past[plan.past_start[f]] * change
            for i in range(place, place + size):
                scratch.state[i] += plan.next[i] * change
                scratch.direct[f] += plan.read[i] * plan.next[i] * change
        _add(plan, f, scratch.direct[f], scratch.sums)
        place += size
    for line in range(plan.source.size):
        if plan.first[line] == 0:
            ahead[line] = _gathered(plan, line, step, course)


@numba.njit(cache=True, inline="always")
def _add(plan: Plan, f: int, out: float, sums: Array) -> None:
    """Add what filter ``f`` says to its moment; see `Plan`."""
    if plan.moment[f] == 2:
        sums[2, plan.target[f]] += plan.uneven[f] * out * out
    else:
        sums[plan.moment[f], plan.target[f]] += out
