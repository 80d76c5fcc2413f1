"""Compiled backward integration of the density and of its response, from the threshold down.

Let x be the distance below the upper end of a step, a = drift/diffusion there. Everything a step needs is the response
of 1/(k^m (k + a)^n) in Laplace space, in units of the step: with z = a h,

    f(m, n) = sum_j (-z)^j C(n + j - 1, j)/(m + n + j - 1)!,     f(m, n) = (f(m, n - 1) - f(m - 1, n))/z.

They solve a step of constant drift exactly, to first order in the frequency, however strong the drift is.
"""

import math

import numpy as np
from numba import njit

from .exponential_cell import STEEPEST_UPSTROKE

_TERMS = 14
_SERIES_BELOW = 0.7
_RESCALE_ABOVE = 1e80
_LONG_STEP = 20.0  # in slope factors; from there on only the upper end of the step counts, and sinh would overflow

_COEFFICIENTS = np.array(
    [
        [
            [
                (-1.0) ** j * math.comb(max(n + j - 1, 0), j) / math.factorial(max(m + n + j - 1, 0))
                for j in range(_TERMS)
            ]
            for n in range(4)
        ]
        for m in range(4)
    ]
)


@njit(cache=True, nogil=True)
def _series(m: int, n: int, z: float) -> float:
    total = 0.0
    for j in range(_TERMS - 1, -1, -1):
        total = total * z + _COEFFICIENTS[m, n, j]
    return total


@njit(cache=True, nogil=True)
def step_functions(z: float) -> tuple[float, ...]:
    """Return exp(-z) and f(1,1), f(2,1), f(3,1), f(1,2), f(2,2), f(3,2), f(1,3), f(2,3), f(3,3)."""
    decay = math.exp(-z)
    if abs(z) < _SERIES_BELOW:
        f11, f21, f31 = _series(1, 1, z), _series(2, 1, z), _series(3, 1, z)
        f12, f22, f32 = _series(1, 2, z), _series(2, 2, z), _series(3, 2, z)
        return decay, f11, f21, f31, f12, f22, f32, _series(1, 3, z), _series(2, 3, z), _series(3, 3, z)
    f11 = -math.expm1(-z) / z
    f21 = (1.0 - f11) / z
    f31 = (0.5 - f21) / z
    f12 = (f11 - decay) / z
    f22 = (f21 - f12) / z
    f32 = (f31 - f22) / z
    f13 = (f12 - decay / 2) / z
    f23 = (f22 - f13) / z
    return decay, f11, f21, f31, f12, f22, f32, f13, f23, (f32 - f23) / z


@njit(cache=True, nogil=True)
def _respond(laplace, flux, share, state, h, hd, step, by_density, by_flux, by_slope):
    """Take one step with the densities and masses at all frequencies; the modulations act by the last three."""
    decay, f11, f21, _, f12, f22, f32, f13, f23, f33 = step
    for i in range(laplace.size):
        s = laplace[i]
        q = s * h * hd
        kept, fed = decay + q * f12, hd * (f11 + q * f22)
        held, gained = h * (f11 + q * f22), h * hd * (f21 + q * f32)
        once, twice, thrice = share[i] * (decay + q * f13), share[i] * (f12 + q * f23), share[i] * (f22 + q * f33)
        p, j = state[0, i], flux[i] + s * state[1, i]
        state[0, i] = p * kept + j * fed
        state[1, i] += p * held + j * gained
        p, j = state[2, i], s * state[3, i]
        state[2, i] = p * kept + j * fed - by_density * once - by_flux * twice
        state[3, i] += p * held + j * gained - h * (by_density * twice + by_flux * thrice)
        p, j = state[4, i], s * state[5, i]
        state[4, i] = p * kept + j * fed - by_slope * once
        state[5, i] += p * held + j * gained - h * by_slope * twice
        size = abs(state[0, i].real) + abs(state[0, i].imag)
        if size > _RESCALE_ABOVE:
            share[i] /= size
            flux[i] /= size
            for row in range(6):
                state[row, i] /= size


