"""What about a circuit decides which program is compiled: the structures of its populations, in order."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from .structure import Precision, Structure


@dataclass(frozen=True)
class CircuitStructure:
    """The structures of all populations; sizes, connections, weights, delays and stimuli are arguments."""

    parts: tuple[Structure, ...]

    @property
    def precision(self) -> Precision:
        """Floating-point precision of the whole circuit."""
        return self.parts[0].precision

    @property
    def digest(self) -> str:
        """Hash of the structure."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "CircuitStructure":
        """Rebuild a structure from ``dataclasses.asdict`` that went through JSON."""
        return cls(tuple(Structure.from_dict(part) for part in values["parts"]))


def group_name(number: int) -> str:
    """Return the name of a population's group in Brian2."""
    return f"population_{number}"
