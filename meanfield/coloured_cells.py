"""Leaky and exponential integrate-and-fire cells in coloured noise."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..units import takes
from .arrays import element, parameter_sets
from .coloured import coloured_rate
from .eif import spike_current_drift
from .exponential_cell import ExponentialCell

Array = NDArray[np.floating]

_SDS_BELOW = 6.0
_GROWTH_BELOW = 1.6


@takes(lower="V", reset="V", threshold="V", cutoff="V")
def coloured_grid(lower: float, reset: float, threshold: float, cutoff: float | None = None, cells: int = 50) -> Array:
    """Return potentials for `coloured_rate`: dense towards the threshold, where the density falls steeply.

    Parameters
    ----------
    lower, reset, threshold : float
        A potential out of reach below, the reset, and the threshold (or V_T of an exponential cell), V.
    cutoff : float, optional
        Potential at which an exponential cell is said to spike, V; the grid then goes on to it in growing steps.
    cells : int
        Number of cells up to the threshold; half as many lie beyond it.

    Returns
    -------
    array
        Rising potentials with ``reset`` among them, V.
    """
    if not lower < reset < threshold or (cutoff is not None and cutoff <= threshold):
        raise ValueError(
            f"coloured_grid: lower {lower}, reset {reset}, threshold {threshold} and cutoff {cutoff} V must rise in "
            "this order."
        )
    below, above = cells // 2 - cells // 10, cells // 2 + cells // 10
    low = reset - (reset - lower) * np.linspace(1, 0, below + 1)[:-1] ** _GROWTH_BELOW
    if cutoff is None:
        return np.concatenate([low, threshold - (threshold - reset) * np.linspace(1, 0, above + 1) ** 2])
    middle = np.linspace(reset, threshold, above + 1)[:-1]
    return np.concatenate(
        [low, middle, threshold + (cutoff - threshold) * np.linspace(0, 1, cells // 2 + 1) ** _GROWTH_BELOW]
    )


@takes(v_sd="V", tau_m="s", tau_noise="s")
def coloured_noise_sd(v_sd: ArrayLike, tau_m: ArrayLike, tau_noise: ArrayLike) -> Array:
    """Return the sd of dV/dt that gives the free potential of a leaky membrane the sd ``v_sd`` (V), V/s."""
    membrane, noise = np.asarray(tau_m, dtype=float), np.asarray(tau_noise, dtype=float)
    return np.asarray(v_sd, dtype=float) / membrane * np.sqrt((membrane + noise) / noise)


@takes(
    mu="V", v_sd="V", tau_m="s", tau_noise="s", tau_ref="s", v_threshold="V", v_reset="V", slope_factor="V",
    v_cutoff="V",
)  # fmt: skip
def coloured_eif_rate(
    mu: ArrayLike,
    v_sd: ArrayLike,
    *,
    tau_m: ArrayLike,
    tau_noise: ArrayLike,
    tau_ref: ArrayLike,
    v_threshold: ArrayLike,
    v_reset: ArrayLike,
    slope_factor: ArrayLike,
    v_cutoff: ArrayLike | None,
    cells: int = 50,
    noise_intervals: int = 48,
) -> Array:
    """Return the stationary rate of an exponential (or leaky) integrate-and-fire cell in Ornstein-Uhlenbeck noise.

    Source: fourcaudtrocme2003 (the cell); the method is that of `coloured_rate`.
    Assumptions: Gaussian noise of one correlation time, of any ratio to the membrane time constant. All points of one
    cell share one grid of potentials, which reaches below the lowest of them.

    Parameters
    ----------
    mu, v_sd : array
        Mean and standard deviation of the free potential, V.
    tau_m, tau_noise, tau_ref : array
        Membrane time constant, correlation time of the noise, refractory period, s.
    v_threshold, v_reset : array
        Threshold (or V_T) and reset, V.
    slope_factor : array
        Delta_T, V; 0 for the leaky cell, which spikes at the threshold and needs no cutoff.
    v_cutoff : array or None
        Potential at which an exponential cell spikes, V.
    cells, noise_intervals : int
        Resolution in potential and in noise.

    Returns
    -------
    array
        Rate, Hz, of the broadcast shape of all arguments.

    Raises
    ------
    ValueError
        If a number is not finite or out of range; the message says which element.
    """
    cutoff = v_threshold if v_cutoff is None else v_cutoff
    given = (mu, v_sd, tau_noise, tau_m, tau_ref, v_threshold, v_reset, slope_factor, cutoff)
    mean, sd, correlation, *own = np.broadcast_arrays(*(np.asarray(value, dtype=float) for value in given))
    _check_noise(mean, sd, correlation)
    rate = np.empty(mean.size)
    for values, where in parameter_sets(*own):
        caller = f"coloured_eif_rate, element {element(mean.shape, int(where[0]))}" if mean.shape else ""
        cell = _cell(caller, *values)
        rate[where] = _rates(
            cell, *(array.ravel()[where] for array in (mean, sd, correlation)), cells=cells, intervals=noise_intervals
        )
    return rate.reshape(mean.shape)


def _check_noise(mean: Array, sd: Array, correlation: Array) -> None:
    rules = (
        (np.isfinite(mean), "mu", mean, "V must be finite"),
        ((sd > 0) & (sd < np.inf), "v_sd", sd, "V must be above 0 V and finite"),
        ((correlation > 0) & (correlation < np.inf), "tau_noise", correlation, "s must be above 0 s and finite"),
    )
    for kept, name, values, rule in rules:
        if not np.all(kept):
            first = int(np.argmin(kept))
            raise ValueError(
                f"coloured_eif_rate: {name}{element(values.shape, first)} = {values.ravel()[first]} {rule}; correct it."
            )


def _cell(
    caller: str,
    tau_m: float,
    tau_ref: float,
    v_threshold: float,
    v_reset: float,
    slope_factor: float,
    v_cutoff: float,
) -> ExponentialCell:
    """Return the cell of one set of numbers, or say in the name of ``caller`` why there is none."""
    try:
        return ExponentialCell(
            tau_m=tau_m,
            tau_ref=tau_ref,
            v_threshold=v_threshold,
            v_reset=v_reset,
            slope_factor=slope_factor,
            v_cutoff=v_cutoff,
        )
    except ValueError as error:
        raise ValueError(f"{caller}: {error}" if caller else str(error)) from error


def _rates(cell: ExponentialCell, mu: Array, v_sd: Array, tau_noise: Array, *, cells: int, intervals: int) -> Array:
    """Return the rates of one cell at points (n,), Hz."""
    lower = min(float(mu.min()), cell.v_reset) - _SDS_BELOW * float(v_sd.max())
    cutoff = cell.v_cutoff if cell.slope_factor > 0 else None
    grid = coloured_grid(lower, cell.v_reset, cell.v_threshold, cutoff, cells)
    spike = spike_current_drift(grid, v_threshold=cell.v_threshold, slope_factor=cell.slope_factor)
    return coloured_rate(
        (mu[:, None] - grid + spike) / cell.tau_m,
        grid,
        noise_sd=coloured_noise_sd(v_sd, cell.tau_m, tau_noise),
        tau_noise=tau_noise,
        reset_index=int(np.argmin(np.abs(grid - cell.v_reset))),
        tau_ref=cell.tau_ref,
        noise_intervals=intervals,
    ).rate


@takes(mu="V", v_sd="V", tau_m="s", tau_noise="s", tau_ref="s", v_threshold="V", v_reset="V")
def coloured_lif_rate(
    mu: ArrayLike,
    v_sd: ArrayLike,
    *,
    tau_m: ArrayLike,
    tau_noise: ArrayLike,
    tau_ref: ArrayLike,
    v_threshold: ArrayLike,
    v_reset: ArrayLike,
    cells: int = 50,
    noise_intervals: int = 48,
) -> Array:
    """Return the stationary rate of a leaky integrate-and-fire cell in Ornstein-Uhlenbeck noise, Hz.

    The leaky case of `coloured_eif_rate`, with the same parameters.
    """
    return coloured_eif_rate(
        mu, v_sd, tau_m=tau_m, tau_noise=tau_noise, tau_ref=tau_ref, v_threshold=v_threshold, v_reset=v_reset,
        slope_factor=0.0, v_cutoff=None, cells=cells, noise_intervals=noise_intervals,
    )  # fmt: skip
