"""The exponential integrate-and-fire cell as a description: what a table or a cascade belongs to."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import SupportsFloat

from ..units import Quantity, described, quantity

STEEPEST_UPSTROKE = 100.0  # largest exponent of the spike current; beyond it lies only the end of the floats
Given = SupportsFloat | str  # a number in SI, text with a unit, or a unit object


@described
class ExponentialCell:
    """An exponential integrate-and-fire cell; with ``slope_factor`` 0 the leaky cell, which spikes at ``v_threshold``.

    Source: fourcaudtrocme2003.
    Assumptions: tau_m dV = (mu - V + Delta_T exp((V - V_T)/Delta_T)) dt + sigma sqrt(tau_m) dW; the potential is held
    at the reset for ``tau_ref`` after a spike.

    Parameters
    ----------
    tau_m, tau_ref : float
        Membrane time constant and refractory period, s.
    v_threshold, v_reset, v_cutoff : float
        Potential V_T at which the spike-generating current balances the leak's slope, reset and cutoff, V.
    slope_factor : float
        Delta_T, V. In the limit 0 the spike current is a wall at V_T, and the cutoff above it has no effect.
    """

    tau_m: Quantity = quantity("s", above=0)
    tau_ref: Quantity = quantity("s", at_least=0)
    v_threshold: Quantity = quantity("V")
    v_reset: Quantity = quantity("V")
    slope_factor: Quantity = quantity("V", at_least=0)
    v_cutoff: Quantity = quantity("V")

    def _check(self) -> None:
        if self.v_cutoff <= self.v_reset:
            raise ValueError(
                f"ExponentialCell.v_cutoff: {self.v_cutoff:g} V is not above the reset, {self.v_reset:g} V; raise it."
            )
        if self.slope_factor == 0 and self.v_cutoff < self.v_threshold:
            raise ValueError(
                f"ExponentialCell.v_cutoff: {self.v_cutoff:g} V is below the threshold, {self.v_threshold:g} V, at "
                "which a cell without slope factor spikes; make them equal."
            )
        if self.slope_factor == 0 and self.v_threshold <= self.v_reset:
            raise ValueError(
                f"ExponentialCell.v_threshold: {self.v_threshold:g} V is not above the reset, {self.v_reset:g} V, of a "
                "cell without slope factor; raise it."
            )
        if self.slope_factor > 0 and self.v_cutoff <= self.v_threshold:
            raise ValueError(
                f"ExponentialCell.v_cutoff: {self.v_cutoff:g} V is not above the threshold, {self.v_threshold:g} V, "
                "where the spike of an exponential cell only begins; raise it."
            )

    @property
    def v_spike(self) -> float:
        """Potential at which a spike is counted, V: the cutoff, or without slope factor the threshold."""
        return self.v_cutoff if self.slope_factor > 0 else self.v_threshold

    @property
    def parameters(self) -> dict[str, float]:
        """Names and SI values, as the keyword arguments of `eif_rate` and as the attributes of a table."""
        return asdict(self)

    def require_same(self, attributes: Mapping[str, object], what: str) -> None:
        """Raise ``ValueError`` unless ``attributes`` are this cell's: ``what`` was made for another one."""
        for name, value in self.parameters.items():
            found = attributes.get(name)
            if found != value:
                raise ValueError(
                    f"{what} belongs to a cell with {name} = {found}, this one has {name} = {value}; make one for "
                    "this cell."
                )
