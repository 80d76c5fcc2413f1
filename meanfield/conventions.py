"""Between the conventions of the literature: each pair of functions undoes itself.

Canonical here: noise as in tau_m dV = (mu - V) dt + sigma sqrt(tau_m) dW; the width of a logistic sigmoid as its scale
sigma', Q = q_max/(1 + exp(-(V - theta)/sigma')); a kernel by its area and time constants; response functions with
exp(+i omega t); potentials in absolute volts.

| literature | writes | here |
|---|---|---|
| brunel2000, fourcaud2002, schuecker2015 | sigma^2 = tau_m sum K J^2 nu | sigma itself; `drive_from_jumps` |
| richardson2004 | sd of the free potential | `sigma_from_free_sd` |
| zerlaut2018 | sd of the free potential under filtered synapses | `sigma_from_filtered_sd` |
| augustin2017, and `amplitude*xi` in Brian2's model text | dV/dt = mu_A + ... + sigma_A xi | `sigma_from_amplitude` |
| Brian2 text with `s*xi*tau**-0.5` | s | sigma itself |
| Brian2 text with `s*sqrt(2/tau)*xi` | s | a free sd: `sigma_from_free_sd` |
| robinson1997 | sd of thresholds sigma | `sigmoids.logistic_scale_of_same_variance`; NFTsim's `Sigma` is sigma' |
| jansen1995 (r), wilson1972 (a) | 1/sigma' | `scale_from_steepness` |
| liley2002 | exp(-sqrt(2) (h - theta)/s) | `scale_from_liley_width` |
| montbrio2015 | half-width Delta of a Lorentzian, which has no sd | `normal_sd_from_lorentzian` |
| jansen1995 | h = A a t exp(-a t) | `kernel_from_jansen` |
| liley2002 | h = Gamma gamma e t exp(-gamma t), peak Gamma | `kernel_from_liley` |
| robinson1997 | unit-area h of rates alpha, beta times a strength nu_ab | `kernel_from_robinson` |
| deco2014 | gamma = 0.641e-3 with time in ms, rates in Hz | `saturation_from_per_millisecond` |
| robinson1997 | exp(-i omega t) | `conjugated` |
| x = V - theta | potential relative to the threshold | `relative_to_threshold` |
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from ..units import takes
from .kernels import AlphaKernel, BiexponentialKernel

Array = NDArray[np.float64]

_UPPER_QUARTILE = float(ndtri(0.75))


@takes(free_sd="V")
def sigma_from_free_sd(free_sd: ArrayLike) -> Array:
    """Return the canonical sigma (V) of white noise that gives the free potential this standard deviation (V).

    Source: richardson2004 writes the sd of the free potential.
    """
    return math.sqrt(2) * np.asarray(free_sd, dtype=float)


@takes(sigma="V")
def free_sd_from_sigma(sigma: ArrayLike) -> Array:
    """Return the standard deviation of the free potential (V) under white noise of canonical ``sigma`` (V)."""
    return np.asarray(sigma, dtype=float) / math.sqrt(2)


def _filtering(tau_m: ArrayLike, tau_syn: ArrayLike) -> Array:
    return np.sqrt(2 * (1 + np.asarray(tau_syn, dtype=float) / np.asarray(tau_m, dtype=float)))


@takes(free_sd="V", tau_m="s", tau_syn="s")
def sigma_from_filtered_sd(free_sd: ArrayLike, *, tau_m: ArrayLike, tau_syn: ArrayLike) -> Array:
    """Return the canonical sigma (V) of the white noise behind an exponential synapse, from the sd it leaves (V).

    Source: zerlaut2018 writes the sd of the free potential after synaptic filtering.
    Assumptions: one synaptic time constant ``tau_syn`` (s) before a membrane of ``tau_m`` (s); with several there is
    no single sigma.
    """
    return np.asarray(free_sd, dtype=float) * _filtering(tau_m, tau_syn)


@takes(sigma="V", tau_m="s", tau_syn="s")
def filtered_sd_from_sigma(sigma: ArrayLike, *, tau_m: ArrayLike, tau_syn: ArrayLike) -> Array:
    """Return the sd of the free potential (V) under noise of canonical ``sigma`` (V) through a synapse (s)."""
    return np.asarray(sigma, dtype=float) / _filtering(tau_m, tau_syn)


@takes(amplitude="V/s**0.5", tau_m="s")
def sigma_from_amplitude(amplitude: ArrayLike, *, tau_m: ArrayLike) -> Array:
    """Return the canonical sigma (V) from the factor of unit white noise in dV/dt, V/sqrt(s).

    Source: augustin2017 (sigma there, in mV/sqrt(ms)); the factor of ``xi`` in a model text of Brian2.
    """
    return np.asarray(amplitude, dtype=float) * np.sqrt(tau_m)


@takes(sigma="V", tau_m="s")
def amplitude_from_sigma(sigma: ArrayLike, *, tau_m: ArrayLike) -> Array:
    """Return the factor of unit white noise in dV/dt (V/sqrt(s)) from the canonical ``sigma`` (V)."""
    return np.asarray(sigma, dtype=float) / np.sqrt(tau_m)


@takes(drift="V/s", tau_m="s", leak_reversal="V")
def mu_from_drift(drift: ArrayLike, *, tau_m: ArrayLike, leak_reversal: ArrayLike) -> Array:
    """Return the mean free potential mu (V) from the mean input as a slope dV/dt (V/s).

    Source: augustin2017 (mu there, in mV/ms).
    """
    return np.asarray(leak_reversal, dtype=float) + np.asarray(tau_m, dtype=float) * np.asarray(drift, dtype=float)


@takes(mu="V", tau_m="s", leak_reversal="V")
def drift_from_mu(mu: ArrayLike, *, tau_m: ArrayLike, leak_reversal: ArrayLike) -> Array:
    """Return the mean input as a slope dV/dt (V/s) from the mean free potential ``mu`` (V)."""
    return (np.asarray(mu, dtype=float) - np.asarray(leak_reversal, dtype=float)) / np.asarray(tau_m, dtype=float)


@takes(jump="V", rate="Hz", tau_m="s")
def drive_from_jumps(jump: ArrayLike, rate: ArrayLike, *, tau_m: ArrayLike) -> tuple[Array, Array]:
    """Return (mu, sigma) (V) above rest of presynaptic spikes that each lift the potential by ``jump``.

    Source: brunel2000 (mu = tau J K nu, sigma = J sqrt(tau K nu)).

    Parameters
    ----------
    jump : array
        Size of one postsynaptic jump J, V.
    rate : array
        Total rate of presynaptic spikes onto one cell K nu, Hz.
    tau_m : array
        Membrane time constant, s.
    """
    count = np.asarray(tau_m, dtype=float) * np.asarray(rate, dtype=float)
    return np.asarray(jump, dtype=float) * count, np.abs(jump) * np.sqrt(count)


@takes(mu="V", sigma="V", tau_m="s")
def jumps_from_drive(mu: ArrayLike, sigma: ArrayLike, *, tau_m: ArrayLike) -> tuple[Array, Array]:
    """Return (jump (V), total presynaptic rate (Hz)) of the one source that makes this ``mu`` and ``sigma`` (V)."""
    mean, noise, membrane = (np.asarray(a, dtype=float) for a in (mu, sigma, tau_m))
    if not np.all(np.isfinite(mean) & (mean != 0) & np.isfinite(noise) & (noise > 0) & (membrane > 0)):
        raise ValueError(
            f"jumps_from_drive: mu = {mu} V, sigma = {sigma} V, tau_m = {tau_m} s are no drive of jumps; give a mean "
            "that is not 0, and noise and time constant above 0."
        )
    ratio = mean / noise
    return noise / ratio, ratio**2 / membrane


def _inverse(value: ArrayLike, name: str, unit: str) -> Array:
    number = np.asarray(value, dtype=float)
    if not np.all((number > 0) & (number < np.inf)):
        raise ValueError(f"{name} = {value} {unit} must be above 0 {unit} and finite; correct it.")
    return 1 / number


@takes(steepness="1/V")
def scale_from_steepness(steepness: ArrayLike) -> Array:
    """Return the logistic scale sigma' (V) from the factor in its exponent (1/V).

    Source: jansen1995 (r = 560 /V); wilson1972 (a, in the inverse unit of their drive).
    """
    return _inverse(steepness, "scale_from_steepness: steepness", "1/V")


@takes(scale="V")
def steepness_from_scale(scale: ArrayLike) -> Array:
    """Return the factor in the exponent of a logistic sigmoid (1/V) from its scale sigma' (V)."""
    return _inverse(scale, "steepness_from_scale: scale", "V")


