"""What a mechanism is: a cellular lever with an amount, a pure function from population to population."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from ...units import to_si
from ..population import Population

Mode = Literal[
    "review",
    "bio",
    "bio:autoreceptor",
    "bio:cation",
    "bio:dendritic",
    "bio:explicit",
    "bio:heteroreceptor",
    "bio:presynaptic",
    "bio:subthreshold",
    "bio:tonic",
]
"""Readings of a lever: ``review`` as shine2021 names it, ``bio`` its channel-level reading, ``bio:...`` further ones.

``autoreceptor`` and ``heteroreceptor``: on the inhibitory or the excitatory terminals alone. ``cation``: by a
nonselective cation conductance. ``dendritic``: by the receptors of the dendrite alone. ``explicit``: by gated channels
where ``bio`` linearises them. ``presynaptic``: by the release of the terminals. ``subthreshold``: by the K+ current
below threshold. ``tonic``: by the ambient conductance alone.
"""

Lever = Callable[[Population, float], Population]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One reading of a mechanism: what it does, how it changes a population, its default amounts and its sources."""

    lever: str
    act: Lever
    amounts: tuple[float, float]
    sources: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Mechanism:
    """A cellular lever: its identifier, what it does, and how it changes a population in each reading.

    ``neutral`` is the amount that leaves the cell untouched in every reading, bit for bit: 0 for a shift, 1 for a
    factor. ``lever``, ``amounts`` (the lower and the higher default amount) and ``sources`` are those of every mode
    that is given as a function; a mode given as a `Reading` has its own. A study that names no mechanism asks for those
    that are ``standard``.
    """

    id: str
    lever: str
    unit: str
    neutral: float
    amounts: tuple[float, float]
    modes: Mapping[Mode, Lever | Reading]
    sources: tuple[str, ...]
    standard: bool = True

    def reading(self, mode: Mode = "review") -> Reading:
        """Return one reading of the mechanism.

        Raises
        ------
        ValueError
            If the mode does not exist.
        """
        if mode not in self.modes:
            raise ValueError(f"{self.id} has no mode {mode!r}; it has: {', '.join(self.modes)}.")
        found = self.modes[mode]
        if isinstance(found, Reading):
            return found
        return Reading(lever=self.lever, act=found, amounts=self.amounts, sources=self.sources)

    def apply(self, population: Population, amount: float | str, mode: Mode = "review") -> Population:
        """Return the population under this mechanism; the same object at the neutral amount.

        Parameters
        ----------
        population : Population
            The untouched population.
        amount : float or str
            In ``self.unit`` (SI), or text such as ``"3 mV"``.
        mode : str
            Reading of the lever, see `Mode`.

        Raises
        ------
        ValueError
            If the mode does not exist, or the population lacks what the mechanism acts on.
        """
        reading = self.reading(mode)
        value = to_si(amount, self.unit, f"{self.id} amount")
        return population if value == self.neutral else reading.act(population, value)


def checked_factor(identifier: str, factor: float) -> float:
    """Return a factor that scales a conductance or a time, or refuse a negative one."""
    if factor < 0:
        raise ValueError(f"{identifier}: factor {factor:g} is negative; 1 is the untouched cell, give 0 or more.")
    return factor
