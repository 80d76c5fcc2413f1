"""One model at many parameter values side by side: its flow and its linear system in single calls on arrays."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...meanfield.dynamics.linearisation import Linearisation
from ...meanfield.dynamics.system import System
from .free_parameter import ParameterSpace

Array = NDArray[Any]
ComplexArray = NDArray[Any]

# A complex step has no subtraction, hence no cancellation.
_TINY_STEP = 1e-40


@dataclass(frozen=True)
class BatchLinearisation:
    """The linear systems of k members: what `Linearisation` holds, with an axis (k) in front.

    ``state`` (k, n, n), ``delayed`` (k, z, n, n), ``delays`` (k, z) s, ``drive`` (k, n, m), ``output`` (k, o, n),
    ``output_delayed`` (k, z, o, n), ``direct`` (k, o, m).
    """

    state: Array
    delayed: Array
    delays: Array
    drive: Array
    output: Array
    output_delayed: Array
    direct: Array

    def characteristic(self, s: ArrayLike) -> ComplexArray:
        """Return s - A - sum_k A_k exp(-s d_k) at ``s`` (f,) 1/s, (k, f, n, n)."""
        s = np.asarray(s, dtype=complex)
        matrix = s[:, None, None] * np.eye(self.state.shape[-1]) - self.state[:, None]
        for k in range(self.delayed.shape[1]):
            matrix = matrix - self.delayed[:, k, None] * np.exp(-s * self.delays[:, k, None])[..., None, None]
        return matrix

    def reading(self, s: ArrayLike, output: int) -> ComplexArray:
        """Return the row that reads one output off the state at ``s`` (f,), (k, f, n)."""
        s = np.asarray(s, dtype=complex)
        row = np.repeat(self.output[:, None, output].astype(complex), s.size, axis=1)
        for k in range(self.output_delayed.shape[1]):
            row = row + self.output_delayed[:, k, None, output] * np.exp(-s * self.delays[:, k, None])[..., None]
        return row

    def member(self, k: int) -> Linearisation:
        """Return one of the linear systems."""
        return Linearisation(
            state=self.state[k],
            delayed=self.delayed[k],
            delays=tuple(float(delay) for delay in self.delays[k]),
            drive=self.drive[k],
            output=self.output[k],
            output_delayed=self.output_delayed[k],
            direct=self.direct[k],
        )

    def take(self, index: Array) -> "BatchLinearisation":
        """Return some of the systems."""
        return BatchLinearisation(**{name: getattr(self, name)[index] for name in self.__dataclass_fields__})


@dataclass(frozen=True)
class ModelBatch:
    """A model's functions with k sets of numbers: ``parameters`` (q, k), ``operating`` (m, k), ``delays`` (z, k) s."""

    system: System
    parameters: Array
    operating: Array
    delays: Array

    @property
    def size(self) -> int:
        """Number of members."""
        return self.parameters.shape[1]

    def take(self, index: Array) -> "ModelBatch":
        """Return some of the members."""
        return ModelBatch(self.system, self.parameters[:, index], self.operating[:, index], self.delays[:, index])

    def evaluated(self, function: Any, y: Array, z: Array | None = None, u: Array | None = None) -> Any:
        """Return ``flow`` or ``observe`` (rows, k, ...) at states ``y`` (n, k, ...); at rest unless z is given."""
        extra = (None,) * (y.ndim - 2)
        u = self.operating[(..., *extra)] if u is None else u
        z = y[self.system.delayed_index] if z is None else z
        with np.errstate(over="ignore", invalid="ignore"):
            rows = function(y, z, u, tuple(self.parameters[(..., *extra)]))
        return np.stack(np.broadcast_arrays(*rows, y[0])[:-1])

    def flow(self, states: Array) -> Array:
        """Return the rates of change (k, n) at ``states`` (k, n), delayed arguments resting there too."""
        return self.evaluated(self.system.flow, states.T).T

    def outputs(self, states: Array) -> Array:
        """Return the outputs (k, o) at ``states`` (k, n)."""
        return self.evaluated(self.system.observe, states.T).T

    def linearised(self, states: Array) -> BatchLinearisation:
        """Return the linear systems about ``states`` (k, n), exact to rounding by complex steps."""
        y, index = states.T, self.system.delayed_index
        flow = self._derivatives(self.system.flow, y)
        observe = self._derivatives(self.system.observe, y)
        return BatchLinearisation(
            state=flow[0],
            delayed=_spread(flow[1], index, len(y)),
            delays=self.delays.T,
            drive=flow[2],
            output=observe[0],
            output_delayed=_spread(observe[1], index, len(y)),
            direct=observe[2],
        )

    def total_jacobian(self, states: Array) -> Array:
        """Return the derivative of the flow by a resting state (k, n, n), delayed arguments moving with it."""
        y = states.T
        stacked = y[:, :, None] + 1j * _TINY_STEP * np.eye(len(y))[:, None, :]
        return np.moveaxis(self.evaluated(self.system.flow, stacked).imag / _TINY_STEP, 0, 1)

    def _derivatives(self, function: Any, y: Array) -> list[Array]:
        """Return the derivatives by y, z and u, each (k, rows, columns), all in one call."""
        z, u = y[self.system.delayed_index], self.operating
        sizes = np.cumsum([len(y), len(z), len(u)])
        stacked = np.concatenate([y, z, u]).astype(complex)[:, :, None]
        stacked = stacked + 1j * _TINY_STEP * np.eye(int(sizes[-1]))[:, None, :]
        columns = self.evaluated(function, *np.split(stacked, sizes[:-1])).imag / _TINY_STEP
        return np.split(np.moveaxis(columns, 0, 1), sizes[:-1], axis=2)


