"""Dose curves: each feature against the amount of a lever, whether it rises, falls or turns, and where.

The conditions of a curve share their drives and random numbers, so that every difference along it is paired over groups
of cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..bridge.estimate import FEATURE_UNITS
from ..spiking import MECHANISMS
from .conditions import Condition
from .findings import Findings
from .levers import number
from .margins import read_margins
from .replicated import Features, Replicated, contrast, weighted
from .verdict import Measurement

Array = NDArray[np.floating]
Shape = Literal["rises", "falls", "turns", "flat", "undecided"]
Axis = Literal["log2", "linear"]

FEWEST = 4  # points, the untouched population among them


@dataclass(frozen=True, kw_only=True)
class Dose:
    """One lever over a range of amounts: its conditions from the lowest amount up, the untouched population among them.

    ``axis`` says along which scale of the amount a slope is taken: doublings for factors, the amount itself for shifts.
    """

    mechanism: str
    mode: str
    amounts: tuple[float, ...]
    conditions: tuple[str, ...]
    labels: tuple[str, ...]

    @property
    def axis(self) -> Axis:
        """Return "log2" for factors above 0, "linear" for anything else."""
        return "log2" if MECHANISMS[self.mechanism].neutral == 1 and min(self.amounts) > 0 else "linear"

    @cached_property
    def places(self) -> Array:
        """The amounts along the axis."""
        amounts = np.array(self.amounts)
        return np.log2(amounts) if self.axis == "log2" else amounts

    def amount_at(self, place: float) -> float:
        """Return the amount at a place along the axis."""
        return float(2.0**place) if self.axis == "log2" else float(place)


@dataclass(frozen=True, kw_only=True)
class Extreme:
    """Where a curve is largest or smallest, in the unit of the axis; an open end (None) lies beyond the range."""

    place: float
    low: float | None
    high: float | None


def doses(conditions: Sequence[Condition]) -> tuple[Dose, ...]:
    """Return a dose for each lever and reading that is studied at three amounts or more besides the untouched cell."""
    base, *changed = conditions
    levers = dict.fromkeys((c.mechanism, c.mode) for c in changed)
    made = []
    for mechanism, mode in levers:
        neutral = MECHANISMS[mechanism].neutral
        mine = [c for c in changed if (c.mechanism, c.mode) == (mechanism, mode) and c.amount != neutral]
        points = sorted(
            [(neutral, base.name, base.label), *((c.amount, c.name, c.label) for c in mine)], key=lambda point: point[0]
        )
        if len(points) >= FEWEST:
            amounts, names, labels = zip(*points, strict=True)
            made.append(Dose(mechanism=mechanism, mode=mode, amounts=amounts, conditions=names, labels=labels))
    return tuple(made)


def dose_rows(findings: Findings) -> list[dict[str, Any]]:
    """Return one row for each dose: its amounts, and for each feature the curve and what it does."""
    return [_row(findings, dose) for dose in doses(findings.conditions)]


def _row(findings: Findings, dose: Dose) -> dict[str, Any]:
    measured = [findings.measured[name].features for name in dose.conditions]
    predicted = [findings.predicted[name].features for name in dose.conditions]
    base = findings.measured[findings.base].features
    return {
        "mechanism": dose.mechanism,
        "mode": dose.mode,
        "unit": MECHANISMS[dose.mechanism].unit,
        "neutral": MECHANISMS[dose.mechanism].neutral,
        "axis": dose.axis,
        "amounts": list(dose.amounts),
        "amount_labels": list(dose.labels),
        "conditions": list(dose.conditions),
        "features": {
            name: curve_cell(name, dose, measured, predicted, base, findings.study.report.level)
            for name in FEATURE_UNITS
        },
    }


def curve_cell(
    name: str,
    dose: Dose,
    measured: Sequence[Replicated],
    predicted: Sequence[Features],
    base: Replicated,
    level: float = 0.95,
) -> dict[str, Any]:
    """Return one feature along the amounts of a lever: points, mean slope, shape, and where it is largest and smallest.

    A measured curve that lacks a point has no slope, no shape ("undecided") and no extreme.
    """
    found = [one.measure(name) for one in measured]
    theory = [one.get(name) for one in predicted]
    before = base.measure(name)
    margin = None if before is None else read_margins().unchanged(name, before.value)
    slope = contrast(list(zip(_slope_weights(dose.places), measured, strict=True)), name)
    whole = all(point is not None for point in found) and margin is not None and margin > 0
    return {
        "unit": FEATURE_UNITS[name],
        "margin": margin,
        "points": [None if point is None else number(point, level) for point in found],
        "predicted": theory,
        "slope": None if slope is None else number(slope, level),
        "predicted_slope": weighted(_slope_weights(dose.places), theory, "linear"),
        "shape": shape(measured, name, margin, level) if whole and margin is not None else "undecided",
        "predicted_shape": _shape_of_numbers(theory, margin),
        "largest_at": _at(dose, extreme(measured, name, dose.places, 1.0, level) if whole else None),
        "smallest_at": _at(dose, extreme(measured, name, dose.places, -1.0, level) if whole else None),
        "predicted_largest_at": _at_number(dose, theory, 1.0),
        "predicted_smallest_at": _at_number(dose, theory, -1.0),
    }


def _slope_weights(places: Array) -> list[float]:
    """Return the weights of the points of a curve in its least-squares slope."""
    centred = places - places.mean()
    return [float(weight) for weight in centred / np.sum(centred**2)]


def shape(curve: Sequence[Replicated], name: str, margin: float, level: float = 0.95) -> Shape:
    """Judge whether a curve rises, falls, turns or stays, from all paired differences along it.

    Parameters
    ----------
    curve : sequence of Replicated
        From the lowest amount up; they share their groups.
    name : str
        The feature, which every one of them has.
    margin : float
        Largest change that counts as none, fixed before the run.
    level : float
        Confidence level.

    Returns
    -------
    {"rises", "falls", "turns", "flat", "undecided"}
        "flat": every difference is equivalent to none. "rises": a rise is shown, and a fall beyond the margin excluded
        everywhere; "falls" likewise. "turns": a rise and a fall are shown, and neither is excluded beyond the margin.
        Showing is corrected for the number of differences (Bonferroni); excluding needs no correction.
    """
    found = [contrast([(1.0, later), (-1.0, earlier)], name) for earlier, later in combinations(curve, 2)]
    differences = [difference for difference in found if difference is not None]
    if len(differences) < len(found) or not differences:
        return "undecided"
    loose = [difference.interval(2 * level - 1) for difference in differences]
    no_fall, no_rise = (all(low > -margin for low, _ in loose), all(high < margin for _, high in loose))
    if no_fall and no_rise:
        return "flat"
    strict = 1 - (1 - level) / len(differences)
    shown = [difference.interval(strict) for difference in differences]
    rise, fall = max(low for low, _ in shown), max(-high for _, high in shown)
    if rise > 0 and no_fall:
        return "rises"
    if fall > 0 and no_rise:
        return "falls"
    return "turns" if rise > 0 and fall > 0 else "undecided"


def _shape_of_numbers(values: Sequence[float | None], margin: float | None) -> Shape:
    """Return the shape of an exactly known curve: a change within the margin is none."""
    known = [value for value in values if value is not None]
    if len(known) < len(values) or margin is None:
        return "undecided"
    steps = [later - earlier for earlier, later in combinations(known, 2)]
    rise, fall = max(steps) > margin, min(steps) < -margin
    if rise and fall:
        return "turns"
    return "rises" if rise else "falls" if fall else "flat"


def extreme(
    curve: Sequence[Replicated], name: str, places: Array, sense: float = 1.0, level: float = 0.95
) -> Extreme | None:
    """Return where a curve is largest (``sense`` 1) or smallest (-1), with an interval.

    The place is the vertex of the parabola through the best point and its neighbours. Points that another one is shown
    to exceed (multiple comparisons with the best, after Bonferroni) cannot be the best; of a curve with one turn, the
    turn then lies between the nearest such points on both sides.
    """
    values = [one.whole.get(name) for one in curve]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    strict = 1 - (1 - level) / (len(curve) - 1)
    candidates = [k for k in range(len(curve)) if not _exceeded(curve, name, k, sense, strict)]
    low, high = candidates[0] - 1, candidates[-1] + 1
    return Extreme(
        place=_vertex(places, sense * np.array(known)),
        low=float(places[low]) if low >= 0 else None,
        high=float(places[high]) if high < len(curve) else None,
    )


def _exceeded(curve: Sequence[Replicated], name: str, k: int, sense: float, level: float) -> bool:
    """Tell whether another point of the curve is shown to exceed point ``k``."""
    found = (contrast([(sense, other), (-sense, curve[k])], name) for j, other in enumerate(curve) if j != k)
    return any(one is not None and _shown(one, level) for one in found)


def _shown(difference: Measurement, level: float) -> bool:
    return difference.interval(level)[0] > 0


def _vertex(places: Array, values: Array) -> float:
    """Return the vertex of the parabola through the largest value and its neighbours; at an end, that end."""
    top = int(np.argmax(values))
    if top in (0, len(values) - 1):
        return float(places[top])
    x, y = places[top - 1 : top + 2], values[top - 1 : top + 2]
    left, right = (y[1] - y[0]) / (x[1] - x[0]), (y[2] - y[1]) / (x[2] - x[1])
    if left == right:
        return float(x[1])
    middles = (x[0] + x[1]) / 2, (x[1] + x[2]) / 2
    return float(middles[0] + (middles[1] - middles[0]) * left / (left - right))


def _at(dose: Dose, found: Extreme | None) -> dict[str, Any] | None:
    if found is None:
        return None
    ends = [None if end is None else dose.amount_at(end) for end in (found.low, found.high)]
    return {"amount": dose.amount_at(found.place), "interval": ends}


def _at_number(dose: Dose, values: Sequence[float | None], sense: float) -> float | None:
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    return dose.amount_at(_vertex(dose.places, sense * np.array(known)))


def dose_dataset(findings: Findings) -> xr.Dataset:
    """Return the dose curves as labelled variables, NaN beyond the end of a shorter one; nothing without a dose."""
    made = doses(findings.conditions)
    if not made:
        return xr.Dataset()
    rows = dose_rows(findings)
    longest = max(len(dose.amounts) for dose in made)
    amounts = np.full((len(made), longest), np.nan)
    curves = {key: np.full((len(made), longest, len(FEATURE_UNITS)), np.nan) for key in ("", "_low", "_high", "theory")}
    for i, (dose, row) in enumerate(zip(made, rows, strict=True)):
        amounts[i, : len(dose.amounts)] = dose.amounts
        for j, cell in enumerate(row["features"].values()):
            for k, (point, theory) in enumerate(zip(cell["points"], cell["predicted"], strict=True)):
                curves["theory"][i, k, j] = np.nan if theory is None else theory
                if point is not None:
                    curves[""][i, k, j] = point["value"]
                    curves["_low"][i, k, j], curves["_high"][i, k, j] = point["interval"]
    at = ("dose", "dose_point", "feature")
    words = {"": "feature", "_low": "lower end of its interval", "_high": "upper end of its interval"}
    variables: dict[str, Any] = {
        "dose_amount": (("dose", "dose_point"), amounts, {"units": "SI", "long_name": "amount of the lever"}),
        "dose_predicted": (at, curves["theory"], {"units": "see feature_unit", "long_name": "predicted feature"}),
        **{
            f"dose_measured{key}": (at, curves[key], {"units": "see feature_unit", "long_name": f"measured {text}"})
            for key, text in words.items()
        },
    }
    coords: dict[str, Any] = {
        "dose": ("dose", [f"{d.mechanism}[{d.mode}]" for d in made], {"units": "1", "long_name": "lever"}),
        "feature": ("feature", list(FEATURE_UNITS), {"units": "1", "long_name": "feature"}),
    }
    return xr.Dataset(variables, coords=coords)
