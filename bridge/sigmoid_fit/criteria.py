"""How families are told apart: goodness of fit, QAICc, and the deviance of levels that were held out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from .families import Family
from .likelihood import CountData, Maximum, Problem, climb, deviance_terms

Array = NDArray[np.floating]

REJECTED_BELOW = 0.01
FOLDS = 5


@dataclass(frozen=True)
class FamilyCriteria:
    """How well one family fits: scaled deviance, degrees of freedom, p-value, QAICc, held-out deviance per level.

    ``misfit`` is the rms residual over the highest rate: long runs reject a family whose misfit does not matter.
    """

    deviance: float
    degrees: int
    p_value: float
    qaicc: float
    held_out: float
    misfit: float

    @property
    def rejected(self) -> bool:
        """Whether the data reject the family at the 1 % level."""
        return self.p_value < REJECTED_BELOW

    @property
    def dispersion(self) -> float:
        """Factor by which a rejected family's variances are raised; 1 for a family that fits."""
        return max(1.0, self.deviance / self.degrees) if self.rejected and self.degrees > 0 else 1.0


def held_out_deviance(problem: Problem, best: Maximum) -> float:
    """Return the mean deviance of inner levels, each predicted by a fit without its fold (levels taken in turn)."""
    order = np.argsort(problem.data.v)
    inner = order[1:-1]
    if inner.size < FOLDS:
        return float("inf")
    total = 0.0
    for fold in range(FOLDS):
        left_out = inner[fold::FOLDS]
        kept = np.setdiff1d(order, left_out)
        part = Problem(problem.family, problem.data.take(kept), problem.dispersion[kept])
        psi = climb(part, best.psi, best.free, steps=20, tolerance=1e-3).psi
        held = problem.data.take(left_out)
        total += float(deviance_terms(held, problem.family.curve(psi, held.v)[0], problem.dispersion[left_out]).sum())
    return total / inner.size


def judge(problem: Problem, best: Maximum, *, held_out: bool = True) -> FamilyCriteria:
    """Return the criteria of a fitted family.

    The expected deviance of a Poisson count below 1 is itself below 1; the degrees of freedom count the levels whose
    expected number of spikes exceeds 1, as in the usual rule for chi-square tests.
    """
    family, data = problem.family, problem.data
    used = int(best.free.sum())
    counted = _counted_levels(family, best.psi, data)
    degrees = max(counted - used, 0)
    n = max(data.v.size, used + 2)
    correction = 2 * used * (used + 1) / (n - used - 1)
    p_value = float(chdtrc(degrees, best.deviance)) if degrees > 0 else 1.0
    left = held_out_deviance(problem, best) if held_out else float("inf")
    return FamilyCriteria(
        best.deviance, degrees, p_value, best.deviance + 2 * used + correction, left, _misfit(family, best.psi, data)
    )


def _misfit(family: Family, psi: Array, data: CountData) -> float:
    rate = data.count / data.exposure
    return float(np.sqrt(np.mean((rate - family.curve(psi, data.v)[0]) ** 2)) / max(rate.max(), 1e-300))


def _counted_levels(family: Family, psi: Array, data: CountData) -> int:
    return int(np.sum(family.curve(psi, data.v)[0] * data.exposure / data.fano > 1.0))
