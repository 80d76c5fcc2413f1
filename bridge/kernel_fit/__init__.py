"""Fitting the synaptodendritic kernel to the responses to probe spikes."""

from .choice import KernelCriteria as KernelCriteria
from .fit import KernelEstimate as KernelEstimate
from .fit import fit_kernel as fit_kernel
from .linearity import size_ratio as size_ratio
from .waveform import from_onset as from_onset
from .waveform import measured_features as measured_features
