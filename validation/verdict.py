"""Verdicts: an equivalence or a superiority test of a measured number, with a margin that was fixed before the run."""

import math
from dataclasses import dataclass
from typing import Literal

from scipy import stats

Verdict = Literal["holds", "fails", "undecided"]
Sign = Literal["+", "-", "0", "?"]


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """A measured number with its standard error and the degrees of freedom behind that error."""

    value: float
    standard_error: float
    degrees_of_freedom: float = math.inf

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the two-sided Student interval at ``level``."""
        reach = float(stats.t.ppf(0.5 + level / 2, self.degrees_of_freedom)) * self.standard_error
        return self.value - reach, self.value + reach

    def minus(self, number: float) -> "Measurement":
        """Return the difference to an exactly known number."""
        return Measurement(
            value=self.value - number, standard_error=self.standard_error, degrees_of_freedom=self.degrees_of_freedom
        )


def equivalence(difference: Measurement, margin: float, alpha: float = 0.05) -> Verdict:
    """Judge the statement that a difference is smaller than ``margin``: two one-sided tests at ``alpha``.

    Source: schuirmann1987.

    Parameters
    ----------
    difference : Measurement
        Measured minus expected.
    margin : float
        Largest difference that counts as none, in the unit of the measurement; fixed before the run.
    alpha : float
        Error rate of each one-sided test.

    Returns
    -------
    {"holds", "fails", "undecided"}
        "holds" if the 1 - 2 alpha interval lies inside the margin, "fails" if outside, "undecided" if it crosses it.

    Raises
    ------
    ValueError
        If the margin is not positive.
    """
    if not margin > 0:
        raise ValueError(
            f"equivalence: margin {margin:g} must be above 0; without a margin nothing can be shown equal."
        )
    low, high = difference.interval(1 - 2 * alpha)
    if -margin < low and high < margin:
        return "holds"
    return "fails" if low > margin or high < -margin else "undecided"


def sign_of(change: Measurement, margin: float, level: float = 0.95) -> Sign:
    """Return the sign that a measured change has shown: "0" only if equivalent to none, "?" if nothing is shown."""
    if equivalence(change, margin, (1 - level)) == "holds":
        return "0"
    low, high = change.interval(level)
    if low > 0:
        return "+"
    return "-" if high < 0 else "?"


def direction(change: Measurement, expected: Sign, margin: float, level: float = 0.95) -> Verdict:
    """Judge a claim about direction: superiority over 0 for "+" and "-", equivalence within ``margin`` for "0"."""
    if expected == "0":
        return equivalence(change, margin, 1 - level)
    low, high = change.interval(level)
    if expected == "-":
        low, high = -high, -low
    if low > 0:
        return "holds"
    return "fails" if high < 0 or equivalence(change, margin, 1 - level) == "holds" else "undecided"
