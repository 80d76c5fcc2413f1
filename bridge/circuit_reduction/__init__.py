"""From a spiking circuit to its mean field: every population where it works, alone, and then all of them together."""

from .cell_noise import cell_spectrum as cell_spectrum
from .mesoscopic import mesoscopic_network as mesoscopic_network
from .network_of_states import network_of_states as network_of_states
from .open_loop import OpenLoopEstimate as OpenLoopEstimate
from .open_loop import network_of_estimates as network_of_estimates
from .open_loop import open_loop_populations as open_loop_populations
from .open_loop import predicted_estimates as predicted_estimates
from .operating_state import OperatingState as OperatingState
from .operating_state import Sources as Sources
from .operating_state import operating_state as operating_state
from .recurrent_input import with_recurrent_input as with_recurrent_input
from .reduction import network_record as network_record
from .reduction import reduce_circuit as reduce_circuit
from .self_consistency import CircuitState as CircuitState
from .self_consistency import self_consistent_states as self_consistent_states
