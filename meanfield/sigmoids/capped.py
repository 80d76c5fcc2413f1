"""A sigmoid whose maximum is what it reaches at a stated potential."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...units import Quantity, described, quantity, takes
from ..gain_pivot import Pivot
from .features import Sigmoid, checked_probability, sigmoid_features


@described(kw_only=False)
class CappedSigmoid:
    """The sigmoid ``inner`` up to the potential ``v_cap``, constant above; its q_max is the rate there.

    Parameters
    ----------
    inner : Sigmoid
        The whole curve.
    v_cap : float
        Potential at which the maximal rate is read, V.
    """

    inner: Any
    v_cap: Quantity = quantity("V")

    def _check(self) -> None:
        if not self.q_max > 0:
            raise ValueError(f"CappedSigmoid.v_cap: the rate at {self.v_cap:g} V is 0 Hz; choose a higher potential.")

    @property
    def q_max(self) -> float:
        """Rate at the cap, Hz."""
        return float(self.inner(self.v_cap))

    @takes(v="V")
    def __call__(self, v: ArrayLike) -> NDArray[np.float64]:
        """Return the rate at ``v`` (V), Hz."""
        return self.inner(np.minimum(np.asarray(v, dtype=float), self.v_cap))

    @takes(v="V")
    def gain(self, v: ArrayLike) -> NDArray[np.float64]:
        """Return the slope dQ/dV at ``v`` (V), Hz/V: 0 above the cap."""
        potentials = np.asarray(v, dtype=float)
        return np.where(potentials > self.v_cap, 0.0, self.inner.gain(np.minimum(potentials, self.v_cap)))

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        """Return the potential where the rate is ``p`` times ``q_max``, V."""
        return self.inner.quantile(checked_probability(p) * (self.q_max / self.inner.q_max))

    @property
    def pivots(self) -> dict[str, Pivot]:
        """Pivots of the whole curve that lie below the cap, and what has none."""
        return {
            name: pivot
            for name, pivot in self.inner.pivots.items()
            if pivot.position is None or pivot.position < self.v_cap
        }

    def features(self) -> dict[str, float]:
        """Return the sigmoid features, SI, all of them with respect to the rate at the cap."""
        return sigmoid_features(self)


def capped(sigmoid: Sigmoid, v_cap: float) -> CappedSigmoid:
    """Return ``sigmoid`` with q_max redefined as the rate it reaches at ``v_cap`` (V): the definition ``at_cap``."""
    return CappedSigmoid(sigmoid, v_cap)
