"""What reaches a cell from outside: receptors, the afferents that carry them, and the membrane noise."""

import math
from typing import Any, Literal

from ..units import Quantity, described, quantity

Receptor = Literal["ampa", "nmda", "gaba_a", "gaba_b"]
Site = Literal["soma", "dendrite"]

MAGNESIUM_HALF = 3.57  # mM, jahr1990, Eq. 4
MAGNESIUM_SLOPE = 62.0  # 1/V, jahr1990, Eq. 4


def peak_factor(rise: float, decay: float) -> float:
    """Return what brings the difference of two exponentials (s) to unit peak."""
    peak_time = rise * decay / (decay - rise) * math.log(decay / rise)
    return 1.0 / (math.exp(-peak_time / decay) - math.exp(-peak_time / rise))


@described
class GabaBCascade:
    """GABA binds, its receptors make G protein, and four of those open a K+ channel: open = G^4/(G^4 + half).

    A presynaptic spike raises the bound share R by ``binding`` (1 - R); dR/dt = -unbinding R, dG/dt = production R -
    removal G. ``terminals`` share the spikes of the afferent: R and G are those of GABA pooled over them. Source:
    destexhe1995; ``binding`` is what their pulse of 0.5 mM for 0.3 ms does.
    """

    binding: Quantity = quantity("1", default=0.075, above=0, below=1)
    unbinding: Quantity = quantity("Hz", default=1.3, above=0)
    production: Quantity = quantity("Hz", default=98.0, above=0)
    removal: Quantity = quantity("Hz", default=33.0, above=0)
    half: Quantity = quantity("1", default=100.0, above=0)
    terminals: Quantity = quantity("1", default=100.0, at_least=1)

    def steady_protein(self, rate: Any) -> Any:
        """Return the mean of G with the afferent at ``rate`` (Hz)."""
        gain = rate * self.binding / self.terminals
        return self.production / self.removal * gain / (gain + self.unbinding)

    def steady_open(self, rate: Any) -> Any:
        """Return the open share of the channels at the mean of G."""
        fourth = self.steady_protein(rate) ** 4
        return fourth / (fourth + self.half)

    def variation(self, rate: float) -> float:
        """Return the coefficient of variation of the bound share at ``rate`` (Hz) of Poisson spikes; G varies less."""
        if rate == 0:
            return 0.0
        step = self.binding / self.terminals
        mean = rate * step / (rate * step + self.unbinding)
        square = rate * step * (2 * mean + step - 2 * step * mean)
        square /= 2 * self.unbinding + 2 * rate * step - rate * step**2
        return math.sqrt(max(square - mean**2, 0.0)) / mean


@described
class CalciumBlock:
    """What GABA_B receptors of a dendrite take from its Ca2+ channels, in time: the current left is 1 - share B.

    A spike raises the bound share R by ``step`` (1 - R); ``terminals`` share the spikes of the afferent. R falls with
    the synapse's ``decay`` and B follows it with its ``rise``: after one spike B has the course of the K+ conductance,
    but B never passes 1. Source: perezgarci2006 for the block and its 400 ms; share and step are choices made here.
    """

    share: Quantity = quantity("1", default=0.5, at_least=0, at_most=1)
    step: Quantity = quantity("1", default=0.5, above=0, below=1)
    terminals: Quantity = quantity("1", default=10.0, at_least=1)

    def steady_bound(self, rate: Any, decay: float) -> Any:
        """Return the mean of R, hence of B, with the afferent at ``rate`` (Hz) and R that falls with ``decay`` (s)."""
        gain = rate * decay * self.step / self.terminals
        return gain / (1 + gain)


