"""Events and bursts of two-compartment cells: the soma makes events, the dendrite turns some of them into bursts."""

from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...units import Quantity, described, quantity
from ..gain_pivot import Pivot, pivot_at
from ..sigmoids.features import invert
from .model import Delayed, MassModel, SteadyCurve, Variable

Array = NDArray[np.float64]


def burst_probability(v, midpoint, width):
    """Return the share of events that become bursts at the dendritic potential ``v`` (V), 1."""
    return 1 / (1 + np.exp(-(v - midpoint) / width))


def event_rate(v, threshold, width, hazard, dead_time):
    """Return the rate hazard/(1 + hazard dead_time) of a Poisson process with dead time at the potential ``v``, Hz."""
    return 1 / (dead_time + np.exp(-(v - threshold) / width) / hazard)


def rates(y, p):
    """Return event rate E (Hz), burst probability P (1) and the spikes of both A = E + (n - 1) P E (Hz)."""
    threshold, slope, hazard, tau_ref, interval, spikes, midpoint, width = p[5:13]
    probability = burst_probability(y[2], midpoint, width)
    events = event_rate(y[0], threshold, slope, hazard, tau_ref + probability * interval * (spikes - 1))
    return events, probability, events * (1 + (spikes - 1) * probability)


def flow(y, z, u, p):
    """Return the rates of change of both potentials (V) and both adaptation currents (A)."""
    rest, tau_s, capacitance_s, tau_d, capacitance_d = p[0:5]
    jump, tau_w, leak_d, tau_a, charge = p[13:18]
    events, _, spikes = rates(y, p)
    return (
        (rest - y[0]) / tau_s + (u[0] - y[1]) / capacitance_s,
        jump * events - y[1] / tau_w,
        (rest - y[2]) / tau_d + (u[1] - y[3] + charge * spikes) / capacitance_d,
        (leak_d * (y[2] - rest) - y[3]) / tau_a,
    )


def observe(y, z, u, p):
    """Return event rate (Hz), burst probability (1), burst rate (Hz) and spike rate (Hz)."""
    events, probability, spikes = rates(y, p)
    return events, probability, probability * events, spikes


class EnsembleRates(NamedTuple):
    """Event rate E (Hz), burst probability P (1), burst rate B = P E (Hz), spike rate A = E + (n - 1) B (Hz)."""

    events: Array
    probability: Array
    bursts: Array
    spikes: Array


class GainParts(NamedTuple):
    """dA of one input in its two parts, Hz/A: through events, [1 + (n-1) P] dE, and through bursts, (n-1) E dP."""

    events: float
    bursts: float

    @property
    def total(self) -> float:
        """dA, Hz/A."""
        return self.events + self.bursts


