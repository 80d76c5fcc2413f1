"""The history loop of finite populations, compiled: this module is imported only when a simulation runs."""

import math
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_FORGOTTEN = 1e-14  # of the population: a cohort with fewer survivors no longer counts


class Constants(NamedTuple):
    """What does not change: (p,) arrays unless said; times in s, potentials in V, rates in Hz.

    ``own`` (p, ages) threshold shift by age of the own last spike; ``later`` (p, ages) that of a spike before it, in
    quasi-renewal form; ``forget``, ``tail`` (p, k) decay per step of the threshold left by spikes older than the
    history, and what one such spike leaves; ``gather`` (p, p) synaptic weight times tau_m; ``relax`` (p,)
    exp(-dt/tau_s) of each source; ``bridge`` (p, p) tau_s/(tau_s - tau_m) (exp(-dt/tau_s) - exp(-dt/tau_m)).
    """

    dt: float
    size: Array
    reset: Array
    threshold: Array
    softness: Array
    rate: Array
    leak: Array
    half_leak: Array
    dead_steps: NDArray[np.int64]
    delay_steps: NDArray[np.int64]
    own: Array
    later: Array
    forget: Array
    tail: Array
    gather: Array
    relax: Array
    bridge: Array


class State(NamedTuple):
    """What changes: cohorts (p, history) of cells that fired in the same step, the free cells (p,), and the synapses.

    ``fired`` how many they were, ``silent`` how many have not fired since, ``variance`` of that number, ``u`` their
    potential, ``hazard`` at the end of the last step; the same for free cells; ``left`` (p, k) threshold left by
    forgotten spikes, V; ``synapse`` (p,) filtered activity, Hz.
    """

    fired: Array
    silent: Array
    variance: Array
    u: Array
    hazard: Array
    free_silent: Array
    free_variance: Array
    free_u: Array
    free_hazard: Array
    left: Array
    synapse: Array


@numba.njit(cache=True)
def _fire(before: float, after: float, dt: float) -> float:
    """Return the probability to fire in a step, from the hazard at both ends: 1 - exp(-x), by its series if small."""
    x = 0.5 * (before + after) * dt
    if x > 0.03:
        return 1 - math.exp(-x)
    return x * (1 - x / 2 * (1 - x / 3 * (1 - x / 4 * (1 - x / 5 * (1 - x / 6 * (1 - x / 7))))))


@numba.njit(cache=True)
def binomial_number(size: float, chance: float, uniform: float) -> float:
    """Return a binomial number from one uniform number, by searching outwards from the most likely value."""
    if chance <= 0 or chance >= 1:
        return 0.0 if chance <= 0 else size
    up = down = min(math.floor((size + 1) * chance), size)
    rest = math.lgamma(size + 1) - math.lgamma(up + 1) - math.lgamma(size - up + 1)
    above = below = math.exp(rest + up * math.log(chance) + (size - up) * math.log1p(-chance))
    odds, left, most_likely = chance / (1 - chance), uniform - above, up
    while left > 0 and above + below > 1e-18:
        above *= odds * (size - up) / (up + 1)
        up += 1
        left -= above
        if left <= 0:
            return up
        below *= down / (odds * (size - down + 1))
        down -= 1
        left -= below
        if left <= 0:
            return down
    return most_likely


