"""The linear-nonlinear cascade of an exponential population: filtered inputs, then the stationary rate."""

import math
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from ..units import takes
from .adaptation import Adaptation
from .arrays import require_finite
from .exponential_cell import ExponentialCell, Given

Array = NDArray[np.floating]

_TABULATED = ("rate", "mean_v", "tau_mu", "tau_sigma")
_RECORDED = {
    "rate": ("Hz", "population rate"),
    "mean_v": ("V", "mean potential"),
    "mu_filtered": ("V", "filtered mean input, without adaptation"),
    "sigma_filtered": ("V", "filtered noise amplitude"),
    "adaptation_current": ("A", "mean adaptation current"),
    "tau_mu": ("s", "response time to the mean input"),
    "tau_sigma": ("s", "response time to the noise"),
}


@dataclass(frozen=True, eq=False)
class LinearNonlinearCascade:
    """Rate model with one filter for the mean input and one for the noise, whose time constants follow the state.

    r = r_ss(mu_f - <w>/g_L, sigma_f), tau_mu dmu_f/dt = mu - mu_f, tau_sigma dsigma_f/dt = sigma - sigma_f, and
    tau_w d<w>/dt = a (<V> - E_w) - <w> + tau_w b r.

    Source: augustin2017 (their LNexp).
    Assumptions: those of the table; inputs change little within a response time, so that the linear response around the
    present state tells how fast the rate follows; values between grid points of the table by bilinear interpolation.

    Parameters
    ----------
    cell : ExponentialCell
        The cell; a table made for another one is refused.
    table : xarray.Dataset
        From `rate_response_table`.
    adaptation : Adaptation, optional
        Its adaptation current.
    """

    cell: ExponentialCell
    table: xr.Dataset
    adaptation: Adaptation | None = None

    def __post_init__(self) -> None:
        """Refuse a table that was made for another cell."""
        self.cell.require_same(self.table.attrs, "LinearNonlinearCascade: the table")

    @property
    def _axes(self) -> tuple[Array, Array]:
        return np.asarray(self.table["mu"].values), np.asarray(self.table["sigma"].values)

    @takes(mu="V", sigma="V", dt="s", adaptation_current="A")
    def simulate(
        self,
        mu: ArrayLike,
        sigma: ArrayLike,
        dt: Given,
        *,
        initial: tuple[float, float] | None = None,
        adaptation_current: Given = 0.0,
    ) -> xr.Dataset:
        """Return the rate over time for a mean input and a noise that vary in time.

        Filters take the exact step for an input that is held over ``dt`` and time constants of its start: first order.

        Parameters
        ----------
        mu, sigma : (n_t,) array or float
            Mean free potential without adaptation, and canonical noise amplitude, at the start of each step, V.
        dt : float
            Time step, s.
        initial : tuple of float, optional
            Filtered mean and noise at the start, V; the first input unless given.
        adaptation_current : float
            Mean adaptation current at the start, A.

        Returns
        -------
        xarray.Dataset
            Over ``time`` (s): rate, mean potential, filtered inputs, adaptation current and response times.

        Raises
        ------
        ValueError
            If the state leaves the table; the message says where and how far.
        """
        from .cascade_steps import run  # compiled when first asked for

        step = float(dt)
        if not 0 < step < math.inf:
            raise ValueError(
                f"LinearNonlinearCascade.simulate: dt = {step:g} s must be above 0 s and finite; try 0.1 ms."
            )
        require_finite("LinearNonlinearCascade.simulate", mu=mu, sigma=sigma)
        means, noises = np.broadcast_arrays(
            np.atleast_1d(np.asarray(mu, float)), np.atleast_1d(np.asarray(sigma, float))
        )
        start = (float(means[0]), float(noises[0])) if initial is None else initial
        state = np.array([*start, float(adaptation_current)])
        require_finite("LinearNonlinearCascade.simulate", initial=state[:2], adaptation_current=state[2])
        values = np.stack([np.asarray(self.table[name].values) for name in _TABULATED], axis=-1)
        recorded = np.empty((means.size, len(_RECORDED)))
        left_at = run(
            np.ascontiguousarray(means), np.ascontiguousarray(noises), step, self._slow(), *self._axes, values,
            state, recorded,
        )  # fmt: skip
        if left_at >= 0:
            raise ValueError(self._left(left_at * step, state))
        columns = {
            name: ("time", recorded[:, i], {"units": units, "long_name": long_name})
            for i, (name, (units, long_name)) in enumerate(_RECORDED.items())
        }
        time = ("time", step * np.arange(means.size), {"units": "s", "long_name": "time"})
        return xr.Dataset(columns, coords={"time": time}, attrs=self.cell.parameters)

    def _slow(self) -> tuple[float, float, float, float, float]:
        """Return 1/g_L, a, b, tau_w and E_w; without adaptation all forces vanish."""
        if self.adaptation is None:
            return 0.0, 0.0, 0.0, math.inf, 0.0
        slow = self.adaptation
        return 1 / slow.leak(self.cell), slow.conductance, slow.jump, slow.tau_w, slow.reversal

    def _left(self, time: float, state: Array) -> str:
        resistance = self._slow()[0]
        (mu_low, mu_high), (sigma_low, sigma_high) = ((axis[0], axis[-1]) for axis in self._axes)
        drive = state[0] - resistance * state[2]
        return (
            f"LinearNonlinearCascade.simulate: at {time:.4g} s the mean input, {drive:.4g} V, or the noise, "
            f"{state[1]:.4g} V, left the table ({mu_low:.4g} to {mu_high:.4g} V, {sigma_low:.4g} to "
            f"{sigma_high:.4g} V); make a wider table."
        )
