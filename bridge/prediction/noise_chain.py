"""An Ornstein-Uhlenbeck noise as a Markov chain over its values, which keeps densities positive."""

from functools import cache

import numpy as np
from scipy.special import ndtr

from .synaptic_drive import Array

_REACH = 4.0  # standard deviations


@cache
def noise_chain(states: int) -> tuple[Array, Array, Array]:
    """Return values (states,), stationary weights (states,) and generator (states, states) of a unit-variance chain.

    Column j of the generator is the outflow of state j, per correlation time. Neighbouring states exchange
    probability in detailed balance (finite volumes of the Ornstein-Uhlenbeck Fokker-Planck equation). The chain is
    scaled to unit variance and to the exact correlation time, the two things the potential feels most.
    """
    edges = np.linspace(-_REACH, _REACH, states + 1)
    spacing = edges[1] - edges[0]
    weights = np.diff(ndtr(edges))
    weights /= weights.sum()
    exchange = np.exp(-(edges[1:-1] ** 2) / 2) / np.sqrt(2 * np.pi) / spacing
    generator = np.zeros((states, states))
    low, high = np.arange(states - 1), np.arange(1, states)
    generator[high, low] = exchange / weights[:-1]
    generator[low, high] = exchange / weights[1:]
    generator[np.diag_indices(states)] = -generator.sum(axis=0)
    slowest = np.sort(-np.linalg.eigvals(generator).real)[1]
    values = (edges[1:] + edges[:-1]) / 2
    return values / np.sqrt(weights @ values**2), weights, generator / slowest


def noise_after(states: int, elapsed: Array) -> Array:
    """Return the transition matrices (batch, states, states) over ``elapsed`` (batch,) correlation times."""
    left, rates, right = _modes(states)
    return np.einsum("ik,bk,kj->bij", left, np.exp(np.asarray(elapsed)[:, None] * rates), right)


@cache
def _modes(states: int) -> tuple[Array, Array, Array]:
    """Return the decaying modes of the chain; detailed balance makes the weighted generator symmetric."""
    _, weights, generator = noise_chain(states)
    root = np.sqrt(weights)
    rates, vectors = np.linalg.eigh(generator * root / root[:, None])
    return root[:, None] * vectors, rates, vectors.T / root
