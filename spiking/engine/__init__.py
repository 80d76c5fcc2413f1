"""How a population runs in Brian2: simulations in, recordings out; nothing of Brian2 passes this door."""

from .errors import EngineError as EngineError
from .machine import Machine as Machine
from .machine import describe_machine as describe_machine
from .rest import resting_potential as resting_potential
from .simulate import Job as Job
from .simulate import simulate as simulate
from .simulate import simulate_many as simulate_many
from .simulate_circuit import simulate_circuit as simulate_circuit
