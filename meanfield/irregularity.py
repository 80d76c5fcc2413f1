"""How irregularly a leaky integrate-and-fire cell fires in white noise."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import dawsn, erfcx

from ..units import takes
from .lif import reduce_problem
from .siegert import erfcx_antiderivative, gauss_rule

Array = NDArray[np.floating]

_ORDER = 48
_DEPTH = 20.0  # integrands that have fallen by exp(-2 _DEPTH) are left out


def _below_zero(x: Array) -> Array:
    """Return exp(x^2) times the integral of exp(u^2)(1 + erf u)^2 up to ``x`` <= 0."""
    points, weights = gauss_rule(_ORDER)
    reach = _DEPTH / (3.0 - x)
    w = reach[..., None] * points
    return reach * np.sum(weights * np.exp(w * (2 * x[..., None] - w)) * erfcx(w - x[..., None]) ** 2, axis=-1)


def _above_zero(x: Array, top: Array) -> Array:
    """Return the same for ``x`` >= 0, times exp(-2 top^2), where ``top`` >= x."""
    points, weights = gauss_rule(_ORDER)
    reach = np.minimum(x, 6.0)
    u = reach[..., None] * points
    overlap = reach * np.sum(weights * erfcx(u) ** 2 * np.exp(-(u**2)), axis=-1)
    rest = _below_zero(np.zeros(1))[0] - 4 * erfcx_antiderivative(x) + overlap
    return 4 * np.exp(2 * (x**2 - top**2)) * dawsn(x) + np.exp(x**2 - 2 * top**2) * rest


def _scaled_outer(lower: Array, upper: Array) -> Array:
    """Return the double integral of Brunel's formula times exp(-2 max(upper, 0)^2).

    Below zero the integrand is algebraic, hence the logarithmic variable; above zero it sits at the upper end.
    """
    points, weights = gauss_rule(_ORDER)
    top = np.maximum(upper, 0.0)
    near, far = np.log1p(-np.minimum(upper, 0.0)), np.log1p(-np.minimum(lower, 0.0))
    s = near[..., None] + (far - near)[..., None] * points
    left = (far - near) * np.sum(weights * _below_zero(-np.expm1(s)) * np.exp(s), axis=-1)
    start = np.maximum(np.maximum(lower, 0.0), np.sqrt(np.maximum(top**2 - _DEPTH, 0.0)))
    x = start[..., None] + (top - start)[..., None] * points
    return left * np.exp(-2 * top**2) + (top - start) * np.sum(weights * _above_zero(x, top[..., None]), axis=-1)


@takes(mu="V", sigma="V", tau_m="s", tau_ref="s", v_threshold="V", v_reset="V", tau_syn="s", dt="s")
def lif_cv(
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
    """Return the coefficient of variation of the interspike intervals of an LIF cell driven by Gaussian noise.

    Source: brunel2000, appendix A.1; barriers shifted as in `lif_rate` (``tau_syn``, ``dt``).
    Assumptions: white noise, or those of the shifts; the refractory period enters through the rate alone.

    Parameters
    ----------
    mu, sigma : array
        Mean and canonical noise amplitude, V.
    tau_m, tau_ref : array
        Membrane time constant and refractory period, s.
    v_threshold, v_reset : array
        Threshold and reset, V.
    tau_syn, dt : array, optional
        Correlation time of the noise, or time step of a clock-driven simulation, s; one of them at most.

    Returns
    -------
    array
        Coefficient of variation, 1.
    """
    parts = reduce_problem(mu, sigma, tau_m, tau_ref, v_threshold, v_reset, tau_syn, dt)
    outer = _scaled_outer(parts.lower, parts.upper)
    return math.sqrt(2 * math.pi) * parts.tau_m * np.sqrt(outer) / parts.scaled_interval
