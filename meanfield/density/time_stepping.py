"""Compiled time steps of the Fokker-Planck equation.

The matrix of an implicit step has columns that sum to 1, since probability is only handed on. Its elimination can
therefore be written without a single subtraction (grassmann1985): the result keeps the sign of the right-hand side and
is right in every cell to rounding, however small that cell's share.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .finite_volume import FluxPulls, exchange

Array = NDArray[np.floating]

# Both stages of the two-stage scheme use one matrix; at this value the scheme is of second order and damps the fastest
# modes entirely (alexander1977).
STAGE = 1.0 - 1.0 / math.sqrt(2.0)


@njit(cache=True)
def _eliminate(step: float, up: Array, down: Array, inverse: Array, carry: Array, back: Array) -> None:
    """Fill the factors of the matrix of an implicit step of length ``step`` (s)."""
    excess = 0.0
    for cell in range(up.size):
        inverse[cell] = 1.0 / (1.0 + excess + step * up[cell])
        carry[cell] = step * up[cell] * inverse[cell]
        back[cell] = step * down[cell] * inverse[cell]
        excess = (1.0 + excess) * back[cell]


@njit(cache=True, fastmath={"contract"})
def _solve(inverse: Array, carry: Array, back: Array, x: Array) -> None:
    """Replace the right-hand side in ``x`` by the solution."""
    value = x[0]
    for cell in range(1, x.size):
        value = x[cell] + carry[cell - 1] * value
        x[cell] = value
    value = value * inverse[x.size - 1]
    x[x.size - 1] = value
    for cell in range(x.size - 2, -1, -1):
        value = inverse[cell] * x[cell] + back[cell] * value
        x[cell] = value


@njit(cache=True)
def _return_at_once(
    inverse: Array, carry: Array, back: Array, below: int, escape: float, now: float, reply: Array
) -> float:
    """Fill ``reply`` with the effect of a unit of mass put at the reset, and return what one spike's return adds.

    Where the refractory period ends within the step, a share ``now`` of the step's own spikes is back before its end.
    One minus the chance to spike again is summed up from what stays, not subtracted.
    """
    reply[:] = 0.0
    reply[below - 1] = 0.5
    reply[below] = 0.5
    _solve(inverse, carry, back, reply)
    return now / (reply.sum() + (1.0 - now) * escape * reply[-1])


@njit(cache=True)
def _stage(
    inverse: Array, carry: Array, back: Array, below: int, returned: float, again: float, reply: Array, x: Array
) -> None:
    """Do one implicit stage in place: ``returned`` at the reset, the solution, and spikes back that are due at once."""
    x[below - 1] += returned / 2
    x[below] += returned / 2
    _solve(inverse, carry, back, x)
    if again > 0:
        returns = again * x[-1]
        for cell in range(x.size):
            x[cell] += returns * reply[cell]


@njit(cache=True)
def _positive(masses: Array, spikes: float) -> float:
    """Take back what the second stage drew below zero, all probability kept, and return the spikes of the step.

    Two stages subtract: where the input jumps, cells that empty within a step are left with less than nothing. That
    debt is paid by all others in proportion to what they hold.
    """
    if spikes < 0:
        masses[-1] += spikes
        spikes = 0.0
    debt, held = 0.0, 0.0
    for cell in range(masses.size):
        if masses[cell] < 0:
            debt -= masses[cell]
            masses[cell] = 0.0
        else:
            held += masses[cell]
    if debt > 0:
        masses *= (held - debt) / held
    return spikes


@njit(cache=True, fastmath={"contract", "reassoc"})
def _observe(below: int, lag: int, fraction: float, t: int, masses: Array, emitted: Array, seen: Array) -> None:
    """Write place, refractory share and all probability at the end of step ``t``."""
    place, total, resting = 0.0, 0.0, fraction * emitted[(t - lag) % emitted.size]
    for cell in range(masses.size):
        place += (cell + 0.5 - below) * masses[cell]
        total += masses[cell]
    for age in range(lag):
        resting += emitted[(t - age) % emitted.size]
    seen[0, t], seen[1, t], seen[2, t] = place, resting, total + resting


@njit(cache=True)
def march(
    mu: Array, sigma: Array, pulls: FluxPulls, width: float, tau_m: float, below: int, dt: float, second_order: bool,
    lag: int, fraction: float, masses: Array, emitted: Array, kept_steps: NDArray[np.int64],
) -> tuple[Array, Array, Array]:  # fmt: skip
    """Step the probabilities of a population through time.

    Parameters
    ----------
    mu, sigma : (n_t,) array
        Mean free potential and noise amplitude during each step, V.
    pulls : FluxPulls
        Deterministic part of tau_m dV/dt without ``mu`` on the way from each cell to the next.
    width, tau_m : float
        Width of a cell, V, and membrane time constant, s.
    below : int
        Number of cells below the reset.
    dt, second_order : float, bool
        Time step, s, and whether it is done in two stages (second order) or by backward Euler.
    lag, fraction : int, float
        Refractory period in steps.
    masses : (n_v,) array
        Probability in each cell; overwritten by the last one.
    emitted : (lag + 2,) array
        Spikes of past steps, step k at place k modulo lag + 2; overwritten.
    kept_steps : (n_k,) array of int
        Rising numbers of the steps after which all probabilities are kept.

    Returns
    -------
    tuple of array
        Rate at the end and mean rate of each step (2, n_t), Hz; mean distance from the reset in cells, refractory share
        and all probability (3, n_t); kept probabilities (n_k, n_v).
    """
    n_t, n_v, rows = mu.size, masses.size, lag + 2
    up, down, reply = np.empty(n_v), np.zeros(n_v), np.zeros(n_v)
    inverse, carry, back = np.empty(n_v), np.empty(n_v), np.empty(n_v)
    rate, seen = np.empty((2, n_t)), np.empty((3, n_t))
    kept, taken = np.empty((kept_steps.size, n_v)), 0
    escape, again = 0.0, 0.0
    share = STAGE if second_order else 1.0
    lead = (1.0 - share) / share
    now, older = (1.0 - fraction, 0.0) if lag == 0 else (0.0, 1.0 - fraction)
    for t in range(n_t):
        if t == 0 or mu[t] != mu[t - 1] or sigma[t] != sigma[t - 1]:
            exchange(mu[t], sigma[t], pulls, width, tau_m, up, down)
            _eliminate(share * dt, up, down, inverse, carry, back)
            escape = share * dt * up[-1]
            if now > 0:
                again = escape * _return_at_once(inverse, carry, back, below, escape, now, reply)
        returned = share * (fraction * emitted[(t - lag - 1) % rows] + older * emitted[(t - lag) % rows])
        spikes = 0.0
        if second_order:
            start = masses.copy()
            _stage(inverse, carry, back, below, returned, again, reply, masses)
            spikes = lead * escape * masses[-1]
            for cell in range(n_v):
                masses[cell] = lead * masses[cell] + (1.0 - lead) * start[cell]
        _stage(inverse, carry, back, below, returned, again, reply, masses)
        spikes += escape * masses[-1]
        if second_order:
            spikes = _positive(masses, spikes)
        rate[0, t], rate[1, t] = up[-1] * masses[-1], spikes / dt
        emitted[t % rows] = spikes
        _observe(below, lag, fraction, t, masses, emitted, seen)
        if taken < kept_steps.size and kept_steps[taken] == t:
            kept[taken] = masses
            taken += 1
    return rate, seen, kept
