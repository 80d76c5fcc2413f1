"""Transfer functions and power spectra of a linearised model."""

import numpy as np
from numpy.typing import ArrayLike

from .linearisation import Linearisation
from .system import Array


def transfer(linear: Linearisation, frequency: ArrayLike, output: int = 0, drive: int = 0) -> Array:
    """Return the transfer from one input to one output at ``frequency`` (...) (Hz), complex, output unit / input unit.

    Source: robinson1997.
    Assumptions: small signals; exp(+i w t).
    """
    s = 2j * np.pi * np.asarray(frequency, dtype=float)
    return linear.transfer(s)[..., output, drive]


def power_spectrum(
    linear: Linearisation, frequency: ArrayLike, output: int = 0, drive: int = 0, noise: float = 1.0
) -> Array:
    """Return the one-sided spectral density of an output under white noise at one input.

    Source: robinson1997.
    Assumptions: small signals about a stable state; the input is its operating value plus ``noise`` times white noise
    of unit intensity, whose one-sided density is 2 ``noise``^2.

    Parameters
    ----------
    linear : Linearisation
        The linear system.
    frequency : (...) array
        Hz.
    output, drive : int
        Places of the output and the input.
    noise : float
        Input unit times sqrt(s).

    Returns
    -------
    (...) array
        Output unit^2 / Hz.
    """
    return 2 * noise**2 * np.abs(transfer(linear, frequency, output, drive)) ** 2
