"""Errors from replicates: disjoint groups of cells are independent, and leaving each out in turn shows the error.

Stratified thresholds make the groups differ a little by design (each takes other quantiles), which enters the errors of
one condition (they err on the large side: up to twofold for 20 groups of 10 cells) but cancels in a paired difference.
Source: efron1981; miller1974 (the jackknife).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from .estimate import FEATURE_UNITS, Estimate, symmetric_estimate

Recordings = Sequence[xr.Dataset]
Statistic = Callable[[Recordings], dict[str, float]]
"""A function from the recordings of one condition to named numbers, e.g. features."""


def without_group(recording: xr.Dataset, group: int, groups: int) -> xr.Dataset:
    """Return the recording without one of ``groups`` disjoint sets of cells.

    A recording of cells is split by cell index modulo ``groups``, which keeps the thresholds of every set stratified;
    one that holds groups already loses those whose index is ``group`` modulo ``groups``.
    """
    for dimension in ("cell", "group"):
        if dimension in recording.sizes:
            size = recording.sizes[dimension]
            if size < groups:
                raise ValueError(
                    f"jackknife: {groups} groups asked of {size} along {dimension!r}; ask for at most {size}."
                )
            return recording.isel({dimension: np.flatnonzero(np.arange(size) % groups != group)})
    raise ValueError(
        f"jackknife: the recording has neither cells nor groups, only {tuple(recording.sizes)}; give a recording."
    )


def jackknife_values(
    full: dict[str, float], deleted: Sequence[dict[str, float]], *, level: float = 0.95
) -> dict[str, Estimate]:
    """Return estimates from the statistic of all data and of all data but one group in turn.

    SE^2 = (G-1)/G sum_g (theta_g - mean)^2; the interval is Student's with G-1 degrees of freedom.
    """
    count = len(deleted)
    estimates = {}
    for name, value in full.items():
        values = np.array([one[name] for one in deleted])
        error = math.sqrt((count - 1) / count * float(np.sum((values - values.mean()) ** 2)))
        unit = FEATURE_UNITS.get(name, "1")
        estimates[name] = symmetric_estimate(value, error, unit, level=level, degrees=count - 1, n_effective=count)
    return estimates


def jackknife_covariance(deleted: Sequence[Sequence[float]]) -> np.ndarray:
    """Return the covariance (k, k) of k numbers from their values (groups, k) without each group in turn."""
    values = np.asarray(deleted, dtype=float)
    deviations = values - values.mean(axis=0)
    return (len(values) - 1) / len(values) * deviations.T @ deviations


def jackknife(
    recordings: xr.Dataset | Recordings, statistic: Statistic, *, groups: int = 10, level: float = 0.95
) -> dict[str, Estimate]:
    """Return the statistic of one condition with delete-one-group errors.

    Assumptions: groups of cells are independent replicates; the statistic is smooth.

    Parameters
    ----------
    recordings : Dataset or sequence of Dataset
        What the statistic takes, always as a sequence (a steady drive and a probe, say); the same group leaves all of
        them.
    statistic : callable
        From the recordings to named numbers in SI units.
    groups : int
        Number of groups.
    level : float
        Confidence level.
    """
    together = [recordings] if isinstance(recordings, xr.Dataset) else list(recordings)
    deleted = [statistic([without_group(r, g, groups) for r in together]) for g in range(groups)]
    return jackknife_values(statistic(together), deleted, level=level)


@dataclass(frozen=True)
class PairedEstimates:
    """Statistics of two conditions and of their difference (changed - baseline), from the same groups."""

    baseline: dict[str, Estimate]
    changed: dict[str, Estimate]
    difference: dict[str, Estimate]
    log_ratio: dict[str, Estimate]


def jackknife_pair(
    baseline: xr.Dataset | Recordings,
    changed: xr.Dataset | Recordings,
    statistic: Statistic,
    *,
    groups: int = 10,
    level: float = 0.95,
) -> PairedEstimates:
    """Return the statistic of two conditions and its paired difference with delete-one-group errors.

    Assumptions: cell i of both conditions heard the same noise (one seed), so that leaving the same cells out of both
    keeps what they share out of the difference; without a shared seed the interval is still valid, only wide.

    Parameters
    ----------
    baseline, changed : Dataset or sequence of Dataset
        Recordings of the two conditions.
    statistic : callable
        From the recordings of one condition to named numbers.

    Returns
    -------
    PairedEstimates
        ``difference`` for every number, ``log_ratio`` (1) for those positive in both conditions throughout.
    """
    first, second = ([x] if isinstance(x, xr.Dataset) else list(x) for x in (baseline, changed))

    def reduced(side: Recordings, group: int) -> dict[str, float]:
        return statistic([without_group(recording, group, groups) for recording in side])

    pairs = [(statistic(first), statistic(second))]
    pairs += [(reduced(first, group), reduced(second, group)) for group in range(groups)]
    names = [name for name in pairs[0][0] if name in pairs[0][1]]
    positive = [name for name in names if all(a[name] > 0 and b[name] > 0 for a, b in pairs)]
    differences = [{name: b[name] - a[name] for name in names} for a, b in pairs]
    ratios = [{name: math.log(b[name] / a[name]) for name in positive} for a, b in pairs]
    log_ratio = jackknife_values(ratios[0], ratios[1:], level=level)
    return PairedEstimates(
        baseline=jackknife_values(pairs[0][0], [a for a, _ in pairs[1:]], level=level),
        changed=jackknife_values(pairs[0][1], [b for _, b in pairs[1:]], level=level),
        difference=jackknife_values(differences[0], differences[1:], level=level),
        log_ratio={
            n: Estimate(e.value, e.standard_error, e.interval, "1", level, e.n_effective) for n, e in log_ratio.items()
        },
    )
