"""What a fit may change: parameters with bounds, each in a coordinate in which its bounds and errors are natural."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]


class Scale(Enum):
    """The coordinate in which a parameter is searched; the prior of a posterior is flat in it."""

    LINEAR = "linear"
    LOG = "log"
    LOGIT = "logit"


@dataclass(frozen=True)
class FreeParameter:
    """A parameter that a fit may change.

    Parameters
    ----------
    name : str
        Field of the model, or a name of the observation ("scale").
    unit : str
        SI unit; "1" for a pure number.
    low, high : float
        Bounds, in the unit.
    scale : Scale
        LOG for positive (or, with both bounds below zero, negative) numbers, LOGIT for shares between 0 and 1.

    Raises
    ------
    ValueError
        If the bounds are not two finite, rising numbers that the scale can hold.
    """

    name: str
    unit: str
    low: float
    high: float
    scale: Scale = Scale.LOG

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(
                f"FreeParameter {self.name!r}: bounds {self.low:g} and {self.high:g}; give finite, rising ones."
            )
        if self.scale is Scale.LOG and self.low * self.high <= 0:
            raise ValueError(
                f"FreeParameter {self.name!r}: bounds {self.low:g} and {self.high:g} enclose 0, "
                "where the log scale ends; move them to one side or search on the linear scale."
            )
        if self.scale is Scale.LOGIT and not 0 < self.low < self.high < 1:
            raise ValueError(
                f"FreeParameter {self.name!r}: bounds {self.low:g} and {self.high:g} for a share; give numbers between "
                "0 and 1, or another scale."
            )

    @property
    def sign(self) -> float:
        """-1 for a parameter that is negative throughout and searched by its size."""
        return -1.0 if self.scale is Scale.LOG and self.low < 0 else 1.0

    def value(self, x: ArrayLike) -> Array:
        """Return the parameter at coordinate ``x`` (...)."""
        x = np.asarray(x, dtype=float)
        if self.scale is Scale.LOG:
            return self.sign * np.exp(x)
        return 1 / (1 + np.exp(-x)) if self.scale is Scale.LOGIT else x

    def coordinate(self, value: ArrayLike) -> Array:
        """Return the coordinate of ``value`` (...)."""
        value = np.asarray(value, dtype=float)
        if self.scale is Scale.LOG:
            return np.log(self.sign * value)
        return np.log(value / (1 - value)) if self.scale is Scale.LOGIT else value

    def slope(self, x: ArrayLike) -> Array:
        """Return d value / d coordinate at ``x`` (...)."""
        value = self.value(x)
        if self.scale is Scale.LOG:
            return value
        return value * (1 - value) if self.scale is Scale.LOGIT else np.ones_like(value)

    @property
    def bounds(self) -> tuple[float, float]:
        """The bounds as coordinates, rising."""
        ends = sorted(float(self.coordinate(end)) for end in (self.low, self.high))
        return ends[0], ends[1]


@dataclass(frozen=True)
class ParameterSpace:
    """The free parameters of a fit as one vector of coordinates."""

    parameters: tuple[FreeParameter, ...]

    def __post_init__(self) -> None:
        if not self.parameters:
            raise ValueError("ParameterSpace: nothing is free; name at least one parameter.")
        double = {name for name in self.names if self.names.count(name) > 1}
        if double:
            raise ValueError(f"ParameterSpace: {', '.join(sorted(double))} is free twice; name each parameter once.")

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names, in the order of the vector."""
        return tuple(parameter.name for parameter in self.parameters)

    @property
    def size(self) -> int:
        """Number of free parameters."""
        return len(self.parameters)

    @cached_property
    def low(self) -> Array:
        """Lower bounds (d,) as coordinates."""
        return np.array([parameter.bounds[0] for parameter in self.parameters])

    @cached_property
    def high(self) -> Array:
        """Upper bounds (d,) as coordinates."""
        return np.array([parameter.bounds[1] for parameter in self.parameters])

    def inside(self, x: ArrayLike) -> NDArray[np.bool_]:
        """Tell which vectors (..., d) keep all bounds."""
        x = np.asarray(x)
        return np.all((x >= self.low) & (x <= self.high), axis=-1)

    def clipped(self, x: ArrayLike) -> Array:
        """Return ``x`` (..., d) moved into the bounds."""
        return np.clip(np.asarray(x, dtype=float), self.low, self.high)

    def values(self, x: ArrayLike) -> Array:
        """Return the parameters (..., d) at coordinates ``x`` (..., d)."""
        x = np.asarray(x, dtype=float)
        return np.stack([parameter.value(x[..., k]) for k, parameter in enumerate(self.parameters)], axis=-1)

    def named(self, x: ArrayLike) -> dict[str, float]:
        """Return the parameters at one vector ``x`` (d,) by name."""
        return dict(zip(self.names, (float(value) for value in self.values(x)), strict=True))

    def coordinates(self, values: Mapping[str, float]) -> Array:
        """Return the vector (d,) of parameters given by name."""
        missing = [name for name in self.names if name not in values]
        if missing:
            raise ValueError(f"ParameterSpace: no value for {', '.join(missing)}; give one for each free parameter.")
        return np.array([float(p.coordinate(values[p.name])) for p in self.parameters])

    def place(self, name: str) -> int:
        """Return where ``name`` stands in the vector."""
        if name not in self.names:
            raise ValueError(f"ParameterSpace: {name!r} is not free; free are: {', '.join(self.names)}.")
        return self.names.index(name)

    def subset(self, names: Sequence[str]) -> list[int]:
        """Return the places of those of ``names`` that are free."""
        return [self.names.index(name) for name in names if name in self.names]
