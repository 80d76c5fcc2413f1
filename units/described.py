"""Frozen descriptions whose fields state their unit and bounds, and are checked at birth."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from typing import TYPE_CHECKING, Any, SupportsFloat, TypeVar, dataclass_transform, overload

import numpy as np

from .convert import to_si

T = TypeVar("T")

# What a field takes at birth is wider than what it holds afterwards: "20 mV" goes in, 0.02 comes out. A descriptor is
# the one way to tell a type checker so without a second argument on every field; at run time there is only the float.
if TYPE_CHECKING:
    Given = SupportsFloat | str  # Brian2 and pint quantities are SupportsFloat

    class Quantity:
        """Field annotation: holds a float in SI; takes a number in SI, text with a unit, or a unit object."""

        def __get__(self, instance: object, owner: type) -> float: ...
        def __set__(self, instance: object, value: Given) -> None: ...

    class OptionalQuantity:
        """The same for a quantity that may be absent (``None``)."""

        def __get__(self, instance: object, owner: type) -> float | None: ...
        def __set__(self, instance: object, value: Given | None) -> None: ...

else:
    Quantity = float
    OptionalQuantity = float | None


def quantity(
    unit: str,
    *,
    default: Any = ...,
    above: float = -math.inf,
    at_least: float = -math.inf,
    at_most: float = math.inf,
    below: float = math.inf,
) -> Any:
    """Declare a field of a described class: its SI unit and the bounds its value must keep."""
    metadata = {"unit": unit, "above": above, "at_least": at_least, "at_most": at_most, "below": below}
    return field(metadata=metadata) if default is ... else field(default=default, metadata=metadata)


def checked_quantity(label: str, value: Any, metadata: Mapping[str, Any]) -> float:
    """Return one field's value in SI, or say what is wrong with it.

    Parameters
    ----------
    label : str
        What the field is called in the message.
    value : number, str, Brian2 or pint quantity
        As the user gave it.
    metadata : mapping
        The field's own ``metadata``, written by `quantity`.

    Raises
    ------
    ValueError
        If the dimension is wrong, it is not one finite number, or a bound is broken.
    """
    number = to_si(value, metadata["unit"], label)
    if np.ndim(number) > 0:
        raise ValueError(
            f"{label}: an array of shape {np.shape(number)} is not one number; give one, and make one description for "
            "each value."
        )
    _check_bounds(label, number, metadata)
    return number


def _check_bounds(label: str, value: float, metadata: Mapping[str, Any]) -> None:
    unit = "" if metadata["unit"] == "1" else f" {metadata['unit']}"
    if not math.isfinite(value):
        raise ValueError(f"{label}: {value} is not a finite number; give one{unit and ' in' + unit}.")
    rules = (
        (value > metadata["above"], f"must be above {metadata['above']}{unit}"),
        (value >= metadata["at_least"], f"must be at least {metadata['at_least']}{unit}"),
        (value <= metadata["at_most"], f"must be at most {metadata['at_most']}{unit}"),
        (value < metadata["below"], f"must be below {metadata['below']}{unit}"),
    )
    for kept, rule in rules:
        if not kept:
            raise ValueError(f"{label}: {value:g}{unit} is out of range; it {rule}.")


def _enter(self: Any) -> None:
    for item in fields(self):
        value = getattr(self, item.name)
        if "unit" not in item.metadata or value is None:
            continue
        label = f"{type(self).__name__}.{item.name}"
        object.__setattr__(self, item.name, checked_quantity(label, value, item.metadata))
    if hasattr(self, "_check"):
        self._check()


@overload
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(quantity, field))
def described(cls: type[T]) -> type[T]: ...
@overload
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(quantity, field))
def described(*, kw_only: bool) -> Callable[[type[T]], type[T]]: ...
def described(cls: type[T] | None = None, *, kw_only: bool = True) -> Any:
    """Make a frozen dataclass whose quantities are converted to SI and checked at birth; keyword-only unless told.

    A class may state a rule between its fields in a method ``_check(self) -> None`` that raises ``ValueError``.
    """
    if cls is None:
        return partial(described, kw_only=kw_only)
    cls.__post_init__ = _enter  # type: ignore[attr-defined]
    return dataclass(frozen=True, kw_only=kw_only)(cls)
