"""The spectrum of a cortical sheet at a point: the sum over its spatial modes, all from one solve a frequency.

A mode of wave number k differs from the uniform one by (gamma k r_e)^2 in one entry of the characteristic matrix, so
that its transfer is H / (1 + (gamma k r_e)^2 g), with g the response of the field to a push on its own slope.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...units import Quantity, described, quantity
from .linear_response import perturbation, solved
from .model_batch import ComplexArray, ModelFamily
from .reduced_system import ReducedSystem
from .steady_following import Anchor

Array = NDArray[Any]

_FIELD, _SLOPE = 3, 7  # places of phi_e and of its slope in the state of the corticothalamic field
_NEGLIGIBLE = 1e-10


@described
class CorticalSheet:
    """A square periodic sheet of cortex, seen through the skull.

    Source: robinson2001; abeysuriya2014.
    Assumptions: input white in time and over the modes; the skull passes exp(-k^2/cut_off^2) of the power of wave k.

    Parameters
    ----------
    side : float
        m.
    cut_off : float
        rad/m.
    modes : int
        Periods along each side up to which waves are summed.
    """

    side: Quantity = quantity("m", above=0, default=0.5)
    cut_off: Quantity = quantity("1/m", above=0, default=10.0)
    modes: int = 10

    def waves(self) -> tuple[Array, Array]:
        """Return squared wave numbers (w,) (rad^2/m^2) and what the skull leaves of their power, times their number."""
        step = np.arange(-self.modes, self.modes + 1)
        squares, counts = np.unique(step[:, None] ** 2 + step[None, :] ** 2, return_counts=True)
        k = (2 * np.pi / self.side) ** 2 * squares
        weights = counts * np.exp(-k / self.cut_off**2)
        kept = weights > _NEGLIGIBLE * weights.max()
        return k[kept], weights[kept]

    def power(self, models: list[Any], linear: ReducedSystem, s: ComplexArray) -> Array:
        """Return the sum over modes of |transfer of phi_n to phi_e|^2 of each member at ``s`` (f,), (k, f)."""
        uniform, push = _pair(linear, s)
        k, weights = self.waves()
        stiffness = np.array([(model.gamma * model.r_e) ** 2 for model in models])
        total = np.zeros(uniform.shape)
        for square, weight in zip(k, weights, strict=True):
            total += weight * np.abs(uniform / (1 + stiffness[:, None] * square * push)) ** 2
        return total

    def power_sensitivity(self, family: ModelFamily, at: Anchor, s: ComplexArray) -> tuple[Array, Array]:
        """Return that sum (f,) about the anchor's state, and its derivatives by all coordinates (f, d)."""
        linear = family.batch(at.x[None]).linearised(at.state[None])
        changes, matrix = perturbation(family, at), linear.characteristic(s)[0]
        drive = np.broadcast_to(linear.drive[0, :, 0], (s.size, matrix.shape[-1])).astype(complex)
        pushed = np.zeros_like(drive)
        pushed[:, _SLOPE] = 1
        reading = np.zeros_like(drive)
        reading[:, _FIELD] = 1
        column, own = solved(matrix, drive), solved(matrix, pushed)
        row = solved(np.swapaxes(matrix, -1, -2), reading)
        by_uniform = np.einsum("fn,pn->fp", row, changes.by.drive[:, :, 0])
        by_uniform -= changes.of_characteristic(linear, s, row, column)
        by_push = -changes.of_characteristic(linear, s, row, own)
        uniform, push = column[:, _FIELD], own[:, _FIELD]
        model = family.model_at(at.x)
        stiffness, by_stiffness = (model.gamma * model.r_e) ** 2, _stiffness_slopes(family, at.x)[changes.places]
        total, slopes = np.zeros(s.size), np.zeros((s.size, at.x.size))
        for square, weight in zip(*self.waves(), strict=True):
            below = 1 + stiffness * square * push
            wave = uniform / below
            by_below = square * (stiffness * by_push + push[:, None] * by_stiffness)
            by_wave = (by_uniform - wave[:, None] * by_below) / below[:, None]
            total += weight * np.abs(wave) ** 2
            slopes[:, changes.places] += 2 * weight * np.real(np.conj(wave)[:, None] * by_wave)
        return total, slopes


def _pair(linear: ReducedSystem, s: ComplexArray) -> tuple[ComplexArray, ComplexArray]:
    """Return the transfer of the uniform mode and the field's answer to a push on its slope, each (k, f)."""
    matrix = linear.characteristic(s)
    right = np.zeros((*matrix.shape[:-1], 2), dtype=complex)
    right[..., 0] = linear.drive[:, None, :, 0]
    right[..., int(np.flatnonzero(linear.rows == _SLOPE)[0]), 1] = 1
    found = np.linalg.solve(matrix, right)[:, :, int(np.flatnonzero(linear.columns == _FIELD)[0])]
    return found[..., 0], found[..., 1]


def _stiffness_slopes(family: ModelFamily, x: Array) -> Array:
    """Return the derivative of (gamma r_e)^2 by the coordinates (d,)."""
    model, slopes = family.model_at(x), np.zeros(x.size)
    for name, by in (("gamma", 2 * model.gamma * model.r_e**2), ("r_e", 2 * model.r_e * model.gamma**2)):
        if name in family.space.names:
            place = family.space.place(name)
            slopes[place] = by * float(family.space.parameters[place].slope(x[place]))
    return slopes
