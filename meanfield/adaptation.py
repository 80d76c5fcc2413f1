"""The adaptive exponential cell when adaptation is slow: every stationary state of the mean adaptation current."""

import math
from collections.abc import Callable
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import log_ndtr

from ..units import Quantity, described, quantity, takes
from .eif_response import stationary_cells
from .exponential_cell import ExponentialCell, Given

Array = NDArray[np.floating]

_SCAN = 600
_MARGIN = 1e-3
_NO_FREQUENCY = np.empty(0, dtype=complex)


@described
class Adaptation:
    """Adaptation current of the adaptive exponential cell: C dV/dt = ... - w, tau_w dw/dt = a (V - E_w) - w, w += b.

    Source: brette2005; the reversal potential of its own as in augustin2017.
    Assumptions: tau_w far above the membrane time constant and the interspike interval, so that every cell sees the
    mean of w: tau_w d<w>/dt = a (<V> - E_w) - <w> + tau_w b r.

    Parameters
    ----------
    capacitance : float
        Membrane capacitance C, F.
    conductance : float
        Subthreshold adaptation a, S; may be negative above minus the leak conductance.
    jump : float
        Current b added by each spike, A.
    tau_w : float
        Time constant of adaptation, s.
    reversal : float
        Potential E_w at which the subthreshold part vanishes, V.
    """

    capacitance: Quantity = quantity("F", above=0)
    conductance: Quantity = quantity("S")
    jump: Quantity = quantity("A", at_least=0)
    tau_w: Quantity = quantity("s", above=0)
    reversal: Quantity = quantity("V")

    def leak(self, cell: ExponentialCell) -> float:
        """Return the leak conductance of a cell of this capacitance, C/tau_m, S."""
        return self.capacitance / cell.tau_m

    def target(self, rate: Array, mean_potential: Array) -> Array:
        """Return the current that rate (Hz) and mean potential (V) would hold up: a (<V> - E_w) + tau_w b r, A."""
        return self.conductance * (mean_potential - self.reversal) + self.tau_w * self.jump * rate


class AdaptedState(NamedTuple):
    """One stationary state.

    Rate (Hz), mean potential (V), mean adaptation current (A), effective mean free potential mu - <w>/g_L (V), and
    whether the slow dynamics returns to it.
    """

    rate: float
    mean_potential: float
    adaptation_current: float
    effective_mu: float
    stable: bool


class AdaptedStates(NamedTuple):
    """All stationary states, by rising rate, and a sentence on how finely they were sought."""

    states: tuple[AdaptedState, ...]
    message: str


class _Balance(NamedTuple):
    """What adaptation demands of the effective mean input x: zero where mu - x = <w>/g_L."""

    cell: ExponentialCell
    adaptation: Adaptation
    mu: float
    sigma: float
    size: int

    def activity(self, x: Array) -> tuple[Array, Array]:
        """Return rate (Hz) and mean potential (V) at effective mean inputs (n,)."""
        noise = np.full(x.shape, self.sigma)
        found = stationary_cells(self.cell, x, noise, _NO_FREQUENCY, self.size, "adex_rate")
        return np.exp(found.log_rate), found.mean_potential

    def excess(self, x: Array) -> Array:
        """Return by how much the current that activity holds up exceeds the current that x stands for, A."""
        rate, mean = self.activity(x)
        return self.adaptation.target(rate, mean) - self.adaptation.leak(self.cell) * (self.mu - x)

    def at(self, x: float) -> float:
        """Return `excess` at one input."""
        return float(self.excess(np.array([x]))[0])

    def state(self, x: float) -> AdaptedState:
        """Return the state at a zero; it is stable where the excess rises, for then more current brings less."""
        step = 1e-4 * self.sigma
        rate, mean = self.activity(np.array([x]))
        stable = self.at(x + step) > self.at(x - step)
        current = self.adaptation.leak(self.cell) * (self.mu - x)
        return AdaptedState(float(rate[0]), float(mean[0]), current, x, stable)


