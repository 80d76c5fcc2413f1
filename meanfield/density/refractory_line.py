"""The refractory period as a delay line: what spikes in one time step comes back a fixed time later."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .finite_volume import rebinned

Array = NDArray[np.floating]


@dataclass(frozen=True)
class RefractoryLine:
    """Delay of ``tau_ref`` in steps of ``dt``, whole steps and a fraction of one.

    Spikes are spread evenly over their step, so that a step that ends ``tau_ref`` after parts of two earlier ones takes
    the fraction of the older and the rest of the younger. No mass is rounded away, and the error is of second order.

    Parameters
    ----------
    tau_ref : float
        Refractory period, s.
    dt : float
        Time step, s.
    """

    tau_ref: float
    dt: float

    @property
    def lag(self) -> int:
        """Whole steps of the delay."""
        return math.floor(self.tau_ref / self.dt)

    @property
    def fraction(self) -> float:
        """What is left of a step, 0 <= fraction < 1."""
        return self.tau_ref / self.dt - self.lag

    def filled(self, refractory: Array) -> Array:
        """Return the spikes of each past step from those of each class of age.

        Parameters
        ----------
        refractory : (n,) array
            Probability of having spiked within each of n equal classes of age from 0 to ``tau_ref``, youngest first.

        Returns
        -------
        (lag + 1,) array
            Probability that was emitted in each past step, youngest first; the last may reach beyond ``tau_ref``, and
            only its fraction is still in the line.
        """
        if self.tau_ref == 0:
            return np.zeros(1)
        onto = np.minimum(self.dt * np.arange(self.lag + 2), self.tau_ref)
        steps = rebinned(refractory, np.linspace(0.0, self.tau_ref, refractory.size + 1), onto)
        steps[-1] = steps[-1] / self.fraction if self.fraction > 0 else 0.0
        return steps

    def by_age(self, emitted: Array) -> Array:
        """Return the probability in each of ``lag`` + 1 equal classes of age, from the spikes of each past step."""
        if self.tau_ref == 0:
            return np.zeros(0)
        held = np.append(emitted[: self.lag], self.fraction * emitted[self.lag])
        edges = np.minimum(self.dt * np.arange(self.lag + 2), self.tau_ref)
        return rebinned(held, edges, np.linspace(0.0, self.tau_ref, self.lag + 2))
