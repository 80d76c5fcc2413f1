"""The steady state as a function of the parameters: one branch, named at the start and followed without a scan."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...meanfield.dynamics.fixed_points import FixedPoint, natural_size
from ..estimate import EstimateRefused
from .model_batch import ModelBatch, ModelFamily

Array = NDArray[Any]

_ROUNDS = 20
_SETTLED = 1e-10
_FARTHEST = 1.0  # natural sizes between the tangent's guess and the state, beyond which the path is walked in steps
_STEPS = (3, 12)  # tried in turn
_STEP = 1e-5


@dataclass(frozen=True)
class Anchor:
    """A steady state that is known.

    Parameters
    ----------
    x : (d,) array
        Coordinates.
    state, size : (n,) array
        The state there, and its natural size.
    tangent : (n, d) array
        Its slope by the coordinates.
    """

    x: Array
    state: Array
    size: Array
    tangent: Array


def steady_states(family: ModelFamily, x: Array) -> tuple[FixedPoint, ...]:
    """Return all steady states of the model at ``x`` (d,), sorted by the first output."""
    return tuple(family.model_at(x).fixed_points(2))


def anchor_at(family: ModelFamily, x: Array, branch: int = 0) -> Anchor:
    """Return the steady state of the model at ``x`` (d,) on a branch: 0 has the lowest first output of all.

    A branch is counted among all steady states, not among the stable ones: else the lowest branch, once it has lost
    its stability, would give way to the saturated state far above it without a word.

    Raises
    ------
    EstimateRefused
        If there are not so many states, or this one is unstable.
    """
    found = steady_states(family, x)
    name = type(family.model).__name__
    if not 0 <= branch < len(found):
        raise EstimateRefused(
            f"{name}: there is no branch {branch} at these parameters, only {len(found)} steady states."
        )
    if not found[branch].stability.stable:
        kinds = ", ".join(point.stability.value for point in found)
        raise EstimateRefused(
            f"{name}: the steady state on branch {branch} is unstable ({kinds}), so that linear response has no "
            "meaning there; change the parameters, or name another branch."
        )
    return anchored(family, x, found[branch].state)


def stable_anchors(family: ModelFamily, x: Array) -> list[tuple[int, Anchor]]:
    """Return the place among all steady states at ``x`` (d,), and the anchor, of every stable one."""
    points = enumerate(steady_states(family, x))
    return [(place, anchored(family, x, point.state)) for place, point in points if point.stability.stable]


def moved_anchor(family: ModelFamily, anchor: Anchor, x: Array) -> Anchor:
    """Return the anchor followed to ``x`` (d,).

    Raises
    ------
    EstimateRefused
        If the branch ends on the way.
    """
    if np.array_equal(x, anchor.x):
        return anchor
    state = follow(family, anchor, x[None])[1][0]
    if not np.all(np.isfinite(state)):
        raise EstimateRefused("The branch of steady states ends on the way to these parameters; start nearer.")
    return anchored(family, x, state)


def anchored(family: ModelFamily, x: Array, state: Array) -> Anchor:
    """Return a known steady ``state`` (n,) at ``x`` (d,) with its slopes."""
    system = family.model_at(x).system()
    own = np.asarray(natural_size(system, np.asarray(state)))
    # A potential may pass through zero: its natural size is the largest among variables of its unit.
    units = [variable.unit for variable in system.variables]
    size = np.array([max(float(own[k]) for k, other in enumerate(units) if other == unit) for unit in units])
    size = np.maximum(size, 1e-12 * max(float(size.max()), 1e-300))
    return Anchor(x, np.asarray(state), size, tangent(family, x, np.asarray(state)))


def tangent(family: ModelFamily, x: Array, state: Array) -> Array:
    """Return the derivative of the steady state by the coordinates (n, d): -J^-1 dF/dx."""
    slopes = np.zeros((state.size, x.size))
    own = family.own
    if not own:
        return slopes
    pushed = np.repeat(x[None], 2 * len(own), axis=0)
    for place, k in enumerate(own):
        pushed[2 * place, k] += _STEP
        pushed[2 * place + 1, k] -= _STEP
    flow = family.batch(pushed).flow(np.repeat(state[None], 2 * len(own), axis=0))
    by_parameter = (flow[0::2] - flow[1::2]).T / (2 * _STEP)
    matrix = family.batch(x).total_jacobian(state[None])[0]
    slopes[:, own] = -np.linalg.solve(matrix, by_parameter)
    return slopes


def follow(family: ModelFamily, anchor: Anchor, x: Array) -> tuple[ModelBatch, Array]:
    """Return the model at ``x`` (k, d) and its steady states (k, n) on the anchor's branch; NaN where it has ended.

    Newton's method from the tangent's guess; where it ends far from the guess or on the other side of a fold (the
    determinant of the Jacobian changes sign there), the straight path from the anchor is walked in steps.
    """
    batch = family.batch(x)
    guess = anchor.state + (x - anchor.x) @ anchor.tangent.T
    states, sound = _newton(batch, guess, anchor)
    for steps in _STEPS:
        doubtful = np.flatnonzero(~sound)
        if not doubtful.size:
            return batch, states
        states[doubtful], sound[doubtful] = _walked(family, anchor, x[doubtful], steps)
    states[~sound] = np.nan
    return batch, states


def _walked(family: ModelFamily, anchor: Anchor, x: Array, steps: int) -> tuple[Array, NDArray[np.bool_]]:
    """Return the states (k, n) at the end of the straight paths from the anchor, and which paths held to the end."""
    states = np.repeat(anchor.state[None], len(x), axis=0)
    slope = (x - anchor.x) @ anchor.tangent.T / steps
    alive = np.ones(len(x), dtype=bool)
    for step in range(1, steps + 1):
        index = np.flatnonzero(alive)
        if not index.size:
            break
        there = family.batch(anchor.x + (x[index] - anchor.x) * step / steps)
        moved, alive[index] = _newton(there, states[index] + slope[index], anchor)
        slope[index], states[index] = moved - states[index], moved
    return states, alive


def _newton(batch: ModelBatch, guess: Array, anchor: Anchor) -> tuple[Array, NDArray[np.bool_]]:
    """Return steady states (k, n) near ``guess`` and whether each is to be trusted."""
    size, states = anchor.size, guess.copy()
    settled = np.zeros(batch.size, dtype=bool)
    sign = np.zeros(batch.size)
    for _ in range(_ROUNDS):
        index = np.flatnonzero(~settled & np.all(np.isfinite(states), axis=1))
        if not index.size:
            break
        part = batch.take(index)
        step, sign[index] = _step(part, states[index], size)
        longest = np.max(np.abs(step) / size, axis=1)
        states[index] -= step * np.minimum(1.0, 1.0 / np.maximum(longest, 1e-300))[:, None]
        settled[index] = longest < _SETTLED * (1 + np.max(np.abs(states[index]) / size, axis=1))
    near = np.max(np.abs(states - guess) / size, axis=1) < _FARTHEST
    # All eigenvalues of a stable state lie on the left, so that the determinant of -J is positive up to a fold.
    return states, settled & near & (sign > 0)


def _step(batch: ModelBatch, states: Array, size: Array) -> tuple[Array, Array]:
    """Return Newton's steps (k, n) and the signs of det(-J) (k,); rows and columns are scaled to like sizes."""
    scaled = batch.total_jacobian(states) * size
    rows = np.maximum(np.abs(scaled).max(axis=2, keepdims=True), 1e-300)
    scaled = np.where(np.isfinite(scaled), scaled / rows, 0.0)
    # Entries beyond all bounds and singular matrices are found out by their sign, 0 or NaN.
    with np.errstate(all="ignore"):
        sign = np.linalg.slogdet(-scaled)[0]
    regular = scaled + np.where(sign == 0, 1e-12, 0.0)[:, None, None] * np.eye(states.shape[1])
    step = np.linalg.solve(regular, (batch.flow(states)[:, :, None] / rows))[:, :, 0] * size
    return np.where(np.isfinite(step), step, 0.0), sign
