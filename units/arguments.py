"""Quantities as arguments of a function: numbers pass untouched, everything that carries a unit is converted."""

from collections.abc import Callable, Sequence
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar

import numpy as np

from .convert import to_si

P = ParamSpec("P")
R = TypeVar("R")

_PLAIN = (float, int, np.ndarray, np.floating, np.integer)


def _in_si(value: Any, unit: str, name: str) -> Any:
    if value is None or type(value) is np.ndarray or (isinstance(value, _PLAIN) and not hasattr(value, "dim")):
        return value
    if isinstance(value, Sequence) and not isinstance(value, str):
        return np.array([_in_si(item, unit, name) for item in value], dtype=float)
    return to_si(value, unit, name)


def takes(**units: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function accept its named arguments with units.

    Parameters
    ----------
    **units : str
        Unit of each argument, e.g. ``mu="V"``; plain numbers and arrays are taken to be in SI already and cost
        nothing, strings, Brian2 and pint quantities are checked and converted. None stays None.

    Raises
    ------
    UnitError
        By the decorated function, if an argument has the wrong dimension or cannot be read.
    TypeError
        If the function has no argument of a name given here.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        names = list(signature(function).parameters)
        unknown = sorted(set(units) - set(names))
        if unknown:
            raise TypeError(f"takes: {function.__name__} has no argument {unknown[0]!r}; it has: {', '.join(names)}.")
        by_position = [(name, units.get(name)) for name in names]
        call: Callable[..., R] = function

        @wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            converted: list[Any] = [
                value if unit is None else _in_si(value, unit, name)
                for (name, unit), value in zip(by_position, args, strict=False)
            ]
            converted += args[len(converted) :]
            named: dict[str, Any] = {
                name: _in_si(value, units[name], name) if name in units else value for name, value in kwargs.items()
            }
            return call(*converted, **named)

        return checked

    return decorate
