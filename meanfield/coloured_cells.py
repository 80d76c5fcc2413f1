"""Leaky and exponential integrate-and-fire cells in coloured noise."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .coloured import coloured_rate
from .eif import spike_current_drift

Array = NDArray[np.floating]

_SDS_BELOW = 6.0
_GROWTH_BELOW = 1.6


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


def coloured_noise_sd(v_sd: ArrayLike, tau_m: ArrayLike, tau_noise: ArrayLike) -> Array:
    """Return the sd of dV/dt that gives the free potential of a leaky membrane the sd ``v_sd`` (V), V/s."""
    membrane, noise = np.asarray(tau_m, dtype=float), np.asarray(tau_noise, dtype=float)
    return np.asarray(v_sd, dtype=float) / membrane * np.sqrt((membrane + noise) / noise)


def coloured_eif_rate(
    mu: ArrayLike,
    v_sd: ArrayLike,
    *,
    tau_m: float,
    tau_noise: float,
    tau_ref: float,
    v_threshold: float,
    v_reset: float,
    slope_factor: float,
    v_cutoff: float | None,
    cells: int = 50,
    noise_intervals: int = 48,
) -> Array:
    """Return the stationary rate of an exponential (or leaky) integrate-and-fire cell in Ornstein-Uhlenbeck noise.

    Source: fourcaudtrocme2003 (the cell); the method is that of `coloured_rate`.
    Assumptions: Gaussian noise of one correlation time, of any ratio to the membrane time constant.

    Parameters
    ----------
    mu, v_sd : array
        Mean and standard deviation of the free potential, V.
    tau_m, tau_noise, tau_ref : float
        Membrane time constant, correlation time of the noise, refractory period, s.
    v_threshold, v_reset : float
        Threshold (or V_T) and reset, V.
    slope_factor : float
        Delta_T, V; 0 for the leaky cell, which takes no cutoff.
    v_cutoff : float or None
        Potential at which an exponential cell spikes, V.
    cells, noise_intervals : int
        Resolution in potential and in noise.

    Returns
    -------
    array
        Rate, Hz, of the broadcast shape of ``mu`` and ``v_sd``.
    """
    mean, sd = np.broadcast_arrays(np.asarray(mu, dtype=float), np.asarray(v_sd, dtype=float))
    lower = min(float(mean.min()), v_reset) - _SDS_BELOW * float(sd.max())
    grid = coloured_grid(lower, v_reset, v_threshold, v_cutoff, cells)
    spike = spike_current_drift(grid, v_threshold=v_threshold, slope_factor=slope_factor)
    drift = (mean[..., None] - grid + spike) / tau_m
    return coloured_rate(
        drift,
        grid,
        noise_sd=coloured_noise_sd(sd, tau_m, tau_noise),
        tau_noise=tau_noise,
        reset_index=int(np.argmin(np.abs(grid - v_reset))),
        tau_ref=tau_ref,
        noise_intervals=noise_intervals,
    ).rate


def coloured_lif_rate(
    mu: ArrayLike,
    v_sd: ArrayLike,
    *,
    tau_m: float,
    tau_noise: float,
    tau_ref: float,
    v_threshold: float,
    v_reset: float,
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