@described
class BurstEnsemble(MassModel):
    """E = Q_s(V_s, P), P = Q_d(V_d), B = P E, A = E + (n - 1) B: events of the soma, bursts by leave of the dendrite.

    Source: naud2018 for the ensemble code and the gain decomposition; payeur2021 for the cell.
    Assumptions: many cells that fire with a hazard exponential in the somatic potential after a dead time, so that
    Q_s is a logistic sigmoid of height 1/tau_ref; each event becomes a burst of n spikes with probability P, one spike
    every ``burst_interval``, and the dead time starts again at its last spike; both potentials low-pass filter their
    currents. For constant potentials this is exact, in time it is quasi-static. Left out: the reset of the somatic
    potential by a spike, and the threshold that rises with it. Adaptation enters by its mean.

    Parameters
    ----------
    rest : float
        Resting potential of both compartments, V.
    tau_soma, tau_dendrite : float
        Time constants, s.
    capacitance_soma, capacitance_dendrite : float
        Capacitances, F.
    threshold, threshold_width, threshold_hazard : float
        The hazard is ``threshold_hazard`` (Hz) at ``threshold`` (V) and grows e-fold every ``threshold_width`` (V).
    tau_ref : float
        Dead time after the last spike of an event, s.
    burst_interval : float
        Time between the spikes of a burst, s.
    spikes_per_burst : float
        n, 1; 2 in payeur2021.
    burst_midpoint, burst_width : float
        Dendritic potential of P = 1/2, and the scale of that sigmoid, V.
    adaptation_jump, tau_adaptation : float
        Somatic adaptation current per event (A) and its decay (s).
    dendritic_leak, tau_dendritic_adaptation : float
        Conductance of the slow dendritic outward current (S), and its time constant (s).
    backpropagated_charge : float
        Charge that one spike sends into the dendrite, A s; 0 without back-propagation.
    somatic_current, dendritic_current : float
        Inputs, A.
    """

    rest: Quantity = quantity("V")
    tau_soma: Quantity = quantity("s", above=0)
    capacitance_soma: Quantity = quantity("F", above=0)
    tau_dendrite: Quantity = quantity("s", above=0)
    capacitance_dendrite: Quantity = quantity("F", above=0)
    threshold: Quantity = quantity("V")
    threshold_width: Quantity = quantity("V", above=0)
    threshold_hazard: Quantity = quantity("Hz", above=0)
    tau_ref: Quantity = quantity("s", above=0)
    burst_interval: Quantity = quantity("s", at_least=0)
    spikes_per_burst: Quantity = quantity("1", at_least=1)
    burst_midpoint: Quantity = quantity("V")
    burst_width: Quantity = quantity("V", above=0)
    adaptation_jump: Quantity = quantity("A", at_least=0)
    tau_adaptation: Quantity = quantity("s", above=0)
    dendritic_leak: Quantity = quantity("S", at_least=0)
    tau_dendritic_adaptation: Quantity = quantity("s", above=0)
    backpropagated_charge: Quantity = quantity("A*s", at_least=0)
    somatic_current: Quantity = quantity("A")
    dendritic_current: Quantity = quantity("A")

    VARIABLES: ClassVar = (
        Variable("v_soma", "V", "somatic potential"),
        Variable("adaptation", "A", "somatic adaptation current"),
        Variable("v_dendrite", "V", "dendritic potential"),
        Variable("dendritic_adaptation", "A", "dendritic adaptation current"),
    )
    INPUTS: ClassVar = (
        Variable("somatic_current", "A", "current into the soma"),
        Variable("dendritic_current", "A", "current into the dendrite"),
    )
    OUTPUTS: ClassVar = (
        Variable("event_rate", "Hz", "event rate"),
        Variable("burst_probability", "1", "burst probability"),
        Variable("burst_rate", "Hz", "burst rate"),
        Variable("spike_rate", "Hz", "spike rate"),
    )
    CITATION: ClassVar = "naud2018"
    flow = staticmethod(flow)
    observe = staticmethod(observe)

    @property
    def parameters(self) -> tuple[float, ...]:
        """The numbers of the flow, in its order."""
        membranes = (self.rest, self.tau_soma, self.capacitance_soma, self.tau_dendrite, self.capacitance_dendrite)
        soma = (self.threshold, self.threshold_width, self.threshold_hazard, self.tau_ref, self.burst_interval)
        dendrite = (self.spikes_per_burst, self.burst_midpoint, self.burst_width)
        slow = (self.adaptation_jump, self.tau_adaptation, self.dendritic_leak, self.tau_dendritic_adaptation)
        return (*membranes, *soma, *dendrite, *slow, self.backpropagated_charge)

    @property
    def delayed(self) -> tuple[Delayed, ...]:
        """Nothing is delayed."""
        return ()

    @property
    def pivots(self) -> dict[str, Pivot]:
        """Potential (V) and height (Hz, without bursts; 1) at which each width does nothing: threshold, midpoint."""
        at_threshold = 1 / (self.tau_ref + 1 / self.threshold_hazard)
        return {
            "threshold_width": pivot_at("threshold_width", self.threshold, at_threshold),
            "burst_width": pivot_at("burst_width", self.burst_midpoint, 0.5),
        }

    @property
    def somatic_resistance(self) -> float:
        """V_s per somatic current, Ohm."""
        return self.tau_soma / self.capacitance_soma

    @property
    def dendritic_resistance(self) -> float:
        """Steady V_d per dendritic current, the slow outward current included, Ohm."""
        fast = self.tau_dendrite / self.capacitance_dendrite
        return fast / (1 + self.dendritic_leak * fast)

    def static(self, v_soma: ArrayLike, v_dendrite: ArrayLike) -> EnsembleRates:
        """Return the rates of cells held at these somatic and dendritic potentials (V), exactly."""
        found = np.broadcast_arrays(*self._held(np.asarray(v_soma, dtype=float), np.asarray(v_dendrite, dtype=float)))
        return EnsembleRates(*found)

    def _held(self, v_soma: Array, v_dendrite: Array) -> tuple[Array, ...]:
        unused = np.zeros(())
        with np.errstate(over="ignore"):
            return observe((v_soma, unused, v_dendrite, unused), (), (), self.parameters)

    def gain_parts(self, input: str = "somatic_current", state: ArrayLike | None = None) -> GainParts:
        """Return the steady gain of the spike rate, in its parts through events and through burst probability.

        Source: naud2018: apical input multiplies the gain of basal input by 1 + (n - 1) P, and adds (n - 1) E dP.

        Parameters
        ----------
        input : str
            ``somatic_current`` or ``dendritic_current``.
        state : (4,) array, optional
            Steady state; the resting state if left out.

        Returns
        -------
        GainParts
            Hz/A.
        """
        linear = self.linearise(state)
        place = self._input(input)
        gains = np.real(linear.transfer(0.0))[..., place]
        outputs = self.system().outputs_at(self.resting_state().state if state is None else np.asarray(state))
        more = self.spikes_per_burst - 1
        return GainParts(float((1 + more * outputs[1]) * gains[0]), float(more * outputs[0] * gains[1]))

    def _somatic_potential(self, v_dendrite: Array) -> Array:
        """Return the one V_s (V) at which current, leak and adaptation balance: adaptation rises with it."""
        load = self.somatic_resistance * self.adaptation_jump * self.tau_adaptation

        def balance(v: Array) -> Array:
            return v + load * self._held(v, v_dendrite)[0]

        def slope(v: Array) -> Array:
            events, probability, _, _ = self._held(v, v_dendrite)
            dead_time = self.tau_ref + probability * self.burst_interval * (self.spikes_per_burst - 1)
            return 1 + load * events * (1 - events * dead_time) / self.threshold_width

        unloaded = self.rest + self.somatic_resistance * self.somatic_current
        target = np.full(v_dendrite.shape, unloaded)
        return invert(balance, slope, target, start=unloaded, step=self.threshold_width)

    def steady_curve(self) -> SteadyCurve:
        """Return the equation in V_d: it gives P, with it the one balanced V_s and so A, and then V_d must be at rest.

        Bounds: without back-propagation V_d follows from its current; each spike adds to it, and A stays below
        n/(tau_ref + (n - 1) burst_interval) or 1/tau_ref, whichever is more.
        """
        resistance, n = self.dendritic_resistance, self.spikes_per_burst
        alone = self.rest + resistance * self.dendritic_current
        fastest = max(n / (self.tau_ref + (n - 1) * self.burst_interval), 1 / self.tau_ref)
        reach = resistance * self.backpropagated_charge * fastest

        def residual(v_dendrite: ArrayLike) -> ArrayLike:
            v = np.atleast_1d(np.asarray(v_dendrite, dtype=float))
            spikes = self._held(self._somatic_potential(v), v)[3]
            moved = alone + resistance * self.backpropagated_charge * spikes - v
            return moved.reshape(np.shape(v_dendrite))

        def lift(v_dendrite: float) -> ArrayLike:
            v = np.array([v_dendrite])
            v_soma = self._somatic_potential(v)
            adaptation = self.adaptation_jump * self.tau_adaptation * self._held(v_soma, v)[0]
            return np.array([v_soma[0], adaptation[0], v_dendrite, self.dendritic_leak * (v_dendrite - self.rest)])

        return SteadyCurve(residual, lift, alone - 1e-3, alone + reach + 1e-3)
