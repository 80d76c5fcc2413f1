"""Fitting the population sigmoid to counts: families, quasi-likelihood, profile intervals, choice and refusal."""

from .criteria import FamilyCriteria as FamilyCriteria
from .fit import fit_sigmoid as fit_sigmoid
from .likelihood import CountData as CountData
from .likelihood import fisher_information as fisher_information
from .sigmoid_estimate import SigmoidEstimate as SigmoidEstimate
