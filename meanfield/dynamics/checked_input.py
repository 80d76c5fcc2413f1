"""What a simulation is asked for: whole steps, inputs as series, and noise where it has a meaning."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from .system import Array, System, index_of


def counted_steps(duration: float, dt: float) -> int:
    """Return the number of steps of ``dt`` (s) in ``duration`` (s), which must be whole."""
    if not (0 < dt <= duration < np.inf):
        raise ValueError(f"simulate: duration {duration:g} s and step {dt:g} s; give a positive step and at least one.")
    steps = round(duration / dt)
    if abs(steps * dt - duration) > 1e-6 * dt * max(1, steps) ** 0.5:
        raise ValueError(f"simulate: {duration:g} s is not a whole number of steps of {dt:g} s; change either.")
    return steps


def checked_inputs(system: System, inputs: Mapping[str, ArrayLike] | None, steps: int, nodes: int) -> dict[str, Array]:
    """Return the given inputs as (steps, nodes) or (steps, 1) arrays."""
    checked = {}
    for name, values in (inputs or {}).items():
        index_of(system.inputs, name, f"{system.name}, input")
        array = np.asarray(values, dtype=float)
        array = array[:, None] if array.ndim == 1 else array
        if array.ndim == 2 and array.shape not in ((steps, nodes), (steps, 1)):
            raise ValueError(
                f"{system.name}.{name}: an input of shape {np.shape(values)} for {steps} steps of {nodes} nodes; "
                f"give a number, ({steps},) or ({steps}, {nodes}) values."
            )
        if not np.all(np.isfinite(array)):
            raise ValueError(f"{system.name}.{name}: the input holds values that are not finite; give finite ones.")
        checked[name] = np.broadcast_to(array, (steps, max(1, array.shape[-1] if array.ndim else 1)))
    return checked


def checked_noise(system: System, noise: Mapping[str, float] | None, state: Array) -> dict[str, float]:
    """Return the noise, if each input it shakes enters the flow linearly."""
    for name, intensity in (noise or {}).items():
        place = index_of(system.inputs, name, f"{system.name}, noise")
        if not (np.isfinite(intensity) and intensity >= 0):
            raise ValueError(f"{system.name}.{name}: noise {intensity} must be a finite number of at least 0.")
        kick = np.eye(len(system.inputs))[place] * (1 + abs(system.operating[place]))
        levels = [system.flow_at(state, u=np.asarray(system.operating) + times * kick) for times in (-1, 0, 1)]
        bend = np.abs(levels[0] - 2 * levels[1] + levels[2])
        if np.any(bend > 1e-9 * np.max(np.abs(levels), axis=0)):
            raise ValueError(
                f"{system.name}.{name}: white noise at an input inside a nonlinearity has no limit for small steps; "
                f"give a coloured series in inputs, or noise at an input that enters linearly."
            )
    return dict(noise or {})
