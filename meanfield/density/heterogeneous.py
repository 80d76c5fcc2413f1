"""A population whose thresholds differ from cell to cell."""

from dataclasses import replace
from functools import cached_property
from numbers import Integral

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from ...units import Quantity, described, quantity, takes
from .density_state import DensityState
from .fokker_planck import FokkerPlanck
from .run import input_series

Array = NDArray[np.floating]


@described(kw_only=False)
class HeterogeneousFokkerPlanck:
    """Fokker-Planck populations with normally distributed thresholds that share their input.

    Source: amit1997 (quenched thresholds).
    Assumptions: as `FokkerPlanck`; a cell keeps its threshold. The quadrature is exact for rates that are polynomials
    of the threshold; it needs noise in the cells: where sigma is much smaller than the spread, add nodes.

    Parameters
    ----------
    population : FokkerPlanck
        The population of the mean threshold.
    threshold_sd : float
        Standard deviation of the thresholds, V.
    nodes : int
        Number of thresholds in the Gauss-Hermite quadrature.
    reset_moves : bool
        Whether the reset keeps its distance from each threshold, which makes the static curve the convolution of one
        cell's with the spread, or all cells share one reset.
    """

    population: FokkerPlanck
    threshold_sd: Quantity = quantity("V", above=0)
    nodes: int = 16
    reset_moves: bool = True

    def _check(self) -> None:
        if not isinstance(self.nodes, Integral) or self.nodes < 2:
            raise ValueError(
                f"HeterogeneousFokkerPlanck.nodes: {self.nodes} must be at least 2 and a whole number; 16 is usual."
            )
        lowest, reset = self.population.v_spike + float(self.shifts.min()), self.population.v_reset
        if not self.reset_moves and lowest <= reset:
            sds = -float(self.shifts.min()) / self.threshold_sd
            raise ValueError(
                f"HeterogeneousFokkerPlanck: with threshold_sd = {self.threshold_sd:g} V and nodes = {self.nodes} the "
                f"lowest threshold, {sds:.1f} sds below the mean, is {lowest:g} V and not above the reset all cells "
                f"share, {reset:g} V; take fewer nodes, a smaller spread or reset_moves=True."
            )

    @cached_property
    def _quadrature(self) -> tuple[Array, Array]:
        points, weights = np.polynomial.hermite_e.hermegauss(self.nodes)
        return self.threshold_sd * points, weights / weights.sum()

    @property
    def shifts(self) -> Array:
        """Distance of each threshold of the quadrature from the mean one, V."""
        return self._quadrature[0]

    @property
    def weights(self) -> Array:
        """Share of the cells that each threshold stands for; they sum to 1."""
        return self._quadrature[1]

    @cached_property
    def populations(self) -> tuple[FokkerPlanck, ...]:
        """Populations of equal cells, one a threshold."""
        return tuple(self._shifted(float(shift)) for shift in self.shifts)

    def _shifted(self, shift: float) -> FokkerPlanck:
        mean = self.population
        return replace(
            mean,
            v_threshold=mean.v_threshold + shift,
            v_cutoff=None if mean.v_cutoff is None else mean.v_cutoff + shift,
            v_reset=mean.v_reset + (shift if self.reset_moves else 0.0),
            v_lower=None if mean.v_lower is None else mean.v_lower + min(shift, 0.0),
        )

    @takes(mu="V", sigma="V")
    def stationary(self, mu: float, sigma: float) -> tuple[DensityState, ...]:
        """Return the stationary state at each threshold under constant input (V)."""
        return tuple(population.stationary(mu, sigma) for population in self.populations)

    @takes(mu="V", sigma="V")
    def stationary_rate(self, mu: ArrayLike, sigma: ArrayLike) -> Array:
        """Return the stationary rate of the whole population (Hz) for every pair of mean and noise amplitude (V)."""
        rates = np.stack([population.stationary_rate(mu, sigma) for population in self.populations], axis=-1)
        return rates @ self.weights

    @takes(mu="V", sigma="V", dt="s", duration="s")
    def simulate(
        self,
        mu: ArrayLike,
        sigma: ArrayLike,
        dt: float,
        *,
        initial: tuple[DensityState, ...] | None = None,
        duration: float | None = None,
        order: int = 2,
    ) -> xr.Dataset:
        """Return the course of the population under inputs held constant over each time step.

        Parameters are those of `FokkerPlanck.simulate`; ``initial`` holds one state a threshold.

        Returns
        -------
        xarray.Dataset
            ``rate`` and ``mean_rate`` (Hz), ``mean_v`` (V), ``refractory`` and ``probability`` over ``time``, averaged
            over the cells, and ``threshold_rate`` (Hz) over ``threshold`` and ``time``.
        """
        series = input_series(mu, sigma, dt, duration)
        states = (None,) * self.nodes if initial is None else initial
        runs = [
            population.simulate(*series, dt, initial=state, order=order)
            for population, state in zip(self.populations, states, strict=True)
        ]
        seen = ("rate", "mean_rate", "mean_v", "refractory", "probability")
        threshold = self.population.v_threshold + self.shifts
        result = xr.Dataset(
            {
                name: ("time", self.weights @ np.stack([run[name].to_numpy() for run in runs]), runs[0][name].attrs)
                for name in seen
            },
            coords={
                "time": runs[0]["time"],
                "threshold": ("threshold", threshold, {"units": "V", "long_name": "threshold of the cells"}),
                "share": ("threshold", self.weights, {"units": "1", "long_name": "share of the cells"}),
            },
        )
        by_threshold = np.stack([run["rate"].to_numpy() for run in runs])
        label = {"units": "Hz", "long_name": "rate of the cells of one threshold"}
        return result.assign(threshold_rate=(("threshold", "time"), by_threshold, label))
