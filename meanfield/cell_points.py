"""Many exponential cells, each at an operating point of its own: arrays of parameters checked and broadcast."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import element
from .exponential_cell import ExponentialCell

Array = NDArray[np.floating]


class CellPoints(NamedTuple):
    """n cells at their operating points, in the order of the broadcast arrays.

    ``shape`` (...) that of the arrays broadcast together, n its size; ``mu`` and ``sigma`` (n,) V; ``cells`` (6, n)
    tau_m, tau_ref, v_threshold, v_reset, slope_factor, SI, and where a spike is counted, V.
    """

    shape: tuple[int, ...]
    mu: Array
    sigma: Array
    cells: Array

    def chosen(self, where: NDArray[np.integer]) -> "CellPoints":
        """Return the cells at these places, as one row."""
        return CellPoints((len(where),), self.mu[where], self.sigma[where], self.cells[:, where])


def cell_points(caller: str, mu: ArrayLike, sigma: ArrayLike, cell: Mapping[str, ArrayLike]) -> CellPoints:
    """Return the cells of broadcast parameters at broadcast operating points.

    Parameters
    ----------
    caller : str
        Who asks, for messages.
    mu, sigma : array
        Mean free potential and canonical noise amplitude, V.
    cell : mapping of str to array
        The fields of `ExponentialCell`.

    Raises
    ------
    ValueError
        If the shapes do not broadcast, or an element of ``cell`` is no cell; the message says which.
    """
    arrays = [np.asarray(value, dtype=float) for value in (mu, sigma, *cell.values())]
    try:
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
    except ValueError as error:
        shapes = ", ".join(f"{name} {a.shape}" for name, a in zip(("mu", "sigma", *cell), arrays, strict=True))
        raise ValueError(f"{caller}: shapes do not broadcast: {shapes}; give arrays that do.") from error
    cells = _checked_cells(caller, cell)
    return _flat(shape, arrays[0], arrays[1], cells)


def points_of_one(cell: ExponentialCell, mu: ArrayLike, sigma: ArrayLike) -> CellPoints:
    """Return one cell at broadcast operating points, V."""
    means, noises = np.asarray(mu, dtype=float), np.asarray(sigma, dtype=float)
    return _flat(np.broadcast_shapes(means.shape, noises.shape), means, noises, np.array(_row(cell)))


def _flat(shape: tuple[int, ...], mu: Array, sigma: Array, cells: Array) -> CellPoints:
    means, noises = (np.broadcast_to(array, shape).ravel() for array in (mu, sigma))
    own = cells.shape[1:]
    aligned = cells.reshape(6, *(1,) * (len(shape) - len(own)), *own)
    return CellPoints(shape, means, noises, np.broadcast_to(aligned, (6, *shape)).reshape(6, -1))


def _row(cell: ExponentialCell) -> tuple[float, ...]:
    return tuple({**cell.parameters, "v_cutoff": cell.v_spike}.values())


def _checked_cells(caller: str, cell: Mapping[str, ArrayLike]) -> Array:
    """Return the rows of the cells (6, ...) of the shape of their own parameters; equal cells are checked once."""
    own = np.broadcast_arrays(*(np.asarray(value, dtype=float) for value in cell.values()))
    sets, first, which = np.unique(
        np.stack([array.ravel() for array in own], axis=1), axis=0, return_index=True, return_inverse=True
    )
    rows = np.empty((len(sets), 6))
    for index in np.argsort(first):
        try:
            rows[index] = _row(ExponentialCell(**dict(zip(cell, map(float, sets[index]), strict=True))))
        except ValueError as error:
            place = element(own[0].shape, int(first[index]))
            raise ValueError(f"{caller}, cell {place}: {error}" if place else str(error)) from error
    return rows[which.ravel()].T.reshape(6, *own[0].shape)
