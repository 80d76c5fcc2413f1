"""One branch of steady states: points, tangents, and steps along it by pseudo-arclength."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .delay_eigenvalues import rightmost_eigenvalues
from .linearisation import Linearisation, linearise
from .system import Array, ComplexArray, System

_CONVERGED = 1e-12
_ROUNDS = 12
_WATCHED = 2


@dataclass(frozen=True)
class Family:
    """Systems over one parameter, in scaled coordinates x = (state / scale, parameter / width).

    Parameters
    ----------
    system_at : callable
        The system at a value of the parameter.
    scale : (n + 1,) array
        Of each state variable, and of the parameter last.
    bounds : (float, float)
        Of the parameter, its own unit.
    """

    system_at: Callable[[float], System]
    scale: Array
    bounds: tuple[float, float]

    def value(self, x: Array) -> float:
        """Return the parameter at ``x`` (n + 1,), held to the bounds where rounding passes them."""
        return float(np.clip(x[-1] * self.scale[-1], *self.bounds))

    def state(self, x: Array) -> Array:
        """Return the state (n,) at ``x`` (n + 1,), SI."""
        return x[:-1] * self.scale[:-1]

    def place(self, state: Array, value: float) -> Array:
        """Return the scaled coordinates (n + 1,) of a state at a value of the parameter."""
        return np.append(state, value) / self.scale

    def linear(self, x: Array) -> Linearisation:
        """Return the linear system at ``x``."""
        return linearise(self.system_at(self.value(x)), self.state(x))

    def residual(self, x: Array) -> tuple[Array, Array]:
        """Return the flow (n,) and its derivative (n, n + 1) at ``x``, each row scaled to one."""
        value, state = self.value(x), self.state(x)
        system, linear = self.system_at(value), self.linear(x)
        slope = np.column_stack([linear.state + linear.delayed.sum(axis=0), self._by_parameter(value, state)])
        slope = slope * self.scale
        size = np.abs(slope).max(axis=1)
        size[size == 0] = 1.0
        return system.flow_at(state) / size, slope / size[:, None]

    def _by_parameter(self, value: float, state: Array) -> Array:
        step = 1e-6 * self.scale[-1]
        low, high = max(value - step, self.bounds[0]), min(value + step, self.bounds[1])
        return (self.system_at(high).flow_at(state) - self.system_at(low).flow_at(state)) / (high - low)

    def tangent(self, x: Array, along: Array) -> Array:
        """Return the unit tangent (n + 1,) of the branch at ``x``, on the side of ``along``."""
        direction = np.linalg.svd(self.residual(x)[1])[2][-1]
        return direction if direction @ along >= 0 else -direction

    def corrected(self, guess: Array, normal: Array) -> Array | None:
        """Return the steady state in the plane through ``guess`` across ``normal``, or None if there is none."""
        x = guess
        for _ in range(_ROUNDS):
            flow, slope = self.residual(x)
            matrix = np.vstack([slope, normal])
            if not np.all(np.isfinite(matrix)):
                return None
            try:
                step = np.linalg.solve(matrix, np.append(flow, normal @ (x - guess)))
            except np.linalg.LinAlgError:
                return None
            x = x - step
            if (
                not self.bounds[0] - 1e-9 * self.scale[-1]
                <= x[-1] * self.scale[-1]
                <= self.bounds[1] + 1e-9 * self.scale[-1]
            ):
                return None
            if np.abs(step).max() < _CONVERGED * (1 + np.abs(x).max()):
                return x
        return None


@dataclass(frozen=True)
class BranchPoint:
    """A point of a branch in scaled coordinates, with the tangent in the direction of travel."""

    family: Family
    x: Array
    tangent: Array

    @cached_property
    def eigenvalues(self) -> ComplexArray:
        """The rightmost eigenvalues, 1/s: the unstable ones, and at least one that is not."""
        linear, number = self.family.linear(self.x), _WATCHED
        values = rightmost_eigenvalues(linear, number)
        while len(values) >= number and values[-1].real > 0:
            number *= 2
            values = rightmost_eigenvalues(linear, number)
        return values

    @property
    def unstable(self) -> int:
        """Number of unstable eigenvalues."""
        return int(np.count_nonzero(self.eigenvalues.real > 0))


def at_value(family: Family, guess: Array, value: float) -> Array | None:
    """Return the steady state next to ``guess`` (n + 1,) at one ``value`` of the parameter, or None."""
    target = np.append(guess[:-1], value / family.scale[-1])
    return family.corrected(target, np.eye(len(guess))[-1])
