"""Power of the rate of a mass model that is made of gain and kernel: at a frequency, with a feedback loop if asked.

Source: robinson1997 (linear spectra of populations with feedback).
Assumptions: small signals about the operating point; white input; the population hears itself with ``loop_gain`` (the
open-loop gain at 0 Hz of the untouched population) after ``delay``, and a lever changes this loop as it changes gain
and kernel.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.integrate import trapezoid

from ...units import to_si
from .columns import Column, Source, feature_columns
from .mistakes import ExplainError

Array = NDArray[np.floating]
Complex = NDArray[np.complexfloating]

_NAME = re.compile(r"power@\s*([0-9.]+)\s*Hz")
_FLOOR = 0.02  # of ln power: error of any superposition
_STEP = 1e-4  # of a logarithm, for differences
_RECORDED = 0.05  # of ln power: error of a spectrum of about 400 segments


@dataclass(frozen=True, kw_only=True)
class Loop:
    """The feedback of the untouched population: gain at 0 Hz (negative is inhibitory), and delay (s)."""

    loop_gain: float = 0.0
    delay: float = 0.0

    def __post_init__(self) -> None:
        if self.loop_gain >= 1:
            raise ExplainError(f"spectrum.loop_gain: {self.loop_gain:g} must be below 1; such a population runs away.")

    @staticmethod
    def from_table(table: Mapping[str, Any]) -> "Loop":
        """Return the loop of a table with the keys ``loop_gain`` and ``delay``."""
        unknown = set(table) - {"loop_gain", "delay"}
        if unknown:
            raise ExplainError(f"spectrum: {', '.join(sorted(unknown))} is unknown; there are loop_gain and delay.")
        gain = to_si(table.get("loop_gain", 0.0), "1", "spectrum.loop_gain")
        return Loop(loop_gain=float(gain), delay=float(to_si(table.get("delay", 0.0), "s", "spectrum.delay")))


def is_power(name: str) -> bool:
    """Tell whether a feature is a power, e.g. ``power@10Hz``."""
    return _NAME.fullmatch(name) is not None


def frequency(name: str) -> float:
    """Return the frequency of a power, Hz."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise ExplainError(f"{name}: write a power as power@10Hz.")
    return float(found.group(1))


def log_power(gain: Array, transfer: Complex, f: float, loop: Loop) -> Array:
    """Return the logarithm of the power at ``f`` (Hz) up to a constant (...).

    Parameters
    ----------
    gain : (...) array
        Gain over that of the untouched population.
    transfer : (...) complex array
        Kernel's transfer function over its value at 0 Hz.
    f : float
    loop : Loop
    """
    path = gain * transfer
    echo = 1 - loop.loop_gain * path * np.exp(-2j * math.pi * f * loop.delay)
    return 2 * np.log(np.abs(path)) - 2 * np.log(np.abs(echo))


def power_columns(dataset: xr.Dataset, names: Sequence[str], source: Source, loop: Loop) -> list[Column]:
    """Return the columns of powers such as ``power@10Hz``."""
    wanted = [name for name in names if is_power(name)]
    if not wanted:
        return []
    gain = feature_columns(dataset, ["gain"], source)
    if not gain:
        raise ExplainError("power: this result has no gain, from which powers are made.")
    return [_power(dataset, name, source, loop, gain[0]) for name in wanted]


def _power(dataset: xr.Dataset, name: str, source: Source, loop: Loop, gain: Column) -> Column:
    f = frequency(name)
    transfer, error = _transfer(dataset, f, source)
    ratio = np.exp(np.concatenate([[0.0], gain.changes]))
    level = log_power(ratio, transfer, f, loop)
    by_gain = (log_power(ratio * math.exp(_STEP), transfer, f, loop) - level) / _STEP
    by_kernel = (log_power(ratio, transfer * math.exp(_STEP), f, loop) - level) / _STEP
    errors = np.hypot(by_gain[1:] * gain.errors, by_kernel[1:] * error[1:])
    return Column(
        name=name,
        unit="1",
        scale="log",
        base=1.0,
        changes=level[1:] - level[0],
        errors=errors,
        natural=1.0,
        floor=_FLOOR,
        recording_error=_RECORDED,
        deviations=None if gain.deviations is None else by_gain[1:, None] * gain.deviations,
    )


def _transfer(dataset: xr.Dataset, f: float, source: Source) -> tuple[Complex, Array]:
    """Return transfer over its value at 0 Hz (C + 1,) and its relative error, from the kernels of the result."""
    lag = dataset["lag"].values
    values = dataset["kernel" if source == "measured" else "kernel_predicted"].values
    error = dataset["kernel_se"].values if source == "measured" else np.zeros_like(values)
    wave = np.exp(-2j * math.pi * f * lag)
    area = trapezoid(values, lag, axis=1)
    transfer = trapezoid(values * wave, lag, axis=1)
    step = np.gradient(lag)
    noise = np.sqrt(np.sum((error * step) ** 2, axis=1))
    with np.errstate(invalid="ignore"):  # a kernel that was not measured stays missing
        return transfer / area, noise / np.abs(transfer)
