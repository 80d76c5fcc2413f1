"""The adaptive exponential cell when adaptation is slow: every stationary state of the mean adaptation current."""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import log_ndtr

from ..units import Quantity, described, quantity, takes
from .arrays import element
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
    caller: str

    def activity(self, x: Array) -> tuple[Array, Array]:
        """Return rate (Hz) and mean potential (V) at effective mean inputs (n,)."""
        noise = np.full(x.shape, self.sigma)
        found = stationary_cells(self.cell, x, noise, _NO_FREQUENCY, self.size, self.caller)
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

    The mean potential is below that of a spike, and above that of a free potential reflected at the reset, whose cells
    stay below it. With either in its place the excess rises in the input everywhere, so that each of the two
    bounds has one zero; all zeros of the excess are between.
    """
    cell, adaptation = balance.cell, balance.adaptation

    def bound(highest: bool) -> Callable[[float], float]:
        def excess(x: float) -> float:
            mean = cell.v_spike if highest else _reflected_mean(x, balance.sigma, cell.v_reset)
            held = adaptation.target(balance.activity(np.array([x]))[0], np.array([mean]))
            return float(held[0]) - adaptation.leak(cell) * (balance.mu - x)

        return excess

    ends = [_zero_of_rising(bound(highest), balance.mu, 3 * balance.sigma) for highest in (False, True)]
    return min(ends) - _MARGIN * balance.sigma, max(ends) + _MARGIN * balance.sigma


@overload
def adex_rate(
    mu: Given, sigma: Given, cell: ExponentialCell, adaptation: Adaptation, *, size: int = 2000
) -> AdaptedStates: ...
@overload
def adex_rate(
    mu: ArrayLike,
    sigma: ArrayLike,
    cell: ExponentialCell | Sequence[ExponentialCell],
    adaptation: Adaptation | Sequence[Adaptation],
    *,
    size: int = 2000,
) -> Any: ...
@takes(mu="V", sigma="V")
def adex_rate(mu: Any, sigma: Any, cell: Any, adaptation: Any, *, size: int = 2000) -> Any:
    """Return every stationary state of an adaptive exponential population whose adaptation is slow.

    Source: augustin2017; brette2005.
    Assumptions: those of `Adaptation` and `eif_rate`; the mean potential is that of the stationary density, the free
    potential is not.

    Parameters
    ----------
    mu, sigma : array
        Mean free potential without adaptation, and canonical noise amplitude, V.
    cell : ExponentialCell, or sequence of them
        The cell without adaptation.
    adaptation : Adaptation, or sequence of them
        Its adaptation current.
    size : int
        Number of voltage steps.

    Returns
    -------
    AdaptedStates, or array of them
        All states found by scanning 600 inputs between bounds that hold them all, each solved to 1e-12 V; there is at
        least one. The message says how far apart two states must be to be told apart. Where an argument is an array or
        a sequence, an array of objects of the broadcast shape: points differ in how many states they have.

    Raises
    ------
    ValueError
        If sigma is not positive, a number is not finite, or the subthreshold adaptation outweighs the leak.
    """
    cells, adaptations = (np.asarray(given, dtype=object) for given in (cell, adaptation))
    means, noises = (np.asarray(given, dtype=float) for given in (mu, sigma))
    shape = np.broadcast_shapes(means.shape, noises.shape, cells.shape, adaptations.shape)
    found = np.empty(shape, dtype=object)
    points = (np.broadcast_to(given, shape).ravel() for given in (means, noises, cells, adaptations))
    for place, (mean, noise, one, own) in enumerate(zip(*points, strict=True)):
        caller = f"adex_rate, element {element(shape, place)}" if shape else "adex_rate"
        found.flat[place] = _adapted_states(_Balance(one, own, float(mean), float(noise), size, caller))
    return found if shape else found.item()


def _adapted_states(balance: _Balance) -> AdaptedStates:
    if not (math.isfinite(balance.mu) and 0 < balance.sigma < math.inf):
        raise ValueError(
            f"{balance.caller}: mu = {balance.mu:g} V must be finite and sigma = {balance.sigma:g} V finite and above "
            "0 V; correct them."
        )
    leak, conductance = balance.adaptation.leak(balance.cell), balance.adaptation.conductance
    if conductance <= -leak:
        raise ValueError(
            f"{balance.caller}: conductance = {conductance:g} S must be above minus the leak conductance, {-leak:g} S; "
            "below it the silent membrane runs away."
        )
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
