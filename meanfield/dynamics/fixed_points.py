"""All steady states of a model whose rest is one scalar equation, each with its stability."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq, minimize_scalar

from .delay_eigenvalues import converged_eigenvalues
from .linearisation import jacobian, linearise
from .system import Array, ComplexArray, System

# Of the largest residual met in the scan: a touch of zero closer than this is a double root.
_TOUCH = 1e-12
_SAME = 1e-9
_AT_REST = 1e-8
_MARGIN = 1e-9


@dataclass(frozen=True)
class SteadyCurve:
    """The steady states of a model as the zeros of one function of one unknown.

    Parameters
    ----------
    residual : callable
        Maps x (...) to a residual (...) whose zeros are exactly the steady states.
    lift : callable
        Maps one x to the full state (n,).
    lower, upper : float
        Bounds between which all zeros lie; the model's docstring proves it.
    samples : int
        Points of the scan, half of them evenly spaced and half crowded towards both bounds.
    """

    residual: Callable[[Array], ArrayLike]
    lift: Callable[[float], ArrayLike]
    lower: float
    upper: float
    samples: int = 4001

    def grid(self) -> Array:
        """Return the points of the scan: even, and log-spaced from each bound, since rates span decades."""
        span, half = self.upper - self.lower, max(self.samples // 4, 2)
        decades = span * np.logspace(-12, 0, half)
        even = np.linspace(self.lower, self.upper, max(self.samples // 2, 2))
        crowded = np.concatenate([even, self.lower + decades, self.upper - decades])
        return np.unique(np.clip(crowded, self.lower, self.upper))

    def roots(self) -> list[float]:
        """Return all zeros found by the scan: changes of sign, and touches of zero between them."""
        grid = self.grid()
        with np.errstate(over="ignore"):
            values = np.asarray(self.residual(grid), dtype=float)
        if not np.all(np.isfinite(values)):
            where = grid[~np.isfinite(values)][0]
            raise ValueError(
                f"SteadyCurve: the residual is not finite at x = {where:g}; mend the residual, or bounds that keep it "
                f"finite between {self.lower:g} and {self.upper:g}."
            )
        brackets = np.flatnonzero(values[:-1] * values[1:] < 0)
        roots = [float(x) for x in grid[values == 0]]
        roots += [self._between(float(grid[i]), float(grid[i + 1])) for i in brackets]
        for i in _dips(values):
            roots += self._touched(
                float(grid[i - 1]), float(grid[i + 1]), float(np.sign(values[i])), float(np.abs(values).max())
            )
        return sorted(roots)

    def _value(self, x: float) -> float:
        with np.errstate(over="ignore"):
            return float(np.asarray(self.residual(np.asarray(x))))

    def _between(self, low: float, high: float) -> float:
        tiny = 4 * np.finfo(float).eps
        root: Any = brentq(self._value, low, high, xtol=tiny * max(abs(low), abs(high), 1e-300), rtol=tiny)
        return float(root)

    def _touched(self, low: float, high: float, sign: float, scale: float) -> list[float]:
        found: Any = minimize_scalar(
            lambda x: sign * self._value(x), bounds=(low, high), method="bounded", options={"xatol": 1e-12 * high}
        )
        dip = float(found.x)
        if sign * self._value(dip) < 0:
            return [self._between(low, dip), self._between(dip, high)]
        return [dip] if abs(self._value(dip)) <= _TOUCH * scale else []


class Stability(Enum):
    """What a small push away from a fixed point does, by its leading eigenvalues."""

    STABLE_NODE = "stable node"
    STABLE_FOCUS = "stable focus"
    SADDLE = "saddle"
    UNSTABLE_NODE = "unstable node"
    UNSTABLE_FOCUS = "unstable focus"
    MARGINAL = "marginal"

    @property
    def stable(self) -> bool:
        """Whether every small push dies out."""
        return self in (Stability.STABLE_NODE, Stability.STABLE_FOCUS)


@dataclass(frozen=True)
class FixedPoint:
    """A steady state.

    Parameters
    ----------
    state : (n,) array
        The state variables in the model's order, SI.
    outputs : dict
        The model's outputs there, SI.
    variables : tuple of str
        Names of the state variables; ``point["name"]`` reads a variable or an output.
    eigenvalues : (k,) array
        Rightmost first, 1/s: as many of those asked for as converge (all, without delays).
    stability : Stability
        What they say.
    residual : float
        Largest remaining rate of change, relative to the terms that balance in it.
    """

    state: Array
    outputs: dict[str, float]
    variables: tuple[str, ...]
    eigenvalues: ComplexArray
    stability: Stability
    residual: float

    def __getitem__(self, name: str) -> float:
        if name in self.variables:
            return float(self.state[self.variables.index(name)])
        if name in self.outputs:
            return self.outputs[name]
        known = ", ".join(dict.fromkeys((*self.variables, *self.outputs)))
        raise KeyError(f"no variable or output {name!r} at this fixed point; there are: {known}")


def classify(eigenvalues: ArrayLike) -> Stability:
    """Return the kind of a fixed point from its rightmost eigenvalues (1/s).

    An odd number of unstable real eigenvalues makes a saddle; else the leading one says node or focus.
    """
    values: ComplexArray = np.asarray(eigenvalues, dtype=np.complex128)
    leading = values[np.argmax(values.real)]
    scale = np.abs(values).max()
    oscillates = abs(leading.imag) > _MARGIN * scale
    if abs(leading.real) <= _MARGIN * scale:
        return Stability.MARGINAL
    if leading.real < 0:
        return Stability.STABLE_FOCUS if oscillates else Stability.STABLE_NODE
    if np.count_nonzero(values.real > 0) % 2:
        return Stability.UNSTABLE_NODE if np.all(values.real > 0) and len(values) == 1 else Stability.SADDLE
    return Stability.UNSTABLE_FOCUS if oscillates else Stability.UNSTABLE_NODE


def polished(system: System, state: ArrayLike, rounds: int = 50) -> Array:
    """Return the steady state next to ``state`` (n,) by Newton's method on the full flow.

    Raises
    ------
    ValueError
        If Newton's method does not come to rest.
    """
    state = np.asarray(state, dtype=float)
    best, best_residual = state, residual(system, state)
    for _ in range(rounds):
        state = state - _newton_step(jacobian(system, state), system.flow_at(state))
        now = residual(system, state)
        if not now < best_residual and best_residual < _AT_REST:
            break
        if now < best_residual:
            best, best_residual = state, now
    if not best_residual < _AT_REST:
        raise ValueError(
            f"{system.name}: Newton's method near {np.array2string(best, precision=6)} stops at a relative residual of "
            f"{best_residual:.1g}, above {_AT_REST:g}; the steady curve does not fit the flow."
        )
    return best


def _newton_step(matrix: Array, rates: Array) -> Array:
    """Return the step to rest, of least size where the matrix is singular; columns, then rows, are scaled to one."""
    columns = np.abs(matrix).max(axis=0)
    columns[columns == 0] = 1.0
    rows = np.abs(matrix / columns).max(axis=1)
    rows[rows == 0] = 1.0
    return np.linalg.lstsq(matrix / columns / rows[:, None], rates / rows, rcond=1e-14)[0] / columns


def residual(system: System, state: ArrayLike) -> float:
    """Return the largest rate of change at ``state`` (n,), relative to the terms that balance in it."""
    state = np.asarray(state, dtype=float)
    rates, slopes = np.abs(system.flow_at(state)), np.abs(jacobian(system, state))
    balance = slopes @ natural_size(system, state) + np.abs(system.flow_at(np.zeros_like(state)))
    return float(np.max(np.divide(rates, balance, out=rates.copy(), where=balance > 0)))


def natural_size(system: System, state: Array) -> Array:
    """Return how large each variable is about ``state`` (n,): a slope at rest counts as its drive over its damping."""
    slopes, size = np.abs(jacobian(system, state)), np.abs(state)
    damping = np.diag(slopes)
    return np.maximum(size, np.divide(slopes @ size, damping, out=np.zeros_like(size), where=damping > 0))


def fixed_points(system: System, curve: SteadyCurve, number: int = 10) -> tuple[FixedPoint, ...]:
    """Return every steady state, sorted by the first output.

    Parameters
    ----------
    system : System
        What moves.
    curve : SteadyCurve
        Its rest as one scalar equation.
    number : int
        How many eigenvalues each carries.

    Returns
    -------
    tuple of FixedPoint
        Complete if no two zeros of the curve lie between neighbouring points of its scan without a dip seen there.

    Raises
    ------
    ValueError
        If the scan finds no zero, or a zero is not a steady state of the flow.
    """
    states: list[Array] = []
    for root in curve.roots():
        state = polished(system, curve.lift(root))
        if not any(_same(state, other) for other in states):
            states.append(state)
    if not states:
        raise ValueError(
            f"{system.name}: no steady state between {curve.lower:g} and {curve.upper:g} in a scan of "
            f"{len(curve.grid())} points; the bounds of the steady curve must hold them all."
        )
    return tuple(sorted((described(system, state, number) for state in states), key=_first_output))


def described(system: System, state: ArrayLike, number: int = 10) -> FixedPoint:
    """Return the steady ``state`` (n,) with its outputs, eigenvalues and stability."""
    state = np.array(state, dtype=float)
    state.flags.writeable = False
    eigenvalues, _ = converged_eigenvalues(linearise(system, state), number)
    if not len(eigenvalues):
        raise ValueError(f"{system.name}: no eigenvalue converges at {np.array2string(state, precision=6)}.")
    outputs = system.outputs_at(state)
    return FixedPoint(
        state=state,
        outputs={variable.name: float(value) for variable, value in zip(system.outputs, outputs, strict=True)},
        variables=tuple(variable.name for variable in system.variables),
        eigenvalues=eigenvalues,
        stability=classify(eigenvalues),
        residual=residual(system, state),
    )


def _first_output(point: FixedPoint) -> float:
    return next(iter(point.outputs.values()))


def _same(one: Array, other: Array) -> bool:
    return bool(np.all(np.abs(one - other) <= _SAME * (np.abs(one) + np.abs(other)) + 1e-300))


def _dips(values: Array) -> Array:
    """Return the places where |values| has a minimum above zero without a change of sign."""
    size, sign = np.abs(values), np.sign(values)
    inner = (size[1:-1] <= size[:-2]) & (size[1:-1] <= size[2:]) & (sign[:-2] == sign[1:-1]) & (sign[1:-1] == sign[2:])
    return np.flatnonzero(inner & (size[1:-1] > 0)) + 1
