"""Numbers as a reader meets them: units of the bench, and as many digits as the uncertainty deserves."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

MINUS = "\N{MINUS SIGN}"
MISSING = "\N{EM DASH}"

_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_USUAL = {
    "V": "mV",
    "s": "ms",
    "V s": "mV ms",
    "V2": "mV²",
    "Hz/V": "Hz/mV",
    "A": "pA",
    "S": "nS",
    "F": "pF",
    "1/V": "1/mV",
    "Hz/A": "Hz/nA",
}
_SCALE = {
    ("V", "mV"): 1e3, ("V", "µV"): 1e6, ("s", "ms"): 1e3, ("V s", "mV ms"): 1e6, ("Hz/V", "Hz/mV"): 1e-3,
    ("V2", "mV²"): 1e6, ("1", "10⁻³"): 1e3, ("A", "pA"): 1e12, ("S", "nS"): 1e9, ("F", "pF"): 1e12,
    ("1/V", "1/mV"): 1e-3, ("Hz/A", "Hz/nA"): 1e-9,
}  # fmt: skip


def usual_unit(unit: str) -> str:
    """Return the unit in which a quantity of SI unit ``unit`` is usually read."""
    return _USUAL.get(unit, unit)


def scale(unit: str, shown_in: str | None = None) -> float:
    """Return the factor from SI ``unit`` to the unit a reader meets (its usual one, if not stated).

    Raises
    ------
    ValueError
        If the two units do not measure the same thing, or the pair is unknown.
    """
    shown_in = usual_unit(unit) if shown_in is None else shown_in
    if unit == shown_in:
        return 1.0
    if (unit, shown_in) not in _SCALE:
        raise ValueError(f"{unit} cannot be shown in {shown_in}; known units for it: {usual_unit(unit)}.")
    return _SCALE[unit, shown_in]


def is_number(value: Any) -> TypeGuard[float]:
    """Whether a value from the document is a finite number, not a missing one."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def places(spread: float, significant: int = 2) -> int:
    """Return the decimal places that keep ``significant`` digits of an uncertainty."""
    if not spread > 0:
        return 0
    return min(max(significant - 1 - math.floor(math.log10(spread)), 0), 8)


def _places_of(numbers: Sequence[Any], spread: float) -> int:
    """Return the decimal places of a measurement: two digits of its error, at most four of its largest number."""
    largest = max((abs(number) for number in numbers if is_number(number)), default=0.0)
    return min(places(spread), places(largest, 4)) if largest > 0 else places(spread)


def decimal(value: Any, digits: int, *, signed: bool = False) -> str:
    """Write a number with a fixed number of decimals and a typographic minus; a missing one as a dash."""
    if not is_number(value):
        return MISSING
    text = f"{value:+.{digits}f}" if signed else f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("+-")
    return text.replace("-", MINUS)


def compact(value: Any, *, signed: bool = False) -> str:
    """Write a number in about three digits, for a reader who meets it alone."""
    if not is_number(value):
        return MISSING
    magnitude = abs(value)
    if magnitude and (magnitude >= 1e5 or magnitude < 1e-3):
        mantissa, exponent = f"{value:{'+' if signed else ''}.1e}".split("e")
        return f"{mantissa.replace('-', MINUS)}\N{MULTIPLICATION SIGN}10{str(int(exponent)).translate(_SUPERSCRIPT)}"
    return f"{value:{'+' if signed else ''}.{max(3, len(str(int(magnitude))))}g}".replace("-", MINUS)


@dataclass(frozen=True)
class Shown:
    """A measured number and its prediction, written with the same digits."""

    value: str
    low: str
    high: str
    predicted: str
    unit: str

    @property
    def interval(self) -> str:
        """The interval in brackets, or nothing if there is none."""
        return "" if MISSING in (self.low, self.high) else f"[{self.low}, {self.high}]"


def _spread(value: Any, interval: Sequence[Any], predicted: Any, error: Any) -> float:
    if is_number(error) and error > 0:
        return error
    if all(map(is_number, interval)) and interval[1] > interval[0]:
        return (interval[1] - interval[0]) / 3.92  # half of a 95 % interval is 1.96 standard errors
    known = [abs(number) for number in (value, predicted) if is_number(number) and number != 0]
    return 0.1 * min(known, default=0.0)


def shown(
    value: Any,
    interval: Sequence[Any] | None,
    unit: str,
    *,
    predicted: Any = None,
    shown_in: str | None = None,
    error: float | None = None,
    signed: bool = False,
) -> Shown:
    """Write a measurement in the unit a reader meets, to two digits of its standard error, four of its own at most.

    Parameters
    ----------
    value : float or None
        The measured number, in SI.
    interval : pair of float or None
        Its 95 % interval, in SI.
    unit : str
        The SI unit of both.
    predicted : float, optional
        A prediction of the same quantity, in SI, written with the digits of the measurement.
    shown_in : str, optional
        The unit a reader meets; the usual one if not stated.
    error : float, optional
        The standard error, in SI; from the interval if not stated.
    signed : bool
        Write the plus sign: for changes.
    """
    shown_in = usual_unit(unit) if shown_in is None else shown_in
    factor = scale(unit, shown_in)
    low, high = interval if interval and len(interval) == 2 else (None, None)
    numbers = [factor * n if is_number(n) else None for n in (value, low, high, predicted, error)]
    digits = _places_of(numbers[:4], _spread(numbers[0], numbers[1:3], *numbers[3:]))
    texts = [decimal(number, digits, signed=signed) for number in numbers[:4]]
    return Shown(texts[0], texts[1], texts[2], texts[3], "" if shown_in == "1" else shown_in)
