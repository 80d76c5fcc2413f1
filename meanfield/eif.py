"""The exponential integrate-and-fire cell in white noise."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..units import takes
from .cell_points import cell_points
from .eif_response import stationary_points
from .exponential_cell import STEEPEST_UPSTROKE

Array = NDArray[np.floating]


@takes(v="V", v_threshold="V", slope_factor="V")
def spike_current_drift(v: ArrayLike, *, v_threshold: ArrayLike, slope_factor: ArrayLike) -> Array:
    """Return the exponential spike-generating term Delta_T exp((V - V_T)/Delta_T), V (0 without a slope factor).

    The exponent is held at 100, where a cell crosses any voltage step in no time. All arguments broadcast.
    """
    above = np.asarray(v, dtype=float) - np.asarray(v_threshold, dtype=float)
    width = np.asarray(slope_factor, dtype=float)
    exponent = np.divide(above, width, out=np.zeros(np.broadcast_shapes(above.shape, width.shape)), where=width != 0)
    return width * np.exp(np.minimum(exponent, STEEPEST_UPSTROKE))


@takes(mu="V", sigma="V", tau_m="s", tau_ref="s", v_threshold="V", v_reset="V", slope_factor="V", v_cutoff="V")
def eif_rate(
    mu: ArrayLike,
    sigma: ArrayLike,
    *,
    tau_m: ArrayLike,
    tau_ref: ArrayLike,
    v_threshold: ArrayLike,
    v_reset: ArrayLike,
    slope_factor: ArrayLike,
    v_cutoff: ArrayLike,
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
    tau_m, tau_ref : array
        Membrane time constant and refractory period, s.
    v_threshold, v_reset, v_cutoff : array
        Potential V_T at which the spike-generating current balances the leak's slope, reset and cutoff, V.
    slope_factor : array
        Delta_T, V; 0 makes it the leaky cell, which spikes at ``v_threshold``.
    size : int
        Number of voltage steps.

    Returns
    -------
    array
        Rate, Hz, of the broadcast shape of all arguments; below about 1e-300 Hz it underflows to 0.

    Raises
    ------
    ValueError
        If a parameter is out of range (the message says which element), or the steps are too wide for the noise.
    """
    cell = {
        "tau_m": tau_m,
        "tau_ref": tau_ref,
        "v_threshold": v_threshold,
        "v_reset": v_reset,
        "slope_factor": slope_factor,
        "v_cutoff": v_cutoff,
    }
    points = cell_points("eif_rate", mu, sigma, cell)
    found = stationary_points(points, np.empty(0, complex), size, "eif_rate")
    return np.exp(found.log_rate).reshape(points.shape)
