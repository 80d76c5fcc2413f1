"""Synaptodendritic kernels: response of the free potential to one presynaptic spike (V), one form a file."""

from .alpha import AlphaKernel as AlphaKernel
from .biexponential import BiexponentialKernel as BiexponentialKernel
from .branch_point import branch_point as branch_point
from .cascade import CascadeKernel as CascadeKernel
from .exponential import ExponentialKernel as ExponentialKernel
from .features import Kernel as Kernel
from .features import cutoff_frequency as cutoff_frequency
from .features import kernel_features as kernel_features
from .features import waveform_features as waveform_features
from .gamma import GammaKernel as GammaKernel
from .gamma import gamma_of_same_moments as gamma_of_same_moments
from .mixture import MixtureKernel as MixtureKernel
from .realisation import realised as realised
from .stages import stages_of as stages_of
from .state_space import StateSpaceKernel as StateSpaceKernel
from .tabulated import TabulatedKernel as TabulatedKernel
