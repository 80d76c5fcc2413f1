"""The quadratic integrate-and-fire cell, of which a network has an exact mean field."""

from ..units import Quantity, described, quantity


@described
class QuadraticCell:
    """A quadratic integrate-and-fire cell: C dV/dt = ``curvature`` (V - ``centre``)^2 + excitability + I.

    V runs to infinity in finite time; there it spikes and comes back from minus infinity. Excitabilities of the cells
    are Lorentzian quantiles with median ``excitability`` and half width ``spread``. ``shown`` is the distance from the
    centre at which potentials are cut before they are averaged: the principal value. It has no free potential, so that
    it lives in circuits only. Source: montbrio2015.
    """

    capacitance: Quantity = quantity("F", above=0)
    curvature: Quantity = quantity("A/V**2", above=0)
    centre: Quantity = quantity("V", default=0.0)
    excitability: Quantity = quantity("A")
    spread: Quantity = quantity("A", default=0.0, at_least=0)
    shown: Quantity = quantity("V", default=0.1, above=0)

    @property
    def threshold_spread(self) -> float:
        """Thresholds do not differ, V."""
        return 0.0

    @property
    def threshold(self) -> float:
        """Potential above which a cell without excitability runs to its spike, V."""
        return self.centre

    @property
    def leak_reversal(self) -> float:
        """Potential from which driving forces are counted, V."""
        return self.centre

    @property
    def leak_conductance(self) -> float:
        """A quadratic cell has no linear leak, S."""
        return 0.0

    @property
    def resting_conductance(self) -> float:
        """A quadratic cell has no linear conductance, S."""
        return 0.0
