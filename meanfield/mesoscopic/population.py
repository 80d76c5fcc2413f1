"""A homogeneous population of integrate-and-fire cells that fire by chance, the more likely the nearer to threshold."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...units import Quantity, described, quantity

Array = NDArray[np.float64]


@described
class ThresholdKernel:
    """What a spike adds to the threshold of its own cell: jump exp(-t/decay).

    Parameters
    ----------
    jump : float
        V.
    decay : float
        s.
    """

    jump: Quantity = quantity("V")
    decay: Quantity = quantity("s", above=0)


@described
class EscapeRatePopulation:
    """N equal cells: tau_m du/dt = drive - u + input, hazard c exp((u - threshold)/softness), reset after each spike.

    Source: schwalger2017.
    Assumptions: one population is homogeneous; the potential is held at reset during the absolute refractory time.

    Parameters
    ----------
    size : float
        Cells, 1.
    tau_m : float
        Membrane time constant, s.
    tau_ref : float
        Absolute refractory time, s.
    threshold, reset : float
        V.
    softness : float
        Rise of the potential that raises the hazard e-fold, V; very large for a constant hazard.
    threshold_rate : float
        Hazard at threshold, c, Hz.
    drive : float
        Steady potential without synaptic input, V.
    adaptation : sequence of ThresholdKernel
        What each spike adds to the threshold; none for a renewal process.
    """

    size: Quantity = quantity("1", at_least=1)
    tau_m: Quantity = quantity("s", above=0)
    tau_ref: Quantity = quantity("s", at_least=0)
    threshold: Quantity = quantity("V")
    reset: Quantity = quantity("V")
    softness: Quantity = quantity("V", above=0)
    threshold_rate: Quantity = quantity("Hz", above=0)
    drive: Quantity = quantity("V")
    adaptation: Sequence[ThresholdKernel] = ()

    def _check(self) -> None:
        object.__setattr__(self, "adaptation", tuple(self.adaptation))
        if self.size != round(self.size):
            raise ValueError(f"EscapeRatePopulation.size: {self.size:g} must be a whole number of cells.")

    def hazard(self, u: ArrayLike) -> Array:
        """Return the hazard at potential ``u`` (V) without adaptation, Hz."""
        exponent = (np.asarray(u, dtype=float) - self.threshold) / self.softness
        return self.threshold_rate * np.exp(np.minimum(exponent, 700.0))  # a larger hazard is not a number

    def threshold_shift(self, t: ArrayLike) -> Array:
        """Return by how much a spike has raised the threshold ``t`` seconds later, V."""
        times = np.asarray(t, dtype=float)
        parts = [kernel.jump * np.exp(-times / kernel.decay) for kernel in self.adaptation]
        return np.sum([np.zeros_like(times), *parts], axis=0)

    @property
    def memory(self) -> float:
        """Time after which a cell has forgotten its last spike: 8 tau_m, or a threshold shift below softness/100, s."""
        left = [
            kernel.decay * np.log(100 * len(self.adaptation) * abs(kernel.jump) / self.softness)
            for kernel in self.adaptation
            if kernel.jump
        ]
        return self.tau_ref + max([8 * self.tau_m, *left])
