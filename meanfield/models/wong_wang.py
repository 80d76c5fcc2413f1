"""The two-variable attractor model of perceptual decisions."""

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...units import Quantity, described, quantity
from ..gain_pivot import Pivot
from .current_frequency import current_frequency, gain_turning
from .model import Delayed, MassModel, SteadyCurve, Variable


def currents(y, u, p):
    """Return the total synaptic currents I_1 and I_2 (A), wong2006."""
    s1, s2, noise1, noise2 = y
    stimulus, coherence = u[0], u[1]
    self_weight, cross_weight, background, stimulus_weight = p[0], p[1], p[2], p[3]
    common = background + stimulus_weight * stimulus
    shift = stimulus_weight * stimulus * coherence
    return (
        self_weight * s1 - cross_weight * s2 + common + shift + noise1,
        self_weight * s2 - cross_weight * s1 + common - shift + noise2,
    )


def rates(y, u, p):
    """Return the rates of both populations, Hz."""
    slope, offset, curvature, gain = p[4], p[5], p[6], p[7]
    current1, current2 = currents(y, u, p)
    return (
        current_frequency(gain * (slope * current1 - offset), curvature),
        current_frequency(gain * (slope * current2 - offset), curvature),
    )


def flow(y, z, u, p):
    """Return (S_1', S_2', noise currents'), wong2006."""
    s1, s2, noise1, noise2 = y
    gamma, tau_nmda, tau_ampa = p[8], p[9], p[10]
    r1, r2 = rates(y, u, p)
    return (
        -s1 / tau_nmda + (1 - s1) * gamma * r1,
        -s2 / tau_nmda + (1 - s2) * gamma * r2,
        (u[2] - noise1) / tau_ampa,
        (u[3] - noise2) / tau_ampa,
    )


def observe(y, z, u, p):
    """Return both rates (Hz) and both currents (A)."""
    r1, r2 = rates(y, u, p)
    current1, current2 = currents(y, u, p)
    return r1, r2, current1, current2


@described
class WongWang(MassModel):
    """Two populations with slow NMDA gates, S' = -S/tau + (1 - S) gamma r, that inhibit each other.

    Source: wong2006, the reduced model without AMPA at recurrent synapses.
    Assumptions: NMDA gates are so slow that rates and all other gates follow at once; inhibition is linear and folded
    into the weights. Symmetric without a stimulus or at zero coherence: every asymmetric state then has its mirror
    image.

    Parameters
    ----------
    self_weight, cross_weight : float
        Net weights J_11 and J_12 (the latter counted as inhibition), A.
    background_current : float
        I_0, A.
    stimulus_weight : float
        J_A,ext, A/Hz.
    slope, offset, curvature : float
        a (Hz/A), b (Hz) and d (s) of the rate x/(1 - exp(-d x)), x = gain (a I - b).
    gain : float
        Factor on x, 1: 1 in the paper.
    gamma : float
        Saturation of the gate per spike, 1.
    tau_nmda, tau_ampa : float
        Time constants of the gates and of the noise currents, s.
    stimulus : float
        Stimulus strength mu_0, Hz.
    coherence : float
        Share of the stimulus that favours population 1, between -1 and 1.
    noise_1, noise_2 : float
        Mean noise currents, A; white noise enters here, filtered with ``tau_ampa``.
    """

    self_weight: Quantity = quantity("A", at_least=0)
    cross_weight: Quantity = quantity("A", above=0)
    background_current: Quantity = quantity("A")
    stimulus_weight: Quantity = quantity("A*s", at_least=0)
    slope: Quantity = quantity("Hz/A", above=0)
    offset: Quantity = quantity("Hz")
    curvature: Quantity = quantity("s", above=0)
    gain: Quantity = quantity("1", above=0)
    gamma: Quantity = quantity("1", above=0)
    tau_nmda: Quantity = quantity("s", above=0)
    tau_ampa: Quantity = quantity("s", above=0)
    stimulus: Quantity = quantity("Hz")
    coherence: Quantity = quantity("1", at_least=-1, at_most=1)
    noise_1: Quantity = quantity("A")
    noise_2: Quantity = quantity("A")

    VARIABLES: ClassVar = (
        Variable("s_1", "1", "open share of NMDA gates, population 1"),
        Variable("s_2", "1", "open share of NMDA gates, population 2"),
        Variable("noise_current_1", "A", "noise current, population 1"),
        Variable("noise_current_2", "A", "noise current, population 2"),
    )
    INPUTS: ClassVar = (
        Variable("stimulus", "Hz", "stimulus strength"),
        Variable("coherence", "1", "stimulus coherence"),
        Variable("noise_1", "A", "noise into population 1"),
        Variable("noise_2", "A", "noise into population 2"),
    )
    OUTPUTS: ClassVar = (
        Variable("rate_1", "Hz", "rate of population 1"),
        Variable("rate_2", "Hz", "rate of population 2"),
        Variable("current_1", "A", "synaptic current of population 1"),
        Variable("current_2", "A", "synaptic current of population 2"),
    )
    CITATION: ClassVar = "wong2006"
    flow = staticmethod(flow)
    observe = staticmethod(observe)

    @property
    def parameters(self) -> tuple[float, ...]:
        """The numbers of the flow, in its order."""
        weights = (self.self_weight, self.cross_weight, self.background_current, self.stimulus_weight)
        curve = (self.slope, self.offset, self.curvature, self.gain)
        return (*weights, *curve, self.gamma, self.tau_nmda, self.tau_ampa)

    @property
    def delayed(self) -> tuple[Delayed, ...]:
        """Nothing is delayed."""
        return ()

    @property
    def pivots(self) -> dict[str, Pivot]:
        """Current (A) and rate (Hz) at which a change of ``gain`` does nothing: b/a and 1/d."""
        return {"gain": gain_turning("gain", self.slope, self.offset, self.curvature)}

    def gate(self, current: ArrayLike) -> NDArray[np.float64]:
        """Return the steady share of open gates at a steady ``current`` (A), 1."""
        with np.errstate(over="ignore"):
            rate = current_frequency(self.gain * (self.slope * np.asarray(current) - self.offset), self.curvature)
        opening = self.gamma * self.tau_nmda * rate
        return opening / (1 + opening)

    def steady_curve(self) -> SteadyCurve:
        """Return the equation in I_1: it gives S_1, and through its own balance S_2, which I_2 must then confirm.

        Bounds: gates lie between 0 and 1, hence I_1 between its drive minus J_12 and its drive plus J_11.
        """
        common = self.background_current + self.stimulus_weight * self.stimulus
        shift = self.stimulus_weight * self.stimulus * self.coherence
        drive_1, drive_2 = common + shift + self.noise_1, common - shift + self.noise_2

        def gates(current: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            s1 = self.gate(current)
            return s1, (self.self_weight * s1 + drive_1 - np.asarray(current)) / self.cross_weight

        def residual(current: ArrayLike) -> ArrayLike:
            s1, s2 = gates(current)
            return s2 - self.gate(self.self_weight * s2 - self.cross_weight * s1 + drive_2)

        def lift(current: float) -> ArrayLike:
            return np.array([*gates(current), self.noise_1, self.noise_2])

        return SteadyCurve(residual, lift, drive_1 - self.cross_weight, drive_1 + self.self_weight)
