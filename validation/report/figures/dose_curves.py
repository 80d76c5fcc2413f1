"""Dose curves: the main features against the amount of one lever, measured with their bands, predicted dashed."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, NullFormatter

from ..doses import MAIN, Curve, shape_words, turn
from ..features import FEATURES, Feature
from ..numbers import is_number, scale, usual_unit
from .style import BLUE, DASHED, FULL_WIDTH, GREY, VERMILLION, note_missing, sheet

_COLUMNS = 4


def _numbers(values: Any, factor: float) -> np.ndarray:
    return np.array([value * factor if is_number(value) else np.nan for value in values])


def _draw_measured(axes: Axes, x: np.ndarray, cell: Mapping[str, Any], feature: Feature, untouched: int) -> bool:
    factor = scale(feature.unit, feature.shown_in)
    points = [point or {} for point in cell.get("points", [])]
    value = _numbers([point.get("value") for point in points], factor)
    low, high = (_numbers([(p.get("interval") or (None, None))[end] for p in points], factor) for end in (0, 1))
    if np.all(np.isnan(value)):
        return False
    axes.fill_between(x, low, high, color=BLUE, alpha=0.22, linewidth=0, zorder=1)
    axes.plot(x, value, color=BLUE, marker="o", markeredgecolor="white", markeredgewidth=0.4, zorder=3)
    axes.plot(x[untouched], value[untouched], marker="o", color="white", markeredgecolor=BLUE, markersize=4.2, zorder=4)
    return True


def _draw_turn(axes: Axes, curve: Curve, cell: Mapping[str, Any]) -> None:
    """Mark where a feature turns within the range, with its interval, at the upper edge of the panel."""
    found = turn(cell)
    if found is None:
        return
    low, high, at = (end * scale(curve.unit) for end in (*found["interval"], found["amount"]))
    axes.axvspan(low, high, color=VERMILLION, alpha=0.10, linewidth=0, zorder=0)
    axes.axvline(at, color=VERMILLION, linewidth=0.8, zorder=0.5)


def _draw_panel(axes: Axes, curve: Curve, feature: Feature) -> None:
    cell = curve.features.get(feature.name, {})
    x = np.array(curve.amounts) * scale(curve.unit)
    untouched = int(np.argmin(np.abs(np.array(curve.amounts) - curve.neutral)))
    axes.axvline(x[untouched], color=GREY, linewidth=0.6, linestyle=(0, (1, 2)), zorder=0)
    absent = [] if _draw_measured(axes, x, cell, feature, untouched) else ["not measured"]
    predicted = _numbers(cell.get("predicted", []), scale(feature.unit, feature.shown_in))
    if predicted.size and not np.all(np.isnan(predicted)):
        axes.plot(x, predicted, color="#222222", **DASHED, zorder=3.5)
    else:
        absent.append("no prediction")
    _draw_turn(axes, curve, cell)
    note_missing(axes, absent)
    _finish(axes, curve, feature, cell)


def _finish(axes: Axes, curve: Curve, feature: Feature, cell: Mapping[str, Any]) -> None:
    unit = "" if feature.shown_in == "1" else f" ({feature.shown_in})"
    axes.set_title(feature.label + unit, fontsize=7.5)
    axes.margins(x=0.04)
    _widen(axes, feature, cell)
    if curve.factor:
        axes.set_xscale("log", base=2)
        ends = np.log2([curve.amounts[0], curve.amounts[-1]])
        ticks = 2.0 ** np.arange(np.ceil(ends[0]), np.floor(ends[1]) + 1)
        axes.set_xticks(ticks if ticks.size > 1 else [curve.amounts[0], 1.0, curve.amounts[-1]])
        axes.xaxis.set_major_formatter(lambda value, _: f"×{value:g}")
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.minorticks_off()
    else:
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 4, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    word = shape_words(cell.get("shape"))
    axes.text(
        0.03, 0.97, word, transform=axes.transAxes, fontsize=7, style="italic", color="#555555", ha="left", va="top"
    )


def _widen(axes: Axes, feature: Feature, cell: Mapping[str, Any]) -> None:
    """Keep an axis from magnifying a change that counts as none (it spans eight margins), and leave room for a word."""
    margin = cell.get("margin")
    low, high = axes.get_ylim()
    least = 8 * margin * scale(feature.unit, feature.shown_in) if is_number(margin) else 0.0
    middle, half = (low + high) / 2, max(high - low, least) / 2
    axes.set_ylim(middle - half, middle + 1.25 * half)


def _legend(figure: Figure) -> None:
    handles = [
        (Line2D([], [], color=BLUE, marker="o", markeredgecolor="white", markeredgewidth=0.4), "measured"),
        (Patch(color=BLUE, alpha=0.22, linewidth=0), "95 % interval"),
        (Line2D([], [], color="#222222", **DASHED), "predicted"),
        (
            Line2D([], [], color="white", marker="o", markeredgecolor=BLUE, markersize=4.2, linestyle="none"),
            "untouched",
        ),
        (Patch(color=VERMILLION, alpha=0.3, linewidth=0), "where it turns"),
    ]
    figure.legend([h for h, _ in handles], [w for _, w in handles], loc="outside upper left", ncols=len(handles))


def draw_dose(curve: Curve) -> Figure:
    """Draw the main features against the amount of one lever, one panel each."""
    rows = -(-len(MAIN) // _COLUMNS)
    figure = sheet(FULL_WIDTH, 10 + 44 * rows)
    panels = figure.subplots(rows, _COLUMNS, sharex=True)
    for axes, name in zip(panels.flat, MAIN, strict=True):
        _draw_panel(axes, curve, FEATURES[name])
    unit = "" if curve.unit == "1" else f" ({usual_unit(curve.unit)})"
    figure.supxlabel(f"{curve.title.replace('_', ' ')}{unit}", fontsize=7.5)
    _legend(figure)
    return figure
