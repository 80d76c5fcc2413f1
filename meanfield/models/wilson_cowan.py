"""The localised population of Wilson and Cowan: an excitatory and an inhibitory pool."""

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.special import expit

from ...units import Quantity, described, quantity
from ..gain_pivot import Pivot, gain_pivot
from .model import Delayed, MassModel, SteadyCurve, Variable

# Steps of the scan for steady states within one width 1/a of the sigmoid.
_FINENESS = 40


def response(x, a, theta, silent):
    """Return the logistic response less its value ``silent`` at no input, so that rest stays at rest."""
    return 1 / (1 + np.exp(a * (theta - x))) - silent


def flow(y, z, u, p):
    """Return the rates of change of the active fractions E and I, 1/s."""
    c_ee, c_ei, c_ie, c_ii, a_e, theta_e, silent_e, a_i, theta_i, silent_i, tau_e, tau_i, k_e, k_i, r_e, r_i = p
    s_e = response(c_ee * y[0] - c_ei * y[1] + u[0], a_e, theta_e, silent_e)
    s_i = response(c_ie * y[0] - c_ii * y[1] + u[1], a_i, theta_i, silent_i)
    return (
        (-y[0] + (k_e - r_e * y[0]) * s_e + u[2]) / tau_e,
        (-y[1] + (k_i - r_i * y[1]) * s_i + u[3]) / tau_i,
    )


def observe(y, z, u, p):
    """Return the active fractions."""
    return y[0], y[1]


def _curve(name: str, theta: float, **steepness: float) -> Callable:
    a = steepness[name]
    return partial(response, a=a, theta=theta, silent=_silent(a, theta))


@described
class WilsonCowan(MassModel):
    """tau_e E' = -E + (k_e - r_e E) S_e(c_ee E - c_ei I + P) + F, and tau_i I' likewise with c_ie E - c_ii I + Q and G.

    Source: wilson1972, with S(x) = 1/(1 + exp(-a (x - theta))) - 1/(1 + exp(a theta)).
    Assumptions: time-coarse-grained; S is a distribution of thresholds; refractoriness takes r E of the cells away.

    Parameters
    ----------
    c_ee, c_ei, c_ie, c_ii : float
        Mean numbers of synapses (to, from), 1.
    a_e, theta_e, a_i, theta_i : float
        Steepness and position of each sigmoid, 1.
    tau_e, tau_i : float
        Time constants, s.
    k_e, k_i, r_e, r_i : float
        Ceiling and refractory share of each pool, 1.
    P, Q : float
        Operating inputs of the two pools, inside the sigmoid, 1.
    F, G : float
        Operating drives outside the sigmoid, 1; white noise is well defined only there.
    """

    c_ee: Quantity = quantity("1", at_least=0)
    c_ei: Quantity = quantity("1", above=0)
    c_ie: Quantity = quantity("1", at_least=0)
    c_ii: Quantity = quantity("1", at_least=0)
    a_e: Quantity = quantity("1", above=0)
    theta_e: Quantity = quantity("1")
    a_i: Quantity = quantity("1", above=0)
    theta_i: Quantity = quantity("1")
    tau_e: Quantity = quantity("s", above=0)
    tau_i: Quantity = quantity("s", above=0)
    k_e: Quantity = quantity("1", above=0)
    k_i: Quantity = quantity("1", above=0)
    r_e: Quantity = quantity("1", at_least=0, at_most=1)
    r_i: Quantity = quantity("1", at_least=0, at_most=1)
    P: Quantity = quantity("1")
    Q: Quantity = quantity("1")
    F: Quantity = quantity("1")
    G: Quantity = quantity("1")

    VARIABLES = (
        Variable("E", "1", "active fraction of the excitatory pool"),
        Variable("I", "1", "active fraction of the inhibitory pool"),
    )
    INPUTS = (
        Variable("P", "1", "input to the excitatory pool"),
        Variable("Q", "1", "input to the inhibitory pool"),
        Variable("F", "1", "drive of the excitatory pool outside its sigmoid"),
        Variable("G", "1", "drive of the inhibitory pool outside its sigmoid"),
    )
    OUTPUTS = VARIABLES
    CITATION = "wilson1972"
    flow = staticmethod(flow)
    observe = staticmethod(observe)

    @property
    def parameters(self) -> tuple[float, ...]:
        """The numbers that ``flow`` unpacks."""
        synapses = (self.c_ee, self.c_ei, self.c_ie, self.c_ii)
        excitatory = (self.a_e, self.theta_e, _silent(self.a_e, self.theta_e))
        inhibitory = (self.a_i, self.theta_i, _silent(self.a_i, self.theta_i))
        return (*synapses, *excitatory, *inhibitory, self.tau_e, self.tau_i, self.k_e, self.k_i, self.r_e, self.r_i)

    @property
    def delayed(self) -> tuple[Delayed, ...]:
        """No delays."""
        return ()

    @property
    def pivots(self) -> dict[str, Pivot]:
        """Inputs above 0 and responses at which a change of each steepness does nothing.

        They lie below the thresholds, since the value at no input, which falls with the steepness, is taken away.
        """
        pools = (("a_e", self.a_e, self.theta_e), ("a_i", self.a_i, self.theta_i))
        return {
            name: gain_pivot(partial(_curve, name, theta), name, {name: a}, within=(0.0, 2 * abs(theta) + 10 / a))
            for name, a, theta in pools
        }

    def steady_curve(self) -> SteadyCurve:
        """Return the argument x of the excitatory sigmoid as the one unknown: E follows from it, then I from x itself.

        At rest E = (F + k S)/(1 + r S), which is monotone in S, and S lies in an interval of length one: so
        E, I and x = c_ee E - c_ei I + P are bounded. The scan has 40 steps to a width of the steeper sigmoid.
        """
        silent_e, silent_i = _silent(self.a_e, self.theta_e), _silent(self.a_i, self.theta_i)

        def excitation(x):
            return _at_rest(response(x, self.a_e, self.theta_e, silent_e), self.F, self.k_e, self.r_e)

        def inhibition(x):
            return (self.c_ee * excitation(x) - x + self.P) / self.c_ei

        def residual(x):
            e, i = excitation(x), inhibition(x)
            s = response(self.c_ie * e - self.c_ii * i + self.Q, self.a_i, self.theta_i, silent_i)
            return i - _at_rest(s, self.G, self.k_i, self.r_i)

        e_range = _range_at_rest(self.a_e, self.theta_e, self.F, self.k_e, self.r_e)
        i_range = _range_at_rest(self.a_i, self.theta_i, self.G, self.k_i, self.r_i)
        lower = self.c_ee * e_range[0] - self.c_ei * i_range[1] + self.P
        upper = self.c_ee * e_range[1] - self.c_ei * i_range[0] + self.P
        return SteadyCurve(
            residual=residual,
            lift=lambda x: np.array([excitation(x), inhibition(x)]),
            lower=lower,
            upper=upper,
            samples=int(2 * _FINENESS * (upper - lower) * max(self.a_e, self.a_i)) + 1001,
        )


def _silent(a: float, theta: float) -> float:
    """Return the logistic response to no input."""
    return float(expit(-a * theta))


def _at_rest(s, drive, ceiling, refractory):
    return (drive + ceiling * s) / (1 + refractory * s)


def _range_at_rest(a: float, theta: float, drive: float, ceiling: float, refractory: float) -> tuple[float, float]:
    """Return the least and the largest activity at rest."""
    silent = _silent(a, theta)
    ends = [_at_rest(s, drive, ceiling, refractory) for s in (-silent, 1 - silent)]
    return float(min(ends)), float(max(ends))