@numba.njit(cache=True)
def _expected(a: int, step: int, push: float, constants: Constants, state: State) -> float:
    """Advance the cohorts of population ``a`` by one step and return the expected number of spikes."""
    history = state.fired.shape[1]
    oldest = step % history
    state.free_silent[a] += state.silent[a, oldest]
    state.free_variance[a] += state.variance[a, oldest]
    shift = 0.0
    for k in range(state.left.shape[1]):
        state.left[a, k] = state.left[a, k] * constants.forget[a, k] + state.fired[a, oldest] * constants.tail[a, k]
        shift += state.left[a, k]

    scale, softness = constants.rate[a], constants.softness[a]
    state.free_u[a] = state.free_u[a] * constants.leak[a] + push
    after = scale * np.exp((state.free_u[a] - constants.threshold[a] - shift) / softness)
    fire = _fire(state.free_hazard[a], after, constants.dt)
    state.free_hazard[a] = after
    cells, uncertain = state.free_silent[a], state.free_variance[a]
    spikes, uncertain_spikes = fire * cells, fire * uncertain
    state.free_silent[a] = (1 - fire) * cells
    state.free_variance[a] = (1 - fire) ** 2 * uncertain + fire * cells

    dead = constants.dead_steps[a]
    slot = oldest
    for age in range(history - 1, 0, -1):
        slot = slot + 1 if slot + 1 < history else 0
        threshold = constants.threshold[a] + shift + constants.own[a, age]
        shift += state.fired[a, slot] * constants.later[a, age]
        here = state.silent[a, slot]
        cells += here
        if age < dead or here + state.variance[a, slot] < _FORGOTTEN * constants.size[a]:
            continue
        dt = constants.dt
        if age == dead:
            # A spike falls in the middle of its step on average, so the cell is free for half of this one.
            dt = 0.5 * dt
            part = (1 - constants.half_leak[a]) / (1 - constants.leak[a])
            state.u[a, slot] = constants.reset[a] * constants.half_leak[a] + part * push
            state.hazard[a, slot] = scale * np.exp((constants.reset[a] - threshold) / softness)
        else:
            state.u[a, slot] = state.u[a, slot] * constants.leak[a] + push
        after = scale * np.exp((state.u[a, slot] - threshold) / softness)
        fire = _fire(state.hazard[a, slot], after, dt)
        state.hazard[a, slot] = after
        variance = state.variance[a, slot]
        spikes += fire * here
        uncertain += variance
        uncertain_spikes += fire * variance
        state.variance[a, slot] = (1 - fire) ** 2 * variance + fire * here
        state.silent[a, slot] = (1 - fire) * here

    if uncertain > 0:
        spikes += uncertain_spikes / uncertain * (constants.size[a] - cells)
    return min(max(spikes, 0.0), constants.size[a])


@numba.njit(cache=True)
def _begin_cohort(a: int, step: int, count: float, constants: Constants, state: State) -> None:
    """Let ``count`` cells of population ``a`` start anew, in place of the forgotten cohort."""
    slot = step % state.fired.shape[1]
    state.fired[a, slot] = state.silent[a, slot] = count
    state.variance[a, slot] = 0.0
    state.u[a, slot] = constants.reset[a]
    state.hazard[a, slot] = constants.rate[a] * np.exp(
        (constants.reset[a] - constants.threshold[a]) / constants.softness[a]
    )


@numba.njit(cache=True)
def _push(a: int, drive: float, arriving: Array, constants: Constants, state: State) -> float:
    """Return what input adds to every potential of population ``a`` in one step, V."""
    push = (1 - constants.leak[a]) * drive
    for b in range(arriving.size):
        steady = (1 - constants.leak[a]) * arriving[b]
        push += constants.gather[a, b] * (steady + (state.synapse[b] - arriving[b]) * constants.bridge[a, b])
    return push


@numba.njit(cache=True)
def run(
    constants: Constants,
    state: State,
    drive: Array,
    uniform: Array,
    activity: Array,
    expected: Array,
) -> None:
    """Fill ``activity`` and ``expected`` (p, time), Hz, under ``drive`` (p, time), V.

    ``uniform`` (p, time) random numbers; with none, (p, 0), each population fires as many spikes as expected.
    """
    populations, steps = drive.shape
    arriving, push = np.zeros(populations), np.zeros(populations)
    for step in range(steps):
        for b in range(populations):
            past = step - constants.delay_steps[b]
            arriving[b] = activity[b, past] if past >= 0 else state.synapse[b]
        for a in range(populations):
            push[a] = _push(a, drive[a, step], arriving, constants, state)
        for b in range(populations):
            state.synapse[b] = arriving[b] + (state.synapse[b] - arriving[b]) * constants.relax[b]
        for a in range(populations):
            mean = _expected(a, step, push[a], constants, state)
            count = mean
            if uniform.shape[1]:
                count = binomial_number(constants.size[a], mean / constants.size[a], uniform[a, step])
            _begin_cohort(a, step, count, constants, state)
            expected[a, step] = mean / (constants.size[a] * constants.dt)
            activity[a, step] = count / (constants.size[a] * constants.dt)
