"""What makes cells burst: the apical dendrite of thick-tufted layer 5 pyramids, the T-type channel of relay cells."""

from ..units import Quantity, described, quantity
from .synapses import MembraneNoise


@described
class TTypeCurrent:
    """The low-threshold Ca2+ current ``g h (V - reversal)`` that flows at V >= ``v_half`` and is all-or-none in V.

    Its share h that is not inactivated falls with ``inactivation`` (20 ms) while V >= ``v_half`` and recovers with
    ``recovery`` (100 ms) below. Exchanging the two times makes a rebound of more than ten spikes. Source: smith2000.
    """

    conductance: Quantity = quantity("S", above=0)
    v_half: Quantity = quantity("V", default=-0.060)
    inactivation: Quantity = quantity("s", default=0.020, above=0)
    recovery: Quantity = quantity("s", default=0.100, above=0)
    reversal: Quantity = quantity("V", default=0.120)


@described
class HCurrent:
    """The hyperpolarisation-activated cation (HCN) current ``g m (V - reversal)`` of the apical dendrite.

    tau dm/dt = 1/(1 + exp((V - v_half)/slope)) - m. ``conductance`` is what is open at full activation. It is meant as
    a control: in one dendritic compartment its shunt and its depolarisation cancel.
    """

    conductance: Quantity = quantity("S", at_least=0)
    v_half: Quantity = quantity("V", default=-0.082)
    slope: Quantity = quantity("V", default=0.008, above=0)
    time_constant: Quantity = quantity("s", default=0.030, above=0)
    reversal: Quantity = quantity("V", default=-0.045)


@described
class ApicalDendrite:
    """The apical compartment: leak, a regenerative Ca2+ current, a slow outward current, and what spikes send into it.

    C dV/dt = -g_L (V - E_L) + (1 - ``calcium_block``) I_Ca f(V) - w + c K(t - t_spike) + I, where the gate of the Ca2+
    current is f(V) = 1/(1 + exp(-(V - ``calcium_half``)/``calcium_slope``)), tau_w dw/dt = a (V - E_w) - w, and K is a
    box that begins ``delay`` after a spike and lasts ``duration``. ``calcium_block`` is blocked for good, as by
    baclofen; a block that follows GABA belongs to a dendritic synapse. ``current`` and ``noise`` are what the dendrite
    hears besides synapses.
    Source: naud2018.
    """

    capacitance: Quantity = quantity("F", above=0)
    leak_conductance: Quantity = quantity("S", above=0)
    leak_reversal: Quantity = quantity("V")
    calcium_current: Quantity = quantity("A", at_least=0)
    calcium_half: Quantity = quantity("V")
    calcium_slope: Quantity = quantity("V", above=0)
    calcium_block: Quantity = quantity("1", default=0.0, at_least=0, at_most=1)
    adaptation_conductance: Quantity = quantity("S", default=0.0, at_least=0)
    adaptation_reversal: Quantity = quantity("V", default=-0.070)
    adaptation_time_constant: Quantity = quantity("s", default=0.030, above=0)
    back_propagation: Quantity = quantity("A", at_least=0)
    delay: Quantity = quantity("s", default=0.0005, at_least=0)
    duration: Quantity = quantity("s", default=0.002, above=0)
    current: Quantity = quantity("A", default=0.0)
    noise: MembraneNoise | None = None
    h_current: HCurrent | None = None


@described
class TwoCompartmentCell:
    """A thick-tufted layer 5 pyramid: a soma that spikes and an apical dendrite that turns single spikes into bursts.

    C dV/dt = -g_L (V - E_L) + ``apical_current`` f(V_d) - w + I; at V >= ``threshold`` + s the cell spikes, V is set to
    ``reset`` and held there for ``refractory_period``, w rises by ``adaptation_jump`` and the threshold's rise s by
    ``threshold_jump``; both decay exponentially. f(V_d) is the gate of the dendrite's Ca2+ current: the soma never acts
    on the dendrite but by its spikes. Source: naud2018; the dead time is a choice made here.
    """

    capacitance: Quantity = quantity("F", above=0)
    leak_conductance: Quantity = quantity("S", above=0)
    leak_reversal: Quantity = quantity("V")
    threshold: Quantity = quantity("V")
    reset: Quantity = quantity("V")
    refractory_period: Quantity = quantity("s", at_least=0)
    threshold_jump: Quantity = quantity("V", default=0.0, at_least=0)
    threshold_decay: Quantity = quantity("s", default=0.027, above=0)
    adaptation_jump: Quantity = quantity("A", default=0.0, at_least=0)
    adaptation_decay: Quantity = quantity("s", default=0.100, above=0)
    apical_current: Quantity = quantity("A", at_least=0)
    threshold_spread: Quantity = quantity("V", default=0.0, at_least=0)
    dendrite: ApicalDendrite

    def _check(self) -> None:
        if self.reset >= self.threshold:
            raise ValueError(
                f"TwoCompartmentCell.reset: {self.reset:g} V is not below the threshold ({self.threshold:g} V); lower "
                "the reset."
            )

    @property
    def spike_level(self) -> float:
        """Potential at which a rested cell spikes, V."""
        return self.threshold

    @property
    def resting_conductance(self) -> float:
        """Voltage-independent conductance of the soma without synapses, S."""
        return self.leak_conductance
