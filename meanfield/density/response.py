"""The linear response of a population to a small modulation of its input, from the density itself."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_banded

from ...units import takes
from ..arrays import parameter_sets
from .finite_volume import VoltageCells, exchange
from .fokker_planck import FokkerPlanck

Array = NDArray[np.floating]
ComplexArray = NDArray[np.complexfloating]

# A central difference this small is exact to about ten digits.
_STEP = 1e-5


def hops(population: FokkerPlanck, cells: VoltageCells, mu: float, sigma: float) -> tuple[Array, Array]:
    """Return the rates (1/s) from each voltage cell to the one above and back, the escape last, under input (V)."""
    up, down = np.zeros(cells.below + cells.above), np.zeros(cells.below + cells.above)
    pulls = population.flux_pulls(cells)
    exchange(float(mu), float(sigma), pulls, cells.width, population.tau_m, up, down)
    return up, down


def _handed_on(up: Array, down: Array, masses: Array) -> Array:
    """Return the rate of change of each cell's probability by its hops, escape included, 1/s."""
    upward = up * masses
    flux = upward[:-1] - down[:-1] * masses[1:]
    return np.concatenate([[0.0], flux]) - np.append(flux, upward[-1])


@takes(frequency="Hz", mu="V", sigma="V")
def density_response(
    population: FokkerPlanck,
    frequency: ArrayLike,
    mu: ArrayLike,
    sigma: ArrayLike,
    *,
    modulation: Literal["mu", "sigma"] = "mu",
) -> ComplexArray:
    """Return the modulation of the rate per modulation of the input, both as exp(i 2 pi frequency t).

    Source: augustin2017 (the linearised equation); the refractory delay enters as a phase of the returning spikes.
    Assumptions: those of `FokkerPlanck`; a modulation small enough to be linear. Error of second order in the width of
    the voltage cells.

    Parameters
    ----------
    population : FokkerPlanck
        The population.
    frequency : array
        Frequency of the modulation, Hz, above 0 (there it is the slope of `FokkerPlanck.stationary_rate`).
    mu, sigma : array
        Mean free potential and canonical noise amplitude about which the input is modulated, V.
    modulation : "mu" or "sigma"
        Which of them is.

    Returns
    -------
    complex array
        Response, Hz/V, of the broadcast shape of ``frequency``, ``mu`` and ``sigma``.

    Raises
    ------
    ValueError
        If a frequency is not positive and finite, or the modulated quantity unknown.
    """
    frequencies = np.asarray(frequency, dtype=float)
    if not np.all((frequencies > 0) & (frequencies < np.inf)):
        raise ValueError(
            f"density_response: frequency = {frequency} Hz must be above 0 Hz and finite; use the slope of "
            "stationary_rate at 0 Hz."
        )
    if modulation not in ("mu", "sigma"):
        raise ValueError(f"density_response: modulation = {modulation!r} is unknown; choose 'mu' or 'sigma'.")
    f, means, noises = np.broadcast_arrays(frequencies, np.asarray(mu, dtype=float), np.asarray(sigma, dtype=float))
    response = np.empty(f.size, dtype=complex)
    for (mean, noise), where in parameter_sets(means, noises):
        response[where] = _responses(population, f.ravel()[where], mean, noise, modulation)
    return response.reshape(f.shape)


def _responses(population: FokkerPlanck, frequencies: Array, mu: float, sigma: float, modulation: str) -> ComplexArray:
    """Return the modulation of the rate at frequencies (n,) about one operating point."""
    state, step = population.stationary(mu, sigma), _STEP * sigma
    more, less = ((mu + d, sigma) if modulation == "mu" else (mu, sigma + d) for d in (step, -step))
    rising, falling = hops(population, state.cells, *more), hops(population, state.cells, *less)
    drive = (_handed_on(*rising, state.masses) - _handed_on(*falling, state.masses)) / (2 * step)
    direct = (rising[0][-1] - falling[0][-1]) / (2 * step) * state.masses[-1]
    rates = hops(population, state.cells, mu, sigma)
    found = [_modulation(2j * np.pi * f, population.tau_ref, state.cells, rates, drive, direct) for f in frequencies]
    return np.array(found, dtype=complex)


def _modulation(
    growth: complex, tau_ref: float, cells: VoltageCells, rates: tuple[Array, Array], drive: Array, direct: float
) -> complex:
    """Return the modulation of the rate (Hz) whose spikes come back after the refractory delay."""
    up, down = rates
    size = up.size
    banded = np.zeros((3, size), dtype=complex)
    banded[0, 1:], banded[2, :-1] = -down[:-1], -up[:-1]
    banded[1] = growth + up + np.append(0.0, down[:-1])
    returned = np.zeros(size)
    returned[cells.below - 1 : cells.below + 1] = 0.5
    driven, passed = solve_banded((1, 1), banded, np.stack([drive, returned], axis=1).astype(complex)).T
    return (up[-1] * driven[-1] + direct) / (1 - np.exp(-growth * tau_ref) * up[-1] * passed[-1])