@described
class Synapse:
    """One receptor type on the cell, with the peak conductance that one presynaptic spike opens.

    The open conductance is ``weight`` times a gate of unit peak: exp(-t/decay), or with ``rise`` the difference of two
    exponentials. NMDA is multiplied by the Mg block of jahr1990, ``1/(1 + [Mg]/3.57 exp(-62 V))``.
    With ``current_based`` the driving force is held at its value at the leak reversal, so that the current is linear.
    With ``cascade`` (GABA_B) the gate is that of the cascade in place of the exponentials, and ``weight`` is the
    conductance of all channels; one spike then has no response that adds up.
    With ``calcium_block`` (GABA_B on a dendrite) the same spikes also take from the Ca2+ current of the dendrite.
    """

    receptor: Receptor
    weight: Quantity = quantity("S", at_least=0)
    reversal: Quantity = quantity("V")
    decay: Quantity = quantity("s", above=0)
    rise: Quantity = quantity("s", default=0.0, at_least=0)
    magnesium: Quantity = quantity("mM", default=0.0, at_least=0)
    tonic: Quantity = quantity("S", default=0.0, at_least=0)
    current_based: bool = False
    site: Site = "soma"
    cascade: GabaBCascade | None = None
    calcium_block: CalciumBlock | None = None

    def _check(self) -> None:
        if self.calcium_block is not None and (self.receptor, self.site) != ("gaba_b", "dendrite"):
            raise ValueError(
                f"Synapse.calcium_block: {self.receptor} on the {self.site}; only gaba_b on a dendrite blocks its Ca2+ "
                "current, leave it out."
            )
        if self.cascade is not None and self.receptor != "gaba_b":
            raise ValueError(f"Synapse.cascade: only gaba_b has a cascade, not {self.receptor}; leave it out.")
        if self.rise >= self.decay:
            raise ValueError(
                f"Synapse.rise: {self.rise:g} s is not below the decay ({self.decay:g} s); rise is the faster one."
            )
        if self.magnesium > 0 and self.receptor != "nmda":
            raise ValueError(f"Synapse.magnesium: only nmda has a Mg block, not {self.receptor}; leave it at 0.")

    @property
    def label(self) -> str:
        """The receptor, with the compartment unless that is the soma: what tells the synapses of a cell apart."""
        return self.receptor if self.site == "soma" else f"{self.receptor}_{self.site}"

    @property
    def peak_factor(self) -> float:
        """Factor that brings the difference of exponentials to unit peak; 1 without a rise."""
        return 1.0 if self.rise == 0 else peak_factor(self.rise, self.decay)

    @property
    def gate_area(self) -> float:
        """Integral of the unit-peak gate, s."""
        return self.peak_factor * (self.decay - self.rise)

    def block(self, v: float) -> float:
        """Fraction left open by magnesium at potential ``v`` (V); 1 without magnesium."""
        return 1.0 / (1.0 + self.magnesium / MAGNESIUM_HALF * math.exp(-MAGNESIUM_SLOPE * v))


@described
class PresynapticInhibition:
    """GABA_B receptors on the terminals of an afferent: each spike of ``source`` takes from the release that follows.

    Release is (1 - strength P) of its full amount, with tau dP/dt = -P and P raised by ``step`` (1 - P) when a terminal
    hears a spike of ``source``; the ``terminals`` share the spikes of ``source`` among them, and P is their mean.
    On the terminals of ``source`` itself these are autoreceptors, elsewhere heteroreceptors. Source: deisz1989 for time
    course and depression; step and strength are design choices.
    """

    source: str = "inhibitory"
    strength: Quantity = quantity("1", default=0.8, at_least=0, at_most=1)
    step: Quantity = quantity("1", default=0.5, above=0, below=1)
    time_constant: Quantity = quantity("s", default=0.300, above=0)
    terminals: Quantity = quantity("1", default=100.0, at_least=1)

    def steady_occupancy(self, rate: Any) -> Any:
        """Return the mean of P with ``source`` at ``rate`` (Hz, all its cells together)."""
        gain = rate * self.time_constant * self.step / self.terminals
        return gain / (1 + gain)

    def steady_release(self, rate: Any) -> Any:
        """Return the share of the release that is left with ``source`` at ``rate`` (Hz)."""
        return 1 - self.strength * self.steady_occupancy(rate)


@described
class Afferent:
    """A presynaptic population: every cell hears private Poisson spikes at ``rate`` (all its inputs together)."""

    name: str
    rate: Quantity = quantity("Hz", at_least=0)
    synapses: tuple[Synapse, ...]
    presynaptic: PresynapticInhibition | None = None


@described
class MembraneNoise:
    """Private Ornstein-Uhlenbeck current of standard deviation ``amplitude`` and correlation time ``time_constant``."""

    amplitude: Quantity = quantity("A", above=0)
    time_constant: Quantity = quantity("s", above=0)
