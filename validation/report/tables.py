"""The tables of the report: rows of written numbers with their verdicts, ready for the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import xarray as xr

from .features import FEATURES, Feature, Group, features_of
from .figures.controls import model_words
from .levers import BASE, Lever, MechanismPart
from .missing import has, reasons
from .numbers import MISSING, Shown, compact, decimal, is_number, scale, shown
from .verdicts import Look, entry_look, look, sign

_UNKNOWN = "no reason recorded"


@dataclass(frozen=True)
class Cell:
    """One number of a table: measured with interval, predicted, verdict, sign; or the reason why it is missing."""

    feature: Feature
    number: Shown
    look: Look
    mark: str = ""
    direction: str = ""
    reason: str = ""

    @property
    def measured(self) -> bool:
        """Whether there is a measured number."""
        return self.number.value != MISSING


@dataclass(frozen=True)
class Row:
    """One row: its head and its cells."""

    title: str
    cells: tuple[Cell, ...]
    lever: Lever | None = None
    first: bool = False
    span: int = 1
    elasticity: str = ""

    @property
    def missing(self) -> str:
        """The reasons why cells of this row are missing, each once."""
        return " ".join(dict.fromkeys(cell.reason for cell in self.cells if cell.reason))


_PARTS = {"sigmoid": ("sigmoid",), "kernel": ("kernel",), "operating": ("sigmoid", "kernel", "operating")}


def _reason(
    document: Mapping[str, Any], condition: str, feature: Feature, number: Shown, entry: Mapping[str, Any]
) -> str:
    """Return why a number is missing: what was refused here or for the untouched population, else the row's reason."""
    if MISSING not in (number.value, number.predicted):
        return ""
    parts = _PARTS[feature.group]
    measured = (feature.name, "features", *parts) if number.value == MISSING else ()
    predicted = tuple(f"predicted {part}" for part in parts) if number.predicted == MISSING else ()
    found = reasons(document, condition, *measured, *predicted)
    if not found and condition != BASE:
        found = [f"Untouched population: {reason}" for reason in reasons(document, BASE, *measured, *predicted)]
    return " ".join(dict.fromkeys(found)) or str(entry.get("reason") or _UNKNOWN)


def _lever_cell(
    document: Mapping[str, Any],
    lever: Lever,
    feature: Feature,
    measured: Mapping[str, Any],
    predicted: Any,
    *,
    signed: bool,
) -> Cell:
    entry = lever.features.get(feature.name, {})
    number = shown(
        measured.get("value"),
        measured.get("interval"),
        feature.unit,
        predicted=predicted,
        shown_in=feature.shown_in,
        error=measured.get("standard_error"),
        signed=signed,
    )
    mark, direction = sign(entry.get("sign"))
    reason = _reason(document, lever.condition, feature, number, entry)
    return Cell(feature, number, entry_look(entry), mark, direction, reason)


def change_cell(document: Mapping[str, Any], lever: Lever, feature: Feature) -> Cell:
    """Return the cell of the lever map: the measured change against the untouched population and the predicted one."""
    entry = lever.features.get(feature.name, {})
    return _lever_cell(document, lever, feature, entry.get("measured") or {}, entry.get("predicted"), signed=True)


def lever_rows(document: Mapping[str, Any], levers: Sequence[Lever], group: Group) -> list[Row]:
    """Return one row per lever with the features of one group."""
    rows = []
    for index, lever in enumerate(levers):
        first = index == 0 or (lever.mechanism, lever.mode) != (levers[index - 1].mechanism, levers[index - 1].mode)
        span = sum((other.mechanism, other.mode) == (lever.mechanism, lever.mode) for other in levers)
        cells = tuple(change_cell(document, lever, feature) for feature in features_of(group))
        rows.append(Row(lever.amount_label, cells, lever, first, span))
    return rows


def _base_cell(dataset: xr.Dataset, document: Mapping[str, Any], feature: Feature) -> Cell:
    def number(name: str) -> float | None:
        if not has(dataset, name, condition=BASE, feature=feature.name):
            return None
        return float(dataset[name].sel(condition=BASE, feature=feature.name))

    written = shown(
        number("measured"),
        [number("measured_low"), number("measured_high")],
        feature.unit,
        predicted=number("predicted"),
        shown_in=feature.shown_in,
        error=number("measured_se"),
    )
    return Cell(feature, written, look(None), reason=_reason(document, BASE, feature, written, {}))


