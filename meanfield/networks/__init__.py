"""Networks of populations: parts, steady states, stability with delays, spectra of finite size, branches, runs."""

from .cell_spectra import ModulatedSpikes as ModulatedSpikes
from .cell_spectra import RenewalSpikes as RenewalSpikes
from .curve_rate import CurveRate as CurveRate
from .delays import DelayDistribution as DelayDistribution
from .leaky_rate import LeakyMotion as LeakyMotion
from .leaky_rate import LeakyRate as LeakyRate
from .parts import NetworkDrive as NetworkDrive
from .parts import NetworkPopulation as NetworkPopulation
from .parts import NetworkProjection as NetworkProjection
from .potential_spectra import potential_spectra as potential_spectra
from .rate_models import MemorylessRate as MemorylessRate
from .rate_models import RateModel as RateModel
from .rate_models import StaticRate as StaticRate
from .rate_models import TabulatedRate as TabulatedRate
from .rate_models import rate_model as rate_model
from .rate_motion import RateMotion as RateMotion
from .sparse_leaky import sparse_leaky_network as sparse_leaky_network
from .special_points import special_point_near as special_point_near
from .spectra import coherence as coherence
from .spectra import count_correlations as count_correlations
from .squared_kernel import squared_kernel as squared_kernel
from .steady_states import Certificate as Certificate
from .steady_states import SteadySearch as SteadySearch
