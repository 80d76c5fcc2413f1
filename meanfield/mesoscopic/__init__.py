"""Finite populations of cells with an escape rate and history: their activity with its own fluctuations."""

from .network import MesoscopicNetwork as MesoscopicNetwork
from .population import EscapeRatePopulation as EscapeRatePopulation
from .population import ThresholdKernel as ThresholdKernel
from .renewal import RenewalStatistics as RenewalStatistics
from .renewal import renewal_statistics as renewal_statistics
