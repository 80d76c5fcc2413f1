"""How a rate moves with an input: a rational filter from the free potential to the potential that the rate follows."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import cumulative_trapezoid
from scipy.linalg import expm

from ...units import takes
from ..kernels import Kernel, StateSpaceKernel, TabulatedKernel, realised

Array: TypeAlias = NDArray[Any]
Complex: TypeAlias = NDArray[Any]

_LIFETIMES = 30.0  # of kernel and motion together, after which a table ends
_POINTS = 6001


@dataclass(frozen=True)
class RateMotion:
    """G(s) = gain (1 + b_1 s + ... + b_n s^n)/(1 + a_1 s + ... + a_n s^n), potential to what the rate follows.

    Source: gerstner2014, ch. 15 (rate and potential answer an input differently).
    Assumptions: r = Q(G * v): the filter acts on the potential and the sigmoid on what comes out, so that rates stay
    positive and below their limit. G is that of one input at one operating point, linear.

    With a gain of 1 no steady rate depends on it. Without coefficients the rate follows at once. Cells fire where their
    potential crosses the threshold, more often the faster the mean rises: b_1 is above a_1, the rate leads.

    Parameters
    ----------
    numerator : (n,) tuple of float
        b_1, ..., b_n, s, s^2, ...
    denominator : (n,) tuple of float
        a_1, ..., a_n, s, s^2, ...; all poles must decay.
    gain : float
        What a lasting change of the potential by this input does to the rate, over what the sigmoid says, 1; an input
        that also brings noise has another one than a current.
    """

    numerator: tuple[float, ...] = ()
    denominator: tuple[float, ...] = ()
    gain: float = 1.0

    def __post_init__(self) -> None:
        for name in ("numerator", "denominator"):
            object.__setattr__(self, name, tuple(float(c) for c in getattr(self, name)))
        if len(self.numerator) != len(self.denominator):
            raise ValueError(
                f"RateMotion: {len(self.numerator)} coefficients above and {len(self.denominator)} below; give as many "
                "of both, with zeros above where there are fewer."
            )
        if not all(math.isfinite(c) for c in (*self.numerator, *self.denominator, self.gain)):
            raise ValueError("RateMotion: a coefficient is not finite; leave its power out.")
        if self.denominator and not self.denominator[-1] > 0:
            raise ValueError(
                f"RateMotion.denominator: the last coefficient is {self.denominator[-1]:g}, not above 0; leave its "
                "power out."
            )
        if self.denominator and not np.max(np.real(self.poles)) < 0:
            raise ValueError(
                f"RateMotion.denominator: a pole at {np.max(np.real(self.poles)):g} /s does not decay; fit a stable "
                "motion."
            )

    @property
    def order(self) -> int:
        """Number of poles n."""
        return len(self.denominator)

    @cached_property
    def poles(self) -> Complex:
        """Poles (n,), 1/s."""
        return np.roots([*self.denominator[::-1], 1.0]).astype(np.complex128)

    @property
    def slowest(self) -> float:
        """Time constant of the slowest pole, s; 0 without one."""
        return float(1 / np.min(-np.real(self.poles))) if self.order else 0.0

    def laplace(self, s: ArrayLike) -> Complex:
        """Return G at complex ``s`` (...) (1/s), 1."""
        points = np.asarray(s, dtype=np.complex128)
        above, below = (np.polyval([*part[::-1], 1.0], points) for part in (self.numerator, self.denominator))
        return np.asarray(self.gain * above / below)

    @takes(frequency="Hz")
    def transfer(self, frequency: ArrayLike) -> Complex:
        """Return G at ``frequency`` (Hz), 1."""
        return self.laplace(2j * np.pi * np.asarray(frequency, dtype=float))

    @cached_property
    def realised(self) -> tuple[Array, Array, Array, float]:
        """Return dynamics (n, n) (1/s), entry (n,), output (n,) and direct part: x' = dynamics x + entry u, y = ...

        The controllable form, in units of time that make its numbers alike.
        """
        n = self.order
        if n == 0:
            return np.zeros((0, 0)), np.zeros(0), np.zeros(0), self.gain
        unit = self.denominator[-1] ** (1 / n)
        above, below = (
            np.array([1.0, *part]) / unit ** np.arange(n + 1) for part in (self.numerator, self.denominator)
        )
        direct = above[n] / below[n]
        dynamics = np.diag(np.ones(n - 1), 1)
        dynamics[-1] = -below[:n] / below[n]
        entry = np.zeros(n)
        entry[-1] = 1 / below[n]
        return dynamics / unit, entry / unit, self.gain * (above[:n] - direct * below[:n]), float(self.gain * direct)


def lead_kernel(kernel: Kernel, motion: RateMotion) -> Kernel:
    """Return the kernel of G - 1 after ``kernel``: what the rate follows beyond the free potential, per spike, V.

    Kernels of finite state stay exact; for others the motion runs over the table of their response, joined by straight
    lines.
    """
    dynamics, entry, output, direct = motion.realised
    part = realised(kernel)
    if part is None:
        return _tabulated(kernel, motion)
    size, more = part.entry.size, entry.size
    whole = np.zeros((size + more, size + more))
    whole[:size, :size], whole[size:, size:] = part.dynamics, dynamics
    whole[size:, :size] = np.outer(entry, part.output)
    return StateSpaceKernel(
        whole, np.concatenate([part.entry, np.zeros(more)]), np.concatenate([(direct - 1) * part.output, output])
    )


def _tabulated(kernel: Kernel, motion: RateMotion) -> Kernel:
    """Return the same for a kernel without finite state."""
    spread = abs(kernel.mean_lag) + math.sqrt(abs(kernel.variance))
    last = _LIFETIMES * (spread + motion.slowest)
    time = np.linspace(0, last, _POINTS)
    response = np.asarray(kernel(time), dtype=float)
    response[~np.isfinite(response)] = 0.0
    dynamics, entry, output, direct = motion.realised
    step, size = time[1], entry.size
    matrix = np.zeros((size + 2, size + 2))
    matrix[:size, :size], matrix[:size, size], matrix[size, size + 1] = dynamics, entry, 1 / step
    grown = expm(matrix * step)
    rise = grown[:size, size + 1]
    state, beyond = np.zeros(size), np.zeros(_POINTS)
    for k in range(1, _POINTS):
        state = grown[:size, :size] @ state + (grown[:size, size] - rise) * response[k - 1] + rise * response[k]
        beyond[k] = output @ state
    beyond += (direct - 1) * response
    # What the table cuts off must not move a steady rate.
    missing = (motion.gain - 1) * kernel.area - cumulative_trapezoid(beyond, time)[-1]
    return TabulatedKernel(time, beyond + missing / last)
