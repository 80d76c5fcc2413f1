"""Dose curves as the report shows them: what each feature does along the amounts of a lever."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .features import FEATURES, Feature
from .levers import mode_suffix
from .numbers import MISSING, Shown, compact, is_number, scale, shown, usual_unit

MAIN = ("q_max", "v50", "width", "area", "mean_lag", "operating_v", "operating_rate", "gain")
"""The features that figures of many conditions show."""

_ARROWS = {
    "rises": "\N{NORTH EAST ARROW}",
    "falls": "\N{SOUTH EAST ARROW}",
    "turns": "\N{CLOCKWISE TOP SEMICIRCLE ARROW}",
}
_ARROWS |= {"flat": "\N{ALMOST EQUAL TO}", "undecided": "?"}


@dataclass(frozen=True)
class Curve:
    """One lever over its amounts, from the lowest up."""

    mechanism: str
    mode: str
    unit: str
    factor: bool
    neutral: float
    amounts: tuple[float, ...]
    labels: tuple[str, ...]
    features: Mapping[str, Mapping[str, Any]]

    @property
    def title(self) -> str:
        """Mechanism, and mode if it is not that of shine2021."""
        return f"{self.mechanism}{mode_suffix(self.mode)}"

    @property
    def key(self) -> str:
        """A name for files and anchors."""
        return f"dose-{self.mechanism}" + (f"-{self.mode.replace(':', '-')}" if mode_suffix(self.mode) else "")

    @property
    def range(self) -> str:
        """The lowest and the highest amount in words."""
        ends = [self.amount(amount) for amount in (self.amounts[0], self.amounts[-1])]
        return " to ".join(ends)

    @property
    def slope_unit(self) -> str:
        """What a slope is taken per."""
        return "doubling" if self.factor else usual_unit(self.unit).replace("1", "unit")

    def amount(self, value: Any) -> str:
        """Write an amount: a factor with a times sign, a shift with its sign and unit."""
        if not is_number(value):
            return MISSING
        if self.factor:
            return f"\N{MULTIPLICATION SIGN}{compact(value)}"
        unit = "" if self.unit == "1" else f" {usual_unit(self.unit)}"
        return f"{compact(value * scale(self.unit), signed=value != 0)}{unit}"


@dataclass(frozen=True)
class ShapeRow:
    """What one feature does along the amounts: mean slope, shape, and where it is largest, each with its prediction."""

    feature: Feature
    slope: Shown
    shape: str
    predicted_shape: str
    largest: str
    predicted_largest: str
    smallest: str
    predicted_smallest: str


def read_curves(document: Mapping[str, Any]) -> tuple[Curve, ...]:
    """Return the dose curves of the document, in its order."""
    return tuple(
        Curve(
            mechanism=str(row["mechanism"]),
            mode=str(row.get("mode", "review")),
            unit=str(row.get("unit", "1")),
            factor=row.get("axis") == "log2",
            neutral=float(row.get("neutral", 0.0)),
            amounts=tuple(float(amount) for amount in row["amounts"]),
            labels=tuple(map(str, row.get("amount_labels", ()))),
            features=row["features"],
        )
        for row in document.get("doses", [])
    )


def shape_words(shape: object) -> str:
    """Return a shape as a mark and a word."""
    return f"{_ARROWS.get(str(shape), MISSING)} {shape}" if shape in _ARROWS else MISSING


def shape_rows(curve: Curve) -> list[ShapeRow]:
    """Return one row for each feature, in the order of the columns of the lever map."""
    return [_row(curve, feature, curve.features[name]) for name, feature in FEATURES.items() if name in curve.features]


def _row(curve: Curve, feature: Feature, cell: Mapping[str, Any]) -> ShapeRow:
    per = 1.0 if curve.factor else 1.0 / scale(curve.unit)
    slope = cell.get("slope") or {}
    interval, predicted = slope.get("interval"), cell.get("predicted_slope")
    return ShapeRow(
        feature=feature,
        slope=shown(
            _times(slope.get("value"), per),
            None if interval is None else [_times(end, per) for end in interval],
            feature.unit,
            predicted=_times(predicted, per),
            shown_in=feature.shown_in,
            signed=True,
        ),
        shape=shape_words(cell.get("shape")),
        predicted_shape=shape_words(cell.get("predicted_shape")),
        largest=_place(curve, cell, "largest_at"),
        predicted_largest=_predicted_place(curve, cell, "largest_at"),
        smallest=_place(curve, cell, "smallest_at"),
        predicted_smallest=_predicted_place(curve, cell, "smallest_at"),
    )


def _times(value: Any, factor: float) -> float | None:
    return value * factor if is_number(value) else None


def _place(curve: Curve, cell: Mapping[str, Any], key: str) -> str:
    """Write where a feature is largest or smallest; nothing for one that stays, or of which the shape is open."""
    found = cell.get(key)
    if not found or cell.get("shape") in ("flat", "undecided"):
        return MISSING
    low, high = found["interval"]
    if low is None and high is None:
        return MISSING
    ends = "below" if low is None else curve.amount(low), "above" if high is None else curve.amount(high)
    return f"{curve.amount(found['amount'])} [{ends[0]}, {ends[1]}]"


def _predicted_place(curve: Curve, cell: Mapping[str, Any], key: str) -> str:
    return MISSING if cell.get("predicted_shape") == "flat" else curve.amount(cell.get(f"predicted_{key}"))


def turn(cell: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return where a feature that turns does so within the range: its closed extreme, None without one."""
    if cell.get("shape") != "turns":
        return None
    for key in ("largest_at", "smallest_at"):
        found = cell.get(key)
        if found and all(map(is_number, found["interval"])):
            return found
    return None


def dose_sentence(curve: Curve) -> str:
    """Return what the gain does along the amounts, in words."""
    cell = curve.features.get("gain", {})
    found = turn(cell)
    words = {
        "rises": "The gain rises over the whole range",
        "falls": "The gain falls over the whole range",
        "flat": "The gain stays over the whole range",
        "turns": "The gain turns within the range",
    }
    said = words.get(str(cell.get("shape")), "Whether the gain rises, falls or turns is not shown by these data")
    if found:
        low, high = (curve.amount(end) for end in found["interval"])
        said += f", at {curve.amount(found['amount'])} [{low}, {high}]"
    expected = cell.get("predicted_shape")
    if expected == cell.get("shape"):
        place = _turn_predicted(curve, cell) if found else ""
        return f"{said}, as predicted{place}."
    return f"{said}; the prediction {expected}." if expected in words else f"{said}; there is no prediction."


def _turn_predicted(curve: Curve, cell: Mapping[str, Any]) -> str:
    """Return in brackets the amount at which a feature that turns was predicted to do so."""
    key = "predicted_largest_at" if turn(cell) == cell.get("largest_at") else "predicted_smallest_at"
    return f" (at {curve.amount(cell.get(key))})"


def of_curves(curves: Sequence[Curve]) -> list[dict[str, Any]]:
    """Return what the page shows of each dose curve."""
    return [{"curve": curve, "sentence": dose_sentence(curve), "rows": shape_rows(curve)} for curve in curves]
