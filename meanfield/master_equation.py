"""Second-order master equation: mean rates of finite populations and the covariance of their fluctuations."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from ..units import Quantity, described, quantity, takes
from .arrays import GivenArray, require_finite
from .rate_derivatives import RateDerivatives, TransferFunction, rate_derivatives, stacked

Array = NDArray[np.floating]
Closure = Literal["diffusion", "redraw"]


class Drift(NamedTuple):
    """Time derivatives of the mean rates (p,), Hz/s, and of their covariance (p, p), Hz^2/s."""

    rate: Array
    covariance: Array


@described
class MasterEquation:
    """Means and covariances of the rates of p populations of finite size.

    T dnu_m/dt = F_m - nu_m + (1/2) sum_lk c_lk d2F_m/dnu_l dnu_k;
    T dc_lk/dt = A_lk + (F_l - nu_l)(F_k - nu_k) + sum_m (c_lm dF_k/dnu_m + c_km dF_l/dnu_m) - 2 c_lk, with
    A_ll = F_l (1/T - F_l)/N_l.

    Source: elboustani2009, in the form that is symmetric in l and k.
    Assumptions: activity forgets itself within one step T; F T < 1; fluctuations small enough for second order. The
    published closure (``"diffusion"``) keeps the noise of the jumps but not their size: it is that of the Langevin
    equation T dm = (F - m) dt + sqrt(T A) dW. Where whole populations are drawn anew once per T, the second moment of
    a jump adds (G - 1) c (G - 1)^T, G the matrix of dF/dnu, and for constant F the variance is A, not A/2; that is
    ``"redraw"``. Both agree where G is near 1, that is, where activity changes slowly.

    Parameters
    ----------
    transfer_functions : sequence of p callables
        Each takes the rates (..., p + q) of the p populations and of q external ones, Hz, and returns (...), Hz.
    sizes : (p,) array
        Cells in each population; infinite for the first-order limit.
    time_step : float
        T, s.
    closure : {"diffusion", "redraw"}
        See the assumptions.
    names : (p,) sequence of str, optional
        What the populations are called in results.
    """

    transfer_functions: Sequence[TransferFunction]
    sizes: GivenArray
    time_step: Quantity = quantity("s", above=0)
    closure: Closure = "diffusion"
    names: Sequence[str] = ()

    def _check(self) -> None:
        count = len(self.transfer_functions)
        object.__setattr__(self, "transfer_functions", tuple(self.transfer_functions))
        object.__setattr__(self, "sizes", np.atleast_1d(np.asarray(self.sizes, dtype=float)))
        names = self.names or [f"population_{index}" for index in range(count)]
        object.__setattr__(self, "names", tuple(names))
        if not count or self.sizes.shape != (count,) or len(self.names) != count or not np.all(self.sizes >= 1):
            raise ValueError(
                f"MasterEquation: {count} transfer functions, sizes {self.sizes}, names {self.names}; give one size of "
                "at least 1 and one name for each transfer function."
            )
        if self.closure not in ("diffusion", "redraw"):
            raise ValueError(f"MasterEquation.closure: {self.closure!r} is unknown; choose 'diffusion' or 'redraw'.")

    def derivatives(self, rates: ArrayLike, external: ArrayLike = ()) -> RateDerivatives:
        """Return the transfer functions and their derivatives at rates (p,), Hz, after checking F T < 1."""
        found = rate_derivatives(self.transfer_functions, self._joined(np.asarray(rates, dtype=float), external))
        return RateDerivatives(self._checked(found.rate), found.gradient, found.hessian)

    def transfer(self, rates: ArrayLike, external: ArrayLike = ()) -> Array:
        """Return the transfer functions (..., p) at rates (..., p), Hz."""
        return stacked(self.transfer_functions, self._joined(np.asarray(rates, dtype=float), external))

    def innovation(self, rate: ArrayLike) -> Array:
        """Return A, the covariance of one draw of the activity, (p, p), Hz^2, at transfer functions ``rate`` (p,)."""
        value = np.asarray(rate, dtype=float)
        require_finite("MasterEquation.innovation", rate=value)
        return np.diag(value * (1 / self.time_step - value) / self.sizes)

    def drift(self, rates: ArrayLike, covariance: ArrayLike, external: ArrayLike = ()) -> Drift:
        """Return the right-hand sides at rates (p,), Hz, and covariance (p, p), Hz^2."""
        nu, c = np.asarray(rates, dtype=float), np.asarray(covariance, dtype=float)
        require_finite("MasterEquation.drift", covariance=c)
        c = (c + c.T) / 2  # what rounding leaves of an antisymmetric part would grow
        found = self.derivatives(nu, external)
        off = found.rate - nu
        bend = 0.5 * np.einsum("lk,mlk->m", c, found.hessian)
        feedback = c @ (found.gradient - np.eye(nu.size)).T
        spread = self.innovation(found.rate) + np.outer(off, off) + feedback + feedback.T
        if self.closure == "redraw":
            spread = spread + (found.gradient - np.eye(nu.size)) @ feedback
        return Drift((off + bend) / self.time_step, spread / self.time_step)

    @takes(duration="s", dt="s", external="Hz", initial="Hz")
    def simulate(
        self,
        duration: float | str,
        *,
        dt: float | str | None = None,
        external: ArrayLike = (),
        initial: ArrayLike | None = None,
        initial_covariance: ArrayLike | None = None,
    ) -> xr.Dataset:
        """Return mean rates and covariances over time, by the classical Runge-Kutta method of fourth order.

        Parameters
        ----------
        duration : float
            s.
        dt : float, optional
            Step, s; T/10 unless given.
        external : (q,) or (q, time) array
            Rates of external populations, Hz, constant or one column for each step.
        initial : (p,) array, optional
            Rates at the beginning, Hz; 0 unless given.
        initial_covariance : (p, p) array, optional
            Hz^2; 0 unless given.

        Returns
        -------
        xarray.Dataset
            ``rate`` (population, time), Hz, ``covariance`` (population, other_population, time), Hz^2, and
            ``standard_deviation`` (population, time), Hz.

        Raises
        ------
        ValueError
            If a rate reaches 1/T, or the second order breaks down.
        """
        step = self.time_step / 10 if dt is None else float(dt)
        require_finite("MasterEquation.simulate", duration=float(duration), dt=step, external=external)
        require_finite("MasterEquation.simulate", initial=0.0 if initial is None else initial)
        covariance = 0.0 if initial_covariance is None else np.asarray(initial_covariance, dtype=float)
        require_finite("MasterEquation.simulate", initial_covariance=covariance)
        if not step > 0:
            raise ValueError(f"MasterEquation.simulate: dt = {step:g} s must be above 0 s; T/10 is usual.")
        steps = round(float(duration) / step)
        if steps < 1 or not step <= self.time_step:
            raise ValueError(
                f"MasterEquation.simulate: {steps} steps of {step:g} s; take at least one and a step of at most "
                f"T = {self.time_step:g} s."
            )
        count = len(self.sizes)
        given = np.asarray(external, dtype=float)
        inputs = np.broadcast_to(given[:, None], (given.size, steps)) if given.ndim == 1 else given
        if inputs.shape[-1] != steps:
            raise ValueError(
                f"MasterEquation.simulate: external rates have {inputs.shape[-1]} columns for {steps} steps; give one "
                "for each step."
            )
        state = np.zeros((count, count + 1))
        state[:, 0] = 0.0 if initial is None else np.asarray(initial, dtype=float)
        state[:, 1:] = covariance
        path = np.empty((steps + 1, count, count + 1))
        path[0] = state
        for index in range(steps):
            path[index + 1] = self._stepped(path[index], inputs[:, index], step)
            self._check_range(path[index + 1], (index + 1) * step)
        return self._dataset(path, step)

    def _joined(self, rates: Array, external: ArrayLike) -> Array:
        outer = np.asarray(external, dtype=float)
        require_finite("MasterEquation", rates=rates, external=outer)
        return np.concatenate([rates, np.broadcast_to(outer, (*rates.shape[:-1], outer.shape[-1]))], axis=-1)

    def _checked(self, rate: Array) -> Array:
        for name, value in zip(self.names, rate, strict=True):
            if not value * self.time_step < 1:
                raise ValueError(
                    f"MasterEquation: F T of {name} is {value * self.time_step:.3g} (F {value:.4g} Hz, T "
                    f"{self.time_step:g} s), but no cell can spike more than once in T; shorten time_step."
                )
        return rate

    def _derivative(self, state: Array, external: Array) -> Array:
        drift = self.drift(state[:, 0], state[:, 1:], external)
        return np.concatenate([drift.rate[:, None], drift.covariance], axis=1)

    def _stepped(self, state: Array, external: Array, step: float) -> Array:
        first = self._derivative(state, external)
        second = self._derivative(state + step / 2 * first, external)
        third = self._derivative(state + step / 2 * second, external)
        fourth = self._derivative(state + step * third, external)
        return state + step / 6 * (first + 2 * second + 2 * third + fourth)

    def _check_range(self, state: Array, time: float) -> None:
        variances = np.diagonal(state[:, 1:])
        if not np.all(np.isfinite(state)) or np.any(variances < -1e-9 * (1 + state[:, 0] ** 2)):
            raise ValueError(
                f"MasterEquation: at {time:.4g} s the rates are {state[:, 0]} Hz with variances {variances} Hz^2, so "
                "the second order has broken down; take larger populations, a smaller dt, or infinite sizes."
            )

    def _dataset(self, path: Array, step: float) -> xr.Dataset:
        covariance = np.moveaxis(path[:, :, 1:], 0, -1)
        spread = np.sqrt(np.maximum(np.diagonal(covariance, axis1=0, axis2=1).T, 0.0))
        names = list(self.names)
        data = xr.Dataset(
            {
                "rate": (("population", "time"), path[:, :, 0].T),
                "covariance": (("population", "other_population", "time"), covariance),
                "standard_deviation": (("population", "time"), spread),
            },
            {"population": names, "other_population": names, "time": step * np.arange(len(path))},
        )
        for name, unit, words in (
            ("rate", "Hz", "mean population rate"),
            ("covariance", "Hz^2", "covariance of population rates"),
            ("standard_deviation", "Hz", "standard deviation of the population rate"),
            ("time", "s", "time"),
        ):
            data[name].attrs.update(units=unit, long_name=words)
        return data.assign_attrs(source="elboustani2009", closure=self.closure, time_step_s=self.time_step)
