"""One door through which every physical quantity enters: numbers are SI, strings and unit objects are checked."""

import sys
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from .plain_text import plain_si

if TYPE_CHECKING:
    import pint

# Brian2 keeps the exponents of a quantity in this order of SI base dimensions.
_BASE_DIMENSIONS = ("[length]", "[mass]", "[time]", "[current]", "[temperature]", "[substance]", "[luminosity]")


class UnitError(ValueError):
    """A quantity has the wrong dimension or cannot be read."""


@cache
def _registry() -> "pint.UnitRegistry":
    import pint

    # Decimal, so that "0.1 ms" is the float nearest to 1e-4 and not a product of two rounded numbers.
    exact: Any = Decimal
    return pint.UnitRegistry(autoconvert_offset_to_baseunit=True, non_int_type=exact)


@cache
def _dimensions(unit: str) -> dict[str, float]:
    dimensionality: Any = _registry().get_dimensionality(_registry().Unit("" if unit == "1" else unit))
    return {name: float(power) for name, power in dimensionality.items()}


def _mismatch(name: str, value: object, unit: str) -> UnitError:
    return UnitError(
        f"{name}: {value} does not have the dimension of {unit}; give a value in {unit}, or a plain SI number."
    )


@lru_cache(maxsize=4096)
def _parsed(text: str) -> tuple[float, dict[str, float]]:
    """Return the number in SI base units and its dimensions; a study says the same defaults many times."""
    parsed = _registry().Quantity(text)
    dimensionality: Any = parsed.dimensionality
    return float(parsed.to_base_units().magnitude), {name: float(power) for name, power in dimensionality.items()}


def _from_text(text: str, unit: str, name: str) -> float:
    plain = plain_si(text, unit)
    if plain is not None:
        return plain
    try:
        number, dimensions = _parsed(text)
    except Exception as error:  # pint raises a different class for every way a text can be unreadable
        raise UnitError(f"{name}: cannot read {text!r} as a quantity in {unit}, e.g. '20 {unit}'.") from error
    if dimensions != _dimensions(unit):
        raise _mismatch(name, repr(text), unit)
    return number


def _is_pint(value: Any) -> bool:
    """Return whether this is a quantity of pint, which has been imported then."""
    return "pint" in sys.modules and isinstance(value, sys.modules["pint"].Quantity)


def _from_pint(value: "pint.Quantity", unit: str, name: str) -> Any:
    magnitude: Any = value.magnitude
    if np.ndim(magnitude) == 0:
        return _from_text(str(value), unit, name)
    if _registry().Quantity(f"1 {value.units}").dimensionality != _dimensions(unit):
        raise _mismatch(name, value, unit)
    origin, one = (_from_text(str(value.__class__(number, value.units)), unit, name) for number in (0, 1))
    # The same float as for each number by itself, which is converted in decimals.
    steps = Decimal(repr(one)) - Decimal(repr(origin))
    flat = [float(Decimal(repr(origin)) + steps * Decimal(repr(float(x)))) for x in np.ravel(magnitude)]
    return np.array(flat).reshape(np.shape(magnitude))


def _brian_dimensions(value: Any) -> dict[str, float]:
    exponents = value.dim._dims
    return {name: float(power) for name, power in zip(_BASE_DIMENSIONS, exponents, strict=True) if power}


def to_si(value: Any, unit: str, name: str = "value") -> Any:
    """Return ``value`` as an SI float (or array of floats), after checking its dimension against ``unit``.

    Parameters
    ----------
    value : number, array, str, Brian2 or pint quantity
        A plain number is taken to be in SI already; a string such as ``"20 mV"`` and a unit object are checked.
    unit : str
        Unit whose dimension is wanted, e.g. ``"V"``; ``"1"`` for a pure number.
    name : str
        What the value is called in the error message.

    Raises
    ------
    UnitError
        If the dimension differs or the text cannot be read.
    """
    if type(value) is float:  # by far the most frequent
        return value
    if isinstance(value, bool):
        raise UnitError(f"{name}: {value} is not a quantity in {unit}, e.g. '20 {unit}'.")
    if isinstance(value, str):
        return _from_text(value, unit, name)
    if _is_pint(value):
        return _from_pint(value, unit, name)
    if hasattr(value, "dim") and _brian_dimensions(value) != _dimensions(unit):
        raise _mismatch(name, value, unit)
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError) as error:
        raise UnitError(f"{name}: cannot read {value!r} as a quantity in {unit}.") from error
    return float(array) if array.ndim == 0 else np.array(array)
