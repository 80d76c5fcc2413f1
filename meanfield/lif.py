"""The leaky integrate-and-fire cell in white noise: stationary rate, its slopes and the mean potential.

Canonical input everywhere: tau_m dV = (mu - V) dt + sigma sqrt(tau_m) dW, so that the sd of the free potential is
sigma/sqrt(2).
"""

import math
import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import zeta

from ..units import takes
from .arrays import element, require_finite
from .siegert import scaled_integrand, scaled_siegert, siegert_rates
from .siegert_compiled import scaled_interval

Array = NDArray[np.floating]

COLOUR_SHIFT = math.sqrt(2) * abs(float(zeta(0.5))) / 2  # alpha/2 of fourcaud2002
CLOCK_SHIFT = abs(float(zeta(0.5))) / math.sqrt(2 * math.pi)  # 0.5826, broadie1997: a barrier watched in steps
_NO_SHIFTS = (np.zeros(()), np.zeros(()))
FAST_SYNAPSE = 0.1  # largest tau_syn/tau_m for which the shift of the barriers is passed without a warning


class FastSynapseWarning(UserWarning):
    """The synapses are too slow beside the membrane for the shift of threshold and reset."""


def _warn_of_slow_synapses(tau_m: Array, tau_syn: ArrayLike) -> None:
    """Warn, at the line of the user, where the expansion in sqrt(tau_syn/tau_m) is used outside its regime."""
    ratio = float(np.max(np.asarray(tau_syn, dtype=float) / tau_m, initial=0.0))
    if ratio > FAST_SYNAPSE:
        warnings.warn(
            f"lif: tau_syn/tau_m = {ratio:.3g} is above {FAST_SYNAPSE}, where the shift of the barriers loses its "
            "accuracy (rate off by up to 5 % at 0.1, 15 % at 0.4, 40 % at 1); use coloured_lif_rate, which holds.",
            FastSynapseWarning,
            stacklevel=5,
        )


class ReducedProblem(NamedTuple):
    """Limits in units of sigma, and the pieces of the rate formula scaled by exp(-max(upper, 0)^2)."""

    lower: Array
    upper: Array
    scale: Array
    integral: Array
    tau_m: Array
    tau_ref: Array
    sigma: Array

    @property
    def scaled_interval(self) -> Array:
        """Mean interspike interval times ``scale``, s."""
        return scaled_interval.py_func(self.scale, self.integral, self.tau_m, self.tau_ref)

    @property
    def rate(self) -> Array:
        """Stationary rate, Hz."""
        return self.scale / self.scaled_interval


def _shifts(tau_m: Array, tau_ref: Array, tau_syn: ArrayLike | None, dt: ArrayLike | None) -> tuple[Array, Array]:
    """Return how far the colour of the noise, or the clock that watches it, raises threshold and reset, in sigma.

    Coloured noise is positive when a cell spikes, which raises the reset as much as the threshold; over the refractory
    period it forgets that.
    """
    if tau_syn is not None and dt is not None:
        raise ValueError(
            f"lif_rate: tau_syn = {tau_syn} s and dt = {dt} s are both given; the clock shift is for white noise, give "
            "one of them."
        )
    if tau_syn is not None:
        colour = np.asarray(tau_syn, dtype=float)
        if not np.all((colour > 0) & (colour < np.inf)):
            raise ValueError(
                f"lif_rate: tau_syn = {tau_syn} s must be above 0 s and finite; leave it out for white noise."
            )
        shift = COLOUR_SHIFT * np.sqrt(colour / tau_m)
        return shift, shift * np.exp(-tau_ref / colour)
    if dt is not None:
        step = np.asarray(dt, dtype=float)
        if not np.all((step >= 0) & (step < np.inf)):
            raise ValueError(
                f"lif_rate: dt = {dt} s must be finite and not negative; leave it out for continuous time."
            )
        return CLOCK_SHIFT * np.sqrt(step / tau_m), np.zeros(())
    return _NO_SHIFTS


def _check(mu: Array, sigma: Array, tau_m: Array, tau_ref: Array, v_threshold: Array, v_reset: Array) -> None:
    given = {
        "mu": (mu, "V"),
        "sigma": (sigma, "V"),
        "tau_m": (tau_m, "s"),
        "tau_ref": (tau_ref, "s"),
        "v_threshold": (v_threshold, "V"),
        "v_reset": (v_reset, "V"),
    }
    for name, (values, unit) in given.items():
        _require(np.isfinite(values), name, values, f"must be finite, in {unit}")
    _require(sigma > 0, "sigma", sigma, "must be above 0 V")
    _require(tau_m > 0, "tau_m", tau_m, "must be above 0 s")
    _require(tau_ref >= 0, "tau_ref", tau_ref, "must not be negative")
    threshold, reset = np.broadcast_arrays(v_threshold, v_reset)
    rises = threshold > reset
    if not np.all(rises):
        lowest = float(reset.ravel()[int(np.argmin(rises))])
        _require(rises, "v_threshold", threshold, f"must be above the reset ({lowest} V)")


