"""A sigmoid as a table of potentials and rates, for languages that know no error function."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from ...meanfield import Sigmoid, TabulatedSigmoid

Array = NDArray[np.float64]

_KNOTS = 400
# Knots are even in the logit of the height, so that a slow approach to the maximum does not starve the flank.
_REACH = 14.0


def sigmoid_table(sigmoid: Sigmoid) -> tuple[Array, Array]:
    """Return rising potentials (V) and rates (Hz), to be joined by a monotone cubic; those of a table itself."""
    if isinstance(sigmoid, TabulatedSigmoid):
        return np.array(sigmoid.v), np.array(sigmoid.rate)
    v = np.unique(sigmoid.quantile(expit(np.linspace(-_REACH, _REACH, _KNOTS))))
    return v, np.maximum.accumulate(np.asarray(sigmoid(v)))
