"""The density of potential and coloured noise of cells that leave at the threshold: one linear solve for a whole batch.

Between spikes dV/dt = velocity(V) + noise(V) eta with eta an Ornstein-Uhlenbeck process. Mass enters at a stated
place, moves, leaves through the top face (a spike) or, in a stage of limited life, at a constant rate; the solve
returns the mass that is there in the stationary state, hence the mean time spent at every potential.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from .synaptic_drive import Array


@dataclass(frozen=True)
class Passage:
    """The factorised problem of one stage: ``occupation(source)`` solves it for any source.

    Velocities up and down are (batch, cells + 1, states), inverse blocks (batch, cells, states, states).
    """

    up: Array
    down: Array
    inverses: Array

    def occupation(self, source: Array) -> Array:
        """Return the stationary density that ``source`` per unit time keeps up, both (batch, cells, states)."""
        density = np.empty_like(source)
        _substitute(self.up, self.down, self.inverses, source, density)
        return density

    def flux(self, density: Array) -> Array:
        """Return the probability per unit time (batch, states) that leaves through the highest face."""
        return self.up[:, -1] * density[:, -1]


def passage(velocity: Array, widths: Array, generator: Array, leaving: float) -> Passage:
    """Factorise the motion of cells that leave at the threshold, and everywhere at a constant rate.

    Method: finite volumes, upwind in potential; block elimination along the potential.

    Parameters
    ----------
    velocity : (batch, cells + 1, states) array
        dV/dt at the cell faces for every noise state, V/s. Nothing passes the lowest face, nothing returns through
        the highest.
    widths : (batch, cells) array
        Cell widths, V.
    generator : (batch, states, states) array
        Generator of the noise, 1/s.
    leaving : float
        Rate at which mass leaves everywhere, 1/s.
    """
    up, down = np.maximum(velocity, 0.0), np.minimum(velocity, 0.0)
    down[:, 0] = 0.0
    states = velocity.shape[2]
    inverses = np.empty((*widths.shape, states, states))
    _factorise(up, down, widths, leaving * np.eye(states) - generator, inverses)
    return Passage(up, down, inverses)


@njit(cache=True)
def _factorise(up: Array, down: Array, widths: Array, exchange: Array, inverses: Array) -> None:
    """Fill the inverse blocks of the elimination from the lowest cell to the highest."""
    states = up.shape[2]
    for one in range(widths.shape[0]):
        for cell in range(widths.shape[1]):
            block = inverses[one, cell]
            for i in range(states):
                for j in range(states):
                    block[i, j] = exchange[one, i, j] * widths[one, cell]
                    if cell:
                        block[i, j] += up[one, cell, i] * inverses[one, cell - 1, i, j] * down[one, cell, j]
                block[i, i] += up[one, cell + 1, i] - down[one, cell, i]
            _invert(block)


@njit(cache=True, fastmath={"contract", "reassoc"})
def _invert(block: Array) -> None:
    """Invert a block (states, states) in place by Gauss-Jordan elimination.

    It is diagonally dominant by columns with negative off-diagonals, which needs no pivoting.
    """
    states = len(block)
    for k in range(states):
        pivot = 1.0 / block[k, k]
        block[k, k] = 1.0
        for j in range(states):
            block[k, j] *= pivot
        for i in range(states):
            if i != k:
                share = block[i, k]
                block[i, k] = 0.0
                for j in range(states):
                    block[i, j] -= share * block[k, j]


@njit(cache=True)
def _substitute(up: Array, down: Array, inverses: Array, source: Array, density: Array) -> None:
    """Fill the density from its source, up along the cells and down again."""
    cells, states = source.shape[1], source.shape[2]
    inflow = np.empty(states)
    for one in range(source.shape[0]):
        for cell in range(cells):
            for i in range(states):
                inflow[i] = source[one, cell, i] + (up[one, cell, i] * density[one, cell - 1, i] if cell else 0.0)
            for i in range(states):
                density[one, cell, i] = 0.0
                for j in range(states):
                    density[one, cell, i] += inverses[one, cell, i, j] * inflow[j]
        for cell in range(cells - 2, -1, -1):
            for j in range(states):
                inflow[j] = down[one, cell + 1, j] * density[one, cell + 1, j]
            for i in range(states):
                for j in range(states):
                    density[one, cell, i] -= inverses[one, cell, i, j] * inflow[j]


def potential_faces(reset: Array, top: Array, bottom: Array, *, above: int, below: int) -> Array:
    """Return cell faces (batch, below + above + 1): uniform from reset to top, stretching from reset down to bottom.

    The reset is a face, and the first cell below it is as wide as those above, so that the grid moves smoothly with
    every parameter.
    """
    step = (top - reset) / above
    ratio = _stretch((reset - bottom) / step, below)
    powers = np.concatenate([np.zeros_like(ratio)[:, None], ratio[:, None] ** np.arange(below)], axis=1)
    depth = step[:, None] * np.cumsum(powers, axis=1)
    return np.concatenate(
        [reset[:, None] - depth[:, :0:-1], reset[:, None] + step[:, None] * np.arange(above + 1)], axis=1
    )


def _stretch(depth: Array, cells: int) -> Array:
    """Return the ratio q with 1 + q + ... + q^(cells-1) = depth, by bisection."""
    low, high = np.full_like(depth, 1e-3), np.full_like(depth, 10.0)
    exponents = np.arange(cells)
    for _ in range(60):
        middle = (low + high) / 2
        short = (middle[:, None] ** exponents).sum(axis=1) < depth
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return (low + high) / 2
