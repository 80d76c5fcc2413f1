"""Linear response of the rate of a leaky integrate-and-fire cell to a small modulation of its input.

Fourier convention e^{+i w t}.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..units import takes
from .lif import reduce_problem
from .modulated_escape import ModulatedEscape, escape_ratio

Array = NDArray[np.floating]
Complex = NDArray[np.complexfloating]
Modulation = Literal["mu", "sigma"]


@takes(
    frequency="Hz",
    mu="V",
    sigma="V",
    tau_m="s",
    tau_ref="s",
    v_threshold="V",
    v_reset="V",
    tau_syn="s",
    dt="s",
    tau_filter="s",
)
def lif_response(
    frequency: ArrayLike,
    mu: ArrayLike,
    sigma: ArrayLike,
    *,
    tau_m: ArrayLike,
    tau_ref: ArrayLike,
    v_threshold: ArrayLike,
    v_reset: ArrayLike,
    tau_syn: ArrayLike | None = None,
    dt: ArrayLike | None = None,
    modulation: Modulation = "mu",
    tau_filter: ArrayLike | None = None,
) -> Complex:
    """Return the linear response of the stationary rate of an LIF cell to a modulation of its input.

    Source: brunel1999; lindner2001 (``modulation="sigma"``); schuecker2015 (``tau_syn``).
    Assumptions: those of `lif_rate`, and a modulation small enough to be linear; a cell that has fired comes back to
    the reset after tau_ref, hence the phase exp(-i w tau_ref); with ``tau_syn`` also w sqrt(tau_m tau_syn) << 1.

    Parameters
    ----------
    frequency : array
        Frequency, Hz; at 0 the result is the slope of `lif_rate`, at -f the complex conjugate of that at f.
    mu, sigma : array
        Mean and canonical noise amplitude, V.
    tau_m, tau_ref : array
        Membrane time constant and refractory period, s.
    v_threshold, v_reset : array
        Threshold and reset, V.
    tau_syn : array, optional
        Correlation time of the noise, s: threshold and reset are raised as in `lif_rate`.
    dt : array, optional
        Time step of a clock-driven simulation to compare with, s: the threshold is raised as in `lif_rate`.
    modulation : {"mu", "sigma"}
        What is modulated: the mean, or the amplitude of white noise.
    tau_filter : array, optional
        Time constant of a synapse that the modulation passes before the cell, s: the result is divided by
        1 + i w tau_filter.

    Returns
    -------
    array
        Complex response, Hz/V, of the broadcast shape of all arguments.

    Raises
    ------
    ValueError
        If a parameter is out of its range, the modulation has another name, or the noise is modulated where its
        amplitude shifts the barriers (``tau_syn``, ``dt``).

    Warns
    -----
    FastSynapseWarning
        If tau_syn/tau_m is above 0.1.
    """
    power = _power_of(modulation, tau_syn, dt)
    parts = reduce_problem(mu, sigma, tau_m, tau_ref, v_threshold, v_reset, tau_syn, dt)
    hertz = _checked_frequency(frequency)
    omega, *rest = np.broadcast_arrays(2 * np.pi * hertz, parts.lower, parts.upper, parts.tau_m, parts.tau_ref)
    lower, upper, membrane, refractory = (value.ravel() for value in rest)
    positive = np.abs(omega.ravel())
    s = 1j * positive * membrane
    case = ModulatedEscape(lower, upper, s, positive * refractory, refractory / membrane)
    relative = (power + 1) * 2 * escape_ratio(case, power) / (1 + power + s)
    response = np.where(omega.ravel() < 0, relative.conj(), relative).reshape(omega.shape)
    return response * (parts.rate / parts.sigma) / _filter(hertz, tau_filter)


def _checked_frequency(frequency: ArrayLike) -> Array:
    hertz = np.asarray(frequency, dtype=float)
    if not np.all(np.isfinite(hertz)):
        raise ValueError(f"lif_response: frequency = {frequency} Hz must be finite; correct it.")
    return hertz


def _power_of(modulation: str, tau_syn: ArrayLike | None, dt: ArrayLike | None) -> int:
    powers = {"mu": 0, "sigma": 1}
    if modulation not in powers:
        raise ValueError(f"lif_response: modulation = {modulation!r} is not known; give 'mu' or 'sigma'.")
    for name, value in (("tau_syn", tau_syn), ("dt", dt)):
        if modulation == "sigma" and value is not None:
            raise ValueError(
                f"lif_response: modulation = 'sigma' with {name} = {value} s has no known shift formula, because the "
                f"shift itself would be modulated; leave {name} out."
            )
    return powers[modulation]


def _filter(frequency: Array, tau_filter: ArrayLike | None) -> Complex:
    if tau_filter is None:
        return np.ones((), dtype=complex)
    tau = np.asarray(tau_filter, dtype=float)
    if not np.all((tau >= 0) & (tau < np.inf)):
        raise ValueError(f"lif_response: tau_filter = {tau_filter} s must be finite and not negative; correct it.")
    return 1 + 2j * np.pi * frequency * tau
