"""Recordings drawn without Brian2: memoryless cells whose sigmoid and kernel are known for every input.

Given the path of its potential, an escape-rate cell is an inhomogeneous Poisson process, so that the population sigmoid
is the exponentially modified Gaussian with variance threshold_spread^2 + sigma_v^2.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.signal import lfilter
from scipy.special import ndtri

from mesobridge.meanfield.sigmoids import ExGaussianSigmoid


@dataclass(frozen=True)
class PlantedCells:
    """An escape-rate population: hazard q_max (1 - exp(-(V - theta)/kappa)) above threshold, OU potentials."""

    q_max: float = 100.0
    threshold: float = -0.055
    kappa: float = 0.004
    threshold_spread: float = 0.002
    sigma_v: float = 0.002
    correlation_time: float = 0.02

    def sigma(self, cells: int) -> float:
        """Gaussian sd of the population sigmoid, V; stratified thresholds of few cells spread a little less."""
        return float(np.hypot(self.thresholds(cells).std(), self.sigma_v))

    def sigmoid(self, cells: int) -> ExGaussianSigmoid:
        """Exact population sigmoid."""
        return ExGaussianSigmoid(q_max=self.q_max, theta=self.threshold, sigma=self.sigma(cells), kappa=self.kappa)

    def thresholds(self, cells: int) -> np.ndarray:
        """Stratified normal quantiles, as the engine lays them out."""
        return self.threshold + self.threshold_spread * ndtri((np.arange(cells) + 0.5) / cells)

    def hazard(self, v: np.ndarray, theta: np.ndarray) -> np.ndarray:
        """Hazard at potential ``v``, Hz."""
        if self.kappa == 0:
            return self.q_max * (v > theta)
        return -self.q_max * np.expm1(-np.maximum(v - theta, 0) / self.kappa)


def ornstein_uhlenbeck(rng: np.random.Generator, shape: tuple[int, ...], decay: float) -> np.ndarray:
    """Draw stationary noise of unit variance along the last axis; ``decay`` is its correlation from step to step."""
    white = rng.standard_normal(shape)
    white[..., 1:] *= np.sqrt(1 - decay**2)
    return np.asarray(lfilter([1.0], [1.0, -decay], white, axis=-1))


def draw_steady(
    cells: PlantedCells,
    v_levels: np.ndarray,
    *,
    n: int = 200,
    duration: float = 2.0,
    seed: int = 0,
    dt: float = 2e-3,
    trend: float = 0.0,
    drive_slope: float = 1e-9,
) -> xr.Dataset:
    """Draw a ``SteadyDrive`` recording; ``trend`` raises the hazard linearly over the run."""
    rng = np.random.default_rng(seed)
    steps = 2 * round(duration / dt / 2)
    decay = np.exp(-dt / cells.correlation_time)
    theta = cells.thresholds(n)
    slope = 1 + trend * (np.arange(steps) / steps - 0.5)
    count = np.empty((2, len(v_levels), n), dtype=int)
    v_mean, v_var = np.empty((len(v_levels), n)), np.empty((len(v_levels), n))
    for level, mean in enumerate(v_levels):
        v = mean + cells.sigma_v * ornstein_uhlenbeck(rng, (n, steps), decay)
        expected = cells.hazard(v, theta[:, None]) * slope * dt
        halves = expected.reshape(n, 2, -1).sum(-1)
        count[:, level] = rng.poisson(halves).T
        v_mean[level], v_var[level] = v.mean(1), v.var(1)
    return steady_recording(count, v_mean, v_var, theta, drive_slope * (v_levels + 0.070), duration, seed)


def steady_recording(count, v_mean, v_var, theta, drive, duration, seed) -> xr.Dataset:
    """Put arrays into the shape of a ``SteadyDrive`` recording."""
    recording = xr.Dataset(
        {
            "spike_count": (("half", "level", "cell"), count),
            "v_free_mean": (("level", "cell"), v_mean, {"units": "V"}),
            "v_free_variance": (("level", "cell"), v_var, {"units": "V2"}),
            "v_mean": (("level", "cell"), v_mean, {"units": "V"}),
        },
        coords={"drive": ("level", drive, {"units": "A"}), "threshold": ("cell", theta, {"units": "V"})},
    )
    recording.attrs = {
        "population": "planted",
        "seed": seed,
        "dt": 1e-4,
        "duration": duration,
        "warm_up": 0.5,
        "channel": "current",
    }
    return recording


def draw_poisson_table(rate_of_v, v_levels: np.ndarray, exposure: float, seed: int) -> xr.Dataset:
    """Draw a table of levels directly: Poisson counts, potentials without error."""
    rng = np.random.default_rng(seed)
    v = np.asarray(v_levels, dtype=float)
    count = rng.poisson(rate_of_v(v) * exposure).astype(float)
    columns = {
        "drive": v * 1e-9, "v_free": v, "v_free_se": 0 * v, "sigma_v": 0 * v + 0.002, "count": count,
        "exposure": 0 * v + exposure, "rate": count / exposure, "rate_se": np.sqrt(np.maximum(count, 1)) / exposure,
        "rate_v_covariance": 0 * v, "fano": 0 * v + 1, "stationarity": 0 * v, "drift": 0 * v, "cells": 0 * v + 500,
    }  # fmt: skip
    return xr.Dataset({k: ("level", x) for k, x in columns.items()}, attrs={"population": "planted", "duration": 2.0})


def draw_probe(
    kernel_of_t,
    *,
    groups: int = 10,
    duration: float = 0.8,
    sample: float = 5e-4,
    noise: float = 0.01,
    noise_time: float = 0.02,
    sizes=(0.5, 1.0, 2.0),
    curvature: float = 0.0,
    seed: int = 0,
) -> xr.Dataset:
    """Draw a ``ProbeSpikes`` recording: groups differ by a gain and by slow noise, both ``noise`` of the peak."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(duration / sample)) * sample
    h = kernel_of_t(time)
    peak = np.max(np.abs(h))
    decay = np.exp(-sample / noise_time)
    slow = ornstein_uhlenbeck(rng, (groups, time.size), decay) * np.abs(h) / peak
    gain = 1 + noise * rng.standard_normal((groups, 1))
    base = gain * h + noise * peak * slow
    response = np.stack([size * base * (1 + curvature * (size - 1)) for size in sizes])
    recording = xr.Dataset(
        {
            "response": (("size", "group", "time"), response, {"units": "V"}),
            "v_free": ("group", np.full(groups, -0.06)),
        },
        coords={"size": list(sizes), "group": np.arange(groups), "time": ("time", time, {"units": "s"})},
    )
    recording.attrs = {
        "population": "planted",
        "seed": seed,
        "dt": 1e-4,
        "duration": duration,
        "afferent": "excitatory",
    }
    return recording