@njit(cache=True, nogil=True)
def integrate_down(v, drift, diffusion, reset_index, tau_ref, drift_gain, noise_gain, laplace, response):
    """Integrate from the threshold to the lowest potential.

    Sums are scaled down as they grow; the response at each frequency, which grows faster, by a ``share`` of its own.

    Parameters
    ----------
    v : (n_v,) array
        Rising potentials, V.
    drift : (n_v - 1,) array
        Mean drift of each step, V/s.
    diffusion : float
        Half the noise power, V^2/s.
    reset_index : int
        Where in ``v`` the reset stands.
    tau_ref : float
        Refractory period, s.
    drift_gain, noise_gain : float
        Change of the drift, V/s, and of the logarithm of the diffusion per unit of the modulated parameter.
    laplace : (n,) complex array
        i w, or any number with a real part that is not negative, 1/s.
    response : (2, n) complex array
        Is filled with the response of the rate divided by the rate, to a modulation of drift and of noise.

    Returns
    -------
    log_rate : float
        Logarithm of the rate in Hz.
    mean : float
        Mean potential; during the refractory period it is the reset, V.
    """
    count = laplace.size
    flux = np.ones(count, dtype=np.complex128)
    state = np.zeros((6, count), dtype=np.complex128)  # density and mass: of unit flux, of drift, of noise modulation
    share = np.ones(count)
    density, mass, moment, unit, source, shift = 0.0, 0.0, 0.0, 1.0, 1.0, 0.0
    for k in range(v.size - 2, -1, -1):
        if k == reset_index - 1:
            source = 0.0
            for i in range(count):
                flux[i] = share[i] * unit * (1.0 - np.exp(-laplace[i] * tau_ref))
        h = v[k + 1] - v[k]
        hd = h / diffusion
        step = step_functions(drift[k] * hd)
        decay, f11, f21, f31, f12 = step[:5]
        if count > 0:
            by_density, by_flux = drift_gain * hd * density, drift_gain * hd * hd * source
            by_slope = noise_gain * hd * (source - drift[k] * density)
            _respond(laplace, flux, share, state, h, hd, step, by_density, by_flux, by_slope)
        in_step = h * (density * f11 + source * hd * f21)
        moment += v[k + 1] * in_step - h * h * (density * f12 + source * hd * (f21 - f31))
        mass += in_step
        density = density * decay + source * hd * f11
        if density > _RESCALE_ABOVE:
            factor = 1.0 / density
            shift += math.log(density)
            density, mass, moment = 1.0, mass * factor, moment * factor
            unit, source = unit * factor, source * factor
            flux *= factor
            state *= factor
    for i in range(count):
        s = laplace[i]
        resting = tau_ref if abs(s) * tau_ref < 1e-9 else (1.0 - np.exp(-s * tau_ref)) / s
        total = state[1, i] + share[i] * unit * resting
        response[0, i], response[1, i] = -state[3, i] / total, -state[5, i] / total
    total_mass = mass + unit * tau_ref
    return -shift - math.log(total_mass), (moment + unit * tau_ref * v[reset_index]) / total_mass


@njit(cache=True, nogil=True)
def _grid(lowest, v_reset, v_cutoff, size):
    """Return ``size`` steps, even on either side of the reset, and the index of the reset."""
    below = min(max(round(size * (v_reset - lowest) / (v_cutoff - lowest)), 2), size - 2)
    v = np.empty(size + 1)
    for k in range(below):
        v[k] = lowest + (v_reset - lowest) * k / below
    for k in range(size - below + 1):
        v[below + k] = v_reset + (v_cutoff - v_reset) * k / (size - below)
    return v, below


@njit(cache=True, nogil=True)
def _mean_drift(v, mu, tau_m, v_threshold, slope_factor):
    """Return the exact mean of the drift over each step."""
    drift = np.empty(v.size - 1)
    for k in range(drift.size):
        middle, half = (v[k] + v[k + 1]) / 2, (v[k + 1] - v[k]) / 2
        spike = 0.0
        if slope_factor > 0:
            reach, exponent = half / slope_factor, (middle - v_threshold) / slope_factor
            if reach < _LONG_STEP:
                spike = slope_factor * math.exp(min(exponent, STEEPEST_UPSTROKE)) * math.sinh(reach) / reach
            else:
                spike = slope_factor * math.exp(min(exponent + reach, STEEPEST_UPSTROKE)) / (2 * reach)
        drift[k] = (mu - middle + spike) / tau_m
    return drift


@njit(cache=True, nogil=True)
def exponential_cells(mu, sigma, cells, lower_sds, size, laplace, log_rate, mean, response):
    """Integrate many exponential cells, each on a grid of ``size`` steps of its own.

    ``cells`` (6, n) holds tau_m, tau_ref, v_threshold, v_reset, slope_factor and where each spikes; ``log_rate`` (n,),
    ``mean`` (n,) and ``response`` (n, 2, n_laplace) are filled.
    """
    for c in range(mu.size):
        tau_m, tau_ref, v_threshold = cells[0, c], cells[1, c], cells[2, c]
        v_reset, slope_factor, v_cutoff = cells[3, c], cells[4, c], cells[5, c]
        lowest = min(mu[c], v_reset) - lower_sds * sigma[c] / math.sqrt(2.0)
        v, reset_index = _grid(lowest, v_reset, v_cutoff, size)
        drift = _mean_drift(v, mu[c], tau_m, v_threshold, slope_factor)
        diffusion = sigma[c] ** 2 / (2 * tau_m)
        log_rate[c], mean[c] = integrate_down(
            v, drift, diffusion, reset_index, tau_ref, 1 / tau_m, 2 / sigma[c], laplace, response[c]
        )
