"""From a spiking circuit to its mean field: every population where it works, alone, and then all of them together."""

from .cell_noise import cell_spectrum as cell_spectrum
from .measured_state import MeasuredState as MeasuredState
from .measured_state import PopulationState as PopulationState
from .measured_state import Survey as Survey
from .measured_state import unpredicted as unpredicted
from .mesoscopic import mesoscopic_network as mesoscopic_network
from .moving_network import CURRENT as CURRENT
from .moving_network import moving_network as moving_network
from .network_of_states import network_of_states as network_of_states
from .open_loop import OpenLoopEstimate as OpenLoopEstimate
from .open_loop import network_of_estimates as network_of_estimates
from .open_loop import open_loop_populations as open_loop_populations
from .open_loop import predicted_estimates as predicted_estimates
from .operating_state import OperatingState as OperatingState
from .operating_state import Sources as Sources
from .operating_state import operating_state as operating_state
from .operating_state import spike_kernel as spike_kernel
from .recurrent_input import with_recurrent_input as with_recurrent_input
from .reduction import network_record as network_record
from .reduction import reduce_circuit as reduce_circuit
from .self_consistency import CircuitState as CircuitState
from .self_consistency import self_consistent_states as self_consistent_states
from .settled_by_measurement import measured_circuit_state as measured_circuit_state
from .settled_by_measurement import measured_names as measured_names
from .t_type_state import t_type_state as t_type_state
from .two_compartment_state import two_compartment_state as two_compartment_state
