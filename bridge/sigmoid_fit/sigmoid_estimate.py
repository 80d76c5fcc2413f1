"""A fitted population sigmoid with everything that is known about its error."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from ...meanfield.sigmoids import Sigmoid
from ..estimate import Estimate, symmetric_estimate
from .criteria import FamilyCriteria
from .families import Family

Array = NDArray[np.floating]
QMaxDefinition = Literal["fitted", "at_cap", "refractory"]


@dataclass(frozen=True)
class SigmoidEstimate:
    """A population sigmoid estimated from a table of levels.

    Parameters
    ----------
    family : str
        Name of the chosen family.
    sigmoid : Sigmoid
        The fitted curve; with ``q_max_definition="at_cap"`` its q_max is the rate at ``v_cap``.
    parameters, features : dict of str to Estimate
        The family's own parameters, and the sigmoid features every room names alike, with intervals.
    working_point : (p,) array
        Working coordinates of the fit (see ``families``); for the tabulated family the rates at ``table.v_free``.
    covariance : (p, p) array
        Their covariance.
    criteria : dict of str to FamilyCriteria
        How well every family tried fits.
    q_max_definition : str
        What q_max means here.
    v_cap : float or None
        Potential at which q_max is read, V, with the definition ``at_cap``.
    extrapolated : bool
        Whether q_max lies beyond the data: the highest measured rate is below 0.8 q_max.
    warnings : tuple of str
        What a reader of the numbers must know.
    table : Dataset
        The levels.
    """

    family: str
    sigmoid: Sigmoid
    parameters: dict[str, Estimate]
    features: dict[str, Estimate]
    working_point: Array
    covariance: Array
    criteria: dict[str, FamilyCriteria]
    q_max_definition: QMaxDefinition
    v_cap: float | None
    extrapolated: bool
    warnings: tuple[str, ...]
    table: xr.Dataset
    definition: Family | None = None
    level: float = 0.95

    def _gradients(self, v: Array) -> tuple[Array, Array]:
        """Return derivatives of rate and of slope at ``v`` with respect to the working coordinates, each (n, p)."""
        if self.definition is None:
            return _tabulated_gradients(self.table["v_free"].values, self.working_point, v)
        h = 0.01 * np.exp(self.working_point[2])
        below, at, above = (self.definition.evaluate(self.working_point, v + step)[2] for step in (-h, 0.0, h))
        return at, (above - below) / (2 * h)

    def rate_band(self, v: ArrayLike) -> tuple[Array, Array]:
        """Return rates at ``v`` (n,; V) and their standard errors (n,; Hz), by the delta method."""
        potentials = np.atleast_1d(np.asarray(v, dtype=float))
        gradient = self._gradients(potentials)[0]
        return np.asarray(self.sigmoid(potentials)), _errors(gradient, self.covariance)

    def gain_band(self, v: ArrayLike) -> tuple[Array, Array]:
        """Return slopes at ``v`` (n,; V) and their standard errors (n,; Hz/V), by the delta method."""
        potentials = np.atleast_1d(np.asarray(v, dtype=float))
        gradient = self._gradients(potentials)[1]
        return np.asarray(self.sigmoid.gain(potentials)), _errors(gradient, self.covariance)

    def rate(self, v: float) -> Estimate:
        """Return the rate at ``v`` (V), Hz."""
        value, error = self.rate_band(v)
        return symmetric_estimate(float(value[0]), float(error[0]), "Hz", level=self.level)

    def gain(self, v: float) -> Estimate:
        """Return the slope dQ/dV at ``v`` (V), Hz/V."""
        value, error = self.gain_band(v)
        return symmetric_estimate(float(value[0]), float(error[0]), "Hz/V", level=self.level)


def _errors(gradient: Array, covariance: Array) -> Array:
    return np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", gradient, covariance, gradient), 0.0))


def _tabulated_gradients(knots: Array, rates: Array, v: Array) -> tuple[Array, Array]:
    """Return derivatives of the linear interpolation, close enough to the monotone cubic for an error band."""
    order = np.argsort(knots)
    basis = np.stack([np.interp(v, knots[order], np.eye(rates.size)[i]) for i in range(rates.size)], -1)
    h = 1e-3 * np.median(np.diff(knots[order]))
    ahead = np.stack([np.interp(v + h, knots[order], np.eye(rates.size)[i]) for i in range(rates.size)], -1)
    behind = np.stack([np.interp(v - h, knots[order], np.eye(rates.size)[i]) for i in range(rates.size)], -1)
    return basis, (ahead - behind) / (2 * h)
