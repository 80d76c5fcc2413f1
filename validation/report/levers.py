"""The levers of a study in reading order: the rows of the map, and the conditions that share one figure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .features import FEATURES
from .numbers import MINUS, usual_unit

BASE = "base"


@dataclass(frozen=True)
class Lever:
    """One mechanism at one amount."""

    condition: str
    mechanism: str
    mode: str
    amount: float
    amount_label: str
    unit: str
    sentence: str
    features: Mapping[str, Mapping[str, Any]]
    elasticity: Mapping[str, Any]
    gain_split: Mapping[str, Any]

    @property
    def title(self) -> str:
        """Mechanism, mode if it is not that of shine2021, and amount."""
        return f"{self.mechanism}{mode_suffix(self.mode)} {self.amount_label}"


@dataclass(frozen=True)
class MechanismPart:
    """All amounts of one mechanism in one mode, from the lowest up."""

    mechanism: str
    mode: str
    levers: tuple[Lever, ...]

    @property
    def title(self) -> str:
        """Mechanism, and mode if it is not that of shine2021."""
        return f"{self.mechanism}{mode_suffix(self.mode)}"

    @property
    def elasticity(self) -> Mapping[str, Any]:
        """First-order predicted change of each feature per SI unit of the amount, if the result has it."""
        return self.levers[0].elasticity

    @property
    def amount_unit(self) -> str:
        """The unit in which a reader meets the amount."""
        return usual_unit(self.levers[0].unit)

    @property
    def key(self) -> str:
        """A name for files and anchors."""
        return f"{self.mechanism}-{self.mode}" if mode_suffix(self.mode) else self.mechanism


def mode_suffix(mode: str) -> str:
    """Return the words for a mode other than that of shine2021."""
    return "" if mode in ("review", "") else f" ({mode})"


def _in_order(entries: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return the features in the order of the columns, whatever the order on disk; unknown ones last."""
    known = [name for name in FEATURES if name in entries]
    return {name: entries[name] for name in [*known, *sorted(set(entries) - set(known))]}


def _label(row: Mapping[str, Any]) -> str:
    text = str(row.get("amount_label") or row.get("amount", ""))
    return ("\N{MULTIPLICATION SIGN}" + text[1:] if text.startswith("x") else text).replace("-", MINUS)


def read_levers(document: Mapping[str, Any]) -> tuple[Lever, ...]:
    """Return the lever rows of the document, in its order."""
    return tuple(
        Lever(
            condition=str(row.get("condition", "")),
            mechanism=str(row.get("mechanism", "")),
            mode=str(row.get("mode", "review")),
            amount=float(row.get("amount") or 0.0),
            amount_label=_label(row),
            unit=str(row.get("unit", "1")),
            sentence=str(row.get("lever", "")),
            features=_in_order(row.get("features", {})),
            elasticity=row.get("elasticity") or {},
            gain_split=row.get("gain_split") or {},
        )
        for row in document.get("levers", [])
    )


def group_by_mechanism(levers: tuple[Lever, ...]) -> tuple[MechanismPart, ...]:
    """Gather the amounts of each mechanism and mode, in the order in which the mechanisms appear."""
    parts: dict[tuple[str, str], list[Lever]] = {}
    for lever in levers:
        parts.setdefault((lever.mechanism, lever.mode), []).append(lever)
    return tuple(
        MechanismPart(mechanism, mode, tuple(sorted(group, key=lambda lever: lever.amount)))
        for (mechanism, mode), group in parts.items()
    )
