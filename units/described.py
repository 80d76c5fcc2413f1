"""Frozen descriptions whose fields state their unit and bounds, and are checked at birth."""

import math
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar, dataclass_transform

from .convert import to_si

T = TypeVar("T")


def quantity(
    unit: str, *, default: Any = ..., above: float = -math.inf, at_least: float = -math.inf,
    at_most: float = math.inf, below: float = math.inf,
) -> Any:  # fmt: skip
    """Declare a field of a described class: its SI unit and the bounds its value must keep."""
    metadata = {"unit": unit, "above": above, "at_least": at_least, "at_most": at_most, "below": below}
    return field(metadata=metadata) if default is ... else field(default=default, metadata=metadata)


def _check_bounds(label: str, value: float, metadata: Any) -> None:
    unit = metadata["unit"]
    if not math.isfinite(value):
        raise ValueError(f"{label}: {value} is not a finite number; give a value in {unit}.")
    rules = (
        (value > metadata["above"], f"must be above {metadata['above']} {unit}"),
        (value >= metadata["at_least"], f"must be at least {metadata['at_least']} {unit}"),
        (value <= metadata["at_most"], f"must be at most {metadata['at_most']} {unit}"),
        (value < metadata["below"], f"must be below {metadata['below']} {unit}"),
    )
    for kept, rule in rules:
        if not kept:
            raise ValueError(f"{label}: {value:g} {unit} is out of range; it {rule}.")


def _enter(self: Any) -> None:
    for item in fields(self):
        value = getattr(self, item.name)
        if "unit" not in item.metadata or value is None:
            continue
        label = f"{type(self).__name__}.{item.name}"
        number = to_si(value, item.metadata["unit"], label)
        _check_bounds(label, number, item.metadata)
        object.__setattr__(self, item.name, number)
    if hasattr(self, "_check"):
        self._check()


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(quantity, field))
def described(cls: type[T]) -> type[T]:
    """Make a frozen, keyword-only dataclass whose quantities are converted to SI and checked at birth.

    A class may state a rule between its fields in a method ``_check(self) -> None`` that raises ``ValueError``.
    """
    cls.__post_init__ = _enter  # type: ignore[attr-defined]
    return dataclass(frozen=True, kw_only=True)(cls)
