"""Quantities as a person writes them: the inverse of ``to_si``."""

from .convert import to_si
from .plain_text import EXPONENTS, TAKES_PREFIX

_PREFIXES = {prefix: float(f"1e{exponent}") for prefix, exponent in EXPONENTS.items()}


def to_text(value: float, unit: str) -> str:
    """Return an SI number as short text with a unit that ``to_si`` reads back to the same float, bit for bit.

    Parameters
    ----------
    value : float
        In SI.
    unit : str
        The unit it is in, e.g. ``"V"``; ``"1"`` for a pure number.
    """
    if unit == "1":
        return repr(float(value))
    prefix = _prefix(abs(value), unit) if unit in TAKES_PREFIX else ""
    short = f"{value / _PREFIXES[prefix]:.12g} {prefix}{unit}"
    return short if to_si(short, unit) == value else f"{float(value)!r} {unit}"


def _prefix(size: float, unit: str) -> str:
    """Return the prefix that leaves one to three digits before the point; mV and ms serve below 1 as well."""
    for prefix, scale in _PREFIXES.items():
        smallest = 1e-3 if prefix == "m" and unit in {"V", "s"} else 1.0
        if size >= 0.9999999 * smallest * scale:
            return prefix
    return ""
