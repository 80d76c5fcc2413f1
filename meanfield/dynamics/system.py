"""What the dynamics rooms need to know of a model: its flow, its observables and the numbers they take."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[Any]
ComplexArray: TypeAlias = NDArray[np.complex128]
Function: TypeAlias = Callable[[Any, Any, Any, Any], tuple[Any, ...]]


@dataclass(frozen=True)
class Variable:
    """A state variable, an input or an output: its name, SI unit ("1" for a pure number) and long name."""

    name: str
    unit: str
    long_name: str


@dataclass(frozen=True)
class Delayed:
    """One delayed argument of a flow: z[k] is ``variable`` as it was ``delay`` seconds ago."""

    variable: str
    delay: float


@dataclass(frozen=True)
class System:
    """dy/dt = flow(y, z, u, p) with z[k](t) = y[variable k](t - delay k); outputs are observe(y, z, u, p).

    Assumptions: flow and observe are analytic and made of arithmetic and NumPy ufuncs, so that one definition serves
    arrays, complex-step derivatives and compilation.

    Parameters
    ----------
    name : str
        What messages call it.
    variables, inputs, outputs : tuple of Variable
        The state y, the drive u and the observables, in order.
    flow, observe : callable
        Functions of (y, z, u, p) that return a tuple.
    parameters : tuple of float
        The parameters p.
    operating : tuple of float
        The inputs u at the operating point.
    delayed : tuple of Delayed
        The delayed arguments z.
    """

    name: str
    variables: tuple[Variable, ...]
    inputs: tuple[Variable, ...]
    outputs: tuple[Variable, ...]
    flow: Function
    observe: Function
    parameters: tuple[float, ...]
    operating: tuple[float, ...]
    delayed: tuple[Delayed, ...] = ()

    @property
    def delayed_index(self) -> list[int]:
        """Place in the state of each delayed argument."""
        return [index_of(self.variables, item.variable, f"{self.name}, delayed variable") for item in self.delayed]

    @property
    def delays(self) -> tuple[float, ...]:
        """Delay of each delayed argument, s."""
        return tuple(item.delay for item in self.delayed)

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        """Numbers of variables, inputs, delayed arguments and outputs."""
        return len(self.variables), len(self.inputs), len(self.delayed), len(self.outputs)

    def checked_state(self, state: ArrayLike) -> Array:
        """Return ``state`` as an array (n,) of finite numbers, or say what is wrong with it."""
        found = np.asarray(state, dtype=float)
        names = ", ".join(variable.name for variable in self.variables)
        if found.shape != (len(self.variables),):
            raise ValueError(
                f"{self.name}: a state of shape {found.shape} was given; give {len(self.variables)} numbers: {names}."
            )
        if not np.all(np.isfinite(found)):
            raise ValueError(
                f"{self.name}: the state {found.tolist()} is not finite; give a number for each of {names}."
            )
        return found

    def flow_at(self, y: ArrayLike, z: ArrayLike | None = None, u: ArrayLike | None = None) -> Array:
        """Return dy/dt (n, ...) at ``y`` (n, ...); a ``z`` left out is a state at rest, a ``u`` the operating drive."""
        return self._evaluated(self.flow, y, z, u)

    def outputs_at(self, y: ArrayLike, z: ArrayLike | None = None, u: ArrayLike | None = None) -> Array:
        """Return the outputs (o, ...) at ``y`` (n, ...)."""
        return self._evaluated(self.observe, y, z, u)

    def _evaluated(self, function: Function, y: ArrayLike, z: ArrayLike | None, u: ArrayLike | None) -> Array:
        y = np.asarray(y)
        z = y[self.delayed_index] if z is None else np.asarray(z)
        u = np.asarray(self.operating) if u is None else np.asarray(u)
        # exp(+large) in the denominator of a sigmoid is the right 0.
        with np.errstate(over="ignore"):
            return np.stack(np.broadcast_arrays(*function(y, z, u, self.parameters)))


def index_of(variables: tuple[Variable, ...], name: str, what: str) -> int:
    """Return the place of the variable called ``name``, or say which there are."""
    names = [variable.name for variable in variables]
    if name not in names:
        raise ValueError(f"{what}: there is no {name!r}; choose one of: {', '.join(names) or 'none'}.")
    return names.index(name)