def _require(kept: NDArray[np.bool_], name: str, values: Array, rule: str) -> None:
    """Raise ``ValueError`` that names the first element for which a rule is not kept."""
    if not np.all(kept):
        first = int(np.argmin(kept))
        raise ValueError(f"lif: {name}{element(values.shape, first)} = {values.ravel()[first]} {rule}; correct it.")


def reduce_problem(
    mu: ArrayLike,
    sigma: ArrayLike,
    tau_m: ArrayLike,
    tau_ref: ArrayLike,
    v_threshold: ArrayLike,
    v_reset: ArrayLike,
    tau_syn: ArrayLike | None = None,
    dt: ArrayLike | None = None,
) -> ReducedProblem:
    """Check and broadcast the arguments of `lif_rate` and evaluate the integral they need."""
    given = [np.asarray(a, dtype=float) for a in (mu, sigma, tau_m, tau_ref, v_threshold, v_reset)]
    shape = np.broadcast_shapes(*(a.shape for a in given), *(np.shape(0.0 if a is None else a) for a in (tau_syn, dt)))
    _check(*given)
    mean, sd, membrane, refractory, threshold, reset = (np.broadcast_to(a, shape) for a in given)
    up, low = _shifts(membrane, refractory, tau_syn, dt)
    if tau_syn is not None:
        _warn_of_slow_synapses(membrane, tau_syn)
    lower, upper = np.atleast_1d((reset - mean) / sd + low), np.atleast_1d((threshold - mean) / sd + up)
    integral = scaled_siegert(lower, upper).reshape(mean.shape)
    lower, upper = lower.reshape(mean.shape), upper.reshape(mean.shape)
    return ReducedProblem(lower, upper, np.exp(-(np.maximum(upper, 0.0) ** 2)), integral, membrane, refractory, sd)


def _rates(
    mu: ArrayLike,
    sigma: ArrayLike,
    tau_m: ArrayLike,
    tau_ref: ArrayLike,
    v_threshold: ArrayLike,
    v_reset: ArrayLike,
    tau_syn: ArrayLike | None,
    dt: ArrayLike | None,
) -> Array:
    """Evaluate `lif_rate` in one pass, which also looks for impossible arguments; who they are is asked only then."""
    given = [np.asarray(a, dtype=float) for a in (mu, sigma, tau_m, tau_ref, v_threshold, v_reset)]
    shifts = _NO_SHIFTS
    if tau_syn is not None or dt is not None:
        _check(*given)
        shifts = _shifts(given[2], given[3], tau_syn, dt)
        if tau_syn is not None:
            _warn_of_slow_synapses(given[2], tau_syn)
    rates, possible = siegert_rates(*given, *shifts)
    if not possible:
        _check(*given)
    return rates[()]


@takes(mu="V", sigma="V", tau_m="s", tau_ref="s", v_threshold="V", v_reset="V", tau_syn="s", dt="s")
def lif_rate(
    mu: ArrayLike,
    sigma: ArrayLike,
    *,
    tau_m: ArrayLike,
    tau_ref: ArrayLike,
    v_threshold: ArrayLike,
    v_reset: ArrayLike,
    tau_syn: ArrayLike | None = None,
    dt: ArrayLike | None = None,
) -> Array:
    """Return the stationary rate of an LIF cell driven by Gaussian noise.

    Source: siegert1951; brunel2000; fourcaud2002, after Eq. 4.33 (``tau_syn``); broadie1997 (``dt``).
    Assumptions: diffusion approximation; white noise, or with ``tau_syn`` sqrt(tau_syn/tau_m) << 1; with ``dt`` the
    threshold is looked at once a time step and the noise is white.

    Parameters
    ----------
    mu, sigma : array
        Mean and canonical noise amplitude (sqrt(2) times the sd of the free potential), V.
    tau_m, tau_ref : array
        Membrane time constant and refractory period, s.
    v_threshold, v_reset : array
        Threshold and reset, V.
    tau_syn : array, optional
        Correlation time of the input, s: raises threshold and reset by sigma (alpha/2) sqrt(tau_syn/tau_m), the reset
        less by exp(-tau_ref/tau_syn), which the formula of fourcaud2002 (derived without refractory period) does not
        have.
    dt : array, optional
        Time step of a clock-driven simulation to compare with, s: raises the threshold by 0.5826 sigma sqrt(dt/tau_m).

    Returns
    -------
    array
        Rate, Hz, of the broadcast shape; below about 1e-300 Hz it underflows to 0 (see `lif_log_rate`).

    Raises
    ------
    ValueError
        If an argument is not finite, sigma or tau_m not positive, tau_ref or dt negative, the threshold not above the
        reset, or tau_syn and dt both given.

    Warns
    -----
    FastSynapseWarning
        If tau_syn/tau_m is above 0.1.
    """
    return _rates(mu, sigma, tau_m, tau_ref, v_threshold, v_reset, tau_syn, dt)


