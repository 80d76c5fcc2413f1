"""Two levers at a time: what a study says of a combination of mechanisms."""

from pydantic import Field, field_validator

from ...spiking import MECHANISMS
from .section import Section
from .sections import MechanismSection


class CombinationSection(Section):
    """Two levers studied together, each alone, and neither: whether what they do together is the sum of both."""

    parts: tuple[MechanismSection, ...] = Field(
        description="Two tables with the keys of `[[mechanisms]]`, in the order in which they are applied; every "
        "amount of one meets every amount of the other."
    )

    @field_validator("parts")
    @classmethod
    def _two_levers(cls, parts: tuple[MechanismSection, ...]) -> tuple[MechanismSection, ...]:
        if len(parts) != 2:
            raise ValueError(f"{len(parts)} parts; a combination has two.")
        first, second = parts
        if (first.id, first.mode) == (second.id, second.mode):
            raise ValueError(f"{first.id} is combined with itself; choose another second part.")
        for part in parts:
            if MECHANISMS[part.id].neutral in part.amounts:
                neutral = f"{part.id} at {MECHANISMS[part.id].neutral:g}"
                raise ValueError(f"{neutral} is the untouched cell, which is always there; drop it.")
        return parts
