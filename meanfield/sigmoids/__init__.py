"""Population sigmoids: rate (Hz) as a function of the mean free potential (V), one family a file."""

from .capped import CappedSigmoid as CappedSigmoid
from .capped import capped as capped
from .ex_gaussian import ExGaussianSigmoid as ExGaussianSigmoid
from .features import Sigmoid as Sigmoid
from .features import quantile_skew as quantile_skew
from .features import sigmoid_features as sigmoid_features
from .gaussian import GaussianSigmoid as GaussianSigmoid
from .logistic import LogisticSigmoid as LogisticSigmoid
from .refractory import RefractorySigmoid as RefractorySigmoid
from .richards import RichardsSigmoid as RichardsSigmoid
from .tabulated import TabulatedSigmoid as TabulatedSigmoid
from .widths import gaussian_sd_of_same_slope as gaussian_sd_of_same_slope
from .widths import gaussian_sd_of_same_variance as gaussian_sd_of_same_variance
from .widths import logistic_scale_of_same_slope as logistic_scale_of_same_slope
from .widths import logistic_scale_of_same_variance as logistic_scale_of_same_variance