def _spread(by_delayed: Array, index: Sequence[int], n: int) -> Array:
    """Spread derivatives by z (k, rows, z) over the state: (k, z, rows, n)."""
    spread = np.zeros((by_delayed.shape[0], len(index), by_delayed.shape[1], n))
    for place, column in enumerate(index):
        spread[:, place, :, column] = by_delayed[:, :, place]
    return spread


@dataclass(frozen=True)
class ModelFamily:
    """A model and the free parameters that are fields of it."""

    model: Any
    space: ParameterSpace

    @cached_property
    def own(self) -> list[int]:
        """Places in the vector of coordinates of the model's own fields."""
        return self.space.subset(list(type(self.model).__dataclass_fields__))

    def model_at(self, x: Array) -> Any:
        """Return the model with the parameters of one vector ``x`` (d,)."""
        return self.model.with_changed(**self._changes(self.space.values(x)))

    def _changes(self, values: Array) -> Mapping[str, float]:
        names = self.space.names
        return {names[k]: float(values[k]) for k in self.own}

    def models(self, x: Array) -> list[Any]:
        """Return the model at each of ``x`` (k, d), unchecked."""
        return [_twin(self.model, self._changes(row)) for row in self.space.values(x)]

    def batch(self, x: ArrayLike) -> ModelBatch:
        """Return the model at each of ``x`` (k, d)."""
        models = self.models(np.atleast_2d(np.asarray(x, dtype=float)))
        system, inputs = self.model.system(), [variable.name for variable in type(self.model).INPUTS]
        delays = [[item.delay for item in model.delayed] for model in models]
        return ModelBatch(
            system=system,
            parameters=np.array([model.parameters for model in models], dtype=float).T,
            operating=np.array([[getattr(model, name) for name in inputs] for model in models], dtype=float).T,
            delays=np.array(delays, dtype=float).reshape(len(models), -1).T,
        )


def _twin(model: Any, changes: Mapping[str, float]) -> Any:
    """Return the model with some fields changed, unchecked: the bounds of the search were checked when it was set up.

    The checks of a description cost more than a whole likelihood, and run a million times in a posterior.
    """
    twin = copy(model)
    vars(twin).update(changes)
    return twin
