"""What is done to a population and what is kept of it: three experiments, each with the recording it yields.

``SteadyDrive`` gives, with dimensions (level, cell): ``spike_count`` (half, level, cell), ``v_free_mean`` (V),
``v_free_variance`` (V2) and ``v_mean`` (V), all over the analysed ``duration``; coordinates ``drive`` (level; A or Hz)
and ``threshold`` (cell; V). ``ProbeSpikes`` gives ``response`` (size, group, time; V per presynaptic spike) and
``v_free`` (group; V). ``TimeVaryingInput`` gives ``rate`` (Hz), ``v_free`` (V) and ``v`` (V), each (stimulus, group,
time), and ``input`` (stimulus, time), the absolute input that was played. Groups are disjoint sets of cells, hence
independent replicates.
"""

from dataclasses import field

from ..units import OptionalQuantity, Quantity, described, quantity
from .burst_protocols import CurrentGrid, CurrentPulses
from .stimuli import Stimulus

BOTH = "both"  # channel that plays a current into the soma and one into the apical dendrite
CURRENTS = ("current", "dendrite", BOTH)  # channels that are currents; the first two: into the soma, into the dendrite


@described
class SteadyDrive:
    """Hold the population at each drive level in turn and count spikes.

    ``channel`` is ``"current"`` (levels in A, added to the population's own current), ``"dendrite"`` (A, added to the
    current into the apical dendrite) or the name of an afferent (levels in Hz, in place of its background rate). With a
    ``burst_window`` events and bursts are counted too.
    """

    levels: tuple[float, ...]
    channel: str = "current"
    cells: int = 500
    duration: Quantity = quantity("s", default=2.0, above=0)
    warm_up: Quantity = quantity("s", default=0.5, at_least=0)
    dt: Quantity = quantity("s", default=1e-4, above=0)
    burst_window: OptionalQuantity = quantity("s", default=None, above=0)

    def _check(self) -> None:
        if not self.levels:
            raise ValueError("SteadyDrive.levels: no level given; give at least one.")
        if self.cells < 1:
            raise ValueError(f"SteadyDrive.cells: {self.cells}; at least 1 cell.")


@described
class ProbeSpikes:
    """Give every cell one extra presynaptic spike and keep the change of its free potential, noise cancelled.

    A second free potential shares every random number with the first, so their difference is the response alone.
    ``sizes`` are multiples of the synaptic weight; half and double sizes serve the linearity check and the
    super-additivity index. ``current`` (A) is added to hold the population at an operating point.
    """

    afferent: str = "excitatory"
    receptors: tuple[str, ...] | None = None
    sizes: tuple[float, ...] = (0.5, 1.0, 2.0)
    current: Quantity = quantity("A", default=0.0)
    clamp: OptionalQuantity = quantity("V", default=None)
    groups: int = 10
    cells_per_group: int = 40
    duration: Quantity = quantity("s", default=0.8, above=0)
    warm_up: Quantity = quantity("s", default=0.3, at_least=0)
    dt: Quantity = quantity("s", default=1e-4, above=0)
    sample: Quantity = quantity("s", default=5e-4, above=0)


@described
class TimeVaryingInput:
    """Play stimuli to the population through one channel and keep population rate and mean potentials over time.

    A stimulus multiplies the background rate of an afferent by (1 + its waveform), never below 0; on the channels
    ``"current"`` and ``"dendrite"`` it adds waveform x ``current_unit``; on the channel ``"both"`` waveform x
    ``current_unit`` into the soma and waveform x ``dendrite_unit`` into the dendrite, and there the standard deviation
    of a compartment's noise grows by ``..._noise_per_current`` of the current that is played into it. With a
    ``burst_window`` the rates of events and bursts are recorded too. On the channel ``"gq"`` it is the occupancy of
    Gq-coupled receptors, from 0 to 1.
    """

    stimuli: tuple[Stimulus, ...] = field(default=())
    channel: str = "excitatory"
    current: Quantity = quantity("A", default=0.0)
    current_unit: Quantity = quantity("A", default=100e-12)
    dendrite_unit: Quantity = quantity("A", default=0.0)
    somatic_noise_per_current: Quantity = quantity("1", default=0.0, at_least=0)
    dendritic_noise_per_current: Quantity = quantity("1", default=0.0, at_least=0)
    groups: int = 10
    cells_per_group: int = 100
    duration: Quantity = quantity("s", default=1.0, above=0)
    warm_up: Quantity = quantity("s", default=0.5, at_least=0)
    dt: Quantity = quantity("s", default=1e-4, above=0)
    sample: Quantity = quantity("s", default=1e-3, above=0)
    burst_window: OptionalQuantity = quantity("s", default=None, above=0)

    def _check(self) -> None:
        if self.channel != BOTH and (
            self.dendrite_unit or self.somatic_noise_per_current or self.dendritic_noise_per_current
        ):
            raise ValueError(
                f"TimeVaryingInput.channel: {self.channel!r} plays into one place with fixed noise; dendrite_unit and "
                f"..._noise_per_current need the channel {BOTH!r}."
            )


Experiment = SteadyDrive | ProbeSpikes | TimeVaryingInput | CurrentGrid | CurrentPulses
