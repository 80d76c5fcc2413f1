"""The saturating gate of NMDA receptors: one for each presynaptic cell."""

import math

from ...units import Quantity, described, quantity


@described
class GateSaturation:
    """The NMDA gate s of one presynaptic cell: ds/dt = -s/decay + ``alpha`` x (1 - s), dx/dt = -x/rise.

    A spike adds 1 to x. The times are those of the projection's NMDA synapse, whose ``weight`` is then the conductance
    that a fully open gate of one presynaptic cell gives. Source: brunel2001.
    """

    alpha: Quantity = quantity("Hz", default=500.0, above=0)

    def opened_by_a_spike(self, rise: float) -> float:
        """Return the share of the closed gates that one spike opens, were nothing to close meanwhile."""
        return -math.expm1(-self.alpha * rise)

    def instantaneous_mean(self, rate: float, rise: float, decay: float) -> float:
        """Return the mean gate for Poisson spikes at ``rate`` (Hz) whose openings (``rise``, s) take no time."""
        opened = rate * decay * self.opened_by_a_spike(rise)
        return opened / (1 + opened)
