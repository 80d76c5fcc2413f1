"""The dynamic mean field of a cortical region: NMDA excitation, feedback inhibition, a gain that receptors change."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from ...units import Quantity, described, quantity, takes
from ..gain_pivot import Pivot
from .current_frequency import current_frequency, gain_turning
from .model import Delayed, MassModel, SteadyCurve, Variable

Array = NDArray[np.float64]


def currents(y, u, p):
    """Return the total currents I_E and I_I (A), deco2014."""
    s_e, s_i = y
    drive_e, drive_i, recurrent, to_inhibition, inhibition, self_inhibition = p[0], p[1], p[2], p[3], p[4], p[5]
    return (
        drive_e + recurrent * s_e + u[0] - inhibition * s_i,
        drive_i + to_inhibition * s_e - self_inhibition * s_i,
    )


def rates(y, u, p):
    """Return the rates r_E and r_I (Hz), deco2014, with the gain factors of deco2018."""
    slope_e, offset_e, curvature_e, gain_e, slope_i, offset_i, curvature_i, gain_i = p[6:14]
    current_e, current_i = currents(y, u, p)
    return (
        current_frequency(gain_e * (slope_e * current_e - offset_e), curvature_e),
        current_frequency(gain_i * (slope_i * current_i - offset_i), curvature_i),
    )


def flow(y, z, u, p):
    """Return (S_E', S_I'), deco2014."""
    s_e, s_i = y
    gamma, tau_nmda, tau_gaba = p[14], p[15], p[16]
    r_e, r_i = rates(y, u, p)
    return (
        -s_e / tau_nmda + (1 - s_e) * gamma * r_e + u[1],
        -s_i / tau_gaba + r_i + u[2],
    )


def observe(y, z, u, p):
    """Return both rates (Hz) and both currents (A)."""
    r_e, r_i = rates(y, u, p)
    current_e, current_i = currents(y, u, p)
    return r_e, r_i, current_e, current_i


@takes(coupling="1", baseline="A")
def inhibition_of_strength(
    strength: ArrayLike, *, coupling: ArrayLike, slope: ArrayLike = 0.75, baseline: ArrayLike = 1e-9
) -> Array:
    """Return the feedback inhibition J = baseline (1 + slope G strength) of the published rule of thumb, A.

    Source: herzog2024.
    Assumptions: a straight line fitted to tuned networks of 3 Hz; `DynamicMeanField.tuned` solves the tuning itself.

    Parameters
    ----------
    strength : (...) array
        Sum of the connections into each region, 1.
    coupling : (...) array
        Global coupling G, 1.
    slope : (...) array
        Slope of the line, 1.
    baseline : (...) array
        Inhibition of an isolated region, A.
    """
    rise, g, strengths, lowest = (np.asarray(a, dtype=float) for a in (slope, coupling, strength, baseline))
    return lowest * (1 + rise * g * strengths)


@described
class DynamicMeanField(MassModel):
    """One region: S_E' = -S_E/tau_N + (1 - S_E) gamma H_E(I_E), S_I' = -S_I/tau_G + H_I(I_I), inhibition J S_I onto E.

    Source: deco2014; deco2018 for the gain factors.
    Assumptions: only the gates are slow. The gain factor M stretches x = M (a I - b) and so turns the curve around
    I = b/a, where the rate is 1/d: below it a larger gain lowers the rate.

    Parameters
    ----------
    background_current : float
        I_0, A.
    weight_e, weight_i : float
        Shares W_E, W_I of the background, 1.
    recurrence : float
        w_+, 1.
    nmda_weight : float
        J_NMDA, A.
    inhibition : float
        Feedback inhibition J onto the excitatory population, A.
    self_inhibition : float
        Weight of S_I onto its own population, A.
    slope_e, offset_e, curvature_e, slope_i, offset_i, curvature_i : float
        a (Hz/A), b (Hz), d (s) of the rates H(x) = x/(1 - exp(-d x)).
    gain_e, gain_i : float
        Gain factors M, 1; 1 + (receptor density) (gain scaling) in deco2018.
    gamma : float
        Saturation per spike, 1.
    tau_nmda, tau_gaba : float
        Time constants of the gates, s.
    long_range_current : float
        Current from other regions G J_NMDA sum C S_E, A.
    noise_e, noise_i : float
        Mean of the noise on the gates, 1/s; the paper's white noise of 0.01 nA enters here.
    """

    background_current: Quantity = quantity("A")
    weight_e: Quantity = quantity("1")
    weight_i: Quantity = quantity("1")
    recurrence: Quantity = quantity("1", at_least=0)
    nmda_weight: Quantity = quantity("A", above=0)
    inhibition: Quantity = quantity("A", at_least=0)
    self_inhibition: Quantity = quantity("A", at_least=0)
    slope_e: Quantity = quantity("Hz/A", above=0)
    offset_e: Quantity = quantity("Hz")
    curvature_e: Quantity = quantity("s", above=0)
    gain_e: Quantity = quantity("1", above=0)
    slope_i: Quantity = quantity("Hz/A", above=0)
    offset_i: Quantity = quantity("Hz")
    curvature_i: Quantity = quantity("s", above=0)
    gain_i: Quantity = quantity("1", above=0)
    gamma: Quantity = quantity("1", above=0)
    tau_nmda: Quantity = quantity("s", above=0)
    tau_gaba: Quantity = quantity("s", above=0)
    long_range_current: Quantity = quantity("A")
    noise_e: Quantity = quantity("Hz")
    noise_i: Quantity = quantity("Hz")

    VARIABLES: ClassVar = (
        Variable("s_e", "1", "open share of NMDA gates"),
        Variable("s_i", "1", "GABA gating"),
    )
    INPUTS: ClassVar = (
        Variable("long_range_current", "A", "current from other regions"),
        Variable("noise_e", "Hz", "noise on the NMDA gate"),
        Variable("noise_i", "Hz", "noise on the GABA gate"),
    )
    OUTPUTS: ClassVar = (
        Variable("rate_e", "Hz", "excitatory rate"),
        Variable("rate_i", "Hz", "inhibitory rate"),
        Variable("current_e", "A", "current into the excitatory population"),
        Variable("current_i", "A", "current into the inhibitory population"),
    )
    CITATION: ClassVar = "deco2014"
    flow = staticmethod(flow)
    observe = staticmethod(observe)

    @property
    def parameters(self) -> tuple[float, ...]:
        """The numbers of the flow, in its order."""
        drive_e, drive_i = self.weight_e * self.background_current, self.weight_i * self.background_current
        weights = (self.recurrence * self.nmda_weight, self.nmda_weight, self.inhibition, self.self_inhibition)
        curve_e = (self.slope_e, self.offset_e, self.curvature_e, self.gain_e)
        curve_i = (self.slope_i, self.offset_i, self.curvature_i, self.gain_i)
        return (drive_e, drive_i, *weights, *curve_e, *curve_i, self.gamma, self.tau_nmda, self.tau_gaba)

    @property
    def delayed(self) -> tuple[Delayed, ...]:
        """Nothing is delayed."""
        return ()

    @property
    def pivots(self) -> dict[str, Pivot]:
        """Currents (A) and rates (Hz) at which a change of each gain does nothing: b/a and 1/d."""
        return {
            "gain_e": gain_turning("gain_e", self.slope_e, self.offset_e, self.curvature_e),
            "gain_i": gain_turning("gain_i", self.slope_i, self.offset_i, self.curvature_i),
        }

    def excitatory_rate(self, current: ArrayLike) -> Array:
        """Return r_E at the total ``current`` (A), Hz."""
        x = self.gain_e * (self.slope_e * np.asarray(current) - self.offset_e)
        with np.errstate(over="ignore"):
            return np.asarray(current_frequency(x, self.curvature_e))

    def inhibitory_rate(self, current: ArrayLike) -> Array:
        """Return r_I at the total ``current`` (A), Hz."""
        x = self.gain_i * (self.slope_i * np.asarray(current) - self.offset_i)
        with np.errstate(over="ignore"):
            return np.asarray(current_frequency(x, self.curvature_i))

    def _gate(self, rate: ArrayLike) -> Array:
        """Return the steady S_E at an excitatory ``rate`` (Hz), 1."""
        opening = self.gamma * np.asarray(rate)
        return (opening + self.noise_e) / (opening + 1 / self.tau_nmda)

    def _inhibitory_gate(self, current: ArrayLike) -> Array:
        """Return the steady S_I at an inhibitory ``current`` (A), 1."""
        return self.tau_gaba * (self.inhibitory_rate(current) + self.noise_i)

    def _inhibitory_current(self, s_e: float) -> float:
        """Return the one I_I that balances a given S_E, A: the left side of its balance rises with I_I."""
        drive = self.weight_i * self.background_current + self.nmda_weight * s_e
        top = drive - self.self_inhibition * self.tau_gaba * min(self.noise_i, 0.0)
        low = drive - self.self_inhibition * float(self._inhibitory_gate(top))
        found: Any = brentq(
            lambda i: i + self.self_inhibition * float(self._inhibitory_gate(i)) - drive, low, top, xtol=1e-26
        )
        return float(found)

    def steady_curve(self) -> SteadyCurve:
        """Return the equation in I_I: it gives S_I, through its own balance S_E, and then I_E must confirm S_E.

        Bounds: S_E lies between 0 and 1 (where the noise has no mean) and I_I rises with it, so that the solutions of
        the inhibitory balance at S_E = 0 and 1, a step further out on both sides, hold every steady state.
        """
        reach = 1e-3 + abs(self.noise_e) * self.tau_nmda
        lower, upper = (self._inhibitory_current(s_e) for s_e in (-reach, 1 + reach))
        drive_e, drive_i = self.weight_e * self.background_current, self.weight_i * self.background_current

        def gates(current: ArrayLike) -> tuple[Array, Array]:
            s_i = self._inhibitory_gate(current)
            return (np.asarray(current) - drive_i + self.self_inhibition * s_i) / self.nmda_weight, s_i

        def residual(current: ArrayLike) -> ArrayLike:
            s_e, s_i = gates(current)
            total = drive_e + self.recurrence * self.nmda_weight * s_e + self.long_range_current - self.inhibition * s_i
            return s_e - self._gate(self.excitatory_rate(total))

        return SteadyCurve(residual, lambda current: np.array(gates(current)), lower, upper)

    @takes(rate="Hz")
    def tuned_inhibition(self, rate: float = 3.0, strength: ArrayLike = 0.0, *, coupling: float = 1.0) -> Array:
        """Return the feedback inhibition J at which every region of a network rests at ``rate``, A.

        Source: deco2014 tune it by simulation; here it is solved: a given rate fixes all gates, and J is what is left.
        Assumptions: all regions alike but for the connections into them; one steady rate for all.

        Parameters
        ----------
        rate : float
            Excitatory rate wanted, Hz.
        strength : (...) array
            Sum of the connections into each region, 1.
        coupling : float
            Global coupling G, 1.

        Raises
        ------
        ValueError
            If no inhibition of the right sign does it.
        """
        s_e = float(self._gate(rate))
        s_i = float(self._inhibitory_gate(self._inhibitory_current(s_e)))
        wanted = self._current_for(rate)
        arriving = coupling * self.nmda_weight * s_e * np.asarray(strength, dtype=float) + self.long_range_current
        given = self.weight_e * self.background_current + self.recurrence * self.nmda_weight * s_e + arriving
        inhibition = (given - wanted) / s_i
        if np.any(inhibition < 0):
            raise ValueError(
                f"DynamicMeanField.tuned_inhibition: {rate:g} Hz needs an inhibition of {np.min(inhibition):.3g} A; "
                "ask for a lower rate, or drive the region more."
            )
        return inhibition

    def _current_for(self, rate: float) -> float:
        """Return the current at which the excitatory rate is ``rate`` (Hz), A."""
        if not rate > 0:
            raise ValueError(f"DynamicMeanField: a rate of {rate:g} Hz is never reached; ask for more than 0 Hz.")
        # The curve lies above x, and exp(-d x) must not overflow.
        lowest = -700 / self.curvature_e
        found: Any = brentq(lambda x: float(current_frequency(x, self.curvature_e)) - rate, lowest, rate, xtol=1e-13)
        return (float(found) / self.gain_e + self.offset_e) / self.slope_e