def _absolute_cell(document: Mapping[str, Any], lever: Lever, feature: Feature) -> Cell:
    absolute = lever.features.get(feature.name, {}).get("absolute") or {}
    return _lever_cell(document, lever, feature, absolute, absolute.get("predicted"), signed=False)


def _elasticity(part: MechanismPart, feature: Feature) -> str:
    """Write the first-order predicted change of a feature per unit of the amount, both in the units of the reader."""
    value = part.elasticity.get(feature.name)
    factor = scale(feature.unit, feature.shown_in) / scale(part.levers[0].unit)
    return compact(value * factor, signed=True) if is_number(value) else MISSING


def feature_rows(dataset: xr.Dataset, document: Mapping[str, Any], part: MechanismPart | None) -> list[Row]:
    """Return one row per feature: the untouched population and each amount of a mechanism, measured and predicted."""
    levers = part.levers if part else ()
    slope = partial(_elasticity, part) if part else lambda feature: ""
    return [
        Row(
            feature.label,
            (_base_cell(dataset, document, feature), *(_absolute_cell(document, lever, feature) for lever in levers)),
            elasticity=slope(feature),
        )
        for feature in FEATURES.values()
    ]


@dataclass(frozen=True)
class ClaimRow:
    """One claim of shine2021 with what was measured."""

    mechanism: str
    statement: str
    feature: str
    expected: tuple[str, str]
    number: Shown
    look: Look
    reason: str


def claim_rows(document: Mapping[str, Any]) -> list[ClaimRow]:
    """Return the claims in the order of the document."""
    rows = []
    for claim in document.get("claims", []):
        name, measured = str(claim.get("feature", "")), claim.get("measured") or {}
        known = FEATURES.get(name)
        unit = str(claim.get("unit", "1"))
        shown_in = known.shown_in if known and known.unit == unit else None
        number = shown(measured.get("value"), measured.get("interval"), unit, shown_in=shown_in, signed=True)
        expected = str(claim.get("expected", ""))
        rows.append(
            ClaimRow(
                str(claim.get("mechanism", "")),
                str(claim.get("statement", claim.get("id", ""))),
                known.label if known else name,
                sign(expected) if sign(expected)[0] else (expected, ""),
                number,
                look(claim.get("verdict")),
                str(claim.get("reason", "")),
            )
        )
    return rows


@dataclass(frozen=True)
class ScoreRow:
    """One model on one held-out stimulus."""

    condition: str
    stimulus: str
    model: str
    control: bool
    bias: str
    error: str
    floor: str
    unexplained: str


def score_rows(document: Mapping[str, Any]) -> list[ScoreRow]:
    """Return the scores of the mass model and of its negative controls."""
    rows = []
    for score in document.get("dynamics", []):
        model, unit = str(score.get("model", "")), str(score.get("unit", ""))
        bias = decimal(score.get("bias"), 2, signed=True)
        rows.append(
            ScoreRow(
                str(score.get("condition", "")),
                str(score.get("stimulus", "")),
                model_words(model),
                model != "mass",
                f"{bias} {unit}" if is_number(score.get("bias")) else bias,
                decimal(score.get("normalized_error"), 2),
                decimal(score.get("error_to_floor"), 2),
                decimal(score.get("unexplained"), 2),
            )
        )
    return rows


@dataclass(frozen=True)
class ValidityRow:
    """One condition of the reduction: its value against its bound."""

    check: str
    condition: str
    sentence: str
    value: str
    bound: str
    ok: bool | None
    advice: str


def bound_words(bound: Any) -> str:
    """Write a bound: one number is an upper one, a pair is a range whose open end is null."""
    low, high = bound if isinstance(bound, list | tuple) and len(bound) == 2 else (None, bound)
    if is_number(low) and is_number(high):
        return f"at most {compact(high)}" if low == 0 else f"{compact(low)} to {compact(high)}"
    if is_number(high):
        return f"at most {compact(high)}"
    return f"at least {compact(low)}" if is_number(low) else MISSING


def validity_rows(document: Mapping[str, Any]) -> list[ValidityRow]:
    """Return the validity checks, those outside their bound first."""
    rows = [
        ValidityRow(
            " ".join(filter(None, (str(check.get("check", "")), check.get("name")))),
            str(check.get("condition", "")),
            str(check.get("sentence", "")),
            compact(check.get("value")),
            bound_words(check.get("bound")),
            check.get("ok"),
            str(check.get("advice") or ""),
        )
        for check in document.get("validity", [])
    ]
    return sorted(rows, key=lambda row: row.ok is not False)
