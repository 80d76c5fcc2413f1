"""Mass models fitted to recordings: what the data determine first, then estimates with intervals, or open ends."""

from .connectivity_fit import NetworkReading as NetworkReading
from .connectivity_fit import connectivity_problem as connectivity_problem
from .cortical_sheet import CorticalSheet as CorticalSheet
from .evoked_fit import evoked_problem as evoked_problem
from .fit import Fit as Fit
from .fit import FittedParameter as FittedParameter
from .fit import fit_problem as fit_problem
from .free_parameter import FreeParameter as FreeParameter
from .free_parameter import ParameterSpace as ParameterSpace
from .free_parameter import Scale as Scale
from .identifiability import Identifiability as Identifiability
from .identifiability import identify as identify
from .likelihood import GammaLikelihood as GammaLikelihood
from .likelihood import GaussianLikelihood as GaussianLikelihood
from .likelihood import PoissonLikelihood as PoissonLikelihood
from .posterior import Posterior as Posterior
from .posterior import PosteriorRefused as PosteriorRefused
from .problem import Problem as Problem
from .rate_fit import rate_problem as rate_problem
from .spectrum_fit import SpectrumReading as SpectrumReading
from .spectrum_fit import spectrum_problem as spectrum_problem
from .transfer_fit import transfer_problem as transfer_problem
