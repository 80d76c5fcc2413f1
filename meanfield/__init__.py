"""Mean-field theory that stands alone: sigmoids, kernels, rate formulas, membrane moments and the neural mass.

Nothing here knows of Brian2 or of recordings. SI floats everywhere.
"""

from .bombardment import PassiveMembrane as PassiveMembrane
from .bombardment import SlowCurrent as SlowCurrent
from .bombardment import SynapticArray as SynapticArray
from .coloured import RATE_FLOOR as RATE_FLOOR
from .coloured import ColouredDensity as ColouredDensity
from .coloured import coloured_rate as coloured_rate
from .coloured_cells import coloured_eif_rate as coloured_eif_rate
from .coloured_cells import coloured_grid as coloured_grid
from .coloured_cells import coloured_lif_rate as coloured_lif_rate
from .coloured_cells import coloured_noise_sd as coloured_noise_sd
from .eif import eif_rate as eif_rate
from .eif import spike_current_drift as spike_current_drift
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
from .lif import lif_log_rate as lif_log_rate
from .lif import lif_rate as lif_rate
from .lif import lif_slopes as lif_slopes
from .lif import mean_potential as mean_potential
from .magnesium import block_slope as block_slope
from .magnesium import linearised_conductance as linearised_conductance
from .magnesium import magnesium_block as magnesium_block
from .magnesium import slope_conductance as slope_conductance
from .mass import MassResponse as MassResponse
from .mass import NeuralMass as NeuralMass
from .membrane import EquivalentNoise as EquivalentNoise
from .membrane import FreeMoments as FreeMoments
from .membrane import equivalent_noise as equivalent_noise
from .membrane import free_moments as free_moments
from .membrane import mean_free_potential as mean_free_potential
from .membrane import postsynaptic_kernel as postsynaptic_kernel
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
from .threshold_integration import StationaryDensity as StationaryDensity
from .threshold_integration import threshold_integration as threshold_integration
from .threshold_integration import voltage_grid as voltage_grid

MODELS = {"neural_mass": NeuralMass}
