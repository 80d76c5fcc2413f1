"""Mean-field theory that stands alone: sigmoids, kernels, rate formulas, membrane moments and the neural mass.

Nothing here knows of Brian2 or of recordings. SI floats everywhere.
"""

from .adaptation import Adaptation as Adaptation
from .adaptation import AdaptedState as AdaptedState
from .adaptation import AdaptedStates as AdaptedStates
from .adaptation import adex_rate as adex_rate
from .bombardment import PassiveMembrane as PassiveMembrane
from .bombardment import SlowCurrent as SlowCurrent
from .bombardment import SynapticArray as SynapticArray
from .cascade import LinearNonlinearCascade as LinearNonlinearCascade
from .coloured import RATE_FLOOR as RATE_FLOOR
from .coloured import ColouredDensity as ColouredDensity
from .coloured import coloured_rate as coloured_rate
from .coloured_cells import coloured_eif_rate as coloured_eif_rate
from .coloured_cells import coloured_grid as coloured_grid
from .coloured_cells import coloured_lif_rate as coloured_lif_rate
from .coloured_cells import coloured_noise_sd as coloured_noise_sd
from .conductance_input import ConductanceCell as ConductanceCell
from .conductance_input import ConductanceSynapse as ConductanceSynapse
from .conductance_input import MembraneMoments as MembraneMoments
from .conductance_input import membrane_moments as membrane_moments
from .density import Approximation as Approximation
from .density import DensityState as DensityState
from .density import DispersedSigmoid as DispersedSigmoid
from .density import FokkerPlanck as FokkerPlanck
from .density import HeterogeneousFokkerPlanck as HeterogeneousFokkerPlanck
from .density import MembraneDrift as MembraneDrift
from .density import StationaryCurve as StationaryCurve
from .density import TwoMomentPopulation as TwoMomentPopulation
from .density import approximate_rate as approximate_rate
from .density import chain_of_approximations as chain_of_approximations
from .density import density_eigenvalues as density_eigenvalues
from .density import density_response as density_response
from .dynamics import Branches as Branches
from .dynamics import FixedPoint as FixedPoint
from .dynamics import Linearisation as Linearisation
from .dynamics import MassNetwork as MassNetwork
from .dynamics import Stability as Stability
from .eif import eif_rate as eif_rate
from .eif import spike_current_drift as spike_current_drift
from .eif_response import eif_mean_potential as eif_mean_potential
from .eif_response import eif_response as eif_response
from .exponential_cell import ExponentialCell as ExponentialCell
from .gain_pivot import Pivot as Pivot
from .gain_pivot import Turning as Turning
from .gain_pivot import gain_pivot as gain_pivot
from .irregularity import lif_cv as lif_cv
from .kernels import AlphaKernel as AlphaKernel
from .kernels import BiexponentialKernel as BiexponentialKernel
from .kernels import CascadeKernel as CascadeKernel
from .kernels import ExponentialKernel as ExponentialKernel
from .kernels import GammaKernel as GammaKernel
from .kernels import Kernel as Kernel
from .kernels import MixtureKernel as MixtureKernel
from .kernels import StateSpaceKernel as StateSpaceKernel
from .kernels import TabulatedKernel as TabulatedKernel
from .kernels import cutoff_frequency as cutoff_frequency
from .kernels import gamma_of_same_moments as gamma_of_same_moments
from .kernels import kernel_features as kernel_features
from .kernels import waveform_features as waveform_features
from .lif import FastSynapseWarning as FastSynapseWarning
from .lif import lif_log_rate as lif_log_rate
from .lif import lif_rate as lif_rate
from .lif import lif_slopes as lif_slopes
from .lif import mean_potential as mean_potential
from .lif_response import lif_response as lif_response
from .magnesium import block_slope as block_slope
from .magnesium import linearised_conductance as linearised_conductance
from .magnesium import magnesium_block as magnesium_block
from .magnesium import slope_conductance as slope_conductance
from .master_equation import MasterEquation as MasterEquation
from .master_states import StationaryState as StationaryState
from .master_states import stationary_states as stationary_states
from .membrane import EquivalentNoise as EquivalentNoise
from .membrane import FreeMoments as FreeMoments
from .membrane import equivalent_noise as equivalent_noise
from .membrane import free_moments as free_moments
from .membrane import mean_free_potential as mean_free_potential
from .membrane import postsynaptic_kernel as postsynaptic_kernel
from .mesoscopic import EscapeRatePopulation as EscapeRatePopulation
from .mesoscopic import MesoscopicNetwork as MesoscopicNetwork
from .mesoscopic import RenewalStatistics as RenewalStatistics
from .mesoscopic import ThresholdKernel as ThresholdKernel
from .mesoscopic import renewal_statistics as renewal_statistics
from .models import CorticothalamicField as CorticothalamicField
from .models import JansenRit as JansenRit
from .models import MassModel as MassModel
from .models import WilsonCowan as WilsonCowan
from .models.burst_ensemble import BurstEnsemble as BurstEnsemble
from .models.dynamic_mean_field import DynamicMeanField as DynamicMeanField
from .models.dynamic_mean_field import inhibition_of_strength as inhibition_of_strength
from .models.empirical_mass import EmpiricalMass as EmpiricalMass
from .models.empirical_mass import Feedback as Feedback
from .models.empirical_mass import MassResponse as MassResponse
from .models.liley import Liley as Liley
from .models.montbrio_pazo_roxin import MontbrioPazoRoxin as MontbrioPazoRoxin
from .models.montbrio_pazo_roxin import uncoupled_rate as uncoupled_rate
from .models.population_network import PopulationNetwork as PopulationNetwork
from .models.wong_wang import WongWang as WongWang
from .networks import DelayDistribution as DelayDistribution
from .networks import LeakyRate as LeakyRate
from .networks import MemorylessRate as MemorylessRate
from .networks import NetworkDrive as NetworkDrive
from .networks import NetworkPopulation as NetworkPopulation
from .networks import NetworkProjection as NetworkProjection
from .networks import RenewalSpikes as RenewalSpikes
from .networks import TabulatedRate as TabulatedRate
from .networks import sparse_leaky_network as sparse_leaky_network
from .rate_response_table import rate_response_table as rate_response_table
from .response_time import FitOutcome as FitOutcome
from .response_time import ResponseTimes as ResponseTimes
from .response_time import eif_response_times as eif_response_times
from .sigmoids import CappedSigmoid as CappedSigmoid
from .sigmoids import ExGaussianSigmoid as ExGaussianSigmoid
from .sigmoids import GaussianSigmoid as GaussianSigmoid
from .sigmoids import LogisticSigmoid as LogisticSigmoid
from .sigmoids import RefractorySigmoid as RefractorySigmoid
from .sigmoids import RichardsSigmoid as RichardsSigmoid
from .sigmoids import Sigmoid as Sigmoid
from .sigmoids import TabulatedSigmoid as TabulatedSigmoid
from .sigmoids import capped as capped
from .sigmoids import gaussian_sd_of_same_slope as gaussian_sd_of_same_slope
from .sigmoids import gaussian_sd_of_same_variance as gaussian_sd_of_same_variance
from .sigmoids import logistic_scale_of_same_slope as logistic_scale_of_same_slope
from .sigmoids import logistic_scale_of_same_variance as logistic_scale_of_same_variance
from .sigmoids import quantile_skew as quantile_skew
from .sigmoids import sigmoid_features as sigmoid_features
from .template_fit import TemplateFit as TemplateFit
from .template_fit import fit_transfer_template as fit_transfer_template
from .threshold_integration import StationaryDensity as StationaryDensity
from .threshold_integration import threshold_integration as threshold_integration
from .threshold_integration import voltage_grid as voltage_grid
from .threshold_response import ThresholdResponse as ThresholdResponse
from .threshold_response import threshold_response as threshold_response
from .transfer_template import TransferTemplate as TransferTemplate

MODELS = {
    "wilson_cowan": WilsonCowan,
    "jansen_rit": JansenRit,
    "liley": Liley,
    "wong_wang": WongWang,
    "dynamic_mean_field": DynamicMeanField,
    "corticothalamic_field": CorticothalamicField,
    "montbrio_pazo_roxin": MontbrioPazoRoxin,
    "burst_ensemble": BurstEnsemble,
    "empirical_mass": EmpiricalMass,
}