@takes(width="V")
def scale_from_liley_width(width: ArrayLike) -> Array:
    """Return the logistic scale sigma' (V) from the ``width`` s in exp(-sqrt(2) (h - theta)/s).

    Source: liley2002.
    """
    return np.asarray(width, dtype=float) / math.sqrt(2)


@takes(scale="V")
def liley_width_from_scale(scale: ArrayLike) -> Array:
    """Return the width s in exp(-sqrt(2) (h - theta)/s) from the logistic ``scale`` sigma' (V)."""
    return math.sqrt(2) * np.asarray(scale, dtype=float)


def normal_sd_from_lorentzian(half_width: ArrayLike) -> Array:
    """Return the sd of the normal distribution with the quartiles of a Lorentzian of this half-width, in its unit.

    Source: montbrio2015 (Delta).
    Assumptions: a Lorentzian has no variance, so that only quantiles can be matched.
    """
    return np.asarray(half_width, dtype=float) / _UPPER_QUARTILE


def lorentzian_from_normal_sd(sd: ArrayLike) -> Array:
    """Return the half-width of the Lorentzian with the quartiles of a normal distribution of this ``sd``."""
    return np.asarray(sd, dtype=float) * _UPPER_QUARTILE


@takes(amplitude="V", rate="1/s")
def kernel_from_jansen(amplitude: float, rate: float) -> AlphaKernel:
    """Return the kernel A a t exp(-a t), of area A/a and peak A/e at 1/a.

    Source: jansen1995 (A = 3.25 mV, a = 100 /s).
    """
    return AlphaKernel(amplitude / rate, rate)


