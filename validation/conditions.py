"""The conditions of a study: the untouched population and each mechanism at each amount."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from ..spiking import MECHANISMS, Population
from ..spiking.mechanisms import Mode
from ..units import to_si

BASE = "base"


class MechanismRequest(Protocol):
    """What a study says of one mechanism."""

    @property
    def id(self) -> str:
        """Identifier of the mechanism."""
        ...

    @property
    def mode(self) -> Mode:
        """Reading of the lever."""
        ...

    @property
    def amounts(self) -> "tuple[float | str, ...]":
        """Amounts, SI or text with a unit."""
        ...


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One population of the study, and how it came from the untouched one."""

    name: str
    mechanism: str
    mode: Mode
    amount: float
    label: str
    population: Population

    @property
    def is_base(self) -> bool:
        """Whether this is the untouched population."""
        return self.name == BASE


def amount_label(amount: float, unit: str, neutral: float) -> str:
    """Return an amount as a reader wants it: a factor with a times sign, a shift with its sign and unit."""
    if neutral == 1:
        return f"×{amount:g}"
    return f"{amount * 1e3:+g} mV" if unit == "V" else f"{amount:+g}"


def base_condition(population: Population) -> Condition:
    """Return the untouched population as a condition."""
    return Condition(name=BASE, mechanism="none", mode="review", amount=0.0, label="untouched", population=population)


def conditions(population: Population, requests: Iterable[MechanismRequest]) -> tuple[Condition, ...]:
    """Return the untouched population and every requested change of it, in the order of the study, each once.

    Raises
    ------
    ValueError
        If a mechanism cannot act on this population, or its amount is impossible.
    """
    made = [base_condition(population)]
    seen: set[tuple[str, Mode, float]] = set()
    for request in requests:
        for condition in changes(population, request):
            key = condition.mechanism, condition.mode, condition.amount
            made += [] if key in seen else [condition]
            seen.add(key)
    return tuple(made)


def changes(population: Population, request: MechanismRequest) -> tuple[Condition, ...]:
    """Return the population under one mechanism at each of its amounts."""
    mechanism, made = MECHANISMS[request.id], []
    for given in request.amounts:
        amount = float(to_si(given, mechanism.unit, f"{mechanism.id} amount"))
        label = amount_label(amount, mechanism.unit, mechanism.neutral)
        made.append(
            Condition(
                name=f"{mechanism.id}[{request.mode}] {label}",
                mechanism=mechanism.id,
                mode=request.mode,
                amount=amount,
                label=label,
                population=mechanism.apply(population, amount, request.mode),
            )
        )
    return tuple(made)
