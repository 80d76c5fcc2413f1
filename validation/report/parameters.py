"""The tables behind the curves: fitted parameters and families, the parts of the width, the parts of a gain change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .levers import Lever, MechanismPart
from .numbers import MISSING, Shown, compact, is_number, shown

_ESTIMATES = {
    "sigmoid_parameters": "sigmoid",
    "kernel_parameters": "kernel",
    "super_additivity": "super-additivity",
    "linearity": "linearity",
}
_WIDTH = {
    "total": "population sigmoid",
    "quenched": "thresholds that differ between cells",
    "temporal": "noise within one cell",
    "gap": "remainder (0 for memoryless cells)",
}
_GAIN = ("gain", "slope", "area")


@dataclass(frozen=True)
class EstimateRow:
    """One estimated number of the untouched population."""

    of: str
    name: str
    number: Shown


@dataclass(frozen=True)
class PartRow:
    """One part of a whole: its size and its share, in percent; ``bar`` is the share that can be drawn."""

    name: str
    number: Shown
    share: str
    bar: float


@dataclass(frozen=True)
class GainRow:
    """The change of the logarithm of the gain under one lever, and its two parts."""

    title: str
    numbers: tuple[Shown, ...]


def _written(estimate: Any, unit: str = "1", *, signed: bool = False) -> Shown:
    """Write an estimate of the document, which may be null."""
    found = estimate if isinstance(estimate, Mapping) else {}
    return shown(
        found.get("value"),
        found.get("interval"),
        str(found.get("unit", unit)),
        error=found.get("standard_error"),
        signed=signed,
    )


def estimate_rows(document: Mapping[str, Any]) -> list[EstimateRow]:
    """Return the fitted parameters of the untouched population, in alphabetical order within each estimate."""
    base = document.get("base", {})
    return [
        EstimateRow(title, name.replace("_", " "), _written(estimates[name]))
        for key, title in _ESTIMATES.items()
        for estimates in (base.get(key) or {},)
        for name in sorted(estimates)
    ]


def family_rows(document: Mapping[str, Any]) -> tuple[tuple[str, ...], list[tuple[str, tuple[str, ...]]]]:
    """Return the criteria by which the sigmoid's family was chosen: their names, and a row for each family."""
    families = document.get("base", {}).get("families") or {}
    criteria = tuple(sorted({name for found in families.values() for name in found}))
    rows = [(name, tuple(compact(families[name].get(key)) for key in criteria)) for name in sorted(families)]
    return tuple(name.replace("_", " ") for name in criteria), rows


def _percent(part: Any, whole: Any) -> float | None:
    return 100 * part / whole if is_number(part) and is_number(whole) and whole > 0 else None


def width_rows(document: Mapping[str, Any]) -> list[PartRow]:
    """Return the parts of the squared width of the untouched sigmoid, with their shares of the total."""
    split: dict[str, Any] = document.get("base", {}).get("width_split") or {}
    total = (split.get("total") or {}).get("value")
    rows: list[PartRow] = []
    for name in [*(key for key in _WIDTH if key in split), *sorted(set(split) - set(_WIDTH))]:
        percent = _percent((split[name] or {}).get("value"), total)
        share = MISSING if percent is None else f"{compact(round(percent))}\N{NO-BREAK SPACE}%"
        bar = min(max(percent or 0.0, 0.0), 100.0)
        rows.append(PartRow(_WIDTH.get(name, name), _written(split[name], "V2"), share, bar))
    return rows


def _gain_row(lever: Lever) -> GainRow:
    return GainRow(lever.amount_label, tuple(_written(lever.gain_split.get(key), signed=True) for key in _GAIN))


def gain_rows(part: MechanismPart) -> list[GainRow]:
    """Return d ln gain = d ln slope + d ln area of each amount, if the result has the split."""
    return [_gain_row(lever) for lever in part.levers if lever.gain_split]
