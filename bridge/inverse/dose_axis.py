"""One lever as a coordinate: 0 is the untouched cell, 1 in size the amount that was studied farthest from it."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


@dataclass(frozen=True, kw_only=True)
class DoseAxis:
    """A lever and the amounts at which its effect is known.

    Factors above 0 are measured in doublings, anything else in the unit of the amount; both are divided by the largest
    studied distance from the untouched cell, which makes the coordinate (the dose) run within -1 and 1.

    Parameters
    ----------
    name : str
        What the lever is called, unique among those of a question.
    mechanism, mode : str
        Identifier and reading.
    unit : str
        Unit of the amount.
    neutral : float
        The amount that leaves the cell untouched.
    amounts : tuple of float
        Studied amounts in ascending order, without the neutral one.
    lowest, highest : float
        Ends of the amounts that count as possible; they include the neutral one.
    """

    name: str
    mechanism: str
    mode: str
    unit: str
    neutral: float
    amounts: tuple[float, ...]
    lowest: float
    highest: float

    def __post_init__(self) -> None:
        if not self.amounts or self.neutral in self.amounts:
            raise ValueError(
                f"{self.name}: studied amounts {self.amounts} must be there and leave out the neutral {self.neutral:g}."
            )
        studied = min(*self.amounts, self.neutral), max(*self.amounts, self.neutral)
        if not studied[0] <= self.lowest <= self.neutral <= self.highest <= studied[1] or self.lowest == self.highest:
            raise ValueError(
                f"{self.name}: bounds {self.lowest:g} to {self.highest:g} must hold {self.neutral:g} and lie within "
                f"the studied {studied[0]:g} to {studied[1]:g}; study a wider range for wider bounds."
            )

    @property
    def factor(self) -> bool:
        """Whether amounts are factors, measured in doublings."""
        return self.neutral == 1 and min(self.amounts) > 0

    def _place(self, amount: float) -> float:
        return math.log2(amount) if self.factor else amount - self.neutral

    @cached_property
    def reach(self) -> float:
        """Distance of the farthest studied amount, in doublings or in the unit of the amount."""
        return max(abs(self._place(amount)) for amount in self.amounts)

    def dose(self, amount: float) -> float:
        """Return the coordinate of an amount."""
        return self._place(amount) / self.reach

    def amount(self, dose: float) -> float:
        """Return the amount at a coordinate."""
        return float(2.0 ** (dose * self.reach) if self.factor else self.neutral + dose * self.reach)

    @property
    def bounds(self) -> tuple[float, float]:
        """Coordinates of the ends of the possible amounts."""
        return self.dose(self.lowest), self.dose(self.highest)

    @cached_property
    def knots(self) -> Array:
        """Coordinates of all points of the dose curve, the untouched cell among them, ascending."""
        return np.array(sorted([0.0, *(self.dose(amount) for amount in self.amounts)]))

    def label(self, dose: float) -> str:
        """Return an amount as a reader wants it: a factor with a times sign, a shift with its sign and unit."""
        amount = self.amount(dose)
        if self.neutral == 1:
            return f"\N{MULTIPLICATION SIGN}{amount:.3g}"
        text = f"{amount * 1e3:+.2g} mV" if self.unit == "V" else f"{amount:+.2g}"
        return text.replace("-", "\N{MINUS SIGN}")