def jansen_from_kernel(kernel: AlphaKernel) -> tuple[float, float]:
    """Return (A (V), a (1/s)) of an alpha kernel."""
    return kernel.area * kernel.rate, kernel.rate


@takes(peak="V", rate="1/s")
def kernel_from_liley(peak: float, rate: float) -> AlphaKernel:
    """Return the kernel Gamma gamma e t exp(-gamma t), of peak Gamma at 1/gamma and area e Gamma/gamma.

    Source: liley2002.
    """
    return AlphaKernel(math.e * peak / rate, rate)


def liley_from_kernel(kernel: AlphaKernel) -> tuple[float, float]:
    """Return (Gamma (V), gamma (1/s)) of an alpha kernel."""
    return kernel.area * kernel.rate / math.e, kernel.rate


@takes(strength="V*s", decay_rate="1/s", rise_rate="1/s")
def kernel_from_robinson(strength: float, decay_rate: float, rise_rate: float) -> BiexponentialKernel:
    """Return the kernel of strength nu_ab and unit-area shape alpha beta/(beta - alpha) (exp(-alpha t) - exp(-beta t)).

    Source: robinson1997 (alpha the slower, beta the faster rate).
    """
    return BiexponentialKernel(strength, 1 / rise_rate, 1 / decay_rate)


def robinson_from_kernel(kernel: BiexponentialKernel) -> tuple[float, float, float]:
    """Return (nu_ab (V s), alpha (1/s), beta (1/s)) of a biexponential kernel."""
    return kernel.area, 1 / kernel.decay, 1 / kernel.rise


def saturation_from_per_millisecond(gamma: ArrayLike) -> Array:
    """Return gamma of S' = -S/tau + (1 - S) gamma r for seconds and Hz, from its value for ms and Hz.

    Source: deco2014 (0.641e-3 there is 0.641 here).
    """
    return 1e3 * np.asarray(gamma, dtype=float)


def saturation_per_millisecond(gamma: ArrayLike) -> Array:
    """Return gamma for time in ms and rates in Hz from its value for seconds."""
    return np.asarray(gamma, dtype=float) / 1e3


def conjugated(response: ArrayLike) -> NDArray[np.complex128]:
    """Return a response function of exp(-i omega t) in the convention exp(+i omega t), or the other way round."""
    return np.conj(np.asarray(response, dtype=complex))


@takes(v="V", threshold="V")
def relative_to_threshold(v: ArrayLike, *, threshold: ArrayLike) -> Array:
    """Return x = V - theta (V)."""
    return np.asarray(v, dtype=float) - np.asarray(threshold, dtype=float)


@takes(x="V", threshold="V")
def absolute_potential(x: ArrayLike, *, threshold: ArrayLike) -> Array:
    """Return V = x + theta (V)."""
    return np.asarray(x, dtype=float) + np.asarray(threshold, dtype=float)