def draw_noise_response(
    kernel_of_t,
    rate_of_v,
    *,
    v_mean: float,
    background: float = 500.0,
    amplitude: float = 0.2,
    input_time: float = 0.005,
    groups: int = 10,
    cells: int = 200,
    duration: float = 20.0,
    sample: float = 1e-3,
    seed: int = 0,
    memory=None,
) -> xr.Dataset:
    """Draw a ``TimeVaryingInput`` recording of memoryless cells: counts at rate Q(v + h * (input - mean)).

    ``memory`` (a function of the rate and the sample) turns it into one whose rate does not follow the potential at
    once.
    """
    rng = np.random.default_rng(seed)
    steps = round(duration / sample)
    decay = np.exp(-sample / input_time)
    played = background * (1 + amplitude * ornstein_uhlenbeck(rng, (steps,), decay))
    lags = (np.arange(round(1.0 / sample)) + 0.5) * sample
    h = kernel_of_t(lags) * sample
    v = v_mean + np.convolve(played - background, h)[:steps]
    rate = rate_of_v(v)
    rate = rate if memory is None else memory(rate, sample)
    counts = rng.poisson(np.maximum(rate, 0) * cells * sample, size=(groups, steps))
    time = (np.arange(steps) + 0.5) * sample
    dims = ("stimulus", "group", "time")
    recording = xr.Dataset(
        {
            "rate": (dims, (counts / (cells * sample))[None], {"units": "Hz"}),
            "v_free": (dims, np.broadcast_to(v, (1, groups, steps)), {"units": "V"}),
            "input": (("stimulus", "time"), played[None], {"units": "Hz"}),
        },
        coords={"stimulus": ["noise"], "time": ("time", time, {"units": "s"})},
    )
    recording.attrs = {"population": "planted", "seed": seed, "duration": duration}
    return recording
