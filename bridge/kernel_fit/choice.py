"""Choosing a kernel family by how well it predicts groups of cells it was not fitted to.

Noise that is common to probe and background cancels, and what is left is small and strongly correlated in time; an
information criterion that counts samples as independent would always take the largest family. Groups are independent.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .families import KernelFamily
from .least_squares import KernelFit, fit_response

Array = NDArray[np.floating]

NEGLIGIBLE = 1e-3  # relative rms difference of the order of the integration error of the simulation


@dataclass(frozen=True)
class KernelCriteria:
    """How well one family fits.

    ``misfit`` is the rms residual of the mean response relative to its rms; ``held_out`` the mean squared residual of a
    group predicted from the others, relative to the mean square; ``excess`` its difference to the best family and
    ``excess_error`` the standard error of that difference over the groups.
    """

    size: int
    misfit: float
    held_out: float
    excess: float = 0.0
    excess_error: float = 0.0

    @property
    def adequate(self) -> bool:
        """Whether the family predicts as well as the best one, within one standard error or the integration error."""
        return self.excess <= self.excess_error + NEGLIGIBLE**2


@dataclass(frozen=True)
class GroupFits:
    """A family fitted to the mean of all groups and to the means of all but one."""

    full: KernelFit
    deleted: tuple[KernelFit, ...]
    scores: Array
    misfit: float


def deleted_means(groups: Array) -> Array:
    """Return the means over all groups but one: (group, time) to (group, time)."""
    return (groups.sum(0) - groups) / (groups.shape[0] - 1)


def fit_groups(family: KernelFamily, time: Array, groups: Array, *, mean_lag: float, sd: float) -> GroupFits:
    """Fit a family to the groups (group, time; V) as a whole and without each in turn."""
    mean = groups.mean(0)
    full = fit_response(family, time, mean, mean_lag=mean_lag, sd=sd)
    deleted = tuple(
        fit_response(family, time, rest, mean_lag=mean_lag, sd=sd, start=full.point) for rest in deleted_means(groups)
    )
    power = float(np.mean(mean**2))
    scores = np.array([np.mean((group - fit.fitted) ** 2) / power for group, fit in zip(groups, deleted, strict=True)])
    misfit = math.sqrt(float(np.mean((mean - full.fitted) ** 2)) / power)
    return GroupFits(full, deleted, scores, misfit)


def compare(fits: dict[str, GroupFits]) -> dict[str, KernelCriteria]:
    """Return the criteria of every family against the one that predicts best."""
    best = min(fits.values(), key=lambda f: float(f.scores.mean()))
    criteria = {}
    for name, fit in fits.items():
        excess = fit.scores - best.scores
        error = float(excess.std(ddof=1)) / math.sqrt(excess.size)
        criteria[name] = KernelCriteria(
            fit.full.family.size, fit.misfit, float(fit.scores.mean()), float(excess.mean()), error
        )
    return criteria


def choose(criteria: dict[str, KernelCriteria]) -> str:
    """Return the smallest adequate family (one-standard-error rule; hastie2009, Sec. 7.10)."""
    adequate = [name for name in criteria if criteria[name].adequate]
    return min(adequate, key=lambda name: (criteria[name].size, criteria[name].held_out))
