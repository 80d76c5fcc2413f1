"""The exponential integrate-and-fire cell in white noise."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .threshold_integration import threshold_integration, voltage_grid

Array = NDArray[np.floating]

_SDS_BELOW = 7.0


def spike_current_drift(v: ArrayLike, *, v_threshold: float, slope_factor: float) -> Array:
    """Return the exponential spike-generating term Delta_T exp((V - V_T)/Delta_T), V (0 without a slope factor)."""
    potentials = np.asarray(v, dtype=float)
    if slope_factor == 0:
        return np.zeros_like(potentials)
    return slope_factor * np.exp((potentials - v_threshold) / slope_factor)


def eif_rate(
    mu: ArrayLike,
    sigma: ArrayLike,
    *,
    tau_m: float,
    tau_ref: float,
    v_threshold: float,
    v_reset: float,
    slope_factor: float,
    v_cutoff: float,
    size: int = 6000,
    v_lower: float | None = None,
) -> Array:
    """Return the stationary rate of an exponential integrate-and-fire cell in white noise.

    tau_m dV = (mu - V + Delta_T exp((V - V_T)/Delta_T)) dt + sigma sqrt(tau_m) dW, spike at the cutoff.

    Source: fourcaudtrocme2003; richardson2007 (the method).
    Assumptions: diffusion approximation, white noise. Error of second order in the voltage step (see ``size``).

    Parameters
    ----------
    mu, sigma : array
        Mean free potential and canonical noise amplitude (sqrt(2) times the sd of the free potential), V.
    tau_m, tau_ref : float
        Membrane time constant and refractory period, s.
    v_threshold, v_reset, v_cutoff : float
        Potential V_T at which the spike-generating current balances the leak's slope, reset and cutoff, V.
    slope_factor : float
        Delta_T, V; 0 makes it the leaky cell with its threshold at ``v_cutoff``.
    size : int
        Number of voltage steps.
    v_lower : float, optional
        Lowest potential, V; seven sds below the lowest mean or reset unless given.

    Returns
    -------
    array
        Rate, Hz, of the broadcast shape of ``mu`` and ``sigma``.
    """
    mean, sd = np.broadcast_arrays(np.asarray(mu, dtype=float), np.asarray(sigma, dtype=float))
    if not np.all(sd > 0):
        raise ValueError(f"eif_rate: sigma = {sigma} V must be above 0 V; give the cell some noise.")
    lowest = min(float(mean.min()), v_reset) - _SDS_BELOW * float(sd.max())
    grid = voltage_grid(lowest if v_lower is None else v_lower, v_reset, v_cutoff, size)
    spike = spike_current_drift(grid, v_threshold=v_threshold, slope_factor=slope_factor)
    drift = (mean[..., None] - grid + spike) / tau_m
    reset_index = int(np.argmin(np.abs(grid - v_reset)))
    return threshold_integration(drift, sd**2 / (2 * tau_m), grid, reset_index, tau_ref).rate
