"""What theory says of a population from its description alone, without looking at any recording."""

from .elasticity import Elasticity as Elasticity
from .elasticity import elasticity as elasticity
from .elasticity import sensitivity_matrix as sensitivity_matrix
from .features import GainSplit as GainSplit
from .features import predict_features as predict_features
from .features import split_gain as split_gain
from .kernel import KernelPrediction as KernelPrediction
from .kernel import clamped_kernel as clamped_kernel
from .kernel import predict_kernel as predict_kernel
from .operating_point import OperatingPoint as OperatingPoint
from .operating_point import operating_point as operating_point
from .rate import RatePrediction as RatePrediction
from .rate import predict_rate as predict_rate
from .refused import PredictionRefused as PredictionRefused
from .sigmoid import SigmoidPrediction as SigmoidPrediction
from .sigmoid import default_levels as default_levels
from .sigmoid import predict_sigmoid as predict_sigmoid
from .single_cell import Resolution as Resolution
from .synaptic_drive import has_linear_theory as has_linear_theory
