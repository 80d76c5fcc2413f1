"""The square of a kernel, through which Poisson input moves the variance of the free potential."""

import math
from itertools import pairwise

import numpy as np
from scipy.special import gammaln

from ..kernels import ExponentialKernel, GammaKernel, Kernel, StateSpaceKernel, TabulatedKernel, realised

_POINTS = 4000
_REACH = 15.0  # standard deviations past the mean lag


def squared_kernel(kernel: Kernel) -> Kernel:
    """Return h(t)^2, V^2 per spike: the variance that one Poisson spike a second adds is its area (Campbell's theorem).

    Parameters
    ----------
    kernel : Kernel
        One with a finite state gives one with a finite state, exactly: products of its stages. Others give a table.

    Returns
    -------
    Kernel
        Its values are V^2.
    """
    match kernel:
        case ExponentialKernel():
            return ExponentialKernel(kernel.area**2 / (2 * kernel.tau), kernel.tau / 2)
        case GammaKernel() if kernel.shape > 0.5:
            k, s = kernel.shape, kernel.scale
            log_area = gammaln(2 * k - 1) - 2 * gammaln(k) + (2 * k - 1) * math.log(s / 2) - 2 * k * math.log(s)
            return GammaKernel(kernel.area**2 * math.exp(log_area), 2 * k - 1, s / 2)
        case TabulatedKernel():
            time = np.unique(np.concatenate([np.linspace(a, b, 5) for a, b in pairwise(kernel.time)]))
            return TabulatedKernel(time, kernel(time) ** 2)
    part = realised(kernel)
    if part is not None:
        return _product(part)
    last = abs(kernel.mean_lag) + _REACH * np.sqrt(abs(kernel.variance))
    time = np.concatenate([[0.0], np.geomspace(1e-5 * last, last, _POINTS)])
    return TabulatedKernel(time, np.nan_to_num(kernel(time)) ** 2)


def _product(part: StateSpaceKernel) -> StateSpaceKernel:
    """Return the linear system of all products of two states."""
    one = np.eye(part.entry.size)
    return StateSpaceKernel(
        np.kron(part.dynamics, one) + np.kron(one, part.dynamics),
        np.kron(part.entry, part.entry),
        np.kron(part.output, part.output),
    )
