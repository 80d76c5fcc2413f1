"""Features of a sampled response without any family: splines between samples, an exponential after the last one."""

import math
from collections.abc import Callable
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import simpson
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq

Array = NDArray[np.floating]

TAIL_SHARE = 0.1  # of the window, from which the amplitude of the tail is read


def from_onset(time: Array, response: Array) -> tuple[Array, Array]:
    """Return the samples with the onset at 0 s in front where the recording starts later.

    A potential starts from 0 V; a response that jumps (a clamped current) starts where its first samples point to.
    """
    if time[0] <= 1e-12:
        return time, response
    slope = (response[1] - response[0]) / (time[1] - time[0])
    start = float(response[0] - slope * time[0])
    jumps = start * response[0] > 0 and abs(start) > 0.5 * abs(response[0])
    return np.concatenate([[0.0], time]), np.concatenate([[start if jumps else 0.0], response])


def tail_amplitude(time: Array, response: Array, tail_time_constant: float) -> float:
    """Return the response (V) at the last sample, from the last tenth of the window and the decay after it."""
    last = time >= time[-1] - TAIL_SHARE * (time[-1] - time[0])
    shape = np.exp(-(time[last] - time[-1]) / tail_time_constant)
    return float(response[last] @ shape / (shape @ shape))


def _moments(time: Array, response: Array, end: float, tau: float) -> tuple[float, float, float, float]:
    """Return area (V s), mean lag (s), variance (s2) and the share of the area that lies after the window."""
    last = float(time[-1])
    inside = [float(CubicSpline(time, response * time**k).integrate(time[0], last)) for k in range(3)]
    after = (end * tau, end * tau * (last + tau), end * tau * (last**2 + 2 * last * tau + 2 * tau**2))
    area, first, second = (a + b for a, b in zip(inside, after, strict=True))
    mean = first / area
    return area, mean, second / area - mean**2, after[0] / area


def _peak(time: Array, response: Array) -> tuple[float, float, int]:
    """Return time, value and sample index of the largest deflection, between samples by the spline."""
    top = int(np.argmax(np.abs(response)))
    if top in (0, time.size - 1):
        return float(time[top]), float(response[top]), top
    low, high = max(top - 3, 0), min(top + 4, time.size)
    spline = CubicSpline(time[low:high], response[low:high])
    turns = [float(t) for t in spline.derivative().roots(extrapolate=False) if time[top - 1] <= t <= time[top + 1]]
    best = max(turns, key=lambda t: abs(float(spline(t))), default=float(time[top]))
    return best, float(spline(best)), top


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """Return the zero of ``function`` between two points of opposite sign."""
    return float(cast(float, brentq(function, low, high, xtol=1e-13)))


def _crossing(time: Array, relative: Array, level: float, index: int) -> float:
    """Return the time of crossing ``level`` between samples index-1 and index, on the spline through neighbours."""
    low, high = max(index - 3, 0), min(index + 3, time.size)
    spline = CubicSpline(time[low:high], relative[low:high] - level)
    return _root(lambda t: float(spline(t)), float(time[index - 1]), float(time[index]))


def _rise(time: Array, relative: Array, top: int) -> float:
    ends = []
    for level in (0.1, 0.9):
        index = int(np.argmax(relative[: top + 1] >= level))
        ends.append(float(time[0]) if index == 0 else _crossing(time, relative, level, index))
    return ends[1] - ends[0]


def _decay(time: Array, relative: Array, top: int, peak_time: float, tau: float) -> float:
    under = np.flatnonzero(relative[top:] <= math.exp(-1))
    if under.size == 0:
        return float(time[-1] - peak_time + tau * math.log(relative[-1] * math.e))
    return _crossing(time, relative, math.exp(-1), top + int(under[0])) - peak_time


def transfer(time: Array, response: Array, frequency: Array, end: float, tau: float) -> NDArray[np.complex128]:
    """Return the Fourier transform (V s) of the response and its exponential tail at ``frequency`` (n,; Hz)."""
    omega = 2j * np.pi * np.atleast_1d(frequency)[:, None]
    inside = simpson(response * np.exp(-omega * time), x=time, axis=-1)
    after = end * np.exp(-omega[:, 0] * time[-1]) / (1 / tau + omega[:, 0])
    return inside + after


def _cutoff(time: Array, response: Array, end: float, tau: float, mean_lag: float) -> float | None:
    """Return the lowest frequency where |H| is 3 dB below |H(0)|, Hz; None if the band has none."""

    def size(frequency: Array) -> Array:
        return np.abs(transfer(time, response, frequency, end, tau))

    level = float(size(np.array([0.0]))[0]) / math.sqrt(2)
    grid = np.geomspace(1e-2 / (2 * np.pi * abs(mean_lag)), 0.1 / float(np.median(np.diff(time))), 60)
    below = np.flatnonzero(size(grid) < level)
    if below.size == 0 or below[0] == 0:
        return None
    return _root(lambda f: float(size(np.array([f]))[0]) - level, float(grid[below[0] - 1]), float(grid[below[0]]))


def measured_features(time: Array, response: Array, tail_time_constant: float) -> tuple[dict[str, float], float]:
    """Return the features of a sampled response and the share of its area beyond the window.

    Parameters
    ----------
    time, response : (n,) array
        Time after the spike (s) and response (V).
    tail_time_constant : float
        Decay after the window, s.

    Returns
    -------
    features : dict of str to float
        Kernel features, SI. ``sd`` is missing where the response changes sign so much that its variance is negative,
        ``cutoff_frequency`` where the response has none in the sampled band.
    tail : float
        Share of the area after the window, 1.
    """
    time, response = from_onset(time, response)
    end = tail_amplitude(time, response, tail_time_constant)
    area, mean_lag, variance, tail = _moments(time, response, end, tail_time_constant)
    peak_time, peak, top = _peak(time, response)
    relative = response / peak
    features = {"area": area, "mean_lag": mean_lag, "peak": peak, "time_to_peak": peak_time}
    if variance > 0:
        features["sd"] = math.sqrt(variance)
    features["rise_time"] = _rise(time, relative, top)
    features["decay_time"] = _decay(time, relative, top, peak_time, tail_time_constant)
    cutoff = _cutoff(time, response, end, tail_time_constant, mean_lag)
    if cutoff is not None:
        features["cutoff_frequency"] = cutoff
    return features, tail
