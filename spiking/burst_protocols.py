"""Two more experiments, made for bursting cells: steady currents into both compartments, and single-cell pulses.

``CurrentGrid`` gives what ``SteadyDrive`` gives, with dimensions (dendritic, somatic, cell) in place of (level, cell),
and ``event_count``, ``burst_count``, ``v_free_dendrite_mean`` (V) and ``v_free_dendrite_variance`` (V2).
``CurrentPulses`` gives, with the dimension (condition): ``spike_count``, ``event_count``, ``burst_count``,
``first_spike`` (s since the start of the analysed part; infinite without a spike) and, for cells with a dendrite,
``v_dendrite_peak`` (V).

An event is a spike without another one in the ``burst_window`` before it; it is a burst if a second spike follows
within that window. Burst probability is bursts per event.
"""

from ..units import Quantity, described, quantity

BURST_WINDOW = 0.016  # s, naud2018


@described
class CurrentGrid:
    """Hold the population at every pair of a current into the soma and one into the dendrite.

    ``somatic`` and ``dendritic`` (A) are added to the currents that the cells have of their own. With
    ``noise_per_current`` the standard deviation of a compartment's noise grows by that share of the current into it:
    the steady points of a noisy ramp. Cells with one compartment take ``dendritic = (0,)`` only.
    """

    somatic: tuple[float, ...] = (0.0,)
    dendritic: tuple[float, ...] = (0.0,)
    somatic_noise_per_current: Quantity = quantity("1", default=0.0, at_least=0)
    dendritic_noise_per_current: Quantity = quantity("1", default=0.0, at_least=0)
    cells: int = 200
    duration: Quantity = quantity("s", default=4.0, above=0)
    warm_up: Quantity = quantity("s", default=0.5, at_least=0)
    dt: Quantity = quantity("s", default=1e-4, above=0)
    burst_window: Quantity = quantity("s", default=BURST_WINDOW, above=0)

    def _check(self) -> None:
        if not self.somatic or not self.dendritic:
            raise ValueError("CurrentGrid: no current given; give at least one for each compartment, 0 if it has none.")
        if self.cells < 1:
            raise ValueError(f"CurrentGrid.cells: {self.cells}; at least 1 cell.")

    @property
    def levels(self) -> tuple[tuple[float, float], ...]:
        """All pairs (somatic, dendritic), A, the somatic current varying fastest."""
        return tuple((somatic, dendritic) for dendritic in self.dendritic for somatic in self.somatic)


@described
class Pulses:
    """One condition: a train of rectangular pulses into the soma and one double-exponential current into the dendrite.

    ``amplitude`` (A) holds for ``width`` from ``onset`` on, ``count`` times at ``frequency``; ``epsc`` (A) is the peak
    of the dendritic current, which begins at ``epsc_onset``.
    """

    amplitude: Quantity = quantity("A", default=0.0)
    width: Quantity = quantity("s", default=0.005, above=0)
    count: int = 1
    frequency: Quantity = quantity("Hz", default=1.0, above=0)
    onset: Quantity = quantity("s", default=0.0, at_least=0)
    epsc: Quantity = quantity("A", default=0.0)
    epsc_onset: Quantity = quantity("s", default=0.0, at_least=0)
    epsc_rise: Quantity = quantity("s", default=0.002, above=0)
    epsc_decay: Quantity = quantity("s", default=0.010, above=0)

    def _check(self) -> None:
        if self.epsc_rise >= self.epsc_decay:
            raise ValueError(
                f"Pulses.epsc_rise: {self.epsc_rise:g} s is not below the decay ({self.epsc_decay:g} s); rise is the "
                "faster one."
            )
        if self.count > 1 and self.width * self.frequency > 1:
            raise ValueError(
                f"Pulses.width: {self.width:g} s is longer than a period at {self.frequency:g} Hz; shorten it."
            )


@described
class CurrentPulses:
    """Give every cell its own condition: a grid of pulse sizes and times runs as one population, one cell for each."""

    conditions: tuple[Pulses, ...]
    duration: Quantity = quantity("s", default=0.2, above=0)
    warm_up: Quantity = quantity("s", default=0.2, at_least=0)
    dt: Quantity = quantity("s", default=2.5e-5, above=0)
    burst_window: Quantity = quantity("s", default=BURST_WINDOW, above=0)

    def _check(self) -> None:
        if not self.conditions:
            raise ValueError("CurrentPulses.conditions: no condition given; give at least one.")
