"""What every kernel is described by: area, mean lag, spread, peak, rise, decay, cut-off frequency."""

import math
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, minimize_scalar

from ..arrays import require_finite

_HALF_POWER = 1 / math.sqrt(2)
# As good as infinity for every kernel (s), but its products with their rates are still numbers.
_FOREVER = 1e150


class Kernel(Protocol):
    """Response of the free potential to one presynaptic spike, V per spike, for times from the spike on."""

    @property
    def area(self) -> Any:
        """Integral over time, V s."""
        ...

    @property
    def mean_lag(self) -> float:
        """First moment of the response divided by its area, s."""
        ...

    @property
    def variance(self) -> float:
        """Central second moment divided by the area, s^2."""
        ...

    def __call__(self, time: ArrayLike) -> NDArray[np.float64]:
        """Return the response at ``time`` (s) after the spike, V."""
        ...

    def step_response(self, time: ArrayLike) -> NDArray[np.float64]:
        """Return the integral of the response up to ``time`` (s), V s."""
        ...

    def transfer(self, frequency: ArrayLike) -> NDArray[np.complex128]:
        """Return the integral of h(t) exp(-2 pi i f t), V s, at ``frequency`` (Hz)."""
        ...

    def laplace(self, s: ArrayLike) -> NDArray[np.complex128]:
        """Return the integral of h(t) exp(-s t), V s, at complex ``s`` (1/s) right of the slowest decay."""
        ...

    def features(self) -> dict[str, float]:
        """Return the kernel features, SI."""
        ...


def causal(time: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return times clipped to be non-negative and finite, and where the spike has come; an unknown time stays NaN."""
    times = np.asarray(time, dtype=float)
    return np.minimum(np.maximum(times, 0.0), _FOREVER), ~(times < 0)


def angular(frequency: ArrayLike) -> NDArray[np.complex128]:
    """Return 2 pi i f for frequencies in Hz; refuses those that are not finite."""
    require_finite("transfer", frequency=frequency)
    return 2j * math.pi * np.asarray(frequency, dtype=float)


def complex_rate(s: ArrayLike) -> NDArray[np.complex128]:
    """Return the points of a Laplace transform as a complex array, 1/s; refuses those that are not finite."""
    require_finite("laplace", s=s)
    return np.asarray(s, dtype=np.complex128)


def cutoff_frequency(kernel: Kernel) -> float:
    """Return the lowest frequency at which the transfer has fallen by 3 dB from zero frequency, Hz."""
    level = abs(kernel.area) * _HALF_POWER
    unit = 1 / (2 * math.pi * max(abs(kernel.mean_lag), 1e-9))
    for grid in np.array_split(unit * np.geomspace(1e-3, 1e5, 1600), 40):
        below = np.flatnonzero(np.abs(kernel.transfer(grid)) < level)
        if below.size:
            return _refined_cutoff(kernel, level, float(grid[below[0]]), float(grid[1] / grid[0]))
    raise ValueError(
        "cutoff_frequency: the kernel has no -3 dB point; its area must not vanish and it must last a while."
    )


def _refined_cutoff(kernel: Kernel, level: float, above: float, ratio: float) -> float:
    """Return the frequency at which |transfer| takes ``level``, between two neighbours of the search grid, Hz."""
    found: Any = brentq(lambda f: abs(complex(kernel.transfer(f))) - level, above / ratio, above, xtol=1e-12)
    return float(found)


def _time_grid(kernel: Kernel) -> NDArray[np.float64]:
    """Return times that resolve onsets a thousand times faster than the mean lag and reach far into the tail, s."""
    scale = abs(kernel.mean_lag)
    return np.concatenate([[0.0], scale * np.geomspace(1e-5, 60.0, 6000)])


def _crossing(kernel: Kernel, level: float, before: float, after: float) -> float:
    """Return the time between two others at which the kernel passes ``level`` (V), s."""
    if kernel(before) == level:
        return before
    found: Any = brentq(lambda t: float(kernel(t)) - level, before, after, xtol=1e-15)
    return float(found)


def _last_below(values: NDArray[np.float64], fraction: float) -> int:
    """Return the index of the last value under the fraction, or 0."""
    under = np.flatnonzero(values < fraction)
    return int(under[-1]) if under.size else 0


def waveform_features(kernel: Kernel, grid: NDArray[np.float64] | None = None) -> dict[str, float]:
    """Return peak, time to peak, 10-90 % rise and decay to 1/e, found numerically.

    The peak is the extreme of the sign of the area; a rise that starts above 10 % of the peak at the spike itself
    counts from the spike.
    """
    times = _time_grid(kernel) if grid is None else grid
    sign = math.copysign(1.0, kernel.area)
    values = sign * kernel(times)
    top = int(np.argmax(values))
    peak_time = float(times[top])
    if 0 < top < times.size - 1:
        bounds = (times[top - 1], times[top + 1])
        found: Any = minimize_scalar(lambda t: -sign * float(kernel(t)), bounds=bounds, options={"xatol": 1e-13})
        peak_time = float(found.x)
    peak = float(kernel(peak_time))
    rising = values[: top + 1] / (sign * peak)
    times_up = [_rise_time(kernel, times, rising, fraction, peak, peak_time) for fraction in (0.1, 0.9)]
    fallen = np.flatnonzero(values[top:] < sign * peak / math.e)
    if fallen.size == 0:
        raise ValueError(
            f"waveform_features: the kernel does not fall to 1/e of its peak within {times[-1]:g} s; record longer."
        )
    after = top + int(fallen[0])
    down = _crossing(kernel, peak / math.e, float(times[after - 1]), float(times[after]))
    return {
        "peak": peak,
        "time_to_peak": peak_time,
        "rise_time": times_up[1] - times_up[0],
        "decay_time": down - peak_time,
    }


def _rise_time(
    kernel: Kernel,
    times: NDArray[np.float64],
    rising: NDArray[np.float64],
    fraction: float,
    peak: float,
    peak_time: float,
) -> float:
    if rising[0] >= fraction:
        return float(times[0])
    index = _last_below(rising, fraction)
    after = float(times[index + 1]) if index + 1 < rising.size else peak_time
    return _crossing(kernel, fraction * peak, float(times[index]), max(after, float(times[index])))


def kernel_features(kernel: Kernel, grid: NDArray[np.float64] | None = None) -> dict[str, float]:
    """Return the features shared by all kernels.

    Parameters
    ----------
    kernel : Kernel
        The kernel to describe.
    grid : (n,) array, optional
        Times at which to look for the peak and the crossings, s; from the mean lag unless given.

    Returns
    -------
    dict of str to float
        ``area`` (V s), ``mean_lag``, ``sd`` (s), ``peak`` (V), ``time_to_peak``, ``rise_time`` (10-90 %),
        ``decay_time`` (peak to 1/e of the peak) (s) and ``cutoff_frequency`` (Hz, -3 dB).

    Raises
    ------
    ValueError
        If the area vanishes or the kernel changes sign so strongly that it has no spread or cut-off.
    """
    if kernel.area == 0:
        raise ValueError(
            "kernel_features: the area is 0 V s, so lags and widths are undefined; describe a kernel with an area."
        )
    if kernel.variance < 0:
        raise ValueError(
            f"kernel_features: the variance is {kernel.variance:g} s^2, the kernel changes sign; describe its two "
            "signs apart."
        )
    moments = {"area": kernel.area, "mean_lag": kernel.mean_lag, "sd": math.sqrt(kernel.variance)}
    return {**moments, **waveform_features(kernel, grid), "cutoff_frequency": cutoff_frequency(kernel)}
