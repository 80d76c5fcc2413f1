"""How long a spike travels: a constant, or a distribution over the synapses of a projection."""

import math
from typing import Literal

from ...units import Quantity, described, quantity

Distribution = Literal["constant", "normal", "lognormal", "uniform"]


@described
class Delay:
    """Time from a spike to its arrival: ``mean`` and standard deviation ``spread`` over synapses.

    Normal and lognormal delays are cut at one time step and at ``longest``; ``uniform`` runs from mean - sqrt(3) spread
    to mean + sqrt(3) spread.
    """

    mean: Quantity = quantity("s", above=0)
    spread: Quantity = quantity("s", default=0.0, at_least=0)
    distribution: Distribution = "constant"

    def _check(self) -> None:
        known = ("constant", "normal", "lognormal", "uniform")
        if self.distribution not in known:
            raise ValueError(
                f"Delay.distribution: {self.distribution!r} is not known; choose one of {', '.join(known)}."
            )
        if self.distribution == "constant" and self.spread > 0:
            raise ValueError(
                f"Delay.spread: {self.spread:g} s on a constant delay; name a distribution: normal, lognormal, uniform."
            )
        if self.distribution != "constant" and self.spread == 0:
            raise ValueError(f"Delay.spread: 0 for a {self.distribution} delay; give a spread, or leave it constant.")
        if self.distribution == "uniform" and self.mean <= math.sqrt(3) * self.spread:
            raise ValueError(
                f"Delay.spread: {self.spread:g} s brings a uniform delay of mean {self.mean:g} s down to 0; keep the "
                "spread below mean / sqrt(3)."
            )

    @property
    def longest(self) -> float:
        """Longest delay that is kept, s: four standard deviations above the mean, the end of a uniform one."""
        return self.mean + (math.sqrt(3) if self.distribution == "uniform" else 4.0) * self.spread
