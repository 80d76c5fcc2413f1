"""The exponential integrate-and-fire cell in white noise."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..units import takes
from .eif_response import stationary_cells
from .exponential_cell import STEEPEST_UPSTROKE, ExponentialCell, Given

Array = NDArray[np.floating]


def spike_current_drift(v: ArrayLike, *, v_threshold: float, slope_factor: float) -> Array:
    """Return the exponential spike-generating term Delta_T exp((V - V_T)/Delta_T), V (0 without a slope factor).

    The exponent is held at 100, where a cell crosses any voltage step in no time.
    """
    potentials = np.asarray(v, dtype=float)
    if slope_factor == 0:
        return np.zeros_like(potentials)
    return slope_factor * np.exp(np.minimum((potentials - v_threshold) / slope_factor, STEEPEST_UPSTROKE))


@takes(mu="V", sigma="V", tau_m="s", tau_ref="s", v_threshold="V", v_reset="V", slope_factor="V", v_cutoff="V")
def eif_rate(
    mu: ArrayLike,
    sigma: ArrayLike,
    *,
    tau_m: Given,
    tau_ref: Given,
    v_threshold: Given,
    v_reset: Given,
    slope_factor: Given,
    v_cutoff: Given,
    size: int = 6000,
) -> Array:
    """Return the stationary rate of an exponential integrate-and-fire cell in white noise.

    tau_m dV = (mu - V + Delta_T exp((V - V_T)/Delta_T)) dt + sigma sqrt(tau_m) dW, spike at the cutoff.

    Source: fourcaudtrocme2003; richardson2007 (the method, with steps as in `threshold_response`).
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
        Delta_T, V; 0 makes it the leaky cell, which spikes at ``v_threshold``.
    size : int
        Number of voltage steps.

    Returns
    -------
    array
        Rate, Hz, of the broadcast shape of ``mu`` and ``sigma``; below about 1e-300 Hz it underflows to 0.

    Raises
    ------
    ValueError
        If a parameter is out of range, or the steps are too wide for the noise.
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
    found = stationary_cells(cell, mean.ravel(), noise.ravel(), np.empty(0, complex), size, "eif_rate")
    return np.exp(found.log_rate).reshape(mean.shape)
