"""Transfer functions and power spectra of a linearised model."""

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import require_finite
from .delay_eigenvalues import rightmost_eigenvalues
from .linearisation import Linearisation
from .system import Array

_ROUNDING = 1e-9


def transfer(linear: Linearisation, frequency: ArrayLike, output: int = 0, drive: int = 0) -> Array:
    """Return the transfer from one input to one output at ``frequency`` (...) (Hz), complex, output unit / input unit.

    Source: robinson1997.
    Assumptions: small signals; exp(+i w t). It is defined at unstable states too, but no oscillation lasts there.

    Raises
    ------
    ValueError
        If a frequency is not finite.
    """
    require_finite("transfer", frequency=frequency)
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

    Raises
    ------
    ValueError
        If the state is unstable, or a frequency or the noise not finite.
    """
    require_finite("power_spectrum", frequency=frequency, noise=noise)
    refuse_unstable(rightmost_eigenvalues(linear, 1)[0], "power_spectrum")
    return 2 * noise**2 * np.abs(transfer(linear, frequency, output, drive)) ** 2


def refuse_unstable(leading: complex, what: str) -> None:
    """Refuse a state whose ``leading`` eigenvalue (1/s) grows: fluctuations there have no stationary density.

    Raises
    ------
    ValueError
        If its real part is above 0, beyond rounding.
    """
    if leading.real > _ROUNDING * abs(leading):
        raise ValueError(
            f"{what}: the state is unstable, a small push grows at {leading.real:.3g} /s, so fluctuations there have "
            "no stationary spectrum; give a stable state of fixed_points(), or simulate."
        )
