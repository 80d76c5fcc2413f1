"""The density of potential and coloured noise of cells that leave at the threshold: one linear solve for a whole batch.

Between spikes dV/dt = velocity(V) + noise(V) eta with eta an Ornstein-Uhlenbeck process. Mass enters at a stated
place, moves, leaves through the top face (a spike) or, in a stage of limited life, at a constant rate; the solve
returns the mass that is there in the stationary state, hence the mean time spent at every potential.
"""

from dataclasses import dataclass

import numpy as np

from .synaptic_drive import Array


@dataclass(frozen=True)
class Passage:
    """The factorised problem of one stage: ``occupation(source)`` solves it for any source.

    Inside, the batch is the last axis: velocities up and down (cells + 1, states, batch), inverse blocks (cells,
    states, states, batch).
    """

    up: Array
    down: Array
    inverses: Array

    def occupation(self, source: Array) -> Array:
        """Return the stationary density that ``source`` per unit time keeps up, both (batch, cells, states)."""
        inflow = np.ascontiguousarray(source.transpose(1, 2, 0))
        density = np.empty_like(inflow)
        for cell in range(len(inflow)):
            if cell:
                inflow[cell] += self.up[cell] * density[cell - 1]
            density[cell] = np.einsum("ijb,jb->ib", self.inverses[cell], inflow[cell])
        for cell in range(len(inflow) - 2, -1, -1):
            density[cell] -= np.einsum("ijb,jb->ib", self.inverses[cell], self.down[cell + 1] * density[cell + 1])
        return np.ascontiguousarray(density.transpose(2, 0, 1))

    def flux(self, density: Array) -> Array:
        """Return the probability per unit time (batch, states) that leaves through the highest face."""
        return self.up[-1].T * density[:, -1]


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
    moving = velocity.transpose(1, 2, 0)
    up, down = np.maximum(moving, 0.0), np.minimum(moving, 0.0)
    down[0] = 0.0
    exchange = np.ascontiguousarray(-generator.transpose(1, 2, 0))
    states = len(exchange)
    exchange[np.diag_indices(states)] += leaving
    inverses = np.empty((widths.shape[1], *exchange.shape))
    diagonal = np.diag_indices(states)
    for cell in range(widths.shape[1]):
        block = inverses[cell, ...]
        block[...] = exchange * widths[:, cell]
        block[diagonal] += up[cell + 1] - down[cell]
        if cell:
            block += up[cell][:, None] * inverses[cell - 1] * down[cell][None, :]
        _invert(block)
    return Passage(up, down, inverses)


def _invert(blocks: Array) -> None:
    """Invert blocks (states, states, batch) in place by Gauss-Jordan elimination.

    The blocks are diagonally dominant by columns with negative off-diagonals, which needs no pivoting, and
    elimination along the batch is several times faster than one small factorisation after another.
    """
    for k in range(len(blocks)):
        pivot = 1.0 / blocks[k, k]
        row, column = blocks[k] * pivot, blocks[:, k].copy()
        blocks -= column[:, None] * row[None, :]
        blocks[k] = row
        blocks[:, k] = -column * pivot
        blocks[k, k] = pivot


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