def _zero(function: Callable[[float], float], lower: float, upper: float) -> float:
    return float(cast(float, brentq(function, lower, upper, xtol=1e-12)))


def _zero_of_rising(function: Callable[[float], float], start: float, reach: float) -> float:
    """Return the zero of a function that rises without bounds on either side."""
    lower = upper = start
    while function(lower) > 0:
        lower, reach = lower - reach, 2 * reach
    while function(upper) < 0:
        upper, reach = upper + reach, 2 * reach
    return lower if lower == upper else _zero(function, lower, upper)


def _reflected_mean(mean: float, sigma: float, barrier: float) -> float:
    """Return the mean of a normal potential of sd sigma/sqrt(2) that is cut off above ``barrier``, V."""
    sd = sigma / math.sqrt(2)
    reach = (barrier - mean) / sd
    return mean - sd * math.exp(-(reach**2) / 2 - math.log(2 * math.pi) / 2 - float(log_ndtr(reach)))


def _bounds(balance: _Balance) -> tuple[float, float]:
    """Return inputs between which all states lie.

    The mean potential is below the cutoff, and above that of a free potential reflected at the reset, whose cells
    stay below it. With either in its place the excess rises in the input everywhere, so that each of the two
    bounds has one zero; all zeros of the excess are between.
    """
    cell, adaptation = balance.cell, balance.adaptation

    def bound(highest: bool) -> Callable[[float], float]:
        def excess(x: float) -> float:
            mean = cell.v_cutoff if highest else _reflected_mean(x, balance.sigma, cell.v_reset)
            held = adaptation.target(balance.activity(np.array([x]))[0], np.array([mean]))
            return float(held[0]) - adaptation.leak(cell) * (balance.mu - x)

        return excess

    ends = [_zero_of_rising(bound(highest), balance.mu, 3 * balance.sigma) for highest in (False, True)]
    return min(ends) - _MARGIN * balance.sigma, max(ends) + _MARGIN * balance.sigma


@takes(mu="V", sigma="V")
def adex_rate(
    mu: Given, sigma: Given, cell: ExponentialCell, adaptation: Adaptation, *, size: int = 2000
) -> AdaptedStates:
    """Return every stationary state of an adaptive exponential population whose adaptation is slow.

    Source: augustin2017; brette2005.
    Assumptions: those of `Adaptation` and `eif_rate`; the mean potential is that of the stationary density, the free
    potential is not.

    Parameters
    ----------
    mu, sigma : float
        Mean free potential without adaptation, and canonical noise amplitude, V.
    cell : ExponentialCell
        The cell without adaptation.
    adaptation : Adaptation
        Its adaptation current.
    size : int
        Number of voltage steps.

    Returns
    -------
    AdaptedStates
        All states found by scanning 600 inputs between bounds that hold them all, each solved to 1e-12 V; there is at
        least one. The message says how far apart two states must be to be told apart.

    Raises
    ------
    ValueError
        If sigma is not positive, or the subthreshold adaptation outweighs the leak.
    """
    leak = adaptation.leak(cell)
    if adaptation.conductance <= -leak:
        raise ValueError(
            f"adex_rate: conductance = {adaptation.conductance:g} S must be above minus the leak "
            f"conductance, {-leak:g} S; below it the silent membrane runs away."
        )
    balance = _Balance(cell, adaptation, float(mu), float(sigma), size)
    ends = _bounds(balance)
    inputs = np.linspace(*ends, _SCAN)
    sign = np.sign(balance.excess(inputs))
    roots = [
        _zero(balance.at, float(inputs[i]), float(inputs[i + 1])) for i in np.flatnonzero(sign[1:] * sign[:-1] < 0)
    ]
    roots += [float(x) for x in inputs[sign == 0]]
    states = tuple(sorted((balance.state(x) for x in roots), key=lambda state: state.rate))
    spacing = math.ceil(1e6 * (ends[1] - ends[0]) / (_SCAN - 1))
    return AdaptedStates(states, f"All states between {ends[0]:.4g} V and {ends[1]:.4g} V that lie {spacing} uV apart.")
