"""The voltage dependence of NMDA conductances: block, slope conductance, and when to refuse linearising."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..units import takes

Array = NDArray[np.floating]

HALF_BLOCK = 3.57  # mM, concentration that blocks half at 0 V
STEEPNESS = 62.0  # 1/V


@takes(v="V")
def magnesium_block(v: ArrayLike, magnesium: ArrayLike) -> Array:
    """Return the fraction of NMDA conductance that magnesium leaves open, 1/(1 + [Mg]/3.57 exp(-62 V)).

    Source: jahr1990, Eq. 4.

    Parameters
    ----------
    v : array
        Potential, V.
    magnesium : array
        Concentration, mM; 0 for receptors without block.

    Returns
    -------
    array
        Open fraction, 1.
    """
    return 1 / (1 + np.asarray(magnesium, dtype=float) / HALF_BLOCK * np.exp(-STEEPNESS * np.asarray(v, dtype=float)))


@takes(v="V")
def block_slope(v: ArrayLike, magnesium: ArrayLike) -> Array:
    """Return the derivative of `magnesium_block` by the potential, 1/V."""
    block = magnesium_block(v, magnesium)
    return STEEPNESS * block * (1 - block)


@takes(v="V", conductance="S", reversal="V")
def slope_conductance(v: ArrayLike, conductance: ArrayLike, reversal: ArrayLike, magnesium: ArrayLike) -> Array:
    """Return dI/dV of a blocked conductance, g [B + (V - E) B'], S: negative where the block opens steeply.

    Parameters
    ----------
    v : array
        Potential, V.
    conductance : array
        Conductance without block, S.
    reversal : array
        Reversal potential, V.
    magnesium : array
        Concentration, mM.

    Returns
    -------
    array
        Slope conductance, S.
    """
    drive = np.asarray(v, dtype=float) - np.asarray(reversal, dtype=float)
    return np.asarray(conductance) * (magnesium_block(v, magnesium) + drive * block_slope(v, magnesium))


@takes(resting="S", slope="S")
def linearised_conductance(resting: ArrayLike, slope: ArrayLike) -> Array:
    """Return resting plus slope conductance, the leak a small change of potential feels.

    Parameters
    ----------
    resting : array
        Conductance of everything else, S.
    slope : array
        Slope conductance of the blocked receptors, S; may be negative.

    Returns
    -------
    array
        Their sum, S.

    Raises
    ------
    ValueError
        If the sum is not positive: the potential then runs away and a linear kernel does not exist.
    """
    total = np.asarray(resting, dtype=float) + np.asarray(slope, dtype=float)
    if not np.all(total > 0):
        raise ValueError(
            f"linearised_conductance: the slope conductance {np.min(slope):.3g} S outweighs the {np.min(resting):.3g} "
            "S of the rest, so the potential is unstable here and has no kernel; lower the NMDA conductance or choose "
            "another potential."
        )
    return total
