"""The Fokker-Planck operator of an integrate-and-fire population, cut into voltage cells of equal width.

Between the middles of two neighbouring cells drift and flux are taken as constant, and the flux that solves this
exactly is used (Scharfetter and Gummel). Every exchange between cells is then a positive rate at which probability is
handed on, whatever drift and noise are, and the population is a Markov chain on cells: what is lost by one is gained by
the other. Where the drift bends within that distance, as that of a spike current does, it is constant over parts of it:
they hold no probability of their own, and cost no cells.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..exponential_cell import STEEPEST_UPSTROKE

Array = NDArray[np.floating]

_SERIES_BELOW = 1e-3
_PART = 0.5  # longest part of a way about V_T, in slope factors
_STRAIGHT_BELOW = -5.0  # slope factors from V_T; the spike current bends less there than 1 % of what the leak does
_PASSED = 50.0  # e-folds beyond which the rest of a way does not count


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


class FluxPulls(NamedTuple):
    """Deterministic part of tau_m dV/dt without the input along the way from each cell to the one above.

    ``parts`` (n,) in how many parts the way is cut, 0 where the pull half-way says it all; ``lengths`` (n, m) V of the
    parts; ``values`` (n, m) V, the mean pull in each, or half-way; ``bends`` (n, m) V, by how much it grows there.
    """

    parts: NDArray[np.int64]
    lengths: Array
    values: Array
    bends: Array


def flux_pulls(cells: VoltageCells, *, v_threshold: float, slope_factor: float) -> FluxPulls:
    """Return the pulls of leak and spike current (V) between the cells; without slope factor there is only the leak.

    About V_T parts are at most half a slope factor long, so that the error falls with the square of the cell width
    however sharp the spike current is.
    """
    middle = cells.flux_potentials.reshape(-1, 1)
    if slope_factor == 0:
        nothing = np.zeros_like(middle)
        return FluxPulls(np.zeros(middle.size, dtype=np.int64), nothing, -middle, nothing)
    edges, parts = _cut_ways(cells, v_threshold, slope_factor)
    lengths, centres = np.diff(edges, axis=1), (edges[:, 1:] + edges[:, :-1]) / 2
    x = np.minimum((edges - v_threshold) / slope_factor, STEEPEST_UPSTROKE)
    grown = slope_factor * np.exp(x)
    step = np.diff(x, axis=1)
    growth = np.where(step < 1, grown[:, :-1] * np.expm1(np.minimum(step, 1.0)), np.diff(grown, axis=1))
    # Up to the largest exponent the mean of the exponential, beyond it the constant.
    mean = np.divide(slope_factor * growth, lengths, out=grown[:, 1:].copy(), where=(growth > 0) & (lengths > 0))
    values = mean - centres
    straight = parts == 0
    half_way = slope_factor * np.exp(np.minimum((middle - v_threshold) / slope_factor, STEEPEST_UPSTROKE)) - middle
    values[straight] = half_way[straight]
    return FluxPulls(parts, lengths, values, growth - lengths)


def _cut_ways(cells: VoltageCells, v_threshold: float, slope_factor: float) -> tuple[Array, NDArray[np.int64]]:
    """Return the edges (n, m + 1) of the parts of each way, V, the last repeated, and the number of parts (n,)."""
    starts, ends = cells.centres, np.append(cells.centres[1:], cells.v_spike)
    cuts = v_threshold + slope_factor * np.arange(_STRAIGHT_BELOW, STEEPEST_UPSTROKE, _PART)
    cuts = cuts if cells.width > _PART * slope_factor else cuts[:0]
    first, behind = np.searchsorted(cuts, starts, "right"), np.searchsorted(cuts, ends, "left")
    place = first[:, None] + np.arange(int(np.max(behind - first)))
    inner = np.where(place < behind[:, None], np.append(cuts, 0.0)[np.minimum(place, cuts.size)], ends[:, None])
    sharp = (ends - v_threshold) / slope_factor > _STRAIGHT_BELOW
    return np.column_stack([starts, inner, ends]), np.where(sharp, behind - first + 1, 0)


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
def bent_hop_rates(
    mu: float, pulls: FluxPulls, cell: int, noise: float, width: float, tau_m: float
) -> tuple[float, float]:
    """Return the rates (1/s) at which probability hops up and down where the pull changes along the way.

    Source: scharfetter1969, with the integral over the way summed up over its parts, and each of them taken to first
    order in the bend of the pull. Terms are scaled by the largest, so that both rates are finite for a way down as for
    one up.

    Parameters
    ----------
    mu : float
        Mean free potential, V.
    pulls : FluxPulls
        What it adds to.
    cell : int
        Which cell's way upwards.
    noise : float
        Canonical noise amplitude, V.
    width : float
        Width of a cell, V.
    tau_m : float
        Membrane time constant, s.
    """
    level, top, total = 0.0, 0.0, 0.0
    parts = pulls.parts[cell]
    for part in range(parts):
        scale = 2 * pulls.lengths[cell, part] / (noise * noise)
        z = (mu + pulls.values[cell, part]) * scale
        size, after = abs(z), level - z
        peak = max(level, after)
        if peak > top:
            total *= math.exp(top - peak)
            top = peak
        if size < _SERIES_BELOW:
            straight, lean = 1.0 - size / 2 + size * size / 6, 1 / 6
        else:
            fall = -math.expm1(-size)
            straight, lean = fall / size, ((2.0 - fall) / fall * size - 2.0) / (size * size)
        bend = pulls.bends[cell, part] * scale * lean / 2
        total += pulls.lengths[cell, part] * straight * math.exp(peak - top + bend)
        level = after
        if level < top - _PASSED and z > 0 and pulls.bends[cell, part] > 0:
            break  # the spike current only grows from here
    whole = noise * noise / (2 * tau_m * width * total)
    return whole * math.exp(-top), whole * math.exp(level - top)


@njit(cache=True)
def exchange(mu: float, noise: float, pulls: FluxPulls, width: float, tau_m: float, up: Array, down: Array) -> None:
    """Fill the rates (1/s) from each cell to the one above it and back; the last of ``up`` is the escape.

    That is half a cell away, and nothing comes back from there.
    """
    last = up.size - 1
    for cell in range(up.size):
        way = width / 2 if cell == last else width
        if pulls.parts[cell] > 0:
            rates = bent_hop_rates(mu, pulls, cell, noise, width, tau_m)
        else:
            rates = hop_rates(mu + pulls.values[cell, 0], noise, way, tau_m)
            if cell == last:
                rates = (rates[0] / 2, 0.0)
        up[cell], down[cell] = rates
    down[last] = 0.0


@njit(cache=True, error_model="numpy")
def stationary_masses(
    mu: float, noise: float, pulls: FluxPulls, width: float, below: int, tau_m: float, masses: Array, hops: Array
) -> float:
    """Fill ``masses`` with the probabilities of the cells that carry one spike a second, and return their sum.

    Cell by cell from the threshold down, with the flux known on every face: nothing above the threshold comes back,
    half a spike a second passes the face of the reset, none below. All terms are positive. Where the sum is beyond
    floating-point numbers it is infinite. ``hops`` (2, n) is room for the rates of the hops.
    """
    up, down = hops[0], hops[1]
    exchange(mu, noise, pulls, width, tau_m, up, down)
    last = masses.size - 1
    masses[last] = 1.0 / up[last]
    total = masses[last]
    for cell in range(last - 1, -1, -1):
        flux = 1.0 if cell >= below else (0.5 if cell == below - 1 else 0.0)
        masses[cell] = (flux + down[cell] * masses[cell + 1]) / up[cell]
        total += masses[cell]
    return total if np.isfinite(total) else np.inf


@njit(cache=True)
def stationary_totals(mu: Array, noise: Array, pulls: FluxPulls, width: float, below: int, tau_m: float) -> Array:
    """Return the sum of `stationary_masses` for every pair of mean and noise: mean time from reset to threshold, s."""
    masses, hops, totals = np.empty(pulls.parts.size), np.empty((2, pulls.parts.size)), np.empty(mu.size)
    for index in range(mu.size):
        totals[index] = stationary_masses(mu[index], noise[index], pulls, width, below, tau_m, masses, hops)
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
