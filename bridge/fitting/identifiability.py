"""What the data can tell at all: the singular values of the sensitivity, and the directions that leave no trace."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .free_parameter import Scale
from .problem import Problem

Array = NDArray[Any]

_NAMED = 0.2  # of a direction's largest component, below which a parameter is not named


@dataclass(frozen=True)
class Direction:
    """A combination of parameters and how well the data determine it.

    Parameters
    ----------
    singular_value : float
        Half the width of the bounds over the standard error along it, 1: the number of standard errors from the
        middle to a bound.
    weights : (d,) array
        Its components, of unit length, in half widths of the bounds.
    sentence : str
        It in words.
    """

    singular_value: float
    weights: Array
    sentence: str

    @property
    def determined(self) -> bool:
        """Whether the data say more about it than the bounds do: its error is below that of an even prior."""
        return self.singular_value > np.sqrt(3.0)


@dataclass(frozen=True)
class Identifiability:
    """What the data determine about the fit.

    Parameters
    ----------
    names : tuple of str
        The free parameters.
    directions : tuple of Direction
        Best determined first.
    information : (d, d) array
        Fisher information of the coordinates.
    standard_errors : (d,) array
        Of each coordinate by itself, the others free; infinite along a direction without trace.
    correlation : (d, d) array
        Of the errors.
    """

    names: tuple[str, ...]
    directions: tuple[Direction, ...]
    information: Array
    standard_errors: Array
    correlation: Array

    @property
    def degenerate(self) -> tuple[Direction, ...]:
        """Directions about which the data say less than the bounds."""
        return tuple(direction for direction in self.directions if not direction.determined)

    @property
    def condition(self) -> float:
        """Largest over smallest singular value."""
        values = [direction.singular_value for direction in self.directions]
        return values[0] / max(values[-1], 1e-300)


def identify(problem: Problem, anchor: Any, x: Array) -> Identifiability:
    """Return what the data determine about the coordinates at ``x`` (d,).

    Source: theory of the linear-response sensitivity; see docs/fitting.md.
    Assumptions: small changes about x; parameters scaled by half the width of their bounds, so that the result is
    about what the data add to them.
    """
    space = problem.space
    half = (space.high - space.low) / 2
    sensitivity = problem.sensitivity(anchor, x)
    _, values, rows = np.linalg.svd(sensitivity * half, full_matrices=True)
    values = np.concatenate([values, np.zeros(space.size - values.size)])
    information = sensitivity.T @ sensitivity
    covariance = (rows.T / np.maximum(values, 1e-150) ** 2) @ rows * np.outer(half, half)
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    with np.errstate(invalid="ignore"):
        correlation = np.clip(covariance / np.outer(errors, errors), -1, 1)
    directions = tuple(
        Direction(float(value), row, _in_words(problem, row, row * half, float(value)))
        for value, row in zip(values, rows, strict=True)
    )
    return Identifiability(space.names, directions, information, errors, correlation)


def _in_words(problem: Problem, weights: Array, change: Array, value: float) -> str:
    """Return which parameters move together along ``change`` (d,) in coordinates, by their ``weights`` in it (d,)."""
    size = np.abs(weights) / np.abs(weights).max()
    order = [k for k in np.argsort(-size) if size[k] >= _NAMED]
    lead = change[order[0]]
    parts = []
    for k in order:
        parameter = problem.space.parameters[k]
        ratio = change[k] / lead
        way = "rises" if ratio > 0 else "falls"
        kind = "" if parameter.scale is Scale.LINEAR else "log "
        size_of = f"|{parameter.name}|" if parameter.sign < 0 else parameter.name
        parts.append(f"{kind}{size_of} {way} {abs(ratio):.2g}")
    together = ", ".join(parts)
    if value <= np.sqrt(3.0):
        return f"The data leave open: {together}, together."
    share = f"{value:.0f}" if value >= 100 else f"{value:.3g}"
    return f"{together}: known to 1/{share} of half its bounds."
