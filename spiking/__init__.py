"""What a spiking population is, how Brian2 runs it, and what was seen. The only package that knows Brian2."""

from .cells import AfterSpikeConductance as AfterSpikeConductance
from .cells import EscapeRateCell as EscapeRateCell
from .cells import MuscarinicCurrent as MuscarinicCurrent
from .cells import PointCell as PointCell
from .library import POPULATIONS as POPULATIONS
from .mechanisms import MECHANISMS as MECHANISMS
from .mechanisms import Mechanism as Mechanism
from .population import Population as Population
from .protocols import ProbeSpikes as ProbeSpikes
from .protocols import SteadyDrive as SteadyDrive
from .protocols import TimeVaryingInput as TimeVaryingInput
from .stimuli import STIMULI as STIMULI
from .synapses import Afferent as Afferent
from .synapses import MembraneNoise as MembraneNoise
from .synapses import Synapse as Synapse
