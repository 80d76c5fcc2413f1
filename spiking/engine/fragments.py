"""Pieces of a model: what they declare and what they do in one step."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["shared", "shared signal", "cell", "state", "integer", "shared integer"]


@dataclass(frozen=True)
class Variable:
    """A named quantity: a number shared by all cells, constant or moved from outside, a constant or a state of each."""

    name: str
    unit: str
    role: Role = "shared"

    @property
    def declaration(self) -> str:
        """Line of Brian2 equations that declares it."""
        if "integer" in self.role:
            return f"{self.name} : integer ({'shared, ' if 'shared' in self.role else ''}constant)"
        flags = {"shared": " (shared, constant)", "shared signal": " (shared)", "cell": " (constant)", "state": ""}[
            self.role
        ]
        return f"{self.name} : {self.unit}{flags}"


@dataclass(frozen=True)
class Fragment:
    """A part of the model: what it declares and what it does in one step."""

    variables: tuple[Variable, ...] = ()
    lines: tuple[str, ...] = ()

    def __add__(self, other: "Fragment") -> "Fragment":
        return Fragment(self.variables + other.variables, self.lines + other.lines)

    @property
    def declarations(self) -> str:
        """All declarations."""
        return "\n".join(variable.declaration for variable in self.variables)

    @property
    def statements(self) -> str:
        """All statements of one step."""
        return "\n".join(self.lines)


def shared(unit: str, *names: str) -> tuple[Variable, ...]:
    """Declare numbers that all cells share."""
    return tuple(Variable(name, unit) for name in names)


def state(unit: str, *names: str) -> tuple[Variable, ...]:
    """Declare quantities of each cell that change."""
    return tuple(Variable(name, unit, "state") for name in names)


def signals(unit: str, *names: str) -> tuple[Variable, ...]:
    """Declare numbers that all cells share and that are set anew before every step."""
    return tuple(Variable(name, unit, "shared signal") for name in names)
