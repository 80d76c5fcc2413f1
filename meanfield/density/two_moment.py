"""Memoryless cells, of which only the mean and the variance of their potentials need to be known."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import root
from scipy.special import ndtr

from ...units import Quantity, described, quantity, takes
from ..sigmoids import GaussianSigmoid, Sigmoid
from .run import input_series

Array = NDArray[np.floating]
Curve = Callable[[Any], Any]
MomentRate = Callable[[Array, Array], Array]

_NODES = 64


def _leak(v: Any) -> Any:
    return -v


def _leak_slope(v: Any) -> Any:
    return -1.0 + 0.0 * v


def _no_curvature(v: Any) -> Any:
    return 0.0 * v


@dataclass(frozen=True)
class MembraneDrift:
    """How a potential moves without input, tau_m dV/dt = value(V), with its first two derivatives.

    Parameters
    ----------
    value : callable
        Drift (V) of the potential (V); the leak to 0 V unless given.
    slope, curvature : callable
        Its first (1) and second (1/V) derivative.
    """

    value: Curve = _leak
    slope: Curve = _leak_slope
    curvature: Curve = _no_curvature


@dataclass(frozen=True)
class DispersedSigmoid:
    """Rate of cells that follow one sigmoid while their potentials are normally distributed.

    Source: amit1997 (cumulative normal: its width and the sd of the potentials add in quadrature).
    Assumptions: cells have no memory; potentials are normal. Other families by Gauss-Hermite quadrature with 64 nodes.

    Parameters
    ----------
    sigmoid : Sigmoid
        Rate (Hz) of one cell, or of cells with dispersed thresholds, at its potential (V).
    """

    sigmoid: Sigmoid

    def __call__(self, mean: ArrayLike, variance: ArrayLike) -> Array:
        """Return the rate (Hz) at mean (V) and variance (V^2) of the potentials."""
        centre, sd = np.asarray(mean, dtype=float), np.sqrt(np.asarray(variance, dtype=float))
        if isinstance(self.sigmoid, GaussianSigmoid):
            width = np.hypot(self.sigmoid.sigma, sd)
            return self.sigmoid.q_max * ndtr((centre - self.sigmoid.theta) / width)
        points, weights = np.polynomial.hermite_e.hermegauss(_NODES)
        return self.sigmoid(centre[..., None] + sd[..., None] * points) @ (weights / weights.sum())


@described(kw_only=False)
class TwoMomentPopulation:
    """Mean and variance of the potentials of memoryless cells, and the rate that follows from both.

    tau_m dV = (f(V) + mu(t)) dt + sigma(t) sqrt(tau_m) dW in each cell. With normal potentials
    tau_m mean' = f(mean) + f''(mean) variance/2 + mu and tau_m variance' = 2 f'(mean) variance + sigma^2.

    Source: rodriguez1996; marreiros2008.
    Assumptions: spikes leave no trace (no reset, no refractory period); potentials stay normal, which is exact for the
    leak. With ``variance="frozen"`` the variance keeps its first value: a mass model with a static sigmoid. Its
    relative error of slope at the threshold is then half the change of variance over the squared width of the
    sigmoid.

    Parameters
    ----------
    rate : callable
        Rate (Hz) as a function of mean (V) and variance (V^2) of the potentials, e.g. a `DispersedSigmoid`.
    tau_m : float
        Membrane time constant, s.
    drift : MembraneDrift
        Drift without input; the leak unless given.
    variance : "dynamic" or "frozen"
        Whether the variance follows its equation or keeps its first value.
    curvature : bool
        Whether the variance acts on the mean through f''.
    """

    rate: MomentRate
    tau_m: Quantity = quantity("s", above=0)
    drift: MembraneDrift = field(default_factory=MembraneDrift)
    variance: Literal["dynamic", "frozen"] = "dynamic"
    curvature: bool = True

    def _check(self) -> None:
        if self.variance not in ("dynamic", "frozen"):
            raise ValueError(
                f"TwoMomentPopulation.variance: {self.variance!r} is unknown; choose 'dynamic' or 'frozen'."
            )

    def _speed(self, moments: Array, mu: float, sigma: float, frozen: bool) -> Array:
        """Return the time derivatives of mean (V/s) and variance (V^2/s)."""
        mean, variance = moments
        bend = self.drift.curvature(mean) * variance / 2 if self.curvature else 0.0
        growth = 0.0 if frozen else 2 * self.drift.slope(mean) * variance + sigma**2
        return np.array([self.drift.value(mean) + bend + mu, growth]) / self.tau_m

    def _check_run(self, moments: Array, noise: Array, dt: float) -> None:
        if dt > self.tau_m:
            raise ValueError(
                f"TwoMomentPopulation.simulate: dt = {dt:g} s is above tau_m = {self.tau_m:g} s, too long for the "
                f"Runge-Kutta step; take {self.tau_m / 20:g} s."
            )
        if np.any(noise < 0):
            raise ValueError(
                f"TwoMomentPopulation.simulate: sigma = {noise.min():g} V must not be negative; give its amount."
            )
        if moments.shape != (2,) or not np.all(np.isfinite(moments)) or moments[1] < 0:
            raise ValueError(
                f"TwoMomentPopulation.simulate: initial = {moments.tolist()} must be a finite mean (V) and a variance "
                "(V^2) that is not negative; correct it."
            )

    @takes(mu="V", sigma="V")
    def stationary(self, mu: float, sigma: float) -> tuple[float, float]:
        """Return stationary mean (V) and variance (V^2) under constant input, the pair nearest to those of the leak.

        Raises
        ------
        ValueError
            If the drift holds no stationary pair there, or none with a positive variance.
        """
        if not (math.isfinite(mu) and 0 < sigma < math.inf):
            raise ValueError(
                f"TwoMomentPopulation.stationary: mu = {mu} V must be finite and sigma = {sigma} V above 0 V; "
                "correct it."
            )
        scale = np.array([max(abs(mu), sigma), sigma**2])
        guess = np.array([mu, sigma**2 / 2]) / scale
        found = root(lambda x: self._speed(x * scale, mu, sigma, False) * self.tau_m / scale, guess, tol=1e-13)
        mean, variance = found.x * scale
        if np.abs(found.fun).max() > 1e-9 or not variance > 0:
            raise ValueError(
                f"TwoMomentPopulation: no stationary mean and variance found at mu = {mu} V, sigma = {sigma} V; give "
                "`initial`, or an input at which the drift holds the potential."
            )
        return float(mean), float(variance)

    @takes(mu="V", sigma="V", dt="s", duration="s")
    def simulate(
        self,
        mu: ArrayLike,
        sigma: ArrayLike,
        dt: float,
        *,
        initial: tuple[float, float] | None = None,
        duration: float | None = None,
    ) -> xr.Dataset:
        """Return the course of mean, variance and rate under inputs held constant over each time step.

        Parameters
        ----------
        mu, sigma : float or (time,) array
            Mean free potential and canonical noise amplitude during each step, V.
        dt : float
            Time step, s; the classical Runge-Kutta step has fourth order.
        initial : tuple of float, optional
            Mean (V) and variance (V^2) before the first step; stationary at the first input unless given.
        duration : float, optional
            Length, s; needed if neither input is a series.

        Returns
        -------
        xarray.Dataset
            ``rate`` (Hz), ``mean_v`` (V) and ``variance_v`` (V^2) over ``time``, the ends of the steps.

        Raises
        ------
        ValueError
            If the time step is above tau_m, sigma or the first variance is negative, or the drift does not hold them.
        """
        means, noise = input_series(mu, sigma, dt, duration)
        first = self.stationary(float(means[0]), float(noise[0])) if initial is None else initial
        begin = np.array(first, dtype=float)
        self._check_run(begin, noise, dt)
        mean, variance = self._course(begin, means, noise, dt)
        if not (np.all(np.isfinite(mean)) and np.all(variance >= 0)):
            raise ValueError(
                f"TwoMomentPopulation.simulate: with dt = {dt:g} s the moments leave the possible values; shorten it, "
                "or give an input at which the drift holds the potential."
            )
        time = dt * np.arange(1, means.size + 1)
        return xr.Dataset(
            {
                "rate": ("time", self.rate(mean, variance), {"units": "Hz", "long_name": "population rate"}),
                "mean_v": ("time", mean, {"units": "V", "long_name": "mean potential"}),
                "variance_v": ("time", variance, {"units": "V^2", "long_name": "variance of the potential"}),
            },
            coords={"time": ("time", time, {"units": "s", "long_name": "time"})},
        )

    def _course(self, moments: Array, means: Array, noise: Array, dt: float) -> Array:
        """Return mean and variance (2, time) at the ends of the steps."""
        course, frozen = np.empty((2, means.size)), self.variance == "frozen"
        for step, (mu, sigma) in enumerate(zip(means.tolist(), noise.tolist(), strict=True)):
            k1 = self._speed(moments, mu, sigma, frozen)
            k2 = self._speed(moments + dt / 2 * k1, mu, sigma, frozen)
            k3 = self._speed(moments + dt / 2 * k2, mu, sigma, frozen)
            k4 = self._speed(moments + dt * k3, mu, sigma, frozen)
            moments = moments + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
            course[:, step] = moments
        return course
