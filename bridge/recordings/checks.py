"""What every reading must pass: finite numbers, rising axes, even steps, known units; mistakes carry their place."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...units import UnitError, to_si

Array = NDArray[Any]

_EVEN = 1e-3  # of a step: files keep times with few digits


class RecordingError(ValueError):
    """A recording is missing, cannot be read, or does not say what it holds."""


def column(values: ArrayLike, name: str) -> Array:
    """Return a column of finite numbers (n,).

    Raises
    ------
    RecordingError
        If it is not one, naming the place of the first number that is not finite.
    """
    try:
        found = np.array(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise RecordingError(f"{name}: it cannot be read as numbers ({error}); give a column of numbers.") from error
    if found.ndim != 1 or found.size == 0:
        raise RecordingError(f"{name}: shape {found.shape}; give one column of numbers.")
    bad = np.flatnonzero(~np.isfinite(found))
    if bad.size:
        raise RecordingError(
            f"{name}: {found[bad[0]]} at place {bad[0] + 1} of {found.size} ({bad.size} in all); leave out or mend the "
            "missing samples, they are not filled in here."
        )
    return found


def same_length(**columns: Array) -> None:
    """Refuse columns of different lengths."""
    if len({values.size for values in columns.values()}) > 1:
        sizes = ", ".join(f"{name} {values.size}" for name, values in columns.items())
        raise RecordingError(f"columns of different lengths: {sizes}; give one number of each in every row.")


def positive(values: Array, name: str, unit: str) -> Array:
    """Return ``values`` (n,), all above 0."""
    bad = np.flatnonzero(~(values > 0))
    if bad.size:
        raise RecordingError(
            f"{name}: {values[bad[0]]:g}{_spaced(unit)} at place {bad[0] + 1} of {values.size}; it must be above 0."
        )
    return values


def rising(values: Array, name: str, unit: str) -> Array:
    """Return ``values`` (n,), each above the one before."""
    bad = np.flatnonzero(np.diff(values) <= 0)
    if bad.size:
        before, after = values[bad[0]], values[bad[0] + 1]
        raise RecordingError(
            f"{name}: {after:g}{_spaced(unit)} at place {bad[0] + 2} comes after {before:g}; sort the rows by {name}."
        )
    return values


def even_step(values: Array, name: str) -> float:
    """Return the step (s) of an evenly sampled axis (n,).

    Raises
    ------
    RecordingError
        If the steps differ by more than a thousandth, naming the place of the worst.
    """
    if values.size < 2:
        raise RecordingError(f"{name}: {values.size} sample; give at least two.")
    rising(values, name, "s")
    steps = np.diff(values)
    step = float(values[-1] - values[0]) / steps.size
    worst = int(np.argmax(np.abs(steps - step)))
    if abs(steps[worst] - step) > _EVEN * step + 8 * np.finfo(float).eps * float(np.abs(values).max()):
        raise RecordingError(
            f"{name}: a step of {steps[worst]:g} s at place {worst + 2}, where the mean is {step:g} s; resample to "
            "even steps, or cut the record at the gap."
        )
    return step


def factor_to_si(unit: str, wanted: tuple[str, ...], name: str) -> tuple[float, str]:
    """Return the factor from ``unit`` to SI, and which of the ``wanted`` SI units it is.

    Raises
    ------
    RecordingError
        If the unit cannot be read or has another dimension.
    """
    for target in wanted:
        try:
            return float(to_si(f"1 {unit}" if unit != "1" else 1.0, target, name)), target
        except UnitError:
            continue
    raise RecordingError(f"{name}: unit {unit!r} is none of these or cannot be read: {', '.join(wanted)}.")


def _spaced(unit: str) -> str:
    return "" if unit == "1" else f" {unit}"
