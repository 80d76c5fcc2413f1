"""Where to put levels and how long to dwell: the information a fitted sigmoid promises, and what is still missing.

Source: atkinson2007 (optimum designs); silvey1978 (the weight updates).
Assumptions: locally optimal, that is for the sigmoid of the pilot; 30 % of the levels are spread evenly so that a wrong
family is noticed.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from .rate_table import merge_tables
from .sigmoid_fit import CountData, SigmoidEstimate, fit_sigmoid
from .sigmoid_fit.families import FAMILIES, Family
from .sigmoid_fit.features import FeatureView

Array = NDArray[np.floating]

UNIFORM_SHARE = 0.3
LARGEST_GROWTH = 3.0  # a batch at most this many times what has been spent: the pilot's promise is only local
NEGLIGIBLE_WEIGHT = 1e-3


def information_density(family: Family, psi: Array, v: Array, fano: Array | float = 1.0) -> Array:
    """Return the information of one neuron-second at each potential (n, p, p): dQ dQ^T/(F Q)."""
    rate, _, jacobian = family.evaluate(psi, v)
    weight = 1.0 / (np.maximum(rate, 1e-9) * fano)
    return weight[:, None, None] * jacobian[:, :, None] * jacobian[:, None, :]


def d_optimal_weights(density: Array, *, rounds: int = 3000) -> Array:
    """Return the weights (n,) over candidate points that maximise ln det of the information (n, p, p)."""
    count, p = density.shape[0], density.shape[1]
    weight = np.full(count, 1.0 / count)
    for _ in range(rounds):
        total = np.einsum("i,ijk->jk", weight, density)
        scale = 1 / np.sqrt(np.diag(total))
        inverse = np.linalg.inv(total * np.outer(scale, scale)) * np.outer(scale, scale)
        variance = np.einsum("ijk,jk->i", density, inverse)
        weight = weight * variance / p
        weight /= weight.sum()
        if variance.max() < p * (1 + 1e-4):
            break
    return weight


def support(v: Array, weight: Array) -> tuple[Array, Array]:
    """Return the support points of a design on a fine grid; neighbouring grid points are one, at their mean."""
    kept = np.flatnonzero(weight > NEGLIGIBLE_WEIGHT * weight.max())
    clusters = np.split(kept, np.flatnonzero(np.diff(kept) > max(2, v.size // 100)) + 1)
    total = np.array([weight[c].sum() for c in clusters])
    return np.array([float(v[c] @ weight[c] / weight[c].sum()) for c in clusters]), total / total.sum()


def d_optimal_points(family: str, psi: Array, v_low: float, v_high: float, *, grid: int = 801) -> tuple[Array, Array]:
    """Return support potentials (k,; V) and weights (k,) of the D-optimal design on an interval of potentials.

    Parameters
    ----------
    family : str
        Name of the family.
    psi : (p,) array
        Working coordinates (ln q_max, location, ln scale[, shape]).
    v_low, v_high : float
        Ends of the interval, V.
    """
    v = np.linspace(v_low, v_high, grid)
    return support(v, d_optimal_weights(information_density(FAMILIES[family], psi, v)))


def _definition(estimate: SigmoidEstimate) -> Family:
    if estimate.definition is None:
        raise ValueError(
            "design: a tabulated sigmoid has no information matrix; fit a family (family='exgaussian') for the design."
        )
    return estimate.definition


def _fano_at(estimate: SigmoidEstimate, v: Array) -> Array:
    """Return the dispersion expected at potentials ``v``: that of the levels of the table, interpolated."""
    data = CountData.from_table(estimate.table)
    rate, slope = _definition(estimate).curve(estimate.working_point, data.v)
    order = np.argsort(data.v)
    return np.interp(v, data.v[order], data.dispersion(rate, slope)[order])


def planned_levels(
    estimate: SigmoidEstimate, v_low: float, v_high: float, *, levels: int = 24, uniform_share: float = UNIFORM_SHARE
) -> Array:
    """Return potentials (levels,; V) of equal exposure: D-optimal ones repeated, the rest spread evenly.

    Parameters
    ----------
    estimate : SigmoidEstimate
        Fit to the pilot.
    v_low, v_high : float
        Ends of the range of mean free potentials, V.
    levels : int
        Number of levels.
    uniform_share : float
        Share of the levels spread evenly over the range.
    """
    v = np.linspace(v_low, v_high, 401)
    density = information_density(_definition(estimate), estimate.working_point, v, _fano_at(estimate, v))
    points, weight = support(v, d_optimal_weights(density))
    spread = max(2, round(uniform_share * levels))
    ideal = weight * (levels - spread)
    times = np.floor(ideal).astype(int)
    for index in np.argsort(times - ideal)[: levels - spread - int(times.sum())]:
        times[index] += 1
    return np.sort(np.concatenate([np.repeat(points, times), np.linspace(v_low, v_high, spread)]))


def drive_at(table: xr.Dataset, v: Array) -> Array:
    """Return the drive that brings the mean free potential to ``v`` (n,; V), by interpolation in the table."""
    potential, first = np.unique(table["v_free"].values, return_index=True)
    drive = table["drive"].values[first]
    if potential.size < 2:
        raise ValueError(f"drive_at: {potential.size} level in the table; at least 2 are needed to interpolate.")
    inside = np.interp(v, potential, drive)
    below = drive[0] + (v - potential[0]) * (drive[1] - drive[0]) / (potential[1] - potential[0])
    above = drive[-1] + (v - potential[-1]) * (drive[-1] - drive[-2]) / (potential[-1] - potential[-2])
    return np.where(v < potential[0], below, np.where(v > potential[-1], above, inside))


def predicted_errors(estimate: SigmoidEstimate, v: Array, exposure: Array) -> dict[str, float]:
    """Return the standard errors of the features once ``exposure`` (n,; neuron-seconds) is added at ``v`` (n,; V)."""
    added = information_density(_definition(estimate), estimate.working_point, v, _fano_at(estimate, v))
    covariance = np.linalg.pinv(_information(estimate) + np.einsum("i,ijk->jk", exposure, added), hermitian=True)
    return {name: float(np.sqrt(g @ covariance @ g)) for name, g in _gradients(estimate).items()}


def _information(estimate: SigmoidEstimate) -> Array:
    return np.linalg.pinv(estimate.covariance, hermitian=True)


def _gradients(estimate: SigmoidEstimate) -> dict[str, Array]:
    view = FeatureView(_definition(estimate), estimate.v_cap)
    return {name: gradient for name, (_, gradient) in view.all(estimate.working_point).items()}


@dataclass(frozen=True)
class Batch:
    """What to simulate next: potentials (n,; V), exposures (n,; neuron-seconds) and the errors to expect then.

    ``enough`` says that the targets are met already; ``limited`` that budget or caution, not the target, sets the size.
    """

    v: Array
    exposure: Array
    predicted: dict[str, float]
    enough: bool
    limited: bool


def best_shares(
    information: Array, density: Array, gradients: Array, total: float, *, rounds: int = 150
) -> tuple[Array, float]:
    """Return the shares (n,) of ``total`` that lower the worst ratio of variance to target, and that ratio.

    The gradients (k, p) are divided by their targets, so that the ratio is 1 when the target is met exactly. Shares
    move by the square root of their usefulness; a high power of the ratios stands for the worst of them.
    """
    share = np.full(density.shape[0], 1.0 / density.shape[0])
    best, worst_best = share, np.inf
    for _ in range(rounds):
        inverse = np.linalg.pinv(information + total * np.einsum("i,ijk->jk", share, density), hermitian=True)
        reach = gradients @ inverse
        ratio = np.einsum("kp,kp->k", reach, gradients)
        if ratio.max() < worst_best:
            best, worst_best = share, float(ratio.max())
        usefulness = np.einsum("k,kp,ipq,kq->i", (ratio / ratio.max()) ** 4, reach, density, reach)
        share = share * np.sqrt(usefulness)
        share /= share.sum()
    return best, worst_best


def next_batch(
    estimate: SigmoidEstimate,
    targets: dict[str, float],
    v_low: float,
    v_high: float,
    *,
    budget: float,
    spent: float,
    levels: int = 12,
) -> Batch:
    """Return the next batch toward the stated standard errors, within what is left of the budget.

    Parameters
    ----------
    estimate : SigmoidEstimate
        Fit to all levels so far.
    targets : dict of str to float
        Wanted standard error of features, in their units, e.g. ``{"v50": 1e-4}``.
    v_low, v_high : float
        Range of potentials, V.
    budget, spent : float
        Neuron-seconds allowed in all, and used so far.
    levels : int
        Candidate potentials, evenly spaced; those with less than 1 % of the batch are left out.
    """
    now = {name: estimate.features[name].standard_error for name in targets}
    if all(now[name] <= wanted for name, wanted in targets.items()):
        return Batch(np.array([]), np.array([]), now, True, False)
    v = np.linspace(v_low, v_high, 4 * levels + 1)
    density = information_density(_definition(estimate), estimate.working_point, v, _fano_at(estimate, v))
    found = _gradients(estimate)
    gradients = np.array([found[name] / wanted for name, wanted in targets.items()])
    ceiling = min(budget - spent, LARGEST_GROWTH * spent)
    mixed = (1 - UNIFORM_SHARE) * density + UNIFORM_SHARE * density.mean(0)
    share, total = _smallest_total(_information(estimate), mixed, gradients, ceiling)
    limited = total >= ceiling
    points, weight = _gathered(v, (1 - UNIFORM_SHARE) * share + UNIFORM_SHARE / v.size, levels)
    exposure = total * weight
    return Batch(points, exposure, predicted_errors(estimate, points, exposure), False, limited)


def _smallest_total(information: Array, density: Array, gradients: Array, ceiling: float) -> tuple[Array, float]:
    """Return the shares and the least exposure that meets the targets, by bisection, or the ceiling."""
    share, worst = best_shares(information, density, gradients, ceiling)
    if worst > 1:
        return share, ceiling
    low, high = 0.0, ceiling
    for _ in range(12):
        middle = 0.5 * (low + high)
        trial, worst = best_shares(information, density, gradients, middle, rounds=60)
        if worst > 1:
            low = middle
        else:
            share, high = trial, middle
    return share, high


def _gathered(v: Array, share: Array, levels: int) -> tuple[Array, Array]:
    """Return at most ``levels`` potentials: the means of equal steps of the cumulative share."""
    edges = np.searchsorted(np.cumsum(share), np.arange(1, levels) / levels)
    parts = [part for part in np.split(np.arange(v.size), np.unique(edges)) if part.size]
    weight = np.array([share[part].sum() for part in parts])
    return np.array([float(v[part] @ share[part] / share[part].sum()) for part in parts]), weight / weight.sum()


@dataclass(frozen=True)
class Sampling:
    """A finished error-controlled run: the estimate, its table, the neuron-seconds spent, and why it ended."""

    estimate: SigmoidEstimate
    table: xr.Dataset
    spent: float
    met: bool
    history: tuple[Batch, ...]


def sample_until(
    simulate: Callable[[Array, Array], xr.Dataset],
    pilot: xr.Dataset,
    targets: dict[str, float],
    v_low: float,
    v_high: float,
    *,
    budget: float,
    rounds: int = 8,
    fit: Callable[[xr.Dataset], SigmoidEstimate] | None = None,
) -> Sampling:
    """Sample until the stated standard errors are met or the budget is spent.

    Parameters
    ----------
    simulate : callable
        From drives (n,) and exposures (n,; neuron-seconds) to a table of new levels (see ``rate_table``).
    pilot : Dataset
        Table of a coarse pilot.
    targets : dict of str to float
        Wanted standard errors of features.
    v_low, v_high : float
        Range of potentials, V.
    budget : float
        Neuron-seconds allowed in all, pilot included.
    rounds : int
        Most batches to run.
    fit : callable, optional
        From a table to an estimate; the exponentially modified Gaussian with Wald intervals by default.
    """
    estimator = fit or (lambda t: fit_sigmoid(t, family="exgaussian", intervals="wald"))
    table, history = pilot, []
    for _ in range(rounds):
        estimate, spent = estimator(table), float(table["exposure"].sum())
        batch = next_batch(estimate, targets, v_low, v_high, budget=budget, spent=spent)
        if batch.enough or spent >= 0.999 * budget:
            break
        history.append(batch)
        table = merge_tables(table, simulate(drive_at(table, batch.v), batch.exposure))
    estimate, spent = estimator(table), float(table["exposure"].sum())
    met = all(estimate.features[name].standard_error <= wanted for name, wanted in targets.items())
    return Sampling(estimate, table, spent, met, tuple(history))
