"""A number with one SI unit, such as ``20 mV``, read at once: the registry of all units takes a tenth of a second."""

import re
from decimal import Decimal

EXPONENTS = {"G": 9, "M": 6, "k": 3, "": 0, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15}
TAKES_PREFIX = frozenset({"V", "s", "Hz", "S", "A", "F"})

_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([A-Za-zµ]+)\s*")
# 1 mM is 1 mol/m³: the SI unit of a concentration by another name.
_UNITS = {f"{prefix}{unit}": (unit, exponent) for unit in TAKES_PREFIX for prefix, exponent in EXPONENTS.items()} | {
    "mM": ("mM", 0)
}


def plain_si(text: str, unit: str) -> float | None:
    """Return the SI float nearest to what is written, None if ``text`` is anything but a number with this unit.

    Parameters
    ----------
    text : str
    unit : str
        The unit wanted, without a prefix.
    """
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    number, written = found.groups()
    own, exponent = _UNITS.get(written.replace("µ", "u"), ("", 0))
    return float(Decimal(number).scaleb(exponent)) if own == unit else None
