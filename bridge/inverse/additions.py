"""What to measure next: by how much one more measurement would shorten an interval, and which few do it together.

For quantities and measurements that are jointly Gaussian the variance of a quantity t after measuring y with error
variance s is Var t - Cov(t, y)^2/(Var y + s), whatever the value found: exact for a linear response with Gaussian
errors. Where responses bend or bounds cut, ``expected_shrinkage`` averages over what may be found instead.

Source: atkinson2007 (c- and D-optimal designs).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Kind = Literal["feature", "drive level", "probe", "spectrum", "recording"]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One measurement that could be made: what it is, its unit, and the standard error it would have."""

    name: str
    kind: Kind
    unit: str
    standard_error: float

    def repeated(self, times: float) -> "Candidate":
        """Return the candidate with ``times`` as much data."""
        return replace(self, standard_error=self.standard_error / float(np.sqrt(times)))


@dataclass(frozen=True, kw_only=True)
class Addition:
    """A measurement and what it promises: errors after over before, of the target and (D-criterion) of all together.

    ``information`` is the gain in half the log determinant of the information on all quantities, in nats.
    """

    candidate: Candidate
    shrinkage: float
    information: float


def expected_shrinkage(
    target: Array, expected: Array, variance: Array, rng: np.random.Generator, *, outcomes: int = 100
) -> Array:
    """Return for each of M measurements the error of the target after over before (M,), averaged over what is found.

    Each outcome weighs the cases by its likelihood, so that bent responses, bounds and errors that differ from case to
    case are all in; the root of the mean variance is returned.

    Parameters
    ----------
    target : (n,) array
        The quantity in n equally likely cases.
    expected, variance : (n, M) arrays
        What each measurement would find in each case, and the variance about that.
    rng : Generator
    outcomes : int
        Number of outcomes averaged over.
    """
    cases = rng.integers(target.size, size=outcomes)
    noise = rng.standard_normal((outcomes, 1))  # the same for all measurements, which makes them comparable
    found = expected[cases] + np.sqrt(variance[cases]) * noise
    left = np.empty((outcomes, expected.shape[1]))
    for number, outcome in enumerate(found):
        surprise = 0.5 * (outcome - expected) ** 2 / variance + 0.5 * np.log(variance)
        weight = np.exp(surprise.min(0) - surprise)
        weight /= weight.sum(0)
        middle = target @ weight
        left[number] = target**2 @ weight - middle**2
    return np.sqrt(np.maximum(left.mean(0), 0.0) / target.var())


def added_to_information(
    covariance: Array, gradient: Array, rows: Array, candidates: Sequence[Candidate]
) -> list[Addition]:
    """Return every single addition to parameters that are estimated with ``covariance`` (p, p), the best first.

    Parameters
    ----------
    covariance : (p, p) array
        Of the parameters now: the inverse of their information.
    gradient : (p,) array
        Of the target with respect to the parameters.
    rows : (M, p) array
        Gradient of what each candidate measures.
    candidates : sequence of Candidate
    """
    error = np.array([candidate.standard_error for candidate in candidates]) ** 2
    return sorted(
        _additions(_joint(covariance, gradient, rows), error, candidates), key=lambda addition: addition.shrinkage
    )


def greedy(joint: Array, candidates: Sequence[Candidate], number: int) -> list[Addition]:
    """Return ``number`` additions one after another, each the best after those before; one may be made again.

    Parameters
    ----------
    joint : (1 + M, 1 + M) array
        Covariance of the target and of what the candidates measure.
    candidates : sequence of Candidate
    number : int

    Returns
    -------
    list of Addition
        Their ``shrinkage`` is that of all additions so far.
    """
    joint, first = joint.copy(), float(joint[0, 0])
    error = np.array([candidate.standard_error for candidate in candidates]) ** 2
    chosen = []
    for _ in range(number):
        tried = _additions(joint, error, candidates)
        best = int(np.argmin([addition.shrinkage for addition in tried]))
        column = joint[:, 1 + best]
        joint = joint - np.outer(column, column) / (column[1 + best] + error[best])
        chosen.append(replace(tried[best], shrinkage=float(np.sqrt(max(joint[0, 0], 0.0) / first))))
    return chosen


def joint_covariance(target: Array, measured: Array) -> Array:
    """Return the covariance (1 + M, 1 + M) of a target (n,) and of what M candidates find (n, M) over n cases."""
    return np.cov(np.column_stack([target, measured]).T)


def _joint(covariance: Array, gradient: Array, rows: Array) -> Array:
    everything = np.vstack([gradient, rows])
    return everything @ covariance @ everything.T


def _additions(joint: Array, error: Array, candidates: Sequence[Candidate]) -> list[Addition]:
    spread, shared = np.diag(joint)[1:], joint[0, 1:]
    left = 1 - shared**2 / np.maximum(joint[0, 0] * (spread + error), 1e-300)
    gain = 0.5 * np.log1p(spread / error)
    return [
        Addition(candidate=candidate, shrinkage=float(np.sqrt(max(kept, 0.0))), information=float(nats))
        for candidate, kept, nats in zip(candidates, left, gain, strict=True)
    ]
