"""The quasi-Poisson likelihood of counts given mean free potentials, and the search for its maximum.

Source: mccullagh1989, ch. 9 (quasi-likelihood).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from .families import Family

Array = NDArray[np.floating]
Mask = NDArray[np.bool_]
Constraint = Callable[[Array], tuple[float, Array]]
"""A scalar function of the working coordinates with its gradient."""

TINY_RATE = 1e-12
SETTLED = 1e-3  # a last step this long (information metric) leaves an error of this size in the deviance
LEAST_SHARE = 0.05  # a count's error cannot be explained away by the potential's error to less than this share


def _smoothed(v: Array, values: Array, weight: Array) -> Array:
    """Return the weighted kernel mean of ``values`` (n,) over potentials a twelfth of their range apart."""
    bandwidth = max(float(np.ptp(v)) / 12, 1e-12)
    kernel = weight * np.exp(-0.5 * ((v[:, None] - v) / bandwidth) ** 2)
    return (kernel @ values) / kernel.sum(-1)


@dataclass(frozen=True)
class CountData:
    """Counts (n,), exposures (n,; s), potentials (n,; V) with the errors that tie them together."""

    v: Array
    count: Array
    exposure: Array
    fano: Array
    v_variance: Array
    covariance: Array

    @classmethod
    def from_table(cls, table: xr.Dataset) -> "CountData":
        """Take what the likelihood needs from a table of levels.

        Fano factor and correlation are smoothed over neighbouring levels: a level's own Fano factor rises and falls
        with its count, and weights that know the residuals bias the fit.
        """
        columns = {name: np.asarray(table[name].values, dtype=float) for name in table.data_vars}
        v, count, cells = columns["v_free"], columns["count"], columns["cells"]
        knowledge = cells * count / (2 * count + cells) + 1e-9
        fano = _smoothed(v, columns["fano"], knowledge)
        errors = columns["rate_se"] * columns["v_free_se"]
        correlation = columns["rate_v_covariance"] / np.where(errors > 0, errors, 1.0)
        correlation = _smoothed(v, correlation, knowledge)
        rate_error = np.sqrt(fano * count) / columns["exposure"]
        return cls(
            v,
            count,
            columns["exposure"],
            fano,
            columns["v_free_se"] ** 2,
            correlation * rate_error * columns["v_free_se"],
        )

    def take(self, index: NDArray[np.intp]) -> "CountData":
        """Return the data of some levels."""
        return CountData(*(getattr(self, name)[index] for name in self.__dataclass_fields__))

    def dispersion(self, rate: Array, slope: Array) -> Array:
        """Variance of count - expected count over expected count, given the measured potential.

        The error of the measured potential moves a point along the curve together with its count, hence
        Var(rate) - 2 Q' Cov(rate, v) + Q'^2 Var(v) (delta method) instead of Var(rate).
        """
        unit = np.maximum(rate, TINY_RATE) / self.exposure
        change = (slope**2 * self.v_variance - 2 * slope * self.covariance) / unit
        return np.maximum(self.fano + change, LEAST_SHARE * self.fano)


@dataclass(frozen=True)
class Maximum:
    """Working coordinates (p,) at the maximum, deviance there, Fisher information (p, p) over the free ones."""

    psi: Array
    deviance: float
    information: Array
    free: Mask
    converged: bool

    @property
    def covariance(self) -> Array:
        """Inverse information (p, p); zero in rows and columns held fixed."""
        covariance = np.zeros((self.psi.size, self.psi.size))
        inside = np.ix_(self.free, self.free)
        covariance[inside] = np.linalg.pinv(self.information[inside], hermitian=True)
        return covariance


def deviance_terms(data: CountData, rate: Array, dispersion: Array) -> Array:
    """Return the scaled deviance of each level (n,)."""
    expected = np.maximum(rate, TINY_RATE) * data.exposure
    log_term = np.where(data.count > 0, data.count * np.log(np.maximum(data.count, 1e-300) / expected), 0.0)
    return 2 * (log_term - (data.count - expected)) / dispersion


def fisher_information(family: Family, psi: Array, data: CountData, dispersion: Array | None = None) -> Array:
    """Return the expected information (p, p) of the working coordinates: sum_i E_i/(F_i Q_i) dQ_i dQ_i^T."""
    rate, _, jacobian = family.evaluate(psi, data.v)
    weight = data.exposure / (np.maximum(rate, TINY_RATE) * (data.fano if dispersion is None else dispersion))
    return jacobian.T @ (weight[:, None] * jacobian)


@dataclass(frozen=True)
class Problem:
    """A family, the data and the dispersion of each level (n,), which is held while the likelihood is climbed."""

    family: Family
    data: CountData
    dispersion: Array

    def deviance(self, psi: Array) -> float:
        """Return the scaled deviance at ``psi``."""
        rate = self.family.curve(psi, self.data.v)[0]
        total = float(deviance_terms(self.data, rate, self.dispersion).sum())
        return total if np.isfinite(total) else np.inf

    def score(self, psi: Array) -> tuple[float, Array, Array]:
        """Return deviance, gradient of the log likelihood (p,) and information (p, p)."""
        rate, _, jacobian = self.family.evaluate(psi, self.data.v)
        safe = np.maximum(rate, TINY_RATE)
        weight = self.data.exposure / (safe * self.dispersion)
        residual = self.data.count / self.data.exposure - rate
        total = float(deviance_terms(self.data, rate, self.dispersion).sum())
        return total, jacobian.T @ (weight * residual), jacobian.T @ (weight[:, None] * jacobian)

    def clip(self, psi: Array) -> Array:
        """Return ``psi`` with the shape inside the family's bounds."""
        if self.family.shape_bounds is None:
            return psi
        return np.append(psi[:3], np.clip(psi[3], *self.family.shape_bounds))

    def movable(self, psi: Array, gradient: Array, free: Mask) -> Mask:
        """Return which coordinates may move: the free ones, without a shape pressed against its bound."""
        movable = free.copy()
        if self.family.shape_bounds is not None:
            low, high = self.family.shape_bounds
            movable[3] &= not ((psi[3] <= low and gradient[3] < 0) or (psi[3] >= high and gradient[3] > 0))
        return movable


