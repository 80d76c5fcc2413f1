"""Recurrent circuits: what a circuit is, and a library of them as data."""

from .circuit import Circuit as Circuit
from .circuit import CircuitPopulation as CircuitPopulation
from .circuit import Projection as Projection
from .circuit import Stimulus as Stimulus
from .delay import Delay as Delay
from .library import CIRCUITS as CIRCUITS
from .mistakes import CircuitError as CircuitError
from .read_circuit import read_circuit as read_circuit
from .record import CircuitRecord as CircuitRecord
from .saturation import GateSaturation as GateSaturation