@takes(mu="V", sigma="V", tau_m="s", tau_ref="s", v_threshold="V", v_reset="V", tau_syn="s", dt="s")
def lif_log_rate(
    mu: ArrayLike,
    sigma: ArrayLike,
    *,
    tau_m: ArrayLike,
    tau_ref: ArrayLike,
    v_threshold: ArrayLike,
    v_reset: ArrayLike,
    tau_syn: ArrayLike | None = None,
    dt: ArrayLike | None = None,
) -> Array:
    """Return the natural logarithm of `lif_rate` (of Hz), finite however deep below threshold the cell is."""
    parts = reduce_problem(mu, sigma, tau_m, tau_ref, v_threshold, v_reset, tau_syn, dt)
    return -(np.maximum(parts.upper, 0.0) ** 2) - np.log(parts.scaled_interval)


@takes(mu="V", sigma="V", tau_m="s", tau_ref="s", v_threshold="V", v_reset="V", tau_syn="s", dt="s")
def lif_slopes(
    mu: ArrayLike,
    sigma: ArrayLike,
    *,
    tau_m: ArrayLike,
    tau_ref: ArrayLike,
    v_threshold: ArrayLike,
    v_reset: ArrayLike,
    tau_syn: ArrayLike | None = None,
    dt: ArrayLike | None = None,
) -> tuple[Array, Array]:
    """Return the derivatives of `lif_rate` by mu and by sigma, Hz/V.

    Parameters are those of `lif_rate`; shifts of the barriers are proportional to sigma and counted in its derivative.
    """
    parts = reduce_problem(mu, sigma, tau_m, tau_ref, v_threshold, v_reset, tau_syn, dt)
    at_upper, at_lower = scaled_integrand(parts.upper, parts.upper), scaled_integrand(parts.lower, parts.upper)
    factor = parts.rate / parts.scaled_interval * parts.tau_m * math.sqrt(math.pi) / parts.sigma
    up, low = _shifts(parts.tau_m, parts.tau_ref, tau_syn, dt)
    return factor * (at_upper - at_lower), factor * ((parts.upper - up) * at_upper - (parts.lower - low) * at_lower)


@takes(mu="V", rate="Hz", tau_m="s", tau_ref="s", v_threshold="V", v_reset="V")
def mean_potential(
    mu: ArrayLike, rate: ArrayLike, *, tau_m: ArrayLike, tau_ref: ArrayLike, v_threshold: ArrayLike, v_reset: ArrayLike
) -> Array:
    """Return the mean of the actual potential, which is held at the reset during the refractory period.

    Assumptions: linear leak and any stationary noise; the balance is exact. Not a measure of drive: it falls again as
    the rate grows.

    Parameters
    ----------
    mu : array
        Mean free potential, V.
    rate : array
        Stationary rate, Hz.
    tau_m, tau_ref : array
        Membrane time constant and refractory period, s.
    v_threshold, v_reset : array
        Threshold and reset, V.

    Returns
    -------
    array
        Mean potential, V.

    Raises
    ------
    ValueError
        If a number is not finite.
    """
    require_finite(
        "mean_potential", mu=mu, rate=rate, tau_m=tau_m, tau_ref=tau_ref, v_threshold=v_threshold, v_reset=v_reset
    )
    mean, nu = np.asarray(mu, dtype=float), np.asarray(rate, dtype=float)
    reset, distance = np.asarray(v_reset, dtype=float), np.subtract(v_threshold, v_reset)
    return mean - nu * np.asarray(tau_m) * distance - nu * np.asarray(tau_ref) * (mean - reset)
