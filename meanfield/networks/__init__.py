"""Networks of populations: parts, steady states, stability with delays, spectra of finite size, branches, runs."""

from .cell_spectra import ModulatedSpikes as ModulatedSpikes
from .cell_spectra import RenewalSpikes as RenewalSpikes
from .delays import DelayDistribution as DelayDistribution
from .leaky_rate import LeakyMotion as LeakyMotion
from .leaky_rate import LeakyRate as LeakyRate
from .parts import NetworkDrive as NetworkDrive
from .parts import NetworkPopulation as NetworkPopulation
from .parts import NetworkProjection as NetworkProjection
from .rate_models import MemorylessRate as MemorylessRate
from .rate_models import RateModel as RateModel
from .rate_models import StaticRate as StaticRate
from .rate_models import TabulatedRate as TabulatedRate
from .rate_models import rate_model as rate_model
from .sparse_leaky import sparse_leaky_network as sparse_leaky_network
from .spectra import coherence as coherence
from .squared_kernel import squared_kernel as squared_kernel
from .steady_states import Certificate as Certificate
from .steady_states import SteadySearch as SteadySearch
