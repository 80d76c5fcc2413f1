"""A range of amounts, for a dose curve: evenly spaced for a shift, geometrically for a factor."""

import numpy as np
from pydantic import Field, field_validator

from ...spiking import Mechanism
from ...units import to_si
from .section import Section

_DIGITS = 3  # of an amount in a range: a reader meets them all


class DoseSection(Section):
    """A range of amounts in place of a list: geometric steps for a factor, even ones for a shift."""

    start: float | str = Field(alias="from", description="First amount.")
    stop: float | str = Field(alias="to", description="Last amount.")
    points: int = Field(
        default=9, ge=3, le=99, description="How many amounts, rounded to three digits; the untouched cell is one more."
    )

    @field_validator("start", "stop", mode="before")
    @classmethod
    def _an_amount(cls, given: object) -> object:
        if isinstance(given, bool) or not isinstance(given, (int, float, str)):
            raise ValueError(f"{given!r} does not fit, a number or text with a unit is wanted.")
        return given

    def amounts(self, mechanism: Mechanism) -> tuple[float, ...]:
        """Return the amounts (SI) without the neutral one, at which the untouched population stands.

        Raises
        ------
        ValueError
            If an end has the wrong dimension, both are the same, or a factor's range is not above 0.
        """
        first, last = (to_si(end, mechanism.unit, "value") for end in (self.start, self.stop))
        low, high = float(first), float(last)
        if low == high:
            raise ValueError(f"from and to are both {low:g}; give a range.")
        if mechanism.neutral == 1 and min(low, high) <= 0:
            raise ValueError(
                f"{low:g} to {high:g} cannot be stepped geometrically, as a factor is; begin above 0, or list amounts."
            )
        spaced = np.geomspace if mechanism.neutral == 1 else np.linspace
        rounded = [float(f"{amount:.{_DIGITS}g}") for amount in spaced(low, high, self.points)]
        near = 1e-6 * abs(high - low)
        return tuple(dict.fromkeys(amount for amount in rounded if abs(amount - mechanism.neutral) > near))
