"""Kernels as chains of first-order stages, where they are that: what a Jacobian of finite size needs."""

from collections.abc import Sequence

import numpy as np
from scipy.linalg import block_diag

from .features import Kernel
from .mixture import MixtureKernel
from .stages import stages_of
from .state_space import StateSpaceKernel


def realised(kernel: Kernel) -> StateSpaceKernel | None:
    """Return the same kernel as a linear system of finite size, or None for one that has none.

    Parameters
    ----------
    kernel : Kernel
        Exponential, alpha, biexponential, cascade and state-space kernels, gamma kernels of whole shape, and mixtures
        of them have a finite state; tables and gamma kernels of broken shape have none.
    """
    if isinstance(kernel, StateSpaceKernel):
        return kernel
    if isinstance(kernel, MixtureKernel):
        return _side_by_side(kernel.weights, [realised(part) for part in kernel.kernels])
    stages = stages_of(kernel)
    return None if stages is None else _chain(kernel.area, stages)


def _chain(area: float, time_constants: Sequence[float]) -> StateSpaceKernel:
    """Return stages in a row: each follows the one before, the first the input, the last is read."""
    rates = 1 / np.array(time_constants)
    dynamics = np.diag(-rates) + np.diag(rates[1:], -1)
    entry, output = np.zeros(rates.size), np.zeros(rates.size)
    entry[0], output[-1] = rates[0], area
    return StateSpaceKernel(dynamics, entry, output)


def _side_by_side(weights: Sequence[float], parts: Sequence[StateSpaceKernel | None]) -> StateSpaceKernel | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return StateSpaceKernel(
        np.asarray(block_diag(*(part.dynamics for part in known)), dtype=float),
        np.concatenate([part.entry for part in known]),
        np.concatenate([weight * part.output for weight, part in zip(weights, known, strict=True)]),
    )
