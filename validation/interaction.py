"""Interaction of two levers: what they do together minus the sum of what each does alone, on the scale of the feature.

The four populations (neither, each, both) get the same drives and the same random numbers, so the interaction is a
paired contrast over groups of cells.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import xarray as xr

from ..bridge.estimate import FEATURE_UNITS
from ..spiking import MECHANISMS
from .combinations import Combination
from .conditions import Condition
from .findings import Findings
from .levers import number
from .margins import read_margins
from .replicated import Features, Replicated, Scale, contrast, weighted
from .verdict import Measurement, equivalence, sign_of

Additivity = Literal["additive", "interacts", "undecided"]

_ADDITIVITY: dict[str, Additivity] = {"holds": "additive", "fails": "interacts", "undecided": "undecided"}
_INTERACTION = (1.0, -1.0, -1.0, 1.0)  # weights of joint, first, second, neither


@dataclass(frozen=True, kw_only=True)
class InteractionMargin:
    """On which scale effects on a feature add, and the largest interaction on it that counts as none."""

    scale: Scale
    margin: float


@cache
def interaction_margins() -> dict[str, InteractionMargin]:
    """Read the scales and margins that ship with the package."""
    table = tomllib.loads(Path(__file__).with_name("interaction_margins.toml").read_text(encoding="utf-8"))
    return {name: InteractionMargin(scale=row["scale"], margin=float(row["margin"])) for name, row in table.items()}


def interaction_rows(findings: Findings) -> list[dict[str, Any]]:
    """Return one row for each combination of the study: its parts, and for each feature whether they add."""
    return [_row(findings, combination) for combination in findings.combinations]


def _row(findings: Findings, combination: Combination) -> dict[str, Any]:
    names = (combination.name, combination.first.name, combination.second.name, findings.base)
    measured = [findings.measured[name].features for name in names]
    predicted = [findings.predicted[name].features for name in names]
    return {
        "combination": combination.name,
        "parts": [_part(combination.first), _part(combination.second)],
        "commute": not combination.order,
        "order": combination.order,
        "features": {
            feature: interaction_cell(feature, measured, predicted, findings.study.report.level)
            for feature in FEATURE_UNITS
        },
    }


def _part(condition: Condition) -> dict[str, Any]:
    return {
        "condition": condition.name,
        "mechanism": condition.mechanism,
        "mode": condition.mode,
        "amount": condition.amount,
        "amount_label": condition.label,
        "unit": MECHANISMS[condition.mechanism].unit,
    }


def interaction_cell(
    feature: str, measured: Sequence[Replicated], predicted: Sequence[Features], level: float = 0.95
) -> dict[str, Any]:
    """Return whether two levers add in one feature.

    Parameters
    ----------
    feature : str
    measured : sequence of Replicated
        Under both levers, under the first, under the second, under neither.
    predicted : sequence of Features
        The same four, predicted.
    level : float
        Confidence level of the intervals.

    Returns
    -------
    dict
        ``first``, ``second`` and ``joint`` effect, their ``interaction``, its ``predicted`` value, the ``verdict``
        ("additive", "interacts" or "undecided", an equivalence test), the ``sign`` that was shown, and ``prediction``,
        the verdict on measured against predicted interaction.
    """
    rule = interaction_margins()[feature]
    cell: dict[str, Any] = {
        "scale": rule.scale,
        "unit": "1" if rule.scale == "log" else FEATURE_UNITS[feature],
        "margin": rule.margin,
        "verdict": "undecided",
        "sign": "?",
        "prediction": "undecided",
        "predicted": weighted(_INTERACTION, [features.get(feature) for features in predicted], rule.scale),
        **_effects(feature, measured, rule.scale, level),
    }
    found = contrast(list(zip(_INTERACTION, measured, strict=True)), feature, rule.scale)
    if found is None:
        return {**cell, "interaction": None, "reason": "not measured in all four populations with one sign"}
    cell |= {
        "interaction": number(found, level),
        "verdict": additivity(found, rule.margin, level),
        "sign": sign_of(found, rule.margin, level),
    }
    if cell["predicted"] is None:
        return {**cell, "reason": "no prediction"}
    margin = rule.margin + read_margins().change * abs(cell["predicted"])
    return {**cell, "prediction": equivalence(found.minus(cell["predicted"]), margin, 1 - level)}


def _effects(feature: str, measured: Sequence[Replicated], scale: Scale, level: float) -> dict[str, Any]:
    *changed, neither = measured
    found = {
        key: contrast([(1.0, condition), (-1.0, neither)], feature, scale)
        for key, condition in zip(("joint", "first", "second"), changed, strict=True)
    }
    return {key: None if effect is None else number(effect, level) for key, effect in found.items()}


def additivity(interaction: Measurement, margin: float, level: float = 0.95) -> Additivity:
    """Return "additive" if the interaction is shown to be within the margin, "interacts" if outside of it."""
    return _ADDITIVITY[equivalence(interaction, margin, 1 - level)]


def interaction_dataset(findings: Findings) -> xr.Dataset:
    """Return the interactions as labelled variables; nothing if the study has no combination."""
    made = findings.combinations
    if not made:
        return xr.Dataset()
    rows = interaction_rows(findings)
    at = ("combination", "feature")
    columns = {
        "interaction": _column(rows, lambda cell: _get(cell, "value")),
        "interaction_se": _column(rows, lambda cell: _get(cell, "standard_error")),
        "interaction_low": _column(rows, lambda cell: _get(cell, "interval", 0)),
        "interaction_high": _column(rows, lambda cell: _get(cell, "interval", 1)),
        "predicted_interaction": _column(rows, lambda cell: cell["predicted"]),
    }
    variables = {
        key: (at, values, {"units": "see feature_scale", "long_name": key.replace("_", " ")})
        for key, values in columns.items()
    }
    scales = [interaction_margins()[name].scale for name in FEATURE_UNITS]
    coords: dict[str, Any] = {
        "combination": ("combination", [c.name for c in made], {"units": "1", "long_name": "two levers at once"}),
        "feature": ("feature", list(FEATURE_UNITS), {"units": "1", "long_name": "feature"}),
        "feature_scale": ("feature", scales, {"units": "1", "long_name": "scale on which effects add"}),
    }
    for key in ("first", "second"):
        amounts = [getattr(c, key).amount for c in made]
        coords[f"{key}_condition"] = (
            "combination", [getattr(c, key).name for c in made], {"units": "1", "long_name": f"{key} lever alone"}
        )  # fmt: skip
        coords[f"{key}_amount"] = ("combination", amounts, {"units": "SI", "long_name": f"amount of the {key} lever"})
    return xr.Dataset(variables, coords=coords)


def _column(rows: Sequence[dict[str, Any]], read: Any) -> np.ndarray:
    values = [[read(row["features"][name]) for name in FEATURE_UNITS] for row in rows]
    return np.array([[np.nan if value is None else value for value in row] for row in values], dtype=float)


def _get(cell: dict[str, Any], key: str, place: int | None = None) -> float | None:
    found = cell["interaction"]
    if found is None:
        return None
    return found[key] if place is None else found[key][place]
