"""What reaches a cell from outside: receptors, the afferents that carry them, and the membrane noise."""

import math
from typing import Literal

from ..units import Quantity, described, quantity

Receptor = Literal["ampa", "nmda", "gaba_a", "gaba_b"]

MAGNESIUM_HALF = 3.57  # mM, jahr1990, Eq. 4
MAGNESIUM_SLOPE = 62.0  # 1/V, jahr1990, Eq. 4


@described
class Synapse:
    """One receptor type on the cell, with the peak conductance that one presynaptic spike opens.

    The open conductance is ``weight`` times a gate of unit peak: exp(-t/decay), or with ``rise`` the difference of two
    exponentials. NMDA is multiplied by the Mg block of jahr1990, ``1/(1 + [Mg]/3.57 exp(-62 V))``.
    With ``current_based`` the driving force is held at its value at the leak reversal, so that the current is linear.
    """

    receptor: Receptor
    weight: Quantity = quantity("S", at_least=0)
    reversal: Quantity = quantity("V")
    decay: Quantity = quantity("s", above=0)
    rise: Quantity = quantity("s", default=0.0, at_least=0)
    magnesium: Quantity = quantity("mM", default=0.0, at_least=0)
    tonic: Quantity = quantity("S", default=0.0, at_least=0)
    current_based: bool = False

    def _check(self) -> None:
        if self.rise >= self.decay:
            raise ValueError(
                f"Synapse.rise: {self.rise:g} s is not below the decay ({self.decay:g} s); rise is the faster one."
            )
        if self.magnesium > 0 and self.receptor != "nmda":
            raise ValueError(f"Synapse.magnesium: only nmda has a Mg block, not {self.receptor}; leave it at 0.")

    @property
    def peak_factor(self) -> float:
        """Factor that brings the difference of exponentials to unit peak; 1 without a rise."""
        if self.rise == 0:
            return 1.0
        peak_time = self.rise * self.decay / (self.decay - self.rise) * math.log(self.decay / self.rise)
        return 1.0 / (math.exp(-peak_time / self.decay) - math.exp(-peak_time / self.rise))

    @property
    def gate_area(self) -> float:
        """Integral of the unit-peak gate, s."""
        return self.peak_factor * (self.decay - self.rise)

    def block(self, v: float) -> float:
        """Fraction left open by magnesium at potential ``v`` (V); 1 without magnesium."""
        return 1.0 / (1.0 + self.magnesium / MAGNESIUM_HALF * math.exp(-MAGNESIUM_SLOPE * v))


@described
class Afferent:
    """A presynaptic population: every cell hears private Poisson spikes at ``rate`` (all its inputs together)."""

    name: str
    rate: Quantity = quantity("Hz", at_least=0)
    synapses: tuple[Synapse, ...]


@described
class MembraneNoise:
    """Private Ornstein-Uhlenbeck current of standard deviation ``amplitude`` and correlation time ``time_constant``."""

    amplitude: Quantity = quantity("A", above=0)
    time_constant: Quantity = quantity("s", above=0)
