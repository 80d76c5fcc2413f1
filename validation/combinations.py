"""The combinations of a study: the population under two levers at once, and whether their order matters."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from ..spiking import MECHANISMS, Population
from .conditions import Condition, MechanismRequest, changes

_SAME = 1e-9  # relative; two orders of the same multiplications differ by rounding


class CombinationRequest(Protocol):
    """What a study says of one combination."""

    @property
    def parts(self) -> "tuple[MechanismRequest, ...]":
        """Two levers with their amounts, in the order of application."""
        ...


@dataclass(frozen=True, kw_only=True)
class Combination:
    """One population under two levers at once; ``first`` and ``second`` are the conditions with each of them alone.

    ``order`` is empty if the levers commute, else a sentence about what the other order would have made.
    """

    name: str
    first: Condition
    second: Condition
    population: Population
    order: str


def combinations(population: Population, requests: Iterable[CombinationRequest]) -> tuple[Combination, ...]:
    """Return the population under every requested pair of levers, in the order of the study.

    Raises
    ------
    ValueError
        If a mechanism cannot act on this population, or not after the other one.
    """
    return tuple(
        _combined(first, second)
        for request in requests
        for first in changes(population, request.parts[0])
        for second in changes(population, request.parts[1])
    )


def _combined(first: Condition, second: Condition) -> Combination:
    joint = _under(first.population, second)
    return Combination(
        name=f"{first.name} + {second.name}",
        first=first,
        second=second,
        population=joint,
        order=_order(first, second, joint),
    )


def _under(population: Population, change: Condition) -> Population:
    return MECHANISMS[change.mechanism].apply(population, change.amount, change.mode)


def _order(first: Condition, second: Condition, joint: Population) -> str:
    """Return a sentence about the other order, empty if it makes the same population."""
    applied = f"{first.mechanism} was applied before {second.mechanism}, and the order matters: "
    try:
        other = _under(second.population, first)
    except ValueError as refused:
        return f"{applied}the other order is refused ({refused})"
    differing = list(_differences(joint, other))
    if not differing:
        return ""
    place, here, there = max(differing, key=lambda found: _relative(*found[1:]))
    return f"{applied}the other order would make {place} {_compared(here, there)}."


def _differences(one: Population, other: Population) -> Iterator[tuple[str, Any, Any]]:
    """Yield the parameters in which two populations differ by more than rounding."""
    here, there = dict(_leaves(asdict(one))), dict(_leaves(asdict(other)))
    for place in dict.fromkeys((*here, *there)):
        pair = here.get(place), there.get(place)
        if _relative(*pair) > _SAME:
            yield place, *pair


def _relative(one: Any, other: Any) -> float:
    if isinstance(one, float) and isinstance(other, float):
        largest = max(abs(one), abs(other))
        return abs(one - other) / largest if largest else 0.0
    return 0.0 if one == other else 1.0


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every number and name of a described object under its dotted place, such as ``excitatory.ampa.weight``."""
    if isinstance(value, dict):
        for key, below in value.items():
            within = place if key in ("afferents", "synapses") else f"{place}.{key}"
            yield from _leaves(below, within)
    elif isinstance(value, tuple):
        for number, below in enumerate(value):
            label = below.get("receptor", below.get("name", number)) if isinstance(below, dict) else number
            yield from _leaves(below, f"{place}.{label}")
    else:
        yield place.removeprefix("."), value


def _compared(here: Any, there: Any) -> str:
    """Return the other value in words, beside this one."""
    if isinstance(here, float) and isinstance(there, float) and here != 0:
        return f"{there / here:.3g} times as large"
    return f"{there} in place of {here}"
