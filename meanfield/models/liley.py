"""The conductance-like mass model of Liley, of which the cortical sheet is made."""

import math
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...units import Quantity, described, quantity
from ..gain_pivot import Pivot, pivot_at
from ..sigmoids.features import invert
from .model import Delayed, MassModel, SteadyCurve, Variable

Array = NDArray[np.float64]

_ROOT_2 = math.sqrt(2)


def firing(h, q_max, theta, width):
    """Return the rate q_max/(1 + exp(-sqrt(2) (h - theta)/width)), Hz."""
    return q_max / (1 + np.exp(-_ROOT_2 * (h - theta) / width))


def pull(h, rest, reversal):
    """Return how far the driving force has moved from rest, (reversal - h)/|reversal - rest|, 1."""
    return (reversal - h) / abs(reversal - rest)


def flow(y, z, u, p):
    """Return the rates of change of h_e, h_i (V), the four activations (V) and their slopes (V/s)."""
    tau_e, tau_i, rest_e, rest_i, reversal_e, reversal_i = p[0:6]
    rate_e = firing(y[0], p[6], p[8], p[10])
    rate_i = firing(y[1], p[7], p[9], p[11])
    peak_e, peak_i, a, b, count_ee, count_ei, count_ie, count_ii = p[12:20]
    excite, inhibit = peak_e * a * math.e, peak_i * b * math.e
    to_e = pull(y[0], rest_e, reversal_e) * y[2] + pull(y[0], rest_e, reversal_i) * y[3]
    to_i = pull(y[1], rest_i, reversal_e) * y[4] + pull(y[1], rest_i, reversal_i) * y[5]
    return (
        (rest_e - y[0] + to_e) / tau_e,
        (rest_i - y[1] + to_i) / tau_i,
        y[6],
        y[7],
        y[8],
        y[9],
        excite * (count_ee * rate_e + u[0]) - 2 * a * y[6] - a * a * y[2],
        inhibit * (count_ie * rate_i + u[2]) - 2 * b * y[7] - b * b * y[3],
        excite * (count_ei * rate_e + u[1]) - 2 * a * y[8] - a * a * y[4],
        inhibit * (count_ii * rate_i + u[3]) - 2 * b * y[9] - b * b * y[5],
    )


def observe(y, z, u, p):
    """Return both potentials (V) and both rates (Hz)."""
    return y[0], y[1], firing(y[0], p[6], p[8], p[10]), firing(y[1], p[7], p[9], p[11])


