"""Population densities by finite volumes, and the steps from them down to a mass model."""

from .density_state import DensityState as DensityState
from .fokker_planck import FokkerPlanck as FokkerPlanck
from .heterogeneous import HeterogeneousFokkerPlanck as HeterogeneousFokkerPlanck
from .ladder import Approximation as Approximation
from .ladder import StationaryCurve as StationaryCurve
from .ladder import approximate_rate as approximate_rate
from .ladder import chain_of_approximations as chain_of_approximations
from .response import density_response as density_response
from .spectrum import density_eigenvalues as density_eigenvalues
from .two_moment import DispersedSigmoid as DispersedSigmoid
from .two_moment import MembraneDrift as MembraneDrift
from .two_moment import TwoMomentPopulation as TwoMomentPopulation