def climb(problem: Problem, start: Array, free: Mask, *, steps: int = 60, tolerance: float = 1e-7) -> Maximum:
    """Maximise the quasi-likelihood by damped Fisher scoring from ``start``."""
    psi, damping = problem.clip(np.array(start, dtype=float)), 1e-3
    deviance, gradient, information = problem.score(psi)
    for _ in range(steps):
        movable = np.flatnonzero(problem.movable(psi, gradient, free))
        block = information[np.ix_(movable, movable)]
        step = np.zeros_like(psi)
        damped = block + np.diag(damping * np.diag(block) + 1e-300)
        step[movable] = np.linalg.lstsq(damped, gradient[movable], rcond=None)[0]
        step[2] = np.clip(step[2], -1.0, 1.0)
        step[0] = np.clip(step[0], -1.0, 1.0)
        trial = problem.clip(psi + step)
        new = problem.deviance(trial)
        if new > deviance:
            damping = max(damping, 1e-4) * 8
            if damping > 1e12:
                break
            continue
        gain, psi, damping = deviance - new, trial, damping / 6
        deviance, gradient, information = problem.score(psi)
        if gain < tolerance:
            return Maximum(psi, deviance, information, free, True)
    return Maximum(psi, deviance, information, free, damping > 1e12)


def climb_on(
    problem: Problem, start: Array, free: Mask, constraint: Constraint, target: float, *, steps: int = 25
) -> Maximum:
    """Maximise the quasi-likelihood subject to ``constraint(psi) = target`` by Fisher scoring with a multiplier."""
    psi = problem.clip(np.array(start, dtype=float))
    converged = False
    for count in range(steps):
        _, gradient, information = problem.score(psi)
        value, normal = constraint(psi)
        movable = np.flatnonzero(problem.movable(psi, gradient, free))
        inverse = np.zeros_like(information)
        inverse[np.ix_(movable, movable)] = np.linalg.pinv(information[np.ix_(movable, movable)], hermitian=True)
        along = inverse @ normal
        curvature = float(normal @ along)
        if curvature <= 0:
            break
        scored = inverse @ gradient
        step = scored + along * (target - value - normal @ scored) / curvature
        longest = float(np.max(np.abs(step[[0, 2]])))
        calmer = 1.0 if count < 8 else 0.5
        psi = problem.clip(psi + step * min(calmer, 0.7 / max(longest, 1e-12)))
        if float(step @ information @ step) < SETTLED:
            converged = True
            break
    if not converged and problem.family.shape_bounds is not None and free[3]:
        return _climb_by_shape(problem, start, free, constraint, target)
    deviance, _, information = problem.score(psi)
    return Maximum(psi, deviance, information, free, converged)


def _climb_by_shape(problem: Problem, start: Array, free: Mask, constraint: Constraint, target: float) -> Maximum:
    """Maximise under the constraint by a scalar search over the shape, regular climbs inside.

    At shape 0 the derivative by the shape has a kink (the fourth cumulant grows as |shape|^(4/3)), about which scoring
    can hop.
    """
    inner = free.copy()
    inner[3] = False
    _, _, information = problem.score(start)
    reach = 4.0 / np.sqrt(max(information[3, 3], 1e-12)) + 0.2
    low, high = problem.family.shape_bounds or (0.0, 0.0)

    def at(shape: float) -> Maximum:
        return climb_on(problem, np.append(start[:3], shape), inner, constraint, target)

    bounds = (max(low, start[3] - reach), min(high, start[3] + reach))
    found: Any = minimize_scalar(
        lambda shape: at(float(shape)).deviance, bounds=bounds, method="bounded", options={"xatol": 2e-3}
    )
    best = at(float(found.x))
    return Maximum(best.psi, best.deviance, best.information, free, best.converged)


def fit_family(
    family: Family, data: CountData, starts: list[Array], dispersion: Array | None = None
) -> tuple[Maximum, Problem]:
    """Fit one family from several starts, then (unless the dispersion is given) settle dispersion and fit together.

    The dispersion depends on the slope through the error of the potential; two rounds suffice, the correction being
    small.
    """
    free = np.ones(family.size, dtype=bool)
    free[0] = family.fixed_q_max is None
    problem = Problem(family, data, data.fano if dispersion is None else dispersion)
    coarse = [climb(problem, start, free, steps=12, tolerance=1e-2) for start in starts]
    best = climb(problem, min(coarse, key=lambda m: m.deviance).psi, free)
    for _ in range(2 if dispersion is None and np.any(data.v_variance > 0) else 0):
        rate, slope = family.curve(best.psi, data.v)
        problem = replace(problem, dispersion=data.dispersion(rate, slope))
        best = climb(problem, best.psi, free)
    return best, problem
