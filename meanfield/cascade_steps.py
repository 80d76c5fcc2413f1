"""Compiled steps of the linear-nonlinear cascade."""

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _place(axis, value):
    """Return the grid interval that holds ``value`` and the share of its upper end."""
    k = min(max(np.searchsorted(axis, value) - 1, 0), axis.size - 2)
    return k, (value - axis[k]) / (axis[k + 1] - axis[k])


@njit(cache=True, nogil=True)
def _follow(value, goal, dt, tau):
    """Return the exact step of a first-order filter; with no time constant it is at its goal."""
    return goal + (value - goal) * math.exp(-dt / tau) if tau > 0 else goal


@njit(cache=True, nogil=True)
def run(mu, sigma, dt, slow, mu_axis, sigma_axis, values, state, recorded):
    """Fill ``recorded`` (n_t, 7) and return the step at which the state left the table, or -1."""
    resistance, conductance, jump, tau_w, reversal = slow
    for t in range(mu.size):
        drive = state[0] - resistance * state[2]
        if not (mu_axis[0] <= drive <= mu_axis[-1] and sigma_axis[0] <= state[1] <= sigma_axis[-1]):
            return t
        i, x = _place(mu_axis, drive)
        j, y = _place(sigma_axis, state[1])
        now = (1 - x) * ((1 - y) * values[i, j] + y * values[i, j + 1])
        now += x * ((1 - y) * values[i + 1, j] + y * values[i + 1, j + 1])
        rate, mean, tau_mu, tau_sigma = now
        recorded[t, 0], recorded[t, 1] = rate, mean
        recorded[t, 2], recorded[t, 3], recorded[t, 4] = state[0], state[1], state[2]
        recorded[t, 5], recorded[t, 6] = tau_mu, tau_sigma
        state[0] = _follow(state[0], mu[t], dt, tau_mu)
        state[1] = _follow(state[1], sigma[t], dt, tau_sigma)
        goal = conductance * (mean - reversal) + tau_w * jump * rate if resistance > 0 else state[2]
        state[2] = _follow(state[2], goal, dt, tau_w)
    return -1
