"""What a mechanism is: a cellular lever with an amount, a pure function from population to population."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from ...units import to_si
from ..population import Population

Mode = Literal["review", "bio"]
Lever = Callable[[Population, float], Population]


@dataclass(frozen=True, kw_only=True)
class Mechanism:
    """A cellular lever: its identifier, what it does, and how it changes a population in each reading.

    ``neutral`` is the amount that leaves the cell untouched, bit for bit: 0 for a shift, 1 for a factor. ``amounts``
    are the lower and the higher amount of the built-in study.
    """

    id: str
    lever: str
    unit: str
    neutral: float
    amounts: tuple[float, float]
    modes: Mapping[Mode, Lever]
    sources: tuple[str, ...]

    def apply(self, population: Population, amount: float | str, mode: Mode = "review") -> Population:
        """Return the population under this mechanism; the same object at the neutral amount.

        Parameters
        ----------
        population : Population
            The untouched population.
        amount : float or str
            In ``self.unit`` (SI), or text such as ``"3 mV"``.
        mode : {"review", "bio"}
            The lever as shine2021 names it, or its channel-level reading.

        Raises
        ------
        ValueError
            If the mode does not exist, or the population lacks what the mechanism acts on.
        """
        if mode not in self.modes:
            raise ValueError(f"{self.id} has no mode {mode!r}; it has: {', '.join(self.modes)}.")
        value = to_si(amount, self.unit, f"{self.id} amount")
        return population if value == self.neutral else self.modes[mode](population, value)


def checked_factor(identifier: str, factor: float) -> float:
    """Return a factor that scales a conductance or a time, or refuse a negative one."""
    if factor < 0:
        raise ValueError(f"{identifier}: factor {factor:g} is negative; 1 is the untouched cell, give 0 or more.")
    return factor
