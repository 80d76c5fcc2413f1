"""Linear response of the rate of any one-dimensional integrate-and-fire cell in white noise."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..units import takes
from .threshold_integration import checked_grid

Array = NDArray[np.floating]
ComplexArray = NDArray[np.complexfloating]

# The density may fall by this many powers of e within one step before a number leaves the range of floats.
STEEPEST_STEP = 400.0


class ThresholdResponse(NamedTuple):
    """Rate (Hz), mean potential (V), and what a modulation of drift and of noise adds to the rate, per unit and Hz."""

    rate: float
    mean_potential: float
    to_drift: ComplexArray
    to_noise: ComplexArray


def check_steepness(caller: str, steepest: float) -> None:
    """Raise ``ValueError`` in the name of ``caller`` if the density changes too much within one step."""
    if steepest > STEEPEST_STEP:
        raise ValueError(
            f"{caller}: the density falls by exp({steepest:.0f}) within one voltage step, which is more than "
            f"exp({STEEPEST_STEP:.0f}); take {steepest / STEEPEST_STEP:.1f} times as many steps or more noise."
        )


def check_frequency(caller: str, frequency: Array) -> None:
    """Raise ``ValueError`` in the name of ``caller`` if a frequency (Hz) is not finite."""
    if not np.all(np.isfinite(frequency)):
        raise ValueError(f"{caller}: frequency holds a number that is not finite; leave it out.")


@takes(frequency="Hz", tau_ref="s")
def threshold_response(
    frequency: ArrayLike,
    drift: ArrayLike,
    diffusion: float,
    v_grid: ArrayLike,
    reset_index: int,
    tau_ref: float,
    *,
    drift_gain: float = 1.0,
    noise_gain: float = 1.0,
) -> ThresholdResponse:
    """Return how the rate of dV = drift(V) dt + sqrt(2 diffusion) dW follows a small modulation of drift or noise.

    Source: richardson2007, with each step solved exactly for a constant drift and to first order in the frequency, so
    that the error is of second order in the step also where the drift is strong.
    Assumptions: linear response, exp(i w t), white noise, refractory cells wait at the reset and return to it.

    Parameters
    ----------
    frequency : (n_f,) array
        Frequencies, Hz.
    drift : (n_v,) array
        Deterministic part of dV/dt at the grid potentials, V/s.
    diffusion : float
        Half the noise power, V^2/s.
    v_grid : (n_v,) array
        Rising potentials; the last is the threshold, V.
    reset_index : int
        Index of the reset potential in ``v_grid``.
    tau_ref : float
        Refractory period, s.
    drift_gain : float
        Change of the drift per unit of the parameter that is modulated, V/s (1/tau_m for the mean input in V).
    noise_gain : float
        Change of the logarithm of the diffusion per unit of its parameter (2/sigma for the noise amplitude).

    Returns
    -------
    ThresholdResponse
        Rate, mean potential, and the two responses (n_f,).

    Raises
    ------
    ValueError
        If the grid does not rise, the reset is not inside it, the diffusion is not positive, a frequency is not finite,
        or the steps are too wide.
    """
    from .threshold_steps import integrate_down  # compiled when first asked for

    grid = checked_grid(v_grid, reset_index)
    nodes = np.asarray(drift, dtype=float)
    if nodes.shape != grid.shape:
        raise ValueError(f"threshold_response: drift of shape {nodes.shape} does not match v_grid, {grid.shape}.")
    if not diffusion > 0:
        raise ValueError(f"threshold_response: diffusion {diffusion:g} V^2/s is not above 0; give the cell some noise.")
    middle = (nodes[1:] + nodes[:-1]) / 2
    check_steepness("threshold_response", float(np.max(-middle * np.diff(grid) / diffusion)))
    hertz = np.atleast_1d(np.asarray(frequency, dtype=float))
    check_frequency("threshold_response", hertz)
    laplace = 2j * np.pi * hertz
    relative = np.empty((2, laplace.size), dtype=complex)
    log_rate, mean = integrate_down(
        grid, middle, float(diffusion), int(reset_index), float(tau_ref), drift_gain, noise_gain, laplace, relative
    )
    rate = float(np.exp(log_rate))
    return ThresholdResponse(rate, float(mean), rate * relative[0], rate * relative[1])
