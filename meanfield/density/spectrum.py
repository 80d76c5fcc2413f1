"""The eigenvalues of a population: how fast, and with which ringing, its rate forgets a disturbance."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ...units import takes
from .finite_volume import VoltageCells
from .fokker_planck import FokkerPlanck
from .response import hops

Array = NDArray[np.floating]
ComplexArray = NDArray[np.complexfloating]

_START_CELLS = 60
_LINE_POINTS = 16
_NEWTON_STEPS = 60
_FAST = 100.0


@njit(cache=True)
def _first_passage(growth: complex, up: Array, down: Array, below: int) -> tuple[complex, complex, complex, complex]:
    """Return the solution of the backward equation at reset and spike, and both derivatives by ``growth`` (1/s).

    Their ratio is the Laplace transform of the time from reset to spike. The equation is solved from the lowest cell
    up, the direction in which its solution grows; reset and spike values are then entire functions of ``growth``.
    """
    before, value, before_slope, slope = 0j, 1 + 0j, 0j, 0j
    reset, reset_slope = 0j, 0j
    for cell in range(up.size):
        if cell == below - 1 or cell == below:
            reset, reset_slope = reset + value / 2, reset_slope + slope / 2
        fall = down[cell - 1] if cell > 0 else 0.0
        after = value + (growth * value + fall * (value - before)) / up[cell]
        after_slope = slope + (growth * slope + value + fall * (slope - before_slope)) / up[cell]
        before, value, before_slope, slope = value, after, slope, after_slope
    return reset, value, reset_slope, slope


def _collocated(points: int, length: float) -> Array:
    """Return the matrix that differentiates a function given at Chebyshev points from 0 to ``length``."""
    places = (1 - np.cos(np.pi * np.arange(points) / (points - 1))) / 2 * length
    ends = np.ones(points)
    ends[[0, -1]] = 2
    weights = ends * (-1.0) ** np.arange(points)
    distance = places[:, None] - places[None, :] + np.eye(points)
    matrix = weights[:, None] / weights[None, :] / distance
    return matrix - np.diag(matrix.sum(axis=1))


def _coarse_eigenvalues(population: FokkerPlanck, mu: float, sigma: float) -> ComplexArray:
    """Return all eigenvalues (1/s) on few voltage cells, with the refractory line by collocation."""
    fine = population.cells(mu, sigma)
    below = max(round(fine.below * _START_CELLS / fine.above), 2)
    cells = VoltageCells(fine.v_reset, fine.v_spike, _START_CELLS, below)
    up, down = hops(population, cells, mu, sigma)
    # A spike current hands cells on in next to no time; for a start it is fast enough if it is far faster than noise.
    up = np.minimum(up, _FAST * down.max())
    size = up.size
    line = 0 if population.tau_ref == 0 else _LINE_POINTS - 1
    generator = np.zeros((size + line, size + line))
    generator[:size, :size] = np.diag(down[:-1], 1) + np.diag(up[:-1], -1) - np.diag(up + np.append(0.0, down[:-1]))
    spikes = np.zeros(size + line)
    spikes[size - 1] = up[-1]
    back = np.eye(size + line)[-1] if line else spikes
    if line:
        travel = -_collocated(_LINE_POINTS, population.tau_ref)
        generator[size:, size:] = travel[1:, 1:]
        generator[size:] += np.outer(travel[1:, 0], spikes)
    generator[below - 1 : below + 1] += back / 2
    return np.asarray(np.linalg.eigvals(generator), dtype=complex)


def _polished(start: complex, up: Array, down: Array, below: int, tau_ref: float) -> complex | None:
    """Return the root of the characteristic function that Newton's method reaches, if it reaches one."""
    growth = complex(start)
    for _ in range(_NEWTON_STEPS):
        reset, spike, reset_slope, spike_slope = _first_passage(growth, up, down, below)
        late = np.exp(-growth * tau_ref)
        slope = spike_slope - late * (reset_slope - tau_ref * reset)
        if not (np.isfinite(spike) and np.isfinite(slope) and slope != 0):
            return None
        step = (spike - late * reset) / slope
        growth -= step
        if abs(step) <= 1e-12 * (abs(growth) + 1 / tau_ref if tau_ref else abs(growth) + 1.0):
            return growth
    return None


@takes(mu="V", sigma="V")
def density_eigenvalues(population: FokkerPlanck, mu: float, sigma: float, *, count: int = 4) -> ComplexArray:
    """Return the rightmost eigenvalues of the population's evolution under constant input, without the zero.

    Source: augustin2017 (their use in rate models); trefethen2000 (collocation of the refractory line, for the start).
    Assumptions: those of `FokkerPlanck`. Starts are all eigenvalues on a coarse grid; each is then polished on the
    population's own cells, where the refractory delay is exact.

    Parameters
    ----------
    population : FokkerPlanck
        The population.
    mu, sigma : float
        Mean free potential and canonical noise amplitude, V.
    count : int
        How many to return; both of a conjugate pair are counted.

    Returns
    -------
    (count,) complex array
        Eigenvalues, 1/s, by falling real part; a disturbance decays as exp of eigenvalue times time.

    Raises
    ------
    ValueError
        If fewer than ``count`` are found.
    """
    starts = _coarse_eigenvalues(population, mu, sigma)
    starts = starts[np.argsort(-starts.real)][: 3 * count + 10]
    cells = population.cells(mu, sigma)
    up, down = hops(population, cells, mu, sigma)
    roots: list[complex] = []
    for start in starts:
        root = _polished(start, up, down, cells.below, population.tau_ref)
        if root is not None and abs(root) > 1e-6 and all(abs(root - other) > 1e-7 * abs(root) for other in roots):
            roots.append(root)
    if len(roots) < count:
        raise ValueError(
            f"density_eigenvalues: {len(roots)} of {count} eigenvalues found at mu = {mu} V, sigma = {sigma} V; ask "
            "for fewer."
        )
    found: ComplexArray = np.array(roots, dtype=np.complex128)
    return found[np.lexsort((-found.imag, -np.round(found.real, 6)))][:count]
