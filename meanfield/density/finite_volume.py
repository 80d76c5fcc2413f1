"""The Fokker-Planck operator of an integrate-and-fire population, cut into voltage cells of equal width.

Between the middles of two neighbouring cells drift and flux are taken as constant, and the flux that solves this
exactly is used (Scharfetter and Gummel). Every exchange between cells is then a positive rate at which probability is
handed on, whatever drift and noise are, and the population is a Markov chain on cells: what is lost by one is gained by
the other.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.floating]

_SERIES_BELOW = 1e-3


@dataclass(frozen=True)
class VoltageCells:
    """Cells of equal width below a threshold, with the reset on the face between two of them.

    Parameters
    ----------
    v_reset, v_spike : float
        Reset and absorbing threshold, V.
    above, below : int
        Number of cells between reset and threshold, and below the reset.
    """

    v_reset: float
    v_spike: float
    above: int
    below: int

    @property
    def width(self) -> float:
        """Width of a cell, V."""
        return (self.v_spike - self.v_reset) / self.above

    @property
    def centres(self) -> Array:
        """Middles of the cells, V."""
        return self.v_reset + self.width * (np.arange(-self.below, self.above) + 0.5)

    @property
    def flux_potentials(self) -> Array:
        """Potentials at which the drift of each cell's upper flux is taken, V.

        Half-way between two middles; for the last cell half-way between its middle and the threshold.
        """
        faces = self.v_reset + self.width * np.arange(1 - self.below, self.above + 1)
        faces[-1] -= self.width / 4
        return faces


@njit(cache=True)
def bernoulli(z: float) -> float:
    """Return z/(exp(z) - 1) for z >= 0, by its series near zero."""
    if z < _SERIES_BELOW:
        return 1.0 - z / 2 + z * z / 12
    return z / np.expm1(z)


@njit(cache=True)
def hop_rates(pull: float, noise: float, width: float, tau_m: float) -> tuple[float, float]:
    """Return the rates (1/s) at which probability hops up and down between two cells.

    Source: scharfetter1969.
    Assumptions: tau_m dV = pull dt + noise sqrt(tau_m) dW, constant between the middles of the cells.

    Parameters
    ----------
    pull : float
        Deterministic part of tau_m dV/dt, V.
    noise : float
        Canonical noise amplitude, V.
    width : float
        Distance of the middles, V.
    tau_m : float
        Membrane time constant, s.

    Returns
    -------
    tuple of float
        Rate up and rate down, 1/s; their ratio is exp(2 pull width/noise^2).
    """
    diffusion = noise * noise / (2 * tau_m * width * width)
    z = 2 * abs(pull) * width / (noise * noise)
    against = diffusion * bernoulli(z)
    along = against + diffusion * z
    if pull > 0:
        return along, against
    return against, along


@njit(cache=True)
def escape_rate(pull: float, noise: float, width: float, tau_m: float) -> float:
    """Return the rate (1/s) at which probability leaves the last cell through the threshold, half a cell above it."""
    return hop_rates(pull, noise, width / 2, tau_m)[0] / 2


@njit(cache=True, error_model="numpy")
def stationary_masses(
    mu: float, noise: float, pull: Array, width: float, below: int, tau_m: float, masses: Array
) -> float:
    """Fill ``masses`` with the probabilities of the cells that carry one spike a second, and return their sum.

    Cell by cell from the threshold down, with the flux known on every face: nothing above the threshold comes back,
    half a spike a second passes the face of the reset, none below. All terms are positive. Where the sum is beyond
    floating-point numbers it is infinite.
    """
    last = pull.size - 1
    masses[last] = 1.0 / escape_rate(mu + pull[last], noise, width, tau_m)
    total = masses[last]
    for cell in range(last - 1, -1, -1):
        up, down = hop_rates(mu + pull[cell], noise, width, tau_m)
        flux = 1.0 if cell >= below else (0.5 if cell == below - 1 else 0.0)
        masses[cell] = (flux + down * masses[cell + 1]) / up
        total += masses[cell]
    return total if np.isfinite(total) else np.inf


@njit(cache=True)
def stationary_totals(mu: Array, noise: Array, pull: Array, width: float, below: int, tau_m: float) -> Array:
    """Return the sum of `stationary_masses` for every pair of mean and noise: mean time from reset to threshold, s."""
    masses, totals = np.empty(pull.size), np.empty(mu.size)
    for index in range(mu.size):
        totals[index] = stationary_masses(mu[index], noise[index], pull, width, below, tau_m, masses)
    return totals


def rebinned(masses: Array, edges: Array, onto: Array) -> Array:
    """Return the masses of other bins, each old bin taken as evenly filled; what lies on both grids is conserved.

    Parameters
    ----------
    masses : (n,) array
        Mass in each old bin.
    edges, onto : (n + 1,), (m + 1,) array
        Rising edges of the old and of the new bins.

    Returns
    -------
    (m,) array
        Mass in each new bin.
    """
    filled = np.concatenate([[0.0], np.cumsum(masses)])
    return np.diff(np.interp(onto, edges, filled))
