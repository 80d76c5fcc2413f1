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
    """Rate (...) Hz, mean potential (...) V, and what a modulation adds to the rate, per unit and Hz.

    ``to_drift`` and ``to_noise`` (..., n_f) are for a modulation of the drift and of the noise.
    """

    rate: Array
    mean_potential: Array
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


@takes(frequency="Hz", drift="V/s", diffusion="V**2/s", v_grid="V", tau_ref="s")
def threshold_response(
    frequency: ArrayLike,
    drift: ArrayLike,
    diffusion: ArrayLike,
    v_grid: ArrayLike,
    reset_index: int,
    tau_ref: ArrayLike,
    *,
    drift_gain: ArrayLike = 1.0,
    noise_gain: ArrayLike = 1.0,
) -> ThresholdResponse:
    """Return how the rate of dV = drift(V) dt + sqrt(2 diffusion) dW follows a small modulation of drift or noise.

    Source: richardson2007, with each step solved exactly for a constant drift and to first order in the frequency, so
    that the error is of second order in the step also where the drift is strong.
    Assumptions: linear response, exp(i w t), white noise, refractory cells wait at the reset and return to it.

    Parameters
    ----------
    frequency : (n_f,) array
        Frequencies, Hz.
    drift : (..., n_v) array
        Deterministic part of dV/dt at the grid potentials, V/s.
    diffusion : (...) array
        Half the noise power, V^2/s.
    v_grid : (n_v,) array
        Rising potentials; the last is the threshold, V.
    reset_index : int
        Index of the reset potential in ``v_grid``.
    tau_ref : (...) array
        Refractory period, s.
    drift_gain : (...) array
        Change of the drift per unit of the parameter that is modulated, V/s (1/tau_m for the mean input in V).
    noise_gain : (...) array
        Change of the logarithm of the diffusion per unit of its parameter (2/sigma for the noise amplitude).

    Returns
    -------
    ThresholdResponse
        Rate and mean potential (...), and the two responses (..., n_f).

    Raises
    ------
    ValueError
        If the grid does not rise, the reset is not inside it, the diffusion is not positive, a number is not finite,
        or the steps are too wide.
    """
    grid = checked_grid(v_grid, reset_index)
    nodes, *rest = (np.asarray(given, dtype=float) for given in (drift, diffusion, tau_ref, drift_gain, noise_gain))
    _check_process(grid, nodes, *rest)
    hertz = np.atleast_1d(np.asarray(frequency, dtype=float))
    check_frequency("threshold_response", hertz)
    shape = np.broadcast_shapes(nodes.shape[:-1], *(array.shape for array in rest))
    nodes = np.broadcast_to(nodes, (*shape, grid.size)).reshape(-1, grid.size)
    rest = [np.broadcast_to(array, shape).ravel() for array in rest]
    log_rate, mean, relative = _integrated(grid, int(reset_index), nodes, rest, 2j * np.pi * hertz)
    rate = np.exp(log_rate)
    to_drift, to_noise = (rate[:, None] * relative[:, k] for k in range(2))
    responses = (*shape, hertz.size)
    return ThresholdResponse(
        rate.reshape(shape)[()], mean.reshape(shape)[()], to_drift.reshape(responses), to_noise.reshape(responses)
    )


def _check_process(
    grid: Array, nodes: Array, diffusion: Array, tau_ref: Array, drift_gain: Array, noise_gain: Array
) -> None:
    if nodes.shape[-1:] != grid.shape:
        raise ValueError(f"threshold_response: drift of shape {nodes.shape} does not match v_grid, {grid.shape}.")
    if not np.all(np.isfinite(nodes)):
        raise ValueError("threshold_response: drift holds a number that is not finite; leave it out.")
    if not np.all((diffusion > 0) & (diffusion < np.inf)):
        raise ValueError(
            f"threshold_response: diffusion {np.min(diffusion):g} V^2/s is not above 0 and finite; give the cell some "
            "noise."
        )
    if not np.all((tau_ref >= 0) & (tau_ref < np.inf)):
        raise ValueError(
            f"threshold_response: tau_ref = {np.min(tau_ref):g} s must be finite and not negative; correct it."
        )
    if not (np.all(np.isfinite(drift_gain)) and np.all(np.isfinite(noise_gain))):
        raise ValueError("threshold_response: drift_gain or noise_gain is not finite; give finite numbers.")


def _integrated(
    grid: Array, reset_index: int, nodes: Array, rest: list[Array], laplace: ComplexArray
) -> tuple[Array, Array, ComplexArray]:
    """Return log rates, mean potentials and both relative responses of n cells, with drifts ``nodes`` (n, n_v)."""
    from .threshold_steps import integrate_down  # compiled when first asked for

    middle = (nodes[:, 1:] + nodes[:, :-1]) / 2
    check_steepness("threshold_response", float(np.max(-middle * np.diff(grid) / rest[0][:, None], initial=0.0)))
    log_rate, mean = np.empty(len(nodes)), np.empty(len(nodes))
    relative = np.empty((len(nodes), 2, laplace.size), dtype=complex)
    for k, (diffusion, tau_ref, drift_gain, noise_gain) in enumerate(zip(*(a.tolist() for a in rest), strict=True)):
        log_rate[k], mean[k] = integrate_down(
            grid, middle[k], diffusion, reset_index, tau_ref, drift_gain, noise_gain, laplace, relative[k]
        )
    return log_rate, mean, relative