@described
class Liley(MassModel):
    """tau_e h_e' = rest - h_e + pull_e I_ee + pull_i I_ie, (d/dt + a)^2 I_ee = peak_e a e (count_ee S_e + p_ee), ...

    Source: liley2002; dafilis2009 for the space-clamped form.
    Assumptions: one excitatory and one inhibitory population; alpha kernels; static logistic sigmoids; the effect of a
    synapse shrinks with the distance to its reversal potential, relative to that at rest. In indices "xy" the input
    goes from x to y.

    Parameters
    ----------
    tau_e, tau_i : float
        Membrane time constants, s.
    rest_e, rest_i : float
        Resting potentials, V.
    reversal_e, reversal_i : float
        Reversal potentials of excitatory and inhibitory synapses, V.
    q_max_e, q_max_i, theta_e, theta_i, width_e, width_i : float
        Maximal rates (Hz), thresholds (V) and widths (V) of S = q_max/(1 + exp(-sqrt(2) (h - theta)/width)).
    peak_e, peak_i : float
        Peak of the response to one presynaptic spike at rest, V.
    rate_constant_e, rate_constant_i : float
        Inverse time to that peak, 1/s.
    count_ee, count_ei, count_ie, count_ii : float
        Synapses per cell, 1.
    p_ee, p_ei, p_ie, p_ii : float
        Presynaptic spikes from outside per cell and second, Hz.
    """

    tau_e: Quantity = quantity("s", above=0)
    tau_i: Quantity = quantity("s", above=0)
    rest_e: Quantity = quantity("V")
    rest_i: Quantity = quantity("V")
    reversal_e: Quantity = quantity("V")
    reversal_i: Quantity = quantity("V")
    q_max_e: Quantity = quantity("Hz", above=0)
    q_max_i: Quantity = quantity("Hz", above=0)
    theta_e: Quantity = quantity("V")
    theta_i: Quantity = quantity("V")
    width_e: Quantity = quantity("V", above=0)
    width_i: Quantity = quantity("V", above=0)
    peak_e: Quantity = quantity("V", above=0)
    peak_i: Quantity = quantity("V", above=0)
    rate_constant_e: Quantity = quantity("1/s", above=0)
    rate_constant_i: Quantity = quantity("1/s", above=0)
    count_ee: Quantity = quantity("1", at_least=0)
    count_ei: Quantity = quantity("1", at_least=0)
    count_ie: Quantity = quantity("1", at_least=0)
    count_ii: Quantity = quantity("1", at_least=0)
    p_ee: Quantity = quantity("Hz", at_least=0)
    p_ei: Quantity = quantity("Hz", at_least=0)
    p_ie: Quantity = quantity("Hz", at_least=0)
    p_ii: Quantity = quantity("Hz", at_least=0)

    VARIABLES: ClassVar = (
        Variable("h_e", "V", "potential of excitatory cells"),
        Variable("h_i", "V", "potential of inhibitory cells"),
        Variable("i_ee", "V", "activation of excitatory synapses on excitatory cells"),
        Variable("i_ie", "V", "activation of inhibitory synapses on excitatory cells"),
        Variable("i_ei", "V", "activation of excitatory synapses on inhibitory cells"),
        Variable("i_ii", "V", "activation of inhibitory synapses on inhibitory cells"),
        Variable("j_ee", "V/s", "slope of i_ee"),
        Variable("j_ie", "V/s", "slope of i_ie"),
        Variable("j_ei", "V/s", "slope of i_ei"),
        Variable("j_ii", "V/s", "slope of i_ii"),
    )
    INPUTS: ClassVar = (
        Variable("p_ee", "Hz", "outside excitatory input to excitatory cells"),
        Variable("p_ei", "Hz", "outside excitatory input to inhibitory cells"),
        Variable("p_ie", "Hz", "outside inhibitory input to excitatory cells"),
        Variable("p_ii", "Hz", "outside inhibitory input to inhibitory cells"),
    )
    OUTPUTS: ClassVar = (
        Variable("potential_e", "V", "potential of excitatory cells"),
        Variable("potential_i", "V", "potential of inhibitory cells"),
        Variable("rate_e", "Hz", "excitatory rate"),
        Variable("rate_i", "Hz", "inhibitory rate"),
    )
    CITATION: ClassVar = "dafilis2009"
    flow = staticmethod(flow)
    observe = staticmethod(observe)

    def _check(self) -> None:
        low, high = sorted((self.reversal_e, self.reversal_i))
        for name in ("rest_e", "rest_i"):
            if not low < getattr(self, name) < high:
                raise ValueError(
                    f"Liley.{name}: {getattr(self, name):g} V is not between the reversal potentials {low:g} V and "
                    f"{high:g} V; no synapse could pull both ways."
                )

    @property
    def parameters(self) -> tuple[float, ...]:
        """The numbers of the flow, in its order."""
        membrane = (self.tau_e, self.tau_i, self.rest_e, self.rest_i, self.reversal_e, self.reversal_i)
        sigmoid = (self.q_max_e, self.q_max_i, self.theta_e, self.theta_i, self.width_e, self.width_i)
        kernel = (self.peak_e, self.peak_i, self.rate_constant_e, self.rate_constant_i)
        return (*membrane, *sigmoid, *kernel, self.count_ee, self.count_ei, self.count_ie, self.count_ii)

    @property
    def delayed(self) -> tuple[Delayed, ...]:
        """Nothing is delayed."""
        return ()

    @property
    def pivots(self) -> dict[str, Pivot]:
        """Potential (V) and rate (Hz) at which a change of each width does nothing: the thresholds."""
        return {
            "width_e": pivot_at("width_e", self.theta_e, self.q_max_e / 2),
            "width_i": pivot_at("width_i", self.theta_i, self.q_max_i / 2),
        }

    def _rate_e(self, h: ArrayLike) -> Array:
        return firing(np.asarray(h, dtype=float), self.q_max_e, self.theta_e, self.width_e)

    def _rate_i(self, h: ArrayLike) -> Array:
        return firing(np.asarray(h, dtype=float), self.q_max_i, self.theta_i, self.width_i)

    def _excitation(self, rate: Array, count: float, outside: float) -> Array:
        return math.e * self.peak_e / self.rate_constant_e * (count * rate + outside)

    def _inhibition(self, rate: Array, count: float, outside: float) -> Array:
        return math.e * self.peak_i / self.rate_constant_i * (count * rate + outside)

    def _inhibitory_potential(self, i_ei: Array) -> Array:
        """Return the one h_i (V) at rest under the excitation ``i_ei`` (V): its pull falls as h_i rises."""

        def down(h: Array) -> Array:
            i_ii = self._inhibition(self._rate_i(h), self.count_ii, self.p_ii)
            pulls = pull(h, self.rest_i, self.reversal_e) * i_ei + pull(h, self.rest_i, self.reversal_i) * i_ii
            return h - self.rest_i - pulls

        def slope(h: Array) -> Array:
            rate = self._rate_i(h)
            rate_slope = _ROOT_2 / self.width_i * rate * (1 - rate / self.q_max_i)
            area = math.e * self.peak_i / self.rate_constant_i
            widths = abs(self.reversal_e - self.rest_i), abs(self.reversal_i - self.rest_i)
            i_ii = self._inhibition(rate, self.count_ii, self.p_ii)
            moved = pull(h, self.rest_i, self.reversal_i) * area * self.count_ii * rate_slope
            return 1 + i_ei / widths[0] + i_ii / widths[1] - moved

        return invert(down, slope, np.zeros_like(i_ei), start=self.rest_i, step=1e-3)

    def steady_curve(self) -> SteadyCurve:
        """Return the equation in h_e: it gives S_e and I_ei, these the one h_i at rest; h_e must then be at rest too.

        Bounds: at rest h_e is a mean of the resting and the two reversal potentials with positive weights.
        """

        def state(h_e: ArrayLike) -> tuple[Array, ...]:
            h_e = np.asarray(h_e, dtype=float)
            rate_e = self._rate_e(h_e)
            i_ei = self._excitation(rate_e, self.count_ei, self.p_ei)
            h_i = self._inhibitory_potential(i_ei)
            rate_i = self._rate_i(h_i)
            i_ee = self._excitation(rate_e, self.count_ee, self.p_ee)
            i_ie = self._inhibition(rate_i, self.count_ie, self.p_ie)
            return h_e, h_i, i_ee, i_ie, i_ei, self._inhibition(rate_i, self.count_ii, self.p_ii)

        def residual(h_e: ArrayLike) -> ArrayLike:
            h_e, _, i_ee, i_ie, _, _ = state(h_e)
            pulls = pull(h_e, self.rest_e, self.reversal_e) * i_ee + pull(h_e, self.rest_e, self.reversal_i) * i_ie
            return self.rest_e - h_e + pulls

        lower, upper = sorted((self.reversal_e, self.reversal_i))
        return SteadyCurve(residual, lambda h_e: np.array([*state(h_e), 0.0, 0.0, 0.0, 0.0]), lower, upper)
