"""The exponential integrate-and-fire cell in white noise: response of the rate, mean potential, many cells at once."""

import math
import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from numbers import Integral
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..units import takes
from .arrays import element
from .cell_points import CellPoints, cell_points, points_of_one
from .exponential_cell import ExponentialCell
from .threshold_response import check_frequency, check_steepness

Array = NDArray[np.floating]
ComplexArray = NDArray[np.complexfloating]
Modulation = Literal["mu", "sigma"]

LOWER_SDS = 6.5  # below the lower of mean and reset; leaves out 1e-10 of the density
MODULATIONS = ("mu", "sigma")


class StationaryCells(NamedTuple):
    """Many cells at their operating points.

    ``log_rate`` (n,) of Hz, ``mean_potential`` (n,) V, and ``relative_response`` (n, 2, n_laplace), 1/V: what a
    modulation of mu and of sigma adds to the rate, divided by the rate, so that it exists for silent cells too.
    """

    log_rate: Array
    mean_potential: Array
    relative_response: ComplexArray


def _check_points(caller: str, points: CellPoints, size: int) -> None:
    for name, values in (("mu", points.mu), ("sigma", points.sigma)):
        if not np.all(np.isfinite(values)):
            place = element(points.shape, int(np.argmin(np.isfinite(values))))
            raise ValueError(f"{caller}: {name}{place} is a number that is not finite; leave it out.")
    if not np.all(points.sigma > 0):
        lowest = int(np.argmin(points.sigma))
        raise ValueError(
            f"{caller}: sigma{element(points.shape, lowest)} = {points.sigma[lowest]:g} V must be above 0 V; give the "
            "cell some noise."
        )
    if not isinstance(size, Integral) or size < 50:
        raise ValueError(f"{caller}: size = {size} is not a whole number of at least 50 steps; take 1000 or more.")
    _, _, v_threshold, v_reset, _, v_spike = points.cells
    lowest = np.minimum(points.mu, v_reset) - LOWER_SDS * points.sigma / math.sqrt(2)
    step = (v_spike - lowest) / size
    falls = 2 * np.maximum(v_threshold - points.mu, 0.0) * step / points.sigma**2
    check_steepness(caller, float(np.max(falls, initial=0.0)))


def stationary_points(points: CellPoints, laplace: ComplexArray, size: int, caller: str) -> StationaryCells:
    """Return rates, mean potentials and relative responses of many cells (n,), on all processors.

    ``laplace`` (n_laplace,) is i w or any complex number right of it, 1/s.
    """
    from .threshold_steps import exponential_cells  # compiled when first asked for

    _check_points(caller, points, size)
    count = points.mu.size
    found = StationaryCells(np.empty(count), np.empty(count), np.empty((count, 2, laplace.size), dtype=np.complex128))
    s = np.ascontiguousarray(laplace.astype(np.complex128))

    def solve(part: slice) -> None:
        cells = np.ascontiguousarray(points.cells[:, part])
        filled = (values[part] for values in found)
        exponential_cells(points.mu[part], points.sigma[part], cells, LOWER_SDS, size, s, *filled)

    workers = min(os.cpu_count() or 1, count // 4)
    if workers < 2:
        solve(slice(None))
        return found
    edges = np.linspace(0, count, 4 * workers + 1).astype(int)
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(solve, (slice(a, b) for a, b in pairwise(edges))))
    return found


def stationary_cells(
    cell: ExponentialCell,
    mu: Array,
    sigma: Array,
    laplace: ComplexArray,
    size: int = 2000,
    caller: str = "eif_response",
) -> StationaryCells:
    """Return the same for one cell at operating points (n,)."""
    return stationary_points(points_of_one(cell, mu, sigma), laplace, size, caller)


