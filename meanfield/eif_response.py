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
from .exponential_cell import ExponentialCell, Given
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


def _check_points(caller: str, cell: ExponentialCell, mu: Array, sigma: Array, size: int) -> None:
    if not np.all(sigma > 0):
        raise ValueError(f"{caller}: sigma = {np.min(sigma):g} V must be above 0 V; give the cell some noise.")
    for name, values in (("mu", mu), ("sigma", sigma)):
        if not np.all(np.isfinite(values)):
            raise ValueError(f"{caller}: {name} holds a number that is not finite; leave it out.")
    if not isinstance(size, Integral) or size < 50:
        raise ValueError(f"{caller}: size = {size} is not a whole number of at least 50 steps; take 1000 or more.")
    lowest = np.minimum(mu, cell.v_reset) - LOWER_SDS * sigma / math.sqrt(2)
    step = (cell.v_spike - lowest) / size
    check_steepness(caller, float(np.max(2 * np.maximum(cell.v_threshold - mu, 0.0) * step / sigma**2, initial=0.0)))


def stationary_cells(
    cell: ExponentialCell,
    mu: Array,
    sigma: Array,
    laplace: ComplexArray,
    size: int = 2000,
    caller: str = "eif_response",
) -> StationaryCells:
    """Return rates, mean potentials and relative responses at operating points (n,), on all processors.

    ``laplace`` (n_laplace,) is i w or any complex number right of it, 1/s.
    """
    from .threshold_steps import exponential_cells  # compiled when first asked for

    _check_points(caller, cell, mu, sigma, size)
    found = StationaryCells(
        np.empty(mu.size), np.empty(mu.size), np.empty((mu.size, 2, laplace.size), dtype=np.complex128)
    )
    parameters = tuple({**cell.parameters, "v_cutoff": cell.v_spike}.values())
    points, noises, s = (np.ascontiguousarray(a) for a in (mu, sigma, laplace.astype(np.complex128)))

    def solve(part: slice) -> None:
        exponential_cells(
            points[part], noises[part], parameters, LOWER_SDS, size, s, *(values[part] for values in found)
        )

    workers = min(os.cpu_count() or 1, mu.size // 4)
    if workers < 2:
        solve(slice(None))
        return found
    edges = np.linspace(0, mu.size, 4 * workers + 1).astype(int)
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(solve, (slice(a, b) for a, b in pairwise(edges))))
    return found


@takes(
    frequency="Hz", mu="V", sigma="V", tau_m="s", tau_ref="s", v_threshold="V", v_reset="V", slope_factor="V",
    v_cutoff="V",
)  # fmt: skip
def eif_response(
    frequency: ArrayLike,
    mu: ArrayLike,
    sigma: ArrayLike,
    *,
    tau_m: Given,
    tau_ref: Given,
    v_threshold: Given,
    v_reset: Given,
    slope_factor: Given,
    v_cutoff: Given,
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
    tau_m, tau_ref : float
        Membrane time constant and refractory period, s.
    v_threshold, v_reset, v_cutoff : float
        Potential V_T at which the spike-generating current balances the leak's slope, reset and cutoff, V.
    slope_factor : float
        Delta_T, V; 0 makes it the leaky cell, which spikes at ``v_threshold``.
    modulation : {"mu", "sigma"}
        Which of the two is modulated.
    size : int
        Number of voltage steps.

    Returns
    -------
    array
        Complex response, Hz/V, of the broadcast shape of ``frequency``, ``mu`` and ``sigma``.

    Raises
    ------
    ValueError
        If a parameter is out of range, or the steps are too wide for the noise.
    """
    if modulation not in MODULATIONS:
        raise ValueError(f"eif_response: modulation = {modulation!r} is unknown; give one of {', '.join(MODULATIONS)}.")
    cell = ExponentialCell(
        tau_m=tau_m,
        tau_ref=tau_ref,
        v_threshold=v_threshold,
        v_reset=v_reset,
        slope_factor=slope_factor,
        v_cutoff=v_cutoff,
    )
    f, mean, noise = np.broadcast_arrays(*(np.asarray(a, dtype=float) for a in (frequency, mu, sigma)))
    check_frequency("eif_response", f)
    points, where = np.unique(np.stack([mean.ravel(), noise.ravel()]), axis=1, return_inverse=True)
    response = np.empty(f.size, dtype=complex)
    for index, (one_mu, one_sigma) in enumerate(points.T):
        chosen = np.flatnonzero(where.ravel() == index)
        laplace = 2j * np.pi * f.ravel()[chosen]
        found = stationary_cells(cell, np.array([one_mu]), np.array([one_sigma]), laplace, size)
        response[chosen] = np.exp(found.log_rate[0]) * found.relative_response[0, MODULATIONS.index(modulation)]
    return response.reshape(f.shape)


@takes(mu="V", sigma="V", tau_m="s", tau_ref="s", v_threshold="V", v_reset="V", slope_factor="V", v_cutoff="V")
def eif_mean_potential(
    mu: ArrayLike,
    sigma: ArrayLike,
    *,
    tau_m: Given,
    tau_ref: Given,
    v_threshold: Given,
    v_reset: Given,
    slope_factor: Given,
    v_cutoff: Given,
    size: int = 2000,
) -> Array:
    """Return the mean of the actual potential of an exponential cell, from its stationary density, V.

    Assumptions: white noise; the potential is held at the reset during the refractory period. Unlike the leaky cell's
    (`mean_potential`) it has no closed form in the rate, since the spike-generating current moves charge too.
    Parameters are those of `eif_response`; the result has the broadcast shape of ``mu`` and ``sigma``.
    """
    cell = ExponentialCell(
        tau_m=tau_m,
        tau_ref=tau_ref,
        v_threshold=v_threshold,
        v_reset=v_reset,
        slope_factor=slope_factor,
        v_cutoff=v_cutoff,
    )
    mean, noise = np.broadcast_arrays(np.asarray(mu, dtype=float), np.asarray(sigma, dtype=float))
    found = stationary_cells(cell, mean.ravel(), noise.ravel(), np.empty(0, complex), size, "eif_mean_potential")
    return found.mean_potential.reshape(mean.shape)
