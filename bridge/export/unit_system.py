"""Consistent systems of units: in each of them a formula keeps its text, and only numbers change."""

import re
from dataclasses import dataclass
from fractions import Fraction

from ...units import UnitError

# Units of the models' fields, as powers of volt, second, ampere and metre.
_POWERS = {
    "V": (1, 0, 0, 0), "s": (0, 1, 0, 0), "A": (0, 0, 1, 0), "m": (0, 0, 0, 1),
    "Hz": (0, -1, 0, 0), "S": (-1, 0, 1, 0), "F": (-1, 1, 1, 0), "C": (0, 1, 1, 0), "1": (0, 0, 0, 0),
}  # fmt: skip


def powers_of(unit: str) -> tuple[Fraction, ...]:
    """Return a unit text such as ``"V*s"`` or ``"1/V"`` as powers of volt, second, ampere and metre.

    Raises
    ------
    UnitError
        If the text holds a unit that no mass model uses.
    """
    total = [Fraction(0)] * 4
    sign = 1
    for token in re.findall(r"\*\*|[*/ ]|[^*/ ]+", unit):
        if token in "*/ ":
            sign = -1 if token == "/" else 1
            continue
        name, _, power = token.partition("^")
        if name not in _POWERS:
            raise UnitError(
                f"powers_of: {name!r} in {unit!r} is none of {', '.join(_POWERS)}; write the unit with these."
            )
        for k, exponent in enumerate(_POWERS[name]):
            total[k] += sign * Fraction(power or "1") * exponent
    return tuple(total)


@dataclass(frozen=True)
class UnitSystem:
    """Units of potential, time, current and length, with their sizes in SI.

    Parameters
    ----------
    names : tuple of str
        Potential, time, current, length.
    sizes : tuple of float
        One of each in SI.
    """

    names: tuple[str, str, str, str]
    sizes: tuple[Fraction, Fraction, Fraction, Fraction]

    def factor(self, unit: str) -> Fraction:
        """Return what a number in the SI ``unit`` is multiplied with to be in this system."""
        size = Fraction(1)
        for one, power in zip(self.sizes, powers_of(unit), strict=True):
            size *= one ** int(power)
        return 1 / size

    def value(self, number: float, unit: str) -> float:
        """Return a number in the SI ``unit`` in this system."""
        factor = self.factor(unit)
        return float(number) * factor.numerator / factor.denominator

    def unit(self, unit: str) -> str:
        """Return the name of the SI ``unit`` in this system, e.g. ``"mV*ms"``."""
        powers = list(zip(self.names, powers_of(unit), strict=True))
        above = [_power(name, power) for name, power in powers if power > 0]
        below = [_power(name, -power) for name, power in powers if power < 0]
        if not below:
            return "*".join(above) or "1"
        return f"{'*'.join(above) or '1'}/{below[0] if len(below) == 1 else '(' + '*'.join(below) + ')'}"


def _power(name: str, power: Fraction) -> str:
    return name if power == 1 else f"{name}^{power}"


_MILLI, _NANO = Fraction(1, 1000), Fraction(1, 10**9)
SI = UnitSystem(("V", "s", "A", "m"), (Fraction(1), Fraction(1), Fraction(1), Fraction(1)))
MILLI = UnitSystem(("mV", "ms", "nA", "mm"), (_MILLI, _MILLI, _NANO, _MILLI))