@takes(
    frequency="Hz", mu="V", sigma="V", tau_m="s", tau_ref="s", v_threshold="V", v_reset="V", slope_factor="V",
    v_cutoff="V",
)  # fmt: skip
def eif_response(
    frequency: ArrayLike,
    mu: ArrayLike,
    sigma: ArrayLike,
    *,
    tau_m: ArrayLike,
    tau_ref: ArrayLike,
    v_threshold: ArrayLike,
    v_reset: ArrayLike,
    slope_factor: ArrayLike,
    v_cutoff: ArrayLike,
    modulation: Modulation = "mu",
    size: int = 2000,
) -> ComplexArray:
    """Return the linear response of the rate of an exponential integrate-and-fire cell.

    If ``mu`` (or ``sigma``) is modulated by eps exp(i w t), the rate is modulated by eps times this times exp(i w t).

    Source: richardson2007 (the method); fourcaudtrocme2003 (the cell).
    Assumptions: linear response, white noise, refractory cells return to the reset with the phase exp(-i w tau_ref).
    Error of second order in the voltage step (see ``size``).

    Parameters
    ----------
    frequency : array
        Frequency, Hz; 0 gives the slope of the stationary rate.
    mu, sigma : array
        Mean free potential and canonical noise amplitude (sqrt(2) times the sd of the free potential), V.
    tau_m, tau_ref : array
        Membrane time constant and refractory period, s.
    v_threshold, v_reset, v_cutoff : array
        Potential V_T at which the spike-generating current balances the leak's slope, reset and cutoff, V.
    slope_factor : array
        Delta_T, V; 0 makes it the leaky cell, which spikes at ``v_threshold``.
    modulation : {"mu", "sigma"}
        Which of the two is modulated.
    size : int
        Number of voltage steps.

    Returns
    -------
    array
        Complex response, Hz/V, of the broadcast shape of all arguments.

    Raises
    ------
    ValueError
        If a parameter is out of range (the message says which element), or the steps are too wide for the noise.
    """
    if modulation not in MODULATIONS:
        raise ValueError(f"eif_response: modulation = {modulation!r} is unknown; give one of {', '.join(MODULATIONS)}.")
    cell = {
        "tau_m": tau_m,
        "tau_ref": tau_ref,
        "v_threshold": v_threshold,
        "v_reset": v_reset,
        "slope_factor": slope_factor,
        "v_cutoff": v_cutoff,
    }
    points, hertz = cell_points("eif_response", mu, sigma, cell), np.asarray(frequency, dtype=float)
    check_frequency("eif_response", hertz)
    shape = np.broadcast_shapes(hertz.shape, points.shape)
    rows = np.stack([points.mu, points.sigma, *points.cells])
    first, which = np.unique(rows, axis=1, return_index=True, return_inverse=True)[1:]
    where, f = np.broadcast_to(which.reshape(points.shape), shape).ravel(), np.broadcast_to(hertz, shape).ravel()
    response = np.empty(f.size, dtype=complex)
    for index in range(first.size):
        chosen = np.flatnonzero(where == index)
        one = points.chosen(first[index : index + 1])
        found = stationary_points(one, 2j * np.pi * f[chosen], size, "eif_response")
        response[chosen] = np.exp(found.log_rate[0]) * found.relative_response[0, MODULATIONS.index(modulation)]
    return response.reshape(shape)


@takes(mu="V", sigma="V", tau_m="s", tau_ref="s", v_threshold="V", v_reset="V", slope_factor="V", v_cutoff="V")
def eif_mean_potential(
    mu: ArrayLike,
    sigma: ArrayLike,
    *,
    tau_m: ArrayLike,
    tau_ref: ArrayLike,
    v_threshold: ArrayLike,
    v_reset: ArrayLike,
    slope_factor: ArrayLike,
    v_cutoff: ArrayLike,
    size: int = 2000,
) -> Array:
    """Return the mean of the actual potential of an exponential cell, from its stationary density, V.

    Assumptions: white noise; the potential is held at the reset during the refractory period. Unlike the leaky cell's
    (`mean_potential`) it has no closed form in the rate, since the spike-generating current moves charge too.
    Parameters are those of `eif_response`; the result has the broadcast shape of all.
    """
    cell = {
        "tau_m": tau_m,
        "tau_ref": tau_ref,
        "v_threshold": v_threshold,
        "v_reset": v_reset,
        "slope_factor": slope_factor,
        "v_cutoff": v_cutoff,
    }
    points = cell_points("eif_mean_potential", mu, sigma, cell)
    found = stationary_points(points, np.empty(0, complex), size, "eif_mean_potential")
    return found.mean_potential.reshape(points.shape)
