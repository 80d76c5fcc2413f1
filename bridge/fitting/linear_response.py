"""Transfer functions of a model and their derivatives by its parameters, from one linear solve a frequency.

With M(s) the characteristic matrix, l M^-1 r changes by dl M^-1 r + l M^-1 dr - (l M^-1) dM (M^-1 r): rows and columns
solved once serve every parameter.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .model_batch import BatchLinearisation, ComplexArray, ModelFamily
from .steady_following import Anchor

Array = NDArray[Any]

# Central differences of exact linear systems: the error is of the order of the step's square and of rounding over it.
_STEP = 1e-5


@dataclass(frozen=True)
class Perturbation:
    """The derivative of a linear system by each of p coordinates: the fields of `BatchLinearisation`, k of them."""

    places: list[int]
    by: BatchLinearisation

    def of_characteristic(self, linear: BatchLinearisation, s: ComplexArray, row: ComplexArray, column: ComplexArray):
        """Return row dM column (f, p) at ``s`` (f,) for rows and columns (f, n) of the one member of ``linear``."""
        total = -np.einsum("fn,pnm,fm->fp", row, self.by.state, column, optimize=True)
        for k in range(linear.delayed.shape[1]):
            late = np.exp(-s * linear.delays[0, k])
            changed = np.einsum("fn,pnm,fm->fp", row, self.by.delayed[:, k], column, optimize=True)
            same = np.einsum("fn,nm,fm->f", row, linear.delayed[0, k], column, optimize=True)
            total = total - late[:, None] * (changed - (s * same)[:, None] * self.by.delays[:, k])
        return total


def perturbation(family: ModelFamily, at: Anchor) -> Perturbation:
    """Return the derivatives of the linear system about the anchor's state, which moves with the parameters."""
    own = family.own
    signs = np.array([1.0, -1.0])
    x = np.repeat(at.x[None], 2 * len(own), axis=0)
    states = np.repeat(at.state[None], 2 * len(own), axis=0)
    for place, k in enumerate(own):
        x[2 * place : 2 * place + 2, k] += _STEP * signs
        states[2 * place : 2 * place + 2] += _STEP * signs[:, None] * at.tangent[:, k]
    linear = family.batch(x).linearised(states)
    fields = {name: getattr(linear, name) for name in linear.__dataclass_fields__}
    return Perturbation(
        own, BatchLinearisation(**{name: (a[0::2] - a[1::2]) / (2 * _STEP) for name, a in fields.items()})
    )


def solved(matrix: ComplexArray, column: ComplexArray) -> ComplexArray:
    """Return M^-1 column (..., n) of vectors (..., n)."""
    return np.linalg.solve(matrix, column[..., None])[..., 0]


@dataclass(frozen=True)
class Sensitivity:
    """A transfer (f,) and its derivatives by the coordinates (f, d)."""

    value: ComplexArray
    slopes: ComplexArray


def transfer_sensitivity(family: ModelFamily, at: Anchor, s: ComplexArray, output: int, drive: int) -> Sensitivity:
    """Return the transfer about the anchor's state and its derivatives by all coordinates."""
    linear = family.batch(at.x[None]).linearised(at.state[None])
    changes = perturbation(family, at)
    matrix = linear.characteristic(s)[0]
    reading = linear.reading(s, output)[0]
    column = solved(matrix, np.broadcast_to(linear.drive[0, :, drive], reading.shape).astype(complex))
    row = solved(np.swapaxes(matrix, -1, -2), reading)
    slopes = np.zeros((s.size, family.space.size), dtype=complex)
    own = -changes.of_characteristic(linear, s, row, column)
    own += np.einsum("fn,pn->fp", row, changes.by.drive[:, :, drive])
    own += np.einsum("pn,fn->fp", changes.by.output[:, output], column) + changes.by.direct[:, output, drive]
    for k in range(linear.output_delayed.shape[1]):
        late = np.exp(-s * linear.delays[0, k])[:, None]
        read = np.einsum("pn,fn->fp", changes.by.output_delayed[:, k, output], column)
        same = column @ linear.output_delayed[0, k, output]
        own += late * (read - s[:, None] * same[:, None] * changes.by.delays[:, k])
    slopes[:, changes.places] = own
    value = np.sum(reading * column, axis=-1) + linear.direct[0, output, drive]
    return Sensitivity(value, slopes)
