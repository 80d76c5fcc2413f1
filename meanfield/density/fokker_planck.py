"""The population density of leaky and exponential integrate-and-fire cells under input that changes with time."""

import math
from numbers import Integral

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from ...units import OptionalQuantity, Quantity, described, quantity, takes
from ..eif import spike_current_drift
from .density_state import DensityState
from .finite_volume import FluxPulls, VoltageCells, flux_pulls, stationary_masses, stationary_totals
from .run import input_series, run_population

Array = NDArray[np.floating]

_SDS_BELOW = 7.0
_WIDEST = 0.5
_GOOD = 0.03


@described
class FokkerPlanck:
    """A population of integrate-and-fire cells in white noise, as the density of their membrane potentials.

    tau_m dV = (mu(t) - V + spike current) dt + sigma(t) sqrt(tau_m) dW; a cell that passes the threshold spikes, rests
    for ``tau_ref`` at the reset, and starts again from there.

    Source: omurtag2000; nykamp2000 (the equation); augustin2017; scharfetter1969 (finite volumes).
    Assumptions: infinitely many cells with private white noise in the diffusion approximation. The relative error of
    the stationary rate is 1 to 3 times the square of cell width over sigma, however small the slope factor is beside
    the width; that of a response to a step falls with the square of the time step.

    Parameters
    ----------
    tau_m, tau_ref : float
        Membrane time constant and refractory period, s.
    v_threshold, v_reset : float
        Threshold (for an exponential cell the potential V_T of its spike current) and reset, V.
    slope_factor : float
        Delta_T of the exponential spike current, V; 0 is the leaky cell.
    v_cutoff : float, optional
        Where an exponential cell spikes, V; a leaky one spikes at the threshold.
    v_lower : float, optional
        Lowest potential, V; seven sds of the free potential below the lowest mean or reset unless given.
    size : int
        Number of voltage cells between reset and spike.
    """

    tau_m: Quantity = quantity("s", above=0)
    tau_ref: Quantity = quantity("s", at_least=0)
    v_threshold: Quantity = quantity("V")
    v_reset: Quantity = quantity("V")
    slope_factor: Quantity = quantity("V", default=0.0, at_least=0)
    v_cutoff: OptionalQuantity = quantity("V", default=None)
    v_lower: OptionalQuantity = quantity("V", default=None)
    size: int = 200

    def _check(self) -> None:
        if not self.v_spike > self.v_reset:
            raise ValueError(
                f"FokkerPlanck: cells spike at {self.v_spike} V, which must be above the reset ({self.v_reset} V); "
                "correct one of them."
            )
        if self.slope_factor == 0 and self.v_cutoff is not None and self.v_cutoff < self.v_threshold:
            raise ValueError(
                f"FokkerPlanck.v_cutoff: {self.v_cutoff} V is below the threshold ({self.v_threshold} V) at which a "
                "leaky cell spikes; leave it out."
            )
        if self.slope_factor > 0 and not self.v_spike > self.v_threshold:
            raise ValueError(
                f"FokkerPlanck.v_cutoff: {self.v_cutoff} V must be above the threshold ({self.v_threshold} V) of an "
                "exponential cell; give the potential at which its spike is over."
            )
        if not isinstance(self.size, Integral) or self.size < 4:
            raise ValueError(f"FokkerPlanck.size: {self.size} is not a whole number of at least 4 cells; give one.")
        if self.v_lower is not None and not self.v_lower < self.v_reset:
            raise ValueError(
                f"FokkerPlanck.v_lower: {self.v_lower} V must be below the reset ({self.v_reset} V); lower it."
            )

    @property
    def v_spike(self) -> float:
        """Potential at which a spike is counted, V."""
        return self.v_threshold if self.v_cutoff is None or self.slope_factor == 0 else self.v_cutoff

    def pull(self, v: ArrayLike) -> Array:
        """Return the deterministic part of tau_m dV/dt at ``v`` (V) without the input, V."""
        potentials = np.asarray(v, dtype=float)
        current = spike_current_drift(potentials, v_threshold=self.v_threshold, slope_factor=self.slope_factor)
        return current - potentials

    def flux_pulls(self, cells: VoltageCells) -> FluxPulls:
        """Return the same on the ways from voltage cell to voltage cell, V."""
        return flux_pulls(cells, v_threshold=self.v_threshold, slope_factor=self.slope_factor)

    def cells(self, mu: ArrayLike, sigma: ArrayLike) -> VoltageCells:
        """Return the voltage cells that hold the density under these inputs (V).

        Raises
        ------
        ValueError
            If there are none, they are not finite, ``v_lower`` is too high for them, sigma is not positive, or cells
            are wider than half of it.
        """
        means, noise = np.asarray(mu, dtype=float), np.asarray(sigma, dtype=float)
        for name, values in (("mu", means), ("sigma", noise)):
            if values.size == 0 or not np.all(np.isfinite(values)):
                raise ValueError(f"FokkerPlanck: {name} is empty or not finite, {values} V; give finite numbers.")
        if not np.all(noise > 0):
            raise ValueError(f"FokkerPlanck: sigma = {np.min(noise)} V must be above 0 V; give the cells some noise.")
        depth = _SDS_BELOW * float(noise.max()) / math.sqrt(2)
        needed = min(float(means.min()), self.v_reset) - depth
        if self.v_lower is not None and self.v_lower > needed + depth / 2:
            raise ValueError(
                f"FokkerPlanck.v_lower: {self.v_lower} V cuts the density off; set it to {needed:.4g} V or leave it "
                "out."
            )
        lowest = needed if self.v_lower is None else self.v_lower
        width = (self.v_spike - self.v_reset) / self.size
        if width > _WIDEST * float(noise.min()):
            raise ValueError(
                f"FokkerPlanck.size: {self.size} cells are {width:.3g} V wide, too coarse for a noise of sigma = "
                f"{noise.min():.3g} V; set size to {math.ceil(self.size * width / (_GOOD * noise.min()))} for an error "
                "of about 1e-3."
            )
        return VoltageCells(self.v_reset, self.v_spike, self.size, max(math.ceil((self.v_reset - lowest) / width), 2))

    @takes(mu="V", sigma="V")
    def stationary(self, mu: float, sigma: float) -> DensityState:
        """Return the stationary state under constant input.

        Parameters
        ----------
        mu, sigma : float
            Mean free potential and canonical noise amplitude (sqrt(2) times the sd of the free potential), V.

        Raises
        ------
        ValueError
            If the rate is too low for floating-point numbers.
        """
        cells = self.cells(mu, sigma)
        masses, hops = np.empty(cells.below + cells.above), np.empty((2, cells.below + cells.above))
        pulls = self.flux_pulls(cells)
        total = stationary_masses(float(mu), float(sigma), pulls, cells.width, cells.below, self.tau_m, masses, hops)
        if not math.isfinite(total):
            raise ValueError(
                f"FokkerPlanck.stationary: at mu = {mu} V, sigma = {sigma} V the rate is below 1e-300 Hz and the "
                "density cannot be scaled; raise one of them."
            )
        interval = total + self.tau_ref
        return DensityState(cells=cells, masses=masses / interval, refractory=np.array([self.tau_ref / interval]))

    @takes(mu="V", sigma="V")
    def stationary_rate(self, mu: ArrayLike, sigma: ArrayLike) -> Array:
        """Return the stationary rate (Hz) of every pair of mean and noise amplitude (V), broadcast.

        The scheme's own rate: it differs from `lif_rate` or `eif_rate` by the error of the voltage cells.
        """
        means, noise = np.broadcast_arrays(np.asarray(mu, dtype=float), np.asarray(sigma, dtype=float))
        if means.size == 0:
            return np.empty(means.shape)
        cells = self.cells(means, noise)
        pulls = self.flux_pulls(cells)
        flat = (np.ascontiguousarray(means).ravel(), np.ascontiguousarray(noise).ravel())
        totals = stationary_totals(*flat, pulls, cells.width, cells.below, self.tau_m)
        return (1 / (totals + self.tau_ref)).reshape(means.shape)

    @takes(mu="V", sigma="V", dt="s", duration="s", snapshots="s")
    def simulate(
        self,
        mu: ArrayLike,
        sigma: ArrayLike,
        dt: float,
        *,
        initial: DensityState | None = None,
        duration: float | None = None,
        order: int = 2,
        snapshots: ArrayLike | None = None,
    ) -> xr.Dataset:
        """Return the course of the population under inputs held constant over each time step.

        Parameters
        ----------
        mu, sigma : float or (time,) array
            Mean free potential and canonical noise amplitude during each step, V. Sample a smooth input at the middles
            of the steps.
        dt : float
            Time step, s.
        initial : DensityState, optional
            State before the first step; the stationary one of the first input unless given.
        duration : float, optional
            Length, s; needed if neither input is a series.
        order : 1 or 2
            2: two stages, L-stable, of second order; what they draw below zero after a jump is taken back. 1: backward
            Euler, of first order.
        snapshots : (n_k,) array, optional
            Times at which the density is kept, s.

        Returns
        -------
        xarray.Dataset
            Over ``time`` (the ends of the steps): ``rate`` (Hz) at the end and ``mean_rate`` (Hz) averaged over the
            step, which for a smooth input is the more exact one, ``mean_v`` (V, refractory cells at the reset),
            ``refractory`` (share of refractory cells) and ``probability`` (their sum with the rest: 1); with snapshots,
            ``density`` (1/V) over ``snapshot`` and ``v``. `DensityState.of` reads the last state from it.
        """
        series = input_series(mu, sigma, dt, duration)
        return run_population(self, *series, dt, initial, order, snapshots)
