"""What a cell is: its membrane, its spike and what a spike leaves behind. Nothing here knows how it is simulated."""

from ..units import OptionalQuantity, Quantity, described, quantity


@described
class AfterSpikeConductance:
    """A K+ conductance that every spike raises by ``increment`` and that decays exponentially.

    With a few ms of decay it is the rectifying conductance of the relative refractory period, with 100 ms the
    Ca2+-dependent after-hyperpolarisation.
    """

    increment: Quantity = quantity("S", above=0)
    decay: Quantity = quantity("s", above=0)
    reversal: Quantity = quantity("V", default=-0.090)


@described
class MuscarinicCurrent:
    """The slow subthreshold K+ (M) current ``g z (V - E)`` with ``tau dz/dt = 1/(1+exp(-(V - v_half)/slope)) - z``."""

    conductance: Quantity = quantity("S", above=0)
    v_half: Quantity = quantity("V", default=-0.040)
    slope: Quantity = quantity("V", default=0.008, above=0)
    time_constant: Quantity = quantity("s", default=0.060, above=0)
    reversal: Quantity = quantity("V", default=-0.090)


@described
class PointCell:
    """A leaky integrate-and-fire cell, or with ``slope_factor`` an exponential one, with after-spike conductances.

    C dV/dt = -g_L (V - E_L) - g_K (V - E_K) + g_L Delta_T exp((V - V_T)/Delta_T) - I_M - I_after-spike - I_syn + I;
    at V >= ``spike_level`` the cell spikes, V is set to ``reset`` and held there for ``refractory_period``.
    Source: fourcaudtrocme2003; brette2005.
    """

    capacitance: Quantity = quantity("F", above=0)
    leak_conductance: Quantity = quantity("S", above=0)
    leak_reversal: Quantity = quantity("V")
    threshold: Quantity = quantity("V")
    reset: Quantity = quantity("V")
    refractory_period: Quantity = quantity("s", at_least=0)
    slope_factor: Quantity = quantity("V", default=0.0, at_least=0)
    cutoff: OptionalQuantity = quantity("V", default=None)
    threshold_spread: Quantity = quantity("V", default=0.0, at_least=0)
    potassium_conductance: Quantity = quantity("S", default=0.0, at_least=0)
    potassium_reversal: Quantity = quantity("V", default=-0.090)
    muscarinic: MuscarinicCurrent | None = None
    rectifier: AfterSpikeConductance | None = None
    after_hyperpolarization: AfterSpikeConductance | None = None

    def _check(self) -> None:
        if self.reset >= self.threshold:
            raise ValueError(
                f"PointCell.reset: {self.reset:g} V is not below the threshold ({self.threshold:g} V); lower the reset."
            )
        if self.slope_factor > 0 and (self.cutoff is None or self.cutoff <= self.threshold):
            raise ValueError(
                f"PointCell.cutoff: {self.cutoff} V; an exponential cell needs a cutoff above its threshold "
                f"({self.threshold:g} V), e.g. threshold + 10 slope factors."
            )

    @property
    def spike_level(self) -> float:
        """Potential at which a spike is counted, V: the threshold of a leaky cell, the cutoff of an exponential one."""
        return self.threshold if self.cutoff is None or self.slope_factor == 0 else self.cutoff

    @property
    def resting_conductance(self) -> float:
        """Voltage-independent conductance without synapses, S."""
        return self.leak_conductance + self.potassium_conductance


@described
class EscapeRateCell:
    """A memoryless cell that spikes with hazard f(V - theta) of its free potential and keeps nothing of the spike.

    f(x) = q_max (1 - exp(-x / kappa)) for x > 0, else 0; ``kappa = 0`` is a step. With Gaussian thresholds and Gaussian
    potentials the population sigmoid is the exponentially modified Gaussian, for every input and at all times: this
    is the population on which every estimator is tried. Source: gerstner2014, ch. 9.
    """

    capacitance: Quantity = quantity("F", above=0)
    leak_conductance: Quantity = quantity("S", above=0)
    leak_reversal: Quantity = quantity("V")
    threshold: Quantity = quantity("V")
    q_max: Quantity = quantity("Hz", above=0)
    kappa: Quantity = quantity("V", default=0.0, at_least=0)
    threshold_spread: Quantity = quantity("V", default=0.0, at_least=0)

    @property
    def resting_conductance(self) -> float:
        """Voltage-independent conductance without synapses, S."""
        return self.leak_conductance


Cell = PointCell | EscapeRateCell
