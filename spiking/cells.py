"""What a cell is: its membrane, its spike and what a spike leaves behind. Nothing here knows how it is simulated."""

from ..units import OptionalQuantity, Quantity, described, quantity
from .burst_cells import TTypeCurrent, TwoCompartmentCell
from .quadratic_cell import QuadraticCell


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
class MovingThreshold:
    """A threshold that every spike raises by ``jump`` and that falls back exponentially; the reset stays in place."""

    jump: Quantity = quantity("V", above=0)
    decay: Quantity = quantity("s", above=0)


@described
class GqCascade:
    """What Gq-coupled receptors do to a cell: stores release Ca2+ and open SK channels, then K+ channels close.

    With the receptor occupancy o(t) from 0 to 1: tau_q dq/dt = o - q; closed share tau_c ds/dt = q - s; store
    dS/dt = (1 - S)/tau_S - depletion q S; Ca2+ dc/dt = release q S - c/tau_Ca; cation channels tau_n dn/dt = q - n. The
    K+ leak is (1 - closed_potassium s) of its own, the M conductance (1 - closed_muscarinic s), SK adds
    sk_conductance c^2/(c^2 + calcium_half^2) and the cation channels cation_conductance n. ``occupancy`` is the
    constant one outside an experiment that plays it. Times and Ca2+ are design choices; sizes follow gulledge2005 (SK)
    and filippov2013 (M current).
    """

    occupancy: Quantity = quantity("1", default=0.0, at_least=0, at_most=1)
    active_time: Quantity = quantity("s", default=0.25, above=0)
    closing_time: Quantity = quantity("s", default=3.0, above=0)
    calcium_time: Quantity = quantity("s", default=0.3, above=0)
    refill_time: Quantity = quantity("s", default=10.0, above=0)
    release: Quantity = quantity("Hz", default=8.0, at_least=0)
    depletion: Quantity = quantity("Hz", default=3.0, at_least=0)
    calcium_half: Quantity = quantity("1", default=0.5, above=0)
    sk_conductance: Quantity = quantity("S", default=4e-9, at_least=0)
    closed_potassium: Quantity = quantity("1", default=0.8, at_least=0, at_most=1)
    closed_muscarinic: Quantity = quantity("1", default=0.7, at_least=0, at_most=1)
    cation_conductance: Quantity = quantity("S", default=0.8e-9, at_least=0)
    cation_reversal: Quantity = quantity("V", default=-0.020)
    cation_time: Quantity = quantity("s", default=3.0, above=0)


@described
class PointCell:
    """A leaky integrate-and-fire cell, or with ``slope_factor`` an exponential one, with after-spike conductances.

    C dV/dt = -g_L (V - E_L) - g_K (V - E_K) - g_C (V - E_C) + g_L Delta_T exp((V - V_T)/Delta_T) - I_M - I_after-spike
    - I_syn + I; at V >= ``spike_level`` the cell spikes, V is set to ``reset`` and held there for
    ``refractory_period``. g_C is a nonselective cation conductance.
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
    cation_conductance: Quantity = quantity("S", default=0.0, at_least=0)
    cation_reversal: Quantity = quantity("V", default=-0.020)
    muscarinic: MuscarinicCurrent | None = None
    rectifier: AfterSpikeConductance | None = None
    after_hyperpolarization: AfterSpikeConductance | None = None
    moving_threshold: MovingThreshold | None = None
    gq: GqCascade | None = None
    t_type: TTypeCurrent | None = None

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
        return self.leak_conductance + self.potassium_conductance + self.cation_conductance


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


Cell = PointCell | EscapeRateCell | TwoCompartmentCell | QuadraticCell
