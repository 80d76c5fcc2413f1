"""The linear system next to a state, by complex steps: exact to machine precision, delays kept apart."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import require_finite
from .system import Array, System

# A complex step has no subtraction, hence no cancellation: it can be as small as numbers go.
_STEP = 1e-40


@dataclass(frozen=True)
class Linearisation:
    """x' = A x + sum_k A_k x(t - d_k) + B u;  outputs C x + sum_k C_k x(t - d_k) + D u.

    Parameters
    ----------
    state : (n, n) array
        A, 1/s where the variables share a unit.
    delayed : (delays, n, n) array
        A_k.
    delays : tuple of float
        d_k, s.
    drive : (n, m) array
        B.
    output : (o, n) array
        C.
    output_delayed : (delays, o, n) array
        C_k.
    direct : (o, m) array
        D.
    """

    state: Array
    delayed: Array
    delays: tuple[float, ...]
    drive: Array
    output: Array
    output_delayed: Array
    direct: Array

    def characteristic(self, s: ArrayLike) -> Array:
        """Return the characteristic matrix s - A - sum_k A_k exp(-s d_k), (..., n, n), at ``s`` (...) (1/s)."""
        s = np.asarray(s)[..., None, None]
        matrix = s * np.eye(len(self.state)) - self.state
        for delayed, delay in zip(self.delayed, self.delays, strict=True):
            matrix = matrix - delayed * np.exp(-s * delay)
        return matrix

    def characteristic_slope(self, s: complex) -> Array:
        """Return the derivative of the characteristic matrix by s at one ``s`` (1/s), (n, n)."""
        slope = np.eye(len(self.state)) + 0j
        for delayed, delay in zip(self.delayed, self.delays, strict=True):
            slope = slope + delay * delayed * np.exp(-s * delay)
        return slope

    def transfer(self, s: ArrayLike) -> Array:
        """Return the Laplace transfer from inputs to outputs at ``s`` (...) (1/s), (..., o, m), where s is finite."""
        require_finite("Linearisation.transfer", s=s)
        read = self.output.astype(complex)
        for delayed, delay in zip(self.output_delayed, self.delays, strict=True):
            read = read + delayed * np.exp(-np.asarray(s)[..., None, None] * delay)
        return read @ np.linalg.solve(self.characteristic(s), self.drive.astype(complex)) + self.direct


def linearise(system: System, state: ArrayLike) -> Linearisation:
    """Return the linear system about a steady ``state`` (n,).

    Parameters
    ----------
    system : System
        What moves.
    state : (n,) array
        Where; SI. Each delayed argument is taken to be at rest there too.

    Returns
    -------
    Linearisation
        Exact to rounding.

    Raises
    ------
    ValueError
        If the state has another length, or is not finite.
    """
    state = system.checked_state(state)
    y, z, u = state, state[system.delayed_index], np.asarray(system.operating)
    flow, observe = (_derivatives(function, y, z, u) for function in (system.flow_at, system.outputs_at))
    return Linearisation(
        state=flow[0],
        delayed=_into_columns(flow[1], system),
        delays=system.delays,
        drive=flow[2],
        output=observe[0],
        output_delayed=_into_columns(observe[1], system),
        direct=observe[2],
    )


def jacobian(system: System, state: ArrayLike) -> Array:
    """Return the (n, n) derivative of the flow by the state when delayed arguments rest with it: A + sum_k A_k."""
    linear = linearise(system, state)
    return linear.state + linear.delayed.sum(axis=0)


def _derivatives(function, y: Array, z: Array, u: Array) -> tuple[Array, Array, Array]:
    """Return the derivatives of ``function`` by y, z and u: all columns of all three in one call."""
    sizes = len(y), len(z), len(u)
    stacked = np.concatenate([y, z, u]).astype(complex)[:, None] + 1j * _STEP * np.eye(sum(sizes))
    columns = function(*np.split(stacked, np.cumsum(sizes)[:-1])).imag / _STEP
    y_part, z_part, u_part = np.split(columns, np.cumsum(sizes)[:-1], axis=1)
    return y_part, z_part, u_part


def _into_columns(by_delayed: Array, system: System) -> Array:
    """Spread the derivatives by z (rows, delays) over the state: (delays, rows, n)."""
    spread = np.zeros((len(system.delayed), len(by_delayed), len(system.variables)))
    for k, index in enumerate(system.delayed_index):
        spread[k, :, index] = by_delayed[:, k]
    return spread
